"""Left poverty and stayed out: an outcome of everyone who was poor, for the causal question."""

import numpy as np
import pandas as pd

from ..base.checks import need_columns, need_whole
from ..base.columns import step_of
from ..base.errors import DataError
from .households import in_order, marks, refuse_off_grid, waves_of


def stayed_out(panel, years, *, baseline=None, within=None, household="household_id",
               time="year", poor="poor", step=None):  # fmt: skip
    """Tell of every household that was poor at the baseline whether it left and stayed out.

    A hazard of relapse compares households that left, and who leaves depends on the help. This
    outcome is one of all who were poor, so groups that were alike at the baseline stay alike.

    Parameters
    ----------
    panel : DataFrame
        A row for each household and period.
    years : int
        Number of periods, after the first one out of poverty, in each of which it is not poor: of
        waves every second year two of them are four years.
    baseline : int, optional
        The period in which they were poor; without it the first of the panel.
    within : int, optional
        Periods after the baseline within which a household must have left; without it as many
        as leave room for the years after: periods from the baseline to the last, minus ``years``.
    household, time, poor : str
        Columns of households, periods (whole numbers), and who is poor.
    step : int, optional
        Time from one period to the next; without it that of the waves, as for `spells`.

    Returns
    -------
    DataFrame
        The baseline's rows of the poor, with ``exit`` (first period not poor, missing if there
        is none or it is not known) and ``stayed_out``: 1 if the household left within that time
        and was not poor in any of the next ``years`` periods; 0 if it was poor all through that
        time, or fell back in one of those years; missing if a period that decides was not seen.

    Raises
    ------
    DataError
        If nobody was poor then, a household is there twice in a period, or the panel is too short.

    Notes
    -----
    Only the first exit counts. A fall that was seen decides, whatever else was not seen; an
    unseen period before the first one out leaves the exit unknown. Missing outcomes are not
    left out in silence: `Survey` refuses or counts them.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": [1] * 4 + [2] * 4 + [3] * 3,
    ...                       "year": [1, 2, 3, 4] * 2 + [1, 2, 4],
    ...                       "poor": [1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0]})
    >>> ps.stayed_out(panel, years=2)[["household_id", "exit", "stayed_out"]]
       household_id  exit  stayed_out
    0             1   2.0         1.0
    1             2   2.0         0.0
    2             3   2.0         NaN
    """
    need_columns(panel, [household, time, poor])
    order, _, when = in_order(panel, household, time)
    step = step_of(waves_of(when), time, step)
    rows, who = panel.iloc[order], panel[household].iloc[order]
    first = when.min() if baseline is None else baseline
    if first not in when:
        raise DataError("The baseline is no period of the panel.", where="argument baseline",
                        found=repr(baseline), remedy=f"baseline={when.min()}")  # fmt: skip
    refuse_off_grid(who, when, step, first)
    need_whole("years", years)
    room = int(when.max() - first) // step - years
    if within is not None:
        need_whole("within", within)
    within = room if within is None else within
    if within > room or room < 1:
        raise DataError(
            "Households leave in one of the periods after the baseline, and are then followed for "
            "so many years: the panel must be as long.",
            found=f"years={years!r}, within={within!r}, periods {first} to {when.max()}"
            + (f", {step} apart" if step > 1 else ""),
            remedy="fewer years, an earlier baseline or an earlier end of leaving",
        )  # fmt: skip
    known = rows[poor].notna().to_numpy()
    state = np.full(len(rows), np.nan)
    state[known] = marks(rows[poor][known], who[known], when[known])
    start = np.flatnonzero((when == first) & (state == 1))
    if not len(start):
        raise DataError("Nobody was poor at the baseline.", where=f"{time} {first}",
                        remedy="baseline= a period of the panel")  # fmt: skip
    start = start[np.argsort(order[start])]  # in the order of the table
    index = pd.Index(who.iloc[start])
    seen = np.full((len(index), within + years), np.nan)
    place, nth = index.get_indexer(who), (when - first) // step - 1
    inside = (place >= 0) & (nth >= 0) & (nth < seen.shape[1])
    seen[place[inside], nth[inside]] = state[inside]
    exit, outcome = _decided(seen, within, years)
    made = rows.iloc[start].reset_index(drop=True)
    return made.assign(exit=first + step * (1 + exit), stayed_out=outcome)


def _decided(seen, within, years):
    """Step of the first period not poor, and the outcome, of each row of states."""
    early = seen[:, :within]
    left = early == 0
    exit = np.where(left.any(axis=1), left.argmax(axis=1), within).astype(float)
    unseen = np.isnan(early)
    hidden = np.where(unseen.any(axis=1), unseen.argmax(axis=1), within) < exit
    outcome = np.zeros(len(seen))
    gone = np.flatnonzero((exit < within) & ~hidden)
    after = seen[gone[:, None], exit[gone, None].astype(int) + 1 + np.arange(years)]
    fell, gap = (after == 1).any(axis=1), np.isnan(after).any(axis=1)
    outcome[gone] = np.where(fell, 0.0, np.where(gap, np.nan, 1.0))
    outcome[hidden] = np.nan
    exit[hidden | (exit == within)] = np.nan
    return exit, outcome
