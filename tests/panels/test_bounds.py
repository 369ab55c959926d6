"""Bounds of rates: by hand, against every way of being wrong, and in simulated panels."""

from itertools import product

import numpy as np
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps
from povstudy.lessons import noise


def test_a_register_that_sees_a_tenth_shows_a_tenth():
    low, high = ps.detection_bounds([0.01, 0.5], 0.1, 0.5)
    assert low == pytest.approx([0.02, 1.0])
    assert high == pytest.approx([0.1, 1.0])


def test_with_all_falls_seen_the_rate_is_the_rate():
    assert ps.detection_bounds(0.03, 1.0) == (0.03, 0.03)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: ps.detection_bounds(0.1, 0.0), "at all"),
        (lambda: ps.detection_bounds(0.1, 0.5, 0.2), "0.5"),
        (lambda: ps.detection_bounds(15, 0.5), "argument rate"),
        (lambda: ps.misclassification_bounds(0.1, -1), "wrong"),
        (lambda: ps.misclassification_bounds(1.2, 0.1), "1.2"),
        (lambda: ps.lessons.noise_and_truth((), (0.1,)), "at least one"),
    ],
)
def test_what_bounds_nothing_is_refused(call, word):
    with pytest.raises(ps.DataError, match=word) as caught:
        call()
    assert caught.value.remedy


def test_bounds_are_reached_and_never_passed():
    """Ten records: every truth with two wrong records, of those in the denominator."""
    measured = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
    low, high = ps.misclassification_bounds(measured.mean(), 0.2)
    rates = [
        np.mean(truth)
        for truth in product((0, 1), repeat=10)
        if (np.array(truth) != measured).sum() <= 2
    ]
    assert (min(rates), max(rates)) == pytest.approx((low, high))


@examples(60)
@given(st.integers(0, 10_000), st.sampled_from(list(noise._BEFORE)))
def test_the_true_rate_lies_within_the_bounds_of_the_wrong_records(seed, measure):
    rng = np.random.default_rng(seed)
    true = (rng.random((40, 5)) < 0.5).astype(float)
    seen = np.where(rng.random(true.shape) < 0.1, 1 - true, true)
    seen[rng.random(true.shape) < 0.1] = np.nan
    weight, before = rng.uniform(1, 3, true.shape), np.array(noise._BEFORE[measure])

    def rate(states):
        above = below = 0.0
        for year in range(len(before) - 1, 4):
            window = slice(year - len(before) + 1, year + 2)
            asked = ~np.isnan(seen[:, window]).any(axis=1)
            there = asked & (states[:, window][:, :-1] == before).all(axis=1)
            moved = states[there, year + 1] == (0 if measure == "exit" else 1)
            below += weight[there, year].sum()
            above += weight[there, year][moved].sum()
        return above / below

    wrong = noise._wrong(seen, true, weight, noise._BEFORE[measure])
    low, high = ps.misclassification_bounds(rate(seen), wrong)
    assert low - 1e-12 <= rate(true) <= high + 1e-12


def test_noise_makes_false_moves_and_a_register_misses_true_ones():
    found = ps.lessons.noise_and_truth((0.0, 0.2), (0.05, 0.5), households=20_000, years=6)
    for measure in ("exit", "relapse"):
        rows = found[found["measure"] == measure].set_index("sees")
        assert rows.loc[0.0, "estimate"] == pytest.approx(rows.loc[0.0, "truth"])
        assert rows.loc[0.2, "estimate"] > rows.loc[0.2, "truth"]
        assert rows.loc[0.2, "truth"] == pytest.approx(rows.loc[0.0, "truth"])
    register = found[found["series"] == "register"].set_index("sees")
    assert register["estimate"].is_monotonic_increasing
    assert (register["estimate"] < register["truth"]).all()
    inside = (found["bound_low"] <= found["truth"]) & (found["truth"] <= found["bound_high"])
    assert inside.all()
    assert found.attrs["source"].status == "simulated"
