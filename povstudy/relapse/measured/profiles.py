"""Two shares from visits and what follows from them, with profile likelihood intervals.

Of the households that a register flags (1) and of the others (0) a share has truly fallen back.
Visits tell both shares, with error. The rate, the detection and the false flags are functions of
the two; the interval of each is its range over all pairs that the likelihood does not refuse.
"""

from typing import NamedTuple

import numpy as np

from ...survey.shares import FEW, worth

NAMES = ("relapse rate", "detection", "false flags")
_TINY = 1e-300
_NOTHING = 1.92 / 3.0  # by which a visit counts where nothing was found: exp(-3) = 0.05


class Counts(NamedTuple):
    """What visits say of the flagged (first) and the others: shares of yes, and their worth.

    Attributes
    ----------
    yes : ndarray, 2
        Share of visited households that were judged poor, weighted; 0 where there are none.
    worth : ndarray, 2
        Visits, drawn one by one from a list without end, that would tell as much.
    cov : ndarray, 2 x 2
        Covariance of the two shares; of a share of 0 or 1 what it would be with half a case more.
    df : float
        Degrees of freedom.
    visits, size : ndarray, 2
        Households visited, and in all.
    err : ndarray, 2
        Part of 1 / worth that no drawing takes away: the visit errs anew in each household.
    sure : ndarray, 2 x 2
        Lowest and highest true share of both: if visits never err, who was visited is known.
    some : ndarray, 2
        What the worth was multiplied with: less than 1 where nothing was found.
    """

    yes: np.ndarray
    worth: np.ndarray
    cov: np.ndarray
    df: float
    visits: np.ndarray
    size: np.ndarray
    err: np.ndarray
    sure: np.ndarray
    some: np.ndarray

    def more(self, visits):
        """The same if so many were visited, flagged and others, drawn in the same way."""
        now, part = (n / np.maximum(self.size, 1) for n in (self.visits, visits))
        left, then, sure = np.maximum(1 - now, 0), np.maximum(1 - part, 0), self.sure
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = (self.some / self.worth - self.err) * self.visits * then / (visits * left)
            drawn = np.where(left > 1e-12, drawn, 0.0)
            worth = self.some / np.maximum(drawn + self.err, 1e-30)
        if not (sure == [0.0, 1.0]).all():
            sure = np.stack([self.yes * part, 1 - (1 - self.yes) * part], axis=1)
        return self._replace(worth=worth, sure=sure)


# What a drawn sample tells of two shares ------------------------------------------------


def counted(flag, visit, stratum, cluster, weight, right):
    """Shares of yes among the visited by flag, with the errors of how they were drawn.

    Parameters
    ----------
    flag : ndarray of int
        1 flagged, 0 not, of all households that left.
    visit : ndarray of float
        1 poor again, 0 not, missing: not visited.
    stratum : ndarray of int
        From 0, without gaps.
    cluster : ndarray of int or None
        Village of each household, from 0; where villages were drawn.
    weight : ndarray of float
        Of each visited household; only what it is to the others of its stratum and flag counts.
    right : ndarray, 2 x 2
        Sensitivity and specificity among the flagged, and among the others.

    Returns
    -------
    Counts
    """
    seen = ~np.isnan(visit)
    cells = int(stratum.max()) + 1
    cell = 2 * stratum + 1 - flag  # flagged first
    whole = np.bincount(cell, minlength=2 * cells).astype(float)
    at, said = cell[seen], visit[seen]
    n = np.bincount(at, minlength=2 * cells).astype(float)
    weighed = np.bincount(at, weight[seen], 2 * cells)
    size = whole.reshape(-1, 2).sum(axis=0)
    own = weight[seen] * (whole / np.where(n > 0, weighed, 1))[at]  # households that it stands for
    of = at % 2
    share = own / np.where(size > 0, size, 1)[of]
    yes = np.bincount(of, share * said, 2)
    visits, found = np.bincount(of, minlength=2), np.bincount(of, said, 2)
    yes = np.where(found == 0, 0.0, np.where(found == visits, 1.0, yes))  # no rounding
    # As if all strata had one share, which half a case keeps from 0 and 1.
    kept = (found + 0.5) / (visits + 1)
    kept = np.where((yes > 0) & (yes < 1), yes, kept)
    sens, spec = right.T
    kept = np.where((right < 1).any(axis=1), np.clip(kept, 1 - spec, sens), kept)
    spread = kept * (1 - kept)
    left = 1 - n / np.where(whole > 0, whole, 1)
    drawn = spread * np.bincount(of, share**2 * left[at], 2)
    again = spread * np.bincount(of, share**2, 2)  # if households could be drawn twice
    if cluster is None:
        alone, touched = _drawn_alone(at, said, share, n, left, spread), np.minimum(found, visits - found)  # fmt: skip
        df = max((n[n > 0] - 1).sum(), 1.0)
        both = np.diag(np.where(touched < FEW, drawn, alone))
    else:
        both, df = _drawn_in_villages(
            flag, stratum, cluster, seen, at, said, share, n, whole, spread, drawn, again, yes, kept
        )
    # Visits err anew in each household: to see all of them does not take that away.
    true = truth(yes, right)
    err = (true * sens * (1 - sens) + (1 - true) * spec * (1 - spec)) / np.maximum(size, 1)
    both = both + np.diag(err)
    none = ((found == 0) & (spec == 1)) | ((found == visits) & (sens == 1))
    some = np.where(none, _NOTHING, 1.0)
    number = some * spread / np.maximum(np.diag(both), 1e-30)
    sure = np.array([[0.0, 1.0]] * 2)
    if (right == 1).all():
        sure = np.stack([found, size - visits + found], axis=1) / np.maximum(size, 1)[:, None]
        sure = np.where(size[:, None] > 0, sure, [0.0, 1.0])
    return Counts(yes, number, both, df, visits, size, err / spread, sure, some)


def _drawn_alone(at, said, share, n, left, spread):
    """Variance of both shares where households are drawn one by one in each stratum."""
    count = len(n)
    mean = np.bincount(at, share * said, count) / np.maximum(np.bincount(at, share, count), _TINY)
    squares = np.bincount(at, (share * (said - mean[at])) ** 2, count)
    lonely = np.bincount(at, share**2, count) * spread[np.arange(count) % 2]
    squares = np.where(n > 1, squares * n / np.maximum(n - 1, 1), lonely)
    return (left * squares).reshape(-1, 2).sum(axis=0)


def _drawn_in_villages(flag, stratum, cluster, seen, at, said, share, n, whole, spread, drawn,
                       again, yes, kept):  # fmt: skip
    """Covariance and freedom where villages are drawn, and households in them."""
    of, villages = at % 2, int(cluster.max()) + 1
    where = np.zeros(villages, int)
    where[cluster] = stratum
    here = cluster[seen]
    visited = np.bincount(here, minlength=villages) > 0
    strata = len(n) // 2
    m = np.bincount(where[visited], minlength=strata).astype(float)
    part = m / np.bincount(where, minlength=strata)
    # Between villages: what each adds to the two shares, around the mean of its stratum.
    added = np.bincount(2 * here + of, share * (said - yes[of]), 2 * villages).reshape(-1, 2)
    sums = np.stack([np.bincount(where, added[:, k], strata) for k in (0, 1)], axis=1)
    off = np.where(visited[:, None], added - (sums / m[:, None])[where], 0.0)
    factor = m / np.maximum(m - 1, 1)
    between = off.T @ (off * (factor * (1 - part))[where][:, None])
    plain = off.T @ (off * factor[where][:, None])
    # Within villages, by flag: with the spread that all have in common.
    own = 2 * here + of
    count = np.bincount(own, minlength=2 * villages)
    full = np.bincount(2 * cluster + 1 - flag, minlength=2 * villages)
    mean = np.bincount(own, said, 2 * villages) / np.maximum(count, 1)
    free = np.bincount(np.arange(2 * villages) % 2, np.maximum(count - 1, 0), 2)
    inner = np.bincount(of, (said - mean[own]) ** 2, 2) / np.maximum(free, 1)
    inner = np.where((free > 0) & (inner > 0), inner, spread)
    left = (1 - count / np.maximum(full, 1))[own] * part[at // 2]
    within = inner * np.bincount(of, share**2 * left, 2)
    both = between + np.diag(within)
    df = max(m.sum() - strata, 1.0)
    sides = [np.bincount(own, one, 2 * villages).reshape(-1, 2) > 0 for one in (said, 1 - said)]
    touched = np.minimum(*(one.sum(axis=0) for one in sides))
    visits = np.bincount(of, minlength=2)
    alike = np.bincount(own, share, 2 * villages).reshape(-1, 2)
    alike = 1 / np.maximum((alike**2).sum(axis=0), _TINY)
    least = np.maximum(drawn, _TINY)  # villages make no sample better than one by one
    var = np.maximum(np.diag(both), least)
    few = touched < FEW
    # Visits, worth as if drawn one by one with their weights.
    kish = np.maximum(spread / np.maximum(again, _TINY), 2.0)
    found = np.where(touched > 1, kept, 0.0)
    _, low, _ = worth(found, kish, np.diag(plain), alike, touched, df, 0.025)
    fewer = spread / low * np.minimum(1.0, var / np.maximum(np.diag(plain), var))
    var = np.where(few & (visits > 1), np.maximum(var, fewer), var)
    scale = np.sqrt(var / np.maximum(np.diag(both), least))
    both = both * np.outer(scale, scale)
    np.fill_diagonal(both, var)
    return both, df


def truth(yes, right):
    """True shares of the flagged and the others from shares of yes, within 0 and 1.

    Parameters
    ----------
    yes : ndarray, 2
    right : ndarray, 2 x 2
        Sensitivity and specificity, in two rows.

    Returns
    -------
    ndarray
    """
    sens, spec = right.T
    return np.clip((yes + spec - 1) / (sens + spec - 1), 0.0, 1.0)


# Intervals ------------------------------------------------------------------------------


def told(pair, shares):
    """Relapse rate, detection and false flags of true shares (last axis: flagged, others)."""
    true = shares * pair
    rate = true.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([rate, true[..., 0] / rate, 1 - pair[..., 0]], axis=-1)


def slopes(pair, shares):
    """What each of the three changes by with either true share: 3 x 2; and its values."""
    rate, detection, _ = values = told(pair, shares)
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = np.array([1 - detection, -detection]) * shares / rate
    return np.array([shares, moved, [-1.0, 0.0]]), values


def ends(counts, shares, right, apart, reach):
    """Ends of the profile likelihood intervals of rate, detection and false flags.

    Parameters
    ----------
    counts : Counts
    shares : ndarray, 2
        Of the flagged and of the others in all who left.
    right : ndarray, 2 x 2
        Sensitivity and specificity among both.
    apart : ndarray, 3
        Variance of each by that of two shares drawn apart from each other.
    reach : float
        Standard errors to each side of a normal estimate.

    Returns
    -------
    ndarray, 3 x 2
    """
    known = shares > 0
    yes, number = np.where(known, counts.yes, 0.5), np.where(known, counts.worth, 1.0)
    number = np.minimum(number, 1e14)
    sens, spec = right.T
    sure, better = 1 - spec, sens + spec - 1
    best, floor, roof = truth(yes, right), *counts.sure.T
    floor, roof = np.minimum(floor, best), np.maximum(roof, best)

    def likelihood(p):
        q, some, none = sure + better * p, yes > 0, yes < 1
        logs = np.where(some, yes * np.log(q), 0) + np.where(none, (1 - yes) * np.log(1 - q), 0)
        bent = np.where(some, yes / q, 0) - np.where(none, (1 - yes) / (1 - q), 0)
        return (number * logs).sum(axis=-1), number * better * bent

    with np.errstate(divide="ignore", invalid="ignore"):
        top = likelihood(best)[0]
    q = np.clip(sure + better * best, 0.5 / (number + 1), 1 - 0.5 / (number + 1))
    scale = np.sqrt(q * (1 - q) / number) / better
    drop = reach**2 / 2 * np.repeat(np.asarray(apart, float), 2)[:, None]

    def at(angles):
        """Where the likelihood has dropped, in these directions: 6 x angles x 2."""
        way = np.stack([np.cos(angles), np.sin(angles)], axis=-1) * scale
        way = np.where(np.abs(way) < 1e-12 * scale, 0.0, way)
        with np.errstate(divide="ignore", invalid="ignore"):
            far = np.where(way == 0, np.inf, (np.where(way > 0, roof, floor) - best) / way)
        far = np.maximum(far.min(axis=-1), 0.0)
        low, high = np.zeros(far.shape), far.copy()
        r = np.minimum(np.sqrt(2 * drop) + 0 * far, far)
        for _ in range(9):
            with np.errstate(divide="ignore", invalid="ignore"):
                value, slope = likelihood(best + r[..., None] * way)
                over = top - value - drop
                step = r + over / (slope * way).sum(axis=-1)
            out = ~(over <= 0)
            high, low = np.where(out, r, high), np.where(out, low, r)
            r = np.where((step > low) & (step < high), step, (low + high) / 2)
            r = np.where(low >= far, far, r)
        return np.clip(best + r[..., None] * way, floor, roof)

    sign = np.tile([-1.0, 1.0], 3)[:, None]
    step = 2 * np.pi / 24
    angles = np.broadcast_to(step * np.arange(24), (6, 24))
    row = np.arange(6)
    for _ in range(4):
        values = told(at(angles), shares)[row, :, row // 2]
        values = np.where(np.isnan(values), -np.inf, sign * values)
        where = values.argmax(axis=1)
        found = values[row, where]
        angles = angles[row, where][:, None] + np.linspace(-step, step, 13)
        step = step / 6
    mid = sign[:, 0] * np.repeat(told(best, shares), 2)
    found = sign[:, 0] * np.fmax(found, mid)
    return np.where(np.isnan(mid), [0, 1] * 3, found).reshape(3, 2)  # no fall found tells nothing
