"""Programmes: when policy spoke of them, what was planned, and what they put out."""

import pandas as pd

from ..base.errors import DataError
from ..base.language import words
from . import style
from .draw import drawn_in

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
        raise DataError(
            "Events need a date and a known kind to be drawn.",
            found=", ".join(sorted(unknown)) or "no dates",
            remedy=f"kinds: {', '.join(_KINDS)}",
        )
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
        if len(row["date"]) == 4:
            ax.plot([row["start"], row["end"]], [y, y], color=colour, lw=2.5, alpha=0.45,
                    marker="", solid_capstyle="butt")  # fmt: skip
        ax.plot(at, y, marker=marker, color=colour, ms=7, ls="",
                markerfacecolor=colour if named[y] else "white")  # fmt: skip
        left = at > middle
        edge = row["start"] if left else row["end"]
        ax.annotate(f"{row['date']}  {t(row['event'], row['event_zh'])}", (edge, y),
                    (-7 if left else 7, 0), textcoords="offset points", va="center",
                    ha="right" if left else "left",
                    bbox={"fc": "white", "ec": "none", "pad": 0.5})  # fmt: skip
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
    return style.finish(
        ax,
        title=t(f"Policy events, {first}-{last - 1}: {named.sum()} of {len(rows)} name social work",
                f"政策事件，{first}-{last - 1}年：{len(rows)}项中{named.sum()}项提到社会工作"),
        unit=t("filled: names social work; hollow: does not, or not told; bar: only the year is known",
               "实心：提到社会工作；空心：未提或未说明；横条：仅知年份") + more,
        source=source,
        alt=t(f"Timeline of {len(rows)} policy events, {named.sum()} of which name social work"
              f"{more}. {told}.",
              f"{len(rows)}项政策事件时间轴，其中{named.sum()}项提到社会工作{more}。{told}。"),
        data=rows[["date", "start", "end", "event", "kind", "names_social_work"]],
        lang=lang,
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
    ticks, y, told = [], 0.0, []
    looks = {"color": style.COLOURS["sky"], "edgecolor": "white"}
    for (what, chinese), group in pairs.groupby(["what", "what_zh"], sort=False):
        name = t(what, chinese)
        for row in group.itertuples():
            ax.barh(y, row.planned, 0.62, **looks)
            ax.annotate(f"{row.planned:,.0f}", (row.planned, y), (-4, 0), ha="right", va="center",
                        textcoords="offset points")  # fmt: skip
            span = f"{row.first_year}-{row.last_year}"
            ticks.append((y, t(f"plan, {row.cohorts} cohorts ({span})",
                               f"计划，{row.cohorts}个年度（{span}）")))  # fmt: skip
            ratio = _share(row.ratio, row.ratio_low, row.ratio_high, t)
            told.append(t(f"{name}, plan of {row.cohorts} cohorts {row.planned:,.0f}: output {ratio}",
                          f"{name}，{row.cohorts}个年度计划{row.planned:,.0f}：产出{ratio}"))  # fmt: skip
            ax.annotate(t(f"output {ratio}", f"产出{ratio}"), (1, y), (-2, 0), va="center",
                        xycoords=("axes fraction", "data"), textcoords="offset points",
                        ha="right")  # fmt: skip
            y += 1
        out = group.iloc[0]
        low, high = out["output_low"], out["output_high"]
        ax.plot([low, high], [y, y], color=style.COLOURS["vermilion"], lw=4, marker="",
                solid_capstyle="butt")  # fmt: skip
        ax.plot(low, y, marker="o", ls="", ms=8,
                color=style.COLOURS["vermilion"])  # fmt: skip
        more = t("over ", "超过") if out["bound"] == "lower" else ""
        ax.annotate(f"{more}{out['output']:,.0f}", (high, y), (6, 0), va="center",
                    textcoords="offset points")  # fmt: skip
        ticks.append((y, t(f"output: {name}", f"产出：{name}")))
        y += 1.6
    top = max(pairs["planned"].max(), pairs["output_high"].max())
    ax.set_xlim(0, top * 1.75)
    ax.set_xticks([tick for tick in ax.get_xticks() if tick <= top])
    ax.set_yticks(*zip(*ticks, strict=True))
    ax.set_ylim(y - 1.0, -0.6)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    return style.finish(
        ax,
        title=t("What was planned and what was put out: three yearly cohorts or four",
                "计划与产出：三个年度还是四个年度"),
        unit=t("persons; output: from the printed figure (dot) to below its next round one",
               "人；产出：从所印数字（圆点）到下一档整数之前"),
        source=source,
        alt=t("Bars of the plan added up over its years, and ranges of the output to the last "
              "year; it is not told whether the first year counts. ",
              "计划累计柱与截至末年的产出区间；首年是否计入并未说明。")
        + t("; ", "；").join(told) + t(".", "。"),
        data=pairs[["measure", "cohorts", "first_year", "last_year", "planned", "output",
                    "bound", "ratio", "ratio_bound", "ratio_low", "ratio_high"]],
        lang=lang,
    )  # fmt: skip


def _share(ratio, low, high, t):
    """Ratio of output to plan in words, with its interval."""
    if low == high:
        return t(f"{ratio:.2f} times", f"为计划的{ratio:.2f}倍")
    return t(f"{low:.2f} to {high:.2f} times the plan", f"为计划的{low:.2f}至{high:.2f}倍")


_RATIO_COLUMNS = (
    "programme", "programme_zh", "place", "place_zh", "start_year", "end_year", "ratio", "what",
    "what_zh", "quotient", "bound", "low", "high",
)  # fmt: skip


def _ratios_of(ratios, place, codes):
    """Rows of one place, in a given order."""
    rows = ratios[(ratios["place"] == place) & ratios["ratio"].isin(codes)]
    if rows.empty:
        raise DataError(
            f"There are no such ratios for {place!r}.",
            found="; ".join(sorted(ratios["place"].unique())),
            remedy='place="China"',
        )
    if rows["ratio"].duplicated().any():
        raise DataError("A ratio stands twice: draw one programme and period at a time.")
    return rows.set_index("ratio").loc[[c for c in codes if c in set(rows["ratio"])]].reset_index()


def _ranges(ax, rows, t, form):
    """Each ratio as a range with its quotient, and what it says in words."""
    said = []
    for y, row in enumerate(rows.itertuples()):
        ax.plot([row.low, row.high], [y, y], color=style.COLOURS["blue"], lw=4, alpha=0.45,
                marker="", solid_capstyle="butt")  # fmt: skip
        ax.plot(row.quotient, y, marker="o", ls="", ms=7, color=style.COLOURS["blue"])
        low, high, middle = (form(one) for one in (row.low, row.high, row.quotient))
        text = t(f"{middle} ({low} to {high})", f"{middle}（{low}至{high}）")
        said.append(text)
        ax.annotate(text, (row.high, y), (9, 0), textcoords="offset points", va="center",
                    bbox={"fc": "white", "ec": "none", "pad": 0.5})  # fmt: skip
    ax.set_yticks(
        range(len(rows)),
        rows[t("what", "what_zh")].map(lambda one: one.replace(", ", ",\n").replace("，", "，\n")),
    )
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    names = rows[t("what", "what_zh")]
    return t("; ", "；").join(
        f"{name}{t(': ', '：')}{text}" for name, text in zip(names, said, strict=True)
    )


_READING = (
    "dot: quotient as printed; bar: 'more than' read as below the next round figure",
    "圆点：所印数字之商；线段：把“多、余”读作不到下一档整数",
)
_PER_WORKER = ("cases_per_worker", "sessions_per_worker", "activities_per_worker",
               "events_per_worker")  # fmt: skip


@drawn_in("double", *_RATIO_COLUMNS)
def ratios_per_worker(ratios, *, place="China", source=None, ax=None, lang="en"):
    """Recorded cases, sessions and activities per worker, as ranges.

    Parameters
    ----------
    ratios : DataFrame
        As `povstudy.output_ratios` returns it.
    place : str
        Place drawn.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> from povstudy.sources.outputs import output_ratios
    >>> ax = ps.figures.ratios_per_worker(output_ratios(ps.load("programme_outputs")))
    """
    t = words(lang)
    rows = _ratios_of(ratios, place, _PER_WORKER)
    told = _ranges(ax, rows, t, "{:.1f}".format)
    ax.set_xlim(0, rows["high"].max() * 1.25)
    span = f"{rows['start_year'].min()}-{rows['end_year'].max()}"
    return style.finish(
        ax,
        title=t(f"What was recorded for each worker sent, {span}", f"每名派出社工的服务记录，{span}年"),
        unit=t(*_READING),
        source=source,
        alt=t("Ranges of recorded events per worker over the whole period, not per year. ",
              "每名社工服务记录数的区间，为整个时期合计，非每年。") + told + t(".", "。"),
        data=rows[["ratio", "quotient", "bound", "low", "high"]],
        lang=lang,
    )  # fmt: skip


_CONTACT = ("person_times_per_event", "person_times_per_case", "person_times_per_worker")


@drawn_in("double", *_RATIO_COLUMNS, "numerator")
def person_times(ratios, *, place="China", source=None, ax=None, lang="en"):
    """Why a count of person-times can hardly be casework: averages per event, case and worker.

    Parameters
    ----------
    ratios : DataFrame
        As `povstudy.output_ratios` returns it.
    place : str
        Place drawn.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> from povstudy.sources.outputs import output_ratios
    >>> ax = ps.figures.person_times(output_ratios(ps.load("programme_outputs")))
    """
    t = words(lang)
    rows = _ratios_of(ratios, place, _CONTACT)
    told = _ranges(ax, rows, t, "{:,.3g}".format)
    ax.set_xscale("log")
    ax.set_xlim(0.8, rows["high"].max() * 6)
    ax.xaxis.set_major_formatter("{x:,g}")
    ax.minorticks_off()
    ax.axvline(1, color=style.COLOURS["vermilion"], ls="--", lw=1.2)
    ax.annotate(t("1: one person, met once", "1：一人一次"), (1, len(rows) - 0.5), (4, 5),
                textcoords="offset points", color=style.COLOURS["vermilion"])  # fmt: skip
    total = rows.loc[rows["ratio"].str.startswith("person_times"), "numerator"].max()
    count = t(f"{total / 1e6:.1f} million", f"{total / 1e4:,.0f}多万")
    return style.finish(
        ax,
        title=t(f"Why over {count} person-times can hardly be casework",
                f"为何{count}人次很难是个案层面的接触"),
        unit=t("log scale; ", "对数刻度；") + t(*_READING),
        source=source,
        alt=t(f"Ranges on a log scale. Over {count} person-times, which are not persons, set "
              "against recorded events, cases and workers: the averages are of the size of "
              "audiences. ",
              f"对数刻度区间图。{count}人次（并非人数）与服务次数、个案数、社工数相比，平均规模近于"
              "听众。") + told + t(".", "。"),
        data=rows[["ratio", "quotient", "bound", "low", "high"]],
        lang=lang,
    )  # fmt: skip
