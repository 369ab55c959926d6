"""What poverty and inequality with their errors cost, beside the same by hand and two peers.

    .venv/bin/python benchmarks/measures.py --peers OTHER/bin/python --folder FOLDER

``--peers`` names a Python that has svy and samplics (``pip install svy samplics``), ``--folder``
a place with 4 GB for the Parquet files, which are made there once and left. Prints CPU seconds
(of all threads, the least of the runs) and peaks of memory, with the imports and the table. Each
side runs in a process of its own, on the same rows. All sides start with the design: keys of
strata, PSUs and provinces are numbers with gaps, as they come. What both sides give must agree.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

LINE, SHARE = 6000.0, 0.6
CODES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65"
)
PROVINCES = np.array(CODES.split(), dtype=np.int64)
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}
STEPS = {
    "door": "the design, looked at",
    "fgt": "FGT0, FGT1, FGT2",
    "relative": "rate below 60 % of the median, its line",
    "gini": "Gini",
}


def sample(rows, psus, strata, start=0, stop=None, seed=0):
    """Columns of households in the order of the units; some or all of the rows of one sample.

    Strata lie within provinces, PSUs within strata; PSUs differ in size and in their mean.
    """
    stop = rows if stop is None else stop
    one = np.random.default_rng([seed, psus])
    ends = np.cumsum(one.gamma(8, size=psus))
    ends, means = (ends / ends[-1] * rows).astype(np.int64), one.normal(0, 0.3, psus)
    rng = np.random.default_rng([seed, rows, start])
    unit = np.searchsorted(ends, np.arange(start, stop), side="right")
    stratum = unit * strata // psus
    income = np.exp(9.3 + means[unit] + rng.normal(0, 0.8, stop - start))
    return {
        "income": np.round(income, 2),
        "weight": np.round(rng.gamma(4, 50, stop - start) + 1, 3),
        "stratum": stratum * 3 + 1000,
        "psu": unit * 7 + 100_000,
        "province": PROVINCES[stratum * len(PROVINCES) // strata],
    }


# The sides: each takes the columns and goes the steps ------------------------------------


class Povstudy:
    """What is measured."""

    runs = 5

    def __init__(self, columns):
        """Make the table."""
        import pandas as pd

        self.table = pd.DataFrame(columns, copy=False)

    def door(self):
        """Check the design."""
        import povstudy as ps

        self.svy = ps.Survey(self.table, **DESIGN)

    def _read(self, found):
        table = found.tidy()
        return [table[name].to_numpy() for name in ("estimate", "std_error")]

    def fgt(self):
        """Poverty by an absolute line."""
        import povstudy as ps

        return self._read(ps.poverty(self.svy, "income", LINE, by="province"))

    def relative(self):
        """Poverty by a relative line."""
        import povstudy as ps

        line = ps.relative_line(SHARE)
        return self._read(
            ps.poverty(self.svy, "income", line, by="province", measures=["headcount"])
        )

    def gini(self):
        """Inequality."""
        import povstudy as ps

        return self._read(ps.inequality(self.svy, "income", by="province", measures=["gini"]))


class TextProvinces(Povstudy):
    """The same, provinces by name."""

    def __init__(self, columns):
        """Make the table."""
        super().__init__(columns)
        self.table["province"] = "province " + self.table["province"].astype("str")


class Polars(Povstudy):
    """The same, a table of polars."""

    def __init__(self, columns):
        """Make the table."""
        import polars as pl

        self.table = pl.DataFrame(columns)


class Parquet(Povstudy):
    """The same, from Parquet files."""

    def __init__(self, path):
        """Keep the path."""
        self.table = path


class Parquet1(Parquet):
    """The same, once."""

    runs = 1


class Numpy:
    """The same formulas by hand, for these columns alone: nothing missing, nothing checked."""

    runs = 5

    def __init__(self, columns):
        """Name the columns."""
        self.y, self.w = columns["income"], columns["weight"]
        self.keys = [columns[name] for name in ("stratum", "psu", "province")]

    def door(self):
        """Codes of keys, and the cells of a PSU and a province."""
        stratum, psu, province = self.keys
        _, stratum = np.unique(stratum, return_inverse=True)
        names, first, self.unit = np.unique(psu, return_index=True, return_inverse=True)
        names, self.domain = np.unique(province, return_inverse=True)
        self._design(stratum[first], len(names))

    def _design(self, of_unit, domains):
        self.of_unit, self.domains = of_unit, domains
        units = np.bincount(of_unit)
        self.units, self.factor = units, units / (units - 1)
        self.cell = self.unit * domains + self.domain
        self.count = len(of_unit) * domains
        self.total = np.bincount(self.domain, self.w)

    def _errors(self, totals, columns):
        """Errors of estimates from influences: of each PSU (first index) on each estimate."""
        stratum = np.broadcast_to(self.of_unit[:, None], totals.shape)
        code = stratum * columns + np.arange(columns)
        sums = np.bincount(code.ravel(), totals.ravel(), len(self.units) * columns)
        sums = sums.reshape(-1, columns)
        between = (self.factor[:, None] * sums**2 / self.units[:, None]).sum(axis=0)
        return np.sqrt(self.factor[self.of_unit] @ totals**2 - between)

    def _cells(self, x):
        return np.bincount(self.cell, x, self.count).reshape(-1, self.domains)

    def fgt(self):
        """Poverty by an absolute line."""
        weight, poor = self._cells(self.w), self.y < LINE
        gap = np.where(poor, 1 - self.y / LINE, 0.0)
        first = self.w * gap
        estimates, errors = [], []
        for x in (self.w * poor, first, first * gap):
            sums = self._cells(x)
            estimate = sums.sum(axis=0) / self.total
            estimates.append(estimate)
            errors.append(self._errors((sums - estimate * weight) / self.total, self.domains))
        return np.concatenate(estimates), np.concatenate(errors)

    def relative(self):
        """Poverty by a relative line."""
        y, w = self.y, self.w
        order = np.argsort(y)
        running = np.cumsum(w[order])
        whole = running[-1]
        low, cut, high = (y[order[np.searchsorted(running, p * whole)]] for p in (0.25, 0.5, 0.75))
        line, mean = SHARE * cut, w @ y / whole
        deviation = np.sqrt(w @ (y - mean) ** 2 / whole)
        effective = whole**2 / (w @ w)
        width = 0.9 * min(deviation, (high - low) / 1.349) * effective**-0.2
        scale = width * np.sqrt(2 * np.pi)
        density = w @ np.exp(-(((y - cut) / width) ** 2) / 2) / scale / whole
        bell = np.exp(-(((y - line) / width) ** 2) / 2) / scale
        moved = np.bincount(self.domain, w * bell) / self.total
        weight, poor = self._cells(w), self._cells(w * (y < line))
        below = np.bincount(self.unit, w * (y <= cut))
        of_line = -SHARE * (below - 0.5 * weight.sum(axis=1)) / (whole * density)
        estimate = poor.sum(axis=0) / self.total
        own = (poor - estimate * weight) / self.total + of_line[:, None] * moved
        errors = self._errors(np.column_stack([own, of_line]), self.domains + 1)
        return np.append(estimate, line), errors

    def gini(self):
        """Inequality."""
        order = np.argsort(self.y)
        order = order[np.argsort(self.domain.astype(np.uint8)[order], kind="stable")]
        y, w, domain = self.y[order], self.w[order], self.domain[order]
        wy = w * y
        new = np.append(True, (y[1:] != y[:-1]) | (domain[1:] != domain[:-1]))
        first = np.flatnonzero(new)
        times = np.diff(np.append(first, len(y)))
        start = np.searchsorted(domain, np.arange(self.domains))

        def middle(x):
            """Running sum within the domain, tied rows at the middle of theirs."""
            running = np.append(0.0, np.cumsum(x))
            ends = np.append(first[1:], len(y))
            half = (running[first] + running[ends]) / 2 - running[start][domain[first]]
            return np.repeat(half, times)

        rank = middle(w) / self.total[domain]
        sums = np.bincount(domain, wy)
        moment = np.bincount(domain, wy * rank)
        t, c = sums[domain], moment[domain]
        above = (t - middle(wy) - c) / self.total[domain]
        influence = np.empty(len(y))
        influence[order] = 2 * w * (y * (rank - c / t) + above) / t
        return 2 * moment / sums - 1, self._errors(self._cells(influence), self.domains)


class NumpyCodes(Numpy):
    """The same, for keys that are numbered from zero already."""

    def door(self):
        """Number the keys once, untimed; see `ready`."""
        stratum, psu, province = self.coded
        of_unit = np.empty(psu[-1] + 1, dtype=np.int64)
        of_unit[psu] = stratum
        self.unit, self.domain = psu, province
        self._design(of_unit, len(PROVINCES))

    def __init__(self, columns):
        """Number the keys."""
        super().__init__(columns)
        self.coded = [np.unique(key, return_inverse=True)[1] for key in self.keys]


class Svy:
    """The package svy."""

    runs = 3

    def __init__(self, columns):
        """Make the table."""
        import polars as pl

        self.table = pl.DataFrame(columns)

    def door(self):
        """Make the sample, with the columns that the means are of."""
        import polars as pl
        import svy

        poor = pl.col("income") < LINE
        gap = pl.when(poor).then(1 - pl.col("income") / LINE).otherwise(0.0)
        table = self.table.with_columns(fgt0=poor.cast(pl.Float64), fgt1=gap, fgt2=gap * gap)
        self.svy = svy.Sample(table, svy.Design(stratum="stratum", psu="psu", wgt="weight"))

    def fgt(self):
        """Poverty by an absolute line."""
        found = [self.svy.estimation.mean(y, by="province") for y in ("fgt0", "fgt1", "fgt2")]
        tables = [one.to_polars().sort("province") for one in found]
        return [np.concatenate([one[name] for one in tables]) for name in ("est", "se")]


class Samplics:
    """The package samplics."""

    runs = 1

    def __init__(self, columns):
        """Keep the columns."""
        self.columns = columns

    def door(self):
        """Make the columns that the means are of; it has no design to be made."""
        y = self.columns["income"]
        gap = np.where(y < LINE, 1 - y / LINE, 0.0)
        self.means = [(y < LINE).astype(float), gap, gap * gap]

    def fgt(self):
        """Poverty by an absolute line."""
        from samplics import TaylorEstimator
        from samplics.utils.types import PopParam

        stratum, psu, weight = (self.columns[name] for name in ("stratum", "psu", "weight"))
        tables = []
        for y in self.means:
            one = TaylorEstimator(PopParam.mean)
            one.estimate(y=y, samp_weight=weight, stratum=stratum, psu=psu,
                         domain=self.columns["province"])  # fmt: skip
            tables.append(one.to_dataframe())
        return [np.concatenate([one[x] for one in tables]) for x in ("_estimate", "_stderror")]


class Scan:
    """DuckDB, adding up the columns that are needed: the least it could do."""

    runs = 3

    def __init__(self, path):
        """Keep the path."""
        self.path = path

    def fgt(self):
        """Add up."""
        import duckdb

        columns = ("income", "weight", "stratum", "psu", "province")
        sums = ", ".join(f"sum({one})" for one in columns)
        return duckdb.sql(f"SELECT {sums} FROM '{self.path}/*.parquet'").fetchall()


SIDES = {
    one.__name__: one
    for one in (Povstudy, TextProvinces, Polars, Parquet, Parquet1, Numpy, NumpyCodes, Svy,
                Samplics, Scan)
}  # fmt: skip


# One process for each side ----------------------------------------------------------------


def child(side, data, steps):
    """Go the steps of a side; print seconds, peak of memory and numbers."""
    folder = Path(data)
    columns = data if folder.is_dir() else dict(np.load(data))
    one = SIDES[side](columns)
    del columns
    seconds, numbers = {}, {}
    for _ in range(one.runs):
        for step in ("door", *steps):
            call = getattr(one, step, None)
            if call is None:
                continue
            start = time.process_time()
            found = call()
            spent = time.process_time() - start
            seconds[step] = min(spent, seconds.get(step, spent))
            if step != "door":
                numbers[step] = [np.asarray(x, dtype=float).tolist() for x in found]
    print(json.dumps({"seconds": seconds, "peak": peak(), "numbers": numbers}))


def peak():
    """Most memory that this process had, GB; Linux adds what its parent had to getrusage."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text().splitlines()
        return next(int(one.split()[1]) for one in lines if one.startswith("VmHWM")) / 1e6
    unit = 1e9 if sys.platform == "darwin" else 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def run(side, data, steps=tuple(STEPS)[1:], python=sys.executable):
    """Result of a side, or ``None`` with a word why."""
    command = [python, "-W", "ignore", __file__, "--child", side, str(data), *steps]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        words = done.stderr.strip().splitlines()
        print(f"  {side} could not be run: {words[-1] if words else done.returncode}")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def agree(ours, theirs, within):
    """Refuse numbers that differ."""
    for step, found in theirs["numbers"].items():
        for one, two in zip(ours["numbers"][step], found, strict=True):
            np.testing.assert_allclose(one, two, rtol=within, err_msg=step)


def compare(ours, theirs, name, steps=None):
    """Lines of a table: a step, ours, theirs, how many times ours."""
    if theirs is None:
        return
    steps = [one for one in steps or STEPS if one in theirs["seconds"]]
    for step in steps:
        show(STEPS[step], ours["seconds"][step], name, theirs["seconds"][step])
    whole = [sum(x["seconds"][one] for one in steps) for x in (ours, theirs)]
    if len(steps) > 1:
        show("together", whole[0], name, whole[1])
    print(f"  {'peak of memory, GB':<42}{ours['peak']:9.2f}   {name:<22}{theirs['peak']:9.2f}")


def show(what, ours, name, theirs):
    """Print one line."""
    print(f"  {what:<42}{ours:9.3f}   {name:<22}{theirs:9.3f}{theirs / ours:9.2f}")


def write_parquet(folder, rows, psus, strata, parts):
    """Rows as Parquet files, with two columns that nothing needs; made once."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    for part in range(parts):
        path = folder / f"part-{part:03d}.parquet"
        if path.exists():
            continue
        columns = sample(rows, psus, strata, part * rows // parts, (part + 1) * rows // parts)
        rest = np.random.default_rng([1, part]).normal(size=(2, len(columns["income"])))
        table = pd.DataFrame({**columns, "other": rest[0], "more": rest[1]})
        partial = path.with_suffix(".partial")
        table.to_parquet(partial)
        partial.replace(path)
    return folder


def in_memory(rows, psus, strata, folder, peers):
    """One size, each side in a process of its own."""
    print(f"\n{rows:,} rows, {psus:,} PSUs, {strata} strata, {len(PROVINCES)} provinces: "
          "CPU seconds, and how many times povstudy's")  # fmt: skip
    path = folder / f"sample-{rows}.npz"
    np.savez(path, **sample(rows, psus, strata))
    ours = run("Povstudy", path)
    for side, name, within in (("Numpy", "numpy by hand", 1e-9), ("Polars", "povstudy, polars", 1e-9),
                               ("TextProvinces", "povstudy, text keys", None)):  # fmt: skip
        theirs = run(side, path)
        if theirs and within:
            agree(ours, theirs, within)
        compare(ours, theirs, name)
    for side, name in (("Svy", "svy"), ("Samplics", "samplics")) if peers else ():
        theirs = run(side, path, ("fgt",), peers)
        if theirs:  # both give these means and their errors, and nothing of what is relative
            agree(ours, theirs, 1e-6)
        compare(ours, theirs, name, ["fgt"])
    path.unlink()


def from_parquet(rows, psus, strata, parts, folder):
    """One table past memory."""
    print(f"\n{rows:,} rows in {parts} Parquet files: CPU seconds, and how many times povstudy's")
    path = write_parquet(folder / f"rows-{rows}", rows, psus, strata, parts)
    scan, fgt = run("Scan", path, ("fgt",)), run("Parquet1", path, ("fgt",))
    compare(fgt, scan, "adding up the columns", ["fgt"])
    with_door = fgt["seconds"]["door"] + fgt["seconds"]["fgt"]
    show("with the design looked at", with_door, "adding up the columns", scan["seconds"]["fgt"])
    relative = run("Parquet1", path, ("relative",))
    print(f"  {STEPS['relative']:<42}{relative['seconds']['relative']:9.3f}"
          f"   peak of memory, GB    {relative['peak']:9.2f}")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--peers", help="a Python that has svy and samplics")
    parser.add_argument("--folder", type=Path, help="where Parquet files are made and kept")
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--parquet", type=int, default=100_000_000, help="rows; 0 for none")
    given = parser.parse_args()
    if given.child:
        child(given.child[0], given.child[1], given.child[2:])
        sys.exit()
    with tempfile.TemporaryDirectory() as made:
        place = given.folder or Path(made)
        place.mkdir(parents=True, exist_ok=True)
        for size in given.rows:
            in_memory(size, size // 50, 93, place, given.peers)
        if given.parquet:
            from_parquet(
                given.parquet, given.parquet // 500, 93, max(given.parquet // 5_000_000, 1), place
            )
