"""Risks beside what came later: joined without loss, and predicted by others' models."""

import pandas as pd
import pytest

import povstudy as ps

RISK = pd.DataFrame(
    {"household_id": [3, 1, 2], "risk": [0.3, 0.1, 0.2], "horizon": 3, "duration": [2, 0, 1]}
)
SPELLS = pd.DataFrame({
    "household_id": [1, 2, 3], "entry": [0, 3, 0], "exit": [5, 4, 4], "event": [False, True, True],
    "county": ["a", "b", "a"], "weight": [1.0, 2.0, 3.0],
})  # fmt: skip


def refused(call, *words):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


def test_time_counts_from_the_prediction_and_columns_are_taken_along():
    before = RISK.copy(), SPELLS.copy()
    found = ps.follow_up(RISK, SPELLS)
    assert found["household_id"].tolist() == [3, 1, 2]
    assert found["time"].tolist() == [2, 5, 3] and found["entry"].tolist() == [0, 0, 2]
    assert found["event"].tolist() == [True, False, True]
    assert found["county"].tolist() == ["a", "a", "b"] and found["weight"].tolist() == [3, 1, 2]
    assert found.attrs["left_out"] == {
        "risk without a later outcome": 0,
        "later outcome without a risk": 0,
    }
    assert RISK.equals(before[0]) and SPELLS.equals(before[1])
    own = ps.follow_up(RISK, SPELLS.assign(duration=9))  # of the risks, not of the spells
    assert own["time"].tolist() == found["time"].tolist()
    plain = ps.follow_up(RISK.drop(columns="duration"), SPELLS.assign(duration=9))
    assert plain["time"].tolist() == [4, 5, 4] and plain["entry"].tolist() == [0, 0, 3]


def test_person_periods_give_what_spells_give():
    rows = SPELLS.loc[SPELLS.index.repeat(SPELLS["exit"] - SPELLS["entry"])]
    place = rows.groupby("household_id").cumcount()
    last = rows["exit"] - rows["entry"] == place + 1
    periods = rows.assign(entry=rows["entry"] + place, exit=rows["entry"] + place + 1,
                          event=rows["event"] & last)  # fmt: skip
    pd.testing.assert_frame_equal(ps.follow_up(RISK, periods), ps.follow_up(RISK, SPELLS))


def test_a_spell_is_told_by_its_number():
    second = SPELLS.assign(spell=2)
    both = pd.concat([SPELLS.assign(spell=1), second.assign(exit=9)])
    risk = pd.concat([RISK.assign(spell=2), RISK.assign(spell=1)])
    assert ps.follow_up(risk, both)["time"].tolist() == [7, 9, 8, 2, 5, 3]
    refused(lambda: ps.follow_up(RISK, both), "overlap", "household_id")


def test_the_status_of_the_data_is_kept():
    risk, spells = RISK.copy(), SPELLS.copy()
    spells.attrs["source"] = ps.Source("simulated", "made up")
    found = ps.follow_up(risk, spells)
    assert set(ps.mean(ps.Survey(found), "risk").tidy()["data_status"]) == {"simulated"}
    spells = spells.assign(county=["a", "b", "a"])
    made = ps.cross_validated_risk(
        spells, lambda others, here: here[["household_id"]].assign(risk=0.1, horizon=1)
    )
    assert made.attrs["source"] == spells.attrs["source"]


def test_households_in_one_table_alone_are_named_or_counted():
    refused(
        lambda: ps.follow_up(RISK, SPELLS[1:]), "1 households have a risk without", "household_id 1"
    )
    refused(
        lambda: ps.follow_up(RISK[1:], SPELLS),
        "1 households have a later outcome without",
        "household_id 3",
    )
    found = ps.follow_up(RISK[1:], SPELLS[1:], missing="drop")
    assert found["household_id"].tolist() == [2]
    assert found.attrs["left_out"] == {
        "risk without a later outcome": 1,
        "later outcome without a risk": 1,
    }


@pytest.mark.parametrize("risk, spells, words", [
    (pd.concat([RISK, RISK[:1]]), SPELLS, ["1 rows repeat a household", "3"]),
    (RISK.assign(horizon=[1, 2, 2]), SPELLS, ["one horizon", "1, 2"]),
    (RISK.assign(horizon=0), SPELLS, ["one horizon"]),
    (RISK, pd.concat([SPELLS, SPELLS[:1]]), ["overlap", "1"]),
    (RISK, SPELLS.assign(exit=[5, 4, 2]), ["ended before", "household_id 3"]),
    (RISK.drop(columns="risk"), SPELLS, ["lacks the column", "risk"]),
    (RISK, SPELLS.drop(columns="exit"), ["lacks the column", "exit"]),
        (RISK, SPELLS.assign(exit=[5, None, 4]), ["1 rows have no exit", "row 1"]),
        (RISK, SPELLS.assign(exit=["5", "4", "4"]), ["whole numbers", "column exit"]),
        (RISK.assign(horizon="three"), SPELLS, ["one horizon"]),
])  # fmt: skip
def test_tables_that_do_not_fit_are_refused(risk, spells, words):
    refused(lambda: ps.follow_up(risk, spells), *words)


TABLE = pd.DataFrame(
    {"household_id": range(6), "county": list("aabbcc"), "event": [1, 1, 0, 1, 0, 0]}
)


def share(others, here):
    return here[["household_id"]].assign(risk=others["event"].mean(), horizon=1)


def test_no_county_is_predicted_by_itself():
    seen = []

    def watching(others, here):
        seen.append((set(others["county"]), set(here["county"])))
        return share(others, here)

    found = ps.cross_validated_risk(TABLE, watching)
    assert seen == [({"b", "c"}, {"a"}), ({"a", "c"}, {"b"}), ({"a", "b"}, {"c"})]
    assert found["risk"].tolist() == [0.25, 0.25, 0.5, 0.5, 0.75, 0.75]
    assert found["county"].tolist() == list("aabbcc")


@pytest.mark.parametrize("table, predict, words", [
    (TABLE.assign(county="a"), share, ["two or more"]),
    (TABLE.assign(county=["a", None, "b", "b", "c", "c"]), share, ["two or more"]),
    (TABLE, lambda others, here: share(others, here)[1:], ["1 households have no risk", "county 'a'"]),
    (TABLE, lambda others, here: pd.concat([share(others, here)] * 2), ["repeat a household"]),
    (TABLE, lambda others, here: here[["household_id"]], ["lacks the column"]),
])  # fmt: skip
def test_predictions_that_do_not_fit_are_refused(table, predict, words):
    refused(lambda: ps.cross_validated_risk(table, predict), *words)
