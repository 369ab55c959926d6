"""Effects of approaches by years since help started, and the difference between two of them."""

import numpy as np

from .. import style
from ..base.errors import DataError
from ..base.language import APPROACHES, told, words
from ._common import drawn_in
from .measurement import _looks

_COLUMNS = ("arm", "since", "estimate", "ci_low", "ci_high", "band_low", "band_high",
            "method", "data_status")  # fmt: skip
_ARMS = {**APPROACHES, "both": ("both", "两种兼有")}


def _named(arm, lang, labels):
    """Words of an arm, or of one arm less another."""
    names, less = {**_ARMS, **(labels or {})}, words(lang)(" less ", " 减 ")
    return less.join(told(one, lang, names) for one in arm.split(" - "))


def _by_since(ax, rows, base, lang, labels):
    """Points, intervals and bands, a series for each arm; returns what alt text says of them."""
    t = words(lang)
    arms = list(dict.fromkeys(rows["arm"]))
    ax.axhline(0, color=style.GREY, lw=0.8)
    before = rows["since"].min() < 0
    if before:
        ax.axvline(-0.5, color=style.GREY, lw=0.8, ls=":")
    step = 0.5 * np.diff(np.unique(np.r_[rows["since"], base])).min() / len(arms)
    said = []
    for i, (arm, (ink, marker, _)) in enumerate(zip(arms, _looks(len(arms)), strict=True)):
        part = rows[rows["arm"] == arm].sort_values("since")
        x = part["since"] + (i - (len(arms) - 1) / 2) * step
        name = _named(arm, lang, labels)
        ax.vlines(x, part["band_low"], part["band_high"], color=ink, lw=5, alpha=0.22)
        ax.vlines(x, part["ci_low"], part["ci_high"], color=ink, lw=1.4)
        late = part["since"] >= 0
        ax.plot(x[late], part["estimate"][late], ls="", marker=marker, color=ink, label=name)
        ax.plot(x[~late], part["estimate"][~late], ls="", marker=marker, color=ink, mfc="white")
        last = part.iloc[-1]
        said.append(t(
            f"{name}: {last['estimate']:.3g} ({last['ci_low']:.3g} to {last['ci_high']:.3g}) "
            f"in year {last['since']:g}",
            f"{name}：第{last['since']:g}年为{last['estimate']:.3g}"
            f"（{last['ci_low']:.3g}至{last['ci_high']:.3g}）",
        ))  # fmt: skip
    if before:
        ax.plot(base, 0, ls="", marker="o", color=style.INK, mfc="white", ms=6,
                label=t("base: zero by construction", "基期：按定义为零"))  # fmt: skip
        ax.annotate(t("before help", "帮扶前"), (-0.5, 0), (-4, 3), ("data", "axes fraction"),
                    "offset points", ha="right", va="bottom", color=style.GREY)  # fmt: skip
    whole = np.unique(np.r_[rows["since"], base])
    ax.set_xticks(whole, [f"{one:g}".replace("-", "−") for one in whole])
    low, high = rows["band_low"].min(), rows["band_high"].max()
    ax.set_ylim(min(low, 0) - 0.12 * (high - low), max(high, 0) + 0.22 * (high - low))
    ax.legend(loc="upper left", bbox_to_anchor=(0, 1), ncols=min(len(arms) + before, 4))
    ax.set_xlabel(t("years since help started", "帮扶开始后的年数"))
    return t("; ", "；").join(said)


def _unit(rows, outcome, t):
    level = f"{100 * rows.attrs.get('level', 0.95):g}"
    measure = told(outcome, "en" if t("en", "zh") == "en" else "zh")
    return t(f"difference in {measure}; thin: {level} % intervals, each by itself; wide: all at once",
             f"{measure}之差；细线：{level}%逐点区间；宽条：联合区间")  # fmt: skip


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
    said = _by_since(ax, table, table.attrs.get("base", -1), lang, labels)
    return style.finish(
        ax,
        title=t("Effect on those helped, by years since help started", "对受帮扶者的影响：按帮扶开始后的年数"),
        unit=_unit(table, outcome, t),
        source=source,
        alt=t(f"Effects by years since help started, each against those without help. {said}.",
              f"按帮扶开始后年数的影响，均与未受帮扶者比较。{said}。"),
        data=table,
        lang=lang,
    )  # fmt: skip


@drawn_in("double", *_COLUMNS)
def arm_difference(table, *, outcome="outcome", labels=None, source=None, ax=None, lang="en"):
    """Effect of one arm less that of another, by years since help started.

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
    ['a less b']
    """
    t = words(lang)
    if table["arm"].nunique() != 1 or " - " not in table["arm"].iloc[0]:
        raise DataError(
            "This figure shows the difference of two arms.", found=", ".join(table["arm"].unique()),
            remedy='eff.event_study("social_work", "administrative")',
        )  # fmt: skip
    said = _by_since(ax, table, table.attrs.get("base", -1), lang, labels)
    name = _named(table["arm"].iloc[0], lang, labels)
    return style.finish(
        ax,
        title=t(f"Difference of effects: {name}", f"影响之差：{name}"),
        unit=_unit(table, outcome, t),
        source=source,
        alt=t(f"Difference between the effects of two arms by years since help started. {said}.",
              f"两种帮扶影响之差，按帮扶开始后年数。{said}。"),
        data=table,
        lang=lang,
    )  # fmt: skip
