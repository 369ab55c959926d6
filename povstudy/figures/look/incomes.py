"""Incomes as they are: how they are spread, and by group."""

import numpy as np
import pandas as pd

from ...base.checks import mean, nearest
from ...base.errors import DataError
from ...base.language import words
from .. import draw, style
from ..draw import Drawn, drawn_in
from .rows import (
    Axis,
    groups,
    head,
    label_of,
    line_text,
    lines_of,
    look_at,
    number,
    of_whom,
    quantiles,
    said,
)

_KINDS = ("histogram", "density", "cumulative")
_APART = {"codes": "代码", "<0": "<0", "0": "0", "≤0": "≤0"}
_PLACES = 400  # at which curves are drawn


@drawn_in("double")
def income_distribution(
    svy, income="income", *, line=None, kind="histogram", by=None, log=False, labels=None, source=None,
    ax=None, lang="en",
):  # fmt: skip
    """How incomes are spread, with the poverty line and the share below it: a first look.

    It shows what measures refuse: numbers that look like codes of no answer, zeros and losses on a
    logarithmic axis, and how many rows lie beyond the axis.

    Parameters
    ----------
    svy : Survey or DataFrame
        A row for each household or person. A table is weighted by its column ``weight``, if it has
        one.
    income : str
        Column of incomes, or of any other amount.
    line : float, list of float, dict, RelativeLine or None
        Poverty lines: numbers, or names with numbers.
    kind : {"histogram", "density", "cumulative"}
        Shares in steps, which the line parts where it can; a smooth curve (Gaussian kernel, width by
        Silverman's rule); or the share that has no more than each income.
    by : str, optional
        Column of up to five groups, a curve for each.
    log : bool
        Whether steps of the axis are factors. What is zero or less has a bar of its own then.
    labels : dict, optional
        For the column, or a group, its text or its texts in English and Chinese, such as
        ``{"income": "yuan per person and year"}``.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes
        Its ``data_behind`` has steps or places, percent and rows.

    Raises
    ------
    DataError
        If a column is missing or holds no numbers, or no row has a value and a weight.

    Notes
    -----
    Shares are of rows that have a value which is no code, weighted; *below* is less than the line.
    Which numbers look like codes: ``help(povstudy.base.codes.suspects)``. Steps are as wide as
    Freedman and Diaconis (1981) say, 15 to 60 of them.

    References
    ----------
    Freedman, D., Diaconis, P. (1981), On the histogram as a density estimator, Zeitschrift für
    Wahrscheinlichkeitstheorie 57. Silverman, B. (1986), Density Estimation, Chapman and Hall.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [900, 1500, 2100, 2600, 3000, 3900, 5200, 8000]})
    >>> ax = ps.figures.income_distribution(
    ...     ps.Survey(table), "income", line=2300, source=ps.Source("survey", "Made up."))
    >>> ax.get_title(loc="left")
    '37.5 % lie below the line of 2,300'
    """
    if kind not in _KINDS:
        near = nearest(kind, _KINDS) if isinstance(kind, str) else None
        raise DataError(f"A distribution is drawn as {', '.join(_KINDS)}.{mean(near)}", where="argument kind",
                        found=str(kind)[:60], remedy=f"kind={near or 'histogram'!r}")  # fmt: skip
    t, look = words(lang), look_at(svy, [income], [] if by is None else [by])
    y, w = look.y[income], look.w
    lines = lines_of(line, y, w)
    axis, first = Axis(y, w, lines.values(), log), next(iter(lines.values()), None)
    codes, names = (np.zeros(len(y), dtype=int), [None]) if by is None else groups(look.keys[by])
    below = {one: [100 * w[(codes == k) & (y < one)].sum() / w[codes == k].sum() for k in range(len(names))]
             for one in lines.values()}  # fmt: skip
    looks = draw.groups_of(pd.DataFrame({"by": names}), None if by is None else "by")
    texts = draw.named(names, lang, labels, lists=["value"])
    legend = [None if text is None else text + (t(f" ({x:.1f} % below)", f"（{x:.1f}%低于线）") if len(lines) == 1 else "")
              for text, x in zip(texts, below.get(first, [0] * len(names)), strict=True)]  # fmt: skip
    edges, width = axis.steps(y, w, first)
    apart = [("codes", None)] if look.codes else []
    if log:
        apart += [(one, here) for one, here in (("<0", y < 0), ("0", y == 0)) if here.any()]
    if kind == "cumulative":
        apart = []
        data = _running(axis, y, w, codes, names, lines.values())
    elif kind == "density":
        data = _density(axis, y, w, codes, names, width)
    else:
        data = _counted(y, w, codes, names, edges)
    axis.set_apart([one for one, _ in apart], ax)
    if kind == "histogram":
        _bars(ax, data, first, looks, legend, width, log)
    else:
        smooth = {"drawstyle": "steps-post"} if kind == "cumulative" else {}
        draw.curves(ax, data, "at", None if by is None else "group", {one: (ink, "") for one, (ink, _) in looks.items()},
                    legend, ends=["percent"], scale=1, **smooth)  # fmt: skip
    top = max(data["percent"].max(), 0)
    for name, here in apart:
        more = [(look.coded / w.sum(), look.code_rows)] if here is None else [
            (w[here & (codes == k)].sum() / w[codes == k].sum(), int((here & (codes == k)).sum())) for k in range(len(names))]  # fmt: skip
        top = max(top, _bar_apart(ax, axis.apart[name], more, looks))
        data = pd.concat([data, pd.DataFrame({
            "group": names if here is not None else [None], "apart": name,
            "percent": [100 * share for share, _ in more], "n": [rows for _, rows in more]})], ignore_index=True)  # fmt: skip
    axis.draw(ax, words={one: t(one, zh) for one, zh in _APART.items()})
    step = (
        t(f"; each step a factor of {width:.3g}", f"；每组为前一组的{width:.3g}倍")
        if log
        else t(f"; steps of {number(width)}", f"；组距{number(width)}")
    )
    of = (
        t(f"{of_whom(look, t)}, that have no more", f"{of_whom(look, t)}，收入不超过该值")
        if kind == "cumulative"
        else of_whom(look, t) + step
    )
    notes = axis.beyond(y, w)
    if log and kind == "cumulative" and (rows := int((y <= 0).sum())):
        share = 100 * w[y <= 0].sum() / w.sum()
        notes.append((f"{rows:,} rows ({share:.2g} %) of zero or less, left of the axis",
                      f"{rows:,}行（{share:.2g}%）为零或以下，在坐标轴左侧"))  # fmt: skip
    unit = of + said(look, t, notes)
    above = (
        0 if by is None or kind == "cumulative" else 13.5 * len(names) + 4
    )  # points for the legend
    ax.set_ylim(0, top / (1 - head(ax, above + 12.5 * max(len(lines), bool(apart)) + 6, unit)))
    if kind == "cumulative":
        ax.set_yticks(range(0, 101, 20))
    _draw_lines(ax, axis, lines, below, by, above, t)
    if by is not None:
        ax.legend(loc="center right" if kind == "cumulative" else "upper right", borderaxespad=0.1)
    ax.set_xlabel(label_of(income, lang, labels))
    title, alt = _title(t, y, w, income, lines, below, texts, label_of(income, lang, labels))
    return Drawn(
        title=title,
        unit=unit,
        alt=t(f"{kind.capitalize()} of {label_of(income, lang, labels)}, {len(y):,} rows. ",
              f"{label_of(income, lang, labels)}的{ {'histogram': '直方图', 'density': '密度曲线'}.get(kind, '累积分布') }，共{len(y):,}行。"),
        said=[alt, *filter(None, [said(look, t, notes).strip()])],
        data=data if by is not None else data.drop(columns="group"),
    )  # fmt: skip


def _title(t, y, w, income, lines, below, texts, name):
    """What was found: the share below the line, or the median."""
    if not lines:
        half, rest = (number(one) for one in quantiles(y, w, [0.5, 0.9]))
        found = t(
            f"Half have less than {half}, one in ten more than {rest}",
            f"一半低于{half}，十分之一高于{rest}",
        )
        return found, found
    if len(below[next(iter(lines.values()))]) == 1:
        parts = [t(f"{below[one][0]:.1f} % lie below " + (f"the line of {number(one)}" if key == number(one) else f"{key} ({number(one)})"),
                   f"{below[one][0]:.1f}%低于" + (f"贫困线{number(one)}" if key == number(one) else f"{key}（{number(one)}）"))
                 for key, one in lines.items()]  # fmt: skip
        found = t(", ", "，").join(parts)
        return found, found
    shares = below[next(iter(lines.values()))]
    one = number(next(iter(lines.values())))
    every = t(", ", "，").join(
        f"{text} {x:.1f}{t(' %', '%')}" for text, x in zip(texts, shares, strict=True)
    )
    low, high = int(np.argmin(shares)), int(np.argmax(shares))
    return (
        t(f"Below the line of {one}: {shares[low]:.1f} % ({texts[low]}) to {shares[high]:.1f} % ({texts[high]})",
          f"低于贫困线{one}：从{shares[low]:.1f}%（{texts[low]}）到{shares[high]:.1f}%（{texts[high]}）"),
        t(f"Below the line of {one}: {every}", f"低于贫困线{one}：{every}"),
    )  # fmt: skip


def _counted(y, w, codes, names, edges):
    """Percent of each group in steps."""
    parts = []
    for k, name in enumerate(names):
        mine = codes == k
        shares = np.histogram(y[mine], edges, weights=w[mine])[0] * 100 / w[mine].sum()
        parts.append(pd.DataFrame({"group": name, "from": edges[:-1], "to": edges[1:], "percent": shares,
                                   "n": np.histogram(y[mine], edges)[0]}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _density(axis, y, w, codes, names, width):
    """Percent of each group in a step as wide as that of the histogram, at each place, smoothed."""
    low, high = axis._in(axis.low), axis._in(axis.high)
    grid, step, parts = np.linspace(low, high, _PLACES), np.log10(width) if axis.log else width, []
    for k, name in enumerate(names):
        mine = codes == k
        some = mine & (y > 0) if axis.log else mine
        z, v = axis._in(y[some]), w[some]
        near = (z > low - (high - low)) & (z < high + (high - low))
        counts, edges = np.histogram(z[near], 4 * _PLACES, weights=v[near])
        at = (edges[1:] + edges[:-1]) / 2
        first, third = quantiles(z, v, [0.25, 0.75]) if len(z) else (0, 0)
        spread = np.sqrt(np.cov(z, aweights=v)) if len(z) > 1 else 0.0
        spread = min(spread, (third - first) / 1.349) or spread or step
        reach = 0.9 * spread * (v.sum() ** 2 / (v @ v)) ** -0.2
        kernel = lambda away, h=reach: np.exp(-((away / h) ** 2) / 2) / (h * np.sqrt(2 * np.pi))  # noqa: E731
        made = kernel(grid[:, None] - at) @ counts
        if (
            not axis.log and not (y < 0).any()
        ):  # nothing lies below zero: what the kernel puts there comes back
            made += kernel(grid[:, None] + at) @ counts
        parts.append(pd.DataFrame({"group": name, "at": axis._out(grid),
                                   "percent": 100 * step * made / w[mine].sum(), "n": int(some.sum())}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _running(axis, y, w, codes, names, lines):
    """Percent of each group that has no more than each place."""
    grid = axis._out(np.linspace(axis._in(axis.low), axis._in(axis.high), _PLACES))
    grid, parts = np.unique([*grid, axis.low, axis.high, *lines]), []
    for k, name in enumerate(names):
        mine, running = codes == k, None
        order = np.argsort(y[mine])
        running = np.concatenate([[0], np.cumsum(w[mine][order])])
        upto = np.searchsorted(y[mine][order], grid, side="right")
        parts.append(
            pd.DataFrame(
                {"group": name, "at": grid, "percent": 100 * running[upto] / running[-1], "n": upto}
            )
        )
    return pd.concat(parts, ignore_index=True)


def _bars(ax, data, line, looks, legend, width, log):
    """Bars, those below the line hatched and dark; of groups outlines."""
    if None not in looks:
        steps = data.rename(columns={"from": "at"})
        draw.steps(
            ax, steps[["group", "at", "percent"]], "at", "group", looks, legend, data["to"].max()
        )
        return
    poor = (
        np.zeros(len(data), dtype=bool)
        if line is None
        else (data["to"] <= line * (1 + 1e-9)).to_numpy()
    )
    for here, ink, hatch in ((poor, "blue", "////"), (~poor, "sky", "")):
        part = data[here]
        ax.bar(part["from"], part["percent"], part["to"] - part["from"], align="edge", hatch=hatch,
               color=style.COLOURS[ink if line is not None else "blue"], edgecolor="white", lw=0.5)  # fmt: skip


def _bar_apart(ax, place, more, looks):
    """What has no place on the axis: a bar for each group, with the rows it holds; returns its height."""
    left, _, right = place
    ends = (
        np.geomspace(left, right, len(more) + 1)
        if left > 0
        else np.linspace(left, right, len(more) + 1)
    )
    inks = (
        [style.GREY]
        if len(more) != len(looks) or None in looks
        else [style.COLOURS[ink] for ink, _ in looks.values()]
    )
    for (share, rows), start, end, ink in zip(more, ends[:-1], ends[1:], inks, strict=True):
        ax.bar(
            start,
            100 * share,
            end - start,
            align="edge",
            color=ink,
            alpha=0.7,
            hatch="xxx",
            edgecolor="white",
            lw=0.5,
        )
        if len(more) == 1:
            draw.beside(ax, f"{rows:,}", ((left * right) ** 0.5 if left > 0 else (left + right) / 2, 100 * share),
                        (0, 2), ha="center")  # fmt: skip
    return 100 * max(share for share, _ in more)


def _draw_lines(ax, axis, lines, below, by, above, t):
    """Lines upright, each with its name and the share below it."""
    for k, (name, value) in enumerate(sorted(lines.items(), key=lambda one: one[1])):
        at = axis._in(value)
        right = at > axis._in(axis.low) + axis.wide(0.6)
        ax.axvline(value, color=style.INK, lw=1.2, ls=("--", ":", "-.", "-")[k % 4], zorder=4)
        text = line_text(name, value, t)
        if by is None:
            text += t(f", {below[value][0]:.1f} % below", f"，{below[value][0]:.1f}%低于")
        draw.beside(ax, text, (value, 1), (-4 if right else 4, -3 - above - 12.5 * k), ha="right" if right else "left",
                    xycoords=("data", "axes fraction"), va="top", bbox=draw.WHITE, zorder=5)  # fmt: skip


@drawn_in("double")
def income_by_group(
    svy, income="income", *, by, line=None, log=False, labels=None, source=None, ax=None, lang="en",
):  # fmt: skip
    """Incomes of groups beside each other: median, quarters and tails, weighted.

    Parameters
    ----------
    svy, income
        As in `income_distribution`.
    by : str
        Column of up to 20 groups, a row of the figure for each.
    line : float, list of float, dict, RelativeLine or None
        Poverty lines; the share of each group below the first stands at its row.
    log : bool
        Whether steps of the axis are factors; what is zero or less stands at a place of its own.
    labels : dict, optional
        For the columns, or a group, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes
        Its ``data_behind`` has the quantiles of each group.

    Raises
    ------
    DataError
        If a column is missing or holds no numbers, or there are more than 20 groups.

    Notes
    -----
    A box reaches from the 25th to the 75th percentile, its lines from the 5th to the 95th: quantiles
    as `povstudy.quantile` has them, not those of seaborn's boxes, which know no weights.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [900, 1500, 2100, 2600, 3000, 3900], "area": ["hill", "plain"] * 3})
    >>> ax = ps.figures.income_by_group(table, by="area", source=ps.Source("survey", "Made up."))
    >>> ax.title_text
    'Median income from 2,100 (hill) to 2,600 (plain)'
    """
    t, look = words(lang), look_at(svy, [income], [by])
    y, w, (codes, names) = look.y[income], look.w, groups(look.keys[by])
    if len(names) > 20:
        most = [names[k] for k in np.bincount(codes).argsort()[::-1][:20]]
        raise DataError("A figure shows up to 20 groups.", where=f"column {by}", found=f"{len(names)} groups",
                        remedy=f"table = table[table[{by!r}].isin({most})]")  # fmt: skip
    lines = lines_of(line, y, w)
    first = next(iter(lines.values()), None)
    rows = []
    for k, name in enumerate(names):
        mine = codes == k
        fifths = quantiles(y[mine], w[mine], [0.05, 0.25, 0.5, 0.75, 0.95])
        rows.append(
            [
                name,
                int(mine.sum()),
                *fifths,
                np.nan if first is None else w[mine & (y < first)].sum() / w[mine].sum(),
            ]
        )
    data = pd.DataFrame(rows, columns=[by, "n", "p5", "p25", "median", "p75", "p95", "below_line"])
    drawn = data[["p5", "p25", "median", "p75", "p95"]].to_numpy()
    axis = Axis(drawn.ravel(), np.ones(drawn.size), lines.values(), log)
    axis.low, axis.high = (
        min([axis.low, *drawn[drawn > 0 if log else drawn < np.inf]]),
        max(axis.high, drawn.max()),
    )
    if log and (drawn <= 0).any():
        axis.set_apart(["≤0"], ax)
    keys = ("whislo", "q1", "med", "q3", "whishi")
    boxes = [dict(zip(keys, axis.place(one), strict=True)) | {"fliers": []} for one in drawn]
    thin = {"color": style.COLOURS["blue"], "lw": 1.2, "marker": ""}
    ax.bxp(boxes, positions=range(len(names)), orientation="horizontal", widths=0.55, patch_artist=True, showfliers=False,
           boxprops={"facecolor": style.COLOURS["sky"], "edgecolor": style.COLOURS["blue"]}, whiskerprops=thin,
           capprops=thin, medianprops={"color": style.INK, "lw": 2, "marker": ""})  # fmt: skip
    for value in lines.values():
        ax.axvline(value, color=style.INK, lw=1.1, ls="--", zorder=1)
    texts = draw.named(names, lang, labels, lists=["value"])
    below = [
        t(f"; {100 * x:.1f} % below", f"；{100 * x:.1f}%低于线") if first is not None else ""
        for x in data["below_line"]
    ]
    for k, n in enumerate(data["n"]):
        draw.beside(ax, f"n {n:,}{below[k]}", (1, k), (4, 0), xycoords=("axes fraction", "data"), va="center",
                    color=style.GREY, fontsize=7.5)  # fmt: skip
    weighted = (
        t(f", weighted by {' x '.join(look.weights)}", f"，以{'×'.join(look.weights)}加权")
        if look.weights
        else t(", not weighted", "，未加权")
    )
    unit = (
        t(
            "bar: median; box: 25th to 75th percentile; lines: 5th to 95th",
            "粗线：中位数；箱：第25至75百分位；横线：第5至95百分位",
        )
        + weighted
        + said(look, t)
    )
    room = head(ax, 12 * len(lines) + 2, unit)
    draw.labelled_rows(ax, texts, top=0.5 + len(names) * room / (1 - room), foot=0.6)
    axis.draw(ax, words={one: t(one, zh) for one, zh in _APART.items()})
    for k, (name, value) in enumerate(lines.items()):
        draw.beside(ax, line_text(name, value, t), (value, 1), (4, -2 - 11 * k), xycoords=("data", "axes fraction"), va="top",
                    bbox=draw.WHITE)  # fmt: skip
    name = label_of(income, lang, labels)
    ax.set_xlabel(name)
    middle = data["median"]
    low, high = middle.argmin(), middle.argmax()
    return Drawn(
        title=t(f"Median {name} from {number(middle[low])} ({texts[low]}) to {number(middle[high])} ({texts[high]})",
                f"{name}中位数：从{number(middle[low])}（{texts[low]}）到{number(middle[high])}（{texts[high]}）"),
        unit=unit,
        alt=t(f"Boxes of {name} by group. ", f"各组{name}的箱线图。"),
        said=[t(f"{text}: median {number(row.median)}, middle half {number(row.p25)} to {number(row.p75)}",
                f"{text}：中位数{number(row.median)}，中间一半{number(row.p25)}至{number(row.p75)}")
              for text, row in zip(texts, data.itertuples(), strict=True)],
        data=data,
    )  # fmt: skip
