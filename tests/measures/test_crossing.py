"""Poverty at every line: hand counts, crossings, chance of a false finding, refusals."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps

BELOW = pd.DataFrame(
    {"income": [100.0, 200, 300, 400, 150, 250, 350, 450], "year": [1] * 4 + [2] * 4}
)


def test_differences_are_those_of_the_two_headcounts():
    lines = [120, 180, 260, 500]
    found = ps.dominance(ps.Survey(BELOW), "income", "year", base=1, value=2, lines=lines)
    np.testing.assert_allclose(found.tidy()["estimate"], [-0.25, 0, 0, 0])
    assert found.tidy()["line"].tolist() == lines
    gap = ps.dominance(
        ps.Survey(BELOW), "income", "year", base=1, value=2, lines=lines, measure="gap"
    )
    by_hand = [np.maximum(1 - BELOW.query("year == @y")["income"] / 260, 0).mean() for y in (1, 2)]
    assert gap.tidy()["estimate"].iloc[2] == pytest.approx(by_hand[1] - by_hand[0])


def test_where_curves_cross_lies_between_the_lines():
    rows = pd.DataFrame({"income": [100.0, 400, 200, 300], "year": [1, 1, 2, 2]}).loc[
        np.repeat(range(4), 50)
    ]
    found = ps.dominance(ps.Survey(rows.reset_index(drop=True)), "income", "year", base=1, value=2,
                         lines=[150, 250, 350, 450])  # fmt: skip
    # .5 poor at 150 in year 1, none in 2; all but half at 350 in year 1, all in 2
    np.testing.assert_allclose(found.tidy()["estimate"], [-0.5, 0, 0.5, 0])
    assert found.crossings == (250.0,)
    assert found.ranges["finding"].tolist() == [
        "lower",
        "cannot be told",
        "higher",
        "cannot be told",
    ]
    assert found.p_value == 1
    assert "cross at lines of 250" in found.summary() and "相交" in found.summary("zh")


def test_where_estimates_cross_no_side_is_lower_and_lines_may_be_anything_in_order():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"year": np.repeat([1, 2], 500), "income": np.exp(
        rng.normal(8, np.repeat([0.4, 0.8], 500)))})  # fmt: skip
    found = ps.dominance(ps.Survey(table), "income", "year", base=1, value=2,
                         lines=(line for line in range(1000, 9000, 500)))  # fmt: skip
    assert len(found.crossings) == 1 and found.p_value == 1


@pytest.mark.parametrize("income", [lambda y: -y, lambda y: y * (np.arange(len(y)) % 20 == 0)])
def test_without_incomes_above_zero_no_lines_are_made_up(income):
    table = pd.DataFrame({"income": np.linspace(1, 99, 400), "year": np.tile([1, 2], 200)})
    table["income"] = income(table["income"])
    with pytest.raises(ps.DataError, match="no income above 0"):
        ps.dominance(ps.Survey(table, codes={"income": []}), "income", "year", base=1, value=2)


def test_the_band_seldom_finds_what_is_not_there():
    rng, wrong = np.random.default_rng(5), 0
    for _ in range(60):
        table = pd.DataFrame(
            {"income": np.exp(rng.normal(8, 0.7, 600)), "year": np.repeat([1, 2], 300)}
        )
        found = ps.dominance(ps.Survey(table), "income", "year", base=1, value=2,
                             lines=np.linspace(1000, 6000, 12))  # fmt: skip
        wrong += (found.ranges["finding"] != "cannot be told").any()
    assert wrong <= 8  # three are expected; more than 8 in one of 100 runs of a right band


def test_paired_waves_know_that_they_share_households():
    rng = np.random.default_rng(2)
    first = np.exp(rng.normal(8, 0.6, 800))
    panel = pd.DataFrame({"household": np.tile(np.arange(800), 2), "year": np.repeat([1, 2], 800),
                          "income": np.r_[first, first * np.exp(rng.normal(0.05, 0.05, 800))]})  # fmt: skip
    paired = ps.dominance(ps.Survey(panel, psu="household"), "income", "year", base=1, value=2)
    apart = ps.dominance(ps.Survey(panel), "income", "year", base=1, value=2)
    assert (paired.tidy()["std_error"] < apart.tidy()["std_error"]).mean() > 0.9
    assert paired.p_value < apart.p_value


@pytest.mark.parametrize(("given", "words"), [
    ({"measure": "watts"}, "measure= is one of"), ({"lines": [3, 2]}, "lowest first"),
    ({"lines": [0, 2]}, "above 0"), ({"lines": [100]}, "two or more"), ({"level": 95}, "level"),
    ({"value": 3}, "no such domain"), ({"value": 1}, "not compared with itself"),
    ({"lines": [1, float("inf")]}, "above 0"),
])  # fmt: skip
def test_what_cannot_be_is_refused(given, words):
    options = {"base": 1, "value": 2, **given}
    with pytest.raises(ps.DataError, match=words):
        ps.dominance(ps.Survey(BELOW), "income", "year", **options)
