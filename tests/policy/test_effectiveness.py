"""Cost-effectiveness: oracles of published examples, closed forms, every kind of input, bad input."""

import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy import stats

import povstudy as ps

sys.path.append(str(ROOT / "benchmarks"))
import fieller_coverage

ORACLES = ROOT.parent / "shared" / "oracles" / "05_cea"
FILES = {"BCEA Vaccine": "bcea_vaccine", "BCEA Smoking": "bcea_smoking",
         "dampack example_psa": "dampack_example_psa"}  # fmt: skip
THREE = {"none": (3.0, 0.1), "administrative": (3.4, 0.1), "social_work": (3.9, 0.1)}
PRICES = {"none": 0, "administrative": (600, 50), "social_work": (1900, 80)}


def oracle(name):
    if not ORACLES.is_dir():
        pytest.skip("needs the oracles of cost-effectiveness beside the repository")
    return pd.read_csv(ORACLES / name)


def published(name):
    draws = oracle(f"{FILES[name]}_draws.csv.gz")
    size = draws.shape[1] // 2
    names = [str(one + 1) for one in range(size)]
    effects, costs = draws.iloc[:, :size], draws.iloc[:, size:]
    return effects.set_axis(names, axis=1), costs.set_axis(names, axis=1)


def made_up(n=2_000, seed=0, size=3):
    """Draws of parameters, and of effects and costs that hang on them."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    names = ["none", "administrative", "social_work"][:size]
    effects = pd.DataFrame({one: k * (0.5 + 0.3 * rows["a"]) for k, one in enumerate(names)})
    costs = pd.DataFrame({one: k * (1.1 + 0.4 * rows["b"]) ** 2 for k, one in enumerate(names)})
    return effects, costs, rows


# Oracles --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_published_examples_to_every_digit(name):
    values = oracle("values.csv")
    values = values[values["data"] == name]
    effects, costs = published(name)
    against = {"BCEA Vaccine": "1", "BCEA Smoking": "4", "dampack example_psa": "1"}[name]
    found = ps.cost_effectiveness(effects, costs, reference=against)
    close = lambda one, value: one == pytest.approx(value, rel=2e-11)  # noqa: E731
    table = found.frontier().set_index("strategy")
    ratios, seen = found.ratios().set_index("strategy"), 0
    for row in values.itertuples():
        quantity = row.quantity.split()[0]
        one, _, other = str(row.strategy).partition(" vs ")
        if pd.notna(row.k):
            curve = found.acceptability(row.k).set_index("strategy")
            gain = found.net_benefit(row.k).set_index("strategy")["estimate"]
        if quantity in ("mean_e", "mean_c"):
            assert close(table.loc[one, {"e": "effect", "c": "cost"}[quantity[-1]]], row.value)
        elif quantity == "ICER":
            assert close(ratios.loc[one if other == against else other, "icer"], row.value)
        elif quantity == "EIB":  # listed minus reference; of two strategies that is ours
            sign = 1 if other == against else -1
            assert close(sign * gain[one if other == against else other], row.value)
        elif row.quantity.startswith("CEAC pairwise"):
            pair = ps.cost_effectiveness(
                effects[[other, one]], costs[[other, one]], reference=other
            )
            assert (
                pair.acceptability(row.k).set_index("strategy").loc[one, "probability"] == row.value
            )
        elif row.quantity.startswith("CEAC P"):
            assert curve.loc[one, "probability"] == pytest.approx(row.value, abs=1e-12)
        elif row.quantity.startswith("optimal"):
            assert curve.query("best").index.tolist() == [str(int(row.value))]
        elif quantity == "EVPI":
            assert close(found.information(row.k, {})["value"].item(), row.value)
        elif row.quantity == "expected NB":
            assert close(curve.loc[one, "net_benefit"], row.value)
        else:
            assert row.quantity == "expected loss"
            loss = found.information(row.k, {})["value"].item() + curve["net_benefit"].max()
            assert loss - curve.loc[one, "net_benefit"] == pytest.approx(row.value, rel=1e-9)
        seen += 1
    assert seen == len(values) > 20


def test_frontiers_of_published_examples():
    found = ps.cost_effectiveness(*published("BCEA Smoking")).frontier()
    assert found["status"].tolist() == ["frontier", "frontier", "extendedly dominated", "frontier"]
    assert found["icer"].tolist()[1::2] == pytest.approx([158.663710, 224.665059], abs=1e-6)
    found = ps.cost_effectiveness(*published("dampack example_psa")).frontier()
    assert found["strategy"].tolist() == ["2", "3", "1"]
    assert found["status"].tolist()[1] == "extendedly dominated"
    assert found["icer"].tolist()[2] == pytest.approx(38491.9106, abs=1e-4)
    assert found["against"].tolist()[1:] == ["2", "2"]


def test_fieller_values():
    values = oracle("fieller_values.csv")
    found = ps.fieller(
        values["dC"], values["dE"], values["varC"] ** 0.5, values["varE"] ** 0.5, values["cov"]
    )
    assert found["shape"].tolist() == [one.split(" (")[0] for one in values["shape"]]
    np.testing.assert_allclose(
        found[["estimate", "ci_low", "ci_high"]], values[["ICER", "lo", "hi"]], rtol=3e-8
    )
    effects, costs = published("BCEA Vaccine")
    row = ps.cost_effectiveness(effects, costs).frontier().iloc[1]
    assert row["shape"] == "complement"
    np.testing.assert_allclose(
        row[["ci_low", "ci_high"]].tolist(), values[["lo", "hi"]].iloc[-1], rtol=1e-9
    )


# Fieller --------------------------------------------------------------------------------


@pytest.mark.parametrize("bottom", [5.0, 1.0, 0.02])
def test_fieller_sets_hold_the_truth_as_often_as_they_say(bottom):
    rng, n = np.random.default_rng(11), 2_000
    draws = rng.multivariate_normal([2.0, bottom], [[1, 0.4], [0.4, 1]], n)
    found = ps.fieller(draws[:, 0], draws[:, 1], 1, 1, 0.4)
    low, high, truth = found["ci_low"], found["ci_high"], 2.0 / bottom
    inside = (low <= truth) & (truth <= high)
    held = np.where(
        found["shape"] == "closed", inside, np.where(found["shape"] == "complement", ~inside, True)
    )
    assert 0.94 <= held.mean() <= 0.96
    if bottom < 1:  # a symmetric interval does not
        assert (found["shape"] != "closed").mean() > 0.9


def test_the_benchmark_says_the_same():
    table = pd.read_csv(fieller_coverage.FILE)
    assert table["fieller"].between(94, 96).all() and table["symmetric"].min() < 20
    part = table.query("bottom_in_errors == 0.02 and correlation == 0").reset_index(drop=True)
    again = fieller_coverage.coverage((0.02,), (0.0,))
    pd.testing.assert_frame_equal(again, part, check_exact=False, atol=0.1)


def test_fieller_at_the_edges():
    found = ps.fieller(
        [1, 1, 0, 1, -3], [0, 0, 1, 2, 2], [0.1, 0.1, 0, 0, 0.5], [0, 1.0, 0, 0, 0.1]
    )
    assert found["shape"].isna().tolist() == [True, False, False, False, False]
    assert found["shape"].tolist()[1:] == ["complement", "closed", "closed", "closed"]
    assert found[["ci_low", "ci_high"]].iloc[2].tolist() == [0, 0]
    assert found[["ci_low", "ci_high"]].iloc[3].tolist() == [0.5, 0.5]
    z = stats.norm.ppf(0.975)
    edge = ps.fieller([1, -1], [z, z], 0.1, 1)  # bottom just told from 0: one end is infinite
    assert np.isinf(edge[["ci_low", "ci_high"]]).sum(axis=1).le(1).all()
    small, large = ps.fieller(3e-90, 2, 1e-90, 0.5), ps.fieller(3e90, 2, 1e90, 0.5)
    np.testing.assert_allclose(small["ci_low"] * 1e90, large["ci_low"] / 1e90)
    few = ps.fieller(1000, 0.5, 200, 0.1, df=8)
    assert few["ci_high"].item() > ps.fieller(1000, 0.5, 200, 0.1)["ci_high"].item()
    for wrong in (
        {"top_error": -1},
        {"bottom": np.nan},
        {"covariance": 3},
        {"df": 0},
        {"top": "x"},
        {"top": [[1, 2], [3, 4]]},
        {"level": 95},
    ):
        with pytest.raises(ps.DataError):
            ps.fieller(**{"top": 1, "bottom": 1, "top_error": 1, "bottom_error": 1} | wrong)


# Closed forms ---------------------------------------------------------------------------


def test_two_strategies_have_closed_forms():
    effects, costs = {"none": (1, 0.2), "both": (1.4, 0.3)}, {"none": (100, 30), "both": (500, 40)}
    found = ps.cost_effectiveness(effects, costs, covariance={"both": -6})
    k = 1500
    gap = k * 0.4 - 400
    error = np.sqrt(k**2 * (0.2**2 + 0.3**2) + 30**2 + 40**2 - 2 * k * -6)
    curve = found.acceptability(k).set_index("strategy")
    assert curve.loc["both", "probability"] == pytest.approx(stats.norm.cdf(gap / error), rel=1e-12)
    known = found.information(k).set_index("parameter")
    u = gap / error
    perfect = error * (stats.norm.pdf(u) - u * stats.norm.sf(u))
    assert known.loc["all", "value"] == pytest.approx(perfect, rel=1e-12)
    part = k * 0.3 + 6 / 0.3  # the effect of both tells of its cost too
    u = gap / part
    assert known.loc["effect of both", "value"] == pytest.approx(
        part * (stats.norm.pdf(u) - u * stats.norm.sf(u))
    )
    row = found.net_benefit(k).iloc[0]
    assert row[["estimate", "std_error"]].tolist() == pytest.approx([gap, error])
    # The draws say the same.
    draws = ps.cost_effectiveness(found.effects, found.costs)
    assert draws.acceptability(k)["probability"].tolist() == pytest.approx(
        curve["probability"].tolist(), abs=0.015
    )
    of_draws = draws.information(k, {})
    assert abs(of_draws["value"].item() - perfect) < 4 * of_draws["std_error"].item()
    pd.testing.assert_frame_equal(
        draws.ratios().drop(columns="method"), found.ratios().drop(columns="method")
    )


def test_part_of_the_information_in_a_linear_normal_case():
    rng = np.random.default_rng(99)
    values = []
    for seed in range(12):
        a, b, free = np.random.default_rng(seed).normal(size=(3, 2_000))
        rows = pd.DataFrame({"a": a, "b": b, "free": free})
        effects = pd.DataFrame({"none": 0 * a, "help": 0.2 + 0.5 * a + 0.3 * b})
        costs = pd.DataFrame({"none": 0 * a, "help": 0.1 + 0.2 * rng.normal(size=len(a))})
        found = ps.cost_effectiveness(effects, costs, parameters=rows)
        made = found.information(1, {"a": "a", "both": ["a", "b"], "free": "free"}).set_index(
            "parameter"
        )
        values.append(made[["value", "std_error"]].stack())
    values = pd.DataFrame(values)
    for name, spread in {"a": 0.5, "both": np.hypot(0.5, 0.3), "free": 0.0}.items():
        truth = 0.0
        if spread:
            u = 0.1 / spread
            truth = spread * (stats.norm.pdf(u) - u * stats.norm.sf(u))
        told, error = values[name, "value"], values[name, "std_error"]
        assert abs(told.mean() - truth) < 3 * error.mean() / np.sqrt(12) + 0.002
        if spread:
            assert 0.5 < told.std() / error.mean() < 1.8


def test_names_and_amounts_without_a_meaning_are_refused():
    effects, costs, rows = made_up(200)
    twins = rows.set_axis(["a", "a", "c"], axis=1)
    with pytest.raises(ps.DataError, match="one name"):
        ps.cost_effectiveness(effects, costs, parameters=twins)
    found = ps.cost_effectiveness(effects, costs, parameters=rows.rename(columns={"a": "all"}))
    with pytest.raises(ps.DataError, match="kept for knowing everything"):
        found.information(1)
    assert len(found.information(1, {"the first": ["all"]})) == 2
    for wrong in (True, "1000", [True, False]):
        with pytest.raises(ps.DataError, match="number of 0 or more"):
            found.acceptability(wrong)
    assert list(ps.fieller([], [], [], [])) == ["estimate", "ci_low", "ci_high", "shape"]


@pytest.mark.parametrize("unit", [1e-200, 1e250])
def test_how_alike_villages_are_does_not_hang_on_the_unit(unit):
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"village": np.repeat(range(20), 5), "y": rng.normal(size=100)})
    one = ps.intraclass_correlation(table, "y")
    other = ps.intraclass_correlation(table.assign(y=table["y"] * unit), "y")
    same = ["estimate", "std_error", "ci_low", "ci_high"]
    np.testing.assert_allclose(other[same], one[same])
    np.testing.assert_allclose(other["sd"] / unit, one["sd"])


def test_a_parameter_that_matters_nothing_is_worth_about_nothing():
    """What a regression finds by chance would be worth .4 s sqrt(columns / draws), .018 here."""
    values = []
    for seed in range(15):
        noise, free = np.random.default_rng(seed).normal(size=(2, 2_000))
        benefit = pd.DataFrame({"none": 0 * noise, "help": noise - noise.mean()})
        found = ps.cost_effectiveness(benefit, 0 * benefit, parameters=pd.DataFrame({"free": free}))
        values.append(found.information(1)["value"].iloc[1])
    assert np.mean(values) < 0.003
    assert np.median(values) == 0


def test_part_of_the_information_beside_two_levels_of_draws():
    """Not linear, three strategies: the inner mean by many draws for each outer one."""
    rng = np.random.default_rng(4)

    def benefits(a, b):
        two, three = np.sin(2 * a) + 0.5 * b, 0.3 * a**2 - 0.2 + 0.4 * b * a
        return np.stack([np.zeros_like(two), two, three], axis=-1)

    a, b = rng.normal(size=(2, 8_000))
    values = pd.DataFrame(benefits(a, b), columns=["x", "y", "z"])
    rows = pd.DataFrame({"a": a, "b": b})
    found = ps.cost_effectiveness(values, values * 0, parameters=rows)
    made = found.information(1, {"a": "a", "b": "b", "both": ["a", "b"]}).set_index("parameter")
    outer, inner = rng.normal(size=(4_000, 1)), rng.normal(size=(1, 500))
    two = {"a": benefits(outer, inner).mean(axis=1), "b": benefits(inner, outer).mean(axis=1),
           "both": benefits(a, b)}  # fmt: skip
    for name, means in two.items():
        truth = means.max(axis=1).mean() - means.mean(axis=0).max()
        error = np.hypot(made.loc[name, "std_error"], means.max(axis=1).std() / np.sqrt(len(means)))
        assert abs(made.loc[name, "value"] - truth) < 3 * error + 0.02 * truth, name


# What it must not hang on --------------------------------------------------------------------


def test_neither_the_unit_of_money_nor_the_order_of_strategies_matters():
    one = ps.cost_effectiveness(THREE, PRICES)
    cents = {name: tuple(1e-6 * x for x in np.atleast_1d(value)) for name, value in PRICES.items()}
    cents = {name: value if len(value) == 2 else value[0] for name, value in cents.items()}
    small = ps.cost_effectiveness(THREE, cents)
    table, other = one.frontier(), small.frontier()
    assert table["status"].tolist() == other["status"].tolist()
    np.testing.assert_allclose(
        other[["icer", "ci_low", "ci_high"]], 1e-6 * table[["icer", "ci_low", "ci_high"]]
    )
    np.testing.assert_allclose(
        small.acceptability()["probability"], one.acceptability()["probability"]
    )
    np.testing.assert_allclose(
        small.information()["value"], 1e-6 * one.information()["value"], rtol=1e-6, atol=1e-12
    )
    turned = ps.cost_effectiveness(dict(reversed(THREE.items())), dict(reversed(PRICES.items())))
    pd.testing.assert_frame_equal(turned.frontier(), table)
    key, at = ["willingness", "strategy"], [0, 1_000, 2_000, 3_000]
    pd.testing.assert_frame_equal(turned.acceptability(at).sort_values(key).reset_index(drop=True),
                                  one.acceptability(at).sort_values(key).reset_index(drop=True))  # fmt: skip
    assert turned.reference == one.reference == "none"
    pd.testing.assert_frame_equal(turned.effects[one.strategies], one.effects)


def test_ties_and_equal_strategies():
    same = {"a": (1.0, 0.1), "b": (1.0, 0.1), "c": (2.0, 0.1)}
    found = ps.cost_effectiveness({"a": 1, "b": 1, "c": 2}, {"a": 5, "b": 5, "c": 9})
    table = found.frontier()
    assert table["status"].tolist() == ["frontier", "dominated", "frontier"]
    curve = found.acceptability([0, 4, 5])
    assert curve["probability"].tolist() == [1, 0, 0, 1, 0, 0, 0, 0, 1]
    assert curve["best"].tolist() == [True, False, False, True, False, False, False, False, True]
    assert (found.information([4])["value"] == 0).all()
    assert found.ratios("a").set_index("strategy").isna().loc["b", "shape"]
    alike = pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 2, 3]})
    twins = ps.cost_effectiveness(alike, alike)
    assert twins.acceptability([1])["probability"].tolist() == [1, 0]
    assert "no help" not in twins.summary() and "a" in twins.summary()
    assert (
        ps.cost_effectiveness(same, {"a": 5, "b": 5, "c": 9}).frontier()["status"].tolist()
        == table["status"].tolist()
    )
    line = ps.cost_effectiveness({"a": 0, "b": 1, "c": 2}, {"a": 0, "b": 0.1, "c": 0.2})
    assert set(line.frontier()["status"]) == {"frontier"}  # of one ratio
    rounded = ps.cost_effectiveness({"a": 0.3, "b": 0.1 + 0.2}, {"a": 1.0, "b": 1.0})
    assert rounded.frontier()["status"].tolist() == ["frontier", "dominated"]


def test_dominance_beside_a_search_of_all_mixes():
    rng = np.random.default_rng(8)
    for _ in range(60):
        size = rng.integers(2, 7)
        effect, cost = rng.integers(0, 6, size) * 1.0, rng.integers(0, 6, size) * 1.0
        names = list(range(size))
        table = ps.cost_effectiveness(
            dict(zip(names, effect, strict=True)), dict(zip(names, cost, strict=True))
        ).frontier()
        up = set(table.loc[table["status"] == "frontier", "strategy"])
        best = {
            int(np.flatnonzero((x := k * effect - cost) >= x.max() - 1e-9)[0])
            for k in np.linspace(0.01, 40, 4000)
        }
        pairs = {(effect[one], cost[one]) for one in up}
        assert {(effect[one], cost[one]) for one in best} <= pairs
        ratios = table.loc[table["status"] == "frontier", "icer"].dropna()
        assert ratios.is_monotonic_increasing and (ratios > 0).all()
        weak = table[table["status"] == "dominated"]
        for row in weak.itertuples():
            other = table.set_index("strategy").loc[row.against]
            assert other["effect"] >= row.effect and other["cost"] <= row.cost


def test_who_leaves_the_frontier_may_take_one_before_along():
    names = list("abcd")
    effect, cost = (
        dict(zip(names, (0, 1, 2, 10), strict=True)),
        dict(zip(names, (0, 1, 4, 4.2), strict=True)),
    )
    table = ps.cost_effectiveness(effect, cost).frontier()
    assert table["status"].tolist() == ["frontier", *["extendedly dominated"] * 2, "frontier"]
    assert (
        table["icer"].iloc[3] == pytest.approx(0.42) and table["against"].tolist()[1:] == ["a"] * 3
    )


def test_a_unit_of_effect_of_which_lower_is_better():
    share = {"none": (0.20, 0.01), "both": (0.15, 0.01)}
    wrong = ps.cost_effectiveness(share, {"none": 0, "both": 400})
    assert 'better="lower"' in wrong.summary() and "low" in wrong.summary("zh")
    found = ps.cost_effectiveness(share, {"none": 0, "both": 400}, better="lower")
    assert found.frontier()["icer"].iloc[1] == pytest.approx(8000)
    assert "averted" in found.summary() and "避免" in found.summary("zh")


# Every kind of input ----------------------------------------------------------------------------


def households(n=600, seed=1):
    rng = np.random.default_rng(seed)
    arm = np.array(["none", "administrative", "social_work"])[np.arange(n) % 3]
    years = 2 + 0.3 * (arm == "administrative") + 0.6 * (arm == "social_work") + rng.normal(size=n)
    return pd.DataFrame({"approach": arm, "years": years, "village": np.arange(n) % 60, "lot": arm})


PAID = {"none": 0, "administrative": 300, "social_work": (800, 40)}


def test_results_of_the_package_are_taken_with_their_covariance():
    table = households()
    svy = ps.Survey(table, psu="village")
    means = ps.mean(svy, "years", by="approach")
    found = ps.cost_effectiveness(means, PAID)
    assert (
        found.strategies == ["administrative", "none", "social_work"] and found.status == "survey"
    )
    np.testing.assert_allclose(found.cov[:3, :3], means.cov(), rtol=1e-12)
    assert found.df == means.tidy()["df"].min() and found.reference == "none"
    step = means.contrast("approach", "social_work", "none")
    row = ps.cost_effectiveness(step, PAID)
    assert row.reference == "none" and "Left out" in row.summary() and "未计入" in row.summary("zh")
    error = step.tidy()["std_error"].item()
    known = ps.fieller(800, step.tidy()["estimate"].item(), 40, error, df=step.tidy()["df"].item())
    told = row.frontier().iloc[1][["icer", "ci_low", "ci_high"]].tolist()
    assert told == pytest.approx(known.iloc[0, :3].tolist())
    trial = ps.trial_effects(table, "years", arms="lot", cluster="village")
    of_lot = ps.cost_effectiveness(trial, PAID)
    assert of_lot.reference == "none" and of_lot.status == "trial" and "none" in of_lot.strategies
    np.testing.assert_allclose(of_lot.cov[1:3, 1:3], trial.covariance())
    one = ps.cost_effectiveness(trial.contrast("social_work", "administrative"), PAID)
    assert one.reference == "administrative" and set(one.strategies) == {
        "administrative",
        "social_work",
    }
    marked = table.assign(t=(table["lot"] != "none") * 1)
    plain = ps.trial_effects(marked, "years", "t")  # arms without words
    assert ps.cost_effectiveness(plain, {0: 0, 1: 500}).reference == 0
    adjusted = ps.adjusted_effects(table, "years", cluster="village")
    of_all = ps.cost_effectiveness(adjusted, PAID)
    assert set(of_all.strategies) == set(PAID)
    effect = adjusted.tidy().query("term == 'effect' and arm == 'social_work'")["estimate"].item()
    assert of_all.ratios().set_index("strategy").loc[
        "social_work", "incremental_effect"
    ] == pytest.approx(effect)


def test_effects_over_time_and_years_out_of_poverty():
    rng, n = np.random.default_rng(3), 120
    panel = pd.DataFrame(
        {"household_id": np.repeat(np.arange(n), 4), "year": np.tile([2012, 2013, 2014, 2015], n)}
    )
    kind = panel["household_id"] % 3
    panel["start_admin"] = np.where(kind == 1, 2014, np.nan)
    panel["start_social_work"] = np.where(kind == 2, 2014, np.nan)
    late = panel["year"] >= 2014
    panel["income"] = rng.normal(10, 1, len(panel)) + late * (0.5 * (kind == 1) + 1.0 * (kind == 2))
    found = ps.compare(panel, "income")
    made = ps.cost_effectiveness(found, PAID)
    assert made.reference == "none" and made.strategies[0] == "none"
    np.testing.assert_allclose(made.cov[1:3, 1:3], found.effects().cov())
    pair = ps.cost_effectiveness(found.contrast("social_work", "administrative"), PAID)
    assert pair.reference == "administrative"
    spells = pd.DataFrame(
        {"entry": 0, "exit": rng.integers(1, 6, 300), "approach": np.arange(300) % 2}
    )
    spells["approach"] = spells["approach"].map({0: "administrative", 1: "social_work"})
    spells["event"] = (spells["exit"] < 5) * 1
    spells["exit"] = spells["exit"].where(spells["event"] == 1, 5)
    years = ps.restricted_mean(ps.Survey(spells), 5, by="approach")
    out = ps.cost_effectiveness(years, {"administrative": 900, "social_work": (1500, 100)})
    assert out.effects.mean().tolist() == pytest.approx(years.tidy()["estimate"].tolist())


def test_truth_of_a_simulation_says_that_it_is_simulated():
    effects, costs, _ = made_up()
    effects.attrs["source"] = ps.Source("simulated", "Made up.", "虚构。")
    found = ps.cost_effectiveness(effects, costs)
    assert found.status == "simulated" and set(found.frontier()["data_status"]) == {"simulated"}
    assert found.summary().startswith("Simulated data.") and found.summary("zh").startswith(
        "模拟数据。"
    )
    assert found.show().title.startswith("Simulated: ")
    assert set(found.plane()["data_status"]) == {"simulated"}

    sim = ps.simulate(households=2_000, years=4, seed=1)
    years = sim.truth.query("estimand == 'poverty_free_years'")
    names = list(years["arm"])
    prices = dict(zip(names, range(0, 100 * len(names), 100), strict=True))
    found = ps.cost_effectiveness(years, prices)
    assert found.strategies == names and found.status == "simulated" and not found.cov.any()
    with pytest.raises(ps.DataError, match="one estimand"):
        ps.cost_effectiveness(sim.truth, prices)


def test_costs_of_programmes_and_years_with_relapse_in_them():
    records = pd.DataFrame({"approach": ["administrative", "social_work"], "programme": ["team", "social_work"],
                            "start": 2013, "end": [2014, 2013], "workers": [3, 2], "persons": [100, 40]})  # fmt: skip
    costs = ps.programme_costs(records, {"team": (40_000, 900), "social_work": (50_000, 5_000), "persons": 300},
                               per="persons")  # fmt: skip
    rng, n = np.random.default_rng(6), 200
    panel = pd.DataFrame(
        {"household_id": np.repeat(np.arange(n), 4), "year": np.tile([0, 1, 2, 3], n)}
    )
    panel["approach"] = np.where(panel["household_id"] % 2, "administrative", "social_work")
    panel["poor"] = (panel["year"] == 0) | (rng.random(len(panel)) < 0.4)
    panel["poor"] = panel["poor"].astype(int)
    years = ps.poverty_free_years(panel, 3, by="approach")
    found = ps.cost_effectiveness(years, costs)
    total = costs.total()
    np.testing.assert_allclose(found.cov[2:, 2:], total.cov())
    np.testing.assert_allclose(found.mean, [*years.tidy()["estimate"], *total.tidy()["estimate"]])
    np.testing.assert_allclose(found.cov[:2, :2], years.cov())
    paid = ps.cost_effectiveness(years.contrast("approach", "social_work", "administrative"), costs)
    np.testing.assert_allclose(
        paid.ratios("administrative")["icer"], found.ratios("administrative")["icer"]
    )


def test_draws_of_any_type_are_read():
    effects, costs, _ = made_up(300)
    whole = (costs * 10).round().clip(-100, 100)
    for kind in ("int8", "Int64", "float32", object, "category"):
        found = ps.cost_effectiveness(effects, whole.astype(kind))
        np.testing.assert_allclose(found.costs, whole)
    before = effects.copy()
    ps.cost_effectiveness(effects, costs, better="lower")
    pd.testing.assert_frame_equal(effects, before)
    mixed = ps.cost_effectiveness(
        effects, {"none": 0, "administrative": (1, 0.1), "social_work": (2, 0.1)}
    )
    assert not mixed.normal and mixed.costs["social_work"].std() == pytest.approx(0.1)
    chinese = effects.set_axis(["无", "行政", "社工"], axis=1)
    assert "社工" in ps.cost_effectiveness(
        chinese, costs.set_axis(["无", "行政", "社工"], axis=1)
    ).summary("zh")
    series = ps.cost_effectiveness(pd.Series({"a": 0.0, "b": 1.0}), pd.Series({"a": 0, "b": 5}))
    assert series.frontier()["icer"].iloc[1] == 5
    assert series.acceptability([4, 5, 6])["best"].tolist() == [
        True,
        False,
        True,
        False,
        False,
        True,
    ]


# Tornado -----------------------------------------------------------------------------------------


def test_tornado_is_the_mean_where_a_parameter_is_at_its_ends():
    effects, costs, rows = made_up(20_000)
    found = ps.cost_effectiveness(effects, costs, parameters=rows.assign(mark=(rows["c"] > 0) * 1))
    made = found.tornado(3.0).set_index("parameter")
    assert (
        made.index.tolist()[:2] in (["a", "b"], ["b", "a"])
        and made.attrs["strategy"] == "social_work"
    )
    base, mean_cost = rows.mean(), 1.1**2 + 0.4**2
    for end, at in zip(
        made.loc["a", ["low", "high"]], made.loc["a", ["at_low", "at_high"]], strict=True
    ):
        assert at == pytest.approx(2 * (3 * (0.5 + 0.3 * end) - mean_cost), abs=0.1)
    for end, at in zip(
        made.loc["b", ["low", "high"]], made.loc["b", ["at_low", "at_high"]], strict=True
    ):
        assert at == pytest.approx(
            2 * (3 * (0.5 + 0.3 * base["a"]) - (1.1 + 0.4 * end) ** 2), abs=0.1
        )
    assert made.loc["a", ["low", "high"]].tolist() == pytest.approx([-1.645, 1.645], abs=0.05)
    assert made.loc["mark", ["low", "high"]].tolist() == [0, 1]
    both = found.tornado(3.0, by=("a", "b"))
    truth = 2 * (3 * (0.5 + 0.3 * both["a"]) - (1.1 + 0.4 * both["b"]) ** 2)
    np.testing.assert_allclose(both["value"], truth, atol=0.05)
    sure = truth.abs() > 0.1
    assert (both["best"][sure] == np.where(truth > 0, "social_work", "none")[sure]).all()
    assert [*both][:2] == ["a", "b"] and len(both) == 441
    own = (
        ps.cost_effectiveness(THREE, PRICES)
        .tornado(2000, strategy="social_work")
        .set_index("parameter")
    )
    at = 2000 * (3.9 + 0.1645 - 3.0) - 1900
    assert own.loc["effect of social_work", "at_high"] == pytest.approx(at, abs=12)


# Words ------------------------------------------------------------------------------------------


def test_the_summary_says_it_so_that_it_is_understood():
    unit = ("yuan for a year above the line", "元（每多一年线上生活）")
    found = ps.cost_effectiveness(THREE, PRICES, unit=unit)
    told = found.summary()
    assert told.startswith("For an amount up to 1,500 yuan for a year above the line, the choice is no help. "
                           "From 1,500 to 2,600, it is administrative help. Above 2,600, it is social work.")  # fmt: skip
    assert "若愿付金额不超过1,500元（每多一年线上生活），应选无帮扶" in found.summary("zh")
    assert "independent" in told and "discounted" in told and "折现" in found.summary("zh")
    weak = ps.cost_effectiveness({"none": 0, "both": (0.1, 0.1)}, {"none": 0, "both": (1000, 200)})
    assert "no upper limit" in weak.summary() and "没有上限" in weak.summary("zh")
    none = ps.cost_effectiveness({"none": 0, "both": (0.1, 0.1)}, {"none": 0, "both": (10, 20)})
    assert "no ratio is excluded" in none.summary() and "不能排除" in none.summary("zh")
    sure = ps.cost_effectiveness({"none": 0, "both": 1}, {"none": 10, "both": 5})
    assert "whatever a unit of effect is worth" in sure.summary() and "dominated" in sure.summary()
    assert "被占优" in sure.summary("zh") and len(sure.acceptability()) == 82
    for lang in ("en", "zh"):
        assert str(found.show(lang)) and found.to_latex(lang)


# Bad input ---------------------------------------------------------------------------------------


def refused(match, *given, **more):
    with pytest.raises(ps.DataError, match=match) as told:
        ps.cost_effectiveness(*given, **more)
    return told.value


def test_bad_input_is_refused_and_says_where():
    effects, costs, rows = made_up(200)
    refused("two strategies", {"a": 1}, {"a": 1})
    hole = effects.copy()
    hole.iloc[7, 1] = np.nan
    error = refused("missing or infinite", hole, costs)
    assert "row 7" in error.where and "administrative" in error.where
    kept = ps.cost_effectiveness(hole, costs, missing="drop", parameters=rows)
    assert kept.dropped == 1 and len(kept.parameters) == 199 and "1 draws" in kept.summary()
    assert "reference='social_work'" in refused("do not name", effects.iloc[:, :2], costs).remedy
    assert "Did you mean" in str(
        refused("do not name", effects.rename(columns={"none": "non"}), costs)
    )
    refused("paired", effects, costs.iloc[::-1])
    refused("paired", effects, costs.iloc[:50])
    refused("paired", effects, costs, parameters=rows.iloc[:20])
    refused("numbers", effects.astype(str).replace({str(effects.iloc[0, 1]): "x"}), costs)
    refused("standard error", {"a": (1, -1), "b": 2}, {"a": 1, "b": 2})
    refused("standard error", {"a": "1", "b": 2}, {"a": 1, "b": 2})
    refused("by strategy", [1, 2], {"a": 1, "b": 2})
    refused("covariance", ps.mean(ps.Survey(households()), "years", by="approach").tidy(), PAID)
    refused(
        "Several measures", ps.poverty(ps.Survey(households()), "years", 2, by="approach"), PAID
    )
    refused(
        "one row for each",
        ps.mean(ps.Survey(households()), "years", by=["approach", "village"]),
        PAID,
    )
    refused("no larger", THREE, PRICES, covariance={"social_work": 1e6})
    refused("no such strategy", THREE, PRICES, covariance={"social": 1})
    refused("no such strategy", THREE, PRICES, reference="non")
    refused("by themselves", effects, costs, covariance={"none": 0})
    refused("too large", {"a": 1e200, "b": 0}, {"a": 1, "b": 2})
    refused("draws", THREE, PRICES, draws=10)
    refused("better", THREE, PRICES, better="less")
    refused("row by row", THREE, PRICES, parameters=rows)
    refused("one name", effects.set_axis(["a", "a", "b"], axis=1), costs)
    refused("too few", effects.iloc[:1], costs.iloc[:1])
    found = ps.cost_effectiveness(effects, costs, parameters=rows)
    for call, match in (
        (lambda: found.information([1], {"x": "aa"}), "Did you mean 'a'"), (lambda: found.tornado([1, 2]), "one amount"),
        (lambda: found.acceptability(-1), "0 or more"), (lambda: found.acceptability("x"), "0 or more"),
        (lambda: found.tornado(1, by=("a", "a")), "two parameters"), (lambda: found.ratios("non"), "Did you mean"),
        (lambda: found.tornado(1, strategy="none"), "with another"),
    ):  # fmt: skip
        with pytest.raises(ps.DataError, match=match):
            call()
