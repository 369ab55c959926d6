"""Raw records as frames of text: one row of heads, each column as categories."""

import re
from array import array
from collections import Counter, defaultdict
from contextlib import closing
from itertools import chain, count, islice

import numpy as np
import pandas as pd

from ...base.errors import DataError
from ..cell.columns import factorize
from .decoding import encoding_of
from .kinds import file_of, no_such
from .shelves import Shelf, coded, parquet_columns, shelf_of_texts, shelved
from .spreadsheets import sheet_grid
from .starts import heads_of, is_form_line, known_heads
from .surveys import no_answers, survey_file
from .texts import repaired, text_columns, text_of, text_rows

# Marks of statistics for codes whose label says that they are no answers.
_NO_ANSWERS = {"not_applicable": "不适用", "withheld": "拒绝回答", "not_available": "不知道"}
_AT_ONCE = 2_000  # rows of a text file that are held as text at one time: more are slower


def raw_frame(raw, sheet=None, encoding=None, known=(), folder=None):
    """A raw table with one row of heads as a frame of text categories, and its file's name.

    Parameters
    ----------
    raw : DataFrame, str or Path
        Cells as they came, or the file that holds them.
    sheet, encoding : str, optional
        Sheet of a workbook, encoding of a text.
    known : collection of str
        Heads that the codebook knows, as `head_key` gives them.
    folder : Path, optional
        Where the cells of texts and of Parquet files may lie while they are worked with: then
        a `Shelf` is given, which brings a column into memory when it is asked for.

    Returns
    -------
    frame : DataFrame or Shelf
        Categories of text. The heads are the row that has most of those known, else the first
        of several cells; ``attrs["above"]``
        holds number and text of the rows above it (a title), ``attrs["merged"]`` number, head
        and text of the cells of columns that are merged over several rows, ``attrs["unread"]``
        the sheets that were not read. Two rows of heads are put together.
    name : str
        Name of the file; empty for a DataFrame.
    first : int
        Number of the first row of data in the file, as its reader counts.
    """
    if isinstance(raw, pd.DataFrame):
        for name, given in (("sheet", sheet), ("encoding", encoding)):
            if given is not None:
                raise no_such(name, given, "table")
        return _text_categories(raw), "", 1
    path, kind = file_of(raw, sheet, encoding, (".parquet",))
    if kind in ("dta", "sav"):
        return _survey_frame(path, kind), path.name, 1
    if kind == "parquet":
        return _parquet_frame(path, folder), path.name, 1
    if kind == "text":
        frame, start = _text_frame(path, encoding, known, folder)
        return frame, path.name, start + 2
    grid = sheet_grid(path, sheet, kind, known)
    heads, top, start = heads_of(grid.rows, known)
    body = list(zip(*grid.rows[start + 1 :], strict=True)) or [()] * len(heads)
    blank = pd.Categorical.from_codes([0] * (len(grid.rows) - start - 1), [""])
    columns = [_categories(cells) if any(cells) else blank for cells in body]
    places, above = _named(path, heads, lambda i: _any(columns[i]), grid.rows[:top], known)  # fmt: skip
    frame = pd.DataFrame({name: columns[i] for name, i in places.items()}, copy=False)
    frame.attrs["above"] = above
    names = [repaired(cell).strip() for cell in heads]
    frame.attrs["unread"] = grid.unread
    frame.attrs["merged"] = [
        (i + 1, names[left], grid.rows[top][left])
        for top, left, bottom, right in grid.merged
        if top > start and bottom > top and left == right and names[left]
        for i in range(top, bottom + 1)
    ]
    return frame, path.name, start + 2


def _text_frame(path, encoding, known, folder):
    """A large text file, each column as categories of text; and how many rows are above its heads."""
    encoding = encoding_of(path, encoding)
    with closing(text_rows(path, encoding)) as rows:  # an error must not leave the file open
        chunk = list(islice(rows, _AT_ONCE))
        head, top, start = heads_of(chunk, known)
        if not any(head):
            raise DataError(
                "This file has no cells.", where=path.name, remedy="check that it was saved"
            )
        above, chunk = chunk[: start + 1], chunk[start + 1 :]
        breaks = sum(len(re.findall("\r\n?|\n", cell)) for row in above for cell in row)
        into = None if folder is None else folder / "raw.parquet"
        found = text_columns(path, encoding, len(above) + breaks, len(head), into)
        if found is None:
            chunks = _chunks(path, head, chain(chunk, rows), len(above))
            found = shelved(into, chunks, len(head)) if folder else _row_by_row(head, chunks)
    if folder is not None:
        every = shelf_of_texts(into, {i: i for i in range(len(head))})
        places, above = _named(path, head, lambda i: any(map(str.strip, every.load(i, True)[1].to_pylist())), above[:top], known)  # fmt: skip
        frame = shelf_of_texts(into, places)
        frame.attrs["above"] = above
        return frame, start
    kinds = {}  # one for all columns of the same few texts: to make it takes longest
    columns = []
    for codes, texts in found:
        kind = kinds.get(tuple(texts[:20])) or pd.CategoricalDtype(texts)
        if len(texts) < 20:
            kinds[tuple(texts)] = kind
        columns.append(pd.Categorical.from_codes(codes, dtype=kind, validate=False))
    places, above = _named(path, head, lambda i: _any(columns[i]), above[:top], known)  # fmt: skip
    frame = pd.DataFrame({name: columns[i] for name, i in places.items()}, copy=False)
    frame.attrs["above"] = above
    return frame, start


def _chunks(path, head, rows, number):
    """Columns of some thousand rows at one time; ``number`` rows stand above."""
    while chunk := list(islice(rows, _AT_ONCE)):
        chunk = [
            row if len(row) == len(head) else _as_wide(path, row, head, number + i)
            for i, row in enumerate(chunk, start=1)
        ]
        number += len(chunk)
        yield list(zip(*chunk, strict=True))


def _row_by_row(head, chunks):
    """Of each column the codes of its cells, and their texts."""
    texts_of = [defaultdict(count().__next__) for _ in head]
    codes = [array("i") for _ in head]
    for chunk in chunks:
        for one, seen, cells in zip(codes, texts_of, chunk, strict=True):
            one.extend(map(seen.__getitem__, cells))
    found = [np.asarray(one, dtype=np.int32) for one in codes]
    return list(zip(found, map(list, texts_of), strict=True))


def _as_wide(path, row, head, number):
    """The row with as many cells as the head; blanks alone may be put in or left out.

    A note or a line of who filled it in, as they stand below a table, may be shorter.
    """
    short = len(row) < len(head) and sum(map(bool, row)) > 1 and not is_form_line(row)
    if short or any(row[len(head) :]):
        raise DataError(f"This row has {len(row)} cells where the head has {len(head)}.",
                        where=f"{path.name}, row {number}",
                        remedy="put cells that hold the delimiter into quotation marks")  # fmt: skip
    return (row + [""] * len(head))[: len(head)]


def _named(path, head, holds, above, known):
    """Places of the columns by their heads; those that the codebook knows must differ.

    ``holds`` tells whether a column holds anything. The second result is number and text of the
    rows above the heads.
    """
    names = [repaired(str(name)).strip() for name in head]
    places = defaultdict(list)
    for i, name in enumerate(names):
        places[name].append(_letters(i))
    more = {name: where for name, where in places.items() if name and len(where) > 1}
    twice = {name: where for name, where in more.items() if not known or known_heads([name], known)}
    for name in more.keys() - twice.keys():  # two 备注 are two columns that nobody reads
        names = [f"{one} ({_letters(i)})" if one == name and _letters(i) != more[name][0] else one
                 for i, one in enumerate(names)]  # fmt: skip
    if twice:
        raise DataError(
            "Two columns of this file have one name.",
            where=f"{path.name}, row {len(above) + 1}",
            found="; ".join(f"{name} in {', '.join(where)}" for name, where in twice.items())[:200],
            remedy="give each column a name of its own",
        )
    kept = {}
    for i, name in enumerate(names):
        if not name and holds(i):
            name = f"column {_letters(i)}"
            while name in places:
                name += "'"
        if name:
            kept[name] = i
    rows = [(i, " ".join(filter(None, row))) for i, row in enumerate(above, start=1)]
    return kept, [(i, text) for i, text in rows if text.strip()]


def _any(cells):
    return any(str(one).strip() for one in cells.categories)


def _letters(i):
    """Letters of a column, as a spreadsheet shows them."""
    text = ""
    while i >= 0:
        i, rest = divmod(i, 26)
        text, i = chr(65 + rest) + text, i - 1
    return text


def _categories(texts):
    # Not numpy's unique: it gives every text the room of the longest, and cuts zero bytes off.
    codes, distinct = pd.factorize(np.array(texts, dtype=object))
    return pd.Categorical.from_codes(codes, distinct, validate=False)


def refuse_twice(names, where):
    """Refuse a table of which two columns bear one name."""
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise DataError("Two columns of this table have one name.", where=where,
                        found=", ".join(twice)[:200], remedy="give each column a name of its own")  # fmt: skip


def _text_categories(table, where="table, row of heads"):
    refuse_twice([str(name) for name in table.columns], where)
    columns = {}
    for name in table.columns:
        codes, distinct = factorize(table[name])
        texts = _categories([text_of(one) for one in distinct])
        columns[str(name)] = pd.Categorical.from_codes(
            texts.codes[codes], texts.categories, validate=False
        )
    return pd.DataFrame(columns, index=range(len(table)))


def _parquet_frame(path, folder):
    """Cells of a Parquet file as text."""
    names, rows, read = parquet_columns(path, lambda table: _text_categories(table, path.name))
    refuse_twice(names, path.name)
    if folder is None:
        return read(names)

    def load(head, plain=False):
        cells = read([head])[head]
        return coded(cells) if plain else cells.array

    return Shelf(load, names, pd.RangeIndex(rows), lambda n: read(names, n))


def _survey_frame(path, kind):
    """A survey file as text: labels in place of codes, and missing codes marked as such."""
    table, labels, _ = survey_file(path, kind)
    for name in table.columns:
        texts, own = {}, labels.get(name, {})
        gone = no_answers(table[name], own, table.attrs["missing"].get(name, ()))
        for code in table[name].dropna().unique():
            label = own.get(code)
            if label is not None and gone.get(code) != "missing_code":
                texts[code] = _NO_ANSWERS.get(gone.get(code), label)
            elif code in gone:
                # .a as Stata shows it; a bare -8 would be taken as a value
                texts[code] = f".{code}" if kind == "dta" and isinstance(code, str) else f"{text_of(code)} (missing)"  # fmt: skip
        if texts:
            table[name] = (
                table[name].astype(object).map(lambda one, texts=texts: texts.get(one, one))
            )
    return _text_categories(table, path.name)
