"""Designs of files: what their notes tell is not read."""

import pandas as pd

import povstudy as ps
from povstudy.survey import engines

TABLE = pd.DataFrame(
    {"stratum": [1, 1, 2, 2] * 50, "village": [1, 2, 3, 4] * 50, "many": range(500, 700)}
)
ROWS = len(TABLE)


def test_ends_of_whole_weights_are_told_by_the_notes_of_a_file(monkeypatch, tmp_path):
    given, ends_of = [], engines.Engine._ends_of
    monkeypatch.setattr(
        engines.Engine, "_ends_of", lambda self, some: given.append(some) or ends_of(self, some)
    )
    path = tmp_path / "panel.parquet"
    TABLE.to_parquet(path)
    rows = ps.Survey(path, weight="many", strata="stratum", psu="village").rows
    wanted = rows._ends_of(given[0])
    assert wanted["w0"] == (TABLE["many"].min(), TABLE["many"].max(), ROWS)
    held = bytearray(path.read_bytes())
    notes = len(held) - 8 - int.from_bytes(held[-8:-4], "little")
    held[4:notes] = bytes(notes - 4)  # all that was written but the notes
    path.write_bytes(held)
    assert rows._ends_of(given[0]) == wanted
