"""Shares, conditions, first looks and groups by rank, against R survey: see reference/groups.R."""

import json
import warnings

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "groups.json").read_text("utf-8"))
TABLE = pd.read_csv(FILES / "design.csv")
LEVELS = ["low", "mid", "high", "top"]
TABLE["education"] = pd.cut(
    TABLE["income"] * (1 + TABLE["psu"] % 3 / 10), [0, 1200, 2300, 4000, np.inf], labels=LEVELS
)
TABLE["urban"] = np.where((TABLE["psu"] + TABLE["year"]) % 2 == 0, "urban", "rural")
TABLE["城乡"] = TABLE["urban"].map({"urban": "城镇", "rural": "乡村"})
TABLE["rich"] = TABLE["income"] > 2000
BOOT = pd.read_csv(FILES / "replicates.csv").filter(like="boot")
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}
DESIGNS = {
    "full": DESIGN,
    "fpc": {**DESIGN, "fpc": "units"},
    "rows": {"weight": "weight", "strata": "stratum"},
    "simple": {"weight": "weight"},
    "replicates": {"weight": "weight", "replicates": ps.Replicates(list(BOOT), df=55)},
}


def survey(name, table=TABLE):
    return ps.Survey(pd.concat([table, BOOT], axis=1), **DESIGNS[name])


# Shares -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DESIGNS)
def test_shares_and_numbers_of_categories_are_those_of_svymean_and_svytotal(name):
    svy, wanted = survey(name), R[name]
    found = ps.share(svy, "education")
    table = found.tidy()
    assert table["education"].tolist() == LEVELS  # the order of the categories
    assert table["estimate"].tolist() == pytest.approx(wanted["share"], rel=1e-12)
    assert found.cov().to_numpy() == pytest.approx(np.array(wanted["cov"]), abs=1e-14)
    assert table["estimate"].sum() == pytest.approx(1, abs=1e-14)
    counts = found.counts().tidy()
    assert counts["estimate"].tolist() == pytest.approx(wanted["counts"], rel=1e-12)
    assert counts["std_error"].tolist() == pytest.approx(wanted["counts_se"], rel=1e-9)
    by = ps.share(svy, "education", by="province").tidy()
    assert by["estimate"].tolist() == pytest.approx(np.ravel(wanted["by"]), rel=1e-12)
    assert by["std_error"].tolist() == pytest.approx(np.ravel(wanted["by_se"]), rel=1e-9)


@pytest.mark.parametrize("by", ["province", "year"])
@pytest.mark.parametrize("name", DESIGNS)
def test_independence_is_tested_as_svychisq_does(name, by):
    found = ps.share(survey(name), "education", by=by).test().set_index("test")
    wanted = R[name][by]
    first, second = found.loc["F"], found.loc["chi-square"]
    assert [
        first["statistic"],
        first["df"],
        first["df_residual"],
        first["p_value"],
    ] == pytest.approx([wanted["F"], wanted["df"], wanted["df_residual"], wanted["p"]], rel=1e-8)
    assert [second["statistic"], second["df"], second["p_value"]] == pytest.approx(
        [wanted["chi"], wanted["chi_df"], wanted["chi_p"]], rel=1e-8
    )


@pytest.mark.parametrize("design", [DESIGN, {"weight": "weight"}, {}])
def test_a_share_is_the_mean_of_a_mark_with_its_interval_and_design_effect(design):
    svy = ps.Survey(TABLE.assign(top=TABLE["education"] == "top"), **design)
    for by in (None, "province", ["province", "year"]):
        found, mark = ps.share(svy, "education", by), ps.mean(svy, "top", by)
        rows = found.table["education"] == "top"
        one = found.tidy()[rows].drop(columns=["term", "education"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(one, mark.tidy().drop(columns="term"), rtol=1e-10)
        effects = found.design_effects()["design_effect"][rows].to_numpy()
        assert effects == pytest.approx(mark.design_effects()["design_effect"].to_numpy())


def test_a_category_that_a_domain_lacks_is_zero_with_an_upper_bound():
    table = TABLE[(TABLE["province"] != "A") | (TABLE["education"] != "low")]
    found = ps.share(ps.Survey(table, **DESIGN), "education", by="province").tidy()
    none = found.query("province == 'A' and education == 'low'").iloc[0]
    assert (none["estimate"], none["std_error"], none["ci_low"]) == (0, 0, 0)
    assert 0 < none["ci_high"] < 0.2
    assert none["n"] == (table["province"] == "A").sum()
    assert none["df"] == found["df"].max()


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        (pd.Series([2, 1, 1, 2], dtype="int8"), [1, 2]),
        (pd.Series([2, 1, 1, 2], dtype="Int64"), [1, 2]),
        (pd.Series([True, False, False, True]), [False, True]),
        (pd.Series([True, False, False, True], dtype="boolean"), [False, True]),
        (pd.Series(["乙", "甲", "甲", "乙"]), ["乙", "甲"]),
        (pd.Series(["乙", "甲", "甲", "乙"], dtype=object), ["乙", "甲"]),
        (pd.Series(pd.Categorical(["b", "a", "a", "b"], ["c", "b", "a"])), ["b", "a"]),
        (pd.Series(pd.Categorical([2, 1, 1, 2])), [1, 2]),
        (pd.Series(["1", "10", "1", "10"]), ["1", "10"]),
    ],
)  # fmt: skip
def test_categories_of_every_type_come_in_their_order(column, wanted):
    column.index = [5, 5, 1, 0]
    found = ps.share(ps.Survey(column.to_frame("x")), "x").tidy()
    assert found["x"].tolist() == wanted
    assert found["estimate"].tolist() == [0.5, 0.5]


def engines(table, folder):
    path = folder / "table.parquet"
    table.to_parquet(path)
    lazy = pl.from_pandas(table)
    return [table, lazy, lazy.lazy(), str(path), duckdb.read_parquet(str(path))]


def test_shares_run_on_every_kind_of_table(tmp_path):
    plain = TABLE.assign(education=TABLE["education"].astype(str))
    tables = [
        ps.share(ps.Survey(one, **DESIGN), "education", "year").tidy()
        for one in engines(plain, tmp_path)
    ]
    for one in tables[1:]:
        pd.testing.assert_frame_equal(one, tables[0], rtol=1e-10, check_dtype=False)


def test_missing_categories_are_refused_with_their_number_or_counted():
    table = TABLE.assign(education=TABLE["education"].where(TABLE.index % 10 > 0))
    with pytest.raises(ps.DataError, match="42 rows have no education"):
        ps.share(ps.Survey(table, **DESIGN), "education")
    found = ps.share(ps.Survey(table, missing="drop", **DESIGN), "education", by="year")
    assert found.dropped == 42
    assert found.tidy().groupby("year")["n"].first().sum() == 378


def test_codes_of_no_answer_are_no_categories():
    table = TABLE.assign(code=np.r_[[-8] * 5, np.arange(len(TABLE) - 5) % 3 + 1])
    with pytest.raises(ps.DataError, match="5 rows of code hold what codebooks have"):
        ps.share(ps.Survey(table), "code")
    found = ps.share(ps.Survey(table, codes=[-8], missing="drop"), "code")
    assert (found.tidy()["code"].tolist(), found.dropped) == ([1, 2, 3], 5)
    with pytest.raises(ps.DataError, match="5 rows have no code"):
        ps.share(ps.Survey(table, codes=[-8]), "code")


def test_shares_are_told_in_both_languages_and_drawn():
    found = ps.share(ps.Survey(TABLE, **DESIGN), "城乡", by="year")
    assert "占比" in found.summary(lang="zh") and "城镇" in found.summary(lang="zh")
    assert found.plot() is not None
    assert (found.wide()["城镇"] + found.wide()["乡村"]).tolist() == pytest.approx([1, 1])


def test_what_is_no_category_is_refused():
    svy = ps.Survey(TABLE, **DESIGN)
    with pytest.raises(ps.DataError, match="So many different numbers"):
        ps.share(svy, "income")
    with pytest.raises(ps.DataError, match="no row with a category"):
        ps.share(ps.Survey(TABLE.assign(none=None), missing="drop"), "none")
    with pytest.raises(ps.DataError, match="another column than domains"):
        ps.share(svy, "education", by="education")
    with pytest.raises(ps.DataError, match="Did you mean 'education'"):
        ps.share(svy, "educaton")
    with pytest.raises(ps.DataError, match="asks whether shares differ between domains"):
        ps.share(svy, "education").test()
    with pytest.raises(ps.DataError, match="two categories and two domains"):
        ps.share(ps.Survey(TABLE[TABLE["year"] == 2019], **DESIGN), "education", "year").test()
    with pytest.raises(ps.DataError, match=r"ps\.share\(svy, 'education'\)"):
        ps.mean(ps.Survey(TABLE.assign(education=TABLE["education"].astype(str))), "education")


# Conditions ---------------------------------------------------------------------------

CONDITIONS = {
    "urban == 'urban'": TABLE["urban"] == "urban",
    "income < 2300 and province in ['A', 'B']": (TABLE["income"] < 2300)
    & TABLE["province"].isin(["A", "B"]),
    "not (year == 2019) or education == 'top'": (TABLE["year"] != 2019)
    | (TABLE["education"] == "top"),
}


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize(
    ("key", "text"), list(zip(["urban", "poor", "gini_free"], CONDITIONS, strict=True))
)
def test_rows_that_are_kept_have_the_errors_of_subset(name, key, text):
    svy, wanted = survey(name).where(text), R[name][key]
    found = ps.mean(svy, ["income", "line"]).tidy()
    assert found["estimate"].tolist() == pytest.approx(wanted["mean"], rel=1e-12)
    assert found["std_error"].tolist() == pytest.approx(wanted["se"], rel=1e-9)
    total = ps.total(svy, "income").tidy()["std_error"].iloc[0]
    assert total == pytest.approx(np.ravel(wanted["total_se"])[0], rel=1e-9)


def test_degrees_of_freedom_are_those_of_a_domain():
    """R counts the units of a subset that have a row in it; here all units of its strata."""
    svy = ps.Survey(TABLE, **DESIGN)
    df = {text: ps.mean(svy.where(text), "income").tidy()["df"].iloc[0]
          for text in ("urban == 'urban'", "income < 4000", "stratum == 's0'")}  # fmt: skip
    assert R["degf"] == [25, df["income < 4000"]]
    assert df["urban == 'urban'"] == 55  # as ps.mean(svy, "income", by="urban")
    assert df["stratum == 's0'"] == 11


MORE = {
    **CONDITIONS,
    "城乡 == '城镇'": TABLE["urban"] == "urban",
    "城乡 ＝＝ “城镇”": TABLE["urban"] == "urban",
    "income < 2300 & province == 'A' | year == 2011": (TABLE["income"] < 2300)
    & (TABLE["province"] == "A")
    | (TABLE["year"] == 2011),
    "1000 <= income < line": (TABLE["income"] >= 1000) & (TABLE["income"] < TABLE["line"]),
    "`2010 收入` / line < 0.8": TABLE["income"] / TABLE["line"] < 0.8,
    "~rich": ~TABLE["rich"],
    "rich == True and 2 * income - 1 > 5000": TABLE["rich"] & (2 * TABLE["income"] - 1 > 5000),
    "province not in ('A', 'C')": TABLE["province"] == "B",
    "gap is not None and gap < 3000": TABLE["income"].where(TABLE.index % 50 > 0) < 3000,
}


@pytest.mark.parametrize(
    ("text", "design"), [*((one, "full") for one in MORE), *((one, "simple") for one in CONDITIONS)]
)
def test_what_a_condition_keeps_is_a_domain_on_every_kind_of_table(text, design, tmp_path):
    table = TABLE.assign(
        education=TABLE["education"].astype(str),
        gap=TABLE["income"].where(TABLE.index % 50 > 0),
        domain=MORE[text].astype(int),
    ).assign(**{"2010 收入": TABLE["income"]})
    whole = ps.Survey(table, **DESIGNS[design])
    wanted = ps.mean(whole, ["income", "rich"], by="domain").tidy().query("domain == 1")
    wanted = wanted.drop(columns="domain").reset_index(drop=True)
    for one in engines(table, tmp_path):
        svy = ps.Survey(one, **DESIGNS[design])
        found = ps.mean(svy.where(text), ["income", "rich"]).tidy()
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-12)
    for marks in (
        MORE[text],
        MORE[text].astype("boolean"),
        MORE[text].to_numpy(),
        MORE[text].tolist(),
    ):
        found = ps.mean(whole.where(marks), ["income", "rich"]).tidy()
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-12)


def test_conditions_follow_each_other_and_leave_the_survey_as_it_is():
    table = TABLE.copy()
    svy = ps.Survey(table, **DESIGN)
    kept = svy.where("province == 'A'").where(TABLE["year"] == 2019)
    found, by = (
        ps.quantile(kept, "income").tidy(),
        ps.quantile(svy, "income", by=["province", "year"]),
    )
    wanted = by.tidy().query("province == 'A' and year == 2019").drop(columns=["province", "year"])
    pd.testing.assert_frame_equal(found, wanted.reset_index(drop=True), rtol=1e-12)
    assert "where (province == 'A'), where (rows that were marked)" in repr(kept)
    assert kept.status == svy.status and "where" not in repr(svy)
    pd.testing.assert_frame_equal(table, TABLE)
    twice = svy.where("year == 2019").where("year == 2019")
    assert (
        ps.mean(twice, "income").tidy().equals(ps.mean(svy.where("year == 2019"), "income").tidy())
    )


def test_other_measures_take_what_was_kept():
    svy = ps.Survey(TABLE, **DESIGN)
    kept = svy.where("urban == 'urban'")
    for measure in (
        lambda one, by: ps.poverty(one, "income", 2300, by=by),
        lambda one, by: ps.inequality(one, "income", by=by),
        lambda one, by: ps.share(one, "education", by=by),
    ):
        whole = measure(svy, "urban").tidy().query("urban == 'urban'").drop(columns="urban")
        found = measure(kept, None).tidy()
        pd.testing.assert_frame_equal(
            found, whole.reset_index(drop=True)[list(found)], rtol=1e-10, check_dtype=False
        )


def test_order_of_categories_and_objects_are_read():
    table = TABLE.assign(flag=TABLE["rich"].astype(object), words=TABLE["urban"].astype(object))
    table.loc[3, ["flag", "words"]] = None
    table["number"] = pd.Categorical(TABLE["year"])
    table["born"] = pd.to_datetime(TABLE["year"].astype(str) + "-05-01")
    svy = ps.Survey(table, missing="drop", **DESIGN)
    n = lambda text: ps.mean(svy.where(text), "income").tidy()["n"].iloc[0]  # noqa: E731
    assert n("education >= 'high'") == TABLE["education"].isin(["high", "top"]).sum()
    assert n("number == 2019") == n("born > '2015-01-01'") == (TABLE["year"] == 2019).sum()
    with pytest.warns(ps.DataWarning, match="Of 1 rows a value is missing"):
        assert n("flag") == TABLE["rich"].drop(3).sum()
    with pytest.warns(ps.DataWarning, match="Of 1 rows"):
        assert n("words > 'rural'") == (TABLE["urban"].drop(3) == "urban").sum()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # known to be false, whatever the other is
        n(
            "words == 'urban' and year == 2019"
            if TABLE.loc[3, "year"] != 2019
            else "words == 'urban' and year == 2011"
        )


@pytest.mark.parametrize("kind", ["int8", "uint8", "Int16", "UInt8", "float32", "int64"])
def test_small_whole_numbers_do_not_overflow(kind, tmp_path):
    table = pd.DataFrame({"x": pd.Series(np.arange(20) + 100).astype(kind), "y": 1.0})
    table.to_parquet(tmp_path / "x.parquet")
    for one in (table, pl.from_pandas(table), str(tmp_path / "x.parquet")):
        svy = ps.Survey(one, codes=[-8, 103], missing="drop")
        with pytest.warns(ps.DataWarning, match="Of 1 rows"):
            found = [ps.mean(svy.where(text), "y").tidy()["n"].iloc[0]
                     for text in ("x - 105 < 0", "x * 100 > 11000", "-x > -105", "x / 2 < 55", "x < 2300")]  # fmt: skip
        assert found == [4, 9, 4, 9, 19]


def test_codes_of_no_answer_are_unknown_in_a_condition():
    table = TABLE.assign(income=np.r_[[-8.0] * 5, TABLE["income"].iloc[5:]])
    with pytest.raises(ps.DataError, match="5 rows of income hold what codebooks have"):
        ps.Survey(table, **DESIGN).where("income < 2300")
    with pytest.raises(ps.DataError, match="Of 5 rows a value is missing"):
        ps.Survey(table, codes=[-8], **DESIGN).where("income < 2300")


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("incom < 2300", "Did you mean 'income'"),
        ("gap < 2300", "Of 9 rows a value is missing"),
        ("province = 'A'", "no condition that can be read"),
        ("province == 'A", "no condition that can be read"),
        ("province == A", "A word stands in quotes"),
        ("province == 'a'", "province holds 'A', 'B', 'C'"),
        ("income < 'x'", "holds numbers, not words"),
        ("province < 3", "province holds no numbers"),
        ("year", "A column by itself"),
        ("income == None", "is told by `is None`"),
        ("year in 2019", "After `in` stands a list"),
        ("education > 'zz'", "knows no order"),
        ("rich == 'yes'", "holds true and false, not words"),
        ("__import__('os').system('true')", "does not take this"),
        ("income.mean() < 3", "does not take this"),
        ("[x for x in (1,)]", "does not take this"),
        ("income ** 2 < 3", "does not take this"),
        ("f'{income}' == 'a'", "does not take this"),
        ("", "no condition that can be read"),
        ([True, False], "true or false for each row"),
        (TABLE["income"], "true or false for each row"),
        (5, "true or false for each row"),
        (TABLE["rich"].iloc[::-1], "in another order"),
        (TABLE["income"] < 0, "No row is left"),
    ],
)
def test_what_is_no_condition_is_refused(condition, said):
    svy = ps.Survey(TABLE.assign(gap=TABLE["income"].where(TABLE.index % 50 > 0)), **DESIGN)
    with pytest.raises(ps.DataError) as error:
        svy.where(condition)
    assert said in str(error.value)


def test_marks_of_rows_need_a_table_in_memory(tmp_path):
    TABLE.to_parquet(tmp_path / "table.parquet")
    svy = ps.Survey(str(tmp_path / "table.parquet"), **DESIGN)
    with pytest.raises(ps.DataError, match="need a table in memory"):
        svy.where(TABLE["rich"])
    with pytest.raises(ps.DataError, match="urban == 'urban'"):
        svy.where("urban == 'urbn'")


# A first look -------------------------------------------------------------------------


def test_a_table_is_described_as_pandas_does():
    found = ps.describe_columns(TABLE, ["income", "line"])
    wanted = TABLE[["income", "line"]].describe().T
    names = {"n": "count", "p25": "25%", "median": "50%", "p75": "75%"}
    for mine in ("n", "mean", "sd", "min", "p25", "median", "p75", "max"):
        assert found[mine].tolist() == pytest.approx(
            wanted[names.get(mine, mine.replace("sd", "std"))].tolist(), rel=1e-14
        )
    one = ps.describe_columns(ps.Survey(TABLE, **DESIGN), "income", weighted=False)
    pd.testing.assert_frame_equal(one, found.head(1))


def test_a_survey_is_described_as_r_does():
    found = ps.describe_columns(ps.Survey(TABLE, **DESIGN), ["income", "education"])
    row, wanted = found.iloc[0], R["describe"]
    assert [row["mean"], row["sd"] ** 2] == pytest.approx(
        [wanted["mean"], wanted["var"]], rel=1e-12
    )
    assert row[["p25", "median", "p75"]].tolist() == wanted["quantiles"]
    assert found["level"].tolist() == ["", *LEVELS]
    assert found["mean"][1:].tolist() == pytest.approx(R["full"]["share"], rel=1e-12)


def test_arms_stand_beside_each_other_with_the_error_of_the_design():
    svy = ps.Survey(TABLE, **DESIGN)
    found = ps.describe_columns(svy, ["income", "rich", "education"], by="year")
    assert found["column"].tolist() == ["rows", "income", "rich", *["education"] * 4]
    assert found.loc[0, ["year: 2011", "year: 2019"]].tolist() == [216, 204]
    row = found.iloc[1]
    wanted = R["arm"]
    assert [row["difference"], row["std_error"]] == pytest.approx(
        [wanted["difference"], wanted["se"]], rel=1e-9
    )
    share = ps.share(svy, "education", by="year").contrast("year", 2019, 2011).tidy()
    assert found["difference"][3:].tolist() == pytest.approx(share["estimate"].tolist(), rel=1e-12)
    assert found["std_error"][3:].tolist() == pytest.approx(share["std_error"].tolist(), rel=1e-12)
    beside = ps.balance(svy, ["income", "rich", "education"], arm="year", base=2011)
    standardised = found["standardised"].drop([0, 3]).tolist()  # it sets one level apart
    assert standardised == pytest.approx(beside["difference"].tolist(), rel=1e-8)
    three = ps.describe_columns(svy, "income", by="province")
    assert [one for one in three if one.startswith("difference")] == [
        "difference: B",
        "difference: C",
    ]


def test_a_look_tells_what_is_odd_and_refuses_nothing():
    table = TABLE.assign(
        empty=np.nan, born=pd.Timestamp("2020-01-01"), id=[f"h{i}" for i in TABLE.index],
        gap=TABLE["income"].where(TABLE.index % 50 > 0), same=7.0, lists=[[1]] * len(TABLE),
        code=np.r_[[-8.0] * 5, TABLE["income"].iloc[5:]],
        arm=pd.Series("a", TABLE.index).where(TABLE.index % 2 > 0, "b").where(TABLE.index > 9),
    )  # fmt: skip
    svy = ps.Survey(table, **DESIGN)
    with pytest.warns(ps.DataWarning, match="5 rows of code"):
        found = ps.describe_columns(svy).set_index("column")
    assert "weight" not in found.index and "psu" not in found.index
    assert found.loc["empty", ["n", "missing"]].tolist() == [0, 420]
    assert found.loc["gap", ["n", "missing"]].tolist() == [411, 9]
    assert found.loc["id", "level"] == "420 different values"
    assert found.loc["lists", "level"] == "lists"
    assert (found.loc["same", "sd"], found.loc["code", "min"]) == (0, -8)
    with pytest.raises(ps.DataError, match="5 rows of code"):  # measures refuse them still
        ps.mean(svy, "code")
    with pytest.warns(ps.DataWarning, match="10 rows have no arm"):
        arms = ps.describe_columns(svy, ["income", "empty", "same", "born"], by="arm")
    assert arms.loc[arms["column"] == "same", ["p_value", "standardised"]].isna().all(axis=None)
    with pytest.raises(ps.DataError, match="2 to 20 values"):
        ps.describe_columns(svy, "income", by="same")
    with pytest.raises(ps.DataError, match="told by one column"):
        ps.describe_columns(svy, "income", by=["year", "province"])


def test_a_look_runs_on_every_kind_of_table(tmp_path):
    table = TABLE.assign(education=TABLE["education"].astype(str))
    for by in (None, "year"):
        made = [ps.describe_columns(ps.Survey(one, **DESIGN), ["income", "rich", "education"], by)
                for one in engines(table, tmp_path)]  # fmt: skip
        for one in made[1:]:
            pd.testing.assert_frame_equal(one, made[0], rtol=1e-9, check_dtype=False)


# Groups by rank -----------------------------------------------------------------------


def test_fifths_are_those_of_the_weighted_quantiles_of_r():
    table = TABLE.set_axis(np.arange(len(TABLE)) // 2)
    found = ps.quantile_group(ps.Survey(table, **DESIGN), "income", 5, by="year")
    assert found.tolist() == R["fifths"]
    assert found.index.equals(table.index)
    lazy = ps.quantile_group(ps.Survey(pl.from_pandas(TABLE), **DESIGN), "income", 5, by="year")
    assert isinstance(lazy, pl.Series) and lazy.to_list() == R["fifths"]


def test_rows_of_one_income_are_in_one_fifth_and_sizes_are_told():
    table = pd.DataFrame({"income": [0.0] * 4 + [1.0, 2, 3, 4, 5, 6]})
    with pytest.warns(ps.DataWarning, match="not of one size") as told:
        found = ps.quantile_group(table, "income")
    assert found.tolist() == [1, 1, 1, 1, 3, 3, 4, 4, 5, 5]
    assert "40.0%, 0.0%, 20.0%" in str(told[0].message)


def test_who_has_no_income_or_no_weight_has_no_group():
    table = pd.DataFrame({"income": [1.0, None, 3.0, 4.0], "w": [1, 1, 0, 1]})
    with pytest.raises(ps.DataError, match="1 rows have no income"):
        ps.quantile_group(ps.Survey(table, weight="w"), "income", 2)
    found = ps.quantile_group(ps.Survey(table, weight="w", missing="drop"), "income", 2)
    assert found.isna().tolist() == [False, True, True, False]
    with pytest.raises(ps.DataError, match=r"groups= is a whole number of 2 or more"):
        ps.quantile_group(table, "income", 1)


VILLAGES = pd.DataFrame({
    "村": ["a"] * 4 + ["b"] * 3 + ["c"], "places": [2] * 4 + [1] * 3 + [1],
    "income": [5.0, 1, 3, 2, 7, 7, 7, 4],
})  # fmt: skip


def test_the_poorest_of_each_village_are_as_many_as_it_has_places():
    with pytest.warns(
        ps.DataWarning, match="3 rows of one income stand where a quota ends"
    ) as told:
        found = ps.poorest_in(VILLAGES, "income", "places", within="村")
    assert found[:4].tolist() == [False, True, False, True]
    assert found[4:7].sum() == 1 and found[7]
    assert "村 'b'" in str(told[0].message)
    lots = {tuple(_quiet(seed)[4:7]) for seed in range(20)}
    assert len(lots) == 3  # a lot, the same for the same seed
    assert _quiet(3).equals(_quiet(3))


def _quiet(seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ps.poorest_in(VILLAGES, "income", "places", within="村", seed=seed)


def test_a_quota_counts_by_weights_is_never_passed_and_is_one_in_a_place():
    table = VILLAGES.assign(persons=[3, 2, 4, 2, 1, 1, 1, 1])
    found = ps.poorest_in(ps.Survey(table, size="persons"), "income", 7)
    assert table["persons"][found].sum() <= 7
    assert found.tolist() == [False, True, False, True, False, False, False, False]
    with pytest.raises(ps.DataError, match="A place has one quota"):
        ps.poorest_in(VILLAGES, "income", "places")
    with pytest.warns(ps.DataWarning, match="1 places have fewer than their quota"):
        assert ps.poorest_in(VILLAGES.iloc[7:], "income", 5, within="村").tolist() == [True]


def test_columns_for_rows_need_the_table_in_memory(tmp_path):
    TABLE.to_parquet(tmp_path / "table.parquet")
    svy = ps.Survey(str(tmp_path / "table.parquet"), **DESIGN)
    with pytest.raises(ps.DataError, match="needs the table in memory"):
        ps.quantile_group(svy, "income")


# Odd columns ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["n", "estimate", "term", "std_error", "df"])
def test_columns_of_numbers_may_bear_names_of_results(name):
    wanted = ps.describe_columns(TABLE[["income", "urban"]], by="urban")
    found = ps.describe_columns(
        TABLE[["income", "urban"]].rename(columns={"income": name}), by="urban"
    )
    pd.testing.assert_frame_equal(found.drop(columns="column"), wanted.drop(columns="column"))


def test_signs_of_other_programs_are_read():
    svy = ps.Survey(TABLE)
    for text in (
        "year == 2019 && income < 3000 || province == 'A'",
        "not (year <> 2019) & income < 3000 | province ~= 'B'",
    ):
        plain = text.replace("&&", "and").replace("||", "or").replace("&", "and").replace("|", "or")
        plain = plain.replace("<>", "!=").replace("~=", "!=")
        assert (svy.where(text).rows.weights == svy.where(plain).rows.weights).all()


def test_dates_that_stand_as_objects_are_compared():
    days = pd.date_range("2014-01-01", periods=len(TABLE)).date
    svy = ps.Survey(TABLE.assign(seen=days))
    assert svy.where("seen < '2014-01-11'").rows.weights.sum() == 10


def test_names_of_rows_are_no_categories():
    table = pd.DataFrame({"household": [f"h{i}" for i in range(2001)]})
    with pytest.raises(ps.DataError, match="So many different values"):
        ps.share(ps.Survey(table), "household")
    assert len(ps.share(ps.Survey(table[1:]), "household")) == 2000
