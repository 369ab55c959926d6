"""What it would be worth to know more: of everything, or of some parameters (by regression)."""

import numpy as np
import pandas as pd

from ..base.checks import listed, mean, nearest, shown
from ..base.columns import need_numbers
from ..base.errors import DataError

FEW = 8  # values: a parameter of no more has a mean for each
ROUNDING = 1e-12
_PIECES = (0, 1, 2, 3, 4, 5, 7, 9)  # of a spline; 0 is a constant, 1 a line
_MOST = {1: 9, 2: 5}  # pieces, by how many parameters a group has; 4 of three and more


def amounts(willingness, otherwise=None):
    """Amounts for a unit of effect as an array; refused where they are no such amounts."""
    if willingness is None and otherwise is not None:
        return otherwise()
    made = np.atleast_1d(np.asarray(willingness))
    try:  # neither texts nor yes and no
        made = made.astype(float) if made.dtype.kind in "iufO" else np.array([np.nan])
    except (TypeError, ValueError):
        made = np.array([np.nan])
    if made.ndim != 1 or not len(made) or not (np.isfinite(made) & (made >= 0)).all():
        raise DataError(
            "An amount for a unit of effect is a number of 0 or more, or several.",
            where="argument willingness", found=shown(willingness), remedy="willingness=[0, 1000, 2000]",
        )  # fmt: skip
    return made


def greatest(values):
    """Place of the greatest in each row; of ties, but for rounding, the first."""
    most = values.max(axis=-1, keepdims=True)
    slack = ROUNDING * np.abs(values).max(axis=-1, keepdims=True)
    return np.argmax(values >= most - slack, axis=-1)


def normal_gain(mean, error):
    """Mean of the greater of 0 and a normal number, minus the greater of 0 and its mean."""
    from scipy import stats

    ratio = np.abs(mean) / np.where(error > 0, error, 1.0)
    return np.where(error > 0, error * (stats.norm.pdf(ratio) - ratio * stats.norm.sf(ratio)), 0.0)


def chances(weights, mean, cov):
    """How likely a normal difference, the first of two minus the second, is above 0, and below."""
    from scipy import stats

    gap, error = weights @ mean, spread_of(weights, cov)
    if error == 0:
        first = gap >= -ROUNDING * np.abs(weights * mean).max()  # of ties the first
        return np.array([first, not first], dtype=float)
    return stats.norm.cdf([gap / error, -gap / error])


class Smooth:
    """A regression on some parameters: splines and their products, as many as Schwarz's criterion keeps.

    Parameters
    ----------
    table : DataFrame
        Draws of all parameters.
    names : list
        Those of the group.
    linear : bool
        Whether lines alone are right, as they are where all is jointly normal.
    """

    def __init__(self, table, names, linear=False):
        """Lay out the columns it chooses from: none, lines, splines of more and more pieces."""
        self.names, self.linear = [one for one in names if table[one].nunique() > 1], linear
        values = self._values(table)
        self.middle, self.spread = values.mean(axis=0), values.std(axis=0)
        count, n = len(self.names), len(table)
        if count > n / 5:
            raise DataError(
                "There are too few draws for so many parameters in one group.",
                where="parameters", found=f"{count} parameters, {n} draws",
                remedy="fewer parameters in a group, or more draws",
            )  # fmt: skip
        self.units = (values - self.middle) / self.spread
        most = _MOST.get(count, 4)
        sizes = [one for one in _PIECES if one <= most and (
            one < 2 or (one + 1) ** min(count, 2) + count**2 <= n / 10)]  # fmt: skip
        self.bases = []
        for pieces in (1,) if linear else sizes:
            raw = self._columns(self.units, pieces)
            left, size, right = np.linalg.svd(raw - raw.mean(axis=0), full_matrices=False)
            keep = size > 1e-8 * size.max(initial=0)
            turned = right[keep].T / size[keep]
            self.bases.append((left[:, keep], pieces, raw.mean(axis=0), turned))

    def _values(self, table):
        values = [need_numbers(one, table[one]) for one in self.names]
        return np.column_stack(values) if values else np.empty((len(table), 0))

    def _columns(self, units, pieces):
        """Columns of the regression at some values, with knots at quantiles of the draws."""
        from scipy import interpolate

        parts = []
        for own, drawn in zip(units.T, self.units.T, strict=True) if pieces else ():
            levels = np.unique(drawn)
            if pieces > 1 and len(levels) <= FEW:
                parts.append((np.abs(own[:, None] - levels[1:]) < 1e-9).astype(float))
            else:
                knots = np.unique(np.quantile(drawn, np.linspace(0, 1, pieces + 1)))
                spline = interpolate.CubicSpline(knots, np.eye(len(knots)), bc_type="natural")
                parts.append(spline(own)[:, 1:])
        if len(parts) == 2 and not self.linear:
            one, two = parts
            parts.append((one[:, :, None] * two[:, None, :]).reshape(len(units), -1))
        elif len(parts) > 2 and not self.linear:
            pairs = np.triu_indices(len(parts), 1)
            parts.append(units[:, pairs[0]] * units[:, pairs[1]])
        return np.hstack(parts) if parts else np.empty((len(units), 0))

    def chosen(self, values):
        """For each column of values the place of its basis: the least criterion of Schwarz."""
        n, off = len(values), values - values.mean(axis=0)
        total = (off**2).sum(axis=0)
        told = []
        for basis, *_ in self.bases:
            left = np.maximum(total - ((basis.T @ off) ** 2).sum(axis=0), 1e-13 * total)
            part = left / np.where(total > 0, total, 1.0)
            told.append(n * np.log(np.where(total > 0, part, 1.0)) + basis.shape[1] * np.log(n))
        return np.argmin(np.round(told, 9), axis=0)  # of ties the smallest

    def fitted(self, values, places):
        """What the bases at these places explain of each column of values."""
        made = np.empty_like(values)
        for at, place in enumerate(places):
            basis = self.bases[place][0]
            made[:, at] = basis @ (basis.T @ values[:, at])
        return made

    def at(self, table, values):
        """Means of columns of values, draws x columns, where parameters are as in the table."""
        units = (self._values(table) - self.middle) / self.spread
        made = []
        for own, place in zip(values.T, self.chosen(values), strict=True):
            basis, pieces, centre, turned = self.bases[place]
            slopes = turned @ (basis.T @ own)
            made.append(own.mean() + (self._columns(units, pieces) - centre) @ slopes)
        return np.column_stack(made)


def gain(smooth, benefits, best):
    """Worth of knowing a group of parameters, and its Monte Carlo error.

    Parameters
    ----------
    smooth : Smooth
    benefits : ndarray, draws x strategies
        Net benefits.
    best : int
        Place of the strategy that is best on average.

    Returns
    -------
    value, error : float
    """
    n, count = benefits.shape
    more = benefits - benefits[:, [best]]
    middle, places = more.mean(axis=0), smooth.chosen(more)
    fitted = smooth.fitted(more - middle, places)
    told, rest = middle + fitted, more - middle - fitted
    chosen = greatest(told)
    reached = np.take_along_axis(told, chosen[:, None], axis=1)[:, 0]
    value = max(reached.mean() - middle.max(), 0.0)
    weights = smooth.fitted(np.eye(count)[chosen], places) / n  # how the value moves with slopes
    size = max(smooth.bases[one][0].shape[1] for one in places)
    products = rest.T @ rest / max(n - 1 - size, 1)
    variance = reached.var() / n + (products * (weights.T @ weights)).sum()
    return value, float(np.sqrt(max(variance, 0.0)))


def grouped(parameters, groups):
    """Groups of parameters by name: each alone, or those that are asked for."""
    if groups is None:
        groups = {str(one): [one] for one in parameters}
    elif not isinstance(groups, dict):
        groups = {", ".join(map(str, listed(groups))): listed(groups)}
    made = {name: listed(ones) for name, ones in groups.items()}
    for one in [one for ones in made.values() for one in ones]:
        need_parameter(parameters, one)
    if "all" in made:
        raise DataError("One name is kept for knowing everything.", where="parameters", found="all",
                        remedy='groups={"another name": ["all"]}')  # fmt: skip
    return made


def need_parameter(parameters, name):
    """Refuse what is no parameter, and offer the nearest."""
    if name not in parameters:
        raise DataError(
            "There is no such parameter." + mean(nearest(name, list(parameters))), where="parameters",
            found=name, remedy=f"one of {list(parameters)}"[:300],
        )  # fmt: skip


def worth(normal, mean, cov, benefits, rows, own, groups, willingness):
    """Table of the worth of knowing everything, and each group of parameters.

    Parameters
    ----------
    normal : bool
        Whether effects and costs are jointly normal, with these mean and covariance.
    mean, cov : ndarray
        Of effects, then costs.
    benefits : callable
        Gives net benefits, draws x strategies, at an amount.
    rows : DataFrame
        Draws of parameters.
    own : bool
        Whether they are effects and costs themselves.
    groups : dict
        Names of parameters of each group.
    willingness : ndarray

    Returns
    -------
    DataFrame
        ``willingness parameter value std_error``.
    """
    smooths = {name: Smooth(rows, ones, normal and own) for name, ones in groups.items()}
    count, made = len(mean) // 2, []
    for amount in willingness:
        values = benefits(amount)
        expected = amount * mean[:count] - mean[count:]
        best = int(greatest(expected))
        if normal and count == 2:
            of = np.r_[amount, -amount, -1.0, 1.0]
            gap, error = of @ mean, spread_of(of, cov)
            value, error = float(normal_gain(gap, error)), 0.0
        else:
            lost = values.max(axis=1) - values[:, best]
            value, error = lost.mean(), lost.std() / np.sqrt(len(lost))
        made.append((amount, "all", value, error))
        for name, smooth in smooths.items():
            if normal and own and count == 2:
                slopes = smooth.bases[0][0].T @ (values[:, 0] - values[:, 1])
                known = np.sqrt((slopes**2).sum() / (len(values) - 1))
                one, error = float(normal_gain(gap, known)), 0.0
            else:
                one, error = gain(smooth, values, best)
            made.append((amount, name, min(one, value), error))
    return pd.DataFrame(made, columns=["willingness", "parameter", "value", "std_error"])


def spread_of(weights, cov):
    """Standard error of a combination; 0 where nothing but rounding is left."""
    parts = np.abs(weights) * np.sqrt(np.diag(cov))
    variance = weights @ cov @ weights
    return np.sqrt(variance) if variance > 1e-20 * (parts @ parts) else 0.0
