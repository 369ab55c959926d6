"""What a relapse model costs beside its peers, with clustered errors, in one run.

    .venv/bin/python benchmarks/relapse.py [--parquet] [--rscript] [--frailty]

A million person-periods with six discrete covariates in 2,000 villages, beside statsmodels GLM
on rows; ``--rscript``: and beside R glm with sandwich::vcovCL; ``--parquet``: ten million
person-periods from a file; ``--frailty``: 100,000 households. Prints CPU seconds after the
imports (povstudy: the least of three); what the sides give must agree.
"""

import argparse
import json
import resource
import subprocess
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

RIGHT = "a + b + c + d + C(e) + C(f)"
R_SIDE = """
library(sandwich); d <- read.csv("{file}"); d$k <- factor(d$exit)
start <- proc.time()
fit <- glm(event ~ 0 + k + factor(a) + b + factor(c) + factor(d) + factor(e) + factor(f),
           binomial("cloglog"), d, control = glm.control(epsilon = 1e-10))
v <- vcovCL(fit, cluster = d$village, type = "HC1")
took <- sum((proc.time() - start)[c(1, 2)])
cat(sprintf('{{"seconds": %.2f, "e": %.12f, "se": %.12f}}', took, coef(fit)["factor(e)1"],
            sqrt(diag(v))["factor(e)1"]))
"""


def person_periods(households, seed=0):
    """Rows of households until they fall back, at most five periods."""
    rng = np.random.default_rng(seed)
    end = rng.geometric(0.12, households)
    width = np.minimum(end, 5)
    rows = int(width.sum())
    entry = np.arange(rows) - np.repeat(np.cumsum(width) - width, width)
    of_household = lambda levels: np.repeat(rng.integers(0, levels, households), width)  # noqa: E731
    of_period = lambda levels: rng.integers(0, levels, rows)  # noqa: E731
    return pd.DataFrame({
        "household_id": np.repeat(np.arange(households) + seed * households, width),
        "village": of_household(2000), "entry": entry, "exit": entry + 1,
        "a": pd.Categorical(of_household(4).astype(str)), "b": of_household(2),
        "c": pd.Categorical(of_period(5).astype(str)),
        "d": pd.Categorical(of_household(3).astype(str)), "e": of_period(10), "f": of_period(10),
        "event": entry + 1 == np.repeat(end, width),
    })  # fmt: skip


def least(call, times=3):
    """Least CPU seconds, and the answer."""
    found = []
    for _ in range(times):
        start = time.process_time()
        answer = call()
        found.append(time.process_time() - start)
    return min(found), answer


def rows_by_statsmodels(table):
    """The same model on rows; its design matrix is made beforehand."""
    import statsmodels.api as sm
    from formulaic import model_matrix

    design = model_matrix("0 + C(exit) + " + RIGHT, table).astype(float)
    family = sm.families.Binomial(sm.families.links.CLogLog())
    start = time.process_time()
    fit = sm.GLM(table["event"].astype(float), design, family=family).fit(
        tol=1e-12, cov_type="cluster", cov_kwds={"groups": table["village"].to_numpy()}
    )
    return time.process_time() - start, fit


def written(path):
    """Ten million person-periods in a file."""
    import pyarrow as pa
    from pyarrow import parquet

    writer = None
    for seed in range(13):
        part = pa.Table.from_pandas(person_periods(200_000, seed).astype(
            {"a": str, "c": str, "d": str}), preserve_index=False)  # fmt: skip
        writer = writer or parquet.ParquetWriter(path, part.schema)
        writer.write_table(part)
    writer.close()


def from_parquet(ps):
    """Ten million person-periods, from a file that another process wrote: the peak is of the fit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "periods.parquet"
        writing = get_context("spawn").Process(target=written, args=(path,))
        writing.start()
        writing.join()
        seconds, fit = least(lambda: ps.relapse_model(RIGHT, path, "village"), 2)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{fit.n:,} rows of Parquet: {seconds:.2f} CPU s; peak of the process {most:.2f} GB")


def with_frailty(ps):
    """A hundred thousand households with two spells each."""
    rng = np.random.default_rng(0)
    x, factor = rng.normal(size=100_000).round(1), rng.gamma(2, 0.5, 100_000)
    spells = []
    for spell in (1, 2):
        ends = rng.random((100_000, 6)) < 1 - np.exp(-(np.exp(-1.6 + 0.5 * x) * factor))[:, None]
        event = ends.any(axis=1)
        spells.append(pd.DataFrame({
            "household_id": np.arange(100_000), "spell": spell, "x": x, "entry": 0, "event": event,
            "exit": np.where(event, ends.argmax(axis=1) + 1, 6)}))  # fmt: skip
    spells = pd.concat(spells, ignore_index=True)
    seconds, fit = least(lambda: ps.relapse_model("x", spells, frailty="gamma"), 2)
    print(f"gamma frailty, 100,000 households: {seconds:.2f} CPU s, variance "
          f"{fit.frailty.variance:.3f} (truth 0.5), x {fit.params['x']:.3f} (truth 0.5)")  # fmt: skip


def main():
    """Run what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--parquet", "--rscript", "--frailty"):
        asked.add_argument(name, action="store_true")
    asked = asked.parse_args()
    import povstudy as ps

    ps.relapse_model("x", pd.DataFrame({"household_id": range(8), "x": range(8), "entry": 0,
                                        "exit": [1, 2] * 4, "event": [0, 1, 1, 0, 0, 1, 1, 1]}))  # fmt: skip
    if asked.parquet:  # first, so that the peak is its own
        from_parquet(ps)
    table = person_periods(255_000)
    own, fit = least(lambda: ps.relapse_model(RIGHT, table, "village"))
    print(f"{fit.n:,} rows, povstudy: {own:.3f} CPU s")
    if asked.rscript:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "periods.csv"
            table.assign(event=table["event"].astype(int)).to_csv(file, index=False)
            told = subprocess.run(["Rscript", "-e", R_SIDE.format(file=file)], check=True,
                                  capture_output=True, text=True).stdout  # fmt: skip
        told = json.loads(told)
        assert abs(told["e"] - fit.params["C(e)[T.1]"]) < 1e-8
        error = np.sqrt(fit.cov("expected").loc["C(e)[T.1]", "C(e)[T.1]"])
        assert abs(told["se"] / error - 1) < 1e-6
        print(f"R glm and vcovCL: {told['seconds']:.1f} CPU s, {told['seconds'] / own:.0f} times")
    seconds, rows = rows_by_statsmodels(table)
    assert np.allclose(rows.params[fit.formula.names], fit.params[fit.formula.names], atol=1e-8)
    assert np.allclose(rows.bse[fit.formula.names], fit.std_errors[fit.formula.names], rtol=1e-6)
    print(f"statsmodels GLM on rows: {seconds:.1f} CPU s, {seconds / own:.0f} times")
    if asked.frailty:
        with_frailty(ps)


if __name__ == "__main__":
    main()
