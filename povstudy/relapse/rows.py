"""Rows of spells, read and checked: from a table in memory or an engine to numbers."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ..base.checks import need_one_of
from ..base.ends import cause_of, ends_of
from ..base.errors import DataError
from ..base.status import stored
from ..panels.overlaps import refuse_in_engine, refuse_overlaps, spell_codes
from ..survey.cells import Layout, Rows
from .likelihood import GRID, Spells

TIMES = ("entry", "exit", "event")


@dataclass(frozen=True)
class Read:
    """Rows that a model counts, with the covariates of each pattern.

    Attributes
    ----------
    rows : Spells
    patterns : DataFrame
        Covariates of each pattern.
    kept : ndarray of int, or None
        Places of the rows in the table.
    excluded : dict
        Rows left out, by reason.
    others : tuple of str
        Other ends that were seen.
    rival : ndarray of bool, or None
        Rows that ended by one of these.
    lookup : Lookup or None
        Of an engine, where one row stands for all that are alike.
    cause : str, int or None
        The end that was asked for.
    seen : Seen or None
        What the rows were like.
    """

    rows: Spells
    patterns: pd.DataFrame
    kept: np.ndarray | None
    excluded: dict
    others: tuple = ()
    rival: np.ndarray | None = None
    lookup: object = None
    cause: object = None
    seen: object = None


def read_rows(table, names, household, cause, missing):
    """Read spells from a table in memory.

    Parameters
    ----------
    table : Rows
        With the weight in its layout.
    names : list of str
        Covariates.
    household : str
        Column of households.
    cause : str or None
        Word of the end that counts.
    missing : {"refuse", "drop"}
        What becomes of rows without a covariate.

    Returns
    -------
    Read
    """
    need_one_of("missing", missing, ("refuse", "drop"))
    table.need([household, *TIMES, *names])
    excluded, good = {}, np.ones(len(table), dtype=bool)
    if "origin_known" in table.columns:
        good = table["origin_known"] == 1
        excluded["start not seen"] = int((~good).sum())
    weight = table.weights if table.layout.weights else None
    if weight is not None:
        excluded["weight of zero"] = int((good & (weight == 0)).sum())
        good &= weight > 0
    lacking = {}
    covariates = {name: table.cleared(name, table.key(name)) for name in names}
    for name, column in covariates.items():
        absent = column.isna().to_numpy() & good
        if absent.any():
            lacking[name] = absent
    if lacking:
        any_of = np.logical_or.reduce(list(lacking.values()))
        if missing == "refuse":
            at = np.flatnonzero(any_of)[0]
            counts = ", ".join(f"{name} {int(one.sum()):,}" for name, one in lacking.items())
            raise DataError(
                f"{int(any_of.sum()):,} rows lack a covariate.",
                where=f"{table.place(at)}, household {_of(table, household, at)!r}", found=counts,
                remedy='ps.relapse_model(..., missing="drop") leaves them out and counts them',
            )  # fmt: skip
        excluded["covariate missing"] = int(any_of.sum())
        good &= ~any_of
    event, other, causes = ends(table.key("event"), cause, table.place)
    entry, exit = (_whole(table, name, good) for name in ("entry", "exit"))
    if not good.any():
        raise DataError("No row is left that a model can count.", found=excluded,
                        remedy="look at origin_known, at weights and at missing covariates")  # fmt: skip
    kept = None if good.all() else np.flatnonzero(good)
    part = lambda x: x if x is None or kept is None else x[kept]  # noqa: E731
    entry, exit, event, weight, other = map(part, (entry, exit, event, weight, other))
    bad = np.flatnonzero(~((entry >= 0) & (exit > entry)))
    if len(bad):
        at = bad[0] if kept is None else kept[bad[0]]
        raise DataError(
            f"{len(bad):,} rows end before they begin: a spell is at risk in (entry, exit].",
            where=f"{table.place(at)}, household {_of(table, household, at)!r}",
            found=f"entry {entry[bad[0]]:,}, exit {exit[bad[0]]:,}",
            remedy="entry is 0 or more, and exit more than entry",
        )  # fmt: skip
    own, _ = column_codes(household, table.key(household))
    if (own < 0).any():
        at = np.flatnonzero(own < 0)
        raise DataError(f"{len(at):,} rows have no {household}.", where=table.place(at[0]),
                        remedy="each row belongs to a household")  # fmt: skip
    table.need([name for name in ("spell", "origin") if name in table.columns])
    own, spell = part(own), np.zeros(len(entry), dtype=np.int64)
    if not (own[1:] > own[:-1]).all():  # codes rise where each household has one row
        spell = spell_codes(table, kept)
        refuse_overlaps(table, household, own, spell, entry, exit, event, kept)
    if kept is not None:
        covariates = {name: column.iloc[kept] for name, column in covariates.items()}
    pattern, first, _ = coded(covariates) if names else (np.zeros(len(entry), np.intp), [0], {})
    patterns = pd.DataFrame({
        name: column.iloc[first].reset_index(drop=True) for name, column in covariates.items()
    }, index=range(len(first)))  # fmt: skip
    rows = Spells(pattern, entry, exit, event, weight, household=own, spell=spell)
    others = tuple(causes[one] for one in np.unique(other[other >= 0]))
    excluded = {why: count for why, count in excluded.items() if count}
    return Read(rows, patterns, kept, excluded, others, other >= 0 if others else None,
                cause=cause)  # fmt: skip


def _of(table, name, at):
    return table.key(name).iloc[[at]].tolist()[0]


def _whole(table, name, good):
    """A column of whole numbers."""
    column = table.key(name)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
        return column.to_numpy(dtype=np.int64)
    values = table[name]
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero(~((values == np.floor(values)) & np.isfinite(values)) & good)
    if len(bad):
        raise DataError(
            f"{len(bad):,} rows have no whole number of periods.",
            where=f"column {name}, {table.place(bad[0])}", found=values[bad[0]],
            remedy="durations count periods since the start: 1, 2, 3, ...",
        )  # fmt: skip
    return np.where(good, values, 0).astype(np.int64)


def ends(column, cause, place):
    """Whether each row ends as asked, and what else ended it.

    Parameters
    ----------
    column : Series
        Truth values, numbers or words; see `povstudy.base.ends.ends_of`.
    cause : str, int or None
        The cause that counts; others end observation. Not needed where there is one.
    place : callable
        Name of a row, for people.

    Returns
    -------
    event : ndarray of bool
    other : ndarray of int
        Place of another cause, -1 where there is none.
    causes : list of str
    """
    codes, causes = ends_of(column, "event", place)
    if cause is not None and causes in ([], ["event"]):
        raise DataError("The column event names no causes.", found=f"cause={cause!r}",
                        where="column event", remedy='event "" or "censored", or the cause')  # fmt: skip
    counts = codes == counted_cause(cause, causes)
    return counts, np.where(counts, -1, codes), causes


def counted_cause(cause, causes):
    """Place of the cause that counts; refused where several compete, or nothing ended by it."""
    if cause is None and len(causes) > 1:
        raise DataError("Several ends compete: name the one that counts.", where="column event",
                        found=f"causes {', '.join(causes[:10])}", remedy=f"cause={causes[0]!r}")  # fmt: skip
    place = 0 if cause is None else cause_of(cause, causes)
    if place < 0:
        raise DataError("Nothing ended by this cause.", where="column event",
                        found=f"cause={cause!r}", remedy=f"cause= one of {causes[:10]}")  # fmt: skip
    return place


# Codes ---------------------------------------------------------------------------------


def coded(columns):
    """Code of each row for the values of some columns.

    Parameters
    ----------
    columns : dict of Series
        Of one length.

    Returns
    -------
    codes : ndarray of int
        From 0 on, without gaps.
    first : ndarray of int
        A row of each code.
    missing : dict
        For each column with missing values, which rows lack one.

    Examples
    --------
    >>> import pandas as pd
    >>> from povstudy.relapse.rows import coded
    >>> codes, first, _ = coded({"a": pd.Series(["x", "y", "x"]), "b": pd.Series([1, 1, 1])})
    >>> codes.tolist(), first.tolist()
    ([0, 1, 0], [2, 1])
    """
    length = len(next(iter(columns.values()))) if columns else 0
    code, size, missing = np.zeros(length, dtype=np.int64), 1, {}
    for name, column in columns.items():
        own, levels = column_codes(name, column)
        if len(own) and own.min() < 0:
            missing[name] = own < 0
            own, levels = own + 1, levels + 1
        if size * levels > 2**62:  # several columns of many values
            code, seen = pd.factorize(code)
            size = len(seen)
        if size > 1:
            code *= levels
            code += own
        else:
            code = own.astype(np.int64)
        size *= levels
    if size <= max(GRID, length):
        seen = np.zeros(size, dtype=bool)
        seen[code] = True
        code = (np.cumsum(seen) - 1)[code]
    else:
        code = pd.factorize(code)[0]
    first = np.empty(code.max() + 1 if length else 0, dtype=np.intp)
    first[code] = np.arange(length)
    return code, first, missing


def column_codes(name, column):
    """Code of each value (-1: missing), and how many codes there may be."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), len(column.cat.categories)
    if pd.api.types.is_bool_dtype(column) and not column.hasnans:
        return column.to_numpy(dtype=np.uint8), 2
    if column.dtype.kind in "iu" and isinstance(column.dtype, np.dtype) and len(column):
        values = column.to_numpy()
        low, high = int(values.min()), int(values.max())
        if high - low < GRID and low >= 0 and high < 2**62:
            return (values - low if low else values), high - low + 1
    try:
        own, levels = pd.factorize(column)
    except TypeError:
        raise DataError("Lists and records are no covariates.", where=f"column {name}",
                        remedy="name columns of single values") from None  # fmt: skip
    return own, len(levels)


# In an engine -------------------------------------------------------------------------

MOST = 3_000_000  # kinds of rows that are brought into memory


@dataclass(frozen=True)
class Lookup:
    """Kinds of rows: columns that tell them apart, their values, the rows that count, packing."""

    keys: list
    kinds: pd.DataFrame
    where: object
    packing: object

    def sums(self, engine, each, by):
        """Sum of weight times a row of numbers of each kind, by some columns ("g0"...).

        Parameters
        ----------
        engine : Engine
        each : ndarray, kinds x numbers
        by : list of str

        Returns
        -------
        units : DataFrame
        sums : ndarray
        """
        batches = None if self.packing is None else engine.batches(self.packing, by, self.where)
        if batches is None:
            columns = [f"s{j}" for j in range(each.shape[1])]
            table = self.kinds if self.packing is None else self.kinds[["kind"]]
            table = table.join(pd.DataFrame(each, columns=columns))
            found = engine.sums_of(self.keys, table, by, self.where, self.packing)
            return found[[f"g{i}" for i in range(len(by))]], found[columns].to_numpy(dtype=float)
        from scipy import sparse

        place = np.full(self.packing.size, -1, dtype=np.int32)
        place[self.kinds["kind"].to_numpy(dtype=np.int64)] = np.arange(len(self.kinds))
        units, totals = [], []
        for batch in batches:
            kind = place[batch["kind"].to_numpy(dtype=np.int64)]
            code, first, _ = coded({name: batch[name] for name in batch if name[0] == "g"})
            weight = batch["w"].to_numpy() if "w" in batch else np.ones(len(batch))
            good = np.flatnonzero(kind >= 0)  # kinds without a covariate are left out
            grid = sparse.coo_array(
                (weight[good], (code[good], kind[good])), shape=(len(first), len(each))
            )
            units.append(batch[[one for one in batch if one[0] == "g"]].iloc[first])
            totals.append(grid @ each)
        units = pd.concat(units, ignore_index=True)
        code, first, _ = coded(dict(units.items()))
        sums = np.zeros((len(first), each.shape[1]))
        np.add.at(sums, code, np.vstack(totals))
        return units.iloc[first].reset_index(drop=True), sums


def kinds_of(engine, keys, where=None):
    """Packing of some columns, and each combination of them with its rows; see `Kinds.distinct`."""
    packing = engine.packing(keys)
    kinds = engine.distinct(keys, where, MOST, packing)
    if kinds is None:
        raise DataError(
            f"The table has more than {MOST:,} kinds of rows: it is not much shorter when counted.",
            where=f"covariates {', '.join(one for one in keys if one not in TIMES)}",
            remedy="round or band covariates of many values, or give a pandas table",
        )  # fmt: skip
    return packing, kinds


def read_engine(engine, names, household, cause, missing):
    """Read spells that an engine holds: rows that are alike become one; see `read_rows`."""
    engine.need([household, *TIMES, *names])
    whole = len(engine)  # looks at the weights too
    keys, where, excluded = list(dict.fromkeys([*names, *TIMES])), None, {}
    if "origin_known" in engine.columns:
        where = engine["origin_known"] == 1.0
        excluded["start not seen"] = whole - int(engine.count(where))
    if engine.layout.weights:
        with_weight = engine.weight > 0
        excluded["weight of zero"] = int(engine.count(~with_weight, where))
        where = with_weight if where is None else where & with_weight
    packing, kinds = kinds_of(engine, keys, where)
    if not len(kinds):
        raise DataError("No row is left that a model can count.", found=excluded,
                        remedy="look at origin_known and at weights")  # fmt: skip
    columns = {name: engine.cleared(name, kinds[f"k{i}"]) for i, name in enumerate(keys)}
    lacking = {name: columns[name].isna() for name in names if columns[name].isna().any()}
    if lacking:
        counts = {name: int(kinds.loc[bad, "rows_"].sum()) for name, bad in lacking.items()}
        any_of = np.logical_or.reduce([bad.to_numpy() for bad in lacking.values()])
        rows = int(kinds.loc[any_of, "rows_"].sum())
        if missing == "refuse":
            raise DataError(
                f"{rows:,} rows lack a covariate.", where=f"column {', '.join(lacking)}",
                found=", ".join(f"{name} {count:,}" for name, count in counts.items()),
                remedy='ps.relapse_model(..., missing="drop") leaves them out and counts them',
            )  # fmt: skip
        excluded["covariate missing"] = rows
        kinds = kinds[~any_of].reset_index(drop=True)
    small = pd.DataFrame({
        name: kinds[f"k{i}"] for i, name in enumerate(keys)
    }).assign(household_=np.arange(len(kinds)))  # fmt: skip
    read = read_rows(Rows(small, Layout()), names, "household_", cause, "refuse")
    refuse_in_engine(engine, household, where=where, values=columns["event"])
    weight = kinds["w"].to_numpy() if engine.layout.weights else None
    rows = replace(read.rows, weight=weight, count=kinds["rows_"].to_numpy())
    shown = [f"k{i}" for i in range(len(keys))] + ([] if packing is None else ["kind"])
    lookup = Lookup(keys, kinds[shown], where, packing)
    return replace(
        read, rows=rows, lookup=lookup,
        excluded={why: count for why, count in excluded.items() if count},
    )  # fmt: skip


def with_undated(read, table):
    """Rows that were read, with the falls that have no date among what is left out."""
    if isinstance(table, Rows):
        attrs = getattr(table.table, "attrs", {})
    else:
        attrs = stored(Path(table.path)) if table.path else {}
    undated = attrs.get("undated", 0)
    return replace(read, excluded=read.excluded | {"undated falls": undated}) if undated else read
