"""Layouts of real tables: levels of places, lists, heads, dates, codes, indents, cells with units."""

import openpyxl
import pandas as pd
import pytest
from openpyxl.styles import Alignment

import povstudy as ps
from povstudy.base.errors import DataError


def read(folder, text, kind="csv"):
    path = folder / f"page.{kind}"
    if kind == "csv":
        path.write_text(text + "\n", encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for line in text.split("\n"):
            book.active.append([cell or None for cell in line.split(",")])
        book.save(path)
    return ps.clean.read_table(path)


def reasons(report, *known):
    return set(report["reason"]) - {"header", "renamed", *known}


def rows(table):
    return table.astype(object).where(table.notna(), None).to_numpy().tolist()


# ---- levels and codes of provinces, cities and counties -----------------------------------

COUNTIES = (
    "河北省,河北省,河北省,60\n{}河北省,丑市,丑市,60\n{}河北省,丑市,丙县,20\n{}河北省,丑市,丁县,40"
)
CODED = {
    "codes beside names in three columns": "区划代码,省,市,区县,人口数（人）\n130000,"
    + COUNTIES.format("130100,", "130191,", "130192,"),
    "names in one column": "代码,名称,人口（人）\n130000,河北省,60\n130100,丑市,60\n130191,丙县,20\n130192,丁县,40",
    "the column of places is known to a quarter": "地区代码,地区,人口\n13,河北省,60\n1301,丑市,60\n130191,丙县,20\n130192,丁县,40",
    "codes behind the names": "地区,adcode,人口\n河北省,130000,60\n丑市,130100,60\n丙县,130191,20\n丁县,130192,40",
}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", CODED)
def test_levels_of_rows_come_from_their_codes(tmp_path, name, kind):
    table, report = read(tmp_path, CODED[name], kind)
    assert table["level"].tolist() == ["province", "city", "county", "county"]
    assert table["adcode"].tolist() == ["130000", "130100", "130191", "130192"]
    assert table.loc[table["level"] == "province", table.columns[-1]].sum() == 60
    assert not reasons(report)


def test_codes_of_twelve_digits_tell_townships_and_villages(tmp_path):
    page = ("统计用区划代码,名称,人口\n130102001000,丑街道,5\n130102001001,乙社区,3\n130102000000,长安区,5\n"
            "130000000000,河北省,9")  # fmt: skip
    table, _ = read(tmp_path, page)
    assert table["level"].tolist() == ["township", "village", "county", "province"]
    assert table["adcode"].tolist() == ["130102"] * 3 + ["130000"]


@pytest.mark.parametrize(
    ("page", "levels"),
    [
        ("省,市,区县,人口\n" + COUNTIES.format("", "", ""), ["province", None, None, None]),
        ("省份,县,人口\n河北,丑县,3\n,寅县,4\n河南,合计,9\n", [None, None, "province"]),
        ("Province,County,Population\nHebei,Jia,10\nHenan,,5", [None, "province"]),
        ("省代码,省,县,人口\n130000,河北,丑县,3\n130000,河北,寅县,4", [None, None]),
        ("省份,城市,人口\n北京,北京,3\n吉林,吉林,4\n河北,石家庄,3", ["province", None, None]),
        ("县代码,县,村,人口\n130121,丑县,一村,3\n130121,丑县,二村,4", [None, None]),
    ],
)
def test_places_within_a_province_have_no_level_without_a_code_of_their_own(tmp_path, page, levels):
    table, report = read(tmp_path, page)
    level = table["level"].astype(object).where(table["level"].notna(), None)
    assert level.tolist() == levels
    assert (report["reason"] == "finer_place").sum() == 1
    assert table.loc[table["level"].isna(), "adcode"].isna().all()


@pytest.mark.parametrize(
    "page",
    [
        "地区,城乡,人口\n河北,城镇,3\n河北,农村,4\n河南,城镇,4\n河南,农村,4",
        "区域,省份,人口\n东部,河北,3\n西部,贵州,4",
        "地区,指标,2013年\n河北,贫困人口,3\n贵州,贫困人口,4",
    ],
)
def test_classes_areas_and_indicators_beside_provinces_are_no_places_within_them(tmp_path, page):
    table, report = read(tmp_path, page)
    assert (table["level"] == "province").all() and not reasons(report)


def test_a_code_of_another_province_than_the_name_is_refused(tmp_path):
    table, report = read(tmp_path, "区划代码,省,人口\n130000,河北,3\n410000,河南,4\n410000,贵州,4")
    assert rows(table[["adcode", "level"]])[2] == [None, None]
    told = report[report["reason"] == "contradictory_place"]
    assert told[["row", "old"]].values.tolist() == [[4, "410000"]]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_places_of_which_most_are_unknown_keep_codes_levels_and_totals(tmp_path, kind):
    page = ("地区,2014年（万人）\n全国合计,7017\n一、东部地区,956\n1.北京,0\n（二）中部,2461\n甲片区,1\n乙片区,2\n"
            "丙片区,3\n其他,1")  # fmt: skip
    table, report = read(tmp_path, page, kind)
    assert rows(table[["region", "adcode", "level"]])[:4] == [
        ["全国", None, "national"], ["东部", None, "area"], ["北京", "110000", "province"],
        ["中部", None, "area"]]  # fmt: skip
    unknown = report[report["reason"] == "unknown_place"]
    assert unknown["old"].tolist() == ["甲片区", "乙片区", "丙片区", "其他"]
    assert table["level"].isna().sum() == 4


# ---- lists, last rows, headings -----------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["2017年", "2018年", "2019年"], [2017, 2018, 2019]),
        (["2017年底", "二〇一八年", "2019"], [2017, 2018, 2019]),
        (["2017年11月", "2018年9月", "2019年4月"], ["2017年11月", "2018年9月", "2019年4月"]),
        (["2017/11/1", "2018/9/25", "2019/4/28"], ["2017/11/1", "2018/9/25", "2019/4/28"]),
    ],
)
def test_lists_with_years_or_dates_are_rows_and_no_notes(tmp_path, cells, wanted, kind):
    places = ["河北省,丑县", "河北省,寅县", "河南省,卯县"]
    page = "\n".join(f"{place},{cell}" for place, cell in zip(places, cells, strict=True))
    table, report = read(tmp_path, f"省份,县,退出年份\n{page}\n注：共三个县。", kind)
    assert table["退出年份"].tolist() == wanted and table["县"].tolist() == ["丑县", "寅县", "卯县"]
    assert table.attrs["notes"] == ["注:共三个县。"]
    assert reasons(report, "note", "finer_place") <= {"numeral"}


@pytest.mark.parametrize(
    "page",
    ["省份,县,批次\n河北省,丑县,第一批\n河北省,寅县,第二批", "省份,县\n河北省,丑县\n河北省,寅县"],
)
def test_a_list_of_words_is_refused_and_no_empty_table(tmp_path, page):
    with pytest.raises(DataError, match="number") as caught:
        read(tmp_path, page)
    assert "pandas" in str(caught.value)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("page", "labels"),
    [
        ("年份,指标,丑市\n2014,人口,8\n,比重,7\n2015,人口,8\n,比重,", ["人口", "比重"] * 2),
        ("年份,指标,丑市\n2014,人口,8\n,比重,\n2015,人口,8\n,比重,7", ["人口", "比重"] * 2),
        ("指标,2014年\n人口,8\n比重,7\n城镇化率,", ["人口", "比重", "城镇化率"]),
        ("月份,丑市\n1月,3\n2月,4\n3月,", ["1月", "2月", "3月"]),
        ("县,2014年,更新\n丑县,3,2015/3/2\n寅县,,2015/3/3", ["丑县", "寅县"]),
        ("县,2014年,备注\n丑县,3,\n寅县,,尚未公布", ["丑县", "寅县"]),
        (
            "县,2014年\n丑县,3\n寅县,\n卯县,4\n辰县,5\n巳县,6",
            ["丑县", "寅县", "卯县", "辰县", "巳县"],
        ),
    ],
)
def test_rows_without_numbers_yet_are_rows(tmp_path, page, labels, kind):
    table, _ = read(tmp_path, page, kind)
    name = "indicator" if "indicator" in table else table.columns[0]
    assert table[name].tolist() == labels and not table.attrs["notes"]


@pytest.mark.parametrize(
    "note", ["注：尚未公布,", "Note: preliminary,", "国家统计局,", "制表：某,", "本表为初步核算的数据以后可能会有调整,",
             ",\n城镇化率,", "注,抽样数据"],
)  # fmt: skip
def test_notes_and_signatures_below_a_table_are_no_rows(tmp_path, note):
    table, report = read(tmp_path, f"指标,2014年\n人口,8\n比重,7\n{note}")
    assert len(table) == 2 and len(table.attrs["notes"]) == 1
    assert "note" in set(report["reason"])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "page",
    [
        "城市,City,人数（人）\n辽宁省,Liaoning,\n 沈阳市, Shenyang,3\n 大连市, Dalian,4\n吉林省,Jilin,\n 长春市, Changchun,5\n 吉林市, Jilin,6",
        "城市,人数（人）,City\n辽宁省,,Liaoning\n沈阳市,3,Shenyang\n大连市,4,Dalian\n吉林省,,Jilin\n长春市,5,Changchun\n吉林市,6,Jilin",
        "城市,人数（人）\n辽宁省,\n沈阳市,3\n大连市,4\n吉林省,\n长春市,5\n吉林市,6",
    ],
)
def test_headings_between_rows_in_one_language_or_two(tmp_path, page, kind):
    table, report = read(tmp_path, page, kind)
    assert table["section"].tolist() == ["辽宁省"] * 2 + ["吉林省"] * 2
    assert table["persons"].tolist() == [3, 4, 5, 6]
    assert (report["reason"] == "section").sum() == 2


def test_a_city_without_a_number_is_no_heading_among_cities(tmp_path):
    page = "城市,City,人数\n辽宁省,Liaoning,\n沈阳市,Shenyang,3\n鞍山市,Anshan,\n大连市,Dalian,5\n营口市,Yingkou,5"
    table, _ = read(tmp_path, page)
    assert table["section"].tolist() == ["辽宁省"] * 4
    assert table["城市"].tolist()[1] == "鞍山市" and pd.isna(table["persons"][1])


# ---- heads --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("word", ["县", "村", "户", "镇", "乡", "人", "项"])
def test_a_column_of_text_has_no_unit_and_keeps_its_head(tmp_path, word, kind):
    table, _ = read(
        tmp_path, f"省份,市,{word},贫困人口（万人）\n河北省,丑市,赵,20\n河北省,丑市,钱,30", kind
    )
    assert list(table.columns) == ["region", "adcode", "level", "市", word, "poor_pop_10k"]
    assert table.attrs["units"] == {"poor_pop_10k": "万人"}


def test_a_unit_alone_over_numbers_is_unit_and_name(tmp_path):
    table, _ = read(tmp_path, "村,户,人\n一村,20,80\n二村,30,90")
    assert list(table.columns) == ["村", "户", "人"] and table.attrs["units"] == {
        "户": "户",
        "人": "人",
    }
    table, _ = read(tmp_path, "行政区划,,贫困人口\n县,村,（人）\n丑县,一村,20\n丑县,二村,30")
    assert list(table.columns) == ["县__region", "村__region", "poor_pop_persons"]


@pytest.mark.parametrize("first", ["城市", "地区", "年龄"])
@pytest.mark.parametrize(
    "heads",
    ["0-14,15-64,65+", "<5,5-14,≥15", "0-14岁,15-64岁,65岁以上", "0岁,1-4岁,5岁及以上", "0,1-4,5+",
     "2000-2010,2010-2015,2015-2020", "1000元以下,1000-2000元,2000元以上", "0~14,15~64,65岁+", "(0-14),(15-64),(65+)",
     "0-14（%）,15-64（%）,65+（%）", "0-50%,50-80%,80%以上", "2013Q1,2013Q2,2013Q3", "2012/13,2013/14,2014/15",
     "1-2人,3-4人,5人以上"],
)  # fmt: skip
def test_heads_that_are_spans_are_heads(tmp_path, heads, first):
    table, report = read(tmp_path, f"{first},年份,{heads}\n丑,2010,34,209,47\n寅,2010,36,141,38")
    assert len(table) == 2 and table.columns.is_unique and "year" in table
    assert not any(name.startswith("column_") for name in table.columns)
    assert table.iloc[:, -3:].to_numpy().tolist() == [[34, 209, 47], [36, 141, 38]]
    assert report["reason"].tolist().count("header") == 1


def test_spans_under_full_heads_are_cells(tmp_path):
    table, _ = read(tmp_path, "x,7.9e-05,1\ny,6.4e-05,2")  # a table without a head
    assert table["column_2"].tolist() == [7.9e-05, 6.4e-05]
    table, report = read(tmp_path, "县,贫困人口,户数\n丑县,30-50,10-20\n寅县,300,100")
    assert table["poor_pop"].tolist()[1] == 300 and len(table) == 2
    assert reasons(report) == {"corrupt_number"}


@pytest.mark.parametrize(
    "page",
    [
        "年份,地区,收入（元）,地区,收入（元）\n2019,丑旗,100,寅旗,200\n2020,丑旗,110,寅旗,210",
        "旗县,收入,旗县,收入\n丑旗,1,寅旗,2\n卯旗,1,辰旗,2",
        "序号,村,人口,序号,村,人口\n1,一村,1,3,三村,2\n2,二村,1,4,四村,2",
        "县名,人口,县名,人口,县名,人口\n丑县,1,寅县,2,卯县,3\n辰县,1,巳县,2,午县,3",
    ],
)
def test_places_side_by_side_are_refused(tmp_path, page):
    with pytest.raises(DataError, match="second table stands beside") as caught:
        read(tmp_path, page)
    assert "below" in caught.value.remedy


# ---- dates and codes ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "cells",
    [
        ["2025/3/25", "2025/3/26"], ["3/25/2025 11:56", "3/26/2025 1:05:30 PM"], ["25/3/2025", "26/3/2025"],
        ["2025-03-25 11:56:00", "2025-3-6"], ["2025.3.25", "2025.3"], ["2025.3.25", "2025年3月"],
        ["25.3.2025", "26.3.2025"], ["25-Mar-2025", "26-Mar-2025"], ["2025/3", "2025/4"],
        ["3月25日", "3月26日"], ["11:56", "12:03:10"], ["2015.3-2016.2", "2015-2016"], ["2025年3月25日", "待定"],
        ["2025/3/25 上午11:56", "2025/3/26 11时56分"], ["25/Mar/2025", "2025-03-25T11:56:00Z"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("order", ["last", "middle", "first"])
def test_columns_of_dates_are_text(tmp_path, cells, order, kind):
    lines = [["地区", "值", "更新"], ["河北", "33.7", cells[0]], ["河南", "25.1", cells[1]]]
    at = {"last": [0, 1, 2], "middle": [0, 2, 1], "first": [2, 0, 1]}[order]
    page = "\n".join(",".join(line[j] for j in at) for line in lines)
    table, report = read(tmp_path, page, kind)
    assert table["更新"].tolist() == cells and table["值"].tolist() == [33.7, 25.1]
    assert not reasons(report) and table["level"].tolist() == ["province"] * 2


def test_months_under_a_head_of_dates_are_text_and_numbers_elsewhere_stay(tmp_path):
    table, _ = read(
        tmp_path, "地区,收入,日期,年月\n河北,2025.10,2025.10,202503\n河南,2031.11,2025.11,202504"
    )
    assert table["日期"].tolist() == ["2025.10", "2025.11"]
    assert table["年月"].tolist() == ["202503", "202504"]
    assert table["收入"].tolist() == [2025.1, 2031.11]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_codes_with_leading_zeros_are_text(tmp_path, kind):
    page = "hhid,psu,stratum,income\n0001,0012,07,100\n0002,,12,200\n0003,0113,08,"
    table, report = read(tmp_path, page, kind)
    assert table["hhid"].tolist() == ["0001", "0002", "0003"]
    assert rows(table[["psu", "stratum"]]) == [["0012", "07"], [None, "12"], ["0113", "08"]]
    assert table["income"].tolist()[:2] == [100, 200] and not reasons(report)
    table, _ = read(tmp_path, "hh,psu,stratum\n001,02,03\n002,02,04", kind)
    assert rows(table) == [["001", "02", "03"], ["002", "02", "04"]]


def test_numbers_with_zeros_before_them_are_told(tmp_path):
    table, report = read(tmp_path, "县,人数（人）,值\n丑县,012,07\n寅县,100,112")
    assert table["persons"].tolist() == [12, 100] and table["值"].tolist() == [7, 112]
    told = report[report["reason"] == "leading_zero"]
    assert told[["column", "old", "new"]].values.tolist() == [
        ["persons", "012", 12],
        ["值", "07", 7],
    ]


def test_codes_that_a_workbook_shows_with_zeros_keep_them(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["户编号", "人均纯收入(元)"], [1, 100], [23, 200]]:
        sheet.append(row)
    for place in ("A2", "A3"):
        sheet[place].number_format = "0000"
    book.save(tmp_path / "r.xlsx")
    assert ps.clean.read_table(tmp_path / "r.xlsx")[0].iloc[:, 0].tolist() == ["0001", "0023"]
    people, _ = ps.clean.households(tmp_path / "r.xlsx")
    assert people["household_id"].tolist() == ["0001", "0023"]


# ---- units --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "units"),
    [
        ("指标,2024年,2023年\n甲人口(万人),140,150\n乙比重(%),53.2,55.3", ["万人", "%"]),
        ("Indicator,2013\nPopulation (10 000 persons),745\nRate (%),8.5", ["10 000 persons", "%"]),
        ("指标,2013年\n人口/万人,3\n比重%,4\n指数（上年=100）,3", ["万人", "%", None]),
        (",单位：万人\n指标,2013年\n人口,3\n比重（%）,4", ["万人", "%"]),
        ("指标,2013年\n人口（万人）,\n男,3\n女,4\n比重（%）,\n男,5", ["万人", "万人", "%"]),
        ("年份,类别,值\n2013,人口(万人),3\n2013,比重(%),4", ["万人", "%"]),
        ("指标,单位,2013年\n比重,%,8.5%\n人口,万人,745", ["%", "万人"]),
    ],
)
def test_units_of_rows_stand_in_a_column(tmp_path, page, units):
    table, _ = read(tmp_path, page)
    assert table["unit"].astype(object).where(table["unit"].notna(), None).tolist() == units
    assert set(table.attrs["units"].values()) == {""}


CELLS = [
    ("贫困人口", ["366万", "639.5万"], "poor_pop_persons", [3660000, 6395000], "人"),
    ("扶贫资金", ["25.5亿元", "3800万元"], "扶贫资金_yuan", [2.55e9, 3.8e7], "元"),
    ("资金", ["￥1,200", "3,000元"], "资金_yuan", [1200, 3000], "元"),
    ("比重", ["12.3%", "5‰"], "比重_pct", [12.3, 0.5], "%"),
    ("比重", ["12.3%", "百分之五"], "比重_pct", [12.3, 5], "%"),
    ("资金（万元）", ["3000元", "25.5亿元"], "资金_10k_yuan", [0.3, 255000], "万元"),
    ("人口（万人）", ["366万", "12万人"], "population_10k", [366, 12], "万人"),
    ("人数（人）", ["366万", "1,200人"], "persons", [3660000, 1200], "人"),
    ("户数", ["366户", "1200户"], "households", [366, 1200], "户"),
    ("产量（万吨）", ["5万吨", "3吨"], "产量_万吨", [5, 0.0003], "万吨"),
    ("增长（%）", ["5.7%", "-3"], "增长_pct", [5.7, -3], "%"),
    ("变化", ["-3.2万人", "5万人"], "变化_persons", [-32000, 50000], "人"),
]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(("head", "cells", "name", "values", "unit"), CELLS)
def test_cells_with_their_unit_are_read(tmp_path, head, cells, name, values, unit, kind):
    path = tmp_path / f"page.{kind}"
    lines = [
        ["地区", head],
        *[[place, cell] for place, cell in zip(["河北", "河南"], cells, strict=True)],
    ]
    if kind == "csv":
        pd.DataFrame(lines).to_csv(path, header=False, index=False)
    else:
        pd.DataFrame(lines).to_excel(path, header=False, index=False)
    table, report = ps.clean.read_table(path)
    assert table[name].tolist() == pytest.approx(values) and table.attrs["units"][name] == unit
    told = report[report["reason"] == "unit_in_cell"]
    assert len(told) == sum(cell[-1] not in "0123456789" or "￥" in cell for cell in cells)


@pytest.mark.parametrize(
    ("head", "cells", "values", "why"),
    [
        ("资金", ["5", "3000元", "2万元"], [None, 3000, 20000], "unit_required"),
        ("资金", ["5", "30", "2万元"], [5, 30, None], "wrong_unit"),
        ("资金（万元）", ["￥1200", "5", "6"], [None, 5, 6], "unit_required"),
        ("数", ["5户", "30人", "25人"], [None, 30, 25], "wrong_unit"),
        ("人数（人）", ["5户", "30", "25人"], [None, 30, 25], "wrong_unit"),
        ("人数（人）", ["210多万", "30", "25"], [None, 30, 25], "inexact"),
        ("人数（人）", ["几万人", "30-50万", "25"], [None, None, 25], "range"),
        ("人数（人）", ["约9900", "30", "25"], [None, 30, 25], "corrupt_number"),
        ("比重（%）", ["366万", "5", "6"], [None, 5, 6], "wrong_unit"),
    ],
)
def test_cells_of_doubtful_units_are_refused_and_told(tmp_path, head, cells, values, why):
    page = "\n".join(
        f"{place},{cell}" for place, cell in zip(["丑县", "寅县", "卯县"], cells, strict=True)
    )
    table, report = read(tmp_path, f"县名,{head}\n{page}")
    assert [row[0] for row in rows(table.iloc[:, 1:])] == values
    refused = report[report["action"] == "refused"]
    assert set(refused["reason"]) == {why} and len(refused) == values.count(None)


# ---- indents ------------------------------------------------------------------------------

SET_IN = [
    ("全省", 0),
    ("石家庄市", 0),
    ("井陉县", 1),
    ("正定县", 1),
    ("丑镇", 2),
    ("张家口市", 0),
    ("康保县", 1),
]
ABOVE = [None, None, "石家庄市", "石家庄市", "正定县", None, "张家口市"]


@pytest.mark.parametrize("how", ["  ", "　", "format"])
def test_indents_tell_level_and_parent(tmp_path, how):
    book = openpyxl.Workbook()
    book.active.append(["地区", "2014年（万人）"])
    for i, (name, step) in enumerate(SET_IN, start=2):
        book.active.append([name if how == "format" else how * step + name, i])
        if how == "format":
            book.active.cell(i, 1).alignment = Alignment(indent=step)
    book.save(tmp_path / "page.xlsx")
    table, report = ps.clean.read_table(tmp_path / "page.xlsx")
    assert table["indent"].tolist() == [step for _, step in SET_IN]
    assert table["parent"].astype(object).where(table["parent"].notna(), None).tolist() == ABOVE
    assert (report["reason"] == "indent").sum() == 4


def test_a_stray_blank_a_total_and_known_provinces_are_no_levels(tmp_path):
    for page in ("县,2014年\n丑县,10\n 寅县,5\n卯县,5", "指标,2014年\n  合  计,10\n男,5\n女,5",
                 "地区,2014年\n东部,9\n  河北,5\n  山东,4"):  # fmt: skip
        table, _ = read(tmp_path, page)
        assert "indent" not in table and "parent" not in table
    table, _ = read(tmp_path, "地区,2014年\n河北省,9\n  石家庄市,5\n  唐山市,4\n山西省,3")
    assert rows(table[["level", "parent"]]) == [["province", None], [None, "河北"], [None, "河北"], ["province", None]]  # fmt: skip


SECTIONS = {
    "English first": "City,城市,人数\nLiaoning,辽宁省,\nShenyang,沈阳市,25\nDalian,大连市,20\nJilin,吉林省,\nChangchun,长春市,27\n",
    "numbered": "序号,城市,City,人数\n,辽宁省,Liaoning,\n1,沈阳市,Shenyang,25\n2,大连市,Dalian,20\n,吉林省,Jilin,\n3,长春市,Changchun,27\n",
    "Chinese first": "城市,City,人数\n辽宁省,Liaoning,\n沈阳市,Shenyang,25\n大连市,Dalian,20\n吉林省,Jilin,\n长春市,Changchun,27\n",
}


@pytest.mark.parametrize("order", SECTIONS)
def test_headings_of_rows_in_two_languages_in_any_order_are_sections(tmp_path, order):
    path = tmp_path / "t.csv"
    path.write_text(SECTIONS[order], "utf-8")
    table, told = ps.clean.read_table(path)
    assert table["section"].tolist() == ["辽宁省", "辽宁省", "吉林省"]
    assert table["persons"].tolist() == [25, 20, 27] and "城市" in table
    assert told["reason"].tolist().count("section") == 2


def test_the_row_of_a_city_gets_no_county_of_the_city_above_it(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "省,市,县,代码,人口\n河北省,石家庄市,,130100,40\n河北省,石家庄市,井陉县,130121,10\n"
        "河北省,邯郸市,,130400,20\n,,涉县,130426,20\n山西省,,,140000,9\n山西省,太原市,,140100,9\n",
        "utf-8",
    )
    table, _ = ps.clean.read_table(path)
    assert table["县"].fillna("-").tolist() == ["-", "井陉县", "-", "涉县", "-", "-"]
    assert table["市"].fillna("-").tolist() == [
        "石家庄市",
        "石家庄市",
        "邯郸市",
        "邯郸市",
        "-",
        "太原市",
    ]


@pytest.mark.parametrize("head", ["县", "村", "户"])
def test_places_side_by_side_under_heads_that_are_units_are_refused(tmp_path, head):
    path = tmp_path / "t.csv"
    path.write_text(
        f"{head},人数,{head},人数\n甲{head},1,丙{head},3\n乙{head},2,丁{head},4\n", "utf-8"
    )
    with pytest.raises(ps.DataError, match="beside the first"):
        ps.clean.read_table(path)


def test_heads_of_ages_in_english_words_are_heads(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("City,Under 15,15 to 64,65 and over\nA,10,20,30\nB,11,21,31\n", "utf-8")
    table, _ = ps.clean.read_table(path)
    assert list(table) == ["city", "under_15", "15_to_64", "65_and_over"] and len(table) == 2
