"""Poverty from grouped data: Datt's rural India, other inputs beside the shared values, known curves."""

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps

ORACLES = ROOT.parent / "shared" / "oracles" / "04_lorenz"
# Rural India 1983: percent of persons and their mean monthly expenditure (Datt 1998, table 1).
PERSONS = [0.92, 2.47, 5.11, 7.9, 9.69, 15.24, 13.64, 16.99, 10, 9.78, 3.96, 1.81, 2.49]
SPENT = [24.4, 35.8, 45.36, 55.1, 64.92, 77.08, 91.75, 110.64, 134.9, 167.76, 215.48, 261.66,
         384.97]  # fmt: skip
# Closed forms and quadrature, from the shares that those numbers make.
DATT = {"general quadratic": {"headcount": 0.450524094726, "gap": 0.124780256857,
                              "severity": 0.0475653499386, "gini": 0.289060045369,
                              "watts": 0.159696935808},
        "beta": {"headcount": 0.450832192702, "gap": 0.127310506239,
                 "severity": 0.0497380647427, "gini": 0.289385538275}}  # fmt: skip


def by_term(found, curve):
    return found[found["curve"] == curve].set_index("term")["estimate"]


def test_rural_india():
    persons, spent = np.array(PERSONS), np.array(SPENT)
    found = ps.grouped_poverty(persons * spent, mean=109.9, line=89, population=persons)
    for curve, values in DATT.items():
        got = by_term(found, curve)
        for term, value in values.items():
            assert got[term] == pytest.approx(value, abs=1e-11), (curve, term)
    assert found.loc[found["chosen"], "curve"].unique().tolist() == ["general quadratic"]
    assert found["valid"].all() and (found["why"] == "").all()
    alone = ps.grouped_poverty(spent, line=89, population=persons)  # the mean of the groups
    ratio = persons @ spent / persons.sum() / 109.9
    scaled = ps.grouped_poverty(spent / ratio, line=89 / ratio, population=persons)
    np.testing.assert_allclose(
        by_term(alone, "beta")["headcount"], by_term(scaled, "beta")["headcount"]
    )


@pytest.mark.parametrize(("data", "mean", "z"), [
    ("ex1", 330.5371, 100.0), ("ex1", 330.5371, 300.0), ("ex2", 2.911786, 1.9), ("ex3", 1.180057, 1.0),
])  # fmt: skip
def test_other_inputs_beside_the_shared_values(data, mean, z):
    if not ORACLES.is_dir():
        pytest.skip("needs the shared values of grouped poverty beside the repository")
    table = pd.read_csv(ORACLES / f"wbpip_gd_{data}.csv")
    p, income = (np.append(table[one][table[one] < 1], 1) for one in ("weight", "welfare"))
    found = ps.grouped_poverty(np.diff(income, prepend=0), mean=mean, line=z,
                               population=np.diff(p, prepend=0))  # fmt: skip
    ours, theirs = (
        pd.read_csv(ORACLES / "numpy_values.csv"),
        pd.read_csv(ORACLES / "wbpip_values.csv"),
    )
    names = {"H": "headcount", "PG": "gap", "SPG": "severity", "gini": "gini", "watts": "watts"}
    for curve, own, peer in (("general quadratic", "GQ", "lq"), ("beta", "Beta", "lb")):
        got = by_term(found, curve)
        want = ours[
            (ours["data"] == f"gd_{data}") & (ours["model"] == own) & np.isclose(ours["z"], z)
        ]
        assert len(want) > 5
        for name, value in zip(want["quantity"], want["value"], strict=True):
            if name in names:
                assert got[names[name]] == pytest.approx(value, abs=1e-9), (curve, name)
        judged = theirs[(theirs["data"] == f"gd_{data}") & (theirs["model"] == peer)
                        & (theirs["quantity"] == "is_valid") & np.isclose(theirs["z"], z)]  # fmt: skip
        assert found.loc[found["curve"] == curve, "valid"].all() == bool(judged["value"].item())
    peer = theirs[(theirs["data"] == f"gd_{data}") & (theirs["model"] == "selected")
                  & np.isclose(theirs["z"], z)].set_index("quantity")["value"]  # fmt: skip
    got = found[found["chosen"]].set_index("term")["estimate"]
    assert got["headcount"] == pytest.approx(peer["headcount"], abs=2e-4)  # theirs by bisection
    assert got["median"] == pytest.approx(peer["median"], rel=1e-8)


@given(st.floats(0.15, 0.9), st.floats(0.6, 1.0), st.floats(0.3, 0.9), st.floats(0.2, 1.5))
def test_a_beta_curve_gives_itself_back_and_measures_are_integrals(theta, gamma, delta, ratio):
    p = np.linspace(0, 1, 11)
    shares = np.diff(p - theta * p**gamma * (1 - p) ** delta)
    if (shares <= 0.001).any() or (np.diff(shares) < 1e-6).any():
        return
    found = ps.grouped_poverty(shares, mean=1000, line=1000 * ratio)
    curve = found.attrs["curves"]["beta"]
    np.testing.assert_allclose([curve[one] for one in ("theta", "gamma", "delta")],
                               [theta, gamma, delta], rtol=1e-6)  # fmt: skip
    got = by_term(found, "beta")
    head = got["headcount"]
    if 0.01 < head < 0.99:
        bend = theta * head**gamma * (1 - head) ** delta
        assert 1 - bend * (gamma / head - delta / (1 - head)) == pytest.approx(ratio, rel=1e-6)
        assert got["gap"] == pytest.approx(head - (head - bend) / ratio, abs=1e-9)


def test_several_lines_and_fifths():
    found = ps.grouped_poverty([7, 12, 17, 23, 41], mean=12_000, line=[4000, 5000, 6000])
    heads = found[found["chosen"] & (found["term"] == "headcount")]
    assert (
        heads["line"].tolist() == [4000, 5000, 6000] and heads["estimate"].is_monotonic_increasing
    )
    assert (found["n"] == 5).all() and (found["data_status"] == "official").all()
    made_up = ps.grouped_poverty([7, 12, 17, 23, 41], mean=12_000, line=4000,
                                 source=ps.Source("simulated", "made up"))  # fmt: skip
    assert (made_up["data_status"] == "simulated").all()
    assert made_up.attrs["source"].status == "simulated"


@pytest.mark.parametrize(("given", "words"), [
    ({"shares": [20, 30, 50], "line": 1, "mean": 2}, "five groups"),
    ({"shares": [7, 19, 36, 59, 100], "line": 1, "mean": 2, "population": [1, 1, 1, 1]}, "4 of persons"),
    ({"shares": [7, 12, 11, 23, 41], "line": 1, "mean": 2}, "poorest to the richest[\\s\\S]*groups 2 and 3"),
    ({"shares": [0, 12, 17, 23, 41], "line": 1, "mean": 2}, "above 0[\\s\\S]*group 1 of 5"),
    ({"shares": [7, 12, 17, 23, float("nan")], "line": 1}, "group 5 of 5"),
    ({"shares": pd.Series([7, 12, None, 23, 41], dtype="Int64"), "line": 1}, "group 3 of 5"),
    ({"shares": [5] * 5, "line": 1}, "have the same income"),
    ({"shares": [7, 12, 17, 23, 41], "line": 0, "mean": 2}, "line"),
    ({"shares": [7, 12, 17, 23, 41], "line": [], "mean": 2}, "line"),
    ({"shares": [7, 12, 17, 23, 41], "line": True, "mean": 2}, "line"),
    ({"shares": [7, 12, 17, 23, 41], "line": 1, "mean": -2}, "mean"),
])  # fmt: skip
def test_what_cannot_be_is_refused(given, words):
    with pytest.raises(ps.DataError, match=words):
        ps.grouped_poverty(**given)


@pytest.mark.parametrize(("shares", "curve", "others"), [
    ([1, 2, 3, 4, 5], "general quadratic", [0.3, 0.1125]),  # bends down; the other is exact
    ([1, 1, 1, 1, 1e6], "beta", [1, 0.5]),  # does not start at 0
])  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_a_curve_that_is_none_has_no_numbers_and_says_why(shares, curve, others):
    found = ps.grouped_poverty(iter(shares), line=2)
    none = found[found["curve"] == curve]
    assert none["estimate"].isna().all() and not none["valid"].any() and not none["chosen"].any()
    assert none["why"].str.contains("does not start at 0").all()
    assert found.loc[found["chosen"], "estimate"].tolist()[:2] == pytest.approx(others)
