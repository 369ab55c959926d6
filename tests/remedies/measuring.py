"""Remedies of base, survey, measures and targeting.

For each: where it is raised, what is in scope, the call that is refused, and the call that is made
once the remedy is pasted; where the remedy is an argument, {} stands for it. ``None``: the same call.
"""

import numpy as np
import pandas as pd

import povstudy as ps

from .tables import frame, panel

SITUATIONS = [
    ("base/columns.refuse_text", {"table": frame(income=["1", "2", "3", "4", "5", "6"])},
     'ps.mean(ps.Survey(table), "income")', None),
    ("base/columns.refuse_text", {"table": frame(school=["none", "some"] * 3)},
     'ps.mean(ps.Survey(table), "school")', 'ps.mean(ps.Survey(table), "share")'),
    ("survey/cells.need", {"table": pd.concat([frame(), frame()[["w"]]], axis=1)},
     'ps.mean(ps.Survey(table, weight="w"), "income")', None),
    ("survey/cells.refuse_weights", {"table": frame(w=[-1.0, 1, 1, 1, 1, 1])},
     'ps.mean(ps.Survey(table, weight="w"), "income")', None),
    ("survey/cells.refuse_keys", {"table": frame(household_id=[1, 1, 2, 3, 4, 5], year=2012)},
     'ps.mean(ps.Survey(table, key=["household_id", "year"]), "income")', None),
    ("base/checks.need_columns", {"table": frame().rename(columns={"income": "incom"})},
     'need_columns(table, ["income"])', None),
    ("base/columns.refuse_infinite", {"table": frame(income=[np.inf, 1, 2, 3, 4, 5])},
     'ps.mean(ps.Survey(table, missing="drop"), "income")', None),
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
    ("figures/draw._given", {"table": ps.load("county_exits")},
     'ps.figures.counties_leaving(table, title=["mine"])', "ps.figures.counties_leaving(table, {})"),
    ("approaches/effects._arms_asked", {"table": panel()},
     'ps.compare(table, "income", starts="began")', 'ps.compare(table, "income", {})'),
    ("approaches/cohorts._read_starts", {"table": panel(began=[np.nan, 0, 0, 0] * 30 + [2014.0] * 120)},
     'ps.compare(table, "income", starts={"help": "began"})', None),
    ("survey/estimates.refuse_no_survey", {"table": frame(stratum=1)},
     'ps.poverty(table, "income", 5)', 'ps.poverty(svy, "income", 5)'),
    ("sources/catalogue._resource", {}, 'ps.load("china")', "{}"),
]  # fmt: skip
