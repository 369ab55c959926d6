"""Rows of spells that count twice are refused by whatever takes spells."""

import duckdb
import pandas as pd
import polars as pl
import pytest

import povstudy as ps
from povstudy.survey import kinds

SPELLS = pd.DataFrame({
    "household_id": [1, 2, 3, 4], "spell": 1, "origin": 2014, "origin_known": True, "entry": 0,
    "exit": [1, 2, 3, 3], "event": [True, False, True, False], "village": [1, 1, 2, 2],
})  # fmt: skip
PANEL = pd.DataFrame(
    [(i, year, i % 2) for i in range(1, 5) for year in range(2014, 2018)],
    columns=["household_id", "year", "land"],
)
RISKS = pd.DataFrame({"household_id": range(1, 5), "risk": 0.1, "horizon": 3})
WRONG = {
    "twice": (SPELLS.iloc[[0]], "overlap"),
    "overlaps": (SPELLS.iloc[[2]].assign(entry=1, event=False), "overlap"),
    "goes on": (SPELLS.iloc[[0]].assign(entry=1, exit=3, event=False), "after an event"),
}
CALLS = {
    "kaplan_meier": lambda t: ps.kaplan_meier(ps.Survey(t, psu="village")).tidy(),
    "polars": lambda t: ps.kaplan_meier(ps.Survey(pl.from_pandas(t), psu="village")).tidy(),
    "lazy": lambda t: ps.kaplan_meier(ps.Survey(pl.from_pandas(t).lazy(), psu="village")).tidy(),
    "duckdb": lambda t: ps.kaplan_meier(ps.Survey(duckdb.from_df(t), psu="village")).tidy(),
    "life_table": lambda t: ps.life_table(ps.Survey(t, psu="village")).tidy(),
    "restricted_mean": lambda t: ps.restricted_mean(ps.Survey(t, psu="village"), 3).tidy(),
    "cumulative_incidence": lambda t: ps.cumulative_incidence(ps.Survey(t, psu="village")).tidy(),
    "relapse_model": lambda t: ps.relapse_model("1", t, baseline="constant").params,
    "relapse_model, lazy": lambda t: (
        ps.relapse_model("1", pl.from_pandas(t).lazy(), baseline="constant").params
    ),
    "person_periods": lambda t: ps.person_periods(t, PANEL, "land"),
    "landmark_rows": lambda t: ps.landmark_rows(t, PANEL, "land", 2014, 2),
    "follow_up": lambda t: ps.follow_up(RISKS, t),
}


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", CALLS)
def test_rows_that_count_twice_are_refused(name, wrong, words):
    row, problem = WRONG[wrong]
    table = pd.concat([SPELLS, row], ignore_index=True)
    good = SPELLS
    if words:
        table, good = (
            one.assign(event=one["event"].map({True: "返贫", False: "删失"}))
            for one in (table, good)
        )
    assert len(CALLS[name](good))
    with pytest.raises(ps.DataError, match=problem) as caught:
        CALLS[name](table)
    assert "household" in str(caught.value) and caught.value.remedy


def test_a_remedy_for_rows_that_stand_twice_helps():
    spells = pd.concat([SPELLS, SPELLS.iloc[[1]]], ignore_index=True)
    with pytest.raises(ps.DataError) as caught:
        CALLS["kaplan_meier"](spells)
    given = {"spells": spells}
    exec(caught.value.remedy, given)
    pd.testing.assert_frame_equal(
        CALLS["kaplan_meier"](given["spells"]), CALLS["kaplan_meier"](SPELLS)
    )


def test_what_follows_is_no_second_count():
    cut = ps.person_periods(SPELLS, PANEL, "land")
    second = SPELLS.iloc[[0]].assign(spell=2, origin=2016, exit=2)
    for table in (cut, pd.concat([SPELLS, second], ignore_index=True)):
        for name in ("kaplan_meier", "duckdb", "relapse_model"):
            assert len(CALLS[name](table))


@pytest.mark.parametrize("ids", [[1, 2, 3, 4], [-(2**62), 0, 1, 2**62], [5, 5_000, 5_001, 10**9]])
@pytest.mark.parametrize("name", ["lazy", "duckdb", "relapse_model, lazy"])
def test_a_long_table_is_looked_at_in_parts_and_none_is_passed_over(monkeypatch, name, ids):
    monkeypatch.setattr(kinds, "TOGETHER", 1)
    monkeypatch.setattr(kinds, "ONE_IN", 1)
    good = SPELLS.assign(household_id=ids)
    assert len(CALLS[name](good))
    for wrong in [[0], [1], [2], [3], [0, 3], [1, 2], [0, 1, 2, 3]]:
        table = pd.concat([good, good.iloc[wrong].assign(event=False)], ignore_index=True)
        with pytest.raises(ps.DataError, match=rf"Rows of {len(wrong)} spells overlap") as caught:
            CALLS[name](table)
        assert any(f"household_id {ids[one]}," in f"{caught.value}" for one in wrong)
