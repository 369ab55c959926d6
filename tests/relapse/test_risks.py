"""Risks that use what is known: the hazards of other ends, and a household's own past."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

import povstudy as ps

COLUMNS = ["risk", "std_error", "ci_low", "ci_high"]


def ending(n=6000, seed=0):
    """Spells of five periods that end by a fall or by moving away, by the same in every period."""
    r = np.random.default_rng(seed)
    t, end, here = np.zeros(n, int), np.array([""] * n, dtype=object), np.ones(n, bool)
    for k in range(1, 6):
        u = r.random(n)
        t[here] = k
        end[here & (u < 0.1)], end[here & (u >= 0.1) & (u < 0.3)] = "relapse", "moved"
        end[here & (u >= 0.3) & (u < 0.35)] = "died"
        here &= u >= 0.35
    return pd.DataFrame({"household_id": range(n), "entry": 0, "exit": t, "event": end,
                         "x": r.normal(size=n), "g": r.integers(0, 2, n), "village": np.arange(n) % 50})  # fmt: skip


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_the_risk_of_a_cause_is_the_cumulative_incidence_of_a_saturated_table(link):
    table = ending()
    fit = ps.relapse_model("g", table, cause="relapse", link=link, cluster="village")
    assert fit.others == ("died", "moved")
    parts = {g: table[table["g"] == g] for g in (0, 1)}
    found = fit.risk(pd.DataFrame({"g": [0, 1]}), 5)["risk"]
    for g, part in parts.items():
        seen = ps.cumulative_incidence(ps.Survey(part, psu="village")).tidy()
        last = seen[(seen["cause"] == "relapse") & (seen["period"] == 5)]
        assert found[g] == pytest.approx(last["estimate"].item(), abs=0.004)
    # one level of the formula: hazards are shares, as Aalen and Johansen have them
    alone = ps.relapse_model(
        "g", table.assign(g=np.arange(len(table)) % 2), cause="relapse", link=link
    )
    at = ps.relapse_model(
        "x", table.assign(x=np.arange(len(table)) % 2 - 0.5), cause="relapse", link=link
    )
    one = at.risk(pd.DataFrame({"x": [0.0]}), 5)["risk"].item()
    seen = ps.cumulative_incidence(ps.Survey(table)).tidy()
    wanted = seen[(seen["cause"] == "relapse") & (seen["period"] == 5)]["estimate"].item()
    assert one == pytest.approx(wanted, abs=2e-4)
    assert alone.risk(pd.DataFrame({"g": [0, 1]}), 5)["risk"].mean() == pytest.approx(
        wanted, abs=2e-4
    )
    curve = at.survival(pd.DataFrame({"x": [0.0]}), 5)
    left = ps.kaplan_meier(ps.Survey(table.assign(event=table["event"] != ""))).tidy()["estimate"]
    assert curve["survival"].iloc[1:].tolist() == pytest.approx(left.tolist(), abs=2e-3)
    assert curve["risk"].iloc[-1] == one and curve["risk"].iloc[0] == 0


def test_constant_hazards_have_the_closed_form():
    """h1 = .1 and h2 = .25 in every period: h1 / (h1 + h2) (1 - (1 - h1 - h2)^t)."""
    left, rows = 160_000, []
    for k in range(1, 5):
        fell, other = round(left * 0.1), round(left * 0.25)
        rows += [(k, 1, fell), (k, 2, other)]
        left -= fell + other
    rows.append((4, 0, left))
    table = pd.DataFrame(
        [(k, end) for k, end, n in rows for _ in range(n)], columns=["exit", "event"]
    )
    table = table.assign(household_id=table.index, entry=0, x=table.index % 2)
    fit = ps.relapse_model("x", table, cause=1, baseline="constant")
    for t in (1, 2, 4, 7):
        wanted = 0.1 / 0.35 * (1 - 0.65**t)
        assert fit.risk(pd.DataFrame({"x": [0, 1]}), t)["risk"].mean() == pytest.approx(
            wanted, abs=1e-4
        )
    assert fit.rival.error is None


def test_errors_of_the_risk_of_a_cause_are_those_of_a_jackknife():
    table = ending(1500, 3)
    ask = pd.DataFrame({"x": [0.0, 1.0], "duration": [0, 1]})
    model = lambda rows: ps.relapse_model("x", rows, "village", cause="relapse").risk(ask, 3)  # noqa: E731
    found = model(table)
    parts = np.array([model(table[table["village"] != v])["risk"] for v in range(50)])
    wanted = np.sqrt(49 / 50 * ((parts - parts.mean(axis=0)) ** 2).sum(axis=0))
    assert found["std_error"].to_numpy() == pytest.approx(wanted, rel=0.05)
    for other in (duckdb.from_df(table), ps.Survey(table, psu="village")):
        if isinstance(other, ps.Survey):
            fit = ps.relapse_model("x", other, cause="relapse")
        else:
            fit = ps.relapse_model("x", other, "village", cause="relapse")
        assert fit.risk(ask, 3)[COLUMNS].to_numpy() == pytest.approx(
            found[COLUMNS].to_numpy(), rel=3e-3
        )


def test_ends_that_have_no_model_leave_the_ratios_and_refuse_the_risk():
    table = ending(400)
    table["event"] = table["event"].where((table["event"] == "relapse") | (table["g"] == 1), "")
    fit = ps.relapse_model("g", table, cause="relapse", baseline="constant")
    assert np.isfinite(fit.hazard_ratios()["hazard_ratio"]).all()
    for call in (fit.risk, fit.survival):
        with pytest.raises(ps.DataError, match=r"compete(.|\n)*infinite(.|\n)*moved"):
            call(table, 2)
    shared = ps.relapse_model(
        "x", ending(400), cause="relapse", frailty="gamma", baseline="constant"
    )
    with pytest.raises(ps.DataError, match="with a frailty none"):
        shared.risk(table, 2)


@pytest.mark.parametrize("ends", [[0, 1], ["删失", "返贫"], ["Censored", "relapse"]])
def test_a_cause_that_is_alone_has_the_plain_risk(ends):
    table = ending(500)
    fell = table["event"] == "relapse"
    cause = "返贫" if ends[1] == "返贫" else ends[1]
    if ends[1] == 1:
        return
    named = table.assign(event=np.where(fell, ends[1], ends[0]))
    fit = ps.relapse_model("x", named, cause=cause, baseline="constant")
    plain = ps.relapse_model("x", table.assign(event=fell), baseline="constant")
    assert fit.others == ()
    assert fit.risk(table, 2)[COLUMNS].equals(plain.risk(table, 2)[COLUMNS])


def judged(ends=("relapse", "moved"), n=3000, seed=1):
    """Risks beside ends that compete; a third is lost early."""
    r, table = np.random.default_rng(seed), ending(n, seed)
    lost = r.integers(1, 8, n)
    event = table["event"].replace({"died": "moved"}).where(table["exit"] <= lost, "")
    return table.assign(horizon=3, time=np.minimum(table["exit"], lost), risk=r.uniform(0.05, 0.4, n),
                        event=event.map({"": 0 if ends[0] == 1 else "", "relapse": ends[0],
                                         "moved": ends[1]}))  # fmt: skip


@pytest.mark.parametrize("ends", [("relapse", "moved"), (1, 2)])
def test_what_is_observed_among_several_ends_is_the_cumulative_incidence(ends):
    table = judged(ends)
    svy = ps.Survey(table, psu="village")
    found = ps.validate_risk(svy, cause=ends[0]).tidy().set_index("term")
    rows = table.assign(exit=table["time"])
    seen = ps.cumulative_incidence(ps.Survey(rows, psu="village")).tidy()
    wanted = seen[(seen["cause"].astype(str) == str(ends[0])) & (seen["period"] == 3)].iloc[0]
    for name in ("estimate", "std_error"):
        assert found.loc["observed risk", name] == pytest.approx(wanted[name], rel=1e-8)
    curve = ps.calibration_curve(svy, groups=1, cause=ends[0]).tidy().set_index("term")
    assert curve.loc["observed", "estimate"] == pytest.approx(wanted["estimate"])
    gain = ps.decision_curve(svy, [0.2], cause=ends[0]).tidy().set_index("strategy")["estimate"]
    assert gain["all"] == pytest.approx(wanted["estimate"] - (1 - wanted["estimate"]) / 4)
    lists = ps.compare_lists(
        ps.Survey(table.assign(income=table["x"] + 10)), 0.2, 10, 0.2, cause=ends[0]
    )
    assert len(lists.tidy()) == 20
    for call in (ps.validate_risk, ps.calibration_curve):
        with pytest.raises(ps.DataError, match="ended by this cause"):
            call(svy, cause="nope")
    if ends[0] != 1:
        for call in (ps.validate_risk, ps.calibration_curve, ps.decision_curve):
            with pytest.raises(ps.DataError, match=r"Several ends(.|\n)*cause='moved'"):
                call(svy)


def test_a_right_model_of_one_cause_is_judged_as_right():
    table = ending(20_000, 5)
    fit = ps.relapse_model("x", table[::2], cause="relapse")
    rows = ps.follow_up(
        fit.risk(table[1::2].drop(columns=["entry", "exit", "event"]), 4), table[1::2]
    )
    found = ps.validate_risk(ps.Survey(rows), cause="relapse").tidy().set_index("term")
    ratio = found.loc["observed / predicted"]
    assert ratio["ci_low"] < 1 < ratio["ci_high"] and ratio["std_error"] < 0.04
    assert found.loc["observed risk", "estimate"] == pytest.approx(
        (table["event"][1::2].eq("relapse") & (table["exit"][1::2] <= 4)).mean()
    )


# After earlier spells -------------------------------------------------------------------------


def repeated(n=2000, theta=1.5, seed=0):
    r, rows = np.random.default_rng(seed), []
    for i, v in enumerate(r.gamma(1 / theta, theta, n)):
        t = s = 0
        while t < 10:
            k, s, fell = 0, s + 1, False
            while t < 10 and not fell:
                k, t, fell = k + 1, t + 1, r.random() < 1 - np.exp(-0.15 * v)
            rows.append((i, s, 0, k, fell))
            t += 1
    table = pd.DataFrame(rows, columns=["household_id", "spell", "entry", "exit", "event"])
    return table.assign(x=r.normal(size=len(table)))


@pytest.fixture(scope="module")
def shared():
    table = repeated()
    return table, ps.relapse_model("x", table, frailty="gamma", baseline="constant")


def test_risks_after_falls_are_those_that_were_seen(shared):
    table, fit = shared
    risk = fit.risk(table.assign(duration=0, x=0.0), 3, history=table)
    means = risk.groupby(table["spell"])["risk"].mean()
    seen = ps.kaplan_meier(ps.Survey(table, psu="household_id"), by="spell").tidy()
    seen = 1 - seen[seen["period"] == 3].set_index("spell")["estimate"]
    assert means[1] == pytest.approx(seen[1], abs=0.02)
    assert means[2] == pytest.approx(seen[2], abs=0.03)
    assert means[4] == pytest.approx(seen[4], abs=0.08) and means[4] > means[1] + 0.3
    first = table[table["spell"] == 1].assign(duration=0)
    assert np.allclose(fit.risk(first, 3, history=table)[COLUMNS], fit.risk(first, 3)[COLUMNS])


@pytest.mark.parametrize("falls", [0, 1, 2, 5])
def test_the_risk_is_the_integral_over_what_the_past_leaves(shared, falls):
    _, fit = shared
    theta, rate = fit.frailty.variance, np.exp(fit.params["Intercept"])
    history = pd.DataFrame({"household_id": 1, "spell": range(1, 7), "entry": [0, 0, 2, 0, 0, 0],
                            "exit": [1, 3, 5, 2, 4, 6], "x": 0.0,
                            "event": [k < falls for k in range(6)]})  # fmt: skip
    ask = pd.DataFrame({"household_id": [1], "spell": 7, "duration": 2, "x": 0.0})
    found = fit.risk(ask, 3, history=history)
    chance = stats.gamma(1 / theta, scale=theta).pdf

    def whole(v, more):
        periods = history["exit"] - history["event"]
        quiet = np.exp(-v * rate * (periods.sum() + 2 + more))
        return chance(v) * quiet * (-np.expm1(-v * rate)) ** falls

    below, above = (integrate.quad(whole, 0, 60, args=(more,), limit=400)[0] for more in (0, 3))
    assert found["risk"].item() == pytest.approx(1 - above / below, abs=1e-6)
    # near to gamma with shape 1/theta + m, rate 1/theta + A, where hazards are small
    lived = rate * (history["exit"].sum() - falls / 2 + 2)
    near = 1 - ((1 / theta + lived) / (1 / theta + lived + 3 * rate)) ** (1 / theta + falls)
    assert found["risk"].item() == pytest.approx(near, abs=0.01)
    curve = fit.survival(ask, 3, history=history)
    assert 1 - curve["survival"].iloc[-1] == pytest.approx(found["risk"].item())


def test_the_closed_forms_of_one_earlier_fall():
    """theta 1 and .5: survived .3, fell in a period of .2, now at risk for .2."""
    from scipy import sparse

    from povstudy.relapse.prediction import Past, _after_falls

    for theta, wanted in ((1.0, 0.235294117647), (0.5, 0.213877457705)):
        past = Past(
            None, np.zeros(1), np.zeros((1, 1)), np.array([True]), np.array([0.2]), np.zeros((1, 1))
        )
        made = np.zeros(1), np.zeros((1, 2))
        none = np.zeros((1, 1))
        _after_falls(theta, np.array([0.3]), none, np.array([0.2]), none, past,
                     sparse.csr_array(np.ones((1, 1))), made)  # fmt: skip
        assert 1 - np.exp(-made[0][0]) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("falls", [0, 1, 3])
def test_slopes_of_the_risk_after_falls_are_differences(shared, falls):
    from dataclasses import replace

    _, fit = shared
    history = pd.DataFrame({"household_id": 1, "spell": [1, 2, 3], "entry": 0, "exit": [1, 3, 2],
                            "x": [0.5, -1, 2], "event": [k < falls for k in range(3)]})  # fmt: skip
    ask = pd.DataFrame({"household_id": [1], "spell": 4, "duration": 1, "x": 0.3})
    slopes = []
    for name in fit.params.index:
        sides = []
        for step in (1e-4, -1e-4):
            params = fit.params.copy()
            params[name] += step
            sides.append(replace(fit, params=params).risk(ask, 3, history=history)["risk"].item())
        slopes.append((sides[0] - sides[1]) / 2e-4)
    wanted = np.sqrt(np.array(slopes) @ fit.cov().to_numpy() @ slopes)
    assert fit.risk(ask, 3, history=history)["std_error"].item() == pytest.approx(wanted, rel=1e-4)


def test_person_periods_tell_the_same_past(shared):
    table, fit = shared
    few = table[table["household_id"] < 50]
    rows = few.loc[few.index.repeat(few["exit"])]
    place = rows.groupby(["household_id", "spell"]).cumcount()
    last = rows["exit"] == place + 1
    periods = rows.assign(entry=place, exit=place + 1, event=rows["event"] & last)
    now = few.assign(duration=0)
    one, two = (fit.risk(now, 3, history=h)[COLUMNS].to_numpy() for h in (few, periods))
    assert one == pytest.approx(two)


def test_a_past_that_is_lacking_or_of_others_is_refused(shared):
    table, fit = shared
    for ask in (fit.risk, fit.survival):
        with pytest.raises(ps.DataError, match=r"second or later(.|\n)*history=spells"):
            ask(table, 2)
    second = table[table["spell"] == 2]
    for history, words in (
        (table[table["spell"] == 2], "second or later"),
        (table.assign(household_id=table["household_id"].astype(str)), "No household of history"),
        (table.drop(columns="x"), "lacks"),
        (table.assign(event="perhaps not"), "not known"),
        (pd.concat([table, table]), "overlap|again|twice"),
    ):  # fmt: skip
        with pytest.raises(ps.DataError, match=words):
            fit.risk(second, 2, history=history)
    with pytest.raises(ps.DataError, match="column household_id"):
        fit.risk(second.drop(columns="household_id"), 2, history=table)
    plain = ps.relapse_model("x", table, baseline="constant")
    with pytest.raises(ps.DataError, match="Only a fit with frailty"):
        plain.risk(second, 2, history=table)


def test_the_only_end_that_came_later_is_not_taken_for_the_one_that_counts():
    risk = pd.DataFrame({"household_id": range(8), "risk": 0.2, "horizon": 2})
    later = pd.DataFrame({"household_id": range(8), "entry": 0, "exit": 2,
                          "event": ["moved", ""] * 4})  # fmt: skip
    rows = ps.follow_up(risk, later)
    assert rows["event"].tolist() == ["moved", ""] * 4
    with pytest.raises(ps.DataError, match=r"Nothing ended by this cause(.|\n)*moved"):
        ps.validate_risk(ps.Survey(rows), cause="relapse")
    marks = ps.validate_risk(ps.Survey(rows.assign(event=rows["event"] != "")), cause=1)
    assert marks.tidy()["estimate"].iloc[0] == 0.5
