"""Moves as shares of all who were seen twice: against R survey (reference/groups.R) and by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "groups.json").read_text("utf-8"))["pairs"]
PANEL = pd.read_csv(FILES / "panel.csv").rename(columns={"household": "household_id"})
PANEL["area"] = np.where(PANEL["household_id"] % 3 == 0, "城镇", "乡村")
PLACES = [("not poor", "not poor"), ("not poor", "poor"), ("poor", "not poor"), ("poor", "poor")]


def test_joint_shares_are_those_of_r_survey():
    svy = ps.Survey(PANEL, weight="weight", strata="stratum", psu="psu")
    found = ps.transitions(svy, shares="joint")
    table = found.tidy()
    assert list(zip(table["from"], table["to"], strict=True)) == PLACES
    assert table["term"].tolist() == [
        "poor in neither",
        "fell into poverty",
        "left poverty",
        "poor in both",
    ]
    assert table["estimate"].tolist() == pytest.approx(R["share"], rel=1e-12)
    assert found.cov().to_numpy() == pytest.approx(np.array(R["cov"]), abs=1e-15)
    by = ps.transitions(svy, by="year", shares="joint").tidy()
    assert by["estimate"].tolist() == pytest.approx(np.ravel(R["by"]), rel=1e-12)
    assert by["std_error"].tolist() == pytest.approx(np.ravel(R["by_se"]), rel=1e-9)
    assert by["year"].dtype == PANEL["year"].dtype
    assert by["year"].unique().tolist() == [2011, 2012, 2013, 2014]  # 2015 has no next year


def test_joint_shares_by_year_and_area_are_sums_by_hand():
    found = ps.transitions(PANEL, by=["year", "area"], shares="joint").tidy()
    later = PANEL.assign(year=PANEL["year"] - 1)[["household_id", "year", "poor"]]
    pairs = PANEL.merge(later, on=["household_id", "year"], suffixes=("", "_later"))
    for _, row in found.iterrows():
        own = pairs.query("year == @row.year and area == @row.area")
        here = (own["poor"] == (row["from"] == "poor")) & (
            own["poor_later"] == (row["to"] == "poor")
        )
        assert row["estimate"] == pytest.approx(
            own["weight"] @ here / own["weight"].sum(), rel=1e-12
        )
        assert row["n"] == len(own)


def test_rates_of_the_rows_are_ratios_of_joint_shares():
    joint = ps.transitions(PANEL, shares="joint").tidy()["estimate"].to_numpy()
    rows = ps.transitions(PANEL).tidy()["estimate"].to_numpy()
    assert rows[1] == pytest.approx(joint[1] / joint[:2].sum(), rel=1e-12)
    assert rows[2] == pytest.approx(joint[2] / joint[2:].sum(), rel=1e-12)


def test_a_move_that_nobody_made_is_there_with_an_upper_bound():
    panel = pd.DataFrame({"household_id": np.repeat(np.arange(30), 2), "year": [2019, 2020] * 30,
                          "poor": [1, 0] * 10 + [0, 0] * 20})  # fmt: skip
    found = ps.transitions(panel, shares="joint").tidy().set_index("term")
    assert found.loc["fell into poverty", "estimate"] == 0
    assert 0 < found.loc["fell into poverty", "ci_high"] < 0.2
    assert found["estimate"].sum() == pytest.approx(1)


@pytest.mark.parametrize("kind", ["int8", "uint16", "Int64", "bool", "boolean", "category", object])
def test_domains_of_every_type_keep_it(kind):
    panel = PANEL.assign(group=(PANEL["household_id"] % 2).astype(kind))
    found = ps.transitions(panel, by="group", shares="joint").tidy()
    assert found["group"].map(int).tolist() == [0] * 4 + [1] * 4


def test_missing_domains_are_refused_and_words_are_told():
    panel = PANEL.assign(area=PANEL["area"].where(PANEL["household_id"] % 7 > 0))
    with pytest.raises(ps.DataError, match="rows have no area"):
        ps.transitions(panel, by="area", shares="joint")
    with pytest.raises(ps.DataError, match=r'shares="joint"'):
        ps.transitions(PANEL, shares="cells")
    told = ps.tables.estimates_table(ps.transitions(PANEL, shares="joint").tidy(), lang="zh")
    assert "脱贫（占全体）" in told.to_string()
