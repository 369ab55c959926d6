"""Codes of no answer: refused by every measure, or declared, on every kind of table."""

import warnings

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from test_negatives import CALLS as MEASURES
from test_negatives import HOLDERS

import povstudy as ps

RNG = np.random.default_rng(18)
INCOMES = np.round(RNG.lognormal(8.6, 0.8, 1000), 0)
CALLS = MEASURES | {
    "poverty": lambda s: ps.poverty(s, "income", 2300, measures=["headcount"]),
    "relative": lambda s: ps.poverty(s, "income", ps.relative_line(0.6), measures=["headcount"]),
}  # fmt: skip


def households(codes=(), rows=50, **more):
    """A thousand incomes, of which the first are codes, in turn."""
    income = INCOMES.copy()
    for i, code in enumerate(codes):
        income[i : rows : len(codes)] = code
    return pd.DataFrame({"income": income, "w": 1.0, "given": 1.0, "year": [1, 2] * 500, "g": list("aabb") * 250,
                         **more})  # fmt: skip


@pytest.mark.parametrize("hold", HOLDERS)
@pytest.mark.parametrize("name", CALLS)
def test_every_measure_refuses_them_on_every_kind_of_table(name, hold):
    svy = ps.Survey(hold(households([-8, 99999])))
    for _ in range(2):  # nor is it forgotten
        with pytest.raises(ps.DataError) as told:
            CALLS[name](svy)
        for word in (
            "50 rows of income",
            "-8 (25), 99999 (25)",
            'codes=[-8, 99999], missing="drop"',
        ):
            assert word in str(told.value)


@pytest.mark.parametrize("hold", HOLDERS)
def test_declared_codes_are_missing_values(hold):
    table = households([-8, -1])
    wanted = ps.poverty(ps.Survey(table[50:]), "income", 2300).tidy()
    svy = ps.Survey(hold(table), codes=[-8, -1], missing="drop")
    found = ps.poverty(svy, "income", 2300)
    assert found.dropped == 50
    same = ["term", "estimate", "n", "population"]
    pd.testing.assert_frame_equal(found.tidy()[same], wanted[same])
    for call in (CALLS["inequality"], CALLS["quantile"], CALLS["relative"]):
        assert call(svy).tidy()["estimate"].to_numpy() == pytest.approx(
            call(ps.Survey(table[50:])).tidy()["estimate"].to_numpy(), rel=1e-12)  # fmt: skip
    with pytest.raises(ps.DataError, match="50 rows have no income"):
        ps.poverty(ps.Survey(hold(table), codes=[-8, -1]), "income", 2300)


def test_fifty_codes_among_a_thousand_rows_double_the_rate():
    table = households([-8])
    rates = [ps.poverty(ps.Survey(table, codes=codes, missing="drop"), "income", 1300,
                        measures=["headcount"]).tidy()["estimate"].item()
             for codes in ((), [-8])]  # fmt: skip
    assert rates[0] > 1.8 * rates[1]


def test_what_is_declared_and_what_is_not():
    table = households([-8, -9], other=households([9999], 20)["income"])
    mean = lambda name, **way: ps.mean(ps.Survey(table, missing="drop", **way), name)  # noqa: E731
    with pytest.raises(ps.DataError) as told:  # one code of two
        mean("income", codes=[-8])
    assert "codes=[-8, -9]" in told.value.remedy and "-9 (25)" in told.value.found
    assert mean("income", codes={"income": [-8]}).dropped == 25  # -9 is a value then
    with pytest.raises(ps.DataError) as told:  # of another column nothing was said
        mean("other", codes={"income": [-8]})
    assert "{'income': [-8], 'other': [9999]}" in told.value.remedy
    for codes in ((), [], {"income": (), "other": []}):
        assert mean("income", codes=codes).dropped == 0 == mean("other", codes=codes).dropped
    assert mean("income", codes={"income": -8, "other": 9999}).dropped == 25
    svy = ps.Survey(table.assign(region=[-8, 1] * 500), codes=[-8, -9], missing="drop")
    assert ps.mean(svy, "given", by="region").tidy()["region"].tolist() == [-8, 1]  # a domain stays


@pytest.mark.parametrize("hold", HOLDERS)
def test_weights_of_9999(hold):
    table = households(w=np.where(np.arange(1000) < 20, 9999, RNG.integers(80, 400, 1000)))
    with pytest.raises(ps.DataError, match="20 rows of w ") as told:
        ps.mean(ps.Survey(hold(table), weight="w"), "income")
    assert "of ps.Survey, if they are values" in told.value.remedy
    ps.mean(ps.Survey(hold(table), weight="w", codes={"w": []}), "income")


@pytest.mark.parametrize("dtype", ["int64", "Int64", "int32", "float32", "object", "category"])
def test_every_type_of_column(dtype):
    table = households([-8])
    table["income"] = table["income"].astype(int).astype(dtype)
    with pytest.raises(ps.DataError, match=r"50 rows of income"):
        CALLS["poverty"](ps.Survey(table))
    assert CALLS["poverty"](ps.Survey(table, codes=[-8], missing="drop")).dropped == 50


def test_rows_without_weight_are_not_looked_at():
    table = households([-8])
    table["w"] = (table["income"] > 0) * 1.0
    assert CALLS["poverty"](ps.Survey(table, weight="w")).dropped == 0


def test_codes_that_are_no_numbers_and_columns_that_are_not_there():
    with pytest.raises(ps.DataError, match="Codes of no answer are numbers"):
        ps.Survey(households(), codes=["-8"])
    with pytest.raises(ps.DataError, match="lacks a column"):
        ps.Survey(households(), codes={"incom": [-8]})


@pytest.mark.parametrize("hold", HOLDERS)
@pytest.mark.parametrize(
    "column",
    [
        [-2, -1, 0, 1, 2] * 200,  # a scale
        RNG.normal(0, 1, 1000).round(1),  # scores
        RNG.normal(15, 9, 1000).round(0),  # degrees
        RNG.integers(-2000, 2000, 1000),  # changes of an income
        RNG.normal(0, 30, 1000).round(0),
        np.minimum(RNG.integers(0, 130, 1000), 99),  # ages, told up to 99
        np.minimum(RNG.gamma(2, 20, 1000).round(0), 99),  # hours
        np.r_[RNG.choice([0, 100, 500, 1000, 10000, -500], 900), RNG.integers(-9000, 9000, 100)],
        RNG.choice([888, 6666, 8888, 9999, 10001, 6000, 20000], 1000) * (RNG.random(1000) < 0.02),
        RNG.integers(0, 2, 1000),
        np.r_[INCOMES[:990], -RNG.lognormal(7, 1, 10).round(2)],  # losses of businesses
        np.r_[INCOMES[:995], -8, 9999, 99999, 77777, -1],  # of one row each
        np.where(INCOMES.max() == INCOMES, 88888, INCOMES),
    ],
)
def test_what_only_looks_like_them_is_not_refused(column, hold):
    ps.mean(ps.Survey(hold(pd.DataFrame({"y": column}))), "y")


@pytest.mark.parametrize(
    ("column", "found"),
    [
        (np.r_[INCOMES[:10], -8, -8, -1], "-8 (2), -1 (1)"),
        (np.r_[INCOMES[:990], [-8] * 3, [-1] * 7], "-1 (7), -8 (3)"),
        (np.r_[INCOMES[:990], [-9] * 4, -RNG.lognormal(7, 1, 6)], "-9 (4)"),  # losses beside them
        (np.r_[INCOMES, [-99] * 30, RNG.integers(-3000, -20, 60)], "-99 (30)"),
        (np.r_[INCOMES, [9999] * 12], "9999 (12)"),  # in the midst
        (np.r_[INCOMES, [9999998] * 2, 9999999], "9999998 (2), 9999999 (1)"),
        (np.r_[np.minimum(INCOMES, 7000), [9998] * 9, [9999] * 9], "9998 (9), 9999 (9)"),
        (np.r_[RNG.integers(0, 17, 900), [99] * 9], "99 (9)"),  # years of schooling
        (np.r_[RNG.integers(18, 90, 900), [-2] * 9], "-2 (9)"),  # ages
        (np.r_[RNG.integers(18, 90, 900), [999] * 9], "999 (9)"),
        (np.r_[RNG.integers(0, 700, 900), [-1, -4, -4, -5]], "-4 (2), -1 (1), -5 (1)"),
        (np.r_[INCOMES, [-999] * 5], "-999 (5)"),
    ],
)
def test_what_is_found(column, found):
    table = pd.DataFrame({"y": column})
    for hold in HOLDERS:
        with pytest.raises(ps.DataError) as told:
            ps.mean(ps.Survey(hold(table)), "y")
        assert sorted(str(told.value.found).split(", ")) == sorted(found.split(", "))


def test_panels_and_trials():
    panel = pd.DataFrame({"household_id": np.repeat(range(500), 2), "year": [1, 2] * 500,
                          "income": households([-8])["income"]})  # fmt: skip
    call = lambda svy: ps.jalan_ravallion(svy, "income", 2300)  # noqa: E731
    with pytest.raises(ps.DataError, match="50 rows of income"):
        call(panel)
    wanted = call(ps.Survey(panel[panel["income"] > 0], missing="drop")).tidy()
    found = call(ps.Survey(panel, codes=[-8], missing="drop")).tidy()
    pd.testing.assert_frame_equal(found[["estimate", "n"]], wanted[["estimate", "n"]])
    trial = households([-8], treated=[0, 1] * 500, village=np.arange(1000) // 20)
    with pytest.raises(ps.DataError, match="50 rows of income"):
        ps.trial_effects(trial, "income", "treated")
    found = ps.trial_effects(ps.Survey(trial, codes=[-8], missing="drop"), "income", "treated")
    wanted = ps.trial_effects(trial[50:], "income", "treated")
    assert found.tidy()["estimate"].item() == pytest.approx(wanted.tidy()["estimate"].item())
    with pytest.warns(ps.DataWarning, match="50 rows of income"):
        ps.randomisation_test(trial, "income", "treated", draws=20)
    with pytest.warns(ps.DataWarning, match="50 rows of income") as warned:
        ps.robustness_value(trial, "income", "treated")
    exec(str(warned[0].message).split("are codes: ")[1], {"table": trial})
    assert trial["income"].isna().sum() == 50
    ps.robustness_value(trial.dropna(), "income", "treated")


def test_models_of_spells_tell_of_numbers_not_of_categories():
    sim = ps.simulate(households=4_000, years=6, seed=1)
    spells = ps.spells(sim.panel, covariates=["schooling"])
    spells["schooling"] = spells["schooling"].clip(5, 9).replace(5, 99)
    with pytest.warns(ps.DataWarning, match="rows of schooling"):
        ps.relapse_model("schooling", spells)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ps.DataWarning)
        ps.relapse_model("C(schooling)", spells, baseline="constant")
        wanted = ps.relapse_model("schooling", spells[spells["schooling"] < 99])
    for hold in (pd.DataFrame, duckdb.from_df):  # declared
        svy = ps.Survey(hold(spells), psu="household_id", codes={"schooling": [99]})
        found = ps.relapse_model("schooling", svy, missing="drop")
        assert found.params["schooling"] == pytest.approx(wanted.params["schooling"], rel=1e-9)


def test_vulnerability_knows_them_too():
    panel = ps.simulate(households=2_000, years=6, seed=1).panel
    panel["schooling"] = panel["schooling"].clip(5, 9).replace(5, 99)
    year = int(panel["year"].min())
    call = lambda svy: ps.vulnerability(svy, "schooling", 2300, at=year).params["income"]  # noqa: E731
    with pytest.warns(ps.DataWarning, match="rows of schooling"):
        call(panel)
    svy = ps.Survey(panel, codes={"schooling": [99]}, missing="drop")
    wanted = call(ps.Survey(panel[panel["schooling"] < 99]))
    pd.testing.assert_series_equal(call(svy), wanted)


def test_far_codes_in_columns_whose_values_are_no_incomes():
    """Scores near 50 and years of schooling: 7 to 9 below zero have no steps before them."""
    for y in (RNG.normal(50, 9, 900).round(1), RNG.integers(0, 17, 900), RNG.integers(-2, 3, 900)):
        for hold in HOLDERS:
            with pytest.raises(ps.DataError) as told:
                ps.mean(ps.Survey(hold(pd.DataFrame({"y": np.r_[y, [-8] * 9, [-9] * 3]}))), "y")
            assert set(told.value.found.split(", ")) == {"-8 (9)", "-9 (3)"}
    steps = RNG.normal(0, 3, 1000).round()
    for y in (
        steps,
        steps.clip(-8),
        RNG.choice([-10, 0, 10, 20], 1000),
        RNG.choice([-5, 0, 5], 99),
    ):
        ps.mean(ps.Survey(pd.DataFrame({"y": y})), "y")


def test_not_a_number_beside_codes_in_tables_of_engines():
    y = np.r_[INCOMES, [np.nan] * 5, [99999] * 9]
    for table in (pl.DataFrame({"y": y}), pl.DataFrame({"y": y}).lazy(),
                  duckdb.from_arrow(pl.DataFrame({"y": y}).to_arrow())):  # fmt: skip
        with pytest.raises(ps.DataError, match="9 rows of y hold"):
            ps.mean(ps.Survey(table, missing="drop"), "y")


def test_lines_weights_and_kinds_of_codes():
    panel = ps.simulate(households=300, years=3, seed=1).panel.assign(line=2300.0)
    panel.loc[panel["household_id"].isin(panel["household_id"].unique()[:9]), "line"] = 99999.0
    with pytest.raises(ps.DataError, match="rows of line hold"):
        ps.jalan_ravallion(panel, "income", "line")
    svy = ps.Survey(panel, codes={"line": [99999]}, missing="drop")
    wanted = ps.jalan_ravallion(ps.Survey(panel[panel["line"] < 9999]), "income", 2300)
    found = ps.jalan_ravallion(svy, "income", "line")
    assert found.tidy()["estimate"].tolist() == wanted.tidy()["estimate"].tolist()
    table = households(w=np.where(np.arange(1000) < 20, 9999, RNG.integers(80, 400, 1000)))
    with pytest.raises(ps.DataError, match="20 rows of w "):  # weights are known of every row
        ps.mean(ps.Survey(table, weight="w", codes={"w": [9999]}, missing="drop"), "income")
    with pytest.raises(ps.DataError, match="Codes of no answer are numbers"):
        ps.Survey(table, codes=[True])


def test_marks_of_poverty_follow_declared_codes():
    panel = ps.simulate(households=500, years=4, seed=1).panel
    panel["poor"] = panel["poor"].astype(int)
    panel.loc[panel.index[::50], "poor"] = -8
    with pytest.raises(ps.DataError) as told:
        ps.transitions(panel)
    made = {"panel": panel.copy()}
    exec(told.value.remedy, made)
    wanted = ps.transitions(made["panel"]).tidy()
    svy = ps.Survey(panel, weight="weight", strata="stratum", psu="psu", codes=[-8], missing="drop")
    assert ps.transitions(svy).tidy()["n"].tolist() == wanted["n"].tolist()
    panel["poor"] += 1  # 1 and 2, and -7
    with pytest.raises(ps.DataError) as told:
        ps.transitions(panel)
    assert "isin([-7])" in told.value.remedy


def test_traits_that_assessors_judge_on():
    n = 600
    table = pd.DataFrame({"rank": RNG.permutation(n), "village": np.arange(n) // 20,
                          "age": RNG.integers(18, 90, n), "roof": RNG.choice([1, 2], n)})  # fmt: skip
    table.loc[:29, "age"] = -8
    call = lambda svy: ps.judged_on(svy, "rank", ["age", "C(roof)"], within="village")  # noqa: E731
    with pytest.raises(ps.DataError, match="30 rows of age hold"):
        call(ps.Survey(table))
    found = call(ps.Survey(table, codes=[-8], missing="drop"))
    assert found.dropped == 30
    wanted = call(ps.Survey(table[30:])).tidy()["estimate"].to_numpy()
    assert found.tidy()["estimate"].to_numpy() == pytest.approx(wanted, rel=1e-9)


def test_registers_are_told_of_them():
    table = households([-8], household=np.arange(1000), status="poor", county=np.arange(1000) // 50)
    calls = {
        "register": lambda x: ps.bunching(x, "income", 2300),
        "register ": lambda x: ps.digit_heaping(x, "income"),
        "register  ": lambda x: ps.impossible_transitions(
            x, household="household", income="income", line=2300
        ),
    }
    for name, call in calls.items():
        with pytest.warns(ps.DataWarning, match="50 rows of income hold") as warned:
            call(table)
        made = {name.strip(): table.copy()}
        exec(str(warned[0].message).split("are codes: ")[1], made)
        assert made[name.strip()]["income"].isna().sum() == 50
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            call(table[50:])
