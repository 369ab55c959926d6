"""Durations: against R survival and survey, by hand, by simulation, and what must hold."""

import json

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT, examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "survival.json").read_text("utf-8"))
DATA = pd.read_csv(FILES / "durations.csv", dtype={"arm": str, "event": str}, keep_default_na=False)
DATA["dead"] = (~DATA["event"].isin(["0", "censored"])).astype(int)
CURVES = [(data, arm) for data, arms in R["curves"].items() for arm in arms]
FULL = {"weight": "weight", "strata": "stratum", "psu": "unit"}
CAUSES = ("death", "progression")


def rows(data, arm="all"):
    part = DATA[DATA["data"] == data]
    return part if arm == "all" else part[part["arm"] == arm]


def exactly(wanted):
    wanted = [np.nan if isinstance(x, str) else x for x in np.ravel(wanted)]
    return pytest.approx(np.asarray(wanted, dtype=float), rel=1e-10, abs=1e-15, nan_ok=True)


def at(table, wanted, column="estimate"):
    """Values of the periods that R tells of."""
    return table.set_index("period").loc[wanted["time"], column].to_numpy()


def refused(call, *words):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


def spells(**columns):
    return ps.Survey(pd.DataFrame(columns))


# Against R ----------------------------------------------------------------------------------


@pytest.mark.parametrize("data, arm", CURVES)
def test_curves_are_those_of_r_survival(data, arm):
    wanted = R["curves"][data][arm]
    svy = ps.Survey(rows(data, arm), weight="weight", psu="id")
    found = ps.kaplan_meier(svy, event="dead").tidy()
    assert at(found, wanted) == exactly(wanted["survivor"])
    assert at(found, wanted, "population") == exactly(wanted["n"])
    # Theirs lacks n / (n - 1), and is missing where nobody is left.
    factor, some = np.sqrt(wanted["clusters"] / (wanted["clusters"] - 1)), at(found, wanted) > 0
    theirs = np.array([x if some_ else 0.0 for x, some_ in zip(wanted["se"], some, strict=True)])
    assert at(found, wanted, "std_error") == exactly(factor * theirs)
    mean = ps.restricted_mean(svy, wanted["horizon"], event="dead").tidy()
    assert mean["estimate"].to_numpy() == exactly(wanted["rmean"])
    assert mean["std_error"].to_numpy() == exactly(factor * wanted["rmean_se"])


@pytest.mark.parametrize("data", R["full"])
def test_errors_in_a_design_are_those_of_r_survey(data):
    wanted, svy = R["full"][data], ps.Survey(rows(data), **FULL)
    found = ps.kaplan_meier(svy, event="dead").tidy()
    assert at(found, wanted, "std_error") == exactly(wanted["design_se"])
    mean = ps.restricted_mean(svy, wanted["horizon"], event="dead").tidy()
    assert mean["std_error"].to_numpy() == exactly(wanted["rmean_design_se"])


@pytest.mark.parametrize("arm", R["incidence"])
def test_incidence_is_that_of_r_survival_with_late_entry(arm):
    wanted, part = R["incidence"][arm], rows("mgus2", arm)
    found = ps.cumulative_incidence(ps.Survey(part, weight="weight", psu="id")).tidy()
    design = ps.cumulative_incidence(ps.Survey(part, **FULL)).tidy() if arm == "all" else None
    factor = np.sqrt(wanted["clusters"] / (wanted["clusters"] - 1))
    for k, cause in enumerate(CAUSES, 1):
        own = found[found["cause"] == cause]
        assert wanted["states"][k] == cause
        assert at(own, wanted) == exactly(np.array(wanted["share"])[:, k])
        assert at(own, wanted, "std_error") == exactly(factor * np.array(wanted["se"])[:, k])
        if design is not None:
            own = design[design["cause"] == cause]
            theirs = np.array(wanted["design_se"])[:, k - 1]
            assert at(own, wanted, "std_error") == exactly(theirs)


def test_hazards_are_ratios_as_of_r_survey():
    svy = ps.Survey(rows("cgd"), **FULL)
    table = ps.life_table(svy, event="dead").tidy().query("term == 'hazard'").set_index("period")
    for one in R["hazards"]:
        assert table.loc[one["time"], ["estimate", "std_error"]].tolist() == exactly(
            [one["hazard"], one["se"]]
        )


def test_domains_are_those_of_a_full_design():
    svy = ps.Survey(rows("mgus2"), **FULL)
    both = ps.kaplan_meier(svy, "arm", event="dead").tidy().query("arm == 'F'")
    alone = ps.kaplan_meier(ps.Survey(rows("mgus2", "F"), **FULL), event="dead").tidy()
    both = both[both["period"].isin(alone["period"])]
    assert both["estimate"].to_numpy() == exactly(alone["estimate"])
    # A unit without women still counts as a unit of its stratum.
    assert (
        0.99 < (both["std_error"].to_numpy()[:50] / alone["std_error"].to_numpy()[:50]).min() < 1.2
    )


# By hand ------------------------------------------------------------------------------------


def test_late_entry_counts_from_when_it_was_seen():
    svy = spells(entry=[0, 0, 0, 0, 2], exit=[1, 2, 3, 3, 3], event=[1, 0, 1, 0, 0])
    assert ps.kaplan_meier(svy).tidy()["estimate"].tolist() == [0.75, 0.75, 0.5]
    table = ps.life_table(svy).layout()
    assert table["at_risk"].tolist() == [4, 3, 3] and table["events"].tolist() == [1, 0, 1]
    assert table["censored"].tolist() == [0, 1, 2] and table["hazard"].tolist() == [0.25, 0, 1 / 3]


def test_a_restricted_mean_is_the_sum_of_survivors():
    svy = spells(entry=[0, 0, 0, 0, 2], exit=[1, 2, 3, 3, 3], event=[1, 0, 1, 0, 0])
    assert ps.restricted_mean(svy, 3).tidy()["estimate"][0] == 1 + 0.75 + 0.75
    assert ps.restricted_mean(svy, 2.5).tidy()["estimate"][0] == 1 + 0.75 + 0.75 / 2
    gone = spells(entry=0, exit=[1, 2], event=1)
    assert ps.restricted_mean(gone, 9).tidy()["estimate"][0] == 1.5
    refused(lambda: ps.restricted_mean(svy, 4), "not seen up to", "last seen at 3", "horizon=3")


def test_the_errors_of_a_simple_sample_without_censoring_are_binomial():
    rng = np.random.default_rng(0)
    svy = spells(entry=0, exit=rng.integers(1, 6, 200), event=1)
    table = ps.kaplan_meier(svy).tidy()
    share = table["estimate"]
    assert table["std_error"].to_numpy() == exactly(np.sqrt(share * (1 - share) / 199))
    assert table["std_error"].iloc[-1] == 0 and table["ci_low"].iloc[-1] == 0
    assert table["ci_high"].iloc[-1] == pytest.approx(1 - 0.025 ** (1 / table["n"].iloc[-1]))
    hazard = ps.life_table(svy).tidy().query("term == 'hazard'")
    h, n = hazard["estimate"], hazard["n"]
    ratio = hazard["std_error"].to_numpy() ** 2
    assert ratio == exactly(h * (1 - h) / n * 200 / 199)


def test_where_nothing_ends_there_is_a_bound():
    two = {"entry": 0, "exit": 3, "event": [0] * 40 + [1, 0] * 20, "village": np.arange(80) // 4}
    svy = ps.Survey(pd.DataFrame(two).assign(arm=["a"] * 40 + ["b"] * 40), psu="village")
    found = ps.kaplan_meier(svy, "arm")
    a, b = found.tidy().itertuples(index=False)
    assert (a.estimate, a.std_error, a.ci_high) == (1, 0, 1)
    assert a.ci_low == pytest.approx(0.025 ** (1 / 10))  # ten villages, in each all may be alike
    gone = ps.cumulative_incidence(svy, by="arm").tidy()
    assert gone["ci_high"][0] == pytest.approx(1 - a.ci_low) and gone["ci_low"][0] == 0
    hazard = ps.life_table(svy, "arm").layout()
    assert hazard["hazard_ci_high"][0] == pytest.approx(1 - a.ci_low)
    assert ps.restricted_mean(svy, 3, "arm").tidy()["ci_low"][0] == pytest.approx(3 * a.ci_low)
    # The bound stays in the difference, and in the joint intervals.
    step = found.contrast("arm", "b", "a").tidy().iloc[0]
    up = np.hypot(b.ci_high - b.estimate, 1 - a.ci_low)
    assert step["ci_low"] == pytest.approx(-0.5 - (b.estimate - b.ci_low))
    assert step["ci_high"] == pytest.approx(-0.5 + up)
    assert found.band()["ci_low"][0] <= a.ci_low


def test_intervals_are_made_on_the_scale_of_log_log():
    found = ps.kaplan_meier(ps.Survey(rows("lung"), weight="weight"), event="dead", times=[300])
    table = found.tidy()
    share, error, low, high, df = (
        table[c][0] for c in ("estimate", "std_error", "ci_low", "ci_high", "df")
    )
    from scipy import stats

    reach = stats.t.ppf(0.975, df) * error / (share * abs(np.log(share)))
    ends = np.log(-np.log([high, low]))
    assert ends == pytest.approx(np.log(-np.log(share)) + np.array([-reach, reach]))


def test_what_two_sides_have_in_common_narrows_their_difference():
    part = rows("lung").reset_index(drop=True)
    both = pd.concat([part.assign(arm=one) for one in "ab"])
    svy = ps.Survey(both, psu="id")
    found = ps.kaplan_meier(svy, "arm", event="dead", times=[300])
    step, own = found.contrast("arm", "a", "b").tidy().iloc[0], found.tidy().iloc[0]
    down, up = own["estimate"] - own["ci_low"], own["ci_high"] - own["estimate"]
    assert step["std_error"] == pytest.approx(0, abs=1e-9)
    assert step["ci_high"] == pytest.approx(abs(up - down), rel=1e-4) and step["ci_high"] < up / 5


def test_causes_may_be_marks_and_ends_may_be_words():
    words = ps.Survey(rows("mgus2"), **FULL)
    any_end, marked = (ps.kaplan_meier(words, event=x).tidy() for x in ("event", "dead"))
    pd.testing.assert_frame_equal(any_end, marked, rtol=1e-12)
    one = ps.cumulative_incidence(words, "dead").tidy()
    assert one["estimate"].to_numpy() == exactly(1 - any_end["estimate"])
    assert one["std_error"].to_numpy() == exactly(any_end["std_error"])
    assert set(one["cause"]) == {"dead"}


def test_unknown_starts_are_left_out_and_counted():
    table = pd.DataFrame({"entry": 0, "exit": [1, 2, 2, 5], "event": [1, 0, 1, 1],
                          "origin_known": [True, True, True, False]})  # fmt: skip
    found, seen = ps.kaplan_meier(ps.Survey(table)), table[table["origin_known"]]
    assert found.dropped == 1 and ps.kaplan_meier(ps.Survey(seen)).dropped == 0
    assert found.table.equals(ps.kaplan_meier(ps.Survey(seen)).table)


def test_missing_values_are_refused_or_counted():
    table = pd.DataFrame({"entry": 0, "exit": [1, 2, 2, None], "event": [1, None, 1, 1],
                          "arm": ["a", "a", "a", "a"]})  # fmt: skip
    refused(lambda: ps.kaplan_meier(ps.Survey(table)), "1 rows have no exit", "row 3")
    some = table.dropna(subset="exit")
    refused(lambda: ps.kaplan_meier(ps.Survey(some)), "1 rows have no event")
    found = ps.kaplan_meier(ps.Survey(table, missing="drop"), "arm")
    assert found.dropped == 2 and found.table["n"].tolist() == [2, 1]


def test_times_choose_what_is_reported():
    svy = ps.Survey(rows("mgus2"), **FULL)
    every, some = (ps.kaplan_meier(svy, event="dead", times=x) for x in (None, [12, 60.5]))
    known = every.tidy().query("period <= 60.5").iloc[-1]
    assert some.tidy()["estimate"].iloc[1] == known["estimate"]
    assert some.tidy()["std_error"].iloc[1] == pytest.approx(known["std_error"])
    refused(lambda: ps.kaplan_meier(svy, times=[1e6]), "seen for so long", "times= of at most")
    refused(lambda: ps.kaplan_meier(svy, times=[0, 1]), "more than 0")


def test_a_curve_stops_where_its_domain_was_last_seen():
    svy = spells(entry=0, exit=[1, 2, 1, 4], event=[1, 0, 0, 1], arm=list("aabb"))
    table = ps.kaplan_meier(svy, "arm").tidy()
    assert table.groupby("arm")["period"].apply(list).to_dict() == {"a": [1, 2], "b": [1, 2, 4]}
    assert ps.kaplan_meier(svy, "arm").contrast("arm", "a", "b").tidy()["period"].tolist() == [1, 2]


@pytest.mark.parametrize("make", [
    duckdb.from_df, pl.from_pandas, lambda table: pl.from_pandas(table).lazy()
])  # fmt: skip
@pytest.mark.parametrize("design", [FULL, {"weight": "weight", "strata": "stratum"}])
def test_every_kind_of_table_gives_the_same(make, design):
    table = rows("mgus2").drop(columns="data")
    for measure, more in ((ps.kaplan_meier, {}), (ps.cumulative_incidence, {}),
                          (ps.life_table, {}), (ps.restricted_mean, {"horizon": 24})):  # fmt: skip
        mine = measure(ps.Survey(table, **design), by="arm", **more).tidy()
        other = measure(ps.Survey(make(table), **design), by="arm", **more).tidy()
        pd.testing.assert_frame_equal(
            other.sort_values([*mine.columns[:4]], ignore_index=True),
            mine.sort_values([*mine.columns[:4]], ignore_index=True),
            rtol=1e-9, check_dtype=False,
        )  # fmt: skip


# What must hold -----------------------------------------------------------------------------

LIVES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 4), st.sampled_from(["", "illness", "work"]),
              st.integers(0, 5), st.sampled_from([0.5, 1.0, 3.0])),
    min_size=3, max_size=40,
)  # fmt: skip


def lives(drawn):
    """Spells with one row at least at risk throughout, in three villages at least."""
    drawn = [*drawn, (0, 9, "", 6, 1.0), (0, 9, "work", 7, 1.0)]
    table = pd.DataFrame(drawn, columns=["entry", "long", "event", "village", "weight"])
    table["exit"] = table["entry"] + table.pop("long")
    return table.assign(household_id=np.arange(len(table)))


DESIGN = {"weight": "weight", "psu": "village"}


@given(LIVES)
@examples(15)
def test_causes_and_survivors_add_up_to_one_and_fall(drawn):
    svy = ps.Survey(lives(drawn), **DESIGN)
    left = ps.kaplan_meier(svy).tidy()
    assert (left["estimate"].diff().dropna() <= 1e-12).all() and left["estimate"].between(
        0, 1
    ).all()
    found = ps.cumulative_incidence(svy)
    gone = found.tidy().groupby("period")["estimate"].sum()
    assert gone.to_numpy() == exactly(1 - left["estimate"])
    table = found.tidy()
    inside = (table["ci_low"] <= table["estimate"] + 1e-9) & (table["estimate"] <= table["ci_high"] + 1e-9)  # fmt: skip
    assert inside.all() and table["ci_low"].min() >= 0 and table["ci_high"].max() <= 1
    # What one cause gains in a sample, the survivors and the others lose.
    cov = found.cov().to_numpy()
    pick = np.tile(np.eye(len(left)), (table["cause"].nunique(), 1))
    variance = np.diag(pick.T @ cov @ pick)
    assert np.sqrt(np.maximum(variance, 0)) == pytest.approx(left["std_error"].to_numpy(), abs=1e-7)


@given(LIVES)
@examples(5)
def test_the_scale_of_weights_does_not_matter(drawn):
    table = lives(drawn)
    one, two = (
        ps.life_table(ps.Survey(table.assign(weight=k * table["weight"]), **DESIGN)).tidy()
        for k in (1, 1000)
    )
    rest = one["term"].isin(["hazard", "survivor"])
    columns = ["estimate", "std_error", "ci_low", "ci_high"]
    assert two.loc[rest, columns].to_numpy().ravel() == pytest.approx(
        one.loc[rest, columns].to_numpy().ravel(), abs=1e-8
    )


@given(LIVES)
@examples(5)
def test_rows_may_be_split_into_periods(drawn):
    table = lives(drawn)
    split = table.loc[table.index.repeat(table["exit"] - table["entry"])]
    split = split.assign(entry=split["entry"] + split.groupby(level=0).cumcount())
    last = split["entry"] + 1 == split["exit"]
    split = split.assign(exit=split["entry"] + 1, event=split["event"].where(last, ""))
    for psu in ("village", "household_id"):
        for measure, more in ((ps.cumulative_incidence, {"cause": "event"}), (ps.kaplan_meier, {}),
                              (ps.restricted_mean, {"horizon": 6})):  # fmt: skip
            one, two = (measure(ps.Survey(x, weight="weight", psu=psu), **more).tidy()
                        for x in (table, split))  # fmt: skip
            columns = ["estimate", "std_error", "ci_low", "ci_high", "population"]
            if measure is ps.restricted_mean:
                columns.pop()
            else:
                both = ["cause", "period"] if "cause" in one else ["period"]
                whole = one.sort_values(both)[columns]
                two = two[two["period"].isin(one["period"])].sort_values(both)
                one = whole
            assert two[columns].to_numpy().ravel() == pytest.approx(
                one[columns].to_numpy().ravel(), abs=1e-8
            )


@given(LIVES)
@examples(8)
def test_many_units_are_summed_up_without_loss(drawn):
    table = lives(drawn).assign(arm="a")
    many = pd.concat([table.assign(copy=i) for i in range(60)], ignore_index=True)
    many["unit"] = many["household_id"] = many["household_id"] + 1000 * many["copy"]
    svy = ps.Survey(many, psu="unit", weight="weight")
    rows_alone = ps.Survey(many.drop(columns="household_id"), weight="weight")
    found, wanted = (ps.kaplan_meier(one, times=[1, 2]) for one in (svy, rows_alone))
    assert found.totals.second.shape[0] == 2  # not one for each unit
    assert found.cov().to_numpy() == pytest.approx(wanted.cov().to_numpy(), abs=1e-12)


# Known truth --------------------------------------------------------------------------------

PERIODS = np.arange(1, 6)


def villages(rng, draws, size=60, per=8):
    """Samples of villages that share a risk, some households seen late, some lost early."""
    shared = rng.gamma(2, 0.5, (draws, size))
    risk = 0.12 * np.repeat(shared[..., None], per, axis=2)
    ended = np.ceil(rng.exponential(1 / risk))
    entry = np.where(rng.random(risk.shape) < 0.3, rng.integers(1, 3, risk.shape), 0)
    lost = np.minimum(rng.integers(2, 8, risk.shape), PERIODS[-1])
    sample, village, _ = np.indices(risk.shape)
    table = pd.DataFrame({
        "sample": sample.ravel(), "village": village.ravel(), "entry": entry.ravel(),
        "exit": np.minimum(ended, lost).ravel(), "event": (ended <= lost).ravel(),
    })  # fmt: skip
    return table[table["exit"] > table["entry"]]


TRUTH = (1 + 0.06 * PERIODS) ** -2.0  # mean of exp(-0.12 k g) over the gamma of villages


def test_intervals_hold_the_truth_in_clustered_samples():
    table = villages(np.random.default_rng(3), 1000)
    svy = ps.Survey(table, strata="sample", psu="village")
    found = ps.kaplan_meier(svy, "sample").tidy()
    truth = TRUTH[found["period"].astype(int) - 1]
    by_period = found.assign(
        bias=found["estimate"] / truth - 1,
        holds=(found["ci_low"] <= truth) & (truth <= found["ci_high"]),
    ).groupby("period")
    assert by_period["bias"].mean().abs().max() < 0.005
    spread = by_period["estimate"].std() / by_period["std_error"].mean()
    assert spread.between(0.93, 1.07).all()
    assert by_period["holds"].mean().between(0.925, 0.97).all()
    assert found["df"].unique().tolist() == [59]
    # Rows taken as units would tell of half the villages' spread at the end.
    rows_alone = ps.kaplan_meier(ps.Survey(table, strata="sample"), "sample").tidy()
    low, high = rows_alone["ci_low"], rows_alone["ci_high"]
    assert ((low <= truth) & (truth <= high))[found["period"] == 5].mean() < 0.9
    mean = ps.restricted_mean(svy, 5, "sample").tidy()
    whole = 1 + TRUTH[:4].sum()
    holds = (mean["ci_low"] <= whole) & (whole <= mean["ci_high"])
    assert 0.925 < holds.mean() < 0.97 and abs(mean["estimate"].mean() / whole - 1) < 0.005


def test_bands_hold_the_whole_curve():
    table, holds = villages(np.random.default_rng(6), 80), []
    for _, one in table.groupby("sample"):
        band = ps.kaplan_meier(ps.Survey(one, psu="village")).band(draws=500)
        holds.append(((band["ci_low"] <= TRUTH) & (band["ci_high"] >= TRUTH)).all())
    assert 0.88 < np.mean(holds) < 1


# What is refused ----------------------------------------------------------------------------

GOOD = {"entry": [0, 0, 1], "exit": [1, 2, 2], "event": [1, 0, 1]}


@pytest.mark.parametrize("change, words", [
    ({"entry": [0, -1, 1]}, ("A duration is 0 or more", "column entry, row 1", "-1")),
    ({"exit": [1, 0, 2]}, ("ends after it starts", "column exit, row 1")),
    ({"exit": ["1", "two", "3"]}, ("holds no numbers", "exit")),
    ({"event": [1, 99, 0]}, ("not known whether", "column event", "99", "censored, censor", "删失")),
    ({"event": ["", 1, 0]}, ("words alone", "column event")),
    ({"entry": [0, 0, 3], "exit": [1, 2, 4]}, ("Nobody is seen at risk", "duration 3")),
    ({"origin_known": [0, 0, 0]}, ("no spell whose start is known", "all rows")),
    ({"origin_known": ["no", "no", "yes"]}, ("1 (yes) or 0 (no)", "origin_known")),
    ({"household_id": [7, 7, 8]}, ("several rows", "psu='household_id'", "7")),
])  # fmt: skip
def test_spells_that_tell_nothing_are_refused(change, words):
    refused(lambda: ps.kaplan_meier(spells(**{**GOOD, **change})), *words)


def test_a_curve_begins_at_the_first_entry():
    table = pd.DataFrame({"entry": [1, 1, 1, 2], "exit": [2, 3, 3, 3], "event": [1, 0, 1, 0]})
    found = ps.kaplan_meier(ps.Survey(table)).tidy()
    assert found["period"].tolist() == [2, 3] and found["n"].tolist() == [3, 3]
    assert found["estimate"].to_numpy() == exactly([2 / 3, 4 / 9])  # as survfit of R
    gone = ps.cumulative_incidence(ps.Survey(table)).tidy()
    assert gone["estimate"].to_numpy() == exactly([1 / 3, 5 / 9])
    life = ps.life_table(ps.Survey(table)).layout()
    assert life["hazard"].to_numpy() == exactly([1 / 3, 1 / 3])
    both = pd.concat([table.assign(arm="late"), table.assign(arm="all", entry=0)])
    late = ps.kaplan_meier(ps.Survey(both), "arm").tidy().query("arm == 'late'")
    assert late["estimate"].tolist() == found["estimate"].tolist()
    none = ps.kaplan_meier(ps.Survey(table.assign(event=0))).tidy()
    plain = ps.kaplan_meier(ps.Survey(table.assign(event=0, entry=table["entry"] - 1))).tidy()
    assert none["ci_low"][0] == pytest.approx(plain["ci_low"][0])
    refused(lambda: ps.restricted_mean(ps.Survey(table), 3), "at risk at first", "duration 1")
    refused(lambda: ps.kaplan_meier(ps.Survey(table), times=[1]), "so early", "2 or more")


def test_other_wrong_questions_are_refused():
    svy = spells(**GOOD)
    refused(lambda: ps.kaplan_meier(svy, "arm"), "lacks a column", "arm")
    refused(lambda: ps.kaplan_meier(svy, event="fell"), "lacks a column", "fell")
    refused(lambda: ps.kaplan_meier(spells(**GOOD, period=1), "period"), "name that the result has")
    refused(lambda: ps.kaplan_meier(pd.DataFrame(GOOD)), "takes a Survey")
    refused(lambda: ps.restricted_mean(svy, 0), "more than 0")
    none = spells(**{**GOOD, "event": ["", "", "censored"]})
    refused(lambda: ps.cumulative_incidence(none), "no causes", "ps.kaplan_meier")
    table = pd.DataFrame(GOOD).assign(w=1.0, r1=1.0, r2=2.0)
    again = ps.Survey(table, weight="w", replicates=ps.Replicates(["r1", "r2"]))
    refused(lambda: ps.kaplan_meier(again), "not replicate weights", "psu=")
    assert set(ps.kaplan_meier(spells(**GOOD, household_id=[1, 2, 3])).tidy()["n"]) == {2}
