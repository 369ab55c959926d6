"""What identifies a person is left nowhere: in tables, reports, errors, names of files and sheets."""

import csv
import re
import traceback

import pandas as pd
import pytest

import povstudy as ps
from povstudy.base.private import cell, masked
from povstudy.clean.person.personal import known_only

# Numbers are made up: no check digit of the identities is right but where it is said.
STRINGS = [
    "张三三 13800000000", "13800000000", "138.0000.0000", "138 0000 0000", "+86 138-0000-0000",
    "0086 13800000000", "138/0000/0000", "１３８００００００００", "一三八〇〇〇〇〇〇〇〇", "138 1234 5678张三",
    "张三:138-1234-5678", "手机:１３８－１２３４－５６７８", "0851-85812345", "(0851)85812345", "电话85812345", "tel 85812345",
    "110101190001011234", "110101190001011235", "110101.19000101.1234", "110101/19000101/1234",
    "110101190\n001011234", "110101 19000101 1234", "１１０１０１１９０００１０１１２３５", "11010119000101123X",
    "110101800101123", "110101 800101 124", "52010119900101123443",
    "扎西三 电话13800000000", "欧阳三三13800000000", "阿依·古丽 13800000000", "户主张三三因病13800000000",
    "帮扶干部李四四电话13800000000", "Zhang San 13800000000",
    "someone@example.com", "张三 someone＠example.com", "微信 wxid_abc123xyz", "微信号：zhang_san88",
    "wechat: zhangsan88", "VX zhangsan88", "QQ12345678", "QQ：12345678", "ＱＱ：12345678", "QQ号 123456789",
    "26.883012,104.271455", "104.271455 26.883012", "北纬26.883 东经104.271", "26°53'10\"N",
    "6222020000000000000", "6222 0200 0000 0000 000", "6222-0200-0000-0000", "卡号6217000000000001",
    "银行卡5200000000000001234", "贵A12345", "贵A·12345", "贵AD12345", "幸福路12号", "石桥村3组15号",
    "幸福小区3栋2单元501室", "王某某 幸福街道人民路88号",
]  # fmt: skip
NAMES = ("张三", "扎西", "欧阳", "阿依", "古丽", "李四", "王某", "Zhang", "someone", "wxid", "zhang", "幸福", "贵A", "石桥村3组")  # fmt: skip
NUMERALS = str.maketrans("〇一二三四五六七八九", "0123456789")


def left(text, personal):
    """Parts of a personal text that are still to be seen in another."""
    flat = [re.sub(r"\W|\\[nx]", "", one).translate(NUMERALS) for one in (text, personal)]
    parts = [one for one in re.findall(r"\d{4,}", flat[1]) if one in flat[0]]
    return parts + [one for one in NAMES if one in personal and one in text]


def register(rows=30):
    return pd.DataFrame(
        {"户编号": [f"{i:08d}" for i in range(rows)], "人均纯收入": "2000", "家庭人口": "3", "致贫原因": "因病", "组": "一组"},
        dtype=object,
    )  # fmt: skip


def everything(table, report):
    cells = [str(one) for one in report.to_numpy(dtype=object).ravel()]
    return " ".join([table.to_csv(), str(table.attrs), *cells])


def test_there_are_at_least_56_kinds():
    assert len(set(STRINGS)) >= 56


@pytest.mark.parametrize("place", ["致贫原因", "组", "人均纯收入", "户编号", "head", "title"])
def test_nothing_is_left_in_table_and_report(place, tmp_path):
    raw = register(150)
    if place == "head":
        raw[STRINGS] = "a"
    elif place == "title":
        path = tmp_path / "r.csv"
        above = [[one, "", "", "", ""] for one in STRINGS]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([*above, list(raw), *raw.to_numpy()])
        raw = path
    else:
        raw.loc[range(len(STRINGS)), place] = STRINGS
    table, report = ps.clean.households(raw)
    told = everything(table, report)
    assert [one for one in STRINGS if left(told, one)] == []
    assert len(report) >= len(STRINGS)
    assert len(table) == 150  # a household whose code is somebody's number is not lost
    if place == "户编号":
        new = table["household_id"].head(len(STRINGS))
        assert new.str.fullmatch("n[0-9]+").all() and new.nunique() < len(new)
        assert report["reason"].eq("personal_code").sum() == len(STRINGS)


@pytest.mark.parametrize("personal", STRINGS)
def test_nothing_is_left_in_an_error(personal, tmp_path):
    name = re.sub(r'[/\n:"]', "_", personal)
    book = tmp_path / f"{name}.xlsx"
    sheet = re.sub(r"[\\/*?:\[\]\n]", ".", personal)[:31]
    with pd.ExcelWriter(book) as file:
        for one in (sheet, "b"):
            register(3).to_excel(file, sheet_name=one, index=False)
    for call in (
        lambda: ps.mean(ps.Survey(pd.DataFrame({"income": [personal, "2"]})), "income"),
        lambda: ps.mean(ps.Survey(pd.DataFrame({"income": [1, 2.0]})), personal),
        lambda: ps.mean(ps.Survey(pd.DataFrame({personal: [1.0, 2.0]})), "income"),
        lambda: ps.clean.households(tmp_path / f"no {name}.csv"),
        lambda: ps.clean.households(book),
        lambda: ps.clean.read_table(book, sheet="none"),
        lambda: ps.clean.number(personal + "?"),
        lambda: ps.clean.province(personal),
        lambda: ps.kaplan_meier(pd.DataFrame({"entry": 0, "exit": [1, 2], "event": [1, personal]})),
    ):
        with pytest.raises(ps.PovstudyError) as caught:
            call()
        error = caught.value
        assert left(" ".join(map(str, (error, error.where, error.found))), personal) == []


def test_names_of_files_are_masked_in_report_source_and_attrs(tmp_path):
    path = tmp_path / "110101190001011235张三.csv"
    register(3).to_csv(path, index=False)
    table, report = ps.clean.households(path)
    assert left(everything(table, report), path.name) == []
    path = tmp_path / "年鉴13800000000.csv"
    lines = "农村贫困状况,\n地区,2013年\n全  国,8249\n贵州,１０\n填报人：张三 电话 13800000000,\n联系人：阿依古丽,\n"
    path.write_text(lines, encoding="utf-8")
    table, report = ps.clean.read_table(path)
    assert "全国" in table.to_csv() and "农村贫困状况" in report["old"].tolist()
    assert left(everything(table, report), "张三 阿依古丽 13800000000") == []


# ---- links -----------------------------------------------------------------------------------


def test_the_same_person_has_the_same_number_in_every_spelling_and_column():
    one = [
        "110101190001011234",
        "110101 19000101 1234",
        "110101.19000101.1234",
        "１１０１０１１９０００１０１１２３４",
    ]
    raw = pd.DataFrame(
        {"户编号": [*one, "13800000000", "0001"], "人编号": ["+86 138 0000 0000", *"abcde"]}
    )
    raw["家庭人口"] = [str(i) for i in range(1, 7)]
    table, report = ps.clean.households(raw)
    assert table["household_id"].tolist() == ["n1"] * 4 + ["n2", "0001"]
    assert table["person_id"].tolist() == ["n2", *"abcde"]
    assert set(report.loc[report["reason"] == "personal_code", "old"]) == {"[removed]"}


def test_a_keyed_hash_links_files_and_the_key_stays_in_its_file(tmp_path):
    raw, key = register(4), tmp_path / "household.key"
    raw.loc[1, "户编号"] = "110101190001011234"
    one, _ = ps.clean.households(raw, key=key)
    two, _ = ps.clean.households(raw[1:], key=str(key))
    other, _ = ps.clean.households(raw, key=tmp_path / "other.key")
    code = one["household_id"].iloc[1]
    assert re.fullmatch("h[0-9a-f]{16}", code) and two["household_id"].iloc[0] == code
    assert other["household_id"].iloc[1] != code
    secret = key.read_text(encoding="utf-8")
    assert len(secret) == 64 and secret not in everything(*ps.clean.households(raw, key=key))
    for wrong in (3, tmp_path, tmp_path / "none" / "x.key"):
        with pytest.raises(ps.DataError, match="key"):
            ps.clean.households(raw, key=wrong)
    key.write_text("short", encoding="utf-8")
    with pytest.raises(ps.DataError, match="32 signs"):
        ps.clean.households(raw, key=key)


@pytest.mark.parametrize(
    "codes",
    [
        [f"{i:08d}" for i in range(30)],
        [f"520527101001{i:04d}" for i in range(30)],
        [f"622222101001{i:04d}" for i in range(30)],  # Gansu's codes begin as cards do
        [f"520527201201{i:06d}" for i in range(10101, 10131)],  # a day inside by chance
        [f"HT-{i:05d}" for i in range(30)],
        [str(i) for i in range(30)],
    ],
)
def test_what_looks_like_a_code_stays_as_it_is(codes):
    raw = register().assign(户编号=codes)
    table, report = ps.clean.households(raw)
    assert table["household_id"].tolist() == codes and report.empty


@pytest.mark.parametrize(
    "cards", [["6200000000000005", "6200 0000 0000 0013"], ["6222020000000000000"]]
)
def test_a_column_of_cards_is_one(cards):
    raw = register(len(cards)).assign(
        户编号=cards, 家庭人口=[str(i + 1) for i in range(len(cards))]
    )
    table, _ = ps.clean.households(raw)
    assert table["household_id"].tolist() == [f"n{i + 1}" for i in range(len(cards))]


# ---- what stays ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["2,855", "三千二百元", "约2300元", "2014年5月", "2014-13-01", "5/6/2015", "因病、缺劳力", "盐池县", "石桥村", "面议",
     "#DIV/0!", "几十人", "贵州省", "汉族", "285O", "3000-4000", "５．７％", "5.2345E+11"],
)  # fmt: skip
def test_what_is_recognised_is_shown(text):
    assert known_only(text) == text


@pytest.mark.parametrize(
    "text",
    ["张三三", "扎西尼玛", "欧阳三三", "阿依·古丽", "户主张三三因病", "Zhang San", "他借了钱"],
)
def test_other_text_is_masked(text):
    assert "***" in known_only(text)
    assert left(known_only(text), text) == []


def test_what_stands_beside_is_found_at_once():
    """However many ways there are to divide it, where it does not reach up to the number."""
    for before in ("贫困户" * 30 + "3。", "AbcDef" * 30 + "/", "一" * 5000 + "。"):
        shown = masked(before + "13800000000")
        assert shown.endswith(before[-1] + "[removed]") and len(shown) <= len(before) + 9


@pytest.mark.parametrize(
    "message",
    ["columns year, income, 人均纯收入", "found 2023, 2024 and 2025", "0.1234567890123", "15000000000元", "520527101001",
     "1978-1985 2010 2011", "mean 26.883, sd 104.271", "a" * 10 + "1" * 40, "18446744073709551616", "国发〔2013〕12号",
     "ps.line(2010, standard=\"2010\")", "贵州省", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
)  # fmt: skip
def test_a_message_without_personal_data_stays_as_it_is(message):
    assert masked(message) == message


@pytest.mark.parametrize(
    "shown", ["'maybe'", "盐池县", "约2300元", "二十八", "'2,855'", "[1.5, 2.5]", "Censored"]
)
def test_an_error_shows_a_cell_as_far_as_it_is_known(shown):
    assert cell(shown) == shown
    error = ps.DataError("A cell is wrong.", where="column 姓名, row 3", found="李四四")
    assert "李四四" not in str(error) and "column 姓名, row 3" in str(error)
    assert ps.DataError("An option is wrong.", found="二点五左右吧").found == "二点五左右吧"


VILLAGES = {
    "one village": [f"13052700{i:03d}" for i in range(30)],
    "two counties": [f"{start}{i:03d}" for start in ("13052700", "15012300") for i in range(15)],
    "another column": [f"15222{i:06d}" for i in range(0, 30_000, 1000)],
    "three": ["13052700001", "13052700002", "13052700003"],
}


@pytest.mark.parametrize("codes", VILLAGES)
@pytest.mark.parametrize("kind", [str, int, float])
def test_codes_of_eleven_figures_that_share_a_county_are_no_telephones(codes, kind):
    cells = [kind(one) for one in VILLAGES[codes]]
    table, report = ps.clean.households(
        pd.DataFrame({"户编号": cells, "人数": 1, "人均纯收入": 2000}).astype(object)
    )
    assert table["household_id"].tolist() == VILLAGES[codes]
    assert "personal_code" not in set(report["reason"])
    raw = pd.DataFrame({"village": cells, "n": range(len(cells))})
    assert len(ps.clean.find_personal(raw)) == 0
    assert ps.clean.drop_personal(raw)[0].equals(raw)


@pytest.mark.parametrize(
    "cells",
    [
        [f"1380000{i:04d}" for i in range(30)],
        [f"13{i % 10}{i * 7919 % 10**8:08d}" for i in range(60)],
        [*(f"{i:08d}" for i in range(27)), "13052700001", "15812345678", "11010119901301123X"],
    ],
)
def test_telephones_in_a_column_of_codes_are_replaced_all_the_same(cells):
    table, _ = ps.clean.households(pd.DataFrame({"户编号": cells, "人数": 1, "人均纯收入": 2000}))
    assert not [one for one in table["household_id"] if len(one) > 10]


def test_numbers_of_passports_and_permits_stay_in_no_report():
    cells = ["护照E12345678 王五五", "军官证 军字第1234567号", "港澳通行证 H12345678"]
    for column in ("致贫原因", "人均纯收入"):
        raw = pd.DataFrame({"户编号": range(30), "人均纯收入": 2000, "致贫原因": "因病"}).astype(
            object
        )
        raw.loc[range(3), column] = cells
        told = ps.clean.households(raw)[1].to_string()
        assert "12345" not in told and "王五五" not in told
    assert ps.clean.find_personal(pd.DataFrame({"x": cells}))["kind"].tolist() == ["id_number"]


def test_no_text_of_another_library_hangs_on_an_error(tmp_path):
    path = tmp_path / "b.yaml"
    path.write_text("table: households\ncolumns: {a: [张三三13912345678\n", "utf-8")
    with pytest.raises(ps.PovstudyError) as caught:
        ps.clean.households(pd.DataFrame({"户编号": ["1"]}), codebook=path)
    assert "139" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "name", ["张三三", "王建国（户主）", "欧阳三三", "阿卜杜拉·买买提", "李四四家庭信息2019"]
)
def test_names_alone_in_heads_and_names_of_files_stay_in_no_report(tmp_path, name):
    path = tmp_path / f"{name}.csv"
    path.write_text(f"户编号,人均纯收入,{name}\n1,2000,a\n2,2100,b\n", "utf-8")
    told = ps.clean.households(path)[1].to_string()
    assert name[:3] not in told and name[:1] in told


@pytest.mark.parametrize(
    "name",
    [
        "金额",
        "石家庄市",
        "王家庄",
        "高中生人数",
        "马铃薯产量",
        "贷款金额",
        "income",
        "黄牛",
        "文化程度",
    ],
)
def test_heads_and_files_that_are_no_names_are_told_as_they_stand(tmp_path, name):
    path = tmp_path / f"{name}.csv"
    path.write_text(f"户编号,人均纯收入,{name}x\n1,2000,a\n2,2100,b\n", "utf-8")
    told = ps.clean.households(path)[1]
    assert set(told["file"]) == {f"{name}.csv"} and f"{name}x" in set(told["column"])
