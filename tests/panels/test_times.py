"""Times of a panel: whole numbers of periods, no dates and no years with months in one number."""

import duckdb
import pandas as pd
import polars as pl
import pytest

import povstudy as ps

PANEL = pd.DataFrame({
    "household_id": [7] * 4 + [8] * 4, "year": [2014, 2015, 2016, 2017] * 2,
    "poor": [1, 0, 0, 1, 1, 1, 0, 0], "income": [2000, 2500, 2600, 2100, 2000, 2000, 2400, 2500],
})  # fmt: skip
CALLS = {
    "spells": ps.spells,
    "spells, polars": lambda t: ps.spells(pl.from_pandas(t)),
    "spells, duckdb": lambda t: ps.spells(duckdb.from_df(t)),
    "transitions": lambda t: ps.transitions(t).tidy(),
    "after_exit": lambda t: ps.after_exit(t).tidy(),
    "relapse_rates": lambda t: ps.relapse_rates(t).tidy(),
    "stayed_out": lambda t: ps.stayed_out(t, 1),
    "jalan_ravallion": lambda t: ps.jalan_ravallion(t, "income", 2300).tidy(),
    "person_periods": lambda t: ps.person_periods(ps.spells(PANEL), t, "income"),
}
DATES = {
    "dates": pd.to_datetime(PANEL["year"].astype(str)),
    "days": pd.to_datetime(PANEL["year"].astype(str)).dt.date,
    "zones": pd.to_datetime(PANEL["year"].astype(str)).dt.tz_localize("Asia/Shanghai"),
}
CODES = {
    "months": PANEL["year"].map({2014: 201411, 2015: 201412, 2016: 201501, 2017: 201502}),
    "quarters": PANEL["year"].map({2014: 20143, 2015: 20144, 2016: 20151, 2017: 20152}),
    "days": PANEL["year"] * 10_000 + 1231,
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("kind", DATES)
def test_dates_are_refused_and_the_remedy_gives_years(name, kind):
    assert len(CALLS[name](PANEL))
    panel = PANEL.assign(year=DATES[kind])
    with pytest.raises(ps.DataError, match="Times are dates") as caught:
        CALLS[name](panel)
    exec(caught.value.remedy, {"panel": panel, "pd": pd})
    pd.testing.assert_frame_equal(CALLS[name](panel), CALLS[name](PANEL), check_dtype=False)


@pytest.mark.parametrize("name", [one for one in CALLS if one != "person_periods"])
@pytest.mark.parametrize("kind", CODES)
def test_years_with_a_part_in_one_number_are_refused_and_the_remedy_counts(name, kind):
    panel = PANEL.assign(year=CODES[kind])
    with pytest.raises(ps.DataError, match=f"years and {kind}") as caught:
        CALLS[name](panel)
    exec(caught.value.remedy, {"panel": panel})
    if name.startswith("spells"):
        found, wanted = (CALLS[name](one).drop(columns="origin") for one in (panel, PANEL))
        pd.testing.assert_frame_equal(found, wanted)
    assert len(CALLS[name](panel))


@pytest.mark.parametrize(
    "name", ["spells", "transitions", "after_exit", "relapse_rates", "stayed_out"]
)
@pytest.mark.parametrize("word", ["是", "否", "poor", ""])
def test_a_mark_in_words_is_refused_with_what_was_found(name, word):
    panel = PANEL.assign(poor=PANEL["poor"].astype(str))
    panel.loc[0, "poor"] = word
    with pytest.raises(ps.DataError, match="household 7") as caught:
        CALLS[name](panel)
    assert word in str(caught.value)
