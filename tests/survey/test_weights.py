"""Calibrated weights, replicates by name, two stages and lonely units, against R survey."""

import json
import sys
import warnings
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT

import povstudy as ps

sys.path.append(str(ROOT / "benchmarks"))

import calibration_coverage

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "weights.json").read_text("utf-8"))
ORACLES = ROOT.parent / "shared" / "oracles"
API, PROPORTIONS = ORACLES / "07_calibration", ORACLES / "11_svyciprop"
oracle = pytest.mark.skipif(not API.is_dir(), reason="needs ../shared/oracles/07_calibration")
TABLE = pd.read_csv(FILES / "design.csv")
ONE = np.arange(1, len(TABLE) + 1)
TABLE = TABLE.assign(
    poor=(TABLE["income"] < 2300).astype(np.int8),
    third=TABLE["psu"] % 3,
    half=ONE % 2,
    place=ONE % 5,
)
TABLE["gap"] = (1 - TABLE["income"] / 2300).where(TABLE["poor"] == 1, 0)
WHOLE = R["population"]
MARGINS = {
    "third": {0: 0.3 * WHOLE, 1: 0.45 * WHOLE, 2: 0.25 * WHOLE},
    "half": pd.Series([0.55, 0.45]) * WHOLE,
}
WAYS = {"raking": None, "linear": None, "logit": (0.2, 3)}


def survey(table=TABLE, **more):
    return ps.Survey(table, **{"weight": "weight", "strata": "stratum", "psu": "psu", **more})


def same(found, known, rel=1e-9):
    table = found.tidy()
    for column, wanted in (("estimate", known["estimate"]), ("std_error", known["error"])):
        assert table[column].tolist() == pytest.approx(np.ravel(wanted).tolist(), rel=rel)


def refused(call, *words, kind=ps.DataError):
    with pytest.raises(kind) as caught:
        call()
    assert [one for one in words if one not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


# Calibration --------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_errors_know_of_the_totals_as_those_of_r_do(way):
    svy, known = survey().calibrate(MARGINS, way, WAYS[way]), R["calibrated"][way]
    same(ps.mean(svy, "poor"), known["headcount"])
    same(ps.mean(svy, "gap"), known["gap"])
    same(ps.total(svy, "poor"), known["poor"])
    same(ps.mean(svy.where("place > 1"), "poor"), known["kept"])
    same(ps.mean(svy, "poor", by="place"), known["by"])
    same(ps.regress("income ~ poor + place", svy), known["regression"])
    many = ps.poverty(svy, "income", 2300).tidy()
    assert many["estimate"][0] == pytest.approx(known["headcount"]["estimate"])
    assert many["std_error"][0] == pytest.approx(known["headcount"]["error"][0][0])


NAMES = {
    "poststratify stype": (["stype"], "raking", None, "poststratify"),
    "rake stype+sch.wide (rake()": (["stype", "sch.wide"], "raking", None, "rake"),
    "calibrate linear ~stype+api99": (["stype", "api99"], "linear", None, "linear"),
    "calibrate raking ~stype+api99": (["stype", "api99"], "raking", None, "raking"),
    "calibrate logit(0.2": (["stype", "api99"], "logit", (0.2, 3), "logit"),
    "calibrate linear bounds(0.7": (["stype", "api99"], "linear", (0.7, 1.7), None),
}
KNOWN = {
    "stype": {"E": 4421, "H": 755, "M": 1018},
    "sch.wide": {"No": 1072, "Yes": 5122},
    "api99": 3914069,
}


def api(name="apiclus1"):
    return pd.read_csv(API / f"{name}.csv")


def values(design, start, quantity):
    table = pd.read_csv(API / "r_survey_values.csv")
    here = table["method"].str.startswith(start) & (table["quantity"] == quantity)
    return table[here & (table["design"] == design)].set_index("level")


def near(found, known, rel):
    row = found.tidy().iloc[0]
    assert [row["estimate"], row["std_error"]] == pytest.approx(
        [known["estimate"], known["se"]], rel=rel
    )


@oracle
@pytest.mark.parametrize("name", NAMES)
def test_the_api_samples_are_calibrated_as_in_r(name):
    columns, way, bounds, column = NAMES[name]
    svy = ps.Survey(api(), weight="pw", psu="dnum", fpc="fpc")
    svy = svy.calibrate({one: KNOWN[one] for one in columns}, way, bounds)
    # bounds are told from weights that are brought to the population first, 5e-8 from R's
    rel = 1e-9 if bounds is None else 1e-7
    known = values("clus1", name, "mean")
    near(ps.mean(svy, "api00"), known.loc["api00"], rel)
    near(ps.mean(svy, "enroll"), known.loc["enroll"], rel)
    near(ps.total(svy, "enroll"), values("clus1", name, "total").loc["enroll"], rel)
    if column:
        weights = pd.read_csv(API / "clus1_calibrated_weights.csv")[column]
        assert svy.weights == pytest.approx(weights.to_numpy(), rel=rel)
    at = svy.calibration.tidy()
    assert at["after"].to_numpy() == pytest.approx(at["target"].to_numpy(), rel=1e-8)


@oracle
def test_a_stratified_sample_and_replicates_are_calibrated_as_in_r():
    strat = ps.Survey(api("apistrat"), weight="pw", strata="stype", fpc="fpc")
    made = strat.calibrate({one: KNOWN[one] for one in ("stype", "api99")}, "linear")
    near(ps.mean(made, "api00"), values("strat", "calibrate linear", "mean").loc["api00"], 1e-9)
    clus = ps.Survey(api(), weight="pw", psu="dnum", fpc="fpc").with_replicates("JKn")
    clus = clus.reopened(clus.data, replicates=replace(clus.replicates, mse=False))
    for start, columns in (("poststratify", ["stype"]), ("rake", ["stype", "sch.wide"])):
        made = clus.calibrate({one: KNOWN[one] for one in columns})
        near(ps.mean(made, "api00"), values("clus1 JK1", start, "mean").loc["api00"], 1e-9)


def test_a_total_that_is_known_has_no_error_and_its_interval_is_a_point():
    svy = survey().calibrate(MARGINS)
    known = ps.share(svy, "third").tidy()
    assert known["estimate"].tolist() == pytest.approx([0.3, 0.45, 0.25])
    assert (known[["std_error"]] == 0).all(axis=None)
    assert known["ci_low"].tolist() == pytest.approx(known["ci_high"].tolist())


def test_ranks_know_it_too_as_replicates_of_the_same_calibration_say():
    svy, again = survey(), survey().with_replicates("JKn")
    for measure in (
        lambda x: ps.inequality(x, "income"),
        lambda x: ps.quantile(x, "income"),
    ):
        plain, calibrated, replicated = (
            measure(one).tidy()["std_error"].to_numpy()
            for one in (svy, svy.calibrate(MARGINS), again.calibrate(MARGINS))
        )
        assert np.abs(calibrated / replicated - 1).max() < 0.2
        assert (calibrated != plain).all()
    contest = ps.targeting_contest(
        svy.calibrate(MARGINS), ["place"], poor="poor", coverage=[0.2]
    ).tidy()
    assert contest["std_error"].notna().any()


def test_shares_of_rows_that_have_a_category_know_it():
    svy = survey(TABLE.assign(place=TABLE["place"].where(ONE > 9)), missing="drop")
    one, two = (ps.share(at.calibrate(MARGINS), "place") for at in (svy, svy.with_replicates()))
    assert one.tidy()["estimate"].tolist() == pytest.approx(two.tidy()["estimate"].tolist())
    assert one.tidy()["std_error"].tolist() == pytest.approx(
        two.tidy()["std_error"].tolist(), rel=0.1
    )


def test_scale_order_kinds_of_columns_and_polars_make_no_difference():
    wanted = ps.poverty(survey().calibrate(MARGINS), "income", 2300).tidy()
    strange = TABLE.assign(weight=TABLE["weight"] / 1e6, third=TABLE["third"].astype("category"),
                           half=TABLE["half"].astype("Int64")).sample(frac=1, random_state=1)  # fmt: skip
    strange.index = np.zeros(len(TABLE))
    for table in (strange, pl.from_pandas(TABLE.assign(third=TABLE["third"].astype(np.int8)))):
        found = ps.poverty(survey(table).calibrate(MARGINS), "income", 2300).tidy()
        for column in ("estimate", "std_error", "ci_low", "population"):
            assert found[column].to_numpy() == pytest.approx(wanted[column].to_numpy(), rel=1e-7)


def test_margins_are_written_in_several_ways():
    cells = TABLE.groupby(["third", "half"])["weight"].sum() * 1.1
    wanted = survey().calibrate({("third", "half"): cells}).weights
    assert wanted == pytest.approx(TABLE["weight"] * 1.1)
    for totals in (
        cells,
        cells.rename("total").reset_index(),
        {("third", "half"): cells.to_dict()},
    ):
        assert survey().calibrate(totals).weights == pytest.approx(wanted)
    named = TABLE.rename(columns={"half": "性别"})
    made = survey(named).calibrate({"性别": MARGINS["half"].to_dict()}, "linear")
    assert made.calibration.tidy()["margin"].tolist() == ["性别"] * 2
    assert "权数变为原来的" in made.calibration.summary("zh")
    assert "Calibrated weights" in str(made.calibration)


def test_rows_without_a_weight_and_sizes_and_rows_as_units():
    table = TABLE.assign(
        third=TABLE["third"].where(ONE > 5),
        weight=TABLE["weight"].where(ONE > 5, 0),
        size=ONE % 4 + 1,
    )
    svy = survey(table, size="size").calibrate({"third": {0.0: 300, 1.0: 450, 2.0: 250}})
    assert svy.weights.sum() == pytest.approx(1000)
    assert (svy.weights[:5] == 0).all()
    rows = ps.Survey(TABLE, weight="weight", strata="stratum").calibrate(MARGINS)
    each = ps.Survey(TABLE.assign(row=ONE), weight="weight", strata="stratum", psu="row").calibrate(
        MARGINS
    )
    one, two = (ps.poverty(svy, "income", 2300, by="place").tidy() for svy in (rows, each))
    assert one["std_error"].to_numpy() == pytest.approx(two["std_error"].to_numpy())
    plain = ps.Survey(TABLE).calibrate({"half": {0: 2, 1: 3}})
    assert ps.mean(plain, "half").tidy()["estimate"][0] == pytest.approx(0.6)


def test_domains_after_it_set_against_each_other():
    svy = survey().calibrate(MARGINS)
    found = ps.poverty(svy, "income", 2300, by="half")
    change = found.contrast("half", 1, 0).tidy()
    one, two = found.cov().iloc[0, 0], found.cov().iloc[1, 1]
    assert change["std_error"][0] ** 2 == pytest.approx(one + two - 2 * found.cov().iloc[0, 1])
    assert (found.design_effects()["design_effect"] > 0).all()


@pytest.mark.parametrize(("totals", "words"), [
    ({"third": {0: 1, 1: 2}}, ["1 values of the table have no total", "margin third", "2"]),
    ({"third": {"0": 1, "1": 2, "2": 3}}, ["3 values of the table have no total", "1 is not '1'"]),
    ({"third": {0: 1, 1: 2, 2: 3, 9: 4}}, ["1 totals have no row", "9: 4 of 10"]),
    ({"third": {0: 1, 1: 2, 2: 0}}, ["one total, above 0", "level 2: 0"]),
    ({"third": {0: 1, 1: 2, 2: np.nan}}, ["one total, above 0"]),
    ({"third": {0: 1, 1: 2, 2: 3}, "half": {0: 3, 1: 4}},
     ["different populations", "third: 6, half: 7", "+16.7 %", "totals['half']"]),
    ({"gone": {0: 1}}, ["lacks a column", "gone"]),
    ({}, ["dict of margins"]),
    ({"half": {0: 50, 1: 50}, "place": {0: 1, 1: 1, 2: 1, 3: 1, 4: 96}, "income": 1e9}, ["No weights were found", "by raking"]),
])  # fmt: skip
def test_totals_that_cannot_be_met_are_refused_with_their_numbers(totals, words):
    refused(lambda: survey().calibrate(totals), *words)


def test_what_it_cannot_do_is_refused():
    svy, half = survey(), {"half": {0: 2, 1: 3}}
    refused(lambda: svy.calibrate(half, "rakking"), "raking")
    refused(lambda: svy.calibrate(half, "logit"), "Bounds are")
    refused(lambda: svy.calibrate(half, "raking", (0.5, 2)), "Bounds are")
    refused(
        lambda: svy.calibrate(half, "logit", (0.99, 1.01)), "within these bounds (0.99 to 1.01)"
    )
    refused(
        lambda: svy.calibrate({**half, "income": 100.0}, "linear"), "weights would fall below zero"
    )
    refused(
        lambda: survey(TABLE.assign(half=TABLE["half"].where(ONE > 3))).calibrate(half),
        "3 rows have no half",
        "row 0",
    )
    for call in (
        lambda: svy.where("half == 1").calibrate(half),
        lambda: svy.calibrate(half).calibrate(half),
    ):
        refused(call, "calibrated once", kind=ps.DesignError)
    refused(lambda: survey(duckdb.from_df(TABLE)).calibrate(half), "in memory", kind=ps.DesignError)
    made = svy.calibrate(half)
    refused(
        lambda: made.reopened(made.data[:100]),
        "other rows than those whose weights",
        kind=ps.DesignError,
    )
    refused(
        lambda: made.design.totals(np.ones((60, 1))),
        "calibrated weights",
        "svy.data",
        kind=ps.DesignError,
    )
    refused(lambda: ps.compare(made, "income", "year", {2019: "both"}), kind=ps.DataError)
    table = made.data.assign(household_id=ONE, year=2020, score=made.data["income"] - 2300)
    made = survey(table).calibrate(half)
    for call in (  # what takes sampling units alone
        lambda: ps.trial_effects(made, "income", "half"),
        lambda: ps.at_the_line(made, "poor", "score", 0),
        lambda: ps.synthetic_panel(made, made, "place", 2300, rho=0.5, draws=20),
        lambda: ps.attrition_weights(made, "place"),
        lambda: ps.register_and_visits(made, "poor", "half"),
        lambda: ps.exits_and_returns("place", made, survey(table).calibrate(half)),
    ):
        refused(call, "calibrat", kind=ps.DesignError)
    for totals in (
        {"poor": True},
        {"half": "60"},
        {("half", "place"): 60.0},
        {"half": {0: "2", 1: 3}},
    ):
        refused(lambda totals=totals: svy.calibrate(totals), "A total is a number")
    refused(lambda: svy.calibrate({"poor": 0}), "No weights")
    gone = survey(TABLE.assign(income=TABLE["income"].where(ONE > 3)), missing="drop")
    refused(lambda: gone.calibrate({"income": 9e6}), "3 rows have no income", "fill them in")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ps.describe_columns(made, ["income"]) is not None


def test_known_truth_is_held_and_told():
    table = pd.read_csv(calibration_coverage.FILE).set_index("way")
    assert (table["draws"] == 1000).all()
    plain, kept = table.loc["not calibrated"], table.loc[["raking", "linear"]]
    assert (plain["bias_percent"].abs() > 2).all()
    assert (kept["bias_percent"].abs() < 2).all()
    assert kept["coverage"].between(93, 97).all()
    assert (kept["spread"].to_numpy() < np.tile(plain["spread"], 2)).all()
    assert (kept["mean_error"] / kept["spread"]).between(1, 1.12).all()  # drawn without fpc=
    few = calibration_coverage.coverage(6, workers=1).set_index(["way", "term"])
    assert few.loc[("raking", "mean of poor"), "mean"] == pytest.approx(0.334, abs=0.03)
    told = (ROOT / "docs" / "survey.md").read_text("utf-8")
    assert f"{kept['coverage'].iloc[0]:.1f} percent of the 95 % intervals" in told


# Replicates ---------------------------------------------------------------------------


@oracle
def test_kinds_of_replicates_have_the_scales_of_r():
    known = pd.read_csv(PROPORTIONS / "replicate_weight_values.csv")
    known = known[known["quantity"] == "mean"].set_index("design")["se"]
    weights = pd.read_csv(PROPORTIONS / "clus1_jk1_repweights.csv")
    columns = [one for one in weights if one[0] == "X"]
    table = api().join(weights[columns])
    start = "clus1 JK1 replicates declared type="
    asked = [("JK1", False, "clus1 JK1"), ("jk1", True, "clus1 JK1 mse"), ("JK2", True, f"{start}JK2 mse=TRUE"),
             ("ACS", True, f"{start}ACS mse=TRUE"), ("ACS", False, f"{start}ACS mse=FALSE"),
             ("SDR", True, f"{start}successive-difference mse=TRUE")]  # fmt: skip
    for kind, mse, name in asked:
        svy = ps.Survey(table, weight="pw", replicates=ps.Replicates(columns, kind, mse=mse))
        # those of JK1 were made with an fpc: 15 of 757 districts
        found = ps.mean(svy, "api00").tidy()["std_error"][0]
        found *= np.sqrt(1 - 15 / 757) if kind.upper() == "JK1" else 1
        assert found == pytest.approx(known[name], rel=1e-8)


def test_replicates_are_made_of_a_design():
    made = survey().with_replicates("JKn")
    same(ps.mean(made, "poor"), R["replicates"]["JKn"])
    same(ps.mean(made.calibrate(MARGINS), "poor"), R["replicates"]["raked"])
    linear = ps.mean(survey(), "poor").tidy()
    drawn = ps.mean(survey().with_replicates("bootstrap", 400, seed=2), "poor").tidy()
    assert drawn["std_error"][0] == pytest.approx(linear["std_error"][0], rel=0.12)
    assert drawn["df"][0] == linear["df"][0]
    rank = TABLE.groupby("stratum")["psu"].rank("dense").astype(int) - 1
    pairs = survey(TABLE.assign(stratum=TABLE["stratum"] + (rank // 2).astype(str)))
    wanted = ps.total(pairs, "poor").tidy()["std_error"][0]
    for given in ({"kind": "BRR"}, {"kind": "Fay", "fay": 0.3}, {"kind": "JKn"}):
        found = ps.total(pairs.with_replicates(**given), "poor").tidy()
        assert found["std_error"][0] == pytest.approx(wanted, rel=1e-9)  # of a total they agree
    finite = survey(fpc="units")
    wanted = ps.total(finite, "poor").tidy()["std_error"][0]
    assert ps.total(finite.with_replicates(), "poor").tidy()["std_error"][0] == pytest.approx(
        wanted
    )


def test_replicates_that_cannot_be_made_are_refused():
    refused(lambda: ps.Replicates(["a", "b"], "JKn"), "scales=", kind=ps.DesignError)
    refused(lambda: ps.Replicates(["a", "b"], "JK3"), "jk2", kind=ps.DesignError)
    refused(
        lambda: survey().with_replicates("BRR"), "two units in every stratum", kind=ps.DesignError
    )
    refused(lambda: survey().with_replicates("JK9"), "JKn")
    refused(lambda: survey().with_replicates(fay=0.3), "Fay's method", kind=ps.DesignError)
    twice = survey().with_replicates().calibrate(MARGINS)
    refused(lambda: twice.calibrate(MARGINS), "calibrated once", kind=ps.DesignError)
    made = survey().calibrate(MARGINS)
    refused(made.with_replicates, "before all else", kind=ps.DesignError)
    alone = ps.Survey(
        TABLE.assign(s=TABLE["stratum"].mask(TABLE["psu"] == 1, "one")),
        strata="s",
        psu="psu",
        lonely="certain",
    )
    refused(alone.with_replicates, "one sampling unit", kind=ps.DesignError)


# Two stages, lonely units -------------------------------------------------------------


def nested(**more):
    given = {
        "weight": "w",
        "strata": "stratum",
        "psu": "village",
        "ssu": "household",
        "fpc": ["villages", "households"],
    }
    return ps.Survey(pd.read_csv(FILES / "weights.csv"), **{**given, **more})


def test_two_stages_add_up():
    same(ps.mean(nested(), "y"), R["nested"]["mean"])
    same(ps.total(nested(), "y"), R["nested"]["total"])
    first = ps.mean(nested(ssu=None, fpc="villages"), "y").tidy()
    both = ps.mean(nested(), "y").tidy()
    assert both["std_error"][0] > first["std_error"][0]
    assert both["df"][0] == first["df"][0] == 10  # of villages minus strata


@oracle
def test_two_stages_of_the_api_sample_as_in_r():
    known = R["two_stages"]
    svy = ps.Survey(api("apiclus2"), weight="pw", psu="dnum", ssu="snum", fpc=["fpc1", "fpc2"])
    same(ps.mean(svy, "api00"), known["mean"])
    same(ps.mean(svy.where("stype == 'E'"), "api00"), known["kept"])
    same(ps.mean(svy, "api00", by="awards"), known["by"])
    same(ps.regress("api00 ~ ell", svy), known["regression"])
    same(ps.mean(svy.calibrate({"stype": KNOWN["stype"]}, "linear"), "api00"), known["calibrated"])
    rows = ps.Survey(api("apiclus2"), weight="pw", psu="dnum", fpc=["fpc1", "fpc2"])
    same(ps.total(rows, "api.stu"), known["total"])


def test_two_stages_are_refused_where_they_do_not_fit():
    refused(lambda: nested(fpc=None), "second stage", kind=ps.DesignError)
    refused(lambda: nested(psu=None), "second stage", kind=ps.DesignError)
    table = pd.read_csv(FILES / "weights.csv")
    refused(lambda: ps.Survey(table.assign(households=1), weight="w", psu="village", fpc=["villages", "households"]),
            "no less than", kind=ps.DesignError)  # fmt: skip
    one = table.groupby("village").head(1)

    def alone(**more):
        return ps.Survey(
            one, psu="village", fpc=["villages", "households"], strata="stratum", **more
        )

    refused(alone, "one unit of the second stage", kind=ps.DesignError)
    assert ps.mean(alone(lonely="certain"), "y").tidy()["std_error"][0] > 0
    for call in (  # nothing to take the average of
        lambda: alone(lonely="average"),
        lambda: ps.Survey(TABLE, strata="psu", psu="psu", lonely="average"),
    ):
        refused(call, 'lonely="center"', kind=ps.DesignError)
    refused(lambda: nested(weight=None).calibrate({"stratum": {1: 3}}), "no total")
    refused(lambda: ps.Survey(duckdb.from_df(table), psu="village", fpc=["villages", "households"]), "in memory",
            kind=ps.DesignError)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "own"), [("average", "average"), ("certainty", "certain"), ("remove", "certain")]
)
@pytest.mark.parametrize("hold", [lambda table: table, duckdb.from_df], ids=["memory", "engine"])
def test_rules_for_a_lonely_unit_are_those_of_r(rule, own, hold):
    alone = TABLE["stratum"].mask((TABLE["psu"] == 1) & (TABLE["stratum"] == "s0"), "lonely")
    svy = ps.Survey(
        hold(TABLE.assign(alone=alone)), weight="weight", strata="alone", psu="psu", lonely=own
    )
    same(ps.mean(svy, "poor"), R["lonely"][rule]["mean"])
    same(ps.total(svy, "poor"), R["lonely"][rule]["total"])
