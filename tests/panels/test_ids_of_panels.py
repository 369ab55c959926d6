"""Ids of two tables, columns that stand twice, and arguments that are no columns."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps

N = 8
IDS = range(1, N + 1)
RISK = pd.DataFrame({"household_id": IDS, "risk": np.linspace(0.1, 0.8, N), "horizon": 2})
LATER = pd.DataFrame({"household_id": IDS, "entry": 0, "exit": [1, 2] * 4, "event": [True, False] * 4,
                      "weight": 1.0})  # fmt: skip
WHY = pd.DataFrame({"household_id": IDS, "ill": np.linspace(-1, 1, N), "land": 0.1})
PANEL = pd.DataFrame([(i, year) for i in IDS for year in (2014, 2015, 2016)],
                     columns=["household_id", "year"]).assign(poor=[1, 0, 1] * N, land=range(3 * N))  # fmt: skip
SPELLS = ps.spells(PANEL)
HELPED = PANEL.assign(
    income=np.arange(24.0) ** 2 % 7, start=np.where(PANEL["household_id"] < 5, 2015, np.nan)
)

NUMBERS = ("int64", "float64", "Int64", "object", "category", "int32", "Float64")
TEXT = ("str", "string", "text as objects", "text as categories")


def as_kind(table, kind):
    ids = table["household_id"]
    if kind in NUMBERS:
        return table.assign(household_id=ids.astype(kind))
    ids = ids.astype("string" if kind == "string" else str)
    more = {"text as objects": object, "text as categories": "category"}
    return table.assign(household_id=ids.astype(more[kind]) if kind in more else ids)


TWO_TABLES = {
    "follow_up": (ps.follow_up, RISK, LATER),
    "watch_list": (lambda risk, why: ps.watch_list(risk, 3, reasons=why).table, RISK, WHY),
    "person_periods": (lambda one, two: ps.person_periods(one, two, "land"), SPELLS, PANEL),
    "landmark_rows": (lambda one, two: ps.landmark_rows(one, two, "land", at=2015, horizon=1), SPELLS, PANEL),
}  # fmt: skip


def refused(call, *words):
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    return caught.value.remedy


@pytest.mark.parametrize("name", TWO_TABLES)
def test_the_same_ids_match_in_whichever_type_they_stand(name):
    call, one, two = TWO_TABLES[name]
    wanted = call(one, two).drop(columns="household_id")
    for kinds in (NUMBERS, TEXT):
        turned = kinds[1:] + kinds[:1]
        for first, second in zip(kinds + turned, turned + kinds, strict=True):
            found = call(as_kind(one, first), as_kind(two, second))
            assert found["household_id"].dtype == as_kind(one, first)["household_id"].dtype
            pd.testing.assert_frame_equal(found.drop(columns="household_id"), wanted)


@pytest.mark.parametrize("name", TWO_TABLES)
@pytest.mark.parametrize("kinds", [("int64", "str"), ("string", "float64"), ("category", "text as objects"),
                                   ("text as categories", "Int64")])  # fmt: skip
def test_numbers_here_and_text_there_are_refused_by_name(name, kinds):
    call, one, two = TWO_TABLES[name]
    one, two = (as_kind(table, kind) for table, kind in zip((one, two), kinds, strict=True))
    remedy = refused(lambda: call(one, two), "household_id", "numbers and text", "1", "'1'")
    scope = {"table": one if kinds[0] in NUMBERS else two}
    exec(remedy, scope)
    call(*((scope["table"], two) if kinds[0] in NUMBERS else (one, scope["table"])))


MIXED = {
    "spells": (ps.spells, PANEL), "stayed_out": (lambda table: ps.stayed_out(table, 1), PANEL),
    "transitions": (ps.transitions, PANEL), "relapse_rates": (ps.relapse_rates, PANEL),
    "jalan_ravallion": (lambda table: ps.jalan_ravallion(table, "land", 9), PANEL),
    "watch_list": (lambda table: ps.watch_list(table, 3), RISK),
    "kaplan_meier": (lambda table: ps.kaplan_meier(ps.Survey(table)), LATER),
    "compare": (lambda table: ps.compare(table, "income", starts={"help": "start"}), HELPED),
    "histories": (lambda table: ps.impossible_transitions(
        table.assign(status=np.where(table["poor"] == 1, "poor", "exited"))), PANEL),
}  # fmt: skip


@pytest.mark.parametrize("name", MIXED)
def test_numbers_and_text_in_one_column_of_ids_are_refused(name):
    call, table = MIXED[name]
    ids = table["household_id"].astype(object)
    ids.iloc[2:] = ids.iloc[2:].astype(str)
    bad = table.assign(household_id=ids)
    scope = {"table": bad}
    exec(refused(lambda: call(bad), "household_id", "numbers and text"), scope)
    call(scope["table"])
    listed = table.assign(household_id=[[one] for one in table["household_id"]])
    refused(lambda: call(listed), "household_id")


def twice(table, name):
    return pd.concat([table, table[[name]]], axis=1)


@pytest.mark.parametrize(("call", "names"), [
    (lambda c: ps.follow_up(twice(RISK, c), LATER), ("household_id", "risk", "horizon")),
    (lambda c: ps.follow_up(RISK, twice(LATER, c)), ("household_id", "entry", "exit", "event")),
    (lambda c: ps.watch_list(twice(RISK, c), 3), ("household_id", "risk")),
    (lambda c: ps.watch_list(RISK, 3, reasons=twice(WHY, c)), ("household_id",)),
    (lambda c: ps.spells(twice(PANEL, c), covariates="land"), PANEL.columns),
    (lambda c: ps.spells(twice(PANEL.assign(psu=1), c)), ("psu",)),
    (lambda c: ps.stayed_out(twice(PANEL, c), 1), ("household_id", "year", "poor")),
    (lambda c: ps.transitions(twice(PANEL, c)), ("household_id", "year", "poor")),
    (lambda c: ps.jalan_ravallion(twice(PANEL, c), "land", 9), ("household_id", "year", "land")),
    (lambda c: ps.person_periods(twice(SPELLS, c), PANEL, "land"), ("origin", "exit", "event")),
    (lambda c: ps.person_periods(SPELLS, twice(PANEL, c), "land"), ("household_id", "year", "land")),
    (lambda c: ps.kaplan_meier(ps.Survey(twice(SPELLS, c))), ("entry", "exit", "event")),
    (lambda c: ps.compare(twice(HELPED, c), "income", starts={"help": "start"}, covariates=["land"]),
     ("household_id", "year", "income", "start", "land")),
])  # fmt: skip
def test_a_column_that_stands_twice_is_named(call, names):
    for name in names:
        assert "duplicated" in refused(lambda: call(name), "two columns of one name", name)  # noqa: B023


@pytest.mark.parametrize("call", [
    lambda: ps.spells(PANEL, time=["year"]), lambda: ps.transitions(PANEL, time=["year"]),
    lambda: ps.stayed_out(PANEL, 1, poor=["poor"]), lambda: ps.spells(PANEL, start=["land"]),
    lambda: ps.jalan_ravallion(PANEL, ["land"], 9), lambda: ps.person_periods(SPELLS, PANEL, [["land"]]),
    lambda: ps.landmark_rows(SPELLS, PANEL, "land", at="2015", horizon=1),
    lambda: ps.landmark_rows(SPELLS, PANEL, "land", at=[], horizon=1),
    lambda: ps.cross_validated_risk(RISK.assign(county=list("aabbccdd")), None),
    lambda: ps.follow_up(None, LATER), lambda: ps.follow_up(RISK, [1]),
    lambda: ps.watch_list(RISK, 3, reasons=WHY.assign(ill="x")),
    lambda: ps.stayed_out(PANEL, 1, baseline="2014"), lambda: ps.detection_bounds("x", 0.1),
])  # fmt: skip
def test_natural_guesses_are_refused_in_plain_words(call):
    assert refused(call)


@pytest.mark.parametrize("kind", ["float64", "Int64", "object", "Float64", "int32"])
@pytest.mark.parametrize("name", ["origin", "entry", "exit"])
def test_times_of_spells_may_stand_in_any_type_of_numbers(name, kind):
    table = SPELLS.assign(**{name: SPELLS[name].astype(kind)})
    wanted = ps.person_periods(SPELLS, PANEL, "land")
    found = ps.person_periods(table, PANEL, "land")
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    wanted = ps.landmark_rows(SPELLS, PANEL, "land", at=2015, horizon=1)
    found = ps.landmark_rows(table, PANEL, "land", at=2015, horizon=1)
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)


@pytest.mark.parametrize("name", ["origin", "entry", "exit"])
@pytest.mark.parametrize(
    "word", ["abc", "", None, np.inf, 0.5, ["x"], pd.NA, pd.Timestamp("2014-01-01")]
)
def test_times_of_spells_that_are_no_whole_numbers_are_refused(name, word):
    column = SPELLS[name].astype(object)
    column.iloc[3] = word
    for call in (lambda x: ps.person_periods(x, PANEL, "land"),
                 lambda x: ps.landmark_rows(x, PANEL, "land", at=2015, horizon=1)):  # fmt: skip
        refused(lambda: call(SPELLS.assign(**{name: column})), name)  # noqa: B023


@pytest.mark.parametrize("name", ["event", "spell"])
def test_lists_among_ends_and_spells_are_refused(name):
    column = SPELLS[name].astype(object)
    column.iloc[3] = ["x"]
    table = pd.concat([SPELLS.assign(**{name: column}), SPELLS.assign(spell=2, origin=2020)])
    refused(lambda: ps.kaplan_meier(ps.Survey(table, psu="household_id")), name)
