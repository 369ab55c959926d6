"""Who answers may differ between the arms of a trial: how far the effect could lie."""

from numbers import Real

import numpy as np
import pandas as pd

from ..base.checks import listed
from ..base.errors import DataError, DesignError, tell
from ..base.lots import two_arms
from ..base.status import handed_on, status_of
from ..survey.estimates import by_replicates
from ..survey.linear import Term, estimates, refuse_odd
from ..survey.shares import reach_of
from .balances import surveyed
from .standing.trimming import interval_between, together, trimmed_bounds, worst_case

_ENDS = ("low", "high")


def lee_bounds(table, outcome, treatment, *, observed=None, by=None, range=None, weight=None,
               cluster=None, level=0.95):  # fmt: skip
    """Bounds of the effect of a trial in which the outcome of some is not known.

    Parameters
    ----------
    table : DataFrame or Survey
        A row for each household that was drawn, lost or not.
    outcome : str
        Column of the outcome; missing where it is lost.
    treatment : str
        Column of 1 (or true) and 0. Of arms in words, ``trial_effects(..., missing="drop").bounds()``
        gives the bounds of each.
    observed : str, optional
        Column of 1 and 0: whose outcome is known, or has a meaning (as wages of those who work).
        By default, where the outcome is not missing.
    by : str or list of str, optional
        Columns from before the trial: bounds are made in each of their cells, and averaged.
        They are no wider for it, but for chance.
    range : tuple of two floats, optional
        Lowest and highest outcome that is possible, for Manski's bounds.
    weight : str, optional
        Column of sampling weights.
    cluster : str, optional
        Column of clusters.
    level : float
        Of intervals.

    Returns
    -------
    DataFrame
        Rows ``lee low``, ``lee high`` and, with ``range``, ``manski low``, ``manski high``:
        ``term outcome estimate std_error ci_low ci_high effect_low effect_high n trimmed trim
        observed_treated observed_control df method data_status``. ``ci_low`` and ``ci_high`` are
        of the bound; ``effect_low`` and ``effect_high`` of the effect that lies between both
        bounds (Imbens and Manski). ``trimmed`` is the arm that was observed more, ``trim`` the
        share of its observed that is taken off (of several cells the mean); ``n`` are all rows.

    Raises
    ------
    DataError
        If the treatment is not 1 or 0, nobody of an arm (or of an arm in a cell) is observed,
        or an outcome lies outside of ``range``.
    DesignError
        If an arm has one cluster, or one row.

    Warns
    -----
    DataWarning
        If more treated are observed in some cells, and more controls in others: each cell is
        trimmed in its own arm then, which holds only if help moves everybody of a cell the same
        way.

    Notes
    -----
    Lee's bounds are of those who would be observed in both arms. Help is taken to move who is
    observed in one direction: the arm with more observed holds some whom the other arm would have
    lost. At the worst these are its highest, or its lowest, outcomes: the bounds. Trimming is
    exact: a part of a row where the share falls into it, and tied outcomes are worth the same, so
    that the order of tied rows does not matter. (The other rule, to keep all that are no further
    than a quantile, keeps whole groups of ties and trims less, or more.) Errors are those of the
    trimmed mean, with the share that is trimmed estimated (Lee 2009, proposition 3), summed by
    cluster; they are too small where the share is near 0. Means over cells weigh by the number
    who are always observed.

    Manski's bounds take nothing for granted: those lost had the lowest or the highest possible
    outcome. They are of everybody.

    References
    ----------
    Lee, D. (2009), Training, wages, and sample selection: estimating sharp bounds on treatment
    effects, Review of Economic Studies 76. Horowitz, J., Manski, C. (2000), Nonparametric
    analysis of randomized experiments with missing covariate and outcome data, Journal of the
    American Statistical Association 95. Imbens, G., Manski, C. (2004), Confidence intervals for
    partially identified parameters, Econometrica 72. Semenova, V. (2025), Generalized Lee
    bounds, Journal of Econometrics 251.

    Examples
    --------
    Of five helped four answer, of five others three: a quarter of the four is trimmed.

    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"helped": [1] * 5 + [0] * 5,
    ...                       "income": [2.0, 2, 3, 6, None, 1, 2, 3, None, None]})
    >>> ps.lee_bounds(table, "income", "helped")["estimate"].round(3).tolist()
    [0.333, 1.667]
    """
    by, told = listed(by), {}
    svy = surveyed(table, cluster, weight)
    reach_of(level, 1)
    made = _bounds(svy, outcome, treatment, observed, by, range, told)
    found = made.tidy(level)
    ends = [interval_between(found.iloc[i : i + 2], level) for i in np.arange(0, len(found), 2)]
    found[["effect_low", "effect_high"]] = np.repeat(ends, 2, axis=0)
    found = found.assign(outcome=outcome, **told, data_status=status_of(table, "trial"))
    found["method"] = [f"{'trimmed' if k < 2 else 'worst case'}, {one}"
                       for k, one in enumerate(found["method"])]  # fmt: skip
    found.loc[2:, ["trimmed", "trim"]] = [None, np.nan]
    found = found[["term", "outcome", "estimate", "std_error", "ci_low", "ci_high", "effect_low",
                   "effect_high", "n", *told, "df", "method", "data_status"]]  # fmt: skip
    return handed_on(found, table)


def _need_range(limits, y, outcome):
    """Refuse a range that is no range, or outside of which an outcome lies."""
    least, most = float(y.min()), float(y.max())
    ends = [one for one in listed(limits) if isinstance(one, Real) and np.isfinite(one)]
    if len(ends) != 2 or not ends[0] <= least <= most <= ends[1] or ends[0] == ends[1]:
        raise DataError("A range is two numbers, between which all outcomes lie.",
                        where=f"argument range, column {outcome}", found=f"{limits}; {least:g} to {most:g}",
                        remedy=f"range=({least}, {most if most > least else least + 1})  # or wider")  # fmt: skip


@by_replicates
def _bounds(svy, outcome, treatment, observed, by, limits, told):
    marks = [treatment, *listed(observed)]
    svy = svy.in_memory([*marks, outcome, *by])
    rows, w = svy.rows, svy.weights
    for name in (*marks, *by):
        lacks = (rows.codes([name])[0] < 0) & (w > 0)
        if lacks.any():
            raise DataError(f"{lacks.sum():,} rows have no {name}: it is known of all who were drawn.",
                            where=f"column {name}, {rows.place(int(lacks.argmax()))}",
                            remedy=f"table = table.dropna(subset=[{name!r}])  # or fill it in")  # fmt: skip
    words = rows.key(treatment).dropna().astype(object)
    if pd.to_numeric(words, errors="coerce").isna().any():
        raise DataError("The treatment is 1 or 0.", where=f"column {treatment}", found=words.iloc[0],
                        remedy=two_arms(treatment, words))  # fmt: skip
    rows.good([outcome], False)
    refuse_odd(svy, marks[:1], ("helped", "not"))
    refuse_odd(svy, marks[1:], ("observed", "not"))
    y, treated = rows[outcome], rows[treatment] == 1
    seen = np.isfinite(y) if observed is None else rows[observed] == 1
    lacks = seen & ~np.isfinite(y) & (w > 0)
    if lacks.any():
        where = f"column {outcome}, {rows.place(int(lacks.argmax()))}"
        raise DataError(f"{lacks.sum():,} rows are observed and have no {outcome}.", where=where,
                        remedy=f"observed= a column that is 0 there, or none: {outcome} tells it")  # fmt: skip
    seen, y = seen & (w > 0), np.where(seen, y, 0.0)
    (code, names), arms = rows.codes(by), (("0", ~treated), ("1", treated))
    code = np.where(w > 0, code, 0)
    units, found = np.arange(len(w)) if rows.unit_codes is None else rows.unit_codes, []
    for c in np.unique(code[w > 0]):
        cell = "".join(f", {one} {names[one].iloc[c]}" for one in by)
        for name, arm in arms:
            if not (seen & arm & (code == c)).any():
                raise DataError("Nobody of an arm is observed.", where=f"{treatment} {name}{cell}",
                                found=f"{(arm & (code == c) & (w > 0)).sum()} rows",
                                remedy="by= fewer columns, or the other arm has no comparison")  # fmt: skip
            if len(np.unique(units[seen & arm])) < 2:
                raise DesignError("One unit of an arm is observed: how units differ cannot be seen.",
                                  where=f"{treatment} {name}", found=f"{(arm & seen).sum()} rows",
                                  remedy="a trial needs two clusters or more in each arm")  # fmt: skip
        found.append(trimmed_bounds(y, w, treated, seen, code == c))
    values, influences, trim = together(found)
    sides = np.array([one["side"] for one in found])
    if len(set(sides) - {0}) > 1 and not told:
        tell("Help moves who is observed one way in some cells, another way in others.",
             where=f"column {', '.join(by)}", found=f"{(sides < 0).sum()} of {len(sides)} cells with "
             "more controls observed", remedy="by= fewer columns, or none")  # fmt: skip
    share = [(w * seen * arm).sum() / (w * arm).sum() for _, arm in arms]
    of = {(): "none", (1,): "treated", (-1,): "control"}.get(tuple(set(sides) - {0}), "by cell")
    first = {"trimmed": of, "trim": trim,
             "observed_treated": share[1], "observed_control": share[0]}  # fmt: skip
    told.update(first | told)  # of replicate weights, what the whole sample tells
    if limits is not None:
        _need_range(limits, y[seen], outcome)
        more = worst_case(y, w, treated, seen, limits)
        values, influences = np.append(values, more[0]), np.hstack([influences, more[1]])
    cells = svy.cells([], [], lambda row: dict(enumerate(influences.T)))
    named = [f"{who} {end}" for who in ("lee", "manski") for end in _ENDS]
    terms = [Term(name, np.array([value]), {k: np.ones(1)})
             for k, (name, value) in enumerate(zip(named, values, strict=False))]  # fmt: skip
    return estimates(svy, cells, terms)
