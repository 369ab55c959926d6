"""Places and households: fictional provinces of ten counties, ten townships, ten villages.

A block is a province: 1,000 villages of 50 households. Its codes begin with 9 and name no real
place. Each mechanism draws from a stream of its own, so that to switch one off leaves the
random numbers of the others as they are.
"""

from dataclasses import dataclass

import numpy as np

# of a village, township, county, province
HOUSEHOLDS, VILLAGES, TOWNSHIPS, COUNTIES = 50, 10, 10, 10
IN_COUNTY = VILLAGES * TOWNSHIPS  # villages
BLOCK = HOUSEHOLDS * IN_COUNTY * COUNTIES  # households
NEVER = 10_000  # start year of what never starts
STREAMS = ("places", "people", "income", "shocks", "listing", "help", "register", "survey", "agency",
           "audit")  # fmt: skip
REGION_STEP = 0.1  # log points between plain, hill and mountain counties
REGIONS = ("plain", "hill", "mountain")
CAUSES = ("illness", "schooling", "labour", "disaster", "skills", "funds")
MEASURES = ("medical", "school", "job", "rebuilding", "training", "industry", "relocation", "none")


def stream(seed, replication, block, name):
    """Random numbers of one mechanism in one block.

    Parameters
    ----------
    seed, replication, block : int
        Of the simulation.
    name : str
        One of ``STREAMS``.

    Returns
    -------
    numpy.random.Generator

    Examples
    --------
    >>> from povstudy.simulation.world.people import stream
    >>> stream(1, 0, 0, "income").random() == stream(1, 0, 0, "income").random()
    True
    """
    key = (replication, block, STREAMS.index(name))
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))


def spread(values):
    """Give each household what its village has."""
    return np.repeat(values, HOUSEHOLDS)


def exp(values, out=None):
    """Exponential of single numbers, in double precision and rounded once.

    Processors differ in the last digit of single ones, and households near a line with it.

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.simulation.world.people import exp
    >>> exp(np.array([0, 1], np.float32))
    array([1.       , 2.7182817], dtype=float32)
    """
    out = np.empty_like(values) if out is None else out
    return np.exp(values, out=out, dtype=np.float64, casting="same_kind")


@dataclass(frozen=True)
class Places:
    """Villages of a block; arrays with a value for each village.

    Attributes
    ----------
    county : ndarray of int
        Number of the county in the province.
    region : ndarray of int
        Index into ``REGIONS``.
    effect : ndarray
        Difference of log income from the usual.
    revenue : ndarray
        Own revenue of the county, 1 where usual.
    deadline : ndarray of int
        Year of the deadline of the county, from 0.
    codes : dict of ndarray
        ``province county village`` as codes.
    """

    county: np.ndarray
    region: np.ndarray
    effect: np.ndarray
    revenue: np.ndarray
    deadline: np.ndarray
    codes: dict


def places(rng, scenario, block, villages):
    """Make the villages of a block.

    Parameters
    ----------
    rng : Generator
        Stream ``places``.
    scenario : Scenario
        Active.
    block : int
        Number of the province.
    villages : int
        How many, at most 1,000.

    Returns
    -------
    Places
    """
    county = np.arange(COUNTIES * IN_COUNTY) // IN_COUNTY
    region = rng.integers(0, len(REGIONS), COUNTIES)
    own = scenario.county_sd * rng.standard_normal(COUNTIES) - REGION_STEP * (region - 1)
    effect = scenario.village_sd * rng.standard_normal(len(county)) + own[county]
    revenue = np.exp(scenario.revenue_sd * rng.standard_normal(COUNTIES))
    deadline = scenario.first_deadline + rng.integers(0, scenario.deadline_span, COUNTIES)
    code = (90_000 + block) * COUNTIES + county
    number = np.arange(len(county)) % IN_COUNTY
    codes = {
        "province": np.full(villages, 90_000 + block, np.int32),
        "county": code[:villages].astype(np.int32),
        "village": (code * IN_COUNTY + number)[:villages].astype(np.int32),
    }
    county = county[:villages]
    return Places(
        county, region[county], effect[:villages], revenue[county], deadline[county], codes
    )


@dataclass(frozen=True)
class People:
    """Households of a block; arrays with a value for each household.

    Attributes
    ----------
    size, able, schooling : ndarray of int
        Members; members able to work; years of schooling of the best schooled.
    ill, migrant : ndarray of bool
        Chronic illness; a migrant worker.
    assets, efficacy : ndarray
        Assets and self-efficacy before any help, in standard deviations.
    level : ndarray
        Lasting log own income in the first year, without permanent shocks.
    farm : ndarray
        Share of own income from the farm.
    cause : ndarray of int
        Index into ``CAUSES``: what keeps it poor, if it is poor.
    """

    size: np.ndarray
    able: np.ndarray
    schooling: np.ndarray
    ill: np.ndarray
    migrant: np.ndarray
    assets: np.ndarray
    efficacy: np.ndarray
    level: np.ndarray
    farm: np.ndarray
    cause: np.ndarray


def people(rng, scenario, where):
    """Make the households of some villages.

    Parameters
    ----------
    rng : Generator
        Stream ``people``.
    scenario : Scenario
        Active.
    where : Places
        Their villages.

    Returns
    -------
    People
    """
    count = HOUSEHOLDS * len(where.county)
    size = _pick(rng, count, (1, 2, 3, 4, 5, 6, 7), (0.06, 0.17, 0.24, 0.26, 0.15, 0.08, 0.04))
    able = np.minimum(_pick(rng, count, (0, 1, 2, 3, 4), (0.10, 0.17, 0.45, 0.18, 0.10)), size)
    schooling = _pick(rng, count, (0, 3, 6, 9, 12, 15), (0.06, 0.14, 0.30, 0.37, 0.10, 0.03))
    ill = rng.random(count, np.float32) < scenario.illness_share
    migrant = (rng.random(count, np.float32) < scenario.migrant_share) & (able > 0)
    assets = rng.standard_normal(count, np.float32)
    efficacy = 0.3 * assets + np.float32(0.9539) * rng.standard_normal(count, np.float32)
    level = rng.standard_normal(count, np.float32)
    level *= scenario.household_sd
    level += np.float32(np.log(scenario.median_income))
    level += scenario.schooling_return * (schooling - np.float32(7))
    level += scenario.labour_return * (able / size.astype(np.float32) - np.float32(0.55))
    level += scenario.no_labour_effect * (able == 0)
    level += scenario.illness_effect * ill + scenario.migrant_effect * migrant
    level += scenario.asset_effect * assets + scenario.efficacy_effect * efficacy
    level += spread(where.effect.astype(np.float32))
    farm = np.float32(scenario.farm_share) * np.where(migrant, np.float32(0.5), np.float32(1))
    cause = _pick(rng, count, (1, 3, 4, 5), (0.15, 0.10, 0.40, 0.35))
    cause[able == 0] = CAUSES.index("labour")
    cause[ill] = CAUSES.index("illness")
    return People(size, able, schooling, ill, migrant, assets, efficacy, level, farm, cause)


def _pick(rng, count, values, shares):
    """Draw from a short list, to 1/256, by one byte each."""
    ends = np.round(256 * np.cumsum(shares)).astype(int)
    table = np.repeat(np.array(values, np.int8), np.diff(ends, prepend=0))
    return table[rng.integers(0, 256, count, np.uint8)]
