"""What is asked of incomes before a measure: a table, names that are free, no codes of no answer."""

import numpy as np
import pandas as pd

from ..base.checks import need_columns
from ..base.codes import Looked, read_codes, suspects, told
from ..base.columns import LARGEST, need_numbers, refuse_infinite, refuse_size, refuse_two_kinds
from ..base.errors import DataError
from ..clean.reports import part
from ..survey.keys import combine


def opened(table, names, codes=None, made=()):
    """A table of pandas with some columns, and the codes of no answer as they are looked up.

    Parameters
    ----------
    table : DataFrame
        Of pandas or polars.
    names : list of str
        Columns that are asked for, each once.
    codes : float, list or dict, optional
        Numbers that stand for no answer, of all incomes or by column.
    made : iterable of str
        Columns that will be made, and so must not be there.

    Returns
    -------
    table : DataFrame
    codes : list, dict or None

    Raises
    ------
    DataError
    """
    table = table.to_pandas() if hasattr(table, "to_pandas") else table
    codes = read_codes(codes)
    need_columns(table, [*names, *(codes if isinstance(codes, dict) else ())])
    for i, name in enumerate(names):
        if name in names[:i]:
            raise DataError("A column is named twice.", where="arguments", found=name,
                            remedy=f"give {name!r} once, to one argument")  # fmt: skip
    for name in made:
        if name in table:
            raise DataError("A column of this name is made here.", where=f"column {name}", found=name,
                            remedy=f"table = table.drop(columns={name!r})")  # fmt: skip
    return table, codes


def grouped(columns, called="table"):
    """One code for each combination of keys, and the table of them; see `povstudy.survey.keys`.

    Parameters
    ----------
    columns : dict of Series
        Keys, all of them known.
    called : str
        What the remedy calls the table.

    Returns
    -------
    codes : ndarray of int
    table : DataFrame

    Raises
    ------
    DataError
        If one is missing, or keys are of two kinds.
    """
    for name, column in columns.items():
        refuse_two_kinds(name, column)
        if lacking := int(column.isna().sum()):
            raise DataError(
                f"{lacking:,} of {len(column):,} rows have no {name}.", where=f"column {name}",
                found=None, remedy=f"{called} = {called}[{called}[{name!r}].notna()]",
            )  # fmt: skip
    return combine(columns)


def known(name, column, codes, parts, of_each=None, income=True):
    """Incomes as floats, codes of no answer as not a number.

    Parameters
    ----------
    name : str
    column : Series
    codes : list, dict or None
        From `opened`.
    parts : list of dict
        Parts of a report: what was a code is added.
    of_each : callable, optional
        Makes incomes of households of those of their rows, before they are looked at: what stands
        with each of five members is one answer.
    income : bool
        Whether it is known to be one.

    Returns
    -------
    ndarray of float

    Raises
    ------
    DataError
        If an income is infinite or too large, or looks like a code that was not given: see
        `povstudy.base.codes.suspects`.
    """
    y = need_numbers(name, column)
    large = np.abs(y) > LARGEST
    if large.any():
        infinite = np.isinf(y)
        at = int((infinite if infinite.any() else large).argmax())
        where, value = f"column {name}, row {at + 1}", y[at]
        if infinite.any():
            refuse_infinite(name, int(infinite.sum()), where, value)
        refuse_size(where, value)
    given = codes.get(name) if isinstance(codes, dict) else codes
    gone = np.isin(y, given or ())
    parts.append(part(np.flatnonzero(gone), name, y[gone], None, "missing", "missing_code"))
    y = np.where(gone, np.nan, y)
    if of_each is not None:
        y = of_each(pd.Series(y, name=name))
    seen = y[~np.isnan(y)]
    if not len(seen) or (given is not None and (isinstance(codes, dict) or not given)):
        return y
    if found := suspects(seen.min(), seen.max(), Looked(seen), income):
        others = codes if isinstance(codes, dict) else {}
        problem, shown = told(name, found, "values of {} are")
        raise DataError(
            problem, where=f"column {name}", found=shown,
            remedy=f"codes={ {**others, name: [*(given or ()), *found]} !r}  # they are missing then; or "
            f"codes={ {**others, name: []} !r}, if they are values",
        )  # fmt: skip
    return y
