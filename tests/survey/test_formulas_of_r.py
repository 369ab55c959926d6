"""Formulas of intervals and errors against R survey and survival: see reference/formulas.R."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "formulas.json").read_text("utf-8"))
TABLE = pd.read_csv(FILES / "formulas.csv")
DESIGN = {"strata": "stratum", "psu": "psu"}


@pytest.mark.parametrize("name", ["common", "rare"])
def test_shares_have_the_logit_and_the_exact_interval_of_svyciprop(name):
    found = ps.mean(ps.Survey(TABLE, weight="w", **DESIGN), name).tidy().iloc[0]
    wanted = R["shares"][name]
    names = {"estimate": "estimate", "std_error": "se", "ci_low": "low", "ci_high": "high"}
    for mine, of in names.items():
        assert found[mine] == pytest.approx(wanted["logit"][of], rel=1e-7)
    share, n = found["estimate"], len(TABLE)
    effect = n * found["std_error"] ** 2 / (share * (1 - share))
    ends = ps.proportion_interval(share * n, n, sides=2, design_effect=effect, df=found["df"])
    assert ends == pytest.approx((wanted["beta"]["low"], wanted["beta"]["high"]), rel=1e-7)


@pytest.mark.parametrize("weight", ["idle", "none"])
def test_units_without_weight_stay_in_the_design_and_are_no_degrees_of_freedom(weight):
    found = ps.mean(ps.Survey(TABLE, weight=weight, **DESIGN), "x").tidy().iloc[0]
    wanted = R["idle"][weight]
    assert [found["estimate"], found["std_error"], found["df"]] == pytest.approx(
        [wanted["estimate"], wanted["se"], wanted["df"]], rel=1e-9
    )


def test_intervals_of_quantiles_of_a_weighted_sample_are_woodruffs():
    places = [one["p"] for one in R["quantiles"]]
    found = ps.quantile(ps.Survey(TABLE, weight="w", **DESIGN), "x", places).tidy()
    for mine, of in (("estimate", "estimate"), ("ci_low", "low"), ("ci_high", "high")):
        assert found[mine].tolist() == [one[of] for one in R["quantiles"]]


def test_what_is_observed_among_several_ends_is_that_of_survfit():
    """R takes the squares of influences of rows; a design of n rows has n / (n - 1) times these."""
    table, n = TABLE.assign(horizon=4, household_id=TABLE.index), len(TABLE)
    found = ps.validate_risk(ps.Survey(table, weight="w"), cause="fell").tidy()
    found = found.set_index("term").loc["observed risk"]
    wanted = R["incidence"]
    assert found["estimate"] == pytest.approx(wanted["estimate"], rel=1e-9)
    assert found["std_error"] == pytest.approx(wanted["se"] * np.sqrt(n / (n - 1)), rel=1e-7)


def test_replicate_weights_below_zero_are_those_of_svrepdesign():
    replicates = pd.read_csv(FILES / "formulas_replicates.csv")
    wanted, columns = R["negative"], list(replicates)
    assert (replicates < 0).to_numpy().sum() == wanted["below"] > 100
    weights = ps.Replicates(columns, kind="brr", scales=[4 / 12] * 12)
    table = pd.concat([TABLE.assign(w=TABLE["w"] * 10), replicates], axis=1)
    svy = ps.Survey(table, weight="w", replicates=weights)
    found = ps.mean(svy, ["x", "rare"]).tidy()
    assert found["estimate"].tolist() == pytest.approx(wanted["mean"], rel=1e-9)
    assert found["std_error"].tolist() == pytest.approx(wanted["se"], rel=1e-9)
    assert found["df"].tolist() == [wanted["df"]] * 2
    total = ps.total(svy, "x").tidy()["std_error"].iloc[0]
    assert total == pytest.approx(wanted["total_se"], rel=1e-9)
