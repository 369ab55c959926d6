"""Trials: against R clubSandwich, sandwich and estimatr, every way to draw, published figures."""

import json
import tracemalloc
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import ROOT, draws
from scipy import stats
from statsmodels.stats.multitest import multipletests

import povstudy as ps
from povstudy.survey.models import leastsquares

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "trials.json").read_text("utf-8"))
TABLE = pd.read_csv(FILES / "design.csv")
TABLE["row"] = np.arange(1, len(TABLE) + 1)
TABLE["village"] = TABLE["stratum"] + " " + TABLE["psu"].astype(str)
TABLE["by_village"] = ((pd.factorize(TABLE["village"])[0] + 1) % 3 == 0).astype(int)
TABLE["by_row"] = (TABLE["row"] % 2 == 0).astype(int)
TABLE["first"] = (TABLE["province"] == TABLE["province"].iloc[0]).astype(int)
TABLE["log_income"] = np.log(TABLE["income"].clip(lower=1))
TABLE["lag"] = 1000 * np.sin(TABLE["row"]) + TABLE["income"] / 2
GROUP = {True: "first", False: "other"}


def refused(call, *words):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


def same(row, wanted, rel=1e-7):
    for mine, theirs in (("estimate", "estimate"), ("std_error", "se"), ("df", "df")):
        if theirs in wanted:
            assert row[mine] == pytest.approx(wanted[theirs], rel=rel), mine


# Effects ------------------------------------------------------------------------------------


def test_errors_of_few_clusters_are_those_of_clubsandwich_and_estimatr():
    by = {"cluster": "village"}
    same(ps.trial_effects(TABLE, "log_income", "by_village", **by).iloc[0], R["by_village"])
    ancova = ps.trial_effects(TABLE, "income", "by_village", "lag", ["weight"], **by).iloc[0]
    same(ancova, R["ancova"])
    same(ancova, R["estimatr"], rel=1e-6)
    same(ps.trial_effects(TABLE, "income", "by_row", "lag", **by).iloc[0], R["within"])
    table = TABLE.assign(place=np.where(TABLE["first"] == 1, "first", "other"))
    found = ps.trial_effects(table[::-1], "income", "by_village", "lag", subgroup="place", **by)
    found = found.set_index(["term", "place"])
    same(found.loc[("effect", "first")], R["first"])
    step = found.loc["difference"]
    row = step.iloc[0].copy()
    sign = 1 if step.index[0] == "first - other" else -1
    row["estimate"] *= sign
    same(row, R["subgroup"])


def test_a_constant_for_each_cluster_uses_up_one_leverage_of_each():
    marks = pd.get_dummies(TABLE["village"], drop_first=True, dtype=float)
    table = pd.concat([TABLE, marks], axis=1)
    found = ps.trial_effects(table, "income", "by_row", covariates=list(marks), cluster="village")
    same(found.iloc[0], R["fixed"], rel=1e-6)


@pytest.mark.parametrize("strata", [None, "pair"])
def test_many_clusters_need_no_matrix_of_all_with_all(strata, monkeypatch):
    count = 3_000
    village, rng = np.repeat(np.arange(count), 2), np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "village": village,
            "pair": village // 2,
            "help": village % 2,
            "income": rng.normal(size=2 * count),
        }
    )

    def ask(table):
        found = ps.trial_effects(table, "income", "help", cluster="village", strata=strata)
        return found.tidy()

    tracemalloc.start()
    ask(table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * count**2
    few = table[:160]
    found = ask(few)

    def whole(within, q, of_strata):
        matrix = np.diag(within) - q @ q.T
        matrix -= 0 if of_strata is None else (of_strata @ of_strata.T).toarray()
        return np.trace(matrix) ** 2 / (matrix**2).sum()

    monkeypatch.setattr(leastsquares, "_satterthwaite", whole)
    pd.testing.assert_frame_equal(ask(few), found, rtol=1e-12)


@pytest.mark.parametrize("errors", ["HC1", "HC3"])
def test_errors_without_clusters_are_those_of_sandwich(errors):
    found = ps.trial_effects(TABLE, "income", "by_row", "lag", errors=errors).iloc[0]
    same(found, R[errors])
    assert found["df"] == len(TABLE) - 3
    reach = stats.t.ppf(0.975, found["df"]) * found["std_error"]
    assert found["ci_high"] - found["estimate"] == pytest.approx(reach)


def test_pakistan_graduation_site_gives_its_figures(survey_files):
    """Banerjee et al. 2015, this site alone: consumption, ANCOVA, HC1."""
    table = ps.load("graduation_pakistan")
    names = ["ctotal_pcmonth_end", "ctotal_pcmonth_fup"]
    found = ps.trial_effects(table, names, "treatment", ["ctotal_pcmonth_bsl"] * 2)
    assert found["estimate"].round(2).tolist() == [12.39, 6.08]
    assert found["std_error"].round(2).tolist() == [3.70, 3.59]
    assert set(found["data_status"]) == {"trial"} and found.attrs["source"]["status"] == "trial"
    again = ps.randomisation_test(table, names[0], "treatment", draws=500)
    assert again["p_value"].iloc[0] < 0.05


def test_supported_work_trial_gives_its_published_figure():
    """Dehejia and Wahba 1999: 1,794 (671); the error is HC1 (670.8), the usual one is 633."""
    pytest.importorskip("causaldata")
    found = ps.trial_effects(ps.load("nsw_trial"), "re78", "treat").iloc[0]
    assert round(found["estimate"]) == 1794 and round(found["std_error"]) == 671
    assert found["n"] == 445 and found["treated"] == 185


def test_intensive_sessions_raise_take_up_of_insurance():
    pytest.importorskip("causaldata")
    table = ps.load("insurance_sessions")
    found = ps.trial_effects(table, "takeup_survey", "intensive", cluster="village").iloc[0]
    plain, helped = (table.loc[table["intensive"] == k, "takeup_survey"].mean() for k in (0, 1))
    assert found["estimate"] == pytest.approx(helped - plain)
    assert found["clusters"] == 44 and found["control_mean"] == pytest.approx(plain)
    lot = ps.randomisation_test(table, "takeup_survey", "intensive", strata="address", draws=500)
    assert (lot["p_value"].iloc[0] < 0.05) == (found["p_value"] < 0.05)
    refused(lambda: ps.trial_effects(table, "takeup_survey", "intensive", covariates="literacy"),
            "21 rows have no literacy", 'missing="drop"')  # fmt: skip


def test_intervals_of_few_uneven_clusters_hold_where_those_of_hc1_do_not():
    rng, held = np.random.default_rng(2), []
    sizes = np.array([60, 40, 20, 10, 10, 8, 6, 6, 4, 4])
    village = np.repeat(np.arange(10), sizes)
    runs, wider = draws(150, 60)
    for _ in range(runs):
        drawn = rng.permutation(10) < 5
        y = rng.normal(size=10)[village] + rng.normal(size=len(village))
        table = pd.DataFrame({"y": y, "village": village, "treated": drawn[village]})
        both = [ps.trial_effects(table, "y", "treated", cluster="village"),
                ps.trial_effects(table, "y", "treated")]  # fmt: skip
        held.append([bool(((x["ci_low"] <= 0) & (x["ci_high"] >= 0)).iloc[0]) for x in both])
    good, bad = np.mean(held, axis=0)
    assert good > 0.95 - 0.05 * wider and bad < 0.75


def test_holm_steps_down_over_outcomes_and_leaves_terms_apart():
    p = [0.02, 0.01, 0.04, 0.03]
    table = pd.DataFrame({"term": ["a", "a", "a", "b"], "p_value": p})
    assert ps.holm(table)["p_holm"].round(3).tolist() == [0.04, 0.03, 0.04, 0.03]
    assert ps.holm(table, None)["p_holm"].round(3).tolist() == [0.06, 0.04, 0.06, 0.06]
    drawn = np.random.default_rng(0).random(12) ** 3
    peer = multipletests(drawn, method="holm")[1]
    mine = ps.holm(pd.DataFrame({"p_value": drawn}), None)["p_holm"]
    assert mine.to_numpy() == pytest.approx(peer)
    found = ps.trial_effects(TABLE, ["income", "lag"], "by_row")
    t = found["estimate"] / found["std_error"]
    p = 2 * stats.t.sf(abs(t), found["df"])
    assert found["p_value"].to_numpy() == pytest.approx(p)
    assert found["p_holm"].min() == pytest.approx(min(2 * p.min(), 1))
    svy = ps.Survey(TABLE)
    tidy = ps.holm(ps.mean(svy, ["income", "lag"]).tidy(), None)
    assert (tidy["p_holm"] >= tidy["p_value"]).all()


# The lot ------------------------------------------------------------------------------------

SMALL = pd.DataFrame({"village": np.repeat(np.arange(8), [3, 5, 4, 6, 2, 5, 3, 4])})
SMALL["treated"] = SMALL["village"].isin([0, 3, 5, 6]).astype(int)
SMALL["income"] = np.random.default_rng(9).normal(size=len(SMALL)) + 0.8 * SMALL["treated"]
SMALL["county"] = np.where(SMALL["village"] < 4, "one", "two")


def fitted(table, treated, county=False):
    """Coefficient and error by cluster, by statsmodels."""
    marks = pd.get_dummies(table["county"], dtype=float).to_numpy() if county else \
        np.ones((len(table), 1))  # fmt: skip
    fit = sm.OLS(table["income"].to_numpy(), np.column_stack([treated, marks])).fit(
        cov_type="cluster", cov_kwds={"groups": table["village"], "use_correction": False}
    )
    return fit.params[0], fit.bse[0]


@pytest.mark.parametrize("county", [False, True])
def test_every_way_to_draw_is_tried(county):
    estimate, error = fitted(SMALL, SMALL["treated"].to_numpy(float), county)
    if county:
        ways = [(*a, *b) for a in combinations(range(4), 2) for b in combinations(range(4, 8), 2)]
    else:
        ways = list(combinations(range(8), 4))
    ratios = []
    for way in ways:
        b, e = fitted(SMALL, SMALL["village"].isin(way).to_numpy(float), county)
        ratios.append(abs(b / e))
    wanted = np.mean(np.array(ratios) >= abs(estimate / error) * (1 - 1e-9))
    strata = "county" if county else None
    found = ps.randomisation_test(SMALL, "income", "treated", "village", strata=strata).iloc[0]
    assert found["estimate"] == pytest.approx(estimate)
    assert found["std_error"] == pytest.approx(error)
    assert found["p_value"] == pytest.approx(wanted) and found["draws"] == len(ways)
    assert found["method"] == "randomisation, all ways"


def test_the_interval_holds_what_is_not_rejected():
    ask = lambda table: ps.randomisation_test(table, "income", "treated", "village", level=0.8)  # noqa: E731
    found = ask(SMALL).iloc[0]
    for end, side in (("ci_low", -1), ("ci_high", 1)):
        for off, rejected in ((-0.01 * side, False), (0.01 * side, True)):
            shifted = SMALL["income"] - (found[end] + off) * SMALL["treated"]
            p = ask(SMALL.assign(income=shifted))["p_value"].iloc[0]
            assert (p <= 0.2 + 1e-9) == rejected  # of 70 ways 14 are a fifth
    strict = ps.randomisation_test(SMALL, "income", "treated", "village", level=0.99).iloc[0]
    assert np.isinf(strict["ci_low"]) and np.isinf(strict["ci_high"])  # 70 ways are too few


def test_random_draws_come_near_every_way_and_repeat_by_seed():
    ask = lambda **more: ps.randomisation_test(  # noqa: E731
        SMALL, "income", "treated", "village", **more)["p_value"].iloc[0]  # fmt: skip
    exact = ask()
    rough = ask(draws=69, seed=1)
    assert rough == ask(draws=69, seed=1) and abs(rough - exact) < 0.2
    rows = [ps.randomisation_test(SMALL, "income", "treated", draws=4000, seed=s) for s in (1, 2)]
    assert rows[0]["p_value"].iloc[0] == pytest.approx(rows[1]["p_value"].iloc[0], abs=0.04)
    assert rows[0]["method"].iloc[0] == "randomisation, random draws"


def test_p_values_of_no_effect_are_even():
    rng, p = np.random.default_rng(0), []
    for _ in range(200):
        drawn = rng.permutation(8) < 4
        table = pd.DataFrame({"v": np.arange(8), "t": drawn, "y": rng.exponential(size=8)})
        p.append(ps.randomisation_test(table, "y", "t", "v")["p_value"].iloc[0])
    assert stats.kstest(p, "uniform").pvalue > 0.001
    assert np.mean(np.array(p) <= 0.1) < 0.17


# Bad input ----------------------------------------------------------------------------------


def test_what_is_no_trial_is_refused_in_words():
    ask = lambda table=TABLE, outcome="income", treatment="by_row", **more: ps.trial_effects(  # noqa: E731
        table, outcome, treatment, **more)  # fmt: skip
    lot = lambda table=SMALL, **more: ps.randomisation_test(  # noqa: E731
        table, "income", "treated", **{"cluster": "village", **more})  # fmt: skip
    refused(lambda: ask(TABLE.assign(by_row=2 * TABLE["by_row"])), "1 or 0", "row 1")
    refused(lambda: ask(TABLE.assign(by_row=1)), "one arm only")
    refused(lambda: ask(TABLE.assign(income=5)), "same for all", "income")
    refused(lambda: ask(errors="HC2"), "errors= is one of", "HC1")
    refused(lambda: ask(errors="CR2"), "CR2 goes with clusters")
    refused(lambda: ask(errors="HC1", cluster="village"), "CR2 goes with clusters")
    refused(lambda: ask(baseline=["lag", "weight"]), "Each outcome has its baseline")
    refused(lambda: ask(covariates="province"), "no numbers", "get_dummies")
    refused(lambda: ask(covariates=["lag", "lag"]), "named twice")
    refused(lambda: ask(TABLE.assign(a=3.0), covariates="a"), "made of them", "a")
    refused(
        lambda: ask(TABLE.groupby("by_row").head(2), covariates=["lag", "row"]),
        "no more rows than",
    )
    refused(lambda: ask(subgroup="row"), "lacks an arm", "row 1")
    refused(lambda: ask(covariates="wealth"), "wealth")
    refused(lambda: ask(level=95), "between 0 and 1")
    one = TABLE.assign(by_row=(TABLE["village"] == TABLE["village"].iloc[0]).astype(int))
    refused(lambda: ask(one, cluster="village"), "one cluster", TABLE["village"].iloc[0])
    refused(lambda: lot(SMALL.assign(treated=SMALL.index % 2)), "8 clusters have both arms")
    refused(lambda: lot(SMALL.assign(treated=(SMALL["village"] == 2))), "one cluster")
    refused(lambda: lot(SMALL.assign(s=SMALL.index // 7), strata="s"), "two strata")
    refused(lambda: lot(strata="treated"), "one way to draw")
    refused(lambda: lot(draws=0), "draws= is a whole number of 1 or more")
    refused(lambda: lot(SMALL.assign(income=SMALL["income"].where(SMALL.index > 0))), "row 0")


def _villages(lots, size=6, seed=5):
    """Villages by region and lot, with households."""
    rng = np.random.default_rng(seed)
    rows = [(k, g, t, rng.normal()) for k, (g, t) in enumerate(lots) for _ in range(size)]
    return pd.DataFrame(rows, columns=["village", "region", "treated", "y"])


@pytest.mark.parametrize("lone", [0, 1])
@pytest.mark.parametrize(
    ("size", "more"), [(6, {"cluster": "village"}), (1, {}), (1, {"errors": "HC3"})]
)
def test_a_subgroup_with_one_unit_in_an_arm_has_no_error(lone, size, more):
    lots = [
        ("n", lone),
        *[("n", 1 - lone)] * 3,
        *[("s", 0)] * 3,
        *[("s", 1)] * 3,
        *[("m", 0), ("m", 1)] * 2,
    ]
    made = ps.trial_effects(_villages(lots, size), "y", "treated", subgroup="region", **more)
    none = made["region"].str.contains("n")
    assert (
        made.loc[none, ["std_error", "ci_low", "ci_high", "p_value", "p_holm"]]
        .isna()
        .all(axis=None)
    )
    assert made.loc[~none, ["std_error", "ci_low", "p_value"]].notna().all(axis=None)
    assert made["method"].str.contains("an arm has one unit").tolist() == none.tolist()


@pytest.mark.parametrize("marks", [[0, 0, 0, 0, 1], [1, 1, 1, 1, 0]])
@pytest.mark.parametrize("errors", ["HC1", "HC3"])
def test_one_household_in_an_arm_has_no_effect_with_an_error(marks, errors):
    table = pd.DataFrame({"y": [1.0, 2, 3, 4, 9], "t": marks})
    with pytest.raises(ps.DesignError, match="one row"):
        ps.trial_effects(table, "y", "t", errors=errors)
    assert ps.randomisation_test(table, "y", "t")["p_value"].item() >= 0.2


@pytest.mark.parametrize("level", [0.0, 1e6])
@pytest.mark.parametrize("more", [{"cluster": "v"}, {}, {"errors": "HC3"}])
def test_an_outcome_that_is_the_lot_has_no_error(level, more):
    table = pd.DataFrame({"v": np.repeat(range(6), [3, 3, 10, 1, 5, 8])})
    table["t"] = table["v"] % 2
    table["y"], table["z"] = level + 0.1 * table["t"], np.sin(table.index)
    made = ps.trial_effects(table, ["y", "z"], "t", **more)
    assert made["estimate"][0] == pytest.approx(0.1)
    assert made.loc[0, ["std_error", "ci_low", "p_value"]].isna().all()
    assert made["std_error"][1] > 0 and made["p_holm"][1] == made["p_value"][1]
    assert "nothing is left over" in made["method"][0]
    drawn = ps.randomisation_test(table, "y", "t", "v").iloc[0]
    assert (drawn["p_value"], drawn["draws"]) == (0.1, 20) and np.isnan(drawn["std_error"])
    few = ps.randomisation_test(table, "y", "t", "v", draws=10).iloc[0]
    assert few["p_value"] >= 1 / 11
    value = ps.robustness_value(table, "y", "t", "z").iloc[0]
    assert value[["partial_r2", "robustness_value", "robustness_of_interval"]].tolist() == [1, 1, 1]
    arms = table.assign(a=np.where(table["t"], "help", "none"))
    with pytest.raises(ps.DataError, match="the arm itself"):
        ps.adjusted_effects(arms, "y", "a")
