"""Effects of panels past memory: the same numbers and words as of the table in memory."""

from itertools import count

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps

STARTS = {"help": "start", "work": "second"}


def made_panel(seed, households=240, times=5, gaps=0.2):
    """Households in villages, some seen at some times only; help of two kinds, or none, or both."""
    rng = np.random.default_rng(seed)
    unit, time = (
        np.repeat(np.arange(households), times),
        np.tile(np.arange(times) + 2013, households),
    )
    start = np.where(rng.random(households) < 0.4, np.nan, rng.integers(2014, 2018, households))
    second = np.where(rng.random(households) < 0.7, np.nan, rng.integers(2014, 2018, households))
    stay = (rng.random(households * times) > gaps) | (time == 2013 + unit % 2)
    table = pd.DataFrame({
        "household_id": [f"h{one:03d}" for one in rng.permutation(households)[unit]],
        "year": time, "village": (unit % 24).astype(str), "stratum": unit % 3,
        "weight": np.round(rng.gamma(2, 1, len(unit)), 3) + 0.01, "start": start[unit], "second": second[unit],
        "land": rng.normal(size=households)[unit] + 0.1 * time, "kind": pd.Categorical(np.array(["a", "b", "c"])[rng.integers(0, 3, len(unit))]),
        "visits": rng.poisson(3, len(unit)), "workers": rng.integers(1, 4, len(unit)),
        "income": rng.normal(size=households)[unit] + rng.normal(size=len(unit)) + 0.3 * (time >= start[unit]),
    })  # fmt: skip
    return table[stay].sample(frac=1.0, random_state=seed).reset_index(drop=True)


NUMBER = count()  # of files
FORMS = {
    "file": lambda table, folder: _written(table, folder),
    "relation": lambda table, folder: duckdb.from_df(table),
    "lazy": lambda table, folder: pl.from_pandas(table).lazy(),
}


def _written(table, folder):
    path = folder / f"panel {next(NUMBER)}.parquet"
    table.to_parquet(path, row_group_size=50)
    return str(path)


def asked(data, **more):
    """Effects, or the words of what is refused."""
    try:
        return ps.compare(data, **more)
    except ps.DataError as error:
        return str(error)


def alike(one, two):
    """Whether two answers are the same: numbers, errors, who was left out, and all that follows."""
    if isinstance(one, str) or isinstance(two, str):
        assert one == two
        return
    pd.testing.assert_frame_equal(one.cells.table, two.cells.table, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(one.cells.cov(), two.cells.cov(), rtol=1e-10, atol=1e-13)
    for name in ("arms", "left_out"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name), rtol=1e-10)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where files are written; rows come in small blocks meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("povstudy.survey.kinds.BATCH", 37)
        yield tmp_path_factory.mktemp("effects")


OPTIONS = [
    {}, {"controls": "not_yet", "anticipation": 1}, {"switches": "final", "factor": "whole"},
    {"covariates": ["land", "kind"]}, {"outcome": "visits", "link": "log"},
    {"outcome": "visits", "link": "log", "exposure": "workers"}, {"switches": "refuse"},
    {"weight": None, "cluster": None}, {"outcome": "visits", "link": "log", "covariates": ["land"]},
]  # fmt: skip


@given(st.integers(0, 10_000), st.sampled_from(range(len(OPTIONS))), st.sampled_from(list(FORMS)))
@examples(60)
def test_the_same_effects_from_blocks_of_rows_as_in_memory(folder, seed, which, form):
    panel = made_panel(seed)
    options = {
        "outcome": "income",
        "cluster": "village",
        "weight": "weight",
        "starts": STARTS,
    } | OPTIONS[which]
    alike(asked(panel, **options), asked(FORMS[form](panel, folder), **options))


def put(column, value, rows=slice(7, 9)):
    """A panel in which some rows have another value."""

    def change(table):
        table = table.copy()
        if not isinstance(value, int):
            table[column] = table[column].astype(float if isinstance(value, float) else object)
        table.iloc[rows, table.columns.get_loc(column)] = value
        return table

    return change


def marked(table):
    return table.assign(
        start=table["year"] >= table["start"], second=table["year"] >= table["second"]
    )


def off(table):
    table = marked(table)
    late = table["start"] & (table["year"] == 2017)
    return table.assign(start=table["start"] & ~late)


ODD = {
    "household twice": (lambda t: pd.concat([t, t.iloc[[5, 2]]], ignore_index=True), {}),
    "no time": (put("year", np.nan), {}),
    "no household": (put("household_id", None), {}),
    "two starts": (put("start", 2016.0, slice(0, 40)), {}),
    "no start": (put("start", 0.5), {}),
    "start never": (lambda t: t.assign(start=t["start"].fillna(0), second=t["second"].fillna(0)), {}),
    "no outcome": (put("income", np.nan), {}),
    "no outcome, left out": (put("income", np.nan, slice(0, 30)), {"missing": "drop"}),
    "infinite": (put("income", np.inf), {"missing": "drop"}),
    "two villages": (put("village", "11"), {}),
    "no covariate": (put("land", np.nan, slice(0, 99)), {"covariates": ["land"]}),
    "no covariate, left out": (put("land", np.nan, slice(0, 99)), {"covariates": ["land"], "missing": "drop"}),
    "below zero": (put("visits", -0.5), {"outcome": "visits", "link": "log"}),
    "exposure below zero": (put("workers", -0.5), {"outcome": "visits", "link": "log", "exposure": "workers"}),
    "no exposure": (put("workers", np.nan), {"outcome": "visits", "link": "log", "exposure": "workers", "missing": "drop"}),
    "codes": (put("income", -9.0, slice(0, 60)), {}),
    "marks": (marked, {}),
    "marks in numbers": (lambda t: marked(t).astype({"start": int, "second": float}), {}),
    "marks that are missing": (lambda t: put("start", np.nan, slice(0, 50))(marked(t).astype({"start": float})), {}),
    "help goes off": (off, {}),
    "who is helped": (lambda t: t.assign(start=t["start"].notna() * 1), {}),
    "text": (lambda t: t.assign(start=np.where(t["start"].isna(), "none", "help")), {}),
    "outcome in text": (lambda t: t.assign(income=t["income"].astype(str)), {}),
    "nobody": (lambda t: t.assign(start=np.nan, second=np.nan), {}),
    "everybody": (lambda t: t.assign(start=t["start"].fillna(2017)), {}),
    "one village": (lambda t: t.assign(start=t["start"].where(t["village"] == "3"), second=np.nan), {}),
    "cross-sections": (lambda t: t, {"unit": None}),
}  # fmt: skip


@pytest.mark.parametrize("case", list(ODD))
@pytest.mark.parametrize("form", list(FORMS))
def test_what_is_refused_or_left_out_in_memory_is_so_past_it_in_the_same_words(folder, case, form):
    change, more = ODD[case]
    options = {
        "outcome": "income",
        "cluster": "village",
        "weight": "weight",
        "starts": STARTS,
    } | more
    table = change(made_panel(3))
    alike(asked(table, **options), asked(FORMS[form](table, folder), **options))


def test_what_follows_from_effects_is_the_same(folder):
    panel = made_panel(5, households=600)
    options = {"outcome": "income", "starts": {"help": "start"}}
    design = {"weight": "weight", "strata": "stratum", "psu": "village"}
    one, two = (ps.compare(ps.Survey(data, **design), **options)
                for data in (panel, _written(panel, folder)))  # fmt: skip
    alike(one, two)
    for made in (lambda eff: eff.verdict().tidy(), lambda eff: eff.two_way().tidy(),
                 lambda eff: eff.two_way().weights, lambda eff: eff.sensitivity(),
                 lambda eff: eff.event_study(), lambda eff: eff.pretrends()):  # fmt: skip
        pd.testing.assert_frame_equal(made(one), made(two), rtol=1e-9)
    assert one.summary() == two.summary()


def test_the_panel_never_comes_to_memory_as_a_whole(folder, monkeypatch):
    path = _written(made_panel(1), folder)
    monkeypatch.setattr("povstudy.survey.survey.Survey.in_memory", None)
    monkeypatch.setattr("povstudy.survey.engines.Engine.at_hand", None)
    found = ps.compare(path, "income", "village", weight="weight", starts={"help": "start"})
    assert found.sample.outcome.shape == (240, 5)
