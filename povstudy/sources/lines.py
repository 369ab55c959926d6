"""Poverty lines and the standards behind them: three series that are never chained.

China has counted its rural poor by three standards, those of 1978, 2008 and 2010. Each is
a series of its own. Nothing here joins them, fills a gap or invents a line; prices and
purchasing power come from the user.
"""

from collections.abc import Mapping

import pandas as pd

from ..base.errors import DataError
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
            f"deflator=prices)  # prices = {{{max(published)}: 100, {year}: the index of that year}}",
        )
    if len(published) == 1:
        return next(iter(published))
    raise DataError(
        f"The standard of {standard} has several published lines: say which one to start from.",
        found=_listed(published),
        remedy=f'ps.line({year}, standard="{standard}", base_year={max(published)}, deflator=prices)',
    )


def _price_ratio(deflator, base_year, year, standard):
    """Prices of ``year`` over prices of ``base_year``, from the user's index."""
    if deflator is None:
        raise DataError(
            f"To move the line of {base_year} to {year}, a price index is needed.",
            remedy=f'ps.line({year}, standard="{standard}", base_year={base_year}, '
            f"deflator=prices)  # prices = {{{base_year}: 100, {year}: the index of that year}}",
        )
    if not isinstance(deflator, (Mapping, pd.Series)):
        raise DataError(
            "`deflator` must be a price index by year: a dict or a Series.",
            found=type(deflator).__name__,
            remedy=f"deflator=prices  # prices = {{{base_year}: 100, {year}: the index of that year}}",
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
