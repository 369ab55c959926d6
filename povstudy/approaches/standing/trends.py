"""Trends before help: what their test finds and could miss, and what they leave of an effect."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ...base.checks import need_share


class Path(NamedTuple):
    """Effects of an arm, or of one arm minus another, by years since the start.

    Attributes
    ----------
    since, estimate, steps : ndarray
        Years since the start, effects, and years from the base to each, as cohorts weigh.
    cov : ndarray, effects x effects
        Covariance.
    before : ndarray of bool
        Which are from before help could matter.
    weight : ndarray
        What each counts in the effect over all years since the start; 0 before it.
    df : int
        Degrees of freedom of the design.
    """

    since: np.ndarray
    estimate: np.ndarray
    steps: np.ndarray
    cov: np.ndarray
    before: np.ndarray
    weight: np.ndarray
    df: int


def path(eff, value, base=None):
    """Read the effects of an arm, or of one arm minus another, as a `Path`.

    Parameters
    ----------
    eff : Effects
        As `compare` makes them.
    value, base : str
        Arms; ``base`` only for a difference.

    Returns
    -------
    Path
    """
    found = eff.effects("since") if base is None else eff.contrast(value, base, "since")
    here = np.arange(len(found)) if base else np.flatnonzero(found.table["arm"] == value)
    table = found.table.iloc[here]
    cells, sizes = eff._rows("since"), eff.cells.table
    sizes = sizes[sizes["term"] == "size"].set_index(["arm", "group"])["estimate"]
    cells["mass"] = sizes.reindex(pd.MultiIndex.from_frame(cells[["arm", "group"]])).to_numpy()
    one = cells[cells["arm"] == value]
    if base is not None:
        two = cells.loc[cells["arm"] == base, ["group", "year", "mass"]]
        one = one.merge(two, on=["group", "year"], suffixes=("", "_base"))
        one["mass"] += one["mass_base"]
    bases = one["group"].map(lambda start: eff.sample.times[
        eff.sample.base(start, eff.anticipation)])  # fmt: skip
    one = one.assign(steps=one["mass"] * (one["year"] - bases))
    sums = one.groupby("since")[["mass", "steps"]].sum().loc[table["since"]]
    since = table["since"].to_numpy(dtype=float)
    mass = np.where(since >= 0, sums["mass"], 0.0)
    return Path(
        since, table["estimate"].to_numpy(), (sums["steps"] / sums["mass"]).to_numpy(),
        found.cov().to_numpy()[np.ix_(here, here)], since < -eff.anticipation, mass / mass.sum(),
        eff.cells.design.df,
    )  # fmt: skip


def joint(of, power, alpha):
    """Joint test of the effects before help: what it finds, and the slope it could miss.

    Parameters
    ----------
    of : Path
        Effects of one arm, some of them from before help.
    power, alpha : float
        Chance with which ``slope`` would be found, and level of the test.

    Returns
    -------
    dict
        ``statistic df p_value slope``.
    """
    from scipy import stats

    before = of.estimate[of.before]
    inverse, count = _inverse(of)
    if not count:  # an outcome that never moves
        none = dict.fromkeys(("statistic", "p_value", "slope"), np.nan)
        return none | {"df": 0, "df_design": of.df}
    statistic, steps = before @ inverse @ before / count, of.steps[of.before]
    shift = _shift(power, alpha, count, of.df)
    return {
        "statistic": statistic, "df": count, "df_design": of.df,
        "p_value": stats.f.sf(statistic, count, of.df),
        "slope": np.sqrt(shift / (steps @ inverse @ steps)),
    }  # fmt: skip


def less(of, shape, alpha):
    """Take off what effects before help make of the effect after it, if they have a shape.

    Parameters
    ----------
    of : Path
        Effects of one arm.
    shape : {"line", "dip"}
        ``line``: a difference in trends that goes on as a straight line. ``dip``: the last time
        before help was out of line, so that the effect is measured from all times before.
    alpha : float
        Level of the test, and chance of each side of the interval to miss.

    Returns
    -------
    dict
        ``p_value`` of the shape; ``bias``, what it would make of the effect; ``low`` and ``high``,
        the interval of the effect without it.
    """
    from scipy import stats

    inverse, _ = _inverse(of)
    steps = of.steps[of.before] if shape == "line" else np.ones(of.before.sum())
    ahead = of.weight @ of.steps if shape == "line" else 1.0
    info = steps @ inverse @ steps
    if not info > 0:
        return dict.fromkeys(("p_value", "bias", "size", "low", "high"), np.nan)
    pull = np.zeros(len(of.weight))
    pull[of.before] = ahead * (inverse @ steps) / info
    bias, left = pull @ of.estimate, of.weight - pull
    reach = stats.t.isf(alpha, of.df) * np.sqrt(left @ of.cov @ left)
    size = abs(bias) / (abs(ahead) / np.sqrt(info))
    return {"p_value": 2 * stats.t.sf(size, of.df), "bias": bias, "size": size,
            "low": left @ of.estimate - reach, "high": left @ of.estimate + reach}  # fmt: skip


def pretrends(eff, power=0.8, level=0.95):
    """Were the arms on the path of the others before help: a test, and what it could miss.

    Parameters
    ----------
    eff : Effects
        As `compare` makes them.
    power : float
        Chance with which the slope of ``slope`` would be found.
    level : float
        One minus the level of the test.

    Returns
    -------
    DataFrame
        By ``arm``: ``periods`` (before help), ``statistic`` (F), ``df``, ``df_design``,
        ``p_value``; ``slope``: the difference in yearly trends that the test would find with
        ``power``; ``since`` and ``bias``: what that slope would do to the effect of the last
        year since the start, and that ``effect`` itself.

    Notes
    -----
    Joint Wald test of the effects before help, divided by their number, against F with the
    degrees of freedom of the design. A test that does not reject proves no parallel trends:
    read ``bias`` beside ``effect``.

    References
    ----------
    Roth, J. (2022), Pretest with caution: event-study estimates after testing for parallel
    trends, American Economic Review: Insights 4.
    """
    need_share("power", power, 0.8)
    need_share("level", level, 0.95)
    rows = []
    for arm in dict.fromkeys(eff._rows("since").sort_values("place")["arm"]):
        of = path(eff, arm)
        row = {"arm": arm, "periods": int(of.before.sum())}
        if of.before.any():
            row |= joint(of, power, 1 - level)
            since = of.since[-1]
            row |= {"since": int(since) if since % 1 == 0 else since,
                    "bias": row["slope"] * of.steps[-1], "effect": of.estimate[-1]}  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows)


def _inverse(of):
    """Inverse of the covariance of the effects before help, and its rank."""
    block = of.cov[np.ix_(of.before, of.before)]
    inverse = np.linalg.pinv(block, rcond=1e-10, hermitian=True)
    return inverse, np.linalg.matrix_rank(block, rtol=1e-10, hermitian=True)


def _shift(power, alpha, count, df):
    """Noncentrality with which an F test rejects with a given power; 0 if it does without any."""
    from scipy import optimize, stats

    if power <= alpha:
        return 0.0
    edge = stats.f.isf(alpha, count, df)
    missed = lambda shift: stats.ncf.sf(edge, count, df, shift) - power  # noqa: E731
    most = 1.0
    while missed(most) < 0:
        most *= 10
    return optimize.brentq(missed, 0, most) if missed(most) >= 0 else np.inf


def clearer(of, p_value):
    """p-value of the clearer one of a line and a dip, as both are tried.

    Parameters
    ----------
    of : Path
        Effects of one arm.
    p_value : float
        The smaller one of both.

    Returns
    -------
    float
        Chance that one of two normal values, correlated as the two shapes are, is as far out.
    """
    from scipy import stats

    if not p_value > 0:
        return p_value
    inverse, _ = _inverse(of)
    shapes = np.column_stack([of.steps[of.before], np.ones(of.before.sum())])
    info = shapes.T @ inverse @ shapes
    between = info[0, 1] / np.sqrt(info[0, 0] * info[1, 1])
    if abs(between) > 1 - 1e-9:  # of one time before they are the same
        return p_value
    far = np.full(2, stats.norm.isf(p_value / 2))
    both = stats.multivariate_normal(cov=[[1, between], [between, 1]])
    return np.clip(1 - both.cdf(far, lower_limit=-far), p_value, 2 * p_value)  # 1 - 1, far out
