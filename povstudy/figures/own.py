"""What every figure lets its reader change: colours, words, size.

A figure is drawn in its own colours and words first; then those that were given take their
place, on the artists that it drew. So one way serves all figures, and none knows of it.
"""

import pandas as pd
from matplotlib import colors
from matplotlib.category import StrCategoryFormatter
from matplotlib.collections import Collection
from matplotlib.container import Container
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, Formatter

from ..base.checks import mean, nearest, shown
from ..base.errors import DataError
from ..base.language import told
from . import style

SHARED = ("title", "setting", "colour", "labels", "figsize")  # options that every figure takes
_NAMED = {
    Line2D: ("color", "markerfacecolor", "markeredgecolor"),
    Patch: ("facecolor", "edgecolor"),
    Text: ("color",),
}
_MINE = ("firebrick", "steelblue", "goldenrod", "indigo", "grey", "black", "teal")  # to be pasted
_NEUTRAL = {(0.0, 0.0, 0.0)}  # of text, unless a series is named in it


def parted(colour, columns):
    """A column of groups, and colours, from what was given as ``colour=`` of a figure of groups."""
    if isinstance(colour, dict) and len(colour) == 1 and next(iter(colour)) in columns:
        return next(iter(colour.items()))
    if isinstance(colour, dict | list | tuple):
        return None, colour
    if isinstance(colour, str) and colour not in columns and colors.is_color_like(colour):
        return None, colour
    return colour, None


def is_pair(given):
    """Whether this is one text in English and one in Chinese."""
    return isinstance(given, list | tuple) and [*map(type, given)] == [str, str]


def need_words(labels):
    """Refuse labels that are none."""
    if labels is not None and not (isinstance(labels, dict) and all(
            isinstance(one, str) or is_pair(one) for one in labels.values())):  # fmt: skip
        raise DataError("labels= is a dict: what stands there, and what is to be written: one text, or two.",
                        where="argument labels", found=shown(labels),
                        remedy='labels={"West": "Western provinces"}')  # fmt: skip


def written(table, labels, lang):
    """How a value of the table may stand on a figure: as it is, in words, in words of one's own."""
    pairs = {}
    if lang == "zh" and isinstance(table, pd.DataFrame):
        for one in (one for one in table if f"{one}_zh" in table):
            pairs |= dict(zip(table[one], table[f"{one}_zh"], strict=True))
    ways = ({}, pairs, labels or {})
    return lambda value: {str(value), *(told(value, lang, names) for names in ways)}


# Colours ------------------------------------------------------------------------------


def recoloured(artists, ax, colour, names, column=None):
    """Give the series of a figure other colours: one in shades, a list, or by series."""
    series = _series(artists, ax)
    for one in artists:
        if isinstance(one, Collection) and one.get_array() is not None:  # of numbers: its scale
            _shade(one, colour)
    such = lambda one: one if column is None else {column: one}  # noqa: E731  # as it was given
    if isinstance(colour, dict):
        to = _by_name(colour, series, names, such)
    else:
        to = dict(zip(series, _in_order(colour, series, such), strict=False))
    for artist in artists:
        for one in artist.findobj():
            _paint(one, to)


def _shade(cells, colour):
    import seaborn as sns

    first = colour if colors.is_color_like(colour) else next(iter(colour), "")
    cells.set_cmap(sns.light_palette(_colour(first), as_cmap=True))


def _series(artists, ax):
    """Inks that a figure uses, in the order in which it was drawn, with the names that each bears."""
    known = {colors.to_rgb(one) for one in style.COLOURS.values()}
    named, found = {}, {}
    for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
        part = (
            next(filter(None, handle.get_children())) if isinstance(handle, Container) else handle
        )
        for ink in _inks(part)[:1]:
            named[id(part)] = ink, label
    for artist in artists:
        for one in artist.findobj():
            for ink in _inks(one):
                if ink in known - _NEUTRAL:
                    found.setdefault(ink, [])
            ink, label = named.get(id(one), (None, None))
            if ink in known:
                found.setdefault(ink, []).append(label)
    return found


def _inks(artist):
    """Colours of an artist, without how much shows through."""
    return [tuple(rgba[:3]) for _, some in _colours(artist) for rgba in some]


def _colours(artist):
    """Ways to set the colours of an artist, each with those that it has now."""
    if isinstance(artist, Collection):  # one of numbers has a scale of its own
        names = () if artist.get_array() is not None else ("facecolor", "edgecolor")
        return [(name, [*getattr(artist, f"get_{name}")()]) for name in names]
    names = next((names for kind, names in _NAMED.items() if isinstance(artist, kind)), ())
    values = [(name, getattr(artist, f"get_{name}")()) for name in names]
    return [(name, [colors.to_rgba(one)]) for name, one in values
            if not (isinstance(one, str) and one in ("none", "auto"))]  # fmt: skip


def _paint(artist, to):
    words = isinstance(artist, Text)
    for name, some in _colours(artist):
        new = [
            (*to[rgb], rgba[3])
            if (rgb := tuple(rgba[:3])) in to and rgba[3] and not (words and rgb in _NEUTRAL)
            else rgba
            for rgba in some
        ]
        if any(tuple(one) != tuple(before) for one, before in zip(new, some, strict=True)):
            getattr(artist, f"set_{name}")(new if isinstance(artist, Collection) else new[0])


def _in_order(colour, series, such):
    if isinstance(colour, list | tuple) and not colors.is_color_like(colour):
        if len(colour) < len(series):
            told = "; ".join(", ".join(names) or "without a name" for names in series.values())
            raise DataError(f"The figure has {len(series)} colours.", where="argument colour",
                            found=f"{len(colour)}, for {told}",
                            remedy=f"colour={such([*_MINE[: len(series)]])!r}")  # fmt: skip
        return [_colour(one) for one in colour]
    import seaborn as sns

    # one colour in shades, the fullest first, so that series stay apart
    return sns.light_palette(_colour(colour), len(series) + 1, reverse=True)[: len(series)]


def _by_name(colour, series, told, such):
    names = {name: ink for ink, some in series.items() for name in some}
    made = {}
    for key, value in colour.items():
        wanted = told(key)
        inks = {ink for name, ink in names.items()
                if any(name == one or name.startswith((f"{one} (", f"{one}（", f"{one}, ", f"{one}，"))
                       for one in wanted)}  # fmt: skip
        if not inks:
            near = nearest(key, names)
            raise DataError(
                f"The figure has no such series.{mean(near)}", where="argument colour", found=shown(key),
                remedy=f"colour={such({near or next(iter(names)): _MINE[0]})!r}" if names
                else f"colour={such([*_MINE[: len(series)]])!r}",
            )  # fmt: skip
        for ink in inks:
            if made.setdefault(ink, _colour(value)) != _colour(value):
                raise DataError("Two series of this figure share one colour.", where="argument colour",
                                found=", ".join(series[ink]), remedy=f"colour={such(_MINE[0])!r}")  # fmt: skip
    return made


def _colour(value):
    if not colors.is_color_like(value):
        near = nearest(value, colors.CSS4_COLORS) if isinstance(value, str) else None
        raise DataError(f"This is no colour that Matplotlib knows.{mean(near)}", where="argument colour",
                        found=shown(value), remedy=f"colour={near or 'firebrick'!r}")  # fmt: skip
    return colors.to_rgb(value)


# Words --------------------------------------------------------------------------------


class Renamed(Formatter):
    """Tick labels with other words in place of some."""

    def __init__(self, inner, names):
        """Keep what wrote the labels, and other words for some of them."""
        self.inner, self.names = inner, names

    def __call__(self, x, pos=None):
        """Label of a tick."""
        text = self.inner(x, pos)
        return self.names.get(text, text)

    def set_axis(self, axis):
        """Both are of one axis."""
        super().set_axis(axis)
        self.inner.set_axis(axis)

    def set_locs(self, locs):
        """Tell the places of the ticks."""
        super().set_locs(locs)
        self.inner.set_locs(locs)

    def get_offset(self):
        """What stands beside the axis."""
        return self.inner.get_offset()


def renamed(artists, ax, labels, lang, names, unit, strict):
    """Write other words for those that stand alone on a figure; returns its unit in them.

    ``strict``: refuse words of which none is there.
    """
    texts_only = {key: to for key, to in labels.items() if isinstance(key, str)}
    said = lambda some: {old: told(key, lang, some) for key in some for old in names(key)}  # noqa: E731
    names, plain = said(labels), said(texts_only)
    texts = [one for artist in artists for one in artist.findobj(Text)]
    for axis in (ax.xaxis, ax.yaxis):
        texts.append(axis.label)
        inner = axis.get_major_formatter()
        # numbers along an axis are no codes, where the figure has told its codes by itself
        words = strict or isinstance(inner, FixedFormatter | StrCategoryFormatter)
        axis.set_major_formatter(Renamed(inner, names if words else plain))
    ticks = [one.get_text() for axis in (ax.xaxis, ax.yaxis) for one in axis.get_ticklabels()]
    there = {one.get_text() for one in texts} | {unit}
    if strict and not (names.keys() & there or set(names.values()) & {*ticks, *there}):
        options = [one for one in dict.fromkeys([*ticks, *there]) if one and "\n" not in one]
        near = next(filter(None, (nearest(one, options) for one in labels)), None)
        raise DataError(
            f"None of these words stands alone on the figure.{mean(near)}", where="argument labels",
            found=", ".join(map(str, labels))[:80],
            remedy=f"labels={ {near or next(iter(options), ''): 'my words'} }",
        )  # fmt: skip
    for one in texts:
        if one.get_text() in names:
            one.set_text(names[one.get_text()])
    for artist in (*artists, *ax.containers):
        if (label := artist.get_label()) in names:
            artist.set_label(names[label])
    return names.get(unit, unit)
