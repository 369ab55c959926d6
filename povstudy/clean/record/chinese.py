"""Cleaned tables in the words of Chinese forms: they are read, and can be cleaned again."""

import re
from functools import cache

import numpy as np

from ...base.language import in_words
from ...base.status import STATUSES as KINDS
from ..cell import words
from .codebooks import load_codebook

_LISTS = {"causes": words.CAUSES, "measures": words.MEASURES, "status": words.STATUSES,
          "monitor_type": words.MONITOR_TYPES}  # fmt: skip
_YEAR = re.compile("(.+)_((?:19|20)[0-9]{2})")


@cache
def _rules():
    return {**load_codebook("agency")["columns"], **load_codebook("register")["columns"]}


def chinese_head(name):
    """The Chinese head of a column of a register or of records; what has none is called as it is.

    Examples
    --------
    >>> from povstudy.clean.record.chinese import chinese_head
    >>> chinese_head("exit_year"), chinese_head("income_2021"), chinese_head("房屋")
    ('脱贫年度', '2021年人均纯收入', '房屋')
    """
    made, rules, found = in_words("register_head", "zh"), _rules(), _YEAR.fullmatch(str(name))
    if found and found[1] in rules:
        return f"{found[2]}年{chinese_head(found[1])}"
    return made.get(name) or (rules[name]["from"][0] if name in rules else name)


def chinese_cell(name, value):
    """A value of a column in Chinese, as forms write it.

    Examples
    --------
    >>> from povstudy.clean.record.chinese import chinese_cell
    >>> chinese_cell("cause", "illness;no_land"), chinese_cell("safe_water", True), chinese_cell("village", "a;b")
    ('因病、缺土地', '是', 'a;b')
    """
    rule = _rules().get(name, {"read": ""})
    if isinstance(value, bool | np.bool_):
        return "是" if value else "否"
    if name == "series" and value in KINDS:
        return KINDS[value][1]
    known = rule.get("values") or _LISTS.get(rule["read"])
    if not known or not isinstance(value, str):
        return value
    return "、".join(known[one][0] if one in known else one for one in value.split(";"))


def in_chinese(table):
    """A table of households or persons with Chinese heads and values, for those who read it.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.clean.households` makes it, or with some of its columns. It is not changed.

    Returns
    -------
    DataFrame
        Heads are the first that the codebook ``register`` lists, values the first words. An
        income bears its year in its head. A column that has no such head keeps its name.
    """
    made = table.copy()
    for name in {one[1] for one in map(_YEAR.fullmatch, map(str, made)) if one} & set(made):
        made = made.drop(columns=[name, f"{name}_year"], errors="ignore")  # it stands there by year
    if {"income", "income_year"} <= set(made) and made["income_year"].nunique(dropna=False) == 1:
        year = made.pop("income_year").iloc[0]
        made = made.rename(columns={"income": f"income_{year}"})
    for at, name in enumerate(made):
        column = made.iloc[:, at]
        known = {one: chinese_cell(name, one) for one in column.dropna().unique()}
        if any(one is not told for one, told in known.items()):
            made.isetitem(at, column.astype(object).map(known, na_action="ignore"))
    heads = [chinese_head(one) for one in made]
    made.columns = [name if heads.count(told) > 1 else told for name, told in zip(made, heads, strict=True)]  # fmt: skip
    return made.rename_axis(index=[chinese_head(one) for one in made.index.names])
