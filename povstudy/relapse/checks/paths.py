"""What a fit is told of households: their columns now, along a path of periods to come, and an offset."""

import numpy as np
import pandas as pd

from ...base.checks import need_columns
from ...base.columns import need_numbers, same_keys
from ...base.errors import DataError
from ...survey.models.formulas import household_of


def offset_of(name, table):
    """What a column adds to the linear predictor of each row; refused where it is no finite number.

    Examples
    --------
    >>> from povstudy.relapse.checks.paths import offset_of
    >>> offset_of("log_years", pd.DataFrame({"log_years": [0, 0.5]})).tolist()
    [0.0, 0.5]
    """
    need_columns(table, [name])
    values = need_numbers(name, table[name])
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise DataError(
            f"{len(bad):,} rows have no {name} that is finite: it is added to the linear predictor.",
            where=household_of(table, bad[0]), found=repr(table[name].iloc[bad[0]]),
            remedy=f"look at the column {name}, such as the log of zero",
        )  # fmt: skip
    return values


def designed(fit, households):
    """Columns of the formula for each household, and the offset of a fit that has one as the last."""
    z = fit.formula.of(households)
    if fit.offset is None:
        return z
    return np.column_stack([z, offset_of(fit.offset, households)])


def along(fit, households, path, periods):
    """Columns of the formula for each household and each of the next periods.

    Parameters
    ----------
    fit : RelapseFit
    households : DataFrame
    path : dict or DataFrame
        See `RelapseFit.risk`.
    periods : int

    Returns
    -------
    ndarray, households x periods x columns
    """
    known = [*fit.formula.columns, *([] if fit.offset is None else [fit.offset])]
    values = _by_household if isinstance(path, pd.DataFrame) else _for_all
    values = values(households, path, periods)
    odd = [name for name in values if name not in known]
    if odd or not values:
        raise DataError(
            "A path tells covariates of the fit by period." if not odd
            else "A path tells of a column that the fit does not use.",
            where="argument path", found=", ".join(map(str, odd)) or "no covariate",
            remedy=f"columns of the formula: {', '.join(known)}",
        )  # fmt: skip
    return np.stack([
        designed(fit, households.assign(**{name: one[k] for name, one in values.items()}))
        for k in range(periods)
    ], axis=1)  # fmt: skip


def _for_all(households, path, periods):
    """Values of each column by period, the same for all households."""
    if not isinstance(path, dict):
        raise DataError(
            "A path is a dict of lists, or a table of households and periods.", where="argument path",
            found=type(path).__name__, remedy=f'path={{"help": {[1] * periods}}}  # a value for each period',
        )  # fmt: skip
    values = {}
    for name, one in path.items():
        one = list(one) if np.iterable(one) and not isinstance(one, str | dict | set) else [one]
        nested = any(np.ndim(value) for value in one)
        if len(one) != periods or nested:
            raise DataError(
                "A path has one value for each period asked for, the same for all households; or it is a table.",
                where=f"path[{name!r}]", found="a list of lists" if nested else f"{len(one)} values, {periods} periods", remedy=f"a list of {periods} values",
            )  # fmt: skip
        values[name] = one
    return values


def _by_household(households, path, periods):
    """Values of each column by period, from a table of households and periods."""
    need_columns(path, ["household_id", "period"])
    need_columns(households, ["household_id"])
    own, there = same_keys("household_id", households["household_id"], path["household_id"])
    when = need_numbers("period", path["period"])
    table = path.assign(household_id=there, period=when)
    keys = ["household_id", "period"]
    if table.duplicated(keys).any():
        at = np.flatnonzero(table.duplicated(keys))[0]
        raise DataError("A path has a household twice in a period.", where=household_of(path, at),
                        found=f"period {when[at]:g}", remedy=f"path = path.drop_duplicates({keys!r})")  # fmt: skip
    table = table.set_index(keys)
    values = {name: [] for name in table.columns}
    for k in range(1, periods + 1):
        asked = pd.MultiIndex.from_arrays([own, np.full(len(own), float(k))])
        at = table.index.get_indexer(asked)
        if (at < 0).any():
            raise DataError(
                f"{int((at < 0).sum()):,} households have no row of the path in period {k}.",
                where=household_of(households, np.flatnonzero(at < 0)[0]),
                remedy=f"rows of the periods 1 to {periods} for each household: 1 is the next one",
            )  # fmt: skip
        for name in values:
            values[name].append(table[name].iloc[at].array)
    return values
