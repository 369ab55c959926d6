"""Gamma frailty: against quadrature with a generic optimiser, and against known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

import povstudy as ps

TRUTH = {"a[T.none]": 0.6, "a[T.social]": -0.4, "x": 0.5}


def made(households, variance, seed=1, late=False, weight=False):
    """Two spells of each household that share a gamma factor."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=households).round(1)
    a = rng.choice(["admin", "none", "social"], households)
    factor = rng.gamma(1 / variance, variance, households) if variance else np.ones(households)
    eta = -1.6 + 0.5 * x + 0.6 * (a == "none") - 0.4 * (a == "social")
    parts = []
    for spell in (1, 2):
        rate = (np.exp(eta) * factor)[:, None] * np.exp(-0.1 * np.arange(6))
        ends = rng.random(rate.shape) < 1 - np.exp(-rate)
        event = ends.any(axis=1)
        table = pd.DataFrame({
            "household_id": np.arange(households), "spell": spell, "x": x, "a": a,
            "entry": rng.integers(0, 3, households) if late else 0, "event": event,
            "exit": np.where(event, ends.argmax(axis=1) + 1, 6),
            "village": np.arange(households) % 50, "weight": 1 + np.arange(households) % 3,
        })  # fmt: skip
        parts.append(table[table["exit"] > table["entry"]])
        if late:  # one spell each: its start is known, who ended before is not seen
            break
    return pd.concat(parts, ignore_index=True)


def by_quadrature(table, points=60):
    """Minus the log-likelihood as an integral over the factor, household by household."""
    z = np.column_stack([table["a"] == "none", table["a"] == "social", table["x"]]).astype(float)
    entry, exit, event = (table[one].to_numpy() for one in ("entry", "exit", "event"))
    household = pd.factorize(table["household_id"])[0]

    def objective(params):
        variance = np.exp(params[-1])
        rate = np.exp(params[0] + params[1] * np.arange(1, 7) + (z @ params[2:5])[:, None])
        before = np.column_stack([np.zeros(len(rate)), rate.cumsum(axis=1)])
        row = np.arange(len(rate))
        # nodes of the gamma density with shape 1/variance, scaled to mean 1
        nodes, mass = special.roots_genlaguerre(points, 1 / variance - 1)
        nodes, mass = nodes * variance, mass / mass.sum()
        quiet = before[row, exit - event]
        log = -quiet[:, None] * nodes
        log += np.where(event[:, None], np.log(-np.expm1(-rate[row, exit - 1][:, None] * nodes)), 0)
        whole = np.zeros((household.max() + 1, points))
        np.add.at(whole, household, log)
        early = np.bincount(household, before[row, entry])
        return -np.sum(
            np.log(np.exp(whole) @ mass) - np.log(np.exp(-early[:, None] * nodes) @ mass)
        )

    return objective


@pytest.mark.parametrize("late", [False, True])
def test_likelihood_and_optimum_are_those_of_quadrature(late):
    table = made(1500 if late else 400, 0.9, seed=4, late=late)
    fit = ps.relapse_model("a + x", table, baseline="linear", frailty="gamma")
    objective = by_quadrature(table)
    at = fit.params.to_numpy()
    assert fit.frailty.variance > 0.1
    assert fit.loglik == pytest.approx(-objective(at), rel=1e-9)
    found = optimize.minimize(objective, at + 0.1, method="BFGS", options={"gtol": 1e-5})
    assert at == pytest.approx(found.x, abs=2e-4)
    assert fit.loglik == pytest.approx(-found.fun, abs=1e-6)
    steps = np.diag(np.full(len(at), 1e-3))
    steep = np.array([
        [(objective(at + a + b) - objective(at + a - b) - objective(at - a + b)
          + objective(at - a - b)) / 4e-6 for b in steps] for a in steps
    ])  # fmt: skip
    wanted = np.sqrt(np.diagonal(np.linalg.inv(steep)))
    assert fit.std_errors.to_numpy() == pytest.approx(wanted, rel=2e-3)


def test_truth_is_found_that_the_plain_model_shrinks():
    plain, shared = [], []
    for seed in range(4):
        table = made(8000, 0.3, seed=seed)
        plain.append(ps.relapse_model("a + x", table).params[list(TRUTH)])
        shared.append(ps.relapse_model("a + x", table, frailty="gamma"))
    truth = pd.Series(TRUTH)
    shrunk = 1 - np.mean([one @ truth for one in plain]) / (truth @ truth)
    left = 1 - np.mean([one.params[list(TRUTH)] @ truth for one in shared]) / (truth @ truth)
    assert 0.07 < shrunk < 0.16
    assert abs(left) < 0.02
    assert np.mean([one.frailty.variance for one in shared]) == pytest.approx(0.3, abs=0.04)
    assert all(one.frailty.p_value < 1e-6 for one in shared)


def test_late_entry_without_what_came_before_would_be_wrong():
    table = made(20_000, 0.8, seed=3, late=True)
    fit = ps.relapse_model("a + x", table, frailty="gamma")
    for name, value in TRUTH.items():
        assert abs(fit.params[name] - value) < 3 * fit.std_errors[name]
    assert abs(fit.frailty.variance - 0.8) < 3 * fit.frailty.std_error
    reset = table.assign(entry=0, exit=table["exit"] - table["entry"])  # as if seen from the start
    wrong = ps.relapse_model("a + x", reset, frailty="gamma")
    assert abs(fit.params["duration 1"] + 1.6) < 3 * fit.std_errors["duration 1"]
    assert abs(wrong.params["duration 1"] + 1.6) > 3 * wrong.std_errors["duration 1"]


def test_without_frailty_the_test_lies_on_the_border():
    found = [
        ps.relapse_model("a + x", made(500, 0, seed=seed), baseline="linear", frailty="gamma")
        for seed in range(40)
    ]
    zero = [one for one in found if one.frailty.variance == 0]
    assert 10 <= len(zero) <= 30  # half of them
    plain = ps.relapse_model("a + x", made(500, 0, seed=found.index(zero[0])), baseline="linear")
    assert zero[0].params.equals(plain.params) and zero[0].frailty.p_value == 1
    assert np.isnan(zero[0].frailty.std_error)
    table = made(500, 0, seed=found.index(zero[0]))
    by_village = {"baseline": "linear", "cluster": "village"}
    border = ps.relapse_model("a + x", table, frailty="gamma", **by_village)
    assert border.cov().equals(ps.relapse_model("a + x", table, **by_village).cov())
    assert zero[0].risk(made(3, 0).head(2))["risk"].between(0, 1).all()
    inside = [one for one in found if one.frailty.variance > 0]
    for one in inside:
        assert one.frailty.p_value == pytest.approx(stats.chi2.sf(one.frailty.statistic, 1) / 2)
    assert sum(one.frailty.p_value < 0.05 for one in found) <= 6


def test_weights_of_whole_numbers_are_copies_and_clusters_are_sandwiched():
    table = made(300, 0.7, seed=2)
    copies = pd.concat([
        table[table["weight"] > k].assign(household_id=lambda t, k=k: t["household_id"] + 1000 * k)
        for k in range(3)
    ], ignore_index=True)  # fmt: skip
    weighted = ps.relapse_model("x", table, weight="weight", frailty="gamma", baseline="log")
    copied = ps.relapse_model("x", copies, frailty="gamma", baseline="log")
    assert weighted.params.to_numpy() == pytest.approx(copied.params.to_numpy(), rel=1e-6)
    assert weighted.loglik == pytest.approx(copied.loglik)
    one = ps.relapse_model("x", table, "village", "weight", frailty="gamma", baseline="log")
    two = ps.relapse_model("x", copies, "village", frailty="gamma", baseline="log")
    factor = np.sqrt((two.n - 1) / (two.n - 4) / ((one.n - 1) / (one.n - 4)))
    assert (one.std_errors * factor).to_numpy() == pytest.approx(
        two.std_errors.to_numpy(), rel=1e-5
    )
    svy = ps.Survey(table, weight="weight", psu="village")
    design = ps.relapse_model("x", svy, frailty="gamma", baseline="log")
    factor = np.sqrt((one.n - 1) / (one.n - 4))
    assert (design.std_errors * factor).to_numpy() == pytest.approx(one.std_errors.to_numpy())
    assert one.df == design.df == 49


def test_what_a_frailty_cannot_bear_is_refused():
    table = made(100, 0.7)
    for call, word in (
        (lambda: ps.relapse_model("x", table.assign(weight=range(len(table))), weight="weight",
                                  frailty="gamma"), "several weights"),
        (lambda: ps.relapse_model("x", table.assign(village=range(len(table))), "village",
                                  frailty="gamma"), "several clusters"),
        (lambda: ps.relapse_model("x", many(), frailty="gamma", baseline="constant"),
         "more than 12 events"),
    ):  # fmt: skip
        with pytest.raises(ps.DataError, match=word) as caught:
            call()
        assert caught.value.remedy


def many():
    """A household that falls back thirteen times."""
    times = np.arange(1, 14)
    one = pd.DataFrame({"household_id": 1, "spell": times, "entry": 0, "exit": 1 + times % 3,
                        "event": True, "x": times % 5})  # fmt: skip
    others = made(50, 0.7)[list(one.columns)]
    return pd.concat([others.assign(household_id=others["household_id"] + 10), one])
