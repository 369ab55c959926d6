"""How figures look: colours with markers, journal sizes, fonts, and the source line.

Nothing global is changed: every figure is drawn inside `context`, so a user's own
matplotlib settings stay as they are.
"""

from contextlib import contextmanager
from functools import cache, partial
from numbers import Real

from ..base.checks import mean, nearest
from ..base.errors import DataError
from ..base.status import Source, status_of
from ..base.webfont import FAMILY, FONT
from ..sources.catalogue import credit

# Okabe and Ito (2008), Color Universal Design. Yellow is left out: too pale for lines.
COLOURS = {
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "black": "#000000",
}
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
INK, GREY, PALE = "#222222", "#666666", "#D9D9D9"

_PAD = 10  # of a title without a unit below it
MM = 1 / 25.4
# Widths of a journal's one and two columns; heights that leave room for the source line.
SIZES = {"single": (85 * MM, 75 * MM), "double": (178 * MM, 98 * MM), "page": (178 * MM, 190 * MM)}

_SETTINGS = {  # beside those of seaborn's "ticks"
    "font.family": [FAMILY, "DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.titlepad": _PAD,
    "axes.labelsize": 8.5,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": PALE,
    "grid.linewidth": 0.6,
    "patch.force_edgecolor": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "legend.edgecolor": "none",
    "legend.framealpha": 0.9,
    "legend.fontsize": 8.5,
    "figure.constrained_layout.use": True,
    "svg.fonttype": "path",
    "pdf.fonttype": 42,  # TrueType: what journals ask for, and text that can be searched
    "svg.hashsalt": "povstudy",
    "savefig.dpi": 300,
}

_EDGE = {
    "xycoords": "axes fraction",
    "textcoords": "offset points",
    "annotation_clip": False,
    "parse_math": False,
}


@cache
def _add_font():
    from matplotlib import font_manager

    font_manager.fontManager.addfont(FONT)


@contextmanager
def context():
    """Draw in the house style inside a ``with`` block; settings are put back after it.

    Examples
    --------
    >>> import matplotlib
    >>> from povstudy.figures import style
    >>> before = matplotlib.rcParams["font.size"]
    >>> with style.context():
    ...     inside = matplotlib.rcParams["font.size"]
    >>> inside, matplotlib.rcParams["font.size"] == before
    (8.5, True)
    """
    import matplotlib.style
    import seaborn as sns
    from matplotlib import cycler, pyplot

    # Load the backend before the settings are kept: a notebook's turns on that figures show, and
    # that would be put back with them, so that no figure after this one is shown.
    pyplot.draw_if_interactive()
    _add_font()
    cycle = cycler(color=sns.color_palette(COLOURS.values())) + cycler(marker=MARKERS)
    own = _SETTINGS | {"axes.prop_cycle": cycle}
    with matplotlib.style.context(["default", sns.axes_style("ticks"), own]):
        yield


def new_axes(size="double"):
    """Make an Axes on a figure of a journal's width.

    Parameters
    ----------
    size : str or tuple of float
        ``"single"``: one column (85 mm); ``"double"``: two columns (178 mm); ``"page"``: a page of
        two columns; or width and height in inches.

    Returns
    -------
    matplotlib.axes.Axes
    """
    import matplotlib.pyplot as plt

    known = size in [*SIZES] if isinstance(size, str) else False
    pair = isinstance(size, list | tuple) and [isinstance(one, Real) and one > 0 for one in size]
    if not (known or pair == [True, True]):
        near = nearest(size, SIZES) if isinstance(size, str) else None
        raise DataError(
            f"A size is width and height in inches, or one of {', '.join(SIZES)}.{mean(near)}",
            where="argument figsize", found=str(size)[:60], remedy=f"figsize={near or (6, 4)!r}",
        )  # fmt: skip
    return plt.subplots(figsize=SIZES[size] if known else size)[1]


def finish(ax, *, title, unit, source, alt, data, lang):
    """Set title, unit and source line of a figure, and hang its data and alt text on it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes with everything drawn.
    title, unit : str
        Title, and what the value axis counts, which stands under the title, in several lines if it
        has several. Where the data
        are simulated, the title and the alt text begin with that word.
    source : str or Source, optional
        Name of a dataset, or a `Source` for data of one's own; without it the figure says
        that its source is not stated.
    alt : str
        What the figure shows, in a sentence or two for readers who cannot see it.
    data : DataFrame
        The numbers behind the figure.
    lang : {"en", "zh"}
        Language of the source line.

    Returns
    -------
    matplotlib.axes.Axes
        The same Axes, with the attributes ``alt_text``, ``data_behind``, ``source`` and
        ``title_text`` (in one line, where the title is wrapped).
    """
    source = Source(status_of(data, ""), "") if source is None else credit(source)
    title, alt = source.heading(title, lang), source.heading(alt, lang, whole=True)
    own, pad = type(ax).set_title, 19 if unit else _PAD
    # not yet their words: what is wider than the figure would narrow the axes
    heading = own(ax, "", loc="left", pad=pad, parse_math=False)  # $ is money
    below = ax.annotate("", (0, 1), (0, 5), color=GREY, **_EDGE) if unit else None
    ax.tick_params(which="both", labelfontfamily=FAMILY)
    for text in ax.findobj(lambda artist: hasattr(artist, "set_fontfamily")):
        text.set_fontfamily([FAMILY, "DejaVu Sans"])  # also on axes made outside `context`
    # Below whatever the x axis has: tick labels of any height and its label.
    ax.figure.figure.draw_without_rendering()  # the whole figure, also from a part of it
    axis = ax.xaxis.get_tightbbox()
    points = 72 / ax.figure.figure.dpi
    room = (ax.figure.bbox.x1 - ax.bbox.x0) * points - 4
    heading.set_text(wrapped(title, room, heading.get_fontsize()))
    if unit:
        size = below.get_fontsize()
        below.set_text("\n".join(wrapped(one, room, size) for one in unit.split("\n")))
        below.set_linespacing(1.35)
        pad += 1.35 * size * below.get_text().count("\n")
        own(ax, heading.get_text(), loc="left", pad=pad)
    drop = (ax.bbox.y0 - (axis.y0 if axis else ax.bbox.y0)) * points + 7
    line = wrapped(source.line(lang), ax.bbox.width * points, size=7)
    ax.annotate(line, (0, 0), (0, -drop), va="top", color=GREY, fontsize=7, **_EDGE)
    ax.alt_text, ax.data_behind, ax.source = alt, data.reset_index(drop=True), source
    ax.title_text = title
    ax.set_title = partial(_set_title, ax, source, lang, pad)
    return ax


def _set_title(ax, source, lang, pad, label, *more, **options):
    """Titles that are set later take the place of the first, and say too that data are simulated."""
    options = {"loc": "left", "pad": pad, "parse_math": False, **options}
    return type(ax).set_title(ax, source.heading(label, lang), *more, **options)


def wrapped(text, width, size):
    """Break a line where it gets wider than ``width`` points: at blanks, or in Chinese
    anywhere but before punctuation.
    """
    from matplotlib import ft2font

    _add_font()
    font = ft2font.FT2Font(str(FONT))
    font.set_size(size, 72)

    def measure(piece):
        font.set_text(piece)
        return font.get_width_height()[0] / 64

    pieces = []
    for sign in text:
        wide = ord(sign) > 0x2E7F
        no_break = sign in "，。、；：）”》%" or not pieces or pieces[-1][-1] in "（“《"
        glued = not wide and pieces and pieces[-1][-1] != " " and ord(pieces[-1][-1]) <= 0x2E7F
        if no_break or glued:
            pieces = [*pieces[:-1], (pieces[-1] if pieces else "") + sign]
        else:
            pieces.append(sign)
    lines = [""]
    for piece in pieces:
        if lines[-1] and measure((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.strip() for line in lines)
