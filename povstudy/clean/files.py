"""Files in, text cells out: xlsx, xls, csv (UTF-8 or GB18030), dta and sav.

Whatever is wrong with a file ends in a `DataError` that names it.
"""

import codecs
import csv
import datetime
import html
import re
import struct
import warnings
import zipfile
from array import array
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from ..errors import DataError
from .cells import CellError, is_missing
from .words import repair

SHEETS, TEXTS, SURVEYS = (".xlsx", ".xlsm", ".xls"), (".csv", ".txt", ".tsv"), (".dta", ".sav")
_MOST_CELLS = 40_000_000
_MOST_BYTES = 2**31
_AT_ONCE = 2_000  # rows of a text file that are held as text at one time: more are slower
_BLOCK = 2**20


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
    """The path, if there is such a file of one of these kinds, and it can be opened."""
    if not isinstance(raw, str | Path):
        raise DataError(
            "A file is given by its path.",
            found=type(raw).__name__,
            remedy='path = "data/table.xlsx"',
        )
    path = Path(raw)
    if path.suffix.lower() not in kinds:
        raise DataError(
            f"Files that can be read end in {', '.join(kinds)}.",
            where=path.name,
            found=path.suffix or "no ending",
            remedy="save the table as .xlsx or .csv",
        )
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # a ValueError: a NUL in the name
        raise DataError(
            "There is no such file.", where=path, remedy="check folder and name"
        ) from None
    except OSError as error:
        raise DataError(
            "This file cannot be opened.",
            where=path,
            found=error.strerror,
            remedy="close it in other programs, and check that you may read it",
        ) from error
    if empty:
        raise DataError(
            "This file is empty: it has no bytes.",
            where=path.name,
            remedy="copy or download it again",
        )
    return path


def broken(path, error, remedy=None, part=""):
    """Error for a file that its reader cannot make sense of."""
    if isinstance(error, MemoryError):
        problem = "This file does not fit into memory."
        remedy = remedy or "save the columns that are needed as .csv"
    else:
        problem = "This file is damaged, or is not what its name says."
        remedy = remedy or "open it in the program that made it, and save it anew, with no password"
    return DataError(
        problem,
        where=f"{path.name}, {part}" if part else path.name,
        found=" ".join(f"{type(error).__name__}: {error}".split())[:200],
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
        if abs(raw) < 2**53:
            return str(int(raw)) if raw == int(raw) else repr(raw)
        # Beyond 2**53 the last digits are lost: written so that none takes it for an identifier.
        return np.format_float_scientific(raw)
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

    part = ""
    try:
        unread = {} if path.suffix.lower() == ".xls" else _unread_cells(path)
        with python_calamine.load_workbook(path) as book:
            names = book.sheet_names
            if sheet is not None and sheet not in names:
                raise DataError(
                    "There is no such sheet.",
                    where=path.name,
                    found=sheet,
                    remedy=f'sheet="{names[0]}"' if names else "check that it was saved",
                )
            shown = [
                one.name
                for one in book.sheets_metadata
                if one.visible == python_calamine.SheetVisibleEnum.Visible
            ]
            found = {}
            for name in names if sheet is None else [sheet]:
                part = f"sheet {name}"
                one = book.get_sheet_by_name(name)
                rows = one.to_python(skip_empty_area=False)
                if any(cell != "" for row in rows for cell in row) or name in unread:
                    found[name] = (rows, one.merged_cell_ranges or [])
    except DataError:
        raise
    except BaseException as error:  # panics of the reader are no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise broken(path, error, part=part) from error
    if len(found) != 1:
        first = next((name for name in found if name in shown), next(iter(found), ""))
        raise DataError(
            "This file has more than one sheet." if found else "This file has no cells.",
            where=path.name,
            found=", ".join(name if name in shown else f"{name} (hidden)" for name in found)[:200]
            or None,
            remedy=f'sheet="{first}"' if found else "check that it was saved",
        )
    ((name, (rows, merged)),) = found.items()
    rows = [[text_of(cell) for cell in row] for row in rows]
    _fill(rows, unread.get(name, {}))
    return Grid(path.name, name, rows, _within(path, name, rows, merged))


def _fill(rows, cells):
    """Put texts into the grid, which grows if they stand outside it."""
    tall = max((i + 1 for i, _ in cells), default=0)
    wide = max((j + 1 for _, j in cells), default=0)
    wide = max(wide, len(rows[0]) if rows else 0)
    rows += [[] for _ in range(tall - len(rows))]
    for row in rows:
        row += [""] * (wide - len(row))
    for (i, j), text in cells.items():
        rows[i][j] = rows[i][j] or text


def _within(path, sheet, rows, merged):
    """Merged areas, as far as they lie within the rows."""
    tall, wide = len(rows), len(rows[0])
    areas = [
        (top, left, min(bottom, tall - 1), min(right, wide - 1))
        for (top, left), (bottom, right) in merged
        if top < tall and left < wide and top <= bottom and left <= right
    ]
    if sum((c - a + 1) * (d - b + 1) for a, b, c, d in areas) > tall * wide:
        raise DataError(
            "Merged cells of this sheet lie over each other.",
            where=f"{path.name}, sheet {sheet}",
            remedy="save the sheet as .csv, or unmerge its cells",
        )
    return areas


# Parts of a sheet's XML. A cell or row may name its place; `_CELL` takes a cell with what is in it.
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,9})([0-9]{1,12})["']""")
_CELL = re.compile(
    rb"""<(?:\w+:)?c\b([^>]*?)\br=["']([A-Z]{1,3})([0-9]{1,7})["']([^>]*)(?<!/)>(.{0,9999}?)</(?:\w+:)?c>""",
    re.DOTALL,
)
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)(?:\s[^>]*)?>(.+?)</", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>(.*?)</)", re.DOTALL)


def _column_number(letters):
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _unread_cells(path):
    """Cells that the reader would leave blank, by sheet; refuse what would not fit into memory.

    The reader makes blanks of errors (#DIV/0!) and of formulas that were saved without a
    value. They are no blanks: they become texts, which are refused later on, cell by cell.
    """
    found = {}
    with zipfile.ZipFile(path) as box:
        if sum(one.file_size for one in box.infolist()) > _MOST_BYTES:
            raise DataError(
                "This file unpacks to more than 2 GB.",
                where=path.name,
                remedy="save the sheet as .csv",
            )
        for part in box.namelist():
            if not part.lower().endswith((".xml", ".rels")) and "sheet" not in part.lower():
                continue
            letters, tall, cells, unread = set(), 0, 0, {}
            for block in _blocks(box, part):
                places = _PLACE.findall(block)
                cells += len(places)
                letters.update({one for one, _ in places})
                tall = max(tall, max((int(one) for one in {two for _, two in places}), default=0))
                if b"<f" in block or b":f" in block or b'"e"' in block or b"'e'" in block:
                    unread |= _left_blank(block)
            wide = max(map(_column_number, letters), default=0)
            _refuse_giants(f"{path.name}, {part}", tall, wide, cells)
            if unread:
                found[part] = unread
        if not found:
            return {}
        return {name: found[part] for name, part in _sheet_parts(box).items() if part in found}


def _blocks(box, part):
    """Pieces of a part, cut between rows, so that no cell is divided."""
    rest = b""
    with box.open(part) as file:
        while block := file.read(_BLOCK):
            rest += block
            end = (
                rest.rfind(b"<", 0, max(rest.rfind(b"row>"), 0)) if len(rest) < 2**26 else len(rest)
            )
            if end > 0:
                yield rest[:end]
                rest = rest[end:]
    yield rest


def _refuse_giants(where, tall, wide, cells):
    """Refuse a sheet of which nearly all is nothing, or which is larger than a sheet can be."""
    area = tall * wide
    too_far = tall > 1_048_576 or wide > 16_384
    if too_far or area > _MOST_CELLS or (area > _MOST_CELLS // 20 and area > 200 * cells):
        raise DataError(
            "A cell of this sheet lies far outside the others.",
            where=where,
            found=f"row {tall}, column {wide}",
            remedy="delete the stray cell, or save the table as .csv",
        )


def _left_blank(block):
    """Errors and formulas without a value, by their place from 0."""
    found = {}
    for before, letters, row, after, content in _CELL.findall(block):
        value, formula = _VALUE.search(content), _FORMULA.search(content)
        kind = before + after
        if b't="e"' in kind or b"t='e'" in kind:
            text = value[1] if value else b"#N/A"
        elif formula and not value and not re.search(rb"t=[\"']str[\"']", kind):
            text = b"=" + (formula[1] or b"(shared formula)")
        else:
            continue
        place = int(row) - 1, _column_number(letters) - 1
        found[place] = html.unescape(text.decode("utf-8", "replace"))[:200]
    return found


def _sheet_parts(box):
    """Which part of the file holds which sheet."""
    book = PurePosixPath("xl/workbook.xml")
    links = {
        one.get("Id"): one.get("Target", "")
        for one in ElementTree.fromstring(box.read("xl/_rels/workbook.xml.rels"))
    }
    parts = {}
    for one in ElementTree.fromstring(box.read(str(book))).findall(".//{*}sheet"):
        link = next((value for key, value in one.items() if key.endswith("}id")), None)
        target = links.get(link, "")
        parts[one.get("name")] = target[1:] if target[:1] == "/" else str(book.parent / target)
    return parts


# Text files ---------------------------------------------------------------------------


def encoding_of(path):
    """Encoding of a text file: by its byte order mark, else UTF-8 if it is that, else GB18030."""
    with path.open("rb") as file:
        start = file.read(4)
    names = ("utf-8", "gb18030")
    if start.startswith(codecs.BOM_UTF8):
        names = ("utf-8-sig",)
    elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        names = ("utf-16",)
    problems = []
    for name in names:
        problem = _undecodable(path, name)
        if problem is None:
            return name
        problems.append(problem)
    raise DataError(
        f"The text of this file is not {' or '.join(names).upper()} throughout.",
        where=path.name,
        found="; ".join(problems),
        remedy="save it anew as 'CSV UTF-8' from the program that made it",
    )


def _undecodable(path, name):
    """Where a file stops being text of this encoding; ``None`` if it does not."""
    decoder, line = codecs.getincrementaldecoder(name)(), 1
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                text = decoder.decode(block)
                if "\0" in text:
                    line += text[: text.index("\0")].count("\n")
                    return f"{name}: line {line} holds a zero byte, which is no text"
                line += text.count("\n")
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            if isinstance(error, UnicodeDecodeError):
                line += error.object[: error.start].decode(name, "ignore").count("\n")
            return f"{name} until line {line}"
    return None


def _delimiter(text):
    """The delimiter of the first lines: that of the first line which has any, best several."""
    lines = re.sub('"[^"]*"', "", text).splitlines()[:20]
    for least in (2, 1):
        for line in lines:
            sign = max(",\t;", key=line.count)
            if line.count(sign) >= least:
                return sign
    return ","


def _text_rows(path):
    """Rows of a text file."""
    encoding = encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        delimiter = _delimiter(file.read(2**16))
        file.seek(0)
        reader, last = csv.reader(file, delimiter=delimiter, strict=True), 0
        try:
            for row in reader:
                last = reader.line_num
                yield row
        except csv.Error as error:
            raise DataError(
                "A quotation mark in this file is not closed, or stands inside a cell.",
                where=f"{path.name}, line {last + 1}",
                found=f"{error}, in line {reader.line_num}",
                remedy="save it anew as 'CSV UTF-8' from the program that made it",
            ) from error


def text_grid(path):
    """Cells of a small text file."""
    rows, width = [], 0
    with closing(_text_rows(path)) as lines:  # an error must not leave the file open
        for row in lines:
            rows.append(row)
            width = max(width, len(row))
            if width * len(rows) > _MOST_CELLS:
                raise DataError(
                    "This table is too large to be an official table.",
                    where=f"{path.name}, row {len(rows)}",
                    remedy="povstudy.clean.households reads registers",
                )
    return Grid(path.name, "", [row + [""] * (width - len(row)) for row in rows])


def _start(rows):
    """Which row holds the heads: the first of several cells, else the first of any."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    for least in (2, 1):
        for i, number in enumerate(filled):
            if number >= least:
                return i
    return 0


def _text_frame(path):
    """A large text file, each column as categories of text; and how many rows are above its heads."""
    with closing(_text_rows(path)) as rows:  # an error must not leave the file open
        chunk = list(islice(rows, _AT_ONCE))
        start = _start(chunk)
        head = chunk[start] if chunk else []
        if not any(head):
            raise DataError(
                "This file has no cells.", where=path.name, remedy="check that it was saved"
            )
        above, chunk, number = chunk[:start], chunk[start + 1 :], start + 1
        known = [defaultdict(count().__next__) for _ in head]
        codes = [array("i") for _ in head]
        while chunk:
            chunk = [
                row if len(row) == len(head) else _as_wide(path, row, head, number + i)
                for i, row in enumerate(chunk, start=1)
            ]
            number += len(chunk)
            for one, seen, cells in zip(codes, known, zip(*chunk, strict=True), strict=True):
                one.extend(map(seen.__getitem__, cells))
            chunk = list(islice(rows, _AT_ONCE))
    columns = [
        pd.Categorical.from_codes(np.frombuffer(one, dtype=np.int32), list(seen), validate=False)
        if one
        else pd.Categorical([])
        for one, seen in zip(codes, known, strict=True)
    ]
    return _named(path, head, columns, above), start


def _as_wide(path, row, head, number):
    """The row with as many cells as the head; blanks alone may be put in or left out."""
    if any(row) and (len(row) < len(head) or any(row[len(head) :])):
        raise DataError(
            f"This row has {len(row)} cells where the head has {len(head)}.",
            where=f"{path.name}, row {number}",
            found=repr(row[:20])[:80],
            remedy="put cells that hold the delimiter into quotation marks",
        )
    return (row + [""] * len(head))[: len(head)]


def _named(path, head, columns, above):
    """Frame of columns under their heads, which must be there and differ.

    Its ``attrs`` hold ``above``: number and text of the rows above the heads.
    """
    names = [repaired(str(name)).strip() for name in head]
    places = defaultdict(list)
    for i, name in enumerate(names):
        places[name].append(_letters(i))
    twice = {name: where for name, where in places.items() if name and len(where) > 1}
    if twice:
        raise DataError(
            "Two columns of this file have one name.",
            where=f"{path.name}, row {len(above) + 1}",
            found="; ".join(f"{name} in {', '.join(where)}" for name, where in twice.items())[:200],
            remedy="give each column a name of its own",
        )
    kept = {}
    for i, (name, cells) in enumerate(zip(names, columns, strict=True)):
        if not name and any(str(one).strip() for one in cells.categories):
            name = f"column {_letters(i)}"
            while name in places:
                name += "'"
        if name:
            kept[name] = cells
    table = pd.DataFrame(kept, copy=False)
    rows = [(i, " ".join(filter(None, row))) for i, row in enumerate(above, start=1)]
    table.attrs["above"] = [(i, text) for i, text in rows if text.strip()]
    return table


def _letters(i):
    """Letters of a column, as a spreadsheet shows them."""
    text = ""
    while i >= 0:
        i, rest = divmod(i, 26)
        text, i = chr(65 + rest) + text, i - 1
    return text


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
        As stored. ``attrs["missing"]`` holds, for each column with missing codes of the user's
        own, these codes as a list of low and high ends.
    labels : dict
        For each column with value labels, the label of each code.
    titles : dict
        Label of each column.
    """
    import pyreadstat

    read = pyreadstat.read_dta if path.suffix.lower() == ".dta" else pyreadstat.read_sav
    if read is pyreadstat.read_sav:
        _check_dictionary(path)
    problem = None
    for encoding in (None, "GB18030"):  # old Stata files do not say that they are Chinese
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                table, meta = read(
                    str(path),
                    encoding=encoding,
                    user_missing=True,
                    disable_datetime_conversion=False,
                )
            break
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:
            problem = problem or error
    else:
        raise broken(path, problem) from problem
    if not len(table.columns):
        raise DataError(
            "This file has no columns.", where=path.name, remedy="check that it was saved"
        )
    titles = {name: repaired(label or "") for name, label in meta.column_names_to_labels.items()}
    labels = {
        name: {code: repaired(str(label)) for code, label in codes.items()}
        for name, codes in meta.variable_value_labels.items()
    }
    missing = {
        name: [(one["lo"], one["hi"]) for one in ranges]
        for name, ranges in meta.missing_ranges.items()
    }
    missing |= {
        name: [(code, code) for code in codes] for name, codes in meta.missing_user_values.items()
    }
    table.attrs["missing"] = missing
    return table, labels, titles


def _check_dictionary(path):
    """Refuse an SPSS file whose dictionary would end the whole process in its reader.

    The reader trusts widths, kinds, counts and places of variables as they stand.
    """
    number = 0

    def whole(count=1):
        data = file.read(4 * count)
        if len(data) < 4 * count:
            raise _bad_record(path, number, "the file ends in the middle of it")
        return struct.unpack(f"{order}{count}i", data)

    with path.open("rb") as file:
        start = file.read(176)
        order = ">" if start[64:68] in (b"\0\0\0\2", b"\0\0\0\3") else "<"
        size, variables, owed = path.stat().st_size, 0, 0
        packed, _, cases = struct.unpack(f"{order}3i", start[72:84].ljust(12, b"\0"))
        while True:
            number += 1
            (kind,) = whole()
            if kind == 2:
                variables += 1
                width, labelled, missing, form = whole(4)
                if not -1 <= width <= 255 or labelled not in (0, 1) or missing not in range(-3, 4):
                    raise _bad_record(path, number, f"variable of width {width}")
                if width >= 0 and (width > 0) != (form >> 16 & 255 in (1, 2)):
                    raise _bad_record(path, number, "text shown as number, or number as text")
                if (width < 0) != (owed > 0):  # a text takes a record for each 8 signs of it
                    raise _bad_record(path, number, "a text variable with too few or many parts")
                owed = owed - 1 if width < 0 else max(-(-width // 8) - 1, 0)
                file.seek(12, 1)
                length = whole()[0] if labelled else 0
                if not 0 <= length <= size:
                    raise _bad_record(path, number, f"a label of {length} bytes")
                file.seek(length + -length % 4 + 8 * abs(missing), 1)
            elif owed:
                raise _bad_record(path, number, "a text variable with too few parts before it")
            elif kind == 3:
                (count,) = whole()
                if not 0 <= count <= size:
                    raise _bad_record(path, number, f"{count} value labels")
                for _ in range(count):
                    file.seek(8, 1)
                    length = int.from_bytes(file.read(1), "little")
                    file.seek(length + -(length + 1) % 8, 1)
            elif kind == 4:
                (count,) = whole()
                if not 0 <= count <= variables or not all(
                    1 <= one <= variables for one in whole(count)
                ):
                    raise _bad_record(path, number, "labels of a variable that is not there")
            elif kind == 6:
                (lines,) = whole()
                if not 0 <= lines <= size:
                    raise _bad_record(path, number, f"{lines} lines of notes")
                file.seek(80 * lines, 1)
            elif kind == 7:
                _, width, count = whole(3)
                if width < 0 or not 0 <= width * count <= size:
                    raise _bad_record(path, number, f"{count} parts of {width} bytes")
                file.seek(width * count, 1)
            else:  # the end of the dictionary, or what the reader refuses by itself
                # a value takes a byte at least, but for files packed as a whole
                if kind == 999 and cases * variables > size * (1100 if packed == 2 else 1):
                    raise _bad_record(path, number, f"{cases} rows in {size} bytes")
                return


def _bad_record(path, number, found):
    return DataError(
        "This file is damaged: a record of its dictionary makes no sense.",
        where=f"{path.name}, record {number}",
        found=found,
        remedy="open it in SPSS or PSPP, and save it anew",
    )


def _survey_frame(path):
    """A survey file as text: labels in place of codes, and missing codes marked as such."""
    table, labels, _ = survey_file(path)
    for name in table.columns:
        texts = {}
        for code in table[name].dropna().unique():
            label = labels.get(name, {}).get(code)
            if label is not None:
                texts[code] = label
            elif any(_between(code, *ends) for ends in table.attrs["missing"].get(name, ())):
                # .a as Stata shows it; a bare -8 would be taken as a value
                texts[code] = f".{code}" if isinstance(code, str) else f"{text_of(code)} (missing)"
        if texts:
            table[name] = (
                table[name].astype(object).map(lambda one, texts=texts: texts.get(one, one))
            )
    return _text_categories(table, path.name)


def _between(code, low, high):
    try:
        return low <= code <= high
    except TypeError:  # a text against a number
        return False


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
        Categories of text. The heads are the first row of several cells; ``attrs["above"]``
        holds number and text of the rows above it (a title), if there are any.
    name : str
        Name of the file; empty for a DataFrame.
    first : int
        Number of the first row of data in the file, as its reader counts.
    """
    if isinstance(raw, pd.DataFrame):
        return _text_categories(raw), "", 1
    path = path_of(raw, SHEETS + TEXTS + SURVEYS)
    kind = path.suffix.lower()
    if kind in SURVEYS:
        return _survey_frame(path), path.name, 1
    if kind in TEXTS:
        frame, start = _text_frame(path)
        return frame, path.name, start + 2
    grid = sheet_grid(path, sheet)
    start = _start(grid.rows)
    body = list(zip(*grid.rows[start + 1 :], strict=True)) or [()] * len(grid.rows[start])
    blank = pd.Categorical.from_codes([0] * (len(grid.rows) - start - 1), [""])
    columns = [_categories(cells) if any(cells) else blank for cells in body]
    return _named(path, grid.rows[start], columns, grid.rows[:start]), path.name, start + 2


def _categories(texts):
    # Not numpy's unique: it gives every text the room of the longest, and cuts zero bytes off.
    codes, distinct = pd.factorize(np.array(texts, dtype=object))
    return pd.Categorical.from_codes(codes, distinct, validate=False)


def _text_categories(table, file=""):
    names = [str(name) for name in table.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(
            "Two columns of this table have one name.",
            where=file or "table, row of heads",
            found=", ".join(twice)[:200],
            remedy="give each column a name of its own",
        )
    from .columns import factorize

    columns = {}
    for name in table.columns:
        codes, distinct = factorize(table[name])
        texts = _categories([text_of(one) for one in distinct])
        columns[str(name)] = pd.Categorical.from_codes(
            texts.codes[codes], texts.categories, validate=False
        )
    return pd.DataFrame(columns, index=range(len(table)))
