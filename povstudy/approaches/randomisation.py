"""The lot itself as the test of a trial: how often would another draw have shown as much?"""

from itertools import combinations, product
from math import comb, prod

import numpy as np
import pandas as pd

from ..base.checks import need_share, need_whole
from ..base.errors import DesignError
from ..base.lots import arm_marks, clusters_of, need_numbers
from ..base.progress import watched
from ..base.status import handed_on, status_of
from ..survey.negatives import tell_codes
from .trials import ROUNDING

_BLOCK = 1_000_000  # cells of assignments that are worked on at once


def randomisation_test(table, outcome, treatment, cluster=None, *, strata=None, draws=10_000,
                       level=0.95, seed=0):  # fmt: skip
    """Test an effect by the lot itself: how often would another draw have shown as much?

    Parameters
    ----------
    table : DataFrame
        A row for each household.
    outcome : str
        Column of the outcome.
    treatment : str
        Column of 1 (or true) and 0.
    cluster : str, optional
        Column of the clusters that were drawn, if clusters were.
    strata : str, optional
        Column of the strata within which the lot was drawn; as many as there are treated in
        each stay treated.
    draws : int
        If there are no more ways to draw than this, all are tried; else so many random ones.
    level : float
        Of the confidence interval.
    seed : int
        Of the random draws.

    Returns
    -------
    DataFrame
        One row: ``term outcome estimate std_error statistic p_value ci_low ci_high n treated
        clusters draws method data_status``. An end of the interval is infinite where the ways
        to draw are too few for this level.

    Raises
    ------
    DataError
        If the treatment is not 0 or 1, or a value is missing.
    DesignError
        If a cluster has both arms, an arm has one cluster, or a cluster lies in two strata.

    Notes
    -----
    The estimate is the coefficient of least squares on the treatment, with a constant for each
    stratum; the statistic is that over its error by cluster (without a small-sample factor).
    So studentised, the test is exact if help has no effect on anybody, and in large samples
    right too if it has none on average (Wu and Ding 2021; with clusters, Su and Ding 2021).
    p is the share of draws whose statistic is at least as large in size, but for rounding; of
    random draws the true one counts as one more, so that p is never 0. A draw that leaves nothing
    over shows most, and has no error. The interval holds all effects, alike for everybody, that the
    test does not reject.

    References
    ----------
    Young, A. (2019), Channeling Fisher: randomization tests and the statistical insignificance
    of seemingly significant experimental results, Quarterly Journal of Economics 134. Wu, J.,
    Ding, P. (2021), Randomization tests for weak null hypotheses in randomized experiments,
    Journal of the American Statistical Association 116. Su, F., Ding, P. (2021), Model-assisted
    analyses of cluster-randomized experiments, Journal of the Royal Statistical Society B 83.

    Examples
    --------
    Of the 20 ways to draw three of six villages, two show as much.

    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"village": list("abcdef"), "treated": [1, 1, 1, 0, 0, 0],
    ...                       "income": [7.0, 8, 10, 1, 2, 5]})
    >>> ps.randomisation_test(table, "income", "treated", "village")["p_value"].item()
    0.1
    """
    more = [one for one in (cluster, strata) if one is not None]
    need_numbers(table, [treatment, outcome], more)
    need_share("level", level, 0.95)
    need_whole("draws", draws, such=10_000)
    need_whole("seed", seed, 0)
    tell_codes(table, [outcome])
    by_row = arm_marks(table, treatment)
    unit = np.arange(len(table))
    if cluster is not None:
        unit = clusters_of(table, cluster, treatment, by_row)
        _refuse_split(table, unit, by_row, cluster, treatment)
    size = np.bincount(unit).astype(float)
    values = table[outcome].to_numpy(dtype=float)
    slack = (ROUNDING * np.abs(values).max()) ** 2
    y = np.bincount(unit, values - values.mean())
    treated = np.bincount(unit, by_row) / size
    stratum = np.zeros(len(size), int)
    if strata is not None:
        own = pd.factorize(table[strata])[0]
        stratum[unit] = own
        if (stratum[unit] != own).any():
            at = int(np.argmax(stratum[unit] != own))
            raise DesignError("A cluster lies in two strata: the lot was not drawn like this.",
                              where=f"{cluster} {table[cluster].iloc[at]!r}, column {strata}",
                              found=table[strata].iloc[at], remedy="name the strata of the lot")  # fmt: skip
    members = [np.flatnonzero(stratum == s) for s in range(stratum.max() + 1)]
    chosen = [round(treated[m].sum()) for m in members]
    ways = prod(comb(len(m), k) for m, k in zip(members, chosen, strict=True))
    if ways == 1:
        raise DesignError("There is one way to draw: no stratum has both arms.",
                          where=f"column {strata}", remedy="strata= the strata of the lot")  # fmt: skip
    exact = ways <= draws
    made = _all_ways(members, chosen, len(size)) if exact else \
        _some_ways(members, chosen, len(size), draws, seed)  # fmt: skip
    parts = np.hstack([_parts(one, treated, y, size, stratum)
                       for one in watched(_blocks(made, len(size)), "draw lots",
                                          -(-made[1] // _step(len(size))))])  # fmt: skip
    seen = _parts(treated[None], treated, y, size, stratum)
    chance = lambda effect: _chance(seen, parts, effect, exact, slack)  # noqa: E731
    estimate, error = seen[0, 0], np.sqrt(seen[2, 0] if seen[2, 0] > slack else 0)
    low, high = (_end(chance, estimate, error, side, 1 - level + 1e-9) for side in (-1, 1))
    made = pd.DataFrame([{
        "term": "effect", "outcome": outcome, "estimate": estimate, "std_error": error if error > 0 else np.nan,
        "statistic": estimate / error if error > 0 else np.nan, "p_value": chance(0.0),
        "ci_low": low, "ci_high": high, "n": len(table), "treated": int(by_row.sum()),
        "clusters": len(size), "draws": parts.shape[1],
        "method": f"randomisation, {'all ways' if exact else 'random draws'}",
        "data_status": status_of(table, "trial"),
    }])  # fmt: skip
    return handed_on(made, table)


# The lot ------------------------------------------------------------------------------


def _all_ways(members, chosen, size):
    """Assignments, in blocks: every way to draw so many of each stratum."""
    rows = []
    for one in product(*(combinations(m, k) for m, k in zip(members, chosen, strict=True))):
        rows.append(np.concatenate([np.array(part, dtype=int) for part in one]))
    made = np.zeros((len(rows), size))
    np.put_along_axis(made, np.array(rows), 1.0, axis=1)
    return lambda start, stop: made[start:stop], len(made)


def _some_ways(members, chosen, size, draws, seed):
    """Assignments, in blocks: random draws."""
    rng = np.random.default_rng(seed)

    def block(start, stop):
        made = np.zeros((stop - start, size))
        for m, k in zip(members, chosen, strict=True):
            first = np.argsort(rng.random((stop - start, len(m))), axis=1)[:, :k]
            np.put_along_axis(made, m[first], 1.0, axis=1)
        return made

    return block, draws


def _step(size):
    """Draws of one block."""
    return max(1, _BLOCK // size)


def _blocks(made, size):
    block, count = made
    step = _step(size)
    for start in range(0, count, step):
        yield block(start, min(start + step, count))


def _parts(assigned, treated, y, size, stratum):
    """What a statistic is made of, for any effect that is taken off the treated.

    Rows: coefficient of the outcome and of the true treatment on the assigned one; squared
    error, as a polynomial of the effect.
    """
    count = stratum.max() + 1
    into = np.zeros((len(size), count))
    into[np.arange(len(size)), stratum] = 1
    people = size @ into
    centred = assigned - ((assigned * size) @ into / people) @ into.T
    weight = (centred**2 * size).sum(axis=1)
    found = []
    for values in (y, treated * size):
        own = values - size * (into @ (values @ into / people))
        slope = (centred @ own) / weight
        found.append((slope, centred * (own - slope[:, None] * size * centred)))
    (b, one), (s, two) = found
    squares = [(one * one).sum(axis=1), -2 * (one * two).sum(axis=1), (two * two).sum(axis=1)]
    return np.array([b, s, *(x / weight**2 for x in squares)])


def _chance(seen, parts, effect, exact, slack):
    """Share of draws that show at least as much, if the effect were this for everybody."""

    def statistic(p):
        squared, shown = p[2] + effect * p[3] + effect**2 * p[4], (p[0] - effect * p[1]) ** 2
        size = np.abs(p[2]) + np.abs(effect * p[3]) + effect**2 * p[4]  # what was taken off
        none = squared <= slack + ROUNDING * size  # nothing is left over but rounding
        most = np.where(shown > slack + ROUNDING * (p[0] ** 2 + (effect * p[1]) ** 2), np.inf, 0)
        return np.where(none, most, shown / np.where(none, 1, squared))

    as_much = max((statistic(parts) >= statistic(seen)[0] * (1 - 1e-9)).sum(), exact)
    return float(as_much / parts.shape[1] if exact else (1 + as_much) / (1 + parts.shape[1]))


def _end(chance, estimate, error, side, level):
    """Furthest effect on a side that is not rejected: whose chance is more than the level."""
    error = error if error > 0 else abs(estimate)
    if not error > 0:
        return np.nan
    inside, step = estimate, error
    while chance(outside := estimate + side * step) > level:
        inside, step = outside, 2 * step
        if step > 1e6 * error:
            return side * np.inf
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if chance(middle) > level else (inside, middle)
    return inside


def _refuse_split(table, unit, treated, cluster, treatment):
    share = np.bincount(unit, treated) / np.bincount(unit)
    split = np.flatnonzero((share > 0) & (share < 1))
    if len(split):
        raise DesignError(
            f"{len(split):,} clusters have both arms: clusters were not what was drawn.",
            where=f"{cluster} {table[cluster].iloc[int(np.argmax(unit == split[0]))]!r}, "
            f"column {treatment}", found=f"{100 * share[split[0]]:.0f} percent treated",
            remedy=f"strata={cluster!r} if households were drawn within them",
        )  # fmt: skip
