"""What the figures share: Axes in the house style, rows, points with intervals, curves."""

import functools
import inspect
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..base.checks import need_arguments, need_columns, shown
from ..base.errors import DataError
from ..base.language import told, words
from ..base.results import taken
from ..base.status import Source, source_of, status_of
from ..sources.catalogue import credit
from . import own, style

TIDY = ("term", "estimate", "ci_low", "ci_high", "method", "data_status")
ENDS = ("ci_low", "estimate", "ci_high")
WHITE = {"fc": "white", "ec": "none", "pad": 0.5}  # behind words that lie on lines


class Drawn(NamedTuple):
    """What a drawing function says of its figure; `drawn_in` puts it on the Axes."""

    title: str
    unit: str
    alt: str
    data: pd.DataFrame
    said: list | None = None  # the end of the alt text, piece by piece
    source: object = None  # where it is not the one that was given


def drawn_in(size, *columns):
    """Give a drawing function its Axes, inside the house style, and finish what it drew."""

    def decorate(draw):
        takes = inspect.signature(draw).parameters
        shared = [one for one in own.SHARED if one not in takes]
        placed = [name for name, one in takes.items() if one.kind is one.POSITIONAL_OR_KEYWORD]

        @functools.wraps(draw)
        def drawn(
            table, *given, source=None, ax=None, lang="en", title=None, setting=None, figsize=None,
            **options,
        ):  # fmt: skip
            table, look = taken(table, draw.__name__)  # a result has the table it is drawn from
            # of polars or Arrow
            table = table.to_pandas() if hasattr(table, "to_pandas") else table
            options = {**look, **options}
            # Refuse what is wrong before anything is drawn.
            if "color" in options:
                options["colour"] = options.pop("color")
            need_arguments(drawn, (table, *given), options)
            options |= dict(zip(placed[1:], given, strict=False))
            if columns:
                need_columns(table, columns)
            t = words(lang)
            if not (ax is None or hasattr(ax, "get_figure")):
                raise DataError("ax= is Axes of Matplotlib.", where="argument ax", found=shown(ax),
                                remedy="ax=ps.figures.new_axes()")  # fmt: skip
            if not (ax is None or figsize is None):
                raise DataError("figsize= is for a figure made anew; ax= has a size already.",
                                where="argument figsize", found=str(figsize)[:60],
                                remedy="ax.figure.set_size_inches(6, 4)")  # fmt: skip
            for name, value in options.items():  # one text for a pair of both languages
                if (
                    isinstance(value, str)
                    and name in takes
                    and isinstance(takes[name].default, tuple)
                ):
                    options[name] = (value, value)
            colour, labels = options.get("colour"), options.get("labels")
            own.need_words(labels)
            if "colour" in takes and colour is not None:
                column, colour = own.parted(colour, table.columns)
                if column is None and colour is not None:  # colours alone: groups as they are
                    column = look.get("colour", takes["colour"].default)
                options["colour"] = column
            source = source_of(table) if source is None else source
            if source is not None:
                _refuse_other_status(table, credit(source))
            import matplotlib.pyplot as plt

            with style.context():
                mine, ax = ax is None, style.new_axes(figsize or size) if ax is None else ax
                before = set(ax.get_children())
                try:
                    made = draw(table, source=source, ax=ax, lang=lang,
                                **{name: one for name, one in options.items() if name in takes})  # fmt: skip
                    unit, new = made.unit, [one for one in ax.get_children() if one not in before]
                    names = own.written(table, labels, lang)
                    if colour is not None:
                        column = options["colour"] if "colour" in takes else None
                        own.recoloured(new, ax, colour, names, column)
                    if labels is not None:
                        # it has told its columns: a value may bear their name
                        if "labels" in takes:
                            labels = {one: to for one, to in labels.items() if one not in table}
                        unit = own.renamed(new, ax, labels, lang, names, unit, "labels" in shared)
                except Exception:
                    if mine:  # no empty figure stays behind
                        plt.close(ax.figure)
                    raise
                end = "" if made.said is None else t("; ", "；").join(made.said) + t(".", "。")
                heading = made.title if title is None else _given(title, t)
                if setting is not None:
                    heading = t(
                        f"{heading}, {_given(setting, t)}", f"{_given(setting, t)}：{heading}"
                    )
                return style.finish(
                    ax, title=heading, unit=unit,
                    source=made.source or source or Source(status_of(table, ""), ""),
                    alt=made.alt + end, data=made.data, lang=lang,
                )  # fmt: skip

        more = [
            inspect.Parameter(one, inspect.Parameter.KEYWORD_ONLY, default=None) for one in shared
        ]
        told = ", ".join(["x, lang", *shared])
        drawn.__doc__ = (draw.__doc__ or "").replace("x, lang\n", f"{told}\n")
        drawn.__signature__ = inspect.Signature([*takes.values(), *more])
        return drawn

    return decorate


def _given(title, t):
    """A text of one's own: one text, or one in English and one in Chinese."""
    if isinstance(title, str):
        return title
    if not own.is_pair(title):
        raise DataError("A title is one text, or one in English and one in Chinese.",
                        where="argument title", found=shown(title),
                        remedy='title=("Who was missed", "谁被遗漏")')  # fmt: skip
    return t(*title)


def _refuse_other_status(table, source):
    """Estimates know what their data are; the figure cannot say otherwise."""
    frame = isinstance(table, pd.DataFrame)
    known = set(table["data_status"]) if frame and "data_status" in table else set()
    known |= set() if frame else {table.status}
    if known - {source.status}:
        kinds = sorted(known)
        remedy = f'source=ps.Source("{kinds[0]}", "who collected them, and when")'
        if kinds == ["survey"]:  # which is also what data are that say nothing of themselves
            remedy += f'  # or ps.Survey(table, status="{source.status}"), if that is what they are'
        raise DataError("The estimates say that their data are of another kind than the source.",
                        found=f"{', '.join(kinds)}; source: {source.status}", remedy=remedy)  # fmt: skip


def refuse_twice(rows, columns):
    """Refuse tables with more groups than the figure keeps apart."""
    if rows.duplicated(["term", *columns]).any():
        told = [*rows, "estimate"]
        told = [one for one in told[: told.index("estimate")] if one not in ("term", *columns)]
        apart = [one for one in told if rows[one].nunique() > 1]
        remedy = "one row for each group"
        if apart:
            remedy = f"colour={apart[0]!r}, or one of them alone: table[table[{apart[0]!r}] == ...]"
        raise DataError(
            "The table has several estimates where the figure draws one: groups that it does not "
            "keep apart.", where=f"columns {', '.join(columns) or 'none'}",
            found=", ".join(map(str, apart)) or "groups in two rows", remedy=remedy,
        )  # fmt: skip


# Words --------------------------------------------------------------------------------


def persons(lang):
    """How persons are counted: factor from 10,000 persons, unit, and a label format."""
    if lang == "zh":
        return 1.0, "万人", "{:,.0f}".format
    return 0.01, "million persons", "{:,.1f}".format


def is_declared(rows):
    """Whether each figure was declared by policy, where the table says so (``basis``)."""
    if "basis" in rows:
        return rows["basis"].eq("declared")
    return pd.Series(False, index=rows.index)


def level_of(table):
    """Level of the intervals in percent, as text."""
    return f"{100 * table.attrs.get('level', 0.95):g}"


def finding(rows, t, english, chinese):
    """At how many places a band lies above zero, and below it."""
    up, down, n = int((rows["ci_low"] > 0).sum()), int((rows["ci_high"] < 0).sum()), len(rows)
    if not up + down:
        return t(f"no clear difference at any of {n} {english}", f"{n}{chinese}上均无明显差异")
    said = [(up, t("clearly higher at", "明显更高")), (down, t("clearly lower at", "明显更低"))]
    said = [t(f"{text} {k}", f"{k}{chinese[0]}{text}") for k, text in said if k]
    return t(f"{', '.join(said)} of {n} {english}", f"{n}{chinese}中{'，'.join(said)}")


def least_and_most(names, values, t, write):
    """Where a value is lowest and where it is highest, in words."""
    known = [one for one in zip(values, names, strict=True) if one[0] == one[0]]
    low, high = min(known, default=(0, "")), max(known, default=(0, ""))
    if low[0] == high[0]:
        return ""
    return t(f": from {write(low[0])} ({low[1]}) to {write(high[0])} ({high[1]})",
             f"：最低{write(low[0])}（{low[1]}），最高{write(high[0])}（{high[1]}）")  # fmt: skip


def minus(span, t):
    """Two periods of which one is taken from the other, in words."""
    one, _, two = span.partition(" - ")
    return t(f"{one} minus {two}", f"{one}与{two}之差") if two else span


def span_of(rows):
    """The two periods, as a difference of domains names them."""
    texts_only = rows.select_dtypes(exclude=["number", "bool"]).drop(
        columns="term", errors="ignore"
    )
    for column in texts_only:
        texts = rows[column].dropna().unique()
        if len(texts) == 1 and " - " in str(texts[0]):
            return str(texts[0])
    return ""


def band_of(rows, t):
    """What the shade is: as the table says."""
    level = level_of(rows)
    if rows["method"].astype(str).str.contains("joint").all():
        return t(f"shaded: {level} % joint band", f"阴影：{level}%联合置信带")
    return t(f"shaded: {level} % intervals, each by itself", f"阴影：{level}%逐点置信区间")


def paired(names, texts, t):
    """Each name with what is said of it."""
    return [f"{name}{t(': ', '：')}{text}" for name, text in zip(names, texts, strict=True)]


def listing(t, name, pieces):
    """Words of a series: its name and what it says, piece by piece."""
    return name + t(": ", "：") + t(", ", "，").join(pieces)


# Marks --------------------------------------------------------------------------------


def groups_of(rows, column):
    """Groups in the order of the table, with the colour and marker of each."""
    groups = [None] if column is None else list(dict.fromkeys(rows[column]))
    inks = ("blue", "vermilion", "green", "purple", "orange")
    if len(groups) > len(inks):
        raise DataError(
            f"A figure keeps {len(inks)} groups apart, not {len(groups)}.",
            remedy="draw fewer groups, or several figures",
        )
    return dict(zip(groups, zip(inks, style.MARKERS, strict=False), strict=False))


def named(groups, lang, labels=None, **lists):
    """The words of each group."""
    return [None if one is None else told(one, lang, labels, **lists) for one in groups]


def beside(ax, text, at, by=(0, 3), **look):
    """Words so many points away from a place."""
    ax.annotate(text, at, by, textcoords="offset points", **look)


def taller(ax, inches):
    """So many inches more, on a figure of its own that is narrow: titles and rows need room."""
    whole = ax.figure.figure
    if whole.axes == [ax] and whole.get_figwidth() < 5:
        whole.set_size_inches(whole.get_figwidth(), whole.get_figheight() + inches)


def panels(ax, heads):
    """Axes side by side, or below each other on a narrow figure, each with its head; or the one."""
    if len(heads) == 1:
        return [ax]
    whole, n = ax.figure.figure, len(heads)
    beside = whole.get_figwidth() >= 5
    taller(ax, 2.2 * (n - 1))
    made = []
    for k, head in enumerate(heads):
        place = [(k + 0.08 * k) / (n + 0.08 * (n - 1)), 0, 1 / (n + 0.08 * (n - 1)), 0.9]
        made.append(ax.inset_axes(place if beside else [0.02, 1 - (k + 0.78) / n, 0.98, 0.62 / n]))
        made[-1].set_title(head, fontsize=8.5, pad=4, loc="left")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.set_xlabel(" ")
    ax.xaxis.labelpad = 24  # below the ticks and labels of the panels
    return made


def labelled_bars(ax, years):
    """Every year on the axis, and no grid: the bars carry their numbers."""
    ax.set_xticks(sorted({int(year) for year in years}))
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.yaxis.get_major_locator().set_params(integer=True)
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.grid(visible=False)


def labelled_rows(ax, labels, top=0.5, foot=0.5, at=None):
    """Rows with their labels, from the top, with room above and below, and a grid upright."""
    at = range(len(labels)) if at is None else at
    ax.set_yticks(at, labels)
    ax.set_ylim(at[-1] + foot, -top)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)


def whisker(ax, y, low, middle, high, ink, *, lw=1.4, ms=5, marker="o", fill=True, **line):
    """One estimate with its interval, where each row of a figure looks otherwise."""
    line = {"solid_capstyle": "butt", **line} if lw > 2 else line
    ax.plot([low, high], [y, y], color=ink, lw=lw, marker="", ls="-", **line)
    ax.plot(middle, y, marker=marker, ls="", ms=ms, color=ink, mfc=ink if fill else "white")


BOUNDS = {  # marker, words
    "exact": ("o", "", ""),
    "about": ("D", "about ", "约"),
    "lower": (">", "more than ", "超过"),
    "upper": ("<", "fewer than ", "不足"),
}


def bounded(ax, row, low, high, text, colour, t, less="fewer"):
    """A figure with the bound it was given, on the row of its index; returns its words."""
    marker, english, chinese = BOUNDS[row.bound]
    ink, said = style.COLOURS[colour], t(english.replace("fewer", less), chinese) + text
    ax.plot([low, high], [row.Index] * 2, color=ink, marker=marker, ms=7,
            markerfacecolor="white" if row.bound == "about" else ink)  # fmt: skip
    beside(ax, said, (high, row.Index), (9, 0), va="center", bbox=WHITE)
    return said


def dots(ax, rows, at, by, looks, labels, *, order=None, step=0.0, scale=1, upright=False, **more):
    """Points with intervals, groups side by side, drawn by seaborn.

    ``looks`` has a colour and a marker for each group of the column ``by`` (None: one
    group), ``labels`` its words; ``at`` holds places, or values that stand in ``order``.
    """
    import seaborn as sns

    place, along = ("x", "y") if upright else ("y", "x")
    long, before = _long(rows, at, by, scale), len(ax.lines)
    if order is not None:
        long["at"] = long["at"].map(list(order).index)
    dodge = step * (len(looks) - 1) / min(np.diff(np.unique(long["at"])), default=1)
    with _same_labels(ax):
        sns.pointplot(
            long, **{place: "at", along: "drawn"}, **_shared(ax, looks), orient=place,
            native_scale=True, dodge=dodge, err_kws={"marker": "", "lw": 1.6, "ls": "-", "zorder": 2},
            **{"ls": "none", "ms": 5, "mew": 1, "zorder": 3, **more},
        )  # fmt: skip
    _name([line for line in ax.lines[before:] if line.get_marker()], labels)


def curves(ax, rows, at, by, looks, labels, *, ends=ENDS, scale=100, step=None, **more):
    """Lines with bands, one for each group, drawn by seaborn; arguments as in `dots`."""
    import seaborn as sns

    before = len(ax.lines)
    shade = {"alpha": 0.15, "lw": 0} | ({} if step is None else {"step": step})
    with _same_labels(ax):
        sns.lineplot(
            _long(rows, at, by, scale, ends), x="at", y="drawn", **_shared(ax, looks),
            style="by", style_order=_groups(looks), err_kws=shade, **{"ms": 6, "mew": 0, **more},
        )  # fmt: skip
    _name(ax.lines[before:], labels)


# Curves by the share of the poorest -----------------------------------------------------


def shares_of(table, kind):
    """Rows of a curve with the share that each term names, such as ``lorenz(0.1)``."""
    share = table["term"].str.extract(rf"^{kind}\(([0-9.]+)\)$")[0].astype(float)
    if not share.notna().any():
        raise DataError(
            f"This table has no terms {kind}(p).", found=", ".join(table["term"].unique()[:5]),
            remedy=f"a table that ps.{ {'growth': 'growth_incidence'}.get(kind, kind)}(...) made",
        )  # fmt: skip
    return table.assign(share=share).dropna(subset=["share"])


def curves_by_share(ax, rows, colour, labels, lang, ends):
    """Lines with bands, one for each group, through ``ends`` too; returns what they say."""
    within = [colour] if colour else []
    need_columns(rows, within)
    refuse_twice(rows, within)
    looks, more = groups_of(rows, colour), [rows]
    for p, value in ends:  # such as from no one to all
        first = rows.drop_duplicates(within) if within else rows.head(1)
        more.append(first.assign(share=p, **dict.fromkeys(ENDS, value)))
    long = pd.concat(more, ignore_index=True)
    curves(ax, long.assign(share=100 * long["share"]), "share", colour, looks,
           named(looks, lang, labels), scale=100, ms=5)  # fmt: skip
    if colour is not None:
        ax.legend(loc="best")
    said = []
    for one, label in zip(looks, named(looks, lang, labels), strict=True):
        part = (rows if one is None else rows[rows[colour] == one]).sort_values("share")
        middle = part.iloc[(part["share"] - 0.5).abs().argmin()]
        said.append((label or "", 100 * middle["share"], 100 * middle["estimate"]))
    return said


def said_at(said, t):
    """A value of each curve, near the middle."""
    return t("; ", "；").join(
        t(f"{label} {y:.1f} at {x:.0f} percent".strip(), f"{label}在{x:.0f}%处为{y:.1f}")
        for label, x, y in said
    )


def steps(ax, data, at, by, looks, labels, end):
    """Shares by class as steps, one line for each group, down to zero at the ``end``."""
    last = data[data[at] == data[at].max()].assign(**{at: end, "percent": 0.0})
    curves(ax, pd.concat([data, last]), at, by, {one: (look[0], "") for one, look in looks.items()},
           labels, ends=["percent"], scale=1, drawstyle="steps-post")  # fmt: skip


def _long(rows, at, by, scale, ends=ENDS):
    """Estimates and ends below each other: their median is the estimate, their range the ends."""
    wide = pd.DataFrame({"at": rows[at], "by": "" if by is None else rows[by]})
    wide = wide.assign(**{one: scale * rows[one] for one in ends})
    return wide.melt(["at", "by"], value_name="drawn")


def _groups(looks):
    return ["" if one is None else one for one in looks]


def _shared(ax, looks):
    """What seaborn's points and lines are told alike; nothing is drawn at random."""
    groups, inks, markers = _groups(looks), *zip(*looks.values(), strict=True)
    return {
        "hue": "by", "hue_order": groups, "markers": list(markers), "legend": False, "ax": ax,
        "palette": {one: style.COLOURS.get(ink, ink) for one, ink in zip(groups, inks, strict=True)},
        "estimator": "median", "errorbar": ("pi", 100),
    }  # fmt: skip


@contextmanager
def _same_labels(ax):
    """Keep the labels of the axes: seaborn writes the names of columns there."""
    kept = {"xlabel": ax.get_xlabel(), "ylabel": ax.get_ylabel()}
    yield
    ax.set(**kept)


def _name(lines, labels):
    for line, label in zip(lines, labels, strict=True):
        line.set_label("_" if label is None else label)
