"""Decompositions of changes and by groups: R, closed forms, identities, coverage, refusals."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import povstudy as ps
from povstudy.measures import changes

REFERENCE = Path(__file__).parents[1] / "reference"
BOOTSTRAP = json.loads((REFERENCE / "bootstrap.json").read_text())
SUBGROUP = json.loads((REFERENCE / "subgroup.json").read_text())
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}
METHODS = ("datt_ravallion", "shapley")
FGT = ("headcount", "gap", "severity")
NUMBERS = ["estimate", "std_error", "ci_low", "ci_high"]


@pytest.fixture(scope="module")
def sample():
    return pd.read_csv(REFERENCE / "sample.csv")


@pytest.fixture(scope="module")
def svy(sample):
    return ps.Survey(sample, **DESIGN)


def change(svy, method="datt_ravallion", measures=FGT, line=2300):
    return ps.decompose(
        svy, "income", line, "year", base=2011, value=2019, method=method, measures=measures
    )


def parts(estimates):
    """Estimates by measure (rows) and component (columns)."""
    return estimates.tidy().pivot(index="term", columns="component", values="estimate")


def two_periods(old, new):
    year = np.repeat([2011, 2019], [len(old), len(new)])
    table = pd.DataFrame({"income": np.r_[old, new], "year": year})
    return ps.Survey(table, codes=())  # drawn numbers may look like codes


# Growth and redistribution ------------------------------------------------------------


def beside_the_bootstrap(svy):
    """Differences of the estimates from those of R; standard errors over its own."""
    tables = []
    for method, start in zip(METHODS, ("dr_", "shapley_"), strict=True):
        table = change(svy, method).tidy()
        table["key"] = start + table["component"] + "_" + table["term"]
        tables.append(table)
    table = pd.concat(tables)
    table["key"] = table["key"].str.replace(r"^.*change", "dr_total", regex=True)
    table = table.drop_duplicates("key").set_index("key")
    apart, errors = (
        function(table[column], pd.Series(BOOTSTRAP[known]).reindex(table.index))
        for function, column, known in (
            (np.subtract, "estimate", "estimate"),
            (np.divide, "std_error", "se"),
        )
    )
    assert len(table) == 18 and apart.abs().max() < 1e-8
    return errors


def test_a_change_is_split_as_by_the_bootstrap(svy):
    """One error is out by more: it hangs on the density of incomes at the scaled line, and this
    sample has a step (see `years.R`): rows below 2500 yuan went into 2011 more often, so that the
    density of 2011 falls by a third there, and is taken for too high a little below.
    """
    errors = beside_the_bootstrap(svy)
    assert errors.drop("dr_growth_headcount").between(0.96, 1.04).all(), errors
    assert errors["dr_growth_headcount"] == pytest.approx(1, abs=0.06)


def test_a_narrow_kernel_that_keeps_off_the_step_brings_the_errors_of_the_bootstrap(
    svy, monkeypatch
):
    whole = changes.silverman
    monkeypatch.setattr(changes, "silverman", lambda *args: whole(*args) / 3)
    errors = beside_the_bootstrap(svy)
    assert errors.between(0.97, 1.03).all(), errors


def test_the_change_is_that_of_poverty_with_its_error(svy):
    measures = ["headcount", "gap", "severity", "watts", 1.5]
    known = ps.poverty(svy, "income", 2300, "year", measures).contrast("year", 2019, 2011).tidy()
    for method in METHODS:
        found = change(svy, method, measures).tidy().query("component == 'change'")
        assert found["year"].tolist() == known["year"].tolist() == ["2019 - 2011"] * 5
        assert found["term"].tolist() == known["term"].tolist()
        columns = [*NUMBERS, "n", "population"]
        np.testing.assert_allclose(found[columns], known[columns], rtol=1e-9)


def test_a_line_in_a_column_is_a_level_of_prices(sample, svy):
    """Doubled prices in one place change nothing; nor does a column of one line."""
    dear = (sample["province"] == "B") + 1.0
    table = sample.assign(line=2300.0 * dear, income=sample["income"] * dear)
    found = change(ps.Survey(table, **DESIGN), line="line", measures=["gap", "watts"]).tidy()
    known = change(svy, measures=["gap", "watts"]).tidy()
    np.testing.assert_allclose(found[NUMBERS], known[NUMBERS], rtol=1e-9)
    found = change(ps.Survey(sample.assign(line=2300), **DESIGN), line="line").tidy()
    pd.testing.assert_frame_equal(found, change(svy).tidy(), rtol=1e-10)


def test_lognormal_periods_give_the_closed_form():
    at = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    (m0, s0), (m1, s1), line = (7.8, 0.6), (8.2, 0.8), 2300
    svy = two_periods(np.exp(m0 + s0 * at), np.exp(m1 + s1 * at))
    found = parts(change(svy, measures="headcount")).loc["headcount"]
    a, b, g, r = lognormal_headcounts((m0, m1), (s0, s1), line)
    np.testing.assert_allclose(
        found[["growth", "redistribution", "residual", "change"]],
        [g - a, r - a, b - g - r + a, b - a], atol=2e-5,
    )  # fmt: skip
    found = parts(change(svy, "shapley", "headcount")).loc["headcount"]
    np.testing.assert_allclose(found["growth"], (g - a + b - r) / 2, atol=2e-5)


def lognormal_headcounts(m, s, line):
    """Headcounts of both periods; mean of the other with own Lorenz curve, of both."""
    scaled = line * np.exp(m[0] + s[0] ** 2 / 2 - m[1] - s[1] ** 2 / 2)
    lines, periods = (line, line, scaled, line**2 / scaled), (0, 1, 0, 1)
    return [stats.norm.cdf((np.log(z) - m[t]) / s[t]) for z, t in zip(lines, periods, strict=True)]


# Incomes on a grid, and lines off it: no income falls on a line by rounding.
incomes = st.lists(st.integers(1, 400).map(float), min_size=3, max_size=20)
lines = st.integers(1, 400).map(lambda x: x + 0.4437)


@given(incomes, incomes, lines)
@examples(60)
def test_components_add_up_and_turn_with_the_periods(old, new, line):
    measures = ["gap", "severity", 1.5]
    there, back = two_periods(old, new), two_periods(new, old)
    found = parts(change(there, "datt_ravallion", measures, line))
    total = found["growth"] + found["redistribution"] + found["residual"]
    np.testing.assert_allclose(total, found["change"], atol=1e-12)
    shapley = parts(change(there, "shapley", measures, line))
    np.testing.assert_allclose(
        shapley["growth"] + shapley["redistribution"], found["change"], atol=1e-12
    )
    # Shapley's is half of the components with either period as the reference
    other = parts(change(back, "datt_ravallion", measures, line))
    np.testing.assert_allclose(
        shapley["growth"], (found["growth"] - other["growth"]) / 2, atol=1e-12
    )
    turned = parts(change(back, "shapley", measures, line))
    np.testing.assert_allclose(turned, -shapley, atol=1e-12)


@given(incomes, lines, st.sampled_from([0.37, 0.81, 1.0, 1.93, 5.11]))
@examples(60)
def test_incomes_that_are_scaled_are_not_redistributed(old, line, scale):
    measures = ["gap", "severity", "watts"]
    svy = two_periods(old, np.array(old) * scale)
    for method in METHODS:
        found = change(svy, method, measures, line)
        np.testing.assert_allclose(parts(found)["redistribution"], 0, atol=1e-12)
        np.testing.assert_allclose(parts(found)["growth"], parts(found)["change"], atol=1e-12)


@given(incomes, lines)
@examples(60)
def test_a_change_that_keeps_the_mean_is_no_growth(old, line):
    new = np.array(old) / 2 + np.mean(old) / 2
    for method in METHODS:
        found = parts(change(two_periods(old, new), method, ["gap", "watts"], line))
        np.testing.assert_allclose(found["growth"], 0, atol=1e-12)
        assert (found["change"] <= 1e-12).all()  # incomes have come closer to the mean


def test_headcounts_of_scaled_and_of_levelled_incomes(sample):
    old = sample["income"].to_numpy()
    for method in METHODS:
        found = parts(change(two_periods(old, 1.3 * old), method)).loc["headcount"]
        assert found["redistribution"] == 0 and found["growth"] == found["change"] < 0
        level = 0.5 * old + 0.5 * old.mean()
        found = parts(change(two_periods(old, level), method)).loc["headcount"]
        assert found["growth"] == pytest.approx(0, abs=1e-12)


def test_incomes_of_zero_and_less_are_taken(sample):
    table = sample.assign(income=sample["income"] - 1500)
    found = change(ps.Survey(table, **DESIGN), line=800).tidy()
    assert np.isfinite(found[NUMBERS]).all().all() and (found["std_error"] > 0).all()
    mostly = sample.assign(income=np.where(sample["psu"] < 8, 0.0, sample["income"]))
    found = change(ps.Survey(mostly, **DESIGN)).tidy()  # no logarithm of a lower quartile
    assert np.isfinite(found[NUMBERS]).all().all()


def test_components_cover_the_truth():
    """Lognormal periods in shared clusters; the truth is known."""
    rng = np.random.default_rng(1992)
    psu, size, (m, s) = 60, 12, ((7.9, 8.1), (0.6, 0.7))
    a, b, g, r = lognormal_headcounts(m, s, 2300)
    truth = np.array([g - a, r - a, b - g - r + a, b - a])
    found, errors, inside = [], [], []
    unit = np.tile(np.repeat(np.arange(psu), size), 2)
    year = np.repeat([0, 1], psu * size)
    runs = 500
    for _ in range(runs):
        shared = rng.standard_normal(psu)[unit]
        own = np.sqrt(0.2) * shared + np.sqrt(0.8) * rng.standard_normal(len(unit))
        y = np.exp(np.take(m, year) + np.take(s, year) * own)
        svy = ps.Survey(pd.DataFrame({"income": y, "year": year, "psu": unit}), psu="psu")
        table = ps.decompose(
            svy, "income", 2300, "year", base=0, value=1, measures="headcount"
        ).tidy()
        found.append(table["estimate"])
        errors.append(table["std_error"])
        inside.append((table["ci_low"] <= truth) & (truth <= table["ci_high"]))
    ratio = np.mean(errors, axis=0) / np.std(found, axis=0)
    assert (np.abs(ratio - 1) < 0.08).all(), ratio
    coverage = np.mean(inside, axis=0)
    assert (np.abs(coverage - 0.95) < 0.03).all(), coverage


# Groups -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sample", "design"])
def test_the_profile_is_that_of_r(name):
    svy = ps.Survey(pd.read_csv(REFERENCE / f"{name}.csv"), **DESIGN)
    lines = {"fixed": 2300, "relative": ps.relative_line(0.6)}
    for kind, line in lines.items():
        known = SUBGROUP[name]["fgt"][kind]
        found = ps.poverty_profile(svy, "income", line, "province").tidy()
        people = found.query("term == 'population'")
        np.testing.assert_allclose(people["estimate"], SUBGROUP[name]["population_share"])
        for one in FGT:
            share = found.query("term == @one and component == 'share'")
            np.testing.assert_allclose(share["estimate"], known[one]["share"], rtol=1e-8)
            if kind == "fixed":  # R takes a relative line as known
                np.testing.assert_allclose(share["std_error"], known[one]["share_se"], rtol=1e-8)
        levels = found.query("component == 'level'")
        table = ps.poverty(svy, "income", line, "province").tidy()
        assert levels["term"].tolist() == table["term"].tolist()
        np.testing.assert_allclose(levels[[*NUMBERS, "n"]], table[[*NUMBERS, "n"]], rtol=1e-9)


def test_the_relative_line_is_in_the_error_of_a_share(sample, svy):
    """Slope of each share by the line, against shares at lines a little higher and lower."""
    found = ps.poverty_profile(svy, "income", ps.relative_line(0.6), "province", "gap")
    line = found.line.tidy()["estimate"].item()
    higher, lower = (
        ps.poverty_profile(svy, "income", at, "province", "gap").tidy()["estimate"].to_numpy()
        for at in (line + 0.5, line - 0.5)
    )
    np.testing.assert_allclose(found.mix.toarray()[-1, :9], higher - lower, rtol=1e-3, atol=1e-10)


def by_units(sample, measure):
    """Standard errors from the slope of an estimate by the weight of each PSU, by differences."""
    unit = sample.groupby(["stratum", "psu"], sort=True).ngroup().to_numpy()
    stratum = sample.groupby(unit)["stratum"].first().to_numpy()
    slopes = []
    for one in range(unit.max() + 1):
        up, down = (
            measure(ps.Survey(sample.assign(weight=sample["weight"] * (1 + step * (unit == one)))))
            for step in (1e-4, -1e-4)
        )
        slopes.append((up - down) / 2e-4)
    slopes = pd.DataFrame(slopes)
    return np.sqrt(slopes.groupby(stratum).apply(lambda x: len(x) * x.var()).sum()).to_numpy()


def test_errors_by_group_are_those_of_differences():
    sample = pd.read_csv(REFERENCE / "design.csv")
    measures = {
        "within": lambda svy: ps.within_between(
            svy, "income", "province", ["mld", "theil", "ge(2)", "ge(-1)", "ge(0.5)"]
        ),
        "profile": lambda svy: ps.poverty_profile(svy, "income", 2300, ["province", "year"]),
        "shapley": lambda svy: change(svy, "shapley", ["gap", "watts", 1.5]),
        "residual": lambda svy: change(svy, "datt_ravallion", ["gap", "severity"]),
        "prices": lambda svy: change(svy, "shapley", ["gap", "watts"], "line"),
    }
    weighted = {
        name: lambda svy, of=of: of(ps.Survey(svy.data, weight="weight"))
        for name, of in measures.items()
    }
    for name, of in measures.items():
        known = by_units(sample, lambda svy, n=name: weighted[n](svy).table["estimate"].to_numpy())
        found = of(ps.Survey(sample, **DESIGN)).tidy()["std_error"]
        np.testing.assert_allclose(found, known, rtol=1e-5, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("name", ["sample", "design"])
def test_inequality_within_and_between_is_that_of_r(name):
    svy = ps.Survey(pd.read_csv(REFERENCE / f"{name}.csv"), **DESIGN)
    found = ps.within_between(svy, "income", "province")
    for measure, known in zip(("mld", "theil", "ge(2)"), ("ge(0)", "ge(1)", "ge(2)"), strict=True):
        row, known = parts(found).loc[measure], SUBGROUP[name]["ge"][known]
        for one in ("within", "between", "total"):
            assert row[one] == pytest.approx(known[one], abs=1e-12)
    total = found.tidy().query("component == 'total'")
    table = ps.inequality(svy, "income", measures=["mld", "theil", "ge(2)"]).tidy()
    columns = [*NUMBERS, "n", "population", "df"]
    np.testing.assert_allclose(total[columns], table[columns], rtol=1e-9)


grouped = st.lists(
    st.tuples(st.integers(1, 400).map(float), st.sampled_from("abc"), st.integers(1, 9)),
    min_size=4, max_size=25,
).filter(lambda rows: len({group for _, group, _ in rows}) > 1)  # fmt: skip


@given(grouped, lines)
@examples(60)
def test_groups_add_up(rows, line):
    table = pd.DataFrame(rows, columns=["income", "group", "weight"])
    svy = ps.Survey(table, weight="weight", codes=())  # drawn numbers may look like codes
    measures = ["mld", "theil", "ge(2)", "ge(-1)"]
    found = parts(ps.within_between(svy, "income", "group", measures))
    np.testing.assert_allclose(found["within"] + found["between"], found["total"], atol=1e-12)
    assert (found > -1e-9).all().all()
    own = ps.inequality(svy, "income", "group", ["mld"]).table
    share = own["population"] / own["population"].sum()
    np.testing.assert_allclose(
        found.loc["mld", "within"], (share * own["estimate"]).sum(), atol=1e-12
    )
    if min(income for income, _, _ in rows) < line:
        profile = ps.poverty_profile(svy, "income", line, "group").tidy()
        shares = profile.query("component == 'share'").groupby("term")["estimate"].sum()
        np.testing.assert_allclose(shares, 1)
        level = profile.query("term == 'gap' and component == 'level'")["estimate"]
        whole = ps.poverty(svy, "income", line, measures=["gap"]).table["estimate"][0]
        people = profile.query("term == 'population'")["estimate"].to_numpy()
        assert (level * people).sum() == pytest.approx(whole)


def test_groups_of_one_mean_have_all_inequality_within():
    table = pd.DataFrame({"income": [1.0, 3.0, 1.5, 2.5], "group": list("aabb")})
    found = parts(ps.within_between(ps.Survey(table), "income", "group"))
    np.testing.assert_allclose(found["between"], 0, atol=1e-15)
    table = pd.DataFrame({"income": [1.0, 1.0, 2.0, 2.0], "group": list("aabb")})
    found = parts(ps.within_between(ps.Survey(table), "income", "group"))
    np.testing.assert_allclose(found["within"], 0, atol=1e-15)


# Engines, replicates, refusals --------------------------------------------------------

MADE = {
    "decompose": lambda svy: change(svy, "shapley", ["headcount", "gap", "watts"]),
    "prices": lambda svy: change(svy, line="line"),
    "profile": lambda svy: ps.poverty_profile(svy, "income", 2300, ["province", "year"]),
    "relative": lambda svy: ps.poverty_profile(svy, "income", ps.relative_line(0.6), "province"),
    "within": lambda svy: ps.within_between(svy, "income", "province", ["mld", "theil", "ge(2)"]),
}


@pytest.mark.parametrize("name", MADE)
def test_every_engine_gives_the_same_numbers(name, tmp_path):
    import duckdb
    import polars as pl

    table = pd.read_csv(REFERENCE / "design.csv")
    path = tmp_path / "table.parquet"
    table.to_parquet(path)
    others = [pl.from_pandas(table), duckdb.from_df(table), pl.scan_parquet(path), path]
    for design in (DESIGN, {"weight": "weight", "strata": "stratum"}):
        known = MADE[name](ps.Survey(table, **design)).tidy()
        for other in others:
            found = MADE[name](ps.Survey(other, **design)).tidy()
            pd.testing.assert_frame_equal(found, known, rtol=1e-8, check_dtype=False)


def test_replicate_weights_give_errors_like_linearisation():
    table = pd.read_csv(REFERENCE / "design.csv")
    weights = pd.read_csv(REFERENCE / "replicates.csv").filter(like="JKn")
    scales = jackknife_scales(table, weights)
    svy = ps.Survey(
        pd.concat([table, weights], axis=1),
        weight="weight",
        replicates=ps.Replicates(list(weights), kind="jackknife", scales=scales),
    )
    for name in ("decompose", "profile", "within"):
        found, known = (MADE[name](one).tidy() for one in (svy, ps.Survey(table, **DESIGN)))
        np.testing.assert_allclose(found["estimate"], known["estimate"], rtol=1e-12, atol=1e-14)
        smooth = found["term"] != "headcount"
        np.testing.assert_allclose(
            found.loc[smooth, "std_error"], known.loc[smooth, "std_error"], rtol=0.12
        )
        assert (found["method"] == "replication").all()


def jackknife_scales(table, weights):
    """(n - 1) / n of the stratum whose PSU each replicate leaves out."""
    units = table.groupby("stratum")["psu"].nunique()
    left = [table.loc[(weights[one] == 0).to_numpy(), "stratum"].iloc[0] for one in weights]
    return [(units[one] - 1) / units[one] for one in left]


@pytest.mark.parametrize("name", ["decompose", "relative", "within"])
def test_rows_without_a_period_or_group_are_refused_or_counted(sample, name):
    import polars as pl

    table = sample.astype({"year": float, "province": object})
    table.loc[table.index[:7], ["year", "province"]] = np.nan, None
    column = "year" if name == "decompose" else "province"
    for data in (table, pl.from_pandas(table, nan_to_null=True).lazy()):
        with pytest.raises(ps.DataError, match=f"7 rows have no {column}") as caught:
            MADE[name](ps.Survey(data, **DESIGN))
        assert "drop" in caught.value.remedy
        for design in (DESIGN, {"weight": "weight"}):
            found = MADE[name](ps.Survey(data, **design, missing="drop"))
            assert found.dropped == 7 and (found.tidy()["std_error"] > 0).all()
            if name != "relative":  # whose line is that of all rows
                known = MADE[name](ps.Survey(table.iloc[7:], **design)).tidy()
                np.testing.assert_allclose(found.tidy()["estimate"], known["estimate"])


def test_periods_that_are_not_asked_for_change_nothing(sample, svy):
    third = sample[sample["year"] == 2011].assign(year=2015)
    for income in (-third["income"], third["income"] ** 2, 7.0):
        table = pd.concat([sample, third.assign(income=income)])
        found = change(ps.Survey(table, **DESIGN)).tidy()
        pd.testing.assert_frame_equal(found, change(svy).tidy())


def of(svy, income="income", line=2300, over="year", base=2011, value=2019, **more):
    return ps.decompose(svy, income, line, over, base=base, value=value, **more)


def profile(svy, income="income", line=2300, by="province", **more):
    return ps.poverty_profile(svy, income, line, by, **more)


def within(svy, income="income", by="province", **more):
    return ps.within_between(svy, income, by, **more)


BAD = {
    "no such period": (lambda svy: of(svy, value=2030), "no such period", "2011"),
    "period of another kind": (lambda svy: of(svy, base="2011"), "no such period", "2011"),
    "twice": (lambda svy: of(svy, value=2011), "are the same", "2011"),
    "no column of periods": (lambda svy: of(svy, over="jahr"), "lacks a column", "year"),
    "two columns": (lambda svy: of(svy, over=["year", "psu"]), "One column", "over="),
    "text": (lambda svy: of(svy, income="province"), "no numbers", "share of one word"),
    "no income": (lambda svy: of(svy, income="wage"), "lacks a column", "income"),
    "no income for watts": (lambda svy: of(svy, "wage", measures="watts"), "lacks", "income"),
    "method": (lambda svy: of(svy, method="oaxaca"), "no such decomposition", "shapley"),
    "measure": (lambda svy: of(svy, measures="poverty"), "not known", "headcount"),
    "measures": (lambda svy: of(svy, measures=[]), "No measure", "headcount"),
    "relative": (lambda svy: of(svy, line=ps.relative_line(0.6)), "moves with", "2300"),
    "line": (lambda svy: of(svy, line=-1), "more than 0", "line"),
    "lines": (lambda svy: of(svy, line="zero"), "more than zero", "line"),
    "line of text": (lambda svy: of(svy, line="province"), "no numbers", "share of one word"),
    "debts": (lambda svy: of(svy, income="debt"), "more than zero", "below zero"),
    "zero mean": (lambda svy: of(svy, income="none"), "more than zero", "below zero"),
    "one income": (lambda svy: of(svy, income="one"), "are the same", "gap"),
    "watts": (lambda svy: of(svy, income="zero", measures="watts"), "must be positive", "gap"),
    "one group": (lambda svy: profile(svy, by="one"), "one group alone", "by="),
    "no groups": (lambda svy: profile(svy, by=None), "told apart", "by="),
    "no column of groups": (lambda svy: profile(svy, by="land"), "lacks a column", "year"),
    "no one poor": (lambda svy: profile(svy, line=0.5), "No one is poor", "line"),
    "text of profile": (lambda svy: profile(svy, "province"), "no numbers", "share of one word"),
    "measure of profile": (lambda svy: profile(svy, measures="gini"), "not known", "headcount"),
    "one group within": (lambda svy: within(svy, by="one"), "one group alone", "by="),
    "no groups within": (lambda svy: within(svy, by=[]), "told apart", "by="),
    "gini": (lambda svy: within(svy, measures="gini"), "adds up", "mld"),
    "atkinson": (lambda svy: within(svy, measures=["mld", "atkinson(1)"]), "adds up", "mld"),
    "no such measure": (lambda svy: within(svy, measures="variance"), "not known", "ge(2)"),
    "no measure": (lambda svy: within(svy, measures=[]), "adds up", "mld"),
    "zeros": (lambda svy: within(svy, "zero", measures="mld"), "more than zero", "theil"),
    "debts within": (lambda svy: within(svy, "debt"), "zero", "weight 0"),
    "a group of zeros": (lambda svy: within(svy, "last", measures="theil"), "mean", "all are zero"),
    "text within": (lambda svy: within(svy, "province"), "no numbers", "share of one word"),
    "nothing within": (lambda svy: within(svy, "wage"), "lacks a column", "income"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_with_a_remedy(sample, case):
    call, words, remedy = BAD[case]
    income = sample["income"]
    table = sample.assign(
        debt=-income, zero=income.clip(lower=3000) - 3000, one=1.0, none=0.0,
        last=income.where(sample["province"] == "A", 0.0),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ps.DataWarning)
        with pytest.raises(ps.PovstudyError, match=words) as caught:
            call(ps.Survey(table, **DESIGN))
    assert remedy in caught.value.remedy
