"""One survey on every kind of table: the same numbers, and the same refusals."""

import datetime as dt
import inspect
import sys
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps
from povstudy.survey import engines
from povstudy.survey.order import points

RELATIVE, YEARLY = ps.relative_line(), ps.relative_line(by="year")
DESIGN = {"weight": "w", "strata": "name", "psu": "village"}


def households(count, seed=20162):
    """Made up households with columns of many kinds."""
    rng = np.random.default_rng(seed)
    income = np.round(np.exp(rng.normal(8, 0.8, count)), 2)
    province, stratum = rng.choice(list("CAB"), count), rng.integers(0, 4, count)
    day = rng.choice([dt.date(2011, 1, 1), dt.date(2019, 6, 30)], count)
    table = pd.DataFrame({
        "name": [f"s{one}" for one in stratum], "village": rng.integers(0, 12, count),
        "w": rng.integers(1, 50, count), "income": income, "province": province,
        "year": rng.choice([2011, 2015, 2019], count), "day": day, "date": pd.to_datetime(day),
        "kind": pd.Categorical(province, list("ABC")), "line": rng.choice([2300.0, 2500], count),
        "persons": rng.integers(1, 100, count).astype("int8"), "poor": income < 2300,
        "units": stratum * 10 + 12, "owed": income - 2500, "yuan": income.astype("int64"),
        "fen": [Decimal(f"{one:.2f}") for one in income],
    })  # fmt: skip
    few = rng.random((3, count)) < 0.05
    return table.assign(
        known=table["income"].mask(few[0]),
        region=table["province"].mask(few[1]),
        part=table["w"].mask(few[2], 0),
        W=table["w"] * 2,
    )


TABLE = households(1500)
# Every case: options of the survey, and what is asked of it.
CASES = {
    "means": ({}, lambda svy: ps.mean(svy, ["income", "poor", "persons", "yuan", "fen"])),
    "totals": ({}, lambda svy: ps.total(svy, "fen", by=["province", "year"])),
    "ratio": ({}, lambda svy: ps.ratio(svy, "income", "persons", by="province")),
    "rows": ({"psu": None}, lambda svy: ps.mean(svy, ["income", "poor"], by="province")),
    "simple": ({"psu": None, "strata": None}, lambda svy: ps.poverty(svy, "income", RELATIVE)),
    "fpc": ({"fpc": "units"}, lambda svy: ps.poverty(svy, "income", 2300, by="poor")),
    "persons": ({"size": "persons"}, lambda svy: ps.poverty(svy, "yuan", RELATIVE, by="year")),
    "zero weights": ({"weight": "part"}, lambda svy: ps.poverty(svy, "income", RELATIVE)),
    "no weights": ({"weight": None}, lambda svy: ps.poverty(svy, "income", YEARLY, by="year")),
    "key": ({"psu": "day"}, lambda svy: ps.mean(svy, "income")),
    "powers": ({}, lambda svy: ps.poverty(svy, "income", "line", by="province",
                                          measures=["headcount", "gap", "watts", 1.5, 3])),
    "debts": ({}, lambda svy: ps.poverty(svy, "owed", 1000, by="year", measures=[0, 1, 1.5, 2])),
    "relative": ({}, lambda svy: ps.poverty(svy, "income", RELATIVE, by="province",
                                            measures=["headcount", "severity", "watts", 2.5])),
    "lines of years": ({}, lambda svy: ps.poverty(svy, "income", YEARLY, by=["province"])),
    "lines of two": ({"psu": None}, lambda svy: ps.poverty(
        svy, "income", ps.relative_line(by=["province", "year"]), by="year")),
    "lines of days": ({}, lambda svy: ps.poverty(svy, "income", ps.relative_line(by="day"),
                                                 by="day")),
    "lines of dates": ({}, lambda svy: ps.poverty(svy, "income", ps.relative_line(by="date"))),
    "lines of kinds": ({}, lambda svy: ps.poverty(svy, "income", ps.relative_line(by="kind"),
                                                  by="poor")),
    "dates": ({}, lambda svy: ps.mean(svy, "income", by=["date", "day"])),
    "dropped": ({"missing": "drop"}, lambda svy: ps.poverty(svy, "known", 2300, by="region")),
    "dropped, relative": ({"missing": "drop"},
                          lambda svy: ps.poverty(svy, "known", YEARLY, by="region")),
    "dropped, ranks": ({"missing": "drop"}, lambda svy: ps.quantile(svy, "known", by="region")),
    "entropy": ({}, lambda svy: ps.inequality(
        svy, "income", by="year", measures=["mld", "theil", "ge(-1)", "ge(2)", "atkinson(0.5)"])),
    "ranks": ({}, lambda svy: ps.inequality(
        svy, "income", by="province", measures=["gini", "s80s20", "theil"])),
    "decimals": ({}, lambda svy: ps.inequality(svy, "fen", measures=["gini", "mld"])),
    "quantiles": ({"psu": None}, lambda svy: ps.quantile(svy, "owed", [0.1, 0.5], by="poor")),
    "curve": ({"weight": "persons"}, lambda svy: ps.lorenz(svy, "income", by="day")),
    "shares": ({}, lambda svy: ps.income_shares(svy, "yuan", by="province")),
    "index": ({}, lambda svy: ps.sen_shorrocks_thon(svy, "income", YEARLY, by="province")),
    "difference": ({}, lambda svy: ps.poverty(svy, "income", YEARLY, by=["year", "poor"])
                   .contrast("year", 2019, 2011)),
    "difference of days": ({}, lambda svy: ps.mean(svy, "income", by="day")
                           .contrast("day", dt.date(2019, 6, 30), dt.date(2011, 1, 1))),
}  # fmt: skip


def test_tables_in_memory_and_engines_are_asked_alike():
    for name in ("__len__", "__getitem__", "lookup", "placed", "units", "cells", "quantiles", "ends", "looked",
                 "first", "refuse_repeated", "derived", "at_hand"):  # fmt: skip
        one, other = (getattr(kind, name) for kind in (engines.Rows, engines.Engine))
        assert inspect.signature(one) == inspect.signature(other), name
    for name in ("whole", "where", "log", "exp", "floor"):
        assert hasattr(engines.Rows, name) and hasattr(engines.Engine, name), name


def answers(case, data):
    options, ask = CASES[case]
    found = ask(ps.Survey(data, **{**DESIGN, **options}))
    effects = None if found.simple is None else found.design_effects()
    return found.tidy(), effects, found.dropped


def plain(value):
    """A key as words, whatever type an engine gives it."""
    if pd.isna(value):
        return None
    if isinstance(value, dt.date):
        return pd.Timestamp(value).date().isoformat()
    return str(value) if isinstance(value, str | bool | np.bool) else float(value)


def same(found, wanted, most=1e-9):
    """The tables are the same, numbers but for rounding."""
    if wanted is None:
        assert found is None
        return
    assert list(found) == list(wanted)
    for name in wanted:
        if pd.api.types.is_float_dtype(wanted[name]) and name != "year":
            np.testing.assert_allclose(
                found[name].to_numpy(float), wanted[name].to_numpy(float), rtol=most, atol=1e-300,
                err_msg=name,
            )  # fmt: skip
        else:
            assert list(map(plain, found[name])) == list(map(plain, wanted[name])), name


def refused(call, *words):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The table in every form."""
    folder = tmp_path_factory.mktemp("survey") / "parts of 2019"
    (folder / "later").mkdir(parents=True)
    polars = pl.from_pandas(TABLE)
    parts = TABLE.drop(columns="W")
    parts[:400].to_parquet(folder / "a.parquet")
    parts[400:].to_parquet(folder / "later" / "b.parquet")
    parts.to_parquet(folder.parent / "whole 1.parquet")
    return {
        "polars": polars,
        "lazy": polars.lazy(),
        "arrow": polars.to_arrow(),
        "duckdb": duckdb.from_arrow(polars.to_arrow()),
        "file": str(folder.parent / "whole 1.parquet"),
        "folder": folder,
        "pattern": f"{folder.parent}/whole*.parquet",
        "nullable": TABLE.convert_dtypes(),
        "arrow-backed": TABLE.convert_dtypes(dtype_backend="pyarrow"),
    }


FORMS = ["polars", "lazy", "arrow", "duckdb", "file", "nullable", "arrow-backed"]
PAIRS = [(form, case) for form in FORMS for case in CASES]
PAIRS += [(form, case) for form in ("folder", "pattern") for case in ("means", "ranks", "index")]
ENGINES = {"lazy": lambda table: pl.from_pandas(table).lazy(), "duckdb": duckdb.from_df}
on_engines = pytest.mark.parametrize("hold", ENGINES.values(), ids=ENGINES)


@pytest.fixture(scope="module")
def wanted():
    """Answers of the table in memory, each worked out once."""
    known = {}

    def ask(case):
        if case not in known:
            known[case] = answers(case, TABLE)
        return known[case]

    return ask


@pytest.mark.parametrize(("form", "case"), PAIRS)
def test_every_kind_of_table_gives_the_same(tables, wanted, form, case):
    found, effects, dropped = answers(case, tables[form])
    known, effects_known, dropped_known = wanted(case)
    same(found, known)
    same(effects, effects_known)
    assert dropped == dropped_known and (dropped > 0) == case.startswith("dropped")


# Columns of many kinds ----------------------------------------------------------------------


@on_engines
def test_columns_may_bear_any_name(hold):
    """Also those that queries give within."""
    names = {"income": "y", "w": "rows_", "name": "k1", "village": "bin", "province": "s0",
             "year": "low", "day": "b0", "line": "p0", "persons": "high"}  # fmt: skip
    options = {"weight": "rows_", "strata": "k1", "psu": "bin", "size": "high"}
    table = TABLE[list(names)].rename(columns=names)
    for ask in (
        lambda svy: ps.poverty(svy, "y", ps.relative_line(by="low"), by=["s0", "b0"]),
        lambda svy: ps.poverty(svy, "y", "p0", by="k1"),
        lambda svy: ps.inequality(svy, "y", by="bin", measures=["gini", "theil"]),
    ):
        one, two = (ask(ps.Survey(held, **options)) for held in (table, hold(table)))
        same(two.tidy(), one.tidy())
    words = ["repeat the key of another: k1, bin"]
    refused(lambda: ps.Survey(hold(table), **options, key=["k1", "bin"]), *words)


def test_names_that_differ_in_case_alone_are_two_columns(tmp_path):
    both = TABLE[["w", "W", "income"]]
    both.to_parquet(tmp_path / "both.parquet")
    path = str(tmp_path / "both.parquet")
    known = [ps.mean(ps.Survey(both, weight=one), "income").tidy() for one in ("w", "W")]
    lazy = pl.from_pandas(both).lazy()
    for one, wanted in zip(("w", "W"), known, strict=True):
        same(ps.mean(ps.Survey(lazy, weight=one), "income").tidy(), wanted)
    # DuckDB does not tell capitals apart: it gives the second column another name.
    for held in (path, duckdb.from_df(both), duckdb.read_parquet(path)):
        for one, wanted in zip(("w", "W_1"), known, strict=True):
            same(ps.mean(ps.Survey(held, weight=one), "income").tidy(), wanted)
        refused(lambda held=held: ps.Survey(held, weight="W"), "lacks a column", "W_1")


@pytest.mark.parametrize("kind", ["int8", "uint8", "int64", "UInt8", "uint8[pyarrow]", "float32"])
def test_small_whole_numbers_do_not_overflow(kind):
    table = pd.DataFrame({"w": [100, 120, 127, 90], "n": [100, 7, 110, 127],
                          "y": [2**40, 2**41, 3, 2**42], "g": [1, 1, 2, 2]})  # fmt: skip
    table = table.astype({"w": kind, "n": kind})
    svys = [ps.Survey(held, weight="w", size="n") for held in (table, pl.from_pandas(table))]
    svys += [ps.Survey(hold(table), weight="w", size="n") for hold in ENGINES.values()]
    weight = table["w"].to_numpy(float) * table["n"].to_numpy(float)
    for svy in svys:
        found = ps.mean(svy, ["y", "n"], by="g").tidy()
        assert found["population"].tolist() == [10_840, 25_400] * 2
        by_hand = [np.average(table["y"][i : i + 2], weights=weight[i : i + 2]) for i in (0, 2)]
        assert found["estimate"].tolist()[:2] == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        (pd.CategoricalDtype(["C", "A", "B"]), "CAB"),  # the order of the categories
        (pd.CategoricalDtype(["C", "A", "B"], ordered=True), "CAB"),
        (pl.Enum(["C", "A", "B"]), "CAB"),
        (pl.Categorical, "ABC"),  # that of words
        ("ENUM('C', 'A', 'B')", "CAB"),
    ],
)
def test_domains_come_in_the_order_of_their_categories(kind, order):
    table = TABLE[["income", "province"]]
    if isinstance(kind, str):
        held = [duckdb.from_df(table).project(f"income, province::{kind} AS province")]
    elif isinstance(kind, pd.CategoricalDtype):
        held = [table.astype({"province": kind})]
    else:
        frame = pl.from_pandas(table).with_columns(pl.col("province").cast(kind))
        held = [frame, frame.lazy()]
    known = ps.mean(ps.Survey(table), "income", by="province").tidy().set_index("province")
    for one in held:
        for ask in (ps.mean, ps.quantile):
            found = ask(ps.Survey(one), "income", by="province").tidy()
            assert found["province"].tolist() == list(order)
            assert found["n"].tolist() == known.loc[list(order), "n"].tolist()
        step = ps.mean(ps.Survey(one), "income", by="province").contrast("province", "C", "A")
        assert step.tidy()["n"].tolist() == [known.loc[["A", "C"], "n"].sum()]


@pytest.mark.parametrize("kind", ["HUGEINT", "DECIMAL(20, 2)", "DOUBLE", "VARCHAR", "UBIGINT"])
def test_units_and_domains_may_be_of_any_kind_that_duckdb_has(kind):
    held = duckdb.from_df(TABLE).project(f"income, w, name, village::{kind} AS village")
    wanted = ps.Survey(TABLE, **DESIGN)
    for ask in (
        lambda svy: ps.mean(svy, "income"),
        lambda svy: ps.poverty(svy, "income", ps.relative_line(by="village"), measures=["gap"]),
        lambda svy: ps.inequality(svy, "income", measures=["gini"]),
    ):
        found, known = ask(ps.Survey(held, **DESIGN)).tidy(), ask(wanted).tidy()
        order = ["term", "estimate"]
        for column in ("estimate", "std_error"):
            one, two = (table.sort_values(order)[column].tolist() for table in (found, known))
            assert one == pytest.approx(two, rel=1e-9)


@pytest.mark.parametrize("form", ["memory", "polars", *ENGINES])
def test_what_is_missing_is_missing_in_every_way_of_saying_it(form):
    """NULL and not a number are no values; a key that is NULL is no domain."""
    polars = pl.from_pandas(TABLE[["income", "w", "name", "village", "province"]])
    spoilt = polars.with_row_index("i").with_columns(
        income=pl.when(pl.col("i") % 9 < 2).then(None).when(pl.col("i") % 9 < 4).then(np.nan)
        .otherwise(pl.col("income")),
        half=pl.when(pl.col("i") % 7 == 0).then(None).when(pl.col("i") % 7 == 1).then(np.nan)
        .otherwise(pl.col("village") % 2.0),
    )  # fmt: skip
    hold = {"memory": lambda x: x.to_pandas(), "polars": lambda x: x, "lazy": lambda x: x.lazy(),
            "duckdb": lambda x: duckdb.from_arrow(x.to_arrow())}[form]  # fmt: skip
    svy = ps.Survey(hold(spoilt), **DESIGN, missing="drop")
    clean = polars.with_row_index("i").filter(pl.col("i") % 9 > 3).to_pandas()
    half = (clean["village"] % 2.0).mask(clean["i"] % 7 < 2)
    known = ps.Survey(clean.assign(half=half), **DESIGN, missing="drop")
    for ask in (
        lambda svy: ps.poverty(svy, "income", RELATIVE, by="half"),
        lambda svy: ps.inequality(svy, "income", measures=["gini", "mld"], by="half"),
    ):
        found = ask(svy)
        assert found.dropped == len(TABLE) - half.count()
        same(found.tidy(), ask(known).tidy())
        if form != "memory":
            assert len(found.tidy()["half"].dropna().unique()) == 2
    refused(lambda: ps.mean(ps.Survey(hold(spoilt), **DESIGN), "income"), "668 rows have no income")


# Quantiles by passes ------------------------------------------------------------------------

SHARES = [0.001, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 0.999]


@pytest.fixture
def small_steps(monkeypatch):
    """Few rows are fetched at once and few bins made, so that there are many passes."""
    fetched = []
    fetch = engines.Engine._fetch

    def watched(self, frame):
        fetched.append(fetch(self, frame))
        return fetched[-1]

    monkeypatch.setattr(engines.Engine, "_fetch", watched)
    monkeypatch.setattr(engines, "AT_HAND", 50)
    monkeypatch.setattr(points, "BINS", 8)
    monkeypatch.setattr(points, "_SEEN", 50)
    return fetched


@on_engines
@pytest.mark.parametrize("by", [[], ["year"]])
def test_quantiles_are_narrowed_down_without_fetching_the_table(small_steps, hold, by):
    rng = np.random.default_rng(3)
    income = np.exp(rng.normal(0, 3, 3000)).round(2) - 1  # a heavy tail, losses, ties
    income[:900] = 7.0  # more of one value than are fetched
    income[900:902] = [1e12, -1e9]
    table = pd.DataFrame({"income": income, "w": rng.integers(0, 4, 3000),
                          "year": rng.choice([2011, 2019], 3000)})  # fmt: skip
    table.loc[5:9, "income"] = np.nan
    wanted = ps.Survey(table, weight="w").rows.quantiles("income", SHARES, by, False)
    svy = ps.Survey(hold(table), weight="w")
    small_steps.clear()
    found = svy.rows.quantiles("income", SHARES, by, False)
    assert found.tolist() == wanted.tolist()
    assert max(map(len, small_steps)) < 2000  # the ties are one bin, and are not fetched
    refused(lambda: svy.rows.quantiles("income", SHARES, by, True), "5 rows have no income")


@examples(40)
@given(
    st.lists(st.tuples(st.integers(-9, 9) | st.floats(-1e6, 1e6), st.integers(0, 5), st.integers(1, 2)),
             min_size=1, max_size=40).filter(lambda rows: any(w for _, w, _ in rows)),
    st.sampled_from(SHARES), st.sampled_from([[], ["half"]]),
)  # fmt: skip
def test_quantiles_by_passes_are_those_in_memory(rows, share, by):
    table = pd.DataFrame(rows, columns=["income", "w", "half"], dtype=float)
    wanted = ps.Survey(table, weight="w", lonely="center", codes={"income": []})
    wanted = wanted.rows.quantiles("income", [share], by, True)
    svy = ps.Survey(ENGINES["lazy"](table), weight="w", lonely="center", codes={"income": []})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "AT_HAND", 2)
        patch.setattr(points, "BINS", 3)
        found = svy.rows.quantiles("income", [share], by, True)
    np.testing.assert_array_equal(found, wanted)


def test_rows_are_looked_for_where_the_bins_of_each_domain_lie():
    """Of domains whose bins lie within one another: the widest gaps between them are left out."""
    binned = points.Binned.__new__(points.Binned)
    binned.y = pd.Series([1.0, 2.5, 4.0, 6.0, 7.0, 9.0])
    bins = pd.DataFrame({"low": [2.0, 1.0, 7.0], "high": [3.0, 5.0, 7.0]})
    assert binned._near(bins).tolist() == [True, True, True, False, True, False]


@pytest.mark.parametrize(("kind", "refuses"), [("near it", False), ("few", False), ("codes", True)])
def test_codes_of_nines_are_told_from_the_bins_of_ranks(monkeypatch, kind, refuses):
    """Far out a bin holds a code and what lies near it: only then are the codes counted alone."""
    rng = np.random.default_rng(3)
    near = {"near it": rng.uniform(998, 1000, 400), "few": np.repeat([999.0, 1001.7], [30, 370]),
            "codes": np.full(400, 999.0)}[kind]  # fmt: skip
    table = pd.DataFrame({"income": np.append(rng.uniform(0, 1, 19_600), near),
                          "psu": np.arange(20_000) % 50})  # fmt: skip
    monkeypatch.setattr(engines, "AT_HAND", 0)
    svy = ps.Survey(duckdb.from_df(table), psu="psu")
    if refuses:
        refused(lambda: ps.inequality(svy, "income"), "999")
    else:
        ps.inequality(svy, "income")
        assert svy.rows._nines["income"] == {"near it": 0, "few": 0.0015}[kind]


@on_engines
def test_a_relative_line_found_by_passes_is_the_same(small_steps, wanted, hold):
    table = TABLE.drop(columns=["W", "fen", "kind", "day", "date"])
    for case in ("relative", "lines of years", "dropped, relative"):
        found, effects, dropped = answers(case, hold(table))
        same(found, wanted(case)[0])
        same(effects, wanted(case)[1])
        assert dropped == wanted(case)[2]


RANKED = ("ranks", "decimals", "quantiles", "curve", "shares", "index", "relative", "lines of two",
          "dropped, ranks", "dropped, relative", "lines of days", "lines of kinds", "zero weights")  # fmt: skip


@on_engines
@pytest.mark.parametrize("case", RANKED)
def test_what_depends_on_ranks_is_the_same_past_memory(monkeypatch, wanted, hold, case):
    monkeypatch.setattr(engines, "AT_HAND", 0)
    if case not in (
        "decimals",
        "quantiles",
    ):  # contrasts of rows that are units need them in memory
        monkeypatch.setattr(engines.Engine, "at_hand", None)
    found, effects, dropped = answers(case, hold(TABLE))
    same(found, wanted(case)[0])
    same(effects, wanted(case)[1])
    assert dropped == wanted(case)[2]


def test_incomes_that_are_all_the_same_are_refused_past_memory_too(monkeypatch):
    weights = np.random.default_rng(1).uniform(0.5, 3, 240)
    table = pd.DataFrame({"income": 5.0, "w": weights})
    monkeypatch.setattr(engines, "AT_HAND", 0)
    for data in (table, duckdb.from_df(table)):  # what is left of their spread is rounding
        svy = ps.Survey(data, weight="w")
        with pytest.raises(ps.DataError, match="All incomes are the same"):
            ps.poverty(svy, "income", ps.relative_line(0.6))
        with pytest.raises(ps.DataError, match="All incomes are the same"):
            ps.inequality(svy, "income", measures=["p90p10"])


def test_points_of_bins_stand_for_rows(monkeypatch):
    """As many rows in each bin as of a hundred million: what is lost of Gini is what is said."""
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"income": np.exp(rng.normal(8, 0.7, 200_000)), "w": rng.gamma(4, 0.25, 200_000),
                          "psu": rng.integers(0, 500, 200_000)})  # fmt: skip

    def ask(data):
        svy = ps.Survey(data, weight="w", psu="psu")
        orders = ps.inequality(svy, "income", measures=["gini", "s80s20", "p90p10"])
        return pd.concat([orders.tidy(), ps.poverty(svy, "income", ps.relative_line(0.5)).tidy()])

    wanted = ask(table)
    monkeypatch.setattr(engines, "AT_HAND", 0)
    monkeypatch.setattr(points, "_LOST", np.inf)
    for bins, most in ((2**9, 2e-6), (2**12, 3e-8), (2**17, 2e-11)):  # falls with the square
        monkeypatch.setattr(points, "BINS", bins)
        found = ask(duckdb.from_df(table))
        for column in ("estimate", "std_error", "ci_low", "ci_high"):
            np.testing.assert_allclose(found[column], wanted[column], rtol=most)
    monkeypatch.setattr(points, "_LOST", 3e-10)  # bins are made narrower where too much is lost
    monkeypatch.setattr(points, "BINS", 2**17)
    far = table.assign(income=table["income"] + 1e9 * (table["psu"] == 7))
    found = ask(duckdb.from_df(far.sort_values("income", ascending=False)))
    monkeypatch.setattr(engines, "AT_HAND", 10**9)
    wanted = ask(duckdb.from_df(far))
    for column, most in (("estimate", 1e-9), ("std_error", 1e-6)):
        np.testing.assert_allclose(found[column], wanted[column], rtol=most)


@on_engines
def test_hundreds_of_groups_have_lines_of_their_own(hold):
    table = households(2000).assign(group=np.arange(2000) % 400)[["income", "w", "group"]]
    line = ps.relative_line(by="group")
    one, two = (
        ps.poverty(ps.Survey(held, weight="w"), "income", line, measures=["gap"])
        for held in (table, hold(table))
    )
    same(two.tidy(), one.tidy())


@on_engines
def test_what_is_missing_is_left_out_whatever_the_ends_of_a_column_say(hold, tmp_path):
    """Files do not tell of what is no number: pyarrow leaves it out of their ends."""
    import pyarrow as pa
    from pyarrow import parquet

    floats = pa.table({"y": np.array([1, np.nan, 3, 4])})
    parquet.write_table(floats, tmp_path / "y.parquet")
    for data in (hold(pd.DataFrame({"y": pd.array([1, None, 3, 4], dtype="Int64")})),
                 hold(pd.DataFrame({"y": [1, np.nan, 3, 4]})), pl.from_arrow(floats).lazy(),
                 tmp_path / "y.parquet"):  # fmt: skip
        found = ps.mean(ps.Survey(data, missing="drop"), "y")
        assert found.tidy()[["estimate", "n"]].values.tolist() == [[8 / 3, 3]]
        refused(lambda data=data: ps.mean(ps.Survey(data), "y"), "1 rows have no y")


@pytest.mark.parametrize("locked", [True, False])
def test_settings_of_duckdb_are_as_they_were(locked, tmp_path):
    pd.DataFrame({"y": range(6)}).to_parquet(tmp_path / "y.parquet")
    before = duckdb.default_connection()
    con = duckdb.connect(config={"perfect_ht_threshold": 13, "lock_configuration": locked})
    duckdb.set_default_connection(con)
    try:
        svy = ps.Survey(tmp_path / "y.parquet")
        assert ps.mean(svy, "y").tidy()["estimate"].tolist() == [2.5]
        assert con.sql("SELECT current_setting('perfect_ht_threshold')").fetchall() == [(13,)]
    finally:
        duckdb.set_default_connection(before)


# What is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [None, 7, [1, 2], {"w": [1.0]}, np.ones((2, 2)), TABLE["income"], pl.Series([1.0]), [TABLE]],
    ids=lambda data: type(data).__name__,
)
def test_what_is_no_table_is_refused(data):
    words = ["A survey is a table of pandas, polars, DuckDB or Spark", type(data).__name__]
    refused(lambda: ps.Survey(data, weight="w"), *words)


def test_what_is_no_parquet_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "survey.csv").write_text("w,income\n1,2\n")
    (tmp_path / "short.parquet").write_bytes(b"PAR1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    words = ["no Parquet file that can be read", "pd.read_csv", "pd.read_stata for Stata"]
    for path in (tmp_path / "none.parquet", tmp_path / "survey.csv", tmp_path / "short.parquet",
                 tmp_path / "empty", "*.parquet", "none/*.parquet"):  # fmt: skip
        place = "short.parquet" if path == "*.parquet" else path  # the one that is damaged
        refused(lambda path=path: ps.Survey(path), *words, f"where: {place}")
    (tmp_path / "short.parquet").unlink()
    refused(lambda: ps.Survey(""), *words)  # this folder, and not the whole disk


ODD = ["[1].parquet", "a*.parquet", "[!1].parquet", "**.parquet", "100%.parquet", "it's #2.parquet", "{a,b}.parquet",
       "$HOME~.parquet", "贫困 户.parquet", "CON.parquet", "aux.csv", "x.parquet.", "[1]/p.parquet", "a*/p.parquet"]  # fmt: skip


def test_signs_of_a_name_are_no_pattern(tmp_path):
    for name in ("1.parquet", "ab.parquet", "1/p.parquet", "ab/p.parquet"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        pd.DataFrame({"y": [50.0] * 2}).to_parquet(tmp_path / name)
    for i, name in enumerate(ODD if sys.platform != "win32" else ["[1].parquet", "[1]/p.parquet"]):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        with (tmp_path / name).open("wb") as file:
            pd.DataFrame({"y": [float(i)] * 2}).to_parquet(file)
        for path in (tmp_path / name, str(tmp_path / name)):
            assert ps.mean(ps.Survey(path), "y").tidy()["estimate"].item() == i, name
        if "/" in name:
            for path in ((tmp_path / name).parent, (tmp_path / name).with_name("*.parquet")):
                assert ps.mean(ps.Survey(path), "y").tidy()["estimate"].item() == i, path
    assert ps.mean(ps.Survey(tmp_path / "ab*.parquet"), "y").tidy()["estimate"].item() == 50
    (tmp_path / "1" / "._p.parquet").write_bytes(b"left by another system")
    (tmp_path / "1" / "_temporary").mkdir()
    (tmp_path / "1" / "_temporary" / "p.parquet").write_bytes(b"left by a writer that was killed")
    assert ps.mean(ps.Survey(tmp_path / "1"), "y").tidy()["estimate"].item() == 50


def test_files_that_hold_a_column_in_several_types_keep_its_values(tmp_path):
    for name, y, k in (("a", [1, 2, 3], [1, 2, 3]), ("b", [0.5, 0.25, 100.4], ["01", "2", "x"])):
        pd.DataFrame({"y": y, "k": k}).to_parquet(tmp_path / f"{name}.parquet")
    assert ps.mean(ps.Survey(tmp_path), "y").tidy()["estimate"].item() == pytest.approx(107.15 / 6)
    assert ps.mean(ps.Survey(tmp_path), "y", by="k").tidy()["k"].tolist() == ["01", "1", "2", "3", "x"]  # fmt: skip


def test_a_column_counts_before_a_folder_of_its_name(tmp_path):
    folder = tmp_path / "year=2020"
    folder.mkdir()
    pd.DataFrame({"y": [1.0, 2.0], "year": [2010, 2011]}).to_parquet(folder / "p.parquet")
    for path in (folder, folder / "p.parquet", tmp_path):
        assert ps.mean(ps.Survey(path), "y", by="year").tidy()["year"].tolist() == [2010, 2011]
    pd.DataFrame({"y": [1.0, 2.0]}).to_parquet(folder / "p.parquet")
    assert ps.mean(ps.Survey(tmp_path), "y", by="year").tidy()["year"].tolist() == [2020]


def test_a_file_that_ends_the_engine_does_not_end_the_session(tmp_path):
    """DuckDB gives up its database after some errors; what is read after that is read."""
    good, both, ended = tmp_path / "good.parquet", tmp_path / "both", []
    both.mkdir()
    pd.DataFrame({"y": [1.5, 2, None, 4], "w": [1, 2, 3, 4], "psu": list("abab")}).to_parquet(good)
    whole = good.read_bytes()
    (both / "a.parquet").write_bytes(whole)
    for at in range(465, 485):
        (both / "b.parquet").write_bytes(whole[:at] + b"\xff" * 4 + whole[at + 4 :])
        for path in (both,) if not ended else ():
            try:
                ps.mean(ps.Survey(path, missing="drop", weight="w"), "y")
            except ps.DataError as error:
                ended += [str(error.where)] * ("INTERNAL" in str(error.found))
    assert ended in ([], [str(both / "b.parquet")]), "another version of DuckDB may end at nothing"
    assert ps.mean(ps.Survey(good, missing="drop"), "y").tidy()["estimate"].item() == 2.5


def test_what_an_engine_cannot_read_is_told(tmp_path):
    words = "The engine that holds the table cannot read or compute"
    pd.DataFrame({"w": [1, 2], "income": [1, 2]}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"w": [1, 2], "wages": [1, 2]}).to_parquet(tmp_path / "b.parquet")
    refused(lambda: ps.mean(ps.Survey(tmp_path, weight="w"), "income"), words, "b.parquet")
    text = duckdb.from_df(TABLE).project("province::DOUBLE AS income")
    refused(lambda: ps.mean(ps.Survey(text), "income"), words, "Could not convert")
    lost = pl.scan_parquet(tmp_path / "none.parquet")
    refused(lambda: ps.Survey(lost), words, "none.parquet")
    with duckdb.connect() as connection:
        closed = connection.from_df(TABLE)
    refused(lambda: ps.Survey(closed), words, "closed")


@pytest.mark.parametrize("hold", [lambda table: table, *ENGINES.values()])
def test_lists_are_no_keys(hold):
    table = hold(TABLE[["w", "income"]].assign(pair=[[1, 2]] * len(TABLE)))
    words = ["Lists and records", "column pair"]
    refused(lambda: ps.Survey(table, psu="pair"), *words)
    refused(lambda: ps.mean(ps.Survey(table), "income", by="pair"), *words)


@on_engines
def test_columns_that_hold_no_numbers_are_refused(hold):
    svy = ps.Survey(hold(TABLE), **DESIGN)
    for column in ("province", "day", "kind"):
        refused(lambda column=column: ps.mean(svy, column), "holds no numbers", f"column {column}")
        refused(lambda column=column: ps.quantile(svy, column), "holds no numbers")


@pytest.mark.parametrize("values", [["1", "2"], [None, None], [1, "a"], pd.Categorical(["1", "2"])])
def test_objects_that_are_no_numbers_are_refused_in_memory_too(values):
    svy = ps.Survey(pd.DataFrame({"x": pd.Series(values)}))
    refused(lambda: ps.mean(svy, "x"), "holds no numbers", "column x", "ps.clean.number")


# Spark --------------------------------------------------------------------------------------

BIG = 20_000


@pytest.fixture(scope="module")
def big(spark, tmp_path_factory):
    """Many households: in memory, and the same in Spark."""
    table = households(BIG).drop(columns=["W", "kind", "date"])
    path = tmp_path_factory.mktemp("big") / "households.parquet"
    pl.from_pandas(table).with_columns(pl.col("fen").cast(pl.Decimal(12, 2))).write_parquet(path)
    held = spark.read.parquet(str(path)).cache()
    assert held.count() == BIG
    return table, held


@pytest.mark.spark
@pytest.mark.parametrize(
    "case",
    [
        "means",
        "rows",
        "powers",
        "dropped, relative",
        "entropy",
        "difference of days",
        "ranks",
        "shares",
        "index",
    ],
)
def test_spark_gives_the_same(big, case):
    options, ask = CASES[case]
    one, two = (ask(ps.Survey(held, **{**DESIGN, **options})) for held in big)
    same(two.tidy(), one.tidy(), 1e-8 if case == "index" else 1e-9)  # bins lose 3e-9 of its error
    assert two.dropped == one.dropped
    if case == "rows":
        same(two.design_effects(), one.design_effects())


@pytest.mark.spark
def test_spark_narrows_quantiles_down(big, monkeypatch):
    table, held = big
    monkeypatch.setattr(engines, "AT_HAND", 500)
    monkeypatch.setattr(points, "BINS", 64)
    line = ps.relative_line(0.5, 0.4)
    one, two = (ps.poverty(ps.Survey(x, **DESIGN), "income", line).tidy() for x in (held, table))
    same(one, two)


@pytest.mark.spark
def test_spark_refuses_what_is_broken_or_needs_the_rows(big):
    from pyspark.sql import functions as f

    table, held = big
    svy = ps.Survey(held, **DESIGN)
    refused(lambda: ps.poverty(svy, "income", 2300, measures=["median_gap"]),
            "needs the rows in memory", "table.select('income', 'w', 'name', 'village')")  # fmt: skip
    refused(lambda: ps.mean(svy, "known"), f"{table['known'].isna().sum():,} rows have no known")
    refused(lambda: ps.mean(svy, "province"), "holds no numbers", "column province")
    refused(lambda: ps.Survey(held, weight="wages"), "lacks a column", "wages")
    negative = held.withColumn("w", f.when(f.col("income") < 500, -1).otherwise(f.col("w")))
    refused(lambda: ps.Survey(negative, weight="w"), "no usable w", "column w")
