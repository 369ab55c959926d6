"""Incomes below zero: told once a call, for losses count as they are and codes of no answer do not."""

import re

import numpy as np

from ..base.checks import listed
from ..base.errors import tell

# -1 to -10, and figures 7, 8 or 9 that repeat: what codebooks of household surveys have for not
# applicable, refused, unknown.
_CODE = re.compile(r"-([1-9]|10|7{2,6}|8{2,6}|9{2,6}|9{1,5}[78])")
_MOST = 6  # values that are named


def tell_below_zero(svy, columns, codes=False):
    """Warn of values below zero among the rows that count, with how many and which recur.

    Losses of a business are incomes, and nothing is left out; but what stands for no answer
    (-8, -1, -2) would count as the poorest incomes.

    Parameters
    ----------
    svy : Survey
        Whose rows are looked at; replicates of it are not looked at again.
    columns : str or list of str
        Incomes.
    codes : bool
        For numbers of any kind, such as a change: tell only where all that are below zero are
        what codebooks have for no answer, one of them repeatedly, beside amounts that are more
        than ten times as large.

    Warns
    -----
    DataWarning
    """
    columns = listed(columns)
    svy.rows.need(columns)
    if svy.layout.signed:
        return
    for name, (least, most) in svy.rows.ends(columns).items():
        if not least < 0:
            continue
        values, counts = svy.rows.below_zero(name)
        some = [_told(x) for x in values]
        known = [bool(_CODE.fullmatch(x)) for x in some]
        if codes and not (all(known) and counts.max() > 1 and most > -10 * least):
            continue
        named = [
            i
            for i in np.argsort(-counts, kind="stable")
            if known[i] or (counts[i] > 1 and values[i] % 1 == 0)
        ][:_MOST]
        recur = ", ".join(f"{some[i]} ({counts[i]:,})" for i in named)
        tell(
            f"{counts.sum():,} rows are below zero in {name}, and count as they stand.",
            where=f"column {name}",
            found=f"{recur}: codes of no answer?" if named else f"from {_told(least)}",
            remedy=f"table[{name!r}] = table[{name!r}].where(~table[{name!r}].isin("
            f"[{', '.join(some[i] for i in named)}]))  # and missing=\"drop\", if they are codes"
            if named else "look at these rows: are they losses?",
        )  # fmt: skip


def _told(x):
    return f"{x:.15g}"
