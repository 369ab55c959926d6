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


def fitted(link="cloglog", table=ROSSI, **more):
    more = {"cluster": "village", "baseline": "dummies", **more}
    return ps.relapse_model(FORMULA, table, link=link, **more)


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


def test_survey_engine_and_scale_of_weights(tmp_path):
    ROSSI.to_parquet(tmp_path / "spells.parquet")
    one = fitted(baseline="log").check(by="race").tidy()
    engine = ps.relapse_model(FORMULA, tmp_path / "spells.parquet", "village", baseline="log")
    pd.testing.assert_frame_equal(one, engine.check(by="race").tidy(), rtol=1e-6, check_dtype=False)
    weighted = []
    for scale in (1, 1000):
        svy = ps.Survey(
            ROSSI.assign(weight=ROSSI["weight"] * scale),
            weight="weight",
            strata="stratum",
            psu="village",
        )
        weighted.append(ps.relapse_model(FORMULA, svy, baseline="log").check().tidy())
    kept = ["check", "term", "group", "unit", "estimate", "std_error", "statistic", "p_value"]
    pd.testing.assert_frame_equal(weighted[0][kept], weighted[1][kept], rtol=1e-6)


def test_what_is_wrong_is_told_with_what_to_do():
    rng = np.random.default_rng(0)
    n = 1500
    table = pd.DataFrame({"household_id": np.arange(n), "village": np.arange(n) % 30, "entry": 0,
                          "age": rng.integers(20, 80, n), "rich": rng.integers(0, 2, n)})  # fmt: skip
    k = np.arange(1, 5)
    rate = np.exp(-2 + 0.002 * (table["age"] - 50) ** 2).to_numpy()[:, None] * np.where(
        table["rich"].to_numpy()[:, None] == 1, 1 / k**1.2, 1)  # fmt: skip
    ends = rng.random((n, 4)) < -np.expm1(-rate)
    table = table.assign(
        event=ends.any(axis=1), exit=np.where(ends.any(axis=1), ends.argmax(axis=1) + 1, 4)
    )
    found = ps.relapse_model("age + rich", table, "village").check()
    said = found.summary()
    assert (
        "The effect of rich moves with the periods out" in said and "What to do: fit early" in said
    )
    bent = ps.relapse_model("bs(age, df=5)", table, "village").check(groups=4)
    assert "agree by predicted hazard (4 groups)" in bent.summary()
    for word in ("作用随脱贫时间变化", "怎么办", "数据性质"):
        assert word in found.summary("zh")
    assert found.tidy().attrs["level"] == 0.95 and str(found) == said
    heavy = table.assign(age=np.where((table["village"] == 7) & table["event"], 400, table["age"]))
    moved = ps.relapse_model("age", heavy, "village").check().summary()
    assert "Without village 7" in moved and "report both" in moved


def test_a_model_without_covariates_has_its_falls_checked():
    said = ps.relapse_model("1", ROSSI, baseline=[1, 4]).check(by="race")
    assert set(said.tidy()["check"]) == {"falls by group"} and "race" in said.summary()
    assert "periods out" not in said.summary()


def test_fits_without_rows_are_refused(tmp_path):
    fit = fitted(baseline="log")
    fit.save(tmp_path / "model.json")
    plain = ps.relapse_model(FORMULA, ROSSI, baseline="log", penalty="firth")
    for one in (ps.load_model(tmp_path / "model.json"), plain):
        with pytest.raises(ps.DataError, match="needs the rows"):
            one.check()
    moving = ROSSI.copy()
    fit = ps.relapse_model(FORMULA, moving, "village", baseline="log")
    moving["exit"] += 1
    with pytest.raises(ps.DataError, match="changed since"):
        fit.check()
    for wrong in ({"by": "no such"}, {"groups": 0}, {"level": 95}):
        with pytest.raises(ps.DataError):
            fitted(baseline="log").check(**wrong)
