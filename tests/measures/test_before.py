"""What is done before a measure: units of need, prices of one year, values far out."""

import json
import shutil
import subprocess

import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT

import povstudy as ps

FILES = ROOT / "tests" / "reference"
LAEKEN = json.loads((FILES / "equivalence.json").read_text("utf-8"))
PEOPLE = pd.read_csv(FILES / "people.csv")
HOME = {"rent": 1, "gift": 1, "tax": -1, "fee": -1}


def persons(**more):
    """Two households: a couple with children of 9 and 14, and a woman who lives alone."""
    table = pd.DataFrame({"household_id": [2, 2, 1, 2, 2], "age": [40, 38, 70, 9, 14],
                          "income": [50.0, 50, 8, 50, 50]})  # fmt: skip
    return table.assign(**more)


def refused(call, *told, remedy):
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [one for one in told if one not in str(caught.value)] == [], str(caught.value)
    assert remedy in str(caught.value.remedy), caught.value.remedy


def reasons(report):
    return report.groupby("reason", observed=True).size().to_dict()


def units(*args, **more):
    return ps.equivalise(*args, **more)[0]["units"].tolist()


# Units of need --------------------------------------------------------------------------------


@pytest.mark.parametrize(("scale", "couple"), [
    ("oecd_modified", 1 + 0.5 * 2 + 0.3), ("oecd_old", 1 + 0.7 * 2 + 0.5), ("per_head", 4),
    ("square_root", 2), (lambda a, c: (a + 0.7 * c) ** 0.5, 3.7**0.5),
    (lambda adults, children: 1 if adults + children < 3 else 3, 3),
])  # fmt: skip
def test_units_follow_the_formulas(scale, couple):
    """Who is 14 counts as an adult."""
    found, _ = ps.equivalise(persons(), "household_id", "age", scale, income="income")
    assert found["units"].tolist() == pytest.approx([1, couple], rel=1e-12)
    assert found["equivalised_income"].tolist() == pytest.approx([8, 50 / couple], rel=1e-12)
    assert found[["size", "adults", "children"]].values.tolist() == [[1, 1, 0], [4, 3, 1]]


def test_the_size_is_rooted_not_squared():
    """A household of four needs twice what one needs, not sixteen times."""
    four = pd.DataFrame({"h": 1, "income": [100.0] * 4})
    found, _ = ps.equivalise(four, "h", scale="square_root", income="income")
    assert found["equivalised_income"].item() == 50


def test_where_the_scale_asks_for_no_age_none_is_needed():
    found, report = ps.equivalise(persons(), "household_id", scale="per_head", income="income")
    assert list(found) == ["household_id", "size", "units", "income", "equivalised_income"]
    assert found["equivalised_income"].tolist() == [8, 12.5]
    assert report["why_zh"].tolist() == ["5人，2户；等值规模 = 人数"]


def test_a_first_child_counts_one_where_there_is_no_adult():
    found, report = ps.equivalise(
        pd.DataFrame({"h": [1, 2, 2, 2], "age": [12, 5, 6, 13]}), "h", "age"
    )
    assert found["units"].tolist() == pytest.approx([1, 1.6])
    assert report.loc[report["reason"] == "no_adult", "row"].tolist() == [1, 2]
    assert units(pd.DataFrame({"h": 1, "age": [15, 16]}), "h", "age", adult=18) == [1.3]


def test_units_and_incomes_equal_laeken():
    wanted = pd.DataFrame(LAEKEN["people"]).set_index("household_id").sort_index()
    people = PEOPLE.assign(home=sum(PEOPLE[name] * sign for name, sign in HOME.items()))
    found, report = ps.equivalise(
        people, "household_id", "age", income="home", personal=["wage", "farm"]
    )
    total = found[["equivalised_home", "equivalised_wage", "equivalised_farm"]].sum(axis=1)
    assert found["units"].tolist() == pytest.approx(wanted["units"].tolist(), rel=1e-12)
    assert total.tolist() == pytest.approx(wanted["equivalised"].tolist(), rel=1e-12, abs=1e-9)
    assert reasons(report) == {"child_blank": 2 * (people["age"] < 16).sum(), "equivalised": 1}


def test_laekens_eu_silc_is_computed_again(tmp_path):
    """All 14,827 persons, within 1e-9; the data are made by R and not kept."""
    script = (
        "quit(status = !all(sapply(c('laeken', 'jsonlite'), requireNamespace, quietly = TRUE)))"
    )
    if (
        shutil.which("Rscript") is None
        or subprocess.run(["Rscript", "-e", script], check=False).returncode
    ):
        pytest.skip("needs R with laeken and jsonlite")
    file = tmp_path / "eusilc.csv"
    made = subprocess.run(
        ["Rscript", "equivalence.R", file], cwd=FILES, check=True, capture_output=True
    )
    again, wanted = json.loads(made.stdout)["eusilc"], LAEKEN["eusilc"]
    assert again == pytest.approx(wanted, rel=1e-12)
    people = pd.read_csv(file)
    refused(lambda: ps.equivalise(people, "db030", "age"), "64 of 14,827", remedy="clip(lower=0)")
    own = [f"py{one}n" for one in ("010", "050", "090", "100", "110", "120", "130", "140")]
    plus = [f"hy{one}n" for one in ("040", "050", "070", "080", "090", "110")]
    people = people.assign(age=people["age"].clip(lower=0), py=people[own].sum(axis=1, min_count=8),
                           hy=people[plus].sum(axis=1) - people[["hy130n", "hy145n"]].sum(axis=1))  # fmt: skip
    found, report = ps.equivalise(people, "db030", "age", income="hy", personal="py", keep="rb050",
                                  size="hsize", person="rb030")  # fmt: skip
    assert reasons(report) == {"child_blank": 2_720, "equivalised": 1}
    theirs = people.drop_duplicates("db030").set_index("db030").loc[found["db030"]]
    found["income"] = found["equivalised_hy"] + found["equivalised_py"]
    assert np.abs(found["units"].to_numpy() - theirs["units"].to_numpy()).max() < 1e-12
    assert np.abs(found["income"].to_numpy() - theirs["equivalised"].to_numpy()).max() < 1e-9
    # size x units and incomes add up over persons; the measures after it are laeken's
    assert found["size"] @ found["units"] == pytest.approx(wanted["units"], rel=1e-12)
    assert found["size"] @ found["income"] == pytest.approx(wanted["equivalised"], rel=1e-12)
    svy = ps.Survey(found, weight="rb050", size="size")
    poor = ps.poverty(svy, "income", ps.relative_line(0.6), measures=["headcount"])
    assert 100 * ps.inequality(svy, "income", measures=["gini"]).tidy()[
        "estimate"
    ].item() == pytest.approx(wanted["gini"])
    assert poor.line.tidy()["estimate"].item() == pytest.approx(wanted["arpt"], rel=1e-9)
    assert 100 * poor.tidy()["estimate"].item() == pytest.approx(wanted["arpr"], rel=1e-9)


def test_spains_published_units_are_computed_again(survey_files):
    """Of all 41,992 households of three years."""
    if not (survey_files / "spain_ecv").is_dir():
        pytest.skip("spain_ecv: set POVSTUDY_DATA")
    people, homes = (ps.load("spain_ecv", table=one) for one in ("individuals", "households"))
    people["age"] = people["age"].clip(lower=0)
    people = people.merge(homes, on=["id_hh", "ecv_year"])
    found, report = ps.equivalise(people, ["ecv_year", "id_hh"], "age", income="ydisp_hh",
                                  keep=["cunits", "size_hh"], size="size_hh", person="id_p")  # fmt: skip
    assert len(found) == 41_992
    assert np.abs(found["units"] - found["cunits"]).max() < 1e-12
    lacking = int(homes["ydisp_hh"].isna().sum())
    assert reasons(report) == {"equivalised": 1, "blank": lacking}
    assert found["ydisp_hh"].isna().sum() == lacking
    assert found.attrs["source"].status == "survey"


# Incomes of households and of persons ---------------------------------------------------------


def test_an_income_that_stands_with_one_member_is_of_the_household_and_told():
    """As in many Chinese registers: with the head of the household alone."""
    table = persons(income=[50.0, None, 8, None, None])
    found, report = ps.equivalise(table, "household_id", "age", income="income")
    assert found["income"].tolist() == [8, 50]
    [told] = report[report["reason"] == "some_members"].to_dict("records")
    assert (told["row"], told["new"]) == (1, 50.0)
    found, report = ps.equivalise(
        persons(income=[50.0, 50, None, 50, 50]), "household_id", "age", income="income"
    )
    assert found["equivalised_income"].isna().tolist() == [True, False]
    assert report.loc[report["reason"] == "blank", ["row", "action"]].values.tolist() == [
        [3, "missing"]
    ]


def test_incomes_of_persons_are_added_up_and_blanks_told():
    table = persons(wage=[30.0, None, 8, None, None])  # of 40, 38, 70, 9 and 14 years
    found, report = ps.equivalise(table, "household_id", "age", personal="wage")
    assert found["wage"].tolist() == pytest.approx([8, np.nan], nan_ok=True)
    assert reasons(report) == {"child_blank": 2, "equivalised": 1, "member_unknown": 1}
    found, _ = ps.equivalise(table.fillna({"wage": 0}), "household_id", "age", personal="wage")
    assert found["equivalised_wage"].tolist() == pytest.approx([8, 30 / 2.3])
    _, report = ps.equivalise(table, "household_id", scale="per_head", personal="wage")
    assert reasons(report) == {"equivalised": 1, "member_unknown": 1}  # ages are not known


def test_what_is_the_same_for_all_stays():
    table = persons(weight=[2, 2, 7, 2, 2], village=pd.Categorical(["山", "山", "川", "山", "山"]))
    found, _ = ps.equivalise(
        table, "household_id", "age", keep=["village", "weight"], income="income"
    )
    assert list(found)[:4] == ["household_id", "village", "weight", "size"]
    assert found[["village", "weight"]].values.tolist() == [["川", 7], ["山", 2]]
    assert found["village"].dtype == "category"
    mean = ps.mean(ps.Survey(found, weight="weight", size="size"), "equivalised_income").tidy()
    assert mean["estimate"].item() == pytest.approx((7 * 8 + 8 * 50 / 2.3) / 15)


def test_a_size_that_is_stated_otherwise_is_told():
    found, report = ps.equivalise(
        persons(stated=[5, 5, 1, 5, 5]), "household_id", "age", size="stated"
    )
    assert found["size"].tolist() == [1, 4]
    [told] = report[report["reason"] == "size_differs"].to_dict("records")
    assert [told[one] for one in ("row", "column", "old", "new", "action")] == [
        1,
        "stated",
        5,
        4,
        "proposed",
    ]


# What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(("more", "told", "remedy"), [
    ({"age": [40, 38, None, 9, 14]}, "1 of 5 persons have no age", 'missing_age="adult"'),
    ({"age": [40, 38, 999, 9, -8]}, "-8 (1), 999 (1)", "between(0, 120)"),
    ({"age": [40, 38, -1, -1, 14]}, "-1 (2)", "clip(lower=0)"),
    ({"age": [1980, 1982, 1950, 2011, 2006]}, "years of birth", "2011 - people['age']"),
    ({"age": [1980, 1982, 1950, 2011, 2006], "year": 2020}, "years of birth", "people['year'] - people['age']"),
    ({"age": ["40", "38", "70", "九岁", "14"]}, "holds no numbers", "ps.clean.number"),
    ({"age": pd.to_datetime(["1980-05-01"] * 5)}, "holds no numbers", "dt.year"),
    ({"age": [40, 38, np.inf, 9, 14]}, "over 120", "between"),
    ({"household_id": [2, 2, None, 2, 2]}, "1 of 5 rows have no household_id", "notna()"),
    ({"household_id": [2, "2", 1, 2, 2]}, "two kinds", "astype(str)"),
    ({"year": [2020, 2021, 2020, 2020, 2020]}, "several years", "household=['household_id', 'year']"),
    ({"person_id": [1, 2, 1, 2, 3]}, "1 rows are of a person", "drop_duplicates(['household_id', 'person_id'])"),
    ({"income": [50.0, 50, 8, 49, 50]}, "1 of 2 households", "personal='income'"),
    ({"income": [50.0, 50, np.inf, 50, 50]}, "infinite", "inf"),
    ({"income": ["50", "50", "8", "50", "50"]}, "holds no numbers", "ps.clean.number"),
])  # fmt: skip
def test_what_cannot_be_is_refused(more, told, remedy):
    table = persons(**more)
    before = table.copy()
    refused(
        lambda: ps.equivalise(table, "household_id", "age", income="income"), told, remedy=remedy
    )
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(("options", "told", "remedy"), [
    ({"scale": "oecd_modifed"}, "Did you mean 'oecd_modified'", "scale='oecd_modified'"),
    ({"scale": 0.5}, "no such scale", "scale='oecd_modified'"),
    ({"age": None}, "counts children", "age="),
    ({"scale": lambda a, c: a - 1}, "1 adults, 0 children", "lambda"),
    ({"adult": 0}, "adult=", "adult=14"),
    ({"missing_age": "drop"}, "unknown age", "adult"),
    ({"income": "incom"}, "Did you mean 'income'", "rename"),
    ({"keep": "income", "income": "income"}, "named twice", "give 'income' once"),
    ({"keep": "size"}, "made here", "rename"),
    ({"household": []}, "need a column", "household="),
])  # fmt: skip
def test_wrong_options_are_refused(options, told, remedy):
    options = {"household": "household_id", "age": "age"} | options
    refused(lambda: ps.equivalise(persons(size=1), **options), told, remedy=remedy)


def test_an_unknown_age_counts_as_an_adult_only_where_that_is_asked_for():
    table = persons(age=[40, 38, 70, None, 14])
    found, report = ps.equivalise(table, "household_id", "age", missing_age="adult")
    assert found["units"].tolist() == [1, 2.5]
    assert report.loc[report["reason"] == "age_taken", "row"].tolist() == [4]


@pytest.mark.parametrize("ids", [
    lambda x: x.astype(str), lambda x: x.astype("Int64"), lambda x: x.astype("int8"),
    lambda x: x.astype("category"), lambda x: x.astype(str).astype("category"),
    lambda x: x.astype(float), lambda x: "户" + x.astype(str),
])  # fmt: skip
@pytest.mark.parametrize("ages", ["int8", "Int64", "float32", "object", "category"])
def test_types_make_no_difference(ids, ages):
    table = persons()
    table = pd.DataFrame({"户编号": ids(table["household_id"]), "年龄": table["age"].astype(ages),
                          "收入": table["income"]}, index=None).set_axis([7, 7, 3, 1, 1])  # fmt: skip
    found, _ = ps.equivalise(table, "户编号", "年龄", income="收入")
    assert found["units"].tolist() == pytest.approx([1, 2.3])
    assert found["equivalised_收入"].tolist() == pytest.approx([8, 50 / 2.3])
    assert found.index.tolist() == [0, 1]
    assert found["户编号"].tolist() == sorted(set(table["户编号"]))


def test_polars_is_taken_and_order_makes_no_difference():
    one, _ = ps.equivalise(persons(), "household_id", "age", income="income")
    two, _ = ps.equivalise(pl.from_pandas(persons()[::-1]), "household_id", "age", income="income")
    pd.testing.assert_frame_equal(one, two)


def test_no_rows_are_refused():
    with pytest.raises(ps.DataError, match="no rows"):
        ps.equivalise(persons()[:0], "household_id", "age")


def test_waves_in_one_table_are_households_of_their_own():
    table = pd.concat(
        [persons(year=2020, person_id=range(5)), persons(year=2022, person_id=range(5))]
    )
    found, _ = ps.equivalise(table, ["household_id", "year"], "age", income="income")
    assert found[["household_id", "year"]].values.tolist() == [
        [1, 2020],
        [1, 2022],
        [2, 2020],
        [2, 2022],
    ]
    assert found["size"].tolist() == [1, 1, 4, 4]
    refused(lambda: ps.equivalise(table, "household_id", "age"), "5 rows", remedy="'year'")


# Prices ---------------------------------------------------------------------------------------

YEARS = pd.DataFrame({"year": [2010, 2012, 2011, 2012], "income": [2000.0, 2310, 2100, None]})
FIXED = {2010: 100, 2011: 105, 2012: 110}


def test_incomes_are_divided_by_the_prices_of_their_year():
    before = YEARS.copy()
    found, report = ps.deflate(YEARS, "income", index=FIXED, base=2010)
    assert found["income_2010prices"].tolist() == pytest.approx(
        [2000, 2100, 2000, np.nan], nan_ok=True
    )
    pd.testing.assert_frame_equal(found[["year", "income"]], before)
    pd.testing.assert_frame_equal(YEARS, before)
    assert "除以1.1：2012价格与2010价格之比（2行）" in report["why_zh"].tolist()
    later, _ = ps.deflate(YEARS, "income", index=FIXED, base=2012)
    ratio = later["income_2012prices"] / found["income_2010prices"]
    assert ratio.dropna().tolist() == pytest.approx([1.1] * 3)


def test_a_chain_by_hand():
    """2010 to 2013 by 5.4, 2.6 and 2.8 %: 100, 105.4, 108.1404, 111.1683312."""
    table = pd.DataFrame({"year": range(2010, 2014), "income": 1000.0})
    chain = {2013: 102.8, 2011: 105.4, 2012: 102.6}
    found, _ = ps.deflate(table, "income", index=chain, base=2010, chained=True)
    wanted = [1000, 1000 / 1.054, 1000 / 1.081404, 1000 / 1.111683312]
    assert found["income_2010prices"].tolist() == pytest.approx(wanted, rel=1e-14)
    found, _ = ps.deflate(table, "income", index=chain, base=2013, chained=True)
    assert found["income_2013prices"].tolist() == pytest.approx(
        [1.111683312 * one for one in wanted], rel=1e-14
    )
    # what is done to all figures by mistake: the chain read as an index on one base
    wrong, _ = ps.deflate(table[1:], "income", index=chain, base=2011, chained=False)
    assert wrong["income_2011prices"].iloc[-1] == pytest.approx(1000 * 105.4 / 102.8)


def test_a_line_that_moves_gives_the_same_poor():
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {"year": rng.integers(2010, 2013, 900), "income": rng.lognormal(7.8, 0.5, 900)}
    )
    found, _ = ps.deflate(table, "income", index=FIXED, base=2010)
    found["line"] = found["year"].map(
        {one: ps.line(one, deflator=FIXED, base_year=2010) for one in FIXED}
    )
    one, two = (ps.poverty(ps.Survey(found), *of, by="year").tidy()["estimate"]
                for of in (("income_2010prices", 2300), ("income", "line")))  # fmt: skip
    assert one.tolist() == pytest.approx(two.tolist(), rel=1e-12)


PLACES = pd.DataFrame(
    {
        "省": ["贵州", "贵州", "甘肃", "甘肃"],
        "年份": [2010, 2011] * 2,
        "价格": [100, 110.0, 120, 126],
    }
)


@pytest.mark.parametrize("index", [
    PLACES, pl.from_pandas(PLACES), PLACES.set_index(["省", "年份"]), PLACES.set_index(["省", "年份"])["价格"],
    PLACES.set_index(["省", "年份"])["价格"].to_dict(), PLACES.astype({"省": "category", "年份": "Int16"}),
])  # fmt: skip
def test_places_have_prices_of_their_own(index):
    table = pd.DataFrame(
        {"省": ["贵州", "甘肃", "甘肃"], "年份": [2011, 2011, 2010], "收入": 1260.0, "支出": 630}
    )
    found, report = ps.deflate(table, ["收入", "支出"], index=index, base=2010, by=["省", "年份"])
    assert found["收入_2010prices"].tolist() == pytest.approx([1260 / 1.1, 1200, 1260])
    assert found["支出_2010prices"].tolist() == pytest.approx([630 / 1.1, 600, 630])
    assert len(report) == 6
    found, _ = ps.deflate(table, "收入", index=index, base=("贵州", 2010), by=["省", "年份"])
    assert found["收入_贵州2010prices"].tolist() == pytest.approx([1260 / 1.1, 1000, 1050])
    chain = PLACES.assign(价格=[101, 102, 103, 104.0])
    found, _ = ps.deflate(table, "收入", index=chain, base=2010, by=["省", "年份"], chained=True)
    assert found["收入_2010prices"].tolist() == pytest.approx([1260 / 1.02, 1260 / 1.04, 1260])


@pytest.mark.parametrize(("options", "told", "remedy"), [
    ({"index": {2010: 100, 2012: 210}}, "lacks 1 years, and no figure is made up", "add them"),
    ({"index": {2010: 100, 2012: 210}}, "2011; nearest there: 2010 2012", "add them"),
    ({"base": 2009}, "2009; nearest there: 2010 2011", "add them"),
    ({"index": {2010: 102.0, 2011: 105.4, 2012: 102.6}}, "may be of the year before", "chained=True"),
    ({"index": {2010: 100, 2011: 105.4, 2012: 102.6}}, "may be of the year before", "chained=True"),
    ({"index": {2010: 101, 2011: 105.4, 2012: 112.6}}, "may be of the year before", "chained=True"),
    ({"index": {2010: 102.0, 2012: 102.6}, "chained": True}, "2010 then 2012", "between"),
    ({"index": {2010: 2.0, 2011: 5.4, 2012: 2.6}, "chained": True}, "near 100", "add 100"),
    ({"index": {2010: 0.0, 2011: 5.4, 2012: 2.6}}, "above 0", "rates"),
    ({"index": {2010: 100, 2011: None, 2012: 200}}, "above 0", "leave blanks out"),
    ({"index": {"a": 100, "b": 150, "c": 200}}, "holds no numbers", ""),
    ({"index": [100, 105, 110]}, "list where by= names 1", "index="),
    ({"index": pd.DataFrame({"year": [2010, 2011, 2012, None], "cpi": [100, 150, 200, 210.0]})}, "has its year", "blanks"),
    ({"income": None}, "No income is named", "income="),
    ({"base": ()}, "A base is a year", "base=2010"),
    ({"chained": "yes"}, "or they are not", "chained=True"),
    ({"by": ["year", "region"]}, "time stands last", "by=['region', 'year']"),
    ({"by": ["region", "year"], "base": ("hills", 2010), "chained": True}, "compare no places", "base=2010"),
    ({"index": pd.DataFrame({"year": [2010, 2011, 2012, 2012], "cpi": [100, 150, 200, 201]})}, "figure twice", "drop_duplicates"),
    ({"index": pd.DataFrame({"year": [2010], "rural": 100, "urban": 100})}, "rural, urban", "['year', 'rural']"),
    ({"index": pd.DataFrame({"rok": [2010], "rural": 100})}, "lacks the column year", "rename"),
    ({"base": ("Guizhou", 2010)}, "one value for each column", "base=2010"),
    ({"base": "2010"}, "A base is a year", "base=2010"),
    ({"by": ["income", "year"], "income": "year"}, "named twice", "give 'year' once"),
    ({"by": ["region", "year"]}, "by= names 2", "index="),
])  # fmt: skip
def test_prices_that_are_not_there_are_refused(options, told, remedy):
    options = {"income": "income", "index": FIXED, "base": 2010} | options
    refused(lambda: ps.deflate(YEARS.assign(region="hills"), **options), told, remedy=remedy)


def test_rows_without_a_year_and_columns_that_are_there_are_refused():
    refused(lambda: ps.deflate(YEARS.assign(year=[2010, None, 2011, 2012]), "income", index=FIXED, base=2010),
            "1 of 4 rows have no year", remedy="notna()")  # fmt: skip
    found, _ = ps.deflate(YEARS, "income", index=FIXED, base=2010)
    refused(lambda: ps.deflate(found, "income", index=FIXED, base=2010), "made here", remedy="drop")


# Values far out -------------------------------------------------------------------------------


def test_values_beyond_a_quantile_are_set_to_it_and_told():
    table = pd.DataFrame({"income": [5.0, 1, 2, 3, 100, None]}, index=[9, 9, 1, 2, 3, 4])
    before = table.copy()
    found, report = ps.winsorise(table, "income", low=0.3, high=0.8)
    assert found["income_clipped"].tolist() == pytest.approx([5, 2, 2, 3, 5, np.nan], nan_ok=True)
    assert report[["row", "old", "new", "reason"]].values.tolist() == [
        [2, 1.0, 2.0, "under_limit"], [5, 100.0, 5.0, "over_limit"],
    ]  # fmt: skip
    assert f"{95 / 111:.3%}" in report["why"].iloc[1]
    pd.testing.assert_frame_equal(table, before)
    found, report = ps.winsorise(table, "income", low=0.3, high=0.8, how="drop")
    assert found["income"].tolist() == pytest.approx([5, 2, 3, np.nan], nan_ok=True)
    assert list(found) == ["income"]
    assert found.index.tolist() == [9, 1, 2, 4]
    assert report["action"].tolist() == ["dropped"] * 2


def test_limits_are_of_the_group_and_weighted():
    """Weights as repeated rows."""
    table = pd.DataFrame(
        {
            "省": ["贵州"] * 4 + ["甘肃"] * 4,
            "收入": [1, 2, 3, 4, 10, 20, 30, 40],
            "w": [1, 1, 1, 1, 0, 3, 1, 1],
        }
    )
    found, report = ps.winsorise(table, "收入", high=0.6, by="省", weight="w")
    repeated = table.loc[table.index.repeat(table["w"])]
    plain, _ = ps.winsorise(repeated, "收入", high=0.6, by="省")
    inside = found["w"] > 0
    assert (
        found.loc[inside, "收入_clipped"].tolist()
        == plain.drop_duplicates()["收入_clipped"].tolist()
        == [1, 2, 3, 3, 20, 20, 20]
    )
    assert report["why"].str.contains("贵州").tolist() == [True, False, False]
    limits = ps.quantile(ps.Survey(table, weight="w"), "收入", 0.6, by="省").tidy()
    assert dict(zip(limits["省"], limits["estimate"], strict=True)) == {"贵州": 3, "甘肃": 20}


def test_nothing_beyond_leaves_an_empty_report():
    found, report = ps.winsorise(pd.DataFrame({"income": [3, 3, 3]}), "income", low=0.1, high=0.9)
    assert len(report) == 0
    assert len(ps.clean.summary(report, "zh")) == 0
    assert found["income_clipped"].tolist() == [3, 3, 3]


@pytest.mark.parametrize(("options", "told", "remedy"), [
    ({}, "No limit", "high=0.99"), ({"high": 99}, "between 0 and 1", "0.99"),
    ({"low": 0.9, "high": 0.1}, "above the upper", "low=0.1, high=0.9"),
    ({"high": 0.9, "how": "trim"}, "limit or their rows", "clip"),
    ({"high": 0.9, "weight": "w"}, "missing or below 0", ">= 0"),
    ({"high": 0.9, "by": "place"}, "1 of 3 rows have no place", "notna()"),
    ({"high": 0.9, "low": 0.9}, "above the upper", "low=0.01, high=0.99"),
])  # fmt: skip
def test_wrong_limits_are_refused(options, told, remedy):
    table = pd.DataFrame({"income": [1, 2, 3], "w": [1, -1, 1], "place": ["a", None, "b"]})
    refused(lambda: ps.winsorise(table, "income", **options), told, remedy=remedy)


# Reports --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_reports_are_summed_up_and_written_like_those_of_a_cleaning(lang, tmp_path):
    table = persons(age=[40, 38, 70, None, 14], year=2010)
    for _, report in (
        ps.equivalise(table, "household_id", "age", income="income", missing_age="adult"),
        ps.deflate(table, "income", index={2010: 100}, base=2010),
        ps.winsorise(table, "income", high=0.1),
    ):
        told = ps.clean.summary(report, lang)
        assert told.iloc[:, 2].sum() == len(report) > 0
        assert not told.isna().any(axis=None)
        ps.clean.write(report, tmp_path / "report.csv")


# Codes of no answer, and numbers that are none ------------------------------------------------

CODED = pd.DataFrame({"household_id": [*range(60), *range(60)], "year": 2010, "age": 40,
                      "income": [2000.0 + 7 * i for i in range(55)] * 2 + [-8.0] * 10})  # fmt: skip
CODED["income"] = CODED.groupby("household_id")["income"].transform("first")
CODED.loc[CODED["household_id"] >= 55, "income"] = -8
CALLS = {
    "income": lambda table, **more: ps.equivalise(table, "household_id", "age", income="income", **more),
    "personal": lambda table, **more: ps.equivalise(table, "household_id", "age", personal="income", **more),
    "prices": lambda table, **more: ps.deflate(table, "income", index=FIXED, base=2011, **more),
    "limits": lambda table, **more: ps.winsorise(table, "income", high=0.9, **more),
}  # fmt: skip


@pytest.mark.parametrize("way", CALLS)
def test_codes_of_no_answer_are_refused_or_missing_and_told(way):
    told = f"-8 ({5 if way == 'income' else 10})"
    refused(lambda: CALLS[way](CODED), told, "no answer", remedy="codes={'income': [-8]}")
    refused(lambda: CALLS[way](CODED, codes=-9), told, remedy="codes={'income': [-9, -8]}")
    before = CODED.copy()
    for codes in (-8, [-8, -9], {"income": [-8]}):
        found, report = CALLS[way](CODED, codes=codes)
        pd.testing.assert_frame_equal(CODED, before)
        new = found.filter(regex="equivalised|prices|clipped").iloc[:, 0]
        assert new.isna().sum() == (5 if len(found) == 60 else 10)
        gone = report[report["reason"] == "missing_code"]
        assert gone["row"].tolist() == (CODED.index[CODED["income"] == -8] + 1).tolist()
    found, report = CALLS[way](CODED, codes=[])  # they are values
    assert found.iloc[:, -1].notna().all() and "missing_code" not in set(report["reason"])
    refused(
        lambda: CALLS[way](CODED, codes={"incom": -8}), "Did you mean 'income'", remedy="rename"
    )
    refused(lambda: CALLS[way](CODED, codes="-8"), "are numbers", remedy="codes=")
    for bad, problem in ((np.inf, "infinite"), (1e200, "too large")):
        refused(lambda bad=bad: CALLS[way](CODED.assign(income=bad)), problem, remedy="")


def test_what_stands_with_each_member_is_one_answer():
    """A loss of 8 in a household of five is no code that five rows hold."""
    table = pd.DataFrame(
        {"h": [0] * 5 + [*range(1, 60)], "y": [-8.0] * 5 + [900.0 + i for i in range(59)]}
    )
    found, _ = ps.equivalise(table, "h", scale="per_head", income="y")
    assert found["y"].iloc[0] == -8


def test_rows_of_no_person_are_counted_and_told():
    table = persons(person_id=[1, 2, 1, None, None])
    found, report = ps.equivalise(table, "household_id", "age")
    assert found["size"].tolist() == [1, 4]
    assert report.loc[report["reason"] == "no_person", "row"].tolist() == [4, 5]


@pytest.mark.parametrize("scale", [
    lambda n: n, lambda a, c: None, lambda a, c: "much", lambda a, c: 1j, lambda a, c: 1 / 0, lambda a, c: np.inf,
])  # fmt: skip
def test_a_function_that_gives_no_units_is_refused(scale):
    refused(lambda: ps.equivalise(persons(), "household_id", "age", scale),
            "one number of more than 0", remedy="scale=lambda")  # fmt: skip


def test_lists_are_nothing_that_members_share():
    refused(lambda: ps.equivalise(persons(k=[[1]] * 5), "household_id", "age", keep="k"),
            "Lists and records", remedy="astype(str)")  # fmt: skip


def test_any_name_of_a_column_is_taken():
    table = pd.DataFrame({"index": ["a", "b"], "figure": [2010, 2011], "rule": [100.0, 105.0]})
    prices = pd.DataFrame({"index": ["a", "b"] * 2, "figure": [2010, 2010, 2011, 2011], "level": [100, 100, 105, 105]})  # fmt: skip
    found, _ = ps.deflate(table, "rule", index=prices, base=2010, by=["index", "figure"])
    assert found["rule_2010prices"].tolist() == [100, 100]
    found, _ = ps.deflate(table[["index", "rule"]].assign(index=[2010, 2011]), "rule", index={"2010": 100, "2011": 105},
                          base=2010, by="index")  # fmt: skip
    assert found["rule_2010prices"].tolist() == [100, 100]


def test_the_share_that_moves_is_of_sizes_where_there_are_losses():
    _, report = ps.winsorise(pd.DataFrame({"y": [-1.0, 0, 1]}), "y", high=0.5)
    assert report["why"].item().endswith("moves: 50.000%")


def brute(people, adult=14):
    """Units, sizes and sums of households by plain loops."""
    homes = {}
    for _, one in people.iterrows():
        homes.setdefault(one["h"], []).append(one)
    made = []
    for home in sorted(homes):
        rows = homes[home]
        old = sum(one["age"] >= adult for one in rows)
        units = 0.0
        for i in range(len(rows)):
            units += 1 if i == 0 else 0.5 if i < old else 0.3
        wages = [
            one["wage"] for one in rows if not (one["age"] < 16 and one["wage"] != one["wage"])
        ]
        made.append([home, len(rows), units, sum(wages)])
    return np.array(made)


@pytest.mark.parametrize("seed", range(4))
def test_households_are_those_of_plain_loops(seed):
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"h": rng.integers(0, 60, 200), "age": rng.integers(0, 90, 200),
                           "wage": np.where(rng.random(200) < 0.2, np.nan, rng.gamma(2, 900, 200))},
                          index=rng.integers(0, 9, 200))  # fmt: skip
    found, _ = ps.equivalise(people, "h", "age", personal="wage")
    wanted = brute(people)
    np.testing.assert_allclose(found[["h", "size", "units", "wage"]], wanted, rtol=1e-12)
    assert found["equivalised_wage"].to_numpy() == pytest.approx(
        wanted[:, 3] / wanted[:, 2], nan_ok=True
    )
