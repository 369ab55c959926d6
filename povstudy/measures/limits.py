"""Values that lie far out: set to a limit or left out, with a line in the report for each."""

import numpy as np
import pandas as pd

from ..base.checks import listed, need_columns, need_share
from ..base.columns import need_numbers
from ..base.errors import DataError
from ..base.status import handed_on
from ..clean.reports import part, report
from ..survey.ranks import Ranked
from .before import grouped, known, opened


def winsorise(table, column, *, low=None, high=None, by=None, weight=None, how="clip",
              codes=None):  # fmt: skip
    """Set values beyond a quantile to that quantile, or leave their rows out, and tell each.

    Parameters
    ----------
    table : DataFrame
        Of pandas or polars; it is not changed.
    column : str
        Values. Missing ones stay missing.
    low, high : float, optional
        Shares below and above which a value lies far out: ``high=0.99`` is the quantile that 1
        percent exceed. At least one is given.
    by : str or list of str, optional
        Columns of groups, each with limits of its own: the year, the province.
    weight : str, optional
        Weights of the quantiles, and of the share that moves.
    how : {"clip", "drop"}
        Whether values are set to the limit, in a new column, or their rows are left out.
    codes : float, list of float or dict, optional
        Numbers that stand for no answer, as of `povstudy.Survey`: they are missing, and told.
        Others that look so are refused; ``codes=[]``: there are none.

    Returns
    -------
    table : DataFrame
        With the new column ``<column>_clipped``, or without the rows.
    report : DataFrame
        As of a cleaning, for `povstudy.clean.summary`: each value that was beyond a limit, in
        ``why`` the limit, how many there were, and which share of the total (of the group, losses
        without their sign) moved; ``row`` 1 is the first.

    Raises
    ------
    DataError
        If no limit is given, a weight is missing or negative, or values hold codes of no answer.

    Notes
    -----
    The quantile at p is the least value that a share p of the weights does not exceed, as in
    `povstudy.quantile`. Both ways lower inequality, and a poverty gap if ``low`` is given: show
    results with and without.

    References
    ----------
    Cowell, F., Victoria-Feser, M.-P. (1996), Robustness properties of inequality measures,
    Econometrica 64.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [900, 1800, 2100, 2500, 92_700]})
    >>> found, report = ps.winsorise(table, "income", high=0.8)
    >>> found["income_clipped"].tolist()
    [900.0, 1800.0, 2100.0, 2500.0, 2500.0]
    >>> report[["row", "old", "new"]].values.tolist(), report["why"].item()
    ([[5, 92700.0, 2500.0]],
     'above 2500, which is the quantile at 0.8; values: 1 of 5; share of the total that moves: 90.200%')
    """
    by, made = listed(by), [f"{column}_clipped"]
    table, codes = opened(table, [column, *by], codes, made if how == "clip" else ())
    need_columns(table, listed(weight))
    _refuse_options(low, high, how)
    parts = []
    values = known(column, table[column], codes, parts, income=False)
    weights = np.ones(len(values)) if weight is None else need_numbers(weight, table[weight])
    bad = ~((weights >= 0) & (weights < np.inf))
    if bad.any():
        at = int(bad.argmax())
        raise DataError("A weight is missing or below 0.", where=f"column {weight}, row {at + 1}", found=weights[at],
                        remedy=f"table = table[table[{weight!r}] >= 0]")  # fmt: skip
    code, groups = np.zeros(len(values), dtype=np.intp), pd.DataFrame(index=[0])
    if by:
        code, groups = grouped({name: table[name] for name in by})
    there = ~np.isnan(values)
    ranked = Ranked(values, weights, np.where(there & (weights > 0), code, -1), len(groups))
    counts = np.bincount(code[there], minlength=len(groups))
    weighed = np.where(there, np.abs(values) * weights, 0)
    wholes = np.bincount(code, weighed, len(groups))
    new, out = values.copy(), np.zeros(len(values), dtype=bool)
    for share, reason, outside in ((low, "under_limit", np.less), (high, "over_limit", np.greater)):
        if share is None:
            continue
        limits = ranked.quantile(share)
        beyond = there & outside(values, limits[code])
        new, out = np.where(beyond, limits[code], new), out | beyond
        for i in np.unique(code[beyond]):
            rows = np.flatnonzero(beyond & (code == i))
            of = ", ".join(str(one) for one in groups.iloc[i])
            lost = values[rows] - (limits[i] if how == "clip" else 0)
            moved = np.abs(lost @ weights[rows]) / (wholes[i] or 1)
            parts.append(part(rows, column, values[rows], limits[i] if how == "clip" else None,
                              "changed" if how == "clip" else "dropped", reason, limits[i], share,
                              counts[i], f" ({of})" if of else "", len(rows), moved))  # fmt: skip
    found = table[~out].copy() if how == "drop" else table.assign(**{made[0]: new})
    return handed_on(found, table), report(parts)


def _refuse_options(low, high, how):
    if low is None and high is None:
        raise DataError("No limit is given.", where="arguments low and high", found=None,
                        remedy="high=0.99")  # fmt: skip
    for name, share in (("low", low), ("high", high)):
        if share is not None:
            need_share(name, share, 0.01 if name == "low" else 0.99)
    if low is not None and high is not None and not low < high:
        raise DataError("The lower limit lies above the upper one.", where="arguments low and high",
                        found=f"low={low}, high={high}",
                        remedy=f"low={high}, high={low}" if low > high else "low=0.01, high=0.99")  # fmt: skip
    if how not in ("clip", "drop"):
        raise DataError("Values are set to the limit or their rows left out.", where="argument how",
                        found=repr(how)[:80], remedy='how="clip"')  # fmt: skip
