"""Lasting and passing poverty of households that were seen in every period of a panel."""

from numbers import Real

import numpy as np

from ..base.checks import need_positive, need_share, refuse_no_names
from ..base.columns import need_numbers
from ..base.errors import DataError
from ..survey.estimates import by_replicates
from ..survey.linear import domain_names, estimates, share_term
from ..survey.negatives import tell_below_zero
from .households import columns_of, in_order, refuse_lacking, surveyed

_MEANS = ("poverty", "chronic poverty", "transient poverty")


def jalan_ravallion(panel, income, line, by=None, *, power=2, corrected=True,
                    household="household_id", time="year"):  # fmt: skip
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
    corrected : bool
        Whether the bias of few periods is taken out of the chronic part; see the notes.
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
        If an income is missing or no number, a line is not positive, no household was seen in
        every period, or there is one period alone.

    Notes
    -----
    Incomes are divided by the line first. With p(y) = max(1 - y, 0)^power, the poverty of a
    household is the mean of p(y_t) over time, its chronic part p(mean of y_t). What is lasting
    low income and what is measurement error is not told apart: noise goes into the transient
    part. Errors are linearised, with a household as one row.

    The mean of T periods is not the mean income that lasts: as p is convex, p of it is too large
    by a bias of order 1/T, and a short panel shows too much chronic poverty (a share of .49 in
    3 periods where .27 is true, in the project's tests). Duclos, Araar and Giles take off
    p''(mean) / 2 times the variance of the mean, or what a bootstrap of the periods finds. Here
    each period is left out in turn (Quenouille's jackknife, which is not theirs): (T - 1) times
    the mean of p without it minus p. For squared gaps this is their term, away from the line; it
    holds for each ``power`` and at the line too. What is left is of order 1/T^2, which is much
    in two periods: where passing changes have a standard deviation of .6 in logarithms, the chronic squared gap was too large by a quarter in 2 periods, by 7 percent
    in 3, 3 in 5 and nothing in 10; uncorrected by 150, 100, 64 and 32 percent. It takes what
    passes in a household as independent from period to period: where bad
    years come in runs, a part of the bias stays. The corrected chronic part of a single household
    may be below 0 or above its poverty, and so may that of few households.
    ``corrected=False`` gives the parts as Jalan and Ravallion define them, of the mean of the
    periods seen; their transient part is never negative.

    References
    ----------
    Duclos, J.-Y., Araar, A., Giles, J. (2010), Chronic and transient poverty: measurement and
    estimation, with evidence from China, Journal of Development Economics 91. Quenouille, M.
    (1956), Notes on bias in estimation, Biometrika 43. Jalan, J., Ravallion,
    M. (1998), Transient poverty in postreform rural China, Journal of Comparative Economics 26;
    (2000), Is transient poverty different?, Journal of Development Studies 36.

    Examples
    --------
    One is poor throughout; the other has the line on average, but not in each year.

    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": [1, 1, 2, 2], "year": [2019, 2020] * 2,
    ...                       "income": [50, 50, 50, 150]})
    >>> found = ps.jalan_ravallion(panel, "income", line=100, corrected=False)
    >>> found.tidy()[["term", "estimate"]].values.tolist()
    [['poverty', 0.1875], ['chronic poverty', 0.125], ['transient poverty', 0.0625],
     ['chronic share', 0.6666666666666666]]
    """
    need_positive("power", power, 2, least=1)
    asked = (income, line, by, power, corrected, (household, time))
    return _jalan_ravallion(surveyed(panel), *asked)


@by_replicates
def _jalan_ravallion(svy, income, line, by, power, corrected, names):
    rows, waves, by = _households(svy, income, line, by, names)
    whole, count = (_gap(waves) ** power).mean(axis=1), waves.shape[1]
    if count < 2:
        raise DataError(
            "One period does not tell what lasts.", where=f"column {names[1]}", found="1 period",
            remedy="a panel of two periods or more",
        )  # fmt: skip
    chronic = _gap(waves.mean(axis=1)) ** power
    if corrected:
        total, others = waves.sum(axis=1), 0.0
        for one in waves.T:
            others = others + _gap((total - one) / (count - 1)) ** power / count
        chronic = chronic - (count - 1) * (others - chronic)
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
    tell_below_zero(svy, income)
    if isinstance(line, str):
        svy.rows.refuse_codes([line])
        z = svy.rows.known(line, need_numbers(line, table[line]))
    else:
        need_positive("line", line, 2300)
        z = line
    bad = np.flatnonzero(~((np.broadcast_to(z, len(table)) > 0) | np.isnan(z)) | np.isinf(z))
    if len(bad):
        raise DataError("A poverty line is a number of more than 0.", where="argument line",
                        found=np.broadcast_to(z, len(table))[bad[0]], remedy="line=2300")  # fmt: skip
    ratio = svy.rows.known(income, need_numbers(income, table[income])) / z
    lost = np.flatnonzero(~np.isfinite(ratio))
    if len(lost) and svy.missing == "refuse":
        svy.rows.refuse_values(" or ".join(line_columns(income, line)), len(lost), f"row {lost[0]}")
    return np.where(np.isfinite(ratio), ratio, np.nan)


def _households(svy, income, line, by, names):
    """One row for each household, its incomes over the line by period, and the domains.

    Where a household misses a period its incomes are no numbers.
    """
    by = domain_names(by, ())
    refuse_no_names([*names, income])
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
