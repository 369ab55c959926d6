"""Registers and programme records: raw columns become canonical ones, by a codebook."""

import re
from collections import defaultdict
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd

from ...base.checks import listed
from ...base.errors import DataError
from ...base.files import part_beside, whole_file
from ...base.private import WORDS, masked
from ...base.progress import watched
from ...base.status import Source, handed_on, source_of
from ..cell.words import STATUSES
from ..file.frames import raw_frame
from ..file.texts import head_key
from ..identities import identities
from ..keys import keys, repeated
from ..person.drop import drop_personal
from ..person.identifiers import Codes, mended
from ..person.numbering import numbered
from ..person.personal import known_only, without_name
from ..reports import Cells, report, write_report
from ..wave.books import refuse_other_kind
from .codebooks import load_codebook
from .matching import match, with_stated_units
from .readings import read_cells, typed
from .rows import NUMBERS, coded, filled_rows, told_row, without_repetitions
from .tables import Written, WrittenTable, lent
from .years import named_by_year, with_statuses

PROGRAMMES = ["programme", "agency", "pathway", "place", "start", "end", "amount_yuan", "workers",
              "cases", "sessions", "activities", "persons", "person_times", "bound", "kind"]  # fmt: skip
_FREE = ("text", "places")  # what is read as any text
_HEAD = "(?:本人或)?户主(?:本人)?|本人"


def households(raw, codebook="register", sheet=None, encoding=None, key=None, into=None):
    """Turn a raw register or survey file into a table with canonical columns, and a report.

    Parameters
    ----------
    raw : DataFrame, str or Path
        Raw cells, or a file (.csv, .txt, .xlsx, .xls, .dta, .sav, .parquet). Titles and lines of a form may
        stand above its heads, which may have two rows (人均纯收入 over 2020年 and 2021年).
    codebook : str, Path or dict
        ``"register"``, the path of a YAML file made after ``data/codebooks/register.yaml``, or
        its content.
    sheet : str or int, optional
        Sheet of a workbook that has several, by its name or its number from 1; without it the one
        that alone holds heads of the codebook, and is shown.
    encoding : str, optional
        Encoding of a text, where it is not certain.
    key : str or Path, optional
        File of a secret key, made where it is not there yet: then a household whose code is an
        identity, a card or a telephone gets a keyed hash in its place (HMAC with SHA-256), the
        same in every file that is cleaned with this key. Keep it apart from the tables.
    into : path, optional
        Write the table to this Parquet file, and the report beside it (``clean.parquet``,
        ``clean_report.parquet``), instead of returning them; of a file. What they hold is the
        same, but that ``old`` and ``new`` of the report are all texts. Of .csv, .txt and
        .parquet no more than a few columns are in memory at one time: for a register of
        millions of rows.

    Returns
    -------
    table : DataFrame, or path
        One row for each row of the file, under its number in the file (index ``row``), but
        exact repetitions, blank rows, rows of totals and rows without a household; the
        canonical columns that the file has, in the order of the codebook, and ``series``. Money is in yuan, dates are text as exact as they were written.
        A year in the head of a column of money (2021年人均纯收入) goes into ``income_year``;
        of several such columns each keeps its year (``income_2020``, ``income_2021``), and
        ``income`` is the latest. Several causes or measures of one cell stand with ; between.
        ``attrs["source"]`` tells where it comes from and of which kind it is: as ``raw`` says;
        else a register, unless the codebook says ``series: survey``. A made-up file cannot say
        that it is one: ``table.attrs["source"] = ps.Source("simulated", "made up")`` does.
    report : DataFrame, or path
        ``file row column old new action reason why why_zh``. ``action`` is ``changed``
        (read, though written in an odd way), ``missing`` (a mark or code for missing),
        ``refused`` (not readable or not possible, left missing), ``dropped`` (a row or column) or
        ``proposed`` (an identity fails; nothing was changed). What is not in it was taken as it
        stood. The report is passed on, so of a cell it shows what was recognised (a number, a
        date, a place, a word of the lists and codebooks), ``***`` for other text, and a code
        (``#1``, one for each within the report) for an identifier.

    Raises
    ------
    DataError
        If the file or the codebook cannot be read, a required column is not there, or two
        columns claim one name.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> raw = pd.DataFrame({"户编号": ["5201", "5202"], "人均纯收入(元)": ["2,855", "三千"],
    ...                     "致贫原因": ["因病", "懒"], "姓名": ["某某", "某某"]})
    >>> table, report = ps.clean.households(raw)
    >>> table["income"].tolist()
    [2855.0, 3000.0]
    >>> report[["row", "column", "old", "action"]].values.tolist()
    [[<NA>, '姓名', None, 'dropped'], [1, 'income', '2,855', 'changed'],
     [2, 'cause', '懒', 'refused'], [2, 'income', '三千', 'changed']]

    A code that is a number of identity is replaced, the same by the same:

    >>> ids = ["520527197001010018", "5201", "520527 19700101 0018"]
    >>> ps.clean.households(pd.DataFrame({"户编号": ids, "人数": ["1", "2", "3"]}))[0]["household_id"].tolist()
    ['n1', '5201', 'n1']
    """
    if into is None:
        return _records(raw, codebook, "households", sheet, encoding, key)
    into = Path(into) if isinstance(into, str | Path) else Path(type(into).__name__)
    told = into.with_name(f"{into.stem}_report.parquet")
    if isinstance(raw, pd.DataFrame):
        raise DataError("A table in memory gives a table in memory.", where="argument into",
                        remedy=f"ps.clean.households(raw)[0].to_parquet({str(into)!r})  # all other arguments as they are")  # fmt: skip
    if into.suffix.lower() != ".parquet" or (isinstance(raw, str | Path) and Path(raw) in (into, told)):  # fmt: skip
        raise DataError("The clean table goes into a Parquet file of its own.", where="argument into",
                        found=into.name, remedy='into="clean.parquet"')  # fmt: skip
    # the report takes its place first: no table is there without it
    with lent(), whole_file(into) as part, whole_file(told) as report_part:
        with part_beside(into) as folder:
            folder.mkdir(0o700)
            table, parts = _records(raw, codebook, "households", sheet, encoding, key, folder)
            table.write(part)
        write_report(parts, report_part)
    return into, told


def programmes(raw, codebook="agency", sheet=None, encoding=None, key=None):
    """Turn records of social-work programmes into the canonical table, and a report.

    Parameters
    ----------
    raw : DataFrame, str or Path
        Raw cells, or a file with one row of heads, one row for each project or contract.
    codebook : str, Path or dict
        ``"agency"``, or a codebook of one's own as in `households`.
    sheet : str or int, optional
        Sheet of a workbook that has several, by its name or its number from 1.
    encoding : str, optional
        Encoding of a text, where it is not certain.
    key : str or Path, optional
        As in `households`.

    Returns
    -------
    table : DataFrame
        ``programme agency pathway place start end amount_yuan workers cases sessions
        activities persons person_times bound kind``, then what else the file has. ``bound`` tells
        which numbers are no exact ones (``"person_times: lower"``), ``kind`` whether the row is
        plan, output or spend, ``cumulative`` which numbers are so by their head or cell,
        ``tax`` whether amounts include it, ``places`` over how many places one contract goes:
        its amounts are not divided among them. Where the file has plan and output side by
        side (计划服务人次, 实际服务人次), each of its rows makes two; a number that is neither stands
        with the output. It is a register too: what agencies reported of themselves.
    report : DataFrame
        As in `households`.

    Raises
    ------
    DataError
        As in `households`.

    Notes
    -----
    Persons (人) and person-times (人次), sessions (节) and events (场) are never turned into
    each other: a cell in another unit than its column is refused. An amount without a unit
    in its cell or head is refused.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> raw = pd.DataFrame({"项目名称": ["三区社工人才计划"], "承接机构": ["清源社工中心"],
    ...                     "合同金额(万元)": ["28.5"], "服务人次": ["1200多人次"]})
    >>> table, report = ps.clean.programmes(raw)
    >>> table[["programme", "amount_yuan", "person_times", "bound"]].values.tolist()
    [['three_areas_plan', 285000.0, 1200, 'person_times: lower']]
    """
    table, told = _records(raw, codebook, "programmes", sheet, encoding, key)
    for name in PROGRAMMES:
        if name not in table:
            table[name] = pd.Series(pd.NA, index=table.index, dtype="string")
    attrs = table.attrs
    table = table[PROGRAMMES + [name for name in table.columns if name not in PROGRAMMES]]
    table.attrs = attrs
    return table, told


def _records(raw, codebook, kind, sheet, encoding, key, folder=None):
    """Table and report; with a folder a `WrittenTable` of columns in it, and the parts of the report."""
    book = load_codebook(codebook)
    refuse_other_kind(book, codebook, kind)
    heads = {head_key(one) for rule in book["columns"].values() for one in rule["from"]}
    frame, file, first = raw_frame(raw, sheet, encoding, heads, folder)
    file = masked(file)
    WORDS.update(_listed(book))
    above, shared, unread = (frame.attrs.pop(name, []) for name in ("above", "merged", "unread"))
    frame.index = pd.RangeIndex(first, first + len(frame), name="row")
    matched, parts = match(frame, book, file)
    matched = with_stated_units(matched, above)
    matched, latest, named = named_by_year(matched)
    parts += named + [told_row([row], "title", old=known_only(text)) for row, text in above]
    parts += [told_row([pd.NA], "other_sheet", old=without_name(name)) for name in unread]
    frame = filled_rows(frame, matched, shared, parts)
    frame = without_repetitions(frame, matched, parts)
    ids = {one.head: one.name for one in matched if one.rule["read"] == "household_id"}
    id_codes = {head: Codes.of(*coded(frame, head)) for head in ids}
    id_codes, repaired = mended(id_codes, ids, frame.index)
    id_codes, replaced = numbered(id_codes, ids, frame.index, key)
    parts += repaired + replaced
    checked = {name for rule in book["checks"] for told in rule.values() for name in listed(told)}
    raw_cells, read_parts = {}, []
    codes_of = defaultdict(map("#{}".format, count(1)).__next__)
    number = count(1)

    def stored(values):
        return values if folder is None else Written(folder / f"{next(number)}.parquet", values)

    made, marks, statuses = {}, {"bound": {}, "cumulative": {}, "tax": {}}, None
    for one in watched(matched, "clean columns"):
        if one.head in ids:
            codes, texts = id_codes.pop(one.head)
        else:
            cells = _without_personal(frame[one.head], one, parts)
            if cells is None:
                continue
            if one.name in checked:
                raw_cells[one.name] = cells
            codes, texts = cells.cat.codes.to_numpy(), cells.cat.categories
        read = read_cells(one, texts, [*book["missing"], *one.rule.get("missing", [])])
        _tell(read_parts, one, frame.index, codes, read, codes_of)
        for name, values in typed(one, read["value"], codes).items():
            if (name, one.kind) in made:
                raise DataError(f"Two columns of this file give {name}.",
                                where=f"{file or 'table'}, column {one.head}",
                                remedy="take one of them out of the file, or out of the codebook")  # fmt: skip
            made[name, one.kind] = stored(values)
        if one.name in latest:
            name, year = latest[one.name]
            made[name, ""] = made[one.name, one.kind]
            made[f"{name}_year", ""] = stored(pd.array([year] * len(frame), "Int64"))
        if one.name == "exit_year":
            statuses = read["note"].where(read["note"].isin(STATUSES), "").to_numpy()[codes]
        if kind == "programmes":
            for column, texts in _marks(one, read).items():
                marks[column][one.name, one.kind] = texts.to_numpy()[codes]
    parts += read_parts
    index = frame.index
    del frame  # and the columns it holds
    if statuses is not None:
        some = {"status": made["status", ""]} if ("status", "") in made else {}
        some = {
            name: pd.array(one.read(), "string") if folder else one for name, one in some.items()
        }
        some = with_statuses(pd.DataFrame(some, index=index, copy=False), statuses, parts)
        if "status" in some:
            made["status", ""] = stored(some["status"].array)
    if folder is not None:
        written = {name: values for (name, _), values in made.items()}
        table = WrittenTable(written, index, book["series"])
    else:
        table = _assembled(made, marks, matched, index, kind)
    table = _keyed(table, book, matched, parts)
    if book["series"] and folder is None:
        table["series"] = pd.Categorical([book["series"]] * len(table))
    if len(index) and not len(table):
        raise DataError(
            "No row of this table is left: the household codes of all are blank or not readable.",
            where=file or "table",
            found=f"{len(index)} rows",
            remedy="export the file anew with the column of household codes formatted as text",
        )
    parts += identities(table, book, raw_cells, codes_of)
    for part in parts:
        part.setdefault("file", file)
    table.attrs |= {"codebook": book["name"], "file": file}
    known = None if isinstance(raw, str | Path) and Path(raw).suffix.lower() != ".parquet" else source_of(raw)  # fmt: skip
    table = handed_on(table, known or _source(book, file))
    return table, parts if folder else report(parts)


def _source(book, file):
    """What a file is that does not say it: a register, unless the codebook calls it a survey."""
    name = book["title"] or book["name"]
    texts = name, book["title_zh"] or name
    if file:
        texts = f"{texts[0]} ({file})", f"{texts[1]}（{file}）"
    return Source("survey" if book["series"] == "survey" else "register", *texts)


def _listed(book):
    """Words that the codebook knows: of its columns, their values and their marks."""
    yield from book["missing"]
    for name, rule in book["columns"].items():
        yield name
        yield from rule.get("missing", [])
        yield from (re.sub(r"[(\[（].*", "", str(one)) for one in rule["from"])
        values = rule.get("values", {})
        for code, texts in values.items():
            yield from (code, *map(str, texts))


def _without_personal(cells, one, parts):
    """A column without personal data, before any cell gets into a report; ``None`` if it is of them."""
    clean, told = drop_personal(pd.DataFrame({one.head: cells.array}, copy=False))
    if len(told):
        rows, there = cells.index.to_numpy(), one.head in clean
        told["row"] = [pd.NA if pd.isna(at) else rows[at - 1] for at in told["row"]]
        told["column"] = [one.name if there and head == one.head else head for head in told["column"]]  # fmt: skip
        parts.append({name: told[name].tolist() for name in told.columns if name != "file"})
    if one.head not in clean:
        return None
    return pd.Series(clean[one.head].astype("category").array, index=cells.index, copy=False)


def _tell(parts, one, index, codes, read, codes_of):
    """Add the cells that were refused, set missing or read in an odd form to the report."""
    kind = one.rule["read"]
    for action in ("refused", "missing", "changed"):
        reasons = read[action]
        at = np.flatnonzero((reasons != "").to_numpy()[codes])
        if not len(at):
            continue
        raw, value = (read[name].array for name in ("raw", "value"))
        which, new = codes[at], None
        distinct = np.unique(which)
        if kind == "household_id" and action != "missing":
            # digits that a spreadsheet has lost, and its errors, tell of nobody
            lost = reasons.isin(["precision_lost", "spreadsheet_error"]).to_numpy()
            new = {i: codes_of[raw[i] if pd.isna(value[i]) else value[i]] for i in distinct}
            old = {i: raw[i] if lost[i] else new[i] for i in distinct}
        else:
            # what was found in a list, or is a number, was recognised; other text may be anything
            some = dict.fromkeys(distinct, action == "missing")
            if action == "changed":
                values = one.rule.get("values", {})
                any_text = kind in _FREE or one.rule.get("open")
                whole = (reasons != "part_unknown").to_numpy()
                some = {i: value[i] in values if any_text else whole[i] for i in some}
                new = {
                    i: value[i] if known or not any_text else known_only(value[i])
                    for i, known in some.items()
                }
            old = {i: raw[i] if known else known_only(raw[i]) for i, known in some.items()}
        parts.append(
            {
                "row": index[at].to_numpy().astype(np.int32),
                "column": one.name,
                "old": Cells.of(old, which),
                "new": Cells.of(new, which) if action == "changed" else None,
                "action": action,
                "reason": pd.Categorical(reasons)[which],
            }
        )


# The table ----------------------------------------------------------------------------


def _assembled(made, marks, matched, index, kind):
    """Table of all columns; plan and output of one raw row become two."""
    kinds = [one for one in ("plan", "output") if any(key[1] == one for key in made)]
    if kind != "programmes" or not kinds:
        table = pd.DataFrame({name: values for (name, _), values in made.items()}, index=index)
        if kind == "programmes":
            _describe(table, marks, ("",))
        return table
    numbers = {one.name for one in matched if one.rule["read"] in NUMBERS[:-1]}  # no year
    parts = []
    for side in kinds:
        own = {name: values for (name, of), values in made.items() if of == side}
        shared = {
            name: values
            for (name, of), values in made.items()
            # a number without a word of plan or output counts once, with the output
            if not of and name not in own and (name not in numbers or side == kinds[-1])
        }
        part = pd.DataFrame(shared | own, index=index)
        part["kind"] = pd.Series(side, index=index, dtype="string")
        _describe(part, marks, ("", side))
        parts.append(
            part[part[list(own)].notna().any(axis=1)] if len(kinds) > 1 and side == "plan" else part
        )
    order = list(dict.fromkeys(name for name, _ in made))
    table = pd.concat(parts).sort_index(kind="stable")
    return table[[*order, *[name for name in table.columns if name not in order]]]


def _marks(one, read):
    """What has to be said of the distinct cells of a column beside their values."""
    read = read.astype({"bound": object, "note": object})
    known = read["value"].notna()
    inexact = known & ~read["bound"].isin(["exact", "range", "rounded"])
    running = known & ((read["note"] == "cumulative") | (one.basis == "cumulative"))
    tax = read["note"].where(read["note"].isin(["included", "excluded"]), one.tax)
    return {
        "bound": (f"{one.name}: " + read["bound"]).where(inexact, ""),
        "cumulative": pd.Series(one.name, index=read.index).where(running, ""),
        "tax": tax.where(known, ""),
    }


def _describe(table, marks, kinds):
    """Say of each row which numbers are no exact ones or cumulative, and whether with tax."""
    for column, texts in marks.items():
        told = pd.Series("", index=table.index)
        for (name, kind), mark in texts.items():
            if name not in table or kind not in kinds:
                continue
            if column == "tax":  # one word for the record
                told = told.where(told != "", mark)
            else:
                told = told + np.where((told != "") & (mark != ""), "; ", "") + mark
        if column == "bound":
            table[column] = told.replace("", "exact").astype("string")
        elif (told != "").any():
            table[column] = told.replace("", pd.NA).astype("string")


def _keyed(table, book, matched, parts):
    """Drop rows that no one can find again; tell of rows that share a key."""
    rules = {one.name: one.rule for one in matched if one.name in table}
    for name, rule in rules.items():
        rows = table.index[table[name].isna().to_numpy()] if rule.get("required") else []
        if len(rows) and rule["read"] == "household_id":
            parts.append(told_row(rows.to_numpy(), "no_key", column=name))
            table = table.drop(rows)
        elif len(rows):
            parts.append(
                told_row(rows.to_numpy(), "required_blank", column=name, action="proposed")
            )
    key = [name for name in book["key"] if name in table]
    if key and key[0] == book["key"][0]:
        keyed = table[[*key, *(["relation"] if "relation" in table else [])]]
        keyed = keyed[keyed[key[0]].notna()]
        if "person_id" not in key and "relation" in keyed:
            # Rows of persons who have no code: a household that stands twice has two heads.
            member = keyed["relation"].notna() & ~keyed["relation"].str.fullmatch(_HEAD, na=False)
            keyed = keyed[~member]
        again = keyed.index[repeated(keys(keyed, key)[0])]
        if len(again):
            parts.append(
                told_row(again.to_numpy(), "same_key", column=", ".join(key), action="proposed")
            )
    return table
