"""Who got which help, and are those who got it like those who did not: balance and overlap.

Chances of each arm given the covariates (propensities) by a multinomial logit, with the weights
of the survey. `adjustment` makes effects from them; here they are looked at.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..base.checks import listed, mean, nearest
from ..base.errors import DataError
from ..base.status import handed_on
from ..survey.models.logit import multinomial
from ..survey.models.reading import refuse_own
from ..survey.survey import Survey

_SHARES = {"lowest": 0.0, "percentile_1": 0.01, "median": 0.5, "highest": 1.0}


def surveyed(table, cluster=None, weight=None):
    """A table with its clusters and weights as a `Survey`; a `Survey` as it is."""
    if not isinstance(table, Survey):
        return Survey(table, weight=weight, psu=cluster)
    refuse_own(table, cluster, weight)
    return table


@dataclass(frozen=True)
class Arms:
    """Rows with their arms and covariates.

    Attributes
    ----------
    svy : Survey
        In memory.
    names : list
        Arms; the first is the base.
    code : ndarray of int
        Arm of each row; -1 for none.
    x : ndarray, rows x columns
        A one, and the covariates, centred and scaled; text as marks of its values.
    labels : list of str
        What the columns of ``x`` are called, without the one.
    weights : ndarray of float
        They add up to 1; those of rows left out are 0.
    needed : list of str
        Columns of numbers that a row must have.
    dropped : int
        Rows left out.
    """

    svy: Survey
    names: list
    code: np.ndarray
    x: np.ndarray
    labels: list
    weights: np.ndarray
    needed: list
    dropped: int

    @cached_property
    def inside(self):
        """Rows that count, by arm."""
        return [(self.code == a) & (self.weights > 0) for a in range(len(self.names))]

    @cached_property
    def chances(self):
        """Propensities, rows x arms, and the inverse of the information they come from."""
        return multinomial(self.x, self.code, self.weights, len(self.names))[:2]


def arms_of(svy, arm, covariates, base, outcome=()):
    """Arms by a column, base first; see `Arms`."""
    columns, svy = svy.rows.columns, svy.in_memory([arm, *outcome, *covariates])
    code, table = svy.rows.codes([arm])
    code, order = arm_codes(code, table[arm].tolist(), arm, base, columns)
    return with_arms(svy, code, order, arm, covariates, outcome)


def arm_codes(code, names, arm, base, columns=()):
    """Codes of arms, base first, and their names in this order."""
    if base not in names:
        raise DataError("The base is no arm of the table." + mean(nearest(base, names)),
                        where=f"column {arm}", found=base, remedy=f"base= one of {names[:10]}")  # fmt: skip
    if not 2 <= len(names) <= 20:
        raise DataError("Arms are compared with each other: there are two or a few more.",
                        where=f"column {arm}", found=f"{len(names)} values",
                        remedy='arm="approach"' if arm != "approach" in columns
                        else "arm= a column of 2 to 20 arms, or join some of them")  # fmt: skip
    order = [base, *(one for one in names if one != base)]
    return np.array([order.index(one) for one in names] + [-1])[code], order


def with_arms(svy, code, names, arm, covariates, outcome=()):
    """Rows that have an arm, the outcome and all covariates; see `Arms`."""
    rows, refuse = svy.rows, svy.missing == "refuse"
    twice = {arm, *outcome} & set(covariates)
    if twice or len(set(covariates)) < len(covariates):
        raise DataError("A covariate is named once, and is neither the arm nor the outcome.",
                        found=", ".join(map(str, twice or covariates)),
                        remedy="covariates= columns from before the help")  # fmt: skip
    good, parts, needed = code >= 0, {}, list(outcome)
    if refuse and not good.all():
        rows.refuse_values(arm, int((~good).sum()), f"column {arm}, {rows.place(np.argmin(good))}")
    for name in covariates:
        kind = rows.key(name)
        if pd.api.types.is_numeric_dtype(kind):
            needed.append(name)
            parts[str(name)] = rows[name]
            continue
        own, levels = rows.codes([name])
        if refuse and (own < 0).any():
            where = f"column {name}, {rows.place(np.argmin(own))}"
            rows.refuse_values(name, int((own < 0).sum()), where)
        good &= own >= 0
        for at, level in list(enumerate(levels[name]))[1:]:
            parts[f"{name}: {level}"] = (own == at).astype(float)
    whole = rows.good(needed, refuse)
    good = good if whole is None else good & whole
    weights = np.where(good, rows.weights, 0.0)
    if not weights.sum() > 0:
        raise DataError("No row has an arm, all values and a weight.",
                        remedy="look at the missing values of the columns that are named")  # fmt: skip
    weights = weights / weights.sum()
    x = np.ones((len(parts) + 1, len(rows))).T  # sums over rows are quicker so
    for at, values in enumerate(parts.values(), 1):
        values = np.where(good, values, 0.0)
        centre = weights @ values
        spread = np.sqrt(weights @ (values - centre) ** 2)
        x[:, at] = (values - centre) / spread if spread > 1e-12 * abs(centre) else 0.0
    x[~good] = 0
    _refuse_repeating(x * np.sqrt(weights)[:, None], list(parts))
    return Arms(svy, names, np.where(good, code, -1), x, list(parts), weights, needed,
                int((~good).sum()))  # fmt: skip


def _refuse_repeating(x, labels):
    own = np.abs(np.diag(np.linalg.qr(x, mode="r"))) if len(x) >= x.shape[1] else np.zeros(1)
    if own.min() < 1e-7:
        raise DataError(
            "A covariate says nothing that the others do not say: it is constant, or made of them.",
            found=["the constant", *labels][int(np.argmin(own))], remedy="leave it out",
        )  # fmt: skip


# Looked at ----------------------------------------------------------------------------


def propensities(table, covariates, arm="approach", *, base="none"):
    """Estimate the chance of each arm for each row, given its covariates.

    Parameters
    ----------
    table : DataFrame or Survey
        Households; weights of a survey count.
    covariates : str or list of str
        Columns from before the help: numbers, marks or words.
    arm : str
        Column of arms.
    base : object
        The arm that others are compared with.

    Returns
    -------
    DataFrame
        ``arm`` (which the row has), ``weight``, and a column for each arm with its chance;
        rows that lack a value are left out (see ``missing`` of `Survey`). The index is that
        of a pandas table.

    Raises
    ------
    DataError
        If the base is no arm, or a covariate is constant or made of the others.

    References
    ----------
    Imbens, G. (2000), The role of the propensity score in estimating dose-response functions,
    Biometrika 87.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"approach": ["none", "none", "none", "social_work"] * 5})
    >>> ps.propensities(table, [])["social_work"].round(3).unique().tolist()
    [0.25]
    """
    at = arms_of(surveyed(table), arm, listed(covariates), base)
    chances, kept = at.chances[0], at.code >= 0
    made = pd.DataFrame(chances[kept], columns=list(map(str, at.names)))
    made.insert(0, "arm", np.array(list(map(str, at.names)), dtype=object)[at.code[kept]])
    made.insert(1, "weight", at.svy.weights[kept])
    data = at.svy.rows.table
    if isinstance(data, pd.DataFrame):
        made.index = data.index[kept]
    return handed_on(made, at.svy)


def overlap(table, covariates, arm="approach", *, base="none"):
    """Tell how far the arms overlap: the chances of each arm, and what its rows are worth.

    Parameters
    ----------
    table, covariates, arm, base
        As for `propensities`.

    Returns
    -------
    DataFrame
        A row for each arm: its size ``n``; the ``lowest``, ``percentile_1``, ``median`` and
        ``highest`` chance of it among all rows; ``below``, rows with a chance under 0.01, of
        whom the arm tells next to nothing; ``effective_n``, what ``n`` is worth after weighting
        by one over the chance (Kish).

    Raises
    ------
    DataError
        As `propensities`.

    References
    ----------
    Kish, L. (1965), Survey Sampling, Wiley. Crump, R., Hotz, J., Imbens, G., Mitnik, O. (2009),
    Dealing with limited overlap in estimation of average treatment effects, Biometrika 96.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"approach": ["none", "none", "none", "social_work"] * 5})
    >>> ps.overlap(table, [])[["arm", "n", "median", "effective_n"]].round(6).values.tolist()
    [['none', 15, 0.75, 15.0], ['social_work', 5, 0.25, 5.0]]
    """
    at = arms_of(surveyed(table), arm, listed(covariates), base)
    chances, kept = at.chances[0], at.weights > 0
    rows = []
    for a, name in enumerate(at.names):
        own, inside = chances[kept, a], at.inside[a]
        told = dict(zip(_SHARES, np.quantile(own, list(_SHARES.values())).round(12), strict=True))
        rows.append({
            "arm": name, "n": int(inside.sum()), **told, "below": int((own < 0.01).sum()),
            "effective_n": _effective(at.weights[inside] / chances[inside, a]),
        })  # fmt: skip
    return handed_on(pd.DataFrame(rows), at.svy)


def balance(table, covariates, arm="approach", *, base="none"):
    """Compare the covariates of each arm with those of the base, before and after weighting.

    Parameters
    ----------
    table, covariates, arm, base
        As for `propensities`.

    Returns
    -------
    DataFrame
        A row for each arm and covariate (a value of it, where it is text): ``difference``, the
        standardised mean difference from the base, and ``adjusted``, the same after weighting
        by one over the chance of the arm; ``variance_ratio`` and ``adjusted_variance_ratio``.

    Raises
    ------
    DataError
        As `propensities`; if no covariate is named.

    Notes
    -----
    Differences are over the root of the mean of the two variances before weighting, so that
    weighting moves the mean alone. Above 0.1 is often called unbalanced; it is a habit, not a
    test. Balance in what was recorded says nothing about what was not: see `robustness_value`,
    and ask `adjusted_effects` for an outcome from before the help, whose effect is zero (a
    negative control).

    References
    ----------
    Austin, P. (2009), Balance diagnostics for comparing the distribution of baseline covariates
    between treatment groups in propensity-score matched samples, Statistics in Medicine 28.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"approach": ["none"] * 4 + ["social_work"] * 4,
    ...                       "assets": [1.0, 2, 3, 4, 2, 3, 4, 5]})
    >>> ps.balance(table, "assets")[["arm", "difference"]].round(3).values.tolist()
    [['social_work', 0.894]]
    """
    at = arms_of(surveyed(table), arm, listed(covariates), base)
    if not at.labels:
        there = [one for one in at.svy.rows.columns if one != arm]
        raise DataError("There is nothing to compare.", found="no covariates",
                        remedy=f"covariates={there[:5]!r}  # those from before the help")  # fmt: skip
    chances = at.chances[0]

    def moments(weighting):
        made = []
        for a, inside in enumerate(at.inside):
            w = at.weights[inside] / (chances[inside, a] if weighting else 1)
            x = at.x[inside, 1:]
            mean = w @ x / w.sum()
            made.append((mean, w @ (x - mean) ** 2 / w.sum()))
        return made

    before, after, tables = moments(False), moments(True), []
    for a in range(1, len(at.names)):
        spread = np.sqrt((before[a][1] + before[0][1]) / 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            tables.append(pd.DataFrame({
                "arm": at.names[a], "covariate": at.labels,
                "difference": (before[a][0] - before[0][0]) / spread,
                "adjusted": (after[a][0] - after[0][0]) / spread,
                "variance_ratio": before[a][1] / before[0][1],
                "adjusted_variance_ratio": after[a][1] / after[0][1],
            }))  # fmt: skip
    return handed_on(pd.concat(tables, ignore_index=True), at.svy)


def _effective(weights):
    return float(weights.sum() ** 2 / (weights**2).sum())
