"""How alike households of one village are, as trials and audits in villages ask."""

import numpy as np
import pandas as pd

from ...base.checks import listed, need_columns, need_share
from ...base.columns import need_numbers
from ...base.errors import DataError, DesignError
from ...base.status import handed_on, status_of


def intraclass_correlation(table, outcome, cluster="village", *, within=(), level=0.95):
    """Find the share of the variance that lies between villages.

    Parameters
    ----------
    table : DataFrame
        A row for each household. Its weights, if any, are not used: it is the villages at hand
        that are looked at.
    outcome : str
        Column of numbers, or of 1 and 0.
    cluster : str
        Column of villages.
    within : str or list of str
        Columns whose groups have means of their own, such as the arm of a pilot trial or the
        stratum; a village lies in one group.
    level : float
        Of the interval.

    Returns
    -------
    DataFrame
        One row: ``term outcome estimate std_error ci_low ci_high n clusters cluster_size
        cluster_size_cv sd method data_status``. ``cluster_size`` is the mean of households in a
        village, ``cluster_size_cv`` their standard deviation over it, ``sd`` the standard
        deviation of the outcome between households
        (within groups). The estimate may be below 0 where villages differ less than by chance.

    Raises
    ------
    DataError
        If a value is missing or no number, or the outcome is the same for all.
    DesignError
        If no village has two households, there are no two villages beside groups, or a village
        lies in two groups.

    Notes
    -----
    The estimator of the analysis of variance, with the mean size that fits unequal villages; its
    error is that of Swiger and others (1964), its interval that of F, which is exact for
    villages of one size and a normal outcome (Donner and Koval 1980; Searle 1971).

    References
    ----------
    Donner, A., Koval, J. (1980), The estimation of intraclass correlation in the analysis of
    family data, Biometrics 36. Searle, S. (1971), Linear Models, Wiley. Swiger, L., Harvey, W.,
    Everson, D., Gregory, K. (1964), The variance of intraclass correlation involving groups with
    one observation, Biometrics 20.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"village": list("aabbcc"), "income": [1.0, 2, 3, 4, 6, 5]})
    >>> found = ps.intraclass_correlation(table, "income")
    >>> found[["estimate", "sd", "cluster_size"]].round(3).values.tolist()
    [[0.882, 2.062, 2.0]]
    """
    groups = listed(within)
    need_columns(table, [outcome, cluster, *groups])
    need_share("level", level, 0.95)
    from scipy import stats

    y = need_numbers(outcome, table[outcome])
    lacking = ~np.isfinite(y) | table[[cluster, *groups]].isna().any(axis=1).to_numpy()
    if lacking.any():
        raise DataError("A value is missing, or not finite.", where=f"column {outcome}, {cluster}",
                        found=f"{lacking.sum():,} of {len(table):,} rows",
                        remedy=f"table = table.dropna(subset={[outcome, cluster, *groups]!r})")  # fmt: skip
    village = pd.factorize(table[cluster])[0]
    group = np.zeros(len(y), int)
    if groups:
        group = table.groupby(groups, sort=False, observed=True).ngroup().to_numpy()
    own = np.zeros(village.max() + 1, int)
    own[village] = group
    if (own[village] != group).any():
        at = int(np.argmax(own[village] != group))
        raise DesignError("A village lies in two groups.", where=f"{cluster} {table[cluster].iloc[at]!r}",
                          found=", ".join(groups), remedy="within=()")  # fmt: skip
    size, n = np.bincount(village), len(y)
    between, inside = len(size) - len(np.unique(group)), n - len(size)
    if between < 1 or inside < 1:
        raise DesignError("Villages are compared with households in them: two of each are needed.",
                          where=f"column {cluster}", found=f"{len(size)} villages, {n} rows",
                          remedy="a table with several households in each of several villages")  # fmt: skip
    largest = np.abs(y).max() or 1.0
    y = y / largest  # nothing hangs on the unit
    y -= y.mean()
    of_group = (np.bincount(group, y) / np.bincount(group))[own]
    means = np.bincount(village, y) / size
    ms_between = (size * (means - of_group) ** 2).sum() / between
    ms_within = ((y - means[village]) ** 2).sum() / inside
    if ms_between + ms_within <= 1e-24:
        raise DataError("The outcome is the same for all.", where=f"column {outcome}",
                        found=table[outcome].iloc[0], remedy="an outcome that differs")  # fmt: skip
    mean = (n - (np.bincount(own, size**2) / np.bincount(own, size)).sum()) / between
    rho = lambda f: (f - 1) / (f - 1 + mean)  # noqa: E731
    ratio = np.divide(ms_between, ms_within) if ms_within > 0 else np.inf
    icc = rho(ratio) if np.isfinite(ratio) else 1.0
    error = np.sqrt(2 * (n - 1) * (1 - icc) ** 2 * (1 + (mean - 1) * icc) ** 2
                    / (mean**2 * (n - len(size)) * between))  # fmt: skip
    ends = [rho(ratio / stats.f.ppf(p, between, inside)) if np.isfinite(ratio) else 1.0
            for p in (0.5 + level / 2, 0.5 - level / 2)]  # fmt: skip
    made = pd.DataFrame([{
        "term": "intra-village correlation", "outcome": outcome, "estimate": icc, "std_error": error,
        "ci_low": ends[0], "ci_high": ends[1], "n": n, "clusters": len(size), "cluster_size": n / len(size),
        "cluster_size_cv": size.std() * len(size) / n,
        "sd": largest * np.sqrt(ms_within + max(0.0, ms_between - ms_within) / mean),
        "method": "analysis of variance", "data_status": status_of(table),
    }])  # fmt: skip
    made.attrs["level"] = level
    return handed_on(made, table)
