"""Options: nonsense is refused by the argument's name, and a column may bear any name."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.base.checks import need_between, need_positive, need_share, need_whole

NAN = float("nan")
WHOLE = (0, -1, 1.5, True, np.True_, NAN, "3", None)
TIME = WHOLE[:-1]  # without it that of the waves
COUNT = WHOLE[1:]  # where 0 has a meaning
SHARE = (0, 1, -0.1, 95, True, NAN, "0.5", None)
MORE = (0, -1, True, NAN, np.inf, "2", None)
TOLERANCE = MORE[1:]


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (need_whole, (1, 7, np.int8(3)), WHOLE),
        (lambda name, value: need_whole(name, value, 2, most=5), (2, 5), (1, 6)),
        (need_positive, (0.1, 3, np.float32(2)), MORE),
        (lambda name, value: need_positive(name, value, least=1), (1, 1.5), (0.99, np.inf, NAN)),
        (need_share, (0.1, np.float64(0.999)), SHARE),
        (lambda name, value: need_share(name, value, ends=(1,)), (1, 0.2), (0, True, 1.01, NAN)),
        (lambda name, value: need_between(name, value, 0.5, 1, 0.9), (0.6,), (0.5, 1, 0.2)),
    ],
)
def test_a_rule_takes_what_has_a_meaning_and_names_what_has_none(rule, good, bad):
    for value in good:
        rule("the_option", value)
    for value in bad:
        with pytest.raises(ps.DataError, match="the_option= ") as told:
            rule("the_option", value)
        assert told.value.where == "argument the_option"
        assert told.value.found == repr(getattr(value, "item", lambda value=value: value)())
        assert told.value.remedy.startswith("the_option=")


RATES = pd.DataFrame({"year": [2015], "standard": ["2010"], "poor_population_10k": [5575.0],
                      "incidence_percent": [5.7]})  # fmt: skip
LIVES = pd.DataFrame({"household_id": np.arange(60), "spell": 1, "origin": 2012, "entry": 0,
                      "exit": np.arange(60) % 4 + 1, "event": np.arange(60) % 3 > 0,
                      "origin_known": True, "x": np.arange(60) % 2})  # fmt: skip
PANEL = pd.DataFrame({"household_id": np.repeat(range(6), 4), "year": [2012, 2013, 2014, 2015] * 6,
                      "poor": [1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0],
                      "income": np.arange(24) * 7.0 + 30, "land": np.arange(24)})  # fmt: skip
LOT = pd.DataFrame({"y": [1.0, 2, 4, 7, 5, 3, 8, 9], "helped": [0, 1] * 4, "old": [1, 1, 0, 0] * 2})
FLOW = pd.DataFrame({"start": [10], "end": [7], "change": [3], "year": [2016]})
RISKS = pd.DataFrame({"risk": [0.6, 0.5, 0.4, 0.3, 0.2, 0.1], "horizon": 1, "time": 1,
                      "event": [1, 1, 0, 1, 0, 0], "income": [5, 6, 3, 2, 9, 8]})  # fmt: skip
ARMS = pd.DataFrame({"approach": ["none", "none", "none", "social_work"] * 5
                     + ["none", "social_work", "social_work", "social_work"] * 5,
                     "old": [0] * 20 + [1] * 20, "outcome": np.arange(40) % 7})  # fmt: skip
TRIALS = pd.DataFrame({"trial": list("abcd"), "estimate": [0.1, 0.2, 0.0, 0.3],
                       "std_error": [0.05, 0.1, 0.08, 0.1], "outcome": "y", "unit": "share"})  # fmt: skip


@pytest.fixture(scope="module")
def fit():
    return ps.relapse_model("x", LIVES)


@pytest.fixture(scope="module")
def pooled():
    return ps.pool(TRIALS)


def spells_and_rows():
    return ps.spells(PANEL)


SVY = ps.Survey(PANEL)
REFUSED = {
    "rate_step": (MORE, lambda x: ps.implied_population(RATES, rate_step=x)),
    "count_step": (MORE[:-1], lambda x: ps.implied_population(RATES, count_step=x)),
    "step": (TIME, lambda x: ps.spells(PANEL, step=x)),
    "step of person_periods": (
        TIME, lambda x: ps.person_periods(spells_and_rows(), PANEL, "land", step=x)),
    "step of landmark_rows": (
        TIME, lambda x: ps.landmark_rows(spells_and_rows(), PANEL, "land", at=2013, horizon=1, step=x)),
    "horizon of landmark_rows": (
        WHOLE, lambda x: ps.landmark_rows(spells_and_rows(), PANEL, "land", at=2013, horizon=x)),
    "step of relapse_rates": (TIME, lambda x: ps.relapse_rates(PANEL, step=x)),
    "step of transitions": (TIME, lambda x: ps.transitions(PANEL, step=x)),
    "step of after_exit": (TIME, lambda x: ps.after_exit(PANEL, step=x)),
    "step of stayed_out": (TIME, lambda x: ps.stayed_out(PANEL, 1, step=x)),
    "before": (TIME, lambda x: ps.after_exit(PANEL, before=x)),
    "years": (WHOLE, lambda x: ps.stayed_out(PANEL, x)),
    "within": (WHOLE[:-1], lambda x: ps.stayed_out(PANEL, 1, within=x)),
    "line": (MORE[:-2], lambda x: ps.poverty(SVY, "income", x)),
    "line of tip": (MORE[:-2], lambda x: ps.tip(SVY, "income", x)),
    "line of jalan_ravallion": (MORE[:-2], lambda x: ps.jalan_ravallion(PANEL, "income", x)),
    "power": ((0.5, *MORE), lambda x: ps.jalan_ravallion(PANEL, "income", 50, power=x)),
    "cutoff": ((50, *MORE), lambda x: ps.foster_duration(PANEL, "income", 50, cutoff=x)),
    "share": ((60, *MORE), ps.relative_line),
    "quantile": (SHARE, lambda x: ps.relative_line(0.6, x)),
    "line of compare_lists": (
        MORE[:-2], lambda x: ps.compare_lists(ps.Survey(RISKS), 2, x, 0.2)),
    "threshold": (SHARE, lambda x: ps.compare_lists(ps.Survey(RISKS), 2, 4, x)),
    "thresholds": (SHARE, lambda x: ps.decision_curve(ps.Survey(RISKS), [0.2, x])),
    "groups": (WHOLE, lambda x: ps.calibration_curve(ps.Survey(RISKS), groups=x)),
    "groups of income_shares": ((1, *WHOLE), lambda x: ps.income_shares(SVY, "income", groups=x)),
    "times": (MORE[:-1], lambda x: ps.kaplan_meier(ps.Survey(LIVES), times=[1, x])),
    "horizon": (MORE, lambda x: ps.restricted_mean(ps.Survey(LIVES), x)),
    "level": (SHARE, lambda x: ps.mean(SVY, "income").tidy(x)),
    "level of band": (SHARE, lambda x: ps.mean(SVY, "income").band(x)),
    "draws": (WHOLE, lambda x: ps.mean(SVY, "income").band(draws=x)),
    "seed": (COUNT, lambda x: ps.mean(SVY, "income").band(seed=x)),
    "level of trial_effects": (SHARE, lambda x: ps.trial_effects(LOT, "y", "helped", level=x)),
    "level of a lot": (SHARE, lambda x: ps.randomisation_test(LOT, "y", "helped", level=x)),
    "draws of a lot": (WHOLE, lambda x: ps.randomisation_test(LOT, "y", "helped", draws=x)),
    "seed of a lot": (COUNT, lambda x: ps.randomisation_test(LOT, "y", "helped", seed=x)),
    "level of robustness_value": (
        SHARE, lambda x: ps.robustness_value(LOT, "y", "helped", "old", level=x)),
    "least": (SHARE[1:], lambda x: ps.adjusted_effects(ARMS, "outcome", covariates="old", least=x)),
    "level of an audit": (
        (0.5, *SHARE), lambda x: ps.proportion_interval(1, 50, level=x)),
    "sides": ((0, 3, 1.5, True), lambda x: ps.proportion_interval(1, 50, sides=x)),
    "design_effect": ((0.5, *MORE[:-1]), lambda x: ps.audit_sample_size(0.02, 0.0, design_effect=x)),
    "cluster_size": (
        (0.5, *MORE[:-1]), lambda x: ps.audit_sample_size(0.02, 0.0, icc=0.1, cluster_size=x)),
    "population": (WHOLE[:-1], lambda x: ps.audit_sample_size(0.02, 0.0, population=x)),
    "degree": (WHOLE, lambda x: ps.bunching(PANEL, "income", 50, cluster=None, degree=x)),
    "width": (SHARE, lambda x: ps.bunching(PANEL, "income", 50, cluster=None, width=x)),
    "window and reach": (
        TOLERANCE, lambda x: ps.bunching(PANEL, "income", 50, cluster=None, window=(0.75, x))),
    "unit": (MORE, lambda x: ps.digit_heaping(PANEL, "income", unit=x)),
    "line of impossible_transitions": (
        MORE[:-1],
        lambda x: ps.impossible_transitions(PANEL.assign(status="poor"), income="income", line=x)),
    "tolerance": (TOLERANCE, lambda x: ps.clean.check_flow(FLOW, tolerance=x)),
    "tolerance of check_parts": (
        TOLERANCE, lambda x: ps.clean.check_parts(FLOW, "start", ["end", "change"], x)),
    "tolerance of stocks_and_flows": (
        TOLERANCE,
        lambda x: ps.stocks_and_flows(FLOW, "start", ["change"], ["end"], tolerance=x)),
    "digits": (COUNT, lambda x: ps.clean.check_incidence(FLOW, "end", "start", "change", x)),
    "k": ((1, *WHOLE), lambda x: ps.clean.suppress(FLOW, ["year"], "end", x)),
    "k of alkire_foster": ((33, *MORE), lambda x: ps.alkire_foster(SVY, ["poor"], k=x)),
    "households": (WHOLE, lambda x: ps.clean.synthetic_register(x)),
    "records": (WHOLE, lambda x: ps.clean.synthetic_agency(x)),
    "faults": (COUNT, lambda x: ps.clean.synthetic_register(10, faults=x)),
    "seed of synthetic_agency": (COUNT, lambda x: ps.clean.synthetic_agency(10, seed=x)),
    "villages": ((1, *WHOLE), lambda x: ps.lessons.known_hazards(x)),
    "frailty": (TOLERANCE, lambda x: ps.lessons.known_hazards(10, frailty=x)),
    "spells": (WHOLE, lambda x: ps.lessons.known_hazards(10, spells=x)),
    "seed of known_hazards": (COUNT, lambda x: ps.lessons.known_hazards(10, seed=x)),
    "workers": (WHOLE, lambda x: ps.simulate(households=100, years=3, workers=x)),
}  # fmt: skip


@pytest.mark.parametrize("option", REFUSED)
def test_an_option_without_a_meaning_is_refused_by_its_name(option):
    values, call = REFUSED[option]
    for value in values:
        with pytest.raises(ps.DataError, match=option.split(" of ")[0] + "= ") as told:
            call(value)
        assert told.value.remedy


@pytest.mark.parametrize("value", SHARE)
def test_the_level_of_a_model_is_a_share(value, fit, pooled):
    stated = pd.DataFrame({"x": [1], "duration": 0})
    for call in (
        fit.tidy, fit.hazard_ratios, lambda level: fit.risk(stated, 1, level),
        lambda level: fit.survival(stated, 1, level), pooled.tidy, pooled.forest,
        pooled.leave_one_out,
    ):  # fmt: skip
        with pytest.raises(ps.DataError, match="level= "):
            call(value)


@pytest.mark.parametrize("value", WHOLE)
def test_periods_of_a_model_are_counted(value, fit):
    stated = pd.DataFrame({"x": [1], "duration": 0})
    for call, name in ((fit.risk, "horizon"), (fit.survival, "periods")):
        with pytest.raises(ps.DataError, match=f"{name}= is a whole number"):
            call(stated, value)


def test_a_rate_rounded_to_tenths_or_wholes_leaves_so_much_of_a_population_open():
    for step in (0.1, 1):
        row = ps.implied_population(RATES, count_step=1, rate_step=step).iloc[0]
        assert row["low_10k"] == pytest.approx(5574.5 / (5.7 + step / 2) * 100)
        assert row["high_10k"] == pytest.approx(5575.5 / (5.7 - step / 2) * 100)
        assert row["low_10k"] < row["population_10k"] < row["high_10k"]


# Columns of another name, and options that change the answer ------------------------------

PLACES = PANEL.assign(county=PANEL["household_id"] % 2, listed=True, deadline=2015,
                      exit_year=PANEL["household_id"].map({0: 2013, 1: 2014, 2: 2015, 3: 2013}))  # fmt: skip
CAUSES = pd.DataFrame({"cause": ["ill", "ill", "idle", "idle"] * 3,
                       "measure": ["aid", "loan", "course", "loan"] * 3})  # fmt: skip
CASES = pd.DataFrame({"assessor": ["x", "y"] * 8, "listed": [1, 0, 0, 1] * 4, "poor": [1, 1, 0, 0] * 4,
                      "place": np.arange(16) // 8})  # fmt: skip
STATUS = PANEL.assign(status=PANEL["poor"].map({1: "poor", 0: "exited"}))
TWO = ARMS.assign(approach=np.tile(["none", "administrative", "social_work", "both"], 10))
DATES = {"household": "household_id", "time": "year"}
NAMED = {
    "transitions": (PANEL, {**DATES, "poor": "poor"}, ps.transitions),
    "after_exit": (PANEL, {**DATES, "poor": "poor"}, ps.after_exit),
    "relapse_rates": (PANEL, {**DATES, "poor": "poor"}, ps.relapse_rates),
    "stayed_out": (
        PANEL, {"time": "year", "poor": "poor"}, lambda t, **names: ps.stayed_out(t, 1, **names)),
    "foster_duration": (
        PANEL, DATES, lambda t, **names: ps.foster_duration(t, "income", 50, **names)),
    "jalan_ravallion": (
        PANEL, DATES, lambda t, **names: ps.jalan_ravallion(t, "income", 50, **names)),
    "spells": (PANEL, {**DATES, "poor": "poor"}, ps.spells),
    "person_periods": (
        PANEL, DATES, lambda t, **names: ps.person_periods(spells_and_rows(), t, "land", **names)),
    "landmark_rows": (
        PANEL, DATES,
        lambda t, **names: ps.landmark_rows(
            spells_and_rows(), t, "land", at=2014, horizon=1, **names)),
    "kaplan_meier": (
        LIVES, {"entry": "entry", "exit": "exit", "event": "event"},
        lambda t, **names: ps.kaplan_meier(ps.Survey(t), **names)),
    "life_table": (
        LIVES, {"entry": "entry", "exit": "exit", "event": "event"},
        lambda t, **names: ps.life_table(ps.Survey(t), **names)),
    "restricted_mean": (
        LIVES, {"entry": "entry", "exit": "exit", "event": "event"},
        lambda t, **names: ps.restricted_mean(ps.Survey(t), 3, **names)),
    "cumulative_incidence": (
        LIVES.assign(event=np.where(LIVES["event"], "illness", "")),
        {"entry": "entry", "exit": "exit", "cause": "event"},
        lambda t, **names: ps.cumulative_incidence(ps.Survey(t), **names)),
    "calibration_curve": (
        RISKS, {"risk": "risk"},
        lambda t, **names: ps.calibration_curve(ps.Survey(t), groups=2, **names)),
    "decision_curve": (
        RISKS, {"risk": "risk"},
        lambda t, **names: ps.decision_curve(ps.Survey(t), [0.2], **names).tidy().replace(
            {names.get("risk"): "risk"})),
    "validate_risk": (
        RISKS, {"risk": "risk"}, lambda t, **names: ps.validate_risk(ps.Survey(t), **names)),
    "cross_validated_risk": (
        PLACES.query("year == 2012"), {"by": "county"},
        lambda t, **names: ps.cross_validated_risk(
            t, lambda others, here: here[["household_id"]].assign(
                risk=len(others) / 10, horizon=1), **names)),
    "deadline_exits": (
        PLACES, {one: one for one in ("year", "exit_year", "deadline")} | {"on_list": "listed"},
        ps.deadline_exits),
    "impossible_transitions": (
        STATUS, {"household": "household_id", "year": "year", "status": "status"},
        ps.impossible_transitions),
    "match_rate": (
        CAUSES, {"measure": "measure", "cause": "cause"},
        lambda t, **names: ps.match_rate(ps.Survey(t), {"ill": "aid", "idle": "course"}, **names)),
    "targeting_difference": (
        CASES, {"over": "assessor", "listed": "listed", "poor": "poor"},
        lambda t, **names: ps.targeting_difference(
            ps.Survey(t), "place", base="x", value="y", **names)),
    "pool": (TRIALS, {"trial": "trial", "outcome": "outcome", "unit": "unit"}, ps.pool),
    "propensities": (
        ARMS, {"arm": "approach"}, lambda t, **names: ps.propensities(t, "old", **names)),
    "overlap": (ARMS, {"arm": "approach"}, lambda t, **names: ps.overlap(t, "old", **names)),
    "balance": (ARMS, {"arm": "approach"}, lambda t, **names: ps.balance(t, "old", **names)),
    "adjusted_effects": (
        ARMS, {"arm": "approach"},
        lambda t, **names: ps.adjusted_effects(t, "outcome", covariates="old", **names)),
    "one_reporting_level": (
        pd.DataFrame({"country_code": "CHN", "year": 2019, "welfare_type": "consumption",
                      "reporting_level": ["rural", "national"]}),
        {"level": "reporting_level"}, lambda t, **names: ps.clean.one_reporting_level(t, **names)[0]),
    "relapse_model": (
        LIVES, {"household": "household_id"},
        lambda t, **names: ps.relapse_model("x", t, **names)),
}  # fmt: skip


@pytest.mark.parametrize("function", NAMED)
def test_columns_of_another_name_give_the_same_numbers(function):
    table, names, call = NAMED[function]
    renamed = table.rename(columns={old: f"own_{old}" for old in names.values()})
    found = call(renamed, **{option: f"own_{old}" for option, old in names.items()})
    wanted = call(table)
    found, wanted = (one.tidy() if hasattr(one, "tidy") else one for one in (found, wanted))
    found.columns = [one.removeprefix("own_") for one in found.columns]
    words = {f"own_{old}": old for old in names.values()}
    pd.testing.assert_frame_equal(found.replace(words), wanted, check_dtype=False)


def test_the_base_may_bear_any_name():
    renamed = ARMS.replace({"approach": {"none": "no help"}})
    for call in (ps.balance, ps.overlap, ps.propensities):
        found, wanted = call(renamed, "old", base="no help"), call(ARMS, "old")
        numbers = [one.select_dtypes("number").to_numpy() for one in (found, wanted)]
        np.testing.assert_allclose(*numbers)


def test_a_higher_level_makes_each_interval_of_a_result_wider(fit, pooled):
    stated = pd.DataFrame({"x": [1], "duration": 0})
    lives = ps.life_table(ps.Survey(LIVES))
    for call, low, high in (
        (lambda level: fit.conf_int(level=level), "ci_low", "ci_high"), (pooled.forest, "ci_low", "ci_high"),
        (lambda level: fit.risk(stated, 2, level), "ci_low", "ci_high"),
        (lambda level: fit.survival(stated, 2, level).tail(1), "ci_low", "ci_high"),
        (lives.layout, "hazard_ci_low", "hazard_ci_high"),
    ):  # fmt: skip
        narrow, wide = call(0.5), call(0.95)
        assert (wide[low].min() < narrow[low].min()) and (narrow[high].max() < wide[high].max())
    errors, ends = fit.std_errors["x"], fit.conf_int(level=0.5).loc["x"]
    assert ends.iloc[1] - fit.params["x"] == pytest.approx(0.679 * errors, rel=1e-2)


def test_a_table_at_some_times_is_the_whole_table_at_those_times():
    svy = ps.Survey(LIVES)
    every, some = (ps.kaplan_meier(svy, times=one).tidy() for one in (None, [2, 3]))
    rows = every[every["period"].isin([2, 3])].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows, some, check_dtype=False)
    causes = ps.Survey(LIVES.assign(event=np.where(LIVES["event"], "illness", "")))
    every, some = (ps.cumulative_incidence(causes, times=one).tidy() for one in (None, [2, 3]))
    rows = every[every["period"].isin([2, 3])].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows, some, check_dtype=False)


def test_the_share_of_the_poorest_by_place_is_that_of_each_place_alone():
    svy = ps.Survey(PLACES)
    found = ps.share_to_poorest(svy, "land", "income", by="county").tidy()
    for county, row in found.set_index("county").iterrows():
        alone = ps.Survey(PLACES[PLACES["county"] == county])
        wanted = ps.share_to_poorest(alone, "land", "income").tidy().set_index("term")["estimate"]
        assert row["estimate"] == pytest.approx(wanted[row["term"]])


def test_a_longer_step_before_an_exit_looks_at_the_wave_before_the_last():
    found = ps.after_exit(PANEL, step=1, before=2).tidy()["n"].sum()
    states = PANEL.pivot(index="household_id", columns="year", values="poor")
    assert found == ((states[2012] == 1) & (states[2014] == 0)).sum()


def test_a_logit_of_shares_of_all_or_none_is_the_linear_answer_without_covariates():
    marks = TWO.assign(
        platform=TWO["approach"].isin(["administrative", "both"]).astype(int),
        social_work=TWO["approach"].isin(["social_work", "both"]).astype(int),
        well=(TWO["outcome"] > 3).astype(int),
    )
    one, two = (ps.two_by_two(marks, "well", model=m).tidy() for m in ("linear", "logit"))
    np.testing.assert_allclose(one["estimate"], two["estimate"], atol=1e-9)
    with pytest.raises(ps.DataError, match="lower least="):
        ps.two_by_two(marks, "well", least=0.3)
