"""Errors in Chinese, as they are shown where ``POVSTUDY_LANG`` is ``zh``: ``errors.csv``.

Errors are raised in English, and what a program reads of them stays so. When one is shown, its
sentence is looked up among the templates of the catalogue, whose holes stand for names and
numbers: where one fits, the error is told in Chinese, with the same names and numbers.

Parses on Python 3.8 and needs the standard library alone: the set-up uses it.
"""

import csv
import re
from functools import lru_cache
from pathlib import Path
from string import Formatter

_LABELS = (("where", "位置"), ("found", "发现"), ("remedy", "办法"))
_CELL = re.compile(r"\brow\b|\bhousehold\b")  # what is found there was written by the user
_NO_BLANK = ("argument", "count", "function", "kind")  # holes for one word
_NEXT = re.compile(r"(?<=[.?]) ")
_COMMENT = "  # "


@lru_cache(maxsize=None)  # noqa: UP033  Python 3.8
def catalogue(part):
    """Templates of one part of an error, those with the most letters of their own first.

    Parameters
    ----------
    part : {"sentence", "where", "found", "remedy", "word"}

    Returns
    -------
    list of tuple
        The letters around the holes, the names of the holes, the Chinese.

    Examples
    --------
    >>> from povstudy.base.chinese import catalogue
    >>> [one for one in catalogue("where") if one[0] == ["stratum ", ""]]
    [(['stratum ', ''], ['name'], '层 {name}')]
    """
    with Path(__file__).with_name("errors.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["part"] == part]
    found = [(*_parts(row["english"]), row["chinese"]) for row in rows]
    return sorted(found, key=lambda one: -len("".join(one[0])))


def _parts(template):
    letters, holes = [""], []
    for literal, hole, _, _ in Formatter().parse(template):
        letters[-1] += literal
        if hole is not None:
            letters.append("")
            holes.append(hole)
    return letters, holes


def _values(letters, text):
    """What stands in the holes if a text fits, each as short as can be; else ``None``."""
    if len(letters) == 1:
        return [] if text == letters[0] else None
    first, last = letters[0], letters[-1]
    end = len(text) - len(last)
    if not (text.startswith(first) and text.endswith(last) and len(first) <= end):
        return None
    found, at = [], len(first)
    for literal in letters[1:-1]:
        there = text.find(literal, at, end)
        if there < 0:
            return None
        found.append(text[at:there])
        at = there + len(literal)
    return [*found, text[at:end]]


def in_chinese(text, part):
    """A part of an error in Chinese; ``None`` where no template fits.

    Parameters
    ----------
    text : str
        In English.
    part : str
        As for `catalogue`.

    Returns
    -------
    str or None

    Examples
    --------
    >>> from povstudy.base.chinese import in_chinese
    >>> in_chinese("column income, row 3", "where")
    '列 income，第 3 行'
    """
    for letters, holes, chinese in catalogue(part):
        values = _values(letters, text)
        held = dict(zip(holes, values or ()))  # noqa: B905  Python 3.8
        if values is not None and not any(" " in held.get(one, "") for one in _NO_BLANK):
            return _filled(chinese, held)
    return None


def _filled(chinese, values):
    made = ""
    for literal, hole, kind, _ in Formatter().parse(chinese):
        made += literal
        if hole is not None:
            made += (kind and in_chinese(values[hole], kind)) or values[hole]
    return made


def _sentences(text):
    """One sentence, or several that stand one after another, if there is Chinese for each."""
    found = in_chinese(text, "sentence")
    for mark in () if found else _NEXT.finditer(text):
        first = in_chinese(text[: mark.start()], "sentence")
        rest = first and _sentences(text[mark.end() :])
        if rest:
            return first + rest
    return found


def _remedy(text):
    """A remedy: code stays as it is, what is said beside it is told in Chinese."""
    found = in_chinese(text, "remedy")
    code, mark, said = text.partition(_COMMENT)
    if found is None and mark:
        found = code + mark + (in_chinese(said, "remedy") or said)
    return found or text


def told(problem, where=None, found=None, remedy=None):
    """The whole message in Chinese.

    Parameters
    ----------
    problem, where, found, remedy
        As of an error.

    Returns
    -------
    str or None
        Nothing where there is no Chinese for the sentence: then all is told in English.

    Examples
    --------
    >>> from povstudy.base.chinese import told
    >>> print(told("The table lacks the column income. Did you mean 'incom'?", "argument table"))
    表中没有这一列：income。是不是想写 'incom'？
      位置：参数 table
    """
    lines = [_sentences(problem)]
    if lines[0] is None:
        return None
    cell = _CELL.search(str(where)) is not None
    texts = {"where": where, "found": found, "remedy": remedy}
    for part, label in _LABELS:
        if texts[part] is not None:
            text = str(texts[part])
            if part == "remedy":
                text = _remedy(text)
            elif part == "where" or not cell:
                text = in_chinese(text, part) or text
            lines.append("  " + label + "：" + text)
    return "\n".join(lines)
