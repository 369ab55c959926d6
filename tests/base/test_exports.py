"""What goes into files that others open holds no formula of a spreadsheet."""

import openpyxl
import pandas as pd
import pytest

import povstudy as ps
from povstudy.base.exports import as_text, without_formulas
from povstudy.study import exhibits

LIVE = ["=1+2", "+3", "-1+2", "@SUM(A1)", " =1", "\t=1", "＝1+2", "-cmd|' /C calc'!A0"]
PLAIN = ["Puding", "-5", "-0.2 to 0.1", "-5%至-1%", "-5.2%", "-", "--", "1+2", "", "3-4", "—"]


@pytest.mark.parametrize("cell", LIVE)
def test_a_formula_is_told_as_text(cell, tmp_path):
    assert as_text(cell) == f"'{cell}"
    for column in (pd.Series([cell, "A"]), pd.Series([cell, "A"], dtype="category")):
        made = without_formulas(pd.DataFrame({cell: column, "n": [-1, 2]}))
        assert made.to_dict("list") == {f"'{cell}": [f"'{cell}", "A"], "n": [-1, 2]}
    assert exhibits._csv(pd.DataFrame({"a": [cell]})).strip("\ufeff").startswith(f"a\n'{cell}")
    risk = pd.DataFrame({"household_id": ["a", "b"], "risk": [0.4, 0.1], "county": [cell, "A"]})
    ps.watch_list(risk, 2).export(tmp_path / "list.csv", keep="county")
    assert pd.read_csv(tmp_path / "list.csv")["county"].tolist() == [f"'{cell}", "A"]


@pytest.mark.parametrize("cell", PLAIN)
def test_what_is_no_formula_stays_as_it_is(cell):
    assert as_text(cell) is cell


def test_the_report_of_a_cleaning_holds_no_formula(tmp_path):
    raw = pd.DataFrame({"户编号": ["1", "2"], "人均纯收入": ["=1+2", "2000"], "=备注": ["a", "b"]})
    _, report = ps.clean.households(raw)
    report.to_excel(tmp_path / "report.xlsx", index=False)
    cells = [one for row in openpyxl.load_workbook(tmp_path / "report.xlsx").active for one in row]
    assert "'=1+2" in [one.value for one in cells]
    assert [one.value for one in cells if one.data_type == "f"] == []


def test_the_report_of_what_was_personal_holds_no_formula():
    raw = pd.DataFrame({"姓名": ["=张三", "+李四"], "n": [1, 2]})
    _, report = ps.clean.drop_personal(raw)
    assert report["old"].tolist() == ["'=***"]


@pytest.mark.parametrize("cell", LIVE)
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_the_writer_leaves_no_formula_in_cells_heads_or_index(cell, ending, tmp_path):
    path = tmp_path / f"t{ending}"
    table = pd.DataFrame(
        {cell: [cell, "A"], "n": [-1, 2]}, index=pd.Index([cell, "x\x01"], name=cell + "2")
    )
    ps.clean.write(table, path)
    back = pd.read_csv(path) if ending == ".csv" else pd.read_excel(path, engine="openpyxl")
    assert back["n"].tolist() == [-1, 2] and len(back.columns) == 3
    if ending == ".csv":
        assert all(one.startswith("'") for one in [*back.columns[:2], *back.iloc[0, :2]])
    else:
        cells = [one for row in openpyxl.load_workbook(path).active for one in row]
        assert [one.value for one in cells if one.data_type == "f"] == []


def test_the_writer_refuses_in_plain_words(tmp_path):
    for table, path in (
        ([1], "a.csv"),
        (pd.DataFrame({"a": [1]}), "a.doc"),
        (pd.DataFrame({"a": [1]}), "a"),
    ):
        with pytest.raises(ps.DataError) as caught:
            ps.clean.write(table, tmp_path / path)
        assert "ps.clean.write(" in caught.value.remedy
    (tmp_path / "x").write_text("", encoding="utf-8")
    with pytest.raises(ps.DataError, match="cannot be written"):
        ps.clean.write(pd.DataFrame({"a": [1]}), tmp_path / "x" / "a.csv")
    zoned = pd.DataFrame({"a": pd.to_datetime(["2020-01-01"], utc=True)})
    with pytest.raises(ps.DataError, match="cannot be written"):
        ps.clean.write(zoned, tmp_path / "a.xlsx")
