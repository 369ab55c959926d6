"""Cleaned columns that stay on disk, and the table that is written of them."""

import json
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow.parquet import ParquetFile, ParquetWriter

from ..file.shelves import ROWS
from ..keys import distinct


@contextmanager
def lent():
    """Take the memory of columns from the system for a while: what is freed goes back to it.

    Arrow's own allocators keep some hundred MB, which other columns cannot use.
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


class Written:
    """A cleaned column in a file of its own."""

    def __init__(self, path, values):
        """Write it."""
        table = pa.Table.from_pandas(pd.DataFrame({"cells": values}, copy=False), preserve_index=False)  # fmt: skip
        with ParquetWriter(path, table.schema, compression="lz4") as file:
            file.write_table(table, row_group_size=ROWS)
        # no slice: it holds all
        self.path, self.none = path, pd.Series([], dtype=values.dtype).array
        pa.default_memory_pool().release_unused()

    def read(self):
        """The column; texts as categories, whose codes are small."""
        pa.default_memory_pool().release_unused()
        if isinstance(self.none.dtype, pd.StringDtype):
            cells = distinct(self.path, "cells")
            codes = cells.indices.fill_null(-1).to_numpy()
            return pd.Categorical.from_codes(codes, pd.Index(cells.dictionary.to_pandas()), validate=False)  # fmt: skip
        return pd.read_parquet(self.path)["cells"].array


class WrittenTable:
    """Columns that are written, used as a DataFrame is.

    Parameters
    ----------
    columns : dict of Written
    index : Index
        Numbers of the rows.
    series : str
        What stands in the column ``series``; nothing if it is empty.
    """

    def __init__(self, columns, index, series="", kept=None):
        """Note what there is."""
        self.series, self.columns, self.whole, self.attrs = series, columns, index, {}
        self.kept = np.ones(len(index), dtype=bool) if kept is None else kept
        self.index = index[self.kept]

    def __len__(self):
        """Rows."""
        return len(self.index)

    def __contains__(self, name):
        """Whether there is such a column."""
        return name in self.columns

    def __getitem__(self, names):
        """A column, or a frame of several."""
        if isinstance(names, str):
            return pd.Series(self.columns[names].read()[self.kept], index=self.index, name=names)
        made = {name: self[name] for name in names}
        return pd.DataFrame(made, index=self.index, columns=list(made), copy=False)

    def drop(self, rows):
        """The table without these rows."""
        return WrittenTable(self.columns, self.whole, self.series, self.kept & ~self.whole.isin(rows))  # fmt: skip

    def write(self, path):
        """Write all columns as one file, a group of rows after the other."""
        none = {name: one.none for name, one in self.columns.items()}
        if self.series:
            none["series"] = pd.Categorical([], categories=[self.series])
        empty = pd.DataFrame(none, index=pd.Index([], dtype="int64", name="row"))
        kind = pa.Schema.from_pandas(empty, preserve_index=True)
        notes = {**kind.metadata, b"PANDAS_ATTRS": json.dumps(self.attrs).encode()}
        files = [ParquetFile(one.path) for one in self.columns.values()]
        try:
            with ParquetWriter(path, kind.with_metadata(notes)) as made:
                for i, start in enumerate(range(0, len(self.whole), ROWS)):
                    kept = self.kept[start : start + ROWS]
                    cells = [file.read_row_group(i).column(0).combine_chunks() for file in files]
                    cells = [one.filter(pa.array(kept)) for one in cells]
                    if self.series:
                        codes = pa.array(np.zeros(kept.sum(), dtype=np.int8))
                        cells.append(pa.DictionaryArray.from_arrays(codes, [self.series]))
                    cells.append(pa.array(self.whole[start : start + ROWS][kept]))
                    made.write_table(pa.table(cells, kind.names).cast(kind))
        finally:
            for file in files:
                file.close()
