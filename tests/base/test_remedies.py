"""Every remedy is tried: pasted into the situation that raised it, it helps.

Situations are kept by the function that raises them, as ``room/module.function``: a new remedy
that is a line of code needs one here, or stands in ``NOT_YET``, which may only get shorter.
"""

import ast
import re
from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps
from povstudy.base.checks import need_between, need_columns, need_positive, need_whole

MADE_UP = ps.Source("survey", "Made up", "编造")


def frame(**more):
    table = pd.DataFrame({
        "household_id": [1, 1, 2, 2, 3, 3], "year": [2012, 2013] * 3, "w": 1.0,
        "income": [1.0, 5, 2, 4, 6, 7], "village": ["a", "a", "b", "b", "c", "c"],
    })  # fmt: skip
    return table.assign(**more)


def panel(**more):
    table = pd.DataFrame(
        {"household_id": np.repeat(np.arange(60), 4), "year": [2012, 2013, 2014, 2015] * 60}
    )
    table["income"] = np.random.default_rng(1).lognormal(8, 0.5, len(table))
    table["began"] = np.where(table["household_id"] % 2, 2014.0, np.nan)
    return table.assign(**more)


# For each: what is in scope, the call that is refused, and the call that is made once the remedy is
# pasted; where the remedy is an argument, {} stands for it.
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
     'ps.figures.lorenz_curve(table, source=ps.Source("official", "Me"))', "svy.status"),
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


SCOPE = {"ps": ps, "pd": pd, "np": np, "need_columns": need_columns, "need_whole": need_whole,
         "need_positive": need_positive, "need_between": need_between}  # fmt: skip


@pytest.mark.parametrize(("place", "scope", "call", "again"), SITUATIONS)
def test_a_remedy_that_is_pasted_helps(place, scope, call, again):
    scope = {**SCOPE, **scope}
    with pytest.raises(ps.base.errors.PovstudyError) as told:
        exec(call, scope)
    remedy = told.value.remedy
    trace = [one.name for one in told.traceback]
    assert place.rpartition(".")[2] in trace
    before = scope["table"]["income"].notna().sum() if "income" in scope.get("table", ()) else 0
    if again is None or "{}" not in again:
        exec(remedy, scope)  # a line of its own
        exec(again or call, scope)
        if before:
            assert scope["table"]["income"].notna().sum() >= before - 1  # no column is emptied
    else:
        exec(again.replace("{}", re.sub(r"\s+# .*", "", remedy)), scope)


@cache
def remedies():
    """Functions with remedies that are a line of code, by place; how many remedies in all."""
    found, every = Counter(), 0
    for path in sorted((ROOT / "povstudy").rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            for call in ast.walk(function):
                for given in getattr(call, "keywords", ()):
                    if given.arg != "remedy":
                        continue
                    every += 1
                    if is_code(given.value):
                        place = path.relative_to(ROOT / "povstudy").with_suffix("").as_posix()
                        found[f"{place}.{function.name}"] += 1
    return found, every


def is_code(value):
    """Whether a remedy is a line that Python reads: names and values stand for what is put in."""
    if isinstance(value, ast.Constant):
        text = str(value.value)
    elif isinstance(value, ast.JoinedStr):
        text = "".join(
            str(part.value) if isinstance(part, ast.Constant)
            else "'x'" if part.conversion == 114 else "x"
            for part in value.values
        )  # fmt: skip
    else:
        return False
    for line in (text, f"f({text})"):
        try:
            tree = ast.parse(line)
        except SyntaxError:
            continue
        if any(isinstance(one, ast.Call | ast.Assign | ast.keyword) for one in ast.walk(tree.body[0])
               ) and (line == text or "=" in text):  # fmt: skip
            return True
    return False


def test_every_remedy_that_is_code_is_tried_or_counted_among_those_that_are_not_yet():
    """A new one needs a situation; one that got it leaves the list."""
    found, every = remedies()
    tried = {place for place, *_ in SITUATIONS}
    not_yet = set((ROOT / "tests/base/remedies_not_yet.txt").read_text("utf-8").split())
    print(f"{len(tried & set(found))} of {len(found)} functions with code, {every} remedies in all")
    assert not_yet.isdisjoint(tried), sorted(not_yet & tried)
    assert set(found) - tried <= not_yet, sorted(set(found) - tried - not_yet)
    assert len(not_yet) <= LEFT


LEFT = 109  # functions whose remedies nobody has tried yet
