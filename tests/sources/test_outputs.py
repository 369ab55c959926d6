"""Programme records: worked by hand from the printed figures."""

import math

import pandas as pd
import pytest

import povstudy as ps
from povstudy.sources import outputs

RECORDS = ps.load("programme_outputs")
RATIOS = outputs.output_ratios(RECORDS).set_index("ratio")


@pytest.mark.parametrize(
    ("value", "bound", "low", "high"),
    [
        (3000, "lower", 3000, 4000),  # 3000多
        (240, "lower", 240, 250),  # 240多
        (6000, "lower", 6000, 7000),  # 6000余
        (4800, "lower", 4800, 4900),  # 4800余
        (2_100_000, "lower", 2_100_000, 2_200_000),  # 210多万
        (17.3, "lower", 17.3, 17.4),  # 17.3亿多
        (100_000, "upper", 0, 100_000),
        (40_000, "about", 35_000, 45_000),
        (77, "exact", 77, 77),
        (0, "lower", 0, 0),
    ],
)
def test_printed_figures_are_read_as_one_unit_of_their_last_digit(value, bound, low, high):
    assert outputs.printed_range(value, bound) == (low, high)


@pytest.mark.parametrize(
    ("above", "below", "bound"),
    [
        ("exact", "exact", "exact"),
        ("lower", "exact", "lower"),
        ("exact", "lower", "upper"),
        ("upper", "lower", "upper"),
        ("lower", "upper", "lower"),
        ("lower", "lower", "none"),
        ("upper", "upper", "none"),
        ("about", "exact", "about"),
        ("about", "lower", "none"),
    ],
)
def test_logic_alone_bounds_a_quotient_only_where_both_point_one_way(above, below, bound):
    assert outputs.ratio_bounds(30, 10, above, below).bound == bound


def test_interval_holds_every_quotient_of_its_ranges():
    one = outputs.ratio_bounds(6000, 3000, "lower", "lower")
    assert (one.quotient, one.low, one.high) == (2.0, 1.5, 7000 / 3000)
    assert math.isinf(outputs.ratio_bounds(5, 10, "exact", "upper").high)


@pytest.mark.parametrize(
    ("code", "quotient", "low", "high"),
    [
        ("cases_per_worker", 2.0, 1.5, 2.3),
        ("sessions_per_worker", 1.6, 1.2, 1.6),
        ("activities_per_worker", 2.2, 1.6, 2.2),
        ("events_per_worker", 5.8, 4.3, 6.2),
        ("person_times_per_event", 121.4, 113.5, 127.2),
        ("person_times_per_case", 350.0, 300.0, 366.7),
        ("person_times_per_worker", 700.0, 525.0, 733.3),
        ("money_per_worker", 4.7, 4.7, 4.7),
        ("money_per_project", 21.9, 21.9, 21.9),
        ("persons_per_worker", 159.4, 139.4, 179.3),
    ],
)
def test_ratios_by_hand(code, quotient, low, high):
    row = RATIOS.loc[code]
    assert row[["quotient", "low", "high"]].astype(float).round(1).tolist() == [quotient, low, high]


def test_quotients_of_two_lower_bounds_have_no_bound():
    china = RATIOS[RATIOS["place"] == "China"]
    assert set(china["bound"]) == {"none"}
    assert set(RATIOS.loc[["money_per_worker", "money_per_project"], "bound"]) == {"exact"}
    assert RATIOS.loc["persons_per_worker", "bound"] == "about"


def test_plan_and_output_by_hand():
    table = outputs.plan_against_output(RECORDS).set_index(["measure", "cohorts"])
    assert table["planned"].tolist() == [3000, 4000, 1500, 2000]
    assert table["ratio"].round(2).tolist() == [1.0, 0.75, 2.67, 2.0]
    assert table["ratio_low"].round(2).tolist() == [1.0, 0.75, 2.67, 2.0]
    assert table["ratio_high"].round(2).tolist() == [1.33, 1.0, 3.33, 2.5]
    assert set(table["ratio_bound"]) == {"lower"}
    assert table["first_year"].tolist() == [2013, 2012, 2013, 2012]
    assert set(table["last_year"]) == {2015}


def test_persons_never_stand_for_person_times():
    persons = RECORDS.replace({"unit": {"person_times": "persons"}})
    codes = outputs.output_ratios(persons.query("place == 'China'"))["ratio"].tolist()
    assert not [code for code in codes if code.startswith("person_times")]
    assert "persons_per_worker" in codes


def test_periods_and_places_are_not_crossed():
    other = RECORDS.copy()
    other.loc[other["measure"] == "casework", "end_year"] = 2014
    codes = outputs.output_ratios(other.query("place == 'China'"))["ratio"].tolist()
    assert "cases_per_worker" not in codes
    assert "sessions_per_worker" in codes


def test_plans_are_no_outputs():
    plans = RECORDS[RECORDS["kind"] == "plan"]
    with pytest.raises(ps.DataError, match="make a ratio"):
        outputs.output_ratios(plans)
    with pytest.raises(ps.DataError, match="No yearly plan"):
        outputs.plan_against_output(plans)


def test_a_plan_of_one_year_has_one_cohort():
    short = RECORDS.replace({"end_year": {2015: 2012}})
    assert outputs.plan_against_output(short)["cohorts"].tolist() == [1, 1]


def test_input_stays_and_the_source_goes_along():
    before = RECORDS.copy()
    for function in (outputs.output_ratios, outputs.plan_against_output):
        assert function(RECORDS).attrs["source"].status == "reported"
    pd.testing.assert_frame_equal(RECORDS, before)


def test_what_cannot_be_read_is_named():
    with pytest.raises(ps.DataError, match=r"lower or an upper bound[\s\S]*'more'"):
        outputs.printed_range(3000, "more")
    for value in (float("nan"), -1, float("inf")):
        with pytest.raises(ps.DataError, match="zero or more"):
            outputs.printed_range(value, "lower")
    with pytest.raises(ps.DataError, match="per zero"):
        outputs.ratio_bounds(5, 0)
    twice = pd.concat([RECORDS, RECORDS[RECORDS["measure"] == "casework"]], ignore_index=True)
    with pytest.raises(ps.DataError, match=r"stands twice[\s\S]*China[\s\S]*casework"):
        outputs.output_ratios(twice)
    with pytest.raises(ps.DataError, match="lacks the column bound"):
        outputs.output_ratios(RECORDS.drop(columns="bound"))


def test_sums_of_figures_that_point_two_ways_are_about():
    mixed = RECORDS.copy()
    mixed.loc[mixed["measure"] == "group_work", "bound"] = "upper"
    row = outputs.output_ratios(mixed).set_index("ratio").loc["person_times_per_event"]
    assert (row["denominator_bound"], row["bound"]) == ("about", "none")
