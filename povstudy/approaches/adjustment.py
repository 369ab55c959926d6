"""Effects in one wave where help was not drawn by lot: adjusted for what was recorded before.

Augmented inverse-probability weighting for several arms at once. The influences of all arms are
kept, so that differences between arms have the errors of one joint fit.
"""

from dataclasses import fields, replace

import numpy as np
import pandas as pd

from ..base.checks import listed, need_one_of, need_share
from ..base.errors import DataError, DesignError
from ..survey.estimates import Estimates, by_replicates
from ..survey.linear import Term, estimates, refuse_odd
from ..survey.models.logit import multinomial
from ..survey.shares import reach_of
from .balances import arms_of, surveyed, with_arms
from .trials import ROUNDING

_LEAST = 0.01
_SCALES = {  # term, value of a mean without and one with help, and its derivatives by both
    "difference": ("effect", lambda a, b: (b - a, (-1.0, 1.0))),
    "ratio": ("ratio", lambda a, b: (b / a, (-b / a**2, 1 / a))),
    "odds": ("odds ratio", lambda a, b: (
        b * (1 - a) / (a * (1 - b)), (-b / (1 - b) / a**2, (1 - a) / a / (1 - b) ** 2))),
}  # fmt: skip


def adjusted_effects(table, outcome, arm="approach", covariates=(), *, base="none", cluster=None,
                     model="linear", estimand="ate", scale="difference", least=_LEAST):  # fmt: skip
    """Estimate the mean outcome under each arm and its effect, adjusted for covariates.

    Parameters
    ----------
    table : DataFrame or Survey
        Households in one wave; a survey brings its weights, strata and sampling units.
    outcome : str or list of str
        Column of the outcome; of several, a column ``outcome`` tells whose row it is, and all of
        them have one covariance.
    arm : str
        Column of arms, such as none, administrative, social_work, both; or of 1 and 0, with
        ``base=0``.
    covariates : str or list of str
        Columns from before the help: numbers, marks or words.
    base : object
        The arm that others are compared with.
    cluster : str, optional
        Column of clusters of a table, such as ``"village"``, where help is given by cluster.
    model : {"linear", "logit"}
        Regression of the outcome in each arm; logit takes outcomes of 0 and 1.
    estimand : {"ate", "att"}
        Whose effect: that of all households, if all of them had the arm; or of those who had it
        (on the treated).
    scale : {"difference", "ratio", "odds"}
        What is made of two means: one minus the other, one over the other, or the odds of one
        over those of the other.
    least : float
        Chances of an arm below this are refused: there is nobody to compare with. For ``"att"``
        it is the chance of the base that counts.

    Returns
    -------
    Estimates
        The terms ``mean`` (of all households, if all had the arm) and ``effect`` (minus the
        mean under the base), or ``ratio`` or ``odds ratio``, by ``arm``; ``n`` are the rows of
        the arms that are compared, ``population`` is the weight of all rows. On the treated,
        ``mean`` is that of those who had the arm, ``mean without`` what theirs would be under the
        base, and ``population`` their weight. ``.contrast("arm", "social_work",
        "administrative")`` gives the difference of two arms.

    Raises
    ------
    DataError
        If the arms do not overlap, the base is no arm, or a value is missing; if a mean is not
        above 0 (or, for odds, not below 1), so that there is no ratio.
    DesignError
        If an arm has one cluster: what is peculiar to it cannot be told from the effect.

    Notes
    -----
    The mean under arm a is the mean of m_a(x) + 1(arm = a) (y - m_a(x)) / e_a(x), with m_a the
    regression in the arm and e_a its chance by a multinomial logit. It is right if either model
    is right and nothing that moves both help and outcome was left out. Errors are those of all
    estimating equations together: those of both models are in them, so that they too hold if
    one of the models is wrong. Units are clusters, by G/(G-1); df are clusters minus strata.

    On the treated, the mean without help of those in arm a is that of 1(arm = a) m_0(x) +
    1(arm = base) (y - m_0(x)) e_a(x) / e_0(x), over the share of arm a. Ratios have intervals
    that are symmetric for their logarithm (delta method), so that they stay above 0, and a
    ``p_value`` of a true ratio of 1; a contrast of two ratios is a difference.

    References
    ----------
    Robins, J., Rotnitzky, A., Zhao, L. (1994), Estimation of regression coefficients when some
    regressors are not always observed, Journal of the American Statistical Association 89.
    Cattaneo, M. (2010), Efficient semiparametric estimation of multi-valued treatment effects
    under ignorability, Journal of Econometrics 155. Moodie, E., Saarela, O., Stephens, D. (2018),
    A doubly robust weighting estimator of the average treatment effect on the treated, Stat 7. Stefanski, L., Boos, D. (2002), The
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
    need_one_of("estimand", estimand, ("ate", "att"))
    need_one_of("scale", scale, tuple(_SCALES))
    need_one_of("model", model, ("linear", "logit"))
    return _adjusted(surveyed(table, cluster), outcome, arm, listed(covariates), base, model,
                     estimand == "att", scale, least)  # fmt: skip


@by_replicates
def _adjusted(svy, outcome, arm, covariates, base, model, treated, scale, least):
    outcomes = listed(outcome)
    if len(set(outcomes)) < len(outcomes):
        raise DataError("An outcome is named twice.", found=", ".join(map(str, outcomes)),
                        remedy="name each once")  # fmt: skip
    at = arms_of(svy, arm, covariates, base, outcomes)
    means, size = _means(at, outcomes, model, least, treated), len(at.names) - 1
    pairs = [(size + a, a) for a in range(size)] if treated else [(0, a + 1) for a in range(size)]
    rows = len(means) // len(outcomes)
    more = [_compared(means, rows * k + one, rows * k + two, scale)
            for k in range(len(outcomes)) for one, two in pairs]  # fmt: skip
    made = _with(means, more)
    if scale != "difference":
        made = Ratios(**{one.name: getattr(made, one.name) for one in fields(made)})
    return made if isinstance(outcome, (list, tuple)) else _of_one(made)


def _compared(means, without, under, scale):
    """What is made of a mean without help and one under an arm: told, value, derivatives."""
    table, (term, make) = means.table, _SCALES[scale]
    one, two = table["estimate"].iloc[[without, under]]
    if scale != "difference" and not (
        min(one, two) > 0 and (scale == "ratio" or max(one, two) < 1)
    ):
        raise DataError(
            "A mean is not above 0: there is no ratio." if scale == "ratio"
            else "A mean is not between 0 and 1: there are no odds.",
            where=f"arm {table['arm'].iloc[under]!r}", found=f"means {one:g} and {two:g}",
            remedy='scale="difference"',
        )  # fmt: skip
    value, slopes = make(one, two)
    told = table.iloc[under][["outcome", "arm", "population"]].to_dict()
    return told | {"term": term, "estimate": value}, dict(
        zip((without, under), slopes, strict=True)
    )


class Ratios(Estimates):
    """Means, and ratios of them: these are set against 1, on the scale of their logarithm."""

    @property
    def _ratio(self):
        return self.table["term"].isin(["ratio", "odds ratio"]).to_numpy()

    def _ends(self, level, errors, df):
        ends, ratio = super()._ends(level, errors, df), self._ratio
        value = self.table["estimate"].to_numpy(dtype=float)
        away = np.exp(reach_of(level, df) * errors / np.where(ratio, value, 1))
        return [
            np.where(ratio, made, end)
            for made, end in zip((value / away, value * away), ends, strict=True)
        ]

    def tidy(self, level=0.95):
        """As of `Estimates.tidy`, with ``p_value``: of a ratio of 1, or a mean of 0."""
        from scipy import stats

        made, ratio = super().tidy(level), self._ratio
        value = np.where(ratio, made["estimate"], 1)
        t = np.where(ratio, np.log(value), made["estimate"]) * value / made["std_error"]
        made.insert(made.columns.get_loc("n"), "p_value", 2 * stats.t.sf(np.abs(t), made["df"]))
        return made

    def combine(self, table, gradient, apart=False):
        """As of `Estimates.combine`: differences of ratios are no ratios, and set against 0."""
        made = super().combine(table, gradient, apart)
        return Estimates(**{one.name: getattr(made, one.name) for one in fields(made)})


def _of_one(made):
    """Without a column that says the same of all rows."""
    return replace(made, table=made.table.drop(columns="outcome"))


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
    need_one_of("model", model, ("linear", "logit"))
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
    means = _means(at, [outcome], model, least)
    value = means.table["estimate"].to_numpy()
    made = [
        ({"term": "effect", "arm": name}, {0: -1.0, a: 1.0}) for a, name in enumerate(names) if a
    ]
    made.append(({"term": "interaction", "arm": "both"}, {0: 1.0, 1: -1.0, 2: -1.0, 3: 1.0}))
    told = {"outcome": outcome, "population": means.table["population"].iloc[0]}
    return _of_one(_with(means, [
        (told | one | {"estimate": sum(value[at] * by for at, by in slopes.items())}, slopes)
        for one, slopes in made
    ]))  # fmt: skip


def _means(at, outcomes, model, least, treated=False):
    """Means under each arm (or of those who had it), with influences: both models' are in them."""
    svy = at.svy
    need_share("least", least, _LEAST, ends=(0,))
    _refuse_small(at)
    _refuse_apart(at, at.chances[0], least, treated)
    influences, rows = {}, []
    whole = svy.weights[at.code >= 0].sum()
    for outcome in outcomes:
        y = _outcome(at, outcome, model)
        _refuse_perfect(at, y, outcome)
        for told, value, influence in (_of_those if treated else _of_all)(at, y, model):
            influences[len(rows)] = np.where(at.code >= 0, influence, 0.0)
            told["population"] = whole * told.get("population", 1.0)
            rows.append(told | {"outcome": outcome, "estimate": value})
    found = svy.cells([], at.needed, lambda row: {a: x / whole for a, x in influences.items()})
    one = np.ones(1)
    terms = [Term("mean", np.array([row["estimate"]]), {a: one}) for a, row in enumerate(rows)]
    return replace(
        estimates(svy, found, terms), dropped=at.dropped, simple=None,
        table=pd.DataFrame(rows)[["term", "outcome", "arm", "estimate", "n", "population"]],
    )  # fmt: skip


def _of_all(at, y, model):
    """Mean of all households under each arm: what it is called, its value, influences."""
    x, w, (chances, of_chances) = at.x, at.weights, at.chances
    count, size = len(at.names), x.shape[1]
    seen = at.code[:, None] == np.arange(count)
    moved = seen[:, 1:] - chances[:, 1:]
    for a, inside in enumerate(at.inside):
        fitted, slope, inverse = _regression(x, y, w, inside, model)
        over, rest = seen[:, a] / chances[:, a], y - fitted
        each = fitted + over * rest
        value = w @ each
        by_regression = inverse @ (x.T @ (w * slope * (1 - over)))
        pull = (w * over * rest)[:, None] * ((np.arange(1, count) == a) - chances[:, 1:])
        by_chances = (of_chances @ -(x.T @ pull).T.ravel()).reshape(count - 1, size)
        influence = each - value + seen[:, a] * rest * (x @ by_regression)
        influence += ((x @ by_chances.T) * moved).sum(axis=1)
        yield {"term": "mean", "arm": at.names[a], "n": int(inside.sum())}, value, influence


def _of_those(at, y, model):
    """Means of those who had each arm: as it is, then what it would be under the base."""
    x, w, (chances, of_chances) = at.x, at.weights, at.chances
    seen = (at.code[:, None] == np.arange(len(at.names))) * 1.0
    shares = w @ seen
    for a, name in list(enumerate(at.names))[1:]:
        value = w @ (seen[:, a] * y) / shares[a]
        told = {"term": "mean", "arm": name, "n": int(at.inside[a].sum()), "population": shares[a]}
        yield told, value, seen[:, a] * (y - value) / shares[a]
    fitted, slope, inverse = _regression(x, y, w, at.inside[0], model)
    rest, moved = seen[:, 0] * (y - fitted), seen[:, 1:] - chances[:, 1:]
    for a, name in list(enumerate(at.names))[1:]:
        odds = chances[:, a] / chances[:, 0]
        value = w @ (seen[:, a] * fitted + odds * rest) / shares[a]
        by_regression = inverse @ (x.T @ (w * slope * (seen[:, a] - odds * seen[:, 0])))
        pull = np.zeros((x.shape[1], len(at.names) - 1))
        pull[:, a - 1] = x.T @ (w * odds * rest)
        by_chances = (of_chances @ pull.T.ravel()).reshape(pull.T.shape)
        influence = seen[:, a] * (fitted - value) + odds * rest + rest * (x @ by_regression)
        influence += ((x @ by_chances.T) * moved).sum(axis=1)
        told = {"term": "mean without", "arm": name, "n": int(at.inside[0].sum()),
                "population": shares[a]}  # fmt: skip
        yield told, value, influence / shares[a]


def _with(means, more):
    """The means, and what is made of them: what it is called, and derivatives by place."""
    table, gradient = means.table, np.zeros((len(means), len(more)))
    for k, (told, slopes) in enumerate(more):
        gradient[list(slopes), k] = list(slopes.values())
        told["n"] = table["n"].iloc[list(slopes)].sum()
    made = pd.concat([table, pd.DataFrame([told for told, _ in more])[table.columns]])
    return means.combine(made, np.hstack([np.eye(len(means)), gradient]))


def _outcome(at, outcome, model):
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


def _refuse_apart(at, chances, least, treated):
    low = (chances < least) & (at.weights > 0)[:, None]
    low[:, 1:] &= not treated  # who had an arm is compared with the base alone
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
            "that could have had every arm, and say so: the effect is theirs alone; or a lower least="
            + "; or estimand='att', if only those who were helped are asked for" * (not low[:, 0].any()),
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
