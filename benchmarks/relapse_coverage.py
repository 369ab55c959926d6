"""How near models of relapse come to a known truth, and what each shortcut costs.

    .venv/bin/python benchmarks/relapse_coverage.py    # writes relapse_coverage.csv beside itself

Each draw is a panel of `povstudy.lessons.known_hazards`, fitted in each way of
`povstudy.lessons.shortcuts`. The table holds, for each way and coefficient, the truth, the
mean of the estimates, the bias in percent of the truth, the spread of the estimates, the mean
standard error, and the share of 95 % intervals that hold the truth.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

from povstudy.lessons import shortcuts

FILE = Path(__file__).with_suffix(".csv")


def draws(task):
    """Estimates and intervals of some draws."""
    seed, first, last, frailty = task
    return pd.concat([shortcuts(150, frailty, (seed, draw)) for draw in range(first, last)])


def coverage(count=2_000, seed=1, workers=2, frailty=0.5):
    """Bias and coverage of each way.

    Parameters
    ----------
    count, seed, workers : int
    frailty : float
        Variance of unseen differences; 0 leaves out the ways with them.

    Returns
    -------
    DataFrame
    """
    size = 20
    tasks = [(seed, at, min(at + size, count), frailty) for at in range(0, count, size)]
    if workers == 1:
        found = pd.concat(map(draws, tasks))
    else:
        with ProcessPoolExecutor(workers) as pool:
            found = pd.concat(pool.map(draws, tasks))
    found["held"] = (found["ci_low"] <= found["truth"]) & (found["truth"] <= found["ci_high"])
    made = found.groupby(["way", "term"], sort=False).agg(
        truth=("truth", "first"), mean=("estimate", "mean"), spread=("estimate", "std"),
        mean_error=("std_error", "mean"), coverage=("held", "mean"), draws=("held", "size"),
    ).reset_index()  # fmt: skip
    made.insert(4, "bias_percent", 100 * (made["mean"] / made["truth"] - 1))
    made["coverage"] *= 100
    return made


def main():
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2_000)
    found = coverage(parser.parse_args().draws)
    print(found.round(3).to_string(index=False))
    found.round(4).to_csv(FILE, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
