"""Three or more assessors and no truth: closed forms, brute force, simulated truth, real informants."""

import itertools
import json
import os
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, draws
from scipy import optimize

import povstudy as ps
from povstudy.targeting.judges.classes import Counts, fitted

WHO = ["one", "two", "three"]
PATTERNS = np.array([*itertools.product([0, 1], repeat=3)], dtype=float)


def counted(weights, shared=0.0, place=None, said=PATTERNS):
    kind = np.tile(np.arange(len(said)), 1 if place is None else len(weights) // len(said))
    place = np.zeros(len(weights), int) if place is None else place
    seen = np.ones(said.shape, dtype=bool)
    return Counts(place, kind, said, seen, np.asarray(weights, float), shared)


def chances(share, of_poor, of_others, shared=0.0):
    """Chance of each pattern, written out."""
    made = []
    for one in PATTERNS:
        both = 0
        for part, a in ((share, np.array(of_poor)), (1 - share, np.array(of_others))):
            alone = np.where(one == 1, a, 1 - a).prod()
            common = a.mean() if one.all() else 1 - a.mean() if not one.any() else 0
            both += part * ((1 - shared) * alone + shared * common)
        made.append(both)
    return np.array(made)


def table_of(weights, **more):
    return pd.DataFrame(PATTERNS, columns=WHO).assign(w=weights, **more)


def refused(call, *words):
    with pytest.raises(ps.DataError) as told:
        call()
    for word in words:
        assert word in str(told.value), str(told.value)


def latent(found, term="", against="latent class"):
    told = found.tidy()
    return told[(told["against"] == against) & told["term"].str.startswith(term)]


# Oracles ------------------------------------------------------------------------------------


def moments(weights):
    """Three assessors in one place, exactly: moments of two points (Anderson 1954)."""
    p = weights / weights.sum()
    mean = p @ PATTERNS
    apart = PATTERNS - mean
    c = [p @ (apart[:, i] * apart[:, j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    third = p @ apart.prod(axis=1)
    steps = np.sqrt([c[0] * c[1] / c[2], c[0] * c[2] / c[1], c[1] * c[2] / c[0]])  # of sd one
    skew = third / steps.prod()  # (1 - 2 share) / sqrt(share (1 - share))
    share = (1 - skew / np.sqrt(4 + skew**2)) / 2
    spread = np.sqrt(share * (1 - share))
    return share, mean + steps * (1 - share) / spread, mean - steps * share / spread


def test_of_three_in_one_place_the_fit_is_exact_and_that_of_the_moments():
    weights = np.array([726, 87, 77, 56, 79, 53, 60, 132.0])
    share, yes, no = moments(weights)
    found = ps.latent_assessors(ps.Survey(table_of(weights), weight="w"), WHO)
    told = latent(found)["estimate"].to_numpy()
    wanted = np.r_[share, np.column_stack([yes, 1 - no]).ravel()]
    np.testing.assert_allclose(told, wanted, atol=1e-12)
    np.testing.assert_allclose(found.patterns["fitted"], weights / weights.sum(), atol=1e-13)
    assert found.fits["deviance"].item() == 0 and found.fits["df"].item() == 0
    assert found.fits["reached"].item() == found.fits["starts"].item() == 6


@pytest.mark.parametrize("shared", [0.0, 0.1, 0.3])
def test_rates_are_found_again_from_their_chances(shared):
    a, b = [0.8, 0.7, 0.6], [0.1, 0.2, 0.05]
    weights = chances(0.3, a, b, shared)
    fit = fitted(counted(1000 * weights, shared))
    np.testing.assert_allclose(fit.share, 0.3, atol=1e-11)
    np.testing.assert_allclose(fit.laws, [a, b], atol=1e-11)
    svy = ps.Survey(table_of(weights), weight="w")
    told = latent(ps.latent_assessors(svy, WHO, shared=shared), "se")["estimate"]
    marginal = [weights @ (PATTERNS[:, k]) for k in range(3)]
    assert told.tolist() == pytest.approx((1 - shared) * np.array(a) + shared * np.mean(a))
    false = 1 - latent(ps.latent_assessors(svy, WHO, shared=shared), "sp")["estimate"].to_numpy()
    assert 0.3 * told.to_numpy() + 0.7 * false == pytest.approx(marginal)


def test_of_rows_the_same_is_found_as_by_plain_em_of_each_row():
    """Dawid and Skene as they wrote it, by household; four assessors with gaps, two places."""
    rng = np.random.default_rng(11)
    n, names = 3000, list("abcd")
    place = rng.integers(0, 2, n)
    poor = rng.random(n) < np.where(place, 0.5, 0.2)
    said = rng.random((n, 4)) < np.where(
        poor[:, None], [0.8, 0.7, 0.9, 0.6], [0.1, 0.2, 0.15, 0.05]
    )
    said = np.where(rng.random((n, 4)) < 0.25, np.nan, said)
    w = rng.uniform(0.5, 2, n)
    table = pd.DataFrame(said, columns=names).assign(place=place, w=w)
    found = ps.latent_assessors(ps.Survey(table, weight="w"), names, by="place")
    kept = np.isfinite(said).any(axis=1)
    assert found.dropped == (~kept).sum() > 0
    said, place, w = said[kept], place[kept], w[kept]
    seen, x = np.isfinite(said), np.nan_to_num(said)
    share, laws = np.array([0.3, 0.3]), np.array([[0.7] * 4, [0.2] * 4])
    for _ in range(1500):
        lik = [np.where(seen, np.where(x == 1, a, 1 - a), 1).prod(axis=1) for a in laws]
        post = share[place] * lik[0]
        post = post / (post + (1 - share[place]) * lik[1])
        share = np.bincount(place, w * post) / np.bincount(place, w)
        laws = np.array([(w * q) @ x / ((w * q) @ seen) for q in (post, 1 - post)])
    told = latent(found)["estimate"].to_numpy()
    np.testing.assert_allclose(told[1:3], share, atol=1e-9)
    np.testing.assert_allclose(told[3:], np.column_stack([laws[0], 1 - laws[1]]).ravel(), atol=1e-9)
    assert told[0] == pytest.approx(w @ share[place] / w.sum())
    first = found.patterns.merge(pd.DataFrame(said, columns=names).assign(place=place, post=post).drop_duplicates(),
                                 on=["place", *names])  # fmt: skip
    np.testing.assert_allclose(first["chance"], first["post"], atol=1e-8)


def test_of_four_the_fit_is_that_of_r():
    told = json.loads((ROOT / "tests" / "reference" / "assessors.json").read_text())
    table = pd.DataFrame([*itertools.product([0, 1], repeat=4)], columns=[*WHO, "four"])
    svy = ps.Survey(table.assign(w=told["counts"]), weight="w")
    found = ps.latent_assessors(svy, [*WHO, "four"])
    wanted = np.column_stack([told["sensitivity"], told["specificity"]]).ravel()
    assert latent(found)["estimate"].tolist() == pytest.approx([told["share"], *wanted], abs=1e-6)
    pattern = found.patterns
    height = (pattern["population"] * np.log(pattern["fitted"])).sum()
    assert height == pytest.approx(told["log_likelihood"], abs=1e-8)
    assert found.fits["df"].item() == 6 and 0 < found.fits["misfit"].item() < 0.05


def test_shared_answers_are_the_maximum_that_an_optimiser_finds():
    rng = np.random.default_rng(3)
    weights = rng.multinomial(2000, np.r_[chances(0.2, [0.8] * 3, [0.1] * 3, 0.3) / 2,
                                          chances(0.4, [0.8] * 3, [0.1] * 3, 0.3) / 2])  # fmt: skip
    place = np.repeat([0, 1], 8)
    fit = fitted(counted(weights, 0.2, place))

    def minus(theta):
        theta = 1 / (1 + np.exp(-theta))
        p = np.concatenate([chances(s, theta[2:5], theta[5:], 0.2) for s in theta[:2]])
        return -(weights @ np.log(p))

    start = np.log(np.r_[0.3, 0.3, 0.7, 0.7, 0.7, 0.2, 0.2, 0.2])
    best = optimize.minimize(minus, start, method="BFGS", options={"gtol": 1e-6})
    assert -best.fun == pytest.approx(fit.likelihood, abs=1e-7)
    assert fit.likelihood >= -best.fun - 1e-8
    values = np.r_[fit.share, fit.laws.ravel()]
    np.testing.assert_allclose(1 / (1 + np.exp(-best.x)), values, atol=1e-4)


def test_errors_are_those_of_the_sandwich_by_row_and_of_a_jackknife():
    rng = np.random.default_rng(5)
    villages, size = 40, 25
    village = np.repeat(np.arange(villages), size)
    poor = rng.random(villages * size) < rng.beta(2, 4, villages)[village]
    table = pd.DataFrame(
        {who: rng.random(len(village)) < np.where(poor, 0.75, 0.12) for who in WHO}
    )
    table = table.astype(float).assign(village=village, w=rng.uniform(1, 3, villages)[village])
    svy = ps.Survey(table, weight="w", psu="village")
    told = latent(ps.latent_assessors(svy, WHO))
    # Leave one village out, with the factor of G/(G-1).
    columns = [f"r{v}" for v in range(villages)]
    weights = {c: np.where(village == v, 0, table["w"] * villages / (villages - 1))
               for v, c in enumerate(columns)}  # fmt: skip
    replicates = ps.Replicates(columns, kind="jackknife")
    left = ps.Survey(table.assign(**weights), weight="w", replicates=replicates)
    other = latent(ps.latent_assessors(left, WHO))
    np.testing.assert_allclose(other["estimate"], told["estimate"], atol=1e-10)
    np.testing.assert_allclose(other["std_error"], told["std_error"], rtol=0.08)
    # Without villages: rows as units, compressed, are the same as one unit to a row.
    plain = ps.latent_assessors(ps.Survey(table, weight="w"), WHO, by="village").tidy()
    rows = table.assign(row=np.arange(len(table)))
    each = ps.latent_assessors(ps.Survey(rows, weight="w", psu="row"), WHO, by="village").tidy()
    np.testing.assert_allclose(plain["std_error"], each["std_error"], rtol=1e-9)
    assert plain["df"].tolist() == each["df"].tolist()


# Simulated truth ----------------------------------------------------------------------------


def simulated(rng, villages, size, shared=0.0):
    village = np.repeat(np.arange(villages), size)
    poor = rng.random(len(village)) < rng.beta(3, 7, villages)[village]
    law = np.where(poor[:, None], [0.85, 0.75, 0.7], [0.08, 0.12, 0.15])
    said = rng.random(law.shape) < law
    leader = said[np.arange(len(said)), rng.integers(0, 3, len(said))]
    said = np.where((rng.random(len(said)) < shared)[:, None], leader[:, None], said)
    return pd.DataFrame(said.astype(float), columns=WHO).assign(village=village, poor=poor)


def test_estimates_have_no_bias_and_intervals_hold_in_villages():
    rng = np.random.default_rng(17)
    runs, wider = draws(300, 60)
    truth = np.r_[0.3, 0.85, 0.92, 0.75, 0.88, 0.7, 0.85]
    found, held = np.zeros((runs, 7)), np.zeros(7)
    for run in range(runs):
        svy = ps.Survey(simulated(rng, 60, 25), psu="village")
        told = latent(ps.latent_assessors(svy, WHO))
        found[run] = told["estimate"]
        held += (told["ci_low"] <= truth) & (truth <= told["ci_high"])
    spread = found.std(axis=0) / np.sqrt(runs)
    assert (np.abs(found.mean(axis=0) - truth) < 3.5 * spread + 0.003).all(), found.mean(axis=0)
    assert (held / runs > 0.95 - 0.045 * wider).all(), held / runs


def test_shared_error_makes_assessors_look_better_until_it_is_told():
    table = simulated(np.random.default_rng(2), 400, 50, shared=0.25)
    found = ps.latent_assessors(
        ps.Survey(table, psu="village"), WHO, shared=[0, 0.25], truth="poor"
    )
    step = found.contrast("shared", 0.25, 0.0).tidy()
    told = latent(found, "sensitivity")
    blind, told_ = (told[told["shared"] == x]["estimate"].to_numpy() for x in (0, 0.25))
    mean = 0.75 * np.array([0.85, 0.75, 0.7]) + 0.25 * np.mean([0.85, 0.75, 0.7])
    assert (blind > mean + 0.03).all() and told_ == pytest.approx(mean, abs=0.03)
    actual = latent(found, "sensitivity", "truth")["estimate"]
    assert actual.to_numpy() == pytest.approx(mean, abs=0.015)
    assert step["estimate"].to_numpy()[1] == pytest.approx(told_[0] - blind[0])
    apart = latent(found, "sensitivity", "latent class - truth")
    assert (apart[apart["shared"] == 0]["ci_low"] > 0).all()
    assert (np.abs(apart[apart["shared"] == 0.25]["estimate"]) < 0.04).all()


def test_the_curve_says_where_the_counts_can_be_fitted():
    weights = 1000 * chances(0.3, [0.7] * 3, [0.1] * 3)
    svy = ps.Survey(table_of(weights), weight="w")
    found = ps.latent_assessors(svy, WHO, shared=np.linspace(0, 0.6, 13))
    phi = latent(found, "agreement", "each other")["estimate"]
    low, high = found.range()
    assert low == 0 and high < phi.iloc[0] < 0.6  # all agreement may be copies, no more
    beyond = found.fits[found.fits["shared"] > high]
    assert (beyond["at_the_end"] != "").all() and beyond["deviance"].is_monotonic_increasing
    share = latent(found, "prevalence")
    assert share[share["shared"] <= high]["estimate"].is_monotonic_increasing
    assert (share["ci_low"] >= 0).all() and (share["ci_high"] <= 1).all()
    assert f"from 0 to {high:g}" in found.summary() and "能拟合" in found.summary("zh")


# Beside a truth -----------------------------------------------------------------------------


def test_rates_beside_the_truth_are_those_of_the_table_by_hand():
    rng = np.random.default_rng(8)
    table = simulated(rng, 40, 30).assign(w=1.0)
    table["poor"] = np.where(rng.random(len(table)) < 0.3, np.nan, table["poor"])
    svy = ps.Survey(table, psu="village")
    found = ps.latent_assessors(svy, WHO, truth="poor")
    known = table.dropna(subset=["poor"])
    told = latent(found, "", "truth").set_index("term")["estimate"]
    for who in WHO:
        right = known.groupby("poor")[who].mean()
        assert told[f"sensitivity of {who}"] == pytest.approx(right[1])
        assert told[f"specificity of {who}"] == pytest.approx(1 - right[0])
        phi = np.corrcoef(known[who], known["poor"].astype(float))[0, 1]
        assert told[f"agreement of {who} and poor"] == pytest.approx(phi)
    # Errors are those of shares of the survey.
    inside = ps.Survey(table.assign(w=(table["poor"] == 1).astype(float), x=table["one"]),
                       weight="w", psu="village")  # fmt: skip
    wanted = ps.mean(inside, "x").tidy()["std_error"].item()
    mine = latent(found, "sensitivity of one", "truth")["std_error"].item()
    assert mine == pytest.approx(wanted, rel=1e-9)
    apart = found.contrast("against", "latent class", "truth").tidy()
    assert len(apart) == 0  # the truth hangs on no assumption of what is shared
    own = latent(found, "", "latent class - truth").set_index("term")["estimate"]
    both = (
        latent(found).set_index("term")["estimate"] - told[~told.index.str.startswith("agreement")]
    )
    pd.testing.assert_series_equal(own.sort_index(), both.sort_index(), check_names=False)


def test_the_summary_says_first_what_agreement_proves():
    found = ps.latent_assessors(ps.Survey(simulated(np.random.default_rng(0), 30, 20)), WHO)
    first = found.summary().splitlines()[0]
    assert "does not prove that it is poverty" in first and "if they err independently" in first
    assert found.summary("zh").splitlines()[0].startswith("评估者之间的一致性")
    assert len(found.summary().splitlines()) == 5


def test_a_figure_shows_sensitivity_by_assessor_and_of_a_curve_the_prevalence():
    svy = ps.Survey(simulated(np.random.default_rng(0), 30, 20), psu="village")
    made_up = ps.Source("survey", "Made up.")
    ax = ps.latent_assessors(svy, WHO, truth="poor").plot(source=made_up)
    assert "ensitivity by assessor" in ax.get_title(loc="left")
    told = [one.get_text() for one in ax.get_legend().get_texts()]
    assert told == ["by latent classes", "beside what was measured"]
    ax = ps.latent_assessors(svy, WHO, shared=[0, 0.1]).plot(source=made_up, lang="zh")
    assert "贫困比例，按共用答案的比例" in ax.get_title(loc="left")
    assert [one.get_text() for one in ax.get_yticklabels()] == ["0", "0.1"]


def test_rows_in_one_unit_have_no_error():
    table = simulated(np.random.default_rng(1), 30, 20).assign(county=1, part=np.arange(600) % 2)
    svy = ps.Survey(table, psu="county", lonely="center")
    for told in (
        ps.latent_assessors(svy, WHO, truth="poor").tidy(),
        ps.latent_assessors(svy, WHO, by="part").tidy(),
        ps.judged_on(svy, "one", "two").tidy(),
    ):
        assert told["std_error"].isna().all() and told["estimate"].notna().all()
        assert told["method"].eq("one sampling unit, no error").all()


def test_a_name_is_no_place_and_the_range_is_that_of_all_places():
    table = simulated(np.random.default_rng(1), 40, 30).assign(county=lambda t: t["village"] % 4)
    options = {"truth": "poor", "shared": [0, 0.1]}
    plain = ps.latent_assessors(ps.Survey(table, psu="village"), WHO, by="county", **options)
    other = table.rename(columns={"county": "at"})
    other = ps.latent_assessors(ps.Survey(other, psu="village"), WHO, by="at", **options)
    for name in ("estimate", "std_error", "ci_low", "ci_high"):
        np.testing.assert_array_equal(other.tidy()[name], plain.tidy()[name])
    spans = latent(plain, "prevalence").query("county == 'all'")["estimate"]
    said = f"the prevalence is then from {spans.min():.2f} to {spans.max():.2f}"
    assert said in plain.summary() and said in other.summary()


def test_results_hang_on_no_scale_of_weights():
    table = simulated(np.random.default_rng(1), 40, 30).assign(w=lambda t: 1 + t["village"] % 3)
    plain = ps.latent_assessors(ps.Survey(table, "w", psu="village"), WHO, truth="poor").tidy()
    for scale in (1e-100, 1e100):
        svy = ps.Survey(table.assign(w=scale * table["w"]), weight="w", psu="village")
        told = ps.latent_assessors(svy, WHO, truth="poor").tidy()
        for name in ("estimate", "std_error", "ci_low", "ci_high", "df"):
            np.testing.assert_allclose(told[name], plain[name], rtol=1e-8)


def test_rows_without_a_weight_are_not_looked_at():
    table = simulated(np.random.default_rng(1), 20, 20).assign(w=1.0, county="a")
    plain = ps.latent_assessors(ps.Survey(table.iloc[2:], "w"), WHO, by="county").tidy()
    table.loc[0, ["w", "one"]], table.loc[1, ["w", "county"]] = [0, np.inf], [0, None]
    told = ps.latent_assessors(ps.Survey(table, "w"), WHO, by="county").tidy()
    np.testing.assert_allclose(told["estimate"], plain["estimate"], rtol=1e-9)


# Edges --------------------------------------------------------------------------------------


def test_what_lies_at_an_end_is_told_and_has_a_bound():
    a, b = [0.8, 0.7, 0.6], [0.0, 0.1, 0.2]  # one never errs on those who are not poor
    weights = 1000 * chances(0.3, a, b)
    weights[4:] *= [1.0, 0.98, 1.03, 1.0]
    found = ps.latent_assessors(ps.Survey(table_of(weights.round()).pipe(
        lambda t: t.loc[t.index.repeat(t["w"].astype(int))])), WHO)  # fmt: skip
    row = latent(found, "specificity of one").iloc[0]
    if found.fits["at_the_end"].item():
        assert found.fits["at_the_end"].item() == "specificity of one"
        assert row["estimate"] == 1 and row["std_error"] == 0 and 0.9 < row["ci_low"] < 1
        assert row["ci_high"] == 1 and not found.fits["can_be_fitted"].item()
        assert "specificity of one" in found.summary()


def test_a_place_where_nobody_is_named_has_the_bound_of_nobody_found():
    times = np.r_[chances(0.4, [0.9] * 3, [0.01] * 3) * 4000, [50, *[0] * 7]].round().astype(int)
    both = pd.concat([table_of(1, place="a"), table_of(1, place="b")])
    rows = both.iloc[np.repeat(np.arange(16), times)]
    found = ps.latent_assessors(ps.Survey(rows), WHO, by="place")
    told = latent(found, "prevalence").set_index("place")
    assert told.loc["b", "estimate"] == 0 and told.loc["b", "std_error"] == 0
    exact = 1 - 0.025 ** (1 / 50)  # nobody of 50
    assert told.loc["b", "ci_high"] == pytest.approx(exact, rel=0.05)
    assert found.fits["at_the_end"].item().startswith("prevalence, place 'b'")
    assert told.loc["all", "n"] == len(rows) and told.loc["all", "std_error"] > 0


def test_places_and_units_keep_their_errors_missing():
    table = simulated(np.random.default_rng(4), 20, 40)
    found = ps.latent_assessors(ps.Survey(table, psu="village"), WHO, by="village").tidy()
    inside = found[(found["term"] == "prevalence") & (found["village"] != "all")]
    assert (
        inside["std_error"].isna().all()
        and (inside["method"] == "one sampling unit, no error").all()
    )
    assert found[found["village"] == "all"]["std_error"].notna().all()


def test_the_mirror_is_left_and_marks_of_any_kind_will_do():
    table = simulated(np.random.default_rng(6), 40, 40)
    told = latent(ps.latent_assessors(ps.Survey(table), WHO))["estimate"].to_numpy()
    turned = table.assign(**{who: 1 - table[who] for who in WHO})
    other = latent(ps.latent_assessors(ps.Survey(turned), WHO))["estimate"].to_numpy()
    # Not poor is the class then: sensitivity is what specificity was.
    np.testing.assert_allclose(other, np.r_[1 - told[0], told[[2, 1, 4, 3, 6, 5]]], atol=1e-10)
    one_turned = table.assign(three=1 - table["three"])
    found = latent(ps.latent_assessors(ps.Survey(one_turned), WHO))["estimate"].to_numpy()
    np.testing.assert_allclose(found[:5], told[:5], atol=1e-10)
    np.testing.assert_allclose(
        found[5:], 1 - told[5:], atol=1e-10
    )  # worse than chance, and told so
    kinds = table.assign(one=table["one"].astype(bool), two=table["two"].astype("Int64"),
                         three=table["three"].astype("category"))  # fmt: skip
    same = latent(ps.latent_assessors(ps.Survey(kinds), WHO))["estimate"]
    np.testing.assert_array_equal(same, told)
    engine = ps.Survey(duckdb.from_df(table))
    np.testing.assert_allclose(
        latent(ps.latent_assessors(engine, WHO))["estimate"], told, atol=1e-12
    )


SIM = simulated(np.random.default_rng(9), 30, 20)


def latent_of(table=SIM, who=WHO, **more):
    return lambda: ps.latent_assessors(ps.Survey(table), who, **more)


@pytest.mark.parametrize("call, words", [
    (latent_of(who=WHO[:2]), ["three assessors or more", "ps.hui_walter(svy, 'one', 'two', over='county')"]),
    (latent_of(who="one"), ["three assessors or more", 'assessors=["one", "two", "three"]']),
    (latent_of(who=["one", "two", "one"]), ["each named once", "column one"]),
    (latent_of(truth="one"), ["each named once"]),
    (latent_of(by="two"), ["each named once"]),
    (latent_of(SIM.rename(columns={"village": "estimate"}), by="estimate"), ["name that the result has", "rename"]),
    (latent_of(SIM.assign(village=np.where(SIM["village"] > 9, "all", "a")), by="village"), ["called all"]),
    (latent_of(SIM.rename(columns={"village": "n"}), by="n"), ["name that the result has", "rename"]),
    (latent_of(SIM.rename(columns={"one": "chance"}), ["chance", "two", "three"]), ["name that the result has"]),
    (latent_of(SIM.assign(two=1.0)), ["the same of all", "column two", "assessors=['one', 'three']"]),
    (latent_of(SIM.assign(two=np.nan)), ["the same of all", "no mark"]),
    (latent_of(SIM.assign(poor=0), truth="poor"), ["the same of all", "truth=None"]),
    (latent_of(SIM.assign(one=np.where(SIM["one"] == 1, "是", "否"))), ["no numbers", "yes_no"]),
    (latent_of(SIM.assign(one=np.where(SIM["one"] == 1, "yes", "no"))), ["no numbers", "yes_no"]),
    (latent_of(SIM.assign(one=np.where(SIM["one"] == 1, "poor", "rich"))), ["no numbers", "table['one'] == "]),
    (latent_of(SIM.assign(one=SIM["one"] + 1)), ["neither 1 (judged poor)"]),
    (latent_of(SIM.assign(one=SIM["one"].replace(1, np.inf))), ["infinite one"]),
    (latent_of(who=["one", "two", "thre"]), ["Did you mean 'three'"]),
    (latent_of(shared=1.0), ["shared= lies between 0 and 1"]),
    (latent_of(shared=[]), ["a number, or several"]),
    (latent_of(shared=[0.1, -0.2]), ["shared= lies between 0 and 1"]),
    (latent_of(SIM.assign(village=SIM["village"].where(SIM["village"] > 0)), by="village"), ["no village"]),
    (latent_of(SIM.assign(one=SIM["one"].where(SIM["village"] == 0), two=SIM["two"].where(
        SIM["village"] == 1), three=SIM["three"].where(SIM["village"] == 2))), ["fewer patterns"]),
    (lambda: ps.latent_assessors(SIM, WHO), ["takes a Survey"]),
])  # fmt: skip
def test_what_tells_nothing_is_refused(call, words):
    refused(call, *words)


def test_two_at_a_time_do_not_tell_three():
    """Each household judged by two: nine rates of patterns, but six that differ."""
    table = SIM.copy()
    for part, who in enumerate(WHO):
        table.loc[np.arange(len(table)) % 3 == part, who] = np.nan
    refused(latent_of(table), "likelihood is flat")


# Burkina Faso -------------------------------------------------------------------------------

PLACE = Path(os.environ.get("POVSTUDY_DATA", "nowhere")) / "burkina_faso_ranking"
REAL = PLACE / "hillebrecht(missing).csv"
THREE = ["informant1", "informant2", "informant3"]
burkina = pytest.mark.skipif(not REAL.exists(), reason="burkina_faso_ranking: set POVSTUDY_DATA")


def informants(first_is_rich=True, coverage=0.3):
    """Poorest share of each community and year by each informant, and by consumption."""
    table = pd.read_csv(REAL, dtype={"hhid": str, "community": str}).dropna(subset=THREE)
    within = table.groupby(["community", "year"])
    made = table[["community", "year", "rural"]].copy()
    for who in THREE:
        made[who] = (within[who].rank(pct=True, ascending=not first_is_rich) <= coverage).astype(
            int
        )
    made["poor"] = (within["consumption"].rank(pct=True) <= coverage).astype(int)
    return table, made


@burkina
def test_rank_one_is_the_richest_of_a_community():
    """The more a household owns, the smaller the number of its rank: the last is the poorest."""
    table, _ = informants()
    within = table.groupby(["community", "year"])
    for trait, sign in (
        ("rooms", -1),
        ("motorbike", -1),
        ("tv", -1),
        ("bullock", -1),
        ("widow", 1),
    ):
        apart = table[trait] - within[trait].transform("mean")
        for who in THREE:
            assert sign * apart.corr(within[who].rank(pct=True)) > 0.15, (trait, who)
    for who, wanted in zip(THREE, (-0.063, -0.136, -0.098), strict=True):
        found = within[who].rank(pct=True).corr(within["consumption"].rank(pct=True))
        assert found == pytest.approx(wanted, abs=1e-3)
    pairs = within[THREE].rank(pct=True).corr().to_numpy()[np.triu_indices(3, 1)]
    assert pairs == pytest.approx([0.627, 0.592, 0.589], abs=1e-3)


@burkina
def test_informants_agree_and_latent_classes_call_them_good_who_hardly_find_the_poor():
    _, marks = informants()
    found = ps.latent_assessors(ps.Survey(marks, psu="community"), THREE, truth="poor",
                                shared=[0, 0.25, 0.3])  # fmt: skip
    told = latent(found, "sensitivity")
    told = told[told["shared"] == 0]
    assert told["estimate"].tolist() == pytest.approx([0.722, 0.735, 0.704], abs=1e-3)
    actual = latent(found, "sensitivity", "truth")
    named = 1 - latent(found, "specificity", "truth")["estimate"].to_numpy()
    assert actual["estimate"].tolist() == pytest.approx([0.307, 0.344, 0.344], abs=1e-3)
    assert actual["estimate"].to_numpy() - named == pytest.approx([0.070, 0.118, 0.115], abs=1e-3)
    agree = latent(found, "agreement", "each other")["estimate"]
    assert agree.tolist() == pytest.approx([0.452, 0.418, 0.429], abs=1e-3)
    assert (
        latent(found, "sensitivity", "latent class - truth").query("shared == 0")["ci_low"] > 0.25
    ).all()
    assert found.range() == (
        0.0,
        0.25,
    )  # prevalence from .28 to .49, and the counts do not tell which
    assert "0.43 with each other and at 0.10 with poor" in found.summary().splitlines()[0]


@burkina
def test_what_they_go_by_is_nearer_to_what_a_household_has_than_to_what_each_member_has():
    table, marks = informants()
    whole = table["consumption"] * table["hhsize"]
    poor = whole.groupby([table["community"], table["year"]]).rank(pct=True) <= 0.3
    found = ps.latent_assessors(
        ps.Survey(marks.assign(poor=poor), psu="community"), THREE, truth="poor"
    )
    true = latent(found, "sensitivity", "truth")["estimate"]
    assert true.mean() == pytest.approx(0.43, abs=5e-3)  # .33 by consumption of each member
    assert latent(found, "agreement", "truth")["estimate"].mean() == pytest.approx(0.23, abs=5e-3)


@burkina
def test_turned_round_they_agree_as_well_and_do_worse_than_chance():
    _, marks = informants(first_is_rich=False)
    found = ps.latent_assessors(ps.Survey(marks, psu="community"), THREE, truth="poor")
    assert latent(found, "sensitivity")["estimate"].tolist() == pytest.approx(
        [0.809, 0.727, 0.661], abs=1e-3
    )
    true = latent(found, "sensitivity", "truth")["estimate"].to_numpy()
    named = 1 - latent(found, "specificity", "truth")["estimate"].to_numpy()
    assert (true - named < -0.04).all() and true == pytest.approx([0.218] * 3, abs=1e-3)
