"""Targeting: against R survey, vcd and pROC, a bootstrap, by hand, and what must hold."""

import json

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

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "targeting.json").read_text("utf-8"))
TABLE = pd.read_csv(FILES / "design.csv").join(pd.read_csv(FILES / "indicators.csv"))
TABLE["poor"] = TABLE["income"] < 2300
TABLE["listed"] = TABLE["water"]
TABLE["aid"] = np.where(TABLE["fuel"] == 1, 100 + TABLE["row"] % 7, 0)
TABLE["assessor"] = np.where(TABLE["housing"] == 1, "cadre", "visitor")
TABLE["cause"] = np.where(TABLE["health"] == 1, "illness", "no skill")
TABLE["measure"] = np.array(["aid", "training", "loan"])[TABLE["row"] % 3]
TABLE["score"] = TABLE["schooling"] + 2 * TABLE["health"] + TABLE["water"]
DESIGNS = {"full": {"strata": "stratum", "psu": "psu"}, "rows": {"strata": "stratum"}}
ENGINES = {
    "duckdb": duckdb.from_df,
    "polars": pl.from_pandas,
    "lazy": lambda table: pl.from_pandas(table).lazy(),
}
SUITS = {"illness": "aid", "no skill": ["training", "loan"]}
DIFFERENCE = {"base": "cadre", "value": "visitor"}
OVER = "exclusion error of the poor"


def survey(name="full", table=TABLE):
    return ps.Survey(table, weight="weight", **DESIGNS[name])


def exactly(wanted):
    return pytest.approx(np.asarray(wanted, dtype=float), rel=1e-8, nan_ok=True)


def numbers(found, term=None):
    table = found.tidy()
    table = table if term is None else table[table["term"] == term]
    return table[["estimate", "std_error"]].to_numpy()


def of(found):
    table = found.tidy()
    return dict(zip(table["term"], table["estimate"], strict=True))


def refused(call, *words):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


# Against R ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DESIGNS)
def test_errors_of_a_list_are_those_of_r_survey(name):
    found = ps.targeting_errors(survey(name), transfer="aid")
    parts = ps.targeting_errors(survey(name), transfer="aid", by="province")
    assert set(found.table["term"]) == set(R[name]["rates"])
    for term, wanted in R[name]["rates"].items():
        assert numbers(found, term)[0] == exactly([wanted["estimate"], wanted["se"]])
        if "domain" in wanted:
            both = np.column_stack([wanted["domain"], wanted["domain_se"]])
            assert numbers(parts, term) == exactly(both)


@pytest.mark.parametrize("name", DESIGNS)
def test_the_parts_of_a_difference_are_those_of_r_survey(name):
    found = ps.targeting_difference(survey(name), "province", **DIFFERENCE)
    wanted = np.column_stack([R[name]["difference"][one] for one in ("estimate", "se")])
    assert numbers(found, OVER) == exactly(wanted)
    steps = ps.targeting_errors(survey(name), by="assessor")
    steps = steps.contrast("assessor", "visitor", "cadre")
    whole = found.tidy().query("component == 'difference'")
    for term, one, error in whole[["term", "estimate", "std_error"]].itertuples(index=False):
        assert numbers(steps, term)[0] == exactly([one, error])
    assert len(whole) == 5 and set(found.tidy()["assessor"]) == {"visitor - cadre"}


@pytest.mark.parametrize("name", DESIGNS)
def test_kappa_is_that_of_r_survey(name):
    wanted = R[name]["kappa"]
    found = ps.agreement(survey(name), "water", "fuel")
    assert numbers(found, "kappa")[0] == exactly([wanted["estimate"], wanted["se"]])


def test_kappa_of_a_simple_random_sample_has_the_error_of_fleiss():
    wanted = R["kappa"]
    found = numbers(ps.agreement(ps.Survey(TABLE), "water", "fuel"), "kappa")[0]
    error = wanted["se"] * np.sqrt(wanted["n"] / (wanted["n"] - 1))
    assert found == exactly([wanted["estimate"], error])
    sums_made_anew = ps.agreement(ps.Survey(TABLE), "water", "fuel")
    refused(sums_made_anew.design_effects, "no design effect")


def test_the_area_under_the_curve_is_that_of_proc():
    estimate, error = numbers(ps.auc(ps.Survey(TABLE), "score"))[0]
    assert estimate == exactly(R["auc"]["estimate"])
    assert error == pytest.approx(R["auc"]["se"], rel=0.01)  # they divide by n - 1 of each side


# By hand ------------------------------------------------------------------------------------


def test_a_perfect_list_has_no_errors_and_a_list_of_all_misses_nobody():
    table = pd.DataFrame({"poor": [1, 1, 0, 0, 0], "w": [1.0, 2.0, 3.0, 1.0, 1.0]})
    right = ps.targeting_errors(ps.Survey(table.assign(listed=table["poor"]), weight="w"))
    assert [value for name, value in of(right).items() if "error" in name] == [0] * 4
    assert numbers(right)[:4, 1].tolist() == [0] * 4
    assert of(right)["mistargeted"] == 0 and of(right)["targeting ratio"] == 8 / 3
    every = of(ps.targeting_errors(ps.Survey(table.assign(listed=True), weight="w")))
    assert every["inclusion error of the listed"] == 5 / 8
    assert every["inclusion error of the not poor"] == every["coverage"] == 1
    assert every["exclusion error of the poor"] == 0 and every["targeting ratio"] == 1
    assert np.isnan(every["exclusion error of the not listed"])


def test_a_domain_without_poor_has_no_exclusion_error_and_leaves_others_alone():
    table = TABLE.assign(poor=TABLE["poor"] & (TABLE["province"] != "A"))
    found = ps.targeting_errors(survey(table=table), by="province")
    alone = ps.targeting_errors(survey(table=TABLE), by="province")
    assert np.isnan(numbers(found, OVER)[0]).all()
    assert numbers(found, OVER)[1:] == exactly(numbers(alone, OVER)[1:])


def test_leakage_of_transfers_is_weighted_by_what_is_given():
    table = pd.DataFrame({"poor": [1, 0, 0, 0], "listed": [1, 1, 0, 0], "yuan": [300, 100, 0, 0]})
    found = of(ps.targeting_errors(ps.Survey(table), transfer="yuan"))
    assert found["leakage of transfers"] == 0.25
    assert found["targeting ratio of transfers"] == 3
    assert found["inclusion error of the listed"] == 0.5 and found["targeting ratio"] == 2


def test_a_difference_by_composition_alone_is_seen_as_such():
    rows = []
    for who, plain, hills in (("cadre", 40, 10), ("visitor", 10, 40)):
        rows += [(who, "plain", 1, i >= plain // 5) for i in range(plain)]
        rows += [(who, "hills", 1, i >= hills // 2) for i in range(hills)]
    table = pd.DataFrame(rows, columns=["assessor", "region", "poor", "listed"])
    found = ps.targeting_difference(ps.Survey(table), "region", **DIFFERENCE)
    # the shares of the poor in the hills are 0.2 and 0.8; there 0.5 are missed, else 0.2
    assert numbers(found, OVER)[:, 0] == pytest.approx([0.6 * 0.3, 0, 0.6 * 0.3])
    back = ps.targeting_difference(ps.Survey(table), "region", base="visitor", value="cadre")
    assert numbers(back, OVER) == pytest.approx(numbers(found, OVER) * (-1, 1))


def test_a_rate_that_one_of_two_has_of_nobody_is_missing():
    table = TABLE.assign(poor=TABLE["poor"] & (TABLE["assessor"] == "cadre"))
    found = ps.targeting_difference(survey(table=table), "province", **DIFFERENCE)
    assert np.isnan(numbers(found, OVER)).all()
    assert np.isfinite(numbers(found, "mistargeted")).all()


def test_measures_are_matched_with_causes():
    found = ps.match_rate(ps.Survey(TABLE, weight="weight"), SUITS)
    fits = (TABLE["cause"] == "illness") == (TABLE["measure"] == "aid")
    share = lambda x: np.average(x, weights=TABLE["weight"])  # noqa: E731
    ill, aid = share(TABLE["cause"] == "illness"), share(TABLE["measure"] == "aid")
    chance = ill * aid + (1 - ill) * (1 - aid)
    wanted = [share(fits), chance, (share(fits) - chance) / (1 - chance)]
    assert numbers(found)[:, 0] == exactly(wanted)
    # where each cause has one measure of its own it is Cohen's kappa
    other = TABLE.assign(given=TABLE["measure"].replace("loan", "training"))
    named = other.assign(due=other["cause"].map({"illness": "aid", "no skill": "training"}))
    kappa = ps.agreement(survey(table=named), "due", "given")
    assert numbers(ps.match_rate(survey(), SUITS)) == exactly(numbers(kappa))
    one = ps.match_rate(ps.Survey(TABLE.assign(measure="aid")), SUITS)
    assert of(one)["match beyond chance"] == pytest.approx(0)
    by_cause = ps.match_rate(survey(), SUITS, by="cause")
    assert len(by_cause) == 6


def test_agreement_by_words_numbers_and_marks_is_one():
    words = TABLE.assign(one=TABLE["water"].map({1: "yes", 0: "no"}), two=TABLE["fuel"].map({1: "yes", 0: "no"}))  # fmt: skip
    plain = numbers(ps.agreement(survey(), "water", "fuel", by="province"))
    assert numbers(ps.agreement(survey(table=words), "one", "two", by="province")) == exactly(plain)
    kinds = words.astype({"one": "category", "two": "category"})
    assert numbers(ps.agreement(survey(table=kinds), "one", "two", by="province")) == exactly(plain)
    marks = TABLE.assign(water=TABLE["water"] == 1)
    assert numbers(ps.agreement(survey(table=marks), "water", "fuel", by="province")) == exactly(
        plain
    )
    same = of(ps.agreement(ps.Survey(TABLE.assign(a=1, b=1)), "a", "b"))
    assert same["observed agreement"] == 1 and np.isnan(same["kappa"])


def test_the_concentration_index_is_twice_a_covariance():
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"income": rng.permutation(50) + 1.0, "aid": rng.gamma(2, 5, 50)})
    rank = (stats.rankdata(table["income"]) - 0.5) / 50
    wanted = 2 * np.cov(table["aid"], rank, bias=True)[0, 1] / table["aid"].mean()
    assert numbers(ps.concentration_index(ps.Survey(table), "aid", "income"))[0, 0] == exactly(
        wanted
    )
    # of the grid of all ordinates: twice the area under the diagonal, less that under the curve
    grid = np.arange(1, 50) / 50
    curve = numbers(ps.concentration_curve(ps.Survey(table), "aid", "income", grid))[:, 0]
    area = np.trapezoid(np.r_[0, curve, 1], np.r_[0, grid, 1])
    assert 1 - 2 * area == pytest.approx(wanted)


def test_incomes_are_concentrated_as_the_lorenz_curve_and_gini_say():
    curve = ps.concentration_curve(survey(), "income", "income", by="province")
    assert numbers(curve)[:, 0] == exactly(
        numbers(ps.lorenz(survey(), "income", by="province"))[:, 0]
    )
    gini = ps.inequality(survey(), "income", by="province", measures=["gini"])
    assert numbers(ps.concentration_index(survey(), "income", "income", by="province")) == exactly(
        numbers(gini)
    )


def test_people_of_one_income_share_their_rank():
    table = pd.DataFrame({"income": [1, 1, 2, 2], "aid": [4, 0, 3, 1]})
    for order in ([0, 1, 2, 3], [1, 0, 3, 2]):
        found = ps.share_to_poorest(ps.Survey(table.iloc[order]), "aid", "income", [0.25, 0.75])
        assert numbers(found)[:, 0].tolist() == [0.25, 1, 0.75, 1]


def test_a_roc_curve_is_made_of_targeting_errors_and_its_area_is_auc():
    cutoffs = [1, 2, 3, 4]
    curve = ps.roc_curve(survey(), "score", cutoffs=cutoffs, by="province")
    for c in cutoffs:
        table = TABLE.assign(listed=TABLE["score"] >= c)
        errors = ps.targeting_errors(survey(table=table), by="province")
        here = curve.tidy().query("cutoff == @c")
        false = here.loc[here["term"] == "false positive rate", ["estimate", "std_error"]]
        assert false.to_numpy() == exactly(numbers(errors, "inclusion error of the not poor"))
        found = here.loc[here["term"] == "sensitivity", ["estimate", "std_error"]].to_numpy()
        missed = numbers(errors, OVER)
        assert found == exactly(np.column_stack([1 - missed[:, 0], missed[:, 1]]))
    points = ps.roc_curve(survey(), "score", cutoffs=[0, *cutoffs]).tidy()
    hit, false = (
        np.r_[points.loc[points["term"] == term, "estimate"].to_numpy(), 0][::-1]
        for term in ("sensitivity", "false positive rate")
    )
    assert np.trapezoid(hit, false) == pytest.approx(numbers(ps.auc(survey(), "score"))[0, 0])
    tenths = ps.roc_curve(survey(), "income", "poor").tidy()
    assert tenths["cutoff"].nunique() == 18 and set(tenths["cutoff"]) <= set(TABLE["income"])
    rates = tenths.set_index(["term", "cutoff"])["estimate"]  # of incomes: the low ones are poor
    wanted = [*np.arange(0.9, 0.05, -0.1), *[0] * 9]  # the tenths of the poor, then those of others
    assert rates["sensitivity"].to_numpy() == pytest.approx(np.array(wanted), abs=0.01)


# Errors of what depends on ranks ------------------------------------------------------------


def bootstrap(table, draws, seed=0):
    """Weights of a bootstrap of units (Rao and Wu): one unit fewer than there are, of each stratum."""
    rng = np.random.default_rng(seed)
    unit = table.groupby(["stratum", "psu"]).ngroup().to_numpy()
    stratum = table.groupby(unit)["stratum"].first()
    factor = np.zeros((len(stratum), draws))
    for _, places in stratum.groupby(stratum).groups.items():
        n = len(places)
        factor[places] = rng.multinomial(n - 1, np.full(n, 1 / n), draws).T * n / (n - 1)
    names = [f"r{i}" for i in range(draws)]
    weights = pd.DataFrame(factor[unit] * table[["weight"]].to_numpy(), columns=names)
    return ps.Survey(table.join(weights), weight="weight", replicates=ps.Replicates(names))


SAMPLE = pd.read_csv(FILES / "sample.csv")
SAMPLE["aid"] = np.maximum(0, 4000 - SAMPLE["income"]) * (1 + SAMPLE.index % 5)
SAMPLE["poor"] = (SAMPLE["income"] * (1 + (SAMPLE.index * 7 % 11) / 8) < 3500).astype(float)
SAMPLE["score"] = -SAMPLE["income"].round(-2)
SAMPLE["need"] = SAMPLE["income"].round(-3)  # many ties
RANKED = {
    "curve": lambda svy: ps.concentration_curve(svy, "aid", "income", [0.1, 0.3, 0.5]),
    "listed": lambda svy: ps.concentration_curve(svy, "poor", "income", [0.1, 0.2, 0.3]),
    "tied": lambda svy: ps.concentration_curve(svy, "poor", "need", [0.05, 0.3]),
    "index": lambda svy: ps.concentration_index(svy, "aid", "income"),
    "ratio": lambda svy: ps.share_to_poorest(svy, "poor", "income"),
    "auc": lambda svy: ps.auc(svy, "score"),
}


@pytest.mark.parametrize("name", RANKED)
def test_errors_by_ranks_are_those_of_a_bootstrap(name):
    """With 400 draws the bootstrap's own noise is 3.5 percent."""
    linear = numbers(RANKED[name](survey(table=SAMPLE)))
    drawn = numbers(RANKED[name](bootstrap(SAMPLE, 400)))
    assert drawn[:, 0] == exactly(linear[:, 0])
    assert linear[:, 1] == pytest.approx(drawn[:, 1], rel=0.12)


SMOOTH = {
    "errors": lambda svy, by: ps.targeting_errors(svy, transfer="aid", by=by),
    "agreement": lambda svy, by: ps.agreement(svy, "water", "fuel", by=by),
    "match": lambda svy, by: ps.match_rate(svy, SUITS, by=by),
    "index": lambda svy, by: ps.concentration_index(svy, "aid", "income", by=by),
    "auc": lambda svy, by: ps.auc(svy, "score", by=by),
    "difference": lambda svy, by: ps.targeting_difference(svy, "year", **DIFFERENCE),
}


@pytest.mark.parametrize("by", [None, "province"])
@pytest.mark.parametrize("name", SMOOTH)
def test_influences_are_derivatives_by_the_weights(name, by):
    """What each row adds to the error is what its weight does to the estimate."""
    table = TABLE[:120].assign(income=TABLE["income"].round(-2)[:120], row=np.arange(120))
    found = SMOOTH[name](ps.Survey(table, weight="weight", psu="row"), by)
    influences = found.totals.second if found.mix is None else found.totals.second @ found.mix
    for row in (0, 7, 31, 119):
        moved = []
        for step in (-1e-4, 1e-4):
            weight = table["weight"].mask(table["row"] == row, table["weight"] * (1 + step))
            again = SMOOTH[name](ps.Survey(table.assign(weight=weight), weight="weight"), by)
            moved.append(again.table["estimate"].to_numpy())
        wanted = (moved[1] - moved[0]) / 2e-4
        assert influences.toarray()[row] == pytest.approx(wanted, abs=1e-7)


# Engines, replicates, missing ---------------------------------------------------------------

EVERY = {
    "errors": lambda svy: ps.targeting_errors(svy, transfer="aid", by=["assessor", "province"]),
    "difference": lambda svy: ps.targeting_difference(svy, ["province", "year"], **DIFFERENCE),
    "agreement": lambda svy: ps.agreement(svy, "water", "fuel", by="province"),
    "match": lambda svy: ps.match_rate(svy, SUITS, by="cause"),
    "roc": lambda svy: ps.roc_curve(svy, "income", by="province"),
    "auc": lambda svy: ps.auc(svy, "score", by="province"),
    "curve": lambda svy: ps.concentration_curve(svy, "aid", "income", by="province"),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("name", EVERY)
def test_every_engine_gives_the_same(name, design, engine):
    wanted = EVERY[name](survey(design))
    found = EVERY[name](survey(design, ENGINES[engine](TABLE)))
    assert numbers(found) == pytest.approx(numbers(wanted), rel=1e-8, abs=1e-10)
    keys = [one for one in wanted.table if one not in ("estimate", "n", "population")]
    assert found.table[keys].to_numpy().tolist() == wanted.table[keys].to_numpy().tolist()
    assert found.table["n"].tolist() == wanted.table["n"].tolist()


@pytest.mark.parametrize("name", EVERY)
def test_replicate_weights_give_the_spread_of_their_estimates(name):
    svy = bootstrap(TABLE, 6)
    found = EVERY[name](svy)
    full = numbers(EVERY[name](survey()))[:, 0]
    assert numbers(found)[:, 0] == exactly(full)
    if name != "roc":  # whose cut-offs hang on the full weights
        moved = [
            numbers(EVERY[name](ps.Survey(svy.data, weight=one)))[:, 0]
            for one in svy.replicates.columns
        ]
        wanted = np.sqrt(((np.array(moved) - full) ** 2).mean(axis=0))
        assert numbers(found)[:, 1] == pytest.approx(wanted, abs=1e-9)


def test_rows_that_lack_a_judgement_are_refused_or_counted():
    table = TABLE.assign(cause=TABLE["cause"].mask(TABLE.index < 5))
    refused(lambda: ps.match_rate(survey(table=table), SUITS), "5 rows have no measure or no cause")
    found = ps.match_rate(ps.Survey(table, weight="weight", missing="drop"), SUITS)
    rest = ps.match_rate(ps.Survey(TABLE[5:], weight="weight"), SUITS)
    assert found.dropped == 5 and numbers(found)[:, 0] == exactly(numbers(rest)[:, 0])
    table = TABLE.assign(listed=TABLE["listed"].mask(TABLE.index < 3))
    refused(lambda: ps.targeting_errors(survey(table=table)), "3 rows have no listed")


@pytest.mark.parametrize("call, words", [
    (lambda svy: ps.targeting_errors(svy, listed="row"), "neither 1 (yes) nor 0 (no)"),
    (lambda svy: ps.targeting_errors(svy, listed="nothing"), "lacks a column"),
    (lambda svy: ps.targeting_errors(TABLE), "takes a Survey"),
    (lambda svy: ps.targeting_errors(svy, transfer="minus"), "0 or more"),
    (lambda svy: ps.targeting_difference(svy, "row", **DIFFERENCE), "for one assessor alone"),
    (lambda svy: ps.targeting_difference(svy, "assessor", **DIFFERENCE), "by other columns"),
    (lambda svy: ps.targeting_difference(svy, "year", base="cadre", value="x"), "two that the"),
    (lambda svy: ps.targeting_difference(svy, "component", **DIFFERENCE), "that the result has"),
    (lambda svy: ps.roc_curve(svy, "score", by="cutoff"), "that the result has"),
    (lambda svy: ps.match_rate(svy, {"illness": "aid"}), "'no skill': ()"),
    (lambda svy: ps.match_rate(svy, ["aid"]), "is a dict"),
    (lambda svy: ps.agreement(svy, "water", "water"), "two columns"),
    (lambda svy: ps.concentration_curve(svy, "none", "income", by="province"), "Nobody has any"),
    (lambda svy: ps.concentration_curve(svy, "aid", "income", 1.5), "between 0 and 1"),
    (lambda svy: ps.roc_curve(svy, "score", cutoffs=[np.nan]), "Cut-offs are numbers"),
    (lambda svy: ps.roc_curve(TABLE, "score"), "takes a Survey"),
    (lambda svy: ps.roc_curve(svy, "score", poor="row"), "neither 1 (poor) nor 0 (not poor)"),
    (lambda svy: ps.auc(svy, "score", poor="row"), "neither 1 (poor) nor 0 (not poor)"),
])  # fmt: skip
def test_what_cannot_be_answered_is_refused(call, words):
    refused(lambda: call(survey(table=TABLE.assign(minus=-TABLE["aid"], none=0))), words)


# What must hold -----------------------------------------------------------------------------

PEOPLE = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.integers(0, 5), st.integers(1, 9)),
    min_size=3, max_size=25,
)  # fmt: skip


def small(people):
    return pd.DataFrame(people, columns=["poor", "listed", "score", "w"]).astype(float)


@given(PEOPLE, st.randoms(use_true_random=False), st.sampled_from([0.001, 3.0, 1e6]))
@examples(40)
def test_neither_the_order_of_rows_nor_the_scale_of_weights_matters(people, random, scale):
    table = small(people).assign(benefit=1.0)
    other = table.iloc[random.sample(range(len(table)), len(table))]
    other = other.assign(w=other["w"] * scale)
    calls = [
        ps.targeting_errors, lambda svy: ps.auc(svy, "score"),
        lambda svy: ps.agreement(svy, "poor", "listed"),
        lambda svy: ps.concentration_curve(svy, "benefit", "score", [0.3, 0.5]),
        lambda svy: ps.concentration_index(svy, "benefit", "score"),
    ]  # fmt: skip
    for call in calls:
        one, two = (numbers(call(ps.Survey(x, weight="w"))) for x in (table, other))
        assert one == pytest.approx(two, rel=1e-7, abs=1e-7, nan_ok=True)


@given(PEOPLE)
@examples(60)
def test_rates_are_shares_that_belong_together(people):
    table = small(people)
    found = of(ps.targeting_errors(ps.Survey(table, weight="w")))
    rates = [value for name, value in found.items() if name != "targeting ratio"]
    assert all(np.isnan(x) or -1e-12 <= x <= 1 + 1e-12 for x in rates)
    wrong = np.average(table["poor"] != table["listed"], weights=table["w"])
    assert found["mistargeted"] == pytest.approx(wrong)
    if found["coverage"] > 0 and found["poor"] > 0:
        ratio = (1 - found["inclusion error of the listed"]) / found["poor"]
        assert found["targeting ratio"] == pytest.approx(ratio)
        same = (1 - found["exclusion error of the poor"]) / found["coverage"]
        assert found["targeting ratio"] == pytest.approx(same)


@given(PEOPLE)
@examples(60)
def test_auc_is_that_of_mann_and_whitney(people):
    table = small(people)
    found = numbers(ps.auc(ps.Survey(table), "score"))[0, 0]
    poor, others = (table.loc[table["poor"] == x, "score"] for x in (1, 0))
    if len(poor) and len(others):
        u = stats.mannwhitneyu(poor, others, method="asymptotic").statistic
        assert found == pytest.approx(u / len(poor) / len(others))
    else:
        assert np.isnan(found)


@given(PEOPLE)
@examples(40)
def test_weights_count_as_rows(people):
    table = small(people)
    rows = table.loc[table.index.repeat(table["w"].astype(int))]
    for call in (ps.targeting_errors, lambda svy: ps.auc(svy, "score"),
                 lambda svy: ps.agreement(svy, "poor", "listed")):  # fmt: skip
        one, two = (numbers(call(x))[:, 0] for x in (ps.Survey(table, weight="w"), ps.Survey(rows)))
        assert one == pytest.approx(two, nan_ok=True)
