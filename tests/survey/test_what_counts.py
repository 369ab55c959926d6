"""What counts: rows that have a weight; an empty domain is told, and takes nothing from others."""

import warnings

import numpy as np
import pandas as pd
import pytest
from held import HELD

import povstudy as ps


@pytest.fixture(params=HELD)
def hold(request, tmp_path):
    return lambda table: HELD[request.param](table, tmp_path)


def sample(rows=120, seed=3):
    rng = np.random.default_rng(seed)
    made = pd.DataFrame({
        "x": np.exp(rng.normal(8, 0.8, rows)), "given": rng.integers(1, 50, rows) * 1.0,
        "w": rng.integers(1, 9, rows) * 1.0, "v": rng.integers(0, 24, rows),
        "g": rng.choice(list("abc"), rows), "year": rng.choice([2011, 2019], rows),
        "poor": rng.integers(0, 2, rows) * 1.0, "listed": rng.integers(0, 2, rows) * 1.0,
    })  # fmt: skip
    made["entry"], made["exit"] = 0, rng.integers(1, 5, rows)
    made["event"] = rng.integers(0, 2, rows)
    made["cause"] = np.where(
        made["event"] == 1, rng.choice(["illness", "disaster"], rows), "censored"
    )
    return made


BY = {
    "mean": lambda s: ps.mean(s, ["x", "poor"], by="g"),
    "total": lambda s: ps.total(s, "x", by="g"),
    "ratio": lambda s: ps.ratio(s, "given", "x", by="g"),
    "poverty": lambda s: ps.poverty(s, "x", 2500, by="g", measures=["headcount", "gap", "watts"]),
    "relative": lambda s: ps.poverty(s, "x", ps.relative_line(), by="g"),
    "line of each": lambda s: ps.poverty(s, "x", ps.relative_line(by="g"), by="g"),
    "quantile": lambda s: ps.quantile(s, "x", [0.2, 0.5], by="g"),
    "lorenz": lambda s: ps.lorenz(s, "x", [0.2, 0.5], by="g"),
    "shares": lambda s: ps.income_shares(s, "x", by="g"),
    "sst": lambda s: ps.sen_shorrocks_thon(s, "x", 2500, by="g"),
    "tip": lambda s: ps.tip(s, "x", 2500, [0.2], by="g"),
    "inequality": lambda s: ps.inequality(
        s, "x", by="g", measures=["gini", "s80s20", "theil", "mld", "atkinson(0.5)"]
    ),
    "within": lambda s: ps.within_between(s, "x", "g"),
    "profile": lambda s: ps.poverty_profile(s, "x", 2500, by="g"),
    "alkire": lambda s: ps.alkire_foster(s, ["poor", "listed"], by="g"),
    "cutoffs": lambda s: ps.cutoff_curves(s, ["poor", "listed"], by="g"),
    "targeting": lambda s: ps.targeting_errors(s, transfer="given", by="g"),
    "agreement": lambda s: ps.agreement(s, "listed", "poor", by="g"),
    "roc": lambda s: ps.roc_curve(s, "x", cutoffs=[2500], by="g"),
    "auc": lambda s: ps.auc(s, "x", by="g"),
    "concentration": lambda s: ps.concentration_index(s, "given", "x", by="g"),
    "curve": lambda s: ps.concentration_curve(s, "given", "x", by="g"),
    "poorest": lambda s: ps.share_to_poorest(s, "given", "x", by="g"),
    "kaplan": lambda s: ps.kaplan_meier(s, by="g"),
    "life table": lambda s: ps.life_table(s, by="g"),
    "restricted": lambda s: ps.restricted_mean(s, 3, by="g"),
    "incidence": lambda s: ps.cumulative_incidence(s, "cause", by="g"),
}
NEEDED = ["x", "poor", "listed", "given", "event", "exit", "cause"]


@pytest.mark.parametrize("name", BY)
@pytest.mark.parametrize("psu", ["v", None])
@pytest.mark.parametrize("how", ["missing", "weightless"])
def test_an_empty_domain_refuses_nothing(name, psu, how):
    """Others have the errors of the whole design, as if the label of its rows were missing."""
    table = sample()
    inside = table["g"] == "c"
    if how == "missing":
        empty = table.assign(**{one: table[one].mask(inside) for one in NEEDED})
    else:
        empty = table.assign(w=table["w"].mask(inside, 0.0))
    blank = empty.assign(g=empty["g"].mask(inside))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = BY[name](ps.Survey(empty, weight="w", psu=psu, missing="drop"))
        made = made.tidy()
        if name == "line of each":  # which line rows without a label have is not known
            blank = blank[~inside]
        wanted = BY[name](ps.Survey(blank, weight="w", psu=psu, missing="drop")).tidy()
    if "g" not in made or name == "line of each":
        columns = made.columns if name != "line of each" else ["term", "g", "estimate", "n"]
        made = made[made["n"] > 0].reset_index(drop=True)
        pd.testing.assert_frame_equal(made[columns], wanted[columns], check_dtype=False)
        return
    here = made["g"] == "c"
    shared = made["term"].str.contains("share of") | (made.get("component", "") == "share")
    assert (made.loc[here, "n"] == 0).all()
    assert (
        made.loc[here & ~shared, ["estimate", "std_error", "ci_low", "ci_high"]]
        .isna()
        .all(axis=None)
    )
    pd.testing.assert_frame_equal(made[~here].reset_index(drop=True), wanted, check_dtype=False)


@pytest.mark.parametrize("name", ["mean", "relative", "line of each", "inequality", "targeting"])
def test_an_empty_domain_on_every_engine(hold, name):
    table = sample()
    empty = table.assign(**{one: table[one].mask(table["g"] == "c") for one in NEEDED})
    options = {"weight": "w", "psu": "v", "missing": "drop"}
    made = BY[name](ps.Survey(hold(empty), **options)).tidy()
    pd.testing.assert_frame_equal(made, BY[name](ps.Survey(empty, **options)).tidy(), rtol=1e-9)


@pytest.mark.parametrize("name", BY)
def test_rows_without_weight_are_not_looked_at(name):
    """Whatever stands in them: what is missing, infinite, negative or no mark."""
    table, odd = sample(), sample(40, 4)
    for one, bad in zip(NEEDED, (np.nan, 7, 5, -3, np.nan, -1), strict=False):
        odd[one] = bad
    odd.loc[:9, "x"], odd.loc[10:19, "x"], odd["w"], odd["v"] = np.inf, -5.0, 0.0, table["v"][:40]
    odd["cause"] = None
    both = pd.concat([table, odd], ignore_index=True)
    made = BY[name](ps.Survey(both, weight="w", psu="v")).tidy()
    pd.testing.assert_frame_equal(
        made, BY[name](ps.Survey(table, weight="w", psu="v")).tidy(), rtol=1e-9
    )


def test_of_the_positive_incomes_with_the_whole_design(hold):
    """Units without weight stay in the design, and are no degrees of freedom (R survey degf)."""
    table = pd.DataFrame({"x": [1.0, 2, 4, 3, 6, 5, 9, 9, 7, 0], "v": list("aabbccddee"),
                          "w": [1.0] * 8 + [0, 0]})  # fmt: skip
    found = ps.mean(ps.Survey(hold(table), weight="w", psu="v"), "x").tidy().iloc[0]
    mean = 39 / 8
    units = np.array([3, 7, 11, 18, 0]) - np.array([2, 2, 2, 2, 0]) * mean
    assert (found["n"], found["df"]) == (8, 3)
    assert found["std_error"] == pytest.approx(np.sqrt(5 / 4 * (units**2).sum()) / 8)
    rows = ps.mean(ps.Survey(hold(table), weight="w"), "x").tidy().iloc[0]
    assert (rows["n"], rows["df"]) == (8, 7)


def test_a_stratum_without_weight_is_not_lonely(hold):
    table = pd.DataFrame({"x": [1.0, 2, 4, 3, 9], "v": list("aabbc"), "s": list("ssssz"),
                          "w": [1.0] * 4 + [0]})  # fmt: skip
    design = {"weight": "w", "psu": "v", "strata": "s"}
    for lonely in ("refuse", "center"):
        found = ps.mean(ps.Survey(hold(table), lonely=lonely, **design), "x").tidy()
        wanted = ps.mean(ps.Survey(table[:4], **design), "x").tidy()
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-12)
