"""Spells and person-periods: by hand, by a plain loop, on every engine, and on real panels."""

from unittest.mock import patch

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps
from povstudy.panels import masks

COLUMNS = ["spell", "origin", "origin_known", "entry", "exit", "event"]


OWN = duckdb.connect()


def relation(table):
    """The panel in DuckDB, on a connection of its own."""
    return OWN.from_df(table)


ENGINES = {
    "polars": pl.from_pandas,
    "lazy": lambda table: pl.from_pandas(table).lazy(),
    "duckdb": relation,
}


def panel(states, first=2010, **columns):
    """One household; ``1`` poor, ``0`` not poor, a blank not seen."""
    seen = [(first + i, int(one)) for i, one in enumerate(states) if one != " "]
    table = pd.DataFrame(seen, columns=["year", "poor"]).assign(household_id=1)
    return table.assign(**columns)


def rows(found):
    return [tuple(one) for one in found[COLUMNS].to_numpy().tolist()]


def refused(call, *words):
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


# By hand ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        ("1001", [(1, 2011, True, 0, 2, True)]),  # ends in the second year out
        ("1000", [(1, 2011, True, 0, 2, False)]),  # followed two years
        ("101", [(1, 2011, True, 0, 1, True)]),
        ("0001", [(1, 2010, False, 0, 3, True)]),  # start not seen
        (
            "10 01",
            [(1, 2013, False, 0, 1, True)],
        ),  # the gap ends the first, hides the second's start
        ("100 0", [(1, 2011, True, 0, 1, False)]),
        ("1 0001", [(1, 2012, False, 0, 3, True)]),  # left in 2011 or 2012
        ("1010010", [(1, 2011, True, 0, 1, True), (2, 2013, True, 0, 2, True)]),
        ("10", []),
        ("111", []),
        ("0", []),
    ],
)
def test_spells_out_of_poverty_follow_what_was_seen(states, wanted):
    assert rows(ps.spells(panel(states), step=1)) == wanted
    if " " in states or "0" in states:
        assert rows(ps.spells(relation(panel(states)), step=1)) == wanted


def test_spells_in_poverty_are_those_out_of_it_with_the_states_exchanged():
    table = panel("0110 1011")
    other = table.assign(poor=1 - table["poor"])
    made = ps.spells(table, of="poor", step=1)
    pd.testing.assert_frame_equal(made, ps.spells(other, step=1))
    assert rows(made)[0] == (1, 2011, True, 0, 2, True)


@pytest.mark.parametrize(
    ("states", "start", "wanted"),
    [
        ("   001", 2011, [(1, 2011, True, 2, 4, True)]),  # delayed entry, at risk from 2014
        ("   001", 2013, [(1, 2013, True, 0, 2, True)]),
        ("   001", None, [(1, 2013, False, 0, 2, True)]),
        ("10 00", 2011, [(1, 2013, False, 0, 1, False)]),  # the start is that of the spell before
        ("1  00", 2012, [(1, 2012, True, 1, 2, False)]),
        ("1000", 2011, [(1, 2011, True, 0, 2, False)]),
        (" 101 00", 2009, [(1, 2012, True, 0, 1, True), (2, 2015, False, 0, 1, False)]),
        ("00100", 2013, [(1, 2010, False, 0, 2, True), (2, 2013, True, 0, 1, False)]),
    ],
)
def test_a_start_that_is_told_makes_a_late_entry(states, start, wanted):
    table = panel(states, start=pd.array([start] * len(states.replace(" ", "")), dtype="Int64"))
    wanted = [(number, *rest) for number, (_, *rest) in enumerate(wanted, 1)]
    for give in (table, relation(table)):
        assert rows(ps.spells(give, start="start", step=1)) == wanted


def test_waves_may_lie_two_years_apart():
    table = panel("1001").assign(year=[2010, 2012, 2014, 2016], start=2012)
    assert rows(ps.spells(table, step=2, start="start")) == [(1, 2012, True, 0, 2, True)]
    late = table.iloc[2:].assign(start=2010)
    for give in (late, relation(late)):
        assert rows(ps.spells(give, step=2, start="start")) == [(1, 2010, True, 2, 3, True)]


def test_spells_keep_design_and_covariates_of_the_period_in_which_they_were_first_seen():
    table = panel("10010", land=[1, 2, 3, 4, 5], weight=[1.0, 1.5, 2, 2, 3], psu="v", stratum=3)
    found = ps.spells(table, covariates="land")
    assert list(found) == ["household_id", *COLUMNS, "weight", "stratum", "psu", "land"]
    assert found[["land", "weight", "psu", "stratum"]].values.tolist() == [[2, 1.5, "v", 3]]
    assert found.attrs["not_followed"] == 1


def test_person_periods_bear_the_covariates_of_the_period_before_and_the_end_in_the_last_row():
    table = panel("1001000", land=range(7), weight=1.0)
    made = ps.spells(table, covariates="land")
    found = ps.person_periods(made, table, "land")
    assert found["land"].tolist() == [1, 2, 4, 5]
    assert found["event"].tolist() == [False, True, False, False]
    assert (found["exit"] - found["entry"]).eq(1).all() and found["entry"].tolist() == [0, 1, 0, 1]
    words = ps.person_periods(made.assign(event=["poor", ""]), table, [])
    assert words["event"].tolist() == ["", "poor", "", ""]
    assert made["land"].tolist() == [1, 4]  # as it was


# By a plain loop ----------------------------------------------------------------------------


def by_loop(table, of_out, step):
    """Household by household, period by period."""
    made = []
    for household, own in table.groupby("household_id"):
        seen = {t: (p == 0) == of_out for t, p in zip(own["year"], own["poor"], strict=True)}
        starts, number = dict(zip(own["year"], own["start"], strict=True)), 0
        for t in sorted(seen):
            if not seen[t] or seen.get(t - step):
                continue
            known, origin = (t - step) in seen, t
            told = starts[t]
            between = [x for x in seen if told <= x < t]
            if not known and told == told and told <= t and not between:
                known, origin = True, int(told)
            entry, k = (t - origin) // step, 0
            while seen.get(t + (k + 1) * step):
                k += 1
            event = (t + (k + 1) * step) in seen
            if k + event:
                number += 1
                made.append((household, number, origin, known, entry, entry + k + event, event))
    return made


@st.composite
def panels(draw):
    step = draw(st.sampled_from([1, 2, 3]))
    made = []
    for household in range(draw(st.integers(1, 5))):
        states = draw(st.lists(st.sampled_from([0, 1, None]), min_size=1, max_size=9))
        own = [(household, 7 + i * step, s) for i, s in enumerate(states) if s is not None]
        start = draw(st.one_of(st.just(np.nan), st.integers(-3, 12).map(lambda i: 7.0 + i * step)))
        made += [(*one, start, household * 100 + one[1]) for one in own]
    table = pd.DataFrame(made, columns=["household_id", "year", "poor", "start", "land"])
    return table.sample(frac=1, random_state=1).reset_index(drop=True), step


@examples(40)
@given(panels(), st.sampled_from(["out", "poor"]))
def test_spells_are_those_of_a_plain_loop(given_panel, of):
    table, step = given_panel
    asked = {"of": of, "step": step, "start": "start", "covariates": "land"}
    if table.empty:
        return
    try:
        found = ps.spells(table, **asked)
    except ps.DataError as error:
        assert "contradicts" in str(error)
        with pytest.raises(ps.DataError, match="contradicts"):
            ps.spells(relation(table), **asked)
        asked["start"], table = None, table.assign(start=np.nan)
        found = ps.spells(table, **asked)
    wanted = by_loop(table, of == "out", step)
    names = ["household_id", *COLUMNS]
    assert [tuple(one) for one in found[names].to_numpy().tolist()] == wanted
    first = found["origin"] + step * found["entry"]
    assert (found["land"] == 100 * found["household_id"] + first).all()
    for make in ENGINES.values():
        other = ps.spells(make(table), **asked)
        pd.testing.assert_frame_equal(other, found, check_dtype=False)
        assert other.attrs["not_followed"] == found.attrs["not_followed"]
    with patch.multiple(masks, AT_ONCE=3, ONE_IN=1):  # of some households after the other
        other = ps.spells(relation(table), **asked)
    pd.testing.assert_frame_equal(other, found, check_dtype=False)
    assert other.attrs == found.attrs
    if len(found):
        split = ps.person_periods(found, table, "land", step=step)
        assert len(split) == (found["exit"] - found["entry"]).sum()
        assert (split["land"] == 100 * split["household_id"] + split["origin"] + step * split["entry"]).all()  # fmt: skip
        assert split["event"].sum() == found["event"].sum()


def test_parquet_files_give_the_same_and_may_be_written_into_one(tmp_path):
    sim = ps.simulate(households=1_000, years=5)
    sim.panel.to_parquet(tmp_path / "panel.parquet")
    wanted = ps.spells(sim.panel, covariates=["assets", "approach"])
    found = ps.spells(tmp_path / "panel.parquet", covariates=["assets", "approach"])
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False, check_categorical=False)
    assert found.attrs["source"]["status"] == "simulated" and len(found) > 200
    path = ps.spells(str(tmp_path / "panel.parquet"), covariates=["assets", "approach"],
                     into=tmp_path / "spells.parquet")  # fmt: skip
    written = pd.read_parquet(path).sort_values(["household_id", "spell"], ignore_index=True)
    pd.testing.assert_frame_equal(written, found, check_dtype=False, check_categorical=False)


def test_files_of_spells_tell_what_tables_do(tmp_path):
    table = panel([0, 1, 1, 0, 1, 0, 0, 1])
    table = pd.concat([table.assign(household_id=one - 9) for one in range(20)])
    table["land"] = table["household_id"].mask(table["household_id"] % 2 == 0).astype("Int16")
    table["goats"] = np.arange(len(table))
    table.to_parquet(path := tmp_path / "panel.parquet")
    asked = {"covariates": ["land", "goats"], "of": "poor"}
    wanted = ps.spells(table, **asked)
    assert wanted.attrs["not_followed"] and wanted["land"].isna().any()
    with patch.multiple(masks, AT_ONCE=20, ONE_IN=1):
        found = ps.spells(path, **asked), pd.read_parquet(ps.spells(path, **asked, into=tmp_path / "made.parquet"))  # fmt: skip
    for one in found:
        pd.testing.assert_frame_equal(one, wanted)
        assert one.attrs == wanted.attrs


# Real and simulated panels ------------------------------------------------------------------


def test_the_nlsy_gives_the_published_hazards(survey_files):
    wide = ps.load("nlsy_teen_poverty")
    table = pd.wide_to_long(wide, "pov", "id", "year").reset_index()
    asked = {"household": "id", "poor": "pov"}
    stays = ps.person_periods(ps.spells(table, of="poor", **asked), table, [], household="id")
    assert len(stays) == 1745 and stays["event"].mean() == pytest.approx(0.417, abs=5e-4)
    out = ps.person_periods(ps.spells(table, **asked), table, [], household="id")
    hazard = out[out["origin_known"]].groupby("exit")["event"].mean()
    assert hazard.tolist() == pytest.approx([0.315, 0.203, 0.211], abs=5e-4)


def test_the_list_of_a_simulation_gives_late_entries_where_its_exit_year_is_used():
    whole = ps.simulate(households=3_000, years=9, seed=4).panel
    whole["off_list"] = whole["exit_year"] + 1
    late = whole[whole["year"] >= 2018]
    everything = ps.spells(whole, poor="listed", start="off_list")
    found = ps.spells(late, poor="listed", start="off_list")
    entered = found[found["entry"] > 0]
    both = entered.merge(everything, on=["household_id", "origin"], suffixes=("", "_whole"))
    known = both[both["origin_known_whole"]]
    assert len(known) > 10 and (known["exit"] == known["exit_whole"]).all()
    assert not ps.spells(late, poor="listed")["origin_known"].all()
    refused(lambda: ps.spells(whole, poor="listed", start="exit_year"), "contradicts", "add a step")


# What is refused ----------------------------------------------------------------------------

GOOD = panel("1001", start=2011.0)
BAD = {
    "twice": (pd.concat([GOOD, GOOD.iloc[[1]]]), {}, ["twice", "household 1", "2011"]),
    "mark": (GOOD.assign(poor=[1, 0, 2, 1]), {}, ["neither 1", "household 1", "2012", "2"]),
    "no mark": (GOOD.assign(poor=[1, 0, np.nan, 1]), {}, ["not known whether", "household 1", "2012"]),
    "no time": (GOOD.assign(year=[2010, None, 2012, 2013]), {}, ["time is missing", "household 1"]),
    "half a year": (GOOD.assign(year=[2010, 2010.5, 2011, 2012]), {}, ["whole number", "2010.5"]),
    "off the grid": (GOOD, {"step": 2}, ["off the grid", "household 1", "2011"]),
    "start while poor": (GOOD.assign(start=2010), {"start": "start"}, ["contradicts", "2010", "poor"]),
    "start too late": (GOOD.iloc[1:].assign(start=2012), {"start": "start"}, ["contradicts", "2012"]),
    "half a start": (GOOD.assign(start=2010.5), {"start": "start"}, ["no whole number", "household 1"]),
    "start off the grid": (
        pd.DataFrame({"household_id": 1, "year": [2012, 2014], "poor": [0, 1], "start": 2009}),
        {"start": "start", "step": 2}, ["off the grid", "2009"],
    ),
    "start between two waves": (
        pd.DataFrame({"household_id": 1, "year": [2010, 2014, 2016], "poor": [1, 0, 1], "start": 2011}),
        {"start": "start", "step": 2}, ["off the grid", "2011"],
    ),
    "nobody": (GOOD.assign(household_id=None), {}, ["no household"]),
    "column": (GOOD.rename(columns={"poor": "p"}), {}, ["lacks a column", "poor"]),
    "taken": (GOOD.assign(event=1), {"covariates": "event"}, ["bears the name"]),
    "step": (GOOD, {"step": 0.5}, ["whole number of 1"]),
    "of": (GOOD, {"of": "in"}, ["out of poverty, or in it"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("engine", [pd.DataFrame, relation])
def test_bad_panels_are_refused_by_household_and_time(name, engine):
    table, asked, words = BAD[name]
    if name == "nobody" and engine is relation:
        table = table.assign(household_id=pd.array([None] * 4, dtype="Int64"))
    refused(lambda: ps.spells(engine(table), **asked), *words)


def test_a_panel_past_memory_may_not_span_more_periods_than_there_are_bits():
    table = pd.DataFrame({"household_id": 1, "year": [0, 1, 62], "poor": [1, 0, 0]})
    refused(lambda: ps.spells(relation(table), step=1), "62 periods", "63")
    fits = pd.DataFrame({"household_id": 1, "year": range(62), "poor": [1] + [0] * 61})
    for give in (fits, relation(fits)):
        assert rows(ps.spells(give)) == [(1, 1, True, 0, 60, False)]
    ends = fits.assign(poor=[0] * 60 + [0, 1])
    assert rows(ps.spells(relation(ends))) == [(1, 0, False, 0, 61, True)]


def test_person_periods_refuse_a_panel_that_is_another():
    made = ps.spells(GOOD)
    refused(lambda: ps.person_periods(made, GOOD.iloc[:2], "start"), "household 1", "2012")
    refused(lambda: ps.person_periods(made, pd.concat([GOOD, GOOD]), "start"), "twice")
    refused(lambda: ps.person_periods(made.assign(exit=0), GOOD, "start"), "no period at risk")
    refused(lambda: ps.person_periods(made, GOOD.assign(exit=1), "exit"), "bears the name")
