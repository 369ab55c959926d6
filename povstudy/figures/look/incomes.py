"""Incomes as they are: how they are spread, and by group."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from ...base.checks import mean, nearest
from ...base.errors import DataError
from ...base.language import words
from .. import draw, style
from ..draw import Drawn, drawn_in
from . import rows
from .rows import Axis, draw_lines, label_of, number, quantiles, said

_KINDS = {"histogram": "直方图", "density": "密度曲线", "cumulative": "累积分布"}
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
    t, look = words(lang), rows.look_at(svy, income, [] if by is None else [by])
    y, w, name = look.y, look.w, label_of(income, lang, labels)
    lines = rows.lines_of(line, y, w)
    axis, first = Axis(y, w, lines.values(), log), next(iter(lines.values()), None)
    codes, names = (np.zeros(len(y), dtype=int), [None]) if by is None else rows.groups(look.keys[by])  # fmt: skip
    looks = draw.groups_of(pd.DataFrame({"by": names}), None if by is None else "by")
    whole = np.bincount(codes, w)
    below = {one: 100 * np.bincount(codes, w * (y < one)) / whole for one in lines.values()}
    texts = draw.named(names, lang, labels, lists=["value"])
    legend = texts
    if by is not None and len(lines) == 1:
        legend = [text + t(f" ({x:.1f} % below)", f"（{x:.1f}%低于线）") for text, x in zip(texts, below[first], strict=True)]  # fmt: skip
    edges, width = axis.steps(y, w, first)
    apart = {}  # what has a bar of its own: shares and rows of each group
    if look.codes and kind != "cumulative":
        apart["codes"] = [100 * look.coded / w.sum()], [look.code_rows]
    for mark, here in (("<0", y < 0), ("0", y == 0)) if log and kind != "cumulative" else ():
        if here.any():
            apart[mark] = 100 * np.bincount(codes, w * here) / whole, np.bincount(codes, here).astype(int)  # fmt: skip
    axis.set_apart([*apart], ax)
    data = _behind(kind, axis, y, w, codes, names, edges, lines.values())
    if kind != "histogram":
        smooth = {"drawstyle": "steps-post"} if kind == "cumulative" else {}
        draw.curves(ax, data, "at", None if by is None else "group", {one: (ink, "") for one, (ink, _) in looks.items()},
                    legend, ends=["percent"], scale=1, **smooth)  # fmt: skip
    elif by is not None:
        steps = data.rename(columns={"from": "at"})[["group", "at", "percent"]]
        draw.steps(ax, steps, "at", "group", looks, legend, edges[-1])
    else:  # what lies below the line is hatched and dark
        poor = data["to"] <= (0 if first is None else first + 1e-9 * abs(first))
        inks = [style.COLOURS["blue" if one or first is None else "sky"] for one in poor]
        ax.bar(edges[:-1], data["percent"], np.diff(edges), align="edge", color=inks, edgecolor="white", lw=0.5,
               hatch=["////" if one and first is not None else "" for one in poor])  # fmt: skip
    top, parts = data["percent"].max(), [data]
    for mark, (shares, counts) in apart.items():
        _bar_apart(ax, axis, mark, shares, counts, [ink for ink, _ in looks.values()] if by is not None and mark != "codes" else [])  # fmt: skip
        top = max(top, *shares)
        parts.append(pd.DataFrame({"group": names if len(shares) == len(names) else [None], "apart": mark,
                                   "percent": shares, "n": counts}))  # fmt: skip
    data = pd.concat(parts, ignore_index=True) if apart else data
    axis.draw(ax, words={"codes": t("codes", "代码")})
    notes = axis.beyond(y, w)
    if log and kind == "cumulative" and (low := int((y <= 0).sum())):
        share = 100 * w[y <= 0].sum() / w.sum()
        notes.append((f"{low:,} rows ({share:.2g} %) of zero or less, left of the axis",
                      f"{low:,}行（{share:.2g}%）为零或以下，在坐标轴左侧"))  # fmt: skip
    if kind == "cumulative":
        unit = rows.of_whom(look, t, (" with this much or less", "不超过该数额者"))
    else:
        unit = rows.of_whom(look, t) + (t(f"; each step a factor of {width:.3g}", f"；每组为前一组的{width:.3g}倍") if log
                                   else t(f"; steps of {number(width)}", f"；组距{number(width)}"))  # fmt: skip
    unit += said(look, t, notes)
    above = 0 if by is None else 13.5 * len(names) + 4  # points for the legend
    ax.set_ylim(0, (top or 1) / (1 - rows.head(ax, above + 12.5 * max(len(lines), bool(apart)) + 6, unit)))  # fmt: skip
    if kind == "cumulative":
        ax.set_yticks(range(0, 101, 20))
    draw_lines(ax, axis, lines, t, above,
               None if by is not None else lambda one: t(f", {below[one][0]:.1f} % below", f"，{below[one][0]:.1f}%低于此"))  # fmt: skip
    if by is not None:
        ax.legend(loc="upper right", borderaxespad=0.1)
    ax.set_xlabel(name)
    title, alt = _title(t, y, w, lines, below, texts)
    return Drawn(
        title=title,
        unit=unit,
        alt=t(f"{kind.capitalize()} of {name}, {len(y):,} rows. ", f"{name}的{_KINDS[kind]}，共{len(y):,}行。"),
        said=[alt, *filter(None, [said(look, t, notes).strip()])],
        data=data if by is not None else data.drop(columns="group"),
    )  # fmt: skip


def _title(t, y, w, lines, below, texts):
    """What was found, short and whole: the share below the line, or the median."""
    if not lines:
        half, rest = map(number, quantiles(y, w, [0.5, 0.9]))
        return (t(f"Half have less than {half}, one in ten more than {rest}", f"一半低于{half}，十分之一高于{rest}"),) * 2  # fmt: skip
    if len(texts) == 1:
        named = [(below[one][0], number(one), "" if key == number(one) else key) for key, one in lines.items()]  # fmt: skip
        return (t(", ", "，").join(
            t(f"{x:.1f} % lie below " + (f"{key} ({one})" if key else f"the line of {one}"),
              f"{x:.1f}%低于" + (f"{key}（{one}）" if key else f"贫困线{one}")) for x, one, key in named),) * 2  # fmt: skip
    value = next(iter(lines.values()))
    shares = [f"{x:.1f}{t(' %', '%')}" for x in below[value]]
    low, high = below[value].argmin(), below[value].argmax()
    start = t(f"Below the line of {number(value)}: ", f"低于贫困线{number(value)}：")
    return (
        start + t(f"{shares[low]} ({texts[low]}) to {shares[high]} ({texts[high]})",
                  f"从{shares[low]}（{texts[low]}）到{shares[high]}（{texts[high]}）"),
        start + t(", ", "，").join(f"{text} {x}" for text, x in zip(texts, shares, strict=True)),
    )  # fmt: skip


def _behind(kind, axis, y, w, codes, names, edges, lines):
    """Percent of each group: in steps, smoothed as in such a step, or up to each place."""
    ends, parts = [axis.inner(axis.low), axis.inner(axis.high)], []
    grid = np.linspace(*ends, _PLACES)
    for k, name in enumerate(names):
        mine = codes == k
        z, v = y[mine], w[mine]
        if kind == "histogram":
            n, made = np.histogram(z, edges)[0], np.histogram(z, edges, weights=v)[0]
            places = {"from": edges[:-1], "to": edges[1:]}
        elif kind == "density":
            step = axis.inner(edges[1]) - axis.inner(edges[0])
            some = z > 0 if axis.log else np.ones(len(z), dtype=bool)
            made = _smooth(axis.inner(z[some]) / step, v[some], grid / step, not axis.log and not (y < 0).any())  # fmt: skip
            places, n = {"at": axis.outer(grid)}, int(some.sum())
        else:
            places = {"at": np.unique([*axis.outer(grid), axis.low, axis.high, *lines])}
            order = np.argsort(z)
            n = np.searchsorted(z[order], places["at"], side="right")
            made = np.concatenate([[0], np.cumsum(v[order])])[n]
        parts.append(pd.DataFrame({"group": name, **places, "percent": made * 100 / v.sum(), "n": n}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _smooth(z, v, grid, mirrored):
    """Weights around each place of a grid, by a Gaussian kernel; if mirrored, nothing is below zero."""
    if not len(z):
        return np.zeros(len(grid))
    first, third = quantiles(z, v, [0.25, 0.75])
    spread = np.sqrt(np.cov(z, aweights=v)) if len(z) > 1 else 0.0
    spread = min(spread, (third - first) / 1.349) or spread or 1  # of one value: a step
    reach = 0.9 * spread * (v.sum() ** 2 / (v @ v)) ** -0.2
    counts, edges = np.histogram(z, 4 * _PLACES, (2 * grid[0] - grid[-1], 2 * grid[-1] - grid[0]), weights=v)  # fmt: skip
    at = (edges[1:] + edges[:-1]) / 2  # rows are counted first: there may be very many
    return sum(norm.pdf(grid[:, None], one, reach) @ counts for one in ((at, -at) if mirrored else (at,)))  # fmt: skip


def _bar_apart(ax, axis, mark, shares, counts, inks):
    """What has no place on the axis: a bar, or one for each group, with the rows it holds."""
    left, middle, right = map(axis.inner, axis.apart[mark])
    edges = axis.outer(np.linspace(left, right, len(shares) + 1))
    ax.bar(edges[:-1], shares, np.diff(edges), align="edge", alpha=0.7, hatch="xxx", edgecolor="white", lw=0.5,
           color=[style.COLOURS[one] for one in inks] or style.GREY)  # fmt: skip
    if len(shares) == 1:
        draw.beside(ax, f"{counts[0]:,}", (axis.outer(middle), shares[0]), (0, 2), ha="center")


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
    t, look = words(lang), rows.look_at(svy, income, [by])
    y, w, (codes, names) = look.y, look.w, rows.groups(look.keys[by])
    if len(names) > 20:
        most = [names[k] for k in np.bincount(codes).argsort()[::-1][:20]]
        raise DataError("A figure shows up to 20 groups.", where=f"column {by}", found=f"{len(names)} groups",
                        remedy=f"table = table[table[{by!r}].isin({most})]")  # fmt: skip
    lines = rows.lines_of(line, y, w)
    cut = next(iter(lines.values()), np.nan)
    drawn = np.array([quantiles(y[codes == k], w[codes == k], [0.05, 0.25, 0.5, 0.75, 0.95]) for k in range(len(names))])  # fmt: skip
    count, below = np.bincount(codes), np.bincount(codes, w * (y < cut)) / np.bincount(codes, w)
    axis = Axis(drawn.ravel(), np.ones(drawn.size), lines.values(), log)
    axis.low, axis.high = min(axis.low, drawn[(drawn > 0) | (not log)].min()), max(axis.high, drawn.max())  # fmt: skip
    axis.set_apart(["≤0"] if log and (drawn <= 0).any() else [], ax)
    keys = ("whislo", "q1", "med", "q3", "whishi")
    thin = {"color": style.COLOURS["blue"], "lw": 1.2, "marker": ""}
    ax.bxp([dict(zip(keys, one, strict=True)) for one in axis.place(drawn)], positions=range(len(names)),
           orientation="horizontal", widths=0.55, patch_artist=True, showfliers=False, whiskerprops=thin, capprops=thin,
           boxprops={"facecolor": style.COLOURS["sky"], "edgecolor": style.COLOURS["blue"]},
           medianprops={"color": style.INK, "lw": 2, "marker": ""})  # fmt: skip
    texts = draw.named(names, lang, labels, lists=["value"])
    for k, (n, share) in enumerate(zip(count, below, strict=True)):
        draw.beside(ax, f"n {n:,}" + (t(f"; {100 * share:.1f} % below", f"；{100 * share:.1f}%低于线") if lines else ""),
                    (1, k), (4, 0), xycoords=("axes fraction", "data"), va="center", color=style.GREY, fontsize=7.5)  # fmt: skip
    unit = t("bar: median; box: 25th to 75th percentile; lines: 5th to 95th",
             "粗线：中位数；箱：第25至75百分位；横线：第5至95百分位") + rows.weighted(look, t) + said(look, t)  # fmt: skip
    room = rows.head(ax, 12.5 * len(lines) + 2, unit)
    draw.labelled_rows(ax, texts, top=0.5 + len(names) * room / (1 - room), foot=0.6)
    axis.draw(ax)
    draw_lines(ax, axis, lines, t)
    name, middle = label_of(income, lang, labels), drawn[:, 2]
    ax.set_xlabel(name)
    ends = [t(f"{number(middle[k])} ({texts[k]})", f"{number(middle[k])}（{texts[k]}）") for k in (middle.argmin(), middle.argmax())]  # fmt: skip
    columns = ["n", "p5", "p25", "median", "p75", "p95", "below_line"]
    return Drawn(
        title=t(f"Median {name} from {ends[0]} to {ends[1]}", f"{name}中位数：从{ends[0]}到{ends[1]}") if len(names) > 1
        else t(f"Median {name} {ends[0]}", f"{name}中位数：{ends[0]}"),
        unit=unit,
        alt=t(f"Boxes of {name} by group. ", f"各组{name}的箱线图。"),
        said=[t(f"{text}: median {number(at[2])}, middle half {number(at[1])} to {number(at[3])}",
                f"{text}：中位数{number(at[2])}，中间一半{number(at[1])}至{number(at[3])}")
              for text, at in zip(texts, drawn, strict=True)],
        data=pd.DataFrame({"group" if by in columns else by: names, "n": count,
                           **dict(zip(columns[1:-1], drawn.T, strict=True)), "below_line": below if lines else np.nan}),
    )  # fmt: skip
