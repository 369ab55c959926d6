"""Programme records: outputs against the plan and for each worker, with their bounds.

Records of programmes mostly give round figures with "more than" (多, 余). A quotient of
two such figures has no bound by logic alone, so every ratio here comes with an interval.
It rests on a convention of reading that is stated, not known: a round figure with "more
than" stays below its next round figure. These are inputs and outputs. They say nothing
of what changed for anybody.
"""

from decimal import Decimal
from math import inf, isfinite
from typing import NamedTuple

import pandas as pd

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import texts
from ..base.status import handed_on

# Which way the true figure may lie from the printed one; "about" has no way.
_DIRECTION = {"exact": 0, "lower": 1, "upper": -1, "about": None}
_KEY = ["programme", "programme_zh", "place", "place_zh", "start_year", "end_year"]
_COLUMNS = [*_KEY, "basis", "measure", "value", "unit", "bound", "kind"]

_WORKERS = {"workers_sent": "persons"}
_EVENTS = {"casework": "cases", "group_work": "sessions", "community_activities": "activities"}
_TIMES = {"beneficiaries": "person_times"}
# Numerator and denominator: measures with the unit that they must have, so that persons
# never pass for person-times.
_RATIOS = {
    "cases_per_worker": ({"casework": "cases"}, _WORKERS),
    "sessions_per_worker": ({"group_work": "sessions"}, _WORKERS),
    "activities_per_worker": ({"community_activities": "activities"}, _WORKERS),
    "events_per_worker": (_EVENTS, _WORKERS),
    "person_times_per_event": (_TIMES, _EVENTS),
    "person_times_per_case": (_TIMES, {"casework": "cases"}),
    "person_times_per_worker": (_TIMES, _WORKERS),
    "persons_per_worker": ({"beneficiaries": "persons"}, _WORKERS),
    "money_per_worker": ({"spend": "10k_yuan"}, _WORKERS),
    "money_per_project": ({"spend": "10k_yuan"}, {"projects": "projects"}),
}


class Ratio(NamedTuple):
    """A quotient of two printed figures and what can be said of it.

    Attributes
    ----------
    quotient : float
        The quotient of the figures as printed.
    low, high : float
        Interval by the convention of `printed_range`.
    bound : {"exact", "about", "lower", "upper", "none"}
        What logic alone says: the true ratio equals the quotient, is near it, is at
        least or at most the quotient, or may lie on either side.
    """

    quotient: float
    low: float
    high: float
    bound: str


def printed_range(value, bound="exact"):
    """Interval that a printed figure stands for, by a stated convention of reading.

    "More than 4,800" (4800余) is read as 4,800 to below 4,900: one unit of the last digit
    that is not zero. "Fewer than" is read downwards in the same way, "about" as half a
    unit to either side. The convention is a habit of writers, not a fact: a writer may say
    "more than 3,000" of 4,200.

    Parameters
    ----------
    value : float
        The number, zero or more.
    bound : {"exact", "lower", "upper", "about"}
        How it was printed.

    Returns
    -------
    tuple of float
        Low and high end.

    Raises
    ------
    DataError
        If the number is missing or negative, or the bound unknown.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.printed_range(4800, "lower"), ps.printed_range(2_100_000, "lower")
    ((4800.0, 4900.0), (2100000.0, 2200000.0))
    >>> ps.printed_range(17.3, "lower"), ps.printed_range(357)
    ((17.3, 17.4), (357.0, 357.0))
    """
    if bound not in _DIRECTION:
        raise DataError("A figure is exact, a lower or an upper bound, or about.",
                        found=repr(bound), remedy='bound="lower" for "more than"')  # fmt: skip
    if pd.isna(value) or not isfinite(value) or value < 0:
        raise DataError("A printed figure is a number of zero or more.", found=value)
    if bound == "exact" or value == 0:
        return float(value), float(value)
    number = Decimal(repr(float(value))).normalize()  # 4.8E+3: the exponent is the unit
    unit = Decimal(1).scaleb(number.as_tuple().exponent)
    steps = {"lower": (0, 1), "upper": (-1, 0), "about": (Decimal("-0.5"), Decimal("0.5"))}
    low, high = (float(number + step * unit) for step in steps[bound])
    return low, high


def ratio_bounds(numerator, denominator, numerator_bound="exact", denominator_bound="exact"):
    """Divide two printed figures and keep what is known of the quotient.

    Parameters
    ----------
    numerator, denominator : float
        Figures as printed; the denominator is above zero.
    numerator_bound, denominator_bound : {"exact", "lower", "upper", "about"}
        How they were printed.

    Returns
    -------
    Ratio
        ``quotient``, ``low``, ``high``, ``bound``. Two lower bounds have no bound by logic
        alone (``"none"``): both figures may be larger than printed.

    Raises
    ------
    DataError
        If a number is missing or negative, or the denominator zero.

    Examples
    --------
    More than 6,000 cases by more than 3,000 workers.

    >>> import povstudy as ps
    >>> ps.ratio_bounds(6000, 3000, "lower", "lower")  # doctest: +ELLIPSIS
    Ratio(quotient=2.0, low=1.5, high=2.33..., bound='none')
    """
    top = (numerator, *printed_range(numerator, numerator_bound), numerator_bound)
    base = (denominator, *printed_range(denominator, denominator_bound), denominator_bound)
    return _divided(top, base)


def _divided(top, base):
    """Ratio of two figures, each given as value, low, high, bound."""
    if base[0] == 0:
        raise DataError("Nothing can be counted per zero.", found=f"{top[0]:g} / 0")
    ways = {_DIRECTION[top[3]]}
    way = _DIRECTION[base[3]]
    ways.add(way if way is None else -way)  # a larger denominator makes the ratio smaller
    ways.discard(0)
    if len(ways) > 1:
        bound = "none"
    else:
        bound = {0: "exact", 1: "lower", -1: "upper", None: "about"}[ways.pop() if ways else 0]
    high = inf if base[1] == 0 else top[2] / base[1]
    return Ratio(top[0] / base[0], top[1] / base[2], high, bound)


def plan_against_output(table):
    """Set the cumulative output of a programme against what its yearly plan adds up to.

    Parameters
    ----------
    table : DataFrame
        As the dataset ``programme_outputs``: a plan is a row of kind ``plan`` with the unit
        ``persons_per_year`` and a measure that ends in ``_target``; its output is the
        cumulative row of the same programme, place and measure.

    Returns
    -------
    DataFrame
        Two rows for each pair, because the plan may or may not have sent anybody in the
        year it was made: ``cohorts`` is the number of yearly cohorts, ``first_year`` to
        ``last_year``; ``planned`` what they add up to; ``output`` and its ``bound``;
        ``ratio`` of output to plan with ``ratio_bound``, ``ratio_low``, ``ratio_high`` (see
        `ratio_bounds`).

    Raises
    ------
    DataError
        If no plan has an output to be set against.

    Examples
    --------
    >>> import povstudy as ps
    >>> import povstudy as ps
    >>> pairs = ps.plan_against_output(ps.load("programme_outputs"))
    >>> pairs[["measure", "cohorts", "planned", "output", "ratio"]].round(1).values.tolist()
    ... # doctest: +NORMALIZE_WHITESPACE
    [['workers_sent', 3, 3000.0, 3000.0, 1.0], ['workers_sent', 4, 4000.0, 3000.0, 0.8],
     ['local_workers_trained', 3, 1500.0, 4000.0, 2.7],
     ['local_workers_trained', 4, 2000.0, 4000.0, 2.0]]
    """
    need_columns(table, _COLUMNS)
    yearly = table["unit"].eq("persons_per_year") & table["measure"].str.endswith("_target")
    done = table[table["kind"].eq("output") & table["basis"].eq("cumulative")]
    rows = []
    for plan in table[table["kind"].eq("plan") & yearly].itertuples():
        measure = plan.measure.removesuffix("_target")
        same = done[
            done["programme"].eq(plan.programme)
            & done["place"].eq(plan.place)
            & done["measure"].eq(measure)
            & done["unit"].eq("persons")
        ]
        for one in same.itertuples():
            first, last = max(plan.start_year, one.start_year), min(plan.end_year, one.end_year)
            for start in (first + 1, first):
                cohorts = last - start + 1
                if cohorts < 1:
                    continue
                planned = plan.value * cohorts
                ratio = ratio_bounds(one.value, planned, one.bound, plan.bound)
                low, high = printed_range(one.value, one.bound)
                rows.append(
                    {key: getattr(one, key) for key in _KEY[:4]}
                    | {
                        "measure": measure,
                        **_words("planned", measure),
                        "plan_per_year": plan.value,
                        "cohorts": cohorts,
                        "first_year": start,
                        "last_year": last,
                        "planned": planned,
                        "output": one.value,
                        "bound": one.bound,
                        "output_low": low,
                        "output_high": high,
                        "ratio": ratio.quotient,
                        "ratio_bound": ratio.bound,
                        "ratio_low": ratio.low,
                        "ratio_high": ratio.high,
                    }
                )
    if not rows:
        raise DataError(
            "No yearly plan has a cumulative output of the same programme, place and measure.",
            found=f"measures {', '.join(sorted(table['measure'].unique()))[:80]}",
            remedy='rows of kind "plan", such as workers_sent_target, and "output", workers_sent',
        )
    return handed_on(pd.DataFrame(rows), table)


def output_ratios(table):
    """Outputs per worker, per recorded event and per project, with their intervals.

    Parameters
    ----------
    table : DataFrame
        As the dataset ``programme_outputs``. Figures are divided only within one programme,
        place, period and basis, and only in the unit that the ratio names: person-times and
        persons give different ratios.

    Returns
    -------
    DataFrame
        One row for each ratio that the table allows: ``ratio`` (its code), ``what``,
        ``numerator`` and ``denominator`` with their bounds, ``quotient``, ``bound``, ``low``
        and ``high`` (see `ratio_bounds`). A recorded event is a case, a group session or a
        community activity; they differ in size, and the sum only counts entries.

    Raises
    ------
    DataError
        If a measure stands twice, or no ratio can be made.

    Notes
    -----
    Workers are those sent over the whole period, not worker-years: money per worker is not
    a yearly cost.

    Examples
    --------
    >>> import povstudy as ps
    >>> import povstudy as ps
    >>> ratios = ps.output_ratios(ps.load("programme_outputs")).set_index("ratio")
    >>> ratios.loc["person_times_per_event", ["quotient", "low", "high"]].round().tolist()
    [121.0, 114.0, 127.0]
    """
    need_columns(table, _COLUMNS)
    done = table[~table["kind"].isin(["plan", "stock"])]
    rows = []
    for key, group in done.groupby([*_KEY, "basis"], sort=False):
        twice = group["measure"].duplicated()
        if twice.any():
            raise DataError("A measure stands twice for one programme, place and period.",
                            where=", ".join(map(str, key)),
                            found=group.loc[twice, "measure"].iloc[0], remedy="keep one row of it")  # fmt: skip
        figures = {
            (one.measure, one.unit): (one.value, *printed_range(one.value, one.bound), one.bound)
            for one in group.itertuples()
        }
        for code, (above, below) in _RATIOS.items():
            if not {*above.items(), *below.items()} <= set(figures):
                continue
            top = _sum([figures[one] for one in above.items()])
            base = _sum([figures[one] for one in below.items()])
            rows.append(
                dict(zip(_KEY, key, strict=False))
                | {
                    "ratio": code,
                    **_words("ratio", code),
                    "numerator": top[0],
                    "numerator_bound": top[3],
                    "denominator": base[0],
                    "denominator_bound": base[3],
                }
                | _divided(top, base)._asdict()
            )
    if not rows:
        raise DataError("No two figures of one programme, place and period make a ratio.",
                        found=f"measures {', '.join(sorted(table['measure'].unique()))[:80]}",
                        remedy="measures such as workers_sent (persons) and casework (cases)")  # fmt: skip
    return handed_on(pd.DataFrame(rows), table)


def _sum(figures):
    """Sum of figures, each value, low, high, bound; the bounds must point one way."""
    value, low, high = (sum(parts) for parts in list(zip(*figures, strict=True))[:3])
    bounds = {one[3] for one in figures} - {"exact"}
    # "More than" and "fewer than" added up bound nothing: the sum is about right at best.
    bound = bounds.pop() if len(bounds) == 1 else "about" if bounds else "exact"
    return value, low, high, bound


def _words(name, code):
    pair = texts(name).get(code, (code.replace("_", " "),) * 2)
    return dict(zip(("what", "what_zh"), pair, strict=True))
