"""Where: counties leaving the list, regions, brackets of provinces."""

import pandas as pd

from .. import style
from ..base.errors import DataError
from ..base.language import words
from ..sources.series import one_standard
from ._common import drawn_in, labelled_bars, persons

_REGIONS = {"West": "blue", "Central": "orange", "East": "green"}


@drawn_in("double", "exit_year", "counties", "cumulative_counties", "remaining_counties")
def counties_leaving(table, *, source=None, ax=None, lang="en"):
    """Counties that left the list of poor counties by year, and their running total.

    Parameters
    ----------
    table : DataFrame
        Columns ``exit_year``, ``counties``, ``cumulative_counties``, ``remaining_counties``.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.counties_leaving(ps.load("county_exits"))
    """
    t = words(lang)
    years, total = table["exit_year"], int(table["cumulative_counties"].iloc[-1])
    ax.bar(years, table["counties"], color=style.COLOURS["sky"], width=0.6,
           label=t("left in the year", "当年摘帽"))  # fmt: skip
    ax.plot(years, table["cumulative_counties"], color=style.COLOURS["blue"], marker="o",
            label=t("out in all", "累计摘帽"))  # fmt: skip
    for year, out in zip(years, table["cumulative_counties"], strict=True):
        ax.annotate(f"{out}", (year, out), (-6, 4), textcoords="offset points", ha="right",
                    color=style.COLOURS["blue"])  # fmt: skip
    ax.legend(loc="upper left")
    # In the tick labels, as the line crosses the tops of the bars.
    ax.set_xticks(years, [f"{y}\n+{new}" for y, new in zip(years, table["counties"], strict=True)])
    ax.grid(visible=False)
    ax.set_ylim(0, total * 1.1)
    peak = table.loc[table["counties"].idxmax()]
    return style.finish(
        ax,
        title=t(f"How {total} counties left the list of poor counties",
                f"{total}个贫困县如何逐年摘帽"),
        unit=t("counties, by the year whose target they met (+: left in that year)",
               "县数，按摘帽年度（+：当年摘帽）"),
        source=source,
        alt=t(f"Bars of counties that left the list each year, most in {peak['exit_year']} "
              f"({peak['counties']}), and a line of the running total up to {total}.",
              f"每年摘帽县数柱状图，{peak['exit_year']}年最多（{peak['counties']}个）；"
              f"折线为累计数，至{total}个。"),
        data=table[["exit_year", "counties", "cumulative_counties", "remaining_counties"]],
        lang=lang,
    )  # fmt: skip


@drawn_in("double", "area", "area_zh", "year", "standard", "poor_population_10k")
def regional_poor(table, *, source=None, ax=None, lang="en"):
    """Rural poor of the East, the Centre and the West, for years that have all three.

    Parameters
    ----------
    table : DataFrame
        Columns ``area``, ``area_zh``, ``year``, ``standard``, ``poor_population_10k``.
        Other areas, which overlap with the three, are left out.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.regional_poor(ps.load("china_regions"))
    >>> ax.data_behind["year"].unique().tolist()
    [2016, 2017, 2018, 2019]
    """
    t = words(lang)
    scale, unit, label = persons(lang)
    label = t("{:,.2f}", "{:,.0f}").format  # so that the parts add up to the total
    rows = table[table["area"].isin(_REGIONS)]
    wide = one_standard(rows).pivot(index="year", columns="area", values="poor_population_10k")
    wide = wide.reindex(columns=list(_REGIONS)).dropna()
    chinese = dict(zip(rows["area"], rows["area_zh"], strict=True))
    height = wide.to_numpy().sum(axis=1).max() * scale
    floor, small = pd.Series(0.0, index=wide.index), {}
    for area, colour in _REGIONS.items():
        part = wide[area] * scale
        ax.bar(wide.index, part, 0.6, bottom=floor, color=style.COLOURS[colour],
               edgecolor="white", lw=0.8, label=t(area, chinese[area]))  # fmt: skip
        for year in wide.index:
            if part[year] > height * 0.05:
                ax.text(year, floor[year] + part[year] / 2, label(part[year]), ha="center",
                        va="center", color="white" if colour == "blue" else style.INK)  # fmt: skip
            else:
                small.setdefault(year, []).insert(
                    0, f"{t(area, chinese[area])} {label(part[year])}"
                )
        floor = floor + part
    for year, parts in small.items():  # too flat to write in: beside the bar
        ax.annotate("\n".join(parts), (year + 0.3, floor[year]), (4, 2), va="top",
                    textcoords="offset points", fontsize=7)  # fmt: skip
    share = wide["West"] / wide.sum(axis=1) * 100
    for year in wide.index:
        text = t(f"{label(floor[year])}\nWest {share[year]:.0f} %",
                 f"{label(floor[year])}\n西部占{share[year]:.0f}%")  # fmt: skip
        ax.annotate(text, (year, floor[year]), (0, 3), textcoords="offset points", ha="center")
    ax.legend(loc="upper right")
    labelled_bars(ax, wide.index)
    ax.set_ylim(0, height * 1.2)
    first, last = wide.index[0], wide.index[-1]
    return style.finish(
        ax,
        title=t(f"Where the rural poor lived, {first}-{last}", f"农村贫困人口在哪里，{first}-{last}"),
        unit=t(f"{unit} (2010 standard); above the bars: total and share of the West",
               f"{unit}（2010年标准）；柱上：合计与西部占比"),
        source=source,
        alt=t(f"Stacked bars of the rural poor in West, Central and East. The West held "
              f"{share[first]:.0f} % of them in {first} and {share[last]:.0f} % in {last}.",
              f"西部、中部、东部农村贫困人口堆叠柱状图。西部占比{first}年为{share[first]:.0f}%，"
              f"{last}年为{share[last]:.0f}%。"),
        data=wide.reset_index().assign(west_share_percent=share.to_numpy()),
        lang=lang,
    )  # fmt: skip


@drawn_in("page", "year", "measure", "province", "province_zh", "lower", "upper")
def province_brackets(table, *, source=None, ax=None, lang="en"):
    """Bracket of poverty incidence of each province in two years, as ranges.

    Parameters
    ----------
    table : DataFrame
        Columns ``year``, ``measure``, ``province``, ``province_zh``, ``lower``, ``upper``;
        a blank end is open. Rows of other measures are left out.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.province_brackets(ps.load("china_province_brackets"))
    """
    t = words(lang)
    rows = table[table["measure"] == "incidence_percent"]
    years = sorted(rows["year"].unique())
    if len(years) != 2:
        raise DataError("Brackets are compared for two years.", found=years)
    lowest = rows["lower"].fillna(0)
    order = (
        rows.assign(lowest=lowest)
        .pivot(index=["province", "province_zh"], columns="year", values="lowest")
        .reset_index()
        .sort_values([*years, "province"], na_position="first")
        .reset_index(drop=True)
    )
    place = {name: i for i, name in enumerate(order["province"])}
    edge = rows["upper"].max() * 1.35
    for year, colour, shift in zip(years, ("vermilion", "blue"), (0.17, -0.17), strict=True):
        one = rows[rows["year"] == year]
        look = {"color": style.COLOURS[colour], "lw": 3.5, "solid_capstyle": "butt"}
        for row in one.itertuples():
            low, high = (0 if pd.isna(row.lower) else row.lower), row.upper
            y = place[row.province] + shift
            ax.plot([low, edge if pd.isna(high) else high], [y, y], marker="", **look)
            if pd.isna(high):
                ax.plot(edge, y, marker=">", ms=6, color=look["color"])
        ax.plot([], [], marker="", **look, label=str(year))
    missing = t(f"not listed in {years[0]}", f"{years[0]}年未列出")
    for province in order.loc[order[years[0]].isna(), "province"]:
        at = (rows["upper"].min(), place[province])
        ax.annotate(missing, at, (6, 0), textcoords="offset points", va="center", fontsize=7,
                    color=style.GREY)  # fmt: skip
    ax.set_yticks(range(len(order)), order[t("province", "province_zh")])
    ax.set_ylim(-0.7, len(order) - 0.3)
    ax.set_xlim(0, edge * 1.03)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="lower right")
    high = [len(rows[(rows["year"] == year) & (rows["lower"] >= 3)]) for year in years]
    return style.finish(
        ax,
        title=t(f"In which bracket each province stood, {years[0]} and {years[1]}",
                f"各省份处于哪个贫困发生率区间，{years[0]}年与{years[1]}年"),
        unit=t("incidence in percent; a bar is a bracket, not a value",
               "贫困发生率（%）；线段为区间而非数值"),
        source=source,
        alt=t(f"Ranges of poverty incidence by province. In {years[0]} {high[0]} provinces stood at "
              f"3 % or above, in {years[1]} {high[1]} stood above 3 %, all of them below "
              f"{rows.loc[rows['year'] == years[1], 'upper'].max():g} %.",
              f"各省份贫困发生率区间图。{years[0]}年有{high[0]}个省份在3%及以上，{years[1]}年有"
              f"{high[1]}个省份在3%以上，且均低于{rows.loc[rows['year'] == years[1], 'upper'].max():g}%。"),
        data=rows[["year", "province", "lower", "upper", "lower_included", "upper_included"]],
        lang=lang,
    )  # fmt: skip
