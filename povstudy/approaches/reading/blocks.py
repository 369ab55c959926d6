"""A panel past memory: its rows come in blocks, and what stays is numbers by household and time.

Of other columns those rows stay that say something new of a household: its first one, and each in
which help or cluster is another. Where both are those of the household this is a row for each.
"""

import numpy as np
import pandas as pd

CLUSTER = object()  # beside columns, by their names


def spread(rows, unit, time, numbers, steady, kept):
    """Read a panel, block by block.

    Parameters
    ----------
    rows : Engine
        The panel.
    unit, time : str
        Columns of households and times.
    numbers : list of str
        Columns that are wanted of all rows.
    steady : list of str
        Columns of starts, of which rows stay where they change.
    kept : list of str
        Columns that are wanted of the rows that stay.

    Returns
    -------
    table : DataFrame
        The rows that stay, with their number as index.
    cells : tuple of two ndarrays of int
        Household of each of them, by the order in which they come, and place of its time.
    times : ndarray
        All times.
    at : ndarray of int, households x times
        Number of the row, -1 where there is none.
    wide : dict of ndarray, households x times
        The numbers, not a number where there is none.
    """
    names, times = _named(rows, unit, time)
    empty = lambda: np.full((len(names), len(times)), np.nan, order="F")  # noqa: E731
    wide, watched = {one: empty() for one in numbers}, {one: empty() for one in steady}
    at = np.full((len(names), len(times)), -1, np.int32 if len(rows) < 2**31 else np.int64, "F")
    design, cluster, count = [*rows.layout.strata, *rows.layout.psu], None, 0
    keys = [f"k{i}" for i in range(len(design))]  # as the design has them
    if rows.layout.psu:
        cluster = watched[CLUSTER] = empty()
    twice = []
    for part in rows.blocks([unit, time, *design], [time, *numbers, *steady]):
        cell, number = _cell(part, names, times), np.arange(count, count + len(part))
        before = at[cell]
        at[cell] = np.where(before < 0, number, before)
        again = at[cell] != number
        if again.any():
            np.minimum.at(at, cell, number)  # the first stays, of two in one block too
            again = at[cell] != number
            row = again.argmax()
            twice.append(
                (again.sum(), number[row], at[cell][row], *part.iloc[[row], :2].values.tolist()[0])
            )
        for i, matrix in enumerate([*wide.values(), *watched.values()], 1):
            matrix[cell] = part[f"x{i}"] if matrix is not cluster else rows.unit_places(
                part.iloc[:, 2 : len(design) + 2].set_axis(keys, axis=1))  # fmt: skip
        count += len(part)
    if twice:
        _, row, first, *key = twice[0]
        found = dict(zip((unit, time), key, strict=True))
        rows.refuse_keys(
            [unit, time], sum(one[0] for one in twice), f"row {row} and row {first}", found
        )
    stay, count, parts, cells = _new(at >= 0, watched), 0, [], []
    del watched, cluster
    for part in rows.blocks([unit, *kept], [time]):
        cell = _cell(part, names, times)
        some = stay[cell]
        part.index += count
        parts.append(part.iloc[some, 1:-1])
        cells.append([one[some] for one in cell])
        count += len(part)
    table = pd.concat(parts).set_axis(kept, axis=1)
    return table, tuple(map(np.concatenate, zip(*cells, strict=True))), times, at, wide


def heads(at):
    """Number of the first row of each household, by time."""
    return at[np.arange(len(at)), (at >= 0).argmax(axis=1)]


def _cell(part, names, times):
    """Household and time of each row."""
    return names.get_indexer(part["k0"]), np.searchsorted(times, part["x0"])


def _named(rows, unit, time):
    """Households in the order in which they come, and times; refused where one is missing."""
    names, new, times, count = pd.Index([]), [], [], 0
    lost = {unit: [0, None], time: [0, None]}
    for part in rows.blocks([unit], [time]):
        for one, bad in ((unit, part["k0"].isna()), (time, ~np.isfinite(part["x0"]))):
            if bad.any():
                first = lost[one][1]
                first = bad.argmax() + count if first is None else first
                lost[one] = [lost[one][0] + bad.sum(), first]
        new.append(pd.unique(part["k0"]))
        times.append(np.unique(part["x0"]))
        count += len(part)
        if sum(map(len, new)) > 2 * len(names):  # seldom: each is looked at some times at most
            names, new = _joined(names, new), []
    for one in (time, unit):
        if lost[one][0]:
            rows.refuse_missing([one], lost[one][0], f"column {one}, row {lost[one][1]}")
    return _joined(names, new), np.unique(np.concatenate(times))


def _joined(names, new):
    return pd.Index(pd.unique(pd.concat([pd.Series(one) for one in (names, *new) if len(one)])))


def _new(seen, watched):
    """Rows that are the first of their household, or in which something is not as it was there.

    Of marks, which change with the time, it is not as it was the time before.
    """
    stay = np.zeros(seen.shape, dtype=bool, order="F")
    stay[np.arange(len(seen)), seen.argmax(axis=1)] = True
    for name, values in watched.items():
        lacking = np.isnan(values)
        if name is CLUSTER or not (lacking | (values == 0) | (values == 1)).all():
            own = values[np.arange(len(seen)), seen.argmax(axis=1)][:, None]
            stay |= seen & (values != own) & ~(lacking & np.isnan(own))
            continue
        stay |= seen & lacking  # of marks none may be missing: all that are, are told
        last = np.full(len(seen), np.nan)
        for here, now, j in zip(seen.T, values.T, range(seen.shape[1]), strict=True):
            stay[:, j] |= here & (now != last) & ~np.isnan(last)
            last[here] = now[here]
    return stay
