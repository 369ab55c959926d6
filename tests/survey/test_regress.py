"""Regressions: svyglm of R, statsmodels and pyfixest beside them, and what is refused."""

import json
import pickle
import re
import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from conftest import ROOT

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "regress.json").read_text("utf-8"))
MODELS = {
    "linear": "log(income) ~ C(year) * schooling + water + units",
    "logit": "poor ~ C(year) + schooling + fuel",
    "probit": "poor ~ C(year) + schooling + fuel",
    "poisson": "count ~ C(year) + log(income)",
}
CELLS = ["estimate", "std_error"]


def people():
    table = pd.read_csv(FILES / "design.csv").join(pd.read_csv(FILES / "indicators.csv"))
    table["poor"] = (table["income"] < 2300).astype(int)
    table["count"] = table[["schooling", "water", "fuel", "health"]].sum(axis=1)
    alone = (table["stratum"] == "s4") & (table["psu"] == 7)
    table["lonely"] = table["stratum"].mask(alone, "alone")
    table["inside"] = table["weight"].where(table["province"] != "B", 0.0)
    return table


def survey(name):
    table, units = people(), {"strata": "stratum", "psu": "psu"}
    if name in ("jackknife", "bootstrap"):
        table = pd.concat([table, pd.read_csv(FILES / "replicates.csv")], axis=1).copy()
    columns = lambda start: [one for one in table if one.startswith(start)]  # noqa: E731
    return {
        "full": lambda: ps.Survey(table, weight="weight", fpc="units", **units),
        "units": lambda: ps.Survey(table, weight="weight", **units),
        "rows": lambda: ps.Survey(table, weight="weight", strata="stratum"),
        "weights": lambda: ps.Survey(table, weight="weight"),
        "lonely": lambda: ps.Survey(table, weight="weight", strata="lonely", psu="psu", lonely="center"),
        "jackknife": lambda: ps.Survey(table, weight="weight", replicates=ps.Replicates(
            columns("JK"), kind="jackknife", scales=[11 / 12] * 60)),
        "bootstrap": lambda: ps.Survey(table, weight="weight", replicates=ps.Replicates(columns("boot"))),
        "subpopulation": lambda: ps.Survey(table, weight="inside", fpc="units", **units),
    }[name]()  # fmt: skip


@pytest.mark.parametrize("family", MODELS)
@pytest.mark.parametrize("name", [one for one in R if one not in ("df", "absorbed", "version")])
def test_coefficients_and_their_covariance_are_those_of_svyglm(name, family):
    fit, wanted = ps.regress(MODELS[family], survey(name), family=family), R[name][family]
    assert len(fit) == len(wanted["term"])
    order = [wanted["term"].index(one) for one in _names_of_r(fit.fit.formula.names)]
    covariance = np.array(wanted["covariance"])[np.ix_(order, order)]
    errors = np.sqrt(np.diag(covariance))
    found = fit.tidy()
    assert found["estimate"].to_numpy() == pytest.approx(
        np.array(wanted["estimate"])[order], rel=1e-8
    )
    assert found["std_error"].to_numpy() == pytest.approx(errors, rel=1e-8)
    assert np.abs((fit.cov() - covariance) / np.outer(errors, errors)).to_numpy().max() < 1e-8


def _names_of_r(names):
    """As R calls the terms of these models."""
    made = (re.sub(r"C\((\w+)\)\[T\.(\w+)\]", r"factor(\1)\2", one) for one in names)
    return ["(Intercept)" if one == "Intercept" else one for one in made]


def test_a_part_of_the_rows_is_that_of_a_subset_of_the_design():
    whole, kept = survey("subpopulation"), survey("full").where("province != 'B'")
    one, two = (ps.regress(MODELS["linear"], svy).tidy() for svy in (whole, kept))
    own = ["df", "ci_low", "ci_high"]  # `where` counts the units of whole strata
    pd.testing.assert_frame_equal(one.drop(columns=own), two.drop(columns=own))


def test_degrees_of_freedom_are_units_minus_strata():
    for name in ("full", "rows", "subpopulation"):
        assert set(ps.regress(MODELS["linear"], survey(name)).tidy()["df"]) == {R["df"][name]}


def test_wald_is_that_of_regtermtest_with_the_degrees_of_freedom_of_korn_and_graubard():
    fit = ps.regress(MODELS["linear"], survey("full"))
    found = fit.test("C(year):schooling", "water").iloc[0]
    q, d = 2, R["df"]["full"]
    assert found["statistic"] == pytest.approx(
        R["full"]["linear"]["chisq"] / q * (d - q + 1) / d, rel=1e-8
    )
    assert (found["df_num"], found["df_den"]) == (q, d - q + 1)
    again = fit.test("year: 2019 x schooling", "water")
    assert again["statistic"].iloc[0] == pytest.approx(found["statistic"])
    t = fit.tidy().set_index("term").loc["water"]
    assert fit.test("water")["statistic"].iloc[0] == pytest.approx(
        (t["estimate"] / t["std_error"]) ** 2
    )
    assert fit.test()["df_num"].iloc[0] == 5
    with pytest.raises(ps.DataError, match="Did you mean 'water'"):
        fit.test("wader")


# Plain tables ---------------------------------------------------------------------------


def households(rows=400, seed=1):
    rng = np.random.default_rng(seed)
    village = rng.integers(0, 25, rows)
    table = pd.DataFrame({
        "village": village, "county": village % 5, "year": rng.integers(2012, 2016, rows),
        "land": rng.gamma(2, 1, rows), "age": rng.integers(20, 70, rows),
        "approach": rng.choice(["none", "administrative", "both"], rows),
    })  # fmt: skip
    lasting = rng.normal(size=25)[village]
    table["income"] = (
        3 + table["land"] + 0.5 * (table["approach"] == "both") + lasting + rng.normal(size=rows)
    )
    table["poor"] = (table["income"] + rng.normal(size=rows) < 4).astype(int)
    return table.assign(visits=rng.poisson(np.exp(0.2 * table["land"] - 0.5 + 0.3 * lasting)))


PEERS = {
    "linear": sm.families.Gaussian(),
    "logit": sm.families.Binomial(),
    "poisson": sm.families.Poisson(),
}
OUTCOMES = {"linear": "income", "logit": "poor", "probit": "poor", "poisson": "visits"}


@pytest.mark.parametrize("cluster", [None, "village"])
@pytest.mark.parametrize("family", PEERS)
def test_a_plain_table_is_that_of_statsmodels(family, cluster):
    table, right = households(), "approach * land + np.log(age)"
    fit = ps.regress(f"{OUTCOMES[family]} ~ {right}", table, cluster=cluster, family=family)
    kind = {"cov_type": "HC1"}
    if cluster:
        kind = {"cov_type": "cluster", "cov_kwds": {"groups": table[cluster]}}
    peer = smf.glm(f"{OUTCOMES[family]} ~ {right}", table, family=PEERS[family]).fit(
        tol=1e-14, **kind
    )
    # HC1 of its GLM has no N/(N - k)
    n, k = len(table), len(fit)
    factor = 1 if cluster else n / (n - k)
    found = fit.tidy()
    assert found["estimate"].tolist() == pytest.approx(peer.params.tolist(), rel=1e-10)
    assert fit.cov().to_numpy() == pytest.approx(peer.cov_params().to_numpy() * factor, rel=1e-9)
    assert set(found["df"]) == {24 if cluster else n - k}
    told = "clustered by village: G/(G - 1) x (N - 1)/(N - k)" if cluster else "HC1: N/(N - k)"
    assert fit.fit.errors == told and found["method"].iloc[0].endswith(told)
    if family == "linear":
        kind |= {"use_t": True}
        peer = smf.ols(f"income ~ {right}", table).fit(**kind)
        assert found["std_error"].tolist() == pytest.approx(peer.bse.tolist(), rel=1e-10)
        assert found[["ci_low", "ci_high"]].to_numpy() == pytest.approx(
            peer.conf_int().to_numpy(), rel=1e-9
        )
        assert fit.fit.r_squared == pytest.approx(peer.rsquared)
    else:
        assert fit.fit.r_squared == pytest.approx(1 - peer.deviance / peer.null_deviance)


def test_a_probit_has_the_expected_information_around_it():
    table = households()
    fit = ps.regress("poor ~ land + age", table, cluster="village", family="probit")
    peer = smf.glm(
        "poor ~ land + age", table, family=sm.families.Binomial(sm.families.links.Probit())
    ).fit(tol=1e-14)
    x, level = peer.model.exog, peer.predict(which="linear")
    mean, slope = peer.fittedvalues, peer.model.family.link.inverse_deriv(level)
    score = x * ((table["poor"] - mean) * slope / (mean * (1 - mean))).to_numpy()[:, None]
    bread = np.linalg.inv((x.T * (slope**2 / (mean * (1 - mean))).to_numpy()) @ x)
    sums = pd.DataFrame(score @ bread).groupby(table["village"]).sum().to_numpy()
    n, groups = len(table), len(sums)
    wanted = sums.T @ sums * groups / (groups - 1) * (n - 1) / (n - 3)
    assert fit.cov().to_numpy() == pytest.approx(wanted, rel=1e-8)


def test_a_table_and_its_survey_differ_by_the_small_sample_factor_alone():
    table = households()
    one = ps.regress("income ~ land", table, cluster="village").tidy()
    two = ps.regress("income ~ land", ps.Survey(table, psu="village")).tidy()
    assert one["estimate"].tolist() == pytest.approx(two["estimate"].tolist(), rel=1e-12)
    ratio = (one["std_error"] / two["std_error"]) ** 2
    assert ratio.tolist() == pytest.approx([399 / 398] * 2)


# Absorbed effects -----------------------------------------------------------------------

SETS = [["village"], ["village", "year"], ["year", "county"], ["village", "year", "county"]]


@pytest.mark.parametrize("cluster", [None, "village", "county"])
@pytest.mark.parametrize("absorb", SETS, ids="+".join)
def test_absorbed_effects_are_those_of_pyfixest(absorb, cluster):
    """Counts of coefficients are by the rule of fixest; pyfixest 0.60 takes names in another order."""
    pf = pytest.importorskip("pyfixest")
    table = households()
    table.loc[0, "village"] = 99  # alone
    fit = ps.regress("income ~ approach + land", table, cluster=cluster, absorb=absorb)
    with warnings.catch_warnings(action="ignore"):  # its own, of pandas to come and of singletons
        peer = pf.feols(
            f"income ~ C(approach) + land | {' + '.join(absorb)}", table,
            vcov={"CRV1": cluster} if cluster else "hetero", demeaner=pf.MapDemeaner(fixef_tol=1e-12, fixef_maxiter=100_000),
        )  # fmt: skip
    alone = int("village" in absorb)
    assert fit.fit.dropped == {"missing": 0, "singletons": alone, "all zero": 0}
    assert fit.fit.n == peer._N == 400 - alone
    assert fit.table["estimate"].tolist() == pytest.approx(peer.coef().tolist(), rel=1e-8)
    groups = {"village": 25, "year": 4, "county": 5}
    nested = [one for one in absorb if cluster == one or (cluster, one) == ("county", "village")]
    k = (
        3
        + sum(groups[one] for one in absorb)
        - (len(absorb) - 1)
        - sum(groups[one] - 1 for one in nested)
    )
    assert fit.fit.count == k
    factor = (fit.fit.n - peer._df_k) / (fit.fit.n - k)
    assert fit.cov().to_numpy() == pytest.approx(peer._vcov * factor, rel=1e-8)
    if len(absorb) < 3:
        assert peer._df_k == k
    assert fit.fit.r_squared == pytest.approx(peer._r2)
    assert fit.fit.r_squared_within == pytest.approx(peer._r2_within)


def test_absorbed_effects_of_counts_are_those_of_pyfixest_without_villages_that_have_none():
    pf = pytest.importorskip("pyfixest")
    table = households()
    table.loc[table["village"] == 3, "visits"] = 0
    fit = ps.regress(
        "visits ~ approach + land",
        table,
        cluster="village",
        absorb=["village", "year"],
        family="poisson",
    )
    with warnings.catch_warnings(action="ignore"):
        peer = pf.fepois(
            "visits ~ C(approach) + land | village + year", table, vcov={"CRV1": "village"}, iwls_tol=1e-13,
            demeaner=pf.MapDemeaner(fixef_tol=1e-12, fixef_maxiter=100_000),
        )  # fmt: skip
    assert fit.fit.dropped["all zero"] == (table["village"] == 3).sum()
    assert fit.table["estimate"].tolist() == pytest.approx(peer.coef().tolist(), rel=1e-8)
    assert fit.tidy()["std_error"].tolist() == pytest.approx(peer.se().tolist(), rel=1e-6)


def test_absorbed_effects_of_a_survey_are_those_of_svyglm_with_marks():
    pytest.importorskip("pyfixest")
    svy = survey("full")
    svy = svy.reopened(svy.data.assign(unit=svy.data["stratum"] + svy.data["psu"].astype(str)))
    fit = ps.regress("log(income) ~ schooling + water", svy, absorb=["unit", "year"])
    wanted = R["absorbed"]
    at = [wanted["term"].index(one) for one in fit.table["term"]]
    assert fit.table["estimate"].tolist() == pytest.approx(
        np.array(wanted["estimate"])[at].tolist(), rel=1e-8
    )
    assert fit.cov().to_numpy() == pytest.approx(
        np.array(wanted["covariance"])[np.ix_(at, at)], rel=1e-8
    )
    assert fit.fit.absorbed == {"unit": 60, "year": 2}


def test_replicates_leave_out_groups_without_weight():
    pytest.importorskip("pyfixest")
    svy = survey("jackknife")
    absorbed = ps.regress("log(income) ~ schooling", svy, absorb="province")
    marks = ps.regress("log(income) ~ schooling + province", svy)
    assert absorbed.tidy()["std_error"].iloc[0] == pytest.approx(
        marks.tidy().set_index("term").loc["schooling", "std_error"], rel=1e-9
    )


# What is asked of fits ------------------------------------------------------------------


@pytest.mark.parametrize("family", ["logit", "probit"])
def test_marginal_effects_are_those_of_statsmodels(family):
    table = households().assign(helped=lambda t: (t["approach"] == "both").astype(int))
    fit = ps.regress("poor ~ helped + land + age", table, cluster="village", family=family)
    peer = getattr(smf, family)("poor ~ helped + land + age", table).fit(disp=0, tol=1e-14)
    peer.cov_params_default = fit.cov().to_numpy()
    peer = peer.get_margeff(dummy=True).summary_frame()
    found = fit.marginal_effects().tidy()
    assert found["term"].tolist() == ["helped", "land", "age"]
    assert found["estimate"].tolist() == pytest.approx(peer["dy/dx"].tolist(), rel=1e-7)
    if family == "logit":
        kind = {"cov_type": "cluster", "cov_kwds": {"groups": table["village"]}}
        peer = smf.logit("poor ~ helped + land + age", table).fit(disp=0, tol=1e-14, **kind)
        peer = peer.get_margeff(dummy=True).summary_frame()
        assert found["std_error"].tolist() == pytest.approx(peer["Std. Err."].tolist(), rel=1e-6)
    assert "average marginal effects" in found["method"].iloc[0]


def test_marginal_effects_of_categories_logs_and_products_are_by_hand():
    """Set each row to a level, or move it a little; errors by a numerical gradient."""
    table, formula = (
        households(),
        "poor ~ C(approach, Treatment('none')) * log(land) + I(age**2) + C(year)",
    )
    svy = ps.Survey(table.assign(w=table["age"] / 10.0), weight="w", psu="village")
    fit = ps.regress(formula, svy, family="logit")
    slopes, w = fit.table["estimate"].to_numpy(), table["age"] / table["age"].sum()

    def chance(b, **held):
        return 1 / (1 + np.exp(-(fit.fit.formula.matrix(table.assign(**held)) @ b)))

    hands = {
        "approach: both": lambda b: w @ (chance(b, approach="both") - chance(b, approach="none")),
        "land": lambda b: w @ (chance(b, land=table["land"] + 1e-5) - chance(b, land=table["land"] - 1e-5)) / 2e-5,
        "age": lambda b: w @ (chance(b, age=table["age"] + 1e-3) - chance(b, age=table["age"] - 1e-3)) / 2e-3,
        "year: 2014": lambda b: w @ (chance(b, year=2014) - chance(b, year=2012)),
    }  # fmt: skip
    steps = np.diag(1e-5 / np.abs(fit.fit.formula.matrix(table)).max(axis=0))
    found = fit.marginal_effects().tidy().set_index("term")
    assert len(found) == 7
    for term, by_hand in hands.items():
        gradient = [
            (by_hand(slopes + step) - by_hand(slopes - step)) / (2 * step.sum()) for step in steps
        ]
        wanted = np.sqrt(gradient @ fit.cov().to_numpy() @ gradient)
        assert found.loc[term, CELLS].tolist() == pytest.approx([by_hand(slopes), wanted], rel=1e-5)


def test_ratios_are_exponents_and_only_of_families_that_have_them():
    fit = ps.regress("poor ~ land", households(), family="logit")
    found, table = fit.exponentiated().iloc[0], fit.tidy().iloc[1]
    assert found["odds_ratio"] == np.exp(table["estimate"])
    assert found["ci_high"] == np.exp(table["ci_high"])
    assert found["p_value"] == pytest.approx(fit.pvalues["land"])
    assert (
        "incidence_ratio"
        in ps.regress("visits ~ land", households(), family="poisson").exponentiated()
    )
    with pytest.raises(ps.DataError, match="no logs of ratios"):
        ps.regress("poor ~ land", households(), family="probit").exponentiated()


def test_predictions_and_differences_of_coefficients():
    table = households()
    fit = ps.regress("poor ~ approach + land", table, family="logit")
    peer = smf.logit("poor ~ approach + land", table).fit(disp=0, tol=1e-13)
    assert fit.predict(table).tolist() == pytest.approx(peer.predict(table).tolist(), rel=1e-8)
    with pytest.raises(ps.DataError, match="has not seen"):
        fit.predict(table.assign(approach="other"))
    apart = fit.params.iloc[1] - fit.params.iloc[2]
    both = fit.combine(fit.table.iloc[[0]].assign(estimate=apart), np.array([[0, 1, -1, 0.0]]).T)
    by_hand = np.array([1, -1]) @ fit.cov().to_numpy()[1:3, 1:3] @ [1, -1]
    assert not hasattr(both, "fit") and both.tidy()["std_error"].iloc[0] == pytest.approx(
        np.sqrt(by_hand)
    )


def test_a_fit_is_pickled_and_told_in_both_languages():
    table = households().assign(land=lambda t: t["land"].where(t.index > 2))
    fit = ps.regress(
        "income ~ approach * land", table, cluster=["county", "village"], missing="drop"
    )
    again = pickle.loads(pickle.dumps(fit))
    pd.testing.assert_frame_equal(again.tidy(), fit.tidy())
    pd.testing.assert_frame_equal(again.marginal_effects().tidy(), fit.marginal_effects().tidy())
    assert "clustered by county + village: G/(G - 1)" in fit.summary()
    assert "3 without a value" in fit.summary() and "3行缺失取值" in fit.summary("zh")
    assert "方式: 两者兼有 x land" in fit.summary("zh") and "常数项" in fit.summary("zh")
    axes = fit.plot()
    assert "constant" not in [one.get_text() for one in axes.get_yticklabels()]


# Kinds of tables ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["int8", "Int64", "object", "float32", "polars", "shuffled", "index", "parquet"]
)
def test_any_kind_of_table_gives_the_same(kind, tmp_path):
    polars = pytest.importorskip("polars")
    table = households().astype({"land": int})
    wanted = ps.regress("income ~ land + C(year)", table).tidy()
    if kind == "polars":
        made = polars.from_pandas(table)
    elif kind == "parquet":
        made = str(tmp_path / "table.parquet")
        table.to_parquet(made)
    elif kind in ("shuffled", "index"):
        made = (
            table.sample(frac=1, random_state=1)
            if kind == "shuffled"
            else table.set_index(np.zeros(len(table)))
        )
    else:
        made = table.astype({"land": kind})
    found = ps.regress("income ~ land + C(year)", made)
    assert found.tidy()[CELLS].to_numpy() == pytest.approx(wanted[CELLS].to_numpy(), rel=1e-12)


def test_truth_words_and_chinese_names():
    table = households().rename(columns={"income": "收入", "land": "地 亩", "village": "村"})
    table = table.assign(
        帮扶=table["approach"] == "both", 方式=table["approach"].astype("category")
    )
    fit = ps.regress("log(收入 + 10) ~ 帮扶 * `地 亩` + C(year)", table, cluster="村")
    assert fit.table["term"].tolist() == [
        "constant", "帮扶", "year: 2013", "year: 2014", "year: 2015", "地 亩", "帮扶 x 地 亩",
    ]  # fmt: skip
    assert fit.fit.outcome == "log(收入 + 10)"
    words = ps.regress("收入 ~ 方式", table).table["term"].tolist()
    assert words == ["constant", "方式: both", "方式: none"]
    poor = ps.regress("I(收入 < 4) ~ `地 亩`", table, family="logit")
    assert poor.table["estimate"].tolist() == pytest.approx(
        ps.regress("poor ~ `地 亩`", table.assign(poor=table["收入"] < 4), family="logit")
        .table["estimate"]
        .tolist()
    )


def test_a_column_that_is_called_constant_is_none():
    fit = ps.regress(
        "visits ~ constant", households().rename(columns={"land": "constant"}), family="poisson"
    )
    assert fit.table["term"].tolist() == ["Intercept", "constant"]
    assert (
        fit.exponentiated()["term"].tolist() == ["constant"] and fit.test()["df_num"].iloc[0] == 1
    )


def test_replicates_below_zero_are_weights_too():
    rng = np.random.default_rng(1)
    names = [f"r{i}" for i in range(20)]
    table = (
        households()
        .assign(w=10.0)
        .join(pd.DataFrame(10 + 9 * rng.normal(size=(400, 20)), columns=names))
    )
    svy = ps.Survey(table, weight="w", replicates=ps.Replicates(names))
    x, y = sm.add_constant(table["land"]).to_numpy(), table["income"].to_numpy()
    slopes = [
        np.linalg.solve((x.T * w) @ x, (x.T * w) @ y) for w in table[["w", *names]].to_numpy().T
    ]
    wanted = np.sqrt(((np.array(slopes[1:]) - slopes[0]) ** 2).mean(axis=0))
    assert ps.regress("income ~ land", svy).bse.tolist() == pytest.approx(wanted.tolist(), rel=1e-9)
    assert ps.regress("poor ~ land", svy, family="logit").bse.gt(0).all()


def test_rows_without_a_value_are_refused_or_counted():
    table = households()
    table.loc[3, "land"], table.loc[4:5, "income"] = np.nan, np.nan
    with pytest.raises(ps.DataError, match="2 rows have no income"):
        ps.regress("income ~ land", table)
    fit = ps.regress("income ~ land", table, missing="drop")
    assert fit.dropped == 3 == fit.fit.dropped["missing"] and fit.fit.n == 397
    svy = ps.Survey(table.assign(land=table["land"].fillna(-8)), codes=[-8], missing="drop")
    assert (
        ps.regress("income ~ land", svy)
        .tidy()[CELLS]
        .equals(ps.regress("income ~ land", ps.Survey(table), missing="drop").tidy()[CELLS])
    )


REFUSED = [
    ("income ~ land + I(2 * land)", {}, "made of them"),
    ("income ~ one", {}, "it is constant"),
    ("income ~ income", {}, "among what explains it"),
    ("income ~ wealth", {}, "lacks a column"),
    ("income ~ log(zero)", {}, "not finite"),
    ("log(zero) ~ land", {}, "needs more than 0"),
    ("approach ~ land", {}, "holds no numbers"),
    ("one ~ land", {}, "the same for all"),
    ("income ~ coded", {}, "no answer"),
    ("income ~ land | village", {}, "beside the formula"),
    ("land", {}, "both stand in the formula"),
    ("income ~ land", {"family": "lgit"}, "Did you mean 'logit'"),
    ("income ~ land", {"family": "logit"}, "is 1 or 0"),
    ("low ~ land", {"family": "poisson"}, "0 and more"),
    ("income ~ land", {"weight": "age"}, "make a Survey"),
    ("income ~ land", {"cluster": "one"}, "one cluster"),
    ("income ~ land", {"cluster": "vilage"}, "Did you mean 'village'"),
    ("poor ~ land", {"family": "logit", "absorb": "village"}, "biased"),
    ("poor ~ rich + land", {"family": "logit"}, "term rich"),
    ("poor ~ rich + land", {"family": "probit"}, "term rich"),
    ("poor ~ land + I(poor2 + 0.0)", {"family": "probit"}, "told for sure"),
    ("visits ~ none + land", {"family": "poisson"}, "term none"),
]


@pytest.mark.parametrize(("formula", "options", "told"), REFUSED)
def test_what_has_no_answer_is_refused(formula, options, told):
    table = households().assign(
        one=1, zero=lambda t: t.index % 2, coded=lambda t: np.where(t.index % 9 == 0, -9, t["age"]),
        low=lambda t: t["income"] - 50, rich=lambda t: (t["poor"] == 0) & (t["land"] > 3), poor2=lambda t: t["poor"],
        none=lambda t: (t["visits"] == 0) & (t["land"] > 1),
    )  # fmt: skip
    with pytest.raises(ps.base.errors.PovstudyError) as caught:
        ps.regress(formula, table, **options)
    assert told in str(caught.value)


def test_absorbed_effects_that_say_it_already_are_named():
    pytest.importorskip("pyfixest")
    table = households().assign(far=lambda t: t["village"] * 1.5)
    with pytest.raises(ps.DataError, match="far"):
        ps.regress("income ~ land + far", table, absorb=["village", "year"])
    with pytest.raises(ps.DataError, match="Every row is alone"):
        ps.regress("income ~ land", table.assign(row=table.index), absorb=["row", "row"])
    with pytest.raises(ps.DataError, match="3 rows have no village"):
        ps.regress(
            "income ~ land",
            table.assign(village=table["village"].where(table.index > 2)),
            absorb="village",
        )


def test_a_far_fit_without_separation_is_no_separation():
    """Chances near 0 and 1 alone are no reason to refuse."""
    rng = np.random.default_rng(1)
    x = np.r_[rng.normal(size=300) * 30, 0.1, -0.1]
    table = pd.DataFrame({"x": x, "y": np.r_[x[:300] > 0, False, True].astype(int)})
    fit = ps.regress("y ~ x", table, family="logit")
    peer = sm.Logit(table["y"], sm.add_constant(table["x"])).fit(disp=0, tol=1e-13, maxiter=200)
    assert fit.table["estimate"].tolist() == pytest.approx(peer.params.tolist(), rel=1e-6)


def test_a_survey_brings_its_own_units():
    svy = ps.Survey(households(), psu="village")
    with pytest.raises(ps.DesignError, match="brings its own") as told:
        ps.regress("income ~ land", svy, cluster="county")
    assert told.value.remedy == "svy = ps.Survey(table, psu='county')"


def test_rows_of_one_unit_have_coefficients_and_no_error():
    table = households().assign(w=lambda t: (t["village"] == 3).astype(float))
    found = ps.regress(
        "income ~ land", ps.Survey(table, weight="w", psu="village", lonely="center")
    ).tidy()
    assert (
        found["std_error"].isna().all() and (found["method"] == "one sampling unit, no error").all()
    )


@pytest.mark.parametrize(("right", "told"), [
    ("land + land**2", "stands in I()"), ("land + log(age) ^ 2", "stands in I()"), ("I(land^2)", "two stars"),
    ("land + one", "one level"),
])  # fmt: skip
def test_no_term_is_lost_in_silence(right, told):
    """A power outside I() is the column itself, and a column of one level none: R says nothing of the first."""
    with pytest.raises(ps.DataError, match=re.escape(told)):
        ps.regress(f"income ~ {right}", households().assign(one="a"))


def test_powers_that_cross_terms_are_read():
    found = ps.regress("income ~ (land + age)**2 + I(land**2)", households()).table["term"]
    assert set(found) == {"constant", "land", "age", "land x age", "land ** 2"}


@pytest.mark.parametrize("kind", ["int32", "int64", "Int64", "float"])
def test_large_whole_numbers_do_not_overflow_in_a_formula(kind):
    table = households().assign(rupiah=lambda t: t["income"].round() * 1_000_000)
    table["near"] = table["rupiah"] / 1e9
    found = ps.regress("land ~ I(whole**3)", table.assign(whole=table["rupiah"] // 1000 if kind == "int32"
                       else table["rupiah"]).astype({"whole": kind})).table["estimate"][1]  # fmt: skip
    scale = 1e18 if kind == "int32" else 1e27
    wanted = ps.regress("land ~ I(near**3)", table).table["estimate"][1]
    assert found * scale == pytest.approx(wanted, rel=1e-6)


def test_terms_may_be_listed_in_a_test():
    fit = ps.regress("income ~ land + age", households())
    pd.testing.assert_frame_equal(fit.test(["land", "age"]), fit.test("land", "age"))


def test_signs_of_chinese_keyboards_part_the_sides():
    found = ps.regress("income ～ land", households()).table
    pd.testing.assert_frame_equal(found, ps.regress("income ~ land", households()).table)
