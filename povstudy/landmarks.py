"""Risk from a date on: rows for models that predict from what is known at the date."""

import numpy as np
import pandas as pd

from .base.checks import listed, need_columns
from .base.errors import DataError
from .durations import SPELL, person_periods
from .panels import DESIGN


def landmark_rows(spells, panel, covariates, at, horizon, *, household="household_id", time="year",
                  step=1):  # fmt: skip
    """Follow households that are out of poverty at a date, from that date on.

    Parameters
    ----------
    spells : DataFrame
        As `spells` makes them, also with starts that were not seen.
    panel : DataFrame
        The panel that they were made from.
    covariates : str or list of str
        Columns of the panel, taken at the date.
    at : int or list of int
        Dates (landmarks): values of the time of the panel.
    horizon : int
        Periods for which a household is followed.
    household, time, step
        As for `spells`.

    Returns
    -------
    DataFrame
        ``household_id landmark spell out entry exit event``, ``weight stratum psu`` and the
        covariates: a row for each date and household that was seen out of poverty then and in
        the period after. ``entry`` is 0 and time counts from the date: with `relapse_model`, and
        ``duration`` 0 in ``fit.risk``, the baseline is that of the periods since the date.
        ``out`` is how many periods it was out by then, missing where the start is unknown.
        ``spell`` numbers the rows of a household.

    Raises
    ------
    DataError
        If nobody was out of poverty at a date, or the horizon is no number of periods.

    Notes
    -----
    A model of hazards whose covariates move from period to period does not say how they move, so
    it predicts one period ahead; with covariates held still it is too sure of itself further on.
    Followed from dates, with covariates of the dates, the same model predicts as far as the
    horizon. Rows of several dates repeat households: cluster on them, or on their villages.

    References
    ----------
    van Houwelingen, H. (2007), Dynamic prediction by landmarking in event history analysis,
    Scandinavian Journal of Statistics 34.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": 7, "year": [2014, 2015, 2016, 2017],
    ...                       "poor": [1, 0, 0, 1], "land": [2, 3, 4, 5]})
    >>> rows = ps.landmark_rows(ps.spells(panel), panel, "land", at=[2015, 2016], horizon=3)
    >>> rows[["landmark", "out", "entry", "exit", "event", "land"]].values.tolist()
    [[2015, 0, 0, 2, True, 3], [2016, 1, 0, 1, True, 4]]
    """
    need_columns(spells, SPELL)
    if isinstance(horizon, bool) or not isinstance(horizon, int | np.integer) or horizon < 1:
        raise DataError("A horizon is a number of periods, 1 or more.", found=horizon,
                        remedy="horizon=3")  # fmt: skip
    own = [name for name in DESIGN if name in spells]
    parts = []
    for date in [at] if isinstance(at, int | np.integer) else listed(at):
        since, off = np.divmod(date - spells["origin"].to_numpy(), step)
        here = (off == 0) & (since >= spells["entry"]) & (since < spells["exit"])
        if not here.any():
            raise DataError(
                "Nobody was seen out of poverty at this date and in the period after.",
                where="argument at", found=date, remedy=f"a {time} of the panel but the last",
            )  # fmt: skip
        rows, since = spells.loc[here, [*SPELL, *own]], since[here]
        # One period of each row brings the covariates of its date.
        rows = rows.assign(entry=since, exit=since + 1)
        known = person_periods(rows, panel, covariates, household=household, time=time, step=step)
        left = spells["exit"].to_numpy()[here] - since
        parts.append(known.assign(
            landmark=date, out=pd.array(np.where(rows["origin_known"], since, -1), "Int64"), entry=0,
            exit=np.minimum(left, horizon),
            event=spells["event"].to_numpy()[here] & (left <= horizon),
        ))  # fmt: skip
    made = pd.concat(parts, ignore_index=True)
    made["out"] = made["out"].where(made["out"] >= 0)
    made["spell"] = made.groupby("household_id").cumcount() + 1
    first = ["household_id", "landmark", "spell", "out", "entry", "exit", "event", *own]
    made = made[[*first, *(name for name in listed(covariates) if name not in first)]]
    made.attrs = dict(spells.attrs)
    return made
