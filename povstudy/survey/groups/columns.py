"""A first look at columns, and the table that papers begin with: who is in which arm."""

from collections.abc import Hashable
from dataclasses import replace

import numpy as np
import pandas as pd

from ...base.checks import listed
from ...base.columns import numbers_of
from ...base.errors import DataError, tell
from ...base.status import handed_on
from ..cells import Rows, nothing
from ..estimates import by_replicates
from ..linear import estimates, share_term
from ..survey import Survey
from .levels import Shares, shares

LEVELS = 30  # of a column of words that are shown
ARMS = 20
_PLACES = (0.25, 0.5, 0.75)
_STATISTICS = ("mean", "sd", "min", "p25", "median", "p75", "max")


def describe_columns(data, columns=None, by=None, *, weighted=True):
    """Describe columns: how many, how many missing, means, spread, quantiles; or arm by arm.

    Parameters
    ----------
    data : Survey or DataFrame
        A survey is described by its weights, on every kind of table.
    columns : str or list of str, optional
        Without it all columns but those of the design.
    by : str, optional
        Column of 2 to 20 arms or groups: each becomes a column, beside the differences from the
        first one.
    weighted : bool
        False: every row of a survey counts once.

    Returns
    -------
    DataFrame
        A row for each column of numbers (true and false count as 1 and 0), and for each level of a
        column of words: ``column level n missing mean sd min p25 median p75 max``; the ``mean`` of
        a level is its share. Of more than 30 levels their number alone is told, of dates the rows.
        With ``by``: ``column level missing``, the mean (or share) of each arm, and
        ``difference std_error df p_value standardised``: of each arm minus the first; of several
        arms with ``: <arm>`` behind the name.

    Raises
    ------
    DataError
        If ``by`` is not one column of 2 to 20 values.

    Warns
    -----
    DataWarning
        If numbers look like codes of no answer: here they count as they stand, measures refuse
        them. If rows have no arm: they are left out.

    Notes
    -----
    Missing values are left out of each column by itself, and counted. Plain: as pandas describes.
    Weighted: the standard deviation is the root of R survey's ``svyvar``, the quantiles are those
    of `quantile`. Differences have the error of the design, and are tested by t. Standardised
    ones are over the root of the mean of both variances, as `balance` has them, which also weighs
    arms to be alike. Whether the levels of a column differ at all: ``ps.share(...).test()``.

    References
    ----------
    Lumley, T. (2010), Complex Surveys, Wiley. Austin, P. (2009), as for `balance`.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 2.0, None, 6.0], "roof": ["straw", "tile"] * 2})
    >>> ps.describe_columns(table)[["column", "level", "n", "missing", "mean"]]
       column  level  n  missing  mean
    0  income         3        1   3.0
    1    roof  straw  2        0   0.5
    2    roof   tile  2        0   0.5
    >>> ps.describe_columns(table.dropna(), by="roof").round(2).iloc[:, 3:6].values.tolist()
    [[1.0, 2.0, nan], [1.0, 4.0, 3.0]]
    """
    own = isinstance(data, Survey)
    svy, weighted = data if own else Survey(data, lonely="center"), own and weighted
    if by is not None and (len(listed(by)) != 1 or by in listed(columns)):
        raise DataError("Arms are told by one column, which is not described itself.", where="argument by",
                        found=by, remedy="by='arm'  # or join columns: table['arm'] = table['a'] + table['b']")  # fmt: skip
    if columns is None:
        design = {*svy.layout.names, *listed(getattr(svy.replicates, "columns", None)), *listed(by)}
        columns = [one for one in svy.rows.columns if one not in design]
    columns = listed(columns)
    svy.rows.need([*columns, *listed(by)])
    svy = _looked(svy, columns, weighted)
    if by is not None:
        return handed_on(_by_arm(svy, columns, listed(by)[0]), svy)
    made = [row for name in columns for row in _described(svy, name, weighted)]
    heads = ["column", "level", "n", "missing", *_STATISTICS]
    return handed_on(pd.DataFrame(made, columns=heads), svy)


def _looked(svy, columns, weighted):
    """The survey whose missing values are left out, once what looks like codes is told."""
    rows, numbers = svy.rows, [one for one in columns if _kind(svy.rows, one) == "number"]
    seen = dict(rows._seen)
    rows.tell_codes(numbers)
    rows._seen = seen  # measures refuse them still
    given = svy.layout.codes if isinstance(svy.layout.codes, dict) else {}
    codes = {**given, **{one: list(rows.missing_codes(one)[0]) for one in numbers}}
    plain = {} if weighted else {"weights": svy.layout.masks}
    return svy.reopened(svy.data, replace(svy.layout, codes=codes, **plain), missing="drop",
                        replicates=svy.replicates if weighted else None)  # fmt: skip


def _kind(rows, name):
    """What a column holds: numbers, levels, dates or lists."""
    if isinstance(rows, Rows) and isinstance(rows.table, pd.DataFrame):
        column = rows.table[name]
        known, labels = column.dropna(), rows.table.attrs.get("labels", {}).get(name)
        if isinstance(column.dtype, pd.CategoricalDtype) or (
            labels and known.isin(list(labels)).all()
        ):
            return "levels"
        if numbers_of(column) is not None:
            return "number"
        if not known[:1].map(lambda one: isinstance(one, Hashable)).all():
            return "lists"
        kind = pd.api.types.infer_dtype(column, skipna=True)
        return "dates" if kind.startswith(("date", "time", "period")) else "levels"
    kind = rows.table[name].dtype if isinstance(rows, Rows) else rows.schema[name]
    if kind.is_numeric() or "Boolean" in str(kind):
        return "number"
    return "lists" if kind.is_nested() else "dates" if kind.is_temporal() else "levels"


def _described(svy, name, weighted):
    """Rows of the table of a column."""
    rows, kind = int(svy.cells([], [], nothing).n[0]), _kind(svy.rows, name)
    about = {"column": name, "level": ""}
    if kind == "number":
        least, most = svy.rows.ends([name])[name]
        if np.isnan(least):
            return [{**about, "n": 0, "missing": rows}]
        found = svy.cells([], [name], lambda row: {"y": row[name]})
        n, mean = int(found.n[0]), _over(found, "y")[0]
        spread = _over(svy.cells([], [name], lambda row: {"y": (row[name] - mean) ** 2}), "y")[0]
        if weighted:
            places = svy.rows.quantiles(name, list(_PLACES), [], False)[0]
        else:
            at_hand = svy.in_memory([name]).rows
            places = np.nanquantile(at_hand[name][at_hand.weights != 0], _PLACES)
        sd = np.sqrt(spread * n / (n - 1)) * (least < most) if n > 1 else np.nan
        told = dict(zip(_STATISTICS, [mean, sd, least, *places, most], strict=True))
        return [{**about, "n": n, "missing": rows - n, **told}]
    if kind == "lists":
        return [{**about, "level": kind}]
    found = svy.cells([], [], nothing, group=[name])
    here = found.group >= 0
    count, weight = (np.bincount(found.group[here], x[here], len(found.groups))
                     for x in (found.rows, found.sums["weight"]))  # fmt: skip
    levels = svy.rows.labelled(found.groups.copy(), [name])[name].astype(str)[count > 0]
    share, count = weight[count > 0] / weight.sum(), count[count > 0].astype(int)
    lost = {"missing": rows - int(count.sum())}
    if kind == "dates" or not 0 < len(levels) <= LEVELS:
        told = f"{len(levels):,} {'dates' if kind == 'dates' else 'different values'}"
        return [{**about, "level": told if len(levels) else "", "n": int(count.sum()), **lost}]
    return [{**about, "level": level, "n": n, **lost, "mean": mean}
            for level, n, mean in zip(levels, count, share, strict=True)]  # fmt: skip


def _over(found, name):
    with np.errstate(divide="ignore", invalid="ignore"):
        return found.total(name) / found.population


# Arm by arm ---------------------------------------------------------------------------


@by_replicates
def _means(svy, name, by):
    found = svy.cells([by], [name], lambda row: {"y": row[name]})
    return estimates(svy, found, [share_term("mean", found, "y")])


def _by_arm(svy, columns, by):
    """The table of a paper."""
    whole = svy.cells([by], [], nothing)
    there = whole.n > 0
    arms = svy.rows.labelled(whole.domains.copy(), [by])[by][there].tolist()
    if not 2 <= len(arms) <= ARMS:
        raise DataError("Arms are 2 to 20 values of a column.", where=f"column {by}",
                        found=f"{len(arms):,} values", remedy="by= the column of arms")  # fmt: skip
    if whole.dropped:
        tell(f"{whole.dropped:,} rows have no {by}: they are left out.", where=f"column {by}",
             remedy="fill the column in")  # fmt: skip
    heads, rows = [f"{by}: {one}" for one in arms], int(whole.n.sum())
    made = [{"column": "rows", "level": "", "missing": 0, **dict(zip(heads, whole.n[there], strict=True))}]  # fmt: skip
    for name in columns:
        first = _described(svy, name, True)[0]
        if "mean" not in first:  # dates, lists, many levels, or nothing at all
            first = {"column": name, "level": first["level"]}
            made.append(first if first["level"] else {**first, "missing": rows})
        elif not first["level"]:
            found, centre = _means(svy, name, by), first["mean"]
            cells = svy.cells([by], [name], lambda row, name=name, c=centre: {
                "y": row[name] - c, "s": (row[name] - c) ** 2})  # fmt: skip
            variance = (_over(cells, "s") - _over(cells, "y") ** 2)[there]
            variance[variance < 1e-14 * centre**2] = 0  # rounding, of constants
            made.append(
                _differences(found, arms, by, {"column": name, "level": ""}, variance, rows)
            )
        else:
            found = shares(svy, name, [by], [])
            for level in found.table[name].drop_duplicates():
                p = found.table.loc[found.table[name] == level, "estimate"].to_numpy()
                p = p[~np.isnan(p)] if len(p) > len(arms) else p
                at = {"column": name, "level": level}
                made.append(_differences(found, arms, by, at, p * (1 - p), rows))
    return pd.DataFrame(made)


def _differences(found, arms, by, at, variance, rows):
    """Row of a column, or of a level of it: means, and differences from the first arm."""
    from scipy import stats

    table, name = found.tidy(), at["column"]
    levels = isinstance(found, Shares)
    if levels:
        table = table[table[name] == at["level"]]
    known = table.drop_duplicates(by).set_index(by)
    told = {"column": name, "level": str(at["level"]), "missing": rows - int(known["n"].sum())}
    told |= {f"{by}: {one}": known["estimate"].get(one, np.nan) for one in arms}
    for k, arm in enumerate(arms[1:], 1):
        gap = found.contrast(by, arm, arms[0]).tidy()
        gap = (gap[gap[name] == at["level"]] if levels else gap).iloc[0]
        end = f": {arm}" if len(arms) > 2 else ""
        spread, even, size = np.sqrt((variance[k] + variance[0]) / 2), np.nan, np.nan
        if spread > 0:  # what is constant in both arms is not tested
            even, size = gap["estimate"] / spread, abs(gap["estimate"] / gap["std_error"])
        told |= {f"difference{end}": gap["estimate"], f"std_error{end}": gap["std_error"],
                 f"df{end}": gap["df"], f"p_value{end}": 2 * stats.t.sf(size, gap["df"]),
                 f"standardised{end}": even}  # fmt: skip
    return told
