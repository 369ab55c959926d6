"""Survey estimates: domains with their intervals, curves with their bands, contributions."""

import numpy as np

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import TERMS, told, words
from . import style
from .draw import drawn_in

_TIDY = ("term", "estimate", "ci_low", "ci_high", "method", "data_status")


def _looks(count):
    colours = [style.COLOURS[one] for one in ("blue", "vermilion", "green", "purple", "orange")]
    if count > len(colours):
        raise DataError(
            f"A figure keeps {len(colours)} groups apart, not {count}.",
            remedy="draw fewer groups, or several figures",
        )
    return list(zip(colours, style.MARKERS, ("-", "--", "-.", ":", "-"), strict=False))[:count]


@drawn_in("double", *_TIDY)
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
        Column of the domains, one to a row of the figure, in the order of the table.
    colour : str, optional
        A second column of domains, told apart by colour and marker.
    labels : dict, optional
        For one of these columns or its values, or the measure, its text or its texts in
        English and Chinese.
    whole : float, optional
        The estimate of the whole, drawn as a line.
    note : tuple of str
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
    'Headcount ratio by place'
    """
    t = words(lang)
    need_columns(table, [by, *([colour] if colour else [])])
    rows = table.dropna(subset=[by])
    measure, percent, scale = _one_term(rows, labels, lang)
    _refuse_twice(rows, [by, *([colour] if colour else [])])
    digits = f"{{:.{1 if scale == 100 else 2}f}}".format
    domains = list(dict.fromkeys(rows[by]))
    series = [None] if colour is None else list(dict.fromkeys(rows[colour]))
    step = 0.7 / len(series)
    for i, (one, (ink, marker, _)) in enumerate(zip(series, _looks(len(series)), strict=True)):
        part = rows if one is None else rows[rows[colour] == one]
        y = (
            np.array([domains.index(value) for value in part[by]])
            + (i - (len(series) - 1) / 2) * step
        )
        low, high, middle = (scale * part[c].to_numpy() for c in ("ci_low", "ci_high", "estimate"))
        for at, left, right in zip(y, low, high, strict=True):
            ax.plot([left, right], [at, at], color=ink, lw=1.6, ls="-", marker="")
        ax.plot(middle, y, marker=marker, ls="", color=ink, ms=5,
                label=None if one is None else told(one, lang, labels))  # fmt: skip
    if whole is not None:
        ax.axvline(scale * whole, color=style.GREY, lw=1, ls="--")
        ax.annotate(t("all: ", "全体：") + digits(scale * whole), (scale * whole, 1),
                    (3, -3), xycoords=("data", "axes fraction"), textcoords="offset points",
                    va="top", color=style.GREY)  # fmt: skip
    if colour is not None:
        ax.legend(loc="best")
    ax.set_yticks(range(len(domains)), [told(one, lang, labels) for one in domains])
    ax.set_ylim(len(domains) - 0.5, -0.5 - 0.35 * (whole is not None))
    if rows["ci_low"].min() >= 0:
        ax.set_xlim(0, None)
    else:
        ax.axvline(0, color=style.INK, lw=0.8)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    span, level = _span(rows), f"{100 * table.attrs.get('level', 0.95):g}"
    measure += t(f", {span}", f"（{span}）") if span else ""
    said = t("; ", "；").join(
        " ".join(told(getattr(row, c), lang, labels) for c in (by, colour) if c)
        + t(" ", "：") + digits(scale * row.estimate)
        for row in rows.itertuples()
    )  # fmt: skip
    return style.finish(
        ax,
        title=t(f"{measure[0].upper()}{measure[1:]} by {told(by, lang, labels)}", f"{measure}，按{told(by, lang, labels)}"),
        unit=t(f"{percent}dots: estimates; lines: {level} % confidence intervals by the survey's design",
               f"{percent}圆点：估计值；横线：按抽样设计的{level}%置信区间") + note[lang == "zh"],
        source=source,
        alt=t(f"{measure} by {told(by, lang, labels)} with confidence intervals: {said}.",
              f"{measure}，按{told(by, lang, labels)}，附置信区间：{said}。"),
        data=rows,
        lang=lang,
    )  # fmt: skip


def _refuse_twice(rows, columns):
    """Refuse tables with more groups than the figure keeps apart."""
    if rows.duplicated(["term", *columns]).any():
        raise DataError(
            "The table has several estimates where the figure draws one: groups that it does not "
            "keep apart.",
            where=f"columns {', '.join(columns) or 'none'}",
            remedy='colour="year" names the column of the groups',
        )


def _one_term(rows, labels, lang):
    t, terms = words(lang), list(dict.fromkeys(rows["term"]))
    if len(terms) != 1:
        raise DataError(
            "A figure of domains shows one measure.",
            found=", ".join(map(str, terms)) or "no rows",
            remedy='table[table["term"] == "headcount"]',
        )
    *_, percent = TERMS.get(terms[0], (False,))
    text = told(terms[0], lang, labels)
    return text, t("percent; ", "%；") if percent else "", 100 if percent else 1


# Curves -------------------------------------------------------------------------------


def _share(table, kind):
    """Rows of a curve with the share that each term names, such as ``lorenz(0.1)``."""
    share = table["term"].str.extract(rf"^{kind}\(([0-9.]+)\)$")[0].astype(float)
    if not share.notna().any():
        raise DataError(
            f"This table has no terms {kind}(p).", found=", ".join(table["term"].unique()[:5]),
            remedy=f"a table that ps.{ {'growth': 'growth_incidence'}.get(kind, kind)}(...) made",
        )  # fmt: skip
    return table.assign(share=share).dropna(subset=["share"])


def _curves(ax, rows, colour, labels, lang, ends, scale=100):
    """Lines with bands, one for each group; returns the words of each."""
    need_columns(rows, [colour] if colour else [])
    _refuse_twice(rows, [colour] if colour else [])
    groups = [None] if colour is None else list(dict.fromkeys(rows[colour]))
    said = []
    for one, (ink, marker, dash) in zip(groups, _looks(len(groups)), strict=True):
        part = (rows if one is None else rows[rows[colour] == one]).sort_values("share")
        label = None if one is None else told(one, lang, labels)
        x = 100 * np.r_[[p for p, _ in ends[:1]], part["share"], [p for p, _ in ends[1:]]]
        y, low, high = (
            scale * np.r_[[v for _, v in ends[:1]], part[c], [v for _, v in ends[1:]]]
            for c in ("estimate", "ci_low", "ci_high")
        )
        ax.fill_between(x, low, high, color=ink, alpha=0.15, lw=0)
        ax.plot(x, y, color=ink, ls=dash, marker=marker, ms=4, label=label)
        middle = part.iloc[(part["share"] - 0.5).abs().argmin()]
        said.append((label or "", 100 * middle["share"], scale * middle["estimate"]))
    if colour is not None:
        ax.legend(loc="best")
    return said


def _told(said, t):
    return t("; ", "；").join(
        t(f"{label} {y:.1f} at {x:.0f} percent".strip(), f"{label}在{x:.0f}%处为{y:.1f}")
        for label, x, y in said
    )


def _band(rows, t):
    """What the shade is: as the table says."""
    level = f"{100 * rows.attrs.get('level', 0.95):g}"
    if rows["method"].astype(str).str.contains("joint").all():
        return t(f"shaded: {level} % joint band", f"阴影：{level}%联合置信带")
    return t(f"shaded: {level} % intervals, each by itself", f"阴影：{level}%逐点置信区间")


@drawn_in("double", *_TIDY)
def lorenz_curve(table, *, colour=None, labels=None, source=None, ax=None, lang="en"):
    """Lorenz curves with their bands.

    Parameters
    ----------
    table : DataFrame
        ``ps.lorenz(...).band()``.
    colour : str, optional
        Column of groups, a curve for each.
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
    rows = _share(table, "lorenz")
    if _span(rows):
        raise DataError("Differences of Lorenz curves are no Lorenz curve.", found=_span(rows),
                        remedy="ps.lorenz(...).band(), without contrast")  # fmt: skip
    ax.plot([0, 100], [0, 100], color=style.GREY, lw=0.8, ls="-", marker="")
    ax.annotate(t("equality", "完全平等"), (60, 60), (-6, 2), color=style.GREY, ha="right",
                textcoords="offset points")  # fmt: skip
    said = _curves(ax, rows, colour, labels, lang, [(0, 0), (1, 1)])
    ax.set_xlim(0, 100)
    ax.set_ylim(0, 100)
    ax.set_xlabel(t("poorest persons, percent of all", "由穷到富的人口累计百分比"))
    return style.finish(
        ax,
        title=t("Lorenz curve", "洛伦兹曲线"),
        unit=t("percent of all income; ", "占全部收入的百分比；") + _band(rows, t),
        source=source,
        alt=t(f"Lorenz curves, percent of income of the poorest: {_told(said, t)}.",
              f"洛伦兹曲线，较穷人口的收入占比（%）：{_told(said, t)}。"),
        data=rows,
        lang=lang,
    )  # fmt: skip


@drawn_in("double", *_TIDY)
def tip_curve(table, *, colour=None, labels=None, note=("", ""), source=None, ax=None, lang="en"):
    """TIP curves: how many are poor, how deep, and how unequal, in one line.

    Parameters
    ----------
    table : DataFrame
        ``ps.tip(...).band()``.
    colour, labels
        As in `lorenz_curve`.
    note : tuple of str
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
    rows = _share(table, "tip")
    said = _curves(ax, rows, colour, labels, lang, [(0, 0)])
    ax.set_xlim(0, None)
    ax.set_ylim(0, None)
    ax.set_xlabel(t("poorest persons, percent of all", "由穷到富的人口累计百分比"))
    return style.finish(
        ax,
        title=t("TIP curve: poverty gaps of the poorest, added up", "TIP曲线：由穷到富累计的贫困缺口"),
        unit=t("percent of the line, per head; ", "占贫困线的百分比，按全体人口平均；")
        + _band(rows, t) + note[lang == "zh"],
        source=source,
        alt=t("TIP curves: the height where a curve gets flat is the poverty gap index, the "
              f"place is the headcount ratio. {_told(said, t)}.",
              f"TIP曲线：曲线变平处的高度为贫困深度指数，位置为贫困发生率。{_told(said, t)}。"),
        data=rows,
        lang=lang,
    )  # fmt: skip


@drawn_in("double", *_TIDY)
def growth_curve(table, *, note=("", ""), source=None, ax=None, lang="en"):
    """Growth incidence curve: by how much each quantile grew between two periods.

    Parameters
    ----------
    table : DataFrame
        ``ps.growth_incidence(...).band()``.
    note : tuple of str
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
    'Growth incidence curve, 2 - 1'
    """
    t = words(lang)
    rows = _share(table, "growth")
    span = _span(rows)
    said = _curves(ax, rows, None, None, lang, [])
    ax.axhline(0, color=style.INK, lw=0.8)
    mean = table.loc[table["term"] == "growth of the mean", "estimate"]
    if len(mean):
        ax.axhline(100 * mean.iloc[0], color=style.GREY, lw=1, ls="--",
                   label=t("growth of the mean", "均值的增长"))  # fmt: skip
        ax.legend(loc="best")
    ax.set_xlim(0, 100)
    ax.set_xlabel(t("percentile, poorest first", "百分位，由穷到富"))
    return style.finish(
        ax,
        title=t(f"Growth incidence curve, {span}", f"增长发生曲线，{span}"),
        unit=t("100 x change of the logarithm; ", "对数变化×100；") + _band(rows, t) + note[lang == "zh"],
        source=source,
        alt=t(f"Growth of each quantile of income, {span}: {_told(said, t)}.",
              f"各收入分位的增长，{span}：{_told(said, t)}。"),
        data=rows,
        lang=lang,
    )  # fmt: skip


def _span(rows):
    """The two periods, as a difference of domains names them."""
    for column in rows.columns:
        if (
            column != "term"
            and rows[column].dtype.kind not in "fib"
            and rows[column].nunique() == 1
        ):
            text = str(rows[column].iloc[0])
            if " - " in text:
                return text
    return ""


# Several deprivations -----------------------------------------------------------------

_HATCHES = ("", "///", "...", "xx", "\\\\\\")


@drawn_in("double", "indicator", *_TIDY)
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
    note : tuple of str
        What belongs under the title besides, such as the cut-off, in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"school": [0, 1, 1, 0], "water": [0, 1, 0, 1], "place": list("aabb")})
    >>> found = ps.alkire_foster(ps.Survey(table), ["school", "water"], by="place").tidy()
    >>> ax = ps.figures.deprivation_bars(
    ...     found, by="place", source=ps.Source("survey", "Made up."))
    >>> ax.get_title(loc="left")
    'Adjusted headcount ratio M0 by place, and what each deprivation adds'
    """
    t = words(lang)
    rows = table[table["term"] == "M0"].dropna(subset=[by]).reset_index(drop=True)
    parts = table[table["term"] == "contribution"].dropna(subset=[by])
    if rows.empty or parts.empty:
        raise DataError(
            "This table has no M0 and contributions of domains.",
            remedy=f"ps.alkire_foster(svy, indicators, by={by!r}).tidy()",
        )
    height, left, said = rows["estimate"].to_numpy() * 100, np.zeros(len(rows)), []
    indicators = list(dict.fromkeys(parts["indicator"]))
    for one, (ink, _, _), hatch in zip(indicators, _looks(len(indicators)), _HATCHES, strict=False):
        share = parts[parts["indicator"] == one].set_index(by)["estimate"].reindex(rows[by])
        width = height * share.fillna(0).to_numpy()
        label = told(one, lang, labels)
        ax.barh(range(len(rows)), width, 0.6, left=left, color=ink, alpha=0.75, hatch=hatch,
                edgecolor="white", label=label)  # fmt: skip
        left = left + width
    for y, row in rows.iterrows():
        ax.plot([100 * row["ci_low"], 100 * row["ci_high"]], [y, y], color=style.INK, lw=1.4,
                marker="|", ms=6)  # fmt: skip
        ax.annotate(f"{height[y]:.1f}", (100 * row["ci_high"], y), (5, 0), va="center",
                    textcoords="offset points")  # fmt: skip
        said.append(t(f"{told(row[by], lang, labels)} {height[y]:.1f}",
                      f"{told(row[by], lang, labels)}为{height[y]:.1f}"))  # fmt: skip
    ax.set_yticks(range(len(rows)), [told(one, lang, labels) for one in rows[by]])
    names = "".join(told(one, lang, labels) for one in indicators)
    one_line = len(names.encode("gbk", "replace")) <= 75  # a Chinese sign is as wide as two
    height_of_legend = 0.09 * len(rows) * (1 if one_line else len(indicators))
    ax.set_ylim(len(rows) - 0.5, -0.65 - height_of_legend)  # room above the first bar
    ax.set_xlim(0, 112 * rows["ci_high"].max())
    ax.legend(loc="upper left", ncols=len(indicators) if one_line else 1)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    texts = t("; ", "；").join(said)
    return style.finish(
        ax,
        title=t(f"Adjusted headcount ratio M0 by {told(by, lang, labels)}, and what each deprivation adds",
                f"多维贫困指数M0，按{told(by, lang, labels)}，及各项剥夺的贡献"),
        unit=t("100 x M0; black: 95 % confidence intervals of M0 by the survey's design",
               "M0×100；黑线：按抽样设计的M0的95%置信区间") + note[lang == "zh"],
        source=source,
        alt=t(f"Stacked bars of 100 x M0 by {told(by, lang, labels)}: {texts}.", f"M0×100的堆叠条形图，按{told(by, lang, labels)}：{texts}。"),
        data=table[table["term"].isin(["M0", "contribution"])],
        lang=lang,
    )  # fmt: skip
