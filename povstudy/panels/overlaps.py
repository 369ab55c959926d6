"""Rows of spells that count twice: refused alike by whatever takes spells."""

import numpy as np
import pandas as pd

from ..base.columns import refuse_two_kinds
from ..base.ends import ends_of
from ..base.errors import DataError
from ..survey.cells import Layout, Rows
from ..survey.keys import coded

_PROBLEMS = (
    ("overlap", "each period of a household stands in one row"),
    ("go on after an event",
     "after an event the household is poor: its next spell has a number of its own, in the column "
     "spell"),
)  # fmt: skip


def spell_codes(rows, kept=None):
    """Code of the spell of each row: by its number, or by its start; one where none is told."""
    for name in ("spell", "origin"):
        if name in rows.columns:
            rows.need([name])
            refuse_two_kinds(name, rows.key(name))
            code = coded(rows.key(name), sort=False)[0].astype(np.int64, copy=False)
            return code if kept is None else code[kept]
    return np.zeros(len(rows) if kept is None else len(kept), dtype=np.int64)


def refuse_overlaps(rows, household, own, spell, entry, exit, ended, kept=None):
    """Refuse rows of one household that overlap, stand there twice, or go on after their end.

    Parameters
    ----------
    rows : Rows
        The table.
    household : str
        Column of households.
    own, spell : ndarray of int
        Codes of household and spell of each row that is kept.
    entry, exit : ndarray
        At risk in (entry, exit].
    ended : ndarray of bool
    kept : ndarray of int, optional
        Places of these rows in the table.

    Raises
    ------
    DataError

    Notes
    -----
    Where every row has an ``origin``, spells of one household may not overlap on the calendar
    either; otherwise each spell has its own clock.
    """
    start = entry
    if "origin" in rows.columns:
        rows.need(["origin"])
        origin = rows["origin"] if kept is None else rows["origin"][kept]
        if np.isfinite(origin).all():
            start = entry + origin.astype(np.int64)
    elif "spell" in rows.columns:
        own = own.astype(np.int64) * (spell.max(initial=0) + 1) + spell
    stop = exit if start is entry else start + (exit - entry)
    same = own[1:] == own[:-1]
    order = None
    if ((own[1:] < own[:-1]) | (same & (start[1:] < start[:-1]))).any():
        order = np.lexsort((start, own))
        own, spell, start, stop, ended = (x[order] for x in (own, spell, start, stop, ended))
        same = own[1:] == own[:-1]
    before = stop[:-1] if stop.dtype.kind == "i" else stop[:-1] - 1e-9
    late = np.flatnonzero(same & ended[:-1])
    wrong = np.flatnonzero(same & (start[1:] < before)), late[spell[late + 1] == spell[late]]
    for (problem, remedy), bad in zip(_PROBLEMS, wrong, strict=True):
        if len(bad):
            two = [bad[0], bad[0] + 1]
            two = two if order is None else order[two].tolist()
            both = [f"({entry[at]:g}, {exit[at]:g}]" for at in two]
            two = two if kept is None else kept[two].tolist()
            if both[0] == both[1]:
                remedy = "spells = spells.drop_duplicates()  # if the rows say the same"
            of = rows.key(household).iloc[[two[0]]].tolist()[0]
            raise DataError(
                f"{len(bad):,} rows of a household {problem}.",
                where=f"household {of!r}, {rows.place(two[0])} and {rows.place(two[1])}",
                found=" and ".join(both), remedy=remedy,
            )  # fmt: skip


def refuse_overlapping_spells(table, household="household_id", entry="entry", exit="exit",
                              event="event"):  # fmt: skip
    """Refuse spells of which rows overlap, stand there twice, or go on after their end.

    Parameters
    ----------
    table : DataFrame, Rows or Engine
        What lacks a household, a time or an end is passed over, as is a start not seen.
    household, entry, exit, event : str
        Columns. Without households nothing can be seen.

    Raises
    ------
    DataError

    Examples
    --------
    >>> from povstudy.panels.overlaps import refuse_overlapping_spells
    >>> refuse_overlapping_spells(pd.DataFrame(
    ...     {"household_id": [1, 1], "entry": [0, 1], "exit": [1, 2], "event": [0, 1]}))
    """
    rows = Rows(table, Layout()) if isinstance(table, pd.DataFrame) else table
    if household not in rows.columns:
        return
    if not isinstance(rows, Rows):
        refuse_in_engine(rows, household, entry, exit, event)
        return
    asked = household, entry, exit, event
    if asked in rows.apart:  # looked at before
        return
    refuse_two_kinds(household, rows.key(household))
    own, known = coded(rows.key(household), sort=False)
    own = own.astype(np.int64, copy=False)
    if len(known) == len(own):
        rows.apart.add(asked)
        return
    start, end, ends = rows[entry], rows[exit], rows.key(event)
    good = (own >= 0) & np.isfinite(start) & np.isfinite(end) & ends.notna().to_numpy()
    if "origin_known" in rows.columns:
        good &= rows["origin_known"] == 1
    kept = np.flatnonzero(good)
    ended = ends_of(ends.iloc[kept], event)[0] >= 0
    refuse_overlaps(rows, household, own[kept], spell_codes(rows, kept), start[kept], end[kept],
                    ended, kept)  # fmt: skip
    rows.apart.add(asked)


def refuse_in_engine(engine, household, entry="entry", exit="exit", event="event", where=None,
                     values=None):  # fmt: skip
    """As `refuse_overlaps`, spell by spell: more periods in rows than there are, or later rows.

    ``values`` are those of the column of events, where they are known.
    """
    if where is None and "origin_known" in engine.columns:
        where = engine["origin_known"] == 1.0
    keys = [household, *[name for name in ("spell", "origin") if name in engine.columns][:1]]
    if values is None:
        kinds = engine.distinct([event], where, 1000)
        values = pd.Series(dtype=float) if kinds is None else kinds["k0"]
    values = values.drop_duplicates().dropna()
    ended = values[ends_of(values, event)[0] >= 0].tolist() if len(values) else []
    crowded, late = engine.twice(keys, entry, exit, event, ended, where)
    if crowded is not None:
        raise DataError(
            f"Rows of {crowded[0]:,} spells overlap: they hold more periods than lie between their ends.",
            where=_named(crowded[1]), remedy=_PROBLEMS[0][1],
        )  # fmt: skip
    if late is not None:
        raise DataError(f"Rows of {late[0]:,} spells {_PROBLEMS[1][0]}.", where=_named(late[1]),
                        remedy=_PROBLEMS[1][1])  # fmt: skip


def _named(keys):
    return ", ".join(f"{name} {value!r}" for name, value in keys.items())
