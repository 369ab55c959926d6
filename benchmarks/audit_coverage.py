"""How often the bounds of the exit audit hold the truth, in samples of villages.

    .venv/bin/python benchmarks/audit_coverage.py    # writes audit_coverage.csv beside itself

Each draw is a sample of 50 villages, with 20 persons outside the register and 15 exited in
each. A village has a rate of errors of its own (beta distribution), so that persons of one
village are alike (beta-binomial); the two rates of a village go together (normal copula).
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from povstudy.survey.shares import exact, proportion_interval, together, worth

RATES, EFFECTS = (0.0, 0.005, 0.01, 0.02, 0.05), (1, 2, 3, 4, 5)
VILLAGES, OUTSIDE, EXITED = 50, 20, 15
REMAINING, PARTS = 0.005, np.array([0.85, 0.145])  # of the county: outside and exited
ALIKE = 0.7  # correlation of the normal copula
FILE = Path(__file__).with_suffix(".csv")


def village_rates(rng, rate, icc, draws, villages=VILLAGES):
    """Rates of both kinds of error, draws x villages."""
    shape = (2, draws, villages)
    if icc == 0 or rate == 0:
        return np.full(shape, rate)
    normal = rng.standard_normal(shape)
    normal[1] = ALIKE * normal[0] + np.sqrt(1 - ALIKE**2) * normal[1]
    scale = 1 / icc - 1
    return stats.beta.ppf(stats.norm.cdf(normal), rate * scale, (1 - rate) * scale)


def audited(found, size, effect, tail):
    """Share found and its bounds, by each way of getting a design effect."""
    villages = found.shape[1]
    n, share = villages * size, found.sum(axis=1) / (villages * size)
    variance = found.var(axis=1, ddof=1) / villages / size**2
    touched = np.minimum((found > 0).sum(axis=1), (found < size).sum(axis=1))
    df = np.full(len(share), villages - 1.0)
    seen, number, _ = worth(share, n, variance, float(villages), touched, df, tail)
    plain = proportion_interval(share * n, n, level=1 - tail, df=villages - 1,
                                design_effect=np.where(np.isnan(seen), 1.0, seen))  # fmt: skip
    return share, {"given": exact(share, n / effect, tail), "estimated": exact(share, number, tail),
                   "plain": plain}  # fmt: skip


def held(truth, low, high):
    """Percent of draws whose upper bound, lower bound, and both hold the truth."""
    upper, lower = truth <= high + 1e-12, truth >= low - 1e-12
    return {"upper": 100 * upper.mean(), "lower": 100 * lower.mean(),
            "both": 100 * (upper & lower).mean()}  # fmt: skip


def coverage(rates=RATES, effects=EFFECTS, draws=2_000, seed=1):
    """Percent of draws whose bounds hold the truth, or whose upper bound is below 2 percent.

    ``sides`` tells whether a bound is of 95 percent by itself, or both together are. The design
    effect is that of the omission rate; that of the wrong exits follows from the same likeness of
    the persons of a village.
    """
    rows = []
    for rate in rates:
        for effect in effects:
            rng = np.random.default_rng([seed, round(1000 * rate), effect])
            icc = (effect - 1) / (OUTSIDE - 1)
            of_exits = 1 + (EXITED - 1) * icc
            one, two = village_rates(rng, rate, icc, draws)
            outside, exited = rng.binomial(OUTSIDE, one), rng.binomial(EXITED, two)
            for sides in (1, 2):
                tail = 0.05 / sides
                share, first = audited(outside, OUTSIDE, effect, tail)
                other, second = audited(exited, EXITED, of_exits, tail)
                errors = outside.std(axis=1) * exited.std(axis=1)
                crossed = (outside * exited).mean(axis=1) - outside.mean(axis=1) * exited.mean(
                    axis=1
                )
                ratio = np.where(errors > 0, crossed / np.where(errors > 0, errors, 1), 1.0)
                ratio = np.maximum(ratio, 0)
                value = REMAINING + PARTS[0] * share + PARTS[1] * other
                for way in first:
                    low, high = first[way]
                    percent = held(rate, low, high) | {"below 2 %": 100 * (high < 0.02).mean()}
                    rows += _told("omission rate", rate, effect, way, sides, percent)
                    reach = [
                        together((PARTS[0] * a, PARTS[1] * b), ratio)
                        for a, b in zip((share - low, high - share),
                                        (other - second[way][0], second[way][1] - other), strict=True)
                    ]  # fmt: skip
                    percent = held(
                        REMAINING + PARTS.sum() * rate, value - reach[0], value + reach[1]
                    )
                    rows += _told("composite incidence", rate, effect, way, sides, percent)
    return pd.DataFrame(rows, columns=["term", "rate_percent", "design_effect", "design_effect_used",
                                       "sides", "bound", "percent"])  # fmt: skip


def passing(villages, rate=0.005, effect=3, draws=4_000, seed=1):
    """Percent of draws that pass the limit of 2 percent, by how the design effect is got."""
    rng, icc = np.random.default_rng([seed, villages]), (effect - 1) / (OUTSIDE - 1)
    rates = village_rates(rng, rate, icc, draws, villages)[0]
    _, bounds = audited(rng.binomial(OUTSIDE, rates), OUTSIDE, effect, 0.05)
    return {way: 100 * float((high < 0.02).mean()) for way, (_, high) in bounds.items()}


def _told(term, rate, effect, way, sides, percent):
    names = [one for one in percent if (one == "both") == (sides == 2)]
    return [(term, 100 * rate, effect, way, sides, one, round(percent[one], 2)) for one in names]


def wide(table, bound="upper", term="omission rate"):
    """The table as it stands in the documentation of `exit_audit`."""
    rows = table[(table["bound"] == bound) & (table["term"] == term)]
    return rows.pivot(index=["design_effect_used", "rate_percent"], columns="design_effect",
                      values="percent")  # fmt: skip


if __name__ == "__main__":
    made = coverage()
    made.to_csv(FILE, index=False)
    for term, bound in made[["term", "bound"]].drop_duplicates().itertuples(index=False):
        print(f"{term}, {bound}", wide(made, bound, term).round(1).to_string(), sep="\n")
    for villages in (58, 116):
        told = {way: round(one) for way, one in passing(villages).items()}
        print(f"passes, {villages} villages of {OUTSIDE}, true rate 0.5 percent: {told}")
