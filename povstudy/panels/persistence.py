"""Lasting and passing poverty of households that were seen in every period of a panel."""

from numbers import Real

import numpy as np

from ..base.checks import need_positive, need_share
from ..base.errors import DataError
from ..survey.estimates import by_replicates
from ..survey.linear import domain_names, estimates, share_term
from .households import columns_of, in_order, refuse_lacking, surveyed

_MEANS = ("poverty", "chronic poverty", "transient poverty")


def jalan_ravallion(panel, income, line, by=None, *, power=2, household="household_id",
                    time="year"):  # fmt: skip
    """Split poverty over time into a chronic and a transient part, by mean income.

    Parameters
    ----------
    panel : Survey or table
        A row for each household and period; a table takes its design from the columns ``weight``,
        ``stratum`` and ``psu`` that it has. Design, weight and domains are those of a household's
        last row. Households that miss a period of the panel are left out, and counted in
        ``dropped``.
    income : str
        Column of income (or consumption) per person.
    line : float or str
        The poverty line, or the column that holds it.
    by : str or list of str, optional
        Columns of domains.
    power : float
        Of the gap, 1 or more: 2 is the squared gap.
    household, time : str
        Columns of the household and the period.

    Returns
    -------
    Estimates
        The terms ``poverty`` (mean over periods and households), ``chronic poverty`` (of the
        mean income over time), ``transient poverty`` (the rest), and ``chronic share`` of the
        whole.

    Raises
    ------
    DataError
        If an income is missing, a line is not positive, or no household was seen in every
        period.

    Notes
    -----
    Incomes are divided by the line first. With p(y) = max(1 - y, 0)^power, the poverty of a
    household is the mean of p(y_t) over time, its chronic part p(mean of y_t). As p is convex,
    the transient part is never negative. What is lasting low income and what is measurement
    error is not told apart: noise goes into the transient part. Errors are linearised, with a
    household as one row.

    References
    ----------
    Jalan, J., Ravallion, M. (1998), Transient poverty in postreform rural China, Journal of
    Comparative Economics 26; (2000), Is transient poverty different?, Journal of Development
    Studies 36.

    Examples
    --------
    One is poor throughout; the other has the line on average, but not in each year.

    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": [1, 1, 2, 2], "year": [2019, 2020] * 2,
    ...                       "income": [50, 50, 50, 150]})
    >>> ps.jalan_ravallion(panel, "income", line=100).tidy()[["term", "estimate"]].values.tolist()
    [['poverty', 0.1875], ['chronic poverty', 0.125], ['transient poverty', 0.0625],
     ['chronic share', 0.6666666666666666]]
    """
    need_positive("power", power, 2, least=1)
    return _jalan_ravallion(surveyed(panel), income, line, by, power, (household, time))


@by_replicates
def _jalan_ravallion(svy, income, line, by, power, names):
    rows, waves, by = _households(svy, income, line, by, names)
    whole = (_gap(waves) ** power).mean(axis=1)
    chronic = _gap(waves.mean(axis=1)) ** power
    values = dict(zip(_MEANS, (whole, chronic, whole - chronic), strict=True))
    svy, found = _sums(svy, rows, values, by)
    terms = [share_term(name, found, name) for name in _MEANS]
    return estimates(svy, found, [*terms, share_term("chronic share", found, _MEANS[1], _MEANS[0])])


def foster_duration(panel, income, line, cutoff=0.5, by=None, *, household="household_id",
                    time="year"):  # fmt: skip
    """Estimate chronic poverty by how long a household is poor (Foster 2009).

    Parameters
    ----------
    panel, income, line, by, household, time
        As for `jalan_ravallion`.
    cutoff : float
        Share of periods, more than 0 to 1: chronically poor is who is poor in at least so many.

    Returns
    -------
    Estimates
        ``H``, the share of the chronically poor; ``D``, the mean share of periods that these are
        poor; ``K0`` = H x D; ``K1`` and ``K2``, the mean gap and squared gap over all periods,
        with zero for who is not chronically poor; ``transient``, the share who are poor at some
        time but not chronically. D is missing where nobody is chronically poor.

    Raises
    ------
    DataError
        As `jalan_ravallion`; or for a cut-off outside its range.

    Notes
    -----
    Poor is income < line. Two cut-offs, the line within a period and the duration across them;
    no income of a good period makes up for a bad one, where `jalan_ravallion` lets it.

    References
    ----------
    Foster, J. (2009), A class of chronic poverty measures, in Addison, T., Hulme, D., Kanbur, R.
    (eds), Poverty Dynamics, Oxford.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": [1, 1, 2, 2], "year": [2019, 2020] * 2,
    ...                       "income": [50, 120, 110, 150]})
    >>> found = ps.foster_duration(panel, "income", line=100).tidy()
    >>> dict(zip(found["term"], found["estimate"].tolist()))
    {'H': 0.5, 'D': 0.5, 'K0': 0.25, 'K1': 0.125, 'K2': 0.0625, 'transient': 0.0}
    """
    need_share("cutoff", cutoff, ends=(1,))
    return _foster_duration(surveyed(panel), income, line, cutoff, by, (household, time))


@by_replicates
def _foster_duration(svy, income, line, cutoff, by, names):
    rows, waves, by = _households(svy, income, line, by, names)
    gap, poor = _gap(waves), (waves < 1).astype(float)
    share = poor.mean(axis=1)
    chronic = share >= cutoff - 1e-12
    chronic = np.where(np.isnan(waves[:, 0]), np.nan, chronic)
    values = {
        "H": chronic, "K0": chronic * share, "K1": chronic * gap.mean(axis=1),
        "K2": chronic * (gap**2).mean(axis=1), "transient": (1 - chronic) * (share > 0),
    }  # fmt: skip
    svy, found = _sums(svy, rows, values, by)
    made = {name: share_term(name, found, name) for name in values}
    made["D"] = share_term("D", found, "K0", "H")
    order = ("H", "D", "K0", "K1", "K2", "transient")
    return estimates(svy, found, [made[name] for name in order])


def _gap(ratio):
    """Gap to the line, as a share of it."""
    return np.maximum(1 - ratio, 0)


def _sums(svy, rows, values, by):
    """Survey of households, and sums of their values."""
    named = {f"{name}_": x for name, x in values.items()}
    refuse_lacking(svy, rows, by, ~np.isnan(next(iter(values.values()))))
    made = svy.reopened(rows.assign(**named), missing="drop")
    terms = lambda row: {name: row[f"{name}_"] for name in values}  # noqa: E731
    return made, made.cells(by, list(named), terms)


def line_columns(income, line):
    """Columns of income and, where it is one, of the line."""
    return [income, line] if isinstance(line, str) else [income]


def over_line(svy, table, income, line):
    """Income over the line, row by row; refuses lines that are none, and what is missing."""
    if not isinstance(line, str | Real):
        raise DataError("A poverty line is a number, or a column of numbers.", where="argument line",
                        found=type(line).__name__, remedy="line=2300")  # fmt: skip
    z = table[line].to_numpy(dtype=float, na_value=np.nan) if isinstance(line, str) else line
    if not isinstance(line, str):
        need_positive("line", line, 2300)
    bad = np.flatnonzero(~((np.broadcast_to(z, len(table)) > 0) | np.isnan(z)) | np.isinf(z))
    if len(bad):
        raise DataError("A poverty line is a number of more than 0.", where="argument line",
                        found=np.broadcast_to(z, len(table))[bad[0]], remedy="line=2300")  # fmt: skip
    ratio = table[income].to_numpy(dtype=float, na_value=np.nan) / z
    lost = np.flatnonzero(~np.isfinite(ratio))
    if len(lost) and svy.missing == "refuse":
        svy.rows.refuse_values(" or ".join(line_columns(income, line)), len(lost), f"row {lost[0]}")
    return np.where(np.isfinite(ratio), ratio, np.nan)


def _households(svy, income, line, by, names):
    """One row for each household, its incomes over the line by period, and the domains.

    Where a household misses a period its incomes are no numbers.
    """
    by = domain_names(by, ())
    table = columns_of(svy, [*names, *line_columns(income, line), *by])
    order, code, times = in_order(table, *names)
    ratio = over_line(svy, table, income, line)
    periods, period = np.unique(times, return_inverse=True)
    waves = np.full((code.max() + 1, len(periods)), np.nan)
    waves[code, period] = ratio[order]
    waves[np.isnan(waves).any(axis=1)] = np.nan
    if np.isnan(waves).all():
        raise DataError("No household was seen in every period.", where=f"column {names[1]}",
                        found=f"{len(periods)} periods", remedy="a part of the periods")  # fmt: skip
    last = np.r_[code[1:] != code[:-1], True]
    rows = table.take(order[last]).reset_index(drop=True)
    return rows, waves, by
