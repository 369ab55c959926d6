"""What cleaning costs, beside the least that could be done with the same cells.

    .venv/bin/python benchmarks/cleaning.py

Prints CPU seconds of this process and the peak of its memory. The peers do less: they show
how near the cost is to that of touching every cell once.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import povstudy as ps


def mixed_cells(count, seed=0):
    """Cells as they come, nearly all of them distinct."""
    numbers = np.random.default_rng(seed).integers(1, 10**6, count)
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    forms = (
        str, "{:,}".format, lambda x: f"{x / 100}万人", "{}户".format, "{}余人次".format,
        lambda x: "…", "近{}人".format, lambda x: str(x).translate(wide), "{}a)".format,
        lambda x: f"约{x % 1000}万户",
    )  # fmt: skip
    return pd.Series([forms[i % 10](x) for i, x in enumerate(numbers.tolist())])


def cpu(what, call):
    """CPU seconds of a call, printed."""
    start = time.process_time()
    result = call()
    spent = time.process_time() - start
    print(f"{what:<62}{spent:8.2f} s")
    return spent, result


def cells(count):
    """Time a column of mixed cells."""
    mixed = mixed_cells(count)
    digits = pd.Series(np.arange(count).astype(str))
    print(f"\n{count:,} cells, {mixed.nunique():,} distinct")
    floor, _ = cpu("pandas.to_numeric on plain digits (floor)", lambda: pd.to_numeric(digits))
    for read, options in (
        (ps.clean.count, {}),
        (ps.clean.number, {}),
        (ps.clean.money, {"unit": "yuan"}),
        (ps.clean.percent, {"scale": "percent"}),
    ):
        name = f"povstudy.clean.column(cells, {read.__name__})"
        spent, _ = cpu(
            name, lambda read=read, options=options: ps.clean.column(mixed, read, **options)
        )
        print(f"{'':<62}{spent / floor:8.1f} times the floor")
    part = mixed[: count // 10]
    cpu(f"count, cell by cell, {len(part):,} cells", lambda: [ps.clean.count(one) for one in part])


def register(households):
    """Time a raw register."""
    raw, faults = ps.clean.synthetic_register(households, seed=1, faults=100)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.csv"
        raw.to_csv(path, index=False, encoding="utf-8-sig")
        del raw
        print(f"\nregister of {path.stat().st_size / 1e6:.0f} MB, {len(faults)} planted faults")
        floor, _ = cpu(
            "pandas.read_csv as text (floor)",
            lambda: pd.read_csv(path, dtype=str, keep_default_na=False).shape,
        )
        spent, (table, report) = cpu("povstudy.clean.households", lambda: ps.clean.households(path))
        print(f"{'':<62}{spent / floor:8.1f} times the floor")
        print(f"{len(table):,} rows, {len(report):,} lines of report")
    unit = 1e9 if sys.platform == "darwin" else 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(f"peak of memory {peak:.2f} GB, with the making of the file")


if __name__ == "__main__":
    cells(1_000_000)
    register(110_000)
