"""What spells cost: a million household-years in memory, a hundred million by DuckDB.

    .venv/bin/python benchmarks/spells.py --peak --rows 100000000

In memory beside a loop over households as it is often written (groupby of pandas; it does one
household in fifty, which is scaled up); what the two give must agree. ``--peak`` makes a panel
of ten years as a Parquet file in the folder for temporary files, and turns it into spells that
are written to another, in a process of its own; with ``--weight`` they carry a weight. It
prints CPU seconds and the most memory that this took; both files are deleted.
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

YEARS, FEW = 10, 50


def panel(households):
    """Ten years, of which one in ten is missed."""
    rng = np.random.default_rng(0)
    size = households * YEARS
    table = pd.DataFrame({
        "household_id": np.repeat(np.arange(households), YEARS),
        "year": np.tile(np.arange(2011, 2011 + YEARS), households), "poor": rng.random(size) < 0.3,
        "weight": np.repeat(rng.gamma(4, 1, households), YEARS),
    })  # fmt: skip
    return table[rng.random(size) < 0.9]


def by_hand(table):
    """Spells out of poverty, household by household."""
    made = []
    for household, own in table.groupby("household_id"):
        own = own.sort_values("year")
        seen = dict(zip(own["year"], own["poor"], strict=True))
        for year, poor in seen.items():
            if poor or seen.get(year - 1) is False:
                continue
            end = year + 1
            while seen.get(end) is False:
                end += 1
            event = end in seen
            if end - year - 1 + event:
                made.append((household, year, year - 1 in seen, end - year - 1 + event, event))
    return pd.DataFrame(made, columns=["household_id", "origin", "origin_known", "exit", "event"])


def timed(side, *given):
    """CPU seconds, and what was made."""
    start = time.process_time()
    made = side(*given)
    return time.process_time() - start, made


def write(path, rows, weight):
    """A panel as a Parquet file, by DuckDB: nothing of it stays in memory."""
    import duckdb

    duckdb.sql("SET preserve_insertion_order = false")
    duckdb.sql(
        f"COPY (SELECT i // {YEARS} AS household_id, 2011 + i % {YEARS} AS year, "
        f"hash(i) % 10 < 3 AS poor, (1 + hash(i // {YEARS}) % 50) / 10 AS {weight} FROM range({rows}) t(i) WHERE hash(i + 7) % 10 > 0) "
        f"TO '{path}' (FORMAT parquet)"
    )


def spells_of(path, into, limit):
    """Run in a process of its own, whose memory is measured."""
    import duckdb

    import povstudy as ps

    duckdb.sql(f"SET memory_limit = '{limit}'")
    duckdb.sql("SET preserve_insertion_order = false")
    seconds, _ = timed(lambda: ps.spells(path, into=into))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    count = duckdb.sql(f"SELECT count(*), sum(event::INT) FROM '{into}'").fetchall()[0]
    print(
        f"  {seconds:.1f} CPU seconds, {peak:.2f} GB at most, {count[0]:,} spells, {count[1]:,} ends"
    )


def main():
    """Print a table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--peak", action="store_true")
    asked.add_argument("--rows", type=int, default=100_000_000)
    asked.add_argument(
        "--weight", action="store_true", help="carry a weight: a join with the panel"
    )
    asked.add_argument("--limit", default="3GB", help="of DuckDB's own memory")
    asked.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = asked.parse_args()
    if asked.child:
        spells_of(*asked.child, asked.limit)
        return
    if asked.peak:
        with tempfile.TemporaryDirectory() as folder:
            path, into = (str(Path(folder) / f"{name}.parquet") for name in ("panel", "spells"))
            write(path, asked.rows, "weight" if asked.weight else "w")
            print(f"{asked.rows:,} household-years, one in ten missed: DuckDB, Parquet to Parquet",
                  flush=True)  # fmt: skip
            command = [sys.executable, __file__, "--limit", asked.limit, "--child", path, into]
            subprocess.run(command, check=True)
        return
    import povstudy as ps

    table = panel(100_000)
    ps.spells(table.head(100))
    ours, made = min((timed(ps.spells, table) for _ in range(3)), key=lambda one: one[0])
    split, rows = timed(ps.person_periods, made, table, ["weight"])
    few = table[table["household_id"] % FEW == 0]
    loop, wanted = timed(by_hand, few)
    got = made[made["household_id"] % FEW == 0][wanted.columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(got, wanted, check_dtype=False)
    print(f"{len(table):,} household-years in memory: CPU seconds")
    print(f"  spells {ours:.3f} ({len(made):,}), person-periods {split:.3f} ({len(rows):,})")
    print(f"  a loop over households {loop * FEW:.0f}: {loop * FEW / ours:.0f} times more")


if __name__ == "__main__":
    main()
