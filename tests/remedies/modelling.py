"""Remedies of panels, approaches, relapse, lessons and simulation.

For each: where it is raised, what is in scope, the call that is refused, and the call that is made
once the remedy is pasted; where the remedy is an argument, {} stands for it. ``None``: the same call.
"""

import tempfile

import numpy as np
import pandas as pd

import povstudy as ps

from .tables import panel


def moves(**more):
    """Households that leave poverty and some of which fall back, in four years."""
    made = pd.DataFrame({
        "household_id": np.repeat([1, 2, 3, 4], 4), "year": [2014, 2015, 2016, 2017] * 4,
        "poor": [1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0], "land": np.arange(16.0),
    })  # fmt: skip
    return made.assign(**more)


def of_moves(**more):
    return ps.spells(moves()).assign(**more)


def falls(**more):
    """Spells with covariates, of which some end in each period."""
    rng, n = np.random.default_rng(7), 240
    made = pd.DataFrame({
        "household_id": np.arange(n), "spell": 1, "entry": 0, "exit": rng.integers(1, 5, n),
        "event": rng.random(n) < 0.5, "x": rng.normal(size=n), "village": np.arange(n) % 12, "w": 1.0,
        "help": np.where(np.arange(n) % 3, "none", "social work"),
    })  # fmt: skip
    return made.assign(**more)


def asked(**more):
    return falls().head(6)[["household_id", "x"]].assign(**more)


def risks(**more):
    made = pd.DataFrame({
        "household_id": range(8), "risk": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], "horizon": 2,
    })  # fmt: skip
    return made.assign(**more)


def came(**more):
    made = pd.DataFrame({
        "household_id": range(8), "entry": 0, "exit": [2, 3, 2, 1, 2, 2, 1, 2],
        "event": [0, 0, 0, 1, 0, 1, 1, 1],
    })  # fmt: skip
    return made.assign(**more)


def books(**more):
    """A cleaned register."""
    made = pd.DataFrame({"household_id": ["a", "b", "c"], "exit_year": [2015, 2016, 2017],
                         "relapse_date": [None, "2018-05", None], "date": "2021-12-31"})  # fmt: skip
    return made.assign(**more)


BOOKS = "ps.register_spells(households, until=2020)"


def judged(**more):
    table = ps.follow_up(risks(), came()).assign(
        income=[9.0, 8, 7, 2, 6, 3, 1, 4], county=list("aabbaabb")
    )
    return table.assign(**more)


def trial(**more):
    table = pd.DataFrame(
        {"treated": [0, 1] * 20, "income": np.arange(40.0) % 7, "age": np.arange(40) % 9}
    )
    return table.assign(**more)


def scored(**more):
    """A score in whole numbers; those below 40 are offered help."""
    made = pd.DataFrame({"score": np.arange(2000) % 101, "income": np.arange(2000.0) % 17})
    return made.assign(**more)


def arms(**more):
    made = trial().assign(approach=["none", "social_work"] * 20)
    return made.assign(**more)


def repeated():
    """Two spells of each household, which falls back in both or in none, as a rule."""
    rng, frail = np.random.default_rng(3), np.random.default_rng(4).gamma(0.5, 2, 240)
    whole = pd.concat([falls(frail=frail), falls(frail=frail, spell=2)], ignore_index=True)
    last = rng.geometric(1 - np.exp(-0.3 * whole["frail"]))
    return whole.assign(exit=np.minimum(last, 4), event=last <= 4, x=rng.normal(size=480))


def waves(**more):
    """Households in waves 0 and 1, half of them treated (marked in both)."""
    made = pd.DataFrame({"household_id": np.repeat(np.arange(40), 2), "year": [0, 1] * 40})
    made["income"] = np.random.default_rng(2).normal(size=80)
    return made.assign(**more)


MODEL = 'ps.relapse_model("x", spells)'
FIRTH = {"spells": falls(event=lambda t: t["event"] & (t["help"] == "none"))}
QUIET = falls(event=lambda t: t["event"] & (t["exit"] < 4))
SCRATCH = tempfile.gettempdir()
FILE = f"{tempfile.mkdtemp()}/risks.parquet"
risks().to_parquet(FILE)
KEPT = (f'ps.relapse_model("x", spells, penalty="firth", baseline="constant").save("{SCRATCH}/kept.json"); '
        f'ps.load_model("{SCRATCH}/kept.json").conf_int({{}})')  # fmt: skip
KM = "ps.kaplan_meier(ps.Survey(spells))"
WORDS = np.array(["a"] * 80 + ["b"] * 80 + ["c"] * 80)

PANELS = [
    ("panels/registers.register_spells", {"households": books(entry=1)}, BOOKS, None),
    ("panels/registers.__init__", {"raw": pd.DataFrame({"户编号": ["1"], "脱贫年度": ["2016"]}), "households":
     books(household_id=None)}, BOOKS, 'ps.register_spells(households.assign(relapse_date="2018"), 2020)'),
    ("panels/registers.refuse_end", {"households": books()}, "ps.register_spells(households, until=2022)",
     "ps.register_spells(households, {})"),
    ("panels/registers.record", {"households": pd.concat([books(x=[[1], [2], [3]])] * 2)}, BOOKS, None),
    ("panels/registers._years", {"households": books(exit_year="2016年")}, BOOKS, None),
    ("panels/registers._years", {"households": books(relapse_date="2018年5月")}, BOOKS, None),
    ("panels/registers._states", {"households": books(status=["返贫", "脱贫", None])}, BOOKS, None),
    ("panels/durations._refuse_taken", {"panel": moves(event=1)},
     'ps.spells(panel, covariates="event")', 'ps.spells(panel, covariates="event_before")'),
    ("panels/durations.spells", {"panel": moves()},
     f"ps.spells(panel, into='{SCRATCH}/remedies_spells.parquet')", "pass"),
    ("panels/durations._refuse_taken", {"spells": of_moves(), "panel": moves(exit=1)},
     'ps.person_periods(spells, panel, "exit")', 'ps.person_periods(spells, panel, "exit_before")'),
    ("panels/durations.person_periods", {"spells": of_moves(entry=[0, 2, 0, 0, 0][:len(of_moves())]),
                                         "panel": moves()},
     'ps.person_periods(spells, panel, "land")', None),
    ("panels/durations._counted", {"spells": of_moves(exit=lambda t: t["exit"] + 0.5 * (t.index == 1)),
                                   "panel": moves()},
     'ps.person_periods(spells, panel, "land")', None),
    ("panels/durations._counted", {"spells": of_moves(entry=lambda t: t["entry"].where(t.index != 0)),
                                   "panel": moves()},
     'ps.landmark_rows(spells, panel, "land", 2015, 2)', None),
    ("panels/durations.landmark_rows", {"spells": of_moves(), "panel": moves()},
     'ps.landmark_rows(spells, panel, "land", at="2015", horizon=2)',
     'ps.landmark_rows(spells, panel, "land", horizon=2, {})'),
    ("panels/durations._beside", {"panel": moves(year=lambda t: 2 * t["year"])},
     'spells = ps.spells(panel); ps.person_periods(spells, panel, "land", step=1)',
     'ps.person_periods(spells, panel, "land", {})'),
    ("panels/exposure._marked", {"spells": falls(origin_known=["yes", "no"] * 120)}, KM, None),
    ("panels/exposure._marked", {"spells": falls(origin_known=[1, 2] * 120)}, KM, None),
    ("panels/exposure._refuse_times", {"spells": falls(entry=[-1] + [0] * 239)}, KM, None),
    ("panels/exposure._refuse_times", {"spells": falls(exit=lambda t: t["exit"].where(t.index != 3, 0))},
     KM, None),
    ("panels/exposure._refuse_units", {"spells": repeated().assign(exit=1)}, KM, "ps.kaplan_meier(svy)"),
    ("panels/exposure.refuse_unseen", {"svy": ps.Survey(falls(entry=0.5))},
     "ps.restricted_mean(svy, 3)", "pass"),
    ("panels/exposure.refuse_unseen", {"svy": ps.Survey(falls(event=0, exit=8 / 3))},
     "ps.restricted_mean(svy, 30)", "ps.restricted_mean(svy, {})"),
    ("panels/households.in_order", {"panel": moves(household_id=[None, *moves()["household_id"][1:]])},
     "ps.spells(panel)", None),
    ("panels/households.dates_refused", {"panel": moves(year=lambda t: pd.to_datetime(t["year"].astype(str)))},
     "ps.spells(panel)", None),
    ("panels/households.dates_refused", {"panel": moves(
        year=lambda t: [pd.Timestamp(2020, y - 2010, 1).date() for y in t["year"]])},
     "ps.transitions(panel)", None),
    ("panels/households.dates_refused", {"panel": moves(
        year=lambda t: [pd.Period(f"2020-0{y - 2010}", "M") for y in t["year"]])},
     "ps.relapse_rates(panel)", None),
    ("panels/households.refuse_twice", {"panel": pd.concat([moves(), moves().head(1)])},
     "ps.spells(panel)", None),
    ("panels/households.refuse_calendar", {"panel": moves(year=lambda t: 202_000 + t["year"] - 2010)},
     "ps.after_exit(panel)", None),
    ("panels/households.refuse_mark", {"panel": moves(poor=lambda t: t["poor"].map({1: 1, 0: 3}).where(
        t.index % 5 != 0, 2))}, "ps.transitions(panel)", None),
    ("panels/households.refuse_mark", {"panel": moves(poor=lambda t: t["poor"].map({1: "poor", 0: "no"}))},
     "ps.stayed_out(panel, years=1)", None),
    ("panels/households.refuse_mark", {"panel": moves(poor=lambda t: t["poor"].where(t.index != 9))},
     "ps.spells(panel)", None),
    ("panels/moves.transitions", {"panel": moves()}, "ps.transitions(panel, shares='cells')",
     "ps.transitions(panel, {})"),
    ("panels/states/seen.refuse_unseen", {"panel": moves()}, "ps.transitions(panel, step=9)",
     "ps.transitions(panel, {})"),
    ("panels/bounds.misclassification_bounds", {}, "ps.misclassification_bounds(0.1, -0.05)",
     "ps.misclassification_bounds(0.1, {})"),
    ("panels/overlaps.refuse_overlaps", {"spells": pd.concat([falls(), falls().head(2)])},
     'ps.relapse_model("x", spells)', None),
    ("panels/persistence.over_line", {"panel": panel()}, 'ps.jalan_ravallion(panel, "income", [2300])',
     'ps.jalan_ravallion(panel, "income", {})'),
    ("panels/persistence.over_line", {"panel": panel(line=0.0)}, 'ps.jalan_ravallion(panel, "income", "line")',
     'ps.jalan_ravallion(panel, "income", {})'),
    ("panels/staying.stayed_out", {"panel": moves()}, "ps.stayed_out(panel, years=1, baseline=2000)",
     "ps.stayed_out(panel, years=1, {})"),
    ("panels/survival.cumulative_incidence", {"svy": ps.Survey(falls(ended="censored"))},
     'ps.cumulative_incidence(svy, cause="ended")', "pass"),
]  # fmt: skip

APPROACHES = [
    ("base/lots.need_numbers", {"table": trial(treated=["2", "1"] * 20)},
     'ps.trial_effects(table, "income", "treated")',
     'assert table["treated"].iloc[1] == 1; ps.trial_effects(table, "income", "treated")'),
    ("base/checks._refuse", {"table": arms()},
     'ps.adjusted_effects(table, "income", covariates="age", model="probit")',
     'ps.adjusted_effects(table, "income", covariates="age", {})'),
    ("approaches/balances.arms_of", {"table": arms(number=lambda t: ["none", *map(str, range(39))])},
     'ps.balance(table, "age", "number")', 'ps.balance(table, "age", {})'),
    ("approaches/balances.balance", {"table": arms()[["approach", "age", "income"]]},
     "ps.balance(table, [])", "ps.balance(table, {})"),
    ("approaches/cohorts._starts", {"table": panel(began=lambda t: np.where(
        t["household_id"] % 2, np.where(t["year"] == 2015, 2015.0, 2014), 0))},
     'ps.compare(table, "income", starts={"help": "began"})', None),
    ("approaches/cohorts._starts", {"table": waves(began=lambda t: np.where(
        t["household_id"] % 2, np.where(t["household_id"] == 1, 1.0 + t["year"], 1), np.nan))},
     'ps.compare(table, "income", starts={"help": "began"})', None),
    ("approaches/cohorts._survey", {"table": panel(v=lambda t: t["household_id"] % 7, fpc=70, w=1.0)},
     'ps.compare(ps.Survey(table, weight="w", psu="v", fpc="fpc"), "income", starts={"help": "began"})',
     'ps.compare(svy, "income", starts={"help": "began"})'),
    ("approaches/cohorts._survey", {"table": panel(w=1.0, r1=1.0, r2=1.0)},
     'ps.compare(ps.Survey(table, weight="w", replicates=ps.Replicates(["r1", "r2"])), "income", '
     'starts={"help": "began"})', 'ps.compare(svy, "income", starts={"help": "began"})'),
    ("approaches/cohorts._read_starts", {"table": waves(treat=lambda t: t["household_id"] % 2)},
     'ps.compare(table, "income", starts={"help": "treat"})',
     'assert table["treat"].notna().any(); ps.compare(table, "income", starts={"help": "treat"})'),
    ("approaches/cohorts._read_starts", {"table": panel(began=lambda t: np.where(
        t["household_id"] % 2, 2014.0, -1))}, 'ps.compare(table, "income", starts={"help": "began"})', None),
    ("approaches/cohorts._read_starts", {"table": panel(on=lambda t: pd.array(
        (t["household_id"] % 2 == 1) & (t["year"] > 2013), "boolean")).assign(
            on=lambda t: t["on"].where(t.index != 0))},
     'ps.compare(table, "income", starts={"help": "on"})', None),
    ("approaches/cohorts._switched_on", {"table": panel(on=lambda t: (t["household_id"] % 2 == 1) & (
        t["year"] == 2014))}, 'ps.compare(table, "income", starts={"help": "on"})', None),
    ("approaches/cohorts._switched_on", {"table": pd.concat([part for _, part in panel(
        on=lambda t: ((t["household_id"] % 2 == 1) & (t["year"] == 2014)).astype(object)).groupby("year")
     ]).set_axis([0] * 240)}, 'ps.compare(table, "income", starts={"help": "on"})', None),
    ("approaches/textbook/coding.refuse_who", {"table": panel(
        treat=lambda t: t["household_id"] % 2, post=lambda t: (t["year"] > 2013) * 1)},
     'ps.compare(table, "income", starts={"help": "treat"})', 'ps.compare(table, "income", {})'),
    ("approaches/textbook/coding.arms_by_marks", {"table": panel(
        treated=lambda t: t["household_id"] % 2, post=lambda t: (t["year"] > 2013) * 1)},
     'ps.compare(table, "income", treat="treated")', 'ps.compare(table, "income", {})'),
    ("approaches/textbook/coding.starts_by_marks", {"table": panel(
        treated=lambda t: t["household_id"] % 2,
        post=lambda t: (t["household_id"] % 2) * (t["year"] > 2013))},
     'ps.compare(table, "income", treat="treated", post="post")',
     'ps.compare(table, "income", starts={"treated": "on"})'),
    ("approaches/textbook/coding.starts_by_marks", {"table": panel(
        treated=lambda t: t["household_id"] % 2, post=1)},
     'ps.compare(table, "income", treat="treated", post="post")', None),
    ("approaches/adjustment._compared", {"table": arms()},
     'ps.adjusted_effects(table, "income", scale="odds")', 'ps.adjusted_effects(table, "income", {})'),
    ("approaches/textbook/coding.starts_by_marks", {"table": panel(
        treated=lambda t: t["household_id"] % 2, post=lambda t: (t["year"] == 2014) * 1)},
     'ps.compare(table, "income", treat="treated", post="post")', None),
    ("approaches/textbook/coding.starts_by_marks", {"table": panel(
        on=lambda t: (t["household_id"] % 2) * (t["year"] > 2013), post=lambda t: (t["year"] > 2013) * 1)},
     'ps.compare(table, "income", treat="on", post="post")', 'ps.compare(table, "income", {})'),
    ("approaches/textbook/coding._marks", {"table": panel(
        treated=lambda t: (t["household_id"] % 2).astype("Int64").where(t["household_id"] > 0),
        post=lambda t: (t["year"] > 2013) * 1)},
     'ps.compare(table, "income", treat="treated", post="post")', None),
    ("approaches/textbook/coding._marks", {"table": panel(
        treated=lambda t: t["household_id"] % 2 + 1, post=lambda t: (t["year"] > 2013) * 1)},
     'ps.compare(table, "income", treat="treated", post="post")', None),
    ("approaches/effects._refuse_options", {"table": panel()},
     'ps.compare(table, "income", starts={"none": "began"})', 'ps.compare(table, "income", {})'),
    ("approaches/effects._refuse_options", {"table": panel(start_admin=lambda t: t["began"],
                                                           start_social_work=np.nan)},
     'ps.compare(table, "income", starts={})', 'ps.compare(table, "income", {})'),
    ("approaches/effects.contrast", {"table": panel(
        more=lambda t: np.where(t["household_id"] % 4 == 0, 2014.0, np.nan))},
     'found = ps.compare(table, "income", starts={"one": "began", "two": "more"})\n'
     'found.contrast("one", "two", cohorts="all")', 'found.contrast("one", "two", {})'),
    *(("approaches/sensitivity." + place, {"table": panel()},
       f'eff = ps.compare(table, "income", starts={{"help": "began"}})\neff.sensitivity({asked})', again)
      for place, asked, again in (
          ("sensitivity", '"smoothness", magnitudes=[1]', 'eff.sensitivity("smoothness", {})'),
          ("_asked", "since=5", "eff.sensitivity({})"))),
    ("approaches/discontinuity.at_the_line", {"table": scored()},
     'ps.at_the_line(table, "income", "score", 40, helped="left")',
     'ps.at_the_line(table, "income", "score", 40, {})'),
    ("measures/score.is_sharp", {"table": scored(helped=lambda t: (t["score"] < 40) * 1)},
     'ps.at_the_line(table, "income", "score", 40, treated="helped")',
     'ps.at_the_line(table, "income", "score", 40, treated="helped", {})'),
    ("approaches/evidence.pool", {"table": pd.DataFrame({
        "trial": list("abc"), "estimate": [0.1, 0.3, 0.0], "std_error": 0.1, "outcome": "income", "unit": "SD"})},
     "ps.pool(table, prior=0.2)", "ps.pool(table, {})"),
    ("approaches/priors.__post_init__", {}, "ps.EffectPrior(sd=0, tau=1)", "{}"),
    ("approaches/trials.trial_effects", {"table": trial(treated=[1] + [0] * 39)},
     'ps.trial_effects(table, "income", "treated")', "pass"),
    ("approaches/textbook/offers.take_up", {"table": trial(
        took_up=lambda t: t["treated"] * (t["age"] > 3))},
     'ps.trial_effects(table, "income", "treated").take_up()',
     'ps.trial_effects(table, "income", "treated", {}).take_up()'),
    ("base/lots.arm_marks", {"table": trial(
        took_up=lambda t: t["treated"] * (t["age"] > 3) * 2)},
     'ps.trial_effects(table, "income", "treated", taken="took_up")', None),
    ("approaches/trials._sample", {"table": trial()},
     'ps.trial_effects(table, "income", "treated", missing="skip")',
     'ps.trial_effects(table, "income", "treated", {})'),
    ("approaches/bounds._bounds", {"table": trial(age=lambda t: t["age"].where(t.index > 0))},
     'ps.lee_bounds(table, "income", "treated", by="age")',
     'assert len(table) == 39; ps.lee_bounds(table.assign(age=1), "income", "treated", by="age")'),
    ("approaches/bounds._need_range", {"table": trial()}, 'ps.lee_bounds(table, "income", "treated", range=(0, 1))',
     'ps.lee_bounds(table, "income", "treated", {})'),
    ("approaches/standing/verdict.trial_verdict", {"table": trial()},
     "ps.trial_effects(table, 'income', 'treated').verdict(assigned={0: 3, 1: 20})",
     "ps.trial_effects(table, 'income', 'treated').verdict({})"),
    ("approaches/questions.joint", {"table": trial()},
     'ps.trial_effects(table, "income", "treated").joint(outcome="incom")',
     'ps.trial_effects(table, "income", "treated").joint({})'),
    ("survey/models/reading.refuse_own", {"table": trial(w=2.0)},
     'ps.trial_effects(ps.Survey(table), "income", "treated", weight="w")',
     'ps.trial_effects(svy, "income", "treated")'),
    ("base/lots.need_numbers", {"table": trial(age=["old", "young", "old", "mid", "mid"] * 8)},
     'ps.trial_effects(table, "income", "treated", covariates="age")',
     'ps.trial_effects(table, "income", "treated", covariates=["age_old", "age_young"])'),
    ("base/lots.need_numbers", {"table": trial(treated=["control", "social work"] * 20)},
     'ps.trial_effects(table, "income", "treated")',
     'assert table["treated"].iloc[1] == 1; ps.trial_effects(table, "income", "treated")'),
    ("base/lots.need_numbers", {"table": trial(treated=["none", "a", "b", "none"] * 10).drop(columns="income")},
     'ps.randomisation_test(table, "age", "treated", draws=99)',
     'assert len(table) == 30; ps.randomisation_test(table, "age", "treated", draws=99)'),
    ("base/lots.need_numbers", {"table": trial(age=lambda t: t["age"].where(t.index > 0))},
     'ps.trial_effects(table, "income", "treated", "age")',
     'ps.trial_effects(table, "income", "treated", "age", {})'),
    ("base/lots.need_numbers", {"table": trial(age=lambda t: t["age"].where(t.index > 0)).drop(columns="income")},
     'ps.randomisation_test(table, "age", "treated", draws=99)', None),
    ("base/lots.need_numbers", {"table": trial(income=lambda t: t["income"].astype(str))},
     'ps.trial_effects(table, "income", "treated")', None),
    ("base/lots.need_numbers", {"table": trial(home=["own", "let", "own", "own"] * 10)},
     'ps.trial_effects(table, "home", "treated")', 'ps.trial_effects(table, "share", "treated")'),
    ("base/lots.arm_marks", {"table": trial(treated=[1, 2] * 20)},
     'ps.trial_effects(table, "income", "treated")', None),
    ("base/lots.arm_marks", {"table": trial(treated=[0, 1, 2, 0] * 10).drop(columns="income")},
     'ps.trial_effects(table, "age", "treated")',
     'assert len(table) == 30; ps.trial_effects(table, "age", "treated")'),
    ("base/lots.arm_marks", {"table": trial(treated=lambda t: t["age"] * (t.index % 2) / 2 + (
        t.index % 2) * np.arange(40))}, 'ps.robustness_value(table, "income", "treated")', None),
]  # fmt: skip

RELAPSE = [
    ("relapse/watch.watch_list", {"risk": risks(risk=[str(10 * one) for one in range(1, 9)])},
     "ps.watch_list(risk, 3)", None),
    ("relapse/fit._asked", {"spells": falls(event=lambda t: np.where(t["event"], np.where(
        t.index % 2, "ill", "job lost"), "censored")), "households": asked()},
     'ps.relapse_model("x", spells, cause="ill", frailty="gamma").risk(households)',
     'ps.relapse_model("x", spells, cause="ill", {}).risk(households)'),
    ("relapse/fit._asked", {"spells": falls(), "households": asked()},
     f"{MODEL}.risk(households, history=spells)",
     'ps.relapse_model("x", spells, {}).risk(households, history=spells)'),
    ("relapse/fit.refuse_again", {"households": asked(spell=2), "spells": repeated()},
     'fit = ps.relapse_model("x", spells, frailty="gamma"); fit.risk(households)', "fit.risk(households, {})"),
    ("survey/models/formulas.of", {"spells": falls(), "households": asked(x=["1", "2", "3.5", "much", "4", "5"])},
     f"fit = {MODEL}; fit.risk(households)", "assert len(fit.risk(households)) == 5"),
    ("survey/models/formulas.of", {"spells": falls(), "households": asked(x=[1, 2, 3.5, "much", 4, 5])},
     f"{MODEL}.contributions(households)", None),
    ("relapse/horizon.follow_up", {"risk": risks(), "spells": came()},
     'ps.follow_up(risk, spells, missing="leave")', "ps.follow_up(risk, spells, {})"),
    ("relapse/horizon.follow_up", {"risk": risks(), "spells": came(exit=lambda t: t["exit"].astype(str))},
     "ps.follow_up(risk, spells)", None),
    ("relapse/horizon.follow_up", {"risk": risks(duration=["0"] * 7 + ["long"]), "spells": came()},
     'ps.follow_up(risk, spells, missing="drop")', None),
    ("relapse/horizon.follow_up", {"risk": risks(event=1), "spells": came()},
     "ps.follow_up(risk, spells)", None),
    ("relapse/horizon.follow_up", {"risk": risks(), "spells": came().head(7)},
     "ps.follow_up(risk, spells)", "ps.follow_up(risk, spells, {})"),
    ("relapse/horizon.refuse_twice", {"risk": pd.concat([risks(), risks().head(1)]), "spells": came()},
     "ps.follow_up(risk, spells)", None),
    ("relapse/horizon.refuse_twice", {"risk": risks(), "reasons": pd.concat(
        [risks()[["household_id", "risk"]].rename(columns={"risk": "age"})] * 2)},
     "ps.watch_list(risk, 3, reasons=reasons)", None),
    ("relapse/risks.one_horizon", {"risk": risks(horizon=[2] * 7 + [5]), "spells": came()},
     'ps.follow_up(risk, spells, missing="drop")', None),
    ("relapse/risks.one_horizon", {"risk": risks(horizon=["2"] * 7 + ["5"]), "spells": came()},
     'ps.follow_up(risk, spells, missing="drop")', None),
    ("relapse/risks.one_horizon", {"risk": risks(horizon=0.5), "spells": came()},
     "ps.follow_up(risk, spells)", None),
    ("relapse/risks.one_horizon", {"table": judged(horizon=[2] * 7 + [1])},
     "ps.validate_risk(ps.Survey(table))", None),
    ("relapse/risks.refuse_values", {"table": judged(risk=lambda t: 100 * t["risk"])},
     "ps.validate_risk(ps.Survey(table))", None),
    ("relapse/risks.refuse_values", {"table": judged(risk=lambda t: t["risk"].where(t.index != 2, -9))},
     "ps.decision_curve(ps.Survey(table))", None),
    ("relapse/horizon.cross_validated_risk", {"table": falls(county=lambda t: t["village"], assets=lambda t: t["x"])},
     'ps.cross_validated_risk(table, "x", "county")', 'ps.cross_validated_risk(table, by="county", {})'),
    ("relapse/horizon.cross_validated_risk", {"table": falls(county=lambda t: t["village"].where(t.index > 5)),
     "predict": lambda others, here: here[["household_id"]].assign(risk=0.1, horizon=1)},
     "ps.cross_validated_risk(table, predict)", None),
    ("relapse/rows.counted_cause", {"table": judged(event=["", "ill", "", "ill", "", "moved", "ill", "moved"])},
     "ps.validate_risk(ps.Survey(table))", "ps.validate_risk(ps.Survey(table), {})"),
    ("relapse/model.fitted", {"spells": falls()},
     'ps.relapse_model("x", spells, link="logit", frailty="gamma")',
     'ps.relapse_model("x", spells, frailty="gamma", {})'),
    ("relapse/model.fitted", {"spells": f"{SCRATCH}/remedies.parquet", "table": falls()},
     'table.to_parquet(spells); ps.relapse_model("x", spells, frailty="gamma")',
     'ps.relapse_model("x", spells, frailty="gamma")'),
    ("relapse/model.fitted", {"spells": falls()},
     'ps.relapse_model("x", spells, cluster="village", penalty="firth")', 'ps.relapse_model("x", spells, {})'),
    ("relapse/model.fitted", {"spells": falls()},
     'ps.relapse_model("x", ps.Survey(spells, weight="w", psu="household_id"), cluster="village")',
     'ps.relapse_model("x", svy)'),
    ("relapse/model.fitted", {"spells": falls()},
     'ps.relapse_model("x", ps.Survey(spells, weight="w"))', 'ps.relapse_model("x", svy)'),
    ("relapse/rows.ends", {"spells": falls(event=lambda t: t["event"] * (1 + t.index % 2))},
     MODEL, 'ps.relapse_model("x", spells, {})'),
    ("relapse/checks/validation._judged", {"table": judged(risk=lambda t: t["risk"].where(t.index != 0, 0))},
     "ps.validate_risk(ps.Survey(table))", None),
    ("relapse/watch.watch_list", {"risk": risks(rank=1)}, "ps.watch_list(risk, 3)", None),
    ("relapse/watch.watch_list", {"risk": risks(risk=lambda t: 100 * t["risk"])}, "ps.watch_list(risk, 3)", None),
    ("relapse/watch.watch_list", {"risk": risks(risk=["0.1", "much", "0.3", "0.2"] * 2)},
     "ps.watch_list(risk, 3)", None),
    ("relapse/watch.export", {"risk": risks()}, f'ps.watch_list(risk, 3).export("{SCRATCH}/list.csv", codes="no")',
     f'ps.watch_list(risk, 3).export("{SCRATCH}/list.csv", {{}})'),
    ("relapse/watch.counts", {"risk": FILE, "capacity": 3}, "watched = ps.watch_list(risk, capacity); watched.counts('horizon')",
     "watched.counts('horizon')"),
    ("relapse/prediction.written", {"spells": falls(), "households": asked()},
     f'fit = {MODEL}; fit.risk(households, into="{SCRATCH}/risks.parquet")', "pass"),
    ("relapse/prediction.written", {"spells": falls(), "households": f"{SCRATCH}/remedies_now.parquet", "table": asked()},
     f'table.to_parquet(households); fit = {MODEL}; fit.risk(households, history=spells, into="{SCRATCH}/risks.parquet")',
     "fit.risk(households)"),
    ("relapse/watch._reasons", {"spells": falls(), "households": asked(), "risk": risks().head(6)},
     f"fit = {MODEL}; ps.watch_list(risk, 3, reasons=fit.contributions(households).head(5))", "ps.watch_list(risk, 3, {})"),
    ("relapse/watch._compared", {"table": judged(line=0.0, income=lambda t: 1000 * t["income"])},
     'ps.compare_lists(ps.Survey(table), 3, "line", 0.2)',
     "ps.compare_lists(ps.Survey(table), 3, threshold=0.2, {})"),
    # A penalised likelihood, in each refusal that names it.
    ("relapse/likelihood.refuse", FIRTH, 'ps.relapse_model("help", spells)',
     'ps.relapse_model("help", spells, {})'),
    ("relapse/likelihood.refuse", FIRTH, 'ps.relapse_model("help", spells, cluster="village")',
     'ps.relapse_model("help", spells, {})'),
    ("relapse/likelihood.refuse", FIRTH, 'ps.relapse_model("help", spells, link="logit")',
     'ps.relapse_model("help", spells, link="logit", {})'),
    ("relapse/likelihood._refuse_separated", {"spells": falls(x=lambda t: np.where(t["event"], 5, 0) + t["x"] % 1,
                                                              exit=1)},
     'ps.relapse_model("x", spells, baseline="constant")', 'ps.relapse_model("x", spells, baseline="constant", {})'),
    ("relapse/separation.refuse_separated", {"spells": falls(
        kind=WORDS, event=lambda t: t["event"] & ~((t["kind"] == "a") & (t["help"] == "none")))},
     'ps.relapse_model("help * kind", spells)', 'ps.relapse_model("help * kind", spells, {})'),
    ("relapse/baselines.baseline_of", {"spells": falls(event=lambda t: t["event"] & (t["exit"] < 4))},
     'ps.relapse_model("x", spells, baseline=[1, 2, 3, 4])', 'ps.relapse_model("x", spells, baseline=[1, 2, 3, 4], {})'),
    ("relapse/fit.refuse_late", {"spells": falls(), "fit": ps.relapse_model("x", falls())},
     "fit.risk(spells, horizon=9)", None),
    ("relapse/fit.refuse_late", {"spells": QUIET, "fit": ps.relapse_model("x", QUIET)},
     "fit.risk(spells, horizon=9)", 'ps.relapse_model("x", spells, {}).risk(spells, horizon=9)'),
    ("relapse/fit.hold_last", {"spells": QUIET, "fit": ps.relapse_model("x", QUIET)}, "fit.hold_last()",
     'ps.relapse_model("x", spells, {}).risk(spells, horizon=9)'),
    ("relapse/kept/files._refuse_levels", {"spells": falls(when=pd.Categorical(pd.to_datetime(
        ["2014-01-01", "2015-01-01"] * 120)))}, f'ps.relapse_model("when", spells).save("{SCRATCH}/kept.json")', None),
    ("relapse/kept/fits._since", {"spells": falls(origin=2015.0).assign(origin=lambda t: t["origin"].where(t.index > 2)),
                                  "fit": ps.relapse_model("x", falls(origin=2010), baseline="constant")},
     "fit.still_fits(spells, spells)", None),
    ("relapse/kept/files.intervals", {"spells": falls()}, KEPT.format("level=0.5"), KEPT),
]  # fmt: skip

LESSONS = [
    ("lessons/seen.audit_sample", {}, "sim = ps.simulate(households=2_000, years=5, seed=3); ps.lessons.audit_sample(sim, 1, 1900)",
     "ps.lessons.audit_sample(sim, {})"),
    ("lessons/seen.prior_effects", {}, "ps.lessons.prior_effects(0.1)",
     "ps.lessons.prior_effects({})"),
    ("simulation/run._sizes", {}, "ps.simulate(0.3)", "pass"),
    ("simulation/calibration.calibration_table", {}, "ps.simulation.calibration_table(households=1_000)",
     "ps.simulation.calibration_table({})"),
]  # fmt: skip

BUYS = "ps.budget(200_000, ps.Plan(), draws=2, years=5"

SCENARIOS = [
    ("policy/plans.__post_init__", {}, "ps.Plan(social_work=0.8, both=0.4)", "ps.Plan(social_work=0.8, {})"),
    ("policy/plans.__post_init__", {}, "ps.Prices(worker=(5, 4))", "ps.Prices({})"),
    ("policy/plans.plans_of", {"plans": [0.5]}, "ps.budget(200_000, plans, households=500, draws=2, years=5)", None),
    ("policy/plans.need_run", {}, f"{BUYS}, households=1_030)", f"{BUYS}, {{}})"),
    ("policy/plans.need_amounts", {}, f"{BUYS}).frontier([])", f"{BUYS}).frontier({{}})"),
    ("policy/plans.prices_of", {}, f"{BUYS}, prices=50_000)", f"{BUYS}, {{}})"),
    ("policy/plans.refuse_beyond", {}, f"{BUYS}).frontier([1e12])", f"{BUYS}).frontier({{}})"),
    ("policy/scenarios._effects", {}, f"{BUYS}, effect=3)", f"{BUYS}, {{}})"),
]  # fmt: skip

SITUATIONS = [*PANELS, *APPROACHES, *RELAPSE, *LESSONS, *SCENARIOS]
