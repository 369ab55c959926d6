"""What goes into files that others open: text that a spreadsheet would run is told as text."""

import io
import re
from pathlib import Path

import pandas as pd

from .errors import DataError
from .files import write_whole

# A minus before figures alone is a number, or begins an interval (-0.2 to 0.1); dashes alone stand
# for nothing: none of these is run.
_NUMBER = r"[0-9.,]+%?(?:\s*(?:to|至|—)\s*-?[0-9.,]+%?)?"
_LIVE = re.compile(rf"\s*(?:[=+@＝＋＠]|[-－](?!{_NUMBER}\s*$|[-－\s]*$))|[\t\r]")


def as_text(cell):
    """A cell as a spreadsheet shows it: an apostrophe stands before what would be a formula.

    Parameters
    ----------
    cell : object
        What is no text stays as it is.

    Returns
    -------
    object

    References
    ----------
    OWASP, CSV injection.

    Examples
    --------
    >>> from povstudy.base.exports import as_text
    >>> as_text("=1+2"), as_text("@SUM(A1)"), as_text("-5.2"), as_text("Puding"), as_text(3)
    ("'=1+2", "'@SUM(A1)", '-5.2', 'Puding', 3)
    """
    return f"'{cell}" if isinstance(cell, str) and _LIVE.match(cell) else cell


def without_formulas(table):
    """A table whose texts, heads and categories no spreadsheet runs as formulas.

    Parameters
    ----------
    table : DataFrame
        It is not changed.

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> import pandas as pd
    >>> from povstudy.base.exports import without_formulas
    >>> without_formulas(pd.DataFrame({"county": ["=1+2", "A"]}))["county"].tolist()
    ["'=1+2", 'A']
    """
    made = pd.DataFrame(table).copy()  # of a result that is a table, the table alone
    for at in range(made.shape[1]):
        column = made.iloc[:, at]
        if isinstance(column.dtype, pd.CategoricalDtype):
            if any(as_text(one) is not one for one in column.cat.categories):
                made.isetitem(at, column.astype(object).map(as_text).astype("category"))
        elif not (pd.api.types.is_numeric_dtype(column) or column.dtype.kind in "mMb"):
            told = column.map(as_text, na_action="ignore")
            if not told.equals(column):
                made.isetitem(at, told)
    if isinstance(made.columns, pd.MultiIndex):
        made.columns = pd.MultiIndex.from_tuples(
            [tuple(map(as_text, one)) for one in made.columns], names=made.columns.names
        )
    else:
        made.columns = made.columns.map(as_text)
    return made


_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def write(table, path):
    """Write a table to a file that a spreadsheet opens: what `povstudy.clean.write` does.

    Parameters
    ----------
    table : DataFrame
        An index with a name becomes a column.
    path : str or Path
        ``.csv`` or ``.xlsx``.

    Raises
    ------
    DataError
        If it is no table, the ending is another one, or the file cannot be written.
    """
    path = Path(path)
    if not isinstance(table, pd.DataFrame):
        such = "table.tidy()" if hasattr(table, "tidy") else "pd.DataFrame(table)"
        raise DataError("A table is needed: a pandas DataFrame.", where="argument table", found=type(table).__name__,
                        remedy=f"ps.clean.write({such}, {str(path)!r})")  # fmt: skip
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise DataError("Tables are written as .csv or .xlsx.", where=path.name,
                        found=path.suffix or "no ending",
                        remedy=f"ps.clean.write(table, {str(path.with_suffix('.xlsx') if path.stem else 'table.xlsx')!r})"
                        "  # into Word: open it, copy the cells, paste")  # fmt: skip
    named = any(one is not None for one in table.index.names)
    made = without_formulas(table.reset_index() if named else table)
    try:
        if path.suffix.lower() == ".csv":
            write_whole(path, "\ufeff" + made.to_csv(index=False, lineterminator="\n"))
            return
        for at in range(made.shape[1]):
            column = made.iloc[:, at]
            if not pd.api.types.is_numeric_dtype(column) and column.dtype.kind not in "mM":
                made.isetitem(at, column.astype(object).map(printable, na_action="ignore"))
        held = io.BytesIO()
        made.to_excel(held, index=isinstance(made.columns, pd.MultiIndex))
        write_whole(path, held.getvalue())
    except (OSError, ValueError) as error:
        raise DataError("This table cannot be written there.", where=path, found=str(error)[:200],
                        remedy="ps.clean.write(table, 'table.csv')") from None  # fmt: skip


def printable(cell):
    """A cell without signs that no workbook can hold."""
    return _UNPRINTABLE.sub("\ufffd", cell) if isinstance(cell, str) else cell
