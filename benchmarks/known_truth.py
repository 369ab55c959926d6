"""Draws with known truth, run and judged: bias, spread and coverage of an estimator.

A benchmark of this kind has a function that makes one draw from a seed and answers with a table
``way term estimate std_error ci_low ci_high truth``; the rest is here.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import pandas as pd


def judged(found, by=("way", "term")):
    """Bias in percent of the truth (and as it is), spread, mean error, coverage in percent."""
    held = (found["ci_low"] <= found["truth"]) & (found["truth"] <= found["ci_high"])
    made = found.assign(held=held).groupby(list(by), sort=False, dropna=False).agg(
        truth=("truth", "mean"), mean=("estimate", "mean"), spread=("estimate", "std"),
        mean_error=("std_error", "mean"), coverage=("held", "mean"), draws=("held", "size"),
    ).reset_index()  # fmt: skip
    at = made.columns.get_loc("mean") + 1
    whole = made["truth"].where(made["truth"] != 0)
    made.insert(at, "bias_percent", 100 * (made["mean"] / whole - 1))
    made.insert(at, "bias", made["mean"] - made["truth"])
    made["coverage"] *= 100
    return made


def some_draws(draw, task):
    """Draws of one task, a table for each seed."""
    seed, first, last = task
    return pd.concat([draw((seed, one)) for one in range(first, last)])


def all_draws(draw, count, seed=1, workers=2, size=20):
    """Draws with the seeds ``(seed, 0)`` to ``(seed, count - 1)``: the same by any workers.

    Parameters
    ----------
    draw : callable
        A function of a module, with a seed as its argument; answers with a table.
    count, seed, workers, size : int
        Draws; first part of their seeds; processes; draws of a task.

    Returns
    -------
    DataFrame
    """
    tasks = [(seed, at, min(at + size, count)) for at in range(0, count, size)]
    one = partial(some_draws, draw)
    if workers == 1:
        return pd.concat(map(one, tasks), ignore_index=True)
    with ProcessPoolExecutor(workers) as pool:
        return pd.concat(pool.map(one, tasks), ignore_index=True)


def main(draw, file, text, count=1_000):
    """Write the table of a benchmark beside its script, and print it."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--draws", type=int, default=count)
    found = judged(all_draws(draw, parser.parse_args().draws))
    print(found.round(3).to_string(index=False))
    found.round(4).to_csv(file, index=False, lineterminator="\n")
