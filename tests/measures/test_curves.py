"""TIP and growth incidence: the bootstrap of R, closed forms, coverage, refusals."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import draws, examples
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import povstudy as ps
from povstudy.survey.ranks import Ranked

REFERENCE = Path(__file__).parents[1] / "reference"
BOOTSTRAP = json.loads((REFERENCE / "bootstrap.json").read_text())
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}
PLACES = [0.1, 0.25, 0.5, 0.75, 0.9]


@pytest.fixture(scope="module")
def sample():
    return pd.read_csv(REFERENCE / "sample.csv")


def beside(estimates, name):
    """Estimates less those of the bootstrap, and standard errors over its own."""
    table = estimates.tidy()
    table["key"] = [name(row) for row in table.itertuples()]
    table = table[table["key"].isin(BOOTSTRAP["estimate"])].set_index("key")
    apart = table["estimate"] - pd.Series(BOOTSTRAP["estimate"]).reindex(table.index)
    return apart.abs(), table["std_error"] / pd.Series(BOOTSTRAP["se"]).reindex(table.index)


def growth(svy, shares=tuple(PLACES)):
    return ps.growth_incidence(svy, "income", "year", base=2011, value=2019, shares=shares)


# TIP ----------------------------------------------------------------------------------


def test_tip_is_that_of_the_bootstrap(sample):
    found = ps.tip(ps.Survey(sample, **DESIGN), "income", 2300, [0.1, 0.2, 0.3, 0.5])
    apart, errors = beside(found, lambda row: row.term)
    assert len(apart) == 4 and apart.max() < 1e-8
    assert errors.between(0.96, 1.04).all(), errors


def test_tip_ends_at_the_gap_with_its_error(sample):
    svy = ps.Survey(sample, **DESIGN)
    for line in (2300, ps.relative_line(0.6), ps.relative_line(0.6, by="year")):
        for by in (None, "province"):
            both = (
                ps.tip(svy, "income", line, 0.9, by),
                ps.poverty(svy, "income", line, by, ["gap"]),
            )
            columns = ["estimate", "std_error", "ci_low", "n", "population"]
            tip, gap = (found.tidy()[columns] for found in both)
            np.testing.assert_allclose(tip, gap, rtol=1e-9)
            if line == 2300:
                assert both[0].line is both[1].line is None
            else:
                tip, gap = (found.line.tidy()[columns] for found in both)
                np.testing.assert_allclose(tip, gap, rtol=1e-9)


def test_a_relative_line_moves_an_ordinate_before_its_end(sample):
    """Its slope by the line, against ordinates at lines a little higher and lower."""
    svy = ps.Survey(sample, **DESIGN)
    found = ps.tip(svy, "income", ps.relative_line(0.6), [0.05, 0.15])
    line = found.line.tidy()["estimate"].item()
    higher, lower = (
        ps.tip(svy, "income", at, [0.05, 0.15]).tidy()["estimate"].to_numpy()
        for at in (line + 0.5, line - 0.5)
    )
    slopes = found.mix.toarray()[-1, :2]  # the line is the last influence
    np.testing.assert_allclose(slopes, higher - lower, rtol=1e-4)


def test_tip_has_the_errors_of_differences():
    """Slopes by the weight of each PSU, from ordinates at weights a little higher and lower."""
    table = pd.read_csv(REFERENCE / "design.csv")
    unit = table.groupby(["stratum", "psu"]).ngroup().to_numpy()
    stratum = table.groupby(unit)["stratum"].first().to_numpy()

    def ordinates(one, step):
        moved = table.assign(weight=table["weight"] * (1 + step * (unit == one)))
        return ps.tip(ps.Survey(moved, weight="weight"), "income", 2300, [0.07, 0.2, 0.4]).table[
            "estimate"
        ]

    slopes = pd.DataFrame(
        [(ordinates(one, 1e-5) - ordinates(one, -1e-5)) / 2e-5 for one in range(unit.max() + 1)]
    )
    known = np.sqrt(slopes.groupby(stratum).apply(lambda x: len(x) * x.var()).sum())
    found = ps.tip(ps.Survey(table, **DESIGN), "income", 2300, [0.07, 0.2, 0.4]).tidy()
    np.testing.assert_allclose(found["std_error"], known, rtol=1e-3)


def test_a_line_in_a_column_orders_by_gap():
    table = pd.DataFrame({"income": [50.0, 90.0, 300.0], "line": [100.0, 300.0, 100.0]})
    found = ps.tip(ps.Survey(table), "income", "line", [1 / 3, 2 / 3])
    np.testing.assert_allclose(found.tidy()["estimate"], [0.7 / 3, 1.2 / 3])


incomes = st.lists(st.floats(1, 1000).map(lambda x: round(x, 3)), min_size=4, max_size=25)


@given(incomes, st.floats(0.01, 0.98), st.floats(2, 900))
@examples(60)
def test_tip_rises_ever_less_and_not_past_the_share(income, p, line):
    svy = ps.Survey(pd.DataFrame({"income": income}), codes=())  # drawn: may look like codes
    found = ps.tip(svy, "income", line, [p / 2, p, (1 + p) / 2]).tidy()["estimate"]
    half, whole, later = found
    assert -1e-12 <= half <= whole + 1e-12 <= later + 2e-12
    assert half >= whole / 2 - 1e-12  # concave, from nothing on
    assert (found <= np.array([p / 2, p, (1 + p) / 2]) + 1e-12).all()
    index = ps.sen_shorrocks_thon(svy, "income", line).tidy()["estimate"][0]
    # twice the area under the curve, which is linear within a row
    ends = np.arange(1, len(income)) / len(income)
    curve = [0, *ps.tip(svy, "income", line, ends).tidy()["estimate"]]
    curve.append(ps.poverty(svy, "income", line, measures=["gap"]).tidy()["estimate"][0])
    assert 2 * np.trapezoid(curve, dx=1 / len(income)) == pytest.approx(index, abs=1e-9)


# Growth incidence ---------------------------------------------------------------------


def test_growth_is_that_of_the_bootstrap(sample):
    """Errors of quantiles hang on the density of incomes there, and this sample has a step.

    `years.R` puts every second row into 2019, but below 2500 yuan every fourth: the density of
    2019 rises threefold there, a tenth above its lowest tenth (2264), within the kernel's width.
    So the density comes out too high, and the error of growth(0.1) a quarter too small. With a
    third of the width, which hardly reaches the step, all errors come within 4 percent (below).
    """
    apart, errors = beside(
        growth(ps.Survey(sample, **DESIGN)), lambda row: row.term.replace("growth", "gic")
    )
    assert len(apart) == 5 and apart.max() < 1e-8
    assert 0.7 < errors["gic(0.1)"] < 0.8
    assert errors.drop("gic(0.1)").between(0.92, 1.04).all(), errors


def test_growth_has_the_errors_of_the_bootstrap_with_a_kernel_that_keeps_off_the_step(
    sample, monkeypatch
):
    whole = Ranked.width.func
    monkeypatch.setattr(Ranked, "width", property(lambda ranked: whole(ranked) / 3))
    _, errors = beside(
        growth(ps.Survey(sample, **DESIGN)), lambda row: row.term.replace("growth", "gic")
    )
    assert errors.between(0.96, 1.04).all(), errors


def test_growth_is_the_contrast_of_quantiles_and_means(sample):
    svy = ps.Survey(sample, **DESIGN)
    found = growth(svy, [0.25, 0.5])
    low = ps.quantile(svy, "income", [0.25, 0.5], "year").tidy().pivot(index="term", columns="year")
    both = low["estimate"]
    np.testing.assert_allclose(
        found.tidy()["estimate"][:2], np.log(both[2019] / both[2011]), rtol=1e-12
    )
    mean = ps.mean(svy, "income", by="year")
    level = mean.table["estimate"].to_numpy()
    table = mean.table.iloc[:1].assign(estimate=np.log(level[1] / level[0]))
    known = mean.combine(table, np.array([[-1 / level[0]], [1 / level[1]]])).tidy()
    columns = ["estimate", "std_error", "ci_low", "ci_high"]
    np.testing.assert_allclose(found.tidy()[columns].iloc[2], known[columns].iloc[0], rtol=1e-9)
    assert found.tidy()["term"].tolist() == ["growth(0.25)", "growth(0.5)", "growth of the mean"]
    assert (found.tidy()["year"] == "2019 - 2011").all()
    assert (found.tidy()["n"] == len(sample)).all()
    band = found.band()
    assert (band["ci_low"] < found.tidy()["ci_low"]).all()


def test_periods_that_are_not_asked_for_change_no_growth(sample):
    third = sample[sample["year"] == 2011].assign(year=2015)
    known = growth(ps.Survey(sample, **DESIGN)).tidy()
    for income in (-third["income"], third["income"] ** 2, 7.0):
        table = pd.concat([sample, third.assign(income=income)])
        pd.testing.assert_frame_equal(growth(ps.Survey(table, **DESIGN)).tidy(), known)


def test_lognormal_incomes_that_shift_grow_alike_everywhere():
    base = np.exp(8 + 0.6 * stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000))
    table = pd.DataFrame({"income": np.r_[base, base * np.exp(0.3)]})
    table["year"] = np.repeat([2011, 2019], len(base))
    found = growth(ps.Survey(table)).tidy()
    np.testing.assert_allclose(found["estimate"], 0.3, rtol=1e-12)
    # error of a quantile of independent rows: sqrt(p (1 - p) / n) / density of log income
    p = np.array(PLACES)
    density = stats.norm.pdf(stats.norm.ppf(p)) / 0.6
    known = np.sqrt(2 * p * (1 - p) / len(base)) / density
    np.testing.assert_allclose(found["std_error"][:5], known, rtol=0.03)


@given(incomes, st.floats(0.05, 20), st.sampled_from(PLACES))
@examples(60)
def test_growth_of_incomes_that_are_scaled_is_that_of_the_scale(income, scale, p):
    income = np.r_[income, 1500.0]
    table = pd.DataFrame({"income": np.r_[income, income * scale]})
    table["year"] = np.repeat(["old", "new"], len(income))
    svy = ps.Survey(table, codes=())
    found = ps.growth_incidence(svy, "income", "year", base="old", value="new", shares=p).tidy()
    np.testing.assert_allclose(found["estimate"], np.log(scale), atol=1e-9)
    back = ps.growth_incidence(svy, "income", "year", base="new", value="old", shares=p).tidy()
    np.testing.assert_allclose(back["estimate"], -np.log(scale), atol=1e-9)
    np.testing.assert_allclose(back["std_error"], found["std_error"])


def test_growth_covers_the_truth():
    """Lognormal periods in shared clusters; the truth is known."""
    rng = np.random.default_rng(20_162)
    psu, size, p = 60, 12, np.array([0.1, 0.5, 0.9])
    at = stats.norm.ppf(p)
    truth = 0.2 + (0.7 - 0.6) * at
    found, errors, inside = [], [], []
    unit = np.tile(np.repeat(np.arange(psu), size), 2)
    year = np.repeat([2011, 2019], psu * size)
    runs, wider = draws(400, 100)
    for _ in range(runs):
        shared = rng.standard_normal(psu)[unit]
        own = np.sqrt(0.2) * shared + np.sqrt(0.8) * rng.standard_normal(len(unit))
        y = np.exp(np.where(year == 2011, 8 + 0.6 * own, 8.2 + 0.7 * own))
        svy = ps.Survey(pd.DataFrame({"income": y, "year": year, "psu": unit}), psu="psu")
        table = growth(svy, p).tidy().iloc[:3]
        found.append(table["estimate"])
        errors.append(table["std_error"])
        inside.append((table["ci_low"] <= truth) & (truth <= table["ci_high"]))
    ratio = np.mean(errors, axis=0) / np.std(found, axis=0)
    assert (np.abs(ratio - 1) < 0.08 * wider).all(), ratio
    coverage = np.mean(inside, axis=0)
    assert abs(coverage[1] - 0.95) < 0.025 * wider, coverage
    assert (np.abs(coverage - 0.95) < 0.035 * wider).all(), coverage


# Engines, replicates, refusals --------------------------------------------------------


def other_engines(table, folder):
    """The table as polars, a DuckDB relation, a LazyFrame and a Parquet file."""
    import duckdb
    import polars as pl

    path = folder / "table.parquet"
    table.to_parquet(path)
    return [pl.from_pandas(table), duckdb.from_df(table), pl.scan_parquet(path), path]


def test_every_engine_gives_the_same_curves(sample, tmp_path):
    for design in (DESIGN, {"weight": "weight"}):
        make = [
            lambda svy: ps.tip(svy, "income", ps.relative_line(0.6), by="province"),
            lambda svy: growth(svy),
        ]
        for curve in make:
            known = curve(ps.Survey(sample, **design)).tidy()
            for other in other_engines(sample, tmp_path):
                found = curve(ps.Survey(other, **design)).tidy()
                pd.testing.assert_frame_equal(found, known, rtol=1e-9, check_dtype=False)


def test_replicate_weights_give_the_same_curves():
    table = pd.read_csv(REFERENCE / "design.csv")
    weights = pd.read_csv(REFERENCE / "replicates.csv")
    table = pd.concat([table, weights], axis=1)
    names = [one for one in weights if one.startswith("JKn")][:40]
    replicates = ps.Replicates(names, kind="bootstrap")
    svy = ps.Survey(table, weight="weight", replicates=replicates)
    for curve in (lambda svy: ps.tip(svy, "income", 2300, 0.2), lambda svy: growth(svy, 0.5)):
        found = curve(svy).tidy()
        known = curve(ps.Survey(table, weight="weight")).tidy()
        assert (found["method"] == "replication").all()
        pd.testing.assert_series_equal(found["estimate"], known["estimate"])
        each = [curve(ps.Survey(table, weight=one)).tidy()["estimate"] for one in names]
        spread = np.sqrt(np.mean((np.array(each) - known["estimate"].to_numpy()) ** 2, axis=0))
        np.testing.assert_allclose(found["std_error"], spread, rtol=1e-9)


def test_rows_without_a_period_are_refused_or_counted(sample):
    table = sample.astype({"year": float})
    table.loc[table.index[:7], "year"] = np.nan
    with pytest.raises(ps.DataError, match="7 rows have no year") as caught:
        growth(ps.Survey(table, **DESIGN))
    assert caught.value.where == "column year" and "drop" in caught.value.remedy
    table.loc[table.index[5:9], "income"] = np.nan
    found = growth(ps.Survey(table, **DESIGN, missing="drop"))
    assert found.dropped == 9 and (found.tidy()["n"] == len(table) - 9).all()


BAD = {
    "no such period": (lambda svy: growth_of(svy, base=1999), "no such period", "2011"),
    "no period": (lambda svy: growth_of(svy, value=None), "no such period", "2011"),
    "a list": (lambda svy: growth_of(svy, value=[2019]), "no such period", "2011"),
    "twice": (lambda svy: growth_of(svy, value=2011), "the same", "2011"),
    "two columns": (lambda svy: growth_of(svy, over=["year", "psu"]), "One column", "over="),
    "no column": (lambda svy: growth_of(svy, over="jahr"), "lacks a column", "year"),
    "no income": (lambda svy: growth_of(svy, income="wage"), "lacks a column", "income"),
    "text": (lambda svy: growth_of(svy, income="province"), "no numbers", "share of one word"),
    "share of one": (lambda svy: growth_of(svy, shares=[0.5, 1.0]), "between 0 and 1", "0.5"),
    "no share": (lambda svy: growth_of(svy, shares=[]), "between 0 and 1", "0.5"),
    "share as text": (lambda svy: growth_of(svy, shares="0.5"), "between 0 and 1", "0.5"),
    "debts": (lambda svy: growth_of(svy, income="debt"), "positive incomes", "shares="),
    "zeros": (lambda svy: growth_of(svy, income="zero"), "positive incomes", "shares="),
    "one value": (lambda svy: growth_of(svy, income="one"), "are the same", "look"),
    "tip beyond": (lambda svy: ps.tip(svy, "income", 2300, 1.5), "between 0 and 1", "0.5"),
    "no line": (lambda svy: ps.tip(svy, "income", 0), "line= is a number of more than 0", "line="),
    "line of text": (
        lambda svy: ps.tip(svy, "income", "province"),
        "no numbers",
        "share of one word",
    ),
    "tip of text": (lambda svy: ps.tip(svy, "province", 2300), "no numbers", "share of one word"),
    "tip of nothing": (lambda svy: ps.tip(svy, "wage", 2300), "lacks a column", "income"),
    "no domain": (lambda svy: ps.tip(svy, "income", 2300, by="land"), "lacks a column", "year"),
}


def growth_of(svy, income="income", over="year", base=2011, value=2019, shares=0.1):
    return ps.growth_incidence(svy, income, over, base=base, value=value, shares=shares)


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_with_a_remedy(sample, case):
    call, words, remedy = BAD[case]
    table = sample.assign(
        debt=-sample["income"], zero=sample["income"].clip(lower=3000) - 3000, one=1.0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ps.DataWarning)
        with pytest.raises(ps.PovstudyError, match=words) as caught:
            call(ps.Survey(table, **DESIGN))
    assert remedy in caught.value.remedy


def test_a_period_without_weight_is_refused(sample):
    table = sample.assign(weight=sample["weight"].where(sample["year"] == 2011, 0.0))
    with pytest.raises(ps.DataError, match="no row with a value and a weight") as caught:
        growth(ps.Survey(table, **DESIGN))
    assert "2019" in caught.value.where
