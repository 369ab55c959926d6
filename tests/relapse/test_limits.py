"""Where a model of relapse has no answer, or one that is easily wrong."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps


def periods(**columns):
    """Rows of one period each."""
    table = pd.DataFrame(columns)
    return table.assign(household_id=table.index, entry=0, exit=1)


def cells(counts):
    """A hundred rows of each pair of levels, some with an event."""
    parts = [
        pd.DataFrame({"a": a, "b": b, "event": [1] * k + [0] * (100 - k)}) for a, b, k in counts
    ]
    return periods(**pd.concat(parts, ignore_index=True))


@pytest.mark.parametrize("link", ["cloglog", "logit"])
@pytest.mark.parametrize("ends", [0, 100])
def test_a_cell_of_an_interaction_without_events_or_others_is_refused(link, ends):
    table = cells([("x", "y", 25), ("w", "y", 30), ("x", "z", 35), ("w", "z", ends)])
    with pytest.raises(ps.DataError, match=r"together separate(.|\n)*a\[T.x\]:b\[T.z\]"):
        ps.relapse_model("a*b", table, baseline="constant", link=link)
    assert ps.relapse_model("a + b", table, baseline="constant", link=link).n == 400


def test_numbers_that_part_the_events_together_are_named_and_no_others():
    r = np.random.default_rng(1)
    x, event = r.normal(size=400), r.random(400) < 0.2
    y = np.where(event, x, x + np.abs(r.normal(size=400)))
    table = periods(x=x, y=y, z=r.normal(size=400), event=event)
    with pytest.raises(ps.DataError, match="where: terms x, y\n"):
        ps.relapse_model("z + x + y", table, baseline="constant")
    mixed = table.assign(event=np.where(r.random(400) < 0.1, ~event, event))
    assert ps.relapse_model("z + x + y", mixed, baseline="constant").params.notna().all()


def test_a_far_value_that_parts_nothing_is_fitted():
    r = np.random.default_rng(2)
    x = np.append(r.normal(size=500), -200.0)
    table = periods(x=x, event=np.append(r.random(500) < 1 - np.exp(-np.exp(x[:500] - 1)), False))
    assert 0.7 < ps.relapse_model("x", table, baseline="constant").params["x"] < 1.3


@pytest.mark.parametrize("baseline", ["constant", "dummies", "log"])
def test_years_and_their_square_are_as_centred_years(baseline):
    r = np.random.default_rng(3)
    y, k = r.integers(2012, 2021, 3000), r.integers(0, 3, 3000)
    hazard = 1 - np.exp(-np.exp(-1 + 0.08 * (y - 2016) - 0.02 * (y - 2016) ** 2))
    table = pd.DataFrame({"household_id": np.arange(3000) // 2, "spell": np.arange(3000) % 2 + 1,
                          "entry": k, "exit": k + 1, "year": y, "event": r.random(3000) < hazard})  # fmt: skip
    plain = ps.relapse_model("year + I(year**2)", table, baseline=baseline)
    centred = ps.relapse_model("I(year - 2016) + I((year - 2016)**2)", table, baseline=baseline)
    slopes = [fit.params[fit.formula.names[-1]] for fit in (plain, centred)]
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-4)
    assert plain.loglik == pytest.approx(centred.loglik, rel=1e-9)
    one, two = (fit.risk(table.assign(duration=0, spell=1), horizon=2) for fit in (plain, centred))
    columns = ["risk", "std_error", "ci_low", "ci_high"]
    assert np.allclose(one[columns], two[columns], rtol=1e-4)
    more = [fit.contributions(table).iloc[:, 1:].sum(axis=1) for fit in (plain, centred)]
    assert np.allclose(*more, atol=1e-6)


def test_columns_that_say_the_same_are_still_refused():
    y = np.arange(200) % 9 + 2012
    table = periods(year=y, since=y - 2000, event=np.arange(200) % 3 == 0)
    with pytest.raises(ps.DataError, match=r"say the same(.|\n)*centred"):
        ps.relapse_model("year + since", table, baseline="constant")


def spells(n=400, seed=0):
    """Two spells of each of many households."""
    r = np.random.default_rng(seed)
    exit = r.integers(1, 4, n)
    return pd.DataFrame({"household_id": np.arange(n) // 2, "spell": np.arange(n) % 2 + 1,
                         "village": np.arange(n) // 20, "entry": 0, "exit": exit,
                         "weight": 1.0 + np.arange(n) // 2 % 3,
                         "event": r.random(n) < 0.4, "x": r.normal(size=n)})  # fmt: skip


def test_a_frailty_is_not_tested_where_rows_are_weighted():
    table = spells()
    one, many = (
        ps.relapse_model("x", table.assign(weight=table["weight"] * k), weight="weight",
                         frailty="gamma", baseline="constant") for k in (1, 1000)
    )  # fmt: skip
    assert np.isnan([one.frailty.p_value, many.frailty.statistic]).all()
    assert "not tested" in one.summary()
    assert one.frailty.variance == pytest.approx(many.frailty.variance, rel=1e-4)


@pytest.mark.parametrize("frailty", [None, "gamma"])
@pytest.mark.parametrize("argument", ["cluster", "weight", "household"])
@pytest.mark.parametrize("name", ["nope", 3, ["village"]])
def test_a_column_that_is_not_there_is_named(argument, name, frailty):
    with pytest.raises(ps.DataError, match=r"lacks|not a name"):
        ps.relapse_model("x", spells(), frailty=frailty, **{argument: name})


def test_columns_of_judged_risks_that_are_not_there_are_named():
    table = pd.DataFrame({"risk": [0.6, 0.5, 0.4, 0.1], "horizon": 1, "time": 1,
                          "event": [1, 0, 1, 0], "income": [1, 2, 3, 4]})  # fmt: skip
    svy = ps.Survey(table)
    for call in (
        lambda: ps.validate_risk(svy, risk="nope"), lambda: ps.validate_risk(svy, by="nope"),
        lambda: ps.calibration_curve(svy, risk="nope"), lambda: ps.calibration_curve(svy, by="nope"),
        lambda: ps.decision_curve(svy, rules="nope"), lambda: ps.decision_curve(svy, risk="nope"),
        lambda: ps.compare_lists(svy, 2, 2, 0.2, income="nope"),
        lambda: ps.compare_lists(svy, 2, "nope", 0.2),
        lambda: ps.cross_validated_risk(table.assign(household_id=range(4)), None, by="nope"),
    ):  # fmt: skip
        with pytest.raises(ps.DataError, match=r"lacks(.|\n)*nope"):
            call()


@pytest.mark.parametrize("frailty", [None, "gamma"])
@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_last_periods_without_events_leave_the_others_alone(link, frailty):
    if frailty and link == "logit":
        return
    event = np.arange(1000) % 10 == 0
    table = pd.DataFrame({"household_id": np.arange(1000), "entry": 0, "event": event,
                          "exit": np.where(event, 1, 5), "x": np.arange(1000) % 7 - 3.0})  # fmt: skip
    fit = ps.relapse_model("x", table, link=link, frailty=frailty)
    first = ps.relapse_model("x", table.assign(exit=1), link=link, frailty=frailty)
    assert fit.params.to_numpy() == pytest.approx(first.params.to_numpy())
    assert fit.std_errors.to_numpy() == pytest.approx(first.std_errors.to_numpy(), rel=1e-2)
    assert fit.n == 100 + 900 * 5 and fit.baseline.bound == pytest.approx(1 - 0.025 ** (1 / 3600))
    one = fit.risk(pd.DataFrame({"x": [0.0]}), 1)
    assert one["risk"].item() == pytest.approx(0.1, abs=0.005)
    five = fit.risk(pd.DataFrame({"x": [0.0]}), 5)
    assert five["risk"].item() == pytest.approx(one["risk"].item())
    assert 0 < five["ci_high"].item() - one["ci_high"].item() < 0.01
    late = fit.survival(pd.DataFrame({"x": [0.0], "duration": [1]}), 4)
    assert (late["survival"] == 1).all()
    assert 1 - late["ci_low"].iloc[-1] == pytest.approx(1 - (1 - fit.baseline.bound) ** 4)


@pytest.mark.parametrize("name", ["household size", "land in mu", "2020 income", "家庭 人口"])
def test_a_column_with_a_blank_is_offered_in_backticks(name):
    table = spells().rename(columns={"x": name})
    with pytest.raises(ps.DataError, match="cannot be read") as caught:
        ps.relapse_model(f"village + {name}", table, baseline="constant")
    assert f"formula='village + `{name}`'" in caught.value.remedy
    assert f"Q({name!r})" in caught.value.remedy
    fit = ps.relapse_model(f"village + `{name}`", table, baseline="constant")
    assert len(fit.params) == 3


def test_natural_guesses_are_answered_in_the_words_of_the_package():
    table = spells()
    fit = ps.relapse_model("x", table, baseline="constant")
    for call in (
        lambda: ps.relapse_model("x", table, frailty=np.array([1, 2])),
        lambda: ps.relapse_model("x", table, penalty=["firth"]),
        lambda: ps.relapse_model("x", table, link=["logit"]), lambda: fit.risk(None, 2),
        lambda: fit.risk({"x": 1}, 2), lambda: fit.survival(table.iloc[0], 2),
        lambda: fit.risk(table.assign(x="much"), 2), lambda: fit.contributions([1]),
        lambda: ps.cross_validated_risk(table, "x", by="village"),
    ):  # fmt: skip
        with pytest.raises(ps.DataError) as caught:
            call()
        assert caught.value.remedy
