"""What was wrong with a call that failed, told in the package's own words.

Nothing here runs while calls go well: `lazy` comes here with an error that is not the package's
own. What an argument takes is read from the docstring of the function that was called.
"""

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from pathlib import Path

import pandas as pd

from .checks import mean, nearest, need_arguments, need_columns, shown
from .errors import DataError

_PARAMETERS = re.compile(r"Parameters\n-+\n(.*?)(?=\n\n[A-Z][a-z]+\n-+\n|\Z)", re.S)
_ENTRY = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: : (.+))?$")
_MANY = ("list", "tuple", "sequence", "array")


def explain(function, given, options, error):
    """Raise the package's own error where what was given tells what went wrong.

    Parameters
    ----------
    function : callable
        What was called.
    given, options : sequence, dict
        Its arguments.
    error : Exception
        What it ended in.

    Raises
    ------
    DataError
        If an argument is not what the function takes, a column is not there, or the values of a
        table cannot be computed with. Else nothing is raised.

    Examples
    --------
    >>> from povstudy.base.guesses import explain
    >>> from povstudy.base.checks import need_whole
    >>> explain(need_whole, ("draws", 5), {"least": "one"}, TypeError())
    Traceback (most recent call last):
    povstudy.base.errors.DataError: need_whole: least= is int.
      where: argument least
      found: 'one'
      remedy: least=1
    """
    need_arguments(function, given, options)
    signature = inspect.signature(function)
    bound = signature.bind(*given, **options).arguments
    takes = _takes(function)
    for name, value in bound.items():
        parameter = signature.parameters[name]
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            _need_taken(function, parameter, value, takes.get(name, ""))
    tables = {name: one for name, one in bound.items() if isinstance(one, pd.DataFrame)}
    for table in tables.values():
        need_columns(table, [])
        if isinstance(error, KeyError | pd.errors.UndefinedVariableError):
            words = [one for one in error.args if isinstance(one, str)]
            for word in (*words, *re.findall(r"'([^']+)'", " ".join(words))):
                if (
                    re.fullmatch(r"\w+", word)
                    and word not in table
                    and _asked_for(word, function, bound)
                ):
                    need_columns(table, [word])
    cleans = inspect.unwrap(function).__module__.startswith("povstudy.clean.")  # takes words
    for name, table in () if cleans else tables.items():
        _refuse_values(function, name, table, error)


class NoAttribute(DataError, AttributeError):
    """So that `hasattr` and `getattr` go on working."""


def refuse_attribute(one, name):
    """Refuse an attribute that something of the package has not, and name the one that was meant.

    Parameters
    ----------
    one : object
        Of a class of the package.
    name : str
        What it was asked for.

    Raises
    ------
    DataError
        Which is an AttributeError too.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.load("county_exits").pipe(ps.Survey).with_weigth
    Traceback (most recent call last):
    povstudy.base.guesses.NoAttribute: Survey has no 'with_weigth'. Did you mean 'with_weight'?
      where: attribute with_weigth
      remedy: .with_weight
    """
    there = sorted(
        word for word in {*dir(type(one)), *getattr(one, "__dict__", ())} if word[0] != "_"
    )
    near, package = None, sys.modules[__name__.partition(".")[0]]
    if hasattr(pd.DataFrame, name) and "tidy" in there:
        remedy = f".tidy().{name}  # its table has that"
    elif name in package.__all__:
        remedy = f"ps.{name}(...)  # a function that takes it"
    else:
        near = nearest(name, there)
        remedy = f".{near}" if near else f"one of {', '.join(there)}"
    raise NoAttribute(
        f"{type(one).__name__} has no {name!r}.{mean(near)}", where=f"attribute {name}",
        remedy=remedy,
    )  # fmt: skip


def _asked_for(word, function, bound):
    """Whether a key that was not found can be a column: it is given, or named by the function."""
    listed = [one for value in bound.values() if isinstance(value, list | tuple) for one in value]
    asked = [one for one in (*bound.values(), *listed) if isinstance(one, str)]
    defaults = [one.default for one in inspect.signature(function).parameters.values()]
    return word in asked or word in map(str, defaults) or word in (inspect.getdoc(function) or "")


def _takes(function, seen=()):
    """What the docstring says that each argument is; where it points to another function, there."""
    found = _PARAMETERS.search(inspect.getdoc(function) or "")
    takes, names, elsewhere = {}, [], {}
    for line in found.group(1).splitlines() if found else ():
        entry = _ENTRY.match(line)
        if entry:
            names = [one.strip("* ") for one in entry.group(1).split(",")]
            takes.update(dict.fromkeys(names, entry.group(2) or ""))
        for other in re.findall(r"[Aa]s (?:in|for|of) `(?:\w+\.)*(\w+)`", line):
            elsewhere.update(dict.fromkeys(names, other))
    for name, other in elsewhere.items():
        place = vars(sys.modules.get(inspect.unwrap(function).__module__)).get(other)
        place = place or getattr(sys.modules.get(function.__module__), other, None)
        if not takes[name] and isinstance(place, Callable) and other not in seen:
            takes[name] = _takes(place, (*seen, other)).get(name, "")
    return takes


def _need_taken(function, parameter, value, told):
    """Refuse what is of another type than the docstring says, or none of the words it lists."""
    name = parameter.name
    told = told or ("DataFrame" if name == "table" else "")
    if not told or value is parameter.default or _fits(value, told):
        return
    if told.startswith("{"):
        words = ast.literal_eval("[" + told[1 : told.index("}")] + "]")
        near = nearest(value, words) if isinstance(value, str) else None
        listed = ", ".join(map(repr, words))
        problem, such = f"{name}= is one of {listed}.{mean(near)}", repr(near or words[0])
    else:
        problem, such = f"{name}= is {told}.", _such(value, told, parameter.default)
    raise DataError(
        f"{function.__name__}: {problem}", where=f"argument {name}", found=shown(value),
        remedy=f"{name}={such}",
    )  # fmt: skip


def _such(value, told, default):
    """What helps in place of a value that is of another type."""
    if "DataFrame" in told or "Survey" in told:
        if isinstance(value, pd.Series):
            return "series.to_frame()"
        if isinstance(value, str | Path):
            return f"pd.read_csv({str(value)!r})"
        return "pd.DataFrame(...)" if "DataFrame" in told else "ps.Survey(table)"
    if _fits([value], told):
        return repr([value])
    if isinstance(value, list | tuple) and len(value) and _fits(value[0], told):
        return repr(value[0])
    return "..." if default is inspect.Parameter.empty else repr(default)


def _fits(value, told):
    """Whether a value is of one of the types that a docstring names."""
    if "object" in told:
        return True
    if value is None:
        return "None" in told or "optional" in told
    told = told.removesuffix(", optional")
    if told.startswith("{"):
        listed = ast.literal_eval("[" + told[1 : told.index("}")] + "]")
        return any(type(value) is type(one) and value == one for one in listed)
    return any(
        _is(value, one.strip()) for one in re.split(r", (?:or )?| or (?!list of)|(?<!of) or ", told)
    )


def _is(value, kind):
    outer, _, inner = kind.partition(" of ")
    if outer in _MANY:
        if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
            return False
        members = {"str": str, "float": Real, "int": Integral}.get(inner.split(" ")[-1])
        return members is None or all(isinstance(one, members) for one in value)
    if outer in ("dict", "mapping"):
        return isinstance(value, Mapping | pd.Series if outer == "mapping" else Mapping)
    number = isinstance(value, Real) and not isinstance(value, bool)
    simple = {
        "str": str,
        "path": str | Path,
        "Path": str | Path,
        "bool": bool,
        "callable": Callable,
    }
    if outer in simple:
        return isinstance(value, simple[outer])
    if outer in ("float", "int"):
        return number if outer == "float" else number and isinstance(value, Integral)
    if outer in ("table", "relation"):
        return not isinstance(value, str | Real | list | tuple | dict | pd.Series)
    names = [one.__name__ for one in type(value).__mro__]
    known = outer.rpartition(".")[2]
    return known in names if known[:1].isupper() else True


def _refuse_values(function, name, table, error):
    """Refuse a table whose values cannot be computed with, and name the columns."""
    told = str(error)
    empty = [str(one) for one in table if table[one].isna().all()]
    text = list(table.select_dtypes(exclude=["number", "bool", "datetime"]))
    words = {one for one in re.findall(r"'([^']+)'", told) if one}
    held = [one for one in text if words & set(map(str, table[one].dropna().unique()[:1000]))]
    about_text = re.search(r"\bstr\b|string|literal|format code|text", told)
    start = f"{function.__name__} cannot compute with this table"
    if empty:
        raise DataError(f"{start}: nothing but missing values in {', '.join(empty)}.",
                        where=f"argument {name}", found=told[:120],
                        remedy="table = table.dropna(axis=1, how='all')") from None  # fmt: skip
    if about_text and text:
        such = (held or text)[0]
        raise DataError(f"{start}: words stand where numbers are needed.",
                        where=f"columns {', '.join(map(str, held or text))}", found=told[:120],
                        remedy=f"table[{such!r}] = ps.clean.column(table[{such!r}], ps.clean.number)"
                        "[0]['value']") from None  # fmt: skip
    if len(table) < 3:
        raise DataError(f"{start}: it has too few rows.", where=f"argument {name}",
                        found=f"{len(table)} rows: {told[:100]}") from None  # fmt: skip
