"""The same poverty with its errors by three engines: seconds, and the most memory.

    .venv/bin/python benchmarks/engines.py --rows 8000000

Makes the Parquet file in the folder for temporary files, asks each engine in a process of its
own, and deletes the file. Prints CPU seconds of all threads after the table is there (DuckDB
reads it on the way), the peak of memory with imports and table, and the headcount, in which
engines must agree.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}


def made(rows):
    """Households of 8,000 villages in 200 strata and 32 provinces, over four years."""
    rng = np.random.default_rng(0)
    psu = rng.integers(0, 8_000, rows)
    return pd.DataFrame({
        "province": (psu // 250).astype("int16"), "stratum": psu // 40, "psu": psu,
        "weight": rng.gamma(4, 1, rows), "income": rng.lognormal(8.5, 0.8, rows).round(),
        "year": (2013 + rng.integers(0, 4, rows)).astype("int16"),
    })  # fmt: skip


def asked(engine, path):
    """One engine: what it costs."""
    import povstudy as ps

    table = path
    if engine == "pandas":
        table = pd.read_parquet(path)
    if engine == "polars":
        import polars as pl

        table = pl.read_parquet(path)
    start = time.process_time()
    svy = ps.Survey(table, **DESIGN)
    found = ps.poverty(svy, "income", 2300, by=["province", "year"]).tidy()
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{engine:8} {seconds:6.1f} s {peak:8.0f} MB   {found['estimate'].iloc[0]:.12f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=8_000_000)
    parser.add_argument("--engine")
    parser.add_argument("--path")
    given = parser.parse_args()
    if given.engine:
        asked(given.engine, given.path)
    else:
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "households.parquet")
            made(given.rows).to_parquet(file)
            for one in ("pandas", "polars", "DuckDB"):
                run = [sys.executable, __file__, "--engine", one, "--path", file]
                subprocess.run(run, check=True)
