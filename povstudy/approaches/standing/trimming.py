"""What is known of a difference if the outcomes of some are lost: bounds, with their influences."""

import numpy as np

from ...survey.shares import reach_of


def trimmed_bounds(y, w, treated, seen, inside):
    """Bounds of a difference of two arms of which some are lost, by trimming the one that kept more.

    Parameters
    ----------
    y, w : ndarray
        Outcome (anything where it is not known), and weight.
    treated, seen, inside : ndarray of bool
        Who is in the first arm, whose outcome is known, and whom it is about.

    Returns
    -------
    dict
        ``ends`` of the bounds; their ``influences``, rows x 2: how they move with the weight of a
        row; ``mass``, the weight of those who are observed in both arms, and its ``pull``, alike;
        ``trim``, the share that is taken off; ``side``: 1 if the first arm kept more, -1 if the
        other, 0 if both kept alike.

    References
    ----------
    Lee, D. (2009), Training, wages, and sample selection: estimating sharp bounds on treatment
    effects, Review of Economic Studies 76.

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.approaches.standing.trimming import trimmed_bounds
    >>> y, treated = np.array([1.0, 2, 3, 2, 0, 0]), np.arange(6) < 3
    >>> found = trimmed_bounds(y, np.ones(6), treated, np.arange(6) < 5, np.ones(6, bool))
    >>> found["ends"].tolist(), round(float(found["trim"]), 3)
    ([0.5, 1.5], 0.333)
    """
    sides = [inside & ~treated, inside & treated]
    whole = [w[one].sum() for one in sides]
    known = [one & seen for one in sides]
    q = [w[one].sum() / all_ for one, all_ in zip(known, whole, strict=True)]
    of_q = [one * (seen - share) / all_ for one, share, all_ in zip(sides, q, whole, strict=True)]
    more = int(q[1] >= q[0])
    less, kept = 1 - more, q[1 - more] / q[more]
    mean = np.average(y[known[less]], weights=w[known[less]])
    of_mean = known[less] * (y - mean) / w[known[less]].sum()
    of_kept = kept * (of_q[less] / q[less] - of_q[more] / q[more])
    ends, influences = [], []
    for sign in (1, -1):
        below, cut = trimmed(sign * y[known[more]], w[known[more]], kept)
        own = np.where(sign * y <= cut, sign * y - cut, 0) + kept * (cut - below)
        own = known[more] * own / (kept * w[known[more]].sum()) + of_kept * (cut - below) / kept
        ends.append(sign * below - mean)
        influences.append(sign * own - of_mean)
    side = 1 if more else -1
    population = w[inside].sum()
    return {
        "ends": side * np.array(ends)[::side], "influences": side * np.array(influences).T[:, ::side],
        "mass": population * q[less], "pull": inside * q[less] + population * of_q[less],
        "trim": 1 - kept, "side": side * (kept < 1),
    }  # fmt: skip


def together(cells):
    """Bounds over cells, as those who are observed in both arms weigh.

    Parameters
    ----------
    cells : list of dict
        As of `trimmed_bounds`.

    Returns
    -------
    ends : ndarray
    influences : ndarray, rows x 2
    trim : float
        Share that is taken off, of the mean cell.
    """
    mass = np.array([one["mass"] for one in cells])
    share, ends = mass / mass.sum(), np.array([one["ends"] for one in cells])
    whole, influences = share @ ends, 0.0
    for part, one in zip(share, cells, strict=True):
        moved = one["pull"][:, None] * (one["ends"] - whole) / mass.sum()
        influences = influences + part * one["influences"] + moved
    return whole, influences, share @ [one["trim"] for one in cells]


def trimmed(values, weight, kept):
    """Mean of the lowest of some values, and the value at the edge.

    Parameters
    ----------
    values, weight : ndarray
        Values and their weights.
    kept : float
        Share of the weight that is kept: of the row at the edge a part.

    Returns
    -------
    mean, edge : float
    """
    order = np.argsort(values, kind="stable")
    values, weight = values[order], weight[order]
    edge = np.cumsum(weight)
    part = np.clip(kept * edge[-1] - (edge - weight), 0, weight)
    return np.average(values, weights=part), values[part > 0][-1]


def worst_case(y, w, treated, seen, limits):
    """Bounds of a difference of two arms if all that are lost had the worst, or the best, outcome.

    Parameters
    ----------
    y, w, treated, seen
        As of `trimmed_bounds`.
    limits : tuple of two floats
        Lowest and highest outcome that is possible.

    Returns
    -------
    list of two floats
    influences : ndarray, rows x 2

    References
    ----------
    Horowitz, J., Manski, C. (2000), Nonparametric analysis of randomized experiments with missing
    covariate and outcome data, Journal of the American Statistical Association 95.
    """
    low, high = limits
    values, influences = [], []
    for ends in ((high, low), (low, high)):
        value, influence = 0.0, 0.0
        for arm, end, sign in ((~treated, ends[0], -1), (treated, ends[1], 1)):
            filled = np.where(seen, y, end)
            mean = np.average(filled[arm], weights=w[arm])
            value += sign * mean
            influence = influence + sign * arm * (filled - mean) / w[arm].sum()
        values.append(value)
        influences.append(influence)
    return values, np.array(influences).T


def interval_between(rows, level):
    """Interval that holds what lies between two bounds, rather than both bounds.

    Parameters
    ----------
    rows : DataFrame
        Two rows, low and high: ``estimate std_error df``.
    level : float
        Chance that it holds the truth.

    Returns
    -------
    low, high : float

    References
    ----------
    Imbens, G., Manski, C. (2004), Confidence intervals for partially identified parameters,
    Econometrica 72.
    """
    from scipy import optimize, stats

    (low, high), errors, df = rows["estimate"], rows["std_error"].to_numpy(), rows["df"].iloc[0]
    if not errors.max() > 0:
        return (low, high) if errors.max() == 0 else (np.nan, np.nan)
    apart = (high - low) / errors.max()
    missed = lambda c: stats.t.cdf(c + apart, df) - stats.t.cdf(-c, df) - level  # noqa: E731
    reach = optimize.brentq(missed, 0, reach_of(level, df) + 1)
    return low - reach * errors[0], high + reach * errors[1]
