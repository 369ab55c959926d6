"""Rows of an engine that are alike, counted once: what models of rows ask of an engine.

Columns of few values are packed into one whole number, which is quicker to hand on than the
columns: a relapse model of 100 million person-periods in DuckDB, with errors by village, takes
61 CPU seconds so and 85 without (of 5 million: 3.6 and 5.0; polars: 3.9 and 5.3), in as much memory.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from ..base.asking import PLACES, ask, refuse_notes
from ..base.files import whole_file
from .keys import as_pandas

BATCH = 1_000_000  # rows that are handed on at once
TOGETHER = 2_500_000  # rows whose keys are looked at together, where there are many
ONE_IN = 1024  # keys, which tell where parts end
_TRUTH = (False, True)
_WORDS = 64  # of a column that is packed
_PACKED = 2**26  # numbers that a packed key may have
_FEW, _MANY = 1000, 20_000_000  # rows for a first look; rows that are worth it


@dataclass(frozen=True)
class Packing:
    """Columns of few values as one whole number.

    ``parts`` holds the values of each, and whether none is missing; ``size`` how many numbers.
    """

    parts: dict
    size: int

    def unpacked(self, table):
        """The table with its columns ("k0"...) from ``kind``."""
        if not table["kind"].between(0, self.size - 1).all():
            refuse_notes(f"columns {', '.join(self.parts)}")
        rest, made = table["kind"].to_numpy(dtype=np.int64), {}
        for i, (values, full) in reversed(list(enumerate(self.parts.values()))):
            size = len(values) + (not full)
            code, rest = rest % size, rest // size
            known = np.array(values, dtype=object if isinstance(values, list) else None)
            column = pd.Series(known[np.minimum(code, len(values) - 1)])
            made[f"k{i}"] = column if full else column.where(code < len(values))
        return table.assign(**{name: made[name].to_numpy() for name in reversed(made)})


class Kinds:
    """What an engine says of kinds of rows; a part of `Engine`."""

    def _named(self, frame):
        """The table with plain names where an engine would take one for more than a name.

        To engines ``*`` is all columns, and ``^...$`` those that are like it.
        """
        inner = {name: name if re.fullmatch(r"\w+", name) else f"column_{i}_"
                 for i, name in enumerate(self.columns)}  # fmt: skip
        if all(one == name for name, one in inner.items()):
            return frame, inner
        native = self.nw.to_native(frame)
        if frame.implementation.is_duckdb():
            quoted = lambda name: '"' + name.replace('"', '""') + '"'  # noqa: E731
            names = (f"{quoted(name)} AS {quoted(one)}" for name, one in inner.items())
            native = ask(lambda: native.project(", ".join(names)))
        elif frame.implementation.is_polars():
            native = native.rename(inner)
        else:
            native = native.toDF(*inner.values())
        return self.nw.from_native(native), inner

    def column(self, name):
        """A column as it is."""
        return self.nw.col(self._inner[name])

    def floor(self, values):
        """Greatest whole number that is not above a number."""
        return values.floor()

    def derived(self, names, made, keep=None):
        """A table of some columns, and of others made of them; of the rows that are kept."""
        frame = self.frame if keep is None else self.frame.filter(keep)
        return self.nw.to_native(frame.select(**{one: self.column(one) for one in names}, **made))

    def packing(self, keys):
        """How columns of few values go into one whole number, which is quicker to hand on.

        Parameters
        ----------
        keys : list of str

        Returns
        -------
        Packing or None
            ``None`` where a column has no few values.
        """
        whole = [one for one in keys if self.schema[one].is_integer()
                 or self.schema[one] == self.nw.Boolean]  # fmt: skip
        parts, size = {}, 1
        if whole:
            asked = {f"a{i}": self._code(one) for i, one in enumerate(whole)}
            ends = self._fetch(self.frame.select(**asked).select(self._three(asked)))
            ends = ends.astype(object).iloc[0]
        for name in keys:
            if name in whole:
                at = whole.index(name)
                if pd.isna(ends[f"la{at}"]):  # nothing but missing values
                    return None
                values = range(int(ends[f"la{at}"]), int(ends[f"ha{at}"]) + 1)
                if self.schema[name] == self.nw.Boolean:
                    values = _TRUTH
                full = int(ends[f"na{at}"]) == len(self)
            elif self.schema[name] in (self.nw.String, self.nw.Categorical, self.nw.Enum):
                rows = self.frame.select(k=self._key(name)).group_by("k").agg(self.nw.len())
                words = self._fetch(rows.head(_WORDS + 1))["k"]
                values, full = sorted(words.dropna()), words.notna().all()
                if not 0 < len(values) <= _WORDS:
                    return None
            else:
                return None
            parts[name], size = (values, full), size * (len(values) + (not full))
            if size > _PACKED:
                return None
        return Packing(parts, size)

    def _code(self, name):
        return self.column(name).cast(self.nw.Int64())

    def _packed(self, packing):
        """Whole number of each row; a missing value is the last of its column."""
        nw, total = self.nw, None
        for name, (values, full) in packing.parts.items():
            if not isinstance(values, list):
                code = self._code(name)
                if values is not _TRUTH and values.start:
                    code = code - values.start
            else:
                code = nw.lit(len(values) - 1)
                for i, one in enumerate(values[:-1]):
                    code = nw.when(self._key(name) == one).then(nw.lit(i)).otherwise(code)
            if not full:
                known = ~self.column(name).is_null()
                code = nw.when(known).then(code).otherwise(nw.lit(len(values)))
            total = code if total is None else total * (len(values) + (not full)) + code
        return total.cast(nw.Int64())

    def _of(self, keys, where):
        """Expression of a column, the rows that count, and keys ("k0"...)."""
        frame = self.frame if where is None else self.frame.filter(where)
        return self.nw.col, frame, {f"k{i}": self._key(name) for i, name in enumerate(keys)}

    def distinct(self, keys, where=None, most=None, packing=None):
        """Each combination of some columns ("k0"...) with its rows and weight (if there is one).

        ``None`` if there are more than ``most``. Where columns are packed, ``kind`` is their
        number.
        """
        of, frame, named = self._of(keys, where)
        if packing is not None:
            named = {"kind": self._packed(packing)}
        weight = {"w": self._weight} if self.layout.weights else {}
        rows = frame.select(**named, **weight).group_by(list(named))
        grouped = rows.agg(self.nw.len().alias("rows_"), *[of(one).sum() for one in weight])
        found = self._fetch(grouped if most is None else grouped.head(most + 1))
        if most is not None and len(found) > most:
            return None
        return found if packing is None else packing.unpacked(found)

    def batches(self, packing, by, where=None):
        """Rows of some columns ("g0"...), with their packed number and weight, part by part.

        Only of DuckDB, which hands on rows while it reads them; ``None`` elsewhere.
        """
        if not self.frame.implementation.is_duckdb():
            return None
        _, frame, named = self._of(by, where)
        named = {name.replace("k", "g"): one for name, one in named.items()}
        weight = {"w": self._weight} if self.layout.weights else {}
        return self._parts(frame.select(**named, kind=self._packed(packing), **weight))

    @property
    def in_spark(self):
        """Whether its rows lie in Spark, here or on a server that it is connected to."""
        return "pyspark" in str(self.frame.implementation).lower()

    @property
    def in_blocks(self):
        """Whether its rows may come part by part: not those of Spark."""
        return self.frame.implementation.is_duckdb() or self.frame.implementation.is_polars()

    def is_number(self, name):
        """Whether a column is one of numbers, or of true and false."""
        return self.schema[name].is_numeric() or self.schema[name] == self.nw.Boolean

    def blocks(self, keys, numbers):
        """Rows of some columns as they are ("k0"...), and of some as floats ("x0"...), part by part.

        DuckDB hands them on while it reads them; of polars they come at once.
        """
        named = {f"k{i}": self._key(name) for i, name in enumerate(keys)}
        rows = self.frame.select(**named, **{f"x{i}": self[one] for i, one in enumerate(numbers)})
        return self._parts(rows) if self.frame.implementation.is_duckdb() else [self._fetch(rows)]

    def _parts(self, rows):
        """Rows of DuckDB as tables in memory, part by part."""
        from pyarrow import Table as Arrow

        native = self.nw.to_native(rows)
        read = getattr(native, "to_arrow_reader", None) or native.fetch_record_batch  # of old
        reader = ask(lambda: read(BATCH), self.path)
        return (
            ask(lambda part=batch: as_pandas(Arrow.from_batches([part])), self.path)
            for batch in reader
        )

    def _three(self, names):
        """Least, greatest and number of values of columns, called "l", "h" and "n" and their name."""
        of = self.nw.col(*names)
        return [of.min().name.prefix("l"), of.max().name.prefix("h"), of.count().name.prefix("n")]

    def _placed(self):
        """Strata and PSUs of one file as whole numbers ("k0"...), whose ends it tells unread."""
        strata, keys = self.layout.strata, [*self.layout.strata, *self.layout.psu]
        known = len(keys) > len(strata) > 0 and Path(self.path).is_file()
        known = known and all(self.schema[one].is_integer() for one in keys)
        return {f"k{i}": self.column(one) for i, one in enumerate(keys)} if known else {}

    def _psu_tells(self, ends):
        """Whether many rows are asked by PSU alone, with the ends of strata, for a fifth less.

        That is so where DuckDB finds PSUs by place, and not both; and where they do not seem to be
        numbered anew in each stratum: not among the first rows, and those of a last stratum.
        """
        keys, strata = self._placed(), len(self.layout.strata)
        if not keys or ends["k0"][2] < _MANY:
            return False
        low, high, _ = np.array([ends[one] for one in keys]).T
        bits = np.floor(np.log2(high - low + 2)) + 1
        if not bits[strata:].sum() <= PLACES < bits.sum():
            return False
        last = [keys[f"k{i}"] >= int(high[i]) for i in range(strata)]
        rows = [self.frame, *map(self.frame.filter, last)]
        rows = pd.concat([self._fetch(one.select(**keys).head(_FEW)) for one in rows])
        return not rows.drop_duplicates().duplicated([*keys][strata:]).any()

    def count(self, condition, where=None):
        """Number of rows for which a condition holds."""
        of, frame, _ = self._of((), where)
        return self._fetch(frame.select(x=self._one(condition)).select(of("x").sum())).iloc[0, 0]

    @property
    def weight(self):
        """Weight of a row, as an expression."""
        return self._weight

    def twice(self, keys, start, end, event, ended, where=None):
        """Keys whose rows count twice, of two kinds: number and first of each, ``None`` if none.

        Those whose rows hold more periods than lie between their ends; and those that have a row
        after one that ended: ``ended`` are the values of the column of events that mark an end.
        """
        of, frame, named = self._of(keys, where)
        last = self[end]
        first = self.where(self._key(event).is_in(ended), last, None) if ended else last
        rows = dict(named, a=self[start], b=last, c=last - self[start], f=first)
        kinds = ("crowded", "late")
        found = dict.fromkeys(kinds)
        known = frame.filter(~self.column(keys[0]).is_null()).select(**rows)
        for part in self._by_keys(known):
            ends = of("a").min(), of("b").max(), of("c").sum(), of("f").min()
            grouped = part.group_by(list(named)).agg(*ends)
            marked = grouped.select(
                *named, crowded=self._one(of("c") > of("b") - of("a")),
                late=self._one(of("f") < of("b")) if ended else self._one(of("b") != of("b")),
            )  # fmt: skip
            counts = self._fetch(marked.select(of(*kinds).sum())).iloc[0]
            for kind in counts.index[counts > 0]:
                count, one = found[kind] or (0, None)
                if one is None:
                    one = self._fetch(marked.filter(of(kind) == 1).head(1)).astype(object).iloc[0]
                    one = {x: one[f"k{i}"] for i, x in enumerate(keys)}
                found[kind] = count + int(counts[kind]), one
        return list(found.values())

    def _by_keys(self, rows):
        """Parts of rows of keys "k0"..., each with all rows of a key: at once they would fill memory.

        They end at a key of every so many of a sample; Spark parts rows itself.
        """
        # Kinds of keys that are ordered as they are compared; those of a list of names are not.
        plain = (self.nw.String, self.nw.Date, self.nw.Datetime)
        names = [x for x, kind in rows.collect_schema().items()
                 if x[0] == "k" and (kind.is_numeric() or kind in plain)]  # fmt: skip
        count = int(self._fetch(rows.select(rows_=self.nw.len()))["rows_"].iloc[0])
        if count <= 2 * TOGETHER or self.in_spark or not names:
            return [rows]
        name = self._fetch(rows.select(names).head(_FEW)).nunique().idxmax()
        key = self.nw.col(name)
        few = self.nw.to_native(rows.select(name).filter(~key.is_null()))
        if self.frame.implementation.is_duckdb():
            few = few.filter(f"hash({name}) % {ONE_IN} = 0")
        else:
            from polars import col

            few = few.filter(col(name).hash() % ONE_IN == 0)
        few = self._fetch(self.nw.from_native(few).lazy().sort(name))[name]
        each = max(TOGETHER // ONE_IN, 1)
        ends = [self.nw.lit(one) for one in few.iloc[each::each].unique().tolist()]
        if not ends:
            return [rows]
        parts = [(key >= a) & (key < b) for a, b in pairwise(ends)]
        parts += [key < ends[0], (key >= ends[-1]) | key.is_null()]
        return [rows.filter(part) for part in parts]

    def matched(self, keys, table):
        """Columns as keys ("k0"...), and a table of such keys, of one type on both sides."""
        named = {}
        for i, name in enumerate(keys):
            whole = self.schema[name].is_integer()  # a float would lose figures of large ones
            number = self.is_number(name)
            named[f"k{i}"] = self[name] if number and not whole else self._key(name)
            if whole:  # what is missing belongs to nothing
                table = table[table[f"k{i}"].notna()]
                wide = self.schema[name] == self.nw.UInt64
                kind = "uint64" if wide else "int64"
                named[f"k{i}"] = named[f"k{i}"].cast((self.nw.UInt64 if wide else self.nw.Int64)())
            if number:
                kind = kind if whole else "float"
                table = table.assign(**{f"k{i}": table[f"k{i}"].astype(kind)})
        return named, table

    def sums_of(self, keys, table, by, where=None, packing=None):
        """Sums, by some columns, of weight times what a table says of the keys of a row.

        Parameters
        ----------
        keys : list of str
            Columns that are looked up in the table, where they are called "k0"...
        table : DataFrame
            Keys (or ``kind``, where they are packed), and columns of numbers "s0"...
        by : list of str
            Columns of the sums, called "g0"... in the answer.
        where : expression, optional
            Rows that count.

        Returns
        -------
        DataFrame
        """
        of, gs = self.nw.col, [f"g{i}" for i in range(len(by))]
        more = {short: self._key(name) for short, name in zip(gs, by, strict=True)}
        joined, values = self._joined(keys, table, {**more, "w": self._weight}, where, packing)
        weighed = joined.with_columns(**{name: of(name) * of("w") for name in values})
        return self._fetch(weighed.group_by(gs).agg(*[of(name).sum() for name in values]))

    def looked_up(self, keys, table, kept, into, packing=None):
        """Write rows with what a table says of their keys (see `sums_of`) to a Parquet file.

        ``kept`` are columns of theirs that stand before.
        """
        more = {f"g{i}": self.column(name) for i, name in enumerate(kept)}
        joined, values = self._joined(keys, table, more, packing=packing)
        named = {name: self.nw.col(short) for short, name in zip(more, kept, strict=True)}
        named |= {name: self.nw.col(name) for name in values}
        frame = joined.select(**named)
        if self.in_spark:  # a folder, which Spark makes whole
            return ask(lambda: frame.sink_parquet(str(into)), self.path)
        with whole_file(into) as part:
            ask(lambda: frame.sink_parquet(str(part)), self.path)

    def rows_where(self, condition):
        """Rows for which a condition holds, in memory."""
        asked = {self._inner[name]: self._key(name) for name in self.columns}
        return self._fetch(self.frame.filter(condition).select(**asked)).set_axis(
            self.columns, axis=1
        )

    def _joined(self, keys, table, more, where=None, packing=None):
        """Rows beside what a table says of their keys, and the names of what it says.

        ``more`` are further columns of theirs.
        """
        frame = self.frame if where is None else self.frame.filter(where)
        named = {"kind": self._packed(packing)} if packing is not None else {}
        if packing is None:
            named, table = self.matched(keys, table)
        ks, rows = list(named), frame.select(**named, **more)
        values = [name for name in table.columns if name not in ks]
        return ask(lambda: rows.join(self._beside(table), on=ks, how="inner"), self.path), values

    def _beside(self, povstudy_beside):
        """A table in memory as one of the engine that holds the rows."""
        native, kind = self.nw.to_native(self.frame), self.frame.implementation
        if kind.is_duckdb():
            made = native.query(
                "rows_", "select * from povstudy_beside"
            )  # in the connection of the rows
        elif kind.is_polars():
            import polars

            made = polars.from_pandas(povstudy_beside).lazy()
        else:
            columns = [
                one.tolist() for _, one in povstudy_beside.items()
            ]  # plain: pandas 3 is told off
            rows = list(zip(*columns, strict=True))
            made = native.sparkSession.createDataFrame(rows, list(povstudy_beside))
        return self.nw.from_native(made)
