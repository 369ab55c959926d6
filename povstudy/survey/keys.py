"""Keys of rows: columns of any kind as codes, and whole numbers as they are."""

import numpy as np
import pandas as pd

from ..base.errors import DataError

LARGEST = 2**62  # product of numbers of levels that a code of 64 bits may bear


def as_pandas(table):
    """A table of Arrow as one of pandas, with its whole numbers as they are.

    Whole numbers with a missing one beside them become floats, as pandas has it, but those above
    2**53, of which a float loses the last figures: they stay whole (``Int64``, ``UInt64``).

    Parameters
    ----------
    table : pyarrow.Table

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> import pyarrow as pa
    >>> from povstudy.survey.keys import as_pandas
    >>> as_pandas(pa.table({"id": [10**17 + 1, None], "n": [1, None]})).dtypes.astype(str).tolist()
    ['Int64', 'float64']
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    made = table.to_pandas()
    for at, field in enumerate(table.schema):
        column = table.column(at)
        if pa.types.is_integer(field.type) and 0 < column.null_count < len(column):
            ends = pc.min_max(column).as_py()
            if max(-ends["min"], ends["max"]) > 2**53:
                kind = "UInt64" if pa.types.is_unsigned_integer(field.type) else "Int64"
                full = column.fill_null(0).to_numpy()
                made.isetitem(at, pd.Series(full).astype(kind).mask(column.is_null().to_numpy()))
    return made


def combine(columns):
    """One code for each combination of values, in their order, and the table of them.

    Parameters
    ----------
    columns : dict of Series
        Columns of keys, of one length; where one is missing, the code is -1.

    Returns
    -------
    codes : ndarray of int
    table : DataFrame

    Examples
    --------
    >>> import pandas as pd
    >>> from povstudy.survey.keys import combine
    >>> codes, table = combine({"year": pd.Series([2020, 2019, None])})
    >>> codes.tolist(), table["year"].tolist()
    ([1, 0, -1], [2019.0, 2020.0])
    """
    code, size, parts = None, 1, []
    for name, column in columns.items():
        own, levels = _factorized(name, column)
        if code is None:
            code = own
        else:
            if size * len(levels) > LARGEST:  # numbered anew: a product must not pass 64 bits
                code, size = _numbered(code)
            code = np.where((own < 0) | (code < 0), -1, code * len(levels) + own)
        size *= max(len(levels), 1)
        parts.append((own, levels))
    if len(parts) == 1:
        return code.astype(np.intp, copy=False), pd.DataFrame({next(iter(columns)): levels})
    codes, size = _numbered(code)
    first, inside = np.zeros(size, dtype=np.intp), np.flatnonzero(codes >= 0)
    first[codes[inside]] = inside  # a row of each combination
    taken = (levels.take(own[first]) for own, levels in parts)
    return codes, pd.DataFrame(dict(zip(columns, taken, strict=True)))


def coded(values, sort=True):
    """Codes of values and the values that there are; whole numbers close together are counted.

    Parameters
    ----------
    values : ndarray or Series
        Where one is missing, the code is -1.
    sort : bool
        Whether codes are in the order of the values; those that are counted always are.

    Returns
    -------
    codes : ndarray of int
    levels : ndarray or Index

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.survey.keys import coded
    >>> codes, levels = coded(np.array([7, 5, 7]))
    >>> codes.tolist(), levels.tolist()
    ([1, 0, 1], [5, 7])
    """
    kind = values.dtype
    if isinstance(kind, np.dtype) and kind.kind in "iu" and len(values):
        x = np.asarray(values)
        low, high = int(x.min()), int(x.max())
        if high - low < 2 * len(x) and low > -(2**62) and high < 2**62:
            at = x.astype(np.int64) - low
            seen = np.zeros(high - low + 1, dtype=bool)
            seen[at] = True
            levels = np.flatnonzero(seen)
            codes = at if len(levels) == len(seen) else (np.cumsum(seen) - 1)[at]
            levels = (levels + low).astype(kind)
            return codes, pd.Index(levels) if isinstance(values, pd.Series) else levels
    return pd.factorize(values, sort=sort)


def having_all(rows, columns, good, refuse):
    """Of some rows those with a value in every column; refused, or left out, where one is missing.

    Parameters
    ----------
    rows : Rows
        The table, which names places.
    columns : iterable of (str, Series)
    good : ndarray of bool
        Rows that count.
    refuse : bool

    Returns
    -------
    ndarray of bool
    """
    for name, column in columns:
        lacks = column.isna().to_numpy() & good
        if refuse and lacks.any():
            where = f"column {name}, {rows.place(int(lacks.argmax()))}"
            rows.refuse_values(name, int(lacks.sum()), where)
        good = good & ~lacks
    return good


def _numbered(code):
    """Codes without gaps, in the same order, and how many there are; -1 stays."""
    if (inside := code >= 0).all():
        codes, seen = coded(code)
        return codes.astype(np.intp, copy=False), len(seen)
    codes = np.full(len(code), -1, dtype=np.intp)
    codes[inside], seen = coded(code[inside])
    return codes, len(seen)


def _factorized(name, column):
    try:
        return coded(column)
    except TypeError:  # numbers beside text have no order
        pass
    try:
        return pd.factorize(column)
    except TypeError:
        raise DataError("Lists and records tell no strata, units or domains.",
                        where=f"column {name}", remedy="name columns of single values") from None  # fmt: skip
