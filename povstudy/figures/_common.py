"""What the figures share: Axes in the house style, units, labelled bars."""

import functools

from .. import style


def drawn_in(size):
    """Give a drawing function its Axes, inside the house style."""

    def decorate(draw):
        @functools.wraps(draw)
        def drawn(*args, ax=None, lang="en", **options):
            style.words(lang)  # refuses an unknown language before anything is drawn
            with style.context():
                ax = style.new_axes(size) if ax is None else ax
                return draw(*args, ax=ax, lang=lang, **options)

        drawn.__module__ = "povstudy.figures"  # where users find it
        return drawn

    return decorate


def persons(lang):
    """How persons are counted: factor from 10,000 persons, unit, and a label format."""
    if lang == "zh":
        return 1.0, "万人", "{:,.0f}".format
    return 0.01, "million persons", "{:,.1f}".format


def labelled_bars(ax, years):
    """Every year on the axis, and no grid: the bars carry their numbers."""
    ax.set_xticks(sorted({int(year) for year in years}))
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.grid(visible=False)
