"""Effects on the treated, ratios and odds, several outcomes at once: by hand, and known truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import draws
from scipy import stats

import povstudy as ps


def households(rng, n=400, arms=2):
    """Help is aimed at those with few assets, and does more for them: truth on the treated."""
    assets = rng.normal(size=n)
    pull = np.column_stack([np.zeros(n), -0.4 - 0.7 * assets, -0.8 + 0.4 * assets])[:, :arms]
    arm = (pull + rng.gumbel(size=pull.shape)).argmax(axis=1)
    gain = np.where(arm == 1, 1 - 0.5 * assets, np.where(arm == 2, 0.3, 0))
    names = np.array(["none", "administrative", "social_work"])
    table = pd.DataFrame({"approach": names[arm], "assets": assets, "village": np.arange(n) % 40})
    table["income"] = 3 + assets + gain + rng.normal(size=n)
    table["poor"] = (table["income"] < 2.5) * 1
    return table.assign(gain=gain, w=rng.uniform(0.5, 2, n))


def by_hand(table, outcome, arm, logit=False):
    """Mean of those who had the arm, and what it would be without: logit odds, regression."""
    part = table[table["approach"].isin(["none", arm])]
    x, w = sm.add_constant(part[["assets"]].to_numpy()), part["w"].to_numpy()
    had, y = (part["approach"] == arm).to_numpy(), part[outcome].to_numpy(dtype=float)
    tight = {"tol": 1e-14, "maxiter": 200}
    chance = sm.GLM(had * 1.0, x, sm.families.Binomial(), var_weights=w).fit(**tight).fittedvalues
    if logit:
        fit = sm.GLM(y[~had], x[~had], sm.families.Binomial(), var_weights=w[~had]).fit(**tight)
    else:
        fit = sm.WLS(y[~had], x[~had], w[~had]).fit()
    m, odds = fit.predict(x), chance / (1 - chance)
    without = (w * np.where(had, m, odds * (y - m))).sum() / w[had].sum()
    return np.average(y[had], weights=w[had]), without


@pytest.mark.parametrize("model", ["linear", "logit"])
def test_the_effect_on_the_treated_is_that_by_hand(model):
    table = households(np.random.default_rng(1))
    svy = ps.Survey(table, weight="w")
    found = ps.adjusted_effects(svy, "poor", covariates="assets", model=model, estimand="att")
    had, without = by_hand(table, "poor", "administrative", model == "logit")
    told = found.tidy().set_index("term")["estimate"]
    assert told.tolist() == pytest.approx([had, without, had - without], rel=1e-8)
    assert list(told.index) == ["mean", "mean without", "effect"]
    own = table[table["approach"] == "administrative"]
    assert found.tidy()["population"].tolist() == pytest.approx([own["w"].sum()] * 3)
    assert found.tidy()["n"].tolist() == [len(own), len(table) - len(own), len(table)]


def test_without_covariates_it_is_the_difference_of_means():
    table = households(np.random.default_rng(2), arms=3)
    one = ps.adjusted_effects(table, "income", cluster="village", estimand="att").tidy()
    two = ps.adjusted_effects(table, "income", cluster="village").tidy()
    pick = lambda x: x[x["term"] == "effect"][["estimate", "std_error"]].to_numpy()  # noqa: E731
    assert pick(one) == pytest.approx(pick(two), rel=1e-10)


@pytest.mark.parametrize("scale", ["difference", "ratio", "odds"])
@pytest.mark.parametrize("model", ["linear", "logit"])
def test_errors_on_the_treated_are_those_of_a_jackknife_of_villages(model, scale):
    table = households(np.random.default_rng(3), 600, arms=3)
    asked = {"covariates": "assets", "estimand": "att", "model": model, "scale": scale}
    found = ps.adjusted_effects(table, "poor", cluster="village", **asked)
    again = np.array([
        ps.adjusted_effects(table[table["village"] != one], "poor", **asked).table["estimate"]
        for one in range(40)
    ])  # fmt: skip
    spread = np.sqrt(39 / 40 * ((again - again.mean(axis=0)) ** 2).sum(axis=0))
    assert found.tidy()["std_error"].to_numpy() == pytest.approx(spread, rel=0.06)


def test_the_truth_on_the_treated_is_held_as_often_as_is_said():
    rng, rows = np.random.default_rng(4), []
    runs, wider = draws(300, 100)
    for _ in range(runs):
        table = households(rng, 500)
        true = table.loc[table["approach"] == "administrative", "gain"].mean()
        for estimand in ("att", "ate"):
            made = ps.adjusted_effects(table, "income", covariates="assets", estimand=estimand)
            made = made.tidy().iloc[-1]
            rows.append(
                [estimand, made["estimate"] - true, made["ci_low"] <= true <= made["ci_high"]]
            )
    found = pd.DataFrame(rows, columns=["estimand", "off", "held"]).groupby("estimand").mean()
    assert abs(found.loc["att", "off"]) < 0.02 * wider
    assert abs(found.loc["att", "held"] - 0.95) < 0.03 * wider
    assert found.loc["ate", "off"] < -0.1  # another question: help does less for all than for those


@pytest.mark.parametrize("estimand", ["ate", "att"])
def test_ratios_and_odds_are_made_of_the_two_means_and_stay_above_zero(estimand):
    table = households(np.random.default_rng(5))
    asked = {"covariates": "assets", "model": "logit", "estimand": estimand, "cluster": "village"}
    plain = ps.adjusted_effects(table, "poor", **asked)
    b, a = plain.table["estimate"].iloc[:2][:: 1 if estimand == "att" else -1]
    cov = plain.cov().to_numpy()[:2, :2][:: 1 if estimand == "att" else -1]
    cov = cov[:, :: 1 if estimand == "att" else -1]
    for scale, term, value, slope in (
        ("ratio", "ratio", b / a, [1 / b, -1 / a]),
        ("odds", "odds ratio", b / (1 - b) / (a / (1 - a)),
         [1 / (b * (1 - b)), -1 / (a * (1 - a))]),
    ):  # fmt: skip
        made = ps.adjusted_effects(table, "poor", scale=scale, **asked).tidy().iloc[-1]
        assert (made["term"], made["estimate"]) == (term, pytest.approx(value))
        error = np.sqrt(np.array(slope) @ cov @ slope)  # of the logarithm
        assert made["std_error"] == pytest.approx(value * error)
        ends = np.log([made["ci_low"], made["estimate"], made["ci_high"]])
        assert np.diff(ends) == pytest.approx([stats.t.ppf(0.975, made["df"]) * error] * 2)


def test_joint_intervals_of_ratios_stay_above_zero_and_have_their_place_on_the_logarithm():
    table = households(np.random.default_rng(5))
    found = ps.adjusted_effects(table, "poor", scale="odds", cluster="village")
    ratio, plain = found.table["term"] == "odds ratio", found.tidy()
    joint = found.band()
    assert (joint["ci_low"] < plain["ci_low"]).all() and (joint["ci_high"] > plain["ci_high"]).all()
    ends = joint.loc[ratio, ["ci_low", "estimate", "ci_high"]].to_numpy()
    assert (ends > 0).all() and np.ptp(np.diff(np.log(ends)), axis=1) == pytest.approx(0, abs=1e-9)
    means = joint.loc[~ratio, ["ci_low", "estimate", "ci_high"]].to_numpy()
    assert np.ptp(np.diff(means), axis=1) == pytest.approx(0, abs=1e-12)
    assert "均值" in found.summary("zh") and "mean" not in found.summary("zh")


def test_without_covariates_the_odds_ratio_is_that_of_a_logit():
    table = households(np.random.default_rng(6))
    x = sm.add_constant((table["approach"] == "administrative").to_numpy(dtype=float))
    fit = sm.Logit(table["poor"], x).fit(disp=0, cov_type="HC0")
    made = ps.adjusted_effects(table, "poor", scale="odds").tidy().iloc[-1]
    assert made["estimate"] == pytest.approx(np.exp(fit.params.iloc[1]))
    n = len(table)
    assert made["std_error"] / made["estimate"] == pytest.approx(
        fit.bse.iloc[1] * np.sqrt(n / (n - 1)), rel=1e-6
    )


def test_p_values_of_ratios_are_of_a_ratio_of_one_and_contrasts_are_differences():
    table = households(np.random.default_rng(12), arms=3)
    found = ps.adjusted_effects(table, "poor", scale="ratio")
    told = found.tidy()
    ratio = told[told["term"] == "ratio"]
    t = np.log(ratio["estimate"]) / (ratio["std_error"] / ratio["estimate"])
    assert ratio["p_value"].to_numpy() == pytest.approx(2 * stats.t.sf(abs(t), ratio["df"]))
    assert found.pvalues.to_numpy() == pytest.approx(told["p_value"])
    assert ((ratio["ci_low"] > 1) | (ratio["ci_high"] < 1)).eq(ratio["p_value"] < 0.05).all()
    step = (
        found.contrast("arm", "social_work", "administrative").tidy().set_index("term").loc["ratio"]
    )
    assert step["estimate"] == pytest.approx(ratio["estimate"].diff().iloc[1])
    assert step["ci_low"] + step["ci_high"] == pytest.approx(2 * step["estimate"])


def test_several_outcomes_have_one_covariance_and_are_each_as_alone():
    table = households(np.random.default_rng(7), arms=3)
    asked = {"covariates": "assets", "cluster": "village", "estimand": "att"}
    both = ps.adjusted_effects(table, ["income", "poor"], **asked)
    told = both.tidy()
    for name in ("income", "poor"):
        alone = ps.adjusted_effects(table, name, **asked).tidy()
        own = told[told["outcome"] == name].drop(columns="outcome").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, alone)
    own = both.cov().to_numpy()
    one, two = (
        (told["outcome"] == name) & (told["term"] == "effect") for name in ("income", "poor")
    )
    assert (own[np.ix_(one, two)].diagonal() < 0).all()  # who has more is not poor
    step = both.contrast("outcome", "poor", "income").tidy()
    variance = own[one][:, one] + own[two][:, two] - 2 * own[one][:, two]
    assert step.loc[step["term"] == "effect", "std_error"].to_numpy() ** 2 == pytest.approx(
        variance.diagonal()
    )
    assert "outcome" in ps.adjusted_effects(table, ["poor"]).tidy()


def test_replicate_weights_give_errors_of_ratios_too():
    table = households(np.random.default_rng(8))
    rng = np.random.default_rng(9)
    marks = {f"r{i}": table["w"] * rng.poisson(1, 40)[table["village"]] for i in range(60)}
    table = table.assign(**marks)
    svy = ps.Survey(table, weight="w", replicates=ps.survey.Replicates(list(marks), "bootstrap"))
    made = ps.adjusted_effects(svy, "poor", scale="ratio", covariates="assets").tidy().iloc[-1]
    alone = ps.adjusted_effects(ps.Survey(table, weight="w", psu="village"), "poor", scale="ratio",
                                covariates="assets").tidy().iloc[-1]  # fmt: skip
    assert made["std_error"] == pytest.approx(alone["std_error"], rel=0.3)
    assert made["ci_low"] * made["ci_high"] == pytest.approx(made["estimate"] ** 2)


def test_what_cannot_be_asked_is_refused_with_a_remedy():
    table = households(np.random.default_rng(10)).assign(loss=lambda x: x["income"] - 9)
    for call, words in (
        (lambda: ps.adjusted_effects(table, "poor", estimand="atu"), ("estimand=", "'att'")),
        (lambda: ps.adjusted_effects(table, ["poor", "poor"]), ("named twice", "once")),
        (lambda: ps.adjusted_effects(table, "poor", scale="log"), ("scale=", "'ratio'")),
        (lambda: ps.adjusted_effects(table, "loss", scale="ratio"), ("no ratio", "difference")),
        (lambda: ps.adjusted_effects(table, "income", scale="odds"), ("no odds", "means")),
    ):
        with pytest.raises(ps.DataError) as caught:
            call()
        assert all(word in str(caught.value) for word in words), str(caught.value)


def test_who_had_no_chance_of_help_does_not_stop_the_effect_on_the_treated():
    """The rich are never helped: nobody knows what help would do for them, and none is asked."""
    table = households(np.random.default_rng(11), 600)
    table = table[(table["assets"] < 0.5) | (table["approach"] == "none")]
    table["assets"] *= np.where(table["assets"] > 0.5, 4, 1)
    with pytest.raises(ps.DataError, match="overlap") as caught:
        ps.adjusted_effects(table, "income", covariates="assets")
    assert "estimand='att'" in caught.value.remedy
    ps.adjusted_effects(table, "income", covariates="assets", estimand="att")
