"""Who is found and who is missed: errors, what methods say of them, and early warning."""

import numpy as np
import pandas as pd

from ...base.checks import nearest, need_columns, need_one_of
from ...base.errors import DataError
from ...base.language import told, words
from .. import draw, style
from ..draw import Drawn, drawn_in


@drawn_in("double", *draw.TIDY)
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
    rows = draw.shares_of(table, "concentration")
    ax.plot([0, 100], [0, 100], color=style.GREY, lw=0.8, ls="-", marker="")
    draw.beside(ax, t("everyone alike", "完全平等"), (60, 60), (6, -4), color=style.GREY, va="top")
    said = draw.curves_by_share(ax, rows, colour, labels, lang, [(0, 0), (1, 1)])
    ax.set(xlim=(0, 100), ylim=(0, 105))
    if colour is not None:
        ax.legend(loc="lower right")
    ax.set_xlabel(t("poorest persons, percent of all", "由穷到富的人口累计百分比"))
    return Drawn(
        title=t("Concentration curve: who has it, from the poorest on", "集中曲线：由穷到富，谁得到"),
        unit=t("percent of all of the benefit; above the line: more to the poor; ",
               "占全部受益的百分比；高于对角线：偏向穷人；") + draw.band_of(rows, t),
        alt=t(f"Concentration curves, percent of the benefit of the poorest: {draw.said_at(said, t)}.",
              f"集中曲线，较穷人口所得占比（%）：{draw.said_at(said, t)}。"),
        data=rows,
    )  # fmt: skip


_METHODS = {
    "checked": ("a visitor who knows", "知情的入户核查"),
    "income": ("one year's income as the truth", "以当年收入为真值"),
    "latent": ("two assessors, nobody knows (Hui-Walter)", "两名评估者，无真值（Hui-Walter）"),
    "two lists": ("two lists (Chapman)", "两份名单（Chapman）"),
    "listed": ("share listed, as it is", "纳入比例，未校正"),
    "corrected": ("share listed, corrected (Rogan-Gladen)", "纳入比例，校正（Rogan-Gladen）"),
}
_MEASURES = {
    "exclusion": ("missed, of the poor", "漏评：贫困户中未纳入的"),
    "inclusion": ("listed, of the not poor", "错评：非贫困户中纳入的"),
    "poor": ("poor, of all households", "贫困户，占全部户"),
}
_INK = {"cadre": ("blue", "o"), "third_party": ("vermilion", "s"), "": ("green", "D")}


@drawn_in((7.0, 5.4), "measure", "assessor", "method", "estimate", "ci_low", "ci_high", "truth")
def methods_and_truth(table, *, measure=None, source=None, ax=None, lang="en"):
    """Estimates of several methods beside the truth that was simulated, a block for each measure.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.lessons.methods_and_truth` makes it.
    measure : {"exclusion", "inclusion", "poor"}, optional
        One of them alone.
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
    'Simulated: 7 of 17 intervals hold the truth'
    """
    t = words(lang)
    rows = table if measure is None else table[table["measure"] == measure]
    if rows.empty:
        raise DataError("There is no such measure.", found=measure,
                        remedy=f"one of {list(table['measure'].unique())}")  # fmt: skip
    names, places = [], {}
    for one in [one for one in _MEASURES if one in set(rows["measure"])]:
        names.append(t(*_MEASURES[one]))  # the head of a block
        for method in [x for x in _METHODS if x in set(rows.loc[rows["measure"] == one, "method"])]:
            places[one, method] = len(names)
            names.append(t(*_METHODS[method]))
    heads = [k for k in range(len(names)) if k not in places.values()]
    up = rows["assessor"].map({"cadre": -0.16, "third_party": 0.16}).fillna(0)
    at = [places[pair] for pair in zip(rows["measure"], rows["method"], strict=True)]
    drawn, said = rows.assign(place=up + at), []
    for one, look in _INK.items():
        part, name = drawn[drawn["assessor"] == one], told(one, lang)
        if part.empty:
            continue
        draw.dots(ax, part, "place", None, {None: look}, [name or t("survey", "调查")], scale=100)
        said += [
            t(f"{_MEASURES[row.measure][0]}, {_METHODS[row.method][0]}, {name or 'survey'}: {100 * row.estimate:.1f}, "
              f"truth {100 * row.truth:.1f}",
              f"{_MEASURES[row.measure][1]}，{_METHODS[row.method][1]}，{name or '调查'}：{100 * row.estimate:.1f}，"
              f"真值{100 * row.truth:.1f}")
            for row in part.itertuples()
        ]  # fmt: skip
    ax.plot(100 * drawn["truth"], drawn["place"], ls="", marker="|", ms=13, mew=2, color=style.INK,
            label=t("truth", "真值"))  # fmt: skip
    draw.labelled_rows(ax, names, top=1.3)  # room for the legend
    for k in heads:
        ax.get_yticklabels()[k].set(fontsize=10, color=style.COLOURS["blue"])
        if k:
            ax.axhline(k - 0.5, color=style.PALE, lw=1)
    ax.set_xlim(min(0, 100 * rows["ci_low"].min()), None)
    ax.legend(loc="upper right", ncols=4)
    held = int(rows["truth"].between(rows["ci_low"], rows["ci_high"]).sum())
    return Drawn(
        title=t(f"{held} of {len(rows)} intervals hold the truth", f"{len(rows)}个区间中{held}个含真值"),
        unit=t("percent; lines: 95 % intervals", "%；横线：95%置信区间"),
        alt=t("Dots with intervals beside the truth. ", "带区间的点与真值。"),
        data=rows,
        said=said,
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
    edges, looks = np.round(np.arange(0.4, 2.0001, 0.05), 2), draw.groups_of(table, by)
    parts = [
        pd.DataFrame({by: one, "from_lines": edges[:-1],
                      "percent": 100 * np.histogram(rows["income"] / line, edges)[0] / len(rows)})
        for one, rows in table.groupby(by, sort=False)
    ]  # fmt: skip
    data, names = pd.concat(parts, ignore_index=True), draw.named(looks, lang, labels)
    draw.steps(ax, data, "from_lines", by, looks, names, edges[-1])
    above = data.loc[data["from_lines"] == 1.0, "percent"]
    said = [f"{name}{t(' ', '')}{one:.1f}" for name, one in zip(names, above, strict=True)]
    ax.axvline(1, color=style.INK, lw=1)
    draw.beside(ax, t("line", "贫困线"), (1, 0.97), (-5, 0), xycoords=("data", "axes fraction"), ha="right",
                va="top")  # fmt: skip
    ax.set(xlim=(edges[0], edges[-1]), ylim=(0, None))
    ax.set_xlabel(t("reported income over the line", "上报收入与贫困线之比"))
    ax.legend(loc="upper right")
    return Drawn(
        title=t("Reported incomes around the line", "贫困线附近的上报收入"),
        unit=t("percent of the households of the group, in steps of 0.05 lines",
               "占该组户数的百分比，组距为贫困线的0.05倍"),
        alt=t("Steps of reported incomes by group. Just above the line, percent: ",
              "各组上报收入的阶梯图。紧靠线上的百分比："),
        data=data,
        said=said,
    )  # fmt: skip


# Early warning ------------------------------------------------------------------------


@drawn_in("double", "group", *draw.TIDY)
def calibration_curve(table, *, risks=None, scale="linear", source=None, ax=None, lang="en"):
    """Which share fell back (or was poor later), by what was predicted.

    Parameters
    ----------
    table : DataFrame
        ``ps.calibration_curve(...).tidy()``, or ``ps.vulnerability(...).check().tidy()``.
    risks : sequence of float, optional
        Predicted risks of the households, from 0 to 1: their histogram stands at the foot.
    scale : {"linear", "sqrt"}
        Of both axes: roots part the points where most risks are low.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"risk": [0.1, 0.2, 0.3, 0.5, 0.5, 0.6], "horizon": 1, "time": 1,
    ...                       "event": [0, 0, 1, 0, 1, 1]})
    >>> found = ps.calibration_curve(ps.Survey(table), groups=2).tidy()
    >>> ax = ps.figures.calibration_curve(found, source=ps.Source("survey", "Made up."))
    >>> ax.get_xlabel()
    'predicted risk, percent'
    """
    t = words(lang)
    need_one_of("scale", scale, tuple(_SCALES))
    draw.refuse_twice(table, ["group"])
    later = set(table["term"]) == set(_OF_VULNERABLE)  # not a risk of falling back: of being poor
    table = table.assign(term=table["term"].replace(_OF_VULNERABLE)) if later else table
    if set(table["term"]) != {"predicted", "observed"}:
        raise DataError("A calibration curve has the terms predicted and observed.",
                        found=", ".join(map(str, table["term"].unique()[:5])),
                        remedy="table = ps.calibration_curve(svy).tidy()")  # fmt: skip
    both = table.pivot(index="group", columns="term", values=["estimate", "ci_low", "ci_high"])
    both = 100 * both.dropna()
    observed = both.xs("observed", axis=1, level="term").assign(x=both["estimate", "predicted"])
    x, top = observed["x"], 1.05 * observed[["ci_high", "x"]].max().max()
    there, back = _SCALES[scale]
    foot = 0 if risks is None else -0.16 * there(top)
    for set_scale in (ax.set_xscale, ax.set_yscale):
        set_scale("function", functions=(there, back))
    ax.plot([0, top], [0, top], color=style.GREY, lw=0.8, ls="-", marker="",
            label=t("as predicted", "与预测一致"))  # fmt: skip
    draw.dots(ax, observed, "x", None, {None: ("blue", "o")}, [t("seen", "实际")], upright=True,
              ls=":", lw=1)  # fmt: skip
    wide = 1.1 * x.max()
    if risks is not None:
        risks = 100 * np.asarray(risks, dtype=float)
        counts, edges = np.histogram(there(risks), bins=40, range=(0, there(wide)))
        edges, low = back(edges), back(foot)
        ax.bar(edges[:-1], back(foot - 0.8 * foot * counts / counts.max()) - low, np.diff(edges), low,
               align="edge", color=style.PALE, label=t("how many have this risk", "具有该风险的户数"))  # fmt: skip
        ax.axhline(0, color=style.GREY, lw=0.7)
    left = 0 if scale == "linear" else 0.6 * x.min()
    ax.set(xlim=(left, wide), ylim=(back(foot), top))
    for axis, start, end in ((ax.xaxis, left, wide), (ax.yaxis, 0, top)):
        ticks = axis.get_major_locator().tick_values(0, end) if scale == "linear" else _ROOTS
        axis.set_ticks([one for one in ticks if start <= one <= end])
        axis.set_major_formatter("{x:g}")
    draw.taller(ax, 1)
    ax.legend(loc="upper left")
    ax.set_xlabel(t("chance to be poor, by the model, percent", "模型给出的贫困概率（%）") if later
                  else t("predicted risk, percent", "预测风险（%）"))  # fmt: skip
    level, each = draw.level_of(table), table["n"] if "n" in table else pd.Series(dtype=int)
    of = "" if each.empty else t(f", of {_few(each)} rows", f"，每组{_few(each)}行")
    said = t("; ", "；").join(
        t(f"{b:.1f} where {a:.1f} was predicted", f"预测{a:.1f}处为{b:.1f}")
        for a, b in zip(x, observed["estimate"], strict=True)
    )
    high, low = (observed.loc[pick()] for pick in (x.idxmax, x.idxmin))
    came = (t("were poor later", "后来贫困"), t("poor later", "后来贫困")) if later else (t("fell back", "返贫"), t("that fell back within the horizon", "预测期内返贫"))  # fmt: skip
    return Drawn(
        title=t(f"Predicted {high['x']:.0f} and {low['x']:.0f} of 100 in the highest and lowest group, "
                f"{high['estimate']:.0f} and {low['estimate']:.0f} {came[0]}",
                f"最高组与最低组每100户预测{high['x']:.0f}户与{low['x']:.0f}户，"
                f"实际{high['estimate']:.0f}户与{low['estimate']:.0f}户{came[0]}"),
        unit=t(f"percent {came[1]}; dots: {len(x)} groups by prediction{of}; lines: {level} % intervals",
               f"{came[1]}的百分比；圆点：按预测分的{len(x)}组{of}；竖线：{level}%置信区间")
        + ("" if scale == "linear" else t("; axes by square roots", "；坐标轴按平方根刻度")),
        alt=t(f"Percent of households {'that were ' if later else ''}{came[1]}, in groups by prediction: {said}.",
              f"按预测分组的{came[1]}户百分比：{said}。"),
        data=table,
    )  # fmt: skip


_SCALES = {  # to where a value is drawn, and back
    "linear": (lambda x: x, lambda x: x),
    "sqrt": (lambda x: np.sign(x) * np.sqrt(np.abs(x)), lambda x: np.sign(x) * x**2),
}
_ROOTS = (0, 1, 2, 5, 10, 15, 20, 30, 40, 50, 60, 80, 100)
_OF_VULNERABLE = {"mean of vep": "predicted", "mean of poor_later": "observed"}


def _few(counts):
    low, high = f"{counts.min():,}", f"{counts.max():,}"
    return low if low == high else f"{low}\u2013{high}"


@drawn_in("double", "strategy", "threshold", *draw.TIDY)
def decision_curve(table, *, model="risk", labels=None, source=None, ax=None, lang="en"):
    """Net benefit of watching by predicted risk, by other rules, of watching all and nobody.

    Parameters
    ----------
    table : DataFrame
        ``ps.decision_curve(...).tidy()``.
    model : str
        Strategy of the model: the column of its risk.
    labels : dict, optional
        For a strategy its text, or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"risk": [0.6, 0.5, 0.4, 0.1], "horizon": 1, "time": 1,
    ...                       "event": [1, 0, 1, 0]})
    >>> found = ps.decision_curve(ps.Survey(table), [0.1, 0.2, 0.3]).tidy()
    >>> ax = ps.figures.decision_curve(found, source=ps.Source("survey", "Made up."))
    >>> ax.get_legend_handles_labels()[1]
    ['predicted risk', 'watch all', 'watch nobody']
    """
    t = words(lang)
    draw.refuse_twice(table, ["strategy", "threshold"])
    strategies = list(dict.fromkeys(table["strategy"]))
    if model not in strategies:
        raise DataError("The table has no such strategy.", found=model,
                        remedy=f"model={nearest(model, strategies) or strategies[0]!r}")  # fmt: skip
    names = {
        "all": ("watch all", "全部监测"),
        model: ("predicted risk", "预测风险"),
        **(labels or {}),
    }
    rules = [one for one in strategies if one not in (model, "all")]
    inks = ("vermilion", "green", "purple", "orange")
    if len(rules) > len(inks):
        shown = [one for one in strategies if one not in rules[len(inks) :]]
        raise DataError("The figure keeps up to four rules apart.", found=", ".join(map(str, rules)),
                        remedy=f'table = table[table["strategy"].isin({shown})]')  # fmt: skip
    marks = zip(inks, style.MARKERS[1:], strict=False)
    looks = {model: ("blue", "o"), **dict(zip(rules, marks, strict=False))}
    percent = table.assign(threshold=100 * table["threshold"]).sort_values("threshold")
    shown, everyone = (percent[(percent["strategy"] == "all") == one] for one in (False, True))
    draw.curves(ax, shown, "threshold", "strategy", looks, draw.named(looks, lang, names), ms=5)
    if len(everyone):
        ax.plot(everyone["threshold"], 100 * everyone["estimate"], color=style.GREY, ls=":", marker="",
                label=told("all", lang, names))  # fmt: skip
    said = []
    for one in (*looks, *everyone["strategy"].unique()):
        part, label = percent[percent["strategy"] == one], told(one, lang, names)
        middle = part.iloc[(len(part) - 1) // 2]
        said.append((label, middle["threshold"], 100 * middle["estimate"]))
    ax.axhline(0, color=style.INK, lw=1, label=t("watch nobody", "不监测"))
    best = 100 * max(table["ci_high"].max(), 0.01)
    ax.set_ylim(max(-0.25 * best, 100 * shown["ci_low"].min() - 0.05 * best), 1.05 * best)
    ax.set_xlim(0, 102 * table["threshold"].max())
    draw.taller(ax, 1)
    ax.legend(loc="upper right")
    ax.set_xlabel(
        t("risk from which on a household is watched, percent", "开始监测的风险阈值（%）")
    )
    at = said[0][1]
    worth = t(", ", "，").join(
        f"{name} {y:.1f}".replace("-", "−") for name, x, y in said if x == at
    )
    return Drawn(
        title=t(f"Watched from a risk of {at:.0f} percent on, net benefit per 100 households: {worth}",
                f"风险达{at:.0f}%即监测，每100户的净收益：{worth}"),
        unit=t("net benefit: found, minus those watched in vain at the odds of the threshold; ",
               "净收益：发现数减去按阈值折算的误报数；") + draw.band_of(table, t),
        alt=t(f"Net benefit per 100 households by threshold: {draw.said_at(said, t)}; watching nobody 0.",
              f"各阈值下每100户的净收益：{draw.said_at(said, t)}；不监测为0。"),
        data=table,
    )  # fmt: skip
