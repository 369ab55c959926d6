"""Several estimates at once, from the influences of their units: step-down tests, and one of all."""

import numpy as np

from ..base.checks import listed, need_columns

_BLOCK = 4096  # units whose signs are drawn at once


def holm(table, within="term"):
    """Adjust p-values for the number of questions asked: Holm's method.

    Parameters
    ----------
    table : DataFrame
        With ``p_value``; or with ``estimate``, ``std_error`` and ``df``, as `tidy` gives it.
    within : str or list of str, optional
        Columns that tell families of questions apart; ``None``: all rows are one family.

    Returns
    -------
    DataFrame
        With ``p_value`` and ``p_holm``: the least level at which the row would be rejected
        while the chance of any false rejection in its family stays below that level.

    References
    ----------
    Holm, S. (1979), A simple sequentially rejective multiple test procedure, Scandinavian
    Journal of Statistics 6.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> ps.holm(pd.DataFrame({"p_value": [0.01, 0.04, 0.03]}), None)["p_holm"].round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    from scipy import stats

    within, made = listed(within), table.copy()
    if "p_value" not in made:
        need_columns(made, ["estimate", "std_error", "df"])
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.abs(made["estimate"] / made["std_error"])
        made["p_value"] = 2 * stats.t.sf(size, made["df"])
    need_columns(made, within)
    family = made.groupby(within, sort=False, dropna=False).ngroup() if within else [0] * len(made)
    adjusted, family = np.full(len(made), np.nan), np.asarray(family)
    p = made["p_value"].to_numpy(dtype=float)
    for one in np.unique(family):
        asked = np.flatnonzero((family == one) & np.isfinite(p))
        order = asked[np.argsort(p[asked])]
        steps = p[order] * np.arange(len(order), 0, -1)
        adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return made.assign(p_holm=adjusted)


def romano_wolf(p_values, influences, draws, seed):
    """Adjust p-values of questions that hang together: Romano and Wolf's step-down.

    Parameters
    ----------
    p_values : ndarray
        One for each question; missing ones stay missing.
    influences : ndarray, units x questions
        As of `TrialEffects`.
    draws, seed : int
        Draws of signs of the units, and their seed.

    Returns
    -------
    ndarray

    Notes
    -----
    In each draw the influences of every unit (cluster, or row) get one random sign for all
    questions together. A question is set against the largest of those not rejected before it.
    What is compared are p-values, as errors of few clusters have degrees of freedom each.

    References
    ----------
    Romano, J., Wolf, M. (2005), Stepwise multiple testing as formalized data snooping,
    Econometrica 73. Romano, J., Wolf, M. (2016), Efficient computation of adjusted p-values for
    resampling-based stepdown multiple testing, Statistics and Probability Letters 113.
    """
    from scipy import stats

    made = np.full(len(p_values), np.nan)
    asked = np.flatnonzero(np.isfinite(p_values))
    if len(asked) < 2:
        return np.array(p_values)
    order = asked[np.argsort(p_values[asked], kind="stable")]
    size = influences[:, order] / np.sqrt((influences[:, order] ** 2).sum(axis=0))
    rng, shown = np.random.default_rng(seed), np.zeros((draws, len(order)))
    for start in range(0, len(size), _BLOCK):
        part = size[start : start + _BLOCK]
        shown += (2.0 * rng.integers(0, 2, (draws, len(part)), dtype=np.int8) - 1) @ part
    highest = np.maximum.accumulate(np.abs(shown)[:, ::-1], axis=1)[:, ::-1]
    found = stats.norm.isf(p_values[order] / 2)
    chance = ((highest >= found * (1 - 1e-9)).sum(axis=0) + 1) / (draws + 1)
    made[order] = np.maximum.accumulate(np.maximum(chance, p_values[order]))
    return made


def hotelling(estimate, influences, df):
    """Test that several estimates are all zero: Hotelling's T-squared.

    Parameters
    ----------
    estimate : ndarray
        One for each question.
    influences : ndarray, units x questions
        Their products add up to the covariance.
    df : float
        Degrees of freedom of the covariance: the least of the estimates'.

    Returns
    -------
    dict
        ``statistic df_num df_den p_value``; missing where estimates are more than ``df`` allows.

    References
    ----------
    Hotelling, H. (1931), The generalization of Student's ratio, Annals of Mathematical
    Statistics 2. Pustejovsky, J., Tipton, E. (2018), Small-sample methods for cluster-robust
    variance estimation and hypothesis testing in fixed effects models, Journal of Business and
    Economic Statistics 36.

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.survey.joint import hotelling
    >>> found = hotelling(np.array([2.0, 1.0]), np.eye(2), 10)
    >>> round(float(found["statistic"]), 2), found["df_num"], found["df_den"]
    (2.25, 2, 9)
    """
    from scipy import stats

    size, freedom = int(np.linalg.matrix_rank(influences)), np.nan
    if df >= size:
        freedom = df - size + 1
    inverse = np.linalg.pinv(influences.T @ influences, rcond=1e-12, hermitian=True)
    statistic = estimate @ inverse @ estimate * freedom / (df * size)
    return {"statistic": statistic, "df_num": size, "df_den": freedom,
            "p_value": stats.f.sf(statistic, size, freedom)}  # fmt: skip
