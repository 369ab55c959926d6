"""Rows of a table of models, and what is told below it: counts, errors, kind and source of the data."""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..base.language import in_words, told, words
from ..base.rounding import MIDDLE
from ..base.status import STATUSES
from .fits import BESIDE
from .terms import code_of, pieces, text_of

_OF = ("clustered by ", "constants of ", "absorbed ")  # what names of columns follow
_WHOLE = ("n", "events", "clusters")
_MEANS = ("outcome_mean", "control_mean")
_BOTTOM = ("n", "events", "clusters", "outcome", *_MEANS, "absorbed", "r2", "pseudo_r2", "data")


class Cell(NamedTuple):
    """A cell: its text, the number in it and how a sheet shows that."""

    text: str = ""
    value: float | None = None
    format: str = ""


class Row(NamedTuple):
    """A row of the table: its kind (estimate, below, bottom), name and cells."""

    kind: str
    label: str
    cells: list


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


def _cell(value, count, mark="", brackets=False):
    """A number with so many figures behind the point."""
    text, code = f"{value:,.{count}f}", "#,##0" + "." * bool(count) + "0" * count
    if brackets:
        text, code = f"({text})", f'"("{code}")"'
    return Cell(text + mark, value, code + f'"{mark}"' * bool(mark))


def pair(group, heads, below, levels, digits, say):
    """The row of estimates of a term, and the one below."""
    scale = np.where(group["_percent"], 100.0, 1.0)
    group = group.assign(**{one: group[one] * scale for one in MIDDLE})
    count = decimals(group["estimate"], group["std_error"]) if digits is None else digits
    upper, lower = {}, {}
    for row in group.dropna(subset="estimate").to_dict("records"):
        stars = "*" * sum(row["p_value"] < one for one in levels)
        upper[row["model"]] = _cell(row["estimate"], count, stars)
        if below == "std_error" and pd.notna(row["std_error"]):
            lower[row["model"]] = _cell(row["std_error"], count, brackets=True)
        elif pd.notna(row["ci_low"]):
            ends = (f"{row[end]:,.{count}f}" for end in ("ci_low", "ci_high"))
            lower[row["model"]] = Cell(f"({say['range'].format(*ends)})")
    return [Row(kind, label, [cells.get(head, Cell()) for head in heads])
            for kind, label, cells in (("estimate", group["text"].iloc[0], upper), ("below", "", lower))]  # fmt: skip


def bottom(numbers, heads, found, say, lang, names):
    """Rows below the estimates: what is known of at least one model."""
    several, t = len({model.source.status for model in found}) > 1, words(lang)
    facts = []
    for head, model in zip(heads, found, strict=True):
        rows, one = numbers[numbers["model"] == head], dict(model.below)
        for name in BESIDE:
            if name in rows and rows[name].nunique() == 1:
                one.setdefault(name, rows[name].dropna().iloc[0])
        n = rows["n"].dropna()
        one["n"] = None if n.empty else n.iloc[0] if n.nunique() == 1 else (n.min(), n.max())
        if one.get("outcome") is not None:
            text = text_of(one["outcome"], pieces(one["outcome"]), lang, names)
            one["outcome"] = text + (f" ({one['unit']})" if one.get("unit") else "")
        if one.get("absorbed"):
            every = str(one["absorbed"]).split("+")
            one["absorbed"] = t(", ", "、").join(told(x.strip(), lang, names) for x in every)
        if several:
            one["data"] = t(*STATUSES.get(model.source.status, ("not stated", "未注明")))
        facts.append(one)
    return [Row("bottom", say[code], [_fact(code, one.get(code), say) for one in facts])
            for code in _BOTTOM if any(one.get(code) is not None for one in facts)]  # fmt: skip


def _fact(code, one, say):
    """What is known of a model as a cell: a text, a number, or from where to where."""
    if one is None or isinstance(one, str):
        return Cell(one or "")
    if isinstance(one, tuple):
        return Cell(say["range"].format(*(f"{x:,.0f}" for x in one)))
    return _cell(one, 0 if code in _WHOLE else min(3, decimals([one], [])) if code in _MEANS else 3)


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


def _shared(heads, texts, lang):
    """Each text once, with the heads that it holds for unless it holds for all."""
    t, shared = words(lang), {}
    for head, text in zip(heads, texts, strict=True):
        if text:
            shared.setdefault(text, []).append(head)
    return [text if len(of) == len(heads) else t(", ", "、").join(of) + t(": ", "：") + text
            for text, of in shared.items()]  # fmt: skip


def notes(numbers, heads, found, below, levels, say, lang, names):
    """What the reader has to know: brackets, errors, ratios, stars, references, data."""
    t, made = words(lang), []
    join = t("; ", "；").join
    each = lambda texts: join(_shared(heads, texts, lang))  # noqa: E731
    level = each([f"{100 * model.level:g}%" for model in found])
    errors = below == "std_error" and numbers["std_error"].notna().any()
    ends = numbers.loc[numbers["estimate"].notna() & numbers["ci_low"].notna()]
    if errors:
        made.append(say["errors_below"])
    elif len(ends):
        made.append(say["intervals_below"].format(level))
    if errors and ends["std_error"].isna().any():
        made.append(say["gaps"].format(level))
    if how := each([method_in_words(model.method, lang, names) for model in found]):
        made.append(say["method"].format(how))
    ratios = [model for model in found if model.ratio]
    if ratios:
        scale = [say[model.ratio or "coefficient"] if model.ratio or model.exponent else "" for model in found]  # fmt: skip
        made.append(say["scale"].format(each(scale)))
    if errors and any(model.rows["std_error"].notna().any() for model in ratios):
        made.append(say["delta"])
    if any(model.left for model in ratios):
        made.append(say["left"])
    if levels:
        made.append(
            join(f"{'*' * at} p < {one:g}" for at, one in enumerate(levels, 1)) + t(".", "。")
        )
        if numbers.loc[numbers["estimate"].notna(), "p_value"].isna().any():
            made.append(say["no_p"])
    against = (
        numbers[numbers["_reference"] != ""].groupby("_variable", sort=False)["_reference"].unique()
    )
    if one := [text_of(code_of([pair]), [pair], lang, names)
               for pair in ((name, of[0]) for name, of in against.items() if len(of) == 1)]:  # fmt: skip
        made.append(say["reference"].format(join(one)))
    return made + _shared(heads, [model.source.line(lang) for model in found], lang)
