"""How well the register was kept: its review, its flows, and the audit of those who left it."""

import re

import pandas as pd

from ...base.errors import DataError
from ...base.language import words
from ...base.status import Source
from ...sources.catalogue import credit
from .. import draw, style
from ..draw import Drawn, drawn_in


@drawn_in("double", "event", "measure", "value", "unit", "series")
def exit_audit(table, *, event="exit_audit_2018_cohort", source=None, ax=None, lang="en"):
    """Counties audited at exit, by whether a wrong exit and an omission were found.

    The published shares are turned back into whole counties; if they do not land on whole
    numbers within their rounding, the figure is refused.

    Parameters
    ----------
    table : DataFrame
        Columns ``event``, ``measure`` (``counties``, ``share_no_wrong_exit``,
        ``share_no_omission``, ``share_neither``, in percent with two digits), ``value``,
        ``unit``, ``series``.
    event : str
        Event drawn.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> ax = ps.figures.exit_audit(ps.load("register_audits"))
    >>> ax.data_behind["counties"].tolist()
    [230, 26, 15, 12]
    """
    t = words(lang)
    total, no_exit, no_omission, neither = _counties(table, event)
    year = re.search(r"\d{4}|$", event)[0]
    wrong, omitted, either = total - no_exit, total - no_omission, total - neither
    both = wrong + omitted - either
    cells = {  # (wrong exit found, omission found): counties
        (False, False): neither, (True, False): wrong - both,
        (False, True): omitted - both, (True, True): both,
    }  # fmt: skip
    looks = {(False, False): ("green", ""), (True, False): ("orange", "//"),
             (False, True): ("sky", "\\\\"), (True, True): ("vermilion", "xx")}  # fmt: skip
    names = {(False, False): t("neither", "两类都没有"), (True, False): t("wrong\nexit only", "仅错退"),
             (False, True): t("omission only", "仅漏评"), (True, True): t("both", "两类都有")}  # fmt: skip
    left, gap = 0, total * 0.012
    for exit_found, width in ((False, no_exit), (True, wrong)):
        floor = 0.0
        for omission_found in (False, True):
            n = cells[exit_found, omission_found]
            colour, hatch = looks[exit_found, omission_found]
            height = n / width
            ax.bar(left + width / 2, height - 0.012, width - gap / 2, bottom=floor, hatch=hatch,
                   color=style.COLOURS[colour], edgecolor="white", lw=0.5)  # fmt: skip
            told = f"{n} {names[exit_found, omission_found]}"
            ax.text(left + width / 2, floor + height / 2 - 0.006, told, ha="center",
                    va="center", bbox=draw.WHITE)  # fmt: skip
            floor += height
        left += width + gap
    right = total + gap
    ax.set(xlim=(0, right), ylim=(0, 1))
    ax.set_xticks(
        [no_exit / 2, no_exit + gap + wrong / 2],
        [t(f"no wrong exit found\n{no_exit} counties", f"未发现错退\n{no_exit}个县"),
         t(f"wrong exit found\n{wrong} counties", f"发现错退\n{wrong}个县")],
    )  # fmt: skip
    level = neither / no_exit
    ax.set_yticks(
        [level / 2, (1 + level) / 2],
        [t(f"no omission found\n{no_omission} counties in all", f"未发现漏评\n共{no_omission}个县"),
         t(f"omission found\n{omitted} counties in all", f"发现漏评\n共{omitted}个县")],
    )  # fmt: skip
    ax.tick_params(length=0)
    ax.grid(visible=False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    chance = wrong * omitted / total
    data = pd.DataFrame(
        [(a, b, n) for (a, b), n in cells.items()],
        columns=["wrong_exit_found", "omission_found", "counties"],
    )
    return Drawn(
        title=t(f"China, exits of {year}: the audit found errors in {either} of {total} counties, both kinds in {both}",
                f"中国，{year}年退出的县：{total}个县中{either}个查出问题，其中{both}个两类都有"),
        unit=t("counties, areas in proportion; whole numbers worked out from published shares",
               "县数，面积按比例；由公布的比例还原为整数"),
        alt=t(f"Mosaic of {total} audited counties: {neither} with neither error, {wrong - both} "
              f"with wrong exits only, {omitted - both} with omissions only, {both} with both. If "
              f"the two were independent, {chance:.1f} would have both: errors go together. "
              "These are counties where at least one case was found, not shares of persons.",
              f"{total}个被核查县的马赛克图：{neither}个县两类都没有，{wrong - both}个县仅有错退，"
              f"{omitted - both}个县仅有漏评，{both}个县两类都有。若两者独立，约{chance:.1f}个县会"
              "两类都有：误差相伴出现。这里是至少查出一例的县，不是人口比例。"),
        data=data,
    )  # fmt: skip


# What an audit decides ---------------------------------------------------------------


@drawn_in("double", "n", "design_effect", "upper")
def no_error_bounds(table, *, limit=2.0, source=None, ax=None, lang="en"):
    """How many errors there may be where none was found, by how many were looked at.

    Parameters
    ----------
    table : DataFrame
        ``n design_effect upper``: persons looked at, design effect, upper bound as a share, as
        of ``ps.proportion_interval(0, n, design_effect=...)``.
    limit : float
        In percent, that an audit must keep.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"n": [200, 1000], "design_effect": 3})
    >>> table["upper"] = ps.proportion_interval(0, table["n"], design_effect=3)[1]
    >>> ax = ps.figures.no_error_bounds(table, source=ps.Source("computed", "Binomial bounds"))
    >>> ax.data_behind["upper"].round(4).tolist(), ax.source.status
    ([0.0439, 0.0089], 'computed')
    """
    t = words(lang)
    inks = ("blue", "green", "vermilion", "purple", "orange")
    effects = sorted(table["design_effect"].unique().tolist())
    if len(effects) > len(inks):
        raise DataError(f"Not more than {len(inks)} design effects are told apart.", found=len(effects),
                        remedy=f'table = table[table["design_effect"].isin({effects[: len(inks)]})]')  # fmt: skip
    # No error is found with chance (1 - bound) ** (n / design effect): what the level leaves out.
    level = 100 * (1 - (1 - table["upper"]) ** (table["n"] / table["design_effect"])).median()
    looks = dict(zip(effects, zip(inks, style.MARKERS, strict=False), strict=False))
    draw.curves(ax, table, "n", "design_effect", looks,
                [t(f"design effect {effect:g}", f"设计效应{effect:g}") for effect in effects], ends=["upper"])  # fmt: skip
    said = [
        t(f"{100 * last.upper:.2f} at {last.n:,.0f} and design effect {last.design_effect:g}",
          f"{last.n:,.0f}人、设计效应{last.design_effect:g}时为{100 * last.upper:.2f}")
        for last in table.sort_values("n").groupby("design_effect").tail(1)
        .sort_values("design_effect").itertuples()
    ]  # fmt: skip
    ax.axhline(limit, color=style.INK, lw=1, ls="--")
    draw.beside(ax, t(f"limit {limit:g} %", f"限值{limit:g}%"), (1, limit), (-4, 4), ha="right",
                xycoords=("axes fraction", "data"))  # fmt: skip
    ax.set_xscale("log")
    ticks = sorted(table["n"].unique())
    ax.set_xticks(ticks, [f"{one:,.0f}" for one in ticks])
    ax.set_xticks([], minor=True)
    ax.set_ylim(0, None)
    ax.set_xlabel(t("persons looked at, none with an error", "核查人数（未发现误差）"))
    ax.legend(loc="upper right")
    return Drawn(
        title=t("No error was found: how many there may still be", "未发现误差时，误差仍可能有多少"),
        unit=t(f"percent of persons, upper bound, one-sided {level:.3g} %",
               f"占人口的百分比，单侧{level:.3g}%上限"),
        alt=t("Curves of the upper bound by the number of persons looked at: ",
              "上限随核查人数变化的曲线："),
        data=table,
        said=said,
        source=_computed(source),
    )  # fmt: skip


def _computed(source):
    """The source of a closed form: no data of any kind stand behind it."""
    found = credit(source) if source else Source("", "exact binomial bounds", "二项分布精确界限")
    return Source("computed", found.text, found.text_zh)


_INDICES = {
    "omission rate": ("omission rate", "漏评率"),
    "wrong exit rate": ("wrong exit rate", "错退率"),
    "composite incidence": ("composite incidence", "综合贫困发生率"),
    "approval": ("approval", "群众认可度"),
    "lacking": ("households that do not approve", "不认可的户"),
}
_VERDICTS = {  # words, colour
    "passes": (("passes", "通过"), "green"),
    "fails": (("fails", "不通过"), "vermilion"),
    "cannot be told": (("cannot be told", "无法判定"), "blue"),
}


def _counted(verdicts, t):
    """How many indices have each verdict, in words."""
    n, found = len(verdicts), verdicts.value_counts()
    said = [
        t(f"{found[one]} {words_of[0]}", f"{found[one]}项{words_of[1]}")
        for one, words_of in (("fails", ("fail", "不通过")), ("cannot be told", ("cannot be told", "无法判定")),
                              ("passes", ("pass", "通过"))) if one in found
    ]  # fmt: skip
    return t(f"of {n} indices {', '.join(said)}", f"{n}项指标中{'，'.join(said)}")


@drawn_in("double", "term", "estimate", "ci_low", "ci_high", "limit", "verdict", "method")
def audit_bounds(table, *, source=None, ax=None, lang="en"):
    """The four indices of an exit audit with their bounds, limits and verdicts.

    Approval is drawn as what is lacking to 100 percent, so that all four must stay left of
    their limit.

    Parameters
    ----------
    table : DataFrame
        ``ps.exit_audit(...).tidy()``.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import povstudy as ps
    >>> sample, totals = ps.lessons.audit_sample(ps.simulate(households=5_000, years=8), 900_000, 2019)
    >>> audit = ps.exit_audit(sample, totals, "West", weight="weight")
    >>> ax = ps.figures.audit_bounds(audit.tidy(), source=sample.attrs["source"])
    >>> len(ax.data_behind)
    4
    """
    t = words(lang)
    rows = table.reset_index(drop=True)
    lacks = rows["decides"] == "ci_low"  # approval: what is lacking to 100
    ends = {"ci_low": "ci_high", "ci_high": "ci_low", "estimate": "estimate", "limit": "limit"}
    turned = {one: rows[one].where(~lacks, 100 - rows[end]) for one, end in ends.items()}
    rows = rows.assign(**turned, place=rows.index).assign(ci_low=turned["ci_low"].clip(lower=0))
    verdicts = {one: (ink, "o") for one, (_, ink) in _VERDICTS.items()}
    draw.dots(ax, rows, "place", "verdict", verdicts, [None] * len(verdicts), lw=2)
    ax.vlines(rows["limit"], rows["place"] - 0.32, rows["place"] + 0.32, color=style.INK, lw=2)
    said, names = [], []
    for row, lacking in zip(rows.itertuples(), lacks, strict=True):
        texts, colour = _VERDICTS[row.verdict]
        draw.beside(ax, t(*texts), (max(row.ci_high, row.limit), row.place), (8, 0), va="center",
                    color=style.COLOURS[colour])  # fmt: skip
        name = t(*_INDICES["lacking" if lacking else row.term])
        names.append(f"{name}\n" + t(f"limit {row.limit:g} %", f"限值{row.limit:g}%"))
        said.append(t(
            f"{name} {row.estimate:.2f}, bounds {row.ci_low:.2f} to {row.ci_high:.2f}, "
            f"limit {row.limit:g}: {texts[0]}",
            f"{name}{row.estimate:.2f}，界限{row.ci_low:.2f}至{row.ci_high:.2f}，"
            f"限值{row.limit:g}：{texts[1]}"))  # fmt: skip
    draw.labelled_rows(ax, names)
    ax.set_xlim(0, 1.25 * rows[["ci_high", "limit"]].max().max())
    sided, level = re.search(r"(one|two)-sided ([\d.]+) %", table["method"].iloc[0]).groups()
    return Drawn(
        title=t("Exit audit: ", "退出核查：") + _counted(table["verdict"], t),
        unit=t(f"percent; lines: {sided}-sided {level} % bounds; upright: limit",
               f"百分比；横线：{'单' if sided == 'one' else '双'}侧{level}%界限；竖线：限值"),
        alt=t("Four indices with bounds: ", "四项指标及界限："),
        data=table,
        said=said,
    )  # fmt: skip


@drawn_in("double", "year", "stock")
def stocks_and_flows(table, *, inflows, outflows, source=None, ax=None, lang="en"):
    """Stocks by year, and what they would be by last year's stock and the flows between.

    Parameters
    ----------
    table : DataFrame
        ``year stock`` and the flows of the year; stocks are at its end.
    inflows, outflows : list of str
        Columns of flows.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"year": [2016, 2017], "stock": [90, 70], "new": [0, 5], "exited": [10, 20]})
    >>> ax = ps.figures.stocks_and_flows(table, inflows=["new"], outflows=["exited"],
    ...                                  source=ps.Source("reported", "Made up."))
    >>> ax.data_behind["expected"].tolist()
    [nan, 75.0]
    """
    t = words(lang)
    rows = table.sort_values("year").copy()
    flow = rows[list(inflows)].sum(axis=1) - rows[list(outflows)].sum(axis=1)
    rows["expected"] = (rows["stock"].shift() + flow).where(rows["year"].diff() == 1)
    off = rows["expected"].notna() & (rows["expected"] != rows["stock"])
    ax.bar(rows["year"], rows["stock"], 0.6, color=style.COLOURS["sky"],
           label=t("stock, as reported", "存量（上报）"))  # fmt: skip
    ax.plot(rows["year"], rows["expected"], ls="", marker="_", ms=26, mew=2, color=style.INK,
            label=t("last year's stock with the flows", "上年存量加减流量"))  # fmt: skip
    top = rows[["stock", "expected"]].max().max()
    for row in rows[off].itertuples():
        gap = row.stock - row.expected
        draw.beside(ax, f"{gap:+,.0f}".replace("-", "\u2212"), (row.year, max(row.stock, row.expected)), (0, 6),
                    ha="center", color=style.COLOURS["vermilion"])  # fmt: skip
    ax.set_ylim(0, 1.22 * top)
    ax.set_xticks(rows["year"])
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.legend(loc="upper right")
    years = ", ".join(f"{one:.0f}" for one in rows.loc[off, "year"])
    return Drawn(
        title=t(f"Stocks and flows: {off.sum()} of {rows['expected'].notna().sum()} years do not add up",
                f"存量与流量：{rows['expected'].notna().sum()}年中有{off.sum()}年不相符"),
        unit=t("households at the end of the year; red: stock minus what it should be",
               "年末户数；红字：存量与应有数之差"),
        alt=t(f"Bars of stocks by year with the stock that last year and the flows give. Years that differ: {years or 'none'}.",
              f"各年存量柱，附由上年存量与流量推得的数。不相符的年份：{years or '无'}。"),
        data=rows,
    )  # fmt: skip


# Published shares ---------------------------------------------------------------------


def _counties(table, event):
    """Counties audited, and those without a wrong exit, an omission, either."""
    shares = ("share_no_wrong_exit", "share_no_omission", "share_neither")
    value = _measures(table, event, ("counties", *shares))
    total = int(value["counties"])
    return total, *(_whole(value[one], total, one) for one in shares)


def _measures(table, event, names):
    """Values of the measures of one event, all of which must be there once."""
    rows = table[table["event"] == event]
    value = rows.set_index("measure")["value"]
    lacking = [name for name in names if name not in value or value[[name]].size != 1]
    if lacking:
        raise DataError(f"The event {event!r} lacks the measure {lacking[0]}.",
                        found="; ".join(sorted(table["event"].unique())),
                        remedy='table = ps.load("register_audits")')  # fmt: skip
    return value


def _whole(share, total, name):
    """Whole number of counties behind a share in percent with two digits."""
    count = share * total / 100
    if abs(count - round(count)) > 0.005 * total / 100 + 1e-9:
        raise DataError(
            "This share is not one of whole counties, so it cannot be turned back into them.",
            where=name,
            found=f"{share} % of {total} = {count:.3f}",
            remedy="check the share and the number of counties",
        )
    return round(count)
