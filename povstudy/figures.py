"""Figures: one function for each kind, each takes a table and returns its Axes.

Every function accepts ``ax=`` (drawn on if given), ``lang=`` (``"en"`` or ``"zh"``) and
``source=`` (the name of a dataset, or a `povstudy.Source` for data of one's own), and
sets ``alt_text`` and ``data_behind`` on the Axes. Counts are shown in million persons in
English and in 万人 (10,000 persons) in Chinese.
"""

import functools
import itertools

import pandas as pd

from . import style
from .errors import DataError
from .lines import one_standard

_STANDARDS = {"1978": ("vermilion", "s"), "2008": ("green", "^"), "2010": ("blue", "o")}
_BREAKS = (2008, 2010)
_REGIONS = {"West": "blue", "Central": "orange", "East": "green"}


def _drawn(size):
    """Give a drawing function its Axes, inside the house style."""

    def decorate(draw):
        @functools.wraps(draw)
        def drawn(*args, ax=None, lang="en", **options):
            style.words(lang)  # refuses an unknown language before anything is drawn
            with style.context():
                ax = style.new_axes(size) if ax is None else ax
                return draw(*args, ax=ax, lang=lang, **options)

        return drawn

    return decorate


def _persons(lang):
    """How persons are counted: factor from 10,000 persons, unit, and a label format."""
    if lang == "zh":
        return 1.0, "万人", "{:,.0f}".format
    return 0.01, "million persons", "{:,.1f}".format


def _labelled_bars(ax, years):
    """Every year on the axis, and no grid: the bars carry their numbers."""
    ax.set_xticks(sorted({int(year) for year in years}))
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.grid(visible=False)


@_drawn("double")
def incidence_by_standard(table, *, source="china_incidence", ax=None, lang="en"):
    """Poverty incidence by year, each standard as a series of its own.

    Years that follow each other are joined by a full line; a dotted line spans years for
    which nothing was published.

    Parameters
    ----------
    table : DataFrame
        Columns ``year``, ``standard``, ``incidence_percent``.
    source : str or Source
        Where the data come from.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on.
    lang : {"en", "zh"}
        Language of the figure.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.incidence_by_standard(ps.load("china_incidence"), lang="zh")
    >>> ax.get_title(loc="left")
    '三个标准，三个序列：中国农村贫困发生率'
    """
    t = style.words(lang)
    rows = table.dropna(subset=["incidence_percent"])
    told = []
    for standard in sorted(rows["standard"].unique()):
        one = one_standard(rows, standard)
        colour, marker = _STANDARDS.get(standard, ("purple", "D"))
        look = {"color": style.COLOURS[colour], "marker": marker}
        points = list(zip(one["year"], one["incidence_percent"], strict=True))
        for before, after in itertools.pairwise(points):
            gap = after[0] - before[0] > 1
            ax.plot(*zip(before, after, strict=True), **look, ls=":" if gap else "-")
        ax.plot([], [], **look, label=t(f"standard of {standard}", f"{standard}年标准"))
        for (year, value), left in ((points[0], standard == "2008"), (points[-1], False)):
            ax.annotate(
                f"{value:g}", (year, value), (-5 if left else 5, 4), textcoords="offset points",
                ha="right" if left else "left", color=look["color"],
                bbox={"fc": "white", "ec": "none", "pad": 0.6},
            )  # fmt: skip
        (y0, v0), (y1, v1) = points[0], points[-1]
        told.append(
            t(f"standard of {standard}: {v0:g} % in {y0} to {v1:g} % in {y1}",
              f"{standard}年标准：{y0}年{v0:g}%降至{y1}年{v1:g}%")
        )  # fmt: skip
    for year in _BREAKS:
        ax.axvline(year, color=style.GREY, lw=0.8, ls="--", zorder=0)
    ax.annotate(
        t("breaks: standards\nof 2008 and 2010", "断点：2008年与\n2010年换标准"),
        (_BREAKS[0], 68), (-5, 0), textcoords="offset points", ha="right", color=style.GREY,
    )  # fmt: skip
    ax.legend(loc="upper right", title=t("dotted: no figures between", "虚线：其间无公布数据"))
    ax.set_ylim(0, None)
    ax.set_xlim(rows["year"].min() - 1, rows["year"].max() + 2)
    return style.finish(
        ax,
        title=t("Three standards, three series: rural poverty incidence in China",
                "三个标准，三个序列：中国农村贫困发生率"),
        unit=t("percent of the rural population", "占农村人口百分比（%）"),
        source=source,
        alt=t("Lines of rural poverty incidence, one for each standard and never joined. ",
              "农村贫困发生率折线图，各标准单独成线、互不衔接。") + t("; ", "；").join(told) + t(".", "。"),
        data=rows[["standard", "year", "incidence_percent"]].sort_values(["standard", "year"]),
        lang=lang,
    )  # fmt: skip


@_drawn("double")
def poor_by_year(
    table, *, standard="2010", first_year=2010, source="china_incidence", ax=None, lang="en"
):
    """Number of rural poor by year under one standard, with the incidence above each bar.

    Parameters
    ----------
    table : DataFrame
        Columns ``year``, ``standard``, ``poor_population_10k``, ``incidence_percent``.
    standard : str
        The one standard that is drawn.
    first_year : int
        First year drawn.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.poor_by_year(ps.load("china_incidence"))
    >>> len(ax.data_behind)
    11
    """
    t = style.words(lang)
    scale, unit, label = _persons(lang)
    rows = one_standard(table, standard).query("year >= @first_year")
    counts = rows["poor_population_10k"] * scale
    ax.bar(rows["year"], counts.fillna(0), color=style.COLOURS["blue"], width=0.7)
    for year, count, rate in zip(rows["year"], counts, rows["incidence_percent"], strict=True):
        missing = pd.isna(count)
        ax.annotate(
            (t("no count", "无人数") if missing else label(count) if count else "0")
            + ("" if pd.isna(rate) else f"\n{rate:g}" + t(" %", "%")),
            (year, 0 if missing else count),
            (0, 3),
            textcoords="offset points",
            ha="center",
            color=style.GREY if missing else style.INK,
        )
    _labelled_bars(ax, rows["year"])
    ax.set_ylim(0, counts.max() * 1.16)
    known = rows.dropna(subset=["poor_population_10k"])
    first, last = known.iloc[0], known.iloc[-1]
    return style.finish(
        ax,
        title=t(f"Rural poor and incidence, {rows['year'].min()}-{rows['year'].max()}",
                f"农村贫困人口与贫困发生率，{rows['year'].min()}-{rows['year'].max()}"),
        unit=t(f"{unit}; above the bars: count and incidence ({standard} standard)",
               f"{unit}；柱上：人数与贫困发生率（{standard}年标准）"),
        source=source,
        alt=t(f"Bars of the rural poor under the {standard} standard, from "
              f"{label(first['poor_population_10k'] * scale)} {unit} in {first['year']} to "
              f"{label(last['poor_population_10k'] * scale)} in {last['year']}.",
              f"{standard}年标准下农村贫困人口柱状图，由{first['year']}年的"
              f"{label(first['poor_population_10k'] * scale)}{unit}到{last['year']}年的"
              f"{label(last['poor_population_10k'] * scale)}{unit}。"),
        data=rows[["standard", "year", "poor_population_10k", "incidence_percent"]],
        lang=lang,
    )  # fmt: skip


@_drawn("double")
def implied_population(implied, *, source="china_incidence", ax=None, lang="en"):
    """Rural population that counts and rates imply, with the range that rounding leaves.

    Parameters
    ----------
    implied : DataFrame
        As `povstudy.implied_population` returns it.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> implied = ps.implied_population(ps.load("china_incidence"))
    >>> ax = ps.figures.implied_population(implied)
    """
    t = style.words(lang)
    scale, unit, label = _persons(lang)
    for standard in sorted(implied["standard"].unique()):
        one = one_standard(implied, standard)
        colour, marker = _STANDARDS.get(standard, ("purple", "D"))
        middle = one["population_10k"] * scale
        shift = {"1978": -0.15, "2008": 0.15}.get(standard, 0)  # 2005 has two standards
        ax.errorbar(
            one["year"] + shift,
            middle,
            yerr=[middle - one["low_10k"] * scale, one["high_10k"] * scale - middle],
            fmt=marker,
            color=style.COLOURS[colour],
            capsize=2.5,
            lw=1.2,
            label=t(f"standard of {standard}", f"{standard}年标准"),
        )
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.legend(loc="upper left")
    widest = implied.loc[(implied["high_10k"] - implied["low_10k"]).idxmax()]
    low, high = (label(widest[name] * scale) for name in ("low_10k", "high_10k"))
    return style.finish(
        ax,
        title=t("Rural population implied by the counts and the rates",
                "由贫困人口与贫困发生率反推的农村人口"),
        unit=t(f"{unit} (axis does not start at 0); bars: what rounding leaves open",
               f"{unit}（纵轴不从0起）；线段：四舍五入所留区间"),
        source=source,
        alt=t("Points of the rural population implied by each pair of count and rate, with the "
              f"range left by rounding; it is widest in {widest['year']}: {low} to {high} {unit}.",
              "由贫困人口除以贫困发生率反推的农村人口点图，并附四舍五入区间；"
              f"{widest['year']}年区间最宽：{low}至{high}{unit}。"),
        data=implied,
        lang=lang,
    )  # fmt: skip


@_drawn("double")
def yearly_falls(
    falls, *, aim_10k=None, aim_years=None, source="china_incidence", ax=None, lang="en"
):
    """Fall in the number of poor year by year, against an aim.

    Parameters
    ----------
    falls : DataFrame
        As `povstudy.yearly_fall` returns it.
    aim_10k : float, optional
        Aim of each year, in 10,000 persons.
    aim_years : tuple of int, optional
        First and last year of the aim.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> falls = ps.yearly_fall(ps.load("china_incidence"), "2010")
    >>> ax = ps.figures.yearly_falls(falls, aim_10k=1000, aim_years=(2016, 2020))
    """
    t = style.words(lang)
    scale, unit, label = _persons(lang)
    values = falls["fall_per_year_10k"] * scale
    ax.bar(falls["year"], values, color=style.COLOURS["sky"], width=0.7)
    for year, value in zip(falls["year"], values, strict=True):
        ax.annotate(label(value), (year, value), (0, 3), textcoords="offset points", ha="center")
    told = ""
    if aim_10k is not None:
        first, last = aim_years or (falls["year"].min(), falls["year"].max())
        aim = aim_10k * scale
        ax.plot([first - 0.45, last + 0.45], [aim, aim], color=style.COLOURS["vermilion"], ls="--",
                marker="", label=t(f"aim for {first}-{last}: over {label(aim)} a year",
                                   f"{first}-{last}年目标：每年{label(aim)}万人以上"))  # fmt: skip
        ax.legend(loc="upper right")
        inside = falls[falls["year"].between(first, last)]
        below = inside.loc[inside["fall_per_year_10k"] <= aim_10k, "year"].astype(str).tolist()
        told = t(f" The aim of {label(aim)} a year was met in {len(inside) - len(below)} of "
                 f"{len(inside)} years; below it: {', '.join(below) or 'none'}.",
                 f"每年{label(aim)}万人的目标在{len(inside)}年中达到{len(inside) - len(below)}年；"
                 f"未达到：{'、'.join(below) or '无'}。")  # fmt: skip
    _labelled_bars(ax, falls["year"])
    ax.set_ylim(min(0, values.min() * 1.1), values.max() * 1.14)
    standard = falls["standard"].iloc[0]
    return style.finish(
        ax,
        title=t("How many fewer poor each year", "每年减少多少农村贫困人口"),
        unit=t(f"{unit}, fall within the year ({standard} standard)",
               f"{unit}，年内减少（{standard}年标准）"),
        source=source,
        alt=t(f"Bars of the yearly fall in the rural poor, {falls['year'].min()} to "
              f"{falls['year'].max()}, largest {label(values.max())} {unit}.",
              f"{falls['year'].min()}至{falls['year'].max()}年农村贫困人口年减少量柱状图，"
              f"最大{label(values.max())}{unit}。") + told,
        data=falls,
        lang=lang,
    )  # fmt: skip


@_drawn("double")
def counties_leaving(table, *, source="county_exits", ax=None, lang="en"):
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
    t = style.words(lang)
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


@_drawn("double")
def regional_poor(table, *, source="china_regions", ax=None, lang="en"):
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
    t = style.words(lang)
    scale, unit, label = _persons(lang)
    rows = table[table["area"].isin(_REGIONS)]
    wide = one_standard(rows).pivot(index="year", columns="area", values="poor_population_10k")
    wide = wide.reindex(columns=list(_REGIONS)).dropna()
    chinese = dict(zip(rows["area"], rows["area_zh"], strict=True))
    height = wide.to_numpy().sum(axis=1).max() * scale
    floor = pd.Series(0.0, index=wide.index)
    for area, colour in _REGIONS.items():
        part = wide[area] * scale
        ax.bar(wide.index, part, 0.6, bottom=floor, color=style.COLOURS[colour],
               edgecolor="white", lw=0.8, label=t(area, chinese[area]))  # fmt: skip
        for year in wide.index:
            if part[year] > height * 0.05:
                ax.text(year, floor[year] + part[year] / 2, label(part[year]), ha="center",
                        va="center", color="white" if colour == "blue" else style.INK)  # fmt: skip
        floor = floor + part
    share = wide["West"] / wide.sum(axis=1) * 100
    for year in wide.index:
        text = t(f"{label(floor[year])}\nWest {share[year]:.0f} %",
                 f"{label(floor[year])}\n西部占{share[year]:.0f}%")  # fmt: skip
        ax.annotate(text, (year, floor[year]), (0, 3), textcoords="offset points", ha="center")
    ax.legend(loc="upper right")
    _labelled_bars(ax, wide.index)
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
              f"西部、中部、东部农村贫困人口堆叠柱状图。西部占比{first}年为{share[first]:.0f}%,"
              f"{last}年为{share[last]:.0f}%。"),
        data=wide.reset_index().assign(west_share_percent=share.to_numpy()),
        lang=lang,
    )  # fmt: skip


@_drawn("page")
def province_brackets(table, *, source="china_province_brackets", ax=None, lang="en"):
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
    t = style.words(lang)
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
    for row in order.itertuples():
        if pd.isna(getattr(row, f"_{order.columns.get_loc(years[0]) + 1}")):
            ax.plot(0.1, place[row.province] + 0.17, marker="|", color=style.COLOURS["vermilion"])
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
                f"各省份处于哪个贫困发生率区间，{years[0]}与{years[1]}"),
        unit=t(f"incidence in percent; a bar is a bracket, not a figure (|: not listed in {years[0]})",
               f"贫困发生率（%）；线段为区间而非数值（|:{years[0]}年未列出）"),
        source=source,
        alt=t(f"Ranges of poverty incidence by province. In {years[0]} {high[0]} provinces stood at "
              f"3 % or above, in {years[1]} {high[1]} stood above 3 %, all of them below "
              f"{rows.loc[rows['year'] == years[1], 'upper'].max():g} %.",
              f"各省份贫困发生率区间图。{years[0]}年有{high[0]}个省份在3%及以上，{years[1]}年有"
              f"{high[1]}个省份在3%以上，且均低于{rows.loc[rows['year'] == years[1], 'upper'].max():g}%。"),
        data=rows[["year", "province", "lower", "upper", "lower_included", "upper_included"]],
        lang=lang,
    )  # fmt: skip


_STATEMENTS = {
    "fell_back_into_poverty": ("fell back into poverty", "返贫人口"),
    "newly_poor": ("newly poor", "新致贫人口"),
    "exited_at_risk_of_relapse": ("out of poverty, at risk of relapse", "脱贫不稳定人口"),
    "marginal_at_risk_of_poverty": ("just above the line, at risk", "边缘易致贫人口"),
    "monitored_risk_removed_cumulative": ("monitored, risk removed so far", "累计消除返贫风险人口"),
}
_BOUNDS = {  # marker, words
    "exact": ("o", "as stated", "确数"),
    "about": ("D", "about", "约数"),
    "lower": (">", "more than", "多于"),
    "upper": ("<", "fewer than", "少于"),
}


@_drawn("double")
def relapse_statements(table, *, source="relapse_monitoring", ax=None, lang="en"):
    """National statements on relapse and risk after help, with the bounds they were given.

    Parameters
    ----------
    table : DataFrame
        Columns ``year``, ``place``, ``measure``, ``value``, ``unit``, ``bound``; rows of
        ``China`` in persons are drawn.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.relapse_statements(ps.load("relapse_monitoring"))
    """
    t = style.words(lang)
    rows = table[(table["place"] == "China") & table["measure"].isin(_STATEMENTS)]
    rows = rows[rows["unit"] == "persons"].sort_values(["year", "measure"]).reset_index(drop=True)
    scale, unit, _ = _persons(lang)
    values = rows["value"] / 1e4 * scale
    labels = []
    for y, (row, value) in enumerate(zip(rows.itertuples(), values, strict=True)):
        marker, english, chinese = _BOUNDS[row.bound]
        colour = style.COLOURS["blue"]
        ax.plot([values.min() / 3, value], [y, y], color=style.PALE, marker="", zorder=1)
        ax.plot(value, y, marker=marker, color=colour, ms=7, ls="",
                markerfacecolor="white" if row.bound == "about" else colour)  # fmt: skip
        said = f"{value:g}" if row.bound == "exact" else f"{t(english, chinese)} {value:g}"
        ax.annotate(said, (value, y), (9, 0), textcoords="offset points", va="center")
        labels.append(f"{row.year}  {t(*_STATEMENTS[row.measure])}")
    ax.set_xscale("log")
    ax.set_xlim(values.min() / 3, values.max() * 4)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set_yticks(range(len(rows)), labels)
    ax.invert_yaxis()
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    said = [f"{label}: {t(*_BOUNDS[bound][1:])} {value:g}"
            for label, bound, value in zip(labels, rows["bound"], values, strict=True)]  # fmt: skip
    return style.finish(
        ax,
        title=t("What was said of relapse: round figures and bounds",
                "关于返贫的公开说法：约数与界限"),
        unit=t(f"{unit}, log scale; register figures, not survey estimates",
               f"{unit}，对数刻度；建档立卡口径，非调查估计"),
        source=source,
        alt=t("Points of national statements on relapse, with their bounds, in million persons. ",
              "全国返贫与风险说法点图，含界限，单位万人。") + t("; ", "；").join(said) + t(".", "。"),
        data=rows[["year", "measure", "value", "unit", "bound"]],
        lang=lang,
    )  # fmt: skip


_TYPES = {
    "unstable_exited": ("unstable,\nout of poverty", "脱贫不稳定户"),
    "marginal": ("marginal", "边缘易致贫户"),
    "sudden_hardship": ("sudden severe\nhardship", "突发严重困难户"),
}


@_drawn("double")
def monitored_households(
    table, *, place="Baoshan, Yunnan", unit="persons", source="relapse_monitoring", ax=None,
    lang="en",
):  # fmt: skip
    """Monitored persons or households of one place by type, risk removed and not.

    Parameters
    ----------
    table : DataFrame
        Columns ``place``, ``place_zh``, ``measure``, ``value``, ``unit`` with the measures
        ``risk_removed_<type>`` and ``risk_not_removed_<type>``.
    place : str
        Place drawn.
    unit : {"persons", "households"}
        What is counted.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.monitored_households(ps.load("relapse_monitoring"))
    """
    t = style.words(lang)
    rows = table[(table["place"] == place) & (table["unit"] == unit)]
    if rows.empty:
        raise DataError(
            f"There are no figures for {place!r} in {unit}.",
            found="; ".join(sorted(table["place"].unique())),
            remedy='place="Baoshan, Yunnan", unit="persons"',
        )
    values = rows.set_index("measure")["value"]
    data = pd.DataFrame(
        {
            "type": list(_TYPES),
            "risk_removed": [values[f"risk_removed_{kind}"] for kind in _TYPES],
            "risk_not_removed": [values[f"risk_not_removed_{kind}"] for kind in _TYPES],
        }
    )
    total = data["risk_removed"] + data["risk_not_removed"]
    share = data["risk_removed"] / total * 100
    looks = (("risk_removed", "green", "", t("risk removed", "风险已消除")),
             ("risk_not_removed", "orange", "///", t("risk not removed", "风险未消除")))  # fmt: skip
    left = 0 * total
    for column, colour, hatch, label in looks:
        ax.barh(data.index, data[column], 0.6, left=left, color=style.COLOURS[colour],
                hatch=hatch, edgecolor="white", lw=0.5, label=label)  # fmt: skip
        for y in data.index:
            ax.text(left[y] + data[column][y] / 2, y, f"{data[column][y]:,.0f}", ha="center",
                    va="center", bbox={"fc": "white", "ec": "none", "pad": 1.5, "alpha": 0.85})  # fmt: skip
        left = left + data[column]
    for y in data.index:
        ax.annotate(t(f"{share[y]:.0f} % removed", f"已消除{share[y]:.0f}%"), (total[y], y), (5, 0),
                    textcoords="offset points", va="center")  # fmt: skip
    ax.set_yticks(data.index, [t(*_TYPES[kind]) for kind in data["type"]])
    ax.invert_yaxis()
    ax.set_xlim(0, total.max() * 1.18)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="lower left", bbox_to_anchor=(0.45, 1.0), ncols=2, borderaxespad=0.2)
    year = rows["year"].iloc[0]
    where = t(place, rows["place_zh"].iloc[0])
    return style.finish(
        ax,
        title=t(f"Who is monitored, and whose risk was removed: {where}, {year}",
                f"监测对象与风险消除情况：{where}，{year}年"),
        unit=t(unit, {"persons": "人", "households": "户"}[unit]),
        source=source,
        alt=t("Bars of monitored ", "监测对象条形图：")
        + t(f"{unit} by type. Risk removed: ", "风险消除比例")
        + t("; ", "；").join(
            f"{t(*_TYPES[kind])} {part:.0f} %".replace("\n", " ")
            for kind, part in zip(data["type"], share, strict=True))
        + t(".", "。"),
        data=data,
        lang=lang,
    )  # fmt: skip
