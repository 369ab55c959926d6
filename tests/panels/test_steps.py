"""One step with one default: what comes of waves every second year is what comes of waves 1, 2, 3."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import povstudy as ps

RNG = np.random.default_rng(4)
WAVES = pd.DataFrame(
    {"household_id": np.repeat(np.arange(60), 6), "year": np.tile(np.arange(6), 60)}
)
WAVES["poor"] = (RNG.random(360) < 0.5).astype(int)
WAVES["land"] = RNG.integers(1, 9, 360)
SECOND = WAVES.assign(year=2010 + 2 * WAVES["year"])
MEASURES = {
    "transitions": ps.transitions,
    "after_exit": ps.after_exit,
    "relapse_rates": lambda table, **more: ps.relapse_rates(table, **more),
}


def refused(call, *words):
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    return caught.value.remedy


def relation(table):
    import duckdb

    path = duckdb.connect()
    return path.from_df(table)


@pytest.mark.parametrize("name", MEASURES)
def test_rates_of_every_second_year_are_those_of_the_waves(name):
    wanted = MEASURES[name](WAVES).tidy()
    for table in (SECOND, SECOND.assign(year=SECOND["year"].astype(str)), pl.from_pandas(SECOND),
                  SECOND.assign(year=SECOND["year"].astype("category"))):  # fmt: skip
        pd.testing.assert_frame_equal(MEASURES[name](table).tidy(), wanted)
    pd.testing.assert_frame_equal(MEASURES[name](SECOND, step=2).tidy(), wanted)


@pytest.mark.parametrize("give", [lambda x: x, pl.from_pandas, relation])
def test_spells_and_their_rows_find_the_step_in_the_data(give):
    wanted, found = ps.spells(WAVES), ps.spells(give(SECOND))
    assert found.attrs["step"] == 2
    same = ["household_id", "spell", "entry", "exit", "event"]
    by = ["household_id", "spell"]
    sort = lambda table: table[same].sort_values(by, ignore_index=True)  # noqa: E731
    pd.testing.assert_frame_equal(sort(found), sort(wanted), check_dtype=False)
    rows = ps.person_periods(found, SECOND, "land")
    assert rows["land"].sum() == ps.person_periods(wanted, WAVES, "land")["land"].sum()
    at = ps.landmark_rows(found, SECOND, "land", at=2014, horizon=2)
    assert at[["exit", "event", "land"]].sum().tolist() == (
        ps.landmark_rows(wanted, WAVES, "land", at=2, horizon=2)[["exit", "event", "land"]]
        .sum()
        .tolist()
    )


def test_who_stayed_out_is_told_of_waves():
    wanted = ps.stayed_out(WAVES, 2)
    for found in (ps.stayed_out(SECOND, 2), ps.stayed_out(SECOND, 2, step=2, baseline=2010)):
        assert found["stayed_out"].equals(wanted["stayed_out"])
        assert found["exit"].equals(2010 + 2 * wanted["exit"])
    refused(lambda: ps.stayed_out(SECOND, 2, baseline=2011), "no period of the panel")
    refused(lambda: ps.stayed_out(WAVES, 1, step=2), "off the grid")


@pytest.mark.parametrize("call", [
    ps.transitions, ps.after_exit, ps.relapse_rates, ps.spells, lambda x: ps.spells(relation(x)),
    lambda x: ps.stayed_out(x, 1),
])  # fmt: skip
def test_waves_that_are_not_evenly_spaced_need_a_step(call):
    odd = SECOND.assign(year=SECOND["year"].replace({2016: 2017}))
    assert 'rank(method="dense")' in refused(lambda: call(odd), "step=", "2010, 2012, 2014, 2017")
    ranked = odd.assign(year=odd["year"].rank(method="dense").astype(int))
    call(ranked)
    remedy = refused(lambda: call(SECOND[SECOND["year"] != 2018]), "step=", "2014, 2016, 2020")
    assert remedy.startswith("step=2 ")


def test_a_step_at_which_nobody_is_seen_again_is_refused_with_one_that_helps():
    assert refused(lambda: ps.transitions(SECOND, step=1), "so much later", "2012") == "step=2"
    assert refused(lambda: ps.after_exit(SECOND, step=3), "so much later") == "step=2"
    assert refused(lambda: ps.relapse_rates(SECOND, step=1), "and then again") == "step=2"
    alone = SECOND[SECOND["year"] == 2010]
    assert "same ids" in refused(lambda: ps.transitions(alone), "so much later")


def test_another_step_than_that_of_the_spells_is_refused():
    made = ps.spells(SECOND)
    for call in (lambda **more: ps.landmark_rows(made, SECOND, "land", at=2014, horizon=2, **more),
                 lambda **more: ps.person_periods(made, SECOND, "land", **more)):  # fmt: skip
        remedy = refused(lambda: call(step=1), "no wave in a period")  # noqa: B023
        assert remedy.startswith("step=2 ")
        call(step=2)


def test_histories_of_a_register_of_every_second_year_are_looked_at():
    table = pd.DataFrame({"household_id": ["a"] * 3 + ["b"] * 3, "year": [2014, 2016, 2018] * 2,
                          "status": ["poor", "exited", "poor", "poor", "relapsed", "exited"]})  # fmt: skip
    wanted = ["back_without_relapse", "relapse_without_exit"]
    assert ps.impossible_transitions(table)["check"].tolist() == wanted
    assert (
        ps.impossible_transitions(table.assign(year=table["year"].astype(str)))["check"].tolist()
        == wanted
    )
    assert ps.impossible_transitions(table, step=1).empty
    refused(
        lambda: ps.impossible_transitions(table.iloc[[0, 1, 2, 3, 4]].replace(2018, 2019)), "step="
    )
    refused(lambda: ps.impossible_transitions(table.assign(year=list("abcdef"))), "no whole number")


@pytest.mark.parametrize(("codes", "remedy"), [
    ((1, 2, 3), "panel['poor'] = panel['poor'] == 1 "), ((1.0, 2.0), "panel['poor'] = panel['poor'] == 1.0 "),
    (("poor", "not poor"), "panel['poor'] = panel['poor'] == 'poor' "),
    (("非贫困", "贫困"), "panel['poor'] = panel['poor'] == '贫困' "),
    (("0", "1", "是"), "panel['poor'] = panel['poor'].isin(['1', '是']) "),
])  # fmt: skip
@pytest.mark.parametrize("call", [
    ps.transitions, ps.after_exit, ps.relapse_rates, ps.spells, lambda x: ps.spells(relation(x)),
    lambda x: ps.stayed_out(x, 1),
])  # fmt: skip
def test_codes_of_poverty_are_told_and_which_of_them_means_poor(call, codes, remedy):
    table = WAVES.assign(poor=np.random.default_rng(1).choice(np.array(codes), len(WAVES)))
    asked = refused(lambda: call(table), "neither 1", *(repr(one) for one in codes))
    assert asked.startswith(remedy)
    scope = {"panel": table}
    exec(asked, scope)  # pasted, it helps
    call(scope["panel"])


def test_incomes_and_gaps_are_no_codes():
    income = WAVES.assign(poor=RNG.random(360) * 5000)
    assert "< 2300" in refused(lambda: ps.transitions(income), "neither 1")
    gap = WAVES.assign(poor=WAVES["poor"].astype(float).where(WAVES.index > 3))
    assert ".notna()" in refused(lambda: ps.spells(gap), "not known")
