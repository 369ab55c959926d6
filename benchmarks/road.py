"""The whole road in one script: clean, measure, target, spells, hazard, watch list; at any size.

    python benchmarks/road.py --sizes 100000 10000000 100000000 240000000 --folder /big/disk

On one made-up panel of eight years. Each step runs in a process of its own, beside a scan of the
same columns by DuckDB: CPU seconds of all threads (the least of some runs, after one on 20,000
rows that loads what is needed), and the most memory. At 100,000 household-years pandas, Parquet
files (DuckDB) and Spark in local mode must agree to 1e-10; above that, files alone. Rows go into
road.csv step by step, and those that are there are not run again (``--again`` does): a run that
was broken off goes on. Panels are taken from the folder (``10000000.parquet``), or made there and
deleted. ``--docs`` writes tables and figure of the documentation from road.csv, and runs nothing.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
CSV, DOCS = HERE / "road.csv", HERE.parent / "docs"
YEARS, BLOCK, SMALL, TINY = range(2013, 2021), 250_000, 100_000, 20_000
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "village"}
KEPT = ["edu", "ill", "village", "county"]  # covariates that spells carry
TEXTS, BLOCKS = 10_000_000, 50_000_000  # rows of the largest text; bytes of one cleaned in blocks
ENGINES = ["pandas", "parquet", "spark"]
LINE, FORMULA, STARTS = 2952, "C(edu) + ill", [1, 2, 3, 4]


# Data ---------------------------------------------------------------------------------


def panel(rows, path):
    """Write the panel, year by year of each block of households."""
    import pyarrow as pa
    from pyarrow import parquet

    total = rows // len(YEARS)
    villages = min(20_000, max(500, total // 6))
    strata = min(200, villages // 10)
    writer = None
    for at in range(0, total, BLOCK):
        n = min(BLOCK, total - at)
        rng = np.random.default_rng((7, at))
        household = np.arange(at, at + n, dtype=np.int64)
        village = rng.integers(0, villages, n).astype(np.int32)
        size = rng.integers(1, 8, n).astype(np.int8)
        weight = np.round(rng.gamma(4, 0.25, n), 4) + 0.01
        edu = rng.integers(0, 4, n).astype(np.int8)
        level = 8.4 + 0.12 * edu + 0.2 * np.sin(village) + rng.normal(0, 0.45, n)
        start = np.where(rng.random(n) < 0.5, 0, rng.integers(2015, 2020, n)).astype(np.int16)
        lag, ill = rng.normal(0, 0.4, n), rng.random(n) < 0.1
        for year in YEARS:
            lag = 0.6 * lag + rng.normal(0, 0.32, n)
            ill = np.where(ill, rng.random(n) < 0.6, rng.random(n) < 0.06)
            helped = (start > 0) & (year >= start)
            log = level + 0.05 * (year - 2013) + lag - 0.6 * ill + 0.15 * helped
            income = np.exp(log)
            poor = (income < LINE).astype(np.int8)
            listed = rng.random(n) < np.where(poor == 1, 0.7, 0.08)
            part = pa.table({
                "household_id": household, "year": np.full(n, year, np.int16),
                "province": (village * 32 // villages).astype(np.int8),
                "county": (village * 1000 // villages).astype(np.int16),
                "stratum": (village * strata // villages).astype(np.int16), "village": village,
                "weight": weight, "size": size, "income": np.round(income),
                "income_exact": income, "poor": poor, "listed": listed.astype(np.int8),
                "score": np.round(log + rng.normal(0, 0.5, n), 2), "start": start, "edu": edu,
                "ill": ill.astype(np.int8),
            })  # fmt: skip
            writer = writer or parquet.ParquetWriter(path, part.schema)
            writer.write_table(part)
    writer.close()


def raw(source, path):
    """The panel as an office sends it: text, with units and signs in the cells."""
    import duckdb

    duckdb.sql(
        f"""COPY (SELECT household_id + 4228000000 AS "户编号", year AS "年度", village AS "行政村",
        size || '人' AS "家庭人口", format('{{:,}}', income::BIGINT) AS "人均纯收入(元)",
        CASE WHEN ill = 1 THEN '患有大病' ELSE '健康' END AS "健康状况",
        CASE WHEN listed = 1 THEN '是' ELSE '否' END AS "是否低保" FROM '{source}')
        TO '{path}' (HEADER)"""
    )


# Steps --------------------------------------------------------------------------------


def held(engine, path):
    """A file as what a step is given: of pandas the table, of DuckDB the path, of Spark its table."""
    if engine == "pandas":
        return pd.read_parquet(path)
    if engine == "parquet":
        return path
    from pyspark.sql import SparkSession

    made = SparkSession.builder.master("local[2]").appName("road")
    for name, value in {
        "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.log.level": "OFF",
        "spark.ui.showConsoleProgress": "false", "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
    }.items():  # fmt: skip
        made = made.config(name, value)
    return made.getOrCreate().read.parquet(str(path))


def numbers(found):
    """Estimates and errors of a result, in the order of its rows."""
    return found.tidy()[["estimate", "std_error"]].to_numpy(dtype=float).ravel().tolist()


def clean(ps, table, work):
    """Text in, typed columns out."""
    if table.stat().st_size > BLOCKS:
        into = work / "clean.parquet"
        _, changes = ps.clean.households(table, into=into)
        found = _asked(f"SELECT count(*), sum(income), sum(size) FROM '{into}'")
        return found + _asked(f"SELECT count(*) FROM '{changes}'")
    made, report = ps.clean.households(table)
    return [len(made), made["income"].sum(), int(made["size"].sum()), len(report)]


def opening(ps, table, work):
    """Strata, units and weights are looked at, once for a survey; the steps below do so, too."""
    svy = ps.Survey(table, **DESIGN)
    return [len(svy.design.units), int(svy.design.units.sum()), len(svy.rows), svy.rows.whole]


def poverty(ps, table, work):
    """Headcount, gap and severity by province and year."""
    svy = ps.Survey(table, **DESIGN)
    return numbers(ps.poverty(svy, "income", LINE, by=["province", "year"]))


def relative(ps, table, work):
    """Poverty below half of the median, whose error counts."""
    return numbers(ps.poverty(ps.Survey(table, **DESIGN), "income", ps.relative_line(0.5)))


def inequality(ps, table, work):
    """Gini, Theil and the others."""
    return numbers(ps.inequality(ps.Survey(table, **DESIGN), "income"))


def targeting(ps, table, work):
    """Errors of a list of the poor."""
    return numbers(ps.targeting_errors(ps.Survey(table, **DESIGN), "listed", "poor"))


def auc(ps, table, work):
    """How well a score tells who is poor."""
    return numbers(ps.auc(ps.Survey(table, **DESIGN), "score", "poor"))


def transitions(ps, table, work):
    """Moves in and out of poverty."""
    return numbers(ps.transitions(ps.Survey(table, **DESIGN)))


def relapse_rates(ps, table, work):
    """Return rates by year, of each denominator."""
    return numbers(ps.relapse_rates(ps.Survey(table, **DESIGN), by="year"))


def spells(ps, table, work):
    """Spells out of poverty, with covariates; past memory into a file, of Spark a folder."""
    into = None if isinstance(table, pd.DataFrame) else work / f"made_{type(table).__name__}"
    made = ps.spells(table, covariates=KEPT, into=into)
    if into is not None:
        files = f"{into}/*.parquet" if into.is_dir() else into
        made = _asked(
            f"SELECT count(*), sum(exit), sum(event::INTEGER), sum(ill) FROM read_parquet('{files}')"
        )
        _remove(into)
        return made
    return [len(made), *made[["exit", "event", "ill"]].sum().astype(int).tolist()]


def hazard(ps, table, work):
    """A model of relapse, with errors by village."""
    fit = ps.relapse_model(FORMULA, table, cluster="village", baseline=STARTS)
    fit.save(work / "model.json")
    return numbers(fit)


def watch(ps, table, work):
    """Of who is out now, the five in a hundred of the highest risk within three years."""
    fit, into = ps.load_model(work / "model.json"), None
    if isinstance(table, pd.DataFrame):
        now = table[
            table["origin_known"] & ~table["event"] & (table["origin"] + table["exit"] == 2020)
        ]
        risk = fit.risk(now.assign(duration=now["exit"]), horizon=3)
    else:
        of_now = "SELECT *, exit AS duration FROM {} WHERE origin_known AND NOT event AND origin + exit = 2020"
        if isinstance(table, str | Path):
            import duckdb

            now = duckdb.sql(of_now.format(f"'{table}'"))
        else:
            now = table.sparkSession.sql(of_now.format("{table}"), table=table)
        into = work / f"risk_{type(now).__module__.split('.')[0]}.parquet"
        risk = fit.risk(now, horizon=3, into=into)
    watched = ps.watch_list(risk, capacity=0.05)
    if into is not None:
        _remove(into)
    on_list = watched.table[watched.table["on_list"]]
    return [watched.households, watched.capacity, len(on_list), on_list["risk"].sum(),
            on_list["ci_high"].sum(), int(watched.table["tied"].sum())]  # fmt: skip


_OF_DESIGN = "weight stratum village"
_OF_SPELLS = "household_id edu ill entry exit event origin_known origin"
STEPS = {  # what runs; what it reads, and which columns
    clean: ("raw", ""),
    opening: ("panel", _OF_DESIGN),
    poverty: ("panel", f"income province year {_OF_DESIGN}"),
    relative: ("panel", f"income {_OF_DESIGN}"),
    inequality: ("panel", f"income {_OF_DESIGN}"),
    targeting: ("panel", f"listed poor {_OF_DESIGN}"),
    auc: ("panel", f"score poor {_OF_DESIGN}"),
    transitions: ("panel", f"household_id year poor {_OF_DESIGN}"),
    relapse_rates: ("panel", f"household_id year poor {_OF_DESIGN}"),
    spells: ("panel", f"household_id year poor weight stratum {' '.join(KEPT)}"),
    hazard: ("spells", f"{_OF_SPELLS} village"),
    watch: ("spells", f"{_OF_SPELLS} village county"),
}  # fmt: skip
NAMES = {one.__name__: one for one in STEPS}


def _remove(path):
    """Remove a file, or the folder that Spark wrote."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _asked(query):
    """Numbers of one row of an answer."""
    import duckdb

    return [float(one) for one in duckdb.sql(query).fetchall()[0]]


def scan(path, columns):
    """The same columns, read and added up by DuckDB; of text its length."""
    if path.suffix == ".csv":
        return _asked(f"SELECT sum(length(COLUMNS(*))) FROM read_csv('{path}', all_varchar=true)")
    return _asked(
        f"SELECT {', '.join(f'sum({one}::DOUBLE)' for one in columns.split())} FROM '{path}'"
    )


# Costs --------------------------------------------------------------------------------


def _java():
    """CPU seconds and memory of what Spark runs beside this process."""
    import psutil

    every = psutil.Process().children(recursive=True)
    return sum(sum(one.cpu_times()[:2]) for one in every), sum(
        one.memory_info().rss for one in every
    )


def _peak():
    """Most memory of this process, in MB."""
    import resource

    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    # what the kernel tells of usage begins at the size of the process that started this one
    return int(re.search(r"VmHWM:\s+(\d+)", status.read_text()).group(1)) / 1024


def child(step, engine, folder, rows, limit):
    """Run one step (or its scan), and print what it cost and found."""
    import resource

    import duckdb

    work = folder / f"road_{rows}"
    if engine != "spark":  # better refused than all of the machine taken
        resource.setrlimit(resource.RLIMIT_DATA, (limit * 2**30,) * 2)
    duckdb.sql(f"SET memory_limit = '{limit * 2 // 3}GB'")
    duckdb.sql(f"SET temp_directory = '{folder}'")
    duckdb.sql("SET preserve_insertion_order = false")
    name, _, of_scan = step.partition(" ")
    ask, (kind, columns) = NAMES[name], STEPS[NAMES[name]]
    path, tiny = (_file(folder, kind, size) for size in (rows, TINY))
    if of_scan:
        run = lambda path, work: scan(path, columns)  # noqa: E731
    else:
        import povstudy as ps

        run = lambda table, work: ask(ps, table, work)  # noqa: E731
    hold = (lambda path: path) if of_scan or kind == "raw" else lambda path: held(engine, path)
    run(hold(tiny), folder / f"road_{TINY}")
    table, spark = hold(path), engine == "spark" and not of_scan
    java, start = _java()[0] if spark else 0, time.process_time()
    found = run(table, work)
    seconds = time.process_time() - start
    peak = _peak()
    if spark:
        after = _java()
        seconds, peak = seconds + after[0] - java, peak + after[1] / 2**20
    print(json.dumps({"cpu": seconds, "peak": peak, "found": found}))


def _file(folder, kind, rows):
    """Where the panel lies, its raw form, or its spells."""
    if kind == "panel":
        return folder / f"{rows}.parquet"
    return folder / f"road_{rows}" / ("raw.csv" if kind == "raw" else "spells.parquet")


def _run(step, engine, rows, given):
    """Cost and answer of a step in a process of its own; ``None`` if it failed."""
    command = [sys.executable, __file__, "--child", step, engine, "--sizes", str(rows), "--folder",
               str(given.folder), "--limit", str(given.limit)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines()[-4:] or [f"ended with {done.returncode}"]
        print(f"    {step}, {engine}: {' '.join(said)[:400]}", flush=True)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def _least(step, engine, rows, given):
    """The run of the least CPU seconds."""
    made = []
    for _ in range(given.times):
        made.append(_run(step, engine, rows, given))
        if made[-1] is None:
            return None
    return min(made, key=lambda one: one["cpu"]) | {"peak": min(one["peak"] for one in made)}


def prepared(rows, folder):
    """Make what is not there yet; the files that were made."""
    import duckdb

    import povstudy as ps

    made = [path] if not (path := _file(folder, "panel", rows)).exists() else []
    if made:
        print(f"  making {path}", flush=True)
        panel(rows, part := path.with_suffix(".part"))
        part.rename(path)
    _file(folder, "raw", rows).parent.mkdir(exist_ok=True)
    if rows <= TEXTS and not (text := _file(folder, "raw", rows)).exists():
        raw(path, text)
    if not (into := _file(folder, "spells", rows)).exists():
        print(f"  making {into}", flush=True)
        duckdb.sql("SET memory_limit = '8GB'")
        duckdb.sql(f"SET temp_directory = '{folder}'")
        duckdb.sql("SET preserve_insertion_order = false")
        ps.spells(path, covariates=KEPT, into=into.with_suffix(".part")).rename(into)
    return made


def _results():
    """What was measured so far."""
    if CSV.exists():
        return pd.read_csv(CSV)
    return pd.DataFrame(columns=["rows", "engine", "step"])


def _keep(row):
    """Put a row into the file of results, in its place."""
    table, order = _results(), {one: i for i, one in enumerate(NAMES)}
    own = ["rows", "engine", "step"]
    other = table[(table[own] != pd.Series(row)[own]).any(axis=1)]
    table = pd.concat([other, pd.DataFrame([row])]).astype({"rows": int, "peak_mb": int})
    by = lambda x: x.map(order) if x.name == "step" else x  # noqa: E731
    table = table.sort_values(["rows", "step", "engine"], key=by)
    table.to_csv(CSV, index=False, lineterminator="\n")


def asked_of(rows):
    """Steps of a size, and the engines that are asked: the first is what others must agree with."""
    for ask, (kind, _) in STEPS.items():
        if kind != "raw":
            yield ask, ["parquet"] if rows > SMALL else ENGINES
        elif rows <= TEXTS:  # of larger ones the typed files alone
            yield ask, ["pandas" if rows <= SMALL else "parquet"]


def measured(rows, given):
    """All steps of one size, into the file of results."""
    made, work = prepared(rows, given.folder), given.folder / f"road_{rows}"
    for ask, engines in asked_of(rows):
        name, scanned, answer = ask.__name__, None, work / f"{ask.__name__}.json"
        for engine in engines:
            there = (rows, engine, name) in _results().set_index(["rows", "engine", "step"]).index
            other = engine not in given.engines or (given.only and name not in given.only)
            if other or (there and not given.again):
                continue
            if ask is watch and not (work / "model.json").exists():
                _run("hazard", "parquet", rows, given)
            scanned = scanned or _least(f"{name} scan", engine, rows, given)
            found = scanned and _least(name, engine, rows, given)
            if not found:
                continue
            if answer.exists():
                wanted = json.loads(answer.read_text("utf-8"))
                np.testing.assert_allclose(found["found"], wanted, 1e-10, 1e-12, err_msg=f"{name}, {engine}")  # fmt: skip
            answer.write_text(json.dumps(found["found"]), "utf-8")
            row = {"rows": rows, "engine": engine, "step": name, "cpu_seconds": round(found["cpu"], 3),
                   "peak_mb": round(found["peak"]), "scan_seconds": round(scanned["cpu"], 3),
                   "ratio": round(found["cpu"] / scanned["cpu"], 2)}  # fmt: skip
            print("  " + ", ".join(f"{one} {value}" for one, value in row.items()), flush=True)
            _keep(row)
    if rows != TINY and not given.keep:
        shutil.rmtree(work)
        for path in made:
            path.unlink()


def main():
    """Run what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--sizes", type=int, nargs="+", default=[SMALL, 10_000_000])
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "road")
    asked.add_argument("--times", type=int, default=2, help="runs, of which the least counts")
    asked.add_argument("--limit", type=int, default=16, help="GB that a step may take")
    asked.add_argument("--only", nargs="+", choices=[*NAMES], help="steps; all, if not told")
    asked.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES)
    asked.add_argument("--keep", action="store_true", help="delete nothing that was made")
    asked.add_argument("--again", action="store_true", help="run what is in road.csv again")
    asked.add_argument("--docs", action="store_true", help="write the documentation from road.csv")
    asked.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.child:
        child(*given.child, given.folder, given.sizes[0], given.limit)
    elif given.docs:
        from road_pages import write

        write()
    else:
        given.folder.mkdir(exist_ok=True, parents=True)
        prepared(TINY, given.folder)
        _run("hazard", "parquet", TINY, given)
        for rows in given.sizes:
            print(f"{rows:,} household-years", flush=True)
            measured(rows, given)


if __name__ == "__main__":
    main()
