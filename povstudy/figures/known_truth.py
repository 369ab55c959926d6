"""Models beside a truth that is known."""

from .. import style
from ..base.language import told, words
from ..terms import SHORTCUTS
from ._common import drawn_in

_TERMS = {  # words, colour, marker
    "social_work": (("social work, -0.4", "社会工作，−0.4"), "vermilion", "s"),
    "shock": (("shock, 0.5", "冲击，0.5"), "blue", "o"),
    "land": (("land, -0.25", "土地，−0.25"), "green", "^"),
}


@drawn_in("double", "way", "term", "estimate", "ci_low", "ci_high", "truth")
def shortcuts(table, *, source=None, ax=None, lang="en"):
    """Coefficients of models of relapse in percent of the truth, by what was done.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.lessons.shortcuts` makes it.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.shortcuts(ps.lessons.shortcuts(villages=40))
    >>> ax.get_title(loc="left")
    'Simulated: what shortcuts do to a model of relapse'
    """
    t = words(lang)
    rows = table[table["term"].isin(_TERMS)]
    ways, said = list(dict.fromkeys(rows["way"])), []
    ax.axvline(100, color=style.INK, lw=0.8)
    for place, (term, (texts, colour, marker)) in enumerate(_TERMS.items()):
        part = rows[rows["term"] == term]
        y = [ways.index(way) + (place - 1) * 0.22 for way in part["way"]]
        low, at, high = (
            100 * part[one] / part["truth"] for one in ("ci_low", "estimate", "ci_high")
        )
        ink = style.COLOURS[colour]
        ax.hlines(y, low, high, color=ink, lw=1.6)
        ax.plot(at, y, color=ink, marker=marker, ls="", label=t(*texts))
        said.append(t(*texts) + t(": ", "：") + t(", ", "，").join(
            f"{t(*SHORTCUTS[way])}{t(' ', '')}{x:.0f}" for way, x in zip(part["way"], at, strict=True)))  # fmt: skip
    ax.set_yticks(range(len(ways)), [t(*SHORTCUTS[way]) for way in ways])
    ax.set_ylim(len(ways) - 0.5, -1.4)  # room for the legend above the first
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="upper left", ncols=3)
    return style.finish(
        ax,
        title=t("Simulated: what shortcuts do to a model of relapse",
                "模拟：简化做法对返贫模型的影响"),
        unit=t("coefficients in percent of the truth, with 95 % intervals",
               "系数占真值的百分比，附95%置信区间"),
        source=source,
        alt=t("Simulated data. Dots of coefficients in percent of the truth. ",
              "模拟数据。系数占真值百分比的点图。") + t("; ", "；").join(said) + t(".", "。"),
        data=rows,
        lang=lang,
    )  # fmt: skip


_WAYS = {  # words, colour, marker
    "helped less not": (("helped less not helped, last year", "末年受助减未受助"), "orange", "D"),
    "change": (("the same, of the change", "同上，按变化"), "sky", "v"),
    "two-way fixed effects": (("two-way fixed effects", "双向固定效应"), "vermilion", "s"),
    "own list": (("group-time, each village's own list", "组别—时间，各村自己的名单"), "purple", "P"),
    "group-time effects": (("group-time, listed by both", "组别—时间，双方均会纳入者"), "blue", "o"),
}  # fmt: skip


@drawn_in("double", "arm", "way", "estimate", "ci_low", "ci_high", "truth")
def effects_and_truth(table, *, source=None, ax=None, lang="en"):
    """Estimates of the effect of each arm of help, by way, beside the true effect.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.lessons.effects_and_truth` makes it.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"arm": ["administrative"], "way": ["change"], "estimate": [0.1],
    ...                       "ci_low": [0.0], "ci_high": [0.2], "truth": [0.15]})
    >>> made_up = ps.Source("simulated", "Made up.")
    >>> ax = ps.figures.effects_and_truth(table, source=made_up)
    >>> ax.get_title(loc="left")
    'Simulated: the effect of help, by several ways, beside the truth'
    """
    t = words(lang)
    arms = [arm for arm in ("administrative", "social_work", "both") if arm in set(table["arm"])]
    ways, said = [way for way in _WAYS if way in set(table["way"])], []
    for place, way in enumerate(ways):
        texts, colour, marker = _WAYS[way]
        part = table[table["way"] == way]
        y = [arms.index(arm) + (place - (len(ways) - 1) / 2) * 0.15 for arm in part["arm"]]
        ink = style.COLOURS[colour]
        ax.hlines(y, part["ci_low"], part["ci_high"], color=ink, lw=1.6)
        ax.plot(part["estimate"], y, color=ink, marker=marker, ls="", label=t(*texts))
        said.append(t(*texts) + t(": ", "：") + t(", ", "，").join(
            f"{told(one.arm, lang)}{t(' ', '')}{one.estimate:+.2f}" for one in part.itertuples()))  # fmt: skip
    truth = table.groupby("arm")["truth"].first()
    for arm in arms:
        at = arms.index(arm)
        ax.vlines(truth[arm], at - 0.42, at + 0.42, color=style.INK, lw=1.6,
                  label=t("truth", "真值") if at == 0 else "_")  # fmt: skip
    said.append(t("truth: ", "真值：") + t(", ", "，").join(
        f"{told(arm, lang)}{t(' ', '')}{truth[arm]:+.2f}" for arm in arms))  # fmt: skip
    ax.set_yticks(range(len(arms)), [told(arm, lang) for arm in arms])
    ax.set_ylim(len(arms) - 0.5, -1.25)  # room for the legend above the first
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="upper left", ncols=2)
    return style.finish(
        ax,
        title=t("Simulated: the effect of help, by several ways, beside the truth",
                "模拟：多种做法估计的帮扶效果与真值"),
        unit=t("log points of income; lines: 95 % confidence intervals",
               "收入对数点；横线：95%置信区间"),
        source=source,
        alt=t("Simulated data. Dots of estimated effects. ", "模拟数据。效果估计点图。")
        + t("; ", "；").join(said) + t(".", "。"),
        data=table,
        lang=lang,
    )  # fmt: skip
