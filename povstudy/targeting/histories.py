"""What cannot be: histories of households and stocks of a register that contradict themselves.

These are errors for certain, and are named row by row.
"""

import numpy as np
import pandas as pd

from ..base.checks import listed, need_columns, need_positive
from ..base.columns import need_numbers, refuse_two_kinds, step_of
from ..base.errors import DataError
from ..base.status import handed_on
from ..clean.cell.words import STATUSES
from ..clean.checks import FINDINGS, check_parts
from ..survey.negatives import tell_codes

_ON = ("poor", "pre_exit", "newly_listed", "relapsed")
_OUT = ("exited", "exited_supported")
_OFF = ("removed", "natural_decrease")


def impossible_transitions(register, *, household="household_id", year="year", status="status",
                           income=None, line=None, step=None):  # fmt: skip
    """Find rows whose status cannot follow from that of the period before.

    Parameters
    ----------
    register : DataFrame
        A row for each household and year.
    household, year, status : str
        Columns; statuses as `povstudy.clean.status` reads them, at the end of the year.
    income : str, optional
        Column of reported income: a household that exits has the line at least.
    line : float, optional
        Poverty line of that income.
    step : int, optional
        Years from one row of a household to the next; without it that of the years of the register.

    Returns
    -------
    DataFrame
        ``row check column found proposed why``, as of the checks in `povstudy.clean`; nothing is
        proposed.

        - ``back_without_relapse``: exited, then poor without having fallen back;
        - ``relapse_without_exit``: fallen back without having exited;
        - ``listed_anew``: newly listed, though known the year before;
        - ``back_after_removal``: struck off or ended, then there again, and not newly listed;
        - ``appears``: the first row, after the first year of the register, is an exit or a
          relapse;
        - ``vanishes``: the last row, before the last year, is neither struck off nor ended;
        - ``exit_below_line``: a new exit with an income below the line.

    Raises
    ------
    DataError
        If a household has two rows in one year, a status is not known, or the years are not evenly
        spaced and no step is told.

    Notes
    -----
    Years that are missing between two rows of a household end the comparison. A household may
    have been struck off and listed again, but who has died out has not come back.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"household_id": ["a", "a", "a", "b", "b", "b"], "year": [2014, 2015, 2016] * 2,
    ...                       "status": ["poor", "exited", "poor", "poor", "relapsed", "exited"]})
    >>> ps.impossible_transitions(table)[["row", "check"]].values.tolist()
    [[2, 'back_without_relapse'], [4, 'relapse_without_exit']]
    """
    need_columns(register, [household, year, status, *listed(income)])
    if (income is None) != (line is None):
        raise DataError("Income and line belong together.", where="arguments income, line",
                        found=f"income={income!r}, line={line!r}",
                        remedy=f'income={income or "income"!r}, line={line or 2300!r}')  # fmt: skip
    if line is not None:
        need_positive("line", line, 2300)
    refuse_two_kinds(household, register[household])
    lost = np.flatnonzero(register[household].isna())
    if len(lost):
        raise DataError("A row has no household.", where=f"column {household}, row {register.index[lost[0]]}",
                        remedy=_known(register[household], household))  # fmt: skip
    _years(register, year)
    unknown = register.loc[~register[status].isin(list(STATUSES)), status]
    if len(unknown):
        raise DataError("A status is not known.", where=f"column {status}, row {unknown.index[0]}",
                        found=unknown.iloc[0],
                        remedy=_known(unknown, status)
                        or f"register[{status!r}] = [ps.clean.status(x).value for x in register[{status!r}]]")  # fmt: skip
    twice = register.duplicated([household, year], keep=False)
    if twice.any():
        raise DataError(
            f"{twice.sum():,} rows share their household and year.", where=f"row {twice.idxmax()}",
            found=register[household][twice.idxmax()],
            remedy=f"ps.clean.one_status(register, {household!r}, {year!r}, {status!r})  # names them",
        )  # fmt: skip
    years = _years(register, year)
    step = step_of(pd.unique(years), year, step)
    rows = pd.DataFrame({"place": np.arange(len(register)), "row": register.index,
                         "id": register[household].to_numpy(),
                         "year": years,
                         "now": register[status].astype("object").to_numpy()})  # fmt: skip
    if income is not None:
        tell_codes(register, [income], "register")
        rows["income"] = need_numbers(income, register[income])
    rows = rows.sort_values(["id", "year"], kind="stable")
    same = rows["id"].eq(rows["id"].shift())
    next_to = same & (rows["year"].diff() == step)
    before = rows["now"].shift().where(next_to)
    now, first = rows["now"], ~same
    last = rows["id"].ne(rows["id"].shift(-1))
    on, out, off = (before.isin(list(kind)) for kind in (_ON, _OUT, _OFF))
    checks = {
        "back_without_relapse": out & now.isin(["poor", "pre_exit"]),
        "relapse_without_exit": on & now.eq("relapsed") & before.ne("relapsed"),
        "listed_anew": (on | out) & now.eq("newly_listed") & before.ne("newly_listed"),
        "back_after_removal": off & now.ne(before)
        & ~((before.eq("removed") & now.eq("newly_listed")) | now.isin(_OFF)),
        "appears": first & (rows["year"] > rows["year"].min()) & now.isin([*_OUT, "relapsed"]),
        "vanishes": last & (rows["year"] < rows["year"].max()) & ~now.isin(_OFF),
    }  # fmt: skip
    if income is not None:
        fresh = now.isin(_OUT) & before.notna() & ~out
        checks["exit_below_line"] = fresh & (rows["income"] < line)
    rows["before"] = before.where(before.notna(), "no row")
    found = []
    for check, bad in checks.items():
        for one in rows[bad].itertuples():
            moved = f"{one.before}, then {one.now}"
            if check == "vanishes":
                moved = f"{one.now}, then no row"
            elif check == "exit_below_line":
                moved += f" with {one.income:g}"
            why = f"household {one.id}: {moved}"
            found.append((one.place, one.row, check, status, np.nan, np.nan, why))
    found.sort(key=lambda one: one[0])
    return handed_on(pd.DataFrame([one[1:] for one in found], columns=FINDINGS), register)


def stocks_and_flows(table, stock, inflows, outflows, *, year="year", by=(), tolerance=0.0):
    """Check that the stock of a year is that of the year before, with what came and without what left.

    Parameters
    ----------
    table : DataFrame
        A row for each year (and place).
    stock : str
        Column of persons or households at the end of the year.
    inflows, outflows : list of str
        Columns of the year: newly listed, fallen back; exited, struck off, died.
    year : str
        Column of the year.
    by : list of str
        Columns of places.
    tolerance : float
        What rounding allows.

    Returns
    -------
    DataFrame
        ``row check column found proposed why``, as of `povstudy.clean.check_parts`: where one
        figure differs from what the others make of it by one digit, it is named. ``previous``
        is the stock of the year before.

    Raises
    ------
    DataError
        If a year stands twice for one place.

    Notes
    -----
    Rows without the year before, or with a missing figure, are passed over.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"year": [2016, 2017, 2018], "stock": [4335, 3046, 1666],
    ...                       "new": [0, 20, 10], "exited": [1240, 1309, 1396]})
    >>> found = ps.stocks_and_flows(table, "stock", ["new"], ["exited"])
    >>> found[["row", "column", "found", "proposed"]].values.tolist()
    [[2, 'stock', 1666.0, 1660.0], [2, 'new', 10.0, 16.0], [2, 'exited', 1396.0, 1390.0]]
    """
    by, inflows, outflows = listed(by), listed(inflows), listed(outflows)
    names = [stock, *inflows, *outflows]
    need_columns(table, [year, *names, *by])
    twice = table.duplicated([*by, year], keep=False)
    if twice.any():
        raise DataError("A year stands twice.", where=f"row {twice.idxmax()}",
                        found=table[year][twice.idxmax()], remedy="by= the columns of places")  # fmt: skip
    rows = table[[*by, year, *names]].assign(**{year: _years(table, year, "table")})
    for name in names:
        numbers = need_numbers(name, table[name])
        if not pd.api.types.is_numeric_dtype(table[name]):
            rows[name] = numbers
    last = rows[[*by, year, stock]].rename(columns={stock: "previous"})
    last[year] += 1
    rows = rows.merge(last, on=[*by, year], how="left").set_index(table.index)
    rows[outflows] = -rows[outflows]
    found = check_parts(rows, stock, ["previous", *inflows, *outflows], tolerance)
    left = found["column"].isin(outflows)
    found.loc[left, ["found", "proposed"]] *= -1
    return handed_on(found.assign(check="stocks_and_flows"), table)


def _known(column, name, table="register"):
    """Line that leaves out the rows without a value, where any has none."""
    return f"{table} = {table}[{table}[{name!r}].notna()]" if column.isna().any() else None


def _years(table, year, name="register"):
    """Years as whole numbers, also where they stand as text."""
    column = table[year]
    if isinstance(column.dtype, pd.CategoricalDtype) or column.dtype == object:
        column = column.astype(object).infer_objects()
    found = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = np.flatnonzero(~(found == np.floor(found)) | (np.abs(found) >= 2**53))
    if len(bad) or column.dtype.kind == "M":
        at = bad[0] if len(bad) else 0
        read = f"{name}[{year!r}] = ps.clean.column({name}[{year!r}], ps.clean.year)[0]['value']"
        read = f"{name}[{year!r}] = {name}[{year!r}].dt.year" if column.dtype.kind == "M" else read
        raise DataError("A year is missing, or no whole number.", where=f"column {year}, row {table.index[at]}",
                        found=repr(column.iloc[at]), remedy=_known(column, year, name) or read)  # fmt: skip
    return found.astype(np.int64)
