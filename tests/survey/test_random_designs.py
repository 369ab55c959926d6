"""Random tables (types, gaps, keys, weights, designs) beside plain loops, on every kind of table.

The loops know nothing of cells, codes or engines: a dictionary of units, and the formulas of
Binder (1983) written out. ``DESIGNS`` tables are drawn; for more::

    PYTHONPATH=.:tests python tests/survey/test_random_designs.py 300
"""

import math
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import SHARE
from held import HELD

import povstudy as ps

DESIGNS = int(60 * SHARE)
BIG = 2**53


def labels(rng, levels, size):
    """A column of keys of a random type, with a gap or without."""
    drawn = rng.integers(0, levels, size)
    made = {
        "text": lambda: pd.Series([f"村{one}" for one in drawn], dtype=object),
        "string": lambda: pd.Series([f"{one:03d}" for one in drawn], dtype="string"),
        "category": lambda: pd.Series([f"k{one}" for one in drawn], dtype="category"),
        "int8": lambda: pd.Series(drawn, dtype="int8"),
        "large": lambda: pd.Series(BIG + drawn, dtype="Int64"),
        "float": lambda: pd.Series(drawn / 2),
        "bool": lambda: pd.Series(drawn % 2 == 0),
        "date": lambda: pd.Series(pd.Timestamp("2014-01-01") + pd.to_timedelta(drawn, unit="D")),
    }
    return made[rng.choice(list(made))]()


def gapped(rng, column, share):
    gone = rng.random(len(column)) < share
    if column.dtype == bool:
        column = column.astype("boolean")
    elif column.dtype.kind in "iu":
        column = column.astype("Int64")
    return column.mask(gone)


def drawn_table(seed):
    """A table, the names of its design, the columns of domains, and a line."""
    rng = np.random.default_rng([20261127, seed])
    units, per = int(rng.integers(4, 30)), int(rng.integers(1, 6))
    size = units * per
    strata = int(rng.integers(1, 1 + units // 2))
    of_unit = np.arange(units) % strata
    table = pd.DataFrame(
        {"stratum": np.repeat(of_unit, per), "psu": np.repeat(np.arange(units), per)}
    )
    names = labels(rng, max(strata, 2), strata)
    if names.nunique() == strata:  # names of strata of another type
        table["stratum"] = names.iloc[table["stratum"]].to_numpy()
        table["stratum"] = table["stratum"].astype(names.dtype)
    kind = rng.choice(["plain", "within", "text", "large"])
    if kind == "within":  # numbered anew in each stratum
        table["psu"] = table["psu"] // strata
    elif kind != "plain":
        table["psu"] = table["psu"].map("户{:02d}".format) if kind == "text" else table["psu"] + BIG
    table["weight"] = {
        "one": lambda: np.ones(size),
        "int8": lambda: rng.integers(1, 127, size).astype("int8"),  # their sum would wrap
        "float": lambda: rng.lognormal(3, 1, size),
        "small": lambda: rng.random(size) * 1e-6 + 1e-9,
    }[rng.choice(["one", "int8", "float", "small"])]()
    if rng.random() < 0.3:
        table["weight"] *= (rng.random(size) < 0.8).astype(table["weight"].dtype)
    income = np.round(rng.lognormal(8, 0.8, size), int(rng.integers(-2, 3)))
    table["income"] = {
        "float": lambda: pd.Series(income),
        "whole": lambda: pd.Series(income.round().astype("int32")),
        "object": lambda: pd.Series(income, dtype=object),
        "single": lambda: pd.Series(income.astype("float32")),
    }[rng.choice(["float", "whole", "object", "single"])]()
    if rng.random() < 0.5:
        table["income"] = gapped(rng, table["income"], 0.1)
    by = [f"key{at}" for at in range(int(rng.integers(0, 3)))]
    for name in by:
        table[name] = labels(rng, int(rng.integers(1, 5)), size)
        if rng.random() < 0.5:
            table[name] = gapped(rng, table[name], 0.1)
    line = float(np.round(np.exp(rng.normal(8, 0.5)), 1))
    if rng.random() < 0.3:
        table["line"] = np.where(rng.random(size) < 0.5, line, line * 1.5)
        line = "line"
    order = rng.permutation(size)
    return table.iloc[order].reset_index(drop=True), by, line


# By plain loops -----------------------------------------------------------------------------


def key_of(value):
    """One spelling of a key for every kind of table."""
    if isinstance(value, pd.Timestamp | np.datetime64) or hasattr(value, "isoformat"):
        return str(pd.Timestamp(value).date())
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return float(value) if isinstance(value, float | np.floating) else (
        int(value) if isinstance(value, int | np.integer) else str(value)
    )  # fmt: skip


def by_loops(table, by, line, measure):
    """Estimate, standard error, rows and degrees of freedom by domain, without any shortcut."""
    rows, units, weighed = [], defaultdict(set), defaultdict(set)
    for row in table.to_dict("records"):
        units[key_of(row["stratum"])].add(key_of(row["psu"]))
        if row["weight"] == 0:
            continue
        weighed[key_of(row["stratum"])].add(key_of(row["psu"]))
        if pd.isna(row["income"]) or any(pd.isna(row[name]) for name in by):
            continue
        at = row["line"] if line == "line" else line
        gap = max(at - float(row["income"]), 0) / at
        value = {
            "headcount": float(row["income"] < at), "gap": gap, "severity": gap**2,
            "mean": float(row["income"]), "total": float(row["income"]),
        }[measure]  # fmt: skip
        rows.append((tuple(key_of(row[name]) for name in by), key_of(row["stratum"]),
                     key_of(row["psu"]), float(row["weight"]), value))  # fmt: skip
    found = {}
    for domain in {row[0] for row in rows}:
        own = [row for row in rows if row[0] == domain]
        weight = math.fsum(row[3] for row in own)
        estimate = math.fsum(row[3] * row[4] for row in own)
        if measure != "total":
            estimate /= weight
        sums = defaultdict(float)
        for _, stratum, unit, w, value in own:
            sums[stratum, unit] += w * (
                value if measure == "total" else (value - estimate) / weight
            )
        variance, df = 0.0, 0
        for stratum, names in units.items():
            each = [sums.get((stratum, name), 0.0) for name in names]
            middle = math.fsum(each) / len(each)
            variance += len(each) / (len(each) - 1) * math.fsum((x - middle) ** 2 for x in each)
            df += (len(weighed[stratum]) - 1) * any(row[1] == stratum for row in own)
        if len(sums) == 1:  # one unit tells nothing of how units differ
            variance = math.nan
        found[domain] = (estimate, math.sqrt(variance), len(own), df)
    return found


def asked(svy, by, line, measure):
    more = {"by": by} if by else {}
    if measure in ("mean", "total"):
        table = getattr(ps, measure)(svy, "income", **more).tidy()
    else:
        term = {"headcount": "headcount", "gap": "poverty_gap", "severity": "severity"}
        table = ps.poverty(svy, "income", line=line, **more).tidy()
        named = table["term"].unique()
        term = next(one for one in named if measure in one)
        table = table[table["term"] == term]
    empty = table["n"] == 0
    assert table.loc[empty, ["estimate", "std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    return {
        tuple(key_of(row[name]) for name in by): (
            row["estimate"], row["std_error"], row["n"], row["df"]
        )
        for row in table[~empty].to_dict("records")
    }  # fmt: skip


def check(seed, folder):
    table, by, line = drawn_table(seed)
    for measure in ("headcount", "gap", "severity", "mean", "total"):
        wanted = by_loops(table, by, line, measure)
        if not wanted:
            continue
        largest = max(abs(one[0]) for one in wanted.values())
        for held, form in HELD.items():
            svy = ps.Survey(form(table, folder), weight="weight", strata="stratum", psu="psu",
                            missing="drop")  # fmt: skip
            found = asked(svy, by, line, measure)
            told = f"seed {seed}, {held}, {measure}"
            assert found.keys() == wanted.keys(), told
            for domain, numbers in wanted.items():
                assert found[domain][:2] == pytest.approx(
                    numbers[:2], rel=1e-7, abs=1e-9 * largest, nan_ok=True
                ), f"{told}, {domain}"
                assert found[domain][2] == numbers[2], f"{told}, {domain}"
                if not math.isnan(numbers[1]):
                    assert found[domain][3] == numbers[3], f"{told}, {domain}"


@pytest.mark.parametrize("seed", range(DESIGNS))
def test_random_designs_agree_with_plain_loops_on_every_kind_of_table(seed, tmp_path):
    check(seed, tmp_path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        bad = 0
        for seed in range(int(sys.argv[1])):
            try:
                check(seed, Path(folder))
            except (AssertionError, Exception) as error:
                bad += 1
                print(seed, type(error).__name__, str(error)[:300].replace("\n", " "))
        print(f"{bad} of {sys.argv[1]} differ")
