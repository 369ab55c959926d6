"""Rows to sums: what every estimate is finished from.

A formula over the columns of a row is written once, with arithmetic and the functions
``where``, ``log``, ``exp`` and ``lookup``; it runs on arrays where the table is in memory
(`Rows`, here) and as an expression of the engine where it is not (`engines`). Both give
`Cells`: weighted sums by domain and sampling unit, or, where every row is a unit of its own,
sums and products by domain and stratum.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..base.codes import Looked
from ..base.columns import need_numbers, refuse_infinite
from . import keys
from .keys import as_pandas, coded, combine
from .ranks import Ranked, quantiles
from .tables import Table
from .weights.pieces import finer


@dataclass(frozen=True)
class Layout:
    """Names of the columns that make a design; see `Survey`."""

    weights: tuple = ()
    strata: tuple = ()
    psu: tuple = ()
    fpc: tuple = ()
    errors: bool = True  # whether products are wanted where every row is a unit
    signed: bool = False  # whether the weight is a replicate, which may be below zero
    codes: list | dict | None = None  # numbers that are no answers: see `Survey`
    masks: tuple = ()  # of the weights those that say which rows `Survey.where` kept
    ssu: tuple = ()  # units of the second stage
    calibrated: object = None  # of calibrated weights: see `weights.pieces`
    times: str | None = None  # column of how many rows a row stands for; one without it

    @property
    def names(self):
        """All columns of the design."""
        return [*self.weights, *self.strata, *self.psu, *self.ssu, *self.fpc]

    @property
    def fine(self):
        """Whether errors need the influence of each row, not the sums of units alone."""
        return len(self.fpc) > 1 or self.calibrated is not None


@dataclass(frozen=True)
class Units:
    """Sampling units of the whole sample: strata by name, units and population of each.

    ``stratum`` is the stratum of each unit, or ``None`` where every row is a unit; ``weighed``
    how many units have a weight, ``None`` if all do; ``within`` the units of a second stage, and
    ``pieces`` how influences of rows become those of units.
    """

    names: list
    stratum: np.ndarray | None
    count: np.ndarray
    population: np.ndarray | None
    weighed: np.ndarray | None = None
    within: object = None
    pieces: object = None


@dataclass(frozen=True)
class Cells:
    """Weighted sums of terms over the rows of each cell.

    Attributes
    ----------
    domains : DataFrame
        The columns of ``by``; a row for each domain.
    groups : DataFrame
        The columns of ``group``; a row for each group.
    domain, group, unit : ndarray of int, for each cell
        Domain (-1: none), group, and sampling unit (or stratum, where rows are units).
    sums : dict of ndarray
        Of the weight (``"weight"``), and of weight times each term.
    products : dict of ndarray, or None
        Where rows are units: for each pair of terms that errors need, the sum of the products
        of the weighted terms.
    rows : ndarray of int
        Number of rows.
    dropped : int
        Rows left out because a value is missing.
    asked : tuple, or None
        What `Survey.cells` was asked (by, needed, terms, group), which design effects need;
        ``None`` for sums that were changed since.
    row : ndarray of int, or None
        Row of each cell, where errors need each row.
    """

    domains: pd.DataFrame
    groups: pd.DataFrame
    domain: np.ndarray
    group: np.ndarray
    unit: np.ndarray
    sums: dict
    products: dict | None
    rows: np.ndarray
    dropped: int
    asked: tuple | None = None
    row: np.ndarray | None = None

    @cached_property
    def inside(self):
        """Cells of a domain, as an index."""
        here = self.domain >= 0
        return slice(None) if here.all() else here

    @cached_property
    def _known(self):
        return {}

    def total(self, name):
        """Sum of weight times a term in each domain."""
        if name not in self._known:
            domain, here = self.domain[self.inside], self.sums[name][self.inside]
            self._known[name] = np.bincount(domain, here, minlength=len(self.domains))
        return self._known[name]

    @cached_property
    def population(self):
        """Sum of the weights of each domain."""
        return self.total("weight")

    @cached_property
    def n(self):
        """Rows of each domain."""
        domain, rows = self.domain[self.inside], self.rows[self.inside]
        counted = np.bincount(domain, rows, minlength=len(self.domains))
        return counted.astype(np.int64)


def place_of(domain, column=None):
    """Where a domain (a row of the table of domains) lies, after a column, for people."""
    told = [] if column is None else [f"column {column}"]
    return ", ".join([*told, *(f"{k} {v!r}" for k, v in domain.items())]) or "all rows"


def nothing(row):
    """No terms: where only plain sums are wanted."""
    return {}


class Of(NamedTuple):
    """A term of one of several measures that are asked in one pass."""

    measure: object
    name: object


def pairs(names):
    """Each pair of names once, a name with itself too; not of two measures of one pass."""
    names = list(names)
    apart = lambda one, two: isinstance(one, Of) and isinstance(two, Of) and one[0] != two[0]  # noqa: E731
    return [(one, two) for i, one in enumerate(names) for two in names[i:] if not apart(one, two)]


# In memory ----------------------------------------------------------------------------


class Rows(Table):
    """A table in memory, of pandas or polars, as columns of floats and codes."""

    is_long = False
    where = staticmethod(np.where)
    exp = staticmethod(np.exp)
    log = staticmethod(np.log)
    floor = staticmethod(np.floor)

    def __init__(self, table, layout):
        """Keep the table as it is now: what its owner does to it later does not come here."""
        if isinstance(table, pd.DataFrame):
            table = table.copy(deep=False)
        self.table, self.layout, self.columns = table, layout, list(table.columns)
        self.need(layout.names)
        if not len(table):
            self.refuse_no_rows()
        self._groups, self._places, self._ends = {}, (None,), {}
        self._gaps = set()  # columns of `ends` in which a value is missing
        self._seen = {}  # columns in which codes were looked for, and whether as incomes
        self.apart = set()  # columns of spells whose rows were seen to lie apart

    def __len__(self):
        """Number of rows."""
        return len(self.table)

    def __getitem__(self, name):
        """A column as floats; what is missing, or a code for it, is not a number."""
        return self.known(name, self._floats(name))

    def _floats(self, name):
        column = self.table[name]
        if not isinstance(self.table, pd.DataFrame):
            if column.dtype.is_numeric() or str(column.dtype) == "Boolean":
                return column.cast(float).to_numpy()
            column = self.key(name)
        return need_numbers(name, column, self.place)

    def lookup(self, groups, values):
        """Value that belongs to the group of each row."""
        if not len(groups.columns):
            return values[0]
        codes, _ = self._group(tuple(groups.columns))
        return np.append(values, np.nan)[codes]

    def placed(self, name):
        """A column of floats that an engine had beside those of the table."""
        return self.table[name].to_numpy()

    def place(self, at):
        """Name of a row, for people."""
        if isinstance(self.table, pd.DataFrame):
            return f"row {self.table.index[[at]].tolist()[0]!r}"
        return f"row {at}"

    def key(self, name):
        """A column as keys."""
        column = self.table[name]
        if isinstance(self.table, pd.DataFrame):
            return column
        if str(column.dtype).startswith("Categorical"):  # in the order of words, not of rows
            column = column.cast(str)
        return as_pandas(column.to_frame().to_arrow())[name]

    def codes(self, names):
        """Code of each row for the values of some columns, and the table of them."""
        if not names:
            return np.zeros(len(self), dtype=np.intp), pd.DataFrame(index=range(1))
        return combine({name: self.key(name) for name in names})

    def _group(self, names):
        """Codes of groups, kept: a line of each group asks for them several times."""
        if names not in self._groups:
            self._groups = {names: self.codes(names)}
        return self._groups[names]

    def refuse_repeated(self, names):
        """Refuse rows that bear the same key."""
        codes, _ = self._design_codes(names)
        repeated = pd.Series(codes).duplicated().to_numpy()
        if repeated.any():
            at = np.flatnonzero(repeated)[0]
            found = {name: self.key(name).iloc[[at]].tolist()[0] for name in names}
            where = f"{self.place(at)} and {self.place(np.flatnonzero(codes == codes[at])[0])}"
            self.refuse_keys(names, repeated.sum(), where, found)

    @cached_property
    def weights(self):
        """Weight of each row."""
        weights = np.ones(len(self))
        for i, name in enumerate(self.layout.weights):
            values = self[name]
            least = -np.finfo(float).max if self.layout.signed and not i else 0
            self._ends[name] = low, high = values.min(), values.max()
            if not (low >= least and high < np.inf):  # not so for a missing one either
                bad = np.flatnonzero(~(np.isfinite(values) & (values >= least)))
                where = f"column {name}, {self.place(bad[0])}"
                self.refuse_weights(name, len(bad), where, values[bad[0]])
            weights = weights * values
        self.__dict__["weights"] = weights  # ``ends`` asks for them
        self.refuse_codes(self.layout.weights)
        return weights

    @cached_property
    def counts(self):
        """Rows that have a weight, which alone are looked at; ``None`` if all have one."""
        some = self.weights != 0
        return None if some.all() else some

    @property
    def times(self):
        """How many rows each row stands for; ``None``: for itself alone."""
        name = self.layout.times
        return None if name is None else self.table[name].to_numpy()

    def many(self, *marks):
        """So many rows bear all marks."""
        here = np.logical_and.reduce([one for one in marks if one is not None])
        return int(here.sum() if self.times is None else self.times[here].sum())

    @property
    def whole(self):
        """Sum of the weights."""
        return self.weights.sum()

    @cached_property
    def _unit(self):
        """Stratum of each row, the names of strata, unit of each row, stratum of each unit."""
        layout = self.layout
        stratum, names = self._design_codes(layout.strata)
        if not layout.psu and layout.fine:
            return stratum, names, np.arange(len(stratum)), stratum.astype(np.intp, copy=False)
        if not layout.psu:
            return stratum, names, None, None
        unit, _ = self._design_codes(layout.psu)
        size = unit.max() + 1
        psu, found = coded(stratum * size + unit)
        return stratum, names, psu.astype(np.intp, copy=False), (found // size).astype(np.intp)

    @property
    def unit_codes(self):
        """Sampling unit of each row; ``None`` where every row is one."""
        return self._unit[2]

    @property
    def stratum_codes(self):
        """Stratum of each row."""
        return self._unit[0]

    def _design_codes(self, names):
        codes, table = self.codes(names)
        if (codes < 0).any():
            at = np.flatnonzero(codes < 0)
            self.refuse_missing(names, len(at), f"column {', '.join(names)}, {self.place(at[0])}")
        return codes, table

    def units(self):
        """Sampling units of the whole sample."""
        stratum, names, _, of_unit = self._unit
        count = np.bincount(stratum if of_unit is None else of_unit, minlength=len(names))
        names = [tuple(one) if len(one) > 1 else one[0] for one in names.itertuples(index=False)] \
            if len(names.columns) else ["all"]  # fmt: skip
        population = None
        if self.layout.fpc:
            population = self._population(self.layout.fpc[0], stratum, names, count)
        weighed, drawn = None, self.counts
        if self.layout.masks:  # units without a row that was kept stay degrees of freedom
            drawn = np.ones(len(self), dtype=bool)
            for name in self.layout.weights:
                drawn &= (self[name] != 0) | (name in self.layout.masks)
        if drawn is not None and not drawn.all():
            some = stratum[drawn]
            if of_unit is not None:
                some = of_unit[np.unique(self.unit_codes[drawn])]
            weighed = np.bincount(some, minlength=len(names))
        within, pieces = finer(self) if self.layout.fine else (None, None)
        return Units(names, of_unit, count, population, weighed, within, pieces)

    def _population(self, column, stratum, names, count):
        """Units of each stratum in the population; refused where it is no such number."""
        given, population = self[column], np.full(len(names), np.inf)
        with np.errstate(invalid="ignore"):
            np.minimum.at(population, stratum, given)
        odd = np.flatnonzero((given != population[stratum]) | ~(given >= count[stratum]))
        if len(odd):
            self.refuse_fpc(names[stratum[odd[0]]], given[odd[0]], column)
        return population

    def good(self, needed, refuse):
        """Rows with a weight and all values, or ``None`` if all are; refused where one is missing.

        What is infinite is not missing: it is always refused. Rows without a weight are not
        looked at.
        """
        good = self.counts
        self.refuse_codes(needed)
        for name in dict.fromkeys(needed):
            whole = self.counts is None and np.isfinite(self.ends([name])[name]).all()
            if whole and name not in self._gaps:
                continue
            values = self[name]
            finite = np.isfinite(values)
            if self.counts is not None:
                finite |= ~self.counts
            if finite.all():
                continue
            infinite = np.flatnonzero(np.isinf(values) & ~finite)
            if len(infinite):
                where = f"column {name}, {self.place(infinite[0])}"
                refuse_infinite(name, len(infinite), where, values[infinite[0]])
            if refuse:
                bad = np.flatnonzero(~finite)
                self.refuse_values(name, len(bad), f"column {name}, {self.place(bad[0])}")
            good = finite if good is None else good & finite
        return good

    def ends(self, names):
        """Least and greatest value of columns of numbers; missing where there is none."""
        made = self._ends
        for name in names:
            if name in made:
                continue
            y = self[name] if self.counts is None else self[name][self.counts]
            made[name] = (y.min(), y.max()) if len(y) else (np.nan, np.nan)
            if np.isnan(made[name][0]):  # slower, and seldom needed
                made[name] = tuple(of.reduce(y, initial=np.nan) for of in (np.fmin, np.fmax))
                self._gaps.add(name)
        return {name: made[name] for name in names}

    def looked(self, name):
        """What `suspects` asks about a column."""
        return Looked(self[name] if self.counts is None else self[name][self.counts])

    def first(self, name, condition):
        """Number, place and value of known values for which a condition holds, or ``None``."""
        some = True if self.counts is None else self.counts
        with np.errstate(invalid="ignore", over="ignore"):
            rows = np.flatnonzero(condition(self) & np.isfinite(self[name]) & some)
        if not len(rows):
            return None
        return len(rows), f"column {name}, {self.place(rows[0])}", self[name][rows[0]]

    def _placed(self, by, group):
        """Domains, groups, and the cell of each row; those asked for last are kept."""
        if self._places[0] == (asked := (tuple(by), group)):
            return self._places[1]
        domain, domains = self.codes(by)
        of_group, groups = self._group(group)
        stratum, names, psu, of_unit = self._unit
        unit, size = (stratum, len(names)) if psu is None else (psu, len(of_unit))
        if self.layout.fine:
            unit, size = np.arange(len(self)), len(self)
        outer, shape = 0, [1, 1]
        if group:
            outer, shape[1] = of_group + 1, len(groups) + 1
        if by:
            of_domain, shape[0] = domain + 1, len(domains) + 1
            outer = of_domain * shape[1] + outer if group else of_domain
        count, seen, pair = shape[0] * shape[1] * size, None, None
        if count > keys.LARGEST:
            outer, pair = pd.factorize(outer)
        code = unit
        if by or group:
            code = outer * size
            code += unit
        if count > max(4 * len(self), 2**20):
            code, seen = pd.factorize(code)
            count = len(seen)
        self._places = asked, (domains, groups, shape, size, code, count, seen, pair)
        return self._places[1]

    def cells(self, by, needed, terms, refuse, plain=None, group=()):
        """Weighted sums; see `Survey.cells`."""
        good = self.good(needed, refuse)
        domains, groups, shape, size, code, count, seen, pair = self._placed(by, tuple(group))
        weights, psu = self.weights, self.unit_codes
        if good is not None:
            weights = np.where(good, weights, 0.0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            made = terms(self)
            more = plain(self) if plain else {}
            weighted = {"weight": weights}
            for name, x in {**made, **more}.items():
                x = weights * x
                weighted[name] = x if good is None else np.where(good, x, 0.0)
        sums = {name: np.bincount(code, x, count) for name, x in weighted.items()}
        times = self.times if good is None or self.times is None else self.times[good]
        rows = np.bincount(code if good is None else code[good], times, count)
        products = None
        if psu is None and self.layout.errors:
            products = {
                (one, two): np.bincount(code, weighted[one] * weighted[two], count)
                for one, two in pairs(["weight", *made])
            }
        kept = np.flatnonzero(rows)
        place = kept if seen is None else seen[kept]
        above = place // size if pair is None else pair[place // size]
        unit, row = place % size, None
        if self.layout.fine:
            unit, row = psu[unit], unit
        return Cells(
            domains, groups, above // shape[1] - bool(by), above % shape[1] - bool(group),
            unit,
            {name: x[kept] for name, x in sums.items()},
            products and {name: x[kept] for name, x in products.items()},
            rows[kept].astype(np.int64, copy=False), self.many(~good, self.counts) if good is not None else 0,
            row=row,
        )  # fmt: skip

    def quantiles(self, name, shares, by, refuse):
        """Quantiles of each domain: array of domains x shares."""
        good = self.good([name], refuse)
        y, weights = self[name], self.weights
        if good is not None:
            y, weights = y[good], weights[good]
        if not by:
            return quantiles(y, weights, shares)[None]
        codes, domains = self.codes(by)
        ranked = Ranked(y, weights, codes if good is None else codes[good], len(domains))
        return np.column_stack([ranked.quantile(p) for p in shares])

    def derived(self, names, made, keep=None):
        """A table of some columns, and of others made of them; of the rows that are kept."""
        index = self.table.index if isinstance(self.table, pd.DataFrame) else None
        table = pd.DataFrame({name: self.key(name).array for name in names}, index).assign(**made)
        table.attrs = dict(getattr(self.table, "attrs", {}))
        return table if keep is None else table[keep]

    def at_hand(self, names):
        """The table itself: its rows are at hand."""
        return self.table
