"""Cleaned tables and reports in Chinese: they can be read, and cleaned again to the same."""

import pandas as pd
import pytest

import povstudy as ps
from povstudy.clean.record.chinese import chinese_cell, chinese_head, in_chinese


def export(**more):
    return pd.DataFrame({
        "户编号": ["520501010001", "520501010002", "520501010003"], "乡镇": "甲镇", "行政村": "乙村",
        "文化程度": ["文盲", "小学", "本科"], "饮水是否安全": ["是", "否", ""],
        "致贫原因": ["因病、缺地", "因学", ""], "帮扶措施": ["产业扶贫/公益性岗位", "低保", "无"],
        "脱贫年度": ["2016年", "2018", "未脱贫"], "返贫时间": ["2019.3", "", ""], "是否返贫": ["是", "否", ""],
        "2021年人均纯收入": ["1.2万元", "5,600", "3100"], **more,
    })  # fmt: skip


@pytest.mark.parametrize(
    "more", [{}, {"2020年人均纯收入": ["1", "2", "3"]}, {"与户主关系": "户主"}]
)
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_chinese_table_is_cleaned_to_the_same(tmp_path, more, ending):
    table, _ = ps.clean.households(export(**more))
    before = table.copy()
    path = tmp_path / f"表.{ending}"
    ps.clean.write(table, path, lang="zh")
    pd.testing.assert_frame_equal(table, before)
    again, report = ps.clean.households(path)
    assert set(report["reason"]) <= {"not_in_codebook", "year_in_head"}
    pd.testing.assert_frame_equal(table.reset_index(drop=True), again.reset_index(drop=True)[list(table)])  # fmt: skip


def test_heads_and_values_are_those_of_forms():
    table = in_chinese(ps.clean.households(export())[0])
    assert list(table)[:4] == ["户编号", "乡镇", "村", "文化程度"] and "2021年人均纯收入" in table
    assert not {"income", "income_year"} & set(table)
    assert table["帮扶措施"].tolist()[:2] == ["产业帮扶、就业帮扶", "社会保障兜底"]
    assert table["是否解决安全饮用水"].tolist()[:2] == ["是", "否"]
    assert set(table["数据性质"]) == {"登记数据（据上报）"} and table.index.name == "行号"


def test_what_has_no_words_stays():
    assert (
        chinese_head("房屋") == "房屋"
        and chinese_head(3) == 3
        and chinese_head("mine_2021") == "mine_2021"
    )
    assert chinese_cell("cause", "odd;illness") == "odd、因病" and pd.isna(
        chinese_cell("cause", pd.NA)
    )
    clash = in_chinese(pd.DataFrame({"village": ["a"], "村": ["b"]}))
    assert list(clash) == ["village", "村"]
    assert list(in_chinese(pd.DataFrame(columns=["household_id"]))) == ["户编号"]


def test_incomes_of_several_years_in_one_column_keep_their_year():
    table = pd.DataFrame(
        {"household_id": ["1", "2"], "income": [1.0, 2.0], "income_year": [2020, 2021]}
    )
    assert list(in_chinese(table)) == ["户编号", "人均纯收入", "收入年份"]


def test_a_report_is_a_chinese_workbook(tmp_path):
    _, report = ps.clean.households(export())
    ps.clean.write(report, tmp_path / "报告.xlsx", lang="zh")
    written = pd.read_excel(tmp_path / "报告.xlsx", dtype=str, engine="openpyxl")
    assert len(written) == len(report)
    assert list(written) == ["行", "列", "原值", "现值", "处理", "原因", "文件"]
    assert {"脱贫年度", "返贫时间"} <= set(written["列"]) and "改写" in set(written["处理"])
    said = ps.clean.summary(report, lang="zh").to_string()
    assert "relapse_date" not in said and "→ 因病、缺土地" in said
    assert "relapse_date" in ps.clean.summary(report).to_string()
