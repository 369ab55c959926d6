"""What it would be worth to know more: of everything, or of some parameters (by regression)."""

import numpy as np
import pandas as pd

from ..base.checks import listed, mean, nearest, shown
from ..base.columns import need_numbers
from ..base.errors import DataError

FEW = 8  # values: a parameter of no more has a mean for each
ROUNDING = 1e-12
_SIZES = {1: 8, 2: 5}  # pieces of a spline, by how many parameters a group has
_SPLINE = 4  # of three and more


def amounts(willingness, otherwise=None):
    """Amounts for a unit of effect as an array; refused where they are no such amounts."""
    if willingness is None and otherwise is not None:
        return otherwise()
    try:
        made = np.atleast_1d(np.asarray(willingness, dtype=float))
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
    """A regression on some parameters: splines, and their products.

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
        """Lay out its columns, with knots at quantiles."""
        self.names = [one for one in names if table[one].nunique() > 1]
        values = self._values(table)
        self.middle, self.spread = values.mean(axis=0), values.std(axis=0)
        count = len(self.names)
        pieces = 1 if linear else _SIZES.get(count, _SPLINE)
        room = len(table) / 20  # columns that so many draws can tell
        while pieces > 1 and (pieces + 1) ** min(count, 2) + count**2 > room:
            pieces -= 1
        if count and count > len(table) / 5:
            raise DataError(
                "There are too few draws for so many parameters in one group.",
                where="parameters", found=f"{count} parameters, {len(table)} draws",
                remedy="fewer parameters in a group, or more draws",
            )  # fmt: skip
        self.pieces, self.linear, self.held = pieces, linear, {}
        for at, name in enumerate(self.names):
            own = values[:, at]
            levels = np.unique(own)
            if len(levels) <= FEW and not linear:
                self.held[name] = "levels", levels[1:]
            elif pieces > 1:
                inner = np.quantile(own, np.linspace(0, 1, pieces + 1)[1:-1])
                self.held[name] = "spline", (np.unique(inner), own.min(), own.max())
            else:
                self.held[name] = "line", None
        raw = self._columns(values)
        self.centre = raw.mean(axis=0)
        left, sizes, self.right = np.linalg.svd(raw - self.centre, full_matrices=False)
        keep = sizes > 1e-8 * sizes.max(initial=0)
        self.basis, self.sizes, self.right = left[:, keep], sizes[keep], self.right[keep]

    def _values(self, table):
        values = [need_numbers(one, table[one]) for one in self.names]
        return np.column_stack(values) if values else np.empty((len(table), 0))

    def _columns(self, values):
        """Columns of the regression at some values."""
        from formulaic.transforms.cubic_spline import natural_cubic_spline

        unit = (values - self.middle) / np.where(self.spread > 0, self.spread, 1.0)
        parts = []
        for at, name in enumerate(self.names):
            kind, how = self.held[name]
            if kind == "levels":
                parts.append((values[:, [at]] == how).astype(float))
            elif kind == "line":
                parts.append(unit[:, [at]])
            else:
                knots, low, high = ((one - self.middle[at]) / self.spread[at] for one in how)
                knots = knots[(knots > low) & (knots < high)]
                made = natural_cubic_spline(unit[:, at], knots=list(knots), lower_bound=float(low),
                                            upper_bound=float(high), _state={})  # fmt: skip
                parts.append(np.column_stack([np.asarray(one) for one in dict(made).values()]))
        if len(parts) == 2 and not self.linear:
            one, two = parts
            parts.append((one[:, :, None] * two[:, None, :]).reshape(len(values), -1))
        elif len(parts) > 2 and not self.linear:
            pairs = np.triu_indices(len(parts), 1)
            parts.append(unit[:, pairs[0]] * unit[:, pairs[1]])
        return np.hstack(parts) if parts else np.empty((len(values), 0))

    def at(self, table, values):
        """Means of columns of values, draws x columns, where parameters are as in the table."""
        slopes = self.right.T @ ((self.basis.T @ values) / self.sizes[:, None])
        return values.mean(axis=0) + (self._columns(self._values(table)) - self.centre) @ slopes


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
    count, (n, size) = benefits.shape[1], smooth.basis.shape
    more = benefits - benefits[:, [best]]
    middle = more.mean(axis=0)
    off = more - middle
    slopes = smooth.basis.T @ off
    fitted = smooth.basis @ slopes
    explained, rest = (slopes**2).sum(axis=0), off - fitted
    noise = (rest**2).sum(axis=0) / max(n - 1 - size, 1)
    # A regression finds something by chance: so much is taken off its variance (adjusted R²).
    shrunk = np.sqrt(
        np.maximum(explained - size * noise, 0) / np.where(explained > 0, explained, 1)
    )
    told = middle + fitted * shrunk
    chosen = greatest(told)
    reached = np.take_along_axis(told, chosen[:, None], axis=1)[:, 0]
    value = max(reached.mean() - middle.max(), 0.0)
    marks = np.eye(count)[chosen]
    weights = smooth.basis.T @ marks / n  # how the value moves with each slope
    products = rest.T @ rest / max(n - 1 - size, 1)
    variance = reached.var() / n + (products * (weights.T @ weights)).sum()
    return value, float(np.sqrt(max(variance, 0.0)))


def grouped(parameters, groups):
    """Groups of parameters by name: each alone, or those that are asked for."""
    if groups is None:
        return {str(one): [one] for one in parameters}
    if not isinstance(groups, dict):
        groups = {", ".join(map(str, listed(groups))): listed(groups)}
    made = {name: listed(ones) for name, ones in groups.items()}
    for one in [one for ones in made.values() for one in ones]:
        need_parameter(parameters, one)
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
                slopes = smooth.basis.T @ (values[:, 0] - values[:, 1])
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
