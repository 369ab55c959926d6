"""Simulated data: what is seen beside what is true, and what follows from assumptions."""

import numpy as np

from ..base.errors import DataError
from ..base.language import APPROACHES, told, words
from . import style
from .draw import drawn_in
from .words import SHORTCUTS

_SERIES = {  # words, colour, marker, line
    "register": (("register", "登记系统"), "vermilion", "s", "--"),
    "survey": (("survey, with 95 % intervals", "调查（附95%置信区间）"), "blue", "o", ":"),
    "truth": (("truth", "真值"), "black", "^", "-"),
}
_SEEN = {
    "poverty": (
        ("Simulated: poverty by the register, by a survey, and in truth",
         "模拟：登记系统、调查与真值中的贫困"),
        ("percent of households; register: still on the list; others: income below the line",
         "占全部户的百分比；登记系统：仍在册；其余：收入低于贫困线"),
    ),
    "relapse": (
        ("Simulated: relapse by the register, by a survey, and in truth",
         "模拟：登记系统、调查与真值中的返贫"),
        ("percent of households that left the list; register: marked as fallen back; others: below the line",
         "占已退出户的百分比；登记系统：当年标记返贫；其余：收入低于贫困线"),
    ),
}  # fmt: skip


def _rows(table, column, value):
    rows = table[table[column] == value]
    if rows.empty:
        raise DataError(
            f"The table has no rows with {column} {value!r}.",
            found=", ".join(map(str, table[column].unique())) or "no rows",
            remedy=f"{column}={table[column].iloc[0]!r}",
        )
    return rows


@drawn_in("double", "measure", "year", "series", "estimate", "ci_low", "ci_high")
def seen_and_true(table, *, measure="poverty", source=None, ax=None, lang="en"):
    """Poverty or relapse by year: by the register, by the survey, and in truth.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.lessons.seen_and_true` makes it.
    measure : {"poverty", "relapse"}
        What is drawn.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> sim = ps.simulate(households=5_000, years=4)
    >>> ax = ps.figures.seen_and_true(ps.lessons.seen_and_true(sim))
    >>> ax.get_title(loc="left")
    'Simulated: poverty by the register, by a survey, and in truth'
    """
    t = words(lang)
    rows = _rows(table, "measure", measure)
    title, unit = _SEEN[measure]
    said = []
    for name, (text, colour, marker, dash) in _SERIES.items():
        part, ink = rows[rows["series"] == name].sort_values("year"), style.COLOURS[colour]
        if part.empty:
            continue
        ax.vlines(part["year"], 100 * part["ci_low"], 100 * part["ci_high"], color=ink, lw=1.2)
        ax.plot(part["year"], 100 * part["estimate"], color=ink, marker=marker, ls=dash,
                label=t(*text))  # fmt: skip
        first, last = part.iloc[0], part.iloc[-1]
        said.append(t(
            f"{text[0].split(',')[0]} {100 * first['estimate']:.1f} in {first['year']} and "
            f"{100 * last['estimate']:.1f} in {last['year']}",
            f"{text[1].split('（')[0]}{first['year']}年为{100 * first['estimate']:.1f}，"
            f"{last['year']}年为{100 * last['estimate']:.1f}"))  # fmt: skip
    # Room for the legend above everything.
    ax.set_ylim(0, 118 * rows[["estimate", "ci_high"]].max().max())
    years = rows["year"]
    ax.set_xticks(range(years.min(), years.max() + 1, 1 if np.ptp(years) < 14 else 2))
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.legend(loc="upper right", ncols=3)
    return style.finish(
        ax,
        title=t(*title),
        unit=t(*unit),
        source=source,
        alt=t(f"Simulated data. Lines by year, {unit[0]}: ", f"模拟数据。各年折线，{unit[1]}：")
        + t("; ", "；").join(said) + t(".", "。"),
        data=rows,
        lang=lang,
    )  # fmt: skip


_ARMS = (  # colour, marker, line
    ("administrative", "blue", "o", "--"),
    ("both", "green", "^", "-."),
    ("social_work", "vermilion", "s", "-"),
)


_EFFECTS = {  # scale, digits, title, unit
    "income": (
        1, "{:+.2f}",
        ("Simulated, assumed and not found: income while helped, by the effect put in",
         "模拟，属假定而非发现：帮扶期间收入随所设影响而变"),
        ("change of log own income while helped, against no help",
         "帮扶期间自有收入对数的变化，与无帮扶相比"),
    ),
    "poverty_free": (
        1, "{:+.2f}",
        ("Simulated, assumed and not found: years above the line, by the effect put in",
         "模拟，属假定而非发现：贫困线以上的年数随所设影响而变"),
        ("years truly above the line, poor of the first year, against no help; each with its own list",
         "首年贫困户收入在贫困线以上的年数，与无帮扶之差；各用各自的名单"),
    ),
    "stayed_out": (
        100, "{:+.1f}",
        ("Simulated, assumed and not found: staying out for {after} years, by the effect put in",
         "模拟，属假定而非发现：退出后{after}年未返贫随所设影响而变"),
        ("percentage points, poor of the first year who left and stayed above the line, against no help; "
         "each with its own list",
         "首年贫困户中退出且一直高于贫困线的比例，与无帮扶相差的百分点；各用各自的名单"),
    ),
}  # fmt: skip


@drawn_in("double", "assumed", "arm", "measure", "after", "value")
def prior_effects(table, *, measure="income", source=None, ax=None, lang="en"):
    """True effects of each approach, by what is assumed of social work.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.lessons.prior_effects` makes it.
    measure : {"income", "poverty_free", "stayed_out"}
        What is drawn.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> sims = [ps.simulate(ps.Scenario(social_work_effect=x), households=5_000) for x in (0, 0.1)]
    >>> ax = ps.figures.prior_effects(ps.lessons.prior_effects(sims))
    >>> ax.get_title(loc="left")
    'Simulated, assumed and not found: income while helped, by the effect put in'
    """
    t = words(lang)
    rows = _rows(table, "measure", measure)
    after = int(rows["after"].iloc[0])
    scale, digits, title, unit = _EFFECTS[measure]
    ax.axhline(0, color=style.INK, lw=0.8)
    said = []
    for arm, colour, marker, dash in _ARMS:
        part = rows[rows["arm"] == arm].sort_values("assumed")
        ax.plot(part["assumed"], scale * part["value"], color=style.COLOURS[colour],
                marker=marker, ls=dash, label=told(arm, lang, APPROACHES))  # fmt: skip
        said.append(told(arm, lang, APPROACHES) + t(": ", "：") + t(", ", "，").join(
            t(f"{digits.format(scale * y)} at {x:+.2f}", f"{x:+.2f}时为{digits.format(scale * y)}")
            for x, y in zip(part["assumed"], part["value"], strict=True)))  # fmt: skip
    ticks = sorted(rows["assumed"].unique())
    ax.set_xticks(ticks, [f"{x:+.2f}".replace("-", "\u2212") if x else "0" for x in ticks])
    ax.set_xlabel(t(
        "assumed extra effect of social work at equal spending, log points of own income",
        "假定的社会工作额外影响（同等支出），自有收入对数点"))  # fmt: skip
    ax.legend(loc="upper left")
    title, unit = (t(*texts).format(after=after) for texts in (title, unit))
    return style.finish(
        ax,
        title=title,
        unit=unit,
        source=source,
        alt=t(f"Simulated data. Lines by approach, {unit}, by the assumed effect: ",
              f"模拟数据。各方式折线，{unit}，按假定的影响：")
        + t("; ", "；").join(said) + t(".", "。"),
        data=rows,
        lang=lang,
    )  # fmt: skip


_COMPARISONS = {  # words, colour, marker
    "all": (("all households, helped less not helped", "全部户，受助减未受助"), "vermilion", "s"),
    "listed": (("listed households only", "仅限在册户"), "orange", "D"),
    "change": (("listed households, change since the first year", "在册户，自首年以来的变化"),
               "blue", "o"),
    "truth": (("truth", "真值"), "black", "^"),
}  # fmt: skip


@drawn_in("double", "arm", "comparison", "year", "estimate", "ci_low", "ci_high")
def naive_and_true(table, *, source=None, ax=None, lang="en"):
    """Naive comparisons of helped and not helped households beside the true effect.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.lessons.naive_and_true` makes it.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> sim = ps.simulate(households=20_000, years=6)
    >>> ax = ps.figures.naive_and_true(ps.lessons.naive_and_true(sim, 2016))
    >>> ax.get_title(loc="left")
    'Simulated: helped less not helped households, beside the true effect, 2016'
    """
    t = words(lang)
    arms = [arm for arm in ("administrative", "social_work", "both") if arm in set(table["arm"])]
    year = int(table["year"].iloc[0])
    said = []
    for place, (name, (text, colour, marker)) in enumerate(_COMPARISONS.items()):
        part = table[table["comparison"] == name].set_index("arm").loc[arms].reset_index()
        y = [arms.index(arm) + (place - 1.5) * 0.18 for arm in part["arm"]]
        ink = style.COLOURS[colour]
        ax.hlines(y, part["ci_low"], part["ci_high"], color=ink, lw=1.6)
        ax.plot(part["estimate"], y, marker=marker, ls="", color=ink, label=t(*text))
        said.append(t(*text) + t(": ", "：") + t(", ", "，").join(
            f"{told(one.arm, lang, APPROACHES)}{t(' ', '')}{one.estimate:+.2f}"
            for one in part.itertuples()))  # fmt: skip
    ax.axvline(0, color=style.INK, lw=0.8)
    ax.set_yticks(range(len(arms)), [told(arm, lang, APPROACHES) for arm in arms])
    ax.set_ylim(len(arms) - 0.5, -1.1)  # room for the legend above the first
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="upper left", ncols=2)
    return style.finish(
        ax,
        title=t(f"Simulated: helped less not helped households, beside the true effect, {year}",
                f"模拟：受助户与未受助户之差，与真实影响对照，{year}年"),
        unit=t("difference of log income; lines: 95 % confidence intervals of the survey",
               "收入对数之差；横线：调查的95%置信区间"),
        source=source,
        alt=t(f"Simulated data. Dots of differences of log income, {year}. ", f"模拟数据。{year}年收入对数之差点图。")
        + t("; ", "；").join(said) + t(".", "。"),
        data=table,
        lang=lang,
    )  # fmt: skip


_NOISE = {
    "survey": (
        ("Simulated: exit and relapse as a survey with errors of income shows them",
         "模拟：收入有误差的调查所显示的脱贫与返贫"),
        ("percent a year; bars: bounds where only the number of wrong records is known",
         "每年百分比；宽条：仅知错误记录数时的界限"),
        ("error of income, log points", "收入误差，对数点"),
    ),
    "register": (
        ("Simulated: relapse as a register shows it, and what that leaves open",
         "模拟：登记系统显示的返贫及其未定范围"),
        ("percent a year of those off the list; bars: detection known within a factor of 3",
         "占已退出户的百分比，每年；宽条：发现率偏差不超过三倍时的界限"),
        ("percent of true falls that the register sees", "登记系统发现的返贫份额（%）"),
    ),
}  # fmt: skip
_RATES = {  # words, colour, marker, shift
    "exit": (("exit, of the poor", "贫困户中的脱贫"), "blue", "o", -1),
    "relapse": (("relapse in the first year after an exit", "脱贫后第一年返贫"), "vermilion", "s", 1),
    "register": (("relapse, marked by the register", "登记系统标记的返贫"), "vermilion", "s", 0),
}  # fmt: skip


@drawn_in("double", "measure", "series", "sees", "estimate", "bound_low", "bound_high", "truth")
def noise_and_truth(table, *, series="survey", source=None, ax=None, lang="en"):
    """Rates of change as a survey or a register shows them, with bounds and the truth.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.lessons.noise_and_truth` makes it.
    series : {"survey", "register"}
        What is drawn.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.lessons.noise_and_truth((0.0, 0.2), (0.03,), households=10_000, years=5)
    >>> ax = ps.figures.noise_and_truth(table)
    >>> ax.get_xlabel()
    'error of income, log points'
    """
    t = words(lang)
    rows = _rows(table, "series", series)
    title, unit, below = _NOISE[series]
    steps = sorted(rows["sees"].unique())
    said = []
    for name, part in rows.groupby("measure", sort=False):
        texts, colour, marker, shift = _RATES[name]
        ink, x = style.COLOURS[colour], [steps.index(one) + 0.12 * shift for one in part["sees"]]
        ax.vlines(x, 100 * part["bound_low"], 100 * part["bound_high"], color=ink, lw=9, alpha=0.25)
        ax.vlines(x, 100 * part["ci_low"], 100 * part["ci_high"], color=ink, lw=1.6)
        ax.plot(x, 100 * part["estimate"], color=ink, marker=marker, ls="", label=t(*texts))
        ax.plot(x, 100 * part["truth"], color=style.INK, marker="_", ms=16, mew=1.6, ls="",
                label="_" if said else t("truth", "真值"))  # fmt: skip
        said.append(t(*texts) + t(": ", "：") + t(", ", "，").join(
            t(f"{100 * one.estimate:.1f} at {one.sees:g} (truth {100 * one.truth:.1f})",
              f"{one.sees:g}时为{100 * one.estimate:.1f}（真值{100 * one.truth:.1f}）")
            for one in part.itertuples()))  # fmt: skip
    scale = 100 if series == "register" else 1
    ax.set_xticks(range(len(steps)), [f"{scale * one:g}" for one in steps])
    ax.set_xlim(-0.6, len(steps) - 0.4)
    ax.set_ylim(0, 125 * rows["bound_high"].max())  # room for the legend above everything
    ax.set_xlabel(t(*below))
    ax.legend(loc="upper left", ncols=3)
    return style.finish(
        ax,
        title=t(*title),
        unit=t(*unit),
        source=source,
        alt=t(f"Simulated data. Rates, {unit[0]}. ", f"模拟数据。{unit[1]}。")
        + t("; ", "；").join(said) + t(".", "。"),
        data=rows,
        lang=lang,
    )  # fmt: skip


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
