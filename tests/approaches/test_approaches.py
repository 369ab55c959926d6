"""Effects of approaches: against diff-diff and a bootstrap, by hand, and what must hold."""

import builtins
import json
import runpy
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT, examples
from diff_diff import CallawaySantAnna, ImputationDiD, SurveyDesign
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import povstudy as ps
from povstudy.approaches import effects, grouptime

FILES = ROOT / "tests" / "reference"
MADE = runpy.run_path(str(FILES / "effects.py"))
BOOTSTRAP = json.loads((FILES / "effects.json").read_text("utf-8"))["plain"]
STARTS = MADE["STARTS"]
WHOLE = MADE["make_panel"](11, attrition=0, switchers=0)
PANEL = MADE["make_panel"](5, villages=48, households=10)
WAYS = ("overall", "since", "year", "group")


def weighted(panel):
    """The same with a weight of each household, in three strata."""
    weight = 0.5 + (panel["household_id"] * 7919 % 100) / 50
    return panel.assign(weight=weight, stratum=panel["village"] % 3)


def small(**columns):
    """Four households, two years; the first two are helped in the second."""
    table = pd.DataFrame({
        "household_id": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6], "year": [2014, 2015] * 6,
        "y": [10.0, 14, 10, 16, 9, 12, 7, 9, 9, 10, 9, 11],
        "start_admin": [2015.0] * 4 + [np.nan] * 8,
        "start_social_work": [np.nan] * 4 + [2015.0] * 4 + [np.nan] * 4,
    })  # fmt: skip
    return table.assign(**columns)


def compare(table=PANEL, outcome="log_income", cluster="village", **options):
    return ps.compare(table, outcome, cluster, **options)


def refused(call, *words):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(ps.PovstudyError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy
    return caught.value


def numbers(found):
    return found.tidy()[["estimate", "std_error"]].to_numpy()


def peer(table, arm, covariates=None, controls="never", weights=False, base="universal", **options):
    """Group-time effects of one arm by diff-diff, and their averages."""
    other = next(name for one, name in STARTS.items() if one != arm)
    part = table[table[other].isna()]
    part = part.assign(first=part[STARTS[arm]].fillna(0).astype(int))
    ways = {"cluster": "village"}
    design = None
    if weights:
        ways, design = {}, SurveyDesign(weights="weight", strata="stratum", psu="village")
    made = CallawaySantAnna(
        control_group=f"{controls}_treated", base_period=base, pscore_trim=1e-9, **ways, **options
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return part, made.fit(
            part, "log_income", "household_id", "year", "first", covariates=covariates,
            survey_design=design,
        )  # fmt: skip


# Against diff-diff --------------------------------------------------------------------------


@pytest.mark.parametrize("arm", STARTS)
@pytest.mark.parametrize(("covariates", "near"), [(None, 1e-9), (["assets"], 1e-5)])
@pytest.mark.parametrize("controls", ["never", "not_yet"])
@pytest.mark.parametrize("weights", [False, True])
def test_each_arm_alone_is_that_of_diff_diff(arm, covariates, near, controls, weights):
    panel = weighted(WHOLE)
    part, wanted = peer(panel, arm, covariates, controls, weights)
    options = {"controls": controls, "covariates": covariates or (), "starts": {arm: STARTS[arm]},
               "factor": "whole"}  # fmt: skip
    if weights:
        part = ps.Survey(part, weight="weight", strata="stratum", psu="village")
    eff = compare(part, cluster=None if weights else "village", **options)
    exactly = lambda x: pytest.approx(np.asarray(x, dtype=float), rel=near, abs=near)  # noqa: E731
    for row in eff.tidy("cells").itertuples():
        cell = wanted.group_time_effects[(row.group, row.year)]
        assert [row.estimate, row.std_error] == exactly([cell["effect"], cell["se"]])
    assert numbers(eff.effects()) == exactly([[wanted.overall_att, wanted.overall_se]])
    for by, key, mine in (("event_study", "event_time", "since"), ("group", "label", "group")):
        table = wanted.aggregate(by).to_dataframe().set_index(key)
        found = eff.tidy(mine)
        theirs = table.loc[found[mine], ["att", "se"]]
        assert found[["estimate", "std_error"]].to_numpy() == exactly(theirs)


def test_arms_together_give_each_what_it_gets_alone():
    together = compare(WHOLE, covariates=["assets"])
    for arm, start in STARTS.items():
        other = next(name for one, name in STARTS.items() if one != arm)
        alone = compare(
            WHOLE[WHOLE[other].isna()], covariates=["assets"], starts={arm: start}
        ).tidy("since")
        mine = together.tidy("since")
        mine = mine[mine["arm"] == arm]
        assert mine["estimate"].to_numpy() == pytest.approx(alone["estimate"].to_numpy(), abs=1e-9)
        assert mine["df"].iloc[0] == 119  # the villages of the other arm are in the design


def test_an_unbalanced_panel_is_that_of_diff_diff_cell_by_cell():
    part, wanted = peer(PANEL, "social_work")
    eff = compare(part, starts={"social_work": "start_social_work"}, factor="whole")
    for row in eff.tidy("cells").itertuples():
        cell = wanted.group_time_effects[(row.group, row.year)]
        assert [row.estimate, row.std_error] == pytest.approx(
            [cell["effect"], cell["se"]], rel=1e-9
        )


@pytest.mark.parametrize("covariates", [None, ["assets"]])
def test_repeated_cross_sections_are_those_of_diff_diff(covariates):
    rows = WHOLE.sample(frac=0.5, random_state=1).assign(household_id=lambda x: np.arange(len(x)))
    part, wanted = peer(rows, "social_work", covariates, panel=False)
    eff = compare(part, unit=None, covariates=covariates or (), factor="whole",
                  starts={"social_work": "start_social_work"})  # fmt: skip
    found = eff.tidy("cells")
    theirs = [wanted.group_time_effects[(row.group, row.year)] for row in found.itertuples()]
    both = np.array([(one["effect"], one["se"]) for one in theirs])
    assert found[["estimate", "std_error"]].to_numpy() == pytest.approx(both, rel=1e-5)
    assert numbers(eff.effects())[0] == pytest.approx(
        [wanted.overall_att, wanted.overall_se], rel=1e-5
    )


@pytest.mark.parametrize("ahead", [1, 2])
def test_anticipation_is_that_of_diff_diff(ahead):
    part, wanted = peer(WHOLE[WHOLE["start_admin"] != 2014], "administrative", anticipation=ahead)
    eff = compare(part, starts={"administrative": "start_admin"}, anticipation=ahead)
    found = eff.tidy("cells")
    theirs = [
        wanted.group_time_effects[(row.group, row.year)]["effect"] for row in found.itertuples()
    ]
    assert found["estimate"].to_numpy() == pytest.approx(np.array(theirs), abs=1e-12)
    assert not (found["since"] == -1 - ahead).any()
    assert (found["since"] == -1).any()
    before = {-4: 3, -3: 2, -2: 1}  # years of anticipation are no test of trends
    assert eff.pretrends()["periods"].tolist() == [sum(one < -1 - ahead for one in before)]


# Errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", WAYS)
def test_errors_are_within_4_percent_of_a_bootstrap_of_villages(by):
    eff = compare(WHOLE)
    for found in (eff.effects(by), eff.contrast("social_work", "administrative", by)):
        for row in found.tidy().itertuples():
            key = f"{by} {0 if by == 'overall' else getattr(row, by):g} {row.arm}"
            assert row.std_error == pytest.approx(BOOTSTRAP[key], rel=0.04), key


def test_errors_with_covariates_are_those_of_a_small_bootstrap():
    panel = MADE["make_panel"](3, villages=120, households=4, years=5, attrition=0, switchers=0)
    eff = compare(panel, covariates=["assets"])
    sample, design = eff.sample, eff.cells.design
    rng, moved = np.random.default_rng(0), []
    for _ in range(60):
        draw = rng.multinomial(120, np.full(120, 1 / 120))[sample.cluster]
        again = grouptime.Sample(**{**vars(sample), "weight": draw.astype(float)})
        cells = grouptime.group_time(again, "never", 0, design, "simulated")[0]
        one = effects.Effects(cells, None, None, again, "", "never", 0, "censor")
        moved.append([*one.effects().table["estimate"],
                      *one.contrast("social_work", "administrative").table["estimate"]])  # fmt: skip
    errors = [*eff.tidy()["std_error"],
              *eff.contrast("social_work", "administrative").tidy()["std_error"]]  # fmt: skip
    assert np.array(errors) == pytest.approx(np.std(moved, axis=0), rel=0.25)  # 60: 9 % by chance


def test_the_difference_of_arms_knows_that_they_share_controls():
    eff = compare(WHOLE)
    apart = np.hypot(*eff.tidy()["std_error"])
    together = eff.contrast("social_work", "administrative", cohorts="own").tidy()["std_error"][0]
    assert together < 0.97 * apart
    covariance = eff.effects().cov().to_numpy()
    assert together**2 == pytest.approx(np.array([-1, 1]) @ covariance @ np.array([-1, 1]))


def test_bands_hold_all_intervals():
    table = compare(WHOLE).event_study().dropna(subset="std_error")
    assert (table["band_low"] < table["ci_low"]).all()
    assert (table["band_high"] > table["ci_high"]).all()


# By hand ------------------------------------------------------------------------------------


def test_two_groups_two_years_by_hand():
    eff = compare(small(), "y", None)
    table = eff.tidy()
    changes = {"administrative": [4, 6], "social_work": [3, 2], "none": [1, 2]}
    for row in table.itertuples():
        own, other = changes[row.arm], changes["none"]
        assert row.estimate == np.mean(own) - np.mean(other)
        assert row.std_error == pytest.approx(
            np.sqrt(sum(np.var(x, ddof=1) / 2 for x in (own, other)))
        )
    assert table["df"].tolist() == [5, 5]
    gap = eff.contrast("social_work", "administrative").tidy()
    assert gap["estimate"].tolist() == [-2.5]
    assert gap["std_error"][0] == pytest.approx(np.sqrt(2 / 2 + 0.5 / 2))
    plain = compare(small(), "y", None, factor="whole").contrast("social_work", "administrative")
    assert plain.tidy()["std_error"][0] == pytest.approx(np.sqrt(6 / 5 * (2 / 4 + 0.5 / 4)))
    assert eff.arms.set_index("arm")["households"].to_dict() == {
        "none": 2, "administrative": 2, "social_work": 2,
    }  # fmt: skip
    assert (eff.left_out.empty, eff.cells.status) == (True, "survey")


def test_differences_over_common_starts_weigh_both_arms_alike():
    eff = compare(WHOLE[WHOLE["start_social_work"] != 2016])
    cells = eff.tidy("cells")
    cells = cells[cells["since"] >= 0].pivot(index=["group", "year"], columns="arm",
                                             values="estimate").dropna()  # fmt: skip
    size = eff.cells.table.query("term == 'size'").groupby("group")["estimate"].sum()
    gap = cells["social_work"] - cells["administrative"]
    weight = size[cells.index.get_level_values("group")].to_numpy()
    assert set(cells.index.get_level_values("group")) == {2014, 2015}
    found = eff.contrast("social_work", "administrative").table["estimate"][0]
    assert found == pytest.approx(np.average(gap, weights=weight), rel=1e-12)
    own = eff.contrast("social_work", "administrative", cohorts="own").table["estimate"][0]
    assert own == pytest.approx(np.diff(eff.tidy()["estimate"])[0])
    assert abs(own - found) > 1e-6


@pytest.mark.parametrize(("power", "level"), [(0.8, 0.95), (0.6, 0.9)])
def test_the_power_of_the_test_of_trends_is_what_it_says(power, level):
    eff = compare(WHOLE)
    found = eff.effects("since")
    table, covariance = found.tidy(), found.cov().to_numpy()
    rng = np.random.default_rng(0)
    for row in eff.pretrends(power, level).itertuples():
        here = np.flatnonzero((table["arm"] == row.arm) & (table["since"] < -1))
        block = covariance[np.ix_(here, here)]
        effect = table["estimate"].to_numpy()[here]
        wald = effect @ np.linalg.inv(block) @ effect / len(here)
        assert (row.statistic, row.periods) == (pytest.approx(wald), len(here))
        assert row.p_value == pytest.approx(stats.f.sf(wald, len(here), 119))
        line = row.slope * (table["since"].to_numpy()[here] + 1)
        drawn = rng.multivariate_normal(line, block, 20_000)
        scale = rng.chisquare(119, 20_000) / 119
        statistic = np.einsum("ri,ij,rj->r", drawn, np.linalg.inv(block), drawn) / len(here) / scale
        edge = stats.f.isf(1 - level, len(here), 119)
        assert (statistic > edge).mean() == pytest.approx(power, abs=0.015)
        assert row.bias == pytest.approx(row.slope * (row.since + 1))


# What must hold -----------------------------------------------------------------------------


@examples(5)
@given(shift=st.floats(-50, 50), factor=st.floats(0.01, 100), seed=st.integers(0, 2**32 - 1))
def test_constants_scales_and_orders_change_nothing(shift, factor, seed):
    panel = weighted(PANEL)
    wanted = numbers(compare(panel, weight="weight", covariates=["assets"]).effects("since"))
    other = panel.sample(frac=1, random_state=seed).assign(
        log_income=lambda x: x["log_income"] + shift, weight=lambda x: factor * x["weight"],
        assets=lambda x: factor * x["assets"] - shift,
    )  # fmt: skip
    found = numbers(compare(other, weight="weight", covariates=["assets"]).effects("since"))
    assert found == pytest.approx(wanted, rel=1e-6, abs=1e-9)


def test_effects_of_a_shift_of_the_helped_are_that_shift():
    lift = np.where(PANEL["year"] >= PANEL["start_social_work"].fillna(9999), 0.25, 0)
    first = PANEL["start_admin"].isna()
    moved = PANEL.assign(log_income=PANEL["log_income"] + lift * first)
    for by in WAYS:
        one, two = compare().tidy(by), compare(moved).tidy(by)
        gap = two["estimate"] - one["estimate"]
        wanted = np.where(one["arm"] == "social_work", 0.25, 0)
        if by == "since":
            wanted = np.where(one["since"] >= 0, wanted, 0)
        assert gap.to_numpy() == pytest.approx(wanted, abs=1e-12)


def test_covariates_of_words_are_indicators():
    panel = PANEL.assign(kind=np.where(PANEL["assets"] > 0, "rich", "poor"))
    panel["rich"] = (panel["kind"] == "rich").astype(float)
    words, flags = (numbers(compare(panel, covariates=[one]).effects()) for one in ("kind", "rich"))
    assert words == pytest.approx(flags, rel=1e-9)
    twice = numbers(compare(panel, covariates=["kind", "rich"]).effects())
    assert twice == pytest.approx(flags, rel=1e-7)  # columns that say the same are one


def test_polars_and_surveys_give_the_same():
    wanted = numbers(compare().effects("since"))
    svy = ps.Survey(PANEL, psu="village", status="simulated")
    for table, cluster in ((pl.from_pandas(PANEL), "village"), (svy, None)):
        assert numbers(compare(table, cluster=cluster).effects("since")) == pytest.approx(wanted)
    assert compare().cells.status == compare(svy, cluster=None).cells.status == "simulated"


def test_the_table_is_not_changed():
    before = PANEL.copy()
    compare(covariates=["assets"], controls="not_yet")
    pd.testing.assert_frame_equal(PANEL, before)


# Who switches, who is left out --------------------------------------------------------------


def test_a_second_help_ends_what_counts_for_the_first():
    both = PANEL["start_admin"].notna() & PANEL["start_social_work"].notna()
    assert both.any()
    eff = compare()
    late = both & (PANEL["year"] >= PANEL["start_social_work"])
    row = eff.left_out.set_index("reason").loc["a second help had started"]
    assert (row["households"], row["rows"]) == (
        PANEL["household_id"][late].nunique(), late.sum(),
    )  # fmt: skip
    cut = PANEL[~late].assign(start_social_work=lambda x: x["start_social_work"].mask(
        x["start_admin"].notna()))  # fmt: skip
    assert numbers(compare(cut).effects("since")) == pytest.approx(numbers(eff.effects("since")))
    final = compare(switches="final")
    assert final.arms["arm"].tolist() == ["none", "administrative", "social_work", "both"]
    assert (
        final.arms.set_index("arm")["households"]["both"] == PANEL["household_id"][both].nunique()
    )
    refused(lambda: compare(switches="refuse"), "second help", "household_id", 'switches="censor"')


def test_both_in_one_year_are_an_arm():
    second = [np.nan] * 4 + [2015.0] * 4 + [np.nan] * 4
    table = small(start_social_work=[2015.0] * 8 + [np.nan] * 4, start_admin=second)
    eff = compare(table, "y", None)
    assert eff.tidy()["arm"].tolist() == ["social_work", "both"]
    words = compare(table.rename(columns={"start_admin": "a", "start_social_work": "b"}), "y", None,
                    starts={"b": "b", "a": "a"})  # fmt: skip
    assert words.tidy()["arm"].tolist() == ["b", "both"]


def test_help_as_true_and_false_is_help_by_its_first_year():
    on = PANEL.assign(on=PANEL["year"] >= PANEL["start_social_work"].fillna(9999))
    on = on[on["start_admin"].isna()]
    wanted = compare(on, starts={"sw": "start_social_work"}).tidy("since")
    found = compare(on, starts={"sw": "on"}).tidy("since")
    assert found["n"].sum() >= 0.9 * wanted["n"].sum()  # who left before the start shows no start
    whole = WHOLE[WHOLE["start_admin"].isna()]
    whole = whole.assign(on=whole["year"] >= whole["start_social_work"].fillna(9999))
    wanted, found = (numbers(compare(whole, starts={"sw": name}).effects("since"))
                     for name in ("start_social_work", "on"))  # fmt: skip
    assert found == pytest.approx(wanted)
    off = whole.copy()
    row = off.index[(off["year"] == 2018) & off["on"]][0]
    off.loc[row, "on"] = False
    refused(lambda: compare(off, starts={"sw": "on"}), "switches off", "household_id", "off in 2018",
            "cummax")  # fmt: skip


def test_those_helped_from_the_first_wave_and_those_not_seen_before_are_counted():
    gone = WHOLE["household_id"].isin(WHOLE.loc[WHOLE["start_admin"] == 2014, "household_id"][:80])
    late = WHOLE[~(gone & (WHOLE["year"] == 2013))].copy()
    early = late["start_social_work"] == 2016
    late.loc[early, "start_social_work"] = 2012
    alone = late["start_admin"].isna() & late["start_social_work"].isna()
    late = late[~(alone & (late["household_id"] < 5) & (late["year"] > 2012))]
    told = compare(late).left_out.set_index("reason")[["households", "rows"]].T.to_dict("list")
    assert told == {
        "helped from the first time on": [late["household_id"][early].nunique(), early.sum()],
        "not seen at the last time before help": [10, 70],
        "without help and seen only once": [5, 5],
    }


def test_pairs_that_nobody_can_be_compared_in_are_told():
    panel = WHOLE[~((WHOLE["start_admin"] == 2015) & (WHOLE["year"] == 2018))]
    eff = compare(panel)
    assert eff.left_out["reason"].tolist() == ["1 pairs of start and time have nobody to compare"]
    gone = eff.tidy("cells").query("arm == 'administrative' and group == 2015 and year == 2018")
    assert gone.empty


def test_missing_outcomes_are_refused_or_dropped_and_counted():
    holes = WHOLE.copy()
    holes.loc[[3, 900], "log_income"] = [np.nan, -np.inf]
    for missing in ("refuse", "drop"):  # the logarithm of zero is infinite, and not missing
        refused(lambda how=missing: compare(holes, missing=how), "1 rows have an infinite log_income",
                "row 900", "-inf", "log1p")  # fmt: skip
    holes.loc[900, "log_income"] = np.nan
    refused(lambda: compare(holes), "2 rows have no usable log_income", "row 3", 'missing="drop"')
    eff = compare(holes, missing="drop")
    svy = ps.Survey(holes, psu="village", missing="drop")
    assert numbers(compare(svy, cluster=None).effects()) == pytest.approx(numbers(eff.effects()))
    assert eff.left_out.loc[0, ["reason", "rows"]].tolist() == ["no outcome", 2]
    assert numbers(eff.effects()) == pytest.approx(numbers(compare(holes.drop([3, 900])).effects()))
    bare = WHOLE.assign(assets=WHOLE["assets"].mask(WHOLE["household_id"] == 7))
    refused(lambda: compare(bare, covariates=["assets"]), "no usable assets")
    gone = compare(bare, covariates=["assets"], missing="drop")
    assert gone.left_out.loc[0].tolist() == ["no covariates", 1, 8]


# Refused ------------------------------------------------------------------------------------


def _changed():
    table = PANEL.copy()
    table.loc[table.index[table["start_admin"].notna()][2], "start_admin"] = 2017
    return table


def _one_village():
    helped = PANEL["start_admin"] == 2015
    return PANEL[~helped | (PANEL["village"] == PANEL.loc[helped, "village"].min())]


def _sure():
    start = np.where(PANEL["assets"] > 0, 2015, np.nan)
    return PANEL.assign(start_admin=start, start_social_work=np.nan)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: compare(_changed()), ["more than one start", "administrative", "household_id"]),
        (lambda: compare(PANEL[PANEL[list(STARTS.values())].notna().any(axis=1)]),
         ["no household without help", 'controls="not_yet"']),
        (lambda: compare(_sure(), covariates=["assets"]), ["No overlap", "administrative", "2015"]),
        (lambda: compare(_one_village()), ["One cluster", "administrative", "2015"]),
        (lambda: compare(PANEL.assign(village=1)), ["One cluster", "village"]),
        (lambda: compare(pd.concat([PANEL, PANEL.iloc[[5]]], ignore_index=True)),
         ["repeat the key", "household_id"]),
        (lambda: compare(PANEL.assign(village=PANEL["village"].where(PANEL["year"] < 2016, 3))),
         ["more than one cluster", "household_id"]),
        (lambda: compare(PANEL.assign(year=PANEL["year"].where(PANEL.index != 4))), ["no year"]),
        (lambda: compare(PANEL.assign(start_admin=PANEL["start_admin"].notna().astype(int))),
         ["who is helped, not when", "treat='start_admin'"]),
        (lambda: compare(PANEL.assign(start_admin=PANEL["start_admin"].fillna(-1))),
         ["missing where help never came", ".where(table['start_admin'] > 0)"]),
        (lambda: compare(starts="start_admin"), ["starts={'help': 'start_admin'}"]),
        (lambda: compare(starts=["start_admin"]), ["starts={'help': 'start_admin'}"]),
        (lambda: compare(PANEL.assign(start_admin=np.nan, start_social_work=np.nan)), ["Nobody started"]),
        (lambda: compare(PANEL.assign(start_admin=np.where(PANEL["start_admin"].notna(), 2012, np.nan))),
         ["seen both before", "administrative"]),
        (lambda: compare(controls="all"), ["controls", "not_yet"]),
        (lambda: compare(anticipation=-1), ["anticipation= "]),
        (lambda: compare(starts={"none": "start_admin"}), ["none"]),
        (lambda: compare(starts={"a": "nope"}), ["lacks nope", "starts="]),
        (lambda: compare(ps.Survey(PANEL, psu="village")), ["A Survey brings"]),
        (lambda: compare(ps.Survey(PANEL.assign(f=99), psu="village", fpc="f"), cluster=None), ["finite"]),
        (lambda: compare(PANEL.assign(on=True), unit=None, starts={"a": "on"}), ["Cross-sections"]),
        (lambda: compare().effects("month"), ["month", "since"]),
        (lambda: compare().contrast("both", "administrative"), ["no such arm", "social_work"]),
        (lambda: compare().contrast("social_work", "administrative", cohorts="x"), ["common"]),
        (lambda: compare(PANEL.query("not (start_admin == 2014 or start_admin == 2015) and start_social_work != 2016")
                         ).contrast("social_work", "administrative"), ["no start in common", "own"]),
    ],
)  # fmt: skip
def test_refused_in_words(call, words):
    refused(call, *words)


# Second opinion, words ----------------------------------------------------------------------


def test_imputation_is_that_of_diff_diff():
    eff = compare(WHOLE)
    found = ps.second_opinion(eff)
    part = WHOLE[WHOLE["start_admin"].isna()]
    part = part.assign(first=part["start_social_work"].fillna(0).astype(int))
    wanted = ImputationDiD(cluster="village").fit(
        part, "log_income", "household_id", "year", "first"
    )
    wanted = wanted.aggregate("event_study").to_dataframe().query("event_time >= 0")
    theirs = found[(found["arm"] == "social_work") & (found["method"] == "imputation")]
    assert theirs["estimate"].to_numpy() == pytest.approx(wanted["att"].to_numpy(), rel=1e-9)
    assert theirs["std_error"].to_numpy() == pytest.approx(wanted["se"].to_numpy(), rel=0.02)
    ours = found[found["method"] == "group-time"]
    assert ours["since"].tolist() == list(range(6)) * 2
    assert set(ps.second_opinion(compare(covariates=["assets"]))["method"]) == {
        "group-time", "imputation, without covariates",
    }  # fmt: skip


def test_what_a_second_opinion_needs(monkeypatch):
    uneven = compare(WHOLE[WHOLE["year"] != 2017])
    refused(lambda: ps.second_opinion(uneven), "evenly spaced", "2018")
    rows = compare(WHOLE, unit=None)
    refused(lambda: ps.second_opinion(rows), "same households")
    whole = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "diff_diff":
            raise ImportError(name)
        return whole(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    error = refused(lambda: ps.second_opinion(rows), "povstudy[did]")
    assert isinstance(error, ps.SetupError)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["never helped", "a second help had started", "Fewer than 20 clusters", "Trends"]),
        ("zh", ["从未受帮扶", "第二种帮扶已开始", "群组少于20个", "帮扶前趋势"]),
    ],
)
def test_the_summary_says_what_was_done(lang, words):
    told = compare(PANEL[PANEL["village"] % 8 < 5]).summary(lang)
    assert [word for word in words if word not in told] == []
    assert "alike in the covariates" in compare(covariates=["assets"]).summary()


def test_the_plot_is_the_event_study():
    eff = compare(WHOLE)
    for lang in ("en", "zh"):
        ax = eff.plot(lang=lang)
        assert ax.data_behind["estimate"].tolist() == eff.tidy("since")["estimate"].tolist()
    table = eff.event_study("social_work", "administrative")
    assert table["arm"].unique().tolist() == ["social_work - administrative"]
    refused(lambda: ps.figures.event_study(table), "arm_difference")
    refused(lambda: ps.figures.arm_difference(eff.event_study()), "social_work")


def _late_and_helped(more):
    """Three cohorts, and households first seen in 2014 when they were helped already."""
    rng, rows = np.random.default_rng(0), []
    for i in range(90):
        start, size = [(np.nan, 0), (2013, 1), (2014, 3)][i % 3]
        rows += [(i, t, 0.2 * t + size * (t >= start) + 0.1 * rng.normal(), t >= start)
                 for t in range(2011, 2016)]  # fmt: skip
    for i in range(90, 90 + more):
        rows += [(i, t, 0.2 * t + 3 + 0.1 * rng.normal(), True) for t in (2014, 2015)]
    return pd.DataFrame(rows, columns=["household_id", "year", "income", "helped"])


@pytest.mark.parametrize("controls", ["never", "not_yet"])
@pytest.mark.parametrize("factor", ["cohort", "whole"])
def test_households_that_are_left_out_have_no_weight(controls, factor):
    made = [ps.compare(_late_and_helped(more), "income", starts={"a": "helped"}, controls=controls,
                       factor=factor) for more in (0, 120)]  # fmt: skip
    assert made[1].left_out["households"].sum() == 120
    for by in ("overall", "since", "year", "group", "cells"):
        pd.testing.assert_frame_equal(made[0].tidy(by), made[1].tidy(by))
    pd.testing.assert_frame_equal(made[0].pretrends(), made[1].pretrends())


def _starting(times, starts):
    """A panel: ``start`` of help, and whether it is ``on``."""
    rng, start = np.random.default_rng(1), np.resize(np.array(starts, dtype=float), 60)
    table = pd.concat([pd.DataFrame({"id": np.arange(60), "t": t, "start": start, "wave": k})
                       for k, t in enumerate(times)], ignore_index=True)  # fmt: skip
    table["on"] = table["t"] >= table["start"]
    return table.assign(y=table["wave"] + table["on"] + rng.normal(size=len(table)))


def _helped(table, column):
    made = ps.compare(table.assign(help=column), "y", unit="id", time="t", starts={"a": "help"})
    return made.tidy()


@pytest.mark.parametrize(
    ("times", "starts"),
    [((2011, 2012, 2013), (np.nan, 2012, 2013)), ((1, 2, 3, 4), (np.nan, 2, 4)),
     ((0, 1), (np.nan, 1)), ((0, 1, 2), (np.nan, 1, 2)), ((-1, 0, 1), (np.nan, 0, 1))],
)  # fmt: skip
def test_help_is_read_however_it_is_coded(times, starts):
    table = _starting(times, starts)
    wanted = _helped(table, table["start"])
    marks = [table["on"].astype(kind) for kind in (bool, int, float, object, "boolean", "Int8")]
    for column in [*marks, table["start"].fillna(np.inf), table["start"].astype("Int64")]:
        pd.testing.assert_frame_equal(_helped(table, column), wanted)
    zero = table["start"].fillna(0)
    if times[0] > 0:  # 0 is never, as in other packages
        pd.testing.assert_frame_equal(_helped(table, zero), wanted)
    else:  # 0 may be a time: not guessed
        refused(lambda: _helped(table, zero), "may as well mean never", "!= 0)")
    both = zero.where(table["id"] != 0, np.nan)
    if times[0] > 0:
        said = refused(lambda: _helped(table, both), "may as well mean never")
        pasted = {"table": table.assign(help=both)}
        exec(said.remedy, pasted)
        pd.testing.assert_frame_equal(_helped(table, pasted["table"]["help"]), wanted)
    some = table["on"].astype(object).where(table["on"])
    said = refused(lambda: _helped(table, some), "whether help is on") if times[0] > 1 else None
    if said:
        pasted = {"table": table.assign(help=some)}
        exec(said.remedy, pasted)
        pd.testing.assert_frame_equal(_helped(table, pasted["table"]["help"]), wanted)


def test_remedy_of_a_start_that_changes_knows_that_0_is_never():
    table = _starting((1, 2, 3), (np.nan, 2, 3))
    table["help"] = table["start"].where(table["on"], 0)
    said = refused(lambda: _helped(table, table["help"]), "more than one start")
    pasted = {"table": table.copy()}
    exec(said.remedy, pasted)
    pd.testing.assert_frame_equal(
        _helped(table, pasted["table"]["help"]), _helped(table, table["start"])
    )


@pytest.mark.parametrize(("step", "bases"), [(1, [-1.0]), (2, [-2.0]), (5, [-5.0])])
def test_base_of_an_event_study_is_the_wave_before_help(step, bases):
    years = 2010 + step * np.arange(4)
    table = _starting(years, (np.nan, years[2]))
    found = ps.compare(table, "y", unit="id", time="t", starts={"a": "start"})
    table = found.event_study()
    assert table.attrs["base"] == bases and table["since"].is_monotonic_increasing
    base, rest = table[table["method"].str.startswith("base")], table.dropna(subset="std_error")
    assert base["since"].tolist() == bases and len(table) == len(base) + len(rest)
    assert base[["estimate", "df"]].values.tolist() == [[0, 0]]
    assert base[["std_error", "ci_low", "ci_high", "band_low", "band_high"]].isna().all(axis=None)
    assert base["n"].tolist() == [rest["n"].max()] and (base.dtypes == rest.dtypes).all()
    pd.testing.assert_frame_equal(
        rest[found.tidy("since").columns].reset_index(drop=True), found.tidy("since")
    )
    ax = found.plot(source=ps.Source("survey", "Made up."))
    assert ax.get_xticks().tolist() == [-2 * step, -step, 0, step]


def test_a_panel_with_names_of_its_own_is_told_which_arguments_name_them():
    own = pd.DataFrame({"hid": np.repeat(range(8), 2), "year": [2014, 2015] * 8, "income": np.arange(16.0) % 5,
                        "start_cash": [2015] * 8 + [None] * 8, "kind": ["cash"] * 8 + ["none"] * 8})  # fmt: skip
    refused(
        lambda: ps.compare(own, "income"), "lacks household_id, start_admin", "unit=", "starts={"
    )
    refused(lambda: ps.compare(own, "income", unit="hid", starts={"cash": "start_csh"}),
            "Did you mean 'start_cash'?", "hid, year, income")  # fmt: skip
    refused(lambda: ps.compare(own, "income", unit="hid", starts={"cash": "kind"}),
            "which help, not when", "a column of years for each arm")  # fmt: skip
    assert len(ps.compare(own, "income", unit="hid", starts={"cash": "start_cash"}).tidy()) == 1
