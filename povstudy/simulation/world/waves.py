"""The survey: two stages, weights, rotation, attrition, and income measured with error.

Counties are strata and villages the sampling units. Within a village, households are put into
a random order; a wave takes a window of it that moves on by the rotation. Weights are the
inverse of the chances, spread over who is lost within a village, and over the villages of a
stratum that lost everybody. Who moves into the window may have been in it before.
"""

from dataclasses import dataclass

import numpy as np

from .people import HOUSEHOLDS, IN_COUNTY

_F = np.float32


@dataclass(frozen=True)
class Sample:
    """Who is asked in each wave.

    Attributes
    ----------
    rows : list of ndarray
        Positions of the households, for each wave.
    weights : list of ndarray
        Households that each stands for.
    stratum : ndarray
        Code of the stratum of each village: its county; a county cut to one village joins the
        one before.
    """

    rows: list
    weights: list
    stratum: np.ndarray


def sample(rng, scenario, where, migrant, years):
    """Draw villages, households, and who is lost.

    Parameters
    ----------
    rng : Generator
        Stream ``survey``.
    scenario : Scenario
        Active.
    where : Places
        Villages.
    migrant : ndarray of bool
        Households with a migrant are lost twice as often.
    years : int
        A wave each.

    Returns
    -------
    Sample
    """
    villages = len(where.county)
    stratum = where.codes["county"].copy()
    if villages > IN_COUNTY and villages % IN_COUNTY == 1:
        stratum[-1] = stratum[-2]
    lot, order = rng.random(villages), rng.random((villages, HOUSEHOLDS)).argsort(axis=1)
    asked = scenario.sample_households
    chosen, chance = _villages(lot, stratum, scenario.sample_villages)
    spot = order[chosen]  # place of each household in the order of its village
    risk = np.where(migrant, 2 * scenario.attrition, scenario.attrition).reshape(-1, HOUSEHOLDS)
    here, seen = np.ones(spot.shape, bool), np.zeros(spot.shape, bool)
    codes = np.unique(stratum[chosen], return_inverse=True)[1]
    rows, weights = [], []
    for year in range(years):
        start = round(year * scenario.rotation * asked)
        here &= ~(seen & (rng.random(spot.shape, _F) < risk[chosen]))  # who was asked may be lost
        seen = ((spot - start) % HOUSEHOLDS < asked) & here
        count = seen.sum(axis=1)
        drawn, answer = np.bincount(codes), np.bincount(codes, count > 0)
        village, place = np.nonzero(seen)
        rows.append(chosen[village] * HOUSEHOLDS + place)
        share = (answer / drawn)[codes[village]] * chance[village]
        weights.append(HOUSEHOLDS / (count[village] * share))
    return Sample(rows, weights, stratum)


def _villages(lot, stratum, wanted):
    """Villages with the smallest lots of each stratum, and their chance."""
    chosen, chance = [], []
    for code in np.unique(stratum):
        inside = np.flatnonzero(stratum == code)
        drawn = np.sort(inside[np.argsort(lot[inside], kind="stable")[:wanted]])
        chosen.append(drawn)
        chance.append(np.full(len(drawn), len(drawn) / len(inside)))
    return np.concatenate(chosen), np.concatenate(chance)
