"""How poverty fell: incidence, counts, yearly falls, the population behind them."""

import itertools

import pandas as pd

from ..base.errors import DataError
from ..base.language import words
from ..sources.series import one_series, one_standard
from . import draw, style
from .draw import Drawn, drawn_in

_STANDARDS = {"1978": ("vermilion", "s"), "2008": ("green", "^"), "2010": ("blue", "o")}


@drawn_in("double", "year", "standard", "incidence_percent")
def incidence_by_standard(table, *, source=None, ax=None, lang="en"):
    """Poverty incidence by year, each standard as a series of its own.

    Years that follow each other are joined by a full line; a dotted line spans years that
    the table has no figure for.

    Parameters
    ----------
    table : DataFrame
        Columns ``year``, ``standard``, ``incidence_percent``.
    source : str or Source, optional
        Where the data come from: the name of a dataset, or a `povstudy.Source`. Tables
        that `povstudy.load` returned know it; for others it has to be given.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on.
    lang : {"en", "zh"}
        Language of the figure.
    title : str or tuple of str, optional
        A title of one's own: one text, or one in English and one in Chinese. A later
        ``ax.set_title`` takes its place.
    colour : str, list or dict, optional
        Colours of Matplotlib in place of the figure's own: one, in shades if there are several
        series; a list in the order of the series; or a dict from the name of a series, or its value
        in the table, to its colour. Of figures of groups it names the column of groups instead, or
        both: ``colour={"year": ["grey", "firebrick"]}``.
    labels : dict, optional
        Other words for what stands alone on the figure (in the legend, at an axis, at a tick, as a
        value in the table): ``{"West": "Western counties"}``; texts, or pairs in English and Chinese.
    figsize : tuple of float or str, optional
        Width and height in inches, or the width of a journal: ``"single"`` (85 mm), ``"double"``
        (178 mm), ``"page"``.

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
    t = words(lang)
    rows = table.dropna(subset=["incidence_percent"])
    told = []
    for standard in sorted(rows["standard"].unique()):
        one = one_series(rows, standard)
        colour, marker = _STANDARDS.get(standard, ("purple", "D"))
        look = {"color": style.COLOURS[colour], "marker": marker}
        points = list(zip(one["year"], one["incidence_percent"], strict=True))
        for before, after in itertools.pairwise(points):
            gap = after[0] - before[0] > 1
            ax.plot(*zip(before, after, strict=True), **look, ls=":" if gap else "-")
        ax.plot([], [], **look, label=t(f"standard of {standard}", f"{standard}年标准"))
        last = t(" (declared)", "（宣布）") if draw.is_declared(one).iloc[-1] else ""
        for (year, value), left, note in (
            (points[0], standard == "2008", ""), (points[-1], False, last)
        ):  # fmt: skip
            draw.beside(ax, f"{value:g}{note}", (year, value), (-5 if left else 5, 4),
                        ha="right" if left else "left", color=look["color"])  # fmt: skip
        (y0, v0), (y1, v1) = points[0], points[-1]
        told.append(
            t(f"standard of {standard}: {v0:g} % in {y0} to {v1:g} % in {y1}{last}",
              f"{standard}年标准：{y0}年{v0:g}%降至{y1}年{v1:g}%{last}")
        )  # fmt: skip
    ax.legend(loc="upper right",
              title=t("breaks in series: not joined\ndotted: no figures here between",
                      "序列中断，互不衔接\n虚线：其间本表无数据"))  # fmt: skip
    ax.set_ylim(0, None)
    ax.set_xlim(rows["year"].min() - 1, rows["year"].max() + 5)
    return Drawn(
        title=t("Three standards, three series: rural poverty incidence in China",
                "三个标准，三个序列：中国农村贫困发生率"),
        unit=t("percent of the rural registered population", "占农村户籍人口百分比（%）"),
        alt=t("Lines of rural poverty incidence, one for each standard and never joined. ",
              "农村贫困发生率折线图，各标准单独成线、互不衔接。"),
        said=told,
        data=rows[["standard", "year", "incidence_percent"]].sort_values(["standard", "year"]),
    )  # fmt: skip


@drawn_in("double", "year", "standard", "poor_population_10k", "incidence_percent")
def poor_by_year(table, *, standard="2010", first_year=None, source=None, ax=None, lang="en"):
    """Number of rural poor by year under one standard, with the incidence above each bar.

    Parameters
    ----------
    table : DataFrame
        Columns ``year``, ``standard``, ``poor_population_10k``, ``incidence_percent``.
    standard : str
        The one standard that is drawn.
    first_year : int, optional
        First year drawn; by default the first that has a count.
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
    10
    """
    t = words(lang)
    scale, unit, label = draw.persons(lang)
    rows = one_series(table, standard)
    if first_year is None:
        first_year = rows.loc[rows["poor_population_10k"].notna(), "year"].min()
    rows = rows[rows["year"] >= first_year]
    if rows["poor_population_10k"].isna().all():
        raise DataError(
            f"The table has no counts of the standard of {standard} from {first_year} on.",
            remedy="choose an earlier first_year",
        )
    counts = rows["poor_population_10k"] * scale
    ax.bar(rows["year"], counts.fillna(0), color=style.COLOURS["blue"], width=0.7)
    for year, count, rate, declared in zip(
        rows["year"], counts, rows["incidence_percent"], draw.is_declared(rows), strict=True
    ):
        missing = pd.isna(count)
        text = t("not here", "本表无") if missing else label(count) if count else "0"
        text += "" if pd.isna(rate) else f"\n{rate:g}" + t(" %", "%")
        text += t("\ndeclared", "\n宣布") if declared else ""
        draw.beside(ax, text, (year, 0 if missing else count), ha="center",
                    color=style.GREY if missing else style.INK)  # fmt: skip
    draw.labelled_bars(ax, rows["year"])
    ax.set_ylim(0, counts.max() * 1.16)
    known = rows.dropna(subset=["poor_population_10k"])
    first, last = known.iloc[0], known.iloc[-1]
    return Drawn(
        title=t(f"Rural poor and incidence, {rows['year'].min()}-{rows['year'].max()}",
                f"农村贫困人口与贫困发生率，{rows['year'].min()}-{rows['year'].max()}"),
        unit=t(f"{unit}; above the bars: count and incidence ({standard} standard)",
               f"{unit}；柱上：人数与贫困发生率（{standard}年标准）"),
        alt=t(f"Bars of the rural poor under the {standard} standard, from "
              f"{label(first['poor_population_10k'] * scale)} {unit} in {first['year']} to "
              f"{label(last['poor_population_10k'] * scale)} in {last['year']}.",
              f"{standard}年标准下农村贫困人口柱状图，由{first['year']}年的"
              f"{label(first['poor_population_10k'] * scale)}{unit}到{last['year']}年的"
              f"{label(last['poor_population_10k'] * scale)}{unit}。"),
        data=rows[["standard", "year", "poor_population_10k", "incidence_percent"]],
    )  # fmt: skip


@drawn_in("double", "year", "standard", "population_10k", "low_10k", "high_10k")
def implied_population(implied, *, source=None, ax=None, lang="en"):
    """Rural registered population that counts and rates imply, with the range that rounding leaves.

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
    t = words(lang)
    scale, unit, label = draw.persons(lang)
    for standard in sorted(implied["standard"].unique()):
        one = one_standard(implied, standard)
        colour, marker = _STANDARDS.get(standard, ("purple", "D"))
        middle = one["population_10k"] * scale
        shift = {"1978": -0.15, "2008": 0.15}.get(standard, 0)  # 2005 has two standards
        ax.errorbar(one["year"] + shift, middle, fmt=marker, color=style.COLOURS[colour], capsize=2.5,
                    yerr=[middle - one["low_10k"] * scale, one["high_10k"] * scale - middle], lw=1.2,
                    label=t(f"standard of {standard}", f"{standard}年标准"))  # fmt: skip
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.legend(loc="upper left")
    widest = implied.loc[(implied["high_10k"] - implied["low_10k"]).idxmax()]
    low, high = (label(widest[name] * scale) for name in ("low_10k", "high_10k"))
    return Drawn(
        title=t("Rural registered population implied by the counts and the rates",
                "由贫困人口与贫困发生率反推的农村户籍人口"),
        unit=t(f"{unit} (axis does not start at 0); bars: what rounding leaves open",
               f"{unit}（纵轴不从0起）；线段：四舍五入造成的误差范围"),
        alt=t("Points of the rural registered population implied by each pair of count and rate, with the "
              f"range left by rounding; it is widest in {widest['year']}: {low} to {high} {unit}.",
              "由贫困人口除以贫困发生率反推的农村户籍人口点图，并附四舍五入误差范围；"
              f"{widest['year']}年区间最宽：{low}至{high}{unit}。"),
        data=implied,
    )  # fmt: skip


@drawn_in("double", "year", "standard", "years", "fall_per_year_10k")
def yearly_falls(falls, *, aim_10k=None, aim_years=None, source=None, ax=None, lang="en"):
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
    t = words(lang)
    scale, unit, label = draw.persons(lang)
    values = falls["fall_per_year_10k"] * scale
    ax.bar(falls["year"], values, color=style.COLOURS["sky"], width=0.7)
    for year, value, mark in zip(falls["year"], values, draw.is_declared(falls), strict=True):
        text = label(value) + (t("\nto the\ndeclared 0", "\n至宣布的0") if mark else "")
        draw.beside(ax, text, (year, value), ha="center")
    told = ""
    if aim_10k is not None:
        first, last = aim_years or (falls["year"].min(), falls["year"].max())
        aim = aim_10k * scale
        ax.plot([first - 0.45, last + 0.45], [aim, aim], color=style.COLOURS["vermilion"], ls="--",
                marker="", label=t(f"aim for {first}-{last}: over {aim:,g} {unit} a year",
                                   f"{first}-{last}年目标：每年{aim:,g}多{unit}"))  # fmt: skip
        ax.legend(loc="upper right")
        inside = falls[falls["year"].between(first, last)]
        below = inside.loc[inside["fall_per_year_10k"] <= aim_10k, "year"].astype(str).tolist()
        zero = inside.loc[draw.is_declared(inside), "year"].astype(str).tolist()
        told = t(f" {len(inside) - len(below)} of {len(inside)} years lie above the aim of "
                 f"{aim:,g} {unit} a year; below it: {', '.join(below) or 'none'}"
                 + (f" ({', '.join(zero)}: down to a declared 0)." if zero else "."),
                 f"{len(inside)}年中有{len(inside) - len(below)}年高于每年{aim:,g}{unit}的目标；"
                 f"低于目标：{'、'.join(below) or '无'}"
                 + (f"（{'、'.join(zero)}年：降至宣布的0）。" if zero else "。"))  # fmt: skip
    draw.labelled_bars(ax, falls["year"])
    ax.set_ylim(min(0, values.min() * 1.1), values.max() * 1.14)
    standard, long = falls["standard"].iloc[0], (falls["years"] > 1).any()
    return Drawn(
        title=t("How many fewer poor each year", "每年减少多少农村贫困人口"),
        unit=t(f"{unit}, {'average fall per year' if long else 'fall within the year'} "
               f"({standard} standard)",
               f"{unit}，{'年均' if long else '年内'}减少（{standard}年标准）"),
        alt=t(f"Bars of the yearly fall in the rural poor, {falls['year'].min()} to "
              f"{falls['year'].max()}, largest {label(values.max())} {unit}.",
              f"{falls['year'].min()}至{falls['year'].max()}年农村贫困人口年减少量柱状图，"
              f"最大{label(values.max())}{unit}。") + told,
        data=falls if aim_10k is None else falls.assign(
            aim_10k=falls["year"].between(first, last).map({True: aim_10k})),
    )  # fmt: skip


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
        draw.beside(ax, f"{out}", (year, out), (-6, 4), ha="right", color=style.COLOURS["blue"])
    ax.legend(loc="upper left")
    # In the tick labels, as the line crosses the tops of the bars.
    ax.set_xticks(years, [f"{y}\n+{new}" for y, new in zip(years, table["counties"], strict=True)])
    ax.grid(visible=False)
    ax.set_ylim(0, total * 1.1)
    peak = table.loc[table["counties"].idxmax()]
    return Drawn(
        title=t(f"How {total} counties left the list of poor counties",
                f"{total}个贫困县如何逐年摘帽"),
        unit=t("counties, by the year whose target they met (+: left in that year)",
               "县数，按摘帽年度（+：当年摘帽）"),
        alt=t(f"Bars of counties that left the list each year, most in {peak['exit_year']} "
              f"({peak['counties']}), and a line of the running total up to {total}.",
              f"每年摘帽县数柱状图，{peak['exit_year']}年最多（{peak['counties']}个）；"
              f"折线为累计数，至{total}个。"),
        data=table[["exit_year", "counties", "cumulative_counties", "remaining_counties"]],
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
    scale, unit, label = draw.persons(lang)
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
                text = f"{t(area, chinese[area])} {label(part[year])}"
                small[year] = [text, *small.get(year, [])]
        floor = floor + part
    for year, parts in small.items():  # too flat to write in: beside the bar
        draw.beside(ax, "\n".join(parts), (year + 0.3, floor[year]), (4, 2), va="top", fontsize=7)
    share = wide["West"] / wide.sum(axis=1) * 100
    for year in wide.index:
        text = t(f"{label(floor[year])}\nWest {share[year]:.0f} %",
                 f"{label(floor[year])}\n西部占{share[year]:.0f}%")  # fmt: skip
        draw.beside(ax, text, (year, floor[year]), ha="center")
    ax.legend(loc="upper right")
    draw.labelled_bars(ax, wide.index)
    ax.set_ylim(0, height * 1.2)
    first, last = wide.index[0], wide.index[-1]
    return Drawn(
        title=t(f"Where the rural poor lived, {first}-{last}", f"农村贫困人口在哪里，{first}-{last}"),
        unit=t(f"{unit} (2010 standard); above the bars: total and share of the West",
               f"{unit}（2010年标准）；柱上：合计与西部占比"),
        alt=t(f"Stacked bars of the rural poor in West, Central and East. The West held "
              f"{share[first]:.0f} % of them in {first} and {share[last]:.0f} % in {last}.",
              f"西部、中部、东部农村贫困人口堆叠柱状图。西部占比{first}年为{share[first]:.0f}%，"
              f"{last}年为{share[last]:.0f}%。"),
        data=wide.reset_index().assign(west_share_percent=share.to_numpy()),
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
        draw.beside(ax, missing, (rows["upper"].min(), place[province]), (6, 0), va="center", fontsize=7,
                    color=style.GREY)  # fmt: skip
    draw.labelled_rows(ax, order[t("province", "province_zh")])
    ax.set_ylim(-0.7, len(order) - 0.3)  # the lowest at the foot
    ax.set_xlim(0, edge * 1.03)
    ax.legend(loc="lower right")
    high = [len(rows[(rows["year"] == year) & (rows["lower"] >= 3)]) for year in years]
    return Drawn(
        title=t(f"In which bracket each province stood, {years[0]} and {years[1]}",
                f"各省份处于哪个贫困发生率区间，{years[0]}年与{years[1]}年"),
        unit=t("incidence in percent; a bar is a bracket, not a value",
               "贫困发生率（%）；线段为区间而非数值"),
        alt=t(f"Ranges of poverty incidence by province. In {years[0]} {high[0]} provinces stood at "
              f"3 % or above, in {years[1]} {high[1]} stood above 3 %, all of them below "
              f"{rows.loc[rows['year'] == years[1], 'upper'].max():g} %.",
              f"各省份贫困发生率区间图。{years[0]}年有{high[0]}个省份在3%及以上，{years[1]}年有"
              f"{high[1]}个省份在3%以上，且均低于{rows.loc[rows['year'] == years[1], 'upper'].max():g}%。"),
        data=rows[["year", "province", "lower", "upper", "lower_included", "upper_included"]],
    )  # fmt: skip
