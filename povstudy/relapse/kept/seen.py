"""What the rows of a fit were like, so that it can be told later whether it still fits."""

from dataclasses import dataclass

import numpy as np

from ...base.columns import numbers_of
from ..rows import MOST

_FEW = 10  # households beyond each end of a range: no value of one household is told


@dataclass(frozen=True)
class Seen:
    """What the rows of a fit were like; of no single household.

    Attributes
    ----------
    ranges : dict
        Of covariates that are numbers: between which values nearly all households lay. At
        least one in a hundred, and at least ten, lie at each end or beyond it.
    until : float or None
        Last period of the data, as ``origin`` of the spells counts periods.
    step : float
        From one period to the next.
    units : tuple of str
        Columns of the units that are independent of each other.
    """

    ranges: dict
    until: float | None
    step: float
    units: tuple


def seen_in(formula, read, table, units):
    """Look at the rows that a model counts.

    Parameters
    ----------
    formula : Formula
        Bound to the patterns.
    read : Read
    table : Rows or Engine
    units : sequence of str

    Returns
    -------
    Seen
    """
    learned, rows, ranges = formula.learned()["columns"], read.rows, {}
    numbers = [
        name for name, one in learned.items() if one["kind"] == "number" and not one["values"]
    ]
    if numbers:
        share, few = rows.count, _FEW * int(rows.exit.max())
        if share is None:  # each household counts once, whatever rows it has
            share, few = (1 / np.maximum(np.bincount(rows.household), 1))[rows.household], _FEW
        # of rows that an engine counts no household has more in a spell than there are periods
        weight = np.bincount(rows.pattern, share, len(read.patterns))
        least = max(few, weight.sum() / 100)
        for name in numbers if weight.sum() >= 2 * least else ():
            values = read.patterns[name].to_numpy(dtype=float)
            order = np.argsort(values, kind="stable")
            ends = (
                values[way][np.searchsorted(np.cumsum(weight[way]), least - 1e-9)]
                for way in (order, order[::-1])
            )
            ranges[name] = tuple(float(f"{end:.4g}") for end in ends)
    step = getattr(getattr(table, "table", None), "attrs", {}).get("step", 1)
    return Seen(ranges, _until(read, table, step), step, tuple(units))


def _until(read, table, step):
    """Last period of the data, where spells tell when they began."""
    if "origin" not in table.columns:
        return None
    if read.lookup is None:
        origin, exit = table.key("origin"), read.rows.exit
        origin = origin if read.kept is None else origin.iloc[read.kept]
    else:
        found = table.distinct(["origin", "exit"], read.lookup.where, MOST)
        if found is None:
            return None
        origin, exit = found["k0"], found["k1"].to_numpy(dtype=float)
    origin = numbers_of(origin)
    if origin is None or np.isnan(origin).any():
        return None
    return float((origin + step * exit).max())
