"""What depends on the ranks of incomes, and inequality: quantiles, shares, Gini, entropy.

Each measure comes with the influence of every row on it, so that its error respects the
design (Deville 1999).
"""

import re

import numpy as np

from ..base.checks import listed
from ..base.errors import DataError
from ..survey.estimates import by_replicates
from ..survey.linear import Term, estimates, share_of
from ..survey.negatives import tell_below_zero
from .inorder import QUARTILES, InOrder, refuse_mean
from .many import many

_SHARES = {"s80s20": (0.2, 0.2), "palma": (0.1, 0.4)}  # of the richest, of the poorest
_RANKED = ("gini", *_SHARES)
_NAMED = (*_RANKED, "mld", "theil")
_RATIOS = ("p90p10", "p90p50", "p50p10")  # those that are told; others are known too
_QUANTILES = re.compile(r"p([1-9][0-9]?)p([1-9][0-9]?)")
_FAMILY = re.compile(r"(ge|atkinson)\((-?[0-9]*\.?[0-9]+)\)")


@by_replicates
def inequality(svy, income, by=None, measures=("gini", "s80s20"), separately=False, total=False):
    """Estimate the inequality of incomes.

    Parameters
    ----------
    svy : Survey
        With its design.
    income : str, list of str, or dict
        Column of income per person. Several at once: a list, or a dict from the name that the
        answer says (in its column ``income``) to the column.
    by : str or list of str, optional
        Columns of domains.
    measures : sequence of str
        ``"gini"``; ``"s80s20"``, what the richest fifth has over what the poorest fifth has;
        ``"palma"``, the richest tenth over the poorest four tenths; ``"p90p10"``, ``"p90p50"`` and
        the like, one percentile over another;
        ``"mld"``, the mean log deviation; ``"theil"``; ``"ge(a)"``, generalised entropy, such as
        ``"ge(2)"``; ``"atkinson(e)"``, such as ``"atkinson(0.5)"``.
    separately, total : bool
        Each column of ``by`` by itself; a row for all rows too: as for `poverty`.

    Returns
    -------
    Estimates
        Gini and Atkinson from 0 to 1, not in percent; where incomes are negative, which is warned
        of, Gini may be more than 1.

    Raises
    ------
    DataError
        If a measure takes logarithms or powers that incomes of zero or less do not have, or
        the mean of a domain is not positive.

    Notes
    -----
    Zero and negative incomes: ``gini``, ``s80s20`` and ``palma`` take them as they are; ``theil`` and
    ``ge(a)`` with a > 0 and ``atkinson(e)`` with e < 1 take zeros; the others refuse both.
    Gini is twice the weighted covariance of income and rank over the mean, tied incomes at
    the middle of their ranks. ``s80s20`` and ``palma`` are ratios of
    two `income_shares`: a fifth holds a fifth of the weights, and tied incomes at its end are
    divided. Where whole rows are put into a fifth, as laeken does, equal incomes have a ratio of 0.
    Errors of ``p90p10`` need the density at both places (Gaussian kernel): of incomes told in
    round numbers they are not to be relied on.

    References
    ----------
    Deville, J.-C. (1999), Variance estimation for complex statistics and estimators, Survey
    Methodology 25. Langel, M., Tillé, Y. (2013), Variance estimation of the Gini index, Journal
    of the Royal Statistical Society A 176.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0]}))
    >>> ps.inequality(svy, "income", measures=["gini"]).tidy()["estimate"].tolist()
    [0.25]
    """
    measures = list(dict.fromkeys(map(str, listed(measures))))
    families, told = {one: family_of(one) for one in measures if not _is_ranked(one)}, {}

    def one(by, income):
        svy.rows.need([income])
        if income not in told:
            told[income] = tell_below_zero(svy, income)
        return _inequality(svy, income, by, measures, families)

    return many(one, by, separately, total, income=income)


def _inequality(svy, income, by, measures, families):
    """Inequality of one column of incomes."""
    ranked, of_rank = {}, lambda row: {}
    if len(families) < len(measures):
        asked = [one for one in measures if one not in families]
        rows = InOrder(svy, income, by, cuts=_cuts(asked), few=set(asked) <= set(_SHARES))
        rows.refuse_mean()
        ranked = {one: _ranked(rows, one) for one in asked}
        svy, of_rank = rows.spread({one: influence for one, (_, influence) in ranked.items()})
    refuse_incomes(svy, income, families)

    def terms(row):
        return {**of_rank(row), **power_terms(row[income], row, families)}

    found = svy.cells(by, [income], terms)
    if families:
        refuse_means(found, income)
    with np.errstate(all="ignore"):
        made = [
            Term(one, ranked[one][0], {one: np.ones(len(found.domains))})
            if one in ranked
            else Term(one, *_entropy(found, *families[one]))
            for one in measures
        ]
    known = found.n > 0
    beyond = [one.name for one in made if not np.isfinite(one.estimate[known]).all()]
    if beyond:
        raise DataError("The powers of these incomes are too large to be added up.",
                        where=f"column {income}", found=beyond[0],
                        remedy="a parameter nearer to 0, or incomes in a larger unit")  # fmt: skip
    return estimates(svy, found, made)


def _is_ranked(measure):
    return measure in _RANKED or _QUANTILES.fullmatch(measure)


def _cuts(measures):
    """Shares at whose quantiles the influences of these measures have a step."""
    made = []
    for one in measures:
        if one in _SHARES:
            made += [1 - _SHARES[one][0], _SHARES[one][1]]
        elif one != "gini":
            made += [*_percentiles(one), *QUARTILES]
    return list(dict.fromkeys(made))


def _percentiles(measure):
    return [int(one) / 100 for one in _QUANTILES.fullmatch(measure).groups()]


def _ranked(rows, measure):
    """A measure of the order of incomes, and its influences."""
    if measure == "gini":
        return rows.gini()
    if measure in _SHARES:
        return rows.share_ratio(*_SHARES[measure])
    return rows.quantile_ratio(*_percentiles(measure))


# Entropy and Atkinson -----------------------------------------------------------------


def refuse_incomes(svy, income, families, ranked=True):
    """Refuse incomes that a measure has no logarithm or power of; ranked ones may be a way out."""
    svy.rows.need([income])
    zeros = {(kind == "ge" and a > 0) or (kind == "atkinson" and a < 1): name
             for name, (kind, a) in families.items()}  # fmt: skip
    for zero, name in sorted(zeros.items()):
        below = lambda row, zero=zero: row[income] < 0 if zero else row[income] <= 0  # noqa: E731
        bad = svy.rows.first(income, below)
        if bad:
            others = "give weight 0 to these rows: the others keep the errors of the whole design"
            if ranked:
                others = 'measures=["gini", "s80s20"] take all incomes; or ' + others
            elif svy.rows.first(income, lambda row: row[income] < 0) is None:
                others = 'measures=["theil", "ge(2)"] take zeros; or ' + others
            raise DataError(
                f"{name} takes incomes {'of zero or more' if zero else 'of more than zero'} only.",
                where=bad[1], found=bad[2], remedy=others,
            )  # fmt: skip


def refuse_means(found, income):
    """Refuse domains whose mean, of the term "y", is not positive."""
    average = found.total("y") / found.population
    bad = np.flatnonzero((found.n > 0) & ~(average > 0))
    if len(bad):
        refuse_mean(income, found.domains.iloc[bad[0]], average[bad[0]])


def power_of(family, a):
    """Name of the term that a measure is a function of, and its power."""
    power = a if family == "ge" else 1 - a
    return "log" if power == 0 else "y log" if (family, a) == (
        "ge",
        1,
    ) else f"power {power!r}", power


def power_terms(y, row, families):
    """Terms whose means make up generalised entropy and Atkinson."""
    made = {"y": y} if families else {}
    for one in families.values():
        name, power = power_of(*one)
        if name == "log":
            made[name] = row.log(y)
        elif name == "y log":
            made[name] = y * row.log(row.where(y > 0, y, 1.0))
        else:
            made[name] = y * y if power == 2 else y**power
    return made


def _entropy(found, family, a):
    """Value of one measure, a function of two weighted means, and its slopes by the sums."""
    name, power = power_of(family, a)
    m, of_m = share_of(found, name)
    mu, of_mu = share_of(found, "y")
    if family == "atkinson":
        level = np.exp(m) if power == 0 else m ** (1 / power)
        by_m = -(level if power == 0 else level / (power * m)) / mu
        estimate, by_mu = 1 - level / mu, level / mu**2
    else:
        estimate, by_m, by_mu = entropy_of(power, m, mu)
    slopes = {name: by_m * of_m[name], "y": by_mu * of_mu["y"]}
    return estimate, {**slopes, "weight": by_m * of_m["weight"] + by_mu * of_mu["weight"]}


def entropy_of(power, m, mu):
    """Generalised entropy from the means of a power (or logarithm) and of incomes; slopes by both."""
    if power == 0:
        return np.log(mu) - m, -1.0, 1 / mu
    if power == 1:
        return m / mu - np.log(mu), 1 / mu, -m / mu**2 - 1 / mu
    scale = 1 / (power * (power - 1))
    by_m = scale / mu**power
    return by_m * m - scale, by_m, -power * by_m * m / mu


def family_of(measure):
    """Kind of a measure ("ge" or "atkinson"), and its parameter."""
    found = _FAMILY.fullmatch(str(measure))
    if measure in ("mld", "theil"):
        return "ge", 0.0 if measure == "mld" else 1.0
    if found and not (found[1] == "atkinson" and float(found[2]) <= 0) and len(measure) < 40:
        return found[1], float(found[2])
    raise DataError(
        "This measure of inequality is not known.",
        where="argument measures",
        found=measure,
        remedy=f"one of {[*_NAMED, *_RATIOS, 'ge(2)', 'atkinson(0.5)']}; e of atkinson is more than 0",
    )
