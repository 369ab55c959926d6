"""Poverty lines and the standards behind them: three series that are never chained.

China has counted its rural poor by three standards, those of 1978, 2008 and 2010. Each is
a series of its own. Nothing here joins them, fills a gap or invents a line; prices and
purchasing power come from the user.
"""

from collections.abc import Mapping

import pandas as pd

from ..base.checks import need_positive
from ..base.errors import DataError, tell
from .catalogue import load
from .series import one_standard

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
        ``"1978"``, ``"2008"`` or ``"2010"``; or the international line.
    origin : str
        How it came about: published, told second-hand, deflated, converted.
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
        standard = self.standard
        if standard.isdigit():
            standard = f"standard of {standard}"
        return f"{number} {self.unit}, {self.year} ({standard}, {self.origin})"


def line(year, standard="2010", *, deflator=None, base_year=None, ppp=None):
    """Official rural poverty line of a year, or that line moved by the user's own prices.

    Parameters
    ----------
    year : int
        Year whose line is wanted. Without prices of your own, the line of 2010 to 2016 is the
        official one at prices of the year (dataset ``china_lines``).
    standard : {"2010", "2008", "1978"}
        The standard. Lines of different standards are different lines.
    deflator : mapping or Series, optional
        Price index by year, on any base: ``{2010: 100, 2015: 114.6}``. Needed for a year
        without a published line; it must hold both years. With it, the line of the standard's
        own year is moved.
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
        was given: no line is made up. None was seen for 2017 and 2018.

    Warns
    -----
    DataWarning
        If a line was seen second-hand only (2019, 2020).

    References
    ----------
    National Bureau of Statistics of China, poverty monitoring yearbooks (the lines);
    datasets ``china_incidence`` and ``china_lines`` (with the address of each).

    Examples
    --------
    >>> import povstudy as ps
    >>> print(ps.line(2010, standard="2010"))
    2,300 yuan per person and year, 2010 (standard of 2010, published)
    >>> prices = {2010: 100, 2015: 115}  # an index of your own, here for illustration
    >>> print(ps.line(2015, deflator=prices))
    2,645 yuan per person and year, 2015 (standard of 2010, line of 2010 with the given deflator)
    >>> print(ps.line(2015))
    2,855 yuan per person and year, 2015 (standard of 2010, official at prices of the year, for disposable income)
    """
    standard, year = str(standard), _year(year)
    base_year = None if base_year is None else _year(base_year)
    rows = one_standard(load("china_incidence"), standard).dropna(subset=["poverty_line_yuan"])
    fixed = _by_year(rows)
    current = load("china_lines").query("standard == @standard")
    published = _by_year(current) | fixed
    if base_year is None:
        doubtful = set(current.loc[current["kind"] != "official", "year"])
        base_year = _base_year(year, standard, fixed, published, doubtful, deflator)
    elif base_year not in published:
        raise DataError(
            f"The tables hold no line of the standard of {standard} for the base year {base_year}.",
            found=_listed(published),
            remedy=f"base_year={max(fixed)}",
        )
    value = published[base_year]
    origin = "published" if base_year in fixed else _seen(current, base_year)
    if year != base_year:
        call = f'ps.line({year}, standard="{standard}", base_year={base_year}, deflator=prices)'
        value *= _price_ratio(deflator, base_year, year, call)
        origin = f"line of {base_year} with the given deflator"
    unit = "yuan per person and year"
    if ppp is not None:
        need_positive("ppp", ppp, 4)
        value /= ppp * DAYS_PER_YEAR
        unit = "international dollars per person and day"
        origin += f", {ppp:g} yuan per dollar"
    return Line(value, unit=unit, year=year, price_year=base_year, standard=standard, origin=origin)


def _year(given):
    """A year that may be a number, its figures, or a date; refused if it is none."""
    text = str(getattr(given, "year", given)).removesuffix(".0")
    if not (text.isascii() and text.isdigit()):
        raise DataError("A year is a whole number.", found=repr(given), remedy="year=2010")
    return int(text)


def _by_year(rows):
    return dict(zip(rows["year"].tolist(), rows["poverty_line_yuan"].tolist(), strict=True))


def _seen(current, year):
    """Where a line at prices of the year comes from; it warns where that is second-hand."""
    row = current.set_index("year").loc[year]
    if row["kind"] != "official":
        tell(
            f"The line of {year} was not seen at an official place.", where=f"read at {row['address']}",
            found=f"{row['poverty_line_yuan']:g} yuan: {row['note']}",
            remedy="move the line of 2010 by prices of your own: deflator=",
        )  # fmt: skip
        return "second-hand, not seen at an official place"
    return f"official at prices of the year, for {row['income']}"


def _listed(published):
    return ", ".join(f"{year}: {value:g} yuan" for year, value in sorted(published.items()))


def _base_year(year, standard, fixed, published, doubtful, deflator):
    """The published year to start from, where there is just one choice."""
    if deflator is None and year in published:
        return year
    if deflator is None:
        raise DataError(
            f"The tables hold no line for {year} under the standard of {standard}, "
            "and none is made up.",
            where="datasets china_incidence, china_lines",
            found=_listed({one: yuan for one, yuan in published.items() if one not in doubtful}),
            remedy=f'ps.line({year}, standard="{standard}", base_year={max(fixed)}, '
            f"deflator=prices)  # prices = {{{max(fixed)}: 100, {year}: the index of that year}}",
        )
    if len(fixed) == 1:
        return next(iter(fixed))
    raise DataError(
        f"The standard of {standard} has several published lines: say which one to start from.",
        found=_listed(fixed),
        remedy=f'ps.line({year}, standard="{standard}", base_year={max(fixed)}, deflator=prices)',
    )


def _price_ratio(deflator, base_year, year, call):
    """Prices of ``year`` over prices of ``base_year``, from the user's index."""
    if deflator is None:
        raise DataError(
            f"To move the line of {base_year} to {year}, a price index is needed.",
            remedy=f"{call}  # prices = {{{base_year}: 100, {year}: the index of that year}}",
        )
    if not isinstance(deflator, (Mapping, pd.Series)):
        raise DataError(
            "`deflator` must be a price index by year: a dict or a Series.",
            found=type(deflator).__name__,
            remedy=f"deflator=prices  # prices = {{{base_year}: 100, {year}: the index of that year}}",
        )
    prices, index = {_year(one): price for one, price in dict(deflator).items()}, {}
    for need in (base_year, year):
        if need not in prices:
            raise DataError(f"The price index has no value for {need}.",
                            found=f"years {', '.join(map(str, prices))}",
                            remedy=f"add {need} to the index")  # fmt: skip
        try:
            index[need] = float(prices[need])
        except (TypeError, ValueError):
            index[need] = float("nan")
        if isinstance(prices[need], bool) or not 0 < index[need] < float("inf"):
            raise DataError("A price index must be a number above 0.", where=f"year {need}",
                            found=prices[need])  # fmt: skip
    return index[year] / index[base_year]


def international_line(dollars, ppp, *, year=None, deflator=None):
    """An international poverty line of the World Bank in a country's own money.

    Parameters
    ----------
    dollars : float
        The line, in international dollars per person and day, as dataset ``international_lines``
        has it: 1.90, 3.20, 5.50 (prices of 2011), 2.15, 3.65, 6.85 (2017), 3.00, 4.20, 8.30 (2021).
    ppp : float
        Units of your money for an international dollar in the price year of the line: the
        parity for private consumption, as the World Bank publishes it. It is not in the tables.
    year : int, optional
        Year whose prices the line is wanted at, with ``deflator``; default: the line's price year.
    deflator : mapping or Series, optional
        Price index of the country by year, on any base, for both years.

    Returns
    -------
    Line
        Per person and year (365 days).

    Raises
    ------
    DataError
        If it is none of the lines, or the parity or the index is not above 0.

    References
    ----------
    World Bank, international poverty lines; dataset ``international_lines``.

    Examples
    --------
    >>> import povstudy as ps
    >>> print(ps.international_line(2.15, ppp=4))  # a parity for illustration
    3,139 units of your money per person and year, 2017 (2.15 dollars a day at 2017 prices, published, 4 for a dollar)
    """
    table = load("international_lines")
    known = dict(zip(table["dollars_per_day"].tolist(), table["price_year"].tolist(), strict=True))
    if dollars not in known:
        raise DataError(
            "This is no international poverty line.", found=dollars,
            remedy="dollars= one of " + ", ".join(f"{one:g} (prices of {at})" for one, at in known.items()),
        )  # fmt: skip
    need_positive("ppp", ppp, 4)
    price_year = known[dollars]
    year = price_year if year is None else _year(year)
    value, origin = dollars * ppp * DAYS_PER_YEAR, f"published, {ppp:g} for a dollar"
    if year != price_year:
        call = f"ps.international_line({dollars:g}, ppp={ppp:g}, year={year}, deflator=prices)"
        value *= _price_ratio(deflator, price_year, year, call)
        origin += f", moved from {price_year} with the given deflator"
    return Line(
        value, unit="units of your money per person and year", year=year, price_year=price_year,
        standard=f"{dollars:g} dollars a day at {price_year} prices", origin=origin,
    )  # fmt: skip
