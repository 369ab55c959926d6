"""How good a predicted risk of falling back is: calibration, Brier score, AUC, net benefit."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ...base.checks import listed, need_one_of, need_share, need_whole
from ...base.errors import DataError
from ...survey.estimates import by_replicates, refuse_no_survey
from ...survey.linear import domain_names, refuse_odd
from ...survey.ranks import Ranked
from ...targeting.concentration import area
from ..bounds import bounded, marked, worth
from ..horizon import FOLLOWED, AtHorizon

THRESHOLDS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)

# Measures -----------------------------------------------------------------------------


def validate_risk(svy, risk="risk", by=None, link="logit", cause=None):
    """Judge predicted risks by what came later: calibration, Brier score, AUC.

    Parameters
    ----------
    svy : Survey
        Rows as `follow_up` makes them: ``risk horizon time event``, and ``entry`` where a
        household was first seen some periods after the prediction.
    risk : str
        Column of the predicted risk of falling back within the horizon, made without the
        outcomes that it is judged by.
    by : str or list of str, optional
        Columns of domains, such as ``"county"``; each has its own follow-up.
    link : {"logit", "cloglog"}
        Scale of the calibration intercept and slope.
    cause : str or int, optional
        Where ``event`` holds several ends, the one that counts. Who ended otherwise before the
        horizon did not fall back by then, and is no household lost: what is observed is the
        cumulative incidence (Aalen and Johansen), as the risk of a model of one cause is.

    Returns
    -------
    Estimates
        =========================  ==========================================================
        term                       is
        =========================  ==========================================================
        ``observed risk``          share that fell back within the horizon (Kaplan-Meier)
        ``predicted risk``         mean risk of the same households
        ``observed / predicted``   their ratio; 1 is right on the average
        ``calibration intercept``  shift on the scale of ``link``, at slope 1; 0 is right
        ``calibration slope``      of the outcome on the risk, on that scale; 1 is right,
                                   less says that high risks are too high and low too low
        ``brier``                  mean squared distance of risk and outcome
        ``scaled brier``           1 minus brier over that of one risk for all; 1 is perfect
        ``auc``                    chance that of one who fell back within the horizon and one
                                   who did not, the former had the higher risk
        =========================  ==========================================================

        The slope is missing where all risks of a domain are the same, or part the two fully.
        A domain in which nobody (or everybody) fell back has a bound of the observed risk, its
        Brier score without an interval, and no more. One that is empty, or in which nobody was
        followed up to the horizon, has none of them: they are missing.

    Raises
    ------
    DataError
        If a risk does not lie between 0 and 1 (for intercept and slope: strictly), the
        horizon differs, or in every domain nobody is followed that far, or nobody (or everybody)
        fell back.

    Notes
    -----
    Who was lost before the horizon is stood for by those who were seen for longer (inverse
    probability of censoring weights); who was seen late counts from then on, in weights and
    risk sets. That is right where being lost or seen late has nothing to do with risk and
    outcome within the domain. Within a period, those lost come after those who fell back; who
    is last seen out of poverty in the period of the horizon is known to be out. The weights
    are estimated, and the errors say so: each influence has the part that goes through the
    risk sets. Risks are taken as given: the error of the model that made them is not in it.

    The area under the curve sets those who fell back by the horizon against those who did not
    (cumulative cases, dynamic controls).

    Intervals keep to what is possible: of the observed risk as in `calibration_curve`, of the
    others on the scale of logit, of the scaled Brier score of the log of 1 minus it. Where risks
    part the two fully, no error of the area can be seen: its bound is the exact one of as many
    pairs, each of one who fell back and one who did not, as can be made without taking anybody
    twice (by their worth, after Kish). Where villages were drawn, pairs are of villages, and a
    risk of 0 or 1 is bounded by their number: at the worst all of a village are alike.

    References
    ----------
    Graf, E. et al. (1999), Assessment and comparison of prognostic classification schemes for
    survival data, Statistics in Medicine 18. Gerds, T., Schumacher, M. (2006), Consistent
    estimation of the expected Brier score in general survival models with right-censored event
    times, Biometrical Journal 48. Uno, H. et al. (2007), Evaluating prediction rules for
    t-year survivors with censored regression models, Journal of the American Statistical
    Association 102. Blanche, P., Dartigues, J.-F., Jacqmin-Gadda, H. (2013), Estimating and
    comparing time-dependent areas under receiver operating characteristic curves for censored
    event times with competing risks, Statistics in Medicine 32. Cox, D. (1958), Two further
    applications of a model for binary regression, Biometrika 45. Kattan, M., Gerds, T. (2018),
    The index of prediction accuracy, Diagnostic and Prognostic Research 2.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"risk": [0.6, 0.5, 0.4, 0.3, 0.2, 0.1], "horizon": 2,
    ...                       "time": [1, 2, 1, 2, 2, 2], "event": [1, 0, 0, 1, 0, 0]})
    >>> found = ps.validate_risk(ps.Survey(table)).tidy()
    >>> dict(zip(found["term"], found["estimate"].round(3).tolist()))
    {'observed risk': 0.375, 'predicted risk': 0.329, 'observed / predicted': 1.139,
     'calibration intercept': 0.238, 'calibration slope': 1.273, 'brier': 0.191,
     'scaled brier': 0.184, 'auc': 0.815}
    """
    by = domain_names(by, FOLLOWED)
    need_one_of("link", link, tuple(_LINKS))
    return bounded(_judged(svy, risk, by, link, cause))


@by_replicates
def _judged(svy, risk, by, link, cause):
    at = AtHorizon(svy, risk, by, cause=cause)
    sure = at.svy.rows.first(risk, lambda row: (row[risk] == 0) | (row[risk] == 1))
    if sure:
        raise DataError(
            f"{sure[0]:,} risks are 0 or 1: certain, and endless on the scale of calibration.",
            where=sure[1], found=sure[2], remedy=f"table[{risk!r}] = table[{risk!r}].clip(0.001, 0.999)",
        )  # fmt: skip
    both = at.both_kinds()
    y, r, code = at.fell, at.risk, at.code
    far = (y - r) ** 2
    fell, mean, brier = at.mean(y), at.mean(r), at.mean(far)
    alike = np.where(both, fell * (1 - fell), np.nan)
    of_fell, of_brier = at.spread(y), at.spread(far)
    ranked = Ranked(r, at.mass, code, at.count)
    value, influence = area(ranked, y[ranked.order])
    found = at.estimates({
        "observed risk": (fell, of_fell),
        "predicted risk": (mean, at.spread(r)),
        "observed / predicted": (fell / mean, at.spread((y - (fell / mean)[code] * r) / mean[code])),
        "calibration intercept": _calibrated(at, link, False, both),
        "calibration slope": _calibrated(at, link, True, both),
        "brier": (brier, of_brier),
        "scaled brier": (1 - brier / alike,
                         ((brier * (1 - 2 * fell) / alike**2)[code] * of_fell - of_brier / alike[code])),
        "auc": (np.where(both, value, np.nan), at.spread(ranked.back(np.nan_to_num(influence)))),
    })  # fmt: skip
    cases, others = (worth(at, code, at.mass * x, at.count) for x in (y, 1 - y))
    free, of = np.full(at.count, np.inf), {}  # least, most, worth
    one, all_of = np.ones(at.count), worth(at, code, at.mass, at.count)
    for name in found.table["term"].unique():
        of[name] = 0 * one, one, all_of
    of["observed / predicted"] = 0 * one, 1 / mean, all_of
    of["calibration intercept"] = of["calibration slope"] = -free, free, one
    of["brier"] = np.where(both, 0.0, np.nan), one, all_of
    of["scaled brier"] = -free, one, one
    of["auc"] = 0 * one, one, np.minimum(cases, others)
    low, high, number = map(np.concatenate, zip(*of.values(), strict=True))
    return marked(found, low, high, number, found.table["term"] == "observed risk")


def _logit(eta, y):
    """Score and information of a Bernoulli outcome on the scale of log odds."""
    from scipy.special import expit

    p = expit(eta)
    return y - p, p * (1 - p)


def _cloglog(eta, y):
    """The same on the complementary log-log scale; information as observed."""
    u = np.exp(np.minimum(eta, 30))
    p = -np.expm1(-u)
    score = u * (y / p - 1)
    return score, y * u**2 * np.exp(-u) / p**2 - score


_LINKS = {
    "logit": (lambda p: np.log(p / (1 - p)), _logit),
    "cloglog": (lambda p: np.log(-np.log1p(-p)), _cloglog),
}


def _calibrated(at, link, sloped, both):
    """Intercept at slope 1, or the slope beside a free intercept, with influences; by Newton."""
    scale, of = _LINKS[link]
    x = scale(np.where(at.inside, at.risk, 0.5))
    alpha, beta, code = np.zeros(at.count), np.ones(at.count), at.code
    for _ in range(100):
        score, info = of(alpha[code] + beta[code] * x, at.fell)
        i00, i01, i11 = (at.mean(info * x**k) for k in range(3))
        if not sloped:
            i01, i11 = np.zeros(at.count), np.ones(at.count)
        det = i00 * i11 - i01**2
        det = np.where((det > 1e-9 * i00 * i11) & both, det, np.nan)  # all risks are the same
        of_alpha = score * (i11[code] - i01[code] * x) / det[code]
        of_beta = score * (i00[code] * x - i01[code]) / det[code] * sloped
        steps = np.array([at.mean(of_alpha), at.mean(of_beta)])
        alpha, beta = alpha + np.clip(steps[0], -2, 2), beta + np.clip(steps[1], -2, 2)
        if not (np.abs(steps) > 1e-11).any():
            break
    ends = (np.abs(steps) < 1e-8).all(axis=0)  # it has none where risks part the two fully
    value, influence = (beta, of_beta) if sloped else (alpha, of_alpha)
    return np.where(ends, value, np.nan), at.spread(np.nan_to_num(influence))


def calibration_curve(svy, risk="risk", groups=10, by=None, cause=None):
    """Estimate which share falls back among households of about the same predicted risk.

    Parameters
    ----------
    svy, risk, by, cause
        As for `validate_risk`.
    groups : int
        Groups of about the same size by predicted risk, in the whole survey; fewer where many
        have the same risk.

    Returns
    -------
    Estimates
        The terms ``predicted`` and ``observed`` with a column ``group``, from the lowest risk
        (1) on; ``n`` and ``population`` are of the group. Missing where a domain has nobody in
        a group, or nobody of it was followed up to the horizon.

    Raises
    ------
    DataError
        As `validate_risk`; and if, without domains, a group is not followed up to the horizon.

    Notes
    -----
    Each group has its own Kaplan-Meier estimate, so that being lost may depend on the predicted
    risk. The borders of the groups are taken as fixed. Intervals of what is observed are those
    of Korn and Graubard: exact ones of as many independent households as the estimated error
    says; in a group in which nobody fell back, as many as those seen up to the horizon are
    worth by their weights (Kish), so that its interval is not empty; where villages were drawn,
    as many as these are worth.

    References
    ----------
    Austin, P., Harrell, F., van Klaveren, D. (2020), Graphical calibration curves and the
    integrated calibration index (ICI) for survival models, Statistics in Medicine 39. Korn, E.,
    Graubard, B. (1998), Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data, Survey Methodology 24.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"risk": [0.1, 0.2, 0.2, 0.3, 0.5, 0.6], "horizon": 2,
    ...                       "time": [2, 2, 2, 2, 1, 2], "event": [0, 0, 1, 0, 1, 1]})
    >>> found = ps.calibration_curve(ps.Survey(table), groups=2).tidy()
    >>> found.query("term == 'observed'")[["group", "estimate"]].round(3).values.tolist()
    [[1.0, 0.333], [2.0, 0.667]]
    """
    by = domain_names(by, (*FOLLOWED, "group"))
    need_whole("groups", groups, such=10)
    refuse_no_survey(svy)
    svy.rows.need([risk])
    shares = (np.arange(1, groups) / groups).tolist()
    cuts = svy.rows.quantiles(risk, shares, [], svy.missing == "refuse").ravel() if shares else []
    return bounded(_calibration(svy, risk, np.unique(cuts), by, cause))


@by_replicates
def _calibration(svy, risk, cuts, by, cause=None):
    at = AtHorizon(svy, risk, by, split=lambda r: np.searchsorted(cuts, r), cause=cause)
    count, groups = at.count, at.groups
    sums = lambda x: np.bincount(at.cell, x, count * groups).reshape(count, groups)  # noqa: E731
    twice = lambda x: np.repeat(x.T, 2, axis=0).ravel()  # noqa: E731
    weight, known, made, group = sums(at.w), sums(at.mass) > 0, {}, at.cell % groups
    for g in range(groups):
        here = group == g
        for name, x in (("predicted", at.risk), ("observed", at.fell)):
            value = np.where(known[:, g], sums(at.mass * x)[:, g], np.nan)
            made[name, g] = value, at.spread(here * x) * here
    names = pd.DataFrame([(name, g + 1) for name, g in made], columns=["term", "group"])
    found = at.estimates(made, names)
    found = replace(found, table=found.table.assign(
        n=twice(sums(at.inside)).astype(np.int64), population=twice(weight)
    ))  # fmt: skip
    number = worth(at, at.cell, at.mass, count * groups).reshape(count, groups)
    return marked(found, 0.0, 1.0, twice(number), found.table["term"] == "observed")


def decision_curve(svy, thresholds=THRESHOLDS, rules=None, risk="risk", by=None, cause=None):
    """Estimate the net benefit of watching whom a risk names, at several thresholds.

    Parameters
    ----------
    svy, risk, by, cause
        As for `validate_risk`.
    thresholds : sequence of float
        Risks, between 0 and 1, from which on a household is watched.
    rules : str or list of str, optional
        Columns of 1 (watched) and 0 of other rules, such as an official one.

    Returns
    -------
    Estimates
        The term ``net benefit`` with columns ``strategy`` (the column of the risk, ``"all"``,
        and the rules) and ``threshold``. Watching nobody has 0. ``.contrast("strategy",
        "risk", "official")`` gives differences with their errors, household by household.

    Raises
    ------
    DataError
        As `validate_risk`; and if a threshold is none, or a rule is not 0 or 1.

    Notes
    -----
    Net benefit is the share of all households that are watched and fall back, minus that of
    those watched in vain times p / (1 - p): who watches from a risk p on thinks that one
    household found is worth (1 - p) / p watched in vain. Followed up and weighed as in
    `validate_risk`.

    References
    ----------
    Vickers, A., Elkin, E. (2006), Decision curve analysis: a novel method for evaluating
    prediction models, Medical Decision Making 26. Vickers, A. et al. (2008), Extensions to
    decision curve analysis, BMC Medical Informatics and Decision Making 8.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"risk": [0.6, 0.5, 0.4, 0.1], "horizon": 1, "time": 1,
    ...                       "event": [1, 0, 1, 0]})
    >>> found = ps.decision_curve(ps.Survey(table), [0.2, 0.5]).tidy()
    >>> found[["strategy", "threshold", "estimate"]].values.tolist()
    [['risk', 0.2, 0.4375], ['all', 0.2, 0.375], ['risk', 0.5, 0.0], ['all', 0.5, 0.0]]
    """
    by, rules = domain_names(by, (*FOLLOWED, "strategy", "threshold")), listed(rules)
    for one in listed(thresholds) or [None]:
        need_share("thresholds", one, [0.1, 0.2])
    thresholds = sorted({float(one) for one in listed(thresholds)})
    return bounded(_net_benefits(svy, thresholds, rules, risk, by, cause))


@by_replicates
def _net_benefits(svy, thresholds, rules, risk, by, cause):
    at = AtHorizon(svy, risk, by, rules, cause=cause)
    refuse_odd(at.svy, rules, ("watched", "not watched"))
    rows, made = at.svy.rows, {}
    for p in thresholds:
        watched = {risk: at.risk >= p, "all": 1.0, **{one: rows[one] for one in rules}}
        for name, marks in watched.items():
            gain = np.where(at.inside, marks * (at.fell - (1 - at.fell) * p / (1 - p)), 0.0)
            made["net benefit", name, p] = at.mean(gain), at.spread(gain)
    found = at.estimates(made, pd.DataFrame(list(made), columns=["term", "strategy", "threshold"]))
    odds = found.table["threshold"] / (1 - found.table["threshold"])
    number = np.tile(worth(at, at.code, at.mass, at.count), len(made))
    return marked(found, -odds, 1.0, number, False)  # all in vain, all found
