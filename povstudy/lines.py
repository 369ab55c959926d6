"""Poverty lines and the standards behind them: three series that are never chained.

China has counted its rural poor by three standards, those of 1978, 2008 and 2010. Each is
a series of its own. Nothing here joins them, fills a gap or invents a line; prices and
purchasing power come from the user.
"""

from collections.abc import Mapping

import pandas as pd

from .base.checks import need_columns
from .base.errors import DataError
from .sources import load

DAYS_PER_YEAR = 365


class Line(float):
    """A poverty line: a number that knows its unit, year, standard and origin.

    It computes and compares as the float it is; ``str()`` tells what it means.

    Attributes
    ----------
    unit : str
        Unit of the number.
    year, price_year : int
        Year the line is for, and year whose official line it starts from.
    standard : str
        ``"1978"``, ``"2008"`` or ``"2010"``.
    origin : str
        How it came about: published, or published and then deflated, converted.
    """

    def __new__(cls, value, *, unit, year, price_year, standard, origin):
        """Make the number and hang its meaning on it."""
        self = super().__new__(cls, value)
        self.unit, self.year, self.price_year = unit, year, price_year
        self.standard, self.origin = standard, origin
        return self

    def __getnewargs_ex__(self):
        """Let copies and pickles keep the meaning."""
        return (float(self),), dict(self.__dict__)

    def __str__(self):
        """The number with its unit, year and standard."""
        number = f"{float(self):,.2f}".removesuffix(".00")
        return f"{number} {self.unit}, {self.year} (standard of {self.standard}, {self.origin})"


def line(year, standard="2010", *, deflator=None, base_year=None, ppp=None):
    """Official rural poverty line of a year, or that line moved by the user's own prices.

    Parameters
    ----------
    year : int
        Year whose line is wanted.
    standard : {"2010", "2008", "1978"}
        The standard. Lines of different standards are different lines.
    deflator : mapping or Series, optional
        Price index by year, on any base: ``{2010: 100, 2015: 114.6}``. Needed for a year
        without a published line; it must hold both years.
    base_year : int, optional
        Published year to start from with ``deflator``. Needed where the standard has
        several published lines.
    ppp : float, optional
        Yuan per international dollar in ``year``. With it the line is returned in
        international dollars per person and day (365 days).

    Returns
    -------
    Line
        A float in yuan per person and year, or in dollars per person and day with
        ``ppp``, with the attributes `unit`, `year`, `standard` and `origin`.

    Raises
    ------
    DataError
        If the standard is unknown, or the tables hold no line of the year and no deflator
        was given: no line is made up.

    References
    ----------
    National Bureau of Statistics of China, poverty monitoring yearbooks (the lines);
    dataset ``china_incidence``.

    Examples
    --------
    >>> import povstudy as ps
    >>> print(ps.line(2010, standard="2010"))
    2,300 yuan per person and year, 2010 (standard of 2010, published)
    >>> prices = {2010: 100, 2015: 115}  # an index of your own, here for illustration
    >>> print(ps.line(2015, deflator=prices))
    2,645 yuan per person and year, 2015 (standard of 2010, line of 2010 with the given deflator)
    """
    standard = str(standard)
    if year != year or not str(year).removesuffix(".0").isdigit():
        raise DataError("A year is a whole number.", found=repr(year), remedy="ps.line(2010)")
    year = int(float(year))
    rows = one_standard(load("china_incidence"), standard).dropna(subset=["poverty_line_yuan"])
    published = dict(zip(rows["year"].tolist(), rows["poverty_line_yuan"].tolist(), strict=True))
    if base_year is None:
        base_year = _base_year(year, standard, published, deflator)
    elif base_year not in published:
        raise DataError(
            f"The tables hold no line of the standard of {standard} for the base year {base_year}.",
            found=_listed(published),
            remedy=f"base_year={max(published)}",
        )
    value, origin = published[base_year], "published"
    if year != base_year:
        value *= _price_ratio(deflator, base_year, year, standard)
        origin = f"line of {base_year} with the given deflator"
    unit = "yuan per person and year"
    if ppp is not None:
        if not ppp > 0:
            raise DataError("`ppp` must be yuan per international dollar, above 0.", found=ppp)
        value /= ppp * DAYS_PER_YEAR
        unit = "international dollars per person and day"
        origin += f", {ppp:g} yuan per dollar"
    return Line(value, unit=unit, year=year, price_year=base_year, standard=standard, origin=origin)


def _listed(published):
    return ", ".join(f"{year}: {value:g} yuan" for year, value in sorted(published.items()))


def _base_year(year, standard, published, deflator):
    """The published year to start from, where there is just one choice."""
    if deflator is None and year in published:
        return year
    if deflator is None:
        raise DataError(
            f"The tables hold no line for {year} under the standard of {standard}, "
            "and none is made up.",
            where="dataset china_incidence",
            found=_listed(published),
            remedy=f'ps.line({year}, standard="{standard}", base_year={max(published)}, '
            f"deflator={{{max(published)}: 100, {year}: ...}})",
        )
    if len(published) == 1:
        return next(iter(published))
    raise DataError(
        f"The standard of {standard} has several published lines: say which one to start from.",
        found=_listed(published),
        remedy=f'ps.line({year}, standard="{standard}", base_year={max(published)}, deflator=...)',
    )


def _price_ratio(deflator, base_year, year, standard):
    """Prices of ``year`` over prices of ``base_year``, from the user's index."""
    if deflator is None:
        raise DataError(
            f"To move the line of {base_year} to {year}, a price index is needed.",
            remedy=f'ps.line({year}, standard="{standard}", base_year={base_year}, '
            f"deflator={{{base_year}: 100, {year}: ...}})",
        )
    if not isinstance(deflator, (Mapping, pd.Series)):
        raise DataError(
            "`deflator` must be a price index by year: a dict or a Series.",
            found=type(deflator).__name__,
            remedy=f"deflator={{{base_year}: 100, {year}: ...}}",
        )
    prices, index = dict(deflator), {}
    for need in (base_year, year):
        if need not in prices:
            raise DataError(
                f"The price index has no value for {need}.",
                found=f"years {', '.join(map(str, prices))}",
                remedy=f"add {need} to the index",
            )
        try:
            index[need] = float(prices[need])
        except (TypeError, ValueError):
            index[need] = float("nan")
        if not 0 < index[need] < float("inf"):
            raise DataError(
                "A price index must be a number above 0.",
                where=f"year {need}",
                found=prices[need],
            )
    return index[year] / index[base_year]


def one_standard(table, standard=None):
    """Rows of one poverty standard; refuses a table that mixes several.

    Parameters
    ----------
    table : DataFrame
        Has a column ``standard``; if it has a column ``series``, one series only.
    standard : str, optional
        ``"1978"``, ``"2008"`` or ``"2010"``. May be left out where the table holds one.

    Returns
    -------
    DataFrame
        The rows, in order of ``year`` where there is one; the input stays as it was.

    Raises
    ------
    DataError
        If several standards or several series would be mixed, or the standard is unknown.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.one_standard(ps.load("china_incidence"), "2008")["year"].tolist()
    [2000, 2003, 2004, 2005, 2007, 2008, 2010]
    """
    need_columns(table, ["standard"])
    if "series" in table and table["series"].nunique() > 1:
        raise DataError(
            "Survey and register figures are different series and are never mixed.",
            where="column series",
            found=", ".join(sorted(table["series"].unique())),
            remedy='table[table["series"] == "survey"]',
        )
    names = sorted(table["standard"].astype(str).unique())
    if standard is None and len(names) != 1:
        raise DataError(
            "The table holds several poverty standards. They are different series: "
            "chaining them would show a fall or a rise that never happened.",
            where="column standard",
            found=", ".join(names),
            remedy=f'choose one: standard="{names[-1] if names else 2010}"',
        )
    standard = names[0] if standard is None else str(standard)
    if standard not in names:
        raise DataError(
            f"There is no standard {standard!r} in the table.",
            where="column standard",
            found=", ".join(names),
            remedy=f'standard="{names[-1] if names else 2010}"',
        )
    rows = table[table["standard"].astype(str) == standard]
    return (rows.sort_values("year") if "year" in rows else rows).reset_index(drop=True)


def one_series(table, standard=None):
    """Rows of one standard with one row for each year; refuses a table of several areas.

    Parameters
    ----------
    table : DataFrame
        Columns ``year`` and ``standard``.
    standard : str, optional
        As for `one_standard`.

    Returns
    -------
    DataFrame
        The rows, in order of ``year``.

    Examples
    --------
    >>> import povstudy as ps
    >>> len(ps.lines.one_series(ps.load("china_incidence"), "1978"))
    8
    """
    need_columns(table, ["year"])
    rows = one_standard(table, standard)
    if rows["year"].duplicated().any():
        raise DataError(
            "A year stands twice: one row for each year is needed.",
            where="column year",
            found=rows.loc[rows["year"].duplicated(), "year"].iloc[0],
            remedy='choose one area before the call, as in table[table["area"] == "West"]',
        )
    return rows


def yearly_fall(table, standard=None):
    """Fall in the number of poor between one recorded year and the next, one standard.

    Parameters
    ----------
    table : DataFrame
        Columns ``year``, ``standard``, ``poor_population_10k`` (10,000 persons).
    standard : str, optional
        As for `one_standard`.

    Returns
    -------
    DataFrame
        ``standard``, ``from_year``, ``year``, ``years`` (between them), ``fall_10k`` and
        ``fall_per_year_10k``, and ``basis`` of the later count where the table has it.
        Years without a count are passed over, never filled.

    Examples
    --------
    >>> import povstudy as ps
    >>> fall = ps.yearly_fall(ps.load("china_incidence"), "2010")
    >>> fall.loc[fall["year"] == 2015, "fall_10k"].item()
    1442.0
    """
    need_columns(table, ["year", "poor_population_10k"])
    rows = one_series(table, standard).dropna(subset=["poor_population_10k"])
    before = rows.shift()
    falls = pd.DataFrame(
        {
            "standard": rows["standard"],
            "from_year": before["year"],
            "year": rows["year"],
            "years": rows["year"] - before["year"],
            "fall_10k": before["poor_population_10k"] - rows["poor_population_10k"],
        }
    ).iloc[1:]
    falls["fall_per_year_10k"] = falls["fall_10k"] / falls["years"]
    if "basis" in rows:
        falls["basis"] = rows["basis"]
    falls = falls.astype({"from_year": int, "years": int}).reset_index(drop=True)
    falls.attrs = dict(table.attrs)
    return falls


def implied_population(table, *, count_step=None, rate_step=0.1):
    """Population that a count of poor and a published rate imply, with its rounding range.

    The range is what rounding alone leaves open (every population whose poor and rate
    round to the published figures); it is not a confidence interval.

    Parameters
    ----------
    table : DataFrame
        Columns ``year``, ``standard``, ``poor_population_10k``, ``incidence_percent``.
    count_step : float, optional
        Unit that the counts are rounded to, in 10,000 persons. By default a count is taken
        as rounded to the zeros that it ends in: 25,000 to thousands, 5,575 to ones.
    rate_step : float
        Unit that the rates are rounded to, in percent.

    Returns
    -------
    DataFrame
        ``year``, ``standard``, ``population_10k``, ``low_10k``, ``high_10k`` for the rows
        that have both figures above zero; ``high_10k`` is infinite where the rate may
        round from zero.

    Examples
    --------
    >>> import povstudy as ps
    >>> implied = ps.implied_population(ps.load("china_incidence"))
    >>> implied.loc[implied["year"] == 2015].round(0)[["low_10k", "high_10k"]].values.tolist()
    [[96948.0, 98681.0]]
    """
    need_columns(table, ["year", "standard", "poor_population_10k", "incidence_percent"])
    rows = table.dropna(subset=["poor_population_10k", "incidence_percent"])
    rows = rows[(rows["poor_population_10k"] > 0) & (rows["incidence_percent"] > 0)]
    poor, rate = rows["poor_population_10k"], rows["incidence_percent"]
    half = (poor.map(_step) if count_step is None else count_step) / 2
    least = (rate - rate_step / 2).where(rate > rate_step / 2, 0.0)
    implied = pd.DataFrame(
        {
            "year": rows["year"],
            "standard": rows["standard"],
            "population_10k": poor / rate * 100,
            "low_10k": (poor - half) / (rate + rate_step / 2) * 100,
            "high_10k": (poor + half) / least * 100,
        }
    ).reset_index(drop=True)
    implied.attrs = dict(table.attrs)
    return implied


def _step(count):
    """Unit that a count seems to be rounded to: the zeros that it ends in."""
    step = 1
    while count >= 10 * step and count % (10 * step) == 0:
        step *= 10
    return step
