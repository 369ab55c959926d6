"""History matching: sets that are shipped keep the targets; the search resumes and refuses."""

import json

import numpy as np
import pytest

import povstudy as ps
from povstudy.base.status import status_of
from povstudy.simulation import matching
from povstudy.simulation.calibration import FREE, TARGETS, _measure
from povstudy.simulation.world.people import BLOCK

NARROW = {"detection": (0.01, 0.05), "fade": (0.0, 0.5), "stay_share": (0.1, 0.5)}
SMALL = {"sets": 4, "households": BLOCK, "confirm": BLOCK, "seed": 2}


@pytest.fixture(scope="module")
def sets():
    return ps.simulation.matched_parameters()


def test_what_is_shipped(sets):
    assert len(sets) >= 200 and not sets.duplicated().any()
    assert list(sets.columns) == list(matching.RANGES)
    ranges = np.array(list(matching.RANGES.values()))
    assert (sets >= ranges[:, 0]).all().all() and (sets <= ranges[:, 1]).all().all()
    assert (sets == np.array(matching._rounded(sets.to_numpy()))).all().all()
    for _, row in sets.iterrows():
        ps.Scenario(**row)
    about = sets.attrs["matching"]
    assert about["kept"] == len(sets) < about["tried"] and 0 < about["share_of_space"] < 0.01
    assert status_of(sets) == "simulated"
    sets.iloc[:, :] = 0
    assert (ps.simulation.matched_parameters()["median_income"] > 0).all()


def test_the_worth_of_social_work_is_left_to_its_prior():
    out = {"social_work_effect", "collaboration_effect", "complementarity"}
    assert not out & set(matching.RANGES)
    idle = {"efficacy_gain", "asset_gain", "outside_inflow", "complaint_rate", "budget"}
    assert set(FREE) - out - idle <= set(matching.UNSPOKEN)


@pytest.mark.parametrize("place", [0, 77, 150, -1])
def test_sets_keep_all_targets_when_run_again(place):
    row = ps.simulation.matched_parameters().iloc[place]
    scenario = ps.Scenario(**row)
    assert matching.implausibility(matching.rates_of(scenario, 2)) == 0
    if place == 77:  # the larger run, and random numbers that the search never saw
        assert matching.implausibility(matching.rates_of(scenario, 8, replication=1)) == 0
        assert matching.implausibility(matching.rates_of(scenario, 4, seed=9)) < 0.25


def test_rates_are_those_of_the_calibration_table():
    census = {"sample_villages": 100, "sample_households": 50, "attrition": 0, "survey_noise": 0}
    scenario = ps.Scenario(**census)
    sim = ps.simulate(scenario, BLOCK, matching.YEARS, seed=3)
    theirs = _measure(sim.panel, sim.register, scenario.line)
    truth = sim.truth.set_index(["estimand", "arm", "year"])["value"]
    theirs["wrongly_listed"] = truth["inclusion_error", "cadre", 0]
    theirs["wrongly_left_out"] = truth["exclusion_error", "cadre", 0]
    ours = matching.rates_of(scenario, seed=3)
    assert set(ours) == set(theirs) >= set(TARGETS)
    assert ours == pytest.approx(theirs, rel=1e-6)  # weights are single numbers


def test_implausible_is_how_far_the_worst_rate_lies_outside():
    seen = {name: low for name, (_, low, _) in TARGETS.items()}
    assert matching.implausibility(seen) == 0
    assert matching.implausibility(seen | {"register_relapse": 0.0295}) == pytest.approx(1)
    assert matching.implausibility(seen | {"back_illness": np.nan}) == np.inf


def test_a_search_that_was_stopped_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(matching, "_AT_REST", (1, 1))  # a short one
    whole = ps.simulation.match_history(NARROW, steps=6, **SMALL)
    assert len(whole) and whole["detection"].between(0.01, 0.05).all()
    assert status_of(whole) == "simulated"
    path = tmp_path / "search.json"
    for steps in (2, 6):
        parts = ps.simulation.match_history(NARROW, steps=steps, path=path, **SMALL)
    assert parts.equals(whole) and parts.attrs["matching"] == whole.attrs["matching"]
    assert json.loads(path.read_text("utf-8"))["task"]["seed"] == 2
    for row in whole.to_dict("records"):
        assert matching.implausibility(matching.rates_of(ps.Scenario(**row), 1, 2, 1)) == 0
    with pytest.raises(ps.DataError, match="another search"):
        ps.simulation.match_history(NARROW | {"fade": (0, 0.4)}, steps=6, path=path, **SMALL)
    content = path.read_bytes()
    for damaged in (content[:-9], content.replace(b'"step": ', b'"step": 1'), b"\xff{}"):
        path.write_bytes(damaged)
        with pytest.raises(ps.DataError, match=r"is damaged(.|\n)*search.json"):
            ps.simulation.match_history(NARROW, steps=6, path=path, **SMALL)
    table = ps.simulation.matched_ranges(whole, NARROW)
    assert table.index.tolist() == list(NARROW) and table["pinned"].between(0, 1).all()


def test_what_no_world_keeps_gives_no_set():
    found = ps.simulation.match_history({"median_income": (40_000, 50_000)}, steps=1, **SMALL)
    assert found.empty and found.columns.tolist() == ["median_income"]


def test_ranges_tell_what_the_targets_pin_down():
    table = ps.simulation.matched_ranges()
    assert table.columns.tolist() == [
        "tried_low", "tried_high", "kept_low", "kept_high", "pinned", "default",
    ]  # fmt: skip
    assert (table["tried_low"] <= table["kept_low"]).all()
    assert (table["kept_high"] <= table["tried_high"]).all()
    # Of what no target speaks, the sets are as wide as what was tried.
    assert table.loc[list(matching.UNSPOKEN), "pinned"].median() < 0.1
    assert table.loc[list(matching.SPOKEN), "pinned"].max() > 0.4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"ranges": {"detecton": (0, 1)}}, ["detection"]),
        ({"ranges": {"detection": (0.5, 0.1)}}, ["lowest", "(0.5, 0.1)"]),
        ({"ranges": {"detection": (0, 2)}}, ["'detection': (0, 1)", "(0, 2)"]),
        ({"ranges": {"detection": 0.1}}, ["0.1"]),
        ({"households": 1000}, ["households"]),
        ({"sets": 1}, ["sets"]),
        ({"steps": 0}, ["steps"]),
    ],
)
def test_searches_that_cannot_be_are_refused(arguments, words):
    with pytest.raises(ps.DataError) as told:
        ps.simulation.match_history(**arguments)
    assert all(word in str(told.value) for word in words)
