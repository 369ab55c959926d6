"""The simulation: same bytes, truth that brute force confirms, mechanisms that switch off."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps
from povstudy.simulation.parameters import MECHANISMS
from povstudy.simulation.world.blocks import Block
from povstudy.simulation.world.incomes import shocks
from povstudy.simulation.world.mechanisms import fit_gain
from povstudy.simulation.world.people import BLOCK, people, places, stream
from povstudy.simulation.world.truth import truth_table

LARGE = {"households": 100_000, "years": 8, "seed": 5}
CENSUS = {"sample_villages": 100, "sample_households": 50, "attrition": 0, "survey_noise": 0}
# Every village is helped from the same years on, by cadres who list.
ALL = {"administrative_share": 1, "social_work_share": 0}


@pytest.fixture(scope="module")
def sim():
    return ps.simulate(ps.Scenario(social_work_share=0.3), **LARGE)


def value(sim, estimand, arm="", year=0):
    rows = sim.truth.query("estimand == @estimand and arm == @arm and year == @year")
    assert len(rows) == 1, (estimand, arm, year)
    return rows["value"].iloc[0]


def test_the_contract(sim):
    assert set(sim.panel["approach"]) == {"none", "administrative", "social_work", "both"}
    assert set(sim.panel["pathway"]) == {"none", "contract", "collaboration"}
    canonical = (
        "household_id wave year province county village region stratum psu weight size income "
        "transfer_income poor listed series approach pathway start_admin start_social_work "
        "exit_year cause measure assessor"
    )
    assert set(canonical.split()) <= set(sim.panel)
    assert list(sim.truth) == ["estimand", "arm", "year", "value", "definition"]
    assert not sim.truth.duplicated(["estimand", "arm", "year"]).any()
    assert np.isfinite(sim.truth["value"]).all()
    for table in (sim.panel, sim.register, sim.programmes, sim.truth, sim.parameters):
        assert table.attrs["source"].status == "simulated"
    assert repr(sim).startswith("Simulation(panel of")
    assert sim.panel["province"].between(90_000, 99_999).all()  # no code of a real province
    assert (sim.panel["county"] // 100_000 == 9).all()
    village = sim.panel["village"]
    assert (village // 100 == sim.panel["county"]).all()
    assert village.groupby(village // 10).nunique().max() <= 10  # of a township
    assert (village // 10).groupby(sim.panel["county"]).nunique().max() == 10


def test_tables_go_into_parquet(sim, tmp_path):
    for name in ("panel", "register", "programmes", "truth", "parameters"):
        getattr(sim, name).to_parquet(tmp_path / name)
        assert pd.read_parquet(tmp_path / name).attrs["source"]["status"] == "simulated"


def test_a_survey_reads_the_panel_with_its_design(sim):
    svy = ps.Survey(sim.panel, weight="weight", strata="stratum", psu="psu",
                    key=["household_id", "wave"])  # fmt: skip
    found = ps.poverty(svy, "income", line=2300, by="year").tidy()
    head = found[found["term"].str.startswith("headcount") & (found["year"] == 2012)].iloc[0]
    assert abs(head["estimate"] - value(sim, "headcount", year=2012)) < 4 * head["std_error"]
    assert (found["data_status"] == "simulated").all()
    weights = sim.panel.groupby("wave")["weight"].sum()
    assert weights.to_numpy() == pytest.approx(100_000, rel=1e-4)


def test_sources_of_income_add_up(sim):
    panel = sim.panel
    parts = panel[["labour_income", "farm_income", "transfer_income"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(panel["income"].to_numpy(), rel=1e-4)
    assert (panel["poor"] == (panel["income"] < 2300)).all()


@pytest.fixture(scope="module")
def two_blocks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    code = (
        "import sys, povstudy as ps\n"
        "if __name__ == '__main__':\n"
        "    ps.simulate(households=52_000, years=3, seed=2, workers=int(sys.argv[1]),"
        " folder=sys.argv[2], progress=True)\n"
    )
    script = folder / "run.py"
    script.write_text(code)
    told = [
        subprocess.run([sys.executable, script, str(workers), folder / str(workers)], cwd=ROOT,
                       env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
        for workers in (1, 2)
    ]  # fmt: skip
    return folder, told


def test_workers_do_not_change_a_byte(two_blocks):
    folder, told = two_blocks
    files = [path.relative_to(folder / "1") for path in sorted((folder / "1").rglob("*.parquet"))]
    assert len(files) == 8  # three tables of two blocks, truth, parameters
    for file in files:
        assert (folder / "1" / file).read_bytes() == (folder / "2" / file).read_bytes()
    assert "simulate blocks [##############################] 2 of 2" in told[0].stderr


def test_files_hold_what_memory_holds(two_blocks):
    folder, _ = two_blocks
    made = ps.simulate(households=52_000, years=3, seed=2)
    for name in ("panel", "register", "programmes"):
        read = pd.concat(pd.read_parquet(p) for p in sorted((folder / "1" / name).iterdir()))
        pd.testing.assert_frame_equal(read.reset_index(drop=True), getattr(made, name))
    svy = ps.Survey(str(folder / "1" / "panel"), weight="weight", strata="stratum", psu="psu")
    assert len(svy) == len(made.panel)
    assert svy.status == "simulated"
    assert not made.panel.duplicated(["household_id", "wave"]).any()


def test_seeds_and_replications_differ():
    draws = [
        stream(*key, "income").random() for key in ((1, 0, 0), (2, 0, 0), (1, 1, 0), (1, 0, 1))
    ]
    assert len(set(draws)) == 4


def test_truth_of_effects_is_that_of_brute_force():
    """Run the programme, run it again without help, and compare the registers."""
    with_help = ps.simulate(ps.Scenario(**ALL), **LARGE)
    without = ps.simulate(ps.Scenario(**ALL | {"administrative_share": 0}), **LARGE)
    on, off = (one.register.set_index(["household_id", "year"]) for one in (with_help, without))
    assert (on.index == off.index).all()
    change = np.log(on["income_true"]) - np.log(off["income_true"])
    brute = change.groupby("year").mean()
    for year in range(2012, 2020):
        told = value(with_help, "att_log_income", "administrative", year)
        assert told == pytest.approx(brute[year], abs=1e-6)
    # Staying out, by hand.
    for after in (1, 3):
        told = value(with_help, "stayed_out", "administrative", after)
        assert told == pytest.approx(_stayed_out(with_help, after), abs=2e-3)


def test_truth_of_years_above_the_line_is_that_of_a_census():
    free = {}
    for share in (1, 0):
        scenario = ps.Scenario(**CENSUS, **ALL | {"administrative_share": share})
        made = ps.simulate(scenario, households=50_000, years=6, seed=5)
        above = (made.panel["income_true"] >= 2300).groupby(made.panel["household_id"]).sum()
        free[share] = above[Block(scenario, 6, (5, 0, 0), BLOCK).poor].mean()
        if share:
            told, effect = (
                value(made, name, "administrative")
                for name in ("poverty_free_years", "poverty_free_years_effect")
            )
    assert told == pytest.approx(free[1], abs=1e-6)
    assert effect == pytest.approx(free[1] - free[0], abs=1e-6)


def test_truth_of_the_conditional_hazard_is_that_of_many_draws():
    """Draw the next year's transitory income and illness again, for households that left."""
    still = {"disaster_risk": 0, "price_sd": 0, "off": "deadlines", "transitory_sd": 0.4}
    scenario = ps.Scenario(social_work_effect=0.1, **still)
    made = Block(scenario, 8, (3, 0, 0), 20_000)
    chosen, runs = made.chosen, made.runs
    same = (made.lists[0] & made.lists[1])[chosen] & made.any_help[made.village]
    for run in runs:
        same &= (run.left >= 0) & (run.left < 7)
    at, who = runs[0].left[same], chosen[same]
    rng, hazards = np.random.default_rng(1), []
    for arm, run in enumerate(runs):
        helped = run.approach[run.left[same], same] > 0
        below = np.zeros(len(who))
        for _ in range(4_000):
            draw, before = rng.random(len(who)), made.lost.ill[at, who]
            risk = scenario.illness_risk * np.where(made.folk.ill[who], scenario.illness_ratio, 1)
            began = draw < risk * (1 - scenario.illness_long) / (1 - risk * scenario.illness_long)
            ill = np.select(
                [before == 0, before == 1], [began, draw < scenario.illness_stays], False
            )
            ill &= made.lost.ill[at + 1, who] != 2  # a long one is in lasting income
            buffer = np.minimum(np.exp(-scenario.asset_buffer * made.folk.assets[who]), 2)
            logs = made.lasting[at + 1, who] + made.stays[arm][same] * helped
            logs = logs + scenario.transitory_sd * rng.standard_normal(len(who))
            logs = logs - scenario.illness_loss * ill * buffer
            below += np.exp(logs) + scenario.other_transfer < scenario.line
        hazards.append(-np.log1p(-np.clip(below / 4_000, 1e-4, 0.9999)))
    brute = np.average(np.log(hazards[2] / hazards[0]), weights=-np.expm1(-hazards[0]))
    assert np.log(_of(made.tally, "social_work")) == pytest.approx(brute, abs=0.02)


def _of(tally, arm):
    table = truth_table(tally).query("estimand == 'hazard_ratio_conditional' and arm == @arm")
    return table["value"].item()


def _stayed_out(sim, after):
    """Of the poor on the list; those left out never leave it, so they count as not."""
    wide = sim.register.pivot(index="household_id", columns="year", values="income_true").to_numpy()
    left = sim.register.groupby("household_id")["exit_year"].first()
    start = left.fillna(3000).to_numpy(dtype=int) - 2012
    fine = np.ones(len(start), bool)
    for step in range(1, after + 1):
        at = np.minimum(start + step, 7)
        fine &= (start + step <= 7) & (wide[np.arange(len(start)), at] >= 2300)
    return _of_all_poor(sim, fine)


def _of_all_poor(sim, fine):
    total, poor = 0, 0
    for block in range(2):
        made = Block(ps.Scenario(**ALL), 8, (5, 0, block), BLOCK)
        ids = sim.register.groupby("household_id")["year"].first().index
        mine = (ids >= block * BLOCK) & (ids < (block + 1) * BLOCK)
        total += (fine[mine] & made.poor[ids[mine] - block * BLOCK]).sum()
        poor += made.poor.sum()
    return total / poor


def test_errors_of_listing_are_those_of_brute_force():
    """In a census without any other spread, listed and truly poor are compared by hand."""
    still = {"transitory_sd": 0, "illness_risk": 0, "disaster_risk": 0, "price_sd": 0}
    scenario = ps.Scenario(**CENSUS, **still, **ALL)
    made = ps.simulate(scenario, households=50_000, years=3, seed=5)
    first = made.panel[made.panel["wave"] == 1]
    poor = first["income_true"] < 2300
    assert value(made, "inclusion_error", "cadre") == pytest.approx(
        (~poor)[first["listed"]].mean(), abs=1e-3
    )
    assert value(made, "exclusion_error", "cadre") == pytest.approx(
        (~first["listed"])[poor].mean(), abs=1e-3
    )
    # What either assessor would say, against lasting income, in the panel itself.
    lasting = first["lasting_poor_true"]
    for assessor in ("cadre", "third_party"):
        listed = first[f"listed_by_{assessor}"]
        assert value(made, "inclusion_error", assessor) == pytest.approx((~lasting)[listed].mean())
        assert value(made, "exclusion_error", assessor) == pytest.approx((~listed)[lasting].mean())
    assert (first["listed"] == first["listed_by_cadre"]).all()


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_that_is_off_has_an_estimand_of_zero(name):
    changes = {"collaboration_effect": 0.05, "complementarity": 0.05, "social_work_share": 0.6}
    estimand = MECHANISMS[name].estimand
    size = {"households": 20_000, "years": 6, "seed": 3}
    on, off = (ps.simulate(ps.Scenario(**changes, off=out), **size) for out in ((), name))
    tables = [one.truth.set_index("estimand")["value"].abs() for one in (on, off)]
    values = [table[table.index == estimand] for table in tables]
    assert len(values[1]) and values[0].max() > 1e-3
    assert values[1].max() < 1e-5


def test_switching_off_leaves_other_random_numbers_alone():
    size = {"households": 5_000, "years": 4, "seed": 3}
    on = ps.simulate(ps.Scenario(**CENSUS), **size).panel
    off = ps.simulate(ps.Scenario(**CENSUS, off="listing_errors"), **size).panel
    for name in ("cause", "size", "assets", "shock", "start_admin"):
        rows = (
            ~on["listed"]
            & ~off["listed"]
            & (on["approach"] == "none")
            & (off["approach"] == "none")
        )
        if name == "start_admin":
            rows &= on["start_admin"].isna() & off["start_admin"].isna()
        assert (on.loc[rows, name].isna() | (on.loc[rows, name] == off.loc[rows, name])).all()
    never = ~on["household_id"].isin(on.loc[on["listed"], "household_id"])
    never &= ~off["household_id"].isin(off.loc[off["listed"], "household_id"])
    assert (on.loc[never, "income"] == off.loc[never, "income"]).all()


@pytest.mark.parametrize("effect", [-0.05, 0.0, 0.1])
def test_social_work_does_what_it_was_told_to_do(effect):
    still = {"caseload_elasticity": 0, "revenue_sd": 0, "relocation_share": 0}
    scenario = ps.Scenario(social_work_effect=effect, social_work_share=0.6, **still)
    made = ps.simulate(scenario, households=50_000, years=4, seed=3)
    channels = made.truth[made.truth["estimand"].str.startswith("channel_")]
    total = channels.groupby("arm")["value"].sum()
    assert total["social_work"] - total["administrative"] == pytest.approx(effect, abs=4e-3)
    assert total["both"] - total["administrative"] == pytest.approx(effect / 2, abs=4e-3)
    assert np.sign(fit_gain(scenario)) == np.sign(effect)


def test_moments_of_latent_income():
    from povstudy.simulation.world.incomes import core

    scenario = ps.Scenario(growth=0.05, permanent_sd=0.2, persistence=0.9, transitory_sd=0.3)
    level = np.full(BLOCK, 8, np.float32)
    lasting, logs = core(np.random.default_rng(1), scenario, level, 6)
    stationary = 0.2 / np.sqrt(1 - 0.81)
    assert lasting.std(axis=1) == pytest.approx(stationary, rel=0.02)
    assert lasting.mean(axis=1) == pytest.approx(8 + 0.05 * np.arange(6), abs=0.01)
    assert (logs - lasting).std() == pytest.approx(0.3, rel=0.01)
    assert np.corrcoef(lasting[0], lasting[3])[0, 1] == pytest.approx(0.9**3, abs=0.01)


def test_moments_of_households():
    scenario = ps.Scenario(illness_share=0.3)
    where = places(stream(1, 0, 0, "places"), scenario, 0, 1000)
    folk = people(stream(1, 0, 0, "people"), scenario, where)
    assert folk.ill.mean() == pytest.approx(0.3, abs=0.01)
    assert folk.size.mean() == pytest.approx(3.66, abs=0.05)
    assert (folk.able <= folk.size).all()
    assert np.corrcoef(folk.assets, folk.efficacy)[0, 1] == pytest.approx(0.3, abs=0.02)


def test_help_goes_to_poor_villages_first(sim):
    first = sim.panel[sim.panel["wave"] == 1]
    means = np.log(first["income_true"]).groupby(first["village"]).mean()
    helped = sim.programmes["place"].unique()
    gap = means[means.index.isin(helped)].mean() - means[~means.index.isin(helped)].mean()
    assert gap < -0.05
    started = sim.programmes["place"].nunique() / 2000
    assert 0.7 < started < 0.9


def test_naive_comparison_is_biased_and_differences_are_not():
    """Villages of staggered starts: levels mislead because help goes to poor villages."""
    scenario = ps.Scenario(**CENSUS | {"social_work_share": 0, "administrative_share": 0.6})
    made = ps.simulate(scenario, households=100_000, years=5, seed=3)
    panel = made.panel
    first = panel[panel["wave"] == 1]
    poor_first = np.log(first["income"]).groupby(first["village"].isin(made.programmes["place"]))
    assert np.diff(poor_first.mean()) < -0.05  # before any help
    listed = panel.loc[(panel["wave"] == 1) & panel["listed"], "household_id"]
    panel = panel[panel["household_id"].isin(listed)]
    logs = np.log(panel.pivot(index="household_id", columns="year", values="income"))
    start = panel.groupby("household_id")["start_admin"].first()
    never, truth = start.isna(), value(made, "att_log_income_since_start", "administrative")
    change = [
        (logs[year] - logs[year - 1])[(start == year).fillna(False)].mean()
        - (logs[year] - logs[year - 1])[never].mean()
        for year in (2014, 2015, 2016)
    ]
    assert np.mean(change) == pytest.approx(truth, abs=0.03)


def test_extreme_scenarios_run():
    for fields in (
        {"line": 500, "median_income": 50_000},
        {"administrative_share": 0, "social_work_share": 0},
        {"administrative_share": 1, "social_work_share": 1, "transitory_sd": 0},
        {"first_start": 40, "off": tuple(MECHANISMS)},
    ):
        made = ps.simulate(ps.Scenario(**fields), households=1_000, years=4)
        assert np.isfinite(made.truth["value"]).all()
        assert np.isfinite(made.panel["income"]).all()


def test_the_register_sees_few_falls_and_reports_bunch(sim):
    register = sim.register
    line_up = register["income"].between(2300, 2300 * 1.05)
    due = register["listed"] & (register["year"] == register["deadline"])
    other = register["listed"] & ~due
    assert line_up[due].mean() > 2 * line_up[other].mean()
    assert value(sim, "deadline_exits") > 0.15
    seen, true = value(sim, "register_relapse"), value(sim, "true_relapse")
    assert seen == pytest.approx(ps.Scenario().detection * true, rel=0.15)
    exits = register[register["year"] == register["exit_year"]]
    assert (exits["income"] >= 2300).all()


def test_weights_add_up_where_villages_lose_everybody():
    scenario = ps.Scenario(sample_households=2, attrition=0.15)
    panel = ps.simulate(scenario, households=50_000, years=8, seed=1).panel
    assert panel.groupby("wave")["village"].nunique().iloc[-1] < 190  # of 200
    assert panel.groupby("wave")["weight"].sum().to_numpy() == pytest.approx(50_000, rel=1e-5)


def test_programmes_count_who_is_helped():
    made = ps.simulate(ps.Scenario(**ALL, **CENSUS), households=5_000, years=6, seed=2)
    helped = made.register[made.register["helped"]].groupby(["village", "year"])["size"]
    told = made.programmes.set_index(["place", "year"])[["households", "persons"]]
    told = told[told["households"] > 0].sort_index()
    assert told["households"].tolist() == helped.size().tolist()
    assert told["persons"].tolist() == helped.sum().tolist()


def test_illness_is_of_the_length_that_was_told():
    scenario = ps.Scenario(illness_share=0, illness_risk=0.05, illness_long=0.3)
    where = places(stream(1, 0, 0, "places"), scenario, 0, 1000)
    folk = people(stream(1, 0, 0, "people"), scenario, where)
    ill = shocks(stream(1, 0, 0, "shocks"), scenario, folk, 6).ill
    for year in (0, 5):  # the same share in every year
        long = 0.05 * 0.3 / (1 - scenario.illness_stays_long)
        short = 0.05 * 0.7 / (1 - scenario.illness_stays)
        well = 1 / (1 + long + short)
        assert (ill[year] == 2).mean() == pytest.approx(long * well, rel=0.05)
        assert (ill[year] == 1).mean() == pytest.approx(short * well, rel=0.05)
    stays = (ill[1:] == 2)[ill[:-1] == 2].mean()
    assert stays == pytest.approx(scenario.illness_stays_long, abs=0.01)
    assert set(ill[1:][ill[:-1] == 1]) == {0, 1}


def test_attrition_and_rotation():
    size = {"households": 5_000, "years": 5, "seed": 1}
    lost = ps.simulate(ps.Scenario(attrition=0.2), **size).panel
    waves = lost.groupby("wave").size()
    assert 0.70 < waves[2] / waves[1] < 0.80
    turned = ps.simulate(ps.Scenario(attrition=0, rotation=0.25), **size).panel
    ids = turned.groupby("wave")["household_id"].agg(set)
    # Who has not been asked yet cannot be lost: as many newcomers in each wave.
    both = ps.simulate(ps.Scenario(attrition=0.3, migrant_share=0, rotation=0.25), **size).panel
    seen, fresh = set(), []
    for wave in both.groupby("wave")["household_id"].agg(set):
        fresh.append(len(wave - seen))
        seen |= wave
    assert fresh == [fresh[0], *[fresh[0] // 4] * 4]
    ids = turned.groupby("wave")["household_id"].agg(set)
    assert len(ids[1] & ids[2]) / len(ids[1]) == pytest.approx(0.75)
    assert turned.groupby("wave").size().nunique() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"detection": 1.5}, ["field detection", "1.5", "a number from 0 to 1"]),
        ({"social_work_effect": 0.5}, ["field social_work_effect", "-0.15 to 0.15"]),
        ({"first_start": 2.5}, ["field first_start", "a whole number from 1 to 40"]),
        ({"growth": "fast"}, ["field growth", "fast"]),
        ({"growth": float("nan")}, ["field growth", "nan"]),
        ({"growth": None}, ["field growth", "None"]),
        ({"growth": np.array([0.1])}, ["field growth", "array"]),
        ({"first_start": 2.0}, ["field first_start", "2.0", "a whole number"]),
        ({"line": 1000, "other_transfer": 1000}, ["fields line, other_transfer", "1000, 1000"]),
        ({"off": 5}, ["field off", "5"]),
        ({"off": None}, ["field off", "None"]),
        ({"off": "gravity"}, ["field off", "gravity", "dependency"]),
        ({"fit_part": 0.9}, ["fit_part, outside_part, staying_part", "1.6"]),
    ],
)
def test_what_cannot_be_is_refused_with_field_value_and_range(fields, words):
    with pytest.raises(ps.DataError) as told:
        ps.Scenario(**fields)
    assert all(word in str(told.value) for word in words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"households": 1234}, ["argument households", "households=1250"]),
        ({"households": 50_050}, ["argument households", "households=50100"]),
        ({"households": 50}, ["100 to 400000000"]),
        ({"years": 2}, ["argument years", "3 to 40"]),
        ({"workers": 0}, ["argument workers"]),
        ({"seed": -1}, ["argument seed"]),
        ({"seed": None}, ["argument seed", "None"]),
        ({"replication": -1}, ["replication= is a whole number from 0", "-1"]),
        ({"scenario": {"growth": 0}}, ["told by a Scenario"]),
        ({"folder": ROOT}, ["argument folder", "new or empty"]),
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments, words):
    with pytest.raises(ps.DataError) as told:
        ps.simulate(**arguments)
    assert all(word in str(told.value) for word in words)


def test_parameters_say_where_they_come_from():
    english, chinese = ps.Scenario().describe(), ps.Scenario().describe("zh")
    assert set(english["basis"]) == {"seen", "derived", "chosen"}
    assert (english["low"] <= english["default"]).all()
    assert (english["default"] <= english["high"]).all()
    assert not (english[["unit", "meaning", "source"]] == "").any().any()
    assert chinese["meaning"].str.contains("[\u4e00-\u9fff]").all()
    effect = english.loc["social_work_effect"]
    assert effect["low"] < 0 < effect["high"]
    table = ps.simulation.mechanisms_table("zh")
    assert table["meaning"].str.contains("[\u4e00-\u9fff]").all()
    claims = set(ps.load("hypotheses")["id"])
    assert {claim for text in table["claim"] for claim in text.split(", ")} <= claims


def test_calibration_holds_within_its_intervals():
    table = ps.simulation.calibration_table()
    assert table["inside"].dropna().all()
    assert table["inside"].notna().sum() == len(table) - 2
    # Errors tell how other draws differ: counties are drawn anew, villages and households too.
    other = ps.simulation.calibration_table(seed=1)
    apart = (table["simulated"] - other["simulated"]) / np.hypot(
        table["std_error"].astype(float), other["std_error"].astype(float)
    )
    assert apart.abs().max() < 4
    assert "social_work_effect" in table.loc["none", "not_pinned_down"]


def test_whole_numbers_of_small_types_count_as_others():
    small = ps.simulate(households=np.int16(1_000), years=np.int8(5), seed=np.uint8(2))
    assert small.panel.equals(ps.simulate(households=1_000, years=5, seed=2).panel)
