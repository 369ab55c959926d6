"""Formulas of covariates, computed on the patterns that occur and not on rows."""

import ast
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base.errors import DataError

_FUNCTIONS = {"np": np, "log": np.log, "log1p": np.log1p, "exp": np.exp, "sqrt": np.sqrt}


class Formula:
    """Right-hand side of a formula, read by patsy; bound to the levels it was fitted on."""

    def __init__(self, text, columns):
        """Read a formula and find the columns it uses."""
        import patsy

        self.text = text
        example = 'ps.relapse_model("approach + assets", spells, cluster="village")'
        if not isinstance(text, str):
            raise DataError("A formula is a text.", found=type(text).__name__, remedy=example)
        try:
            self._desc = patsy.ModelDesc.from_formula(text.strip() or "1")
        except patsy.PatsyError as error:
            raise DataError("This formula cannot be read.", found=text, where=str(error)[:80],
                            remedy=example) from error  # fmt: skip
        if self._desc.lhs_termlist:
            raise DataError("A formula names covariates alone: what ends is the column event.",
                            found=text, remedy=repr(text.split("~")[-1].strip()))  # fmt: skip
        if patsy.desc.INTERCEPT not in self._desc.rhs_termlist:
            raise DataError("The baseline stands in place of an intercept.", found=text,
                            remedy="leave 0 and -1 out of the formula")  # fmt: skip
        self._env = patsy.EvalEnvironment([_FUNCTIONS])
        factors = dict.fromkeys(f for term in self._desc.rhs_termlist for f in term.factors)
        used = {factor: _names(factor.code) for factor in factors}
        self.columns = list(dict.fromkeys(name for names in used.values() for name in names))
        if lacking := [name for name in self.columns if name not in columns]:
            raise DataError(
                "The table lacks a column of the formula.", found=", ".join(lacking),
                remedy=f"its columns are: {', '.join(map(str, list(columns)[:30]))}",
            )  # fmt: skip
        for factor in factors:
            if factor.memorize_passes_needed({}, self._env):
                raise DataError(
                    "This function looks at all rows, and a formula here at one row at a time.",
                    found=factor.code, remedy="make the column in the table, and name it",
                )  # fmt: skip
        self._used = used

    def bind(self, table):
        """Learn the levels of categories from the patterns that were seen."""
        import patsy

        self._levels = {name: self._found(name, column) for name, column in table.items()}
        table = self._plain(table)
        try:
            with np.errstate(divide="ignore", invalid="ignore"):
                self.info = patsy.design_matrix_builders(
                    [self._desc.rhs_termlist], lambda: iter([table]), self._env
                )[0]
        except (patsy.PatsyError, NameError, TypeError, ValueError) as error:
            raise DataError("This formula cannot be computed.", found=self.text,
                            where=str(error).splitlines()[0][:120],
                            remedy="name columns, C(), log(), sqrt(), I(), a:b or a*b") from error  # fmt: skip
        self.known = {
            name: set(table[name].dropna().unique())
            for factor, info in self.info.factor_infos.items() if info.type == "categorical"
            for name in self._used[factor]
        }  # fmt: skip
        self.names = self.info.column_names[1:]
        self.terms = {
            term.name(): slice(at.start - 1, at.stop - 1)
            for term, at in self.info.term_slices.items() if term.factors
        }  # fmt: skip
        return self

    def matrix(self, table):
        """Columns of the design, without an intercept."""
        import patsy

        if not self.names:
            return np.empty((len(table), 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            made = patsy.build_design_matrices(
                [self.info], self._plain(table), NA_action=patsy.NAAction(NA_types=[])
            )[0]
        return np.asarray(made)[:, 1:]

    def _found(self, name, column):
        """Levels of a column of categories, in their order; ``None`` of numbers."""
        if isinstance(column.dtype, pd.CategoricalDtype):
            return column.cat.remove_unused_categories().cat.categories
        codes = [factor.code for factor, used in self._used.items() if name in used]
        if pd.api.types.is_bool_dtype(column) or (
            pd.api.types.is_numeric_dtype(column)
            and not all(re.match(rf"C\({re.escape(str(name))}[,)]", code) for code in codes)
        ):
            return None
        try:
            return pd.Index(sorted(column.unique()))
        except TypeError:  # numbers beside text have no order
            return pd.Index(sorted(column.unique(), key=str))

    def _plain(self, table):
        """Columns as patsy reads them quickly: categories with their levels, numbers, truth."""
        made = {}
        for name, column in table.items():
            if self._levels[name] is not None and isinstance(column.dtype, pd.CategoricalDtype):
                column = column.cat.set_categories(self._levels[name])
            elif self._levels[name] is not None:
                column = pd.Categorical(column, categories=self._levels[name])
            elif pd.api.types.is_bool_dtype(column):
                column = column.to_numpy(dtype=bool)
            elif pd.api.types.is_integer_dtype(column):
                column = column.to_numpy(dtype=np.int64)
            else:
                column = column.to_numpy(dtype=float)
            made[name] = column
        return pd.DataFrame(made, index=table.index)

    def levels(self):
        """Variable, level and reference level of each column; empty where there is none."""
        rows = []
        for term in self.info.terms[1:]:
            at = self.terms[term.name()]
            single = len(term.factors) == 1
            info = self.info.factor_infos[term.factors[0]]
            if single and info.type == "categorical":
                contrast = self.info.term_codings[term][0].contrast_matrices[term.factors[0]]
                matrix = contrast.matrix
                reference = np.flatnonzero(~matrix.any(axis=1))
                used = self._used[term.factors[0]]
                name = used[0] if len(used) == 1 else term.name()
                base = str(info.categories[reference[0]]) if len(reference) else ""
                rows += [
                    (name, str(info.categories[np.argmax(matrix[:, j])]), base)
                    for j in range(matrix.shape[1])
                ]
            else:
                rows += [
                    (term.name(), "" if single else name, "")
                    for name in self.names[at]
                ]  # fmt: skip
        return pd.DataFrame(rows, columns=["variable", "level", "reference"])


def _names(code):
    """Names of columns that a piece of a formula uses."""
    tree = ast.parse(code, mode="eval")
    found, functions = [], {
        node.func.id for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in functions and node.id not in (
            "np", "Treatment", "Sum", "Poly", "Diff", "Helmert",
        ):  # fmt: skip
            found.append(node.id)
        quoted = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Q"
        if quoted and isinstance(node.args[0], ast.Constant):
            found.append(node.args[0].value)
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Baseline:
    """How the hazard moves with the periods since the start.

    Attributes
    ----------
    kind : str
        ``"groups"``, or the name of a curve.
    starts : tuple of int
        First period of each group.
    seen : int
        Last period with somebody at risk.
    open : bool
        Whether it says anything of periods after that.
    """

    kind: str
    starts: tuple
    seen: int
    open: bool

    @property
    def names(self):
        """Names of its coefficients."""
        if self.kind == "groups":
            ends = [one - 1 for one in self.starts[1:]]
            ends.append(None if self.open else self.seen)
            return [
                f"duration {a}+"
                if b is None
                else f"duration {a}"
                if a == b
                else f"duration {a}-{b}"
                for a, b in zip(self.starts, ends, strict=True)
            ]
        return ["Intercept", *_CURVES[self.kind]]

    def matrix(self, durations):
        """Row of the design for each duration (the first period is 1)."""
        durations = np.asarray(durations)
        if self.kind == "groups":
            group = np.searchsorted(self.starts, durations, side="right") - 1
            return np.eye(len(self.starts))[group]
        made = [make(durations.astype(float)) for make in _CURVES[self.kind].values()]
        return np.column_stack([np.ones(len(durations)), *made])


_CURVES = {
    "constant": {},
    "log": {"log(duration)": np.log},
    "linear": {"duration": lambda k: k},
    "quadratic": {"duration": lambda k: k, "duration^2": lambda k: k**2},
}


def baseline_of(wanted, counts):
    """Lay out a baseline over the periods that were seen.

    Parameters
    ----------
    wanted : str or sequence of int
        See `relapse_model`.
    counts : Counts

    Returns
    -------
    Baseline
    """
    seen = int(counts.duration.max()) + 1
    if isinstance(wanted, str) and wanted in _CURVES:
        return Baseline(wanted, (), seen, True)
    at_risk = np.bincount(counts.duration, counts.rows, seen)
    ends = np.bincount(counts.duration, counts.ends, seen)
    if isinstance(wanted, str) and wanted == "dummies":
        starts, risk, done = [1], 0.0, 0.0
        for k in range(seen):
            risk, done = risk + at_risk[k], done + ends[k]
            if 0 < done < risk and k + 1 < seen:
                starts, risk, done = [*starts, k + 2], 0.0, 0.0
        if not 0 < done < risk and len(starts) > 1:
            starts.pop()  # what is left at the end joins the group before
        return Baseline("groups", tuple(starts), seen, False)
    good = not isinstance(wanted, str) and np.iterable(wanted) and all(
        isinstance(one, int | np.integer) for one in wanted
    )  # fmt: skip
    starts = tuple(int(one) for one in wanted) if good else ()
    if not starts or starts[0] != 1 or any(np.diff(starts) <= 0) or starts[-1] > seen:
        raise DataError(
            "A baseline is named, or given by the first period of each group: from 1, rising, and "
            f"none after period {seen}, the last with somebody at risk.",
            found=repr(wanted),
            remedy=f'baseline="dummies", or one of {list(_CURVES)}, or such as [1, 2, 3, 5]',
        )
    made = Baseline("groups", starts, seen, True)
    group = np.searchsorted(starts, np.arange(seen) + 1, side="right") - 1
    for name, risk, done in zip(
        made.names, np.bincount(group, at_risk), np.bincount(group, ends), strict=True
    ):
        refuse_no_events(name, risk, done, "baseline= with fewer, wider groups")
    return made


def refuse_no_events(name, at_risk, events, remedy):
    """Refuse a part of the data whose coefficient would be infinite; say what is known of it."""
    if 0 < events < at_risk:
        return
    from scipy import stats

    few = min(events, at_risk - events)
    bound = stats.beta.ppf(0.975, few + 1, at_risk) if at_risk else np.nan
    raise DataError(
        "A coefficient would be infinite: a part of the data has "
        + (f"no events (its hazard is at most {bound:.3g} a period, exact, one-sided 97.5 %)."
           if events == 0 else
           f"nothing but events (its hazard is at least {1 - bound:.3g} a period, exact, "
           "one-sided 97.5 %)."),
        where=name, found=f"{events:,.0f} events of {at_risk:,.0f} household-periods at risk",
        remedy=remedy,
    )  # fmt: skip
