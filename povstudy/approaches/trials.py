"""Trials: help drawn by lot. Effects of one arm or several, with errors of few clusters.

Errors of few clusters are bias-reduced (CR2) with Satterthwaite's degrees of freedom; the test by
the lot itself, in `randomisation`, needs no large numbers at all.
"""

import numpy as np
import pandas as pd

from ..base.checks import listed, need_columns, need_one_of, need_share, need_whole
from ..base.errors import DataError, DesignError
from ..base.lots import arm_marks, clusters_of, need_numbers
from ..base.status import handed_on, status_of
from ..survey.cells import Layout, Rows
from ..survey.keys import combine
from ..survey.models.leastsquares import Strata, fitted, kind_of_errors
from ..survey.survey import Survey, refuse_results
from ..survey.weights.pieces import need_units
from .balances import arm_codes, surveyed
from .questions import Trial, TrialEffects
from .textbook.offers import OF_OFFERS, TAKEN, with_take_up

ROUNDING = 1e-12  # of the largest outcome: what is left over and is no more than this is rounding
_OWN = ("outcome", "arm", "treated", "clusters", "p_value", "p_holm", "p_romano_wolf",
        "control_mean", "verdict", "reasons", "lost", "lost_controls", "loss_low", "loss_high",
        "p_before", "p_lot")  # fmt: skip
_ALONE, _PERFECT = "no error: an arm has one unit", "no error: nothing is left over"


def trial_effects(table, outcome, treatment=None, baseline=None, covariates=(), *, strata=None,
                  arms=None, base="none", subgroup=None, taken=None, cluster=None, weight=None,
                  errors=None, level=0.95, missing="refuse", draws=2_000, seed=0):  # fmt: skip
    """Estimate the effect of a treatment that was drawn by lot, adjusted for the baseline.

    Parameters
    ----------
    table : DataFrame or Survey
        A row for each household, or person. A Survey brings its weights, its sampling units as
        clusters (its strata are those of the sample, not of the lot), and what it does about
        missing values.
    outcome : str or list of str
        Columns of outcomes; of several, p-values are adjusted for their number.
    treatment : str
        Column of 1 (or true) and 0; or of arms in words, one of which is ``base``.
    baseline : str or list of str, optional
        Columns of the same outcomes before the trial, in the order of the outcomes.
    covariates : str or list of str
        Other columns from before the trial: numbers or marks.
    strata : str or list of str, optional
        Columns within which the lots were drawn: each stratum has a constant of its own.
    arms : str, optional
        Column of arms, such as none, administrative, social_work, both; in place of
        ``treatment``.
    base : object
        The arm that others are compared with.
    subgroup : str, optional
        Column of groups that were named before the data were seen: the effect in each, and
        how it differs from that in the first.
    taken : str, optional
        Column of 1 where help was taken up and 0 where not, if the lot only offered it: to the
        effect of the offer come its effect on take-up, and that of take-up.
    cluster : str, optional
        Column of clusters, such as ``"village"``, if help was drawn or households were sampled
        by cluster.
    weight : str, optional
        Column of sampling weights; rows of weight 0 are not looked at.
    errors : {"HC1", "HC3", "CR2"}, optional
        By default ``"CR2"`` with clusters, ``"HC1"`` without.
    level : float
        Of confidence intervals.
    missing : {"refuse", "drop"}
        Rows without an outcome, baseline or covariate: refused, or left out and counted by arm.
        Do not leave them out by hand: whom the table does not hold, no verdict and no bound knows.
    draws, seed : int
        Of the step-down of Romano and Wolf.

    Returns
    -------
    TrialEffects
        A table, with ``.summary() .contrast() .joint() .covariance() .take_up() .tidy()``. A row for
        each term (``effect``; with subgroups ``difference``; with ``taken``, ``take-up`` and
        ``effect of take-up``: on those who took it up because of the offer), outcome, ``arm`` (if there are
        words for it) and subgroup: ``estimate std_error ci_low ci_high n treated clusters df
        p_value p_holm control_mean method data_status``; of several outcomes or arms
        ``p_romano_wolf`` too. ``n`` are rows of the arm and the base, ``treated`` those of the
        arm. An effect in a subgroup with one unit (household, or cluster) in an arm has no
        error, nor has one that leaves nothing over, as take-up that is the lot itself: it is
        missing, and ``method`` says why.

    Raises
    ------
    DataError
        If the treatment or take-up is not 0 or 1, the base is no arm, a value is missing, an outcome is
        constant, a covariate is made of others, nobody of an arm is left, or the subgroups have
        the name of a column of results.
    DesignError
        If an arm has one cluster, or without clusters one row; if no stratum has an arm beside
        another; if the kind of errors does not fit the clusters; for a weight below 0.

    Notes
    -----
    Least squares of the outcome on the arms, its baseline and the covariates (ANCOVA; McKenzie
    2012), weighted by the sampling weights. Constants of strata are taken out by weighted means
    (Frisch and Waugh 1933) and count as fitted, so that errors are those of a mark for each
    stratum. A stratum with one arm says nothing of the effect; ``method`` and ``.summary()``
    count such strata. With strata of different shares of treated, those of about half weigh
    most. HC1 multiplies squares by n/(n - k), HC3 divides each residual by one minus its leverage;
    df are n - k. CR2 multiplies the residuals of each cluster by the inverse root of one minus
    its part of the projection (Bell and McCaffrey 2002), so that the variance has no bias if
    errors were independent and alike (with weights: of variances as one over the weight), and df
    are Satterthwaite's, one for each estimate (Pustejovsky and Tipton 2018): few or uneven
    clusters give few df. Under about 5 of them, trust `randomisation_test` more.

    All arms and outcomes come from one set of influences, so that differences and joint tests
    know their covariance. The effect of take-up is that of the offer on the outcome over that on
    take-up, which is two-stage least squares with the offer as instrument, and has its errors. It is
    the mean effect on those whom the offer moved, if the offer works through take-up alone and
    nobody takes up the less for being offered it (Imbens and Angrist 1994). Where the offer moves few,
    read the interval of ``.take_up()``. Holm's p-values take the worst of how questions hang together; those
    of Romano and Wolf draw it, and reject no less but for the draws.

    References
    ----------
    Frisch, R., Waugh, F. (1933), Partial time regressions as compared with individual trends,
    Econometrica 1. McKenzie, D. (2012), Beyond baseline and follow-up: the case for more T in experiments,
    Journal of Development Economics 99. MacKinnon, J., White, H. (1985), Some
    heteroskedasticity-consistent covariance matrix estimators with improved finite sample
    properties, Journal of Econometrics 29. Imbens, G., Angrist, J. (1994), Identification and
    estimation of local average treatment effects, Econometrica 62. Bell, R., McCaffrey, D. (2002), Bias reduction in
    standard errors for linear regression with multi-stage samples, Survey Methodology 28.
    Pustejovsky, J., Tipton, E. (2018), Small-sample methods for cluster-robust variance
    estimation and hypothesis testing in fixed effects models, Journal of Business and Economic
    Statistics 36.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 2, 3, 4, 3, 4, 5, 6], "treated": [0] * 4 + [1] * 4})
    >>> found = ps.trial_effects(table, "income", "treated")
    >>> found[["estimate", "std_error", "df"]].round(3).values.tolist()
    [[2.0, 0.913, 6.0]]

    Three arms, of which two get help:

    >>> table["approach"] = ["none", "none", "social_work", "both"] * 2
    >>> found = ps.trial_effects(table, "income", arms="approach")
    >>> found[["arm", "estimate"]].round(3).values.tolist()
    [['both', 2.5], ['social_work', 1.5]]
    >>> found.contrast("both", "social_work")["estimate"].round(3).tolist()
    [1.0]

    Half of those offered help took it up:

    >>> table["took_up"] = [0] * 4 + [0, 1, 0, 1]
    >>> found = ps.trial_effects(table, "income", "treated", taken="took_up")
    >>> found[["term", "estimate"]].round(3).values.tolist()
    [['effect', 2.0], ['take-up', 0.5], ['effect of take-up', 4.0]]
    """
    outcomes, before, covariates = listed(outcome), listed(baseline), listed(covariates)
    if not outcomes or (before and len(before) != len(outcomes)):
        raise DataError("Each outcome has its baseline, or none has.",
                        found=f"{len(outcomes)} outcomes, {len(before)} baselines",
                        remedy="baseline= as many columns as outcome=, in the same order")  # fmt: skip
    if (treatment is None) == (arms is None):
        raise DataError("The lot is one column: of 1 and 0, or of arms.",
                        found=f"treatment={treatment!r}, arms={arms!r}",
                        remedy="treatment=, or arms= alone")  # fmt: skip
    need_share("level", level, 0.95)
    need_whole("draws", draws, such=2_000)
    need_whole("seed", seed, 0)
    arm, lots = treatment if arms is None else arms, listed(strata)
    numbers = [*outcomes, *dict.fromkeys(before), *covariates, *listed(taken)]
    more = [*lots, *(one for one in (subgroup, cluster) if one is not None)]
    need = [arm, *numbers, *more]
    data, cluster, weights, missing = _sample(table, need, numbers, cluster, weight, missing)
    refuse_results([subgroup], _OWN if taken is None else (*_OWN, *OF_OFFERS))
    errors = kind_of_errors(errors, cluster)
    data, names, named = _named(data, arm, base, arms is not None)
    need_numbers(data, [arm])
    marks = data[arm].to_numpy(dtype=float) if named else arm_marks(data, arm)
    marks, words = marks.astype(int), np.array(names, dtype=object)
    drawn = pd.DataFrame({"arm": words[marks], "weight": weights,
                          "cluster": np.nan if cluster is None else data[cluster].to_numpy()})  # fmt: skip
    lost = data[numbers].isna().any(axis=1).to_numpy() & (missing == "drop")
    gone, count = (np.bincount(marks[one], minlength=len(names)) for one in (lost, ~lost))
    if not count.all():
        raise DataError("Nobody of an arm is left.", where=f"arm {names[np.argmin(count)]}",
                        found=f"{lost.sum():,} rows lack a value", remedy="name fewer columns")  # fmt: skip
    kept, marks, weights = data[~lost], marks[~lost], weights[~lost]
    need_numbers(
        kept, [arm, *numbers], more, covariates, () if isinstance(table, Survey) else numbers
    )
    if taken is not None:
        arm_marks(kept, taken, TAKEN)
    clusters = None if cluster is None else clusters_of(kept, cluster, arm, marks, names)
    if count.min() < 2:
        raise DesignError(
            "An arm has one row: how households of that arm differ cannot be seen.",
            where=f"column {arm}, arm {names[np.argmin(count)]}", found=f"1 of {len(kept)} rows",
            remedy=f"ps.randomisation_test(table, {outcomes[0]!r}, {arm!r})",
        )  # fmt: skip
    units = np.arange(len(kept)) if cluster is None else clusters
    code, groups = pd.factorize(np.zeros(len(kept)) if subgroup is None else kept[subgroup])
    groups = groups.tolist()
    for g, group in enumerate(groups):
        if len(np.unique(marks[code == g])) < len(names):
            raise DataError("A subgroup lacks an arm.", where=f"{subgroup} {group!r}",
                            found=f"{(code == g).sum()} rows",
                            remedy="join it to another, or leave it out")  # fmt: skip
    dummies = (code[:, None] == np.arange(len(groups))) * 1.0
    hot = marks[:, None] == np.arange(1, len(names))
    cells = (hot[:, :, None] * dummies[:, None, :]).reshape(len(kept), -1)
    root, inside, alone = np.sqrt(weights), None, (0, 0)
    if lots:
        stratum = combine({one: kept[one] for one in lots})[0]
        alone = _lone(stratum, marks, names, lots)
        inside = Strata(stratum, root, np.bincount(stratum, weights))
        dummies = dummies[:, inside.left_open(code)]
    scaled = lambda x: inside.without((root * x.T).T) if lots else (root * x.T).T  # noqa: E731
    asked = _asked(len(names), len(groups))
    no_error = np.array([
        any(len(np.unique(units[(code == one) & (marks == side)])) < 2
            for one in {g, 0 if term == "difference" else g} for side in (a, b))
        for term, a, b, g, _ in asked
    ])  # fmt: skip
    rows, influences, sides = [], [], []
    for i, name in enumerate(outcomes):
        y = kept[name].to_numpy(dtype=float)
        if np.ptp(y) == 0:
            raise DataError("The outcome is the same for all.", where=f"column {name}", found=y[0],
                            remedy="outcome= a column that differs between households")  # fmt: skip
        others = [*before[i : i + 1], *covariates]
        x = np.hstack([cells, dummies, kept[others].to_numpy(dtype=float)])
        labels = [arm] * cells.shape[1] + ["the constant"] * dummies.shape[1] + others
        wanted = np.zeros((len(asked), x.shape[1]))
        wanted[:, : cells.shape[1]] = [one[-1] for one in asked]
        made = []
        for of in (y, *(kept[one].to_numpy(dtype=float) for one in listed(taken))):
            found = fitted(scaled(x), scaled(of), wanted, errors, clusters, labels, inside)
            perfect = found[1] <= ROUNDING * np.abs(of).max()
            error = np.where(no_error | perfect, np.nan, found[1])
            why = np.select([no_error, perfect], [f", {_ALONE}", f", {_PERFECT}"], "")
            made.append((found, []))
            for k, (term, a, b, g, _) in enumerate(asked):
                own = np.isin(marks, (a, b)) & ((code == g) | (term == "difference"))
                held, told = own & (marks == b), {"term": term, "outcome": name}
                told["arm"] = f"{names[a]} - {names[b]}" if term == "contrast" else names[a]
                if subgroup is not None:
                    told[subgroup] = (
                        f"{groups[g]} - {groups[0]}" if term == "difference" else groups[g]
                    )
                made[-1][1].append(told | {
                    "estimate": found[0][k], "std_error": error[k], "n": int(own.sum()),
                    "treated": int((marks[own] == a).sum()),
                    "clusters": np.nan if clusters is None else len(np.unique(clusters[own])),
                    "df": found[2][k], "control_mean": np.average(of[held], weights=weights[held]),
                    "method": why[k],
                })  # fmt: skip
        new, more_influences, of_asked = with_take_up(made, taken)
        rows += new
        influences += more_influences
        sides += [(names[asked[k][1]], names[asked[k][2]]) for k in of_asked]
    how = "least squares" + f", constants of {', '.join(map(str, lots))}" * bool(lots)
    how += f" ({alone[0]} strata with one arm tell nothing)" * bool(alone[0])
    how += ", weighted" * bool(np.ptp(weights) > ROUNDING)
    how += f", {errors}" + f" by {cluster}" * (isinstance(table, Survey) and cluster is not None)
    rows = pd.DataFrame(rows).assign(data_status=status_of(table, "trial"))
    counts = pd.DataFrame({
        "arm": names, "n": count, "lost": gone,
        "clusters": [np.nan if clusters is None else len(np.unique(clusters[marks == a]))
                     for a in range(len(names))],
    })  # fmt: skip
    trial = Trial(
        rows.assign(method=how + rows["method"]), sides, np.hstack(influences), counts, handed_on(drawn, table), data[outcomes].reset_index(drop=True),
        alone, named, len(outcomes) > 1 or len(names) > 2, level, draws, seed,
    )  # fmt: skip
    return TrialEffects.of(trial, np.flatnonzero(rows["term"] != "contrast"))


# What is asked for --------------------------------------------------------------------


def _sample(table, names, numbers, cluster, weight, missing):
    """Rows with a weight, the column of clusters, weights, and what is done about missing values."""
    need_one_of("missing", missing, ("refuse", "drop"))
    if not isinstance(table, Survey) and weight is None:
        need_columns(table, names)
        if len(table):
            Rows(table, Layout()).refuse_codes(
                one for one in numbers if pd.api.types.is_numeric_dtype(table[one])
            )
        return table, cluster, np.ones(len(table)), missing
    svy = surveyed(table, cluster, weight).in_memory(names)
    need_units(svy)
    if svy.replicates is not None:
        raise DesignError("A trial takes its errors from clusters, not from replicate weights.",
                          remedy="name the sampling units: ps.Survey(table, weight=..., psu=...)")  # fmt: skip
    data, weights = pd.DataFrame({one: svy.rows.key(one) for one in names}), svy.weights
    counted = [one for one in numbers if pd.api.types.is_numeric_dtype(data[one])]
    svy.rows.refuse_codes(counted)
    data = data.assign(**{one: svy.rows[one] for one in counted if svy.rows.missing_codes(one)[0]})
    if isinstance(table, Survey):
        missing = svy.missing
        if svy.layout.psu:
            cluster = f"PSU of the Survey, {', '.join(svy.layout.psu)}"
            data[cluster] = svy.rows.unit_codes
    some = weights > 0
    return data[some], cluster, weights[some] / weights[some].mean(), missing


def _named(data, arm, base, named):
    """Rows with the code of their arm, if arms have words; names of arms; whether they have."""
    if not (named or base != "none" or data[arm].astype(object).isin([base]).any()):
        return data, [0, 1], False
    code, levels = combine({arm: data[arm]})
    code, names = arm_codes(code, levels[arm].tolist(), arm, base)
    return data.assign(**{arm: np.where(code < 0, np.nan, code)}), names, True


def _asked(arms, groups):
    """Combinations of the effects of each arm in each group: term, arm, minus which, group."""
    own = lambda a, g: np.eye((arms - 1) * groups)[(a - 1) * groups + g]  # noqa: E731
    made = []
    for a in range(1, arms):
        made += [("effect", a, 0, g, own(a, g)) for g in range(groups)]
        made += [("difference", a, 0, g, own(a, g) - own(a, 0)) for g in range(1, groups)]
    made += [("contrast", a, b, g, own(a, g) - own(b, g)) for a in range(1, arms)
             for b in range(1, arms) for g in range(groups) if a != b]  # fmt: skip
    return made


def _lone(stratum, marks, names, lots):
    """Strata with one arm, and their rows; refused where an arm has no stratum with another."""
    seen = pd.crosstab(stratum, marks).to_numpy() > 0
    several = seen.sum(axis=1) > 1
    for a, name in enumerate(names):
        if not seen[several, a].any():
            raise DesignError("No stratum has this arm and another: nothing is compared.",
                              where=f"column {', '.join(map(str, lots))}, arm {name!r}",
                              found=f"{len(several)} strata, {several.sum()} with several arms",
                              remedy="strata= the columns within which lots were drawn, no finer")  # fmt: skip
    return int((~several).sum()), int((~several)[stratum].sum())
