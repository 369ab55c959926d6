"""What marks an end: one list of words, read alike by every function and in every dtype."""

import pandas as pd
import polars as pl
import pytest

import povstudy as ps
from povstudy.base.ends import ended_where, ends_of

PAIRS = [
    ("relapse", "Censored"), ("relapse", "censor"), ("返贫", "删失"), ("返贫", "未返贫"), ("1", "0"),
    ("1.0", "0.0"), ("True", "False"), ("yes", "no"), ("YES", " No "), ("是", "否"), ("１", "０"),
    ("illness", ""), ("illness", "right-censored"), (True, False), (1, 0), (1.0, 0.0),
]  # fmt: skip
UNKNOWN = [
    ("relapse", "ok"), ("relapse", "not yet"), ("返贫", "仍脱贫"), ("返贫", "未知"), ("yes", "maybe"),
    ("relapse", "end of survey"), ("relapse", "-"), (1, 99), (0, -1), (1, 0.5), (2, 1), ("2", "1"),
]  # fmt: skip
KINDS = [object, "category", None]
SPELLS = pd.DataFrame({"household_id": range(1, 5), "entry": 0, "exit": [1, 2, 3, 3], "spell": 1,
                       "origin": 2014, "origin_known": True})  # fmt: skip
PANEL = pd.DataFrame(
    [(i, year, i % 2) for i in range(1, 5) for year in range(2014, 2018)],
    columns=["household_id", "year", "land"],
)
RISKS = pd.DataFrame({"risk": [0.1, 0.6, 0.4, 0.8, 0.2, 0.3], "horizon": 2,
                      "time": [1, 2, 1, 2, 2, 2]})  # fmt: skip
LATER = pd.DataFrame({"household_id": range(1, 5), "risk": 0.1, "horizon": 3})


def column(values, kind):
    made = pd.Series(list(values), dtype=object)
    return made.infer_objects() if kind is None else made.astype(kind)


def everywhere(event):
    """What each function that reads an end makes of four spells."""
    table = SPELLS.assign(event=event)
    svy = ps.Survey(table)
    yield lambda: ps.kaplan_meier(svy).tidy()["estimate"].tolist()
    yield lambda: ps.kaplan_meier(ps.Survey(pl.from_pandas(table))).tidy()["estimate"].tolist()
    yield lambda: ps.life_table(svy).tidy()["estimate"].tolist()
    yield lambda: ps.restricted_mean(svy, 3).tidy()["estimate"].tolist()
    yield lambda: ps.cumulative_incidence(svy).tidy()["estimate"].tolist()
    yield lambda: ps.relapse_model("1", table, baseline="constant").params.round(8).tolist()
    cut = lambda: ps.person_periods(ps.Survey(table).data, PANEL, "land")  # noqa: E731
    yield lambda: ps.relapse_model("1", cut(), baseline="constant").params.round(8).tolist()
    yield lambda: (
        ends_of(ps.landmark_rows(table, PANEL, "land", 2014, 2)["event"])[0] >= 0
    ).tolist()
    yield lambda: [bool(one) for one in ps.follow_up(LATER, table)["event"]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("end", "none"), PAIRS)
def test_every_function_reads_every_way_to_mark_an_end(end, none, kind):
    wanted = [call() for call in everywhere([1, 0, 1, 0])]
    assert wanted[0] == [0.75, 0.75, 0.375]
    if kind is object and isinstance(end, bool | int | float):
        mixed = [call for i, call in enumerate(everywhere(column([end, none] * 2, kind))) if i != 1]
        assert [call() for call in mixed] == [one for i, one in enumerate(wanted) if i != 1]
        return
    assert [call() for call in everywhere(column([end, none] * 2, kind))] == wanted


@pytest.mark.parametrize(("end", "none"), UNKNOWN)
def test_every_function_refuses_what_is_on_no_list(end, none):
    for call in everywhere(column([end, none] * 2, None)):
        with pytest.raises(ps.DataError, match="column event") as caught:
            call()
        assert "censored" in str(caught.value) and "table['event'] =" in caught.value.remedy


@pytest.mark.parametrize(("end", "none"), PAIRS)
def test_risks_are_judged_by_every_way_to_mark_an_end(end, none):
    marks = [1, 0, 0, 1, 0, 0]
    wanted = ps.validate_risk(ps.Survey(RISKS.assign(event=marks))).tidy()
    event = column([end if one else none for one in marks], None)
    for table in (RISKS.assign(event=event), pl.from_pandas(RISKS.assign(event=event))):
        pd.testing.assert_frame_equal(ps.validate_risk(ps.Survey(table)).tidy(), wanted)
    two = ps.Survey(RISKS.assign(event=["a", "b", "", "", "", ""]))
    with pytest.raises(ps.DataError, match="Several ends compete"):
        ps.validate_risk(two)


@pytest.mark.parametrize("kind", [int, float, str, "category", object])
def test_numbers_tell_causes(kind):
    table = SPELLS.assign(event=pd.Series([1, 2, 0, 2]).astype(kind))
    found = ps.cumulative_incidence(ps.Survey(table)).tidy()
    assert found["cause"].unique().tolist() == ["1", "2"]
    words = SPELLS.assign(event=["a", "b", "", "b"])
    same = ps.cumulative_incidence(ps.Survey(words)).tidy()
    assert found["estimate"].tolist() == same["estimate"].tolist()
    asked = [ps.relapse_model("1", one, baseline="constant", cause=cause).params.iloc[0]
             for one, cause in ((table, 2), (table, "2"), (words, "b"))]  # fmt: skip
    assert asked[0] == asked[1] == asked[2]
    with pytest.raises(ps.DataError, match="compete"):
        ps.relapse_model("1", table, baseline="constant")


def test_what_is_cut_off_keeps_its_kind():
    for values, wanted in (([0, 2, 1], [0, 2, 0]), ([True, False, True], [True, False, False]),
                           (["a", "删失", "b"], ["a", "删失", ""])):  # fmt: skip
        for kind in (None, object, "category"):
            assert ended_where(column(values, kind), [True, True, False]).tolist() == wanted


@pytest.mark.parametrize(
    "kind", ["boolean", "Int8", "Float64", "string", "category", object, "bool"]
)
def test_ends_left_out_stay_in_their_kind(kind):
    values = pd.Series([True, False, True])
    if kind in ("string", "category"):
        values = values.map({True: "relapse", False: "censored"})
    left = ended_where(values.astype(kind), [True, True, False])
    assert ends_of(left)[0].tolist() == [0, -1, -1]
