"""How near the variety of measures comes to its true value, and how often the tests are wrong.

    .venv/bin/python benchmarks/variety_coverage.py    # writes variety_coverage.csv beside itself

Each draw is 60 villages of 20, 30 or 40 households. In the way *one size* each village prefers
some measures and not others, and half of the households get what fits their cause. The truth is
that of the shares of each village, and intervals are of the villages drawn. The terms *plain* are
without the correction of Miller and Madow. In *at random* measures are dealt out whatever the
village and the cause, in 30 villages: there the terms *rejects* are the share of draws in which a test with 99
deals has p of 0.05 or less, and their truth is 0.05.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from known_truth import main

import povstudy as ps

FILE = Path(__file__).with_suffix(".csv")
RATIO = "ratio of entropies"


def entropy(p):
    """Of shares in rows."""
    return -(p * np.log(np.maximum(p, 1e-300))).sum(axis=1)


def villages(seed, rule, places=60):
    """A register of causes and measures, and its true entropies."""
    rng = np.random.default_rng(seed)
    size = rng.choice([20, 30, 40], places)
    village = np.repeat(np.arange(places), size)
    causes = rng.dirichlet([6, 5, 4, 3], places)
    prefers = (
        rng.dirichlet([2, 2, 2, 2], places) if rule else np.tile([0.4, 0.3, 0.2, 0.1], (places, 1))
    )
    follows = 0.5 if rule else 0.0
    shares = follows * causes + (1 - follows) * prefers
    cause, own = ((rng.random((len(village), 1)) > np.cumsum(p, axis=1)[village]).sum(axis=1).clip(max=3)
                  for p in (causes, prefers))  # fmt: skip
    measure = np.where(rng.random(len(village)) < follows, cause, own)
    both = causes[:, :, None] * (follows * np.eye(4) + (1 - follows) * prefers[:, None, :])
    h = {"entropy of measures": entropy(shares), "entropy of causes": entropy(causes)}
    h["mutual information"] = sum(h.values()) - entropy(both.reshape(places, -1))
    return pd.DataFrame({"village": village, "cause": cause, "measure": measure}), h


def expected():
    """What entropies and their ratio are in all villages there could be."""
    _, h = villages(99, True, 200_000)
    made = {name: one.mean() for name, one in h.items()}
    return made | {RATIO: made["entropy of measures"] / made["entropy of causes"]}


TRUTH = {
    "entropy of measures": 1.31697,
    "entropy of causes": 1.27583,
    "mutual information": 0.31066,
    RATIO: 1.03224,
}


def draw(seed):
    """Estimates and intervals of one draw."""
    table, _ = villages(seed, True)
    found = ps.variety_of_measures(table, draws=1).tidy()
    plain = found.assign(
        term="plain " + found["term"], estimate=found["plain"], ci_low=np.nan, ci_high=np.nan
    )
    made = pd.concat([found, plain], ignore_index=True)
    made = made.assign(way="one size", truth=[*map(TRUTH.get, found["term"])] * 2)
    table, _ = villages(seed, False, 30)
    found = (
        ps.variety_of_measures(table, draws=99, seed=int(seed[-1]))
        .tidy()
        .set_index("term")["p_value"]
    )
    tests = pd.DataFrame({"term": ["rejects less variety", "rejects no fit"], "way": "at random", "truth": 0.05,
                          "estimate": (found[["entropy of measures", "mutual information"]] <= 0.05).to_numpy() * 1.0})  # fmt: skip
    columns = ["way", "term", "estimate", "std_error", "ci_low", "ci_high", "truth"]
    return pd.concat([made, tests], ignore_index=True).reindex(columns=columns)


if __name__ == "__main__":
    main(draw, FILE, __doc__)
