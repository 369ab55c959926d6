"""What is asked of a table or an argument before anything is computed."""

import numpy as np
import pandas as pd

from .errors import DataError


def need_columns(table, columns):
    """Refuse what is no table, or lacks columns, and name them.

    Parameters
    ----------
    table : DataFrame
        What was given.
    columns : sequence of str
        What has to be there.

    Raises
    ------
    DataError
        If a column is missing, the table has no rows, or it is no table at all.

    Examples
    --------
    >>> from povstudy.base.checks import need_columns
    >>> need_columns(pd.DataFrame({"year": [2020]}), ["year"])
    """
    if not isinstance(table, pd.DataFrame):
        raise DataError(
            "A table is needed: a pandas DataFrame.",
            found=type(table).__name__,
            remedy="give its table: .tidy() or .band()"
            if hasattr(table, "tidy")
            else 'ps.load("china_incidence")',
        )
    missing = [name for name in columns if name not in table]
    if missing:
        raise DataError(
            f"The table lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}.",
            found=f"columns {', '.join(map(str, table.columns))}",
            remedy=f'table.rename(columns={{"<your name>": "{missing[0]}"}})',
        )
    if table.empty:
        raise DataError("The table has no rows.")


def listed(names):
    """Names as a list: of one name, of several, or of none.

    Examples
    --------
    >>> from povstudy.base.checks import listed
    >>> listed("year"), listed(None)
    (['year'], [])
    """
    if names is None:
        return []
    return list(names) if np.iterable(names) and not isinstance(names, str) else [names]


def _listed(names):
    return tuple(listed(names))
