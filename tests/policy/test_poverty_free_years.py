"""Poverty-free years: by hand, beside the truth of a simulation and a bootstrap of villages."""

import pickle

import numpy as np
import pandas as pd
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps

TERMS = ["poverty-free years", "years if nobody fell back", "years lost to relapse",
         "left by the horizon"]  # fmt: skip


def panel(states, **more):
    """Households in the order of states, seen from year 2010 on (None: not seen)."""
    rows = [(i, 2010 + t, one) for i, row in enumerate(states) for t, one in enumerate(row)
            if one is not None]  # fmt: skip
    return pd.DataFrame(rows, columns=["household_id", "year", "poor"]).assign(**more)


def parts(made):
    return made.parts.tidy().set_index("term")["estimate"]


@examples(60)
@given(st.lists(st.lists(st.sampled_from([0, 0, 1]), min_size=5, max_size=5), min_size=2, max_size=6),
       st.sampled_from([0.0, 0.05, 0.5]), st.integers(1, 5), st.randoms(use_true_random=False))  # fmt: skip
def test_years_are_as_defined(states, rate, horizon, random):
    table = panel([[1, *row] for row in states] + [[0, 1, 1, 0, 0, 0]])
    table = table.sample(frac=1, random_state=random.randrange(1000))
    found = parts(ps.poverty_free_years(table, horizon, rate=rate))
    out = np.array([[one == 0 for one in row[:horizon]] for row in states])
    worth = (1 + rate) ** -np.arange(1, horizon + 1.0)
    left = np.maximum.accumulate(out, axis=1)
    told = [
        (out @ worth).mean(),
        (left @ worth).mean(),
        ((left & ~out) @ worth).mean(),
        left[:, -1].mean(),
    ]
    assert found[TERMS].tolist() == pytest.approx(told)


def test_who_is_not_seen_counts_in_the_years_it_is():
    found = parts(ps.poverty_free_years(panel([[1, 0, 0], [1, 0, None], [1, 1, 1]]), 2))
    assert found["poverty-free years"] == pytest.approx(2 / 3 + 1 / 2)


def test_waves_of_every_second_year_stand_for_two_years():
    table = panel([[1, 0, 0], [1, 0, 1]])
    table["year"] = 2010 + 2 * (table["year"] - 2010)
    found = ps.poverty_free_years(table, 4, rate=0.1)
    assert parts(found)["poverty-free years"] == pytest.approx(2 / 1.1**2 + 2 * 0.5 / 1.1**4)
    assert found.tidy()["horizon"].tolist() == [4]


def test_it_is_the_share_that_leaves_times_the_years_of_those_who_leave():
    table = panel([[1, 0, 0, 0]] * 3 + [[1, 0, 1, 0]] * 2 + [[1, 1, 1, 1]] * 5)
    made = parts(ps.poverty_free_years(table, 3))
    left = table[table["household_id"] < 5]
    each = parts(ps.poverty_free_years(left, 3))["poverty-free years"]
    assert made["left by the horizon"] * each == pytest.approx(made["poverty-free years"])
    # Where nobody leaves again it is that of the restricted mean, with falls at the ends of years.
    spells = ps.spells(panel([[1, 0, 0, 0]] * 3 + [[1, 0, 1, 1]] * 2))
    mean = ps.restricted_mean(ps.Survey(spells), 2).tidy()["estimate"][0]
    once = parts(ps.poverty_free_years(panel([[1, 0, 0, 0]] * 3 + [[1, 0, 1, 1]] * 2), 2))
    assert once["poverty-free years"] == pytest.approx(mean)


def clustered(seed, villages=60):
    rng = np.random.default_rng(seed)
    village = np.repeat(np.arange(villages), 12)
    risk = rng.normal(0, 0.8, villages)[village] + 0.5 * (village % 2)
    rows = [np.ones(len(village), dtype=int)]
    for _ in range(5):
        rows.append(
            (rng.random(len(village)) < 1 / (1 + np.exp(0.8 - risk - 1.2 * rows[-1]))).astype(int)
        )
    arm = np.where(village % 2, "administrative", "both")
    table = pd.DataFrame({"household_id": np.tile(np.arange(len(village)), 6), "poor": np.concatenate(rows),
                          "year": np.repeat(np.arange(2014, 2020), len(village)),
                          "psu": np.tile(village, 6), "approach": np.tile(arm, 6)})  # fmt: skip
    return table[(table["year"] == 2014) | (rng.random(len(table)) < 0.9)]


def test_errors_are_near_those_of_a_bootstrap_of_villages():
    table, rng = clustered(1), np.random.default_rng(3)
    found = ps.poverty_free_years(table, 5, by="approach", rate=0.03)
    out = table.assign(out=(table["poor"] == 0) * 1.03 ** -(table["year"] - 2014.0))
    out = out[out["year"] > 2014].groupby(["psu", "year"])["out"].agg(["sum", "count"]).unstack()
    sums, count = (out[one].to_numpy() for one in ("sum", "count"))
    arm = np.arange(60) % 2
    draws = np.array([[(sums[some].sum(axis=0) / count[some].sum(axis=0)).sum() for some in (
        rng.choice(np.flatnonzero(arm == 1), 30), rng.choice(np.flatnonzero(arm == 0), 30))]
        for _ in range(2000)])  # fmt: skip
    told = found.tidy().set_index("approach")
    assert told["std_error"][["administrative", "both"]].tolist() == pytest.approx(
        draws.std(axis=0).tolist(), rel=0.08
    )
    apart = found.contrast("approach", "both", "administrative").tidy()
    assert apart["std_error"][0] == pytest.approx((draws[:, 1] - draws[:, 0]).std(), rel=0.08)


def test_a_simulation_knows_the_truth():
    apart = []
    for seed, shares in ((1, (1.0, 0.0)), (2, (0.0, 1.0)), (3, (1.0, 0.0))):
        scenario = ps.Scenario(administrative_share=shares[0], social_work_share=shares[1], start_span=1,
                               sample_villages=100, sample_households=40, survey_noise=0.0)  # fmt: skip
        sim = ps.simulate(scenario, households=30_000, years=8, seed=seed)
        table = sim.panel
        first = table["wave"] == 1
        poor = set(table.loc[first & table["lasting_poor_true"], "household_id"])
        table = table[table["household_id"].isin(poor)].copy()
        table.attrs = sim.panel.attrs
        first = table["wave"] == 1
        # The truth counts the first year too, of those with lasting income below the line.
        above = np.average(
            table.loc[first, "income_true"] >= 2300, weights=table.loc[first, "weight"]
        )
        table["poor"] = first | (table["income_true"] < 2300)
        svy = ps.Survey(table, weight="weight", strata="stratum", psu="psu", lonely="center")
        found = ps.poverty_free_years(svy, 7)
        arm = "administrative" if shares[0] else "social_work"
        truth = sim.truth.set_index(["estimand", "arm"])["value"]["poverty_free_years", arm]
        row = found.tidy().iloc[0]
        apart.append((row["estimate"] + above - truth) / row["std_error"])
        assert row["data_status"] == "simulated" and found.summary().startswith("Simulated")
        assert parts(found)["years lost to relapse"] > 0.1
    assert np.abs(apart).max() < 2.5


def test_relapse_makes_the_price_of_a_year_higher_than_it_looks():
    made = ps.poverty_free_years(clustered(2), 5, by="approach")
    cost = 1000.0
    for arm in ("both", "administrative"):
        years, unbroken = (one.tidy().set_index("approach")["estimate"][arm] for one in
                           (made, made.part("years if nobody fell back")))  # fmt: skip
        assert cost / years > cost / unbroken


def test_nobody_left_has_an_upper_end_and_all_stay_within_what_there_is():
    none = ps.poverty_free_years(panel([[1, 1, 1]] * 30), 2).tidy().iloc[0]
    assert none["estimate"] == 0 and 0 < none["ci_high"] < 0.5
    every = ps.poverty_free_years(panel([[1, 0, 0]] * 30), 2).tidy().iloc[0]
    assert every["estimate"] == 2 and 1.5 < every["ci_low"] < 2 == every["ci_high"]


@pytest.mark.parametrize("kind", [
    lambda t: t.astype({"poor": bool}), lambda t: t.astype({"poor": "Int64", "year": "int16"}),
    lambda t: t.astype({"approach": "category"}), lambda t: t.assign(household_id=t["household_id"].astype(str)),
    lambda t: t.sample(frac=1, random_state=1), lambda t: t.set_axis([0] * len(t)),
])  # fmt: skip
def test_types_and_order_change_nothing(kind):
    table = clustered(4)
    one, two = (ps.poverty_free_years(x, 5, by="approach").tidy() for x in (table, kind(table)))
    for name in ("estimate", "std_error", "ci_low"):
        assert two.set_index(two["approach"].astype(str))[name].to_dict() == pytest.approx(
            one.set_index("approach")[name].to_dict()
        )


def test_missing_poverty_is_refused_or_counted_as_not_seen():
    table = panel([[1, 0, 0], [1, 0, 1], [1, 1, 1]]).assign(w=1.0)
    table.loc[2, "poor"] = np.nan
    with pytest.raises(ps.DataError):
        ps.poverty_free_years(table, 2)
    found = ps.poverty_free_years(ps.Survey(table, weight="w", missing="drop"), 2)
    assert parts(found)["poverty-free years"] == pytest.approx(2 / 3) and found.dropped == 1


def test_replicate_weights_and_storing():
    table, rng = clustered(5), np.random.default_rng(1)
    for i in range(40):
        table[f"r{i}"] = np.bincount(rng.integers(0, 60, 60), minlength=60)[table["psu"]].astype(
            float
        )
    table["w"] = 1.0
    svy = ps.Survey(table, weight="w", replicates=ps.Replicates([f"r{i}" for i in range(40)]))
    by_replicates = ps.poverty_free_years(svy, 5).tidy().iloc[0]
    plain = ps.poverty_free_years(table, 5)
    one = plain.tidy().iloc[0]
    assert by_replicates["std_error"] == pytest.approx(one["std_error"], rel=0.4)
    again = pickle.loads(pickle.dumps(plain))
    assert again.tidy()["ci_low"][0] == one["ci_low"]
    assert len(again.part("left by the horizon")) == 1


def test_words():
    made = ps.poverty_free_years(clustered(1), 5, rate=0.03)
    assert "Years within 5 years, discounted at 3 % a year." in made.summary()
    assert "未折现" in str(ps.poverty_free_years(clustered(1), 5).show("zh"))


@pytest.mark.parametrize(("call", "words"), [
    (lambda t: ps.poverty_free_years(t, 9), "as far as the panel shows"),
    (lambda t: ps.poverty_free_years(t.assign(poor=0), 2), "Nobody was poor"),
    (lambda t: ps.poverty_free_years(t, 2, baseline=1990), "no period of the panel"),
    (lambda t: ps.poverty_free_years(t, 2, by="poor"), "changes its domain"),
    (lambda t: ps.poverty_free_years(t, 0), "horizon"),
    (lambda t: ps.poverty_free_years(t, 2, rate=-0.1), "rate"),
    (lambda t: ps.poverty_free_years(t, 2, by="no"), "no"),
    (lambda t: ps.poverty_free_years(t.iloc[:0], 2), "no rows|empty"),
])  # fmt: skip
def test_what_is_refused(call, words):
    with pytest.raises(ps.DataError, match=words):
        call(panel([[1, 0, 0], [1, 1, 1]]))


def test_names_of_its_own_columns_and_panels_that_end_are_refused_and_lost_baselines_counted():
    table = pd.DataFrame({"household_id": [1] * 4 + [2] * 4 + [3] * 4, "year": [2012, 2013, 2014, 2015] * 3,
                          "poor": [1, 0, 0, 0, 1, 0, 1, 1, None, 0, 0, 0], "left": "a"})  # fmt: skip
    known = table[table["household_id"] < 3]
    with pytest.raises(ps.DataError, match="bears a name that the result has"):
        ps.poverty_free_years(known, 3, by="left")
    for options, told in (
        ({"rate": 5}, "between 0 and 1"),
        ({"baseline": 2015}, "beyond it nothing"),
    ):
        with pytest.raises(ps.DataError, match=told):
            ps.poverty_free_years(known, 3, **options)
    with pytest.raises(ps.DataError, match="was seen later"):
        ps.poverty_free_years(known[(known["household_id"] == 1) | (known["year"] > 2012)]
                              .query("household_id == 2 or year == 2012"), 3)  # fmt: skip
    found = ps.poverty_free_years(ps.Survey(table, missing="drop"), 3)
    assert found.dropped == 1 and found.tidy()["estimate"].tolist() == [2.0]
