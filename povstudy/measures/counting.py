"""Multidimensional poverty by counting deprivations (Alkire and Foster), with linearised errors.

A person's score is the weighted share of indicators in which she is deprived; poor is who has
a score of k or *more*. Every estimate is a ratio of weighted sums over rows.
"""

from dataclasses import replace
from math import fsum

import numpy as np
import pandas as pd

from ..base.checks import listed, need_share
from ..base.errors import DataError
from ..base.status import handed_on
from ..survey.estimates import by_replicates
from ..survey.linear import Term, counted, domain_names, estimates, labelled, share_term, total_of

TOLERANCE = 1e-12  # of a score that floating sums leave just short of k
CUTOFFS = (0.2, 1 / 3, 0.5)  # vulnerable, poor and severely poor of the global index


@by_replicates
def alkire_foster(svy, indicators, weights=None, k=1 / 3, by=None):
    """Estimate multidimensional poverty by the method of Alkire and Foster.

    Parameters
    ----------
    svy : Survey
        With its design.
    indicators : list of str, or dict of lists
        Columns of deprivations: 1 or true is deprived, 0 or false is not. A dict names
        dimensions and the columns of each.
    weights : dict, optional
        Weight of each column; they add up to 1 (within 1e-9; fractions such as ``1 / 6``
        rather than rounded decimals). Without it dimensions weigh the same, and so do the
        indicators of a dimension, or those of a list.
    k : float
        Poverty cut-off, more than 0, at most 1: poor is score >= k (within 1e-12). A ``k`` no
        greater than the least weight is the union approach, 1 the intersection.
    by : str or list of str, optional
        Columns of domains.

    Returns
    -------
    Estimates
        As shares, in rows of the terms ``H`` (headcount ratio), ``A`` (intensity: mean score
        of the poor), ``M0`` (adjusted headcount ratio, H x A); of each ``indicator``
        ``uncensored headcount`` (deprived), ``censored headcount`` (deprived and poor) and
        ``contribution`` to M0; with a dict a column ``dimension`` and the term
        ``dimension contribution``; with ``by`` the terms ``share of the poor`` and ``share of
        M0`` of each domain. Of several columns of ``by`` the last one shares out what is
        within the others: with ``by=["year", "province"]`` they add up to 1 in each year.

    Raises
    ------
    DataError
        If an indicator is not 0 or 1, is missing (see ``missing`` of `Survey`) or is named
        twice; if weights do not add up to 1; if k is out of range.

    Notes
    -----
    Where nobody is poor, H and M0 are 0, and A, contributions and shares are missing, not 0:
    they have no meaning there. With replicate weights they have no error if a replicate has
    nobody poor.

    References
    ----------
    Alkire, S., Foster, J. (2011), Counting and multidimensional poverty measurement, Journal of
    Public Economics 95. Alkire, S. et al. (2015), Multidimensional Poverty Measurement and
    Analysis, Oxford University Press.

    Examples
    --------
    Deprivations are made from the survey's answers by a cut-off each; a comparison alone
    would take an unknown answer as not deprived, hence ``where``.

    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"years": [3, 9, 5, 12], "ill": [1, 0, 0, 0],
    ...                       "minutes": [40, 10, 45, 5], "floor": ["earth"] * 3 + ["brick"]})
    >>> table["schooling"] = (table["years"] < 6).astype(float).where(table["years"].notna())
    >>> table["water"] = (table["minutes"] > 30).astype(float).where(table["minutes"].notna())
    >>> table["housing"] = (table["floor"] == "earth").astype(float).where(table["floor"].notna())
    >>> dimensions = {"education": ["schooling"], "health": ["ill"],
    ...               "living": ["water", "housing"]}
    >>> found = ps.alkire_foster(ps.Survey(table), dimensions, k=1 / 3).tidy()
    >>> found.head(3)[["term", "estimate"]].round(4).values.tolist()
    [['H', 0.5], ['A', 0.8333], ['M0', 0.4167]]
    >>> shares = found[found["term"] == "dimension contribution"]
    >>> shares[["dimension", "estimate"]].round(4).values.tolist()
    [['education', 0.4], ['health', 0.2], ['living', 0.4]]
    """
    weights, dimension = _weighted(indicators, weights)
    by, [k] = domain_names(by), _cutoffs("k", [k])

    def terms(row):
        marks = {name: row[name] for name in weights}
        poor = _poor(row, _score(marks, weights), k)
        made = {"poor": poor}
        for name, x in marks.items():
            made |= {f"uncensored {name}": x, f"censored {name}": poor * x}
        return made

    found = counted(svy, by, weights, terms)
    persons, poor = {"weight": 1.0}, {"poor": 1.0}
    score = {f"censored {name}": weight for name, weight in weights.items()}
    labels, parts = [], []

    def part(term, top, bottom, of="", name=""):
        labels.append((term, of, name))
        parts.append(share_term(term, found, top, bottom))

    part("H", poor, persons)
    part("A", score, poor)
    part("M0", score, persons)
    for kind in ("uncensored", "censored"):
        for name in weights:
            part(f"{kind} headcount", {f"{kind} {name}": 1.0}, persons, dimension[name], name)
    for name, weight in weights.items():
        part("contribution", {f"censored {name}": weight}, score, dimension[name], name)
    for of in dict.fromkeys(dimension.values()) if isinstance(indicators, dict) else ():
        own = {f"censored {name}": weights[name] for name in weights if dimension[name] == of}
        part("dimension contribution", own, score, of)
    if by:
        for term, top in (("share of the poor", poor), ("share of M0", score)):
            labels.append((term, "", ""))
            slopes = {name: np.full(len(found.domains), weight) for name, weight in top.items()}
            parts.append(Term(term, total_of(found, top), slopes))
    made = estimates(svy, found, parts)
    if by:
        made = _shared_out(made, found.domains, 2)
    names = pd.DataFrame(labels, columns=["term", "dimension", "indicator"])
    return labelled(
        made, names if isinstance(indicators, dict) else names.drop(columns="dimension")
    )


@by_replicates
def cutoff_curves(svy, indicators, weights=None, ks=CUTOFFS, by=None):
    """Estimate headcount ratio and M0 at several poverty cut-offs, with their joint covariance.

    Parameters
    ----------
    svy, indicators, weights, by
        As for `alkire_foster`.
    ks : sequence of float
        Poverty cut-offs; those of the global index if none are given.

    Returns
    -------
    Estimates
        Terms ``H`` and ``M0`` with a column ``k``: ``.contrast("region", "a", "b")`` gives the
        difference at every k, and its ``.band()`` intervals that hold for all k at once.

    Raises
    ------
    DataError
        As `alkire_foster`.

    References
    ----------
    Alkire, S. et al. (2015), Multidimensional Poverty Measurement and Analysis, Oxford
    University Press, chapter 8.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"ill": [1, 0, 0, 1], "hungry": [1, 1, 0, 0]})
    >>> found = ps.cutoff_curves(ps.Survey(table), ["ill", "hungry"], ks=[0.5, 1])
    >>> found.tidy()[["term", "k", "estimate"]].values.tolist()
    [['H', 0.5, 0.75], ['M0', 0.5, 0.5], ['H', 1.0, 0.25], ['M0', 1.0, 0.25]]
    """
    weights, _ = _weighted(indicators, weights)
    by, ks = domain_names(by), _cutoffs("ks", ks)

    def terms(row):
        score, made = _score({name: row[name] for name in weights}, weights), {}
        for k in ks:
            poor = _poor(row, score, k)
            made |= {("H", k): poor, ("M0", k): poor * score}
        return made

    found = counted(svy, by, weights, terms)
    labels = [(term, k) for k in ks for term in ("H", "M0")]
    parts = [share_term(one[0], found, one) for one in labels]
    made = estimates(svy, found, parts)
    return labelled(made, pd.DataFrame(labels, columns=["term", "k"]))


def robust_comparisons(curves, base=1 / 3, term="M0", level=0.95):
    """Tell how many comparisons between domains hold at other poverty cut-offs.

    Parameters
    ----------
    curves : Estimates
        Of `cutoff_curves`, with domains: every two of them are compared.
    base : float
        The cut-off, one of its ``ks``, whose significant differences are looked for elsewhere.
    term : {"M0", "H"}
        What is compared.
    level : float
        A difference is significant if its interval of this level leaves out zero. Each pair
        is tested by itself, not adjusted for their number.

    Returns
    -------
    DataFrame
        For each ``k``, and for ``"all"`` of them: ``pairs``; ``significant`` ones at the base;
        of these the share in the ``same_order`` at k, and the share that is ``robust``: in the
        same order and significant at k (missing if none is significant at the base);
        ``kendall_tau`` (tau-b) of all domains' ranking against the base, in the last row the
        least.

    Raises
    ------
    DataError
        If there are no cut-offs or domains to compare.

    References
    ----------
    Alkire, S. et al. (2015), Multidimensional Poverty Measurement and Analysis, Oxford
    University Press, chapter 8.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"ill": [1, 1, 1, 0] * 9 + [0, 0, 0, 1] * 9, "hungry": [1, 0] * 36,
    ...                       "region": ["hills"] * 36 + ["plain"] * 36})
    >>> curves = ps.cutoff_curves(ps.Survey(table), ["ill", "hungry"], ks=[0.5, 1], by="region")
    >>> found = ps.robust_comparisons(curves, base=0.5)
    >>> found[["k", "pairs", "significant", "same_order", "robust"]].values.tolist()
    [[0.5, 1, 1, 1.0, 1.0], [1.0, 1, 1, 1.0, 1.0], ['all', 1, 1, 1.0, 1.0]]
    """
    from scipy import sparse, stats

    table = curves.table
    need_share("level", level, 0.95)
    if "k" not in table or not (table["term"] == term).any():
        terms = list(dict.fromkeys(table["term"]))
        raise DataError("Comparisons are of curves, of one term.",
                        where="argument term" if "k" in table else "argument curves", found=term,
                        remedy=f"term={terms[0]!r}  # one of {terms}" if "k" in table else
                        'curves = ps.cutoff_curves(svy, ["ill", "unschooled"], by="province")')  # fmt: skip
    ks = np.unique(table["k"])
    at = np.abs(ks - base).argmin()
    rows = table.index[table["term"] == term].to_numpy()
    rows = rows[np.argsort(table["k"][rows], kind="stable")].reshape(len(ks), -1)
    pairs = np.column_stack(np.triu_indices(rows.shape[1], 1))
    if not len(pairs) or abs(ks[at] - base) > 1e-9:
        raise DataError("Two domains or more are compared, and the base is one of the cut-offs.",
                        where="argument base" if len(pairs) else "argument curves",
                        found=f"{rows.shape[1]} domains, base {base}, cut-offs {ks.tolist()}",
                        remedy=f"base={float(ks[at])}" if len(pairs) else
                        'curves = ps.cutoff_curves(svy, ["ill", "unschooled"], by="province")')  # fmt: skip
    one, two = rows[:, pairs[:, 0]], rows[:, pairs[:, 1]]
    value, new = table["estimate"].to_numpy(), np.arange(one.size)
    made = table.loc[one.ravel()].assign(estimate=value[one.ravel()] - value[two.ravel()])
    places = np.r_[one.ravel(), two.ravel()], np.r_[new, new]
    signs = sparse.coo_array((np.repeat([1.0, -1.0], one.size), places), (len(table), one.size))
    told = curves.combine(made, signs, apart=True).tidy(level)
    sure = ((told["ci_low"] > 0) | (told["ci_high"] < 0)).to_numpy().reshape(one.shape)
    sign = np.sign(value[one] - value[two])[:, sure[at]]
    same, found = sign == sign[at], sure[:, sure[at]]
    tau = np.array([stats.kendalltau(value[rows[at]], other).statistic for other in value[rows]])
    share = lambda kept: kept.mean(axis=-1) if sure[at].any() else np.nan  # noqa: E731
    each = pd.DataFrame({"k": ks.astype(object), "pairs": len(pairs), "significant": sure[at].sum(),
                         "same_order": share(same), "robust": share(same & found),
                         "kendall_tau": tau})  # fmt: skip
    each.loc[len(ks)] = ["all", *each.loc[0, ["pairs", "significant"]], share(same.all(axis=0)),
                         share((same & found).all(axis=0)), tau.min()]  # fmt: skip
    return handed_on(each, curves)


# What was asked for -------------------------------------------------------------------


def _weighted(indicators, weights):
    """Weight of each column, and the dimension of each."""
    nested = isinstance(indicators, dict)
    pairs = indicators.items() if nested else [(name, name) for name in listed(indicators)]
    pairs = [(of, listed(columns)) for of, columns in pairs]
    names = [name for _, columns in pairs for name in columns]
    if not names or not all(columns for _, columns in pairs):
        raise DataError(
            "Indicators are columns, at least one, and one in each dimension.", where="argument indicators", found=indicators,
            remedy='{"education": ["schooling", "attendance"], "health": ["nutrition"]}',
        )  # fmt: skip
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise DataError(
            "An indicator counts once.", where="argument indicators", found=f"{twice[0]!r} more than once",
            remedy="name each column once, in one dimension; weights= can make it weigh more",
        )  # fmt: skip
    dimension = {name: of for of, columns in pairs for name in columns}
    if weights is None:
        return {name: 1 / len(pairs) / len(own) for _, own in pairs for name in own}, dimension
    if not hasattr(weights, "keys"):
        raise DataError(
            "Weights are a dict: a weight for each indicator.", where="argument weights", found=repr(weights)[:60],
            remedy="ps.alkire_foster(svy, indicators, k=1 / 3, by=\"province\"): name k= and by=",
        )  # fmt: skip
    given = dict(weights)
    alike = "weights = {" + ", ".join(f"{name!r}: 1 / {len(names)}" for name in names) + "}"
    if set(given) != set(names):
        raise DataError(
            "Weights are one for each indicator.", where="argument weights",
            found=f"weights of {list(given)}", remedy=alike,
        )  # fmt: skip
    given = {name: float(given[name]) for name in names}
    whole = fsum(given.values())
    if not (abs(whole - 1) <= 1e-9 and min(given.values()) > 0):
        raise DataError(
            "Weights are more than 0 and add up to 1.", where="argument weights",
            found=f"{given}, which add up to {whole:.10g}",
            remedy="weights = {name: one / sum(weights.values()) for name, one in weights.items()}"
            if min(given.values()) > 0 and whole < np.inf else alike,
        )  # fmt: skip
    return {name: weight / whole for name, weight in given.items()}, dimension


def _cutoffs(name, ks):
    ks = listed(ks)
    for k in ks or [None]:
        need_share(name, k, "1 / 3", ends=(1,))
    return sorted({float(k) for k in ks})


# Sums ---------------------------------------------------------------------------------


def _score(marks, weights):
    return sum(weights[name] * x for name, x in marks.items())


def _poor(row, score, k):
    return row.where(score >= k - TOLERANCE, 1.0, 0.0)


def _shared_out(made, domains, measures):
    """Turn the totals in the last terms into shares of what is within all columns but the last.

    A share hangs on its part and on the whole, whose influences are put beside the others.
    """
    from scipy import sparse

    size, m, outer = len(made), len(domains), list(domains.columns)[:-1]
    within = domains.groupby(outer, sort=False).ngroup().to_numpy() if outer else np.zeros(m, int)
    wholes = measures * (within.max() + 1)
    whole = np.concatenate([within + i * (within.max() + 1) for i in range(measures)])
    parts = np.arange(size - measures * m, size)
    table, simple, before = made.table.copy(), made.simple, np.arange(parts[0])
    shares = made.shares
    sums = np.bincount(whole, table["estimate"][parts])
    sums = np.where(sums > 0, sums, np.nan)[whole]
    table.loc[parts, "estimate"] /= sums
    added = sparse.coo_array((np.ones(len(parts)), (parts, whole)), shape=(size, wholes))
    wider = sparse.hstack([sparse.eye_array(size), added], format="csr")
    if made.totals is not None:
        made = replace(made, totals=made.totals @ wider)
    if made.touched is not None:
        made = replace(made, touched=((made.touched @ wider) > 0).astype(float))
    made = replace(made, lone=made._lone_of(wider, apart=False))
    slopes = np.r_[np.ones(len(before)), 1 / sums, -table["estimate"][parts] / sums]
    places = np.r_[before, parts, size + whole], np.r_[before, parts, parts]
    made = made.combine(table, sparse.coo_array((slopes, places), shape=(size + wholes, size)))

    def of_parts():
        """No unit tells the bounds of parts of a whole at 0 and 1."""
        which, alike, touched = (x.copy() for x in shares())
        which[parts], alike[parts], touched[parts] = True, 0.0, np.inf
        return which, alike, touched

    made = replace(made, shares=of_parts)
    if simple is None:
        return made
    return replace(made, simple=lambda: np.r_[simple()[before], np.full(len(parts), np.nan)])
