"""Sheets of a yearbook that are one table: beside, below, and what is not."""

import openpyxl
import pandas as pd
import pytest

import povstudy as ps

TITLE = "各地区农村贫困状况"


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def page(heads, *rows, title=TITLE):
    return [[title], ["地区", *heads], *rows]


def test_a_continued_sheet_stands_beside(tmp_path):
    path = workbook(
        tmp_path / "book.xlsx",
        **{"4-2": page(["贫困人口(万人)"], ["全国", 8249], ["河北", 366], ["山西", 299]),
           "4-2续": page(["贫困发生率(%)"], ["全国", 8.5], ["河北", 6.5], ["山西", 12.4],
                        title=TITLE + "（续表）")},
    )  # fmt: skip
    table, report = ps.clean.read_sheets(path)
    assert table["region"].tolist() == ["全国", "河北", "山西"]
    assert table[["poor_pop_10k", "incidence_pct"]].values.tolist() == [
        [8249, 8.5],
        [366, 6.5],
        [299, 12.4],
    ]
    assert set(table.attrs["units"]) == {"poor_pop_10k", "incidence_pct"}
    assert set(report["file"]) == {"book.xlsx, sheet 4-2", "book.xlsx, sheet 4-2续"}
    apart = [ps.clean.read_table(path, one)[0] for one in (1, 2)]
    assert table["incidence_pct"].tolist() == apart[1]["incidence_pct"].tolist()


def test_further_rows_go_on_below_and_repeated_labels_name_their_sheet(tmp_path):
    heads = ["贫困人口(万人)"]
    path = workbook(
        tmp_path / "book.xlsx",
        east=page(heads, ["河北", 366], ["辽宁", 126]), west=page(heads, ["贵州", 745]),
        notes=[["说明"], ["没有数字"]],
    )  # fmt: skip
    table, _ = ps.clean.read_sheets(path, ["east", "west"])
    assert table["region"].tolist() == ["河北", "辽宁", "贵州"] and "sheet" not in table
    years = workbook(
        tmp_path / "years.xlsx",
        **{"2013": page(heads, ["河北", 366]), "2014": page(heads, ["河北", 320])},
    )
    table, _ = ps.clean.read_sheets(years)
    assert table[["sheet", "region", "poor_pop_10k"]].values.tolist() == [
        ["2013", "河北", 366],
        ["2014", "河北", 320],
    ]
    with pytest.raises(ps.DataError):
        ps.clean.read_sheets(path)  # the sheet of notes is no table


@pytest.mark.parametrize(("second", "words"), [
    (page(["贫困发生率(%)"], ["河北", 6.5], ["辽宁", 5.4]), "other labels[\\s\\S]*sheet b, row 2[\\s\\S]*210000"),
    (page(["贫困发生率(%)"], ["河北", 6.5]), "neither[\\s\\S]*1 rows, before 2"),
    (page(["贫困人口(万人)", "贫困发生率(%)"], ["河北", 1, 6.5], ["山西", 2, 3]), "neither[\\s\\S]*incidence"),
])  # fmt: skip
def test_what_is_not_one_table_is_refused_by_name(tmp_path, second, words):
    path = workbook(
        tmp_path / "book.xlsx", a=page(["贫困人口(万人)"], ["河北", 366], ["山西", 299]), b=second
    )
    with pytest.raises(ps.DataError, match=words):
        ps.clean.read_sheets(path)


def test_files_in_their_order(tmp_path):
    files = []
    for name, head in (("a", "贫困人口(万人)"), ("b", "贫困发生率(%)")):
        files.append(tmp_path / f"{name}.csv")
        files[-1].write_text(f"地区,{head}\n河北,3\n山西,4\n", "utf-8")
    table, report = ps.clean.read_sheets(files)
    assert list(table.attrs["units"]) == ["poor_pop_10k", "incidence_pct"]
    assert set(report["file"]) <= {"a.csv", "b.csv"}


def test_files_of_one_name_in_several_folders_are_all_read(tmp_path):
    for year, count in (("2019", 900), ("2020", 950)):
        (tmp_path / year).mkdir()
        (tmp_path / year / "t.csv").write_text(
            f"地区,人口(万人)\n北京,{count}\n天津,800\n", encoding="utf-8"
        )
    paths = [tmp_path / year / "t.csv" for year in ("2019", "2020")]
    table, report = ps.clean.read_sheets(paths)
    assert table["population_10k"].tolist() == [900, 800, 950, 800]
    assert (
        table["sheet"].unique().tolist() == report["file"].tolist() == [str(one) for one in paths]
    )
    for wrong in ({"path": [paths[0], paths[0]]}, {"path": paths, "sheets": [1, 2]}):
        with pytest.raises(ps.DataError, match="one table each"):
            ps.clean.read_sheets(**wrong)


def test_one_sheet_may_be_named_alone(tmp_path):
    with pd.ExcelWriter(tmp_path / "b.xlsx") as book:
        for name, head in (("first", "a(元)"), ("second", "b(元)")):
            pd.DataFrame({"地区": ["北京", "天津"], head: [1, 2]}).to_excel(
                book, sheet_name=name, index=False
            )
    for sheet in ("second", 2, ["second"]):
        assert "b_yuan" in ps.clean.read_sheets(tmp_path / "b.xlsx", sheet)[0]
