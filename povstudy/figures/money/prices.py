"""Costs beside effects: the plane, the frontier, and what is best at which price."""

import numpy as np

from ...base.errors import DataError
from ...base.language import words
from .. import draw, style
from ..draw import Drawn, drawn_in
from .amounts import EFFECT, YUAN, ends, money_of, named, number, scaled, settle, units_of

_MOST = 400  # dots of one approach
_LEAST = 0.27  # of the axis on each side of zero, so that every quarter has room for its name
_LINES = ("--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))


@drawn_in("double", "strategy", "incremental_effect", "incremental_cost")
def cost_plane(table, *, willingness=None, effect=EFFECT, money=YUAN, labels=None, source=None,
               ax=None, lang="en"):  # fmt: skip
    """Differences in cost by differences in effect, draw by draw, with the four quarters named.

    Parameters
    ----------
    table : DataFrame
        ``ps.cost_effectiveness(...).plane()``: a row for each draw of each strategy, against the
        reference.
    willingness : float or list of float, optional
        What one more unit of effect is worth: a line each, below which a strategy is worth its price.
    effect : tuple of str
        One unit of effect in English and in Chinese. Without it, and without ``money``, they are
        those that the table tells (``unit=`` of `cost_effectiveness`).
    money : tuple of str
        Unit of money in English and in Chinese.
    labels : dict, optional
        For a strategy, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes
        Its ``data_behind`` has the table.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"strategy": "social_work", "draw": range(4),
    ...     "incremental_effect": [0.2, 0.4, -0.1, 0.3], "incremental_cost": [800, 900, 850, 950]})
    >>> ax = ps.figures.cost_plane(table, willingness=3000, source=ps.Source("simulated", "Made up."))
    >>> ax.title_text
    'Simulated: At 3,000 yuan for one poverty-free year, social work is worth its price in 25 % of draws'
    """
    t, (effect, money) = words(lang), units_of(table, effect, money, lang)
    reference = table.attrs.get("reference")
    rows = table[table["strategy"] != reference]
    rows = rows.dropna(subset=["incremental_effect", "incremental_cost"])
    _need_rows(rows)
    x, y = rows["incremental_effect"], rows["incremental_cost"]
    cash = money_of(y, money, lang)
    looks = draw.groups_of(rows, "strategy")
    names = dict(zip(looks, named(looks, lang, labels), strict=True))
    left, right = _both_sides(x)
    low, high = _both_sides(y)
    every = 1
    for one, (ink, marker) in looks.items():
        part = rows[rows["strategy"] == one]
        step = -(-len(part) // _MOST)
        every = max(every, step)
        shown, ink = part.iloc[::step], style.COLOURS[ink]
        ax.scatter(shown["incremental_effect"], shown["incremental_cost"], s=7, alpha=0.3, lw=0,
                   marker=marker, color=ink, zorder=2)  # fmt: skip
    for one, (ink, marker) in looks.items():  # over all dots
        part = rows[rows["strategy"] == one]
        ax.plot(part["incremental_effect"].mean(), part["incremental_cost"].mean(), marker=marker,
                ls="", ms=8, mec="white", mew=1, color=style.COLOURS[ink], label=names[one])  # fmt: skip
    ax.axhline(0, color=style.INK, lw=0.8)
    ax.axvline(0, color=style.INK, lw=0.8)
    prices = [] if willingness is None else np.atleast_1d(willingness).astype(float).tolist()
    for price, line in zip(prices, _LINES, strict=False):
        ax.plot([left, right], [price * left, price * right], color=style.INK, lw=1, ls=line, marker="",
                label=t(f"one {effect} worth {money_of(price, money, lang)(price)}",
                        f"每{effect}值{money_of(price, money, lang)(price)}"))  # fmt: skip
    ax.set(xlim=(left, right), ylim=(low, high))
    for (at, ha, by), (top, va) in (
        (side, end) for side in ((left, "left", 4), (right, "right", -4))
        for end in ((low, "bottom"), (high, "top"))
    ):  # fmt: skip
        text = t("costs {},\ndoes {}", "花费{}，\n效果{}").format(
            t("more", "更多") if top > 0 else t("less", "更少"),
            t("more", "更大") if at > 0 else t("less", "更小"))  # fmt: skip
        draw.beside(ax, text, (at, top), (by, 3 if va == "bottom" else -3), ha=ha, va=va,
                    color=style.GREY, zorder=1, bbox={**draw.WHITE, "alpha": 0.7})  # fmt: skip
    scaled(ax.xaxis, 1, t(f"difference in effect (unit: one {effect})", f"效果之差（{effect}）"))
    scaled(ax.yaxis, cash.by)
    share = {
        one: {
            "more": (part["incremental_effect"] > 0).mean(),
            "dear": (part["incremental_cost"] > 0).mean(),
            "worth": (prices[0] * part["incremental_effect"] > part["incremental_cost"]).mean() if prices else np.nan,
        }
        for one, part in rows.groupby("strategy", sort=False)
    }  # fmt: skip
    best = max(share, key=lambda one: (share[one]["worth"] if prices else rows.loc[rows["strategy"] == one, "incremental_effect"].mean()))  # fmt: skip
    found = {key: f"{100 * one:.0f}{t(' %', '%')}" for key, one in share[best].items()}
    if prices:
        price = money_of(prices[0], money, lang)(prices[0])
        title = t(f"At {price} for one {effect}, {names[best]} is worth its price in {found['worth']} of draws",
                  f"若每{effect}值{price}，{names[best]}在{found['worth']}的抽取中物有所值")  # fmt: skip
    else:
        title = t(f"{names[best]} does more in {found['more']} of draws, and costs more in {found['dear']}",
                  f"{names[best]}：{found['more']}的抽取中效果更大，{found['dear']}的抽取中花费更多")  # fmt: skip
    against = "" if reference is None else named([reference], lang, labels)[0]
    unit = t(f"difference in cost, {cash.unit}", f"费用之差（{cash.unit}）")
    unit += t(f"; against {against}" if against else "", f"；与{against}相比" if against else "")
    unit += t("; small: draws" + (f", one in {every}" if every > 1 else "") + "; large: means",
              "；小点：各次抽取" + (f"（每{every}次取一）" if every > 1 else "") + "；大点：均值")  # fmt: skip
    if prices:
        unit += t("; worth its price below a line", "；位于线下方即物有所值")
    settle(ax, title, unit)
    return Drawn(
        title=title[0].upper() + title[1:],
        unit=unit,
        alt=t("Plane of differences in cost by differences in effect. ", "费用之差与效果之差的平面图。"),
        said=[
            draw.listing(t, names[one], [
                t(f"mean effect {number(part['incremental_effect'].mean())}", f"平均效果{number(part['incremental_effect'].mean())}"),
                t(f"mean cost {cash(part['incremental_cost'].mean())}", f"平均费用{cash(part['incremental_cost'].mean())}"),
                t(f"does more in {100 * share[one]['more']:.0f} % of draws", f"{100 * share[one]['more']:.0f}%的抽取中效果更大"),
                t(f"costs more in {100 * share[one]['dear']:.0f} %", f"{100 * share[one]['dear']:.0f}%中花费更多")])
            for one, part in rows.groupby("strategy", sort=False)
        ],
        data=table,
    )  # fmt: skip


def _need_rows(rows):
    if rows.empty:
        raise DataError("There is nothing to draw.", found="no rows",
                        remedy="a table with at least one strategy beside the reference")  # fmt: skip


def _both_sides(values):
    """Limits that hold all values, and room on both sides of zero."""
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    if low == high:
        return -1.0, 1.0
    other = _LEAST / (1 - _LEAST)
    low, high = min(low, -other * high), max(high, -other * low)
    return 1.06 * low, 1.06 * high


@drawn_in("double", "willingness", "strategy", "probability", "best")
def acceptability(
    table, *, effect=EFFECT, money=YUAN, labels=None, source=None, ax=None, lang="en"
):
    """How likely each strategy is the best, by what one more unit of effect is worth.

    Parameters
    ----------
    table : DataFrame
        ``ps.cost_effectiveness(...).acceptability(willingness)``.
    effect, money, labels
        As in `cost_plane`.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Notes
    -----
    The wide grey line is the frontier: it follows the strategy whose expected net benefit is the
    greatest, which need not be the one that is most often the best.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"willingness": [0, 0, 5000, 5000], "strategy": ["none", "both"] * 2,
    ...     "probability": [0.9, 0.1, 0.3, 0.7], "best": [True, False, False, True]})
    >>> ax = ps.figures.acceptability(table, source=ps.Source("simulated", "Made up."))
    >>> ax.title_text
    'Simulated: On average best: no help, then both from 5,000 yuan for one poverty-free year'
    """
    t, (effect, money) = words(lang), units_of(table, effect, money, lang)
    table = table.sort_values("willingness", kind="stable")
    looks = draw.groups_of(table, "strategy")
    names = dict(zip(looks, named(looks, lang, labels), strict=True))
    cash = money_of(table["willingness"], money, lang)
    front = table[table["best"].astype(bool)].drop_duplicates("willingness")
    runs = (front["strategy"] != front["strategy"].shift()).cumsum()
    for k, part in front.groupby(runs):
        ax.plot(part["willingness"], 100 * part["probability"], color=style.GREY, lw=7, alpha=0.35, marker="",
                solid_capstyle="round", zorder=1,
                label=t("greatest expected net benefit", "期望净收益最大") if k == 1 else "_")  # fmt: skip
    places = table["willingness"].nunique()
    draw.curves(ax, table, "willingness", "strategy", looks, [*names.values()], ends=["probability"],
                markevery=max(1, places // 8))  # fmt: skip
    starts = front[runs != runs.shift()]
    steps = [(names[one], money_of(price, money, lang)(price))
             for one, price in starts[["strategy", "willingness"]].to_numpy()]  # fmt: skip
    scaled(ax.xaxis, cash.by, t(f"{cash.unit} that one would pay for one more {effect}",
                                f"每{effect}愿付金额（{cash.unit}）"))  # fmt: skip
    ax.set_ylim(-2, 102)
    ax.set_yticks(range(0, 101, 20))
    first, rest = steps[0][0], steps[1:]
    if not rest:
        title = t(
            f"On average best at every amount shown: {first}", f"图中任何金额下平均最优者：{first}"
        )
    else:
        title = t(f"On average best: {first}", f"平均最优：{first}") + "".join(
            t(f", then {name} from {price}", f"，{price}起为{name}") for name, price in rest)  # fmt: skip
        title += t(f" for one {effect}", f"（每{effect}）")
    unit = t("chance in percent that it has the greatest net benefit", "净收益最大的概率（%）")
    settle(ax, title, unit)
    return Drawn(
        title=title,
        unit=unit,
        alt=t("Curves of the chance to be best, by what one more unit is worth. ", "各方案最优概率随每单位效果所值变化的曲线。"),
        said=[
            draw.listing(t, names[one], [
                t(f"{100 * p:.0f} percent at {cash(price)}", f"{cash(price)}时为{100 * p:.0f}%")
                for price, p in part[["willingness", "probability"]].iloc[[0, -1]].to_numpy()])
            for one, part in table.groupby("strategy", sort=False)
        ],
        data=table,
    )  # fmt: skip


_STATUS = {  # words, colour, marker, whether filled
    "frontier": (("on the frontier", "位于前沿"), "blue", "o", True),
    "dominated": (("dominated: another does more for less", "被占优：另有更省且更有效者"), "vermilion", "X", True),
    "extendedly dominated": (("dominated by a mix of two", "被两者的组合占优"), "orange", "s", False),
}  # fmt: skip


@drawn_in("double", "strategy", "effect", "cost", "status", "icer")
def cost_frontier(
    table, *, effect=EFFECT, money=YUAN, labels=None, source=None, ax=None, lang="en"
):
    """Costs by effects, with the frontier, its ratios, and what is dominated.

    Parameters
    ----------
    table : DataFrame
        ``ps.cost_effectiveness(...).frontier()``. Ends ``ci_low ci_high`` with their ``shape`` are
        told if they are there.
    effect, money, labels
        As in `cost_plane`.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"strategy": ["none", "administrative", "social_work"],
    ...     "effect": [1.0, 1.2, 1.5], "cost": [0, 1000, 900], "icer": [None, None, 1800.0],
    ...     "status": ["frontier", "dominated", "frontier"], "against": [None, None, "none"]})
    >>> ax = ps.figures.cost_frontier(table, source=ps.Source("simulated", "Made up."))
    >>> ax.title_text
    'Simulated: From no help to social work, one more poverty-free year costs 1,800 yuan'
    """
    t, (effect, money) = words(lang), units_of(table, effect, money, lang)
    unknown = [one for one in table["status"].unique() if one not in _STATUS]
    if unknown:
        raise DataError("A status has no words.", where="column status", found=str(unknown[0])[:60],
                        remedy=f"one of {', '.join(_STATUS)}")  # fmt: skip
    table = table.sort_values(["cost", "effect"], ignore_index=True, kind="stable")
    names = named(table["strategy"], lang, labels)
    cash, price = (money_of(table[one].astype(float), money, lang) for one in ("cost", "icer"))
    front, blue = table[table["status"] == "frontier"], style.COLOURS["blue"]
    ax.plot(front["effect"], front["cost"], color=blue, lw=1.4, marker="", zorder=1)
    for status, (text, ink, marker, filled) in _STATUS.items():
        part = table[table["status"] == status]
        if len(part):
            ink = style.COLOURS[ink]
            ax.plot(part["effect"], part["cost"], ls="", marker=marker, ms=7, color=ink,
                    mfc=ink if filled else "white", label=t(*text))  # fmt: skip
    letters = [chr(65 + k % 26) for k in range(len(table))]
    _lettered(ax, table, letters)
    key = []
    for row, name, letter in zip(table.itertuples(), names, letters, strict=True):
        told = _ratio(row, price, t)
        key.append(f"{letter} {name}{t(': ', '：') if told else ''}{told}")
    scaled(ax.xaxis, 1, t(f"effect (unit: one {effect})", f"效果（{effect}）"))
    scaled(ax.yaxis, cash.by)
    place = dict(zip(table["strategy"], names, strict=True))
    order = front["strategy"].tolist()
    ratios = front["icer"].astype(float).iloc[1:]
    if len(front) == 1:
        title = t(
            f"{place[order[0]]} costs least and does most", f"{place[order[0]]}花费最少，效果最大"
        )
    elif len(front) == 2:
        title = t(f"From {place[order[0]]} to {place[order[1]]}, one more {effect} costs {price(ratios.iloc[0])}",
                  f"从{place[order[0]]}到{place[order[1]]}，每{effect}花费{price(ratios.iloc[0])}")  # fmt: skip
    else:
        title = t(f"One more {effect} costs {price.bare(ratios.min())} to {price(ratios.max())} along the frontier",
                  f"沿前沿，每{effect}花费{price.bare(ratios.min())}至{price(ratios.max())}")  # fmt: skip
    title = title[0].upper() + title[1:]
    unit = t(f"cost, {cash.unit}; at each step {price.unit} for one more {effect}\n",
             f"费用（{cash.unit}）；各步为每{effect}所需{price.unit}\n") + t("; ", "；").join(key)  # fmt: skip
    ax.margins(0.09)
    settle(ax, title, unit)
    return Drawn(
        title=title,
        unit=unit,
        alt=t("Points of costs by effects with the frontier. ", "各方案费用与效果散点图及前沿。"),
        said=[
            draw.listing(t, name, [
                t(f"effect {number(row.effect)}", f"效果{number(row.effect)}"), t(f"cost {cash(row.cost)}", f"费用{cash(row.cost)}"),
                *filter(None, [_ratio(row, price, t)])])
            for row, name in zip(table.itertuples(), names, strict=True)
        ],
        data=table,
    )  # fmt: skip


def _ratio(row, price, t):
    """What a step along the frontier costs, or that there is none."""
    if row.status != "frontier":
        return t(row.status, {"dominated": "被占优"}.get(row.status, "被组合占优"))
    if not np.isfinite(float(row.icer if row.icer is not None else np.nan)):
        return ""
    low, high = (float(getattr(row, one, np.nan)) for one in ("ci_low", "ci_high"))
    shape, said = getattr(row, "shape", "closed"), price.bare(row.icer)
    if shape == "whole line":
        return said + t(" (any ratio fits the data)", "（任何比值都与数据相符）")
    if shape == "complement" and np.isfinite(low + high):
        return said + t(f" (any ratio but {price.bare(low)} to {price.bare(high)})",
                        f"（除{price.bare(low)}至{price.bare(high)}外任何比值）")  # fmt: skip
    return said + ends(t, low, high, price.bare)


def _lettered(ax, table, letters):
    """Letters beside the points, in one text where points lie on each other."""
    at = table[["effect", "cost"]].to_numpy(dtype=float)
    wide = np.where(np.ptp(at, axis=0) > 0, np.ptp(at, axis=0), 1.0)
    apart, groups = at / wide, []
    for k, one in enumerate(apart):
        near = next((g for g in groups if (np.abs(apart[g[0]] - one) < (0.12, 0.16)).all()), None)
        groups.append([k]) if near is None else near.append(k)
    for group in groups:
        draw.beside(
            ax, ", ".join(letters[k] for k in group), at[group[-1]], (6, 4), bbox=draw.WHITE
        )
