"""Any tidy table in words: codes told, few digits, nothing lost."""

import io

import numpy as np
import pandas as pd
import pytest

import povstudy as ps

ROWS = pd.DataFrame({
    "strategy": ["none", "both", "my_own"], "cost": [0, 59_864_646.4, np.nan],
    "icer": [None, -2.345678, 1e-5], "year": [2012, 2020, 2021], "status": ["frontier", "dominated", ""],
})  # fmt: skip


def test_codes_become_words_and_numbers_keep_three_digits():
    made = ps.tables.plain_table(ROWS)
    assert list(made) == ["strategy", "cost", "ratio", "year", "status"]
    assert made["strategy"].tolist() == ["no help", "both", "my own"]
    assert made["cost"].tolist() == ["0", "59,864,646", ""]
    assert made["ratio"].tolist() == ["", "-2.35", "1e-05"]
    chinese = ps.tables.plain_table(ROWS, ["status", "strategy"], ("Costs", "费用"), lang="zh")
    assert chinese.values.tolist() == [["前沿", "无帮扶"], ["被占优", "两者兼有"], ["", "my own"]]
    assert chinese.attrs["title"] == "费用"


def test_names_are_ones_own_and_rows_are_read_back_as_numbers():
    made = ps.tables.plain_table(ROWS, names={"my_own": ("ours", "我们的"), "cost": ("yuan", "元")})
    assert made["strategy"].iloc[-1] == "ours" and "yuan" in made
    read = pd.read_csv(io.StringIO(made.to_csv(index=False)), thousands=",")
    assert read["yuan"].iloc[1] == 59_864_646


def test_the_kind_of_data_goes_along_and_another_column_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("POVSTUDY_FIGURES", str(tmp_path))
    rows = ps.load("niger_costs")
    ps.publish("99_costs", ps.tables.plain_table, rows, ["component", "arm"])  # its source is told
    assert (tmp_path / "tables" / "99_costs.zh.csv").is_file()
    with pytest.raises(ps.DataError, match="prize"):
        ps.tables.plain_table(ROWS, ["prize"])
    with pytest.raises(ps.DataError, match="where its data come from"):
        ps.publish("99_costs", ps.tables.plain_table, ROWS)
