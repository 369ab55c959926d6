"""Columns of numbers: their unit, and what was done to their cells."""

import re

import numpy as np

from ..cell.cell import plain
from ..cell.columns import read_texts
from ..cell.numerals import number
from ..record.codebooks import head_key
from ..reports import number_form
from .cells import in_unit, inexact, looks_number, unit_of_cells, with_unit, year_of
from .heads import unit_for


def read_values(page, j, head, cells, own, unique):
    """Numbers of a column; the report tells what was done to its cells.

    Parameters
    ----------
    page : Page
        Keeps the report.
    j : int
        Number of the column.
    head : Head
        What its head says.
    cells : Series
        As they stand in the file, by row.
    own : Series or None
        Units of the rows, where the labels tell them.
    unique : callable
        Makes a name that is not taken.

    Returns
    -------
    tuple
        Name, unit and numbers.
    """
    unit, doubtful = head.unit, ""
    if not unit and page.unit and own is None:
        unit = unit_for(head, page.unit)
        doubtful = "" if unit else page.unit
    shared = [i for i in cells.index if (i, j) in page.shared and page.texts[i][j]]
    cells = dict(cells) | dict.fromkeys(shared, "")
    texts = {i: plain(cell) for i, cell in cells.items()}
    plainly = cells
    if j in page.years:  # 2017年
        years = {i: year_of(one) for i, one in texts.items() if not looks_number(one)}
        plainly = cells | {i: f"{one:.0f}" for i, one in years.items() if one is not None}
    found = dict(zip(cells, read_texts(list(plainly.values()), number), strict=True))
    values = {i: float("nan") if one is None else float(one) for i, (one, _) in found.items()}
    reasons = {i: why.removeprefix("refused: ") for i, (_, why) in found.items() if why.startswith("refused: ")}  # fmt: skip
    reasons |= {i: inexact(texts[i]) or why for i, why in reasons.items() if why == "corrupt_number"}  # fmt: skip
    united = [i for i in reasons if with_unit(texts[i]) is not None]
    unit_of = dict.fromkeys(united, unit) | {i: own[i] for i in united if own is not None and own[i]}  # fmt: skip
    free, in_cells = [i for i in united if not unit_of[i]], False
    if free:
        bare = [i for i, one in values.items() if one == one and one]
        if len(bare) >= len(free):  # 366万 beside bare numbers: of which unit these are is not said
            reasons |= dict.fromkeys(free, "wrong_unit")
            united = [i for i in united if unit_of[i]]
        else:
            unit, doubtful, in_cells = unit_of_cells(head, [with_unit(texts[i])[1] for i in free]), "", True  # fmt: skip
            unit_of |= dict.fromkeys(free, unit)
            reasons |= dict.fromkeys(bare, "unit_required")
            values |= dict.fromkeys(bare, float("nan"))
    for i in united:
        told = in_unit(texts[i], unit_of[i])
        if isinstance(told, str):
            reasons[i] = told
        else:
            values[i] = told
            del reasons[i]
    named = head.unit or (unit if in_cells or head.kind != "group" else "")
    measure = head.measure or head_key(head.unit)
    name = unique(head.name(named) if head.measure else measure or f"column_{j + 1}")
    if own is not None and not unit:
        unit = own.iloc[0] if own.nunique() == 1 else ""
    if doubtful:
        page.tell([page.unit_row], name, [doubtful], None, "refused", "ambiguous_unit",
                  why="the unit of the table does not fit this column, or there are several",
                  why_zh="表注单位不适用于该列，或有多个单位")  # fmt: skip
    page.tell(shared, name, [page.texts[i][j] for i in shared], None, "refused", "merged_cell",
              why="one number in a merged cell: to which of these cells it belongs is not certain",
              why_zh="合并单元格中的一个数值：归属无法确定")  # fmt: skip
    page.tell(list(reasons), name, [cells[i] for i in reasons], None, "refused", list(reasons.values()))  # fmt: skip
    known = [i for i, one in values.items() if one == one]
    gone = [i for i, cell in cells.items() if cell and i not in reasons and values[i] != values[i]]
    page.tell(gone, name, [cells[i] for i in gone], None, "missing", [found[i][1] for i in gone])
    forms = {i: _form(cells[i], plainly[i], i in united) for i in known}
    odd = [i for i in known if forms[i]]
    page.tell(odd, name, [cells[i] for i in odd], [values[i] for i in odd], "changed", [forms[i] for i in odd])  # fmt: skip
    return name, unit, np.array(list(values.values()), dtype=float)


def _form(cell, plainly, united):
    """In what way a cell that was read differs from plain digits; empty if it does not."""
    if united:
        return "unit_in_cell"
    if plainly is not cell and plainly != cell:
        return "numeral"
    return number_form(cell) or ("leading_zero" if re.match("-?0[0-9]", plain(cell)) else "")
