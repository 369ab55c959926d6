"""Curves, offsets and paths of covariates: against R glm, closed forms, and each other."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "checks.json").read_text("utf-8"))
ROSSI = pd.read_csv(FILES / "relapse_rossi.csv").assign(off=lambda t: t["prio"] / 10)
CLOSED = ROOT.parent / "shared" / "oracles" / "14_competing_risks"
NEW = pd.DataFrame({"age": [18, 22.5, 35], "prio": [0, 3, 10]})


def fitted(formula, link="cloglog", **more):
    return ps.relapse_model(formula, ROSSI, "village", link=link, **{"baseline": "log", **more})


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_curves_and_offset_as_r_has_them(link):
    curve = fitted("bs(age, df=4) + prio", link)
    names = [*curve.params.index[:2], *(f"bs(age, df=4)[{k}]" for k in range(1, 5)), "prio"]
    assert np.allclose(curve.params[names], R[link]["bs"], atol=1e-6)
    assert np.allclose(curve.risk(NEW, horizon=1)["risk"], R[link]["bs_risk"], atol=1e-9)
    natural = fitted("cr(age, df=3) + prio", link).risk(NEW, horizon=1)["risk"]
    assert np.allclose(natural, R[link]["ns_risk"], atol=1e-9)
    power = fitted("poly(age, 2) + prio", link).params
    names = [*power.index[:2], "poly(age, 2)[1]", "poly(age, 2)[2]", "prio"]
    assert np.allclose(power[names], R[link]["poly"], atol=1e-6)
    assert np.allclose(fitted("age", link, offset="off").params, R[link]["offset"], atol=1e-8)


CURVES = ["bs(age, df=4)", "bs(log(age), knots=[3.2])", "cr(age, df=3)", "cc(age, df=3)",
          "poly(age, 2)", "fin*bs(age, df=3)"]  # fmt: skip


@pytest.mark.parametrize("formula", CURVES)
def test_knots_are_those_of_the_fit(formula, tmp_path):
    fit = fitted(formula)
    asked = ROSSI.head(5)
    every = fit.risk(ROSSI)["risk"]
    assert np.array_equal(fit.risk(asked)["risk"], every.head(5))
    fit.save(tmp_path / "model.json")
    kept = ps.load_model(tmp_path / "model.json")
    assert kept == fit
    assert np.array_equal(kept.risk(asked)["risk"], every.head(5))
    assert '"povstudy_model": 2' in (tmp_path / "model.json").read_text("utf-8")
    ROSSI.to_parquet(tmp_path / "spells.parquet")
    engine = ps.relapse_model(formula, tmp_path / "spells.parquet", "village", baseline="log")
    assert np.allclose(engine.params[fit.params.index], fit.params, rtol=1e-7)
    odd = ROSSI.sample(frac=1, random_state=1).astype({"age": "Int64"})
    mixed = ps.relapse_model(formula, odd, "village", baseline="log")
    assert np.allclose(mixed.params, fit.params, rtol=1e-7)


def test_cut_spells_have_the_same_curve():
    row = ROSSI.index.repeat(ROSSI["exit"])
    cut = ROSSI.loc[row].assign(entry=lambda t: t.groupby("household_id").cumcount())
    last = cut["entry"] + 1 == cut["exit"]
    cut = cut.assign(exit=cut["entry"] + 1, event=cut["event"] * last)
    one, two = (ps.relapse_model("bs(age, df=4)", t, baseline="log") for t in (ROSSI, cut))
    assert np.allclose(one.params, two.params, rtol=1e-7)


def test_a_curve_ends_where_it_was_fitted():
    far = ROSSI.head(3).assign(age=[20, 90, 20])
    with pytest.raises(ps.DataError, match="outside the range") as caught:
        fitted("bs(age, df=4)").risk(far)
    assert "household 2" in str(caught.value) and "cr(age, df=4)" in str(caught.value)
    assert len(fitted("cr(age, df=4)").risk(far)) == 3
    again = fitted("bs(age, df=4)").still_fits(far).tidy()
    assert (again.query("term == 'not seen'")["estimate"] > 0.3).any()
    with pytest.raises(ps.DataError, match="cannot be computed"):
        fitted("bs(age, df=1)")
    cyclic = fitted("cc(age, df=3)")
    ends = ROSSI.head(2).assign(age=[ROSSI["age"].min(), ROSSI["age"].max()])
    assert np.ptp(cyclic.risk(ends)["risk"]) < 1e-12


def test_curves_of_a_regression():
    fit = ps.regress("prio ~ bs(age, df=4)", ROSSI)
    assert [one.rpartition(": ")[2] for one in fit.tidy()["term"][1:]] == [
        f"curve {k}" for k in range(1, 5)
    ]
    assert np.array_equal(fit.predict(ROSSI.head(3)), fit.predict(ROSSI).head(3))


def test_an_offset_is_a_covariate_with_one_as_coefficient():
    fit = fitted("age", offset="off")
    bent = ROSSI.assign(off=ROSSI["off"] + 0.7)
    moved = ps.relapse_model("age", bent, "village", baseline="log", offset="off")
    assert np.isclose(moved.params.iloc[0], fit.params.iloc[0] - 0.7)
    assert np.allclose(moved.risk(bent.head(4))["risk"], fit.risk(ROSSI.head(4))["risk"])
    with pytest.raises(ps.DataError, match="lack"):
        fit.risk(ROSSI.head(2).drop(columns="off"))
    for bad in (np.inf, "much"):
        with pytest.raises(ps.DataError):
            ps.relapse_model("age", ROSSI.assign(off=bad), offset="off")
    with pytest.raises(ps.DataError, match="one hazard"):
        ends = ROSSI.assign(
            event=np.where(ROSSI["event"] == 1, np.where(ROSSI["age"] > 25, "a", "b"), "")
        )
        ps.relapse_model("prio", ends, cause="a", offset="off")


# Paths --------------------------------------------------------------------------------


def test_a_path_that_stays_is_none():
    fit = fitted("age + fin", baseline=[1, 4])
    same = {"age": [30, 30, 30]}
    asked = ROSSI.head(4).assign(age=30)
    for one, two in ((fit.risk(asked), fit.risk(ROSSI.head(4), path=same)),
                     (fit.survival(asked, 3), fit.survival(ROSSI.head(4), 3, path=same))):  # fmt: skip
        assert np.allclose(one.select_dtypes("number"), two.select_dtypes("number"))
    rows = pd.DataFrame(
        [(i, k, 30) for i in (4, 3, 2, 1) for k in (3, 1, 2)],
        columns=["household_id", "period", "age"],
    )
    assert np.allclose(fit.risk(ROSSI.head(4), path=rows)["risk"], fit.risk(asked)["risk"])


def test_hazards_along_a_path_multiply():
    fit = fitted("age + fin", baseline=[1, 4])
    steps = []
    for k, age in enumerate((20, 25, 40)):
        one = fit.risk(ROSSI.head(1).assign(age=age, duration=k), horizon=1)
        steps.append(one["risk"].iloc[0])
    found = fit.risk(ROSSI.head(1), path={"age": [20, 25, 40]})
    assert np.isclose(found["risk"].iloc[0], 1 - np.prod(1 - np.array(steps)))
    names = fit.params.index

    def risk(params):
        x = np.array([[1, 0, 0, age] for age in (20, 25, 40)])
        return 1 - np.exp(-np.exp(x @ params).sum())

    assert list(names[:2]) == ["duration 1-3", "duration 4+"] and list(names[2:]) == [
        "fin[T.yes]",
        "age",
    ]
    at = fit.params.to_numpy()
    slope = [(risk(at + d) - risk(at - d)) / 2e-6 for d in np.eye(4) * 1e-6]
    assert np.isclose(
        found["std_error"].iloc[0], np.sqrt(slope @ fit.cov().to_numpy() @ slope), rtol=1e-6
    )


def test_a_path_among_ends_that_compete():
    if not CLOSED.is_dir():
        pytest.skip("needs the oracles of competing risks beside the repository")
    truth = pd.read_csv(CLOSED / "time_varying_cif.csv")
    # large counts with exactly these hazards, by a mark of each period
    rows, size = [], 100_000
    for k, one in truth.iterrows():
        for end, share in (
            ("fell", one["h1"]),
            ("left", one["h2"]),
            ("", 1 - one["h1"] - one["h2"]),
        ):
            rows.append((k, end, round(size * share)))
    made = pd.DataFrame(rows, columns=["state", "event", "n"])
    spells = made.loc[made.index.repeat(made["n"])].reset_index(drop=True)
    spells = spells.assign(
        household_id=spells.index, entry=0, exit=1, state=spells["state"].map("abcd".__getitem__)
    )
    fit = ps.relapse_model("state", spells, baseline="constant", cause="fell")
    found = fit.risk(pd.DataFrame({"state": ["a"]}), horizon=4, path={"state": list("abcd")})
    assert np.isclose(found["risk"].iloc[0], truth["CIF1"].iloc[-1], atol=1e-9)
    stays = fit.survival(pd.DataFrame({"state": ["a"]}), 4, path={"state": list("abcd")})
    assert np.allclose(stays["survival"], [1, *truth["S"]], atol=1e-9)


def test_paths_that_are_none_are_refused():
    fit = fitted("age + fin", baseline=[1, 4])
    good = pd.DataFrame({"household_id": 1, "period": [1, 2, 3], "age": 30})
    for path, word in ((5, "dict of lists"), ({"age": [30]}, "one value for each period"),
                       ({"age": {30, 31, 32}}, "one value for each period"), ({"age": [[30, 31]] * 3}, "list of lists"), ({"land": [1, 1, 1]}, "does not use"),
                       ({}, "covariates of the fit"), (good.head(2), "no row of the path"),
                       (pd.concat([good, good]), "twice in a period"), ({"fin": ["no", "no", "perhaps"]}, "not seen")):  # fmt: skip
        with pytest.raises(ps.DataError, match=word):
            fit.risk(ROSSI.head(1), path=path)
