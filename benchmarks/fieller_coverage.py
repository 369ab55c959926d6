"""How often Fieller's set and the symmetric interval hold a ratio, the bottom near zero or not.

    .venv/bin/python benchmarks/fieller_coverage.py    # writes fieller_coverage.csv beside itself

Top and bottom are jointly normal with errors of 1; the bottom is so many errors away from 0.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

import povstudy as ps

BOTTOMS, ALIKE, TOP = (0.02, 0.5, 1.0, 2.0, 4.0, 10.0), (-0.6, 0.0, 0.6), 2.0
FILE = Path(__file__).with_suffix(".csv")


def coverage(bottoms=BOTTOMS, alike=ALIKE, draws=20_000, seed=1):
    """Percent of draws whose set holds the truth, and of sets without end."""
    rows = []
    for bottom in bottoms:
        for correlation in alike:
            rng = np.random.default_rng([seed, round(100 * bottom), round(100 * correlation) + 100])
            spread = [[1, correlation], [correlation, 1]]
            top, low = rng.multivariate_normal([TOP, bottom], spread, draws).T
            truth, ratio = TOP / bottom, top / low
            found = ps.fieller(top, low, 1, 1, correlation)
            inside = (found["ci_low"] <= truth) & (truth <= found["ci_high"])
            closed, gap = found["shape"] == "closed", found["shape"] == "complement"
            held = np.where(closed, inside, np.where(gap, ~inside, True))
            error = np.sqrt(1 + ratio**2 - 2 * ratio * correlation) / np.abs(low)
            plain = np.abs(ratio - truth) <= stats.norm.ppf(0.975) * error
            rows.append((bottom, correlation, *(round(100 * float(one.mean()), 2) for one in (
                held, plain, ~closed))))  # fmt: skip
    return pd.DataFrame(rows, columns=["bottom_in_errors", "correlation", "fieller", "symmetric",
                                       "without_end"])  # fmt: skip


if __name__ == "__main__":
    made = coverage()
    made.to_csv(FILE, index=False)
    print(made.to_string(index=False))
