"""Designs, replicate weights, contrasts, bands and design effects, against R survey and by hand."""

import json
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, draws, examples
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "survey.json").read_text("utf-8"))
TABLE = pd.read_csv(FILES / "design.csv")
# Columns whose weighted means R was asked for.
poor = TABLE["income"] < 2300
TABLE = TABLE.assign(poor=poor, gap=(1 - TABLE["income"] / 2300).where(poor, 0))
REPLICATES = pd.read_csv(FILES / "replicates.csv")
DESIGNS = {
    "full": {"strata": "stratum", "psu": "psu"},
    "fpc": {"strata": "stratum", "psu": "psu", "fpc": "units"},
    "rows": {"strata": "stratum"},
    "clusters": {"psu": "psu"},
    "simple": {},
}
KINDS = {"JKn": "jackknife", "boot": "bootstrap", "BRR": "brr", "Fay": "fay"}
every = pytest.mark.parametrize("name", DESIGNS)
each_kind = pytest.mark.parametrize("name", KINDS)
# A table in memory, and one that an engine holds.
HOLD = {"memory": lambda table: table, "engine": duckdb.from_df}
everywhere = pytest.mark.parametrize("hold", HOLD.values(), ids=HOLD)


def exactly(wanted):
    return pytest.approx(wanted, rel=1e-8)


def survey(name="full", table=TABLE, **more):
    return ps.Survey(table, weight="weight", **{**DESIGNS[name], **more})


def replicated(name, count=None):
    """The survey with replicate weights, all of them or the first ones."""
    columns = [one for one in REPLICATES if one.startswith(name)][:count]
    known = R["replicates"][name]
    # R divides the squares of a bootstrap by one less than their number, and leaves out units of
    # the jackknife by strata: scales of their own.
    scales = known["scale"] * np.array(known["rscales"]) if name in ("JKn", "boot") else None
    made = ps.Replicates(columns, KINDS[name], fay=known.get("rho", 0.0), scales=scales)
    return ps.Survey(TABLE.join(REPLICATES), weight="weight", replicates=made)


def refused(call, *words, kind=ps.DataError):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(kind) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy
    return caught.value


def columns_of(found):
    return found.tidy()[["estimate", "std_error"]].to_numpy().tolist()


# Covariances, contrasts, design effects -----------------------------------------------------


@every
@pytest.mark.parametrize("by", ["province", "year"])
def test_covariances_of_domains_equal_r_survey(name, by):
    found = ps.mean(survey(name), "poor", by=by)
    wanted = R[name]["covariance"]["poor"] if by == "province" else R[name]["years"]["covariance"]
    np.testing.assert_allclose(found.cov(), wanted, rtol=1e-8, atol=1e-12)
    assert np.sqrt(np.diag(found.cov())).tolist() == exactly(found.tidy()["std_error"].tolist())


@every
def test_differences_between_provinces_equal_r_survey(name):
    columns = ["income", "poor", "gap"]
    steps = ps.mean(survey(name), columns, by="province").contrast("province", "B", "A").tidy()
    assert steps["term"].tolist() == [f"mean of {one}" for one in columns]
    assert set(steps["province"]) == {"B - A"}
    for (_, step), column in zip(steps.iterrows(), columns, strict=True):
        a, b, _ = R[name]["domain"][column]
        assert step["estimate"] == exactly(b - a)
        assert step["std_error"] == exactly(R[name]["difference_se"][column])
    both = TABLE[TABLE["province"] != "C"]
    assert set(steps["n"]) == {len(both)}
    assert steps["population"].tolist() == exactly([both["weight"].sum()] * 3)


@every
def test_differences_between_years_equal_r_survey(name):
    years = R[name]["years"]
    (step,) = columns_of(ps.mean(survey(name), "poor", by="year").contrast("year", 2019, 2011))
    assert step == exactly([years["difference"], years["difference_se"]])
    steps = ps.mean(survey(name), "poor", by=["province", "year"]).contrast("year", 2019, 2011)
    assert steps.tidy()["province"].tolist() == years["province"]
    wanted = zip(years["domain_difference"], years["domain_difference_se"], strict=True)
    assert np.ravel(columns_of(steps)).tolist() == exactly(np.ravel(list(wanted)).tolist())


def test_a_difference_runs_over_the_combinations_that_both_sides_have():
    table = TABLE[(TABLE["province"] != "C") | (TABLE["year"] == 2019)]
    steps = ps.mean(survey(table=table), "poor", by=["province", "year"])
    assert steps.contrast("year", 2019, 2011).tidy()["province"].tolist() == ["A", "B"]
    assert len(steps.contrast("province", "C", "A")) == 1


def test_a_difference_of_differences_is_that_of_its_parts():
    found = ps.mean(survey(), "poor", by=["province", "year"])
    later = found.contrast("year", 2019, 2011)
    twice = later.contrast("province", "B", "A")
    signs = found.tidy().apply(
        lambda row: {"A": -1, "B": 1, "C": 0}[row["province"]] * (1 if row["year"] == 2019 else -1),
        axis=1,
    ).to_numpy()  # fmt: skip
    estimate = signs @ found.tidy()["estimate"]
    error = np.sqrt(signs @ found.cov().to_numpy() @ signs)
    assert columns_of(twice)[0] == exactly([estimate, error])


@pytest.mark.parametrize(
    ("column", "value", "base", "words"),
    [
        ("place", "A", "B", ["no such column of domains", "place", "['province']"]),
        ("term", "A", "B", ["no such column of domains"]),
        ("estimate", "A", "B", ["no such column of domains"]),
        ("province", "A", "Z", ["no such domain", "province", "Z", "['A', 'B', 'C']"]),
        ("province", 2019, "A", ["no such domain", "2019"]),
    ],
)
def test_a_difference_of_what_is_not_there_is_refused(column, value, base, words):
    found = ps.mean(survey(), "poor", by="province")
    refused(lambda: found.contrast(column, value, base), *words)


def test_functions_of_estimates_have_the_errors_of_the_delta_method():
    found = ps.mean(survey(), ["gap", "poor"])
    gap, share = found.table["estimate"]
    table = found.table.iloc[[0]].assign(term="gap of the poor", estimate=gap / share)
    made = found.combine(table, np.array([[1 / share], [-gap / share**2]]))
    wanted = R["full"]["ratio"]
    assert columns_of(made)[0] == exactly([wanted["gap_over_poor"], wanted["se"]])


@every
@pytest.mark.parametrize("by", [None, "province"])
def test_design_effects_equal_r_survey(name, by):
    columns = ["poor", "gap", "income"]
    found = ps.mean(survey(name), columns, by=by).design_effects()
    wanted = R[name]["domain_deff"] if by else R[name]["deff"]
    wanted = np.ravel([wanted[one] for one in columns])
    assert found["design_effect"].tolist() == exactly(wanted.tolist())


def test_design_effects_are_of_estimates_with_a_design_alone():
    found = ps.mean(survey(), "poor", by="year")
    refused(found.contrast("year", 2019, 2011).design_effects, "no design effect")
    refused(ps.mean(replicated("BRR"), "poor").design_effects, "no design effect")


@pytest.mark.parametrize("name", ["full", "rows"])
def test_what_does_not_vary_has_no_error_and_no_design_effect(name):
    table = TABLE.assign(one=0.1, side=np.where(TABLE["income"] < 900, "low", "high"))
    found = ps.mean(survey(name, table), ["one", "poor"], by="side")
    still = [True, True, False, True]  # all of the low side are poor; no other share is 0 or 1
    assert (found.tidy()["std_error"] < 1e-12).tolist() == still
    assert found.design_effects()["design_effect"].isna().tolist() == still


# The design ---------------------------------------------------------------------------------


@every
def test_degrees_of_freedom_are_units_less_strata(name):
    assert survey(name).design.df == R[name]["df"]


@everywhere
def test_units_of_one_name_are_two_in_two_strata(hold):
    svy = survey(table=hold(TABLE))
    assert repr(svy) == "Survey(420 rows, weight weight, 5 strata, 60 PSUs of psu)"
    assert len(svy) == len(TABLE)
    named = TABLE.assign(village=TABLE["stratum"] + "/" + TABLE["psu"].astype(str))
    one = ps.mean(survey(table=hold(named), psu="village"), "poor")
    assert columns_of(one)[0] == exactly(columns_of(ps.mean(svy, "poor"))[0])


@everywhere
def test_several_columns_make_a_stratum_or_a_unit(hold):
    named = TABLE.assign(county=TABLE["psu"] // 4, village=TABLE["psu"] % 4, half=TABLE["year"])
    one = ps.mean(survey(table=hold(named), psu=["county", "village"]), "income")
    assert columns_of(one)[0] == exactly(columns_of(ps.mean(survey(), "income"))[0])
    two = survey(table=hold(named), strata=["stratum", "half"])
    assert len(two.design.units) == 10
    joined = named.assign(both=named["stratum"] + named["half"].astype(str))
    wanted = ps.mean(survey(table=joined, strata="both"), "income")
    assert columns_of(ps.mean(two, "income"))[0] == exactly(columns_of(wanted)[0])


@everywhere
def test_a_lonely_unit_is_set_against_the_mean_of_all(hold):
    alone = TABLE["stratum"].mask((TABLE["psu"] == 1) & (TABLE["stratum"] == "s0"), "lonely")
    table = hold(TABLE.assign(alone=alone))
    svy = survey(table=table, strata="alone", lonely="center")
    assert columns_of(ps.mean(svy, "poor"))[0] == exactly(list(R["lonely"].values()))
    words = ["1 strata have one sampling unit", "stratum 'lonely'", 'lonely="center"']
    refused(lambda: survey(table=table, strata="alone"), *words, kind=ps.DesignError)


def test_one_row_has_no_interval():
    svy = survey("simple", TABLE[:1], lonely="center")
    found = ps.mean(svy, "income")
    assert found.tidy()[["ci_low", "ci_high"]].isna().all(axis=None)
    assert found.band()[["ci_low", "ci_high"]].isna().all(axis=None)
    refused(lambda: survey("simple", TABLE[:1]), "stratum 'all'", kind=ps.DesignError)


@everywhere
def test_households_count_as_many_persons_as_they_have(hold):
    table = TABLE.assign(persons=np.arange(len(TABLE), dtype="int8") % 5 + 1)
    one = ps.mean(survey(table=hold(table), size="persons"), ["income", "poor"]).tidy()
    product = table.assign(weight=table["weight"] * table["persons"])
    two = ps.mean(survey(table=hold(product)), ["income", "poor"]).tidy()
    pd.testing.assert_frame_equal(one, two, rtol=1e-12)
    assert one["population"].tolist() == exactly([product["weight"].sum()] * 2)
    assert repr(survey("simple", hold(table), size="persons")) == (
        "Survey(420 rows, weight weight x persons, 1 stratum, 420 PSUs)"
    )


@everywhere
def test_rows_of_weight_zero_stay_in_the_design(hold):
    table = hold(TABLE.assign(weight=TABLE["weight"].where(TABLE["province"] != "A", 0.0)))
    found = ps.mean(survey(table=table), "poor", by="year").tidy()
    wanted = ps.mean(survey(), "poor", by=["province", "year"])
    # Leaving a domain out by weight is looking at the other domains: the units stay.
    parts = wanted.tidy().query("province != 'A'").groupby("year")
    value = parts.apply(lambda x: np.average(x["estimate"], weights=x["population"]))
    assert found["estimate"].tolist() == exactly(value.tolist())
    some = TABLE[TABLE["province"] != "A"]  # rows without weight are no rows of an estimate
    assert found["n"].tolist() == some["year"].value_counts().sort_index().tolist()
    # and units without weight no degrees of freedom (R survey, degf)
    units = some.groupby("stratum")["psu"].nunique()
    assert set(found["df"]) == {units.sum() - len(units)}
    rest = survey(table=TABLE.assign(rest=TABLE["province"] != "A"))
    rest = ps.mean(rest, "poor", by=["rest", "year"]).tidy().query("rest")
    assert found["std_error"].tolist() == exactly(rest["std_error"].tolist())


def test_without_weights_every_row_counts_once():
    found = ps.mean(ps.Survey(TABLE), "income").tidy().iloc[0]
    assert found["estimate"] == exactly(TABLE["income"].mean())
    assert found["std_error"] == exactly(TABLE["income"].sem())
    assert found["population"] == found["n"] == len(TABLE)


@everywhere
@pytest.mark.parametrize("name", ["full", "rows", "simple"])
@examples(20)
@given(scale=st.floats(1e-6, 1e9))
def test_the_scale_of_the_weights_changes_no_estimate_and_no_error(hold, name, scale):
    table = TABLE.assign(weight=TABLE["weight"] * scale)
    line = ps.relative_line(by="year")
    one, two = (
        ps.poverty(survey(name, one), "income", line, by="province") for one in (TABLE, table)
    )
    assert np.ravel(columns_of(two)).tolist() == exactly(np.ravel(columns_of(one)).tolist())


@everywhere
@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("weight", np.nan, ["1 rows have no usable weight", "column weight"]),
        ("weight", np.inf, ["1 rows have no usable weight"]),
        ("weight", -np.inf, ["1 rows have no usable weight"]),
        ("weight", -1.0, ["1 rows have no usable weight"]),
        ("stratum", None, ["1 rows have no stratum", "column stratum"]),
        ("psu", np.nan, ["1 rows have no psu", "column psu"]),
        ("units", 41.0, ["number of units in the population", "stratum 's1'", "column units"]),
        ("units", np.nan, ["number of units in the population", "stratum 's1'", "column units"]),
        ("units", np.inf, ["number of units in the population", "stratum 's1'", "column units"]),
    ],
)
def test_a_broken_design_is_refused_with_its_place(hold, column, value, words):
    table = TABLE.astype({"psu": float, "units": float})
    at = table.index[table["stratum"] == "s1"][3]
    table.loc[at, column] = value
    table.index += 1000  # the place is that of the index, not of the position
    error = refused(lambda: survey("fpc", hold(table)), *words, kind=ps.DesignError)
    if hold is HOLD["memory"] and column != "units":
        assert error.where.endswith(f"row {at + 1000}")


@everywhere
def test_a_population_smaller_than_the_sample_is_refused(hold):
    words = ["no less than the units in the sample", "stratum 's0'", "11"]
    refused(lambda: survey("fpc", hold(TABLE.assign(units=11))), *words, kind=ps.DesignError)
    whole = ps.mean(survey("fpc", hold(TABLE.assign(units=12))), "income")
    assert whole.tidy()["std_error"].tolist() == [0]  # all units of the population are known


@everywhere
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weight": "w"}, ["lacks a column", "w\n", "stratum, psu, province"]),
        ({"strata": ["stratum", "county"]}, ["lacks a column", "county"]),
        ({"psu": "a", "fpc": "b"}, ["lacks columns", "a, b"]),
        ({"key": "id"}, ["lacks a column", "id"]),
        ({"psu": 5}, ["lacks a column", "5"]),
        ({"weight": TABLE["weight"]}, ["lacks a column", "a Series, not a name"]),
        ({"fpc": [40]}, ["lacks a column", "40"]),
        ({"weight": "province"}, ["holds no numbers", "column province"]),
        ({"fpc": "province"}, ["holds no numbers", "column province"]),
        ({"lonely": "ignore"}, ["lonely='ignore'"]),
        ({"missing": None}, ["missing=None"]),
        ({"status": "oficial"}, ["status of data is not known", "oficial", "'official'"]),
        ({"key": ["stratum", "psu"]}, ["360 rows repeat the key", "stratum, psu"]),
        ({"key": ["stratum", "none"]}, ["420 rows have no stratum or no none"]),
        ({"weight": "zero"}, ["All weights are zero", "column zero"]),
    ],
)
def test_options_that_do_not_fit_are_refused(hold, options, words):
    table = hold(TABLE.assign(none=np.nan, zero=0))
    options = {"weight": "weight", **DESIGNS["full"], **options}
    refused(lambda: ps.Survey(table, **options), *words)


@everywhere
def test_a_key_names_each_row_once(hold):
    table = TABLE.assign(household=np.arange(len(TABLE)) // 2, wave=np.arange(len(TABLE)) % 2)
    survey(table=hold(table), key=["household", "wave"])
    broken = pd.concat([table, table.iloc[[7]]], ignore_index=True)
    words = ["1 rows repeat the key of another: household, wave", "'household': 3", "'wave': 1"]
    error = refused(lambda: survey(table=hold(broken), key=["household", "wave"]), *words)
    assert error.where == (None if hold is duckdb.from_df else "row 420 and row 7")


@everywhere
def test_an_empty_table_is_refused(hold):
    refused(lambda: survey(table=hold(TABLE[:0])), "no rows")


def test_a_column_that_stands_twice_is_refused():
    table = pd.concat([TABLE, TABLE[["income"]]], axis=1)
    refused(lambda: ps.mean(survey(table=table), "income"), "two columns of one name", "income")
    assert len(ps.mean(survey(table=table), "poor")) == 1


# What every estimate promises ---------------------------------------------------------------


def test_the_table_of_results_is_always_the_same():
    found = ps.mean(survey(), ["income", "poor"], by=["province", "year"]).tidy()
    assert list(found) == [
        "term", "province", "year", "estimate", "std_error", "ci_low", "ci_high", "n",
        "population", "df", "method", "data_status",
    ]  # fmt: skip
    assert found["term"].tolist() == ["mean of income"] * 6 + ["mean of poor"] * 6
    assert found["province"].tolist() == list("AABBCC") * 2
    assert found["year"].tolist() == [2011, 2019] * 6
    counted = TABLE.groupby(["province", "year"])["weight"].agg(["size", "sum"])
    assert found["n"].tolist() == counted["size"].tolist() * 2
    assert found["population"].tolist() == exactly(counted["sum"].tolist() * 2)
    assert set(found["method"]) == {"linearisation"} and set(found["data_status"]) == {"survey"}


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_intervals_are_those_of_the_t_distribution(level):
    found = ps.mean(survey(), "income").tidy(level).iloc[0]
    reach = stats.t.ppf(0.5 + level / 2, 55) * found["std_error"]
    assert found["ci_high"] - found["estimate"] == exactly(reach)
    assert found["estimate"] - found["ci_low"] == exactly(reach)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, "0.95", None, np.nan])
def test_a_level_out_of_range_is_refused(level):
    found = ps.mean(survey(), "income")
    refused(lambda: found.tidy(level), "between 0 and 1", "remedy: level=0.95")
    refused(lambda: found.band(level), "between 0 and 1")


def test_what_the_data_are_goes_into_every_table():
    told = TABLE.copy()
    told.attrs["source"] = ps.Source("simulated", "made up")
    for svy, status in (
        (survey(status="official"), "official"),
        (survey(table=told), "simulated"),
        (survey(table=told, status="trial"), "trial"),
    ):
        found = ps.mean(svy, "poor", by="year")
        assert set(found.tidy()["data_status"]) == {status}
        assert set(found.contrast("year", 2019, 2011).tidy()["data_status"]) == {status}


@everywhere
def test_nothing_that_is_given_is_changed_and_results_are_the_same_again(hold):
    before = TABLE.copy(deep=True)
    table = hold(TABLE)
    line = ps.relative_line(by="year")

    def ask():
        svy = survey("fpc", table, missing="drop")
        return [
            ps.poverty(svy, "income", line, by=["province", "year"]).tidy(),
            ps.inequality(svy, "income", measures=["gini", "s80s20", "theil"], by="year").tidy(),
            ps.quantile(svy, "income", [0.1, 0.5], by="year").band(),
            ps.sen_shorrocks_thon(svy, "income", "line").tidy(),
        ]

    for one, two in zip(ask(), ask(), strict=True):
        loose = 0 if hold is HOLD["memory"] else 1e-12  # threads of an engine add up in any order
        pd.testing.assert_frame_equal(one, two, rtol=loose, atol=0)
    pd.testing.assert_frame_equal(TABLE, before)


def test_a_measure_takes_a_survey():
    words = ["A measure takes a Survey", "DataFrame", "ps.Survey(table"]
    refused(lambda: ps.mean(TABLE, "income"), *words)
    refused(lambda: ps.inequality(TABLE, "income"), *words)


# Bands --------------------------------------------------------------------------------------


def reach(table):
    """Half widths of intervals in standard errors: each once."""
    return ((table["ci_high"] - table["estimate"]) / table["std_error"]).round(6).unique()


def test_the_band_of_one_estimate_is_its_interval():
    found = ps.mean(survey(), "income")
    (width,) = reach(found.band(draws=200_000))
    assert width == pytest.approx(stats.t.ppf(0.975, 55), rel=0.01)
    twice = ps.mean(survey(), ["income", "income"])  # wholly dependent: as one
    assert reach(twice.band(draws=200_000))[0] == pytest.approx(width, rel=0.01)


def test_the_band_of_independent_estimates_is_known():
    # Strata are independent: the largest of 20 independent normal values, many units.
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"y": rng.normal(10, 1, 20_000), "h": np.repeat(np.arange(20), 1000)})
    found = ps.mean(ps.Survey(table, strata="h"), "y", by="h")
    (width,) = reach(found.band(draws=100_000))
    assert width == pytest.approx(stats.norm.ppf((1 + 0.95 ** (1 / 20)) / 2), rel=0.01)
    assert set(found.band()["method"]) == {"linearisation, joint intervals"}


def test_a_band_is_the_same_again_and_wider_than_single_intervals():
    found = ps.total(survey(), ["income", "poor", "weight"], by="year")
    one, two, other = found.band(), found.band(), found.band(seed=1)
    pd.testing.assert_frame_equal(one, two)
    assert (one["ci_low"] != other["ci_low"]).any()  # Woodruff's ends are incomes: some stay
    assert (one["ci_low"] < found.tidy()["ci_low"]).all()
    assert (one["ci_high"] > found.band(0.9)["ci_high"]).all()


def test_a_band_leaves_what_has_no_error_as_it_is():
    found = ps.poverty(survey(), "income", 900, by="year", measures=["headcount"])
    still = ps.mean(survey(table=TABLE.assign(two=2.0)), ["two", "poor"]).band()
    assert still.loc[0, "ci_low"] == still.loc[0, "ci_high"] == 2
    assert (still["ci_low"] < still["ci_high"]).tolist() == [False, True]
    nobody = ps.poverty(survey(), "income", 1, by="year", measures=["headcount"]).band()
    assert nobody[["estimate", "ci_low"]].eq(0).all(axis=None)
    assert nobody["ci_high"].between(1e-6, 0.1).all()  # nobody poor is not none for sure
    assert len(found.band()) == 2


# Replicate weights --------------------------------------------------------------------------


@each_kind
def test_replicate_weights_equal_r_survey(name):
    svy, wanted = replicated(name), R["replicates"][name]
    found = ps.mean(svy, ["income", "poor", "gap"]).tidy()
    assert found["estimate"].tolist() == exactly(list(wanted["mean"].values()))
    assert found["std_error"].tolist() == exactly(list(wanted["se"].values()))
    assert set(found["df"]) == {wanted["columns"] - 1} and set(found["method"]) == {"replication"}
    median = ps.quantile(svy, "income")
    assert columns_of(median)[0] == exactly([wanted["median"], wanted["median_se"]])
    ratio = ps.ratio(svy, "gap", "poor")
    assert columns_of(ratio)[0] == exactly(list(wanted["ratio"].values()))


@each_kind
def test_replicate_weights_in_domains_equal_r_survey(name):
    svy, wanted = replicated(name), R["replicates"][name]
    found = ps.poverty(svy, "income", 2300, by="province", measures=["headcount", "gap"])
    for column, part in zip(("poor", "gap"), np.split(np.array(columns_of(found)), 2), strict=True):
        assert part[:, 0].tolist() == exactly(wanted["domain"][column])
        assert part[:, 1].tolist() == exactly(wanted["domain_se"][column])
    covariance = found.cov().iloc[:3, :3]
    np.testing.assert_allclose(covariance, wanted["covariance"]["poor"], rtol=1e-8)
    medians = np.array(columns_of(ps.quantile(svy, "income", by="province")))
    assert medians[:, 0].tolist() == exactly(wanted["domain_median"])
    assert medians[:, 1].tolist() == exactly(wanted["domain_median_se"])
    years = ps.mean(svy, "poor", by="year")
    np.testing.assert_allclose(years.cov(), wanted["years"]["covariance"], rtol=1e-8)
    (step,) = columns_of(years.contrast("year", 2019, 2011))
    assert step == exactly([wanted["years"]["difference"], wanted["years"]["difference_se"]])


def test_replicate_weights_on_an_engine_give_the_same():
    svy = replicated("BRR", 8)
    columns = ["weight", "income", "year", *svy.replicates.columns]
    held = ps.Survey(duckdb.from_df(svy.data[columns]), "weight", replicates=svy.replicates)
    for ask in (
        lambda one: ps.poverty(one, "income", ps.relative_line(), by="year"),
        lambda one: ps.inequality(one, "income", measures=["gini", "theil"]),
    ):
        pd.testing.assert_frame_equal(ask(svy).tidy(), ask(held).tidy(), rtol=1e-9)
    assert repr(held) == "Survey(420 rows, weight weight, 8 replicates (brr))"


def test_a_relative_line_moves_with_the_replicates():
    svy = replicated("JKn")
    found = ps.poverty(svy, "income", ps.relative_line(), measures=["headcount"])
    columns = svy.replicates.columns
    income, moved = TABLE["income"].to_numpy(), []
    for weight in (TABLE["weight"], *(REPLICATES[one] for one in columns)):
        order = np.argsort(income)
        running = np.cumsum(weight.to_numpy()[order])
        line = 0.6 * income[order][np.searchsorted(running, (0.5 - 1e-12) * running[-1])]
        moved.append([np.average(income < line, weights=weight), line])
    apart = np.array(moved[1:]) - moved[0]
    errors = np.sqrt(np.sum(svy.replicates.scale[:, None] * apart**2, axis=0))
    told = np.vstack([columns_of(found), columns_of(found.line)])
    assert told[:, 0].tolist() == exactly(moved[0])
    assert told[:, 1].tolist() == exactly(errors.tolist())


def test_replicates_count_persons_as_the_weight_does():
    made, persons = replicated("BRR", 8).replicates, TABLE["psu"] + 1
    weights = TABLE[["weight"]].join(REPLICATES)[["weight", *made.columns]]
    rest = TABLE[["income"]].assign(persons=persons)
    one = ps.Survey(rest.join(weights), weight="weight", size="persons", replicates=made)
    product = rest.join(weights.mul(persons, axis=0))
    two = ps.Survey(product, weight="weight", replicates=made)
    assert one.weights.tolist() == two.weights.tolist()  # and not those of the replicates later
    found = columns_of(ps.mean(one, "income"))
    assert found == columns_of(ps.mean(two, "income")) and found[0][1] > 0


@pytest.mark.parametrize(
    ("kind", "fay", "scale"),
    [("bootstrap", 0.0, 0.25), ("brr", 0.0, 0.25), ("fay", 0.5, 1.0), ("jackknife", 0.0, 0.75)],
)
def test_the_kind_of_replicates_sets_their_scale(kind, fay, scale):
    assert ps.Replicates(list("abcd"), kind, fay).scale.tolist() == [scale] * 4
    assert ps.Replicates(list("abcd"), kind, fay, (1, 2, 3, 4)).scale.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        (["a"], {}),
        ([], {}),
        ("weight", {}),
        (7, {}),
        (["a", "a"], {}),
        (["a", "b"], {"kind": "BRR2"}),
        (["a", "b"], {"kind": None}),
        (["a", "b"], {"kind": ["fay"]}),
        (["a", "b"], {"kind": "fay"}),
        (["a", "b"], {"kind": "fay", "fay": 1.0}),
        (["a", "b"], {"kind": "fay", "fay": "0.3"}),
        (["a", "b"], {"kind": "brr", "fay": 0.3}),
        (["a", "b"], {"scales": [1]}),
        (["a", "b"], {"scales": []}),
        (["a", "b"], {"scales": [1, -1]}),
        (["a", "b"], {"scales": [1, np.nan]}),
        (["a", "b"], {"scales": [1, np.inf]}),
        (["a", "b"], {"scales": ["1", "2"]}),
    ],
)
def test_replicates_without_a_scale_are_refused(columns, options):
    words = ["Replicate weights are two or more columns", "'bootstrap', 'brr', 'fay', 'jackknife'"]
    refused(lambda: ps.Replicates(columns, **options), *words, kind=ps.DesignError)


@pytest.mark.parametrize("more", [{"psu": "psu"}, {"strata": "stratum"}, {"fpc": "units"}])
def test_replicates_stand_in_place_of_the_design(more):
    made = replicated("BRR").replicates
    table = TABLE.join(REPLICATES)
    for options in (
        {"weight": "weight", "replicates": made, **more},
        {"replicates": made},
        {"weight": "weight", "replicates": list(made.columns)},
    ):
        words = "Replicate weights stand beside a weight"
        refused(lambda options=options: ps.Survey(table, **options), words, kind=ps.DesignError)
    lost = ps.Replicates(["BRR001", "BRR099"], "brr")
    call = lambda: ps.Survey(table, weight="weight", replicates=lost)  # noqa: E731
    refused(call, "lacks a column", "BRR099")


@everywhere
@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("negative", ["add up to less", "column negative"]),  # some below zero are right
        ("nothing", ["All weights are zero", "column nothing"]),
    ],
)
def test_a_broken_replicate_weight_is_named(hold, column, words):
    half = TABLE["weight"].where(TABLE["province"] != "A", 0)
    table = hold(TABLE.assign(negative=-1.0, nothing=0.0, half=half))
    svy = ps.Survey(table, weight="weight", replicates=ps.Replicates(["weight", column]))
    refused(lambda: ps.mean(svy, "income", by="province"), *words)


@everywhere
def test_a_domain_without_weight_in_a_replicate_has_no_error(hold):
    half = TABLE["weight"].where(TABLE["province"] != "A", 0)
    svy = ps.Survey(hold(TABLE.assign(half=half)), weight="weight",
                    replicates=ps.Replicates(["weight", "half"]))  # fmt: skip
    found = ps.mean(svy, "income", by="province").tidy().set_index("province")
    assert found["estimate"].notna().all()
    assert found["std_error"].isna().tolist() == [True, False, False]


# Intervals cover the truth ------------------------------------------------------------------


def test_intervals_cover_the_truth_in_a_clustered_population():
    """2,000 samples of villages, drawn without replacement by strata at different rates.

    A sample is a domain with strata of its own, so that 250 samples are one survey; the first
    samples are worked out alone as well; 500 samples in the quick profile. Tolerance: three
    standard errors of so many draws.
    """
    rng = np.random.default_rng(20162)
    sizes, villages, people, block = np.array([20, 24, 28, 32, 36]), 150, 10, 250
    level = rng.normal(0, 0.2, (5, villages)) + np.linspace(-0.3, 0.3, 5)[:, None]
    income = np.exp(7.9 + level[:, :, None] + rng.normal(0, 0.5, (5, villages, people)))
    line = ps.relative_line()

    def measured(svy, by=None, line=line):
        relative = ps.poverty(svy, "income", line, by=by, measures=["headcount"]).tidy()
        return pd.concat([
            ps.mean(svy, "income", by=by).tidy(),
            ps.poverty(svy, "income", 2300, by=by, measures=["headcount", "gap"]).tidy(),
            ps.inequality(svy, "income", by=by, measures=["gini"]).tidy(),
            relative.assign(term="relative " + relative["term"]),
        ])  # fmt: skip

    truth = measured(ps.Survey(pd.DataFrame({"income": income.ravel()})))
    truth = truth.set_index("term")["estimate"]
    made, (runs, wider) = [], draws(2000, 500)
    for start in range(0, runs, block):
        strata = []
        for h, size in enumerate(sizes):
            chosen = rng.random((block, villages)).argsort(axis=1)[:, :size]
            draw = np.repeat(np.arange(block), size * people)
            strata.append(pd.DataFrame({
                "income": income[h, chosen].ravel(), "village": np.repeat(chosen, people),
                "draw": draw, "stratum": draw * 5 + h, "w": villages / size, "all": villages,
            }))  # fmt: skip
        table = pd.concat(strata, ignore_index=True)
        options = {"weight": "w", "strata": "stratum", "psu": "village", "fpc": "all"}
        found = measured(ps.Survey(table, **options), "draw", ps.relative_line(by="draw"))
        if start == 0:
            for draw in range(3):
                alone = measured(ps.Survey(table[table["draw"] == draw], **options))
                one = found[found["draw"] == draw]
                assert one["estimate"].tolist() == exactly(alone["estimate"].tolist())
                assert one["std_error"].tolist() == exactly(alone["std_error"].tolist())
        made.append(found)
    found = pd.concat(made, ignore_index=True)
    assert set(found["df"]) == {sizes.sum() - 5}  # those of the sample, not of all of them
    inside = found["term"].map(truth).between(found["ci_low"], found["ci_high"])
    coverage = inside.groupby(found["term"]).mean()
    assert set(coverage.index) == set(truth.index) and len(found) == runs * len(truth)
    assert (abs(coverage - 0.95) <= 0.015 * wider).all(), coverage


def test_a_band_hangs_on_the_covariance_alone_where_estimates_hang_together():
    svy = survey("full")
    shares = [i / 50 for i in range(1, 45)]  # beyond the poor the curve is level
    one = replace(ps.tip(svy, "income", 2300, shares), shares=None)  # symmetric, as the others
    moved = one.combine(one.table, np.eye(len(one)))  # the same, by other sums
    jitter = 1 + 1e-15 * np.arange(len(one))
    other = one.combine(one.table, np.diag(jitter))
    for found in (moved, other):
        pd.testing.assert_frame_equal(found.band(), one.band(), rtol=1e-9)


# Degrees of freedom and what has no error -------------------------------------------------------


def test_a_domain_has_the_degrees_of_freedom_of_its_strata():
    rng = np.random.default_rng(5)
    place = np.repeat(np.arange(400), 3 * 5)  # strata of three units of five rows
    table = pd.DataFrame({"y": rng.normal(size=len(place)), "place": place,
                          "unit": np.arange(len(place)) // 5})  # fmt: skip
    found = ps.mean(ps.Survey(table, strata="place", psu="unit"), "y", by="place")
    tidy = found.tidy()
    assert (
        set(tidy["df"]) == {2}
        and ps.mean(ps.Survey(table, strata="place", psu="unit"), "y").tidy()["df"][0] == 800
    )
    inside = (tidy["ci_low"] < 0) & (tidy["ci_high"] > 0)
    assert abs(inside.mean() - 0.95) < 3 * (0.95 * 0.05 / 400) ** 0.5
    assert found.contrast("place", 1, 0).tidy()["df"].tolist() == [4]


def test_the_design_effect_of_a_total_is_that_of_its_mean():
    rng = np.random.default_rng(6)
    simple = ps.Survey(pd.DataFrame({"y": rng.normal(10, 1, 200), "w": 10.0}), weight="w")
    for one in (ps.mean, ps.total):
        assert one(simple, "y").design_effects()["design_effect"][0] == pytest.approx(1, rel=1e-9)


def test_design_effects_hang_on_the_groups_whose_line_is_used():
    rng = np.random.default_rng(7)
    year = np.repeat([1, 2], [1800, 200])
    table = pd.DataFrame(
        {"y": np.exp(rng.normal(size=2000)), "year": year, "w": np.where(year == 1, 1, 9)}
    )
    svy = ps.Survey(table, weight="w", strata="year")
    found = ps.poverty(svy, "y", ps.relative_line(by="year"), by="year", measures=["headcount"])
    for one in (found, found.line):
        assert one.design_effects()["design_effect"].tolist() == pytest.approx([1] * 2, abs=0.02)


def test_a_stratum_that_is_wholly_in_the_sample_has_no_error():
    table = pd.DataFrame({"y": [1.0, 2, 3, 9, 8], "h": list("aaabb"), "unit": [1, 2, 3, 4, 4],
                          "all": [30, 30, 30, 1, 1]})  # fmt: skip
    sure = ps.mean(ps.Survey(table, strata="h", psu="unit", fpc="all"), "y").tidy()
    assert sure["df"][0] == 2 and sure["std_error"][0] > 0


def test_constants_do_not_widen_a_band():
    table = TABLE.assign(tenth=0.1)
    one = ps.mean(survey(), "income", by="province").band()
    two = ps.mean(survey(table=table), ["income", "tenth"], by="province").band()
    both = two[two["term"] == "mean of income"].reset_index(drop=True)
    pd.testing.assert_frame_equal(both, one, rtol=1e-3)
    assert (two.loc[two["term"] == "mean of tenth", "std_error"] < 1e-15).all()


def test_a_survey_stays_as_it_was_when_its_table_is_changed():
    table = TABLE.copy()
    svy = survey(table=table)
    before = ps.mean(svy, "income", by="province").tidy()
    table["income"] /= 2
    pd.testing.assert_frame_equal(ps.mean(svy, "income", by="province").tidy(), before)


def test_the_remedy_for_a_column_of_text_runs():
    table = TABLE.assign(income=TABLE["income"].astype(str))
    table.loc[5, "income"] = "约2300元"
    with pytest.raises(ps.DataError, match="row 5") as caught:
        ps.mean(survey(table=table), "income")
    assert "约2300元" in str(caught.value)
    exec(caught.value.remedy, {"table": table, "ps": ps})
    assert ps.mean(survey(table=table, missing="drop"), "income").tidy()["n"][0] >= len(TABLE) - 1
