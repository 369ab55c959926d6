"""Keys, strata, units and domains whatever their number and size: nothing runs over or merges."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import examples
from held import HELD
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps
from povstudy.survey import keys, kinds


def register(count):
    """Made up persons, named by six columns whose levels multiply to more than 2**63."""
    rng = np.random.default_rng(20)
    return pd.DataFrame({
        "province": rng.integers(0, 31, count), "county": rng.integers(0, 2800, count),
        "village": rng.integers(0, 20_000, count), "household": rng.permutation(count) // 3,
        "person": rng.permutation(count), "year": rng.integers(2014, 2021, count),
        "income": rng.lognormal(8, 0.5, count),
    })  # fmt: skip


def test_many_columns_name_each_row_once():
    table = register(60_000)
    names = list(table.columns[:6])
    ps.Survey(table, key=names)
    found = ps.mean(ps.Survey(table), "income", by=names).tidy()
    assert len(found.merge(table, on=names)) == len(table)
    lower, upper = table.iloc[:30_000], table.iloc[:1]
    with pytest.raises(ps.DataError, match="1 rows repeat the key"):
        ps.Survey(pd.concat([lower, upper], ignore_index=True), key=names)
    units = ps.Survey(table, strata=names[0], psu=names[1:]).design.units
    assert units.sum() == len(table)


@pytest.mark.parametrize("largest", [1, 7, 60, 500])
def test_codes_are_numbered_anew_where_their_product_grows_too_large(monkeypatch, largest):
    table = register(400).assign(stratum=lambda t: t["person"] % 3, arm=lambda t: t["person"] % 2)
    table.loc[5:9, "county"] = np.nan

    def told():
        svy = ps.Survey(table, strata=["stratum", "arm"], psu=["household", "year"], missing="drop")
        line = ps.relative_line(by=["arm", "year"])
        return [
            ps.mean(svy, "income", by=["year", "county", "stratum"]).tidy(),
            ps.poverty(svy, "income", line=line, by=["stratum", "arm"]).tidy(),
        ]

    wanted = told()
    monkeypatch.setattr(keys, "LARGEST", largest)
    for one, other in zip(told(), wanted, strict=True):
        pd.testing.assert_frame_equal(one, other)


BIG = 10**17


@pytest.mark.parametrize("dtype", ["Int64", "UInt64"])
@pytest.mark.parametrize("held", HELD)
def test_whole_numbers_that_floats_cannot_hold_stay_whole(tmp_path, held, dtype):
    ids = pd.array([BIG + 1, BIG + 1, BIG + 2, BIG + 2, None], dtype=dtype)
    table = pd.DataFrame({"y": [1.0, 2, 11, 12, 5], "id": ids, "one": [1, 1, 1, 1, 2]})
    svy = ps.Survey(HELD[held](table, tmp_path), missing="drop")
    for measure in (ps.mean, ps.quantile):
        found = measure(svy, "y", by="id").tidy()
        assert found["id"].tolist() == [BIG + 1, BIG + 2]
        assert found["n"].tolist() == [2, 2]
    found = ps.mean(svy, "y", by=["one", "id"]).tidy()
    assert found["id"].tolist() == [BIG + 1, BIG + 2]
    assert found["estimate"].tolist() == [1.5, 11.5]


@pytest.mark.parametrize("held", ["lazy", "duckdb", "parquet"])
def test_models_look_large_whole_numbers_up_as_they_are(tmp_path, held):
    table = pd.DataFrame({"y": [1.0, 2, 11, 12], "id": [BIG + 1, BIG + 1, BIG + 2, BIG + 3]})
    table["unit"] = list("aabb")
    rows = ps.Survey(HELD[held](table, tmp_path)).rows
    said = pd.DataFrame({"k0": [BIG + 1, BIG + 2, BIG + 3], "s0": [1.0, 10.0, 100.0]})
    found = rows.sums_of(["id"], said, ["unit"]).set_index("g0")["s0"]
    assert found.sort_index().tolist() == [2.0, 110.0]


@pytest.mark.parametrize("held", HELD)
def test_spells_keep_large_whole_numbers(tmp_path, held):
    table = pd.DataFrame({
        "household_id": np.repeat([BIG + 1, BIG + 2], 3), "year": [1, 2, 3] * 2,
        "poor": [1, 0, 0, 1, 0, 1],
        "village": pd.array([BIG + 5] * 3 + [None] * 3, dtype="Int64"),
    })  # fmt: skip
    made = ps.spells(HELD[held](table, tmp_path), covariates="village")
    assert made["household_id"].tolist() == [BIG + 1, BIG + 2]
    assert made["village"].dropna().tolist() == [BIG + 5]


@pytest.mark.parametrize("missing", ["refuse", "drop"])
@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("held", HELD)
def test_what_is_infinite_is_told_as_infinite_and_never_dropped(tmp_path, held, value, missing):
    table = pd.DataFrame({"pc": [1000.0, 2000, value, 3000, np.nan], "a": list("aabbb")})
    svy = ps.Survey(HELD[held](table, tmp_path), missing=missing)
    for ask in (
        lambda: ps.mean(svy, "pc"), lambda: ps.mean(svy, "pc", by="a"),
        lambda: ps.quantile(svy, "pc"), lambda: ps.poverty(svy, "pc", line=1500),
        lambda: ps.poverty(svy, "pc", line=ps.relative_line()), lambda: ps.lorenz(svy, "pc"),
        lambda: ps.inequality(svy, "pc", measures=["gini", "theil"]),
    ):  # fmt: skip
        with pytest.raises(ps.DataError, match="1 rows have an infinite pc") as told:
            ask()
        assert "inf" in str(told.value.found)
    table["pc"] = table["pc"].where(table["pc"].abs() < float("inf"))  # the remedy
    kept = ps.mean(ps.Survey(HELD[held](table, tmp_path), missing="drop"), "pc").tidy()
    assert kept["n"].tolist() == [3]


@pytest.mark.parametrize(
    "values",
    [
        [3, 1, 3, 2], [7], [-5, 100, -5, 3], [2**62 + 1, 2**62 + 2], [0, 10**9, 5],
        list(range(50)) * 3,
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["int8", "uint8", "int32", "int64", "uint64", "float", "Int64"])
def test_codes_that_are_counted_are_those_of_sorting(values, kind):
    try:
        column = pd.Series(values).astype(kind)
    except (OverflowError, TypeError, ValueError):
        pytest.skip("no such number in that type")
    codes, levels = keys.coded(column)
    wanted, known = pd.factorize(column, sort=True)
    assert codes.tolist() == wanted.tolist()
    assert levels.tolist() == known.tolist() and levels.dtype == known.dtype
    assert isinstance(keys.coded(column.to_numpy())[1], np.ndarray)


def test_cells_of_other_domains_are_not_those_asked_for_before():
    table = pd.DataFrame({"income": [1.0, 2, 3, 4], "a": [0, 0, 1, 1], "b": [0, 1, 0, 1]})
    svy = ps.Survey(table)
    found = [ps.mean(svy, "income", by=by).tidy()["estimate"].tolist()
             for by in ("a", "b", None, ["a", "b"], "a")]  # fmt: skip
    assert found == [[1.5, 3.5], [2, 3], [2.5], [1, 2, 3, 4], [1.5, 3.5]]


LONG = {"duckdb": duckdb.from_df, "polars": lambda table: pl.from_pandas(table).lazy()}
KEYS = {
    "numbers": lambda n: n * 10**15 - 3, "words": lambda n: "户" + n.astype(str) + "'",
    "parts": lambda n: n / 4, "days": lambda n: pd.Timestamp("2020-02-29") + pd.to_timedelta(n, "D"),
    "kinds": lambda n: pd.Categorical("v" + n.astype(str), [f"v{i}" for i in range(80)]),
    "spans": lambda n: pd.to_timedelta(n, "D"),
}  # fmt: skip


@pytest.mark.parametrize("hold", LONG)
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("swap", [False, True])
@examples(15)
@given(seed=st.integers(0, 10**6))
def test_repeated_keys_of_a_long_table_are_counted_part_by_part(hold, key, swap, seed):
    rng, counts, old = np.random.default_rng(seed), [], kinds.Kinds._by_keys
    rows = np.arange(240)[rng.permutation(240)]
    table = pd.DataFrame({"id": KEYS[key](pd.Series(rows // 3)), "year": 2000 + rows % 3})
    names = ["year", "id"] if swap else ["id", "year"]
    again = table.iloc[rng.integers(0, 240, rng.integers(0, 4))]
    table = pd.concat([table, again], ignore_index=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "TOGETHER", 40)
        patch.setattr(kinds, "ONE_IN", 2)
        patch.setattr(kinds.Kinds, "_by_keys", lambda *of: counts.append(old(*of)) or counts[-1])
        if again.empty:
            ps.Survey(LONG[hold](table), key=names)
        else:
            with pytest.raises(ps.DataError, match=f"^{len(again)} rows repeat the key"):
                ps.Survey(LONG[hold](table), key=names)
        with pytest.raises(ps.DataError, match=r"1 rows have no \w+ or no \w+"):
            ps.Survey(LONG[hold](pd.concat([table, table.iloc[[0]].assign(id=None)])), key=names)
    assert len(counts[0]) > (
        0 if key in ("kinds", "spans") else 2
    )  # these may be looked at at once
