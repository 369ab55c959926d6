"""Durations: who is still out of poverty, what brought others back, and when."""

import re

import numpy as np
import pandas as pd

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import told, words
from . import draw, style
from .draw import Drawn, drawn_in

_COLUMNS = (*draw.TIDY, "period", "n")
_PERIODS = ("periods", "期")


@drawn_in("double", *_COLUMNS)
def survival_curves(table, *, colour=None, labels=None, unit=_PERIODS, source=None, ax=None,
                    lang="en"):  # fmt: skip
    """Share still out of poverty, by the time since leaving it.

    Parameters
    ----------
    table : DataFrame
        ``ps.kaplan_meier(...).band()`` or ``.tidy()``.
    colour : str, list or dict, optional
        Column of groups, a curve for each, such as ``"approach"``; or colours, or both
        (`incidence_by_standard`).
    labels : dict, optional
        For a group, its text or its texts in English and Chinese.
    unit : str or tuple of str
        What durations count, in English and Chinese, such as ``("years", "年")``.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"entry": 0, "exit": [1, 2, 3, 3], "event": [1, 1, 0, 0]})
    >>> found = ps.kaplan_meier(ps.Survey(spells)).band()
    >>> ax = ps.figures.survival_curves(found, source=ps.Source("survey", "Made up."))
    >>> ax.get_xlabel()
    'periods since leaving poverty'
    """
    t = words(lang)
    rows = _of_term(table, "survivor", "kaplan_meier", colour)
    said = _steps(ax, rows, colour, labels, lang, 1)
    ax.set_ylim(0, 102)
    ax.set_xlabel(_since(unit, t))
    if colour is not None:
        ax.legend(loc="lower left")
    return Drawn(
        title=t("Still out of poverty, by the time since leaving it", "脱贫后仍未返贫的比例"),
        unit=t("percent; ", "百分比；") + draw.band_of(rows, t)
        + ("" if colour is None else t("; in brackets: at risk at first", "；括号内：最初在观察中的数目")),
        alt=t("Steps that fall from 100 percent: ", "自100%下降的阶梯线："),
        data=rows,
        said=said,
    )  # fmt: skip


@drawn_in("double", *_COLUMNS)
def incidence_curves(table, *, colour="cause", labels=None, unit=_PERIODS, source=None, ax=None,
                     lang="en"):  # fmt: skip
    """Share that is poor again, by cause (or group) and the time since leaving poverty.

    Parameters
    ----------
    table : DataFrame
        ``ps.cumulative_incidence(...).band()`` or ``.tidy()``.
    colour : str, list or dict
        Column of causes or of groups, a curve for each; or colours, or both
        (`incidence_by_standard`).
    labels, unit
        As in `survival_curves`.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"entry": 0, "exit": [1, 2, 3, 3], "event": ["illness", "work", "", ""]})
    >>> found = ps.cumulative_incidence(ps.Survey(spells)).band()
    >>> ax = ps.figures.incidence_curves(found, source=ps.Source("survey", "Made up."))
    >>> ax.get_title(loc="left")
    'Poor again, by what brought it and the time since leaving poverty'
    """
    t = words(lang)
    rows = _of_term(table, "cumulative incidence", "cumulative_incidence", colour)
    said = _steps(ax, rows, colour, labels, lang, 0)
    ax.set_ylim(0, 118 * rows["ci_high"].max())
    ax.set_xlabel(_since(unit, t))
    ax.legend(loc="upper left")
    by = {"cause": ("what brought it", "原因")}.get(colour)
    by = t(*by) if by else told(colour, lang, labels)
    return Drawn(
        title=t(f"Poor again, by {by} and the time since leaving poverty", f"脱贫后返贫的累积比例，按{by}"),
        unit=t("percent of all who left; ", "占全部脱贫者的百分比；") + draw.band_of(rows, t),
        alt=t("Steps that rise from 0 percent: ", "自0%上升的阶梯线："),
        data=rows,
        said=said,
    )  # fmt: skip


@drawn_in("double", *_COLUMNS)
def hazards_by_period(table, *, of="out", colour=None, labels=None, unit=_PERIODS, source=None,
                      ax=None, lang="en"):  # fmt: skip
    """Share that falls back in each period, of those still out of poverty, with intervals.

    Parameters
    ----------
    table : DataFrame
        ``ps.life_table(...).tidy()``.
    of : {"out", "poor"}
        What the spells are, as in `povstudy.spells`: out of poverty, or in it.
    colour, labels, unit
        As in `survival_curves`.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"entry": 0, "exit": [1, 2, 3, 3], "event": [1, 1, 0, 0]})
    >>> found = ps.life_table(ps.Survey(spells)).tidy()
    >>> ax = ps.figures.hazards_by_period(found, source=ps.Source("survey", "Made up."))
    >>> ax.data_behind["estimate"].round(2).tolist()
    [0.25, 0.33, 0.0]
    """
    t = words(lang)
    if of not in _OF:
        raise DataError(
            "A spell is out of poverty, or in it.", found=of, remedy=f"of= one of {list(_OF)}"
        )
    rows, (title, since) = _of_term(table, "hazard", "life_table", colour), _OF[of]
    looks, periods = draw.groups_of(rows, colour), np.unique(rows["period"])
    names = draw.named(looks, lang, labels)
    step = 0.5 / len(looks) * np.diff(periods, prepend=0).min()
    draw.dots(ax, rows, "period", colour, looks, names, step=step, scale=100, upright=True)
    ax.set_ylim(0, 105 * rows["ci_high"].max())
    if len(periods) < 16:
        ax.set_xticks(periods)
        ax.xaxis.set_major_formatter("{x:g}")
    ax.set_xlabel(_since(unit, t, since))
    if colour is not None:
        ax.legend(loc="upper left")
    first = [part.iloc[0] for part in _parts(rows, colour, looks)]
    level = draw.level_of(table)
    return Drawn(
        title=t(*title),
        unit=t(f"percent of those at risk; lines: {level} % confidence intervals",
               f"占该期在观察中者的百分比；竖线：{level}%置信区间"),
        alt=t("Dots with intervals for each period. Percent in the first: ",
              "各期带区间的点。首期的百分比："),
        data=rows,
        said=_told(names, first, t),
    )  # fmt: skip


_OF = {  # title, since when
    "out": (("Poor again in each period, of those still out", "仍未返贫者在各期返贫的比例"),
            ("leaving poverty", "脱贫")),
    "poor": (("Out of poverty in each period, of those still poor", "仍贫困者在各期脱贫的比例"),
             ("becoming poor", "陷入贫困")),
}  # fmt: skip


@drawn_in("double", "household_id", "duration", "survival", "ci_low", "ci_high")
def stated_households(table, *, labels=None, unit=_PERIODS, source=None, ax=None, lang="en"):
    """Chance of stated households to be out of poverty still, by a model.

    Parameters
    ----------
    table : DataFrame
        As ``fit.survival(households, periods)`` of `povstudy.relapse_model` makes it.
    labels : dict, optional
        For a ``household_id``, its text or its texts in English and Chinese.
    unit
        As in `survival_curves`.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"household_id": range(8), "entry": 0,
    ...                        "exit": [1, 2, 3, 3, 1, 1, 2, 3], "help": ["a"] * 4 + ["b"] * 4,
    ...                        "event": [1, 0, 1, 0, 1, 1, 1, 0]})
    >>> fit = ps.relapse_model("help", spells, baseline="constant")
    >>> table = fit.survival(pd.DataFrame({"household_id": ["x", "y"], "help": ["a", "b"]}), 2)
    >>> ax = ps.figures.stated_households(table, source=ps.Source("survey", "Made up."))
    >>> len(ax.lines)
    2
    """
    t, looks = words(lang), draw.groups_of(table, "household_id")
    names = draw.named(looks, lang, labels)
    rows = table.rename(columns={"survival": "estimate", "duration": "period"})
    draw.curves(ax, rows, "period", "household_id", looks, names)
    ax.set_ylim(0, 102)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel(_since(unit, t))
    ax.legend(loc="lower left")
    last = [part.iloc[-1] for part in _parts(rows, "household_id", looks)]
    level = draw.level_of(table)
    return Drawn(
        title=t("Chance of stated households to be out of poverty still", "给定住户仍未返贫的概率"),
        unit=t(f"percent, by the model; bands: {level} % pointwise confidence intervals",
               f"百分比，由模型得出；带：{level}%逐点置信区间"),
        alt=t("Lines that fall from 100 percent: ", "自100%下降的折线："),
        data=table,
        said=_told(names, last, t),
    )  # fmt: skip


def _since(unit, t, since=("leaving poverty", "脱贫")):
    return t(f"{unit[0]} since {since[0]}", f"{since[1]}后的{unit[1]}数")


def _of_term(table, term, function, colour):
    """Rows of one term, one for each group and period; differences are refused."""
    need_columns(table, [colour] if colour else [])
    rows = table[table["term"] == term]
    if rows.empty or draw.span_of(rows):
        raise DataError(
            f"This figure shows the term {term!r} of groups, not differences.",
            found=draw.span_of(rows) or ", ".join(map(str, table["term"].unique()[:5])),
            remedy=f"ps.{function}(...).tidy(), without contrast",
        )
    draw.refuse_twice(rows, [*([colour] if colour else []), "period"])
    return rows


def _steps(ax, rows, colour, labels, lang, first):
    """Step lines with bands from their value at 0, one for each group; returns their words."""
    t, looks = words(lang), draw.groups_of(rows, colour)
    names, parts, long = draw.named(looks, lang, labels), _parts(rows, colour, looks), []
    for part in parts:
        step = np.diff(part["period"], prepend=0).min() / 2  # so that the last value is seen
        long += [part.head(1).assign(period=0, **dict.fromkeys(draw.ENDS, first)), part,
                 part.tail(1).assign(period=part["period"].iloc[-1] + step)]  # fmt: skip
    at_first = [f"{part['n'].iloc[0]:,}" for part in parts]
    legend = names if not first or colour is None else [
        t(f"{name} ({n})", f"{name}（{n}）") for name, n in zip(names, at_first, strict=True)
    ]  # fmt: skip
    draw.curves(ax, pd.concat(long), "period", colour, {one: (look[0], "") for one, look in looks.items()},
                legend, step="post", drawstyle="steps-post")  # fmt: skip
    ax.set_xlim(0, None)
    return _told(names, [part.iloc[-1] for part in parts], t)


def _told(names, rows, t):
    return [
        t(f"{name or 'all'} {100 * row['estimate']:.1f} at {row['period']:g}",
          f"{name or '全体'}在{row['period']:g}处为{100 * row['estimate']:.1f}")
        for name, row in zip(names, rows, strict=True)
    ]  # fmt: skip


def _parts(rows, colour, looks):
    """Rows of each group, by period."""
    rows = rows.sort_values("period", kind="stable")
    return [rows if one is None else rows[rows[colour] == one] for one in looks]


_RATIOS = {"hazard_ratio": ("hazard ratio", "风险比"), "odds_ratio": ("odds ratio", "比值比")}


@drawn_in("double", "variable", "level", "reference", "ci_low", "ci_high", "data_status")
def hazard_ratios(table, *, labels=None, note=("", ""), source=None, ax=None, lang="en"):
    """Forest plot of hazard ratios (or odds ratios), with the levels they are set against.

    Parameters
    ----------
    table : DataFrame
        ``fit.hazard_ratios()``.
    labels : dict, optional
        For a variable, a level or a term of the formula its text, or its texts in English and
        Chinese.
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
    >>> spells = pd.DataFrame({"household_id": range(8), "entry": 0, "help": list("aaaabbbb"),
    ...                        "exit": [1, 2, 3, 3, 1, 1, 2, 3], "event": [1, 0, 1, 0, 1, 1, 1, 0]})
    >>> table = ps.relapse_model("help", spells, baseline="constant").hazard_ratios()
    >>> ax = ps.figures.hazard_ratios(table, source=ps.Source("survey", "Made up."))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['help: a', 'help: b']
    """
    t = words(lang)
    kind = next((one for one in _RATIOS if one in table), None)
    if kind is None:
        raise DataError("The table holds no ratios.", found=", ".join(map(str, table.columns)),
                        remedy="table = fit.hazard_ratios()")  # fmt: skip
    rows = _with_references(table, kind)
    measure = t(*_RATIOS[kind])
    names = [_label(row, labels, t, lang) for row in rows.itertuples()]
    texts, said = [], []
    for at, (name, row) in enumerate(zip(names, rows.itertuples(), strict=True)):
        ratio = getattr(row, kind)
        if row.is_reference:
            ax.plot(1, at, marker="o", ls="", mfc="white", color=style.GREY, ms=5)
            texts.append(t("reference", "参照"))
            continue
        ink = style.COLOURS["blue"]
        draw.whisker(ax, at, row.ci_low, ratio, row.ci_high, ink, lw=1.6, marker="s")
        texts.append(t(f"{ratio:.2f} ({row.ci_low:.2f} to {row.ci_high:.2f})",
                       f"{ratio:.2f}（{row.ci_low:.2f}—{row.ci_high:.2f}）"))  # fmt: skip
        said.append(f"{name}{t(' ', '：')}{texts[-1]}")
    for at, text in enumerate(texts):
        draw.beside(ax, text, (1, at), (6, 0), xycoords=("axes fraction", "data"), va="center",
                    annotation_clip=False, color=style.INK)  # fmt: skip
    ax.axvline(1, color=style.INK, lw=0.8)
    _log_axis(ax, rows)
    draw.labelled_rows(ax, names)
    ax.set_xlabel(t(f"{measure}, log scale; right of 1: it happens sooner",
                    f"{measure}，对数刻度；1的右侧：发生更快"))  # fmt: skip
    level = draw.level_of(table)
    return Drawn(
        title=t(f"{measure.capitalize()}s", measure),
        unit=t(f"squares: estimates; lines: {level} % confidence intervals; circles: reference levels",
               f"方块：估计值；横线：{level}%置信区间；圆圈：参照组") + note[lang == "zh"],
        alt=t(f"{measure.capitalize()}s with {level} % confidence intervals: {'; '.join(said)}.",
              f"{measure}及{level}%置信区间：{'；'.join(said)}。"),
        data=rows,
    )  # fmt: skip


def _with_references(table, kind):
    """Rows of the table, with a row of 1 for the reference level of each variable."""
    made, shown = [], set()
    for row in table.to_dict("records"):
        if row["reference"] and row["variable"] not in shown:
            made.append(row | {"level": row["reference"], kind: 1.0, "ci_low": np.nan,
                               "ci_high": np.nan, "is_reference": True})  # fmt: skip
        shown.add(row["variable"])
        made.append(row | {"is_reference": False})
    return pd.DataFrame(made)


def _label(row, labels, t, lang):
    if not row.level:
        return told(row.variable, lang, labels)
    if not row.reference:  # an interaction: its parts, each in its words
        parts = [
            re.sub(r"\[(?:T\.)?(.*)\]$", r" \1", one).split(" ") for one in row.level.split(":")
        ]
        return " × ".join(" ".join(told(one, lang, labels) for one in part) for part in parts)
    return told(row.variable, lang, labels) + t(": ", "：") + told(row.level, lang, labels)


def _log_axis(ax, rows):
    """Log scale with ticks at round ratios."""
    low, high = min(rows["ci_low"].min(), 0.9), max(rows["ci_high"].max(), 1.1)
    ax.set_xscale("log")
    ax.set_xlim(low / 1.08, high * 1.08)
    steps = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100])
    if high / low < 6:
        steps = np.array([0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5])
    ticks = steps[(steps >= low / 1.08) & (steps <= high * 1.08)]
    ax.set_xticks(ticks, [f"{one:g}" for one in ticks])
    ax.minorticks_off()


_SERIES = {  # words, colour
    "mixed": (("register over survey: two series, mixed",
               "登记数比调查数：两个序列，只表示数量级"), "vermilion"),
    "survey": (("household surveys, as published", "住户调查，据已发表研究"), "blue"),
}  # fmt: skip


@drawn_in("double", "series", "label", "label_zh", "low", "high", "bound")
def relapse_magnitudes(table, *, source=None, ax=None, lang="en"):
    """Relapse per year as a register counted it and as surveys found it: orders of magnitude.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.relapse_magnitudes` makes it.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> tables = map(ps.load, ("relapse_monitoring", "china_incidence", "relapse_studies"))
    >>> ax = ps.figures.relapse_magnitudes(ps.relapse_magnitudes(*tables))
    """
    t, rows = words(lang), table.reset_index(drop=True)
    texts = []
    for row in rows.itertuples():
        spread = f"{row.low:.2g}" + (f"\u2013{row.high:.2g}" if row.high > row.low else "")
        ink = _SERIES[row.series][1]
        texts.append(draw.bounded(ax, row, row.low, row.high, spread, ink, t, "less"))
    for series in rows["series"].unique():
        label, ink = _SERIES[series]
        ax.plot([], [], color=style.COLOURS[ink], marker="", label=t(*label))
    ax.set_xscale("log")
    ax.set_xlim(rows["low"].min() / 2, rows["high"].max() * 4)
    ax.xaxis.set_major_formatter("{x:g}")
    labels = rows[t("label", "label_zh")]
    draw.labelled_rows(ax, labels, top=1.6)  # room for the legend above the first
    ax.legend(loc="upper left")
    return Drawn(
        title=t("Relapse per year, by a register and by surveys",
                "每年返贫：登记系统与住户调查"),
        unit=t("percent of those out of poverty, log scale; definitions differ",
               "占已脱贫者的百分比，对数刻度；标准、年份与口径各不相同"),
        alt=t("Points and ranges of relapse in percent per year. ", "每年返贫百分比的点与区间。"),
        data=table,
        said=draw.paired(labels, texts, t),
    )  # fmt: skip
