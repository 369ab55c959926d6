"""How far the answer hangs on one parameter, or on two: tornado tables."""

import numpy as np
import pandas as pd

from ..base.checks import listed
from ..base.errors import DataError
from .information import Smooth, greatest, need_parameter

ENDS = (0.05, 0.95)  # quantiles of a parameter
STEPS = 21  # of each of two


def one_way(rows, values, linear):
    """Mean of a difference of net benefits at both ends of each parameter.

    Parameters
    ----------
    rows : DataFrame
        Draws of parameters.
    values : ndarray
        The difference, for each draw.
    linear : bool
        As of `Smooth`.

    Returns
    -------
    DataFrame
        ``parameter low high at_low at_high base``, the widest first.
    """
    made = []
    for name in rows:
        ends = _ends(rows[name])
        smooth = Smooth(rows[[name]], [name], linear)
        at = smooth.at(pd.DataFrame({name: ends}), values[:, None])[:, 0]
        made.append((str(name), *ends, *at, values.mean()))
    made = pd.DataFrame(made, columns=["parameter", "low", "high", "at_low", "at_high", "base"])
    wide = (made["at_high"] - made["at_low"]).abs()
    return made.loc[wide.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def two_way(rows, by, benefits, strategies, pair, linear):
    """Mean of a difference of net benefits on a grid of two parameters, and who is best there.

    Parameters
    ----------
    rows, linear
        As of `one_way`.
    by : sequence of two names
    benefits : ndarray, draws x strategies
    strategies : list
    pair : tuple of int
        Places of the two strategies whose difference is told.

    Returns
    -------
    DataFrame
        Both parameters by their names, ``value``, ``best``.
    """
    names = listed(by)
    for one in names:
        need_parameter(rows, one)
    if len(set(names)) != 2:
        raise DataError("A table of two ways has two parameters.", where="argument by", found=by,
                        remedy=f"by={tuple(list(rows)[:2])}")  # fmt: skip
    axes = []
    for one in names:
        low, high = _ends(rows[one])
        levels = np.unique(rows[one])
        few = len(levels) <= STEPS
        axes.append(levels if few else np.linspace(low, high, STEPS))
    first, second = (one.ravel() for one in np.meshgrid(*axes, indexing="ij"))
    made = pd.DataFrame({names[0]: first, names[1]: second})
    found = Smooth(rows, names, linear).at(made, benefits - benefits[:, [pair[1]]])
    best = [strategies[one] for one in greatest(found)]
    return made.assign(value=found[:, pair[0]] - found[:, pair[1]], best=best)


def _ends(column):
    return np.quantile(column.to_numpy(dtype=float), ENDS, method="inverted_cdf").tolist()
