"""How near rates of small places come to the truth, and how often their intervals hold it.

    .venv/bin/python benchmarks/areas_coverage.py    # writes areas_coverage.csv beside itself

Each draw is a province of 40 counties whose rates follow a covariate of the register, with a
spread of their own of 3 points. ``errors known``: direct estimates are normal with known errors.
Otherwise villages of 15 households are drawn in each county, the share that is poor differs
between villages, and the error of each county is estimated from its villages.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from known_truth import main
from scipy import stats

import povstudy as ps

FILE = Path(__file__).with_suffix(".csv")
COUNTIES, HOUSEHOLDS, SPREAD, APART = 40, 15, 0.03, 0.08


def direct_of(rng, rate, villages):
    """Direct estimates of counties from villages, with the errors that these give."""
    own = np.clip(rate[:, None] + APART * rng.standard_normal((COUNTIES, villages.max())), 0, 1)
    share = rng.binomial(HOUSEHOLDS, own) / HOUSEHOLDS
    there = np.arange(villages.max()) < villages[:, None]
    mean = np.where(there, share, 0).sum(axis=1) / villages
    squares = np.where(there, (share - mean[:, None]) ** 2, 0).sum(axis=1)
    return mean, np.sqrt(squares / (villages - 1) / villages)


def draw(seed):
    """Estimates of one province, by what is known of the errors."""
    rng, parts = np.random.default_rng(seed), []
    register = rng.uniform(0.05, 0.35, COUNTIES)
    rate = 0.05 + 0.8 * register + SPREAD * rng.standard_normal(COUNTIES)
    areas = pd.DataFrame({"county": range(COUNTIES), "register": register,
                          "persons": rng.integers(50, 400, COUNTIES)})  # fmt: skip
    for way, low, high in (
        ("errors known", 0, 0),
        ("8 to 20 villages", 8, 20),
        ("3 to 5 villages", 3, 5),
    ):
        if high:
            villages = rng.integers(low, high + 1, COUNTIES)
            found, error = direct_of(rng, rate, villages)
            df = villages - 1.0
        else:
            error, df = rng.uniform(0.02, 0.08, COUNTIES), np.full(COUNTIES, np.inf)
            found = rate + error * rng.standard_normal(COUNTIES)
        reach = stats.t.ppf(0.975, df)
        table = areas[["county"]].assign(estimate=found, std_error=error, df=df)
        asked = {"direct": None, "Fay-Herriot": {}, "by REML": {"method": "REML"},
                 "benchmarked": {"persons": "persons"}}  # fmt: skip
        for term, how in asked.items():
            made = table.assign(ci_low=found - reach * error, ci_high=found + reach * error)
            if how is not None:
                made = ps.fay_herriot(table, "register", areas, **how).tidy()
            parts.append(made[["estimate", "std_error", "ci_low", "ci_high"]].assign(
                way=way, term=term, truth=rate))  # fmt: skip
    return pd.concat(parts)


if __name__ == "__main__":
    main(draw, FILE, __doc__)
