"""Smooth calibration and optimism: against statsmodels, replicates, known truth, and each other."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import ROOT
from formulaic import model_matrix

import povstudy as ps

COVERAGE = ROOT / "benchmarks" / "checks_coverage.csv"


def judged(n=1500, seed=0, part=0.6):
    """Risks of which the odds are a part of what they should be."""
    rng = np.random.default_rng(seed)
    right = rng.beta(2, 6, n)
    odds = part * right / (1 - right)
    return pd.DataFrame({"risk": odds / (1 + odds), "horizon": 1, "time": 1, "village": np.arange(n) % 50,
                         "event": rng.random(n) < right})  # fmt: skip


def test_the_curve_is_that_of_a_logistic_regression():
    table = judged()
    found = ps.smooth_calibration(ps.Survey(table)).tidy().set_index("term")["estimate"]
    x = np.log(table["risk"] / (1 - table["risk"]))
    knots = np.sort(x)[np.ceil(np.array([0.05, 0.35, 0.65, 0.95]) * len(x)).astype(int) - 1]
    spline = f"cr(x, knots={knots[1:3].tolist()}, lower_bound={knots[0]}, upper_bound={knots[3]})"
    design = model_matrix(spline, pd.DataFrame({"x": x})).to_numpy(dtype=float)[:, 1:]
    curve = (
        sm.GLM(table["event"].astype(float), design, family=sm.families.Binomial())
        .fit(tol=1e-12)
        .predict()
    )
    far = np.abs(curve - table["risk"])
    assert np.isclose(found["ici"], far.mean(), rtol=1e-4)
    assert np.isclose(found["e50"], np.quantile(far, 0.5), atol=1e-4)
    assert np.isclose(found["e90"], np.quantile(far, 0.9), atol=1e-3)


def test_errors_are_near_those_of_replicates():
    table = judged(900)
    svy = ps.Survey(table, psu="village")
    plain = ps.smooth_calibration(svy).tidy().set_index("term")
    rng, values = np.random.default_rng(1), []
    groups = [one for _, one in table.groupby("village")]
    for _ in range(60):
        again = pd.concat([groups[i] for i in rng.integers(0, 50, 50)], ignore_index=True)
        values.append(ps.smooth_calibration(ps.Survey(again)).tidy().set_index("term")["estimate"])
    spread = pd.DataFrame(values).std()
    for term in ("ici", "e50", "e90"):
        assert 0.6 < plain.loc[term, "std_error"] / spread[term] < 1.5, term


def test_domains_weights_and_refusals():
    table = judged().assign(half=lambda t: np.where(t.index < 700, "a", "b"), w=2.0)
    both = ps.smooth_calibration(ps.Survey(table, weight="w"), by="half").tidy()
    many = ps.smooth_calibration(ps.Survey(table.assign(w=2000.0), weight="w"), by="half").tidy()
    assert np.allclose(both["estimate"], many["estimate"]) and np.allclose(
        both["std_error"], many["std_error"]
    )
    assert both["half"].tolist()[:2] == ["a", "b"]
    first = ps.Survey(table.assign(w=(table["half"] == "a") * 0.1), weight="w")
    alone = ps.smooth_calibration(ps.Survey(table[table["half"] == "a"]))
    assert np.allclose(ps.smooth_calibration(first).tidy()["estimate"], alone.tidy()["estimate"])
    none = table.assign(event=table["event"] & (table["half"] == "a"))
    lone = (
        ps.smooth_calibration(ps.Survey(none), by="half")
        .tidy()
        .set_index(["half", "term"])["estimate"]
    )
    assert np.isnan(lone["b", "ici"]) and lone["a", "ici"] > 0
    for wrong, word in ((table.assign(risk=0.2), "three values"), (table.assign(risk=table["risk"].where(table.index > 0, 1.0)), "certain"),
                        (table.assign(event=table["risk"] > 0.3), "settle"), (table.assign(event=0), "Nobody")):  # fmt: skip
        with pytest.raises(ps.DataError, match=word):
            ps.smooth_calibration(ps.Survey(wrong))


def test_optimism_is_the_difference_of_both():
    rng = np.random.default_rng(0)
    n = 240
    spells = pd.DataFrame({"household_id": np.arange(n), "county": rng.choice(list("abcdef"), n), "entry": 0,
                           "exit": rng.integers(1, 4, n), "event": rng.random(n) < 0.5,
                           **{f"x{k}": rng.normal(size=n).round(1) for k in range(5)}})  # fmt: skip

    def predict(others, here):
        return ps.relapse_model("x0 + x1 + x2 + x3 + x4", others, baseline="constant").risk(
            here, horizon=2
        )

    table = ps.optimism(spells, predict).tidy().set_index(["of", "term"])
    auc = table.xs("auc", level="term")["estimate"]
    assert np.isclose(auc["apparent - cross-validated"], auc["apparent"] - auc["cross-validated"])
    assert auc["apparent - cross-validated"] > 0.02  # five columns of noise
    apart = ps.cross_validated_risk(spells, predict).drop(columns="county")
    alone = (
        ps.validate_risk(ps.Survey(ps.follow_up(apart, spells), psu="household_id"))
        .tidy()
        .set_index("term")
    )
    part = table.loc["cross-validated"]
    assert np.allclose(part.loc[alone.index, "estimate"], alone["estimate"])
    assert np.allclose(part.loc[alone.index, "std_error"], alone["std_error"], rtol=0.02)


def test_known_truth():
    table = pd.read_csv(COVERAGE).set_index(["way", "term"])
    test = "rejects: moves with time, "
    for term in ("x", "help", "all covariates"):
        assert 0.015 < table.loc[("nothing departs", test + term), "mean"] < 0.08
    assert table.loc[("x moves", test + "x"), "mean"] > 0.8
    assert table.loc[("x moves", test + "help"), "mean"] < 0.1
    assert (
        table.loc[("nothing departs", "rejects: falls by group, predicted hazard"), "mean"] < 0.08
    )
    assert abs(table.loc[("path", "risk"), "bias_percent"]) < 2
    assert 92 < table.loc[("path", "risk"), "coverage"] < 98
    halved = table.loc["halved"]
    assert (
        halved["draws"].min() >= 1_000
        and abs(halved.loc["ici", "bias_percent"]) < 2
        and 91 < halved.loc["ici", "coverage"] < 99
    )
    right = table.loc["right"]["mean"]
    assert abs(right["ici"] - right["by chance"]) < 0.005
