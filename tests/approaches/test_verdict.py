"""Verdicts on effects: the rule, its numbers by hand, worlds that are known, and words."""

import runpy

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy import stats

import povstudy as ps
from povstudy.approaches.standing import losses, trends
from povstudy.approaches.standing.verdict import reasons
from povstudy.base.verdicts import line

MADE = runpy.run_path(str(ROOT / "tests" / "reference" / "effects.py"))
BENCH = runpy.run_path(str(ROOT / "benchmarks" / "verdict.py"))
PANEL = MADE["make_panel"](5, villages=64, households=10)
EFF = ps.compare(PANEL, "log_income", "village")
ASKED = EFF.verdict().thresholds
PAIR = ("social_work", "administrative")


def refused(call, *words):
    with pytest.raises(ps.PovstudyError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


# The rule -----------------------------------------------------------------------------

SOUND = {
    "estimate": 1.0, "std_error": 0.2, "ci_low": 0.6, "ci_high": 1.4, "periods": 4,
    "p_trends": 0.5, "p_shape": 0.4, "bias": 0.2, "furthest": 0.04, "missed": 0.5, "line_low": 0.3,
    "line_high": 1.5, "dip_low": 0.4, "dip_high": 1.5, "breakdown": 0.6, "lost": 0.1,
    "lost_controls": 0.1, "loss_low": -0.1, "loss_high": 0.1, "clusters": 40,
}  # fmt: skip
CASES = [
    ({}, {}, []),
    ({"ci_low": -0.1}, {}, ["zero"]),
    ({"ci_low": -0.1, "missed": 9.0, "line_low": -1.0, "breakdown": 0.0}, {}, ["zero"]),
    ({"ci_low": np.nan, "ci_high": np.nan}, {}, ["zero"]),
    ({}, {"least_effect": 2.0}, ["small"]),
    ({}, {"least_effect": 0.7}, ["zero"]),
    ({"periods": 0, "p_trends": np.nan, "missed": np.nan}, {}, ["none before"]),
    ({"p_trends": 0.01}, {}, ["parted"]),
    ({"p_shape": 0.01}, {}, ["parted"]),
    ({"p_shape": 0.01}, {"alpha": 0.005}, []),
    ({"p_trends": 0.01, "bias": 0.03}, {}, []),  # too little to matter
    ({"p_trends": 0.01, "bias": 0.03, "furthest": 0.3}, {}, ["parted"]),
    ({"p_trends": 0.01}, {"most_parted": 0.3}, []),
    ({"p_trends": 0.01, "bias": -0.2}, {}, ["parted otherwise"]),
    ({"p_shape": 0.01, "bias": -0.1}, {}, []),  # away from the effect: the joint test is asked
    ({"missed": 1.1}, {}, ["missed"]),
    ({"missed": 1.1}, {"most_missed": 1.2}, []),
    ({"line_low": -0.1}, {}, ["line"]),
    ({"dip_low": -0.1}, {}, ["dip"]),
    ({"breakdown": 0.05}, {}, ["relative"]),
    ({"breakdown": 0.05}, {"least_breakdown": 0}, []),
    ({"breakdown": np.nan}, {}, ["relative"]),  # more times than clusters
    ({"loss_low": -0.7}, {}, []),  # nothing differs
    ({"loss_low": -0.7, "lost": 0.2}, {}, ["lost"]),
    ({"loss_low": -0.5, "lost": 0.2}, {}, []),
    ({"loss_low": -0.7, "lost": 0.2}, {"most_loss": 0.11}, []),
    ({"p_switched": 0.01, "switched_bias": 0.3}, {}, ["switched"]),
    ({"p_switched": 0.01, "switched_bias": 0.03}, {}, []),  # too little to matter
    ({"p_left": 0.01, "left_bias": -0.3}, {}, ["left otherwise"]),
    ({"clusters": 12}, {}, ["clusters"]),
    ({"clusters": 12}, {"least_clusters": 10}, []),
]  # fmt: skip


@pytest.mark.parametrize(("other", "asked", "wanted"), CASES)
def test_rule_is_as_written(other, asked, wanted):
    row, asked = SOUND | other, ASKED | asked
    assert reasons(row, asked) == wanted
    mirror = {name: -value if name in ("estimate", "bias") or name.endswith("_bias") else value
              for name, value in row.items()}  # fmt: skip
    for name in ("ci", "line", "dip", "loss"):
        mirror |= {f"{name}_low": -row[f"{name}_high"], f"{name}_high": -row[f"{name}_low"]}
    assert reasons(mirror, asked) == wanted


# Its numbers --------------------------------------------------------------------------


@pytest.mark.parametrize("pair", [("administrative", None), PAIR])
def test_shapes_are_regressions_of_the_times_before(pair):
    of = trends.path(EFF, *pair)
    found = EFF.effects() if pair[1] is None else EFF.contrast(*pair)
    wanted = found.table.set_index("arm")["estimate"].iloc[0 if pair[1] else [0]]
    assert of.weight @ of.estimate == pytest.approx(np.ravel(wanted)[0])
    root = np.linalg.inv(np.linalg.cholesky(of.cov[np.ix_(of.before, of.before)]))
    for shape, x, ahead in (
        ("line", of.steps, of.weight @ of.steps),
        ("dip", 1.0 + 0 * of.steps, 1),
    ):
        slope = np.linalg.lstsq(
            (root @ x[of.before])[:, None], root @ of.estimate[of.before], rcond=None
        )
        made = trends.less(of, shape, 0.05)
        assert made["bias"] == pytest.approx(slope[0][0] * ahead)
        middle = (made["low"] + made["high"]) / 2
        assert middle == pytest.approx(of.weight @ of.estimate - made["bias"])


def test_the_clearer_of_two_shapes_is_as_rare_as_draws_say():
    of = trends.path(EFF, "administrative")
    rng, root = np.random.default_rng(1), np.linalg.cholesky(of.cov)
    noise = (root @ rng.normal(size=(len(of.cov), 200_000)))[of.before]
    inverse = np.linalg.inv(of.cov[np.ix_(of.before, of.before)])
    sizes = [abs(x @ inverse @ noise) / np.sqrt(x @ inverse @ x)
             for x in (of.steps[of.before], np.ones(of.before.sum()))]  # fmt: skip
    for p in (0.01, 0.05, 0.3):
        drawn = (np.max(sizes, axis=0) > stats.norm.isf(p / 2)).mean()
        assert p < trends.clearer(of, p) < 2 * p
        assert trends.clearer(of, p) == pytest.approx(drawn, rel=0.05)
    first = of._replace(before=of.since == of.since[of.before].max())
    assert trends.clearer(first, 0.03) == 0.03  # of one time a line and a dip are the same


def test_verdict_of_arms_and_of_their_difference_is_that_of_their_numbers():
    table = EFF.verdict([PAIR]).tidy().set_index("arm")
    wanted = pd.concat([EFF.tidy(), EFF.contrast(*PAIR).tidy()]).set_index("arm")
    for name in ("estimate", "std_error", "ci_low", "ci_high", "n", "df"):
        assert table[name].tolist() == pytest.approx(wanted[name].tolist())
    before = EFF.pretrends().set_index("arm")
    assert table.loc[before.index, "p_trends"].tolist() == pytest.approx(before["p_value"].tolist())
    for row in table.reset_index().to_dict("records"):
        assert row["reasons"] == "; ".join(reasons(row, ASKED))
    one = EFF.verdict([PAIR], arms="both" if "both" in EFF.sample.names else ["social_work"])
    assert len(one.tidy()) == 2


def two_times(**columns):
    """Forty households in ten villages, half of them helped; two waves after one before."""
    rng = np.random.default_rng(3)
    made = pd.DataFrame({
        "household_id": np.repeat(np.arange(40), 3), "year": [2014, 2015, 2016] * 40,
        "village": np.repeat(np.arange(40) % 10, 3), "y": rng.normal(size=120),
    })  # fmt: skip
    made["start"] = np.where(made["village"] < 5, 2015.0, np.nan)
    return made.assign(**columns)


def test_loss_is_counted_and_bounded_by_hand():
    table = two_times()
    gone = (table["year"] == 2016) & (table["village"] < 5) & (table["household_id"] < 20)
    eff = ps.compare(table[~gone], "y", "village", starts={"help": "start"})
    row = eff.verdict(most_loss=0.1).tidy().iloc[0]
    assert (row["lost"], row["lost_controls"]) == (0.5, 0)
    wide = table[~gone].pivot(index="household_id", columns="year", values="y")
    others = np.arange(40) % 10 >= 5
    change = np.sort((wide[2016] - wide[2014])[others])
    # Of the 20 controls the same half is trimmed; in 2015 nobody was lost.
    assert row["loss_low"] == pytest.approx((change.mean() - change[10:].mean()) / 2)
    assert row["loss_high"] == pytest.approx((change.mean() - change[:10].mean()) / 2)
    assert row["reasons"].startswith("zero")  # there is no effect in this table


def test_lee_trims_parts_of_rows_and_either_side():
    y = np.array([1.0, 2, 3, 6, np.nan, 1, 2, 3, np.nan, np.nan])
    one, two = np.arange(10) < 5, np.arange(10) > 4
    kept, (low, high) = losses.lee(y, np.ones(10), (one, two))
    assert kept == [0.8, 0.6]
    assert (3 + low - 2, 3 + high - 2) == pytest.approx((0, 5 / 3))
    assert losses.lee(y, np.ones(10), (two, one))[1] == pytest.approx((-high, -low))
    assert losses.lee(y, np.ones(10), (one, two), (8, 6))[1] == pytest.approx((0, 0))


def test_who_leaves_is_set_against_those_who_stay():
    table = two_times()
    second = table["household_id"].isin(np.arange(40)[:20:3]) & (table["village"] < 5)
    table["more"] = np.where(second, 2016.0, np.nan)
    eff = ps.compare(table, "y", "village", starts={"help": "start", "second": "more"})
    found = losses.selection(eff, [("help", 1), ("none", -1)], True)
    wide = table.pivot(index="household_id", columns="year", values="y")
    change, own = wide[2015] - wide[2014], np.arange(40) % 10 < 5
    leave = own & second.to_numpy()[::3]
    gap = change[leave].mean() - change[own & ~leave].mean()
    assert found["share"] == pytest.approx(leave.sum() / 40)  # of two years of 20 households
    assert found["bias"] == pytest.approx(-found["share"] * gap)
    pull = np.where(leave, (change - change[leave].mean()) / leave.sum(), 0)
    pull -= np.where(own & ~leave, (change - change[own & ~leave].mean()) / (own & ~leave).sum(), 0)
    sums = np.bincount(np.arange(40) % 10, pull)
    assert found["std_error"] == pytest.approx(found["share"] * np.sqrt((sums**2).sum() * 5 / 4))
    assert found["df"] == 4
    final = ps.compare(table, "y", "village", starts={"help": "start", "second": "more"},
                       switches="final")  # fmt: skip
    assert final.verdict().tidy()["switched"].isna().all()


def test_cross_sections_have_a_verdict_without_losses():
    table = EFF.verdict().tidy()
    assert table[["lost", "loss_low"]].notna().all(axis=None)
    eff = ps.compare(PANEL, "log_income", "village", unit=None)
    assert eff.verdict().tidy()[["lost", "loss_low", "switched"]].isna().all(axis=None)


# Worlds that are known ----------------------------------------------------------------


def said(kind, effect, worlds):
    rows = [BENCH["judged"]((kind, effect, 0.0, seed)) for seed in range(worlds)]
    return [row[5] for row in rows], [row[6] for row in rows]


def test_what_the_benchmark_says_is_found_again():
    table = pd.read_csv(ROOT / "benchmarks" / "verdict.csv")
    share = table.set_index(["kind", "effect"])["holds"]
    assert share["parallel", "4"] >= 0.8
    assert share["all whose bias exceeds the error", "0 or 4"] <= 0.05
    power = [share["parallel", str(k)] for k in BENCH["POWER"]]
    assert power == sorted(power)
    for kind, effect, worlds in (("parallel", 6, 6), ("trends, strong", 4, 4), ("parallel", 0, 4)):
        held = np.mean([one == "holds" for one in said(kind, effect, worlds)[0]])
        near = share[kind, str(effect)]
        assert abs(held - near) <= 3 * np.sqrt(max(near * (1 - near), 0.05) / worlds)


def test_selection_of_those_who_fare_badly_is_told():
    verdicts, why = said("second help of those who fare badly", 4, 3)
    assert "does not hold" in verdicts and any("switched" in one for one in why)
    verdicts, why = said("loss of the helped who fare badly", 4, 3)
    assert "holds" not in verdicts and any(one in " ".join(why) for one in ("left", "lost"))


def test_the_simulated_panel_fails_as_a_whole_and_holds_for_those_listed():
    sim = ps.simulate(ps.Scenario(sample_villages=50, sample_households=10), households=400_000,
                      years=9, seed=4)  # fmt: skip
    whole = sim.panel.assign(log_income=np.log(sim.panel["income"].clip(lower=1)))
    asked = {"outcome": "log_income", "cluster": "county", "switches": "final"}
    found = [ps.compare(table, **asked).verdict(arms="administrative").tidy().iloc[0]
             for table in (whole, ps.lessons.listed_by_both(sim))]  # fmt: skip
    assert [row["verdict"] for row in found] == ["does not hold", "holds"]
    assert found[0]["reasons"] == "parted" and found[0]["estimate"] > 2 * found[1]["estimate"]
    truth = sim.truth[sim.truth["estimand"] == "att_log_income_since_start"]
    truth = truth.loc[truth["arm"] == "administrative", "value"]
    assert truth.min() < found[1]["estimate"] < truth.max() < found[0]["estimate"]


# Words --------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_summaries_and_figures_say_it_first(lang):
    words = {"en": "Verdict. ", "zh": "结论："}[lang]
    verdict = EFF.verdict()
    first = line(verdict.verdicts(), lang)
    assert first.startswith(words)
    assert EFF.summary(lang).splitlines()[0] == first == verdict.summary(lang).splitlines()[0]
    ax = ps.figures.event_study(EFF.event_study(), lang=lang)
    assert any(first.split(words)[1][:8] in text.get_text() for text in ax.texts)
    ax = ps.figures.arm_difference(EFF.event_study(*PAIR), lang=lang)
    assert any(words in text.get_text() for text in ax.texts)
    plain = EFF.event_study(verdict=False)
    assert "verdict" not in plain.attrs
    assert not any(words in one.get_text() for one in ps.figures.event_study(plain).texts)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_reason_has_words(lang):
    row = SOUND | {"arm": "both", "verdict": "cannot be told", "p_switched": 0.01, "p_left": 0.01,
                   "switched_bias": 0.3, "left_bias": 0.3, "switched": 0.2, "p_lot": 0.2,
                   "p_before": 0.01, "df": 3.0}  # fmt: skip
    codes = ["small", "zero", "none before", "parted", "parted otherwise", "missed", "line", "dip",
             "relative", "lost", "switched", "switched otherwise", "left", "left otherwise",
             "clusters", "no lot", "no error", "unbalanced", "few"]  # fmt: skip
    table = pd.DataFrame([row | {"reasons": "; ".join(codes)}, row | {"reasons": ""}])
    table = table[["arm", "verdict", *[one for one in table if one not in ("arm", "verdict")]]]
    for stands in ("stands", "lot"):
        told = ps.base.verdicts.Verdict(table, ASKED | {"stands": stands}).summary(lang)
        assert "nan" not in told and "{" not in told and len(told.splitlines()) == 3


# Trials -------------------------------------------------------------------------------


def trial(loss=0.0, clusters=30, effect=1.0):
    rng = np.random.default_rng(8)
    n = clusters * 10
    made = pd.DataFrame({"village": np.repeat(np.arange(clusters), 10), "age": rng.normal(size=n)})
    made["treated"] = made["village"] % 2
    made["y"] = effect * made["treated"] + rng.normal(size=n)
    made.loc[(made["treated"] == 1) & (rng.random(n) < loss), "y"] = np.nan
    return made


def judged(table, **asked):
    found = ps.trial_effects(table, "y", "treated", cluster="village", missing="drop")
    return found.verdict(**asked).tidy().iloc[0]


def test_a_trial_is_judged_by_loss_balance_and_the_lot():
    assert judged(trial())["verdict"] == "holds"
    assert judged(trial(effect=0.0))["reasons"] == "zero"
    assert judged(trial(effect=0.0), least_effect=1.0)["verdict"] == "does not hold"
    assert judged(trial(loss=0.1))["reasons"] == ""
    assert judged(trial(loss=0.6))["reasons"] == "lost"
    assert judged(trial(), assigned={0: 150, 1: 400})["reasons"] == "lost"
    row = judged(trial(clusters=5))
    assert row["reasons"] == "few" and judged(trial(clusters=5), lot=0.01)["verdict"] == "holds"
    assert judged(trial(), lot=0.3)["reasons"] == "no lot"
    table = trial(loss=0.6).assign(y=lambda t: t["y"] + t["village"] % 7)
    assert judged(table)["reasons"] == "zero" and judged(table, lot=0.01)["reasons"] == "lost"
    took = ps.trial_effects(
        trial().assign(y=lambda t: t["treated"]), "y", "treated", cluster="village"
    )
    assert took.verdict().tidy()["reasons"].item() == "no error"
    table = trial().assign(age=lambda t: t["age"] + 3 * t["treated"])
    before = ps.trial_effects(table, "age", "treated", cluster="village")
    assert judged(table, before=before)["reasons"] == "unbalanced"
    told = ps.trial_effects(trial(), "y", "treated", cluster="village").summary("zh")
    assert told.splitlines()[0] == "结论：y：成立。"


def test_bounds_of_a_trial_are_those_of_lee():
    table = trial(loss=0.3)
    row = judged(table)
    wanted = ps.lee_bounds(table, "y", "treated", cluster="village")["estimate"]
    naive = table.groupby("treated")["y"].mean().diff().iloc[1]
    assert [naive + row["loss_low"], naive + row["loss_high"]] == pytest.approx(wanted[:2].tolist())


# What is refused ----------------------------------------------------------------------


def test_refused_in_words():
    for name, value in (("alpha", 0), ("level", 1), ("power", 2), ("most_loss", -1),
                        ("most_missed", -1), ("most_parted", -1), ("least_breakdown", "x"), ("least_clusters", 2.5)):  # fmt: skip
        refused(lambda name=name, value=value: EFF.verdict(**{name: value}), name)
    refused(lambda: EFF.verdict(arms="coaching"), "coaching", "administrative")
    refused(lambda: EFF.verdict([("social_work", "coaching")]), "coaching")
    refused(lambda: EFF.verdict(arms=[]), "pair of two arms")
    refused(lambda: EFF.verdict([("social_work", "social_work")]), "pair of two arms")
    refused(lambda: EFF.verdict([("social_work",)]), "pair of two arms")
    refused(lambda: EFF.verdict(most_lost=0.1), "most_lo")
    refused(lambda: EFF.sensitivity(since=True), "since=True")
    found = ps.trial_effects(trial(), "y", "treated", cluster="village")
    refused(lambda: found.verdict(assigned={0: 3, 1: 500}), "assigned")
    refused(lambda: found.verdict(lot=3), "lot")
    two = ps.trial_effects(trial(), ["y", "age"], "treated", cluster="village")
    refused(lambda: two.verdict(lot=0.03), "of one effect")


def test_power_of_any_test():
    assert trends._shift(0.04, 0.05, 3, 20) == 0  # the test finds as much where there is nothing
    for power, alpha, df in ((0.8, 0.05, 20), (0.999, 0.05, 1), (0.8, 1e-4, 1)):
        edge, shift = stats.f.isf(alpha, 6, df), trends._shift(power, alpha, 6, df)
        assert stats.ncf.sf(edge, 6, df, shift) == pytest.approx(power)
    assert (EFF.pretrends(level=0.1)["slope"] == 0).all()


def test_an_outcome_that_never_moves_is_no_effect():
    eff = ps.compare(PANEL.assign(log_income=1.0), "log_income", "village")
    table = eff.verdict().tidy()
    assert set(table["reasons"]) == {"zero"} and table["p_trends"].isna().all()
    assert "cannot be told" in eff.summary().splitlines()[0]


def test_no_time_before_and_one_village():
    late = PANEL[PANEL["year"] >= 2013]
    late = late[
        late["start_admin"].isin([2014.0])
        | late[["start_admin", "start_social_work"]].isna().all(axis=1)
    ]
    row = ps.compare(late, "log_income", "village").verdict().tidy().iloc[0]
    assert (
        row["periods"] == 0
        and "none before" in row["reasons"]
        and row["verdict"] == "cannot be told"
    )
    few = PANEL[PANEL["village"] % 8 < 5]
    few = few[~(few["start_admin"].notna() & (few["village"] > 30))]
    row = (
        ps.compare(few, "log_income", "village")
        .verdict()
        .tidy()
        .set_index("arm")
        .loc["administrative"]
    )
    assert "clusters" in row["reasons"] and row["verdict"] != "holds"
    one = PANEL[
        PANEL["start_admin"].isna()
        | (PANEL["village"] == PANEL.loc[PANEL["start_admin"].notna(), "village"].iloc[0])
    ]
    refused(lambda: ps.compare(one, "log_income", "village").verdict(), "One cluster")


# Tables to be read --------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_table_of_verdicts_says_what_the_summary_says(lang):
    judged = EFF.verdict([PAIR])
    table = ps.tables.verdicts(judged, names={"both": ("two", "两种")}, lang=lang)
    assert len(table) == len(judged.tidy()) and table.attrs["title"]
    assert table.attrs["source"]["status"] == "simulated"
    for told, line_ in zip(table.to_numpy(), judged.summary(lang).splitlines()[1:], strict=True):
        assert all(text in line_ for text in told[1:])
    assert (
        ps.tables.verdicts(judged, ("a", "b"), lang=lang).attrs["title"]
        == {"en": "a", "zh": "b"}[lang]
    )
