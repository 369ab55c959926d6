"""Spells past memory: two sets of bits for each household, from one pass of DuckDB.

Bit j tells whether the household was seen in the j-th period, and whether in the state that is
followed. Households come in parts, of which bits are in memory, some 30 bytes for each; the panel is not.
"""

import itertools
import json
from pathlib import Path

import pandas as pd

from ..base.asking import ask, refuse_notes
from ..base.columns import step_of
from ..base.errors import DataError
from ..base.files import whole_file
from ..base.status import handed_on
from .households import (
    dates_refused,
    refuse,
    refuse_calendar,
    refuse_grid,
    refuse_mark,
    refuse_nobody,
    refuse_start,
    refuse_time,
    refuse_twice,
)

AT_ONCE = 5_000_000  # rows whose households' bits are in memory at one time
ONE_IN = 1024  # of households, which tell where parts end
PERIODS = 62  # bits of a number of 64, minus its sign and one to shift into

# The rows of the panel under fixed names, with the state as true or false.
_ROWS = (
    "SELECT {household} AS household, {time}::BIGINT AS time, {poor}::DOUBLE = {when} AS state, "
    "{start}::DOUBLE AS start, (({time}::BIGINT - {low}) // {step})::INTEGER AS j{kept} FROM povstudy_panel{part}"
)
_MASKS = (
    "SELECT household, bit_or(1::BIGINT << j) AS seen, "
    "bit_or(CASE WHEN state THEN 1::BIGINT << j ELSE 0 END) AS state, count(*)::INTEGER AS n "
    "FROM ({rows}) GROUP BY household"
)
# Spells begin where a bit of the state has none below it; those with the next period unseen
# have no period at risk. The run of ones from there on ends at the lowest zero.
_SPELLS = """
WITH begun AS (
    SELECT household, seen, state, state & ~(state << 1) AS starts_all,
        state & ~(state << 1) & (seen >> 1) AS starts FROM povstudy_masks
), found AS (
    SELECT household, seen, state AS states, starts_all, j, bit_count(starts & ((1::BIGINT << (j + 1)) - 1)) AS spell,
        bit_count((~(state >> j) & ((state >> j) + 1)) - 1) AS long,
        ((seen << 1) >> j) & 1 = 1 AS known
    FROM begun, (SELECT unnest(range({count}))::INTEGER AS j) WHERE (starts >> j) & 1 = 1
), ended AS (
    SELECT *, {low} + j * {step} AS first, (seen >> (j + long)::INTEGER) & 1 = 1 AS event
    FROM found
)"""
_LATE = (  # periods between a start that is told and the first that was seen; else nothing
    "CASE WHEN NOT known AND start <= first "
    "AND (seen & ((1::BIGINT << j) - 1)) >> greatest(ceil((start - {low}) / {step}), 0)::INTEGER = 0 "
    "THEN (first - start)::BIGINT // {step} END"
)


# Bits below that of the first period of a spell are what came earlier.
_EARLIER = (
    "bit_count(starts_all & {below})", "bit_count({out} & {below})", "bit_count({poor} & {below})",
    "j - bit_count(seen & {below})",
)  # fmt: skip


def spells_by_masks(rows, names, kept, of_out, step, into, earlier=(), panel=None):
    """Make spells from a relation of DuckDB.

    Parameters
    ----------
    rows : Engine
        The panel.
    names : dict
        Its columns ``household time poor start``.
    kept : list of str
        Columns to be kept.
    of_out : bool
        Spells out of poverty, or in it.
    step : int or None
        Time from one period to the next; none: that of the waves.
    into : path or None
        File to be written.
    earlier : tuple of str
        Names of what came earlier: spells, periods out, poor, unseen; none where it is not asked for.
    panel : object
        As it was given, of which spells have their source.

    Returns
    -------
    DataFrame or Path
        See `spells`.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    relation = rows.given.to_native()
    said = {one: quoted(name) if name is not None else "NULL" for one, name in names.items()}
    low, high, step, size = checked(relation, names, said, of_out, step)
    count = (high - low) // step + 1
    if count > PERIODS:
        raise DataError(
            f"Past memory a panel may span {PERIODS} periods.", where=f"column {names['time']}",
            found=f"{count}, from {low} to {high}",
            remedy="ps.spells(relation.df()), or a part of the periods",
        )  # fmt: skip
    form = {**said, "when": int(not of_out), "low": low, "step": step, "count": count}
    attrs = handed_on(pd.DataFrame(), panel).attrs
    attrs |= {"not_followed": 0, "step": step, "of": "out" if of_out else "poor"}
    parts = (
        _of_part(relation, names, kept, of_out, form | {"part": part}, earlier, attrs)
        for part in parts_of(relation, said["household"], size)
    )
    gaps = dict.fromkeys(kept, 0)

    def counted():
        for made in parts:
            gaps.update((name, n + made[name].null_count) for name, n in gaps.items())
            yield made

    def notes(schema):
        """What pandas is told: attributes, and which whole numbers have gaps."""
        whole = {name: str(schema.field(name).type).capitalize().replace("Uint", "UInt")
                 for name, n in gaps.items() if n and pa.types.is_integer(schema.field(name).type)}  # fmt: skip
        empty = pd.DataFrame({name: pd.array([], dtype=kind) for name, kind in whole.items()})
        made = pa.Schema.from_pandas(empty, preserve_index=False).metadata
        return {**made, b"PANDAS_ATTRS": json.dumps(attrs).encode()}

    if into is None:
        made = pa.concat_tables(counted())
        made = made.replace_schema_metadata(notes(made.schema)).to_pandas()
        made.attrs = attrs
        return made
    tables = counted()
    first = next(tables)
    with whole_file(into) as path, ParquetWriter(path, first.schema, store_schema=False) as writer:
        for made in itertools.chain([first], tables):
            writer.write_table(made)
        writer.add_key_value_metadata(notes(first.schema))
    return Path(into)


def _of_part(panel, names, kept, of_out, form, earlier, attrs):
    """Spells of a part of the households, in order; adds to what was not followed."""
    low, step = form["low"], form["step"]
    columns = "".join(f", {quoted(name)} AS c{i}" for i, name in enumerate(kept))
    plain = _ROWS.format(**form, kept="")
    masks = answer(panel, _MASKS.format(rows=plain))
    twice = "SELECT household FROM povstudy_masks WHERE n <> bit_count(seen) LIMIT 1"
    if first_row(panel, twice, masks):
        one = first_row(panel, f"SELECT household, time FROM ({plain}) WHERE household IN ({twice}) "
                               "GROUP BY household, time HAVING count(*) > 1 LIMIT 1", masks)  # fmt: skip
        refuse_twice(*one, (names["household"], names["time"]))
    query, joined = _SPELLS.format(**form), "ended"
    if kept or names["start"] is not None:
        full = _ROWS.format(**form, kept=columns)
        joined = f"ended JOIN ({full}) AS seen_first USING (household, j)"
    entry, known = "0::BIGINT", "known"
    if names["start"] is not None:
        bad = first_row(
            panel, f"{query} SELECT household, first, start FROM {joined} WHERE start > first AND "
            f"start <= first + (long - 1) * {step} LIMIT 1", masks,
        )  # fmt: skip
        if bad:
            refuse_start(*bad[:2], int(bad[2]), not of_out)
        late = _LATE.format(**form)
        off = first_row(panel, f"{query} SELECT household, start::BIGINT FROM {joined} WHERE {late} IS NOT "
                          f"NULL AND (first - start) % {step} <> 0 LIMIT 1", masks)  # fmt: skip
        if off:
            refuse_grid(*off, low, step)
        entry, known = f"coalesce({late}, 0)", f"known OR ({late}) IS NOT NULL"
    said = {"below": "((1::BIGINT << j::INTEGER) - 1)", "out": "states" if of_out else "(seen & ~states)",
            "poor": "(seen & ~states)" if of_out else "states"}  # fmt: skip
    told = "".join(
        f", ({one.format(**said)})::BIGINT AS {name}"
        for name, one in zip(earlier, _EARLIER, strict=False)
    )
    told += "".join(f", c{i} AS {quoted(name)}" for i, name in enumerate(kept))
    query += (
        f" SELECT household AS household_id, spell::BIGINT AS spell, first - {step} * ({entry}) AS "
        f"origin, {known} AS origin_known, {entry} AS entry, "
        f"{entry} + long - 1 + event::BIGINT AS exit, event{told} FROM {joined} ORDER BY 1, 2"
    )
    lost = first_row(
        panel,
        "SELECT coalesce(sum(bit_count(state & ~(state << 1) & ~(seen >> 1))), 0) FROM povstudy_masks",
        masks,
    )
    attrs["not_followed"] += int(lost[0])
    return answer(panel, query, masks)


def quoted(name):
    """A name of a column in SQL."""
    return '"' + str(name).replace('"', '""') + '"'


def parts_of(panel, household, rows):
    """Conditions on households that make parts of a panel: by their ids, which files are often sorted by."""
    if rows <= AT_ONCE:
        return [""]
    few = f"SELECT {household} AS h FROM povstudy_panel WHERE hash({household}) % {ONE_IN} = 0 ORDER BY 1"
    ids = answer(panel, f"SELECT h::VARCHAR, typeof(h) FROM ({few})", bring="fetchall")
    size = AT_ONCE // ONE_IN
    ends = ids[size : len(ids) - size // 2 : size]
    ends = ["'" + one.replace("'", "''") + f"'::{kind}" for one, kind in dict.fromkeys(ends)]
    low = ["", *(f"{household} >= {one}" for one in ends)]
    high = [*(f"{household} < {one}" for one in ends), ""]
    return [
        f" WHERE {' AND '.join(filter(None, two))}" if any(two) else ""
        for two in zip(low, high, strict=True)
    ]


def answer(panel, query, masks=None, made=None, bring="to_arrow_table"):
    """Answer of DuckDB to a query of ``povstudy_panel``, ``povstudy_masks`` and ``povstudy_made``."""
    return ask(lambda: getattr(_found(query, panel, masks, made), bring)())


def _found(query, povstudy_panel, povstudy_masks, povstudy_made):
    """The relation; DuckDB finds tables by these names, which no table of a user's database has.

    By way of the panel, a query would read the notes of all its files once more than it need.
    """
    import duckdb

    try:
        return duckdb.sql(query)
    except (duckdb.InvalidInputException, duckdb.ConnectionException):  # rows of another
        return povstudy_panel.query("povstudy_panel", query)


def first_row(panel, query, masks=None):
    """First row of an answer."""
    return next(iter(answer(panel, query, masks, bring="fetchall")), None)


def checked(panel, names, said, of_out, step, grid=True, lost=False):
    """First and last time, and the step; refuses times and marks that are none.

    ``grid``: also times off the grid of steps. ``lost``: marks may be missing.
    """
    household, time, poor, start = (said[one] for one in ("household", "time", "poor", "start"))
    asked = f"DESCRIBE SELECT {time}, {poor} FROM povstudy_panel"
    kind, of = (one[1] for one in answer(panel, asked, bring="fetchall"))
    if kind.startswith(("DATE", "TIMESTAMP")):
        found = first_row(
            panel, f"SELECT {time}::VARCHAR FROM povstudy_panel WHERE {time} IS NOT NULL LIMIT 1"
        )
        dates_refused(names["time"], found[0] if found else kind)
    plain = [one.endswith("INT") or "INTEGER" in one for one in (kind, of)]  # need no look at each
    number, mark = (
        one if whole else f"try_cast({one} AS DOUBLE)"
        for one, whole in zip((time, poor), plain, strict=True)
    )
    bad = {
        "who": f"{household} IS NULL",
        "time": f"({number} IS NULL"
        + f" OR NOT isfinite({number}) OR {number} <> floor({number})" * (not plain[0])
        + ")",
        "mark": f"({f'{poor} IS NOT NULL AND ' * lost}({mark} IS NULL OR {mark} NOT IN (0, 1)))",
        "start": f"{start}::DOUBLE <> floor({start}::DOUBLE)",
        "against": f"({start}::DOUBLE = {number} AND {mark} = {int(of_out)})",
    }
    asked = {name: f"count(*) FILTER ({one})" for name, one in bad.items()}
    if start == "NULL":
        asked |= dict.fromkeys(("start", "against"), "0")
    if all(plain):  # what files of Parquet tell without being read
        asked |= {
            name: f"count(*) - count({one})" for name, one in (("who", household), ("time", time))
        }
        asked["mark"] = (
            f"coalesce((min({poor}) < 0 OR max({poor}) > 1)::INTEGER, 0)"
            + f" + count(*) - count({poor})" * (not lost)
        )
    counts = ", ".join(asked.values())
    low, high, rows, *wrong = first_row(panel, f"SELECT min({number}), max({number}), count(*), {counts} FROM povstudy_panel")  # fmt: skip
    if not rows:
        raise DataError("The panel has no rows.", remedy="look at the table that was given")
    wrong = dict(zip(bad, wrong, strict=True))

    def first(condition, *columns):
        asked = ", ".join((household, time, *columns))
        return first_row(panel, f"SELECT {asked} FROM povstudy_panel WHERE {condition} LIMIT 1")

    def first_wrong(condition, of, *columns):
        return first(condition, *columns) or refuse_notes(f"column {names[of]}")

    if wrong["who"]:
        refuse_nobody(names["household"], wrong["who"])
    if wrong["time"]:
        refuse_time(*first_wrong(bad["time"], "time"))
    if wrong["mark"]:
        known = f"{poor} IS NOT NULL AND {bad['mark']}"
        every = answer(panel, f"SELECT DISTINCT {poor} FROM povstudy_panel WHERE {poor} IS NOT NULL LIMIT 11",
                       bring="fetchall")  # fmt: skip
        refuse_mark(*(first(known, poor) or first_wrong(bad["mark"], "poor", poor)), names["poor"],
                    [one[0] for one in every])  # fmt: skip
    low = int(low)
    if low >= 19_000 or step is None:  # no year
        asked = f"SELECT DISTINCT {time}::BIGINT FROM povstudy_panel"
        every = [one[0] for one in answer(panel, asked, bring="fetchall")]
        if None in every:
            refuse_notes(f"column {names['time']}")
        refuse_calendar(every, names["time"])
        step = step_of(every, names["time"], step)
    off = f"({time}::BIGINT - {low}) % {step} <> 0"
    if grid and step > 1 and (found := first(off)):
        refuse_grid(*found, low, step)
    if wrong["start"]:
        refuse("A start is no whole number.", *first(bad["start"], start),
               "start= a column of periods")  # fmt: skip
    if wrong["against"]:
        refuse_start(*first(bad["against"], start), of_out)
    return low, int(high), step, rows
