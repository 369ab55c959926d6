"""Models of relapse where the hazard is known: bias, coverage, and what shortcuts cost."""

import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, draws

import povstudy as ps
from povstudy.lessons import relapse

sys.path.insert(0, str(ROOT / "benchmarks"))
import relapse_coverage

TABLE = pd.read_csv(relapse_coverage.FILE).set_index(["way", "term"])


def test_spells_have_the_hazard_that_is_told():
    spells = ps.lessons.known_hazards(villages=3_000, seed=4)
    low = spells.query("shock == 0 and land == 0 and social_work == 0 and entry == 0")
    first = low["event"][low["exit"] == 1].sum() / len(low)
    wanted = -np.expm1(-np.exp(relapse.BASE[0]))
    assert first == pytest.approx(wanted, abs=4 * np.sqrt(wanted / len(low)))
    assert not spells.duplicated("household_id").any()
    again = ps.lessons.known_hazards(villages=40, frailty=0.5, spells=4, seed=4)
    assert again["spell"].max() == 4
    after = again.groupby("household_id").shift()
    began = again["origin"] - after["origin"] - after["exit"]
    assert (began.dropna() == 1).all()  # poor for a year in between
    assert ((again["origin"] + again["exit"]) <= 2012 + relapse.WINDOW).all()


def test_the_table_of_2000_draws_holds_what_is_asked_of_a_right_model():
    right = TABLE.loc["all of it right"]
    assert (TABLE["draws"] == 2_000).all()
    assert (right["bias_percent"].abs() < 2).all()
    assert right["coverage"].between(93.5, 96.5).all()
    gamma = TABLE.loc["gamma frailty"].loc[list(relapse.SLOPES)]
    assert (gamma["bias_percent"].abs() < 2).all()
    assert gamma["coverage"].between(93.5, 96.5).all()
    lost = TABLE["bias_percent"].unstack()
    assert lost.loc["late entry ignored", "social_work"] < -40
    assert (lost.loc["false falls", list(relapse.SLOPES)] < -20).all()
    assert (lost.loc["differences unseen", list(relapse.SLOPES)] < -3).all()
    assert TABLE.loc[("errors by household", "social_work"), "coverage"] < 91


def test_fewer_draws_give_the_table_again():
    """Other seeds, without frailty, which is slower."""
    runs, wider = draws(500, 100)
    found = relapse_coverage.coverage(runs, seed=2, workers=2, frailty=0.0)
    found = found.set_index(["way", "term"])
    for way in found.index.unique("way"):
        one, whole = found.loc[way], TABLE.loc[way]
        noise = whole["spread"] * np.sqrt(1 / runs + 1 / 2_000)
        assert ((one["mean"] - whole["mean"]).abs() < 4 * noise).all()
    right = found.loc["all of it right", "coverage"]
    assert right.between(95 - 3.5 * wider, 95 + 3 * wider).all()


@pytest.mark.parametrize("more", [{"villages": 1}, {"frailty": -1}, {"spells": 0}])
def test_spells_that_cannot_be_made_are_refused(more):
    with pytest.raises(ps.DataError, match=f"{next(iter(more))}= is a "):
        ps.lessons.known_hazards(**more)
