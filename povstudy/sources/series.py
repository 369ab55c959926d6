"""Series over time: one standard at a time, falls, implied population, magnitudes of relapse."""

import pandas as pd

from ..base.checks import need_columns, need_positive
from ..base.errors import DataError
from ..base.status import Source, handed_on

SINCE = 2012  # from the end of this year on exits are counted
SOURCE = Source(
    "reported",
    "statements of the poverty office, survey counts of the NBS, published studies (relapse_studies)",
    "国务院扶贫办公开表述、国家统计局调查人数、已发表研究（relapse_studies）",
)


def relapse_magnitudes(monitoring, incidence, studies):
    """Set relapse as a register counted it beside relapse as surveys found it, per year.

    Parameters
    ----------
    monitoring : DataFrame
        As ``load("relapse_monitoring")``: persons who fell back, by year.
    incidence : DataFrame
        As ``load("china_incidence")``: poor persons by year; the 2010 standard is taken.
    studies : DataFrame
        As ``load("relapse_studies")``.

    Returns
    -------
    DataFrame
        ``series label label_zh low high bound``: percent per year of those out of poverty;
        ``low`` and ``high`` differ where a share over several years leaves open how many.

    Notes
    -----
    The register's count is divided by the fall of the survey's count of the poor from the end of
    2012 to the end of the year before. These are two series, so the quotient (``mixed``)
    is an order of magnitude: neither a hazard nor an error rate. A share q that fell back
    within k years is 1 - (1 - q)^(1/k) per year at a constant hazard.

    Examples
    --------
    >>> import povstudy as ps
    >>> found = ps.relapse_magnitudes(*map(ps.load, ("relapse_monitoring", "china_incidence",
    ...                                              "relapse_studies")))
    >>> found[["series", "low", "high", "bound"]].round(1).values.tolist()[0]
    ['mixed', 1.4, 1.4, 'about']
    """
    need_columns(monitoring, ["year", "place", "measure", "value", "unit", "bound"])
    need_columns(studies, ["place", "place_zh", "survey", "measure", "value", "bound",
                           "least_years", "most_years"])  # fmt: skip
    poor = one_standard(incidence, "2010").set_index("year")["poor_population_10k"]
    rows = []
    fell = monitoring[(monitoring["measure"] == "fell_back_into_poverty")
                      & (monitoring["place"] == "China")]  # fmt: skip
    for row in fell.sort_values("year").itertuples():
        share = 100 * row.value / (1e4 * (poor[SINCE] - poor[row.year - 1]))
        rows.append((
            "mixed", f"register, {row.year} (order of magnitude)",
            f"建档立卡，{row.year}年（数量级）", share, share, row.bound,
        ))  # fmt: skip
    for row in studies[studies["measure"] == "fell back"].itertuples():
        low, high = (
            100 * (1 - (1 - row.value / 100) ** (1 / years))
            for years in (row.most_years, row.least_years)
        )
        several = row.most_years > 1
        rows.append((
            "survey",
            f"{row.survey}, {row.place}" + f" ({row.value:g} % in {row.least_years}-{row.most_years} years)" * several,
            f"{row.survey}，{row.place_zh}" + f"（{row.least_years}—{row.most_years}年内{row.value:g}%）" * several,
            low, high, row.bound,
        ))  # fmt: skip
    made = pd.DataFrame(rows, columns=["series", "label", "label_zh", "low", "high", "bound"])
    return handed_on(made, SOURCE)


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
            remedy=f'table = table[table["series"] == {sorted(table["series"].unique())[-1]!r}]',
        )
    names = sorted(table["standard"].astype(str).unique())
    if standard is None and len(names) != 1:
        raise DataError("The table holds several poverty standards. They are different series: "
                        "chaining them would show a fall or a rise that never happened.",
                        where="column standard", found=", ".join(names),
                        remedy=f'standard="{names[-1]}"' if names else None)  # fmt: skip
    standard = names[0] if standard is None else str(standard)
    if standard not in names:
        raise DataError(f"There is no standard {standard!r} in the table.", where="column standard",
                        found=", ".join(names), remedy=f'standard="{names[-1]}"' if names else None)  # fmt: skip
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
    >>> len(ps.one_series(ps.load("china_incidence"), "1978"))
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
    )
    falls["fall_per_year_10k"] = falls["fall_10k"] / falls["years"]
    if "basis" in rows:
        falls["basis"] = rows["basis"]
    falls = falls.iloc[1:].astype({"from_year": int, "years": int}).reset_index(drop=True)
    return handed_on(falls, table)


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
    need_positive("rate_step", rate_step, 0.1)
    if count_step is not None:
        need_positive("count_step", count_step, 1)
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
    return handed_on(implied, table)


def _step(count):
    """Unit that a count seems to be rounded to: the zeros that it ends in."""
    step = 1
    while count >= 10 * step and count % (10 * step) == 0:
        step *= 10
    return step
