"""Who is found and who is missed: errors, what methods say of them, and what an audit decides."""

import re

import numpy as np
import pandas as pd

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import told, words
from . import style
from .domains import _TIDY, _band, _curves, _looks, _share, _told
from .draw import drawn_in

_BOUNDS = ("n", "design_effect", "upper")


@drawn_in("double", *_TIDY)
def concentration_curve(table, *, colour=None, labels=None, source=None, ax=None, lang="en"):
    """Concentration curves: which part of a benefit goes to the poorest.

    Parameters
    ----------
    table : DataFrame
        ``ps.concentration_curve(...).band()``.
    colour, labels
        As in `lorenz_curve`.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [1.0, 3, 2, 5, 1, 4], "listed": [1, 0, 1, 0, 0, 1]}))
    >>> table = ps.concentration_curve(svy, "listed", "income").band()
    >>> ax = ps.figures.concentration_curve(table, source=ps.Source("survey", "Made up."))
    >>> ax.get_xlabel()
    'poorest persons, percent of all'
    """
    t = words(lang)
    rows = _share(table, "concentration")
    ax.plot([0, 100], [0, 100], color=style.GREY, lw=0.8, ls="-", marker="")
    ax.annotate(t("everyone alike", "人人相同"), (60, 60), (6, -4), color=style.GREY, va="top",
                textcoords="offset points")  # fmt: skip
    said = _curves(ax, rows, colour, labels, lang, [(0, 0), (1, 1)])
    ax.set_xlim(0, 100)
    ax.set_ylim(0, 105)
    if colour is not None:
        ax.legend(loc="lower right")
    ax.set_xlabel(t("poorest persons, percent of all", "由穷到富的人口累计百分比"))
    return style.finish(
        ax,
        title=t("Concentration curve: who has it, from the poorest on", "集中曲线：由穷到富，谁得到"),
        unit=t("percent of all of the benefit; above the line: more to the poor; ",
               "占全部受益的百分比；高于对角线：偏向穷人；") + _band(rows, t),
        source=source,
        alt=t(f"Concentration curves, percent of the benefit of the poorest: {_told(said, t)}.",
              f"集中曲线，较穷人口所得占比（%）：{_told(said, t)}。"),
        data=rows,
        lang=lang,
    )  # fmt: skip


_METHODS = {
    "checked": ("a visitor who knows", "知情的入户核查"),
    "income": ("one year's income as the truth", "以当年收入为真值"),
    "latent": ("two assessors, nobody knows (Hui-Walter)", "两名评估者，无真值（Hui-Walter）"),
    "two lists": ("two lists (Chapman)", "两份名单（Chapman）"),
    "listed": ("share listed, as it is", "纳入比例，未校正"),
    "corrected": ("share listed, corrected (Rogan-Gladen)", "纳入比例，校正（Rogan-Gladen）"),
}
_MEASURES = {  # title, unit
    "exclusion": (
        ("Simulated: what each method says of who is missed", "模拟：各方法所见的漏评"),
        ("exclusion error: percent of the poor who are not listed", "漏评误差：贫困户中未纳入的百分比"),
    ),
    "inclusion": (
        ("Simulated: what each method says of who is listed wrongly", "模拟：各方法所见的错评"),
        ("inclusion error: percent of the not poor who are listed", "错评误差：非贫困户中被纳入的百分比"),
    ),
    "poor": (
        ("Simulated: what each method says of how many are poor", "模拟：各方法所见的贫困户比例"),
        ("percent of households, first year", "占全部户的百分比，首年"),
    ),
}  # fmt: skip
_INK = {"cadre": ("blue", "o"), "third_party": ("vermilion", "s"), "": ("green", "D")}


@drawn_in("double", "measure", "assessor", "method", "estimate", "ci_low", "ci_high", "truth")
def methods_and_truth(table, *, measure="exclusion", source=None, ax=None, lang="en"):
    """Estimates of several methods beside the truth that was simulated.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.lessons.methods_and_truth` makes it.
    measure : {"exclusion", "inclusion", "poor"}
        What is drawn.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> sim = ps.simulate(households=50_000, years=3)
    >>> ax = ps.figures.methods_and_truth(ps.lessons.methods_and_truth(sim))
    >>> ax.get_title(loc="left")
    'Simulated: what each method says of who is missed'
    """
    t = words(lang)
    rows = table[table["measure"] == measure]
    if rows.empty:
        raise DataError("There is no such measure.", found=measure,
                        remedy=f"one of {list(table['measure'].unique())}")  # fmt: skip
    methods = [one for one in _METHODS if one in set(rows["method"])]
    said = []
    for one, (colour, marker) in _INK.items():
        part = rows[rows["assessor"] == one]
        if part.empty:
            continue
        ink, name = style.COLOURS[colour], told(one, lang)
        shift = {"cadre": -0.16, "third_party": 0.16}.get(one, 0) * (rows["assessor"].nunique() > 1)
        y = np.array([methods.index(x) for x in part["method"]]) + shift
        ax.hlines(y, 100 * part["ci_low"], 100 * part["ci_high"], color=ink, lw=1.6)
        ax.plot(100 * part["estimate"], y, ls="", marker=marker, color=ink,
                label=name or t("survey", "调查"))  # fmt: skip
        ax.plot(100 * part["truth"], y, ls="", marker="|", ms=13, mew=2, color=style.INK)
        said += [
            t(f"{_METHODS[row.method][0]}, {name or 'survey'}: {100 * row.estimate:.1f}, truth {100 * row.truth:.1f}",
              f"{_METHODS[row.method][1]}，{name or '调查'}：{100 * row.estimate:.1f}，真值{100 * row.truth:.1f}")
            for row in part.itertuples()
        ]  # fmt: skip
    ax.plot([], [], ls="", marker="|", ms=11, mew=2, color=style.INK, label=t("truth", "真值"))
    ax.set_yticks(range(len(methods)), [t(*_METHODS[one]) for one in methods])
    ax.set_ylim(len(methods) - 0.5, -1.1)  # room for the legend
    ax.set_xlim(min(0, 100 * rows["ci_low"].min()), None)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="upper right", ncols=4)
    title, unit = _MEASURES[measure]
    return style.finish(
        ax,
        title=t(*title),
        unit=t(*unit) + t("; lines: 95 % intervals", "；横线：95%置信区间"),
        source=source,
        alt=t(f"Simulated data. Dots with intervals, {unit[0]}. ", f"模拟数据。带区间的点，{unit[1]}。")
        + t("; ", "；").join(said) + t(".", "。"),
        data=rows,
        lang=lang,
    )  # fmt: skip


# Audits -------------------------------------------------------------------------------


@drawn_in("double", *_BOUNDS)
def no_error_bounds(table, *, limit=2.0, source=None, ax=None, lang="en"):
    """How many errors there may be where none was found, by how many were looked at.

    Parameters
    ----------
    table : DataFrame
        ``n design_effect upper``: persons looked at, design effect, upper bound as a share, as
        of ``ps.proportion_interval(0, n, design_effect=...)``.
    limit : float
        In percent, that an audit must keep.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"n": [200, 1000], "design_effect": 3})
    >>> table["upper"] = ps.proportion_interval(0, table["n"], design_effect=3)[1]
    >>> ax = ps.figures.no_error_bounds(table, source=ps.Source("official", "Binomial bounds."))
    >>> ax.data_behind["upper"].round(4).tolist()
    [0.0439, 0.0089]
    """
    t = words(lang)
    inks = ("blue", "green", "vermilion", "purple", "orange")
    effects = table["design_effect"].nunique()
    if effects > len(inks):
        raise DataError(f"Not more than {len(inks)} design effects are told apart.", found=effects,
                        remedy='table[table["design_effect"].isin([1, 3, 5])]')  # fmt: skip
    # No error is found with chance (1 - bound) ** (n / design effect): what the level leaves out.
    level = 100 * (1 - (1 - table["upper"]) ** (table["n"] / table["design_effect"])).median()
    looks, said = zip(inks, style.MARKERS, "-:-:-", strict=False), []
    for (effect, part), (colour, marker, dash) in zip(
        table.groupby("design_effect"), looks, strict=False
    ):
        part = part.sort_values("n")
        ax.plot(part["n"], 100 * part["upper"], color=style.COLOURS[colour], marker=marker, ls=dash,
                label=t(f"design effect {effect:g}", f"设计效应{effect:g}"))  # fmt: skip
        last = part.iloc[-1]
        said.append(t(f"{100 * last['upper']:.2f} at {last['n']:,.0f} and design effect {effect:g}",
                      f"{last['n']:,.0f}人、设计效应{effect:g}时为{100 * last['upper']:.2f}"))  # fmt: skip
    ax.axhline(limit, color=style.INK, lw=1, ls="--")
    ax.annotate(t(f"limit {limit:g} %", f"限值{limit:g}%"), (1, limit), (-4, 4),
                xycoords=("axes fraction", "data"), textcoords="offset points", ha="right")  # fmt: skip
    ax.set_xscale("log")
    ticks = sorted(table["n"].unique())
    ax.set_xticks(ticks, [f"{one:,.0f}" for one in ticks])
    ax.set_xticks([], minor=True)
    ax.set_ylim(0, None)
    ax.set_xlabel(t("persons looked at, none with an error", "核查人数（未发现误差）"))
    ax.legend(loc="upper right")
    return style.finish(
        ax,
        title=t("No error was found: how many there may still be", "未发现误差时，误差仍可能有多少"),
        unit=t(f"percent of persons, upper bound, one-sided {level:.3g} %",
               f"占人口的百分比，单侧{level:.3g}%上限"),
        source=source,
        alt=t("Curves of the upper bound by the number of persons looked at: ",
              "上限随核查人数变化的曲线：") + t("; ", "；").join(said) + t(".", "。"),
        data=table,
        lang=lang,
    )  # fmt: skip


_INDICES = {
    "omission rate": ("omission rate", "漏评率"),
    "wrong exit rate": ("wrong exit rate", "错退率"),
    "composite incidence": ("composite incidence", "综合贫困发生率"),
    "approval": ("approval", "群众认可度"),
}
_VERDICTS = {  # words, colour
    "passes": (("passes", "通过"), "green"),
    "fails": (("fails", "不通过"), "vermilion"),
    "cannot be told": (("cannot be told", "无法判定"), "blue"),
}


@drawn_in("double", "term", "estimate", "ci_low", "ci_high", "limit", "verdict", "method")
def audit_bounds(table, *, source=None, ax=None, lang="en"):
    """The four indices of an exit audit with their bounds, limits and verdicts.

    Approval is drawn as what is lacking to 100 percent, so that all four must stay left of
    their limit.

    Parameters
    ----------
    table : DataFrame
        ``ps.exit_audit(...).tidy()``.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> sample, totals = ps.lessons.audit_sample(ps.simulate(households=5_000, years=8), 900_000, 2019)
    >>> audit = ps.exit_audit(sample, totals, "West", weight="weight")
    >>> ax = ps.figures.audit_bounds(audit.tidy(), source=sample.attrs["source"])
    >>> len(ax.data_behind)
    4
    """
    t = words(lang)
    said, names = [], []
    reach = 0.0
    for place, row in enumerate(table.itertuples()):
        value, low, high, limit = row.estimate, row.ci_low, row.ci_high, row.limit
        name = t(*_INDICES[row.term])
        if row.decides == "ci_low":
            value, low, high, limit = 100 - value, 100 - high, 100 - low, 100 - limit
            name = t("households that do not approve", "不认可的户")
        texts, colour = _VERDICTS[row.verdict]
        ink = style.COLOURS[colour]
        ax.hlines(place, max(low, 0), high, color=ink, lw=2)
        ax.plot(value, place, marker="o", color=ink, ls="")
        ax.vlines(limit, place - 0.32, place + 0.32, color=style.INK, lw=2)
        reach = max(reach, high, limit)
        ax.annotate(t(*texts), (max(high, limit), place), (8, 0), textcoords="offset points",
                    va="center", color=ink)  # fmt: skip
        names.append(f"{name}\n" + t(f"limit {limit:g} %", f"限值{limit:g}%"))
        said.append(t(f"{name} {value:.2f}, bounds {max(low, 0):.2f} to {high:.2f}, limit {limit:g}: {texts[0]}",
                      f"{name}{value:.2f}，界限{max(low, 0):.2f}至{high:.2f}，限值{limit:g}：{texts[1]}"))  # fmt: skip
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(0, 1.25 * reach)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    sided, level = re.search(r"(one|two)-sided ([\d.]+) %", table["method"].iloc[0]).groups()
    return style.finish(
        ax,
        title=t("Exit audit: what the sample allows, beside the limits", "退出核查：样本允许的范围与限值"),
        unit=t(f"percent; lines: {sided}-sided {level} % bounds; upright: limit",
               f"百分比；横线：{'单' if sided == 'one' else '双'}侧{level}%界限；竖线：限值"),
        source=source,
        alt=t("Four indices with bounds: ", "四项指标及界限：") + t("; ", "；").join(said) + t(".", "。"),
        data=table,
        lang=lang,
    )  # fmt: skip


@drawn_in("double", "income")
def reported_incomes(table, *, line, by, labels=None, source=None, ax=None, lang="en"):
    """Reported incomes around the line, by group: where reports heap.

    Parameters
    ----------
    table : DataFrame
        A row for each household, with ``income``.
    line : float
        Poverty line, in the unit of income.
    by : str
        Column of two or more groups, such as whether it was the deadline year.
    labels : dict, optional
        For a group, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [2000, 2350, 2350, 1500], "due": ["no", "yes", "yes", "no"]})
    >>> ax = ps.figures.reported_incomes(table, line=2300, by="due",
    ...                                  source=ps.Source("reported", "Made up."))
    >>> ax.data_behind.query("due == 'yes' and percent > 0")["percent"].tolist()
    [100.0]
    """
    t = words(lang)
    need_columns(table, [by])
    edges = np.round(np.arange(0.4, 2.0001, 0.05), 2)
    parts = []
    for (one, rows), (ink, _, dash) in zip(
        table.groupby(by, sort=False), _looks(table[by].nunique()), strict=True
    ):
        percent = 100 * np.histogram(rows["income"] / line, edges)[0] / len(rows)
        ax.stairs(percent, edges, color=ink, ls=dash, lw=1.6, label=told(one, lang, labels))
        parts.append(pd.DataFrame({by: one, "from_lines": edges[:-1], "percent": percent}))
    data = pd.concat(parts, ignore_index=True)
    above = data[data["from_lines"] == 1.0]
    said = [
        t(f"{told(getattr(row, by), lang, labels)} {row.percent:.1f}",
          f"{told(getattr(row, by), lang, labels)}{row.percent:.1f}")
        for row in above.itertuples()
    ]  # fmt: skip
    ax.axvline(1, color=style.INK, lw=1)
    ax.annotate(t("line", "贫困线"), (1, 0.97), (-5, 0), xycoords=("data", "axes fraction"),
                textcoords="offset points", ha="right", va="top")  # fmt: skip
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, None)
    ax.set_xlabel(t("reported income over the line", "上报收入与贫困线之比"))
    ax.legend(loc="upper right")
    return style.finish(
        ax,
        title=t("Reported incomes around the line", "贫困线附近的上报收入"),
        unit=t("percent of the households of the group, in steps of 0.05 lines",
               "占该组户数的百分比，组距为贫困线的0.05倍"),
        source=source,
        alt=t("Steps of reported incomes by group. Just above the line, percent: ",
              "各组上报收入的阶梯图。紧靠线上的百分比：") + t("; ", "；").join(said) + t(".", "。"),
        data=data,
        lang=lang,
    )  # fmt: skip


@drawn_in("double", "year", "stock")
def stocks_and_flows(table, *, inflows, outflows, source=None, ax=None, lang="en"):
    """Stocks by year, and what they would be by last year's stock and the flows between.

    Parameters
    ----------
    table : DataFrame
        ``year stock`` and the flows of the year; stocks are at its end.
    inflows, outflows : list of str
        Columns of flows.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"year": [2016, 2017], "stock": [90, 70], "new": [0, 5], "exited": [10, 20]})
    >>> ax = ps.figures.stocks_and_flows(table, inflows=["new"], outflows=["exited"],
    ...                                  source=ps.Source("reported", "Made up."))
    >>> ax.data_behind["expected"].tolist()
    [nan, 75.0]
    """
    t = words(lang)
    rows = table.sort_values("year").copy()
    flow = rows[list(inflows)].sum(axis=1) - rows[list(outflows)].sum(axis=1)
    rows["expected"] = (rows["stock"].shift() + flow).where(rows["year"].diff() == 1)
    off = rows["expected"].notna() & (rows["expected"] != rows["stock"])
    ax.bar(rows["year"], rows["stock"], 0.6, color=style.COLOURS["sky"],
           label=t("stock, as reported", "存量（上报）"))  # fmt: skip
    ax.plot(rows["year"], rows["expected"], ls="", marker="_", ms=26, mew=2, color=style.INK,
            label=t("last year's stock with the flows", "上年存量加减流量"))  # fmt: skip
    top = rows[["stock", "expected"]].max().max()
    for row in rows[off].itertuples():
        gap = row.stock - row.expected
        ax.annotate(f"{gap:+,.0f}".replace("-", "\u2212"), (row.year, max(row.stock, row.expected)), (0, 6),
                    textcoords="offset points", ha="center",
                    color=style.COLOURS["vermilion"])  # fmt: skip
    ax.set_ylim(0, 1.22 * top)
    ax.set_xticks(rows["year"])
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.legend(loc="upper right")
    years = ", ".join(f"{one:.0f}" for one in rows.loc[off, "year"])
    return style.finish(
        ax,
        title=t(f"Stocks and flows: {off.sum()} of {rows['expected'].notna().sum()} years do not add up",
                f"存量与流量：{rows['expected'].notna().sum()}年中有{off.sum()}年不相符"),
        unit=t("households at the end of the year; red: stock less what it should be",
               "年末户数；红字：存量与应有数之差"),
        source=source,
        alt=t(f"Bars of stocks by year with the stock that last year and the flows give. Years that differ: {years or 'none'}.",
              f"各年存量柱，附由上年存量与流量推得的数。不相符的年份：{years or '无'}。"),
        data=rows,
        lang=lang,
    )  # fmt: skip
