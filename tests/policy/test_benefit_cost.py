"""Benefit-cost ratios: those of Niger to their digits, closed forms, and what cannot be had."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import povstudy as ps

HALF = {1: 0.5, 2: 1}


def niger(**more):
    return ps.benefit_cost(
        ps.load("niger_gains"), ps.load("niger_costs"), rate=0.05, weights=HALF, **more
    )


def consumption():
    table = ps.load("niger_effects").query("reference == 'control' and unit == 'USD PPP 2016'")
    table = table[table["outcome"].str.startswith("Gross consumption")]
    return table.assign(year=table["months"].map({6: 1, 18: 2}))


def test_the_published_ratios_of_niger():
    found = niger().tidy().set_index("arm")
    assert found["ratio"].round(3).to_dict() == {
        "capital": 0.796,
        "psychosocial": 1.709,
        "full": 1.275,
    }
    # As they are told: (0.5 * 1.05 * first year + second year) / (cost * 1.05^2).
    gains = ps.load("niger_gains").set_index(["arm", "year"]).iloc[:, 0].unstack()
    costs = ps.load("niger_costs").groupby("arm")["usd_ppp_2016_per_beneficiary"].sum()
    told = (0.5 * 1.05 * gains[1] + gains[2]) / (costs.reindex(gains.index) * 1.05**2)
    assert found["ratio"].to_dict() == pytest.approx(told.to_dict())
    assert set(found["data_status"]) == {"trial"}
    assert found[["std_error", "low", "high", "break_even_low"]].isna().all(axis=None)


def test_costs_over_those_of_the_control_arm():
    found = niger(over="control").tidy().set_index("arm")
    assert found["ratio"].round(2).to_dict() == {
        "capital": 0.95,
        "psychosocial": 2.45,
        "full": 1.48,
    }
    assert found["cost"]["capital"] == pytest.approx(482.0392 - 79.4784)
    assert "over control" in niger(over="control").summary()


def test_errors_of_another_unit_bound_the_ratios():
    found = niger(errors=consumption(), digits=2).tidy().set_index("arm")
    assert (found["low"] < found["ratio"]).all() and (found["ratio"] < found["high"]).all()
    assert (found["low"] < 1).all() and (found["high"] > 1).all()  # no arm is told from 1
    # By hand, capital: the largest factor that fits all arms, errors as large as they print so.
    gains = ps.load("niger_gains").set_index(["arm", "year"]).iloc[:, 0]
    daily = consumption().set_index(["arm", "year"])["estimate"]
    most = (gains / (daily - 0.005)).groupby("year").min()
    error = 0.5 * most[1] * 0.055 / 1.05 + most[2] * 0.045 / 1.05**2
    assert found.loc["capital", "std_error"] == pytest.approx(error / found.loc["capital", "cost"])
    assert found.loc["capital", "break_even_high"] > found.loc["capital", "break_even"] > 2
    with pytest.raises(ps.DataError, match="No one factor") as told:
        niger(errors=consumption())
    assert told.value.remedy == "digits=2"
    with pytest.raises(ps.DataError, match="No one factor"):  # another outcome
        niger(errors=consumption().assign(estimate=[0.2, 0.2, 0.2] * 2), digits=2)


def test_closed_forms():
    gains = pd.DataFrame({"arm": "one", "year": [1, 2, 3], "gain": 100.0, "std_error": 10.0})
    found = ps.benefit_cost(gains, {"one": 250}, rate=0).tidy().iloc[0]
    assert found[["present_gain", "net", "ratio", "break_even"]].tolist() == [300, 50, 1.2, 2.5]
    assert found["std_error"] == pytest.approx(30 / 250)
    assert found["high"] == pytest.approx(1.2 + 1.959964 * 0.12)
    # Gains go on: a fund of 1,000 at 5 % bears 50 a year for ever, and no less is ever enough.
    gains = pd.DataFrame({"arm": ["a", "b", "c"], "year": 1, "gain": [50.0, 50.001, 1000.0]})
    found = ps.benefit_cost(gains, dict.fromkeys("abc", 1000), rate=0.05).tidy()["break_even"]
    assert found[0] == np.inf and 100 < found[1] < 300 and found[2] == pytest.approx(1.05, abs=0.01)


@pytest.mark.parametrize("rate", [0, 0.03, 0.2])
def test_break_even_is_where_what_is_seen_meets_the_cost(rate):
    gains = pd.DataFrame({"arm": "one", "year": [1, 2], "gain": [30.0, 60.0]})
    for cost in (10, 60, 100, 150, 230):
        at = ps.benefit_cost(gains, {"one": cost}, rate=rate).tidy()["break_even"][0]
        year = np.arange(1, int(np.ceil(at)) + 1)
        share = np.where(year <= at, 1, at % 1)
        worth = np.where(year == 1, 30, 60) * share / (1 + rate) ** year
        assert worth.sum() == pytest.approx(cost)


def test_the_unit_of_money_and_the_order_of_rows_change_nothing():
    gains, costs = ps.load("niger_gains"), ps.load("niger_costs")
    other = gains.iloc[::-1].copy()
    other.iloc[:, 2] *= 1e-9
    costs.iloc[:, 2] *= 1e-9
    found = ps.benefit_cost(other, costs, rate=0.05, weights=HALF).tidy().set_index("arm")
    one = niger().tidy().set_index("arm")
    for name in ("ratio", "break_even"):
        assert found[name].to_dict() == pytest.approx(one[name].to_dict())


def test_a_cost_that_is_none_gives_no_ratio():
    gains = pd.DataFrame({"approach": ["a", "b"], "year": 1, "gain": [5.0, -5.0]})
    found = ps.benefit_cost(gains, {"a": 10, "b": 20, "none": 10}, rate=0, over="none").tidy()
    assert np.isnan(found["ratio"][0]) and found["break_even"][0] == 0
    assert found["ratio"][1] == -0.5 and found["break_even"][1] == np.inf


def test_words_in_both_languages_and_status():
    found = niger(errors=consumption(), digits=2)
    assert "Gains are discounted at 5 % a year" in found.summary()
    assert "1: 0.5, 2: 1" in found.summary()
    assert "收益按年率5%折现" in str(found.show("zh")) and "效益与成本" in str(found.show("zh"))
    assert "No errors of the gains are known" in niger().summary()
    made_up = ps.load("niger_gains")
    made_up.attrs["source"] = ps.Source("simulated", "Made up.")
    found = ps.benefit_cost(made_up, ps.load("niger_costs"), rate=0)
    assert found.summary().startswith("Simulated") and "Not discounted" in found.summary()
    assert found.tidy()["data_status"].tolist() == ["simulated"] * 3


def test_costs_with_errors_are_in_the_set_of_fieller():
    gains = pd.DataFrame(
        {"approach": ["a", "b"], "year": 1, "gain": [300.0, 100.0], "std_error": [30.0, 60.0]}
    )
    found = ps.benefit_cost(gains, {"a": (200, 20), "b": (10, 10)}, rate=0.0).tidy()
    told = ps.fieller([300, 100], [200, 10], [30, 60], [20, 10])
    assert found[["low", "high"]].to_numpy() == pytest.approx(
        told[["ci_low", "ci_high"]].to_numpy(), nan_ok=True
    )
    assert found["shape"].tolist() == told["shape"].tolist() and found["shape"][0] == "closed"
    assert found["std_error"][0] == pytest.approx(np.hypot(30, 1.5 * 20) / 200)
    assert found["break_even_low"][0] == pytest.approx(1 / found["high"][0])
    # Records of programmes as they are: their totals, not components and totals.
    table = pd.DataFrame({"approach": ["a", "b"], "programme": "team", "year": 2013, "workers": [2, 1],
                          "persons": 10})  # fmt: skip
    costs = ps.programme_costs(table, {"team": (90, 9), "persons": 2})
    one = ps.benefit_cost(gains, costs, rate=0).tidy()
    two = ps.benefit_cost(gains, costs.tidy(), rate=0).tidy()
    assert one["cost"].tolist() == two["cost"].tolist() == [200, 110]
    assert one["std_error"][0] == pytest.approx(np.hypot(30, 1.5 * 18) / 200)
    # Over another arm that pays the same price, the error is that of the difference.
    over = ps.benefit_cost(gains, costs, rate=0, over="b")
    assert over.table["cost_error"].tolist() == pytest.approx([9])


def test_chinese_names_types_and_no_change_of_what_is_given():
    gains = pd.DataFrame({"arm": pd.Categorical(["甲", "乙"]), "year": pd.array([1, 1], "Int64"),
                          "gain": np.array([60, 50], "int8")}, index=[3, 3])  # fmt: skip
    before = gains.copy()
    found = ps.benefit_cost(gains, pd.Series({"甲": 30, "乙": 50}), rate=0).tidy()
    assert found["ratio"].tolist() == [2, 1] and found["arm"].tolist() == ["甲", "乙"]
    pd.testing.assert_frame_equal(gains, before)


def test_a_rate_must_be_told():
    with pytest.raises(ps.DataError, match="rate"):
        ps.benefit_cost(ps.load("niger_gains"), ps.load("niger_costs"))


def test_it_is_drawn():
    for found in (niger(), niger(errors=consumption(), digits=2)):
        assert found.plot().get_figure() is not None
    plt.close("all")


def test_errors_of_costs_in_a_table_are_used_and_added_up():
    from decimal import Decimal

    gains = pd.DataFrame({"arm": ["a", "b"], "year": 1, "gain": [Decimal(90), Decimal(70)]})
    gains["std_error"] = 0.0
    paid = pd.DataFrame({"arm": ["a", "a", "b"], "cost": [30, 10, 50], "std_error": [3, 1, 5]})
    found = ps.benefit_cost(gains, paid, rate=0)
    again = ps.benefit_cost(gains, {"a": (40, 4), "b": (50, 5)}, rate=0)
    pd.testing.assert_frame_equal(found.tidy(), again.tidy(), check_dtype=False)
    with pytest.raises(ps.DataError, match="two kinds"):
        ps.benefit_cost(gains, {"a": 1, "b": 2}, rate=0.05, errors=pd.DataFrame(
            {"arm": [1, 2], "year": 1, "estimate": 1.0, "std_error": 1.0}))  # fmt: skip
    with pytest.raises(ps.DataError, match="between 0 and 1"):
        ps.benefit_cost(gains, paid, rate=5)
