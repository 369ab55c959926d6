"""Remedies of base, survey, measures, targeting and simulation.

For each: where it is raised, what is in scope, the call that is refused, and the call that is made
once the remedy is pasted; where the remedy is an argument, {} stands for it. ``None``: the same call.
"""

import tempfile
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

import povstudy as ps
from povstudy.base.columns import same_keys, step_of
from povstudy.base.ends import ends_of
from povstudy.base.guesses import explain
from povstudy.simulation.run import _result
from povstudy.simulation.villages import Villages
from povstudy.survey.engines import Engine
from povstudy.survey.models.formulas import Formula

from .tables import frame, panel

FOLDER = Path(tempfile.mkdtemp())
SEARCH = FOLDER.with_name(FOLDER.name + "_search.json")
MATCH = "ps.simulation.match_history(dict(median_income=(4e4, 5e4)), sets=4, households=50_000, steps=1, {})"


class Spark(pd.DataFrame):
    """A table of Spark, as far as a remedy needs one."""

    def select(self, *names):
        return Spark(self[list(names)])

    def toPandas(self):
        return pd.DataFrame(self)


class Stopped:
    """A task whose process could not start."""

    def result(self):
        raise BrokenProcessPool


def added_up(table):
    """Add up what stands in a table.

    Parameters
    ----------
    table : DataFrame
    """
    return float((table["income"] + 1).sum())


def judged(count, **more):
    """Households whom so many assessors judged, in two counties."""
    rng = np.random.default_rng(1)
    poor = rng.random(800) < np.repeat([0.2, 0.6], 400)
    table = pd.DataFrame({who: (rng.random(800) < np.where(poor, 0.85, 0.1)).astype(int)
                          for who in ("one", "two", "three", "four")[:count]})  # fmt: skip
    return ps.Survey(table.assign(county=np.repeat(["hills", "plain"], 400), **more))


def marked(**more):
    """Households of two provinces, with marks of 0 and 1."""
    table = pd.DataFrame({"ill": [1, 1, 1, 0] * 9 + [0, 0, 0, 1] * 9, "unschooled": [1, 0] * 36,
                          "province": ["hills"] * 36 + ["plain"] * 36})  # fmt: skip
    return table.assign(**more)


def register(**more):
    table = pd.DataFrame({"household_id": ["a", "a", "a", "b", "b", "b"], "year": [2014, 2015, 2016] * 2,
                          "status": ["poor", "exited", "poor", "poor", "exited", "relapsed"],
                          "income": 2000.0})  # fmt: skip
    return table.assign(**more)


def audited(**more):
    """Households of an audit of exit."""
    group = ["outside"] * 20 + ["exited"] * 15 + ["listed"] * 5
    table = pd.DataFrame({"village": [v for v in range(60) for _ in group], "group": group * 60,
                          "size": 3, "omitted": False, "wrong_exit": False})  # fmt: skip
    return table.assign(approves=table.index % 40 > 1, **more)


def chosen(**more):
    """Households of which a score and a list say something."""
    spent = 1000 + 97.0 * np.arange(40) % 3700
    table = pd.DataFrame({"consumption": spent, "score": spent // 7 % 13, "place": ["hills", "plain"] * 20,
                          "listed": [1, 0, 0, 0] * 10, "poor": (spent < 2300).astype(int)})  # fmt: skip
    return table.assign(**more)


CONTEST = 'ps.targeting_contest(svy, rules, consumption="consumption", line=2300)'
TOTALS = {"rural": 400_000, "remaining": 2_000, "exited": 50_000}
AUDIT = "ps.exit_audit(sample, totals, 'West', design_effect=5)"
CHANGE = 'ps.decompose(ps.Survey(table), "income", 5, "year", base=2012, value=2013, '
DIFFERENCE = 'ps.targeting_difference(svy, {}, base="cadre", value="third party")'
JUDGED = pd.DataFrame({"assessor": ["cadre"] * 6 + ["third party"] * 6, "region": list("pppphhpphhhh"),
                       "listed": [1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 0], "poor": 1})  # fmt: skip
CURVES = "ps.robust_comparisons(curves, base=0.5)"
SCORE = 'ps.proxy_means(ps.Survey(table), {}leave_out="district"{})'
TRAITS = '"consumption ~ rooms + roof", '


class Unweighted:
    """A regressor that takes no weights."""

    def fit(self, X, y):
        """Fit nothing."""
        return self

    def predict(self, X):
        """Predict the first column."""
        return X[:, 0]


def houses(**more):
    """Houses of two districts."""
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"district": [1, 2] * 40, "rooms": rng.integers(1, 6, 80), "roof": rng.integers(0, 2, 80),
                          "w": rng.uniform(1, 2, 80)})  # fmt: skip
    return table.assign(consumption=9.0 + table["rooms"] + rng.random(80)).assign(**more)


INCOMES = np.random.default_rng(3).lognormal(8, 0.5, 2_000)

YEARS = ps.Survey(pd.concat([frame(), frame(income=[2.0, 6, 3, 5, 7, 8])]))
NOTHING = ps.Survey(pd.DataFrame({"income": [0.0] * 5 + [1.0, 2, 3]}))
SITUATIONS = [
    ("base/columns.refuse_text", {"table": frame(income=["1", "2", "3", "4", "5", "6"])},
     'ps.mean(ps.Survey(table), "income")', None),
    ("base/columns.refuse_text", {"table": frame(school=["none", "some"] * 3)},
     'ps.mean(ps.Survey(table), "school")', 'ps.mean(ps.Survey(table), "share")'),
    ("survey/groups/levels.test", {"svy": ps.Survey(frame(school=["none", "some"] * 3))},
     'ps.share(svy, "school").test()', "{}"),
    ("survey/groups/conditions._marked", {"table": frame(), "svy": ps.Survey(frame())},
     'svy.where(table["income"].iloc[::-1] < 2300)', "{}"),
    ("survey/groups/conditions.refuse", {"svy": ps.Survey(frame())}, "svy.where('incom < 2300')", "{}"),
    ("survey/groups/conditions.refuse", {"svy": ps.Survey(frame())}, "svy.where(\"income < '2300'\")", "{}"),
    ("survey/groups/conditions.refuse", {"svy": ps.Survey(frame(school=["none", "some"] * 3))},
     "svy.where('school == some')", "{}"),
    ("survey/groups/conditions.parsed", {"svy": ps.Survey(frame(school=["none", "some"] * 3))},
     "svy.where(\"school = 'some'\")", "{}"),
    ("survey/groups/conditions.kept", {"svy": ps.Survey(frame(age=[None, 4, 30, 60, 7, 9]))},
     "svy.where('age < 30')", "{}"),
    ("survey/groups/columns.describe_columns", {"table": frame(arm=["a", "b"] * 3)},
     'ps.describe_columns(table, "income", by=["arm", "w"])', 'ps.describe_columns(table, "income", {})'),
    ("survey/tables.need", {"table": pd.concat([frame(), frame()[["w"]]], axis=1)},
     'ps.mean(ps.Survey(table, weight="w"), "income")', None),
    ("survey/tables.refuse_weights", {"table": frame(w=[-1.0, 1, 1, 1, 1, 1])},
     'ps.mean(ps.Survey(table, weight="w"), "income")', None),
    ("survey/tables.refuse_codes", {"table": pd.DataFrame({"income": [-8, -8, 3000, 4000]})},
     'ps.poverty(ps.Survey(table), "income", 2300)', 'ps.poverty(ps.Survey(table, {}), "income", 2300)'),
    ("survey/tables.refuse_codes", {"table": pd.DataFrame({"income": [-8, -8, 3000, 4000], "a": [1, 2, 99, 0]})},
     'ps.mean(ps.Survey(table, codes={"a": [99]}), "income")', 'ps.mean(ps.Survey(table, {}), ["a", "income"])'),
    ("survey/tables.refuse_codes", {"table": pd.DataFrame({"y": 1.0, "w": [1, 2, 3, 999, 999, 999]})},
     'ps.mean(ps.Survey(table, weight="w"), "y")', None),
    ("base/codes.read_codes", {"table": frame()}, 'ps.Survey(table, codes="refuse")', "ps.Survey(table, {})"),
    ("survey/tables.refuse_keys", {"table": frame(household_id=[1, 1, 2, 3, 4, 5], year=2012)},
     'ps.mean(ps.Survey(table, key=["household_id", "year"]), "income")', None),
    ("base/checks.need_columns", {"table": frame().rename(columns={"income": "incom"})},
     'need_columns(table, ["income"])', None),
    ("base/columns.refuse_infinite", {"table": frame(income=[np.inf, 1, 2, 3, 4, 5])},
     'ps.mean(ps.Survey(table, missing="drop"), "income")', None),
    ("base/checks._refuse", {}, 'need_one_of("scale", "Odd", ("ratio", "odds"))',
     'need_one_of("scale", dict({})["scale"], ("odds",))'),
    ("base/checks._refuse", {}, 'need_whole("draws", 0)', 'need_whole("draws", dict({})["draws"])'),
    ("base/checks._refuse", {}, 'need_positive("scale", -1)', 'need_positive("scale", dict({})["scale"])'),
    ("base/checks._refuse", {}, 'need_between("k", 2, 0, 1, 0.5)',
     'need_between("k", dict({})["k"], 0, 1, 0.5)'),
    ("base/guesses._need_taken", {"table": frame()},
     'ps.decompose(ps.Survey(table), "income", 5, "year", base=2012, value=2013, method=["shapley"])',
     'ps.decompose(ps.Survey(table), "income", 5, "year", base=2012, value=2013, {})'),
    ("base/language.words", {"table": ps.load("county_exits")},
     'ps.figures.counties_leaving(table, lang="cn")', "ps.figures.counties_leaving(table, lang={})"),
    ("base/status.__post_init__", {}, 'ps.Source("real", "me")', "{}"),
    ("measures/fgt._refuse", {"svy": ps.Survey(frame()), "income": "income"},
     'ps.poverty(svy, "income", 0)', "{}"),
    ("measures/curves.one_column", {"svy": ps.Survey(frame())},
     'ps.growth_incidence(svy, "income", over=["year", "w"], base=2012, value=2013)',
     'ps.growth_incidence(svy, "income", {}, base=2012, value=2013)'),
    ("figures/draw._refuse_other_status", {"table": pd.DataFrame({
        "term": ["lorenz(0.4)", "lorenz(0.5)"], "estimate": 0.2, "ci_low": 0.1, "ci_high": 0.3, "method": "m",
        "data_status": "survey"})},
     'ps.figures.lorenz_curve(table, source=ps.Source("official", "Me"))',
     "ps.figures.lorenz_curve(table, {})"),
    ("figures/draw.drawn", {"table": ps.load("county_exits")},
     'ps.figures.counties_leaving(table, ax="left")', "ps.figures.counties_leaving(table, {})"),
    ("figures/draw._given", {"table": ps.load("county_exits")},
     'ps.figures.counties_leaving(table, title=["mine"])', "ps.figures.counties_leaving(table, {})"),
    ("approaches/effects._arms_asked", {"table": panel()},
     'ps.compare(table, "income", starts="began")', 'ps.compare(table, "income", {})'),
    ("approaches/cohorts._read_starts", {"table": panel(began=[np.nan, 0, 0, 0] * 30 + [2014.0] * 120)},
     'ps.compare(table, "income", starts={"help": "began"})', None),
    ("survey/estimates.refuse_no_survey", {"table": frame(stratum=1)},
     'ps.poverty(table, "income", 5)', 'ps.poverty(svy, "income", 5)'),
    ("sources/catalogue._resource", {}, 'ps.load("china")', "{}"),
    ("sources/catalogue._resource", {"table": frame()}, "ps.describe(table)", "{}"),
    *(("survey/groups/places.poorest_in", {"table": frame()}, f'ps.poorest_in(table, "income", 0.4{within})',
       f'ps.poorest_in(table, "income", "quota"{within})') for within in ("", ', "year"')),
    ("survey/groups/conditions.mixed", {"table": frame(village=[1, "a", "b"] * 2)},
     """ps.Survey(table).where("village == 'a'")""", """ps.Survey(table).where("village == 'a'")"""),
    ("survey/groups/conditions.mixed", {"table": frame(village=[1, "a", "b"] * 2)},
     'ps.Survey(table).where("village == 1")', """ps.Survey(table).where("village == '1'")"""),
    ("survey/groups/conditions.parsed", {"svy": ps.Survey(frame())},
     """svy.where("income > 3 AND village IN ['a', 'b']")""", "{}"),
    ("base/checks.refuse_columns_twice", {"table": pd.concat([frame(), frame()[["w"]]], axis=1)},
     'ps.mean(ps.Survey(table, weight="w"), "income")', None),
    ("base/columns.refuse_two_kinds", {"register": register(), "table": register(household_id=[[1]] * 3 + [[2]] * 3)},
     'ps.impossible_transitions(table)', None),
    ("base/columns.refuse_two_kinds", {"table": register(household_id=[1, "1", "1", 2, "2", 2])},
     'ps.impossible_transitions(table)', None),
    ("base/columns.refuse_two_kinds", {"table": frame(), "other": frame(household_id=list("112233")),
                                       "same_keys": same_keys},
     'same_keys("household_id", table["household_id"], other["household_id"])', None),
    ("base/columns.step_of", {"step_of": step_of}, 'step_of([2012, 2014, 2018, 2020], "year")',
     'step_of([2012, 2014, 2018, 2020], "year", {})'),
    ("base/columns.step_of", {"step_of": step_of, "panel": frame(year=[2012, 2014, 2017] * 2)},
     'step_of(panel["year"], "year")', 'step_of(panel["wave"], "wave", 1)'),
    ("base/ends.ends_of", {"ends_of": ends_of, "table": pd.DataFrame({"event": [["ill"], ["censored"], ["moved"]]})},
     'ends_of(table["event"], "event")', None),
    ("base/ends.ends_of", {"ends_of": ends_of, "table": pd.DataFrame({"event": [{"why": "ill"}, {"why": "moved"},
                                                                                {"why": "censored"}]})},
     'ends_of(table["event"], "event")', None),
    ("base/ends.ends_of", {"ends_of": ends_of, "table": pd.DataFrame({"event": [1, None, 0]})},
     'ends_of(table["event"], "event")', None),
    ("base/ends.refuse", {"table": pd.DataFrame({"entry": 0, "exit": [1, 2, 3], "event": [1, "no", 0]})},
     'ps.kaplan_meier(ps.Survey(table))', None),
    ("base/exports.write", {"table": ps.mean(ps.Survey(frame()), "income"), "path": FOLDER / "made.csv"},
     'ps.clean.write(table, path)', 'pd.read_csv(path)'),
    ("base/exports.write", {"table": {"income": [1, 2]}, "path": FOLDER / "dict.csv"},
     'ps.clean.write(table, path)', 'pd.read_csv(path)'),
    ("base/exports.write", {"table": frame(), "path": FOLDER / "old.xls"},
     'ps.clean.write(table, path)', 'path.with_suffix(".xlsx").read_bytes()'),
    ("base/exports.write", {"table": frame(), "path": FOLDER / "folder.csv"},
     'path.mkdir(exist_ok=True); ps.clean.write(table, path)', 'pd.read_csv("table.csv"); __import__("os").remove("table.csv")'),
    ("base/guesses._refuse_values", {"explain": explain, "f": added_up, "table": frame(income=["1", "2", "3"] * 2)},
     'explain(f, (table,), {}, TypeError("no sum of a str and a number"))', "f(table)"),
    ("base/guesses._refuse_values", {"explain": explain, "f": added_up, "table": frame(other=None)},
     'explain(f, (table,), {}, TypeError("nothing to add up"))', "f(table)"),
    ("survey/engines.__init__", {"table": {"income": [1, 2, 3]}}, 'ps.mean(ps.Survey(table), "income")', None),
    ("survey/engines.at_hand", {"table": Spark(frame()), "Engine": Engine, "held": SimpleNamespace(in_spark=True)},
     'Engine.at_hand(held, ["income", "w", "w"])', 'ps.inequality(ps.Survey(table, weight="w"), "income")'),
    ("survey/models/formulas.__init__", {"Formula": Formula, "names": ["income", "ill"]},
     'Formula("ill + 3:income", names)', 'Formula("ill + {}", names)'),
    ("survey/models/formulas.sides", {"table": frame()}, 'ps.regress("year", table)', "ps.regress(data=table, {})"),
    ("survey/models/formulas.sides", {"table": frame(land=[1, 2, 4, 3, 2, 1])},
     'ps.regress("income land w", table[["income", "land"]].assign(w=[1, 2, 1, 2, 2, 1]))',
     'ps.regress(data=table.assign(w=[1, 2, 1, 2, 2, 1]), {})'),
    *((f"survey/models/formulas.{where}", {"table": frame(land=[1, 2, 4, 3, 2, 1])},
       f'ps.regress("log(income) ~ {right}", table)', "ps.regress(data=table, {})")
      for where, right in (("_read", "land + land**2"), ("_read", "land + `land`^2"), ("_read", "c.land#i.year"),
                           ("_read", "land ＋ year"), ("__init__", "land + ib2013.year"))),
    ("survey/models/reading.read", {"table": frame(land=[1, 2, 4, 3, 2, 1]), "svy": ps.Survey(frame(land=[1, 2, 4, 3, 2, 1]))},
     'ps.regress(svy, "income ~ land")', "{}"),
    ("survey/models/reading.read", {"table": frame(land=range(6))},
     'ps.regress("income ~ land", table, family="lineal")', 'ps.regress("income ~ land", table, {})'),
    ("survey/models/reading.read", {"table": marked()},
     'ps.regress("ill ~ unschooled", table, family="logit", absorb="province")', 'ps.regress(data=table, family="logit", {})'),
    ("survey/models/reading.read", {"table": frame(land=[1, 2, np.nan, 4, 2, 1])},
     'ps.regress("income ~ land", table)', 'ps.regress("income ~ land", table, {})'),
    ("survey/models/reading.read", {"table": frame()},
     'ps.regress("income ~ 1", table, absorb="village")', "ps.regress(data=table, {})"),
    ("survey/models/reading._surveyed", {"table": frame(land=[1, 2, 4, 3, 2, 1])},
     'ps.regress("income ~ land", table, cluster="village", weight="w")', 'ps.regress("income ~ land", svy)'),
    ("survey/models/reading._surveyed", {"table": frame(land=[1, 2, 4, 3, 2, 1])},
     'ps.regress("income ~ land", ps.Survey(table, weight="w"), cluster="village")', 'ps.regress("income ~ land", svy)'),
    ("survey/models/reading._sides", {"table": frame(land=[1, 2, 4, 3, 2, 1])},
     'ps.regress("income ~ land | village", table)', '(lambda formula, absorb: ps.regress(formula, table))({})'),
    ("survey/models/reading.outcome_of", {"table": frame(income=[0, 1, 2, 3, 4, 5], land=[1, 2, 4, 3, 2, 1])},
     'ps.regress("log(income) ~ land", table)', None),
    ("survey/models/reading._outcome", {"table": frame(land=[1, 3, 1, 3, 2, 2])},
     'ps.regress("income ~ land", table, family="logit")', 'ps.regress(data=table, family="logit", {})'),
    ("survey/models/reading._outcome", {"table": frame(income=[-1, 1, 2, 3, 4, 5], land=[1, 2, 4, 3, 2, 1])},
     'ps.regress("income ~ land", table, family="poisson")', 'ps.regress("income ~ land", table, {})'),
    ("survey/linear.domain_names", {"table": marked().rename(columns={"province": "k"})},
     'ps.alkire_foster(ps.Survey(table), ["ill"], by="k")', 'ps.alkire_foster(ps.Survey(table), ["ill"], by="area")'),
    ("survey/linear.refuse_odd", {"table": marked(poor=[1, 2] * 36, score=range(72))},
     'ps.auc(ps.Survey(table), "score")', None),
    ("survey/linear.refuse_odd", {"table": marked(poor=[0, 700] * 36, score=range(72))},
     'ps.auc(ps.Survey(table), "score")', None),
    ("survey/shares.proportion_interval", {}, "ps.proportion_interval(1000, 3)", "ps.proportion_interval({})"),
    ("survey/shares.proportion_interval", {}, "ps.proportion_interval(-3, 1000)", "ps.proportion_interval({})"),
    ("survey/shares.proportion_interval", {}, "ps.proportion_interval(3, 1000, design_effect=0)",
     "ps.proportion_interval(3, 1000, {})"),
    ("survey/survey.__init__", {"table": frame()}, 'ps.Survey(table, lonely="centre")', "ps.Survey(table, {})"),
    ("survey/survey.__init__", {"table": frame()}, 'ps.Survey(table, missing="ignore")', "ps.Survey(table, {})"),
    ("survey/survey.__init__", {"table": frame()}, 'ps.Survey(table, status="surveys")', "ps.Survey(table, {})"),
    ("survey/survey.__init__", {"table": frame()}, "ps.Survey(table, source=2024)", "ps.Survey(table, {})"),
    ("survey/survey.__init__", {"table": frame(w1=1.0, w2=2.0)},
     'ps.Survey(table, weight="w", psu="village", replicates=ps.Replicates(["w1", "w2"]))', "ps.Survey(table, {})"),
    ("survey/survey.__init__", {"table": frame(w1=1.0, w2=2.0)},
     'ps.Survey(table, replicates=["w1", "w2"])', "ps.Survey(table, {})"),
    ("survey/tables.refuse_values", {"table": frame(income=[np.nan, 1, 2, 3, 4, 5])},
     'ps.mean(ps.Survey(table), "income")', 'ps.mean(ps.Survey(table, {}), "income")'),
    ("survey/design.design_of", {"table": frame()}, 'ps.Survey(table, strata="village", psu="village")',
     'ps.Survey(table, {}, strata="village", psu="village")'),
    ("measures/changes._widths", {"table": frame(income=3.0)}, CHANGE + 'method="shapley")', CHANGE + "{})"),
    ("measures/changes._families", {"table": frame()},
     'ps.within_between(ps.Survey(table), "income", "village", measures=("gini",))',
     'ps.within_between(ps.Survey(table), "income", "village", {})'),
    ("measures/changes._groups", {"table": frame(province=list("aabbcc"))},
     'ps.poverty_profile(ps.Survey(table), "income", 5, by=None)',
     'ps.poverty_profile(ps.Survey(table), "income", 5, {})'),
    ("measures/changes.decompose", {"table": frame()}, CHANGE + 'method="shaply")', CHANGE + "{})"),
    ("measures/changes.decompose", {"table": frame()},
     'ps.decompose(ps.Survey(table), "income", ps.relative_line(0.6), "year", base=2012, value=2013)',
     'ps.decompose(ps.Survey(table), "income", over="year", base=2012, value=2013, {})'),
    ("measures/curves.periods", {"table": frame()},
     'ps.growth_incidence(ps.Survey(table), "income", "year", base=2012, value=2012)',
     'ps.growth_incidence(ps.Survey(table), "income", "year", {})'),
    ("measures/counting.robust_comparisons", {"curves": ps.mean(ps.Survey(marked()), "ill", by="province"),
                                              "svy": ps.Survey(marked())},
     CURVES, "ps.robust_comparisons(curves)"),
    ("measures/counting.robust_comparisons", {
        "curves": ps.cutoff_curves(ps.Survey(marked()), ["ill", "unschooled"], by="province")},
     'ps.robust_comparisons(curves, term="headcount", base=0.5)', 'ps.robust_comparisons(curves, {}, base=0.5)'),
    ("measures/counting.robust_comparisons", {
        "curves": ps.cutoff_curves(ps.Survey(marked()), ["ill", "unschooled"]), "svy": ps.Survey(marked())},
     "ps.robust_comparisons(curves)", None),
    ("measures/counting.robust_comparisons", {
        "curves": ps.cutoff_curves(ps.Survey(marked()), ["ill", "unschooled"], by="province")},
     "ps.robust_comparisons(curves, base=0.77)", "ps.robust_comparisons(curves, {})"),
    ("measures/counting._weighted", {"table": marked(), "weights": {"ill": 2, "unschooled": 3}},
     'ps.alkire_foster(ps.Survey(table), ["ill", "unschooled"], weights)', None),
    ("measures/counting._weighted", {"table": marked(), "weights": {"ill": 2, "unschooled": -1}},
     'ps.alkire_foster(ps.Survey(table), ["ill", "unschooled"], weights)', None),
    ("measures/counting._weighted", {"table": marked(), "weights": {"ill": 1}},
     'ps.alkire_foster(ps.Survey(table), ["ill", "unschooled"], weights)', None),
    ("measures/fgt.orders", {"table": frame()}, 'ps.poverty(ps.Survey(table), "income", 5, measures=[])',
     'ps.poverty(ps.Survey(table), "income", 5, {})'),
    ("measures/fgt._work_out", {"table": pd.DataFrame({"income": INCOMES, "region": [None] + ["a"] * 1_999})},
     'ps.poverty(ps.Survey(table, missing="drop"), "income", ps.relative_line(0.6, by="region"))', None),
    ("measures/fgt._work_out", {"table": frame(income=3.0)},
     'ps.poverty(ps.Survey(table), "income", ps.relative_line(0.6))', 'ps.poverty(ps.Survey(table), "income", {})'),
    ("measures/fgt.refuse_logarithms", {"table": frame(income=[0.0, 1, 2, 3, 4, 5])},
     'ps.poverty(ps.Survey(table), "income", 5, measures=["watts"])', 'ps.poverty(ps.Survey(table), "income", 5, {})'),
    ("measures/fgt.__init__", {"table": frame()}, 'ps.poverty(ps.Survey(table), "income", None)',
     'ps.poverty(ps.Survey(table), "income", {})'),
    ("measures/transfers._refuse", {"table": frame(help=[0.0, 1, 1, -2, 0, 1])},
     'ps.transfer_impact(ps.Survey(table), "income", "help", 5)', None),
    ("measures/transfers.one", {"table": frame(help=1.0)},
     'ps.transfer_impact(ps.Survey(table), "income", "help", ps.relative_line())',
     'ps.transfer_impact(ps.Survey(table), "income", "help", {})'),
    ("measures/many._refuse_all", {"table": frame(place=["all", "hills"] * 3)},
     'ps.mean(ps.Survey(table), "income", by="place", total=True)', None),
    ("measures/inorder.share_ratio", {"table": pd.DataFrame({"income": [0.0] * 5 + [1.0] * 5})},
     'ps.inequality(ps.Survey(table), "income")', 'ps.inequality(ps.Survey(table), "income", {})'),
    ("targeting/audit._given", {"sample": audited(), "totals": TOTALS},
     'ps.exit_audit(sample, totals, "West", design_effect={"omission": 3})',
     'ps.exit_audit(sample, totals, "West", {})'),
    ("targeting/audit._prepared", {"sample": audited().to_dict("list"), "totals": TOTALS}, AUDIT, None),
    ("targeting/audit._prepared", {"sample": __import__("polars").from_pandas(audited()), "totals": TOTALS},
     AUDIT, None),
    ("targeting/audit._persons", {"sample": audited(size="3人"), "totals": TOTALS}, AUDIT, None),
    ("base/answers.yes_or_no", {"sample": audited().assign(approves="满意"), "totals": TOTALS}, AUDIT, None),
    ("targeting/audit._refuse_design", {"sample": audited(), "totals": TOTALS},
     'ps.exit_audit(sample, totals, "West", design_effect=5, psu=None)',
     'ps.exit_audit(sample, totals, "West", design_effect=5, {})'),
    ("survey/design.design_of", {"sample": audited(township=["a"] * 40 + ["b"] * 2360), "totals": TOTALS},
     'ps.exit_audit(sample, totals, "West", design_effect=5, strata="township")',
     'ps.exit_audit(sample, totals, "West", design_effect=5, strata="township", {})'),
    ("base/results._estimates", {"audit": ps.exit_audit(audited(), TOTALS, "West", design_effect=5)},
     "audit.conf_int(0.2)", "audit.conf_int({})"),
    ("base/language.words", {"audit": ps.exit_audit(audited(), TOTALS, "West", design_effect=5)},
     'audit.summary("chinese")', "audit.summary({})"),
    ("targeting/concentration.roc_curve", {"svy": ps.Survey(pd.DataFrame({"score": [0.1, 0.4, 0.9], "poor": [0, 1, 1]}))},
     'ps.roc_curve(svy, "score", cutoffs=[np.nan])', 'ps.roc_curve(svy, "score", {})'),
    *(("targeting/rules.prepared", {"table": chosen(), "rules": {"formula": "score"}},
       f'ps.targeting_contest(ps.Survey(table), rules, {given})',
       f'ps.targeting_contest(ps.Survey(table), rules, {again})') for given, again in (
        ('consumption="consumption"', "{}"), ('poor="poor", depth=0.5', "{}, depth=0.5"),
        ('consumption="consumption", line=2300, persons="listed", depth=0.5',
         'consumption="consumption", line=2300, depth=0.5, {}'),
        ('poor="poor", beside="lot"', 'poor="poor", {}'))),
    ("targeting/rules.prepared", {"table": chosen(), "line": {"hills": 2000, "plain": 2600}},
     'ps.targeting_contest(ps.Survey(table), "score", consumption="consumption", line=line, by="place")',
     'ps.targeting_contest(ps.Survey(table), "score", consumption="consumption", line="line", by="place")'),
    *(("targeting/rules._ruled", {"svy": ps.Survey(chosen(perfect=lambda t: t["score"])), "rules": rules}, CONTEST, None)
      for rules in ({"perfect": "score", "list": "listed"}, ["listed", "perfect"], "perfect", lambda rows: rows["score"])),
    ("targeting/rules._ruled", {"svy": ps.Survey(chosen())}, CONTEST.replace("rules", "{}, beside=()"),
     CONTEST.replace("rules", "{}")),
    *(("targeting/rules._said", {"svy": ps.Survey(chosen()), "rules": {"formula": rule}}, CONTEST, None)
      for rule in (lambda table: 1, lambda table: table["place"])),
    ("targeting/rules._refuse_unscored", {"table": chosen(score=[None, *range(39)]), "rules": {"formula": "score"}},
     CONTEST.replace("svy", "ps.Survey(table)"), None),
    ("targeting/rules._refuse_unscored", {"table": chosen(listed=[None, 1, 0, 0] * 10), "rules": {"list": "listed"}},
     CONTEST.replace("svy", "ps.Survey(table)"), None),
    *(("targeting/rules._refuse_rules", {"svy": ps.Survey(chosen(score=1)), "rules": rules}, CONTEST, None)
      for rules in ({"formula": "score"}, ["score", "listed"], "score")),
    ("targeting/rules._amounts", {"table": chosen(persons=[0, 1, 2, 3] * 10), "rules": {"formula": "score"}},
     CONTEST.replace("svy", "ps.Survey(table)")[:-1] + ', transfer=50, persons="persons")', None),
    ("targeting/rules._refuse_budgets", {"svy": ps.Survey(chosen(other=[1, 1, 0, 0] * 10)),
                                   "rules": {"one": "listed", "two": "other"}},
     CONTEST, CONTEST.replace(")", ", {})")),
    *(("targeting/judges/assessors._named", {"svy": judged(3)}, f"ps.latent_assessors(svy, {who})", again)
      for who, again in (('["one", "two"]', "assert svy"), ('"one"', "ps.latent_assessors(svy, {})"),
                         ('["one", "two", "three", "one"]', "ps.latent_assessors(svy, {})"))),
    ("targeting/judges/assessors._shares", {"svy": judged(3)},
     'ps.latent_assessors(svy, ["one", "two", "three"], shared=[])',
     'ps.latent_assessors(svy, ["one", "two", "three"], {})'),
    ("targeting/judges/answers.refuse_same", {"svy": judged(4, four=1)},
     'ps.latent_assessors(svy, ["one", "two", "three", "four"])', "ps.latent_assessors(svy, {})"),
    ("targeting/judges/answers.refuse_same", {"svy": judged(3, poor=1)},
     'ps.latent_assessors(svy, ["one", "two", "three"], truth="poor")',
     'ps.latent_assessors(svy, ["one", "two", "three"], {})'),
    ("targeting/histories.impossible_transitions", {"table": register()},
     'ps.impossible_transitions(table, line=2300)', 'ps.impossible_transitions(table, {})'),
    ("targeting/histories.impossible_transitions", {"register": register(household_id=["a", "a", None, "b", "b", "b"])},
     'ps.impossible_transitions(register)', None),
    ("targeting/histories.impossible_transitions", {"register": register(status=["贫困", "脱贫", "返贫"] * 2)},
     'ps.impossible_transitions(register)', None),
    ("targeting/histories.impossible_transitions", {"register": register(status=["poor", "exited", None] * 2)},
     'ps.impossible_transitions(register)', None),
    ("targeting/histories._years", {"register": register(year=["2014年", "2015年", "2016年"] * 2)},
     'ps.impossible_transitions(register)', None),
    ("targeting/histories._years", {"register": register(year=[2014, 2015, None] * 2)},
     'ps.impossible_transitions(register)', None),
    ("targeting/histories._years", {"register": register(year=pd.to_datetime(["2014-12-31", "2015-12-31", "2016-12-31"] * 2))},
     'ps.impossible_transitions(register)', None),
    ("targeting/histories._years", {"table": pd.DataFrame({"year": ["2016年", "2017年"], "stock": [10, 8], "new": [0, 1],
                                                           "exited": [2, 3]})},
     'ps.stocks_and_flows(table, "stock", ["new"], ["exited"])', None),
    ("targeting/latent.chapman", {"table": marked(w=2.0), "svy": ps.Survey(marked(w=2.0), weight="w")},
     'ps.chapman(svy, "ill", "unschooled")', None),
    ("targeting/latent._checked", {"svy": ps.Survey(pd.DataFrame({"judged": [1] * 20 + [0] * 80}))},
     'ps.rogan_gladen(svy, "judged", sensitivity=0.9, specificity=(90, 100))',
     'ps.rogan_gladen(svy, "judged", specificity=(90, 100), {})'),
    ("targeting/lists.marks", {"suits": {"illness": "medical aid"}, "svy": ps.Survey(pd.DataFrame(
        {"cause": ["illness", "no skill", "debt"], "measure": ["medical aid", "loan", "loan"]}))},
     'ps.match_rate(svy, suits)', None),
    ("targeting/lists.match_rate", {"suits": ["medical aid"], "svy": ps.Survey(pd.DataFrame(
        {"cause": ["illness"] * 3, "measure": ["medical aid", "loan", "loan"]}))},
     'ps.match_rate(svy, suits)', None),
    ("targeting/lists.targeting_difference", {"svy": ps.Survey(JUDGED)}, DIFFERENCE.format('"assessor"'), DIFFERENCE),
    ("targeting/planning.audit_sample_size", {}, "ps.audit_sample_size(0.03, 0.03)", "ps.audit_sample_size(0.03, {})"),
    ("targeting/planning.audit_sample_size", {}, "ps.audit_sample_size(0.9, 0.9)", "ps.audit_sample_size(0.9, {})"),
    ("targeting/planning._effect", {}, "ps.audit_sample_size(0.02, 0.005, icc=0.1)",
     "ps.audit_sample_size(0.02, 0.005, {})"),
    ("targeting/planning._effect", {}, "ps.audit_sample_size(0.02, 0.005, design_effect=3, icc=0.1, cluster_size=5)",
     "ps.audit_sample_size(0.02, 0.005, icc=0.1, cluster_size=5, {})"),
    ("measures/crossing.dominance", {"svy": YEARS}, 'ps.dominance(svy, "income", over="year", base=2012, value=2013, measure="poor")',
     'ps.dominance(svy, "income", over="year", base=2012, value=2013, {})'),
    ("measures/crossing.dominance", {"svy": YEARS}, 'ps.dominance(svy, "income", over="year", base=2012, value=2013, lines=[0, 3])',
     'ps.dominance(svy, "income", over="year", base=2012, value=2013, {})'),
    ("measures/inorder.quantile_ratio", {"svy": NOTHING}, 'ps.inequality(svy, "income", measures=["p90p10"])', 'ps.inequality(svy, "income", {})'),
    ("measures/inorder.share_ratio", {"svy": NOTHING}, 'ps.inequality(svy, "income", measures=["palma"])', 'ps.inequality(svy, "income", {})'),
    ("measures/grouped._points", {}, "ps.grouped_poverty([3000, 6000], line=4000)", "{}"),
    ("base/results._drawn", {"found": ps.poverty(YEARS, "income", 3)}, 'found.plot(term="gaps")', "found.plot({})"),
    ("targeting/planning._drawn", {}, "ps.audit_sample_size(0.02, 0.019, population=30)",
     "ps.audit_sample_size(0.02, 0.005, {})"),
    ("targeting/score/scorecard.page", {"card": ps.proxy_means(ps.Survey(houses()), "consumption ~ rooms",
      leave_out="district").scorecard()}, 'card.page("no such folder/card.pdf")', 'assert dict({})["path"].endswith("card.html")'),
    ("targeting/score/proxy.tidy", {"score": ps.proxy_means(ps.Survey(houses()), "consumption ~ rooms", leave_out="district",
                                                      kind=Unweighted())}, "score.tidy()", "1"),
    ("targeting/score/leaving.learned", {"table": houses(), "model": Unweighted()},
     'ps.proxy_means(ps.Survey(table, weight="w"), "consumption ~ rooms", leave_out="district", kind=model)',
     'ps.proxy_means(ps.Survey(table, weight="w"), "consumption ~ rooms", leave_out="district", {})'),
    ("targeting/score/traits.__init__", {"table": houses()}, SCORE.format(TRAITS, ', kind="linear"'), SCORE.format(TRAITS, ", {}")),
    ("targeting/score/traits.__init__", {"table": houses()}, 'ps.proxy_means(ps.Survey(table), "consumption ~ rooms", leave_out=None)',
     'ps.proxy_means(ps.Survey(table), "consumption ~ rooms", {})'),
    ("targeting/score/traits.__init__", {"table": houses()}, SCORE.format('"consumption + w ~ rooms", ', ""), SCORE.format("{}, ", "")),
    ("survey/models/formulas.sides", {"table": houses()}, SCORE.format('"rooms + roof", ', ""), SCORE.format("{}, ", "")),
    ("targeting/score/traits.outcome", {"table": houses(consumption=lambda t: t["consumption"].where(t.index > 2, 0.0))},
     SCORE.format('"log(consumption) ~ rooms", ', ""), None),
    ("targeting/register.bunching", {"register": pd.DataFrame({"income": [np.nan, *INCOMES], "county": range(2_001)})},
     'ps.bunching(register, "income", 2300)', None),
    ("simulation/calibration.calibration_table", {}, "ps.simulation.calibration_table(households=400)",
     'assert dict({})["households"] == 50_000'),
    ("simulation/run._sizes", {"scenario": {"social_work_share": 0.5}}, "ps.simulate(scenario, households=100)", None),
    ("simulation/run._sizes", {"scenario": 0.3}, "ps.simulate(scenario, households=100)", None),
    ("simulation/run._sizes", {}, "ps.simulate(households=120)", "ps.simulate({})"),
    ("simulation/run._result", {"_result": _result, "task": Stopped()}, "_result(task)",
     "ps.simulate(households=100, {})"),
    ("simulation/run._new_folder", {"folder": FOLDER}, "(folder / 'a').touch(); ps.simulate(households=100, folder=folder)",
     "ps.simulate(households=100, {})"),
    ("simulation/villages.__init__", {"Villages": Villages}, "Villages(ps.Scenario(), 8, (0, 0, 0), households=120)",
     "Villages(ps.Scenario(), 8, (0, 0, 0), {})"),
    ("simulation/villages.__init__", {"Villages": Villages}, "Villages(ps.Scenario(first_start=4), years=4, key=(0, 0, 0), households=100)",
     "Villages(ps.Scenario(first_start=4), key=(0, 0, 0), households=100, **dict({}))"),
    ("simulation/villages._plan", {"made": Villages(ps.Scenario(), 4, (0, 0, 0), 100)}, 'made.under("both", caseload=500)',
     'made.under("both", {})'),
    ("simulation/matching._ranges", {}, 'ps.simulation.matched_ranges(pd.DataFrame({"detection": [0.1, 0.2]}), {"detecton": (0, 1)})',
     'ps.simulation.matched_ranges(pd.DataFrame({"detection": [0.1, 0.2]}), {})'),
    ("simulation/matching._begun", {"path": SEARCH}, "; ".join(MATCH.format(f"path=path, seed={one}") for one in (0, 3)), MATCH),
    ("simulation/matching._kept", {"path": SEARCH}, "path.write_text('{\"task\": {}}'); " + MATCH.format("path=path"), MATCH),
    ("simulation/parameters._check", {}, "ps.Scenario(social_work_share=30)", "ps.Scenario({})"),
    ("simulation/parameters.__post_init__", {}, 'ps.Scenario(off="deadline")', "ps.Scenario({})"),
]  # fmt: skip
