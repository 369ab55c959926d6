"""Every parameter set that is shipped, run again with random numbers that the search never saw.

    .venv/bin/python benchmarks/matching.py            # all, two CPU minutes
    .venv/bin/python benchmarks/matching.py 400000     # households of each run

Prints how many keep all targets of the calibration table, how far the others lie outside, in
widths of the interval of the worst rate, and which rate that is.
"""

import sys
import time

import pandas as pd

import povstudy as ps
from povstudy.simulation.calibration import TARGETS
from povstudy.simulation.matching import implausibility, rates_of
from povstudy.simulation.world.people import BLOCK


def main(households):
    """Run all and print what came out."""
    sets, start, rows = ps.simulation.matched_parameters(), time.process_time(), []
    for row in sets.to_dict("records"):
        seen = rates_of(ps.Scenario(**row), households // BLOCK, seed=1)
        worst = max(
            TARGETS,
            key=lambda name: (
                max(TARGETS[name][1] - seen[name], seen[name] - TARGETS[name][2])
                / (TARGETS[name][2] - TARGETS[name][1])
            ),
        )
        rows.append({"far": implausibility(seen), "rate": worst})
    found = pd.DataFrame(rows)
    out = found[found["far"] > 0]
    print(
        f"{len(sets)} sets, {households:,} households each, {time.process_time() - start:.0f} CPU s"
    )
    print(
        f"keep all targets: {len(sets) - len(out)}; others lie outside by up to {out['far'].max():.2f}"
    )
    print(out["rate"].value_counts().to_string())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
