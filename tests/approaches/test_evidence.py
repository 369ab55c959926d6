"""Pooling of trials: against R metafor, a textbook, closed forms, simulation; and the evidence."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, examples
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import povstudy as ps
from povstudy.approaches import evidence

R = json.loads((ROOT / "tests" / "reference" / "evidence.json").read_text("utf-8"))
PRIOR = ps.EffectPrior(sd=0.2, tau=0.1)


def trials(estimate, std_error):
    return pd.DataFrame({"trial": [f"trial {i}" for i in range(len(estimate))], "unit": "SD",
                         "outcome": "income", "estimate": estimate, "std_error": std_error})  # fmt: skip


def of_r(name):
    return trials(R["data"][name]["yi"], R["data"][name]["sei"])


def exactly(wanted, rel=1e-9):
    return pytest.approx(np.asarray(wanted, dtype=float), rel=rel, abs=1e-12)


def refused(table, *words, **options):
    """What is said where pooling is refused: these words, and always a remedy."""
    with pytest.raises(ps.DataError) as caught:
        ps.pool(table, **options)
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


# Against others ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["REML", "PM", "DL"])
@pytest.mark.parametrize("name", R["data"])
def test_random_effects_are_those_of_r_metafor(name, method):
    wanted, found = R[name][method], ps.pool(of_r(name), method=method)
    mean, new, tau = (row for _, row in found.tidy().iterrows())
    told = found.heterogeneity()
    assert mean[["estimate", "std_error", "ci_low", "ci_high"]].tolist() == exactly(
        [wanted["estimate"], wanted["se"], *wanted["ci"]]
    )
    assert new[["ci_low", "ci_high"]].tolist() == exactly(wanted["new"])
    assert told[["tau2", "q", "p_value"]].tolist() == exactly(
        [wanted["tau2"], wanted["q"], wanted["q_p"]]
    )
    # The modification is told, and only where the unmodified error is the smaller one.
    low = wanted["se_unmodified"] < wanted["se"] * (1 - 1e-9)
    assert mean["method"].endswith("modified") == low == (name == "alike")
    assert np.sqrt(told["hk_factor"]) * mean["std_error"] == exactly(wanted["se_unmodified"]) or (
        told["hk_factor"] > 1
    )
    if method == "REML":
        assert tau[["ci_low", "ci_high"]].tolist() == exactly(wanted["tau_ci"])
        left, those = found.leave_one_out(), wanted["leave"]
        assert left["estimate"].to_numpy() == exactly(those["estimate"])
        assert left["std_error"].to_numpy() == exactly(those["se"])
        assert left["tau"].to_numpy() ** 2 == exactly(those["tau2"])


def test_a_worked_example_of_a_textbook():
    """Harrer, Cuijpers, Furukawa, Ebert (2021), Doing Meta-Analysis with R, chapter 4."""
    found = ps.pool(of_r("third"))
    mean, told = found.tidy().iloc[0], found.heterogeneity()
    assert mean[["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx(
        [0.5771, 0.3782, 0.7760], abs=5e-5
    )
    assert round(mean["estimate"] / mean["std_error"], 2) == 6.12
    assert [round(told["tau2"], 4), round(told["q"], 2), round(told["i2"], 3)] == [
        0.0820, 45.50, 0.626
    ]  # fmt: skip
    ends = found.tidy().iloc[2][["ci_low", "ci_high"]].astype(float)
    assert (ends**2).round(4).tolist() == [0.0295, 0.3533]
    again = ps.pool(of_r("third"), method="PM")
    assert again.tidy()["estimate"][0] == pytest.approx(0.5873544, abs=1e-5)


@pytest.mark.parametrize("name", ["normal", "cauchy"])
def test_posterior_is_that_of_integration_in_two_dimensions(name):
    prior = {"normal": PRIOR,
             "cauchy": ps.EffectPrior(sd=0.5, tau=0.1, mean=0.05, shape="half-Cauchy")}[name]  # fmt: skip
    wanted, table = R["posterior"][name], ps.pool(of_r("five"), prior=prior).tidy()
    mean, new, tau = (row for _, row in table.iloc[3:].iterrows())
    assert mean[["estimate", "std_error"]].tolist() == exactly([wanted["mean"], wanted["sd"]], 1e-7)
    assert new["std_error"] == exactly(wanted["new_sd"], 1e-7)
    assert tau[["estimate", "std_error"]].tolist() == exactly(
        [wanted["tau"], wanted["tau_sd"]], 1e-7
    )
    # The level whose lower end is zero is told by the chance below zero.
    for i, chance in ((3, wanted["below_zero"]), (4, wanted["new_below_zero"])):
        at = ps.pool(of_r("five"), prior=prior).tidy(level=1 - 2 * chance).iloc[i]
        assert at["ci_low"] == pytest.approx(0, abs=1e-7)
    assert table["method"][3] == str(prior)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_without_heterogeneity_the_posterior_is_the_conjugate_one(scale):
    y, s = np.array([0.1, 0.3, 0.2]) * scale, np.array([0.1, 0.2, 0.1]) * scale
    prior = ps.EffectPrior(sd=0.3 * scale, tau=1e-7 * scale, mean=0.1 * scale)
    precision = (s**-2).sum() + prior.sd**-2
    mean = ((y / s**2).sum() + prior.mean / prior.sd**2) / precision
    row = ps.pool(trials(y, s), prior=prior).tidy().iloc[3]
    reach = stats.norm.ppf(0.975) / np.sqrt(precision)
    assert row[["estimate", "std_error", "ci_low", "ci_high"]].tolist() == pytest.approx(
        [mean, precision**-0.5, mean - reach, mean + reach], rel=1e-6
    )


# What must hold ---------------------------------------------------------------------------

numbers = st.lists(
    st.tuples(st.floats(-3, 3), st.floats(0.05, 2)), min_size=3, max_size=8
).map(np.array)  # fmt: skip


@examples(25)
@given(numbers, st.floats(0.01, 100), st.randoms(use_true_random=False))
def test_units_and_order_do_not_matter(table, scale, random):
    order = random.sample(range(len(table)), len(table))
    one = ps.pool(trials(*table.T)).tidy()
    two = ps.pool(trials(*table[order].T * scale)).tidy()
    for column in ("estimate", "std_error", "ci_low", "ci_high"):
        near = pytest.approx(one[column] * scale, rel=1e-5, abs=1e-6 * scale, nan_ok=True)
        assert two[column].to_numpy() == near


@examples(25)
@given(st.floats(-2, 2), st.lists(st.floats(0.05, 2), min_size=2, max_size=8).map(np.array))
def test_trials_that_agree_have_no_tau_and_the_error_of_inverse_variances(effect, error):
    found = ps.pool(trials(np.full(len(error), effect), error), prior=PRIOR)
    mean, new, tau = (row for _, row in found.tidy().iloc[:3].iterrows())
    assert tau[["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx([0, 0, 0], abs=1e-9)
    assert mean["estimate"] == pytest.approx(effect)
    assert mean["std_error"] == pytest.approx((error**-2).sum() ** -0.5)
    assert found.heterogeneity()["i2"] == 0
    assert np.isnan(new["ci_low"]) == (len(error) == 2)


def test_a_prior_pulls_to_zero_and_a_wide_one_does_not():
    table = of_r("five")
    plain, tight, wide = (
        ps.pool(table, prior=ps.EffectPrior(sd=sd, tau=0.1)).tidy()["estimate"][3]
        for sd in (0.1, 0.02, 100)
    )
    assert 0 < tight < plain < wide
    assert wide == pytest.approx(ps.pool(table).tidy()["estimate"][0], abs=0.01)


def test_intervals_hold_the_truth_where_those_of_wald_do_not():
    """Five trials, spread as large as their errors: 95 percent by t, far fewer by the normal."""
    rng, held, runs = np.random.default_rng(5), np.zeros(3), 1000
    for _ in range(runs):
        s = rng.uniform(0.08, 0.2, 5)
        y = 0.1 + rng.normal(0, 0.15, 5) + rng.normal(0, s)
        new = 0.1 + rng.normal(0, 0.15)
        mean, place, tau = evidence._frequentist(y, s**2, "REML", 0.95)
        wald = 1.96 / np.sqrt((1 / (s**2 + tau[1] ** 2)).sum())
        held += [mean[3] < 0.1 < mean[4], abs(mean[1] - 0.1) < wald, place[3] < new < place[4]]
    t, normal, place = held / runs
    assert 0.945 < t < 0.985
    assert normal < 0.915
    assert 0.90 < place < 0.95  # too few with five trials, as Partlett and Riley (2017) found


def test_the_table_says_what_the_house_says():
    table = of_r("five")
    table.attrs["source"] = ps.Source("trial", "Made up.")
    before = table.copy()
    found = ps.pool(table, prior=PRIOR)
    tidy = found.tidy(level=0.9)
    assert [*tidy.columns] == ["term", "outcome", "unit", "estimate", "std_error", "ci_low",
                               "ci_high", "n", "population", "df", "method", "data_status"]  # fmt: skip
    assert set(tidy["data_status"]) == {"trial"}
    assert tidy.attrs["source"].status == "trial"
    assert tidy["df"].tolist()[:2] == [4, 3]
    assert table.equals(before)
    assert ps.pool(of_r("five")).tidy()["data_status"][0] == "reported"
    assert ps.pool(of_r("five"), status="simulated").tidy()["data_status"][0] == "simulated"
    forest = found.forest()
    assert forest["kind"].tolist() == ["trial"] * 5 + ["mean effect", "effect in a new place"] * 2
    assert forest["weight"].sum() == pytest.approx(1)
    weighted = (forest["weight"] * forest["estimate"]).sum()
    assert weighted == pytest.approx(found.tidy()["estimate"][0])
    assert found.plot(lang="zh").data_behind.equals(forest)
    assert "mean effect" in repr(found)
    with pytest.raises(ps.DataError, match="between 0 and 1"):
        found.tidy(level=95)


def test_the_summary_speaks_both_languages():
    found = ps.pool(of_r("alike"), prior=PRIOR)
    english, chinese = (found.summary(lang).set_index("item")["reading"] for lang in ("en", "zh"))
    assert english["mean effect"] == "0.109 (0.0261 to 0.193)"
    assert chinese["平均效应"] == "0.109 (0.0261至0.193)"
    assert english["error of the mean"] == "REML, Hartung-Knapp, modified"
    assert chinese["先验"] == "均值N(0, 0.2)，tau半正态0.1"
    two = ps.pool(of_r("alike").head(2))
    assert "not with two trials" in two.summary()["reading"].tolist()
    with pytest.raises(ps.DataError, match="none can be left out"):
        two.leave_one_out()


# What is refused --------------------------------------------------------------------------


def test_what_cannot_be_pooled_is_refused_with_its_remedy():
    table = of_r("five")
    refused(table.head(1), "fewer than two trials")
    refused(table.assign(unit=["SD", "USD", "SD", "SD", "SD"]), "share no scale", "unit", "USD")
    refused(table.assign(outcome=list("aabbb")), "share no scale", "column outcome")
    twice = table.assign(trial=["Niger", "Niger", "Padua", "Chile", "Uganda"])
    refused(twice, "depend on each other", "Niger", "covariance")
    for column, value in (("std_error", np.nan), ("std_error", 0), ("estimate", np.nan)):
        bad = table.assign(**{column: [value, *table[column][1:]]})
        refused(bad, f"column {column}", "trial 0", "dropna")
    refused(table, "estimator of tau2", "EB", method="EB")
    refused(table, "EffectPrior", prior={"sd": 1})
    refused(table.drop(columns="unit"), "lacks the column")


@pytest.mark.parametrize(
    ("words", "prior"),
    [
        ("rules out", {"sd": 0.1, "tau": 0.1, "mean": 0.3}),
        ("scales are above zero", {"sd": 0, "tau": 0.1}),
        ("finite", {"sd": 1, "tau": np.inf}),
        ("no such prior", {"sd": 1, "tau": 1, "shape": "uniform"}),
    ],
)
def test_a_prior_has_scales_and_holds_zero(words, prior):
    with pytest.raises(ps.DataError, match=words):
        ps.EffectPrior(**prior)


# The evidence -----------------------------------------------------------------------------


def test_blanks_of_the_evidence_are_blanks():
    table = ps.load("evidence")
    blank = table["estimate"].isna()
    assert table.loc[blank, ["std_error"]].isna().all(axis=None)
    assert (table.loc[blank, ["unit", "bound"]] == "").all(axis=None)
    assert (table.loc[blank, "note"].str.contains("No figure|Near zero")).all()
    assert (table.loc[~blank, "unit"] != "").all()
    assert (table["finding"] != "").all()
    with_error = table["error_kind"].str.startswith("standard error")
    assert (with_error == table["std_error"].notna()).all()
    # Those who found nothing are here.
    nothing = set(table.loc[table["finding"].isin(["no effect", "not significant"]), "trial"])
    assert {"Chile Solidario", "Padua, US", "South India"} <= nothing


def test_evidence_of_niger_is_that_of_its_own_table():
    table = ps.load("evidence").query("trial == 'Niger'")
    article = ps.load("niger_effects").query("table == 'Table 2' and reference == 'control'")
    article = article[article["outcome"].str.startswith("Daily consumption")]
    both = table.merge(article, left_on=["arm", "horizon_months"], right_on=["arm", "months"])
    assert len(both) == 6
    for column in ("estimate", "std_error", "unit", "n"):
        assert (both[f"{column}_x"] == both[f"{column}_y"]).all()


def test_evidence_of_pakistan_is_computed_from_its_microdata(survey_files):
    import statsmodels.formula.api as smf

    homes = ps.load("graduation_pakistan")
    table = ps.load("evidence").query("trial == 'Pakistan'").set_index("horizon_months")
    for months, wave in ((24, "end"), (36, "fup")):
        fit = smf.ols(f"ctotal_pcmonth_{wave} ~ treatment + ctotal_pcmonth_bsl", homes)
        fit = fit.fit(cov_type="HC1")
        row = table.loc[months]
        assert [row["estimate"], row["std_error"]] == [
            round(fit.params["treatment"], 2), round(fit.bse["treatment"], 2)
        ]  # fmt: skip


def test_the_evidence_is_not_pooled_over_scales_or_arms():
    table = ps.load("evidence")
    known = table.dropna(subset=["estimate", "std_error"])
    refused(table, "can be told, not pooled", "Chile Solidario, Padua, US")
    refused(known, "share no scale")
    refused(known[known["unit"] == "control-group SD"], "depend on each other", "Niger")


@pytest.mark.parametrize("method", ["REML", "PM", "DL"])
def test_effects_that_agree_wholly_are_pooled_without_foreign_warnings(method):
    table = pd.DataFrame({"trial": list("abc"), "outcome": "income", "unit": "SD",
                          "estimate": 0.0, "std_error": [0.05, 0.04, 0.06]})  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for level in (0.0, 0.1):
            found = ps.pool(table.assign(estimate=level), method=method)
            assert found.tidy()["estimate"].tolist() == pytest.approx([level, level, 0])
            assert found.heterogeneity()["tau2"] == 0
            found.leave_one_out(), found.forest(), found.summary()
