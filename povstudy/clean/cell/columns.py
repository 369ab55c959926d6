"""A whole column of cells at once: a million in seconds.

Each distinct cell is read once. Among many distinct cells, those of one *shape* (the same
text but for its digits, such as 000万人) differ only in the number: a few probes of the shape
are read by the same function that reads one cell, and where they agree on everything but
the number, the numbers of all others are put together by column arithmetic. What does not
pass that test is read one by one.
"""

import re
from decimal import Decimal
from inspect import unwrap

import numpy as np
import pandas as pd

from ...base.errors import DataError
from .amounts import count, money, percent
from .cell import Cell, CellError
from .numerals import number

NAMES = ("value", "unit", "bound", "kind", "footnote", "reason", "note", "low", "high")
_WORDS = NAMES[1:7]
_LONGEST = 32  # characters of a cell that is read by shape
_FEWEST = 2000  # distinct cells from which shapes pay
_BY_SHAPE = (number, count, money, percent)  # what they mean does not hang on the digits
_NUMBER = re.compile("[0-9][0-9,.]*")


def column(values, read, **options):
    """Read a whole column with a function that reads one cell.

    Parameters
    ----------
    values : Series
        Raw cells.
    read : callable
        A function of `povstudy.clean` that takes a cell, such as ``ps.clean.count``.
    **options
        Passed on to ``read``.

    Returns
    -------
    table : DataFrame
        ``value unit bound kind footnote reason note low high``, with the index of ``values``;
        refused cells have no value and the reason ``"refused: <code>"``. Functions that give
        no `Cell` (`province`, `causes`, ...) fill ``value`` alone.
    refused : DataFrame
        ``row value code problem remedy`` of the cells that were refused; ``row`` is the label
        in the index of ``values``.

    Raises
    ------
    DataError
        If ``values`` is no Series.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table, refused = ps.clean.column(pd.Series(["7017万人", "12..5"]), ps.clean.count)
    >>> table["value"].tolist(), refused["code"].tolist()
    ([70170000.0, nan], ['corrupt_number'])
    """
    if not isinstance(values, pd.Series):
        raise DataError(
            "A column is a pandas Series.",
            found=type(values).__name__,
            remedy=f"ps.clean.column(table[{str(values.columns[0])!r}], ps.clean.{read.__name__})"
            if isinstance(values, pd.DataFrame) and len(values.columns)
            else f"ps.clean.column(pd.Series(values), ps.clean.{read.__name__})",
        )
    codes, distinct = factorize(values)
    read_one = _reader(read, options)
    # a public name is a function around the one of this module
    if len(distinct) >= _FEWEST and unwrap(read) in _BY_SHAPE:
        parts, errors = _by_shape(distinct, read_one)
    else:
        parts, errors = _one_by_one(distinct, read_one)
    table = pd.DataFrame(
        {name: parts[name].take(codes) for name in NAMES}, index=values.index, copy=False
    )
    which = errors.of[codes]
    rows = np.flatnonzero(which >= 0)
    refused = pd.DataFrame({"row": values.index[rows], "value": distinct[codes[rows]]})
    for name in ("code", "problem", "remedy"):
        refused[name] = pd.Series(errors.told(name), dtype=object).take(which[rows]).to_numpy()
    return table, refused


def read_texts(texts, read):
    """Value and reason of each text of a list, as `column` tells them; quick for short ones too."""
    if len(texts) >= _FEWEST:
        table, _ = column(pd.Series(texts, dtype=object), read)
        return list(zip(table["value"], table["reason"].astype(str), strict=True))
    read_one, told = _reader(read, {}), {}
    for text in dict.fromkeys(texts):
        try:
            cell = read_one(text)
            told[text] = (cell.value, str(cell.reason))
        except CellError as error:
            told[text] = (None, f"refused: {error.code}")
    return [told[text] for text in texts]


def factorize(values):
    """Codes of the distinct raw cells of a column, and these cells as an object array.

    True and 1, 1.0 and 1 are different cells here, though Python calls them equal.
    """
    if values.dtype != object or all(type(one) is str for one in values):
        codes, distinct = pd.factorize(values, use_na_sentinel=False)
        distinct = np.asarray(distinct, dtype=object)
    else:
        told = pd.Series(
            [(type(one).__name__, one if isinstance(one, int) else str(one)) for one in values],
            dtype=object,
        )
        codes, told = pd.factorize(told, use_na_sentinel=False)
        first = np.full(len(told), -1)
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        distinct = values.to_numpy(dtype=object)[first]
    return codes, distinct


def _reader(read, options):
    def one(raw):
        try:
            found = read(raw, **options)
        except CellError as error:
            if error.code == "blank":  # of one cell no place can be told; in a column it is blank
                return Cell(reason="blank")
            raise
        return found if isinstance(found, Cell) else Cell(found)

    return one


class _Errors:
    """Which error each distinct cell met, if any; alike errors are kept once."""

    def __init__(self, count):
        self.of = np.full(count, -1)
        self.known = {}

    def add(self, rows, error):
        key = (error.code, error.problem, error.remedy)
        self.of[rows] = self.known.setdefault(key, len(self.known))

    def told(self, name):
        return [key[("code", "problem", "remedy").index(name)] for key in self.known]


def _one_by_one(cells, read_one):
    read, errors = [], _Errors(len(cells))
    for i, raw in enumerate(cells):
        try:
            read.append(read_one(raw))
        except CellError as error:
            read.append(Cell(reason=f"refused: {error.code}"))
            errors.add(i, error)
    parts = {
        name: pd.Series([getattr(cell, name) for cell in read], dtype=object) for name in NAMES
    }
    for name in ("value", "low", "high"):
        parts[name] = _numbers(parts[name]).to_numpy()
    for name in _WORDS:
        parts[name] = pd.Categorical(parts[name])
    return parts, errors


def _numbers(values):
    """Floats, if all that is there is numbers."""
    kinds = {type(one) for one in values} - {type(None)}
    return values.astype(float) if kinds <= {int, float} else values


# Shapes -------------------------------------------------------------------------------


def _by_shape(distinct, read_one):
    """Read cells shape by shape; what is no plain text of one number, one by one."""
    texts = np.array(
        [type(one) is str and 0 < len(one) <= _LONGEST and "\0" not in one for one in distinct],
        dtype=bool,
    )
    value = np.full(len(distinct), np.nan)
    low, high = value.copy(), value.copy()
    words = {name: np.zeros(len(distinct), dtype=np.int64) for name in _WORDS}
    known = {name: {} for name in _WORDS}
    errors, slow = _Errors(len(distinct)), [np.flatnonzero(~texts)]
    at = np.flatnonzero(texts)
    grid = np.array(distinct[at], dtype=f"U{_LONGEST}")
    grid = grid.view(np.uint32).reshape(len(at), _LONGEST) if len(at) else np.empty((0, 1))
    for members, letters in _shapes(grid):
        shape = "".join(map(chr, letters)).rstrip("\0")
        rule = _rule(shape, read_one)
        tail = _decimals(shape) if rule is None else slice(0)
        if tail.stop:  # 8249.0 is a count, 8249.5 is none: those with zeros alone are a shape
            zeros = (grid[members, tail] == letters[tail]).all(axis=1)
            slow.append(at[members[~zeros]])
            members, rule = members[zeros], _rule(shape, read_one, tail)
        rows = at[members]
        if rule is None:
            slow.append(rows)
            continue
        cell, digits, sign, power, error = rule
        if error is None:
            figures = grid[np.ix_(members, digits)].astype(np.int64) - ord("0")
            figures[figures > 9] -= 0xFF10 - ord("0")
            whole = figures @ 10 ** np.arange(len(digits) - 1, -1, -1, dtype=np.int64)
            value[rows] = sign * (whole * 10.0**power if power >= 0 else whole / 10.0**-power) + 0.0
        else:
            errors.add(rows, error)
        for name in _WORDS:
            code = known[name].setdefault(getattr(cell, name), len(known[name]))
            words[name][rows] = code
    rows = np.concatenate(slow)
    parts, more = _one_by_one(distinct[rows], read_one)
    value[rows], low[rows], high[rows] = parts["value"], parts["low"], parts["high"]
    for name in _WORDS:
        told = [known[name].setdefault(one, len(known[name])) for one in parts[name].categories]
        words[name][rows] = np.array(told, dtype=np.int64)[parts[name].codes] if told else 0
    for key, i in more.known.items():
        errors.of[rows[more.of == i]] = errors.known.setdefault(key, len(errors.known))
    parts = {name: pd.Categorical.from_codes(words[name], list(known[name])) for name in _WORDS}
    return {"value": value, "low": low, "high": high, **parts}, errors


def _shapes(grid):
    """Rows of each shape, and the shape as characters with 0 for every digit."""
    if not len(grid):
        return
    wide = (grid >= 0xFF10) & (grid <= 0xFF19)
    plain = (grid >= 48) & (grid <= 57)
    shape = np.where(plain, np.uint32(48), np.where(wide, np.uint32(0xFF10), grid))
    weights = np.random.default_rng(0).integers(1, 2**63, _LONGEST, dtype=np.uint64) | np.uint64(1)
    key = np.zeros(len(shape), dtype=np.uint64)
    for i in range(_LONGEST):  # one column at a time: no second matrix of 64 bits
        key += shape[:, i] * weights[i]
    codes, _ = pd.factorize(key)
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes))
    for start, end in zip(np.r_[0, ends[:-1]], ends, strict=True):
        members = order[start:end]
        letters = shape[members[0]]
        same = (shape[members] == letters).all(axis=1)
        yield members[same], letters
        for odd in members[~same]:  # two shapes with one key: next to impossible
            yield np.array([odd]), shape[odd]


def _decimals(shape):
    """Place of the decimals in a shape; they are plain zeros there."""
    found = re.search(r"(?<=\.)0+", shape)
    return slice(*found.span()) if found else slice(0)


def _rule(shape, read_one, zeros=slice(0)):
    """Read probes of a shape: where its digits stand and by what power of ten they count.

    Parameters
    ----------
    shape : str
        Text with 0 for every digit.
    read_one : callable
        Reads a cell.
    zeros : slice
        Places where a zero is a zero.

    Returns
    -------
    tuple or None
        Cell without its value, places of the digits, sign, power, and the error that all
        cells of the shape share; ``None`` if the shape must be read cell by cell.
    """
    plain = "".join("0" if sign == "０" else sign for sign in shape)
    plain = plain.translate({ord("，"): ",", ord("．"): "."})
    runs = list(_NUMBER.finditer(plain))
    if len(runs) != 1:
        return None
    fixed = range(zeros.start or 0, zeros.stop)
    digits = [i for i in range(*runs[0].span()) if plain[i] == "0" and i not in fixed]
    if not 0 < len(digits) <= 15:  # a float holds no more
        return None
    told = []
    for figures in ("123456789123456", "987654321987654", "100000000000000", "000000000000000"):
        probe = list(shape)
        for i, figure in zip(digits, figures, strict=False):
            probe[i] = figure if shape[i] == "0" else chr(ord(figure) + 0xFEE0)
        try:
            told.append((read_one("".join(probe)), int(figures[: len(digits)]), None))
        except CellError as error:
            told.append((Cell(reason=f"refused: {error.code}"), 1, error))
    (one, whole, error), *others = told
    if any(_words(cell, more) != _words(one, error) for cell, _, more in others):
        return None
    if error is not None:
        return one, digits, 1, 0, error
    scale = _power(one.value, whole)
    if scale is None or one.low is not None:
        return None
    if any(scale != _power(cell.value, n) for cell, n, _ in others[:2]) or others[2][0].value != 0:
        return None
    return one, digits, *scale, None


def _words(cell, error):
    told = (error.code, error.problem, error.remedy) if error else ()
    return (*(getattr(cell, name) for name in _WORDS), *told)


def _power(value, whole):
    """Sign, and the power of ten between a number and its digits, if there is one."""
    if not isinstance(value, int | float) or not value:
        return None
    ratio = (Decimal(str(value)) / whole).normalize()
    sign, digits, exponent = ratio.as_tuple()
    return (-1 if sign else 1, exponent) if digits == (1,) and -15 <= exponent <= 15 else None
