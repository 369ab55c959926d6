"""Two languages: what tables, reports and figures say, in ``words.csv`` by list and code."""

import csv
import re
from functools import cache
from pathlib import Path

import pandas as pd

from .errors import DataError


def words(lang):
    """Return a function that picks the English or the Chinese of two texts.

    Parameters
    ----------
    lang : {"en", "zh"}
        The language wanted.

    Examples
    --------
    >>> from povstudy.base.language import words
    >>> t = words("zh")
    >>> t("poor persons", "贫困人口")
    '贫困人口'
    """
    if lang not in ("en", "zh"):
        raise DataError("Figures and tables speak English or Chinese.", found=lang, remedy='"zh"')
    return lambda english, chinese: chinese if lang == "zh" else english


def spoken(text, lang):
    """A text that a user gives: one, or one in English and one in Chinese.

    Examples
    --------
    >>> from povstudy.base.language import spoken
    >>> spoken("Poverty", "zh"), spoken(("Poverty", "贫困"), "zh")
    ('Poverty', '贫困')
    """
    if isinstance(text, str):
        return text
    if not (
        isinstance(text, tuple | list)
        and len(text) > 1
        and all(isinstance(one, str) for one in text)
    ):
        raise DataError("A text stands in English or Chinese, or in both.", where="titles, notes, names",
                        found=text, remedy='a text, or two: ("in English", "in Chinese")')  # fmt: skip
    return words(lang)(*text[:2])


@cache
def _lists():
    """All lists of ``words.csv``, which is read when the first word is asked for."""
    found = {}
    with Path(__file__).with_name("words.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["list"], {})[row["code"]] = (row["en"], row["zh"])
    return found


def texts(name):
    """One list of words in both languages.

    Parameters
    ----------
    name : str
        Name of the list in ``words.csv``.

    Returns
    -------
    dict
        For each code its English and its Chinese.

    Examples
    --------
    >>> from povstudy.base.language import texts
    >>> texts("approach")["none"]
    ('no help', '无帮扶')
    """
    return dict(_lists()[name])


def in_words(name, lang):
    """One list of words in one language.

    Parameters
    ----------
    name : str
        Name of the list in ``words.csv``.
    lang : {"en", "zh"}
        The language.

    Returns
    -------
    dict
        For each code its text; some have places in braces, for ``format``.

    Examples
    --------
    >>> from povstudy.base.language import in_words
    >>> in_words("estimates_table", "zh")["range"].format(525, 733)
    '525至733'
    """
    t = words(lang)
    return {code: t(*pair) for code, pair in _lists()[name].items()}


def headed(table, name, lang):
    """A table with the heads of its columns and its title in words.

    Parameters
    ----------
    table : DataFrame
        Its columns are codes of the list; they are renamed in place.
    name : str
        Name of the list in ``words.csv``; its ``caption``, if it has one, is the title.
    lang : {"en", "zh"}
        The language.

    Returns
    -------
    DataFrame
        The same table; its title is in ``attrs["title"]``.

    Examples
    --------
    >>> import pandas as pd
    >>> from povstudy.base.language import headed
    >>> headed(pd.DataFrame({"check": []}), "identities", "zh").columns.item()
    '核对项'
    """
    heads = in_words(name, lang)
    table.columns = [heads[one] for one in table.columns]
    if "caption" in heads:
        table.attrs["title"] = heads["caption"]
    return table


def printed(table, lang):
    """A small table as text for a summary: in Chinese with heads and words that are Chinese too.

    Parameters
    ----------
    table : DataFrame
        Its columns are codes.
    lang : {"en", "zh"}
        The language; in English the heads stay those by which columns are asked for.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> from povstudy.base.language import printed
    >>> print(printed(pd.DataFrame({"arm": ["both"], "estimate": [0.5]}), "zh"))
        组别  估计值
    两者兼有     0.5
    """
    if lang == "en":
        return table.to_string(index=False)
    heads = in_words("printed", lang)
    word = lambda one: told(one, lang) if isinstance(one, str) else one  # noqa: E731
    made = table.apply(
        lambda column: column.map(word) if column.dtype.kind not in "fiub" else column
    )
    made.columns = [heads.get(one, told(one, lang)) for one in table.columns]
    with pd.option_context("display.unicode.east_asian_width", True):
        return made.to_string(index=False, na_rep="")


def in_percent(term):
    """Whether a measure is shown in percent.

    Parameters
    ----------
    term : str
        The measure, as tables of estimates have it.

    Returns
    -------
    bool
    """
    return term in _lists()["percent"]


def told(value, lang, names=None, lists=("percent", "term", "value")):
    """A term, a column or a value of a domain in the words of a language.

    Parameters
    ----------
    value : object
        What stands in a table of estimates.
    lang : {"en", "zh"}
        The language.
    names : dict, optional
        Texts of one's own: for a value its text, or its texts in English and Chinese.
    lists : sequence of str
        Where words are looked up; for the cells of a domain ``["value"]`` alone, for a village
        called A is no term.

    Returns
    -------
    str
        Blank for a missing value; what has no words is told as it is.

    Examples
    --------
    >>> from povstudy.base.language import told
    >>> told("gini", "zh"), told("hills", "zh", {"hills": ("hills", "山区")}), told("1 of 5", "zh")
    ('基尼系数', '山区', '第1组（共5组）')
    """
    words(lang)  # refuses another language
    for known in (names or {}, *(_lists()[one] for one in lists)):
        text = known.get(value)
        if text is not None:
            return spoken(text, lang)
    if lang == "zh" and isinstance(value, str) and "term" in lists:
        for start, (_, text) in _lists()["made_term"].items():
            if value.startswith(start):
                rest = value.removeprefix(start).removesuffix(")" if start[-1] == "(" else "")
                return text.format(told(rest.strip(), lang, names, ("value",)))
    if part := re.fullmatch(r"(\d+) of (\d+)", value if isinstance(value, str) else ""):
        return in_words("shown", lang)["part"].format(*part.groups())
    if isinstance(value, float) and value.is_integer():  # a year beside a missing one
        value = int(value)
    return "" if pd.isna(value) else str(value)
