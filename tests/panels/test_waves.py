"""Waves of a survey read into a panel: names by wave, codes of no answer, labels, links, design."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

import povstudy as ps
from povstudy.base.errors import DataError
from povstudy.clean.record.codebooks import load_codebook

pyreadstat = pytest.importorskip("pyreadstat")

YEARS = (2010, 2012, 2014, 2016)
GONE = {-1: "不知道", -2: "拒绝回答", -8: "不适用", -9: "缺失"}
URBAN = GONE | {0: "乡村", 1: "城镇"}
NAMES = {  # of each wave: code, province, county, community, urban, size, income, family, weight
    2010: "fid provcd countyid cid urban familysize indinc_net faminc_net fswt_nat",
    2012: "fid12 provcd countyid cid urban12 familysize fincome1_per fincome1 fswt_natcs12",
    2014: "fid14 provcd14 countyid14 cid14 urban14 familysize fincome1_per fincome1 fswt_natcs14",
    2016: "fid16 provcd16 countyid16 cid16 urban16 familysize16 fincome1_per fincome1 fswt_natcs16",
}  # fmt: skip


def truth(n=400, seed=1):
    """What the made-up waves hold: one row for each household and year, and its own code."""
    rng = np.random.default_rng(seed)
    household = np.arange(n)
    county = household % 40
    rows = []
    level = rng.normal(0, 0.5, n) + 0.5 * (county % 2)
    for year in YEARS:
        level = 0.6 * level + rng.normal(0, 0.6, n)
        rows.append(pd.DataFrame({
            "household": household, "year": year, "provcd": np.where(county < 20, 11, 52),
            "county": county, "urban": county % 2, "size": 1 + household % 5,
            "income": np.round(4000 * np.exp(level)), "weight": 1000.0 + county,
        }))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def wave(made, year):
    """The file of a wave with the names that it has; codes of 2010 are others than those after."""
    rows = made[made["year"] == year]
    code, provcd, county, cid, urban, size, income, family, weight = NAMES[year].split()
    table = pd.DataFrame({
        code: rows["household"] + (110_001 if year == 2010 else 100_051), provcd: rows["provcd"],
        county: rows["county"] + 1, cid: rows["county"] * 10, urban: rows["urban"],
        size: rows["size"], income: rows["income"], family: rows["income"] * rows["size"],
        weight: rows["weight"], "psu": rows["county"] + 1, "subpopulation": 1 + rows["county"] // 20,
        "qa1": 1, "qa2": 2,
    }).reset_index(drop=True)  # fmt: skip
    for before in [one for one in YEARS if one < year]:
        table[f"fid{before % 100}"] = table[code] + 9_950 * (before == 2010)
    return table


def saved(folder, table, year, **more):
    urban = NAMES[year].split()[4]
    labels = {urban: URBAN, NAMES[year].split()[6]: GONE} | more
    path = folder / f"cfps{year}famecon.dta"
    labels = {name: {int(k): v for k, v in told.items()} for name, told in labels.items()}
    pyreadstat.write_dta(table, str(path), variable_value_labels=labels)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder, made = tmp_path_factory.mktemp("cfps"), truth()
    found = {}
    for year in YEARS:
        table = wave(made, year)
        if year == 2012:
            table.loc[:4, "fincome1_per"] = [-8, -1, -1, -2, -8]
            table.loc[5, "urban12"] = -9
        found[year] = saved(folder, table, year)
    return found


@pytest.fixture(scope="module")
def panel(files):
    return ps.read_panel(files, codebook="cfps")


def test_the_design_bears_the_names_that_spells_and_transitions_look_for():
    made = pd.DataFrame(
        {"hh": [1, 2], "poor": [1, 0], "ea": [5, 6], "region": [1, 1], "w": [1.0, 2.0]}
    )
    columns = {"household_id": {"from": "hh", "read": "household_id"}, "poor": {"from": "poor", "read": "number"},
               "weight": {"from": "w", "read": "number"}, "stratum": {"from": "region", "read": "category"},
               "psu": {"from": "ea", "read": "household_id"}, "ea": {"from": "ea", "read": "number"}}  # fmt: skip
    book = {"table": "panel", "columns": columns}
    both, _ = ps.read_panel({2015: made, 2017: made}, book)  # no design is told: it has its names
    assert both.attrs["design"] == {"weight": "weight", "strata": "stratum", "psu": "psu"}
    with pytest.raises(ps.DataError, match="names weight, stratum and psu") as told:
        ps.read_panel(
            {2015: made, 2017: made}, book | {"design": {"weight": "weight", "psu": "ea"}}
        )
    assert told.value.found == "'psu: ea'" and "call it psu" in told.value.remedy
    slip = columns | {"weight": {"from": {2015: "wgt", 2017: ["wgt", "wt"]}, "read": "number"}}
    with pytest.warns(ps.DataWarning, match="No file has the weight .*\n.*\n.*columns wgt, wt"):
        ps.read_panel({2015: made, 2017: made}, book | {"columns": slip})
    weighed = {2015: made.assign(wgt=1.0), 2017: made}
    with pytest.warns(
        ps.DataWarning, match="No file of 2017 has a weight.*\n.*\n.*columns wgt, wt"
    ):
        ps.read_panel(weighed, book | {"columns": slip})


def test_persons_are_followed_by_codes_of_their_own():
    first = pd.DataFrame({"fid": [1, 1, 2], "pid": [11, 12, 21], "age": [40, 9, 70]})
    then = first.assign(fid=[7, 7, 8])
    columns = {"household_id": {"from": "fid", "read": "household_id"}, "age": {"from": "age", "read": "number"},
               "person_id": {"from": "pid", "read": "household_id"}}  # fmt: skip
    book = {"table": "panel", "key": ["household_id", "person_id", "year"], "columns": columns}
    both, _ = ps.read_panel({2010: first, 2012: then}, book)  # no warning: warnings are errors here
    assert both["person_id"].nunique() == 3
    first["pid"] = then["pid"] = [1, 2, 1]  # numbers within a household follow nobody
    with pytest.warns(ps.DataWarning, match="nobody can be followed"):
        ps.read_panel({2010: first, 2012: then}, book)


def test_waves_become_one_panel(panel):
    table, report = panel
    made = truth().sort_values(["year", "household"])
    assert len(table) == len(made)
    assert table["household_id"].tolist() == [str(110_001 + one) for one in made["household"]]
    assert (table["household_code"] != table["household_id"]).sum() == 3 * 400
    gone = (made["year"] == 2012).to_numpy() & (made["household"] < 5).to_numpy()
    assert table.loc[~gone, "income"].tolist() == made["income"][~gone].tolist()
    assert table.loc[gone, "income"].isna().all()
    assert set(table["urban"].dropna()) == {"rural", "urban"}
    assert table["province"].unique().tolist() == ["北京", "贵州"]
    assert table["size"].dtype == "Int64"
    assert table.attrs["step"] == 2
    assert table.attrs["design"] == {"weight": "weight", "strata": "stratum", "psu": "psu"}
    assert table.attrs["source"].status == "survey"
    assert "2010-2016" in table.attrs["source"].text
    told = report[report["action"] == "missing"]
    assert told[told["column"] == "income"]["old"].value_counts().to_dict() == {
        "不适用 (-8)": 2, "不知道 (-1)": 2, "拒绝回答 (-2)": 1,
    }  # fmt: skip
    assert told[told["column"] == "urban"]["file"].tolist() == ["2012: cfps2012famecon.dta"]
    left = report[report["reason"] == "columns_left"]  # a line for each file
    assert left["old"].tolist() == ["2", "2", "2", "2"]
    assert len(report) < 60
    assert "不知道" in report.to_string()
    assert len(ps.clean.summary(report, "zh"))


def test_from_files_to_poverty_in_two_lines(panel):
    table = panel[0]
    svy = ps.Survey(table, **table.attrs["design"], missing="drop")
    found = ps.poverty(svy, "income", line=2300, by=["year", "urban"])
    rows = truth()
    rows = rows[(rows["year"] == 2014) & (rows["urban"] == 1)]
    share = np.average(rows["income"] < 2300, weights=rows["weight"])
    tidy = found.tidy() if hasattr(found, "tidy") else found
    one = tidy[(tidy["term"] == "headcount") & (tidy["year"] == 2014) & (tidy["urban"] == "urban")]
    assert one["estimate"].item() == pytest.approx(share, abs=1e-12)
    read = ps.tables.estimates_table(found.tidy(), lang="zh")
    assert set(read.iloc[:, 2]) == {"乡村", "城镇"}


def test_transitions_and_spells_have_the_step_of_the_waves(panel):
    table = panel[0]
    table = table[table["income"].notna()]
    table = table.assign(poor=table["income"] < 2300)
    spells = ps.spells(table)
    assert spells.attrs["step"] == 2
    moves = ps.transitions(table).tidy()
    assert (moves["n"] > 0).any()


def test_the_hazard_is_that_of_a_clustered_glm(panel):
    sm = pytest.importorskip("statsmodels.api")
    table = panel[0]
    table = table[table["income"].notna()]
    table = table.assign(
        poor=table["income"] < 3500, town=(table["urban"] == "urban").astype(float)
    )
    spells = ps.spells(table, covariates=["town", "psu"])
    spells = spells[spells["origin_known"]]
    fit = ps.relapse_model("town", spells, cluster="psu")
    rows = spells.loc[spells.index.repeat((spells["exit"] - spells["entry"]).astype(int))].copy()
    rows["period"] = rows["entry"] + rows.groupby(level=0).cumcount()
    rows["y"] = (rows["event"] & (rows["period"] == rows["exit"] - 1)).astype(float)
    x = pd.get_dummies(rows["period"], dtype=float).assign(town=rows["town"].astype(float))
    glm = sm.GLM(rows["y"], x, family=sm.families.Binomial(sm.families.links.CLogLog()),
                 freq_weights=None).fit(cov_type="cluster", tol=1e-14, maxiter=200,
                                        cov_kwds={"groups": pd.factorize(rows["psu"])[0]})  # fmt: skip
    assert fit.params["town"] == pytest.approx(glm.params["town"], abs=1e-6)
    assert fit.std_errors["town"] == pytest.approx(glm.bse["town"], abs=1e-6)


# A codebook of one's own ------------------------------------------------------------------

MINE = """
name: mine
table: panel
key: [household_id, year]
missing: {-8: 不适用, -1: 不知道}
columns:
  household_id: {from: {2010: fid, 2012: [fid12, fid_12]}, read: household_id, required: true}
  income: {from: inc, read: number, max: 100000}
  urban: {from: {2010: u, 2012: u12}, read: category, values: {rural: [0, 乡村], urban: [1, 城镇]}}
  helped: {from: h, read: yes_no, yes: 1, no: 5}
  size: {from: n, read: count}
  roof: {from: roof, read: category}
"""
LINKED = {
    "table": "panel", "missing": [-8],
    "columns": {
        "household_id": {"from": {2010: "fid", 2012: "fid12", 2014: "fid14"}, "read": "household_id",
                         "earlier": {2010: "fid10", 2012: "fid12"}},
        "x": {"from": "x", "read": "number"},
    },
}  # fmt: skip
FIRST = pd.DataFrame({"fid": [1, 2], "inc": [50.0, -8.0], "u": [0, 1], "h": [1, 5], "n": [3, 4]})
THEN = pd.DataFrame({"FID_12": ["2", "1"], "inc": ["1,200", "-1"], "U12": ["城镇", "乡村"],
                     "h": ["是", "否"], "n": ["3", "四"], "roof": ["tile", "straw"]})  # fmt: skip


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    return path


def rows(panel, *names):
    return panel[["household_id", "year", *names]].astype(object).to_numpy().tolist()


def test_names_are_compared_without_case_and_words_read_as_codes_are(mine):
    before = FIRST.copy(), THEN.copy()
    panel, report = ps.read_panel({2012: THEN, 2010: FIRST}, mine)
    pd.testing.assert_frame_equal(FIRST, before[0])
    pd.testing.assert_frame_equal(THEN, before[1])
    assert rows(panel, "urban", "helped", "size") == [
        ["1", 2010, "rural", True, 3], ["2", 2010, "urban", False, 4],
        ["2", 2012, "urban", True, 3], ["1", 2012, "rural", False, 4],
    ]  # fmt: skip
    assert panel["income"].tolist()[0::2] == [50.0, 1200.0]
    assert panel["roof"].tolist()[2:] == ["tile", "straw"]
    assert panel["roof"].isna().tolist() == [True, True, False, False]
    told = report[["file", "column", "old", "reason"]].astype(object).values.tolist()
    assert ["2010", "income", "不适用 (-8)", "not_applicable"] in told
    assert ["2012", "income", "不知道 (-1)", "not_available"] in told
    assert any(one[:2] == ["2010", "roof"] and one[3] == "not_in_file" for one in told)
    assert set(report["why_zh"]) >= {"不适用", "本轮文件中没有此列"}


KINDS = [
    {"fid": "int8", "inc": "Int64", "u": "category", "h": "Int8", "n": "float32"},
    {"fid": "float64", "inc": object, "u": "boolean", "h": object, "n": "category"},
    {"fid": "string", "inc": "string", "u": "string", "h": "string", "n": "string"},
    {"fid": "category", "inc": "float32", "u": "int8", "h": "float64", "n": object},
]  # fmt: skip


@pytest.mark.parametrize("kinds", KINDS)
def test_any_type_of_a_column_says_the_same(kinds, mine):
    wanted, _ = ps.read_panel({2010: FIRST, 2012: THEN}, mine)
    if kinds["u"] == "boolean":
        kinds = kinds | {"u": object}
    table = FIRST.astype(kinds).set_axis([7, 7])
    panel, _ = ps.read_panel({2010: table, 2012: THEN}, mine)
    pd.testing.assert_frame_equal(panel, wanted)


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx", "parquet", "dta", "sav"])
def test_every_kind_of_file_says_the_same(ending, tmp_path, mine):
    path = tmp_path / f"first.{ending}"
    labels = {"u": {0: "乡村", 1: "城镇"}, "inc": {-8: "不适用"}}
    write = {
        "csv": lambda: FIRST.astype(float).to_csv(path, index=False, encoding="gb18030"),
        "tsv": lambda: FIRST.to_csv(path, index=False, sep="\t"),
        "xlsx": lambda: FIRST.to_excel(path, index=False),
        "parquet": lambda: FIRST.set_axis([3, 3]).to_parquet(path),
        "dta": lambda: pyreadstat.write_dta(FIRST, str(path), variable_value_labels=labels),
        "sav": lambda: pyreadstat.write_sav(FIRST, str(path), variable_value_labels=labels),
    }  # fmt: skip
    write[ending]()
    wanted, _ = ps.read_panel({2010: FIRST, 2012: THEN}, mine)
    panel, report = ps.read_panel({2010: path, 2012: THEN}, mine)
    pd.testing.assert_frame_equal(panel, wanted)
    assert f"2010: first.{ending}" in set(report["file"])


def test_long_codes_of_a_parquet_file_keep_their_digits(tmp_path, mine):
    """Beside a blank, too, where no note of pandas says how to read them."""
    (tmp_path / "fid=1").mkdir()  # which is no column of the file
    path, ids = tmp_path / "fid=1" / "first.parquet", [2**60 + 1, None, 2**60 + 3]
    parquet.write_table(pa.table({"fid": ids, "inc": [1.0, 2.0, 3.0]}), path)
    panel, _ = ps.read_panel({2010: path}, mine)
    assert panel["household_id"].tolist() == [str(2**60 + 1), str(2**60 + 3)]


def test_extended_missing_codes_and_declared_ranges(tmp_path, mine):
    pyreadstat.write_dta(pd.DataFrame({"fid": [1, 2, 3], "inc": [5, "a", "b"]}), str(tmp_path / "a.dta"),
                         missing_user_values={"inc": ["a", "b"]},
                         variable_value_labels={"inc": {"a": "refused"}})  # fmt: skip
    pyreadstat.write_sav(pd.DataFrame({"fid": [1, 2, 3], "inc": [5.0, 997, 999]}), str(tmp_path / "a.sav"),
                         missing_ranges={"inc": [{"lo": 996, "hi": 999}]},
                         variable_value_labels={"inc": {997: "refused"}})  # fmt: skip
    for name, last in (("a.dta", "b"), ("a.sav", "999")):
        panel, report = ps.read_panel({2010: tmp_path / name}, mine)
        assert panel["income"].isna().tolist() == [False, True, True]
        told = report[report["column"].eq("income")]
        assert told["reason"].tolist() == ["withheld", "missing_code"]
        assert told["old"].tolist()[1] == last


def test_the_label_of_a_wave_counts_before_its_code(tmp_path, mine):
    path = tmp_path / "turned.dta"
    pyreadstat.write_dta(FIRST, str(path), variable_value_labels={"u": {0: "城镇", 1: "乡村"}})
    assert ps.read_panel({2010: path}, mine)[0]["urban"].tolist() == ["urban", "rural"]
    pyreadstat.write_dta(FIRST, str(path), variable_value_labels={"u": {0: "country", 1: "town"}})
    assert ps.read_panel({2010: path}, mine)[0]["urban"].tolist() == ["rural", "urban"]


def test_only_the_columns_of_the_codebook_are_read(tmp_path, mine, monkeypatch):
    path, asked, read = tmp_path / "wide.dta", [], pyreadstat.read_dta
    pyreadstat.write_dta(FIRST.assign(**{f"q{i}": i for i in range(50)}), str(path))
    monkeypatch.setattr(pyreadstat, "read_dta",
                        lambda *a, **k: asked.append(k.get("usecols")) or read(*a, **k))  # fmt: skip
    _, report = ps.read_panel({2010: path}, mine)
    assert asked == [None, ["fid", "inc", "u", "h", "n"]]
    assert report.loc[report["reason"] == "columns_left", "old"].tolist() == ["50"]


def test_values_that_cannot_be_are_refused_and_told(mine):
    odd = FIRST.assign(inc=[np.inf, 200_000], n=[2.5, -2], u=[7, np.nan], h=[2, 1])
    panel, report = ps.read_panel({2010: odd}, mine)
    assert panel[["income", "size", "urban"]].isna().all().all()
    assert sorted(report.loc[report["action"] == "refused", "reason"]) == [
        "not_a_count", "not_a_count", "out_of_range", "out_of_range", "unknown_answer", "unknown_word",
    ]  # fmt: skip


def test_what_repeats_as_codes_do_is_left_and_told(mine):
    table = pd.DataFrame({"fid": range(200), "inc": [-9.0] * 8 + [3000.0 + i for i in range(192)]})
    panel, report = ps.read_panel({2010: table}, mine)
    assert (panel["income"] == -9).sum() == 8
    told = report[report["reason"] == "usual_code"]
    assert told[["column", "old", "action"]].astype(str).values.tolist() == [
        ["income", "-9", "proposed"]
    ]
    assert told["why"].item().startswith("rows: 8;") and told["why_zh"].item().startswith("8行；")
    with pytest.raises(ps.base.errors.PovstudyError):
        ps.poverty(ps.Survey(panel), "income", line=2300)


# Households over the waves ---------------------------------------------------------------


def test_households_are_followed_through_new_codes():
    w10 = pd.DataFrame({"fid": [1, 2, 3, 4], "x": 1})
    w12 = pd.DataFrame({"fid12": [51, 52, 53, 1], "fid10": [1, 2, 2, -8], "x": 2})
    w14 = pd.DataFrame({"fid14": [51, 52, 54, 55, 1, 60], "fid12": [51, 52, 52, -8, 1, -8],
                        "fid10": [1, 2, 2, 3, -8, 4], "x": 3})  # fmt: skip
    panel, report = ps.read_panel({2010: w10, 2012: w12, 2014: w14}, LINKED)
    of = {year: part["household_id"].tolist() for year, part in panel.groupby("year")}
    # 2 became 52 and 53, and which of them it is nobody said; 52 kept its code when 54 left it;
    # the 1 of 2012 is not the 1 of 2010; 3 and 4 were not there in 2012
    assert of[2012] == ["1", "52", "53", "1-2012"]
    assert of[2014] == ["1", "52", "54", "3", "1-2012", "4"]
    assert panel["household_code"].tolist()[4:8] == ["51", "52", "53", "1"]
    split = report[report["reason"] == "split_household"]
    assert split["row"].tolist() == [2, 3, 3]
    gap, _ = ps.read_panel({2010: w10, 2014: w14}, LINKED)
    assert gap.loc[gap["year"] == 2014, "household_id"].tolist() == [
        "1",
        "52",
        "54",
        "3",
        "1-2014",
        "4",
    ]
    with pytest.raises(DataError, match="does not say which codes") as told:
        ps.read_panel({2010: w10, 2012: w12.drop(columns="fid10")}, LINKED)
    assert "fid10" in told.value.remedy


def test_codes_in_two_ways_are_refused(mine):
    with pytest.raises(DataError, match="two ways") as told:
        ps.read_panel({2010: FIRST.assign(fid=["001", "002"]), 2012: THEN}, mine)
    assert "zfill(3)" in told.value.remedy
    padded = THEN.assign(FID_12=THEN["FID_12"].astype("Int64").astype("string").str.zfill(3))
    panel, _ = ps.read_panel({2010: FIRST.assign(fid=["001", "002"]), 2012: padded}, mine)
    assert panel["household_id"].nunique() == 2


def test_nobody_in_two_waves_is_told(mine):
    with pytest.warns(ps.DataWarning, match="No household is in two waves"):
        ps.read_panel({2010: FIRST, 2012: THEN.assign(FID_12=["8", "9"])}, mine)


def test_codes_stored_as_short_floats_are_refused(tmp_path, mine):
    ids = np.array([16_777_217, 16_777_219], dtype="float32")
    FIRST.assign(fid=ids).to_stata(tmp_path / "short.dta", write_index=False)
    with pytest.raises(DataError, match="last digits"):
        ps.read_panel({2010: tmp_path / "short.dta"}, mine)


def test_the_step_is_that_of_the_waves(mine):
    later = THEN.rename(columns={"FID_12": "fid"})
    book = load_codebook(mine)
    book = book | {"columns": book["columns"] | {
        "household_id": {"from": "fid", "read": "household_id"}, "urban": {"from": "u", "read": "text"},
    }}  # fmt: skip
    files = {2010: FIRST, 2011: later, 2013: FIRST}
    panel, _ = ps.read_panel(files, book)
    assert "step" not in panel.attrs
    poor = panel.assign(poor=panel["size"] > 3)
    with pytest.raises(DataError, match="not evenly spaced") as told:
        ps.spells(poor)
    assert told.value.remedy
    assert ps.read_panel({2010: FIRST, 2013: later}, book)[0].attrs["step"] == 3
    assert "step" not in ps.read_panel({2010: FIRST}, book)[0].attrs


# Several files, persons -------------------------------------------------------------------


def test_a_further_file_is_matched_by_the_key(mine):
    more = pd.DataFrame({"Fid": [2, 3], "u": [1, 0], "inc": [1, 1]})
    panel, report = ps.read_panel({2010: [FIRST[["fid", "inc"]], more]}, mine)
    assert panel["urban"].isna().tolist() == [True, False]
    assert panel["income"].tolist()[0] == 50.0  # of the first file that has it
    assert report.loc[report["reason"] == "only_in_further", "row"].tolist() == [2]
    with pytest.raises(DataError, match="several rows for one household_id"):
        ps.read_panel({2010: [FIRST[["fid", "inc"]], more.assign(Fid=2)]}, mine)
    with pytest.raises(DataError, match="by which it is matched"):
        ps.read_panel({2010: [FIRST[["fid", "inc"]], more.drop(columns="Fid")]}, mine)
    with pytest.raises(DataError, match="no column for household_id"):
        ps.read_panel({2010: [FIRST[["inc"]], FIRST]}, mine)
    with pytest.raises(DataError, match="no file"):
        ps.read_panel({2010: []}, mine)


def test_a_key_of_several_columns_and_of_persons():
    book = {
        "table": "panel", "key": ["household_id", "person_id", "year"],
        "columns": {
            "household_id": {"from": "CODUSU + NRO_HOGAR", "read": "household_id"},
            "person_id": {"from": "component", "read": "household_id"},
            "pay": {"from": "p21", "read": "money", "missing": {-9: "no answer"}},
        },
    }  # fmt: skip
    table = pd.DataFrame({"codusu": ["TQ", "TQ", "TR", "TS"], "nro_hogar": [1.0, 1, 2, np.nan],
                          "Component": [1, 2, 1, 1], "P21": [10, -9, 30, 40]})  # fmt: skip
    panel, report = ps.read_panel({2010: table, 2011: table}, book)
    assert rows(panel, "person_id")[:3] == [
        ["TQ-1", 2010, "1"], ["TQ-1", 2010, "2"], ["TR-2", 2010, "1"],
    ]  # fmt: skip
    assert panel["pay"].isna().tolist() == [False, True, False] * 2
    assert (report["reason"] == "no_key").sum() == 2
    with pytest.raises(DataError, match="household_id and person_id"):
        ps.read_panel({2010: table.assign(Component=1)}, book)


def test_one_file_may_hold_all_waves(tmp_path):
    book = {"table": "panel", "wave": "wave", "columns": {
        "household_id": {"from": "hhid", "read": "household_id"}, "x": {"from": "x", "read": "number"},
    }}  # fmt: skip
    table = pd.DataFrame(
        {"hhid": [1, 2, 1, 2], "WAVE": [1989, 1991, 1991, 1989], "x": [1, 2, 3, "?"]}
    )
    for name in ("all.csv", "all.xlsx"):
        path = tmp_path / name
        table.to_csv(path, index=False) if name == "all.csv" else table.to_excel(path, index=False)
        panel, report = ps.read_panel({1989: path, 1991: path}, book)
        assert rows(panel, "x")[::3] == [["1", 1989, 1.0], ["1", 1991, 3.0]]
        assert report["row"].tolist() == [5]  # the last row of the file
    with pytest.raises(DataError, match="no rows of 1993") as told:
        ps.read_panel({1993: table}, book)
    assert told.value.found == "1989, 1991"


def test_tables_of_polars_are_taken_and_lists_are_no_numbers(mine):
    wanted, _ = ps.read_panel({2010: FIRST}, mine)
    panel, _ = ps.read_panel({2010: pl.from_pandas(FIRST)}, mine)
    pd.testing.assert_frame_equal(panel, wanted)
    panel, report = ps.read_panel({2010: FIRST.assign(inc=[[1], np.array([2])])}, mine)
    assert panel["income"].isna().all() and (report["action"] == "refused").sum() == 2


# What is refused --------------------------------------------------------------------------

REFUSED = [
    ({2010: FIRST.assign(fid=1)}, "1 rows repeat household_id", "2010, row 2"),
    ({2010: FIRST, 2012: FIRST}, "The file of 2012 has no column for household_id", "2012"),
    ({2010: FIRST, 2011: FIRST}, "The file of 2011 has no column for household_id", "2011"),
    ({2010: FIRST.iloc[:0]}, "No row of this wave is left", "2010"),
    ({2010: FIRST.assign(fid=-8)}, "No row of this wave is left", "2010"),
    ({2010: pd.concat([FIRST, FIRST], axis=1)}, "Two columns of this table have one name", "wave 2010"),
    ({2010: "no/such.dta"}, "There is no such file", "no/such.dta"),
    ({2010: 5}, "given by its path", None),
    ({}, "given by their years", "argument files"),
    ([FIRST, THEN], "given by their years", "argument files"),
    ({"first": FIRST}, "given by their years", "argument files"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "problem", "where"), REFUSED)
def test_what_makes_no_panel_is_refused_with_its_place(files, problem, where, mine):
    with pytest.raises(DataError, match=problem) as told:
        ps.read_panel(files, mine)
    assert where is None or re.sub(r"\\", "/", str(told.value.where)).endswith(where)
    assert told.value.remedy


def test_a_lacking_column_is_told_with_what_is_like_it(mine):
    with pytest.raises(DataError) as told:
        ps.read_panel({2012: FIRST.rename(columns={"fid": "fid2012"})}, mine)
    assert told.value.found == "tried fid12, fid_12; like it: fid2012"
    assert "{from: {2012: fid2012}}" in told.value.remedy


def test_codebooks_of_another_kind_and_of_no_name():
    with pytest.raises(DataError, match="not a panel"):
        ps.read_panel({2010: FIRST}, "register")
    with pytest.raises(DataError, match="makes panel") as told:
        ps.clean.households(FIRST, "cfps")
    assert "ps.read_panel" in told.value.remedy
    with pytest.raises(DataError, match="Did you mean 'cfps'"):
        ps.read_panel({2010: FIRST}, "cfpss")


CHANGES = {
    "from: {2010: fid, 2012: [fid12, fid_12]}": ("from: {2010: 5}", "'from' is a name"),
    "from: inc": ("from: []", "'from' is a name"),
    "from: {2010: u, 2012: u12}": ("from: {first: u}", "'from' is a name"),
    "{-8: 不适用, -1: 不知道}": ("-8", "'missing' lists codes"),
    "missing: {": ("missing: [[1]]\npersonal: {", "'missing' lists codes"),
    "read: number": ("read: guess", "no such way to read"),
    "urban: [1, 城镇]": ("urban: [0, 城镇]", "stands for two codes"),
    "key: [household_id, year]": ("key: [household, year]", "not there"),
    "size:": ("year:", "that of its file"),
    "read: number, ": ("read: number, earlier: {2010: a}, ", "'earlier' says"),
    "name: mine": ("name: mine\ndesign: {weight: w}", "'design' says"),
    "read: count": ("read: period", "no period"),
    "table: ": ("encoding: 5\ntable: ", "'encoding' is"),
    "table: panel": ("table: panels", "households, programmes or a panel"),
    "columns:": ("colums:", "not known"),
}  # fmt: skip


@pytest.mark.parametrize("old", CHANGES)
def test_a_codebook_that_makes_no_sense_is_refused(old, tmp_path):
    new, words = CHANGES[old]
    assert old in MINE
    path = tmp_path / "mine.yaml"
    path.write_text(MINE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(words)) as told:
        load_codebook(path)
    assert "mine.yaml" in told.value.where and told.value.remedy
