"""Terms of models in one spelling, and in words: `C(approach)[T.none]` is *approach: none*."""

import re

from ..base.language import told, words

_CONSTANTS = ("Intercept", "const", "(Intercept)", "_cons", "constant")
_TIMES = " × "
_POWERS = {"2": "²", "3": "³"}
_LEVEL = re.compile(r"(?P<name>.*?)(?:(?:::|: )(?P<one>.*)|\[(?:T\.)?(?P<other>.*)\])", re.DOTALL)
_POWER = re.compile(r"(?:I\()?\s*([^\W\d]\w*)\s*\*\*\s*([23])\s*\)?")


def pieces(term):
    """Variables of a term with their levels, however statsmodels, patsy, formulaic or pyfixest spell it.

    Parameters
    ----------
    term : str
        As the result of a fit has it.

    Returns
    -------
    list of tuple
        Variable and level of each piece; the level is blank where there is none.

    Examples
    --------
    >>> from povstudy.tables.terms import pieces
    >>> pieces("C(approach, Treatment('none'))[T.both]:np.log(income)")
    [('approach', 'both'), ('log(income)', '')]
    >>> pieces("approach::both"), pieces("I(age ** 2)"), pieces("const")
    ([('approach', 'both')], [('age²', '')], [('Intercept', '')])
    """
    return [_piece(one) for part in str(term).split(" x ") for one in _split(part, ":")]


def _piece(text):
    found = _LEVEL.fullmatch(text)
    name, level = (found["name"], found["one"] or found["other"]) if found else (text, "")
    name = re.sub(r"\b(?:np|numpy)\.", "", name.strip())
    name = re.sub(r"""\bQ\(\s*(["'])(.*?)\1\s*\)|`(.*?)`""", lambda m: m[2] or m[3], name)
    if re.fullmatch(r"C\(.*\)", name):
        name = _split(name[2:-1], ",")[0].strip()
    if power := _POWER.fullmatch(name):
        name = power[1] + _POWERS[power[2]]
    if name in _CONSTANTS:
        name = _CONSTANTS[0]
    return name, re.sub(r"(?<=\d)\.0$", "", level or "")


def _split(text, mark):
    """Text parted at a mark that stands alone, outside of brackets, with nothing blank after it."""
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        twice = mark == ":" and mark in (text[at - 1 : at], text[at + 1 : at + 2])
        blank = mark == ":" and text[at + 1 : at + 2] in ("", " ")
        if sign == mark and depth == 0 and not twice and not blank:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def code_of(parts):
    """Pieces as the one text by which they are known and asked for.

    Examples
    --------
    >>> from povstudy.tables.terms import code_of
    >>> code_of([("approach", "both"), ("age", "")])
    'approach: both × age'
    """
    return _TIMES.join(f"{name}: {level}" if level else name for name, level in parts)


def text_of(term, parts, lang, names=None):
    """A term in words: a text of one's own, or the words of its variables and levels.

    Parameters
    ----------
    term : str
        As the fit has it.
    parts : list of tuple
        As `pieces` gives them.
    lang : {"en", "zh"}
        The language.
    names : dict, optional
        Texts of one's own, for the term, for its code, for a variable or for a level.

    Returns
    -------
    str

    Examples
    --------
    >>> from povstudy.tables.terms import pieces, text_of
    >>> text_of("a", pieces("approach[T.social_work]"), "en"), text_of("a", pieces("sex::Male"), "zh")
    ('approach: social work', '性别：男性')
    """
    names = names or {}
    for known in (term, code_of(parts)):
        if known in names:
            return told(known, lang, names)
    variables = {name for name, _ in parts}
    of_levels = {one: text for one, text in names.items() if one not in variables}
    colon = words(lang)(": ", "：")
    return _TIMES.join(
        _variable(name, lang, names)
        + (colon + told(level, lang, of_levels, ["value"]) if level else "")
        for name, level in parts
    )


def _variable(name, lang, names):
    """A variable in words; of a power, or of a function of one column, that of the column."""
    made = told(name, lang, names)
    found = re.fullmatch(r"(\w+)\((\w+)\)|(\w+?)([²³])", name)
    if made == name and found:
        inside = told(found[2] or found[3], lang, names)
        made = f"{found[1]}({inside})" if found[1] else inside + found[4]
    if made == name:  # a period of time out of poverty
        made = re.sub(r"^duration\b", told("duration", lang, names), name)
    return made
