"""Offers that some take up: two-stage least squares, closed forms, known truth, weak offers."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import draws
from statsmodels.sandbox.regression.gmm import IV2SLS

import povstudy as ps


def offers(rng=None, n=600, push=0.8, effect=2.0):
    """Help is offered by village; those who gain from it for reasons not seen take it up more."""
    rng = rng or np.random.default_rng(0)
    village = np.arange(n) // 10
    table = pd.DataFrame({"village": village, "offer": rng.permutation(n // 10)[village] % 2,
                          "age": rng.normal(size=n), "w": rng.uniform(0.5, 2, n)})  # fmt: skip
    pull = rng.normal(size=n)
    table["took"] = (push * table["offer"] + pull + 0.3 * table["age"] > 0.9) * 1
    table["income"] = table["age"] + pull + effect * table["took"] + rng.normal(size=n)
    return table.assign(poor=(table["income"] < 0) * 1)


def of(found, term="effect of take-up"):
    return found[found["term"] == term].reset_index(drop=True)


def robust(table, outcome, cluster=None, weights=None):
    """Two-stage least squares with errors by hand: HC1, or by cluster without a factor."""
    root = np.sqrt(1.0 if weights is None else table[weights] / table[weights].mean())
    x = np.column_stack([table["took"], np.ones(len(table)), table["age"]]) * np.c_[root]
    z = np.column_stack([table["offer"], np.ones(len(table)), table["age"]]) * np.c_[root]
    y = table[outcome].to_numpy() * root
    beta = np.linalg.solve(z.T @ x, z.T @ y)
    score = z * np.c_[y - x @ beta]
    if cluster:
        score = pd.DataFrame(score).groupby(table[cluster].to_numpy()).sum().to_numpy()
    bread = np.linalg.inv(z.T @ x)
    cov = bread @ score.T @ score @ bread.T
    n = len(table)
    return beta[0], np.sqrt(cov[0, 0] * (1 if cluster else n / (n - 3)))


@pytest.mark.parametrize("weights", [None, "w"])
def test_it_is_two_stage_least_squares_with_its_robust_error(weights):
    table = offers()
    found = ps.trial_effects(
        table, "income", "offer", covariates="age", taken="took", weight=weights
    )
    value, error = robust(table, "income", weights=weights)
    late = of(found).iloc[0]
    assert (late["estimate"], late["std_error"]) == pytest.approx((value, error), rel=1e-10)
    if weights is None:
        x = sm.add_constant(table[["took", "age"]]).to_numpy()
        z = sm.add_constant(table[["offer", "age"]]).to_numpy()
        assert late["estimate"] == pytest.approx(
            IV2SLS(table["income"].to_numpy(), x, z).fit().params[1]
        )


def test_without_covariates_it_is_the_ratio_of_two_differences_of_means():
    table = offers()
    found = ps.trial_effects(table, "income", "offer", taken="took", cluster="village")
    means = table.groupby("offer")[["income", "took"]].mean().diff().iloc[1]
    assert found["estimate"].tolist() == pytest.approx(
        [means["income"], means["took"], means["income"] / means["took"]])  # fmt: skip
    assert found["term"].tolist() == ["effect", "take-up", "effect of take-up"]
    cov = found.covariance().to_numpy()
    slope = np.array([1 / means["took"], -means["income"] / means["took"] ** 2])
    assert found["std_error"][2] ** 2 == pytest.approx(slope @ cov[:2, :2] @ slope)
    plain = ps.trial_effects(table, "income", "offer", cluster="village")
    pd.testing.assert_frame_equal(pd.DataFrame(found.iloc[:1]), pd.DataFrame(plain))


def test_errors_of_clusters_are_near_those_by_hand_and_a_survey_brings_its_design():
    table = offers(n=2_000)
    found = of(ps.trial_effects(table, "income", "offer", covariates="age", taken="took",
                                cluster="village", weight="w"))  # fmt: skip
    value, error = robust(table, "income", "village", "w")
    assert found["estimate"][0] == pytest.approx(value, rel=1e-10)
    assert found["std_error"][0] == pytest.approx(error, rel=0.02)  # CR2 takes off the bias
    svy = ps.Survey(table, weight="w", psu="village")
    own = of(ps.trial_effects(svy, "income", "offer", covariates="age", taken="took"))
    numbers = ["estimate", "std_error", "df", "ci_low"]
    pd.testing.assert_frame_equal(own[numbers], found[numbers])


def test_several_outcomes_arms_and_subgroups_each_have_their_own():
    table = offers(n=1_200).assign(
        arm=lambda t: np.where(t["offer"] == 0, "none", np.where(t["village"] % 4 < 2, "visit", "letter")),
        region=lambda t: np.where(t["village"] % 3, "hill", "plain"))  # fmt: skip
    asked = {"arms": "arm", "taken": "took", "subgroup": "region"}
    found = ps.trial_effects(table, ["income", "poor"], **asked)
    for _, row in of(found).iterrows():
        part = table[table["arm"].isin(["none", row["arm"]]) & (table["region"] == row["region"])]
        alone = of(ps.trial_effects(part, row["outcome"], "offer", taken="took"))
        assert row["estimate"] == pytest.approx(alone["estimate"][0])
    assert len(of(found)) == 8 and found["p_romano_wolf"].notna().all()
    assert found.covariance().shape == (len(found), len(found))
    step = found.contrast("visit", "letter")
    assert set(step["term"]) == {"contrast"}
    assert len(found.take_up()) == 8 and set(found.take_up()["arm"]) == {"visit", "letter"}
    assert len(found.verdict().tidy()) == 8 and len(found.bounds()) > 0


def test_who_all_take_it_up_gives_the_effect_of_the_offer():
    table = offers().assign(took=lambda t: t["offer"])
    found = ps.trial_effects(table, "income", "offer", taken="took").set_index("term")
    one, late = found.loc["effect"], found.loc["effect of take-up"]
    assert (one["estimate"], one["std_error"]) == pytest.approx(
        (late["estimate"], late["std_error"])
    )
    assert np.isnan(found.loc["take-up", "std_error"])
    table = ps.trial_effects(table, "income", "offer", taken="took").take_up().iloc[0]
    assert np.isinf(table["f"]) and not table["weak"]
    assert (table["ar_low"], table["ar_high"]) == pytest.approx((table["ci_low"], table["ci_high"]))


@pytest.mark.parametrize("push", [0.8, 0.1])
def test_an_interval_of_anderson_and_rubin_holds_what_is_not_rejected(push):
    table = offers(push=push)
    found = ps.trial_effects(table, "income", "offer", covariates="age", taken="took")
    told = found.take_up().iloc[0]
    first = ps.trial_effects(table, "took", "offer", covariates="age").iloc[0]
    assert told["f"] == pytest.approx((first["estimate"] / first["std_error"]) ** 2)
    assert told["base_take_up"] == pytest.approx(table.loc[table["offer"] == 0, "took"].mean())

    def chance(b):
        moved = table.assign(moved=table["income"] - b * table["took"])
        return ps.trial_effects(moved, "moved", "offer", covariates="age")["p_value"].item()

    if push > 0.5:
        assert not told["weak"] and told["method"] == "Anderson and Rubin"
        assert [chance(told["ar_low"]), chance(told["ar_high"])] == pytest.approx([0.05, 0.05])
    else:
        assert told["weak"] and np.isinf([told["ar_low"], told["ar_high"]]).all()
        assert "any value" in told["method"] or "all but" in told["method"]
        assert min(chance(b) for b in (-50, 50)) > 0.05


def test_a_disjoint_set_says_what_it_leaves_out():
    """An offer that moves the outcome, but hardly anybody's take-up: exclusion fails, or luck."""
    table = offers(push=0.1).assign(income=lambda t: t["income"] + 3 * t["offer"])
    found = ps.trial_effects(table, "income", "offer", covariates="age", taken="took")
    told = found.take_up().iloc[0]
    assert "all but" in told["method"]
    low, high = (float(one) for one in told["method"].split("all but ")[1].split(" to "))
    for b in (low, high):
        moved = table.assign(moved=table["income"] - b * table["took"])
        p = ps.trial_effects(moved, "moved", "offer", covariates="age")["p_value"].item()
        assert p == pytest.approx(0.05, abs=0.002)


def test_the_truth_is_held_as_often_as_is_said_and_by_the_other_interval_if_weak():
    rng, rows = np.random.default_rng(3), []
    runs, wider = draws(300, 100)
    for _ in range(runs):
        for push in (1.0, 0.15):
            told = ps.trial_effects(
                offers(rng, 310, push), "income", "offer", taken="took"
            ).take_up()
            told = told.iloc[0]
            rows.append([push, told["ci_low"] <= 2 <= told["ci_high"],
                         told["ar_low"] <= 2 <= told["ar_high"], told["weak"]])  # fmt: skip
    held = pd.DataFrame(rows, columns=["push", "usual", "ar", "weak"]).groupby("push").mean()
    assert abs(held.loc[1.0, "usual"] - 0.95) < 0.03 * wider
    assert abs(held.loc[1.0, "ar"] - 0.95) < 0.03 * wider
    assert held.loc[0.15, "ar"] > 0.95 - 0.03 * wider
    assert held.loc[0.15, "weak"] > 0.8 and held.loc[1.0, "weak"] < 0.05


def test_it_tells_what_it_is_in_both_languages_and_warns_of_a_weak_offer():
    found = ps.trial_effects(offers(push=0.1), "income", "offer", taken="took")
    assert "works through take-up alone" in found.summary()
    assert found.summary().count("least squares") == 1  # how it was done is told once
    assert "moves take-up little: F is" in found.summary()
    assert "F为" in found.summary("zh") and "Anderson-Rubin区间" in found.summary("zh")
    assert (
        "moves take-up little"
        not in ps.trial_effects(offers(), "income", "offer", taken="took").summary()
    )
    made = ps.tables.estimates_table(found.tidy(), lang="zh")
    assert "对因获邀而参与者的效果" in made.to_string()
    with pytest.raises(ps.DataError, match="Nothing is known") as caught:
        ps.trial_effects(offers(), "income", "offer").take_up()
    assert "taken=" in caught.value.remedy


@pytest.mark.parametrize("kind", ["int8", "boolean", "Int64", "bool", "float", "int64[pyarrow]"])
def test_marks_of_any_type_and_rows_without_are_counted_or_refused(kind):
    table = offers()
    wanted = ps.trial_effects(table, "income", "offer", taken="took")
    kinds = (
        {"took": kind, "offer": kind, "income": "float64[pyarrow]"}
        if "arrow" in kind
        else {"took": kind}
    )
    found = ps.trial_effects(table.astype(kinds), "income", "offer", taken="took")
    assert found["estimate"].tolist() == pytest.approx(wanted["estimate"].tolist())
    gaps = table.assign(took=table["took"].where(table.index % 9 > 0))
    with pytest.raises(ps.DataError, match="have no took"):
        ps.trial_effects(gaps, "income", "offer", taken="took")
    dropped = ps.trial_effects(gaps, "income", "offer", taken="took", missing="drop")
    assert dropped._trial.arms["lost"].sum() == gaps["took"].isna().sum()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"took": lambda t: t["took"] * 3}, ("taken up, or not", "3.0", "table['took'] ==")),
        ({"took": 1}, ("All took it up",)),
        (
            {"took": lambda t: np.tile([0, 1], len(t) // 2)},
            ("does not move take-up", "without taken="),
        ),
        ({"took": lambda t: np.where(t["took"] == 1, "yes", "no")}, ("no numbers",)),
    ],
)
def test_take_up_that_cannot_be_is_refused(more, words):
    with pytest.raises(ps.DataError) as caught:
        ps.trial_effects(offers().assign(**more), "income", "offer", taken="took")
    assert [one for one in words if one not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["f", "weak", "take_up", "ar_low", "estimate"])
def test_a_subgroup_does_not_vanish_behind_a_column_of_results(name):
    table = offers()
    table[name] = np.arange(len(table)) // 20 % 2
    with pytest.raises(ps.DataError, match="name of a column of results"):
        ps.trial_effects(table, "income", "offer", taken="took", subgroup=name)
    if name != "estimate":  # without take-up these names are free
        assert name in ps.trial_effects(table, "income", "offer", subgroup=name)


def test_the_offer_itself_is_no_take_up():
    with pytest.raises(ps.DataError, match="named twice"):
        ps.trial_effects(offers(), "income", "offer", taken="offer")
