"""Columns of numbers: their unit, and what was done to their cells."""

import re

import pandas as pd

from ..cell.cell import plain
from ..cell.columns import column
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
    cells = cells.where(~cells.index.isin(shared), "")
    texts = cells.map(plain)
    plainly = cells
    if j in page.years:  # 2017年
        years = texts[texts.map(lambda one: not looks_number(one) and year_of(one) is not None)]
        plainly = cells.where(~cells.index.isin(years.index), years.map(year_of).map("{:.0f}".format))  # fmt: skip
    found, refused = column(plainly, number)
    values, reasons = found["value"].astype(float), dict(zip(refused["row"], refused["code"], strict=True))  # fmt: skip
    reasons |= {
        i: inexact(texts[i]) or why for i, why in reasons.items() if why == "corrupt_number"
    }
    united = [i for i in reasons if with_unit(texts[i]) is not None]
    unit_of = dict.fromkeys(united, unit) | {i: own[i] for i in united if own is not None and own[i]}  # fmt: skip
    free, in_cells = [i for i in united if not unit_of[i]], False
    if free:
        bare = values.index[values.notna() & (values != 0)]
        if len(bare) >= len(free):  # 366万 beside bare numbers: of which unit these are is not said
            reasons |= dict.fromkeys(free, "wrong_unit")
            united = [i for i in united if unit_of[i]]
        else:
            unit, doubtful, in_cells = unit_of_cells(head, [with_unit(texts[i])[1] for i in free]), "", True  # fmt: skip
            unit_of |= dict.fromkeys(free, unit)
            reasons |= dict.fromkeys(bare, "unit_required")
            values[bare] = float("nan")
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
    page.tell(list(reasons), name, cells[list(reasons)], None, "refused", list(reasons.values()))
    gone = cells.index[values.isna() & ~cells.index.isin(list(reasons)) & (cells != "")]
    page.tell(gone, name, cells[gone], None, "missing", found.loc[gone, "reason"].astype(str).tolist())  # fmt: skip
    forms = pd.Series({i: _form(cells[i], plainly[i], i in united) for i in values.index[values.notna()]}, dtype=object)  # fmt: skip
    forms = forms[forms != ""]
    page.tell(forms.index, name, cells[forms.index], values[forms.index].tolist(), "changed", forms.tolist())  # fmt: skip
    return name, unit, values.array


def _form(cell, plainly, united):
    """In what way a cell that was read differs from plain digits; empty if it does not."""
    if united:
        return "unit_in_cell"
    if plainly is not cell and plainly != cell:
        return "numeral"
    return number_form(cell) or ("leading_zero" if re.match("-?0[0-9]", plain(cell)) else "")
