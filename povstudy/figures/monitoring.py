"""After leaving poverty: statements on relapse, monitored households."""

import pandas as pd

from ..base.errors import DataError
from ..base.language import words
from ..base.status import Source
from ..sources.catalogue import credit
from . import style
from .draw import drawn_in, persons

_STATEMENTS = {
    "fell_back_into_poverty": ("fell back, in the year", "当年返贫"),
    "newly_poor": ("newly poor, in the year", "当年新致贫"),
    "exited_at_risk_of_relapse": ("out of poverty, at risk, then", "脱贫不稳定，当时"),
    "marginal_at_risk_of_poverty": ("marginal, at risk, then", "边缘易致贫，当时"),
    "monitored_risk_removed_cumulative": ("risk removed, in all so far", "消除返贫风险，累计"),
}
_BOUNDS = {  # marker, words
    "exact": ("o", "", ""),
    "about": ("D", "about ", "约"),
    "lower": (">", "more than ", "超过"),
    "upper": ("<", "fewer than ", "不足"),
}


@drawn_in(
    "double", "year", "month", "place", "measure", "value", "unit", "bound", "publisher",
    "publisher_zh", "note",
)  # fmt: skip
def relapse_statements(table, *, source=None, ax=None, lang="en"):
    """National statements on relapse and risk after help, with the bounds they were given.

    Parameters
    ----------
    table : DataFrame
        Columns ``year``, ``month``, ``place``, ``measure``, ``value``, ``unit``, ``bound``,
        ``publisher``, ``publisher_zh``, ``note``; rows of ``China`` in persons are drawn.
    source, ax, lang
        As in `incidence_by_standard`; the publishers of the rows stand for the dataset.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.relapse_statements(ps.load("relapse_monitoring"))
    """
    t = words(lang)
    rows = table[(table["place"] == "China") & table["measure"].isin(_STATEMENTS)]
    rows = rows[rows["unit"] == "persons"].sort_values(["year", "measure"]).reset_index(drop=True)
    scale, unit, _ = persons(lang)
    values = rows["value"] / 1e4 * scale
    labels, said = [], []
    for y, (row, value) in enumerate(zip(rows.itertuples(), values, strict=True)):
        marker, english, chinese = _BOUNDS[row.bound]
        colour = style.COLOURS["blue"]
        ax.plot(value, y, marker=marker, color=colour, ms=7, ls="",
                markerfacecolor="white" if row.bound == "about" else colour)  # fmt: skip
        said.append(f"{t(english, chinese)}{value:g}")
        ax.annotate(said[-1], (value, y), (9, 0), textcoords="offset points", va="center",
                    bbox={"fc": "white", "ec": "none", "pad": 0.5})  # fmt: skip
        when = f"{row.year}" + ("" if pd.isna(row.month) else f"-{row.month:02d}")
        when += "*" if "recent year" in row.note else ""
        labels.append(f"{when} {t(*_STATEMENTS[row.measure])}")
    ax.set_xscale("log")
    ax.set_xlim(values.min() / 3, values.max() * 4)
    ax.xaxis.set_major_formatter("{x:,g}")
    ax.set_yticks(range(len(rows)), labels)
    ax.invert_yaxis()
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    told = [f"{label}{t(': ', '：')}{texts}" for label, texts in zip(labels, said, strict=True)]
    return style.finish(
        ax,
        title=t("What was said of relapse and of risk: round figures and bounds",
                "返贫与返贫风险的公开表述：约数与界限"),
        unit=t(f"{unit}, log scale; statements, not survey estimates (*: of a recent year)",
               f"{unit}，对数刻度；公开表述，非调查估计（*：原文为近年）"),
        source=_publishers(table, rows, source),
        alt=t("Points of national statements on relapse and risk, with their bounds, in million "
              "persons. ", "全国返贫与返贫风险表述点图，含界限，单位万人。")
        + t("; ", "；").join(told) + t(".", "。"),
        data=rows[["year", "measure", "value", "unit", "bound"]],
        lang=lang,
    )  # fmt: skip


def _publishers(table, rows, source):
    """Publishers of the rows that are drawn, where the table is the official one as loaded."""
    if source != table.attrs.get("source") or credit(source).status != "official":
        return source
    english, chinese = (rows[name].unique() for name in ("publisher", "publisher_zh"))
    return Source("official", "; ".join(english), "；".join(chinese))


_TYPES = {
    "unstable_exited": ("unstable,\nout of poverty", "脱贫不稳定户"),
    "marginal": ("marginal", "边缘易致贫户"),
    "sudden_hardship": ("sudden severe\nhardship", "突发严重困难户"),
}


@drawn_in(
    "double", "year", "place", "place_zh", "measure", "value", "unit", "publisher", "publisher_zh"
)
def monitored_households(
    table, *, place="Baoshan, Yunnan", unit="persons", source=None, ax=None,
    lang="en",
):  # fmt: skip
    """Monitored persons or households of one place by type, risk removed and not.

    Parameters
    ----------
    table : DataFrame
        Columns ``place``, ``place_zh``, ``measure``, ``value``, ``unit`` with the measures
        ``risk_removed_<type>`` and ``risk_not_removed_<type>``.
    place : str
        Place drawn.
    unit : {"persons", "households"}
        What is counted.
    source, ax, lang
        As in `relapse_statements`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.monitored_households(ps.load("relapse_monitoring"))
    """
    t = words(lang)
    rows = table[(table["place"] == place) & (table["unit"] == unit)]
    if rows.empty:
        raise DataError(
            f"There are no figures for {place!r} in {unit}.",
            found="; ".join(sorted(table["place"].unique())),
            remedy='place="Baoshan, Yunnan", unit="persons"',
        )
    values = rows.set_index("measure")["value"]
    data = pd.DataFrame(
        {
            "type": list(_TYPES),
            "risk_removed": [values[f"risk_removed_{kind}"] for kind in _TYPES],
            "risk_not_removed": [values[f"risk_not_removed_{kind}"] for kind in _TYPES],
        }
    )
    total = data["risk_removed"] + data["risk_not_removed"]
    share = data["risk_removed"] / total * 100
    looks = (("risk_removed", "green", "", t("risk removed", "风险已消除")),
             ("risk_not_removed", "orange", "///", t("risk not removed", "风险未消除")))  # fmt: skip
    left = 0 * total
    for column, colour, hatch, label in looks:
        ax.barh(data.index, data[column], 0.6, left=left, color=style.COLOURS[colour],
                hatch=hatch, edgecolor="white", lw=0.5, label=label)  # fmt: skip
        for y in data.index:
            ax.text(left[y] + data[column][y] / 2, y, f"{data[column][y]:,.0f}", ha="center",
                    va="center", bbox={"fc": "white", "ec": "none", "pad": 1.5, "alpha": 0.85})  # fmt: skip
        left = left + data[column]
    for y in data.index:
        ax.annotate(t(f"{share[y]:.0f} % removed", f"已消除{share[y]:.0f}%"), (total[y], y), (5, 0),
                    textcoords="offset points", va="center",
                    bbox={"fc": "white", "ec": "none", "pad": 0.5})  # fmt: skip
    ax.set_yticks(data.index, [t(*_TYPES[kind]) for kind in data["type"]])
    ax.invert_yaxis()
    ax.set_xlim(0, total.max() * 1.18)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="lower left", bbox_to_anchor=(0.45, 1.0), ncols=2, borderaxespad=0.2)
    year = rows["year"].iloc[0]
    where = t(place, rows["place_zh"].iloc[0])
    return style.finish(
        ax,
        title=t(f"Who is monitored, and whose risk was removed: {where}, {year}",
                f"监测对象与风险消除情况：{where}，{year}年"),
        unit=t(unit, {"persons": "人", "households": "户"}[unit]),
        source=_publishers(table, rows, source),
        alt=t("Bars of monitored ", "监测对象条形图：")
        + t(f"{unit} by type. Risk removed: ", "各类风险消除比例：")
        + t("; ", "；").join(
            f"{t(*_TYPES[kind])}{t(' ', '')}{part:.0f}{t(' %', '%')}".replace("\n", " ")
            for kind, part in zip(data["type"], share, strict=True))
        + t(".", "。"),
        data=data,
        lang=lang,
    )  # fmt: skip


_SERIES = {  # words, colour, marker
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
    t = words(lang)
    said, shown = [], set()
    for y, row in enumerate(table.itertuples()):
        texts, ink = _SERIES[row.series][0], style.COLOURS[_SERIES[row.series][1]]
        marker, english, chinese = _BOUNDS[row.bound]
        english = english.replace("fewer", "less")
        ax.plot([row.low, row.high], [y, y], color=ink, marker=marker, ms=7,
                markerfacecolor="white" if row.bound == "about" else ink,
                label="_" if row.series in shown else t(*texts))  # fmt: skip
        shown.add(row.series)
        spread = f"{row.low:.2g}" + (f"\u2013{row.high:.2g}" if row.high > row.low else "")
        said.append(t(english, chinese) + spread)
        ax.annotate(said[-1], (row.high, y), (9, 0), textcoords="offset points", va="center",
                    bbox={"fc": "white", "ec": "none", "pad": 0.5})  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlim(table["low"].min() / 2, table["high"].max() * 4)
    ax.xaxis.set_major_formatter("{x:g}")
    labels = table[t("label", "label_zh")]
    ax.set_yticks(range(len(table)), labels)
    ax.set_ylim(len(table) - 0.5, -1.6)  # room for the legend above the first
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="upper left")
    told = [f"{label}{t(': ', '：')}{texts}" for label, texts in zip(labels, said, strict=True)]
    return style.finish(
        ax,
        title=t("Relapse per year, by a register and by surveys",
                "每年返贫：登记系统与住户调查"),
        unit=t("percent of those out of poverty, log scale; definitions differ",
               "占已脱贫者的百分比，对数刻度；标准、年份与口径各不相同"),
        source=source,
        alt=t("Points and ranges of relapse in percent per year. ", "每年返贫百分比的点与区间。")
        + t("; ", "；").join(told) + t(".", "。"),
        data=table,
        lang=lang,
    )  # fmt: skip
