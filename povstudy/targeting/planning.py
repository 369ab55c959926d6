"""Bounds of proportions from clustered samples, and how large a sample must be for them."""

from math import ceil, floor
from typing import NamedTuple

import numpy as np

from ..base.checks import need_between, need_positive, need_share, need_whole
from ..base.errors import DataError

# Planning -----------------------------------------------------------------------------


class SampleSize(NamedTuple):
    """How many an audit must look at.

    Attributes
    ----------
    n : int
        Smallest number with which the audit passes with the wanted power.
    allowed : int
        Errors (or households that do not approve) with which it still passes then.
    power : float
        Chance of passing with ``n``.
    n_steady : int
        From this number on every larger sample has the power too. Between the two the chance goes
        up and down, because errors come whole.
    clusters : int or None
        Villages for ``n_steady``, where the size of a cluster is given.
    """

    n: int
    allowed: int
    power: float
    n_steady: int
    clusters: int | None


def audit_sample_size(limit, true_rate, *, power=0.8, level=0.95, design_effect=1.0, icc=None,
                      cluster_size=None, population=None):  # fmt: skip
    """Find how many an audit must look at, to pass with a given chance.

    Parameters
    ----------
    limit : float
        As a share: 0.02 for errors, 0.9 for approval.
    true_rate : float
        What is true, or hoped for: below the limit of errors, above that of approval.
    power : float
        Wanted chance that the audit passes then.
    level : float
        Of the one-sided bound that decides (0.975 for two-sided intervals of 95 percent).
    design_effect : float
        Variance over that of a simple random sample, 1 or more.
    icc, cluster_size : float, optional
        In its place: how alike persons of one village are (0 to 1), and persons looked at in each
        village: design effect 1 + (cluster_size - 1) x icc.
    population : int, optional
        Number in the population, where it is small: hypergeometric in place of binomial.
        `exit_audit` does not count on it.

    Returns
    -------
    SampleSize

    Raises
    ------
    DataError
        If a true rate does not keep the limit, or a number has no meaning.

    Notes
    -----
    The audit passes with at most c errors among n if c or fewer are less likely than 1 - level
    at the limit: exact Clopper-Pearson bounds. For each c the smallest such n is found, then the
    first c with the power. With a design effect n is that number times the design effect, and
    ``power`` is that of persons drawn one by one: the chance is then near, not exact. It holds
    only if `exit_audit` is given the same design effect. One that it has to estimate is held
    high where few villages have errors: with a true rate of 0.5 percent and a design effect of 3
    an audit of 58 villages of 20 passes in 82 percent of simulated samples where the
    design effect is given, in 23 where it is estimated, and twice as many villages are needed
    for 82 (``benchmarks/audit_coverage.py``).

    References
    ----------
    Clopper, C., Pearson, E. (1934), The use of confidence or fiducial limits illustrated in the
    case of the binomial, Biometrika 26. Kish, L. (1965), Survey Sampling, Wiley.

    Examples
    --------
    Without any error 149 persons are enough (0.98^149 < 0.05), if they are drawn one by one:

    >>> import povstudy as ps
    >>> ps.audit_sample_size(0.02, 0.0)
    SampleSize(n=149, allowed=0, power=1.0, n_steady=149, clusters=None)
    >>> ps.audit_sample_size(0.02, 0.005, icc=0.1, cluster_size=21).clusters
    56
    """
    effect = _effect(design_effect, icc, cluster_size)
    need_share("limit", limit, 0.02)
    need_share("true_rate", true_rate, 0.005, ends=(0, 1))
    need_share("power", power, 0.8)
    need_between("level", level, 0.5, 1, 0.95)
    if population is not None:
        need_whole("population", population, such=800)
    if true_rate == limit:
        such = limit / 4 if limit < 0.5 else 1 - (1 - limit) / 4
        raise DataError("What is true keeps the limit.", where="argument true_rate",
                        found=f"both are {limit}", remedy=f"true_rate={such:g}")  # fmt: skip
    errors = true_rate < limit
    bad, true = (limit, true_rate) if errors else (1 - limit, 1 - true_rate)
    chance = _binomial(bad, true) if population is None else _drawn(population, bad, true, errors)
    at_limit, at_true, largest = chance
    c, size = 0, 64
    while True:
        counts = np.arange(min(size, largest + 1) + 1)
        n = _smallest(at_limit, counts, 1 - level, population)
        reached = at_true(counts, n) >= power
        # The chance is lowest just before the next error is allowed.
        ends = at_true(counts[:-1], n[1:] - 1) >= power
        c = int(reached.argmax())
        if reached.any() and (2 * c + 16 < size or len(counts) > largest):
            break
        if size > 10_000:
            raise DataError("The true rate is too near the limit: no audit can tell them apart.",
                            where="argument true_rate", found=f"{true_rate} against {limit}", remedy="a smaller power")  # fmt: skip
        size *= 4
    low = np.flatnonzero(~ends)
    steady = max(n[c], n[low[-1] + 1] if len(low) else 0)
    whole = [ceil(one * effect - 1e-9) for one in (n[c], steady)]
    if population is not None:
        whole = [min(one, int(population)) for one in whole]
    clusters = None if cluster_size is None else ceil(whole[1] / cluster_size)
    return SampleSize(
        whole[0], floor(c * effect + 1e-9), float(at_true(c, n[c])), whole[1], clusters
    )


def _effect(design_effect, icc, cluster_size):
    if (icc is None) != (cluster_size is None):
        raise DataError("A design effect follows from icc and cluster_size together.",
                        where="arguments icc, cluster_size", found=f"icc={icc}, cluster_size={cluster_size}",
                        remedy="icc=0.1, cluster_size=20  # or design_effect=3 alone")  # fmt: skip
    if icc is not None:
        need_share("icc", icc, 0.1, ends=(0, 1))
        need_positive("cluster_size", cluster_size, 20, least=1)
        if design_effect != 1:
            raise DataError("No design effect stands beside icc and cluster_size.",
                            where="argument design_effect", found=design_effect,
                            remedy="design_effect=1  # icc and cluster_size tell it")  # fmt: skip
        return 1 + (cluster_size - 1) * icc
    need_positive("design_effect", design_effect, 3, least=1)
    return design_effect


def _binomial(bad, true):
    from scipy import stats

    return (
        (lambda c, n: stats.binom.cdf(c, n, bad)),
        (lambda c, n: stats.binom.cdf(c, n, true)),
        np.inf,
    )


def _drawn(population, bad, true, errors):
    """The same without replacement; the limit itself is a failure for errors, not for approval."""
    from scipy import stats

    size = int(population)
    failing = ceil(bad * size - 1e-9) if errors else floor(bad * size + 1e-9) + 1
    there = round(true * size)
    if there >= failing or failing > size:
        raise DataError("In a population so small what is true does not keep the limit.",
                        where="argument population", found=f"{there} of {size}", remedy="population=None")  # fmt: skip
    at = lambda marked: lambda c, n: stats.hypergeom.cdf(c, size, marked, n)  # noqa: E731
    return at(failing), at(there), failing - 2


def _smallest(at_limit, counts, alpha, population):
    """For each number of errors, the smallest sample in which so few are unlikely at the limit."""
    low = counts.astype(np.int64)  # among c nobody can be above c
    high = np.full(len(counts), 1 if population is None else int(population), dtype=np.int64)
    while population is None and (at_limit(counts, high) >= alpha).any():
        high = np.where(at_limit(counts, high) >= alpha, 2 * high, high)
    while (high - low > 1).any():
        middle = (low + high) // 2
        unlikely = at_limit(counts, middle) < alpha
        low, high = np.where(unlikely, low, middle), np.where(unlikely, middle, high)
    return high
