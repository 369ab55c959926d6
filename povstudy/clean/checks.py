"""Identities that hold in every sound table; where one fails, a repair is proposed.

Nothing is ever repaired here: each function returns what fails, and, for each number of
the identity, what it would have to be. Where one of these differs from what is printed by a
single digit, that digit is the likely slip, and ``proposed`` names it.
"""

import numpy as np
import pandas as pd

from ..base.checks import need_columns, need_positive, need_whole
from ..base.errors import DataError
from ..base.status import handed_on
from .cell.columns import column, factorize
from .cell.times import date
from .keys import distinct_of, nunique

FINDINGS = ["row", "check", "column", "found", "proposed", "why"]


def _findings(rows, table):
    return handed_on(pd.DataFrame(rows, columns=FINDINGS), table)


def slip(found, wanted):
    """Tell how far two printed numbers are apart by slips of the pen.

    Parameters
    ----------
    found, wanted : float
        What is printed, and what it would have to be.

    Returns
    -------
    float
        1 for one digit in place of another; 1.5 for two neighbours swapped, or a digit or
        zero lost or doubled; infinite for anything more.

    Examples
    --------
    >>> from povstudy.clean.checks import slip
    >>> slip(2014, 1014), slip(574, 1574), slip(2014, 3275)
    (1.0, 1.5, inf)
    """
    a, b = _printed(found), _printed(wanted)
    if len(a) == len(b):
        apart = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
        if len(apart) == 1:
            return 1.0
        if len(apart) == 2 and apart[1] == apart[0] + 1:
            i, j = apart
            return 1.5 if (a[i], a[j]) == (b[j], b[i]) else np.inf
        return np.inf
    short, long = sorted((a, b), key=len)
    lost = any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
    return 1.5 if len(long) - len(short) == 1 and lost else np.inf


def _printed(number):
    whole = float(number).is_integer() and abs(number) < 2**53
    return str(int(number)) if whole else f"{number:.10g}"


def _likely(columns, found, wanted):
    """Rows for the numbers of a broken identity; only the nearest slips get a proposal."""
    # What is printed as zero or more does not become less by a slip.
    distance = [
        slip(x, y) if y >= 0 or x < 0 else np.inf for x, y in zip(found, wanted, strict=True)
    ]
    best = min(distance)
    return [
        (column, x, y)
        for column, x, y, far in zip(columns, found, wanted, distance, strict=True)
        if far == best < np.inf
    ]


def check_flow(table, start="start", end="end", change="change", tolerance=0.0):
    """Check that start minus end is the change (the fall in a year).

    Parameters
    ----------
    table : DataFrame
        Three columns of numbers; rows with a missing or infinite one are passed over.
    start, end, change : str
        Columns: at the start, at the end, and how much fewer.
    tolerance : float
        What rounding allows.

    Returns
    -------
    DataFrame
        ``row check column found proposed why``: a row for each number that would, changed by
        one slip of the pen, mend the identity; one row without a proposal where no single
        slip would. Empty if all is well.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"start": [7017, 2014], "end": [5575, 574], "change": [1442, 440]})
    >>> ps.clean.check_flow(table)[["row", "column", "found", "proposed"]].values.tolist()
    [[1, 'start', 2014.0, 1014.0]]
    """
    need_columns(table, [start, end, change])
    need_positive("tolerance", tolerance, least=0)
    rows = []
    for label, a, b, c in _complete(table, [start, end, change]):
        if _apart(a - b, c, (a, b, c), tolerance):
            why = f"{a:g} - {b:g} = {a - b:g}, not {c:g}"
            rows += _told(
                label, "flow", (start, end, change), (a, b, c), (b + c, a - c, a - b), why
            )
    return _findings(rows, table)


def _told(label, check, columns, found, wanted, why):
    likely = _likely(columns, found, wanted)
    if not likely:
        return [(label, check, ", ".join(columns), np.nan, np.nan, why)]
    return [(label, check, column, x, y, why) for column, x, y in likely]


def _apart(one, other, numbers, tolerance):
    """Tell whether two numbers differ by more than rounding and the arithmetic of floats."""
    return abs(one - other) > tolerance + 1e-13 * max(map(abs, numbers))


def _complete(table, columns):
    """Labels and numbers of the rows whose numbers are all there, and finite."""
    values = table[list(columns)].apply(pd.to_numeric, errors="coerce").astype(float)
    return values[np.isfinite(values).all(axis=1)].itertuples(name=None)


def check_parts(table, total, parts, tolerance=0.0):
    """Check that parts add up to their total.

    Parameters
    ----------
    table : DataFrame
        Columns of numbers; rows with a missing one are passed over.
    total : str
        Column of the total.
    parts : list of str
        Columns of the parts.
    tolerance : float
        What rounding allows.

    Returns
    -------
    DataFrame
        As in `check_flow`.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> city = pd.DataFrame({"all": [54851], "a": [18684], "b": [17551], "c": [18616]})
    >>> ps.clean.check_parts(city, "all", ["a", "b", "c"]).empty
    True
    """
    need_columns(table, [total, *parts])
    need_positive("tolerance", tolerance, least=0)
    rows = []
    for label, whole, *values in _complete(table, [total, *parts]):
        added = sum(values)
        if _apart(added, whole, (whole, *values), tolerance):
            wanted = (added, *(one + whole - added for one in values))
            why = f"the parts make {added:g}, not {whole:g}"
            rows += _told(label, "parts", (total, *parts), (whole, *values), wanted, why)
    return _findings(rows, table)


def check_incidence(table, poor, population, incidence, digits=1):
    """Check that the poor over the population is the incidence, as far as it is printed.

    Parameters
    ----------
    table : DataFrame
        Columns of numbers; rows with a missing one are passed over.
    poor, population : str
        Columns of persons, in one unit.
    incidence : str
        Column in percent.
    digits : int
        Decimals that the incidence is printed with.

    Returns
    -------
    DataFrame
        As in `check_flow`.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"poor": [72, 82], "people": [1000, 1000], "rate": [7.2, 7.2]})
    >>> found = ps.clean.check_incidence(table, "poor", "people", "rate")
    >>> found[["column", "proposed"]].values.tolist()
    [['poor', 72.0], ['rate', 8.2]]
    """
    need_columns(table, [poor, population, incidence])
    need_whole("digits", digits, 0, such=1)
    rows = []
    for label, some, everyone, rate in _complete(table, [poor, population, incidence]):
        implied = some / everyone * 100 if everyone > 0 else np.nan
        if not abs(implied - rate) <= 0.5 * 10.0**-digits + 1e-9:
            why = f"{some:g} of {everyone:g} is {implied:.{digits + 1}f} %, not {rate:g} %"
            with np.errstate(all="ignore"):
                wanted = (
                    _whole(everyone * rate / 100),
                    _whole(np.divide(some, rate) * 100),
                    round(implied, digits),
                )
            columns = (poor, population, incidence)
            rows += _told(label, "incidence", columns, (some, everyone, rate), wanted, why)
    return _findings(rows, table)


def _whole(number):
    """The nearest whole number; what no number can be stays so, and is far from everything."""
    return round(number) if np.isfinite(number) else np.nan


def check_series(table, year, value, by=()):
    """Find years whose value looks as if a digit were lost or doubled: a scale jump.

    Parameters
    ----------
    table : DataFrame
        Rows of years.
    year, value : str
        Columns.
    by : list of str
        Columns that tell series apart.

    Returns
    -------
    DataFrame
        As in `check_flow`: values more than three times, or less than a third, of what the
        neighbours lead one to expect, and nearer to it by a factor of ten or a hundred.

    Notes
    -----
    A value is expected half way, in logarithms, between its neighbours, or like its one
    neighbour at an end. A true jump can look the same: look it up.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"year": [2017, 2018, 2019], "poor": [3046, 1660, 5510]})
    >>> ps.clean.check_series(table, "year", "poor")["proposed"].tolist()
    [551.0]
    """
    need_columns(table, [year, value, *by])
    rows = []
    by = list(by)
    groups = table.groupby(by, dropna=False, observed=True) if by else [((), table)]
    for _, group in groups:
        numbers = pd.to_numeric(group[value], errors="coerce").astype(float)
        group = group[(numbers > 0) & np.isfinite(numbers) & group[year].notna()]
        group = group.sort_values(year, key=lambda years: years.astype(str), kind="stable")
        levels = np.log(group[value].to_numpy(dtype=float))
        last, odd = len(levels) - 1, set()
        for i in range(1, last + 1):  # the first has nothing before it: the second jumps
            # the last is like the one before it, or, where that jumped, the one before that
            near = (i - 1, i + 1) if i < last else [j for j in range(last) if j not in odd][-1:]
            around = [levels[j] for j in near]
            far = levels[i] - np.mean(around)
            shift = min((0, 1, -1, 2, -2), key=lambda k: abs(far - k * np.log(10)))
            steady = len(around) < 2 or abs(around[1] - around[0]) < abs(far)
            if abs(far) > np.log(3) and shift and steady:
                odd.add(i)
                found, label = float(group[value].iloc[i]), group.index[i]
                why = f"{np.exp(np.clip(far, -700, 700)):.2g} times what its neighbours lead one to expect"
                rows.append((label, "scale_jump", value, found, found / 10.0**shift, why))
    return _findings(rows, table)


def check_order(table, first, second):
    """Check that one date is not before another: exit after listing.

    Parameters
    ----------
    table : DataFrame
        Dates, as `date` reads them, or years; rows where one is no date are passed over.
    first, second : str
        Columns, in the order of time.

    Returns
    -------
    DataFrame
        As in `check_flow`, without proposals. Dates are compared as far as both are known.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"listed": ["2014-05", "2016"], "out": [2014, 2015]})
    >>> ps.clean.check_order(table, "listed", "out")["row"].tolist()
    [1]
    """
    need_columns(table, [first, second])
    codes, dates = [], []  # each distinct cell is read once, each distinct pair compared once
    for name in (first, second):
        of, distinct = factorize(table[name])
        told = column(pd.Series(distinct, dtype=object), date)[0]["value"]
        codes.append(of)
        dates.append(told.to_numpy(dtype=object))
    width = max(1, len(dates[1]))
    key = codes[0] * width + codes[1]
    pairs = distinct_of(key)
    one, other = dates[0][pairs // width], dates[1][pairs % width]
    known = pd.notna(one) & pd.notna(other)
    pairs, one, other = pairs[known], one[known], other[known]
    late = {
        pair: (a, b)
        for pair, a, b in zip(pairs[one > other], one[one > other], other[one > other], strict=True)
        if a[: len(b)] > b[: len(a)]  # as texts: 2014 and 2014-05 are in order too
    }
    rows = np.flatnonzero(pd.Series(key).isin(late.keys()))
    return _findings(
        [(label, "order", second, np.nan, np.nan, "{2} {1} lies before {3} {0}".format(*late[pair], second, first))
         for label, pair in zip(table.index[rows], key[rows], strict=True)],
        table,
    )  # fmt: skip


def one_status(table, household, time, status):
    """Find households that have more than one status at one time.

    Parameters
    ----------
    table : DataFrame
        Register rows.
    household, time, status : str
        Columns.

    Returns
    -------
    DataFrame
        As in `check_flow`, a row for each register row of such a household, no proposals.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"id": ["a", "a", "b"], "year": 2015, "status": ["poor", "exited", "poor"]})
    >>> ps.clean.one_status(table, "id", "year", "status")["row"].tolist()
    [0, 1]
    """
    need_columns(table, [household, time, status])
    several = table[nunique(table, [household, time], status) > 1]
    told = several[[household, status]].astype(object).fillna("blank").itertuples(name=None)
    return _findings(
        [(label, "one_status", status, np.nan, np.nan, f"household {one} is {state} and another")
         for label, one, state in told],
        table,
    )  # fmt: skip


def one_source(table, by, series="series"):
    """Find places and years that have figures of more than one series.

    Parameters
    ----------
    table : DataFrame
        Figures with the series they come from, such as household survey and register.
    by : list of str
        Columns of place and time.
    series : str
        Column of the series.

    Returns
    -------
    DataFrame
        As in `check_flow`, a row for each figure that shares its place and year with one of
        another series: they must not be mixed, averaged or filled from each other.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"place": "甘肃", "year": 2013, "series": ["survey", "register"],
    ...                       "poor": [496, 552]})
    >>> ps.clean.one_source(table, ["place", "year"])["check"].tolist()
    ['two_series', 'two_series']
    """
    need_columns(table, [series, *by])
    several = table[
        table.groupby(list(by), dropna=False, observed=True)[series].transform("nunique") > 1
    ]
    why = "this place and time has figures of another series too: keep one"
    return _findings(
        [(label, "two_series", series, np.nan, np.nan, f"{one}: {why}")
         for label, one in several[series].items()],
        table,
    )  # fmt: skip


def one_reporting_level(table, key=("country_code", "year", "welfare_type"),
                        level="reporting_level", order=("national", "rural", "urban")):  # fmt: skip
    """Keep one reporting level for each survey of a World Bank PIP file.

    Parameters
    ----------
    table : DataFrame
        Rows of the Poverty and Inequality Platform.
    key : list of str
        What makes a survey.
    level : str
        Column of the reporting level.
    order : list of str
        Levels, the wanted one first.

    Returns
    -------
    kept : DataFrame
        One row for each survey.
    dropped : DataFrame
        The others.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"country_code": "CHN", "year": 2019, "welfare_type": "consumption",
    ...                       "reporting_level": ["rural", "national"]})
    >>> ps.clean.one_reporting_level(table)[0]["reporting_level"].tolist()
    ['national']
    """
    need_columns(table, [*key, level])
    unknown = set(table[level].dropna()) - set(order)
    if unknown or table[level].isna().any():
        raise DataError(
            "There is a reporting level that is not known.",
            where=level,
            found=", ".join(map(str, unknown)) or "blank",
            remedy=f"ps.clean.one_reporting_level(table, order={[*order, *sorted(unknown, key=str)]})"
            if unknown
            else f"table = table.dropna(subset=[{level!r}])",
        )
    rank = table[level].map({one: i for i, one in enumerate(order)})
    best = rank == rank.groupby([table[one] for one in key], dropna=False).transform("min")
    twice = table[best].duplicated(list(key))
    if twice.any():
        raise DataError("A survey has two rows of one reporting level.",
                        found=str(table[best][twice].index.tolist()[:5]),
                        remedy="drop the rows that were read twice: table.drop_duplicates()")  # fmt: skip
    return table[best], table[~best]
