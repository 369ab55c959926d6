"""Rows of a raw table that are none of its records: blank ones, totals, and exact repetitions."""

import re

import numpy as np
import pandas as pd

from ..person.personal import known_only

NUMBERS = ("number", "count", "money", "percent", "year")
_TOTAL = re.compile("(?i)(?:[合总小共]计|(?:sub)?total)[:：]?(?:[(（]?[0-9,.]+[户人次]?[)）]?)?")


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
        cells = frame[head].cat
        texts = [str(one) for one in cells.categories.to_numpy(dtype=object)]
        some = map(bool, map(str.strip, texts))
        filled |= np.array([*some, False])[cells.codes]
        if head not in heads or heads[head].rule["read"] not in NUMBERS:
            every = "\n".join(texts).lower()
            if "计" not in every and "total" not in every:
                continue  # most columns hold none, and long ones take time
            sums = [bool(_TOTAL.fullmatch("".join(one.split()))) for one in texts]
            total |= np.array([*sums, False])[cells.codes]
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
    rows, group = np.arange(len(frame)), np.zeros(len(frame), dtype=np.int64)
    for head in heads:
        cells = frame[head].cat.codes.to_numpy()[rows].astype(np.int64)
        group, _ = pd.factorize(group * (cells.max(initial=0) + 1) + cells)
        alike = np.bincount(group)[group] > 1
        rows, group = rows[alike], group[alike]
        if not len(rows):
            break
    once = np.ones(len(frame), dtype=bool)
    once[rows[pd.Series(group).duplicated().to_numpy()]] = False
    if not once.all():
        parts.append(told_row(frame.index[~once].to_numpy(), "duplicate"))
    return frame[once]
