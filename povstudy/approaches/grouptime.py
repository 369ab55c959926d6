"""Effects by arm, start and time, with joint influences: the engine of `compare`.

A cell is one arm, one start and one time: those who started then, from their last time before
help to that time, against those without help in both. Every average and every difference of
cells hangs on the same influences of the same units, so that one covariance serves all.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base.errors import DataError, DesignError
from ..survey.design import designed
from ..survey.estimates import Estimates
from ..survey.models.logit import multinomial
from .counts.ratios import log_ratio, moved

LIMIT = 0.999  # of a propensity: above it there is nobody to be compared with


@dataclass(frozen=True)
class Sample:
    """Who is compared.

    Attributes
    ----------
    outcome : ndarray
        Panel: units x times, not a number where a unit was not seen. Cross-sections: rows.
    period : ndarray of int, or None
        Cross-sections: place of the time of each row in ``times``; a panel has none.
    times : ndarray
        In their order.
    names : list of str
        Arms, those without help first.
    arm, start : ndarray
        Place of the arm of each unit in ``names``; when help started, infinite where it never did.
    weight, cluster : ndarray
        Weight of each unit, and the number of its cluster.
    covariates : ndarray, units x columns, or None
        With a column of ones.
    second : ndarray or None
        Panel: when a second help left a unit out, infinite where none did.
    exposure : ndarray or None
        Of counts and amounts, what each outcome counts for; effects are then logarithms of ratios.
    """

    outcome: np.ndarray
    period: np.ndarray | None
    times: np.ndarray
    names: list
    arm: np.ndarray
    start: np.ndarray
    weight: np.ndarray
    cluster: np.ndarray
    covariates: np.ndarray | None = None
    second: np.ndarray | None = None
    exposure: np.ndarray | None = None

    def cohorts(self):
        """Each arm (its place) with each of its starts, in order."""
        return [
            (arm, start)
            for arm in range(1, len(self.names))
            for start in np.unique(self.start[self.arm == arm])
        ]

    def base(self, start, anticipation):
        """Place of the last time before help could matter; below 0 if there is none."""
        return int(np.searchsorted(self.times, start - anticipation)) - 1

    def change(self, j, base, here):
        """What units move from the base to a time; of ratios to first order, by the mean of those here."""
        if self.exposure is not None:
            return moved(self, j, base, here)
        return self.outcome[:, j] - self.outcome[:, base]


# Two groups, two times ----------------------------------------------------------------------


def difference(change, treated, weight):
    """Mean change of the treated minus that of the others, and the influence of each unit.

    Parameters
    ----------
    change, weight : ndarray
        Of each unit.
    treated : ndarray of bool
        Who was helped.

    Returns
    -------
    float
    ndarray

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.approaches.grouptime import difference
    >>> effect, _ = difference(np.array([3.0, 5.0, 1.0]), np.array([True, True, False]), np.ones(3))
    >>> float(effect)
    3.0
    """
    effect, influence = 0.0, np.zeros(len(change))
    for side, sign in ((treated, 1.0), (~treated, -1.0)):
        w = np.where(side, weight, 0.0)
        whole = w.sum()
        mean = w @ change / whole
        effect += sign * mean
        influence += sign * w * (change - mean) / whole
    return effect, influence


def doubly_robust(change, treated, weight, x, scores):
    """Effect on the treated, doubly robust, and the influence of each unit.

    The change of the controls is regressed on the covariates; what that leaves is weighted by
    the odds of help (logit).

    Parameters
    ----------
    change, treated, weight
        As in `difference`.
    x : ndarray, units x columns
        Covariates with a column of ones.
    scores : Propensity
        Of the same units.

    Returns
    -------
    float
    ndarray

    Notes
    -----
    The influence holds that of both fitted models. Odds are divided by the weight of the
    treated, as in the package diff-diff (Sant'Anna and Zhao divide by their own sum).

    References
    ----------
    Sant'Anna, P., Zhao, J. (2020), Doubly robust difference-in-differences estimators, Journal
    of Econometrics 219, section 3.1.
    """
    helped, others = np.where(treated, weight, 0.0), np.where(treated, 0.0, weight)
    whole = helped.sum()
    _, left, fitted = regression(x, change, others)
    odds = others * scores.odds
    effect = (helped @ left - odds @ left) / whole
    influence = (helped * (left - effect) - odds * left) / whole
    influence += fitted @ ((odds - helped) @ x / whole)
    influence -= scores.influence @ ((odds * left) @ x / whole)
    return effect, influence


def repeated_difference(y, treated, after, weight):
    """`difference` where the units of the two times are not the same ones.

    Parameters
    ----------
    y, treated, weight
        As in `difference`, of each row.
    after : ndarray of bool
        Whether the row is of the later time.

    Returns
    -------
    float
    ndarray
    """
    late, of_late = difference(y[after], treated[after], weight[after])
    early, of_early = difference(y[~after], treated[~after], weight[~after])
    influence = np.empty(len(y))
    influence[after], influence[~after] = of_late, -of_early
    return late - early, influence


def repeated_doubly_robust(y, treated, after, weight, x, scores):
    """`doubly_robust` for repeated cross-sections; locally efficient.

    Parameters
    ----------
    y, treated, after, weight, x, scores
        As in `repeated_difference` and `doubly_robust`.

    Returns
    -------
    float
    ndarray

    Notes
    -----
    Whom help reaches must not change between the two times: those of the helped places in the
    earlier wave stand for those of the later one.

    References
    ----------
    Sant'Anna, P., Zhao, J. (2020), as above, section 3.2.
    """
    effect, influence = 0.0, np.zeros(len(y))
    everyone = np.where(treated, weight, 0.0)
    for now, sign in ((after, 1.0), (~after, -1.0)):
        helped = np.where(treated & now, weight, 0.0)
        others = np.where(~treated & now, weight, 0.0)
        odds = others * scores.odds
        beta, left, fitted = regression(x, y, others)
        own, _, of_own = regression(x, y, helped)
        gap = x @ (own - beta)  # what help changes, as fitted
        parts = (  # weights, what they average, sign; gradients by the two regressions
            (helped, left, 1.0, -1.0, 0.0), (odds, left, -1.0, -1.0, 0.0),
            (everyone, gap, 1.0, -1.0, 1.0), (helped, gap, -1.0, -1.0, 1.0),
        )  # fmt: skip
        for w, value, plus, by_others, by_own in parts:
            share = w / w.sum()
            mean = share @ value
            effect += sign * plus * mean
            influence += sign * plus * (
                share * (value - mean) + fitted @ (by_others * share @ x)
                + of_own @ (by_own * share @ x)
            )  # fmt: skip
            if w is odds:
                slope = (share * (value - mean)) @ x
                influence += sign * plus * (scores.influence @ slope)
    return effect, influence


def regression(x, y, weight):
    """Least squares: coefficients, what is left of every row, influences on the coefficients.

    Parameters
    ----------
    x : ndarray, rows x columns
        Regressors.
    y, weight : ndarray
        Of each row; rows of weight 0 do not count, but have a residual.

    Returns
    -------
    tuple of ndarray
    """
    weighted = x * weight[:, None]
    inverse = _inverse(weighted.T @ x)
    beta = inverse @ (weighted.T @ y)
    left = y - x @ beta
    return beta, left, (weighted * left[:, None]) @ inverse


def _inverse(matrix):
    """Inverse, of columns that say the same too."""
    return np.linalg.pinv(matrix, rcond=1e-11, hermitian=True)


class Propensity:
    """Chance of help by covariates (logit).

    Parameters
    ----------
    x, treated, weight
        As in `doubly_robust`.

    Attributes
    ----------
    chance, odds : ndarray
        Of each unit.
    influence : ndarray, units x columns
        On the coefficients.
    """

    def __init__(self, x, treated, weight):
        """Fit."""
        chances, inverse, _ = multinomial(x, treated, weight)
        self.chance = chance = chances[:, 1]
        self.odds = chance / np.maximum(1 - chance, 1 - LIMIT)
        self.influence = (x * (weight * (treated - chance))[:, None]) @ inverse


# All cells ----------------------------------------------------------------------------------


def group_time(sample, controls, anticipation, design, status, factor="cohort"):
    """Effects of all cells, and the sizes of cohorts, with their influences.

    Parameters
    ----------
    sample : Sample
        Who is compared.
    controls : {"never", "not_yet"}
        Against those never helped, or also against those helped later.
    anticipation : float
        Years before the start from which help may matter.
    design : Design
        Of the clusters.
    status : str
        What the data are.
    factor : {"cohort", "whole"}
        n/(n-1) by the clusters of those helped in a cell and by those of their controls, or by
        all clusters.

    Returns
    -------
    Estimates
        Rows of the term ``effect`` by ``arm group year since`` and, for `average`, rows of the
        term ``size`` by ``arm group``: the weight of those who started and are in a cell.
    skipped : list of tuple
        Arm, start and time of cells with nobody to be compared.
    overlap : dict
        Highest propensity by arm; empty without covariates.
    used : ndarray of bool
        Which clusters the estimates rest on.

    References
    ----------
    Callaway, B., Sant'Anna, P. (2021), Difference-in-differences with multiple time periods,
    Journal of Econometrics 225.
    """
    made, columns, skipped, overlap = [], [], [], {}
    count = len(design.stratum)
    never, counted = sample.arm == 0, np.zeros(len(sample.arm), dtype=bool)
    seen = None if sample.period is not None else np.isfinite(sample.outcome)
    for arm, start in sample.cohorts():
        base, own = sample.base(start, anticipation), (sample.arm == arm) & (sample.start == start)
        scores, helped_in_some = None, np.zeros(len(own), dtype=bool)
        for j, time in enumerate(sample.times if base >= 0 else ()):
            if j == base:
                continue
            others = never
            if controls == "not_yet":
                last = max(time, sample.times[base]) + anticipation
                others = (sample.start > last) & ~own
            here = seen[:, j] & seen[:, base] if seen is not None else (
                (sample.period == j) | (sample.period == base))  # fmt: skip
            rows = np.flatnonzero((own | others) & here & (sample.weight > 0))
            found = _cell(sample, rows, own[rows], j, base, scores)
            if found is None:
                skipped.append((sample.names[arm], start, time))
                continue
            effect, influence, scores, helped = found
            if scores is not None:
                _refuse_no_overlap(scores[1], sample.names[arm], start, time)
                highest = scores[1].chance.max()
                overlap[sample.names[arm]] = max(overlap.get(sample.names[arm], 0), highest)
            if np.ptp(sample.cluster[helped]) == 0:
                _refuse_one_cluster(sample.names[arm], start, time)
            if factor == "cohort":
                for side in (own[rows], ~own[rows]):
                    own_count = _number(sample.cluster[rows[side]], count)
                    influence[side] *= np.sqrt(own_count / max(own_count - 1, 1))
            counted[rows] = True
            made.append((
                "effect", sample.names[arm], start, time, time - start, effect, len(helped),
                sample.weight[helped].sum(),
            ))  # fmt: skip
            columns.append(np.bincount(sample.cluster[rows], influence, count))
            helped_in_some[helped if seen is not None else rows[own[rows]]] = True
        mass = np.where(helped_in_some, sample.weight, 0.0)
        made.append(("size", sample.names[arm], start, np.nan, np.nan, mass.sum(),
                     helped_in_some.sum(), mass.sum()))  # fmt: skip
        columns.append(np.bincount(sample.cluster, mass, count))
    design, columns, used = _of_counted(design, np.column_stack(columns), sample.cluster[counted])
    table = pd.DataFrame(made, columns=["term", "arm", "group", "year", "since", "estimate", "n",
                                        "population"])  # fmt: skip
    if factor == "cohort":  # in place of that of all clusters, which the design brings
        count = len(design.stratum)
        columns[:, table["term"] == "effect"] *= np.sqrt((count - 1) / count)
    return Estimates(table, design, design.totals(columns), status=status), skipped, overlap, used


def _of_counted(design, columns, cluster):
    """The design without clusters of which nobody is in any cell: they add no freedom.

    With strata all clusters stay, as for any part of a stratified sample. With it which stay.
    """
    used = np.zeros(len(columns), dtype=bool)
    used[cluster] = True
    if len(design.units) > 1 or used.all() or not used.any():
        return design, columns, np.ones_like(used)
    return designed(np.array([used.sum()]), design.stratum[used]), columns[used], used


def _number(cluster, count):
    """Number of different clusters."""
    seen = np.zeros(count, dtype=bool)
    seen[cluster] = True
    return int(seen.sum())


def _cell(sample, rows, treated, time, base, scores):
    """Effect, influences of the rows, propensities with their rows, and the helped units."""
    weight = sample.weight[rows]
    x = None if sample.covariates is None else sample.covariates[rows]
    after = None if sample.period is None else sample.period[rows] == time
    parts = [treated, ~treated] if after is None else [
        one & two for one in (treated, ~treated) for two in (after, ~after)]  # fmt: skip
    if not all(part.any() for part in parts):
        return None
    if x is not None and (scores is None or not np.array_equal(scores[0], rows)):
        scores = rows, Propensity(x, treated, weight)
    if sample.exposure is not None:
        helped = rows[treated if after is None else treated & after]
        return *log_ratio(sample, rows, treated, time, base), scores, helped
    if after is None:
        change = sample.outcome[rows, time] - sample.outcome[rows, base]
        found = (
            difference(change, treated, weight) if x is None
            else doubly_robust(change, treated, weight, x, scores[1])
        )  # fmt: skip
        return *found, scores, rows[treated]
    y = sample.outcome[rows]
    found = (
        repeated_difference(y, treated, after, weight) if x is None
        else repeated_doubly_robust(y, treated, after, weight, x, scores[1])
    )  # fmt: skip
    return *found, scores, rows[treated & after]


def _refuse_no_overlap(scores, arm, start, time):
    bad = int((scores.chance >= LIMIT).sum())
    if bad:
        raise DataError(
            f"No overlap: by their covariates {bad:,} households are all but certain to be helped "
            f"(propensity {LIMIT} or more), so nobody like them is left without help.",
            where=f"arm {arm}, start {start:g}, {time:g}",
            found=f"highest propensity {scores.chance.max():.4f}",
            remedy="fewer or coarser covariates=, or leave out the kind of household that is "
            "always helped",
        )


def _refuse_one_cluster(arm, start, time):
    raise DesignError(
        "One cluster holds all who were helped: how effects differ between clusters cannot be "
        "seen, and an error would be too small.",
        where=f"arm {arm}, start {start:g}, {time:g}",
        remedy="join this start with the next in the columns of starts=, or leave its households out",
    )


# Averages -----------------------------------------------------------------------------------


def average(found, keys, plus, minus=None):
    """Averages over cells, weighted by the sizes of their cohorts.

    Parameters
    ----------
    found : Estimates
        As `group_time` makes it.
    keys : DataFrame
        A row for each cell that counts: cells of the same keys are averaged.
    plus : ndarray of int
        Row of each of these cells in ``found``.
    minus : ndarray of int, optional
        Rows of the cells that are taken off, pair by pair; a pair weighs what both cohorts weigh.

    Returns
    -------
    Estimates

    Notes
    -----
    Sizes are estimated: their influences count too (Callaway and Sant'Anna 2021, section 4.2).
    """
    from scipy import sparse

    table = found.table
    pairs = list(zip(table["arm"], table["group"], strict=True))
    place = {pairs[at]: at for at in np.flatnonzero((table["term"] == "size").to_numpy())}
    size = np.array([place[pair] for pair in pairs])
    value, n, population = (
        table[name].to_numpy(dtype=float) for name in ("estimate", "n", "population")
    )
    sides = [plus] if minus is None else [plus, minus]
    effect = value[plus] - (0.0 if minus is None else value[minus])
    mass = sum(value[size[side]] for side in sides)
    code = keys.groupby(list(keys.columns), sort=False).ngroup().to_numpy()
    count = code.max() + 1
    whole = np.bincount(code, mass, count)
    mean = np.bincount(code, mass * effect, count) / whole
    share, pull = mass / whole[code], (effect - mean[code]) / whole[code]
    cells = [(side, sign * share) for side, sign in zip(sides, (1.0, -1.0), strict=False)]
    cells += [(size[side], pull) for side in sides]
    gradient = sparse.coo_array(
        (np.concatenate([x for _, x in cells]),
         (np.concatenate([at for at, _ in cells]), np.tile(code, len(cells)))),
        shape=(len(table), count),
    )  # fmt: skip
    made = keys.drop_duplicates().reset_index(drop=True).assign(
        estimate=mean,
        n=sum(np.bincount(code, n[side], count) for side in sides).astype(np.int64),
        population=sum(np.bincount(code, population[side], count) for side in sides),
    )  # fmt: skip
    made.insert(0, "term", "effect")
    return found.combine(made, gradient)
