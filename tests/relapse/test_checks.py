"""Checks of a fit against its rows: against R, glm without each village, and by breaking it."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "checks.json").read_text("utf-8"))
ROSSI = pd.read_csv(FILES / "relapse_rossi.csv")
FORMULA, NAMES = "fin + age + prio", ["fin[T.yes]", "age", "prio"]
EVERY = list(range(1, 14))


def fitted(link="cloglog", table=ROSSI, **more):
    more = {"cluster": "village", **more}
    return ps.relapse_model(FORMULA, table, link=link, baseline="dummies", **more)


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_as_r_has_them(link):
    found = fitted(link).check(by="race")
    table = found.tidy()
    moves = table[table["check"] == "moves with time"].set_index("term")
    for name, one in zip(NAMES, R[link]["moves"], strict=False):
        assert np.isclose(moves.loc[name, "estimate"], one["step"], rtol=1e-6)
        assert np.isclose(moves.loc[name, "statistic"], one["wald"], rtol=1e-6)
    whole, df = moves.loc["all covariates"], 39
    assert np.isclose(
        whole["statistic"], R[link]["moves"][3]["wald"] * (df - 2) / (df * 3), rtol=1e-6
    )
    for name in ("age", "prio"):  # one step is near where Newton's method ends
        assert np.isclose(
            moves.loc[name, "estimate"],
            R[link]["product"][name],
            atol=0.5 * moves.loc[name, "std_error"],
        )
    falls = table[(table["check"] == "falls by group") & (table["term"] == "race")].iloc[:-1]
    races = R[link]["races"]
    assert falls["group"].tolist() == races["name"]
    assert np.allclose(falls["observed"], races["observed"]) and np.allclose(
        falls["expected"], races["expected"]
    )
    assert np.allclose(falls["std_error"] * falls["expected"], races["error"], rtol=1e-6)
    without = pd.DataFrame(R[link]["without"], columns=NAMES)
    moved = found.dfbeta[NAMES].set_axis(found.dfbeta.index.astype(int)).loc[R[link]["village"]]
    for name in NAMES:  # one step beside the fit without the village
        assert np.corrcoef(moved[name], without[name])[0, 1] > 0.99
        assert (
            np.abs(moved[name].to_numpy() - without[name]).max()
            < 0.15 * fitted(link).std_errors[name]
        )
