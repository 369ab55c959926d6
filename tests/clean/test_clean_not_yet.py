"""Entries of registers that say that there is nothing to tell, and files that lose all rows."""

import pandas as pd
import pytest

import povstudy as ps


@pytest.mark.parametrize(
    "word",
    [
        "未脱贫",
        "尚未脱贫",
        " 未脱贫 ",
        "未退出",
        "暂未脱贫",
        "还没脱贫",
        "目前尚未脱贫",
        "not yet",
        "Still poor",
        "still in poverty",
    ],
)
def test_what_has_not_happened_yet_is_no_false_date(word):
    raw = pd.DataFrame({"户编号": ["1", "2"], "脱贫年度": [word, "2018"]})
    table, told = ps.clean.households(raw)
    assert table["exit_year"].isna().tolist() == [True, False]
    (row,) = told[told["column"].astype(str) == "exit_year"].itertuples()
    assert (row.action, row.reason) == ("missing", "not_applicable")


def test_a_false_date_is_still_refused():
    raw = pd.DataFrame({"户编号": ["1", "2"], "脱贫年度": ["脱贫", "2018"]})
    told = ps.clean.households(raw)[1]
    assert "refused" in set(told.loc[told["column"].astype(str) == "exit_year", "action"])


@pytest.mark.parametrize("codes", [["5.30523E+16"] * 4, [5.30523e16] * 4, ["", "", "", ""]])
def test_a_table_that_loses_all_of_its_rows_is_refused(codes):
    raw = pd.DataFrame({"户编号": codes, "人均纯收入": ["2100", "1900", "2500", "3000"]})
    with pytest.raises(ps.PovstudyError, match="No row of this table is left"):
        ps.clean.households(raw)
