"""Gaps of the poor, ratios of percentiles and of shares: hand values, errors beside resampling."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps


def made_up(seed=3, n=3000, villages=100):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"village": rng.integers(0, villages, n), "group": rng.integers(0, 2, n)})
    apart = np.exp(rng.normal(0, 0.2, villages))[table["village"]]
    return table.assign(income=np.exp(rng.normal(8, 0.7, n)) * apart)


def test_by_hand():
    svy = ps.Survey(pd.DataFrame({"income": [500.0, 1000, 1800, 2500, 4000]}))
    found = ps.poverty(svy, "income", 2000, measures=["median_gap", "headcount", "mean_gap"]).tidy()
    found = found.set_index("term")["estimate"]
    assert found["mean_gap"] == pytest.approx((1500 + 1000 + 200) / 2000 / 3)
    assert found["median_gap"] == 0.5 and found["headcount"] == 0.6
    alone = ps.poverty(svy, "income", 2000, measures=["mean_gap"]).tidy()
    assert alone["term"].tolist() == ["mean_gap"]


def test_nobody_poor_has_no_gap_and_a_line_of_each_row_is_taken():
    table = pd.DataFrame(
        {"income": [500.0, 900, 3000, 4000], "place": list("aabb"), "line": [1000, 1200, 10, 10]}
    )
    found = ps.poverty(
        ps.Survey(table), "income", "line", by="place", measures=["mean_gap", "median_gap"]
    ).tidy()
    assert found["estimate"].round(6).tolist()[::2] == [0.375, 0.5]
    assert (
        found.loc[found["place"] == "b", ["estimate", "std_error", "ci_low"]].isna().all(axis=None)
    )


def test_several_lines_at_once_are_those_one_by_one():
    svy = ps.Survey(made_up(), psu="village")
    measures = ["headcount", "mean_gap", "median_gap"]
    both = ps.poverty(svy, "income", {"low": 2000, "high": 3000}, by="group", measures=measures)
    for name, line in (("low", 2000), ("high", 3000)):  # noqa: B007
        one = ps.poverty(svy, "income", line, by="group", measures=measures).tidy()
        same = both.tidy().query("line == @name")
        for column in ("estimate", "std_error", "ci_low", "ci_high"):
            np.testing.assert_allclose(same[column], one[column], rtol=1e-12)
    paired = both.contrast("line", "high", "low").tidy()
    assert len(paired) == 6 and (paired["std_error"] > 0).all()


@pytest.mark.parametrize("line", [2300, ps.relative_line(0.6), ps.relative_line(0.6, by="group")])
def test_errors_are_those_of_villages_drawn_again(line):
    table, rng = made_up(), np.random.default_rng(1)
    measures = ["mean_gap", "median_gap"]
    found = ps.poverty(ps.Survey(table, psu="village"), "income", line, measures=measures).tidy()
    villages = [part for _, part in table.groupby("village")]
    again = []
    for _ in range(120):
        drawn = pd.concat([villages[k] for k in rng.integers(0, 100, 100)], ignore_index=True)
        again.append(
            ps.poverty(ps.Survey(drawn), "income", line, measures=measures).tidy()["estimate"]
        )
    ratio = found["std_error"] / np.std(again, axis=0, ddof=1)
    assert ratio.between(0.8, 1.25).all()


def test_ratios_of_percentiles_and_the_palma_ratio():
    table = made_up()
    svy = ps.Survey(table, psu="village")
    measures = ["palma", "s80s20", "p90p10", "p50p10"]
    found = ps.inequality(svy, "income", measures=measures).tidy().set_index("term")
    sizes = table["income"].sort_values().to_numpy()
    assert found.loc["palma", "estimate"] == pytest.approx(sizes[2700:].sum() / sizes[:1200].sum())
    assert found.loc["p90p10", "estimate"] == pytest.approx(sizes[2699] / sizes[299])
    villages, rng, again = (
        [part for _, part in table.groupby("village")],
        np.random.default_rng(2),
        [],
    )
    for _ in range(120):
        drawn = ps.Survey(
            pd.concat([villages[k] for k in rng.integers(0, 100, 100)], ignore_index=True)
        )
        again.append(ps.inequality(drawn, "income", measures=measures).tidy()["estimate"])
    ratio = found["std_error"] / np.std(again, axis=0, ddof=1)
    assert ratio.between(0.8, 1.25).all()
    with pytest.raises(ps.DataError, match="not above 0"):
        ps.inequality(
            ps.Survey(table.assign(income=[0.0] * 600 + [9.0] * 2400)), "income", measures="p90p10"
        )
    with pytest.raises(ps.DataError, match="not known"):
        ps.inequality(svy, "income", measures="p90p100")


@pytest.mark.parametrize("value", [1000.0, 0.0])
def test_a_median_of_what_is_the_same_for_all_poor_has_no_error(value):
    table = pd.DataFrame({"income": [value] * 20 + [1500.0, 1900] * 10 + [3000.0] * 40,
                          "group": ["a"] * 20 + ["b"] * 60})  # fmt: skip
    found = ps.poverty(ps.Survey(table), "income", 2000, measures=["median_gap"], by="group").tidy()
    assert found["estimate"].tolist() == pytest.approx([1 - value / 2000, 0.25])
    assert np.isnan(found["std_error"][0]) and found["std_error"][1] > 0
    alone = ps.poverty(ps.Survey(table[20:]), "income", 2000, measures=["median_gap"])
    assert found["estimate"][1] == alone.tidy()["estimate"][0]


def test_a_group_without_spread_is_named():
    table = pd.DataFrame({"income": [5.0, 1, 2, 3, 4], "group": ["a", *"bbbb"]})
    with pytest.raises(ps.DataError, match="group 'a'"):
        ps.inequality(ps.Survey(table), "income", measures=["p90p10"], by="group")
