"""Cells: what real files hold, read as it is meant or refused; columns read like their cells."""

import datetime
import math
import random
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from conftest import examples
from hypothesis import example, given
from hypothesis import strategies as st

import povstudy as ps
from povstudy.base.errors import PovstudyError
from povstudy.clean import Cell, CellError
from povstudy.clean.cell import columns

clean = ps.clean


def told(read, raw, **options):
    """What a function says of a cell; the code of the error where it refuses."""
    try:
        return read(raw, **options)
    except CellError as error:
        assert error.problem and error.remedy
        return error.code


# What files hold ----------------------------------------------------------------------

PERSON, TIMES, HOUSEHOLD = ({"unit": one} for one in ("person", "person_time", "household"))
GONE, BLANK, FEW = (Cell(reason=one) for one in ("not_available", "blank", "below_unit"))
HIDDEN, NOT_ASKED = Cell(reason="withheld"), Cell(reason="not_applicable")


def some(low, high, **more):
    return Cell(bound="range", low=low, high=high, **more)


COUNTS = {
    "7017万": Cell(70170000, **PERSON),  # C01
    "7017万人": Cell(70170000, **PERSON),  # C02
    "7.7亿人": Cell(770000000, bound="rounded", **PERSON),  # C03
    "210多万人次": Cell(2100000, bound="lower", **TIMES),  # C06
    "近300万人": Cell(3000000, bound="about", **PERSON),
    "将近300万人": Cell(3000000, bound="about", **PERSON),
    "约1000人次": Cell(1000, bound="about", **TIMES),
    "300万人左右": Cell(3000000, bound="about", **PERSON),
    "300来人": Cell(300, bound="about", **PERSON),
    "几十万人": some(200000, 990000, **PERSON),
    "几十万": some(200000, 990000, **PERSON),
    "数十万人": some(200000, 990000, **PERSON),
    "数百户": some(200, 990, **HOUSEHOLD),
    "十几万人": some(110000, 190000, **PERSON),
    "几人": some(2, 9, **PERSON),
    "50-60万人": some(500000, 600000, **PERSON),
    "50万～60万人": some(500000, 600000, **PERSON),
    "300至400户": some(300, 400, **HOUSEHOLD),
    "三到五人": some(3, 5, **PERSON),
    "十至二十人": some(10, 20, **PERSON),
    "3000余名": Cell(3000, bound="lower", **PERSON),
    "3万余名": Cell(30000, bound="lower", **PERSON),
    "1300余万人": Cell(13000000, bound="lower", **PERSON),
    "1300万余人": Cell(13000000, bound="lower", **PERSON),
    "两千多万人": Cell(20000000, bound="lower", **PERSON),
    "二十余万人": Cell(200000, bound="lower", **PERSON),
    "逾16万户": Cell(160000, bound="lower", **HOUSEHOLD),
    "超过1000万": Cell(10000000, bound="lower", **PERSON),
    "1000万以上": Cell(10000000, bound="lower", **PERSON),
    "1000人次以上": Cell(1000, bound="lower", **TIMES),
    "100+": Cell(100, bound="lower", **PERSON),
    "≥100人": Cell(100, bound="lower", **PERSON),
    "百余户": Cell(100, bound="lower", **HOUSEHOLD),
    "千余人": Cell(1000, bound="lower", **PERSON),
    "万余人": Cell(10000, bound="lower", **PERSON),
    "百余万人": Cell(1000000, bound="lower", **PERSON),
    "上百人": Cell(100, bound="lower", **PERSON),
    "上万人": Cell(10000, bound="lower", **PERSON),
    "过百万人": Cell(1000000, bound="lower", **PERSON),
    "近百人": Cell(100, bound="about", **PERSON),
    "近万人": Cell(10000, bound="about", **PERSON),
    "近千户": Cell(1000, bound="about", **HOUSEHOLD),
    "不足100人": Cell(100, bound="upper", **PERSON),
    "不到10户": Cell(10, bound="upper", **HOUSEHOLD),
    "100人以内": Cell(100, bound="upper", **PERSON),
    "<5人": Cell(5, bound="upper", **PERSON),
    "累计210万人次": Cell(2100000, note="cumulative", **TIMES),
    "共54851人": Cell(54851, **PERSON),
    "共计54851人": Cell(54851, **PERSON),
    "共约3000人": Cell(3000, bound="about", **PERSON),
    "1,442": Cell(1442, **PERSON),
    "1，442人": Cell(1442, **PERSON),
    "1\u2009442": Cell(1442, **PERSON),
    "1\u202f442万人": Cell(14420000, **PERSON),
    "１４４２户": Cell(1442, **HOUSEHOLD),
    "7017 万 人": Cell(70170000, **PERSON),
    "7017万人①": Cell(70170000, footnote="①", **PERSON),
    "1亿6600万人": Cell(166000000, **PERSON),
    "12万3456人": Cell(123456, **PERSON),
    "1万2千人": Cell(12000, **PERSON),
    "3千5百人": Cell(3500, **PERSON),
    "一亿六千六百万人": Cell(166000000, **PERSON),
    "七千零一十七万人": Cell(70170000, **PERSON),
    "一百零五户": Cell(105, **HOUSEHOLD),
    "两人": Cell(2, **PERSON),
    "十万": Cell(100000, **PERSON),
    "12.8万个村": Cell(128000, unit="village", bound="rounded"),
    "832个县": Cell(832, unit="county"),
    "52节": Cell(52, unit="session"),
    "10场次": Cell(10, unit="event"),
    "8249.0": Cell(8249, **PERSON),
    "0": Cell(0, **PERSON),
    "零": Cell(0, **PERSON),
    "无": BLANK,
    "—": GONE,
    "***": HIDDEN,
    "…": FEW,
    "16369户54851人": "two_counts",
    "999999999999999999999人": Cell(999999999999999999999, **PERSON),
    "人": "corrupt_number",
    "万人": "corrupt_number",
    "千万人": "corrupt_number",  # ten million, or very many
    "1亿6600": "corrupt_number",  # may leave out 万
    "1万2": "corrupt_number",
    "三四百人": "corrupt_number",
    "三至五十人": "corrupt_number",
    "8000-1万人": "corrupt_number",
    "400-300户": "corrupt_number",
    "约300-400户": "corrupt_number",
    "3多4余人": "corrupt_number",
    "1,44人": "corrupt_number",
    "若干人": "corrupt_number",
    "1 23人": "corrupt_number",
    "7017\n5575人": "corrupt_number",
    "3户家庭": "unknown_unit",
    "30头牛": "unknown_unit",
    "-5人": "not_a_count",
    "1.5人": "not_a_count",
    "1.23456万人": "not_a_count",
    "#DIV/0!": "spreadsheet_error",
    "########": "spreadsheet_error",
}
NUMBERS = {
    "７０１７": 7017,  # C11
    "－1.2": -1.2,  # C14
    "12238a)": Cell(12238, footnote="a"),  # C16
    "—": GONE,  # C17
    "…": FEW,  # C18
    "": BLANK,  # C19
    "165438+6600万": "corrupt_number",  # C21
    "１，０００．５": 1000.5,
    "7０1７": 7017,
    "7 017": 7017,
    "7\u3000017": 7017,
    "\ufeff7017": 7017,
    "7'017": 7017,
    "1,000,000": 1000000,
    "10,000.5": 10000.5,
    "．5": 0.5,
    "+1.2": 1.2,
    "−1.2": -1.2,
    "‑1.2": -1.2,
    "–1.2": -1.2,
    "(1.2)": -1.2,
    "（1,442）": -1442,
    "-0.0": 0.0,
    "1E+05": 100000,
    "007": 7,
    "7017①": Cell(7017, footnote="①"),
    "7017[1]": Cell(7017, footnote="1"),
    "7017²": Cell(7017, footnote="²"),
    "7017*": Cell(7017, footnote="*"),
    "7017#": Cell(7017, footnote="#"),
    "12238 b）": Cell(12238, footnote="b"),
    "五点七": 5.7,
    "零点五": 0.5,
    "十二": 12,
    "负五": -5,
    "负零点五": -0.5,
    "二○一五": 2015,
    "一万亿": 10**12,
    "十二万亿": 12 * 10**12,
    "一亿零五万": 100050000,
    "一千零一": 1001,
    "壹仟贰佰": 1200,
    "两千三百": 2300,
    "－－": GONE,
    "..": GONE,
    "NaT": GONE,
    "不知道": GONE,
    "不适用": NOT_ASKED,
    "保密": HIDDEN,
    "＊": HIDDEN,
    "……": FEW,
    "无": BLANK,
    " \u3000 ": BLANK,
    "12345678901234567890": 12345678901234567890,
    "#N/A": "spreadsheet_error",
    "△1.2": "corrupt_number",  # a fall or a rise
    "▲1.2": "corrupt_number",
    "—1.2": "corrupt_number",
    "#": "corrupt_number",
    "○": "corrupt_number",
    "(1)": "corrupt_number",
    "12..5": "corrupt_number",
    "1.2.3": "corrupt_number",
    "1,44": "corrupt_number",
    "1000,000": "corrupt_number",
    "1,000 000": "corrupt_number",
    "1O0": "corrupt_number",
    "5.7%": "corrupt_number",
    "1/2": "corrupt_number",
    "2013-2015": "corrupt_number",
    "１２３٤": "corrupt_number",
    "١٢٣": "corrupt_number",
    "½": "corrupt_number",
    "inf": "corrupt_number",
    "1e400": "corrupt_number",
    "=1+2": "corrupt_number",
    "一万二": "corrupt_number",
    "一千一": "corrupt_number",
    "三百五": "corrupt_number",
    "三五": "corrupt_number",
    "零五": "corrupt_number",
    "一千零": "corrupt_number",
    "一百零零五": "corrupt_number",
    "千": "corrupt_number",
    "百": "corrupt_number",
    "万亿": "corrupt_number",
    "一百二百": "corrupt_number",
    "7017\n5575": "corrupt_number",
}
MONEY = {
    "17.3亿多元": Cell(1730000000, "yuan", "lower"),
    "1685万元": Cell(16850000, "yuan"),
    "16.85万元": Cell(168500, "yuan"),
    "10.5亿元": Cell(1050000000, "yuan", "rounded"),
    "2,300元": Cell(2300, "yuan"),
    "２３００元": Cell(2300, "yuan"),
    "￥2,300.00": Cell(2300.0, "yuan"),
    "人民币2300元整": Cell(2300, "yuan"),
    "贰仟叁佰元整": Cell(2300, "yuan"),
    "壹拾贰万叁仟元整": Cell(123000, "yuan"),
    "12万3456元": Cell(123456, "yuan"),
    "近500万元": Cell(5000000, "yuan", "about"),
    "500余万元": Cell(5000000, "yuan", "lower"),
    "500元以上": Cell(500, "yuan", "lower"),
    "几百元": some(200, 990, unit="yuan"),
    "1.2-1.5万元": some(12000, 15000, unit="yuan"),
    "-500元": Cell(-500, "yuan"),
    "0元": Cell(0, "yuan"),
    "无": BLANK,
    "2300": "unit_required",
    "约2300": "unit_required",
    "约五百": "unit_required",
    "几百": "unit_required",
    "100-200": "unit_required",
    "元": "corrupt_number",
    "￥": "corrupt_number",
    "万元": "corrupt_number",
    "含税1685万元": "corrupt_number",
    "2300元5角": "corrupt_number",
    "3.1美元": "unknown_unit",
    "$3.1": "unknown_unit",
    "500元/月": "unknown_unit",
    "2300元/人·年": "unknown_unit",
    "每月500元": "unknown_unit",
}
RATE = {"unit": "percent", "kind": "rate"}
POINTS = {"unit": "percent", "kind": "points"}
PERCENTS = {
    "5.7%": Cell(5.7, **RATE),  # C22
    "５．７％": Cell(5.7, **RATE),  # C23
    "百分之五点七": Cell(5.7, **RATE),  # C24
    "百分之十点二": Cell(10.2, **RATE),  # C25
    "0.057": "ambiguous_scale",  # C26
    "1.5个百分点": Cell(1.5, **POINTS),  # C27
    "百分之零点五": Cell(0.5, **RATE),
    "百分之百": Cell(100.0, **RATE),
    "百分之5.7": Cell(5.7, **RATE),
    "千分之五": Cell(0.5, **RATE),
    "5‰": Cell(0.5, **RATE),
    "5.7个百分点": Cell(5.7, **POINTS),
    "-0.5 个百分点": Cell(-0.5, **POINTS),
    "1.5个百分点左右": Cell(1.5, bound="about", **POINTS),
    "5.7pp": Cell(5.7, **POINTS),
    "5.7 per cent": Cell(5.7, **RATE),
    "5.7 Percent": Cell(5.7, **RATE),
    "5.7%①": Cell(5.7, footnote="①", **RATE),
    "近5%": Cell(5.0, bound="about", **RATE),
    "约百分之五": Cell(5.0, bound="about", **RATE),
    "不足1%": Cell(1.0, bound="upper", **RATE),
    "50%以上": Cell(50.0, bound="lower", **RATE),
    "3%-5%": some(3.0, 5.0, **RATE),
    "3-5%": some(3.0, 5.0, **RATE),
    "百分之三到百分之五": some(3.0, 5.0, **RATE),
    "百分之三至五": some(3.0, 5.0, **RATE),
    "120%": Cell(120.0, **RATE),
    "-3%": Cell(-3.0, **RATE),
    "…": FEW,
    "5.7": "ambiguous_scale",
    "%": "corrupt_number",
    "3%5%": "corrupt_number",
    "5%0.5": "corrupt_number",
    "5.7%%": "corrupt_number",
    "百分之5%": "corrupt_number",
    "5%‰": "corrupt_number",
    "(5.7%)": "corrupt_number",  # a share, or a fall
    "5 7%": "corrupt_number",
    "5,7%": "corrupt_number",
    "二十分之一": "corrupt_number",
    "五百分之三": "corrupt_number",
    "三成": "corrupt_number",
    "1/3": "corrupt_number",
    "下降1.5个百分点": "corrupt_number",
}
YEARLY = {"unit": "yuan_person_year"}
LINES = {
    "2300元(2010年不变价)": Cell(2300.0, note="2010", **YEARLY),  # C29
    "6.3元/天": Cell(2299.5, **YEARLY),  # C30
    "625元": Cell(625.0, **YEARLY),
    "1196元": Cell(1196.0, **YEARLY),
    "2300元/人·年": Cell(2300.0, **YEARLY),
    "2300元/人/年": Cell(2300.0, **YEARLY),
    "农民人均纯收入2300元": Cell(2300.0, **YEARLY),
    "人均年纯收入2300元": Cell(2300.0, **YEARLY),
    "每人每天6.3元": Cell(2299.5, **YEARLY),
    "200元/月": Cell(2400.0, **YEARLY),
    "二千三百元": Cell(2300.0, **YEARLY),
    "2,300元①": Cell(2300.0, footnote="①", **YEARLY),
    "2300元（2010年标准）": Cell(2300.0, **YEARLY),
    "—": GONE,
    "2300": "corrupt_line",
    "3.1美元": "corrupt_line",
    "1.9美元/天": "corrupt_line",
    "$1.90": "corrupt_line",
    "0元": "corrupt_line",
    "-5元": "corrupt_line",
    "2300元/户": "corrupt_line",
    "2300元/周": "corrupt_line",
    "2300元/月/年": "corrupt_line",
    "约2855元": "corrupt_line",
}
YEARS = {
    "二〇一五年": 2015,  # C34
    "2015年末": (2015, "end"),  # C35
    "二○一五年": 2015,
    "二零一五": 2015,
    "一九七八年": 1978,
    "2015": 2015,
    "2015.0": 2015,
    "２０１５年": 2015,
    "2015 年": 2015,
    "2015年度": 2015,
    "2015年底": (2015, "end"),
    "2015年年底": (2015, "end"),
    "2015年终": (2015, "end"),
    "截至2015年底": (2015, "end"),
    "2015年初": (2015, "start"),
    "2015年中": (2015, "middle"),
    "二 〇 一 五 年": 2015,
    "20 15": "corrupt_year",
    "2014 2015": "corrupt_year",
    "15年": "corrupt_year",
    "'15": "corrupt_year",
    "2015年9月底": "corrupt_year",
    "2013-2015年": "corrupt_year",
    "2015年以前": "corrupt_year",
    "2015.5": "corrupt_year",
    "20150": "corrupt_year",
    "1899": "corrupt_year",
    "2101": "corrupt_year",
    "三五三五": "corrupt_year",
    "民国104年": "corrupt_year",
}
PERIODS = {
    "“十二五”时期": (2011, 2015),  # C36
    "十三五期间": (2016, 2020),
    "「十四五」规划": (2021, 2025),
    "第十三个五年规划": (2016, 2020),
    "“一五”": (1953, 1957),
    "三五": (1966, 1970),
    "国家八七扶贫攻坚计划": (1994, 2000),
    "“八七”扶贫攻坚计划": (1994, 2000),
    "2013-2015年": (2013, 2015),
    "2013—2015": (2013, 2015),
    "1986 to 1993": (1986, 1993),
    "二〇一一年至二〇一五年": (2011, 2015),
    "2015年": (2015, 2015),
    "2014年9月至2015年8月": ("2014-09", "2015-08"),
    "2014.9-2015.8": ("2014-09", "2015-08"),
    "2014-09-2015-08": ("2014-09", "2015-08"),
    "201409-201508": ("2014-09", "2015-08"),
    "2014年3月至8月": ("2014-03", "2014-08"),
    "2014年9月初至2015年8月底": ("2014-09", "2015-08"),
    "2014-09-01 至 2015-08-31": ("2014-09-01", "2015-08-31"),
    "2015-2013": "corrupt_period",
    "2011-12": "corrupt_period",
    "2013-15": "corrupt_period",
    "2015年末": "corrupt_period",
    "2014年末至2015年末": "corrupt_period",
    "十二五以来": "corrupt_period",
    "八七扶贫攻坚计划以前": "corrupt_period",
    "2014年9月起": "corrupt_period",
    "2015年上半年": "corrupt_period",
    "十五年": "corrupt_period",
    "": "corrupt_period",
}
DATES = {
    "201512": "2015-12",  # C38
    "2020-11-23 00:00:00": "2020-11-23",  # C39
    "201509": "2015-09",
    "201509.0": "2015-09",
    "42339": "2015-12-01",
    "42339.0": "2015-12-01",
    "43831": "2020-01-01",
    "2015": "2015",
    "2015.0": "2015",
    "2015年": "2015",
    "2015年9月": "2015-09",
    "2015年9月1日": "2015-09-01",
    "2015 年 9 月 1 日": "2015-09-01",
    "2015年9月1日10:30": "2015-09-01",
    "二〇一五年九月": "2015-09",
    "二○二○年十一月二十三日": "2020-11-23",
    "2015.9": "2015-09",
    "2015/9/1": "2015-09-01",
    "20150901": "2015-09-01",
    "２０１５－０９－０１": "2015-09-01",
    "2015-09-01T00:00:00+08:00": "2015-09-01",
    "2016-02-29": "2016-02-29",
    "2015年9月底": ("2015-09", "end"),
    "2015年9月上旬": ("2015-09", "start"),
    "2015年末": ("2015", "end"),
    "2015-02-29": "corrupt_date",
    "201513": "corrupt_date",
    "201500": "corrupt_date",
    "2015年2月30日": "corrupt_date",
    "2020-11-23 25:99:99": "corrupt_date",
    "5/12/2015": "ambiguous_date",
    "31.12.15": "ambiguous_date",
    "Sep-15": "corrupt_date",
    "15.9": "corrupt_date",
    "1899-12-31": "corrupt_date",
    "0000-00-00": "corrupt_date",
    "10000": "corrupt_date",
}


def _cases(read, table):
    return [pytest.param(read, raw, wanted, id=f"{read.__name__} {raw!r}")
            for raw, wanted in table.items()]  # fmt: skip


@pytest.mark.parametrize(
    ("read", "raw", "wanted"),
    [
        *_cases(clean.count, COUNTS),
        *_cases(clean.number, NUMBERS),
        *_cases(clean.money, MONEY),
        *_cases(clean.percent, PERCENTS),
        *_cases(clean.poverty_line, LINES),
        *_cases(clean.year, YEARS),
        *_cases(clean.period, PERIODS),
        *_cases(clean.date, DATES),
    ],
)
def test_cells_are_read_as_meant_or_refused(read, raw, wanted):
    found = told(read, raw)
    if isinstance(wanted, Cell | str) and not isinstance(found, Cell):
        assert found == wanted
    elif isinstance(wanted, Cell):
        assert found == wanted
        assert type(found.value) is type(wanted.value)
    elif read is clean.period:
        assert found == wanted
    else:
        value, note = wanted if isinstance(wanted, tuple) else (wanted, found.note)
        assert (found.value, found.note, found.footnote) == (value, note, "")
        assert isinstance(value, str) or type(found.value) is type(value)


def test_bare_numbers_take_the_unit_of_their_head():
    assert clean.count("7017", unit="10k_person") == Cell(70170000, "person")
    assert clean.count("7.7", unit="100m_person") == Cell(770000000, "person", "rounded")
    assert clean.count("7017万人", unit="10k_person").value == 70170000
    assert clean.count("约7017", unit="10k_household") == Cell(70170000, "household", "about")
    assert clean.money("1,685.5", unit="10k_yuan") == Cell(16855000, "yuan")
    assert clean.money("约1685", unit="10k_yuan") == Cell(16850000, "yuan", "about")
    assert clean.money("1685元", unit="10k_yuan").value == 1685
    assert told(clean.money, "￥1685", unit="10k_yuan") == "unit_required"
    assert told(clean.money, "1685", unit="dollar") == "unknown_unit"
    assert clean.percent("0.057", scale="fraction").value == 5.7
    assert clean.percent("5.7%", scale="fraction").value == 5.7
    assert clean.percent("0.057", scale="percent").value == 0.057


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("16369户54851人", {"household": 16369, "person": 54851}),
        ("16369 户 / 54851 人", {"household": 16369, "person": 54851}),
        ("16369户（54851人）", {"household": 16369, "person": 54851}),
        ("1,442户，5,575人①", {"household": 1442, "person": 5575}),
        ("近1.2万户4.5万余人", {"household": 12000, "person": 45000}),
        ("二十户八十人", {"household": 20, "person": 80}),
        ("52节、210人次", {"session": 52, "person_time": 210}),
        ("54851人", {"person": 54851}),
        ("", {}),
        ("—", {}),
        ("3户3户", "corrupt_number"),
        ("户人", "corrupt_number"),
        ("16369户54851", "corrupt_number"),
        ("1户" * 200, "corrupt_number"),
    ],
)
def test_cells_of_several_counts(raw, wanted):
    found = told(clean.counts, raw)
    if isinstance(found, dict):
        found = {unit: cell.value for unit, cell in found.items()}
    assert found == wanted


@pytest.mark.parametrize(
    ("raw", "adcode", "zh", "en"),
    [
        ("内 蒙 古", "150000", "内蒙古", "Inner Mongolia"),  # C40
        ("内蒙古自治区", "150000", "内蒙古", "Inner Mongolia"),  # C41
        ("Xizang", "540000", "西藏", "Tibet"),  # C43
        ("Shaanxi", "610000", "陕西", "Shaanxi"),  # C44
        ("Shanxi", "140000", "山西", "Shanxi"),  # C45
        ("新疆生产建设兵团", None, "新疆兵团", "XPCC"),  # C46
        ("广  西", "450000", "广西", "Guangxi"),  # C48
        ("广\u3000西", "450000", "广西", "Guangxi"),
        ("宁夏回族自治区", "640000", "宁夏", "Ningxia"),
        ("西藏自治区", "540000", "西藏", "Tibet"),
        ("兵团", None, "新疆兵团", "XPCC"),
        ("合计", None, "全国", "China"),
    ],
)
def test_provinces(raw, adcode, zh, en):
    found = clean.province(raw)
    assert (found.adcode, found.zh, found.en) == (adcode, zh, en)


def test_codes_of_place():
    assert clean.adcode("520527.0") == "520527"  # C49
    assert clean.adcode("52") == "520000"  # C50
    assert clean.adcode_at("542300", 2013, to=2020) == "540200"  # C52


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("è´«å›°", "贫困"),  # C57
        ("贫困户".encode().decode("latin-1"), "贫困户"),
        ("贫困户".encode("gbk").decode("latin-1"), "贫困户"),
        ("人均收入".encode().decode("gb18030"), "人均收入"),
        ("户编号 1".encode("gbk").decode("latin-1"), "户编号 1"),
        ("是".encode("gbk").decode("latin-1"), "是"),
        ("贫困", "贫困"),
        ("貧困 (poverty)", "貧困 (poverty)"),
        ("poverty", "poverty"),
        ("München", "München"),
        ("naïve", "naïve"),
        ("5°C", "5°C"),
        ("×÷", "×÷"),
        ("cafÃ©", "cafÃ©"),
        ("±1.5", "±1.5"),
        ("Привет", "Привет"),
        ("", ""),
        (None, ""),
        ("贫�", "mojibake"),
        ("锟斤拷", "mojibake"),
    ],
)
def test_text_of_a_wrong_encoding_is_repaired_and_other_text_left_alone(raw, wanted):
    assert told(clean.repair, raw) == wanted


def test_no_name_of_a_place_is_taken_for_broken_text():
    names = ps.load("place_codes")["name"].unique()
    assert [one for one in names if clean.repair(one) != one] == []
    broken = [one.encode().decode("latin-1") for one in names]
    assert [clean.repair(one) for one in broken] == list(names)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("务工时间（月）", "work_months"),  # C58
        ("\ufeff户编号", "household_id"),  # C59
        ("易返贫致贫户(监测对象)类型", "monitor_type"),  # C60
        ("hbh", "household_id"),
        ("ＨＢＨ", "household_id"),
        ("户\n编号", "household_id"),
        ("户 编 号", "household_id"),
        ("yfpzpflx", "monitor_type"),
        ("yfpzph", "monitor_type"),
        ("rjcsr", "income"),
        ("人均纯收入（元）", "income"),
        ("贫困发生率(%)", "incidence"),
        ("户编号".encode("gbk").decode("latin-1"), "household_id"),
        ("未知列", "unknown_column"),
        ("", "unknown_column"),
    ],
)
def test_heads_of_columns(raw, wanted):
    assert told(clean.column_name, raw) == wanted


def test_a_head_of_two_rows_becomes_one():  # C61
    rows = [["2010年标准", ""], ["贫困人口\n(万人)", "贫困发生率\n(%)"]]
    assert clean.flatten_header(rows) == ["poor_pop_10k__2010", "incidence_pct__2010"]


def test_rows_that_are_no_data_are_dropped(tmp_path):  # C62
    dropped = [
        "续表",
        "单位:万人",
        "注:1.1978年标准:1978-1999年称为农村贫困标准",
        "资料来源:国家统计局",
    ]
    page = [*dropped[:2], "地区,2013年,2014年", "全国,8249,7017", *dropped[2:]]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(page), encoding="utf-8")
    table, report = clean.read_table(path)
    assert table[["region", "2013", "2014"]].values.tolist() == [["全国", 8249.0, 7017.0]]
    assert set(dropped) <= set(report.loc[report["action"] == "dropped", "old"])
    assert table.attrs["units"]["2014"] == "万人"


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("因病、缺劳力;缺技术", ["illness", "no_labour", "no_skill"]),  # C63
        ("自身发展动力不足", ["low_motivation"]),  # C64
        ("因病因残", ["illness", "disability"]),
        ("因病致贫因残致贫", ["illness", "disability"]),
        ("因病 因残\n因学", ["illness", "disability", "schooling"]),
        ("因 病、因 残", ["illness", "disability"]),
        ("因灾返贫/缺乏劳动力", ["disaster", "no_labour"]),
        ("因病，因病", ["illness"]),
        ("因病、", ["illness"]),
        ("其它", ["other"]),
        ("", []),
        ("无", []),
        ("因病、懒惰", "unknown_cause"),
        ("因病懒惰", "unknown_cause"),
        ("自身发展能力不足", "unknown_cause"),
        ("5", "unknown_cause"),
    ],
)
def test_causes(raw, wanted):
    assert told(clean.causes, raw) == wanted


@pytest.mark.parametrize(
    ("read", "raw", "wanted"),
    [
        (clean.status, "返贫", "relapsed"),  # C66
        (clean.status, "稳定脱贫不再享受政策", "exited"),  # C67
        (clean.status, "脱贫（享受政策）", "exited_supported"),
        (clean.status, "未 脱 贫", "poor"),
        (clean.status, "贫困户", "poor"),
        (clean.status, "脱贫户", "exited"),
        (clean.status, "清退", "removed"),
        (clean.status, "自然减少", "natural_decrease"),
        (clean.status, "拟脱贫", CellError),
        (clean.monitor_type, "突发严重困难户", "sudden_hardship"),  # C68
        (clean.monitor_type, "边缘户", "marginal"),
        (clean.monitor_type, "边缘易致贫户", "marginal"),
        (clean.monitor_type, "脱贫不稳定户", "unstable_exited"),
        (clean.monitor_type, "脱贫监测户", "unstable_exited"),
        (clean.monitor_type, "一般农户", "not_monitored"),
        (clean.monitor_type, "", None),
        (clean.monitor_type, "稳定脱贫户", CellError),
        (clean.monitor_type, "脱贫不稳定户/边缘易致贫户", CellError),
    ],
)
def test_words_of_the_register(read, raw, wanted):
    if wanted is CellError:
        assert told(read, raw).startswith("unknown_")
    else:
        assert read(raw).value == wanted


@pytest.mark.parametrize(
    ("raw", "codes", "wanted"),
    [
        (5, (1, 5), False),  # C71
        (1, (1, 5), True),
        (5.0, (1, 5), False),
        ("5.0", (1, 5), False),
        (2, (1, 2), False),
        (-8, (1, 5), NOT_ASKED),
        (-2.0, (1, 5), HIDDEN),
        ("-1", (1, 5), GONE),
        (-10, (1, 5), GONE),
        (-8, (1, 2), "unknown_answer"),
        (0, (1, 5), "unknown_answer"),
        (79, (1, 5), "unknown_answer"),
        (5, (), "unknown_answer"),
        ("是", (), True),
        ("否", (), False),
        ("无", (), False),
        ("√", (), True),
        ("×", (), False),
        ("Ｙ", (), True),
        (True, (), True),
        (0.0, (), False),
        ("不适用", (), NOT_ASKED),
        ("", (), BLANK),
        ("x", (), "unknown_answer"),
        ("是/否", (), "unknown_answer"),
    ],
)
def test_yes_and_no(raw, codes, wanted):
    found = told(clean.yes_no, raw, **dict(zip(("yes", "no"), codes, strict=False)))
    assert found == (Cell(wanted) if isinstance(wanted, bool) else wanted)


@pytest.mark.parametrize(
    ("raw", "name", "wave"),
    [
        ("fid16", "fid", 2016),  # C72
        ("rswt_natcs18n", "weight_cs", 2018),  # C73
        ("rswt_natpn1018n", "weight_panel", 2018),
        ("rswt_nat", "weight_cs", 2010),
        ("fswt_natcs16", "family_weight_cs", 2016),
        ("provcd14", "province", 2014),
        ("cfps2016eduy", "eduy", 2016),
        ("fincome1_per", "fincome1_per", None),
        ("fn1_s_1", "fn1_s_1", None),
    ],
)
def test_waves_of_a_panel(raw, name, wave):
    assert clean.wave_name(raw) == {"name": name, "wave": wave}


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("5.30123E+17", "precision_lost"),  # C75
        (5.30123e17, "precision_lost"),
        ("5E17", "precision_lost"),
        (2.0**53, "precision_lost"),
        (530123000000000012, Cell("530123000000000012")),
        ("520527000012.0", Cell("520527000012")),
        (520527000012.0, Cell("520527000012")),
        ("'001", Cell("001")),
        ("００１", Cell("001")),
        ("HH-001_a", Cell("HH-001_a")),
        ("", BLANK),
        ("001 002", "corrupt_id"),
        (-8, "corrupt_id"),
        (True, "corrupt_id"),
        (1.5, "corrupt_id"),
        ("户001", "corrupt_id"),
    ],
)
def test_identifiers(raw, wanted):
    assert told(clean.household_id, raw) == wanted


def test_standards_are_never_chained():  # C33
    table = pd.DataFrame(
        {"year": [1999, 2000], "standard": ["1978", "2008"], "incidence": [1.6, 4.6]}
    )
    with pytest.raises(PovstudyError, match="several poverty standards") as refused:
        ps.one_standard(table)
    assert "standard=" in refused.value.remedy


def test_scalars_of_python_numpy_and_pandas():
    for raw in (None, math.nan, pd.NA, pd.NaT, np.float32("nan"), np.datetime64("NaT")):
        for read in (clean.number, clean.count, clean.money, clean.percent, clean.year, clean.date,
                     clean.status, clean.yes_no, clean.household_id, clean.poverty_line):  # fmt: skip
            assert read(raw).reason == "blank"
        assert clean.causes(raw) == []
    assert clean.number(np.int64(3)) == clean.number(3) == Cell(3)
    assert clean.number(Decimal("1.5")) == Cell(1.5)
    for raw in (True, np.True_, math.inf, 1 + 2j, b"12", [1], datetime.date(2015, 1, 1), 10**5000):
        assert told(clean.number, raw) == "corrupt_number"
    day = datetime.datetime(2015, 9, 1, 10, 30, tzinfo=datetime.UTC)
    for raw in (day, day.date(), pd.Timestamp(day), np.datetime64("2015-09-01"), 42248, 20150901.0):
        assert clean.date(raw).value == "2015-09-01"
    assert clean.date(2015.0).value == clean.date(2015).value == "2015"
    assert told(clean.date, 2015.1) == "ambiguous_date"
    assert clean.date("2015.1").value == "2015-01"
    assert clean.year(2015.0).value == 2015


# Whatever a cell holds ----------------------------------------------------------------

READERS = {
    "number": (clean.number, {}),
    "count": (clean.count, {}),
    "count_10k": (clean.count, {"unit": "10k_person"}),
    "counts": (clean.counts, {}),
    "money": (clean.money, {}),
    "money_10k": (clean.money, {"unit": "10k_yuan"}),
    "percent": (clean.percent, {}),
    "fraction": (clean.percent, {"scale": "fraction"}),
    "line": (clean.poverty_line, {}),
    "year": (clean.year, {}),
    "period": (clean.period, {}),
    "date": (clean.date, {}),
    "causes": (clean.causes, {}),
    "status": (clean.status, {}),
    "monitor_type": (clean.monitor_type, {}),
    "yes_no": (clean.yes_no, {}),
    "cfps": (clean.yes_no, {"yes": 1, "no": 5}),
    "household_id": (clean.household_id, {}),
    "repair": (clean.repair, {}),
}
SIGNS = "0123456789０５.．,，-－–—~至到%‰多余来几数约近上万亿千百十两二五点零〇○负元户人次个年月日底()①*#eE+'/ \u2009\n"
TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(SIGNS, max_size=20),
    st.text(SIGNS, max_size=6).flatmap(lambda a: st.sampled_from([*COUNTS, *DATES]).map(a.__add__)),
    st.from_regex(r"[0-9]{1,4000}(\.[0-9]{0,400})?([eE][+-]?[0-9]{1,9})?", fullmatch=True),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.dates(), st.datetimes(),
    st.sampled_from([pd.NA, pd.NaT, np.nan, np.bool_(True), np.datetime64("NaT"), b"\xff", (), []]),
    st.floats(width=32).map(np.float32), st.integers(-(2**63), 2**63 - 1).map(np.int64),
    st.datetimes(pd.Timestamp.min.to_pydatetime(warn=False),
                 pd.Timestamp.max.to_pydatetime(warn=False)).map(pd.Timestamp),
)  # fmt: skip


@pytest.mark.parametrize("name", READERS)
@examples(150)
@given(raw=TEXTS | SCALARS)
@example(raw="1" * 100_000)
@example(raw="1" + " " * 30_000 + "x")
@example(raw="\0")
@example(raw="1e999999999")
def test_any_cell_is_read_or_refused_by_our_own_error(name, raw):
    read, options = READERS[name]
    try:
        found = read(raw, **options)
    except PovstudyError as error:
        assert error.problem
        return
    if isinstance(found, Cell) and isinstance(found.value, float):
        assert math.isfinite(found.value)
    if isinstance(found, Cell):
        assert (found.value is None) == (bool(found.reason) or found.bound == "range")


# There and back -----------------------------------------------------------------------

WIDE = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")
WHOLE = st.integers(-(10**15), 10**15)
FLOATS = st.floats(-1e12, 1e12).map(lambda one: round(one, 4) + 0.0)


def numeral(number):
    """Chinese numeral of a whole number below 10**16, by groups of four digits."""
    if number == 0:
        return "零"
    text, gap = "", False
    groups = [number // 10**k % 10**4 for k in (12, 8, 4, 0)]
    if groups[0]:
        return numeral(number // 10**8) + "亿" + _rest(number % 10**8, 10**7)
    for group, name in zip(groups[1:], ("亿", "万", ""), strict=True):
        if not group:
            gap = True
            continue
        if text and (gap or group < 1000):
            text += "零"
        text, gap = text + _group(group) + name, False
    return text


def _rest(number, least):
    if not number:
        return ""
    return ("零" if number < least else "") + numeral(number)


def _group(number):
    text, gap = "", False
    for digit, place in zip(f"{number:04d}", "千百十 ", strict=True):
        if digit == "0":
            gap = bool(text)
        else:
            text += ("零" if gap else "") + "零一二三四五六七八九"[int(digit)] + place.strip()
            gap = False
    return text


@given(WHOLE)
def test_whole_numbers_are_read_back(number):
    for text in (str(number), f"{number:,}", f"{number:,}".replace(",", "\u2009"),
                 str(number).translate(WIDE), f"{number:,}".translate(WIDE), f"{number}①"):  # fmt: skip
        assert clean.number(text).value == number
    if number < 0:  # of (5) one cannot tell whether it is a footnote
        wanted = number if number < -9 else "corrupt_number"
        found = told(clean.number, f"({-number:,})")
        assert getattr(found, "value", found) == wanted


@given(FLOATS)
def test_decimal_numbers_are_read_back(number):
    for text in (f"{number:.4f}", f"{number:,.4f}", f"{number:.4f}".translate(WIDE), repr(number)):
        assert clean.number(text).value == number


@given(st.integers(0, 10**12) | st.integers(0, 10**5))
@example(10**12)
@example(10**8 + 5)
@example(10**4)
@example(100_050_000)
def test_chinese_numerals_are_read_back(number):
    text = numeral(number)
    assert clean.number(text).value == number
    assert clean.count(text + "人").value == number
    assert clean.number("负" + text).value == -number
    if text.startswith("一十"):
        assert clean.number(text[1:]).value == number
    formal = text.translate(str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟"))
    assert clean.money(formal + "元整").value == number


@given(st.integers(1, 10**6), st.sampled_from(list(columns.count.__globals__["UNITS"].items())),
       st.sampled_from([("", 1), ("万", 10**4), ("亿", 10**8)]),
       st.sampled_from([("{}", "exact"), ("约{}", "about"), ("超过{}", "lower"), ("不足{}", "upper"),
                        ("{}以上", "lower"), ("{}左右", "about")]))  # fmt: skip
def test_counts_are_read_back_with_unit_scale_and_bound(number, unit, scale, bound):
    (word, name), (mark, factor), (frame, kind) = unit, scale, bound
    found = clean.count(frame.format(f"{number:,}{mark}{word}"))
    assert found == Cell(number * factor, name, kind)
    if mark and kind == "exact":
        assert clean.count(f"{number}多{mark}{word}") == Cell(number * factor, name, "lower")


@given(st.integers(0, 10**11))
def test_money_is_read_back(cents):
    yuan = cents / 100
    assert clean.money(f"{cents // 100:,}.{cents % 100:02d}元").value == yuan
    assert clean.money(f"￥{cents // 100}.{cents % 100:02d}").value == yuan
    assert clean.money(f"{cents}万元").value == cents * 10**4
    assert clean.money(str(cents), unit="10k_yuan").value == cents * 10**4


@given(st.integers(-(10**6), 10**6))
def test_percentages_are_read_back(thousandths):
    sign, rate = "-" if thousandths < 0 else "", abs(thousandths)
    text = f"{sign}{rate // 1000}.{rate % 1000:03d}"
    for cell in (text + "%", text.translate(WIDE) + "％", text + "个百分点"):
        assert clean.percent(cell).value == thousandths / 1000
    assert clean.percent(text + "‰").value == thousandths / 10_000
    assert clean.percent(text, scale="fraction").value == thousandths / 10
    if thousandths >= 0:
        spoken = numeral(rate // 1000) + "点" + "".join("零一二三四五六七八九"[int(one)] for one in f"{rate % 1000:03d}")  # fmt: skip
        assert clean.percent("百分之" + spoken).value == thousandths / 1000


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)))
def test_dates_are_read_back(day):
    year, month, number = day.year, day.month, day.day
    spoken = "".join("〇一二三四五六七八九"[int(one)] for one in str(year))
    for text in (day.isoformat(), f"{year}年{month}月{number}日", f"{year}/{month}/{number}",
                 f"{day:%Y%m%d}", f"{day} 00:00:00", day, pd.Timestamp(day),
                 f"{spoken}年{_group(month)}月{_group(number)}日"):  # fmt: skip
        assert clean.date(text).value == day.isoformat()
    for text in (f"{year}年{month}月", f"{year}.{month}", f"{day:%Y%m}", f"{year}-{month:02d}"):
        assert clean.date(text).value == day.isoformat()[:7]
    for text in (year, f"{year}年", spoken, f"{spoken}年", float(year)):
        assert clean.year(text).value == int(clean.date(text).value) == year
    serial = (day - datetime.date(1899, 12, 30)).days
    if 20_000 <= serial < 70_000:
        assert clean.date(serial).value == day.isoformat()


@given(st.dates(datetime.date(1950, 1, 1)), st.dates(datetime.date(1950, 1, 1)))
def test_periods_are_read_back(one, other):
    first, last = sorted(
        [min(one, datetime.date(2100, 1, 1)), min(other, datetime.date(2100, 1, 1))]
    )
    assert clean.period(f"{first.year}-{last.year}年") == (first.year, last.year)
    assert clean.period(f"{first} 至 {last}") == (first.isoformat(), last.isoformat())
    months = (first.isoformat()[:7], last.isoformat()[:7])
    assert clean.period(f"{first.year}年{first.month}月至{last.year}年{last.month}月") == months


@given(st.from_regex("[0-9A-Za-z][0-9A-Za-z_-]{0,39}", fullmatch=True))
def test_identifiers_are_read_back(text):
    found = told(clean.household_id, text)
    assert found in ("precision_lost", Cell(text)) or found.reason == "not_available"
    if text.isdigit():
        assert found == clean.household_id(" " + text.translate(WIDE)) == Cell(text)


# Columns ------------------------------------------------------------------------------

OPTIONS = {
    clean.number: [{}],
    clean.count: [{}, {"unit": "household"}, {"unit": "10k_person"}],
    clean.money: [{}, {"unit": "yuan"}, {"unit": "10k_yuan"}],
    clean.percent: [{}, {"scale": "percent"}, {"scale": "fraction"}],
}
FRAMES = [
    "{}", "{}", "-{}", "({})", "+{}", "{}人", "{}万人", "{}多万人次", "近{}户", "{}户以上", "{}亿人",
    "{}元", "￥{}", "{}万元", "{}亿多元", "{}%", "百分之{}", "{}个百分点", "{}‰", "{}①", "{}a)", "{}*",
    "{}(1)", "{}[2]", "五({})", "注{}", "{}人{}户", "{}-{}人", "{}万{}人", "{}年", "{}e5", "#{}", "\0{}",
    "{}\0", "{}头", "几{}", "{}" + " " * 40 + "人", "{}.{}.{}", "{} 000", "<{}", "{}+",
]  # fmt: skip


def _digits(draw):
    size = draw(1, 8) if draw(0, 9) else draw(9, 20)
    text = "".join(str(draw(0, 9)) for _ in range(size))
    kind = draw(0, 7)
    if kind == 1:
        text += f".{draw(0, 99)}"
    elif kind == 2:
        text += "." + "0" * draw(1, 3)
    elif kind == 3:
        text = f"{int(text):,}"
    elif kind == 4:
        text += f".{draw(0, 99999):05d}"
    return text.translate(WIDE) if draw(0, 5) == 0 else text


def _cell(draw):
    kind = draw(0, 40)
    if kind == 0:
        odd = ["", None, math.nan, "—", "…", "七千零一十七万", 5, 5.0, True, 1, 1.0, "1", "1.0", -3,
               2.5, pd.NA, "#N/A", "几十万人", "二〇一五", math.inf, Decimal("1"), "-0", "-0.0"]  # fmt: skip
        return odd[draw(0, len(odd) - 1)]
    return FRAMES[draw(0, len(FRAMES) - 1)].replace("{}", _digits(draw))


def plainly(values, read, **options):
    """Read a column cell by cell, with nothing but a loop."""
    rows, refused = [], []
    for label, raw in zip(values.index, values, strict=True):
        try:
            cell = read(raw, **options)
        except CellError as error:
            cell = Cell(reason=f"refused: {error.code}")
            refused.append([label, raw, error.code, error.problem, error.remedy])
        rows.append([getattr(cell, name) for name in columns.NAMES])
    return pd.DataFrame(rows, columns=list(columns.NAMES), index=values.index), refused


def assert_same(values, read, **options):
    table, refused = clean.column(values, read, **options)
    wanted, errors = plainly(values, read, **options)
    assert table.index.equals(values.index)
    for name in columns.NAMES:
        if name in ("value", "low", "high"):
            found = table[name].to_numpy(dtype=float)
            np.testing.assert_array_equal(found, wanted[name].to_numpy(dtype=float), err_msg=name)
        else:
            assert table[name].astype(object).tolist() == wanted[name].tolist(), name
    found = refused.values.tolist()
    assert len(found) == len(errors)
    for one, other in zip(found, errors, strict=True):
        assert [one[0], *one[2:]] == [other[0], *other[2:]]
        assert one[1] is other[1] or one[1] == other[1] or one[1] != one[1]


@pytest.mark.parametrize("read", OPTIONS, ids=lambda one: one.__name__)
def test_a_large_column_is_read_like_its_cells(read):
    chance = random.Random(7)
    cells = [_cell(chance.randint) for _ in range(24_000)]
    values = pd.Series(cells, dtype=object, index=np.arange(24_000) // 2)  # labels come twice
    first, *others = OPTIONS[read]
    assert_same(values, read, **first)
    for options in others:
        assert_same(values[:6_000], read, **options)


@pytest.mark.parametrize("read", OPTIONS, ids=lambda one: one.__name__)
def test_any_column_is_read_like_its_cells(read, monkeypatch):
    monkeypatch.setattr(columns, "_FEWEST", 0)

    @examples(100)
    @given(st.lists(TEXTS | SCALARS | st.randoms(use_true_random=False).map(
        lambda chance: _cell(chance.randint)), max_size=30), st.integers(0, 2))  # fmt: skip
    def check(cells, which):
        options = OPTIONS[read][which % len(OPTIONS[read])]
        assert_same(pd.Series(cells, dtype=object), read, **options)

    check()


@pytest.mark.parametrize("make", [
    lambda cells: pd.Series(cells, dtype="string"),
    lambda cells: pd.Series(cells, dtype="str"),
    lambda cells: pd.Series(cells, dtype="category"),
    lambda cells: pd.Series(range(len(cells))),
    lambda cells: pd.Series([*np.arange(len(cells) - 1) / 4, np.nan]),
    lambda cells: pd.Series([*range(len(cells) - 1), None], dtype="Int64"),
    lambda cells: pd.Series([True, False]),
    lambda cells: pd.Series([], dtype=object),
    lambda cells: pd.Series([], dtype=float),
    lambda cells: pd.Series(cells[:10], index=[0] * 10),
])  # fmt: skip
def test_columns_of_every_dtype(make):
    cells = [f"{i}万人" for i in range(2500)] + [None, "—", "坏"]
    for read in OPTIONS:
        assert_same(make(cells), read)


def test_true_and_one_are_different_cells():
    values = pd.Series([True, 1, 1.0, "1", "1.0", [1], None, math.nan], dtype=object)
    table, refused = clean.column(values, clean.number)
    assert table["value"].tolist()[1:5] == [1, 1, 1, 1]
    assert refused["row"].tolist() == [0, 5]
    table, _ = clean.column(pd.Series([1, 5, True]), clean.yes_no, yes=1, no=5)
    assert table["value"].tolist() == [True, False, None]


def test_two_shapes_with_one_key_stay_apart(monkeypatch):
    monkeypatch.setattr(columns, "_FEWEST", 0)
    fixed = np.random.default_rng  # every weight alike: 0人户 and 0户人 collide

    class Flat:
        def integers(self, *_, **__):
            return np.ones(32, dtype=np.uint64)

    monkeypatch.setattr(np.random, "default_rng", lambda *_: Flat())
    values = pd.Series(
        [f"{i}{tail}" for i in range(10, 60) for tail in ("万人", "人万", "%-", "-%")]
    )
    assert_same(values, clean.count)
    monkeypatch.setattr(np.random, "default_rng", fixed)


def test_the_public_names_are_read_by_shape_too(monkeypatch):
    read, slow = [], columns._one_by_one
    monkeypatch.setattr(
        columns, "_one_by_one", lambda cells, one: read.append(len(cells)) or slow(cells, one)
    )
    table, _ = clean.column(
        pd.Series(np.arange(5000)).astype(str) + "户", clean.count, unit="household"
    )
    assert table["value"].tolist() == list(range(5000)) and max(read) < 10


def test_a_column_takes_functions_of_ones_own():
    def count(raw):
        return len(str(raw))

    values = pd.Series([str(i) for i in range(3000)])
    assert clean.column(values, count)[0]["value"].tolist() == [len(one) for one in values]
    with pytest.raises(PovstudyError, match="Series"):
        clean.column(["1"], clean.number)


@pytest.mark.parametrize("text", ["贫困村", "海雀村"])
def test_text_cut_off_within_a_character_is_not_guessed(text):
    with pytest.raises(ps.clean.CellError) as caught:
        ps.clean.repair(text.encode()[:-1].decode("latin-1"))
    assert caught.value.code == "mojibake"


def test_dates_of_contracts_and_marked_years():
    assert ps.clean.period("自2018年3月1日起至2019年2月28日止") == ("2018-03-01", "2019-02-28")
    assert ps.clean.period("2018年度") == (2018, 2018)
    assert ps.clean.year("2010①").footnote == "①"
    assert ps.clean.count("1200（人次）").unit == "person_time"
    assert ps.clean.count("1200人（次）").unit == "person_time"
    assert ps.clean.money("28.5万元（不含税）").note == "excluded"
