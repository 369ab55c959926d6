"""Simulated panels made ready for studies, and ways to estimate effects beside the truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import povstudy as ps


@pytest.fixture(scope="module")
def sim():
    return ps.simulate(ps.Scenario(sample_villages=40), households=100_000, years=8, seed=2)


def test_leavers_bear_what_a_study_of_relapse_asks(sim):
    panel = ps.lessons.leavers(sim)
    assert (panel["in_need"] == (panel["listed"] | (panel["income"] < 2300))).all()
    left = panel["exit_year"].fillna(9999)
    assert (panel["left_list"] == (left <= panel["year"])).all()
    assert panel.loc[panel["just_left"], "year"].eq(left[panel["just_left"]] + 1).all()
    assert panel["bracket"].cat.categories[0] == "above 2"  # what others are set against
    assert (panel.loc[panel["bracket"] == "below 1.1", "income"] < 1.1 * 2300 + 1).all()
    deadline = sim.register.groupby("county")["deadline"].first()
    due = panel["due"] == "deadline year"
    assert due.sum() > 0 and (left[due] == panel["county"].map(deadline)[due]).all()
    helped = panel[panel["approach"] == "social_work"]
    assert helped["village_help"].isin(["social_work", "both"]).all()
    assert set(helped["by_collaboration"]) == {"yes", "no"}


def test_households_listed_by_both_are_alike_in_whom_they_were_listed_by(sim):
    panel = ps.lessons.listed_by_both(sim)
    first = panel[panel["wave"] == 1]
    assert first["listed_by_cadre"].all() and first["listed_by_third_party"].all()
    assert np.allclose(first["log_income"], first["first_log_income"])
    assert 0 < panel["household_id"].nunique() < (sim.panel["wave"] == 1).sum()


def test_two_way_fixed_effects_are_those_of_a_regression_with_dummies(sim):
    panel = ps.lessons.listed_by_both(sim)
    few = panel[panel["village"].isin(panel["village"].unique()[:60])]
    found = ps.lessons.two_way_fixed_effects(few).set_index("arm")["estimate"]
    marks = {arm: (few["approach"] == arm).astype(float) for arm in found.index}
    table = few[["log_income", "household_id", "year"]].assign(**marks)
    formula = f"log_income ~ {' + '.join(found.index)} + C(household_id) + C(year)"
    assert found.to_numpy() == pytest.approx(
        smf.ols(formula, table).fit().params[found.index], abs=1e-6
    )


def test_two_way_fixed_effects_mislead_where_group_time_effects_do_not():
    sims = [ps.simulate(ps.Scenario(sample_villages=40), households=150_000, years=8, seed=s)
            for s in range(4)]  # fmt: skip
    found = pd.concat(map(ps.lessons.effects_and_truth, sims), ignore_index=True)
    off = (found["estimate"] - found["truth"]).groupby([found["arm"], found["way"]]).mean()
    assert off["administrative", "two-way fixed effects"] > 0.03
    assert abs(off["administrative", "group-time effects"]) < 0.03
    assert off["administrative", "helped less not"] < -0.05
    held = found["truth"].between(found["ci_low"], found["ci_high"])
    by_way = held[found["arm"] == "administrative"].groupby(found["way"]).mean()
    assert by_way["two-way fixed effects"] < by_way["group-time effects"]


def test_a_simulation_in_files_is_refused(tmp_path):
    sim = ps.simulate(households=2_000, years=3, folder=tmp_path / "sim")
    for view in (ps.lessons.leavers, ps.lessons.listed_by_both):
        with pytest.raises(ps.DataError, match="written into files"):
            view(sim)


def test_relapse_of_the_register_is_a_mixed_order_of_magnitude():
    names = ("relapse_monitoring", "china_incidence", "relapse_studies")
    found = ps.relapse_magnitudes(*map(ps.load, names))
    mixed, survey = (found[found["series"] == one] for one in ("mixed", "survey"))
    assert mixed["high"].tolist() == pytest.approx(
        [100 * 60 / (9899 - 5575), 100 * 10 / (9899 - 3046)]
    )
    assert survey["low"].min() == pytest.approx(100 * (1 - 0.85**0.2))
    assert survey["low"].min() > mixed["high"].max()
    assert found.attrs["source"].status == "reported"
