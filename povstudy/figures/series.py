"""How poverty fell: incidence, counts, yearly falls, the population behind them."""

import itertools

import pandas as pd
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from ..base.errors import DataError
from ..base.language import words
from ..sources.series import one_series, one_standard, yearly_fall
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
    of : str or tuple of str, optional
        Place and year, which the title is to name: ``("Spain 2019", "西班牙2019年")``.
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
    '中国农村，2010年标准：贫困发生率1978年97.5%，2020年0%（宣布）'
    """
    t = words(lang)
    rows = table.dropna(subset=["incidence_percent"])
    told, ends = [], []
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
        ends.append((y1 - y0, f"{v0:g}", f"{v1:g}", y0, y1, standard, last))
        told.append(
            t(f"standard of {standard}: {v0:g} % in {y0} to {v1:g} % in {y1}{last}",
              f"{standard}年标准：{y0}年{v0:g}%降至{y1}年{v1:g}%{last}")
        )  # fmt: skip
    ax.legend(loc="upper right",
              title=t("breaks in series: not joined\ndotted: no figures here between",
                      "序列中断，互不衔接\n虚线：其间本表无数据"))  # fmt: skip
    ax.set(ylim=(0, None), xlim=(rows["year"].min() - 1, rows["year"].max() + 5))
    _, v0, v1, y0, y1, standard, last = max(ends)  # the longest series speaks
    return Drawn(
        title=t(f"Rural China, standard of {standard}: {v0} % poor in {y0}, {v1} % in {y1}{last}",
                f"中国农村，{standard}年标准：贫困发生率{y0}年{v0}%，{y1}年{v1}%{last}"),
        unit=t("percent of the rural registered population", "占农村户籍人口百分比（%）"),
        alt=t("Lines of rural poverty incidence, one for each standard and never joined. ",
              "农村贫困发生率折线图，各标准单独成线、互不衔接。"),
        said=told,
        data=rows[["standard", "year", "incidence_percent"]].sort_values(["standard", "year"]),
    )  # fmt: skip


@drawn_in("double", "year", "standard", "poor_population_10k", "incidence_percent")
def poor_by_year(
    table, *, standard="2010", first_year=None, aim_10k=None, aim_years=None, source=None, ax=None,
    lang="en",
):  # fmt: skip
    """Number of rural poor by year under one standard, and below how many fewer each year.

    The incidence stands above each bar. Where the table has two counts, a panel below shows the
    fall from one to the next.

    Parameters
    ----------
    table : DataFrame
        Columns ``year``, ``standard``, ``poor_population_10k``, ``incidence_percent``.
    standard : str
        The one standard that is drawn.
    first_year : int, optional
        First year drawn; by default the first that has a count.
    aim_10k : float, optional
        Aim for the fall of each year, in 10,000 persons.
    aim_years : tuple of int, optional
        First and last year of the aim.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes
        The panel of falls lies within it, as ``child_axes``.

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.poor_by_year(ps.load("china_incidence"), aim_10k=1000, aim_years=(2016, 2020))
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
    ax.bar(rows["year"], counts.fillna(0), color=style.COLOURS["blue"], width=0.7,
           label=t("poor", "贫困人口"))  # fmt: skip
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
    top = counts.max() * 1.25
    ax.set_ylim(0, top)
    falls = yearly_fall(rows, standard)
    told = "" if falls.empty else _falls_below(ax, falls, top, aim_10k, aim_years, lang)
    columns = ["standard", "year", "poor_population_10k", "incidence_percent"]
    data = rows[columns].merge(falls[["year", "fall_per_year_10k"]], "left", "year")
    if aim_10k is not None:
        first, last = aim_years or (data["year"].min(), data["year"].max())
        data["aim_10k"] = data["year"].between(first, last).map({True: aim_10k})
    known = rows.dropna(subset=["poor_population_10k"])
    first, last = known.iloc[0], known.iloc[-1]
    was, now = (
        label(one * scale) if one else "0" for one in known["poor_population_10k"].iloc[[0, -1]]
    )
    stated = t(" (declared)", "（宣布）") if draw.is_declared(known).iloc[-1] else ""
    return Drawn(
        title=t(f"Rural China: {was} {unit} poor in {first['year']}, {now} in {last['year']}{stated}",
                f"中国农村：{first['year']}年贫困人口{was}{unit}，{last['year']}年{now}{unit}{stated}"),
        unit=t(f"{unit}, {standard} standard; above the bars: count and incidence",
               f"{unit}，{standard}年标准；柱上：人数与贫困发生率"),
        alt=t(f"Bars of the rural poor under the {standard} standard, from {was} {unit} in "
              f"{first['year']} to {now} in {last['year']}.",
              f"{standard}年标准下农村贫困人口柱状图，由{first['year']}年的{was}{unit}到{last['year']}年的"
              f"{now}{unit}。") + told,
        data=data,
    )  # fmt: skip


def _falls_below(ax, falls, top, aim_10k, aim_years, lang):
    """A panel below the counts: the fall to each year, against an aim; returns its words."""
    t = words(lang)
    scale, unit, label = draw.persons(lang)
    ax.set_ylim(-0.8 * top, top)  # the panel lies where no counts are
    ax.set_yticks([y for y in ax.get_yticks() if 0 <= y <= top])
    ax.axhline(0, color=style.GREY, lw=0.7)
    ax.spines["left"].set_bounds(0, top)
    panel = ax.inset_axes([0, 0, 1, 0.32])
    values, ink = falls["fall_per_year_10k"] * scale, style.COLOURS["orange"]
    look = {"facecolor": ink, "hatch": "///", "edgecolor": "white", "lw": 0.5}
    panel.bar(falls["year"], values, width=0.7, **look)
    long = (falls["years"] > 1).any()
    ax.add_patch(Rectangle((falls["year"].min(), 0), 0, 0, **look, label=t(
        "average fall per year" if long else "fall within the year", "年均减少" if long else "年内减少")))  # fmt: skip
    for year, value, mark in zip(falls["year"], values, draw.is_declared(falls), strict=True):
        text = label(value) + (t("\nto the\ndeclared 0", "\n至宣布的0") if mark else "")
        draw.beside(panel, text, (year, value), ha="center", bbox=draw.WHITE, linespacing=0.95)
    told = t(f" Below, the yearly fall, {falls['year'].min()} to {falls['year'].max()}, largest "
             f"{label(values.max())} {unit}.",
             f"下方为{falls['year'].min()}至{falls['year'].max()}年的年减少量，最大{label(values.max())}{unit}。")  # fmt: skip
    if aim_10k is not None:
        first, last = aim_years or (falls["year"].min(), falls["year"].max())
        aim = aim_10k * scale
        dashed = {"color": style.COLOURS["vermilion"], "ls": "--", "marker": ""}
        panel.plot([first - 0.45, last + 0.45], [aim, aim], **dashed)
        ax.plot([], [], **dashed, label=t(f"aim for {first}-{last}: over {aim:,g} {unit} a year",
                                          f"{first}-{last}年目标：每年{aim:,g}多{unit}"))  # fmt: skip
        inside = falls[falls["year"].between(first, last)]
        below = inside.loc[inside["fall_per_year_10k"] <= aim_10k, "year"].astype(str).tolist()
        zero = inside.loc[draw.is_declared(inside), "year"].astype(str).tolist()
        told += t(f" {len(inside) - len(below)} of {len(inside)} years lie above the aim of "
                  f"{aim:,g} {unit} a year; below it: {', '.join(below) or 'none'}"
                  + (f" ({', '.join(zero)}: down to a declared 0)." if zero else "."),
                  f"{len(inside)}年中有{len(inside) - len(below)}年高于每年{aim:,g}{unit}的目标；"
                  f"低于目标：{'、'.join(below) or '无'}"
                  + (f"（{'、'.join(zero)}年：降至宣布的0）。" if zero else "。"))  # fmt: skip
    ax.legend(loc="upper right")
    panel.set(xlim=ax.get_xlim(), ylim=(min(0, values.min() * 1.1), values.max() * 1.35))
    panel.set_yticks(
        [y for y in MaxNLocator(3, steps=[1, 2, 5, 10]).tick_values(0, values.max()) if y >= 0]
    )
    panel.yaxis.set_major_formatter("{x:,.0f}")
    panel.tick_params(axis="x", bottom=False, labelbottom=False)
    panel.grid(visible=False)
    return told


_REGIONS = {"West": ("blue", ""), "Central": ("orange", "///"), "East": ("sky", "")}


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
    last = table.sort_values("counties").tail(2)
    most, pair = int(last["counties"].sum()), sorted(last["exit_year"])
    joined = pair[-1] - pair[0] == 1
    return Drawn(
        title=t(f"China: {most} of {total} poor counties left the list in {pair[0]} and {pair[-1]}"
                if joined else f"China: how {total} counties left the list of poor counties",
                f"中国：{total}个贫困县中，{most}个在{pair[0]}和{pair[-1]}两年摘帽" if joined
                else f"中国：{total}个贫困县如何逐年摘帽"),
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
    for area, (colour, hatch) in _REGIONS.items():
        part = wide[area] * scale
        ax.bar(wide.index, part, 0.6, bottom=floor, color=style.COLOURS[colour], hatch=hatch,
               edgecolor="white", lw=0.8, label=t(area, chinese[area]))  # fmt: skip
        for year in wide.index:
            if part[year] > height * 0.05:
                middle = floor[year] + part[year] / 2
                ax.text(year, middle, label(part[year]), ha="center", va="center", bbox=draw.WHITE)
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
        title=t(f"Rural China: the West held {share[first]:.0f} % of the poor in {first} and "
                f"{share[last]:.0f} % in {last}",
                f"中国农村：西部占贫困人口的比重，{first}年{share[first]:.0f}%，{last}年{share[last]:.0f}%"),
        unit=t(f"{unit} (2010 standard); above the bars: total and share of the West",
               f"{unit}（2010年标准）；柱上：合计与西部占比"),
        alt=t(f"Stacked bars of the rural poor in West, Central and East. The West held "
              f"{share[first]:.0f} % of them in {first} and {share[last]:.0f} % in {last}.",
              f"西部、中部、东部农村贫困人口堆叠柱状图。西部占比{first}年为{share[first]:.0f}%，"
              f"{last}年为{share[last]:.0f}%。"),
        data=wide.reset_index().assign(west_share_percent=share.to_numpy()),
    )  # fmt: skip
