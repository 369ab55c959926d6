"""How long it lasts: who is still out of poverty, by the time since leaving it.

Everything is made of who is at risk at a time and what ends there, by domain. Each row adds to
a curve what its weight moves it by (its influence); an error is that of a total of influences
over sampling units, as for every other measure.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..base.checks import need_positive
from ..base.errors import DataError
from ..survey.estimates import NUMBERS, Estimates
from .exposure import COUNTS, AtRisk

# What is asked ------------------------------------------------------------------------


def kaplan_meier(svy, by=None, *, times=None, entry="entry", exit="exit", event="event"):
    """Estimate the survivor function: the share still out of poverty, by duration.

    Parameters
    ----------
    svy : Survey
        Of spells: a row for each, at risk in the half-open time ``(entry, exit]``. A household may
        have several, if the survey has a ``psu`` (its village, or the household itself).
    by : str or list of str, optional
        Columns of domains, such as ``"approach"``.
    times : sequence of float, optional
        Durations that are reported; all at which a row of the survey ends without them.
    entry, exit : str
        Columns of durations, whole periods or any other numbers of 0 or more. An entry after 0 is
        a spell that was seen late (delayed entry).
    event : str
        Column of 1 (or true: ended at ``exit``) and 0 (censored there), of numbers of causes
        (1, 2, ...), or of words, in any dtype: any cause is an end; blank, ``"censored"``,
        ``"no"``, ``"删失"`` and their like are none. A word that may be either is refused with the
        list of those that are known.

    Returns
    -------
    Estimates
        The term ``survivor`` for each domain and ``period``; ``n`` and ``population`` are the
        rows and weights at risk at that time. The curve of a domain begins at its first entry
        (where that is late, it is of those who are out so long) and stops where it was last seen. ``.contrast("approach", "social_work", "administrative")`` gives differences,
        ``.band()`` intervals for whole curves. Rows whose ``origin_known`` is false are left
        out and counted in ``dropped``.

    Raises
    ------
    DesignError
        If households are repeated and the survey has no ``psu``, or has replicate weights.
    DataError
        If a row ends before it starts, an event is not known to be one, a domain has no spell whose start
        is known, or nobody of it is seen for a while between its first entry and its last end.

    Notes
    -----
    The estimate is the product of 1 - d/r over the times of events, with the weights d that end
    and r at risk there (product limit). With whole periods this is the discrete-time survivor
    function. A row moves log S(t) by its weight times the sum of -(dN - Y d/r) / (r - d), the
    derivative by its weight (infinitesimal jackknife); sums by PSU within strata give the error
    with n / (n - 1), which ``survfit(cluster=)`` of R lacks. Intervals are made on the scale of
    log(-log S), with t quantiles (PSUs minus strata of the domain). Where nothing has ended, or
    everything, no error can be seen: the interval is the exact one of as many independent
    households as the PSUs at risk are worth, (sum of sizes)^2 / sum of squared sizes, the least
    of these numbers up to that time: at the worst all of a village are alike. Censoring and late
    entry must not depend on what is to come. With late entry few may be at risk early; if all
    of these end, the curve stays at 0.

    References
    ----------
    Kaplan, E., Meier, P. (1958), Nonparametric estimation from incomplete observations, Journal
    of the American Statistical Association 53. Williams, R. (1995), Product-limit survival
    functions with correlated survival times, Lifetime Data Analysis 1. Kalbfleisch, J.,
    Prentice, R. (2002), The Statistical Analysis of Failure Time Data, Wiley, section 1.4.

    Examples
    --------
    Five households left poverty; the last was first seen two years after it had left.

    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"entry": [0, 0, 0, 0, 2], "exit": [1, 2, 3, 3, 3],
    ...                        "event": [1, 0, 1, 0, 0]})
    >>> found = ps.kaplan_meier(ps.Survey(spells)).tidy()
    >>> found[["period", "estimate", "n"]].round(3).values.tolist()
    [[1.0, 0.75, 4.0], [2.0, 0.75, 3.0], [3.0, 0.5, 3.0]]
    """
    risk = AtRisk(svy, by, entry, exit, event, times)
    made = risk.estimates([risk.survivor()], Durations)
    return replace(made, intervals=lambda level: risk.of_share(made, level, ends=False))


def cumulative_incidence(svy, cause="event", by=None, *, times=None, entry="entry", exit="exit"):
    """Estimate the share that has ended by each cause, by duration (Aalen-Johansen).

    Parameters
    ----------
    svy : Survey
        Of spells, as for `kaplan_meier`.
    cause : str
        Column of words, what ended the spell, blank or ``"censored"`` where nothing did; or of
        numbers, 0 where nothing did. Read as the events of `kaplan_meier`.
    by : str or list of str, optional
        Columns of domains.
    times : sequence of float, optional
        As for `kaplan_meier`.
    entry, exit : str
        As for `kaplan_meier`.

    Returns
    -------
    Estimates
        The term ``cumulative incidence`` for each ``cause``, domain and ``period``, else as
        `kaplan_meier`. Over all causes it is 1 minus the survivor function of any end.

    Raises
    ------
    DataError, DesignError
        For what `kaplan_meier` refuses.

    Notes
    -----
    The estimate is the sum of S(t-) d/r over the times of ends by the cause, with the survivor
    function S of any end. It is a share of all who left, not of those who are spared the other
    causes: taking other ends as censored would give more. Errors and intervals are made as for
    `kaplan_meier`, on the scale of log(-log(1 - share)).

    References
    ----------
    Aalen, O., Johansen, S. (1978), An empirical transition matrix for non-homogeneous Markov
    chains based on censored observations, Scandinavian Journal of Statistics 5. Geskus, R.
    (2011), Cause-specific cumulative incidence estimation and the Fine and Gray model under both
    left truncation and right censoring, Biometrics 67.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"entry": 0, "exit": [1, 1, 2, 2],
    ...                        "event": ["illness", "", "job lost", "censored"]})
    >>> found = ps.cumulative_incidence(ps.Survey(spells)).tidy()
    >>> found[["cause", "period", "estimate"]].values.tolist()
    [['illness', 1.0, 0.25], ['illness', 2.0, 0.25],
     ['job lost', 1.0, 0.0], ['job lost', 2.0, 0.375]]
    """
    risk = AtRisk(svy, by, entry, exit, cause, times)
    if not risk.causes:
        raise DataError("Nothing ends in this table: there are no causes.",
                        where=f"column {cause}", remedy=f"ps.kaplan_meier(svy, event={cause!r})")  # fmt: skip
    made = risk.estimates([risk.incidence(i) for i in range(len(risk.causes))], Durations)
    return replace(made, intervals=lambda level: risk.of_share(made, level, ends=True))


def life_table(svy, by=None, *, times=None, entry="entry", exit="exit", event="event"):
    """Estimate a life table: at risk, events, censored, hazard and survivors by duration.

    Parameters
    ----------
    svy : Survey
        Of spells, as for `kaplan_meier`.
    by : str or list of str, optional
        Columns of domains.
    times : sequence of float, optional
        As for `kaplan_meier`.
    entry, exit, event : str
        As for `kaplan_meier`.

    Returns
    -------
    LifeTable
        Estimates with the terms ``at risk``, ``events`` and ``censored`` (sums of weights),
        ``hazard`` and ``survivor`` for each domain and ``period``. ``.layout()`` is the table as
        it is printed, a line for each period.

    Raises
    ------
    DataError, DesignError
        For what `kaplan_meier` refuses.

    Notes
    -----
    The hazard of a period is the share that ends in it of those at risk in it: events / at risk
    (discrete time; nobody counts as half at risk). Its error is that of a ratio; its interval is
    the exact binomial one at the number of households that the sample is worth in that period
    (Korn and Graubard), and holds where nobody fell back too, as in `exit_audit`. The survivors'
    are those of `kaplan_meier`.

    References
    ----------
    Singer, J., Willett, J. (1993), It's about time: using discrete-time survival analysis to
    study duration and the timing of events, Journal of Educational Statistics 18. Korn, E.,
    Graubard, B. (1998), Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data, Survey Methodology 24.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"entry": 0, "exit": [1, 1, 2, 2, 2], "event": [1, 0, 1, 0, 0]})
    >>> table = ps.life_table(ps.Survey(spells)).layout()
    >>> table[["period", "at_risk", "events", "censored", "hazard", "survivor"]].round(3)
       period  at_risk  events  censored  hazard  survivor
    0     1.0      5.0     1.0       1.0   0.200     0.800
    1     2.0      3.0     1.0       2.0   0.333     0.533
    """
    risk = AtRisk(svy, by, entry, exit, event, times)
    made = risk.estimates([*risk.counts(), risk.hazard(), risk.survivor()], LifeTable)

    def intervals(level):
        table = replace(made, intervals=None).tidy(level)
        ends = table[["ci_low", "ci_high"]].to_numpy()
        for term, of in (("hazard", risk.of_hazard), ("survivor", risk.of_share)):
            here = (table["term"] == term).to_numpy()
            ends[here] = np.column_stack(of(table[here], level))
        return ends.T

    return replace(made, intervals=intervals)


def restricted_mean(svy, horizon, by=None, *, entry="entry", exit="exit", event="event"):
    """Estimate the mean time out of poverty within a horizon (restricted mean survival time).

    Parameters
    ----------
    svy : Survey
        Of spells, as for `kaplan_meier`.
    horizon : float
        Time after leaving at which counting stops, such as 5 years; no later than each domain
        was seen.
    by : str or list of str, optional
        Columns of domains.
    entry, exit, event : str
        As for `kaplan_meier`.

    Returns
    -------
    Estimates
        The term ``restricted mean`` for each domain, in the unit of the durations, with the
        column ``horizon``; ``n`` and ``population`` are the rows and weights of the domain.
        ``.contrast("approach", "social_work", "administrative")`` is the time gained.

    Raises
    ------
    DataError, DesignError
        If a domain was not seen from the start or up to the horizon, or for what `kaplan_meier` refuses.

    Notes
    -----
    The area under the survivor function from 0 to the horizon. With whole periods it is
    S(0) + ... + S(horizon - 1), with S(0) = 1: the periods of the first ``horizon`` that were
    begun out of poverty, where a household that is poor again at duration k counts k. If falls
    happen in the midst of periods, minus half a period for each who fell: contrasts are
    smaller then by half the difference in S(horizon). The error is linearised; where nobody fell
    back, the interval goes down to the horizon times the lowest share that the exact interval of
    the survivor function allows.

    References
    ----------
    Royston, P., Parmar, M. (2013), Restricted mean survival time: an alternative to the hazard
    ratio for the design and analysis of randomized trials with a time-to-event outcome, BMC
    Medical Research Methodology 13.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"entry": 0, "exit": [1, 2, 3, 3], "event": [1, 1, 0, 0]})
    >>> ps.restricted_mean(ps.Survey(spells), 3).tidy()["estimate"].tolist()
    [2.25]
    """
    need_positive("horizon", horizon, 5)
    risk = AtRisk(svy, by, entry, exit, event, [horizon])
    risk.refuse_unseen(horizon)
    made = risk.estimates([risk.area(horizon)], Durations)
    survivor = risk.estimates([risk.survivor()], Durations)

    def intervals(level):
        table = made.tidy(level)
        low, high = table["ci_low"].to_numpy(), table["ci_high"].to_numpy()
        none = survivor.table["estimate"].to_numpy() == 1
        if none.any():
            least, _ = risk.of_share(survivor, level)
            low = np.where(none, horizon * least, low)
        return np.maximum(low, 0), np.minimum(high, horizon)

    return replace(made, intervals=intervals)


@dataclass(frozen=True, repr=False)
class Durations(Estimates):
    """Estimates of durations: their intervals are not symmetric, nor those of differences."""

    _put_together = True


@dataclass(frozen=True, repr=False)
class LifeTable(Durations):
    """Estimates of a life table; see `life_table`."""

    def _main(self, lang):
        return self.layout()

    def layout(self, level=0.95):
        """Life table as it is printed.

        Parameters
        ----------
        level : float
            Of the intervals.

        Returns
        -------
        DataFrame
            Domains, ``period at_risk events censored``, and of ``hazard`` and ``survivor`` the
            estimate, ``std_error``, ``ci_low`` and ``ci_high``.
        """
        rows, made = self.tidy(level), {}
        keys = [one for one in self.table.columns if one not in ("term", *NUMBERS)]
        parts = {term: part.reset_index(drop=True) for term, part in rows.groupby("term")}
        for term in COUNTS:
            made[term.replace(" ", "_")] = parts[term]["estimate"]
        for term in ("hazard", "survivor"):
            made[term] = parts[term]["estimate"]
            for one in ("std_error", "ci_low", "ci_high"):
                made[f"{term}_{one}"] = parts[term][one]
        return parts["hazard"][keys].assign(**made)
