"""How often 95 % intervals of headcounts and of quantiles hold the truth, in samples of villages.

    .venv/bin/python benchmarks/interval_coverage.py    # writes interval_coverage.csv beside itself

Headcounts: 20 and 60 villages of 15 persons; a village has a rate of its own (beta distribution;
``alike`` is the correlation of two persons of it). Quantiles: 60 villages of 15 persons (``alike``
of the logarithms of income), log-normal, as they are and told to the nearest 5,000. Weighted
headcounts: two strata, a quarter of the villages in the first, each of their persons weighs four
times as much; villages of 5 to 40 persons, whose weights differ (a standard deviation of .5 in
logarithms). Few heavy villages then make the error, which is told by fewer than the units less
the strata: intervals hold the truth less often.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import povstudy as ps
from povstudy.survey.shares import share_ends

RATES, VILLAGES, ALIKE = (0.002, 0.01, 0.05, 0.2, 0.5), (20, 60), (0.0, 0.05, 0.2)
SIZE = 15
SHARES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
FILE = Path(__file__).with_suffix(".csv")


def headcounts(draws=20_000, seed=1):
    """Percent of draws whose interval of a headcount holds it, and the mean width."""
    rng, rows = np.random.default_rng(seed), []
    for villages in VILLAGES:
        for alike in ALIKE:
            for rate in RATES:
                own = np.full((draws, villages), rate)
                if alike:
                    scale = 1 / alike - 1
                    own = rng.beta(rate * scale, (1 - rate) * scale, (draws, villages))
                found = rng.binomial(SIZE, own)
                n, share = villages * SIZE, found.mean(axis=1) / SIZE
                error = np.sqrt(found.var(axis=1, ddof=1) / villages) / SIZE
                touched = np.minimum((found > 0).sum(axis=1), (found < SIZE).sum(axis=1))
                full = lambda x: np.full(draws, float(x))  # noqa: E731
                low, high = share_ends(share, error, full(villages - 1), full(n), full(villages),
                                       touched, 0.95)  # fmt: skip
                rows.append({"of": "headcount", "at": rate, "villages": villages, "alike": alike,
                             "incomes": "", **_held(rate, low, high)})  # fmt: skip
    return rows


def weighted(draws=4000, seed=5):
    """The same of samples with unequal weights and villages in two strata."""
    rng, rows = np.random.default_rng(seed), []
    for villages in VILLAGES:
        first = np.arange(villages) < villages // 4
        for alike in (0.0, 0.1):
            for rate in (0.002, 0.01, 0.05, 0.3):
                shape, own = (draws, villages), np.full((draws, villages), rate)
                people = rng.integers(5, 41, shape)
                weight = np.exp(0.5 * rng.standard_normal(shape)) * np.where(first, 4, 1)
                if alike:
                    scale = 1 / alike - 1
                    own = rng.beta(rate * scale, (1 - rate) * scale, shape)
                found, mass = rng.binomial(people, own), weight * people
                whole = mass.sum(axis=1)
                share = (weight * found).sum(axis=1) / whole
                moved = (weight * found - share[:, None] * mass) / whole[:, None]
                squares = sum(of.sum() * moved[:, of].var(axis=1, ddof=1) for of in (first, ~first))
                touched = np.minimum((found > 0).sum(axis=1), (found < people).sum(axis=1))
                low, high = share_ends(share, np.sqrt(squares), np.full(draws, villages - 2.0),
                                       people.sum(axis=1), whole**2 / (mass**2).sum(axis=1),
                                       touched, 0.95)  # fmt: skip
                rows.append({"of": "weighted headcount", "at": rate, "villages": villages,
                             "alike": alike, "incomes": "", **_held(rate, low, high)})  # fmt: skip
    return rows


def quantiles(draws=1500, seed=2):
    """The same of quantiles."""
    rng, rows = np.random.default_rng(seed), []
    people = np.exp(10 + 0.6 * rng.standard_normal(4_000_000))
    village = np.repeat(np.arange(60), SIZE)
    steps = {"smooth": lambda y: y, "steps of 5,000": lambda y: np.round(y / 5000) * 5000}
    for alike in (0.0, 0.1):
        for name, told in steps.items():
            truth = np.quantile(told(people), SHARES, method="inverted_cdf")
            made = []
            for _ in range(draws):
                between, within = rng.standard_normal(60)[village], rng.standard_normal(60 * SIZE)
                y = np.exp(10 + 0.6 * (np.sqrt(alike) * between + np.sqrt(1 - alike) * within))
                svy = ps.Survey(pd.DataFrame({"y": told(y), "village": village}), psu="village")
                made.append(ps.quantile(svy, "y", SHARES).tidy()[["ci_low", "ci_high"]].to_numpy())
            made = np.array(made)
            for i, p in enumerate(SHARES):
                rows.append({"of": "quantile", "at": p, "villages": 60, "alike": alike,
                             "incomes": name, **_held(truth[i], made[:, i, 0], made[:, i, 1])})  # fmt: skip
    return rows


def _held(truth, low, high):
    held = (low <= truth * (1 + 1e-12)) & (truth * (1 - 1e-12) <= high)
    return {"percent": round(100 * held.mean(), 1), "width": float(f"{(high - low).mean():.4g}")}


if __name__ == "__main__":
    which = sys.argv[1:] or ["headcounts", "weighted", "quantiles"]
    table = pd.DataFrame([row for name in which for row in globals()[name]()])
    if len(which) == 3:
        table.to_csv(FILE, index=False)
    print(table.to_string(index=False))
