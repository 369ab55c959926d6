"""Adjusted effects, balance, what was left out: against statsmodels, a bootstrap, known truth."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
from conftest import draws
from scipy import stats
from statsmodels.treatment.treatment_effects import TreatmentEffect

import povstudy as ps
from povstudy.survey.models.logit import multinomial

ARMS = np.array(["none", "administrative", "social_work"])
COVARIATES = ["assets", "age"]


def drawn(rng, villages=60, size=25, bent=0.0):
    """Households in villages that are helped or not together, by what they own and a lot."""
    village = np.repeat(np.arange(villages), size)
    n = len(village)
    shared = rng.normal(size=villages)[village]
    assets = 0.6 * shared + 0.8 * rng.normal(size=n)
    age = rng.normal(size=n)
    pull = np.column_stack([np.zeros(n), 0.5 * assets - 0.3, 0.4 * age - 0.5 * assets])
    pull += rng.gumbel(size=(n, 3))
    arm = pull.argmax(axis=1)
    effect = np.array([0, 0.2, 0.5])[arm]
    y = assets + 0.5 * age + bent * assets**2 + effect + 0.3 * rng.normal(size=villages)[village]
    return pd.DataFrame({"village": village, "assets": assets, "age": age, "approach": ARMS[arm],
                         "income": y + rng.normal(size=n)})  # fmt: skip


TABLE = drawn(np.random.default_rng(4))


def of(found):
    table = found.tidy().set_index(["term", "arm"])
    return table[["estimate", "std_error"]]


def refused(call, *words):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


def test_two_arms_are_those_of_statsmodels_with_its_errors():
    two = TABLE[TABLE["approach"] != "administrative"].reset_index(drop=True)
    found = of(ps.adjusted_effects(two, "income", covariates=COVARIATES))
    x, helped = sm.add_constant(two[COVARIATES]), (two["approach"] == "social_work").astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chances = sm.Logit(helped, x).fit(disp=0)
        peer = TreatmentEffect(sm.OLS(two["income"], x), helped, results_select=chances)
        told = peer.aipw(return_results=True).summary_frame()
    wanted = told.loc[["POM0", "POM1", "ATE"], ["coef", "std err"]].to_numpy()
    assert found["estimate"].to_numpy() == pytest.approx(wanted[:, 0], abs=1e-7)
    factor = np.sqrt(len(two) / (len(two) - 1))
    assert found["std_error"].to_numpy() == pytest.approx(factor * wanted[:, 1], rel=1e-4)


def test_a_logit_takes_columns_that_say_the_same_and_ends_where_arms_are_apart():
    x = np.column_stack([np.ones(len(TABLE)), TABLE[COVARIATES].to_numpy(dtype=float)])
    code, weights = (TABLE["approach"] != "none").to_numpy().astype(int), np.full(len(x), 2.0)
    chances, _, slopes = multinomial(x, code, weights)
    peer = sm.Logit(code, x).fit(disp=0, tol=1e-14)
    assert slopes[0] == pytest.approx(peer.params, rel=1e-11)
    twice = np.column_stack([x, x[:, 1]])
    assert multinomial(twice, code, weights)[0] == pytest.approx(chances, rel=1e-11)
    apart, _, _ = multinomial(np.column_stack([x, code]), code, weights)
    assert apart[np.arange(len(x)), code].min() > 1 - 1e-8


def test_chances_of_three_arms_are_those_of_statsmodels():
    found = ps.propensities(TABLE, COVARIATES)[list(ARMS)].to_numpy()
    codes = pd.Categorical(TABLE["approach"], ARMS).codes
    peer = sm.MNLogit(codes, sm.add_constant(TABLE[COVARIATES])).fit(disp=0, method="newton")
    assert found == pytest.approx(np.asarray(peer.predict()), abs=1e-6)


def test_errors_and_those_of_contrasts_are_those_of_a_bootstrap_of_villages():
    found = ps.adjusted_effects(TABLE, "income", covariates=COVARIATES, cluster="village")
    step = found.contrast("arm", "social_work", "administrative")
    told = np.r_[of(found)["std_error"], of(step)["std_error"].iloc[1]]
    rng = np.random.default_rng(0)
    rows = TABLE.groupby("village").indices
    names, found_again = list(rows), []
    runs, wider = draws(120, 60)
    for _ in range(runs):
        drawn_rows = np.concatenate([rows[one] for one in rng.choice(names, len(names))])
        again = TABLE.iloc[drawn_rows]
        made = of(ps.adjusted_effects(again, "income", covariates=COVARIATES, least=1e-3))
        made = made["estimate"]
        found_again.append([*made, made.iloc[4] - made.iloc[3]])
    assert told == pytest.approx(np.std(found_again, axis=0), rel=0.2 * wider)
    alone = np.sqrt((of(found)["std_error"].iloc[3:] ** 2).sum())
    assert told[-1] < 0.95 * alone  # arms share the base


@pytest.mark.parametrize("wrong", ["regression", "chances"])
def test_one_wrong_model_gives_no_bias_and_intervals_hold(wrong):
    """Truth .2 and .5; ``bent`` spoils the linear regression, a lack of age the chances."""
    rng, rows = np.random.default_rng(11), []
    runs, wider = draws(100, 50)
    for _ in range(runs):
        table = drawn(rng, villages=40, size=15, bent=0.5 if wrong == "regression" else 0)
        if wrong == "chances":  # helped by a bent rule, the regression is right
            helped = np.abs(table["assets"]) + rng.normal(size=len(table)) > 1
            table["income"] += 0.5 * helped - np.where(table["approach"] == "none", 0,
                np.where(table["approach"] == "social_work", 0.5, 0.2))  # fmt: skip
            table["approach"] = np.where(helped, "social_work", "none")
        made = ps.adjusted_effects(table, "income", covariates=COVARIATES, cluster="village",
                                   least=1e-3)  # fmt: skip
        made = made.tidy().set_index(["term", "arm"]).loc[("effect", "social_work")]
        rows.append([made["estimate"] - 0.5, made["std_error"],
                     made["ci_low"] <= 0.5 <= made["ci_high"]])  # fmt: skip
    bias, error, held = np.array(rows, dtype=float).T
    assert abs(bias.mean()) < 3 * bias.std() / np.sqrt(len(bias))
    assert error.mean() == pytest.approx(bias.std(), rel=0.2 * wider)
    assert abs(held.mean() - 0.94) <= 0.05 * wider


def test_an_outcome_from_before_the_help_is_a_negative_control():
    """Help was aimed by assets: seen as an effect without them, gone with them."""
    table = TABLE.assign(before=TABLE["assets"] + np.random.default_rng(1).normal(size=len(TABLE)))
    plain = ps.adjusted_effects(table, "before", cluster="village").tidy().iloc[3:]
    fair = ps.adjusted_effects(table, "before", covariates="assets", cluster="village")
    fair = fair.tidy().iloc[3:]
    assert (abs(plain["estimate"] / plain["std_error"]) > 3).all()
    assert (abs(fair["estimate"] / fair["std_error"]) < 2.5).all()


def test_without_covariates_effects_are_differences_of_means_in_any_design():
    table = TABLE.assign(w=1 + TABLE["age"].abs(), region=TABLE["village"] % 3)
    svy = ps.Survey(table, weight="w", strata="region", psu="village")
    found = ps.adjusted_effects(svy, "income")
    wanted = ps.mean(svy, "income", by="approach")
    assert of(found).loc["mean"].loc[list(ARMS)].to_numpy() == pytest.approx(
        wanted.tidy().set_index("approach").loc[list(ARMS), ["estimate", "std_error"]].to_numpy()
    )
    step = wanted.contrast("approach", "social_work", "none").tidy()
    assert of(found).loc[("effect", "social_work")].tolist() == pytest.approx(
        step[["estimate", "std_error"]].iloc[0].tolist()
    )
    assert found.tidy()["df"].unique().tolist() == [57]


def test_words_as_covariates_polars_and_scale_change_nothing():
    table = TABLE.assign(region=np.array(["plain", "hill", "mountain"])[TABLE["village"] % 3])
    table["hill"], table["plain"] = table["region"] == "hill", table["region"] == "plain"
    covariates = {"words": ["assets", "region"], "marks": ["assets", "hill", "plain"]}
    made = [of(ps.adjusted_effects(table, "income", covariates=one, cluster="village"))
            for one in covariates.values()]  # fmt: skip
    scaled = table.assign(assets=1e6 + 1e3 * table["assets"])
    made.append(of(ps.adjusted_effects(pl.from_pandas(scaled), "income", cluster="village",
                                       covariates=covariates["words"])))  # fmt: skip
    assert made[0].to_numpy() == pytest.approx(made[1].to_numpy(), rel=1e-8)
    assert made[0].to_numpy() == pytest.approx(made[2].to_numpy(), rel=1e-6)


def test_logit_regressions_of_a_rare_outcome():
    table = TABLE.assign(poor=(TABLE["income"] < -0.5).astype(int))
    line = of(ps.adjusted_effects(table, "poor", covariates=COVARIATES, cluster="village"))
    bent = of(ps.adjusted_effects(table, "poor", covariates=COVARIATES, cluster="village",
                                  model="logit"))  # fmt: skip
    assert (abs(line["estimate"] - bent["estimate"]) < 0.5 * line["std_error"]).all()
    assert bent.loc["mean", "estimate"].between(0, 1).all()
    assert (bent["std_error"] < 1.02 * line["std_error"]).all()
    call = lambda: ps.adjusted_effects(table, "income", model="logit")  # noqa: E731
    refused(call, "neither 1 (yes) nor 0")


def test_replicate_weights_of_a_jackknife_give_the_error_of_clusters():
    small = TABLE[TABLE["village"] < 30]
    names = [f"r{v}" for v in range(30)]
    weights = {f"r{v}": np.where(small["village"] == v, 0, 30 / 29) for v in range(30)}
    table = small.assign(w=1.0, **weights)
    svy = ps.Survey(table, weight="w", replicates=ps.Replicates(names, "jackknife"))
    found = of(ps.adjusted_effects(svy, "income", covariates=COVARIATES))
    wanted = of(ps.adjusted_effects(small, "income", covariates=COVARIATES, cluster="village"))
    assert found["estimate"].to_numpy() == pytest.approx(wanted["estimate"].to_numpy())
    assert found["std_error"].to_numpy() == pytest.approx(wanted["std_error"].to_numpy(), rel=0.05)


def test_interaction_of_money_and_skill_is_that_of_least_squares_by_village():
    rng = np.random.default_rng(8)
    table = TABLE.assign(platform=rng.random(len(TABLE)) < 0.5, skill=rng.random(len(TABLE)) < 0.4)
    table["income"] += 0.3 * table["platform"] * table["skill"]
    found = ps.two_by_two(table, "income", skill="skill", cluster="village")
    both = table["platform"] * table["skill"]
    x = np.column_stack([np.ones(len(table)), table["platform"], table["skill"], both]) * 1.0
    fit = sm.OLS(table["income"].to_numpy(), x).fit(
        cov_type="cluster", cov_kwds={"groups": table["village"], "use_correction": False}
    )
    told = of(found)
    factor = np.sqrt(60 / 59)
    for at, key in ((1, ("effect", "platform")), (2, ("effect", "skill")),
                    (3, ("interaction", "both"))):  # fmt: skip
        assert told.loc[key].tolist() == pytest.approx([fit.params[at], factor * fit.bse[at]])
    assert told.loc[("mean", "neither"), "estimate"] == pytest.approx(fit.params[0])
    covered = ps.two_by_two(table, "income", "platform", "skill", COVARIATES, cluster="village")
    assert of(covered).loc[("interaction", "both"), "std_error"] < fit.bse[3]
    assert covered.tidy()["n"].iloc[-1] == len(table)


# Balance and overlap ------------------------------------------------------------------------


def test_weighting_brings_balance_and_costs_rows():
    found = ps.balance(TABLE, COVARIATES)
    one = found.query("arm == 'administrative' and covariate == 'assets'").iloc[0]
    a, b = (TABLE.loc[TABLE["approach"] == x, "assets"] for x in ("administrative", "none"))
    spread = np.sqrt((a.var(ddof=0) + b.var(ddof=0)) / 2)
    assert one["difference"] == pytest.approx((a.mean() - b.mean()) / spread)
    assert one["variance_ratio"] == pytest.approx(a.var(ddof=0) / b.var(ddof=0))
    assert found["adjusted"].abs().max() < 0.07 < 0.3 < found["difference"].abs().max()
    worth = ps.overlap(TABLE, COVARIATES)
    chances = ps.propensities(TABLE, COVARIATES)
    own = 1 / chances.loc[chances["arm"] == "none", "none"]
    assert worth["effective_n"].iloc[0] == pytest.approx(own.sum() ** 2 / (own**2).sum())
    assert worth["n"].sum() == len(TABLE) and (worth["effective_n"] < worth["n"]).all()
    assert chances[list(ARMS)].sum(axis=1).to_numpy() == pytest.approx(1)


def test_arms_that_do_not_overlap_are_shown_and_refused():
    table = TABLE.assign(approach=np.where(TABLE["assets"] > 0, "social_work", "none"))
    worth = ps.overlap(table, "assets")
    assert worth["below"].sum() > 100 and worth["lowest"].max() < 0.01
    refused(lambda: ps.adjusted_effects(table, "income", covariates="assets"),
            "do not overlap", "chance", "ps.overlap")  # fmt: skip


# What was left out --------------------------------------------------------------------------


def with_partial(rng, treated, y, rest, of_treatment, of_outcome):
    """Something left out that explains just these shares of the treatment and the outcome."""
    clean = lambda v, *x: v - np.column_stack(x) @ np.linalg.lstsq(  # noqa: E731
        np.column_stack(x), v, rcond=None)[0]  # fmt: skip
    unit = lambda v: v / np.linalg.norm(v)  # noqa: E731
    d = unit(clean(treated, *rest))
    e = unit(clean(y, treated, *rest))
    free = unit(clean(rng.normal(size=len(y)), treated, y, *rest))
    z = np.sqrt(of_outcome) * e + np.sqrt(1 - of_outcome) * free
    return np.sqrt(of_treatment) * d + np.sqrt(1 - of_treatment) * z


def test_something_as_strong_as_the_robustness_value_brings_the_effect_to_zero():
    rng = np.random.default_rng(3)
    table = TABLE.assign(helped=(TABLE["approach"] != "none").astype(float))
    found = ps.robustness_value(table, "income", "helped", COVARIATES)
    value = found["robustness_value"].iloc[0]
    ones, (helped, y) = np.ones(len(table)), (table[x].to_numpy() for x in ("helped", "income"))
    rest = [ones, table["assets"].to_numpy(), table["age"].to_numpy()]
    z = with_partial(rng, helped, y, rest, value, value)
    fit = sm.OLS(y, np.column_stack([helped, *rest, z])).fit()
    assert fit.params[0] == pytest.approx(0, abs=1e-9)
    assert found["estimate"].iloc[0] == pytest.approx(
        sm.OLS(y, np.column_stack([helped, *rest])).fit().params[0]
    )
    for row in found.iloc[1:].itertuples():
        z = with_partial(rng, helped, y, rest, row.of_treatment, row.of_outcome)
        fit = sm.OLS(y, np.column_stack([helped, *rest, z])).fit()
        assert fit.params[0] == pytest.approx(row.estimate, rel=1e-7)
    edge = found["robustness_of_interval"].iloc[0]
    z = with_partial(rng, helped, y, rest, edge, edge)
    fit = sm.OLS(y, np.column_stack([helped, *rest, z])).fit()
    assert fit.conf_int()[0][0] == pytest.approx(0, abs=1e-9)


def test_the_published_robustness_value_of_darfur():
    """Cinelli and Hazlett 2020, table 1: t = 4.18, 783 df: 13.9 and 7.6 percent, R2 2.2."""
    rng = np.random.default_rng(0)
    helped = np.r_[np.ones(400), np.zeros(385)]
    noise = rng.normal(size=785)
    x = np.column_stack([helped, np.ones(785)])
    noise -= x @ np.linalg.lstsq(x, noise, rcond=None)[0]
    scale = np.sqrt(noise @ noise / 783 * np.linalg.inv(x.T @ x)[0, 0])
    table = pd.DataFrame({"helped": helped, "y": noise + 4.18 * scale * helped})
    found = ps.robustness_value(table, "y", "helped").iloc[0]
    names = ["robustness_value", "robustness_of_interval", "partial_r2"]
    assert found[names].astype(float).round(3).tolist() == [0.139, 0.076, 0.022]


@pytest.mark.parametrize("t", [3.0, 4.5, 8.0, 40.0])
@pytest.mark.parametrize("rows", [6, 8, 40])
def test_the_robustness_of_an_interval_is_what_the_worst_left_out_needs(rows, t):
    """A search over all pairs of shares up to it: at it, and not below, an interval reaches zero."""
    df = rows - 2
    rng, helped = np.random.default_rng(1), (np.arange(rows) % 2).astype(float)
    x = np.column_stack([helped, np.ones(rows)])
    noise = rng.normal(size=rows)
    noise -= x @ np.linalg.lstsq(x, noise, rcond=None)[0]
    scale = np.sqrt(noise @ noise / df * np.linalg.inv(x.T @ x)[0, 0])
    table = pd.DataFrame({"helped": helped, "y": noise + t * scale * helped})
    found = ps.robustness_value(table, "y", "helped")["robustness_of_interval"].iloc[0]
    size, least = t / np.sqrt(df), stats.t.ppf(0.975, df - 1) / np.sqrt(df - 1)

    def left(share):
        of_outcome = np.linspace(0, share, 20_001)
        made = size * np.sqrt(1 - share) - np.sqrt(of_outcome * share)
        return (made / np.sqrt(1 - of_outcome)).min()

    if size <= least:
        assert found == 0
    else:
        assert left(found) == pytest.approx(least, rel=1e-5)
        assert left(found * 0.99) > least


# Bad input ----------------------------------------------------------------------------------


def test_what_cannot_be_compared_is_refused_in_words():
    ask = lambda table=TABLE, outcome="income", **more: ps.adjusted_effects(  # noqa: E731
        table, outcome, **{"covariates": COVARIATES, "cluster": "village", **more}
    )
    one = (TABLE["village"] == 3) | (TABLE["approach"] != "social_work")
    refused(lambda: ask(TABLE[one]), "one cluster", "'social_work'")
    refused(lambda: ask(base="nothing"), "base is no arm", "administrative")
    refused(lambda: ask(TABLE.assign(income=1.0)), "same for all", "income")
    refused(lambda: ask(TABLE.assign(copy=TABLE["age"]), covariates=["age", "copy"]), "copy")
    refused(lambda: ask(TABLE.assign(flat=2.0), covariates=["flat"]), "constant", "flat")
    refused(lambda: ask(covariates=["income"]), "neither the arm nor the outcome")
    refused(lambda: ask(covariates=["wealth"]), "lacks a column", "wealth")
    refused(lambda: ask(model="probit"), "model= is one of")
    refused(lambda: ask(arm="age"), "base is no arm")
    refused(lambda: ask(ps.Survey(TABLE)), "brings its own")
    holed = TABLE.assign(age=TABLE["age"].where(TABLE.index != 7))
    refused(lambda: ask(holed), "1 rows have no age", "row 7")
    lost = TABLE.assign(approach=TABLE["approach"].where(TABLE.index != 7))
    refused(lambda: ask(lost), "1 rows have no approach", "row 7")
    tiny = TABLE.groupby("approach").head(3)
    refused(lambda: ask(tiny, cluster=None), "no more rows than")
    refused(lambda: ps.balance(TABLE, []), "nothing to compare")
    marks = TABLE.assign(platform=2, social_work=1)
    refused(lambda: ps.two_by_two(marks, "income"), "neither 1 (yes) nor 0", "platform")
    full = TABLE.assign(platform=1, social_work=TABLE["age"] > 0)
    refused(lambda: ps.two_by_two(full, "income"), "no more rows", "'neither'")


def test_rows_left_out_are_counted_and_move_nothing():
    holed = TABLE.assign(age=TABLE["age"].where(TABLE.index % 50 != 7))
    svy = ps.Survey(holed, psu="village", missing="drop")
    found = ps.adjusted_effects(svy, "income", covariates=COVARIATES)
    kept = holed.dropna()
    wanted = ps.adjusted_effects(kept, "income", covariates=COVARIATES, cluster="village")
    assert found.dropped == len(TABLE) - len(kept) == 30
    assert of(found).to_numpy() == pytest.approx(of(wanted).to_numpy())
    assert found.tidy()["population"].unique().tolist() == [len(kept)]


def test_a_covariate_that_explains_all_leaves_the_effect_where_it_is():
    x = np.random.default_rng(0).normal(size=60)
    table = pd.DataFrame({"y": x, "x": x, "helped": np.arange(60) % 2})
    found = ps.robustness_value(table, "y", "helped", ["x"])
    assert found["robustness_value"][0] == 0
    assert found["estimate"].abs().max() < 1e-9
