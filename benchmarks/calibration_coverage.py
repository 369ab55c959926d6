"""How near estimates by calibrated weights come to a known population, and what they gain.

    .venv/bin/python benchmarks/calibration_coverage.py    # writes calibration_coverage.csv beside itself

The population is fixed: 24,000 households of 300 villages in three strata; income hangs on
schooling, on land, and on the village. Each draw takes 15 villages of each stratum and 12
households of each village; those without schooling answer less often (in eight of ten cases, the
others in all), which the weights do not know. The totals of schooling and of land are known. The
table holds, for each way, headcount and mean income: the truth, the mean of the estimates, their
bias and spread, the mean standard error, and the share of 95 % intervals that hold the truth;
``plain errors`` are those of calibrated weights that are taken for ordinary ones.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from known_truth import all_draws, judged, main

import povstudy as ps

FILE = Path(__file__).with_suffix(".csv")
LINE, STRATA, VILLAGES, HOUSEHOLDS = 2300, 3, 100, 80
WAYS = ("raking", "linear")


@cache
def population():
    """Households, and their known totals."""
    rng, villages = np.random.default_rng(7), STRATA * VILLAGES
    village = np.repeat(np.arange(villages), HOUSEHOLDS)
    stratum = village // VILLAGES
    level = rng.normal(0, 0.15, villages)[village] + 0.15 * stratum
    school = rng.binomial(
        2, np.clip(0.35 + 0.1 * stratum + rng.normal(0, 0.05, villages)[village], 0, 1)
    )
    land = rng.gamma(3, 2, len(village))
    income = np.exp(7.25 + level + 0.35 * school + 0.05 * land + rng.normal(0, 0.45, len(village)))
    table = pd.DataFrame({"village": village, "stratum": stratum, "school": school, "land": land,
                          "income": income, "poor": income < LINE})  # fmt: skip
    return table, {"school": table["school"].value_counts(), "land": land.sum()}


def measures(svy):
    """Headcount and mean income."""
    return ps.mean(svy, ["poor", "income"]).tidy()


@cache
def truth():
    """Measures of the whole population."""
    return measures(ps.Survey(population()[0]))["estimate"].to_numpy()


def draw(seed, count=15, taken=12):
    """Estimates of one sample, by each way."""
    rng, (table, totals) = np.random.default_rng(seed), population()
    here = [h * VILLAGES + rng.choice(VILLAGES, count, replace=False) for h in range(STRATA)]
    rows = [
        one * HOUSEHOLDS + rng.choice(HOUSEHOLDS, taken, replace=False)
        for one in np.concatenate(here)
    ]
    sample = table.iloc[np.concatenate(rows)]
    answers = rng.random(len(sample)) < np.where(sample["school"] == 0, 0.8, 1.0)
    sample = sample[answers].assign(w=VILLAGES / count * HOUSEHOLDS / taken)
    design = {"strata": "stratum", "psu": "village"}
    svy = ps.Survey(sample, weight="w", **design)
    made = {"not calibrated": svy} | {way: svy.calibrate(totals, way) for way in WAYS}
    raked = made["raking"]
    made["raking, plain errors"] = ps.Survey(raked.data, weight="w calibrated", **design)
    return pd.concat([measures(one).assign(way=way, truth=truth()) for way, one in made.items()])


def coverage(count=1_000, seed=1, workers=2):
    """Bias and coverage of each way and measure.

    Parameters
    ----------
    count, seed, workers : int

    Returns
    -------
    DataFrame
    """
    return judged(all_draws(draw, count, seed, workers))


if __name__ == "__main__":
    main(draw, FILE, __doc__)
