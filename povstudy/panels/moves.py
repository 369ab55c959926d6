"""Moves in and out of poverty: transitions, relapse after an exit, return rates.

Rates are shares of pairs (or triples) of rows of one household. Their errors follow the design;
where it names no sampling unit the household is one, as its rows are not independent.
"""

from dataclasses import replace

import numpy as np

from ..base.checks import need_whole
from ..base.errors import DataError
from ..survey.estimates import by_replicates
from ..survey.linear import domain_names
from .households import surveyed
from .states import pairs
from .states.seen import paired_states, seen_states, share_in

_WORDS = ("not poor", "poor")
_TERMS = {
    ("poor", "poor"): "stayed poor", ("poor", "not poor"): "exit rate",
    ("not poor", "poor"): "entry rate", ("not poor", "not poor"): "stayed out",
}  # fmt: skip
_JOINT = {
    ("poor", "poor"): "poor in both", ("poor", "not poor"): "left poverty",
    ("not poor", "poor"): "fell into poverty", ("not poor", "not poor"): "poor in neither",
}  # fmt: skip
_LEFT = "all who had left"
_OUT = "those who are out"
_LAST = "last period's leavers"


def transitions(panel, step=None, by=None, *, household="household_id", time="year", poor="poor",
                shares="rows", states=None):  # fmt: skip
    """Estimate the chances to move in and out of poverty, or among several states, from one period to a later one.

    Parameters
    ----------
    panel : Survey or table
        A row for each household and period in which it was seen. A table takes its design from
        the columns ``weight``, ``stratum`` and ``psu`` that it has. Of a path of Parquet files,
        a relation of DuckDB or a table of Spark nothing is brought into memory but bits of
        households (of Spark not these) and sums by sampling unit, if the design names units,
        there are no replicate weights and the panel spans 62 periods at most (in Spark more);
        else the columns that are needed are, and a table of Spark is refused.
    step : int, optional
        Time between the two periods; without it that from one wave of the panel to the next.
        Waves that are not evenly spaced need it.
    by : str or list of str, optional
        Columns of domains, as they are in the first of the two periods.
    household, time, poor : str
        Columns of the household, the period (a whole number) and poverty (0 or 1).
    shares : {"rows", "joint"}
        ``"rows"``: of those who start in a state; ``"joint"``: of all who were seen twice, so that
        the four add up to one.
    states : str or dict, optional
        Several states in place of poor and not poor: a column of names (in the order of its
        categories, else sorted); a column and its states in order, ``{"status": ["listed",
        "left", "watched", "back"]}``; or a column of numbers and the upper end of each band, a
        number or a column, ``{"income": {"below": 2300, "near": 3450, "above": np.inf}}``.
        What is at an end is in the band above it.

    Returns
    -------
    Estimates
        The terms ``exit rate`` and ``stayed poor`` (of the poor), ``entry rate`` and ``stayed
        out`` (of the not poor); the columns ``from`` and ``to`` say the same. ``n`` counts pairs
        of rows that start there, ``population`` their weights of the first period, ``dropped``
        rows whose household was not seen ``step`` later. Joint shares have the terms ``poor in
        both``, ``left poverty``, ``fell into poverty`` and ``poor in neither``; ``n`` and
        ``population`` are those of all pairs. Of several states the term is ``"left to
        watched"`` and so on; ``from`` and ``to`` keep the order of the states, and a move that
        nobody made is 0. ``.cov()`` has the covariances of all.

    Raises
    ------
    DataError
        If a household is there twice in a period, poverty is not 0 or 1, or nobody was seen again
        so much later.

    Notes
    -----
    A rate is the weighted share of the pairs that start in a state. Where the design names no
    sampling units, households are the units (Taylor linearisation, as of all ratios). Who was
    not seen again is left out: weights that make up for it are those of the survey.

    Measured poverty moves more than poverty does: errors of income alone make exits and
    entries, near the line most of all.

    References
    ----------
    Jenkins, S. (2011), Changing Fortunes: Income Mobility and Poverty Dynamics in Britain,
    Oxford. Binder, D. (1983), as for `Survey`.

    Examples
    --------
    >>> import numpy as np, pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": [1, 1, 2, 2, 3, 3], "year": [2019, 2020] * 3,
    ...                       "poor": [1, 0, 1, 1, 0, 0]})
    >>> ps.transitions(panel).tidy()[["from", "to", "term", "estimate", "n"]]
           from        to         term  estimate  n
    0  not poor  not poor   stayed out       1.0  1
    1  not poor      poor   entry rate       0.0  1
    2      poor  not poor    exit rate       0.5  2
    3      poor      poor  stayed poor       0.5  2
    >>> ps.transitions(panel, shares="joint").tidy()["estimate"].round(3).tolist()
    [0.333, 0.0, 0.333, 0.333]

    Three bands of income:

    >>> panel["income"] = [90, 120, 80, 85, 200, 140]
    >>> bands = {"income": {"below": 100, "near": 150, "above": np.inf}}
    >>> found = ps.transitions(panel, states=bands).tidy()
    >>> found.query("estimate > 0")[["term", "estimate", "n"]].values.tolist()
    [['below to below', 0.5, 2], ['below to near', 0.5, 2], ['above to near', 1.0, 1]]
    """
    if shares not in ("rows", "joint"):
        raise DataError("Shares are of the rows, or of the whole table.", where="argument shares",
                        found=shares, remedy='shares="joint"  # or "rows"')  # fmt: skip
    asked = {"step": _asked(step), "by": by, "names": (household, time, poor)}
    return _transitions(surveyed(panel), **asked, joint=shares == "joint", states=states)


@by_replicates
def _transitions(svy, step, by, names, joint, states=None):
    by = domain_names(by, ("from", "to"))
    svy, table, seen_in, step, (now, then) = seen_states(
        svy, by, names, step, states, read=paired_states
    )
    if np.isnan(now).all():
        seen = lambda states, later: ~np.isnan(states(0) + states(later))  # noqa: E731
        seen_in.refuse_unseen("No household was seen again so much later.", "argument step", step,
                              (seen, "step={}"))  # fmt: skip
    asked, seen_in = (
        (svy, table, now, then, by, names[0], seen_in.names),
        None,
    )  # the sums need its memory
    if joint:
        return pairs.joint(*asked, term=_JOINT if states is None else None)
    if states is not None:
        return pairs.moves(*asked)
    found = share_in(svy, table, now, then, by, "from", names[0])
    base, size = found.table, len(found)
    base["from"] = np.take(_WORDS, base["from"].astype(int))
    both = base.loc[np.repeat(np.arange(size), 2)].reset_index(drop=True)
    both["to"] = np.tile(_WORDS, size)
    both["estimate"] = np.where(both["to"] == _WORDS[0], 1 - both["estimate"], both["estimate"])
    both["term"] = [_TERMS[pair] for pair in zip(both["from"], both["to"], strict=True)]
    gradient = np.zeros((size, 2 * size))
    gradient[np.arange(size), 2 * np.arange(size)] = -1
    gradient[np.arange(size), 2 * np.arange(size) + 1] = 1
    both = both[["term", *by, "from", "to", "estimate", "n", "population"]]
    twice = lambda: tuple(np.repeat(x, 2) for x in found.shares())  # noqa: E731
    return replace(found.combine(both, gradient), shares=twice)


def after_exit(panel, step=None, by=None, *, before=None, household="household_id", time="year",
               poor="poor"):  # fmt: skip
    """Estimate the chance to be poor again, of those who were seen to leave poverty.

    Parameters
    ----------
    panel, by, household, time, poor
        As for `transitions`; domains are those of the period in which the household was out.
    step : int, optional
        Time from the period in which it was out to the one in which it is looked at again; without
        it that from one wave of the panel to the next. What it was in between does not matter, and
        need not have been seen.
    before : int, optional
        Time from the period in which it was poor to the one in which it was out; without it as
        ``step``.

    Returns
    -------
    Estimates
        The term ``poor again``: P(poor at t + step | poor at t - before, not poor at t).

    Notes
    -----
    With one step before and after, that of the panel, this is the hazard of relapse in the first
    period out. Where waves rotate it can be all there is: in a rotation of two
    quarters in, two out, two in, nobody is seen in three quarters running, so there is no hazard
    after an exit; but who left from one quarter to the next is seen a year on (``step=4,
    before=1``). Such a share also holds who fell and rose again in between.

    Households of one dwelling, village or town are not independent. Where a survey keeps its
    sampling units to itself, errors that cluster on dwellings are too small.

    References
    ----------
    Stevens, A. (1999), Climbing out of poverty, falling back in, Journal of Human Resources 34.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": [1, 1, 1, 2, 2, 2], "year": [2018, 2019, 2020] * 2,
    ...                       "poor": [1, 0, 1, 1, 0, 0]})
    >>> ps.after_exit(panel).tidy()[["term", "estimate", "n"]].values.tolist()
    [['poor again', 0.5, 2]]
    """
    asked = {"step": _asked(step), "before": _asked(before, "before"), "by": by}
    return _after_exit(surveyed(panel), **asked, names=(household, time, poor))


@by_replicates
def _after_exit(svy, step, before, by, names):
    by = domain_names(by, ("path",))

    def seen(states, step, gap=before):
        return (states(-(gap or step)) == 1) & (states(0) == 0) & ~np.isnan(states(step))

    def read(states, step):
        left = seen(states, step)
        return left, np.where(left, states(step), np.nan)

    svy, table, states, step, (left, then) = seen_states(svy, by, names, step, read=read)
    before = before or step
    if not left.any():
        states.refuse_unseen(
            "No household was seen to leave poverty and then again so much later.",
            "arguments before, step", f"before={before}, step={step}",
            (lambda states, one: seen(states, one, before), f"step={{}}, before={before}"), (lambda states, one: seen(states, one, one), "step={}"),
        )  # fmt: skip
    found = share_in(svy, table, np.where(left, 0.0, np.nan), then, by, "path", names[0])
    return replace(found, table=found.table.drop(columns="path").assign(term="poor again"))


def relapse_rates(panel, by=None, *, step=None, household="household_id", time="year", poor="poor"):
    """Estimate return rates (返贫率) with each of the denominators that are in use.

    Parameters
    ----------
    panel, household, time, poor
        As for `transitions`. Of a register ``poor`` is the column that tells who is on the list.
    by : str or list of str, optional
        Columns of domains, as they are in the period of the fall; with ``by=time`` there is a
        rate for each period.
    step : int, optional
        Time from one period to the next; without it that of the waves, as for `spells`.

    Returns
    -------
    Estimates
        The term ``relapse rate``. The numerator is always who is poor in t and was not in
        t - 1, having left poverty before. The column ``denominator`` says of whom:

        ========================  ============================================================
        denominator               households seen in t - 1 and in t that
        ========================  ============================================================
        all who had left          had left poverty by t - 1, also those who were back in it by
                                  then: the official 返贫率, fallen back in t over all exits by
                                  the end of t - 1
        those who are out         had left by t - 1 and were not poor in it: who can fall
        last period's leavers     were poor in t - 2 and not in t - 1
        ========================  ============================================================

    Notes
    -----
    Reports rarely say which denominator they use. The first rate is never more than the second:
    it also counts who cannot fall, being poor again already. To have left means to have been
    seen poor and later not poor: who left before the first period counts as never poor. Rates
    are of households; official ones are of persons: give a `Survey` with ``size=``.

    A register knows only falls that somebody reports, so its rate is a lower bound. A survey of
    incomes also counts who fell below the line by an error of measurement.

    References
    ----------
    Jenkins, S. (2011), Changing Fortunes, Oxford.

    Examples
    --------
    Three left by 2018; one of them was back in 2018, another is back in 2019.

    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": [1] * 4 + [2] * 4 + [3] * 4,
    ...     "year": [2016, 2017, 2018, 2019] * 3, "poor": [1, 0, 1, 1] + [1, 0, 0, 1] + [1, 1, 0, 0]})
    >>> found = ps.relapse_rates(panel[panel["year"] > 2015], by="year").tidy()
    >>> found.query("year == 2019")[["denominator", "estimate", "n"]].round(3).values.tolist()
    [['all who had left', 0.333, 3], ['those who are out', 0.5, 2],
     ["last period's leavers", 0.0, 1]]
    """
    asked = {"step": _asked(step), "by": by, "names": (household, time, poor)}
    return _relapse_rates(surveyed(panel), **asked)


@by_replicates
def _relapse_rates(svy, step, by, names):
    by = domain_names(by, ("denominator",))

    def read(states, step):
        now, before, left = states(0), states(-step), states.left_by(-step)
        left = left & ~np.isnan(now + before)
        last = left & (states(-2 * step) == 1) & (before == 0)
        return left, left & (before == 0), last, np.where(left, (now == 1) & (before == 0), np.nan)

    svy, table, states, step, (*of, fell) = seen_states(svy, by, names, step, read=read)
    of = dict(zip((_LEFT, _OUT, _LAST), of, strict=True))
    if not of[_LEFT].any():
        states.refuse_unseen(
            "No household was seen to leave poverty and then again.", "argument step", step,
            (lambda states, one: ~np.isnan(states(0) + states(-one)) & states.left_by(-one), "step={}"),
        )  # fmt: skip
    # All rows, which make the design, and copies of those that another denominator counts too.
    first, *more = of.values()
    rows = np.concatenate([np.arange(len(table)), *map(np.flatnonzero, more)])
    number = np.repeat(range(len(of)), [len(table), *(one.sum() for one in more)]).astype(float)
    number[: len(table)][~first] = np.nan
    found = share_in(svy, table.take(rows), number, fell[rows], by, "denominator", names[0])
    idle = sum(svy.rows.many(~one, svy.rows.counts) for one in more)
    found = replace(found, dropped=found.dropped + idle)
    words = np.take(list(of), found.table["denominator"].astype(int))
    return replace(found, table=found.table.assign(term="relapse rate", denominator=words))


def _asked(number, name="step"):
    """A number of time that was asked for, if one was."""
    if number is not None:
        need_whole(name, number)
    return None if number is None else int(number)
