"""A table of a yearbook that goes on from sheet to sheet, or from file to file, put together."""

from pathlib import Path

import pandas as pd

from ..base.checks import listed
from ..base.errors import DataError
from .file.kinds import file_of
from .file.spreadsheets import opened
from .joined import attrs_of_both, beside, labels_of
from .table.tables import read_table


def read_sheets(path, sheets=None):
    """Read the sheets of a workbook, or several files, as one table, with continued pages joined.

    Parameters
    ----------
    path : str, Path or list of them
        A workbook; or files of one table each, in their order.
    sheets : list of str or int, optional
        Sheets of the workbook in their order, by name or number from 1; default: all that are
        shown and not empty.

    Returns
    -------
    table : DataFrame
        As of `read_table`. A sheet with the same labels and further columns (续表) stands beside
        those before it. One with the same columns goes on below; where it has labels that were
        there already (a sheet for each year), the column ``sheet`` tells rows apart. ``attrs``
        are those of the first, with all units and notes.
    report : DataFrame
        Those of all, in their order; ``file`` names the sheet too.

    Raises
    ------
    DataError
        If a sheet is no table, or goes on with neither the same labels nor the same columns, or
        its units differ: which sheet, and which label or column is the first to differ.

    Examples
    --------
    >>> import tempfile, pathlib, povstudy as ps
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for name, head, cells in [("a", "人口(万人)", (900, 800)), ("b", "收入(元)", (7017, 5575))]:
    ...     text = f"地区,{head}\\n北京,{cells[0]}\\n天津,{cells[1]}\\n"
    ...     _ = (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    >>> table, report = ps.clean.read_sheets([folder / "a.csv", folder / "b.csv"])
    >>> len(table), len(table.attrs["units"])
    (2, 2)
    """
    if isinstance(path, str | Path):
        names = [sheets] if isinstance(sheets, str | int) else sheets
        parts = {one: (path, one) for one in (_shown(path) if names is None else names)}
        book = f"{Path(path).name}, sheet "
    else:
        paths = [Path(one) for one in path]
        alike = len({one.name for one in paths}) < len(paths)  # a folder for each year
        parts, book = {str(one) if alike else one.name: (one, None) for one in paths}, ""
        if sheets is not None or len(parts) < len(paths):
            raise DataError(
                "Several files are those of one table each, and each is named once.",
                where="argument path", found=f"{len(paths)} files, {len(parts)} of them different"
                + f", sheets={sheets!r}" * (sheets is not None),
                remedy="path= one workbook, with sheets=; or files that differ, without",
            )  # fmt: skip
    if not parts:
        raise DataError(
            "There is nothing to read.", where=str(path), remedy="sheets= names of sheets"
        )
    table, reports, stacked = None, [], []
    for name, (file, sheet) in parts.items():
        more, told = read_table(file, sheet)
        reports.append(told.assign(file=f"{book}{name}"))
        if table is None:
            table = more
        elif set(more.columns) == set(table.columns):
            stacked.append((name, more))
        elif stacked:
            raise _other(f"{book}{name}", more, table)
        else:
            made = beside(table, more)
            if made is None:
                raise _other(f"{book}{name}", more, table)
            table = made
    if stacked:
        table = _below(table, next(iter(parts)), stacked, book)
    return table, pd.concat(reports, ignore_index=True)


def _shown(path):
    path, kind = file_of(path, None, None)
    if kind not in ("xlsx", "xls"):
        return [None]
    return [name for name, (rows, _, shown) in opened(path, kind=kind)[-1].items()
            if shown and any(cell != "" for row in rows for cell in row)]  # fmt: skip


def _below(table, first, stacked, book):
    """Further rows under the same heads, with their sheet where labels come again."""
    attrs = table.attrs
    for name, more in stacked:
        odd = [one for one, unit in attrs["units"].items() if more.attrs["units"].get(one) != unit]
        if odd:
            raise DataError(
                "The unit of a column is another one on the next sheet.", where=f"{book}{name}, column {odd[0]}",
                found=f"{more.attrs['units'].get(odd[0])!r}, before {attrs['units'][odd[0]]!r}",
                remedy="sheets= those of one unit",
            )  # fmt: skip
        attrs = attrs_of_both(table, more) | {"notes": attrs["notes"] + more.attrs["notes"]}
    named = [(first, table), *stacked]
    keys = pd.concat([one[labels_of(table)] for _, one in named])
    again = keys.duplicated().any()
    made = pd.concat(
        [one.assign(sheet=str(name)) if again else one for name, one in named], ignore_index=True
    )
    if again:
        made.insert(0, "sheet", made.pop("sheet"))
    made.attrs = attrs
    return made


def _other(name, more, table):
    """Neither the same labels nor the same columns: what differs first."""
    labels = labels_of(table)
    if labels == labels_of(more) and len(table) == len(more):
        differ = (table[labels].astype(str) != more[labels].astype(str)).any(axis=1)
        if differ.any():
            row = int(differ.idxmax())
            said = [" ".join(map(str, one.loc[row, labels])) for one in (more, table)]
            return DataError("A sheet goes on with other labels.", where=f"{name}, row {row + 1} of the table",
                             found=f"{said[0]}, before {said[1]}",
                             remedy="sheets= those with the same labels, or read_table for each")  # fmt: skip
    only = [sorted(set(one) - set(other)) for one, other in ((more, table), (table, more))]
    return DataError(
        "A sheet goes on with neither the same rows nor the same columns.", where=name,
        found=f"{len(more)} rows, before {len(table)}; its own columns: {listed(only[0]) or 'none'}; "
        f"it lacks: {listed(only[1]) or 'none'}",
        remedy="sheets= those that are one table, or read_table for each",
    )  # fmt: skip
