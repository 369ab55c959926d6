"""Years in the heads of columns of money, and statuses where a year of leaving stands."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd

_HEAD = re.compile(
    r"((?:19|20)[0-9]{2})(?:年度?末?)?(?=[^0-9年])(.+)|(.+?[^0-9])((?:19|20)[0-9]{2})年?度?"
)
_BRACKET = re.compile("(?:19|20)[0-9]{2}年?度?末?")
_OUT = ("exited", "exited_supported")


def year_of(key):
    """A head without the year before or behind it, and that year; 0 if it has none.

    Examples
    --------
    >>> from povstudy.clean.record.years import year_of
    >>> year_of("2021年人均纯收入(元)"), year_of("人均纯收入2021"), year_of("人均纯收入")
    (('人均纯收入(元)', 2021), ('人均纯收入', 2021), ('人均纯收入', 0))
    """
    found = _HEAD.fullmatch(key)
    return (found[2] or found[3], int(found[1] or found[4])) if found else (key, 0)


def year_in_brackets(text):
    """The year that a bracket of a head holds; 0 if it holds something else."""
    return int(text[:4]) if _BRACKET.fullmatch(text) else 0


def named_by_year(matched):
    """Columns of money whose heads tell a year, under names that tell it where they must.

    One such column keeps its name, and its year goes into a column beside it (``income_year``).
    Several get names with their years (``income_2020``, ``income_2021``), and the latest stands
    under the plain name, too. A column without a year in its head keeps the plain name for itself.

    Parameters
    ----------
    matched : list of Column

    Returns
    -------
    matched : list of Column
        Under their names.
    plain : dict
        For the column that stands under a plain name, that name and the year.
    parts : list of dict
        For the report.
    """
    years, plain, parts, made = {}, {}, [], []
    for one in matched:
        if one.rule["read"] == "money":
            years.setdefault(one.name, []).append(one.year)
    for one in matched:
        told = years.get(one.name, [0])
        name = f"{one.name}_{one.year}" if one.year and len(told) > 1 else one.name
        if one.year:
            if one.year == max(told) and 0 not in told:
                plain[name] = one.name, one.year
            parts.append({"row": [pd.NA], "column": one.head, "old": str(one.year), "new": name,
                          "action": "changed", "reason": "year_in_head"})  # fmt: skip
        made.append(replace(one, name=name))
    return made, plain, parts


def with_statuses(table, told, parts):
    """The table with the statuses that stand in its column of years of leaving: 未脱贫, 返贫.

    Parameters
    ----------
    table : DataFrame
        With ``exit_year``, and ``status`` where the file has one.
    told : ndarray of str
        Status of each row; empty where the column holds a year.
    parts : list of dict
        Of the report; what is told is added.

    Returns
    -------
    DataFrame
    """
    told = pd.Series(told, index=table.index, dtype="string").replace("", pd.NA)
    if not told.notna().any():
        return table
    status = table.get("status", pd.Series(pd.NA, index=table.index, dtype="string"))
    fill = told.notna() & status.isna()
    odd = ((told == "poor") & status.isin(_OUT)).fillna(False)
    for which, action, reason in ((fill, "changed", "status_in_year"), (odd, "proposed", "contradictory_status")):  # fmt: skip
        at = np.flatnonzero(which.to_numpy(dtype=bool))
        if len(at):
            parts.append({"row": table.index[at].to_numpy(), "column": "status",
                          "old": None if action == "changed" else status.iloc[at].tolist(),
                          "new": told.iloc[at].tolist(), "action": action, "reason": reason})  # fmt: skip
    return table.assign(status=status.where(~fill, told))
