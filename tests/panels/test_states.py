"""Moves among several states, chances to be in each, and indices of mobility: against R survival and
survey (reference/states.R), a competing-risks oracle, jackknives, and by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps
from povstudy.base.errors import DataError

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "states.json").read_text("utf-8"))
PANEL = pd.read_csv(FILES / "states.csv")
NAMES = ["listed", "left", "watched", "back"]
STATES = {"status": NAMES}
SURVEY = ps.Survey(PANEL, weight="weight", strata="stratum", psu="psu")
ORACLE = ROOT.parent / "shared" / "oracles" / "14_competing_risks"


def test_moves_among_states_are_those_of_r_survey():
    found = ps.transitions(SURVEY, states=STATES)
    table = found.tidy()
    assert table["estimate"].to_numpy().reshape(4, 4) == pytest.approx(
        np.array(R["rows"]), abs=1e-12
    )
    # R has the shares of a state side by side; ours run within the first state.
    same = np.arange(16).reshape(4, 4).T.ravel()
    cov = found.cov().to_numpy()
    assert cov[np.ix_(same, same)] == pytest.approx(np.array(R["row_cov"]), abs=1e-14)
    assert table["from"].cat.categories.tolist() == NAMES and table["to"].cat.ordered
    assert table["term"].tolist()[:2] == ["listed to listed", "listed to left"]
    joint = ps.transitions(SURVEY, states=STATES, shares="joint")
    order = np.arange(16).reshape(4, 4).T.ravel()
    assert joint.tidy()["estimate"].to_numpy()[order] == pytest.approx(
        np.array(R["joint"]), abs=1e-12
    )
    assert joint.cov().to_numpy()[np.ix_(order, order)] == pytest.approx(
        np.array(R["joint_cov"]), abs=1e-14
    )


@pytest.mark.parametrize("shares", ["rows", "joint"])
def test_two_states_say_what_poor_and_not_poor_say(shares):
    panel = PANEL.assign(poor=(PANEL["status"].isin(["listed", "back"])).astype("int8"), income=np.where(
        PANEL["status"].isin(["listed", "back"]), 90.0, 110.0), line=100)  # fmt: skip
    one = ps.transitions(ps.Survey(panel, weight="weight", psu="psu"), by="stratum", shares=shares)
    for states in ("poor", {"income": {"below": "line", "above": np.inf}}, {"poor": [0, 1]}):
        two = ps.transitions(
            ps.Survey(panel, weight="weight", psu="psu"), by="stratum", shares=shares, states=states
        )
        flip = (
            slice(None, None, -1)
            if isinstance(states, dict) and "income" in states
            else slice(None)
        )
        cells = [
            x.tidy()[["estimate", "std_error"]].to_numpy().reshape(4, -1, 2) for x in (one, two)
        ]
        assert cells[1][:, flip] == pytest.approx(cells[0], abs=1e-12)


def test_bands_keep_what_is_at_an_end_above_it_and_states_come_as_they_are():
    panel = pd.DataFrame({"户": [1, 1, 2, 2], "年": [1, 2, 1, 2], "收入": [99.0, 100, 150, 40]})
    bands = {"收入": {"线下": 100, "近线": 150, "线上": None}}
    found = ps.transitions(
        panel.sample(frac=1, random_state=1), states=bands, household="户", time="年"
    ).tidy()
    moved = found[found["estimate"] > 0]
    assert list(zip(moved["from"], moved["to"], strict=True)) == [
        ("线下", "近线"),
        ("线上", "线下"),
    ]
    shuffled = PANEL.assign(status=pd.Categorical(PANEL["status"], NAMES[::-1])).sample(
        frac=1, random_state=2
    )
    back = ps.transitions(shuffled, states="status").tidy()
    assert back["from"].cat.categories.tolist() == NAMES[::-1]
    lost = PANEL.assign(status=PANEL["status"].mask(PANEL.index == 3))
    with pytest.raises(DataError, match="status"):
        ps.transitions(lost, states=STATES)
    dropped = ps.transitions(ps.Survey(lost, psu="psu", missing="drop"), states=STATES)
    whole = ps.transitions(ps.Survey(PANEL, psu="psu"), states=STATES)
    assert dropped.tidy()["n"].unique().sum() == whole.tidy()["n"].unique().sum() - 2


@pytest.mark.parametrize("weight", [None, "weight"])
def test_chances_of_states_are_those_of_r_survfit(weight):
    panel, r = PANEL, R["late"]
    if weight is None:  # seen from the start on
        after = (
            PANEL[PANEL["year"] >= PANEL["since"]]
            .groupby("household_id")
            .agg(y=("year", "min"), s=("since", "min"))
        )
        panel, r = (
            PANEL[~PANEL["household_id"].isin(after.index[after["y"] > after["s"]])],
            R["plain"],
        )
    found = ps.state_occupation(
        ps.Survey(panel, weight=weight, psu="household_id"), "left", STATES, since="since"
    ).tidy()
    part = found[found["state"] != "listed"]
    assert part["estimate"].to_numpy().reshape(-1, 3) == pytest.approx(
        np.array(r["share"]), abs=1e-12
    )
    units = panel["household_id"].nunique()
    errors = np.array(r["error"]) * np.sqrt(units / (units - 1))
    assert part["std_error"].to_numpy().reshape(-1, 3) == pytest.approx(errors, rel=1e-9)
    assert found.groupby("period")["estimate"].sum().to_numpy() == pytest.approx(1)


@pytest.mark.parametrize("weighted", ["unweighted", "weighted"])
def test_with_ends_that_nobody_leaves_it_is_the_cumulative_incidence(weighted):
    if not ORACLE.exists():
        pytest.skip("needs the oracles of competing risks beside the repository")
    data, known = (
        pd.read_csv(ORACLE / name) for name in ("cr_data.csv", "aalen_johansen_survfit.csv")
    )
    known = known[known["weights"] == weighted].reset_index(drop=True)
    rows = data.loc[data.index.repeat(data["time"] + 1), ["id", "time", "status", "w"]]
    rows["year"] = rows.groupby("id").cumcount()
    rows["state"], rows["since"] = rows["status"].where(rows["year"] == rows["time"], 0), 0
    weight = "w" if weighted == "weighted" else None
    svy = ps.Survey(rows, weight=weight, psu="id")
    found = ps.state_occupation(svy, 0, since="since", household="id").tidy()
    for state in (1, 2):
        own = found[found["state"] == state].iloc[: len(known)]
        assert own["estimate"].to_numpy() == pytest.approx(
            known[f"CIF{state}"].to_numpy(), abs=1e-12
        )
        assert own["std_error"].to_numpy() == pytest.approx(
            known[f"se{state}"].to_numpy() * np.sqrt(200 / 199), rel=1e-9
        )
    spells = ps.Survey(data.assign(entry=0, exit=data["time"]), weight=weight, psu="id")
    other = ps.cumulative_incidence(spells, "status").tidy()
    mine = found[found["state"] != 0].sort_values(["state", "period"])
    assert mine["std_error"].to_numpy() == pytest.approx(other["std_error"].to_numpy(), abs=1e-12)


def test_a_start_is_one_that_was_seen_and_weights_have_no_scale():
    svy = ps.Survey(PANEL, weight="weight", strata="stratum", psu="psu")
    found = ps.state_occupation(svy, "left", STATES, by="stratum")
    scaled = ps.Survey(
        PANEL.assign(weight=PANEL["weight"] * 1e6), weight="weight", strata="stratum", psu="psu"
    )
    again = ps.state_occupation(scaled, "left", STATES, by="stratum").tidy()
    assert again[["estimate", "std_error", "ci_low"]].to_numpy() == pytest.approx(
        found.tidy()[["estimate", "std_error", "ci_low"]].to_numpy(), rel=1e-9, abs=1e-12)  # fmt: skip
    before = PANEL.groupby("household_id")["status"].shift()
    first = PANEL[
        (PANEL["status"] == "left") & before.notna() & (before != "left")
    ].drop_duplicates("household_id")
    after = PANEL.set_index(["household_id", "year"])["status"]
    seen = [(row.stratum, after[row.household_id, row.year + 1]) for row in first.itertuples()
            if (row.household_id, row.year + 1) in after.index]  # fmt: skip
    one = found.tidy().query("period == 1")
    assert one["n"].unique().sum() <= len(seen) and one.groupby("stratum")[
        "n"
    ].first().sum() == len(seen)
    assert np.isfinite(found.contrast("period", 2, 1).tidy()["std_error"]).all()


def test_replicate_weights_give_the_same_estimates():
    weights = {f"r{i}": PANEL["weight"] * (PANEL["psu"] != i) * 20 / 19 for i in range(1, 21)}
    panel = PANEL.assign(**weights)
    svy = ps.Survey(panel, weight="weight", replicates=ps.Replicates(list(weights), "jackknife"))
    linear = ps.Survey(PANEL, weight="weight", psu="psu")
    for make in (lambda s: ps.state_occupation(s, "left", STATES), lambda s: ps.mobility_indices(s, STATES),
                 lambda s: ps.transitions(s, states=STATES)):  # fmt: skip
        one, two = make(svy).tidy(), make(linear).tidy()
        assert one["estimate"].to_numpy() == pytest.approx(two["estimate"].to_numpy(), abs=1e-12)
        assert one["std_error"].to_numpy() == pytest.approx(
            two["std_error"].to_numpy(), rel=0.25, abs=1e-3
        )


def test_indices_are_those_by_hand_and_their_errors_those_of_a_jackknife():
    rng = np.random.default_rng(4)
    panel = PANEL.assign(income=np.round(np.exp(rng.normal(7, 0.4, len(PANEL))), -2))  # with ties
    joint = (
        ps.transitions(panel, states=STATES, shares="joint")
        .tidy()["estimate"]
        .to_numpy()
        .reshape(4, 4)
    )
    rows = joint / joint.sum(axis=1, keepdims=True)
    jump = np.abs(np.subtract.outer(range(4), range(4)))
    found = ps.mobility_indices(panel, STATES).tidy()
    assert found["estimate"].tolist() == pytest.approx(
        [(4 - np.trace(rows)) / 3, np.trace(joint), (joint * jump).sum()]
    )
    later = panel.assign(year=panel["year"] - 1)[["household_id", "year", "income"]]
    pairs = panel.merge(later, on=["household_id", "year"], suffixes=("", "_then"))
    plain = ps.mobility_indices(panel.drop(columns="weight"), income="income").tidy()["estimate"]
    assert plain[0] == pytest.approx(
        pairs["income"].corr(pairs["income_then"], method="spearman"), abs=1e-12
    )
    assert plain[1] == pytest.approx(np.abs(np.log(pairs["income_then"] / pairs["income"])).mean())
    for asked in ({"states": STATES}, {"income": "income"}):

        def make(table, asked=asked):
            return ps.mobility_indices(ps.Survey(table, weight="weight", psu="psu"), **asked)

        moved = np.array(
            [make(panel[panel["psu"] != one]).tidy()["estimate"] for one in range(1, 21)]
        )
        jackknife = np.sqrt(19 / 20 * ((moved - moved.mean(axis=0)) ** 2).sum(axis=0))
        assert make(panel).tidy()["std_error"].to_numpy() == pytest.approx(jackknife, rel=0.1)


def test_what_tells_nothing_is_refused():
    with pytest.raises(DataError, match="0 or less"):
        ps.mobility_indices(PANEL.assign(income=0.0), income="income")
    with pytest.raises(DataError, match="come into"):
        ps.state_occupation(PANEL, "listed", STATES)
    with pytest.raises(DataError, match="rise"):
        ps.transitions(PANEL.assign(income=1.0), states={"income": {"a": 3, "b": 2, "c": None}})
    with pytest.raises(DataError, match="another state"):
        ps.state_occupation(PANEL.assign(since=PANEL["since"] - 1), "left", STATES, since="since")
    one = ps.state_occupation(SURVEY, "left", STATES, by="psu").tidy()
    assert one["std_error"].isna().all()


def test_names_states_and_starts_that_would_mislead_are_refused():
    for name in ("n", "estimate", "pair_"):
        with pytest.raises(DataError, match="name"):
            ps.state_occupation(PANEL.assign(**{name: 1}), "left", STATES, by=name)
    for states in (
        {"status": [*NAMES, "left"]},
        ("weight",),
        {"weight": {"low": True, "high": None}},
    ):
        with pytest.raises(DataError, match=r"twice|States are|rise|states="):
            ps.transitions(PANEL, states=states)
    two = PANEL.assign(since=np.where(PANEL.index % 2, 2016, 2015))
    with pytest.raises(DataError, match="several starts"):
        ps.state_occupation(two, "left", STATES, since="since")
    with pytest.raises(DataError, match="without end") as told:
        ps.mobility_indices(
            PANEL.assign(income=np.where(PANEL.index == 3, np.inf, 5)), income="income"
        )
    assert "inf" in str(told.value)


def test_a_longer_step_takes_the_periods_of_each_start():
    found = ps.state_occupation(PANEL, "left", STATES, step=2).tidy()
    state = PANEL.set_index(["household_id", "year"])["status"].to_dict()
    chain = []
    for one, rows in PANEL.groupby("household_id"):
        starts = [year for year in sorted(rows["year"]) if state[one, year] == "left"
                  and state.get((one, year - 2), "left") != "left"]  # fmt: skip
        chain += [(one, year) for year in starts[:1]]
    seen = [(state[one, year + 2], weight) for one, year in chain if (one, year + 2) in state
            for weight in PANEL.loc[(PANEL["household_id"] == one) & (PANEL["year"] == year), "weight"]]  # fmt: skip
    first = found.query("period == 1").set_index("state")["estimate"]
    for name in NAMES:
        share = sum(w for one, w in seen if one == name) / sum(w for _, w in seen)
        assert first[name] == pytest.approx(share, abs=1e-12)
