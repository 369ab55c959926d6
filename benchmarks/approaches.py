"""Effects of approaches: what they cost past memory, and how often intervals hold the truth.

    .venv/bin/python benchmarks/approaches.py           # two million households from a file
    .venv/bin/python benchmarks/approaches.py coverage   # 2,000 panels; some minutes

The first writes 200,000 households of 8 years, and two million, and compares each in a process of
its own, without covariates and with; of 200,000, also diff-diff on the table in memory. The second
simulates panels with selection, staggered starts, attrition and second helps, whose effects are
known (tests/reference/effects.py), and writes effect_coverage.csv: bias, the mean error over the spread of the estimates, coverage of
pointwise intervals, and of bands (row ``band``), for group-time effects with covariates and
without, and for a regression with household and year effects. Effects of the earliest and the
last year rest on one cohort of 15 villages; their intervals hold least often.
"""

import resource
import runpy
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
MADE = runpy.run_path(str(HERE.parent / "tests" / "reference" / "effects.py"))
PANELS, PROCESSES = 2_000, 2


def written(path, households, years=8, block=250_000):
    """A panel as a file: half of the households are helped from one of five years on, by 0.15."""
    import pyarrow as pa
    from pyarrow import parquet

    writer = None
    for at in range(0, households, block):
        rng, n = np.random.default_rng(at), min(block, households - at)
        village, assets = rng.integers(0, 20_000, n), rng.integers(0, 4, n)
        start = np.where(rng.random(n) < 0.5, 0, rng.integers(2015, 2020, n))
        level, lag = 8.4 + 0.1 * assets + rng.normal(0, 0.5, n), rng.normal(0, 0.4, n)
        for year in range(2013, 2013 + years):
            lag = 0.6 * lag + rng.normal(0, 0.32, n)
            log = level + 0.05 * (year - 2013) + lag + 0.15 * ((start > 0) & (year >= start))
            part = pa.table({
                "household_id": np.arange(at, at + n), "year": np.full(n, year), "start": start,
                "village": village, "assets": assets, "log_income": log})  # fmt: skip
            writer = writer or parquet.ParquetWriter(path, part.schema)
            writer.write_table(part)
    writer.close()


def from_file(path, covariates):
    """CPU seconds and peak in GB of `compare`, and effects by years since the start."""
    from povstudy import compare

    start = time.process_time()
    found = compare(path, "log_income", "village", starts={"help": "start"}, covariates=covariates)
    took = time.process_time() - start
    return took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, found.tidy("since")


def from_table(path):
    """The same of diff-diff, on the table in memory; reading it does not count as time."""
    from diff_diff import CallawaySantAnna

    panel = pd.read_parquet(path)
    start = time.process_time()
    made = CallawaySantAnna(cluster="village", base_period="universal")
    fit = made.fit(panel, "log_income", "household_id", "year", "start")
    study = fit.aggregate("event_study").to_dataframe()
    took = time.process_time() - start
    return took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, study


def alone(work, *asked):
    """What a process of its own gives."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(work, asked)


def past_memory():
    """Print what files cost."""
    with tempfile.TemporaryDirectory() as folder:
        for households in (200_000, 2_000_000):
            path = str(Path(folder) / f"{households}.parquet")
            alone(written, path, households)
            for covariates in ([], ["assets"]):
                took, peak, found = alone(from_file, path, covariates)
                effect = found.loc[found["since"] == 0, "estimate"].item()
                print(f"{households:,} households, covariates {covariates}: {took:.1f} CPU s, peak "
                      f"{peak:.2f} GB; effect {effect:.4f} (truth 0.15)")  # fmt: skip
                if households == 200_000 and not covariates:
                    peer, most, study = alone(from_table, path)
                    study = study.set_index("event_time")["att"].loc[found["since"]]
                    assert np.allclose(study, found["estimate"], atol=1e-8)
                    print(f"    diff-diff, in memory: {peer:.1f} CPU s, peak {most:.2f} GB")


def two_way(panel):
    """Help of each arm, household and year effects: coefficients, errors clustered by village."""
    on = np.column_stack(
        [panel["year"] >= panel[name].fillna(9999) for name in MADE["STARTS"].values()]
    )
    y = np.column_stack([panel["log_income"], on]).astype(float)
    for _ in range(60):  # means of households and years, in turn
        for code in (panel["household_id"].to_numpy(), panel["year"].to_numpy() - 2012):
            count = np.bincount(code)
            means = [np.bincount(code, column) / np.maximum(count, 1) for column in y.T]
            y -= np.column_stack(means)[code]
    x, inverse = y[:, 1:], np.linalg.inv(y[:, 1:].T @ y[:, 1:])
    beta = inverse @ x.T @ y[:, 0]
    village = panel["village"].to_numpy()
    left = y[:, 0] - x @ beta
    score = np.column_stack([np.bincount(village, column * left) for column in x.T])
    clusters = len(score)
    cov = inverse @ (score.T @ score) @ inverse * clusters / (clusters - 1)
    return np.r_[beta, beta[1] - beta[0]], np.sqrt(np.r_[np.diag(cov), cov.sum() - 4 * cov[0, 1]])


def one(seed):
    """Estimates, errors and whether intervals hold the truth, of one panel."""
    import povstudy as ps

    panel, rows = MADE["make_panel"](seed), []
    names = ("administrative", "social_work", "social_work - administrative")
    for method, covariates in (("group-time, assets", ["assets"]), ("group-time", [])):
        eff = ps.compare(panel, "log_income", "village", covariates=covariates)
        for by in ("overall", "since") if covariates else ("overall",):
            true = MADE["truth"]([] if by == "overall" else ["since"])
            for found in (eff.effects(by), eff.contrast("social_work", "administrative", by)):
                table = found.tidy()
                wanted = [
                    _true(true, row.arm, getattr(row, by, None)) for row in table.itertuples()
                ]
                held = (table["ci_low"] <= wanted) & (wanted <= table["ci_high"])
                rows += [
                    (method, by, row.arm, getattr(row, by, np.nan), row.estimate, row.std_error, true, ok)
                    for row, true, ok in zip(table.itertuples(), wanted, held, strict=True)
                ]  # fmt: skip
                if by == "since":
                    band = found.band()
                    ok = ((band["ci_low"] <= wanted) & (wanted <= band["ci_high"])).all()
                    arm = "both arms" if len(set(table["arm"])) > 1 else table["arm"][0]
                    rows.append((method, "band", arm, np.nan, np.nan, np.nan, np.nan, ok))
    from scipy import stats

    true = MADE["truth"]([])
    beta, errors = two_way(panel)
    for name, estimate, error in zip(names, beta, errors, strict=True):
        wanted = _true(true, name, None)
        ok = abs(estimate - wanted) <= stats.t.ppf(0.975, 119) * error
        rows.append(("two-way fixed effects", "overall", name, np.nan, estimate, error, wanted, ok))
    return rows


def _true(true, arm, since):
    if since is not None and since < 0:
        return 0.0
    two = arm.split(" - ")
    values = [true[(one,)] if isinstance(true.index, pd.MultiIndex) and since is None else
              true[one] if since is None else true[(one, since)] for one in two]  # fmt: skip
    return values[0] - (values[1] if len(two) > 1 else 0)


def coverage():
    """Write the table."""
    start = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES) as pool:
        rows = [row for part in pool.map(one, range(PANELS), chunksize=20) for row in part]
    columns = ["method", "by", "arm", "since", "estimate", "std_error", "truth", "coverage"]
    table = pd.DataFrame(rows, columns=columns)
    grouped = table.groupby(["method", "by", "arm", "since"], dropna=False, sort=False)
    made = grouped.agg(truth=("truth", "mean"), mean=("estimate", "mean"), spread=("estimate", "std"),
                       std_error=("std_error", "mean"), coverage=("coverage", "mean"),
                       panels=("coverage", "size")).reset_index()  # fmt: skip
    made.insert(5, "bias", made["mean"] - made["truth"])
    made.insert(8, "error_over_spread", made["std_error"] / made["spread"])
    made = made.drop(columns="mean")
    made.round(4).to_csv(HERE / "effect_coverage.csv", index=False, lineterminator="\n")
    print(made.round(4).to_string(index=False))
    print(f"{time.perf_counter() - start:.0f} seconds")


if __name__ == "__main__":
    coverage() if "coverage" in sys.argv[1:] else past_memory()
