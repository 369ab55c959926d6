"""What a panel would have shown, and who was lost: how near to a known truth, or how far off."""

import sys

import pandas as pd
import pytest
from conftest import ROOT

PLACE = ROOT / "benchmarks"
TEXT = (ROOT / "docs" / "panels.md").read_text("utf-8")


def near(part, bias=2.0, coverage=(93.0, 97.0)):
    """Whether all of it has little bias and right intervals, but for chance of so many draws."""
    chance = 2.5 * (0.95 * 0.05 / part["draws"]) ** 0.5 * 100
    of_mean = 2.5 * 100 * part["spread"] / part["truth"] / part["draws"] ** 0.5
    held = part["coverage"].between(coverage[0] - chance, coverage[1] + chance)
    return (held & (part["bias_percent"].abs() < bias + of_mean)).all()


def test_moves_from_two_cross_sections_are_right_at_a_known_rho_and_off_with_cohorts():
    table = pd.read_csv(PLACE / "synthetic_panel_coverage.csv")
    by = table.set_index(["way", "term"])
    assert table["draws"].min() >= 1_000
    assert near(by.loc["most moves"]) and near(by.loc["rho stated"])
    assert (by.loc["between", "coverage"] > 98).all()
    assert by.loc[("fewest moves", "exit rate"), "bias"] < 0.02  # a rate near 0, too high
    rho = by.loc[("rho of cohorts", "correlation of residuals")]
    assert rho["truth"] == 0.6 and 0.70 < rho["mean"] < 0.78
    off = by.loc["rho of cohorts", "bias_percent"][["exit rate", "entry rate"]]
    assert off.between(-25, -15).all() and "exits and entries a fifth too low" in TEXT
    sys.path.insert(0, str(PLACE))
    import synthetic_panel_coverage as bench

    again = bench.draw((1, 0))
    assert set(again["way"]) <= set(table["way"])
    apart = again.groupby(["way", "term"])["truth"].first().sub(by["truth"])
    assert apart.abs().max() < 1e-4


def test_weights_for_the_lost_are_right_where_loss_was_seen_and_not_where_it_was_not():
    table = pd.read_csv(PLACE / "attrition_coverage.csv").set_index("way")
    assert table["draws"].min() >= 1_000
    assert near(table.loc[["seen: weights made anew"]])
    known, anew = (table.loc[f"seen: weights {one}"] for one in ("as known", "made anew"))
    assert known["mean_error"] > anew["mean_error"] and known["coverage"] > anew["coverage"]
    assert known["mean"] == anew["mean"] and abs(known["bias_percent"]) < 2
    assert table.loc["seen: no weights", "bias_percent"] < -20
    off = table["bias_percent"][["unseen: no weights", "unseen: weights as known"]]
    assert off.tolist() == pytest.approx([-100 / 3, -25], abs=2.5)
    assert "a third too low without weights, and still a quarter too low with them" in TEXT
    sys.path.insert(0, str(PLACE))
    import attrition_coverage as bench

    again = bench.draw((1, 0))
    assert set(again["way"]) == set(table.index)
    assert bench.truth() == pytest.approx(table["truth"].iloc[0], abs=1e-4)
