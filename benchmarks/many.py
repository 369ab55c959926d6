"""What three lines, four incomes and nine years cost in one call, beside a loop of single calls.

    .venv/bin/python benchmarks/many.py

Prints CPU seconds of all threads, the least of five runs on a survey opened anew: in memory and
from Parquet, with villages as units and with every row as one. Both give the same numbers.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import povstudy as ps

ROWS, YEARS, LINES = 450_000, range(2012, 2021), [2000, 3000, 5000]
DESIGNS = {"villages": {"strata": "stratum", "psu": "village"}, "rows": {}}


def sample():
    """Households of nine years with four incomes."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({f"income_{i}": rng.lognormal(8, 1, ROWS) for i in range(4)})
    village = rng.integers(0, 600, ROWS)
    return table.assign(year=rng.choice(YEARS, ROWS), village=village, stratum=village // 20,
                        w=rng.uniform(1, 3, ROWS))  # fmt: skip


def at_once(svy, incomes):
    """One call."""
    return ps.poverty(svy, incomes, LINES, by="year").tidy()


def by_loop(svy, incomes):
    """A call for each line and income."""
    return pd.concat([ps.poverty(svy, one, line, by="year").tidy()
                      for one in incomes for line in LINES])  # fmt: skip


def spent(ask, data, design, incomes):
    """Least CPU seconds of some runs, and what is found."""
    seconds = []
    for _ in range(5):
        svy = ps.Survey(data, weight="w", **design)
        start = time.process_time()
        found = ask(svy, incomes)
        seconds.append(time.process_time() - start)
    return min(seconds), found[["estimate", "std_error", "ci_low", "ci_high"]].to_numpy()


if __name__ == "__main__":
    table = sample()
    incomes = [one for one in table if one.startswith("income")]
    print(f"{ROWS:,} rows: CPU seconds{'in one call':>24}{'by loop':>12}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "survey.parquet"
        table.to_parquet(path)
        for place, data in (("in memory", table), ("from Parquet", str(path))):
            for units, design in DESIGNS.items():
                (one, found), (loop, wanted) = (
                    spent(ask, data, design, incomes) for ask in (at_once, by_loop)
                )
                np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
                print(f"  {place + ', units are ' + units:<36}{one:9.2f}{loop:12.2f}")
