"""Counts with units, money, percent and poverty lines: 210多万人次, 17.3亿多元, 百分之五点七."""

import re
from dataclasses import replace
from decimal import Decimal

from .cell import Cell, CellError, mark, plain, without_footnote
from .numerals import CHINESE, DIGITS, MYRIADS, PLACES, corrupt, value_of

UNITS = {
    "人次": "person_time", "户次": "household_time",
    "人": "person", "名": "person", "位": "person", "口人": "person", "口": "person",
    "户": "household", "个家庭": "household",
    "个村": "village", "村": "village", "个县": "county", "县": "county",
    "个乡镇": "township", "个省": "province", "个省份": "province", "个": "item",
    "例": "case", "个案": "case", "节": "session", "节次": "session",
    "场": "event", "场次": "event", "次": "time", "期": "term",
    "项": "project", "个项目": "project", "个小组": "item", "小组": "item", "家": "agency", "家机构": "agency", "个机构": "agency",
}  # fmt: skip
_BY_LENGTH = sorted(UNITS, key=len, reverse=True)
SCALES = {"": 1, "10k_": 10**4, "100m_": 10**8}

_BEFORE = {
    **dict.fromkeys(("约", "大约", "约为", "近", "将近", "接近", "大概", "约有"), "about"),
    **dict.fromkeys(
        ("超过", "超", "逾", "多于", "不少于", "至少", "高于", "突破", "不低于", "过", "上"),
        "lower",
    ),
    **dict.fromkeys(
        ("不足", "不到", "少于", "低于", "不超过", "至多", "未超过", "不高于"), "upper"
    ),
    **dict.fromkeys((">", "≥", ">="), "lower"),
    **dict.fromkeys(("<", "≤", "<="), "upper"),
}
_AFTER = {"以上": "lower", "以下": "upper", "以内": "upper", "左右": "about", "上下": "about",
          "+": "lower"}  # fmt: skip
_MORE = {"多": "lower", "余": "lower", "来": "about"}
_FILLER = re.compile(r"(?:总?共计?|总计|合计|(?P<cumulative>累计)|仅|只有|达到?)有?")
_BOUND_BEFORE = re.compile("|".join(map(re.escape, sorted(_BEFORE, key=len, reverse=True))))
_BOUND_AFTER = re.compile(f"(?:{'|'.join(map(re.escape, _AFTER))})$")
_BODY = re.compile(
    rf"(?P<number>[+-]?[0-9][0-9, ']*(?:\.[0-9]+)?|[{CHINESE}点]+?)"
    r"(?P<more>[多余来])?(?P<scale>万亿|[十百千]?[万亿]|[十百千])?(?P<more2>[多余来])?"
)
# 1亿6600万, 12万3456; 1亿6600 may leave out 万
_IN_PARTS = re.compile(r"(?=.*[亿万])(?:([0-9]{1,8})亿)?(?:([0-9]{1,4})万([0-9]{4})?)?")
_SOME = re.compile(r"(?P<ten>十)?[几数](?P<scale>[十百千]?[万亿]?)")
_AS_NUMERALS = str.maketrans("123456789", "一二三四五六七八九")
_DASH = "-|~|–|—|至|到"
_RANGE = re.compile(
    rf"([0-9.,]+[十百千万亿]*|[{CHINESE}]+)(?:{_DASH})([0-9.,]+[十百千万亿]*|[{CHINESE}]+)"
)


def _amount(text, raw):
    """Read digits or numerals with 万, 亿 and the words of a bound; a Cell without unit."""
    before = _BOUND_BEFORE.match(text)
    bound = _BEFORE[before[0]] if before else ""
    text = text[before.end() :] if before else text
    after = _BOUND_AFTER.search(text)
    bound = bound or (_AFTER[after[0]] if after else "")
    text = text[: after.start()] if after else text
    some, span = _SOME.fullmatch(text), _RANGE.fullmatch(text)
    if some:  # 几 is two to nine of its place
        scale = _scale(some["scale"])
        low, high = (11, 19) if some["ten"] else (2, 9)
        step = scale if some["ten"] or scale < 10 else scale // 10
        return Cell(bound="range", low=low * scale, high=high * scale + scale - step)
    if span and not bound:
        high, _ = _scaled(span[2], raw)
        shared = re.search("[十百千万亿]*$", span[2])[0]  # 50-60万 is 500,000 to 600,000
        if shared and span[1][-1] in DIGITS:
            raise corrupt(raw, remedy="write both ends in full: 30-50")  # of 三至五十
        low, _ = _scaled(span[1] if span[1][-1] in CHINESE else span[1] + shared, raw)
        if low > high:
            raise corrupt(raw, remedy="write both ends in full, the smaller one first: 3000-10000")
        return Cell(bound="range", low=low, high=high)
    value, own = _scaled(text, raw, bare=bool(bound))
    return Cell(value, bound=bound or own)


_THOUSANDS = re.compile("(?<![0-9.])[0-9]{1,3}(?: [0-9]{3})+(?![0-9])")


def _joined(text, raw):
    """Text without blanks; between digits they stand for thousands, or make two numbers."""
    text = _THOUSANDS.sub(lambda one: one[0].replace(" ", ""), text)
    if re.search(r"[0-9.,]\s+[0-9.,]", text):
        raise corrupt(raw)
    return "".join(text.split())


def _scale(text):
    value = 1
    for sign in text:
        value *= PLACES.get(sign) or MYRIADS[sign]
    return value


def _scaled(body, raw, bare=False):
    """Value and bound of digits or numerals with 多, 余 and 万, 亿.

    A scale without a number counts once where there is a bound (``bare``): 近万人, 百余人.
    """
    if re.match("[百千万亿]", body) and (bare or re.search(f"[{''.join(_MORE)}]", body)):
        body = "一" + body
    whole = value_of(body)  # 七千零一十七万 is one numeral
    parts = _IN_PARTS.fullmatch(body)
    if whole is None and parts:
        hundred, ten, rest = (int(one or 0) for one in parts.groups())
        whole = hundred * 10**8 + ten * 10**4 + rest
    if whole is None and re.fullmatch("(?:[1-9][万千百十])+", body):  # 1万2千
        whole = value_of(body.translate(_AS_NUMERALS))
    if whole is not None:
        return whole, "exact"
    found = _BODY.fullmatch(body)
    base = value_of(found["number"].strip()) if found else None
    if base is None or (found["more"] and found["more2"]):
        raise corrupt(raw)
    scale, more = _scale(found["scale"] or ""), found["more"] or found["more2"]
    if more:
        return times(base, scale), _MORE[more]
    return times(base, scale), "rounded" if scale > 1 and isinstance(base, float) else "exact"


def times(value, factor):
    """Product as one would write it down; an int where it is whole and was scaled up."""
    if factor == 1 or isinstance(value, int):
        return value * factor
    exact = Decimal(str(value)) * factor
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _rescaled(cell, factor, **more):
    """The cell in other units."""
    value, low, high = (
        None if one is None else times(one, factor) for one in (cell.value, cell.low, cell.high)
    )
    return Cell(value, bound=cell.bound, low=low, high=high, **more)


# Counts -------------------------------------------------------------------------------


def count(raw, unit="person"):
    """Read a count with its unit and bound: 7017万人, 210多万人次, 近300户, 几十万人.

    Parameters
    ----------
    raw : object
        The cell.
    unit : str
        Unit where the cell names none, such as ``"household"``; ``"10k_person"`` (万人) and
        ``"100m_person"`` (亿人) for bare numbers under such a head.

    Returns
    -------
    Cell
        Value in single units. ``bound`` is ``"lower"`` for 多, 余, 以上; ``"upper"`` for
        不足, 以下; ``"about"`` for 约, 近, 左右; ``"rounded"`` for decimals of 万 or 亿;
        ``"range"`` for 几 and 300-400, with ``low`` and ``high`` in place of a value. ``note``
        is ``"cumulative"`` for 累计. Persons (人) and person-times (人次) are never turned into
        each other.

    Raises
    ------
    CellError
        ``corrupt_number`` or ``unknown_unit``; ``two_counts`` for a cell that holds two
        (use `counts`); ``not_a_count``.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.count("7.7亿人")
    Cell(value=770000000, unit='person', bound='rounded')
    >>> ps.clean.count("几十万人")
    Cell(value=None, unit='person', bound='range', low=200000, high=990000)
    >>> ps.clean.count("7017", unit="10k_person").value
    70170000
    """
    text = plain(raw)
    marked = mark(text)
    if marked is not None:
        return marked
    prefix = next(one for one in ("100m_", "10k_", "") if unit.startswith(one))
    bare = value_of(text)
    footnote = note = ""
    if bare is not None:
        own = "rounded" if prefix and isinstance(bare, float) else "exact"
        cell, found, factor = Cell(bare, bound=own), "", SCALES[prefix]
    else:
        text, footnote = without_footnote(text)
        text = re.sub(r"人\(次\)$", "人次", _joined(text, raw))
        text = re.sub(rf"\(({'|'.join(_BY_LENGTH)})\)$", r"\1", text)  # 1200(人次)
        filler = _FILLER.match(text)
        body, found = _unit_of(text[filler.end() if filler else 0 :], raw)
        cell = _amount(body, raw)
        note = "cumulative" if filler and filler["cumulative"] else ""
        scaled = found or any(sign in text for sign in MYRIADS)
        factor = 1 if scaled else SCALES[prefix]
    unit = found or unit.removeprefix(prefix)
    cell = _rescaled(cell, factor, unit=unit, footnote=footnote, note=note)
    first = cell.low if cell.value is None else cell.value
    if first < 0 or first != int(first):
        raise CellError("not_a_count",
                        "A count cannot be less than nothing, or hold a part of one.", found=raw,
                        remedy="povstudy.clean.number(cell), if it is a change or a mean")  # fmt: skip
    return cell if cell.value is None else replace(cell, value=int(cell.value))


def counts(raw):
    """Read a cell that holds several counts, such as 16369户54851人.

    Parameters
    ----------
    raw : object
        The cell.

    Returns
    -------
    dict
        A `Cell` for each unit; empty for a blank cell.

    Raises
    ------
    CellError
        ``corrupt_number`` or ``unknown_unit``; two counts of one unit are refused.

    Examples
    --------
    >>> import povstudy as ps
    >>> {unit: cell.value for unit, cell in ps.clean.counts("16369户54851人").items()}
    {'household': 16369, 'person': 54851}
    """
    text = plain(raw)
    if mark(text) is not None:
        return {}
    text = re.sub(r"\(([^()]+)\)$", r"、\1", _joined(without_footnote(text)[0], raw))
    if len(text) > 200:
        raise corrupt(raw, remedy="keep numbers with units alone in the cell: 16369户54851人")
    units = "|".join(_BY_LENGTH)
    parts = [one[0] for one in re.finditer(rf"[^{''.join(UNITS)}]+?(?:{units})(?!次)", text)]
    kept = re.sub(r"(?<=\D)[、,;/及和]", "", text)
    if "".join(one.lstrip("、,;/及和") for one in parts) != kept:
        raise corrupt(raw, remedy="write it as numbers with units: 16369户54851人")
    cells = [count(part.lstrip("、,;/及和")) for part in parts]
    found = {cell.unit: cell for cell in cells}
    if len(found) != len(cells):
        raise corrupt(raw, remedy="keep one count of each unit in the cell")
    return found


def _unit_of(text, raw):
    """Take the unit off the end of a text."""
    for words in _BY_LENGTH:
        # 万户以上 and 5000人左右: the words of a bound may follow the unit
        tail = _BOUND_AFTER.search(text)
        end = tail.start() if tail else len(text)
        if text[:end].endswith(words):
            body = text[: end - len(words)] + text[end:]
            if re.search("[户人]", body):
                raise CellError("two_counts", "This cell holds more than one count.", found=raw,
                                remedy="ps.clean.counts(cell)")  # fmt: skip
            return body, UNITS[words]
    body = re.sub(rf"^[-0-9.,+'多余几点近约逾超过不足到以上下左右至~–—{CHINESE}]+", "", text)
    if body != text and re.fullmatch(r"[\u4e00-\u9fff]+", body):
        raise CellError("unknown_unit", "This count has a unit that is not known.", found=raw,
                        remedy=f"units known: {', '.join(UNITS)}")  # fmt: skip
    return text, ""


# Money --------------------------------------------------------------------------------

YUAN = {"yuan": 1, "1k_yuan": 10**3, "10k_yuan": 10**4, "1m_yuan": 10**6, "100m_yuan": 10**8}
_MONEY_END = re.compile(r"(?:元|圆|块)?(?:人民币|整)?(?=(?:以上|以下|以内|左右|上下)?$)")
_MONEY_SIGN = re.compile(r"^(?:人民币|RMB|CNY|¥|￥)+", re.IGNORECASE)


def money(raw, unit=None):
    """Read an amount of money in yuan: 17.3亿多元, 1685万元, 2,300元.

    Parameters
    ----------
    raw : object
        The cell.
    unit : {"yuan", "1k_yuan", "10k_yuan", "1m_yuan", "100m_yuan"}, optional
        Unit of a bare number, from the head of its column. Without it a bare number is
        refused: 万元 and 元 differ by four zeros.

    Returns
    -------
    Cell
        In ``"yuan"``; bounds as in `count`.

    Raises
    ------
    CellError
        ``unit_required`` for a bare number without ``unit``; ``unknown_unit`` for another
        currency or an amount per head or year; ``corrupt_number``.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.money("17.3亿多元")
    Cell(value=1730000000, unit='yuan', bound='lower')
    >>> ps.clean.money("1685", unit="10k_yuan").value
    16850000
    """
    text = plain(raw)
    marked = mark(text)
    if marked is not None:
        return marked
    if unit is not None and unit not in YUAN:
        raise CellError("unknown_unit", "Money is read in yuan.", unit, f"one of {list(YUAN)}")
    bare = value_of(text)
    if bare is not None:
        if unit is None:
            _refuse_bare(raw)
        return Cell(times(bare, YUAN[unit]), "yuan")
    text, footnote = without_footnote(text)
    text = _joined(text, raw)
    tax = re.search(r"\((?:(含)|不含)税\)$", text)
    if tax:
        found = money(text[: tax.start()], unit)
        return replace(found, note="included" if tax[1] else "excluded")
    if re.search(r"[美欧日港英]|澳元|USD|EUR|\$|/|每", text):
        raise CellError(
            "unknown_unit", "This is no amount in yuan.", found=raw,
            remedy="write it in yuan, without 'per'; a poverty line is read by poverty_line(cell)",
        )  # fmt: skip
    unsigned = _MONEY_SIGN.sub("", text)
    body = _MONEY_END.sub("", unsigned, count=1)
    cell = _amount(body, raw)
    named = body != unsigned or any(sign in body for sign in MYRIADS)
    if unsigned != text:  # ￥1685 is in yuan, but under a head of 万元 it may be either
        unit = unit or "yuan"
        named = named or unit == "yuan"
    if not named and (unit is None or unsigned != text):
        _refuse_bare(raw)
    factor = 1 if named else YUAN[unit]
    cell = _rescaled(cell, factor, unit="yuan", footnote=footnote)
    # Contracts are written in 万元 to the last digit; decimals of 亿 are rounded figures.
    return replace(cell, bound="exact") if cell.bound == "rounded" and "万" in body else cell


def _refuse_bare(raw):
    raise CellError(
        "unit_required",
        "A bare number is no amount: it may be yuan or 10,000 yuan (万元).",
        found=raw,
        remedy='ps.clean.money(cell, unit="yuan")  # or unit="10k_yuan", as the head of the table says',
    )


# Percent ------------------------------------------------------------------------------

# Signs stand before or after a number, or after each end of a range.
_PER = re.compile(
    rf"(?<![0-9{CHINESE}点.])(?P<spoken>[百千]分之)"
    r"|(?P<sign>[%‰]|个?百分点|pp|pct|per ?cent)"
    rf"(?=$|{_DASH}|(?:{'|'.join(map(re.escape, _AFTER))})$)",
    re.IGNORECASE,
)


def percent(raw, scale=None):
    """Read a percentage: 5.7%, 百分之五点七, 5‰, 1.5个百分点, 3%-5%.

    Parameters
    ----------
    raw : object
        The cell.
    scale : {"percent", "fraction"}, optional
        What a bare number is. Without it a bare number is refused: 0.057 may be a fraction
        (5.7 %) or a percentage.

    Returns
    -------
    Cell
        In percent; ``kind`` is ``"points"`` for a difference in percentage points, else
        ``"rate"``.

    Raises
    ------
    CellError
        ``ambiguous_scale`` or ``corrupt_number``.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.percent("百分之五点七").value, ps.clean.percent("1.5个百分点").kind
    (5.7, 'points')
    >>> ps.clean.percent("0.057", scale="fraction").value
    5.7
    """
    text = plain(raw)
    marked = mark(text)
    if marked is not None:
        return marked
    text, footnote = without_footnote(text)
    text = _joined(text, raw).replace("百分之百", "100%")
    signs = {one[0].lower() for one in _PER.finditer(text)}
    kind = "points" if any("点" in one or one == "pp" for one in signs) else "rate"
    factor = Decimal("0.1") if signs & {"‰", "千分之"} else Decimal(1)
    body = _PER.sub("", text)
    if len(signs) > 1 or (signs and text[0] == "("):  # (5.7%) may be a share, or a fall
        raise corrupt(raw, remedy="write it as 5.7%, or as -5.7% if it is a fall")
    if not signs:
        if scale not in ("percent", "fraction"):
            if value_of(text) is None:
                raise corrupt(raw)
            raise CellError(
                "ambiguous_scale", "A bare number may be a fraction or a percentage.", found=raw,
                remedy='povstudy.clean.percent(cell, scale="fraction"), or scale="percent"',
            )  # fmt: skip
        factor = Decimal(100) if scale == "fraction" else factor
    cell = _amount(body, raw)
    ends = (None if one is None else float(Decimal(str(one)) * factor)
            for one in (cell.value, cell.low, cell.high))  # fmt: skip
    value, low, high = ends
    return Cell(value, "percent", cell.bound, kind, footnote, low=low, high=high)


# Poverty lines ------------------------------------------------------------------------

_LINE = re.compile(
    r"(?:农民|农村居民)?(?:人均|每人)?(?:年人均|年)?(?:纯收入|可支配收入)?"
    r"(?:每年|每天|每日|每月|年|月)?"
    r"(?P<amount>[0-9][0-9,.]*|[一二三四五六七八九十百千零点两]+)元"
    r"(?:人民币)?(?P<per>(?:[/每·]?(?:人|年|天|日|月))*)(?:\((?P<note>[^)]*)\))?"
)
DAYS, MONTHS = 365, 12


def poverty_line(raw):
    """Read a poverty line: 2300元(2010年不变价), 6.3元/天, 625元.

    Parameters
    ----------
    raw : object
        The cell.

    Returns
    -------
    Cell
        In ``"yuan_person_year"`` (a year has 365 days or 12 months); ``note`` is the year of
        constant prices where the cell names one.

    Raises
    ------
    CellError
        ``corrupt_line``, also for lines in other currencies.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.poverty_line("2300元(2010年不变价)")
    Cell(value=2300.0, unit='yuan_person_year', note='2010')
    >>> ps.clean.poverty_line("6.3元/天").value
    2299.5
    """
    text = plain(raw)
    marked = mark(text)
    if marked is not None:
        return marked
    text, footnote = without_footnote(text)
    text = _joined(text, raw)
    found = _LINE.fullmatch(text)
    amount = value_of(found["amount"]) if found else None
    per = set(re.findall("[年天日月]", text.partition("(")[0]))
    per = {"天" if one == "日" else one for one in per}
    if amount is None or not amount > 0 or len(per) > 1:
        raise CellError("corrupt_line", "This cell is no poverty line in yuan per person.",
                        found=raw, remedy="write it as 2300元, 6.3元/天 or 2300元(2010年不变价)")  # fmt: skip
    factor = {"天": DAYS, "月": MONTHS}.get(next(iter(per), ""), 1)
    base = re.search(r"([0-9]{4})年?.*价", found["note"] or "")
    value = float(Decimal(str(amount)) * factor)
    return Cell(value, "yuan_person_year", footnote=footnote, note=base[1] if base else "")
