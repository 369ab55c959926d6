"""Leaving and falling back with a shared factor: by numerical differences, by hand, known truth, bad input."""

import itertools
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy import stats

import povstudy as ps
from povstudy.base.errors import DataError, DesignError
from povstudy.relapse.states.years import seen_years, years_ahead

sys.path.insert(0, str(ROOT / "benchmarks"))
import states_coverage

TABLE = pd.read_csv(states_coverage.FILE).set_index(["way", "term"])
PANEL = states_coverage.panel((9, 9), 500, (2.0, -1.6)).assign(
    village=lambda t: t["household_id"] % 25
)
OUT, POOR = (ps.spells(PANEL, of=of, covariates=["help", "village"]) for of in ("out", "poor"))
FIT = ps.exits_and_returns("help", OUT, POOR, cluster="village")


def test_years_are_those_of_every_way_counted_one_by_one():
    rng = np.random.default_rng(1)
    leave, back = rng.random((2, 1, 1, 5))
    for first in (True, False):
        chances = np.zeros(6)
        for moves in itertools.product([0, 1], repeat=4):
            poor, duration, chance, years = first, 1, 1.0, int(first)
            for move in moves:
                hazard = (leave if poor else back)[0, 0, duration - 1]
                chance *= hazard if move else 1 - hazard
                poor, duration = poor ^ bool(move), 1 if move else duration + 1
                years += poor
            chances[years] += chance
        assert years_ahead(leave, back, first, 5)[0, 0] == pytest.approx(chances, abs=1e-14)


def test_the_likelihood_is_that_by_hand_and_its_slope_its_derivative():
    joint, (params, _) = FIT._joint, FIT._shared
    help, chance = (
        PANEL.drop_duplicates("household_id")["help"].to_numpy(),
        joint.chance(params[-1:]),
    )
    value = np.zeros((2, len(help)))
    for spells, beta, step in ((POOR, params[:3], params[6]), (OUT, params[3:6], params[7])):
        for one in spells[spells["origin_known"]].itertuples():
            for k in range(1, one.exit + 1):
                for group in (0, 1):
                    eta = (
                        beta[0]
                        + beta[1] * np.log(k)
                        + beta[2] * help[one.household_id]
                        + group * step
                    )
                    rate = np.exp(eta)
                    ends = one.event and k == one.exit
                    value[group, one.household_id] += np.log(-np.expm1(-rate)) if ends else -rate
    loglik = np.log((np.exp(value) * [1 - chance, chance]).sum(axis=0)).sum()
    assert FIT.loglik == pytest.approx(loglik, rel=1e-10)
    odds = np.exp(value[1] - value[0]) * chance / (1 - chance)  # after all that was seen of it
    own = params[0] + params[2] * help + np.array([[0.0], [params[6]]])  # of the first period poor
    stay = (np.exp(-np.exp(own)) * [1 / (1 + odds), odds / (1 + odds)]).sum(axis=0)
    who = POOR[POOR["origin_known"]]["household_id"].unique()
    years = FIT.years_poor(2).tidy().query("term == 'mean' and start == 'just fell'")
    assert years["estimate"].iloc[0] == pytest.approx(1 + stay[who].mean(), rel=1e-10)
    away = params + 0.1
    slope = joint.objective(away)[1]
    steps = 1e-5 * np.eye(len(params))
    by_hand = [(joint.objective(away + x)[0] - joint.objective(away - x)[0]) / 2e-5 for x in steps]
    assert slope == pytest.approx(np.array(by_hand), rel=1e-4, abs=1e-3)
    assert joint.scores(away).sum(axis=0) == pytest.approx(-slope, rel=1e-9, abs=1e-9)


def test_without_the_factor_it_is_two_models_of_relapse():
    plain = FIT._plain[0]
    for spells, part in ((POOR, plain[:3]), (OUT, plain[3:])):
        alone = ps.relapse_model("help", spells, baseline="log")
        assert part == pytest.approx(alone.params.to_numpy(), abs=1e-8)
    years = FIT.years_poor(6)
    gap = years.contrast("way", "shared factor", "each spell by itself").tidy()
    assert len(gap) == 2 * 7 and (gap["std_error"] > 0).all()
    sums = years.tidy().query("term == 'share'").groupby(["start", "way"])["estimate"].sum()
    assert sums.to_numpy() == pytest.approx(1)


def test_years_as_seen_are_those_of_the_panel():
    found = FIT.years_poor(8).tidy().query("way == 'as seen' and start == 'just fell'")
    whole = PANEL[PANEL["year"].between(2001, 2008)].groupby("household_id")["poor"].sum()
    assert found[found["term"] == "mean"]["estimate"].item() == pytest.approx(whole.mean())
    shares = whole.value_counts(normalize=True).reindex(range(1, 9), fill_value=0)
    assert found[found["term"] == "share"]["estimate"].tolist() == pytest.approx(shares.tolist())
    left = PANEL[PANEL["year"] > 2000].copy()  # who left, from the first year out on
    left["out"] = (~left["poor"]).groupby(left["household_id"]).cummax()
    left = left[left["out"]]
    place = left.groupby("household_id").cumcount()
    long = left[(left.groupby("household_id")["year"].transform("size") >= 8) & (place < 8)]
    mean = (
        FIT.years_poor(8)
        .tidy()
        .query("way == 'as seen' and start == 'just left' and term == 'mean'")
    )
    assert mean["estimate"].item() == pytest.approx(
        long.groupby("household_id")["poor"].sum().mean()
    )
    gone = pd.DataFrame(
        {"h": [0, 0], "poor": [True, True], "origin": [1, 5], "exit": [1, 3], "event": [True, True]}
    )
    assert len(seen_years(gone, True, 4, 1)) == 0  # a gap ends what was seen


def test_errors_are_those_of_a_jackknife_of_clusters():
    terms = FIT.tidy(), FIT.years_poor(6).tidy().query("term == 'mean' and way == 'shared factor'")
    moved = []
    for one in range(25):
        fit = ps.exits_and_returns(
            "help", *(x[x["village"] != one] for x in (OUT, POOR)), cluster="village"
        )
        years = fit.years_poor(6).tidy().query("term == 'mean' and way == 'shared factor'")
        moved.append(np.r_[fit.tidy()["estimate"], years["estimate"]])
    jackknife = np.sqrt(24 / 25 * ((np.array(moved) - np.mean(moved, axis=0)) ** 2).sum(axis=0))
    found = np.concatenate([one["std_error"] for one in terms])
    assert found == pytest.approx(jackknife, rel=0.25)


def test_weights_designs_and_kinds_of_tables_change_nothing_that_they_should_not():
    weighed = [x.assign(w=1 + x["household_id"] % 3) for x in (OUT, POOR)]
    one = ps.exits_and_returns("help", *weighed, weight="w", cluster="village")
    two = ps.exits_and_returns(
        "help", *(ps.Survey(x.assign(w=x["w"] * 1e5), weight="w", psu="village") for x in weighed)
    )
    for name in ("estimate", "std_error"):
        assert one.tidy()[name].to_numpy() == pytest.approx(two.tidy()[name].to_numpy(), rel=1e-3)
        other = [fit.years_poor(3).tidy()[name].to_numpy() for fit in (one, two)]
        assert other[0] == pytest.approx(other[1], rel=1e-3, abs=1e-9)
    shuffled = [x.sample(frac=1, random_state=1).convert_dtypes() for x in (OUT, POOR)]
    again = ps.exits_and_returns("help", *shuffled, cluster="village")
    assert again.tidy()["estimate"].to_numpy() == pytest.approx(
        FIT.tidy()["estimate"].to_numpy(), abs=1e-5
    )
    assert "共同的未观测因素" in FIT.summary("zh") and FIT.shared
    ratios, told = FIT.hazard_ratios(), FIT.tidy().query("term == 'help'")
    assert ratios["hazard"].tolist() == ["leaving", "falling back"]
    size = (told["estimate"] / told["std_error"]).abs()
    assert ratios["p_value"].tolist() == pytest.approx((2 * stats.t.sf(size, 24)).tolist())
    assert ratios["hazard_ratio"].tolist() == pytest.approx(np.exp(told["estimate"]).tolist())


def test_what_tells_nothing_is_refused():
    once = [x[x["origin_known"]].drop_duplicates("household_id") for x in (OUT, POOR)]
    with pytest.raises(DataError, match="second spell"):
        ps.exits_and_returns(
            "help", once[0][once[0]["household_id"] < 250], once[1][once[1]["household_id"] > 250]
        )
    with pytest.raises(DataError, match="after its start"):
        ps.exits_and_returns("help", OUT, POOR.assign(entry=1, exit=POOR["exit"] + 1))
    with pytest.raises(DesignError, match="several clusters"):
        ps.exits_and_returns(
            "help", OUT, POOR.assign(village=POOR["village"] + 1), cluster="village"
        )
    with pytest.raises(DesignError, match="one"):
        ps.exits_and_returns(
            "help", OUT.assign(village=1), POOR.assign(village=1), cluster="village"
        )


def test_tables_that_are_swapped_are_told():
    with pytest.raises(DataError, match="other kind"):
        ps.exits_and_returns("help", POOR, OUT)
    with pytest.raises(DataError, match="missing="):
        ps.exits_and_returns("help", OUT, POOR, missing="x")
    part = [x.assign(help=x["help"].where(x.index != 3)) for x in (OUT, POOR)]
    dropped = ps.exits_and_returns("help", *part, missing="drop")
    surveys = [ps.Survey(x, psu="household_id", missing="drop") for x in part]
    assert ps.exits_and_returns("help", *surveys).excluded == dropped.excluded


def test_a_panel_without_groups_says_so():
    fit = states_coverage.fitted(states_coverage.panel((9, 1), 400, (0.0, 0.0)))
    assert fit.p_value > 0.05
    if not fit.shared:
        assert "no shared factor" in fit.summary()


def test_the_nlsy_gives_what_the_guide_says(survey_files):
    wide = ps.load("nlsy_teen_poverty")
    panel = pd.wide_to_long(wide, ["pov", "mother", "spouse", "inschool", "hours"], "id", "wave")
    names = {"household": "id", "time": "wave", "poor": "pov", "covariates": "black"}
    both = [ps.spells(panel.reset_index(), of=of, **names) for of in ("out", "poor")]
    fit = ps.exits_and_returns("black", *both)
    assert (fit.households, fit.twice, fit.spells, fit.ends) == (716, 354, (580, 533), (419, 233))
    assert fit.excluded == {"start not seen": 1_151} and fit.p_value < 0.001
    found = fit.tidy().query("hazard == 'factor'")["estimate"]
    assert found.tolist()[:2] == pytest.approx([0.91, -1.09], abs=0.005)
    years = fit.years_poor(4).tidy().query("start == 'just fell' and years == 1")
    assert years["estimate"].tolist() == pytest.approx([0.367, 0.316, 0.390], abs=0.001)
    assert years["n"].tolist()[2] == 210


def test_known_truth_is_met_and_missed_without_the_factor():
    shared = TABLE.loc["shared factor"].drop(["refused", "not found"])
    assert (shared["bias_percent"].abs() < 2).all() and shared["coverage"].between(93, 97).all()
    true = states_coverage.truths()
    assert shared["truth"].to_dict() == pytest.approx(
        {name: true[name] for name in shared.index}, abs=1e-4
    )
    assert (TABLE.loc["shared factor"].loc[["refused", "not found"], "mean"] == 0).all()
    alone = TABLE.loc["each spell by itself"]
    assert alone["bias_percent"].round().tolist() == [2, -7] and alone[
        "coverage"
    ].round().tolist() == [90, 58]
    assert TABLE.loc["no factor"]["mean"].item() == pytest.approx(0.058, abs=0.001)
    guide = (ROOT / "docs" / "relapse.md").read_text("utf-8")
    assert (
        "7 % too few, and 58 %" in guide and "2 % too many, and 90 %" in guide and "5.8 %" in guide
    )
