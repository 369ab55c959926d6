"""Bounds on trends: against published numbers, by brute force, and what must hold."""

import os
import runpy
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from diff_diff import CallawaySantAnna, HonestDiD
from scipy import optimize, stats

import povstudy as ps
from povstudy.approaches.sensitivity import (
    breakdown,
    folded,
    relative_magnitudes,
    relative_set,
    smoothness,
)

MADE = runpy.run_path(str(ROOT / "tests" / "reference" / "effects.py"))
WHOLE = MADE["make_panel"](11, attrition=0, switchers=0)
PUBLISHED = Path(os.environ.get("POVSTUDY_DATA", "nowhere")).parent / "oracles" / "01_honestdid"
FIRST, BOTH = [1.0, 0.0], [0.5, 0.5]


def published(name):
    """Estimates and covariance of an event study of the HonestDiD package (MIT)."""
    if not PUBLISHED.is_dir():
        pytest.skip("needs the published event studies beside POVSTUDY_DATA")
    beta = np.loadtxt(PUBLISHED / f"{name}_betahat.csv", delimiter=",")
    return beta, np.loadtxt(PUBLISHED / f"{name}_sigma.csv", delimiter=",")


def made(seed, before=4, after=3, drift=0.0):
    """An event study of chance, with errors of .1 or so that hang together."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(before + after, 2 * (before + after))) / 30 + 0.02
    sigma = root @ root.T
    return rng.multivariate_normal(np.full(before + after, drift), sigma), sigma


def compare(table=WHOLE, **options):
    return ps.compare(table, "log_income", "village", **options)


# Published ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "bound", "ends", "within"),
    [  # 1,000 grid points, .000366 apart, and a simulated quantile: no closer than that
        (FIRST, 0, [0.0287656, 0.0643104], 4e-4),
        (FIRST, 0.5, [0.0240019, 0.0672420], 4e-4),
        (FIRST, 1, [0.0170395, 0.0720057], 4e-4),
        (FIRST, 1.5, [0.0082449, 0.0797010], 4e-4),
        (FIRST, 2, [-0.0009161, 0.0881291], 4e-4),
        (FIRST, 0.5, [0.0241301, 0.0672633], 4e-4),  # a second run, with another grid
        (FIRST, 1, [0.0170937, 0.0719630], 4e-4),
        (FIRST, 1.5, [0.0085869, 0.0795988], 5e-4),  # .00813 with many draws: see below
        (FIRST, 2, [-0.0010670, 0.0883473], 4e-4),
        (BOTH, 0, [0.0405305, 0.0751226], 4e-4),
        (BOTH, 0.5, [0.0321418, 0.0798156], 4e-4),
        (BOTH, 1, [0.0193843, 0.0901486], 4e-4),
        (BOTH, 1.5, [0.0058243, 0.1035015], 4e-4),
        (BOTH, 2, [-0.0085384, 0.1172486], 4e-4),
    ],
)
def test_relative_magnitudes_are_those_published(weights, bound, ends, within):
    """HonestDiD 0.2.8, C-LF, expansion of Medicaid: its README."""
    found = relative_magnitudes(*published("medicaid"), 5, weights)(bound)
    assert found == pytest.approx(ends, abs=within)


def test_estimated_sets_are_the_published_estimates_and_their_largest_step():
    beta, _ = published("medicaid")
    assert relative_set(beta, 5, FIRST, 1) == pytest.approx([0.0378255213236, 0.0550681869963])
    assert relative_set(beta, 5, FIRST, 2) == pytest.approx([0.0292041884872, 0.0636895198327])


@pytest.mark.parametrize(
    ("bend", "ends"),
    [(0, [0.0259415, 0.0607258]), (0.01, [0.0131970, 0.0786707]), (0.02, [0.0028570, 0.0907160]),
     (0.03, [-0.0071426, 0.1007156]), (0.05, [-0.0271426, 0.1207156])],
)  # fmt: skip
def test_smoothness_is_that_published(bend, ends):
    """HonestDiD 0.2.8, FLCI; its quantile is simulated."""
    assert smoothness(*published("medicaid"), 5, FIRST)(bend) == pytest.approx(ends, abs=5e-5)


@pytest.mark.parametrize(
    ("name", "before", "within"), [("medicaid", 5, 1e-6), ("bc", 4, 1e-6), ("lw", 9, 2e-4)]
)
def test_smoothness_is_that_of_a_second_program(name, before, within):
    """The centre is flat where the length is not: lengths agree closer."""
    beta, sigma = published(name)
    theirs = pd.read_csv(PUBLISHED / "diffdiff_flci.csv").dropna().query("data == @name")
    interval = smoothness(beta, sigma, before, np.eye(len(beta) - before)[0])
    assert len(theirs) >= 4
    for row in theirs.itertuples():
        low, high = interval(row.M)
        assert [low, high] == pytest.approx([row.lb, row.ub], abs=within)
        assert high - low == pytest.approx(row.ub - row.lb, rel=1e-5)


# By brute force -----------------------------------------------------------------------------


def brute(beta, sigma, before, weights, bound, theta, draws=60_000, alpha=0.05):
    """The hybrid test of one value, from vertices found by trying all bases, and by simulation."""
    after = len(weights)
    rng, full = np.random.default_rng(0), np.insert(np.eye(len(beta)), before, 0, axis=0)
    steps = np.diff(full, axis=0)
    null = np.linalg.svd(np.array([weights]))[2][1:].T  # directions of later effects left free
    lead = np.asarray(weights) / np.dot(weights, weights)
    after_steps = np.diff(np.vstack([np.zeros(after), np.eye(after)]), axis=0)
    for early in [*steps[:before], *-steps[:before]]:
        rows = np.vstack([steps[before:], -steps[before:]]) - bound * early
        moments = rows @ beta - np.r_[after_steps @ lead, -after_steps @ lead] * theta
        x = np.vstack([after_steps @ null, -after_steps @ null])
        covariance = rows @ sigma @ rows.T
        scale = np.sqrt(np.diag(covariance))
        solved = optimize.linprog(
            np.r_[1, np.zeros(after - 1)], np.column_stack([-scale, -x]), -moments,
            bounds=(None, None),
        )  # fmt: skip
        equal = np.vstack([x.T, scale])
        vertices = []
        for basis in combinations(range(2 * after), after):
            block = equal[:, basis]
            if abs(np.linalg.det(block)) > 1e-12:
                gamma = np.linalg.solve(block, np.r_[np.zeros(after - 1), 1])
                if (gamma >= -1e-12).all():
                    vertices.append(np.zeros(2 * after))
                    vertices[-1][list(basis)] = gamma
        vertices = np.array(vertices)
        values = vertices @ moments
        eta, top = values.max(), vertices[values.argmax()]
        assert eta == pytest.approx(solved.fun, abs=1e-9)
        noise = rng.multivariate_normal(np.zeros(len(beta)), sigma, draws) @ rows.T @ vertices.T
        edge = np.quantile(noise.max(axis=1), 1 - alpha / 10)
        spread = top @ covariance @ top
        slope = vertices @ covariance @ top / spread
        rest = values - slope * eta
        low = max(
            [-np.inf, *(r / (1 - s) for r, s in zip(rest, slope, strict=True) if s < 1 - 1e-9)]
        )
        high = min([edge, *(r / (1 - s) for r, s in zip(rest, slope, strict=True) if s > 1 + 1e-9)])
        size = np.sqrt(spread)
        part = stats.truncnorm.sf(eta / size, low / size, high / size) if low < eta < high else 0
        if eta <= 0 or (eta <= edge and part >= 0.045 / 0.995):
            return True
    return False


@pytest.mark.parametrize(
    ("seed", "weights"), [(1, [0.2, 0.5, 0.3]), (2, [0, 1, 0]), (3, [1, -2, 2])]
)
def test_the_test_is_the_one_found_by_trying_all_vertices(seed, weights):
    beta, sigma = made(seed)
    for bound in (0.3, 1.5):
        low, high = relative_magnitudes(beta, sigma, 4, weights)(bound)
        wide = (high - low) / 100
        for inside, outside in ((low + wide, low - wide), (high - wide, high + wide)):
            assert brute(beta, sigma, 4, weights, bound, inside)
            assert not brute(beta, sigma, 4, weights, bound, outside)


def test_an_end_that_two_published_runs_tell_apart_is_that_of_many_draws():
    """Published .00859 and .00824, of 1,000 draws each: these move the end by .0002, the grid by .0004."""
    beta, sigma = published("medicaid")
    low, _ = relative_magnitudes(beta, sigma, 5, FIRST)(1.5)
    for theta, kept in ((low - 4e-5, False), (low + 4e-5, True)):
        assert brute(beta, sigma, 5, FIRST, 1.5, theta, draws=400_000) == kept


def test_smoothness_is_the_shortest_of_all_weights_of_the_times_before():
    beta, sigma = made(4)
    weights, times = np.array([0.2, 0.5, 0.3]), np.r_[-4:0, 1:4]

    def length(free, bend=0.05):
        v = np.r_[free, 0, weights]
        v[3] = times @ v  # no weight on a straight line
        late = sum(abs(weights @ np.maximum(times[4:] - j, 0)) for j in range(3))
        early = sum(abs(v[:4] @ np.maximum(-times[:4] - j, 0)) for j in range(1, 4))
        size = np.sqrt(v @ sigma @ v)
        return 2 * size * folded(bend * (late + early) / size, 0.05)

    least = min(optimize.minimize(length, start, method="Nelder-Mead",
                                  options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000}).fun
                for start in np.vstack([np.zeros(3), np.eye(3), -np.eye(3)]))  # fmt: skip
    assert -np.subtract(*smoothness(beta, sigma, 4, weights)(0.05)) == pytest.approx(
        least, rel=1e-6
    )


def test_the_folded_quantile():
    for mean in (0, 0.3, 2, 40):
        assert folded(mean, 0.1) == pytest.approx(stats.foldnorm.ppf(0.9, mean), rel=1e-6)


# What must hold -----------------------------------------------------------------------------


@pytest.mark.parametrize("make", [relative_magnitudes, smoothness])
def test_intervals_follow_scale_and_sign_and_do_not_shrink(make):
    for seed in range(6):
        beta, sigma = made(seed, drift=0.2)
        weights = [[0, 0, 1], [1, 1, 1]][seed % 2]
        interval, bound = make(beta, sigma, 4, weights), 0.5 if make is smoothness else 1
        low, high = interval(bound)
        back = make(-beta, sigma, 4, weights)(bound)
        assert [-back[1], -back[0]] == pytest.approx([low, high], rel=1e-4)
        scaled = make(1e6 * beta, 1e12 * sigma, 4, weights)
        told = scaled(bound if make is relative_magnitudes else 1e6 * bound)
        assert told == pytest.approx([1e6 * low, 1e6 * high], rel=1e-4)
        lengths = [-np.subtract(*interval(one)) for one in np.linspace(0, 2, 9)]
        assert (np.diff(lengths) > -1e-6).all()
        if make is relative_magnitudes:
            ends = np.array([interval(one) for one in np.linspace(0, 2, 9)])
            assert (np.diff(ends[:, 0]) < 1e-6).all()
            assert (np.diff(ends[:, 1]) > -1e-6).all()
            error = np.sqrt(weights @ sigma[4:, 4:] @ weights)
            assert ends[0] == pytest.approx(beta[4:] @ weights + error * np.array([-1.96, 1.96]),
                                            abs=1e-3 * error)  # fmt: skip


@pytest.mark.parametrize(
    ("make", "violation", "bound"),
    [(relative_magnitudes, [-0.1, 0.2, 0.2, 0.1, 0.4, 0.7, 1.0], 1),  # three steps of the largest
     (relative_magnitudes, [0.02, 0.01, 0, 0.01, 0, 0, 0], 0.5),
     (smoothness, [0.6, 0.3, 0.1, 0, 0.1, 0.3, 0.6], 0.1)],
)  # fmt: skip
def test_intervals_hold_the_truth_as_often_as_they_say(make, violation, bound):
    rng, sigma, weights = np.random.default_rng(5), made(0)[1], np.array([0, 0.5, 0.5])
    truth = np.r_[0, 0, 0, 0, 1, 1, 1]
    held = 0
    for beta in rng.multivariate_normal(truth + violation, sigma, 300):
        low, high = make(beta, sigma, 4, weights)(bound)
        held += low <= 1 <= high
    assert held >= 300 * 0.95 - 3 * np.sqrt(300 * 0.95 * 0.05)


def test_a_breakdown_is_the_bound_at_which_zero_comes_in():
    assert breakdown(lambda bound: (3 - bound, 9)) == (pytest.approx(3, rel=0.005), False)
    assert breakdown(lambda bound: (-9, bound - 0.01)) == (pytest.approx(0.01, abs=5e-4), False)
    assert breakdown(lambda bound: (-1, 1))[1] is False
    assert np.isnan(breakdown(lambda bound: (-1, 1))[0])
    assert breakdown(lambda bound: (1, 2), 10) == (640, True)
    interval = relative_magnitudes(*made(3, drift=0.4), 4, [1, 0, 0])
    end, _ = breakdown(interval)
    assert interval(end - 0.01)[0] > 0 > interval(end + 0.01)[0]


# Of effects ---------------------------------------------------------------------------------


def test_a_bound_of_zero_gives_the_interval_of_the_effect():
    eff = compare()
    for arms in ({}, {"value": "social_work", "base": "administrative"}):
        found = eff.sensitivity(magnitudes=[0, 1], since=0, **arms)
        usual = (eff.contrast(**arms, by="since") if arms else eff.effects("since")).tidy()
        usual = usual[usual["since"] == 0]
        both = found[found["bound"] == 0]
        assert both["arm"].tolist() == usual["arm"].tolist()
        for column in ("estimate", "ci_low", "ci_high"):
            assert both[column].to_numpy() == pytest.approx(usual[column].to_numpy(), abs=2e-4)
    assert list(found) == ["arm", "since", "kind", "bound", "estimate", "ci_low", "ci_high",
                           "breakdown", "method", "data_status"]  # fmt: skip


def test_smoothness_of_effects_is_that_of_diff_diff():
    short = WHOLE[WHOLE["year"].between(2013, 2016) & (WHOLE["start_admin"] != 2014)]
    part = short[short["start_social_work"].isna()]
    part = part.assign(first=part["start_admin"].fillna(0).astype(int))
    theirs = CallawaySantAnna(cluster="village", base_period="universal").fit(
        part, "log_income", "household_id", "year", "first"
    )
    bound = HonestDiD("smoothness", 0.0).fit(theirs.aggregate("event_study"))
    eff = compare(part, starts={"administrative": "start_admin"}, factor="whole")
    found = eff.sensitivity("smoothness", bends=[0, 0.5])
    assert found.loc[0, ["ci_low", "ci_high"]].tolist() == pytest.approx(
        [bound.ci_lb, bound.ci_ub], abs=1e-3
    )
    assert (found["ci_high"] - found["ci_low"]).tolist()[1] > 0.5


def test_anticipation_moves_the_base_and_one_time_before_it_is_told():
    found = compare(anticipation=1).sensitivity(magnitudes=[1], since=1)
    assert found["estimate"].tolist() == pytest.approx(
        compare(anticipation=1).tidy("since").query("since == 1")["estimate"].tolist()
    )
    late = WHOLE[WHOLE["start_admin"].fillna(2015) == 2015]
    late = late[late["start_social_work"].fillna(2015) == 2015]
    eff = compare(late[late["year"] >= 2013])
    assert (eff.sensitivity()["method"].str.contains("one difference before help")).all()
    assert np.isfinite(eff.sensitivity("smoothness", bends=[0, 0.1])["ci_low"]).all()


def test_zero_that_is_never_left_out_is_told():
    rng = np.random.default_rng(3)
    eff = compare(WHOLE.assign(log_income=rng.normal(size=len(WHOLE))))
    found = eff.sensitivity(magnitudes=0)
    lost = (found["ci_low"] < 0) & (found["ci_high"] > 0)
    assert lost.any()
    assert found.loc[lost, "breakdown"].isna().all()
    assert found.loc[lost, "method"].str.endswith("zero never left out").all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: compare().sensitivity("linear"), ["no such bound", "smoothness"]),
        (lambda: compare().sensitivity(magnitudes=[-1]), ["magnitudes= ", "-1", "[0.5, 1, 2]"]),
        (lambda: compare().sensitivity("smoothness", bends=[np.nan]), ["bends= ", "nan"]),
        (lambda: compare().sensitivity(magnitudes=[]), ["magnitudes= ", "None"]),
        (lambda: compare().sensitivity("smoothness", magnitudes=[1]), ["bends=[0]", "magnitudes="]),
        (lambda: compare().sensitivity(level=95), ["level= ", "0.95"]),
        (lambda: compare().sensitivity(since=-2), ["no effect at this time", "since=0"]),
        (lambda: compare().sensitivity(value="both", base="administrative"), ["no such arm"]),
        (lambda: compare().sensitivity(base="administrative"), ["no such arm"]),
        (lambda: compare(WHOLE[WHOLE["year"] != 2017]).sensitivity(), ["evenly spaced", "2018"]),
        (lambda: compare(WHOLE[WHOLE["year"] >= 2015], starts={"a": "start_admin"}
                         ).sensitivity("smoothness"), ["before the base", "earlier wave"]),
        (lambda: relative_magnitudes([1.0, 2], np.eye(2), 0, BOTH), ["no time before the base"]),
        (lambda: smoothness([1.0, 2], np.eye(2), 0, BOTH), ["no time before the base"]),
        (lambda: relative_magnitudes([1, 1, 2, 1], np.ones((4, 4)), 2, BOTH), ["full rank"]),
        (lambda: smoothness([1, 1, 2, 1], np.ones((4, 4)), 2, BOTH), ["full rank"]),
        (lambda: smoothness([1, 1, 2, 1], np.full((4, 4), np.nan), 2, BOTH), ["full rank"]),
    ],
)  # fmt: skip
def test_refused_in_words(call, words):
    with pytest.raises(ps.PovstudyError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy
