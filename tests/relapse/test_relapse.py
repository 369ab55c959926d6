"""Relapse model: against R glm, sandwich and survey, statsmodels, quadrature, and known truth."""

import json
import re

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT, examples
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import povstudy as ps
from povstudy.relapse import likelihood
from povstudy.survey import kinds
from povstudy.survey.models.formulas import Formula

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "relapse.json").read_text("utf-8"))
ROSSI = pd.read_csv(FILES / "relapse_rossi.csv")
CGD = pd.read_csv(FILES / "relapse_cgd.csv")
MODELS = {
    "rossi": (ROSSI, "fin*prio + age + race", "village", "log",
              ["Intercept", "log(duration)", "fin[T.yes]", "age", "race[T.other]", "prio",
               "fin[T.yes]:prio"]),
    "cgd": (CGD, "treat + age + I(age**2) + steroids", "centre", list(range(1, 10)),
            [*(f"duration {k}" for k in range(1, 9)), "duration 9+", "treat[T.rIFN-g]", "age",
             "I(age ** 2)", "steroids"]),
}  # fmt: skip


def made(n=1500, seed=1):
    """Spells of households in villages, with help, assets and illness."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({
        "household_id": np.arange(n) + 100, "spell": 1, "village": rng.integers(0, 40, n),
        "approach": rng.choice(["administrative", "none", "social_work"], n),
        "assets": rng.normal(size=n).round(1), "ill": rng.random(n) < 0.4,
        "weight": rng.gamma(4, 1, n), "entry": 0,
    })  # fmt: skip
    eta = -1.7 + 0.4 * (table["approach"] == "none") - 0.3 * table["assets"] + 0.2 * table["ill"]
    ends = rng.random((n, 6)) < 1 - np.exp(-np.exp(eta.to_numpy()[:, None] - 0.2 * np.arange(6)))
    table["event"] = ends.any(axis=1)
    table["exit"] = np.where(table["event"], ends.argmax(axis=1) + 1, 6)
    table["stratum"] = table["village"] % 5
    return table


SPELLS = made()
RIGHT = "approach*assets + ill"


def periods(table):
    """Rows cut into periods."""
    width = table["exit"] - table["entry"]
    long = table.loc[table.index.repeat(width)].reset_index(drop=True)
    long["entry"] += long.groupby(["household_id", "spell"]).cumcount()
    long["event"] = (long["entry"] + 1 == long["exit"]) & (long["event"] == 1)
    return long.assign(exit=long["entry"] + 1)


def refused(call, *words):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


def same(one, two, tolerance=1e-9):
    assert one.params.to_numpy() == pytest.approx(two.params.to_numpy(), rel=tolerance)
    assert one.std_errors.to_numpy() == pytest.approx(two.std_errors.to_numpy(), rel=tolerance)
    assert one.loglik == pytest.approx(two.loglik, rel=1e-12)
    assert (one.n, one.events, one.clusters) == (two.n, two.events, two.clusters)


# Against others -----------------------------------------------------------------------------


@pytest.mark.parametrize("key", R["fits"])
def test_coefficients_and_clustered_errors_are_those_of_r(key):
    name, link, weight = key.split()
    table, right, cluster, baseline, names = MODELS[name]
    weight = "weight" if weight == "weighted" else None
    fit = ps.relapse_model(right, table, cluster, weight, link=link, baseline=baseline)
    wanted = R["fits"][key]
    assert fit.params[names].to_numpy() == pytest.approx(np.array(wanted["coef"]), abs=1e-8)
    errors = np.sqrt(np.diagonal(fit.cov("expected").loc[names, names]))
    assert errors == pytest.approx(np.array(wanted["se"]), rel=1e-6)
    assert fit.loglik == pytest.approx(wanted["loglik"], rel=1e-10)


@pytest.mark.parametrize("link", R["survey"])
def test_design_errors_are_those_of_r_survey(link):
    svy = ps.Survey(ROSSI, weight="weight", strata="stratum", psu="village")
    fit = ps.relapse_model("fin + age", svy, link=link, baseline="log")
    wanted = R["survey"][link]
    assert fit.params.to_numpy() == pytest.approx(np.array(wanted["coef"]), abs=1e-8)
    errors = np.sqrt(np.diagonal(fit.cov("expected")))
    assert errors == pytest.approx(np.array(wanted["se"]), rel=1e-6)
    assert fit.df == wanted["df"] and fit.method == f"{link}, linearisation"


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_rows_of_periods_by_statsmodels_give_the_same(link):
    import statsmodels.api as sm

    long = periods(SPELLS)
    family = sm.families.Binomial({"cloglog": sm.families.links.CLogLog(),
                                   "logit": sm.families.links.Logit()}[link])  # fmt: skip
    design = pd.get_dummies(long["exit"]).astype(float)
    design["none"] = long["approach"] == "none"
    design["ill"], design["assets"] = long["ill"], long["assets"]
    rows = sm.GLM(long["event"].astype(float), design.astype(float), family=family).fit(
        tol=1e-14, maxiter=100, cov_type="cluster", cov_kwds={"groups": long["village"].to_numpy()}
    )
    known = SPELLS.assign(none=(SPELLS["approach"] == "none").astype(int), ill=SPELLS["ill"] * 1.0)
    fit = ps.relapse_model("none + ill + assets", known, "village", link=link)
    assert fit.params.to_numpy() == pytest.approx(rows.params.to_numpy(), rel=1e-9)
    assert fit.std_errors.to_numpy() == pytest.approx(rows.bse.to_numpy(), rel=1e-8)
    assert fit.aic == pytest.approx(rows.aic)


def test_conditional_logit_of_the_teenagers_is_as_published(survey_files):
    from statsmodels.discrete.conditional_models import ConditionalLogit

    table = pd.wide_to_long(
        ps.load("nlsy_teen_poverty"), ["pov", "mother", "spouse", "inschool", "hours"], "id", "time"
    ).reset_index()
    table = table[table.groupby("id")["pov"].transform("nunique") == 2].reset_index(drop=True)
    columns = {"mother": (0.5824, 0.160), "spouse": (-0.7477, 0.175), "inschool": (0.2719, 0.113),
               "hours": (-0.0196, 0.003)}  # fmt: skip
    design = table[list(columns)].astype(float)
    design[[f"t{k}" for k in range(2, 6)]] = np.column_stack(
        [table["time"] == k for k in range(2, 6)]
    )
    fit = ConditionalLogit(table["pov"], design.astype(float), groups=table["id"])
    fit = fit.fit(disp=0, method="newton")
    assert table["id"].nunique() == 827
    for name, (estimate, error) in columns.items():
        assert fit.params[name] == pytest.approx(estimate, abs=1e-4)
        assert fit.bse[name] == pytest.approx(error, abs=6e-4)


# One likelihood, many roads ------------------------------------------------------------------


@pytest.mark.parametrize("weight", [None, "weight"])
def test_every_engine_and_both_forms_of_rows_give_the_same(weight, tmp_path):
    fit = ps.relapse_model(RIGHT, SPELLS, "village", weight)
    same(ps.relapse_model(RIGHT, periods(SPELLS), "village", weight), fit)
    same(ps.relapse_model(RIGHT, SPELLS.sample(frac=1, random_state=1), "village", weight), fit)
    categories = SPELLS.assign(approach=SPELLS["approach"].astype("category"))
    same(ps.relapse_model(RIGHT, categories, "village", weight), fit)
    periods(SPELLS).to_parquet(tmp_path / "periods.parquet")
    connection = duckdb.connect()
    connection.register("spells", SPELLS)
    for table in (
        tmp_path / "periods.parquet", connection.sql("select * from spells"),
        pl.from_pandas(SPELLS), pl.from_pandas(SPELLS).lazy(),
    ):  # fmt: skip
        same(ps.relapse_model(RIGHT, table, "village", weight), fit)


@pytest.mark.parametrize("weight", [None, "weight"])
def test_columns_of_few_values_are_packed_and_nothing_is_lost(weight, monkeypatch):
    monkeypatch.setattr(kinds, "BATCH", 400)
    rng = np.random.default_rng(3)
    table = SPELLS.assign(size=rng.integers(-2, 4, len(SPELLS)).astype("int8"),
                          aid=rng.choice(["a", "b", None], len(SPELLS)))  # fmt: skip
    table["able"] = pd.array(rng.integers(1, 4, len(table)), dtype="Int8")
    table.loc[table.index % 11 == 0, "able"] = pd.NA
    right = "approach*ill + C(size) + aid + able"
    fit = ps.relapse_model(right, table, "village", weight, missing="drop")
    assert fit.excluded["covariate missing"] > 400
    assert "C(size)[T.-1]" in fit.params
    for held in (duckdb.from_df(table), pl.from_pandas(table).lazy()):
        other = ps.relapse_model(right, held, "village", weight, missing="drop")
        same(other, fit)
        assert other.excluded == fit.excluded


def test_a_design_is_kept_on_every_engine():
    design = {"weight": "weight", "strata": "stratum", "psu": "village"}
    table = SPELLS.assign(origin_known=SPELLS.index % 7 != 0)  # units lose rows, the design stays
    fit = ps.relapse_model(RIGHT, ps.Survey(table, **design))
    assert fit.df == 35 and fit.excluded == {"start not seen": 215}
    for held in (pl.from_pandas(table).lazy(), duckdb.from_df(table)):
        other = ps.relapse_model(RIGHT, ps.Survey(held, **design))
        same(other, fit)
        assert other.excluded == fit.excluded


def test_blocks_and_patterns_of_single_rows_change_nothing(monkeypatch):
    table = made(150).assign(assets=lambda t: t["assets"] + np.linspace(0, 1e-3, len(t)))
    whole = ps.relapse_model(RIGHT, table, "village")
    shared = ps.relapse_model(RIGHT, table, "village", frailty="gamma")
    monkeypatch.setattr(likelihood, "BLOCK", 61)
    monkeypatch.setattr(likelihood, "KEPT", 0)
    monkeypatch.setattr(likelihood, "GRID", 0)
    same(ps.relapse_model(RIGHT, table, "village"), whole)
    same(ps.relapse_model(RIGHT, table, "village", frailty="gamma"), shared, 1e-5)


@examples(60)
@given(st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(1, 3), st.booleans(),
              st.sampled_from([0.5, 1.0, 2.25])),
    min_size=1, max_size=25,
))  # fmt: skip
def test_counts_are_those_of_the_periods(rows):
    pattern, entry, width, event, weight = map(np.array, zip(*rows, strict=True))
    spells = likelihood.Spells(pattern, entry, entry + width, event, weight)
    wanted = {}
    for p, a, n, e, w in rows:
        for k in range(a, a + n):
            one = wanted.setdefault((p, k), np.zeros(4))
            done = e and k == a + n - 1
            one += [w, w * done, 1, done]
    for patterns in (4, 10**7):  # on a grid, and row by row
        found = likelihood.counted(spells, patterns, 8)
        values = np.column_stack([found.at_risk, found.events, found.rows, found.ends])
        places = zip(found.pattern.tolist(), found.duration.tolist(), strict=True)
        assert list(places) == sorted(wanted)
        assert values == pytest.approx(np.array([wanted[place] for place in sorted(wanted)]))


def test_competing_ends_end_observation():
    cause = np.where(SPELLS["event"], np.where(SPELLS["ill"], "moved", "poor"), "censored")
    fit = ps.relapse_model("assets", SPELLS.assign(event=cause), cause="poor")
    same(fit, ps.relapse_model("assets", SPELLS.assign(event=cause == "poor")))
    text = pl.from_pandas(SPELLS.assign(event=cause)).lazy()
    same(ps.relapse_model("assets", text, cause="poor"), fit)
    refused(lambda: ps.relapse_model("assets", SPELLS.assign(event=cause)), "compete", "'moved'")
    refused(lambda: ps.relapse_model("assets", SPELLS, cause="poor"), "no causes")


def test_a_start_not_seen_and_a_weight_of_zero_are_left_out_and_counted():
    table = SPELLS.assign(origin_known=SPELLS.index >= 100, weight=SPELLS["weight"].where(
        SPELLS.index < 1400, 0))  # fmt: skip
    fit = ps.relapse_model("assets", table, weight="weight")
    same(fit, ps.relapse_model("assets", table.iloc[100:1400], weight="weight"))
    assert fit.excluded == {"start not seen": 100, "weight of zero": 100}
    assert "start not seen 100, weight of zero 100" in fit.summary()
    missing = SPELLS.assign(assets=SPELLS["assets"].where(SPELLS.index > 4))
    for held in (missing, pl.from_pandas(missing).lazy()):
        fit = ps.relapse_model("assets", held, missing="drop")
        same(fit, ps.relapse_model("assets", SPELLS.iloc[5:]))
        assert fit.excluded == {"covariate missing": 5}
        refused(lambda h=held: ps.relapse_model("assets + ill", h), "5 rows", "assets 5")
    told = ps.Survey(
        missing, psu="household_id", missing="drop"
    )  # said once, it need not be said anew
    assert ps.relapse_model("assets", told).excluded == {"covariate missing": 5}
    refused(lambda: ps.relapse_model("assets", told, missing="refuse"), "5 rows")


# Baselines and results -----------------------------------------------------------------------


def test_periods_without_events_join_their_neighbour_and_say_so():
    quiet = SPELLS[~(SPELLS["event"] & SPELLS["exit"].isin([2, 6]))]
    fit = ps.relapse_model("assets", quiet)
    names = ["duration 1", "duration 2-3", "duration 4", "duration 5"]
    assert fit.baseline.names == names and fit.baseline.quiet == 6
    assert "no events from period 6 on" in fit.summary()
    early = quiet[quiet["entry"] < 5].assign(exit=quiet["exit"].clip(upper=5))
    groups = ps.relapse_model("assets", early, baseline=[1, 2, 4, 5])
    assert groups.baseline.names == [*names[:3], "duration 5+"]
    assert groups.params.to_numpy() == pytest.approx(fit.params.to_numpy())
    refused(lambda: ps.relapse_model("assets", quiet, baseline=[1, 2, 3, 4]), "0 events",
            "duration 2")  # fmt: skip
    refused(lambda: ps.relapse_model("assets", quiet, baseline=[2, 4]), "[2, 4]", "none after")
    refused(lambda: ps.relapse_model("assets", quiet, baseline="spline"), "'spline'")


@pytest.mark.parametrize("kind", ["constant", "log", "linear", "quadratic"])
def test_curves_are_covariates_of_duration(kind):
    right = {"constant": "", "log": " + log(k)", "linear": " + k", "quadratic": " + k + I(k**2)"}
    long = periods(SPELLS).assign(k=lambda t: t["exit"].astype(float))
    curve = ps.relapse_model("assets", SPELLS, baseline=kind)
    spelt = ps.relapse_model("assets" + right[kind], long, baseline="constant")
    assert curve.loglik == pytest.approx(spelt.loglik)
    assert curve.params["assets"] == pytest.approx(spelt.params["assets"])
    assert curve.risk(SPELLS.head(1).assign(duration=20))["risk"].between(0, 1).all()


def test_tables_of_results():
    fit = ps.relapse_model(RIGHT, SPELLS, "village")
    table = fit.tidy(0.9)
    assert list(table.columns) == ["term", "estimate", "std_error", "ci_low", "ci_high", "n",
                                   "population", "df", "method", "data_status"]  # fmt: skip
    reach = stats.t.ppf(0.95, 39) * fit.std_errors.to_numpy()
    assert (table["ci_high"] - table["estimate"]).to_numpy() == pytest.approx(reach)
    assert fit.df == 39 and fit.clusters == 40 and fit.events == SPELLS["event"].sum()
    assert fit.n == fit.population == SPELLS["exit"].sum()
    ratios = fit.hazard_ratios().set_index("term")
    assert ratios["hazard_ratio"].to_numpy() == pytest.approx(
        np.exp(fit.params[ratios.index]).to_numpy()
    )
    assert ratios.loc["approach[T.none]", ["variable", "level", "reference"]].tolist() == [
        "approach", "none", "administrative"]  # fmt: skip
    assert ratios.loc["ill[T.True]", "reference"] == "False"
    assert ratios.loc["assets", "reference"] == ""
    odds = ps.relapse_model('C(approach, Treatment("none"))', SPELLS, link="logit").hazard_ratios()
    assert "odds_ratio" in odds and set(odds["reference"]) == {"none"}
    refused(lambda: fit.cov("hoped for"), "hoped for")
    assert np.isnan(ps.relapse_model("assets", SPELLS, weight="weight").aic)


# Prediction ----------------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["cloglog", "logit"])
@pytest.mark.parametrize("frailty", [None, "gamma"])
def test_risk_and_its_error(link, frailty):
    if frailty and link == "logit":
        pytest.skip("a gamma frailty has a closed form for cloglog alone")
    fit = ps.relapse_model("approach + assets", SPELLS, "village", link=link, frailty=frailty)
    asked = pd.DataFrame({"household_id": ["a", "b"], "approach": ["none", "social_work"],
                          "assets": [0.5, -1.25], "duration": [0, 3]})  # fmt: skip

    def risk(params):
        eta = params["assets"] * asked["assets"].to_numpy()
        eta += np.array([params["approach[T.none]"], params["approach[T.social_work]"]])
        out = []
        for one, start in zip(eta, asked["duration"], strict=True):
            steps = np.array([params[f"duration {k + 1}"] for k in range(6)]) + one
            hazard = np.exp(steps) if link == "cloglog" else np.log1p(np.exp(steps))
            before, whole = hazard[:start].sum(), hazard[: start + 3].sum()
            if frailty:
                theta = np.exp(params["log(frailty variance)"])
                before, whole = (np.log1p(theta * x) / theta for x in (before, whole))
            out.append(1 - np.exp(before - whole))
        return np.array(out)

    found = fit.risk(asked, horizon=3)
    assert found["risk"].to_numpy() == pytest.approx(risk(fit.params), rel=1e-12)
    slopes = np.array([
        (risk(fit.params + step) - risk(fit.params - step)) / 2e-5
        for step in np.diag(np.full(len(fit.params), 1e-5))
    ])  # fmt: skip
    wanted = np.sqrt(np.diagonal(slopes.T @ fit.cov().to_numpy() @ slopes))
    assert found["std_error"].to_numpy() == pytest.approx(wanted, rel=1e-5)
    assert (found["ci_low"] < found["risk"]).all() and (found["risk"] < found["ci_high"]).all()
    curve = fit.survival(asked, 3)
    assert curve["survival"].iloc[[0, 4]].tolist() == [1, 1]
    assert 1 - curve["survival"].iloc[[3, 7]].to_numpy() == pytest.approx(found["risk"].to_numpy())
    assert 1 - curve["ci_low"].iloc[[3, 7]].to_numpy() == pytest.approx(found["ci_high"].to_numpy())
    assert curve["duration"].tolist() == [0, 1, 2, 3, 3, 4, 5, 6]


def test_contributions_add_up_to_the_linear_predictor():
    fit = ps.relapse_model(RIGHT, SPELLS, weight="weight")
    found = fit.contributions(SPELLS)
    assert list(found.columns) == ["household_id", "approach", "ill", "assets", "approach:assets"]
    total = found.drop(columns="household_id").sum(axis=1).to_numpy()
    at_risk = SPELLS["weight"] * SPELLS["exit"]
    assert np.average(total, weights=at_risk) == pytest.approx(0, abs=1e-10)
    first = fit.risk(SPELLS, horizon=1)["risk"].to_numpy()
    eta = np.log(-np.log1p(-first))
    assert np.ptp(eta - total) == pytest.approx(0, abs=1e-9)


def test_what_the_fit_does_not_know_is_named():
    fit = ps.relapse_model(RIGHT, SPELLS)
    asked = SPELLS.head(3)
    refused(lambda: fit.risk(asked.assign(approach="magic")), "household 100", "'magic'",
            "social_work")  # fmt: skip
    refused(lambda: fit.risk(asked.assign(assets=[0, np.nan, 0])), "household 101", "no assets")
    coded = SPELLS.assign(
        region=SPELLS["village"] % 3, approach=SPELLS["approach"].astype("category")
    )
    by_code = ps.relapse_model("C(region) + approach", coded)
    for name, value in {"region": 7, "approach": "magic"}.items():
        one = coded.head(3).assign(**{name: value})
        refused(lambda o=one: by_code.risk(o), f"have a {name}", repr(value))
    refused(lambda: fit.risk(asked.drop(columns="ill")), "ill")
    refused(lambda: fit.risk(asked.assign(duration=[0, 4, 0])), "household 101", "after period 6")
    refused(lambda: fit.risk(asked.assign(duration=[0, 0, -1])), "household 102", "-1")
    refused(lambda: fit.risk(asked, horizon=0), "horizon")
    refused(lambda: fit.survival(asked, 0), "periods= ")
    open_end = ps.relapse_model(RIGHT, SPELLS, baseline=[1, 2, 3, 4, 5])
    late = open_end.risk(asked.assign(duration=[4, 9, 99]), horizon=1)
    alike = asked.assign(approach="none", assets=0.0, ill=False, duration=[4, 9, 99])
    assert np.ptp(open_end.risk(alike, horizon=1)["risk"]) == 0
    assert late["risk"].between(0, 1).all()


# Bad input -----------------------------------------------------------------------------------


def test_rows_that_cannot_be_are_refused():
    table = made(60)
    twice = pd.concat([table, table.iloc[[7]]], ignore_index=True)
    for held in (twice, pl.from_pandas(twice).lazy()):
        refused(lambda h=held: ps.relapse_model("assets", h), "overlap", "107")
    refused(lambda: ps.relapse_model("assets", table.assign(exit=0)), "end before they begin",
            "household 100")  # fmt: skip
    refused(lambda: ps.relapse_model("assets", table.assign(exit=1.5)), "whole number", "1.5")
    refused(lambda: ps.relapse_model("assets", table.assign(event=2)), "event", "2")
    refused(lambda: ps.relapse_model("assets", table.assign(event=None)), "event")
    gone_on = pd.concat([table, table[table["event"]].assign(
        entry=table["exit"], exit=table["exit"] + 1)], ignore_index=True)  # fmt: skip
    refused(lambda: ps.relapse_model("assets", gone_on), "go on after an event")
    calendar = pd.concat([table.assign(origin=2010), table.assign(origin=2011, spell=2)])
    refused(lambda: ps.relapse_model("assets", calendar), "overlap", "household 100")
    apart = pd.concat([table.assign(origin=2010), table.assign(origin=2020, spell=2)])
    assert ps.relapse_model("assets", apart, baseline="log").n == 2 * table["exit"].sum()
    refused(lambda: ps.relapse_model("assets", table.drop(columns="exit")), "exit")
    refused(lambda: ps.relapse_model("assets", table.assign(household_id=None)), "household_id")
    nobody = table.assign(origin_known=False)
    refused(lambda: ps.relapse_model("assets", nobody), "No row is left")
    refused(lambda: ps.relapse_model("assets", table.assign(village=1), "village"), "one")
    for held in (table.assign(weight=-1.0), pl.from_pandas(table.assign(weight=-1.0)).lazy()):
        refused(lambda h=held: ps.relapse_model("assets", h, weight="weight"), "weight")
    refused(lambda: ps.relapse_model("assets", table.assign(village=np.nan), "village"), "village")
    refused(lambda: ps.relapse_model("assets", ps.Survey(table)), "psu=")
    refused(lambda: ps.relapse_model("assets", ps.Survey(table, psu="village"), "village"), "own")
    refused(lambda: ps.relapse_model("assets", table, link="probit"), "'probit'")
    refused(lambda: ps.relapse_model("assets", table, link="logit", frailty="gamma"), "cloglog")


def test_covariates_that_tell_nothing_or_all_are_named():
    refused(lambda: ps.relapse_model("assets + k", SPELLS.assign(k=3)), "term k", "same in all")
    refused(lambda: ps.relapse_model("assets + k", SPELLS.assign(k=2 * SPELLS["assets"])),
            "assets, k")  # fmt: skip
    cut = periods(SPELLS).query("entry == 0")
    refused(lambda: ps.relapse_model("k", cut.assign(k=cut["event"] * 9.0 + cut["assets"]),
                                     baseline="constant"), "separates", "term k")  # fmt: skip
    several = cut.assign(k=4 * cut["assets"] + cut["event"])  # each alone overlaps, not together
    refused(
        lambda: ps.relapse_model("assets + k", several, baseline="constant"),
        "together separate",
        "assets, k",
    )


def test_no_events_in_an_arm_give_a_bound():
    arm = SPELLS["approach"] == "social_work"
    none = SPELLS.assign(event=SPELLS["event"] & ~arm)
    n = int(none.loc[arm, "exit"].sum())
    refused(lambda: ps.relapse_model("approach", none), "approach[T.social_work]",
            f"0 events of {n:,}", f"{1 - 0.025 ** (1 / n):.3g}")  # fmt: skip
    first = SPELLS.assign(event=SPELLS["event"] & (SPELLS["approach"] != "administrative"))
    refused(lambda: ps.relapse_model("approach", first), "approach, level administrative")
    refused(lambda: ps.relapse_model("assets", SPELLS.assign(event=False)), "0 events")


def test_formulas_that_cannot_be_are_refused():
    for right, word in {
        "event ~ assets": "covariates alone", "assets - 1": "intercept", "assets +": "read",
        "income": "income", "center(assets)": "all rows", "log(assets": "read",
        "nosuch(assets)": "nosuch", 3: "text", "assets + `land owned`": "land owned",
        "I(assets - np.mean(assets))": "np.mean", "I(assets / assets.max())": "assets.max",
        "scale(assets)": "all rows", "I(SPELLS)": "SPELLS", "open('/etc/hosts')": "open",
        "I(assets.__class__)": "__class__", "3:assets": "I(3 * assets)", "assets | ill": "read",
        "I(approach * 2)": "approach", "I(7)": "each row", "Q(assets)": "Q",
        'C(approach, Treatment("magic"))': "magic",
    }.items():  # fmt: skip
        refused(lambda r=right: ps.relapse_model(r, SPELLS), word)
    refused(lambda: ps.relapse_model("log(assets)", SPELLS), "not finite")


def test_names_with_spaces_are_columns_too():
    plain = ps.relapse_model("log(land) * approach + ill", SPELLS.assign(land=SPELLS["assets"] + 9))
    names = {"approach": "kind of help", "ill": "ill: last year"}
    spaced = SPELLS.assign(**{"land (mu)": SPELLS["assets"] + 9}).rename(columns=names)
    for right in (
        "log(`land (mu)`) * `kind of help` + `ill: last year`",
        """log(Q("land (mu)")) * Q('kind of help') + Q("ill: last year")""",
    ):
        fit = ps.relapse_model(right, spaced)
        same(fit, plain)
        assert fit.formula.columns == ["land (mu)", "kind of help", "ill: last year"]
        assert "log(`land (mu)`):kind of help[T.none]" in fit.params
        ratios = fit.hazard_ratios().set_index("term")
        found = ratios.loc["kind of help[T.social_work]", ["variable", "level", "reference"]]
        assert found.tolist() == ["kind of help", "social_work", "administrative"]
        asked = spaced.head(3)
        assert fit.risk(asked)["risk"].tolist() == plain.risk(
            SPELLS.head(3).assign(land=asked["land (mu)"]))["risk"].tolist()  # fmt: skip
        refused(lambda f=fit, a=asked: f.risk(a.assign(**{"kind of help": "magic"})), "'magic'")


def test_terms_are_named_and_coded_as_a_reader_of_formulas_expects():
    """Names and matrices as patsy 1.0 gave them for these patterns."""
    table = pd.DataFrame({"a": ["u", "v", "w"], "n": [3, 1, 3], "x": [2.0, 1.0, 4.0],
                          "t": [True, False, True],
                          "c": pd.Categorical(["lo", "hi", "lo"], ["never", "lo", "hi"])})  # fmt: skip
    for text, names, last in [
        ("x + a", ["a[T.v]", "a[T.w]", "x"], [0, 1, 4]),
        ("a:x", ["a[u]:x", "a[v]:x", "a[w]:x"], [0, 0, 4]),
        ("a*t", ["a[T.v]", "a[T.w]", "t[T.True]", "a[T.v]:t[T.True]", "a[T.w]:t[T.True]"],
         [0, 1, 1, 0, 1]),
        ("C(n)", ["C(n)[T.3]"], [1]),
        ('C(a, Treatment("w")) + c',
         ['C(a, Treatment("w"))[T.u]', 'C(a, Treatment("w"))[T.v]', "c[T.hi]"], [0, 0, 0]),
        ("C(a, Sum)", ["C(a, Sum)[S.u]", "C(a, Sum)[S.v]"], [-1, -1]),
        ("I(x > 1) + np.log2(x) + I(x**2)", ["I(x > 1)[T.True]", "np.log2(x)", "I(x ** 2)"], [1, 2, 16]),
        ("np.where(t, 'p', 'q')", ["np.where(t, 'p', 'q')[T.q]"], [0]),
        ("", [], []),
    ]:  # fmt: skip
        formula = Formula(text, table.columns).bind(table)
        assert (formula.names, formula.matrix(table)[2].tolist()) == (names, last)
        assert len(formula.levels()) == len(names)
    whole = Formula("0 + a", table.columns, intercept=True).bind(table)
    assert (whole.names, whole.matrix(table).tolist()) == (
        ["a[u]", "a[v]", "a[w]"],
        np.eye(3).tolist(),
    )


def test_input_is_not_changed_and_the_status_is_kept(tmp_path):
    table = SPELLS.copy()
    table.attrs["source"] = ps.Source("simulated", "made up")
    fit = ps.relapse_model(RIGHT, table)
    pd.testing.assert_frame_equal(table, SPELLS)
    assert set(fit.tidy()["data_status"]) == {"simulated"} == {fit.status}
    assert fit.risk(table.head(1)).attrs["source"] == table.attrs["source"]
    table.to_parquet(tmp_path / "spells.parquet")
    assert ps.relapse_model("ill", tmp_path / "spells.parquet").status == "simulated"
    with pytest.raises(AttributeError):
        fit.n = 3


def test_covariates_of_the_essay_on_simulated_households():
    sim = ps.simulate(ps.Scenario(social_work_share=0.5), households=60_000, years=9, seed=2)
    panel = sim.panel.sort_values(["household_id", "year"])
    left = panel["poor"].shift() & ~panel["poor"]
    left &= panel["household_id"].eq(panel["household_id"].shift())
    first = panel[left].drop_duplicates("household_id").set_index("household_id")
    after = panel[panel["household_id"].isin(first.index)].copy()
    after["exit"] = after["year"] - after["household_id"].map(first["year"])
    after = after[after["exit"] > 0].assign(entry=lambda t: t["exit"] - 1)
    gaps = after.groupby("household_id")["exit"].transform(lambda k: np.arange(1, len(k) + 1))
    before = after.groupby("household_id")["poor"].transform(
        lambda x: x.astype(int).shift(fill_value=0).cummax()
    )
    spells = after[(after["exit"] == gaps) & (before == 0)].assign(event=lambda t: t["poor"])
    for name in ("approach", "assets", "self_efficacy"):
        spells[name] = spells["household_id"].map(first[name]).to_numpy()
    share = (first["transfer_income"] / first["income"]).clip(0, 1)
    spells["transfer_share"] = spells["household_id"].map(share)
    spells["late_exit"] = spells["household_id"].map(first["year"] >= 2018)
    spells.attrs = panel.attrs
    right = "transfer_share + late_exit + assets + self_efficacy + approach"
    fit = ps.relapse_model(right, spells, "village", baseline=[1, 2, 3])
    assert fit.status == "simulated" and fit.events > 100
    assert fit.params["assets"] < 0  # assets keep a household out
    risk = fit.risk(spells.drop_duplicates("household_id").assign(duration=0), horizon=3)
    expected = fit.risk(spells.assign(duration=spells["entry"]), horizon=1)["risk"].sum()
    assert expected == pytest.approx(fit.events, rel=0.02)
    assert risk["risk"].between(0, 1).all()


def test_categories_of_households_may_be_fewer_or_more_than_those_of_the_fit():
    rng = np.random.default_rng(3)
    arms = pd.Categorical(rng.choice(["none", "a", "b"], 300), ["none", "a", "b", "never"])
    spells = pd.DataFrame({"household_id": range(300), "entry": 0, "exit": rng.integers(1, 4, 300),
                           "event": rng.random(300) < 0.5, "arm": arms})  # fmt: skip
    fit = ps.relapse_model("arm", spells)
    whole = fit.risk(spells, horizon=2)["risk"]
    for one in ("none", "b"):
        here = spells[spells["arm"] == one]
        few = here.assign(arm=here["arm"].cat.remove_unused_categories())
        assert (fit.risk(few, horizon=2)["risk"].to_numpy() == whole[here.index]).all()


def test_three_lines_of_statsmodels_on_person_periods_give_the_same_model():
    """What notebook 06 shows: the model is a binary regression of household-periods."""
    from statsmodels import api as sm

    table = SPELLS.assign(origin=2012, origin_known=True)
    fit = ps.relapse_model(RIGHT, table, "village", "weight")
    rows = ps.person_periods(table, table.assign(year=2012), []).astype({"event": int})
    cloglog = sm.families.Binomial(sm.families.links.CLogLog())
    glm = sm.GLM.from_formula(f"event ~ 0 + C(exit) + {RIGHT}", rows, family=cloglog,
                              freq_weights=rows["weight"]).fit(tol=1e-12)  # fmt: skip
    named = glm.params.rename(lambda one: re.sub(r"C\(exit\)\[(\d+)\]", r"duration \1", one))
    assert fit.params[named.index].to_numpy() == pytest.approx(named.to_numpy(), abs=1e-6)
