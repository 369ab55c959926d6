"""Rows in the order of a value, in memory or past it: what depends on ranks asks this.

In memory the rows are sorted. Of an engine one pass counts them in some hundred thousand bins of
the value. A bin of one value is a point; another is two points, with its weight, mean and variance.
Bins in which a quantile is asked are read, and divided at it. `Ranked` makes of points what it
makes of rows; a second pass looks up, by bin, the line that an influence is there. Of two values
in a bin nothing is lost; of more, a seventh of the distances within bins, which a Gini coefficient
has some 1e-11 of (errors up to some 1e-9), and of many domains, whose bins are fewer, (domains x 1e-6) squared.
"""

from copy import copy
from functools import reduce

import numpy as np
import pandas as pd

from ...base.codes import NINES, SHARE
from ..ranks import Ranked

AT_HAND = 200_000  # rows of an engine that are brought into memory
BINS = 2**17  # of a domain, for what multiplies ranks with values
FEW = 2**14  # for what is linear between its cuts, and for densities where most values lie
_ALL = 2**20  # of all domains
_SEEN = 10_000  # rows that tell where the values lie
_LOST = 3e-10  # of distances, where there are so many bins: else they are laid anew
_RANGES = 8  # of values that bins are looked for in
_SUMS = ["w", "wd", "wdd", "ww"]


def ranked_rows(svy, by, needed, value, cuts=(), beside=None, few=False):
    """Rows of each domain in the order of a value.

    Parameters
    ----------
    svy : Survey
        In memory, or of an engine: then nothing as long as the data is brought into memory, but
        for replicate weights.
    by : list of str
        Columns of domains.
    needed : list of str
        Columns whose values a row must have to count.
    value : str, callable or ndarray
        Column that gives the order; or a formula of a row, as of `Survey.cells`; in memory also a
        value for each row.
    cuts : sequence of float
        Shares at whose quantiles the influence of a measure has a step, each told.
    beside : dict, optional
        Columns or formulas of a row that measures need besides, by name.
    few : bool
        Whether few bins do: where influences are linear between the cuts.

    Returns
    -------
    Ordered or Binned
        With ``svy``, ``ranked`` (a `Ranked`, of rows or points), ``domains``, ``beside`` (an array
        in the order of ``ranked`` for each name) and ``spread``.
    """
    asked = {name: one if callable(one) else (lambda row, one=one: row[one])
             for name, one in (beside or {}).items()}  # fmt: skip
    column = value if isinstance(value, str) else None
    if column:
        value = lambda row: row[column]  # noqa: E731
    by, needed = list(by), list(dict.fromkeys(needed))
    svy.rows.need([*by, *needed])
    if svy.rows.is_long and svy.replicates is None and not svy.layout.signed:
        svy.rows.refuse_codes(needed)
        return Binned(svy.rows, by, needed, value(svy.rows), cuts, asked, svy, few, column)
    return Ordered(svy.in_memory([*by, *needed]), by, needed, value, asked)


class Ordered:
    """Rows in memory in the order of a value; see `ranked_rows`."""

    def __init__(self, svy, by, needed, value, asked):
        """Sort them."""
        rows, self.svy = svy.rows, svy
        good = rows.good(needed, svy.missing == "refuse")
        codes, self.domains = rows.codes(by)
        if good is not None:
            codes = np.where(good, codes, -1)
        value = value(rows) if callable(value) else value
        self.ranked = Ranked(value, rows.weights, codes, len(self.domains))
        self._asked = {name: of(rows) for name, of in asked.items()}
        self.beside = {name: x[self.ranked.order] for name, x in self._asked.items()}

    def spread(self, influences):
        """The survey, and a formula of a row that gives it its influences.

        Parameters
        ----------
        influences : dict
            By term: an array in the order of ``ranked``; or, where what is beside a row has a part
            in it, a dict from its name to the array that it is multiplied with (``""``: alone).

        Returns
        -------
        Survey
        callable
            For `Survey.cells` of that survey.
        """
        back, of = self.ranked.back, self._asked
        made = {
            name: sum(back(x) * of[part] if part else back(x) for part, x in _parts(one))
            for name, one in influences.items()
        }
        return self.svy, lambda row: made


def _parts(influence):
    return influence.items() if isinstance(influence, dict) else (("", influence),)


class Points(Ranked):
    """Points in place of the rows of an engine; quantiles are those of the rows."""

    def __init__(self, binned, *args, **kwargs):
        """Keep where rows are read."""
        self.exact = binned.quantiles
        super().__init__(*args, **kwargs)

    def quantiles(self, shares):
        """As of `Ranked`."""
        return self.exact(shares)

    def quantile(self, p):
        """As of `Ranked`."""
        return self.exact([p])[0]


class Binned:
    """Rows of an engine in the order of a value, as points; see `ranked_rows`."""

    def __init__(
        self, rows, by, needed, value, cuts=(), asked=None, svy=None, few=True, column=None
    ):
        """Count the rows in bins; divide those in which a cut lies. ``column``: if the value is one."""
        self.rows, self.svy, self.by, self.needed, self.y = rows, svy, by, needed, value
        self._asked = {name: of(rows) for name, of in (asked or {}).items()}
        self.own = "rank_"  # begins the names of columns that are made
        while any(str(one).lower().startswith(self.own) for one in rows._inner.values()):
            self.own += "_"
        self.steps, self._rows = np.empty((0, 0)), {}
        some = rows._fetch(self._counting().select(y=value).head(_SEEN))["y"].to_numpy(dtype=float)
        self._lay(some, np.ones(len(some)))
        self.known, count = None, 1
        if by:
            keys = {f"k{i}": rows._key(name) for i, name in enumerate(by)}
            grouped = rows.frame.select(**keys).group_by(list(keys)).agg(rows_=rows.nw.len())
            self.known = rows._fetch(grouped)
            count = len(self.known)
        self.width = min(FEW if few else BINS, BINS, max(_ALL // max(count, 1), BINS // 2**9))
        lost, most = self._count(), _LOST * (BINS / self.width) ** 2
        while lost > most and self.width < 2**22:
            self._lay(self.table["mean"].to_numpy(), self.table["w"].to_numpy())
            self.width *= 4
            lost = self._count()
        if self.counted == len(rows):
            rows._whole.update(needed)
            self._tell_nines(column)
        elif not rows.all_count(needed):  # the others have no bin
            self.y = rows.where(rows.counting(needed), value, None)
        if len(cuts):
            self.steps = self.quantiles(cuts)
            self._divide()
        self._make()

    def _lay(self, y, w):
        """Lay bins that are narrow where most values lie, and wide far from there."""
        middle, spread = 0.0, 0.0
        if len(y):
            ranked = Ranked(y, w, np.zeros(len(y), dtype=np.intp), 1)
            low, middle, high = (ranked.quantile(p)[0] for p in (0.25, 0.5, 0.75))
            spread = (high - low) / 1.349 or float(y.std())
        self.centre, self.scale = middle, max(spread, 1e-9 * abs(middle)) or 1.0

    def _columns(self):
        """Bin, value, distance from the middle and weight of each row, and what is beside it."""
        nw, rows, own = self.rows.nw, self.rows, self.own
        d = (self.y - self.centre) / self.scale
        t = d / (d.abs() + 1)
        b = rows.floor(t * (self.width / 2))
        made = {"b": b.cast(nw.Int64()), "y": self.y, "d": d}
        made |= {"w": rows._weight} | {f"x{i}": x for i, x in enumerate(self._asked.values())}
        return {own + name: one for name, one in made.items()}

    def _count(self):
        """Sums of each bin of each domain; gives the part of distances that is lost."""
        rows, nw = self.rows, self.rows.nw
        of = lambda name: nw.col(self.own + name)  # noqa: E731
        xs = [f"x{i}" for i in range(len(self._asked))]
        keys = {f"k{i}": rows._key(name) for i, name in enumerate(self.by)}
        frame = self._counting().select(**keys, **self._columns())
        frame = frame.select(*keys, b=of("b"), y=of("y"), w=of("w"), wd=of("w") * of("d"),
                             **{x: of("w") * of(x) for x in xs}, d=of("d"))  # fmt: skip
        frame = frame.with_columns(wdd=nw.col("wd") * nw.col("d"), ww=nw.col("w") * nw.col("w"))
        table = rows._fetch(frame.group_by([*keys, "b"]).agg(
            nw.col(*_SUMS, *xs).sum(), n=nw.len(), low=nw.col("y").min(), high=nw.col("y").max()
        ))  # fmt: skip
        self.counted, size = table["n"].sum(), len(table)
        every = pd.concat([table, self.known]) if self.by else table  # a domain may be empty
        code, self.domains = rows._keys(every, 0, self.by)
        self.lost, code = bool((code < 0).any()), code[:size]
        table = table.drop(columns=list(keys)).assign(code=code, sub=0)
        table = table[code >= 0]
        table = table.astype(dict.fromkeys((*_SUMS, *xs, "low", "high"), float) | {"b": np.int64})
        table = table.sort_values(["code", "b"], ignore_index=True)
        self.ends = int(table["b"].min()), int(table["b"].max())
        self.table, self._undivided = self._shaped(table), None
        table, count = self.table, len(self.domains)
        total = lambda x: np.bincount(table["code"], x, count)  # noqa: E731
        w, wd, wdd = (total(table[one]) for one in ("w", "wd", "wdd"))
        spread = self.scale * np.sqrt(np.maximum(wdd / w - (wd / w) ** 2, 0))
        lost = total(np.where(table["n"] > 2, table["w"] ** 2 * table["apart"], 0)) / w**2
        return np.max(lost / np.where(spread > 0, spread, np.inf), initial=0)

    def _tell_nines(self, column):
        """Say of a column that codes such as 999 are few, where its bins show it: none need be counted."""
        low, high = self.table["low"], self.table["high"]
        here = np.logical_or.reduce([(low <= one) & (one <= high) for one in NINES])
        most = self.table["n"][here].sum()
        if column and not self.lost and most < SHARE * self.counted:
            self.rows._nines.setdefault(column, most / self.counted)

    def _counting(self):
        """Rows that count."""
        if self.rows.all_count(self.needed):
            return self.rows.frame
        return self.rows.frame.filter(self.rows.counting(self.needed))

    def _shaped(self, table):
        """The table with mean and standard deviation of each bin; none where all is one value."""
        near = table["wd"] / table["w"]
        mean = (self.centre + self.scale * near).clip(table["low"], table["high"])
        most = (mean - table["low"]) * (table["high"] - mean)
        square = ((table["wdd"] / table["w"] - near**2) * self.scale**2).clip(0, most)
        return table.assign(mean=mean, apart=np.sqrt(square.where(table["n"] > 2, most)))

    def quantiles(self, shares):
        """Quantiles of each domain, of the rows: a row for each share (a number, or one of each)."""
        if self._undivided is None:
            self._undivided = self.table
        table, count = self._undivided, len(self.domains)
        code, w = table["code"].to_numpy(), table["w"].to_numpy()
        starts = np.searchsorted(code, np.arange(count + 1))
        running, made = np.cumsum(w), np.full((len(shares), count), np.nan)
        start = np.where(starts[:-1] > 0, running[starts[:-1] - 1], 0.0)
        total, at = np.bincount(code, w, count), np.zeros(made.shape, dtype=np.intp)
        wanted = (np.array([np.broadcast_to(p, count) for p in shares]) - 1e-12) * total
        for i in np.flatnonzero(np.diff(starts)):
            here = slice(starts[i], starts[i + 1])
            found = starts[i] + np.searchsorted(running[here] - start[i], wanted[:, i])
            at[:, i] = np.minimum(found, starts[i + 1] - 1)
        low, one = table["low"].to_numpy(), (table["low"] == table["high"]).to_numpy()
        known = np.diff(starts) > 0
        made[:, known] = low[at[:, known]]
        asked = np.unique(at[:, known][~one[at[:, known]]])
        self._read(asked)
        for j, i in zip(*np.nonzero(known & ~one[at]), strict=True):
            rows, bin_ = self._rows[at[j, i]], at[j, i]
            reached = running[bin_] - w[bin_] - start[i] + rows["sum"]
            made[j, i] = rows["y"][min(np.searchsorted(reached, wanted[j, i]), len(reached) - 1)]
        return made

    def _read(self, places):
        """Read the rows of bins that were not read yet."""
        new = [one for one in places if one not in self._rows]
        if not new:
            return
        table, nw, own = self._undivided, self.rows.nw, self.own
        some = table.iloc[new]
        key = pd.DataFrame({own + "key": self._number(some, False), own + "at": new})
        frame = self._keyed("inner", False, self._near(some))
        frame = frame.join(self.rows._beside(key), on=own + "key")
        kept = {one: nw.col(own + one) for one in ("at", "y", "d", "w")}
        kept |= {f"x{i}": nw.col(f"{own}x{i}") for i in range(len(self._asked))}
        read = self.rows._fetch(frame.select(**kept)).astype({"y": float, "w": float})
        for at, rows in read.sort_values(["at", "y"]).groupby("at"):
            made = {name: rows[name].to_numpy() for name in rows if name != "at"}
            self._rows[at] = made | {"sum": np.cumsum(made["w"])}

    def _near(self, bins):
        """A condition that most rows outside of bins do not meet: looking up each costs more."""
        ends = bins[["low", "high"]].sort_values("low").to_numpy()
        high = np.maximum.accumulate(ends[:, 1])
        gaps = np.flatnonzero(ends[1:, 0] > high[:-1])
        gaps = np.sort(gaps[np.argsort(ends[gaps + 1, 0] - high[gaps])[-_RANGES:]])  # the widest
        low, high = ends[[0, *(gaps + 1)], 0], high[[*gaps, -1]]
        ranges = [
            (self.y >= a) & (self.y <= b) for a, b in zip(low.tolist(), high.tolist(), strict=True)
        ]
        return reduce(lambda one, two: one | two, ranges)

    def _keyed(self, how, divided=True, near=None):
        """The table with the number of the bin of each row, in its domain and part."""
        rows, nw, own = self.rows, self.rows.nw, self.own
        steps = self.steps if divided else self.steps[:0]
        frame = rows.frame if near is None else rows.frame.filter(near)
        frame, number = frame.with_columns(**self._columns()), nw.col(own + "b")
        if self.by:
            table = self.domains.set_axis([f"k{i}" for i in range(len(self.by))], axis=1)
            table = table.assign(code=np.arange(len(table)),
                                 **{f"c{j}": one for j, one in enumerate(steps)})  # fmt: skip
            named, table = rows.matched(self.by, table)
            frame = frame.with_columns(**{own + name: one for name, one in named.items()})
            beside = rows._beside(table.set_axis([own + one for one in table], axis=1))
            frame = frame.join(beside, on=[own + name for name in named], how=how)
            steps = [nw.col(f"{own}c{j}") for j in range(len(steps))]
            number = number + nw.col(own + "code").cast(nw.Int64()) * self._span(divided)
        else:
            steps = [nw.lit(float(one[0])) for one in steps]
        y = nw.col(own + "y")
        for step in steps:
            number = number + nw.when(y > step).then(nw.lit(2)).otherwise(
                nw.when(y == step).then(nw.lit(1)).otherwise(nw.lit(0)))  # fmt: skip
        return frame.with_columns(**{own + "key": number})

    def _span(self, divided=True):
        """How many numbers the bins of a domain have."""
        first, last = self.ends
        return last - first + 1 + 2 * len(self.steps) * divided

    def _number(self, table, divided=True):
        """Numbers of bins and their parts, which lie side by side: then they are looked up quickly.

        Bin and part both rise with the value, so that each pair has a sum of its own.
        """
        return table["code"] * self._span(divided) + table["b"] + table["sub"] * divided

    def _divide(self):
        """Divide bins at the steps: what lies below, at and above each."""
        table, steps = self.table, self.steps[:, self.table["code"]]
        low, high = table["low"].to_numpy(), table["high"].to_numpy()
        table = table.assign(sub=(steps < low).sum(axis=0) + (steps <= low).sum(axis=0))
        cut = np.flatnonzero(((low <= steps) & (steps <= high) & (low < high)).any(axis=0))
        self._read(cut)
        parts, xs = [table.drop(index=cut)], [f"x{i}" for i in range(len(self._asked))]
        for at in cut:
            rows = pd.DataFrame(self._rows[at])
            own = self.steps[:, table["code"].iloc[at]]
            sub = (own[:, None] < rows["y"].to_numpy()).sum(axis=0)
            rows["sub"] = sub + (own[:, None] <= rows["y"].to_numpy()).sum(axis=0)
            rows = rows.assign(wd=rows["w"] * rows["d"], ww=rows["w"] ** 2, low=rows["y"],
                               high=rows["y"], n=1, **{x: rows["w"] * rows[x] for x in xs})  # fmt: skip
            rows["wdd"] = rows["wd"] * rows["d"]
            of = dict.fromkeys([*_SUMS, *xs, "n"], "sum") | {"low": "min", "high": "max"}
            made = rows.groupby("sub", as_index=False).agg(of)
            parts.append(made.assign(code=table["code"].iloc[at], b=table["b"].iloc[at]))
        table = pd.concat(parts, ignore_index=True)
        self.table = self._shaped(table.sort_values(["code", "b", "sub"], ignore_index=True))

    def _make(self):
        """Points of the bins."""
        table = {name: self.table[name].to_numpy() for name in self.table}
        mean, apart, w = table["mean"], table["apart"], table["w"]
        down, up = mean - table["low"], table["high"] - mean
        two = (apart > 0) & (down > 0) & (up > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            left = np.minimum(apart, down)
            right = np.minimum(apart**2 / left, up)
            left = np.minimum(apart**2 / right, down)
        share = np.where(two, right / np.where(two, left + right, 1), 1.0)
        self.first = np.arange(len(w))
        self.second = np.where(two, len(w) + np.cumsum(two) - 1, self.first)
        y = np.append(np.where(two, mean - left, mean), (mean + right)[two])
        split = lambda x: np.append(x * share, (x * (1 - share))[two])  # noqa: E731
        code = np.append(table["code"], table["code"][two])
        self.ranked = Points(self, y, split(w), code, len(self.domains), split(table["ww"]))
        order = self.ranked.order
        self.beside = {}
        for i, name in enumerate(self._asked):
            x = table[f"x{i}"] / w
            self.beside[name] = np.append(x, x[two])[order]
        self._y = y

    def spread(self, influences):
        """As of `Ordered`: the survey with the influences of its rows as columns."""
        nw, own, rows = self.rows.nw, self.own, copy(self.rows)
        size, apart = len(self.table), self._y[self.second] - self._y[self.first]
        apart[apart == 0] = np.inf
        table, made = {}, {}
        for i, (name, influence) in enumerate(influences.items()):
            terms = []
            for part, x in _parts(influence):
                x = self.ranked.back(x)
                slope = (x[self.second] - x[self.first]) / apart
                short = f"{own}{i}_{len(terms)}"
                table[f"a{short}"] = x[:size] - slope * self._y[:size]
                line = nw.col(f"a{short}")
                if slope.any():
                    table[f"b{short}"] = slope
                    line = line + nw.col(f"b{short}") * nw.col(own + "y")
                at = list(self._asked).index(part) if part else None
                terms.append(line if at is None else line * nw.col(f"{own}x{at}"))
            made[name] = sum(terms[1:], terms[0])
        table = pd.DataFrame({own + "key": self._number(self.table), **table})
        every = not self.lost and rows.all_count(self.needed)  # then each row has a bin
        how = "inner" if every else "left"
        frame = self._keyed(how).join(rows._beside(table), on=own + "key", how=how)
        named = {f"{own}influence{i}": one for i, one in enumerate(made.values())}
        columns = list(rows._inner.values())
        rows.frame = frame.with_columns(**named).select(*columns, *named)
        rows.made = tuple(named)
        svy = copy(self.svy)
        svy.rows = rows
        return svy, lambda row: {
            name: row.placed(one) for name, one in zip(made, named, strict=True)
        }
