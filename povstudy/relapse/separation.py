"""Whether covariates part the periods with an event from the others, alone or together."""

import numpy as np

from ..base.errors import DataError
from ..survey.models.separation import Parted

_FAR = 1e-8  # a chance below this, of an end or of none, is on its way to zero
_MOST = 50_000  # cells that are looked at, spread over all; more tell nothing new


def refuse_separated(model, params, worst=None):
    """Refuse a fit whose likelihood has no top: some direction parts events from the others.

    Along such a direction of the coefficients the likelihood rises without end: no cell (of a
    pattern and a period) with events moves down on it and no cell with others moves up, and
    some cell moves (Albert and Anderson 1984). That is a linear programme (Konis 2007).

    Parameters
    ----------
    model : Model
    params : ndarray
        Where the fit ended.
    worst : int, optional
        Coefficient that ran away, where the fit did not settle; without it, nothing is looked
        at unless a fitted chance is as good as zero or one.

    Raises
    ------
    DataError
        With the terms that part them.
    """
    counts = model.counts
    if worst is None:
        rate, _ = model.link.cumulative(model.eta(params))
        far = (rate < _FAR) | (rate > -np.log(_FAR))
        if not far.any() or _full_rank(model.crossed(np.where(far, 0.0, counts.rows))):
            return
    design, some, others = _cells(model)
    direction = Parted(design, some, others).fewest(model.split)
    if direction is None:
        return
    names = [model.names[j] for j in np.flatnonzero(np.abs(direction) > 1e-9) if j >= model.split]
    parts = np.flatnonzero(np.abs(direction) > 1e-9)
    # of numbers a penalty tells little
    levels = all(len(np.unique(design[:, j])) <= 2 for j in parts)
    moved = np.abs(design @ direction) > 1e-7
    at_risk, ends = (some + others)[moved].sum(), some[moved].sum()
    raise DataError(
        "Covariates together separate periods with an event from periods without: their "
        "coefficients would be infinite.",
        where=("terms " if len(names) > 1 else "term ") + ", ".join(names or model.names[: model.split]),
        found=f"{ends:,.0f} events of {at_risk:,.0f} household-periods at risk in the cells parted off",
        remedy=(model.way if levels else "") + "leave one of these terms out (of an interaction: a + b for a*b), or join levels; "
        "and see whether a column was measured after the event",
    )  # fmt: skip


def _full_rank(full):
    scale = np.sqrt(np.diagonal(full))
    if not (scale > 0).all():
        return False
    return np.linalg.eigvalsh(full / np.outer(scale, scale))[0] > 1e-11


def _cells(model):
    """Design of each cell, its columns of one size, and its ended and others."""
    counts = model.counts
    take = np.arange(len(counts.pattern))
    if len(take) > _MOST:  # all with the rarer outcome, and some of the rest
        rare = counts.ends > 0
        rare = rare if rare.mean() < 0.5 else counts.ends < counts.rows
        rest = np.flatnonzero(~rare)
        take = np.union1d(np.flatnonzero(rare), rest[:: max(len(rest) // _MOST, 1)])
    pattern = counts.pattern[take]
    z = model.formula.matrix(model.table.iloc[pattern])
    z = z - z.mean(axis=0)
    whole = np.hstack([model.curve[counts.duration[take]], z])
    size = np.abs(whole).max(axis=0)
    return whole / np.where(size > 0, size, 1), counts.ends[take], (counts.rows - counts.ends)[take]
