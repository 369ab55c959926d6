"""Scores from traits: against R survey and statsmodels, by hand, on a known truth, and what is refused."""

import json
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT
from scipy import stats
from statsmodels.api import WLS, QuantReg

import povstudy as ps
from povstudy.targeting.score.judging import judged

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "proxy.json").read_text("utf-8"))
TABLE = pd.read_csv(FILES / "design.csv").join(pd.read_csv(FILES / "indicators.csv"))
TABLE["mark"] = (TABLE["income"] < 2300) * 1
DESIGNS = {"full": {"strata": "stratum", "psu": "psu"}, "rows": {"strata": "stratum"}}
FORMULA = "log(income) ~ schooling + water + fuel + health"
STRADDLE = "ignore:Sampling units reach"


def world(districts=20, each=60, seed=0, spread=0.4, **more):
    """Households of districts that differ in level, and in what a radio tells."""
    rng = np.random.default_rng(seed)
    of = np.repeat(np.arange(districts), each)
    table = pd.DataFrame({
        "district": of, "village": np.arange(len(of)) // 10, "rooms": rng.integers(1, 7, len(of)),
        "radio": rng.integers(0, 2, len(of)), "roof": rng.choice(["straw", "tile"], len(of)),
        "people": rng.integers(1, 9, len(of)), "w": rng.uniform(1, 3, len(of)),
    })  # fmt: skip
    level, steep = rng.normal(0, spread, districts), rng.normal(0.2, 0.3, districts)
    table["consumption"] = np.exp(
        5 + 0.12 * table["rooms"] + steep[of] * table["radio"] + 0.2 * (table["roof"] == "tile")
        - 0.1 * table["people"] + level[of] + rng.normal(0, 0.4, len(of))
    )  # fmt: skip
    return table.assign(**more)


TRAITS = "log(consumption) ~ rooms + radio + roof + people"


def made(table=None, formula=TRAITS, leave_out="district", weight="w", **more):
    table = world() if table is None else table
    return ps.proxy_means(ps.Survey(table, weight=weight, psu="village"), formula,
                          leave_out=leave_out, **more)  # fmt: skip


def numbers(found, **where):
    table = found.tidy()
    for name, value in where.items():
        table = table[table[name] == value]
    return table[["estimate", "std_error"]].to_numpy()


def refused(call, *words):
    with pytest.raises(ps.base.errors.DataError) as caught:
        call()
    told = str(caught.value)
    assert all(word in told for word in words) and caught.value.remedy, told


# Against R and statsmodels ------------------------------------------------------------


@pytest.mark.filterwarnings(STRADDLE)
@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("kind", ["ols", "logit"])
def test_coefficients_and_their_errors_are_those_of_r(name, kind):
    svy = ps.Survey(TABLE, weight="weight", **DESIGNS[name])
    score = ps.proxy_means(svy, FORMULA, leave_out="province", kind=kind, line=2300)
    found, right = score.tidy(), R[name][kind]
    assert found["term"].tolist() == ["Intercept", "schooling", "water", "fuel", "health"]
    assert found["estimate"].to_numpy() == pytest.approx(right["estimate"], rel=1e-7)
    assert found["std_error"].to_numpy() == pytest.approx(right["se"], rel=1e-6)
    assert score.predicted[:12].to_numpy() == pytest.approx(
        R["out" if kind == "ols" else "chance"], rel=1e-7
    )


@pytest.mark.filterwarnings(STRADDLE)
@pytest.mark.parametrize("name", DESIGNS)
def test_what_a_score_is_worth_out_of_its_places_is_that_of_r(name):
    svy = ps.Survey(TABLE, weight="weight", **DESIGNS[name])
    quality = ps.proxy_means(svy, FORMULA, leave_out="province").quality
    for term, of in (
        ("R2", "r2"),
        ("calibration intercept", "intercept"),
        ("calibration slope", "slope"),
    ):
        found = numbers(quality, term=term, sample="out of sample")[0]
        right = R[name][of]
        assert found == pytest.approx([right["estimate"], right["se"]], rel=1e-7), term


def test_a_logit_of_a_mark_is_that_of_a_line():
    table = world(poor=lambda t: (t["consumption"] < 150) * 1)
    right = TRAITS.partition("~")[2]
    one, two = made(table, "poor ~" + right, kind="logit"), made(table, kind="logit", line=150)
    assert one.predicted.to_numpy() == pytest.approx(two.predicted.to_numpy(), abs=1e-9)
    assert numbers(one.errors(0.3)) == pytest.approx(numbers(two.errors(0.3)), abs=1e-9)
    assert one.scorecard().tidy().equals(two.scorecard().tidy())


def test_quantiles_are_those_of_statsmodels_and_a_weight_is_so_many_rows():
    table = world(w=lambda t: t["rooms"] % 3 + 1.0)
    score = made(table, kind="quantile", quantile=0.3)
    x = score.core.x
    long = np.repeat(np.arange(len(table)), table["w"].astype(int))
    right = QuantReg(np.log(table["consumption"]).to_numpy()[long], x[long]).fit(
        q=0.3, max_iter=5000
    )
    found = score.tidy()
    assert found["estimate"].to_numpy() == pytest.approx(right.params, abs=2e-4)
    plain = ps.proxy_means(ps.Survey(table), TRAITS, leave_out="district", kind="quantile").tidy()
    right = QuantReg(np.log(table["consumption"]).to_numpy(), x).fit(q=0.5)
    assert plain["estimate"].to_numpy() == pytest.approx(right.params, abs=2e-4)
    assert plain["std_error"].to_numpy() == pytest.approx(right.bse, rel=0.15)  # of another kernel


def test_to_leave_out_is_to_fit_the_others():
    table = world()
    score = made(table)
    x, y = score.core.x, np.log(table["consumption"])
    for one in (0, 7):
        here = (table["district"] == one).to_numpy()
        fit = WLS(y[~here], x[~here], table["w"][~here]).fit()
        assert score.predicted[here].to_numpy() == pytest.approx(x[here] @ fit.params, rel=1e-11)


@pytest.mark.parametrize("kind", ["ols", "logit", "quantile"])
def test_what_a_place_has_does_not_move_its_own_predictions(kind):
    table = world(districts=6)
    here = table["district"] == 3
    other = table.assign(consumption=table["consumption"].where(~here, 9 + table["people"]))
    one, two = (made(x, kind=kind, line=150) for x in (table, other))
    assert one.predicted[here].to_numpy() == pytest.approx(two.predicted[here].to_numpy(), abs=1e-6)
    card = [x.scorecard().survey.rows.table["points"][here] for x in (one, two)]
    assert kind == "quantile" or card[0].equals(card[1])
    assert not np.allclose(one.predicted[~here], two.predicted[~here])


# Errors of lists ----------------------------------------------------------------------


def test_errors_are_those_of_a_list_that_is_drawn_up_by_hand():
    score = made(world(w=1.0), line=150)
    table = score.survey.rows.table
    table = table.assign(listed=table["predicted"].rank() <= 360, poor=table["consumption"] < 150,
                         need=-table["predicted"])  # fmt: skip
    svy = ps.Survey(table, weight="w", psu="village")
    right = ps.targeting_errors(svy).tidy().set_index("term")["estimate"]
    found = score.errors(0.3).tidy().set_index("term")["estimate"]
    for name in ("inclusion error of the listed", "exclusion error of the poor", "mistargeted"):
        assert found[name] == pytest.approx(right[name])
    assert numbers(score.errors(0.3), term="auc")[0] == pytest.approx(
        numbers(ps.auc(svy, "need", "poor"))[0]
    )
    ranked = stats.spearmanr(table["consumption"], table["predicted"]).statistic
    assert numbers(score.quality, term="rank correlation", sample="out of sample")[
        0, 0
    ] == pytest.approx(ranked)


def test_a_contest_takes_the_score_as_a_rule():
    score = made(world(line=lambda t: np.where(t["district"] < 10, 120.0, 240.0)), line="line")
    contest = ps.targeting_contest(score.survey, {"formula": "order"}, consumption="consumption",
                                   line="line", coverage=[0.3], beside=())  # fmt: skip
    table = contest.tidy().set_index("term")[["estimate", "std_error"]]
    for term in ("inclusion error of the listed", "exclusion error of the poor", "mistargeted"):
        assert numbers(score.errors(0.3), term=term)[0] == pytest.approx(
            table.loc[term].to_numpy(), rel=1e-6
        ), term


def test_households_of_one_score_share_what_is_left_for_them():
    table = world(districts=4, each=10)
    score = made(table, "log(consumption) ~ radio", line=150, weight=None)
    found = score.errors(0.25).tidy().set_index("term")["estimate"]
    got = score.predicted.to_numpy()
    poor, low = (table["consumption"] < 150).to_numpy(), np.sort(np.unique(got))
    listed, left = np.zeros(40), 10.0
    for value in low:
        tied = got == value
        listed[tied] = min(1, left / tied.sum())
        left -= listed[tied].sum()
    assert found["exclusion error of the poor"] == pytest.approx(
        1 - listed[poor].sum() / poor.sum()
    )
    assert found["inclusion error of the listed"] == pytest.approx(1 - listed[poor].sum() / 10)


@pytest.mark.parametrize("line", [150, None])
def test_errors_of_errors_are_those_of_drawing_villages_anew(line):
    """Bootstrap over villages, of the measures at predictions that stay as they are."""
    score = made(world(districts=20, each=80), line=line)
    table, rng = score.survey.rows.table, np.random.default_rng(5)
    scores, villages = {"score": ("predicted", "order")}, table["village"].nunique()
    of = lambda w: judged(  # noqa: E731
        score.survey.reopened(table.assign(w=table["w"] * w)), scores, 
        poor=score.poor, coverage=[0.3], column=None,
    )  # fmt: skip
    drawn = rng.multinomial(villages, np.full(villages, 1 / villages), size=200)
    right = np.std([of(one[table["village"]]).table["estimate"] for one in drawn], axis=0)
    assert of(1.0).tidy()["std_error"].to_numpy() == pytest.approx(right, rel=0.18)


# Known truth --------------------------------------------------------------------------


def test_out_of_sample_is_what_fresh_districts_show_and_in_sample_is_not():
    """Truth: the error of formulas from 20 districts in 2,000 fresh ones, over 60 worlds.

    Four traits are of the district alone, and tell nothing: in sample they seem to.
    """
    far = ["east", "north", "high", "wet"]

    def districts(seed, **size):
        table, rng = world(seed=seed, **size), np.random.default_rng(seed + 5000)
        return table.assign(**{one: rng.normal(size=2000)[table["district"]] for one in far})

    fresh, rows = districts(999, districts=2000, each=5), []
    y = np.log(fresh["consumption"])
    for seed in range(60):
        score = made(districts(seed, each=20), f"{TRAITS} + {' + '.join(far)}", weight=None)
        table = score.survey.rows.table
        rows.append([
            *(((table["outcome_"] - table[one]) ** 2).mean() for one in ("fitted_", "predicted")),
            ((y - score.score(fresh)) ** 2).mean(),
        ])  # fmt: skip
        value = score.quality.table.set_index(["sample", "term"])["estimate"]
        assert value["in sample", "R2"] > value["out of sample", "R2"]
    inside, out, truth = np.mean(rows, axis=0)
    assert truth - inside > 0.08
    assert abs(out - truth) < 0.035  # three errors of 60 worlds


# New households -----------------------------------------------------------------------


def test_new_households_are_scored_by_the_fit_of_all():
    table = world()
    score = made(table)
    new = table.sample(30, random_state=1)[["rooms", "radio", "roof", "people"]]
    params = score.tidy().set_index("term")["estimate"]
    by_hand = (params["Intercept"] + params["rooms"] * new["rooms"] + params["radio"] * new["radio"]
               + params["roof[T.tile]"] * (new["roof"] == "tile") + params["people"] * new["people"])  # fmt: skip
    found = score.score(new)
    assert found.to_numpy() == pytest.approx(by_hand.to_numpy()) and found.index.equals(new.index)
    refused(lambda: score.score(new.drop(columns="roof")), "roof")
    refused(lambda: score.score(new.assign(roof="slate")), "roof", "slate")
    hole = new.assign(rooms=new["rooms"].where(new.index != new.index[2]))
    refused(lambda: score.score(hole), "1 households have no rooms")
    drops = ps.proxy_means(
        ps.Survey(table, psu="village", missing="drop"), TRAITS, leave_out="district"
    )
    assert drops.score(hole).isna().to_numpy().nonzero()[0].tolist() == [2]


def test_of_the_same_rows_there_is_no_drift():
    table = world()
    found = made(table, line=150).drift(table, 0.3)
    here, there = (numbers(found, sample=one) for one in ("here", "there"))
    assert here == pytest.approx(there)
    drift = found.contrast("sample", "there", "here").tidy()
    assert np.abs(drift[["estimate", "std_error"]].to_numpy()).max() < 1e-7


def test_drift_is_seen_where_prices_rise_and_traits_tell_less():
    table = world()
    later = table.assign(consumption=1.5 * table["consumption"] ** 0.8)
    found = made(table, line=150).drift(later, 0.3, line=180)
    drift = found.contrast("sample", "there", "here").tidy().set_index("term")
    assert drift.loc["calibration slope", "ci_high"] < 0
    mean = np.log(later["consumption"]) - np.log(table["consumption"])
    assert drift.loc["calibration intercept", "estimate"] == pytest.approx(
        np.average(mean, weights=table["w"])
    )
    apart = made(table, line=150).drift(ps.Survey(later, weight="w", psu="village"), 0.3, line=180)
    assert numbers(apart)[:, 0] == pytest.approx(numbers(found)[:, 0])
    assert apart.tidy()["df"].tolist() == found.tidy()["df"].tolist()
    both = numbers(apart, term="R2")
    error = apart.contrast("sample", "there", "here").tidy()["std_error"].iloc[0]
    assert error == pytest.approx(np.hypot(*both[:, 1]))  # drawn apart, they have no covariance
    refused(lambda: made(table).drift(ps.Survey(later, psu="village")), "same columns")
    refused(lambda: made(table).drift(later.drop(columns="rooms")), "rooms")


# Regressors, tables, lines ------------------------------------------------------------


class Mean:
    """A regressor as other libraries bring them, that predicts means by the first column."""

    def fit(self, X, y, sample_weight=None):
        self.table = pd.DataFrame({"x": X[:, 0], "y": y, "w": sample_weight})
        self.means = self.table.groupby("x")[["y", "w"]].apply(
            lambda t: np.average(t["y"], weights=t["w"])
        )
        return self

    def predict(self, X):
        return self.means.reindex(X[:, 0]).to_numpy()


class Plain(Mean):
    """One that knows no weights."""

    def fit(self, X, y):
        return super().fit(X, y, np.ones(len(y)))


def test_a_regressor_is_copied_and_left_out_too():
    table, model = world(), Mean()
    score = made(table, "log(consumption) ~ rooms + people", kind=model, line=150)
    assert not hasattr(model, "means") and score.kind == "Mean" and score.coefficients is None
    folds = score.places.set_index("district")["fold"]
    assert folds.nunique() == 10
    mine = table["district"].map(folds) == folds[4]
    others = table[~mine]
    mean = others.groupby("rooms")[["consumption", "w"]].apply(
        lambda t: np.average(np.log(t["consumption"]), weights=t["w"])
    )
    here = table["district"] == 4
    assert score.predicted[here].to_numpy() == pytest.approx(mean[table["rooms"][here]].to_numpy())
    assert "10 groups of whole places" in score.summary() and "10组" in score.summary("zh")
    assert score.scorecard().most == 100
    refused(score.tidy, "no coefficients")
    assert numbers(made(table.assign(w=1.0), kind=Plain()).quality)[0, 0] > 0
    refused(lambda: made(table, kind=Plain()), "weights")


def test_a_table_of_polars_gives_the_same():
    table = world()
    one = ps.proxy_means(ps.Survey(table, psu="village"), TRAITS, leave_out="district", line=150)
    two = ps.proxy_means(
        ps.Survey(pl.from_pandas(table), psu="village"), TRAITS, leave_out="district", line=150
    )
    assert numbers(one.errors(0.3)) == pytest.approx(numbers(two.errors(0.3)))
    assert one.scorecard().tidy().equals(two.scorecard().tidy())


def test_replicates_fit_anew():
    table = world(districts=8, each=40)
    names = [f"r{i}" for i in range(32)]
    for i, name in enumerate(names):
        table[name] = np.where(table["village"] == i, 0, table["w"] * 32 / 31)
    svy = ps.Survey(table, weight="w", replicates=ps.Replicates(names, kind="jackknife"))
    found = ps.proxy_means(svy, TRAITS, leave_out="district", line=150)
    right = made(table, line=150)
    assert found.tidy()["std_error"].to_numpy() == pytest.approx(
        right.tidy()["std_error"].to_numpy(), rel=0.2
    )
    assert numbers(found.errors(0.3))[:, 1] == pytest.approx(
        numbers(right.errors(0.3))[:, 1], rel=0.3
    )


def test_a_line_of_each_place_ranks_by_what_is_lacking_to_it():
    table = world(line=lambda t: np.where(t["district"] < 10, 120.0, 240.0))
    score = made(table, line="line")
    order = score.survey.rows.table["order"]
    assert order.to_numpy() == pytest.approx((score.predicted - np.log(table["line"])).to_numpy())
    assert score.coverage[0] == pytest.approx(
        np.average(table["consumption"] < table["line"], weights=table["w"]), abs=1e-4
    )
    relative = made(table, line=ps.relative_line(0.6))
    assert 0 < relative.coverage[0] < 0.5


def test_rows_that_lack_a_trait_are_left_out_and_counted():
    table = world()
    table.loc[5, "rooms"] = np.nan
    table.loc[9, "roof"] = None
    table.loc[11, "district"] = np.nan
    refused(lambda: made(table), "1 rows have no rooms")
    refused(lambda: made(table.assign(rooms=1 + table["people"])), "1 rows have no roof")
    score = ps.proxy_means(
        ps.Survey(table, weight="w", psu="village", missing="drop"),
        TRAITS,
        leave_out="district",
        line=150,
    )
    assert score.predicted.isna().to_numpy().nonzero()[0].tolist() == [5, 9, 11]
    assert score.quality.dropped == 3 and score.quality.tidy()["n"].tolist() == [1197] * 6
    assert "3 left out" in score.summary()
    kept = ps.proxy_means(
        ps.Survey(table.dropna(), weight="w", psu="village"), TRAITS, leave_out="district", line=150
    )
    assert score.tidy()["estimate"].to_numpy() == pytest.approx(kept.tidy()["estimate"].to_numpy())
    assert score.scorecard().tidy().equals(kept.scorecard().tidy())


def test_the_summary_tells_first_what_it_is_worth_where_nobody_was_asked():
    score = made(line=150)
    first, second, *rest = score.summary().splitlines()
    value = score.quality.table.set_index(["sample", "term"])["estimate"]
    assert first.startswith("In places left out (district)")
    assert (
        f"{value['out of sample', 'R2']:.2f}" in first
        and f"{value['in sample', 'R2']:.2f}" in first
    )
    assert "made with the outcome is no score" in second and "of the poor are missed" in rest[0]
    zh = score.summary("zh").splitlines()
    assert zh[0].startswith("在被留出的地方") and len(zh) == len(rest) + 2
    assert "of the poorest 20 % are missed" in made().summary() and made().coverage == [0.2]
    assert repr(score) == score.summary()


def test_the_table_is_not_changed():
    table = world()
    before = table.copy()
    made(table, line=150).scorecard()
    pd.testing.assert_frame_equal(table, before)


# What is refused ----------------------------------------------------------------------

TOO = "no score"


@pytest.mark.parametrize(("more", "formula", "words"), [
    ({}, TRAITS + " + consumption", ["consumption", TOO]),
    ({}, TRAITS + " + sqrt(consumption)", ["consumption", TOO]),
    ({"spent": lambda t: t["consumption"] * 7 + 1}, TRAITS + " + spent", ["spent", TOO]),
    ({"spent": lambda t: np.log(t["consumption"])}, TRAITS + " + spent", ["spent", TOO]),
    ({"spent": lambda t: -t["consumption"] ** 3}, TRAITS + " + spent", ["spent", TOO]),
    ({"food": lambda t: t["consumption"] * (t["people"] / 10), "rest": lambda t: t["consumption"] * (1 - t["people"] / 10)},
     "consumption ~ food + rest", ["together", TOO]),
    ({"consumption": lambda t: t["consumption"].where(t.index != 3, 0.0)}, TRAITS, ["logarithm", "consumption", "row 3"]),
    ({"consumption": lambda t: t["consumption"].where(t.index != 3, -5.0)}, TRAITS, ["logarithm", "-5"]),
    ({"consumption": 7.0}, TRAITS, ["same for all"]),
    ({"district": 1}, TRAITS, ["one place"]),
    ({"roof": lambda t: t["roof"].where(t["district"] != 4, "slate")}, TRAITS, ["roof", "slate", "district 4"]),
    ({"sea": lambda t: (t["district"] == 4) * t["radio"]}, TRAITS + " + sea", ["sea", "one place left out"]),
    ({}, TRAITS + " + C(district)", ["district"]),
    ({"two": lambda t: 2 * t["rooms"]}, TRAITS + " + two", ["two"]),
    ({"one": 1}, TRAITS + " + one", ["constant"]),
    ({}, "rooms + radio", ["outcome by traits"]),
    ({}, "~ rooms", ["outcome by traits"]),
    ({}, "log(consumption) ~ roms", ["roms"]),
    ({}, "consumption + people ~ rooms", ["one column"]),
    ({}, "roof ~ rooms", ["no numbers"]), ({}, "C(rooms) ~ radio", ["one number"]),
    ({"w": lambda t: -t["w"]}, TRAITS, ["usable w"]),
])  # fmt: skip
def test_bad_tables_and_formulas_are_refused(more, formula, words):
    refused(lambda: made(world(**more), formula), *words)


@pytest.mark.parametrize(("more", "words"), [
    ({"kind": "ols2"}, ["Did you mean 'ols'"]), ({"kind": object()}, ["regressor"]), ({"kind": Mean}, ["regressor"]),
    ({"leave_out": None}, ["places", "district"]), ({"leave_out": []}, ["places"]), ({"leave_out": "distrct"}, ["Did you mean 'district'"]),
    ({"kind": "logit"}, ["there is a line"]), ({"kind": "logit", "line": 1e-9}, ["same by this line", "nobody"]), ({"line": 1e9}, ["everybody"]),
    ({"line": -5}, ["line"]), ({"coverage": 30}, ["coverage"]), ({"coverage": [0.1, 0]}, ["coverage"]),
    ({"kind": "quantile", "quantile": 30}, ["quantile"]),
])  # fmt: skip
def test_bad_arguments_are_refused(more, words):
    refused(lambda: made(**more), *words)


def test_no_survey_and_no_place_are_refused():
    refused(lambda: ps.proxy_means(world(), TRAITS, leave_out="district"), "Survey")
    refused(lambda: ps.proxy_means(ps.Survey(world()), TRAITS), "leave_out")


def test_traits_that_part_the_poor_for_sure_are_refused_by_the_logit():
    table = world(poor=lambda t: ((t["rooms"] < 3) & (t["radio"] == 0)) * 1)
    refused(lambda: made(table, "poor ~ C(rooms) * radio", kind="logit"), "for sure")


def test_units_that_reach_over_places_are_told():
    with pytest.warns(ps.DataWarning, match="reach over"):
        ps.proxy_means(ps.Survey(world(), psu="district"), TRAITS, leave_out="village")


# Columns of any type and name ---------------------------------------------------------


def told(score, card=True):
    """All numbers that a score gives."""
    tables = [score.quality.tidy(), score.errors().tidy(), score.tidy()]
    tables += [score.scorecard().errors().tidy()] if card else []
    return np.concatenate([one[["estimate", "std_error"]].to_numpy().ravel() for one in tables])


RIGHT = world(districts=8, each=40)


@pytest.mark.parametrize("more", [
    {"rooms": RIGHT["rooms"].astype(object)}, {"rooms": [Decimal(int(x)) for x in RIGHT["rooms"]]},
    {"rooms": RIGHT["rooms"].astype("Int8")}, {"radio": RIGHT["radio"].astype(bool).astype(object)},
    {"roof": RIGHT["roof"].astype("category")}, {"w": RIGHT["w"] * 1e9}, {"district": RIGHT["district"].astype("Int64")},
    {"consumption": RIGHT["consumption"].astype(object)}, {"consumption": [Decimal(x) for x in RIGHT["consumption"]]},
])  # fmt: skip
def test_numbers_are_the_same_in_whichever_type_they_stand(more):
    assert told(made(RIGHT.assign(**more), line=150)) == pytest.approx(
        told(made(RIGHT, line=150)), rel=1e-8, abs=1e-10
    )


@pytest.mark.parametrize("kind", ["bool", "boolean"])
def test_truth_is_asked_for_and_scored_as_a_mark(kind):
    truth = lambda table: table.assign(radio=table["radio"].astype(kind))  # noqa: E731
    one, two, new = made(RIGHT, line=150), made(truth(RIGHT), line=150), world(seed=3, each=1)
    assert "radio" in set(two.scorecard().tidy()["trait"])
    assert one.scorecard().tidy().equals(two.scorecard().tidy())
    for households in (new, truth(new)):
        assert two.score(households).to_numpy() == pytest.approx(one.score(new).to_numpy())
        assert one.score(households).to_numpy() == pytest.approx(one.score(new).to_numpy())
        assert two.scorecard().points(households).equals(one.scorecard().points(new))


@pytest.mark.parametrize("name", ["weight", "Intercept", "Q", "term", "index", "人口", "sample"])
def test_a_trait_may_bear_any_name(name):
    table = RIGHT.rename(columns={"rooms": name})
    found = made(table, TRAITS.replace("rooms", name), line=150)
    assert told(found) == pytest.approx(told(made(RIGHT, line=150)), rel=1e-10)


@pytest.mark.parametrize("kind", ["ols", "logit", "quantile"])
@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_a_score_does_not_depend_on_the_scale_of_weights_nor_on_rows_without_one(kind, scale):
    rest = RIGHT.assign(w=0.0, consumption=1e9)
    other = pd.concat([RIGHT.assign(w=RIGHT["w"] * scale), rest], ignore_index=True)
    one, two = made(RIGHT, kind=kind, line=150), made(other, kind=kind, line=150)
    assert told(two) == pytest.approx(told(one), rel=1e-7, abs=1e-9)


def test_a_quantile_has_the_least_loss():
    """A linear programme ends where no neighbour is better: as many rows lie on it as slopes."""
    score = made(RIGHT, kind="quantile", quantile=0.3)
    left = score.core.y - score.core.whole.predict(score.core.x)
    assert (np.abs(left) < 1e-9).sum() == score.core.x.shape[1]

    def loss(slopes):
        left = score.core.y - score.core.x @ slopes
        return np.average(left * (0.3 - (left < 0)), weights=RIGHT["w"])

    slopes = score.tidy()["estimate"].to_numpy()
    for near in slopes + np.random.default_rng(1).normal(0, 1e-3, (200, len(slopes))):
        assert loss(near) > loss(slopes)


def test_a_line_that_is_missing_is_a_missing_value():
    table = RIGHT.assign(line=np.where(RIGHT.index < 3, np.nan, 150.0))
    refused(lambda: made(table, line="line"), "3 rows have no line")
    svy = ps.Survey(table, weight="w", psu="village", missing="drop")
    score = ps.proxy_means(svy, TRAITS, leave_out="district", line="line")
    assert score.quality.dropped == 3 and score.predicted.isna().sum() == 3
    refused(lambda: made(RIGHT, line=150).drift(table, line="line"), "3 rows have no line")


@pytest.mark.parametrize(("more", "formula", "words"), [
    ({"rooms": pd.Timestamp("2014-05-01")}, TRAITS, ["rooms", "no numbers"]),
    ({"rooms": [[1]] * len(RIGHT)}, TRAITS, ["rooms", "no numbers"]),
    ({"rooms": RIGHT["rooms"].astype(str)}, "log(consumption) ~ log(rooms)", ["rooms", "no numbers"]),
    ({"consumption": RIGHT["consumption"].astype(str)}, TRAITS, ["consumption", "no numbers"]),
    ({"consumption": RIGHT["consumption"] * 1e200}, "consumption ~ rooms", ["consumption", "too large"]),
    ({"rooms": RIGHT["rooms"] * 1e200}, TRAITS, ["rooms", "too large"]),
    ({"order": RIGHT["rooms"]}, "log(consumption) ~ order", ["column order", "name"]),
    ({}, TRAITS + " + district", ["district", "no trait"]),
])  # fmt: skip
def test_what_no_score_can_be_made_of_is_refused(more, formula, words):
    refused(lambda: made(RIGHT.assign(**more), formula), *words)


def test_a_share_that_is_asked_for_twice_is_told_once():
    score = made(RIGHT, coverage=[0.2, 0.2])
    assert score.coverage == [0.2] and len(score.errors([0.3, 0.3]).tidy()) == 4
    assert score.summary().count("are missed") == 1 and score.scorecard().summary("zh")


def test_drift_needs_the_places_and_who_is_poor_on_both_sides():
    score = made(RIGHT, line=150)
    refused(lambda: score.drift(RIGHT.drop(columns="district")), "district")
    other = RIGHT.assign(district=RIGHT["district"].astype(str))
    refused(lambda: score.drift(other), "district", "two kinds")
    same = score.drift(RIGHT.assign(district=RIGHT["district"].astype("Int64")))
    assert numbers(same) == pytest.approx(numbers(score.drift(RIGHT)))
    refused(lambda: score.drift(RIGHT, line=1e9), "everybody")
    refused(lambda: score.drift(RIGHT.assign(consumption=100.0)), "same for all")
    refused(lambda: made(RIGHT).drift(RIGHT, line=150), "told there and not here")
    table = RIGHT.rename(columns={"village": "sample"})
    svy = ps.Survey(table, psu="sample")
    score = ps.proxy_means(svy, TRAITS, leave_out="district")
    refused(lambda: score.drift(table), "column sample")


def test_what_stands_on_the_left_is_reckoned():
    one = made(RIGHT, "1/consumption ~ rooms + people", line=150)
    table = RIGHT.assign(rarity=1 / RIGHT["consumption"])
    two = made(table, "rarity ~ rooms + people")
    assert one.predicted.to_numpy() == pytest.approx(two.predicted.to_numpy(), rel=1e-9)
    assert numbers(
        made(RIGHT, "-1*consumption ~ rooms + people", line=150).errors()
    ) == pytest.approx(numbers(made(RIGHT, "consumption ~ rooms + people", line=150).errors()))
    refused(lambda: made(RIGHT, "log(consumption) ~ 1"), "same for all")


@pytest.mark.parametrize(("predict", "words"), [
    (lambda x: np.full(len(x), np.nan), ["0 numbers for 40"]), (lambda x: x[:, :2], ["80 numbers for 40"]),
    (lambda x: ["many"] * len(x), ["could not convert"]), (lambda x: 1 / 0, ["ZeroDivisionError"]),
    (lambda x: np.zeros(len(x)), ["same for all"]), (None, ["no such thing"]),
])  # fmt: skip
def test_a_regressor_that_fails_is_heard(predict, words):
    class Odd(Mean):
        def fit(self, X, y, sample_weight=None):
            if predict is None:
                raise ValueError("no such thing")

        def predict(self, X):
            return predict(X)

    refused(lambda: made(RIGHT, kind=Odd()), *words)
