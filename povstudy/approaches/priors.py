"""A stated prior of effects, and what trials make of it: the normal-normal model."""

from dataclasses import dataclass
from numbers import Real

import numpy as np

from ..base.errors import DataError

SHAPES = ("half-normal", "half-Cauchy")


@dataclass(frozen=True)
class EffectPrior:
    """What was held likely before the trials were read, in the unit of the effects.

    Parameters
    ----------
    mean, sd : float
        Normal prior of the mean effect; zero must lie within its central 95 percent.
    tau : float
        Scale of the prior of tau, the standard deviation of true effects between places.
    shape : {"half-normal", "half-Cauchy"}
        Of the prior of tau.

    Examples
    --------
    >>> import povstudy as ps
    >>> print(ps.EffectPrior(sd=0.2, tau=0.1))
    prior: mean N(0, 0.2), tau half-normal 0.1
    """

    sd: float
    tau: float
    mean: float = 0.0
    shape: str = "half-normal"

    def __post_init__(self):
        """Refuse scales that are none, and a prior that leaves zero out."""
        for name in ("sd", "tau", "mean"):
            value = getattr(self, name)
            low = -np.inf if name == "mean" else 0
            if not (isinstance(value, Real) and low < value < np.inf):
                raise DataError("A prior has finite numbers; its scales are above zero.",
                                where=name, found=value,
                                remedy="ps.EffectPrior(sd=0.2, tau=0.1)")  # fmt: skip
        if self.shape not in SHAPES:
            raise DataError("There is no such prior of tau.", found=self.shape,
                            remedy=f"shape: one of {list(SHAPES)}")  # fmt: skip
        if abs(self.mean) > 1.96 * self.sd:
            raise DataError(
                "This prior all but rules out that help does nothing; trials have found that.",
                found=f"mean {self.mean:g}, sd {self.sd:g}",
                remedy="a prior whose central 95 percent hold zero, such as mean=0",
            )  # fmt: skip

    def __str__(self):
        """The prior in words, as `method` of a table tells it."""
        return f"prior: mean N({self.mean:g}, {self.sd:g}), tau {self.shape} {self.tau:g}"


def posterior(y, v, prior, level):
    """Term, mean, sd and quantiles of the posterior of mean, new place and tau."""
    from scipy import interpolate, optimize, stats

    # Panels of equal ratio, Gauss-Legendre in each: fine whatever the scale of prior and data.
    small = min(np.sqrt(v.min()), prior.tau)
    large = max(np.ptp(y), np.sqrt(v.max()), prior.tau, abs(y - prior.mean).max())
    edges = np.r_[0.0, np.geomspace(1e-4 * small, 1e4 * large, 200)]
    x, g = np.polynomial.legendre.leggauss(10)
    half = np.diff(edges)[:, None] / 2
    tau = (edges[:-1, None] + half * (1 + x)).ravel()
    ratio = (tau / prior.tau) ** 2
    log = -ratio / 2 if prior.shape == "half-normal" else -np.log1p(ratio)
    w = 1 / (v + tau[:, None] ** 2)
    off = y - prior.mean
    precision = w.sum(axis=1) + prior.sd**-2
    shift = (w @ off) / precision
    log += (np.log(w).sum(axis=1) - np.log(precision)) / 2
    log -= (w @ off**2 - precision * shift**2) / 2
    p = np.exp(log - log.max()) * (half * g).ravel()
    p /= p.sum()
    centre, rows = prior.mean + shift, []
    kept = p > 1e-18
    ends = (0.5 - level / 2, 0.5 + level / 2)
    for term, spread in (
        ("mean effect", np.sqrt(1 / precision)),
        ("effect in a new place", np.sqrt(1 / precision + tau**2)),
    ):
        mean = p @ centre
        sd = np.sqrt(p @ (spread**2 + (centre - mean) ** 2))
        m, s, q = centre[kept], spread[kept], p[kept] / p[kept].sum()
        low, high = (
            optimize.brentq(lambda z, c=c, m=m, s=s, q=q: q @ stats.norm.cdf(z, m, s) - c,
                            (m - 40 * s).min(), (m + 40 * s).max(), xtol=1e-13 * sd, rtol=1e-13)
            for c in ends
        )  # fmt: skip
        rows.append((term, mean, sd, low, high))
    mean = p @ tau
    below = np.r_[0.0, p.reshape(len(half), -1).sum(axis=1).cumsum()]
    cdf = interpolate.PchipInterpolator(edges, below)
    low, high = (
        optimize.brentq(lambda z, c=c: cdf(z) - c, 0, edges[-1], xtol=1e-13 * mean, rtol=1e-13)
        for c in ends
    )
    return [*rows, ("tau", mean, np.sqrt(p @ (tau - mean) ** 2), low, high)]
