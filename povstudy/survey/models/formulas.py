"""Formulas of covariates (`income + C(region)`), computed on the patterns that occur and not on rows."""

import ast
import re
from functools import partial

import numpy as np
import pandas as pd

from ...base.checks import need_columns
from ...base.columns import numbers_of, refuse_dates, refuse_text
from ...base.errors import DataError
from . import curves

# What looks at one row alone: these, and under np its element-wise functions.
_FUNCTIONS = {name: getattr(np, name) for name in ("log", "log1p", "exp", "sqrt")}
_OF_NUMPY = ("np.where", "np.clip", "np.round", "np.isin", "np.nan_to_num", "np.digitize")
_CODINGS = ("Treatment", "Sum", "Helmert", "Diff", "Poly")
_POWER = r"\s*(?:\*\*|\^)\s*(\d+)"
_WIDE = str.maketrans("～＋－＊：（），", "~+-*:(),")


class Formula:
    """Right-hand side of a formula, read by formulaic; bound to the levels it was fitted on.

    Where an intercept is asked for, it is a column as the text has it; else it is left out,
    for something else stands in its place.
    """

    def __init__(self, text, columns, intercept=False, left=""):
        """Read a formula and find the columns it uses; remedies put what stands left of it before it."""
        from formulaic import Formula as Formulaic
        from formulaic.parser.types import Factor, Term

        self.text, self._before = text, 0 if intercept else 1
        read = _read(text, columns, left)
        if not intercept and "1" not in read:
            raise DataError("Something else stands in place of an intercept.", where="argument formula", found=text,
                            remedy="leave 0 and -1 out of the formula")  # fmt: skip
        # Each piece is computed here, with nothing but columns and functions at hand; formulaic
        # finds it under its own text, and codes it.
        double = '"' in text and "'" not in text
        self._code, terms = {}, []
        for term in read:
            made = []
            for factor in term.factors:
                how, label = factor.eval_method.value, factor.expr
                if how == "python":
                    label = label.replace("'", '"') if double else label
                    self._code[label] = re.sub("`(.*?)`", lambda m: f"Q({m[1]!r})", factor.expr)
                elif how == "lookup":
                    self._code[label] = f"Q({label!r})"
                elif label != "1":
                    beside = [
                        one.expr for one in term.factors if one.eval_method.value != "literal"
                    ]
                    raise DataError("A number in a formula is no column.", where="argument formula", found=text,
                                    remedy=f"I({' * '.join([label, *beside])})")  # fmt: skip
                made.append(Factor(label, eval_method="literal" if how == "literal" else "lookup"))
            terms.append(Term(made))
        self._formula = Formulaic(terms)
        self._used = {label: _names(code, columns) for label, code in self._code.items()}
        self.columns = list(dict.fromkeys(name for names in self._used.values() for name in names))
        if lacking := [name for name in self.columns if name not in columns]:
            raise DataError(
                "The table lacks a column of the formula.", where="argument formula", found=", ".join(lacking),
                remedy=f"formula={left + _in_our_words(text)!r}" if _in_our_words(text) != text
                else f"its columns are: {', '.join(map(str, list(columns)[:30]))}",
            )  # fmt: skip

    def bind(self, table, coded=None, counts=None, kept=None):
        """Learn the levels of categories from the patterns that were seen; of what is computed, as told.

        Curves learn their knots from the rows, of which ``counts`` tells how many have each pattern.
        """
        self._coded, self._curves = coded or {}, dict(kept or {})
        self._counts = None if counts is None else curves.few(counts)
        self._levels = {name: self._found(name, table[name]) for name in self.columns}
        self._truth = {
            name for name in self.columns if pd.api.types.is_bool_dtype(table[name].infer_objects())
        }
        try:
            self._spec = self._made(self._formula, table).model_spec
        except Exception as error:  # what a user wrote may fail in any way
            for label, code in self._code.items():  # such as the log of words
                for name in self._used[label] if code[:2] not in ("Q(", "C(") else ():
                    if self._levels[name] is not None and numbers_of(table[name]) is None:
                        refuse_text(name, table[name])
            raise DataError("This formula cannot be computed.", found=self.text,
                            where=f"{type(error).__name__}: {error}".splitlines()[0][:120],
                            remedy="name columns, C(), log(), sqrt(), I(), a:b or a*b; curves as bs(x, df=4), "
                            "cr(x, df=3) or poly(x, 2)") from None  # fmt: skip
        contrasts = self._spec.factor_contrasts
        self._coded = {one.expr: pd.Index(state.levels) for one, state in contrasts.items()}
        alone = {name for one in self._coded if _alone(self._code[one]) for name in self._used[one]}
        self.known = {
            name: set(table[name].unique() if levels is None else levels)
            for name, levels in self._levels.items() if levels is not None or name in alone
        }  # fmt: skip
        self.plain = [one for one in self.columns if self._levels[one] is None
                      and not (one in self.known or one in self._truth)]  # numbers  # fmt: skip
        self.names = list(self._spec.column_names[self._before :])
        self.terms = {
            _label(term): slice(max(at.start - self._before, 0), max(at.stop - self._before, 0))
            for term, at in self._spec.term_slices.items() if term != "1"
        }  # fmt: skip
        return self

    def learned(self):
        """What it learned: for each column its kind and values (of numbers only where they are levels)."""
        columns = {}
        for name, levels in self._levels.items():
            kind = "levels" if levels is not None else "truth" if name in self._truth else "number"
            values = sorted(self.known.get(name, ())) if levels is None else list(levels)
            columns[name] = {"kind": kind, "values": values}
        bent = {"curves": {one: curves.told(of) for one, of in self._curves.items()}}
        return {"columns": columns, "coded": {one: list(of) for one, of in self._coded.items()},
                **(bent if self._curves else {})}  # fmt: skip

    @classmethod
    def relearned(cls, text, learned):
        """The formula as it was when it told what it had learned."""
        columns, made = learned["columns"], {}
        rows = max((len(one["values"]) for one in columns.values()), default=0) or 1
        for name, one in columns.items():
            values = ((one["values"] or [1]) * rows)[:rows]
            made[name] = (pd.Categorical(values, categories=pd.Index(one["values"]))
                          if one["kind"] == "levels"
                          else np.array(values, dtype=bool if one["kind"] == "truth" else None))  # fmt: skip
        coded = {label: pd.Index(levels) for label, levels in learned["coded"].items()}
        kept = {label: curves.state(of) for label, of in learned.get("curves", {}).items()}
        return cls(text, list(columns)).bind(
            pd.DataFrame(made, index=range(rows)), coded, kept=kept
        )

    def matrix(self, table, lost=None):
        """Columns of the design; see the intercept. A dict gets the rows without a known or finite value, by piece."""
        if not self.names:
            return np.empty((len(table), 0))
        return np.asarray(self._made(self._spec, table, lost), dtype=float)[:, self._before :]

    def of(self, households):
        """Columns of the design, of new rows: refused where they lack a value, or have one unheard of."""
        need_columns(households, self.columns)
        for name in self.columns:
            column = households[name]
            bad = np.flatnonzero(column.isna())
            if len(bad):
                raise DataError(f"{len(bad):,} households have no {name}.",
                                where=household_of(households, bad[0]), remedy="fill it in")  # fmt: skip
            known = self.known.get(name)
            numbers = column
            if known is None:
                numbers = pd.to_numeric(column.astype(object), errors="coerce")
            bad = np.flatnonzero(numbers.isna())
            if len(bad):
                read = f"pd.to_numeric(households[{name!r}].astype(object), errors='coerce')"
                raise DataError(
                    f"{len(bad):,} households have a {name} that is no number.",
                    where=household_of(households, bad[0]), found=repr(column.iloc[bad[0]]),
                    remedy=f"households = households[{read}.notna()]  # leaves them out"
                    if len(bad) < len(households) else "numbers, as in the rows that were fitted",
                )  # fmt: skip
            unknown = [] if known is None else np.flatnonzero(~column.isin(known))
            if len(unknown):
                raise DataError(
                    f"{len(unknown):,} households have a {name} that the fit has not seen.",
                    where=household_of(households, unknown[0]), found=repr(column.iloc[unknown[0]]),
                    remedy=f"one of {sorted(map(str, known))[:12]}",
                )  # fmt: skip
        z = self.matrix(households[self.columns], lost := {})
        for label, bad in lost.items():
            at, levels = np.flatnonzero(bad), self._coded.get(label)
            what = f"{label} that is not finite"
            if label in self._curves:
                what = f"value outside the range that {label} was fitted on"
            if levels is not None:
                what = f"level of {label} that the fit has not seen"
            raise DataError(
                f"{len(at):,} households have a {what}.", where=household_of(households, at[0]),
                remedy=curves.ends(label, self._curves[label]) if label in self._curves
                else "look at its values, such as the log of zero" if levels is None
                else f"one of {list(map(str, levels))[:12]}",
            )  # fmt: skip
        return z

    def _made(self, spec, table, lost=None):
        """Columns that formulaic makes of the pieces of the formula; one row tells their names."""
        from formulaic.transforms import TRANSFORMS

        rows = 1 if spec is self._formula else len(table)

        def column(values, number):
            if np.shape(values) != (len(table),):
                raise ValueError("not one value for each row")
            values, levels = _column(values, number), self._coded.get(label)
            if levels is not None and isinstance(values.dtype, pd.CategoricalDtype):
                values = values.cat.set_categories(levels)
            elif lost is not None:
                values = values.where(np.isfinite(values))
            if lost is not None and values.isna().any():
                lost[label] = values.isna().to_numpy()
                values = values.fillna(0 if levels is None else levels[0])
            return values[:rows]

        plain = {name: self._plain(name, table[name]) for name in self.columns}
        amounts = {  # large whole numbers would overflow where they are computed with
            name: values.astype(float) if values.dtype == np.int64 else values for name, values in plain.items()
        }  # fmt: skip
        coded = lambda values, *rest, **more: TRANSFORMS["C"](  # noqa: E731
            column(values, number=False), *rest, **more
        )

        def curve(name, values, *rest, **more):
            x = np.asarray(values, dtype=float)
            if x.shape != (len(table),):
                raise ValueError("not one value for each row")
            if label not in self._curves:
                self._curves[label] = curves.learned(name, x, self._counts, *rest, **more)
            state = self._curves[label]
            if lost is not None and (bad := curves.outside(name, x, state, **more)).any():
                lost[label] = bad
                x = np.where(bad, state.get("lower_bound", 0.0), x)
            return curves.columns(name, x[:rows], state, *rest, **more)

        known = {
            **{name: partial(curve, name) for name in curves.CURVES},
            **_FUNCTIONS, **{name: TRANSFORMS[name] for name in _CODINGS}, "np": np, "C": coded,
            "I": lambda values: values, "__builtins__": {},
        }  # fmt: skip
        made = {}
        with np.errstate(divide="ignore", invalid="ignore"):
            for label, code in self._code.items():
                of = plain if _alone(code) else amounts
                # columns that bear the name of a function are found by Q
                values = eval(code, {**of, **known, "Q": of.get})
                by_coding = hasattr(values, "__formulaic_metadata__")
                made[label] = values if by_coding else column(values, number=True)
        return spec.get_model_matrix(
            pd.DataFrame(index=range(rows)), context=made, output="numpy", na_action="ignore",
            cluster_by="numerical_factors",
        )  # fmt: skip

    def _found(self, name, column):
        """Levels of a column of categories, in their order; ``None`` of numbers and truth."""
        if isinstance(column.dtype, pd.CategoricalDtype):
            return column.cat.remove_unused_categories().cat.categories
        if numbers_of(column) is not None:  # truth too, and numbers that stand as objects
            return None
        refuse_dates(name, column)
        try:
            return pd.Index(sorted(column.unique()))
        except TypeError:  # numbers beside text have no order
            return pd.Index(sorted(column.unique(), key=str))

    def _plain(self, name, column):
        """Values as formulaic reads them: categories with their levels, numbers, truth."""
        if self._levels[name] is not None:
            if isinstance(column.dtype, pd.CategoricalDtype):
                return column.cat.set_categories(self._levels[name]).reset_index(drop=True)
            return pd.Series(pd.Categorical(column, categories=self._levels[name]))
        if name in self._truth:  # where it was fitted; 1 and 0 are the same
            return pd.Series(column.to_numpy(dtype=bool))
        whole = pd.api.types.is_integer_dtype(column)
        return pd.Series(column.to_numpy(dtype=np.int64 if whole else float))

    def contrasts(self, name, column):
        """Levels of a column and their words, that of reference first; ``None`` of amounts."""
        levels = self._levels[name]
        if levels is None and (name in self._truth or set(column.unique()) <= {0, 1}):
            return [False, True] if name in self._truth else [0, 1], [name, name]
        levels = sorted(self.known[name]) if levels is None and name in self.known else levels
        if levels is None:
            return None, None
        found = self.levels()
        base = found.loc[(found["variable"] == name) & (found["reference"] != ""), "reference"]
        base = next((one for one in levels if str(one) in base.to_numpy()), levels[0])
        levels = [base, *(one for one in levels if one != base)]
        return levels, [f"{name}: {one}" for one in levels]

    def held(self, name, value, count):
        """A column in which all rows have one value."""
        levels = self._levels[name]
        return (
            np.full(count, value)
            if levels is None
            else pd.Categorical([value], levels).repeat(count)
        )

    def words(self):
        """Names of the columns as people read them: `approach: both`, `a x b`, `constant`."""
        said = {"Intercept": "constant"}
        for one in self._spec.structure:
            pairs = {"": ""}
            for factor in one.term.factors:
                if factor.expr != "1":
                    pairs = {f"{raw}:{b}" if raw else b: f"{told} x {d}" if told else d
                             for raw, told in pairs.items() for b, d in self._said(factor.expr).items()}  # fmt: skip
            said |= pairs
        made = [said.get(name, name) for name in self.names]
        return made if len(set(made)) == len(made) else list(self.names)

    def _said(self, label):
        """Words for the columns of a piece of the formula, by their names."""
        used = self._used.get(label, [])
        plain = re.sub(r"^I\((.*)\)$|`", lambda m: m[1] or "", label)
        name = str(used[0]) if len(used) == 1 and _alone(self._code[label]) else plain
        levels = self._coded.get(label)
        if label in self._curves:
            name = str(used[0]) if len(used) == 1 else name
            return {one: f"{name}: curve {i + 1}" for i, one in enumerate(self._columns_of(label))}
        if levels is None:
            return {label: name}
        mark = list(levels) == [False, True]
        return {f"{label}[{sign}{level}]": name if mark and level else f"{name}: {level}"
                for level in levels for sign in ("T.", "", "S.")}  # fmt: skip

    def _columns_of(self, label):
        """Names of the columns of a curve."""
        found = []
        for one in self._spec.structure:
            if [factor.expr for factor in one.term.factors] == [label]:
                found = list(one.columns)
        return found

    def levels(self):
        """Variable, level and reference level of each column; empty where there is none."""
        rows, contrasts = [], self._spec.factor_contrasts
        for label, at in self.terms.items():
            if label in contrasts:
                state, used = contrasts[label], self._used[label]
                coding = np.asarray(state.get_coding_matrix(reduced_rank=True))
                reference = np.flatnonzero(~coding.any(axis=1))
                rows += [
                    (used[0] if len(used) == 1 else label, str(state.levels[np.argmax(one)]),
                     str(state.levels[reference[0]]) if len(reference) else "")
                    for one in coding.T
                ]  # fmt: skip
            else:
                single = label in self._code and label not in self._curves
                rows += [(label, "" if single else name, "") for name in self.names[at]]
        return pd.DataFrame(rows, columns=["variable", "level", "reference"])


def _read(text, columns=(), left=""):
    """Terms of a right-hand side."""
    from formulaic import Formula as Formulaic
    from formulaic import SimpleFormula
    from formulaic.errors import FormulaicError
    from formulaic.parser import DefaultFormulaParser

    example = 'formula="approach + assets"'
    if not isinstance(text, str):
        raise DataError("A formula is a text.", where="argument formula", found=type(text).__name__,
                        remedy=example)  # fmt: skip
    quoted = re.sub(r"""\bQ\(\s*(["'])(.*?)\1\s*\)""", r"`\2`", text).strip()
    bare, before = quoted, None
    while bare != before:
        bare, before = re.sub(r"\([^()]*\)", "", bare), bare
    # of one term it is the term itself, and nothing would tell
    if re.search(rf"[\w`]{_POWER}", bare):
        whole = re.sub(rf"\bI\([^()]*\)|(`[^`]*`|[\w.]+(?:\([^()]*\))?){_POWER}",
                       lambda m: f"I({m[1]}**{m[2]})" if m[1] else m[0], text)  # fmt: skip
        raise DataError("A power of a column stands in I(): without it a formula crosses terms.",
                        where="argument formula", found=text, remedy=f"formula={left + whole!r}")  # fmt: skip
    try:
        parser = DefaultFormulaParser(feature_flags={"twosided"})
        read = Formulaic(quoted or "1", _parser=parser)
    except (FormulaicError, SyntaxError) as error:
        odd = [str(one) for one in columns if not str(one).isidentifier() and str(one) in text]
        whole = text
        for one in sorted(odd, key=len, reverse=True):  # the longest first, each in backticks once
            whole = re.sub(rf"(`[^`]*`)|(?<!\w){re.escape(one)}(?!\w)",
                           lambda m, one=one: m[1] or f"`{one}`", whole)  # fmt: skip
        remedy = f"formula={left + whole!r}  # or Q({odd[0]!r})" if whole != text else example
        if (ours := _in_our_words(text)) != text and whole == text:
            remedy = f"formula={left + ours!r}"
        raise DataError("This formula cannot be read.", found=text, remedy=remedy,
                        where=str(error).splitlines()[0][:80]) from None  # fmt: skip
    if not isinstance(read, SimpleFormula):
        raise DataError("A formula names covariates alone: what they explain is told apart.",
                        where="argument formula", found=text, remedy=repr(text.split("~")[-1].strip()))  # fmt: skip
    return read


def _in_our_words(text):
    """A formula with the factors of Stata, and the signs of Chinese keyboards, as they are written here."""
    made = re.sub(r"\bc\.(\w+)", r"\1", text.translate(_WIDE)).replace("##", "*").replace("#", ":")
    return re.sub(r"\bib?\d*\.(\w+)", r"C(\1)", made)


def sides(formula, problem, example):
    """Both sides of a formula; refused, in the words of who asks, where one is missing."""
    parts = re.split("[~～]", formula) if isinstance(formula, str) else []
    parts = [one.strip() for one in parts]
    if len(parts) != 2 or not all(parts):
        if len(words := " ".join(parts).split()) > 1 and all(one.isidentifier() for one in words):
            example, parts = words, [" + ".join(words[1:])]  # as Stata has it
        right = (parts or [""])[-1] or example[1]
        raise DataError(problem, where="argument formula", found=formula,
                        remedy=f'formula="{example[0]} ~ {right}"')  # fmt: skip
    return parts


def _names(code, columns):
    """Names of columns that a piece of a formula uses; a function of all rows is refused."""
    found, functions = [], set()
    for node in ast.walk(ast.parse(code, mode="eval")):
        match node:
            case ast.Call(ast.Name("Q"), [ast.Constant(name)]):
                functions.add(node.func)
                found.append(name)
            case ast.Call(func=function) | (ast.Attribute() as function):
                name = ast.unparse(function)
                of_numpy = getattr(np, name[3:], None) if name[:3] == "np." else None
                if not (
                    name in (*_FUNCTIONS, *_CODINGS, *curves.CURVES, "C", "I") or name in _OF_NUMPY
                    or isinstance(of_numpy, np.ufunc | float)
                ):  # fmt: skip
                    raise DataError(
                        "A formula looks at one row at a time, and does not know what may look at all rows.",
                        where="argument formula", found=name, remedy="log(), sqrt(), exp(), np.where(); or make the column "
                        "in the table, and name it",
                    )  # fmt: skip
                functions |= {function, getattr(function, "value", function)}
            case ast.BinOp(op=ast.BitXor(), right=ast.Constant()):
                raise DataError("A power is written with two stars.", where="argument formula", found=code,
                                remedy=code.replace("^", "**"))  # fmt: skip
            case ast.Name(name) if node not in functions:
                if name in columns or name not in _CODINGS:
                    found.append(name)
    return list(dict.fromkeys(found))


def _alone(code):
    """Whether a piece of a formula is a column as it is, or C() of one."""
    node = ast.parse(code, mode="eval").body
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "C" and node.args:
        node = node.args[0]
    quoted = isinstance(node, ast.Call) and ast.unparse(node.func) == "Q"
    return quoted or isinstance(node, ast.Name)


def _column(values, number):
    """Values as a column: text as categories, and truth, so that both are levels."""
    values = pd.Series(values)
    if pd.api.types.is_bool_dtype(values):
        return values.astype(pd.CategoricalDtype([False, True]))
    number &= pd.api.types.is_numeric_dtype(values)
    return values if number else values.astype("category")


def _label(term):
    return ":".join(factor.expr for factor in term.factors)


def household_of(households, at):
    """A row as people know it: by its household, else by its name."""
    name = "household_id"
    if name in households:
        return f"household {households[name].iloc[[at]].tolist()[0]!r}"
    return f"row {households.index[[at]].tolist()[0]!r}"
