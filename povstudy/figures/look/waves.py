"""Panels as they are: two waves beside each other, who is seen when, and who is helped when."""

import numpy as np
import pandas as pd

from ...base.checks import need_columns
from ...base.columns import need_numbers
from ...base.errors import DataError
from ...base.language import told, words
from .. import draw, style
from ..draw import Drawn, drawn_in
from .rows import Axis, head, label_of, lines_of, look_at, number, of_whom, said

_DOTS = 2_000  # households that are drawn one by one; more are counted in cells
_ROWS = 15  # patterns that are drawn, where the figure is high enough


@drawn_in("double")
def two_waves(
    panel, income="income", *, line, waves=None, log=True, household="household_id", time="year",
    labels=None, source=None, ax=None, lang="en",
):  # fmt: skip
    """Incomes of the same households in two waves, with the line: who left, who fell, who stayed.

    Parameters
    ----------
    panel : Survey or DataFrame
        A row for each household and wave. A table is weighted by its column ``weight``, if it has
        one; a pair has the weight of the first wave.
    income : str
        Column of incomes.
    line : float or dict
        The poverty line: one, or one for each of the two waves, such as ``{2018: 2995, 2020: 4000}``.
    waves : tuple, optional
        The two waves; the first and the last without it.
    log : bool
        Whether steps of the axes are factors; what is zero or less stands at a place of its own.
    household, time : str
        Columns of the household and the wave.
    labels : dict, optional
        For the column, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes
        Its ``data_behind`` has the four groups with their shares.

    Raises
    ------
    DataError
        If a wave is not there, a household is there twice in one, or nobody was seen in both.

    Notes
    -----
    Poor is whose income is below the line. Over 2,000 households are counted in cells. Errors of
    measurement alone move households across the line: see ``povstudy.misclassification_bounds``.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": [1, 1, 2, 2, 3, 3, 4, 4], "year": [2018, 2020] * 4,
    ...                       "income": [900, 3000, 1500, 1700, 2600, 1900, 4000, 5200]})
    >>> ax = ps.figures.two_waves(panel, line=2300, source=ps.Source("survey", "Made up."))
    >>> ax.title_text
    'Of 100 poor in 2018, 50 were not poor in 2020'
    """
    t, look = words(lang), look_at(panel, income, [household, time])
    both, first, second = _pairs(look, household, time, waves)
    lines = [_line_of(line, wave) for wave in (first, second)]
    x, y, w = (both[one].to_numpy() for one in ("y0", "y1", "w"))
    poor = x < lines[0], y < lines[1]
    names = {"poor in both": (True, True, "两期均贫困"), "left poverty": (True, False, "脱离贫困"),
             "became poor": (False, True, "陷入贫困"), "poor in neither": (False, False, "两期均不贫困")}  # fmt: skip
    here = {name: (poor[0] == a) & (poor[1] == b) for name, (a, b, _) in names.items()}
    shares, counts = zip(
        *((100 * w[one].sum() / w.sum(), int(one.sum())) for one in here.values()), strict=True
    )
    data = pd.DataFrame({"group": [*names], "percent": shares, "n": counts})
    every = np.concatenate([x, y])
    axis = Axis(every, np.concatenate([w, w]), lines, log)
    axis.set_apart(["≤0"] if log and (every <= 0).any() else [], ax)
    _points(ax, axis, axis.place(x), axis.place(y), w, log)
    for which in "xy":
        axis.draw(ax, which)
    ax.plot(*[[axis.low, axis.high]] * 2, color=style.GREY, lw=0.8, marker="", ls="-", zorder=2)
    ax.axvline(lines[0], color=style.INK, lw=1.1, ls="--")
    ax.axhline(lines[1], color=style.INK, lw=1.1, ls="--")
    texts = []
    for (name, (a, b, chinese)), share in zip(names.items(), data["percent"], strict=True):
        texts.append(f"{t(name, chinese)} {share:.1f}{t(' %', '%')}")
        draw.beside(ax, texts[-1], (0 if a else 1, 0 if b else 1), (4 if a else -4, 4 if b else -4), xycoords="axes fraction",
                    ha="left" if a else "right", va="bottom" if b else "top", bbox=draw.WHITE | {"alpha": 0.85}, zorder=6)  # fmt: skip
    ax.grid(visible=False)
    name = label_of(income, lang, labels)
    for label, wave, one in ((ax.set_xlabel, first, lines[0]), (ax.set_ylabel, second, lines[1])):
        label(t(f"{name} in {wave} (line {number(one)})", f"{wave}年{name}（贫困线{number(one)}）"))
    were = w[poor[0]].sum()
    out = 100 * w[here["left poverty"]].sum() / were if were else 0
    found = (t(f"Of 100 poor in {first}, {out:.0f} were not poor in {second}", f"{first}年每100户贫困户中，{second}年有{out:.0f}户不再贫困")
             if were else t(f"Nobody was poor in {first}", f"{first}年无人贫困"))  # fmt: skip
    alone = len(look.w) - 2 * len(both)
    notes = [(f"{len(both):,} households seen in both", f"两期均调查到{len(both):,}户")]
    if alone:
        notes.append((f"{alone:,} rows of other waves or seen once not drawn", f"其他期次或只调查到一次的{alone:,}行未绘出"))  # fmt: skip
    what = t("darker: more households", "颜色越深户数越多") if len(x) > _DOTS else t("dots: households", "圆点：户")  # fmt: skip
    return Drawn(
        title=found,
        unit=t(f"{what}; shares in {of_whom(look, t)}; full line: no change", f"{what}；{of_whom(look, t)}；实线：无变化")
        + said(look, t, [*notes, *axis.beyond(every, np.concatenate([w, w]))]),
        alt=t(f"{name} of {len(both):,} households in {first} and {second}. ", f"{len(both):,}户{first}年与{second}年的{name}。"),
        said=texts,
        data=data,
    )  # fmt: skip


def _pairs(look, household, time, waves):
    """Values of households that are seen in two waves, with the weight of the first."""
    there = sorted(pd.unique(look.keys[time]))
    waves = (there[0], there[-1]) if waves is None else waves
    if not (isinstance(waves, list | tuple) and len(waves) == 2 and waves[0] != waves[1]
            and all(pd.api.types.is_scalar(one) and one in there for one in waves)):  # fmt: skip
        found = ", ".join(map(str, there[:12]))
        raise DataError("Two waves of the panel are needed.", where="argument waves", found=f"{waves}; the panel has {found}",
                        remedy=f"waves={(_plain(there[0]), _plain(there[-1]))}" if len(there) > 1 else None)  # fmt: skip
    rows = pd.DataFrame({"id": look.keys[household], "time": look.keys[time], "y": look.y, "w": look.w})  # fmt: skip
    rows = rows[rows["time"].isin(waves)]
    _need_once(rows["id"], rows["time"], household, time)
    one, two = (rows[rows["time"] == wave].set_index("id") for wave in waves)
    both = one.rename(columns={"y": "y0"})[["y0", "w"]].join(two["y"].rename("y1"), how="inner")
    if both.empty:
        raise DataError(f"No household was seen in {waves[0]} and in {waves[1]}.", where=f"column {household}",
                        found=f"{one.index[0]!r} and {two.index[0]!r}")  # fmt: skip
    return both, *waves


def _need_once(ids, times, household, time):
    """Refuse a household that is there twice in one wave."""
    twice = pd.DataFrame({"id": ids, "time": times}).duplicated()
    if twice.any():
        raise DataError("A household is there twice in one wave.", found=f"{twice.sum():,} rows",
                        where=f"household {_plain(ids[twice].iloc[0])!r}, time {_plain(times[twice].iloc[0])}",
                        remedy=f"panel = panel.drop_duplicates({[household, time]})  # if the rows say the same")  # fmt: skip


def _plain(value):
    return getattr(value, "item", lambda: value)()


def _line_of(line, wave):
    if isinstance(line, dict) and wave not in line:
        raise DataError("A line is needed for each of the two waves.", where="argument line",
                        found=", ".join(map(str, line)), remedy=f"line={ {**line, _plain(wave): 2300} }")  # fmt: skip
    line = line[wave] if isinstance(line, dict) else line
    if hasattr(line, "share") or len(lines := lines_of(line, None, None)) != 1:
        raise DataError("Two waves are drawn with one line each.", where="argument line", found=str(line)[:60],
                        remedy="line=2300")  # fmt: skip
    return next(iter(lines.values()))


def _points(ax, axis, x, y, w, log):
    """Households: as dots, or counted in cells where they would lie on each other."""
    import seaborn as sns
    from matplotlib.colors import LogNorm

    blue = style.COLOURS["blue"]
    if len(x) <= _DOTS:
        with draw._same_labels(ax):
            sns.scatterplot(x=x, y=y, ax=ax, s=14, alpha=0.45, color=blue, edgecolor="none", legend=False)  # fmt: skip
        return
    scale = "log" if log else "linear"
    cells = ax.hexbin(x, y, w, reduce_C_function=np.sum, gridsize=(46, 26), xscale=scale, yscale=scale, mincnt=1,
                      extent=[*axis.ends, *axis.ends], linewidths=0.1, edgecolors="face",
                      cmap=sns.light_palette(blue, as_cmap=True))  # fmt: skip
    counts = cells.get_array()
    cells.set_norm(LogNorm(counts.min() / 4, counts.max()))  # one household is seen too


# From one group to another --------------------------------------------------------------


@drawn_in("double", "term", "estimate")
def mobility(table, *, first=None, then=None, labels=None, source=None, ax=None, lang="en"):
    """Mobility between groups: of each group, the percent that is in each group later.

    Parameters
    ----------
    table : DataFrame
        A row for each pair of groups: as ``ps.transitions(panel, states=column)`` gives it, or
        ``ps.share(pairs, then, by=first).tidy()``, where ``pairs`` has a row for each household
        that was seen twice, with its group then and before.
    first, then : str, optional
        Columns of the group before and of the group later; without them ``from`` and ``to``, or
        the first two after ``term``.
    labels : dict, optional
        For a group or a column, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Notes
    -----
    In brackets stand standard errors, where the table has them. Rows add up to 100. Fifths of a
    year each hold a fifth of all, so who rises is matched by who falls; errors of income move
    households too, so the chance to stay is a lower bound where errors are independent.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> pairs = pd.DataFrame({"half": [1, 1, 1, 2, 2, 2], "half_later": [1, 1, 2, 1, 2, 2]})
    >>> found = ps.share(ps.Survey(pairs), "half_later", by="half").tidy()
    >>> ax = ps.figures.mobility(found, source=ps.Source("survey", "Made up."))
    >>> ax.title_text
    'Of 100 in the lowest group 67 are still in it later, of 100 in the highest 67'
    """
    t = words(lang)
    of_moves = ("from", "to") if {"from", "to"} <= set(table) else table.columns[1:3]
    first, then = first or of_moves[0], then or of_moves[1]
    labels = {"from": ("before", "此前"), "to": ("later", "此后"), **(labels or {})}
    need_columns(table, [first, then])
    if table.duplicated([first, then]).any():
        raise DataError("The table has several rows for a pair of groups.", where=f"columns {first}, {then}",
                        found=f"{table.duplicated([first, then]).sum():,} rows too many",
                        remedy=f"table = ps.share(pairs, {then!r}, by={first!r}).tidy()")  # fmt: skip
    shares = 100 * table.pivot(index=first, columns=then, values="estimate")
    errors = 100 * table.pivot(index=first, columns=then, values="std_error") if "std_error" in table else None  # fmt: skip
    ax.imshow(shares, cmap="Greys", vmin=0, vmax=max(100.0, shares.max().max()), aspect="auto")  # fmt: skip
    for row in range(len(shares)):
        for column in range(shares.shape[1]):
            value = shares.iat[row, column]
            error = "" if errors is None else f" ({errors.iat[row, column]:.1f})"
            ax.text(column, row, f"{value:.0f}{error}", ha="center", va="center",
                    color="white" if value > 55 else style.INK, fontsize=9)  # fmt: skip
    stay = [(shares.columns.get_loc(one), place) for place, one in enumerate(shares.index) if one in shares.columns]  # fmt: skip
    frames = [at + 0.49 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1], [np.nan, 1]]) for at in stay]  # fmt: skip
    if frames:
        ax.plot(*np.concatenate(frames).T, color=style.COLOURS["blue"], marker="", ls="-", lw=1.6)
    names = [draw.named(list(one), lang, labels) for one in (shares.index, shares.columns)]
    ax.set_yticks(range(len(shares)), names[0])
    ax.set_xticks(range(shares.shape[1]), names[1])
    ax.grid(visible=False)
    ax.tick_params(length=0)
    ax.set(ylabel=label_of(first, lang, labels), xlabel=label_of(then, lang, labels))
    corners = [shares.iat[k, k] for k in (0, -1)] if shares.index.equals(shares.columns) else None
    found = (
        t(f"Of 100 in the lowest group {corners[0]:.0f} are still in it later, of 100 in the highest {corners[1]:.0f}",
          f"最低组每100户中后来仍有{corners[0]:.0f}户在该组，最高组有{corners[1]:.0f}户")
        if corners else t("Where each group is later", "各组后来所在")
    )  # fmt: skip
    brackets = "" if errors is None else t("; in brackets: standard errors", "；括号内：标准误")
    return Drawn(
        title=found,
        unit=t("percent of each row; darker: more; framed: who stayed", "占各行的百分比；颜色越深比例越高；框内：留在原组") + brackets,
        alt=t("Table of shares, a row for each group before. ", "各组去向的百分比表，每行为原来的一组。"),
        said=[draw.listing(t, str(name), [f"{one:.0f}" for one in row])
              for name, row in zip(names[0], shares.to_numpy(), strict=True)],
        data=table,
    )  # fmt: skip


# Who is seen, and who is helped --------------------------------------------------------

_LOOKS = (("sky", ""), ("orange", "////"), ("blue", "xxxx"), ("vermilion", "...."))  # of nobody, one, other, both  # fmt: skip
_STARTS = {"administrative": "start_admin", "social_work": "start_social_work"}


@drawn_in("double")
def panel_waves(
    panel, *, household="household_id", time="year", starts=None, labels=None, source=None, ax=None, lang="en",
):  # fmt: skip
    """Who of a panel is seen when, and who is helped from when: patterns with their households.

    Parameters
    ----------
    panel : Survey or DataFrame
        A row for each household and wave in which it was seen.
    household, time : str
        Columns of the household and the wave.
    starts : dict, optional
        For each kind of help, at most two, the column of the time at which it started, missing or 0
        where it never did, as for `povstudy.compare`; without it ``start_admin`` and
        ``start_social_work``, if they are there. ``{}`` shows who is seen alone.
    labels : dict, optional
        For a kind of help, its text or its texts in English and Chinese.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes
        Its ``data_behind`` has every pattern: starts, waves that were seen, households.

    Raises
    ------
    DataError
        If a household is there twice in a wave, or has two starts of one kind of help.

    Notes
    -----
    Households are counted, not weighted. Up to 15 patterns that most households have are drawn, in
    the order of their starts, fewer on a low figure; the rest are told in one row.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": [1, 1, 1, 2, 2, 3, 3, 3], "start_admin": [2015] * 3 + [None] * 5,
    ...                       "year": [2014, 2015, 2016, 2014, 2016, 2014, 2015, 2016]})
    >>> ax = ps.figures.panel_waves(panel, source=ps.Source("survey", "Made up."))
    >>> ax.title_text
    '67 % of 3 households are seen in all 3 waves, 33 % are helped'
    """
    t = words(lang)
    there = panel.rows.columns if hasattr(panel, "in_memory") else getattr(panel, "columns", ())
    if starts is None:
        starts = {arm: name for arm, name in _STARTS.items() if name in there}
    if not isinstance(starts, dict) or len(starts) > 2 or {"seen", "n"} & {*starts}:
        raise DataError("starts= names, for one or two kinds of help, the column of its start.",
                        where="argument starts", found=str(starts)[:60],
                        remedy='starts={"administrative": "start_admin"}')  # fmt: skip
    waves, patterns, lost = _patterns(panel, household, time, starts)
    arms, households = [*starts], int(patterns["n"].sum())
    wide, high = ax.figure.figure.get_size_inches()
    columns = 1 if wide < 5 else 2
    legend = 14 * (-(-(len(arms) + 2) // columns) if arms else 1)  # its height in points, at most
    most = max(3, min(_ROWS, int((40 * high - legend) / 9.8) - 1))
    most += len(patterns) == most + 1  # not one alone as the rest
    drawn = patterns.head(most).sort_values([*arms, "n"], ascending=[True] * len(arms) + [False],
                                             na_position="first", kind="stable")  # fmt: skip
    rest = patterns["n"].iloc[most:]
    names = [told(arm, lang, labels, ("approach", "value")) for arm in arms]
    nobody = t("not helped" if arms else "seen", "未受助" if arms else "调查到")
    states, used, texts = [nobody, *names, told("both", lang)], [], []
    for row, pattern in enumerate(drawn.to_dict("records")):
        for k, wave in enumerate(waves):
            state = sum((pattern[arm] <= wave) << a for a, arm in enumerate(arms))
            if pattern["seen"][k] == "1":
                ink, hatch = _LOOKS[state]
                ax.barh(row, 0.94, 0.8, k - 0.47, color=style.COLOURS[ink], hatch=hatch, edgecolor="white", lw=0.5,
                        label="_" if state in used else states[state])  # fmt: skip
                used.append(state)
        began = t(" and ", "、").join(sorted({f"{pattern[arm]:.15g}" for arm in arms if pattern[arm] == pattern[arm]}))  # fmt: skip
        texts.append(t(f"from {began}", f"{began}年起") if began else nobody if arms else "")
    counts = [*drawn["n"], *([rest.sum()] if len(rest) else [])]
    for row, n in enumerate(counts):
        draw.beside(ax, f"{n:,}  ({100 * n / households:.1f}{t(' %', '%')})", (1, row), (4, 0),
                    xycoords=("axes fraction", "data"), va="center", fontsize=7.5)  # fmt: skip
    if len(rest):
        texts.append(t(f"{len(rest):,} others", f"其他{len(rest):,}种"))
    legend = 14 * -(-len({*used}) // columns)
    room = head(ax, legend + 2)
    draw.labelled_rows(ax, texts, top=0.5 + len(texts) * room / (1 - room), foot=0.6)
    ax.grid(visible=False)
    ax.set_xlim(-0.6, len(waves) - 0.4)
    # as there is room
    each = -(-len(waves) * (5 * max(len(str(one)) for one in waves) + 4) // int(45 * wide))
    ax.set_xticks(range(0, len(waves), each), [str(one) for one in waves[::each]])
    ax.tick_params(axis="x", length=0)
    ax.legend(loc="upper left", ncols=columns, borderaxespad=0.1)
    full = patterns.loc[patterns["seen"].eq("1" * len(waves)), "n"].sum() / households
    helped = ""
    if arms:
        share = 100 * patterns.loc[patterns[arms].notna().any(axis=1), "n"].sum() / households
        helped = t(f", {share:.0f} % are helped", f"，{share:.0f}%受助")
    left_out = t(f"\n{lost:,} rows without household or wave left out", f"\n{lost:,}行缺少户或期次，未计入")  # fmt: skip
    return Drawn(
        title=t(f"{100 * full:.0f} % of {households:,} households are seen in all {len(waves)} waves",
                f"{households:,}户中{100 * full:.0f}%在全部{len(waves)}期均调查到")
        + helped,
        unit=t("rows: patterns of waves; at the right: households, not weighted", "每行一种期次组合；右侧为户数（未加权）")
        + (left_out if lost else ""),
        alt=t(f"Patterns of the waves in which {households:,} households are seen. ", f"{households:,}户接受调查的期次组合。"),
        said=[f"{text or ''} {pattern['seen']}: {pattern['n']:,}".strip()
              for text, pattern in zip(texts, drawn.to_dict("records"), strict=False)],
        data=patterns,
    )  # fmt: skip


def _patterns(panel, household, time, starts):
    """Waves, households of each pattern of starts and of waves seen, and rows without either."""
    needed = [household, time, *starts.values()]
    if hasattr(panel, "in_memory"):
        rows = panel.in_memory(needed).rows
        table = {one: rows.key(one).reset_index(drop=True) for one in needed}
    else:
        need_columns(panel, needed)
        table = {one: panel[one].reset_index(drop=True) for one in needed}
    if starts:  # which are compared with the waves
        need_numbers(time, table[time])
    known = (table[household].notna() & table[time].notna()).to_numpy()
    if not known.any():
        raise DataError("No row has a household and a wave.", where=f"columns {household}, {time}")
    _need_once(table[household][known], table[time][known], household, time)
    code, ids = pd.factorize(table[household][known])
    at, waves = pd.factorize(table[time][known], sort=True)
    times = np.bincount(code * len(waves) + at, minlength=len(ids) * len(waves))
    if len(waves) > 60:
        raise DataError("A figure shows up to 60 waves.", where=f"column {time}", found=f"{len(waves):,} values",
                        remedy=f"panel[{time!r}] = panel[{time!r}] // 10")  # fmt: skip
    seen = (times.reshape(len(ids), len(waves)) > 0) @ (1 << np.arange(len(waves)))
    found = pd.DataFrame({"seen": seen})
    for arm, name in starts.items():
        began = need_numbers(name, table[name])[known]
        began = pd.Series(np.where((began == 0) | np.isinf(began), np.nan, began)).groupby(code).agg(["min", "max"])  # fmt: skip
        differ = np.flatnonzero((began["min"] < began["max"]).to_numpy())
        if len(differ):
            raise DataError("A household has two starts of one kind of help.",
                            where=f"column {name}, household {_plain(ids[differ[0]])!r}",
                            found=" and ".join(f"{one:.15g}" for one in began.iloc[differ[0]]),
                            remedy=f"panel[{name!r}] = panel.groupby({household!r})[{name!r}].transform('min')")  # fmt: skip
        found[arm] = began["min"].to_numpy()
    counted = found.value_counts([*starts, "seen"], dropna=False, sort=False).rename("n").reset_index()  # fmt: skip
    counted = counted.sort_values(["n", *starts, "seen"], ascending=False, kind="stable", ignore_index=True)  # fmt: skip
    counted["seen"] = [f"{one:0{len(waves)}b}"[::-1] for one in counted["seen"]]
    return list(waves), counted, int((~known).sum())
