"""Small cells of a table meant for release: kept back, with what would give them away."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra, maximum_flow

from ...base.checks import need_whole
from ...base.errors import DataError
from .linked import linked, numbers_of_records

_LIKE_TOTALS = {"all", "total", "sum", "合计", "总计", "小计", "全国", "全县"}


def suppress(table, by, count, k=10, total="total", also=None):
    """Blank the small cells of a frequency table, and as many others as protect them.

    A count from 1 to ``k`` - 1 is blanked (primary); a zero is published. Further counts are
    blanked (complementary) until a reader who knows every published count, all totals, ``k``,
    this rule and the marks can tell of no primary cell more than that it lies between 1 and
    ``k`` - 1. (Where a total is small itself, that alone tells that two cells in it are
    smaller still; no more than that can be told.)

    Parameters
    ----------
    table : DataFrame
        One row per cell, with or without the rows of the totals. It is not changed. A cell
        that has no row is a zero. For several tables: the finest cells, with the columns of all.
    by : str or sequence of one or two str, or list of lists of str
        Columns that make the cells. Tables of the same people can be taken from each other: give
        all that are published in one call, as a list of lists of columns. Each table then
        has no rows of totals: a total is a table of fewer columns, and ``[]`` the grand total.
        Areas that overlap are two columns, ``[["district"], ["zone"]]``.
    count : str
        Column of the numbers of records, whole and not weighted.
    k : int
        Smallest number that may be published if nothing else speaks against it.
    total : object
        What stands in a column of ``by`` where a row is a total. Totals that have no row
        cannot be blanked; those of at least ``k`` count as known to the reader.
    also : sequence of str, optional
        Columns that are blanked with the count, such as shares. By default all other columns
        of numbers. A share of a total that is blanked tells the total: leave it out.

    Returns
    -------
    DataFrame, or list of them
        The table; ``count`` and the columns of ``also`` are blank where suppressed, and
        ``suppressed`` is ``""``, ``"primary"`` or ``"complementary"``. Of several, each with its
        own columns, ``count`` and ``suppressed``.

    Raises
    ------
    DataError
        If the counts are not whole, do not add up to the totals, occur twice, or cannot be
        protected: then the table has to be made coarser.

    Notes
    -----
    This is the cell suppression problem (Fischetti and Salazar 2001; Hundepool et al. 2012,
    Statistical Disclosure Control). In a table with two margins the amounts
    by which cells can change are flows between rows and columns, so that the range a reader
    can work out for a cell is a maximum flow, in whole numbers the same as by linear
    programming. Where it is too small, the cheapest further path of cells is blanked (Cox
    1995, network models): few cells first, then small ones, totals last. The choice is good,
    not proved to be the smallest. Several tables are audited by linear programming over the
    finest cells: neither a small cell nor a small difference of sums of whatever tables can be
    told; a few thousand finest cells at most are practical. What is published in another call
    is not known to it.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"county": ["A", "B", "C", "total"], "n": [3, 40, 60, 103]})
    >>> suppress(table, "county", "n")
      county     n     suppressed
    0      A  <NA>        primary
    1      B  <NA>  complementary
    2      C    60
    3  total   103

    A district minus a zone in it would show the three of village c, as would Y minus E:

    >>> cells = pd.DataFrame({"village": list("abcd"), "district": list("DDDE"),
    ...                       "zone": list("ZZYY"), "n": [30, 40, 3, 50]})
    >>> districts, zones = suppress(cells, [["district"], ["zone"]], "n")
    >>> int(districts["n"].isna().sum() + zones["n"].isna().sum())
    2
    """
    if not isinstance(table, pd.DataFrame) and isinstance(table, (list, tuple, dict)):
        raise DataError(
            "Several tables are made here, of their finest cells: a reader can take one from another.",
            found=f"{len(table)} tables",
            remedy='ps.clean.suppress(cells, [["district"], ["zone"]], "n")  # cells: a row for each village',
        )
    if not isinstance(by, str) and any(isinstance(one, (list, tuple)) for one in by):
        return linked(table, by, count, k)
    by = [by] if isinstance(by, str) else list(by)
    grid = _grid(table, by, count, k, total)
    _protect(grid, by, count, k)
    result = table.copy()
    mark = np.full(len(table), "", dtype=object)
    mark[grid.primary[grid.at]] = "primary"
    mark[grid.complementary[grid.at]] = "complementary"
    if also is None:
        also = [c for c in table.select_dtypes("number").columns if c != count and c not in by]
    result[count] = pd.array(grid.values[grid.at].astype("int64"), dtype="Int64")
    for name in [count, *([also] if isinstance(also, str) else also)]:
        whole = isinstance(result[name].dtype, np.dtype) and result[name].dtype.kind in "iu"
        values = result[name].astype("Int64") if whole else result[name]
        result[name] = values.mask(mark != "")
    result["suppressed"] = mark.tolist()
    return result


@dataclass(slots=True)
class _Grid:
    """A table with its margins as last row and last column; rows and columns add to zero."""

    values: np.ndarray
    sign: np.ndarray  # 1, and -1 in the margins
    listed: np.ndarray  # whether the table has a row for the cell
    at: tuple  # place of each row of the table
    levels: list  # names of the rows and of the columns
    primary: np.ndarray
    complementary: np.ndarray
    free: np.ndarray  # what the reader is told nowhere: it may take any value


def _grid(table, by, count, k, total):
    if not 1 <= len(by) <= 2:
        raise DataError(
            "Cells are suppressed in tables by one or two columns.",
            found=f"by={by!r}",
            remedy=f"ps.clean.suppress(table, [{by!r}], {count!r})  # one table of all, without totals",
        )
    absent = [name for name in [*by, count] if name not in table.columns]
    if absent:
        raise DataError(
            f"There is no column {absent[0]!r}.",
            found=", ".join(map(str, table.columns))[:300],
            remedy="table.columns  # pass names as they stand there",
        )
    need_whole("k", k, 2, such=10)
    numbers = numbers_of_records(table, count, by, 2**53)
    if table.duplicated(by).any():
        row = int(np.flatnonzero(table.duplicated(by))[0])
        raise DataError(
            "A cell has two rows.", where=f"row {row + 1}", found=table[by].iloc[row].tolist(),
            remedy=f"table = table.groupby({by!r}, as_index=False, dropna=False)[{count!r}].sum()",
        )  # fmt: skip
    at, levels = [], []
    for name in by:
        margin = (table[name] == total).fillna(False).to_numpy(dtype=bool)
        like = [one for one in table[name].unique() if str(one).strip().lower() in _LIKE_TOTALS]
        if like and not margin.any():
            raise DataError(
                "A level reads like a total.", where=f"column {name!r}", found=like[0],
                remedy=f"ps.clean.suppress(table, {by!r}, {count!r}, total={like[0]!r})",
            )  # fmt: skip
        codes, names = pd.factorize(table[name].where(~margin), use_na_sentinel=False)
        # The margin is the last level; a blank that is no margin stays a level of its own.
        inner = np.unique(codes[~margin])
        where = np.full(len(names) + 1, len(inner))
        where[inner] = np.arange(len(inner))
        at.append(np.where(margin, len(inner), where[codes]))
        levels.append([*np.asarray(names, dtype=object)[inner], total])
    if len(by) == 1:  # a second row takes up whatever changes in a column
        at, levels = [np.zeros(len(table), dtype=int), at[0]], [["", ""], levels[0]]
    shape = (len(levels[0]), len(levels[1]))
    values, listed = np.zeros(shape), np.zeros(shape, dtype=bool)
    values[tuple(at)], listed[tuple(at)] = numbers, True
    sums = values[:-1, :-1]
    sums = np.vstack([np.c_[sums, sums.sum(1)], np.r_[sums.sum(0), sums.sum()]])
    margins = np.ones(shape, dtype=bool)
    margins[:-1, :-1] = False
    off = np.argwhere(margins & listed & (values != sums))
    if len(off):
        i, j = off[0]
        raise DataError(
            "The cells do not add up to the total.",
            where=" ".join(str(names[n]) for names, n in zip(levels, (i, j), strict=True)).strip(),
            found=f"total {values[i, j]:.0f}, sum of the cells {sums[i, j]:.0f}",
            remedy=f"table = table[~table[{by!r}].eq({total!r}).any(axis=1)]  # totals are made anew",
        )
    sign = np.ones(shape)
    sign[-1, :-1] = sign[:-1, -1] = -1
    small = (sums > 0) & (sums < k)
    free = small & margins & ~listed
    if len(by) == 1:
        free[-1] = True
    primary = small & ~free
    return _Grid(sums, sign, listed, tuple(at), levels, primary, np.zeros_like(primary), free)


def _protect(grid, by, count, k):
    """Choose the complementary cells, in place."""
    # The most by which a cell may rise or fall in the eyes of the reader; k is always enough.
    primary, values = grid.primary, grid.values
    big = values >= k
    rise = np.where(primary, k - 1 - values, np.where(big, k, 0.0))
    fall = np.where(primary, values - 1, np.where(big, np.minimum(values - k, k), 0.0))
    rise[grid.free] = fall[grid.free] = k
    # Few cells before small cells, cells before totals, totals before the grand total.
    cost = 1 + 0.05 * np.log10(np.maximum(values, 1))
    cost[-1] *= 100
    cost[:, -1] *= 100
    allowed = big & grid.listed
    # What small cells and zeros tell by themselves is the most that can be kept.
    loose = (np.where(big, k, rise), np.where(big, k, fall), (values > 0) | grid.free)
    needed = [
        (cell, up, min(int(way[cell]), _flow(grid, cell, up, *loose)[0]))
        for cell in map(tuple, np.argwhere(primary).tolist())
        for up, way in ((True, rise), (False, fall))
        if way[cell]
    ]
    needed.sort(key=lambda one: -one[2])
    for cell, up, need in needed:
        _open(grid, cell, up, need, (rise, fall), cost, allowed, by, count, k)
    _publish_again(grid, needed, rise, fall)


def _arcs(grid, weight_up, weight_down):
    """Matrix between nodes (rows, then columns) of what goes from row to column and back.

    A cell that rises carries a flow from its row to its column; in a margin it is the other
    way round, because margins are counted with a minus.
    """
    rows, columns = weight_up.shape
    matrix = np.zeros((rows + columns, rows + columns))
    matrix[:rows, rows:] = np.where(grid.sign > 0, weight_up, weight_down)
    matrix[rows:, :rows] = np.where(grid.sign > 0, weight_down, weight_up).T
    return matrix


def _blank(grid):
    return grid.primary | grid.complementary | grid.free


def _flow(grid, cell, up, rise, fall, blank):
    """How far the cell can go if only what is blank changes; the arcs and their flow."""
    arcs = _arcs(grid, np.where(blank, rise, 0), np.where(blank, fall, 0)).astype(np.int32)
    row, column = cell[0], len(rise) + cell[1]
    arcs[row, column] = arcs[column, row] = 0
    # A cell that carries more from row to column needs the way back from column to row.
    ends = (column, row) if up == (grid.sign[cell] > 0) else (row, column)
    found = maximum_flow(csr_array(arcs), *ends)
    return int(found.flow_value), arcs, found.flow, ends


def _open(grid, cell, up, need, ways, cost, allowed, by, count, k):
    """Blank further cells until the cell can rise, or fall, as far as needed."""
    while True:
        reached, arcs, flow, ends = _flow(grid, cell, up, *ways, _blank(grid))
        if reached >= need:
            return
        closed = allowed & ~grid.complementary
        # Paths go along what is blank almost for nothing; a cell that can give little of
        # what is missing costs more, because others will have to follow.
        missing = need - reached
        price = [
            np.where(closed & (way > 0), cost * missing / np.clip(way, 1, missing), 0)
            for way in ways
        ]
        lengths = _arcs(grid, *price)
        left = arcs - flow.toarray()
        lengths[left > 0] = 1e-6
        row, column = cell[0], len(cost) + cell[1]
        lengths[row, column] = lengths[column, row] = 0
        _, before = dijkstra(csr_array(lengths), indices=ends[0], return_predecessors=True)
        if before[ends[1]] < 0:
            raise _unprotected(grid, cell, by, count, k)
        node = ends[1]
        while node != ends[0]:
            i, j = sorted((int(before[node]), int(node)))
            node = before[node]
            if closed[i, j - len(cost)]:
                grid.complementary[i, j - len(cost)] = True


def _publish_again(grid, needed, rise, fall):
    """Publish each complementary cell that is not needed after all, the largest first.

    Left out for big tables, where it would take long and seldom finds any.
    """
    cells = np.argwhere(grid.complementary)
    if len(cells) * len(needed) > 4000:
        return
    size = grid.values[grid.complementary]
    for i, j in cells[np.argsort(-size, kind="stable")]:
        grid.complementary[i, j] = False
        blank = _blank(grid)
        grid.complementary[i, j] = any(
            _flow(grid, cell, up, rise, fall, blank)[0] < need for cell, up, need in needed
        )


def _unprotected(grid, cell, by, count, k):
    """Error that names the cell and two levels to put together."""
    levels, cell = grid.levels[-len(by) :], cell[-len(by) :]
    where = ", ".join(f"{c} {names[n]}" for c, names, n in zip(by, levels, cell, strict=True))
    # The two smallest levels of the longer side.
    side = max(range(len(by)), key=lambda n: len(levels[n]))
    sums = grid.values[:-1, :-1].sum(0 if side == len(by) - 1 else 1)
    two = [levels[side][n] for n in np.argsort(sums, kind="stable")[:2]]
    merge = f"table.replace({{{by[side]!r}: {dict.fromkeys(two, ' + '.join(map(str, two)))!r}}})"
    return DataError(
        f"A count under {k} cannot be protected: too few counts of {k} or more could be "
        "blanked with it.",
        where=where,
        found=f"{int(grid.listed.sum())} cells, {int(grid.primary.sum())} of them under {k}",
        remedy=f"{merge}.groupby({by!r}, as_index=False)[{count!r}].sum()"
        + ("" if grid.listed[-1].any() else "  # or add rows of totals, which can be blanked too"),
    )
