"""The lab of the World Bank's handbook on impact evaluation: each estimate in one call.

Khandker, Koolwal and Samad (2010). Households of Bangladesh, 1991 and 1998; the files are no part of
this repository, and are read where they lie beside it. Printed values are those of Stata, which
keeps a logarithm in single precision: a unit of the seventh digit. All others are by statsmodels, or
by hand.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from conftest import ROOT

import povstudy as ps

FILES = ROOT.parent / "shared" / "oracles" / "15_handbook"
MORE = ["sexhead", "agehead", "educhead", "lnland", "vaccess", "pcirr", "rice", "wheat", "milk",
        "oil", "egg"]  # fmt: skip
pytestmark = pytest.mark.skipif(
    not FILES.is_dir(), reason="needs the handbook's households beside the repository"
)


def read(name):
    table = pd.read_stata(FILES / name).astype(float)
    table = table.assign(lexptot=np.log1p(table["exptot"]), lnland=np.log1p(table["hhland"] / 100))
    table["village"] = table.groupby(["thanaid", "villid"]).ngroup()
    return table


@pytest.fixture(scope="module")
def table():
    """Of 1998, with whether there is a programme for women, and whom it is meant for."""
    table = read("hh_98.dta")
    table["placed"] = table.groupby("village")["dfmfd"].transform("max")
    return table.assign(offer=table["placed"] * (table["hhland"] < 50))


@pytest.fixture(scope="module")
def panel():
    panel = read("hh_9198.dta")
    treated = panel["dfmfd"].where(panel["year"] == 1, 0).groupby(panel["nh"]).transform("max")
    return panel.assign(treated=treated)


def effect(table, treatment, **asked):
    found = ps.trial_effects(table, "lexptot", treatment, **asked)
    return found[["estimate", "std_error"]].iloc[0].tolist()


def fit(table, formula, weights=None, **cov):
    w = np.ones(len(table)) if weights is None else table[weights]
    return smf.wls("lexptot ~ " + formula, table, weights=w).fit(**(cov or {"cov_type": "HC1"}))


def test_differences_without_weights(table):
    assert table["lexptot"].mean() == pytest.approx(8.450665, abs=1e-6)
    for treatment, printed in (("placed", 0.1298466), ("dfmfd", 0.005102)):
        value, error = effect(table, treatment)
        assert value == pytest.approx(printed, abs=1.5e-7)
        assert error == pytest.approx(fit(table, treatment).bse[treatment])


@pytest.mark.parametrize(("part", "treatment", "covariates", "printed"), [
    ("placed == 1", "dfmfd", [], (-0.0700156, 0.0370416)),
    ("placed == 1", "dfmfd", MORE, (0.0670471, 0.0354779)),
    ("dfmfd == 0", "placed", [], (-0.0074135, 0.1243228)),  # spillovers
    ("dfmfd == 0", "placed", MORE, (-0.0667122, 0.1048541)),
    ("year == 1", "placed", MORE, (-0.0455621, 0.1046759)),
    ("year == 1", "dfmfd", MORE, (0.0654911, 0.0348852)),
    ("year == 1", "dfmfd", ["placed", *MORE], (0.0737423, 0.0359919)),
    ("year == 1", "placed", ["dfmfd", *MORE], (-0.0747142, 0.107158)),
])  # fmt: skip
def test_weighted_with_and_without_covariates(table, part, treatment, covariates, printed):
    """As printed, estimates and errors: some are of a part of the households."""
    some = table.query(part)
    for one, asked in ((some, {"weight": "weight"}), (ps.Survey(some, weight="weight"), {})):
        found = effect(one, treatment, covariates=covariates, **asked)
        assert found == pytest.approx(printed, abs=1.5e-7)


def test_villages_as_clusters_by_column_or_survey(table):
    """CR2: residuals of each village by the inverse root of one minus its part of the projection."""
    found = effect(table, "dfmfd", covariates=MORE, weight="weight", cluster="village")
    svy = ps.Survey(table, weight="weight", psu="village")
    assert effect(svy, "dfmfd", covariates=MORE) == pytest.approx(found)
    w = table["weight"].to_numpy()
    root = np.sqrt(w / w.mean())
    x = np.column_stack([table["dfmfd"], np.ones(len(table)), table[MORE]]) * np.c_[root]
    y = table["lexptot"].to_numpy() * root
    bread = np.linalg.inv(x.T @ x)
    left = y - x @ (bread @ (x.T @ y))
    scores = []
    for rows in table.groupby("village").indices.values():
        values, vectors = np.linalg.eigh(np.eye(len(rows)) - x[rows] @ bread @ x[rows].T)
        scores.append(x[rows].T @ (vectors / np.sqrt(values)) @ vectors.T @ left[rows])
    scores = np.array(scores) @ bread
    assert found == pytest.approx([(bread @ (x.T @ y))[0], np.sqrt((scores[:, 0] ** 2).sum())])


def test_constants_of_villages(table):
    peer = fit(table, "dfmfd + C(village) + " + " + ".join(MORE[:4]), "weight")
    found = effect(table, "dfmfd", covariates=MORE[:4], weight="weight", strata="village")
    assert found == pytest.approx([peer.params["dfmfd"], peer.bse["dfmfd"]], rel=1e-8)


def test_weighting_by_the_chance_to_take_part(table):
    """On those who took part: those who did not, weighted by their odds, with a regression."""
    w, had = table["weight"].to_numpy(), table["dfmfd"].to_numpy() == 1
    x, y = sm.add_constant(table[MORE].to_numpy()), table["lexptot"].to_numpy()
    logit = sm.GLM(had * 1.0, x, sm.families.Binomial(), var_weights=w).fit(tol=1e-14)
    line = sm.WLS(y[~had], x[~had], w[~had]).fit().predict(x)
    odds = logit.fittedvalues / (1 - logit.fittedvalues)
    without = (w * np.where(had, line, odds * (y - line))).sum() / w[had].sum()
    svy = ps.Survey(table.assign(dfmfd=had * 1), weight="weight", psu="village")
    found = ps.adjusted_effects(svy, ["lexptot", "expfd"], "dfmfd", MORE, base=0, estimand="att")
    told = found.tidy().query("term == 'effect' and outcome == 'lexptot'").iloc[0]
    assert told["estimate"] == pytest.approx(np.average(y[had], weights=w[had]) - without, rel=1e-7)
    assert 0.02 < told["std_error"] < 0.08


def test_difference_in_differences_by_marks_and_with_constants_of_households(panel):
    eff = ps.compare(panel, "lexptot", unit="nh", treat="treated", post="year")
    assert eff.tidy()["estimate"].item() == pytest.approx(0.1113764, abs=5e-8)
    peer = fit(panel, "treated * year", cov_type="cluster", cov_kwds={"groups": panel["nh"]})
    assert eff.tidy()["estimate"].item() == pytest.approx(peer.params["treated:year"], abs=1e-10)
    usual = eff.two_way().tidy().iloc[0]
    n = len(panel)
    assert usual["estimate"] == pytest.approx(0.1113764, abs=5e-8)
    # of two waves without gaps the errors of both regressions are one, but for the factor
    assert usual["std_error"] == pytest.approx(
        peer.bse["treated:year"] * np.sqrt((n - 4) / (n - 1)), rel=1e-9
    )
    assert "where treated is 1, help started in 1" in eff.summary()
    assert eff.plot() is not None


def test_difference_in_differences_with_covariates_is_doubly_robust(panel):
    eff = ps.compare(panel, "lexptot", unit="nh", treat="treated", post="year", covariates=MORE[:4])
    wide = panel.pivot(index="nh", columns="year")
    change = wide["lexptot"][1] - wide["lexptot"][0]
    x = sm.add_constant(pd.DataFrame({one: wide[one][0] for one in MORE[:4]})).to_numpy()
    had = wide["treated"][0].to_numpy() == 1
    chance = sm.GLM(had * 1.0, x, sm.families.Binomial()).fit(tol=1e-14).fittedvalues
    left = change - sm.OLS(change[~had], x[~had]).fit().predict(x)
    odds = np.where(had, 0, chance / (1 - chance))
    wanted = (left[had].sum() - (odds * left).sum()) / had.sum()
    assert eff.tidy()["estimate"].item() == pytest.approx(wanted, rel=1e-7)


def test_an_offer_as_instrument(table):
    """Women of households with less than half an acre may join, where there is a programme."""
    found = ps.trial_effects(
        table, "lexptot", "offer", covariates=MORE, weight="weight", taken="dfmfd"
    )
    root = np.sqrt(table["weight"].to_numpy() / table["weight"].mean())
    rest = np.column_stack([np.ones(len(table)), table[MORE]])
    x, z = (np.column_stack([table[one], rest]) * np.c_[root] for one in ("dfmfd", "offer"))
    y = table["lexptot"].to_numpy() * root
    beta = np.linalg.solve(z.T @ x, z.T @ y)
    score = (z * np.c_[y - x @ beta]) @ np.linalg.inv(x.T @ z)
    error = np.sqrt((score[:, 0] ** 2).sum() * len(y) / (len(y) - x.shape[1]))
    late = found.set_index("term").loc["effect of take-up"]
    assert (late["estimate"], late["std_error"]) == pytest.approx((beta[0], error), rel=1e-8)
    told = found.take_up().iloc[0]
    peer = smf.wls("dfmfd ~ offer + " + " + ".join(MORE), table, weights=table["weight"])
    assert told["f"] == pytest.approx(peer.fit(cov_type="HC1").tvalues["offer"] ** 2)
    assert told["weak"] and "moves take-up little" in found.summary()  # land is a covariate too
    assert told["ar_low"] < late["ci_low"]


def test_a_jump_at_half_an_acre(table):
    pytest.importorskip("rdrobust")
    pytest.importorskip("rddensity")
    near = table[table["hhland"] < 200]
    found = ps.at_the_line(near, "lexptot", "hhland", 50, helped="below", bandwidth=40)
    x, y = near["hhland"] - 50, near["lexptot"]
    side, weight = (x < 0) * 1.0, np.clip(1 - x.abs() / 40, 0, None)
    columns = np.column_stack([side, np.ones(len(x)), x, side * x])
    wanted = sm.WLS(y[weight > 0], columns[weight > 0], weight[weight > 0]).fit().params.iloc[0]
    assert found.tidy()["estimate"][0] == pytest.approx(wanted, rel=1e-7)
    some = ps.at_the_line(
        near, "lexptot", "hhland", 50, helped="below", treated="dfmfd", bandwidth=40
    )
    assert "effect of help" in some.tidy()["term"].tolist()
