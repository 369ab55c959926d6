"""Small cells of several tables of the same people: none can be had by taking one from another."""

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack

from ...base.checks import need_columns, need_whole
from ...base.errors import DataError


def numbers_of_records(cells, count, by, most):
    """Numbers of records as floats; refused where one is none, weighted, or ``most`` and more."""
    numbers = pd.to_numeric(cells[count], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.flatnonzero(~((numbers >= 0) & (numbers == np.floor(numbers)) & (numbers < most)))
    if len(wrong):
        raise DataError(
            "Numbers of records are needed, whole and not weighted.",
            where=f"column {count!r}, row {wrong[0] + 1}",
            found=cells[count].iloc[wrong[0]],
            remedy=f"records.groupby({by!r}, as_index=False).size()  # and count='size'",
        )
    return numbers


def linked(cells, tables, count, k):
    """Tables of the same people, each without the small cells that any of them would give away.

    Parameters
    ----------
    cells : DataFrame
        The finest cells, one row each, with all columns of all tables: one for each village,
        sex and cause, say. A combination without a row is one that a reader holds impossible;
        give those that are possible with a count of 0.
    tables : list of list of str
        Columns of each table that is published; a total is a table of fewer columns, and
        ``[]`` the grand total. Areas that overlap are two columns.
    count : str
        Column of the numbers of records, whole and not weighted.
    k : int
        Smallest number that may be published if nothing else speaks against it.

    Returns
    -------
    list of DataFrame
        In the order of ``tables``: its columns, ``count`` (blank where suppressed) and
        ``suppressed`` (``""``, ``"primary"`` or ``"complementary"``).

    Raises
    ------
    DataError
        If the counts are not whole.

    Notes
    -----
    The audit is by linear programming over the finest cells (Fischetti and Salazar 2001;
    Hundepool et al. 2012, Statistical Disclosure Control, chapter 4): a reader knows all
    published counts of all tables, ``k``, this rule and the marks, and which finest cells make
    which count. Two things must hold. A small cell of a table may be anything that it could be
    if all larger counts were blank. And of no group of finest cells that lies in no small cell
    can it be told that it holds fewer than ``k`` records: so no difference of sums, of however
    many tables, shows a small one. Where one fails, the counts are blanked that a linear
    programme finds cheapest; those that turn out not to be needed are published again.

    Examples
    --------
    Two areas overlap; the district minus the zone would show the three of village c.

    >>> import pandas as pd
    >>> from povstudy.clean.person.linked import linked
    >>> cells = pd.DataFrame({"village": list("abcdef"), "district": ["D"] * 3 + ["E"] * 3,
    ...                       "zone": ["Z"] * 2 + ["Y"] * 4, "n": [30, 40, 3, 50, 60, 70]})
    >>> districts, zones = linked(cells, [["district"], ["zone"]], "n", 10)
    >>> int(districts["n"].isna().sum() + zones["n"].isna().sum())
    2
    """
    return _Release(cells, tables, count, k).protected()


class _Release:
    """Cells of all tables over the finest cells, and what a reader knows of them."""

    def __init__(self, cells, tables, count, k):
        tables = [[one] if isinstance(one, str) else list(one) for one in tables]
        columns = list(dict.fromkeys(name for one in tables for name in one))
        need_columns(cells, [*columns, count])
        need_whole("k", k, 2, such=10)
        numbers = numbers_of_records(cells, count, columns, 2**40)
        self.k, self.count, self.columns, self.frames = k, count, columns, []
        rows, total = [], 0
        for names in tables:
            codes, frame = np.zeros(len(cells), dtype=int), pd.DataFrame(index=[0])
            if names:
                groups = cells.groupby(names, sort=False, dropna=False, observed=True)
                codes = groups.ngroup().to_numpy()
                frame = cells[names].iloc[pd.Series(codes).drop_duplicates().index]
            self.frames.append(frame.reset_index(drop=True))
            rows.append(codes + total)
            total += len(frame)
        # finest cells that stand in the same cells everywhere are one to the reader
        rows = np.array(rows)
        _, first, same = np.unique(rows, axis=1, return_index=True, return_inverse=True)
        same = same.ravel()
        self.atoms = np.bincount(same, weights=numbers)
        members = rows[:, first]
        size = members.shape[1]
        ones = (np.ones(members.size), (members.ravel(), np.tile(np.arange(size), len(tables))))
        self.sums = csr_array(ones, shape=(total, size))
        self.values = self.sums @ self.atoms
        # a cell of two tables that holds the same people is one cell
        keys = [tuple(self.sums[[i]].indices) for i in range(total)]
        self.alike = {}
        for i, key in enumerate(keys):
            self.alike.setdefault(key, []).append(i)
        self.primary = (self.values > 0) & (self.values < k)
        self.blank = self.primary.copy()
        self.cost = 1 + 0.05 * np.log10(np.maximum(self.values, 1))
        self.cost *= 1 + np.asarray(self.sums.sum(axis=1)).ravel() / size  # totals last

    def _bounds(self, blank):
        """What is known of each cell: its count, or within which limits the mark says it lies."""
        low = np.where(self.primary, 1, np.where(blank, self.k, self.values))
        high = np.where(self.primary, self.k - 1, np.where(blank, np.inf, self.values))
        return low, high

    def _solve(self, goal, blank):
        """Most that a sum of finest cells can be in the eyes of the reader."""
        low, high = self._bounds(blank)
        fixed = low == high
        free = ~fixed
        bounded = np.isfinite(high) & free
        found = linprog(
            -goal,
            A_eq=self.sums[fixed] if fixed.any() else None,
            b_eq=low[fixed] if fixed.any() else None,
            A_ub=_stack(self.sums[bounded], -self.sums[free]),
            b_ub=np.r_[high[bounded], -low[free]],
            method="highs",
        )
        return np.inf if found.status == 3 else -found.fun

    def _targets(self):
        """Sums that must be able to be large or small, and how far: ``(goal, least)``."""
        open_ = self.primary | (self.values >= self.k)
        for i in np.flatnonzero(self.primary):
            goal = self.sums[[i]].toarray().ravel()
            for sign in (1, -1):
                yield sign * goal, self._solve(sign * goal, open_)
        told = np.asarray(self.sums[self.primary].sum(axis=0)).ravel() > 0
        for j in np.flatnonzero((self.atoms > 0) & (self.atoms < self.k) & ~told):
            yield np.eye(len(self.atoms))[j], float(self.k)

    def _reached(self, goal, least, blank):
        return self._solve(goal, blank) >= least - 1e-6

    def _open(self, goal, least):
        """Blank the cells that cost least so that the goal can be reached."""
        n, cells = len(self.atoms), len(self.values)
        low, high = self._bounds(self.blank)
        may = ~self.blank & (self.values >= self.k)
        # x: finest cells; up and down: by how much a cell that is published now is off
        moves = eye_array(cells, format="csr")[:, np.flatnonzero(may)]
        off = hstack([self.sums, -moves, moves], format="csr")
        fixed = low == high
        bounded = np.isfinite(high) & ~fixed
        size = int(may.sum())
        bounds = [(0, None)] * (n + size) + [(0, one - self.k) for one in self.values[may]]
        price = np.r_[np.zeros(n), self.cost[may], self.cost[may]]
        aim = csr_array(np.r_[-goal, np.zeros(2 * size)][None, :])
        found = linprog(
            price,
            A_eq=off[fixed], b_eq=low[fixed],
            A_ub=_stack(off[bounded], -off[~fixed], aim),
            b_ub=np.r_[high[bounded], -low[~fixed], -least],
            bounds=bounds, method="highs",
        )  # fmt: skip
        if found.status != 0:
            raise self._unprotected()
        moved = found.x[n : n + size] + found.x[n + size :] > 1e-7
        self._blank(np.flatnonzero(may)[moved])

    def _blank(self, cells):
        for group in self.alike.values():
            if set(group) & set(np.asarray(cells).tolist()):
                self.blank[group] = True

    def _unprotected(self):
        return DataError(
            f"Counts under {self.k} cannot be protected in these tables: too few counts of "
            f"{self.k} or more could be blanked with them.",
            found=f"{len(self.values)} cells, {int(self.primary.sum())} of them under {self.k}",
            remedy="publish fewer of the tables, or put small levels together: "
            f"cells.replace({{{(self.columns or ['county'])[0]!r}: {{'A': 'A and B', 'B': 'A and B'}}}})",
        )

    def protected(self):
        """All tables, with as little blank as was found to do."""
        targets = list(self._targets())
        for goal, least in targets:
            while not self._reached(goal, least, self.blank):
                before = int(self.blank.sum())
                self._open(goal, least)
                if self.blank.sum() == before:
                    raise self._unprotected()
        extra = [
            group
            for group in self.alike.values()
            if self.blank[group[0]] and not self.primary[group[0]]
        ]
        if len(extra) * len(targets) <= 2000:
            for group in sorted(extra, key=lambda one: -self.values[one[0]]):
                self.blank[group] = False
                if not all(self._reached(*one, self.blank) for one in targets):
                    self.blank[group] = True
        made, at = [], 0
        for frame in self.frames:
            part = slice(at, at + len(frame))
            at += len(frame)
            blank, primary = self.blank[part], self.primary[part]
            numbers = pd.array(self.values[part].astype("int64"), dtype="Int64")
            numbers[blank] = pd.NA
            marks = np.where(primary, "primary", np.where(blank, "complementary", ""))
            made.append(frame.assign(**{self.count: numbers, "suppressed": marks.tolist()}))
        return made


def _stack(*parts):
    kept = [one for one in parts if one.shape[0]]
    if not kept:
        return None
    return csr_array(np.vstack([one.toarray() for one in kept]))
