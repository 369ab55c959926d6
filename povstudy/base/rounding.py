"""How numbers are rounded where they are shown: the one rule of tables, results and notebooks.

Numbers themselves are never rounded: what comes from here are texts.
"""

import numpy as np
import pandas as pd

from .language import in_percent, in_words, told

MIDDLE = ("estimate", "std_error", "ci_low", "ci_high")
_UNSAID = ("population", "df", "method", "data_status")  # of estimates, where they are shown
_NO_KEYS = ("verdict", "reasons")


def keys_of(table):
    """Columns that tell rows of a table of estimates apart: all before the estimate.

    Parameters
    ----------
    table : DataFrame
        As `Estimates.tidy` gives it.

    Returns
    -------
    list of str
        With ``method`` where rows differ in nothing else.
    """
    columns = list(table.columns)
    keys = [one for one in columns[: columns.index("estimate")] if one not in _NO_KEYS]
    alike = "method" in columns and table.duplicated(keys).any()
    return [*keys, "method"] if alike else keys


def digits_of(value, percent=False):
    """Digits after the point: one of percent and thousands, two from 1 on, four below.

    Examples
    --------
    >>> from povstudy.base.rounding import digits_of
    >>> [digits_of(one) for one in (2300, -12.5, 0.31)], digits_of(0.31, percent=True)
    ([1, 2, 4], 1)
    """
    return 1 if percent or abs(value) >= 1000 else 2 if abs(value) >= 1 else 4


def short(value):
    """A number in a sentence: whole from 100 on, three figures below."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def number(value, digits):
    """A number as it is shown; blank where it is missing."""
    return "" if pd.isna(value) else f"{value:,.{digits}f}"


def estimates_shown(table, say, lang, names=None):
    """Rows of estimates as texts: percent where that is usual, few digits.

    Parameters
    ----------
    table : DataFrame
        As `Estimates.tidy` gives it.
    say : dict
        Heads, as the list ``estimates_table`` of ``words.csv`` has them.
    lang : {"en", "zh"}
        Language of the words.
    names : dict, optional
        For a column or value of the domains, or a term, its text or its texts in English and
        Chinese.

    Returns
    -------
    list of dict
    """
    keys = [one for one in keys_of(table) if one != "term"]
    of_values = {one: text for one, text in (names or {}).items() if one not in keys}
    interval = say["interval"].format(f"{100 * table.attrs.get('level', 0.95):g}")
    rows = []
    for row in table.to_dict("records"):
        percent = in_percent(row.get("term"))
        scale, digits = 100 if percent else 1, digits_of(row["estimate"], percent)
        text = lambda x, digits=digits, scale=scale: number(scale * x, digits)  # noqa: E731
        made = {}
        if "term" in row:
            measure = told(row["term"], lang, names)
            made[say["measure"]] = say["percent"].format(measure) if percent else measure
        for one in keys:
            head = told(one, lang, names)
            head += f" ({one})" if head in made else ""  # of an index, 指标 is two things
            made[head] = told(row[one], lang, of_values, ["value"])
        made[say["estimate"]] = text(row["estimate"])
        if "std_error" in row:
            made[say["standard_error"]] = number(scale * row["std_error"], digits + 1)
        if "ci_low" in row:
            ends = text(row["ci_low"]), text(row["ci_high"])
            made[interval] = say["range"].format(*ends) if any(ends) else ""
        if "n" in row:
            made[say["rows"]] = number(row["n"], 0)
        rows.append(made)
    return rows


def shown(table, lang, names=None):
    """A table as texts with heads in words: of estimates, or any other.

    Parameters
    ----------
    table : DataFrame
        Tidy estimates, or what a result tells besides.
    lang, names
        As of `estimates_shown`.

    Returns
    -------
    DataFrame
        Of texts. Of estimates ``population``, ``df``, ``method`` and ``data_status`` are left out.

    Examples
    --------
    >>> import pandas as pd
    >>> from povstudy.base.rounding import shown
    >>> shown(pd.DataFrame({"approach": ["social_work"], "risk": [0.12345]}), "en").values.tolist()
    [['social work', '0.1235']]
    """
    say, heads = in_words("shown", lang), in_words("printed", lang)

    def head(one):
        if one in (names or {}):
            return told(one, lang, names)
        return heads.get(one) or told(one, lang).replace("_", " ")

    if "estimate" not in table:
        rest = [one for one in table if one != "data_status"]
        return pd.DataFrame(dict(zip(_apart(map(head, rest)),
                                     (_cells(table[one], lang, names) for one in rest),
                                     strict=True)), index=range(len(table)))  # fmt: skip
    first = pd.DataFrame(estimates_shown(table, say, lang, names), index=range(len(table)))
    first.columns = [one.replace("_", " ") for one in first.columns]
    passed = {*MIDDLE, *_UNSAID, "n", *keys_of(table)}
    for one in table:
        if one not in passed:
            first.insert(first.shape[1] - ("n" in table), head(one), _cells(table[one], lang, names, ","),
                         allow_duplicates=True)  # fmt: skip
    return first


def _apart(heads):
    """Heads, none of them twice."""
    made = []
    for one in heads:
        made.append(one if one not in made else f"{one} ({len(made) + 1})")
    return made


def _cells(column, lang, names, whole=""):
    """Cells of a column as texts: all with the same digits."""
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return [told(one, lang, names, ["value"]) if pd.api.types.is_scalar(one) else str(one)
                for one in column]  # fmt: skip
    if str(column.name).startswith("p_"):
        return ["" if pd.isna(one) else "<0.001" if one < 0.001 else f"{one:.3f}" for one in column]
    values = column.to_numpy(dtype=float, na_value=np.nan)
    known = values[np.isfinite(values)]
    if not (known % 1).any():
        return ["" if np.isnan(one) else f"{one:{whole}.0f}" for one in values]
    digits = digits_of(np.abs(known).max())
    return [number(one, digits) for one in values]
