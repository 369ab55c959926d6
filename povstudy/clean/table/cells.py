"""What a cell of an official table is: a number, one with its unit, a date, a year, a place."""

import re
from decimal import Decimal
from functools import lru_cache

from ..cell.amounts import UNITS, count, money, percent
from ..cell.cell import CellError, mark, without_footnote
from ..cell.numerals import MYRIADS, PLACES, number, value_of
from ..cell.places import adcode, province
from ..cell.times import year
from ..record.codebooks import head_key, measures
from .heads import short_unit

_YEAR, _TWO = "(?:19|20)[0-9]{2}", "[0-9]{1,2}"
_MONTH = "(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*[.]?"
_CLOCK = (
    r"(?:[上下]午|周.|星期.)?\s*(?:[01]?[0-9]|2[0-4])(?::[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?|时(?:[0-5]?[0-9]分)?)"
    r"(?:\s*[ap]\.?m\.?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_DAY = (
    rf"(?:{_YEAR}\s?[-/.]\s?{_TWO}\s?[-/.]\s?{_TWO}|{_YEAR}[-/]{_TWO}(?![0-9])|{_TWO}[-/.]{_TWO}[-/.]{_YEAR}"
    rf"|{_TWO}[-/]{_TWO}[-/][0-9]{{2}}|(?:{_YEAR}年)?{_TWO}月(?:{_TWO}日)?|{_YEAR}年"
    rf"|{_TWO}[-/ ]?{_MONTH}[-/, ]*{_YEAR}|{_MONTH}[- ]?{_TWO},? {_YEAR})"
)
_SPELL = rf"(?:{_DAY}|{_YEAR}\.{_TWO})"  # 2015.3-2016.2
_DATED = re.compile(
    rf"{_DAY}(?:[T\s]*{_CLOCK})?|{_CLOCK}|{_SPELL}\s*(?:[-~–—]+|至|到)\s*{_SPELL}", re.IGNORECASE
)
# what is a date beside dates, and else a number, a share or a range
_PERHAPS = re.compile(rf"{_YEAR}\.(?:0?[1-9]|1[0-2])|{_TWO}/{_TWO}|{_YEAR}\s*[-~–—]+\s*{_YEAR}")
_PACKED = re.compile(rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])?")
_OF_DATES = re.compile("日期|时间|年月|日$|date|time|month", re.IGNORECASE)
OF_YEARS = re.compile("年份|年度|时间|年$|year", re.IGNORECASE)
_OF_PLACES = re.compile(
    "代码|编码|区划|国标码|(?:ad|gb|area|region|district|county|city|prefecture|province)[ _]?code",
    re.IGNORECASE,
)
_OF_CODES = re.compile("代码|编码|编号|编码|code|psu|strat|cluster|id$|^no", re.IGNORECASE)

# Spans that stand in heads: 0-14, 65+, <5, 65岁以上, 2010-2015
_ENDS = r"[0-9][0-9,.]*\s*(?:years?|yrs?|[^0-9\s.,~–—<>≤≥+()-]{1,3})?"
SPAN = re.compile(
    rf"(?:[<>≤≥]=?|under|below|over|above|less than|more than|at least|不足|未满|满)\s*{_ENDS}|{_ENDS}\s*(?:[-~–—]+|至|到|to|and)\s*{_ENDS}|{_ENDS}\s*(?:\+|[及或]?以[上下]|(?:and|or) (?:over|above|older|more|under|less|below|younger))\w?"
    rf"|[0-9]+\s*周?岁|{_YEAR}(?:/[0-9]{{2}}|\s*[QH][1-4])",
    re.IGNORECASE,
)


@lru_cache(2**16)
def looks_number(cell):
    """Tell whether a number should stand here, be it one that can be read or not."""
    if not cell or re.match(r"(?:19|20)[0-9]{2}年", cell) or _DATED.fullmatch(cell):
        return False
    try:
        if mark(cell) is not None or cell in ("#", ".."):
            return True
        number(cell)
        return True
    except CellError as error:
        if error.code == "spreadsheet_error":
            return True
    digits = sum(sign.isdigit() for sign in cell)
    signs = sum(not sign.isspace() and sign not in ".,%" for sign in cell)
    if re.match(r"[-+(<>≈~约近超]?\s*[0-9.]", cell) and digits * 2 >= signs:
        return True
    return _parted(cell) is not None or _in_words(cell)


def _in_words(cell):
    """A count or share in words: 几万人, 近百户, 百分之五."""
    for read in (count, percent) if re.match("[约近超逾几]|数[十百千万]|百分之", cell) else ():
        try:
            read(cell)
            return True
        except CellError:
            continue
    return False


@lru_cache(2**16)
def is_dated(cell):
    """Tell whether a cell is a date, with or without time of day: 2025/3/25, 3/25/2025 11:56."""
    return bool(_DATED.fullmatch(cell))


def holds_dates(head, cells):
    """Tell whether a column holds dates: 2025.3 is one beside 2025.3.25, else a number."""
    cells = [cell for cell in cells if looks_number(cell) or is_dated(cell)]
    cells = [cell for cell in cells if value_of(cell) is not None or not _is_mark(cell)]
    sure = sum(map(is_dated, cells))
    if sure * 2 < len(cells) or not cells:
        named = _OF_DATES.search(head.text) and all(_PACKED.fullmatch(one) or _PERHAPS.fullmatch(one) for one in cells)  # fmt: skip
        strokes = all(_PERHAPS.fullmatch(one) and value_of(one) is None for one in cells)
        return bool(cells) and bool(named or strokes)
    return bool(sure)


def holds_codes(head, cells):
    """Tell whether a column holds codes: digits of one width, of which some begin with 0."""
    cells = [cell for cell in cells if not _is_mark(cell)]
    if not all(re.fullmatch("[0-9]+", cell) for cell in cells) or head.unit:
        return False
    wide = {len(cell) for cell in cells}
    led = any(len(cell) > 1 and cell[0] == "0" for cell in cells)
    counted = head.measure in measures()["fits"]
    return led and not counted and (len(wide) == 1 or bool(_OF_CODES.search(head.text)))


@lru_cache(2**16)
def place_code(text):
    """Six digits of a code of place, the level that it tells, and all its digits; or ``None``."""
    try:
        six = adcode(text)
    except CellError:
        return None
    rest = re.sub(r"\.0*$|\D", "", text)[6:]
    if rest.strip("0"):
        return six, "village" if rest[3:].strip("0") else "township", six + rest
    return six, "province" if six[2:] == "0000" else "city" if six[4:] == "00" else "county", six


def holds_places(head, cells):
    """Tell whether a column that is headed so (区划代码, adcode) holds codes of places."""
    named = head.measure == "code" or _OF_PLACES.search(f"{head.text} {head.measure}")
    cells = [cell for cell in cells if cell]
    known = sum(place_code(cell) is not None for cell in cells) if named else 0
    return known > 0 and known * 4 >= len(cells) * 3


def holds_years(head, cells):
    """Tell whether a column that is headed so (退出年份) holds years, as 2017年."""
    if head.kind in ("group", "label") or not OF_YEARS.search(head.text):
        return False
    known = [cell for cell in cells if not _is_mark(cell)]
    years = sum(year_of(cell) is not None for cell in known)
    return years > 0 and years * 4 >= len(known) * 3


def _is_mark(cell):
    try:
        return mark(cell) is not None
    except CellError:
        return True


@lru_cache(2**16)
def year_of(text):
    """Year of a label, or ``None``."""
    try:
        return year(without_footnote(text)[0]).value
    except CellError:
        return None


_NUMBERED = re.compile(r"[(]?(?:[一二三四五六七八九十]{1,3}[)、.]|[0-9]{1,2}[)、.](?![0-9]))\s*")


@lru_cache(2**16)
def place_of(text):
    """Place of a label; a code alone is none, for serial numbers look like codes."""
    if not re.search("[A-Za-z\u4e00-\u9fff]", text):
        return None
    try:
        # a main item of which, or 一、东部地区
        return province(_NUMBERED.sub("", text.lstrip("# "), count=1))
    except CellError:
        return None


# Numbers with their unit ---------------------------------------------------------------

_WITH_UNIT = re.compile(
    r"(?P<sign>RMB|CNY|[¥￥])?\s*(?P<number>[-+]?[0-9][0-9,' ]*(?:\.[0-9]+)?)\s*(?P<unit>[^0-9\s].*)?"
)
_SHORT = {"10k": (10**4, "person"), "persons": (1, "person"), "100m_persons": (10**8, "person"),
          "households": (1, "household"), "10k_households": (10**4, "household"), "yuan": (1, "yuan"),
          "10k_yuan": (10**4, "yuan"), "100m_yuan": (10**8, "yuan"), "pct": (1, "percent"),
          "points": (1, "points"), "counties": (1, "county"), "each": (1, "item")}  # fmt: skip
_NAMES = {"yuan": "元", "percent": "%", "points": "百分点", "person": "人", "household": "户",
          "person_time": "人次"}  # fmt: skip


@lru_cache(2**12)
def scale_of(unit):
    """Factor and kind of a unit: 万元 is 10,000 of yuan, 万 alone 10,000 of nothing told."""
    key = head_key(unit)
    short = measures()["units"].get(key)
    if short in _SHORT:
        return _SHORT[short]
    scale = re.match("(?:万亿|[十百千]?[万亿]|[百千])?", key)[0]
    rest, factor = key[len(scale) :], 1
    for sign in scale:
        factor *= PLACES.get(sign) or MYRIADS[sign]
    if rest == "‰":
        return Decimal("0.1"), "percent"
    rest = "元" if rest in ("元整", "元人民币", "块", "圆") else rest
    if rest and rest not in UNITS and not short_unit(rest):
        return None
    return factor, {"元": "yuan"}.get(rest) or UNITS.get(rest, rest)


@lru_cache(2**16)
def _parted(cell):
    """Number, factor, kind and sign of money of a cell that names its unit, or ``None``."""
    found = _WITH_UNIT.fullmatch(without_footnote(cell)[0])
    if not found or not (found["sign"] or found["unit"]):
        return None
    value, scale = value_of(found["number"].strip()), scale_of(found["unit"] or "")
    if value is None or scale is None:
        return None
    if found["sign"]:
        return (Decimal(str(value)), scale[0], "yuan", not found["unit"]) if scale[1] in ("", "yuan") else None  # fmt: skip
    return Decimal(str(value)), *scale, False


@lru_cache(2**16)
def with_unit(cell):
    """Exact value, kind of unit and whether only a sign of money tells it; ``None`` if unread."""
    parted = _parted(cell)
    if parted:
        value, factor, kind, signed = parted
        return value * factor, kind, signed
    if not re.search("[0-9]|百分之", cell):
        return None
    readers = [(percent, "percent"), (count, "")]
    if re.search("[元圆块¥￥]|RMB|CNY", cell):
        readers = [(money, "yuan")]
    for read, kind in readers:
        try:
            found = read(cell)
        except CellError:
            continue
        if found.value is not None and found.bound in ("exact", "rounded") and found.footnote == "":
            kind = "points" if found.kind == "points" else kind or (found.unit if cell[-1] not in MYRIADS else "")  # fmt: skip
            return Decimal(str(found.value)), kind, False
    return None


@lru_cache(2**12)
def inexact(cell):
    """Why a count, amount or share that can be read is no number: a range, or a bound."""
    for read in (money, percent, count) if re.search("[万亿元圆块户人%‰]", cell) else ():
        try:
            found = read(cell)
        except CellError:
            continue
        return "range" if found.value is None else "inexact"
    return ""


def in_unit(cell, unit):
    """Number of a cell that names its own unit, in another one; a text says why it is refused."""
    value, kind, signed = with_unit(cell)
    factor, wanted = scale_of(unit) or (1, head_key(unit))
    if kind != wanted and (kind or wanted in ("percent", "points")):
        return "wrong_unit"
    if signed and factor != 1:
        return "unit_required"  # ￥1200 under 万元 may be either
    return float(value / Decimal(factor))


def unit_of_cells(head, kinds):
    """Unit of a column of which only the cells name one: the one that most of them name."""
    told = [kind for kind in kinds if kind]
    if not told:
        fits = measures()["fits"].get(head.measure, ())
        base = next((_SHORT[one][1] for one in fits if one in _SHORT), "")
        return _NAMES.get(base, "")
    kind = max(dict.fromkeys(told), key=told.count)
    words = next((word for word, name in UNITS.items() if name == kind), kind)
    return _NAMES.get(kind, words)


# A unit behind a label ------------------------------------------------------------------


@lru_cache(2**12)
def label_unit(text):
    """Unit that a label of a row names: 甲人口(万人), 比重%."""
    text = without_footnote(text)[0]
    found = re.findall(r"[(\[]([^()\[\]]*)[)\]]", text)
    unit = next((one for one in reversed(found) if short_unit(one)), "")
    if not unit and len(text) > 1 and text.endswith("%"):
        return "%"
    if not unit and "/" in text and head_key(text.rsplit("/", 1)[1]) in measures()["units"]:
        return text.rsplit("/", 1)[1].strip()
    return unit if found and not text.startswith(("(", "[")) else ""
