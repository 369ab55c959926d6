"""Estimates at the edges: domains of one unit, shares near 0 and 1, rows without weight."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps


def in_one_village():
    """Counties A and B of two villages each, C and D of one."""
    x = 2000 + 100.0 * (np.arange(24) * 7 % 11)
    return pd.DataFrame({"village": np.repeat(list("abcdef"), 4), "x": x, "y": x * 2,
                         "county": np.repeat(list("AABBCD"), 4), "poor": (x < 2500) * 1.0})  # fmt: skip


@pytest.mark.parametrize("measure", [
    lambda svy: ps.mean(svy, ["x", "poor"], by="county"),
    lambda svy: ps.ratio(svy, "x", "y", by="county"),
    lambda svy: ps.poverty(svy, "x", 2500, by="county"),
    lambda svy: ps.poverty(svy, "x", ps.relative_line(), by="county", measures=["gap"]),
    lambda svy: ps.quantile(svy, "x", by="county"),
    lambda svy: ps.inequality(svy, "x", by="county", measures=["gini", "theil"]),
    lambda svy: ps.income_shares(svy, "x", by="county"),
    lambda svy: ps.alkire_foster(svy, ["poor", "poor2"], k=0.5, by="county"),
    lambda svy: ps.targeting_errors(svy, listed="poor2", poor="poor", by="county"),
    lambda svy: ps.kaplan_meier(svy, by="county"),
])  # fmt: skip
def test_a_domain_in_one_sampling_unit_has_no_error(measure):
    table = in_one_village()
    table = table.assign(poor2=np.arange(24) % 2, entry=0, exit=1 + np.arange(24) % 3, event=1)
    made = measure(ps.Survey(table, psu="village"))
    found = made.tidy()
    # The share that a county has of the whole is not of one unit alone.
    alone = found["county"].isin(["C", "D"]) & ~found["term"].str.contains("share of")
    assert alone.any() and (found.loc[alone, "df"] == 0).all()
    assert found.loc[alone, ["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert found.loc[alone, "estimate"].notna().any()
    assert (found.loc[alone, "method"] == "one sampling unit, no error").all()
    others = found[~alone & found["estimate"].notna()]
    assert others[["std_error", "ci_low", "ci_high"]].notna().all(axis=None)
    band = made.band(draws=100)
    assert band.loc[alone, ["ci_low", "ci_high"]].isna().all(axis=None)
    between = made.contrast("county", "C", "A").tidy()
    between = between[~between["term"].str.contains("share of")]
    assert between["std_error"].isna().all()
    assert made.contrast("county", "B", "A").tidy()["std_error"].notna().any()


def test_a_domain_of_one_row_has_no_error_and_one_of_weight_zero_is_no_row():
    table = in_one_village().assign(w=1.0, g=["a"] + ["b"] * 2 + ["c"] * 21)
    table.loc[2, "w"] = 0
    found = ps.mean(ps.Survey(table, weight="w"), "x", by="g").tidy().set_index("g")
    assert found["std_error"].isna().to_dict() == {"a": True, "b": True, "c": False}
    # Of all that there is there is no sampling error.
    whole = table.assign(n=np.where(table["village"] == "f", 1, 9),
                         s=np.where(table["village"] == "f", "f", "other"))  # fmt: skip
    svy = ps.Survey(whole, psu="village", strata="s", fpc="n", lonely="center")
    found = ps.mean(svy, "x", by="county").tidy().set_index("county")["std_error"]
    assert np.isnan(found["C"]) and found["D"] == 0


def test_shares_of_a_whole_have_errors_where_a_part_lies_in_one_unit():
    svy = ps.Survey(in_one_village(), psu="village")
    found = ps.poverty_profile(svy, "x", 2500, by="county", measures=["headcount"]).tidy()
    level = found["component"] == "level"
    alone = found["county"].isin(["C", "D"])
    assert found.loc[alone & level, "std_error"].isna().all()
    assert found.loc[~(alone & level), "std_error"].notna().all()
