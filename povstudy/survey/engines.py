"""Tables past memory: Parquet files, DuckDB, polars, Spark. The only module that knows engines.

What is asked of an engine are sums of expressions by cell (`cells`), in one pass; no table as
long as the data leaves it. Names of columns are given anew within a query, so that columns
that differ in case alone do not collide.
"""

from functools import cached_property, reduce
from pathlib import Path

import numpy as np
import pandas as pd

from ..base.asking import ask, by_place, read_parquet
from ..base.codes import NINES
from ..base.columns import refuse_infinite, refuse_text
from ..base.errors import DataError
from .cells import Cells, Rows, Units, pairs
from .keys import as_pandas, combine
from .kinds import Kinds
from .negatives import There
from .order.points import AT_HAND, Binned
from .ranks import Ranked
from .tables import Table
from .weights.pieces import refuse_engine


def open_table(data, layout, path=""):
    """Rows in memory, or an engine that holds them.

    Parameters
    ----------
    data : DataFrame, LazyFrame, relation or path
        Of pandas, polars, DuckDB or Spark; a path names Parquet files (``*`` allowed, or a
        folder), which DuckDB reads.
    layout : Layout
        Names of the columns of the design.
    path : str
        Of the files whose rows a relation holds.

    Returns
    -------
    Rows or Engine

    Raises
    ------
    DataError
        If it is no such table, or columns are missing.
    """
    if isinstance(data, pd.DataFrame) or _is_polars_frame(data):
        return Rows(data, layout)
    if isinstance(data, str | Path):
        return Engine(read_parquet(data), layout, path=str(data))
    return Engine(data, layout, path)


def _is_polars_frame(data):
    return type(data).__module__.startswith("polars.") and type(data).__name__ == "DataFrame"


class Engine(Kinds, Table):
    """A table that lies elsewhere: what is asked of it are sums of expressions."""

    def __init__(self, data, layout, path=""):
        """Look at the names of the columns; ``path`` is for errors."""
        import narwhals as nw

        try:
            frame = nw.from_native(data).lazy()
        except (TypeError, AttributeError):
            raise DataError(
                "A survey is a table of pandas, polars, DuckDB or Spark, or a path of Parquet files.",
                where="argument data", found=type(data).__name__, remedy="table = pd.DataFrame(table)",
            ) from None  # fmt: skip
        self.nw, self.layout, self.path = nw, layout, path
        self.schema = dict(ask(frame.collect_schema, path))
        self._ends, self._nines, self._seen, self._lacking = {}, {}, {}, {}
        self._whole = set()  # columns that are known to have a number in each row that counts
        self.columns = list(self.schema)
        self.given, (self.frame, self._inner) = frame, self._named(frame)
        self.need(layout.names)
        if layout.fine:
            refuse_engine("Errors of two stages")

    # What a formula may use.

    def __getitem__(self, name):
        """A column as an expression of floats."""
        if not (self.schema[name].is_numeric() or self.schema[name] == self.nw.Boolean):
            rows = self.frame.select(k=self._key(name)).group_by("k").agg(self.nw.len())
            refuse_text(name, self._fetch(rows.head(20))["k"], self.file)
        y, codes = self.column(name).cast(self.nw.Float64()), self.missing_codes(name)[0]
        return self.where(y.is_in([float(one) for one in codes]), None, y) if len(codes) else y

    def where(self, condition, yes, no):
        """One or the other value."""
        return self.nw.when(condition).then(self._value(yes)).otherwise(self._value(no))

    def _value(self, value):
        return self.nw.lit(float(value)) if isinstance(value, int | float) else value

    def log(self, values):
        """Natural logarithm."""
        return values.log()

    def exp(self, values):
        """Exponential function."""
        return values.exp()

    def lookup(self, groups, values):
        """Value that belongs to the group of each row."""
        if not len(groups.columns):
            return self.nw.lit(float(values[0]))
        keys = zip(groups.itertuples(index=False), values, strict=True)
        return self.nw.coalesce(*[  # side by side: nested choices of many groups are too deep
            self.nw.when(self._is(groups.columns, key)).then(self.nw.lit(float(value)))
            for key, value in keys
        ])  # fmt: skip

    def _is(self, names, key):
        return reduce(
            lambda one, two: one & two,
            [self.column(name) == part for name, part in zip(names, key, strict=True)],
        )

    made = ()  # names of columns that `order.points` placed beside those of the table

    def placed(self, name):
        """Such a column."""
        return self.nw.col(name)

    @property
    def is_long(self):
        """Whether it is not brought into memory for what depends on ranks."""
        return len(self) > AT_HAND or self.in_spark

    def counting(self, needed):
        """Rows that have a weight and all these values."""
        asked = [self._finite(one) for one in needed if one not in self._whole]
        return reduce(lambda one, two: one & two, asked, self._counted())

    def all_count(self, needed):
        """Whether every row is known to have a weight and all these values."""
        return self._whole.issuperset(needed) and not self._idle

    # What it is asked for.

    def _finite(self, name):
        values = self[name]
        return ~values.is_null() & values.is_finite()

    def _refuse_infinite(self, name):
        """Refuse a column with infinite values; asked only where some are not finite."""
        values, most = self[name], float(np.finfo(float).max)
        huge = ((values > most) | (values < -most)) & ~values.is_nan()
        huge = self._one(self._counted(~values.is_null() & huge))
        if count := int(self._sums([], {"b": huge})["b"].iloc[0]):
            refuse_infinite(name, count, self.at(name))

    def _fetch(self, frame):
        """Bring the rows of a query into memory."""
        with by_place(self.path):
            return as_pandas(ask(lambda: frame.collect(backend="pyarrow").to_native(), self.path))

    def _key(self, name):
        """A column as keys; categories without an order are words."""
        column = self.column(name)
        return column.cast(self.nw.String()) if self.schema[name] == self.nw.Categorical else column

    def _sums(self, keys, sums, where=None, crossed=None, counted=None, told=0):
        """Table of the keys ("k0"...) and of the sums, from one pass.

        ``crossed`` names products of two of the sums' columns: they are worked out once. Of
        ``counted`` it is asked how many rows have a value; and how many rows there are. The first
        ``told`` keys make no groups: see `_three`.
        """
        frame = self.frame if where is None else self.frame.filter(where)
        named = {f"k{i}": self._key(name) for i, name in enumerate(keys)}
        frame = frame.select(**named, **sums, **(counted or {}))
        crossed = crossed or {}
        if crossed:
            of = self.nw.col
            frame = frame.with_columns(**{name: of(a) * of(b) for name, (a, b) in crossed.items()})
        added = [self.nw.col(name).sum() for name in [*sums, *crossed]]
        if counted is not None:
            added += [self.nw.col(one).count().alias(f"n{one}") for one in counted]
            added.append(self.nw.len().alias("rows_"))
        added += self._three(list(named)[:told]) if told else []
        names = list(named)[told:]
        return self._fetch(frame.group_by(names).agg(added) if names else frame.select(added))

    def _one(self, condition):
        return self.where(condition, 1.0, 0.0)

    def _nine(self, name):
        """One where a column is 999, 9999, ...: codes, if many rows are; see `_refuse_nines`."""
        return self._one(self._counted(self._is_nine(name)))

    def _is_nine(self, name):
        y = self[name]  # most are below all of these; a list would be made for every row
        return (y >= NINES[0]) & reduce(lambda one, two: one | two, [y == one for one in NINES])

    def _refuse_nines(self, name, rows, known):
        """Look at a column again once its nines were counted, with the sums that are asked for."""
        self._nines[name] = rows / max(known, 1)
        if rows > 2:
            self.refuse_codes([name], self._seen.pop(name, False))

    @property
    def _ones(self):
        """One for each row; a literal alone would not be as long as the table."""
        return self.where(self.column(self.columns[0]).is_null(), 1.0, 1.0)

    @property
    def _weight(self):
        weights = [self[name] for name in self.layout.weights]
        return reduce(lambda one, two: one * two, weights) if weights else self._ones

    def refuse_repeated(self, names):
        """Refuse rows that bear the same key."""
        rows, named = self.nw.col("rows_"), {f"k{i}": self._key(one) for i, one in enumerate(names)}
        lacking = reduce(lambda one, two: one | two, [one.is_null() for one in named.values()])
        if lost := int(self.count(lacking)):
            self.refuse_missing(names, lost, self.at(*names))
        count, found = 0, None
        for part in self._by_keys(self.frame.select(**named, rows_=self._ones)):
            repeated = part.group_by(list(named)).agg(rows.sum()).filter(rows > 1)
            if more := self._fetch(repeated.select((rows - 1).sum()))["rows_"].sum():
                found = found or next(self._fetch(repeated.head(1)).itertuples(index=False))
                count += int(more)
        if count:
            self.refuse_keys(names, count, None, dict(zip(names, found, strict=False)))

    @cached_property
    def _design(self):
        """Strata and units of the whole sample, from one pass over the design's columns.

        Only where the ends of a weight (which files of Parquet tell without being read) or its
        number say that there may be some, weights of 999, of no use or of zero are counted.
        """
        layout = self.layout
        weights = {f"w{i}": self.column(one) for i, one in enumerate(layout.weights)}
        sums, ends = {"w": self._weight}, self._ends_of(weights | self._placed())
        sums |= {f"c{i}": self._one(self._is_nine(one)) for i, one in enumerate(layout.weights)
                 if not ends[f"w{i}"][1] < NINES[0]}  # fmt: skip
        if layout.fpc:  # one value for all rows of a stratum has no spread
            sums |= {"f1": self[layout.fpc[0]], "f2": self[layout.fpc[0]] * self[layout.fpc[0]]}
        table = self._by_unit(sums, weights, self._psu_tells(ends))
        if not table["rows_"].sum():
            self.refuse_no_rows()
        usable = np.isfinite(table["w"].astype(float)).all()
        usable &= all(
            ends[one][0] > 0 and table[f"n{one}"].equals(table["rows_"]) for one in weights
        )
        if not usable:
            for i, one in enumerate(layout.weights):
                good = self._finite(one)  # a replicate may be below zero
                good = good if layout.signed and not i else good & (self[one] >= 0)
                sums[f"b{i}"] = self._one(~good)
            kept = [self[one] != 0 for one in layout.weights if one not in layout.masks]
            sums["z"] = self._one(self._weight == 0)
            sums["d"] = self._one(reduce(lambda one, two: one & two, kept)) if kept else self._ones
            table = self._by_unit(sums, weights, "hk0" in table)
            for i, name in enumerate(layout.weights):
                if table[f"b{i}"].sum():
                    self.refuse_weights(name, int(table[f"b{i}"].sum()), self.at(name), None)
        return table

    def _by_unit(self, sums, counted, alone):
        """Sums by stratum and PSU: by PSU ``alone``, if each lies in one stratum then."""
        keys, told = [*self.layout.strata, *self.layout.psu], len(self.layout.strata)
        if alone:
            table = self._sums(keys, sums, counted=counted, told=told)
            same = [(f"nk{i}", "rows_") for i in range(told)]  # none is missing
            same += [(f"lk{i}", f"hk{i}") for i in range(told)]
            if all(table[one].eq(table[two]).all() for one, two in same):
                return table.rename(columns={f"lk{i}": f"k{i}" for i in range(told)})
        return self._sums(keys, sums, counted=counted)

    def __len__(self):
        """Number of rows."""
        return int(self._design["rows_"].sum())

    @cached_property
    def _idle(self):
        """Number of rows without a weight: they are not looked at."""
        return int(self._design["z"].sum()) if "z" in self._design else 0

    def _counted(self, condition=None):
        """A condition, of the rows that have a weight."""
        if not self._idle:
            return self.nw.lit(True) if condition is None else condition
        return self._weight != 0 if condition is None else condition & (self._weight != 0)

    @property
    def whole(self):
        """Sum of the weights."""
        return self._design["w"].sum()

    def _keys(self, table, start, names):
        if not names:
            return np.zeros(len(table), dtype=np.intp), pd.DataFrame(index=range(1))
        return combine({name: table[f"k{start + i}"] for i, name in enumerate(names)})

    def units(self):
        """Sampling units of the whole sample."""
        table, layout = self._design, self.layout
        for i, name in enumerate(layout.weights):
            nines = table[f"c{i}"].sum() if f"c{i}" in table else 0
            self._refuse_nines(name, nines, len(self))
        stratum, names = self._keys(table, 0, layout.strata)
        unit, _ = self._keys(table, len(layout.strata), layout.psu)
        for codes, columns in ((stratum, layout.strata), (unit, layout.psu)):
            if (codes < 0).any():
                count = int(table.loc[codes < 0, "rows_"].sum())
                self.refuse_missing(columns, count, self.at(*columns))
        names = [tuple(one) if len(one) > 1 else one[0] for one in names.itertuples(index=False)] \
            if len(names.columns) else ["all"]  # fmt: skip
        weights = None if layout.psu else table["rows_"].to_numpy()
        count = np.bincount(stratum, weights, len(names)).astype(np.int64)
        population = None
        if layout.fpc:
            population = self._population(table, stratum, names, count)
        weighed = None
        if self._idle:
            some = table["d"].to_numpy()  # of a weight, whether `Survey.where` kept them or not
            some = np.bincount(stratum, some > 0 if layout.psu else some, len(names))
            weighed = some.astype(np.int64)
        return Units(names, stratum if layout.psu else None, count, population, weighed)

    def _population(self, table, stratum, names, count):
        rows = np.bincount(stratum, table["rows_"])
        mean = np.bincount(stratum, table["f1"]) / rows
        with np.errstate(invalid="ignore"):
            spread = np.bincount(stratum, table["f2"]) / rows - mean**2
        odd = np.flatnonzero(~(spread <= 1e-9 * mean**2) | ~(mean >= count))
        if len(odd):
            self.refuse_fpc(names[odd[0]], mean[odd[0]])
        return mean

    def ends(self, names):
        """Least and greatest value of columns of numbers, asked once; missing where there is none."""
        new = {one: self[one] for one in names if one not in self._ends}
        # of these files tell the ends unread
        whole = [one for one in new if self.schema[one].is_integer()]
        new |= {one: self.column(one) for one in whole if not len(self.missing_codes(one)[0])}
        if new and self._idle:
            new = {one: self.where(self._counted(), y, None) for one, y in new.items()}
        found = self._ends_of({f"y{i}": y for i, y in enumerate(new.values())})
        for name, (low, high, known) in zip(new, found.values(), strict=True):
            self._ends[name] = low, high
            if name in whole and known == len(self):  # of floats files do not tell all that is none
                self._whole.add(name)
            if name in whole and high < NINES[0]:
                self._nines.setdefault(name, 0.0)
        return {one: self._ends[one] for one in names}

    def _ends_of(self, some):
        """Least and greatest value of expressions, and number of values, by name."""
        if not some:
            return {}
        ask_for = lambda some: self._fetch(self.frame.select(**some).select(self._three(some)))  # noqa: E731
        found = ask_for(some)
        if found.isna().any(axis=None):  # to engines, what is not a number is the greatest
            some = {one: y.cast(self.nw.Float64()) for one, y in some.items()}
            found = ask_for({one: self.where(~y.is_nan(), y, None) for one, y in some.items()})
        found = found.astype(float).iloc[0]
        return {one: tuple(found[f"{of}{one}"] for of in "lhn") for one in some}

    def looked(self, name):
        """What `suspects` asks about a column."""
        return There(self, name)

    def first(self, name, condition):
        """Number, place and value of known values for which a condition holds, or ``None``."""
        y = self[name]
        found = self.frame.filter(self._counted(condition(self) & self._finite(name))).select(
            rows_=y.is_null().count(), y=y.min()
        )
        rows, value = self._fetch(found).iloc[0]
        return (int(rows), self.at(name), value) if rows else None

    def _look(self, names, refuse):
        """Count what is missing, and codes: where nothing is, sums need not choose rows."""
        new = [one for one in names if one not in self._nines
               or not (one in self._lacking or one in self._whole)]  # fmt: skip
        asked = {f"b{i}": self._one(self._counted(~self._finite(one))) for i, one in enumerate(new)}
        asked |= {f"n{i}": self._nine(one) for i, one in enumerate(new)}
        counts = self._sums([], asked).iloc[0] if new else {}
        self._lacking |= {one: int(counts[f"b{i}"]) for i, one in enumerate(new)}
        self._whole.update(one for one in new if not self._lacking[one])
        for name in names:
            if count := self._lacking.get(name):
                self._refuse_infinite(name)
                if refuse:
                    self.refuse_values(name, count, self.at(name))
        for i, name in enumerate(new):
            if name not in self._nines:
                known = len(self) - self._idle - self._lacking[name]
                self._refuse_nines(name, counts[f"n{i}"], known)

    def cells(self, by, needed, terms, refuse, plain=None, group=()):
        """Weighted sums; see `Survey.cells`."""
        needed, layout = list(dict.fromkeys(needed)), self.layout
        self.refuse_codes(needed)
        self._look(needed, refuse)
        good = self.counting(needed)
        made, more = terms(self), plain(self) if plain else {}
        whole = self.all_count(needed)  # then rows and weights of units are those of the design
        alone = whole and layout.psu and not (by or group)
        weighted = {"weight": self._weight}
        weighted |= {name: self._weight * x for name, x in {**made, **more}.items()}
        names = [f"s{i}" for i in range(len(weighted))]
        asked = zip(names, weighted.values(), strict=True)
        asked = {short: x if whole else self.where(good, x, 0.0) for short, x in asked}
        asked |= {} if whole else {"rows_": self._one(good)}
        if alone and len(asked) > 1:
            del asked["s0"]
        crossed = {}
        if not layout.psu and layout.errors:
            crossed = {f"p{i}": pair for i, pair in enumerate(pairs(["weight", *made]))}
        short_of = dict(zip(weighted, names, strict=True))
        products = {short: (short_of[a], short_of[b]) for short, (a, b) in crossed.items()}
        keys = [*by, *group, *self._unit_columns.values()]
        table = self._sums(
            keys, asked, crossed=products, counted=None if alone or not whole else {}
        )
        first = len(by) + len(group)
        unit = table[[f"k{first + i}" for i in range(len(self._unit_columns))]]
        unit = self._unit_of(unit, self._unit_columns)
        if alone:
            known = self._design[["w", "rows_"]].set_axis(["s0", "rows_"], axis=1)
            table = table.assign(**known.iloc[unit].reset_index(drop=True))
        dropped = len(self) - self._idle - int(table["rows_"].sum())
        domain, domains = self._keys(table, 0, by)
        of_group, groups = self._keys(table, len(by), group)
        kept = (table["rows_"] > 0).to_numpy()
        table, domain, of_group, unit = table[kept], domain[kept], of_group[kept], unit[kept]
        read = lambda short: table[short].to_numpy(dtype=float)  # noqa: E731
        return Cells(
            domains, groups, domain, of_group, unit,
            {name: read(short) for short, name in zip(names, weighted, strict=True)},
            {pair: read(short) for short, pair in crossed.items()} or None,
            table["rows_"].to_numpy(dtype=np.int64), dropped,
        )  # fmt: skip

    @cached_property
    def _unit_columns(self):
        """Columns that tell a unit, by name in `_design`; PSUs alone, if none is in two strata."""
        every = {f"k{i}": one for i, one in enumerate([*self.layout.strata, *self.layout.psu])}
        psu = dict(list(every.items())[len(self.layout.strata) :])
        return every if not psu or self._design.duplicated([*psu]).any() else psu

    def _unit_of(self, table, columns):
        """Unit of each cell: the place of its key (columns as in `_design`) in that table."""
        if not columns:
            return np.zeros(len(table), dtype=np.intp)
        place = np.arange(len(self._design))
        if not self.layout.psu:
            place, _ = self._keys(self._design, 0, self.layout.strata)
        known = self._design[[*columns]].assign(place_=place)
        own = table.set_axis([*columns], axis=1)
        found = own.merge(known, on=[*columns], how="left", validate="m:1")
        return found["place_"].to_numpy(dtype=np.intp)

    def unit_places(self, keys):
        """Sampling unit of each combination of strata and PSUs ("k0"...)."""
        return self._unit_of(keys, list(keys.columns))

    def quantiles(self, name, shares, by, refuse):
        """Quantiles of each domain: array of domains x shares."""
        self.refuse_codes([name])
        self._look([name], refuse)
        if not self.is_long or self.layout.signed:  # sums below zero do not only rise
            keys = {f"k{i}": self._key(one) for i, one in enumerate(by)}
            good = self._one(self.counting([name]))
            rows = self._fetch(self.frame.select(**keys, good=good, y=self[name], w=self._weight))
            codes, table = self._keys(rows, 0, by)  # of all rows: a domain may be empty
            codes = np.where(rows["good"] > 0, codes, -1)
            ranked = Ranked(rows["y"].to_numpy(float), rows["w"].to_numpy(), codes, len(table))
            return ranked.quantiles(shares).T
        return Binned(self, by, [name], self[name]).quantiles(shares).T

    def at_hand(self, names):
        """Only the columns that are needed, in memory."""
        names = list(dict.fromkeys(names))
        if self.in_spark:
            raise DataError(
                "This needs the rows in memory.",
                where=f"column {', '.join(names)}", found="a table of Spark",
                remedy=f"table = table.select({', '.join(map(repr, names))}).toPandas()",
            )  # fmt: skip
        asked = {self._inner[name]: self._key(name) for name in names}
        asked |= {name: self.placed(name) for name in self.made}
        return self._fetch(self.frame.select(**asked)).set_axis([*names, *self.made], axis=1)
