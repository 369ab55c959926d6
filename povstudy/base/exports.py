"""What goes into files that others open: text that a spreadsheet would run is told as text."""

import re

import pandas as pd

# A minus before figures alone is a number, and dashes alone stand for nothing: neither is run.
_LIVE = re.compile(r"\s*(?:[=+@＝＋＠]|[-－](?![0-9.,]+%?\s*$|[-－\s]*$))|[\t\r]")


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
    made = table.copy()
    for at in range(made.shape[1]):
        column = made.iloc[:, at]
        if isinstance(column.dtype, pd.CategoricalDtype):
            if any(as_text(one) is not one for one in column.cat.categories):
                made.isetitem(at, column.astype(object).map(as_text).astype("category"))
        elif not (pd.api.types.is_numeric_dtype(column) or column.dtype.kind in "mMb"):
            told = column.map(as_text, na_action="ignore")
            if not told.equals(column):
                made.isetitem(at, told)
    if not isinstance(made.columns, pd.MultiIndex):
        made.columns = made.columns.map(as_text)
    return made
