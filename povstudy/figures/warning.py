"""Early warning: whether predicted risks come true, and what watching by them is worth."""

import numpy as np

from ..base.errors import DataError
from ..base.language import told, words
from . import style
from .domains import _TIDY, _band, _refuse_twice
from .draw import drawn_in


@drawn_in("double", "group", *_TIDY)
def calibration_curve(table, *, risks=None, source=None, ax=None, lang="en"):
    """Which share fell back, by predicted risk; below it how the risks are spread.

    Parameters
    ----------
    table : DataFrame
        ``ps.calibration_curve(...).tidy()``.
    risks : sequence of float, optional
        Predicted risks of the households, from 0 to 1: their histogram stands at the foot.
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
    _refuse_twice(table, ["group"])
    if set(table["term"]) != {"predicted", "observed"}:
        raise DataError("A calibration curve has the terms predicted and observed.",
                        found=", ".join(map(str, table["term"].unique()[:5])),
                        remedy="ps.calibration_curve(svy).tidy()")  # fmt: skip
    both = table.pivot(index="group", columns="term", values=["estimate", "ci_low", "ci_high"])
    both = 100 * both.dropna()
    x, y = both["estimate", "predicted"], both["estimate", "observed"]
    low, high = both["ci_low", "observed"], both["ci_high", "observed"]
    ink, top, wide = style.COLOURS["blue"], 1.05 * max(high.max(), x.max()), 1.1 * x.max()
    foot = 0 if risks is None else 0.16 * top
    ax.plot([0, top], [0, top], color=style.GREY, lw=0.8, ls="-", marker="",
            label=t("as predicted", "与预测一致"))  # fmt: skip
    ax.vlines(x, low, high, color=ink, lw=1.4)
    ax.plot(x, y, color=ink, marker="o", ls=":", lw=1, label=t("observed", "实际"))
    if risks is not None:
        risks = 100 * np.asarray(risks, dtype=float)
        wide = max(wide, risks.max())
        counts, edges = np.histogram(risks, bins=40, range=(0, wide))
        ax.bar(edges[:-1], 0.8 * foot * counts / counts.max(), np.diff(edges), -foot, align="edge",
               color=style.PALE, label=t("how many have this risk", "具有该风险的户数"))  # fmt: skip
        ax.axhline(0, color=style.GREY, lw=0.7)
    ax.set_xlim(0, wide)
    ax.set_ylim(-foot, top)
    ax.set_yticks([one for one in ax.get_yticks() if 0 <= one <= top])
    ax.legend(loc="best")
    ax.set_xlabel(t("predicted risk, percent", "预测风险（%）"))
    level = f"{100 * table.attrs.get('level', 0.95):g}"
    said = t("; ", "；").join(
        t(f"{b:.1f} where {a:.1f} was predicted", f"预测{a:.1f}处为{b:.1f}")
        for a, b in zip(x, y, strict=True)
    )
    return style.finish(
        ax,
        title=t("Calibration: predicted risk and what came", "校准：预测风险与实际"),
        unit=t(f"percent that fell back within the horizon; lines: {level} % intervals",
               f"预测期内返贫的百分比；竖线：{level}%置信区间"),
        source=source,
        alt=t(f"Percent of households that fell back, in groups by predicted risk: {said}.",
              f"按预测风险分组的返贫户百分比：{said}。"),
        data=table,
        lang=lang,
    )  # fmt: skip


@drawn_in("double", "strategy", "threshold", *_TIDY)
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
    _refuse_twice(table, ["strategy", "threshold"])
    strategies = list(dict.fromkeys(table["strategy"]))
    if model not in strategies:
        raise DataError("The table has no such strategy.", found=model,
                        remedy=f"model= one of {strategies}")  # fmt: skip
    names = {"all": ("watch all", "全部监测"), model: ("predicted risk", "预测风险")} | (
        labels or {}
    )
    rules = [one for one in strategies if one not in (model, "all")]
    inks = [style.COLOURS[one] for one in ("vermilion", "green", "purple", "orange")]
    if len(rules) > len(inks):
        raise DataError("The figure keeps up to four rules apart.", found=", ".join(map(str, rules)),
                        remedy='table[table["strategy"].isin([...])]')  # fmt: skip
    looks = [(model, style.COLOURS["blue"], "o", "-"),
             *zip(rules, inks, style.MARKERS[1:], ("--", "-.", ":", "--"), strict=False),
             ("all", style.GREY, "", ":")]  # fmt: skip
    said, shown = [], table[table["strategy"] != "all"]
    for one, ink, marker, dash in looks:
        part = table[table["strategy"] == one].sort_values("threshold")
        if part.empty:
            continue
        x, y, low, high = (100 * part[c] for c in ("threshold", "estimate", "ci_low", "ci_high"))
        if one != "all":
            ax.fill_between(x, low, high, color=ink, alpha=0.15, lw=0)
        label = told(one, lang, names)
        ax.plot(x, y, color=ink, ls=dash, marker=marker, ms=4, label=label)
        middle = (len(part) - 1) // 2
        said.append(t(f"{label} {y.iloc[middle]:.1f} at {x.iloc[middle]:.0f} percent",
                      f"{label}在{x.iloc[middle]:.0f}%处为{y.iloc[middle]:.1f}"))  # fmt: skip
    ax.axhline(0, color=style.INK, lw=1, label=t("watch nobody", "不监测"))
    best = 100 * max(table["ci_high"].max(), 0.01)
    ax.set_ylim(max(-0.25 * best, 100 * shown["ci_low"].min() - 0.05 * best), 1.05 * best)
    ax.set_xlim(0, 102 * table["threshold"].max())
    ax.legend(loc="upper right")
    ax.set_xlabel(
        t("risk from which on a household is watched, percent", "开始监测的风险阈值（%）")
    )
    return style.finish(
        ax,
        title=t("Decision curve: what watching is worth", "决策曲线：监测的价值"),
        unit=t("net benefit per 100 households; ", "每100户的净收益；") + _band(table, t),
        source=source,
        alt=t(f"Net benefit per 100 households by threshold: {'; '.join(said)}; watching nobody 0.",
              f"各阈值下每100户的净收益：{'；'.join(said)}；不监测为0。"),
        data=table,
        lang=lang,
    )  # fmt: skip
