"""One wave of a survey: the columns that a codebook names, from one file or several."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import count
from pathlib import Path

import pandas as pd

from ...base.codes import Looked, suspects
from ...base.errors import DataError
from ...base.files import need_file
from ...base.private import masked
from ...base.status import source_of
from ..file.frames import raw_frame, refuse_twice
from ..file.kinds import file_of
from ..file.shelves import parquet_columns
from ..file.surveys import survey_file
from ..file.texts import SURVEYS, head_key
from ..identities import identities
from ..record.matching import Column
from ..reports import part, words
from .books import names_in
from .cells import read_column

_PARQUET = (".parquet", ".pq")


@dataclass
class _File:
    """Columns of one file as they stand, with what it says of their codes."""

    name: str
    heads: list  # all that it has
    table: pd.DataFrame  # those that are read
    first: int = 1  # number of its first row of data
    labels: dict = field(default_factory=dict)
    source: object = None


def read_wave(raw, wave, book):
    """Read one wave of a survey.

    Parameters
    ----------
    raw : DataFrame, str, Path, or a list of these
        Its file, or files; of several the first says which households there are.
    wave : int
        Year of the wave.
    book : dict
        Codebook of a panel, checked.

    Returns
    -------
    table : DataFrame
        Columns of the codebook that the files have, in its order, one row for each key. Columns
        named after a wave before (``("earlier", 2010)``) hold the code of the household then.
    parts : list of dict
        For the report.
    source : Source or None
        Where the files say to come from.
    """
    files = list(raw) if isinstance(raw, list | tuple) else [raw]
    if not files:
        raise DataError("A wave has no file.", where=f"wave {wave}",
                        remedy="the path of its file, or a table that was read already")  # fmt: skip
    table, key, parts, tried, left = None, [], [], [], book["columns"]
    for one in files:
        rules = left | {name: book["columns"][name] for name in key}
        file = _of_wave(_opened(one, wave, rules, book), wave, book)
        tried.append(file)
        found, own = _read(file, rules, book, wave)
        parts += [told | {"file": file.name} for told in own]
        if table is None:
            key, table = [one for one in book["key"] if one in found], found
            _need(book, {one: left[one] for one in book["key"][:1] if one not in key}, tried, wave)
        else:
            table = _beside(table, found, key, file, wave, parts)
        left = {name: rule for name, rule in left.items() if name not in table}
    _need(book, left, tried, wave)
    more = [
        {"row": [pd.NA], "column": name, "old": None, "new": None, "action": "missing",
         "reason": "not_in_file" if names_in(rule, wave) else "not_in_wave"}
        for name, rule in left.items()
    ]  # fmt: skip
    table = _keyed(table, key, tried[0], wave, book, parts, more)
    parts += [one | {"file": tried[0].name} for one in (*more, *_suspects(table, book))]
    known = [name for name in book["columns"] if name in table]
    source = next((one.source for one in tried if one.source), None)
    return table[[*known, *(name for name in table if name not in known)]], parts, source


# Files --------------------------------------------------------------------------------


def _opened(raw, wave, rules, book):
    """The columns of a file that some rules name."""
    asked = [book["wave"], *(names_in(rule, wave) for rule in rules.values())]
    asked += [names for rule in rules.values() for names in rule.get("earlier", {}).values()]

    def wanted(heads):
        found = [head for names in asked for head in _first(names, heads)]
        return list(dict.fromkeys(found)) or list(heads)[:1]

    raw = raw.to_pandas() if hasattr(raw, "to_pandas") else raw
    if isinstance(raw, pd.DataFrame):
        heads = [str(one) for one in raw.columns]
        refuse_twice(heads, f"wave {wave}")
        table = raw.set_axis(heads, axis=1)[wanted(heads)].reset_index(drop=True)
        return _File(f"{wave}", heads, table, source=source_of(raw))
    path = Path(raw) if isinstance(raw, str) else raw
    name = f"{wave}: {masked(path.name)}" if isinstance(path, Path) else f"{wave}"
    if isinstance(path, Path) and path.suffix.lower() in _PARQUET:
        return _parquet(need_file(path), name, wanted)
    path, kind = file_of(raw)
    if f".{kind}" not in SURVEYS:
        known = {head_key(part) for names in asked for one in names for part in _parts(one)}
        frame, first = _text(path, known, book["encoding"])
        return _File(name, list(frame), frame[wanted(list(frame))].astype(object), first)
    heads = []

    def some(every):  # asked again in another encoding
        heads[:] = every
        return wanted(every)

    table, labels, _ = survey_file(path, kind, some)
    told = {one: (labels.get(one, {}), table.attrs["missing"].get(one, ())) for one in table}
    ids = {head for rule in rules.values() if rule["read"] == "household_id"
           for head in _first(names_in(rule, wave), heads)}  # fmt: skip
    for one in ids.intersection(table, table.attrs["short"]):
        if (pd.to_numeric(table[one], errors="coerce").abs() > 2**24).any():
            raise DataError(
                "Codes of households have lost their last digits: they are stored as floats of four bytes.",
                where=f"{name}, column {one}", found=f"{table[one].max():.0f}",
                remedy="save the file anew with this column as double, long or string",
            )  # fmt: skip
    return _File(name, heads, table, labels=told)


def _text(path, known, encoding):
    """A workbook or text, and the number of its first row; in an old encoding, if it is in no other."""
    try:
        frame, _, first = raw_frame(path, known=known)
    except DataError as error:
        if not encoding or "encoding=" not in str(error.remedy):
            raise
        frame, _, first = raw_frame(path, encoding=encoding, known=known)
    frame.attrs = {}
    return frame, first


def _of_wave(file, wave, book):
    """Of a file that holds several waves the rows of one."""
    for head in _first(book["wave"], file.heads):
        waves = pd.to_numeric(file.table[head], errors="coerce")
        file.table = file.table[waves == wave]
        if not len(file.table):
            there = ", ".join(f"{one:.0f}" for one in sorted(waves.dropna().unique()))
            raise DataError(f"This file has no rows of {wave}.", where=f"{file.name}, column {head}",
                            found=there[:80], remedy=f"the waves that it has: {there[:80]}")  # fmt: skip
    return file


def _parquet(path, name, wanted):
    heads, _, read = parquet_columns(path, lambda table: table)
    return _File(name, heads, read(wanted(heads)), source=source_of(path))


def _first(names, heads):
    """Heads of the first name that is there; a name of several, CODUSU + NRO_HOGAR, has several."""
    known = {head_key(one): one for one in reversed(heads)} | {one: one for one in heads}
    for name in names:
        found = [known.get(one, known.get(head_key(one))) for one in _parts(name)]
        if None not in found:
            return found
    return []


def _parts(name):
    return [one.strip() for one in name.split(" + ")]


# Columns ------------------------------------------------------------------------------


def _read(file, rules, book, wave):
    """Columns of a file by the rules, and what is told of them."""
    made, parts, codes_of = {}, [], defaultdict(map("#{}".format, count(1)).__next__)
    rows = pd.Index(file.first + file.table.index, name="row")
    asked = [(name, rule, name, names_in(rule, wave)) for name, rule in rules.items()]
    asked += [(("earlier", then), rule, f"{name} in {then}", names) for name, rule in rules.items()
              for then, names in rule.get("earlier", {}).items() if then < wave]  # fmt: skip
    used = set(_first(book["wave"], file.heads))
    for place, rule, told, names in asked:
        heads = _first(names, file.heads)
        if not heads:
            continue
        used |= set(heads)
        columns = [(file.table[one], *file.labels.get(one, ({}, ()))) for one in heads]
        values, own = read_column(
            Column(told, " + ".join(heads), rule), columns, {**book["missing"], **rule["missing"]},
            rows, codes_of, quiet=place != told, comma=book["decimal"] == ",",
        )  # fmt: skip
        parts += own
        made[place] = values
    unread = len(file.heads) - len(used)
    if unread:
        parts.append({"row": [pd.NA], "column": None, "old": f"{unread:,}", "new": None,
                      "action": "dropped", "reason": "columns_left"})  # fmt: skip
    table = pd.DataFrame({name: made[name] for name in made}, index=rows)
    table.columns = pd.Index(list(made), tupleize_cols=False)
    return table, parts


def _need(book, left, files, wave):
    """Refuse a wave whose files lack a column that every record must have."""
    where, heads = ", ".join(file.name for file in files), [one for file in files for one in file.heads]  # fmt: skip
    for name, rule in left.items():
        if not (rule.get("required") or name == book["key"][0]):
            continue
        if not any(re.search(r"[^\W\d]", one) for one in heads):
            raise DataError(
                "This file has no heads: in text of fixed width places of signs make the columns.",
                where=where, found="figures where heads stand",
                remedy="convert it with the layout that comes with it, and give the table: "
                "raw = pd.read_fwf(path, colspecs=[(0, 4), (4, 5)], names=['Ano', 'Trimestre'], dtype=str)",
            )  # fmt: skip
        names, keys = names_in(rule, wave), {head_key(one): one for one in heads}
        near = [keys[one] for tried in names for one in get_close_matches(head_key(tried), keys, 3)]
        found = f"tried {', '.join(names)}"
        if not names:
            found = f"the codebook has names for {', '.join(map(str, sorted(rule['from'])))}"
        raise DataError(
            f"The file of {wave} has no column for {name}.", where=where,
            found=f"{found}; like it: {', '.join(dict.fromkeys(near)) or 'none'}",
            remedy=f"look whether the file is that of {wave}; else add its name to the codebook: "
            f"{name}: {{from: {{{wave}: {next(iter(near), 'name')}}}}}",
        )  # fmt: skip


# Rows ---------------------------------------------------------------------------------


def _keyed(table, key, file, wave, book, parts, more):
    """The rows that have a household, each key once."""
    blank = table[key].isna().any(axis=1)
    if blank.any():
        more.append({"row": table.index[blank].to_numpy(), "column": key[0], "old": None, "new": None,
                     "action": "dropped", "reason": "no_key"})  # fmt: skip
        table = table[~blank]
    if not len(table):
        why = [words(part["reason"][0])[0] for part in parts
               if isinstance(part["column"], pd.Categorical) and part["column"][0] == key[0]]  # fmt: skip
        raise DataError(
            "No row of this wave is left: the codes of all households are missing or not readable.",
            where=file.name, found="; ".join([f"{int(blank.sum()):,} rows", *why]),
            remedy="look at the column of household codes, and at 'missing' of the codebook",
        )  # fmt: skip
    again = table.index[table.duplicated(key)]
    if len(again):
        raise DataError(
            f"{len(again):,} rows repeat {' and '.join(key)} of another row of this wave.",
            where=f"{file.name}, row {again[0]}",
            found=f"{table.duplicated().sum():,} are the same in every column that was read; the others differ",
            remedy="a file of persons has a household once for each: take the file of households, or "
            "person_id into 'key' of the codebook; rows that say the same: "
            f"raw = raw.drop_duplicates() and ps.read_panel({{{wave}: raw, ...}})",
        )  # fmt: skip
    more += identities(table.assign(year=wave), book, {}, defaultdict(lambda: "#"))
    return table


def _suspects(table, book):
    """What the columns still hold of numbers that stand for no answer, as parts of a report."""
    for name, rule in book["columns"].items():
        if name in table and rule["read"] in ("number", "money", "count"):
            y = table[name].dropna().to_numpy(dtype=float)
            income = rule["read"] == "money" or bool(re.search("income|consum|expend", name))
            found = suspects(y.min(), y.max(), Looked(y), income) if len(y) else {}
            for code, rows in found.items():
                yield part(None, name, str(code), None, "proposed", "usual_code", rows)


def _beside(table, other, key, file, wave, parts):
    """The wave with the columns of a further file, matched by its key."""
    lacking = [one for one in key if one not in other]
    if lacking:
        raise DataError(
            f"A further file of {wave} has no column for {lacking[0]}, by which it is matched.",
            where=file.name, found=", ".join(file.heads[:12]),
            remedy=f"add its name to the codebook: {lacking[0]}: {{from: ...}}",
        )  # fmt: skip
    new = [one for one in other if one not in table]
    other = other.loc[other[key].notna().all(axis=1), [*key, *new]]
    again = other.index[other.duplicated(key)]
    if len(again):
        raise DataError(
            f"A further file of {wave} has several rows for one {key[0]}: which one counts is not known.",
            where=f"{file.name}, row {again[0]}", found=f"{len(again):,} rows more than households",
            remedy="make one row of each household first: persons.groupby(...).agg(...), merged into the "
            "table of households",
        )  # fmt: skip
    alone = ~pd.MultiIndex.from_frame(other[key]).isin(pd.MultiIndex.from_frame(table[key]))
    if alone.any():
        parts.append({"row": other.index[alone].to_numpy(), "column": key[0], "old": None, "new": None,
                      "action": "dropped", "reason": "only_in_further", "file": file.name})  # fmt: skip
    return table.reset_index().merge(other, on=key, how="left").set_index("row")
