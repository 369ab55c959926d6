"""Register quality: excess at the line, deadline years, digits, histories, stocks."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, draws
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "audit.json").read_text("utf-8"))
DESIGN = pd.read_csv(FILES / "design.csv")
LINE = 2300


def refused(call, *words):
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


# Bunching -----------------------------------------------------------------------------------


def incomes(rng, count=8_000, counties=40, moved=0.0, spread=0.0):
    """Smooth incomes about the line; of those just below, a share is moved to just above."""
    county = rng.integers(0, counties, count)
    level = spread * rng.standard_normal(counties)
    income = LINE * 1.2 * np.exp(level[county] + 0.6 * rng.standard_normal(count))
    near = (income < LINE) & (income >= 0.8 * LINE)
    goes = near & (rng.random(count) < moved)
    report = np.where(goes, LINE * (1 + 0.1 * rng.random(count)), income)
    return pd.DataFrame({"income": report, "county": county}), goes.mean()


@pytest.mark.parametrize(("moved", "spread"), [(0.0, 0.0), (0.0, 0.3), (0.3, 0.3)])
def test_the_excess_at_the_line_is_what_was_moved(moved, spread):
    rng, away = np.random.default_rng(8), []
    runs, wider = draws(150, 50)
    for _ in range(runs):
        table, share = incomes(rng, moved=moved, spread=spread)
        found = ps.bunching(table, "income", LINE).tidy().set_index("term")
        for term in ("excess above the line", "missing below the line"):
            one = found.loc[term]
            away.append((one["estimate"] - share) / one["std_error"])
    away = np.reshape(away, (-1, 2))
    # Of 150 standardised errors: bias within a third of an error, intervals that hold.
    assert (abs(away.mean(axis=0)) < 0.35 * wider).all()
    assert ((abs(away) < 2.02).mean(axis=0) > 0.95 - 0.06 * wider).all()


def test_the_excess_is_that_of_least_squares_by_hand():
    table, _ = incomes(np.random.default_rng(3), moved=0.4)
    found = ps.bunching(table, "income", LINE, degree=3).tidy().set_index("term")["estimate"]
    edges = LINE * (1 + 0.05 * np.arange(-12, 21))
    counts, _ = np.histogram(table["income"], edges)
    middle = np.arange(-12, 20)
    outside = (middle < -5) | (middle >= 2)
    fit = np.polynomial.Polynomial.fit(middle[outside], counts[outside], 3)(middle)
    above, below = (middle >= 0) & (middle < 2), (middle < 0) & (middle >= -5)
    excess = counts[above].sum() - fit[above].sum()
    missing = fit[below].sum() - counts[below].sum()
    wanted = [excess / len(table), missing / len(table), excess / fit[above].sum()]
    assert found.tolist() == pytest.approx(wanted, abs=1e-9)


def test_years_are_compared():
    rng = np.random.default_rng(5)
    (calm, _), (push, share) = incomes(rng), incomes(rng, moved=0.4)
    table = pd.concat([calm.assign(year=2016), push.assign(year=2017)], ignore_index=True)
    found = ps.bunching(table, "income", LINE, by="year")
    step = found.contrast("year", 2017, 2016).tidy().set_index("term").loc["excess above the line"]
    assert step["ci_low"] > 0
    assert step["ci_low"] < share < step["ci_high"]


def test_rows_filled_in_together_count_together():
    table, _ = incomes(np.random.default_rng(7), count=2_000)
    twice = pd.concat([table, table], ignore_index=True)
    twice["county"] = twice.index % len(table)
    one, two = (ps.bunching(twice, "income", LINE, cluster=x) for x in (None, "county"))
    apart, together = (x.tidy()["std_error"].to_numpy() for x in (one, two))
    assert together == pytest.approx(np.sqrt(2) * apart, rel=1e-3)
    for found, effect in ((one, 1), (two, 2)):
        assert found.design_effects()["design_effect"].to_numpy() == pytest.approx(effect, rel=1e-3)


def test_an_income_on_the_line_is_above_it():
    table, _ = incomes(np.random.default_rng(7))
    run = lambda at: ps.bunching(pd.concat([table, pd.DataFrame({"income": [at] * 500, "county": 1})]),  # noqa: E731
                                 "income", LINE).tidy()["estimate"].tolist()  # fmt: skip
    on, below = run(float(LINE)), run(np.nextafter(LINE, 0))
    assert on[0] - below[0] == pytest.approx(500 / 8_500)
    assert on[1] - below[1] == pytest.approx(500 / 8_500)


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"income": "pay"}, ["pay"]),
        ({"line": 0}, ["line= is a number of more than 0"]),
        ({"window": (1.1, 1.3)}, ["window holds the line"]),
        ({"window": (0.77, 1.1)}, ["whole widths"]),
        ({"reach": (0.8, 2.0)}, ["reach holds the window"]),
        ({"width": 0}, ["width= lies between 0 and 1"]),
        ({"degree": 40}, ["too few bins"]),
        ({"line": 1e9}, ["nothing is near it"]),
    ],
)
def test_bunching_without_a_meaning_is_refused(kwargs, words):
    table, _ = incomes(np.random.default_rng(1), count=500)
    refused(lambda: ps.bunching(table, **{"income": "income", "line": LINE, **kwargs}), *words)


def test_a_missing_income_is_refused():
    table = pd.DataFrame({"income": [1000.0, np.nan], "county": 1})
    refused(lambda: ps.bunching(table, "income", LINE), "1 rows have no income", "row 1")


# Deadline years -----------------------------------------------------------------------------


def test_the_spike_equals_r_survey():
    table = DESIGN.assign(listed=True, deadline=2019)
    table["exit_year"] = table["year"].where(table["income"] < LINE)
    found = ps.deadline_exits(table, cluster="psu").tidy()
    other, due = R["spike"]["rates"]
    assert found["estimate"].tolist() == pytest.approx([due, other, R["spike"]["ratio"]], rel=1e-9)
    other, due = R["spike"]["se"]
    wanted = [due, other, R["spike"]["ratio_se"]]
    assert found["std_error"].tolist() == pytest.approx(wanted, rel=1e-8)


def test_who_has_left_or_is_not_listed_is_not_at_risk():
    table = pd.DataFrame(
        {"county": [1, 1, 1, 1, 2, 2, 2, 2], "year": [2014, 2014, 2015, 2015] * 2,
         "listed": [True, True, True, False, True, True, True, True],
         "exit_year": [2014, None, None, None, None, 2014, 2014, 2015],
         "deadline": [2014] * 4 + [None] * 4}
    )  # fmt: skip
    found = ps.deadline_exits(table).tidy()
    assert found["n"].tolist() == [6, 6, 6]  # not row 3, off the list, nor row 6, who left before
    assert found["estimate"].tolist() == pytest.approx([1 / 2, 2 / 4, 1.0])


def test_the_simulated_deadline_is_seen():
    register = ps.simulate(ps.Scenario(deadline_push=0.9), households=20_000, seed=2).register
    spike = ps.deadline_exits(register).tidy().set_index("term").loc["spike ratio"]
    assert spike["ci_low"] > 1
    assert spike["data_status"] == "simulated"


def test_exits_that_cannot_be_compared_are_refused():
    table = pd.DataFrame({"county": [1, 2], "year": 2015, "listed": True, "exit_year": None,
                          "deadline": [2015, 2016]})  # fmt: skip
    refused(lambda: ps.deadline_exits(table), "nobody leaving in other years", "all rows")
    apart = table.assign(side=["a", "b"], exit_year=2015)
    refused(lambda: ps.deadline_exits(apart, by="side"), "deadline year", "side 'b'")
    refused(lambda: ps.deadline_exits(table.assign(listed=False)), "Nobody is on the list")
    refused(lambda: ps.deadline_exits(table.drop(columns="deadline")), "deadline")


# Digits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "cluster"), [("simple", None), ("clusters", "psu")])
def test_digits_equal_r_survey(name, cluster):
    found, wanted = ps.digit_heaping(DESIGN, "income", cluster=cluster), R["digits"][name]
    assert found["term"].tolist() == [f"last digit {i}" for i in range(10)]
    assert found["estimate"].tolist() == pytest.approx(wanted["share"], rel=1e-9)
    assert found["std_error"].tolist() == pytest.approx(wanted["se"], rel=1e-8)
    told = found[["chi_square", "chi_df", "p_value"]].iloc[0].tolist()
    assert told == pytest.approx([wanted["statistic"], wanted["df"], wanted["p"]], rel=1e-6)


def test_single_rows_give_nearly_the_plain_chi_square():
    amounts = np.random.default_rng(2).integers(1000, 9000, 20_000)
    found = ps.digit_heaping(pd.DataFrame({"x": amounts}), "x")
    plain = stats.chisquare(np.bincount(amounts % 10))
    assert found["chi_square"][0] == pytest.approx(plain.statistic, rel=0.05)
    assert found["p_value"][0] == pytest.approx(plain.pvalue, abs=0.02)


def test_even_digits_are_found_heaped_as_often_as_the_level_says():
    rng, told = np.random.default_rng(6), []
    runs, wider = draws(250, 100)
    for _ in range(runs):
        # Six rows of a cluster, of which two are copies of others: alike.
        amounts = rng.integers(1000, 9000, (60, 6))
        amounts[:, 4:] = amounts[:, :2]
        table = pd.DataFrame({"x": amounts.ravel(), "county": np.repeat(np.arange(60), 6)})
        told.append(ps.digit_heaping(table, "x", cluster="county")["p_value"][0])
    assert abs(np.mean(np.array(told) < 0.05) - 0.05) < 0.04 * wider


def test_rounded_amounts_heap():
    rng = np.random.default_rng(9)
    amounts = rng.integers(1000, 9000, 3_000)
    rounded = np.where(rng.random(3_000) < 0.2, amounts // 5 * 5, amounts)
    table = pd.DataFrame({"x": np.r_[amounts, rounded] * 10, "side": np.repeat(["a", "b"], 3_000)})
    found = ps.digit_heaping(table, "x", by="side", unit=10)
    assert found["side"].tolist() == ["a"] * 10 + ["b"] * 10
    assert found["p_value"][0] > 0.05
    assert found["p_value"][10] < 1e-6
    side = found[found["side"] == "b"].set_index("term")["estimate"]
    assert side[["last digit 0", "last digit 5"]].min() > 0.15
    assert found.groupby("side")["estimate"].sum().tolist() == pytest.approx([1, 1])
    assert ps.digit_heaping(table, "x")["p_value"][0] == 0  # every one ends in 0


def test_zero_and_small_amounts_have_no_last_digit():
    table = pd.DataFrame({"x": [0, 5, None, -31, 2_310, 45.9]})
    found = ps.digit_heaping(table, "x").set_index("term")
    assert set(found["n"]) == {3}
    digits = found.loc[["last digit 0", "last digit 1", "last digit 5"], "estimate"]
    assert digits.tolist() == pytest.approx([1 / 3] * 3)
    refused(lambda: ps.digit_heaping(table[:2], "x"), "two digits")
    refused(lambda: ps.digit_heaping(table, "x", unit=0), "unit= is a number of more than 0")


# Histories ----------------------------------------------------------------------------------


def history(*statuses, start=2014, **more):
    years = range(start, start + len(statuses))
    return pd.DataFrame({"household_id": "a", "year": years, "status": statuses, **more}).dropna(
        subset="status"
    )


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        (["poor", "pre_exit", "exited_supported", "exited"], []),
        (["poor", "exited", "relapsed", "relapsed", "poor", "exited"], []),
        (["poor", "removed", "newly_listed", "exited"], []),
        (["newly_listed", "poor", "natural_decrease"], []),
        (["exited", "exited"], []),  # before the register began
        (["poor", "exited", "poor"], [(2, "back_without_relapse")]),
        (["poor", "exited_supported", "pre_exit"], [(2, "back_without_relapse")]),
        (["poor", "relapsed"], [(1, "relapse_without_exit")]),
        (["poor", "newly_listed"], [(1, "listed_anew")]),
        (["exited", "newly_listed"], [(1, "listed_anew")]),
        (["removed", "poor"], [(1, "back_after_removal")]),
        (["removed", "natural_decrease"], []),
        (["natural_decrease", "newly_listed"], [(1, "back_after_removal")]),
        (["exited", None, "poor"], []),  # what happened between is not known
    ],
)
def test_histories(statuses, wanted):
    found = ps.impossible_transitions(history(*statuses), step=1)
    assert list(zip(found["row"], found["check"], strict=True)) == wanted
    assert list(found) == ["row", "check", "column", "found", "proposed", "why"]


def test_who_appears_or_vanishes_is_named():
    whole = history("poor", "poor", "poor", "exited").assign(household_id="whole")
    late = history("exited", "exited", start=2016).assign(household_id="late")
    new = history("poor", start=2017).assign(household_id="new")
    gone = history("poor", "poor").assign(household_id="gone")
    dead = history("poor", "natural_decrease").assign(household_id="dead")
    table = pd.concat([whole, late, new, gone, dead], keys=["w", "l", "n", "g", "d"])
    found = ps.impossible_transitions(table)
    assert list(zip(found["row"], found["check"], strict=True)) == [
        (("l", 0), "appears"), (("g", 1), "vanishes"),
    ]  # fmt: skip
    assert found["why"].tolist() == [
        "household late: no row, then exited", "household gone: poor, then no row",
    ]  # fmt: skip


def test_an_exit_below_the_line_is_named():
    table = history("poor", "exited", "exited", income=[1500, 2299, 1000])
    found = ps.impossible_transitions(table, income="income", line=LINE)
    assert found[["row", "check"]].values.tolist() == [[1, "exit_below_line"]]
    assert found["why"][0] == "household a: poor, then exited with 2299"
    assert ps.impossible_transitions(table, income="income", line=2299).empty
    refused(lambda: ps.impossible_transitions(table, line=LINE), "belong together")


@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(order):
    table = pd.concat([history("poor", "exited", "poor"),
                       history("poor", "relapsed", "exited").assign(household_id="b")],
                      ignore_index=True)  # fmt: skip
    found = ps.impossible_transitions(table.loc[list(order)])
    assert dict(zip(found["row"], found["check"], strict=True)) == {
        2: "back_without_relapse", 4: "relapse_without_exit",
    }  # fmt: skip
    assert found["row"].tolist() == [row for row in order if row in (2, 4)]


def test_a_register_that_cannot_be_read_is_refused():
    refused(lambda: ps.impossible_transitions(history("poor", "脱贫")), "脱贫", "clean.status")
    twice = pd.concat([history("poor"), history("exited")], ignore_index=True)
    refused(lambda: ps.impossible_transitions(twice), "2 rows share", "one_status")


def test_the_simulated_register_has_no_impossible_history_but_those_put_in():
    register = ps.simulate(households=10_000, seed=5).register
    # Status at the end of a year is who is on the list as the next begins.
    register = register.sort_values(["household_id", "year"])
    stays = register.groupby("household_id")["listed"].shift(-1)
    register, stays = register[stays.notna()], stays.dropna().astype(bool)
    was = register.groupby("household_id")["listed"].cummax()
    register, stays = register[was], stays[was]
    status = np.select([register["relapsed"], stays], ["relapsed", "poor"], "exited")
    table = register.assign(status=status)
    assert ps.impossible_transitions(table).empty
    # One household that had left is put back without a word.
    out = table[(table["status"] == "exited") & (table["year"] == table["year"].max())]
    before = table[(table["status"] == "exited") & (table["year"] == table["year"].max() - 1)]
    row = out.index[out["household_id"].isin(before["household_id"])][0]
    table.loc[row, "status"] = "poor"
    assert ps.impossible_transitions(table)["row"].tolist() == [row]


# Stocks -------------------------------------------------------------------------------------


def stocks(**changes):
    table = pd.DataFrame(
        {"county": ["a"] * 3 + ["b"] * 3, "year": [2016, 2017, 2018] * 2,
         "stock": [5000, 4100, 3000, 700, 650, 640], "new": [0, 60, 20, 0, 10, 5],
         "back": [0, 40, 30, 0, 0, 5], "exited": [900, 1000, 1150, 100, 60, 20]}
    )  # fmt: skip
    for column, (row, value) in changes.items():
        table.loc[row, column] = value
    return table


def checked(table, **more):
    return ps.stocks_and_flows(table, "stock", ["new", "back"], ["exited"], by="county", **more)


def test_stocks_that_add_up_are_let_pass():
    assert checked(stocks()).empty
    assert checked(stocks().sample(frac=1, random_state=1)).empty


def test_a_slip_is_named_with_its_repair():
    found = checked(stocks(exited=(2, 1510)))
    assert found[["row", "check"]].drop_duplicates().values.tolist() == [[2, "stocks_and_flows"]]
    exits = found.set_index("column").loc["exited"]
    assert exits[["found", "proposed"]].tolist() == [1510, 1150]  # two digits changed places


def test_a_wrong_stock_breaks_its_own_year_and_the_next():
    assert checked(stocks(stock=(4, 655)))["row"].unique().tolist() == [4, 5]
    assert checked(stocks(stock=(4, 655)), tolerance=5).empty


def test_gaps_and_repeated_years():
    table = stocks(stock=(4, 9999))
    assert checked(table.drop(index=4)).empty
    assert checked(table.assign(stock=table["stock"].where(table.index != 4))).empty
    refused(lambda: ps.stocks_and_flows(stocks(), "stock", "new", "exited"), "year stands twice")
