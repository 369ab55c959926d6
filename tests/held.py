"""One table on every kind of engine: what tests of engines share."""

import duckdb
import polars as pl


def _parquet(table, folder):
    table.to_parquet(folder / "held.parquet", index=False)
    return str(folder / "held.parquet")


HELD = {
    "pandas": lambda table, folder: table,
    "polars": lambda table, folder: pl.from_pandas(table),
    "lazy": lambda table, folder: pl.from_pandas(table).lazy(),
    "duckdb": lambda table, folder: duckdb.from_df(table),
    "parquet": _parquet,
}
