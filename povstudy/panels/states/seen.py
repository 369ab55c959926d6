"""The state of households in each row and at other times, and shares of pairs of rows.

States are poor or not; or, where ``states=`` asks for several, those of a column or bands of income.
"""

from dataclasses import replace
from functools import reduce
from itertools import pairwise
from operator import or_

import numpy as np
import pandas as pd

from ...base.checks import refuse_no_names
from ...base.columns import need_numbers, step_of
from ...base.errors import DataError
from ...survey.linear import domain_names, estimates, share_term
from ..alike import Panel, known_states
from ..households import (
    columns_of,
    in_duckdb,
    in_order,
    marks,
    on_spark,
    refuse_lacking,
    waves_of,
)
from ..spark import Joined

_MOST = 40
# Columns that are made beside those of the design, and those that no domain may bear either.
_OWN = ("pair_", "outcome_", "weight_", "rows_")
_MADE = ("from", "to", "path", "denominator", "rank_", "log_", "stay_", "jump_", *_OWN)


class States:
    """Who was poor (or the number of the state) in each row, and in rows of the same household at other times."""

    def __init__(self, order, code, times, poor):
        """Keys of households and times, in order."""
        self.order, self.low, self.high = order, times.min(), times.max()
        self.code, self.times, self.poor = code, times, poor
        self.keys = code * (self.high - self.low + 1) + (times - self.low)

    @property
    def of_rows(self):
        """Number of the household and time of each row, in the order of the rows."""
        return self._back(self.code), self._back(self.times)

    def _back(self, values):
        made = np.empty(len(values), dtype=values.dtype)
        made[self.order] = values
        return made

    def _at(self, offset, values, lost):
        """Values in the row so much later, in the order of the rows; ``lost`` where there is none."""
        asked, when = self.keys + offset, self.times + offset
        place = np.minimum(np.searchsorted(self.keys, asked), len(asked) - 1)
        there = (self.keys[place] == asked) & (when >= self.low) & (when <= self.high)
        return self._back(np.where(there, values[place], lost))

    def __call__(self, offset):
        """1 poor, 0 not poor, not a number where not seen."""
        return self._at(offset, self.poor, np.nan)

    def refuse_unseen(self, problem, where, found, *ways):
        """Refuse a step at which nobody is seen again; tells one at which some are.

        Each of the ``ways`` says of states and a step whether some are, and how it is asked for.
        """
        steps = range(1, min(int(self.high - self.low), 120) + 1)
        works = (
            told.format(step) for seen, told in ways for step in steps if seen(self, step).any()
        )
        waves = ", ".join(map(str, np.unique(self.times)[:12]))
        raise DataError(
            problem, where=where, found=f"{found}; waves {waves}",
            remedy=next(works, "a panel in which households are seen again, under the same ids"),
        )  # fmt: skip

    def left_by(self, offset):
        """Whether it was seen poor and later not poor, up to a row so much later."""
        new = np.r_[True, self.code[1:] != self.code[:-1]]
        first = np.maximum.accumulate(np.where(new, np.arange(len(new)), 0))
        so_far = lambda x: np.cumsum(x) - (np.cumsum(x) - x)[first]  # noqa: E731
        exits = (self.poor == 0) & (so_far(self.poor == 1) > 0)
        return self._at(offset, so_far(exits) > 0, False)


class Counted:
    """As `States`, of rows of a panel past memory that are alike; what was asked of them is read."""

    def __init__(self, panel, names, there):
        """``names`` of the states; ``there``: whether some are missing."""
        self.panel, self.names, self.there = panel, names, there

    def refuse_unseen(self, *words):
        """As of `States`, by the households of each kind."""
        code, times, state = self.panel.kinds(self.there)
        States(np.arange(len(code)), code, times, state).refuse_unseen(*words)


def paired_states(seen, step):
    """State of a row and so much later; not a number where one of them was not seen."""
    now, then = seen(0), seen(step)
    lost = np.isnan(now + then)
    return np.where(lost, np.nan, now), np.where(lost, np.nan, then)


def seen_states(svy, by, names, step, states=None, numbers=None, read=None):
    """The survey, columns, the states of households, the step from wave to wave, and what is asked of rows.

    ``states``: None of poor or not, else as of `transitions`; their names are ``.names``.
    ``numbers``: a column of numbers as they are, in their place. ``read``: of states and the step,
    arrays of what is asked of each row; with it rows of DuckDB that are alike are counted there,
    and make the survey and the columns.
    """
    household, time, poor = names
    of, bands = (numbers or poor, None) if states is None else asked_of(states)
    limits = [one for one in (bands or {}).values() if isinstance(one, str)]
    refuse_no_names([household, time, of, *by])
    domain_names([household, *svy.layout.names], _MADE)
    domain_names(by, _OWN)
    needed = [household, time, of, *limits, *by]
    svy.rows.need(needed)
    if read is not None and numbers is None and (kind := _countable(svy)):
        lost, numbered = svy.missing == "drop", (None, ["not poor", "poor"])
        if states is not None:
            numbered = _numbered(svy, of, states, bands, limits)
        code, labels = numbered
        panel = kind(svy.rows, by, (household, time, of), code, len(labels))
        step = panel.checked(step, lost if states is None else None)
        if panel.fits:
            table, values = panel.counted(lambda seen: read(seen, step), lost)
            layout = replace(
                svy.layout, weights=("weight_", *svy.layout.masks), codes=(), times="rows_"
            )
            return svy.reopened(table, layout), table, Counted(panel, labels, lost), step, values
    svy = svy.in_memory(needed)
    table = columns_of(svy, needed)
    table[of] = svy.rows.cleared(of, table[of])
    missing = table[of].isna().to_numpy()
    order, code, times = in_order(table, household, time)
    step = step_of(waves_of(times), time, step)
    # Where missing values are dropped, what is not known is not seen.
    if states is None and numbers is None:
        known = table[of].where(~missing, 0) if svy.missing == "drop" else table[of]
        state = marks(known.iloc[order], table[household].iloc[order], times).astype(float)
        labels = ["not poor", "poor"]
    else:
        if missing.any() and svy.missing == "refuse":
            svy.rows.refuse_values(of, int(missing.sum()), f"column {of}")
        if numbers is not None:
            every, labels = need_numbers(of, table[of]), []
        else:
            every, labels = _banded(table, of, bands) if bands else _named(table[of], of, states)
        state = every[order]
    state[missing[order]] = np.nan
    made = States(order, code, times, state)
    made.names = labels
    return svy, table, made, step, read and read(made, step)


def _countable(svy):
    """What counts the rows of a survey where they lie: it needs sampling units, and one weight."""
    layout = svy.layout
    if layout.psu and layout.errors and not layout.signed:
        return Panel if in_duckdb(svy.rows) else Joined if on_spark(svy.rows) else None


def _numbered(svy, of, states, bands, limits):
    """Number of the state of each row of an engine, as an expression, and the names of all."""
    rows, nw = svy.rows, svy.rows.nw
    x, known = rows._key(of), known_states(rows, of)
    known = ~x.is_null() if known is None else ~x.is_null() & known
    missing = int(rows.count(~known))
    if missing and svy.missing == "refuse":
        rows.refuse_values(of, missing, f"column {of}")
    if bands is None:
        kinds = rows.frame.filter(known).select(s=x).group_by("s").agg(n=nw.len())
        kinds = rows._fetch(kinds.head(10_000))
        code, labels = _named(kinds["s"].rename(of), of, states, kinds["n"])
        pairs = zip(kinds["s"].tolist(), code.tolist(), strict=True)
        return nw.coalesce(*[nw.when(x == one).then(nw.lit(int(n))) for one, n in pairs]), labels
    names = list(dict.fromkeys([of, *limits]))

    def told(frame):
        asked = {f"c{i}": rows.column(one) for i, one in enumerate(names)}
        found = rows._fetch(frame.select(**asked).head(1000))
        return _banded(found.set_axis(names, axis=1), of, bands)[1] if len(found) else None

    labels = told(rows.frame)  # of some rows; then of those that are wrong
    ends = list(bands.values())[:-1]
    ends = [rows[one] if isinstance(one, str) else nw.lit(float(one)) for one in ends]
    if limits:  # the others were looked at with those rows
        odd = [low >= high for low, high in pairwise(ends)]
        told(rows.frame.filter(reduce(or_, odd, reduce(or_, [~rows._finite(x) for x in limits]))))
    above = [rows.where(x.cast(nw.Float64()) >= end, 1.0, 0.0) for end in ends]
    return nw.when(known).then(nw.sum_horizontal(*above)), labels


def asked_of(states):
    """Column of the states, and the bands of a column of numbers."""
    if isinstance(states, str):
        return states, None
    if isinstance(states, dict) and len(states) == 1:
        ((of, such),) = states.items()
        if isinstance(such, dict) and len(such) > 1:
            return of, such
        if not isinstance(such, dict | str) and np.iterable(such) and len(list(such)) > 1:
            return of, None
    raise DataError(
        "States are a column; or a column and its states in order; or a column of numbers and "
        "the upper end of each band.", where="argument states", found=states,
        remedy='states="status", or {"status": ["listed", "left", "back"]}, or {"income": '
        '{"below": 2300, "near": 3450, "above": np.inf}}',
    )  # fmt: skip


def _named(column, of, states, times=None):
    """Number of the state of each row, and the names of all, in order; ``times``: so many rows have it."""
    if isinstance(states, dict):
        names = list(states[of])
    elif isinstance(column.dtype, pd.CategoricalDtype):
        names = list(column.cat.remove_unused_categories().cat.categories)
    else:
        names = sorted(column.dropna().unique(), key=lambda one: (isinstance(one, str), one))
    if not 1 < len(names) <= _MOST:
        raise DataError(f"Moves are among 2 to {_MOST} states.", where=f"column {of}", found=f"{len(names)} states",
                        remedy=f'states={{"{of}": {{"below": 2300, "above": np.inf}}}}  # of numbers: bands')  # fmt: skip
    if len(set(names)) < len(names):
        raise DataError("A state is named twice.", where="argument states", found=names,
                        remedy=f"states={{{of!r}: {list(dict.fromkeys(names))!r}}}")  # fmt: skip
    code = pd.Index(names).get_indexer(column).astype(float)
    lost = np.flatnonzero((code < 0) & column.notna().to_numpy())
    if len(lost):
        other = list(dict.fromkeys(column.iloc[lost]))
        raise DataError(
            f"{len(lost) if times is None else times.iloc[lost].sum():,} rows are in a state that is not named.", where=f"column {of}",
            found=", ".join(map(repr, other[:8])), remedy=f"states={{{of!r}: {[*names, *other[:8]]!r}}}",
        )  # fmt: skip
    return code, names


def _banded(table, of, bands):
    """Number of the band of each row: each holds what is below its upper end, and not below the last."""
    last, names = list(bands.values())[-1], list(bands)
    truth = any(isinstance(one, bool) for one in bands.values())
    ends = [table[one] if isinstance(one, str) else one for one in list(bands.values())[:-1]]
    ends = [np.broadcast_to(np.asarray(one, dtype=float), len(table)) for one in ends]
    known = ~np.isnan(sum(ends))
    rising = all((low[known] < high[known]).all() for low, high in pairwise(ends))
    if not (last is None or last == np.inf) or not known.all() or not rising or truth:
        raise DataError(
            "Upper ends of bands rise, are known in all rows, and the last band has none.",
            where="argument states", found=bands,
            remedy=f'states={{{of!r}: {{"below": 2300, "near": 3450, "above": np.inf}}}}',
        )  # fmt: skip
    values = need_numbers(of, table[of])
    return sum((values >= end).astype(float) for end in ends), names


def share_in(svy, table, domain, outcome, by, name, household):
    """Weighted mean of an outcome in domains; rows of none stay in the design."""
    table = table.assign(**{name: domain, "outcome_": outcome})
    made = paired(svy, table, by, name, household)
    found = made.cells([*by, name], ["outcome_"], lambda row: {"outcome": row["outcome_"]})
    return estimates(made, found, [share_term("share", found, "outcome")])


def paired(svy, table, by, name, household):
    """The survey of rows that have a value, the others left out and counted."""
    refuse_lacking(svy, table, by, table[name].notna().to_numpy())
    layout = svy.layout if svy.layout.psu else replace(svy.layout, psu=(household,))
    return svy.reopened(table, layout, missing="drop")
