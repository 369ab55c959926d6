"""Files in, text cells out: xlsx, xls, csv (UTF-8 or GB18030), dta and sav.

Whatever is wrong with a file ends in a `DataError` that names it.
"""

import codecs
import csv
import datetime
import re
import zipfile
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataError
from .cells import CellError, is_missing
from .words import repair

SHEETS, TEXTS, SURVEYS = (".xlsx", ".xlsm", ".xls"), (".csv", ".txt", ".tsv"), (".dta", ".sav")
_MOST_CELLS = 40_000_000
_MOST_BYTES = 2**31
_AT_ONCE = 50_000  # rows of a text file that are held as text at one time


@dataclass(frozen=True)
class Grid:
    """Rows of text cells as they stand in a file.

    Attributes
    ----------
    file, sheet : str
        Where they come from.
    rows : list of list of str
        All of one length; a blank cell is an empty text.
    merged : list of tuple
        First row, first column, last row, last column of merged cells, from 0.
    """

    file: str
    sheet: str
    rows: list
    merged: list = field(default_factory=list)


def path_of(raw, kinds):
    """The path, if there is such a file of one of these kinds."""
    path = Path(raw)
    if path.suffix.lower() not in kinds:
        raise DataError(
            f"Files that can be read end in {', '.join(kinds)}.",
            where=path.name,
            found=path.suffix or "no ending",
            remedy="save the table as .xlsx or .csv",
        )
    if not path.is_file():
        raise DataError("There is no such file.", where=path, remedy="check folder and name")
    return path


def broken(path, error, remedy="open it in the program that made it, and save it anew"):
    """Error for a file that its reader cannot make sense of."""
    found = f"{type(error).__name__}: {error}"[:200]
    return DataError(
        "This file is damaged, or is not what its name says.",
        where=path.name,
        found=found,
        remedy=remedy,
    )


def text_of(raw):
    """Text of a cell of a spreadsheet, as a reader of the sheet sees it."""
    if type(raw) is str:
        return raw
    if is_missing(raw):
        return ""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, float):
        return str(int(raw)) if raw == raw and abs(raw) < 2**53 and raw == int(raw) else repr(raw)
    if isinstance(raw, datetime.datetime) and raw.time() == datetime.time():
        return raw.date().isoformat()
    return str(raw)


# Spreadsheets -------------------------------------------------------------------------


def sheet_grid(path, sheet=None):
    """Cells of one sheet.

    Parameters
    ----------
    path : Path
        A file of `SHEETS`.
    sheet : str, optional
        Name of the sheet; without it the file must have one sheet with anything on it.

    Returns
    -------
    Grid
    """
    import python_calamine

    try:
        if path.suffix.lower() != ".xls":
            _refuse_giants(path)
        with python_calamine.load_workbook(path) as book:
            names = book.sheet_names
            if sheet is not None and sheet not in names:
                raise DataError(
                    "There is no such sheet.",
                    where=path.name,
                    found=sheet,
                    remedy=f"sheet= one of {names}",
                )
            found = {}
            for name in names if sheet is None else [sheet]:
                one = book.get_sheet_by_name(name)
                rows = one.to_python(skip_empty_area=False)
                if rows:
                    found[name] = (rows, one.merged_cell_ranges or [])
    except DataError:
        raise
    except BaseException as error:  # panics of the reader are no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise broken(path, error) from error
    if len(found) != 1:
        raise DataError(
            "This file has more than one sheet." if found else "This file has no cells.",
            where=path.name,
            found=", ".join(found) or None,
            remedy=f'sheet="{next(iter(found))}"' if found else "check that it was saved",
        )
    ((name, (rows, merged)),) = found.items()
    rows = [[text_of(cell) for cell in row] for row in rows]
    merged = [(*start, *end) for start, end in merged]
    return Grid(path.name, name, rows, merged)


_REFERENCE = re.compile(rb'<(?:\w+:)?c\b[^>]{0,200}?\br="([A-Za-z]{1,8})([0-9]{1,12})"')


def _refuse_giants(path):
    """Refuse a sheet that would not fit into memory, before anything is made of it."""
    with zipfile.ZipFile(path) as box:
        if sum(one.file_size for one in box.infolist()) > _MOST_BYTES:
            raise DataError(
                "This file unpacks to more than 2 GB.",
                where=path.name,
                remedy="save the sheet as .csv",
            )
        for name in box.namelist():
            if not re.search(r"sheet[^/]*\.xml$", name, re.IGNORECASE):
                continue
            wide = tall = 0
            for letters, row in _REFERENCE.findall(box.read(name)):
                number = 0
                for letter in letters.upper():
                    number = number * 26 + letter - 64
                wide, tall = max(wide, number), max(tall, int(row))
            if wide * tall > _MOST_CELLS or tall > 1_048_576 or wide > 16_384:
                raise DataError(
                    "A cell of this sheet lies far outside the others.",
                    where=f"{path.name}, {name}",
                    found=f"row {tall}, column {wide}",
                    remedy="delete the stray cell, or save the table as .csv",
                )


# Text files ---------------------------------------------------------------------------


def encoding_of(path):
    """Encoding of a text file: by its byte order mark, else UTF-8 if it is that, else GB18030."""
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        problems = []
        for name in ("utf-8", "gb18030"):
            file.seek(0)
            decoder, line = codecs.getincrementaldecoder(name)(), 1
            try:
                while block := file.read(1 << 20):
                    decoder.decode(block)
                    line += block.count(b"\n")
                decoder.decode(b"", final=True)
                return name
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                problems.append(f"{name} until line {line}")
    raise DataError(
        "The text of this file is neither UTF-8 nor GB18030.",
        where=path.name,
        found=", ".join(problems),
        remedy="save it anew as 'CSV UTF-8' from the program that made it",
    )


def _text_rows(path):
    """Rows of a text file, with the delimiter that its first line uses most."""
    encoding = encoding_of(path)
    try:
        with path.open(encoding=encoding, newline="") as file:
            first = file.readline()
            file.seek(0)
            delimiter = max(",\t;", key=first.count)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            try:
                yield from reader
            except csv.Error as error:
                raise DataError(
                    "A quotation mark in this file is not closed, or stands inside a cell.",
                    where=f"{path.name}, line {reader.line_num}",
                    found=str(error),
                    remedy="save it anew as 'CSV UTF-8' from the program that made it",
                ) from error
    except UnicodeError as error:
        raise broken(path, error) from error


def text_grid(path):
    """Cells of a small text file."""
    rows = list(_text_rows(path))
    width = max(map(len, rows), default=0)
    if width * len(rows) > _MOST_CELLS:
        raise DataError("This table is too large to be an official table.", where=path.name)
    return Grid(path.name, "", [row + [""] * (width - len(row)) for row in rows])


def _text_frame(path):
    """A large text file with one row of heads, each column as categories of text."""
    rows = _text_rows(path)
    head = next(rows, None)
    if not head:
        raise DataError(
            "This file has no cells.", where=path.name, remedy="check that it was saved"
        )
    known = [defaultdict(count().__next__) for _ in head]
    codes = [array("i") for _ in head]
    number = 1
    while chunk := list(islice(rows, _AT_ONCE)):
        for row in chunk:
            number += 1
            if len(row) != len(head) and any(row):
                raise DataError(
                    f"This row has {len(row)} cells where the head has {len(head)}.",
                    where=f"{path.name}, row {number}",
                    found=repr(row)[:80],
                    remedy="put cells that hold the delimiter into quotation marks",
                )
        chunk = [row if row else [""] * len(head) for row in chunk]
        chunk = [row if len(row) == len(head) else [""] * len(head) for row in chunk]
        for one, seen, cells in zip(codes, known, zip(*chunk, strict=True), strict=True):
            one.extend(map(seen.__getitem__, cells))
    columns = [
        pd.Categorical.from_codes(np.frombuffer(one, dtype=np.int32), list(seen), validate=False)
        if one
        else pd.Categorical([])
        for one, seen in zip(codes, known, strict=True)
    ]
    return _named(path, head, columns)


def _named(path, head, columns):
    """Frame of columns under their heads, which must be there and differ."""
    names = [repaired(str(name)).strip() for name in head]
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise DataError(
            "Two columns of this file have one name.",
            where=f"{path.name}, row 1",
            found=", ".join(sorted(twice)),
            remedy="give each column a name of its own",
        )
    kept = {}
    for i, (name, cells) in enumerate(zip(names, columns, strict=True)):
        filled = any(str(one).strip() for one in cells.categories)
        if name or filled:
            kept[name or f"column {i + 1}"] = cells
    return pd.DataFrame(kept, copy=False)


def repaired(text):
    """The text, repaired if it was read in the wrong encoding and can be."""
    try:
        return repair(text)
    except CellError:
        return text


# Survey files -------------------------------------------------------------------------


def survey_file(path):
    """Read a Stata or SPSS file, with its labels and the user's own missing codes.

    Parameters
    ----------
    path : Path
        A file of `SURVEYS`.

    Returns
    -------
    table : DataFrame
        As stored.
    labels : dict
        For each column with value labels, the label of each code.
    titles : dict
        Label of each column.
    """
    import pyreadstat

    read = pyreadstat.read_dta if path.suffix.lower() == ".dta" else pyreadstat.read_sav
    problem = None
    for encoding in (None, "GB18030"):  # old Stata files do not say that they are Chinese
        try:
            table, meta = read(
                str(path), encoding=encoding, user_missing=True, disable_datetime_conversion=False
            )
            break
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:
            problem = error
    else:
        raise broken(path, problem) from problem
    titles = {name: repaired(label or "") for name, label in meta.column_names_to_labels.items()}
    labels = {
        name: {code: repaired(str(label)) for code, label in codes.items()}
        for name, codes in meta.variable_value_labels.items()
    }
    return table, labels, titles


def raw_frame(raw, sheet=None):
    """A raw table with one row of heads as a frame of text categories, and its file's name.

    Parameters
    ----------
    raw : DataFrame, str or Path
        Cells as they came, or the file that holds them.
    sheet : str, optional
        Sheet of a spreadsheet.

    Returns
    -------
    frame : DataFrame
        Categories of text.
    name : str
        Name of the file; empty for a DataFrame.
    first : int
        Number of the first row of data in the file, as its reader counts.
    """
    if isinstance(raw, pd.DataFrame):
        return _text_categories(raw), "", 1
    path = path_of(raw, SHEETS + TEXTS + SURVEYS)
    kind = path.suffix.lower()
    if kind in TEXTS:
        return _text_frame(path), path.name, 2
    if kind in SURVEYS:
        table, labels, _ = survey_file(path)
        for name, codes in labels.items():
            if name in table:
                told = {
                    code: codes[code] for code in table[name].dropna().unique() if code in codes
                }
                table[name] = table[name].astype(object).replace(told) if told else table[name]
        return _text_categories(table), path.name, 1
    grid = sheet_grid(path, sheet)
    start = next((i for i, row in enumerate(grid.rows) if sum(map(bool, row)) > 1), 0)
    body = list(zip(*grid.rows[start + 1 :], strict=True)) or [()] * len(grid.rows[start])
    columns = [pd.Categorical(pd.Series(cells, dtype=object)) for cells in body]
    return _named(path, grid.rows[start], columns), path.name, start + 2


def _text_categories(table):
    if table.columns.has_duplicates:
        twice = table.columns[table.columns.duplicated()].unique()
        raise DataError(
            "Two columns of this table have one name.",
            found=", ".join(map(str, twice)),
            remedy="give each column a name of its own",
        )
    from .columns import factorize

    columns = {}
    for name in table.columns:
        codes, distinct = factorize(table[name])
        texts, place = np.unique([text_of(one) for one in distinct] or [""], return_inverse=True)
        columns[str(name)] = pd.Categorical.from_codes(place[codes], texts.astype(object))
    return pd.DataFrame(columns, index=range(len(table)))
