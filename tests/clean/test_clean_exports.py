"""Exports as counties have them, made here by hand: each is cleaned at the first try."""

import datetime
import re

import openpyxl
import pandas as pd
import pytest

import povstudy as ps
from povstudy.clean.cell.words import CAUSES, MEASURES, MONITOR_TYPES, STATUSES

# A list of the township: title and unit beside it, totals and signatures below, dates in every form.
TOWNSHIP = """\
某县2021年建档立卡户信息表,,,,,,,,,,,,,,,,,,,单位：元,
序号,县（市、区）,乡镇,村（社区）,户编号,户主姓名,联系方式,家庭人口数,首次识别时间,脱贫年度,脱贫状态,是否返贫,返贫时间,主要致贫原因,其他致贫原因,帮扶措施,帮扶责任人,2019年人均纯收入,2020年人均纯收入,2021年人均纯收入,备注
1,清源县,石坝镇,双河村,4228011201,王建国,13812345678,4,2014.3,2016,已脱贫（享受政策）,否,,因病,缺劳力,产业帮扶、公益性岗位,李志强,4210.5,6800,"9,120",
2,清源县,石坝镇,双河村,4228011202,赵德厚,13987654321,2,2014年3月,2018年,已脱贫（不再享受政策）,是,2020年6月,因残,,低保；健康扶贫,周海燕,3900,3100,4050,赵德厚已外出
3,清源县,石坝镇,桥头村,4228011203,陈秀英,0718-8223344,5,20160301,未脱贫,未脱贫,否,无,缺技术,因学,易地扶贫搬迁+小额信贷,周海燕,2500,2900,3300,
4,清源县,石坝镇,桥头村,4228011204,刘永福,,3,2016/3/1,2017,返贫,是,201906,因病,,修桥,李志强,3950,3600,无,
合计,,,,4户,,,14,,,,,,,,,,,,,
填报人：孙丽,,,审核人：马明,,,联系电话：0718-8000000,,,,,,,,,,,,,,
"""


def test_a_list_of_a_township_in_gb18030(tmp_path):
    path = tmp_path / "石坝镇.csv"
    path.write_bytes(TOWNSHIP.encode("gb18030"))
    table, report = ps.clean.households(path)
    assert table["household_id"].tolist() == [f"422801120{i}" for i in range(1, 5)]
    assert table["listed_date"].tolist() == ["2014-03", "2014-03", "2016-03-01", "2016-03-01"]
    assert table["exit_year"].astype(object).where(table["exit_year"].notna(), None).tolist() == [
        2016, 2018, None, 2017,
    ]  # fmt: skip
    assert table["status"].tolist() == ["exited_supported", "exited", "poor", "relapsed"]
    assert table["relapsed"].tolist() == [False, True, False, True]
    assert table["relapse_date"].fillna("").tolist() == ["", "2020-06", "", "2019-06"]
    assert table["cause"].tolist() == ["illness", "disability", "no_skill", "illness"]
    assert table["cause_2"].fillna("").tolist() == ["no_labour", "", "schooling", ""]
    assert table["measure"].fillna("").tolist() == [
        "industry;jobs", "social_security;health", "relocation;finance", "",
    ]  # fmt: skip
    assert table["income_2019"].tolist() == [4210.5, 3900, 2500, 3950]
    assert table["income"].fillna(-1).tolist() == [9120, 4050, 3300, -1]
    assert (table["income_year"] == 2021).all()
    told = set(zip(report["reason"], report["action"], strict=True))
    assert {("unknown_measure", "refused"), ("year_in_head", "changed"), ("total_row", "dropped")} <= told  # fmt: skip
    assert not {"王建国", "李志强", "13812345678", "孙丽"} & set(" ".join(map(str, report.to_numpy().ravel())).split())  # fmt: skip
    assert not {"户主姓名", "帮扶责任人"} & set(table)


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.lstrip("_"))
        if name[0] == "_":
            sheet.sheet_state = "hidden"
        for row in rows:
            sheet.append(row)
    book.save(path)
    return openpyxl.load_workbook(path)


def test_two_rows_of_heads_and_the_sheets_before_the_data(tmp_path):
    path = tmp_path / "b.xlsx"
    heads = ["户编号", "户主", "家庭人口", "脱贫年度"]
    book = workbook(
        path,
        填表说明=[["一、户编号按系统导出填写，不得改动。"], ["二、金额单位为元。"]],
        示例=[heads, ["0000000001", "张三", 3, 2016]],
        Sheet3=[
            ["某县防返贫监测对象台账", *[None] * 9],
            ["填报单位：某镇人民政府", None, None, None, None, None, "2022年6月", None, None, None],
            ["序号", "行政村", "户编号", "户主", None, "识别时间", "人均纯收入", None, "帮扶措施", "备注"],
            [None, None, None, "姓名", "联系电话", None, "2020年", "2021年", None, None],
            [1, "双河村", 4228011301, "王建国", 13812345678, datetime.date(2020, 5, 1), 5200, 6100, "务工", None],
            [2, None, 4228011302, "赵德厚", 13987654321, 43952, 4800, 5500, "务工，医疗救助", "户主病"],
            [3, "桥头村", 4228011303, "陈秀英", None, "2020.11", 3900, 4400, None, None],
            ["合  计", None, None, None, None, None, 13900, 16000, None, None],
        ],
        _字典=[["户编号", "人均纯收入", "脱贫年度"], ["十位", "元", "四位"], ["a", "b", "c"]],
    )  # fmt: skip
    sheet = book["Sheet3"]
    for merged in ("A1:J1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:F4", "G3:H3", "I3:I4", "J3:J4",
                   "B5:B6"):  # fmt: skip
        sheet.merge_cells(merged)
    book.save(path)
    table, report = ps.clean.households(path)
    assert table["household_id"].tolist() == ["4228011301", "4228011302", "4228011303"]
    assert table["village"].tolist() == ["双河村", "双河村", "桥头村"]
    assert table["listed_date"].tolist() == ["2020-05-01", "2020-05-01", "2020-11"]
    assert table["income_2020"].tolist() == [5200, 4800, 3900]
    assert table["income"].tolist() == [6100, 5500, 4400]
    assert table["measure"].fillna("").tolist() == ["jobs", "jobs;health", ""]
    sheets = report[report["reason"] == "other_sheet"]
    assert sheets["old"].tolist() == ["填表说明", "示例", "字典"]
    assert sheets["row"].isna().all() and table.index.tolist() == [5, 6, 7]


def test_two_sheets_of_data_are_refused_and_the_remedy_reads_one(tmp_path):
    path, rows = tmp_path / "c.xlsx", [["户编号", "家庭人口"], ["11", 3], ["12", 4]]
    workbook(path, 甲镇=rows, 乙镇=rows, 说明=[["户编号", "家庭人口"], ["十位", "人"]])
    with pytest.raises(ps.DataError, match="more than one sheet") as refused:
        ps.clean.households(path)
    assert refused.value.remedy == 'sheet="甲镇"'
    assert len(ps.clean.households(path, sheet="甲镇")[0]) == 2


def test_a_monitoring_list_saved_as_text_under_the_name_of_a_workbook(tmp_path):
    path = tmp_path / "监测对象.xls"
    rows = [
        "全国防返贫监测信息系统导出\t\t导出日期：2023-05-12\t\t\t\t\t\t\t",
        "省份\t县\t行政村\t户编号\t家庭人口\t监测对象类别\t致贫/返贫风险1\t识别监测时间\t风险是否已消除\t2022年度家庭人均纯收入（元）\t帮扶人姓名",
        "湖北省\t清源县\t双河村\t4228011401\t3\t边缘易致贫户\t务工就业不稳\t202103\t是\t7,300.00\t李志强",
        "湖北省\t清源县\t双河村\t4228011402\t1\t突发严重困难户\t因自然灾害（洪涝灾害）\t202111\t否\t３９００\t李志强",
        "湖北省\t清源县\t桥头村\t4228011403\t2\t脱贫不稳定户\t因意外事故\t2022年1月\t否\t—\t周海燕",
    ]
    path.write_bytes("\r\n".join(rows).encode("utf-16"))
    table, _ = ps.clean.households(path)
    assert table["monitor_type"].tolist() == ["marginal", "sudden_hardship", "unstable_exited"]
    assert table["cause"].tolist() == ["unstable_job", "disaster", "accident"]
    assert table["income"].fillna(-1).tolist() == [7300, 3900, -1]
    assert "income_2022" not in table and (table["income_year"] == 2022).all()
    assert table["risk_date"].tolist() == ["2021-03", "2021-11", "2022-01"]


def test_a_list_with_heads_twice_blanks_in_codes_and_rows_that_end_early(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text(
        "清源县脱贫户名单\n"
        "\n"
        "县,镇,村,户编号,姓名,联系电话,人口,脱贫时间,姓名,联系电话,备注,是否低保户（是/否）,备注,劳动力人数（人）\n"
        "清源县,石坝镇,双河村,4228 0115 01,王建国,13812345678,4,2016年12月,李志强,13700000000,,是,,2\n"
        "清源县,石坝镇,双河村,'4228011502,赵德厚,,2,2017-12-31,周海燕,,外出,否,,1\n"
        "清源县,石坝镇,双河村,４２２８０１１５０３,陈秀英,,3,43465,周海燕,,,否,,\n"
        "清源县,石坝镇,桥头村,4228011504.0,刘永福,,5,未脱贫,周海燕,,,是,,3\n"
        "注：本表不含自然减少户\n"
        "制表：孙丽,审核：马明\n",
        encoding="gb18030",
    )
    table, report = ps.clean.households(path)
    assert table["household_id"].tolist() == [f"422801150{i}" for i in range(1, 5)]
    assert table["exit_year"].fillna(0).tolist() == [2016, 2017, 2018, 0]
    assert table["status"].fillna("").tolist() == ["", "", "", "poor"]
    assert table["dibao"].tolist() == [True, False, False, True]
    assert table["labourers"].fillna(-1).tolist() == [2, 1, -1, 3]
    assert "status_in_year" in set(report["reason"]) and len(table.columns) < 14


def test_codes_lost_to_a_spreadsheet_are_told_with_the_way_to_get_them(tmp_path):
    path = tmp_path / "f.csv"
    rows = ["户编号,家庭人口,2021年人均纯收入(万元),人均纯收入2020"]
    rows += [f"4.22801E+11,{i},0.9,8000" for i in (1, 2)]
    rows += ["4.22801123456E+11,3,1.1,9000", "422801123457,2,0.8,7000"]
    path.write_text("\n".join(rows), encoding="utf-8-sig")
    table, report = ps.clean.households(path)
    assert table["household_id"].tolist() == ["422801123456", "422801123457"]
    assert table["income_2021"].tolist() == table["income"].tolist() == [11000, 8000]
    assert (report["reason"] == "precision_lost").sum() == 2
    path.write_text("\n".join(rows[:3]), encoding="utf-8-sig")
    with pytest.raises(ps.DataError, match="No row") as refused:
        ps.clean.households(path)
    assert "as text" in refused.value.remedy


def test_zeros_before_codes_come_back_only_where_nothing_else_fits(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text("户编号,家庭人口\n0011,1\n0012,2\n0013,3\n14,4\n12,5\n", encoding="utf-8")
    table, report = ps.clean.households(path)
    assert table["household_id"].tolist() == ["0011", "0012", "0013", "0014", "12"]
    told = report.set_index("reason")["action"].to_dict()
    assert told["leading_zeros"] == "changed" and told["zeros_uncertain"] == "proposed"


def test_codes_that_all_end_in_zeros_were_rounded(tmp_path):
    path = tmp_path / "h.csv"
    rounded = [f"{520527201203001 + i}000" for i in range(8)]
    for codes, left in ((rounded, 0), ([*rounded[:3], "520527201203009123"], 4)):
        path.write_text("户编号,家庭人口\n" + "".join(f"{one},3\n" for one in codes), "utf-8")
        if left:  # three of four: no proof
            assert len(ps.clean.households(path)[0]) == left
        else:
            with pytest.raises(ps.DataError, match="No row"):
                ps.clean.households(path)


def test_three_rows_of_heads_and_a_row_of_units(tmp_path):
    path = tmp_path / "i.csv"
    path.write_text(
        "2021年某县台账,,,,单位：见表,\n序号,户编号,收入情况,,,家庭人口\n,,人均纯收入,,家庭总收入,\n"
        ",,2020年,2021年,2021年,\n,,(万元),(万元),(元),(人)\n1,5201,0.5,0.6,24000,4\n2,5202,0.4,0.5,10000,2\n",
        "utf-8",
    )
    table, _ = ps.clean.households(path)
    assert table["income_2020"].tolist() == [5000, 4000]
    assert table["income"].tolist() == [6000, 5000]
    assert table["gross_income"].tolist() == [24000, 10000]
    assert table["gross_income_year"].tolist() == [2021, 2021]
    assert table["size"].tolist() == [4, 2] and table.index.tolist() == [6, 7]


# Cells and heads ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("产业帮扶（养羊）、护林员公益岗；低保", ["industry", "ecology", "social_security"]),
        ("1.发展产业 2.公益性岗位 3.教育扶贫", ["industry", "jobs", "education"]),
        ("易地扶贫搬迁+小额信贷", ["relocation", "finance"]),
        ("社会保障兜底一批", ["social_security"]),
        ("社会帮扶/社工服务/扶志扶智", ["society", "social_work", "motivation"]),
        ("产业,产业帮扶", ["industry"]),
        ("无", []),
        (None, []),
    ],
)
def test_measures_of_one_cell(cell, read):
    assert ps.clean.support_measures(cell) == read


@pytest.mark.parametrize("cell", ["修桥", "产业、修桥", "1", "3.5", "社会", "王建国"])
def test_unknown_measures_are_refused(cell):
    with pytest.raises(ps.DataError) as refused:
        ps.clean.support_measures(cell)
    assert refused.value.code == "unknown_measure"


@pytest.mark.parametrize("words", [CAUSES, MEASURES, MONITOR_TYPES, STATUSES])
def test_no_word_stands_for_two_codes(words):
    every = [one for listed in words.values() for one in listed]
    assert len(every) == len(set(every))


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("2021年人均纯收入（元）", ["income", "income_year"]),
        ("人均纯收入2021", ["income", "income_year"]),
        ("2021年度家庭人均纯收入", ["income", "income_year"]),
        ("人均纯收入（2021年）（万元）", ["income", "income_year"]),
        ("2010年家庭年人均纯收入（元）", ["income", "income_year"]),
        ("2021年家庭总收入", ["gross_income", "gross_income_year"]),
        ("人均纯收入", ["income"]),
        ("2021年家庭人口", []),
        ("12021年人均纯收入", []),
    ],
)
def test_years_in_heads(head, names):
    table, report = ps.clean.households(pd.DataFrame({"户编号": ["1", "2"], head: ["3", "4"]}))
    assert [one for one in table if one not in ("household_id", "series")] == names
    if len(names) == 2:
        year = int(re.search("20[0-9]{2}", head)[0])
        assert table[names[1]].tolist() == [year, year]
        told = report[report["reason"] == "year_in_head"]
        assert told[["column", "old", "new"]].values.tolist() == [[head, str(year), names[0]]]
        assert table[names[0]].tolist() == ([3e4, 4e4] if "万元" in head else [3, 4])


def test_a_column_without_a_year_keeps_the_plain_name():
    raw = pd.DataFrame(
        {"户编号": ["1"], "人均纯收入": ["5"], "2020年人均纯收入": ["6"], "2019年人均纯收入": ["7"]}
    )
    table, _ = ps.clean.households(raw)
    assert table[["income", "income_2019", "income_2020"]].values.tolist() == [[5, 7, 6]]
    assert "income_year" not in table


def test_a_status_where_the_year_of_leaving_stands():
    raw = pd.DataFrame({"户编号": list("12345"), "脱贫年度": ["未脱贫", "返贫", "2018", "未脱贫", "脱贫"],
                        "脱贫属性": ["", "返贫", "", "稳定脱贫", "稳定脱贫"]})  # fmt: skip
    for name, part in (("both", raw), ("years", raw.drop(columns="脱贫属性"))):
        table, report = ps.clean.households(part)
        assert table["exit_year"].notna().tolist() == [False, False, True, False, False]
        told = report[report["column"].astype(str) == "status"]
        if name == "both":
            assert table["status"].fillna("").tolist() == ["poor", "relapsed", "", "exited", "exited"]  # fmt: skip
            assert told.loc[told["action"] == "proposed", ["row", "reason"]].values.tolist() == [
                [4, "contradictory_status"]
            ]
        else:
            assert table["status"].fillna("").tolist() == ["poor", "relapsed", "", "poor", ""]
        assert (told["reason"] == "status_in_year").sum() == {"both": 1, "years": 3}[name]


def test_a_record_below_heads_is_no_second_row_of_them(tmp_path):
    path = tmp_path / "a.csv"
    for first in ("5201,双河村,低保户,返贫户,", "5201,,低保户,,3", "合计,,,,3"):
        path.write_text(
            f"户编号,行政村,户类型,脱贫属性,家庭人口\n{first}\n5202,甲村,脱贫户,脱贫户,2\n", "utf-8"
        )
        table, _ = ps.clean.households(path)
        assert table["household_id"].tolist() == ["5201", "5202"][first[0] == "合" :]


def test_not_fallen_back_is_no_date_and_no_status(tmp_path):
    raw = pd.DataFrame({"户编号": ["1", "2"], "返贫时间": ["未返贫", "2021年10月"], "脱贫年度": ["尚未脱贫", "未返贫"],
                        "户类型": ["脱贫户", "脱贫户"], "低保户": ["否", "否"]})  # fmt: skip
    table, report = ps.clean.households(raw)
    assert table["relapse_date"].fillna("").tolist() == ["", "2021-10"]
    assert table["status"].fillna("").tolist() == ["poor", ""]
    assert "refused" not in set(report["action"])


def test_words_of_a_record_that_are_heads_too_make_it_no_row_of_heads(tmp_path):
    raw = pd.DataFrame({"户编号": ["5201"], "脱贫属性": ["返贫户"], "户类型": ["低保户"]})
    assert ps.clean.households(raw)[0]["status"].tolist() == ["relapsed"]
    path = tmp_path / "a.csv"
    path.write_text("户编号,甲类,乙类\n5201,返贫户,低保户\n5202,低保户,搬迁户\n", "utf-8")
    assert ps.clean.households(path)[0]["household_id"].tolist() == ["5201", "5202"]


def test_a_row_that_numbers_the_columns_is_no_record(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("县,户编号,家庭人口,脱贫年度,人均纯收入\n甲,乙,1,2,3\n甲县,5201,3,2018,4000\n", "utf-8")  # fmt: skip
    table, _ = ps.clean.households(path)
    assert table["household_id"].tolist() == ["5201"] and table.index.tolist() == [3]


def test_a_known_head_that_stands_twice_is_refused_and_others_are_not(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("户编号,备注,备注,人均纯收入\n1,a,b,5\n", "utf-8")
    table, report = ps.clean.households(path)
    assert table["income"].tolist() == [5]
    left = report.loc[report["reason"] == "not_in_codebook", "column"]
    assert left.tolist() == ["备注", "备注 (C)"]
    path.write_text("户编号,人均纯收入,人均纯收入\n1,4,5\n", "utf-8")
    with pytest.raises(ps.DataError, match="one name") as refused:
        ps.clean.households(path)
    assert "人均纯收入 in B, C" in str(refused.value)


def test_without_a_household_code_the_remedy_says_what_to_write(tmp_path):
    raw = pd.DataFrame({"编号": ["SB001", "SB002"], "人均纯收入": ["2800", "3000"]})
    with pytest.raises(ps.DataError, match="household_id") as refused:
        ps.clean.households(raw)
    assert refused.value.remedy.startswith("name it 户编号 in the file")
    assert len(ps.clean.households(raw.rename(columns={"编号": "户编号"}))[0]) == 2


def test_the_summary_tells_of_it_in_both_languages():
    raw = pd.DataFrame({"户编号": ["1"], "帮扶措施": ["修桥"], "脱贫年度": ["未脱贫"], "2021年人均纯收入": ["3"]})  # fmt: skip
    _, report = ps.clean.households(raw)
    assert "未知帮扶措施" in ps.clean.summary(report, lang="zh").to_string()
    assert "a measure of support that is not known" in ps.clean.summary(report).to_string()
