"""Raw records that stay on disk: a column of them comes into memory when it is asked for."""

from itertools import islice

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow.parquet import ParquetFile, ParquetWriter

from ..keys import distinct
from .texts import broken

# What readers of damaged Parquet files raise: notes that are no UTF-8 or no JSON, too.
ODD = (pa.ArrowException, OSError, ValueError, TypeError, LookupError, AttributeError, MemoryError)
ROWS = 2**17  # of a group of rows in files of columns
_HELD = 2**26  # bytes of columns of few texts, which are held: they are asked for several times


class Shelf:
    """Columns of categories of text, used as a DataFrame of them is.

    Parameters
    ----------
    load : callable
        Takes a head, and gives the categorical of its column; with True behind it the numbers of
        its distinct texts, and these as an array of Arrow.
    columns : list of str
        Heads.
    index : Index
        Of the rows of the file.
    first : callable
        Takes how many, and gives a DataFrame of the first rows.
    """

    def __init__(self, load, columns, index, first, kept=None, read=None):
        """Note what there is; nothing is read yet."""
        self.load, self.columns, self.index, self.head = load, columns, index, first
        self.kept, self.attrs, self.read = kept, {}, {} if read is None else read

    def coded(self, head):
        """Number of the distinct text of each row, and these texts."""
        if head in self.read:
            return coded(self[head])
        codes, texts = self.load(head, True)
        return codes if self.kept is None else codes[self.kept], texts

    def __len__(self):
        """Rows."""
        return len(self.index)

    def __getitem__(self, what):
        """A column by its head; or, by a mask, the same columns with fewer rows."""
        if isinstance(what, str):
            cells = self.read.get(what)
            if cells is None:
                cells = self.load(what)
                held = sum(one.codes.nbytes for one in self.read.values())
                if len(cells.categories) < 2**15 and held + cells.codes.nbytes < _HELD:
                    self.read[what] = cells
            return pd.Series(cells if self.kept is None else cells[self.kept], index=self.index, name=what, copy=False)  # fmt: skip
        if what.all():
            return self
        kept = np.flatnonzero(what).astype(np.int32) if self.kept is None else self.kept[what]
        return Shelf(self.load, self.columns, self.index[what], self.head, kept, self.read)


def coded(cells):
    """Number of the distinct text of each row of a column of categories, and these texts."""
    return cells.cat.codes.to_numpy(), pa.array(cells.cat.categories, pa.large_string())


def shelf_of_texts(path, names):
    """Columns of a file of texts that `shelved` wrote; ``names`` are their heads, and their places."""

    def load(head, plain=False):
        cells = distinct(path, str(names[head]))
        if plain:
            return cells.indices.to_numpy(), cells.dictionary
        kind = pd.CategoricalDtype(pd.Index(cells.dictionary.to_pandas()))
        return pd.Categorical.from_codes(cells.indices.to_numpy(), dtype=kind, validate=False)

    def first(count):
        with ParquetFile(path) as file:
            rows = [*islice(file.iter_batches(count), 1)]
        cells = {head: rows[0][str(i)].to_pylist() if rows else [] for head, i in names.items()}
        return pd.DataFrame(cells, dtype=object)

    with ParquetFile(path) as file:
        return Shelf(load, list(names), pd.RangeIndex(file.metadata.num_rows), first)


def shelved(path, chunks, width):
    """Write chunks of rows, each as its columns of texts, as a file of columns."""
    kind = pa.schema([(str(i), pa.string()) for i in range(width)])
    with ParquetWriter(path, kind, compression="lz4") as file:
        while rows := [pa.record_batch([pa.array(one, pa.string()) for one in chunk], schema=kind)
                       for chunk in islice(chunks, 32)]:  # fmt: skip
            file.write_table(pa.Table.from_batches(rows, kind), row_group_size=ROWS)


def parquet_columns(path, as_text):
    """Names of the columns of a Parquet file, rows in it, and what reads some of them as text.

    Parameters
    ----------
    path : Path
        The file.
    as_text : callable
        Makes a frame of cells one of categories of text.
    """

    def read(heads, count=None):
        part = ""
        try:
            with path.open("rb") as opened:  # of a path, a damaged file would stay open
                file = ParquetFile(opened)
                some = () if count is None else [*islice(file.iter_batches(count), 1)]
                table = pa.Table.from_batches(some, kind) if some else file.read(columns=heads)
            for part in table.column_names:
                table[part].validate(full=True)  # texts that are no UTF-8 are told late, if at all
            part = ""
            if count is None and len(table) != rows:
                raise ValueError(f"{len(table)} rows, not {rows}")
            # whole numbers beside blanks must not become floats: they would lose digits of codes
            table = table.to_pandas(ignore_metadata=True, integer_object_nulls=True)
        except ODD as error:
            raise broken(path, error, part=part and f"column {part}") from None
        return as_text(table)

    try:
        with path.open("rb") as opened:
            file = ParquetFile(opened)
            kind, rows = file.schema_arrow, file.metadata.num_rows
    except ODD as error:
        raise broken(path, error) from None
    return kind.names, rows, read
