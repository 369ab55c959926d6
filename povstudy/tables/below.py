"""Rows of a table of models, and what is told below it: counts, errors, kind and source of the data."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base.language import in_words, told, words
from ..base.status import STATUSES, Source
from .fits import BESIDE
from .terms import text_of

_OF = ("clustered by ", "constants of ", "absorbed ")  # what names of columns follow
_WHOLE = ("n", "events", "clusters")
_MEANS = ("outcome_mean", "control_mean")
_BOTTOM = ("n", "events", "clusters", "outcome", *_MEANS, "absorbed", "r2", "pseudo_r2", "data")


@dataclass(frozen=True)
class Row:
    """A row of the table: its kind (estimate, below, bottom), name, texts, numbers and formats."""

    kind: str
    label: str
    texts: tuple
    values: tuple
    formats: tuple


def decimals(values, errors):
    """Figures behind the point: two of the smallest error, else three of the smallest value.

    Examples
    --------
    >>> from povstudy.tables.below import decimals
    >>> decimals([0.0654910], [0.0348852]), decimals([1786.8], [662.4]), decimals([0.5], [None])
    (3, 0, 3)
    """
    for figures, numbers in ((2, errors), (3, values)):
        size = np.abs(np.asarray(numbers, dtype=float))
        size = size[np.isfinite(size) & (size > 1e-12)]
        if len(size):
            return int(np.clip(figures - 1 - np.floor(np.log10(size.min())), 0, 9))
    return 3


def _format(count):
    """How a sheet shows a number with so many figures behind the point."""
    return "#,##0" + ("." + "0" * count if count else "")


def pair(group, heads, below, levels, digits, say):
    """The row of estimates of a term, and the one below."""
    scale = np.where(group["percent"], 100.0, 1.0)
    held = group.assign(
        **{one: group[one] * scale for one in ("estimate", "std_error", "ci_low", "ci_high")}
    )
    count = decimals(held["estimate"], held["std_error"]) if digits is None else digits
    shown = f"{{:,.{count}f}}".format
    code = _format(count)
    upper, lower = ([], [], []), ([], [], [])
    by_head = {row["model"]: row for row in held.to_dict("records")}
    for head in heads:
        row = by_head.get(head)
        cells = [("", None, "")] * 2
        if row is not None and pd.notna(row["estimate"]):
            mark = "*" * sum(row["p_value"] < one for one in levels)
            cells = [(shown(row["estimate"]) + mark, row["estimate"], code + (f'"{mark}"' if mark else "")),
                     ("", None, "")]  # fmt: skip
            if below == "std_error" and pd.notna(row["std_error"]):
                cells[1] = (f"({shown(row['std_error'])})", row["std_error"], f'"("{code}")"')
            elif pd.notna(row["ci_low"]):
                ends = say["range"].format(shown(row["ci_low"]), shown(row["ci_high"]))
                cells[1] = (f"({ends})", None, "")
        for row, cell in zip((upper, lower), cells, strict=True):
            for held_by, one in zip(row, cell, strict=True):
                held_by.append(one)
    label = group["text"].iloc[0]
    return (Row("estimate", label, *map(tuple, upper)), Row("below", "", *map(tuple, lower)))


def bottom(numbers, heads, found, say, lang, names):
    """Rows below the estimates: what is known of at least one model."""
    facts, kinds = [], {model.status for model in found}
    for head, model in zip(heads, found, strict=True):
        rows = numbers[numbers["model"] == head]
        n = rows["n"].dropna().unique()
        one = dict(model.below)
        for name in BESIDE:
            if name in rows and rows[name].nunique() == 1:
                one.setdefault(name, rows[name].dropna().iloc[0])
        one["n"] = (n.min(), n.max()) if len(n) > 1 else n[0] if len(n) else None
        outcome = one.get("outcome")
        if outcome is not None:
            unit = one.get("unit")
            one["outcome"] = told(outcome, lang, names) + (f" ({unit})" if unit else "")
        if one.get("absorbed"):
            one["absorbed"] = words(lang)(", ", "、").join(
                told(x.strip(), lang, names) for x in str(one["absorbed"]).split("+"))  # fmt: skip
        if len(kinds) > 1:
            one["data"] = kind_in_words(model.status, lang)
        facts.append(one)
    rows = []
    for code in _BOTTOM:
        held = [one.get(code) for one in facts]
        if all(one is None for one in held):
            continue
        texts, values, formats = [], [], []
        for one in held:
            number = one is not None and not isinstance(one, str | tuple)
            count = 0 if code in _WHOLE else min(3, decimals([one], [])) if code in _MEANS else 3
            shown = f"{{:,.{count}f}}".format
            if number or isinstance(one, tuple):
                text = shown(one) if number else say["range"].format(*map(shown, one))
            else:
                text = one or ""
            texts.append(text)
            values.append(one if number else None)
            formats.append(_format(count) if number else "")
        rows.append(Row("bottom", say[code], tuple(texts), tuple(values), tuple(formats)))
    return rows


def kind_in_words(status, lang):
    """The kind of data in words; what nobody stated is said to be so."""
    return words(lang)(*STATUSES.get(status, ("not stated", "未注明")))


def method_in_words(method, lang, names=None):
    """How errors were made, in words: the pieces of `method`, each by itself.

    Examples
    --------
    >>> from povstudy.tables.below import method_in_words
    >>> method_in_words("OLS, clustered by village", "zh")
    'OLS，按village聚类'
    """
    t, known = words(lang), in_words("model_method", lang)
    made = []
    for piece in re.split(r", (?![^()]*\))", method):
        start, _, formula = piece.partition(": ")
        first = next((one for one in _OF if start.startswith(one)), None)
        kind, by, unit = start.partition(" by ")
        if first:
            text = known[first.strip()].format(told(start.removeprefix(first), lang, names))
        elif by:
            text = known["by"].format(told(unit, lang, names), known.get(kind, kind))
        else:
            text = known.get(start, start)
        made.append(text + (t(" ", "") + known["formula"].format(formula) if formula else ""))
    return t(", ", "，").join(made)


def _told_by(heads, texts, lang):
    """One text if it is that of all models; else each with the heads it holds for."""
    t, shared = words(lang), {}
    for head, text in zip(heads, texts, strict=True):
        if text:
            shared.setdefault(text, []).append(head)
    if len(shared) == 1 and len(next(iter(shared.values()))) == len(heads):
        return next(iter(shared))
    return t("; ", "；").join(
        t(", ", "、").join(of) + t(": ", "：") + text for text, of in shared.items())  # fmt: skip


def notes(numbers, heads, found, below, levels, say, lang, names):
    """What the reader has to know: brackets, errors, ratios, stars, references, data."""
    made, t = [], words(lang)
    level = _told_by(heads, [f"{100 * model.level:g}%" for model in found], lang)
    errors = below == "std_error" and numbers["std_error"].notna().any()
    gaps = numbers.loc[numbers["estimate"].notna() & numbers["ci_low"].notna(), "std_error"].isna()
    made.append(say["errors_below" if errors else "intervals_below"].format(level))
    if errors and gaps.any():
        made.append(say["gaps"].format(level))
    how = _told_by(heads, [method_in_words(model.method, lang, names) for model in found], lang)
    made += [say["method"].format(how)] if how else []
    if any(model.ratio for model in found):
        scale = _told_by(heads, [say[model.ratio or "coefficient"] for model in found], lang)
        made.append(say["scale"].format(scale))
        made += (
            [say["delta"]]
            if errors and any(m.ratio and m.rows["std_error"].notna().any() for m in found)
            else []
        )
    gone = [bool(model.ratio and model.left) for model in found]
    made += [say["left"]] if any(gone) else []
    if levels:
        made.append(t("; ", "；").join(
            f"{'*' * (at + 1)} p < {one:g}" for at, one in enumerate(levels)) + t(".", "。"))  # fmt: skip
    against = {
        parts[0][0]: one
        for parts, one in zip(numbers["parts"], numbers["reference"], strict=True)
        if one
    }
    against = {name: one for name, one in against.items()
               if numbers.loc[[parts[0][0] == name for parts in numbers["parts"]], "reference"].replace("", np.nan).nunique() == 1}  # fmt: skip
    if against:
        each = [text_of("", [(name, one)], lang, names) for name, one in against.items()]
        made.append(say["reference"].format(t("; ", "；").join(each)))
    lines = [_line(model, lang) for model in found]
    for line in dict.fromkeys(lines):
        of = [head for head, one in zip(heads, lines, strict=True) if one == line]
        made.append(
            line if len(of) == len(heads) else t(", ", "、").join(of) + t(": ", "：") + line
        )
    return made


def _line(model, lang):
    """The line on the data of a model: their source, or their kind, or that nobody stated it."""
    held = model.source or Source("", "")
    return Source(model.status or held.status, held.text, held.text_zh).line(lang)
