"""Woodruff's intervals of quantiles, against R survey and by coverage."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import povstudy as ps

PLACES = (0.05, 0.25, 0.5, 0.75, 0.9)
X = pd.DataFrame({"x": np.arange(1, 201) * 7919 % 1009, "village": np.tile(np.arange(20), 10)})


def ends_of(found):
    return found.tidy()[["ci_low", "ci_high"]].to_numpy().tolist()


def test_they_are_those_of_r():
    """R survey 4.1.1: svyquantile(interval.type = "xlogit", qrule = "math")."""
    found = ps.quantile(ps.Survey(X, psu="village"), "x", PLACES)
    assert ends_of(found) == [[25, 108], [141, 422], [335, 687], [604, 873], [832, 960]]


def test_every_way_to_hold_a_table_gives_the_same():
    ways = X, pl.from_pandas(X), pl.from_pandas(X).lazy(), duckdb.from_df(X)
    found = [ends_of(ps.quantile(ps.Survey(one, psu="village"), "x", PLACES)) for one in ways]
    assert found[1:] == found[:1] * 3


def test_replicate_weights_give_nearly_the_same():
    table = X.assign(w=1.0)
    for v in range(20):
        table[f"r{v}"] = np.where(table["village"] == v, 0.0, 20 / 19)
    weights = ps.Replicates([f"r{v}" for v in range(20)], kind="jackknife")
    svy = ps.Survey(table, weight="w", replicates=weights)
    found = ps.quantile(svy, "x", PLACES[1:])
    assert ends_of(found) == ends_of(ps.quantile(ps.Survey(X, psu="village"), "x", PLACES[1:]))
    assert ps.growth_incidence(
        ps.Survey(table.assign(year=table.index % 2), weight="w", replicates=weights),
        "x", "year", base=0, value=1, shares=[0.5],
    ).tidy()["ci_low"].notna().all()  # fmt: skip


@pytest.mark.parametrize(
    ("p", "step"), [(0.05, 1), (0.05, 5000), (0.5, 5000), (0.95, 5000), (0.95, 1)]
)
def test_they_hold_the_truth_in_tails_and_of_round_numbers(p, step):
    rng = np.random.default_rng(7)
    people = np.round(np.exp(rng.normal(10, 0.6, 100_000)) / step) * step
    truth, held = np.quantile(people, p, method="inverted_cdf"), 0
    for _ in range(80):
        svy = ps.Survey(pd.DataFrame({"x": rng.choice(people, 400)}))
        [(low, high)] = ends_of(ps.quantile(svy, "x", p))
        held += low <= truth <= high
    assert held >= 80 * 0.95 - 3 * (80 * 0.95 * 0.05) ** 0.5


def test_differences_are_made_of_both_sides():
    table = pd.concat([X.assign(year=1), X.assign(x=X["x"] * 2 + 100, year=2)])
    table["village"] += 100 * table["year"]  # drawn anew
    found = ps.quantile(ps.Survey(table, psu="village"), "x", [0.5, 0.9], by="year")
    own, step = found.tidy().set_index(["term", "year"]), found.contrast("year", 2, 1).tidy()
    for row in step.itertuples():
        one, two = own.loc[(row.term, 2)], own.loc[(row.term, 1)]
        down = np.hypot(one["estimate"] - one["ci_low"], two["ci_high"] - two["estimate"])
        assert row.ci_low == pytest.approx(row.estimate - down, rel=1e-6)
    band = found.band()
    assert (band["ci_low"] <= found.tidy()["ci_low"]).all()


def test_growth_at_a_place_is_made_of_both_periods():
    table = pd.concat([X.assign(year=1), X.assign(x=X["x"] * 2, year=2)])
    table["village"] += 100 * table["year"]
    svy = ps.Survey(table, psu="village")
    found = ps.growth_incidence(svy, "x", "year", base=1, value=2, shares=[0.5]).tidy().iloc[0]
    own = np.log(ps.quantile(svy, "x", 0.5, by="year").tidy()[["estimate", "ci_low", "ci_high"]])
    (q1, low1, high1), (q2, low2, high2) = own.to_numpy()
    assert found["estimate"] == pytest.approx(np.log(2))
    assert found["ci_low"] == pytest.approx(q2 - q1 - np.hypot(q2 - low2, high1 - q1))
    assert found["ci_high"] == pytest.approx(q2 - q1 + np.hypot(high2 - q2, q1 - low1))


def test_a_domain_in_one_unit_has_none_and_missing_rows_are_left_out():
    table = X.assign(place=np.where(X["village"] == 0, "one", "many"), x=X["x"].where(X["x"] > 30))
    found = ps.quantile(ps.Survey(table, psu="village", missing="drop"), "x", by="place").tidy()
    known = found.set_index("place")[["ci_low", "ci_high"]].notna().all(axis=1)
    assert known["many"] and not known["one"]
