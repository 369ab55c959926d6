"""How well a register was kept: what its own figures betray, before anybody visits.

Excess just above the line, exits in deadline years and last digits tell how a register *may* have
been filled; each has innocent reasons too, and none tells of a single household.

Households listed twice at one time are found by `povstudy.clean.one_status`, dates in the wrong
order by `povstudy.clean.check_order`.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..base.checks import listed, need_columns, need_positive, need_share, need_whole
from ..base.errors import DataError
from ..base.status import status_of
from ..survey.cells import Layout, Rows, place_of
from ..survey.linear import Term, estimates, share_of, share_term
from ..survey.survey import Survey
from .lists import by_values

_MOST = np.finfo(float).max


def _opened(register, names, numbers=()):
    """A register as rows, in memory or not; it is a register unless it says otherwise."""
    if isinstance(register, pd.DataFrame):
        need_columns(register, names)
        plain = [one for one in numbers if register[one].dtype.kind not in "mM"]  # dates are none
        register = register.assign(**{one: pd.to_numeric(register[one]) for one in plain})
    svy = Survey(register, status=status_of(register, "register"))
    svy.rows.need(names)
    svy.rows.without = "register = register.dropna(subset=['{}'])"
    if not isinstance(svy.rows, Rows):
        held = f"duckdb.read_parquet({svy.rows.path!r})" if svy.rows.path else "register"
        svy.rows.without = (
            f"register = narwhals.from_native({held}).drop_nulls(['{{}}']).to_native()"
        )
    return svy


def _kept(svy, names, cluster, made, keep=None, codes=None):
    """A survey of some columns of a register, of others made of them, and of the rows that count."""
    cluster = listed(cluster)
    table = svy.rows.derived(list(dict.fromkeys([*names, *cluster])), made, keep)
    made = svy.reopened(table, Layout(psu=tuple(cluster), codes=codes))
    made.rows.without = svy.rows.without
    return made


def _told(svy, by, needed, column, marks):
    """Sums of what the values of a column stand for: ``marks`` gives arrays for an array of them."""
    of = lambda groups: marks(groups[column].to_numpy(float))  # noqa: E731
    found = by_values(svy, by, [column], of, needed)
    values, made = found.groups[column], of(found.groups)

    def of_row(row):  # asked for design effects alone
        return {name: sum(row.where(row[column] == value, float(x), 0.0)
                          for value, x in zip(values, one, strict=True) if x)
                for name, one in made.items()}  # fmt: skip

    return replace(found, asked=(by, needed, of_row, ()))


# Bunching -----------------------------------------------------------------------------


def bunching(register, income, line, *, by=None, cluster="county", window=(0.75, 1.1),
             reach=(0.4, 2.0), width=0.05, degree=5):  # fmt: skip
    """Estimate how many incomes too many are reported just above the line.

    Parameters
    ----------
    register : DataFrame, LazyFrame, relation or path
        A row for each household; past memory as for `Survey`.
    income : str
        Column of reported income per person.
    line : float
        Poverty line, in the unit of income.
    by : str or list of str, optional
        Columns of domains, such as the year, or who assessed.
    cluster : str or None
        Column of what was filled in together, such as the county; ``None``: every row by itself.
    window : tuple of float
        Where reports may have been moved from and to, in lines: a smooth density is drawn across
        it from both sides.
    reach : tuple of float
        Incomes from which it is drawn, in lines.
    width : float
        Of the bins, in lines; window and reach are whole bins from the line.
    degree : int
        Of the polynomial through the bins outside the window.

    Returns
    -------
    Estimates
        ``excess above the line`` (within the window) and ``missing below the line``, as shares of
        all rows of the domain; ``excess over expected``: 0.5 is half as many again as the smooth
        density has there. ``contrast`` compares years or assessors.

    Raises
    ------
    DataError
        If an income is missing, or window, reach and width do not fit.

    Notes
    -----
    Excess mass as of Saez (2010) and Chetty et al. (2011), without moving the counterfactual: by
    least squares it is linear in the counts of the bins, so each row has a weight, the excess is a
    mean of weights, and its error is that of a mean, between clusters; no bootstrap is
    needed. A moved report is missing below the line: where excess and missing are far apart,
    another reason, or another window, is to be looked for. The error does not hold what the
    polynomial misses: where the density is steep, or breaks at the line by rule (who is above it
    leaves the list), compare with years or assessors that have no reason to move reports.
    Lines at round numbers heap by themselves; see `digit_heaping`.

    References
    ----------
    Saez, E. (2010), Do taxpayers bunch at kink points?, American Economic Journal: Economic Policy
    2. Chetty, R., Friedman, J., Olsen, T., Pistaferri, L. (2011), Adjustment costs, firm responses,
    and micro vs. macro labor supply elasticities, Quarterly Journal of Economics 126.

    Examples
    --------
    A flat density, of which every fifth report from just below was moved to just above:

    >>> import numpy as np, pandas as pd, povstudy as ps
    >>> income = np.arange(500, 5000, 0.5)
    >>> moved = (income > 1840) & (income < 2300) & (np.arange(len(income)) % 5 == 0)
    >>> table = pd.DataFrame({"income": np.where(moved, 2350, income), "county": income // 7})
    >>> found = ps.bunching(table, "income", 2300).tidy()
    >>> found[["term", "estimate"]].round(3).values.tolist()
    [['excess above the line', 0.02], ['missing below the line', 0.02],
     ['excess over expected', 0.398]]
    """
    by, names = listed(by), [income, *listed(by), *listed(cluster)]
    need_positive("line", line, 2300)
    need_whole("degree", degree, such=5)
    below, above, least, most = _bins(window, reach, width)
    if most - least - (above - below) <= degree + 1:
        raise DataError("There are too few bins outside the window for this degree.",
                        where="arguments window, reach, width, degree", found=f"{most - least - (above - below)} bins, degree {degree}",
                        remedy="a wider reach, a smaller width or a smaller degree")  # fmt: skip
    svy = _opened(register, names)
    row = svy.rows
    row.tell_codes([income], "register")
    if isinstance(row, Rows):  # elsewhere with the sums
        row.good([income], refuse=True)
    place = (row[income] - line) / (line * width)
    place = row.where(place < least, least - 1.0, row.where(place >= most, float(most), place))
    bins = np.arange(least, most)
    outside = (bins < below) | (bins >= above)
    basis = np.polynomial.legendre.legvander(2 * (bins - least + 0.5) / (most - least) - 1, degree)
    # Expected counts are linear in those outside: weights of a row outside, for each window.
    solved = basis[outside] @ np.linalg.inv(basis[outside].T @ basis[outside])

    def marks(place):
        at = np.clip(place - least, 0, len(bins) - 1).astype(int)
        within, made = (place >= least) & (place < most), {}
        for name, first, last in (("above", 0, above), ("below", below, 0)):
            weights = np.zeros(len(bins))
            weights[outside] = solved @ basis[(bins >= first) & (bins < last)].sum(axis=0)
            made[f"expected {name}"] = np.where(within, weights[at], 0.0)
            made[f"found {name}"] = (place >= first) & (place < last)
        return made

    svy = _kept(svy, [*by, income], cluster, {"bin_": row.floor(place)}, codes={income: []})
    found = _told(svy, by, [income], "bin_", marks)
    if not (found.total("expected above")[found.n > 0] > 0).all():
        raise DataError("No income is expected above the line: nothing is near it.", where=f"column {income}",
                        found=f"line {line:g}, median {row.quantiles(income, [0.5], [], True)[0, 0]:g}", remedy="line= in the unit of income, or a smaller degree=")  # fmt: skip
    (over, steep), parts = share_of(found, "found above", "expected above"), []
    for name, term, sign in (
        ("above", "excess above the line", 1),
        ("below", "missing below the line", -1),
    ):
        (one, slope), (two, other) = (share_of(found, f"{x} {name}") for x in ("found", "expected"))
        slopes = {key: sign * x for key, x in slope.items()}
        for key, x in other.items():
            slopes[key] = slopes.get(key, 0) - sign * x
        parts.append(Term(term, sign * (one - two), slopes))
    return estimates(svy, found, [*parts, Term("excess over expected", over - 1, steep)])


def _bins(window, reach, width):
    """Whole bins from the line at which the window and the reach begin and end."""
    edges = [*window, *reach]
    right = "window=(0.75, 1.1), reach=(0.4, 2.0), width=0.05"
    need_share("width", width, 0.05)
    if len(edges) != 4:
        raise DataError("Window and reach are two numbers each, in lines.",
                        where="arguments window, reach", found=f"{window}, {reach}", remedy=right)  # fmt: skip
    for one in edges:
        need_positive("window and reach", one, least=0)
    steps = [(one - 1) / width for one in edges]
    whole = [round(one) for one in steps]
    below, above, least, most = whole
    fit = max(abs(one - other) for one, other in zip(steps, whole, strict=True)) < 1e-6
    if not (fit and least < below < 0 < above < most):
        raise DataError("The window holds the line, the reach holds the window, and their ends are whole "
                        "widths from the line.", where="arguments window, reach, width", found=f"{window}, {reach}, {width}", remedy=right)  # fmt: skip
    return whole


# Exits in deadline years --------------------------------------------------------------


def deadline_exits(register, *, by=None, cluster="county", year="year", on_list="listed",
                   exit_year="exit_year", deadline="deadline"):  # fmt: skip
    """Compare exits in the deadline year of a county with those in other years.

    Parameters
    ----------
    register : DataFrame, LazyFrame, relation or path
        A row for each household and year; past memory as for `Survey`.
    by : str or list of str, optional
        Columns of domains, such as who assessed.
    cluster : str or None
        Column of what was filled in together.
    year, on_list, exit_year, deadline : str
        Columns: the year; on the list at its start (true or false); year of the first exit
        (missing for none); deadline of the county (missing for none).

    Returns
    -------
    Estimates
        ``exit rate, deadline year`` and ``exit rate, other years``, of households on the list
        that had not left before; ``spike ratio``, the first over the second.

    Raises
    ------
    DataError
        If nobody is on the list in deadline years, or nobody left in others.

    Notes
    -----
    A spike has innocent reasons too: help that ends with the plan, or good years. Where all
    counties have one deadline, the year itself is one of them.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"county": [1, 1, 1, 2, 2, 2] * 10, "year": [2014, 2015, 2016] * 20,
    ...                       "listed": True, "deadline": 2016, "exit_year": None})
    >>> table.loc[[2, 5, 8, 11, 14, 17, 20, 23], "exit_year"] = 2016
    >>> table.loc[[0, 3], "exit_year"] = 2014
    >>> found = ps.deadline_exits(table).tidy()
    >>> found[["term", "estimate"]].round(2).values.tolist()
    [['exit rate, deadline year', 0.4], ['exit rate, other years', 0.05], ['spike ratio', 8.0]]
    """
    by, columns = listed(by), [year, on_list, exit_year, deadline]
    svy = _opened(register, [*columns, *by, *listed(cluster)], (year, exit_year, deadline))
    row = svy.rows
    years, on, left, due = (row[name] for name in columns)
    known = years <= _MOST  # to engines, what is not a number is the greatest
    mark = lambda holds: row.where(holds & known, 1.0, 0.0)  # noqa: E731
    risk = (on == 1) & (mark(left < years) == 0)
    if not row.first(on_list, lambda row: risk):
        raise DataError(
            "Nobody is on the list.", where=f"column {on_list}", remedy="a column of true and false"
        )
    kind = {"kind_": 2 * mark(due == years) + mark(left == years)}
    svy = _kept(svy, by, cluster, kind, risk)
    parts = {"late": (2, 3), "late exits": (3,), "other": (0, 1), "other exits": (1,)}
    marks = lambda kind: {name: np.isin(kind, of) for name, of in parts.items()}  # noqa: E731
    found = _told(svy, by, [], "kind_", marks)
    late, exits, other, others = (found.total(name) for name in parts)
    for total, what in (
        (late, "on the list in a deadline year"),
        (others, "leaving in other years"),
    ):
        if (lacks := (found.n > 0) & ~(total > 0)).any():
            place = place_of(found.domains.iloc[int(lacks.argmax())])
            raise DataError(f"There is nobody {what}: exits cannot be compared.",
                            where=place,
                            remedy="other domains, or more years")  # fmt: skip
    ratio = exits / late / (others / other)
    slopes = {"late exits": other / late / others, "late": -ratio / late,
              "other exits": -ratio / others, "other": ratio / other}  # fmt: skip
    return estimates(svy, found, [
        share_term("exit rate, deadline year", found, "late exits", "late"),
        share_term("exit rate, other years", found, "other exits", "other"),
        Term("spike ratio", ratio, slopes),
    ])  # fmt: skip


# Digits -------------------------------------------------------------------------------


def digit_heaping(register, column, *, by=None, cluster=None, unit=1):
    """Test whether last digits are as even as those of counted or measured amounts.

    Parameters
    ----------
    register : DataFrame, LazyFrame, relation or path
        A row for each household; past memory as for `Survey`.
    column : str
        Column of amounts that run over many tens of the unit; amounts below ten units, which
        have no last digit to speak of, are left out.
    by : str or list of str, optional
        Columns of domains, such as who filled in.
    cluster : str, optional
        Column of what was filled in together.
    unit : float
        Place of the digit: 1 for yuan, 10 for tens of yuan.

    Returns
    -------
    DataFrame
        Ten rows for each domain: ``term`` (``"last digit 0"``), columns of domains, share of rows
        as ``estimate`` with its error and interval, ``expected`` (0.1); ``chi_square`` (over its
        design effect), ``chi_df`` and ``p_value`` of the domain.

    Raises
    ------
    DataError
        If no amount is left.

    Notes
    -----
    The chi-square test against even digits is corrected for clusters (Rao and Scott, second
    order). Rounded amounts heap at 0 and 5, which is a habit; made-up ones heap too (Mosimann et
    al. 1995). Benford's law is not used: it needs amounts over several powers of ten, and incomes
    of the poor do not spread so far.

    References
    ----------
    Rao, J., Scott, A. (1984), On chi-squared tests for multiway contingency tables with cell
    proportions estimated from survey data, Annals of Statistics 12. Mosimann, J., Wiseman, C.,
    Edelman, R. (1995), Data fabrication: can people generate random digits?, Accountability in
    Research 4.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [2310, 2345, 2400, 2455, 2500, 2613, 2720, 2805, 2900] * 9})
    >>> found = ps.digit_heaping(table, "income")
    >>> found["estimate"].round(2).tolist()
    [0.56, 0.0, 0.0, 0.11, 0.0, 0.33, 0.0, 0.0, 0.0, 0.0]
    >>> bool(found["p_value"][0] < 0.001)
    True
    """
    from scipy import stats

    by = listed(by)
    need_positive("unit", unit)
    svy = _opened(register, [column, *by, *listed(cluster)], [column])
    row = svy.rows
    row.tell_codes([column], "register")
    amount = row.where(row[column] < 0, -row[column], row[column]) / unit + 1e-9
    amount = row.where(amount < 2.0**62, amount, 0.0)
    whole = row.floor(amount)
    if not row.first(column, lambda row: whole >= 10):
        raise DataError("No amount has two digits or more.", where=f"column {column}",
                        remedy="a column of amounts, or a smaller unit=")  # fmt: skip
    svy = _kept(svy, by, cluster, {"digit_": whole % 10}, whole >= 10)
    names = [f"last digit {i}" for i in range(10)]
    found = _told(
        svy, by, [], "digit_", lambda digit: {one: digit == i for i, one in enumerate(names)}
    )
    found = estimates(svy, found, [share_term(one, found, one) for one in names])
    table, cov = found.tidy(), found.cov().to_numpy()
    domains = len(table) // 10
    table["expected"] = 0.1
    for i in range(domains):
        rows = np.arange(i, len(table), domains)  # digits of one domain
        n, share = table["n"].iloc[i], table["estimate"].to_numpy()[rows]
        matrix = n * cov[np.ix_(rows, rows)] / 0.1
        trace, square = np.trace(matrix), (matrix**2).sum()
        if trace > 0:
            statistic = n * ((share - 0.1) ** 2).sum() / 0.1 * trace / square
            df = trace**2 / square
            told = statistic, df, stats.chi2.sf(statistic, df)
        elif np.isnan(trace):  # one sampling unit alone tells nothing of errors
            told = np.nan, np.nan, np.nan
        else:  # one digit alone: nothing varies, and even digits are out of the question
            told = np.inf, 9.0, 0.0
        table.loc[rows, ["chi_square", "chi_df", "p_value"]] = told
    return table.sort_values(listed(by), kind="stable", ignore_index=True) if by else table
