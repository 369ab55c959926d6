"""Relapse on tables of Spark: the same numbers, and nothing is collected that grows with households."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps

pytestmark = [
    pytest.mark.spark,
    # of Spark itself, wherever it is given a table of pandas 3
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
]
RIGHT = "help + ill + C(size)"


def person_periods(count=4000):
    """Rows of households until they fall back, at most five periods, in 40 villages."""
    rng = np.random.default_rng(20163)
    own = pd.DataFrame({
        "household_id": np.arange(count), "village": rng.integers(0, 40, count),
        "help": rng.choice(["none", "cash", "team"], count), "ill": rng.integers(0, 2, count),
        "size": rng.integers(1, 4, count).astype("int8"), "weight": rng.integers(1, 9, count) / 2,
    })  # fmt: skip
    own["stratum"] = own["village"] // 10
    chance = 0.12 + 0.1 * own["ill"] + 0.06 * (own["help"] == "none")
    ends = rng.random((count, 5)) < chance.to_numpy()[:, None]
    last = np.where(ends.any(axis=1), ends.argmax(axis=1) + 1, 5)
    rows = own.loc[np.repeat(np.arange(count), last)].reset_index(drop=True)
    rows["entry"] = rows.groupby("household_id").cumcount()
    rows["exit"] = rows["entry"] + 1
    rows["event"] = ends[rows["household_id"], rows["entry"]].astype(int)
    return rows


@pytest.fixture(scope="module")
def tables(spark, tmp_path_factory):
    """Person-periods, and twice as many of the same kinds: in memory and in Spark."""
    folder, once = tmp_path_factory.mktemp("spark"), person_periods()
    other = once.assign(household_id=once["household_id"] + once["household_id"].max() + 1)
    made = []
    for i, table in enumerate([once, pd.concat([once, other], ignore_index=True)]):
        table.to_parquet(folder / f"{i}.parquet")
        made.append((table, spark.read.parquet(str(folder / f"{i}.parquet")).cache()))
    return made


FITS = {
    "villages": lambda table: ps.relapse_model(RIGHT, table, cluster="village"),
    "weights": lambda table: ps.relapse_model("help * ill", table, "village", "weight", baseline="log"),
    "design": lambda table: ps.relapse_model(
        RIGHT, ps.Survey(table, weight="weight", strata="stratum", psu="village")
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FITS)
def test_a_model_of_relapse_is_the_same(tables, case):
    one, two = (FITS[case](table) for table in tables[0])
    assert (one.n, one.events, one.clusters) == (two.n, two.events, two.clusters)
    pd.testing.assert_frame_equal(two.tidy(), one.tidy(), rtol=1e-10, atol=1e-12)


def test_risks_and_the_watch_list_are_the_same(tables, tmp_path):
    table, held = tables[0]
    fit = ps.relapse_model(RIGHT, table, cluster="village", baseline=[1, 2, 3])
    path = fit.risk(held.where("event = 0 AND exit = 2").withColumnRenamed("exit", "duration"),
                    into=tmp_path / "risk")  # fmt: skip
    now = table[(table["event"] == 0) & (table["exit"] == 2)]
    wanted = fit.risk(now.rename(columns={"exit": "duration"}))
    found = pd.read_parquet(path).sort_values("household_id", ignore_index=True)
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-12, check_dtype=False)
    two = ps.watch_list(held.sparkSession.read.parquet(str(path)), 0.1).table
    one = ps.watch_list(wanted, 0.1).table
    one = one[one["on_list"] | one["tied"]]
    assert two[["household_id", "on_list"]].values.tolist() == one[["household_id", "on_list"]].values.tolist()  # fmt: skip


def test_nothing_is_collected_that_grows_with_households(tables, collected, tmp_path):
    """Twice the households in the same villages: as many rows leave Spark, query by query."""
    told = []
    for i, (_, held) in enumerate(tables):
        collected.clear()
        svy = ps.Survey(held, weight="weight", strata="stratum", psu="village")
        ps.mean(svy, "ill", by="help")
        ps.targeting_errors(svy, "ill", "event", by="size")
        FITS["design"](held)
        fit = FITS["villages"](held).hold_last()
        fit.risk(held.withColumnRenamed("entry", "duration"), into=tmp_path / f"{i}")
        told.append(list(collected))
    assert len(told[0]) > 10
    assert told[0] == told[1]
    assert max(told[0]) < 1000
