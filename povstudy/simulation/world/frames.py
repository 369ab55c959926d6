"""What is seen: the panel of the survey, the register, the programmes, as tables."""

from functools import cache

import numpy as np
import pandas as pd

from . import mechanisms as ways
from .people import BLOCK, CAUSES, HOUSEHOLDS, MEASURES, NEVER, REGIONS, exp

_F = np.float32
_ASSESSORS = ("cadre", "third_party")
_PATHWAYS = ("none", "contract", "collaboration")
_SHOCKS = ("none", "illness", "disaster", "price")


def _words(codes, words):
    return pd.Categorical.from_codes(np.asarray(codes, np.int8), dtype=_dtype(words))


@cache
def _dtype(words):
    """Checking the words of a category costs more than the codes of a block."""
    return pd.CategoricalDtype(list(words))


def _years(values, known, first):
    """Calendar years, missing where there is none."""
    return pd.arrays.IntegerArray(np.where(known, values + first, 0).astype(np.int16), ~known)


def _households(block, rows, slot, year):
    """Columns that the panel and the register share; ``slot`` is -1 for who is in no list."""
    folk, first, village = block.folk, block.scenario.first_year, rows // HOUSEHOLDS
    listed, inside = block.listed[rows], slot >= 0
    at = np.maximum(slot, 0)
    run = block.actual
    approach = np.where(inside, run.approach[year, at], 0)
    social = listed & block.third[village]
    measure = np.stack(block.measures)[approach, at]
    left = np.where(inside, run.left[at], -1)
    path = np.where(np.isin(approach, (2, 3)), 1 + block.collaboration[village], 0)
    return {
        "household_id": block.key[2] * BLOCK + rows,
        "wave": year + 1,
        "year": first + year,
        **{name: block.where.codes[name][village] for name in ("province", "county", "village")},
        "region": _words(block.where.region[village], REGIONS),
        "size": folk.size[rows],
        "approach": _words(approach, ways.APPROACHES),
        "pathway": _words(path, _PATHWAYS),
        "start_admin": _years(
            block.starts[0][village], listed & (block.starts[0][village] < NEVER), first
        ),
        "start_social_work": _years(
            block.starts[1][village], social & (block.starts[1][village] < NEVER), first
        ),
        "exit_year": _years(left, left >= 0, first),
        "cause": _words(folk.cause[rows], CAUSES),
        "measure": _words(np.where(approach > 0, measure, MEASURES.index("none")), MEASURES),
        "assessor": _words(block.third[village], _ASSESSORS),
        "listed": inside & run.listed[year, at],
        "helped": inside & run.helped[year, at],
    }


def panel_frame(block, asked):
    """Table of the survey.

    Parameters
    ----------
    block : Block
        As simulated.
    asked : Sample
        Who is asked, when.

    Returns
    -------
    DataFrame
        A row for each household and wave, in the order of waves.
    """
    scenario, folk = block.scenario, block.folk
    rows = np.concatenate(asked.rows)
    year = np.repeat(np.arange(block.years), [len(one) for one in asked.rows])
    slots = np.full(block.count, -1)
    slots[block.chosen] = np.arange(len(block.chosen))
    slot = slots[rows]
    inside, at, village = slot >= 0, np.maximum(slot, 0), rows // HOUSEHOLDS
    run = block.actual
    own = np.where(inside, run.own[year, at], block.own[year, rows])
    helped = inside & run.helped[year, at]
    transfer = _F(scenario.other_transfer) + _F(scenario.transfer) * helped
    true = np.where(inside, run.income[year, at], own + transfer)
    rng = block.rng("survey").spawn(1)[0]
    noise = exp(_F(scenario.survey_noise) * rng.standard_normal(len(rows), _F))
    # Help changes labour income alone where it changes work.
    able = folk.able[rows] > 0
    worked = 1 + _F(scenario.work_response) * (helped & able)
    farm = folk.farm[rows]
    farm = farm / (farm + (1 - farm) * worked)
    had = np.where(inside, run.had[year, at], 0)
    gained = ways.capacities(
        scenario, np.where(inside, run.approach[year, at], 0), had,
        np.where(inside, run.since[year, at], 0),
    )  # fmt: skip
    price = block.lost.price[year, block.where.county[village]]
    shock = np.select(
        [block.lost.ill[year, rows] > 0, block.lost.disaster[year, village], price < -scenario.price_sd],
        [1, 2, 3], 0,
    )  # fmt: skip
    common = _households(block, rows, slot, year)
    frame = common | {
        "stratum": asked.stratum[village],
        "psu": common["village"],
        "weight": np.concatenate(asked.weights),
        "income": true * noise,
        "labour_income": own * (1 - farm) * noise,
        "farm_income": own * farm * noise,
        "transfer_income": transfer * noise,
        "poor": true * noise < _F(scenario.line),
        "income_true": true,
        "able": folk.able[rows],
        "schooling": folk.schooling[rows],
        "illness": folk.ill[rows],
        "migrant": folk.migrant[rows],
        "assets": folk.assets[rows] + _F(scenario.asset_gain) * gained,
        "self_efficacy": folk.efficacy[rows] + _F(scenario.efficacy_gain) * gained,
        "shock": _words(shock, _SHOCKS),
        "listed_by_cadre": block.lists[0][rows],
        "listed_by_third_party": block.lists[1][rows],
        "lasting_poor_true": block.poor[rows],
        "complaint": inside & block.complaints()[year, at],
        "series": _words(np.zeros(len(rows)), ("survey",)),
    }
    return _small(frame)


def register_frame(block):
    """Table of the register.

    Parameters
    ----------
    block : Block
        As simulated.

    Returns
    -------
    DataFrame
        A row for each household on the list of the first year, and year. ``income`` is what
        was reported; ``relapsed`` a fall that was seen.
    """
    slot = np.flatnonzero(block.listed[block.chosen])
    year = np.repeat(np.arange(block.years), len(slot))
    slot = np.tile(slot, block.years)
    run, scenario = block.actual, block.scenario
    reported = run.reported[year, slot]
    frame = _households(block, block.chosen[slot], slot, year) | {
        "income": reported,
        "transfer_income": _F(scenario.other_transfer)
        + _F(scenario.transfer) * run.helped[year, slot],
        "poor": reported < _F(scenario.line),
        "relapsed": run.relapsed[year, slot],
        "deadline": scenario.first_year + block.where.deadline[block.village[slot]],
        "income_true": run.income[year, slot],
        "series": _words(np.zeros(len(slot)), ("register",)),
    }
    return _small(frame)


def programmes_frame(block):
    """Table of what was done and spent.

    Parameters
    ----------
    block : Block
        As simulated.

    Returns
    -------
    DataFrame
        ``programme agency pathway place year start end amount_yuan workers cases sessions
        activities households persons person_times bound kind outside_yuan``: a row for each
        village, year and kind of help; households and persons are those helped in that year.
        Spending is the same for every kind.
    """
    scenario, rng = block.scenario, block.rng("agency")
    states, run = block.states[0], block.actual
    households, persons = (
        np.stack(
            [np.bincount(block.village, row * size, len(block.starts[0])) for row in run.helped]
        )
        for size in (1, block.folk.size[block.chosen])
    )
    parts = []
    for kind, approaches in (("resident_team", (1, 3)), ("social_work", (2, 3))):
        year, village = np.nonzero(np.isin(states, approaches))
        approach = states[year, village]
        part = np.where(approach == 3, 0.5, 1.0)
        each = scenario.cost_worker if kind == "social_work" else scenario.cost_cadre
        workers = part * scenario.budget / (each or type(scenario).cost_worker)
        contract, social = ~block.collaboration[village], kind == "social_work"
        path = np.where(contract, 1, 2) if social else np.zeros(len(year))
        done = ways.activities(rng, scenario, workers * social, contract)
        start = block.starts[int(social)][village] + scenario.first_year
        parts.append(pd.DataFrame({
            "programme": _words(np.full(len(year), int(social)), ("resident_team", "social_work")),
            "agency": block.where.codes["county"][village],
            "pathway": _words(path, _PATHWAYS),
            "place": block.where.codes["village"][village],
            "year": year + scenario.first_year,
            "start": start,
            "end": scenario.first_year + block.years - 1,
            "amount_yuan": workers * each,
            "workers": workers,
            **{name: values for name, values in done.items() if name != "person_times"},
            "households": households[year, village].astype(int),
            "persons": persons[year, village].astype(int),
            "person_times": done["person_times"],
            "bound": _words(np.zeros(len(year)), ("exact",)),
            "kind": _words(np.zeros(len(year)), ("output",)),
            "outside_yuan": social * part * scenario.outside_inflow * households[year, village],
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _small(frame):
    """Numbers no wider than they need be."""
    for name, values in frame.items():
        kind = getattr(values, "dtype", None)
        if kind == np.float64:
            frame[name] = values.astype(_F)
        elif kind == np.int64:
            frame[name] = values.astype(np.int32)
    return pd.DataFrame(frame, copy=False)
