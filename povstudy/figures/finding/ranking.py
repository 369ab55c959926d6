"""How well a score or a ranking parts the poor from the others: the ROC curve."""

import pandas as pd

from ...base.checks import need_columns
from ...base.errors import DataError
from ...base.language import told, words
from .. import draw, style
from ..draw import Drawn, drawn_in

_TERMS = ("sensitivity", "false positive rate")


@drawn_in("double", "cutoff", *draw.TIDY)
def roc_curve(
    table, *, colour=None, auc=None, points=None, labels=None, note=("", ""), source=None, ax=None,
    lang="en",
):  # fmt: skip
    """Poor households found, and others helped in their place, at every cut-off of a score.

    Parameters
    ----------
    table : DataFrame
        ``ps.roc_curve(...).tidy()``.
    colour : str, list or dict, optional
        Column of scores or groups, a curve for each; or colours, or both (`incidence_by_standard`).
    auc : DataFrame, optional
        ``ps.auc(...).tidy()`` of the same groups: it stands in the legend, with its interval.
    points : DataFrame, optional
        Rules that were used, as single points: ``rule found helped``, the shares of the poor and
        of the others who were listed, from 0 to 1.
    labels : dict, optional
        For a group or a rule, its text or its texts in English and Chinese.
    note : str or tuple of str
        What belongs under the title besides, in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"score": [9, 7, 5, 4, 2, 1], "poor": [1, 1, 0, 1, 0, 0]})
    >>> svy = ps.Survey(table)
    >>> ax = ps.figures.roc_curve(ps.roc_curve(svy, "score"), auc=ps.auc(svy, "score").tidy(),
    ...                           source=ps.Source("survey", "Made up."))
    >>> ax.get_title(loc="left")
    'Of a poor and another household, the score tells the poor one in 89 of 100 cases'
    """
    t, within = words(lang), [colour] if colour else []
    need_columns(table, within)
    if set(table["term"]) != set(_TERMS):
        raise DataError("A ROC curve has the terms sensitivity and false positive rate.",
                        found=", ".join(map(str, table["term"].unique()[:5])),
                        remedy='table = ps.roc_curve(svy, "score").tidy()')  # fmt: skip
    draw.refuse_twice(table, [*within, "cutoff"])
    found, helped = (table[table["term"] == one].set_index([*within, "cutoff"]) for one in _TERMS)
    rows = found.assign(helped=100 * helped["estimate"]).dropna(subset=["estimate"]).reset_index()
    areas = {}
    if auc is not None:
        need_columns(auc, ["estimate", "ci_low", "ci_high", *within])
        areas = {row[colour] if colour else None: row for row in auc.to_dict("records")}
    if colour and areas:  # the best first
        rows = rows.sort_values(
            colour,
            key=lambda one: one.map(lambda x: -areas.get(x, {"estimate": 0})["estimate"]),
            kind="stable",
        )
    looks = draw.groups_of(rows, colour)
    names = [one or t("the score", "评分") for one in draw.named(looks, lang, labels)]
    legend = [
        name + (t(f": {areas[one]['estimate']:.2f} ({areas[one]['ci_low']:.2f} to {areas[one]['ci_high']:.2f})",
                  f"：{areas[one]['estimate']:.2f}（{areas[one]['ci_low']:.2f}至{areas[one]['ci_high']:.2f}）")
                if one in areas else "")
        for one, name in zip(looks, names, strict=True)
    ]  # fmt: skip
    corners = [dict.fromkeys(["helped", "estimate", "ci_low", "ci_high"], x) for x in (0.0, 1.0)]
    more = [{**one, "helped": 100 * one["helped"], **({colour: g} if colour else {})}
            for g in looks for one in corners]  # fmt: skip
    long = pd.concat([rows, pd.DataFrame(more)], ignore_index=True)
    ax.plot([0, 100], [0, 100], color=style.GREY, lw=0.8, ls="-", marker="")
    draw.beside(ax, t("by lot", "抽签"), (70, 70), (4, -8), color=style.GREY, va="top")
    draw.curves(ax, long, "helped", colour, looks, legend, ms=4)
    said = []
    if points is not None:
        need_columns(points, ["rule", "found", "helped"])
        for row, marker in zip(points.to_dict("records"), ("D", "^", "v", "P", "X"), strict=False):
            name, x, y = told(row["rule"], lang, labels), 100 * row["helped"], 100 * row["found"]
            ax.plot(x, y, marker=marker, ms=8, ls="", color=style.INK, mfc="white", mew=1.6, zorder=5,
                    label=name)  # fmt: skip
            said.append(t(f"{name}: {y:.0f} of 100 poor and {x:.0f} of 100 others listed",
                          f"{name}：每100户贫困户列入{y:.0f}户，每100户其他户列入{x:.0f}户"))  # fmt: skip
    ax.set(xlim=(0, 100), ylim=(0, 102))
    ax.set_xlabel(t("listed, of those who are not poor, percent", "非贫困户中列入名单的百分比"))
    ax.legend(loc="lower right", title=t("area under the curve", "曲线下面积") if areas else None)
    said = draw.paired(names, [_area(areas.get(one), t) for one in looks], t) + said
    return Drawn(
        title=_title(t, looks, names, areas),
        unit=t(f"listed, of the poor, percent; shaded: {draw.level_of(table)} % intervals at each cut-off",
               f"贫困户中列入名单的百分比；阴影：各分数线处的{draw.level_of(table)}%置信区间") + note[lang == "zh"],
        alt=t("ROC curves: the poor who are listed over the others who are. Area under the curve, ",
              "ROC曲线：贫困户与其他户列入名单的比例。曲线下面积，"),
        data=rows.drop(columns="helped"),
        said=said,
    )  # fmt: skip


def _area(row, t):
    return t("not given", "未给出") if row is None else f"{row['estimate']:.2f}"


def _title(t, looks, names, areas):
    """What the figure found: how often the poorer of two is told."""
    told_of = [(name, 100 * areas[one]["estimate"]) for one, name in zip(looks, names, strict=True)
               if one in areas]  # fmt: skip
    if not told_of:
        return t(
            "Poor who are listed, and others who are, at every cut-off",
            "各分数线下列入的贫困户与其他户",
        )
    english = ", ".join(f"{name} {'tells the poor one in ' * (i == 0)}{x:.0f}{' of 100 cases' * (i == 0)}"
                        for i, (name, x) in enumerate(told_of))  # fmt: skip
    chinese = "，".join(f"{name}{x:.0f}次" for name, x in told_of)
    return t(
        f"Of a poor and another household, {english}",
        f"一户贫困、一户不贫困，100次中认对：{chinese}",
    )
