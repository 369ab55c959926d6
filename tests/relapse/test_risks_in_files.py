"""Risks and watch lists of tables past memory: the same as in memory, at any length of the table."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import povstudy as ps
from povstudy.survey.kinds import Packing


@pytest.fixture(scope="module")
def fit():
    spells = households(4000, seed=1)
    rng = np.random.default_rng(2)
    chance = 0.12 + 0.1 * spells["ill"] + 0.05 * (spells["help"] == "b")
    ends = rng.random((len(spells), 5)) < chance.to_numpy()[:, None]
    event = ends.any(axis=1)
    spells = spells.assign(entry=0, exit=np.where(event, ends.argmax(axis=1) + 1, 5), event=event)
    return ps.relapse_model("help * ill + log(land)", spells, cluster="village", baseline=[1, 2, 3])


def households(count, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "household_id": rng.permutation(count), "village": rng.integers(0, 40, count),
        "county": rng.choice(["x", "y"], count), "help": rng.choice(["a", "b", "c"], count),
        "ill": rng.integers(0, 2, count), "land": rng.integers(1, 7, count) / 2,
        "duration": rng.integers(0, 4, count),
    })  # fmt: skip


ROADS = {
    "path": lambda table, folder: (
        table.to_parquet(folder / "now.parquet") or folder / "now.parquet"
    ),
    "relation": lambda table, folder: duckdb.from_df(table),
    "lazy": lambda table, folder: pl.from_pandas(table).lazy(),
}


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("dropped", [(), ("duration", "county")])
def test_risks_in_a_file_are_those_of_memory(fit, tmp_path, road, dropped):
    now = households(1500).drop(columns=[*dropped])
    path = fit.risk(ROADS[road](now, tmp_path), horizon=3, into=tmp_path / "risk.parquet")
    found = pd.read_parquet(path).sort_values("household_id", ignore_index=True)
    wanted = fit.risk(now, horizon=3).sort_values("household_id", ignore_index=True)
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-12, atol=1e-14, check_dtype=False)


@pytest.mark.parametrize("capacity", [1, 37, 400, 0.1])
def test_a_list_from_a_file_is_the_top_of_that_of_memory(fit, tmp_path, capacity):
    now = households(1500)
    fit.risk(duckdb.from_df(now), into=tmp_path / "risk.parquet")
    found = ps.watch_list(tmp_path / "risk.parquet", capacity)
    wanted = ps.watch_list(fit.risk(now.sort_values("household_id")), capacity)
    assert (found.capacity, found.households) == (wanted.capacity, wanted.households)
    assert found.summary() == wanted.summary() and found.summary("zh") == wanted.summary("zh")
    top = wanted.table[wanted.table["on_list"] | wanted.table["tied"]]
    same = ["household_id", "risk", "rank", "on_list", "tied", "number"]
    pd.testing.assert_frame_equal(found.table[same], top[same], rtol=1e-12)
    assert len(found.table) < len(wanted.table)
    with pytest.raises(ps.DataError, match="top alone"):
        found.counts()


def test_a_share_of_less_than_one_household_has_no_place_in_a_file_either():
    risk = pd.DataFrame({"household_id": ["a", "b"], "risk": [0.1, 0.2]})
    lists = [ps.watch_list(one, 0.01) for one in (risk, duckdb.from_df(risk))]
    assert [one.capacity for one in lists] == [0, 0]
    assert lists[0].summary() == lists[1].summary()


def test_what_a_file_cannot_tell_is_refused(fit, tmp_path):
    now = households(60)
    into = tmp_path / "risk.parquet"
    with pytest.raises(ps.DataError, match="gives a table in memory") as told:
        fit.risk(now, into=into)
    assert "fit.risk(households).to_parquet(" in told.value.remedy
    with pytest.raises(ps.DataError, match="lacks a column"):
        fit.risk(duckdb.from_df(now.drop(columns="ill")), into=into)
    lacking = now.assign(ill=now["ill"].mask(now.index == 3))
    with pytest.raises(ps.DataError, match="ill"):
        fit.risk(duckdb.from_df(lacking), into=into)
    twice = pd.concat([fit.risk(now), fit.risk(now).head(1)])
    with pytest.raises(ps.DataError, match="repeat the key"):
        ps.watch_list(duckdb.from_df(twice), 3)
    for wrong in (np.nan, None, 1.5, -0.1):
        broken = fit.risk(now)
        broken.loc[5, "risk"] = wrong
        with pytest.raises(ps.DataError, match="1 risks do not lie between 0 and 1"):
            ps.watch_list(pl.from_pandas(broken).lazy(), 3)
    with pytest.raises(ps.DataError, match="More can be watched"):
        ps.watch_list(duckdb.from_df(fit.risk(now)), 61)


@pytest.mark.parametrize("road", ROADS)
def test_a_number_of_the_spell_that_is_missing_loses_no_household(fit, tmp_path, road):
    now = households(60).assign(spell=pd.array([1, 2, None] * 20, dtype="Int64"))
    path = fit.risk(ROADS[road](now, tmp_path), horizon=3, into=tmp_path / "risk.parquet")
    assert set(pd.read_parquet(path)["household_id"]) == set(fit.risk(now)["household_id"])


def test_risks_take_their_place_when_they_are_whole(fit, tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(ps.DataError, match="A folder stands"):
        fit.risk(duckdb.from_df(households(60)), into=tmp_path / "taken")
    for road in ("relation", "lazy"):
        path = fit.risk(
            ROADS[road](households(60), tmp_path), into=tmp_path / road / "risk.parquet"
        )
        assert [one.name for one in path.parent.iterdir()] == ["risk.parquet"]
        assert len(pd.read_parquet(path)) == 60


def test_errors_tell_of_kinds_and_what_they_are(fit, tmp_path):
    now = households(600).assign(land=2.0, ill=1, duration=0)
    now.loc[:299, "help"] = "d"
    with pytest.raises(ps.DataError, match="1 kinds of households have a help") as told:
        fit.risk(duckdb.from_df(now), into=tmp_path / "risk.parquet")
    assert told.value.where.startswith("rows of help 'd', ill 1"), told.value.where


@pytest.mark.parametrize("kind", [6, -1, np.nan])
def test_numbers_of_kinds_that_no_notes_allow_are_told(kind):
    """As of a damaged file: more values than it notes, or missing ones where it notes none."""
    packing = Packing({"a": (range(2), True), "b": (range(3), True)}, 6)
    assert packing.unpacked(pd.DataFrame({"kind": [5]}))[["k0", "k1"]].values.tolist() == [[1, 2]]
    with pytest.raises(ps.DataError, match="notes of its values is not so"):
        packing.unpacked(pd.DataFrame({"kind": [0, kind]}))
