"""Orders of magnitude of relapse: what a register counted beside what surveys found."""

import pandas as pd

from .base.checks import need_columns
from .base.status import Source
from .lines import one_standard

SOURCE = Source(
    "reported",
    "statements of the poverty office, survey counts of the NBS, published studies (relapse_studies)",
    "国务院扶贫办公开表述、国家统计局调查人数、已发表研究（relapse_studies）",
)


def relapse_magnitudes(monitoring, incidence, studies, since=2012):
    """Set relapse as a register counted it beside relapse as surveys found it, per year.

    Parameters
    ----------
    monitoring : DataFrame
        As ``load("relapse_monitoring")``: persons who fell back, by year.
    incidence : DataFrame
        As ``load("china_incidence")``: poor persons by year; the 2010 standard is taken.
    studies : DataFrame
        As ``load("relapse_studies")``.
    since : int
        Year from whose end on exits are counted.

    Returns
    -------
    DataFrame
        ``series label label_zh low high bound``: percent per year of those out of poverty;
        ``low`` and ``high`` differ where a share over several years leaves open how many.

    Notes
    -----
    The register's count is divided by the fall of the survey's count of the poor from the end of
    ``since`` to the end of the year before. These are two series, so the quotient (``mixed``)
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
        share = 100 * row.value / (1e4 * (poor[since] - poor[row.year - 1]))
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
    made.attrs["source"] = SOURCE
    return made
