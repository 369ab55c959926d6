"""What came earlier of spells: by a loop, in memory and by masks."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps

NAMES = ["earlier_spells", "earlier_out", "earlier_poor", "earlier_unseen"]


def made(step=1):
    rng = np.random.default_rng(0)
    rows = [
        (i, 2000 + step * y, rng.integers(0, 2), y)
        for i in range(120)
        for y in range(10)
        if rng.random() < 0.85
    ]
    table = pd.DataFrame(rows, columns=["household_id", "year", "poor", "land"])
    return table.sample(frac=1, random_state=1)


@pytest.mark.parametrize("of", ["out", "poor"])
@pytest.mark.parametrize("step", [1, 2])
def test_by_a_loop_and_by_masks(of, step, tmp_path):
    panel = made(step)
    found = ps.spells(panel, of, earlier=True, covariates="land")
    assert list(found)[7:] == [*NAMES, "land"]
    panel.to_parquet(tmp_path / "panel.parquet")
    masks = ps.spells(tmp_path / "panel.parquet", of, earlier=True, covariates="land")
    pd.testing.assert_frame_equal(found, masks[list(found)], check_dtype=False)
    plain = ps.spells(panel, of, covariates="land")
    pd.testing.assert_frame_equal(found.drop(columns=NAMES), plain)
    groups = dict(list(panel.sort_values("year").groupby("household_id")))
    for one in found.sample(60, random_state=0).itertuples():
        rows, first = groups[one.household_id], one.origin + step * one.entry
        before = rows[rows["year"] < first]
        inside = before["poor"] == (of == "poor")
        new = inside & ~(inside.shift(fill_value=False) & (before["year"].diff() == step))
        poor = int(before["poor"].sum())
        unseen = (first - 2000) // step - len(before)
        assert tuple(one[8:12]) == (new.sum(), len(before) - poor, poor, unseen)


def test_names_that_are_taken_are_refused():
    with pytest.raises(ps.DataError, match="bears the name"):
        ps.spells(made().assign(earlier_out=1), covariates="earlier_out", earlier=True)
