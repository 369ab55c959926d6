"""Effects in one wave where help was not drawn by lot: adjusted for what was recorded before.

Augmented inverse-probability weighting for several arms at once. The influences of all arms are
kept, so that differences between arms have the errors of one joint fit.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..base.checks import listed, need_share
from ..base.errors import DataError, DesignError
from ..base.lots import arm_marks, need_numbers
from ..base.status import handed_on, status_of
from ..survey.estimates import by_replicates
from ..survey.leastsquares import refuse_repeating
from ..survey.linear import Term, estimates, refuse_odd
from ..survey.logit import multinomial
from ..survey.negatives import tell_codes
from ..survey.shares import reach_of
from .balances import arms_of, surveyed, with_arms
from .trials import ROUNDING

_LEAST = 0.01


def adjusted_effects(table, outcome, arm="approach", covariates=(), *, base="none", cluster=None,
                     model="linear", least=_LEAST):  # fmt: skip
    """Estimate the mean outcome under each arm and its effect, adjusted for covariates.

    Parameters
    ----------
    table : DataFrame or Survey
        Households in one wave; a survey brings its weights, strata and sampling units.
    outcome : str
        Column of the outcome.
    arm : str
        Column of arms, such as none, administrative, social_work, both.
    covariates : str or list of str
        Columns from before the help: numbers, marks or words.
    base : object
        The arm that others are compared with.
    cluster : str, optional
        Column of clusters of a table, such as ``"village"``, where help is given by cluster.
    model : {"linear", "logit"}
        Regression of the outcome in each arm; logit takes outcomes of 0 and 1.
    least : float
        Chances of an arm below this are refused: there is nobody to compare with.

    Returns
    -------
    Estimates
        The terms ``mean`` (of all households, if all had the arm) and ``effect`` (minus the
        mean under the base), by ``arm``; ``n`` are the rows of the arms that are compared,
        ``population`` is the weight of all rows. ``.contrast("arm", "social_work",
        "administrative")`` gives the difference of two arms.

    Raises
    ------
    DataError
        If the arms do not overlap, the base is no arm, or a value is missing.
    DesignError
        If an arm has one cluster: what is peculiar to it cannot be told from the effect.

    Notes
    -----
    The mean under arm a is the mean of m_a(x) + 1(arm = a) (y - m_a(x)) / e_a(x), with m_a the
    regression in the arm and e_a its chance by a multinomial logit. It is right if either model
    is right and nothing that moves both help and outcome was left out. Errors are those of all
    estimating equations together: those of both models are in them, so that they too hold if
    one of the models is wrong. Units are clusters, by G/(G-1); df are clusters minus strata.

    References
    ----------
    Robins, J., Rotnitzky, A., Zhao, L. (1994), Estimation of regression coefficients when some
    regressors are not always observed, Journal of the American Statistical Association 89.
    Cattaneo, M. (2010), Efficient semiparametric estimation of multi-valued treatment effects
    under ignorability, Journal of Econometrics 155. Stefanski, L., Boos, D. (2002), The
    calculus of M-estimation, American Statistician 56.

    Examples
    --------
    The poorer half is helped more often; help adds 1.

    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"approach": ["none", "none", "none", "social_work"] * 5
    ...                       + ["none", "social_work", "social_work", "social_work"] * 5,
    ...                       "poorer": [0] * 20 + [1] * 20})
    >>> table["outcome"] = 5 - 2 * table["poorer"] + (table["approach"] == "social_work")
    >>> found = ps.adjusted_effects(table, "outcome", covariates="poorer").tidy()
    >>> found[["term", "arm", "estimate"]].round(6).values.tolist()
    [['mean', 'none', 4.0], ['mean', 'social_work', 5.0], ['effect', 'social_work', 1.0]]
    """
    return _adjusted(surveyed(table, cluster), outcome, arm, listed(covariates), base, model, least)


@by_replicates
def _adjusted(svy, outcome, arm, covariates, base, model, least):
    at = arms_of(svy, arm, covariates, base, [outcome])
    means = _means(at, outcome, model, least)
    size = len(at.names)
    effects = np.vstack([-np.ones(size - 1), np.eye(size - 1)])
    return _with(means, {"effect": (at.names[1:], effects)})


def two_by_two(table, outcome, money="platform", skill="social_work", covariates=(), *,
               cluster=None, model="linear", least=_LEAST):  # fmt: skip
    """Ask whether two kinds of help give more together than the sum of each alone.

    Parameters
    ----------
    table, outcome, covariates, cluster, model, least
        As for `adjusted_effects`.
    money, skill : str
        Columns of 1 (or true) and 0: who had the one, who had the other.

    Returns
    -------
    Estimates
        By ``arm`` (neither, the names of the two columns, both): the terms ``mean``, ``effect``
        (minus the mean of neither), and ``interaction``: the effect of both minus the sum of the
        effects of each alone, in units of the outcome.

    Raises
    ------
    DataError
        As `adjusted_effects`; if a mark is not 0 or 1, or a cell has no rows.
    DesignError
        As `adjusted_effects`.

    Notes
    -----
    Interaction is on the additive scale, the one that tells whether a budget does more when
    both are given to the same people (VanderWeele and Knol 2014): on the scale of logarithms
    its sign can be another. Without covariates the means are those of the four cells. It is an
    effect only if both were drawn by lot, or nothing that moves them and the outcome was left
    out.

    References
    ----------
    VanderWeele, T., Knol, M. (2014), A tutorial on interaction, Epidemiologic Methods 3.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"platform": [0, 0, 1, 1] * 2, "social_work": [0, 1] * 4,
    ...                       "income": [10, 11, 12, 16, 12, 13, 14, 18]})
    >>> found = ps.two_by_two(table, "income").tidy().set_index(["term", "arm"])
    >>> found.loc[("interaction", "both"), "estimate"].round(6).item()
    3.0
    """
    svy = surveyed(table, cluster)
    return _crossed(svy, outcome, money, skill, listed(covariates), model, least)


@by_replicates
def _crossed(svy, outcome, money, skill, covariates, model, least):
    svy = svy.in_memory([outcome, money, skill, *covariates])
    refuse_odd(svy, [money, skill], ("yes", "no"))
    if money == skill:
        raise DataError("Two kinds of help are two columns.", found=money,
                        remedy="name another column")  # fmt: skip
    one, two = svy.rows[money], svy.rows[skill]
    code = np.where(np.isfinite(one + two), one + 2 * two, -1).astype(int)
    names = ["neither", str(money), str(skill), "both"]
    at = with_arms(svy, code, names, f"{money} or {skill}", covariates, [outcome])
    means = _means(at, outcome, model, least)
    effects = np.vstack([-np.ones(3), np.eye(3)])
    interaction = np.array([[1.0], [-1], [-1], [1]])
    return _with(means, {"effect": (names[1:], effects), "interaction": (["both"], interaction)})


def _means(at, outcome, model, least):
    """Mean under each arm, with influences: those of both models are in them."""
    svy, x, w, y = at.svy, at.x, at.weights, _outcome(at, outcome, model)
    need_share("least", least, _LEAST, ends=(0,))
    _refuse_small(at)
    _refuse_perfect(at, y, outcome)
    chances, of_chances = at.chances
    _refuse_apart(at, chances, least)
    count, size = len(at.names), x.shape[1]
    seen = at.code[:, None] == np.arange(count)
    moved = seen[:, 1:] - chances[:, 1:]
    influences, values = {}, []
    for a, inside in enumerate(at.inside):
        fitted, slope, inverse = _regression(x, y, w, inside, model)
        over, rest = seen[:, a] / chances[:, a], y - fitted
        value = fitted + over * rest
        values.append(w @ value)
        by_regression = inverse @ (x.T @ (w * slope * (1 - over)))
        pull = (w * over * rest)[:, None] * ((np.arange(1, count) == a) - chances[:, 1:])
        by_chances = (of_chances @ -(x.T @ pull).T.ravel()).reshape(count - 1, size)
        influence = value - values[-1] + seen[:, a] * rest * (x @ by_regression)
        influence += ((x @ by_chances.T) * moved).sum(axis=1)
        influences[a] = np.where(at.code >= 0, influence, 0.0)
    whole = svy.weights[at.code >= 0].sum()
    found = svy.cells([], at.needed, lambda row: {a: x / whole for a, x in influences.items()})
    one = np.ones(1)
    terms = [Term("mean", np.array([value]), {a: one}) for a, value in enumerate(values)]
    made = estimates(svy, found, terms)
    rows = [int(inside.sum()) for inside in at.inside]
    return replace(made, dropped=at.dropped, simple=None, table=pd.DataFrame({
        "term": "mean", "arm": at.names, "estimate": values, "n": rows, "population": whole,
    }))  # fmt: skip


def _with(means, more):
    """The means, and combinations of them by term."""
    table, gradients = means.table, [np.eye(len(means))]
    tables = [table]
    for term, (names, gradient) in more.items():
        rows = (gradient != 0).T @ table["n"].to_numpy()
        tables.append(pd.DataFrame({
            "term": term, "arm": names, "estimate": table["estimate"].to_numpy() @ gradient,
            "n": rows, "population": table["population"].iloc[0],
        }))  # fmt: skip
        gradients.append(gradient)
    return means.combine(pd.concat(tables, ignore_index=True), np.hstack(gradients))


def _outcome(at, outcome, model):
    if model not in ("linear", "logit"):
        raise DataError("The outcome's regression is linear or logit.", found=model,
                        remedy='model="linear"')  # fmt: skip
    if model == "logit":
        refuse_odd(at.svy, [outcome], ("yes", "no"))
    y = np.where(at.code >= 0, at.svy.rows[outcome], 0.0)
    kept = y[at.weights > 0]
    if np.ptp(kept) == 0:
        raise DataError("The outcome is the same for all: no help can have moved it.",
                        where=f"column {outcome}", found=kept[0],
                        remedy="outcome= a column that differs between households")  # fmt: skip
    return y


def _refuse_small(at):
    layout, size = at.svy.layout, at.x.shape[1]
    unit = at.svy.rows.codes([*layout.strata, *layout.psu])[0] if layout.psu else None
    for name, inside in zip(at.names, at.inside, strict=True):
        inside = inside & (at.weights > 0)
        rows = int(inside.sum())
        if rows <= size:
            raise DataError(
                "An arm has no more rows than its regression has coefficients.",
                where=f"arm {name!r}", found=f"{rows} rows, {size} coefficients",
                remedy="name fewer covariates, or leave that arm out",
            )  # fmt: skip
        if unit is not None and len(np.unique(unit[inside])) < 2:
            raise DesignError(
                "An arm has one cluster: what is peculiar to it cannot be told from the effect.",
                where=f"arm {name!r}, column {', '.join(layout.psu)}", found=f"{rows} rows",
                remedy="leave that arm out: table = table[table[arm] != ...]",
            )  # fmt: skip


def _refuse_perfect(at, y, outcome):
    within = [np.ptp(y[inside & (at.weights > 0)]) for inside in at.inside]
    if max(within) <= ROUNDING * np.abs(y[at.weights > 0]).max():
        raise DataError("The outcome is the arm itself: nothing is left over for an error.",
                        where=f"column {outcome}", found=f"one value in each of {len(within)} arms",
                        remedy="outcome= a column that differs within arms")  # fmt: skip


def _refuse_apart(at, chances, least):
    low = (chances < least) & (at.weights > 0)[:, None]
    if low.any():
        row, a = np.argwhere(low)[0]
        raise DataError(
            f"The arms do not overlap: {low.any(axis=1).sum():,} rows have a chance of less than "
            f"{least:g} of an arm, so there is next to nobody like them in it.",
            where=f"arm {at.names[a]!r}, {at.svy.rows.place(row)}",
            found=f"chance {chances[row, a]:.2g}; lowest by arm: "
            + ", ".join(f"{name} {one:.2g}" for name, one in
                        zip(at.names, chances[at.weights > 0].min(axis=0), strict=True)),
            remedy="look at ps.overlap(table, covariates), keep the rows of ps.propensities() "
            "that could have had every arm, and say so: the effect is theirs alone; or a lower least=",
        )  # fmt: skip


def _regression(x, y, w, inside, model):
    """Fitted outcome of all rows, its slope by the linear part, and the inverse information."""
    own, of = x[inside], w[inside]
    if model == "linear":
        inverse = np.linalg.pinv((own.T * of) @ own, hermitian=True)
        return x @ (inverse @ (own.T @ (of * y[inside]))), 1.0, inverse
    level = y[inside].astype(int)
    if np.ptp(level) == 0:  # all have it, or none: so it is for everybody
        return np.full(len(x), float(level[0])), 0.0, np.zeros((x.shape[1], x.shape[1]))
    _, inverse, slopes = multinomial(own, level, of)
    fitted = 1 / (1 + np.exp(-(x @ slopes[0])))
    return fitted, fitted * (1 - fitted), inverse


# What was left out --------------------------------------------------------------------


def robustness_value(table, outcome, treatment, covariates=(), *, level=0.95):
    """Tell how strong something left out must be to overturn an adjusted effect.

    Parameters
    ----------
    table : DataFrame
        A row for each household.
    outcome, treatment : str
        Columns of numbers; the treatment is 1 (or true) and 0.
    covariates : str or list of str
        Columns from before the help: numbers or marks.
    level : float
        Of the interval that is to hold zero, for ``robustness_of_interval``.

    Returns
    -------
    DataFrame
        First the effect, with ``partial_r2`` (1, as the robustness value, where nothing is left
        over; of the treatment with the outcome),
        ``robustness_value``: what is left out must explain at least this share of what the
        covariates leave open both of the treatment and of the outcome, to bring the estimate
        to zero; and ``robustness_of_interval``: the same for an interval that reaches zero.
        Then, for each covariate, something as strong as it: ``of_treatment`` and
        ``of_outcome``, the shares that it would explain, and ``estimate`` if it were there.

    Raises
    ------
    DataError
        As `trial_effects`.

    Notes
    -----
    Exact algebra of least squares; nothing is assumed of the model's truth. For an interval that
    reaches zero the worst is looked for among all shares of the outcome up to the value (of few
    rows the worst explains less of it, as what is left over makes the error). The interval is of
    the usual kind (one variance, no clusters): with clusters it is overturned by less.

    References
    ----------
    Cinelli, C., Hazlett, C. (2020), Making sense of sensitivity: extending omitted variable
    bias, Journal of the Royal Statistical Society B 82.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 2, 3, 4, 3, 4, 5, 6], "helped": [0] * 4 + [1] * 4})
    >>> ps.robustness_value(table, "income", "helped")["robustness_value"].round(3).tolist()
    [0.58]
    """
    covariates = listed(covariates)
    need_numbers(table, [treatment, outcome, *covariates], covariates=covariates)
    tell_codes(table, [outcome, *covariates])
    treated, y = arm_marks(table, treatment), table[outcome].to_numpy(dtype=float)
    rest = np.column_stack([np.ones(len(table)), table[covariates].to_numpy(dtype=float)])
    labels = [treatment, "the constant", *covariates]
    x = np.column_stack([treated, rest])
    slopes, t, df = _usual(x, y, labels)
    if df < 2:
        raise DataError("There are too few rows.", found=f"{len(table)} rows, {x.shape[1]} "
                        "coefficients", remedy="name fewer covariates")  # fmt: skip
    partial = _part(t, df)
    size, estimate = np.abs(t[0]) / np.sqrt(df), slopes[0]
    least = reach_of(level, df - 1) / np.sqrt(df - 1)
    rows = [{
        "term": "effect", "estimate": estimate, "partial_r2": partial[0],
        "robustness_value": _robustness(size), "robustness_of_interval": _robustness(size, least),
    }]  # fmt: skip
    of_treatment = _usual(rest, treated, labels[1:])[1] if covariates else np.zeros(1)
    of_treatment = _part(of_treatment, df + 1)
    for j, name in enumerate(covariates, 1):
        one, two = of_treatment[j], partial[j + 1]
        by_treatment = one / (1 - one) if one < 1 else np.inf
        apart = by_treatment**2
        if not (by_treatment < 1 and apart < 1):
            by_treatment = by_outcome = moved = np.nan  # nothing can be as strong as that
        else:
            open_still = two / (1 - two) if two < 1 else np.inf
            by_outcome = min((1 + np.sqrt(apart)) ** 2 / (1 - apart) * open_still, 1.0)
            bias = np.sqrt(by_outcome * by_treatment / (1 - by_treatment)) / (size or 1.0)
            moved = estimate * (1 - bias) if size > 0 else estimate
        rows.append({"term": f"as strong as {name}", "estimate": moved,
                     "of_treatment": by_treatment, "of_outcome": by_outcome})  # fmt: skip
    return handed_on(pd.DataFrame(rows).assign(n=len(table), data_status=status_of(table)), table)


def _usual(x, y, labels):
    """Coefficients with t of the usual kind, and residual degrees of freedom."""
    from statsmodels.regression.linear_model import OLS

    refuse_repeating(x, labels)
    with np.errstate(divide="ignore", invalid="ignore"):
        fit = OLS(y, x).fit()
        t = fit.tvalues
    largest = ROUNDING * np.abs(y).max()
    if np.abs(fit.resid).max() <= largest:  # nothing is left over: each explains all, or nothing
        t = np.where(np.abs(fit.params) * np.abs(x).max(axis=0) > largest, np.inf, 0.0)
    return fit.params, t, int(fit.df_resid)


def _part(t, df):
    """Share of what is left open that a coefficient with this t explains."""
    with np.errstate(divide="ignore"):
        return 1 / (1 + df / t**2)


def _robustness(size, least=0.0):
    """Share of both that brings the partial f of the treatment from its size to a least one.

    To explain all of the outcome that it may is not always the most that something left out can
    do: it also makes the error small. Where size times least is more than 1, less is more.
    """
    if size <= least:
        return 0.0
    if 1 / size < least:
        return 1 - (1 + least**2) / (1 + size**2)
    size = size - least
    return 2 / (1 + np.sqrt(1 + 4 / size**2))  # (sqrt(size^4 + 4 size^2) - size^2) / 2
