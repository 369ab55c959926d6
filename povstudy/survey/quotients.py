"""Ratios of two estimates that both have errors: the set of ratios that is not excluded."""

import numpy as np
import pandas as pd

from ..base.checks import need_share
from ..base.columns import LARGEST, SMALLEST, refuse_size
from ..base.errors import DataError
from .shares import reach_of

SHAPES = ("closed", "complement", "whole line")


def fieller(top, bottom, top_error, bottom_error, covariance=0.0, *, level=0.95, df=np.inf):
    """Find the confidence set of a ratio of two estimates, whatever its shape (Fieller).

    Parameters
    ----------
    top, bottom : float or array
        Estimates: the ratio is ``top / bottom``, such as a cost over an effect.
    top_error, bottom_error : float or array
        Their standard errors.
    covariance : float or array
        Covariance of the two estimates; not their correlation.
    level : float
        Of the set.
    df : float or array
        Degrees of freedom of the errors; without them normal quantiles are taken.

    Returns
    -------
    DataFrame
        ``estimate ci_low ci_high shape``, a row for each ratio. ``shape`` is ``closed`` (from
        ``ci_low`` to ``ci_high``), ``complement`` (all but what lies between the two ends: the
        set has no end) or ``whole line`` (no ratio is excluded, and there are no ends); missing
        where the bottom is 0 for sure, so that there is no ratio.

    Raises
    ------
    DataError
        If a number is missing or infinite, an error is below 0, or a covariance is larger than
        the two errors allow.

    Notes
    -----
    A ratio R is in the set if ``top - R * bottom`` is not told from 0. So the set holds the truth
    as often as it says however near to 0 the bottom is, if both estimates are jointly normal. It
    has no end exactly where the bottom itself is not told from 0; a symmetric interval (delta
    method) hides that.

    References
    ----------
    Fieller, E. (1954), Some problems in interval estimation, Journal of the Royal Statistical
    Society B 16.

    Examples
    --------
    1,000 yuan more for half a year more; then for a tenth of a year, which is not told from 0:

    >>> import povstudy as ps
    >>> ps.fieller(1000, [0.5, 0.1], 200, 0.1).round(1)
       estimate  ci_low  ci_high       shape
    0    2000.0  1104.4   3621.8      closed
    1   10000.0 -10013.2   2974.6  complement
    """
    need_share("level", level, 0.95)
    given = {"top": top, "bottom": bottom, "top_error": top_error, "bottom_error": bottom_error,
             "covariance": covariance, "df": df}  # fmt: skip
    try:
        sizes = [np.atleast_1d(np.asarray(one, dtype=float)) for one in given.values()]
        top, bottom, se_top, se_bottom, covariance, df = np.broadcast_arrays(*sizes)
        if top.ndim > 1:
            raise ValueError("a table")
    except (TypeError, ValueError):
        raise DataError(
            "A ratio is made of numbers, or of columns of one length.", where="arguments top, bottom",
            found=", ".join(repr(one)[:30] for one in given.values()),
            remedy="ps.fieller(1000, 0.5, 200, 0.1)",
        ) from None  # fmt: skip
    for name, one in zip(given, (top, bottom, se_top, se_bottom, covariance, df), strict=True):
        signed = name in ("top", "bottom", "covariance")
        good = (
            np.isfinite(one) if signed else one > 0 if name == "df" else (one >= 0) & (one < np.inf)
        )
        if not good.all():
            raise DataError(
                "A number is missing or infinite, or an error is below 0.", where=f"argument {name}",
                found=one[~good][0], remedy="leave such ratios out",
            )  # fmt: skip
        if signed and np.abs(one).max(initial=0) > LARGEST:
            refuse_size(name, np.abs(one).max())
    if (np.abs(covariance) > se_top * se_bottom * (1 + 1e-9)).any():
        raise DataError(
            "A covariance is no larger than the product of both errors.", where="argument covariance",
            found=covariance[np.abs(covariance) > se_top * se_bottom * (1 + 1e-9)][0],
            remedy="covariance = correlation * top_error * bottom_error",
        )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(bottom == 0, np.nan, top / bottom)
    low, high, shape = ratio_set(
        top, bottom, reach_of(level, df), (se_top**2, covariance, se_bottom**2)
    )
    return pd.DataFrame({"estimate": ratio, "ci_low": low, "ci_high": high, "shape": shape})


def ratio_set(top, bottom, reach, products):
    """Both ends and the shape of the set of ratios R at which top - R * bottom is not told from 0.

    Parameters
    ----------
    top, bottom : ndarray
        Estimates.
    reach : ndarray or float
        How many standard errors count.
    products : sequence of ndarray
        Variance of the top, covariance, variance of the bottom.

    Returns
    -------
    low, high : ndarray
        Of a complement the ends of what is excluded, one of which may be infinite; missing for
        the whole line.
    shape : ndarray of object
        One of `SHAPES`; missing where there is no ratio.
    """
    top, bottom, reach = (np.asarray(one, dtype=float) for one in (top, bottom, reach))
    of_top, of_both, of_bottom = (np.asarray(one, dtype=float) for one in products)
    # In units in which both are about 1, so that nothing hangs on those of money.
    size = [np.maximum(abs(one), np.sqrt(var)) for one, var in ((top, of_top), (bottom, of_bottom))]
    one, two = (np.where(each > SMALLEST, each, 1.0) for each in size)
    top, bottom = top / one, bottom / two
    squared = reach**2
    of_top, of_both, of_bottom = (
        squared * x for x in (of_top / one**2, of_both / (one * two), of_bottom / two**2)
    )
    a, b, c = bottom**2 - of_bottom, top * bottom - of_both, top**2 - of_top
    inside = of_bottom * top**2 + of_top * bottom**2 - 2 * of_both * top * bottom
    inside = inside - (of_top * of_bottom - of_both**2)  # b² - ac, without what cancels
    root = np.sqrt(np.maximum(inside, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        q = b + np.where(b < 0, -root, root)
        near, far = np.where(q == 0, 0.0, c / q), np.where(a == 0, -np.sign(b) * np.inf, q / a)
        ends = np.sort([near * one / two, far * one / two], axis=0)
    none = ((bottom == 0) & (of_bottom == 0)) | np.isnan(a + b + c)
    kinds = np.where(a > 0, SHAPES[0], np.where(inside > 0, SHAPES[1], SHAPES[2])).astype(object)
    kinds[none] = None
    low, high = (np.where(none | (kinds == SHAPES[2]), np.nan, end) for end in ends)
    return low, high, kinds
