"""What survivor functions by approach cost, with their errors, beside statsmodels.

    .venv/bin/python benchmarks/survival.py

A million spells in three arms, ten periods, late entry, weights; villages as units, and
households. statsmodels' `SurvfuncRight` has late entry, but no sampling units, and its weights
are those of cases: it is given none, and its errors (Greenwood) take rows as independent.
Prints CPU seconds, the least of three runs after the imports; the curves must agree.
"""

import time

import numpy as np
import pandas as pd
from statsmodels.duration.survfunc import SurvfuncRight

import povstudy as ps

ROWS, VILLAGES, PERIODS = 1_000_000, 10_000, 10


def spells():
    """Rows at risk in (entry, exit], as whole periods."""
    rng = np.random.default_rng(0)
    village = rng.integers(0, VILLAGES, ROWS)
    arm = rng.integers(0, 3, ROWS)
    hazard = 0.1 * np.array([1, 0.8, 0.6])[arm] * rng.gamma(2, 0.5, VILLAGES)[village]
    ended = np.minimum(rng.geometric(np.minimum(hazard, 0.9)), 1_000)
    entry = np.where(rng.random(ROWS) < 0.2, rng.integers(0, 4, ROWS), 0)
    seen = np.minimum(entry + rng.integers(1, PERIODS, ROWS), PERIODS)
    table = pd.DataFrame({
        "home": rng.integers(0, ROWS * 3 // 4, ROWS), "village": village,
        "county": village // 100, "approach": np.array(["none", "administrative", "both"])[arm],
        "weight": rng.gamma(4, 1, ROWS), "entry": entry, "exit": np.minimum(ended, seen),
        "event": ended <= seen,
    })  # fmt: skip
    return table[ended > entry].reset_index(drop=True)


def povstudy(table, **design):
    """The design looked at in the same time."""
    svy = ps.Survey(table, strata="county", **design)
    return ps.kaplan_meier(svy, by="approach").tidy()


def statsmodels(table):
    """One arm after the other; no design, no weights."""
    made = [
        SurvfuncRight(part["exit"], part["event"], entry=part["entry"])
        for _, part in table.groupby("approach")
    ]
    return np.concatenate([one.surv_prob for one in made])


def timed(side, *args, **kwargs):
    """Least CPU seconds, and what was made."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        made = side(*args, **kwargs)
        seconds.append(time.process_time() - start)
    return min(seconds), made


def main():
    """Print a table."""
    table = spells()
    print(f"{len(table):,} spells, 3 arms, {PERIODS} periods: CPU seconds")
    theirs, share = timed(statsmodels, table)
    ours, found = timed(povstudy, table, psu="village")
    np.testing.assert_allclose(found["estimate"], share, rtol=1e-9)
    print(f"  statsmodels, no design            {theirs:6.2f}")
    print(f"  povstudy, villages                {ours:6.2f}   {theirs / ours:.1f} times less")
    for name, unit in (("villages", "village"), ("homes", "home")):
        ours, _ = timed(povstudy, table, psu=unit, weight="weight")
        print(f"  povstudy, weights, {name:<15}{ours:6.2f}   {theirs / ours:.1f} times less")


if __name__ == "__main__":
    main()
