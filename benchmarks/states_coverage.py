"""How near exits and returns with a shared factor come to a known truth, and what is missed without.

    .venv/bin/python benchmarks/states_coverage.py    # writes states_coverage.csv beside itself

Each draw is a panel of 800 households and 12 years that all fall into poverty in the first. Two
hazards with a log baseline, a covariate and two groups that nobody sees: 40 % leave faster (log
hazard 1.2 more) and fall back more slowly (1.0 less). Truths of the years poor of the next ten
are exact sums over durations. ``each spell by itself`` is the same model without the factor.
``no factor`` is a panel of 400 households without groups: its estimate is how often the test
rejects at .05, which is its size.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from known_truth import main

import povstudy as ps
from povstudy.base.errors import DataError
from povstudy.relapse.states.years import years_ahead

FILE = Path(__file__).with_suffix(".csv")
SHARE, STEPS, SLOPES, YEARS = 0.4, (1.2, -1.0), (0.4, -0.5), 12
CURVES = (-1.2, -0.35), (-1.1, -0.5)  # level and slope in log duration: leaving, falling back


def hazards(help, group, durations, steps=STEPS):
    """Hazards of leaving and of falling back."""
    for (level, bend), slope, step in zip(CURVES, SLOPES, steps, strict=True):
        yield -np.expm1(-np.exp(level + bend * np.log(durations) + slope * help + step * group))


def panel(seed, households=800, steps=STEPS):
    """A panel whose first year is one out of poverty and whose second one in it, for all."""
    rng = np.random.default_rng(seed)
    help, group = np.arange(households) % 2, rng.random(households) < SHARE
    poor, duration, rows = np.ones(households, dtype=bool), np.ones(households), []
    rows += [np.zeros(households, dtype=bool), poor]
    for _ in range(YEARS - 1):
        leave, back = hazards(help, group, duration, steps)
        moves = rng.random(households) < np.where(poor, leave, back)
        poor, duration = poor ^ moves, np.where(moves, 1, duration + 1)
        rows.append(poor)
    return pd.DataFrame({
        "household_id": np.repeat(np.arange(households), len(rows)),
        "year": np.tile(np.arange(len(rows)) + 2000, households),
        "poor": np.column_stack(rows).ravel(), "help": np.repeat(help, len(rows)),
    })  # fmt: skip


def fitted(table):
    """Exits and returns of a panel."""
    both = [ps.spells(table, of=of, covariates="help") for of in ("out", "poor")]
    return ps.exits_and_returns("help", *both)


def truths():
    """Coefficients, and mean years poor of the next ten of who just fell and who just left."""
    help, group = (x.ravel() for x in np.meshgrid([0, 1], [0, 1]))
    leave, back = (x[:, None] for x in hazards(help[:, None], group[:, None], np.arange(1, 11.0)))
    weight = np.where(group, SHARE, 1 - SHARE) / 2
    seen = 1 - np.prod(1 - leave[:, 0, : YEARS - 2], axis=1)  # left early enough to be followed
    means = [years_ahead(leave, back, first, 10)[:, 0] @ np.arange(11) for first in (True, False)]
    load = np.array(STEPS) * np.sqrt(SHARE * (1 - SHARE))
    return {
        "help, leaving": SLOPES[0], "help, falling back": SLOPES[1], "loading on leaving": load[0],
        "loading on falling back": load[1], "share who leave faster": SHARE,
        "years poor, just fell": np.average(means[0], weights=weight),
        "years poor, just left": np.average(means[1], weights=weight * seen),
    }  # fmt: skip


def draw(seed):
    """Estimates and intervals of one draw."""
    try:
        fit = fitted(panel(seed))
    except DataError:  # the groups run away
        fit, found = None, pd.DataFrame()
    if fit is not None:
        table = fit.tidy()
        names = table["term"].where(table["term"] != "help", "help, " + table["hazard"])
        years = fit.years_poor(10).tidy().query("term == 'mean' and way != 'as seen'")
        years = years.assign(term="years poor, " + years["start"])
        true = truths()
        found = pd.concat([table.assign(way="shared factor", term=names), years])
        found = found[
            found["term"].isin(list(true)) & (fit.shared | (found["way"] != "shared factor"))
        ]
        found = found.assign(truth=found["term"].map(true))
    try:
        rejects = fitted(panel(seed, 400, (0.0, 0.0))).p_value < 0.05
    except DataError:  # groups that run away are refused where the test rejects
        rejects = True
    known = {"std_error": np.nan, "ci_low": 0.0, "ci_high": 1.0}
    told = pd.DataFrame([
        {"way": "shared factor", "term": "refused", "estimate": float(fit is None), **known, "truth": 0.0},
        {"way": "shared factor", "term": "not found", "estimate": float(fit is not None and not fit.shared), **known, "truth": 0.0},
        {"way": "no factor", "term": "test rejects at .05", "estimate": float(rejects), **known, "truth": 0.05},
    ])  # fmt: skip
    return pd.concat([found, told], ignore_index=True)[list(told)]


if __name__ == "__main__":
    main(draw, FILE, __doc__)
