"""Panels: rows of households by period, in order and checked; what is wrong is named.

What spells, transitions and measures of lasting poverty have in common.
"""

from numbers import Real

import numpy as np
import pandas as pd

from ..base.codes import BELOW
from ..base.columns import refuse_two_kinds
from ..base.errors import DataError
from ..survey.cells import Layout, Rows
from ..survey.engines import open_table
from ..survey.keys import combine
from ..survey.survey import Survey

DESIGN = ("weight", "stratum", "psu")  # columns of a panel that tell its design


# Reading ------------------------------------------------------------------------------


def in_duckdb(rows):
    """Whether a table lies in DuckDB."""
    return not isinstance(rows, Rows) and rows.frame.implementation.is_duckdb()


def on_spark(rows):
    """Whether a table lies in Spark."""
    return not isinstance(rows, Rows) and rows.in_spark


def columns(rows, names):
    """Columns of any table as a table of pandas in memory."""
    names = list(dict.fromkeys(names))
    if isinstance(rows, Rows):
        return pd.DataFrame({name: rows.key(name).array for name in names})
    asked = {f"c{i}": rows.column(name) for i, name in enumerate(names)}
    return rows._fetch(rows.frame.select(**asked)).set_axis(names, axis=1)


def whole_times(table, household, time):
    """Times as whole numbers, so many that a period after another is one more."""
    column = table[time]
    refuse_dates(column, time)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    try:
        values = column.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = np.flatnonzero(~((np.abs(values) < 2**53) & (values == np.floor(values))))
    if len(bad):
        refuse_time(table[household].iloc[bad[0]], column.iloc[bad[0]])
    values = values.astype(np.int64)
    refuse_calendar(waves_of(values), time)
    return values


def waves_of(times):
    """Times that there are, in order: counted, where they lie close together."""
    if not len(times) or (span := int(times.max()) - int(times.min())) > len(times):
        return np.unique(times)
    return times.max() - span + np.flatnonzero(np.bincount(times - times.min()))


def marks(values, household, times):
    """Marks of poverty as true and false."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = np.flatnonzero((numbers != 0) & (numbers != 1))
    if len(bad):
        codes = {repr(_plain(one)): _plain(one) for one in values.dropna()}
        known = bad[values.iloc[bad].notna().to_numpy()]  # codes are told before what is missing
        at, found = (known[0], values.iloc[known[0]]) if len(known) else (bad[0], None)
        refuse_mark(household.iloc[at], times[at], found, values.name, codes.values())
    return numbers == 1


def in_order(table, household, time):
    """Rows in the order of household and time.

    Returns
    -------
    order : ndarray of int
        Places of the rows.
    code, times : ndarray of int
        Household and time of each row, in that order.
    """
    code, known = combine({household: table[household]})
    if (code < 0).any():
        at = int(np.flatnonzero(code < 0)[0])
        raise DataError("A row has no household.", where=f"column {household}, row {at}",
                        remedy=f"panel = panel[panel[{household!r}].notna()]")  # fmt: skip
    refuse_two_kinds(household, known[household])
    times = whole_times(table, household, time)
    if not len(times):
        raise DataError("The panel has no rows.", remedy="look at the table that was given")
    later = (code[1:] > code[:-1]) | ((code[1:] == code[:-1]) & (times[1:] > times[:-1]))
    if later.all():  # in order already
        return np.arange(len(code)), code, times
    order = np.lexsort((times, code))
    code, times = code[order], times[order]
    twice = np.flatnonzero((code[1:] == code[:-1]) & (times[1:] == times[:-1]))
    if len(twice):
        at = twice[0]
        refuse_twice(table[household].iloc[order[at]], times[at], (household, time))
    return order, code, times


def refuse_off_grid(households, times, step, first=None):
    """Refuse times that are not the first plus so many steps; ``first``: that of the panel."""
    if step > 1:
        first = times.min() if first is None else first
        off = np.flatnonzero((times - first) % step)
        if len(off):
            refuse_grid(households.iloc[off[0]], times[off[0]], first, step)


# What is refused ----------------------------------------------------------------------


def _plain(value):
    """A value of numpy as Python says it."""
    return getattr(value, "item", lambda: value)()


def refuse(problem, household, time, found, remedy):
    """Refuse what a panel says of a household in a period."""
    raise DataError(problem, where=f"household {_plain(household)!r}, time {time}", found=found,
                    remedy=remedy)  # fmt: skip


def refuse_twice(household, time, names=("household_id", "year")):
    """Refuse a household that is there twice in a period."""
    refuse(
        "A household is there twice in one period.", household, time, "two rows",
        f"panel = panel.drop_duplicates({list(names)})  # if the rows say the same",
    )  # fmt: skip


def refuse_nobody(household, count):
    """Refuse rows past memory that have no household."""
    raise DataError("A row has no household.", where=f"column {household}",
                    found=f"{count:,} rows", remedy="leave these rows out")  # fmt: skip


def refuse_time(household, time):
    """Refuse times that are no whole numbers."""
    raise DataError(
        "A time is missing, or no whole number.", where=f"household {_plain(household)!r}", found=time,
        remedy="years as they are; of quarters 4 * year + quarter",
    )  # fmt: skip


def refuse_dates(values, time):
    """Refuse dates: how long a period is they do not tell."""
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind in ("datetime64", "datetime", "date", "period") or values.dtype.kind == "M":
        plain = values.dropna()
        found = str(plain.iloc[0]) if len(plain) else str(values.dtype)
        of = f"pd.PeriodIndex(panel[{time!r}])" if kind == "period" else None
        days = pd.PeriodIndex(plain) if kind == "period" else pd.to_datetime(plain)
        years, months = ({*getattr(days, "dt", days).strftime(one)} for one in ("%Y", "%Y-%m"))
        dates_refused(time, found, of, len(months) > len(years))


def dates_refused(time, found, told=None, months=False):
    """Refuse a column of dates; ``months``: there are several in a year."""
    told = told or f"pd.DatetimeIndex(panel[{time!r}])"
    such = f"{told}.year" + f" * 12 + {told}.month" * months
    raise DataError(
        "Times are dates; a panel counts whole numbers of periods.", where=f"column {time}",
        found=found, remedy=f"panel[{time!r}] = {such}" + "  # of months 12 * year + month" * (not months),
    )  # fmt: skip


_CODES = (  # how often in a year, and the least and the most of a year and its part
    ("quarters", 10, 4, "panel[{0!r}] = panel[{0!r}] // 10 * 4 + panel[{0!r}] % 10"),
    ("months", 100, 12, "panel[{0!r}] = panel[{0!r}] // 100 * 12 + panel[{0!r}] % 100"),
    ("days", 10_000, 1231, "panel[{0!r}] = panel[{0!r}] // 10_000  # years"),
)


def refuse_calendar(times, time):
    """Refuse years and months (or quarters, or days) in one number: they jump at New Year."""
    times = np.asarray(times, dtype=np.int64)
    if not len(times):
        return
    for words, size, most, remedy in _CODES:
        year, part = np.divmod(times, size)
        within = (part >= 1) & (part <= most)
        if words == "days":
            within &= (part // 100 <= 12) & (part % 100 >= 1) & (part % 100 <= 31) & (part > 100)
        if within.all() and year.min() >= 1900 and year.max() <= 2100:
            raise DataError(
                f"Times are years and {words} in one number: they jump at New Year.",
                where=f"column {time}", found=int(times[0]), remedy=remedy.format(time),
            )  # fmt: skip


def refuse_grid(household, time, first, step):
    """Refuse times off the grid of steps."""
    refuse(
        f"A time lies off the grid of steps: it is not {first} plus steps of {step}.", household,
        time, time, "step= the time from one period to the next",
    )  # fmt: skip


_POOR = ("1", "1.0", "true", "yes", "y", "poor", "是", "贫困", "贫困户", "在册")
_NOT = ("no", "No", "NO", "out", "exit", "非", "未", "不", "否", "已", "脱")
_CODES_TOLD = 10


def refuse_mark(household, time, found, name="poor", codes=()):
    """Refuse marks of poverty that are not 0 or 1; told are the codes that there are."""
    if found is None:
        refuse("It is not known whether a household is poor.", household, time, found,
               f"panel = panel[panel[{name!r}].notna()]  # a gap ends a spell")  # fmt: skip
    order = lambda one: (0, one, "") if isinstance(one, Real) else (1, 0, str(one))  # noqa: E731
    codes = sorted(codes, key=order) or [found]
    such = [one for one in codes if str(one).strip().casefold() in _POOR]
    such = such or [one for one in codes if not str(one).startswith(_NOT)][:1] or codes[:1]
    which = f"== {such[0]!r}" if len(such) == 1 else f".isin({such!r})"
    remedy = f"panel[{name!r}] = panel[{name!r}]{' ' * (len(such) == 1)}{which}  # what means poor"
    lost = [one for one in codes if one in (*BELOW, 9, 99, 999, 9999)]
    if lost:
        remedy = f"panel = panel[~panel[{name!r}].isin({lost!r})]  # no answers: a gap ends a spell"
    if len(codes) > _CODES_TOLD:
        remedy = f"panel[{name!r}] = panel[{name!r}] < 2300  # if it is an income: the line"
    told = ", ".join(map(repr, codes[:_CODES_TOLD]))
    refuse("A mark of poverty is neither 1 (poor) nor 0 (not poor).", household, time,
           f"{_plain(found)!r}; the column holds {told}", remedy)  # fmt: skip


def refuse_start(household, time, start, poor):
    """Refuse starts that contradict what was seen."""
    seen = "poor" if poor else "not poor"
    refuse(
        f"The start of a spell contradicts what was seen: the household was {seen} then.",
        household, time, f"start {start}",
        "start= a column with the first period of the spell, by the same measure of poverty; add a "
        "step to one that holds the last period before it",
    )  # fmt: skip


# Rows of a household ------------------------------------------------------------------


def surveyed(panel):
    """The panel as a survey, by the columns of design that it has."""
    if isinstance(panel, Survey):
        return panel
    there = open_table(panel, Layout()).columns
    weight, stratum, psu = (name if name in there else None for name in DESIGN)
    return Survey(panel, weight=weight, strata=stratum, psu=psu)


def columns_of(svy, names):
    """Columns of a survey in memory, with those of its design."""
    replicates = svy.replicates.columns if svy.replicates is not None else ()
    needed = [*names, *svy.layout.names, *replicates]
    svy.rows.need(needed)
    return columns(svy.in_memory(needed).rows, needed)


def refuse_lacking(svy, table, by, here):
    """Refuse rows that count but lack a domain."""
    for name in by:
        rows, times = table[name].isna().to_numpy() & here, svy.layout.times
        if rows.any() and svy.missing == "refuse":
            count = int(rows.sum() if times is None else table[times][rows].sum())
            svy.rows.refuse_values(name, count, f"column {name}")
