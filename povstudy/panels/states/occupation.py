"""In which state households are so many periods after a start (Aalen and Johansen)."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ...base.columns import need_numbers
from ...base.errors import DataError
from ...survey.estimates import Estimates, by_replicates
from ...survey.linear import domain_names
from ...survey.survey import refuse_results
from ..households import surveyed
from .seen import paired, seen_states

_TAKEN = ("term", "state", "period", "cell", "from", "to", "pair_")


def state_occupation(panel, start, states="state", by=None, *, step=None, since=None,
                     household="household_id", time="year"):  # fmt: skip
    """Estimate the chance to be in each state so many periods after a start.

    Parameters
    ----------
    panel : Survey or table
        As for `transitions`.
    start : str or number
        The state in which the clock starts: in the period in which a household was first seen in
        it, having been seen in another in the period before.
    states : str or dict
        The states, as for `transitions`.
    by : str or list of str, optional
        Columns of domains, as they are in the first row of the household that counts.
    step : int, optional
        Time from one period to the next; without it that of the waves.
    since : str, optional
        Column of the first period in the state of the start, where it is known from elsewhere;
        missing where it is not. A household that is first seen later counts from then on
        (delayed entry).
    household, time : str
        Columns of the household and the period.

    Returns
    -------
    Estimates
        The term ``share`` for each domain, ``state`` and ``period`` (of the clock), which add up
        to one; ``n`` and ``population`` are pairs of rows, and their weights, that are seen from
        the period before to this one. ``dropped`` counts rows that are in no such pair.
        ``.contrast("period", 3, 1)`` and others know the covariances.

    Raises
    ------
    DataError
        If nobody was seen to come into the state, or to be followed from there.

    Notes
    -----
    P(k) = P(0) (I + dA(1)) ... (I + dA(k)): in each period the share of those in a state that
    move to each other (Aalen and Johansen 1978, in whole periods). It needs no household to be seen
    all the time: who is lost, or comes late, must be like the others in the same state at the same
    time since the start. Chances may hang on the time since the start, not on the way to the
    state (of the shares in states, not of moves, this asks less: Datta and Satten 2001). With
    ends that nobody leaves it is `cumulative_incidence`. Curves stop where nobody is seen in a
    state that can be left and somebody may be in. A row moves P(k) by its weight times the
    derivative; influences are summed by sampling unit, households where the design names none.

    References
    ----------
    Aalen, O., Johansen, S. (1978), An empirical transition matrix for non-homogeneous Markov
    chains based on censored observations, Scandinavian Journal of Statistics 5. Datta, S.,
    Satten, G. (2001), Validity of the Aalen-Johansen estimators of stage occupation probabilities
    and Nelson-Aalen estimators of integrated transition hazards for non-Markov models, Statistics
    and Probability Letters 55.

    Examples
    --------
    Two households leave the list; one is watched a year later, and off it again after two.

    >>> import pandas as pd, povstudy as ps
    >>> panel = pd.DataFrame({"household_id": [1] * 4 + [2] * 4, "year": [2018, 2019, 2020, 2021] * 2,
    ...     "status": ["listed", "left", "watched", "left", "listed", "left", "left", "left"]})
    >>> found = ps.state_occupation(panel, "left", "status").tidy()
    >>> found.query("state == 'watched'")[["period", "estimate", "n"]].values.tolist()
    [[1.0, 0.5, 2.0], [2.0, 0.0, 2.0]]
    """
    return _occupation(surveyed(panel), start, states, by, step, since, (household, time))


@by_replicates
def _occupation(svy, start, states, by, step, since, names):
    by = domain_names(by, _TAKEN)
    refuse_results(by)
    kept = list(dict.fromkeys([*by, *([] if since is None else [since])]))
    _, table, seen, step, _ = seen_states(svy, kept, (*names, None), step, states)
    if start not in seen.names:
        raise DataError("There is no such state.", where="argument start", found=start,
                        remedy=f"start={seen.names[0]!r}  # or another of {seen.names}")  # fmt: skip
    at, now, then = seen.names.index(start), seen(0), seen(step)
    before = seen(-step)
    begun = (now == at) & ~np.isnan(before) & (before != at)
    household, times = seen.of_rows
    zero = np.full(household.max() + 1, np.inf)
    if since is not None:
        told = need_numbers(since, table[since])
        np.minimum.at(zero, household, np.where(np.isnan(told), np.inf, told))
        other = np.flatnonzero(~np.isnan(told) & (told != zero[household]))
        if len(other):
            raise DataError("A household has several starts.", where=f"column {since}, household {table[names[0]].iloc[other[0]]!r}",
                            found=f"{zero[household[other[0]]]:g} and {told[other[0]]:g}",
                            remedy=f"panel[{since!r}] = panel.groupby({names[0]!r})[{since!r}].transform('min')  # the first of them")  # fmt: skip
    known = np.isfinite(zero)[household]
    own = np.full(len(zero), np.inf)
    np.minimum.at(own, household[begun], times[begun])
    zero = np.where(np.isinf(zero), own, zero)[household]
    clock = (times - zero) / step
    whole = clock == np.floor(clock)
    off = known & (~whole | ((clock == 0) & ~np.isnan(now) & (now != at)))
    if off.any():
        one = np.flatnonzero(off)[0]
        raise DataError(
            "A start lies off the grid of steps, or the household was seen in another state then.",
            where=f"column {since}, household {table[names[0]].iloc[one]!r}", found=zero[one],
            remedy=f"{since}= the first period in the state {start!r}; missing where it is not known",
        )  # fmt: skip
    pair = (clock >= 0) & whole & ~np.isnan(now + then)
    if not pair.any():
        raise DataError(f"No household was seen to come into {start!r} and to be followed from there.",
                        where="argument start", found=start, remedy=f"start= another of {seen.names}; "
                        "or since= the column that tells when it began")  # fmt: skip
    first = np.zeros(len(own), dtype=int)
    rows = np.flatnonzero((clock >= 0) & whole)
    late_first = rows[np.argsort(-times[rows], kind="stable")]
    first[household[late_first]] = late_first
    for name in by:  # a domain is one of households
        table[name] = table[name].take(first[household]).set_axis(table.index)
    table["pair_"] = np.where(pair, 1.0, np.nan)
    made = paired(svy, table, by, "pair_", names[0])
    (code, groups), weight = made.rows.codes(by), made.rows.weights
    good = pair & (code >= 0) & (weight > 0)
    there, numbers = np.unique(code[good]), (one[good].astype(int) for one in (clock, now, then))
    each = code[good], made.rows.unit_codes[good], weight[good], *numbers
    parts = [_curve(made.design, *(x[each[0] == g] for x in each[1:]), at, len(seen.names))
             for g in there]  # fmt: skip
    groups = groups.iloc[there].reset_index(drop=True)
    return _together(made, parts, groups, seen.names, int((~good).sum()))


def _curve(design, unit, weight, clock, now, then, at, size):
    """Chances by period, influences of units, and what intervals need, of one domain."""
    from scipy import sparse

    last = int(clock.max()) + 1
    cell = (clock * size + now) * size + then
    sums = np.bincount(cell, weight, last * size * size).reshape(last, size, size)
    risk = sums.sum(axis=2)
    some = risk[..., None] > 0
    moves = np.where(some, sums / np.where(some, risk[..., None], 1), np.eye(size))
    leaves = (sums.sum(axis=0) * (1 - np.eye(size))).sum(axis=1) > 0
    chance = [np.eye(size)[at]]
    for k in range(last):
        if ((chance[-1] > 0) & (risk[k] == 0) & leaves).any():
            break
        chance.append(chance[-1] @ moves[k])
    chance, last = np.array(chance), len(chance) - 1
    if not last:
        raise DataError("Nobody is seen at the start: what comes of it is not known.",
                        where="periods 0 to 1", remedy="households that were seen from the start on")  # fmt: skip
    slopes = np.zeros((last, size, size, last, size))
    for k in range(last):
        rest, scale = np.eye(size), chance[k] / np.where(risk[k] > 0, risk[k], np.inf)
        for until in range(k, last):
            rest = rest if until == k else rest @ moves[until]
            step = rest[None] - (moves[k] @ rest)[:, None]
            slopes[k, :, :, until] = scale[:, None, None] * step
    kept = clock < last
    summed = lambda cell, cells: sparse.coo_array(  # noqa: E731
        (weight[kept], (unit[kept], cell[kept])), shape=(len(design.stratum), cells)).tocsr()  # fmt: skip
    moved = summed(cell, last * size**2) @ slopes.reshape(last * size**2, -1)
    by_state = summed(clock * size + then, last * size)
    whole = by_state @ sparse.csr_array(np.kron(np.eye(last), np.ones((size, size))))
    alike = np.divide(whole.sum(axis=0) ** 2, whole.multiply(whole).sum(axis=0))
    inside = np.bincount(by_state.tocoo().col, minlength=last * size)
    other = np.bincount((whole - by_state > 1e-9 * whole.max()).tocoo().col, minlength=last * size)
    rows = np.bincount(clock[kept], minlength=last)
    lone = int(unit[0]) if (unit == unit[0]).all() and len(design.stratum) > 1 else -1
    strata = np.bincount(design.stratum[unit], minlength=len(design.units)) > 0
    return (chance[1:], moved, np.ravel(alike), np.minimum(inside, other), rows,
            risk[:last].sum(axis=1), lone, strata.astype(float))  # fmt: skip


def _together(svy, parts, groups, names, dropped):
    from scipy import sparse

    tables, size = [], len(names)
    for g, (chance, _, _, _, rows, population, *_) in enumerate(parts):
        count = len(chance)
        told = groups.iloc[np.full(count * size, g)].reset_index(drop=True)
        state = pd.Categorical.from_codes(np.tile(range(size), count), names, ordered=True)
        tables.append(told.assign(
            term="share", state=state, period=np.repeat(range(1, count + 1), size),
            estimate=chance.ravel(), n=np.repeat(rows, size), population=np.repeat(population, size)))  # fmt: skip
    table = pd.concat(tables, ignore_index=True)
    table = table[["term", *groups.columns, "state", "period", "estimate", "n", "population"]]
    of = np.repeat(range(len(parts)), [one[0].size for one in parts])
    moved = sparse.csr_array(np.hstack([one[1] for one in parts]))
    touched = sparse.csr_array(np.column_stack([one[7] for one in parts])[:, of])
    alike, near = (np.concatenate([one[i] for one in parts]) for i in (2, 3))
    lone = np.array([one[6] for one in parts])[of]
    made = Estimates(table, svy.design, svy.design.totals(moved), None, dropped, svy.status, None, touched,
                     source=svy.source, lone=lone)  # fmt: skip
    return replace(made, shares=lambda: (np.ones(len(table), dtype=bool), alike, near))
