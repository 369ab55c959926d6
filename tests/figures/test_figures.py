"""Every figure, in both languages: readable, whole, and drawn from its table."""

import inspect
import itertools
import re
from functools import cache
from importlib import import_module
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from matplotlib.colors import to_hex

import povstudy as ps
from povstudy import figures
from povstudy.base.language import texts as texts_of
from povstudy.base.status import KINDS, STATUSES
from povstudy.figures import own, style
from povstudy.sources import outputs

INCIDENCE = ps.load("china_incidence")
RECORDS = ps.load("programme_outputs")
AUDITS = ps.load("register_audits")
MADE_UP = ps.Source("survey", "Made up for the tests", "为测试编造")
VISITS = pd.DataFrame({"province": ["云南省", "Guizhou", "530000", 52.0], "year": [2023] * 2 + [2024] * 2,
                       "visits": ["few", "many", "few", "few"]})  # fmt: skip
VISITS.attrs["source"] = MADE_UP
AREAS = pd.DataFrame({"county": list("abcdefg"), "listed": [2, 4, 5, 7, 9, 11, 15]})
SMALL = pd.DataFrame({"county": list("abcdefg"), "estimate": [3, 4, 7, 6.1, 10, 12, 14],
                       "std_error": [1.5, 1.8, 2.0, 1.3, 1.9, 1.2, 2.4]})  # fmt: skip
SMALL.attrs["source"] = MADE_UP


@cache
def estimated():
    """Tables of estimates, as figures of surveys take them."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"income": np.exp(rng.normal(8, 0.6, 600)), "year": [2018, 2020] * 300,
                          "place": np.repeat(list("abc"), 200), "ill": rng.random(600) < 0.3,
                          "alone": rng.random(600) < 0.2})  # fmt: skip
    table["wages"] = table["income"] * rng.uniform(0.2, 0.9, 600)
    table["pension"] = table["income"] - table["wages"]
    svy = ps.Survey(table)
    poor = ps.poverty(svy, "income", ps.relative_line(), by=["place", "year"],
                      measures=["headcount"])  # fmt: skip
    found = {
        "domains": poor.tidy(),
        "lorenz": ps.lorenz(svy, "income", by="year").band(),
        "tip": ps.tip(svy, "income", 2300, [0.1, 0.2, 0.3, 0.5], by="year").band(),
        "growth": ps.growth_incidence(svy, "income", "year", base=2018, value=2020).band(),
        "lines": ps.dominance(svy, "income", "year", base=2018, value=2020).tidy(),
        "several": ps.alkire_foster(svy, ["ill", "alone"], k=0.5, by="place").tidy(),
        "parts": pd.concat(
            [ps.ratio(svy, one, "income", by="place").tidy() for one in ("wages", "pension")]
        ),
        "steps": ps.decompose(
            svy, "income", 2300, "year", base=2018, value=2020, measures="gap"
        ).tidy(),
        "apart": ps.lorenz(svy, "income", by="year").contrast("year", 2020, 2018).band(),
    }
    for one in found.values():
        one.attrs["source"] = MADE_UP
    return found


@cache
def simulated():
    """Tables of simulations, as figures of scenarios take them."""
    sims = [ps.simulate(ps.Scenario(social_work_effect=x), households=10_000, years=6)
            for x in (-0.15, 0, 0.03, 0.15)]  # fmt: skip
    return {
        "seen": ps.lessons.seen_and_true(sims[2]),
        "prior": ps.lessons.prior_effects(sims),
    }


@cache
def audited():
    """Tables of targeting and audits."""
    sim = ps.simulate(households=50_000, years=8)
    first = sim.panel[sim.panel["wave"] == 1]
    svy = ps.Survey(first, weight="weight", strata="stratum", psu="psu", status="survey")
    sample, totals = ps.lessons.audit_sample(sim, 900_000, 2019)
    bounds = pd.DataFrame({"n": [200, 1000, 5000] * 2, "design_effect": [1] * 3 + [3] * 3})
    bounds["upper"] = ps.proportion_interval(0, bounds["n"], design_effect=bounds["design_effect"])[
        1
    ]
    flows = ps.lessons.register_flows(sim)
    flows.loc[3, "stock"] += 90
    tables = {
        "curve": ps.concentration_curve(svy, "listed", "income_true", by="region").band(),
        "methods": ps.lessons.methods_and_truth(sim),
        "bounds": bounds,
        "audit": ps.exit_audit(sample, totals, "West", weight="weight", status="survey").tidy(),
        "flows": flows,
        "register": sim.register[["income", "assessor"]].copy(),
    }
    for table in tables.values():
        known = ps.Source("survey", "drawn for the test", "为测试而画")
        table.attrs["source"] = sim.truth.attrs["source"] if "truth" in table else known
    return tables


@cache
def warned():
    """Tables of early warning."""
    rng = np.random.default_rng(8)
    risk = rng.beta(1.5, 4, 2000).clip(0.01, 0.99)
    rows = pd.DataFrame({"risk": risk, "horizon": 1, "time": 1, "event": rng.random(2000) < risk,
                         "official": risk + rng.normal(0, 0.2, 2000) > 0.3})  # fmt: skip
    svy = ps.Survey(rows)
    tables = {
        "calibration": ps.calibration_curve(svy).tidy(),
        "decision": ps.decision_curve(svy, rules="official").tidy(),
    }
    for table in tables.values():
        table.attrs["source"] = MADE_UP
    return tables | {"risks": risk}


@cache
def durations():
    """Tables of spells out of poverty."""
    rng = np.random.default_rng(4)
    arm = rng.integers(0, 3, 900)
    ended = rng.geometric(np.array([0.12, 0.08, 0.05])[arm])
    seen = rng.integers(2, 7, 900)
    table = pd.DataFrame({
        "village": rng.integers(0, 60, 900), "entry": 0, "exit": np.minimum(ended, seen),
        "approach": np.array(["none", "administrative", "social_work"])[arm],
        "event": np.where(ended > seen, "", np.where(rng.random(900) < 0.4, "illness", "job lost")),
    })  # fmt: skip
    svy = ps.Survey(table, psu="village")
    tables = {
        "left": ps.kaplan_meier(svy, "approach").band(),
        "causes": ps.cumulative_incidence(svy).band(),
        "hazards": ps.life_table(svy, "approach").tidy(),
    }
    cut = table.assign(household_id=table.index, land=arm + rng.normal(0, 1, 900),
                       event=table["event"].ne(""))  # fmt: skip
    two = pd.DataFrame({"household_id": ["x", "y"], "land": [-1.0, 2.0]})
    tables["stated"] = ps.relapse_model("land", cut, cluster="village").survival(two, 4)
    for one in tables.values():
        one.attrs["source"] = MADE_UP
    return tables


@cache
def moved():
    """Shares of each third that are in each third later."""
    third = np.repeat([1, 2, 3], 40)
    later = np.clip(third + np.random.default_rng(2).integers(-1, 2, 120), 1, 3)
    table = ps.share(
        ps.Survey(pd.DataFrame({"third": third, "later": later})), "later", by="third"
    ).tidy()
    table.attrs["source"] = MADE_UP
    return table


@cache
def around_a_line():
    """Points as `at_the_line` makes them: poorer below, helped below, with a jump of 300."""
    steps = np.arange(-9.5, 10)
    low = steps < 0
    bins = pd.DataFrame(
        {"kind": "bin", "at": 40 + 2 * steps, "estimate": 3000 + 40 * steps + 300 * low}
    )
    fits = pd.DataFrame(
        {"kind": "fit", "at": [30, 40, 40, 50], "estimate": [3100.0, 3300, 3000, 3200]}
    )
    jump = pd.DataFrame({"kind": "jump", "at": [40], "estimate": [300.0]})
    made = pd.concat([bins, fits, jump], ignore_index=True).assign(
        method="linear", data_status="survey"
    )
    reach = made["kind"].map({"bin": 80.0, "jump": 150.0})
    made["side"] = ["below"] * 10 + ["above"] * 10 + ["below"] * 2 + ["above"] * 2 + ["below"]
    made = made.assign(ci_low=made["estimate"] - reach, ci_high=made["estimate"] + reach, n=50)
    made.attrs["source"] = MADE_UP
    return made


@cache
def compared():
    """Tables of effects: two arms, and one less the other."""
    rng = np.random.default_rng(4)
    place = np.arange(240) % 40
    starts = np.array([np.nan, 2015, 2016, np.nan])[place % 4]
    table = pd.DataFrame({
        "household_id": np.repeat(np.arange(240), 7), "year": np.tile(range(2012, 2019), 240),
        "village": np.repeat(place, 7), "income": rng.normal(8, 1, 1680),
        "start_admin": np.repeat(np.where(place % 8 < 4, starts, np.nan), 7),
        "start_social_work": np.repeat(np.where(place % 8 >= 4, starts, np.nan), 7),
    })  # fmt: skip
    table.attrs["source"] = MADE_UP
    eff = ps.compare(table, "income", cluster="village")
    return eff.event_study(), eff.event_study("social_work", "administrative")


@cache
def pooled():
    """Trials that share a scale, made up, and what they say together."""
    table = pd.DataFrame({"trial": ["A", "B", "C", "D", "E"], "estimate": [0.1, 0.3, 0, 0.2, 0.4],
                          "std_error": [0.08, 0.1, 0.1, 0.05, 0.15], "outcome": "income",
                          "unit": "SD"})  # fmt: skip
    table.attrs["source"] = MADE_UP
    return ps.pool(table, prior=ps.EffectPrior(sd=0.2, tau=0.1))


@cache
def relapsed():
    """Hazard ratios of a model of relapse, with an interaction."""
    rng = np.random.default_rng(5)
    spells = pd.DataFrame({
        "household_id": range(900), "entry": 0, "exit": rng.integers(1, 6, 900),
        "event": rng.random(900) < 0.5, "assets": rng.normal(size=900).round(1),
        "approach": rng.choice(["administrative", "both", "social_work"], 900),
    })  # fmt: skip
    table = ps.relapse_model("approach * assets", spells).hazard_ratios()
    table.attrs["source"] = MADE_UP
    return table


@cache
def weighed():
    """Tables of balance and overlap, as figures of effects take them."""
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"age": rng.normal(50, 9, 900), "assets": rng.normal(0, 1, 900)})
    shift = table["assets"] + rng.logistic(size=900)
    table["approach"] = np.where(shift > 1, "both", np.where(shift < -1, "none", "social_work"))
    table.attrs["source"] = MADE_UP
    return ps.balance(table, ["age", "assets"]), ps.propensities(table, ["age", "assets"])


@cache
def contest():
    """Estimators beside the truth of a simulation."""
    return ps.lessons.effects_and_truth(ps.simulate(households=100_000, years=7))


@cache
def raced():
    """Errors of two rules over coverage."""
    rng = np.random.default_rng(2)
    income = rng.lognormal(8, 0.6, 600)
    table = pd.DataFrame({"income": income, "village": np.arange(600) % 50,
                          "score": np.log(income) + rng.normal(0, 0.4, 600),
                          "rank": np.log(income) + rng.normal(0, 0.8, 600)})  # fmt: skip
    rules = {"formula": "score", "community": "rank"}
    found = ps.targeting_contest(
        ps.Survey(table, psu="village"), rules, consumption="income", line=2300
    )
    made = found.only(term=["exclusion error of the poor", "inclusion error of the listed"]).band()
    made.attrs["source"] = MADE_UP
    return made


@cache
def ranked():
    """A ROC curve of two rules, and the areas under it."""
    rng = np.random.default_rng(9)
    income = rng.lognormal(8, 0.6, 400)
    both = pd.concat([
        pd.DataFrame({"rule": one, "poor": income < 2300, "score": -np.log(income) + rng.normal(0, noise, 400)})
        for one, noise in (("formula", 0.4), ("community", 0.9))
    ])  # fmt: skip
    svy = ps.Survey(both)
    curve = ps.roc_curve(svy, "score", by="rule").tidy()
    curve.attrs["source"] = MADE_UP
    return curve, ps.auc(svy, "score", by="rule").tidy()


@cache
def looked_at():
    """Incomes and a panel as they come: zeros, losses, codes, gaps."""
    rng = np.random.default_rng(6)
    table = pd.DataFrame({"income": np.exp(rng.normal(8, 0.7, 900)).round(), "weight": rng.uniform(1, 3, 900),
                          "place": np.repeat(list("abc"), 300)})  # fmt: skip
    table.loc[:20, "income"], table.loc[30:40, "income"] = 0, -55
    table.loc[50:60, "income"], table.loc[70:75, "income"] = 999_999, np.nan
    panel = pd.DataFrame({"household_id": np.repeat(range(300), 4), "year": [2013, 2014, 2015, 2016] * 300,
                          "income": np.exp(rng.normal(8, 0.7, 1200)).round(),
                          "start_admin": np.repeat(rng.choice([np.nan, 2014, 2015], 300), 4)})  # fmt: skip
    panel = panel[rng.random(1200) < 0.9]
    for one in (table, panel):
        one.attrs["source"] = MADE_UP
    return table, panel


EVIDENCE = ps.load("evidence")
PLACES = {"by": "place"}


@cache
def money():
    """Tables of what a budget buys, as figures of that room take them."""
    made_up = ps.Source("simulated", "Made up for the tests", "为测试编造")
    rng, arms = np.random.default_rng(5), ["administrative", "social_work", "both"]
    draws = pd.concat([
        pd.DataFrame({"strategy": one, "draw": range(60), "incremental_effect": rng.normal(0.2 * k, 0.2, 60),
                      "incremental_cost": rng.normal(900 + 400 * k, 100, 60)})
        for k, one in enumerate(arms)
    ])  # fmt: skip
    prices, chance = np.linspace(0, 9000, 10), np.linspace(0.9, 0.2, 10)
    chances = pd.concat([
        pd.DataFrame({"willingness": prices, "strategy": "none", "probability": chance, "best": chance > 0.5}),
        pd.DataFrame({"willingness": prices, "strategy": "both", "probability": 1 - chance, "best": chance <= 0.5}),
    ])  # fmt: skip
    knowing = pd.concat([pd.DataFrame({"willingness": prices, "parameter": one, "value": prices / k})
                         for k, one in ((20, "all"), (30, "staying_part"))])  # fmt: skip
    budgets = pd.DataFrame([(one, b, "relapses_averted", b**0.5 * k, b**0.5 * k * 0.8, b**0.5 * k * 1.2)
                            for k, one in enumerate(arms, 1) for b in (2e6, 8e6, 2e7)],
                           columns=["plan", "budget", "outcome", "estimate", "ci_low", "ci_high"])  # fmt: skip
    made = {
        "apart": pd.DataFrame({"plan": ["social_work - administrative"], "outcome": "years_gained", "estimate": 4.0,
                               "ci_low": -9.0, "ci_high": 12.0, "above": 0.6, "below": 0.4}),
        "plane": draws,
        "chances": chances,
        "frontier": pd.DataFrame({
            "strategy": ["none", *arms], "effect": [1, 1.3, 1.2, 1.6], "cost": [100, 900, 1000, 1500.0],
            "status": ["frontier", "frontier", "dominated", "frontier"], "icer": [None, 2667, None, 2000.0],
        }),
        "tornado": pd.DataFrame({"parameter": ["staying_part", "fade"], "low": [0.1, 0.2], "high": [0.5, 0.4],
                                 "at_low": [-200, 90], "at_high": [400, 120], "base": 100}),
        "knowing": knowing,
        "study": pd.DataFrame({"villages": [20, 40, 80, 160], "evsi": [3e5, 5e5, 6e5, 6.4e5], "power": [0.2, 0.4, 0.7, 0.9],
                               "cost": [1e5, 2e5, 4e5, 8e5], "net": [2e5, 3e5, 2e5, -1.6e5]}),
        "costs": pd.DataFrame({"approach": np.repeat(arms[:2], 3), "component": ["staff", "travel", "total"] * 2,
                               "estimate": [900, 200, 1100, 1500, 300, 1800], "ci_low": [None, None, 950] * 2,
                               "ci_high": [None, None, 1900] * 2}),
        "returns": pd.DataFrame({"arm": ["capital", "full"], "ratio": [0.8, 1.3], "low": [None, 0.7], "high": [None, 2]}),
        "budgets": budgets,
    }  # fmt: skip
    for one in made.values():
        one.attrs["source"] = made_up
    return made


def noisy():
    """Rates by the noise of incomes."""
    made = pd.DataFrame({
        "term": np.repeat(["exit rate", "poor again"], 3), "noise": [0.0, 0.1, 0.2] * 2,
        "estimate": [0.2, 0.19, 0.16, 0.17, 0.15, 0.11], "raw": np.repeat([0.2, 0.17], 3),
        "ci_low": [0.18, 0.17, 0.13, 0.15, 0.12, 0.07], "ci_high": [0.22, 0.21, 0.19, 0.19, 0.18, 0.15],
        "method": "linearisation, SIMEX (quadratic)", "data_status": "survey",
    })  # fmt: skip
    made.attrs["source"] = ps.Source("survey", "Made up.", "虚构。")
    return made


def visited():
    """What visits to some of a thousand households found."""
    left = pd.DataFrame({"relapsed": [1] * 40 + [0] * 960})
    left["poor_again"] = [1] * 18 + [0] * 2 + [None] * 20 + [1] * 3 + [0] * 97 + [None] * 860
    left.attrs["source"] = ps.Source("survey", "Visits of a county", "某县回访")
    return ps.register_and_visits(left).tidy()


@cache
def cases():
    """For each figure: its table, and its options."""
    return {
        "incidence_by_standard": (INCIDENCE, {}),
        "poor_by_year": (INCIDENCE, {"aim_10k": 1000, "aim_years": (2016, 2020)}),
        "counties_leaving": (ps.load("county_exits"), {}),
        "regional_poor": (ps.load("china_regions"), {}),
        "province_brackets": (ps.load("china_province_brackets"), {}),
        "tile_map": (VISITS, {"value": "visits", "by": "year"}),
        "relapse_statements": (ps.load("relapse_monitoring"), {}),
        "monitored_households": (ps.load("relapse_monitoring"), {}),
        "relapse_magnitudes": (
            ps.relapse_magnitudes(
                *map(ps.load, ("relapse_monitoring", "china_incidence", "relapse_studies"))
            ),
            {},
        ),
        "policy_timeline": (ps.load("policy_events"), {}),
        "plan_and_output": (outputs.plan_against_output(RECORDS), {}),
        "exit_audit": (AUDITS, {}),
        "love_plot": (
            weighed()[0],
            {"labels": {"age": ("age", "年龄"), "assets": ("assets", "资产")}},
        ),
        "overlap": (weighed()[1], {"arm": "social_work"}),
        "estimates_by_domain": (
            estimated()["domains"],
            {**PLACES, "colour": "year", "whole": 0.2, "labels": {"place": ("place", "地点")}},
        ),
        "lorenz_curve": (estimated()["lorenz"], {"colour": "year"}),
        "tip_curve": (estimated()["tip"], {"colour": "year"}),
        "growth_curve": (estimated()["growth"], {}),
        "dominance_curve": (estimated()["lines"], {}),
        "deprivation_bars": (
            estimated()["several"],
            {
                **PLACES,
                "labels": {
                    "place": ("place", "地点"),
                    "ill": ("illness", "疾病"),
                    "alone": ("lives alone", "独居"),
                },
            },
        ),
        "seen_and_true": (simulated()["seen"], {}),
        "prior_effects": (simulated()["prior"], {}),
        "shortcuts": (ps.lessons.shortcuts(villages=40), {}),
        "concentration_curve": (
            audited()["curve"],
            {
                "colour": "region",
                "labels": {
                    "plain": ("plain", "平原"),
                    "hill": ("hills", "丘陵"),
                    "mountain": ("mountains", "山区"),
                },
            },
        ),
        "targeting_contest": (
            raced(),
            {
                "at": 0.3,
                "labels": {
                    "formula": ("formula", "公式"),
                    "community": ("community", "村民评议"),
                },
            },
        ),
        "methods_and_truth": (audited()["methods"], {}),
        "no_error_bounds": (audited()["bounds"], {}),
        "audit_bounds": (audited()["audit"], {}),
        "stocks_and_flows": (audited()["flows"], {"inflows": ["returned"], "outflows": ["exited"]}),
        "reported_incomes": (audited()["register"], {"line": 2300, "by": "assessor"}),
        "income_makeup": (
            estimated()["parts"],
            {
                "by": "place",
                "labels": {
                    "place": ("place", "地点"),
                    "income": ("income", "收入"),
                    "wages": ("wages", "工资"),
                    "pension": ("pension", "养老金"),
                },
            },
        ),
        "waterfall": (estimated()["steps"], {"start": 0.3}),
        "roc_curve": (
            ranked()[0],
            {
                "colour": "rule",
                "auc": ranked()[1],
                "labels": {
                    "formula": ("formula", "公式"),
                    "community": ("community", "村民评议"),
                    "list": ("the list", "名单"),
                },
                "points": pd.DataFrame({"rule": ["list"], "found": [0.6], "helped": [0.2]}),
            },
        ),
        "calibration_curve": (warned()["calibration"], {"risks": warned()["risks"]}),
        "decision_curve": (
            warned()["decision"],
            {"labels": {"official": ("official rule", "官方规则")}},
        ),
        "survival_curves": (
            durations()["left"],
            {"colour": "approach", "labels": texts_of("approach"), "unit": ("years", "年")},
        ),
        "incidence_curves": (
            durations()["causes"],
            {"labels": {"illness": ("illness", "疾病"), "job lost": ("work lost", "失去工作")}},
        ),
        "stated_households": (
            durations()["stated"],
            {"labels": {"x": ("few assets", "资产少"), "y": ("many assets", "资产多")}},
        ),
        "hazards_by_period": (
            durations()["hazards"],
            {"colour": "approach", "labels": texts_of("approach"), "unit": ("years", "年")},
        ),
        "event_study": (compared()[0], {"outcome": "log income"}),
        "arm_difference": (compared()[1], {}),
        "at_the_line": (
            around_a_line(),
            {
                "outcome": "income",
                "labels": {"score": ("score", "得分"), "income": ("income", "收入")},
            },
        ),
        "evidence_forest": (
            EVIDENCE[EVIDENCE["help"].isin(["package", "coaching", "casework"])],
            {},
        ),
        "pooled_forest": (pooled().forest(), {}),
        "leave_one_out": (pooled().leave_one_out(), {}),
        "trial_contrasts": (
            ps.load("niger_effects"),
            {"titles": ("日均消费（成人等值）", "对照组标准差")},
        ),
        "effects_and_truth": (contest(), {}),
        "cost_plane": (money()["plane"], {"willingness": 3000}),
        "acceptability": (money()["chances"], {}),
        "cost_frontier": (money()["frontier"], {}),
        "tornado": (money()["tornado"], {}),
        "information_curve": (money()["knowing"], {}),
        "study_worth": (money()["study"], {}),
        "costs_by_component": (money()["costs"], {}),
        "benefit_cost": (money()["returns"], {}),
        "budget_frontier": (money()["budgets"], {}),
        "plan_differences": (money()["apart"], {}),
        "income_distribution": (
            looked_at()[0],
            {"line": 2300, "log": True, "labels": {"income": ("yuan", "元")}},
        ),
        "income_by_group": (looked_at()[0], {"line": 2300, **PLACES}),
        "two_waves": (looked_at()[1], {"line": 2300}),
        "panel_waves": (looked_at()[1], {}),
        "small_places": (ps.fay_herriot(SMALL, "listed", AREAS).tidy(), {}),
        "mobility": (
            moved(),
            {"labels": {"third": ("third", "三等分组"), "later": ("a year later", "一年后")}},
        ),
        "noise_curve": (
            noisy(),
            {"truth": pd.DataFrame({"term": ["poor again"], "noise": 0.2, "estimate": 0.1})},
        ),
        "register_and_visits": (visited(), {}),
        "hazard_ratios": (
            relapsed(),
            {"labels": {"approach": ("approach", "帮扶方式"), "assets": ("assets", "资产")}},
        ),
    }


both = pytest.mark.parametrize("lang", ["en", "zh"])
HELPERS = {"context", "new_axes", "finish"}  # for figures of one's own
DRAWING = [name for name in figures.__all__ if name not in HELPERS]
every = pytest.mark.parametrize("name", DRAWING)


def draw(name, **more):
    table, options = cases()[name]
    return getattr(figures, name)(table, **options, **more)


@pytest.fixture(scope="module", params=DRAWING)
def drawn(request):
    """A figure in both languages, drawn once for all tests of every figure."""
    table, _ = cases()[request.param]
    before, settings = table.copy(), dict(plt.rcParams)
    axes = {lang: draw(request.param, lang=lang) for lang in ("en", "zh")}
    return Drawn(axes, table, table.equals(before), dict(plt.rcParams) == settings, request.param)


class Drawn(NamedTuple):
    axes: dict
    table: pd.DataFrame
    input_stays: bool
    settings_are_put_back: bool
    name: str = ""


def texts(ax):
    """Texts that a reader sees."""
    found = [t for t in ax.figure.findobj(plt.Text) if t.get_visible() and t.get_text().strip()]
    low, high = sorted(ax.get_xlim()), sorted(ax.get_ylim())
    hidden = [
        tick.label1
        for axis, (a, b) in ((ax.xaxis, low), (ax.yaxis, high))
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        if not a - 1e-9 <= tick.get_loc() <= b + 1e-9 or not tick.label1.get_visible()
    ]
    return [text for text in found if text not in hidden]


def test_every_function_is_tried_here():
    drawn = {
        name
        for module in figures._MODULES
        for name, one in vars(import_module(f"povstudy.figures.{module}")).items()
        if hasattr(one, "__wrapped__")
    }
    drawn -= {"context", "_add_font"}
    assert drawn == set(DRAWING) == set(cases())


@cache
def characters():
    return TTFont(style.FONT).getBestCmap()


@both
def test_every_character_is_in_the_font(drawn, lang):
    known = characters()
    ax = drawn.axes[lang]
    shown = "".join(text.get_text() for text in texts(ax))
    assert {sign for sign in shown if ord(sign) not in known and sign != "\n"} == set()
    assert all(text.get_fontfamily()[0] == style.FAMILY for text in texts(ax))


@both
def test_no_text_lies_on_another_or_out_of_the_picture(drawn, lang):
    ax = drawn.axes[lang]
    ax.figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(ax)]
    page = ax.figure.bbox
    for words, box in boxes:
        assert page.x0 <= box.x0 + 1, words
        assert box.x1 <= page.x1 + 1, words
        assert page.y0 <= box.y0 + 1, words
        assert box.y1 <= page.y1 + 1, words
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        apart = min(a.x1, b.x1) - max(a.x0, b.x0) < 2 or min(a.y1, b.y1) - max(a.y0, b.y0) < 2
        assert apart, f"{one!r} lies on {other!r}"


@both
def test_source_and_status_stand_under_the_figure(drawn, lang):
    shown = "".join(text.get_text() for text in texts(drawn.axes[lang])).replace("\n", " ")
    english, chinese = KINDS[drawn.axes[lang].source.status]
    status = {"en": f"Data: {english}.", "zh": f"数据性质：{chinese}。"}[lang]
    assert status.replace(" ", "") in shown.replace(" ", "")


def made_up(name, kind=None):
    """A table of somebody's own: of one kind, or of no source that is known."""
    table, options = cases()[name]
    mine = table.copy()
    mine.attrs = {key: one for key, one in table.attrs.items() if key != "source"}
    if kind is not None:
        mine.attrs["source"] = ps.Source(kind, "A made-up county", "虚构的县")
        if "data_status" in mine:
            mine["data_status"] = kind
    return mine, options


@both
@every
def test_without_a_source_the_figure_says_so_and_is_drawn(name, lang):
    """It was refused; what is published as an exhibit still is (tests/study)."""
    mine, options = made_up(name)
    ax = getattr(figures, name)(mine, lang=lang, **options)
    shown = "".join(text.get_text() for text in texts(ax)).replace("\n", "")
    if name != "no_error_bounds":  # a formula is its own source
        assert {"en": "ource not stated.", "zh": "来源未注明。"}[lang] in shown
    if "data_status" in mine:
        told = STATUSES[mine["data_status"].iloc[0]]
        assert told[lang == "zh"] in shown


@both
@every
def test_what_is_simulated_says_so_first(name, lang):
    mine, options = made_up(name, "simulated")
    ax = getattr(figures, name)(mine, lang=lang, **options)
    title = ax.get_title(loc="left")
    word = {"en": "Simulated", "zh": "模拟"}[lang]
    told = name != "no_error_bounds"  # a formula, whatever stands beside it
    assert title.startswith(word) == ax.alt_text.startswith(word) == told
    assert title.count(word) == told
    assert not word or "".join(ax.title_text.split()) == "".join(title.split())
    test_no_text_lies_on_another_or_out_of_the_picture(Drawn({lang: ax}, mine, True, True), lang)


@pytest.mark.parametrize("name", ["love_plot", "event_study", "exit_audit", "hazard_ratios"])
@both
def test_a_title_of_ones_own_is_wrapped_and_still_says_what_is_simulated(name, lang):
    mine, options = made_up(name, "simulated")
    own = ("Households of Qingshui county, as they were seen by those who came to look, " * 2,
           "清水县各户情况" * 12)  # fmt: skip
    ax = getattr(figures, name)(mine, lang=lang, title=own, **options)
    assert own[lang == "zh"] in ax.title_text
    test_no_text_lies_on_another_or_out_of_the_picture(Drawn({lang: ax}, mine, True, True), lang)


@every
def test_options_that_are_misspelt_are_told_before_anything_is_drawn(name):
    table, options = cases()[name]
    for wrong, right in {
        "titel": "title",
        "langs": "lang",
        "axs": "ax",
        "sourec": "source",
    }.items():
        with pytest.raises(ps.DataError, match=f"takes no {wrong}=. Did you mean '{right}'"):
            getattr(figures, name)(table, **options, **{wrong: None})
    named = inspect.signature(getattr(figures, name)).parameters
    assert {"title", "lang", "ax", "source"} <= set(named)
    assert {"colour", "labels", "figsize"} <= set(named)


# Options that every figure takes --------------------------------------------------------


@every
def test_help_tells_of_the_options_that_every_figure_takes(name):
    told = inspect.getdoc(getattr(figures, name)).partition("Parameters")[2].partition("Returns")[0]
    for one in ("title", "colour", "labels", "figsize", "ax", "lang", "source"):
        assert re.search(rf"^(\w+, )*{one}\b", told, re.M), one


def inks_of(ax):
    """Colours of marks, without those of axes and words."""
    every = [
        one for artist in [*ax.patches, *ax.lines, *ax.collections] for one in own._inks(artist)
    ]
    return {to_hex(one).upper() for one in every}


def colours_given(options, given):
    """As colour= takes them: of figures of groups beside the column."""
    more = {key: one for key, one in options.items() if key != "colour"}
    return more, {options["colour"]: given} if "colour" in options else given


def test_a_colour_of_ones_own_takes_the_place_of_the_first_and_a_list_of_all(drawn):
    first, options = drawn.axes["en"], cases()[drawn.name][1]
    house = set(style.COLOURS.values()) - {style.COLOURS["black"]}
    used = len(own._series(first.get_children(), first)) or 1
    mine = ["#8B0000", "#7F7F7F", "#D2B48C", "#123456", "#654321", "#ABCDEF"][:used]
    for given, word in (("#8B0000", "color"), (mine, "colour")):
        more, colour = colours_given(options, given)
        ax = getattr(figures, drawn.name)(drawn.table, **more, **{word: colour})
        legend = {to_hex(one).upper() for artist in (ax.get_legend() or ax).findobj()
                  for one in own._inks(artist)}  # fmt: skip
        assert not (inks_of(ax) | legend) & house
        wanted = {given} if given is not mine else set(mine)
        assert wanted <= inks_of(ax) | legend | {
            to_hex(one.get_color()).upper() for one in ax.texts
        } or (drawn.name == "two_waves")
        assert ax.data_behind.equals(first.data_behind)


def test_what_is_no_colour_and_no_series_and_too_few_are_refused(drawn):
    first, options = drawn.axes["en"], cases()[drawn.name][1]
    plt.close("all")
    wrong = {"has no such series": {"nobody": "red"}, "is no colour": ["firebrik"] * 9}
    if len(own._series(first.get_children(), first)) > 1:
        wrong[r"The figure has \d colours"] = []
    for problem, given in wrong.items():
        more, colour = colours_given(options, given)
        with pytest.raises(ps.DataError, match=problem):
            getattr(figures, drawn.name)(drawn.table, **more, colour=colour)
        assert plt.get_fignums() == []


def test_words_of_ones_own_stand_in_the_legend_at_axes_and_at_ticks(drawn):
    lang = ("en", "zh")[len(drawn.name) % 2]
    ax, options = drawn.axes[lang], cases()[drawn.name][1]
    legend = [one.get_text() for one in ax.get_legend().get_texts()] if ax.get_legend() else []
    ticks = [one.get_text() for axis in (ax.xaxis, ax.yaxis) for one in axis.get_ticklabels()]
    old = [one for one in (*legend[:1], ax.get_xlabel(), *ticks[:1], *ticks[-1:]) if one]
    labels = {one: f"word {k}" for k, one in enumerate(dict.fromkeys(old))}
    both = {**options, "labels": {**options.get("labels", {}), **labels}}
    mine = getattr(figures, drawn.name)(
        drawn.table, lang=lang, figsize=style.SIZES["double"], **both
    )
    shown = {text.get_text() for text in texts(mine)}
    shown |= {one.get_text() for axis in (mine.xaxis, mine.yaxis) for one in axis.get_ticklabels()}
    assert old and set(labels.values()) <= shown and not set(labels) & shown
    assert mine.data_behind.equals(ax.data_behind)
    # a size, and a later title and label, do no harm
    assert tuple(mine.figure.get_size_inches()) == pytest.approx(style.SIZES["double"])
    below = [text.get_text() for text in mine.texts]
    mine.set_title("A later title")
    mine.set_xlabel("a later label")
    assert mine.get_title("left") == mine.source.heading("A later title", lang)
    assert [text.get_text() for text in mine.texts] == below  # unit and source stay
    with pytest.raises(ps.DataError, match="has a size already"):
        getattr(figures, drawn.name)(drawn.table, figsize=(7, 4), ax=mine, **options)


@pytest.mark.parametrize("backend", ["svg", "pdf"])
def test_other_canvases_and_parts_of_figures_are_drawn_on(backend):
    before = plt.get_backend()
    plt.switch_backend(backend)
    try:
        draw("poor_by_year")
        whole = plt.figure(layout="constrained")
        left, _ = whole.subfigures(1, 2)
        draw("poor_by_year", ax=left.subplots())
    finally:
        plt.close("all")
        plt.switch_backend(before)


@every
def test_axes_given_are_used_and_a_source_of_ones_own_is_shown(name):
    mine = ps.Source("survey", "Survey of Qingshui county, 2024")
    _, given = plt.subplots(figsize=(7, 7))
    assert draw(name, ax=given, source=mine) is given
    assert given.texts[0].get_fontfamily()[0] == style.FAMILY
    shown = " ".join(text.get_text() for text in texts(given)).replace("\n", " ")
    kind = "none, computed by a formula" if name == "no_error_bounds" else "survey microdata"
    assert f"Qingshui county, 2024. Data: {kind}." in shown


def test_input_stays_and_settings_are_put_back(drawn):
    assert drawn.input_stays
    assert drawn.settings_are_put_back


def test_data_behind_and_alt_text(drawn):
    english, chinese = drawn.axes.values()
    assert english.data_behind.equals(chinese.data_behind)
    assert len(english.data_behind)
    assert english.alt_text.endswith(".")
    assert chinese.alt_text.endswith("。")
    assert any(character.isdigit() for character in english.alt_text)


@every
def test_unknown_language_is_refused_before_anything_is_drawn(name):
    with pytest.raises(ps.DataError, match="English or Chinese"):
        draw(name, lang="fr")
    assert plt.get_fignums() == []


def heights(ax):
    return [round(patch.get_height(), 9) for patch in ax.patches]


def test_bars_are_the_published_counts():
    chinese = figures.poor_by_year(INCIDENCE, first_year=2010, lang="zh")
    assert heights(chinese)[:11] == [0, 12238, 9899, 8249, 7017, 5575, 4335, 3046, 1660, 551, 0]
    [falls] = chinese.child_axes
    assert heights(falls) == [2339, 1650, 1232, 1442, 1240, 1289, 1386, 1109, 551]
    assert chinese.title_text == "中国农村：2011年贫困人口12,238万人，2020年0万人（宣布）"
    assert falls.get_xlim() == chinese.get_xlim()
    english = figures.poor_by_year(INCIDENCE, first_year=2010)
    assert heights(english) == [round(h / 100, 9) for h in heights(chinese)]
    labels = [text.get_text() for text in english.texts]
    assert "not here\n17.2 %" in labels
    assert "0\n0 %\ndeclared" in labels
    assert heights(draw("poor_by_year", lang="zh"))[:10] == heights(chinese)[1:11]
    assert "70.2\n7.2 %" in labels


def test_standards_are_not_joined():
    ax = draw("incidence_by_standard")
    years = {}
    for line in ax.lines:
        if len(line.get_xdata()) == 2 and np.ptp(line.get_xdata()) > 0:
            start, end = line.get_xdata()
            assert line.get_linestyle() == ("-" if end - start == 1 else ":")
            years.setdefault(line.get_color(), []).append((start, end))
    assert sorted(len(pairs) for pairs in years.values()) == [1, 5, 13]
    blue = years[style.COLOURS["blue"]]
    assert min(blue)[0] == 1978
    assert max(blue)[1] == 2020


def test_regions_add_up_to_the_nation():
    ax = draw("regional_poor", lang="zh")
    parts = np.array(heights(ax)).reshape(3, 4)
    nation = ps.one_standard(INCIDENCE, "2010").set_index("year")["poor_population_10k"]
    assert parts.sum(axis=0).tolist() == nation.loc[2016:2019].tolist()


def test_aim_is_told_in_the_alt_text():
    told = draw("poor_by_year").alt_text
    assert "4 of 5 years lie above the aim of 10 million persons a year; below it: 2020" in told
    assert told.endswith("(2020: down to a declared 0).")
    low = figures.poor_by_year(INCIDENCE, aim_10k=100, aim_years=(2016, 2020))
    assert (
        "5 of 5 years lie above the aim of 1 million persons a year; below it: none" in low.alt_text
    )
    assert low.data_behind["aim_10k"].tolist()[-5:] == [100] * 5


def test_years_apart_are_told_as_averages_and_one_count_has_no_fall():
    ax = figures.poor_by_year(INCIDENCE, standard="1978", lang="zh")
    assert "年均减少" in [text.get_text() for text in ax.get_legend().get_texts()]
    alone = figures.poor_by_year(INCIDENCE.query("year == 2015"))
    assert alone.child_axes == [] and "yearly fall" not in alone.alt_text


@every
def test_a_wrong_table_is_named_before_anything_is_drawn(name):
    function = getattr(figures, name)
    table, options = cases()[name]
    with pytest.raises(ps.DataError, match="lacks the column"):
        function(table.rename(columns=lambda column: f"my_{column}"), **options)
    with pytest.raises(ps.DataError, match="no rows"):
        function(table.head(0), **options)
    with pytest.raises(ps.DataError, match="A table is needed"):
        function("china_incidence", **options)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("function", [figures.incidence_by_standard, figures.poor_by_year])
def test_a_table_of_several_areas_is_no_series(function):
    with pytest.raises(ps.DataError, match="A year stands twice"):
        function(ps.load("china_regions"))


def test_a_standard_without_counts_from_a_year_on_is_told():
    with pytest.raises(ps.DataError, match="no counts of the standard of 1978 from 2010 on"):
        figures.poor_by_year(INCIDENCE, standard="1978", first_year=2010)


def test_each_bracket_is_told_with_its_provinces():
    ax = draw("province_brackets")
    assert "; 2016, ≥10: Xinjiang, Gansu, Tibet, Yunnan, Guizhou; 2018, ≤3: " in ax.alt_text
    assert ax.title_text == "Rural China: 21 provinces stood at 3 % or more in 2016, 8 in 2018"
    tiles = [patch for patch in ax.patches if patch.get_width() > 0]
    assert len(tiles) == 2 * 34
    assert sum(patch.get_linestyle() == ":" for patch in tiles) == 13 + 3  # without a figure
    with pytest.raises(ps.DataError, match="two years"):
        figures.province_brackets(ps.load("china_province_brackets").query("year == 2016"))


def test_tiles_take_names_and_codes_and_are_the_darker_the_more():
    codes = ps.load("place_codes").query("code.str.endswith('0000')").reset_index(drop=True)
    table = codes.assign(
        value=range(len(codes)), named=codes["name"], number=codes["code"].astype(int)
    )
    for place in ("code", "named", "number"):
        ax = figures.tile_map(table, "value", place=place)
        tiles = {
            patch.get_xy(): patch.get_facecolor() for patch in ax.patches if patch.get_width() > 0
        }
        said = {text.get_text(): text for text in ax.texts}
        shades = [next(ink for (x, y), ink in tiles.items()
                       if x < at[0] < x + 1 and y < at[1] < y + 1)[3]
                  for value in range(34) for at in [said[str(value)].get_position()]]  # fmt: skip
        assert shades == sorted(shades) and shades[0] == 0.12 and shades[-1] == 1
        assert ax.title_text == "value by province: highest in Macao (33), lowest in Beijing (0)"
    assert len({text.get_position() for text in ax.texts}) == len(ax.texts)


def test_tiles_refuse_what_is_no_province_and_what_stands_twice():
    with pytest.raises(ps.DataError, match="no province") as caught:
        figures.tile_map(VISITS.replace({"Guizhou": "Guizou"}), "visits", by="year")
    assert "Guizhou" in caught.value.remedy
    with pytest.raises(ps.DataError, match="several rows") as caught:
        figures.tile_map(VISITS, "visits")
    assert caught.value.remedy == "by='year'"


def test_maps_stand_below_each_other_where_there_is_no_room_beside():
    one, two = (
        figures.tile_map(VISITS, "visits", by="year", figsize=size) for size in ("double", "single")
    )
    assert one.get_xlim()[1] > 2 * two.get_xlim()[1] - 1
    assert two.get_ylim()[0] == 2 * one.get_ylim()[0]


def test_unknown_place_is_named_with_those_there_are():
    table = ps.load("relapse_monitoring")
    with pytest.raises(ps.DataError, match="Baoshan, Yunnan; China"):
        figures.monitored_households(table, place="Lijiang")


def test_monitored_households_can_be_counted_in_households():
    ax = figures.monitored_households(ps.load("relapse_monitoring"), unit="households")
    assert ax.data_behind[["risk_removed", "risk_not_removed"]].to_numpy().sum() == 16369


def test_events_are_drawn_once_each_and_undated_ones_are_told():
    events = ps.load("policy_events")
    ax = draw("policy_timeline")
    assert len(ax.data_behind) == (events["date"] != "").sum() == 10
    assert "6 undated, not drawn" in ax.alt_text
    assert "7 of 10 dated policy events name" in ax.get_title(loc="left")
    year_only = ax.data_behind[ax.data_behind["date"].str.len() == 4]
    assert (year_only["end"] - year_only["start"] == 1).all()
    with pytest.raises(ps.DataError, match="known kind"):
        figures.policy_timeline(events.assign(kind="speech"))
    with pytest.raises(ps.DataError, match="no dates"):
        figures.policy_timeline(events[events["date"] == ""])


def test_plan_bars_are_the_cohorts_added_up():
    ax = draw("plan_and_output")
    assert [patch.get_width() for patch in ax.patches] == [3000, 4000, 1500, 2000]
    assert "plan of 3 cohorts 1,500: output 2.67 to 3.33 times" in ax.alt_text


def test_audited_counties_are_whole_and_add_up():
    ax = draw("exit_audit")
    cells = ax.data_behind.set_index(["wrong_exit_found", "omission_found"])["counties"]
    assert cells.sum() == 283
    assert cells[True].sum() == 38
    assert cells.xs(True, level=1).sum() == 27
    assert cells[True, True] == 12
    assert 283 - cells[False, False] == 53
    wrong = AUDITS.replace({"value": {86.57: 86.7}})
    with pytest.raises(ps.DataError, match="not one of whole counties"):
        figures.exit_audit(wrong)


def test_a_figure_does_not_change_the_kind_of_its_data():
    with pytest.raises(ps.DataError, match="another kind than the source"):
        draw("lorenz_curve", source=ps.Source("official", "Somebody"))


def test_figures_of_estimates_show_the_numbers_of_their_table():
    ax = draw("lorenz_curve")
    line = next(line for line in ax.lines if line.get_label() == "2020")
    rows = estimated()["lorenz"][estimated()["lorenz"]["year"] == 2020]
    assert line.get_ydata()[1:-1].tolist() == pytest.approx((100 * rows["estimate"]).tolist())
    ax = draw("estimates_by_domain")
    shown = np.sort(
        np.concatenate([x.get_xdata() for x in ax.lines if x.get_marker() in ("o", "s")])
    )
    rows = estimated()["domains"].dropna(subset=["place"])
    assert shown.tolist() == pytest.approx(np.sort(100 * rows["estimate"]).tolist())
    ax = draw("deprivation_bars")
    ends = sum(np.array([bar.get_width() for bar in bars]) for bars in ax.containers)
    rows = estimated()["several"]
    assert ends.tolist() == pytest.approx(
        (100 * rows.loc[rows["term"] == "M0", "estimate"]).tolist()
    )


def test_curves_and_domains_refuse_other_tables():
    mine = MADE_UP
    for name, table in (("lorenz_curve", "tip"), ("tip_curve", "lorenz"), ("growth_curve", "tip")):
        with pytest.raises(ps.DataError, match="has no terms"):
            getattr(figures, name)(estimated()[table], source=mine)
    both = pd.concat([estimated()["domains"], estimated()["domains"].assign(term="gap")])
    with pytest.raises(ps.DataError, match="shows one measure"):
        figures.estimates_by_domain(both, source=mine, **PLACES)
    with pytest.raises(ps.DataError, match="no M0"):
        figures.deprivation_bars(estimated()["several"].query("term == 'H'"), source=mine, **PLACES)


def test_figures_of_scenarios_say_that_they_are_simulated_and_show_their_table():
    table = simulated()["seen"]
    assert table.attrs["source"].status == "simulated"
    ax = figures.seen_and_true(table)
    assert ax.get_title(loc="left").startswith("Simulated") and len(ax.child_axes) == 2
    for panel, measure in zip(ax.child_axes, ("poverty", "relapse"), strict=True):
        shown = np.concatenate([line.get_ydata() for line in panel.lines]).astype(float).round(9)
        values = ax.data_behind.query(f"measure == {measure!r}")["estimate"]
        assert len(values) and np.isin((100 * values).round(9), shown).all()
        (gap,) = (one for one in panel.collections if one.get_facecolor()[0][0] == 0.88)
        ends = table[table["measure"] == measure].query("series in ['register', 'truth']")
        assert gap.get_paths()[0].vertices[:, 1].max() == pytest.approx(
            100 * ends["estimate"].max()
        )
    one = figures.seen_and_true(table, measure="relapse", figsize="single")
    assert len(one.child_axes) == 1 and set(one.data_behind["measure"]) == {"relapse"}
    with pytest.raises(ps.DataError, match="no rows with measure 'wealth'"):
        figures.seen_and_true(table, measure="wealth")


def test_the_prior_is_one_figure_with_a_panel_for_each_measure():
    table = simulated()["prior"]
    ax = figures.prior_effects(table)
    assert ax.get_title(loc="left").startswith("Simulated") and len(ax.child_axes) == 3
    for panel, (measure, scale) in zip(
        ax.child_axes, {"income": 1, "poverty_free": 1, "stayed_out": 100}.items(), strict=True
    ):
        shown = np.concatenate([line.get_ydata() for line in panel.lines]).astype(float).round(9)
        rows = ax.data_behind.query(f"measure == {measure!r}")
        assert np.isin((scale * rows["value"]).round(9), shown).all() and len(rows)
    one = figures.prior_effects(table, measure="stayed_out", figsize="single")
    assert len(one.child_axes) == 1 and set(one.data_behind["measure"]) == {"stayed_out"}
    with pytest.raises(ps.DataError, match="no rows with measure 'wealth'"):
        figures.prior_effects(table, measure="wealth")


def test_administrative_help_does_not_hang_on_what_is_assumed_of_social_work():
    rows = simulated()["prior"].query("arm == 'administrative'")
    assert (rows.groupby("measure")["value"].nunique() == 1).all()


def test_methods_are_drawn_beside_the_truth_for_each_measure():
    for measure in ("exclusion", "inclusion", "poor"):
        ax = figures.methods_and_truth(audited()["methods"], measure=measure)
        shown = np.concatenate([np.atleast_1d(line.get_xdata()) for line in ax.lines])
        for column in ("estimate", "truth"):
            assert np.isin(
                (100 * ax.data_behind[column]).round(9), shown.astype(float).round(9)
            ).all()
    with pytest.raises(ps.DataError, match="no such measure"):
        figures.methods_and_truth(audited()["methods"], measure="luck")


def test_approval_is_drawn_as_what_is_lacking_and_verdicts_are_told():
    table = audited()["audit"]
    ax = draw("audit_bounds")
    lacking = 100 - table.set_index("term").loc["approval", "estimate"]
    assert any(np.allclose(np.atleast_1d(line.get_xdata()), lacking) for line in ax.lines)
    told = [text.get_text() for text in texts(ax)]
    assert sum(one in {"passes", "fails", "cannot be told"} for one in told) == 4


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_bounds_are_named_by_their_own_level(level, sides):
    audit = audited()["audit"].copy()
    side = {1: "one-sided", 2: "two-sided"}[sides]
    audit["method"] = f"Clopper-Pearson; {side} {100 * level:g} % bounds"
    bounds = audited()["bounds"][["n", "design_effect"]].copy()
    bounds["upper"] = ps.proportion_interval(
        0, bounds["n"], level=level, sides=sides, design_effect=bounds["design_effect"]
    )[1]
    told = [text.get_text() for text in texts(figures.audit_bounds(audit, source=MADE_UP))]
    assert f"percent; lines: {side} {100 * level:g} % bounds; upright: limit" in told
    told = [text.get_text() for text in texts(figures.no_error_bounds(bounds, source=MADE_UP))]
    each = 100 * (1 - (1 - level) / sides)
    assert f"percent of persons, upper bound, one-sided {each:g} %" in told
    ax = figures.no_error_bounds(bounds, limit=3, source=MADE_UP)
    assert "limit 3 %" in [text.get_text() for text in texts(ax)]


def test_no_design_effect_is_left_out_in_silence():
    table = pd.DataFrame({"n": 1000, "design_effect": range(1, 7), "upper": 0.01})
    with pytest.raises(ps.DataError, match="Not more than 5 design effects"):
        figures.no_error_bounds(table, source=MADE_UP)


def test_stocks_that_do_not_add_up_are_marked():
    ax = draw("stocks_and_flows")
    # One wrong stock breaks the sums of its own year and of the next.
    assert ax.get_title(loc="left").startswith("Stocks and flows: 2 of")
    told = {text.get_text() for text in texts(ax)}
    assert {"+90", "\u221290"} <= told


def test_reported_incomes_are_counted_in_steps_from_the_line():
    rows = audited()["register"].query("assessor == 'cadre'")["income"]
    data = draw("reported_incomes").data_behind.query("assessor == 'cadre'")
    step = data.set_index("from_lines")["percent"]
    assert step[1.0] == pytest.approx(100 * rows.between(2300, 2300 * 1.05, "left").mean())
    assert step.sum() == pytest.approx(100 * rows.between(920, 4600).mean(), abs=0.01)


def test_curves_of_early_warning_show_their_estimates():
    ax = draw("calibration_curve")
    table = warned()["calibration"].set_index(["term", "group"])["estimate"]
    x, y = ax.lines[1].get_data()
    assert np.allclose(x, 100 * table["predicted"]) and np.allclose(y, 100 * table["observed"])
    assert (
        len(heights(ax)) == 40
        and len(heights(figures.calibration_curve(warned()["calibration"]))) == 0
    )
    ax = draw("decision_curve", lang="zh")
    names = [line.get_label() for line in ax.lines]
    assert names == ["预测风险", "官方规则", "全部监测", "不监测"]
    table = warned()["decision"].set_index(["strategy", "threshold"])["estimate"]
    assert np.allclose(ax.lines[1].get_ydata(), 100 * table["official"])
    with pytest.raises(ps.DataError, match="no such strategy"):
        figures.decision_curve(warned()["decision"], model="mine")
    with pytest.raises(ps.DataError, match="terms predicted and observed"):
        figures.calibration_curve(warned()["decision"].assign(group=range(30)))


def test_curves_of_durations_are_steps_from_their_start():
    left, causes = draw("survival_curves"), draw("incidence_curves")
    for ax, first in ((left, 100), (causes, 0)):
        assert {line.get_drawstyle() for line in ax.lines} == {"steps-post"}
        assert {(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines} == {(0, first)}
    table = durations()["left"].query("approach == 'none'")
    dashed = next(line for line in left.lines if line.get_label().startswith("no help"))
    assert dashed.get_ydata()[1:-1].tolist() == (100 * table["estimate"]).tolist()
    under = [one.get_text() for one in left.texts]  # numbers at risk stand below
    assert dashed.get_label() == "no help" and f"{table['n'].iloc[0]:,}" in under
    mine = durations()["left"].query("approach != 'none'").copy()
    mine["approach"] = "social_work - none"
    with pytest.raises(ps.DataError, match="not differences"):
        figures.survival_curves(mine, colour="approach")
    with pytest.raises(ps.DataError, match="several estimates") as told:
        figures.survival_curves(durations()["left"])
    assert told.value.remedy.startswith("colour='approach', or")
    with pytest.raises(ps.DataError, match="term 'hazard'"):
        figures.hazards_by_period(durations()["left"], colour="approach")


def test_each_block_of_evidence_has_its_own_scale_and_blanks_stay_words():
    ax = figures.evidence_forest(EVIDENCE[EVIDENCE["help"].isin(["administrative", "cash"])])
    hollow = [line for panel in ax.child_axes[:-1] for line in panel.lines
              if line.get_marker() in ("D", "v")]  # fmt: skip
    assert {line.get_marker() for line in hollow} == {"D", "v"}  # told apart in grey
    assert {line.get_markerfacecolor() for line in hollow} == {"white"}  # no figure of a trial
    ends = [float(line.get_xdata()[0]) for line in hollow]
    known = ax.data_behind.dropna(subset=["estimate"])
    assert np.allclose(sorted(ends), sorted(known["estimate"]))
    assert len(ax.child_axes) == known["unit"].nunique() + 1
    for panel, (_, rows) in zip(ax.child_axes, known.groupby("unit", sort=False), strict=False):
        low, high = panel.get_xlim()
        assert rows["estimate"].between(low, high).all()
    silent = ax.data_behind["estimate"].isna().sum()
    said = [text.get_text() for text in ax.child_axes[-1].texts]
    assert silent == 9 == sum(said.count(word) for word in ("gain", "loss", "not significant"))
    with pytest.raises(ps.DataError, match="has no words"):
        figures.evidence_forest(EVIDENCE.assign(help="luck"))


def test_one_outcome_of_a_trial_is_drawn_in_one_unit():
    with pytest.raises(ps.DataError, match="one outcome in one unit"):
        figures.trial_contrasts(ps.load("niger_effects"), outcome="Food security")


def test_forest_plot_shows_ratios_and_reference_levels():
    ax = draw("hazard_ratios")
    rows = ax.data_behind
    assert rows["is_reference"].tolist() == [True, False, False, False, False, False]
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names[0] == "approach: administrative" and names[-1] == "approach social work × assets"
    points = {line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 1}
    assert points == {1.0, *rows["hazard_ratio"]}
    assert ax.get_xscale() == "log" and ax.texts[0].get_text() == "reference"
    with pytest.raises(ps.DataError, match="no ratios"):
        figures.hazard_ratios(cases()["hazard_ratios"][0].drop(columns="hazard_ratio"))
