"""Dynamics: against R survey, by hand, against known truth, and on rotating panels."""

import json

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT, draws
from scipy import stats

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "dynamics.json").read_text("utf-8"))
PANEL = pd.read_csv(FILES / "panel.csv")
DESIGNS = {"psu": {"strata": "stratum", "psu": "psu"}, "household": {}}
OF = {"household": "household"}
LINE = 2300


def survey(name, table=PANEL, **more):
    return ps.Survey(table, weight="weight", **DESIGNS[name], **more)


def exactly(wanted):
    return pytest.approx(np.asarray(wanted, dtype=float), rel=1e-8)


def numbers(found, **where):
    table = found.tidy()
    for column, value in where.items():
        table = table[table[column] == value]
    return table[["estimate", "std_error"]].to_numpy()


def both(wanted):
    return np.column_stack([np.atleast_1d(wanted[one]) for one in ("estimate", "se")])


def refused(call, *words):
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


# Against R ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("lag", [1, 2])
def test_transitions_are_those_of_r_survey(name, lag):
    wanted = R["transitions"][name][f"lag{lag}"]
    found = ps.transitions(survey(name), lag, **OF)
    assert numbers(found, to="poor") == exactly(both(wanted))
    assert found.tidy().query("to == 'poor'")["n"].tolist() == wanted["n"]
    # stayed out, entry, exit, stayed poor: those of one start add up to one
    estimate = found.tidy()["estimate"].to_numpy()
    assert estimate[[0, 2]] == exactly(1 - estimate[[1, 3]])
    covariance = found.cov().to_numpy()
    assert covariance[1, 3] == exactly(wanted["cov"])
    assert covariance[1, 2] == exactly(-wanted["cov"])
    aid = ps.transitions(survey(name), lag, by="aid", **OF)
    table = aid.tidy().query("to == 'poor'")
    keys = [f"{int(one == 'poor')} {two}" for one, two in zip(table["from"], table["aid"], strict=True)]  # fmt: skip
    order = [keys.index(one) for one in wanted["keys"]]
    assert table[["estimate", "std_error"]].to_numpy()[order] == exactly(both(wanted["aid"]))


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("lag", [1, 2])
def test_poor_again_after_an_exit_is_that_of_r_survey(name, lag):
    wanted = R["after_exit"][name][f"lag{lag}"]
    found = ps.after_exit(survey(name), lag, before=1, **OF)
    assert numbers(found) == exactly(both(wanted)) and found.tidy()["n"].tolist() == [wanted["n"]]


@pytest.mark.parametrize("name", DESIGNS)
def test_return_rates_are_those_of_r_survey(name):
    found = ps.relapse_rates(survey(name), **OF)
    assert found.tidy()["denominator"].tolist() == list(R["relapse"][name])
    for part, wanted in R["relapse"][name].items():
        assert numbers(found, denominator=part) == exactly(both(wanted))
        assert found.tidy().query("denominator == @part")["n"].tolist() == [wanted["n"]]


def test_chronic_poverty_is_that_of_r_survey():
    wanted = R["jalan_ravallion"]
    found = ps.jalan_ravallion(survey("psu"), "income", LINE, corrected=False, **OF)
    assert numbers(found)[:3] == exactly(both(wanted["means"]))
    assert numbers(found)[3:] == exactly(both(wanted["share"]))
    assert set(found.tidy()["n"]) == {wanted["n"]}
    lost = PANEL["household"].nunique() - wanted["n"]
    assert found.dropped == lost > 0
    wanted = R["foster"]
    found = ps.foster_duration(survey("psu"), "income", LINE, cutoff=0.4, **OF)
    assert numbers(found)[[0, 2, 3, 4, 5]] == exactly(both(wanted["means"]))
    assert numbers(found, term="D") == exactly(both(wanted["D"]))


def test_vulnerability_is_that_of_three_regressions_in_r():
    wanted = R["vulnerability"]
    found = ps.vulnerability(survey("psu"), "schooling + land", LINE, at=2013, **OF)
    assert found.params["income"].to_numpy() == exactly(wanted["income"])
    assert found.params["variance"].to_numpy() == exactly(wanted["variance"])
    households = found.households.sort_values("household_id")
    assert households["vep"].to_numpy() == exactly(wanted["vep"])
    assert found.floored == wanted["floored"]
    assert numbers(found.shares(0.29))[0, 0] == exactly(wanted["share"])


def test_vulnerability_reads_formulas_as_models_of_relapse_do():
    short = PANEL["schooling"] < PANEL["schooling"].median()
    table = PANEL.assign(**{
        "land (mu)": PANEL["land"], "school": np.where(short, "short", "long"), "short": short * 1.0,
    })  # fmt: skip
    wanted = ps.vulnerability(table, "short + log(land + 1)", LINE, at=2013, **OF).params
    found = ps.vulnerability(table, "log(`land (mu)` + 1) + school", LINE, at=2013, **OF).params
    assert list(found.index) == ["Intercept", "school[T.short]", "log(`land (mu)` + 1)"]
    assert found.to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-12)
    table["school"] = pd.Categorical(table["school"], ["never", "long", "short"])
    levels = ps.vulnerability(table, "0 + school", LINE, at=2013, **OF).params
    assert list(levels.index) == ["school[long]", "school[short]"]


# By hand ------------------------------------------------------------------------------------


def test_rows_a_household_misses_make_no_pairs_but_stay_in_the_design():
    table = pd.DataFrame({
        "household_id": [1, 1, 2, 2, 3, 4, 4], "year": [1, 2, 1, 3, 1, 1, 2],
        "poor": [1, 0, 1, 1, 0, 1, 1], "village": [1, 1, 2, 2, 3, 1, 1],
    })  # fmt: skip
    found = ps.transitions(ps.Survey(table, psu="village"))
    assert found.tidy()["term"].tolist() == ["exit rate", "stayed poor"]
    assert found.tidy()["estimate"].tolist() == [0.5, 0.5]
    # All pairs are of one village, which tells nothing of how villages differ.
    assert found.dropped == 5 and set(found.tidy()["df"]) == {0}
    table = table.assign(village=table["village"].where(table["household_id"] < 4, 2))
    found = ps.transitions(ps.Survey(table, psu="village"))
    assert found.dropped == 5 and set(found.tidy()["df"]) == {2}


def test_a_table_takes_its_design_from_its_own_columns_and_households_are_units():
    table = PANEL.rename(columns={"household": "household_id"})
    found = ps.transitions(table)
    assert numbers(found) == exactly(numbers(ps.transitions(survey("psu"), **OF)))
    plain = ps.transitions(table[["household_id", "year", "poor"]])
    assert plain.design.units.tolist() == [table["household_id"].nunique()]


@pytest.mark.parametrize(
    "engine", [pl.from_pandas, duckdb.from_df, lambda table: pl.from_pandas(table).lazy()]
)
def test_every_kind_of_table_gives_the_same(engine):
    table, asked = engine(PANEL), {"income": "income", "line": LINE, **OF}
    for measure, more in (
        (ps.transitions, OF), (ps.after_exit, OF), (ps.relapse_rates, OF),
        (ps.jalan_ravallion, asked), (ps.foster_duration, asked),
    ):  # fmt: skip
        found = measure(survey("psu", table), **more)
        assert numbers(found) == exactly(numbers(measure(survey("psu"), **more)))


def test_replicate_weights_give_the_spread_of_the_replicates():
    rng = np.random.default_rng(3)
    names = [f"w{i}" for i in range(8)]
    factors = pd.DataFrame(rng.gamma(4, 0.25, (PANEL["psu"].max() + 1, 8)), columns=names)
    table = PANEL.join(factors.take(PANEL["psu"]).reset_index(drop=True).mul(PANEL["weight"], axis=0))  # fmt: skip
    svy = ps.Survey(table, weight="weight", replicates=ps.Replicates(names))
    found = ps.after_exit(svy, **OF).tidy()
    each = [
        ps.after_exit(ps.Survey(table, weight=one), **OF).tidy()["estimate"].iloc[0]
        for one in names
    ]
    spread = np.sqrt(np.mean((np.array(each) - found["estimate"].iloc[0]) ** 2))
    assert (
        found["std_error"].iloc[0] == exactly(spread) and found["method"].iloc[0] == "replication"
    )


def test_the_official_rate_counts_who_is_back_already_and_the_others_do_not():
    table = pd.DataFrame({
        "household_id": np.repeat([1, 2, 3, 4], 4), "year": list(range(4)) * 4,
        "poor": [1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1],
    })  # fmt: skip
    found = ps.relapse_rates(table, by="year").tidy().set_index(["denominator", "year"])
    assert found["estimate"].to_dict() == pytest.approx({
        ("all who had left", 2): 1 / 2, ("all who had left", 3): 1 / 3,
        ("those who are out", 2): 1 / 2, ("those who are out", 3): 1 / 2,
        ("last period's leavers", 2): 1 / 2, ("last period's leavers", 3): 0,
    })  # fmt: skip


def test_two_equal_halves_have_no_transient_poverty_and_a_line_may_be_a_column():
    table = pd.DataFrame({"household_id": [1, 1, 2, 2], "year": [1, 2] * 2,
                          "income": [60, 90, 40, 60], "z": [100, 150, 100, 150]})  # fmt: skip
    found = dict(ps.jalan_ravallion(table, "income", "z").tidy()[["term", "estimate"]].values)
    assert found["transient poverty"] == pytest.approx(0, abs=1e-15)
    assert found["poverty"] == pytest.approx((0.4**2 + 0.6**2) / 2)
    duration = ps.foster_duration(table, "income", "z", cutoff=1).tidy().set_index("term")
    assert duration["estimate"].to_dict() == pytest.approx(
        {"H": 1, "D": 1, "K0": 1, "K1": 0.5, "K2": 0.26, "transient": 0}
    )
    nobody = ps.foster_duration(table, "income", 1).tidy().set_index("term")["estimate"]
    assert nobody["H"] == 0 and np.isnan(nobody["D"])


# Known truth --------------------------------------------------------------------------------


def test_exit_and_entry_rates_hold_a_known_truth_where_villages_share_their_luck():
    rng, villages, size, waves = np.random.default_rng(5), 40, 12, 4
    runs, wider = draws(150, 50)
    household = np.arange(villages * size)
    truth, found = {"exit rate": 0.4, "entry rate": 0.1}, []
    for _ in range(runs):
        state = rng.random(len(household)) < np.repeat(rng.beta(3, 6, villages), size)
        made = [state]
        for _ in range(waves - 1):  # each year anew, so that the truth is that of each year
            leaves, falls = (
                np.repeat(rng.beta(8 * p, 8 * (1 - p), villages), size) for p in truth.values()
            )
            made.append(rng.random(len(household)) < np.where(made[-1], 1 - leaves, falls))
        table = pd.DataFrame({"household_id": np.tile(household, waves), "poor": np.concatenate(made),
                              "year": np.repeat(np.arange(waves), len(household))})  # fmt: skip
        table["psu"] = table["household_id"] // size
        found.append(ps.transitions(table).tidy().set_index("term").loc[list(truth)])
    wanted = np.array(list(truth.values()))
    estimate, low, high = (
        np.array([one[name] for one in found]) for name in ("estimate", "ci_low", "ci_high")
    )
    assert estimate.mean(axis=0) == pytest.approx(wanted, rel=0.03 * wider)
    held = ((low <= wanted) & (wanted <= high)).mean(axis=0)
    assert (abs(held - 0.945) < 0.045 * wider).all(), held


def test_return_rates_of_a_simulated_register_are_near_the_truth():
    sim = ps.simulate(households=20_000, years=9, seed=2)
    truth = sim.truth.set_index("estimand")["value"]
    register = sim.register[["household_id", "year", "listed"]]
    seen = ps.relapse_rates(register, poor="listed").tidy().set_index("denominator")
    assert seen.loc["those who are out", "estimate"] == pytest.approx(truth["register_relapse"], rel=0.3)  # fmt: skip
    whole = sim.register.assign(
        out=~sim.register["listed"] & (sim.register["year"] > sim.register["exit_year"].fillna(9999)),
        below=sim.register["income_true"] < sim.parameters.loc["line", "value"],
    )  # fmt: skip
    assert whole.loc[whole["out"], "below"].mean() == pytest.approx(truth["true_relapse"], rel=0.1)
    # What is below the line in truth is far more than what the register sees.
    true = ps.transitions(whole[whole["out"]], poor="below").tidy().set_index("term")["estimate"]
    assert true["entry rate"] > 3 * seen.loc["those who are out", "estimate"]


def test_vulnerability_finds_the_chances_that_a_panel_was_drawn_from():
    rng, size = np.random.default_rng(8), 20_000
    x, z = rng.normal(size=size), rng.gamma(2, 1, size)
    centre, sd = 0.2 + 0.3 * x, np.sqrt(0.05 + 0.1 * z)
    table = pd.concat([
        pd.DataFrame({"household_id": np.arange(size), "year": year, "x": x, "z": z,
                      "income": 100 * np.exp(centre + sd * rng.normal(size=size))})
        for year in (1, 2)
    ])  # fmt: skip
    found = ps.vulnerability(table, "x + z", 100, at=1, later=2)
    assert found.params["variance"].to_numpy() == pytest.approx([0.05, 0, 0.1], abs=0.012)
    assert found.params["income"].to_numpy() == pytest.approx([0.2, 0.3, 0], abs=0.012)
    assert np.abs(found.households["vep"] - stats.norm.cdf(-centre / sd)).max() < 0.06
    check = found.check(4).tidy().pivot(index="group", columns="term", values="estimate")
    assert check["mean of vep"].to_numpy() == pytest.approx(check["mean of poor_later"].to_numpy(), abs=0.02)  # fmt: skip
    assert ps.auc(found.survey, "vep", "poor_later").tidy()["estimate"].iloc[0] > 0.7
    shares = found.shares((0.29, 0.5)).tidy()["estimate"].to_numpy()
    assert shares == exactly([(found.households["vep"] >= cut).mean() for cut in (0.29, 0.5)])
    sides = found.shares(0.5, by="poor").tidy().set_index("poor")["estimate"]
    above = found.households["vep"] >= 0.5
    for side in (False, True):
        assert sides[side] == exactly(above[found.households["poor"] == side].mean())


# Real panels --------------------------------------------------------------------------------


def test_the_nlsy_gives_the_published_rates(survey_files):
    table = pd.wide_to_long(ps.load("nlsy_teen_poverty"), "pov", "id", "year").reset_index()
    asked = {"household": "id", "poor": "pov"}
    found = ps.transitions(table, **asked).tidy().set_index("term")
    assert found.loc["exit rate", "n"] == 1745
    assert found.loc["exit rate", "estimate"] == pytest.approx(0.417, abs=5e-4)
    again = ps.after_exit(table, **asked).tidy()["estimate"].iloc[0]
    assert again == pytest.approx(0.315, abs=5e-4)
    rates = ps.relapse_rates(table, **asked).tidy().set_index("denominator")["estimate"]
    assert rates["last period's leavers"] == pytest.approx(again, abs=1e-12)
    assert rates["all who had left"] < rates["those who are out"] < again


def test_in_argentina_leavers_are_seen_again_a_year_on_and_never_next_quarter(survey_files):
    table = ps.load("argentina_eph")
    table = table.assign(time=4 * table["ANO4"] + table["TRIMESTRE"],
                         household=table["CODUSU"] * 100 + table["NRO_HOGAR"])  # fmt: skip
    table = table[table["IPCF"] > 0]
    line = table.groupby("time")["IPCF"].transform("median") * 0.6
    table = table.assign(poor=table["IPCF"] < line)
    svy = ps.Survey(table, weight="PONDERA", psu="CODUSU")
    asked = {"household": "household", "time": "time"}
    refused(lambda: ps.after_exit(svy, **asked), "then again so much later", "step=3, before=1")
    found = ps.after_exit(svy, step=4, before=1, by="V5", **asked).tidy()
    apart = ps.transitions(svy, step=4, **asked).tidy().set_index("term")["estimate"]
    # Leavers fall more often than others who are out, and less often than the poor stay poor.
    assert found["estimate"].between(apart["entry rate"] + 0.05, apart["stayed poor"]).all()
    assert found["n"].sum() > 1000 and (found["std_error"] < 0.1).all()


# What is refused ----------------------------------------------------------------------------


def test_bad_panels_are_refused():
    asked = {"income": "income", "line": LINE, **OF}
    refused(lambda: ps.transitions(pd.concat([PANEL, PANEL.iloc[[3]]]), **OF), "twice", "household")
    refused(lambda: ps.transitions(PANEL.assign(poor=2), **OF), "neither 1")
    refused(lambda: ps.transitions(PANEL, step=0, **OF), "1 or more", "step")
    refused(lambda: ps.transitions(PANEL, by="from", **OF), "from")
    lacking = PANEL.assign(aid=PANEL["aid"].where(PANEL["year"] != 2012))
    refused(lambda: ps.transitions(survey("psu", lacking), by="aid", **OF), "aid")
    assert ps.transitions(survey("psu", lacking, missing="drop"), by="aid", **OF).dropped > 0
    refused(lambda: ps.after_exit(PANEL[PANEL["year"] < 2013], **OF), "so much later")
    refused(lambda: ps.relapse_rates(PANEL[PANEL["year"] < 2013], **OF), "and then again")
    refused(lambda: ps.jalan_ravallion(PANEL, **asked, power=0.5), "power= is a number")
    refused(lambda: ps.jalan_ravallion(PANEL, **{**asked, "line": 0}), "more than 0")
    refused(lambda: ps.foster_duration(PANEL, **{**asked, "line": None}), "a column of numbers")
    refused(lambda: ps.foster_duration(PANEL, **{**asked, "line": "aid"}), "more than 0", "0.0")
    gone = PANEL[(PANEL["household"] + PANEL["year"]) % 5 > 0]
    refused(lambda: ps.jalan_ravallion(gone, **asked), "every period")
    blank = PANEL.assign(income=PANEL["income"].where(PANEL["year"] > 2011))
    refused(lambda: ps.jalan_ravallion(blank, **asked), "no income")
    refused(lambda: ps.foster_duration(PANEL, **asked, cutoff=50), "cutoff= lies between 0 and 1")


def test_vulnerability_refuses_what_it_cannot_fit():
    asked = {"at": 2013, **OF}
    fit = lambda table, formula="schooling", **more: ps.vulnerability(  # noqa: E731
        table, formula, LINE, **{**asked, **more}
    )
    refused(lambda: fit(PANEL.assign(income=0)), "logarithm", "2013")
    refused(lambda: fit(PANEL, at=1999), "no rows of this period")
    refused(lambda: fit(PANEL.assign(one=3), "one"), "constant")
    refused(lambda: fit(PANEL).check(), "poor later", "later=")
    blank = PANEL.assign(land=PANEL["land"].where(PANEL["land"] > 1))
    refused(lambda: fit(blank, "land"), "land")
    refused(lambda: fit(PANEL, "income ~ schooling"), "covariates alone", "'schooling'")
    refused(lambda: fit(PANEL, "schooling + lnad"), "lacks a column", "lnad")
    refused(lambda: fit(PANEL, "scale(schooling)"), "all rows")
    kept = fit(survey("psu", blank, missing="drop"), "land").households
    assert len(kept) == (blank["land"].notna() & (blank["year"] == 2013)).sum()


# Few periods, and what is no number ---------------------------------------------------------


def incomes(rng, waves, households=2000, spread=0.35):
    """Incomes about a lasting mean, which is told too, in lines."""
    mean = rng.normal(np.log(1.3), 0.35, households)
    income = np.exp(mean[:, None] + rng.normal(0, spread, (households, waves)))
    table = pd.DataFrame({"household_id": np.repeat(np.arange(households), waves),
                          "year": np.tile(np.arange(waves), households), "income": income.ravel()})  # fmt: skip
    return table, np.exp(mean + spread**2 / 2)


@pytest.mark.parametrize(("power", "plain"), [(1, 0.15), (2, 0.15), (3, 0.15)])
def test_the_share_of_chronic_poverty_hangs_little_on_the_number_of_periods(power, plain):
    rng, found, truth = np.random.default_rng(7), {3: [], 50: []}, []
    for waves, runs in ((3, 12), (50, 2)):
        for _ in range(runs):
            table, lasting = incomes(rng, waves)
            terms = ps.jalan_ravallion(table, "income", 1.0, power=power).tidy().set_index("term")
            found[waves].append(terms.loc["chronic share", "estimate"])
            whole = np.maximum(1 - table["income"], 0) ** power
            truth.append((np.maximum(1 - lasting, 0) ** power).mean() / whole.mean())
    assert np.mean(found[3]) == pytest.approx(np.mean(truth), abs=0.06)
    assert np.mean(found[50]) == pytest.approx(np.mean(truth), abs=0.02)
    table, _ = incomes(rng, 3)
    raw = ps.jalan_ravallion(table, "income", 1.0, power=power, corrected=False).tidy()
    assert raw["estimate"].iloc[-1] > np.mean(truth) + plain


@pytest.mark.parametrize("power", [1, 2, 3])
def test_what_the_correction_leaves_falls_with_the_square_of_the_periods(power):
    """Chronic poverty of known lasting incomes, whose passing changes have .6 in logarithms."""
    rng = np.random.default_rng(1)
    lasting = np.exp(rng.normal(0.1, 0.4, 10_000))
    truth, left = (np.maximum(1 - lasting, 0) ** power).mean(), {}
    for waves in (2, 3, 5, 10, 50):
        noise = np.exp(0.6 * rng.standard_normal((10_000, waves)) - 0.18)
        table = pd.DataFrame({"household_id": np.repeat(np.arange(10_000), waves),
                              "year": np.tile(np.arange(waves), 10_000),
                              "income": (lasting[:, None] * noise).ravel()})  # fmt: skip
        for way in (True, False):
            found = ps.jalan_ravallion(table, "income", 1.0, power=power, corrected=way).tidy()
            left[waves, way] = found["estimate"][1] / truth - 1
    assert abs(left[2, True]) < 0.4 < left[2, False]
    assert abs(left[3, True]) < 0.2 and left[3, False] > 0.4
    assert all(abs(left[waves, True]) < 0.12 for waves in (5, 10, 50))
    assert left[5, False] > 0.3 and left[10, False] > 0.15


def test_the_correction_is_half_the_curvature_times_the_variance_of_the_mean():
    table, _ = incomes(np.random.default_rng(1), 4, 300)
    wide = table.pivot(index="household_id", columns="year", values="income").to_numpy()
    found = ps.jalan_ravallion(table, "income", 50.0).tidy().set_index("term")["estimate"]
    gap = 1 - wide.mean(axis=1) / 50
    wanted = gap**2 - (wide / 50).var(axis=1, ddof=1) / 4
    assert found["chronic poverty"] == pytest.approx(wanted.mean(), rel=1e-12)
    assert found["poverty"] == pytest.approx(found["chronic poverty"] + found["transient poverty"])
    refused(lambda: ps.jalan_ravallion(table[table["year"] == 0], "income", 1.0), "One period")


@pytest.mark.parametrize("measure", [
    lambda table: ps.jalan_ravallion(table, "income", LINE, **OF),
    lambda table: ps.foster_duration(table, "income", LINE, **OF),
    lambda table: ps.jalan_ravallion(table.assign(z=table["income"], income=1.0), "income", "z", **OF),
    lambda table: ps.vulnerability(table, "schooling", LINE, at=2013, **OF),
])  # fmt: skip
@pytest.mark.parametrize("word", ["abc", "", ["x"], pd.Timestamp("2014-01-01")])
def test_a_text_among_incomes_is_refused_with_its_place(measure, word):
    income = PANEL["income"].astype(object)
    income.at[3] = word
    refused(lambda: measure(PANEL.assign(income=income)), "holds no numbers", "row 3", repr(word))
