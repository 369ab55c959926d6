"""What the register says of falls, beside what visits found."""

import numpy as np

from ...base.language import in_words, words
from .. import draw, style
from ..draw import Drawn, drawn_in

_INKS = ("vermilion", "blue", "purple")


@drawn_in("double", "term", "estimate", "ci_low", "ci_high", "register")
def register_and_visits(table, *, source=None, ax=None, lang="en"):
    """The relapse rate by the register and by visits, what the register finds, and its false flags.

    Parameters
    ----------
    table : DataFrame
        ``ps.register_and_visits(...).tidy()``.
    source, ax, lang
        As in `incidence_by_standard`.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> left = pd.DataFrame({"relapsed": [1] * 40 + [0] * 960,
    ...                      "poor_again": [1] * 18 + [0] * 2 + [None] * 20
    ...                                    + [1] * 3 + [0] * 97 + [None] * 860})
    >>> ax = ps.register_and_visits(left).plot(source=ps.Source("survey", "Visits to 120 households"))
    >>> ax.data_behind["estimate"].round(3).tolist()
    [0.065, 0.556, 0.1]
    """
    t, say = words(lang), in_words("visits_drawn", lang)
    rows = table[table["estimate"].notna()].reset_index(drop=True)
    first, names, told = rows.iloc[0], [], []
    says = 100 * first["register"]
    draw.taller(ax, 0.6)
    if says >= 0:  # there is a register
        names, told = [say["register"]], [f"{say['register']} {says:.1f}"]
        ax.plot(says, 0, "o", ms=7, color=style.GREY, mfc="white")
        draw.beside(ax, f"{says:.1f}", (says, 0), (0, 8), ha="center")
    for at, row in enumerate(rows.itertuples(), start=len(names)):
        low, mid, high = (100 * one for one in (row.ci_low, row.estimate, row.ci_high))
        ink, marker = style.COLOURS[_INKS[row.Index]], "osD"[row.Index]
        draw.whisker(ax, at, low, mid, high, ink, lw=2, ms=7, marker=marker)
        draw.beside(ax, f"{mid:.1f}", (mid, at), (0, 8), ha="center")
        names.append(say[row.term])
        told.append(say["said"].format(say[row.term], mid, low, high))
    draw.labelled_rows(ax, names, top=0.8)
    ax.set_xscale("function", functions=(lambda x: np.sqrt(np.clip(x, 0, None)), np.square))
    ax.set_xlim(0, 100)
    ax.set_xticks([0, 1, 5, 10, 25, 50, 75, 100])
    sees = rows.loc[rows["term"] == "detection", "estimate"]
    return Drawn(
        title=say["title" if says >= 0 else "title alone"].format(100 * first["estimate"], says)
        + "".join(say["sees"].format(100 * one) for one in sees),
        unit=say["unit"].format(draw.level_of(table)),
        alt=t("Points with intervals: ", "点与区间："),
        data=table, said=told,
    )  # fmt: skip
