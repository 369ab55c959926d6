"""Left and stayed out: against a plain reading of its definition, and the truth of a simulation."""

import numpy as np
import pandas as pd
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps


def told(states, within, years):
    """The outcome of one household from its states after the baseline (None: not seen)."""
    for step in range(within):
        if states[step] is None:
            return None
        if states[step] == 0:
            after = states[step + 1 : step + 1 + years]
            return 0 if 1 in after else None if None in after else 1
    return 0


@examples(80)
@given(
    st.lists(st.lists(st.sampled_from([0, 0, 1, None]), min_size=6, max_size=6), min_size=1,
             max_size=5),
    st.integers(1, 3), st.integers(1, 3), st.booleans(), st.randoms(use_true_random=False),
)  # fmt: skip
def test_outcome_is_as_defined(households, within, years, gaps_as_rows, random):
    rows = [
        {"household_id": f"h{i}", "year": 2010 + step, "poor": state}
        for i, states in enumerate(households)
        for step, state in enumerate([1, *states])
        if gaps_as_rows or state is not None
    ]
    rows += [{"household_id": "rich", "year": year, "poor": 0} for year in (2010, 2016)]
    random.shuffle(rows)
    found = ps.stayed_out(pd.DataFrame(rows), years, baseline=2010, within=within, step=1)
    found = found.set_index("household_id")["stayed_out"]
    assert len(found) == len(households)
    for i, states in enumerate(households):
        wanted = told(states, within, years)
        assert np.isnan(found[f"h{i}"]) if wanted is None else found[f"h{i}"] == wanted


def test_rows_of_the_baseline_keep_their_columns_and_status():
    panel = pd.DataFrame({"household_id": [1, 1, 1, 2, 2, 2], "year": [1, 2, 3] * 2,
                          "poor": [True, False, False, True, True, False], "w": range(6)})  # fmt: skip
    panel.attrs["source"] = {"status": "simulated"}
    before = panel.copy()
    found = ps.stayed_out(panel, 1)
    pd.testing.assert_frame_equal(panel, before)
    assert found["w"].tolist() == [0, 3] and found["exit"].tolist()[0] == 2
    assert found.attrs["source"] == {"status": "simulated"}
    share = ps.mean(ps.Survey(found), "stayed_out").tidy()
    assert share["estimate"].tolist() == [0.5] and share["data_status"].tolist() == ["simulated"]


def test_what_cannot_be_told_is_refused():
    panel = pd.DataFrame({"household_id": [1, 1, 1], "year": [1, 2, 3], "poor": [1, 0, 0]})
    for call, word in (
        (lambda: ps.stayed_out(panel, 2), "as long"),
        (lambda: ps.stayed_out(panel, 0), "years= is a whole"),
        (lambda: ps.stayed_out(panel, 1, within=2), "within=2"),
        (lambda: ps.stayed_out(panel.assign(poor=0), 1), "Nobody was poor"),
        (lambda: ps.stayed_out(panel.assign(poor=3), 1), "neither 1 .poor. nor 0"),
        (lambda: ps.stayed_out(panel.assign(year=[1, 2.5, 3]), 1), "no whole number"),
        (lambda: ps.stayed_out(pd.concat([panel, panel.tail(1)]), 1), "twice"),
        (lambda: ps.stayed_out(panel.drop(columns="poor"), 1), "poor"),
    ):
        with pytest.raises(ps.DataError, match=word) as caught:
            call()
        assert caught.value.remedy
