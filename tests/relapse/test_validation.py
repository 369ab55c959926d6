"""Judging risks: against riskRegression, survival, survey and loops in R, closed forms, known truth."""

import json

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT, draws, examples
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from simulated_risks import MEASURES, TRUTH, follow

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "warning.json").read_text("utf-8"))
TABLE = pd.read_csv(FILES / "warning.csv")
TABLE["rule"] = TABLE["income"] < 2500
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}
CUTS = [0.15, 0.3, 0.5]


def exactly(wanted):
    return pytest.approx(np.asarray(wanted, dtype=float), rel=1e-8)


def of(found, column="estimate"):
    table = found.tidy()
    return dict(zip(table["term"], table[column], strict=True))


def refused(call, *words):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


# Against R ----------------------------------------------------------------------------------


def test_measures_are_those_of_survfit_glm_and_loops_in_r():
    found = of(ps.validate_risk(ps.Survey(TABLE, **DESIGN)))
    assert list(found) == list(R["logit"]) == MEASURES
    assert list(found.values()) == exactly(list(R["logit"].values()))
    other = of(ps.validate_risk(ps.Survey(TABLE, **DESIGN), link="cloglog"))
    assert {name: other[name] for name in R["cloglog"]} == pytest.approx(R["cloglog"], rel=1e-8)
    table = ps.validate_risk(ps.Survey(TABLE, **DESIGN), by="county").tidy()
    for county, wanted in R["county"].items():
        part = table[table["county"] == county]
        assert part["estimate"].to_numpy() == exactly(list(wanted.values()))


def test_errors_are_those_of_a_jackknife_by_r_survey_that_estimates_the_weights_anew():
    found = of(ps.validate_risk(ps.Survey(TABLE, **DESIGN)), "std_error")
    assert found == pytest.approx(R["se"], rel=0.03)
    table = ps.decision_curve(ps.Survey(TABLE, **DESIGN), [0.3], "rule").tidy()
    wanted = R["benefit"]
    assert table["strategy"].tolist() == list(wanted["estimate"])
    assert table["estimate"].to_numpy() == exactly(list(wanted["estimate"].values()))
    assert table["std_error"].to_numpy() == pytest.approx(list(wanted["se"].values()), rel=0.03)


def test_without_weights_and_late_entry_they_are_those_of_riskregression():
    """It divides by n where the survey's errors divide by n - 1."""
    found = ps.validate_risk(ps.Survey(TABLE[TABLE["entry"] == 0]))
    value, error = of(found), of(found, "std_error")
    assert [value["auc"], value["brier"]] == exactly([R["score"]["auc"], R["score"]["brier"]])
    wanted = [R["score"]["auc_se"], R["score"]["brier_se"]]
    assert [error["auc"], error["brier"]] == pytest.approx(wanted, rel=0.01)


def test_the_curve_is_that_of_survfit_in_each_group():
    from povstudy.relapse.checks.validation import _calibration

    table = _calibration(ps.Survey(TABLE, **DESIGN), "risk", CUTS, []).tidy()
    wanted = np.array([R["curve"][str(g)] for g in range(4)])
    assert table["estimate"].to_numpy() == exactly(wanted.ravel())
    group = np.searchsorted(CUTS, TABLE["risk"])
    assert table["n"].tolist() == np.repeat(np.bincount(group), 2).tolist()
    assert table["population"].to_numpy() == exactly(
        np.repeat(np.bincount(group, TABLE["weight"]), 2)
    )


# Closed forms -------------------------------------------------------------------------------


def complete(n=400, seed=2):
    """Households that were all followed up to the horizon."""
    rng = np.random.default_rng(seed)
    risk = rng.integers(1, 20, n) / 20
    event = rng.random(n) < risk
    return pd.DataFrame(
        {"risk": risk, "horizon": 1, "time": 1, "event": event, "w": rng.uniform(1, 3, n)}
    )


def test_where_nobody_is_lost_they_are_the_plain_ones():
    table = complete()
    found = of(ps.validate_risk(ps.Survey(table)))
    risk, event = table["risk"], table["event"]
    assert found["observed risk"] == exactly(event.mean())
    assert found["brier"] == exactly(((event - risk) ** 2).mean())
    area = stats.mannwhitneyu(risk[event], risk[~event]).statistic / event.sum() / (~event).sum()
    assert found["auc"] == exactly(area)
    same = ps.auc(ps.Survey(table, weight="w"), "risk", "event").tidy()
    mine = ps.validate_risk(ps.Survey(table, weight="w")).tidy().query("term == 'auc'")
    columns = ["estimate", "std_error", "df"]
    assert mine[columns].to_numpy() == exactly(same[columns].to_numpy())
    effect = ps.validate_risk(ps.Survey(table)).design_effects().set_index("term")["design_effect"]
    assert effect[["brier", "auc"]].tolist() == exactly([1, 1])  # a simple random sample


def test_a_net_benefit_is_that_by_hand():
    table = complete()
    table["rule"] = np.arange(len(table)) % 3 == 0
    found = ps.decision_curve(ps.Survey(table), [0.2, 0.5], "rule")
    rows = found.tidy().set_index(["strategy", "threshold"])["estimate"]
    for p in (0.2, 0.5):
        for name, watched in (("risk", table["risk"] >= p), ("rule", table["rule"]), ("all", True)):
            gain = (watched & table["event"]).mean() - (watched & ~table["event"]).mean() * p / (
                1 - p
            )
            assert rows[name, p] == exactly(gain)
    both = found.contrast("strategy", "risk", "rule").tidy()
    gain = (table["risk"] >= 0.5).astype(float) - table["rule"]
    gain *= np.where(table["event"], 1, -1)  # at 0.5 the odds are 1
    assert both["estimate"].iloc[1] == exactly(gain.mean())
    assert both["std_error"].iloc[1] == exactly(gain.std() / np.sqrt(len(table)))


def test_one_risk_for_all_has_the_brier_score_of_its_distance_and_no_slope():
    table = pd.DataFrame(
        {"risk": 0.4, "horizon": 2, "time": [1, 2, 1, 2, 2], "event": [1, 0, 0, 1, 0]}
    )
    found = of(ps.validate_risk(ps.Survey(table)))
    share = 1 - 4 / 5 * 2 / 3  # of five one falls back and one is lost, then one of three
    assert found["observed risk"] == exactly(share)
    assert found["brier"] == exactly(share * 0.36 + (1 - share) * 0.16)
    assert found["auc"] == 0.5 and np.isnan(found["calibration slope"])
    odds = np.log(share / (1 - share)) - np.log(0.4 / 0.6)
    assert found["calibration intercept"] == exactly(odds)
    best = of(ps.validate_risk(ps.Survey(table.assign(risk=share))))
    assert best["scaled brier"] == pytest.approx(0, abs=1e-12)


def test_risks_that_part_the_two_fully_have_no_slope():
    table = pd.DataFrame(
        {"risk": [0.1, 0.2, 0.6, 0.7], "horizon": 1, "time": 1, "event": [0, 0, 1, 1]}
    )
    found = of(ps.validate_risk(ps.Survey(table)))
    assert found["auc"] == 1 and np.isnan(found["calibration slope"])
    assert np.isfinite([value for name, value in found.items() if "slope" not in name]).all()


def test_a_group_in_which_nobody_fell_back_has_a_bound():
    table = pd.DataFrame({"risk": [0.1] * 30 + [0.5] * 30, "horizon": 1, "time": 1, "event": 0})
    table.loc[45:, "event"] = 1
    table = ps.calibration_curve(ps.Survey(table), groups=2).tidy().query("term == 'observed'")
    low, high = table.iloc[0][["ci_low", "ci_high"]]
    wanted = ps.proportion_interval(0, 30, sides=2)[1]  # but for t in place of normal quantiles
    assert low == 0 and wanted < high < 1.15 * wanted
    assert table.iloc[1]["ci_low"] < 0.5 < table.iloc[1]["ci_high"]


def test_who_is_last_seen_at_the_horizon_is_known_there():
    """All are followed for three periods and no longer: nobody is lost before the horizon."""
    table = complete().assign(horizon=3, time=3)
    assert of(ps.validate_risk(ps.Survey(table))) == of(ps.validate_risk(ps.Survey(complete())))


# Influences, replicates, engines ------------------------------------------------------------

EVERY = {
    "measures": lambda svy: ps.validate_risk(svy),
    "by county": lambda svy: ps.validate_risk(svy, by="county", link="cloglog"),
    "curve": lambda svy: ps.calibration_curve(svy, groups=3, by="county"),
    "decisions": lambda svy: ps.decision_curve(svy, [0.2, 0.4], "rule", by="county"),
}


@pytest.mark.parametrize("name", EVERY)
def test_influences_are_derivatives_by_the_weights(name):
    """Through the risk sets, too: what a row adds to the error is what its weight does."""
    table = TABLE[:150].copy()
    call = EVERY[name] if name != "curve" else curve
    found = call(ps.Survey(table, weight="weight", psu="row"))
    influences = found.totals.second if found.mix is None else found.totals.second @ found.mix
    for row in (0, 7, 31, 119):
        moved = []
        for step in (-1e-4, 1e-4):
            weight = table["weight"].mask(table.index == row, table["weight"] * (1 + step))
            again = call(ps.Survey(table.assign(weight=weight), weight="weight"))
            moved.append(again.table["estimate"].to_numpy())
        wanted = (moved[1] - moved[0]) / 2e-4
        assert influences.toarray()[row] == pytest.approx(wanted, abs=1e-8)


def curve(svy):
    from povstudy.relapse.checks.validation import _calibration

    return _calibration(svy, "risk", CUTS[1:], ["county"])


@pytest.mark.parametrize("name", EVERY)
def test_replicate_weights_give_the_spread_of_their_estimates(name):
    rng = np.random.default_rng(4)
    names = [f"r{i}" for i in range(4)]
    draws = rng.poisson(1, (len(TABLE), 4)) * TABLE[["weight"]].to_numpy()
    table = TABLE.join(pd.DataFrame(draws, columns=names))
    call = EVERY[name] if name != "curve" else curve
    found = call(ps.Survey(table, weight="weight", replicates=ps.Replicates(names)))
    full = call(ps.Survey(table, weight="weight")).table["estimate"].to_numpy()
    assert found.table["estimate"].to_numpy() == exactly(full)
    moved = [call(ps.Survey(table, weight=one)).table["estimate"].to_numpy() for one in names]
    wanted = np.sqrt(((np.array(moved) - full) ** 2).mean(axis=0))
    assert found.tidy()["std_error"].to_numpy() == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("engine", [duckdb.from_df, pl.from_pandas], ids=["duckdb", "polars"])
def test_every_engine_gives_the_same(engine):
    for name, call in EVERY.items():
        wanted, found = (call(ps.Survey(one, **DESIGN)).tidy() for one in (TABLE, engine(TABLE)))
        columns = ["estimate", "std_error", "ci_low", "ci_high"]
        assert found[columns].to_numpy() == pytest.approx(wanted[columns].to_numpy(), rel=1e-8), (
            name
        )
        assert found["n"].tolist() == wanted["n"].tolist()


# Known truth --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def samples():
    """Risks that are right, in samples of 40 villages; a third is lost, a fifth seen late."""
    rng = np.random.default_rng(11)
    return [follow(rng) for _ in range(draws(200, 60)[0])]


def test_estimates_are_unbiased_and_intervals_hold_where_a_third_is_lost(samples):
    tables = [ps.validate_risk(ps.Survey(one, weight="w", psu="village")).tidy() for one in samples]
    found = {c: np.array([one[c] for one in tables]) for c in ("estimate", "ci_low", "ci_high")}
    truth = np.array([TRUTH[name] for name in MEASURES])
    noise = found["estimate"].std(axis=0) / np.sqrt(len(samples))
    off = (found["estimate"].mean(axis=0) - truth) / noise
    small = dict.fromkeys(MEASURES, 3.5) | {"calibration slope": 5}  # a ratio: bias of order 1 / n
    assert {name: x for name, x in zip(MEASURES, off, strict=True) if abs(x) > small[name]} == {}
    held = ((found["ci_low"] <= truth) & (truth <= found["ci_high"])).mean(axis=0)
    assert dict(zip(MEASURES, held, strict=True)) == {
        name: pytest.approx(0.95, abs=0.04 * np.sqrt(200 / len(samples))) for name in MEASURES
    }


def test_naive_ways_are_biased_where_a_third_is_lost(samples):
    lost = np.mean([((one["time"] < one["horizon"]) & ~one["event"]).mean() for one in samples])
    assert 0.25 < lost < 0.4
    as_out, left_out, no_entry = [], [], []
    for one in samples[:50]:
        fell = one["event"] & (one["time"] <= one["horizon"])
        known = fell | (one["time"] >= one["horizon"])
        as_out.append(np.average(fell, weights=one["w"]))
        left_out.append(np.average(fell[known], weights=one["w"][known]))
        found = ps.validate_risk(ps.Survey(one.drop(columns="entry"), weight="w"))
        no_entry.append(of(found)["observed risk"])
    for wrong, bias in ((as_out, -0.05), (left_out, 0.04), (no_entry, -0.01)):
        assert np.sign(bias) * (np.mean(wrong) - TRUTH["observed risk"]) > abs(bias)


def test_a_curve_of_right_risks_lies_on_the_diagonal(samples):
    held = []
    for one in samples[:60]:
        table = ps.calibration_curve(ps.Survey(one, weight="w", psu="village"), groups=4).tidy()
        wide = table.pivot(index="group", columns="term", values=["estimate", "ci_low", "ci_high"])
        predicted = wide["estimate"]["predicted"]
        held.append(
            (wide["ci_low"]["observed"] <= predicted) & (predicted <= wide["ci_high"]["observed"])
        )
    assert np.mean(held) == pytest.approx(0.96, abs=0.03)  # exact intervals hold a little more


# What must hold -----------------------------------------------------------------------------

HOUSEHOLDS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 4), st.booleans(), st.integers(0, 2), st.integers(1, 5)),
    min_size=4, max_size=25,
)  # fmt: skip


def small(rows):
    """Households that make up a survey of a horizon of three, with all kinds of ends."""
    table = pd.DataFrame(rows, columns=["risk", "time", "event", "entry", "w"])
    table["entry"] = np.minimum(table["entry"], table["time"] - 1)
    ends = pd.DataFrame(
        {"risk": [3, 6, 5], "time": [1, 3, 3], "event": [1, 1, 0], "entry": 0, "w": 2}
    )
    table = pd.concat([table, ends], ignore_index=True).astype(float)
    return table.assign(risk=table["risk"] / 10, horizon=3)


@given(HOUSEHOLDS, st.randoms(use_true_random=False), st.sampled_from([0.001, 3.0, 1e6]))
@examples(25)
def test_neither_the_order_of_rows_nor_the_scale_of_weights_matters(rows, random, scale):
    table = small(rows)
    other = table.iloc[random.sample(range(len(table)), len(table))]
    one, two = (
        ps.validate_risk(ps.Survey(x, weight="w")).tidy()[["estimate", "std_error"]].to_numpy()
        for x in (table, other.assign(w=other["w"] * scale))
    )
    assert one == pytest.approx(two, rel=1e-6, abs=1e-8, nan_ok=True)


@given(HOUSEHOLDS)
@examples(25)
def test_masses_add_up_to_one_and_weights_count_as_rows(rows):
    table = small(rows)
    found = of(ps.validate_risk(ps.Survey(table, weight="w")))
    again = of(ps.validate_risk(ps.Survey(table.loc[table.index.repeat(table["w"].astype(int))])))
    assert found == pytest.approx(again, rel=1e-7, nan_ok=True)
    from povstudy.relapse.horizon import AtHorizon

    at = AtHorizon(ps.Survey(table, weight="w"), "risk")
    assert at.mass.sum() == pytest.approx(1)
    assert at.spread(np.ones(len(table))) == pytest.approx(0, abs=1e-9)


# Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("change, words", [
    ({"risk": 1.2}, ["between 0 and 1", "1.2"]),
    ({"risk": 1.0}, ["0 or 1", "clip"]),
    ({"risk": np.nan}, ["have no risk"]),
    ({"time": 2.5}, ["whole number"]),
    ({"time": 0}, ["whole number"]),
    ({"entry": 9}, ["Late entry"]),
    ({"event": 2}, ["neither 1 (fell back)"]),
    ({"horizon": 3}, ["one horizon", "3"]),
])  # fmt: skip
def test_odd_rows_are_refused_and_named(change, words):
    table = TABLE.astype({"risk": float, "time": float})
    table.loc[5, list(change)] = list(change.values())
    refused(lambda: ps.validate_risk(ps.Survey(table)), *words)
    if "have no risk" in words:
        dropped = ps.validate_risk(ps.Survey(table, missing="drop"))
        assert dropped.dropped == 1
        assert of(dropped) == pytest.approx(of(ps.validate_risk(ps.Survey(TABLE.drop(index=5)))))


@pytest.mark.parametrize("call, words", [
    (lambda t: ps.validate_risk(t), ["takes a Survey"]),
    (lambda t: ps.validate_risk(ps.Survey(t.drop(columns="time"))), ["lacks a column", "time"]),
    (lambda t: ps.validate_risk(ps.Survey(t.assign(horizon=12))), ["Nobody was followed", "longest 9"]),
    (lambda t: ps.validate_risk(ps.Survey(t.assign(entry=t["entry"] + 1, time=t["time"] + 1))),
     ["Nobody is at risk in period 1"]),
    (lambda t: ps.validate_risk(ps.Survey(t.assign(event=0))), ["Nobody fell back", "horizon 4"]),
    (lambda t: ps.validate_risk(ps.Survey(t.assign(event=1, horizon=9))), ["Everybody fell back"]),
    (lambda t: ps.validate_risk(ps.Survey(t), link="probit"), ["link= is one of"]),
    (lambda t: ps.validate_risk(ps.Survey(t), by="time"), ["that the result has"]),
    (lambda t: ps.calibration_curve(ps.Survey(t), groups=0), ["whole number of 1 or more"]),
    (lambda t: ps.calibration_curve(ps.Survey(t.assign(
        time=t["time"].where(t["risk"] > 0.25, 2), entry=0, event=t["event"].where(t["risk"] > 0.25, 0))),
        groups=4), ["Nobody is at risk in period 3", "group 1 of 4 by risk"]),
    (lambda t: ps.decision_curve(ps.Survey(t), [0, 0.5]), ["between 0 and 1"]),
    (lambda t: ps.decision_curve(ps.Survey(t), [0.5], "income"), ["neither 1 (watched)"]),
])  # fmt: skip
def test_what_cannot_be_answered_is_refused(call, words):
    refused(lambda: call(TABLE), *words)


# Few households, and none that fell back ------------------------------------------------------


def few(risk, event, **columns):
    return pd.DataFrame({"risk": risk, "horizon": 1, "time": 1, "event": event, **columns})


RANGES = {"calibration intercept": (-np.inf, np.inf), "calibration slope": (-np.inf, np.inf),
          "scaled brier": (-np.inf, 1), "observed / predicted": (0, np.inf)}  # fmt: skip


@pytest.mark.parametrize("scale", [1, 1000])
@pytest.mark.parametrize("n, cases", [(4, 1), (8, 4), (60, 2), (200, 199)])
def test_intervals_keep_to_what_is_possible_and_few_have_no_certain_area(n, cases, scale):
    table = few(np.linspace(0.9, 0.02, n), np.arange(n) < cases, w=scale)
    svy = ps.Survey(table, weight="w")
    found = ps.validate_risk(svy).tidy().set_index("term")
    for name, row in found.dropna(subset="ci_low").iterrows():
        low, high = RANGES.get(name, (0, 1))
        assert low <= row["ci_low"] <= row["estimate"] <= row["ci_high"] <= high, name
    area = found.loc["auc"]
    pairs = min(cases, n - cases) * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, n - 1)) ** 2
    assert area["estimate"] == area["ci_high"] == 1
    assert area["ci_low"] == pytest.approx(0.025 ** (1 / pairs))
    curve = ps.calibration_curve(svy, groups=1).tidy().set_index("term")
    columns = ["estimate", "ci_low", "ci_high"]
    assert found.loc["observed risk", columns].tolist() == exactly(
        curve.loc["observed", columns].tolist()
    )
    assert curve.loc["predicted", "ci_low"] > 0 and curve.loc["predicted", "ci_high"] < 1
    gains = ps.decision_curve(svy, [0.1, 0.5]).tidy()
    assert (gains["ci_high"] <= 1).all()
    assert (gains["ci_low"] >= -gains["threshold"] / (1 - gains["threshold"])).all()


def test_a_list_of_few_has_intervals_within_what_is_possible():
    table = few([0.6, 0.5, 0.4, 0.3, 0.2, 0.1], [1, 1, 0, 1, 0, 0], income=[5, 6, 3, 2, 9, 8])
    found = ps.compare_lists(ps.Survey(table), 2, 4, 0.2).tidy()
    shares = found[found["term"].isin(["sensitivity", "positive predictive value", "coverage"])]
    assert shares["ci_low"].ge(0).all() and shares["ci_high"].le(1).all()
    best = found.query("term == 'positive predictive value' and list == 'risk'").iloc[0]
    assert best["estimate"] == 1 and best["ci_low"] < 0.2
    assert found.query("term == 'number needed to watch'")["ci_low"].dropna().ge(1).all()
    fixed = found[found["std_error"] == 0].dropna()  # so many are listed in every sample
    inside = fixed[fixed["estimate"].between(0.01, 0.99)]
    assert len(inside) and (inside["ci_low"] == inside["estimate"]).all()


@pytest.mark.parametrize("end", [0, 1])
@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_a_county_of_one_kind_is_answered_as_far_as_can_be(end, link):
    rng = np.random.default_rng(0)
    table = few(rng.uniform(0.05, 0.6, 90), 0, county=np.repeat(list("abc"), 30))
    event = rng.random(90) < table["risk"]
    table["event"] = np.where(table["county"] == "c", end, event).astype(int)
    found = ps.validate_risk(ps.Survey(table), by="county", link=link).tidy()
    rest = table[table["county"] != "c"]
    alone = ps.validate_risk(ps.Survey(rest), by="county", link=link).tidy()
    columns = ["estimate", "std_error"]
    assert found.loc[found["county"] != "c", columns].to_numpy() == pytest.approx(
        alone[columns].to_numpy(), rel=0.02
    )
    c = found[found["county"] == "c"].set_index("term")
    assert c.loc["observed risk", "estimate"] == pytest.approx(end)
    bound = c.loc["observed risk", "ci_high" if end == 0 else "ci_low"]
    assert bound == pytest.approx(abs(end - ps.proportion_interval(0, 30, sides=2)[1]), abs=0.02)
    ratio = c.loc["observed / predicted", ["ci_low", "ci_high"]].to_numpy(dtype=float)
    assert ratio * c.loc["predicted risk", "estimate"] == pytest.approx(
        c.loc["observed risk", ["ci_low", "ci_high"]].to_numpy(dtype=float)
    )
    missing = ["calibration intercept", "calibration slope", "scaled brier", "auc"]
    assert c.loc[missing, ["estimate", "ci_low"]].isna().all(axis=None)
    assert c.loc["brier", "estimate"] > 0 and np.isnan(c.loc["brier", "ci_low"])


@pytest.mark.parametrize("weighted", [False, True])
def test_where_villages_were_drawn_they_bound_what_nobody_showed(weighted):
    """Ten households of a village may be alike: 20 villages are 20, not 200, as of a headcount."""
    rng = np.random.default_rng(3)
    table = few(rng.uniform(0.05, 0.5, 400), 0, village=np.repeat(np.arange(40), 10))
    table["county"] = np.where(table["village"] < 20, "none", "some")
    table.loc[table["county"] == "some", "event"] = rng.integers(0, 2, 200)
    table["w"] = np.where(table["village"] % 2, 1.0, 3.0) if weighted else 1.0
    svy = ps.Survey(table, weight="w", psu="village")
    found = ps.validate_risk(svy, by="county").tidy().set_index(["county", "term"])
    bound = found.loc[("none", "observed risk"), "ci_high"]
    of_headcount = ps.mean(svy, "event", by="county").tidy().set_index("county")
    wanted = of_headcount.loc["none", "ci_high"]
    units = 20 if not weighted else 40**2 / (10 * 1 + 10 * 9)
    assert wanted == pytest.approx(1 - 0.025 ** (1 / units))
    lean = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 39)) ** 2
    assert bound == pytest.approx(1 - 0.025 ** (1 / (units * lean)), rel=0.01)
    parted = few(np.linspace(0.9, 0.02, 200), np.arange(200) < 100,
                 village=np.tile(np.arange(20), 10))  # fmt: skip
    area = ps.validate_risk(ps.Survey(parted, psu="village")).tidy().set_index("term").loc["auc"]
    lean = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 19)) ** 2
    assert area["ci_low"] == pytest.approx(0.025 ** (1 / (20 * lean)))


def test_a_domain_that_nobody_followed_to_the_horizon_is_missing_and_the_others_are_as_they_are_alone():
    rng, n = np.random.default_rng(1), 300
    table = pd.DataFrame({"risk": rng.uniform(0.05, 0.6, n), "horizon": 3,
                          "county": rng.choice(list("abc"), n), "time": rng.integers(1, 5, n)})  # fmt: skip
    table["event"] = (rng.random(n) < table["risk"]).astype(int)
    left = table["county"] == "b"
    late = table.assign(time=table["time"].where(~left, 1), event=table["event"].where(~left, 0))
    empty = table.assign(risk=table["risk"].where(~left))
    judges = (
        lambda svy: ps.validate_risk(svy, by="county"),
        lambda svy: ps.decision_curve(svy, [0.2], by="county"),
        lambda svy: ps.calibration_curve(svy, groups=1, by="county"),
    )
    for judge in judges:
        whole = judge(ps.Survey(table)).tidy().query("county != 'b'").reset_index(drop=True)
        for one in (late, empty):
            found = judge(ps.Survey(one, missing="drop")).tidy()
            of_b = found[found["county"] == "b"]
            assert of_b[["estimate", "std_error", "ci_low", "ci_high"]].isna().all().all()
            rest = found[found["county"] != "b"].reset_index(drop=True)
            pd.testing.assert_frame_equal(rest, whole)
    with pytest.raises(ps.base.errors.DataError, match="Nobody was followed up to the horizon"):
        ps.validate_risk(ps.Survey(late[left]), by="county")
    away = late[left].assign(entry=0, time=1)  # nobody is seen in the second period
    away.loc[away.index[0], ["entry", "time"]] = 2, 3
    with pytest.raises(ps.base.errors.DataError, match="Nobody is at risk in period 2"):
        ps.validate_risk(ps.Survey(away), by="county")
