"""Numbers as people write them: full-width, with thousands marks, in Chinese numerals."""

import re
from decimal import Decimal

from .cells import Cell, CellError, mark, plain, without_footnote

_DIGITS = dict(zip("零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖",
                   (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))  # fmt: skip
PLACES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
MYRIADS = {"万": 10**4, "亿": 10**8}
CHINESE = "".join([*_DIGITS, *PLACES, *MYRIADS])

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:([, '])[0-9]{3})(?:\1[0-9]{3})*(?:\.[0-9]+)?")
_IN_BRACKETS = re.compile(r"\(([0-9][0-9,]*(?:\.[0-9]+)?)\)")


def number(raw):
    """Read a number: full-width digits, thousands marks, footnotes, marks, Chinese numerals.

    Parameters
    ----------
    raw : object
        The cell.

    Returns
    -------
    Cell
        ``value`` is an int where the number is whole as written, else a float.

    Raises
    ------
    CellError
        ``corrupt_number`` if the text is no number, or could be more than one;
        ``spreadsheet_error`` for ``#DIV/0!`` and its like.

    Notes
    -----
    Marks follow the yearbooks of the National Bureau of Statistics of China: ``…`` is less
    than the smallest unit, a blank is unknown or none.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.number("７，０１７").value, ps.clean.number("12238a)").footnote
    (7017, 'a')
    >>> ps.clean.number("…").reason
    'below_unit'
    """
    text = plain(raw)
    marked = mark(text)
    if marked is not None:
        return marked
    value = value_of(text)
    if value is not None:
        return Cell(value)
    text, footnote = without_footnote(text)
    value = value_of(text)
    if value is None:
        raise corrupt(raw)
    return Cell(value, footnote=footnote)


def corrupt(raw, remedy="look it up in the source and write it with plain digits"):
    """Error for a cell that is no number."""
    problem = "This cell is no number that can be read with certainty."
    return CellError("corrupt_number", problem, found=raw, remedy=remedy)


def value_of(text):
    """Number of a plain text that holds nothing else, or ``None``."""
    if _PLAIN.fullmatch(text):
        return _plain_value(text)
    if text[:1] == "–" and text[1:2].isdigit():  # an en dash before digits is a minus
        text = "-" + text[1:]
    if _PLAIN.fullmatch(text) or _GROUPED.fullmatch(text):
        return _plain_value(re.sub("[, ']", "", text))
    bracketed = _IN_BRACKETS.fullmatch(text)
    if bracketed and len(bracketed[1]) > 1:  # accounts write minus so; (1) may be a footnote
        inner = value_of(bracketed[1])
        return None if inner is None else -inner
    return _chinese_value(text)


def _plain_value(text):
    exact = Decimal(text)
    if not -300 < exact.adjusted() < 300:
        return None
    if "." not in text and exact.adjusted() < 18 and exact == exact.to_integral_value():
        return int(exact)
    return float(exact)


def _chinese_value(text):
    """Number in Chinese numerals: 十二, 七千零一十七, 一亿六千六百万, 五点七, 二〇一五."""
    if not 0 < len(text) < 30 or any(sign not in CHINESE and sign != "点" for sign in text):
        return None
    whole, point, decimals = text.partition("点")
    base = 100 if whole == "百" else _chinese_whole(whole) if whole else None
    if not point or base is None:
        return base
    if not decimals or any(sign not in _DIGITS for sign in decimals):
        return None
    return float(f"{base}.{''.join(str(_DIGITS[sign]) for sign in decimals)}")


def _chinese_whole(text):
    if all(sign in _DIGITS for sign in text):  # digits one by one: 二〇一五
        if len(text) == 1 or any(sign in "零〇" for sign in text) or len(text) == 4:
            return int("".join(str(_DIGITS[sign]) for sign in text))
        return None  # 三五 may be "three to five"
    total = part = digit = 0
    last_place, last_myriad = 10**5, 10**12
    for i, sign in enumerate(text):
        if sign in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[sign]
        elif sign in PLACES:
            place = PLACES[sign]
            if place >= last_place or (not digit and not (place == 10 and i == 0)):
                return None
            part += (digit or 1) * place
            digit, last_place = 0, place
        else:
            myriad = MYRIADS[sign]
            if myriad >= last_myriad or not (part + digit):
                return None
            total += (part + digit) * myriad
            part, digit, last_place, last_myriad = 0, 0, 10**5, myriad
    before = text[-2] if len(text) > 1 else ""
    if digit and (before in MYRIADS or PLACES.get(before, 0) > 10):
        return None  # 一万二 may be 12,000
    return total + part + digit
