"""How near effects on counts come to a known ratio, and how often their intervals hold it.

    .venv/bin/python benchmarks/counts_coverage.py    # writes counts_coverage.csv beside itself

Each draw is 2,000 households in 100 villages over six years. The counts (visits of helpers, or
complaints) are overdispersed: households and villages differ for good, villages have luck of each
year, and many rows are 0. A third of the villages is never helped; the others start in 2014 or
2015, half of them by each arm. Help makes the mean 0.7 times what it would be (administrative)
and 0.5 times (social work), whatever the level. Villages with more need are helped more often,
so that levels differ from the start. In the way *exposure* counts rise with the workers of a
row, whose number changes by itself. In the way *covariates* need makes counts grow, so that the
plain ratio would be wrong. The table is that of `known_truth.judged`; truth and bias are
logarithms of ratios.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from known_truth import main

import povstudy as ps

FILE = Path(__file__).with_suffix(".csv")
TRUTH = {"administrative": np.log(0.7), "social_work": np.log(0.5)}


def world(seed, villages=100, households=20, growth=0.0):
    """A panel of counts.

    Parameters
    ----------
    seed : int or tuple of int
    villages, households : int
        Villages, and households in each.
    growth : float
        By how much need makes counts grow in a year.

    Returns
    -------
    DataFrame
    """
    rng, years = np.random.default_rng(seed), np.arange(2012, 2018)
    n = villages * households
    village = np.repeat(np.arange(villages), households)
    kind = rng.permutation(villages) % 6  # of a village: two are never helped
    start = np.array([np.inf, np.inf, 2014, 2015, 2014, 2015])[kind][village]
    social = (kind >= 4)[village]
    need = rng.normal(size=n) + np.where(np.isfinite(start), 0.4, 0.0)
    level = 0.5 * need + 0.3 * rng.normal(size=villages)[village]
    luck = rng.gamma(25, 1 / 25, (villages, len(years)))[village]  # of a village in a year
    own = rng.gamma(2, 1 / 2, (n, len(years)))  # of a household in a year
    workers = rng.integers(1, 5, (n, len(years)))
    since = years - start[:, None]
    effect = np.where(social, TRUTH["social_work"], TRUTH["administrative"])[:, None] * (since >= 0)
    mean = np.exp(-0.8 + level[:, None] + (0.05 + growth * need[:, None]) * (years - 2012) + effect)
    table = pd.DataFrame({
        "household_id": np.repeat(np.arange(n), len(years)), "year": np.tile(years, n),
        "village": np.repeat(village, len(years)), "need": np.repeat(need, len(years)),
        "workers": workers.ravel(), "visits": rng.poisson(mean * luck * own * workers).ravel(),
        "complaints": rng.poisson(mean * luck * own).ravel(),
    })  # fmt: skip
    start = np.where(np.isfinite(start), start, np.nan)
    for name, here in (("start_admin", ~social), ("start_social_work", social)):
        table[name] = np.repeat(np.where(here, start, np.nan), len(years))
    return table


def draw(seed):
    """Estimates and intervals of one draw."""
    made, plain, grown = [], world(seed), world(seed, growth=0.1)
    for way, table, outcome, options in (
        ("plain", plain, "complaints", {}), ("exposure", plain, "visits", {"exposure": "workers"}),
        ("covariates", grown, "complaints", {"covariates": ["need"]}),
    ):  # fmt: skip
        eff = ps.compare(table, outcome, "village", link="log", **options)
        step = eff.contrast("social_work", "administrative").tidy()
        found = pd.concat([eff.tidy(), step], ignore_index=True)
        truth = [*TRUTH.values(), TRUTH["social_work"] - TRUTH["administrative"]]
        made.append(found.assign(way=way, term=found["arm"], truth=truth))
    columns = ["way", "term", "estimate", "std_error", "ci_low", "ci_high", "truth"]
    return pd.concat(made, ignore_index=True)[columns]


if __name__ == "__main__":
    main(draw, FILE, __doc__)
