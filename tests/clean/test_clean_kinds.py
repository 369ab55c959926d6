"""Files by what is in them: encodings, names that are wrong, sheets, forms, and what never ends."""

import io
import os
import time
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import povstudy as ps
from povstudy import DataError
from povstudy.clean.file import apart
from povstudy.clean.file.decoding import encoding_of

TAIWAN = "縣市,貧戶數\n臺北市,1200\n高雄市,3400\n花蓮縣,560\n"
REGISTER = [["户编号", "人均纯收入", "家庭人口"], ["5201", "2100", "3"], ["5202", "3000", "4"]]


def csv_of(rows):
    return "\n".join(",".join(row) for row in rows) + "\n"


def book_of(**sheets):
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(file)
    return file.getvalue()


def old_book():
    """A true old workbook, which a package that is needed anyway brings."""
    import statsmodels.datasets.macrodata as macrodata

    found = Path(macrodata.__file__).parent.glob("**/macrodata.xls")
    return next(path for path in found if path.is_file())


# Encodings ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "big5"]
)
def test_a_text_is_read_in_the_encoding_that_makes_sense_of_it(encoding, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(TAIWAN.encode(encoding))
    table, _ = ps.clean.read_table(path)
    assert "花蓮縣" in table.to_string()


@pytest.mark.parametrize(
    "text",
    [
        "县市,贫困户数\n贵州,1200\n河北,3400\n",
        "縣市,貧戶數\n臺北市,1200\n高雄市,3400\n",
        "户,a\n1,2\n",
    ],
)
def test_chinese_of_the_mainland_stays_what_it_is(text, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode("gb18030"))
    assert encoding_of(path) == "gb18030"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Département,Ménages\nRéunion,1\nCôte-d'Or,2\n", "cp1252"),
        ("Departamento,Población\nCórdoba,1\nJujuy,2\n", "latin-1"),
        ("Регион,Население\nМосква,1\n", "cp1251"),
        ("지역,인구,빈곤율\n서울,1,2\n부산,3,4\n가구소득,5,6\n", "euc-kr"),
        ("都道府県,世帯数\n東京都,1\nさいたま市,2\n", "shift_jis"),
    ],
)  # fmt: skip
def test_a_text_in_another_encoding_is_refused_until_it_is_named(text, encoding, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    for read in (ps.clean.read_table, ps.clean.households, ps.clean.programmes):
        with pytest.raises(DataError, match="encoding") as caught:
            read(path)
        for word in ("UTF-8", "GB18030", "Big5", "encoding="):
            assert word in caught.value.remedy
    table, _ = ps.clean.read_table(path, encoding=encoding)
    assert text.split("\n")[1].split(",")[0] in table.to_string()


def test_an_encoding_that_was_given_must_be_one_and_fit(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("地区,2013年\n河北,366\n".encode("gb18030"))
    assert ps.clean.read_table(path, encoding="gbk")[0].shape == (1, 4)
    for wrong in ("utf-8", "hex", "nonsense", 5):
        with pytest.raises(DataError, match="encoding"):
            ps.clean.read_table(path, encoding=wrong)
    (tmp_path / "a.xlsx").write_bytes(book_of(a=REGISTER))
    for raw in (tmp_path / "a.xlsx", pd.DataFrame(REGISTER[1:], columns=REGISTER[0])):
        with pytest.raises(DataError, match="encoding"):
            ps.clean.households(raw, encoding="utf-8")


# Names that are wrong -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.csv", "a.dta", "a.sav"])
def test_a_table_is_read_by_what_is_in_it(name, tmp_path):
    rows = [["地区", "2013年"], ["河北", 366], ["河南", 639]]
    path = tmp_path / name
    path.write_bytes(book_of(a=rows))
    assert ps.clean.read_table(path)[0]["2013"].tolist() == [366, 639]
    if name[2:] not in ("dta", "sav"):
        path.write_text("地区\t2013年\n河北\t366\n河南\t639\n", encoding="gb18030")
        assert ps.clean.read_table(path)[0]["2013"].tolist() == [366, 639]
    path.write_bytes(old_book().read_bytes())
    assert len(ps.clean.read_table(path, sheet="Quarterly")[0]) > 150
    table = pd.DataFrame({"x": [1.0, 2.0]})
    table.to_stata(path, write_index=False, version=118)
    assert ps.clean.read_table(path)[0]["x"].tolist() == [1, 2]


PAGE = "<html><body><table><tr><td>地区</td><td>2013年</td></tr></table></body></html>"
XML = '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'


def zip_of(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as box:
        for name, text in parts.items():
            box.writestr(name.replace("__", "/"), text)
    return file.getvalue()


OTHERS = {
    "web page": PAGE.encode("gb18030"),
    "web page ": b"\xef\xbb\xbf\r\n<!DOCTYPE html><table></table>",
    "web page  ": PAGE.encode("utf-16"),
    "XML spreadsheet": XML.encode(),
    "saved as one file": b"MIME-Version: 1.0\nContent-Type: multipart/related",
    "OpenDocument": zip_of(mimetype="application/vnd.oasis.opendocument.spreadsheet"),
    "zip archive": zip_of(a="1,2\n"),
    "word processor": zip_of(word__document="x"),
    "PDF": b"%PDF-1.4 x",
    "compressed": b"\x1f\x8b\x08\x00",
    "Parquet": b"PAR1xxxxPAR1",
    "picture": b"\x89PNG\r\n",
    "password": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.csv"])
def test_what_is_no_table_is_told_by_its_kind(what, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(OTHERS[what])
    for read in (ps.clean.read_table, ps.clean.households):
        if what == "Parquet" and read is ps.clean.households:
            continue  # reads them, whatever their name: test_clean_files.py
        with pytest.raises(DataError, match=what.strip()) as caught:
            read(path)
        assert caught.value.remedy and "damaged" not in str(caught.value)


# Sheets -------------------------------------------------------------------------------


def test_the_sheet_that_holds_data_is_read_or_named(tmp_path):
    notes = [
        ["字段", "说明"],
        ["户编号", "十位编码"],
        ["人均纯收入", "元"],
        ["家庭人口", "人"],
        ["备注", "3"],
    ]
    path = tmp_path / "b.xlsx"
    path.write_bytes(book_of(填表说明=notes, 空=[], 户信息=REGISTER))
    with pytest.raises(DataError, match="more than one sheet") as caught:
        ps.clean.read_table(path)
    assert caught.value.remedy == 'sheet="户信息"'
    table, report = ps.clean.households(path)  # it knows the heads
    assert len(table) == 2 and report["old"].tolist() == ["填表说明"]
    for read in (ps.clean.households, ps.clean.read_table):
        assert len(read(path, sheet="户信息")[0]) == 2
        with pytest.raises(DataError, match="no such sheet") as caught:
            read(path, sheet="户信 息")
        assert caught.value.remedy == 'sheet="户信息"'


@pytest.mark.parametrize("name", ["a.csv", "a.dta", "a.xls"])
def test_a_sheet_is_refused_where_there_are_none(name, tmp_path):
    path, table = tmp_path / name, pd.DataFrame(REGISTER[1:], columns=["hhid", "income", "size"])
    if name == "a.dta":
        table.to_stata(path, write_index=False, version=118)
    else:
        path.write_text(csv_of(REGISTER), encoding="utf-8")
    for read in (ps.clean.households, ps.clean.programmes, ps.clean.read_table):
        with pytest.raises(DataError, match="no sheets"):
            read(path, sheet="nonsense")
    for read in (ps.clean.households, ps.clean.programmes):
        with pytest.raises(DataError, match="no sheets"):
            read(table, sheet="nonsense")


# Forms --------------------------------------------------------------------------------

FORMS = (
    ["填报单位：某乡", "", "填报日期：2019年6月"],
    ["填报单位：", "某乡", "填报日期：2019年6月"],
    ["填报单位:", "", "填报日期:"],
    ["填报单位（盖章）：某乡", "2019年6月30日", ""],
    ["编制单位：某县", "单位：元", ""],
    ["制表人：某某", "审核人：某某", "联系电话："],
    ["Reporting unit: a", "", "Date: 2019-06-30"],
    ["表号：扶1表", "（第1页 共2页）", "有效期至：2020年12月"],
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_lines_of_a_form_are_no_heads(form, ending, tmp_path):
    rows = [["某县建档立卡户信息表", "", ""], form, *REGISTER]
    path = tmp_path / f"r.{ending}"
    path.write_bytes(book_of(a=rows) if ending == "xlsx" else csv_of(rows).encode())
    table, report = ps.clean.households(path)
    assert table["income"].to_dict() == {4: 2100.0, 5: 3000.0}
    assert report.loc[report["reason"] == "title", "row"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ("单位：万元", 2100.0), ("（单位：万元）", 2100.0), ("金额单位：万元、人", 2100.0), ("单位：千元", 210.0),
        ("单位：元", 0.21), ("填报单位：某乡", 0.21), ("单位：万元、元", 0.21),
    ],
)  # fmt: skip
def test_the_unit_above_the_heads_counts_where_a_head_has_none(form, wanted, tmp_path):
    rows = [
        ["某县户信息表", "", ""],
        ["填报单位：某乡", "", form],
        REGISTER[0],
        ["5201", "0.21", "3"],
    ]
    (tmp_path / "r.csv").write_text(csv_of(rows), encoding="utf-8")
    table, _ = ps.clean.households(tmp_path / "r.csv")
    assert table[["income", "size"]].iloc[0].tolist() == [wanted, 3]
    rows[2] = ["户编号", "人均纯收入（元）", "家庭人口"]
    (tmp_path / "r.csv").write_text(csv_of(rows), encoding="utf-8")
    assert ps.clean.households(tmp_path / "r.csv")[0]["income"].tolist() == [0.21]
    work = [["", "", form], ["项目名称", "承接机构", "合同金额"], ["牵手计划", "甲", "0.21"]]
    (tmp_path / "r.csv").write_text(csv_of(work), encoding="utf-8")
    amount = ps.clean.programmes(tmp_path / "r.csv")[0]["amount_yuan"]
    assert (
        amount.isna().all()
        if form[-1] in "乡" or form == "单位：万元、元"
        else amount.tolist() == [wanted]
    )


def test_heads_with_colons_are_heads(tmp_path):
    rows = [[f"{one}：" for one in REGISTER[0]], *REGISTER[1:]]
    (tmp_path / "r.csv").write_text(csv_of(rows), encoding="utf-8")
    assert ps.clean.households(tmp_path / "r.csv")[0]["income"].tolist() == [2100, 3000]


# What never ends, or takes all there is ------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in this system")
@pytest.mark.parametrize(
    "name", ["a.csv", "a.xlsx", "a.xls", "a.dta", "a.sav", "a.yaml", "a.parquet"]
)
def test_a_pipe_or_a_device_is_no_file(name, tmp_path):
    table = pd.DataFrame(REGISTER[1:], columns=REGISTER[0])
    os.mkfifo(tmp_path / name)
    (tmp_path / f"z{name}").symlink_to("/dev/zero")
    for path in (tmp_path / name, tmp_path / f"z{name}"):
        if name == "a.yaml":
            calls = [lambda path=path: ps.clean.households(table, codebook=path)]
        elif name == "a.parquet":
            calls = [lambda path=path: ps.Survey(path)]
        else:
            calls = [lambda path=path, read=read: read(path) for read in (ps.clean.read_table, ps.clean.households, ps.clean.programmes)]  # fmt: skip
        for call in calls:
            with pytest.raises(DataError, match="no file"):
                call()


@pytest.mark.parametrize("part", ["xl/media/x.xml", "xl/worksheets/sheet9.xml", "docProps/app.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"])  # fmt: skip
def test_a_workbook_that_unfolds_is_not_unpacked(part, tmp_path):
    path, start = tmp_path / "b.xlsx", None
    with (
        zipfile.ZipFile(io.BytesIO(book_of(a=[["地区", "2013年"], ["河北", 1]]))) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        with new.open(part, "w", force_zip64=True) as file:
            for _ in range(100):
                file.write(b" " * 10**6)
    start = time.process_time()
    if part in ("xl/media/x.xml", "xl/worksheets/sheet9.xml", "docProps/app.xml"):
        assert ps.clean.read_table(path)[0].shape == (1, 4)
    else:
        with pytest.raises(DataError, match="unpacks to far more"):
            ps.clean.read_table(path)
    assert time.process_time() - start < 1


def test_a_damaged_old_workbook_ends_its_reader_alone(tmp_path, monkeypatch):
    data = bytearray(old_book().read_bytes())
    path = tmp_path / "a.xls"
    for at in (24, 30, 44, 48, 68, 512, 600, 2000):
        one = data.copy()
        one[at : at + 8] = b"\xff" * 8
        path.write_bytes(one)
        try:
            ps.clean.read_table(path)
        except DataError as error:
            assert error.remedy
    path.write_bytes(data)
    monkeypatch.setattr(apart, "SECONDS", 0.01)
    with pytest.raises(DataError, match="found no end"):
        ps.clean.read_table(path)


# Codebooks ----------------------------------------------------------------------------

MERGES = "a0: &a0 {x: 1}\n" + "".join(
    f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 4)}]}}\n" for i in range(1, 25)
)


@pytest.mark.parametrize(
    "text",
    [
        MERGES + "columns: *a24\n",
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)),
        "columns: &a {x: *a}\n",
        "columns: &a [*a]\n",
        "columns: " + "[" * 50_000,
        "columns: " + "{a: " * 5_000 + "}" * 5_000,
        "x" * 3_000_000,
    ],
)  # fmt: skip
def test_a_codebook_that_unfolds_is_refused_at_once(text, tmp_path):
    path, start = tmp_path / "b.yaml", time.process_time()
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        ps.clean.households(pd.DataFrame({"户编号": ["1"]}), codebook=path)
    assert caught.value.remedy
    assert time.process_time() - start < 2


# Empty texts of survey files ----------------------------------------------------------


@pytest.mark.parametrize("kind", ["dta", "sav"])
def test_an_empty_text_of_a_survey_file_is_missing(kind, tmp_path):
    path = tmp_path / f"s.{kind}"
    table = pd.DataFrame(
        {"hhid": [1.0, 2, 3], "area": ["甲", "", "  "], "none": ["", "", ""], "a": ["x", "y", ""]}
    )
    if kind == "dta":
        table.to_stata(path, write_index=False, version=118)
    else:
        pyreadstat = pytest.importorskip("pyreadstat")
        pyreadstat.write_sav(table, path)
    read, report = ps.clean.read_table(path)
    assert read["area"].isna().tolist() == [False, True, True]
    assert read["none"].isna().all() and read["a"].isna().sum() == 1 and report.empty
    book = {
        "columns": {
            "household_id": {"from": ["hhid"], "read": "household_id"},
            "area": {"from": ["area"], "read": "text"},
        }
    }
    assert ps.clean.households(path, codebook=book)[0]["area"].isna().tolist() == [
        False,
        True,
        True,
    ]


# Wide files, and made-up files that are too small --------------------------------------


def test_the_cost_of_a_file_grows_with_its_columns_and_no_faster(tmp_path):
    path, took = tmp_path / "w.csv", []
    for count in (100, 2500, 20_000):  # the first loads what is needed
        rows = [["户编号", "人均纯收入", *(f"列{i}" for i in range(count))]]
        rows += [["5201", "2100", *["3"] * count]] * 2
        path.write_text(csv_of(rows), encoding="utf-8")
        start = time.process_time()
        table, report = ps.clean.households(path)
        took.append(time.process_time() - start)
        assert len(table) == 1 and (report["reason"] == "not_in_codebook").sum() == count
    assert took[2] < 16 * took[1]  # eight times as many


@pytest.mark.parametrize(
    ("make", "name"),
    [(ps.clean.synthetic_register, "households"), (ps.clean.synthetic_agency, "records")],
)
@pytest.mark.parametrize("faults", [1, 3])
def test_too_few_made_up_rows_tell_how_many_would_do(make, name, faults):
    for size in (1, 5, 20):
        with pytest.raises(DataError, match="Too few") as caught:
            make(size, faults=faults)
        enough = int(caught.value.remedy.split(",")[0].removeprefix(f"{name}="))
        raw, planted = make(enough, faults=faults)
        assert len(raw) >= enough and len(planted)
        with pytest.raises(DataError):
            make(enough - 1, faults=faults)
    with pytest.raises(DataError, match="at most"):
        make(20, faults=10_000)


def test_a_sheet_whose_name_is_personal_is_named_by_its_number_and_the_remedy_pastes(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["请按户填写"])
    for name, income in (("李四四13800000000", 2000), ('户"信息', 3000)):
        sheet = book.create_sheet(name)
        for row in [["户编号", "人均纯收入", "家庭人口"], ["1", income, 3], ["2", income, 4]]:
            sheet.append(row)
    path = tmp_path / "t.xlsx"
    book.save(path)
    for arguments in ({}, {"sheet": "李四四"}, {"sheet": 4}, {"sheet": True}):
        with pytest.raises(ps.DataError) as caught:
            ps.clean.households(path, **arguments)
        assert "138" not in str(caught.value)
    with pytest.raises(ps.DataError) as caught:
        ps.clean.households(path)
    table, _ = eval(f"ps.clean.households(path, {caught.value.remedy}\n)")
    assert table["income"].tolist() == [2000, 2000]
    with pytest.raises(ps.DataError) as caught:
        ps.clean.households(path, sheet='户"信')
    table, _ = eval(f"ps.clean.households(path, {caught.value.remedy}\n)")
    assert table["income"].tolist() == [3000, 3000]


@pytest.mark.parametrize(
    "line",
    ["某县扶贫办,,2019年6月", "制表单位：某乡扶贫办,,2019-06-30", "填报单位（盖章）：,,年  月  日", "填表人：张三,,",
     "某乡人民政府（盖章）,2019年6月30日,"],
)  # fmt: skip
def test_a_line_of_who_filled_a_form_in_is_no_head(tmp_path, line):
    path = tmp_path / "t.csv"
    text = f"某县信息表,,\n{line}\n%s,人均纯收入,家庭人口\n%s,2100,3\n%s,3000,4\n"
    path.write_text(text % ("户编号", "1", "2"), "utf-8")
    table, told = ps.clean.households(path)
    assert table["income"].tolist() == [2100, 3000] and told["reason"].tolist() == ["title"] * 2
    path.write_text(text % ("地区", "甲县", "乙县"), "utf-8")
    table, told = ps.clean.read_table(path)
    assert list(table) == ["region", "net_income", "家庭人口"]
    assert table["net_income"].tolist() == [2100, 3000]
