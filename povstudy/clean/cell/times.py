"""Years, periods and dates as they are written: 二〇一五年, “十二五”时期, 201512, serials."""

import datetime
import re

from .cell import Cell, CellError, mark, plain, without_footnote
from .numerals import CHINESE, value_of

_FIRST, _LAST = 1900, 2100
_TIMING = {"末": "end", "底": "end", "终": "end", "初": "start", "中": "middle"}
_TIMING |= {"上旬": "start", "中旬": "middle", "下旬": "end"}
_YEAR = re.compile(
    r"(?:截至|截止|到|至)?(?P<year>[0-9]{4}(?:\.0+)?|[零〇○一二三四五六七八九]{4})"
    r"(?:年度?年?(?P<timing>末|底|终|初|中)?)?(?:止|为止)?"
)


def year(raw):
    """Read a year: 2015, 2015年, 二〇一五年, 2015年末.

    Parameters
    ----------
    raw : object
        The cell.

    Returns
    -------
    Cell
        The year as an int; ``note`` is ``"end"`` (末, 底), ``"start"`` (初) or ``"middle"``.

    Raises
    ------
    CellError
        ``corrupt_year``, also for two digits (15年) and years outside 1900 to 2100.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.year("二〇一五年").value
    2015
    >>> ps.clean.year("2015年末")
    Cell(value=2015, kind='year', note='end')
    """
    text = plain(raw)
    marked = mark(text)
    if marked is not None:
        return marked
    text, footnote = without_footnote(text)
    text = re.sub(r"(?<![0-9])\s|\s(?![\s0-9])", "", text)  # 20 15 is two numbers
    found = _YEAR.fullmatch(text)
    value = value_of(found["year"]) if found else None
    if value is None or not _FIRST <= value <= _LAST:
        raise CellError("corrupt_year", f"This cell is no year between {_FIRST} and {_LAST}.",
                        found=raw, remedy="write it with four digits: 2015")  # fmt: skip
    note = _TIMING.get(found["timing"], "")
    return Cell(int(value), kind="year", footnote=footnote, note=note)


# First years of the five-year plans: the first ran 1953-1957, the third began in 1966.
_PLANS = {"一": 1953, "二": 1958, "三": 1966, "四": 1971, "五": 1976, "六": 1981, "七": 1986,
          "八": 1991, "九": 1996, "十": 2001, "十一": 2006, "十二": 2011, "十三": 2016,
          "十四": 2021, "十五": 2026}  # fmt: skip
_PLAN = re.compile(
    r"[“”\"'‘’「」]*(十?[一二三四五六七八九]|十)五[“”\"'‘’「」]*(?:时期|期间|规划|计划)?"
    r"|第(十?[一二三四五六七八九]|十)个五年(?:规划|计划)(?:时期|期间)?"
)
# 国家八七扶贫攻坚计划 names its years itself
_EIGHT_SEVEN = re.compile(
    r"(?:国家)?[“”\"'‘’「」]*八七[“”\"'‘’「」]*(?:扶贫)?(?:攻坚)?(?:计划)?(?:时期|期间)?"
)
_BETWEEN = re.compile(r"(?<!\s)\s*(?:--?|—|–|~|至|到|to|until)\s*(?:end\s+)?", re.IGNORECASE)


def period(raw):
    """Read a period: “十二五”时期, 2011-2015年, 2014年9月至2015年8月.

    Parameters
    ----------
    raw : object
        The cell.

    Returns
    -------
    tuple
        First and last year as ints, or first and last date as text (``"2014-09"``) where
        the cell names months or days.

    Raises
    ------
    CellError
        ``corrupt_period``, also where the end lies before the start.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.period("“十二五”时期"), ps.clean.period("2014年9月至2015年8月")
    ((2011, 2015), ('2014-09', '2015-08'))
    """
    text = plain(raw)
    joined = "".join(text.split())
    plan = _PLAN.fullmatch(joined)
    first = _PLANS.get(plan[1] or plan[2]) if plan else None
    if first:
        return first, first + 4
    if _EIGHT_SEVEN.fullmatch(joined) and len(joined) > 4:
        return 1994, 2000
    ends = _ends(re.sub(r"^自|起(?=\s*[至到—–~-])|止$|(?<=年)度$", "", text.strip()))
    if ends is None or str(ends[0]) > str(ends[1]):
        raise CellError("corrupt_period", "This cell is no period that can be read with certainty.",
                        found=raw, remedy="write it as 2011-2015 or 2014年9月至2015年8月")  # fmt: skip
    return ends


def _ends(text):
    """Two years, or two dates, of which the second may leave out what the first says."""
    dates = re.fullmatch(r"([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})\s*(?:-|—|~|至|to)\s*(.+)", text)
    parts = list(dates.groups()) if dates else _BETWEEN.split(text)
    if len(parts) == 4:  # 2014-09-2015-08
        parts = ["-".join(parts[:2]), "-".join(parts[2:])]
    alone = len(parts) == 1
    if alone:
        parts = parts * 2
    if len(parts) != 2:
        return None
    if re.fullmatch(r"[0-9]{1,2}月(?:[0-9]{1,2}日)?", parts[1]) and re.match(
        "[0-9]{4}年", parts[0]
    ):
        parts[1] = parts[0][:5] + parts[1]  # 2014年3月至8月
    read = []
    for part in parts:
        try:
            read.append(date(part))
        except CellError:
            return None
    if any(cell.value is None for cell in read) or read[0].kind != read[1].kind:
        return None
    # 2015年末 is no whole year; from the start of one to the end of another is
    notes = {(cell.note, i) for i, cell in enumerate(read)} - {("", 0), ("", 1)}
    if (alone and notes) or not notes <= {("start", 0), ("end", 1)}:
        return None
    if read[0].kind == "year":
        return int(read[0].value), int(read[1].value)
    return read[0].value, read[1].value


_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:[-/.年]\s*(?P<month>[0-9]{1,2})(?:[-/.月]\s*(?P<day>[0-9]{1,2})日?)?月?)?年?"
    r"(?P<timing>(?<=[年月])[末底初中]|(?<=月)[上中下]旬)?"
    r"(?:(?:[ T]|(?<=日))(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_PACKED = re.compile(
    r"(?P<year>(?:19|20|21)[0-9]{2})(?:(?P<month>[01][0-9])(?P<day>[0-3][0-9])?)?(?P<timing>)(?:\.0+)?"
)
_SERIAL = re.compile(r"(?P<days>[2-6][0-9]{4})(?:\.[0-9]+)?")
_EPOCH = datetime.date(1899, 12, 30)  # of the spreadsheets' 1900 system, after February 1900


def date(raw):
    """Read a date: 2015年12月, 201512, 2020-11-23 00:00:00, spreadsheet serial 42339.

    Parameters
    ----------
    raw : object
        The cell; dates and timestamps of Python and pandas too.

    Returns
    -------
    Cell
        Text as exact as the cell: ``"2015"``, ``"2015-12"`` or ``"2015-12-01"``, with
        ``kind`` ``"year"``, ``"month"`` or ``"day"``; ``note`` is ``"end"`` (末, 底, 下旬),
        ``"start"`` (初, 上旬) or ``"middle"``.

    Raises
    ------
    CellError
        ``ambiguous_date`` for 5/12/2015 and the float 2015.1; ``corrupt_date`` for what the calendar does not hold.

    Notes
    -----
    A serial counts days as spreadsheets with the 1900 system do; five digits from 20000
    (1954) to 69999 (2091) are read so.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.date("201512").value, ps.clean.date("42339").value
    ('2015-12', '2015-12-01')
    """
    if isinstance(raw, datetime.date) and raw == raw:  # timestamps are dates too; NaT is not itself
        raw = raw.isoformat()
    text = re.sub(r"(?<!\s)\s*([年月日])\s*", r"\1", plain(raw))
    marked = mark(text)
    if marked is not None:
        return marked
    if re.match("[一二]", text):  # 二〇一五年九月一日
        text = re.sub(f"[{CHINESE}○]+", lambda one: str(value_of(one[0]) or one[0]), text)
    serial = _SERIAL.fullmatch(text)
    if serial:
        found = _EPOCH + datetime.timedelta(days=int(serial["days"]))
        return Cell(found.isoformat(), kind="day", note="serial")
    found = _PACKED.fullmatch(text) or _DATE.fullmatch(text)
    if isinstance(raw, float) and found and found.re is _DATE and found["month"]:
        raise _ambiguous(f"The number {raw} may have been {raw}0.", raw)
    if found is None and re.fullmatch(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}", text):
        raise _ambiguous("Day and month of this date could be either.", raw)
    if found is None:
        problem = "This cell is no date that can be read with certainty."
        raise CellError("corrupt_date", problem, found=raw, remedy="write it as 2015-12-01")
    numbers = [int(found[name]) for name in ("year", "month", "day") if found[name]]
    try:
        checked = datetime.date(*[*numbers, 1, 1][:3])
    except ValueError:
        checked = None
    if checked is None or not _FIRST <= checked.year <= _LAST:
        raise CellError(
            "corrupt_date", "There is no such day.", found=raw, remedy="look it up in the source"
        )
    kind = ("year", "month", "day")[len(numbers) - 1]
    text = checked.isoformat()[: (4, 7, 10)[len(numbers) - 1]]
    return Cell(text, kind=kind, note=_TIMING.get(found["timing"], ""))


def _ambiguous(problem, raw):
    return CellError("ambiguous_date", problem, found=raw, remedy="write it as 2015-12-01")
