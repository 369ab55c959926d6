"""Registers and programme records: raw columns become canonical ones, by a codebook."""

import re
from collections import defaultdict
from itertools import count

import numpy as np
import pandas as pd

from ...base.errors import DataError
from ...base.private import WORDS, masked
from ...base.progress import watched
from ...base.status import Source, handed_on, source_of
from ..cell.words import STATUSES
from ..file.frames import raw_frame
from ..file.texts import head_key
from ..identities import identities
from ..person.drop import drop_personal
from ..person.identifiers import mended
from ..person.numbering import numbered
from ..person.personal import known_only, without_name
from ..reports import report
from ..wave.books import refuse_other_kind
from .codebooks import load_codebook
from .matching import match, with_stated_units
from .readings import read_cells, typed
from .years import named_by_year, with_statuses

PROGRAMMES = ["programme", "agency", "pathway", "place", "start", "end", "amount_yuan", "workers",
              "cases", "sessions", "activities", "persons", "person_times", "bound", "kind"]  # fmt: skip
_NUMBERS = ("number", "count", "money", "percent", "year")
_FREE = ("text", "places")  # what is read as any text
_HEAD = "(?:本人或)?户主(?:本人)?|本人"
_TOTAL = re.compile("(?i)(?:[合总小共]计|(?:sub)?total)[:：]?(?:[(（]?[0-9,.]+[户人次]?[)）]?)?")


def households(raw, codebook="register", sheet=None, encoding=None, key=None):
    """Turn a raw register or survey file into a table with canonical columns, and a report.

    Parameters
    ----------
    raw : DataFrame, str or Path
        Raw cells, or a file (.csv, .txt, .xlsx, .xls, .dta, .sav). Titles and lines of a form may
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

    Returns
    -------
    table : DataFrame
        One row for each row of the file, under its number in the file (index ``row``), but
        exact repetitions, blank rows, rows of totals and rows without a household; the
        canonical columns that the file has, in the order of the codebook, and ``series``. Money is in yuan, dates are text as exact as they were written.
        A year in the head of a column of money (2021年人均纯收入) goes into ``income_year``;
        of several such columns each keeps its year (``income_2020``, ``income_2021``), and
        ``income`` is the latest. Several causes or measures of one cell stand with ; between.
        ``attrs["source"]`` tells where it comes from and of which kind it is: as ``raw`` says;
        else a register, unless the codebook says ``series: survey``. A made-up file cannot say
        that it is one: ``table.attrs["source"] = ps.Source("simulated", "made up")`` does.
    report : DataFrame
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
    return _records(raw, codebook, "households", sheet, encoding, key)


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


def _records(raw, codebook, kind, sheet, encoding, key):
    book = load_codebook(codebook)
    refuse_other_kind(book, codebook, kind)
    heads = {head_key(one) for rule in book["columns"].values() for one in rule["from"]}
    frame, file, first = raw_frame(raw, sheet, encoding, heads)
    file = masked(file)
    WORDS.update(_listed(book))
    above, shared, unread = (frame.attrs.pop(name, []) for name in ("above", "merged", "unread"))
    frame.index = pd.RangeIndex(first, first + len(frame), name="row")
    matched, parts = match(frame, book, file)
    matched = with_stated_units(matched, above)
    matched, latest, named = named_by_year(matched)
    parts += named + [_row([row], "title", old=known_only(text)) for row, text in above]
    parts += [_row([pd.NA], "other_sheet", old=without_name(name)) for name in unread]
    frame = _filled(frame, matched, shared, parts)
    frame = _without_repetitions(frame, matched, parts)
    frame, matched, parts = _without_personal(frame, matched, parts, key)
    codes_of = defaultdict(map("#{}".format, count(1)).__next__)
    made, marks, statuses = {}, {"bound": {}, "cumulative": {}, "tax": {}}, None
    for one in watched(matched, "clean columns"):
        cells = frame[one.head]
        codes = cells.cat.codes.to_numpy()
        read = read_cells(one, cells, [*book["missing"], *one.rule.get("missing", [])])
        _tell(parts, one, cells, codes, read, codes_of)
        for name, values in typed(one, read["value"], codes).items():
            if (name, one.kind) in made:
                raise DataError(
                    f"Two columns of this file give {name}.",
                    where=f"{file or 'table'}, column {one.head}",
                    remedy="take one of them out of the file, or out of the codebook",
                )
            made[name, one.kind] = values
        if one.name in latest:
            name, year = latest[one.name]
            made |= {(name, ""): values, (f"{name}_year", ""): pd.array([year] * len(frame), "Int64")}  # fmt: skip
        if one.name == "exit_year":
            statuses = read["note"].where(read["note"].isin(STATUSES), "").to_numpy()[codes]
        if kind == "programmes":
            for column, texts in _marks(one, read).items():
                marks[column][one.name, one.kind] = texts.to_numpy()[codes]
    table = _assembled(made, marks, matched, frame.index, kind)
    if statuses is not None:
        table = with_statuses(table, statuses, parts)
    table = _keyed(table, book, matched, parts)
    if book["series"]:
        table["series"] = pd.Categorical([book["series"]] * len(table))
    if len(frame) and not len(table):
        raise DataError(
            "No row of this table is left: the household codes of all are blank or not readable.",
            where=file or "table",
            found=f"{len(frame)} rows",
            remedy="export the file anew with the column of household codes formatted as text",
        )
    parts += identities(table, book, matched, frame, codes_of)
    for part in parts:
        part.setdefault("file", file)
    table.attrs |= {"codebook": book["name"], "file": file}
    known = source_of(raw) if isinstance(raw, pd.DataFrame) else None
    return handed_on(table, known or _source(book, file)), report(parts)


def _source(book, file):
    """What a file is that does not say it: a register, unless the codebook calls it a survey."""
    name = book["title"] or book["name"]
    texts = name, book["title_zh"] or name
    if file:
        texts = f"{texts[0]} ({file})", f"{texts[1]}（{file}）"
    return Source("survey" if book["series"] == "survey" else "register", *texts)


def _row(rows, reason, **more):
    return {"row": rows, "column": None, "old": None, "new": None, "action": "dropped",
            "reason": reason} | more  # fmt: skip


# Rows ---------------------------------------------------------------------------------


def _filled(frame, matched, shared, parts):
    """Rows that hold anything; merged cells filled down, rows of totals left out."""
    heads = {one.head: one for one in matched}
    for row, head, text in shared:
        one = heads.get(head)
        if one is None:
            continue
        if one.rule["read"] in _NUMBERS:  # one number for several records is none for each
            new, action = "", "refused"
        else:
            new, action = text, "changed"
        before = str(frame.at[row, head])
        if new != before:
            if new not in frame[head].cat.categories:
                frame[head] = frame[head].cat.add_categories(new)
            frame.loc[row, head] = new
            parts.append(_row([row], "merged_cell", column=one.name, old=known_only(before),
                              action=action, new=known_only(new) or None))  # fmt: skip
    filled, total = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    for head in frame.columns:
        cells = frame[head].cat
        texts = [str(one) for one in cells.categories.to_numpy(dtype=object)]
        some = map(bool, map(str.strip, texts))
        filled |= np.array([*some, False])[cells.codes]
        if head not in heads or heads[head].rule["read"] not in _NUMBERS:
            every = "\n".join(texts).lower()
            if "计" not in every and "total" not in every:
                continue  # most columns hold none, and long ones take time
            sums = [bool(_TOTAL.fullmatch("".join(one.split()))) for one in texts]
            total |= np.array([*sums, False])[cells.codes]
    if total.any():
        parts.append(_row(frame.index[total].to_numpy(), "total_row"))
    return frame[filled & ~total]


def _without_repetitions(frame, matched, parts):
    """Drop rows that repeat another one in every column that tells anything."""
    ignored = [part["column"] for part in parts if part["reason"] == "ignored"]
    twice = frame.drop(columns=ignored).duplicated()
    if twice.any():
        parts.append(_row(twice.index[twice].to_numpy(), "duplicate"))
    return frame.loc[~twice, [one.head for one in matched]]


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


def _without_personal(frame, matched, parts, key):
    """Take personal data out of what is left, before any cell gets into a report."""
    ids = {one.head: one.name for one in matched if one.rule["read"] == "household_id"}
    frame, repaired = mended(frame, ids)
    frame, replaced = numbered(frame, ids, key)
    parts = [*parts, *repaired, *replaced]
    clean, told = drop_personal(frame, keep=ids)
    if len(told):
        rows = frame.index.to_numpy()
        told["row"] = [pd.NA if pd.isna(one) else rows[one - 1] for one in told["row"]]
        names = {one.head: one.name for one in matched if one.head in clean}
        told["column"] = [names.get(head, head) for head in told["column"]]
        parts = [*parts, {name: told[name].tolist() for name in told.columns if name != "file"}]
    for head in clean.columns:
        if clean[head].dtype != "category":
            clean[head] = clean[head].astype("category")
    return clean, [one for one in matched if one.head in clean], parts


def _tell(parts, one, cells, codes, read, codes_of):
    """Add the cells that were refused, set missing or read in an odd form to the report."""
    kind = one.rule["read"]
    for action in ("refused", "missing", "changed"):
        reasons = read[action]
        at = np.flatnonzero((reasons != "").to_numpy()[codes])
        if not len(at):
            continue
        raw, value = (read[name].to_numpy() for name in ("raw", "value"))
        which, new = codes[at], None
        if kind == "household_id" and action != "missing":
            # digits that a spreadsheet has lost, and its errors, tell of nobody
            lost = reasons.isin(["precision_lost", "spreadsheet_error"]).to_numpy()
            codes_of_cell = {
                i: codes_of[raw[i] if pd.isna(value[i]) else value[i]] for i in np.unique(which)
            }
            old = [raw[i] if lost[i] else codes_of_cell[i] for i in which]
            new = [codes_of_cell[i] for i in which]
        else:
            # what was found in a list, or is a number, was recognised; other text may be anything
            some = dict.fromkeys(which, action == "missing")
            if action == "changed":
                values = one.rule.get("values", {})
                any_text = kind in _FREE or one.rule.get("open")
                whole = (reasons != "part_unknown").to_numpy()
                some = {i: value[i] in values if any_text else whole[i] for i in some}
                told = {
                    i: value[i] if known or not any_text else known_only(value[i])
                    for i, known in some.items()
                }
                new = [told[i] for i in which]
            shown = {i: raw[i] if known else known_only(raw[i]) for i, known in some.items()}
            old = [shown[i] for i in which]
        parts.append(
            {
                "row": cells.index[at].to_numpy(),
                "column": pd.Categorical([one.name] * len(at)),
                "old": old,
                "new": new if action == "changed" else None,
                "action": pd.Categorical([action] * len(at)),
                "reason": pd.Categorical(reasons.to_numpy()[which]),
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
    numbers = {one.name for one in matched if one.rule["read"] in _NUMBERS[:-1]}  # no year
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
        rows = table.index[table[name].isna()] if rule.get("required") else []
        if len(rows) and rule["read"] == "household_id":
            parts.append(_row(rows.to_numpy(), "no_key", column=name))
            table = table.drop(rows)
        elif len(rows):
            parts.append(_row(rows.to_numpy(), "required_blank", column=name, action="proposed"))
    key = [name for name in book["key"] if name in table]
    if key and key[0] == book["key"][0]:
        keyed = table[table[key[0]].notna()]
        if "person_id" not in key and "relation" in keyed:
            # Rows of persons who have no code: a household that stands twice has two heads.
            member = keyed["relation"].notna() & ~keyed["relation"].str.fullmatch(_HEAD, na=False)
            keyed = keyed[~member]
        again = keyed.index[keyed.duplicated(key, keep=False)]
        if len(again):
            parts.append(
                _row(again.to_numpy(), "same_key", column=", ".join(key), action="proposed")
            )
    return table
