"""What stands in columns: numbers, keys of two tables, and the waves of a panel."""

from collections.abc import Hashable
from datetime import date
from numbers import Number

import numpy as np
import pandas as pd

from .answers import NO, YES
from .checks import need_whole
from .errors import DataError


def need_numbers(name, column, place=None):
    """A column as floats, what is missing as not a number; refused where it holds others.

    Parameters
    ----------
    name : str
        Of the column.
    column : Series
    place : callable, optional
        Name of a row, for people.

    Returns
    -------
    ndarray of float

    Raises
    ------
    DataError

    Examples
    --------
    >>> from povstudy.base.columns import need_numbers
    >>> need_numbers("income", pd.Series([2300, None], dtype=object)).tolist()
    [2300.0, nan]
    """
    values = numbers_of(column)
    if values is not None:
        return values
    number = pd.to_numeric(column.astype(object), errors="coerce")
    text = np.flatnonzero(number.isna() & column.notna())
    at = text[0] if len(text) else 0
    row = f"row {column.index[[at]].tolist()[0]!r}" if place is None else place(at)
    refuse_text(name, column, row, repr(column.iloc[at]))


def refuse_two_kinds(name, *columns):
    """Refuse keys of two kinds: the number 7 and the text "7" are not matched; nor are lists any.

    Parameters
    ----------
    name : str
        Of the column.
    *columns : Series or Index
        One; or that of each table.

    Raises
    ------
    DataError

    Examples
    --------
    >>> from povstudy.base.columns import refuse_two_kinds
    >>> refuse_two_kinds("household_id", pd.Series([1, 2]), pd.Series([1.0, 2.0]))
    >>> refuse_two_kinds("household_id", pd.Series([1, "2"]))
    Traceback (most recent call last):
    povstudy.base.errors.DataError: Keys are of two kinds, which never match: numbers and text.
      where: column household_id
      found: 1 and '2'
      remedy: table['household_id'] = table['household_id'].astype(str)
    """
    found, mixed = {}, False
    for column in columns:
        if pd.api.types.is_numeric_dtype(column):
            column = column[column.notna()][:1]
        known = pd.Index(_plain_kind(column)).dropna()
        if known.dtype != object or not pd.api.types.infer_dtype(known).startswith("mixed"):
            known = known[:1]
        here = {_kind(one): one for one in known}
        mixed |= len(here) > 1
        found |= here
    if "lists" in found:
        raise DataError("Lists and records are no keys.", where=f"column {name}",
                        found=repr(found["lists"])[:80],
                        remedy=f"table[{name!r}] = table[{name!r}].astype(str)")  # fmt: skip
    if len(found) > 1:
        told = sorted(found)
        way = "str)" if mixed else '"Int64").astype("string")  # in the table that has numbers'
        raise DataError(
            f"Keys are of two kinds, which never match: {' and '.join(told[:2])}.",
            where=f"column {name}", found=" and ".join(repr(found[one]) for one in told[:2]),
            remedy=f"table[{name!r}] = table[{name!r}].astype({way}",
        )  # fmt: skip


def _kind(key):
    if isinstance(key, Number | np.bool_):
        return "numbers"
    return "text" if isinstance(key, str) else "dates" if isinstance(key, Hashable) else "lists"


def same_keys(name, one, two):
    """Keys of two tables in one kind: whole numbers are the same in whichever type they stand.

    Parameters
    ----------
    name : str
        Of the column.
    one, two : Series

    Returns
    -------
    tuple of Series

    Raises
    ------
    DataError
        If they are numbers here and text there.

    Examples
    --------
    >>> from povstudy.base.columns import same_keys
    >>> one, two = same_keys("id", pd.Series([1, 2]), pd.Series([2.0, None], dtype=object))
    >>> one.isin(two).tolist()
    [False, True]
    """
    refuse_two_kinds(name, one, two)
    if one.dtype == two.dtype and isinstance(one.dtype, np.dtype):
        return one, two
    both = [_plain_kind(column) for column in (one, two)]
    if all(pd.api.types.is_numeric_dtype(column) for column in both):
        known = [column.dropna() for column in both]
        whole = all(((x % 1 == 0) & (x.abs() < 2**62)).all() for x in known)
        return tuple(column.astype("Int64" if whole else float) for column in both)
    return tuple(column.astype(object) for column in both)


def _plain_kind(column):
    """A column of categories or objects in the kind of its values."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    return column.infer_objects() if column.dtype == object else column


# Waves of a panel ----------------------------------------------------------------------


def step_of(waves, time, step=None):
    """Time from one period of a panel to the next: as asked, or that between all of its waves.

    Parameters
    ----------
    waves : array of int
        Times that there are, in any order.
    time : str
        Column of them.
    step : int, optional
        What was asked for.

    Returns
    -------
    int

    Raises
    ------
    DataError
        If the step is no whole number of 1 or more; or if none was asked for and the waves are
        not evenly spaced.

    Examples
    --------
    >>> from povstudy.base.columns import step_of
    >>> step_of([2014, 2018, 2016], "year"), step_of([2014, 2016], "year", 1)
    (2, 1)
    """
    if step is not None:
        need_whole("step", step)
        return int(step)
    waves = np.unique(waves)
    gaps = np.diff(waves)
    if len(gaps) and gaps.max() > gaps.min():
        least = int(gaps.min())
        raise DataError(
            "The waves are not evenly spaced: step= is the time from one period to the next.",
            where=f"column {time}", found=f"waves {_told(waves)}",
            remedy=f"step={least}  # a wave that is missing ends a spell"
            if (gaps == least).mean() > 0.5 and not (gaps % least).any()
            else f'panel["wave"] = panel[{time!r}].rank(method="dense").astype(int)  # time="wave", step=1',
        )  # fmt: skip
    return int(gaps[0]) if len(gaps) else 1


def _told(waves):
    told = [f"{one}" for one in waves]
    return ", ".join(told if len(told) <= 12 else [*told[:6], "...", *told[-3:]])


def refuse_infinite(name, count, where, found=None):
    """Refuse infinite values: nothing is missing, something was divided by nothing.

    Parameters
    ----------
    name : str
        Column.
    count : int
        Rows that hold one.
    where : str
        Place of the first.
    found : float, optional
        What stands there.

    Raises
    ------
    DataError
        Always.

    Examples
    --------
    >>> from povstudy.base.columns import refuse_infinite
    >>> refuse_infinite("income", 2, "column income, row 1")
    Traceback (most recent call last):
    povstudy.base.errors.DataError: 2 rows have an infinite income: something was divided by nothing.
      where: column income, row 1
      found: inf
      remedy: table['income'] = table['income'].where(table['income'].abs() < float("inf"))
    """
    raise DataError(
        f"{count:,} rows have an infinite {name}: something was divided by nothing.",
        where=where, found=np.inf if found is None else found,
        remedy=f'table[{name!r}] = table[{name!r}].where(table[{name!r}].abs() < float("inf"))',
    )  # fmt: skip


def numbers_of(column):
    """A column of pandas as floats, or ``None`` if it holds no numbers.

    Truth is a number too, and so are categories that are numbers.

    Parameters
    ----------
    column : Series

    Returns
    -------
    ndarray of float, or None

    Examples
    --------
    >>> from povstudy.base.columns import numbers_of
    >>> numbers_of(pd.Series(pd.Categorical([1.0, 0.0, None]))).tolist()
    [1.0, 0.0, nan]
    """
    kinds = pd.api.types
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return column.to_numpy(dtype=float)
    if isinstance(column.dtype, pd.CategoricalDtype):
        values = numbers_of(column.cat.categories.to_series())
        return None if values is None else np.append(values, np.nan)[column.cat.codes]
    number = kinds.is_numeric_dtype(column) and not kinds.is_complex_dtype(column)
    if number or kinds.infer_dtype(column) in _NUMBERS:
        return column.to_numpy(dtype=float, na_value=np.nan)
    return None


_NUMBERS = ("boolean", "integer", "floating", "mixed-integer-float", "decimal")  # as objects


def refuse_text(name, values, place=None, found=None):
    """Refuse a column that holds no numbers, with what makes numbers of it.

    Parameters
    ----------
    name : str
        Column.
    values : Series
        The values that it has, or some of them.
    place : str, optional
        Of the first that is no number, and ``found``, which it is.

    Raises
    ------
    DataError
        Always.

    Examples
    --------
    >>> from povstudy.base.columns import refuse_text
    >>> refuse_text("listed", pd.Series(["是", "否"]))
    Traceback (most recent call last):
    povstudy.base.errors.DataError: This column holds no numbers.
      where: column listed
      found: '是'
      remedy: table['listed'] = ps.clean.column(table['listed'], ps.clean.yes_no)[0]['value']
    """
    known = pd.Series([one for one in values if isinstance(one, Hashable)], dtype=object)
    known = known.dropna().unique()
    words = [str(one).strip().lower() for one in known]
    read = "table[{0!r}] = ps.clean.column(table[{0!r}], ps.clean.{1})[0]['value']"
    if pd.api.types.is_datetime64_any_dtype(values) or isinstance(next(iter(known), None), date):
        remedy = f"table[{name!r}] = pd.to_datetime(table[{name!r}]).dt.year  # if it is a year"
    elif words and all(one in YES + NO for one in words):
        remedy = read.format(name, "number" if set(words) <= {"1", "0", "1.0", "0.0"} else "yes_no")
    elif any(letter.isdigit() for one in words for letter in one) or not words:
        remedy = read.format(name, "number")
    else:
        remedy = (f"table['share'] = (table[{name!r}] == {known[0]!r}).astype(float).where("
                  f"table[{name!r}].notna())  # the share of one word; of each: "
                  f"ps.share(svy, {name!r}); or by={name!r}")  # fmt: skip
    if found is None and len(known):
        found = repr(known[0])
    raise DataError(
        "This column holds no numbers.", where=", ".join(filter(None, (f"column {name}", place))),
        found=None if found is None else str(found)[:80], remedy=remedy,
    )  # fmt: skip


def refuse_dates(name, values):
    """Refuse dates and lists where words or numbers are wanted.

    Parameters
    ----------
    name : str
        Column.
    values : Series

    Raises
    ------
    DataError

    Examples
    --------
    >>> from povstudy.base.columns import refuse_dates
    >>> refuse_dates("roof", pd.Series(["straw", "tile"]))
    >>> refuse_dates("built", pd.to_datetime(pd.Series(["2014-05-01"])))
    Traceback (most recent call last):
    povstudy.base.errors.DataError: This column holds no numbers.
      where: column built
      found: Timestamp('2014-05-01 00:00:00')
      remedy: table['built'] = pd.to_datetime(table['built']).dt.year  # if it is a year
    """
    if len(values) and _kind(values.iloc[0]) in ("dates", "lists"):
        refuse_text(name, values)


SMALLEST, LARGEST = 1e-140, 1e140  # sizes that can be squared and added up


def refuse_size(name, found):
    """Refuse numbers whose squares are too large or too small for a float.

    Parameters
    ----------
    name : str
        Column, or what is too large.
    found : float
        What stands there, or what it adds up to.

    Raises
    ------
    DataError
        Always.

    Examples
    --------
    >>> from povstudy.base.columns import refuse_size
    >>> refuse_size("income", 1e300)
    Traceback (most recent call last):
    povstudy.base.errors.DataError: These numbers are too large or too small to be added up with errors.
      where: income
      found: 1e+300
      remedy: a unit of another size: from 1e-140 to 1e+140, better near 1
    """
    raise DataError(
        "These numbers are too large or too small to be added up with errors.",
        where=str(name), found=f"{found:g}",
        remedy=f"a unit of another size: from {SMALLEST:g} to {LARGEST:g}, better near 1",
    )  # fmt: skip
