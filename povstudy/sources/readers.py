"""How the files of each dataset are read: typed text tables, quarters of a survey, R data."""

import warnings
from itertools import pairwise

import pandas as pd

from ..base.errors import DataError
from ..base.optional import optional


def typed_csv(path, schema):
    """Read a bundled table as its schema says, and name the cell that does not fit."""
    raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    kinds = {one["name"]: one["type"] for one in schema["fields"]}
    if list(raw.columns) != list(kinds):
        raise DataError("The columns of this file are not the recorded ones.", where=path,
                        found=", ".join(raw.columns),
                        remedy=f"git checkout -- data/official/{path.name}")  # fmt: skip
    return pd.DataFrame({name: _typed(raw[name], kind, path) for name, kind in kinds.items()})


def _typed(text, kind, path):
    if kind == "string":
        return text
    blank = text == ""
    if kind == "boolean":
        values = text.map({"true": True, "false": False})
    else:
        values = pd.to_numeric(text.mask(blank), errors="coerce")
    wrong = values.isna() & ~blank
    if kind == "integer":
        wrong |= values.notna() & (values % 1 != 0)
    if wrong.any():
        row = wrong.idxmax()
        raise DataError(f"This cell should be a{'n' if kind == 'integer' else ''} {kind}.",
                        where=f"{path}, row {row + 2}, column {text.name}", found=repr(text[row]),
                        remedy=f"mend the cell, or: git checkout -- data/official/{path.name}")  # fmt: skip
    if kind == "integer":
        return values.astype("Int64" if blank.any() else "int64")
    if kind == "boolean":
        return values.astype("boolean" if blank.any() else "bool")
    return values.astype("float64")


def renamed_csv(path, schema):
    """A publisher's table under the names and types of the record (``raw``: the name in the file)."""
    # so Stata says missing
    raw = pd.read_csv(path, dtype=str, keep_default_na=False).replace(".a", "")
    if "pmt" in raw:  # the trial in Indonesia
        for outer, inner in pairwise(["province", "district", "subdistrict", "village"]):
            raw[inner] = raw[outer] + "-" + raw[inner]  # a code is of one place only
        raw["ea"] = raw["ea"].str.zfill(3)  # as in the ranks of neighbours
        arms = {"pmt": "formula", "community": "community", "hybrid": "hybrid"}
        raw["assessor"] = raw[list(arms)].eq("1").idxmax(axis=1).map(arms)
        raw["stratum"] = raw["subdistrict"]
    elif "hhea" in raw:
        raw = raw.rename(columns={"hhea": "ea", "rank": "neighbour_rank"})
    fields = {one["name"]: (one.get("raw", one["name"]), one["type"]) for one in schema["fields"]}
    return pd.DataFrame({name: _typed(raw[old], kind, path)
                         for name, (old, kind) in fields.items() if old in raw})  # fmt: skip


def argentina(path):
    """One quarter of the household survey; incomes use a comma or a point, by quarter."""
    incomes = ["ITF", "IPCF"]
    table = pd.read_csv(path, sep=";", dtype=dict.fromkeys(incomes, str), low_memory=False)
    for name in incomes:
        values = pd.to_numeric(table[name].str.replace(",", ".", regex=False), errors="coerce")
        wrong = values.isna() & table[name].notna()
        if wrong.any():
            row = wrong.idxmax()
            raise DataError("This income is not a number.",
                            where=f"{path}, row {row + 2}, column {name}",
                            found=repr(table[name][row]),
                            remedy="delete the file and fetch it again")  # fmt: skip
        table[name] = values
    quarter = table["ANO4"].astype(str) + "q" + table["TRIMESTRE"].astype(str)
    return table.assign(quarter=quarter)


def rda(path):
    """The one data frame in an R file."""
    with optional("rdata", f"Reading {path.name}"):
        import rdata
    with warnings.catch_warnings():
        # R classes that only change how a table prints; the values are read all the same.
        warnings.filterwarnings("ignore", "Missing constructor for R class")
        content = rdata.read_rda(path)
    table = next(iter(content.values())).reset_index(drop=True)
    return table.rename(columns=str)
