"""How alike households of one village are: R, known truth, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from conftest import draws

import povstudy as ps

SIZES = (3, 5, 4, 6, 2, 7, 5, 4)
INCOME = [-1.89, 0.6, -1.41, -1.33, -0.92, 0.05, -0.05, -0.51, -0.77, -0.47, 1.4, 0.38, -1.39, -1.75,
          -1.01, -2.48, -1.29, -1.55, 1.3, 1.15, -0.05, -1.12, 0.92, 0.87, 0.75, 0.76, -0.33, 0.77,
          1.36, 0.1, -0.92, 0.85, 1.57, 0.47, 2.48, -0.01]  # fmt: skip


def table(**more):
    made = pd.DataFrame({"village": np.repeat(list("abcdefgh"), SIZES), "income": INCOME})
    return made.assign(**more)


def test_unequal_villages_are_those_of_r():
    """anova(lm(income ~ factor(village))) of R 4.2, and what follows from its mean squares."""
    found = ps.intraclass_correlation(table(), "income").iloc[0]
    between, within, size = 4.017288480726, 0.695514685374, 4.42857142857
    assert found["estimate"] == pytest.approx(0.518872283566, abs=1e-10)
    assert found["sd"] == pytest.approx(np.sqrt(within + (between - within) / size), abs=1e-9)
    assert found[["n", "clusters", "cluster_size"]].tolist() == [36, 8, 4.5]
    assert found["cluster_size_cv"] == pytest.approx(np.std(SIZES) / 4.5)


def drawn(rng, icc, villages=20, size=6):
    own = rng.normal(0, np.sqrt(icc), villages)
    income = np.repeat(own, size) + rng.normal(0, np.sqrt(1 - icc), villages * size)
    return pd.DataFrame({"village": np.repeat(np.arange(villages), size), "income": 3 * income})


@pytest.mark.parametrize("icc", [0.0, 0.1, 0.5])
def test_intervals_hold_the_truth(icc):
    count, wider = draws(1_500, 300)
    rng = np.random.default_rng(1)
    found = pd.concat([ps.intraclass_correlation(drawn(rng, icc), "income") for _ in range(count)])
    held = (found["ci_low"] <= icc) & (icc <= found["ci_high"])
    assert held.mean() == pytest.approx(0.95, abs=0.017 * wider)
    assert found["estimate"].mean() == pytest.approx(icc, abs=0.02 + 0.01 * wider)
    assert found["std_error"].mean() == pytest.approx(found["estimate"].std(), rel=0.1 * wider)
    assert (found["sd"] ** 2).mean() == pytest.approx(9, rel=0.03 * wider)


def test_arms_of_a_pilot_have_means_of_their_own():
    rng = np.random.default_rng(4)
    made = drawn(rng, 0.1, villages=200)
    made["arm"] = np.where(made["village"] % 2, "none", "social_work")
    helped = made.assign(income=made["income"] + 50 * (made["arm"] == "none"))
    found = ps.intraclass_correlation(helped, "income", within="arm").iloc[0]
    assert found["estimate"] == pytest.approx(0.1, abs=0.06)
    assert ps.intraclass_correlation(helped, "income")["estimate"].item() > 0.9


def test_units_types_and_order_do_not_matter():
    wanted = ps.intraclass_correlation(table(), "income").iloc[0]
    for made, unit in (
        (table().sample(frac=1, random_state=1), 1), (table(income=np.array(INCOME) * 1e-9 + 1), 1e-9),
        (table(income=np.array(INCOME) * 1e9), 1e9), (table(income=pd.array(INCOME, "Float64")), 1), (table().set_axis([0] * 36), 1),
        (table(village=lambda t: t["village"].astype("category")), 1),
    ):  # fmt: skip
        found = ps.intraclass_correlation(made, "income").iloc[0]
        names = ["estimate", "std_error", "ci_low", "ci_high", "cluster_size", "cluster_size_cv"]
        assert found[names].tolist() == pytest.approx(wanted[names].tolist(), rel=1e-5)
        assert found["sd"] == pytest.approx(wanted["sd"] * unit, rel=1e-5)


def test_villages_that_are_all_alike_or_all_unlike():
    village = np.repeat(range(5), 4)
    same = pd.DataFrame({"village": village, "income": village * 1.0})
    found = ps.intraclass_correlation(same, "income").iloc[0]
    assert found[["estimate", "std_error", "ci_low", "ci_high"]].tolist() == [1, 0, 1, 1]
    same["income"] = [1.0, 2, 3, 4] * 5
    found = ps.intraclass_correlation(same, "income").iloc[0]
    assert found["estimate"] == pytest.approx(-1 / 3)  # as low as it can be
    with pytest.raises(ps.DataError, match="lies between 0 and 1"):
        ps.TrialDesign(households=4, sd=found["sd"], icc=found["estimate"])


@pytest.mark.parametrize(("made", "options", "words"), [
    (table(income=1.0), {}, "same for all"), (table(income=0), {}, "same for all"),
    (table(income=[None, *INCOME[1:]]), {}, "1 of 36"), (table(income="1"), {}, "holds no numbers"),
    (table(village=range(36)), {}, "36 villages"), (table(village=1), {}, "1 villages"),
    (table(arm=range(36)), {"within": "arm"}, "two groups"), (table(), {"level": 95}, "level"),
    (table().head(0), {}, "no rows"), (table().rename(columns={"village": "vilage"}), {}, "vilage"),
])  # fmt: skip
def test_what_has_no_correlation_is_refused(made, options, words):
    with pytest.raises(ps.DataError, match=words) as told:
        ps.intraclass_correlation(made, "income", **options)
    if words != "no rows":
        assert told.value.remedy
