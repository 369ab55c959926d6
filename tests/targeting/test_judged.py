"""What assessors judge on: regressions by other means, simulated traits, two real experiments."""

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from conftest import ROOT, draws
from statsmodels.stats.multitest import multipletests

import povstudy as ps

TRAITS = ["widow", "goats", "head"]


def ranked(rng, villages=40, size=12):
    village = np.repeat(np.arange(villages), size)
    n = len(village)
    common, of_village = rng.normal(size=n), rng.normal(size=villages)[village]
    table = pd.DataFrame({
        "village": village, "district": village % 4, "w": rng.uniform(1, 3, villages)[village],
        "widow": rng.integers(0, 2, n), "goats": rng.poisson(3, n) + of_village.round(),
        "head": rng.choice(["farmer", "trader"], n),
        "consumption": np.exp(rng.normal(size=n) + of_village),
    })  # fmt: skip
    base = 0.1 * np.log(table["consumption"]) - 0.3 * table["widow"] + of_village + 0.3 * common
    return table.assign(one=base + 0.2 * rng.normal(size=n), two=base + 0.2 * rng.normal(size=n))


def asked(
    table, who="one", traits=TRAITS, missing="refuse", given="log(consumption)", within="village"
):
    svy = ps.Survey(table, weight="w", strata="district", psu="village", missing=missing)
    return ps.judged_on(svy, who, traits, given=given, within=within)


def refused(call, *words):
    with pytest.raises(ps.DataError) as told:
        call()
    for word in words:
        assert word in str(told.value), str(told.value)


def test_it_is_the_weighted_regression_with_a_mark_for_each_village():
    table = ranked(np.random.default_rng(1))
    found = asked(table).tidy()
    assert found["trait"].tolist() == ["log(consumption)", "widow", "goats", "head[T.trader]"]
    assert found["per"].tolist() == ["SD", "mark", "SD", "mark"]
    assert found["term"].tolist() == ["given", *["trait"] * 3]
    own = table.assign(log=np.log(table["consumption"]))
    for name in ("log", "goats"):
        mean = np.average(own[name], weights=own["w"])
        own[name] /= np.sqrt(np.average((own[name] - mean) ** 2, weights=own["w"]))
    fit = smf.wls("one ~ log + widow + goats + head + C(village)", own, weights=own["w"]).fit(
        cov_type="cluster", cov_kwds={"groups": own["village"].to_numpy(), "df_correction": True})  # fmt: skip
    names = ["log", "widow", "goats", "head[T.trader]"]
    assert found["estimate"].tolist() == pytest.approx(fit.params[names].tolist())
    # One stratum: ours has G/(G-1), theirs also (n-1)/(n-k).
    svy = ps.Survey(table, weight="w", psu="village")
    plain = ps.judged_on(svy, "one", TRAITS, given="log(consumption)", within="village").tidy()
    factor = np.sqrt((len(own) - 1) / (len(own) - len(fit.params)))
    assert (factor * plain["std_error"]).tolist() == pytest.approx(fit.bse[names].tolist())
    assert plain["df"].eq(39).all() and found["df"].eq(36).all()
    traits = plain[plain["term"] == "trait"]
    assert traits["p_holm"].tolist() == pytest.approx(
        multipletests(traits["p_value"], method="holm")[1]
    )
    assert plain.loc[0, "p_holm"] != plain.loc[0, "p_holm"]  # what is given is not asked about


def test_with_strata_and_weights_it_is_that_of_r():
    folder = ROOT / "tests" / "reference"
    told = json.loads((folder / "assessors.json").read_text())["judged"]
    table = pd.read_csv(folder / "design.csv").join(pd.read_csv(folder / "indicators.csv"))
    table["log"] = np.log(table["income"])
    svy = ps.Survey(table, weight="weight", strata="stratum", psu="psu")
    found = ps.judged_on(svy, "log", ["schooling", "water"], within="province").tidy()
    assert found["estimate"].tolist() == pytest.approx(told["estimate"])
    assert found["std_error"].tolist() == pytest.approx(told["se"])


def test_of_several_assessors_all_is_the_mean_and_agreement_is_that_of_what_is_left():
    table = ranked(np.random.default_rng(2)).assign(w=1.0)
    made = asked(table, ["one", "two"])
    found = made.tidy().set_index(["assessor", "trait"])["estimate"]
    assert found["all"].to_numpy() == pytest.approx((found["one"] + found["two"]).to_numpy() / 2)
    mean = asked(table.assign(mean=(table["one"] + table["two"]) / 2), "mean").tidy()
    own = made.tidy().query("assessor == 'all'")
    assert own["std_error"].tolist() == pytest.approx(mean["std_error"].tolist())
    left = {}
    table["log"] = np.log(table["consumption"])
    for known, text in (
        ("places", "1"),
        ("given", "log"),
        ("given and traits", "log + widow + goats + head"),
    ):
        fits = [smf.ols(f"{who} ~ {text} + C(village)", table).fit() for who in ("one", "two")]
        left[known] = np.corrcoef(fits[0].resid, fits[1].resid)[0, 1]
        told = made.agreement.tidy().query("known == @known")
        assert told.query("term == 'agreement'")["estimate"].item() == pytest.approx(left[known])
        if known != "places":
            part = [1 - one.ssr / smf.ols(f"{who} ~ C(village)", table).fit().ssr
                    for who, one in zip(("one", "two"), fits, strict=True)]  # fmt: skip
            assert told.query("term == 'explained'")["estimate"].tolist() == pytest.approx(part)
    assert left["places"] > left["given and traits"]
    said = made.summary().splitlines()
    assert (
        said[0].startswith("assessors together, given log(consumption), judge on")
        and "widow -0.3" in said[0]
    )
    assert f"agree at {left['places']:.2f} within places" in said[2]
    assert made.summary("zh").startswith("给定log(consumption)，各评估者合起来依据")


def test_rows_as_units_are_the_same_as_a_unit_to_each_row():
    table = ranked(np.random.default_rng(3))
    one = ps.judged_on(
        ps.Survey(table, strata="district"), ["one", "two"], TRAITS, within="village"
    )
    svy = ps.Survey(table.assign(row=np.arange(len(table))), strata="district", psu="row")
    two = ps.judged_on(svy, ["one", "two"], TRAITS, within="village")
    for a, b in ((one, two), (one.agreement, two.agreement)):
        np.testing.assert_allclose(a.tidy()["std_error"], b.tidy()["std_error"], rtol=1e-9)
    step = one.contrast("assessor", "one", "two").tidy()
    assert len(step) == 3 and (step["std_error"] > 0).all()


def test_intervals_hold_in_villages():
    rng = np.random.default_rng(7)
    runs, wider = draws(300, 100)
    held, agree = np.zeros(2), 0
    truth = 0.09 / 0.13  # of what is left: what is common over all
    for _ in range(runs):
        table = ranked(rng).assign(w=1.0)
        table["log"] = np.log(table["consumption"])
        made = asked(table, ["one", "two"], ["widow", "goats"], given="log")
        told = made.tidy().query("assessor == 'one'").set_index("trait").loc[["widow", "goats"]]
        held += (told["ci_low"] <= [-0.3, 0]) & (told["ci_high"] >= [-0.3, 0])
        left = made.agreement.tidy().query("term == 'agreement' and known == 'given and traits'")
        agree += ((left["ci_low"] <= truth) & (left["ci_high"] >= truth)).item()
    assert (held / runs > 0.95 - 0.04 * wider).all() and agree / runs > 0.95 - 0.045 * wider


def test_replicates_give_the_same_estimates():
    table = ranked(np.random.default_rng(5), 20)
    names = [f"r{v}" for v in range(20)]
    weights = {
        c: np.where(table["village"] == v, 0, table["w"] * 20 / 19) for v, c in enumerate(names)
    }
    svy = ps.Survey(
        table.assign(**weights), weight="w", replicates=ps.Replicates(names, kind="jackknife")
    )
    found = ps.judged_on(svy, ["one", "two"], ["widow"], within="village")
    plain = ps.judged_on(
        ps.Survey(table, weight="w", psu="village"), ["one", "two"], ["widow"], within="village"
    )
    for one, two in ((found, plain), (found.agreement, plain.agreement)):
        assert one.tidy()["estimate"].tolist() == pytest.approx(two.tidy()["estimate"].tolist())
        assert one.tidy()["std_error"].tolist() == pytest.approx(
            two.tidy()["std_error"].tolist(), rel=0.15
        )
        assert one.tidy()["method"].eq("replication").all()


def test_replicate_weights_below_zero_are_taken_as_they_are():
    table = ranked(np.random.default_rng(5), 20)
    table["r1"], table["r2"] = table["w"], np.where(table["goats"] > 4, -0.1, table["w"])
    svy = ps.Survey(table, weight="w", replicates=ps.Replicates(["r1", "r2"], scales=[1, 1]))
    told = ps.judged_on(svy, ["one", "two"], "widow", given="goats", within="village")
    v = pd.get_dummies(table["village"], dtype=float)
    x = v.assign(goats=table["goats"], widow=table["widow"]).to_numpy()
    beta = [
        np.linalg.solve((x.T * table[w].array) @ x, (x.T * table[w].array) @ table["one"])[-1]
        for w in ("w", "r2")
    ]
    mine = told.tidy().query("assessor == 'one' and trait == 'widow'")
    assert mine["estimate"].item() == pytest.approx(beta[0])
    assert mine["std_error"].item() == pytest.approx(abs(beta[1] - beta[0]))
    assert told.agreement.tidy()["std_error"].gt(0).all()


def test_rows_that_lack_a_value_are_refused_or_left_out():
    table = ranked(np.random.default_rng(6))
    table.loc[:9, "widow"] = np.nan
    table.loc[5:14, "one"] = np.nan
    refused(lambda: asked(table), "10 rows have no")
    found = asked(table, missing="drop")
    assert found.dropped == 15 and found.tidy()["n"].eq(len(table) - 15).all()


def test_results_hang_on_no_scale_and_no_origin():
    table = ranked(np.random.default_rng(2), 20)
    plain = asked(table, ["one", "two"], ["goats", "widow"], given=None)
    for moved in (
        table.assign(w=table["w"] * 1e-100),
        table.assign(w=table["w"] * 1e100),
        table.assign(goats=table["goats"] + 2.0**43),  # a mean over places would lose its digits
        table.assign(goats=table["goats"] * 1e-100),
        table.assign(one=table["one"] + 2.0**20),
    ):
        other = asked(moved, ["one", "two"], ["goats", "widow"], given=None)
        for a, b in ((plain, other), (plain.agreement, other.agreement)):
            for name in ("estimate", "std_error", "ci_low", "ci_high"):
                np.testing.assert_allclose(b.tidy()[name], a.tidy()[name], rtol=1e-6)


def test_columns_may_bear_names_of_functions():
    table = ranked(np.random.default_rng(2), 20)
    plain = asked(table, traits=["head", "goats"]).tidy()
    for one in ("Q", "C", "log", "np"):
        told = asked(table.rename(columns={"head": one}), traits=[one, "goats"]).tidy()
        assert told["estimate"].tolist() == plain["estimate"].tolist()


def test_strata_without_a_row_that_counts_are_no_degrees_of_freedom():
    table = ranked(np.random.default_rng(2), 20)
    table.loc[table["district"] == 3, "goats"] = np.nan
    told = asked(table, missing="drop").tidy()
    assert told["df"].eq(12).all()  # as of a mean of the same rows
    svy = ps.Survey(table, weight="w", strata="district", psu="village", missing="drop")
    assert ps.mean(svy, "goats").tidy()["df"].item() == 12


def test_agreement_stays_within_what_is_possible():
    table = ranked(np.random.default_rng(2), 20)
    made = asked(table.assign(same=table["one"], turned=-table["one"]), ["one", "same", "turned"])
    told = made.agreement.tidy()
    agree = told[told["term"] == "agreement"].groupby("assessor")
    for who, value in (("one and same", 1), ("one and turned", -1)):
        np.testing.assert_allclose(agree.get_group(who)[["estimate", "ci_low", "ci_high"]], value)
    noise = asked(ranked(np.random.default_rng(3), 8), traits=["widow"], given="goats")
    part = noise.agreement.tidy()
    assert (part["ci_low"] >= 0).all() and (part["ci_low"] < part["estimate"]).all()
    exact = table.assign(one=table["goats"], two=2 * table["goats"])
    told = asked(exact, ["one", "two"], "widow", given="goats").agreement.tidy()
    assert told.query("term == 'explained'")["estimate"].tolist() == [1] * 4
    rest = told.query("term == 'agreement' and known != 'places'")  # nothing is left to agree on
    assert rest[["estimate", "std_error", "ci_low"]].isna().all(axis=None)


T = ranked(np.random.default_rng(8), 10)


@pytest.mark.parametrize("call, words", [
    (lambda: asked(T, traits=[]), ["each once"]),
    (lambda: asked(T, traits=["widow", "one"]), ["each once", "column one"]),
    (lambda: asked(T, traits=["widow", "gaots"]), ["lacks a column", "gaots"]),
    (lambda: asked(T.assign(same=1.0), traits=["widow", "same"]), ["constant, or made of them", "found: same"]),
    (lambda: asked(T.assign(more=2 * T["goats"]), traits=["goats", "more"]), ["constant, or made of them", "found: more"]),
    (lambda: asked(T.assign(one=1.0)), ["same for all of a place"]),
    (lambda: asked(T.assign(one=T["village"])), ["same for all of a place", "column one"]),
    (lambda: asked(T.assign(all=T["one"]), ["all", "two"]), ["no rank is called all", "column all"]),
    (lambda: asked(T, traits=["widow", ""]), ["names no column"]),
    (lambda: asked(T, traits=["widow", "1"]), ["names no column", "'1'"]),
    (lambda: asked(T.assign(goats=T["goats"] * 1e200), traits="goats"), ["too large or too small", "goats"]),
    (lambda: ps.judged_on(ps.Survey(T.iloc[:3]), "one", ["goats", "widow"]), ["no more rows than coefficients"]),
    (lambda: asked(T.assign(consumption=0.0)), ["no finite number", "log1p()"]),
    (lambda: asked(T.assign(one="first")), ["no numbers"]),
    (lambda: asked(T.assign(village=np.arange(len(T)))), ["same for all of a place"]),
    (lambda: ps.judged_on(T, "one", "widow"), ["takes a Survey"]),
])  # fmt: skip
def test_what_tells_nothing_is_refused(call, words):
    refused(call, *words)


def test_a_figure_shows_traits_by_assessor():
    ax = asked(ranked(np.random.default_rng(2)), ["one", "two"]).plot(
        source=ps.Source("survey", "Made up.")
    )
    assert [one.get_text() for one in ax.get_legend().get_texts()] == ["one", "two", "all"]
    assert "Change in rank" in ax.get_title(loc="left")


# Two experiments ----------------------------------------------------------------------------


def test_what_villages_of_indonesia_judge_on(survey_files):
    """A meeting ranks the richer higher, and at the same consumption those with goods and a husband."""
    if not (survey_files / "indonesia_targeting").is_dir():
        pytest.skip("needs indonesia_targeting: set POVSTUDY_DATA")
    table = ps.load("indonesia_targeting").dropna(subset=["rank"])
    traits = [
        "connected",
        "hhsize",
        "hhmarried",
        "hhage",
        "hheduc4",
        "tfloor",
        "motorcycle",
        "tv",
        "refrigerator",
    ]
    svy = ps.Survey(table, psu="psu", strata="stratum", missing="drop", lonely="center")
    made = ps.judged_on(svy, "rank", traits, given="log(consumption)", within="psu")
    found = made.tidy().set_index("trait")
    by_hand = table.dropna(subset=[*traits, "consumption"])
    log = np.log(by_hand["consumption"])
    own = by_hand[traits].assign(log=log / log.std(ddof=0))
    for name in ("hhsize", "hhage"):
        own[name] /= own[name].std(ddof=0)
    own = own - own.groupby(by_hand["psu"]).transform("mean")
    y = by_hand["rank"] - by_hand.groupby("psu")["rank"].transform("mean")
    wanted = np.linalg.lstsq(own, y, rcond=None)[0]
    assert found["estimate"].to_numpy() == pytest.approx(np.r_[wanted[-1], wanted[:-1]])
    assert found.loc["log(consumption)", "ci_low"] > 0.05
    sure = found[found["p_holm"] < 0.01].index
    assert {"hhmarried", "hheduc4", "tfloor", "motorcycle", "tv", "refrigerator"} <= set(sure)
    part = made.agreement.tidy()["estimate"]
    assert part.tolist() == pytest.approx([0.17, 0.41], abs=0.03)


def test_informants_of_burkina_faso_share_what_traits_tell_and_hardly_consumption(survey_files):
    if not (survey_files / "burkina_faso_ranking").is_dir():
        pytest.skip("needs burkina_faso_ranking: set POVSTUDY_DATA")
    three = ["informant1", "informant2", "informant3"]
    table = ps.load("burkina_faso_ranking").dropna(subset=three)
    table = table[table["consumption"] > 0]
    for who in three:  # 1 is the richest: turned round, so that more is richer
        table[who] = 1 - table.groupby(["community", "year"])[who].rank(pct=True)
    traits = [
        "rooms",
        "floor",
        "motorbike",
        "bike",
        "tv",
        "radio",
        "bullock",
        "goat",
        "hhsize",
        "widow",
        "literacy",
    ]
    made = ps.judged_on(ps.Survey(table, psu="community"), three, traits, given="log(consumption)",
                        within=["community", "year"])  # fmt: skip
    found = made.tidy().query("assessor == 'all'").set_index("trait")
    assert (found.loc[["floor", "motorbike", "bullock", "literacy"], "ci_low"] > 0.02).all()
    assert found.loc["widow", "ci_high"] < -0.05 and found.loc["widow", "p_holm"] < 0.01
    told = made.agreement.tidy().groupby(["term", "known"])["estimate"].mean()
    assert told["explained", "given"] == pytest.approx(0.015, abs=0.005)
    assert told["explained", "given and traits"] == pytest.approx(0.29, abs=0.03)
    assert told["agreement", "places"] == pytest.approx(0.594, abs=0.01)
    assert told["agreement", "given"] == pytest.approx(told["agreement", "places"], abs=0.01)
    assert told["agreement", "given and traits"] == pytest.approx(0.43, abs=0.03)
