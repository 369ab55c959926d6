"""Personal data: found and taken out of tables."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ...base.checks import nearest
from ...base.errors import DataError
from ...base.exports import as_text
from ...base.private import REMOVED, look
from ...base.private import masked as without_spots
from ..cell.cell import plain
from ..reports import COLUMNS
from .numbering import villages_of
from .personal import MAYBE, PLACE, SURNAMES, header_kind, masked, without

_KINDS = {
    "name": "姓名",
    "id_number": "证件号码",
    "phone": "电话号码",
    "bank_card": "银行账号",
    "address": "住址",
    "contact": "网络联系方式",
    "plate": "车牌号码",
}


@dataclass(frozen=True, slots=True)
class _Column:
    """One column, looked at once for each distinct cell."""

    codes: np.ndarray  # number of the distinct cell, -1 where blank
    distinct: object
    places: dict  # number of the distinct cell: its personal parts
    texts: dict  # and its text
    filled: int  # cells that are not blank
    kind: object = None
    by: str = ""
    cells: int = 0
    example: str = ""


def _distinct(column):
    """Codes and distinct values of a column, all categories of a categorical one."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), column.cat.categories
    if pd.api.types.is_bool_dtype(column.dtype) or column.dtype.kind in "mM":
        return np.full(len(column), -1), pd.Index([], dtype=object)  # true, false, times
    try:
        return pd.factorize(column)
    except TypeError:  # lists and the like
        return pd.factorize(column.map(str, na_action="ignore"))


def _as_text(value):
    if isinstance(value, (float, np.floating)) and value == value // 1 and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _look_through(label, column):
    codes, distinct = _distinct(column)
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    kind, filled, words = header_kind(label), int(counts.sum()), None
    if not pd.api.types.is_numeric_dtype(distinct):
        kept = distinct if pd.api.types.is_string_dtype(distinct) else map(_as_text, distinct)
        words = pa.array(kept, type=pa.large_string(), from_pandas=True)
        full = pc.not_equal(pc.utf8_trim_whitespace(words), "").to_numpy(zero_copy_only=False)
        filled = int(counts[full.astype(bool)].sum())
        if kind == "name" and plain(label).lower() == "name" and _share(words, PLACE) > 0.5:
            kind = None  # a list of places may call its column "name", too
    if kind:
        example = next((one for one, n in zip(distinct, counts, strict=True) if n), "")
        shown = masked(example) if filled else ""
        return _Column(codes, distinct, {}, {}, filled, kind, "header", filled, shown)
    if words is None:
        # The shortest number that counts has 11 digits; above 2**53 a float has lost digits,
        # and a number that ends in six zeros is an amount rather than a phone.
        size = np.asarray(distinct, dtype=float)
        top = 2.0**53 if distinct.dtype.kind == "f" else 1e18
        maybe = np.flatnonzero((size >= 1e10) & (size < top)).tolist()
        texts = {i: _as_text(distinct[i]) for i in maybe}
        texts = {i: text for i, text in texts.items() if not text.endswith("000000")}
    else:
        # to make ready for the long pattern takes a while, and most columns are short numbers
        short = _share(words, r"^-?[0-9]{0,7}(\.[0-9]{1,2})?$") == 1
        maybe = np.flatnonzero([] if short else _matching(words, MAYBE))
        texts = dict(zip(maybe.tolist(), words.take(pa.array(maybe)).to_pylist(), strict=True))
    places = _places(texts, counts)
    if places:
        tally = dict.fromkeys(_KINDS, 0)
        for i, found in places.items():
            for one in {one for _, _, one in found}:
                tally[one] += int(counts[i])
        first = next(iter(places))
        start, end, _ = places[first][0]
        return _Column(codes, distinct, places, texts, filled, max(tally, key=tally.get), "content",
                       sum(int(counts[i]) for i in places), masked(texts[first][start:end]))  # fmt: skip
    if words is not None and _names(words, counts):
        shown = masked(distinct[int(counts.argmax())])
        return _Column(codes, distinct, {}, {}, filled, "name", "content", filled, shown)
    return _Column(codes, distinct, {}, {}, filled)


def _places(texts, counts):
    """Personal parts of the distinct texts, bank cards only where they are no coincidence."""
    looked = {i: look(text) for i, text in texts.items()}
    # One number in ten passes Luhn's test by chance: most numbers of the column must pass.
    cards = sum(int(counts[i]) for i, (found, _) in looked.items()
                if any(kind == "bank_card" for _, _, kind in found))  # fmt: skip
    if cards < sum(int(counts[i]) for i, (_, other) in looked.items() if other):
        looked = {
            i: ([one for one in found if one[2] != "bank_card"], other)
            for i, (found, other) in looked.items()
        }
    # Of weights and other fractions one in some hundred has the decimals of an identity.
    decimals = [i for i, text in texts.items() if re.fullmatch(r"-?[0-9]+\.[0-9]{12,}", text)]
    if sum(int(counts[i]) for i in decimals if looked[i][0]) * 2 < int(counts[decimals].sum()):
        looked |= {i: ([], 1) for i in decimals}
    bare = {i: text.strip() for i, text in texts.items() if re.fullmatch(r"\s*[0-9]{11}\s*", text)}
    villages = villages_of([one for i, one in bare.items() if counts[i]], int((counts > 0).sum()))
    codes = {i for i, one in bare.items() if one[:6] in villages}
    return {i: found for i, (found, _) in looked.items() if found and i not in codes}


def _matching(words, pattern):
    found = pc.match_substring_regex(words, pattern).to_numpy(zero_copy_only=False)
    return found.astype(bool)


def _share(words, pattern):
    return float(_matching(words, pattern).mean()) if len(words) else 0.0


def _names(words, counts):
    """Whether a column without a telling header is one of people's names.

    It is if it has at least 20 filled cells, half of them distinct, if nine in ten distinct
    cells are two to four Chinese characters, if seven in ten begin with one of the hundred
    commonest surnames, and if fewer than two in ten read like a place (王家村, 李庄).
    """
    if counts.sum() < 20 or len(words) < counts.sum() / 2:
        return False
    return (
        _share(words, "^[一-鿿]{2,4}$") >= 0.9
        and _share(words, f"^[{SURNAMES}]") >= 0.7
        and _share(words, PLACE) < 0.2
    )


def _frame(table):
    if not isinstance(table, pd.DataFrame):
        raise DataError("Personal data are looked for in a DataFrame.", found=type(table).__name__,
                        remedy="table = pd.DataFrame(table)")  # fmt: skip
    if isinstance(table.index, pd.RangeIndex):
        return
    for level in range(table.index.nlevels):
        values = table.index.get_level_values(level)
        if _look_through(values.name or "", pd.Series(values)).kind:
            raise DataError(
                "The index of the table holds personal data.",
                where=f"index {values.name or level}",
                remedy="table = table.reset_index()"
                if set(table.index.names).isdisjoint(table.columns)
                else "table = table.reset_index(drop=True)  # a column has its name",
            )


def find_personal(table):
    """Columns that hold personal data, by their header or by their cells.

    Parameters
    ----------
    table : DataFrame
        As read from a file. It is not changed.

    Returns
    -------
    DataFrame
        One row per column with personal data: ``column``, ``kind`` (``name``, ``id_number``,
        ``phone``, ``bank_card``, ``address``), ``by`` (``header`` or ``content``), ``cells``
        (how many match; of a column found by its header, all that are not blank), ``share``
        of the cells that are not blank, and ``example``, masked.

    Notes
    -----
    By content are found: resident ID numbers (GB 11643-1999: region and birth date, also with
    a wrong check digit; the old ones of fifteen digits; those inside the number of a
    disability certificate), mobile numbers, fixed lines with an area code or behind the word,
    bank cards (Luhn's test, 16 to 19 digits; beside the word or in a text also without), also
    inside longer text, in full-width digits or with blanks, dots, strokes or breaks; mail
    addresses, WeChat and QQ, coordinates, licence plates and addresses with a house number. Names are
    found by the header, or in a column of at least 20 cells, half of them distinct, of which
    nine in ten have two to four Chinese characters and seven in ten begin with one of the
    hundred commonest surnames, while fewer than two in ten read like a place. Names of
    minorities and addresses are found by the header alone: look at the columns yourself, too.

    Examples
    --------
    >>> import pandas as pd
    >>> raw = pd.DataFrame({"姓名": ["张三"], "备注": ["电话１３８００１３８０００"], "人数": [4]})
    >>> find_personal(raw)[["column", "kind", "by", "cells", "example"]]
      column   kind       by  cells example
    0     姓名   name   header      1    张***
    1     备注  phone  content      1    １***
    """
    _frame(table)
    rows = []
    for i, label in enumerate(table.columns):
        seen = _look_through(label, table.iloc[:, i])
        if seen.kind and (seen.by == "header" or seen.cells):
            share = seen.cells / seen.filled if seen.filled else 0.0
            rows.append((label, seen.kind, seen.by, seen.cells, share, seen.example))
    return pd.DataFrame(rows, columns=["column", "kind", "by", "cells", "share", "example"])


def drop_personal(table, keep=()):
    """Take personal data out of a table.

    Columns found by their header, or in which at least half of the filled cells match, are
    dropped. In other columns a cell that is an ID number, a phone or a bank card becomes
    blank; in a longer text that part becomes ``[removed]``, and with it all that is no number,
    place or listed word: what stands beside it is not known to be harmless. No key of what was
    removed is kept. A name alone in a longer text is not recognised.

    Parameters
    ----------
    table : DataFrame
        As read from a file. It is not changed.
    keep : sequence of column names
        Columns to leave as they are, such as a ``name`` that is a county's.

    Returns
    -------
    table : DataFrame
        Without personal data.
    report : DataFrame
        ``file`` (empty), ``row`` (1 is the first row of data; ``<NA>`` for a column),
        ``column``, ``old`` (masked), ``new`` (``[removed]``, or ``<NA>`` for nothing; of a
        longer text both tell the personal part alone), ``action``, ``reason``, ``why``,
        ``why_zh``.

    Raises
    ------
    DataError
        If a column to keep is not there, or the index holds personal data.

    Examples
    --------
    >>> import pandas as pd
    >>> notes = ["张三(520527197001010018)", "因病", "缺水"]
    >>> raw = pd.DataFrame({"xm": ["张三", "李四", "王五"], "note": notes})
    >>> clean, report = drop_personal(raw)
    >>> clean["note"].tolist()
    ['[removed]([removed])', '因病', '缺水']
    >>> report[["row", "column", "old", "action"]]
        row column   old   action
    0  <NA>     xm  张***  dropped
    1     1   note  5***  changed
    """
    _frame(table)
    keep = [keep] if isinstance(keep, str) else list(keep)
    absent = [label for label in keep if label not in table.columns]
    if absent:
        there = [one if one in table else nearest(one, table.columns) for one in keep]
        raise DataError(
            "A column to keep is not in the table.",
            found=f"{absent[0]!r}; columns are {', '.join(map(str, table.columns))}"[:300],
            remedy=f"ps.clean.drop_personal(table, keep={[one for one in there if one is not None]!r})",
        )
    columns, reports = [], []
    for i, label in enumerate(table.columns):
        column = table.iloc[:, i]
        seen = None if label in keep else _look_through(label, column)
        if seen is None or not (seen.kind or seen.places):
            columns.append(i)
        elif seen.by == "header" or (seen.cells and 2 * seen.cells >= seen.filled):
            reports.append(_dropped(label, seen))
        else:
            new = {code: _new(seen, code) for code in seen.places}
            columns.append((i, _cleaned(column, seen, new)))
            reports.append(_changed(label, seen, new))
    kept = [one if isinstance(one, int) else one[0] for one in columns]
    result = table.iloc[:, kept].copy()
    heads = [without_spots(one) if isinstance(one, str) else one for one in result.columns]
    if heads != list(result.columns):  # a number that stands in a head
        result.columns = heads
    for at, one in enumerate(columns):
        if not isinstance(one, int):
            result.isetitem(at, one[1])
    report = pd.concat(reports, ignore_index=True) if reports else _report([])
    return result, report


def _report(rows):
    report = pd.DataFrame(rows, columns=COLUMNS)
    shown = {one: without_spots(one) if isinstance(one, str) else one for one in report["column"]}
    report["column"] = report["column"].map(shown)
    for name in ("column", "old", "new"):
        report[name] = report[name].map(as_text)
    return report.astype({"row": "Int64"} | dict.fromkeys({*COLUMNS} - {"row", "column"}, "string"))


def _dropped(label, seen):
    kind = seen.kind.replace("_", " ")
    by, by_zh = ("header", "表头") if seen.by == "header" else ("cells", "内容")
    why = f"The column holds personal data ({kind}), by its {by}."
    why_zh = f"该列按{by_zh}判断含有个人信息（{_KINDS[seen.kind]}），已删除。"
    return _report(
        [("", pd.NA, label, seen.example, pd.NA, "dropped", "personal_column", why, why_zh)]
    )


def _changed(label, seen, new):
    rows = np.flatnonzero(np.isin(seen.codes, list(new)))
    told = {}
    for i, text in new.items():
        start, end, kind = seen.places[i][0]
        told[i] = (
            masked(seen.texts[i][start:end]),
            pd.NA if text is None else REMOVED,
            f"The cell holds personal data ({kind.replace('_', ' ')}).",
            f"该单元格含有个人信息（{_KINDS[kind]}），已去除。",
        )
    cells = [("", int(row) + 1, label, old, new, "changed", "personal_cell", why, why_zh)
             for row in rows for old, new, why, why_zh in [told[seen.codes[row]]]]  # fmt: skip
    return _report(cells)


def _new(seen, i):
    """What a distinct value becomes: nothing, or its text without the personal parts."""
    if pd.api.types.is_numeric_dtype(seen.distinct) or not isinstance(seen.distinct[i], str):
        return None
    return without(seen.texts[i], seen.places[i])


def _cleaned(column, seen, new):
    dtype = column.dtype
    if pd.api.types.is_numeric_dtype(dtype):
        # Plain whole numbers know no blank: they become nullable ones.
        nullable = (
            column.astype("Int64") if isinstance(dtype, np.dtype) and dtype.kind in "iu" else column
        )
        return nullable.mask(np.isin(seen.codes, list(new)))
    values = np.array([*seen.distinct, None], dtype=object)  # the last one is for blanks
    for i, text in new.items():
        values[i] = text
    if isinstance(dtype, pd.CategoricalDtype):
        # Made anew: a category that no cell has any more would still tell the number.
        left = list(dict.fromkeys(value for value in values.tolist() if value is not None))
        return pd.Series(
            pd.Categorical(values[seen.codes], categories=left, ordered=dtype.ordered),
            index=column.index,
        )
    result = column.copy()
    at = np.isin(seen.codes, list(new))
    result.iloc[at] = values[seen.codes[at]]
    return result
