"""What povstudy costs beside its peers: the same numbers, in one run.

    .venv/bin/python -m uv pip install -e ".[bench]"
    .venv/bin/python benchmarks/peers.py                # all topics; R where Rscript is there
    .venv/bin/python benchmarks/peers.py curves --rows 100000

Each side works in a process of its own on the same rows, which lie in its own kind of table when
the clock starts; DuckDB reads its file within the time. Seconds are of the processor, of all
threads, after the imports: the median of five runs, of three where one takes over 5 seconds, and
one run where it takes over 30. Memory is the peak of the process. What the sides give must agree;
``agree`` tells within what. Writes peers.csv beside itself, with the versions.
"""

import argparse
import json
import os
import platform
import runpy
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
FILE = HERE / "peers.csv"
LINE, SHARE, PROVINCES, STRATA = 6000.0, 0.6, 31, 93
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}
FORMULA = "a + b + c + d + C(e) + C(f)"
SIDES = {}  # by topic: sides by name, povstudy first


def side(topic, name, agree=1e-9):
    """Name a side: from the folder to a function without arguments that answers with numbers."""

    def named(make):
        SIDES.setdefault(topic, {})[name] = (make, agree)
        return make

    return named


# The rows -------------------------------------------------------------------------------


def households(rows, each=50):
    """Households, ``each`` to a sampling unit, units in strata, strata in provinces; keys with gaps."""
    rng, psus = np.random.default_rng(0), rows // each
    unit = np.sort(rng.integers(0, psus, rows))
    stratum = unit * STRATA // psus
    income = np.exp(9.3 + rng.normal(0, 0.3, psus)[unit] + rng.normal(0, 0.8, rows))
    return pd.DataFrame({
        "income": income.round(2), "weight": (rng.gamma(4, 50, rows) + 1).round(3),
        "stratum": stratum * 3 + 1000, "psu": unit * 7 + 100_000,
        "province": stratum * PROVINCES // STRATA + 11,
    })  # fmt: skip


def periods(rows):
    """Rows of households until they fall back, at most five periods, with six covariates."""
    rng = np.random.default_rng(0)
    end = rng.geometric(0.12, rows)
    width = np.minimum(end, 5)
    end, width = end[width.cumsum() <= rows], width[width.cumsum() <= rows]
    count, rows = len(width), int(width.sum())
    entry = np.arange(rows) - np.repeat(np.cumsum(width) - width, width)
    kept = lambda levels: np.repeat(rng.integers(0, levels, count), width)  # noqa: E731
    moves = lambda levels: rng.integers(0, levels, rows)  # noqa: E731
    return pd.DataFrame({
        "household_id": np.repeat(np.arange(count), width), "village": kept(2000), "entry": entry,
        "exit": entry + 1, "a": kept(4).astype(str), "b": kept(2), "c": moves(5).astype(str),
        "d": kept(3).astype(str), "e": moves(10), "f": moves(10),
        "event": (entry + 1 == np.repeat(end, width)).astype(int),
    })  # fmt: skip


def ends(rows):
    """Spells out of poverty in three arms and ten periods, with late entry, in villages."""
    rng, villages = np.random.default_rng(0), rows // 100
    village, arm = rng.integers(0, villages, rows), rng.integers(0, 3, rows)
    hazard = 0.1 * np.array([1, 0.8, 0.6])[arm] * rng.gamma(2, 0.5, villages)[village]
    ended = np.minimum(rng.geometric(np.clip(hazard, 1e-9, 0.9)), 1_000)
    entry = np.where(rng.random(rows) < 0.2, rng.integers(0, 4, rows), 0)
    seen = np.minimum(entry + rng.integers(1, 10, rows), 10)
    table = pd.DataFrame({
        "household_id": np.arange(rows), "village": village, "arm": np.array(["a", "b", "c"])[arm],
        "entry": entry, "exit": np.minimum(ended, seen), "event": ended <= seen,
    })  # fmt: skip
    return table[ended > entry].reset_index(drop=True)


def helped(rows):
    """Households over eight years; help starts in 2014, 2015 or 2016, if ever."""
    made = runpy.run_path(str(HERE.parent / "tests" / "reference" / "effects.py"))
    panel = made["make_panel"](1, villages=max(rows // 400, 16), households=50, attrition=0,
                               switchers=0)  # fmt: skip
    panel = panel[panel["start_admin"].isna()].drop(columns="start_admin")
    return panel.assign(first=panel["start_social_work"].fillna(0).astype(int)).reset_index(
        drop=True
    )


def register(rows):
    """A raw register as text, with faults."""
    import povstudy as ps

    return ps.clean.synthetic_register(rows // 3, seed=1, faults=rows // 3000)[0]


MADE = {"poverty": households, "relative line": households, "gini": households, "relapse": periods,
        "curves": ends, "effects": helped, "cleaning": register,
        "a design": lambda rows: households(rows, 1_000)}  # fmt: skip
ROWS = {"effects": 160_000, "cleaning": 300_000, "a design": 20_000_000}  # else a million


def table(folder):
    """The rows as a table of pandas."""
    return pd.read_parquet(Path(folder) / "rows.parquet")


# The first look at a design -------------------------------------------------------------


@side("a design", "povstudy, from Parquet")
def own_design(folder):
    """A survey is opened: strata, units and weights are looked at."""
    import povstudy as ps

    path = Path(folder) / "rows.parquet"

    def work():
        svy = ps.Survey(path, **DESIGN)
        return [len(svy.design.units), svy.design.units.sum(), len(svy.rows), svy.rows.whole]

    return work


@side("a design", "DuckDB by hand")
def duckdb_design(folder):
    """The least that shows that each unit lies in one stratum; units found by place, as ours are."""
    import duckdb

    duckdb.sql("SET perfect_ht_threshold = 24")
    asked = f"""SELECT count(DISTINCT low), count(*), sum(n), sum(w), bool_and(low = high) FROM (
        SELECT psu, min(stratum) AS low, max(stratum) AS high, count(*) AS n, sum(weight) AS w
        FROM '{(Path(folder) / "rows.parquet").as_posix()}' GROUP BY psu)"""

    def work():
        *numbers, nested = duckdb.sql(asked).fetchall()[0]
        assert nested
        return numbers

    return work


@side("a design", "its columns added up by DuckDB", agree=None)
def duckdb_scan(folder):
    """What reading alone costs: it finds nothing about the design."""
    import duckdb

    path = (Path(folder) / "rows.parquet").as_posix()
    asked = f"SELECT sum(stratum::DOUBLE), sum(psu::DOUBLE), sum(weight) FROM '{path}'"
    return lambda: duckdb.sql(asked).fetchall()[0]


# Poverty by province, with errors of the design -------------------------------------------


@side("poverty", "povstudy")
def own_poverty(folder):
    """The call that users make, with the design looked at."""
    import povstudy as ps

    rows = table(folder)
    return lambda: numbers(ps.poverty(ps.Survey(rows, **DESIGN), "income", LINE, by="province"))


@side("poverty", "povstudy, from Parquet")
def own_poverty_of_file(folder):
    """The same of a path."""
    import povstudy as ps

    path = Path(folder) / "rows.parquet"
    return lambda: numbers(ps.poverty(ps.Survey(path, **DESIGN), "income", LINE, by="province"))


def numbers(found):
    """Estimates and their errors."""
    made = found.tidy()
    return [*made["estimate"], *made["std_error"]]


def finished(stratum, domain, sums):
    """Shares and errors from sums by sampling unit: of the weights first, then of each outcome."""
    whole = np.bincount(domain, sums[0])
    units = np.bincount(stratum)
    made = [[], []]
    for one in sums[1:]:
        share = np.bincount(domain, one) / whole
        influence = (one - share[domain] * sums[0]) / whole[domain]
        square = np.bincount(domain, influence**2 * (units / (units - 1))[stratum])
        code = stratum * len(whole) + domain
        total = np.bincount(code, influence, len(units) * len(whole)).reshape(len(units), -1)
        made[0].append(share)
        made[1].append(np.sqrt(square - (total**2 / (units - 1)[:, None]).sum(axis=0)))
    return np.concatenate([*made[0], *made[1]])


@side("poverty", "numpy by hand")
def numpy_poverty(folder):
    """The same formulas for these columns alone: nothing is missing, and nothing checked."""
    rows = table(folder)
    y, w, province = (rows[name].to_numpy() for name in ("income", "weight", "province"))
    keys = [rows[name].to_numpy() for name in ("psu", "stratum")]

    def work():
        _, first, unit = np.unique(keys[0], return_index=True, return_inverse=True)
        _, stratum = np.unique(keys[1][first], return_inverse=True)
        domain = province[first] - 11
        gap = np.where(y < LINE, 1 - y / LINE, 0.0)
        sums = [np.bincount(unit, x) for x in (w, w * (y < LINE), w * gap, w * gap * gap)]
        return finished(stratum, domain, sums)

    return work


@side("poverty", "polars by hand")
def polars_poverty(folder):
    """Sums by unit in polars, the rest in numpy."""
    import polars as pl

    rows = pl.read_parquet(Path(folder) / "rows.parquet")

    def work():
        poor = pl.col("income") < LINE
        gap = pl.when(poor).then(1 - pl.col("income") / LINE).otherwise(0.0)
        w = pl.col("weight")
        made = rows.group_by("stratum", "psu", "province").agg(
            w.sum(), (w * poor).sum().alias("p0"), (w * gap).sum().alias("p1"),
            (w * gap * gap).sum().alias("p2"),
        )  # fmt: skip
        return of_cells(made.to_pandas())

    return work


@side("poverty", "DuckDB by hand")
def duckdb_poverty(folder):
    """Sums by unit in SQL, from the file, the rest in numpy."""
    import duckdb

    asked = f"""SELECT stratum, psu, province, sum(weight) AS weight, sum(w0) AS p0,
        sum(w0 * gap) AS p1, sum(w0 * gap * gap) AS p2 FROM (
            SELECT *, weight * (income < {LINE})::INT AS w0, 1 - income / {LINE} AS gap
            FROM '{(Path(folder) / "rows.parquet").as_posix()}') GROUP BY ALL"""
    return lambda: of_cells(duckdb.sql(asked).df())


def of_cells(cells):
    """Shares and errors from a table of sampling units."""
    _, stratum = np.unique(cells["stratum"], return_inverse=True)
    sums = [cells[name].to_numpy() for name in ("weight", "p0", "p1", "p2")]
    return finished(stratum, cells["province"].to_numpy() - 11, sums)


@side("poverty", "svy", 1e-6)
def svy_poverty(folder):
    """Means of three columns by the package svy."""
    import polars as pl
    import svy

    rows = pl.read_parquet(Path(folder) / "rows.parquet")

    def work():
        poor = pl.col("income") < LINE
        gap = pl.when(poor).then(1 - pl.col("income") / LINE).otherwise(0.0)
        made = rows.with_columns(p0=poor.cast(pl.Float64), p1=gap, p2=gap * gap)
        sample = svy.Sample(made, svy.Design(stratum="stratum", psu="psu", wgt="weight"))
        found = [sample.estimation.mean(y, by="province") for y in ("p0", "p1", "p2")]
        found = [one.to_polars().sort("province") for one in found]
        return np.concatenate([one[name] for name in ("est", "se") for one in found])

    return work


@side("poverty", "samplics", 1e-6)
def samplics_poverty(folder):
    """Means of three columns by the package samplics (no longer kept: svy is its successor)."""
    from samplics import TaylorEstimator
    from samplics.utils.types import PopParam

    rows = table(folder)
    y = rows["income"].to_numpy()

    def work():
        gap, found = np.where(y < LINE, 1 - y / LINE, 0.0), []
        for x in ((y < LINE).astype(float), gap, gap * gap):
            one = TaylorEstimator(PopParam.mean)
            one.estimate(y=x, samp_weight=rows["weight"].to_numpy(), psu=rows["psu"].to_numpy(),
                         stratum=rows["stratum"].to_numpy(), domain=rows["province"].to_numpy())  # fmt: skip
            found.append(one.to_dataframe())
        return np.concatenate([one[name] for name in ("_estimate", "_stderror") for one in found])

    return work


R_POVERTY = """
library(survey)
work <- function() {
  rows$poor <- as.numeric(rows$income < 6000)
  rows$gap <- rows$poor * (1 - rows$income / 6000)
  rows$square <- rows$gap^2
  design <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = rows)
  found <- svyby(~poor + gap + square, ~province, design, svymean)
  c(found$poor, found$gap, found$square, found$se.poor, found$se.gap, found$se.square)
}"""


# Rank-based -------------------------------------------------------------------------------


@side("relative line", "povstudy")
def own_relative(folder):
    """Poor by 60 percent of the median, by province; its error knows that the line is estimated."""
    import povstudy as ps

    rows = table(folder)

    def work():
        line = ps.relative_line(SHARE)
        found = ps.poverty(ps.Survey(rows, **DESIGN), "income", line, "province", ["headcount"])
        made = found.tidy()
        return list(made.loc[made["term"] == "headcount", "estimate"])

    return work


@side("relative line", "numpy by hand, no error")
def numpy_relative(folder):
    """The shares alone, without an error."""
    rows = table(folder)
    y, w, province = (rows[name].to_numpy() for name in ("income", "weight", "province"))

    def work():
        order = np.argsort(y)
        running = np.cumsum(w[order])
        line = SHARE * y[order[np.searchsorted(running, running[-1] / 2)]]
        return (np.bincount(province, w * (y < line)) / np.bincount(province, w).clip(1e-9))[11:]

    return work


@side("gini", "povstudy")
def own_gini(folder):
    """By province, with errors of the design."""
    import povstudy as ps

    rows = table(folder)
    return lambda: ps.inequality(ps.Survey(rows, **DESIGN), "income", "province", ["gini"]).tidy()[
        "estimate"
    ]


@side("gini", "numpy by hand, no error")
def numpy_gini(folder):
    """The coefficients alone, without an error; province by province."""
    rows = table(folder)
    y, w, province = (rows[name].to_numpy() for name in ("income", "weight", "province"))

    def work():
        made = []
        for one in range(11, 11 + PROVINCES):
            here = province == one
            order = np.argsort(y[here])
            x, v = y[here][order], w[here][order]
            rank = np.cumsum(v) - v / 2
            made.append(2 * (v * x) @ rank / (v.sum() * (v @ x)) - 1)
        return made

    return work


# Relapse: a model of falling back, errors by village ----------------------------------------


@side("relapse", "povstudy")
def own_relapse(folder):
    """From the rows to coefficients and errors by village."""
    import povstudy as ps

    rows = table(folder)

    def work():
        fit = ps.relapse_model(FORMULA, rows, "village")
        names = fit.formula.names  # each side has its own order
        return [*np.sort(fit.params[names]), *np.sort(fit.std_errors[names])]

    return work


@side("relapse", "statsmodels", 1e-6)
def statsmodels_relapse(folder):
    """GLM on rows, its matrix made in the time."""
    import statsmodels.api as sm
    from formulaic import model_matrix

    rows = table(folder)

    def work():
        design = model_matrix("0 + C(exit) + " + FORMULA, rows).astype(float)
        family = sm.families.Binomial(sm.families.links.CLogLog())
        fit = sm.GLM(rows["event"].astype(float), design, family=family).fit(
            tol=1e-12, cov_type="cluster", cov_kwds={"groups": rows["village"].to_numpy()}
        )
        names = [one for one in design.columns if not one.startswith("C(exit)")]
        return [*np.sort(fit.params[names]), *np.sort(fit.bse[names])]

    return work


R_RELAPSE = """
library(sandwich)
for (one in c("a", "c", "d", "e", "f", "exit")) rows[[one]] <- factor(rows[[one]])
work <- function() {
  fit <- glm(event ~ 0 + exit + a + b + c + d + e + f, binomial("cloglog"), rows,
             control = glm.control(epsilon = 1e-14))
  kept <- !grepl("^exit", names(coef(fit)))
  c(sort(coef(fit)[kept]), sort(sqrt(diag(vcovCL(fit, cluster = rows$village, type = "HC1")))[kept]))
}"""


# Curves: how many have not fallen back ------------------------------------------------------


@side("curves", "povstudy")
def own_curves(folder):
    """Kaplan-Meier by arm, errors by village, with the design looked at."""
    import povstudy as ps

    rows = table(folder)
    return lambda: ps.kaplan_meier(ps.Survey(rows, psu="village"), by="arm").tidy()["estimate"]


@side("curves", "statsmodels")
def statsmodels_curves(folder):
    """Arm after arm; its errors take rows as independent."""
    from statsmodels.duration.survfunc import SurvfuncRight

    rows = table(folder)
    return lambda: np.concatenate([
        SurvfuncRight(one["exit"], one["event"], entry=one["entry"]).surv_prob
        for _, one in rows.groupby("arm")
    ])  # fmt: skip


R_CURVES = """
library(survival)
work <- function() {
  survfit(Surv(entry, exit, event) ~ arm, rows, cluster = village)$surv
}"""


# Effects of help that starts at different times ----------------------------------------------


@side("effects", "povstudy")
def own_effects(folder):
    """Effects by years since the start, with bands; no verdict."""
    import povstudy as ps

    rows = table(folder).drop(columns="first")

    def work():
        eff = ps.compare(rows, "log_income", "village", starts={"help": "start_social_work"})
        made = eff.event_study(verdict=False)
        return made[made["since"] >= 0].sort_values("since")["estimate"]

    return work


@side("effects", "diff-diff", 1e-5)
def diff_diff_effects(folder):
    """Callaway and Sant'Anna in diff-diff, 999 draws of the multiplier bootstrap."""
    from diff_diff import CallawaySantAnna

    rows = table(folder)

    def work():
        model = CallawaySantAnna(
            cluster="village", base_period="universal", n_bootstrap=999, seed=1, pscore_trim=1e-9
        )
        fit = model.fit(rows, "log_income", "household_id", "year", "first")
        made = fit.aggregate("event_study").to_dataframe()
        return made[made["event_time"] >= 0].sort_values("event_time")["att"]

    return work


@side("effects", "csdid", 1e-5)
def csdid_effects(folder):
    """Callaway and Sant'Anna in csdid, 999 draws of the multiplier bootstrap."""
    from csdid.att_gt import ATTgt

    rows = table(folder)

    def work():
        model = ATTgt("log_income", "year", "household_id", "first", rows, "nevertreated",
                      clustervar="village", biters=999)  # fmt: skip
        made = model.fit("reg", "universal").aggte("dynamic").atte
        since, effect = np.asarray(made["egt"]), np.asarray(made["att_egt"])
        return effect[since >= 0]

    return work


@side("effects", "pyfixest", 1e-5)
def pyfixest_effects(folder):
    """Sun and Abraham in pyfixest: the same averages where the panel is whole."""
    import pyfixest as pf

    rows = table(folder)

    def work():
        fit = pf.event_study(rows, "log_income", "household_id", "year", "first", cluster="village",
                             estimator="saturated")  # fmt: skip
        made = fit.aggregate()
        since = made.index.astype(float)
        return made["Estimate"].to_numpy(dtype=float)[np.asarray(since >= 0)]

    return work


# Cleaning --------------------------------------------------------------------------------------


@side("cleaning", "povstudy", None)
def own_cleaning(folder):
    """A register of text: typed columns, and a report of each change."""
    import povstudy as ps

    path = Path(folder) / "rows.csv"
    table(folder).to_csv(path, index=False, encoding="utf-8-sig")

    def work():
        made, told = ps.clean.households(path)
        return [len(made), made["income"].notna().sum(), len(told)]

    return work


@side("cleaning", "pandera", None)
def pandera_cleaning(folder):
    """The same columns as a schema of pandera, after some lines of pandas: does less, see below.

    Full-width figures, commas, units and *about* are taken out of incomes; words outside a list, and
    ids that are no figures, are told by pandera. There is no report of what changed, no reading of
    Chinese numerals and dates, no personal column found, nothing compared within a household.
    """
    import pandera.pandas as pa

    path = Path(folder) / "rows.csv"
    table(folder).to_csv(path, index=False, encoding="utf-8-sig")
    narrow = str.maketrans("０１２３４５６７８９", "0123456789")
    word = lambda *words: pa.Column(str, pa.Check.isin(["", *words]))  # noqa: E731
    schema = pa.DataFrameSchema({
        "户编号": pa.Column(str, pa.Check.str_matches(r"^\d{12}$")),
        "人数": pa.Column("Int64", pa.Check.in_range(1, 20), coerce=True),
        "务工时间（月）": pa.Column("Int64", pa.Check.in_range(0, 12), coerce=True),
        "人均纯收入": pa.Column(float, pa.Check.in_range(0, 1e6), nullable=True),
        "健康状况": word("健康", "患有大病", "长期慢性病", "残疾"),
        "是否参加大病保险": word("是", "否"), "是否解决安全饮用水": word("是", "否"),
        "首次识别时间": pa.Column("datetime64[ns]", nullable=True, coerce=True),
    })  # fmt: skip

    def work():
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        rows = rows.drop_duplicates()
        cell = rows["人均纯收入"].str.translate(narrow).str.replace("[,元约]", "", regex=True)
        rows["人均纯收入"] = pd.to_numeric(cell, errors="coerce")
        rows["首次识别时间"] = pd.to_datetime(
            rows["首次识别时间"], errors="coerce", format="%Y-%m-%d"
        )
        try:
            told = schema.validate(rows, lazy=True)[:0]
        except pa.errors.SchemaErrors as error:
            told = error.failure_cases
        return [len(rows), rows["人均纯收入"].notna().sum(), len(told)]

    return work


# A process for each side -----------------------------------------------------------------------

# The errors of R's glm rest on the expected information, the others' on what was observed.
R_SIDES = {"poverty": ("R survey", R_POVERTY, 1e-9), "relapse": ("R glm and vcovCL", R_RELAPSE, 2e-3),
           "curves": ("R survival", R_CURVES, 1e-9)}  # fmt: skip
R_FRAME = """
rows <- as.data.frame(data.table::fread("{file}"))
{text}
seconds <- c(); numbers <- NULL
while (length(seconds) < 1 || (seconds[1] < 30 && length(seconds) < {runs})) {{
  start <- proc.time(); numbers <- work()
  seconds <- c(seconds, sum((proc.time() - start)[1:2]))
}}
memory <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
cat(sprintf('\\n{{"seconds": [%s], "peak": %s, "numbers": [%s], "version": "%s"}}\\n',
    paste(seconds, collapse = ", "), as.numeric(gsub("[^0-9]", "", memory)) / 1000,
    paste(sprintf("%.15g", numbers), collapse = ", "), R.version.string))
"""


def peak():
    """Most memory that this process had, MB."""
    status = Path("/proc/self/status")
    if status.exists():  # what its parent had counts in getrusage
        lines = status.read_text().splitlines()
        return next(int(one.split()[1]) for one in lines if one.startswith("VmHWM")) / 1e3
    import resource

    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def child(topic, name, folder):
    """Time one side; print what came of it."""
    work, seconds = SIDES[topic][name][0](folder), []
    while not seconds or (seconds[0] < 30 and len(seconds) < (5 if seconds[0] < 5 else 3)):
        start = time.process_time()
        found = work()
        seconds.append(time.process_time() - start)
    found = np.asarray(found, dtype=float).tolist()
    print(json.dumps({"seconds": seconds, "peak": peak(), "numbers": found}))


def run(topic, name, folder):
    """What a side gives, or nothing, with a word why."""
    command = [sys.executable, "-W", "ignore", __file__, "--child", topic, name, str(folder)]
    if name == R_SIDES.get(topic, [""])[0]:
        file = Path(folder) / "rows.csv"
        table(folder).to_csv(file, index=False)
        text = R_FRAME.format(file=file.as_posix(), text=R_SIDES[topic][1], runs=3)
        command = ["Rscript", "-e", text]
    env = os.environ | {"PYTHONPATH": str(HERE.parent)}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode:
        words = done.stderr.strip().splitlines()
        print(f"  {name} could not be run: {words[-1] if words else done.returncode}", flush=True)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def versions(name, made):
    """Version of a side, or of what it stands on."""
    packages = {"numpy by hand": "numpy", "polars by hand": "polars", "DuckDB by hand": "duckdb",
                "its columns added up by DuckDB": "duckdb"}  # fmt: skip
    name = name.split(",")[0]
    name = packages.get(name, name)
    if name == "povstudy":  # it may stand in a checkout
        import povstudy

        return f"povstudy {povstudy.__version__}"
    return made.get("version") or f"{name} {version(name)}"


def main():
    """Run the topics, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("topics", nargs="*", help=", ".join(SIDES))
    parser.add_argument("--rows", type=int, help="else a million, or as many as a peer can bear")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(*given.child)
        return
    rows = []
    for topic in given.topics or SIDES:
        with tempfile.TemporaryDirectory() as folder:
            made = MADE[topic](given.rows or ROWS.get(topic, 1_000_000))
            made.to_parquet(Path(folder) / "rows.parquet", index=False)
            sides = {name: agree for name, (_, agree) in SIDES[topic].items()}
            if topic in R_SIDES and shutil.which("Rscript"):
                sides[R_SIDES[topic][0]] = R_SIDES[topic][2]
            own = None
            for name, agree in sides.items():
                found = run(topic, name, folder)
                if found is None and own is None:
                    raise SystemExit(f"{topic}: nothing to compare with")
                if found is None:
                    continue
                own = own or found
                if agree is not None:
                    np.testing.assert_allclose(
                        found["numbers"], own["numbers"], agree, err_msg=name
                    )
                seconds = statistics.median(found["seconds"])
                rows.append({
                    "topic": topic, "rows": len(made), "side": name, "version": versions(name, found),
                    "cpu_seconds": seconds, "ratio": seconds / statistics.median(own["seconds"]),
                    "peak_mb": found["peak"], "memory_ratio": found["peak"] / own["peak"],
                    "runs": len(found["seconds"]), "agree": agree,
                })  # fmt: skip
                last = rows[-1]
                print(f"{topic:14} {name:26} {seconds:8.2f} s  {last['ratio']:7.2f} times  "
                      f"{found['peak']:7.0f} MB", flush=True)  # fmt: skip
    made = pd.DataFrame(rows).round({"cpu_seconds": 3, "ratio": 2, "peak_mb": 0, "memory_ratio": 2})
    made["machine"] = (
        f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    if FILE.exists():  # topics that were not run stay as they were
        before = pd.read_csv(FILE)
        made = pd.concat([before[~before["topic"].isin(made["topic"])], made])
    made.to_csv(FILE, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
