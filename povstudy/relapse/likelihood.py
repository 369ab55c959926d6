"""Discrete-time hazards from sums: rows are counted into cells before anything is fitted.

Rows with the same covariates are one pattern. What a likelihood needs of them is how many were
at risk and how many ended in each period, so a fit costs as much as there are patterns, not
rows (Allison 1982; the likelihood is that of the rows, and so are coefficients and errors).
"""

from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
import pandas as pd

from ..base.errors import DataError
from ..survey.models.formulas import Formula
from .baselines import Baseline, refuse_no_events
from .separation import refuse_separated

BLOCK = 100_000  # patterns that are worked on at once
KEPT = 2**24  # numbers of a design that are kept; a larger one is made anew on each pass
GRID = 2**22  # cells of a full grid that are always counted directly
_PASSES = 50


# Rows and cells -----------------------------------------------------------------------


@dataclass(frozen=True)
class Spells:
    """Rows of spells as numbers: half-open ``(entry, exit]``, and whether they end at ``exit``.

    ``count`` tells how many rows of the table one row stands for.
    """

    pattern: np.ndarray
    entry: np.ndarray
    exit: np.ndarray
    event: np.ndarray
    weight: np.ndarray | None = None
    count: np.ndarray | None = None
    household: np.ndarray | None = None
    spell: np.ndarray | None = None

    def __len__(self):
        """Number of rows."""
        return len(self.pattern)

    @cached_property
    def width(self):
        """Periods of each row."""
        return self.exit - self.entry

    def periods(self):
        """Row, duration (from 0 on) and end of each period of each row."""
        if not len(self) or self.width.max() == 1:
            return slice(None), self.entry, self.event
        row = np.repeat(np.arange(len(self)), self.width)
        first = np.cumsum(self.width) - self.width
        duration = self.entry[row] + np.arange(len(row)) - first[row]
        return row, duration, self.event[row] & (duration == self.exit[row] - 1)


@dataclass(frozen=True)
class Counts:
    """At risk and ended in each pattern and period, weighted and counted; sorted by pattern."""

    pattern: np.ndarray
    duration: np.ndarray  # from 0 on: the first period at risk is 0
    at_risk: np.ndarray
    events: np.ndarray
    rows: np.ndarray
    ends: np.ndarray

    def heard(self, baseline):
        """Without the last periods without events: a hazard of zero fits them, whoever is there."""
        kept = ~baseline.silent(self.duration + 1)
        return Counts(*(getattr(self, one.name)[kept] for one in fields(Counts)))


def counted(rows, patterns, durations):
    """Count rows into cells of pattern and period.

    Parameters
    ----------
    rows : Spells
    patterns, durations : int
        How many there are.

    Returns
    -------
    Counts
    """
    if patterns * (durations + 1) > max(4 * len(rows), GRID):  # few rows of each pattern
        at, duration, ended = rows.periods()
        codes, place = pd.factorize(rows.pattern[at] * durations + duration, sort=True)
        size = len(place)
        total = lambda values: np.bincount(codes, values, size)  # noqa: E731
        risk = lambda x: total(None if x is None else x[at])  # noqa: E731
        ends = lambda x: total(ended * (1.0 if x is None else x[at]))  # noqa: E731
    else:
        place = None
        size = patterns * durations
        ended = np.flatnonzero(rows.event)
        last = (rows.pattern * durations + rows.exit - 1)[ended]

        def risk(x):
            if len(rows) and rows.width.max() == 1:
                return np.bincount(rows.pattern * durations + rows.entry, x, size)
            wide, base = patterns * (durations + 1), rows.pattern * (durations + 1)
            change = np.bincount(base + rows.entry, x, wide) - np.bincount(
                base + rows.exit, x, wide
            )
            return change.reshape(patterns, -1).cumsum(axis=1)[:, :-1].ravel()

        ends = lambda x: np.bincount(last, None if x is None else x[ended], size)  # noqa: E731
    counts, events = risk(rows.count), ends(rows.count)
    weighted = (counts, events) if rows.weight is None else (risk(rows.weight), ends(rows.weight))
    kept = np.flatnonzero(counts > 0)
    place = kept if place is None else place[kept]
    made = (x[kept].astype(float) for x in (*weighted, counts, events))
    return Counts(place // durations, place % durations, *made)


# The fit ------------------------------------------------------------------------------


@dataclass
class Model:
    """Counts with their design, ready to be fitted.

    Attributes
    ----------
    formula : Formula
        Bound to the patterns.
    table : DataFrame
        The covariates of each pattern.
    counts : Counts
    baseline : Baseline
    link : type
        One of `LINKS`.
    shift : ndarray
        What is taken from each column: the middle of numbers far from zero, such as years,
        whose squares could not be told apart from them else; see `plain`.
    way : str
        What begins a remedy where events are lacking: the penalty that helps, where it can be had.
    offset : ndarray or None
        What is added to the linear predictor of each pattern.
    """

    formula: Formula
    table: pd.DataFrame
    counts: Counts
    baseline: Baseline
    link: type
    shift: np.ndarray | None = None
    way: str = ""
    offset: np.ndarray | None = None
    _kept: dict = field(default_factory=dict)

    def __post_init__(self):
        """Lay out what every pass needs."""
        periods = np.arange(self.baseline.seen) + 1
        self.curve, self._silent = self.baseline.matrix(periods), self.baseline.silent(periods)
        self.names = [*self.baseline.names, *self.formula.names]
        self.split = self.curve.shape[1]
        self._bounds = np.searchsorted(self.counts.pattern, np.arange(len(self.table) + 1))
        if self.shift is None:
            self.shift = np.zeros(len(self.formula.names))
            low, high = self._range
            middle = low / 2 + high / 2
            far = (high > low) & (np.abs(middle) > high - low)
            if far.any():
                self.shift, self._kept = np.where(far, middle, 0.0), {}

    def plain(self):
        """Matrix that makes the coefficients of the columns as they are of those fitted."""
        made = np.eye(len(self.names))
        ones = np.linalg.lstsq(self.curve, np.ones(len(self.curve)), rcond=None)[0]
        if self.shift.any():
            made[: self.split, self.split :] = -np.outer(ones.round(12), self.shift)
        return made

    def blocks(self):
        """Patterns with their design, a block at a time: first and last pattern, rows."""
        keep = len(self.table) * len(self.formula.names) <= KEPT
        for start in range(0, len(self.table), BLOCK):
            stop = min(start + BLOCK, len(self.table))
            z = self._kept.get(start)
            if z is None:
                z = self.formula.matrix(self.table.iloc[start:stop])
                z = z - self.shift if self.shift.any() else z
                if keep:
                    self._kept[start] = z
            yield start, stop, z

    def linear(self, params):
        """Linear predictor of each cell, and of patterns and periods apart."""
        curve, slopes = params[: self.split], params[self.split :]
        of_pattern = np.concatenate([z @ slopes for _, _, z in self.blocks()])
        if self.offset is not None:
            of_pattern = of_pattern + self.offset
        of_period = np.where(self._silent, -np.inf, self.curve @ curve)
        return of_pattern, of_period

    def eta(self, params):
        """Linear predictor of each cell."""
        of_pattern, of_period = self.linear(params)
        return of_pattern[self.counts.pattern] + of_period[self.counts.duration]

    def collect(self, values):
        """Sum of a number of each cell times its row of the design."""
        counts = self.counts
        by_pattern = np.bincount(counts.pattern, values, len(self.table))
        by_period = np.bincount(counts.duration, values, len(self.curve))
        made = [by_period @ self.curve, sum(by_pattern[a:b] @ z for a, b, z in self.blocks())]
        return np.concatenate(made)

    def crossed(self, values):
        """Sum of a number of each cell times the products of its row of the design."""
        from scipy import sparse

        counts, k = self.counts, self.split
        by_pattern = np.bincount(counts.pattern, values, len(self.table))
        by_period = np.bincount(counts.duration, values, len(self.curve))
        full = np.empty((len(self.names), len(self.names)))
        full[:k, :k] = self.curve.T @ (by_period[:, None] * self.curve)
        full[k:, :k], full[k:, k:] = 0, 0
        for a, b, z in self.blocks():
            cells = slice(self._bounds[a], self._bounds[b])
            grid = sparse.csr_array(
                (values[cells], counts.duration[cells], self._bounds[a : b + 1] - self._bounds[a]),
                shape=(b - a, len(self.curve)),
            )
            full[k:, :k] += z.T @ (grid @ self.curve)
            full[k:, k:] += z.T @ (by_pattern[a:b, None] * z)
        full[:k, k:] = full[k:, :k].T
        return full

    def cells(self, params):
        """Log-likelihood, and slope and informations of each cell; see `Cloglog.cells`."""
        return self.link.cells(self.eta(params), self.counts.at_risk, self.counts.events)

    def quadratic(self, matrix):
        """Row of the design of each cell, times a matrix, times the row."""
        counts, k = self.counts, self.split
        made = np.einsum("ij,jk,ik->i", self.curve, matrix[:k, :k], self.curve)[counts.duration]
        for a, b, z in self.blocks():
            cells = slice(self._bounds[a], self._bounds[b])
            own = counts.pattern[cells] - a
            made[cells] += np.einsum("ij,jk,ik->i", z, matrix[k:, k:], z)[own]
            both = (z @ matrix[k:, :k])[own] * self.curve[counts.duration[cells]]
            made[cells] += 2 * both.sum(axis=1)
        return made

    def refuse(self, parted=True):
        """Refuse designs whose coefficients do not exist, and name what is at fault.

        Parameters
        ----------
        parted : bool
            Whether parts of the data without events are at fault.
        """
        counts = self.counts
        by_pattern = np.bincount(counts.pattern, counts.rows, len(self.table))
        ends = np.bincount(counts.pattern, counts.ends, len(self.table))
        refuse_no_events("all rows", by_pattern.sum(), ends.sum(), "look at the column event")
        low, high = self._range
        for name, a, b in zip(self.formula.names, low, high, strict=True):
            if not np.isfinite(a + b):
                raise DataError("A column of the formula is not finite.", where=f"term {name}",
                                remedy="look at the column, such as the log of zero")  # fmt: skip
            if a == b:
                raise DataError(
                    "A covariate is the same in all rows: it explains nothing.",
                    where=f"term {name}", found=f"{a:g} everywhere", remedy="leave it out",
                )  # fmt: skip
        self._refuse_aliased()  # first: no penalty helps there
        if parted:
            remedy = self.way + "join it to another level, or leave its rows out and say so"
            for name, (risk, done) in self._binary(by_pattern, ends).items():
                refuse_no_events(f"term {name}", risk, done, remedy)
            self._refuse_separated(ends, by_pattern - ends)

    @cached_property
    def _range(self):
        """Least and greatest value of each column as it is told."""
        ends = [(z.min(axis=0), z.max(axis=0)) for _, _, z in self.blocks()]
        least, most = np.min([a for a, _ in ends], axis=0), np.max([b for _, b in ends], axis=0)
        return least + self.shift, most + self.shift

    def _binary(self, by_pattern, ends):
        """At risk and ended in each value of the columns of zeros and ones."""
        total = np.zeros((2, len(self.formula.names)))
        binary = np.ones(total.shape[1], dtype=bool)
        for a, b, z in self.blocks():
            binary &= ((z == 0) | (z == 1)).all(axis=0)
            total += np.stack([by_pattern[a:b] @ z, ends[a:b] @ z])
        levels, found = self.formula.levels(), {}
        for j in np.flatnonzero(binary):
            name, (_, level, base) = self.formula.names[j], levels.iloc[j]
            found[name] = total[:, j]
            own = next(at for at in self.formula.terms.values() if at.start <= j < at.stop)
            if level and base and j == own.start:  # what is left is the reference
                rest = np.array([by_pattern.sum(), ends.sum()]) - total[:, own].sum(axis=1)
                found[f"{levels['variable'].iloc[j]}, level {base}"] = rest
        return found

    def _refuse_separated(self, ends, others):
        """Refuse columns of numbers that part the ended from the others."""
        sides = []
        for of in (ends, others):
            parts = [z[of[a:b] > 0] for a, b, z in self.blocks() if (of[a:b] > 0).any()]
            sides.append((np.min([p.min(axis=0) for p in parts], axis=0),
                          np.max([p.max(axis=0) for p in parts], axis=0)))  # fmt: skip
        (low, high), (least, most) = sides
        for j in np.flatnonzero((low >= most) | (high <= least)):
            move, gap = self.shift[j], low[j] > most[j] or high[j] < least[j]
            raise DataError(
                "A covariate separates the periods with an event from the others: its "
                "coefficient would be infinite.",
                where=f"term {self.formula.names[j]}",
                found=f"{ends.sum():,.0f} events at {low[j] + move:g} to {high[j] + move:g}, "
                f"{others.sum():,.0f} others at {least[j] + move:g} to {most[j] + move:g}",
                remedy=(self.way if gap else "")
                + "leave it out, or see whether it was measured after the event",
            )

    def _refuse_aliased(self):
        full = self.crossed(self.counts.rows)
        scale = np.sqrt(np.diagonal(full))
        values, vectors = np.linalg.eigh(full / np.outer(scale, scale))
        if values[0] > 1e-11:
            return
        names = [self.names[j] for j in np.flatnonzero(np.abs(vectors[:, 0]) > 1e-4)]
        raise DataError(
            "Columns of the design say the same: their coefficients cannot be told apart.",
            where=", ".join(names[:8]), remedy="leave one of them out; powers of numbers far from "
            "zero, such as years, are to be centred: I(year - 2016) + I((year - 2016)**2)",
        )  # fmt: skip

    def start(self):
        """Coefficients of one hazard for all."""
        share = self.counts.events.sum() / self.counts.at_risk.sum()
        params = np.zeros(len(self.names))
        level = np.full(len(self.curve), self.link.link(share))
        if self.offset is not None:
            level -= np.average(self.offset[self.counts.pattern], weights=self.counts.at_risk)
        params[: self.split] = np.linalg.lstsq(self.curve, level, rcond=None)[0]
        return params

    def fit(self):
        """Coefficients by Newton's method, and the cells there; too long a step is halved."""
        params = self.start()
        at, step = self.cells(params), params
        for _ in range(_PASSES):
            # The expected information is positive far from the top, the observed one near it.
            steep = at[2] if (at[2] > 0).all() else at[3]
            slope = self.collect(at[1])
            try:
                step = np.linalg.solve(self.crossed(steep), slope)
            except np.linalg.LinAlgError:
                break
            for half in range(30):
                tried = params + step / 2**half
                with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                    new = self.cells(tried)
                if new[0] >= at[0] - 1e-9 * abs(at[0]):
                    break
            params, at = tried, new
            if half == 0 and slope @ step < 1e-16 * abs(at[0]):
                refuse_separated(self, params)
                return params, at
        worst = int(np.argmax(np.abs(step)))
        refuse_separated(self, params, worst)
        raise DataError(
            "The fit does not settle: a coefficient runs away.",
            where=f"term {self.names[worst]}", found=f"{params[worst]:.3g}",
            remedy="a covariate, or several together, tell who has no event: leave one out",
        )  # fmt: skip

    def unit_scores(self, params, rows, unit, units, times=None):
        """Sum of the scores of the rows of each unit: units x coefficients.

        Parameters
        ----------
        params : ndarray
        rows : Spells
        unit : ndarray of int
            Unit of each row.
        units : int
        times : ndarray, optional
            By what the score of each period is multiplied.

        Returns
        -------
        ndarray
        """
        of_pattern, of_period = self.linear(params)
        at, duration, ended = rows.periods()
        pattern = rows.pattern[at]
        if len(of_pattern) * len(of_period) <= len(pattern):  # each pattern and period once
            cell = pattern * len(of_period) + duration
            none, more = self.link.residuals(np.add.outer(of_pattern, of_period).ravel())
            value = none[cell]
            ended = np.flatnonzero(ended)
            value[ended] += more[cell[ended]]
        else:
            none, more = self.link.residuals(of_pattern[pattern] + of_period[duration])
            value = np.where(ended, none + more, none)
        if rows.weight is not None:
            value *= rows.weight[at]
        value = value if times is None else value * times[duration]
        return self.unit_sums(value, pattern, duration, unit[at], units)

    def unit_sums(self, value, pattern, duration, unit, units):
        """Sum over each unit of a number of each period times its row of the design."""
        from scipy import sparse

        def summed(values, row, column, design):
            grid = sparse.coo_array((values, (row, column)), shape=(units, len(design)))
            return grid @ design

        total = np.zeros((units, len(self.names)))
        total[:, : self.split] = summed(value, unit, duration, self.curve)
        for a, b, z in self.blocks():
            here = slice(None)
            if b - a < len(self.table):
                here = np.flatnonzero((pattern >= a) & (pattern < b))
            total[:, self.split :] += summed(value[here], unit[here], pattern[here] - a, z)
        return total
