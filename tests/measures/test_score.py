"""Do scores crowd beside a line: values of a peer, and what heaps do."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps

rddensity = pytest.importorskip("rddensity")
LINE = ("Income_Centered", 0)


@pytest.fixture(scope="module")
def scores():
    pytest.importorskip("causaldata")
    return ps.load("panes", "scores")


def _t(row):
    return row["estimate"] / row["std_error"]


def test_panes_gives_the_values_of_rddensity(scores):
    """rddensity 3.0, run apart from this package."""
    table = ps.crowding(scores, *LINE).set_index("method")
    assert round(_t(table.loc["unrestricted"]), 4) == -4.5097
    assert round(table.loc["unrestricted", "estimate"], 4) == round(9.531054 - 12.787607, 4)
    assert np.allclose(
        table.loc["unrestricted", ["h_left", "h_right"]].astype(float),
        [0.010225, 0.010851],
        atol=1e-6,
    )
    assert round(table.loc["unrestricted", "p_value"], 8) == 6.49e-06
    assert round(_t(table.loc["restricted"]), 4) == 0.2007
    assert round(table.loc["restricted", "p_value"], 6) == 0.840908
    assert table.loc["restricted", ["n_left", "n_right"]].tolist() == [10_050, 12_684]
    assert set(table["data_status"]) == {"survey"}


def test_it_is_the_heaps_near_the_line_that_part_the_two_tests(scores):
    table = ps.crowding(scores, *LINE).set_index("method")
    assert abs(_t(table.loc["each score once"])) < 1
    x = scores["Income_Centered"].to_numpy()
    test = lambda **options: rddensity.rddensity(x, bino_flag=False, **options).test["t_jk"]  # noqa: E731
    assert abs(test(h=0.0223)) < 1  # the unrestricted one, as far as the restricted one looks
    assert test(h=0.0103, fitselect="restricted") < -3  # and the other way round
    assert table.attrs["distinct"] == 11_212 and round(table.attrs["repeated"], 2) == 0.63


def test_crowding_is_found_where_there_is_some():
    rng = np.random.default_rng(4)
    plain = pd.DataFrame({"score": rng.uniform(-1, 1, 4000)})
    assert (ps.crowding(plain, "score", 0)["p_value"] > 0.01).all()
    moved = plain["score"].mask((plain["score"] > 0) & (plain["score"] < 0.2) & (plain.index % 2 == 0),
                                -plain["score"])  # fmt: skip
    found = ps.crowding(pd.DataFrame({"score": moved}), "score", 0)
    assert list(found["method"]) == ["unrestricted", "restricted"]
    assert (found["p_value"] < 1e-3).all() and (found["estimate"] < 0).all()


@pytest.mark.parametrize(("table", "cutoff", "words"), [
    ({"score": ["a", "b"]}, 0, "no numbers"),
    ({"score": [1.0, None, 3.0]}, 2, "no score"),
    ({"score": [1.0, 2.0, 3.0]}, 4, "cutoff= lies between 1 and 3"),
    ({"points": [1.0, 2.0]}, 1, "lacks a column"),
    ({"score": [*np.linspace(0, 1, 100), 50.0]}, 40, r"rddensity cannot fit[\s\S]*no estimate"),
    ({"score": [1.0, 1.0]}, 1, "cutoff= lies between"),
    ({"score": [1.0, *[2.0, 3.0] * 40]}, 1.5, "Fewer than 20 different scores"),
    ({"score": [1.0, 2.0, 3.0]}, 2.5, r"Fewer than 20[\s\S]*3 in 3 rows"),
])  # fmt: skip
def test_bad_scores_are_told(table, cutoff, words):
    with pytest.raises(ps.DataError, match=words):
        ps.crowding(pd.DataFrame(table), "score", cutoff)


def test_a_survey_leaves_out_what_weighs_nothing_or_is_missing():
    rng = np.random.default_rng(7)
    table = pd.DataFrame({"score": rng.normal(size=900), "w": np.arange(900) % 3})
    wanted = ps.crowding(table[table["w"] > 0], "score", 0)
    pd.testing.assert_frame_equal(ps.crowding(ps.Survey(table, weight="w"), "score", 0), wanted)
    gaps = table.assign(score=table["score"].where(table["w"] > 0))
    pd.testing.assert_frame_equal(ps.crowding(ps.Survey(gaps, missing="drop"), "score", 0), wanted)
