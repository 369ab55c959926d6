"""What scenarios of a budget cost: CPU seconds, and how they grow.

    .venv/bin/python benchmarks/budget.py            # 125, 250 and 500 scenarios
    .venv/bin/python benchmarks/budget.py grid       # and the grid of 100 draws

A scenario is one plan in one draw: 50,000 households and 8 years. CPU seconds are of this process;
of each size the least of three, as other work on the machine only adds.
"""

import sys
import time

import numpy as np

import povstudy as ps

PLANS = {
    "office": ps.Plan(social_work=0.0),
    "mixed": ps.Plan(social_work=0.5),
    "audited": ps.Plan(social_work=0.5, audit=0.2, third_party=True),
    "light": ps.Plan(social_work=0.5, caseload=6, collaboration=1.0),
    "visited on": ps.Plan(social_work=0.5, both=0.25, accompaniment=3),
}


def cpu(call):
    """CPU seconds of a call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def main(*asked):
    """Print the table."""
    ps.budget(1e6, PLANS, households=5_000, draws=2)
    sizes, spent = (125, 250, 500), []
    for size in sizes:
        draws = size // len(PLANS)
        spent.append(min(cpu(lambda n=draws: ps.budget(40e6, PLANS, draws=n)) for _ in range(3)))
        print(f"{size} scenarios of 50,000 households and 8 years {spent[-1]:8.2f} CPU s")
    slope = np.polyfit(np.log(sizes), np.log(spent), 1)[0]
    print(f"growth: scenarios to the power of {slope:.2f}")
    if "grid" in asked:
        print(f"explorer_grid, 100 draws {cpu(lambda: ps.explorer_grid(draws=100)):8.1f} CPU s")


if __name__ == "__main__":
    main(*sys.argv[1:])
