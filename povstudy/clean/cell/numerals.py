"""Numbers as people write them: full-width, with thousands marks, in Chinese numerals."""

import re
from decimal import Decimal

from .cell import Cell, CellError, mark, plain, without_footnote

DIGITS = dict(zip("零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖",
                   (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))  # fmt: skip
PLACES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
MYRIADS = {"万": 10**4, "亿": 10**8}
CHINESE = "".join([*DIGITS, *PLACES, *MYRIADS])

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_SIGNS = set(CHINESE) | {"点", "○"}
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
        return _minus(value_of(bracketed[1]))
    if text[:1] == "负":
        return _minus(_chinese_value(text[1:]))
    return _chinese_value(text)


def _minus(value):
    return None if value is None else 0 - value  # of zero, zero


def _plain_value(text):
    exact = Decimal(text)
    if not -300 < exact.adjusted() < 100:
        return None
    if "." not in text and exact == exact.to_integral_value():
        return int(exact)
    return float(exact) + 0.0  # -0.0 is zero


def _chinese_value(text):
    """Number in Chinese numerals: 十二, 七千零一十七, 一亿六千六百万, 五点七, 二〇一五."""
    if not 0 < len(text) < 30 or not _SIGNS.issuperset(text) or text == "○":  # alone, a tick
        return None
    whole, point, decimals = text.replace("○", "〇").partition("点")
    base = _chinese_whole(whole)
    if not point or base is None:
        return base
    if not decimals or any(sign not in DIGITS for sign in decimals):
        return None
    return float(f"{base}.{''.join(str(DIGITS[sign]) for sign in decimals)}")


def _chinese_whole(text):
    """Whole number; ``None`` for what may be read in two ways, as 三五 and 一万二."""
    if text and all(sign in DIGITS for sign in text):  # digits one by one: 二〇一五
        if len(text) == 1 or (DIGITS[text[0]] and (len(text) == 4 or set(text) & set("零〇"))):
            return int("".join(str(DIGITS[sign]) for sign in text))
        return None  # 三五 may be "three to five"
    return _chinese_myriads(text)


def _chinese_myriads(text):
    for sign, myriad in (("亿", 10**8), ("万", 10**4)):
        if sign in text:
            high, _, low = text.partition(sign)
            if len(low) == 1:
                return None  # 一万二 may be 12,000
            high = _chinese_myriads(high)
            low = _chinese_myriads(low[low[0] in "零〇" :]) if low else 0
            if not high or low is None or low >= myriad or (sign == "万" and high >= myriad):
                return None
            return high * myriad + low
    return _chinese_thousands(text)


def _chinese_thousands(text):
    """Number below 10,000: 七千零一十七."""
    total = digit = 0
    last = 10**4
    for i, sign in enumerate(text):
        if sign in DIGITS:
            if digit or (i and text[i - 1] in "零〇" and not DIGITS[sign]):
                return None
            digit = DIGITS[sign]
        else:
            place = PLACES[sign]
            if place >= last or (not digit and not (place == 10 and i == 0)):
                return None
            total += (digit or 1) * place
            digit, last = 0, place
    if not text or text[0] in "零〇" or text[-1] in "零〇":
        return None
    if digit and 10 < last < 10**4 and text[-2] not in "零〇":
        return None  # 三百五 is 350, or a slip for 305
    return total + digit
