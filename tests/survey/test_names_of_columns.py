"""Columns of any name: the same answer on every engine."""

import duckdb
import pandas as pd
import polars as pl
import pytest

import povstudy as ps

NAMES = ["*", "^.*$", "^g", "a b", 'a "b"', "a'b", "[x]", "x.y", "select", "order", "", " ", "收入 元",
         "{x}", "a,b", "a;b", "COLUMNS(*)", "k0", "w", "s0", "rows_", "1"]  # fmt: skip


def _parquet(table, folder):
    table.to_parquet(folder / "rows.parquet", index=False)
    return str(folder / "rows.parquet")


HOLDERS = {
    "polars": lambda table, folder: pl.from_pandas(table),
    "lazy": lambda table, folder: pl.from_pandas(table).lazy(),
    "duckdb": lambda table, folder: duckdb.from_df(table),
    "parquet": _parquet,
}


@pytest.mark.parametrize("hold", HOLDERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_column_of_any_name(hold, name, tmp_path):
    base = pd.DataFrame({"y_": [1.0, 2, 3, 4, 7, 9], "g_": list("aabbaa"), "v_": [1, 2, 3, 4, 5, 6],
                         "m_": [1, 0, 1, 0, 1, 1]})  # fmt: skip
    for given, call in (
        ("g_", lambda s, g: ps.mean(s, "y_", by=g)),
        ("y_", lambda s, y: ps.poverty(s, y, 3)),
        ("y_", lambda s, y: ps.poverty(s, y, ps.relative_line())),
        ("y_", lambda s, y: ps.inequality(s, y, by="g_")),
        ("m_", lambda s, m: ps.alkire_foster(s, [m])),
    ):
        table = base.rename(columns={given: name})
        try:
            made = call(ps.Survey(HOLDERS[hold](table, tmp_path)), name).tidy()
        except ps.DataError as refusal:  # an engine may have another name for what has none
            assert not name.strip(), refusal
            continue
        pd.testing.assert_frame_equal(made, call(ps.Survey(table), name).tidy(), rtol=1e-9)
        design = base.rename(columns={"v_": name})
        made = ps.mean(ps.Survey(HOLDERS[hold](design, tmp_path), psu=name), "y_").tidy()
        pd.testing.assert_frame_equal(made, ps.mean(ps.Survey(design, psu=name), "y_").tidy())


@pytest.mark.parametrize("hold", HOLDERS)
def test_names_that_differ_in_case_alone(hold, tmp_path):
    table = pd.DataFrame({"Y": [1.0, 2, 3], "y": [10.0, 20, 60]})
    svy = ps.Survey(HOLDERS[hold](table, tmp_path))
    for name, wanted in (("Y", 2.0), ("y", 30.0)):
        try:
            assert ps.mean(svy, name).table["estimate"].item() == wanted
        except ps.DataError as refusal:  # DuckDB gives one of them another name
            assert "lacks a column" in str(refusal)
