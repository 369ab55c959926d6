"""Columns of a trial: numbers, arms that were drawn, and clusters; what is refused of them."""

import numpy as np
import pandas as pd

from .checks import need_columns
from .columns import numbers_of, refuse_infinite, refuse_text
from .errors import DataError, DesignError


def need_numbers(table, numbers, keys=(), covariates=(), droppable=()):
    """Refuse a table that lacks columns, of numbers (the treatment first) and of keys, or values.

    Rows without a value of the droppable may be left out by the caller, who counts them by arm.
    """
    need_columns(table, [*numbers, *keys])
    if len(set(numbers)) < len(numbers):
        raise DataError("A column is named twice.", found=", ".join(map(str, numbers)),
                        remedy="outcome, treatment, baseline and covariates are columns apart")  # fmt: skip
    found = {name: numbers_of(table[name]) for name in numbers}
    for name in [one for one, values in found.items() if values is None]:
        values = table[name].dropna().astype(object)
        number = pd.to_numeric(values, errors="coerce")
        if number.isin([0, 1]).all() or (name != numbers[0] and number.notna().all()):
            remedy = f"table[{name!r}] = pd.to_numeric(table[{name!r}].astype(object))"
        elif name == numbers[0]:
            remedy = two_arms(name, values)
        elif name in covariates:
            remedy = f"table = pd.get_dummies(table, columns=[{name!r}], drop_first=True)"
            remedy += "  # its columns are covariates then"
        else:
            refuse_text(name, values)
        raise DataError("This column holds no numbers.", where=f"column {name}",
                        found=repr(next(iter(values), None)), remedy=remedy)  # fmt: skip
    for name in [*numbers, *keys]:
        values = found.get(name, np.zeros(len(table)))
        if np.isinf(values).any():
            at = int(np.isinf(values).argmax())
            where = f"column {name}, row {table.index[at]!r}"
            refuse_infinite(name, int(np.isinf(values).sum()), where, values[at])
        bad = table[name].isna().to_numpy() | np.isnan(values)
        if bad.any():
            raise DataError(
                f"{bad.sum():,} rows have no {name}.",
                where=f"column {name}, row {table.index[int(np.argmax(bad))]!r}",
                remedy='missing="drop"  # counts them by arm; .bounds() says what loss can hide'
                if name in droppable else f"table = table.dropna(subset=[{name!r}])  # and report "
                "how many were lost by arm: loss that differs between arms spoils the lot",
            )  # fmt: skip


_LOT = "The treatment is 1 or 0.", "There is one arm only.", "keep the control group in the table"


def arm_marks(table, treatment, told=_LOT):
    """Marks as 1 and 0; refused where they are neither, or the same for all: what is told then."""
    marks = table[treatment].to_numpy(dtype=float)
    odd = ~np.isin(marks, (0, 1))
    if odd.any():
        raise DataError(told[0], where=f"column {treatment}, row {table.index[int(np.argmax(odd))]!r}",
                        found=marks[odd][0],
                        remedy=two_arms(treatment, table[treatment]))  # fmt: skip
    if len(np.unique(marks)) < 2:
        raise DataError(told[1], where=f"column {treatment}", found=marks[0], remedy=told[2])
    return marks


_CONTROL = ("0", "0.0", "none", "no", "control", "controls", "c", "untreated", "placebo", "否", "无",
            "对照", "对照组")  # fmt: skip


def two_arms(name, values):
    """A line that makes 1 and 0 of a treatment told otherwise: of two arms, whatever there are."""
    codes = sorted(
        pd.Series(values).dropna().astype(object).unique(), key=lambda one: (str(type(one)), one)
    )
    column = f"table[{name!r}]"
    codes = [getattr(one, "item", lambda one=one: one)() for one in codes]
    if len(codes) > 10 and not any(isinstance(one, str) for one in codes):
        cut = 0 if codes[0] <= 0 < codes[-1] else codes[len(codes) // 2]
        return f"{column} = {column} > {cut!r}  # a cut-off that was set in advance"
    none = next((one for one in codes if str(one).strip().casefold() in _CONTROL), None)
    rest = [one for one in codes if one is not none] or codes
    one = next((code for code in rest if str(code) == "1"), rest[-1] if none is None else rest[0])
    if len(codes) <= 2:
        return f"{column} = ({column} == {one!r}) * 1  # what means treated"
    other = next(code for code in codes if code != one) if none is None else none
    return (f"table = table.assign(**{{{name!r}: ({column} == {one!r}) * 1}})[{column}.isin({[one, other]!r})]"
            f"  # two arms; ps.trial_effects(table, ..., arms={name!r}, base={other!r}) takes all")  # fmt: skip


def clusters_of(table, cluster, treatment, marks, names=(0, 1)):
    """Code of the cluster of each row; refused where an arm has one."""
    code = pd.factorize(table[cluster])[0]
    for arm, name in enumerate(names):
        if len(np.unique(code[marks == arm])) < 2:
            raise DesignError(
                "An arm has one cluster: what is peculiar to it cannot be told from the effect.",
                where=f"{treatment} {name}, column {cluster}",
                found=table[cluster].iloc[int(np.argmax(marks == arm))],
                remedy="a trial needs two clusters or more in each arm",
            )  # fmt: skip
    return code
