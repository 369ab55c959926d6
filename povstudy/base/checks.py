"""What is asked of a table or an argument before anything is computed."""

import inspect
import re
from collections.abc import Hashable
from difflib import get_close_matches
from numbers import Integral, Real
from pathlib import Path

import numpy as np
import pandas as pd

from .errors import DataError
from .language import in_words


def read_line(name, path, columns):
    """A line that reads some columns of a file into memory."""
    kind = "csv" if str(path).endswith(".csv") else "parquet"
    option = "usecols" if kind == "csv" else "columns"
    return f"{name} = pd.read_{kind}({str(path)!r}, {option}={list(columns)!r})"


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
        parts = getattr(table, "__dict__", {})
        held = [name for name, one in parts.items() if isinstance(one, pd.DataFrame)]
        raise DataError("A table is needed: a pandas DataFrame.",
                        found=str(table) if isinstance(table, str | Path) else type(table).__name__,
                        remedy=read_line("table", table, columns) if isinstance(table, str | Path)
                        else "give its table: .tidy() or .band()" if hasattr(table, "tidy")
                        else f"give one of its tables: .{', .'.join(held)}" if held
                        else 'ps.load("china_incidence")')  # fmt: skip
    refuse_no_names(columns)
    missing = [name for name in columns if name not in table]
    if missing:
        near = nearest(missing[0], table.columns)
        named = ", ".join(map(str, missing))
        raise DataError(
            f"The table lacks the column{'s' if len(missing) > 1 else ''} {named}.{mean(near)}",
            found=f"columns {', '.join(map(str, table.columns))}",
            remedy=f"table = table.rename(columns={{{near or '<your name>'!r}: {missing[0]!r}}})",
        )
    if not table.columns.is_unique:
        refuse_columns_twice(columns, list(table.columns))
    if table.empty:
        raise DataError("The table has no rows.")


def nearest(name, names):
    """The one of some names that is most like a name that is not among them, if any is.

    Examples
    --------
    >>> from povstudy.base.checks import nearest
    >>> nearest("Incom", ["income", "year"]), nearest("color", ["colour"]), nearest("x", ["year"])
    ('income', 'colour', None)
    >>> nearest("yr", ["year"]), nearest("ill", ["village"])
    ('year', None)

    A column of a cleaned register is known by its Chinese head too:

    >>> nearest("人均纯收入（元）", ["income", "year"]), nearest("是否返贫", ["是否返贫户", "relapsed"])
    ('income', 'relapsed')
    """
    names, bare = list(names), re.sub("[(（].*", "", str(name))
    for code, head in in_words("register_head", "zh").items():
        if bare == head and code in names:
            return code
    known = {str(one).lower(): one for one in names}
    # three letters are found within many a longer word
    found = get_close_matches(str(name).lower(), known, 1, 0.65 if len(str(name)) < 4 else 0.6)
    return known[found[0]] if found else None


def meant(missing):
    """What one may have meant who names what is no column: a number in quotes, or values.

    Examples
    --------
    >>> from povstudy.base.checks import meant
    >>> meant({"2300": "2300"}), meant({"incom": "incom"})
    ('2300 without quotes, if a number is meant; ', '')
    """
    for told, one in missing.items():
        if not isinstance(one, Hashable):
            return "put it into the table first, table['new'] = ..., and give the name 'new'; "
        if told.strip().replace(".", "", 1).isdigit():
            return f"{told.strip()} without quotes, if a number is meant; "
    return ""


def mean(near):
    """What an error asks where a name is like one that is there; blank for none."""
    return "" if near is None else f" Did you mean {near!r}?"


def need_arguments(function, given, options):
    """Refuse arguments that a function does not take, or that it lacks, and name the right ones.

    Parameters
    ----------
    function : callable
        What was called.
    given : sequence
        Arguments by their place.
    options : dict
        Arguments by their name.

    Raises
    ------
    DataError

    Examples
    --------
    >>> from povstudy.base.checks import need_arguments, need_whole
    >>> need_arguments(need_whole, ("draws", 5), {"most_": 9})
    Traceback (most recent call last):
    povstudy.base.errors.DataError: need_whole takes no most_=. Did you mean 'most'?
      where: argument most_
      found: most_=9
      remedy: need_whole(name, value, least=1, such=None, most=None)
    """
    signature = inspect.signature(function)
    try:
        signature.bind(*given, **options)
    except TypeError as error:
        names = [*signature.parameters]
        owner = vars(type(given[0])) if given else {}
        method = [one for one, of in owner.items() if inspect.unwrap(of) is function]
        owned = names[:1] == ["self"] or bool(method)
        name = function.__qualname__.removesuffix(".__init__") if owned else function.__name__
        if method and method[0] != "__init__":  # of a class, which took it from elsewhere
            name = f"{type(given[0]).__name__}.{method[0]}"
        kept = [p.replace(annotation=p.empty) for p in signature.parameters.values()][owned:]
        usage = f"{name}{signature.replace(parameters=kept, return_annotation=signature.empty)}"
        wrong = [one for one in options if one not in names]
        if wrong:
            near = nearest(wrong[0], [one for one in names[owned:] if one not in options])
            raise DataError(
                f"{name} takes no {wrong[0]}=.{mean(near)}", where=f"argument {wrong[0]}",
                found=f"{wrong[0]}={shown(options[wrong[0]])}", remedy=usage,
            ) from None  # fmt: skip
        raise DataError(f"{name}: {error}.", where="arguments", remedy=usage) from None


def shown(value):
    """A value as an error tells it: short, or of what type it is."""
    plain = value is None or isinstance(value, str | int | float)
    return repr(value)[:60] if plain else type(value).__name__


def refuse_no_names(names):
    """Refuse what can be no name of a column: a list where one name is wanted."""
    for one in names:
        if not isinstance(one, Hashable):
            first = next(iter(one), "year")
            raise DataError(
                "The name of a column is a text, not a list.", where="argument of a column",
                found=repr(one)[:80], remedy=f"{first!r}",
            )  # fmt: skip


def refuse_columns_twice(names, there):
    """Refuse names that two columns of a table bear.

    Parameters
    ----------
    names, there : list
        Columns that are asked for; all that there are.

    Raises
    ------
    DataError
    """
    twice = [str(one) for one in names if there.count(one) > 1]
    if twice:
        raise DataError(
            "The table has two columns of one name.", where=f"column {twice[0]}", found=", ".join(dict.fromkeys(twice)),
            remedy="table = table.loc[:, ~table.columns.duplicated()]  # keeps the first",
        )  # fmt: skip


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


# Numbers that are given as options -----------------------------------------------------


def need_whole(name, value, least=1, such=None, most=None):
    """Refuse what is no whole number, or too small or too large a one.

    Parameters
    ----------
    name : str
        Argument, as the caller writes it.
    value : object
        What was given.
    least, most : int
        Smallest and largest number that has a meaning; no largest without ``most``.
    such : object, optional
        A number that is right, for the remedy; ``least`` without it.

    Raises
    ------
    DataError

    Examples
    --------
    >>> from povstudy.base.checks import need_whole
    >>> need_whole("draws", 0)
    Traceback (most recent call last):
    povstudy.base.errors.DataError: draws= is a whole number of 1 or more.
      where: argument draws
      found: 0
      remedy: draws=1
    """
    good = isinstance(value, Integral) and not isinstance(value, bool) and value < 2**63
    if not (good and least <= value and (most is None or value <= most)):
        reach = f"of {least} or more" if most is None else f"from {least} to {most}"
        _refuse(name, value, f"is a whole number {reach}", least if such is None else such)


def need_positive(name, value, such=1, least=None):
    """Refuse what is no finite number of more than 0 (or of ``least`` or more).

    Parameters
    ----------
    name, value, such
        As for `need_whole`.
    least : float, optional
        Smallest number that has a meaning, where 0 is not the border.

    Raises
    ------
    DataError

    Examples
    --------
    >>> from povstudy.base.checks import need_positive
    >>> need_positive("tolerance", 0.0, least=0)
    """
    good = _number(value) and (value > 0 if least is None else value >= least)
    if not (good and value < np.inf):
        reach = "more than 0" if least is None else f"{least:g} or more"
        _refuse(name, value, f"is a number of {reach}", such)


def need_between(name, value, low, high, such, ends=()):
    """Refuse what does not lie between two numbers.

    Parameters
    ----------
    name, value, such
        As for `need_whole`.
    low, high : float
        Both ends.
    ends : tuple of float
        Those of the ends that are allowed too.

    Raises
    ------
    DataError

    Examples
    --------
    >>> from povstudy.base.checks import need_between
    >>> need_between("k", 1, 0, 1, 0.5, ends=(1,))
    """
    if not (_number(value) and (low < value < high or value in ends)):
        also = f" (or is {' or '.join(f'{one:g}' for one in ends)})" if ends else ""
        _refuse(name, value, f"lies between {low:g} and {high:g}{also}", such)


def need_share(name, value, such=0.5, ends=()):
    """Refuse what is no share of a whole: ten percent is 0.1; see `need_between`.

    Examples
    --------
    >>> from povstudy.base.checks import need_share
    >>> need_share("level", 0.95)
    """
    need_between(name, value, 0, 1, such, ends)


def need_one_of(name, value, choices):
    """Refuse an option that is none of its choices, and offer the nearest.

    Raises
    ------
    DataError

    Examples
    --------
    >>> from povstudy.base.checks import need_one_of
    >>> need_one_of("scale", "Ratio", ["difference", "ratio"])
    Traceback (most recent call last):
    povstudy.base.errors.DataError: scale= is one of 'difference', 'ratio'.
      where: argument scale
      found: 'Ratio'
      remedy: scale='ratio'
    """
    if not any(value is one or (isinstance(value, str) and value == one) for one in choices):
        near = nearest(value, [one for one in choices if one is not None])
        _refuse(name, value, f"is one of {', '.join(map(repr, choices))}", repr(near or choices[0]))


def _number(value):
    try:
        return (
            isinstance(value, Real) and not isinstance(value, bool) and not np.isnan(float(value))
        )
    except OverflowError:  # a whole number of over 308 figures
        return False


def _refuse(name, value, rule, such):
    try:
        found = repr(value)[:80]
    except ValueError:  # Python does not write out so many figures
        found = "a whole number of thousands of figures"
    raise DataError(f"{name}= {rule}.", where=f"argument {name}", found=found,
                    remedy=f"{name}={such}")  # fmt: skip
