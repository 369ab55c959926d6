"""Without a gold standard: against maximum likelihood in R, simulations with known truth, by hand."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, draws
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

import povstudy as ps
from povstudy.targeting.latent import _solved

R = json.loads((ROOT / "tests" / "reference" / "targeting.json").read_text("utf-8"))["hui_walter"]
# The tuberculin tests of Hui and Walter (1980): judgements of one and two, in two populations.
COUNTS = {"a": (14, 4, 9, 528), "b": (887, 31, 37, 367)}
FIELDS = [(1, 1), (1, 0), (0, 1), (0, 0)]
KNOWN = {"sensitivity": (45, 50), "specificity": (90, 100)}


def judged(counts):
    """A row for each household, from the counts of the four fields of each population."""
    rows = [(who, *marks) for who in counts for marks in FIELDS]
    table = pd.DataFrame(rows, columns=["county", "one", "two"])
    return table.loc[table.index.repeat(np.ravel([*counts.values()]).astype(int))]


def hui_walter(counts):
    return ps.hui_walter(ps.Survey(judged(counts)), "one", "two", "county")


def numbers(found):
    return found.tidy()[["estimate", "std_error"]].to_numpy()


def chances(prevalence, se, sp):
    """Chances of the four fields, and how often both judge poor."""
    of = lambda one, two: (  # noqa: E731
        prevalence * np.prod([s if x else 1 - s for s, x in zip(se, (one, two), strict=True)])
        + (1 - prevalence) * np.prod([1 - s if x else s for s, x in zip(sp, (one, two), strict=True)])
    )  # fmt: skip
    return [of(*marks) for marks in FIELDS]


def refused(call, *words):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


# Hui and Walter -----------------------------------------------------------------------------


def test_two_assessors_are_judged_as_by_maximum_likelihood():
    estimates, errors = numbers(hui_walter(COUNTS)).T
    order = [0, 2, 1, 3, 4, 5]  # of R: sensitivities, specificities, prevalences
    assert estimates[order] == pytest.approx(R["estimate"], abs=1e-6)
    assert errors[order] == pytest.approx(R["se"], rel=2e-3)  # n - 1 here, n there
    # as printed: error rates of both tests, and prevalences
    printed = [1 - 0.0339, 1 - 0.0067, 1 - 0.0312, 1 - 0.0159, 0.0268, 0.7168]
    assert estimates == pytest.approx(printed, abs=1e-4)


RATE = st.floats(0.6, 0.98)


@given(RATE, RATE, RATE, RATE, st.floats(0.05, 0.4), st.floats(0.5, 0.95), st.booleans())
def test_the_closed_form_finds_what_the_chances_were_made_of(se1, se2, sp1, sp2, low, high, turned):
    prevalences = (high, low) if turned else (low, high)
    fields = np.array([chances(p, (se1, se2), (sp1, sp2)) for p in prevalences]).T
    rates = np.concatenate([fields[0] + fields[1], fields[0] + fields[2], fields[0]])
    assert _solved(rates) == pytest.approx([se1, sp1, se2, sp2, *prevalences], abs=1e-9)


def test_judging_who_is_not_poor_turns_the_rates_round():
    table = judged(COUNTS)
    turned = table.assign(one=1 - table["one"], two=1 - table["two"])
    found = numbers(ps.hui_walter(ps.Survey(turned), "two", "one", "county"))
    plain = numbers(hui_walter(COUNTS))
    assert found[:4] == pytest.approx(plain[[3, 2, 1, 0]])
    assert found[4:, 0] == pytest.approx(1 - plain[4:, 0])
    assert found[4:, 1] == pytest.approx(plain[4:, 1])


def test_prevalences_can_be_contrasted():
    found = hui_walter(COUNTS)
    step = found.contrast("county", "b", "a").tidy()
    assert step["estimate"].tolist() == pytest.approx([0.7168 - 0.0268], abs=1e-4)
    cov = found.cov().to_numpy()[4:, 4:]
    assert step["std_error"][0] ** 2 == pytest.approx(cov.trace() - 2 * cov[0, 1])


def test_assessors_who_copy_look_better_than_they_are():
    fields = []
    for prevalence in (0.1, 0.5):
        apart = np.array(chances(prevalence, (0.8, 0.8), (0.9, 0.9)))
        one = apart[0] + apart[1]
        fields.append(5000 * (0.7 * apart + 0.3 * np.array([one, 0, 0, 1 - one])))
    found = numbers(hui_walter(dict(zip("ab", fields, strict=True))))[:, 0]
    assert (found[[0, 2]] > 0.83).all() and (found[[1, 3]] > 0.92).all()


def test_errors_hold_in_villages():
    """Coverage under a clustered design; three standard errors of the simulation about it."""
    rng = np.random.default_rng(7)
    runs, wider = draws(250, 80)
    villages, size, truth = 50, 30, np.array([0.85, 0.95, 0.75, 0.9, 0.6, 0.1])
    village = np.repeat(np.arange(2 * villages), size)
    county = village // villages
    covered, found = np.zeros(6), np.zeros((runs, 6))
    for run in range(runs):
        share = np.r_[rng.beta(6, 4, villages), rng.beta(1, 9, villages)]
        poor = rng.random(len(village)) < share[village]
        marks = [
            rng.random(len(village)) < np.where(poor, truth[i], 1 - truth[i + 1]) for i in (0, 2)
        ]
        table = pd.DataFrame(
            {"village": village, "county": county, "one": marks[0], "two": marks[1]}
        )
        svy = ps.Survey(table, strata="county", psu="village")
        told = ps.hui_walter(svy, "one", "two", "county").tidy()
        found[run] = told["estimate"]
        covered += (told["ci_low"] <= truth) & (truth <= told["ci_high"])
    assert (covered / runs > 0.95 - 0.045 * wider).all(), covered / runs
    assert found.mean(axis=0) == pytest.approx(truth, abs=0.01 * wider)


def test_engines_and_replicates_give_the_same():
    table = judged(COUNTS).reset_index(drop=True)
    wanted = hui_walter(COUNTS)
    found = ps.hui_walter(ps.Survey(duckdb.from_df(table)), "one", "two", "county")
    assert numbers(found) == pytest.approx(numbers(wanted), rel=1e-9)
    assert found.table["county"].tolist() == ["both"] * 4 + ["a", "b"]
    rng = np.random.default_rng(2)
    names = [f"r{i}" for i in range(150)]
    draws = rng.multinomial(len(table), np.full(len(table), 1 / len(table)), len(names)).T
    table = table.assign(w=1).join(pd.DataFrame(draws, columns=names))
    svy = ps.Survey(table, weight="w", replicates=ps.Replicates(names))
    found = numbers(ps.hui_walter(svy, "one", "two", "county"))
    assert found[:, 0] == pytest.approx(numbers(wanted)[:, 0])
    assert found[:, 1] == pytest.approx(numbers(wanted)[:, 1], rel=0.25)  # noise of 150 draws


def expected(prevalences, se=(0.9, 0.9), sp=(0.9, 0.9), n=2000):
    return {name: n * np.array(chances(p, se, sp))
            for name, p in zip("abc", prevalences, strict=False)}  # fmt: skip


@pytest.mark.parametrize("counts, words", [
    (expected((0.30, 0.30)), ["nothing is identified", "one"]),
    (expected((0.30, 0.31)), ["by more than its error"]),
    (expected((0.1, 0.5), se=(0.9, 0.3), sp=(0.9, 0.7)), ["that two judges poor"]),
    (expected((0.1, 0.5), se=(0.9, 0.1), sp=(0.9, 0.1)), ["worse than chance", "coding"]),
    (expected((0.1, 0.3, 0.5)), ["two populations", "['a', 'b', 'c']"]),
    ({"a": (10, 190, 190, 610), "b": (40, 460, 460, 40)}, ["outside 0 to 1"]),
])  # fmt: skip
def test_what_is_not_identified_is_refused(counts, words):
    refused(lambda: hui_walter(counts), *words)


def test_what_is_no_judgement_is_refused():
    table = judged(COUNTS).assign(three=3)
    svy = ps.Survey(table)
    refused(lambda: ps.hui_walter(svy, "one", "three", "county"), "neither 1 (judged poor)")
    refused(lambda: ps.hui_walter(svy, "one", "one", "county"), "two columns")
    refused(lambda: ps.hui_walter(table, "one", "two", "county"), "takes a Survey")


# Chapman ------------------------------------------------------------------------------------


def lists(both, first, second, **more):
    """Persons on both lists, on the first alone, on the second alone."""
    marks = [(1, 1)] * both + [(1, 0)] * first + [(0, 1)] * second
    return pd.DataFrame(marks, columns=["register", "visit"]).assign(**more)


def chapman(table, **more):
    return ps.chapman(ps.Survey(table), "register", "visit", **more).tidy()


def test_the_omitted_are_counted_by_hand():
    # 10 on one list, 15 on the other, 5 on both: 11 * 16 / 6 - 1
    found = chapman(lists(5, 5, 10))
    poor = 11 * 16 / 6 - 1
    assert found["estimate"].tolist() == pytest.approx([poor, poor - 10, 1 - 10 / poor])
    error = np.sqrt(11 * 16 * 5 * 10 / (6**2 * 7))
    assert found["std_error"].tolist() == pytest.approx([error, error, 10 / poor**2 * error])
    assert np.round(found.loc[0, ["ci_low", "ci_high"]].astype(float)).tolist() == [22, 65]
    assert found["ci_low"][1] == found["ci_low"][0] - 10
    assert found["ci_high"][2] == pytest.approx(1 - 10 / found["ci_high"][0])


def test_a_register_that_has_all_whom_others_found_omits_nobody():
    found = chapman(lists(30, 20, 0))
    assert found["estimate"].tolist() == [50, 0, 0] and found["std_error"].tolist() == [0, 0, 0]
    assert 50 == found["ci_low"][0] < 51 < found["ci_high"][0]


def test_counties_are_independent_and_add_up():
    table = pd.concat([lists(20, 10, 15, county="a"), lists(40, 30, 10, county="b")])
    found = ps.chapman(ps.Survey(table), "register", "visit", by="county")
    told = found.tidy()
    for name in "ab":
        own = chapman(table[table["county"] == name])
        part = told[told["county"] == name].reset_index(drop=True)
        assert part.drop(columns="county").equals(own)
    step = found.contrast("county", "b", "a").tidy()
    errors = told["std_error"].to_numpy().reshape(3, 2)
    assert step["std_error"].to_numpy() == pytest.approx(np.hypot(*errors.T))
    band = found.band(draws=500)
    assert (band["ci_high"] - band["ci_low"] >= 2 * 1.95 * told["std_error"]).all()


def test_the_number_is_right_and_its_interval_holds():
    rng = np.random.default_rng(4)
    poor, counties = 120, 600
    on = rng.random((counties, poor, 2)) < (0.7, 0.5)
    county, _ = np.nonzero(on.any(axis=2))
    table = pd.DataFrame(on[on.any(axis=2)].astype(int), columns=["register", "visit"])
    found = chapman(table.assign(county=county), by="county")
    number = found[found["term"] == "poor"]
    assert number["estimate"].mean() == pytest.approx(poor, abs=1.5)
    assert number["std_error"].mean() == pytest.approx(number["estimate"].std(), rel=0.1)
    covered = (number["ci_low"] <= poor) & (poor <= number["ci_high"])
    assert 0.92 < covered.mean() < 0.98


@pytest.mark.parametrize("call, words", [
    (lambda: chapman(lists(0, 4, 5)), "Nobody is on both lists"),
    (lambda: chapman(lists(3, 4, 5).assign(register=2)), "neither 1 (on the list)"),
    (lambda: ps.chapman(ps.Survey(lists(3, 4, 5, w=2), weight="w"), "register", "visit"), "whole"),
    (lambda: ps.chapman(lists(3, 4, 5), "register", "visit"), "takes a Survey"),
])  # fmt: skip
def test_lists_that_tell_nothing_are_refused(call, words):
    refused(call, words)


# Rogan and Gladen ---------------------------------------------------------------------------

TABLE = pd.DataFrame({"judged": [1] * 60 + [0] * 140 + [1] * 30 + [0] * 270,
                      "county": ["a"] * 200 + ["b"] * 300})  # fmt: skip


def test_a_share_is_corrected_by_hand():
    found = ps.rogan_gladen(ps.Survey(TABLE), "judged", **KNOWN, by="county")
    (a, b), errors = numbers(found).T
    assert (a, b) == (pytest.approx((0.3 - 0.1) / 0.8), pytest.approx(0))
    raw = ps.mean(ps.Survey(TABLE), "judged", by="county")
    of_se, of_sp = 0.9 * 0.1 / 50, 0.9 * 0.1 / 100
    wanted = raw.tidy()["std_error"] ** 2 + [a**2 * of_se + (1 - a) ** 2 * of_sp, of_sp]
    assert errors == pytest.approx(np.sqrt(wanted) / 0.8)
    step = found.contrast("county", "b", "a").tidy()
    assert step["ci_low"][0] + step["ci_high"][0] == pytest.approx(2 * step["estimate"][0])
    step = step["std_error"][0]
    plain = raw.contrast("county", "b", "a").tidy()["std_error"][0]
    assert step == pytest.approx(np.sqrt(plain**2 + a**2 * (of_se + of_sp)) / 0.8)
    assert found.tidy()["df"].tolist() == raw.tidy()["df"].tolist()


def test_where_errors_are_known_the_interval_is_that_of_agresti_and_coull():
    known = {"sensitivity": (0.9e9, 1e9), "specificity": (0.8e9, 1e9)}
    svy = ps.Survey(pd.DataFrame({"judged": [1] * 1800 + [0] * 3200}))
    told = ps.rogan_gladen(svy, "judged", **known).tidy()
    ends = np.array(proportion_confint(1800, 5000, method="agresti_coull"))
    found = told[["ci_low", "ci_high"]].to_numpy()[0]
    assert found == pytest.approx((ends - 0.2) / 0.7, rel=1e-3)
    perfect = {"sensitivity": (1e9, 1e9), "specificity": (1e9, 1e9)}
    told = ps.rogan_gladen(svy, "judged", **perfect)
    assert numbers(told) == pytest.approx(numbers(ps.mean(svy, "judged")), rel=1e-6)


def test_an_interval_stays_between_0_and_1_and_an_estimate_below_0_is_left():
    svy = ps.Survey(pd.DataFrame({"judged": [1] * 2 + [0] * 98}))
    told = ps.rogan_gladen(svy, "judged", **KNOWN).tidy()
    assert told["estimate"][0] == pytest.approx(-0.1)
    assert told["ci_low"][0] == 0 <= told["ci_high"][0] < 0.1
    none = ps.rogan_gladen(ps.Survey(pd.DataFrame({"judged": [0] * 50})), "judged", **KNOWN)
    assert np.isfinite(none.tidy()[["ci_low", "ci_high"]].to_numpy()).all()


def test_the_interval_of_a_corrected_share_holds_in_villages():
    rng = np.random.default_rng(9)
    villages, size, covered = 30, 20, 0
    runs, wider = draws(300, 80)
    village = np.repeat(np.arange(villages), size)
    for _ in range(runs):
        poor = rng.random(len(village)) < rng.beta(1, 5, villages)[village]  # 1/6 are poor
        table = pd.DataFrame(
            {"village": village, "judged": rng.random(len(village)) < np.where(poor, 0.85, 0.1)}
        )
        told = ps.rogan_gladen(
            ps.Survey(table, psu="village"), "judged",
            (rng.binomial(80, 0.85), 80), (rng.binomial(120, 0.9), 120),
        ).tidy()  # fmt: skip
        covered += told["ci_low"][0] <= 1 / 6 <= told["ci_high"][0]
    assert abs(covered / runs - 0.95) < 0.04 * wider, covered / runs


def test_replicates_keep_the_errors_of_the_other_study():
    rng = np.random.default_rng(1)
    names = [f"r{i}" for i in range(200)]
    draws = rng.multinomial(500, np.full(500, 1 / 500), 200).T
    table = TABLE.assign(w=1.0).join(pd.DataFrame(draws, columns=names))
    svy = ps.Survey(table, weight="w", replicates=ps.Replicates(names))
    one = numbers(ps.rogan_gladen(svy, "judged", **KNOWN))[0]
    raw = numbers(ps.mean(svy, "judged"))[0]
    pi = (raw[0] - 0.1) / 0.8
    extra = (pi**2 * 0.09 / 50 + (1 - pi) ** 2 * 0.09 / 100) / 0.64
    assert one == pytest.approx([pi, np.sqrt(raw[1] ** 2 / 0.64 + extra)])


@pytest.mark.parametrize("more, words", [
    ({"sensitivity": (40, 100), "specificity": (50, 100)}, "tells nothing"),
    ({"sensitivity": 0.9, "specificity": (90, 100)}, "two counts"),
    ({"sensitivity": (60, 50), "specificity": (90, 100)}, "two counts"),
])  # fmt: skip
def test_what_corrects_nothing_is_refused(more, words):
    refused(lambda: ps.rogan_gladen(ps.Survey(TABLE), "judged", **more), words)
    odd = ps.Survey(TABLE.assign(judged=3))
    refused(lambda: ps.rogan_gladen(odd, "judged", **KNOWN), "neither 1 (judged poor)")


def test_intervals_of_two_assessors_stay_within_0_and_1():
    rng = np.random.default_rng(3)
    over = np.repeat([0, 1], 200)
    true = rng.random(400) < np.where(over, 0.6, 0.3)
    table = pd.DataFrame({
        "over": over, "one": (rng.random(400) < np.where(true, 0.9, 0.02)).astype(int),
        "two": (rng.random(400) < np.where(true, 0.85, 0.03)).astype(int)})  # fmt: skip
    found = ps.hui_walter(ps.Survey(table), "one", "two", over="over")
    for made in (found.tidy(), found.tidy(0.999), found.band()):
        low, estimate, high = (made[name] for name in ("ci_low", "estimate", "ci_high"))
        assert ((low >= 0) & (low < estimate) & (estimate < high) & (high <= 1)).all()
    made = found.tidy()
    x, reach = made["estimate"], stats.t.ppf(0.975, made["df"]) * made["std_error"]
    logit = np.log(x / (1 - x)) - reach / (x * (1 - x))
    np.testing.assert_allclose(made["ci_low"], 1 / (1 + np.exp(-logit)))
