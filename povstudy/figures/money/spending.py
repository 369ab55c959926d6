"""What help costs, what comes back, and what a budget reaches."""

import numpy as np

from ...base.checks import need_one_of
from ...base.language import texts, told, words
from .. import draw, style
from ..draw import Drawn, drawn_in
from .amounts import (
    HATCHES,
    YUAN,
    at_side,
    ends,
    fixed,
    money_of,
    named,
    row_labels,
    scaled,
    settle,
    two_lines,
    widen,
)

_INKS = ("blue", "orange", "green", "purple", "sky")


@drawn_in("double", "approach", "component", "estimate")
def costs_by_component(table, *, money=YUAN, labels=None, source=None, ax=None, lang="en"):
    """What each approach costs, by component, with the totals and their intervals.

    Parameters
    ----------
    table : DataFrame
        ``ps.programme_costs(...).tidy()``: a row for each approach and component; rows of the
        component ``total`` have the totals with ``ci_low ci_high``. Without them totals are sums, and
        the figure says that their errors are not known.
    money : tuple of str
        Unit of costs in English and in Chinese.
    labels : dict, optional
        For an approach or a component, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Notes
    -----
    Of more than five components the five largest are told apart; the others are one part.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"approach": ["administrative"] * 2 + ["social_work"] * 2,
    ...     "component": ["staff", "transfers"] * 2, "estimate": [400, 900, 1200, 300]})
    >>> ax = ps.figures.costs_by_component(table, source=ps.Source("simulated", "Made up."))
    >>> ax.title_text
    'Simulated: Costs from 1,300 yuan (administrative help) to 1,500 yuan (social work)'
    """
    t = words(lang)
    draw.refuse_twice(table.assign(term="cost"), ["approach", "component"])
    parts = table[table["component"] != "total"]
    totals = _totals(table, parts)
    cash = money_of(totals[["estimate"]], money, lang)
    known = np.isfinite(totals["ci_low"]) & np.isfinite(totals["ci_high"])
    open_ends = {one: t("at least ", "至少") if row["ci_high"] == np.inf else t("at most ", "至多")
                 for one, row in totals.iterrows() if np.isinf(row[["ci_low", "ci_high"]]).any()}  # fmt: skip
    totals = totals.replace([np.inf, -np.inf], np.nan)
    rank = parts.groupby("component", sort=False)["estimate"].apply(lambda one: one.abs().sum())
    kept = [*rank.sort_values(ascending=False, kind="stable").index]
    kept, rest = (kept, []) if len(kept) <= 6 else (kept[:5], kept[5:])
    wide = parts.pivot(index="approach", columns="component", values="estimate")
    wide = wide.reindex(totals.index).fillna(0)
    words_of = dict(zip(rank.index, draw.named(rank.index, lang, labels), strict=True))
    bars = [(words_of[one], wide[one]) for one in kept]
    if rest:
        bars.append((t(f"{len(rest)} others", f"其余{len(rest)}项"), wide[rest].sum(axis=1)))
    up, down = np.zeros(len(wide)), np.zeros(len(wide))
    at, inks = np.arange(len(wide)), [*map(style.COLOURS.get, _INKS), style.GREY]
    for (name, values), ink, hatch in zip(bars, inks, HATCHES, strict=False):
        left = np.where(values >= 0, up, down)
        ax.barh(at, values, 0.55, left=left, color=ink, hatch=hatch, edgecolor="white", lw=0.6, label=name)  # fmt: skip
        up, down = up + values.clip(lower=0).to_numpy(), down + values.clip(upper=0).to_numpy()
    for k, (approach, row) in enumerate(totals.iterrows()):
        ax.plot([row["ci_low"], row["ci_high"]], [k, k], color=style.INK, lw=1.4, marker="|", ms=7)
        end = np.nanmax([up[k], row["ci_high"], row["estimate"]])
        text = open_ends.get(approach, "") + cash.bare(row["estimate"])
        text += ends(t, row["ci_low"], row["ci_high"], cash.bare)
        draw.beside(ax, two_lines(text), (end, k), (5, 0), va="center")
    names = named(totals.index, lang, labels)
    reach = np.nanmax([*up, *totals["ci_high"], *totals["estimate"]]) or 1
    tall = row_labels(ax, names, 28 if known.any() else 18)
    widen(ax, 1.05 * down.min(), reach, right=66 if known.any() else 36)
    ax.axvline(0, color=style.INK, lw=0.8)
    scaled(ax.xaxis, cash.by, cash.unit)
    low, high = totals["estimate"].argmin(), totals["estimate"].argmax()
    total = lambda k: t(f"{cash(totals['estimate'].iloc[k])} ({names[k]})",  # noqa: E731
                        f"{cash(totals['estimate'].iloc[k])}（{names[k]}）")  # fmt: skip
    title = total(low)
    if low != high:
        title = t(f"Costs from {title} to {total(high)}", f"费用从{title}到{total(high)}")
    level = draw.level_of(table)
    unit = t("costs by component", "按构成的费用")
    if known.any():
        unit += t(f"; line: {level} % interval of the total", f"；横线：合计的{level}%区间")
    if not known.all():
        unit += t("; errors of the totals are not known", "；合计的误差未知") if not known.any() else t("; errors of the others are not known", "；其余误差未知")  # fmt: skip
    if rest:
        unit += t("; others: ", "；其余：") + t(", ", "、").join(words_of[one] for one in rest)
    settle(ax, title, unit, least=tall)
    return Drawn(
        title=title,
        unit=unit,
        alt=t("Stacked bars of costs by component. ", "按构成堆叠的费用条形图。"),
        said=[
            draw.listing(t, name, [
                t("total ", "合计") + cash(row["estimate"]) + ends(t, row["ci_low"], row["ci_high"], cash.bare),
                *(f"{words_of[one]}{t(' ', '')}{cash.bare(x)}" for one, x in wide.loc[approach].items() if x)])
            for name, (approach, row) in zip(names, totals.iterrows(), strict=True)
        ],
        data=table,
    )  # fmt: skip


def _totals(table, parts):
    """Total of each approach with its interval, if the table has it."""
    sums = parts.groupby("approach", sort=False)[["estimate"]].sum()
    told = table[table["component"] == "total"].set_index("approach")
    told = told.reindex(columns=["estimate", "ci_low", "ci_high"])
    made = sums.reindex(columns=told.columns)
    made.update(told)
    return made.astype(float)


@drawn_in("double", "ratio", "low", "high")
def benefit_cost(table, *, labels=None, source=None, ax=None, lang="en"):
    """What comes back for each unit spent, by arm, beside one: where costs are covered.

    Parameters
    ----------
    table : DataFrame
        ``ps.benefit_cost(...).tidy()``; arms stand in its first column. Where ``low`` or ``high`` are missing, the figure says so.
    labels : dict, optional
        For an arm, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"arm": ["capital", "full"], "ratio": [0.8, 1.3], "low": [None, 0.6],
    ...                       "high": [None, 2.1]})
    >>> ax = ps.figures.benefit_cost(table, source=ps.Source("trial", "Made up."))
    >>> ax.title_text
    'Benefits are above costs in 1 of 2 arms, surely in none'
    """
    t = words(lang)
    names = named(table.iloc[:, 0], lang, labels)
    values = table[["ratio", "low", "high"]].astype(float)
    ax.axvline(1, color=style.INK, lw=1)
    said, known = [], values["low"].notna() & values["high"].notna()
    ink = style.COLOURS["blue"]
    for k, (row, name) in enumerate(zip(values.itertuples(index=False), names, strict=True)):
        draw.whisker(ax, k, row.low, row.ratio, row.high, ink, ms=7, fill=bool(known.iloc[k]))
        none = t(" (no error known)", "（误差未公布）")
        text = fixed(row.ratio) + (ends(t, row.low, row.high, fixed) if known.iloc[k] else none)
        at_side(ax, two_lines(text), k)
        said.append(f"{name} {text}")
    low, top = min(values.min().min(), 1.0), max(values.max().max(), 1.0)
    ax.set_xlim(min(0.0, 1.05 * low), top + 0.06 * (top - low or 1))
    tall = row_labels(ax, names, 28)
    scaled(ax.xaxis, 1, t("benefits for each unit of cost", "每单位费用的收益"))
    over = int((values["ratio"] > 1).sum())
    sure = int((values["low"] > 1).sum())
    title = t(
        f"benefits are above costs in {over} of {len(table)} arms",
        f"{len(table)}组中{over}组收益高于费用",
    )
    if known.any():
        title += t(
            f", surely in {sure or 'none'}",
            f"，可确定的有{sure}组" if sure else "，但没有一组可确定",
        )
    title = title[0].upper() + title[1:]
    if known.any():
        unit = t("line at 1: costs are covered; sure: the whole interval lies above it",
                 "竖线为1：收支相抵；可确定：整个区间在其上")  # fmt: skip
    else:
        unit = t("line at 1: costs are covered; errors are not published, so that nothing says how sure this is",
                 "竖线为1：收支相抵；未公布误差，无从得知有多可靠")  # fmt: skip
    settle(ax, title, unit, least=tall, legend=False)
    alt = t(
        "Points of benefits over costs by arm, with a line at 1. ",
        "各组收益与费用之比的点图，竖线为1。",
    )
    return Drawn(title=title, unit=unit, alt=alt, said=said, data=table)


MONEY = ("spending", "unspent")
SHARES = ("poverty", "relapse", "wrongly_listed", "left_out")


@drawn_in("double", "plan", "budget", "outcome", *draw.ENDS)
def budget_frontier(
    table, *, outcome=None, money=YUAN, labels=None, source=None, ax=None, lang="en"
):
    """What each plan reaches with a budget, with the range of the draws.

    Parameters
    ----------
    table : DataFrame
        ``ps.budget(...).frontier(totals)``.
    outcome : str, optional
        What is drawn; without it the poverty-free years, or else the first of the table.
    money : tuple of str
        Unit of the budget in English and in Chinese.
    labels : dict, optional
        For a plan or the outcome, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes
        Its ``data_behind`` has the rows of the outcome.

    Notes
    -----
    Bands tell how much is not known of each plan. Plans that see the same draws may differ in all of
    them though bands overlap: that is told by ``ps.budget(...).contrast(a, b)``.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"plan": ["administrative"] * 2 + ["half"] * 2, "budget": [1e6, 2e6] * 2,
    ...     "outcome": "poverty_free_years", "estimate": [90, 170, 100, 180], "ci_low": [80, 150, 70, 120],
    ...     "ci_high": [100, 190, 130, 230]})
    >>> table.attrs["level"] = 0.9
    >>> ax = ps.figures.budget_frontier(table, source=ps.Source("simulated", "Made up."))
    >>> ax.title_text
    'Simulated: Poverty-free years at 2 million yuan: from 170 (administrative help) to 180 (half)'
    """
    t = words(lang)
    there = [*table["outcome"].unique()]
    first = "poverty_free_years" if "poverty_free_years" in there else there[0]
    outcome = first if outcome is None else outcome
    need_one_of("outcome", outcome, there)
    rows = table[table["outcome"] == outcome]
    rows = rows.sort_values("budget", kind="stable", ignore_index=True)
    draw.refuse_twice(rows.assign(term="cost"), ["plan", "budget"])
    name = told(outcome, lang, {**texts("budget_outcome"), **(labels or {})})
    name = name.removesuffix(", yuan").removesuffix("（元）")  # told with the numbers
    looks = draw.groups_of(rows, "plan")
    names = dict(zip(looks, named(looks, lang, labels), strict=True))
    cash = money_of(rows["budget"], money, lang)
    percent = outcome in SHARES
    counts = money_of(rows[[*draw.ENDS]], money if outcome in MONEY else ("", ""), lang)
    scale = 100 if percent else counts.by
    curves = rows["budget"].nunique() > 1
    if curves:
        draw.curves(ax, rows, "budget", "plan", looks, [*names.values()], scale=scale)
    for k, one in enumerate(looks if not curves else ()):  # of one budget: points beside each other
        part = rows[rows["plan"] == one]
        part = part.assign(at=part["budget"] * (1 + 0.04 * (k - (len(looks) - 1) / 2)))
        draw.dots(ax, part, "at", None, {None: looks[one]}, [names[one]], scale=scale, upright=True)
    scaled(ax.xaxis, cash.by, t(f"budget, {cash.unit}", f"预算（{cash.unit}）"))
    scaled(ax.yaxis)
    if not curves:
        ax.set_xlim(*(rows["budget"].iloc[0] * np.array([0.8, 1.2])))
        ax.set_xticks(rows["budget"].unique())
    write = (lambda x: f"{100 * x:.1f}{t(' %', '%')}") if percent else counts
    last = rows[rows["budget"] == rows["budget"].max()].sort_values("estimate", kind="stable")
    low, high = (last.iloc[k] for k in (0, -1))
    one, two = (t(f"{write(row.estimate)} ({names[row.plan]})", f"{write(row.estimate)}（{names[row.plan]}）")
                for row in (low, high))  # fmt: skip
    at = cash(rows["budget"].max())
    title = t(f"{name} at {at}: ", f"预算{at}时的{name}：")
    if len(last) == 1:
        title += one
    elif write(low.estimate) == write(high.estimate):
        title += t(f"{write(low.estimate)} under every plan", f"各方案均为{write(low.estimate)}")
    else:
        title += t(f"from {one} to {two}", f"从{one}到{two}")
    title = title[0].upper() + title[1:]
    level = f"{100 * table.attrs.get('level', 0.9):g}"
    counted = t("percent", "%") if percent else counts.unit
    counted = counted and t(f", {counted}", f"（{counted}）")
    mark = t("shaded", "阴影") if curves else t("lines", "竖线")
    unit = t(f"{name}{counted}; {mark}: range of the draws, {level} %",
             f"{name}{counted}；{mark}：抽取结果的{level}%范围")  # fmt: skip
    settle(ax, title, unit)
    return Drawn(
        title=title,
        unit=unit,
        alt=t(f"Curves of {name} by budget, a band for each plan. ", f"各方案的{name}随预算变化的曲线，附范围。"),
        said=[
            draw.listing(t, names[one], [
                t(f"{write(row.estimate)}{ends(t, row.ci_low, row.ci_high, write)} at {cash(row.budget)}",
                  f"{cash(row.budget)}时为{write(row.estimate)}{ends(t, row.ci_low, row.ci_high, write)}")
                for row in part.iloc[[0, -1]].itertuples()])
            for one, part in rows.groupby("plan", sort=False)
        ],
        data=rows,
    )  # fmt: skip
