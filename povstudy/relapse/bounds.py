"""Intervals of what judges a risk: they keep to what is possible, and few tell little."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..survey.shares import exact
from .horizon import over

_MARKS = ["low_", "high_", "worth_", "counted_"]


def worth(at, cell, mass, cells):
    """Number of sampling units of one size that the rows of each cell are worth (Kish).

    At the worst all of a village are alike, as in `share_ends` of the survey.

    Parameters
    ----------
    at : AtHorizon
        Whose rows these are.
    cell : ndarray of int
        Of each row.
    mass : ndarray
        For how much it stands.
    cells : int
        Number of cells.

    Returns
    -------
    ndarray
    """
    layout = at.svy.layout
    if layout.psu:
        unit = at.svy.rows.codes([*layout.strata, *layout.psu])[0]
        place, both = pd.factorize(cell + cells * unit.astype(np.int64))
        cell, mass = both % cells, np.bincount(place, mass)
    sums = lambda x: np.bincount(cell, x, cells)  # noqa: E731
    return over(sums(mass) ** 2, sums(mass**2))


def marked(found, low, high, number, counted):
    """Estimates with what `bounded` needs to know.

    Parameters
    ----------
    found : Estimates
    low, high : array
        What is possible, for each estimate; not a number where there is no interval.
    number : array
        Independent units that it is worth, used where no error can be seen.
    counted : array of bool
        Whether it is a share, with exact ends all over.

    Returns
    -------
    Estimates
    """
    marks = zip(_MARKS, (low, high, number, counted), strict=True)
    return replace(found, table=found.table.assign(**dict(marks)))


def bounded(found):
    """Estimates whose intervals keep to what is possible.

    Parameters
    ----------
    found : Estimates
        As of `marked`.

    Returns
    -------
    Estimates

    Notes
    -----
    Of shares the exact ends of as many independent households as the estimated error says (Korn
    and Graubard); of others symmetric on the scale of logit (with two ends) or log (with one).
    At an end no error can be seen: the exact ends of the number in ``worth_`` hold there.
    """
    from scipy import stats

    x = found.table["estimate"].to_numpy(dtype=float)
    low, high, number, counted = (found.table[one].to_numpy() for one in _MARKS)
    size = np.where(np.isfinite(low) & np.isfinite(high), high - low, 1.0)
    share = np.clip((x - np.where(np.isfinite(low), low, 0)) / size, 0, 1)
    below, above = x - low, high - x
    inside = (below > 1e-12 * size) & (above > 1e-12 * size)  # less is rounding
    share = np.where(inside, share, share.round(6))
    sides = np.isfinite(low), np.isfinite(high)

    def intervals(level):
        tail, errors, df = (1 - level) / 2, found._errors(), found._df()
        reach = stats.t.isf(tail, np.where(df > 0, df, np.nan))
        inner = (errors > 0) & inside
        a, b = (np.where(inner, side, 1.0) for side in (below, above))
        far = np.exp(np.where(inner, reach * errors * (1 / a + 1 / b), 0))
        n = np.divide(
            share * (1 - share) * size**2, errors**2, out=number.astype(float), where=inner
        )
        sure = exact(share, n * (stats.norm.isf(tail) / reach) ** 2, tail)
        made = []
        for sign, end in zip((-1, 1), sure, strict=True):
            times, end = far**sign, np.where(sides[0], low, 0) + size * end
            with np.errstate(invalid="ignore"):
                near = [low + size * times / (times + b / a), low + a * times, high - b / times]
            kinds = [sides[0] & sides[1], sides[0], sides[1]]
            near = np.where(inner, np.select(kinds, near, x + sign * reach * errors),
                            np.where(errors == 0, x, np.nan))  # fmt: skip
            known = [counted & (errors > 0) | ~inside & np.isfinite(below + above), inside]
            made.append(np.select(known, [end, near], np.nan))
        return tuple(made)

    return replace(found, table=found.table.drop(columns=_MARKS), intervals=intervals)
