"""Rows as they are, before any measure: values with their weights, and what is no value among them.

Measures refuse codes of no answer, zeros under a logarithm and far values; a first look shows them.
"""

from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator

from ...base.checks import listed, need_columns, shown
from ...base.codes import Looked, suspects
from ...base.columns import need_numbers
from ...base.errors import DataError
from ...base.language import told
from .. import draw, style

NAMES = {"income": ("income", "收入"), "consumption": ("consumption", "消费"),
         "log_income": ("log of income", "收入对数")}  # fmt: skip


@dataclass(frozen=True)
class Looked_at:
    """Values of rows that have one, with their weights and keys; and a word on the others."""

    y: np.ndarray
    keys: dict
    w: np.ndarray
    weights: tuple
    notes: list  # of rows that are left out: English and Chinese
    codes: dict  # what looks like no answer: rows of each
    coded: float  # their weight, and their rows
    code_rows: int


def look_at(given, income, keys):
    """Columns of a survey or a table, without rows that have no value, which are told.

    Parameters
    ----------
    given : Survey or DataFrame
        A table is weighted by its column ``weight``, if it has one.
    income : str
        Column of values.
    keys : list of str
        Columns of what rows are told apart by.

    Returns
    -------
    Looked_at
    """
    if hasattr(given, "in_memory"):
        rows = given.in_memory([income, *keys]).rows
        y, w, weights = rows[income], rows.weights, given.layout.weights
        held = {one: rows.key(one) for one in keys}
    else:
        need_columns(given, [income, *keys])
        weights = ("weight",) if "weight" in given else ()
        y, held = need_numbers(income, given[income]), {one: given[one] for one in keys}
        w = need_numbers("weight", given["weight"]) if weights else np.ones(len(given))
        bad = ~(np.isfinite(w) & (w >= 0))
        if bad.any():
            raise DataError(f"{bad.sum():,} weights are missing, infinite or below zero.",
                            where="column weight", found=w[bad][0],
                            remedy='table = table[table["weight"] >= 0]')  # fmt: skip
    held = {one: column.reset_index(drop=True) for one, column in held.items()}
    good, notes = w > 0, []
    without = ("{:,} rows without {} left out", "{:,}行缺少{}，未计入")
    endless = ("{:,} rows with infinite {} left out", "{:,}行{}为无穷大，未计入")
    for name, lacks, texts in [
        *((name, column.isna().to_numpy(), without) for name, column in held.items()),
        (income, np.isnan(y), without), (income, np.isinf(y), endless),
    ]:  # fmt: skip
        if lost := int((lacks & good).sum()):
            notes.append((texts[0].format(lost, name), texts[1].format(lost, told(name, "zh", NAMES))))  # fmt: skip
        good = good & ~lacks
    some = y[good]
    codes = suspects(some.min(), some.max(), Looked(some), income=True) if len(some) else {}
    code = good & np.isin(y, [*codes])
    good &= ~code
    if not good.any():
        raise DataError("No row has a value, a group and a weight.", where=f"column {', '.join([income, *held])}",
                        found="; ".join(one for one, _ in notes) or "weights of zero")  # fmt: skip
    keys = {one: column[good].reset_index(drop=True) for one, column in held.items()}
    return Looked_at(
        y[good], keys, w[good], weights, notes, codes, float(w[code].sum()), int(code.sum())
    )


def said(look, t, more=()):
    """What the figure leaves out, for the line under its title."""
    notes = [t(*one) for one in (*look.notes, *more)]
    for code, rows in look.codes.items():
        notes.append(t(f"{rows:,} rows with {code} look like codes: not counted",
                       f"{rows:,}行为{code}，疑为缺失代码，未计入"))  # fmt: skip
    return "\n" + t("; ", "；").join(notes) if notes else ""


def weighted(look, t):
    """By which weight."""
    if not look.weights:
        return t(", not weighted", "（未加权）")
    return t(f", weighted by {' x '.join(look.weights)}", f"（以{'×'.join(look.weights)}加权）")


def of_whom(look, t, which=("", "")):
    """Percent of whom: by which weight."""
    en, zh = ((" of rows", "占行数的"), ("", "所占"), (" of persons", "占人口的"))[min(len(look.weights), 2)]  # fmt: skip
    return t(f"percent{en}{which[0]}", f"{which[1]}{zh}百分比") + weighted(look, t)


def quantiles(y, w, shares):
    """Least values that these shares of the weights do not exceed, as `povstudy.quantile` has them."""
    order = np.argsort(y, kind="stable")
    running = np.cumsum(w[order])
    at = np.searchsorted(running, (np.asarray(shares) - 1e-12) * running[-1])
    return y[order][np.minimum(at, len(y) - 1)]


def groups(keys):
    """Groups in order: of categories, of numbers, of the table; with the place of each row."""
    codes, names = pd.factorize(keys, sort=isinstance(keys.dtype, pd.CategoricalDtype)
                                or pd.api.types.is_numeric_dtype(keys))  # fmt: skip
    return codes, list(names)


def number(x):
    """A number as people write it."""
    return f"{x:,.0f}" if 100 <= abs(x) < 1e12 or (x == round(x) and abs(x) < 100) else f"{x:,.3g}"


# Lines --------------------------------------------------------------------------------


def lines_of(line, y, w):
    """Poverty lines by name: of a number, several, a dict, or a relative line."""
    if hasattr(line, "share") and hasattr(line, "quantile"):
        if line.by:
            raise DataError("A first look draws lines that are the same for all.", where="argument line",
                            found=f"a line for each {', '.join(line.by)}",
                            remedy=f"line=ps.relative_line({line.share}, {line.quantile})")  # fmt: skip
        value = line.share * float(quantiles(y, w, [line.quantile])[0])
        return {f"{100 * line.share:g} % of P{100 * line.quantile:g}": value}
    named = list(line.items()) if isinstance(line, dict) else [(None, one) for one in listed(line)]
    for _, one in named:
        if not isinstance(one, Real) or isinstance(one, bool) or not np.isfinite(one):
            raise DataError("A line is a number, several, a dict of them by name, or a relative line.",
                            where="argument line", found=shown(one), remedy="line=2300")  # fmt: skip
    return {number(one) if name is None else str(name): float(one) for name, one in named}


def draw_lines(ax, axis, lines, t, above=0, more=None):
    """Lines upright, each with its name, as many points below the top as is told, one below another.

    The name stands where there is room for it: right of the line, or left.
    """
    (start, end), wide = axis.ends, 55 * ax.figure.figure.get_figwidth()  # points, about
    for k, (name, value) in enumerate(sorted(lines.items(), key=lambda one: one[1])):
        ax.axvline(value, color=style.INK, lw=1.2, ls=("--", ":", "-.", "-")[k % 4], zorder=4)
        one = number(value)
        text = t(f"line {one}", f"贫困线{one}") if name == one else f"{name}: {one}"
        text += more(value) if more else ""
        share = (axis.inner(value) - start) / (end - start)
        left = share > 0.5 and 4.5 * _letters(text) > (1 - share) * wide
        draw.beside(ax, text, (value, 1), (-4 if left else 4, -3 - above - 12.5 * k), ha="right" if left else "left",
                    xycoords=("data", "axes fraction"), va="top", bbox=draw.WHITE, zorder=5)  # fmt: skip


def _letters(text):
    """How wide a text is: Chinese letters count twice."""
    return len(text.encode("gbk", "replace"))


# An axis of values ----------------------------------------------------------------------


class Axis:
    """Where values are drawn: from which to which, and places apart for what has none there.

    Parameters
    ----------
    y, w : ndarray
        Values and weights.
    lines : sequence of float
        Which have to be on it.
    log : bool
        Whether steps of it are factors: then what is zero or less stands apart.
    """

    def __init__(self, y, w, lines=(), log=False):
        """Find the ends: far values lie beyond them."""
        self.log, self.apart, lines = log, {}, [*lines]
        some = y > 0 if log else np.ones(len(y), dtype=bool)
        if not some.any() or (log and min(lines, default=1) <= 0):
            raise DataError("A logarithmic axis needs lines and values above zero.", where="argument log",
                            found=number(min([y.max(), *lines])), remedy="log=False")  # fmt: skip
        y, w = y[some], w[some]
        least, most = y.min(), y.max()
        low, high = quantiles(y, w, [0.002, 0.999] if log else [0.005, 0.99])
        if log:
            self.low, self.high = least if 5 * least > low else low, most if most < 5 * high else high  # fmt: skip
        else:
            self.high = most if most - low < 1.5 * (high - low) else high
            self.low = least if least >= 0 or low - least < 0.3 * (high - low) else min(low, 0.0)
            self.low = 0.0 if 0 <= self.low < 0.5 * self.high else self.low
        self.low, self.high = min([self.low, *lines]), max([self.high, *lines])
        if self.high <= self.low:  # one value alone
            self.low, self.high = (self.low / 2, self.low * 2) if log else (self.low - 1, self.low + 1)  # fmt: skip

    def steps(self, y, w, line=None):
        """Ends of steps for a histogram, a line among them: widths of Freedman and Diaconis."""
        z, low, high = self.inner(y), self.inner(self.low), self.inner(self.high)
        inside = (z >= low) & (z <= high)
        first, third = quantiles(z[inside], w[inside], [0.25, 0.75])
        width = 2 * (third - first) * (w.sum() ** 2 / (w @ w)) ** (-1 / 3)
        width = float(np.clip(width, (high - low) / 60, (high - low) / 15))
        start = 0.0
        if self.log:
            start = low if line is None else self.inner(line)
        elif line is not None and line > 0 and width < 2 * line:
            width = line / max(round(line / width), 1)  # from zero on, and the line is an end
        else:
            width = next(one for k in (-1, 0, 1) for one in 10.0 ** (np.floor(np.log10(width)) + k)
                         * np.array([1, 2, 2.5, 5]) if one >= 0.999 * width)  # fmt: skip
            start = 0.0 if line is None else line % width
        first, last = np.floor((low - start) / width + 1e-9), np.ceil((high - start) / width - 1e-9)
        return self.outer(start + width * np.arange(first, last + 1)), self.outer(width)

    def inner(self, x):
        """Values in the measure of the axis: logarithms, if it is one of factors."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log10(x) if self.log else x

    def outer(self, z):
        """Values from the measure of the axis."""
        return 10**z if self.log else z

    def wide(self, share):
        """So much of the axis, in its own measure."""
        return share * (self.inner(self.high) - self.inner(self.low))

    def set_apart(self, names, ax):
        """Give places left of the axis, wide enough for a word, to what has none on it."""
        points = max(55 * ax.figure.figure.get_figwidth() - 26 * len(names), 26)
        each = self.wide(26 / points)
        for k, name in enumerate(reversed(names)):
            middle = self.inner(self.low) - each * (k + 0.8)
            self.apart[name] = tuple(self.outer(middle + one * each) for one in (-0.36, 0, 0.36))

    def place(self, y):
        """Values as they are drawn: what lies beyond an end, at that end; zeros apart, if so."""
        drawn = np.clip(y, self.low, self.high)
        return np.where(y > 0, drawn, self.apart["≤0"][1]) if "≤0" in self.apart else drawn

    def beyond(self, y, w):
        """What lies beyond an end, for the line under the title."""
        notes = []
        for away, end, en, zh in ((y > self.high, self.high, "above", "高于"),
                                  ((y < self.low) & ~(self.log & (y <= 0)), self.low, "below", "低于")):  # fmt: skip
            if rows := int(away.sum()):
                share = f"{100 * w[away].sum() / w.sum():.2g}"
                notes.append((f"{rows:,} rows ({share} %) lie {en} {number(end)}, beyond the axis",
                              f"{rows:,}行（{share}%）{zh}{number(end)}，在坐标轴之外"))  # fmt: skip
        return notes

    @property
    def ends(self):
        """Limits of the axis, in its own measure."""
        first = min((one[0] for one in self.apart.values()), default=self.low)
        return self.inner(first) - self.wide(0.017), self.inner(self.high) + self.wide(0.015)

    def draw(self, ax, which="x", words=None):
        """Scale, limits, ticks and a shade behind what stands apart."""
        ends, axis = self.ends, getattr(ax, f"{which}axis")
        if self.apart:
            shade = ax.axvspan if which == "x" else ax.axhspan
            shade(self.outer(ends[0]), self.outer(self.inner(self.low) - self.wide(0.015)), color=style.PALE,
                  alpha=0.45, lw=0, zorder=0)  # fmt: skip
        if self.log:
            getattr(ax, f"set_{which}scale")("log")
            axis.set_minor_formatter("")
            parts = (1, 2, 5) if self.wide(1) < 2.2 else (1, 3) if self.wide(1) < 3.2 else (1,)
            axis.set_major_locator(LogLocator(subs=parts, numticks=30))
        getattr(ax, f"set_{which}lim")(*map(self.outer, ends))
        slack = 1e-9 * max(abs(self.low), abs(self.high))
        ticks = [one for one in axis.get_ticklocs() if self.low - slack <= one <= self.high + slack]
        room = 45 * ax.figure.figure.get_figwidth() * self.wide(1) / (ends[1] - ends[0]) if which == "x" else np.inf  # fmt: skip
        # points, about
        while len(ticks) > 2 and sum(5 * len(number(one)) + 4 for one in ticks) > room:
            ticks = ticks[::2]
        axis.set_ticks([*ticks, *(one[1] for one in self.apart.values())],
                       [*map(number, ticks), *((words or {}).get(one, one) for one in self.apart)])  # fmt: skip


def head(ax, points, unit=""):
    """So many points as a share of the height of the axes, about: room for words above the marks."""
    wide, high = 66 * ax.figure.figure.get_figwidth(), 72 * ax.figure.figure.get_figheight()
    lines = sum(1 + _letters(one) * 4.3 // wide for one in unit.split("\n"))
    return min(points / max(high - 75 - 11.5 * lines, 60), 0.6)


def label_of(name, lang, labels):
    """A column in words."""
    return told(name, lang, {**NAMES, **(labels or {})})
