"""What a column of ends says: which rows were censored, and what ended the others.

One list of words for every function that reads such a column, in both languages and any dtype.
"""

import re
import unicodedata
from collections.abc import Hashable
from numbers import Real

import numpy as np
import pandas as pd

from .errors import DataError

CENSORED = (
    "", "0", "false", "f", "no", "n", "none", "nothing", "censored", "censor", "censoring", "cens",
    "right censored", "administratively censored", "no event", "event free", "not ended",
    "still out", "still poor", "alive", "survived", "lost to follow up", "lost", "end of study",
    "end of follow up", "administrative",
    "否", "无", "没有", "假", "删失", "右删失", "截尾", "右截尾", "截断", "失访", "失联", "未返贫", "没有返贫",
    "未脱贫", "未发生", "未结束", "未出现", "存活",
)  # fmt: skip
MARKS = ("1", "true", "t", "yes", "y", "event", "ended", "end", "uncensored", "observed",
         "是", "有", "真", "发生", "已发生", "结束", "已结束", "未删失")  # fmt: skip
CAUSES = (
    "relapse", "relapsed", "fell back", "fallen back", "fall", "fell", "poor", "poor again", "back",
    "exit", "left", "illness", "ill", "sickness", "accident", "disability", "disaster", "death",
    "died", "dead", "moved", "moved away", "moved out", "migration", "migrated", "job lost",
    "lost job", "lost work", "work", "unemployment", "schooling", "progression",
    "返贫", "再贫", "脱贫", "退出", "因病", "因灾", "因学", "因残", "因病返贫", "因灾返贫", "疾病", "患病", "灾害",
    "残疾", "死亡", "去世", "迁出", "搬迁", "迁移", "失业", "务工",
)  # fmt: skip
_MOST = 20  # causes that are told by number; 88 and 99 are codes of what is not known
# What denies an end, or tells that it is not known, and is on no list.
_ODD = re.compile(
    r"(?:not?|non|never|still|without|cens|na|n/a|n a|nan|null|missing|unknown|unclear|dk|lost to|"
    r"dropped|drop ?out|attrition|withdrawn|withdrew)\b|\?|未|没|無|无|不|仍|尚|非|缺失|"
    r".*(?:censor|study|follow|survey|panel|interview|随访|调查|删失|截尾|失访)"
)


def ends_of(values, name="event", place=None):
    """Cause of each value of a column of ends, and the names of the causes.

    Parameters
    ----------
    values : Series
        True and false; 0 for censored and 1 (or 1, 2, ... for several causes); or words, those of
        `CENSORED` and `MARKS` in any case, else what ended it. Of any dtype.
    name : str
        Of the column: the name of the cause where marks tell of one alone.
    place : callable, optional
        Name of a row, for people.

    Returns
    -------
    codes : ndarray of int
        Place of the cause among the names; -1: nothing ended.
    causes : list of str
        In order. Numbers are told as text.

    Raises
    ------
    DataError
        If a value is missing, a number is no cause, or a word is on no list: one that denies an
        end, one beside plain marks, or any where no row is marked as censored.

    Examples
    --------
    >>> import pandas as pd
    >>> from povstudy.base.ends import ends_of
    >>> codes, causes = ends_of(pd.Series(["illness", "Censored", "moved", "删失"]))
    >>> codes.tolist(), causes
    ([0, -1, 1, -1], ['illness', 'moved'])
    >>> ends_of(pd.Series([0, 1, 1], dtype=object))[0].tolist()
    [-1, 0, 0]
    """
    values = pd.Series(values)
    if values.dtype == bool:
        return values.to_numpy().astype(np.int64) - 1, [name]
    try:
        code, kinds = pd.factorize(values)
    except TypeError:
        some = (isinstance(one, tuple) or not isinstance(one, Hashable) for one in values)
        at = next(i for i, wrong in enumerate(some) if wrong)
        one = values.iloc[at]
        raise DataError("Lists and records mark no ends.",
                        where=f"column {name}" + ("" if place is None else f", {place(at)}"), found=repr(one)[:80],
                        remedy=f"table[{name!r}] = table[{name!r}].str.get({next(iter(one), 0)!r})"
                        if isinstance(one, dict) else
                        f"table[{name!r}] = table[{name!r}].str[0]  # the first of each") from None  # fmt: skip

    def refuse(problem, wrong, remedy=None):
        at = int(np.flatnonzero(wrong)[0])
        where = f"column {name}" + ("" if place is None else f", {place(at)}")
        raise DataError(problem, where=where, found=repr(_plain(values.iloc[at])),
                        remedy=remedy or f"table[{name!r}] = table[{name!r}].astype(object).replace("
                        f"{{{_plain(values.iloc[at])!r}: {'censored' if any(words) else 0!r}}})"
                        "  # if nothing ended there")  # fmt: skip

    if (code < 0).any():
        refuse(f"{(code < 0).sum():,} rows have no {name}: whether they ended is not known.", code < 0,
               f'table = table[table[{name!r}].notna()]  # or fill it in: "censored"')  # fmt: skip
    words = [isinstance(one, str) for one in kinds]
    if any(words) and not all(words):
        refuse("A column of ends holds words alone, or numbers alone.", ~np.array(words)[code],
               f"table[{name!r}] = table[{name!r}].astype(str)")  # fmt: skip
    plain = [_said(one) if text else _number(one) for one, text in zip(kinds, words, strict=True)]
    numbers = {int(one) for one in plain if one.isdigit()}
    ended = np.array([one not in CENSORED for one in plain], dtype=bool)
    own = np.array([one not in CENSORED + MARKS and not one.isdigit() for one in plain], dtype=bool)
    odd = own & np.array([_odd(one) for one in plain], dtype=bool)
    odd |= np.array([one.isdigit() and int(one) > _MOST for one in plain], dtype=bool)
    if (ended & ~own).any():  # marks: words of its own beside them are none of these
        odd |= own
    elif ended.all():  # no row is told as censored
        odd |= own & np.array([one not in CAUSES for one in plain], dtype=bool)
    if odd.any():
        refuse(f"It is not known whether this value marks an end. {_LIST}", odd[code])
    if ended.all() and max(numbers, default=0) == 2:
        refuse("The column is 1 or 2, nowhere 0: 1 may stand for censored, or for a cause.",
               np.ones(len(code), dtype=bool),
               f"table[{name!r}] = table[{name!r}].astype(int) - 1  # if 1 is censored")  # fmt: skip
    several = max(numbers, default=0) > 1
    named = [
        said if several and said.isdigit() else name if said in MARKS else kind
        for kind, said in zip(kinds, plain, strict=True)
    ]
    found = {one for one, end in zip(named, ended, strict=True) if end}
    causes = sorted(found, key=(lambda one: (len(one), one)) if several else None)
    places = [causes.index(one) if end else -1 for one, end in zip(named, ended, strict=True)]
    causes = causes or ([] if any(words) else [name])
    return np.array(places, dtype=np.int64)[code], causes


def ended_where(values, kept):
    """A column of ends, with nothing ended where rows are not kept; in its own kind.

    Examples
    --------
    >>> from povstudy.base.ends import ended_where
    >>> ended_where(pd.Series([0, 2, 1]), [True, True, False]).tolist()
    [0, 2, 0]
    >>> ended_where(pd.Series([True, True], dtype="boolean"), [True, False]).tolist()
    [True, False]
    """
    values, kept = pd.Series(values), np.asarray(kept, dtype=bool)
    ends_of(values)
    values = values.astype(object).infer_objects() if values.dtype == object or isinstance(
        values.dtype, pd.CategoricalDtype) else values  # fmt: skip
    if pd.api.types.is_bool_dtype(values):
        return values.where(kept, False)
    if pd.api.types.is_numeric_dtype(values):
        return values.where(kept, values.dtype.type(0) if isinstance(values.dtype, np.dtype) else 0)
    return values.astype(object).where(kept, "")


def cause_of(cause, causes):
    """Place of a cause that was asked for, as a word or a number; -1 where there is none."""
    asked = _number(cause) if isinstance(cause, Real) else str(cause)
    return causes.index(asked) if asked in causes else -1


def _plain(value):
    return getattr(value, "item", lambda: value)()


def _said(word):
    """A word as the lists have it: small letters, one blank, no signs; whole numbers as such."""
    said = unicodedata.normalize("NFKC", word).casefold()
    said = " ".join(re.sub(r"[_\-–.。]+(?!\d)", " ", said).split()).strip("'\"()[]")
    if not said and word.strip():
        return "?"
    try:
        return _number(float(said)) if re.fullmatch(r"[+-]?\d+(\.\d*)?", said) else said
    except ValueError:
        return said


def _number(value):
    """A number as text: whole ones from 0 on; "?" where it is none of them."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return "?"
    return str(int(number)) if number >= 0 and number == np.floor(number) < 1e9 else "?"


def _odd(said):
    return said not in CAUSES and _ODD.match(said) is not None


_LIST = (
    "Nothing ended: blank, false, 0, or one of "
    + ", ".join(one for one in CENSORED if len(one) > 1)
    + ", 否, 无, 假; ended: true, 1 (causes: 1, 2, ...), or one of "
    + ", ".join(one for one in MARKS if len(one) > 1)
    + ", 是, 有, 真, or a cause beside one of these for nothing ended."
)
