"""Evidence: what trials found, what they say together, and what hangs on one of them."""

from statistics import NormalDist

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from ..base.errors import DataError
from ..base.language import in_words, words
from ..base.verdicts import minus
from . import draw, style
from .draw import Drawn, drawn_in

_HELP = {  # colour, marker
    "package": ("blue", "o"), "coaching": ("green", "s"), "casework": ("vermilion", "^"),
    "administrative": ("purple", "D"), "cash": ("orange", "v"),
}  # fmt: skip
_ARMS = {
    "capital": ("grant", "资金"),
    "psychosocial": ("life skills", "生活技能"),
    "full": ("both", "资金加技能"),
    "control": ("cash alone", "仅政府现金"),
}


@drawn_in(
    "page", "trial", "trial_zh", "help", "design", "arm", "outcome", "outcome_zh", "unit",
    "unit_zh", "horizon_months", "estimate", "std_error", "error_kind", "finding",
)  # fmt: skip
def evidence_forest(evidence, *, source=None, ax=None, lang="en"):
    """Published effects one by one, in blocks of one unit each, and findings without a figure.

    Each block has an axis of its own. Nothing is pooled.

    Parameters
    ----------
    evidence : DataFrame
        Rows of ``ps.load("evidence")``; about thirty fit on a page.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes
        Blocks lie within it, as ``child_axes``.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.load("evidence")
    >>> ax = ps.figures.evidence_forest(table[table["help"] == "casework"])
    >>> ax.data_behind["estimate"].count()
    np.int64(3)
    """
    t, findings = words(lang), in_words("finding", lang)
    unknown = (set(evidence["help"]) - set(_HELP)) | (set(evidence["finding"]) - set(findings))
    if unknown:
        raise DataError("A kind of help or a finding has no words.", found=", ".join(unknown),
                        remedy=f"help: {list(_HELP)}; finding: {list(findings)}")  # fmt: skip
    rows = _with_ends(evidence).assign(no_figure=evidence["estimate"].isna())
    silent, said = rows[rows["no_figure"]], []
    blocks = [part for _, part in rows[~rows["no_figure"]].groupby("unit", sort=False)]
    blocks += [silent] if len(silent) else []
    high = 2 + sum(len(block) + 3.4 for block in blocks)
    whole, start = ax.figure.figure, 0.0
    if whole.axes == [ax] and np.allclose(whole.get_size_inches(), style.SIZES["page"]):
        whole.set_size_inches(whole.get_figwidth(), 1.6 + 0.19 * high)
    for block in blocks:
        tall = len(block) + (1.0 if block is not silent else 0.0)
        panel = ax.inset_axes([0, 1 - (start + 1 + tall) / high, 0.99, tall / high])
        start += len(block) + 3.4
        names = [_name(row, t) for _, row in block.iterrows()]
        draw.labelled_rows(panel, names)
        panel.spines["left"].set_visible(False)
        if block is silent:
            told = [findings[one] for one in block["finding"]]
            head = t("no figure published, or none seen", "未发表或未见数字")
            for y, (text, kind) in enumerate(zip(told, block["help"], strict=True)):
                ink, marker = style.COLOURS[_HELP[kind][0]], _HELP[kind][1]
                panel.plot(0, y, marker=marker, ls="", ms=0, color=ink)
                draw.beside(panel, text, (0, y), (0, 0), ha="center", va="center", color=ink)
            panel.set(xticks=[], xlim=(-1, 1))
            panel.spines["bottom"].set_visible(False)
        else:
            told, head = _block(panel, block, t), block[t("unit", "unit_zh")].iloc[0]
        panel.set_title(head, fontsize=8.5, pad=3, loc="left", color=style.GREY)
        said += [f"{name}{t(': ', '：')}{text}" + ("" if block is silent else f" {head}")
                 for name, text in zip(names, told, strict=True)]  # fmt: skip
    helps = in_words("help", lang)
    for kind in dict.fromkeys(rows["help"]):
        colour, marker = _HELP[kind]
        ax.plot([], [], marker=marker, ls="", color=style.COLOURS[colour], label=helps[kind])
    if (rows.loc[~rows["no_figure"], "design"] != "randomised").any():
        ax.plot([], [], marker="o", ls="", color=style.GREY, markerfacecolor="white",
                label=t("not randomised", "非随机"))  # fmt: skip
    ax.legend(loc="lower center", ncols=3, borderaxespad=0.2)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    clear = int(((rows["ci_low"] > 0) | (rows["ci_high"] < 0)).sum())
    silent_of = int((rows["estimate"].notna() & rows["std_error"].isna()).sum())
    shown = ["trial", "help", "design", "arm", "outcome", "unit", "horizon_months", "estimate",
             "std_error", "ci_low", "ci_high", "finding"]  # fmt: skip
    return Drawn(
        title=t(f"Of {len(rows)} findings of {rows['trial'].nunique()} trials and studies "
                f"{clear} can be told from no effect; {silent_of} have no published error, "
                f"{len(silent)} no figure",
                f"{rows['trial'].nunique()}项试验与研究的{len(rows)}项发现：{clear}项的区间不含零，"
                f"{silent_of}项未公布误差，{len(silent)}项没有数字"),
        unit=t("each block has its own unit and axis; bars: 95 percent; not pooled",
               "每组各有单位和坐标轴；线段：95%区间；未合并"),
        alt=t(f"Forest plot in blocks of one unit each, {len(rows)} findings, {len(silent)} of them "
              "without a figure. ",
              f"按单位分组的森林图，共{len(rows)}项发现，其中{len(silent)}项无数字。"),
        said=said,
        data=rows[shown],
    )  # fmt: skip


@drawn_in("double", "kind", "label", "estimate", "ci_low", "ci_high", "weight", "unit", "method")
def pooled_forest(table, *, source=None, ax=None, lang="en"):
    """Forest plot of trials that share a scale: their mean, and the interval for a new place.

    Parameters
    ----------
    table : DataFrame
        ``ps.pool(...).forest()``.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> made_up = pd.DataFrame({"trial": list("abc"), "estimate": [0.1, 0.3, 0.0], "unit": "SD",
    ...                         "std_error": [0.08, 0.1, 0.1], "outcome": "income"})
    >>> mine = ps.Source("reported", "Made up.")
    >>> ax = ps.pool(made_up).plot(source=mine)
    >>> len(ax.data_behind)
    5
    """
    t = words(lang)
    unit, y, ticks, said = table["unit"].iloc[0], 0.0, [], []
    trials = table[table["kind"] == "trial"]
    for row in trials.itertuples():
        draw.whisker(ax, y, row.ci_low, row.estimate, row.ci_high, style.COLOURS["blue"],
                     ms=3 + 7 * np.sqrt(row.weight))  # fmt: skip
        ticks.append((y, str(row.label)))
        said.append(f"{row.label} {_ends(row, t)}")
        y += 1
    y += 0.4
    for (_, row), (colour, after) in zip(
        table[table["kind"] != "trial"].iterrows(),
        [("vermilion", ("", ""))] * 2 + [("green", (", with prior", "，含先验"))] * 2,
        strict=False,
    ):
        ink = style.COLOURS[colour]
        if row["kind"] == "mean effect":
            ax.fill([row["ci_low"], row["estimate"], row["ci_high"], row["estimate"]],
                    [y, y - 0.28, y, y + 0.28], color=ink, lw=0)  # fmt: skip
            name = t("mean effect", "平均效应") + t(*after)
        else:
            ax.plot([row["ci_low"], row["ci_high"]], [y, y], color=ink, lw=3, marker="", alpha=0.6,
                    solid_capstyle="butt")  # fmt: skip
            name = t("effect in a new place", "新地点的效应") + t(*after)
        told = _ends(row, t)
        ticks.append((y, name))
        said.append(f"{name} {told}")
        y += 1
    # The numbers in a column of their own, right of the picture.
    for at, one in zip(ticks, table.itertuples(), strict=True):
        draw.beside(ax, _ends(one, t), (1, at[0]), (6, 0), xycoords=("axes fraction", "data"),
                    va="center", annotation_clip=False)  # fmt: skip
    _rows(ax, ticks, y)
    method = table.loc[table["kind"] == "mean effect", "method"]
    return Drawn(
        title=t(f"{len(trials)} trials together: the mean, and what a new place may see",
                f"{len(trials)}项试验合并：均值与新地点可能的效应"),
        unit=t(f"{unit}; 95 percent intervals; {'; '.join(method)}",
               f"{unit}；95%区间；{'；'.join(_in_chinese(one) for one in method)}"),
        alt=t(f"Forest plot of {len(trials)} trials, in {unit}: ",
              f"{len(trials)}项试验的森林图，单位：{unit}。"),
        said=said,
        data=table,
    )  # fmt: skip


@drawn_in("double", "left_out", "estimate", "ci_low", "ci_high", "new_low", "new_high", "unit")
def leave_one_out(table, *, source=None, ax=None, lang="en"):
    """Mean effect and interval for a new place without each trial in turn.

    Parameters
    ----------
    table : DataFrame
        ``ps.pool(...).leave_one_out()``.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> made_up = pd.DataFrame({"trial": list("abc"), "estimate": [0.1, 0.3, 0.0], "unit": "SD",
    ...                         "std_error": [0.08, 0.1, 0.1], "outcome": "income"})
    >>> table = ps.pool(made_up).leave_one_out()
    >>> ax = ps.figures.leave_one_out(table, source=ps.Source("reported", "Made up."))
    >>> [tick.get_text() for tick in ax.get_yticklabels()]
    ['without a', 'without b', 'without c']
    """
    t = words(lang)
    unit, ticks, said = table["unit"].iloc[0], [], []
    for y, row in enumerate(table.itertuples()):
        ax.plot([row.new_low, row.new_high], [y, y], color=style.COLOURS["sky"], lw=3, marker="",
                alpha=0.6, solid_capstyle="butt", label="_")  # fmt: skip
        draw.whisker(ax, y, row.ci_low, row.estimate, row.ci_high, style.COLOURS["blue"], ms=6)
        ticks.append((y, t(f"without {row.left_out}", f"去掉{row.left_out}")))
        said.append(f"{ticks[-1][1]} {_ends(row, t)}")
    ax.plot([], [], color=style.COLOURS["blue"], marker="o", label=t("mean effect", "平均效应"))
    if table["new_low"].notna().any():
        ax.plot([], [], color=style.COLOURS["sky"], lw=3, marker="", alpha=0.6,
                label=t("effect in a new place", "新地点的效应"))  # fmt: skip
    ax.legend(loc="lower center", ncols=2, borderaxespad=0)
    _rows(ax, ticks, len(table) + 0.7)
    over = int(((table["ci_low"] > 0) | (table["ci_high"] < 0)).sum())
    return Drawn(
        title=t(f"Without one trial: the mean is apart from zero in {over} of {len(table)} cases",
                f"逐一去掉一项试验：{len(table)}次中{over}次均值的区间不含零"),
        unit=t(f"{unit}; 95 percent intervals", f"{unit}；95%区间"),
        alt=t(f"Mean effect, in {unit}, ", f"平均效应，单位：{unit}。"),
        said=said,
        data=table,
    )  # fmt: skip


@drawn_in("double", "outcome", "unit", "months", "arm", "reference", "estimate", "std_error")
def trial_contrasts(effects, *, outcome="Daily consumption/ adult eq.", titles=None, source=None,
                    ax=None, lang="en"):  # fmt: skip
    """Published contrasts of one outcome: arms against the control, and arms head to head.

    Parameters
    ----------
    effects : DataFrame
        As ``ps.load("niger_effects")``.
    outcome : str
        Outcome drawn; its rows share one unit.
    titles : tuple of str, optional
        Outcome and unit in Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.trial_contrasts(ps.load("niger_effects"), outcome="Self efficacy")
    >>> ax.data_behind["months"].unique().tolist()
    [6, 18]
    """
    t = words(lang)
    rows = effects[effects["outcome"] == outcome]
    if rows.empty or rows["unit"].nunique() > 1:
        raise DataError("Draw one outcome in one unit.", where=f"outcome {outcome!r}",
                        found=list(rows["unit"].unique()) or "no rows",
                        remedy=f"one of {list(effects['outcome'].unique())[:12]}")  # fmt: skip
    rows = _with_ends(rows)
    unit, y, ticks, said = rows["unit"].iloc[0], 0.0, [], []
    heads = (
        (True, t("against cash alone", "与仅政府现金相比")),
        (False, t("head to head", "直接比较")),
    )
    for control, head in heads:
        part = rows[(rows["reference"] == "control") == control]
        if part.empty:
            continue
        y = _heading(ax, y, head)
        for (arm, reference), pair in part.groupby(["arm", "reference"], sort=False):
            one, two = (t(*_ARMS.get(x, (x, x))) for x in (arm, reference))
            name = minus([one, two], t)
            for i, row in enumerate(pair.sort_values("months").itertuples()):
                draw.whisker(ax, y, row.ci_low, row.estimate, row.ci_high, marker="os"[i % 2],
                             ink=style.COLOURS[("blue", "orange")[i % 2]])  # fmt: skip
                when = t(f"{row.months} months", f"{row.months}个月")
                ticks.append((y, f"{name}{t(', ', '，')}{when}"))
                said.append(f"{ticks[-1][1]} {_ends(row, t)}")
                y += 1
    _rows(ax, ticks, y)
    zh_outcome, zh_unit = titles or (outcome, unit)
    clear = int(((rows["ci_low"] > 0) | (rows["ci_high"] < 0)).sum())
    return Drawn(
        title=t(f"{outcome}: {clear} of {len(rows)} contrasts of arms can be told from zero",
                f"{zh_outcome}：{len(rows)}项组间对比中，{clear}项的区间不含零"),
        unit=t(f"{unit}; bars: 95 percent (normal); arms share one control group",
               f"{zh_unit}；线段：95%区间（正态）；各组共用一个对照组"),
        alt=t(f"Forest plot of published contrasts, in {unit}. ",
              f"已发表对比的森林图，单位：{zh_unit}。"),
        said=said,
        data=rows,
    )  # fmt: skip


def _block(panel, block, t):
    """Effects of one unit on an axis of their own; returns what is told of each."""
    neutral = float(block["unit"].iloc[0] == "ratio")  # a ratio is compared with one
    panel.axvline(neutral, color=style.GREY, lw=0.8)
    told = [_estimate(row, t) for _, row in block.iterrows()]
    for y, (_, row) in enumerate(block.iterrows()):
        ink, marker = _HELP[row["help"]]
        draw.whisker(panel, y, row["ci_low"], row["estimate"], row["ci_high"], style.COLOURS[ink],
                     marker=marker, fill=row["design"] == "randomised")  # fmt: skip
        draw.beside(panel, told[y], (1, y), (6, 0), xycoords=("axes fraction", "data"), va="center",
                    annotation_clip=False)  # fmt: skip
    ends = np.r_[block[["estimate", "ci_low", "ci_high"]].to_numpy(float).ravel(), neutral]
    low, high = np.nanmin(ends), np.nanmax(ends)
    panel.set_xlim(low - 0.06 * (high - low), high + 0.06 * (high - low))
    panel.xaxis.set_major_locator(MaxNLocator(5))
    panel.xaxis.set_major_formatter(lambda x, _: f"{x:.4g}".replace("-", "−"))
    return told


def _with_ends(rows):
    """Published errors as normal intervals of 95 percent."""
    reach = NormalDist().inv_cdf(0.975) * rows["std_error"]
    return rows.assign(ci_low=rows["estimate"] - reach, ci_high=rows["estimate"] + reach)


def _heading(ax, y, text):
    """A line of text over a block; where the block starts."""
    y += 0.4 if y else 0.0
    draw.beside(ax, text, (0, y), (3, 0), xycoords=("axes fraction", "data"), va="center",
                color=style.GREY, bbox=draw.WHITE, zorder=3)  # fmt: skip
    return y + 1


def _in_chinese(method):
    """The method of `povstudy.pool` in Chinese."""
    for english, chinese in (("prior: mean ", "先验：均值"), ("half-normal ", "半正态"),
                             ("half-Cauchy ", "半柯西"), ("modified", "修正"), (", ", "，")):  # fmt: skip
        method = method.replace(english, chinese)
    return method


def _rows(ax, ticks, end):
    """One row to a line, from the top, without a left axis, and a line at zero."""
    at, labels = zip(*ticks, strict=True)
    draw.labelled_rows(ax, labels, top=0.7, foot=end - 0.3 - at[-1], at=at)
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=style.GREY, lw=0.8)


def _name(row, t):
    """Trial, arm where it tells arms apart, outcome and horizon."""
    name = f"{row[t('trial', 'trial_zh')]}{t(': ', '：')}{row[t('outcome', 'outcome_zh')]}"
    if row["arm"] in _ARMS:
        arm = t(*_ARMS[row["arm"]])
        name += t(f" ({arm})", f"（{arm}）")
    if pd.notna(row["horizon_months"]):
        name += t(f", {row['horizon_months']} m", f"，{row['horizon_months']}个月")
    return name


def _estimate(row, t):
    """An estimate with its error, or with what is known of it."""
    value = f"{row['estimate']:g}".replace("-", "−")
    if pd.notna(row["std_error"]):
        return f"{value} ({row['std_error']:g})"
    if "not significant" in row["error_kind"]:
        return f"{value} {t('(not significant)', '（不显著）')}"
    if "p < 0.05" in row["error_kind"]:
        return f"{value} (p < 0.05)"
    return f"{value} {t('(no error)', '（误差未公布）')}"


def _ends(row, t):
    """Estimate and ends of its interval in words."""
    ends = (row.estimate, row.ci_low, row.ci_high)
    value, low, high = (f"{x:.2f}".replace("-", "−") for x in ends)
    if low == "nan":
        return value
    return t(f"{value} ({low} to {high})", f"{value}（{low}至{high}）")
