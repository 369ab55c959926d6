"""What a whole is made of: sources of income by group, and the steps of a change."""

import numpy as np

from ...base.checks import need_columns
from ...base.errors import DataError
from ...base.language import in_percent, told, words
from .. import draw, style
from ..draw import Drawn, drawn_in

_HATCHES = ("", "///", "...", "xx", "\\\\\\")
_NARROW = 9  # percent, below which a part has no number in it
_STEPS = {"growth": ("mean income", "收入均值"), "redistribution": ("redistribution", "再分配"),
          "residual": ("residual", "残差"), "change": ("change", "总变化")}  # fmt: skip


@drawn_in("double", *draw.TIDY)
def income_makeup(table, *, by, labels=None, note=("", ""), source=None, ax=None, lang="en"):
    """What income (or spending) is made of in each group, with the error of each share.

    Parameters
    ----------
    table : DataFrame
        Rows of ``ps.ratio(svy, "wages", "income", by="fifth").tidy()``, one table for each source
        of income below the other (`pandas.concat`). Terms are ``wages / income``. Sources that do
        not add up to the whole leave the rest of a bar empty.
    by : str
        Column of the groups.
    labels : dict, optional
        For a source, the whole, the column of groups or one of them, its text or its texts in
        English and Chinese.
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
    >>> table = pd.DataFrame({"wages": [1.0, 2, 4, 9], "pension": [3.0, 2, 2, 1], "half": [1, 1, 2, 2]})
    >>> table["income"] = table["wages"] + table["pension"]
    >>> svy = ps.Survey(table)
    >>> parts = [ps.ratio(svy, one, "income", by="half").tidy() for one in ("wages", "pension")]
    >>> ax = ps.figures.income_makeup(
    ...     pd.concat(parts), by="half", source=ps.Source("survey", "Made up."))
    >>> ax.get_title(loc="left")
    'Wages, percent of income: 38 (1), 81 (2)'
    """
    need_columns(table, [by])
    t = words(lang)
    pairs = table["term"].astype(str).str.split(" / ", n=1, expand=True)
    if pairs.shape[1] < 2 or pairs[1].isna().any() or pairs[1].nunique() != 1:
        raise DataError("A make-up has terms such as wages / income, all of one whole.",
                        found=", ".join(map(str, table["term"].unique()[:5])),
                        remedy=f'table = ps.ratio(svy, "wages", "income", by={by!r}).tidy()')  # fmt: skip
    rows = table.assign(part=pairs[0]).dropna(subset=[by]).reset_index(drop=True)
    draw.refuse_twice(rows, [by])
    groups, looks = list(dict.fromkeys(rows[by])), draw.groups_of(rows, "part")
    wide = {one: rows[rows["part"] == one].set_index(by).reindex(groups) for one in looks}
    left, places = np.zeros(len(groups)), draw.named(groups, lang, labels)
    said = []
    for (one, (ink, _)), hatch in zip(looks.items(), _HATCHES, strict=False):
        share = 100 * wide[one]["estimate"].fillna(0).to_numpy()
        reach = 50 * (wide[one]["ci_high"] - wide[one]["ci_low"]).to_numpy()
        ax.barh(range(len(groups)), share, 0.66, left=left, color=style.COLOURS[ink], alpha=0.6,
                hatch=hatch, edgecolor="white", label=told(one, lang, labels))  # fmt: skip
        for y, (x, wide_by) in enumerate(zip(share, reach, strict=True)):
            if x >= _NARROW:
                ax.text(left[y] + x / 2, y, f"{x:.0f} ± {wide_by:.0f}", ha="center", va="center",
                        bbox=draw.WHITE)  # fmt: skip
        left = left + share
        texts = [f"{p}{t(' ', '为')}{x:.0f}" for p, x in zip(places, share, strict=True)]
        said.append(draw.listing(t, told(one, lang, labels), texts))
    draw.labelled_rows(ax, places, top=0.6 + 0.12 * len(groups))
    ax.set_xlim(0, max(100, left.max()))
    ax.grid(visible=False)
    ax.legend(loc="upper left", ncols=len(looks))
    whole, over = told(pairs[1].iloc[0], lang, labels), told(by, lang, labels)
    apart = {one: 100 * wide[one]["estimate"].iloc[[0, -1]].fillna(0).to_numpy() for one in looks}
    # of two alike the first
    moved = max(looks, key=lambda one: round(abs(np.diff(apart[one])[0]), 6))
    ends, part = apart[moved], told(moved, lang, labels)
    return Drawn(
        title=t(f"{part[0].upper()}{part[1:]}, percent of {whole}: {ends[0]:.0f} ({places[0]}), {ends[1]:.0f} ({places[-1]})",
                f"{part}占{whole}的百分比：{places[0]}为{ends[0]:.0f}，{places[-1]}为{ends[1]:.0f}"),
        unit=t(f"percent of {whole}; ±: half of the {draw.level_of(table)} % interval",
               f"占{whole}的百分比；±：{draw.level_of(table)}%置信区间的一半") + note[lang == "zh"],
        alt=t(f"Stacked bars of {whole} by {over}. ", f"{whole}构成的堆叠条形图，按{over}。"),
        data=rows.drop(columns="part"),
        said=said,
    )  # fmt: skip


@drawn_in("double", "component", *draw.TIDY)
def waterfall(table, *, start=None, labels=None, note=("", ""), source=None, ax=None, lang="en"):
    """The steps of a change, one after the other, with the error of each.

    Parameters
    ----------
    table : DataFrame
        ``ps.decompose(...).tidy()`` of one measure; or a table of your own in which the steps of the
        column ``component`` add up to its last row.
    start : float, optional
        The value from which the change starts, as a share where the measure is one: the figure then
        begins with it and ends with the value that is reached. Without it steps start from zero.
    labels : dict, optional
        For a step or the measure, its text or its texts in English and Chinese.
    note : str or tuple of str
        What belongs under the title besides, such as the line, in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 2.0, 3.0, 6.0, 2.0, 2.0, 8.0, 12.0],
    ...                       "year": [2011] * 4 + [2019] * 4})
    >>> parts = ps.decompose(ps.Survey(table), "income", 2.5, "year", base=2011, value=2019,
    ...                      measures="gap", method="shapley")
    >>> ax = ps.figures.waterfall(parts.tidy(), source=ps.Source("survey", "Made up."))
    >>> ax.get_title(loc="left")
    'Poverty gap index, 2019 minus 2011: −10.0 points; mean income −17.5, redistribution +7.5'
    """
    t, terms = words(lang), list(dict.fromkeys(table["term"]))
    rows = table.reset_index(drop=True)
    if len(terms) > 1 or rows["component"].duplicated().any() or len(rows) < 3:
        raise DataError("A waterfall shows the steps of one change: each once, and their sum last.",
                        found=f"{len(rows)} rows of {', '.join(map(str, terms[:5]))}",
                        remedy=f'table = table[table["term"] == {terms[0]!r}]')  # fmt: skip
    percent = in_percent(terms[0])
    scale = 100 if percent else 1
    size = (scale * rows["estimate"]).to_numpy()
    if not np.isclose(size[:-1].sum(), size[-1], atol=1e-6 * max(1, np.abs(size).max())):
        raise DataError(
            "The steps do not add up to the last row.", where="column estimate",
            found=f"{size[:-1].sum():g} and {size[-1]:g}",
            remedy="a table with every step, and their sum in its last row",
        )  # fmt: skip
    first = 0.0 if start is None else scale * start
    ends = first + np.cumsum(size[:-1])
    low = np.r_[first, ends[:-1]]
    names = draw.named(rows["component"], lang, {**_STEPS, **(labels or {})})
    span = draw.minus(draw.span_of(rows), t)
    periods = draw.span_of(rows).split(" - ")[::-1] if start is not None and span else None
    bars = [(low[i], size[i], "vermilion" if size[i] > 0 else "blue", "" if size[i] > 0 else "///")
            for i in range(len(size) - 1)]  # fmt: skip
    last = (0.0, first + size[-1]) if start is not None else (0.0, size[-1])
    bars.append((*last, "black", "..."))
    ticks = list(names)
    if start is not None:
        bars.insert(0, (0.0, first, "black", "..."))
        ticks = [periods[0] if periods else t("start", "起点"), *names[:-1],
                 periods[1] if periods else t("end", "终点")]  # fmt: skip
    shift = len(bars) - len(rows)
    signed = [f"{x:+.1f}".replace("-", "\u2212") for x in size]
    for i, (foot, height, ink, hatch) in enumerate(bars):
        look = {"color": style.COLOURS[ink], "alpha": 0.6, "hatch": hatch, "edgecolor": "white"}
        ax.bar(i, height, 0.6, foot, **look)
        top = foot + height
        if i + 1 < len(bars):
            ax.plot([i + 0.3, i + 0.7], [top, top], color=style.GREY, lw=0.8, marker="")
        at, write = i - shift, f"{height:.1f}"
        peak = max(foot, top)
        if at >= 0 and not (start is not None and i == len(bars) - 1):
            middle = foot if at < len(rows) - 1 else 0.0
            reach = [middle + scale * rows[one].iloc[at] for one in ("ci_low", "ci_high")]
            ax.plot([i, i], reach, color=style.INK, lw=1.4, marker="_", ms=6)
            write, peak = signed[at], max(peak, *reach)
        draw.beside(ax, write, (i, peak), (0, 4), ha="center", bbox=draw.WHITE)
    ax.set_xticks(range(len(bars)), ticks)
    ax.axhline(0, color=style.INK, lw=0.8)
    reached = np.array([*ends, first, *(first + scale * rows["ci_low"]), *(low + scale * rows["ci_low"].iloc[:-1]),
                        *(low + scale * rows["ci_high"].iloc[:-1])])  # fmt: skip
    if start is not None:  # steps are small beside the level: look closer
        gap = np.ptp(reached)
        ax.set_ylim(max(0, reached.min() - 0.25 * gap), reached.max() + 0.3 * gap)
    else:
        ax.margins(y=0.16)
    measure = told(terms[0], lang, labels)
    steps = t(", ", "，").join(
        f"{n}{t(' ', '')}{x}" for n, x in zip(names[:-1], signed[:-1], strict=True)
    )
    points = t(" points", "个百分点") if percent else ""
    cut = ax.get_ylim()[0] > 0
    return Drawn(
        title=t(f"{measure[0].upper()}{measure[1:]}{', ' * bool(span)}{span}: {signed[-1]}{points}; {steps}",
                f"{measure}{'，' * bool(span)}{span}：{signed[-1]}{points}；{steps}"),
        unit=(t("percent; ", "%；") if percent else "")
        + t(f"upright lines: {draw.level_of(table)} % confidence intervals of each step",
            f"竖线：每一步的{draw.level_of(table)}%置信区间")
        + (t("; the axis does not start at 0", "；纵轴不从0开始") if cut else "") + note[lang == "zh"],
        alt=t(f"Waterfall of {measure}: {steps}; in all {signed[-1]}{points}.",
              f"{measure}的瀑布图：{steps}；合计{signed[-1]}{points}。"),
        data=rows,
    )  # fmt: skip
