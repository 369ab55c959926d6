"""What a cell can hold: a value with its unit and bound, or a reason why there is none."""

import re
from dataclasses import dataclass, fields

import numpy as np

from ...base.errors import DataError


class CellError(DataError):
    """A cell that cannot be read with certainty.

    Attributes
    ----------
    code : str
        Kind of trouble, such as ``"corrupt_number"`` or ``"ambiguous_scale"``.
    """

    def __init__(self, code, problem, found=None, remedy=None, where=None):
        """Keep the code beside the message."""
        shown = None if found is None else repr(found)[:80]
        super().__init__(problem, where=where, found=shown, remedy=remedy)
        self.code = code


@dataclass(frozen=True, slots=True, repr=False)
class Cell:
    """One cell, read.

    Attributes
    ----------
    value : object
        The value, in ``unit``; ``None`` if there is none.
    unit : str
        Such as ``"person"``, ``"household"``, ``"person_time"``, ``"yuan"``, ``"percent"``.
    bound : str
        ``"exact"``, ``"rounded"`` (printed with fewer digits than it has), ``"about"``,
        ``"lower"`` (more than), ``"upper"`` (less than) or ``"range"``.
    kind : str
        What sort of value, where there are several: ``"rate"`` or ``"points"``; ``"year"``,
        ``"month"`` or ``"day"`` for a date.
    footnote : str
        Mark of the footnote that hung on it.
    reason : str
        Why there is no value: ``"blank"`` (unknown or none), ``"not_available"``,
        ``"below_unit"`` (less than the smallest unit; neither missing nor zero),
        ``"withheld"``, ``"not_applicable"``.
    note : str
        What else the cell says: ``"end"`` of a year, the year of constant prices,
        ``"cumulative"``.
    low, high : float or None
        Ends of a range.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.count("210多万人次")
    Cell(value=2100000, unit='person_time', bound='lower')
    """

    value: object = None
    unit: str = ""
    bound: str = "exact"
    kind: str = ""
    footnote: str = ""
    reason: str = ""
    note: str = ""
    low: float | None = None
    high: float | None = None

    def __repr__(self):
        """Value, and whatever else is not as usual."""
        told = [
            f"{one.name}={getattr(self, one.name)!r}"
            for one in fields(self)
            if one.name == "value" or getattr(self, one.name) != one.default
        ]
        return f"Cell({', '.join(told)})"


# Full-width forms, odd blanks and minus signs become plain; nothing else is touched.
_WIDE = {0xFF01 + i: 0x21 + i for i in range(94)}
_WIDE |= dict.fromkeys((0x3000, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x09), " ")
_WIDE |= dict.fromkeys((0x2212, 0xFE63, 0x2010, 0x2011), "-")
_WIDE |= dict.fromkeys((0xFEFF, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060), None)

_MARKS = {
    **dict.fromkeys(("", "无"), "blank"),
    **dict.fromkeys(("-", "--", "---", "----", "—", "——", "———", "–", "―", "/", "\\", "..",
                     "N/A", "n/a", "NA", "na", "n.a.", "N.A.", "nan", "NaN", "NAN", "NaT", "<NA>",
                     "NULL", "Null", "null", "None", "none", "不详", "无数据", "缺", "缺失", "未知",
                     "未统计", "未公布", "暂无", "不知道", "不清楚"), "not_available"),
    **dict.fromkeys(("…", "……", "⋯", "...", "......"), "below_unit"),
    **dict.fromkeys(("*", "**", "***", "****", "×", "××", "×××", "保密", "拒绝回答"), "withheld"),
    "不适用": "not_applicable",
}  # fmt: skip
_MARKED = {text: Cell(reason=reason) for text, reason in _MARKS.items()}
_SHEET_ERRORS = {
    "#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
}  # fmt: skip


def is_missing(raw):
    """Tell whether a raw cell is a missing value of Python, numpy or pandas."""
    # `!=` of pandas' NA is NA itself, which is neither true nor false
    return raw is None or type(raw).__name__ in ("NAType", "NaTType") or (
        isinstance(raw, float | np.floating | np.datetime64) and raw != raw
    )  # fmt: skip


def plain(raw):
    """Text of a cell in plain characters, without blanks around it; missing is empty."""
    if isinstance(raw, int) and raw.bit_length() > 1000:  # Python writes none of 4300 digits
        problem, remedy = "This number has more than 300 digits.", "look it up in the source"
        raise CellError("corrupt_number", problem, remedy=remedy)
    return "" if is_missing(raw) else str(raw).translate(_WIDE).strip()


def mark(text):
    """Cell without a value if the text is one of the marks of statistics, else ``None``."""
    if text[:1] == "#" and (text in _SHEET_ERRORS or (len(text) > 2 and not text.strip("#"))):
        raise CellError("spreadsheet_error",
                        "This cell is an error of the spreadsheet, not a value.", found=text,
                        remedy="mend the formula in the file, or leave the cell blank")  # fmt: skip
    return _MARKED.get(text)


_FOOTNOTE = re.compile(
    r"(?<!\s)\s*(?:([①-⑳])|(?<![A-Za-z])([a-z])\)|\(([a-z]|[1-9])\)|\[([0-9a-z]{1,2})\]|注([1-9])|([¹²³⁴-⁹]+)"
    r"|(\*{1,3}|#))$"
)


def without_footnote(text):
    """The text without the footnote mark at its end, and that mark."""
    found = _FOOTNOTE.search(text)
    if found is None or found.start() == 0:
        return text, ""
    return text[: found.start()].rstrip(), next(filter(None, found.groups()))


def known_word(raw, words, code, what):
    """Look a text up in a vocabulary.

    Parameters
    ----------
    raw : object
        The cell.
    words : dict
        For each text, without blanks, what it means.
    code, what : str
        Code of the error, and what the cell should be.

    Returns
    -------
    Cell
    """
    from difflib import get_close_matches

    text = plain(raw)
    found = words.get("".join(text.split()))
    if found is not None:
        return Cell(found)
    marked = mark(text)
    if marked is not None:
        return marked
    near = get_close_matches(text, words, n=3, cutoff=0.3) or list(words)[:5]
    raise CellError(code, f"This cell is no {what} that is known.", found=raw,
                    remedy=f"known: {', '.join(near)}")  # fmt: skip
