"""Simulated data: what is seen beside what is true, and what follows from assumptions."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from ..base.checks import nearest
from ..base.errors import DataError
from ..base.language import texts, told, words
from . import draw, style
from .draw import Drawn, drawn_in

_SERIES = {  # words, colour, marker, line
    "register": (("register", "登记系统"), "vermilion", "s", "--"),
    "survey": (("survey, with 95 % intervals", "调查（附95%置信区间）"), "blue", "o", ":"),
    "truth": (("truth", "真值"), "black", "^", "-"),
}
_SEEN = {  # heads of the panels
    "poverty": ("poor, of all households", "贫困户占全部户"),
    "relapse": ("poor again, of those who left the list", "返贫户占已退出户"),
}


def _rows(table, column, value):
    rows = table[table[column] == value]
    if rows.empty:
        there = [*map(str, table[column].unique())]
        raise DataError(f"The table has no rows with {column} {value!r}.", found=", ".join(there),
                        remedy=f"{column}={nearest(value, there) or there[0]!r}")  # fmt: skip
    return rows


def _panels(ax, heads, below):
    """Axes within the axes, beside each other, or below each other where these are narrow."""
    whole, n = ax.figure.figure, len(heads)
    wide = ax.bbox.width * 72 / whole.dpi
    beside = wide > 300
    if not beside and whole.axes == [ax]:
        whole.set_size_inches(whole.get_figwidth(), whole.get_figheight() + 1.4 * (n - 1))
    ax.set(xticks=[], yticks=[])
    # below the ticks of the panels
    ax.set_xlabel(style.wrapped(below, 0.9 * wide, 8.5), labelpad=19)
    ax.spines[:].set_visible(False)
    for k, head in enumerate(heads):
        place = [(k + 0.16) / n, 0, 0.84 / n, 0.72] if beside else [
            0.12, 0.86 * (1 - (k + 1) / n), 0.88, 0.46 / n]  # fmt: skip
        panel = ax.inset_axes(place)
        room = 0.84 * wide / n if beside else 0.84 * wide
        head = "\n".join(style.wrapped(line, room, 8.5) for line in head.split("\n"))
        panel.set_title(head, fontsize=8.5, pad=4)
        yield panel
    for line in panel.lines:  # what the groups are called stands once, above all panels
        if not line.get_label().startswith("_"):
            ax.plot([], [])[0].update_from(line)
            ax.lines[-1].set_label(line.get_label())
    ax.legend(loc="upper left", ncols=3 if beside else 2, borderaxespad=0.1)


@drawn_in("double", "measure", "year", "series", "estimate", "ci_low", "ci_high")
def seen_and_true(table, *, measure=None, source=None, ax=None, lang="en"):
    """Poverty and relapse by year: by the register, by the survey, and in truth, a panel each.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.lessons.seen_and_true` makes it.
    measure : {"poverty", "relapse"}, optional
        One of them alone.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes
        Panels lie within it, as ``child_axes``. Grey lies between register and truth.

    Examples
    --------
    >>> import povstudy as ps
    >>> sim = ps.simulate(households=5_000, years=4)
    >>> ax = ps.figures.seen_and_true(ps.lessons.seen_and_true(sim), measure="poverty")
    >>> ax.title_text
    'Simulated: In 2015 the register shows 14 of 100 households poor; 16 are'
    """
    t = words(lang)
    table = table if measure is None else _rows(table, "measure", measure)
    shown = [one for one in _SEEN if one in set(table["measure"])]
    said, last = [], {}
    heads = [t(*_SEEN[one]) for one in shown]
    for one, head, panel in zip(shown, heads, _panels(ax, heads, t("year", "年份")), strict=True):
        rows = table[table["measure"] == one]
        wide = rows.pivot(index="year", columns="series", values="estimate")
        panel.fill_between(
            wide.index, 100 * wide["register"], 100 * wide["truth"], color="0.88", lw=0
        )
        draw.dots(panel, rows, "year", "series", {name: look[1:3] for name, look in _SERIES.items()},
                  [t(*look[0]) for look in _SERIES.values()], scale=100, upright=True, lw=1.6,
                  linestyles=[look[3] for look in _SERIES.values()])  # fmt: skip
        panel.set_ylim(0, 106 * rows[["estimate", "ci_high"]].max().max())
        years = rows["year"]
        panel.set_xticks(range(years.min(), years.max() + 1, 1 if np.ptp(years) < 6 else 3))
        panel.xaxis.set_major_formatter("{x:.0f}")
        last[one] = (years.max(), *(100 * wide[["register", "truth"]].iloc[-1]))
        for name, (text, *_) in _SERIES.items():
            values = (100 * wide[name]).dropna()
            said.append(draw.listing(t, f"{head}{t(', ', '，')}{t(*text)}".replace("\n", t(" ", "")), [
                t(f"{values[year]:.1f} in {year}", f"{year}年为{values[year]:.1f}")
                for year in (values.index[0], values.index[-1])]))  # fmt: skip
    return Drawn(
        title=_seen_title(last, t),
        unit=t("percent; register: still listed, or marked; others: below the line; grey: the gap",
               "百分比；登记系统：仍在册或被标记；其余：收入低于贫困线；灰色：二者之差"),
        alt=t("Lines by year, a panel for each measure: ", "各年折线，每项指标一格："),
        data=table,
        said=said,
    )  # fmt: skip


def _seen_title(last, t):
    """What register and truth say in the last year, of each measure."""
    said = []
    for one, (year, register, truth) in last.items():
        low, high = f"{register:.{0 if register >= 3 else 1}f}", f"{truth:.0f}"
        said.append({
            "poverty": t(f"the register shows {low} of 100 households poor; {high} are",
                         f"登记系统显示每100户有{low}户贫困，实为{high}户"),
            "relapse": t(f"of 100 who left it marks {low} as fallen back; {high} are poor",
                         f"每100个退出户标记返贫{low}户，实有{high}户贫困"),
        }[one])  # fmt: skip
        when = year
    return t(f"In {when} ", f"{when}年，") + t("; ", "；").join(said)


_ARMS = {  # colour, marker
    "administrative": ("blue", "o"),
    "both": ("green", "^"),
    "social_work": ("vermilion", "s"),
}

_EFFECTS = {  # scale, digits, words
    "income": (1, "{:+.2f}", ("log of own income\nwhile helped", "受助期间\n自有收入对数")),
    "poverty_free": (1, "{:+.2f}", ("years above the line,\nof poor households", "贫困户高于\n贫困线的年数")),
    "stayed_out": (
        100, "{:+.1f}",
        ("left, stayed out {after} years:\npercentage points", "退出且{after}年\n未返贫（百分点）"),
    ),
}  # fmt: skip


@drawn_in("double", "assumed", "arm", "measure", "after", "value")
def prior_effects(table, *, measure=None, source=None, ax=None, lang="en"):
    """True effects of each approach, by what is assumed of social work, a panel for each measure.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.lessons.prior_effects` makes it.
    measure : {"income", "poverty_free", "stayed_out"}, optional
        One of them alone.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes
        Panels lie within it, as ``child_axes``.

    Examples
    --------
    >>> import povstudy as ps
    >>> sims = [ps.simulate(ps.Scenario(social_work_effect=x), households=5_000) for x in (0, 0.1)]
    >>> ax = ps.figures.prior_effects(ps.lessons.prior_effects(sims))
    >>> ax.title_text
    'Simulated: What is put in comes out: social work +0.15 to +0.21 years above the line, administrative help +0.12'
    """
    t = words(lang)
    table = table if measure is None else _rows(table, "measure", measure)
    shown = [one for one in _EFFECTS if one in set(table["measure"])]
    arms = {arm: told(arm, lang, texts("approach")) for arm in _ARMS}
    said, heads = [], []
    for one in shown:
        after = int(table.loc[table["measure"] == one, "after"].iloc[0])
        heads.append(t(*_EFFECTS[one][2]).format(after=after))
    below = t("assumed extra effect of social work at equal spending, log points",
              "假定的社会工作额外影响（同等支出），对数点")  # fmt: skip
    for one, head, panel in zip(shown, heads, _panels(ax, heads, below), strict=True):
        scale, digits, _ = _EFFECTS[one]
        rows = table[table["measure"] == one]
        panel.axhline(0, color=style.INK, lw=0.8, label="_")
        draw.curves(
            panel, rows, "assumed", "arm", _ARMS, arms.values(), ends=["value"], scale=scale, ms=5
        )
        low, high = panel.get_ylim()
        ticks = [y for y in MaxNLocator(4).tick_values(low, high) if low <= y <= high]
        panel.set_yticks(ticks, [f"{y:.3g}".replace("-", "\u2212") for y in ticks])
        ticks = np.unique([rows["assumed"].min(), 0, rows["assumed"].max()])
        panel.set_xticks(ticks, [f"{x:+.2f}".replace("-", "\u2212") if x else "0" for x in ticks])
        said += [
            draw.listing(t, f"{head}{t(', ', '，')}{name}".replace("\n", t(" ", "")), [
                t(f"{digits.format(scale * y)} at {x:+.2f}", f"{x:+.2f}时为{digits.format(scale * y)}")
                for x, y in rows.loc[rows["arm"] == arm, ["assumed", "value"]].sort_values("assumed").to_numpy()])
            for arm, name in arms.items()
        ]  # fmt: skip
    return Drawn(
        title=_prior_title(table, shown, t),
        unit=t("assumed, not found: change against no help; each approach with its own list",
               "属假定而非发现：与无帮扶相比的变化；各用各自的名单"),
        alt=t("Lines by approach, by the assumed effect, a panel for each measure: ",
              "各方式随假定影响变化的折线，每项指标一格："),
        data=table,
        said=said,
    )  # fmt: skip


def _prior_title(table, shown, t):
    """What social work does at both ends of what is assumed, and administrative help."""
    one = "poverty_free" if "poverty_free" in shown else shown[0]
    scale, digits, _ = _EFFECTS[one]
    rows = table[table["measure"] == one].set_index(["arm", "assumed"])["value"]
    ends = rows.index.get_level_values("assumed")
    low, high, usual = (
        digits.format(scale * rows[at]).replace("-", "\u2212")
        for at in (("social_work", ends.min()), ("social_work", ends.max()), ("administrative", ends.max()))
    )  # fmt: skip
    what = {
        "income": t("log points of income", "收入对数点"),
        "poverty_free": t("years above the line", "年高于贫困线"),
        "stayed_out": t("points who leave and stay out", "个百分点的退出且未返贫"),
    }[one]
    return t(f"What is put in comes out: social work {low} to {high} {what}, administrative help {usual}",
             f"结果随假定而定：社会工作{low}至{high}{what}，行政帮扶{usual}")  # fmt: skip


_HELP = ("administrative", "social_work", "both")


def _side_by_side(ax, rows, at, by, looks, names, step, form, t):
    """Estimates of several kinds on the rows of ``names``; returns what they say."""
    shown = {one: look for one, look in looks.items() if one in set(rows[by])}
    texts = [t(*look[0]) for look in shown.values()]
    inks = {one: look[1:] for one, look in shown.items()}
    draw.dots(ax, rows, at, by, inks, texts, order=names, step=step)
    return [
        draw.listing(t, text, [
            f"{names[getattr(row, at)]}{t(' ', '')}{form(row.estimate)}"
            for row in rows[rows[by] == kind].itertuples()])
        for kind, text in zip(shown, texts, strict=True)
    ]  # fmt: skip


SHORTCUTS = {  # what was done to spells with a known hazard
    "all of it right": ("all of it right", "全部正确"),
    "errors by household": ("villages taken for independent households", "把同村各户当作彼此独立"),
    "late entry ignored": ("late entry ignored", "忽略较晚才进入观察"),
    "unknown start as start": ("first seen taken for the start", "把首次见到当作脱贫之时"),
    "constant hazard": ("years out left out", "不考虑已脱贫的年数"),
    "false falls": ("3 % false falls a year", "每年3%误记返贫"),
    "differences unseen": ("unseen differences, none in the model", "有看不见的差异，模型未考虑"),
    "gamma frailty": ("unseen differences, gamma in the model", "有看不见的差异，模型含伽马脆弱项"),
}
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
    >>> ax.title_text
    'Simulated: The worst shortcut: late entry ignored, social work is −49 % of the truth'
    """
    t = words(lang)
    rows = table[table["term"].isin(_TERMS)]
    ways = {way: t(*SHORTCUTS[way]) for way in rows["way"]}
    ax.axvline(100, color=style.INK, lw=0.8)
    percent = rows.assign(**{one: 100 * rows[one] / rows["truth"] for one in draw.ENDS})
    said = _side_by_side(ax, percent, "way", "term", _TERMS, ways, 0.22, "{:.0f}".format, t)
    draw.labelled_rows(ax, ways.values(), top=1.4)  # room for the legend above the first
    ax.legend(loc="upper left", ncols=3)
    worst = percent.loc[(percent["estimate"] - 100).abs().idxmax()]
    share = f"{worst['estimate']:.0f}".replace("-", "\u2212")
    term = t(*_TERMS[worst["term"]][0]).split(t(",", "，"))[0]
    return Drawn(
        title=t(f"The worst shortcut: {ways[worst['way']]}, {term} is {share} % of the truth",
                f"最糟的简化：{ways[worst['way']]}，{term}只估出真值的{share}%"),
        unit=t("coefficients in percent of the truth, with 95 % intervals",
               "系数占真值的百分比，附95%置信区间"),
        alt=t("Dots of coefficients in percent of the truth. ",
              "系数占真值百分比的点图。"),
        data=rows,
        said=said,
    )  # fmt: skip


_WAYS = {  # words, colour, marker
    "helped less not": (("helped minus not helped, last year", "末年受助户与未受助户之差"), "orange", "D"),
    "change": (("change, helped minus not helped", "受助户与未受助户的变化之差"), "sky", "v"),
    "two-way fixed effects": (("two-way fixed effects", "双向固定效应"), "vermilion", "s"),
    "own list": (("group-time, each village's own list", "分组分时，各村自己的名单"), "purple", "P"),
    "group-time effects": (("group-time, listed by both", "分组分时，双方均会纳入者"), "blue", "o"),
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
    >>> ax.title_text
    'Simulated: Of 1 ways nearest to the true effects: change, helped minus not helped; farthest: change, helped minus not helped'
    """
    t = words(lang)
    arms = {arm: told(arm, lang) for arm in _HELP if arm in set(table["arm"])}
    said = _side_by_side(ax, table, "arm", "way", _WAYS, arms, 0.15, "{:+.2f}".format, t)
    truth = table.groupby("arm")["truth"].first()[list(arms)]
    ax.vlines(truth, np.arange(len(arms)) - 0.42, np.arange(len(arms)) + 0.42, color=style.INK, lw=1.6,
              label=t("truth", "真值"))  # fmt: skip
    said.append(draw.listing(t, t("truth", "真值"), [
        f"{arms[arm]}{t(' ', '')}{one:+.2f}" for arm, one in truth.items()]))  # fmt: skip
    draw.labelled_rows(ax, arms.values(), top=1.25)  # room for the legend above the first
    ax.legend(loc="upper left", ncols=2)
    off = (table["estimate"] - table["truth"]).abs().groupby(table["way"]).mean()
    near, far = (t(*_WAYS[one][0]) for one in (off.idxmin(), off.idxmax()))
    return Drawn(
        title=t(f"Of {off.size} ways nearest to the true effects: {near}; farthest: {far}",
                f"{off.size}种做法中最接近真实效果：{near}；偏离最远：{far}"),
        unit=t("log points of income; lines: 95 % confidence intervals",
               "收入对数点；横线：95%置信区间"),
        alt=t("Dots of estimated effects. ", "效果估计点图。"),
        data=table,
        said=said,
    )  # fmt: skip
