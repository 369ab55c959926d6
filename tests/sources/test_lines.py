"""Lines are never made up, standards never chained; rounding ranges hold the truth."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps

OFFICIAL = {
    ("1978", 2000): 625, ("1978", 2003): 637, ("1978", 2004): 668, ("1978", 2005): 683,
    ("1978", 2007): 785, ("2008", 2000): 865, ("2008", 2003): 882, ("2008", 2004): 924,
    ("2008", 2005): 944, ("2008", 2007): 1067, ("2008", 2008): 1196, ("2008", 2010): 1274,
    ("2010", 2010): 2300,
}  # fmt: skip


@pytest.mark.parametrize(("key", "yuan"), OFFICIAL.items())
def test_published_lines(key, yuan):
    standard, year = key
    line = ps.line(year, standard=standard)
    assert line == yuan
    assert (line.year, line.standard, line.origin) == (year, standard, "published")
    assert line.unit == "yuan per person and year"


def test_a_line_is_a_number_to_compare_with():
    assert (pd.Series([2299.9, 2300]) < ps.line(2010)).tolist() == [True, False]
    assert ps.line(2010) * 1.5 == 3450
    assert pickle.loads(pickle.dumps(ps.line(2010))).standard == "2010"
    assert copy.copy(ps.line(2010)).unit == "yuan per person and year"


@pytest.mark.parametrize(("year", "yuan"), [
    (2011, 2536), (2012, 2625), (2013, 2736), (2014, 2800), (2015, 2855), (2016, 2952),
])  # fmt: skip
def test_lines_at_prices_of_the_year(year, yuan):
    line = ps.line(year)
    assert (line, line.price_year) == (yuan, year)
    assert line.origin.endswith("net income" if year < 2014 else "disposable income")
    moved = ps.line(2018, base_year=year, deflator={year: 100, 2018: 110})
    assert moved == pytest.approx(1.1 * yuan)
    with pytest.raises(ps.DataError, match=f"no line for {year}"):
        ps.line(year, standard="2008")


def test_a_line_told_second_hand_is_warned_of_with_its_address():
    with pytest.warns(ps.DataWarning, match=r"line of 2019 was not seen[\s\S]*https[\s\S]*3218"):
        assert "second-hand" in str(ps.line(2019))
    with pytest.warns(ps.DataWarning, match="round threshold"):
        assert ps.line(2020) == 4000


def test_prices_of_ones_own_move_the_line_of_the_standard_whatever_else_was_seen():
    assert ps.line(2015, deflator={2010: 100, 2015: 100}) == 2300


@pytest.mark.parametrize("year", [1978, 2000, 2009, 2017, 2018, 2021])
def test_no_line_is_made_up(year):
    with pytest.raises(ps.DataError, match=rf"no line for {year}[\s\S]*2010: 2300 yuan"):
        ps.line(year)


@given(base=st.floats(0.01, 1e6), then=st.floats(0.01, 1e6), scale=st.floats(0.01, 100))
def test_the_base_of_the_price_index_does_not_matter(base, then, scale):
    line = ps.line(2015, deflator={2010: base, 2015: then})
    assert line == pytest.approx(2300 * then / base)
    scaled = pd.Series({2010: base * scale, 2015: then * scale})
    assert ps.line(2015, deflator=scaled) == pytest.approx(line)


def test_purchasing_power():
    # 2300 yuan a year at 3.3 yuan per dollar: 2300 / 3.3 / 365 dollars a day.
    line = ps.line(2010, ppp=3.3)
    assert line == pytest.approx(1.9095061)
    assert line.unit == "international dollars per person and day"
    with pytest.raises(ps.DataError, match="more than 0"):
        ps.line(2010, ppp=0)


@pytest.mark.parametrize("year", ["abc", 2010.7, None, float("nan")])
def test_a_year_is_a_whole_number(year):
    with pytest.raises(ps.DataError, match="whole number"):
        ps.line(year)
    assert ps.line("2010") == ps.line(2010.0) == 2300
    with pytest.raises(ps.DataError, match="whole number"):
        ps.international_line(2.15, 4, year=2018.5, deflator={2017: 100, 2018: 102})


@pytest.mark.parametrize("index", [
    [2010, 2015], ["2010", "2015"], [2010.0, 2015.0], pd.to_datetime(["2010-01-01", "2015-01-01"])])  # fmt: skip
def test_prices_and_their_years_may_be_text_or_dates(index):
    prices = pd.Series(["100", "115"], index=index)
    for base_year in (None, 2010, "2010", 2010.0):
        moved = ps.line(2015, deflator=prices, base_year=base_year)
        assert moved == pytest.approx(2645) and moved.price_year == 2010


@pytest.mark.parametrize("ppp", [0, -1, True, float("inf"), float("nan"), "4"])
def test_a_parity_is_a_number_above_0(ppp):
    for ask in (lambda: ps.line(2010, ppp=ppp), lambda: ps.international_line(2.15, ppp)):
        with pytest.raises(ps.DataError, match="ppp= is a number of more than 0"):
            ask()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"year": 2015, "deflator": {2015: 115}}, "no value for 2010"),
        ({"year": 2015, "deflator": {2010: 0, 2015: 115}}, "above 0[\\s\\S]*year 2010"),
        ({"year": 2015, "deflator": {2010: True, 2015: 115}}, "above 0[\\s\\S]*year 2010"),
        ({"year": 2015, "deflator": {2010: 100, 2015: "n.a."}}, "year 2015[\\s\\S]*n.a."),
        ({"year": 2015, "deflator": 1.15}, "dict or a Series"),
        ({"year": 2006, "standard": "1978", "deflator": {2005: 1, 2006: 1}}, "several published"),
        ({"year": 2006, "standard": "1978", "base_year": 2005}, "price index is needed"),
        ({"year": 2006, "standard": "1978", "base_year": 2006}, "for the base year 2006"),
        ({"year": 2010, "standard": "1.90"}, "no standard '1.90'"),
    ],
)
def test_what_is_missing_is_told(arguments, words):
    with pytest.raises(ps.DataError, match=words):
        ps.line(**arguments)


def test_international_lines_in_ones_own_money():
    # 2.15 dollars a day, 4 for a dollar: 2.15 * 4 * 365 a year.
    line = ps.international_line(2.15, 4)
    assert (line, line.year) == (pytest.approx(3139), 2017)
    moved = ps.international_line(2.15, 4, year=2020, deflator={2017: 50, 2020: 55})
    assert moved == pytest.approx(1.1 * 3139)
    for wrong, words in [
        ((2, 4), "no international"),
        ((3, 0), "more than 0"),
        ((3, 4, 2022), "index"),
    ]:
        with pytest.raises(ps.DataError, match=words):
            ps.international_line(*wrong[:2], year=dict(enumerate(wrong)).get(2))


def test_a_base_year_is_chosen_by_the_user():
    line = ps.line(2006, "1978", base_year=2005, deflator={2005: 100, 2006: 101.5})
    assert line == pytest.approx(683 * 1.015)
    assert line.price_year == 2005


def test_standards_are_never_mixed():
    table = ps.load("china_incidence")
    before = table.copy()
    for call in (ps.one_standard, ps.yearly_fall):
        with pytest.raises(ps.DataError, match=r"1978, 2008, 2010[\s\S]*standard="):
            call(table)
    pd.testing.assert_frame_equal(table, before)
    assert ps.one_standard(table, 2008)["standard"].unique().tolist() == ["2008"]


def test_survey_and_register_are_never_mixed():
    table = ps.load("china_incidence").assign(series=["survey"] * 28 + ["register"])
    with pytest.raises(ps.DataError, match="register, survey"):
        ps.one_standard(table, "2010")


def test_a_missing_column_is_named():
    with pytest.raises(ps.DataError, match="lacks the column standard"):
        ps.one_standard(pd.DataFrame({"year": [2010]}))


def test_falls_are_the_published_ones_and_skip_what_is_blank():
    falls = ps.yearly_fall(ps.load("china_incidence"), "2010").set_index("year")["fall_10k"]
    # Announced by the National Bureau of Statistics for 2012 to 2019.
    announced = {2012: 2339, 2013: 1650, 2014: 1232, 2015: 1442,
                 2016: 1240, 2017: 1289, 2018: 1386, 2019: 1109}  # fmt: skip
    assert falls.loc[:2019].to_dict() == announced
    old = ps.yearly_fall(ps.load("china_incidence"), "1978")
    assert old["years"].tolist() == [7, 18, 1, 1, 2]  # 1992 and 2000 have no count
    assert old["fall_per_year_10k"].iloc[0] == pytest.approx(12500 / 7)


def test_a_year_that_stands_twice_is_refused():
    table = ps.one_standard(ps.load("china_incidence"), "2010")
    with pytest.raises(ps.DataError, match=r"stands twice[\s\S]*20"):
        ps.yearly_fall(pd.concat([table, table.tail(1)]))


@given(
    population=st.floats(1_000, 200_000),
    rate=st.floats(0.06, 99),
)
def test_the_rounding_range_holds_the_true_population(population, rate):
    poor = population * rate / 100
    published = pd.DataFrame(
        {
            "year": [2015],
            "standard": ["2010"],
            "poor_population_10k": [np.round(poor)],
            "incidence_percent": [np.round(rate, 1)],
        }
    )
    implied = ps.implied_population(published)
    if np.round(poor) == 0 or np.round(rate, 1) == 0:
        assert implied.empty
    else:
        slack = 1e-9 * population
        assert implied["low_10k"].item() <= population + slack
        assert implied["high_10k"].item() >= population - slack


def test_zeros_at_the_end_of_a_count_widen_its_range():
    table = ps.implied_population(ps.load("china_incidence")).set_index("year")
    # 25,000 may be anything from 24,500 to 25,500, and 30.7 from 30.65 to 30.75.
    assert table.loc[1978, "low_10k"] == pytest.approx(24_500 / 30.75 * 100)
    assert table.loc[1978, "high_10k"] == pytest.approx(25_500 / 30.65 * 100)
    assert table.loc[2015, "low_10k"] == pytest.approx(5_574.5 / 5.75 * 100)
    exact = ps.implied_population(ps.load("china_incidence"), count_step=1)
    assert exact["low_10k"].iloc[0] == pytest.approx(24_999.5 / 30.75 * 100)


def test_one_count_alone_has_no_fall():
    one = ps.load("china_incidence").query("year == 2015")
    assert ps.yearly_fall(one).empty


def test_implied_population_needs_both_figures_above_zero():
    implied = ps.implied_population(ps.load("china_incidence"))
    assert 2020 not in implied["year"].tolist()
    tiny = pd.DataFrame(
        {"year": [1], "standard": ["x"], "poor_population_10k": [3], "incidence_percent": [0.05]}
    )
    assert ps.implied_population(tiny)["high_10k"].item() == np.inf
