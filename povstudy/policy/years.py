"""Poverty-free years: how much time above the line help buys, with relapse in it."""

from dataclasses import dataclass, replace

import numpy as np

from ..base.checks import need_columns, need_share, need_whole, refuse_no_names
from ..base.columns import step_of
from ..base.errors import DataError
from ..base.language import in_words
from ..measures.sums import mean
from ..panels.households import columns_of, in_order, marks, refuse_lacking, surveyed, waves_of
from ..survey.estimates import Estimates
from ..survey.linear import domain_names

YEARS, UNBROKEN, LOST, LEFT = (
    "poverty-free years", "years if nobody fell back", "years lost to relapse", "left by the horizon",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class FreeYears(Estimates):
    """Poverty-free years by domain; see `poverty_free_years`.

    Attributes
    ----------
    parts : Estimates or None
        The terms ``poverty-free years``, ``years if nobody fell back``, ``years lost to relapse``
        and ``left by the horizon``, with one covariance.
    horizon : float
        Years after the baseline that are counted.
    rate : float
        Of discounting, a year.
    """

    parts: object = None
    horizon: float = 0.0
    rate: float = 0.0

    def combine(self, table, gradient, apart=False):
        """As of `Estimates`; what is made of years has no parts."""
        return replace(super().combine(table, gradient, apart), parts=None)

    def part(self, term):
        """One of the parts by itself, such as to price what ignores relapse.

        Parameters
        ----------
        term : {"years if nobody fell back", "years lost to relapse", "left by the horizon"}

        Returns
        -------
        Estimates
        """
        rows = np.flatnonzero(self.parts.table["term"] == term)
        if not len(rows):
            known = list(dict.fromkeys(self.parts.table["term"]))
            raise DataError("There is no such part.", where="argument term", found=repr(term),
                            remedy=f"term={known[-1]!r}  # one of {known}")  # fmt: skip
        return _rows(self.parts, rows)

    def _told(self, lang):
        say = in_words("poverty_free_years", lang)
        told = say["rate" if self.rate else "none"]
        return told.format(f"{self.horizon:g}", f"{100 * self.rate:g}")


def poverty_free_years(panel, horizon, by=None, *, rate=0.0, baseline=None, household="household_id",
                       time="year", poor="poor", step=None):  # fmt: skip
    """Estimate the years above the line that those who were poor get within a horizon.

    Parameters
    ----------
    panel : Survey or table
        A row for each household and period in which it was seen, as for `transitions`.
    horizon : int
        Years after the baseline that are counted; no more than the panel shows.
    by : str or list of str, optional
        Columns of domains that a household keeps, such as the approach that its village was given.
    rate : float
        Of discounting, a year, to the baseline; 0: not discounted.
    baseline : int, optional
        The period in which they were poor; without it the first of the panel.
    household, time, poor : str
        Columns of households, periods (whole numbers), and who is poor.
    step : int, optional
        Time from one period to the next; without it that of the waves.

    Returns
    -------
    FreeYears
        `Estimates` with the term ``poverty-free years`` for each domain, per household that was
        poor at the baseline; ``.contrast("approach", "social_work", "none")`` is what an
        approach gains. ``.parts`` has beside it, with one covariance, the years there would be
        if nobody fell back, the years lost to relapse, and the share that left at least once;
        ``.part("left by the horizon")`` is one of them. ``n`` and ``population`` are the
        smallest of the periods.

    Raises
    ------
    DataError
        If the horizon is longer than the panel, a household changes its domain, nobody was poor
        at the baseline, or a domain was not seen in a period.

    Notes
    -----
    Of all who were poor at the baseline 0, the years are the sum over periods t of
    step x P(not poor at t) / (1 + rate)^t. This is the share that leaves times the years out of
    those who leave, within the horizon: falls end what was gained, and whoever leaves again
    counts again. P is the weighted share of those who were seen at t, with the design's errors
    and the covariance of all periods; weights of each period make up for who was lost. If nobody
    fell back, P(left by t) would stand in its place: seen out of poverty at some period up to t.
    All who were poor are compared, so approaches that were alike at the baseline stay alike (the
    hazard of those who left does not have this). Beyond what was seen nothing is told.

    References
    ----------
    Jenkins, S. (2011), Changing Fortunes, Oxford. Royston, P., Parmar, M. (2013), Restricted mean
    survival time, BMC Medical Research Methodology 13 (the area under a curve as an outcome).

    Examples
    --------
    Both leave at once; the second falls back after a year.

    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": [1] * 4 + [2] * 4, "year": [0, 1, 2, 3] * 2,
    ...                       "poor": [1, 0, 0, 0, 1, 0, 1, 1]})
    >>> years = ps.poverty_free_years(panel, 3)
    >>> years.parts.tidy()[["term", "estimate"]].values.tolist()
    [['poverty-free years', 2.0], ['years if nobody fell back', 3.0],
     ['years lost to relapse', 1.0], ['left by the horizon', 1.0]]
    """
    need_whole("horizon", horizon, such=3)
    need_share("rate", rate, 0.03, ends=(0,))
    taken = "term", "period", "out", "left", "horizon"
    svy, by, names = surveyed(panel), domain_names(by, taken), (household, time, poor)
    refuse_no_names([*names, *by])
    table = columns_of(svy, [*names, *by])
    need_columns(table, names)
    step, outcome, lost = _followed(svy, table, horizon, by, names, baseline, step)
    table = table.assign(**outcome)
    refuse_lacking(svy, table, by, table["period"].notna().to_numpy())
    layout = svy.layout if svy.layout.psu else replace(svy.layout, psu=(household,))
    made = svy.reopened(table, layout, missing="drop")
    found = mean(made, ["out", "left"], by=[*by, "period"])
    periods = np.arange(step, horizon + 1, step)
    found = replace(found, dropped=lost)
    return _summed(found, by, periods, step, horizon, rate)


def _followed(svy, table, horizon, by, names, baseline, step):
    """The step; of each row the period since, whether out, left by then; rows whose poverty is lost."""
    household, time, poor = names
    state = svy.rows.cleared(poor, table[poor])
    missing = state.isna().to_numpy()
    order, code, times = in_order(table, household, time)
    step = step_of(waves_of(times), time, step)
    known = state.where(~missing, 0) if svy.missing == "drop" else state
    state = marks(known.iloc[order], table[household].iloc[order], times).astype(float)
    state[missing[order]] = np.nan
    first = times.min() if baseline is None else baseline
    if first not in times:
        raise DataError("The baseline is no period of the panel.", where="argument baseline",
                        found=repr(baseline), remedy=f"baseline={times.min()}")  # fmt: skip
    room = int(times.max() - first) // step * step
    if horizon > room or horizon % step:
        raise DataError(
            "Years are counted in whole steps, as far as the panel shows: beyond it nothing is known.",
            where="argument horizon", found=f"{horizon}; periods {first} to {times.max()}, {step} apart",
            remedy=f"horizon={max(min(horizon, room) // step * step, step)}" if room >= step
            else "an earlier baseline=, or a panel that goes on after it",
        )  # fmt: skip
    begun = np.zeros(code.max() + 1, dtype=bool)
    begun[code[(times == first) & (state == 1)]] = True
    if not begun.any():
        raise DataError("Nobody was poor at the baseline.", where=f"{time} {first}",
                        remedy="baseline= a period of the panel in which some were poor")  # fmt: skip
    since = times - first
    here = begun[code] & (since > 0) & (since <= horizon) & (since % step == 0)
    lost = here & np.isnan(state)
    here &= ~lost
    if not here.any():
        raise DataError("Nobody who was poor at the baseline was seen later.", where=f"{time} {first}",
                        remedy="baseline= another period, or check the column of households")  # fmt: skip
    lost |= (times == first) & np.isnan(state)  # nobody knows whether they were poor
    out = here & (state == 0)
    start = np.r_[True, code[1:] != code[:-1]]
    new = np.flatnonzero(start)
    before = np.cumsum(out) - out
    left = np.cumsum(out) > before[new][np.cumsum(start) - 1]
    counts = here | (begun[code] & (times == first))
    for name in by:
        _refuse_moves(table, name, order, code, times, counts, names)
    back = np.empty(len(order), dtype=np.intp)
    back[order] = np.arange(len(order))
    none = np.where(here, 0.0, np.nan)
    outcome = {"period": since + none, "out": out + none, "left": left + none}
    return step, {name: values[back] for name, values in outcome.items()}, int(lost.sum())


def _refuse_moves(table, name, order, code, times, here, names):
    """Refuse households that are not in one domain all the time."""
    kind = table[name].astype(object).factorize()[0][order]
    at = np.flatnonzero(here)
    change = (code[at[1:]] == code[at[:-1]]) & (kind[at[1:]] != kind[at[:-1]])
    if change.any():
        row = at[1:][change][0]
        values = [table[name].iloc[order[one]] for one in (at[:-1][change][0], row)]
        raise DataError(
            "A household changes its domain: who is in which would hang on what came of it.",
            where=f"household {table[names[0]].iloc[order[row]]!r}, time {times[row]}, column {name}",
            found=" to ".join(map(str, values)),
            remedy=f"panel[{name!r}] = panel.sort_values({names[1]!r}).groupby({names[0]!r})[{name!r}].transform('first')  # or what its village was given",
        )  # fmt: skip


def _summed(found, by, periods, step, horizon, rate):
    """Years from the shares of all periods."""
    table, size = found.table, len(found) // 2
    rows = table.iloc[:size]
    code, domains = np.zeros(size, dtype=int), rows[by].head(1)
    if by:
        code = rows.groupby(by, sort=False, observed=True).ngroup().to_numpy()
        domains = rows.drop_duplicates(by)[by]
    count = len(domains)
    seen = np.bincount(code, minlength=count)
    if (seen < len(periods)).any():
        short = int(np.flatnonzero(seen < len(periods))[0])
        last = rows["period"][code == short]
        lost = sorted(set(periods.tolist()) - set(last.astype(int)))
        raise DataError("A domain was not seen in a period.", found=f"no period {lost[0]} after the baseline",
                        where=", ".join(f"{k} {v}" for k, v in domains.iloc[short].items()) or "panel",
                        remedy=f"horizon={max(lost[0] - step, step)}")  # fmt: skip
    period = rows["period"].to_numpy()
    worth = step / (1 + rate) ** period
    gradient = np.zeros((2 * size, 4 * count))
    for i, weight in enumerate((worth, worth, worth, period == horizon)):
        at = i * count + code
        if i in (0, 2):
            gradient[np.arange(size), at] = weight if i == 0 else -weight
        if i:
            gradient[size + np.arange(size), at] = weight
    least = rows.groupby(code)[["n", "population"]].min()
    parts = domains.take(np.tile(np.arange(count), 4)).assign(
        term=np.repeat([YEARS, UNBROKEN, LOST, LEFT], count), horizon=horizon,
        estimate=gradient.T @ table["estimate"].to_numpy(),
        **{name: np.tile(least[name].to_numpy(), 4) for name in least},
    )  # fmt: skip
    parts = found.combine(parts[["term", *by, "horizon", "estimate", "n", "population"]], gradient)
    which, alike, touched = (np.asarray(one).reshape(2, size) for one in found.shares())

    def of(x, pick):
        return np.array([pick(x[i][code == g]) for i in (0, 1, 1, 1) for g in range(count)])

    most = np.repeat([worth[code == 0].sum()] * 3 + [1.0], count)
    told = of(which, np.all), of(alike, np.min), of(touched, np.min)
    told = (*told, np.zeros(4 * count), most)
    parts = replace(parts, shares=lambda: told)
    years = _rows(parts, np.arange(count))
    return FreeYears(**vars(years), parts=parts, horizon=float(horizon), rate=float(rate))


def _rows(made, rows):
    """Some rows of estimates, with their intervals."""
    gradient = np.eye(len(made))[:, rows]
    whole = made.shares()
    kept = made.combine(made.table.iloc[rows], gradient)
    return replace(kept, shares=lambda: tuple(one[rows] for one in whole))
