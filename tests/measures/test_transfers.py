"""What a transfer does to poverty: by hand, by R survey, and as differences of poverty."""

import json

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT

import povstudy as ps
from povstudy.tables import estimates_table

REFERENCE = ROOT / "tests" / "reference"
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}
WANTED = json.loads((REFERENCE / "transfers.json").read_text("utf-8"))


def table():
    """The table of R: every third row of the lower incomes has a transfer."""
    made = pd.read_csv(REFERENCE / "design.csv")
    third = (np.arange(1, len(made) + 1) % 3 == 0) & (made["income"] < 4000)
    return made.assign(transfer_income=np.where(third, 50 + 0.1 * made["income"], 0))


def impact(svy, line=2300, **more):
    return ps.transfer_impact(svy, "income", "transfer_income", line, **more)


def known(found):
    return found.tidy().set_index(["term", "component"])["estimate"]


@pytest.mark.parametrize("place", WANTED)
def test_shares_and_ratios_equal_r_survey(place):
    found = impact(ps.Survey(table(), **DESIGN), by=None if place == "all" else "province").tidy()
    if place != "all":
        found = found[found["province"] == place]
    found = found.set_index(["term", "component"])
    for name, (estimate, error) in WANTED[place].items():
        row = found.loc[tuple(name.split("/"))]
        assert row["estimate"] == pytest.approx(estimate, rel=1e-9)
        assert row["std_error"] == pytest.approx(error, rel=1e-9)


def test_every_term_by_hand():
    """Income without it: 1000, 2000, 2900, 4900 yuan; the line is 2400; weights 1, 2, 3, 4."""
    small = pd.DataFrame({"income": [1500, 2500, 2900, 5000], "transfer_income": [500, 500, 0, 100],
                          "w": [1, 2, 3, 4], "z": 2400})  # fmt: skip
    for line in (2400, "z"):
        found = known(impact(ps.Survey(small, "w"), line, groups=2))
    closed, spent = 500 + 2 * 400, 500 + 2 * 500 + 4 * 100
    gap = [(1400 + 2 * 400) / 2400 / 10, 900 / 2400 / 10]
    deep = [(1400**2 + 2 * 400**2) / 2400**2 / 10, (900 / 2400) ** 2 / 10]
    wanted = {
        ("transfer coverage", "all"): 7 / 10, ("transfer coverage", "poor"): 1,
        ("transfer coverage", "1 of 2"): 3 / 6, ("transfer coverage", "2 of 2"): 1,
        ("adequacy of benefits", "all"): spent / (1500 + 5000 + 20000),
        ("adequacy of benefits", "poor"): 1500 / 6500, ("adequacy of benefits", "1 of 2"): 1500 / 6500,
        ("adequacy of benefits", "2 of 2"): 100 / 5000,
        ("benefit incidence", "poor"): 1500 / spent, ("benefit incidence", "1 of 2"): 1500 / spent,
        ("benefit incidence", "2 of 2"): 400 / spent,
        ("beneficiary incidence", "poor"): 3 / 7, ("beneficiary incidence", "1 of 2"): 3 / 7,
        ("beneficiary incidence", "2 of 2"): 4 / 7,
        ("headcount", "without"): 3 / 10, ("headcount", "with"): 1 / 10,
        ("headcount", "with - without"): -2 / 10,
        ("gap", "without"): gap[0], ("gap", "with"): gap[1], ("gap", "with - without"): gap[1] - gap[0],
        ("severity", "without"): deep[0], ("severity", "with"): deep[1],
        ("severity", "with - without"): deep[1] - deep[0],
        ("gap closed", "all"): closed / 2200, ("benefit-cost ratio", "all"): closed / spent,
        ("cost to close the gap", "without"): 2200, ("cost to close the gap", "with"): 900,
        ("transfer total", "all"): spent,
    }  # fmt: skip
    assert list(found.index) == list(wanted)
    np.testing.assert_allclose(found, list(wanted.values()), rtol=1e-12)


HOLD = {"memory": lambda t: t, "polars": pl.from_pandas, "duckdb": duckdb.from_df}


@pytest.mark.parametrize("design", [DESIGN, {"weight": "weight"}], ids=["units", "rows"])
@pytest.mark.parametrize("hold", HOLD)
def test_the_difference_is_the_contrast_of_poverty(hold, design):
    made = table()
    svy = ps.Survey(
        HOLD[hold](made.assign(before=made["income"] - made["transfer_income"])), **design
    )
    found = impact(svy, by=["province", "year"], separately=True, total=True).tidy()
    both = ps.poverty(svy, {"with": "income", "without": "before"}, 2300, ["province", "year"],
                      separately=True, total=True)  # fmt: skip
    keys, columns = ["term", "by", "group"], ["estimate", "std_error", "df"]
    step = both.contrast("income", "with", "without").tidy().set_index(keys)[columns]
    ours = found[found["component"] == "with - without"].set_index(keys)[columns]
    np.testing.assert_allclose(ours.loc[step.index], step, rtol=1e-9, atol=1e-12)
    levels = both.tidy().set_index([*keys, "income"])[[*columns, "ci_low", "ci_high"]]
    ours = found.set_index([*keys, "component"])[levels.columns]
    np.testing.assert_allclose(ours.loc[levels.index], levels, rtol=1e-9, atol=1e-12)


def test_groups_are_those_of_quantile_group_and_shares_add_up():
    made = table()
    made["before"] = made["income"] - made["transfer_income"]
    svy = ps.Survey(made, **DESIGN)
    found = impact(svy, by="province", groups=4)
    made["group"] = ps.quantile_group(svy, "before", 4, by="province").astype(int)
    made["gets"] = made["transfer_income"] > 0
    wanted = ps.mean(ps.Survey(made, **DESIGN), "gets", by=["group", "province"]).tidy()
    rows = found.table.query("term == 'transfer coverage' and component.str.contains('of')")
    assert rows["estimate"].tolist() == pytest.approx(wanted["estimate"].tolist())
    rows = found.table.query("term == 'benefit incidence' and component != 'poor'")
    assert rows.groupby("province")["estimate"].sum().tolist() == pytest.approx([1] * 3)
    # the parts of a whole have no error together
    at = rows.index[rows["province"] == "A"]
    assert np.abs(found.cov().to_numpy()[np.ix_(at, at)].sum()) < 1e-5


def test_errors_of_groups_are_those_of_a_bootstrap():
    """Half the units of a stratum drawn anew; noise of 200 draws: 5 percent; median of 15 ratios."""
    rng = np.random.default_rng(5)
    count, units, draws = 3000, 60, 200
    made = pd.DataFrame({"v": np.repeat(np.arange(units), count // units)})
    before = np.exp(8 + rng.normal(0, 0.15, units)[made["v"]] + rng.normal(0, 0.7, count))
    gets = rng.random(count) < 0.6 * np.exp(-before / 4000)
    made["transfer_income"] = np.where(gets, rng.uniform(200, 900, count), 0)
    made["income"], made["s"], made["w"] = before + made["transfer_income"], made["v"] // 20, 1.0
    of = np.ones((units, draws))
    for s in range(3):
        drawn = rng.multinomial(19, np.full(20, 1 / 20), draws).T
        of[20 * s : 20 * s + 20] = drawn * 20 / 19
    weights = pd.DataFrame(of[made["v"]], columns=[f"r{i}" for i in range(draws)])
    linear = impact(ps.Survey(made, "w", strata="s", psu="v")).tidy()
    replicated = impact(ps.Survey(
        pd.concat([made, weights], axis=1), "w", replicates=ps.Replicates(list(weights), df=57)
    )).tidy()  # fmt: skip
    np.testing.assert_allclose(linear["estimate"], replicated["estimate"])
    ratio = linear["std_error"] / replicated["std_error"]
    groups = linear["component"].str.contains(" of ")
    assert ratio[~groups].between(0.85, 1.15).all(), ratio[~groups]
    assert ratio[groups].between(0.75, 1.3).all() and 0.93 < ratio[groups].median() < 1.07, ratio


def test_few_receivers_far_from_a_limit():
    """The mean transfer at the limit of a group is 0 where nobody near it receives one."""
    rng = np.random.default_rng(0)
    before = np.sort(np.exp(8 + rng.normal(0, 1.2, 20_000)))
    made = pd.DataFrame(
        {"transfer_income": np.where(before < before[400], 100.0, 0), "u": np.arange(20_000) // 50}
    )
    made["income"] = before + made["transfer_income"]
    found = impact(ps.Survey(made, psu="u"), groups=20).tidy().set_index(["term", "component"])
    assert found.loc["transfer coverage", "estimate"]["1 of 20"] == pytest.approx(0.4)
    assert (found.loc["transfer coverage", "std_error"][-4:] == 0).all()


def test_many_transfers_and_lines_at_once_and_types():
    made = table().assign(pension=lambda t: (t["income"] / 20).round().astype("Int64"))
    made["补贴"] = made["transfer_income"].astype("float32")
    svy = ps.Survey(made, **DESIGN)
    found = ps.transfer_impact(svy, "income", ["补贴", "pension"], {"low": 2000, "own": "line"}, "year",
                               total=True)  # fmt: skip
    assert list(found.tidy())[:5] == ["term", "transfer", "line", "component", "year"]
    one = ps.transfer_impact(svy, "income", "pension", "line", "year").tidy()
    part = found.tidy().query("transfer == 'pension' and line == 'own' and year != 'all'")
    columns = ["estimate", "std_error", "ci_low", "ci_high"]
    np.testing.assert_allclose(part[columns], one[columns], rtol=1e-12)
    step = found.contrast("transfer", "pension", "补贴").tidy()
    assert step["n"].max() == len(made) and step["std_error"].gt(0).any()
    spoken = estimates_table(one, lang="zh")
    assert "转移支付覆盖率（%）" in set(spoken.iloc[:, 0]) or "转移支付覆盖率" in str(
        spoken.iloc[0, 0]
    )
    assert {"有转移支付", "有与无之差", "全部", "第1组（共5组）"} <= set(spoken.iloc[:, 1])


def test_missing_values_and_empty_domains():
    made = table()
    made.loc[::7, "transfer_income"] = np.nan
    made.loc[made["province"] == "B", "income"] = np.nan
    with pytest.raises(ps.DataError, match="rows have no"):
        impact(ps.Survey(made, **DESIGN))
    found = impact(ps.Survey(made, **DESIGN, missing="drop"), by="province")
    assert found.dropped == int(made[["income", "transfer_income"]].isna().any(axis=1).sum())
    left = made.dropna(subset=["income", "transfer_income"])
    wanted = impact(ps.Survey(left, **DESIGN), by="province").tidy()
    told = found.tidy()
    assert told.loc[told["province"] == "B", "estimate"].isna().all()
    np.testing.assert_allclose(told.loc[told["province"] != "B", "estimate"], wanted["estimate"])
    richer = table().assign(income=lambda t: t["income"] + 9000)  # nobody is poor
    found = known(impact(ps.Survey(richer, **DESIGN)))
    assert np.isnan(found["gap closed", "all"]) and found["headcount", "without"] == 0


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({"transfer_income": -5.5}, {}, "0 or more"),
        ({"transfer_income": 0}, {}, "Nobody receives"),
        ({}, {"line": ps.relative_line()}, "moves with the transfer"),
        ({}, {"line": -1}, "more than 0"),
        ({}, {"groups": 1}, "whole number of 2"),
        ({}, {"groups": 2.5}, "whole number"),
        ({}, {"transfer": "transfer_incom"}, "Did you mean 'transfer_income'"),
        ({}, {"transfer": [["a"]]}, "lacks a column"),
        ({}, {"by": "transfer", "transfer": ["transfer_income"]}, "name that the result has"),
        ({}, {"by": "component"}, "name that the result has"),
        ({"income": "much"}, {}, "holds no numbers"),
    ],
)
def test_what_is_refused(change, options, words):
    svy = ps.Survey(table().assign(**{"component": 1, "transfer": 1} | change))
    with pytest.raises(ps.DataError, match=words) as told:
        ps.transfer_impact(svy, "income", **{"transfer": "transfer_income", "line": 2300} | options)
    assert told.value.remedy


def test_income_without_the_transfer_is_told():
    made = table().assign(income=lambda t: np.where(t["transfer_income"] > 0, 40.5, t["income"]))
    with pytest.warns(ps.DataWarning, match="the transfer is more than the income") as told:
        impact(ps.Survey(made, **DESIGN), by=["province", "year"], separately=True)
    assert len(told) == 1
