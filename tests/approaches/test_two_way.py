"""Two-way fixed effects beside group-time effects: statsmodels with dummies, weights, known truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import povstudy as ps


def panel(noise=1.0, seed=0, waves=6, lost=0.1, **starts):
    """Villages that start in 2010 (before all), 2012 or 2014, or never; effects grow by the year."""
    rng, n = np.random.default_rng(seed), 90
    table = pd.DataFrame({"household_id": np.repeat(np.arange(n), waves),
                          "year": np.tile(2010 + np.arange(waves), n)})  # fmt: skip
    table["village"] = table["household_id"] // 3
    first = starts or {1: 2010, 2: 2012, 3: 2014}
    table["start"] = (table["village"] % 5).map({int(k): v for k, v in first.items()})
    since = table["year"] - table["start"]
    table["effect"] = np.where(since >= 0, 1 + 0.5 * since.fillna(0), 0)
    table["on"] = (since >= 0) * 1.0
    table["weight"], table["stratum"] = 1.0 + table["household_id"] % 3, table["village"] % 2
    table["income"] = table["household_id"] % 7 + 0.3 * (table["year"] - 2010) + table["effect"]
    table["income"] += noise * rng.normal(size=len(table))
    return table[rng.random(len(table)) >= lost]


def dummies(table, formula, cluster=None, weights=None):
    w = np.ones(len(table)) if weights is None else table[weights]
    groups = table[cluster or "household_id"]
    fit = smf.wls(formula, table, weights=w).fit(cov_type="cluster", cov_kwds={"groups": groups})
    n, k = len(table), len(fit.params)
    return fit.params, fit.bse / np.sqrt((n - 1) / (n - k))


def usual(found):
    table = found.tidy()
    return table[table["term"] == "two-way fixed effects"].set_index("arm")


@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize("cluster", [None, "village"])
def test_it_is_the_regression_with_dummies(cluster, weights):
    table = panel()
    eff = ps.compare(table, "income", cluster, starts={"help": "start"}, weight=weights)
    found = usual(eff.two_way())
    formula = "income ~ on + C(household_id) + C(year)"
    value, error = dummies(table, formula, cluster, weights)
    assert found["estimate"].item() == pytest.approx(value["on"], abs=1e-10)
    assert found["std_error"].item() == pytest.approx(error["on"], abs=1e-10)
    assert found["n"].item() == table["on"].sum()


def test_cross_sections_have_constants_of_arms_and_starts():
    table = panel(lost=0.3).assign(cohort=lambda t: t["start"].fillna(0))
    eff = ps.compare(table, "income", "village", starts={"help": "start"}, unit=None)
    value, error = dummies(table, "income ~ on + C(cohort) + C(year)", "village")
    found = usual(eff.two_way())
    assert found["estimate"].item() == pytest.approx(value["on"], abs=1e-10)
    assert found["std_error"].item() == pytest.approx(error["on"], abs=1e-10)


def test_several_arms_come_from_one_regression_and_a_second_help_is_left_out():
    table = panel().assign(visits=lambda t: (t["village"] % 3).map({1: 2014, 2: 2013}))
    asked = {"starts": {"help": "start", "visits": "visits"}}
    eff = ps.compare(table, "income", "village", **asked)
    late = table[["start", "visits"]].max(axis=1, skipna=False)
    kept = table[~((table["start"] != table["visits"]) & (table["year"] >= late))]
    one, two = (kept["year"] >= kept[name] for name in ("start", "visits"))
    same = kept["start"] == kept["visits"]
    kept = kept.assign(a=(one & ~same) * 1.0, b=(two & ~same) * 1.0, ab=(one & same) * 1.0)
    value, error = dummies(kept, "income ~ a + b + ab + C(household_id) + C(year)", "village")
    found = usual(eff.two_way())
    assert found.index.tolist() == ["help", "visits", "both"]
    assert found["estimate"].to_numpy() == pytest.approx(value[["a", "b", "ab"]], abs=1e-10)
    assert found["std_error"].to_numpy() == pytest.approx(error[["a", "b", "ab"]], abs=1e-10)
    weights = eff.two_way().weights
    sums = weights.groupby(["arm", "of"])["weight"].sum()
    for arm in found.index:
        for of in found.index:
            assert sums[arm, of] == pytest.approx(float(arm == of), abs=1e-10)
    assert (eff.two_way().why["others"] > 0).all()


def test_a_survey_brings_strata_and_the_joint_error():
    table = panel()
    svy = ps.Survey(table, weight="weight", strata="stratum", psu="village")
    eff = ps.compare(svy, "income", starts={"help": "start"})
    found = eff.two_way()
    table = found.tidy().set_index("term")
    ours = eff.tidy()
    for name in ("estimate", "std_error", "n", "df"):
        assert table.loc["group-time effects", name] == pytest.approx(ours[name].item(), rel=1e-9)
    cov = found.estimates.cov().to_numpy()
    assert table.loc["difference", "std_error"] ** 2 == pytest.approx(
        cov[0, 0] + cov[1, 1] - 2 * cov[0, 1])  # fmt: skip


def test_the_error_of_the_difference_is_that_of_a_jackknife_of_villages():
    table = panel()
    asked = {"cluster": "village", "starts": {"help": "start"}}
    found = ps.compare(table, "income", **asked).two_way().tidy()
    again = np.array([
        ps.compare(table[table["village"] != one], "income", **asked).two_way().estimates.table["estimate"]
        for one in range(30)])  # fmt: skip
    spread = np.sqrt(29 / 30 * ((again - again.mean(axis=0)) ** 2).sum(axis=0))
    assert found["std_error"].to_numpy() == pytest.approx(spread, rel=0.15)
    assert found["std_error"][2] < np.hypot(*found["std_error"][:2])


def test_ours_stay_as_they_are_where_some_clusters_are_in_no_comparison():
    """Villages helped from the first wave on are in the regression alone."""
    table = panel()
    eff = ps.compare(table, "income", "village", starts={"help": "start"})
    assert len(eff.cells.design.stratum) < table["village"].nunique()
    found, ours = eff.two_way().tidy(), eff.tidy()
    own = found[found["term"] == "group-time effects"]
    assert own["estimate"].item() == pytest.approx(ours["estimate"].item())
    assert own["std_error"].item() == pytest.approx(ours["std_error"].item(), rel=1e-9)


def test_without_noise_the_weights_on_the_true_effects_make_the_coefficient():
    table = panel(noise=0, lost=0)
    found = ps.compare(table, "income", "village", starts={"help": "start"}).two_way()
    true = 1 + 0.5 * found.weights["since"]
    assert usual(found)["estimate"].item() == pytest.approx((found.weights["weight"] * true).sum())
    assert found.weights["own_weight"].sum() == pytest.approx(1)
    seen = found.weights.dropna(subset="effect")
    assert seen["effect"].to_numpy() == pytest.approx(1 + 0.5 * seen["since"])
    why = found.why.iloc[0]
    assert why["negative"] == pytest.approx(found.weights["weight"].clip(upper=0).sum())
    assert why["negative"] < -0.05 and 0 < why["helped_as_controls"] < 1
    assert (found.tidy()["estimate"] > 0).tolist() == [True, True, False]


def test_weights_are_those_of_help_once_households_and_years_are_taken_out():
    """de Chaisemartin and D'Haultfoeuille 2020: what is left of help, over its sum where it is on."""
    table = panel(lost=0.2)
    rest = smf.ols("on ~ C(household_id) + C(year)", table).fit().resid
    wanted = rest.where(table["on"] == 1, 0) / (rest * table["on"]).sum()
    wanted = wanted[table["on"] == 1].groupby([table["start"], table["year"]]).sum()
    found = ps.compare(table, "income", starts={"help": "start"}).two_way().weights
    found = found.set_index(["group", "year"])["weight"]
    assert found.sort_index().to_numpy() == pytest.approx(wanted.to_numpy(), abs=1e-10)


def test_one_start_and_two_waves_leave_no_difference_and_no_weight_below_zero():
    table = panel(waves=2, lost=0, **{"1": 2011, "3": 2011})
    asked = {"starts": {"help": "start"}, "factor": "whole"}
    found = ps.compare(table, "income", "village", **asked).two_way()
    assert found.tidy()["estimate"][2] == pytest.approx(0, abs=1e-10)
    assert found.tidy()["std_error"][2] == pytest.approx(0, abs=1e-7)
    assert found.why[["negative", "helped_as_controls"]].iloc[0].tolist() == [0, 0]


def test_it_says_what_it_is_in_both_languages():
    found = ps.compare(panel(), "income", "village", starts={"help": "start"}).two_way()
    assert "not recommended: use group-time effects" in str(found)
    assert "不建议使用" in found.summary("zh") and "负权重之和" in found.summary("zh")
    made = ps.tables.estimates_table(found.tidy(), lang="zh")
    assert "双向固定效应" in made.to_string()


def test_help_that_households_and_years_tell_is_refused():
    from povstudy.approaches.textbook.two_way import two_way_fit

    unit, time = np.repeat([0, 1, 2], 2), np.tile([0, 1], 3)
    with pytest.raises(ps.DataError, match="leave nothing open"):
        two_way_fit(np.arange(6.0), time[:, None].astype(float), unit, time, np.ones(6))


def test_without_anybody_never_helped_it_is_there_too():
    table = panel(lost=0, **{"1": 2012, "2": 2014}).query("start > 0")
    eff = ps.compare(table, "income", starts={"help": "start"}, controls="not_yet")
    assert len(eff.two_way().tidy()) == 3
