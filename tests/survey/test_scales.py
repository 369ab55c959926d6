"""Scales: alpha, correlations with the rest and their errors against R survey; scores by hand."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps

sys.path.insert(0, str(ROOT / "benchmarks"))
import scales_coverage

FILES = ROOT / "tests" / "reference"
TABLE = pd.read_csv(FILES / "scales.csv")
R = json.loads((FILES / "scales.json").read_text("utf-8"))
ITEMS = ["q1", "q2", "q3", "q4"]
ASKED = {"reverse": "q4", "ends": (1, 5)}


@pytest.mark.parametrize("way", ["plain", "clustered"])
def test_estimates_and_errors_are_those_of_r_survey(way):
    data = (
        TABLE
        if way == "plain"
        else ps.Survey(TABLE, weight="weight", strata="stratum", psu="village")
    )
    found = ps.scale_score(data, ITEMS, **ASKED).tidy()
    for term, name in (
        ("alpha", "alpha"),
        ("rest correlation", "rest"),
        ("alpha without", "without"),
    ):
        numbers = found.loc[found["term"] == term, ["estimate", "std_error"]].to_numpy()
        assert numbers == pytest.approx(np.atleast_2d(R[way][name]), abs=1e-10)
    assert found["df"].unique().tolist() == ([599] if way == "plain" else [36])


def test_intervals_are_near_those_of_feldt_where_people_are_drawn_one_by_one():
    row = ps.scale_score(TABLE, ITEMS, **ASKED).tidy().iloc[0]
    assert row[["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx(R["feldt"], abs=0.005)
    assert row["ci_high"] - row["estimate"] < row["estimate"] - row["ci_low"]  # as alpha ends at 1


def test_scores_follow_the_rule_of_missing_items_and_keep_the_index():
    table = pd.DataFrame(
        {"a": [1.0, 2, np.nan, np.nan], "b": [5.0, 4, 2, np.nan], "c": [1.0, 1, 3, 4]},
        index=list("wxyz"),
    )
    options = {"reverse": ["b"], "ends": (1, 5)}
    scale = ps.scale_score(table, ["a", "b", "c"], least=2, **options)
    assert scale.score.index.tolist() == list("wxyz")
    assert scale.score.tolist()[:3] == pytest.approx([1, 5 / 3, 3.5])
    assert np.isnan(scale.score.iloc[3])
    total = ps.scale_score(table, ["a", "b", "c"], score="sum", least=2, **options).score
    assert total.tolist()[:3] == pytest.approx([3, 5, 10.5])
    strict = ps.scale_score(table, ["a", "b", "c"], **options)
    assert strict.score.isna().tolist() == [False, False, True, True]
    assert scale.tidy()["n"].unique().tolist() == [2]  # alpha rests on who answered all
    assert "3 of 4 rows" in scale.summary() and "Turned round: b." in scale.summary()
    assert "4行中3行" in scale.summary("zh") and "已反向计分：b" in scale.summary("zh")


def test_an_item_that_goes_against_the_rest_is_named():
    text = ps.scale_score(TABLE, ITEMS).summary()
    assert "go against the rest: q4" in text
    assert "go against" not in ps.scale_score(TABLE, ITEMS, **ASKED).summary()


@pytest.mark.parametrize("kind", ["int8", "Int64", "float32", "category"])
def test_answers_of_any_type_in_any_order_are_the_same(kind):
    wanted = ps.scale_score(TABLE, ITEMS, "village", **ASKED).tidy()
    odd = TABLE.copy()
    odd[ITEMS] = odd[ITEMS].astype(kind)
    odd = odd.sample(frac=1, random_state=2)
    scale = ps.scale_score(odd, ITEMS, "village", **ASKED)
    pd.testing.assert_frame_equal(scale.tidy(), wanted)
    assert scale.score.index.equals(odd.index)


def test_it_does_not_hang_on_the_scale_of_weights_or_answers():
    one = ps.scale_score(TABLE, ITEMS, "village", weight="weight", **ASKED).tidy()
    other = TABLE.assign(weight=TABLE["weight"] * 300, **{x: 10 * TABLE[x] for x in ITEMS})
    two = ps.scale_score(
        other, ITEMS, "village", weight="weight", reverse="q4", ends=(10, 50)
    ).tidy()
    numbers = ["estimate", "std_error", "ci_low", "ci_high"]
    assert two[numbers].to_numpy() == pytest.approx(one[numbers].to_numpy(), rel=1e-9)


def test_errors_follow_replicate_weights():
    """A jackknife of villages by hand, where the survey has these weights and no village."""
    weight = TABLE["weight"]
    where = [weight * (TABLE["village"] != one) for one in TABLE["village"].unique()]
    alone = [
        ps.scale_score(ps.Survey(TABLE.assign(w=one), weight="w"), ITEMS, **ASKED).tidy()
        for one in where
    ]
    alone = np.array([one["estimate"] for one in alone])
    by_hand = np.sqrt(
        (len(where) - 1) / len(where) * ((alone - alone.mean(axis=0)) ** 2).sum(axis=0)
    )
    svy = ps.Survey(TABLE, psu="village", weight="weight").with_replicates("JKn")
    found = ps.scale_score(svy, ITEMS, **ASKED).tidy()
    assert found["std_error"].to_numpy() == pytest.approx(by_hand, rel=0.01)
    assert set(found["method"]) == {"replication"}
    assert (found["ci_high"] < 1).all()


def test_the_score_is_a_column_for_trials():
    table = TABLE.assign(
        信任=ps.scale_score(TABLE, ITEMS, **ASKED).score, worker=TABLE["village"] % 2
    )
    assert len(ps.trial_effects(table, "信任", "worker", cluster="village")) == 1


@pytest.mark.parametrize(
    ("columns", "options", "said"),
    [
        ({}, {"items": ["q1"]}, "two items or more"),
        ({}, {"items": ["q1", "q1"]}, "each of them once"),
        ({}, {"reverse": "q9"}, "Only items of the scale"),
        ({}, {"reverse": "q4"}, "lowest and highest possible answers"),
        ({}, {"ends": (5, 1)}, "The ends are"),
        ({}, {"ends": (1, 4)}, "outside 1 to 4"),
        ({}, {"score": "median"}, "score"),
        ({}, {"least": 5}, "least"),
        (dict.fromkeys(ITEMS, 3), {}, "the same for everybody"),
        ({"q1": np.nan}, {}, "answered all items"),
        ({"q1": -8}, {}, "-8"),
        ({"q1": np.inf}, {}, "infinite q1"),
        ({"village": 1}, {"cluster": "village"}, "One cluster"),
        ({}, {"data": ps.Survey(TABLE), "cluster": "village"}, "brings its own"),
    ],
)
def test_what_is_no_scale_is_refused(columns, options, said):
    with pytest.raises(ps.DataError, match=said):
        ps.scale_score(**({"data": TABLE.assign(**columns), "items": ITEMS} | options))


def test_known_truth_is_met_by_the_table_and_by_a_few_draws():
    table = pd.read_csv(scales_coverage.FILE).set_index("way")
    assert (table["draws"] == 1_000).all() and (table["bias_percent"].abs() < 2).all()
    assert table.loc[["numbers", "steps"], "coverage"].between(93, 97).all()
    assert table.loc["alone", "coverage"] < table.loc["numbers", "coverage"] - 1
    few = pd.concat([scales_coverage.draw((7, at)) for at in range(5)])
    assert ((few["estimate"] - few["truth"]).abs() < 4.5 * few["way"].map(table["spread"])).all()
