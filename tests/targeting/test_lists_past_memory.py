"""Lists, scores and registers past memory: the same numbers as in memory, and the same refusals."""

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

DESIGN = {"weight": "w", "strata": "stratum", "psu": "village"}
HOLD = {"duckdb": duckdb.from_df, "lazy": lambda table: pl.from_pandas(table).lazy()}
SUITS = {0: [0, 1], 1: [1], 2: [2]}
ASKED = {
    "errors": lambda svy: ps.targeting_errors(svy, by="year", transfer="yuan"),
    "difference": lambda svy: ps.targeting_difference(svy, "stratum", "year", base=1, value=2),
    "agreement": lambda svy: ps.agreement(svy, "listed", "poor"),
    "match": lambda svy: ps.match_rate(svy, SUITS, "cause", "cause", by="year"),
    "corrected": lambda svy: ps.rogan_gladen(svy, "listed", (45, 50), (90, 100)),
    "area": lambda svy: ps.auc(svy, "score"),
    "areas": lambda svy: ps.auc(svy, "score", by="year"),
    "curve": lambda svy: ps.roc_curve(svy, "score"),
    "concentration": lambda svy: ps.concentration_curve(svy, "yuan", "income", by="year"),
    "index": lambda svy: ps.concentration_index(svy, "yuan", "income"),
    "poorest": lambda svy: ps.share_to_poorest(svy, "listed", "income", [0.2, 0.4]),
}
REGISTER = {
    "bunching": lambda table: ps.bunching(table, "income", 2300, by="year", cluster="village"),
    "bunching of rows": lambda table: ps.bunching(table, "income", 2300, cluster=None),
    "exits": lambda table: ps.deadline_exits(table, cluster="village"),
    "digits": lambda table: ps.digit_heaping(table, "income", by="year", cluster="village"),
    "digits of rows": lambda table: ps.digit_heaping(table, "income"),
}


def households(seed, count=700):
    """Made up households with ties in income and score, and what was not known of some."""
    rng = np.random.default_rng(seed)
    income = np.exp(rng.normal(7.8, 0.6, count)).round()
    poor = (income < 2300).astype(float)
    year = rng.choice([1, 2], count)
    return pd.DataFrame({
        "w": rng.integers(1, 9, count) / 4, "stratum": rng.integers(0, 3, count),
        "village": rng.integers(0, 12, count), "income": income, "poor": poor, "year": year,
        "listed": rng.random(count) < 0.2 + 0.5 * poor, "yuan": rng.integers(0, 9, count) * 10.0,
        "score": rng.normal(poor, 1).round(rng.integers(0, 4)), "cause": rng.integers(0, 3, count),
        "exit_year": np.where(rng.random(count) < 0.4, rng.choice([1.0, 2, 3], count), np.nan),
        "deadline": np.where(rng.random(count) < 0.8, rng.choice([1.0, 2], count), np.nan),
    })  # fmt: skip


def table_of(found):
    return found.tidy() if hasattr(found, "tidy") else found


def same(found, wanted, least=1e-9):
    assert list(found) == list(wanted)
    for name in wanted:
        if pd.api.types.is_numeric_dtype(wanted[name]):
            np.testing.assert_allclose(
                found[name].to_numpy(float), wanted[name].to_numpy(float), rtol=least, atol=1e-12,
                err_msg=name,
            )  # fmt: skip
        else:
            assert found[name].astype(str).tolist() == wanted[name].astype(str).tolist(), name


@pytest.mark.parametrize("hold", HOLD.values(), ids=HOLD)
@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_lists_and_scores_past_memory_are_those_in_memory(monkeypatch, hold, ask):
    monkeypatch.setattr(engines, "AT_HAND", 50)
    monkeypatch.setattr(engines.Engine, "at_hand", None)  # nothing is brought into memory
    for seed, more in ((1, {}), (2, {"psu": None}), (3, {"psu": None, "strata": None})):
        table = households(seed)
        wanted = ask(ps.Survey(table, **{**DESIGN, **more}))
        same(table_of(ask(ps.Survey(hold(table), **{**DESIGN, **more}))), table_of(wanted))


@examples(30)
@given(st.integers(0, 2**32), st.sampled_from(list(REGISTER)), st.sampled_from(list(HOLD)))
def test_registers_past_memory_are_those_in_memory(seed, what, hold):
    table = households(seed)
    found, wanted = (REGISTER[what](one) for one in (HOLD[hold](table), table))
    same(table_of(found), table_of(wanted))
    if what == "bunching":
        same(found.design_effects(), wanted.design_effects(), 1e-6)


def test_a_register_may_be_a_path(tmp_path):
    table = households(4)
    table.to_parquet(tmp_path / "register.parquet")
    for ask in REGISTER.values():
        same(table_of(ask(str(tmp_path / "register.parquet"))), table_of(ask(table)))


@pytest.mark.parametrize("hold", [lambda table: table, *HOLD.values()], ids=["pandas", *HOLD])
@pytest.mark.parametrize(
    ("change", "what", "said"),
    [
        ({"income": [2000.0, None] * 350}, "bunching", "350 rows have no income"),
        ({"income": [2000.0, np.inf] * 350}, "bunching", "infinite"),
        ({"income": 9e9}, "bunching", "nothing is near it"),
        ({"income": 3.0}, "digits", "No amount has two digits"),
        ({"listed": False}, "exits", "Nobody is on the list"),
        ({"exit_year": 1.0, "deadline": 1.0}, "exits", "nobody leaving in other years"),
        ({"exit_year": [pd.Timestamp(2020, 1, 1), None] * 350}, "exits", "holds no numbers"),
        ({"income": pd.Timestamp(2020, 1, 1)}, "digits", "holds no numbers"),
    ],
)
def test_registers_are_refused_alike_on_every_table(hold, change, what, said):
    table = households(5).assign(**change)
    with pytest.raises(ps.DataError) as caught:
        REGISTER[what](hold(table))
    assert said in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize("hold", HOLD.values(), ids=HOLD)
@pytest.mark.parametrize(
    ("change", "what"),
    [({"poor": 2.0}, "area"), ({"score": [1.0, None] * 350}, "area"), ({"yuan": 0.0}, "index"),
     ({"listed": 2.0}, "errors"), ({"poor": 3.0}, "curve")],
)  # fmt: skip
def test_lists_and_scores_are_refused_alike(monkeypatch, hold, change, what):
    monkeypatch.setattr(engines, "AT_HAND", 50)
    table, said = households(6).assign(**change), []
    for held in (table, hold(table)):
        with pytest.raises(ps.DataError) as caught:
            ASKED[what](ps.Survey(held, **DESIGN))
        said.append(str(caught.value).splitlines()[0])
    assert said[0] == said[1]
