"""The register: who is on the list, what is reported, who leaves, which falls are seen.

It knows reported income alone. In the deadline year of a county reports move just above the
line and all above it leave (claim X8); help ends with the exit (D4); a household that falls
below the line afterwards comes back on the list if the fall is seen.
"""

from dataclasses import dataclass

import numpy as np

from .people import exp

_F = np.float32
_MARGIN = 0.05  # of the line, within which moved reports lie
_REACH = 0.6  # of the line, from which on a report can be moved


@dataclass(frozen=True)
class Draws:
    """Random numbers of the register, years x households.

    Attributes
    ----------
    report : ndarray
        Factors of true income in reports.
    leave, move, see, complain : ndarray of float32
        Uniform: leaving after a check, moving a report, seeing a fall, complaining.
    """

    report: np.ndarray
    leave: np.ndarray
    move: np.ndarray
    see: np.ndarray
    complain: np.ndarray


def register_draws(rng, scenario, years, count, chosen):
    """Draw for all households and keep those that were chosen.

    Parameters
    ----------
    rng : Generator
        Stream ``register``.
    scenario : Scenario
        Active.
    years, count : int
        Years, households.
    chosen : ndarray of int
        Positions of households that are kept.

    Returns
    -------
    Draws
    """
    kept = np.empty((5, years, len(chosen)), _F)
    for year in range(years):
        kept[0, year] = rng.standard_normal(count, _F)[chosen]
        for row in range(1, 5):
            kept[row, year] = rng.integers(0, 65536, count, np.uint16)[chosen]
    kept[0] *= _F(scenario.register_noise)
    exp(kept[0], out=kept[0])
    kept[1:] += _F(0.5)
    kept[1:] /= _F(65536)
    return Draws(*kept)


@dataclass(frozen=True)
class Followed:
    """Households on the list, or poor, through the years; arrays are years x households.

    Attributes
    ----------
    listed, helped : ndarray of bool
        On the list at the start of the year; got help in it.
    approach : ndarray of int
        Last help had, index into ``APPROACHES``; 0 before any.
    own, income, reported : ndarray
        True own income, true income, reported income, in yuan per person.
    moved, relapsed : ndarray of bool
        The report was moved above the line; the register saw a fall after exit.
    since, had : ndarray of int
        Years since withdrawal; years of help had.
    visited : ndarray of bool
        Accompanied in it, after an exit from help.
    left : ndarray of int, households
        Year of the first exit, from 0; -1 for none.
    """

    listed: np.ndarray
    helped: np.ndarray
    approach: np.ndarray
    own: np.ndarray
    income: np.ndarray
    reported: np.ndarray
    moved: np.ndarray
    relapsed: np.ndarray
    since: np.ndarray
    had: np.ndarray
    visited: np.ndarray
    left: np.ndarray


def follow(scenario, own, states, effects, on_list, deadline, third_party, draws, accompaniment=0):
    """Follow households year by year: help, income, report, exit, fall, return.

    With accompaniment (A4, D4) a helper keeps visiting for some years after an exit from help:
    what stays does not fade in these years, and of true falls ``accompaniment_detection`` are
    seen, where that is more than the register sees.

    Parameters
    ----------
    scenario : Scenario
        Active.
    own : ndarray, years x households
        True own income without help.
    states : ndarray of int, years x households
        Help in the village, index into ``APPROACHES``.
    effects : tuple of ndarray, approaches x households
        Change of log own income while helped, and in the year after withdrawal.
    on_list : ndarray of bool
        Listed in the first year.
    deadline : ndarray of int
        Deadline of the county.
    third_party : ndarray of bool
        A third party assesses.
    draws : Draws
        Random numbers.
    accompaniment : int
        Years after each exit.

    Returns
    -------
    Followed
    """
    years, count = own.shape
    line = _F(scenario.line)
    out = {
        name: np.zeros((years, count), bool)
        for name in ("listed", "helped", "moved", "relapsed", "visited")
    }
    out |= {name: np.zeros((years, count), np.int8) for name in ("approach", "since", "had")}
    out |= {name: np.empty((years, count), _F) for name in ("own", "income", "reported")}
    bunching = np.where(third_party, 1 - scenario.third_party_bar, 1) * scenario.bunching
    push = scenario.exit_check + (1 - scenario.exit_check) * scenario.deadline_push
    now, last = on_list.copy(), np.zeros(count, np.int8)
    since, had = np.zeros(count, np.int8), np.zeros(count, np.int8)
    left = np.full(count, -1, np.int16)
    stays = np.zeros(count, _F)
    fade, detection = _F(1 - scenario.fade), _F(scenario.detection)
    watched = max(detection, _F(scenario.accompaniment_detection))
    for year in range(years):
        helped = now & (states[year] > 0)
        last = np.where(helped, states[year], last).astype(np.int8)
        change = np.where(now, _F(0), stays)
        at = np.flatnonzero(helped)
        change[at] = effects[0][last[at], at]
        income = own[year] * exp(change)
        out["own"][year] = income
        income = income + (_F(scenario.other_transfer) + _F(scenario.transfer) * helped)
        had += helped
        honest = income * draws.report[year]
        due = deadline == year
        moved = due & now & (honest < line) & (honest >= _REACH * line)
        moved &= draws.move[year] < bunching
        report = np.where(moved, line * (1 + _MARGIN * draws.move[year]), honest)
        chance = np.where(due, push, scenario.exit_check)
        leaves = now & (report >= line) & ((draws.leave[year] < chance) | moved) & (year > 0)
        visited = ~now & (left >= 0) & (had > 0) & (since < accompaniment)
        seen = ~now & (left >= 0) & (income < line)
        seen &= draws.see[year] < np.where(visited, watched, detection)
        for name, value in (
            ("listed", now), ("helped", helped), ("approach", last), ("income", income),
            ("reported", report), ("moved", moved), ("relapsed", seen), ("had", had),
            ("since", since), ("visited", visited),
        ):  # fmt: skip
            out[name][year] = value
        since = np.where(~now & (left >= 0), since + 1, 0).astype(np.int8)
        stays *= np.where(now | visited, _F(1), fade)
        at = np.flatnonzero(leaves)
        stays[at] = effects[1][last[at], at]
        left = np.where(leaves & (left < 0), year, left).astype(np.int16)
        now = (now & ~leaves) | seen
    return Followed(left=left, **out)
