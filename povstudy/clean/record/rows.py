"""Rows of a raw table that are none of its records: blank ones, totals, and exact repetitions."""

import re

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from ..file.shelves import Shelf
from ..file.shelves import coded as coded_cells
from ..keys import repeated, roomy
from ..person.personal import known_only

NUMBERS = ("number", "count", "money", "percent", "year")
_TOTAL = re.compile("(?i)(?:[合总小共]计|(?:sub)?total)[:：]?(?:[(（]?[0-9,.]+[户人次]?[)）]?)?")


def coded(frame, head):
    """Number of the distinct text of each row of a column, and these texts."""
    return frame.coded(head) if isinstance(frame, Shelf) else coded_cells(frame[head])


def told_row(rows, reason, **more):
    """Part of a report on rows that were dropped, if ``more`` says nothing else."""
    return {"row": rows, "column": None, "old": None, "new": None, "action": "dropped",
            "reason": reason} | more  # fmt: skip


def filled_rows(frame, matched, shared, parts):
    """Rows that hold anything; merged cells filled down, rows of totals left out."""
    heads = {one.head: one for one in matched}
    for row, head, text in shared:
        one = heads.get(head)
        if one is None:
            continue
        if one.rule["read"] in NUMBERS:  # one number for several records is none for each
            new, action = "", "refused"
        else:
            new, action = text, "changed"
        before = str(frame.at[row, head])
        if new != before:
            if new not in frame[head].cat.categories:
                frame[head] = frame[head].cat.add_categories(new)
            frame.loc[row, head] = new
            parts.append(told_row([row], "merged_cell", column=one.name, old=known_only(before),
                              action=action, new=known_only(new) or None))  # fmt: skip
    filled, total = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    for head in frame.columns:
        codes, texts = coded(frame, head)
        some = pc.not_equal(pc.utf8_trim_whitespace(texts), "").to_numpy(zero_copy_only=False)
        filled |= np.append(some.astype(bool), False)[codes]
        if head not in heads or heads[head].rule["read"] not in NUMBERS:
            maybe = pc.indices_nonzero(pc.match_substring_regex(texts, "(?i)计|t *o *t *a *l"))
            sums = [i for i, one in zip(maybe.to_pylist(), texts.take(maybe).to_pylist(), strict=True)
                    if _TOTAL.fullmatch("".join(one.split()))]  # fmt: skip
            if sums:
                total |= np.isin(codes, sums)
    if total.any():
        parts.append(told_row(frame.index[total].to_numpy(), "total_row"))
    return frame[filled & ~total]


def without_repetitions(frame, matched, parts):
    """Drop rows that repeat another one in every column that tells anything."""
    ignored = {head for part in parts if isinstance(part["reason"], list)
               for head, why in zip(part["column"], part["reason"], strict=True) if why == "ignored"}  # fmt: skip
    codes = {one.head for one in matched if one.rule["read"] == "household_id"}
    # columns of codes first, the finest last in the codebook: they leave few rows to look at
    heads = [*[head for head in reversed(frame.columns) if head in codes],
             *[head for head in frame.columns if head not in codes | ignored]]  # fmt: skip
    rows, group = np.arange(len(frame), dtype=np.int32), np.zeros(len(frame), dtype=np.int64)
    for head in heads:
        cells = coded(frame, head)[0]
        cells = cells if len(rows) == len(cells) else cells[rows]
        many = int(cells.max(initial=0)) + 1
        group = roomy(group, many) * many
        group += cells
        alike = repeated(group)
        rows, group = rows[alike], group[alike]
        if not len(rows):
            break
    once = np.ones(len(frame), dtype=bool)
    once[rows[pd.Series(group).duplicated().to_numpy()]] = False
    if not once.all():
        parts.append(told_row(frame.index[~once].to_numpy(), "duplicate"))
    return frame[once]
