"""Cells and codes are read as their file says: as shown, as declared missing."""

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from conftest import ROOT

import povstudy as ps
from povstudy.clean.file.frames import raw_frame
from povstudy.clean.file.shown import as_shown
from povstudy.clean.file.spreadsheets import sheet_grid
from povstudy.clean.file.surveys import no_answers

SHOWN = [
    (0.057, "0.0%", "5.7%"),
    (0.07, "0%", "7%"),
    (-0.0125, "0.00%;[Red]-0.00%", "-1.25%"),
    (3660000, "0!.0,", "366"),
    (3660000, "0!.0000", "366"),
    (3665000, '0!.0,"万"', "366.5万"),
    (3665000, r'0\.0,"万元"', "366.5万元"),
    (3665000, '[>=10000]0!.0,"万";0', "366.5万"),
    (366, '[>=10000]0!.0,"万";0', None),
    (366, "[<.]0%;0", "36600%"),  # no condition
    (366, '0"万"', "366万"),
    (1234000, "#,##0,", "1234"),
    (5.7, '0.0"%"', "5.7%"),
    (5.7, "#,##0.00", None),
    (5, '0"户"', None),
    (42339, "yyyy/m/d", None),
    (42339, 'yyyy"年"m"月"', None),
]


@pytest.mark.parametrize(("value", "form", "text"), SHOWN)
def test_a_number_format_that_scales_is_read_as_shown(value, form, text):
    assert as_shown(value, form) == text


def test_cells_shown_in_percent_or_ten_thousands_are_read_as_shown(tmp_path):
    rows = [["户编号", "贫困发生率(%)", "贫困人口(万人)", "合同金额"], ["a", 0.057, 3660000, 285000],
            ["b", 0.07, 6390000, 9]]  # fmt: skip

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for i in (2, 3):
        book.active[f"B{i}"].number_format = "0.0%"
        book.active[f"C{i}"].number_format = "0!.0,"
        book.active[f"D{i}"].number_format = '[>=10000]0!.0,"万元";0'
    path = tmp_path / "t.xlsx"
    book.save(path)
    assert sheet_grid(path).rows[1:] == [["a", "5.7%", "366", "28.5万元"], ["b", "7%", "639", "9"]]
    assert raw_frame(path)[0]["贫困发生率(%)"].tolist() == ["5.7%", "7%"]
    table, _ = ps.clean.read_table(path)
    assert table["incidence_pct"].tolist() == [5.7, 7.0]
    assert table["poor_pop_10k"].tolist() == [366.0, 639.0]


LABELS = {
    "不适用": "not_applicable", "[-8] 不适用": "not_applicable", "Not applicable": "not_applicable",
    "N/A": "not_applicable", "拒绝回答": "withheld", "Refused to answer": "withheld",
    "REFUSED": "withheld", "不知道": "not_available", "Don't know": "not_available",
    "-1. Unknown": "not_available", "don't know / refused": "not_available", "不知道或拒绝回答": "not_available",
    "missing": "not_available", "小学": "", "refused loan": "", "none": "", "no": "", "其他": "",
    "没有": "", "0": "", "unknown soldier": "", "Not applicable (legit skip)": "not_applicable",
    "Does not apply": "not_applicable", "跳问": "not_applicable", "INAP.": "not_applicable",
    "Refuse to answer": "withheld", "Refused (vol.)": "withheld", "拒绝作答": "withheld", "拒访": "withheld",
    "Prefer not to say": "withheld", "DK/RF": "not_available", "[不知道]": "not_available",
    "无法回答": "not_available", "漏答": "not_available", "记不清楚了": "not_available", "说不清楚": "not_available",
    "Not sure": "not_available", "Item nonresponse": "not_available", "Missing in error": "not_available",
    "系统缺失值": "not_available", "无效值": "not_available", "No sabe": "not_available",
    "None": "", "不需要": "", "无收入": "", "Not selected": "", "not in labor force": "", "不满意": "", "未上学": "",
}  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
def test_a_label_tells_that_a_code_is_no_answer(label):
    found = no_answers(pd.Series([-8.0, 5.0]), {-8.0: label}, ())
    assert found == ({-8.0: LABELS[label]} if LABELS[label] else {})


@pytest.mark.parametrize("kind", ["dta", "sav"])
def test_codes_that_are_no_answers_are_no_incomes(kind, tmp_path):
    data = pd.DataFrame({"hbh": ["a", "b", "c", "d"], "rjcsr": [-8.0, 12000, -1, 2500]})
    labels = {"rjcsr": {-8: "Not applicable", -1: "不知道"}} if kind == "dta" else None
    path = tmp_path / f"t.{kind}"
    if kind == "dta":
        data["rjcsr"] = data["rjcsr"].astype("int32")
        pyreadstat.write_dta(data, path, variable_value_labels=labels)
    else:
        pyreadstat.write_sav(data, path, missing_ranges={"rjcsr": [{"lo": -9, "hi": -1}]})
    table, told = ps.clean.read_table(path)
    assert table["rjcsr"].isna().tolist() == [True, False, True, False]
    assert told["old"].tolist() == ["-8", "-1"] and set(told["action"]) == {"missing"}
    if kind == "dta":
        assert raw_frame(path)[0]["rjcsr"].tolist() == ["不适用", "12000", "不知道", "2500"]


def test_cells_of_an_old_workbook_are_read_as_they_are_shown():
    """``formats.xls``: 0.057 under 0.0%, 3660000 under 0!.0,"万", 7 under 0000 (xlwt 1.3)."""
    table, report = ps.clean.read_table(ROOT / "tests/reference/formats.xls")
    assert table["incidence_pct"].tolist() == [5.7, 21.3]
    assert table["poor_pop_persons"].tolist() == [3_660_000, 6_390_000]
    assert table["code"].tolist() == ["0007", "0012"]
    assert {"5.7%", "366万"} <= set(report["old"])
