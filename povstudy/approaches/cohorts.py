"""From a table of households and times to who started what when: the door of `compare`."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..base.checks import listed, mean, nearest
from ..base.columns import refuse_two_kinds
from ..base.errors import DataError, DesignError
from ..base.language import in_words
from ..survey.cells import Rows
from ..survey.design import designed
from ..survey.models.reading import refuse_own
from ..survey.survey import Survey, code_of
from .counts.ratios import exposures
from .grouptime import Sample
from .reading.blocks import heads, spread
from .textbook.coding import refuse_who, starts_by_marks

TIME = "year"


@dataclass(frozen=True)
class Columns:
    """What `compare` was asked: names of columns and rules."""

    outcome: str
    unit: str | None
    time: str
    starts: dict
    covariates: list
    anticipation: float
    switches: str
    missing: str
    post: str | None = None
    link: str = "identity"
    exposure: str | None = None


def read(data, asked, cluster, weight):
    """Check a table and read a sample from it.

    Parameters
    ----------
    data : DataFrame or Survey
        As given to `compare`.
    asked : Columns
        What was asked.
    cluster, weight
        As given to `compare`.

    Returns
    -------
    Sample
    Design
    left_out : DataFrame
        ``reason households rows``.
    svy : Survey
        The table with its status.
    """
    svy = _survey(data, cluster, weight)
    if svy.missing == "drop":
        asked = replace(asked, missing="drop")
    if asked.post is not None and asked.time == TIME and TIME not in svy.rows.columns:
        asked = replace(asked, time=asked.post)  # two waves that have no other name
    layout = svy.layout
    _need_names(svy, asked)
    panel = _by_blocks(svy, asked) or _at_hand(svy, asked)
    rows, unit, times, seen = panel.rows, panel.unit, panel.times, panel.at >= 0
    if asked.post is None:
        starts = _starts(rows, asked, panel.time, unit, panel.first, times)
    else:
        starts = starts_by_marks(rows, asked, panel.time, unit, panel.first)
    arm, start, second, names = _arms(starts, asked, times, rows, panel.first)
    y, left_out = panel.wide(asked.outcome), []
    when = times if asked.unit is not None else panel.time[:, None]
    late = seen & (when >= (second - asked.anticipation)[:, None])
    _note(left_out, "second help", late)
    exposure = exposures(panel, asked, y) if asked.link == "log" else None
    for name, values in ((asked.outcome, y), (asked.exposure, exposure)):
        bad = seen & ~late & ~np.isfinite(y if name is None else values)
        if name == asked.exposure:
            bad &= np.isfinite(y)
        if bad.any():
            _missing(panel, asked, name, bad, values, panel.at)
            _note(left_out, "no outcome" if name == asked.outcome else "no exposure", bad)
            y[bad] = np.nan
    y[late] = np.nan
    covariates, gone = _covariates(panel, asked)
    if gone.any():
        _note(left_out, "no covariates", seen & gone[:, None])
        y[gone], covariates[gone] = np.nan, 0
    cluster, design = _design(rows, layout, unit, panel.first, svy.lonely, asked)
    weights = np.ones(len(arm))
    for name in layout.weights:
        weights *= rows[name][panel.first]
    of_all = arm, start, weights, cluster, covariates
    if asked.unit is None:
        kept, period = np.isfinite(y[:, 0]), np.searchsorted(times, panel.time)
        of_all = [None if one is None else one[kept] for one in of_all]
        exposure = None if exposure is None else exposure[kept, 0]
        sample = Sample(y[kept, 0], period[kept], times, names, *of_all, exposure=exposure)
    else:
        sample = Sample(y, None, times, names, *of_all, second, exposure)
    _note_unused(left_out, sample, asked.anticipation)
    return sample, design, pd.DataFrame(left_out, columns=["reason", "households", "rows"]), svy


@dataclass(frozen=True)
class Panel:
    """A table as it is read.

    Attributes
    ----------
    rows : Rows
        All rows; of tables past memory those that tell of a household what others do not.
    time, unit : ndarray
        Of each of these rows.
    times : ndarray
        All times, in their order.
    at : ndarray of int, units x times (of cross-sections: rows x 1)
        Number of a row of the table, -1 where there is none.
    first : ndarray of int
        Place in ``rows`` of the first row of each unit.
    numbers : dict of ndarray, or None
        Of tables past memory: columns of numbers, as ``at``.
    """

    rows: Rows
    time: np.ndarray
    unit: np.ndarray
    times: np.ndarray
    at: np.ndarray
    first: np.ndarray
    numbers: dict | None = None

    def wide(self, name):
        """A column of numbers as ``at``, not a number where there is no row."""
        if self.numbers is not None:
            return self.numbers[name]
        return np.where(self.at >= 0, self.rows[name][self.at], np.nan)

    def place(self, number):
        """Name of a row by its number, for people."""
        return self.rows.place(number) if self.numbers is None else f"row {number}"


def _by_blocks(svy, asked):
    """A panel of an engine, block by block; none, where its rows are needed."""
    rows, numbers = svy.rows, [asked.outcome, *listed(asked.exposure)]
    steady, layout = list(dict.fromkeys(asked.starts.values())), svy.layout
    if isinstance(rows, Rows) or asked.post is not None or not isinstance(asked.unit, str):
        return None
    kept = list(dict.fromkeys([asked.unit, *steady, *asked.covariates, *layout.names]))
    rows.need([*numbers, *kept])
    if not (rows.in_blocks and all(map(rows.is_number, [asked.time, *numbers, *steady]))):
        return None
    rows.refuse_codes([*numbers, *filter(rows.is_number, asked.covariates)])
    table, (unit, period), times, at, wide = spread(
        rows, asked.unit, asked.time, numbers, steady, kept
    )
    first = np.searchsorted(table.index, heads(at))
    return Panel(Rows(table, layout), times[period], unit, times, at, first, wide)


def _at_hand(svy, asked):
    """A table in memory, or brought there."""
    numbers = [asked.outcome, *listed(asked.exposure)]
    svy = svy.in_memory([*numbers, asked.time, *asked.starts.values(), *asked.covariates,
                         *listed(asked.unit), *listed(asked.post)])  # fmt: skip
    rows = svy.rows
    known = [one for one in asked.covariates if pd.api.types.is_numeric_dtype(rows.key(one))]
    rows.refuse_codes([*numbers, *known])
    time, unit, at = _places(rows, asked)
    return Panel(rows, time, unit, np.unique(time), at, heads(at))


def _need_names(svy, asked):
    """Refuse a panel whose household, time and starts bear other names than those asked for."""
    names = [one for one in (*listed(asked.unit), asked.time, *asked.starts.values(), *listed(asked.post))
             if isinstance(one, str) and one not in svy.rows.columns]  # fmt: skip
    if names:
        raise DataError(
            f"The panel lacks {', '.join(names)}: name your own columns."
            + mean(nearest(names[0], svy.rows.columns)),
            where="arguments unit, time, starts", found=f"columns {', '.join(map(str, svy.rows.columns[:30]))}",
            remedy="unit= its households, time= its years, starts={\"help\": the column of the year in "
            "which help started}",
        )  # fmt: skip


def _survey(data, cluster, weight):
    if not isinstance(data, Survey):
        return Survey(data, weight=weight, psu=cluster, lonely="center")
    refuse_own(data, cluster, weight)
    if data.replicates is not None or data.layout.fpc or data.layout.calibrated is not None:
        raise DesignError(
            "Effects follow strata and PSUs, not replicate or calibrated weights, or a finite population.",
            remedy=code_of(data),
        )
    return data


def _places(rows, asked):
    """Time of each row, its unit, and the row of each unit at each time."""
    time = rows[asked.time]
    if not np.isfinite(time).all():
        bad = np.flatnonzero(~np.isfinite(time))
        rows.refuse_missing([asked.time], len(bad), f"column {asked.time}, {rows.place(bad[0])}")
    if asked.unit is None:
        return time, np.arange(len(rows)), np.arange(len(rows))[:, None]
    refuse_two_kinds(asked.unit, rows.key(asked.unit))
    unit, names = pd.factorize(rows.key(asked.unit))
    if (unit < 0).any():
        bad = np.flatnonzero(unit < 0)
        rows.refuse_missing([asked.unit], len(bad), f"column {asked.unit}, {rows.place(bad[0])}")
    times = np.unique(time)
    at = np.full((len(names), len(times)), -1, order="F")
    period = np.searchsorted(times, time)
    at[unit, period] = np.arange(len(rows))
    if (at >= 0).sum() < len(rows):
        rows.refuse_repeated([asked.unit, asked.time])
    return time, unit, at


def _starts(rows, asked, time, unit, first, times):
    """When each help started, for each unit: infinite where it did not while it was watched."""
    made = []
    for arm, name in asked.starts.items():
        start, on = _read_starts(rows, name, unit, times)
        if on is not None:
            made.append(_switched_on(rows, asked, name, on, time, unit, len(first)))
            continue
        own = start[first]
        bad = start != own[unit]
        if bad.any():
            row = bad.argmax()
            raise DataError(
                f"{len(np.unique(unit[bad])):,} households have more than one start of {arm} help.",
                where=f"column {name}, {rows.place(row)}, {_who(rows, asked, row)}",
                found=f"{own[unit[row]]:g}, then {start[row]:g}".replace("inf", "none"),
                remedy=f"table[{name!r}] = table[{name!r}]"
                + f".where(table[{name!r}] != 0)" * bool(times[0] > 0)
                + f'.groupby(table[{asked.unit!r}]).transform("min")  # if the first is right',
            )
        made.append(own)
    starts = np.column_stack(made)
    starts[starts - asked.anticipation > times[-1]] = np.inf
    return starts


def _read_starts(rows, name, unit, times):
    """A column as starts, infinite where none is; or as marks of whether help is on.

    Marks are true and false in any type; and 0 and 1 where these cannot be times, or where they
    change within a household, as a start does not. Beside starts 0 is never, if all times are
    later and nothing is missing; a time, if the times begin by then and others are missing;
    else it may be either and is refused.
    """
    key = rows.key(name)
    kinds = pd.api.types
    truth = kinds.is_bool_dtype(key) or kinds.infer_dtype(key, skipna=True) == "boolean"
    if kinds.is_string_dtype(key.dropna()) and set(key.dropna()) & {"none", "无", "both"}:
        raise DataError(
            "This column tells which help, not when it started.", where=f"column {name}",
            found=", ".join(map(repr, sorted(set(key.dropna()))[:4])),
            remedy="starts={arm: column} with a column of years for each arm, missing where that "
            "help never started",
        )  # fmt: skip
    given = np.full(len(rows), np.nan) if key.isna().all() else rows[name]
    known = ~np.isnan(given)
    marks = known.any() and np.isin(given[known], (0, 1)).all()
    if marks and not truth:
        low, high = (np.full(unit.max() + 1, end) for end in (np.inf, -np.inf))
        np.minimum.at(low, unit[known], given[known])
        np.maximum.at(high, unit[known], given[known])
        truth = times[0] > 1 or bool((high > low).any())
    if truth:
        if not known.all():
            raise DataError(
                f"{(~known).sum():,} rows do not say whether help is on.",
                where=f"column {name}, {rows.place(known.argmin())}",
                remedy=f"table[{name!r}] = (table[{name!r}] == 1).fillna(False)  # if it is off there",
            )  # fmt: skip
        return None, given == 1
    zero, all_start = given == 0, np.isfinite(given).all()
    if all_start == (times[0] > 0):
        given = np.where(zero & all_start, np.nan, given)
        zero = np.zeros(len(given), dtype=bool)
    odd = zero | ((given < 0) & (times[0] > 0)) | ((given <= 1) & (times[0] > 1))
    if odd.any():
        raise DataError(
            "A start is a time, as in the column of times, and missing where help never came: "
            "this is no such time, or may as well mean never.",
            where=f"column {name}, {rows.place(odd.argmax())}", found=given[odd][0],
            remedy=f"table[{name!r}] = table[{name!r}].where(table[{name!r}] "
            f"{'!= 0' if times[0] <= 0 else f'> {max(given[odd].max(), 0):g}'})  # if it means never; a mark "
            f"of who is helped is treat={name!r}, with post=",
        )  # fmt: skip
    return np.where(known & ~np.isnan(given), given, np.inf), None


def _switched_on(rows, asked, name, on, time, unit, count):
    """Start of help by a column that says whether it is on; refused where it goes off."""
    if asked.unit is None:
        raise DataError(
            "Cross-sections do not see when help started.", where=f"column {name}",
            remedy="a column of the year in which help started, as in starts={'social_work': "
            "'start_social_work'}",
        )  # fmt: skip
    start = np.full(count, np.inf)
    np.minimum.at(start, unit[on], time[on])
    if on.any() and not (~on & np.isfinite(start[unit])).any():
        refuse_who(name, asked)
    off = ~on & (time > start[unit])
    if off.any():
        row = off.argmax()
        raise DataError(
            f"Help switches off: {len(np.unique(unit[off])):,} households have it at one time and "
            "not at a later one.",
            where=f"column {name}, {rows.place(row)}, {_who(rows, asked, row)}",
            found=f"on in {start[unit[row]]:g}, off in {time[row]:g}",
            remedy=f"table = table.sort_values({asked.time!r}); table[{name!r}] = "
            f"table[{name!r}].astype(float).groupby(table[{asked.unit!r}]).cummax()"
            "  # the effect of having started, whether or not it went on",
        )
    return start


def _who(rows, asked, row):
    return f"{asked.unit} {rows.key(asked.unit).iloc[[row]].tolist()[0]!r}" if asked.unit else ""


def _arms(starts, asked, times, rows, first):
    """Arm of each unit, its start, when a second help started, and the names of arms."""
    start = starts.min(axis=1)
    helped = np.isfinite(start)
    which = (starts == start[:, None]) & helped[:, None]
    second = np.where(starts > start[:, None], starts, np.inf).min(axis=1)
    switch = np.isfinite(second)
    if switch.any() and asked.switches == "refuse":
        at = switch.argmax()
        raise DataError(f"{switch.sum():,} households get a second help later than the first.",
                        where=f"{rows.place(first[at])}, {_who(rows, asked, first[at])}",
                        found=f"starts {start[at]:g} and {second[at]:g}",
                        remedy='switches="censor" leaves out their rows from the second start on; '
                        'switches="final" takes them as helped both ways from the first')  # fmt: skip
    if asked.switches == "final":
        which, second = np.isfinite(starts), np.full(len(start), np.inf)
    names, arm = ["none"], np.zeros(len(start), dtype=np.intp)
    code = which @ (1 << np.arange(which.shape[1]))
    words = list(asked.starts)
    for one in sorted(set(code[helped]), key=lambda x: (bin(x).count("1"), x)):
        own = [word for k, word in enumerate(words) if one >> k & 1]
        together = len(own) > 1
        names.append("both" if together and len(words) == 2 else " + ".join(own))
        arm[code == one] = len(names) - 1
    return arm, start, second, names


def _missing(panel, asked, name, bad, values, numbers):
    """Refuse what is missing, by the numbers of rows; values as they stand, if they are numbers."""
    infinite = bad & np.isinf(values) if values is not None else np.zeros(1, dtype=bool)
    some = infinite if infinite.any() else bad
    row = numbers[some].argmin()
    where = f"column {name}, {panel.place(numbers[some][row])}"
    if infinite.any():  # not missing: refused whatever becomes of missing values
        raise DataError(
            f"{infinite.sum():,} rows have an infinite {name}.",
            where=where, found=f"{values[some][row]:g}",
            remedy="a logarithm of zero is none: np.log1p, np.arcsinh, or incomes as they are",
        )  # fmt: skip
    if asked.missing == "drop":
        return
    raise DataError(
        f"{bad.sum():,} rows have no usable {name}.", where=where,
        remedy='missing="drop" leaves them out and counts them',
    )  # fmt: skip


def _covariates(panel, asked):
    """Covariates of each unit when it was first seen, with ones; and who lacks some."""
    rows, first = panel.rows, panel.first
    gone = np.zeros(len(first), dtype=bool)
    if not asked.covariates:
        return None, gone
    columns = [np.ones(len(first))]
    for name in asked.covariates:
        key = rows.key(name).iloc[first]
        if pd.api.types.is_numeric_dtype(key) or pd.api.types.is_bool_dtype(key):
            values = rows[name][first][:, None]
            bad, given = ~np.isfinite(values[:, 0]), values[:, 0]
        else:
            codes, levels = pd.factorize(key, sort=True)
            given, bad, values = None, codes < 0, codes[:, None] == np.arange(1, len(levels))
        if bad.any():
            _missing(panel, asked, name, bad, given, heads(panel.at))
            gone |= bad
        values = np.where(bad[:, None], 0.0, values)
        spread = values.std(axis=0)  # on one scale, for steady inverses
        columns.extend(((values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)).T)
    return np.column_stack(columns), gone


def _design(rows, layout, unit, first, lonely, asked):
    """Cluster of each unit, and the design of the clusters."""
    stratum, names = rows.codes(layout.strata)
    if not layout.psu:
        cluster, of = np.arange(len(first)), stratum[first]
    else:
        code, table = rows.codes([*layout.strata, *layout.psu])
        bad = code != code[first][unit]
        if bad.any():
            row = bad.argmax()
            raise DesignError(
                f"{len(np.unique(unit[bad])):,} households are in more than one cluster.",
                where=f"column {', '.join(layout.psu)}, {rows.place(row)}, {_who(rows, asked, row)}",
                remedy="give every row the cluster in which the household was first seen",
            )
        cluster, of = code[first], np.zeros(len(table), dtype=np.intp)
        of[code] = stratum
    count = np.bincount(of, minlength=len(names))
    alone = np.flatnonzero(count < 2)
    if len(alone) and (lonely == "refuse" or len(of) < 2 or not layout.strata):
        raise DesignError(
            "One cluster shows no difference between clusters: no error can be estimated.",
            where=f"column {', '.join([*layout.strata, *layout.psu])}" if layout.psu else None,
            found=" ".join(map(str, names.iloc[alone[0]])) or None,
            remedy="cluster= a smaller unit; a stratum with one PSU can be joined to another",
        )
    return cluster, designed(count, of, lonely=lonely)


def _why(reason):
    return in_words("left_out", "en")[reason]


def _note(left_out, reason, cells):
    if cells.any():
        left_out.append((_why(reason), int(cells.any(axis=1).sum()), int(cells.sum())))


def _note_unused(left_out, sample, anticipation):
    """Who is in no cell, and why."""
    base = np.searchsorted(sample.times, sample.start - anticipation) - 1
    base[sample.arm == 0] = -2
    if sample.period is not None:
        rows = base == -1
        _note(left_out, "no time before", rows[:, None])
        return
    seen = np.isfinite(sample.outcome)
    count = seen.sum(axis=1)
    before = seen[np.arange(len(base)), np.maximum(base, 0)]
    for reason, units in (
        ("no time before", base == -1),
        ("not seen before", (base >= 0) & ~before & (count > 0)),
        ("seen once", (base == -2) & (count == 1)),
    ):
        if units.any():
            left_out.append((_why(reason), int(units.sum()), int(count[units].sum())))
