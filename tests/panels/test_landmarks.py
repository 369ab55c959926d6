"""Rows from a date on: by hand, against a loop over households, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps


def some_panel(seed, households=60, years=8):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({
        "household_id": np.repeat(np.arange(households), years),
        "year": np.tile(np.arange(2010, 2010 + years), households),
        "poor": rng.random(households * years) < 0.35, "land": rng.integers(0, 9, households * years),
    })  # fmt: skip
    return table[rng.random(len(table)) < 0.9].reset_index(drop=True)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("horizon", [1, 3])
def test_rows_are_those_of_a_loop_over_households(seed, horizon):
    panel = some_panel(seed)
    made = ps.landmark_rows(ps.spells(panel), panel, "land", [2012, 2014], horizon)
    wanted = []
    for date in (2012, 2014):
        for one, rows in panel.groupby("household_id"):
            poor, land = rows.set_index("year")["poor"], rows.set_index("year")["land"]
            if date not in poor or poor[date] or date + 1 not in poor:
                continue
            length, event = 0, False
            while length < horizon and date + length + 1 in poor and not event:
                length += 1
                event = bool(poor[date + length])
            wanted.append((one, date, 0, length, event, land[date]))
    found = made[["household_id", "landmark", "entry", "exit", "event", "land"]]
    assert [tuple(row) for row in found.itertuples(index=False)] == wanted


def test_periods_out_are_known_where_the_start_is():
    panel = some_panel(1)
    spells = ps.spells(panel)
    made = ps.landmark_rows(spells, panel, [], [2013], 2)
    both = made.merge(spells, on="household_id", suffixes=("", "_whole"))
    since = 2013 - both["origin"]
    own = both[(since >= both["entry_whole"]) & (since < both["exit_whole"])]
    known = own["origin_known"].to_numpy()
    assert 0 < known.sum() < len(known)
    assert own["out"].isna().to_numpy().tolist() == (~known).tolist()
    assert (own["out"][known] == (2013 - own["origin"])[known]).all()


def test_a_model_of_landmarks_predicts_from_the_date():
    panel = some_panel(2, households=300)
    rows = ps.landmark_rows(ps.spells(panel), panel, "land", [2011, 2012, 2013], 3)
    fit = ps.relapse_model("land", rows)
    risk = fit.risk(rows.query("landmark == 2013").assign(duration=0), horizon=3)
    assert risk["risk"].between(0.3, 0.95).all()
    assert not rows.duplicated(["household_id", "spell"]).any()


@pytest.mark.parametrize(
    ("more", "word"), [({"at": 2017}, "2017"), ({"at": 1990}, "1990"), ({"horizon": 0}, "horizon")]
)
def test_what_has_no_rows_is_refused(more, word):
    panel = some_panel(0)
    asked = {"at": [2012], "horizon": 2} | more
    with pytest.raises(ps.DataError, match=word) as caught:
        ps.landmark_rows(ps.spells(panel), panel, "land", **asked)
    assert caught.value.remedy
