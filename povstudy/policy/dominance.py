"""Which strategies are worth looking at: dominance, extended dominance, and ratios of the others."""

from itertools import pairwise

import numpy as np
import pandas as pd

from ..survey.quotients import ratio_set
from ..survey.shares import reach_of

STATUSES = ("frontier", "dominated", "extendedly dominated")
_SLACK = 1e-12  # of the largest value: a smaller difference is rounding


def compared(effect, cost):
    """For each strategy its status, and the one that it is set against (-1: none).

    Parameters
    ----------
    effect, cost : ndarray

    Returns
    -------
    order : ndarray of int
        By rising cost; at one cost by falling effect.
    status : list of str
    against : list of int
        On the frontier the one before; else the one that dominates it or, where a mix of two
        does, the cheaper of the two.
    """
    effect, cost = (_snapped(one) for one in (effect, cost))
    order = np.lexsort((-effect, cost))
    kept, status, against = [], dict.fromkeys(order, STATUSES[0]), dict.fromkeys(order, -1)
    for at in order:  # of the cheaper ones, who brings as much?
        over = [one for one in kept if effect[one] >= effect[at]]
        if over:
            status[at], against[at] = STATUSES[1], over[0]
        else:
            kept.append(at)
    at = 1
    while at < len(kept) - 1:  # a ratio that falls again: a mix of its neighbours is cheaper
        before, one, after = kept[at - 1 : at + 2]
        steep = (cost[one] - cost[before]) * (effect[after] - effect[one])
        flat = (cost[after] - cost[one]) * (effect[one] - effect[before])
        if steep > flat + _SLACK * (abs(steep) + abs(flat)):
            status[one] = STATUSES[2]
            kept.remove(one)
            at = max(at - 1, 1)
        else:
            at += 1
    for before, one in pairwise(kept):
        against[one] = before
    for one in order:
        if status[one] == STATUSES[2]:
            against[one] = [other for other in kept if cost[other] <= cost[one]][-1]
        elif status[one] == STATUSES[1]:
            over = [k for k in kept if effect[k] >= effect[one] and cost[k] <= cost[one]]
            against[one] = over[0] if over else against[one]
    return order, [status[one] for one in order], [against[one] for one in order]


def _snapped(values):
    """Values that differ by rounding alone, made one."""
    order = np.argsort(values, kind="stable")
    made, close = np.array(values, dtype=float), _SLACK * np.abs(values).max()
    for one, other in pairwise(order):
        if made[other] - made[one] <= close:
            made[other] = made[one]
    return made


def ratios(names, mean, cov, pairs, level, df):
    """Increments of pairs of strategies, their ratio and its Fieller set.

    Parameters
    ----------
    names : list
    mean, cov : ndarray
        Of effects, then costs.
    pairs : list of tuple of int
        The strategy, and the one it is set against (-1: none).
    level, df : float

    Returns
    -------
    DataFrame
        ``against incremental_effect incremental_cost icer ci_low ci_high shape``.
    """
    size, rows = len(names), []
    reach = reach_of(level, df)
    for at, base in pairs:
        if base < 0:
            rows.append((None, *[np.nan] * 5, None))
            continue
        weights = np.zeros((2, 2 * size))
        weights[0, [at, base]] = weights[1, [size + at, size + base]] = 1.0, -1.0
        effect, cost = weights @ mean
        close = [_SLACK * np.abs(part).max() for part in (mean[:size], mean[size:])]
        effect, cost = (0.0 if abs(one) <= edge else one
                        for one, edge in zip((effect, cost), close, strict=True))  # fmt: skip
        own = weights @ cov @ weights.T
        # What is left of variances that cancel is rounding.
        whole = np.abs(weights) @ np.diag(cov)
        own[np.diag_indices(2)] = np.where(np.diag(own) > 1e-14 * whole, np.diag(own), 0.0)
        most = np.sqrt(own[0, 0] * own[1, 1])
        both = float(np.clip(own[0, 1], -most, most))
        low, high, shape = ratio_set(*(np.array([one]) for one in (cost, effect)), reach,
                                     [np.array([one]) for one in (own[1, 1], both, own[0, 0])])  # fmt: skip
        ratio = cost / effect if effect else np.nan
        rows.append((names[base], effect, cost, ratio, low[0], high[0], shape[0]))
    return pd.DataFrame(rows, columns=["against", "incremental_effect", "incremental_cost", "icer",
                                       "ci_low", "ci_high", "shape"])  # fmt: skip
