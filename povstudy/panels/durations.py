"""Spells in and out of poverty: from a panel to rows that models of duration take.

A spell is a run of periods, seen one after the other, in one state. Its start is seen where
the period before was seen in the other state, known where a column tells it, and unknown
otherwise. What is not seen is never filled in: a gap ends a spell.
"""

from numbers import Real

import numpy as np
import pandas as pd

from ..base.checks import listed, need_columns, need_whole, refuse_no_names
from ..base.columns import need_numbers, same_keys, step_of
from ..base.ends import ended_where
from ..base.errors import DataError
from ..base.status import handed_on
from ..survey.cells import Layout
from ..survey.engines import open_table
from .households import (
    DESIGN,
    columns,
    in_duckdb,
    in_order,
    marks,
    on_spark,
    refuse,
    refuse_grid,
    refuse_off_grid,
    refuse_start,
    refuse_twice,
    waves_of,
    whole_times,
)
from .masks import spells_by_masks
from .overlaps import refuse_overlapping_spells
from .spark import spells_by_windows

EARLIER = ("earlier_spells", "earlier_out", "earlier_poor", "earlier_unseen")
SPELL = ("household_id", "spell", "origin", "origin_known", "entry", "exit", "event")


def spells(panel, of="out", *, household="household_id", time="year", poor="poor", step=None,
           start=None, covariates=(), into=None, earlier=False):  # fmt: skip
    """Make spells out of (or in) poverty from a panel.

    Parameters
    ----------
    panel : DataFrame, relation or path
        A row for each household and period in which it was seen, in any order: of pandas or
        polars; or, past memory, a DuckDB relation or the path of Parquet files. Waves may
        rotate, and households may miss some. Of a polars LazyFrame, and of a Spark table
        without ``into``, the columns that are needed are brought into memory.
    of : {"out", "poor"}
        Spells out of poverty, which end in poverty; or in poverty, which end out of it.
    household, time, poor : str
        Columns of the household, the period (a whole number; of a quarter ``4 * year +
        quarter``), and whether it is poor then (true or false, 1 or 0).
    step : int, optional
        Time from one period to the next; without it that of the waves, such as 2 where they
        come every second year. Waves that are not evenly spaced need it.
    start : str, optional
        Column with the first period of the spell, where it is known from elsewhere; missing
        where it is not. Used where the spell was seen late.
    covariates : str or list of str
        Columns to be kept, with their value in the first period in which the spell was seen:
        the origin, where it was seen.
    into : path, optional
        Write the spells to this Parquet file instead of returning them; of a relation or path. Of
        Spark it is a folder that is not there yet.
    earlier : bool
        Whether columns tell what was seen of the household before the spell: ``earlier_spells``
        (of the same kind, also those that are left out), ``earlier_out`` and ``earlier_poor``
        (periods seen out of poverty, and in it), ``earlier_unseen`` (periods of the panel before
        the spell in which it was not seen).

    Returns
    -------
    DataFrame, or path
        ``household_id spell origin origin_known entry exit event``, then ``weight stratum psu``
        where the panel has them, then the covariates. Durations count periods since the origin,
        in which the household is out (or poor) by definition: it is at risk in the periods
        ``entry + 1`` to ``exit``, and ``event`` tells whether the spell ended in the last of them
        or was followed no further. In memory, rows are in the order of household and spell.
        ``attrs["not_followed"]`` counts spells without a period at risk, which are left out: the
        household was not seen in the period after; ``attrs["step"]`` is the step, ``attrs["of"]``
        what was asked for. Spark writes no such notes.

    Raises
    ------
    DataError
        If a household is there twice in a period, a mark of poverty is not 0 or 1, a time is
        missing, no whole number or off the grid of steps, a start contradicts what was seen, or
        waves are not evenly spaced and no step is told.

    Notes
    -----
    - A start that was seen: ``origin_known`` is true, ``entry`` is 0.
    - A start told by the column ``start``, of a spell that was seen late, without anything seen
      in between: ``origin_known`` is true and ``entry`` is the periods from the origin to when it
      was first seen (delayed entry). The column holds the *first* period of the spell; one that
      holds the last period before it needs one step more. It may hold one spell's start in all
      rows of a household: it is used for that spell alone.
    - Otherwise the start is unknown: ``origin_known`` is false, and ``origin`` is the period in
      which the spell was first seen. Such a spell is kept to be counted; its duration is not
      known, and it is never treated as delayed entry.
    - A period in which the household was not seen ends a spell (censored).
    - What came earlier is what the panel saw: of years before its first period nothing is known,
      so a household with ``earlier_spells`` of 0 may have had some. Households that were followed
      for longer have more to count: compare those with as many periods before.

    A start belongs to the state that is followed. In the tables of `simulate`, ``exit_year`` is
    the last year on the list, so it belongs to ``listed`` and not to the poverty that the survey
    measures: see the second example.

    Past memory two sets of bits for each household, periods seen and periods poor, are made by
    one pass of DuckDB; the panel may span 62 periods then.

    References
    ----------
    Allison, P. (1982), Discrete-time methods for the analysis of event histories, Sociological
    Methodology 13. Guo, G. (1993), Event-history analysis for left-truncated data, Sociological
    Methodology 23.

    Examples
    --------
    A household leaves poverty in 2015 and is poor again in 2017:

    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": 7, "year": [2014, 2015, 2016, 2017],
    ...                       "poor": [1, 0, 0, 1]})
    >>> ps.spells(panel).T[0].to_dict()
    {'household_id': 7, 'spell': 1, 'origin': 2015, 'origin_known': True, 'entry': 0, 'exit': 2,
     'event': True}

    Off the list of a simulated register, seen from the seventh wave on:

    >>> panel = ps.simulate(households=2_000, years=9).panel.query("year >= 2018")
    >>> panel = panel.assign(off_list=panel["exit_year"] + 1)
    >>> found = ps.spells(panel, poor="listed", start="off_list")
    >>> bool((found["entry"] > 0).any()), found.attrs["source"]["status"]
    (True, 'simulated')
    """
    of_out = _out(of)
    if step is not None:
        need_whole("step", step)
    covariates, rows = listed(covariates), open_table(panel, Layout())
    needed = [household, time, poor, *([] if start is None else [start])]
    refuse_no_names(needed)
    rows.need([*needed, *covariates])
    kept = list(dict.fromkeys([*(name for name in DESIGN if name in rows.columns), *covariates]))
    taken = [name for name in kept if name in (*SPELL, *(EARLIER if earlier else ()))]
    _refuse_taken(taken)
    rows.need(kept)
    names = {"household": household, "time": time, "poor": poor, "start": start}
    if in_duckdb(rows):
        earlier = EARLIER if earlier else ()
        return spells_by_masks(rows, names, kept, of_out, step, into, earlier, panel)
    if into is not None and on_spark(rows):
        return spells_by_windows(rows, names, kept, of_out, step, into, EARLIER if earlier else ())
    if into is not None:
        raise DataError("A table in memory gives a table in memory.", where="argument into",
                        remedy=f"ps.spells(panel).to_parquet({str(into)!r})  # all other arguments as they are")  # fmt: skip
    table = columns(rows, [*needed, *kept])
    return handed_on(_in_memory(table, names, kept, of_out, step, earlier), panel)


def person_periods(spells, panel, covariates, *, household="household_id", time="year",
                   step=None):  # fmt: skip
    """Split spells into single periods at risk, with covariates of the period before.

    Parameters
    ----------
    spells : DataFrame
        As `spells` makes them.
    panel : DataFrame
        The panel that they were made from, of pandas or polars.
    covariates : str or list of str
        Columns of the panel. The risk in a period is set beside their values in the period
        before, which cannot follow from it. They take the place of columns of that name.
    household, time, step
        As for `spells`; the step is that of the spells, where they tell it, else of the panel.

    Returns
    -------
    DataFrame
        The columns of ``spells``, with ``exit`` one more than ``entry`` in every row, and the
        covariates. What ended a spell (also as a word) stands in its last row.

    Raises
    ------
    DataError
        If the panel lacks a household in a period before a risk, or has it twice.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": 7, "year": [2014, 2015, 2016, 2017],
    ...                       "poor": [1, 0, 0, 1], "land": [2, 3, 4, 5]})
    >>> ps.person_periods(ps.spells(panel), panel, "land")[["entry", "exit", "event", "land"]]
       entry  exit  event  land
    0      0     1  False     3
    1      1     2   True     4
    """
    need_columns(spells, SPELL)
    if step is not None:
        need_whole("step", step)
    covariates = listed(covariates)
    taken = [name for name in covariates if name in SPELL]
    _refuse_taken(taken)
    spells = _counted(spells)
    length = spells["exit"].to_numpy() - spells["entry"].to_numpy()
    short = np.flatnonzero(~(length > 0))
    if len(short):
        raise DataError(
            "A spell has no period at risk: its exit is not after its entry.",
            where=f"household {spells['household_id'].iloc[short[0]]!r}", found=int(length[short[0]]),
            remedy="spells = spells[spells['exit'] > spells['entry']]",
        )  # fmt: skip
    refuse_overlapping_spells(spells)
    row = np.repeat(np.arange(len(spells)), length)
    last = np.cumsum(length) - 1
    nth = np.arange(len(row)) - np.repeat(last - length + 1, length)
    made = spells.take(row).reset_index(drop=True)
    made["entry"] = made["entry"].to_numpy() + nth
    made["exit"] = made["entry"] + 1
    ends = np.zeros(len(row), dtype=bool)
    ends[last] = True
    made["event"] = ended_where(made["event"], ends)
    if covariates:
        table, times, step = _beside(spells, panel, household, time, step, covariates)
        when = made["origin"].to_numpy() + step * made["entry"].to_numpy()
        at = _places(table[household], times, made["household_id"], when, (household, time))
        for name in covariates:
            made[name] = table[name].take(at).array
    return handed_on(made, spells, panel)


# Tables -------------------------------------------------------------------------------


def _out(of):
    if of not in ("out", "poor"):
        raise DataError("A spell is out of poverty, or in it.", where="argument of", found=of,
                        remedy='of="out" or of="poor"')  # fmt: skip
    return of == "out"


def _refuse_taken(taken):
    if taken:
        new = {one: f"{one}_before" for one in taken}
        raise DataError("A covariate bears the name of a column of spells.", found=taken[0],
                        remedy=f"panel = panel.rename(columns={new!r})  # and so in covariates=")  # fmt: skip


# In memory ----------------------------------------------------------------------------


def _in_memory(table, names, kept, of_out, step, earlier=False):
    household, time = names["household"], names["time"]
    order, code, times = in_order(table, household, time)
    step = step_of(waves_of(times), time, step)
    who = table[household]
    refuse_off_grid(who.iloc[order], times, step)
    poor = marks(table[names["poor"]].iloc[order], who.iloc[order], times)
    state = ~poor if of_out else poor
    same = code[1:] == code[:-1]  # row i + 1 is of the household of row i
    next_to = same & (times[1:] - times[:-1] == step)
    first = np.flatnonzero(state & ~np.r_[False, next_to & state[:-1]])
    last = np.flatnonzero(state & ~np.r_[next_to & state[1:], False])
    known = np.r_[False, next_to][first]  # and the state before was the other one
    event = np.r_[next_to, False][last]
    origin, entry = times[first], np.zeros(len(first), dtype=np.int64)
    if names["start"] is not None:
        start = _starts(table, names, order)
        wrong = np.flatnonzero(~state & (start == times))
        inside = start[first]
        late = np.flatnonzero((inside > origin) & (inside <= times[last]))
        for rows, at in ((wrong, wrong), (late, first[late])):
            if len(rows):
                at = at[0]
                when = times[at]
                refuse_start(who.iloc[order[at]], when, int(start[at]), poor[at])
        before = np.r_[-np.inf, np.where(same, times[:-1], -np.inf)][first]
        told = ~known & (before < inside) & (inside <= origin)
        off = np.flatnonzero(told & ((origin - np.where(told, inside, origin)) % step != 0))
        if len(off):
            at = first[off[0]]
            refuse_grid(who.iloc[order[at]], int(start[at]), times.min(), step)
        entry[told] = (origin[told] - inside[told].astype(np.int64)) // step
        origin = origin - step * entry
        known = known | told
    exit = entry + last - first + event
    risk = np.flatnonzero(exit > entry)
    rows, code = order[first[risk]], code[first[risk]]
    new = np.r_[True, code[1:] != code[:-1]]
    number = np.arange(len(risk)) - np.maximum.accumulate(np.where(new, np.arange(len(risk)), 0))
    made = pd.DataFrame({
        "household_id": who.take(rows).array, "spell": number + 1, "origin": origin[risk],
        "origin_known": known[risk], "entry": entry[risk], "exit": exit[risk],
        "event": event[risk], **(_earlier(first, risk, state, poor, same, times, step) if earlier else {}),
        **{name: table[name].take(rows).array for name in kept},
    })  # fmt: skip
    made.attrs |= {
        "not_followed": len(first) - len(risk),
        "step": step,
        "of": "out" if of_out else "poor",
    }
    return made


def _earlier(first, risk, state, poor, same, times, step):
    """What was seen of each household before each spell; the rows in order."""
    begins = np.zeros(len(state), dtype=np.int64)
    begins[first] = 1
    head = np.maximum.accumulate(np.where(np.r_[True, ~same], np.arange(len(state)), 0))
    at, since = first[risk], head[first[risk]]
    before = lambda marks: (np.cumsum(marks) - marks)[at] - (np.cumsum(marks) - marks)[since]  # noqa: E731
    poor = poor.astype(np.int64)
    unseen = (times[at] - times.min()) // step - (at - since)
    return dict(zip(EARLIER, (before(begins), before(1 - poor), before(poor), unseen), strict=True))


def _starts(table, names, order):
    """Starts as numbers; missing where not known."""
    column = table[names["start"]]
    start = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = np.flatnonzero(column.notna().to_numpy() & ~(start == np.floor(start)))
    if len(bad):
        at = bad[0]
        refuse(
            "A start is no whole number.", table[names["household"]].iloc[at],
            table[names["time"]].iloc[at], column.iloc[at], "start= a column of periods",
        )  # fmt: skip
    return start[order]


def _counted(spells):
    """Spells with their times as whole numbers, in whichever type they stand."""
    for name in ("origin", "entry", "exit"):
        if spells[name].dtype.kind != "i" or not isinstance(spells[name].dtype, np.dtype):
            x = need_numbers(name, spells[name])
            bad = np.flatnonzero(~((np.abs(x) < 2**53) & (x == np.floor(x))))
            if len(bad):
                raise DataError(
                    f"{len(bad):,} spells have no {name} that is a whole number.",
                    where=f"household {spells['household_id'].iloc[[bad[0]]].tolist()[0]!r}",
                    found=repr(spells[name].iloc[bad[0]]),
                    remedy=f"spells = spells[pd.to_numeric(spells[{name!r}].astype(object)) % 1 == 0]",
                )  # fmt: skip
            spells = spells.assign(**{name: x.astype(np.int64)})
    return spells


def _beside(spells, panel, household, time, step, names=()):
    """Columns of the panel of some spells, its times, and the step: that of both."""
    rows = open_table(panel, Layout())
    refuse_no_names([household, time, *names])
    rows.need([household, time, *names])
    table = columns(rows, [household, time, *names])
    times = whole_times(table, household, time)
    waves = waves_of(times)
    told = spells.attrs.get("step")
    step = step_of(waves, time, told if step is None else step)
    # All periods from the one before the first risk on were seen, as far as the panel goes.
    origin, entry = spells["origin"].to_numpy(), spells["entry"].to_numpy()
    for nth in (entry, entry + 1, spells["exit"].to_numpy()):
        when = origin + step * nth
        off = np.flatnonzero(~np.isin(when, waves) & (when >= waves.min()) & (when <= waves.max()))
        if len(off):
            refuse(
                "The panel has no wave in a period in which a household was seen by its spell: the "
                f"spells were not made with step={step}.", spells["household_id"].iloc[off[0]],
                int(when[off[0]]), f"waves {', '.join(map(str, np.sort(waves)[:12]))}",
                f"step={told or step_of(waves, time)}  # the step that the spells were made with",
            )  # fmt: skip
    return table, times, step


def _places(household, times, wanted, when, names):
    """Row of each wanted household and time."""
    household, asked = same_keys(names[0], household, wanted)
    known = pd.Index(household.unique())
    code, own = known.get_indexer(pd.Index(asked)), known.get_indexer(pd.Index(household))
    low, span = times.min(), times.max() - times.min() + 1
    keys = own * span + (times - low)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    twice = np.flatnonzero(keys[1:] == keys[:-1])
    if len(twice):
        at = order[twice[0]]
        refuse_twice(household.iloc[at], times[at], names)
    asked = code * span + (when - low)
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    lost = np.flatnonzero((code < 0) | (when < low) | (when >= low + span) | (keys[place] != asked))
    if len(lost):
        at = lost[0]
        refuse(
            "The panel does not show a household in the period before a risk.", wanted.iloc[at],
            when[at], "no row", "the panel and step= that the spells were made from",
        )  # fmt: skip
    return order[place]


def landmark_rows(spells, panel, covariates, at, horizon, *, household="household_id", time="year",
                  step=None):  # fmt: skip
    """Follow households that are out of poverty at a date, from that date on.

    Parameters
    ----------
    spells : DataFrame
        As `spells` makes them, also with starts that were not seen.
    panel : DataFrame
        The panel that they were made from.
    covariates : str or list of str
        Columns of the panel, taken at the date.
    at : int or list of int
        Dates (landmarks): values of the time of the panel.
    horizon : int
        Periods for which a household is followed.
    household, time, step
        As for `person_periods`.

    Returns
    -------
    DataFrame
        ``household_id landmark spell out entry exit event``, ``weight stratum psu`` and the
        covariates: a row for each date and household that was seen out of poverty then and in
        the period after. ``entry`` is 0 and time counts from the date: with `relapse_model`, and
        ``duration`` 0 in ``fit.risk``, the baseline is that of the periods since the date.
        ``out`` is how many periods it was out by then, missing where the start is unknown.
        ``spell`` numbers the rows of a household.

    Raises
    ------
    DataError
        If nobody was out of poverty at a date, or the horizon is no number of periods.

    Notes
    -----
    A model of hazards whose covariates move from period to period does not say how they move, so
    it predicts one period ahead; with covariates held still it is too sure of itself further on.
    Followed from dates, with covariates of the dates, the same model predicts as far as the
    horizon. Rows of several dates repeat households: cluster on them, or on their villages.

    References
    ----------
    van Houwelingen, H. (2007), Dynamic prediction by landmarking in event history analysis,
    Scandinavian Journal of Statistics 34.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": 7, "year": [2014, 2015, 2016, 2017],
    ...                       "poor": [1, 0, 0, 1], "land": [2, 3, 4, 5]})
    >>> rows = ps.landmark_rows(ps.spells(panel), panel, "land", at=[2015, 2016], horizon=3)
    >>> rows[["landmark", "out", "entry", "exit", "event", "land"]].values.tolist()
    [[2015, 0, 0, 2, True, 3], [2016, 1, 0, 1, True, 4]]
    """
    need_columns(spells, SPELL)
    need_whole("horizon", horizon, such=3)
    if step is not None:
        need_whole("step", step)
    spells = _counted(spells)
    refuse_overlapping_spells(spells)
    _, times, step = _beside(spells, panel, household, time, step)
    own = [name for name in DESIGN if name in spells]
    parts = []
    for date in listed(at) or [None]:
        if not isinstance(date, Real):
            out = (spells["origin"] + step * spells["entry"]).max() if len(spells) else times.min()
            raise DataError("A date is a time of the panel, or several.", where="argument at",
                            found=repr(date), remedy=f"at={int(out)}")  # fmt: skip
        since, off = np.divmod(date - spells["origin"].to_numpy(), step)
        here = (off == 0) & (since >= spells["entry"]) & (since < spells["exit"])
        if not here.any():
            raise DataError(
                "Nobody was seen out of poverty at this date and in the period after.",
                where="argument at", found=date, remedy=f"a {time} of the panel but the last",
            )  # fmt: skip
        rows, since = spells.loc[here, [*SPELL, *own]], since[here]
        # One period of each row brings the covariates of its date.
        rows = rows.assign(entry=since, exit=since + 1)
        known = person_periods(rows, panel, covariates, household=household, time=time, step=step)
        left = spells["exit"].to_numpy()[here] - since
        parts.append(known.assign(
            landmark=date, out=pd.array(np.where(rows["origin_known"], since, -1), "Int64"), entry=0,
            exit=np.minimum(left, horizon),
            event=ended_where(spells.loc[here, "event"], left <= horizon).array,
        ))  # fmt: skip
    made = pd.concat(parts, ignore_index=True)
    made["out"] = made["out"].where(made["out"] >= 0)
    made["spell"] = made.groupby("household_id").cumcount() + 1
    first = ["household_id", "landmark", "spell", "out", "entry", "exit", "event", *own]
    made = made[[*first, *(name for name in listed(covariates) if name not in first)]]
    return handed_on(made, spells, panel)
