"""Bounds of rates: by hand, and against every way of being wrong."""

from itertools import product

import numpy as np
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps

BEFORE = {"exit": (1,), "relapse": (1, 0)}  # states up to now of who is looked at


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


def wrong_records(seen, true, weight, before):
    """Records that are wrong, for each that is counted; ``before`` are the states up to now."""
    span, total, counted = len(before), 0.0, 0.0
    for year in range(span - 1, seen.shape[1] - 1):
        window = slice(year - span + 1, year + 2)
        asked = ~np.isnan(seen[:, window]).any(axis=1)
        one, two, w = seen[asked, window], true[asked, window], weight[asked, year]
        inside, should = ((x[:, :-1] == before).all(axis=1) for x in (one, two))
        counted += w[inside].sum()
        total += w[(inside | should) & (one != two).any(axis=1)].sum()
    return total / counted


@examples(60)
@given(st.integers(0, 10_000), st.sampled_from(list(BEFORE)))
def test_the_true_rate_lies_within_the_bounds_of_the_wrong_records(seed, measure):
    rng = np.random.default_rng(seed)
    true = (rng.random((40, 5)) < 0.5).astype(float)
    seen = np.where(rng.random(true.shape) < 0.1, 1 - true, true)
    seen[rng.random(true.shape) < 0.1] = np.nan
    weight, before = rng.uniform(1, 3, true.shape), np.array(BEFORE[measure])

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

    wrong = wrong_records(seen, true, weight, before)
    low, high = ps.misclassification_bounds(rate(seen), wrong)
    assert low - 1e-12 <= rate(true) <= high + 1e-12
