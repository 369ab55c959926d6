"""Panels of Spark: the moves and spells of memory, and nothing is collected that grows with households.

What is asked of Spark is asked of DuckDB too, in the same words: so it is tried without Java.
"""

import itertools

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st
from test_counted_rows import CALLS, DESIGN, WRONG, panel, same

import povstudy as ps
from povstudy.panels import spark as in_spark
from povstudy.panels.durations import EARLIER
from povstudy.panels.states import seen
from povstudy.survey.cells import Layout
from povstudy.survey.engines import open_table


def answer(call):
    """What comes of a call: a result, or what is refused."""
    try:
        return call()
    except ps.DataError as error:
        return error


def in_duckdb(table):
    """The table on a connection of its own."""
    return duckdb.connect().from_df(table.reset_index(drop=True))


def both(call, table, **more):
    """What comes of a survey in memory, and as if it lay in Spark."""
    with pytest.MonkeyPatch.context() as patched:
        one = answer(lambda: call(ps.Survey(table, **{**DESIGN, **more})))
        patched.setattr(seen, "_countable", lambda _: in_spark.Joined)
        return one, answer(lambda: call(ps.Survey(in_duckdb(table), **{**DESIGN, **more})))


def alike(one, two):
    """Whether two refusals say the same; of nobody's rows a table past memory has no line."""
    assert isinstance(one, ps.DataError), one
    assert isinstance(two, ps.DataError), two
    assert one.problem == two.problem
    assert one.problem == "A row has no household." or one.remedy == two.remedy


@pytest.mark.parametrize("call", CALLS)
@examples(5)
@given(seed=st.integers(0, 10**6), words=st.booleans(), missing=st.booleans())
def test_moves_are_those_of_memory(call, seed, words, missing):
    table = panel(seed, 90, words, missing)
    same(*both(CALLS[call], table, missing="drop" if missing else "refuse"))


@pytest.mark.parametrize("call", CALLS)
def test_moves_by_other_times_and_designs_are_those_of_memory(call):
    table = panel(5, 60).assign(size=lambda t: t["household_id"] % 4 + 1, of=9)
    same(*both(CALLS[call], table.assign(year=table["year"].astype(float)), size="size", fpc="of"))
    same(*both(CALLS[call], table, weight=None))
    if call not in ("two apart", "after two"):
        same(*both(CALLS[call], table.assign(year=(table["year"] - 2016) * 61)))


@pytest.mark.parametrize("name", WRONG)
def test_refusals_are_those_of_memory(name):
    change, call = WRONG[name]
    alike(*both(CALLS[call], change(panel(7, 90))))


# Spells -------------------------------------------------------------------------------------


def with_starts(seed, step=1):
    """A panel of starts of which some contradict it, in some households only."""
    rng = np.random.default_rng(seed)
    table = panel(seed, 60, words=seed % 2 == 0).assign(land=lambda t: t["income"] // 10)
    table["year"] = 2000 + step * (table["year"] - 2013)
    start = pd.Series(rng.integers(1995, 2000 + 4 * step, 60), dtype="Int64")
    known = start.mask(rng.random(60) < [0.5, 0.95][seed % 3 == 0])
    code = pd.factorize(table["household_id"])[0]
    return table.assign(start=known.to_numpy(dtype=float, na_value=np.nan)[code])


def spells_of(table, tmp_path, of, start, step, kept=("land",), earlier=True):
    """Spells of memory, and as Spark makes them, in order; or what is refused."""
    path = tmp_path / f"{next(NUMBER)}.parquet"
    names = {"household": "household_id", "time": "year", "poor": "poor", "start": start}
    one = answer(
        lambda: ps.spells(table, of, covariates=list(kept), start=start, earlier=earlier, step=step)
    )
    kept = [name for name in ("weight", "stratum", "psu") if name in table] + list(kept)
    engine = open_table(in_duckdb(table), Layout())
    two = answer(lambda: in_spark.spells_by_windows(
        engine, names, kept, of == "out", step, path, EARLIER if earlier else ()))  # fmt: skip
    if isinstance(two, ps.DataError):
        return one, two
    assert two == path
    found = pd.read_parquet(path).sort_values(["household_id", "spell"], ignore_index=True)
    return one, found


NUMBER = itertools.count()


@pytest.mark.parametrize("of", ["out", "poor"])
@pytest.mark.parametrize("step", [None, 1, 2])
def test_spells_are_those_of_memory(of, step, tmp_path):
    told = []
    for seed in range(14):
        table = with_starts(seed, step or 1)
        one, two = spells_of(table, tmp_path, of, "start" if seed % 4 else None, step)
        told.append(isinstance(one, ps.DataError))
        if told[-1]:
            assert type(one) is type(two)
            assert one.problem == two.problem, f"{one}\n{two}"
        else:
            pd.testing.assert_frame_equal(one, two[list(one)], check_dtype=False)
            assert list(one) == list(two)
    assert 2 < sum(told) < 12
    one, two = spells_of(with_starts(1), tmp_path, of, None, 1, (), earlier=False)
    pd.testing.assert_frame_equal(one, two, check_dtype=False)
    assert len(one) > 20


@pytest.mark.parametrize("name", ["twice", "mark", "no mark", "no household", "date", "half a year", "quarters"])  # fmt: skip
def test_spells_refuse_what_those_of_memory_refuse(name, tmp_path):
    alike(*spells_of(WRONG[name][0](panel(7, 90)), tmp_path, "out", None, 1, ()))


@pytest.mark.parametrize("states", ["10 00", "1  00", "   001", " 101 00", "00100"])
def test_a_start_is_that_of_one_spell(states, tmp_path):
    seen_in = [(2010 + i, int(one)) for i, one in enumerate(states) if one != " "]
    table = pd.DataFrame(seen_in, columns=["year", "poor"]).assign(household_id=1)
    for start in (2009, 2011, 2012, 2013):
        one, two = spells_of(table.assign(start=start), tmp_path, "out", "start", 1, ())
        if isinstance(one, ps.DataError):
            alike(one, two)
        else:
            pd.testing.assert_frame_equal(one, two, check_dtype=False)


def test_times_off_the_grid_and_starts_that_are_none_are_refused(tmp_path):
    table = panel(7, 90)
    one, two = spells_of(table, tmp_path, "out", None, 2, ())
    assert one.problem == two.problem
    assert "grid" in one.problem
    one, two = spells_of(table.assign(start=2013.5), tmp_path, "out", "start", 1, ())
    assert one.problem == two.problem == "A start is no whole number."
    table["year"] = 2000 + 2 * (table["year"] - 2013)
    table["start"] = 1999
    one, two = spells_of(table.query("year > 2004"), tmp_path, "out", "start", 2, ())
    assert one.problem == two.problem
    assert "grid" in two.problem


# In Spark -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def held(spark, tmp_path_factory):
    """A panel in memory, and once and twice in Spark."""
    folder, made = tmp_path_factory.mktemp("panels"), []
    table = panel(3, 300)
    early = pd.Series(2010.0, index=table.index)  # before all that was seen
    table["start"] = early.where(table["household_id"] % 3 == 0)
    more = table.assign(household_id=table["household_id"] + 10_000)
    for i, one in enumerate([table, pd.concat([table, more])]):
        one.to_parquet(folder / f"{i}.parquet", index=False)
        made.append(spark.read.parquet(str(folder / f"{i}.parquet")).cache())
    return table, *made


@pytest.mark.spark
@pytest.mark.parametrize("call", ["ordered", "bands", "relapse", "some"])
def test_spark_moves_as_memory_does(held, call):
    same(*(CALLS[call](ps.Survey(table, **DESIGN)) for table in held[:2]))


@pytest.mark.spark
@pytest.mark.parametrize("name", ["twice", "nobody left"])
def test_spark_refuses_as_memory_does(held, name, tmp_path):
    change, call = WRONG[name]
    table = change(panel(7, 90))
    table.to_parquet(tmp_path / "wrong.parquet", index=False)
    wrong = held[1].sparkSession.read.parquet(str(tmp_path / "wrong.parquet"))
    alike(
        *(answer(lambda one=one: CALLS[call](ps.Survey(one, **DESIGN))) for one in (table, wrong))
    )


@pytest.mark.spark
@pytest.mark.parametrize(("of", "start"), [("out", None), ("poor", "start")])
def test_spark_writes_the_spells_of_memory(held, of, start, tmp_path):
    options = {"covariates": ["status", "village"], "earlier": True, "start": start}
    wanted = ps.spells(held[0], of, **options)
    path = ps.spells(held[1], of, **options, into=tmp_path / "spells")
    found = pd.read_parquet(path).sort_values(["household_id", "spell"], ignore_index=True)
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    assert start is None or (found["entry"] > 0).any()
    with pytest.raises(ps.DataError, match="already exists"):
        ps.spells(held[1], into=tmp_path / "spells")


@pytest.mark.spark
def test_nothing_is_collected_that_grows_with_households(held, collected, tmp_path):
    told = []
    for i, table in enumerate(held[1:]):
        collected.clear()
        for call in ("bands", "relapse"):
            CALLS[call](ps.Survey(table, **DESIGN))
        ps.spells(table, covariates="village", into=tmp_path / f"{i}")
        told.append(list(collected))
    assert told[0] == told[1]
    assert len(told[0]) > 12
