"""Penalised likelihood: against brglm2 and profiles in R, closed forms, and where it is the way on."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy import stats

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "firth.json").read_text("utf-8"))


def cells(*counts):
    """A hundred rows of each pair of levels, some with an event."""
    parts = [
        pd.DataFrame({"a": a, "b": b, "event": [1] * k + [0] * (100 - k)}) for a, b, k in counts
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(household_id=table.index, entry=0, exit=1)


TABLE = cells(("x", "y", 25), ("x", "z", 35), ("w", "y", 30), ("w", "z", 0))
ROSSI = pd.read_csv(FILES / "relapse_rossi.csv").iloc[:60]
ROSSI["event"] = ROSSI["event"].where(ROSSI["race"] == "black", 0)  # a level without events
CALLS = {
    "cells": lambda link: ps.relapse_model("a*b", TABLE, link=link, baseline="constant", penalty="firth"),
    "rossi": lambda link: ps.relapse_model("fin + race + I(age / 10)", ROSSI, link=link, baseline="log",
                                           penalty="firth"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_estimates_are_those_of_brglm2_and_intervals_those_of_profiles_in_r(link, name):
    fit, order = CALLS[name](link), [0, 1, 2, 4, 3] if name == "rossi" else [0, 1, 2, 3]
    wanted = {k: x if np.ndim(x) == 0 else np.array(x)[order] for k, x in R[link][name].items()}
    found, near = fit.params.to_numpy(), {"logit": 1e-6, "cloglog": 0.01}[link]
    assert found == pytest.approx(wanted["coef"], abs=near)
    assert fit.std_errors.to_numpy() == pytest.approx(wanted["se"], rel=2 * near)
    assert found == pytest.approx(wanted["mode"], abs=1e-5)
    assert fit.profile.top == pytest.approx(wanted["top"], abs=1e-8)
    ends = fit.conf_int()
    assert ends["ci_low"].to_numpy() == pytest.approx(wanted["low"], abs=2e-4)
    assert ends["ci_high"].to_numpy() == pytest.approx(wanted["high"], abs=2e-4)
    ratios = fit.hazard_ratios()
    first = len(fit.baseline.names)
    assert ratios["p_value"].to_numpy() == pytest.approx(wanted["p"][first:], rel=1e-3)
    assert np.log(ratios["ci_high"]).to_numpy() == pytest.approx(ends["ci_high"].to_numpy()[first:])
    if link == "logit":
        assert found == pytest.approx(wanted["firth"], abs=1e-6)


@pytest.mark.parametrize("events", [(0, 30), (100, 30), (0, 100), (40, 30)])
def test_a_table_of_two_by_two_has_one_half_more_in_each_cell(events):
    table = cells(("x", "y", events[0]), ("w", "y", events[1]))
    fit = ps.relapse_model("a", table, link="logit", baseline="constant", penalty="firth")
    odds = {a: np.log((k + 0.5) / (100.5 - k)) for a, k in zip("xw", events, strict=True)}
    assert fit.params.to_numpy() == pytest.approx([odds["w"], odds["x"] - odds["w"]], abs=1e-8)
    (low, high), error = fit.conf_int().loc["a[T.x]"], fit.std_errors.iloc[1]
    assert low < fit.params.iloc[1] < high and high - low < 12
    if 0 in events or 100 in events:
        assert abs((high + low) / 2 - fit.params.iloc[1]) > 0.3 * error  # not symmetric


def test_without_few_events_it_is_near_to_the_plain_fit():
    r = np.random.default_rng(1)
    x = r.normal(size=20_000)
    table = pd.DataFrame({"household_id": range(20_000), "entry": 0, "exit": 1, "x": x,
                          "event": r.random(20_000) < 1 - np.exp(-np.exp(x - 2))})  # fmt: skip
    plain, firth = (
        ps.relapse_model("x", table, baseline="constant", penalty=p) for p in (None, "firth")
    )
    assert firth.params.to_numpy() == pytest.approx(plain.params.to_numpy(), abs=1e-3)
    assert firth.tidy()["ci_high"].to_numpy() == pytest.approx(
        firth.params + stats.norm.ppf(0.975) * firth.std_errors, abs=1e-3
    )
    assert np.isnan(firth.aic) and "penalised" in firth.summary()
    risks = [fit.risk(table.head(5), 3)["risk"].to_numpy() for fit in (plain, firth)]
    assert risks[0] == pytest.approx(risks[1], rel=5e-3)
    engine = ps.relapse_model("C(g)", duckdb.from_df(table.assign(g=np.arange(20_000) % 3)),
                              baseline="constant", penalty="firth")  # fmt: skip
    same = ps.relapse_model(
        "C(g)", table.assign(g=np.arange(20_000) % 3), baseline="constant", penalty="firth"
    )
    assert engine.tidy()["ci_low"].to_numpy() == pytest.approx(same.tidy()["ci_low"].to_numpy())


def parted():
    """Two numbers that part the events together."""
    r = np.random.default_rng(1)
    x, event = r.normal(size=400), r.random(400) < 0.2
    y = np.where(event, x, x + np.abs(r.normal(size=400)))
    return pd.DataFrame(
        {"household_id": range(400), "entry": 0, "exit": 1, "event": event, "x": x, "y": y}
    )


WAYS = {
    "cell": ("a*b", TABLE, {"baseline": "constant"}),
    "level": ("race", ROSSI, {"baseline": "constant"}),
    "truth value": ("f", TABLE.assign(f=(TABLE["a"] == "w") & (TABLE["b"] == "z")), {"baseline": "constant"}),
    "number": ("x", parted().assign(x=lambda t: t["event"] * 1.5 + t["household_id"] % 3 * 0.1),
               {"baseline": "constant"}),
    "all events": ("C(a):C(b)", cells(("x", "y", 25), ("x", "z", 100), ("w", "y", 30), ("w", "z", 9)),
                   {"baseline": "constant"}),
    "baseline": ("fin", ROSSI.assign(event=np.where(ROSSI["exit"] == 4, 0, ROSSI["event"])),
                 {"baseline": [1, 4, 5]}),
    "cluster": ("race", ROSSI, {"baseline": "constant", "cluster": "village"}),
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_what_has_no_plain_fit_is_shown_the_way_on_and_it_helps(name, link):
    formula, table, options = WAYS[name]
    with pytest.raises(ps.DataError) as caught:
        ps.relapse_model(formula, table, link=link, **options)
    pasted = caught.value.remedy.split("  #")[0]
    assert pasted.startswith('penalty="firth"')
    more = eval(f"dict({pasted})")
    fit = ps.relapse_model(formula, table, link=link, **options | more)
    assert np.isfinite(fit.tidy()[["estimate", "ci_low", "ci_high"]]).all(axis=None)
    assert (fit.tidy()["ci_low"] < fit.tidy()["estimate"]).all()
    assert fit.hazard_ratios()["p_value"].between(0, 1).all()


@pytest.mark.parametrize("options", [
    {"weight": "w"}, {"frailty": "gamma"}, {"weight": "w", "cluster": "household_id"},
])  # fmt: skip
def test_where_the_penalty_cannot_be_had_it_is_not_offered_and_is_refused(options):
    table = TABLE.assign(w=1.0)
    with pytest.raises(ps.DataError) as caught:
        ps.relapse_model("a*b", table, baseline="constant", **options)
    assert "firth" not in caught.value.remedy
    for call in (
        lambda: ps.relapse_model("a*b", table, penalty="firth", **options),
        lambda: ps.relapse_model("a*b", table, penalty="firth", cluster="household_id"),
        lambda: ps.relapse_model("a*b", ps.Survey(table, psu="household_id"), penalty="firth"),
    ):
        with pytest.raises(ps.DesignError, match="household-periods as independent"):
            call()
    with pytest.raises(ps.DataError, match=r"penalty= is one of(.|\n)*firth"):
        ps.relapse_model("a", table, penalty="ridge")


def test_numbers_that_part_the_events_without_a_gap_are_not_told_to_be_penalised():
    with pytest.raises(ps.DataError, match="terms x, y") as caught:
        ps.relapse_model("x + y", parted(), baseline="constant")
    assert "firth" not in caught.value.remedy


def test_what_a_penalty_does_not_mend_stays_refused():
    for change, words in (({"event": 0}, "no events"), ({"a": 1.0}, "the same in all")):
        with pytest.raises(ps.DataError, match=words):
            ps.relapse_model("a", TABLE.assign(**change), baseline="constant", penalty="firth")
    with pytest.raises(ps.DataError, match="say the same"):
        ps.relapse_model("c + d", TABLE.assign(c=TABLE.index % 7, d=TABLE.index % 7 * 2.0),
                         baseline="constant", penalty="firth")  # fmt: skip


def test_the_risk_of_one_cause_has_both_hazards_penalised():
    ends = np.where(TABLE["event"] == 1, "relapse", np.where(TABLE.index % 5 == 0, "moved", ""))
    table = TABLE.assign(event=ends)
    fit = ps.relapse_model("a*b", table, cause="relapse", baseline="constant", penalty="firth")
    found = fit.risk(pd.DataFrame({"a": ["w", "x"], "b": ["z", "y"]}), 2)
    assert 0 < found["risk"][0] < 0.03 and found["ci_high"][0] < 0.3
    assert found["risk"][1] == pytest.approx(0.25 + 0.55 * 0.25, abs=0.05)
