"""Words for yes and no: one list for whatever reads such a column, in both languages."""

import unicodedata

import numpy as np
import pandas as pd

from .errors import DataError

YES = ("是", "有", "y", "yes", "true", "t", "√", "✓", "✔", "1", "1.0")
NO = ("否", "没有", "无", "不是", "n", "no", "false", "f", "×", "✗", "✘", "0", "0.0")
_LIKELY = {"满意": True, "不满意": False}  # of approval they may tell, but are asked for


def yes_or_no(values, name, also=((), ()), table="table"):
    """Answers as 1, 0 and not a number where nothing was said; what is no answer is refused.

    Parameters
    ----------
    values : Series
        True and false, 1 and 0, or words of `YES` and `NO`; of any dtype.
    name : str
        Of the column.
    also : tuple of two sequences of str
        Further words for yes and for no that this column may hold.
    table : str
        What the table is called in the remedy.

    Returns
    -------
    ndarray of float

    Raises
    ------
    DataError
        With the list of the words.

    Examples
    --------
    >>> from povstudy.base.answers import yes_or_no
    >>> yes_or_no(pd.Series(["是", "No", None, "1"]), "omitted").tolist()
    [1.0, 0.0, nan, 1.0]
    """
    yes, no = ((*ours, *theirs) for ours, theirs in zip((YES, NO), also, strict=True))
    found = pd.Series(values).astype(object)
    known = dict.fromkeys(yes, 1.0) | dict.fromkeys(no, 0.0)
    said = found[found.notna()].map(said_word)
    answers = said.map(known).astype(float)
    odd = answers.isna() & (said != "")
    if odd.any():
        at = int(np.flatnonzero(found.notna())[np.flatnonzero(odd)[0]])
        words = dict(zip(found[found.notna()][odd].map(_plain).map(repr), said[odd], strict=True))
        told = ", ".join(one for one in dict.fromkeys([*yes, *no]) if one[0] not in "01")
        pairs = ", ".join(
            f"{one}: {_LIKELY.get(word, '...')}" for one, word in list(words.items())[:8]
        )
        raise DataError(
            f"This is neither yes nor no. Read are true, false, 1, 0 and the words {told}.",
            where=f"column {name}, row {found.index[[at]].tolist()[0]}", found=_plain(found.iloc[at]),
            remedy=f"{table}[{name!r}] = {table}[{name!r}].replace({{{pairs}}})"
            "  # True or False for dots, if that is meant",
        )  # fmt: skip
    made = np.full(len(found), np.nan)
    made[found.notna().to_numpy()] = answers
    return made


def said_word(value):
    """A cell as the lists of words have it: plain signs, small letters, no blanks.

    Examples
    --------
    >>> from povstudy.base.answers import said_word
    >>> said_word(" ＹＥＳ"), said_word(True)
    ('yes', 'true')
    """
    return "".join(unicodedata.normalize("NFKC", str(value)).casefold().split())


def _plain(value):
    return getattr(value, "item", lambda: value)()
