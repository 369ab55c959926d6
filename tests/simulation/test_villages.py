"""Villages followed under plans: agree with simulate, and each lever does its own work alone."""

import numpy as np
import pytest

import povstudy as ps
from povstudy.simulation.villages import CASELOADS, Villages, caseload_range
from povstudy.simulation.world.blocks import Block
from povstudy.simulation.world.people import NEVER

KEY, SIZE, YEARS = (4, 1, 2), 10_000, 8
COUNTS = [
    "households", "listed", "poor", "wrongly_listed", "left_out", "helped_years",
    "accompanied_years", "helped_person_years", "visits", "exits", "falls", "below_years",
    "free_years",
]  # fmt: skip


def villages(**changes):
    return Villages(ps.Scenario(**changes), YEARS, KEY, SIZE)


@pytest.fixture(scope="module")
def made():
    return villages()


def same(one, other, but=()):
    return all((one[name] == other[name]).all() for name in COUNTS if name not in but)


def total(counts, name):
    return counts[name].sum()


def test_the_contract(made):
    found = made.under("both", audit=0.3, accompaniment=2)
    assert set(found) == set(COUNTS)
    assert all(one.dtype == float and one.shape == (200,) for one in found.values())
    assert sorted(made.order) == list(range(200))
    assert (found["wrongly_listed"] <= found["listed"]).all()
    assert (found["falls"] <= found["exits"]).all() and (found["exits"] <= found["listed"]).all()
    assert (found["below_years"] + found["free_years"] <= YEARS * found["households"]).all()
    assert (found["listed"] - found["wrongly_listed"] + found["left_out"] == found["poor"]).all()


def test_agrees_with_simulate_to_the_last_household():
    # All villages helped by cadres from one year on, where one helper is as good as another.
    scenario = ps.Scenario(
        administrative_share=1, social_work_share=0, start_span=1, caseload_elasticity=0
    )
    truth = ps.simulate(scenario, SIZE, YEARS, seed=7).truth
    truth = truth.set_index(["estimand", "arm", "year"])["value"]
    world = Villages(scenario, YEARS, (7, 0, 0), SIZE)
    plans = {
        "none": world.under("none"),
        "administrative": world.under("administrative"),
        "social_work": world.under("social_work", third_party=True),
    }
    for arm, found in plans.items():
        free = total(found, "free_years") / total(found, "poor")
        assert free == pytest.approx(truth["poverty_free_years", arm, 0], rel=1e-12), arm
    for arm, assessor in (("administrative", "cadre"), ("social_work", "third_party")):
        found = plans[arm]
        wrong = total(found, "wrongly_listed") / total(found, "listed")
        assert wrong == pytest.approx(truth["inclusion_error", assessor, 0], rel=1e-12)
        missed = total(found, "left_out") / total(found, "poor")
        assert missed == pytest.approx(truth["exclusion_error", assessor, 0], rel=1e-12)
    below = total(plans["administrative"], "below_years") / SIZE
    assert below == pytest.approx(truth["headcount"].sum(), rel=1e-12)


def test_falls_and_years_are_those_of_the_register():
    scenario = ps.Scenario(
        administrative_share=1, social_work_share=0, start_span=1, caseload_elasticity=0,
        sample_villages=100, sample_households=50, attrition=0, survey_noise=0,
    )  # fmt: skip
    sim = ps.simulate(scenario, SIZE, YEARS, seed=7)
    found = Villages(scenario, YEARS, (7, 0, 0), SIZE).under("administrative")
    register, panel = sim.register, sim.panel
    income = panel.pivot(index="household_id", columns="year", values="income_true").to_numpy()
    left = panel.groupby("household_id")["exit_year"].first().to_numpy(float, na_value=np.inf)
    fell = 0
    for row, year in zip(income, left - scenario.first_year, strict=True):
        if year < YEARS:
            later = row[int(year) :] < scenario.line
            fell += "01" in "".join("01"[int(low)] for low in later)
    assert total(found, "falls") == fell > 20
    assert total(found, "exits") == np.isfinite(left).sum()
    assert total(found, "helped_years") == register["helped"].sum()
    assert total(found, "helped_person_years") == (register["helped"] * register["size"]).sum()


@pytest.mark.parametrize("third_party", [False, True])
def test_an_effect_of_zero_gives_exactly_no_difference(made, third_party):
    plan = {"third_party": third_party, "audit": 0.4, "accompaniment": 2, "caseload": 12}
    plans = [
        made.under(arm, effect=0.0, **plan) for arm in ("administrative", "social_work", "both")
    ]
    assert same(plans[0], plans[1]) and same(plans[0], plans[2])
    assert not same(plans[0], made.under("social_work", **plan, effect=0.1))


def test_contract_or_collaboration_differ_by_what_they_are_told_to(made):
    assert same(
        made.under("social_work", collaboration=0), made.under("social_work", collaboration=1)
    )
    told = villages(collaboration_effect=0.1)
    none, part, every = (told.under("social_work", collaboration=share) for share in (0, 0.4, 1))
    there = told.collaborates(0.4)
    assert 0.3 < there.mean() < 0.5 and told.collaborates(1).all()
    for name in COUNTS:
        assert (part[name] == np.where(there, every[name], none[name])).all()
    assert total(every, "below_years") < total(none, "below_years")
    assert same(told.under("administrative", collaboration=0), told.under("administrative"))


def test_nobody_helps_under_none(made):
    plain = made.under("none")
    for plan in ({"caseload": 18}, {"accompaniment": 3}, {"effect": 0.15}, {"collaboration": 1}):
        assert same(plain, made.under("none", **plan))
    assert total(plain, "helped_years") == total(plain, "accompanied_years") == 0


def test_an_audit_puts_the_list_right_and_counts_its_visits():
    world = villages(audit_noise=0.0)
    shares = (0, 0.2, 0.5, 1)
    found = [world.under("administrative", audit=share) for share in shares]
    for name in ("wrongly_listed", "left_out"):
        counts = np.array([one[name] for one in found])
        assert (np.diff(counts, axis=0) <= 0).all() and counts[0].sum() > 0 == counts[-1].sum()
    first, whole = found[0], found[-1]
    assert (first["visits"] == 0).all()
    assert (whole["visits"] == first["listed"] + 10 * first["left_out"]).all()
    assert (np.diff([one["visits"] for one in found], axis=0) >= 0).all()
    # Villages where nobody was visited are as they were.
    still = found[1]["visits"] == 0
    assert still.any() and all((found[1][name] == first[name])[still].all() for name in COUNTS)
    # Who visits errs, by little.
    erring = villages().under("administrative", audit=1)
    assert 0 < total(erring, "wrongly_listed") < 0.5 * total(first, "wrongly_listed")
    more = villages(audit_noise=0.5).under("administrative", audit=1)
    assert total(more, "wrongly_listed") > total(erring, "wrongly_listed")


def test_accompaniment_keeps_what_stays_and_sees_falls():
    # Nothing stays and nobody looks harder: years are counted, and nothing else happens.
    idle = villages(stay_share=0, staying_part=0, accompaniment_detection=0)
    plain, with_it = (idle.under("both", accompaniment=years) for years in (0, 3))
    assert same(plain, with_it, but=["accompanied_years"])
    assert total(plain, "accompanied_years") == 0 < total(with_it, "accompanied_years")
    # What stays does not fade: as in a world without fading.
    kept, steady = villages(accompaniment_detection=0), villages(fade=0)
    free = [total(kept.under("both", accompaniment=k), "free_years") for k in (0, 1, 2, YEARS)]
    assert free == sorted(free) and free[0] < free[-1]
    whole = kept.under("both", accompaniment=YEARS)
    assert same(whole, steady.under("both"), but=["accompanied_years"])
    # Falls that are seen: more years of help.
    seen = villages().under("both", accompaniment=3)
    assert total(seen, "helped_years") > total(kept.under("both", accompaniment=3), "helped_years")


def test_levers_are_monotone(made):
    loads = [made.under("administrative", caseload=load) for load in (4, 9, 18, 40)]
    below = [total(one, "below_years") for one in loads]
    assert below == sorted(below) and below[0] < below[-1]
    effects = [made.under("social_work", effect=e) for e in (-0.15, -0.05, 0, 0.05, 0.15)]
    free = [total(one, "free_years") for one in effects]
    assert free == sorted(free) and free[0] < free[-1]
    third, cadre = (made.under("administrative", third_party=who) for who in (True, False))
    assert total(third, "wrongly_listed") < total(cadre, "wrongly_listed")
    assert total(third, "left_out") < total(cadre, "left_out")


def test_plans_do_not_change_what_comes_after_them(made):
    first = made.under("social_work")
    made.under("both", caseload=18, audit=1, accompaniment=5, third_party=True, effect=-0.1)
    again = villages().under("social_work")
    for name in COUNTS:
        assert first[name].tobytes() == made.under("social_work")[name].tobytes()
        assert first[name].tobytes() == again[name].tobytes()


def test_a_county_ranks_its_poor_villages_first(made):
    sharp = villages(selection=0.95)
    block = Block(made.scenario, YEARS, KEY, SIZE)
    ranks = [block.where.effect[one.order] for one in (sharp, made)]
    apart = [rank[-50:].mean() - rank[:50].mean() for rank in ranks]
    assert apart[0] > 1.5 * apart[1] > 0
    # The villages that administrative help would reach first in simulate.
    helped = (block.starts[0] < NEVER)[made.order]
    assert 100 < helped.sum() < 200 and helped[: helped.sum()].all()
    assert same(sharp.under("both"), made.under("both")) and (sharp.order != made.order).any()


def test_caseloads_beyond_what_was_simulated_are_refused(made):
    low, high = caseload_range(made.scenario)
    assert (low, high) == pytest.approx((9 * 1.5 ** (-1 / 0.3), 9 * 2 ** (1 / 0.3)))
    made.under("both", caseload=low), made.under("both", caseload=high)
    for caseload in (low * 0.99, high * 1.01, 0, np.nan, "9", None, True):
        with pytest.raises(ps.DataError, match="Households per helper"):
            made.under("both", caseload=caseload)
    for elasticity in (-1.0, -0.5, -0.02, -0.005, 0.0):
        ends = caseload_range(ps.Scenario(caseload_elasticity=elasticity))
        assert ends[0] <= CASELOADS[0] + 1e-9 and CASELOADS[1] <= ends[1] + 1e-9
        flat = villages(caseload_elasticity=elasticity)
        for caseload in CASELOADS:
            flat.under("both", caseload=caseload)
    assert caseload_range(ps.Scenario(off="attention")) == (1, 200)


@pytest.mark.parametrize(
    "plan",
    [
        {"approach": "social work"}, {"audit": 1.2}, {"audit": np.nan}, {"collaboration": 40},
        {"accompaniment": 1.5}, {"accompaniment": 9}, {"effect": 0.3}, {"effect": "0.1"},
    ],
)  # fmt: skip
def test_plans_that_cannot_be_are_refused(made, plan):
    with pytest.raises(ps.DataError) as told:
        made.under(**{"approach": "both"} | plan)
    assert told.value.where.split()[-1] in {"approach", "audit", "collaboration", "accompaniment",
                                            "social_work_effect"}  # fmt: skip


@pytest.mark.parametrize("changes", [{"years": 2}, {"households": 120}, {"households": 60_000}])
def test_worlds_that_cannot_be_are_refused(changes):
    with pytest.raises(ps.DataError):
        Villages(**{"scenario": ps.Scenario(), "years": 8, "key": KEY, "households": 100} | changes)


def test_worlds_at_the_edge_run():
    rich = Villages(ps.Scenario(median_income=50_000), 4, KEY, 50)
    assert total(rich.under("both", audit=1, accompaniment=1), "helped_years") == 0
    poor = Villages(ps.Scenario(median_income=1000), 4, KEY, 50)
    assert total(poor.under("both"), "poor") > 40
