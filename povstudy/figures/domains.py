"""Survey estimates: domains with their intervals, curves with their bands, contributions."""

import numpy as np

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import in_percent, told, words
from . import draw, style
from .draw import Drawn, drawn_in


@drawn_in("double", *draw.TIDY)
def estimates_by_domain(
    table, *, by, colour=None, labels=None, whole=None, note=("", ""), source=None, ax=None,
    lang="en",
):  # fmt: skip
    """Estimates of one measure by domain, with their confidence intervals.

    Parameters
    ----------
    table : DataFrame
        As `Estimates.tidy` gives it, rows of one term.
    by : str
        Column of the domains, one to a row of the figure, in the order of the table; or ``term``,
        where measures are set below each other.
    colour : str, list or dict, optional
        A second column of domains, told apart by colour and marker; or colours, or both (`incidence_by_standard`).
    labels : dict, optional
        For one of these columns or its values, or the measure, its text or its texts in
        English and Chinese.
    whole : float, optional
        The estimate of the whole, drawn as a line.
    note : str or tuple of str
        What belongs under the title besides, in English and Chinese, such as the line.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [1, 3, 2, 5, 1, 4], "place": list("aaabbb")}))
    >>> found = ps.poverty(svy, "income", 3, by="place", measures=["headcount"]).tidy()
    >>> ax = ps.figures.estimates_by_domain(
    ...     found, by="place", source=ps.Source("survey", "Made up."))
    >>> ax.get_title(loc="left")
    'Headcount ratio by place: from 33.3 % (b) to 66.7 % (a)'
    """
    t, within = words(lang), [by, *([colour] if colour else [])]
    need_columns(table, within)
    rows = table.dropna(subset=[by])
    measure, percent, scale = _one_term(rows, labels, lang, by == "term")
    draw.refuse_twice(rows, within)
    digits = f"{{:.{1 if scale == 100 else 2}f}}".format
    lists = ["percent", "term", "value"] if by == "term" else ["value"]
    domains, looks = list(dict.fromkeys(rows[by])), draw.groups_of(rows, colour)
    of_values = {one: text for one, text in (labels or {}).items() if one not in within}
    draw.dots(ax, rows, by, colour, looks, draw.named(looks, lang, of_values, lists=["value"]), order=domains,
              step=0.7 / len(looks), scale=scale)  # fmt: skip
    if whole is not None:
        ax.axvline(scale * whole, color=style.GREY, lw=1, ls="--")
        draw.beside(ax, t("all: ", "全体：") + digits(scale * whole), (scale * whole, 1), (3, -3),
                    xycoords=("data", "axes fraction"), va="top", color=style.GREY)  # fmt: skip
    if colour is not None:
        ax.legend(loc="best")
    draw.labelled_rows(
        ax,
        draw.named(domains, lang, of_values, lists=lists),
        top=0.5 + 0.35 * (whole is not None),
    )
    if rows["ci_low"].min() >= 0:
        ax.set_xlim(0, None)
    else:
        ax.axvline(0, color=style.INK, lw=0.8)
    span, level, over = draw.span_of(rows), draw.level_of(table), told(by, lang, labels)
    measure += t(f", {draw.minus(span, t)}", f"（{draw.minus(span, t)}）") if span else ""
    names = [
        " ".join(told(row[c], lang, of_values) for c in within) for row in rows.to_dict("records")
    ]
    values = (scale * rows["estimate"]).tolist()
    said = t("; ", "；").join(
        f"{name}{t(' ', '：')}{digits(x)}" for name, x in zip(names, values, strict=True)
    )
    places = [
        t(", ", "，").join(told(row[c], lang, of_values) for c in within)
        for row in rows.to_dict("records")
    ]
    ends = draw.least_and_most(
        places,
        values,
        t,
        lambda x: (digits(x) if abs(x) < 1000 else f"{x:,.0f}") + (" %" if scale == 100 else ""),
    )
    return Drawn(
        title=measure[0].upper() + measure[1:] + (t(f" by {over}", f"，按{over}") + ends if by != "term" else ""),
        unit=t(f"{percent}dots: estimates; lines: {level} % confidence intervals by the survey's design",
               f"{percent}圆点：估计值；横线：按抽样设计的{level}%置信区间") + note[lang == "zh"],
        alt=t(f"{measure} by {over} with confidence intervals: {said}.",
              f"{measure}，按{over}，附置信区间：{said}。"),
        data=rows,
    )  # fmt: skip


def _one_term(rows, labels, lang, below):
    t, terms = words(lang), list(dict.fromkeys(rows["term"]))
    if below and terms:
        percent = all(map(in_percent, terms))
        return (
            t("estimates", "估计值") if terms[1:] else told(terms[0], lang, labels),
            t("percent; ", "%；") if percent else "",
            100 if percent else 1,
        )
    if len(terms) != 1:
        raise DataError("A figure of domains shows one measure.",
                        found=", ".join(map(str, terms)) or "no rows",
                        remedy=f'table = table[table["term"] == {terms[0]!r}]' if terms else None)  # fmt: skip
    percent = in_percent(terms[0])
    text = told(terms[0], lang, labels)
    return text, t("percent; ", "%；") if percent else "", 100 if percent else 1


@drawn_in("double", *draw.TIDY)
def lorenz_curve(table, *, colour=None, labels=None, source=None, ax=None, lang="en"):
    """Lorenz curves with their bands, or by how much two of them differ.

    Parameters
    ----------
    table : DataFrame
        ``ps.lorenz(...).band()``; for curves that lie close together their difference,
        ``ps.lorenz(...).contrast("year", 2019, 2011).band()``.
    colour : str, list or dict, optional
        Column of groups, a curve for each; or colours, or both (`incidence_by_standard`).
    labels : dict, optional
        For a group, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [1.0, 3, 2, 5, 1, 4]}))
    >>> ax = ps.figures.lorenz_curve(
    ...     ps.lorenz(svy, "income").band(), source=ps.Source("survey", "Made up."))
    >>> ax.get_xlabel()
    'poorest persons, percent of all'
    """
    t = words(lang)
    rows = draw.shares_of(table, "lorenz")
    if span := draw.span_of(rows):
        return _lorenz_difference(ax, rows, draw.minus(span, t), lang)
    ax.plot([0, 100], [0, 100], color=style.GREY, lw=0.8, ls="-", marker="")
    draw.beside(ax, t("equality", "完全平等"), (60, 60), (-6, 2), color=style.GREY, ha="right")
    said = draw.curves_by_share(ax, rows, colour, labels, lang, [(0, 0), (1, 1)])
    ax.set(xlim=(0, 100), ylim=(0, 100))
    ax.set_xlabel(t("poorest persons, percent of all", "由穷到富的人口累计百分比"))
    return Drawn(
        title=t("Lorenz curve", "洛伦兹曲线"),
        unit=t("percent of all income; ", "占全部收入的百分比；") + draw.band_of(rows, t),
        alt=t(f"Lorenz curves, percent of income of the poorest: {draw.said_at(said, t)}.",
              f"洛伦兹曲线，较穷人口的收入占比（%）：{draw.said_at(said, t)}。"),
        data=rows,
    )  # fmt: skip


def _lorenz_difference(ax, rows, span, lang):
    t = words(lang)
    said = draw.curves_by_share(ax, rows, None, None, lang, [(0, 0), (1, 0)])
    ax.axhline(0, color=style.INK, lw=0.8)
    ax.set(xlim=(0, 100), xlabel=t("poorest persons, percent of all", "由穷到富的人口累计百分比"))
    found = draw.finding(rows, t, "places", "个位置")
    return Drawn(
        title=t(f"Income share of the poorest, {span}: {found}", f"较穷人口的收入份额，{span}：{found}"),
        unit=t("points of all income, a difference of Lorenz curves; ", "占全部收入的百分点，洛伦兹曲线之差；")
        + draw.band_of(rows, t),
        alt=t(f"Difference of two Lorenz curves, {span}, in points: {draw.said_at(said, t)}; {found}.",
              f"两条洛伦兹曲线之差（{span}，百分点）：{draw.said_at(said, t)}；{found}。"),
        data=rows,
    )  # fmt: skip


@drawn_in("double", *draw.TIDY)
def tip_curve(table, *, colour=None, labels=None, note=("", ""), source=None, ax=None, lang="en"):
    """TIP curves: how many are poor, how deep, and how unequal, in one line.

    Parameters
    ----------
    table : DataFrame
        ``ps.tip(...).band()``.
    colour, labels
        As in `lorenz_curve`.
    note : str or tuple of str
        What belongs under the title besides, in English and Chinese, such as the line.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [1.0, 3, 2, 5, 1, 4]}))
    >>> ax = ps.figures.tip_curve(
    ...     ps.tip(svy, "income", 3).band(), source=ps.Source("survey", "Made up."))
    >>> ax.get_title(loc="left")
    'TIP curve: poverty gaps of the poorest, added up'
    """
    t = words(lang)
    rows = draw.shares_of(table, "tip")
    said = draw.curves_by_share(ax, rows, colour, labels, lang, [(0, 0)])
    ax.set(xlim=(0, None), ylim=(0, None))
    ax.set_xlabel(t("poorest persons, percent of all", "由穷到富的人口累计百分比"))
    return Drawn(
        title=t("TIP curve: poverty gaps of the poorest, added up", "TIP曲线：由穷到富累计的贫困缺口"),
        unit=t("percent of the line, per head; ", "占贫困线的百分比，按全体人口平均；")
        + draw.band_of(rows, t) + note[lang == "zh"],
        alt=t("TIP curves: the height where a curve gets flat is the poverty gap index, the "
              f"place is the headcount ratio. {draw.said_at(said, t)}.",
              f"TIP曲线：曲线变平处的高度为贫困深度指数，位置为贫困发生率。{draw.said_at(said, t)}。"),
        data=rows,
    )  # fmt: skip


@drawn_in("double", *draw.TIDY)
def growth_curve(table, *, note=("", ""), source=None, ax=None, lang="en"):
    """Growth incidence curve: by how much each quantile grew between two periods.

    Parameters
    ----------
    table : DataFrame
        ``ps.growth_incidence(...).band()``.
    note : str or tuple of str
        What belongs under the title besides, such as the prices, in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 3, 2, 5, 1, 4], "year": [1, 1, 1, 2, 2, 2]})
    >>> growth = ps.growth_incidence(ps.Survey(table), "income", "year", base=1, value=2, shares=[0.5])
    >>> ax = ps.figures.growth_curve(growth.band(), source=ps.Source("survey", "Made up."))
    >>> ax.get_title(loc="left")
    'Growth of incomes by place, 2 minus 1: no clear difference at any of 1 places'
    """
    t = words(lang)
    rows = draw.shares_of(table, "growth")
    span, found = draw.minus(draw.span_of(rows), t), draw.finding(rows, t, "places", "个位置")
    said = draw.curves_by_share(ax, rows, None, None, lang, [])
    ax.axhline(0, color=style.INK, lw=0.8)
    mean = table.loc[table["term"] == "growth of the mean", "estimate"]
    if len(mean):
        ax.axhline(100 * mean.iloc[0], color=style.GREY, lw=1, ls="--",
                   label=t("growth of the mean", "均值的增长"))  # fmt: skip
        ax.legend(loc="best")
    ax.set(xlim=(0, 100), xlabel=t("percentile, poorest first", "百分位，由穷到富"))
    return Drawn(
        title=t(f"Growth of incomes by place, {span}: {found}", f"各分位的收入增长，{span}：{found}"),
        unit=t("100 x change of the logarithm; ", "对数变化×100；") + draw.band_of(rows, t) + note[lang == "zh"],
        alt=t(f"Growth of each quantile of income, {span}: {draw.said_at(said, t)}.",
              f"各收入分位的增长，{span}：{draw.said_at(said, t)}。"),
        data=rows,
    )  # fmt: skip


@drawn_in("double", "line", *draw.TIDY)
def dominance_curve(table, *, note=("", ""), source=None, ax=None, lang="en"):
    """Difference in poverty between two domains at every line of a range, with its joint band.

    Parameters
    ----------
    table : DataFrame
        ``ps.dominance(...).tidy()``.
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
    >>> table = pd.DataFrame({"income": [1.0, 3, 2, 5, 2, 4], "year": [1, 1, 1, 2, 2, 2]})
    >>> found = ps.dominance(ps.Survey(table), "income", "year", base=1, value=2, lines=[1.5, 2.5, 3.5])
    >>> ax = ps.figures.dominance_curve(found.tidy(), source=ps.Source("survey", "Made up."))
    >>> ax.get_title(loc="left")
    'Headcount ratio, 2 minus 1: no clear difference at any of 3 lines'
    """
    t = words(lang)
    measure, percent, scale = _one_term(table, None, lang, False)
    rows, span = table.sort_values("line"), draw.minus(draw.span_of(table), t)
    found = draw.finding(rows, t, "lines", "条线")
    draw.curves(ax, rows, "line", None, draw.groups_of(rows, None), [None], scale=scale, ms=5)
    ax.axhline(0, color=style.INK, lw=0.8)
    ax.set_xlabel(t("poverty line", "贫困线"))
    return Drawn(
        title=t(f"{measure[0].upper()}{measure[1:]}, {span}: {found}", f"{measure}，{span}：{found}"),
        unit=t("points; " if percent else "", "百分点；" if percent else "") + draw.band_of(rows, t)
        + note[lang == "zh"],
        alt=t(f"Difference in {measure}, {span}, by poverty line, with a band: {found}.",
              f"各贫困线下{measure}之差及置信带，{span}：{found}。"),
        data=rows,
    )  # fmt: skip


# Several deprivations -----------------------------------------------------------------

_HATCHES = ("", "///", "...", "xx", "\\\\\\")


@drawn_in("double", "indicator", *draw.TIDY)
def deprivation_bars(table, *, by, labels=None, note=("", ""), source=None, ax=None, lang="en"):
    """The adjusted headcount ratio of each domain, and what each indicator adds to it.

    Parameters
    ----------
    table : DataFrame
        ``ps.alkire_foster(..., by=...).tidy()``.
    by : str
        Column of the domains.
    labels : dict, optional
        For an indicator, the column of domains or one of them, its text or its texts in English
        and Chinese; ``ps.describe("spain_ecv").titles`` has those of a dataset.
    note : str or tuple of str
        What belongs under the title besides, such as the cut-off, in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"school": [0, 1, 1, 0], "water": [0, 1, 1, 1], "place": list("aabb")})
    >>> found = ps.alkire_foster(ps.Survey(table), ["school", "water"], by="place").tidy()
    >>> ax = ps.figures.deprivation_bars(
    ...     found, by="place", source=ps.Source("survey", "Made up."))
    >>> ax.get_title(loc="left")
    'Several deprivations by place: M0 from 50.0 (a) to 75.0 (b)'
    """
    need_columns(table, [by])
    t = words(lang)
    rows = table[table["term"] == "M0"].dropna(subset=[by, "estimate"]).reset_index(drop=True)
    parts = table[table["term"] == "contribution"].dropna(subset=[by])
    if rows.empty or parts.empty:
        raise DataError(
            "This table has no M0 and contributions of domains.",
            remedy=f"table = ps.alkire_foster(svy, indicators, by={by!r}).tidy()",
        )
    height, left = rows["estimate"].to_numpy() * 100, np.zeros(len(rows))
    looks = draw.groups_of(parts, "indicator")
    for (one, (ink, _)), hatch in zip(looks.items(), _HATCHES, strict=False):
        share = parts[parts["indicator"] == one].set_index(by)["estimate"].reindex(rows[by])
        width = height * share.fillna(0).to_numpy()
        ax.barh(range(len(rows)), width, 0.6, left=left, color=style.COLOURS[ink], alpha=0.75,
                hatch=hatch, edgecolor="white", label=told(one, lang, labels))  # fmt: skip
        left = left + width
    for y, row in rows.iterrows():
        ax.plot([100 * row["ci_low"], 100 * row["ci_high"]], [y, y], color=style.INK, lw=1.4,
                marker="|", ms=6)  # fmt: skip
        draw.beside(ax, f"{height[y]:.1f}", (100 * row["ci_high"], y), (5, 0), va="center")
    places = draw.named(rows[by], lang, labels)
    said = [f"{place}{t(' ', '为')}{one:.1f}" for place, one in zip(places, height, strict=True)]
    names = "".join(draw.named(looks, lang, labels))
    one_line = len(names.encode("gbk", "replace")) <= 75  # a Chinese sign is as wide as two
    lines = 1 if one_line else len(looks)
    draw.labelled_rows(ax, places, top=0.65 + 0.09 * len(rows) * lines)  # room above the first bar
    ax.set_xlim(0, 112 * rows["ci_high"].max())
    ax.legend(loc="upper left", ncols=len(looks) if one_line else 1)
    texts, over = t("; ", "；").join(said), told(by, lang, labels)
    return Drawn(
        title=t(f"Several deprivations by {over}", f"多项剥夺，按{over}")
        + draw.least_and_most(places, height, t, "{:.1f}".format).replace(t(": ", "："), t(": M0 ", "：M0"), 1),
        unit=t("100 x M0; black: 95 % confidence intervals of M0 by the survey's design",
               "M0×100；黑线：按抽样设计的M0的95%置信区间") + note[lang == "zh"],
        alt=t(f"Stacked bars of 100 x M0 by {over}: {texts}.", f"M0×100的堆叠条形图，按{over}：{texts}。"),
        data=table[table["term"].isin(["M0", "contribution"])],
    )  # fmt: skip
