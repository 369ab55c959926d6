"""Durations: who is still out of poverty, what brought others back, and when."""

import numpy as np
import pandas as pd

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import words
from . import draw, style
from .draw import Drawn, drawn_in

_COLUMNS = (*draw.TIDY, "period", "n")
_PERIODS = ("periods", "期")


@drawn_in("double", *_COLUMNS)
def survival_curves(table, *, colour=None, labels=None, unit=_PERIODS, falls=False, at_risk=True,
                    source=None, ax=None, lang="en"):  # fmt: skip
    """Share still out of poverty, by the time since leaving it, with the numbers at risk below.

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
    falls : bool
        Draw who fell back (1 minus the survivors), from 0 up to what there is: where few fell
        back, this shows how groups differ.
    at_risk : bool
        Write below the axis how many rows of each group are at risk at each time.
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
    >>> ax.get_xlabel(), ax.title_text
    ('periods since leaving poverty', 'Of 100 that left poverty, 50 had fallen back after 3 periods')
    """
    t = words(lang)
    rows = _of_term(table, "survivor", "kaplan_meier", colour)
    if falls:
        turned = {
            "estimate": 1 - rows["estimate"],
            "ci_low": 1 - rows["ci_high"],
            "ci_high": 1 - rows["ci_low"],
        }
        rows = rows.assign(**turned)
    said = _steps(ax, rows, colour, labels, lang, 0 if falls else 1)
    ax.set_ylim(0, (115 if colour else 105) * rows["ci_high"].max() if falls else 102)
    ax.set_xlabel(_since(unit, t))
    if colour is not None:
        ax.legend(loc="upper left" if falls else "lower left", ncols=2 if falls else 1)
    if at_risk:
        draw.taller(ax, 0.8 + 0.15 * len(said))
        _at_risk_below(ax, rows, colour, labels, lang)
    last, at = _at_last(rows, colour, labels, lang)
    last = last if falls else [(name, 1 - share) for name, share in last]
    return Drawn(
        title=t(f"Of 100 that left poverty, {_spread(last, t)} had fallen back after {_long(at, unit, t)}",
                f"每100个脱贫者中，{_long(at, unit, t)}后{_spread(last, t)}已返贫"),
        unit=(t("percent poor again; ", "返贫者的百分比；") if falls else t("percent still out of poverty; ", "仍未返贫者的百分比；"))
        + draw.band_of(rows, t) + (t("; below: number at risk", "；下方：仍在观察中的数目") if at_risk else ""),
        alt=t("Steps that rise from 0 percent: ", "自0%上升的阶梯线：") if falls
        else t("Steps that fall from 100 percent: ", "自100%下降的阶梯线："),
        data=rows,
        said=said,
    )  # fmt: skip


@drawn_in("double", *_COLUMNS)
def incidence_curves(table, *, of="out", colour="cause", labels=None, unit=_PERIODS, source=None,
                     ax=None, lang="en"):  # fmt: skip
    """Ends that compete: the share of spells that has ended by each cause (or in each group).

    Parameters
    ----------
    table : DataFrame
        ``ps.cumulative_incidence(...).band()`` or ``.tidy()``; or of one household
        ``ps.relapse_ends(...).incidence(household)``.
    of : {"out", "poor", "ends"}
        What the spells are, as in `povstudy.spells`: out of poverty, or in it; ``"ends"``: out of
        it, where not every end is a fall back.
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
    'Of 100 that left poverty, poor again after 3 periods: long illness 25; work 25'
    """
    t = words(lang)
    _refuse_of(of, "ends")
    rows = _of_term(table, "cumulative incidence", "cumulative_incidence", colour)
    said = _steps(ax, rows, colour, labels, lang, 0)
    ax.set_ylim(0, (128 if len(said) > 2 else 118) * rows["ci_high"].max())
    ax.set_xlabel(_since(unit, t, _OF.get(of, _OF["out"])[1]))
    ax.legend(loc="upper left", ncols=2)
    last, at = _at_last(rows, colour, labels, lang)
    last = t("; ", "；").join(f"{name} {100 * share:.0f}" for name, share in last)
    began, ended = _ENDS[of]
    return Drawn(
        title=t(f"Of 100 that {began[0]}, {ended[0]} after {_long(at, unit, t)}: {last}",
                f"每100个{began[1]}者中，{_long(at, unit, t)}后{ended[1]}：{last}"),
        unit=t(f"percent of all that {began[0]}, ends that compete; ", f"占全部{began[1]}者的百分比，各种结局互相竞争；")
        + draw.band_of(rows, t),
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
    of : {"out", "poor", "both"}
        What the spells are, as in `povstudy.spells`: out of poverty, or in it. ``"both"``: a panel
        for each, of a table with the column ``of``.
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
    t, level = words(lang), draw.level_of(table)
    _refuse_of(of, "both")
    apart = ["of"] if of == "both" else []
    need_columns(table, apart)
    kinds = [one for one in _OF if of in (one, "both")]
    rows = _of_term(table, "hazard", "life_table", apart + ([colour] if colour else []))
    axes, said, first, names = draw.panels(ax, [t(*_OF[one][0]) for one in kinds]), [], {}, []
    for kind, panel in zip(kinds, axes, strict=True):
        part = rows[rows["of"] == kind] if of == "both" else rows
        looks, periods = draw.groups_of(part, colour), np.unique(part["period"])
        names = draw.named(looks, lang, labels)
        step = 0.5 / len(looks) * np.diff(periods, prepend=0).min()
        draw.dots(panel, part, "period", colour, looks, names, step=step, scale=100, upright=True)
        panel.set(ylim=(0, 105 * rows["ci_high"].max()), xlim=(periods[0] - 0.6, periods[-1] + 0.6))
        if len(periods) < 16:
            panel.set_xticks(periods)
            panel.xaxis.set_major_formatter("{x:g}")
        panel.set_xlabel(_since(unit, t, _OF[kind][1]))
        if colour is not None:
            panel.legend(loc="upper left")
        each = _parts(part, colour, looks)
        said += [(t(*_OF[kind][0]) + t(": ", "：") if of == "both" else "") + one
                 for one in _told(names, [one.iloc[0] for one in each], t)]  # fmt: skip
        first[kind] = [100 * one["estimate"].iloc[0] for one in each]
    shares = {kind: _range(values) for kind, values in first.items()}
    return Drawn(
        title=_hazard_title(shares, rows["period"].min(), unit, t),
        unit=t(f"percent of those at risk in each period; lines: {level} % confidence intervals",
               f"占各期在观察中者的百分比；竖线：{level}%置信区间"),
        alt=t("Dots with intervals for each period. Percent in the first: ",
              "各期带区间的点。首期的百分比："),
        data=rows,
        said=said,
    )  # fmt: skip


_OF = {  # what happens, since when
    "out": (("poor again, of those still out", "仍未返贫者中返贫"), ("leaving poverty", "脱贫")),
    "poor": (("left poverty, of those still poor", "仍贫困者中脱贫"), ("becoming poor", "陷入贫困")),
}  # fmt: skip
_ENDS = {  # what began, what has ended
    "out": (("left poverty", "脱贫"), ("poor again", "返贫")),
    "poor": (("became poor", "陷入贫困"), ("out again", "脱贫")),
    "ends": (("left poverty", "脱贫"), ("how it had ended", "的去向")),
}


def _refuse_of(of, *more):
    known = [*_OF, *more]
    if of not in known:
        raise DataError(
            "A spell is out of poverty, or in it.", found=of, remedy=f"of= one of {known}"
        )


def _hazard_title(shares, at, unit, t):
    """How many of 100 in the first period."""
    when = t(f"in {unit[0].removesuffix('s')} {at:g}", f"第{at:g}{unit[1]}")
    said = {"out": t(f"of 100 that left poverty, {shares.get('out')} were poor again",
                     f"每100个脱贫者中{shares.get('out')}个返贫"),
            "poor": t(f"of 100 that became poor, {shares.get('poor')} left poverty",
                      f"每100个陷入贫困者中{shares.get('poor')}个脱贫")}  # fmt: skip
    text = t("; ", "；").join(said[one] for one in shares)
    return t(f"{text[0].upper()}{text[1:]} {when}", f"{when}：{text}")


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


def _long(at, unit, t):
    """How long: 1 year, 3 years."""
    return t(f"{at:g} {unit[0].removesuffix('s') if at == 1 else unit[0]}", f"{at:g}{unit[1]}")


def _at_last(rows, colour, labels, lang):
    """Each group with its value at the last time that all of them were seen, and that time."""
    looks = draw.groups_of(rows, colour)
    parts = _parts(rows, colour, looks)
    at = min(part["period"].iloc[-1] for part in parts)
    values = [part.loc[part["period"] <= at, "estimate"].iloc[-1] for part in parts]
    return list(zip(draw.named(looks, lang, labels), values, strict=True)), at


def _range(values):
    low, high = f"{min(values):.0f}", f"{max(values):.0f}"
    return low if low == high else f"{low}\u2013{high}"


def _spread(last, t):
    """The least and the most of several groups, with their names; or the one value."""
    (low, least), (high, most) = (pick(last, key=lambda one: one[1]) for pick in (min, max))
    least, most = f"{100 * least:.0f}", f"{100 * most:.0f}"
    if least == most:
        return least
    return t(f"{least} ({low}) to {most} ({high})", f"{least}（{low}）至{most}（{high}）个")


def _at_risk_below(ax, rows, colour, labels, lang):
    """Numbers at risk below the axis, a line for each group, where there is room for them."""
    t, looks = words(lang), draw.groups_of(rows, colour)
    low, high = ax.get_xlim()
    wide = ax.bbox.width * 72 / ax.figure.figure.dpi
    head = [""] if colour is None else draw.named(looks, lang, labels)
    head[0] = head[0] or t("at risk", "在观察中")
    parts = _parts(rows, colour, looks)
    times = np.unique(np.concatenate([part["period"] for part in parts]))
    most = max(1, int(wide / (5.2 * len(f"{rows['n'].max():,}") + 8)))
    times = times[:: -(-len(times) // most)]
    for k, (name, part) in enumerate(zip(head, parts, strict=True)):
        down = -18 - 10.5 * k
        place = {
            "xycoords": ax.get_xaxis_transform(),
            "fontsize": 7.5,
            "va": "top",
            "annotation_clip": False,
        }
        draw.beside(ax, name, (low, 0), (-8, down), ha="right", **place)
        seen = part.set_index("period")["n"]
        for time in times[times <= high]:
            if time in seen.index:
                draw.beside(ax, f"{seen[time]:,.0f}", (time, 0), (0, down), ha="center", **place)
    ax.xaxis.labelpad = 4 + 10.5 * len(parts) + 4


def _of_term(table, term, function, colour):
    """Rows of one term, one for each group and period; differences are refused."""
    colour = [colour] if isinstance(colour, str) else [*(colour or [])]
    need_columns(table, colour)
    rows = table[table["term"] == term]
    if rows.empty or draw.span_of(rows):
        raise DataError(f"This figure shows the term {term!r} of groups, not differences.",
                        found=draw.span_of(rows) or ", ".join(map(str, table["term"].unique()[:5])),
                        remedy=f"ps.{function}(...).tidy(), without contrast")  # fmt: skip
    draw.refuse_twice(rows, [*colour, "period"])
    return rows


def _steps(ax, rows, colour, labels, lang, first):
    """Step lines with bands from their value at 0, one for each group; returns their words."""
    t, looks = words(lang), draw.groups_of(rows, colour)
    names, parts, long = draw.named(looks, lang, labels), _parts(rows, colour, looks), []
    for part in parts:
        step = np.diff(part["period"], prepend=0).min() / 2  # so that the last value is seen
        long += [part.head(1).assign(period=0, **dict.fromkeys(draw.ENDS, first)), part,
                 part.tail(1).assign(period=part["period"].iloc[-1] + step)]  # fmt: skip
    draw.curves(ax, pd.concat(long), "period", colour, {one: (look[0], "") for one, look in looks.items()},
                names, step="post", drawstyle="steps-post")  # fmt: skip
    ax.set_xlim(0, None)
    ax.xaxis.get_major_locator().set_params(integer=True)
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


_SERIES = {  # words, colour
    "mixed": (("register over survey: two series, mixed",
               "登记数与调查数之比：两个序列，只表示数量级"), "vermilion"),
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
        title=_two_orders(rows, t),
        unit=t("percent of those out of poverty, log scale; definitions differ",
               "占已脱贫者的百分比，对数刻度；标准、年份与口径各不相同"),
        alt=t("Points and ranges of relapse in percent per year. ", "每年返贫百分比的点与区间。"),
        data=table,
        said=draw.paired(labels, texts, t),
    )  # fmt: skip


def _two_orders(rows, t):
    """What the register comes to at most, and what surveys come to."""
    mixed, seen = (rows[rows["series"] == one] for one in ("mixed", "survey"))
    if mixed.empty or seen.empty:
        return t("Relapse per year, by a register and by surveys", "每年返贫：登记系统与住户调查")
    most, low, high = mixed["high"].max(), seen["low"].min(), seen["high"].max()
    return t(f"Relapse in China in a year: {most:.2g} percent or less by a register, {low:.1f} to {high:.0f} and more by surveys",
             f"中国一年内返贫：按登记系统不高于{most:.2g}%，按住户调查为{low:.1f}%至{high:.0f}%以上")  # fmt: skip
