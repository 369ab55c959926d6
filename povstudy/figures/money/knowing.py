"""What an answer hangs on, and what it is worth to know more."""

import numpy as np
import pandas as pd

from ...base.checks import need_columns
from ...base.errors import DataError
from ...base.language import words
from .. import draw, style
from ..draw import Drawn, drawn_in
from .amounts import (
    EFFECT,
    HATCHES,
    YUAN,
    money_of,
    named,
    number,
    parameter,
    row_labels,
    scaled,
    settle,
    units_of,
    widen,
)

_BARS = 12  # of parameters, at most
_LETTERED = 12  # cells to a side, up to which letters are written into them


@drawn_in("double")
def tornado(table, *, money=YUAN, labels=None, source=None, ax=None, lang="en"):
    """What the answer hangs on: net benefit at the ends of each parameter, or of two at once.

    Parameters
    ----------
    table : DataFrame
        ``ps.cost_effectiveness(...).tornado(willingness)``: a bar for each parameter; or with
        ``by=`` two parameters: which strategy is best in each cell of a grid. Of many parameters the
        twelve that move it most are drawn, and how far the others move it is told.
    money : tuple of str
        Unit of net benefit in English and in Chinese.
    labels : dict, optional
        For a parameter or a strategy, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"parameter": ["wage", "effect"], "low": [40, -0.1], "high": [60, 0.1],
    ...     "at_low": [120, -300], "at_high": [80, 500], "base": 100})
    >>> ax = ps.figures.tornado(table, source=ps.Source("simulated", "Made up."))
    >>> ax.title_text
    'Simulated: One of 2 parameters turns the answer by itself: effect'
    """
    if "parameter" not in table:
        return _grid(table, labels, ax, lang)
    need_columns(table, ["parameter", "low", "high", "at_low", "at_high", "base"])
    t, (_, money) = words(lang), units_of(table, EFFECT, money, lang)
    reach = table[["at_low", "at_high"]].sub(table["base"], axis=0).abs().max(axis=1)
    reach = reach.reset_index(drop=True).sort_values(ascending=False, kind="stable")
    whole = table.reset_index(drop=True).loc[reach.index].reset_index(drop=True)
    rows, rest = whole.head(_BARS), reach.iloc[_BARS:]
    names = [parameter(one, lang, labels) for one in rows["parameter"]]
    values = rows[["at_low", "at_high", "base"]].astype(float)
    none = values.abs() < 1e-9 * values.abs().max(axis=None)  # by rounding alone
    values = values.mask(none, 0.0)
    cash, base = money_of(values, money, lang), values["base"].iloc[0]
    for k, (column, ink, text) in enumerate((
        ("at_low", "blue", t("at its low value", "取低值时")), ("at_high", "orange", t("at its high value", "取高值时")),
    )):  # fmt: skip
        ax.barh(range(len(rows)), values[column] - values["base"], 0.6, left=values["base"], label=text,
                color=style.COLOURS[ink], hatch=HATCHES[k], edgecolor="white", lw=0.5)  # fmt: skip
    for k, row in enumerate(rows.itertuples()):
        low_first = row.at_low <= row.at_high
        ends = [(row.at_low, row.low), (row.at_high, row.high)][:: 1 if low_first else -1]
        for (at, value), (by, ha), inner in zip(
            ends, ((-3, "right"), (3, "left")), (min, max), strict=True
        ):
            draw.beside(ax, number(value), (inner(at, row.base), k), (by, 0), ha=ha, va="center", fontsize=7.5)  # fmt: skip
    ax.axvline(base, color=style.INK, lw=1)
    low, high = values.to_numpy().min(), values.to_numpy().max()
    if low <= 0 <= high:
        ax.axvline(0, color=style.INK, lw=1, ls=":")
    tall = row_labels(ax, names, 20)
    widen(ax, low, high, 30, 30)
    scaled(ax.xaxis, cash.by, t(f"net benefit, {cash.unit}", f"净收益（{cash.unit}）"))
    turns = [name for name, a, b in zip(names, values["at_low"], values["at_high"], strict=True)
             if min(a, b, base) < 0 < max(a, b, base)]  # fmt: skip
    if turns and len(rows) == 1:
        title = t(f"{names[0]} turns the answer by itself", f"{names[0]}单独即可改变结论")
        title = title[0].upper() + title[1:]
    elif turns:
        count = "One" if len(turns) == 1 else f"{len(turns)}"
        title = t(f"{count} of {len(rows)} parameters turn{'s' * (len(turns) == 1)} the answer by itself: ",
                  f"{len(rows)}个参数中有{len(turns)}个单独即可改变结论：") + t(", ", "、").join(turns[:3])  # fmt: skip
        title += t(" and others", "等") if len(turns) > 3 else ""
        title = title.replace("by itself", "by itself" if len(turns) == 1 else "by themselves")
    else:
        title = t(f"No parameter turns the answer by itself; {names[0]} moves it most",
                  f"没有参数能单独改变结论；影响最大的是{names[0]}")  # fmt: skip
    pair = [table.attrs.get(one) for one in ("strategy", "against")]
    if None not in pair:
        pair = t("{} against {}; ", "{}与{}相比；").format(*named(pair, lang, labels))
    unit = (pair if isinstance(pair, str) else "") + t(f"at all means: {cash(base)}; numbers: values of the parameter; dotted: zero",
             f"全部取均值时：{cash(base)}；数字：参数取值；点线：零")  # fmt: skip
    if len(rest):
        unit += t(f"; {len(rest)} more move it by {cash(rest.max())} at most",
                  f"；另有{len(rest)}个参数影响至多{cash(rest.max())}")  # fmt: skip
    settle(ax, title, unit, least=tall, most=2)
    return Drawn(
        title=title,
        unit=unit,
        alt=t("Bars of net benefit by the ends of each parameter. ", "各参数取高低值时的净收益条形图。"),
        said=[
            draw.listing(t, name, [
                t(f"{cash(row.at_low)} at {number(row.low)}", f"{number(row.low)}时为{cash(row.at_low)}"),
                t(f"{cash(row.at_high)} at {number(row.high)}", f"{number(row.high)}时为{cash(row.at_high)}")])
            for name, row in zip(names, rows.itertuples(), strict=True)
        ],
        data=whole,
    )  # fmt: skip


def _grid(table, labels, ax, lang):
    """Which strategy is best in each cell of two parameters."""
    need_columns(table, ["best"])
    t = words(lang)
    across, up = [one for one in table.columns if one not in ("best", "value", "data_status")][:2]
    xs, ys = (np.sort(table[one].unique()) for one in (across, up))
    if len(table) != len(xs) * len(ys) or table.duplicated([across, up]).any():
        raise DataError("A grid has one row for each pair of values.", where=f"columns {across}, {up}",
                        found=f"{len(table)} rows for {len(xs)} x {len(ys)} pairs",
                        remedy="the table of .tornado(willingness, by=(...)), all of it")  # fmt: skip
    looks = draw.groups_of(table.sort_values("best", kind="stable"), "best")
    names = dict(zip(looks, named(looks, lang, labels), strict=True))
    letters = dict(zip(looks, "ABCDE", strict=False))
    small = max(len(xs), len(ys)) > _LETTERED
    for (one, (ink, _)), hatch in zip(looks.items(), HATCHES, strict=False):
        part = table[table["best"] == one]
        at = np.searchsorted(xs, part[across]), np.searchsorted(ys, part[up])
        colour = (style.COLOURS[ink], 0.45)
        ax.bar(at[0], 1, 1, bottom=at[1] - 0.5, color=colour, hatch=hatch, edgecolor="white", lw=0,
               label=("" if small else f"{letters[one]} ") + names[one])  # fmt: skip
        for x, y in zip(*at, strict=True) if not small else ():
            ax.text(x, y, letters[one], ha="center", va="center")
    for values, axis in ((xs, ax.xaxis), (ys, ax.yaxis)):
        shown = range(0, len(values), -(-len(values) // 6))
        axis.set_ticks(shown, [number(values[k]) for k in shown])
    ax.grid(visible=False)
    ax.set(xlim=(-0.5, len(xs) - 0.5), ylim=(-0.5, len(ys) - 0.5))
    first, second = (parameter(one, lang, labels) for one in (across, up))
    ax.set_xlabel(first)
    share = table["best"].value_counts(normalize=True)
    told = {one: f"{100 * share[one]:.0f}{t(' %', '%')}" for one in looks}
    most = share.idxmax()
    if len(looks) == 1:
        title = t(f"{names[most]} is best over the whole range of both", f"{names[most]}在两者的全部范围内最优")  # fmt: skip
    else:
        title = t(f"{names[most]} is best in {told[most]} of the cells: the answer turns within the range",
                  f"{names[most]}在{told[most]}的格中最优：结论在此范围内会变")  # fmt: skip
    title = title[0].upper() + title[1:]
    unit = t(f"upwards: {second}; each cell: what is best", f"纵轴：{second}；每格为最优者")
    settle(ax, title, unit, least=max(110, 13 * len(ys) if not small else 0))
    return Drawn(
        title=title,
        unit=unit,
        alt=t(f"Grid of what is best by {first} and {second}, {number(xs[0])} to {number(xs[-1])} and "
              f"{number(ys[0])} to {number(ys[-1])}. ",
              f"按{first}（{number(xs[0])}至{number(xs[-1])}）与{second}（{number(ys[0])}至{number(ys[-1])}）的最优者方格图。"),
        said=[t(f"{names[one]} in {told[one]}", f"{names[one]}占{told[one]}") for one in looks],
        data=table,
    )  # fmt: skip


@drawn_in("double", "willingness", "parameter", "value")
def information_curve(
    table, *, effect=EFFECT, money=YUAN, labels=None, source=None, ax=None, lang="en"
):
    """What it would be worth to know all parameters, or one of them, by what one more unit is worth.

    Parameters
    ----------
    table : DataFrame
        ``ps.cost_effectiveness(...).information(willingness)``: ``all`` is perfect information.
        Of more than four other parameters those worth most are drawn, and the others told.
    effect, money, labels
        As in `cost_plane`; labels are of parameters.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"willingness": [0, 5000] * 2, "parameter": ["all", "all", "effect", "effect"],
    ...     "value": [0.0, 120.0, 0.0, 90.0]})
    >>> ax = ps.figures.information_curve(table, source=ps.Source("simulated", "Made up."))
    >>> ax.title_text
    'Simulated: To know everything would be worth 120 yuan at most; effect alone 90 yuan'
    """
    t, (effect, money) = words(lang), units_of(table, effect, money, lang)
    table = table.sort_values("willingness", kind="stable")
    top = table.groupby("parameter", sort=False)["value"].max()
    top = top.sort_values(ascending=False, kind="stable")
    single = [one for one in top.index if one != "all"]
    kept = [one for one in ("all",) if one in top] + single[: 5 - ("all" in top)]
    rows = table.set_index("parameter").loc[kept].reset_index()
    looks = draw.groups_of(rows, "parameter")
    inks = ("black", "blue", "vermilion", "green", "purple")["all" not in top :]
    looks = {one: (ink, look[1]) for (one, look), ink in zip(looks.items(), inks, strict=False)}
    known = {"all": ("everything", "全部参数"), **(labels or {})}
    names = {one: parameter(one, lang, known) for one in top.index}
    cash, price = money_of(table["value"], money, lang), money_of(table["willingness"], money, lang)
    places = table["willingness"].nunique()
    draw.curves(ax, rows, "willingness", "parameter", looks, [names[one] for one in looks], ends=["value"], scale=1,
                markevery=max(1, places // 8))  # fmt: skip
    scaled(ax.xaxis, price.by, t(f"{price.unit} that one would pay for one more {effect}",
                                 f"每{effect}愿付金额（{price.unit}）"))  # fmt: skip
    ax.set_ylim(0, 1.05 * (top.max() or 1))
    scaled(ax.yaxis, cash.by)
    whole = t(f"To know everything would be worth {cash(top['all'])} at most", f"知道全部参数至多值{cash(top['all'])}") if "all" in top else ""  # fmt: skip
    one = t(f"{names[single[0]]} alone {cash(top[single[0]])}", f"仅{names[single[0]]}至多{cash(top[single[0]])}") if single else ""  # fmt: skip
    title = t("; ", "；").join(filter(None, [whole, one]))
    unit = t(f"value of knowing before deciding, {cash.unit}", f"决策前获知的价值（{cash.unit}）")
    if left := [one for one in top.index if one not in kept]:
        told = t(", ", "、").join(names[one] for one in left) if len(left) < 5 else t(f"{len(left)} others", f"其余{len(left)}个参数")  # fmt: skip
        more = cash(top[left].max())
        unit += t(f"; not drawn, at most {more}: {told}", f"；未画出（至多{more}）：{told}")
    settle(ax, title, unit)
    return Drawn(
        title=title,
        unit=unit,
        alt=t("Curves of the value of knowing, by what one more unit is worth. ", "获知各参数的价值随每单位效果所值变化的曲线。"),
        said=[
            t(f"{names[key]}: at most {cash(part['value'].max())}, at {price(part.loc[part['value'].idxmax(), 'willingness'])}",
              f"{names[key]}：至多{cash(part['value'].max())}（在{price(part.loc[part['value'].idxmax(), 'willingness'])}处）")
            for key, part in rows.groupby("parameter", sort=False)
        ],
        data=table,
    )  # fmt: skip


_STUDY = {  # words, colour, marker, line
    "evsi": (("what the study would tell is worth", "研究结果的价值"), "blue", "o", "-"),
    "cost": (("what it costs", "研究的费用"), "vermilion", "s", "--"),
    "net": (("what is left", "净值"), "black", "^", "-"),
}


@drawn_in("double", "villages", "evsi", "cost", "net")
def study_worth(table, *, money=YUAN, source=None, ax=None, lang="en"):
    """What a trial would be worth and cost, by its villages, with the best size and the power.

    Parameters
    ----------
    table : DataFrame
        ``ps.study_value(...).tidy()``; the ``power`` stands above if it is there.
    money : tuple of str
        Unit of money in English and in Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"villages": [20, 40, 80], "evsi": [300, 500, 600], "cost": [150, 200, 300],
    ...     "net": [150, 300, 300], "power": [0.3, 0.5, 0.8]})
    >>> ax = ps.figures.study_worth(table, source=ps.Source("simulated", "Made up."))
    >>> ax.title_text
    'Simulated: Of the sizes shown, 40 villages leave most: 300 yuan'
    """
    t = words(lang)
    table = table.sort_values("villages", ignore_index=True)
    shown = [*_STUDY]
    cash = money_of(table[shown], money, lang)
    long = table.melt(["villages"], shown, "kind")
    looks = {one: _STUDY[one][1:3] for one in shown}
    best = table.loc[table["net"].idxmax()]
    texts = [t(*_STUDY[one][0]) for one in shown]
    draw.curves(ax, long, "villages", "kind", looks, texts, ends=["value"], scale=1)
    ax.axhline(0, color=style.INK, lw=0.8)
    low, high = min(long["value"].min(), 0), max(long["value"].max(), 0)
    power = table["power"] if "power" in table and table["power"].notna().any() else None
    span, room = high - low or 1, 0.06 if power is None else 0.2
    ax.set_ylim(low - 0.06 * span, high + room * span)
    scaled(ax.xaxis, 1, t("villages in the study", "研究的村数"))
    scaled(ax.yaxis, cash.by)
    pays = best["net"] > 0
    villages = f"{best['villages']:,.0f}"
    if pays:
        ax.axvline(best["villages"], color=style.INK, lw=0.9, ls=":")
        title = t(f"Of the sizes shown, {villages} villages leave most: {cash(best['net'])}",
                  f"所示规模中{villages}个村净值最大：{cash(best['net'])}")  # fmt: skip
    else:
        title = t("No size shown is worth what it costs", "所示规模均不值其费用")
    unit = cash.unit
    if pays:
        unit += t("; dotted: most is left", "；点线：净值最大")
    if power is not None:
        unit += t(
            "; above: power, the chance to find the effect",
            "；上方数字：检验功效（发现效果的概率）",
        )
        _above(ax, table["villages"], power, best["villages"], high, t)
    settle(ax, title, unit)
    return Drawn(
        title=title,
        unit=unit,
        alt=t("Curves of worth, cost and what is left, by villages of a study. ", "研究价值、费用与净值随村数变化的曲线。"),
        said=[
            t(f"{row.villages:,.0f} villages: worth {cash(row.evsi)}, cost {cash(row.cost)}",
              f"{row.villages:,.0f}个村：价值{cash(row.evsi)}，费用{cash(row.cost)}")
            + ("" if power is None else t(f", power {100 * row.power:.0f} percent", f"，功效{100 * row.power:.0f}%"))
            for row in table.itertuples()
        ],
        data=table,
    )  # fmt: skip


def _above(ax, at, power, best, high, t):
    """Power at places far enough from each other, the best one first."""
    ax.figure.figure.draw_without_rendering()
    wide = np.ptp(ax.get_xlim()) * 30 / (ax.bbox.width * 72 / ax.figure.figure.dpi)
    placed = []
    for x, one in sorted(zip(at, power, strict=True), key=lambda pair: (pair[0] != best, pair[0])):
        if all(abs(x - other) >= wide for other in placed) and pd.notna(one):
            placed.append(x)
            draw.beside(ax, f"{100 * one:.0f}{t(' %', '%')}", (x, high), (0, 8), ha="center", va="bottom",
                        color=style.GREY, bbox=draw.WHITE)  # fmt: skip
