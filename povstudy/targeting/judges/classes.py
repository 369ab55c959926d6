"""Two latent classes of households from counts of answers: maximum of the likelihood.

Rows are compressed to patterns of answers by place, so that their number does not matter. Steps
of EM come from several starts; Newton's steps end them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_STARTS, _ROUNDS, _STEPS, _MANY = 6, 15, 60, 5_000
_CLOSE, _FLAT = 1e-9, 1e-9


@dataclass(frozen=True)
class Counts:
    """Weighted counts of patterns of answers.

    Attributes
    ----------
    place, kind : ndarray of int
        Place and pattern of each count.
    said : ndarray of float, patterns x assessors
        1 for poor, 0 for not poor and for not asked.
    seen : ndarray of bool, patterns x assessors
        Who was asked.
    weight : ndarray of float
        Of each count.
    shared : float
        Chance that all give one common answer.
    """

    place: np.ndarray
    kind: np.ndarray
    said: np.ndarray
    seen: np.ndarray
    weight: np.ndarray
    shared: float

    @cached_property
    def sums(self):
        """What sums what is said of counts by place, and by pattern, with their weights."""
        from scipy import sparse

        size, each = len(self.place), np.arange(len(self.place))
        return [sparse.csr_array((self.weight, (code, each)), shape=(count, size))
                for code, count in ((self.place, self.place.max() + 1), (self.kind, len(self.said)))]  # fmt: skip

    @cached_property
    def common(self):
        """Patterns in which all who were asked say poor, and in which all say not poor."""
        asked = self.seen.any(axis=1)
        return (asked & (self.said >= self.seen).all(axis=1), asked & ~(self.said > 0).any(axis=1))

    def law(self, a):
        """Chance of each pattern in a class, and its slopes by the laws of the assessors.

        Parameters
        ----------
        a : ndarray
            Chance that each assessor, by itself, says poor of the class; complex will do.

        Returns
        -------
        chance : ndarray
        slopes : ndarray, patterns x assessors
        """
        factor = np.where(self.seen, np.where(self.said > 0, a, 1 - a), 1.0)
        sign = np.where(self.seen, 2 * self.said - 1, 0.0)
        ones = np.ones((len(factor), 1))
        before = np.hstack([ones, np.cumprod(factor, axis=1)])
        after = np.hstack([ones, np.cumprod(factor[:, ::-1], axis=1)])[:, ::-1]
        yes, no = self.common
        own, mean = 1 - self.shared, a.mean()
        chance = own * before[:, -1] + self.shared * (yes * mean + no * (1 - mean))
        step = self.shared * (yes.astype(float) - no) / len(a)
        return chance, own * sign * before[:, :-1] * after[:, 1:] + step[:, None]


@dataclass(frozen=True)
class Fit:
    """What was found.

    Attributes
    ----------
    share : ndarray
        Of the poor, by place.
    laws : ndarray, 2 x assessors
        Chance that each says poor of the poor, and of the others, where it does not copy.
    likelihood : float
        Its logarithm.
    fixed : ndarray of bool, places + 2 assessors
        What lies at 0 or 1.
    slope : ndarray
        Of the likelihood by each parameter; not zero where it is fixed.
    own : ndarray, counts
        Influence of a row on the share of its place, laws being known.
    common : ndarray, counts x 2 assessors
        Influence of a row on the laws.
    through : ndarray, places x 2 assessors
        By how much the share of a place moves with the laws.
    flat : bool
        Whether the likelihood does not tell the parameters.
    reached : tuple of int
        Starts that ended here, and all.
    """

    share: np.ndarray
    laws: np.ndarray
    likelihood: float
    fixed: np.ndarray
    slope: np.ndarray
    own: np.ndarray
    common: np.ndarray
    through: np.ndarray
    flat: bool
    reached: tuple


def fitted(counts, near=None):
    """Find the maximum of the likelihood.

    Parameters
    ----------
    counts : Counts
        What was answered.
    near : Fit, optional
        Where to look first, besides the usual starts.

    Returns
    -------
    Fit

    Notes
    -----
    P(pattern | class) = (1 - s) prod_k P_k + s P(common), where s is the chance to copy and the
    common answer follows the law of one of the assessors, each with the same chance. EM has a
    closed form: who was copied is missing too. Of two mirror images the one is taken in which
    assessors are better than chance on average.

    References
    ----------
    Dawid, A., Skene, A. (1979), Maximum likelihood estimation of observer error-rates using the EM
    algorithm, Journal of the Royal Statistical Society C 28.
    """
    starts = list(_starts(counts)) if len(counts.weight) <= _MANY else _pooled(counts)
    found = [_climbed(counts, *one) for one in starts]
    if near is not None:
        found.append(_climbed(counts, near.share, near.laws))
    heights = np.array([one[2] for one in found])
    best = int(heights.argmax())
    share, laws, height = found[best]
    if (laws[0] - laws[1]).sum() < 0:
        share, laws = 1 - share, laws[::-1]
    scale = 1e-9 * counts.weight.sum()
    reached = int((heights[: len(starts)] > height - scale).sum())
    return _informed(counts, share, laws, height, (reached, len(starts)))


def _starts(counts):
    """First guesses: the majority, and others that differ."""
    rng = np.random.default_rng(1979)
    votes = (counts.said.sum(axis=1) / np.maximum(counts.seen.sum(axis=1), 1))[counts.kind]
    total, size = counts.sums[0].sum(axis=1), counts.said.shape[1]
    of_place = np.clip(counts.sums[0] @ votes / total, 0.02, 0.98)
    yield of_place, np.repeat([[0.8], [0.1]], size, axis=1)
    for _ in range(_STARTS - 1):
        laws = np.array([rng.uniform(0.3, 0.97, size), rng.uniform(0.02, 0.4, size)])
        yield np.clip(of_place * rng.uniform(0.4, 1.8), 0.02, 0.98), laws


def _pooled(counts):
    """The best two of the usual starts where all places are one."""
    total = counts.sums[1].sum(axis=1)
    kinds = np.arange(len(total))
    one = Counts(0 * kinds, kinds, counts.said, counts.seen, total, counts.shared)
    starts = list(_starts(one))[: 2 if len(kinds) > _MANY else _STARTS]
    found = sorted((_climbed(one, *start) for start in starts), key=lambda x: -x[2])
    apart = [x for x in found[1:] if np.abs(x[1] - found[0][1]).max() > 1e-3]
    return [(np.full(counts.place.max() + 1, x[0][0]), x[1]) for x in (found[0], *apart[:1])]


def _climbed(counts, share, laws):
    """Steps of EM, then of Newton; EM again where these do not climb."""
    for _ in range(_STEPS):
        for _ in range(_ROUNDS):
            share, laws = _em(counts, share, laws)
        share, laws, height, still = _newton(counts, share, laws)
        if still:
            break
    return share, laws, height


def _em(counts, share, laws):
    """One step of EM."""
    by_place, by_kind = counts.sums
    both, (yours, _), laws_of = mixed(counts, share, laws)
    poor = _over(yours, both)
    inside, every = by_kind @ poor, by_kind @ np.ones_like(poor)
    yes, no = counts.common
    made = []
    for a, (chance, _), held in zip(laws, laws_of, (inside, every - inside), strict=True):
        copied = counts.shared * (yes * a.mean() + no * (1 - a.mean()))
        copied = held * _over(copied, chance)
        # Whose answer was copied: each with the chance to give it.
        led = [copied @ side * of / max(of.sum(), 1e-300) for side, of in ((yes, a), (no, 1 - a))]
        top, below = ((held - copied) @ x for x in (counts.said, counts.seen))
        top, below = top + led[0], below + led[0] + led[1]
        made.append(np.where(below > 0, _over(top, below), a))
    return by_place @ poor / by_place.sum(axis=1), np.clip(np.array(made), 0.0, 1.0)


def _over(top, below):
    """A ratio; 0 where below is nothing."""
    return np.divide(top, below, out=np.zeros_like(top), where=below > 0)


def mixed(counts, share, laws):
    """Mix the classes.

    Parameters
    ----------
    counts : Counts
    share, laws : ndarray
        As of `Fit`.

    Returns
    -------
    chance : ndarray
        Of each count, in its place.
    parts : list of ndarray
        Of it those of the poor, and of the others.
    laws_of : list of tuple
        Of each class as of `Counts.law`.
    """
    laws_of, pi = [counts.law(a) for a in laws], share[counts.place]
    (one, _), (two, _) = laws_of
    parts = [pi * one[counts.kind], (1 - pi) * two[counts.kind]]
    return sum(parts), parts, laws_of


def _scores(counts, share, laws):
    """Chance of each count, slope of its logarithm by the place, and what makes those by the laws.

    These are of each class: a factor for each count, and the slopes of the patterns.
    """
    both, _, ((one, of_one), (two, of_two)) = mixed(counts, share, laws)
    pi = share[counts.place]
    return both, (one - two)[counts.kind] / both, [(pi / both, of_one), ((1 - pi) / both, of_two)]


def _curved(counts, share, laws):
    """Slopes of the likelihood, and minus its curvature, in blocks: places, crossed, laws."""
    both, own, parts = _scores(counts, share, laws)
    by_place, by_kind = counts.sums

    def summed(parts):
        return np.concatenate([(by_kind @ factor) @ slopes for factor, slopes in parts])

    crossed, inner = np.empty((len(share), laws.size)), np.empty((laws.size, laws.size))
    for k in range(laws.size):  # by steps along the imaginary axis: exact
        bent = laws.astype(complex)
        bent.flat[k] += 1e-30j
        _, of_place, of_laws = _scores(counts, share, bent)
        crossed[:, k] = -(by_place @ of_place.imag) / 1e-30
        inner[k] = -summed(of_laws).imag / 1e-30
    slope = np.r_[by_place @ own, summed(parts)]
    return np.log(both) @ counts.weight, slope, by_place @ own**2, crossed, (inner + inner.T) / 2


def _free(values, slope):
    """What does not lie at 0 or 1 with the likelihood rising beyond."""
    return ~(((values < _CLOSE) & (slope <= 0)) | ((values > 1 - _CLOSE) & (slope >= 0)))


def _inverted(square, crossed, inner, free):
    """Laws' part of the inverse curvature where some are held, and whether it is that of a hill.

    Where it is none, curvatures are taken as if it were, and flat ways not gone: steps climb then.
    """
    places = len(square)
    here, there = free[:places], free[places:]
    over = _over(crossed, np.where(here, square, 0)[:, None]) * there
    left = np.where(np.outer(there, there), inner - crossed.T @ over, 0.0)
    left[np.diag_indices_from(left)] += ~there
    scale = np.sqrt(np.abs(np.diag(left)))
    scale[scale == 0] = 1.0
    values, vectors = np.linalg.eigh(left / np.outer(scale, scale))
    # Of laws that follow from others hardly anything is left of what their own scores tell.
    kept = np.diag(left)[there] / np.where(np.diag(inner)[there] > 0, np.diag(inner)[there], 1)
    hill = values[0] > _FLAT and (not there.any() or kept.min() > _FLAT)
    hill = bool(hill and (square[here] > 0).all())
    some = np.abs(values) > _FLAT
    values = np.divide(1.0, np.abs(values), out=np.zeros_like(values), where=some)
    inverse = (vectors * values) @ vectors.T / np.outer(scale, scale)
    return over, np.where(np.outer(there, there), inverse, 0.0), hill


def _newton(counts, share, laws):
    """Newton's steps within the bounds; whether they came to rest."""
    places = len(share)
    apart = lambda x: (x[:places], x[places:].reshape(laws.shape))  # noqa: E731
    values, last = np.r_[share, laws.ravel()], np.inf
    for _ in range(40):
        values = np.where(values < _CLOSE, 0.0, np.where(values > 1 - _CLOSE, 1.0, values))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            height, slope, square, crossed, inner = _curved(counts, *apart(values))
        if not np.isfinite(height) or not np.isfinite(slope).all():
            inside = apart(np.clip(values, 1e-6, 1 - 1e-6))
            return *inside, _height(counts, *inside), False
        free = _free(values, slope)
        over, inverse, _ = _inverted(square, crossed, inner, free)
        pull = np.where(free, slope, 0.0)
        of_laws = inverse @ (pull[places:] - over.T @ pull[:places])
        own = _over(pull[:places], np.where(free[:places], square, 0))
        step = np.r_[own - over @ of_laws, of_laws]
        moved, told = np.abs(step).max(), -np.inf
        if moved < 1e-13 or (moved < 1e-9 and moved >= last / 2):  # what is left is rounding
            return *apart(values), height, True
        last, part, least = moved, 1.0, height - 1e-13 * abs(height)
        while not told >= least and part > 1e-6:
            tried = np.clip(values + part * step, 0, 1)
            told, part = _height(counts, *apart(tried)), part / 2
        if not told >= least:
            break
        values = tried
    return *apart(values), height, False


def _height(counts, share, laws):
    """Logarithm of the likelihood."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(mixed(counts, share, laws)[0]) @ counts.weight


def _informed(counts, share, laws, height, reached):
    """The fit with the influences of patterns; see `Fit`."""
    places = len(share)
    with np.errstate(divide="ignore", invalid="ignore"):
        _, slope, square, crossed, inner = _curved(counts, share, laws)
        _, own, parts = _scores(counts, share, laws)
        of_laws = np.hstack([factor[:, None] * of[counts.kind] for factor, of in parts])
    free = _free(np.r_[share, laws.ravel()], slope)
    over, inverse, hill = _inverted(square, crossed, inner, free)
    flat = not hill or abs((laws[0] - laws[1]).sum()) < 1e-6
    if flat:
        own, of_laws, over = own * 0, of_laws * 0, over * 0
    here = free[:places]
    common = (of_laws - own[:, None] * over[counts.place]) @ inverse
    own = own * np.where(here, 1 / np.where(here, square, 1), 0)[counts.place]
    return Fit(share, laws, height, ~free, slope, own, common, -over, flat, reached)
