"""Two studies of who finds the poor: what their datasheets say is so."""

import shutil

import numpy as np
import pandas as pd
import pytest

import povstudy as ps

INFORMANTS = ["informant1", "informant2", "informant3"]


def test_indonesia_has_its_design_and_its_keys(survey_files):
    table = ps.load("indonesia_targeting")
    told = ps.describe("indonesia_targeting")
    assert set(told.columns["name"]) == set(table) | set(
        ps.load("indonesia_targeting", "neighbour_ranks")
    )
    assert table["household_id"].iloc[0] == "001025" and table["psu"].iloc[0] == "001"
    kinds = {"string": "O", "integer": "i", "number": "f"}
    for one in told.columns.itertuples():
        if one.name in table:
            column = table[one.name]
            assert column.dtype.kind == kinds[one.type] or pd.api.types.is_string_dtype(column)
    assert table["assessor"].value_counts().to_dict() == {
        "hybrid": 1950, "community": 1925, "formula": 1881}  # fmt: skip
    by_village = table.groupby("psu")
    assert len(by_village) == 640 and table["stratum"].nunique() == 68
    for name in ("assessor", "stratum", "district", "village", "elite", "poorest10", "daymeeting"):
        assert (by_village[name].nunique() == 1).all()
    assert set(by_village.size()) == {8, 9} and table["district"].nunique() == 12
    assert (table.groupby("district")["province"].nunique() == 1).all()
    formula = table["assessor"] == "formula"
    assert not table.loc[formula, ["elite", "poorest10", "daymeeting"]].any(axis=None)


def test_indonesia_lacks_what_its_datasheet_says(survey_files):
    table = ps.load("indonesia_targeting")
    lacking = table.isna().sum()
    assert lacking[["consumption", "tv", "depratio", "rank"]].tolist() == [3, 401, 617, 1969]
    assert (table["assessor"] == "formula").sum() == 1881 == 1969 - 88
    assert table.groupby("listed")["rank"].mean().round(2).tolist() == [0.65, 0.28]
    food = 1 - table["food"] / table["consumption"]
    assert (food - table["nonfood"]).abs().max() < 1e-6
    assert round(table["nonfood"].mean(), 2) == 0.89


def test_neighbours_in_indonesia_rank_the_poorest_first(survey_files):
    table = ps.load("indonesia_targeting")
    ranks = ps.load("indonesia_targeting", "neighbour_ranks")
    assert ranks["psu"].isin(table["psu"]).all() and ranks["ranker_id"].nunique() == 5101
    assert ranks["ranker_id"].isin(table["household_id"]).all()
    assert round(1 - ranks["ranked_id"].isin(table["household_id"]).mean(), 2) == 0.05
    assert ranks.duplicated(["ranker_id", "ranked_id"]).sum() == 2
    assert (ranks["ranker_id"] == ranks["ranked_id"]).sum() == 31
    ranked = ranks.merge(table, left_on="ranked_id", right_on="household_id")
    consumption = ranked.groupby("neighbour_rank")["consumption"].mean()
    assert consumption.is_monotonic_increasing and set(consumption.index) == set(range(1, 9))


def _place(table, name):
    """What a household has, or its place, less the mean of its community and year."""
    groups = [table["community"], table["year"]]
    place = table[name]
    if name in (*INFORMANTS, "consumption", "whole"):
        place = place.groupby(groups).rank(pct=True)
    return place - place.groupby(groups).transform("mean")


def test_rank_one_is_the_richest_in_burkina_faso(survey_files):
    table = ps.load("burkina_faso_ranking")
    table["whole"] = table["consumption"] * table["hhsize"]
    found = {
        name: [round(_place(table, one).corr(_place(table, name)), 2) for one in INFORMANTS]
        for name in ("motorbike", "roof", "rooms", "tv", "listed", "consumption", "whole")
    }
    assert found == {
        "motorbike": [-0.37, -0.36, -0.33], "rooms": [-0.32, -0.29, -0.35],
        "roof": [-0.36, -0.34, -0.28], "tv": [-0.31, -0.28, -0.29], "listed": [0.58, 0.58, 0.58],
        "consumption": [-0.09, -0.15, -0.12], "whole": [-0.29, -0.34, -0.32],
    }  # fmt: skip
    agree = np.corrcoef(np.array([_place(table, one) for one in INFORMANTS])[
        :, table[INFORMANTS].notna().all(axis=1)])  # fmt: skip
    assert 0.57 < agree[np.triu_indices(3, 1)].min() <= agree[np.triu_indices(3, 1)].max() < 0.64


def test_burkina_faso_lacks_what_its_datasheet_says(survey_files):
    table, notes = ps.load("burkina_faso_ranking"), ps.describe("burkina_faso_ranking").notes
    lacking = table.isna().sum()
    assert lacking[lacking > 0].to_dict() == {
        "informant1": 31, "informant2": 41, "informant3": 36, "walls": 1, "roof": 5, "toilet": 4,
    }  # fmt: skip
    assert table["household_id"].nunique() == 737 and set(table["community"].str.len()) == {3}
    assert table.groupby("year")["community"].nunique().tolist() == [62, 58]
    assert (table["consumption"] == 0).sum() == 16
    assert round(table.loc[table["male"] == 1, "widow"].mean(), 2) == 0.73
    for words in ("Rank 1 is the richest", "-.37, -.36, -.33", "(.58)", "31, 41 and 36"):
        assert words in notes


@pytest.mark.parametrize("name", ["indonesia_targeting", "burkina_faso_ranking"])
def test_their_licence_is_told_and_a_cut_file_refused(name, survey_files, tmp_path, monkeypatch):
    assert "none stated at the address" in ps.describe(name).licence
    for file in ps.fetch(name):
        path = tmp_path / name / file.name
        path.parent.mkdir(exist_ok=True)
        shutil.copy(file, path)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-100])
    monkeypatch.setenv("POVSTUDY_DATA", str(tmp_path))
    with pytest.raises(ps.DataError, match="changed or cut off"):
        ps.load(name)


def test_firewood_is_told_the_other_way_round(survey_files):
    homes = ps.load("indonesia_targeting")
    by = homes.groupby("fcook")[["consumption", "gas"]].mean()
    assert by.loc[1, "consumption"] > 1.7 * by.loc[0, "consumption"]
    assert by.loc[1, "gas"] > 2 * by.loc[0, "gas"]
