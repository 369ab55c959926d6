"""Balance, overlap, effects over time and at a line."""

import numpy as np
import pandas as pd

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import in_words, texts, told, words
from ..base.verdicts import line, named
from . import draw, style
from .draw import Drawn, drawn_in

_INKS = ("black", "blue", "vermilion", "green", "purple", "orange", "sky")
_ARMS = {**texts("approach"), "both": texts("value")["both"]}  # here nothing is halved


@drawn_in("double", "arm", "covariate", "difference", "adjusted")
def love_plot(table, *, labels=None, source=None, ax=None, lang="en"):
    """Standardised differences of covariates from the base, before and after weighting.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.balance` makes it.
    labels : dict, optional
        Texts of arms and covariates; for each its text, or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"arm": ["both"], "covariate": ["age"], "difference": [0.3],
    ...                       "adjusted": [0.01]})
    >>> ax = ps.figures.love_plot(table, source=ps.Source("survey", "Made up."))
    >>> ax.data_behind["adjusted"].tolist()
    [0.01]
    """
    t, names = words(lang), {**_ARMS, **(labels or {})}
    covariates, arms = list(table["covariate"].unique()), list(table["arm"].unique())
    if len(arms) >= len(_INKS):
        raise DataError("So many arms cannot be told apart.", found=len(arms),
                        remedy=f'table = table[table["arm"].isin({arms[: len(_INKS) - 1]})]')  # fmt: skip
    furthest = max(0.15, 1.1 * table[["difference", "adjusted"]].abs().to_numpy().max())
    ax.axvspan(-0.1, 0.1, color=style.PALE, alpha=0.5, lw=0)
    ax.axvline(0, color=style.INK, lw=0.8)
    for a, arm in enumerate(arms):
        rows = table[table["arm"] == arm]
        at = rows["covariate"].map(covariates.index) + 0.25 * (a - (len(arms) - 1) / 2)
        ink, marker = style.COLOURS[_INKS[a + 1]], style.MARKERS[a]
        for column, fill, text in (("difference", "none", t("as it is", "未加权")),
                                   ("adjusted", ink, t("weighted", "加权后"))):  # fmt: skip
            ax.plot(rows[column], at, ls="", marker=marker, color=ink, mfc=fill,
                    label=told(arm, lang, names) + t(", ", "，") + text)  # fmt: skip
    draw.labelled_rows(ax, draw.named(covariates, lang, names), top=0.6, foot=0.6)
    ax.set_xlim(-furthest, furthest)
    ax.set_xlabel(t("difference from the base, in standard deviations", "与基准组之差（标准差）"))
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
    worst = table[["difference", "adjusted"]].abs().max()
    return Drawn(
        title=t("Are the arms alike? Before and after weighting", "各组是否相似：加权前后"),
        unit=t("grey: less than 0.1", "灰色：小于0.1"),
        alt=t(f"Standardised differences of {len(covariates)} covariates from the base. "
              f"Largest, before: {worst.iloc[0]:.2f}; after: {worst.iloc[1]:.2f}.",
              f"{len(covariates)}个协变量与基准组的标准化差。最大值，加权前{worst.iloc[0]:.2f}，"
              f"加权后{worst.iloc[1]:.2f}。"),
        data=table,
    )  # fmt: skip


@drawn_in("double", "arm", "weight")
def overlap(table, *, arm, labels=None, source=None, ax=None, lang="en"):
    """Chances of one arm among the rows of each arm: where they overlap, arms can be compared.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.propensities` makes it.
    arm : str
        The arm whose chance is shown.
    labels : dict, optional
        As in `love_plot`.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"approach": ["none", "none", "both"] * 9, "age": range(27)})
    >>> chances = ps.propensities(table, "age")
    >>> ax = ps.figures.overlap(chances, arm="both", source=ps.Source("survey", "Made up."))
    >>> ax.data_behind.groupby("arm")["percent"].sum().round(6).tolist()
    [100.0, 100.0]
    """
    need_columns(table, [arm])
    t, names = words(lang), {**_ARMS, **(labels or {})}
    edges, parts, said = np.linspace(0, 1, 26), [], []
    for one, rows in table.groupby("arm", sort=False):
        counts = np.histogram(rows[arm].clip(0, 1), edges, weights=rows["weight"])[0]
        percent = 100 * counts / rows["weight"].sum()
        parts.append(pd.DataFrame({"arm": one, "from": edges[:-1], "percent": percent}))
        low, high = rows[arm].min(), rows[arm].max()
        said.append(f"{told(one, lang, names)} {low:.2f}{t(' to ', '至')}{high:.2f}")
    data, name = pd.concat(parts, ignore_index=True), told(arm, lang, names)
    looks = {one: (_INKS[k % len(_INKS)], "") for k, one in enumerate(data["arm"].unique())}
    draw.steps(ax, data, "from", "arm", looks, draw.named(looks, lang, names), 1)
    ax.set(xlim=(0, 1), ylim=(0, None), xlabel=t(f"chance of: {name}", f"接受“{name}”的概率"))
    ax.legend(loc="upper right", title=t("they had", "实际接受"))
    return Drawn(
        title=t("Could each have been in another arm? Overlap", "各组能否互换：倾向得分的重叠"),
        unit=t("percent of the rows of each arm, in steps of 0.04", "占各组的百分比，组距0.04"),
        alt=t(f"Steps of the chance of {name} by arm. Range: ", f"各组接受“{name}”概率的阶梯图。范围："),
        data=data,
        said=said,
    )  # fmt: skip


_COLUMNS = ("arm", "since", "estimate", "ci_low", "ci_high", "band_low", "band_high",
            "method", "data_status")  # fmt: skip


def _effects_of(table):
    """Effects alone, without the rows of the base, and the years of the base; ratios in percent."""
    base = table["method"].astype(str).str.startswith("base")
    rows = table[~base].reset_index(drop=True)
    if table.attrs.get("link") == "log":
        rows[[*_COLUMNS[2:7]]] = 100 * np.expm1(rows[[*_COLUMNS[2:7]]])
    return rows, table.attrs.get("base", -1)


def _by_since(ax, rows, base, lang, labels):
    """Points, intervals and bands, a series for each arm; returns what alt text says of them."""
    t = words(lang)
    looks, whole = draw.groups_of(rows, "arm"), np.unique(np.r_[rows["since"], base])
    ax.axhline(0, color=style.GREY, lw=0.8)
    base = np.atleast_1d(base)
    before = rows["since"].min() < 0 and len(base) > 0
    if before:
        ax.axvline(-0.5, color=style.GREY, lw=0.8, ls=":")
    step = 0.5 * np.diff(whole).min() / len(looks)
    said = []
    for i, (arm, (ink, marker)) in enumerate(looks.items()):
        part = rows[rows["arm"] == arm].sort_values("since")
        part = part.assign(x=part["since"] + (i - (len(looks) - 1) / 2) * step)
        name = named(arm, lang, labels)
        ax.vlines(part["x"], part["band_low"], part["band_high"], color=style.COLOURS[ink], lw=5,
                  alpha=0.22)  # fmt: skip
        for late, one in part.groupby(part["since"] >= 0):
            draw.dots(ax, one, "x", None, {None: (ink, marker)}, [name if late else None],
                      upright=True, **({} if late else {"mfc": "white"}))  # fmt: skip
        last = part.iloc[-1]
        said.append(t(
            f"{name}: {last['estimate']:.3g} ({last['ci_low']:.3g} to {last['ci_high']:.3g}) "
            f"in year {last['since']:g}",
            f"{name}：第{last['since']:g}年为{last['estimate']:.3g}"
            f"（{last['ci_low']:.3g}至{last['ci_high']:.3g}）",
        ))  # fmt: skip
    if before:
        ax.plot(base, np.zeros(len(base)), ls="", marker="o", color=style.INK, mfc="white", ms=6,
                label=t("base: zero by construction", "基期：按定义为零"))  # fmt: skip
        draw.beside(ax, t("before help", "帮扶前"), (-0.5, 0), (-4, 3), xycoords=("data", "axes fraction"),
                    ha="right", va="bottom", color=style.GREY)  # fmt: skip
    ax.set_xticks(whole, [f"{one:g}".replace("-", "−") for one in whole])
    low, high = rows["band_low"].min(), rows["band_high"].max()
    ax.set_ylim(min(low, 0) - 0.12 * (high - low), max(high, 0) + 0.22 * (high - low))
    ax.legend(loc="upper left", bbox_to_anchor=(0, 1), ncols=min(len(looks) + before, 4))
    ax.set_xlabel(t("years since help started", "帮扶开始后的年数"))
    return t("; ", "；").join(said)


def _unit(rows, outcome, lang, labels):
    """What is counted; below it the verdict that the table bears."""
    t, level, measure = words(lang), draw.level_of(rows), told(outcome, lang)
    unit = t(f"difference in {measure}; thin: {level} % intervals, each by itself; wide: all at once",
             f"{measure}之差；细线：{level}%逐点区间；宽条：联合区间")  # fmt: skip
    if rows.attrs.get("link") == "log":
        unit = in_words("counts", lang)["unit"].format(measure=measure, level=level)
    verdicts = rows.attrs.get("verdict")
    return f"{unit}\n{line(verdicts, lang, labels)}" if verdicts else unit


def _found(rows, t):
    """Effects at the start and at the end, and whether anything is seen before help."""
    late, early = rows[rows["since"] >= 0], rows[rows["since"] < 0].dropna(subset=["band_low"])
    said = []
    for since in dict.fromkeys([late["since"].min(), late["since"].max()]):
        low, high = late.loc[late["since"] == since, "estimate"].agg(["min", "max"])
        of = t(" %", "%") * (rows.attrs.get("link") == "log")
        low, high = (f"{x:.2g}".replace("-", "−") + of for x in (low, high))
        said.append(t(f"{low} in year {since:g}", f"第{since:g}年{low}") if low == high else
                    t(f"{low} to {high} in year {since:g}", f"第{since:g}年{low}至{high}"))  # fmt: skip
    title = t("Effect on those helped: ", "对受帮扶者的影响：") + t(", ", "，").join(said)
    if early.empty:
        return title
    n, apart = len(early), int(((early["band_low"] > 0) | (early["band_high"] < 0)).sum())
    return title + t(f"; before help {apart} of {n} differ from zero",
                     f"；帮扶前{n}项中{apart}项的区间不含零")  # fmt: skip


def _refuse_one_arm_only(rows):
    if rows["arm"].str.contains(" - ").any():
        raise DataError("A difference of arms is no effect of one.", found=rows["arm"].iloc[0],
                        remedy="ps.figures.arm_difference(table)")  # fmt: skip


@drawn_in("double", *_COLUMNS)
def event_study(table, *, outcome="outcome", labels=None, source=None, ax=None, lang="en"):
    """Effects by years since help started, before the start too, one series for each arm.

    Parameters
    ----------
    table : DataFrame
        ``ps.compare(...).event_study()``.
    outcome : str
        What it is an effect on.
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
    >>> table = pd.DataFrame({
    ...     "household_id": [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], "year": [2013, 2014, 2015] * 4,
    ...     "income": [9, 10, 14, 11, 10, 16, 9, 9, 10, 8, 9, 11],
    ...     "start_admin": [2015] * 6 + [None] * 6})
    >>> eff = ps.compare(table, "income", starts={"administrative": "start_admin"})
    >>> ax = ps.figures.event_study(eff.event_study(), source=ps.Source("survey", "Made up."))
    >>> ax.get_xlabel()
    'years since help started'
    """
    t = words(lang)
    _refuse_one_arm_only(table)
    table, base = _effects_of(table)
    said = _by_since(ax, table, base, lang, labels)
    return Drawn(
        title=_found(table, t),
        unit=_unit(table, outcome, lang, labels),
        alt=t(f"Effects by years since help started, each against those without help. {said}.",
              f"按帮扶开始后年数的影响，均与未受帮扶者比较。{said}。"),
        data=table,
    )  # fmt: skip


@drawn_in("double", *_COLUMNS)
def arm_difference(table, *, outcome="outcome", labels=None, source=None, ax=None, lang="en"):
    """Effect of one arm minus that of another, by years since help started.

    Parameters
    ----------
    table : DataFrame
        ``ps.compare(...).event_study("social_work", "administrative")``.
    outcome, labels, source, ax, lang
        As in `event_study`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"household_id": range(6), "year": 2014, "income": [9, 8, 7, 9, 8, 6],
    ...     "a": [2015, 2015] + [None] * 4, "b": [None, None, 2015, 2015, None, None]})
    >>> after = table.assign(year=2015, income=[12, 13, 9, 12, 9, 8])
    >>> eff = ps.compare(pd.concat([table, after]), "income", starts={"a": "a", "b": "b"})
    >>> ax = ps.figures.arm_difference(
    ...     eff.event_study("a", "b"), source=ps.Source("survey", "Made up."))
    >>> ax.get_legend_handles_labels()[1]
    ['a minus b']
    """
    t = words(lang)
    if table["arm"].nunique() != 1 or " - " not in table["arm"].iloc[0]:
        raise DataError(
            "This figure shows the difference of two arms.", found=", ".join(table["arm"].unique()),
            remedy="table = eff.event_study({!r}, {!r})".format(*table["arm"].unique()[:2])
            if table["arm"].nunique() > 1
            else "compare two arms: a table of one has no difference",
        )  # fmt: skip
    table, base = _effects_of(table)
    said = _by_since(ax, table, base, lang, labels)
    name = named(table["arm"].iloc[0], lang, labels)
    return Drawn(
        title=t(f"Difference of effects: {name}", f"影响之差：{name}"),
        unit=_unit(table, outcome, lang, labels),
        alt=t(f"Difference between the effects of two arms by years since help started. {said}.",
              f"两种帮扶影响之差，按帮扶开始后年数。{said}。"),
        data=table,
    )  # fmt: skip


_SIDES = {"below": ("blue", "o"), "above": ("vermilion", "s")}


@drawn_in("double", "kind", "side", "at", "estimate", "ci_low", "ci_high", "method", "data_status")
def at_the_line(table, *, outcome="outcome", score="score", labels=None, source=None, ax=None,
                lang="en"):  # fmt: skip
    """Means of an outcome in steps of a score, and the fits on both sides of the line.

    Parameters
    ----------
    table : DataFrame
        ``ps.at_the_line(...).points``.
    outcome, score : str
        What jumps, and the score that decides.
    labels : dict, optional
        For each of these, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({
    ...     "kind": ["bin", "bin", "fit", "fit", "fit", "fit", "jump"], "method": "made up",
    ...     "side": ["below", "above", "below", "below", "above", "above", "above"],
    ...     "at": [-0.5, 0.5, -1, 0, 0, 1, 0], "estimate": [1, 2, 1, 1.1, 2, 2.1, 0.9],
    ...     "ci_low": [0.8, 1.8, None, None, None, None, 0.5], "data_status": "survey",
    ...     "ci_high": [1.2, 2.2, None, None, None, None, 1.3]})
    >>> ax = ps.figures.at_the_line(table, source=ps.Source("survey", "Made up."))
    >>> ax.title_text
    'outcome jumps at the line: 0.9 (0.5 to 1.3) higher above it'
    """
    t, parts = words(lang), dict(list(table.groupby("kind")))
    if not {"bin", "fit", "jump"} <= set(parts):
        raise DataError("A jump is drawn with its steps and fits.", where="column kind", found=[*parts],
                        remedy="give the .points of what ps.at_the_line found, all of them")  # fmt: skip
    jump, name = parts["jump"].iloc[0], told(outcome, lang, labels)
    sides = {"below": t("below the line", "线下"), "above": t("above the line", "线上")}
    less = {
        "below": t("below minus above", "线下与线上之差"),
        "above": t("above minus below", "线上与线下之差"),
    }
    other = {"below": "above", "above": "below"}
    draw.dots(ax, parts["bin"], "at", "side", _SIDES, list(sides.values()), upright=True)
    for side, (ink, _) in _SIDES.items():
        line = parts["fit"][parts["fit"]["side"] == side]
        ax.plot(line["at"], line["estimate"], color=style.COLOURS[ink], marker="", lw=2, zorder=4)
    ax.axvline(jump["at"], color=style.INK, lw=0.8, ls="--")
    ax.set_xlabel(told(score, lang, labels))
    ax.legend(loc="best")
    ends = [f"{jump[one]:.3g}".replace("-", "−") for one in ("estimate", "ci_low", "ci_high")]
    sizes = sorted((abs(jump["ci_low"]), abs(jump["ci_high"])))
    sizes = t("({:.3g} to {:.3g})", "（{:.3g}至{:.3g}）").format(*sizes)
    ends, level = t("{} ({} to {})", "{}（{}至{}）").format(*ends), draw.level_of(table)
    higher = jump["side"] if jump["estimate"] > 0 else other[jump["side"]]
    by, known = f"{abs(jump['estimate']):.3g}", not jump["ci_low"] <= 0 <= jump["ci_high"]
    return Drawn(
        title=t(f"{name} jumps at the line: {by} {sizes} higher {higher} it",
                f"{name}在线处跳跃：{sides[higher]}高{by}{sizes}")
        if known else t(f"No jump of {name} can be told at the line: {ends}", f"看不出{name}在线处有跳跃：{ends}"),
        unit=t(f"mean, {level} % intervals; jump, {less[jump['side']]}: {ends}",
               f"均值及{level}%区间；跳跃（{less[jump['side']]}）：{ends}"),
        alt=t(f"Means of {name} in steps of the score, with a line fitted on each side of {jump['at']:g}. "
              f"Jump, {less[jump['side']]}: {ends}.",
              f"按得分分段的{name}均值，{jump['at']:g}两侧各有拟合线。跳跃（{less[jump['side']]}）：{ends}。"),
        data=table,
    )  # fmt: skip
