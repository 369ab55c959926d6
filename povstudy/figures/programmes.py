"""Programmes: what policy said, what was planned, put out, and monitored afterwards."""

import pandas as pd

from ..base.errors import DataError
from ..base.language import words
from ..base.status import Source
from ..sources.catalogue import credit
from . import draw, style
from .draw import Drawn, drawn_in

_KINDS = {  # marker, colour, words
    "plan": ("s", "blue", "plan", "计划"),
    "opinion": ("o", "green", "opinion", "意见"),
    "law": ("D", "purple", "law or regulation", "法律法规"),
    "report": ("^", "orange", "work report", "工作报告"),
    "decision": ("P", "vermilion", "decision", "决定"),
    "assessment": ("v", "sky", "scoring", "考核"),
    "deadline": ("X", "black", "deadline", "期限"),
}


@drawn_in("double", "date", "event", "event_zh", "kind", "names_social_work")
def policy_timeline(events, *, source=None, ax=None, lang="en"):
    """Policy events on a time axis, one to a row, and whether they name social work.

    Parameters
    ----------
    events : DataFrame
        Columns ``date`` (YYYY or YYYY-MM; rows without a date are not drawn), ``event``,
        ``event_zh``, ``kind``, ``names_social_work`` (blank: not told). An event of which
        only the year is known is a bar over that year.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.policy_timeline(ps.load("policy_events"))
    """
    t = words(lang)
    rows = events[events["date"] != ""].sort_values("date", kind="stable")
    unknown = set(rows["kind"]) - set(_KINDS)
    if rows.empty or unknown:
        raise DataError("Events need a date and a known kind to be drawn.",
                        found=", ".join(sorted(unknown)) or "no dates",
                        remedy=f"kinds: {', '.join(_KINDS)}")  # fmt: skip
    year = rows["date"].str[:4].astype(int)
    month = pd.to_numeric(rows["date"].str[5:7], errors="coerce")
    rows = rows.assign(
        start=year + (month.fillna(1) - 1) / 12, end=year + month.fillna(12) / 12
    ).reset_index(drop=True)
    named = rows["names_social_work"].fillna(False).astype(bool)
    middle = rows["end"].max() / 2 + rows["start"].min() / 2
    for y, row in rows.iterrows():
        marker, colour, *_ = _KINDS[row["kind"]]
        colour = style.COLOURS[colour]
        at = (row["start"] + row["end"]) / 2
        ends = (row["start"], row["end"]) if len(row["date"]) == 4 else (at, at)
        draw.whisker(ax, y, ends[0], at, ends[1], colour, lw=2.5, ms=7, marker=marker, fill=named[y],
                     alpha=0.45)  # fmt: skip
        left = at > middle
        edge = row["start"] if left else row["end"]
        draw.beside(ax, f"{row['date']}  {t(row['event'], row['event_zh'])}", (edge, y),
                    (-7 if left else 7, 0), va="center", ha="right" if left else "left",
                    bbox=draw.WHITE)  # fmt: skip
    for kind in dict.fromkeys(rows["kind"]):
        marker, colour, *told = _KINDS[kind]
        ax.plot([], [], marker=marker, ls="", color=style.COLOURS[colour], label=t(*told))
    ax.legend(loc="upper right", borderaxespad=0)  # early events leave the right free
    ax.set_ylim(len(rows) - 0.4, -0.6)
    first, last = int(year.min()), int(year.max()) + 1
    ax.set_xlim(first - 0.1, last + 0.15)
    ax.set_xticks(range(first, last + 1))
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    undated = len(events) - len(rows)
    more = t(f"; {undated} undated, not drawn" if undated else "",
             f"；另有{undated}项无日期，未绘出" if undated else "")  # fmt: skip
    told = t("; ", "；").join(
        f"{row.date}{t(' ', '：')}{t(row.event, row.event_zh)}" for row in rows.itertuples()
    )
    return Drawn(
        title=t(f"China, {first}-{last - 1}: {named.sum()} of {len(rows)} dated policy events name social work",
                f"中国，{first}-{last - 1}年：{len(rows)}项有日期的政策事件中，{named.sum()}项提到社会工作"),
        unit=t("filled: names social work; hollow: does not, or not told; bar: only the year is known",
               "实心：提到社会工作；空心：未提或未说明；横条：仅知年份") + more,
        alt=t(f"Timeline of {len(rows)} policy events, {named.sum()} of which name social work"
              f"{more}. {told}.",
              f"{len(rows)}项政策事件时间轴，其中{named.sum()}项提到社会工作{more}。{told}。"),
        data=rows[["date", "start", "end", "event", "kind", "names_social_work"]],
    )  # fmt: skip


@drawn_in(
    "double", "what", "what_zh", "cohorts", "first_year", "last_year", "planned", "output",
    "output_low", "output_high", "ratio", "ratio_bound", "ratio_low", "ratio_high",
)  # fmt: skip
def plan_and_output(pairs, *, source=None, ax=None, lang="en"):
    """Yearly plans added up over the years they may cover, against cumulative output.

    Parameters
    ----------
    pairs : DataFrame
        As `povstudy.plan_against_output` returns it.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> from povstudy.sources.outputs import plan_against_output
    >>> ax = ps.figures.plan_and_output(plan_against_output(ps.load("programme_outputs")))
    """
    t = words(lang)
    ticks, y, told, short = [], 0.0, [], []
    looks = {"color": style.COLOURS["sky"], "edgecolor": "white"}
    for (what, chinese), group in pairs.groupby(["what", "what_zh"], sort=False):
        name = t(what, chinese)
        for row in group.itertuples():
            ax.barh(y, row.planned, 0.62, **looks)
            planned = f"{row.planned:,.0f}"
            draw.beside(ax, planned, (row.planned, y), (-4, 0), ha="right", va="center")
            span = f"{row.first_year}-{row.last_year}"
            ticks.append((y, t(f"plan, {row.cohorts} cohorts ({span})",
                               f"计划，{row.cohorts}个年度（{span}）")))  # fmt: skip
            ratio = _share(row.ratio, row.ratio_low, row.ratio_high, t)
            told.append(t(f"{name}, plan of {row.cohorts} cohorts {row.planned:,.0f}: output {ratio}",
                          f"{name}，{row.cohorts}个年度计划{row.planned:,.0f}：产出{ratio}"))  # fmt: skip
            draw.beside(ax, t(f"output {ratio}", f"产出{ratio}"), (1, y), (-2, 0), va="center",
                        xycoords=("axes fraction", "data"), ha="right")  # fmt: skip
            y += 1
        out = group.iloc[0]
        ends = (group["ratio_low"].min(), group["ratio_high"].max())
        short.append(t("{0} {1:.1f} to {2:.1f} times", "{0}{1:.1f}至{2:.1f}倍").format(name, *ends))
        low, high = out["output_low"], out["output_high"]
        draw.whisker(ax, y, low, low, high, style.COLOURS["vermilion"], lw=4, ms=8)
        more = t("over ", "超过") if out["bound"] == "lower" else ""
        draw.beside(ax, f"{more}{out['output']:,.0f}", (high, y), (6, 0), va="center")
        ticks.append((y, t(f"output: {name}", f"产出：{name}")))
        y += 1.6
    top = max(pairs["planned"].max(), pairs["output_high"].max())
    ax.set_xlim(0, top * 1.75)
    ax.set_xticks([tick for tick in ax.get_xticks() if tick <= top])
    at, labels = zip(*ticks, strict=True)
    draw.labelled_rows(ax, labels, top=0.6, foot=0.6, at=at)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    return Drawn(
        title=t(f"China, to {pairs['last_year'].max()}, output against plan: {', '.join(short)}",
                f"中国，截至{pairs['last_year'].max()}年，产出与计划之比：{'，'.join(short)}"),
        unit=t("persons; output: from the printed figure (dot) to below its next round one",
               "人；产出：从公布的数字（圆点）到下一个整数之前"),
        alt=t("Bars of the plan added up over its years, and ranges of the output to the last "
              "year; it is not told whether the first year counts. ",
              "计划累计柱与截至末年的产出区间；首年是否计入并未说明。"),
        said=told,
        data=pairs[["measure", "cohorts", "first_year", "last_year", "planned", "output",
                    "bound", "ratio", "ratio_bound", "ratio_low", "ratio_high"]],
    )  # fmt: skip


def _share(ratio, low, high, t):
    """Ratio of output to plan in words, with its interval."""
    if low == high:
        return t(f"{ratio:.2f} times", f"为计划的{ratio:.2f}倍")
    return t(f"{low:.2f} to {high:.2f} times the plan", f"为计划的{low:.2f}至{high:.2f}倍")


# After leaving poverty ---------------------------------------------------------------

_STATEMENTS = {
    "fell_back_into_poverty": ("fell back, in the year", "当年返贫"),
    "newly_poor": ("newly poor, in the year", "当年新致贫"),
    "exited_at_risk_of_relapse": ("out of poverty, at risk, then", "脱贫不稳定，当时"),
    "marginal_at_risk_of_poverty": ("marginal, at risk, then", "边缘易致贫，当时"),
    "monitored_risk_removed_cumulative": ("risk removed, in all so far", "消除返贫风险，累计"),
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
    scale, unit, _ = draw.persons(lang)
    values = rows["value"] / 1e4 * scale
    labels, texts = [], []
    for row, value in zip(rows.itertuples(), values, strict=True):
        texts.append(draw.bounded(ax, row, value, value, f"{value:g}", "blue", t))
        when = f"{row.year}" + ("" if pd.isna(row.month) else f"-{row.month:02d}")
        when += "*" if "recent year" in row.note else ""
        labels.append(f"{when} {t(*_STATEMENTS[row.measure])}")
    ax.set_xscale("log")
    ax.set_xlim(values.min() / 3, values.max() * 4)
    ax.xaxis.set_major_formatter("{x:,g}")
    margin = 0.05 * (len(rows) - 1)
    loose = int((rows["bound"] != "exact").sum())
    years = (rows["year"].min(), rows["year"].max())
    draw.labelled_rows(ax, labels, top=margin, foot=margin)
    return Drawn(
        title=t(f"China, {years[0]}-{years[1]}: {loose} of {len(rows)} statements on relapse are round figures or bounds",
                f"中国，{years[0]}-{years[1]}年：{len(rows)}条关于返贫与返贫风险的表述中，{loose}条是约数或界限值"),
        unit=t(f"{unit}, log scale; statements, not survey estimates (*: of a recent year)",
               f"{unit}，对数刻度；公开表述，非调查估计（*：原文为“近年”）"),
        alt=t("Points of national statements on relapse and risk, with their bounds, in million "
              "persons. ", "全国返贫与返贫风险表述点图，含界限，单位万人。"),
        data=rows[["year", "measure", "value", "unit", "bound"]],
        said=draw.paired(labels, texts, t),
        source=_publishers(table, rows, source),
    )  # fmt: skip


def _publishers(table, rows, source):
    """Publishers of the rows that are drawn, where the table is the official one as loaded."""
    if source is None or source != table.attrs.get("source") or credit(source).status != "official":
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
        fit = table.loc[table["measure"] == "risk_removed_marginal", ["place", "unit"]]
        raise DataError(f"There are no figures for {place!r} in {unit}.",
                        found="; ".join(sorted(table["place"].unique())),
                        remedy="place={!r}, unit={!r}".format(*fit.iloc[0]) if len(fit) else None)  # fmt: skip
    values = rows.set_index("measure")["value"]
    columns = ("risk_removed", "risk_not_removed")
    data = pd.DataFrame({"type": list(_TYPES)} | {
        column: [values[f"{column}_{kind}"] for kind in _TYPES] for column in columns})  # fmt: skip
    total = data["risk_removed"] + data["risk_not_removed"]
    share, kinds = data["risk_removed"] / total * 100, [t(*_TYPES[kind]) for kind in data["type"]]
    looks = (("green", "", t("risk removed", "风险已消除")),
             ("orange", "///", t("risk not removed", "风险未消除")))  # fmt: skip
    left = 0 * total
    for column, (colour, hatch, label) in zip(columns, looks, strict=True):
        bars = ax.barh(data.index, data[column], 0.6, left=left, color=style.COLOURS[colour],
                       hatch=hatch, edgecolor="white", lw=0.5, label=label)  # fmt: skip
        ax.bar_label(bars, fmt="{:,.0f}", label_type="center",
                     bbox={"fc": "white", "ec": "none", "pad": 1.5, "alpha": 0.85})  # fmt: skip
        left = left + data[column]
    draw.labelled_rows(ax, kinds, top=0.43, foot=0.43)
    for y in data.index:
        draw.beside(ax, t(f"{share[y]:.0f} % removed", f"已消除{share[y]:.0f}%"), (total[y], y), (5, 0),
                    va="center", bbox=draw.WHITE)  # fmt: skip
    ax.set_xlim(0, total.max() * 1.18)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.legend(loc="lower left", bbox_to_anchor=(0.45, 1.0), ncols=2, borderaxespad=0.2)
    year = rows["year"].iloc[0]
    where, worst = t(place, rows["place_zh"].iloc[0]), share.idxmin()
    return Drawn(
        title=t(f"{where}, {year}: risk removed least often under {kinds[worst]} "
                f"({share[worst]:.0f} %)".replace("\n", " "),
                f"{where}，{year}年：{kinds[worst]}的风险消除比例最低（{share[worst]:.0f}%）"),
        unit=t(unit, {"persons": "人", "households": "户"}[unit]),
        alt=t("Bars of monitored ", "监测对象条形图：")
        + t(f"{unit} by type. Risk removed: ", "各类风险消除比例："),
        data=data,
        said=[f"{kind}{t(' ', '')}{part:.0f}{t(' %', '%')}".replace("\n", " ")
              for kind, part in zip(kinds, share, strict=True)],
        source=_publishers(table, rows, source),
    )  # fmt: skip
