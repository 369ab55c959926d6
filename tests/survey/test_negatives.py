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


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("replicates", [False, True])
def test_codes_of_no_answer_are_told_once(name, replicates):
    design = {"weight": "w", "replicates": ps.Replicates(["r1", "r2"])} if replicates else {}
    messages, files = told(lambda: CALLS[name](ps.Survey(TABLE, **design)))
    assert len(messages) == 1 and files == [__file__]
    for word in ("4 rows are below zero in income", "-8 (2), -2 (1), -1 (1)", "[-8, -2, -1]"):
        assert word in messages[0]


@pytest.mark.parametrize("hold", HOLDERS)
def test_every_engine_tells_the_same(hold):
    for name in ("poverty", "mean", "inequality"):
        assert told(lambda name=name: CALLS[name](ps.Survey(hold(TABLE)))) == told(
            lambda name=name: CALLS[name](ps.Survey(TABLE)))  # fmt: skip


def test_the_remedy_helps():
    with pytest.warns(ps.DataWarning) as found:
        ps.poverty(ps.Survey(TABLE), "income", 2300)
    remedy = str(found[0].message).split("remedy: ")[1]
    table = TABLE.copy()
    exec(remedy, {"table": table})
    made = ps.poverty(ps.Survey(table, missing="drop"), "income", 2300, measures=["headcount"])
    assert (made.table["estimate"].item(), made.dropped) == (0.25, 4)


@pytest.mark.parametrize(
    ("values", "call", "words"),
    [
        ([-512.5, 100, 3000, 4000], "poverty", ["1 rows", "from -512.5", "losses"]),  # a loss
        ([-512, -512, 3000, 4000], "poverty", ["2 rows", "-512 (2)"]),
        ([0, 100, 3000, 4000], "poverty", None),
        ([-2, -1, -1, 2], "mean", None),  # a scale
        ([-0.3, 1.2, 0.4, 100], "mean", None),
        ([-9, -9, 40, 400], "mean", ["2 rows", "-9 (2)"]),
        ([-999, -99, -99, 40000], "quantile", ["3 rows", "-99 (2), -999 (1)"]),
    ],
)
def test_losses_scales_and_codes(values, call, words):
    messages, _ = told(lambda: CALLS[call](ps.Survey(pd.DataFrame({"income": values, "w": 1.0}))))
    assert len(messages) == (words is not None)
    assert all(word in messages[0] for word in words or ())


def test_rows_without_weight_are_not_told():
    table = TABLE.assign(w=(TABLE["income"] > 0) * 1.0)
    assert told(lambda: ps.poverty(ps.Survey(table, weight="w"), "income", 2300)) == ([], [])


def test_panels_tell_too():
    panel = pd.DataFrame({"household_id": [1, 1, 2, 2], "year": [1, 2] * 2,
                          "income": [-8.0, 3000, -8, 4000]})  # fmt: skip
    messages, _ = told(lambda: ps.jalan_ravallion(panel, "income", 2300))
    assert len(messages) == 1 and "-8 (2)" in messages[0]
