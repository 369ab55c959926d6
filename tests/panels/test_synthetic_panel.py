"""Moves from two cross-sections: an oracle, closed forms, designs, known truth, bad input."""

import re
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy import stats

import povstudy as ps
from povstudy.base.errors import DataError, DesignError
from povstudy.base.language import in_words
from povstudy.panels.unseen.synthetic import MOVES, READINGS, _as_observed, bivariate
from povstudy.survey.weights.replication import drawn_anew

ORACLES = ROOT.parent / "shared" / "oracles" / "09_synthetic_panel"
FORMULA = "education_hh + gender + age1 + age2 + age3 + dwelling"
RECORD = pd.read_csv(ROOT / "benchmarks" / "synthetic_panel.csv")


def rounds(n=300, seed=1):
    """Two small cross-sections."""
    rng = np.random.default_rng(seed)
    made = []
    for year in (0, 1):
        x, born = rng.integers(0, 6, n), rng.integers(0, 5, n)
        y = 7.5 + 0.1 * x + 0.15 * born + 0.1 * year + 0.6 * rng.normal(size=n)
        made.append(pd.DataFrame({"schooling": x, "born": born, "income": np.exp(y), "weight": rng.uniform(1, 3, n),
                                  "stratum": np.arange(n) // 10 % 2, "psu": np.arange(n) // 10}))  # fmt: skip
    return made


def found(*sides, formula="schooling + born", line=2300, draws=20, **options):
    return ps.synthetic_panel(*sides, formula, line, draws=draws, **options)


@pytest.fixture(scope="module")
def two():
    return rounds()


def test_it_agrees_with_the_plug_in_values_with_an_intercept():
    if not ORACLES.exists():
        pytest.skip("needs the oracles of synthetic panels beside the repository")
    values = pd.read_csv(ORACLES / "plugin_values.csv", index_col=0)["with intercept"]
    first = pd.read_csv(ORACLES / "round1.csv").rename(columns={"rcons": "income", "pline_7": "z"})
    second = pd.read_csv(ORACLES / "round2.csv").rename(columns={"rcons": "income", "pline": "z"})
    made = found(first, second, formula=FORMULA, line="z", cohort=["gender", "dwelling"])
    got = made.wide("reading").set_index("term")
    names = dict(zip(MOVES[:4], ("P11", "P10", "P01", "P00"), strict=True))
    for term, code in names.items():
        for reading, at in (
            (READINGS[0], "rho=0 (upper bound of mobility)"),
            (READINGS[2], "rho_partial"),
        ):
            key = next(one for one in values.index if one.startswith(code) and one.endswith(at))
            assert got.loc[term, reading] == pytest.approx(float(values[key]), abs=2e-8)
    assert got.loc["poor in both", READINGS[1]] == pytest.approx(
        float(values["P11 rho=1 (lower bound of mobility)"]), abs=2e-8
    )
    assert made.rho == pytest.approx(float(values["rho_partial_unclipped"]), abs=2e-8)
    # the correlation of four cohorts is hardly known, and the error says so
    assert made.tidy().set_index("term").loc["correlation of residuals", "std_error"] > 0.2


@pytest.mark.parametrize("rho", [-0.99, -0.3, 0.0, 0.5, 0.9, 0.9999])
def test_the_bivariate_normal_is_that_of_scipy(rho):
    ends = [(0, 0), (1, -0.5), (-1, -2), (0, 0.7), (2, 0), (-3, -3), (0.3, 0.3), (-4, 5)]
    made = bivariate(*np.array(ends, dtype=float).T, rho)
    right = [stats.multivariate_normal.cdf(one, cov=[[1, rho], [rho, 1]]) for one in ends]
    assert made == pytest.approx(right, abs=1e-8)
    assert bivariate([0.2, -1.0], [0.5, 1.0], 1).tolist() == pytest.approx(
        stats.norm.cdf([0.2, -1.0])
    )
    assert bivariate([0.2], [0.5], -1)[0] == pytest.approx(
        stats.norm.cdf(0.2) - stats.norm.cdf(-0.5)
    )


def test_bounds_as_observed_are_those_counted_pair_by_pair(two):
    first, second = two
    made = found(first, second, residuals="observed").wide("reading").set_index("term")
    sides = []
    for one in (first, second):
        x = np.column_stack([np.ones(len(one)), one["schooling"], one["born"]])
        y, w = np.log(one["income"] / 2300).to_numpy(), one["weight"].to_numpy()
        b = np.linalg.solve(x.T * w @ x, x.T * w @ y)
        sides.append(
            (x, y, w, b, y - x @ b, np.sqrt(w @ (y - x @ b) ** 2 / w.sum() * len(y) / (len(y) - 3)))
        )
    (_, _, w1, b1, e1, s1), (x2, y2, w2, _, e2, s2) = sides
    before = (x2 @ b1)[:, None] + e1 < 0  # each household with each residual
    chance = before @ w1 / w1.sum()
    same = x2 @ b1 + e2 * s1 / s2 < 0
    for reading, then in ((READINGS[0], chance), (READINGS[1], same)):
        both = w2 @ ((y2 < 0) * then) / w2.sum()
        assert made.loc["poor in both", reading] == pytest.approx(both, abs=1e-12)
        assert made.loc["exit rate", reading] == pytest.approx(
            1 - both / (w2 @ then / w2.sum()), abs=1e-12
        )
    ties = _as_observed(
        np.zeros(2), np.zeros(2), np.full(2, 0.5), np.ones(2, bool), np.zeros(2), np.full(2, 0.5)
    )
    assert ties[0][0] == ties[1][0] == 0  # on the line is not poor


def test_shares_add_up_and_the_point_lies_between_the_bounds(two):
    made = found(*two, rho=0.5).wide("reading").set_index("term")
    assert made.loc[list(MOVES[:4]), list(READINGS)].sum().tolist() == pytest.approx([1, 1, 1])
    rates = made.loc[["exit rate", "entry rate"]]
    assert (rates[READINGS[1]] < rates[READINGS[2]]).all() and (
        rates[READINGS[2]] < rates[READINGS[0]]
    ).all()
    ends = {rho: found(*two, rho=rho).wide("reading")[READINGS[2]].tolist() for rho in (0, 1)}
    assert ends[0] == made[READINGS[0]].tolist() and ends[1] == made[READINGS[1]].tolist()
    alone = found(*two)
    assert alone.rho is None and len(alone) == 12 and "Point" not in alone.summary()


def test_weights_of_another_scale_order_and_kind_change_nothing(two):
    first, second = two
    right = found(first, second, cohort="born").tidy()
    turned = second.sample(frac=1, random_state=1)
    odd = [
        first.assign(weight=first["weight"] * 1e6, schooling=first["schooling"].astype("int8"), born=first["born"].astype("Int64")),
        turned.assign(income=turned["income"].astype("Float64"), schooling=turned["schooling"].astype(object)).set_axis([0] * 300),
    ]  # fmt: skip
    before = [one.copy() for one in odd]
    got = found(*odd, cohort="born").tidy()
    assert got["estimate"].tolist() == pytest.approx(right["estimate"].tolist(), abs=1e-12)
    for one, was in zip(odd, before, strict=True):
        pd.testing.assert_frame_equal(one, was)
    names = {"schooling": "受教育年限", "born": "出生队列", "income": "人均收入"}
    chinese = [one.rename(columns=names) for one in (first, second)]
    told = found(*chinese, formula="受教育年限 + 出生队列", cohort="出生队列", income="人均收入")
    assert told.tidy()["estimate"].tolist() == right["estimate"].tolist()
    assert "点估计" in str(told.show("zh"))


def test_errors_follow_the_design_of_both(two):
    first, second = two
    wide = found(first, second, draws=100).tidy().set_index(["term", "reading"])
    one = wide.loc[("poor in both", READINGS[0])]
    assert one["df"] == 28 and one["ci_low"] < one["estimate"] < one["ci_high"]
    # the delete-one jackknife of the same units as replicate weights tells the same error
    weights = pd.DataFrame(
        {f"r{k}": second["weight"] * np.where(second["psu"] == k, 0, 30 / 29) for k in range(30)}
    )
    by = ps.Replicates(list(weights), kind="jackknife")
    svy = ps.Survey(pd.concat([second, weights], axis=1), weight="weight", replicates=by)
    again = found(first, svy, draws=100).tidy().set_index(["term", "reading"])
    ratio = again["std_error"] / wide["std_error"]
    assert ratio.between(0.7, 1.4).all()
    larger = [
        pd.concat([one.assign(psu=one["psu"] + 100 * k) for k in range(4)], ignore_index=True)
        for one in two
    ]
    quarter = (
        found(*larger, draws=100).tidy()["std_error"].to_numpy() / wide["std_error"].to_numpy()
    )
    assert np.median(quarter) == pytest.approx(0.5, abs=0.1)  # four times the units
    assert found(first, second, seed=3).tidy().equals(found(first, second, seed=3).tidy())


@pytest.mark.parametrize("more", [{}, {"fpc": "N"}, {"lonely": "center"}, {"lonely": "certain"}])
def test_samples_drawn_anew_have_the_variance_of_the_design(two, more):
    table = two[0].assign(N=45)
    if "lonely" in more:
        table["stratum"] = np.where(table["psu"] == 0, 9, table["stratum"])
    svy = ps.Survey(table, weight="weight", strata="stratum", psu="psu", **more)
    weights, scale, df = drawn_anew(svy, 1_500, 1)
    off = (weights - svy.weights) @ table["income"].to_numpy()
    right = ps.total(svy, "income").tidy()["std_error"][0]
    assert np.sqrt(scale @ off**2) == pytest.approx(right, rel=0.06)
    assert df == svy.design.df and (weights >= 0).all()
    if more.get("lonely") == "certain":  # such a unit is not drawn with others
        units = table.drop_duplicates("psu")
        factors = pd.DataFrame((weights / svy.weights)[:, units.index].T)
        whole = factors.groupby(units["stratum"].to_numpy()).sum()
        np.testing.assert_allclose(whole.T, [units.groupby("stratum").size()] * len(weights))


def test_bad_input_is_refused(two):
    first, second = two
    cases = [
        (DataError, "not more than 0", (first.assign(income=0.0), second), {}),
        (DataError, "not seen", (first, second.assign(born="new")), {"formula": "C(born)"}),
        (DataError, "Three cohorts", (first, second), {"cohort": "stratum"}),
        (DataError, "lacks|no column|column", (first, second.drop(columns="born")), {}),
        (DataError, "missing", (first, second.assign(born=np.nan)), {}),
        (DataError, "made of them", (first.assign(born=first["schooling"]), second), {}),
        (DesignError, "one sampling unit", (first.assign(psu=1, stratum=1), second), {}),
        (DataError, "between 0 and 1", (first, second), {"rho": 1.2}),
        (DataError, "no rows", (first.iloc[:0], second), {}),
    ]  # fmt: skip
    for kind, match, sides, options in cases:
        with pytest.raises(ps.base.errors.PovstudyError, match=match) as told:
            found(*sides, **options)
        assert isinstance(told.value, DataError) and kind in (DataError, DesignError)
    dropped = second.assign(born=second["born"].astype(float).where(second.index > 4))
    svy = ps.Survey(dropped, weight="weight", strata="stratum", psu="psu", missing="drop")
    assert found(first, svy).dropped == 5


def test_the_record_that_is_printed_is_that_of_the_csv(two):
    """Each number of the sentence, in its order, is in the table."""
    normal = RECORD[RECORD["residuals"] == "normal"].assign(off=lambda t: t["point"] - t["truth"])
    real = normal[normal["panel"].str.startswith("Argentina")]
    made = normal[normal["panel"].str.startswith("simulated")]
    year = real[real["panel"] == "Argentina, a year apart"]
    of = lambda table, rate: table[table["rate"] == f"{rate} rate"]  # noqa: E731
    percent = lambda x: int(np.floor(100 * x + 0.5))  # noqa: E731
    pairs = len(of(real, "exit"))
    exits, entries = ([percent(of(year, rate)[one].mean()) for one in ("fewest", "most", "truth")]
                      for rate in ("exit", "entry"))  # fmt: skip
    low, high = of(real, "exit"), of(made, "exit")
    right = [
        pairs, of(real, "exit")["within"].sum(), of(real, "entry")["within"].sum(), *exits, *entries,
        (low["off"] < 0).sum(), percent(-low["off"].mean()),
        len(high), high["within"].sum(), of(made, "entry")["within"].sum(), (high["off"] > 0).sum(), percent(high["off"].mean()),
    ]  # fmt: skip
    for lang in ("en", "zh"):
        told = in_words("synthetic", lang)["record"]
        numbers = [int(one) for one in re.findall(r"\d+", told)]
        assert numbers == right
        assert told in str(found(*two).show(lang))
    assert in_words("synthetic", "en")["record"] in (ROOT / "docs" / "panels.md").read_text("utf-8")


def test_the_record_is_made_anew_from_one_simulated_panel():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import synthetic_panel

    again = synthetic_panel.record([next(synthetic_panel.simulated())])
    kept = RECORD[RECORD["panel"].str.startswith("simulated")].head(len(again))
    for one in ("truth", "fewest", "most", "point"):
        assert again[one].to_numpy(dtype=float) == pytest.approx(
            kept[one].to_numpy(dtype=float), abs=1e-4
        )
