"""Designs of long files: asked by PSU alone where that tells the strata, and the same for it."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

import povstudy as ps
from povstudy.survey import engines, kinds

ROWS, FAR = 6000, 5000  # numbers of villages lie so far apart that strata beside them have no place


def panel():
    """Rows of four strata of three villages; villages are numbered over all, or anew in each."""
    rng = np.random.default_rng(7)
    own = rng.integers(0, 12, ROWS)
    far = own * FAR
    stratum = own // 3
    return pd.DataFrame({
        "stratum": stratum.astype("int16"), "village": far.astype("int32"),
        "anew": (own % 3 * 20_000).astype("int32"), "county": stratum // 2, "part": own % 3 * FAR,
        "urban": stratum % 2, "region": [f"region {one}" for one in stratum], "share": stratum / 4,
        "code": [f"village {one}" for one in own], "money": [Decimal(int(one)) for one in stratum],
        "day": [dt.date(2020, 1, 1 + one) for one in stratum], "flag": stratum > 1,
        "big": far + 2**60, "unsigned": stratum.astype("uint64") + np.uint64(2**63),
        "kind": pd.Categorical([f"region {one}" for one in stratum]), "negative": -far,
        "w": rng.integers(1, 50, ROWS).astype(float), "many": rng.integers(500, 1500, ROWS),
        "some": rng.integers(0, 3, ROWS), "units": 30, "poor": rng.random(ROWS) < 0.3,
        "y": rng.normal(10, 2, ROWS), "year": rng.integers(2018, 2021, ROWS),
    })  # fmt: skip


TABLE = panel()
LATE = TABLE.index[-ROWS // 3 :]
# A village that lies in two strata, of which the first rows tell nothing.
MOVED = TABLE.sort_values("stratum", kind="stable", ignore_index=True)
MOVED.loc[MOVED.index[MOVED["stratum"] == 2][-30:], "stratum"] = 1
# Design, table, and whether PSUs alone tell it.
DESIGNS = {
    "whole": ({}, TABLE, True),
    "fpc": ({"fpc": "units"}, TABLE, True),
    "weights of zero": ({"weight": "some"}, TABLE, True),
    "weights near 999": ({"weight": "many"}, TABLE, True),
    "no weight": ({"weight": None}, TABLE, True),
    "two weights": ({"size": "some"}, TABLE, True),
    "two strata": ({"strata": ["county", "urban"]}, TABLE, True),
    "two of units": ({"strata": "stratum", "psu": ["stratum", "part"]}, TABLE, False),
    "units by their county": ({"strata": "unsigned", "psu": ["stratum", "anew"]}, TABLE, False),
    "numbers below zero": ({"psu": "negative"}, TABLE, True),
    "large numbers": ({"psu": "big"}, TABLE, True),
    "large strata": ({"strata": "unsigned"}, TABLE, True),
    "anew": ({"psu": "anew"}, TABLE, False),
    "anew, in order": ({"psu": "anew"}, TABLE.sort_values("stratum"), False),
    "moved": ({}, MOVED, False),
    "moved, of zero": ({"weight": "some"}, MOVED, False),
    "text": ({"strata": "region"}, TABLE, False),
    "text of units": ({"psu": "code"}, TABLE, False),
    "floats": ({"strata": "share"}, TABLE, False),
    "money": ({"strata": "money"}, TABLE, False),
    "days": ({"strata": "day"}, TABLE, False),
    "truth": ({"strata": "flag"}, TABLE, False),
    "categories": ({"strata": "kind"}, TABLE, False),
    "no strata": ({"strata": None}, TABLE, False),
    "rows": ({"psu": None}, TABLE, False),
}  # fmt: skip


def survey(data, **design):
    return ps.Survey(data, **{"weight": "w", "strata": "stratum", "psu": "village", **design})


def units(svy):
    """Strata, their units and units of a weight, in words: engines have types of their own."""
    found = svy.rows.units()
    names = [str(one) for one in found.names]
    weighed = found.count if found.weighed is None else found.weighed
    return sorted(zip(names, found.count.tolist(), weighed.tolist(), strict=True))


@pytest.fixture
def asked(monkeypatch):
    """Every file is long; and whether PSUs alone were asked."""
    monkeypatch.setattr(kinds, "_MANY", 0)
    found = []
    sums = engines.Engine._sums

    def spy(self, *given, **named):
        found.append(named.get("told", 0))
        return sums(self, *given, **named)

    monkeypatch.setattr(engines.Engine, "_sums", spy)
    return found


@pytest.mark.parametrize("case", DESIGNS)
def test_designs_of_files_are_those_of_other_tables(asked, tmp_path, case):
    design, table, alone = DESIGNS[case]
    table.to_parquet(tmp_path / "panel.parquet")
    known = survey(table, **design)
    lazy = survey(pl.from_pandas(table).lazy(), **design)
    assert not any(asked)
    svy = survey(tmp_path / "panel.parquet", **design)
    assert ("hk0" in svy.rows._design) == alone
    assert any(asked) == (alone or case.startswith("moved"))
    assert sum(map(bool, asked)) <= 1 or alone  # what was not so is not asked again
    names = [one for one in lazy.rows._design if one in svy.rows._design]
    keys = [one for one in names if one[0] == "k"]
    assert set(lazy.rows._design) == set(names)
    made = [one.rows._design[names].sort_values(keys, ignore_index=True) for one in (svy, lazy)]
    pd.testing.assert_frame_equal(*made, check_dtype=False)
    for other in (svy, lazy):
        assert units(other) == units(known)
        assert repr(other) == repr(known)
        for ask in (lambda svy: ps.mean(svy, ["y"]), lambda svy: ps.mean(svy, "y", by="poor")):
            np.testing.assert_allclose(
                ask(other).tidy()[["estimate", "std_error", "n"]].to_numpy(float),
                ask(known).tidy()[["estimate", "std_error", "n"]].to_numpy(float), rtol=1e-9,
            )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        (LATE[:1], ["stratum"]), (LATE, ["stratum"]), (LATE[:1], ["village"]),
        (LATE, ["village"]), (LATE[:3], ["stratum", "village"]), (TABLE.index, ["village"]),
        (TABLE.index[TABLE["village"] == 0], ["stratum"]), (TABLE.index, ["stratum"]),
    ],
    ids=["a stratum", "strata", "a unit", "units", "both", "every unit", "of a village", "every stratum"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["Int32", "float"])
def test_what_has_no_stratum_or_unit_is_refused_alike(asked, tmp_path, rows, names, kind):
    table = TABLE.astype(dict.fromkeys(names, kind))
    table.loc[rows, names] = None if kind == "Int32" else np.nan
    table.to_parquet(tmp_path / "panel.parquet")
    told = set()
    for data in (table, pl.from_pandas(table).lazy(), tmp_path / "panel.parquet"):
        with pytest.raises(ps.DesignError) as caught:
            survey(data)
        told.add(str(caught.value).splitlines()[0])
    assert len(told) == 1 and f"{len(rows):,} rows have no {names[0]}" in told.pop()


def test_ends_of_whole_weights_are_told_by_the_notes_of_a_file(monkeypatch, tmp_path):
    given, ends_of = [], engines.Engine._ends_of
    monkeypatch.setattr(
        engines.Engine, "_ends_of", lambda self, some: given.append(some) or ends_of(self, some)
    )
    path = tmp_path / "panel.parquet"
    TABLE.to_parquet(path)
    rows = survey(path, weight="many").rows
    wanted = rows._ends_of(given[0])
    assert wanted["w0"] == (TABLE["many"].min(), TABLE["many"].max(), ROWS)
    held = bytearray(path.read_bytes())
    notes = len(held) - 8 - int.from_bytes(held[-8:-4], "little")
    held[4:notes] = bytes(notes - 4)  # all that was written but the notes
    path.write_bytes(held)
    assert rows._ends_of(given[0]) == wanted


def test_rows_of_a_file_that_were_chosen_are_told_by_its_name(tmp_path):
    table = pd.DataFrame({"village": [1, 1, 2, 2], "year": 2013, "income": [90.0, None, 120, 80]})
    table.to_parquet(tmp_path / "survey.parquet")
    some = ps.Survey(tmp_path / "survey.parquet", psu="village").where("year == 2013")
    for svy in (some, some.where("village > 0")):
        with pytest.raises(ps.DataError) as error:
            ps.mean(svy, "income")
        assert error.value.where == "survey.parquet, column income"
