"""Columns of survey files: codes with labels become values, and codes of no answer missing."""

import re
from collections.abc import Hashable
from dataclasses import replace

import numpy as np
import pandas as pd

from ..cell.amounts import SCALES, YUAN
from ..cell.cell import plain
from ..cell.columns import factorize
from ..file.surveys import no_answers
from ..file.texts import text_of
from ..person.personal import known_only
from ..record.readings import read_cells, typed
from .books import code_text

_NUMBERS = ("number", "money", "count", "year")
_WHOLE = ("count", "year")


def read_column(one, columns, missing, rows, codes_of, quiet=False, comma=False):
    """Read a column of a survey file.

    Parameters
    ----------
    one : Column
        What the column is.
    columns : list of tuple
        Values as stored, labels of their codes, and ends of the codes that the file declares
        missing; of several columns the texts are put together.
    missing : dict
        Codes of no answer as texts, with what they mean.
    rows : Index
        Numbers of the rows in the file.
    codes_of : dict
        What stands for an identifier in a report.
    quiet : bool
        Tell nothing.
    comma : bool
        A comma in a text is a decimal point: 12,5 and 250,000 are 12.5 and 250.

    Returns
    -------
    values : array
    parts : list of dict
        For the report.
    """
    if len(columns) > 1:
        columns = [(_pasted(columns, missing), {}, ())]
    values, labels, ranges = columns[0]
    codes, distinct, known = _distinct(values)
    kind = one.rule["read"]
    as_is = _pointed(distinct) if comma and kind in (*_NUMBERS, "percent") else distinct
    gone = _gone(as_is, known, labels, ranges, missing)
    kept = np.array([i for i in np.flatnonzero(known) if i not in gone], dtype=int)
    value = np.full(len(distinct) + 1, None, dtype=object)
    refused = np.full(len(distinct), "", dtype=object)
    x = _numbers(as_is[kept]) if kind in (*_NUMBERS, "household_id") else None
    if x is not None and kind in _NUMBERS:
        value[kept], refused[kept] = _counted(one.rule, x)
    elif x is not None and ((x >= 0) & (x < 2**53) & (x % 1 == 0)).all() and not isinstance([*distinct[kept], 0][0], str):  # fmt: skip
        value[kept] = [str(int(number)) for number in x]
    else:
        texts = [_text(as_is[i], labels, one.rule) for i in kept]
        if kind == "yes_no" and not {str(one.rule.get(code)) for code in ("yes", "no")} & set(texts):  # fmt: skip
            words = {code: text for code, text in one.rule.items() if code not in ("yes", "no")}
            one = replace(one, rule=words)  # 是 and 否 instead of codes
        codes_of_texts, every = pd.factorize(np.array(texts, dtype=object))
        found = read_cells(one, pd.Index(every, dtype=object), [])
        told = found[["value", "refused", "missing"]].to_numpy(dtype=object)[codes_of_texts]
        value[kept], refused[kept] = told[:, 0], told[:, 1]
        gone |= {i: (why, "") for i, why in zip(kept, told[:, 2], strict=True) if why}
    made = typed(one, pd.Series(value, dtype=object), codes)
    parts = []
    if not quiet:
        shown = {i: code_text(_bare(distinct[i])) for i in gone}
        shown = {i: f"{label} ({shown[i]})" if label else shown[i] for i, (_, label) in gone.items()}  # fmt: skip
        why = np.array([gone.get(i, ("",))[0] for i in range(len(distinct))], dtype=object)
        parts += _told(one, "missing", why, codes, rows, shown)
        shown = {i: codes_of[str(distinct[i])] if kind == "household_id" else known_only(text_of(distinct[i]))
                 for i in np.flatnonzero(refused != "")}  # fmt: skip
        parts += _told(one, "refused", refused, codes, rows, shown)
    return made.get(one.name, next(iter(made.values()))), parts


def _distinct(values):
    """Codes of values, the distinct ones (lists as texts), and which of them are there at all."""
    codes, found = factorize(values)
    distinct = np.full(len(found), None, dtype=object)
    distinct[:] = [one if isinstance(one, Hashable) else str(one) for one in found]
    blank = np.array([isinstance(one, str) and not one.strip() for one in distinct], dtype=bool)
    return codes, distinct, ~(blank | pd.isna(distinct))


def _told(one, action, reasons, codes, rows, shown):
    """The part of a report on the cells of a column for which there is a reason."""
    at = np.flatnonzero((reasons != "")[codes])
    if not len(at):
        return []
    which = codes[at]
    return [{"row": rows[at].to_numpy(), "column": pd.Categorical([one.name] * len(at)), "new": None,
             "old": [shown[i] for i in which], "action": pd.Categorical([action] * len(at)),
             "reason": pd.Categorical(reasons[which])}]  # fmt: skip


def _gone(distinct, known, labels, ranges, missing):
    """Which distinct values are no answers: why, and what the code means."""
    at = {_bare(one): i for i, one in enumerate(distinct) if known[i]}
    own = {at[form]: text for code, text in missing.items() for form in _forms(code) if form in at}
    looked = set(own) | {at[code] for code in labels if code in at}
    x = pd.to_numeric(pd.Series(distinct, dtype=object).where(known), errors="coerce").to_numpy(float) \
        if ranges else None  # fmt: skip
    for low, high in ranges:
        if isinstance(low, str):
            looked |= {at[low]} if low in at else set()
        else:
            looked |= set(np.flatnonzero((x >= low) & (x <= high)).tolist())
    some = {i: distinct[i] for i in sorted(looked)}
    meant = {some[i]: text for i, text in own.items()} | labels
    found = no_answers(
        pd.Series(list(some.values()), dtype=object), {one: plain(text) for one, text in meant.items()},
        [*ranges, *((some[i], some[i]) for i in own)],
    )  # fmt: skip
    return {i: (found[one], meant.get(one, "")) for i, one in some.items() if one in found}


def _forms(code):
    """A code as a text and, if it is one, as a number."""
    try:
        return code, float(code)
    except ValueError:
        return (code,)


def _bare(one):
    """A code of a text file without the nought behind its point: -8.0 is -8."""
    if not isinstance(one, str):
        return one
    return re.sub(r"(?<=[0-9])\.0+$", "", one.strip())


def _text(raw, labels, rule):
    """What a code says: its label where the codebook knows it or wants no number, else the code."""
    code, label = text_of(_bare(raw)), labels.get(raw)
    kind = rule["read"]
    if kind == "category" or (kind == "yes_no" and "yes" in rule):
        listed = {_word(one) for texts in rule.get("values", {}).values() for one in texts}
        stem = re.match(
            r"(-?[0-9]+)[.:、]\s*[^\W\d_]{2}", code
        )  # 0.Urban: the label in a text file
        every = (label, code, stem and stem[1])
        return next((one for one in every if one and _word(one) in listed), code)
    return code if label is None or kind in (*_NUMBERS, "percent", "household_id") else label


def _word(text):
    return "".join(plain(text).split())


def _pointed(values):
    """Values with a point for the comma of a number: 12,5 is 12.5."""
    return np.array([re.sub(r"^\s*([+-]?[0-9]*),([0-9]+)\s*$", r"\1.\2", one) if isinstance(one, str) else one
                     for one in values], dtype=object)  # fmt: skip


def _numbers(values):
    """Values as numbers, if all of them are such; texts of plain figures too."""
    if any(isinstance(one, bool | np.bool_) for one in values):
        return None
    x = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce").to_numpy(dtype=float)
    odd = np.isnan(x).any() or any(isinstance(one, str) and "_" in one for one in values)
    return None if odd else x


def _counted(rule, x):
    """Numbers in the unit of the codebook, and why some cannot be."""
    kind, unit = rule["read"], rule.get("unit", "")
    if kind == "money":
        x = x * YUAN[unit]
    elif kind == "count":
        x = x * next(size for prefix, size in reversed(SCALES.items()) if unit.startswith(prefix))
    bad = ~((x >= rule.get("min", -np.inf)) & (x <= rule.get("max", np.inf)) & (np.abs(x) < 2**53))
    why = np.where(bad, "out_of_range", "").astype(object)
    if kind in _WHOLE:
        why[(x != np.floor(x)) | (x < 0)] = "not_a_count" if kind == "count" else "corrupt_year"
        x = np.array([int(one) for one in np.where(why == "", x, 0)], dtype=object)
    return np.where(why == "", x.astype(object), None), why


def _pasted(columns, missing):
    """Texts of several columns put together; where one is missing or no answer, so is the whole."""
    made = None
    for values, labels, ranges in columns:
        codes, distinct, known = _distinct(values)
        gone = _gone(distinct, known, labels, ranges, missing)
        texts = pd.Series([_bare(text_of(one)) if known[i] and i not in gone else None
                           for i, one in enumerate(distinct)], dtype=object).to_numpy()[codes]  # fmt: skip
        made = texts if made is None else [
            None if one is None or two is None else f"{one}-{two}" for one, two in zip(made, texts, strict=True)
        ]  # fmt: skip
    return pd.Series(made, dtype=object)
