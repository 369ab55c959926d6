"""Rows, outcome and columns of a regression, from a table or a survey."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...base.checks import listed, mean, nearest, shown
from ...base.columns import LARGEST, SMALLEST, numbers_of, refuse_size
from ...base.errors import DataError, DesignError
from ..keys import having_all
from ..survey import Survey, code_of
from .fitting import FAMILIES
from .formulas import Formula, sides


@dataclass(frozen=True)
class Model:
    """What is fitted.

    Attributes
    ----------
    svy : Survey
        In memory; of a plain table without weights, its sampling units the clusters.
    plain : bool
        Whether a table was given and no Survey.
    rows : ndarray of int
        Rows of the survey that count.
    frame : DataFrame
        Columns of the formula, of these rows.
    x, y : ndarray
        Columns of the design, and the outcome.
    outcome, words : str, list of str
        What they are called.
    formula : Formula
    family : str
    absorbed : dict of ndarray, or None
        For each absorbed column the codes of the rows.
    lost : dict
        Rows left out, by reason.
    """

    svy: Survey
    plain: bool
    rows: np.ndarray
    frame: pd.DataFrame
    x: np.ndarray
    y: np.ndarray
    outcome: str
    words: list
    formula: Formula
    family: str
    absorbed: dict | None
    lost: dict

    @property
    def taken(self):
        """Absorbed effects: levels, of all columns but the first minus one."""
        absorbed = self.absorbed or {}
        return sum(len(np.unique(code)) for code in absorbed.values()) - max(len(absorbed) - 1, 0)

    def of(self, some):
        """The same of some rows, as they are fitted."""
        absorbed = self.absorbed and {name: code[some] for name, code in self.absorbed.items()}
        return replace(self, x=self.x[some], y=self.y[some], absorbed=absorbed)


def read(formula, data, cluster, absorb, family, missing, weight):
    """Read what is to be fitted; see `regress`."""
    if isinstance(data, str) and not isinstance(formula, str):
        raise DataError("The formula comes first, then the data.", where="argument formula", found=shown(formula),
                        remedy=f"ps.regress({data!r}, svy)")  # fmt: skip
    if family not in FAMILIES:
        near = "logit" if family == "binomial" else nearest(family, FAMILIES)
        raise DataError(f"This family is not known.{mean(near)}", where="argument family",
                        found=repr(family), remedy=f"family={near or FAMILIES[0]!r}  # one of {list(FAMILIES)}")  # fmt: skip
    svy = _surveyed(data, cluster, missing, weight)
    columns, absorb = svy.rows.columns, list(dict.fromkeys(listed(absorb)))
    left, right = _sides(formula, columns)
    if absorb and family in ("logit", "probit"):
        raise DataError(
            f"A {family} takes no absorbed effects: of many small groups its coefficients are biased.",
            where="argument absorb", found=absorb,
            remedy=f'formula="{left} ~ {right} + C({absorb[0]})", absorb=None  # of few large groups; or family="linear"',
        )  # fmt: skip
    outcome = Formula(f"I({left})", columns)
    right = Formula(right, columns, intercept=not absorb, left=f"{left} ~ ")
    if both := [one for one in outcome.columns if one in right.columns]:
        raise DataError("The outcome stands among what explains it.", where="argument formula", found=both[0],
                        remedy="leave it out on the right")  # fmt: skip
    needed = list(dict.fromkeys([*outcome.columns, *right.columns]))
    svy = svy.in_memory([*needed, *absorb])
    svy.rows.need([*needed, *absorb])
    try:
        rows, frame, dropped = _rows(svy, needed, outcome, absorb, left)
    except DataError as error:
        if isinstance(data, Survey) or 'missing="drop"  #' not in str(error.remedy)[:17]:
            raise
        raise type(error)(error.problem, error.where, error.found,
                          'missing="drop"  # leaves them out and counts them') from None  # fmt: skip
    absorbed, lost = None, {"missing": dropped}
    codes = {name: svy.rows.codes([name])[0][rows] for name in absorb}
    y = _outcome(svy, rows, frame, outcome, left, right.text, family)
    if absorb:
        keep, lost = _grouped(codes, y, family == "poisson", lost)
        rows, frame, y = rows[keep], frame[keep].reset_index(drop=True), y[keep]
        absorbed = {name: pd.factorize(code[keep])[0] for name, code in codes.items()}
        if len(keep) and not len(rows):
            raise DataError("Every row is alone in a group that is absorbed, or all of its group are 0.",
                            where="argument absorb", found=f"{absorb}, {len(keep):,} rows",
                            remedy="absorb= columns of larger groups")  # fmt: skip
    if not len(rows):
        raise DataError("No row has all that the formula needs.", where="argument formula",
                        found=f"{len(svy):,} rows", remedy="look which column is empty")  # fmt: skip
    if np.ptp(y) == 0:
        raise DataError("The outcome is the same for all.", where="argument formula", found=f"{left} = {y[0]:g}",
                        remedy="an outcome that varies")  # fmt: skip
    right.bind(frame[right.columns])
    x = right.matrix(frame[right.columns])
    if alike := [label for label, at in right.terms.items() if at.start == at.stop]:
        raise DataError("A covariate has one level: there is nothing to compare.", where="argument formula",
                        found=alike[0], remedy="leave it out")  # fmt: skip
    if not x.shape[1]:
        raise DataError("There is no covariate.", where="argument formula", found=formula,
                        remedy=f'formula="{left} ~ 1", absorb=None')  # fmt: skip
    words = right.words()
    for name, column in zip(words, x.T, strict=True):
        if len(bad := np.flatnonzero(~np.isfinite(column))):
            raise DataError(f"{len(bad):,} rows have a {name} that is not finite.", where=svy.rows.place(rows[bad[0]]),
                            remedy="look at its values, such as the log of zero")  # fmt: skip
        if (size := np.abs(column).max()) > LARGEST or 0 < size < SMALLEST:
            refuse_size(name, size)
    return Model(svy, not isinstance(data, Survey), rows, frame[right.columns], x, y, left, words,
                 right, family, absorbed, lost)  # fmt: skip


def _surveyed(data, cluster, missing, weight):
    """A table with its clusters as a survey; a Survey as it is."""
    if not isinstance(data, Survey):
        if weight is not None:
            more = "" if cluster is None else f", psu={cluster!r}"
            raise DesignError("Weights make a Survey of a table: they come with its design.", where="argument weight",
                              found=repr(weight), remedy=f"svy = ps.Survey(table, weight={weight!r}{more})")  # fmt: skip
        return Survey(data, psu=cluster, missing=missing or "refuse", lonely="center")
    refuse_own(data, cluster, weight)
    return data if missing in (None, data.missing) else data.reopened(data.data, missing=missing)


def refuse_own(svy, cluster=None, weight=None, name="table"):
    """Refuse clusters and weights beside a Survey, which brings its own; ``name``: of its table."""
    other = {one: x for one, x in (("weight", weight), ("psu", cluster)) if x is not None}
    if other:
        raise DesignError("A Survey brings its own weights and units.", found=f"cluster={cluster!r}, weight={weight!r}",
                          remedy=code_of(svy, name, **other))  # fmt: skip


def _sides(formula, columns):
    """Both sides of a formula; absorbed effects are refused in it."""
    left, right = sides(formula, "A regression explains an outcome: both stand in the formula.",
                        (next((one for one in ("consumption", "income") if one in columns), "income"), "approach"))  # fmt: skip
    outside = re.sub(r"""`[^`]*`|"[^"]*"|'[^']*'""", lambda m: "_" * len(m[0]), right)
    if (at := outside.find("|")) >= 0 and "(" not in outside[:at]:
        names = [one.strip(" `") for one in right[at + 1 :].split("+")]
        raise DataError("Effects that are absorbed stand beside the formula.", where="argument formula", found=formula,
                        remedy=f"formula={f'{left} ~ {right[:at].strip()}'!r}, absorb={names!r}")  # fmt: skip
    return left, right


def _rows(svy, needed, outcome, absorb, left):
    """Rows that have a weight and all values, their columns, and how many were left out."""
    rows, refuse = svy.rows, svy.missing == "refuse"
    frame = pd.DataFrame({name: rows.cleared(name, rows.key(name)).array for name in needed})
    for name in needed:  # numbers that stand as objects
        if frame[name].dtype == object and (values := numbers_of(frame[name])) is not None:
            frame[name] = values
    numbers = [one for one in needed if pd.api.types.is_numeric_dtype(frame[one])]
    if left.strip("`") in needed and left.strip("`") not in numbers:  # no text alone
        numbers.append(left.strip("`"))
        frame[numbers[-1]] = rows[numbers[-1]]
    good = rows.good(numbers, refuse)
    good = np.ones(len(frame), dtype=bool) if good is None else good
    keys = [(name, rows.key(name).reset_index(drop=True)) for name in absorb]
    good = having_all(rows, [*frame.items(), *keys], good, refuse)
    counted = len(frame) if rows.counts is None else int(rows.counts.sum())
    return np.flatnonzero(good), frame[good].reset_index(drop=True), counted - int(good.sum())


def _outcome(svy, rows, frame, outcome, left, right, family):
    """The outcome of rows; refused where the family has no such."""
    if not len(frame):
        return np.empty(0)
    outcome.bind(frame[outcome.columns])
    y, name = outcome_of(svy, rows, frame, outcome), outcome.columns[0]
    if (size := np.abs(y).max()) > LARGEST or 0 < size < SMALLEST:
        refuse_size(left, size)
    wrong = y < 0 if family == "poisson" else (y != 0) & (y != 1)
    if family != "linear" and wrong.any():
        at = np.argmax(wrong)
        where, found = f"column {name}, {svy.rows.place(rows[at])}", f"{y[at]:g}"
        if family == "poisson":
            raise DataError("A Poisson regression is of counts, or amounts of 0 and more.", where=where, found=found,
                            remedy='family="linear"')  # fmt: skip
        words = (y == 1).any() and len(np.unique(y)) <= 5  # codes, such as 1 and 2
        cut = f"{left} == 1" if words else f"{left} > {np.median(y):g}"
        raise DataError(f"The outcome of a {family} is 1 or 0.", where=where, found=found,
                        remedy=f'formula="I({cut}) ~ {right}"  # or family="linear"')  # fmt: skip
    return y


def outcome_of(svy, rows, frame, outcome):
    """What the left side of a formula makes of rows: one number of each, or it is refused."""
    y, name = outcome.matrix(frame[outcome.columns]), outcome.columns[0]
    if y.shape[1] != 1:
        raise DataError("The outcome is one number, or a mark of 1 and 0.", where="argument formula",
                        found=outcome.text[2:-1], remedy="name a column, or log() of it")  # fmt: skip
    if len(bad := np.flatnonzero(~np.isfinite(y[:, 0]))):
        raise DataError(
            f"{len(bad):,} rows have an outcome without a value: a logarithm needs more than 0.",
            where=f"column {name}, {svy.rows.place(rows[bad[0]])}", found=frame[name].iloc[bad[0]],
            remedy=f"table = table[~(table[{name!r}] <= 0)]  # leaves them out: say so",
        )  # fmt: skip
    return y[:, 0]


def _grouped(codes, y, counts, lost):
    """Rows of absorbed groups that tell something, and how many do not."""
    keep, lost = np.ones(len(y), dtype=bool), {**lost, "singletons": 0, "all zero": 0}
    while True:
        before = keep.sum()
        for code in codes.values():
            size = np.bincount(code[keep], minlength=code.max(initial=0) + 1)
            whole = np.bincount(code, y * keep)
            alone = keep & (size[code] == 1)
            empty = keep & ~alone & (whole[code] == 0) & counts
            keep &= ~(alone | empty)
            lost["singletons"] += int(alone.sum())
            lost["all zero"] += int(empty.sum())
        if keep.sum() == before:
            return keep, lost
