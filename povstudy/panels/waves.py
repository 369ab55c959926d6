"""Waves of a survey become a panel: one row for each household and year."""

from itertools import pairwise
from numbers import Integral

import numpy as np
import pandas as pd

from ..base.errors import DataError, tell
from ..base.status import Source, handed_on
from ..clean.record.codebooks import load_codebook
from ..clean.reports import report
from ..clean.wave.books import refuse_other_kind
from ..clean.wave.files import read_wave


def read_panel(files, codebook):
    """Read the waves of a household survey into one panel, by a codebook, with a report.

    Parameters
    ----------
    files : dict
        For each wave its year and its file: .dta, .sav, .csv, .xlsx or .parquet, or a table of
        pandas. A list of files is matched by the key of the codebook: the first says which
        households there are, further ones have one row for each.
    codebook : str, Path or dict
        ``"cfps"`` or another of those that are shipped, the path of a YAML file, or its content.

    Returns
    -------
    panel : DataFrame
        ``household_id``, ``year`` and the columns of the codebook that the files have; what a wave
        does not have is missing in it. ``household_id`` is one for each household over all waves;
        where the survey gives it another code in each, that of the wave is ``household_code``.
        ``attrs``: ``step``, the years from one wave to the next, where it is one; ``design``, for
        ``ps.Survey(panel, **panel.attrs["design"])``; ``codebook``; ``source``.
    report : DataFrame
        As of `povstudy.clean.households`: codes of no answer with what they mean, values that
        were refused, rows that were dropped, columns that a wave lacks; ``file`` begins with the
        wave. Columns that the codebook does not name are not read, and counted in a line.

    Raises
    ------
    DataError
        If a file lacks a column that is required, a wave has a household twice, or codes of
        households are written in two ways.

    Warns
    -----
    DataWarning
        If no household is in two waves, or no file of a wave has the weight of the codebook.

    Notes
    -----
    A code is no answer if the codebook or the file says so, or if its label does (不知道, refused).
    Labels of the file count before its codes: where the codebook lists both, a wave may turn its
    codes around. A household that is one of several made of one is that one if it kept the code;
    where none did, each is new, and the report says so.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> first = pd.DataFrame({"fid": [1, 2], "faminc": [9000, -8], "urban": [0, 1]})
    >>> then = pd.DataFrame({"FID12": [2.0, 1.0], "fincome1": [8000, 500], "urban12": [1, 0]})
    >>> book = {"table": "panel", "missing": {-8: "不适用"}, "columns": {
    ...     "household_id": {"from": {2010: "fid", 2012: "fid12"}, "read": "household_id"},
    ...     "income": {"from": {2010: "faminc", 2012: "fincome1"}, "read": "number"},
    ...     "urban": {"from": {2010: "urban", 2012: "urban12"}, "read": "category",
    ...               "values": {"rural": [0, "乡村"], "urban": [1, "城镇"]}}}}
    >>> panel, report = ps.read_panel({2010: first, 2012: then}, book)
    >>> panel[["household_id", "year", "income", "urban"]].values.tolist()
    [['1', 2010, 9000.0, 'rural'], ['2', 2010, nan, 'urban'],
     ['2', 2012, 8000.0, 'urban'], ['1', 2012, 500.0, 'rural']]
    >>> panel.attrs["step"], report[["file", "column", "old", "action"]].values.tolist()
    (2, [['2010', 'income', '不适用 (-8)', 'missing']])
    """
    book = load_codebook(codebook)
    refuse_other_kind(book, codebook, "panel")
    files = _by_year(files)
    tables, parts, sources = {}, [], []
    for wave in sorted(files):
        tables[wave], own, source = read_wave(files[wave], wave, book)
        parts += own
        sources.append(source)
    id_ = book["key"][0]
    if len(tables) > 1:
        if "earlier" in book["columns"][id_]:
            tables = _linked(tables, id_, book, parts)
        _refuse_two_ways(tables, id_)
        _tell_if_apart(tables, [one for one in book["key"] if one != "year"])
    panel = _together(tables, [one for one in book["columns"] if one != id_], id_)
    panel["series"] = pd.Categorical([book["series"]] * len(panel))
    steps = np.unique(np.diff(sorted(tables)))
    if len(steps) == 1:
        panel.attrs["step"] = int(steps[0])
    design = {role: name for role, name in book["design"].items() if name in panel}
    lacking = [one for one, table in tables.items() if "weight" not in table]
    if "weight" in book["design"] and lacking:
        _tell_unweighted(book, lacking, "weight" in design)
    panel.attrs |= {"design": design, "codebook": book["name"]}
    name = book["title"] or book["name"]
    sources = [one for one in sources if one is not None]
    years = f"{min(tables)}" if len(tables) == 1 else f"{min(tables)}-{max(tables)}"
    own = Source("survey", f"{name}, {years}", f"{book['title_zh'] or name}，{years}")
    own = [own] * (len(sources) < len(tables))  # where a file does not say it
    return handed_on(panel, *sources, *own), report(parts)


def _by_year(files):
    """The files by their years."""
    if not isinstance(files, dict) or not files or not all(
        isinstance(one, Integral) and not isinstance(one, bool) for one in files
    ):  # fmt: skip
        texts = isinstance(files, dict) and files and all(str(one).isdigit() for one in files)
        raise DataError(
            "The waves of a panel are given by their years.", where="argument files",
            found=", ".join(map(repr, list(files)[:3])) or "none" if isinstance(files, dict)
            else type(files).__name__,
            remedy="files = {int(year): one for year, one in files.items()}" if texts
            else 'a file for each year: {2010: "2010.dta", 2012: "2012.dta"}',
        )  # fmt: skip
    return {int(year): one for year, one in files.items()}


# Households over time -----------------------------------------------------------------


def _linked(tables, id_, book, parts):
    """The waves with one code for each household, by the codes of earlier waves in later files."""
    made, known, taken = {}, {}, set()
    for wave, table in tables.items():
        then = [one for one in sorted(known, reverse=True) if ("earlier", one) in table]
        if known and not then:
            names = [name for one in known for name in book["columns"][id_]["earlier"].get(one, [])]
            raise DataError(
                f"The file of {wave} does not say which codes its households had in the waves before.",
                where=f"wave {wave}", found=f"none of the columns {', '.join(names)}",
                remedy=f"keep one of them in the file: {', '.join(names)}",
            )  # fmt: skip
        each = table.drop_duplicates(id_)
        code = each[id_].astype(object)
        old, kept = pd.Series(None, each.index, dtype=object), pd.Series(False, each.index)
        for one in then:
            before = each[("earlier", one)].astype(object)
            found = before.map(known[one])
            fresh = old.isna() & found.notna()
            old, kept = old.where(~fresh, found), kept | (fresh & (before == code))
        several = old.notna() & old.duplicated(keep=False)
        heir = several & kept & ~old.where(kept).duplicated(keep=False)
        lost = several & ~heir
        if lost.any():
            parts.append({"row": each.index[lost].to_numpy(), "column": id_, "old": None, "new": None,
                          "action": "changed", "reason": "split_household", "file": f"{wave}"})  # fmt: skip
        new = old.where(~lost)
        first = [one if one not in taken else f"{one}-{wave}" for one in code]
        new = new.where(new.notna(), pd.Series(first, each.index, dtype=object))
        known[wave] = dict(zip(code, new, strict=True))
        taken |= set(new)
        table = table[[one for one in table if not isinstance(one, tuple)]]
        made[wave] = table.assign(
            household_code=table[id_],
            **{id_: table[id_].astype(object).map(known[wave]).astype("string")},
        )  # fmt: skip
    return made


def _refuse_two_ways(tables, id_):
    """Refuse codes that are the same in two waves but for noughts at their beginning."""
    each = {wave: pd.Index(table[id_].astype(object).unique()) for wave, table in tables.items()}
    bare = {wave: codes.str.lstrip("0") for wave, codes in each.items()}
    waves = [wave for wave in each if bare[wave].is_unique]
    for one, two in pairwise(waves):
        like, same = bare[one].intersection(bare[two]), each[one].intersection(each[two])
        if len(like) > len(same):
            padded = max(each[one].union(each[two]), key=len)
            raise DataError(
                "Codes of households are written in two ways: with noughts before them, and without.",
                where=f"waves {one} and {two}, column {id_}",
                found=f"{len(like) - len(same):,} households would be taken for others",
                remedy="read the file that lost them into a table, put them back, and give that: "
                f'raw[name] = raw[name].astype("Int64").astype("string").str.zfill({len(padded)})',
            )  # fmt: skip


def _tell_if_apart(tables, ids):
    """Warn where no household is in two waves, nor a person by a code of its own."""
    id_, *others = ids
    each = pd.concat([table[id_].drop_duplicates() for table in tables.values()])
    known = [one for one in others if all(one in t and t[one].is_unique for t in tables.values())]
    again = [pd.concat([t[one] for t in tables.values()]).duplicated().any() for one in known]
    if not (each.duplicated().any() or any(again)):
        some = [f"{wave}: {table[id_].iloc[0]}" for wave, table in tables.items()]
        tell(
            "No household is in two waves: nobody can be followed.", where=f"column {id_}",
            found="; ".join(some[:4]),
            remedy="look which column has the code that households keep, and name it in the codebook",
        )  # fmt: skip


def _tell_unweighted(book, waves, some):
    """Warn where files lack the weight: each row would count once, or a wave would be left out."""
    names = book["columns"]["weight"]["from"]
    each = [names.get(one, ()) for one in waves] if isinstance(names, dict) else [names]
    each = dict.fromkeys(one for some in each for one in some)
    what = "No file has the weight of the codebook: without it each row counts once."
    if some:
        what = (
            f"No file of {', '.join(map(str, waves))} has a weight: to leave out the rows without "
            "one leaves out the wave."
        )
    tell(
        what,
        where=f"codebook {book['name']}, column weight",
        found=f"none of the columns {', '.join(each)}" if each else "none is named",
        remedy="look what the weight is called in the files, and name it in the codebook",
    )  # fmt: skip


def _together(tables, names, id_):
    """All waves in one table, what a wave lacks as missing."""
    kinds = {name: table[name].dtype for table in tables.values() for name in table}
    order = [id_, "household_code", *names]
    parts = []
    for wave, table in tables.items():
        made = {name: table[name].array if name in table
                else pd.array([None] * len(table), dtype=kinds[name])
                for name in order if name in kinds}  # fmt: skip
        parts.append(pd.DataFrame(made))
        parts[-1].insert(1, "year", wave)
    return pd.concat(parts, ignore_index=True)
