"""What the figures share: Axes in the house style, units, labelled bars."""

import functools

import pandas as pd

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import words
from ..sources.catalogue import credit
from . import style


def drawn_in(size, *columns):
    """Give a drawing function its Axes, inside the house style; check its table first."""

    def decorate(draw):
        @functools.wraps(draw)
        def drawn(table, *, source=None, ax=None, lang="en", **options):
            # Refuse what is wrong before anything is drawn.
            need_columns(table, columns)
            words(lang)
            source = table.attrs.get("source") if source is None else source
            if source is None:
                raise DataError(
                    "Every figure says where its data come from and of what kind they are.",
                    remedy='source=ps.Source("survey", "who collected them, and when")',
                )
            _refuse_other_status(table, credit(source))
            with style.context():
                ax = style.new_axes(size) if ax is None else ax
                return draw(table, source=source, ax=ax, lang=lang, **options)

        return drawn

    return decorate


def _refuse_other_status(table, source):
    """Estimates know what their data are; the figure cannot say otherwise."""
    if "data_status" in table and set(table["data_status"]) - {source.status}:
        raise DataError(
            "The estimates say that their data are of another kind than the source.",
            found=f"{', '.join(sorted(set(table['data_status'])))}; source: {source.status}",
            remedy='ps.Survey(table, ..., status="simulated") says what the data are',
        )


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


def labelled_bars(ax, years):
    """Every year on the axis, and no grid: the bars carry their numbers."""
    ax.set_xticks(sorted({int(year) for year in years}))
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.yaxis.get_major_locator().set_params(integer=True)
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.grid(visible=False)
