"""Errors of shares of the vulnerable know that chances were estimated."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.panels.vulnerable import _Fitted

CUTS = (0.29, 0.5)


def wave(seed=1, households=600, villages=60, of_village=0.3):
    rng = np.random.default_rng(seed)
    village = np.repeat(np.arange(villages), households // villages)
    talent = rng.normal(size=households)
    level = 0.1 + 0.5 * talent + of_village * rng.normal(size=villages)[village]
    income = 2300 * np.exp(level + 0.6 * np.exp(0.2 * talent) * rng.normal(size=households))
    return pd.DataFrame({
        "household_id": range(households), "year": 2014, "income": income, "talent": talent,
        "psu": village, "weight": rng.uniform(0.5, 1.5, households),
        "able": rng.integers(0, 3, households),
    })  # fmt: skip


def shares(panel, **options):
    made = ps.vulnerability(panel, "talent + able", 2300, at=2014)
    return made.shares(CUTS, **options).tidy()


def test_influences_are_derivatives_by_the_weights():
    table = wave()
    y, w = np.log(table["income"] / 2300).to_numpy() ** 3 / 4, table["weight"].to_numpy()
    x = np.column_stack([np.ones(len(y)), table["talent"], table["able"]])
    fit = _Fitted(y, x, w)
    assert 0 < fit.low.sum() < len(y)  # the floor is among what is estimated
    influence = np.column_stack(fit.influences())
    for i in (0, 7, 300):
        ends = []
        for sign in (1, -1):
            moved = w.copy()
            moved[i] *= 1 + sign * 1e-6
            one = _Fitted(y, x, moved)
            ends.append(np.r_[one.of_income, one.of_variance, one.floor])
        slope = (ends[0] - ends[1]) / 2e-6
        assert influence[i] == pytest.approx(slope, abs=1e-5 * np.abs(slope).max())


@pytest.mark.parametrize("clustered", [False, True])
def test_errors_are_those_of_the_bootstrap(clustered):
    table = wave() if clustered else wave().drop(columns="psu")
    rng, found = np.random.default_rng(2), shares(table)
    groups = [part for _, part in table.groupby("psu" if clustered else "household_id")]
    again = []
    for _ in range(60):
        drawn = [groups[i] for i in rng.integers(0, len(groups), len(groups))]
        one = pd.concat(drawn, ignore_index=True)
        if clustered:
            one["psu"] = np.repeat(np.arange(len(drawn)), [len(part) for part in drawn])
        again.append(shares(one.assign(household_id=range(len(one))))["estimate"])
    ratio = found["std_error"] / np.std(again, axis=0)
    assert ratio.between(0.75, 1.35).all()
    assert found["ci_low"].ge(0).all() and found["ci_high"].le(1).all()


def test_replicate_weights_estimate_the_model_anew():
    table, rng = wave(), np.random.default_rng(3)
    for b in range(60):
        times = np.bincount(rng.integers(0, 60, 60), minlength=60)[table["psu"]]
        table[f"r{b}"] = table["weight"] * times
    weights = ps.Replicates([f"r{b}" for b in range(60)])
    svy = ps.Survey(table, weight="weight", replicates=weights)
    ratio = shares(svy)["std_error"] / shares(table[table.columns[:7]])["std_error"]
    assert ratio.between(0.75, 1.35).all()


def test_domains_hang_on_the_model_of_all():
    table = wave()
    table.loc[table["psu"] == 0, "able"] = 3  # these lie in one village
    made = ps.vulnerability(table, "talent + able", 2300, at=2014)
    found = made.shares(0.5, by="able").tidy().set_index("able")
    assert np.isnan(found["std_error"][3]) and (found["std_error"][[0, 1, 2]] > 0).all()
    high = made.households.assign(high=(made.households["vep"] >= 0.5).astype(float))
    plain = ps.mean(ps.Survey(high, weight="weight", psu="psu"), "high", by="able").tidy()
    assert found["estimate"].tolist() == pytest.approx(plain["estimate"].tolist())
