"""What a study is worth: closed forms, brute force, known truth, R; and what is refused."""

import numpy as np
import pandas as pd
import pytest
from conftest import draws
from scipy import integrate, stats

import povstudy as ps

N = 2_000
GRID = (np.arange(N) + 0.5) / N  # draws without chance: even quantiles of a prior
TRIAL = ps.TrialDesign(households=20, sd=1.0, icc=0.05, fixed_cost=1_000, village_cost=100)


def decided(gain, cost=0.0):
    """Two strategies, of which the second gains so much."""
    effects = pd.DataFrame({"none": 0.0, "social_work": np.asarray(gain, dtype=float)})
    return ps.cost_effectiveness(effects, {"none": 0.0, "social_work": cost})


def free(effects, **more):
    """Strategies that cost nothing."""
    return ps.cost_effectiveness(effects, dict.fromkeys(effects, 0.0), **more)


def valued(decision, parameter=("social_work", "none"), design=TRIAL, **options):
    options = {"willingness": 1_000, "population": 1, "villages": [4, 20, 60, 200]} | options
    return ps.study_value(decision, parameter, design, **options)


def unit_loss(mean, sd):
    """Raiffa and Schlaifer: expected gain of choosing after, for a normal preposterior mean."""
    d = abs(mean) / sd
    return sd * (stats.norm.pdf(d) - d * stats.norm.sf(d))


# Against closed forms and brute force ------------------------------------------------------


@pytest.mark.parametrize("mean", [0.0, 0.1, -0.3])
def test_a_normal_prior_and_two_strategies_give_the_unit_normal_loss(mean):
    prior = stats.norm(mean, 0.2).ppf(GRID)
    found = valued(decided(prior))
    for _, row in found.tidy().iterrows():
        share = 0.2**2 / (0.2**2 + row["std_error"] ** 2)
        wanted = 1_000 * unit_loss(mean, 0.2 * np.sqrt(share))
        assert row["evsi"] == pytest.approx(wanted, rel=0.01, abs=1e-3 * found.evppi)
    assert found.evppi == pytest.approx(1_000 * unit_loss(mean, 0.2), rel=0.005)
    assert found.evpi == pytest.approx(found.evppi, rel=1e-4)


def by_brute_force(prior, gains, error):
    """Expected gain over today's best: integrals over what is true and what is seen, by quad."""
    least, most = prior.ppf([1e-9, 1 - 1e-9])
    true = np.linspace(least, most, 4_001)
    weight = prior.pdf(true)
    weight /= weight.sum()
    net = np.column_stack([one(true) for one in gains])

    def after(seen):
        chance = weight * stats.norm.pdf(seen, true, error)
        return (chance @ net).max()

    ends = least - 8 * error, most + 8 * error
    seen = np.linspace(*ends, 3_001)
    return integrate.trapezoid([after(x) for x in seen], seen) - (weight @ net).max()


@pytest.mark.parametrize("villages", [6, 30, 150])
def test_a_skewed_prior_and_curved_gains_are_those_of_brute_force(villages):
    """Three strategies; one gains by the square of the parameter, one stops gaining."""
    prior = stats.gamma(2.0, scale=0.15)
    gains = [lambda x: 0 * x, lambda x: 3 * x**2 - 0.35, lambda x: 0.3 * np.tanh(4 * x) - 0.2]
    x = prior.ppf(GRID)
    noise = np.random.default_rng(5).normal(0, 0.3, (3, N))
    noise -= noise.mean(axis=1, keepdims=True)  # of other parameters
    effects = pd.DataFrame({str(i): one(x) + noise[i] for i, one in enumerate(gains)})
    found = valued(free(effects), x, willingness=1, villages=villages)
    wanted = by_brute_force(prior, gains, TRIAL.std_error(villages))
    assert found.tidy()["evsi"].item() == pytest.approx(wanted, rel=0.08)
    exact = valued(free(effects - noise.T), x, willingness=1, villages=villages)
    assert exact.tidy()["evsi"].item() == pytest.approx(wanted, rel=0.02)


def test_an_outcome_of_yes_and_no_is_near_that_of_beta_and_binomial():
    """The estimate is taken for normal: near where so many are asked."""
    a, b, line, n = 4, 6, 0.42, 60
    x = stats.beta(a, b).ppf(GRID)
    k = np.arange(n + 1)
    wanted = stats.betabinom(n, a, b).pmf(k) @ np.maximum((a + k) / (a + b + n) - line, 0)
    error = np.sqrt(np.mean(x * (1 - x)) / n)
    one = ps.TrialDesign(households=1, sd=1.0, icc=0.0)
    design = ps.TrialDesign(households=1, sd=error / one.std_error(10), icc=0.0)
    found = valued(decided(x, line), x, design, willingness=1, villages=10)
    assert found.tidy()["std_error"].item() == pytest.approx(error)
    assert found.tidy()["evsi"].item() == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize("seed", range(6))
def test_value_grows_with_villages_to_that_of_the_parameter_and_is_below_that_of_all(seed):
    rng = np.random.default_rng(seed)
    known = pd.DataFrame({"a": rng.gamma(2, 1, 3_000), "b": rng.normal(size=3_000)})
    net = {
        "x": 0.0,
        "y": known["a"] - 2 + known["b"],
        "z": np.sin(known["a"]) + rng.normal(size=3_000),
    }
    one = free(pd.DataFrame(net), parameters=known)
    found = valued(one, "a", willingness=1, villages=[4, 6, 10, 30, 100, 1_000, 10_000, 10**6])
    evsi = found.tidy()["evsi"].to_numpy()
    assert (np.diff(evsi) >= -1e-6 * found.evppi).all()
    assert (evsi <= found.evppi * (1 + 1e-6)).all()
    assert found.evppi <= found.evpi
    assert evsi[-1] == pytest.approx(found.evppi, rel=0.001)


def test_a_very_bad_trial_is_worth_next_to_nothing():
    bad = ps.TrialDesign(households=1, sd=1e4, icc=1)
    found = valued(decided(stats.norm(-0.1, 0.2).ppf(GRID)), design=bad)
    assert (found.tidy()["evsi"] < 1e-6 * found.evppi).all()


def test_a_parameter_that_decides_nothing_is_worth_nothing():
    rng = np.random.default_rng(3)
    found = valued(decided(rng.normal(0.01, 1, N)), rng.normal(size=N))
    assert found.evpi > 100
    assert found.evppi == 0
    assert (found.tidy()["evsi"] == 0).all()
    assert "cannot change the decision" in found.summary()


# What does not matter ----------------------------------------------------------------------


@pytest.mark.parametrize("unit", [1e-7, 7.1, 1e9])
def test_the_unit_of_money_and_of_the_parameter_do_not_matter(unit):
    gain = np.random.default_rng(8).normal(0.05, 0.2, N)
    one = valued(decided(gain, 40.0), effect=0.1)
    money = ps.TrialDesign(20, 1.0, 0.05, fixed_cost=1_000 * unit, village_cost=100 * unit)
    other = valued(decided(gain, 40.0 * unit), design=money, willingness=1_000 * unit, effect=0.1)
    for name in ("evsi", "cost", "net"):
        assert other.table[name].to_numpy() == pytest.approx(one.table[name].to_numpy() * unit)
    assert (other.optimum, other.smallest, other.powered) == (
        one.optimum,
        one.smallest,
        one.powered,
    )
    scaled = ps.TrialDesign(20, unit, 0.05, fixed_cost=1_000, village_cost=100)
    again = valued(decided(gain, 40.0), gain * unit, scaled, effect=0.1 * unit)
    for name in ("evsi", "power"):
        assert again.table[name].to_numpy() == pytest.approx(one.table[name].to_numpy())


def test_value_is_that_of_a_unit_times_the_population():
    gain = np.random.default_rng(8).normal(0.05, 0.2, N)
    one, many = (valued(decided(gain), population=n) for n in (1, 50_000))
    assert many.evpi == pytest.approx(50_000 * one.evpi)
    assert many.table["evsi"].to_numpy() == pytest.approx(50_000 * one.table["evsi"].to_numpy())


def test_order_types_and_names_do_not_matter():
    gain = np.random.default_rng(2).integers(-5, 6, 400)
    effects, costs = pd.DataFrame({"none": 0, "social_work": gain}), {"none": 0, "social_work": 1}
    wanted = valued(ps.cost_effectiveness(effects, costs)).table
    for made in (
        effects.astype("Int64"), effects.astype("int8"), effects.astype("category"), effects.sample(frac=1),
        effects.set_axis([0] * 400), effects.iloc[:, ::-1],
    ):  # fmt: skip
        found = valued(ps.cost_effectiveness(made, costs)).table
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-9)
    chinese = effects.set_axis(["无帮扶", "社会工作"], axis=1)
    decision = ps.cost_effectiveness(chinese, {"无帮扶": 0, "社会工作": 1})
    found = valued(decision, ("社会工作", "无帮扶"), villages=[20, 4, 4, 200, 60])
    pd.testing.assert_frame_equal(found.table, wanted)
    numbers = ps.cost_effectiveness(effects.set_axis([0, 1], axis=1), {0: 0, 1: 1})
    pd.testing.assert_frame_equal(valued(numbers, (1, 0)).table, wanted)
    assert "1 minus that of 0" in valued(numbers, (1, 0)).summary()


def test_estimates_with_errors_are_a_decision_too():
    decision = ps.cost_effectiveness(
        {"none": 0, "social_work": (0.05, 0.2)}, {"none": 0, "social_work": 0}
    )
    found = valued(decision)
    assert found.evpi == pytest.approx(1_000 * unit_loss(0.05, 0.2), rel=0.03)
    assert found.evppi == pytest.approx(found.evpi, rel=1e-3)


def test_what_is_averted_is_valued_alike():
    gain = np.random.default_rng(4).normal(0.02, 0.2, 500)
    poverty = pd.DataFrame({"none": 0.0, "social_work": -gain})
    lower = ps.cost_effectiveness(poverty, {"none": 0, "social_work": 0}, better="lower")
    pd.testing.assert_frame_equal(valued(lower).table, valued(decided(gain)).table)


def test_equal_strategies_leave_nothing_to_decide():
    gain = np.random.default_rng(2).normal(size=200)
    same = pd.DataFrame({"a": gain, "b": gain})
    found = valued(free(same), gain)
    assert found.evpi == found.evppi == found.table["evsi"].sum() == 0
    assert found.optimum is found.smallest is None
    same["b"] = 1.0  # but what the trial measures is known already
    found = valued(free(same), np.full(200, 0.3))
    assert found.evpi > found.evppi == 0


# What it says ------------------------------------------------------------------------------


def test_the_summary_says_what_to_do():
    rng = np.random.default_rng(1)
    gain = decided(rng.normal(0.02, 0.1, 4_000), 20.0)
    found = valued(gain, population=1_000, villages=range(4, 101, 4), effect=0.2)
    net = found.tidy().set_index("villages")["net"]
    assert found.optimum == net.idxmax()
    assert found.smallest == net.index[net > 0][0]
    assert found.powered == TRIAL.villages(0.2)
    told, chinese = found.summary(), found.summary("zh")
    for part in (f"A trial of {found.optimum} villages would cost", "is worth", "80%",
                 f"asks for {found.powered} villages", "social work minus that of no help"):  # fmt: skip
        assert part in told
    for part in (
        f"{found.optimum}个村的试验成本",
        f"需要{found.powered}个村",
        "社会工作与无帮扶的效果之差",
    ):
        assert part in chinese
    assert "looked at: more" in valued(gain, population=10**9).summary()
    poor = valued(gain, population=1)
    assert poor.optimum is None
    assert "No trial is worth its cost" in poor.summary()
    assert "都不值其成本" in poor.summary("zh")
    settled = valued(decided(np.abs(rng.normal(size=500)), -1.0))
    assert "is best, at 1,000 for a unit" in settled.summary()
    assert "the decision cannot change, so a study is worth nothing" in settled.summary()
    assert "研究没有价值" in settled.summary("zh")
    assert "more than 100,000 villages" in valued(gain, effect=1e-6).summary()
    assert "村数" in str(found.show("zh"))


def test_a_parameter_is_told_by_its_words():
    decision = free(GOOD.effects, parameters=pd.DataFrame({"social_work_effect": GAIN}))
    found = valued(decision, "social_work_effect")
    assert "to know social work effect alone" in found.summary()
    assert "只知道同等支出下社会工作的额外影响" in found.summary("zh")
    assert found.plot().title_text == "No size shown is worth what it costs"


def test_what_is_simulated_says_so():
    effects = pd.DataFrame({"none": 0.0, "social_work": np.random.default_rng(1).normal(size=100)})
    effects.attrs["source"] = ps.Source("simulated", "A world that is made up", "虚构的世界")
    found = valued(free(effects))
    assert set(found.tidy()["data_status"]) == {"simulated"}
    assert found.summary().startswith("Simulated data. ")
    assert found.summary("zh").startswith("模拟数据。")
    assert "A world that is made up" in str(found.show())


# The design --------------------------------------------------------------------------------


def test_power_is_that_of_r_for_one_household_in_a_village():
    """power.t.test(..., strict = TRUE) of R 4.2."""
    one = lambda sd=1.0: ps.TrialDesign(households=1, sd=sd, icc=0)  # noqa: E731
    assert one().power(0.5, 60) == pytest.approx(0.47789652076, abs=1e-9)
    assert one().power(-1.5, 4) == pytest.approx(0.148691579151, abs=1e-9)
    assert one().power(0.2, 20, level=0.9) == pytest.approx(0.131288790684, abs=1e-9)
    assert one(2).power(0.3, 400) == pytest.approx(0.321747078396, abs=1e-9)
    assert one().detectable(60) == pytest.approx(0.735621069597, abs=1e-7)
    assert one().detectable(4) == pytest.approx(5.65348926619, abs=1e-6)
    assert one().villages(0.25) == 505  # R: 252.1275 in each arm
    assert one().power(0, 30) == pytest.approx(0.05, abs=1e-9)
    assert one().power(1e9, 30) == 1


def simulated(design, effect, villages, count, seed):
    """Trials: p-values of t-tests of village means, and differences between the arms."""
    rng = np.random.default_rng(seed)
    helped, _ = design.arms(villages)
    m = round(design.households * (1 - design.attrition))
    own = rng.normal(0, np.sqrt(design.icc), (count, villages))
    error = rng.normal(0, np.sqrt((1 - design.icc) / m), (count, villages))
    means = design.sd * np.sqrt(1 - design.baseline**2) * (own + error)
    means[:, :helped] += effect
    test = stats.ttest_ind(means[:, :helped], means[:, helped:], axis=1)
    return test.pvalue, means[:, :helped].mean(axis=1) - means[:, helped:].mean(axis=1)


@pytest.mark.parametrize(
    ("design", "villages"),
    [
        (ps.TrialDesign(20, 1.0, 0.1), 30),
        (ps.TrialDesign(10, 2.0, 0.3, treated=0.25), 16),
        (ps.TrialDesign(25, 0.5, 0.02, baseline=0.6, attrition=0.2), 12),
    ],
)
def test_so_many_simulated_trials_find_the_effect(design, villages):
    count, wider = draws(5_000, 1_000)
    effect = design.detectable(villages)
    assert design.power(effect, villages) == pytest.approx(0.8, abs=1e-9)
    p, difference = simulated(design, effect, villages, count, 4)
    assert (p < 0.05).mean() == pytest.approx(0.8, abs=0.018 * wider)
    assert difference.std() == pytest.approx(design.std_error(villages), rel=0.035 * wider)


def test_villages_of_uneven_sizes_have_the_larger_error():
    """Households weigh alike; sizes have a coefficient of variation of 0.6."""
    count, wider = draws(5_000, 1_000)
    rng = np.random.default_rng(9)
    size = np.tile([4, 10, 16], 20)  # mean 10
    design = ps.TrialDesign(10, 1.0, 0.2, size_cv=size.std() / 10)
    means = rng.normal(0, np.sqrt(0.2 + 0.8 / size), (count, 60))
    order = rng.permuted(np.tile(np.arange(60), (count, 1)), axis=1)

    def arm(at):
        weight = size[at]
        return (np.take_along_axis(means, at, 1) * weight).sum(axis=1) / weight.sum(axis=1)

    difference = arm(order[:, :30]) - arm(order[:, 30:])
    assert difference.std() == pytest.approx(design.std_error(60), rel=0.035 * wider)


@pytest.mark.parametrize("treated", [0.5, 0.3, 0.1, 0.85])
def test_the_number_for_a_power_is_the_smallest(treated):
    design = ps.TrialDesign(20, 1.0, 0.05, treated=treated)
    for effect in (0.15, 0.3, 2.0):
        n = design.villages(effect)
        assert design.power(effect, n) >= 0.8
        for one in range(4, n):
            helped = int(one * treated + 0.5)
            if min(helped, one - helped) > 1:
                assert design.power(effect, one) < 0.8
    assert design.villages(1e-5) is None


def test_a_trial_costs_what_was_said():
    design = ps.TrialDesign(
        20, 1.0, 0.05, fixed_cost=5, village_cost=3, household_cost=2, attrition=0.5
    )
    assert design.cost(10) == 5 + 10 * 3 + 10 * 20 * 2
    found = valued(decided(np.arange(-50.0, 50)), design=design)
    assert found.table["cost"].tolist() == [design.cost(k) for k in found.table["villages"]]


# What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [
    {"sd": -1.0}, {"sd": 0}, {"sd": np.nan}, {"sd": "1"}, {"icc": -0.01}, {"icc": 1.2}, {"treated": 0},
    {"treated": 1}, {"households": 0}, {"size_cv": -1}, {"baseline": 1}, {"attrition": 1},
    {"village_cost": -5}, {"fixed_cost": np.inf}, {"household_cost": None},
])  # fmt: skip
def test_a_design_without_a_meaning_is_refused(wrong):
    with pytest.raises(ps.DataError) as told:
        ps.TrialDesign(**{"households": 20, "sd": 1.0, "icc": 0.05} | wrong)
    assert next(iter(wrong)) in str(told.value)
    assert told.value.remedy


GAIN = np.random.default_rng(0).normal(size=100)
GOOD = decided(GAIN)


@pytest.mark.parametrize(("change", "words"), [
    ({"villages": 3}, ["villages", "3"]), ({"villages": []}, ["villages"]),
    ({"villages": [20, 10.5]}, ["villages", "10.5"]),
    ({"design": ps.TrialDesign(20, 1.0, 0.05, treated=0.1), "villages": 10}, ["1 of 10", "villages=20"]),
    ({"design": {"sd": 1}}, ["TrialDesign"]), ({"willingness": -1}, ["willingness"]),
    ({"population": 0}, ["population"]), ({"power": 0.01}, ["power"]), ({"level": 95}, ["level"]),
    ({"effect": np.nan}, ["effect"]), ({"decision": GOOD.effects}, ["ps.cost_effectiveness"]),
    ({"decision": decided(GAIN[:20])}, ["20 draws"]),
    ({"parameter": "social_work"}, ["parameter=('social_work', 'none')"]),
    ({"parameter": "gain"}, ["parameter=('none', 'social_work')"]),
    ({"parameter": ("social_work", "non")}, ["Did you mean 'none'", "('social_work', 'none')"]),
    ({"parameter": GAIN.astype(str)}, ["holds no numbers"]),
    ({"parameter": GAIN[:50]}, ["50 values, 100 draws"]),
    ({"parameter": np.where(GAIN.max() == GAIN, np.inf, GAIN)}, ["parameter, row"]),
    ({"parameter": "efect", "decision": free(GOOD.effects, parameters=pd.DataFrame({"effect": GAIN}))},
     ["Did you mean 'effect'"]),
])  # fmt: skip
def test_what_cannot_be_valued_is_refused(change, words):
    with pytest.raises(ps.DataError) as told:
        valued(**{"decision": GOOD} | change)
    assert [one for one in words if one not in str(told.value)] == [], str(told.value)
    assert told.value.remedy
