"""Rows of one key, and texts of one kind, among millions: numbers for them; no text is looked at twice."""

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow.parquet import ParquetFile


def keys(table, names):
    """A number for each row, the same where all these columns are; and where one is missing."""
    key, gone = np.zeros(len(table), dtype=np.int64), np.zeros(len(table), dtype=bool)
    for name in names:
        cells = table[name]
        known = isinstance(cells.dtype, pd.CategoricalDtype)
        codes = cells.cat.codes.to_numpy() if known else pd.factorize(cells)[0]
        gone |= codes < 0
        many = int(codes.max(initial=-1)) + 2
        key = roomy(key, many) * many
        key += codes
        key += 1
    return key, gone


def roomy(key, many):
    """The keys; numbered anew if they are too large to be taken times ``many``."""
    return pd.factorize(key)[0] if int(key.max(initial=0)) >= 2**62 // many else key


def distinct_of(key):
    """The distinct keys, in order: to sort millions takes less time and room than to hash them."""
    key = np.sort(key)
    return key[np.append(True, key[1:] != key[:-1])] if len(key) else key


def repeated(key):
    """Whether the key of each row stands at another one, too."""
    key, ordered = pd.Series(key, copy=False), np.sort(key)
    return key.isin(ordered[1:][ordered[1:] == ordered[:-1]]).to_numpy()


def nunique(table, by, what):
    """How many different values there are at the key of each row; 0 where it is missing."""
    (group, gone), (value, none) = keys(table, by), keys(table, [what])
    many = int(value.max(initial=0)) + 1
    group = roomy(group, many)
    pairs = distinct_of((group * many + value)[~(gone | none)])
    present, count = np.unique(np.append(pairs // many, -1), return_counts=True)
    at = np.minimum(np.searchsorted(present, group), len(present) - 1)
    return np.where(gone | (present[at] != group), 0, count[at])


def distinct(path, name):
    """A column of texts of a file of columns: its distinct ones, and the number of each row's."""
    parts = []
    with ParquetFile(path, read_dictionary=[name]) as file:
        for group in range(file.num_row_groups):
            parts += file.read_row_group(group, [name]).column(0).chunks
            pa.default_memory_pool().release_unused()  # tables of what was distinct, tens of MB
    kind = pa.dictionary(pa.int32(), pa.string())
    return pa.chunked_array(parts, None if parts else kind).unify_dictionaries().combine_chunks()
