"""Multidimensional poverty, against R survey and against what must hold."""

import json
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "multidimensional.json").read_text("utf-8"))
DIMENSIONS = {
    "education": ["schooling", "attendance"],
    "health": ["health"],
    "living": ["water", "fuel", "housing"],
}
NAMES = [name for columns in DIMENSIONS.values() for name in columns]
CUTOFFS = {"0.2": 0.2, "1/3": 1 / 3, "0.5": 0.5, "7/9": 7 / 9}
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}
TABLE = pd.read_csv(FILES / "design.csv").join(pd.read_csv(FILES / "indicators.csv"))
SURVEY = ps.Survey(TABLE, **DESIGN)
SMALL = ["a", "b", "c", "d"]


def numbers(found, term, **labels):
    """Estimates and errors of a term, in the order of the domains."""
    table = found.tidy()
    for name, value in {"term": term, **labels}.items():
        table = table[table[name] == value]
    return table[["estimate", "std_error"]].to_numpy()


def small(rows, **more):
    return pd.DataFrame(rows, columns=SMALL).assign(**more)


def values(table, indicators=SMALL, k=0.5, weights=None, **kwargs):
    """Estimates by term and name of an indicator."""
    found = ps.alkire_foster(ps.Survey(table, **kwargs), indicators, weights, k).tidy()
    return found.set_index(["term", "indicator"])["estimate"]


# Against R ----------------------------------------------------------------------------


@pytest.mark.parametrize("k", CUTOFFS)
@pytest.mark.parametrize("by", [None, "province"])
def test_every_number_is_that_of_r_survey(k, by):
    found, expected = ps.alkire_foster(SURVEY, DIMENSIONS, k=CUTOFFS[k], by=by), R[k]

    def check(expected, term, **labels):
        if by:
            wanted = np.column_stack([expected["domain"], expected["domain_se"]])
        else:
            wanted = [[expected["estimate"], expected["se"]]]
        assert numbers(found, term, **labels) == pytest.approx(np.array(wanted), rel=1e-8)

    for term in ("H", "A", "M0"):
        check(expected[term], term)
    for name in NAMES:
        check(expected["uncensored"][name], "uncensored headcount", indicator=name)
        check(expected["censored"][name], "censored headcount", indicator=name)
        check(expected["contribution"][name], "contribution", indicator=name)
    for of in DIMENSIONS:
        check(expected["dimension_contribution"][of], "dimension contribution", dimension=of)
    if by:
        for term, name in (("share of the poor", "H"), ("share of M0", "M0")):
            share = expected["province_share"][name]
            wanted = np.column_stack([share["estimate"], share["se"]])
            assert numbers(found, term) == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("by", [None, "province"])
def test_the_curves_are_those_of_r_survey(by):
    found = ps.cutoff_curves(SURVEY, DIMENSIONS, R["weights"], CUTOFFS.values(), by)
    part = ("domain", "domain_se") if by else ("estimate", "se")
    for k, at in CUTOFFS.items():
        for term in ("H", "M0"):
            wanted = np.column_stack([np.atleast_1d(R[k][term][one]) for one in part])
            assert numbers(found, term, k=at) == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("k", ["1/3", "7/9"])
def test_who_is_at_the_cutoff_by_the_weights_is_poor_whatever_the_rounding(k):
    poor = (TABLE[NAMES] @ (18 * pd.Series(R["weights"])).round()) >= 18 * CUTOFFS[k] - 1e-6
    assert poor.sum() == R[k]["poor_rows"] and R[k]["rows_at_cutoff"] > 0
    for order in (DIMENSIONS, dict(reversed(DIMENSIONS.items()))):
        for cutoff in (CUTOFFS[k], Fraction(k)):
            found = ps.alkire_foster(ps.Survey(TABLE), order, k=cutoff)
            assert numbers(found, "H")[0, 0] == pytest.approx(poor.mean(), rel=1e-12)


# Against what is counted by hand ------------------------------------------------------


def test_four_persons_by_hand():
    # scores 1, 1/2, 1/4, 0; weights 1, 1, 2, 4; poor at 1/2: the first two
    table = small([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], w=[1.0, 1.0, 2.0, 4.0])
    found = values(table, weight="w")
    assert found["H", ""] == 2 / 8 and found["A", ""] == 1.5 / 2 and found["M0", ""] == 1.5 / 8
    assert found["uncensored headcount", "a"] == 4 / 8
    assert found["censored headcount", "a"] == 2 / 8
    assert found["contribution", "a"] == pytest.approx(0.25 * 2 / 1.5)
    assert found["contribution", "c"] == pytest.approx(0.25 * 1 / 1.5)


def test_errors_of_a_simple_random_sample_are_the_textbook_ones():
    rng = np.random.default_rng(5)
    table = small((rng.random((60, 4)) < 0.4).astype(int), group=np.arange(60) % 2)
    score = table[SMALL].mean(axis=1).to_numpy()
    poor = (score >= 0.5).astype(float)
    found = ps.alkire_foster(ps.Survey(table), SMALL, k=0.5)
    censored = score * poor
    expected = {
        "H": poor - poor.mean(),
        "M0": censored - censored.mean(),
        "A": (censored - censored.sum() / poor.sum() * poor) / poor.mean(),
    }
    for term, influence in expected.items():
        error = np.sqrt(influence @ influence / 59 / 60)
        assert numbers(found, term)[0, 1] == pytest.approx(error, rel=1e-12)
    assert found.design_effects()["design_effect"].to_numpy() == pytest.approx(1)
    shares = ps.alkire_foster(ps.Survey(table), SMALL, k=0.5, by="group")
    for term, part in (("share of the poor", poor), ("share of M0", censored)):
        mine = part * (table["group"] == 1)
        influence = (mine - mine.sum() / part.sum() * part) / part.mean()
        error = np.sqrt(influence @ influence / 59 / 60)
        assert numbers(shares, term)[1] == pytest.approx([mine.sum() / part.sum(), error])
    effects = shares.design_effects()
    assert effects["design_effect"].isna().sum() == 4  # a share hangs on rows of other domains


def test_changes_over_time_carry_the_covariance_of_units_seen_twice():
    found = ps.alkire_foster(SURVEY, DIMENSIONS, by="year")
    change = found.contrast("year", 2019, 2011)
    score = TABLE[NAMES] @ pd.Series(R["weights"])
    censored = score.where(score >= 1 / 3 - 1e-9, 0.0)
    influence = np.zeros(len(TABLE))
    for year, sign in ((2019, 1), (2011, -1)):
        here = TABLE["year"] == year
        weight = TABLE["weight"].where(here, 0.0)
        m0 = (weight * censored).sum() / weight.sum()
        influence += sign * here * (censored - m0) * TABLE["weight"].sum() / weight.sum()
    error = ps.mean(ps.Survey(TABLE.assign(z=influence), **DESIGN), "z").tidy()["std_error"][0]
    levels = numbers(found, "M0")
    assert numbers(change, "M0")[0] == pytest.approx([levels[1, 0] - levels[0, 0], error])
    assert numbers(change, "contribution", indicator="fuel").shape == (1, 2)
    of_provinces = ps.alkire_foster(SURVEY, DIMENSIONS, by=["year", "province"])
    assert len(numbers(of_provinces.contrast("year", 2019, 2011), "M0")) == 3
    table = of_provinces.tidy()
    shares = table[table["term"] == "share of M0"].groupby("year")["estimate"].sum()
    assert shares.to_numpy() == pytest.approx([1, 1])


def test_replicate_weights_give_the_spread_of_their_estimates():
    rng = np.random.default_rng(8)
    names = [f"r{i}" for i in range(12)]
    draws = pd.DataFrame(rng.poisson(1, (len(TABLE), 12)), columns=names)
    table = TABLE.join(draws.mul(TABLE["weight"], axis=0))
    svy = ps.Survey(table, weight="weight", replicates=ps.Replicates(names))
    found = ps.alkire_foster(svy, DIMENSIONS, by="province")
    whole = ps.alkire_foster(SURVEY, DIMENSIONS, by="province").table["estimate"]
    assert found.table["estimate"].to_numpy() == pytest.approx(whole.to_numpy(), rel=1e-12)
    for term in ("A", "share of M0"):
        full = numbers(found, term)
        moved = [
            numbers(ps.alkire_foster(ps.Survey(table, weight=name), DIMENSIONS, by="province"), term)[:, 0]
            for name in names
        ]  # fmt: skip
        assert full[:, 1] == pytest.approx(np.sqrt(((moved - full[:, 0]) ** 2).mean(axis=0)))


def test_intervals_of_m0_and_a_cover_the_truth():
    rng = np.random.default_rng(11)
    shift = rng.normal(0, 0.6, 400)  # a population of 400 villages with 50 persons each
    chance = 1 / (1 + np.exp(-shift[:, None, None] + np.array([1.2, 0.8, 0.5, 1.0])))
    people = rng.random((400, 50, 4)) < chance
    score = people.mean(axis=2)
    truth = {"M0": np.where(score >= 0.5, score, 0).mean(), "A": score[score >= 0.5].mean()}
    villages, covered = np.repeat(np.arange(40), 10), dict.fromkeys(truth, 0)
    runs = 300
    for _ in range(runs):
        drawn = rng.integers(0, 400, 40)
        persons = people[drawn[:, None], rng.integers(0, 50, (40, 10))].reshape(-1, 4)
        svy = ps.Survey(small(persons, village=villages), psu="village")
        table = ps.alkire_foster(svy, SMALL, k=0.5).tidy().iloc[:3].set_index("term")
        for term, value in truth.items():
            covered[term] += table["ci_low"][term] <= value <= table["ci_high"][term]
    for count in covered.values():  # three standard errors of the simulation about 95 percent
        assert abs(count / runs - 0.95) < 0.038


# What must hold -----------------------------------------------------------------------

ROWS = st.lists(st.lists(st.integers(0, 1), min_size=4, max_size=4), min_size=2, max_size=12)
WHOLE = st.lists(st.integers(1, 6), min_size=4, max_size=4)


def shares_of(whole):
    return {name: one / sum(whole) for name, one in zip(SMALL, whole, strict=True)}


@examples(60)
@given(rows=ROWS, whole=WHOLE, at=st.integers(1, 24))
def test_who_is_poor_is_decided_as_by_whole_numbers(rows, whole, at):
    at = min(at, sum(whole))
    points = np.array(rows) @ whole
    poor = points >= at
    found = values(small(rows), k=at / sum(whole), weights=shares_of(whole))
    assert found["H", ""] == pytest.approx(poor.mean(), abs=1e-12)
    m0 = (points * poor).mean() / sum(whole)
    assert found["M0", ""] == pytest.approx(m0, abs=1e-12)
    if not poor.any():
        assert found["H", ""] == found["M0", ""] == 0
        assert np.isnan(found["A", ""]) and found["contribution"].isna().all()
    else:
        assert found["H", ""] * found["A", ""] == pytest.approx(m0)
        assert found["contribution"].sum() == pytest.approx(1)
        parts = [shares_of(whole)[name] * found["censored headcount", name] for name in SMALL]
        assert sum(parts) == pytest.approx(m0)
    assert (found["censored headcount"] <= found["uncensored headcount"] + 1e-12).all()


@examples(30)
@given(rows=ROWS, whole=WHOLE)
def test_union_and_intersection_are_the_ends(rows, whole):
    marks, weights = np.array(rows), shares_of(whole)
    union = values(small(rows), k=min(weights.values()), weights=weights)
    assert union["H", ""] == pytest.approx(marks.any(axis=1).mean())
    assert union["censored headcount"].to_numpy() == pytest.approx(marks.mean(axis=0))
    assert union["M0", ""] == pytest.approx(marks.mean(axis=0) @ list(weights.values()))
    both = values(small(rows), k=1, weights=weights)
    assert both["H", ""] == pytest.approx(marks.all(axis=1).mean())
    assert np.isnan(both["A", ""]) or both["A", ""] == pytest.approx(1)
    ks = np.linspace(0.1, 1, 10)
    falling = ps.cutoff_curves(ps.Survey(small(rows)), SMALL, weights, ks)
    for term in ("H", "M0"):
        assert (np.diff(numbers(falling, term)[:, 0]) <= 1e-12).all()


@examples(30)
@given(rows=ROWS, whole=WHOLE, person=st.integers(0, 11), mark=st.sampled_from(SMALL))
def test_one_more_deprivation_of_a_poor_person_raises_m0(rows, whole, person, mark):
    table, weights = small(rows), shares_of(whole)
    person %= len(table)
    table.loc[person, mark] = 0
    poor = (table[SMALL] * weights).sum(axis=1)[person] >= 0.5 - 1e-9
    before = values(table, weights=weights)["M0", ""]
    table.loc[person, mark] = 1
    after = values(table, weights=weights)["M0", ""]
    gain = weights[mark] / len(table)
    assert after == pytest.approx(before + gain) if poor else after >= before - 1e-12


@examples(30)
@given(rows=ROWS, order=st.permutations(SMALL), times=st.integers(2, 4))
def test_copies_of_all_and_the_order_of_indicators_change_nothing(rows, order, times):
    table = small(rows)
    found = values(table)
    copied = values(pd.concat([table] * times, ignore_index=True))
    turned = values(table, order).loc[found.index]
    for other in (copied, turned):
        assert other.to_numpy() == pytest.approx(found.to_numpy(), nan_ok=True)


@examples(30)
@given(rows=ROWS, data=st.data())
def test_m0_is_the_mean_of_the_parts_by_their_population(rows, data):
    n = len(rows)
    group = [0, 1, *data.draw(st.lists(st.integers(0, 2), min_size=n - 2, max_size=n - 2))]
    weight = data.draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))
    svy = ps.Survey(small(rows, group=group, w=weight), weight="w")
    parts = ps.alkire_foster(svy, SMALL, k=0.5, by="group").tidy()
    whole = ps.alkire_foster(svy, SMALL, k=0.5)
    for term, share in (("H", "share of the poor"), ("M0", "share of M0")):
        own = parts[parts["term"] == term]
        mean = (own["estimate"] * own["population"]).sum() / own["population"].sum()
        assert mean == pytest.approx(numbers(whole, term)[0, 0], abs=1e-12)
        shares = parts.loc[parts["term"] == share, "estimate"].to_numpy()
        if mean > 0:
            wanted = own["estimate"] * own["population"] / mean / own["population"].sum()
            assert shares == pytest.approx(wanted.to_numpy(), abs=1e-12)
        else:
            assert np.isnan(shares).all()


# Tables of any kind -------------------------------------------------------------------


@pytest.fixture(params=["polars", "lazy", "duckdb", "parquet", "booleans"])
def elsewhere(request, tmp_path):
    table = TABLE.astype(dict.fromkeys(NAMES, "int8"))
    if request.param == "booleans":
        return table.astype(dict.fromkeys(NAMES, "boolean"))
    if request.param == "duckdb":
        duckdb = pytest.importorskip("duckdb")
        return duckdb.connect().from_df(table.astype(dict.fromkeys(NAMES, bool)))
    if request.param == "parquet":
        table.to_parquet(tmp_path / "survey.parquet")
        return tmp_path / "survey.parquet"
    polars = pytest.importorskip("polars")
    made = polars.from_pandas(table).with_columns(polars.col("water").cast(polars.Boolean))
    return made if request.param == "polars" else made.lazy()


@pytest.mark.parametrize("design", [DESIGN, {"weight": "weight"}], ids=["units", "rows"])
def test_every_kind_of_table_gives_the_same(elsewhere, design):
    here, there = ps.Survey(TABLE, **design), ps.Survey(elsewhere, **design)
    for measure in (ps.alkire_foster, ps.cutoff_curves):
        one, two = (measure(svy, DIMENSIONS, by="province") for svy in (here, there))
        for column in ("estimate", "std_error"):
            expected = one.tidy()[column].to_numpy()
            assert two.tidy()[column].to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert two.cov().to_numpy() == pytest.approx(one.cov().to_numpy(), rel=1e-9, abs=1e-12)


def test_what_is_not_0_or_1_is_found_on_every_kind_of_table(elsewhere):
    svy = ps.Survey(elsewhere, **DESIGN)
    with pytest.raises(ps.DataError, match="are neither 1") as error:
        ps.alkire_foster(svy, ["health", "year"])
    assert "column year" in error.value.where and error.value.found in (2011, 2019)


# Where nobody is poor, or not known ---------------------------------------------------


def test_where_nobody_is_poor_shares_of_the_poor_are_missing_and_others_keep_theirs():
    table = TABLE.copy()
    table.loc[table["province"] == "B", NAMES] = 0
    found = ps.alkire_foster(ps.Survey(table, **DESIGN), DIMENSIONS, by="province")
    whole = ps.alkire_foster(SURVEY, DIMENSIONS, by="province")
    none = found.tidy()[lambda t: t["province"] == "B"]
    undefined = none["term"].isin(["A", "contribution", "dimension contribution"])
    assert none.loc[undefined, ["estimate", "std_error"]].isna().all(axis=None)
    assert (none.loc[~undefined, ["estimate", "std_error"]] == 0).all(axis=None)
    other = lambda one: one.tidy()[lambda t: (t["province"] == "A") & ~t["term"].str.startswith("share")]  # noqa: E731 # fmt: skip
    pd.testing.assert_frame_equal(other(found), other(whole))
    assert found.tidy().loc[lambda t: t["term"] == "share of M0", "estimate"].sum() == pytest.approx(1)  # fmt: skip
    difference = found.contrast("province", "A", "B")
    assert np.isnan(numbers(difference, "A")).all() and np.isfinite(numbers(difference, "M0")).all()
    assert found.band(draws=100)["ci_low"].notna().sum() > 0
    curves = ps.cutoff_curves(
        ps.Survey(table[table["province"] == "B"], **DESIGN), NAMES, by="year"
    )
    told = ps.robust_comparisons(curves)  # all the same: no order
    assert (told["significant"] == 0).all() and told[["robust", "kendall_tau"]].isna().all(
        axis=None
    )


@pytest.mark.parametrize("kind", ["pandas", "duckdb"])
def test_rows_without_a_value_are_refused_or_left_out_and_counted(kind, tmp_path):
    table = TABLE.astype(dict.fromkeys(NAMES, float))
    table.loc[3, "water"] = np.nan
    data = table
    if kind == "duckdb":
        table.to_parquet(tmp_path / "survey.parquet")
        data = tmp_path / "survey.parquet"
    with pytest.raises(ps.DataError, match="1 rows have no water") as error:
        ps.alkire_foster(ps.Survey(data, **DESIGN), DIMENSIONS)
    assert 'missing="drop"' in error.value.remedy
    for measure in (ps.alkire_foster, ps.cutoff_curves):
        found = measure(ps.Survey(data, **DESIGN, missing="drop"), DIMENSIONS)
        assert found.dropped == 1
        rest = measure(ps.Survey(table.drop(index=3), **DESIGN), DIMENSIONS)
        wanted = rest.table["estimate"].to_numpy()
        assert found.table["estimate"].to_numpy() == pytest.approx(wanted, rel=1e-12)


def test_shares_are_of_those_whose_domain_is_known():
    table = TABLE.assign(province=TABLE["province"].where(TABLE["province"] != "C"))
    found = ps.alkire_foster(ps.Survey(table, missing="drop", **DESIGN), DIMENSIONS, by="province")
    assert numbers(found, "share of M0")[:, 0].sum() == pytest.approx(1)
    assert numbers(found, "share of M0").shape == (2, 2)


# Cut-offs -----------------------------------------------------------------------------


def test_robust_comparisons_are_those_that_contrasts_tell():
    table = TABLE.assign(area=TABLE["province"] + TABLE["year"].astype(str))
    curves = ps.cutoff_curves(
        ps.Survey(table, **DESIGN), DIMENSIONS, ks=[0.2, 1 / 3, 0.6], by="area"
    )
    for term in ("M0", "H"):
        told = ps.robust_comparisons(curves, term=term, level=0.6)
        areas = sorted(table["area"].unique())
        signs = []
        for i, one in enumerate(areas):
            for two in areas[i + 1 :]:
                pair = curves.contrast("area", one, two).tidy(0.6)
                pair = pair[pair["term"] == term].sort_values("k")
                sure = (pair["ci_low"] > 0) | (pair["ci_high"] < 0)
                signs.append(np.c_[np.sign(pair["estimate"]), sure])
        signs = np.array([one for one in signs if one[1, 1]])  # significant at 1/3
        same = signs[:, :, 0] == signs[:, 1:2, 0]
        robust = same & (signs[:, :, 1] == 1)
        assert 3 < len(signs) < 15 and (told["significant"] == len(signs)).all()
        assert told["same_order"].tolist() == [*same.mean(axis=0), same.all(axis=1).mean()]
        assert told["robust"].tolist() == [*robust.mean(axis=0), robust.all(axis=1).mean()]
        assert robust.mean() < 1
    assert told["k"].tolist() == [0.2, 1 / 3, 0.6, "all"] and (told["pairs"] == 15).all()
    assert (
        told["kendall_tau"][1] == pytest.approx(1)
        and told["kendall_tau"][3] == told["kendall_tau"].min()
    )


def test_curves_keep_the_covariance_over_cutoffs():
    curves = ps.cutoff_curves(SURVEY, DIMENSIONS, ks=[0.2, 0.5], by="province")
    assert curves.table["k"].tolist() == [0.2] * 6 + [0.5] * 6
    assert curves.cov().loc[3, 9] > 0  # M0 of province A at both
    assert numbers(curves.contrast("province", "A", "B"), "M0").shape == (2, 2)
    assert numbers(curves.contrast("k", 0.5, 0.2), "H")[0, 0] < 0


# Bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicators", "options", "said"),
    [
        ([], {}, "at least one"),
        ({}, {}, "at least one"),
        ({"health": []}, {}, "one in each dimension"),
        (["water", "water"], {}, "'water' more than once"),
        ({"health": ["water"], "living": "water"}, {}, "'water' more than once"),
        (["water", "nothing"], {}, "lacks a column"),
        (["water", "province"], {}, "holds no numbers"),
        (NAMES, {"weights": dict.fromkeys(NAMES, 0.2)}, "add up to 1.2"),
        (NAMES, {"weights": dict.fromkeys(NAMES, 0.1667)}, "add up to 1.0002"),
        (NAMES, {"weights": {"water": 1.0}}, "one for each indicator"),
        (["water"], {"weights": [1.0]}, "Weights are a dict"),
        (["water", "fuel"], {"weights": {"water": 1.5, "fuel": -0.5}}, "more than 0"),
        (["water", "fuel"], {"weights": {"water": np.nan, "fuel": 1.0}}, "more than 0"),
        (NAMES, {"k": 0}, "k= lies between 0 and 1"),
        (NAMES, {"k": 33}, "found: 33"),
        (NAMES, {"k": np.nan}, "k= lies between 0 and 1"),
        (NAMES, {"k": "1/3"}, "k= lies between 0 and 1"),
        (NAMES, {"k": [0.2, 0.5]}, "k= lies between 0 and 1"),
        (NAMES, {"by": "nowhere"}, "lacks a column"),
        (NAMES, {"by": ["term"]}, "bears a name that the result has"),
    ],
)
def test_bad_questions_are_refused_with_a_remedy(indicators, options, said):
    with pytest.raises(ps.DataError, match=said) as error:
        ps.alkire_foster(SURVEY, indicators, **options)
    assert error.value.remedy


def test_an_indicator_that_is_not_0_or_1_is_named_with_its_row():
    table = TABLE.copy()
    table.loc[[7, 9], "fuel"] = 2
    svy = ps.Survey(table, **DESIGN)
    for measure in (ps.alkire_foster, ps.cutoff_curves):
        with pytest.raises(ps.DataError) as error:
            measure(svy, DIMENSIONS)
        assert str(error.value).splitlines() == [
            "2 rows are neither 1 (deprived) nor 0 (not deprived).",
            "  where: column fuel, row 7", "  found: 2.0",
            "  remedy: table['fuel'] = (table['fuel'] == 1).astype(float)"
            ".where(table['fuel'].notna())  # or > a cut-off, or <",
        ]  # fmt: skip
    exec(error.value.remedy, {"table": table})
    mended = ps.alkire_foster(ps.Survey(table, **DESIGN), DIMENSIONS)
    assert numbers(mended, "uncensored headcount", indicator="fuel")[0, 0] > 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"base": 0.4}, "the base is one of the cut-offs"),
        ({"term": "A"}, "of one term"),
        ({"level": 95}, "level= lies between 0 and 1"),
    ],
)
def test_comparisons_that_cannot_be_made_are_refused(options, said):
    with pytest.raises(ps.DataError, match=said):
        ps.robust_comparisons(ps.cutoff_curves(SURVEY, DIMENSIONS, by="province"), **options)


def test_one_domain_other_estimates_and_no_cutoffs_are_refused():
    with pytest.raises(ps.DataError, match="Two domains or more"):
        ps.robust_comparisons(ps.cutoff_curves(SURVEY, DIMENSIONS))
    with pytest.raises(ps.DataError, match="of curves"):
        ps.robust_comparisons(ps.mean(SURVEY, "income", by="province"))
    with pytest.raises(ps.DataError, match="ks= lies between 0 and 1"):
        ps.cutoff_curves(SURVEY, DIMENSIONS, ks=[])


def test_nothing_that_was_given_is_changed():
    table, weights = TABLE.copy(), dict(R["weights"])
    ps.alkire_foster(ps.Survey(table, **DESIGN), DIMENSIONS, weights, by="province")
    pd.testing.assert_frame_equal(table, TABLE)
    assert weights == R["weights"]
