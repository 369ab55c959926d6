"""Amounts of money and room for words: what figures of this room share."""

import re
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator

from ...base.language import texts, told
from .. import draw, style

EFFECT = ("poverty-free year", "无贫困年")
YUAN = ("yuan", "元")
HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----")


class Money(NamedTuple):
    """How amounts are written: a factor, and the unit that goes with it."""

    by: float
    unit: str
    apart: str  # between number and unit

    def __call__(self, x):
        """An amount with its unit."""
        return f"{number(self.by * x)}{self.apart}{self.unit}"

    def bare(self, x):
        """An amount without its unit."""
        return number(self.by * x)


def named(strategies, lang, labels=None):
    """The words of strategies: those of approaches, or of one's own."""
    known = {**texts("approach"), "both": texts("value")["both"], **(labels or {})}
    return draw.named(strategies, lang, known)


def units_of(table, effect, money, lang):
    """Units of effect and money: as given, or as the table tells them: ``yuan for a unit of effect``.

    Returns
    -------
    effect : str
        One unit of effect, in the language.
    money : tuple of str
        Unit of money in both.
    """
    unit = table.attrs.get("unit")
    if unit is not None:
        unit = (unit, unit) if isinstance(unit, str) else unit
        cash, _, one = unit[0].partition(" for ")
        geld, _, per = unit[1].partition("（每")
        if money is YUAN:
            money = (cash, geld)
        if effect is EFFECT and one:
            one = re.sub("^(an?|one) ", "", one)
            effect = (one, per.removesuffix("）") or one)
    return effect[lang == "zh"], money


def money_of(values, unit, lang):
    """How amounts of this size are written: thousands apart, large ones in millions, 万 or 亿.

    Parameters
    ----------
    values : array-like
        Amounts, of which the largest counts.
    unit : tuple of str
        Unit in English and in Chinese.
    lang : {"en", "zh"}
        The language.

    Returns
    -------
    Money
    """
    values = np.abs(np.asarray(values, dtype=float))
    top = values[np.isfinite(values)].max(initial=0)
    large = ((1e8, 1e8, "亿"), (1e5, 1e4, "万")) if lang == "zh" else (
        (1e9, 1e9, "billion "), (1e6, 1e6, "million "))  # fmt: skip
    by, word = next(((by, word) for least, by, word in large if top >= least), (1, ""))
    text = (word + unit[lang == "zh"]).strip()
    return Money(1 / by, text, " " if text and lang == "en" else "")


def number(x):
    """A number as people write it: thousands apart, three digits where it is small."""
    if not np.isfinite(x):
        return "?"
    return (f"{x:,.0f}" if 100 <= abs(x) < 1e12 else f"{x:.3g}").replace("-", "−")


def ends(t, low, high, write=number):
    """An interval in words, or none."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return ""
    return t(f" ({write(low)} to {write(high)})", f"（{write(low)}至{write(high)}）")


def two_lines(text):
    """An amount with its interval below it."""
    return text.replace(" (", "\n(").replace("（", "\n（")


def fixed(x, digits=2):
    """A number with so many decimals."""
    return f"{x:.{digits}f}".replace("-", "−")


def at_side(ax, text, row):
    """Words beside the axes, on a row."""
    draw.beside(ax, text, (1, row), (5, 0), xycoords=("axes fraction", "data"), va="center",
                annotation_clip=False)  # fmt: skip


def scaled(axis, by=1.0, label=None):
    """Ticks of an axis in a unit of its own, thousands apart."""

    def write(x, _=None):
        low, high = axis.get_view_interval()
        x = 0 if abs(x) < 1e-9 * abs(high - low) else x * by
        return f"{x:,.10g}".replace("-", "−")

    axis.set_major_locator(MaxNLocator(5))
    axis.set_major_formatter(write)
    if label is not None:
        axis.set_label_text(label)


def parameter(name, lang, labels=None):
    """A parameter in words: of a scenario as its tables have it, else its name."""
    own = re.fullmatch("(effect|cost) of (.+)", str(name))  # of decisions without parameters
    if own and name not in (labels or {}):
        one = named([own[2]], lang, labels)[0]
        what = {"effect": "效果", "cost": "费用"}[own[1]]
        return f"{own[1]} of {one}" if lang == "en" else f"{one}的{what}"
    lists = ("percent", "term", "value", *(["parameter"] if lang == "zh" else []))
    text = told(name, lang, labels, lists)
    return text.replace("_", " ") if text == name else text


def widen(ax, low, high, left=0.0, right=0.0):
    """Limits across, with so many points beyond them free for words."""
    ax.figure.figure.draw_without_rendering()
    wide = ax.bbox.width * 72 / ax.figure.figure.dpi
    span = (high - low or 1) / (1 - min((left + right) / wide, 0.7))
    ax.set_xlim(low - span * left / wide, high + span * right / wide)


def row_labels(ax, names, points=24):
    """Labels of rows, broken where they are long; returns the height that all rows need."""
    wide = 0.3 * 72 * ax.figure.bbox.width / ax.figure.figure.dpi
    texts = [style.wrapped(one, wide, 8.5) for one in names]
    draw.labelled_rows(ax, texts)
    return sum(max(points, 11 * (one.count("\n") + 1) + 3) for one in texts)


def settle(ax, title, unit, *, least=110, legend=True, most=3):
    """Fit words to the room: ticks, the label below, and a legend above all that is drawn.

    A figure of its own that is too low for its words is made higher.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With everything drawn, and limits.
    title, unit : str
        What will stand above: it takes room from the axes.
    least : float
        Height in points that what is drawn needs.
    legend : bool
        Whether there is one.
    most : int
        Its columns at most.
    """
    whole, below = ax.figure.figure, ax.get_xlabel()
    ax.set_xlabel("")  # a wide one would narrow the axes
    whole.draw_without_rendering()
    points = 72 / whole.dpi
    wide, room = ax.bbox.width * points, (ax.figure.bbox.x1 - ax.bbox.x0) * points - 4
    if isinstance(ax.xaxis.get_major_locator(), MaxNLocator):
        ax.xaxis.get_major_locator().set_params(nbins=int(np.clip(wide / 42, 2, 6)))
    ax.set_xlabel(style.wrapped(below, 0.95 * wide, 8.5))
    whole.draw_without_rendering()
    # What is drawn later takes room too: the title, the unit, the line of the source.
    high = ax.bbox.height * points - 12.6 * _lines(f"Simulated: {title}", room, 10.5)
    high -= 16 + sum(11.5 * _lines(one, room, 8.5) for one in unit.split("\n"))
    high -= 7 + 8.4 * np.ceil(420 / wide)
    need = 0.0
    if legend:
        handles, labels = ax.get_legend_handles_labels()
        labels = [style.wrapped(one, wide - 45, 8.5) for one in labels]
        for columns in range(min(most, len(labels)), 0, -1):
            made = ax.legend(handles, labels, loc="upper left", ncols=columns, borderaxespad=0.1,
                             columnspacing=1.2, handletextpad=0.6)  # fmt: skip
            made.set_in_layout(False)  # what is wider than the axes would narrow them
            box = made.get_window_extent()
            if box.width * points <= wide:
                break
        need = box.height * points + 5
    if high < need + least and whole.axes == [ax]:
        width, height = whole.get_size_inches()
        whole.set_size_inches(width, height + (need + least - high) / 72)
        high = need + least
    low, top = ax.get_ylim()
    ax.set_ylim(low, low + (top - low) / (1 - min(need / max(high, 40), 0.75)))


def _lines(text, room, size):
    return style.wrapped(text, room, size).count("\n") + 1
