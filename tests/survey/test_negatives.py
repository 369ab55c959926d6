"""Incomes below zero are told once a call; nothing is left out."""

import warnings

import duckdb
import pandas as pd
import polars as pl
import pytest

import povstudy as ps

TABLE = pd.DataFrame({"income": [-8.0, -1, -2, -8, 3000, 4000, 1500, 5000], "year": [1, 2] * 4,
                      "w": 1.0, "r1": [1.0, 2] * 4, "r2": [2.0, 1] * 4, "g": list("aabbaabb"),
                      "given": 1.0})  # fmt: skip
HOLDERS = [pd.DataFrame, pl.from_pandas, lambda x: pl.from_pandas(x).lazy(), duckdb.from_df]
CALLS = {
    "poverty": lambda s: ps.poverty(s, "income", 2300),
    "relative": lambda s: ps.poverty(s, "income", ps.relative_line(quantile=0.9), by="g"),
    "profile": lambda s: ps.poverty_profile(s, "income", 2300, by="g"),
    "decompose": lambda s: ps.decompose(s, "income", 2300, "year", base=1, value=2),
    "growth": lambda s: ps.growth_incidence(s, "income", "year", base=1, value=2, shares=[0.9]),
    "sst": lambda s: ps.sen_shorrocks_thon(s, "income", 2300),
    "tip": lambda s: ps.tip(s, "income", 2300),
    "lorenz": lambda s: ps.lorenz(s, "income"),
    "shares": lambda s: ps.income_shares(s, "income"),
    "inequality": lambda s: ps.inequality(s, "income", measures=["gini"]),
    "quantile": lambda s: ps.quantile(s, "income"),
    "mean": lambda s: ps.mean(s, ["w", "income"]),
    "total": lambda s: ps.total(s, "income"),
    "ratio": lambda s: ps.ratio(s, "given", "income"),
    "concentration": lambda s: ps.concentration_index(s, "given", "income"),
}  # fmt: skip


def told(call):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        call()
    assert all(one.category is ps.DataWarning for one in found)
    return [str(one.message) for one in found], [one.filename for one in found]


LOSSES = TABLE.assign(income=[-512.0, -81, -8, -512, 3000, 4000, 1500, 5000])
TELLING = [
    name for name in CALLS if name not in ("quantile", "mean", "total", "ratio", "concentration")
]


@pytest.mark.parametrize("name", TELLING)
@pytest.mark.parametrize("replicates", [False, True])
def test_losses_are_told_once(name, replicates):
    design = {"weight": "w", "replicates": ps.Replicates(["r1", "r2"])} if replicates else {}
    if name in ("lorenz", "shares", "relative"):
        return  # told as well, where the line or the mean is more than zero
    messages, files = told(lambda: CALLS[name](ps.Survey(LOSSES, **design)))
    assert len(messages) == 1 and files == [__file__]
    for word in ("4 rows are below zero in income", "from -512", "losses"):
        assert word in messages[0]


@pytest.mark.parametrize("hold", HOLDERS)
def test_every_engine_tells_the_same(hold):
    for name in ("poverty", "mean", "inequality"):
        assert told(lambda name=name: CALLS[name](ps.Survey(hold(LOSSES)))) == told(
            lambda name=name: CALLS[name](ps.Survey(LOSSES)))  # fmt: skip


def test_who_says_that_they_are_losses_is_not_told():
    with pytest.warns(ps.DataWarning) as found:
        ps.poverty(ps.Survey(LOSSES), "income", 2300)
    codes = str(found[0].message).split("Then ")[1].split(" of ps.Survey")[0]
    svy = eval(f"ps.Survey(table, {codes})", {"ps": ps, "table": LOSSES})
    assert told(lambda: ps.poverty(svy, "income", 2300)) == ([], [])


def test_rows_without_weight_are_not_told():
    table = LOSSES.assign(w=(LOSSES["income"] > 0) * 1.0)
    assert told(lambda: ps.poverty(ps.Survey(table, weight="w"), "income", 2300)) == ([], [])


def test_panels_tell_too():
    panel = pd.DataFrame({"household_id": [1, 1, 2, 2], "year": [1, 2] * 2,
                          "income": [-512.0, 3000, -81, 4000]})  # fmt: skip
    messages, _ = told(lambda: ps.jalan_ravallion(panel, "income", 2300))
    assert len(messages) == 1 and "from -512" in messages[0]
