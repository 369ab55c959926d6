"""Tables that share people are protected together: no difference of them shows a small cell."""

import time
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

import povstudy as ps

AREAS = pd.DataFrame(
    {"village": list("abcdef"), "district": ["D"] * 3 + ["E"] * 3, "zone": ["Z"] * 2 + ["Y"] * 4,
     "n": [30, 40, 3, 50, 60, 70]}
)  # fmt: skip


def published(cells, tables, made):
    """What a reader has: for each count a row over the finest cells, the count and the mark."""
    rows, counts, marks = [], [], []
    for names, table in zip(tables, made, strict=True):
        for at in range(len(table)):
            inside = np.ones(len(cells), dtype=bool)
            for name in names:
                inside &= (cells[name] == table[name].iloc[at]).to_numpy()
            rows.append(inside.astype(float))
            counts.append(table["n"].iloc[at])
            marks.append(table["suppressed"].iloc[at])
    return np.array(rows), counts, np.array(marks)


def recovered(cells, tables, made, k):
    """Small groups of finest cells that a reader works out by adding and taking away, and those
    of which linear programming over everything known tells that they are small."""
    rows, counts, marks = published(cells, tables, made)
    shown = marks == ""
    known = np.array([float(one) for one in counts if one is not pd.NA])
    patterns, group = np.unique(rows, axis=1, return_inverse=True)
    group, size = group.ravel(), patterns.shape[1]
    true = np.bincount(group, weights=cells["n"].to_numpy(float))
    small_by_mark = patterns[marks == "primary"].sum(axis=0) > 0
    low = np.where(marks == "primary", 1, k)
    found = []
    for j in range(size):
        if not 0 < true[j] < k or small_by_mark[j]:
            continue
        aim = np.eye(size)[j]
        solved = np.linalg.lstsq(patterns[shown].T, aim, rcond=None)[0] if shown.any() else 0
        if shown.any() and np.allclose(patterns[shown].T @ solved, aim, atol=1e-9):
            found.append(("exactly", j))
        blank = ~shown
        upper = marks == "primary"
        sides = np.vstack([-patterns[blank], patterns[upper], np.zeros((1, size))])
        limits = np.r_[-low[blank], np.full(upper.sum(), k - 1), 1]
        top = linprog(-aim, A_eq=patterns[shown] if shown.any() else None,
                      b_eq=known if shown.any() else None, A_ub=sides, b_ub=limits)  # fmt: skip
        if top.status == 0 and -top.fun < k - 1e-6:
            found.append(("as small", j))
    for i in np.flatnonzero(marks == "primary"):
        solved = np.linalg.lstsq(rows[shown].T, rows[i], rcond=None)[0] if shown.any() else 0
        if shown.any() and np.allclose(rows[shown].T @ solved, rows[i], atol=1e-9):
            found.append(("marked", i))
    return found


def test_one_area_less_another_shows_nothing():
    tables = [["district"], ["zone"]]
    alone = []
    for (
        names
    ) in tables:  # each for itself has no small cell, and the village of 3 is their difference
        table = AREAS.groupby(names, as_index=False)["n"].sum()
        alone.append(ps.clean.suppress(table, names, "n"))
        assert (alone[-1]["suppressed"] == "").all()
    assert recovered(AREAS, tables, alone, 10)
    made = ps.clean.suppress(AREAS, tables, "n")
    assert recovered(AREAS, tables, made, 10) == []
    assert sum(one["n"].isna().sum() for one in made) == 1 or made[0]["n"].notna().any()


def test_tables_that_share_a_margin():
    rng = np.random.default_rng(3)
    cells = pd.MultiIndex.from_product([list("ABC"), ["f", "m"], ["ill", "old"]],
                                       names=["county", "sex", "cause"]).to_frame(index=False)  # fmt: skip
    cells["n"] = rng.integers(10, 60, len(cells))
    cells.loc[0, "n"] = cells.loc[1, "n"] = 2  # women of A: 4
    tables = [["county", "sex"], ["county", "cause"], ["county"], []]
    made = ps.clean.suppress(cells, tables, "n")
    assert recovered(cells, tables, made, 10) == []
    women = made[0].set_index(["county", "sex"]).loc[("A", "f")]
    assert women["suppressed"] == "primary" and women["n"] is pd.NA
    # alone, each of the others would be published whole, and men from A's total tell of the women
    assert (made[0]["suppressed"] == "complementary").any()
    assert [list(one) for one in made] == [[*names, "n", "suppressed"] for names in tables]
    whole = [
        cells.groupby(names, sort=False)["n"].sum() if names else cells["n"].sum()
        for names in tables
    ]
    for one, all_ in zip(made, whole, strict=True):
        shown = one["n"].notna()
        assert (one["n"][shown].to_numpy() == np.atleast_1d(all_)[shown]).all()


@examples(40)
@given(st.integers(0, 2**32 - 1), st.sampled_from([3, 5, 10]))
def test_no_small_group_is_recovered(seed, k):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(4, 16))
    cells = pd.DataFrame({name: rng.integers(0, 4, size).astype(str) for name in "abc"})
    cells["n"] = rng.negative_binomial(0.8, 0.02, size)
    tables = [["a"], ["b"], ["a", "c"], []][: int(rng.integers(2, 5))]
    made = ps.clean.suppress(cells, tables, "n", k=k)
    assert recovered(cells, tables, made, k) == []
    for one in made:
        assert (one["n"].isna() == (one["suppressed"] != "")).all()
        assert (one["suppressed"][one["n"] == 0] == "").all()


def test_nothing_small_nothing_suppressed():
    cells = AREAS.assign(n=AREAS["n"] + 10)
    made = ps.clean.suppress(cells, [["district"], ["zone"], []], "n")
    assert all((one["suppressed"] == "").all() for one in made)
    sizes = [len(one) for one in made]
    assert [b <= a for a, b in pairwise(sizes)] == [True, True]


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        ({"n": 1.5}, {}, "whole"),
        ({"n": -1}, {}, "whole"),
        ({}, {"k": 1}, "of 2 or more"),
        ({}, {"by": [["x"]]}, "lacks the column x"),
        ({}, {"count": "m"}, "lacks the column m"),
    ],
)
def test_refusals_tell_the_remedy(change, options, told):
    with pytest.raises(ps.DataError, match=told) as caught:
        ps.clean.suppress(AREAS.assign(**change), **({"by": [["zone"]], "count": "n"} | options))
    assert caught.value.remedy


def test_tables_that_were_made_already_are_refused_with_what_is_wanted():
    with pytest.raises(ps.DataError, match="finest cells") as caught:
        ps.clean.suppress([AREAS, AREAS], ["district", "zone"], "n")
    assert '[["district"], ["zone"]]' in caught.value.remedy


def test_a_county_is_protected_within_seconds():
    rng = np.random.default_rng(1)
    cells = pd.MultiIndex.from_product([range(12), ["f", "m"], range(5)],
                                       names=["town", "sex", "cause"]).to_frame(index=False)  # fmt: skip
    cells["n"] = np.exp(rng.uniform(0, 7, len(cells))).astype(int)
    start = time.process_time()
    tables = [["town", "sex"], ["town", "cause"], ["sex", "cause"], ["town"], []]
    made = ps.clean.suppress(cells, tables, "n")
    assert time.process_time() - start < 60
    assert recovered(cells, tables, made, 10) == []
