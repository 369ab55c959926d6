"""Figures of households followed over time: what their titles say is what the tables hold."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy import figures

MADE_UP = ps.Source("survey", "Made up.", "虚构。")
SPELLS = pd.DataFrame({
    "entry": 0, "exit": [1, 1, 2, 3, 3, 3, 1, 2, 3, 3], "event": [1, 0, 1, 0, 1, 0, 1, 1, 0, 0],
    "help": ["a"] * 6 + ["b"] * 4,
})  # fmt: skip
CURVES = ps.kaplan_meier(ps.Survey(SPELLS), "help").tidy()


def written(ax):
    return [one.get_text() for one in ax.texts]


def test_numbers_at_risk_stand_below_each_time():
    ax = figures.survival_curves(CURVES, colour="help", source=MADE_UP)
    found = {(one.get_text(), one.xy[0], one.get_position()[1]) for one in ax.texts
             if one.get_text().isdigit()}  # fmt: skip
    for k, (_, part) in enumerate(CURVES.groupby("help")):
        there = {(f"{n}", at) for n, at in zip(part["n"], part["period"], strict=True)}
        assert there == {(text, x) for text, x, down in found if down == -18 - 10.5 * k}
    bare = figures.survival_curves(CURVES, colour="help", at_risk=False, source=MADE_UP)
    assert not [one for one in written(bare) if one.isdigit()]


@pytest.mark.parametrize("falls", [True, False])
def test_who_fell_back_is_one_minus_the_survivors(falls):
    ax = figures.survival_curves(CURVES, colour="help", falls=falls, source=MADE_UP)
    last = CURVES.groupby("help")["estimate"].last()
    fell = sorted(f"{100 * (1 - share):.0f} ({name})" for name, share in last.items())
    assert (
        ax.title_text
        == f"Of 100 that left poverty, {' to '.join(fell)} had fallen back after 3 periods"
    )
    drawn = ax.data_behind["estimate"]
    wanted = 1 - CURVES["estimate"] if falls else CURVES["estimate"]
    assert drawn.to_numpy() == pytest.approx(wanted.to_numpy())
    assert (ax.data_behind["ci_low"] <= ax.data_behind["ci_high"]).all()


def test_moves_out_and_back_share_one_scale_in_two_panels():
    life = {of: ps.life_table(ps.Survey(SPELLS.query("help == @arm"))).tidy()
            for of, arm in (("out", "a"), ("poor", "b"))}  # fmt: skip
    both = pd.concat(life, names=["of"]).reset_index("of")
    ax = figures.hazards_by_period(both, of="both", source=MADE_UP)
    first = {of: one.query("term == 'hazard'")["estimate"].iloc[0] for of, one in life.items()}
    assert ax.title_text == (
        f"Of 100 that left poverty, {100 * first['out']:.0f} were poor again; of 100 that became "
        f"poor, {100 * first['poor']:.0f} left poverty in period 1"
    )
    one, two = ax.child_axes
    assert one.get_ylim() == two.get_ylim()
    assert [line.get_ydata()[0] for line in (one.lines[0], two.lines[0])] == pytest.approx(
        [100 * first["out"], 100 * first["poor"]]
    )
    with pytest.raises(ps.DataError, match="out of poverty, or in it"):
        figures.hazards_by_period(both, of="rich", source=MADE_UP)
    with pytest.raises(ps.DataError, match="of"):
        figures.hazards_by_period(life["out"], of="both", source=MADE_UP)


def test_ends_that_compete_are_told_at_the_last_time():
    spells = SPELLS.assign(event=np.where(SPELLS["event"] == 1, SPELLS["help"], ""))
    found = ps.cumulative_incidence(ps.Survey(spells)).tidy()
    ax = figures.incidence_curves(found, of="poor", source=MADE_UP)
    last = found.groupby("cause")["estimate"].last()
    told = "; ".join(f"{name} {100 * share:.0f}" for name, share in last.items())
    assert ax.title_text == f"Of 100 that became poor, out again after 3 periods: {told}"
    assert ax.get_xlabel() == "periods since becoming poor"


def test_chances_to_be_poor_stand_beside_who_was():
    rng = np.random.default_rng(1)
    school = rng.integers(0, 12, 800)
    rows = {year: pd.DataFrame({"household_id": range(800), "year": year, "schooling": school,
                                "income": np.exp(7 + 0.1 * school + rng.normal(0, 0.6, 800))})
            for year in (2014, 2015)}  # fmt: skip
    found = ps.vulnerability(pd.concat(rows.values()), "schooling", 1500, at=2014, later=2015)
    table = found.check(4).tidy()
    ax = figures.calibration_curve(table, scale="sqrt", source=MADE_UP)
    seen = table.set_index(["term", "group"])["estimate"]
    low, high = (100 * seen["mean of vep"].agg(pick) for pick in ("min", "max"))
    assert ax.title_text.startswith(f"Predicted {high:.0f} and {low:.0f} of 100 in the highest")
    assert ax.get_xlabel() == "chance to be poor, by the model, percent"
    assert ax.lines[1].get_ydata() == pytest.approx(100 * seen["mean of poor_later"].to_numpy())
    with pytest.raises(ps.DataError):
        figures.calibration_curve(table, scale="root", source=MADE_UP)


def test_mobility_writes_the_shares_of_each_row():
    rng = np.random.default_rng(3)
    pairs = pd.DataFrame({"fifth": rng.integers(1, 6, 500), "then": rng.integers(1, 6, 500)})
    table = ps.share(ps.Survey(pairs), "then", by="fifth").tidy()
    ax = figures.mobility(table, source=MADE_UP)
    wanted = [f"{100 * row.estimate:.0f} ({100 * row.std_error:.1f})" for row in table.itertuples()]
    assert written(ax)[: len(wanted)] == wanted
    corners = 100 * table["estimate"].iloc[[0, -1]]
    assert ax.title_text == (
        f"Of 100 in the lowest group {corners.iloc[0]:.0f} are still in it later, "
        f"of 100 in the highest {corners.iloc[1]:.0f}"
    )
    with pytest.raises(ps.DataError, match="several rows"):
        figures.mobility(pd.concat([table, table]), source=MADE_UP)
