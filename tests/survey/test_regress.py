"""Regressions: svyglm of R, statsmodels and pyfixest beside them, and what is refused."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "regress.json").read_text("utf-8"))
MODELS = {
    "linear": "log(income) ~ C(year) * schooling + water + units",
    "logit": "poor ~ C(year) + schooling + fuel",
    "probit": "poor ~ C(year) + schooling + fuel",
    "poisson": "count ~ C(year) + log(income)",
}
CELLS = ["estimate", "std_error"]


def people():
    table = pd.read_csv(FILES / "design.csv").join(pd.read_csv(FILES / "indicators.csv"))
    table["poor"] = (table["income"] < 2300).astype(int)
    table["count"] = table[["schooling", "water", "fuel", "health"]].sum(axis=1)
    alone = (table["stratum"] == "s4") & (table["psu"] == 7)
    table["lonely"] = table["stratum"].mask(alone, "alone")
    table["inside"] = table["weight"].where(table["province"] != "B", 0.0)
    return table.join(pd.read_csv(FILES / "replicates.csv"))


def survey(name):
    table, units = people(), {"strata": "stratum", "psu": "psu"}
    columns = lambda start: [one for one in table if one.startswith(start)]  # noqa: E731
    return {
        "full": lambda: ps.Survey(table, weight="weight", fpc="units", **units),
        "units": lambda: ps.Survey(table, weight="weight", **units),
        "rows": lambda: ps.Survey(table, weight="weight", strata="stratum"),
        "weights": lambda: ps.Survey(table, weight="weight"),
        "lonely": lambda: ps.Survey(table, weight="weight", strata="lonely", psu="psu", lonely="center"),
        "jackknife": lambda: ps.Survey(table, weight="weight", replicates=ps.Replicates(
            columns("JK"), kind="jackknife", scales=[11 / 12] * 60)),
        "bootstrap": lambda: ps.Survey(table, weight="weight", replicates=ps.Replicates(columns("boot"))),
        "subpopulation": lambda: ps.Survey(table, weight="inside", fpc="units", **units),
    }[name]()  # fmt: skip


@pytest.mark.parametrize("family", MODELS)
@pytest.mark.parametrize("name", [one for one in R if one not in ("df", "absorbed", "version")])
def test_coefficients_and_their_covariance_are_those_of_svyglm(name, family):
    fit, wanted = ps.regress(MODELS[family], survey(name), family=family), R[name][family]
    assert len(fit) == len(wanted["term"])
    order = [wanted["term"].index(one) for one in _names_of_r(fit.fit.formula.names)]
    covariance = np.array(wanted["covariance"])[np.ix_(order, order)]
    errors = np.sqrt(np.diag(covariance))
    found = fit.tidy()
    assert found["estimate"].to_numpy() == pytest.approx(
        np.array(wanted["estimate"])[order], rel=1e-8
    )
    assert found["std_error"].to_numpy() == pytest.approx(errors, rel=1e-8)
    assert np.abs((fit.cov() - covariance) / np.outer(errors, errors)).to_numpy().max() < 1e-8


def _names_of_r(names):
    """As R calls the terms of these models."""
    made = (re.sub(r"C\((\w+)\)\[T\.(\w+)\]", r"factor(\1)\2", one) for one in names)
    return ["(Intercept)" if one == "Intercept" else one for one in made]
