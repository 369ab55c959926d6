"""Groups by rank: fifths of incomes, and the poorest of each place at a quota."""

import numpy as np
import pandas as pd

from ...base.checks import listed, need_between, need_whole
from ...base.errors import DataError, tell
from ..cells import Rows, place_of
from ..ranks import Ranked
from ..survey import Survey


def quantile_group(svy, income, groups=5, by=None):
    """Tell the fifth (or tenth) of each row: a column for the table.

    Parameters
    ----------
    svy : Survey or DataFrame
        In memory; the weights of a survey count.
    income : str
        Column of numbers.
    groups : int
        Number of groups of one size; 5 are fifths, 1 the poorest.
    by : str or list of str, optional
        Columns of domains, such as the year, each of which has groups of its own.

    Returns
    -------
    Series
        From 1 to ``groups``, for the rows of the table in their order (of pandas or polars, as the
        table is). Missing for rows without weight, and for those that lack a value where the survey
        drops missing values.

    Raises
    ------
    DataError
        If the table is not in memory, a value is missing, or incomes hold codes of no answer.

    Warns
    -----
    DataWarning
        If equal incomes make groups whose size is off by more than a point of all.

    Notes
    -----
    A row is in the first group whose upper end, the weighted quantile, it does not exceed, as of
    ``xtile`` in Stata: rows of one income are in one group.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [5.0, 1.0, 9.0, 3.0]})
    >>> ps.quantile_group(table, "income", 2).tolist()
    [2, 1, 2, 1]
    """
    need_whole("groups", groups, 2, 5)
    svy, code, domains, good = _ready(
        svy, [income], listed(by), f"ps.quantile_group(table, {income!r}, {groups})"
    )
    y, weights = svy.rows[income][good], svy.weights[good]
    ranked = Ranked(y, weights, code[good], len(domains))
    made = np.ones(len(y), dtype=np.int64)
    for k in range(1, groups):
        made += y > ranked.quantile(k / groups)[code[good]]
    sizes = np.bincount(code[good] * groups + made - 1, weights, len(domains) * groups).reshape(-1, groups)  # fmt: skip
    with np.errstate(invalid="ignore"):
        parts = sizes / sizes.sum(axis=1, keepdims=True)
    off = np.nan_to_num(np.abs(parts - 1 / groups)).max(axis=1)
    if off.max() > 0.01:
        worst = int(off.argmax())
        tell(
            f"Groups are not of one size: rows of one {income} are in one group.",
            where=place_of(domains.iloc[worst], income),
            found=", ".join(f"{one:.1%}" for one in parts[worst]),
            remedy="fewer groups, or say so beside the table",
        )  # fmt: skip
    return _column(svy, good, made, income, "Int64")


def poorest_in(svy, score, quota, within=None, *, seed=0):
    """Mark the poorest of each place, as many as it has places on a list.

    Parameters
    ----------
    svy : Survey or DataFrame
        In memory.
    score : str
        Column of numbers by which rows stand in line, the lowest first.
    quota : float or str
        How many are taken in each place: a number, or the column that tells it. They are counted by
        the weights of a survey (persons, if it has ``size=``); of a table each row is one.
    within : str or list of str, optional
        Columns of the place.
    seed : int
        Of the lot among rows of one score where the quota ends.

    Returns
    -------
    Series
        True for who is taken, for the rows of the table in their order; never more than the quota.
        Missing as of `quantile_group`.

    Raises
    ------
    DataError
        If the quota of a place has two values, or a value is missing.

    Warns
    -----
    DataWarning
        If rows of one score stand where a quota ends, so that a lot tells who is taken; if a place
        has fewer rows than its quota.

    Notes
    -----
    What such a list finds and misses, beside other rules: `targeting_contest`.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"village": ["a", "a", "a", "b", "b"], "places": [1, 1, 1, 2, 2],
    ...                       "income": [5.0, 1.0, 9.0, 3.0, 4.0]})
    >>> ps.poorest_in(table, "income", "places", within="village").tolist()
    [False, True, False, True, True]
    """
    need_whole("seed", seed, 0)
    named = isinstance(quota, str)
    if not named:
        need_between("quota", quota, 0, np.inf, 100, ends=(0,))
    svy, code, places, good = _ready(svy, [score, *([quota] if named else [])], listed(within),
                                     f"ps.poorest_in(table, {score!r}, {quota!r})")  # fmt: skip
    y, w, at = svy.rows[score][good], svy.weights[good], code[good]
    room = np.full(len(places), np.nan if named else float(quota))
    if named:
        ends = pd.Series(svy.rows[quota][good]).groupby(at).agg(["min", "max"])
        room[ends.index], bad = ends["max"], ends[(ends["min"] < ends["max"]) | (ends["min"] < 0)]
        if len(bad):
            raise DataError("A place has one quota, of 0 or more.", where=place_of(places.iloc[bad.index[0]], quota),
                            found="{:g} to {:g}".format(*bad.iloc[0]),
                            remedy=f"table[{quota!r}] = table.groupby({listed(within)!r})[{quota!r}].transform('max')"
                            if listed(within) else f"within= the column of places that {quota!r} belongs to")  # fmt: skip
    order = np.lexsort((np.random.default_rng(seed).random(len(y)), y, at))
    y, w, at = y[order], w[order], at[order]
    most = np.nanmax(room)
    if 0 < most * (1 + 1e-12) < w.min():
        size = f"table.groupby({listed(within)!r})[{score!r}].transform('size')" if within else "len(table)"  # fmt: skip
        raise DataError("No row is taken: a quota is a number, and each row counts for more.", where="argument quota",
                        found=f"{most:g}",
                        remedy=f"table['quota'] = {size} * {most:g}  # if a share is meant; quota='quota'")  # fmt: skip
    taken = pd.Series(w).groupby(at).cumsum().to_numpy() <= room[at] * (1 + 1e-12)
    run = np.cumsum(np.r_[True, (y[1:] != y[:-1]) | (at[1:] != at[:-1])]) - 1
    mixed = np.bincount(run, taken) % np.bincount(run) > 0
    if mixed.any():
        tell(
            f"{mixed[run].sum():,} rows of one {score} stand where a quota ends: a lot tells who is taken.",
            where=place_of(places.iloc[at[np.flatnonzero(mixed[run])[0]]], score),
            found=f"{mixed.sum():,} of {len(places):,} places, {(taken & mixed[run]).sum():,} taken",
            remedy="seed= the number of a lot that was drawn in public; or a score that tells them apart",
        )  # fmt: skip
    short = np.flatnonzero(np.bincount(at, w, len(places)) < room * (1 - 1e-12))
    if len(short):
        tell(f"{len(short):,} places have fewer than their quota: all of them are taken.",
             where=place_of(places.iloc[short[0]]), found=f"quota {room[short[0]]:g}",
             remedy="look at the quota, and at the rows of these places")  # fmt: skip
    back = np.empty(len(y), dtype=bool)
    back[order] = taken
    return _column(svy, good, back, "poorest", "boolean")


def _ready(svy, needed, by, call):
    """The survey, domains of its rows, and which rows count."""
    svy = svy if isinstance(svy, Survey) else Survey(svy, lonely="center")
    if not isinstance(svy.rows, Rows):
        raise DataError("A column for each row needs the table in memory.", where="argument svy",
                        found=type(svy.data).__name__,
                        remedy=f"table = pd.read_parquet(path), then {call}")  # fmt: skip
    rows, refuse = svy.rows, svy.missing == "refuse"
    rows.need([*needed, *by])
    rows.refuse_codes(needed[:1], income=True)
    found = rows.good(needed, refuse)
    good = np.ones(len(rows), dtype=bool) if found is None else found
    code, domains = rows.codes(by)
    lacks = good & (code < 0)
    if refuse and lacks.any():
        rows.refuse_values(" or no ".join(by), int(lacks.sum()), f"column {', '.join(by)}, "
                           f"{rows.place(int(lacks.argmax()))}")  # fmt: skip
    good = good & (code >= 0)
    if not good.any():
        raise DataError("No row has a value and a weight.", where=f"column {', '.join(needed)}",
                        remedy="look at the column, and at the weights")  # fmt: skip
    return svy, code, domains, good


def _column(svy, good, values, name, kind):
    table = svy.rows.table
    made = pd.Series(pd.NA, range(len(good)), kind, name)
    made[good] = values
    if good.all():
        made = made.astype("bool" if kind == "boolean" else "int64")
    if isinstance(table, pd.DataFrame):
        return made.set_axis(table.index)
    import polars as pl

    return pl.Series(name, [None if x is pd.NA else x for x in made.tolist()])
