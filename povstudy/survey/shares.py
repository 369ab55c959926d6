"""Intervals of shares: exact, and at the worth of a sample with a design."""

import numpy as np

from ..base.checks import need_between, need_share, need_whole
from ..base.errors import DataError

# Intervals ----------------------------------------------------------------------------


def proportion_interval(found, n, *, level=0.95, sides=1, design_effect=1.0, df=None):
    """Bounds of a proportion from a clustered sample (Clopper-Pearson, Korn-Graubard).

    Parameters
    ----------
    found : float or array
        Number found; of a weighted sample the weighted share times ``n``.
    n : float or array
        Number looked at.
    level : float
        Of the bounds.
    sides : {1, 2}
        1: each bound by itself holds with this level. 2: both together do.
    design_effect : float or array
        Variance over that of a simple random sample of ``n``.
    df : float or array, optional
        Degrees of freedom of a design effect that was estimated; without them it is taken as
        known.

    Returns
    -------
    low, high : float or array
        Shares, from 0 to 1.

    Raises
    ------
    DataError
        If more is found than was looked at, or a level, side or design effect has no meaning.

    Notes
    -----
    The exact binomial bounds are taken at ``n / design_effect`` (Clopper-Pearson for a design
    effect of 1). With ``df`` this number is also multiplied with the square of the ratio of
    the t quantiles with n - 1 and with ``df`` degrees of freedom (Korn and Graubard).

    References
    ----------
    Clopper, C., Pearson, E. (1934), The use of confidence or fiducial limits illustrated in the
    case of the binomial, Biometrika 26. Korn, E., Graubard, B. (1998), Confidence intervals for
    proportions with small expected number of positive counts estimated from survey data, Survey
    Methodology 24.

    Examples
    --------
    No error in 1,000 persons, who live in clusters:

    >>> import povstudy as ps
    >>> low, high = ps.proportion_interval(0, 1000, design_effect=3)
    >>> low, round(100 * high, 2)
    (0.0, 0.89)
    """
    from scipy import stats

    refuse_level(level, sides)
    found, n, effect = np.broadcast_arrays(
        *(np.asarray(x, float) for x in (found, n, design_effect))
    )
    if not ((found >= 0).all() and (found <= n).all() and (n > 0).all() and np.isfinite(n).all()):
        turned = found.ndim == 0 and found > n >= 0
        raise DataError("What is found is a part of what was looked at.", where="arguments found, n",
                        found=f"{found} of {n}",
                        remedy=f"found={n:g}, n={found:g}" if turned else "found=3, n=1000")  # fmt: skip
    if not ((effect > 0).all() and np.isfinite(effect).all()):
        raise DataError("A design effect is more than 0.", where="argument design_effect",
                        found=effect, remedy="design_effect=1")  # fmt: skip
    effective, tail = n / effect, (1 - level) / sides
    if df is not None:
        df = np.asarray(df, float)
        if not (df > 0).all():
            raise DataError("Degrees of freedom are more than 0.", where="argument df", found=df,
                            remedy="df= sampling units minus strata")  # fmt: skip
        effective = effective * (stats.t.ppf(tail, n - 1) / stats.t.ppf(tail, df)) ** 2
    low, high = exact(found / n, effective, tail)
    return (float(low), float(high)) if low.ndim == 0 else (low, high)


def reach_of(level, df):
    """How many standard errors an interval reaches to each side; missing without freedom.

    Parameters
    ----------
    level : float
        Chance that it holds the truth.
    df : float or array
        Degrees of freedom of the t distribution.

    Returns
    -------
    float or ndarray
    """
    from scipy import stats

    need_share("level", level, 0.95)
    return stats.t.ppf(0.5 + level / 2, np.where(np.asarray(df) > 0, df, np.nan))


def exact(share, n, tail):
    """Exact binomial bounds of a share, for any real number looked at.

    Parameters
    ----------
    share, n : array
        Share found, and number looked at.
    tail : float
        Chance that is left out at each bound.

    Returns
    -------
    low, high : ndarray
    """
    from scipy import stats

    some, all_but = share * n, (1 - share) * n
    low = np.where(some > 0, stats.beta.ppf(tail, np.where(some > 0, some, 1), all_but + 1), 0.0)
    high = stats.beta.isf(tail, some + 1, np.where(all_but > 0, all_but, 1))
    return low, np.where(all_but > 0, high, 1.0)


def worth(share, n, variance, alike, touched, df, tail):
    """Number of independent persons that a sample is worth, where its design effect is estimated.

    Few villages with errors tell little of how errors cluster: the degrees of freedom are the
    villages with errors minus one. At the worst all of a village are alike; then the sample is
    worth as many persons as it has villages. That is taken where one village has errors, or none.

    Parameters
    ----------
    share, n, variance : array
        Share found, number looked at, and linearised variance of the share.
    alike : array
        Number of villages; of unequal ones (sum of sizes)^2 / sum of squared sizes.
    touched : array
        Villages with an error.
    df : array
        Degrees of freedom of the design.
    tail : float
        Chance that is left out at each bound.

    Returns
    -------
    effect, number, df : ndarray
        Design effect (at least 1; missing where none can be seen), number, degrees of freedom.
    """
    from scipy import stats

    spread = share * (1 - share)
    known = (spread > 0) & (touched > 1)
    effect = np.where(known, variance * n / np.where(known, spread, 1), np.nan)
    effect = np.maximum(effect, 1.0)
    df = np.where(known, np.minimum(df, touched - 1), np.nan)
    number = n / effect
    lowered = number * (stats.t.ppf(tail, n - 1) / stats.t.ppf(tail, df)) ** 2
    number = np.where(known, np.minimum(number, np.maximum(lowered, alike)), alike)
    return effect, number, df


FEW = 5  # sampling units with the rarer answer, below which an interval is exact


def share_ends(share, error, df, n, alike, touched, level):
    """Both ends of intervals of shares, which stay within 0 and 1: the one rule for all shares.

    On the logit scale, with the t distribution; where fewer than five sampling units have the
    rarer answer (or none), exactly, at the number of persons that the sample is worth (`worth`).
    So nobody found has an upper bound. Coverage: ``benchmarks/interval_coverage.py``.

    Parameters
    ----------
    share, error, df, n : array
        Shares, their standard errors, degrees of freedom, and rows.
    alike : array
        Number of units of one size; infinite where all units are in the sample; missing where
        units are not known: then rows; 0 where nothing bounds a share of 0 or 1.
    touched : array
        Units with the rarer answer; missing where they are not known: then the rarer share of the
        number of persons that the error says.
    level : float
        Chance that both ends hold the truth.

    Returns
    -------
    low, high : ndarray

    References
    ----------
    Korn, E., Graubard, B. (1998), Confidence intervals for proportions with small expected number
    of positive counts estimated from survey data, Survey Methodology 24. Lumley, T. (2010),
    Complex Surveys, Wiley (``svyciprop``, methods logit and beta).

    Examples
    --------
    >>> from povstudy.survey.shares import share_ends
    >>> low, high = share_ends([0.0, 0.3], [0, 0.05], [19, 19], [200, 200], [20, 20], [0, 9], 0.95)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.207], [0.168, 0.414])
    """
    share, error, df, n, alike = (np.array(x, dtype=float) for x in (share, error, df, n, alike))
    share[np.abs(share) < 1e-12] = 0.0  # rounding
    share[np.abs(share - 1) < 1e-12] = 1.0
    tail, reach, spread = (1 - level) / 2, reach_of(level, df), share * (1 - share)
    census = np.isinf(alike)
    alike = np.where(np.isfinite(alike), alike, n)
    near, touched = near_an_end(share, error, n, touched)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        odds = np.log(share / (1 - share))
        ends = [1 / (1 + np.exp(-odds - sign * reach * error / spread)) for sign in (-1, 1)]
        _, number, _ = worth(share, n, error**2, alike, touched, df, tail)
        made = [
            np.where(near, *both) for both in zip(exact(share, number, tail), ends, strict=True)
        ]
    return [np.where(df > 0, np.where(census, share, end), np.nan) for end in made]


def near_an_end(share, error, n, touched):
    """Which shares have exact ends: few units have the rarer answer, or none has.

    Parameters
    ----------
    share, error, n, touched : array
        As of `share_ends`.

    Returns
    -------
    near : ndarray of bool
    touched : ndarray
        Known now for all.
    """
    share, error, n, touched = (np.asarray(x, dtype=float) for x in (share, error, n, touched))
    spread = share * (1 - share)
    inside = spread > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = np.minimum(n, np.where(error > 0, spread / error**2, n * inside))
    touched = np.where(np.isnan(touched), np.minimum(share, 1 - share) * seen, touched)
    return ~inside | (touched < FEW), touched


def refuse_level(level, sides):
    """Refuse a level or a number of sides that has no meaning.

    Parameters
    ----------
    level : float
        More than 0.5, less than 1.
    sides : {1, 2}
        Of the bounds.
    """
    need_between("level", level, 0.5, 1, 0.95)
    need_whole("sides", sides, most=2)


def together(parts, correlation):
    """How far a bound of a sum lies from it, from how far those of its two parts lie (MOVER).

    Parameters
    ----------
    parts : sequence of two arrays
        Distances of the bounds of the parts.
    correlation : float or array
        Of the two parts.

    Returns
    -------
    ndarray
    """
    one, two = parts
    return np.sqrt(one**2 + two**2 + 2 * correlation * one * two)
