"""Every call of the claims table runs on a small made-up file that has the columns it names."""

import ast

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.base.status import Source

CLAIMS = ps.load("hypotheses").set_index("id")
CALLS = CLAIMS["call"].drop("X6")
VILLAGES = 60


def yearly(unit, n=VILLAGES, **starts):
    """Units over six years, a third of them never helped."""
    table = pd.MultiIndex.from_product([range(n), range(2012, 2018)], names=[unit, "year"])
    table = table.to_frame(index=False)
    for name in starts:
        table[name] = np.where(table[unit] % 3 == 0, np.nan, 2014 + table[unit] % 3 % 2)
    rng = np.random.default_rng(n)
    help_on = table[[*starts]].le(table["year"], axis=0).any(axis=1)
    table["count"] = rng.poisson(np.where(help_on, 6, 9))
    return table


def homes(per=12, seed=1):
    """Households of one wave in villages of two regions."""
    rng, n = np.random.default_rng(seed), VILLAGES * per
    table = pd.DataFrame({"household_id": range(n), "village": np.repeat(range(VILLAGES), per)})
    table["county"], table["region"] = (
        table["village"] // 10,
        np.where(table["village"] % 2, "hills", "plain"),
    )
    table["income_before"], table["poor"] = rng.lognormal(8, 0.5, n), rng.integers(0, 2, n)
    table["right"] = (rng.random(n) < 0.8).astype(int)
    table["listed"] = np.where(table["right"] == 1, table["poor"], 1 - table["poor"])
    return table


def panel():
    """Poor households of six years, who leave and some of whom fall back."""
    rng, n = np.random.default_rng(3), 900
    table = yearly("household_id", n, start_social_work="")
    table["village"], who = table["household_id"] // 15, table["household_id"].to_numpy()
    table["assets"], table["transfer_share"] = rng.normal(size=n)[who], rng.random(n)[who]
    table["approach"] = np.array(["none", "administrative", "social_work"])[who % 3]
    table["poor"] = np.where(table["year"] == 2012, 1, rng.random(len(table)) < 0.35).astype(int)
    return table


def table_of(claim):
    """A made-up table of the kind that the claim asks for."""
    rng, rows = np.random.default_rng(7), homes()
    n = len(rows)
    if claim in ("D1", "A3"):
        made = yearly("county", 40, agency_start="")
        money = made["count"] * rng.lognormal(3, 0.4, len(made))
        return made.assign(outside_yuan=money, inflow_yuan=money, all_yuan=900 + money)
    if claim == "D2":
        made = yearly("household_id", 300, caseload_fell="")
        made["helper"] = made["household_id"] // 15 * 3 + made["household_id"] % 3
        return made.rename(columns={"count": "visits"})
    if claim in ("X2", "A5"):
        made = yearly("village", 45, list_made="", start_social_work="").assign(households=90)
        return made.assign(complaints=made["count"], disputes=made["count"])
    if claim in ("D4", "A4"):
        return panel()
    cause = rng.choice(["illness", "schooling", "no skill"], n)
    own = {
        "D3": {"assessor": np.where(rows["village"] % 3, "cadre", "social worker")},
        "X1": {"score": rng.uniform(1500, 3100, n)},
        "X3": {"approach": np.array(["none", "team", "contract"])[rows["village"] % 3], "years_out": rng.integers(0, 4, n)},
        "X4": {"moved": (rng.random(n) < rows["income_before"].rank(pct=True)).astype(int)},
        "X5": {"on_the_list": rows["poor"], "at_the_door": rows["listed"]},
        "X7": {"cause": cause, "measure": np.where(rows["right"] == 1, cause, "loan")},
        "X8": {"reported_income": rng.uniform(800, 5000, n), "year": 2014 + rows["household_id"] % 2},
        "X9": {"all_money": 1.0 + rng.random(n), "money_of_society": rng.random(n) / 4},
        "A1": {f"trust_{i}": rng.integers(1, 6, n) for i in (1, 2, 3)} | {"worker": rows["village"] % 2},
        "A2": {"assessor": np.where(rows["village"] % 3, "cadre", "second look")},
    }[claim]  # fmt: skip
    rows = rows.assign(**own)
    if claim == "X1":
        helped = (rows["score"] < 2300) & (rows["right"] == 1)
        rows = rows.assign(
            helped=helped.astype(int), hours_of_work=30 - 3 * helped + rng.normal(size=n)
        )
    return rows


def test_every_claim_but_the_one_that_is_only_named_has_a_call_of_one_line():
    assert CLAIMS.index[CLAIMS["call"] == ""].tolist() == ["X6"]
    assert CLAIMS.index[(CLAIMS["row"] == "") | (CLAIMS["row_zh"] == "")].tolist() == ["X6"]
    assert CALLS.is_unique and CALLS.map(len).max() < 150
    for call in CALLS:
        names = {
            one.id for one in ast.walk(ast.parse(call, mode="eval")) if isinstance(one, ast.Name)
        }
        assert names == {"ps", "table"}


@pytest.mark.parametrize("claim", CALLS.index)
def test_the_call_runs_on_a_file_with_the_columns_it_names(claim):
    if claim == "X1":
        pytest.importorskip("rdrobust")
    table = table_of(claim)
    table.attrs["source"] = Source("simulated", "made up", "示例数据")
    before = table.copy(deep=True)
    found = eval(CALLS[claim], {"ps": ps, "table": table})
    pd.testing.assert_frame_equal(table, before)
    told = (
        found
        if isinstance(found, pd.DataFrame)
        else found.frontier()
        if hasattr(found, "frontier")
        else found.tidy()
    )
    assert len(told) > 0
    number = told.select_dtypes("number").to_numpy()
    assert np.isfinite(number).any()


def test_the_table_shows_the_call_after_words_in_both_languages():
    for lang, between in (("en", ": ps."), ("zh", "：ps.")):
        shown = ps.tables.claims(lang=lang)
        column = shown.iloc[:, -2]
        assert column.str.contains(between, regex=False).sum() == len(CALLS)
        assert [
            one.split(between[0], 1)[1].strip() for one in column.drop(CLAIMS.index.get_loc("X6"))
        ] == CALLS.tolist()
