"""Conditions on rows, in words: read as Python reads them, and never run as such.

A condition is true, false, or unknown where a value is missing: so both are asked of the table,
as expressions that run on every kind of it.
"""

import ast
import operator
import re
import unicodedata
from dataclasses import replace
from functools import reduce

import numpy as np
import pandas as pd

from ...base.checks import mean, nearest
from ...base.columns import numbers_of
from ...base.errors import DataError, tell
from ..cells import Rows

_WRITTEN = {"＝": "=", "（": "(", "）": ")", "，": ",", "＜": "<", "＞": ">", "！": "!", "≤": "<=", "≥": ">=",
            "≠": "!=", "［": "[", "］": "]", "、": ",", "&": " and ", "|": " or ", "~": " not ",
            "&&": " and ", "||": " or ", "<>": "!=", "~=": "!="}  # fmt: skip
_PARTS = re.compile(r"'[^']*'|\"[^\"]*\"|‘[^’]*’|“[^”]*”|`[^`]*`|&&|\|\||<>|~=|.", re.DOTALL)
_COMPARED = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
             ast.Gt: operator.gt, ast.GtE: operator.ge}  # fmt: skip
_MADE = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
         ast.Div: operator.truediv}  # fmt: skip
_SUCH = "svy.where(\"area == 'urban' and income < 2300\")"


def kept(svy, condition):
    """The survey with the rows for which a condition holds; see `Survey.where`.

    Parameters
    ----------
    svy : Survey
    condition : str or sequence of bool

    Returns
    -------
    Survey
    """
    rows, words = svy.rows, isinstance(condition, str)
    told = " ".join(condition.split()) if words else "rows that were marked"
    name = f"({told})"
    while name in rows.columns:
        name += "'"
    if words:
        table, read = _read(svy, condition, name)
    else:
        table, read = _marked(svy, condition, name), ()
    layout = replace(
        svy.layout, weights=(*svy.layout.weights, name), masks=(*svy.layout.masks, name)
    )
    gaps, left = table.unknown, table.left
    if gaps:
        where = f"column {', '.join(read)}" if read else "argument condition"
        problem = f"Of {gaps:,} rows a value is missing, so that the condition cannot be told"
        if svy.missing == "refuse":
            known = " and ".join(f"`{one}` is not None" for one in read)
            raise DataError(
                f"{problem}.", where=where, found=told,
                remedy=f"svy.where({f'{known} and ({condition})'!r})" if words
                else 'missing="drop"  # of ps.Survey: leaves them out and counts them',
            )  # fmt: skip
        tell(f"{problem}: they are left out.", where=where, found=told,
             remedy="make the column whole, or say `is None` of it in the condition")  # fmt: skip
    if not left:
        raise DataError("No row is left: the condition holds for none.", where="argument condition",
                        found=told, remedy=_none_left(table, condition))  # fmt: skip
    return svy.reopened(table.made, layout)


class _Kept:
    """A table with a column of marks, and how many rows bear one and how many are unknown."""

    def __init__(self, made, left, unknown, values=()):
        self.made, self.left, self.unknown, self.values = made, left, unknown, values


def _none_left(table, text):
    for name, asked, there in table.values:
        near, told = nearest(asked, there), ", ".join(map(repr, there[:10]))
        if near is not None:
            return f"svy.where({text.replace(asked, near)!r})  # {name} holds {told}"
        return f"{name} holds {told}"
    return "look at the column: its values, and its unit"


# Marks --------------------------------------------------------------------------------


def _marked(svy, marks, name):
    """True and false for each row, of a table in memory."""
    rows = svy.rows
    if not isinstance(rows, Rows):
        raise DataError("True and false for each row need a table in memory.", where="argument condition",
                        found=type(marks).__name__, remedy=f"a condition in words: {_SUCH}")  # fmt: skip
    index = getattr(rows.table, "index", None)
    if isinstance(marks, pd.Series) and index is not None and not marks.index.equals(index):
        raise DataError("The marks are of other rows, or in another order, than the table.",
                        where="argument condition", found=f"{len(marks):,} marks for {len(rows):,} rows",
                        remedy="svy.where(table['income'] < 2300)  # of the table of the survey itself")  # fmt: skip
    try:
        column = pd.Series(list(marks), dtype=object)
    except TypeError:
        column = pd.Series([marks], dtype=object)
    odd = column.notna() & ~column.isin([True, False])
    numbers = any(
        isinstance(one, int | float) and not isinstance(one, bool) for one in column.dropna()[:1]
    )
    if len(column) != len(rows) or odd.any() or numbers:
        raise DataError(
            "A condition is written in words, or is true or false for each row.", where="argument condition",
            found=f"{type(marks).__name__} of {len(column):,}, for {len(rows):,} rows", remedy=_SUCH,
        )  # fmt: skip
    looked = rows.weights != 0
    hold = (column == True).to_numpy(dtype=bool)  # noqa: E712
    return _Kept(_with(rows.table, name, hold), int((hold & looked).sum()),
                 int((column.isna().to_numpy() & looked).sum()))  # fmt: skip


def _with(table, name, hold):
    if isinstance(table, pd.DataFrame):
        made = pd.concat([table, pd.Series(hold.astype(float), table.index, name=name)], axis=1)
        made.attrs = dict(table.attrs)
        return made
    import polars as pl

    return table.with_columns(pl.Series(name, hold.astype(float)))


# Words --------------------------------------------------------------------------------


def _read(svy, text, name):
    """Table of the survey with marks of a condition, and the columns that it names."""
    import narwhals as nw

    rows, names = svy.rows, {}
    tree = _parsed(text, names)
    reader = _Reader(nw, svy, names, text)
    hold, fail = reader.truth(tree)
    rows.refuse_codes(reader.ordered)
    if isinstance(rows, Rows):
        plain = rows.table
        frame = nw.from_native(reader.plain(plain))
        with np.errstate(all="ignore"):
            found = frame.select(t=hold, f=fail)
        hold, fail = (found[one].to_numpy().astype(bool) for one in "tf")
        hold, fail = (np.broadcast_to(one, len(rows)) for one in (hold, fail))
        looked = rows.weights != 0
        counts = int((hold & looked).sum()), int((~hold & ~fail & looked).sum())
        made = _with(plain, name, hold)
    else:
        frame = rows.given.with_columns(
            **{name: nw.when(hold).then(nw.lit(1.0)).otherwise(nw.lit(0.0))}
        )
        of, one = nw.col, lambda x: nw.when(x).then(nw.lit(1)).otherwise(nw.lit(0))
        weights = [of(w) != 0 for w in svy.layout.weights]
        look = reduce(operator.and_, weights) if weights else hold | ~hold
        asked = rows.given.select(t=one(hold & look), u=one(~hold & ~fail & look))
        found = rows._fetch(asked.select(of("t").sum(), of("u").sum())).fillna(0).iloc[0]
        counts, made = (int(found["t"]), int(found["u"])), nw.to_native(frame)
    values = []
    if not counts[0]:
        for column, asked in reader.words:
            if isinstance(rows, Rows):
                there = rows.key(column).dropna().unique()[:50]
            else:
                groups = rows.frame.select(k=rows._key(column)).group_by("k").agg(nw.len())
                there = rows._fetch(groups.head(50))["k"].dropna()
            there = sorted(map(str, there))
            if asked not in there:
                values.append((column, asked, there))
    return _Kept(made, *counts, values), list(dict.fromkeys(reader.named))


def _parsed(text, names):
    """The tree of a condition; names in backticks are put down by their number."""
    made = []
    for part in _PARTS.findall(text):
        if part[0] == "`":
            names[f"column_{len(names)}_"] = part[1:-1]
            made.append(list(names)[-1])
        elif part[0] in "‘“'\"":
            made.append(repr(part[1:-1]))
        else:
            made.append(_WRITTEN.get(part, part))
    try:
        return ast.parse(" ".join("".join(made).split("\n")).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        single = re.sub(r"(?<![=!<>])=(?!=)", "==", text)
        single = re.sub(r"\b(AND|OR|NOT|IN|IS)\b", lambda m: m[0].lower(), single)
        raise DataError(
            "This is no condition that can be read.", where="argument condition", found=text[:80],
            remedy=f"svy.where({single!r})" if single != text
            else f"{_SUCH}; a name with blanks, or that begins with a figure, in ` `",
        ) from None  # fmt: skip


class _Reader:
    """What a condition says, as expressions: where it is true, and where it is false."""

    def __init__(self, nw, svy, names, text):
        self.nw, self.svy, self.names, self.text = nw, svy, names, text
        self.named, self.ordered, self.words = [], [], []
        rows = svy.rows
        self.memory = isinstance(rows, Rows)
        self.schema = {} if self.memory else rows.schema

    def refuse(self, node, problem="A condition does not take this.", remedy=_SUCH):
        """Refuse a part of a condition."""
        raise DataError(
            problem, where="argument condition", found=self.told(node)[:80], remedy=remedy
        )

    def told(self, node):
        """A part as it was written."""
        text = ast.unparse(node)
        for short, name in self.names.items():
            text = text.replace(short, f"`{name}`")
        return text

    def plain(self, table):
        """The table in memory with the columns that are named, objects as what they hold."""
        if not isinstance(table, pd.DataFrame):
            return table
        table = table[list(dict.fromkeys(self.named)) or list(table.columns[:1])].reset_index(
            drop=True
        )
        for name in table:
            table[name] = _plain(table[name])
        return table

    def kind(self, name):
        """What a column holds, as narwhals says it."""
        if name not in self.schema:
            table = self.svy.rows.table
            part = table[[name]] if isinstance(table, pd.DataFrame) else table.select(name)
            if isinstance(part, pd.DataFrame):
                part = _plain(part[name]).to_frame()
            self.schema[name] = self.nw.from_native(part).schema[name]
        return self.schema[name]

    def column(self, node):
        """Column that a name means."""
        name, columns = self.names.get(node.id, node.id), self.svy.rows.columns
        if name not in columns:
            same = [one for one in columns if unicodedata.normalize("NFKC", str(one)) == name]
            if not same:
                near = nearest(name, columns)
                known = f"`{near}`" if near and not str(near).isidentifier() else near
                text = f"svy.where({self.text.replace(name, str(known))!r})" if near else (
                    f"a word stands in quotes, '{name}'; the columns are: {', '.join(map(str, columns[:30]))}")  # fmt: skip
                self.refuse(node, f"There is no column {name}." + mean(near), text)
            name = same[0]
        self.svy.rows.need([name])
        self.named.append(name)
        return name

    # Truth.

    def truth(self, node):
        """Where a condition is true, and where it is false."""
        if isinstance(node, ast.BoolOp):
            true, false = zip(*map(self.truth, node.values), strict=True)
            two = (operator.and_, operator.or_)
            one, other = two if isinstance(node.op, ast.And) else two[::-1]
            return reduce(one, true), reduce(other, false)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.truth(node.operand)[::-1]
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            pairs = [self.compared(a, op, b) for a, op, b in
                     zip(sides[:-1], node.ops, sides[1:], strict=True)]  # fmt: skip
            true, false = zip(*pairs, strict=True)
            return reduce(operator.and_, true), reduce(operator.or_, false)
        if isinstance(node, ast.Name):
            name = self.column(node)
            if self.kind(name) == self.nw.Boolean:
                x, known = self.nw.col(name), self.known(name)
                return known & x, known & ~x
            self.refuse(node, "A column by itself is a condition where it holds true and false.",
                        f"svy.where({f'{self.told(node)} == 1'!r})")  # fmt: skip
        self.refuse(node)
        return None

    def known(self, name):
        """Where a column has a value: no gap, and no code of no answer."""
        column, codes = self.nw.col(name), list(self.svy.rows.missing_codes(name)[0])
        known = ~column.is_null()
        if self.kind(name).is_float():
            known &= ~column.is_nan()
        if codes and self.kind(name).is_numeric():
            known &= ~column.cast(self.nw.Float64()).is_in([float(one) for one in codes])
        return known

    def compared(self, left, op, right):
        """A comparison of two sides."""
        if isinstance(op, ast.Is | ast.IsNot):
            if not (
                isinstance(left, ast.Name)
                and isinstance(right, ast.Constant)
                and right.value is None
            ):
                self.refuse(right, "What is missing is told by `is None`.", "svy.where(\"income is not None\")")  # fmt: skip
            known = self.known(self.column(left))
            return (~known, known) if isinstance(op, ast.Is) else (known, ~known)
        if isinstance(op, ast.In | ast.NotIn):
            if not isinstance(right, ast.List | ast.Tuple | ast.Set) or not right.elts:
                self.refuse(right, "After `in` stands a list.", 'svy.where("year in [2019, 2020]")')
            pairs = [self.compared(left, ast.Eq(), one) for one in right.elts]
            true, false = zip(*pairs, strict=True)
            made = reduce(operator.or_, true), reduce(operator.and_, false)
            return made if isinstance(op, ast.In) else made[::-1]
        sides = [left, right]
        if any(isinstance(one, ast.Constant) and one.value is None for one in sides):
            self.refuse(
                right, "What is missing is told by `is None`.", 'svy.where("income is not None")'
            )
        columns = [str(one) for one in self.svy.rows.columns]
        bare = isinstance(left, ast.Name) and isinstance(right, ast.Name)
        bare = bare and right.id not in (*columns, *self.names)
        if bare and self.kind(self.column(left)) == self.nw.String:
            self.refuse(right, "A word stands in quotes.",
                        f"svy.where({self.text.replace(right.id, repr(right.id))!r})")  # fmt: skip
        if isinstance(left, ast.Constant):  # the column first
            sides = [right, left]
            turned = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
            op = turned.get(type(op), type(op))()
        if isinstance(sides[1], ast.Constant) and isinstance(sides[0], ast.Name):
            word = sides[1].value
            name = self.column(sides[0])
            if isinstance(word, str):
                return self.of_words(sides[0], name, op, word)
            if isinstance(word, bool) and self.kind(name) == self.nw.Boolean:
                if not isinstance(op, ast.Eq | ast.NotEq):
                    self.refuse(left)
                pair = self.truth(sides[0])
                return pair if word == isinstance(op, ast.Eq) else pair[::-1]
        if all(isinstance(one, ast.Name) for one in sides):
            one, two = (self.column(side) for side in sides)
            if not any(self.number(name) for name in (one, two)):
                if self.kind(one) != self.kind(two):
                    self.refuse(left, "The two columns hold values of two kinds.")
                known = self.known(one) & self.known(two)
                made = _COMPARED[type(op)](self.nw.col(one), self.nw.col(two))
                return known & made, known & ~made
        start = len(self.named)
        (one, known), (two, also) = (self.amount(side) for side in sides)
        if not isinstance(op, ast.Eq | ast.NotEq):
            self.ordered += [name for name in self.named[start:] if self.number(name, plain=False)]
        made, known = _COMPARED[type(op)](one, two), known & also
        return known & made, known & ~made

    def mixed(self, name):
        """Refuse a column of objects that are neither all words nor all numbers."""
        if self.kind(name) in (self.nw.Object, self.nw.Unknown):
            raise DataError("This column holds neither words alone nor numbers alone.", where=f"column {name}",
                            remedy=f"table[{name!r}] = table[{name!r}].astype(str)")  # fmt: skip

    def number(self, name, plain=True):
        """Whether a column holds numbers, or true and false."""
        kind = self.kind(name)
        return kind.is_numeric() or (plain and kind == self.nw.Boolean)

    def of_words(self, node, name, op, word):
        """A column of words, categories or dates, compared with a word."""
        kind, nw, known = self.kind(name), self.nw, self.known(name)
        column, other = nw.col(name), word
        self.words.append((name, word))
        if kind in (nw.Categorical, nw.Enum) or str(kind).startswith("Enum"):
            column = column.cast(nw.String())
            if not isinstance(op, ast.Eq | ast.NotEq):
                order = list(getattr(kind, "categories", ()))
                if word not in order:
                    such = nearest(word, order) or next(iter(order), None)
                    self.refuse(
                        node, f"{name} knows no order in which {word!r} stands.",
                        f"svy.where(\"{self.told(node)} in [{word!r}]\")" if such is None
                        else f"svy.where({self.text.replace(word, such)!r})  # its order: {', '.join(order)}",
                    )  # fmt: skip
                at = order.index(word)
                some = [one for i, one in enumerate(order) if _COMPARED[type(op)](i, at)]
                made = column.is_in(some)
                return known & made, known & ~made
        elif kind.is_temporal():
            try:
                other = pd.Timestamp(word).to_pydatetime()
            except ValueError:
                self.refuse(
                    node, f"{name} holds dates.", f"svy.where(\"{self.told(node)} < '2014-05-01'\")"
                )
            other = other.date() if kind == nw.Date else other
        elif kind != nw.String:
            self.mixed(name)
            bare = word.strip() if re.fullmatch(r" *-?\d+(\.\d+)? *", word) else "1"
            bare = "True" if kind == nw.Boolean else bare
            text = re.sub(f"['\"‘“]{re.escape(word)}['\"’”]", bare, self.text)
            self.refuse(node, f"{name} holds {'true and false' if kind == nw.Boolean else 'numbers'}, not words.",
                        f"svy.where({text!r})  # without quotes")  # fmt: skip
        made = _COMPARED[type(op)](column, other)
        return known & made, known & ~made

    def amount(self, node, whole=True):
        """A number, or an expression of numbers, and where it is known."""
        nw = self.nw
        if isinstance(node, ast.Name):
            name = self.column(node)
            if not self.number(name):
                self.mixed(name)
                self.refuse(node, f"{name} holds no numbers.",
                            f"svy.where(\"{self.told(node)} == 'a word in quotes'\")")  # fmt: skip
            column = nw.col(name)
            if not (whole and self.kind(name).is_integer()):  # small whole numbers would overflow
                column = column.cast(nw.Float64())
            return column, self.known(name)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return nw.lit(
                float(node.value) if isinstance(node.value, bool) else node.value
            ), nw.lit(True)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            made, known = self.amount(node.operand, whole=False)
            return made * -1, known
        if isinstance(node, ast.BinOp) and type(node.op) in _MADE:
            (one, known), (two, also) = (
                self.amount(side, False) for side in (node.left, node.right)
            )
            if isinstance(node.op, ast.Div):
                known = known & (two != 0)
            return _MADE[type(node.op)](one, two), known & also
        self.refuse(node)
        return None


def _plain(column):
    """A column of objects by what it holds."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        found = numbers_of(column)
        return column if found is None else pd.Series(found, column.index, name=column.name)
    if column.dtype != object:
        return column
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind == "boolean":
        return column.astype("boolean")
    if kind == "string":
        return column.astype("string")
    if kind in ("date", "datetime"):
        return pd.to_datetime(column)
    found = numbers_of(column)
    return column if found is None else pd.Series(found, column.index, name=column.name)
