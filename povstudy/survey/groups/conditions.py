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
from ..cells import Rows, nothing

_WRITTEN = {"＝": "=", "（": "(", "）": ")", "，": ",", "＜": "<", "＞": ">", "！": "!", "≤": "<=", "≥": ">=",
            "≠": "!=", "［": "[", "］": "]", "、": ",", "&": " and ", "|": " or ", "~": " not ",
            "&&": " and ", "||": " or ", "<>": "!=", "~=": "!="}  # fmt: skip
_PARTS = re.compile(r"'[^']*'|\"[^\"]*\"|‘[^’]*’|“[^”]*”|`[^`]*`|&&|\|\||<>|~=|.", re.DOTALL)
_COMPARED = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
             ast.Gt: operator.gt, ast.GtE: operator.ge}  # fmt: skip
_TURNED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
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
    made, left, gaps, read, remedy = (_read if words else _marked)(svy, condition, name)
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
                        found=told, remedy=remedy or "look at the column: its values, and its unit")  # fmt: skip
    layout = svy.layout
    layout = replace(layout, weights=(*layout.weights, name), masks=(*layout.masks, name))
    made = svy.reopened(made, layout)
    made.rows.path = svy.rows.path  # its rows are of the same files
    return made


# Marks, or words: the table with a column of marks, how many rows bear one, of how many it cannot be
# told, the columns that were read, and what helps if none bears one.


def _marked(svy, marks, name):
    """Of true and false for each row, of a table in memory."""
    rows = svy.rows
    if not isinstance(rows, Rows):
        raise DataError("True and false for each row need a table in memory.", where="argument condition",
                        found=type(marks).__name__, remedy=f"a condition in words: {_SUCH}")  # fmt: skip
    index = getattr(rows.table, "index", None)
    if isinstance(marks, pd.Series) and index is not None and not marks.index.equals(index):
        raise DataError("The marks are of other rows, or in another order, than the table.",
                        where="argument condition", found=f"{len(marks):,} marks for {len(rows):,} rows",
                        remedy="svy.where(table['income'] < 2300)  # of the table of the survey itself")  # fmt: skip
    column = pd.Series(list(marks) if np.iterable(marks) else [marks], dtype=object)
    known = column.dropna()
    if (
        len(column) != len(rows)
        or not known.map(lambda one: isinstance(one, bool | np.bool_)).all()
    ):
        raise DataError(
            "A condition is written in words, or is true or false for each row.", where="argument condition",
            found=f"{type(marks).__name__} of {len(column):,}, for {len(rows):,} rows", remedy=_SUCH,
        )  # fmt: skip
    looked, hold = rows.weights != 0, column.eq(True).to_numpy(dtype=bool)
    gaps = column.isna().to_numpy() & looked
    return _with(rows.table, name, hold), (hold & looked).sum(), gaps.sum(), [], None


def _with(table, name, hold):
    marks = hold.astype(float)
    if isinstance(table, pd.DataFrame):
        made = pd.concat([table, pd.Series(marks, table.index, name=name)], axis=1)
        made.attrs = dict(table.attrs)
        return made
    import polars as pl

    return table.with_columns(pl.Series(name, marks))


def _read(svy, text, name):
    """Of a condition in words."""
    import narwhals as nw

    rows, reader = svy.rows, _Reader(nw, svy, text)
    hold, fail = reader.truth(reader.tree)
    rows.refuse_codes(reader.ordered)
    if isinstance(rows, Rows):
        with np.errstate(all="ignore"):
            found = nw.from_native(reader.plain(rows.table)).select(t=hold, f=fail)
        hold, fail = (
            np.broadcast_to(found[one].to_numpy().astype(bool), len(rows)) for one in "tf"
        )
        looked = rows.weights != 0
        left, gaps = (hold & looked).sum(), (~hold & ~fail & looked).sum()
        made = _with(rows.table, name, hold)
    else:
        one = lambda x: nw.when(x).then(nw.lit(1.0)).otherwise(nw.lit(0.0))  # noqa: E731
        looked = reduce(operator.and_, [nw.col(w) != 0 for w in svy.layout.weights], hold | ~hold)
        asked = rows.given.select(t=one(hold & looked), u=one(~hold & ~fail & looked))
        left, gaps = rows._fetch(asked.select(nw.col("t", "u").sum())).fillna(0).iloc[0].astype(int)
        made = nw.to_native(rows.given.with_columns(**{name: one(hold)}))
    remedy = None if left else _none_left(reader, rows)
    return made, left, gaps, list(dict.fromkeys(reader.named)), remedy


def _none_left(reader, rows):
    """What helps where no row is left: words that a column does hold."""
    for name, asked in reader.words:
        there = rows.cells([], [], nothing, False, None, (name,)).groups[name].dropna()
        there = sorted(map(str, there[:50]))
        if asked not in there:
            near, told = nearest(asked, there), f"{name} holds {', '.join(map(repr, there[:10]))}"
            if near is None:
                return told
            return f"svy.where({reader.text.replace(asked, near)!r})  # {told}"
    return None


class _Reader:
    """What a condition says, as expressions: where it is true, and where it is false."""

    def __init__(self, nw, svy, text):
        self.nw, self.svy, self.text, self.names = nw, svy, text, {}
        self.named, self.ordered, self.words = [], [], []
        self.schema = {} if isinstance(svy.rows, Rows) else svy.rows.schema
        self.tree = self.parsed(text)

    def parsed(self, text):
        """The tree of a condition; names in backticks are put down by their number."""
        made = ""
        for part in _PARTS.findall(text):
            if part[0] == "`":
                made += f"column_{len(self.names)}_"
                self.names[f"column_{len(self.names)}_"] = part[1:-1]
            else:
                made += repr(part[1:-1]) if part[0] in "‘“'\"" else _WRITTEN.get(part, part)
        try:
            return ast.parse(" ".join(made.split("\n")).strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            single = re.sub(r"(?<![=!<>])=(?!=)", "==", text)
            single = re.sub(r"\b(AND|OR|NOT|IN|IS)\b", lambda m: m[0].lower(), single)
            raise DataError(
                "This is no condition that can be read.", where="argument condition", found=text[:80],
                remedy=f"svy.where({single!r})" if single != text
                else f"{_SUCH}; a name with blanks, or that begins with a figure, in ` `",
            ) from None  # fmt: skip

    def refuse(self, node, problem="A condition does not take this.", remedy=_SUCH):
        """Refuse a part of a condition."""
        raise DataError(problem, where="argument condition", found=self.told(node)[:80], remedy=remedy)  # fmt: skip

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
        table = table[list(dict.fromkeys(self.named)) or list(table.columns[:1])]
        return table.reset_index(drop=True).apply(_plain)

    def kind(self, name):
        """What a column holds, as narwhals says it."""
        if name not in self.schema:
            part = self.svy.rows.table[[name]]
            part = part.apply(_plain) if isinstance(part, pd.DataFrame) else part
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
            pairs = [self.truth(one) for one in node.values]
            return _all(pairs) if isinstance(node.op, ast.And) else _any(pairs)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.truth(node.operand)[::-1]
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            return _all([self.compared(*one) for one in zip(sides, node.ops, sides[1:])])  # noqa: B905
        if isinstance(node, ast.Name):
            name = self.column(node)
            if self.kind(name) == self.nw.Boolean:
                return _where(self.known(name), self.nw.col(name))
            self.refuse(node, "A column by itself is a condition where it holds true and false.",
                        f"svy.where({f'{self.told(node)} == 1'!r})")  # fmt: skip
        return self.refuse(node)

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
        empty = [isinstance(one, ast.Constant) and one.value is None for one in (left, right)]
        if isinstance(op, ast.Is | ast.IsNot) or any(empty):
            if not (isinstance(op, ast.Is | ast.IsNot) and isinstance(left, ast.Name) and empty[1]):
                self.refuse(right, "What is missing is told by `is None`.", 'svy.where("income is not None")')  # fmt: skip
            known = self.known(self.column(left))
            return (~known, known) if isinstance(op, ast.Is) else (known, ~known)
        if isinstance(op, ast.In | ast.NotIn):
            if not isinstance(right, ast.List | ast.Tuple | ast.Set) or not right.elts:
                self.refuse(right, "After `in` stands a list.", 'svy.where("year in [2019, 2020]")')
            made = _any([self.compared(left, ast.Eq(), one) for one in right.elts])
            return made if isinstance(op, ast.In) else made[::-1]
        columns = [str(one) for one in self.svy.rows.columns]
        sides = [left, right]
        bare = all(isinstance(one, ast.Name) for one in sides) and right.id not in (*columns, *self.names)  # fmt: skip
        if bare and self.kind(self.column(left)) == self.nw.String:
            self.refuse(right, "A word stands in quotes.",
                        f"svy.where({self.text.replace(right.id, repr(right.id))!r})")  # fmt: skip
        if isinstance(left, ast.Constant):  # the column first
            sides = [right, left]
            op = _TURNED.get(type(op), type(op))()
        named, word = isinstance(sides[0], ast.Name), getattr(sides[1], "value", None)
        if named and isinstance(word, str):
            return self.of_words(sides[0], self.column(sides[0]), op, word)
        if all(isinstance(one, ast.Name) for one in sides):
            one, two = (self.column(side) for side in sides)
            if not (self.number(one) or self.number(two)):
                if self.kind(one) != self.kind(two):
                    self.refuse(left, "The two columns hold values of two kinds.")
                made = _COMPARED[type(op)](self.nw.col(one), self.nw.col(two))
                return _where(self.known(one) & self.known(two), made)
        start = len(self.named)
        (one, known), (two, also) = (self.amount(side) for side in sides)
        if not isinstance(op, ast.Eq | ast.NotEq):
            self.ordered += [x for x in self.named[start:] if self.kind(x).is_numeric()]
        return _where(known & also, _COMPARED[type(op)](one, two))

    def mixed(self, name):
        """Refuse a column of objects that are neither all words nor all numbers."""
        if self.kind(name) in (self.nw.Object, self.nw.Unknown):
            raise DataError("This column holds neither words alone nor numbers alone.", where=f"column {name}",
                            remedy=f"table[{name!r}] = table[{name!r}].astype(str)")  # fmt: skip

    def number(self, name):
        """Whether a column holds numbers, or true and false."""
        return self.kind(name).is_numeric() or self.kind(name) == self.nw.Boolean

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
                return _where(known, column.is_in(some))
        elif kind.is_temporal():
            try:
                other = pd.Timestamp(word).to_pydatetime()
            except ValueError:
                self.refuse(node, f"{name} holds dates.", f"svy.where(\"{self.told(node)} < '2014-05-01'\")")  # fmt: skip
            other = other.date() if kind == nw.Date else other
        elif kind != nw.String:
            self.mixed(name)
            bare = word.strip() if re.fullmatch(r" *-?\d+(\.\d+)? *", word) else "1"
            bare = "True" if kind == nw.Boolean else bare
            text = re.sub(f"['\"‘“]{re.escape(word)}['\"’”]", bare, self.text)
            self.refuse(node, f"{name} holds {'true and false' if kind == nw.Boolean else 'numbers'}, not words.",
                        f"svy.where({text!r})  # without quotes")  # fmt: skip
        return _where(known, _COMPARED[type(op)](column, other))

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
            return nw.lit(+node.value), nw.lit(True)  # true and false as 1 and 0
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            made, known = self.amount(node.operand, whole=False)
            return made * -1, known
        if isinstance(node, ast.BinOp) and type(node.op) in _MADE:
            (one, known), (two, also) = (self.amount(x, False) for x in (node.left, node.right))
            if isinstance(node.op, ast.Div):
                known = known & (two != 0)
            return _MADE[type(node.op)](one, two), known & also
        return self.refuse(node)


def _where(known, made):
    """Where a comparison is true, and where false, of what is known."""
    return known & made, known & ~made


def _all(pairs):
    true, false = zip(*pairs, strict=True)
    return reduce(operator.and_, true), reduce(operator.or_, false)


def _any(pairs):
    return _all([one[::-1] for one in pairs])[::-1]


def _plain(column):
    """A column of objects by what it holds."""
    categories = isinstance(column.dtype, pd.CategoricalDtype)
    if column.dtype != object and not categories:
        return column
    kind = "" if categories else pd.api.types.infer_dtype(column, skipna=True)
    if kind in ("boolean", "string"):
        return column.astype(kind)
    if kind in ("date", "datetime"):
        return pd.to_datetime(column)
    found = numbers_of(column)
    return column if found is None else pd.Series(found, column.index, name=column.name)
