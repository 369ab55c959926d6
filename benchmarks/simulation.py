"""What simulating costs, beside drawing the random numbers that it needs.

    .venv/bin/python benchmarks/simulation.py            # 0.4 million households
    .venv/bin/python benchmarks/simulation.py 30000000   # and that many into Parquet files

Prints CPU seconds of this process, household-years per CPU second, and the peak of memory.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import povstudy as ps
from povstudy.simulation.villages import Villages
from povstudy.simulation.world.incomes import core
from povstudy.simulation.world.people import BLOCK, stream

YEARS = 8


def cpu(what, household_years, call):
    """CPU seconds of a call, printed with its rate."""
    start = time.process_time()
    result = call()
    spent = time.process_time() - start
    print(f"{what:<58}{spent:9.2f} s{household_years / spent / 1e6:9.1f} million a second")
    return spent, result


def draw(blocks):
    """Draw what the core draws and do nothing with it."""
    row = np.empty(BLOCK, np.float32)
    for block in range(blocks):
        rng = stream(1, 0, block, "income")
        for _ in range(2 * YEARS):
            rng.standard_normal(out=row, dtype=np.float32)


def incomes(blocks):
    """Run the income core: lasting and yearly log income, and income."""
    scenario, level = ps.Scenario(), np.full(BLOCK, 8, np.float32)
    for block in range(blocks):
        _, logs = core(stream(1, 0, block, "income"), scenario, level, YEARS)
        np.exp(logs, out=logs)


def main(large=0):
    """Print the table."""
    blocks, count = 20, 400_000
    draw(1)
    incomes(1)
    ps.simulate(households=5_000)
    core_years = blocks * BLOCK * YEARS
    floor, _ = cpu("the random numbers of the core alone (floor)", core_years, lambda: draw(blocks))
    spent, _ = cpu("income core", core_years, lambda: incomes(blocks))
    print(f"{'':<58}{spent / floor:9.2f} times the floor")
    cpu("simulate, all mechanisms, in memory", count * YEARS,
        lambda: ps.simulate(households=count, years=YEARS, seed=1))  # fmt: skip
    everyone = ps.Scenario(sample_villages=100, sample_households=50)
    cpu("the same, everyone in the survey", count / 2 * YEARS,
        lambda: ps.simulate(everyone, households=count // 2, years=YEARS, seed=1))  # fmt: skip
    world = Villages(ps.Scenario(), YEARS, (0, 0, 0), BLOCK)
    cpu("10 worlds for plans", 10 * BLOCK * YEARS,
        lambda: [Villages(ps.Scenario(), YEARS, (0, 0, key), BLOCK) for key in range(10)])  # fmt: skip
    plan = {"audit": 0.2, "accompaniment": 2}
    cpu("100 plans followed in one of them", 100 * BLOCK * YEARS,
        lambda: [world.under("social_work", **plan) for _ in range(100)])  # fmt: skip
    if large:
        with tempfile.TemporaryDirectory() as folder:
            cpu(f"{large:,} households into Parquet", large * YEARS,
                lambda: ps.simulate(households=large, years=YEARS, seed=1, folder=folder, progress=True))  # fmt: skip
            size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
            print(f"{'files':<58}{size / 1e9:9.2f} GB")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {peak / 1e6:.2f} GB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
