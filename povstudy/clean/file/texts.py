"""What all readers of files share, and text files such as csv.

Whatever is wrong with a file ends in a `DataError` that names it.
"""

import csv
import datetime
import re
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions, open_csv, read_csv
from pyarrow.parquet import ParquetWriter

from ...base.errors import DataError
from ...base.files import need_file
from ..cell.cell import CellError, is_missing, plain
from ..cell.words import repair
from .decoding import encoding_of

SHEETS, TEXTS, SURVEYS = (".xlsx", ".xlsm", ".xls"), (".csv", ".txt", ".tsv"), (".dta", ".sav")
MOST_CELLS = 40_000_000


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
    indents : dict
        By row and column, from 0: steps by which the format of a cell sets its text in.
    unread : list of str
        Other sheets of the file, which hold no such table.
    """

    file: str
    sheet: str
    rows: list
    merged: list = field(default_factory=list)
    indents: dict = field(default_factory=dict)
    unread: list = field(default_factory=list)


def path_of(raw, kinds):
    """The path, if there is such a file of one of these kinds, and it can be opened."""
    if not isinstance(raw, str | Path):
        raise DataError(
            "A file is given by its path.",
            found=type(raw).__name__,
            remedy="give its path as text; a table that is read already needs no reading",
        )
    path = Path(raw)
    if path.suffix.lower() not in kinds:
        raise DataError(f"Files that can be read end in {', '.join(kinds)}.", where=path.name,
                        found=path.suffix or "no ending", remedy="save the table as .xlsx or .csv")  # fmt: skip
    return need_file(path)


def broken(path, error, remedy=None, part=""):
    """Error for a file that its reader cannot make sense of."""
    if isinstance(error, MemoryError):
        problem = "This file does not fit into memory."
        remedy = remedy or "save the columns that are needed as .csv"
    else:
        problem = "This file is damaged, or is not what its name says."
        remedy = remedy or "open it in the program that made it, and save it anew, with no password"
    found = str(error) if type(error) is RuntimeError else f"{type(error).__name__}: {error}"
    where = f"{path.name}, {part}" if part else path.name
    return DataError(problem, where=where, found=" ".join(found.split())[:200], remedy=remedy)


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


def repaired(text):
    """The text, repaired if it was read in the wrong encoding and can be."""
    try:
        return repair(text)
    except CellError:
        return text


def head_key(raw):
    """Head of a column as it is compared: plain signs, no blanks, lower case.

    Examples
    --------
    >>> from povstudy.clean.file.texts import head_key
    >>> head_key("务工时间（月）"), head_key(" HBH ")
    ('务工时间(月)', 'hbh')
    """
    return "".join(plain(repaired(str(raw))).split()).lower().strip("'\"“”*#:")


def _delimiter(text):
    """The delimiter of the first lines: that of the first line which has any, best several."""
    lines = re.sub('"[^"]*"', "", text).splitlines()[:20]
    for least in (2, 1):
        for line in lines:
            sign = max(",\t;|", key=line.count)
            if line.count(sign) >= least:
                return sign
    return ","


def text_rows(path, encoding):
    """Rows of a text file of this encoding."""
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
            ) from None


def text_columns(path, encoding, above, width, into=None):
    """What `text_rows` gives, read at once: of each column the codes of its cells, and their texts.

    Parameters
    ----------
    path : Path
        The file.
    encoding : str
        As `encoding_of` tells it.
    above : int
        Lines to pass over.
    width : int
        Cells of each row.
    into : Path, optional
        Write the texts to this Parquet file, block by block.

    Returns
    -------
    list of tuple, or None
        An empty one where they were written. ``None`` where a row has more or fewer cells, a cell has several lines, or a quotation
        mark stands where none should: then it takes a look at each row.
    """
    with path.open(encoding=encoding, newline="") as file:
        delimiter = _delimiter(file.read(2**16))
        file.seek(0)
        try:
            for line in islice(file, above, None):
                if '"' in line or len(line) > csv.field_size_limit():
                    next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error:
            return None
    names = [str(i) for i in range(width)]
    kind = pa.string() if into else pa.dictionary(pa.int32(), pa.string())
    # the mark of UTF-8 is left out with the lines above
    read = ReadOptions(encoding=encoding.removesuffix("-sig"), skip_rows=above, column_names=names,
                       block_size=2**22 if into else None)  # fmt: skip
    parse = ParseOptions(delimiter=delimiter, ignore_empty_lines=False)
    convert = ConvertOptions(column_types=dict.fromkeys(names, kind), strings_can_be_null=False)
    try:
        with path.open("rb") as file:  # given a path, its threads may hold the file open
            if into:
                with (open_csv(file, read, parse, convert) as blocks,
                      ParquetWriter(into, blocks.schema, compression="lz4") as made):  # fmt: skip
                    for block in blocks:
                        made.write_batch(block)
                        pa.default_memory_pool().release_unused()
                return []
            table = read_csv(file, read, parse, convert)
    except pa.ArrowInvalid:
        return None
    columns = [one.combine_chunks() for one in table.unify_dictionaries().columns]
    return [(one.indices.to_numpy(), one.dictionary.to_pylist()) for one in columns]


def text_grid(path, encoding=None):
    """Cells of a small text file."""
    rows, width = [], 0
    # an error must not leave the file open
    with closing(text_rows(path, encoding_of(path, encoding))) as lines:
        for row in lines:
            rows.append(row)
            width = max(width, len(row))
            if width * len(rows) > MOST_CELLS:
                raise DataError("This table is too large to be an official table.",
                                where=f"{path.name}, row {len(rows)}",
                                remedy="povstudy.clean.households reads registers")  # fmt: skip
    return Grid(path.name, "", [row + [""] * (width - len(row)) for row in rows])
