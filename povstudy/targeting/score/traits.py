"""Rows, design and fits of a score from traits, with each place left out in turn."""

from numbers import Real

import numpy as np
import pandas as pd

from ...base.checks import listed, mean, nearest, need_share
from ...base.columns import LARGEST, SMALLEST, numbers_of, refuse_size, same_keys
from ...base.errors import DataError, tell
from ...base.status import handed_on
from ...measures.fgt import Drawn
from ...survey.cells import place_of
from ...survey.estimates import by_replicates
from ...survey.keys import having_all
from ...survey.linear import Term, estimates
from ...survey.models.formulas import Formula, sides
from ...survey.models.reading import outcome_of
from ...survey.ranks import Ranked
from . import leaving

KINDS = ("ols", "logit", "quantile")
ALIKE = 0.999  # correlation from which on a trait is taken for the outcome


class Core:
    """Rows, design and fits of a score."""

    def __init__(self, svy, formula, kind, tau, line, leave_out):
        """Read the formula and the rows."""
        known = isinstance(kind, str) and kind in KINDS
        learns = all(callable(getattr(kind, one, None)) for one in ("fit", "predict"))
        if not (known or learns) or isinstance(kind, type):
            near = mean(nearest(kind, KINDS)) if isinstance(kind, str) else ""
            raise DataError(f"A score is fitted by a kind that is known, or by a regressor.{near}",
                            where="argument kind", found=repr(kind)[:80],
                            remedy=f'kind="ols"  # one of {list(KINDS)}, or an object with fit and predict')  # fmt: skip
        need_share("quantile", tau)
        self.kind, self.tau, self.line = kind, tau, line
        self.name = kind if known else type(kind).__name__
        self.drops, self.leave_out = svy.missing == "drop", listed(leave_out)
        columns = svy.rows.columns
        if not self.leave_out:
            such = next((one for one in ("district", "county", "village", *svy.layout.psu) if one in columns), "district")  # fmt: skip
            raise DataError("A score is judged by places that it was not made from.",
                            where="argument leave_out", found=repr(leave_out),
                            remedy=f"leave_out={such!r}")  # fmt: skip
        such = next(
            (one for one in ("consumption", "income", "poor") if one in columns), "consumption"
        )
        left, right = sides(formula, "A score explains an outcome by traits: both stand in the formula.",
                            (f"log({such})", "rooms + roof"))  # fmt: skip
        # what stands there is reckoned, as 1/consumption
        self.left = Formula(f"I({left})", columns)
        self.right = Formula(right, columns, intercept=True, left=f"{left} ~ ")
        if len(self.left.columns) != 1:
            raise DataError("The outcome is one column, or a function of one.", where="argument formula",
                            found=left, remedy=f'formula="{(self.left.columns or ["consumption"])[0]} ~ {right}"')  # fmt: skip
        self.income = self.left.columns[0]
        if self.income in self.right.columns:
            raise DataError("The outcome is among the traits: a score made with it is no score.",
                            where="argument formula", found=self.income,
                            remedy="traits that an enumerator sees at the house")  # fmt: skip
        self.needed = [self.income, *self.right.columns]
        if used := [one for one in self.leave_out if one in self.needed]:
            raise DataError("A place that is left out is no trait: the others do not tell what it means.",
                            where="argument leave_out", found=used[0],
                            remedy=f"leave {used[0]} out of the formula, or leave out other places")  # fmt: skip
        self.svy = svy.in_memory([*self.needed, *self.leave_out, *columns_of(line)])
        self.rows, self.frame = self._read(self.svy, line)
        self.w = self.svy.weights[self.rows]
        self.levels()

    def _read(self, svy, line):
        """Rows that have a weight, all traits, a place and a line of their own, and these columns."""
        rows, refuse, needed = svy.rows, svy.missing == "refuse", [*self.needed, *self.leave_out]
        rows.need([*needed, *columns_of(line)])
        frame = pd.DataFrame({name: rows.key(name).array for name in needed})
        for name in self.right.columns:  # numbers that stand as objects
            if frame[name].dtype == object and (values := numbers_of(frame[name])) is not None:
                frame[name] = values
        numbers = [one for one in self.right.columns if pd.api.types.is_numeric_dtype(frame[one])]
        own = [line] if isinstance(line, str) else []
        good = rows.good([self.income, *own, *numbers], refuse)
        frame[self.income] = rows[self.income]
        good = np.ones(len(frame), dtype=bool) if good is None else good
        good = having_all(rows, frame.items(), good, refuse)
        return np.flatnonzero(good), frame[good].reset_index(drop=True)

    def levels(self):
        """Design, outcome and places."""
        if not len(self.frame):
            raise DataError("No household has all that the formula needs.", where="argument formula",
                            found=f"{len(self.svy):,} rows", remedy="look which column is empty")  # fmt: skip
        self.right.bind(self.frame)
        self.left.bind(self.frame[[self.income]])
        self.x = self.right.matrix(self.frame)
        if len(bad := np.flatnonzero(~np.isfinite(self.x).all(axis=1))):
            raise DataError("A trait is not finite.", where=self.svy.rows.place(self.rows[bad[0]]),
                            remedy="look at its values, such as the log of zero")  # fmt: skip
        for name, column in zip(self.right.names, self.x.T, strict=True):
            _need_size(name, column)
        codes, found = self.svy.rows.codes(self.leave_out)
        code, first = pd.factorize(codes[self.rows], sort=True)
        self.place, self.places = code, found.iloc[first].reset_index(drop=True)
        if len(first) < 2:
            raise DataError("There is one place: nothing is left to judge the score by.",
                            where=f"column {', '.join(self.leave_out)}", found=str(self.told(0)),
                            remedy="leave_out= a column of two places or more, or more places")  # fmt: skip
        units = self.svy.rows.unit_codes
        if units is not None:
            over = pd.Series(code).groupby(units[self.rows]).nunique() > 1
            if over.any():
                tell("Sampling units reach over several of the places that are left out: households "
                     "of one unit are in both, and the score looks better than it is.",
                     where=f"column {', '.join(self.leave_out)}", found=f"{over.sum():,} units",
                     remedy=f"leave out {', '.join((*self.svy.layout.strata, *self.svy.layout.psu))}, or larger places")  # fmt: skip
        categories = [one for one in self.right.columns if self.right.known.get(one) is not None]
        leaving.refuse_levels(self.frame, categories, code, self.told)
        self.y, self.poor, self.shift = self.outcome(self.svy, self.rows, self.frame, self.line)
        self._refuse_outcome()

    def told(self, place):
        """A place as people know it."""
        return place_of(self.places[self.leave_out].iloc[place])

    def outcome(self, svy, rows, frame, line):
        """The outcome of rows, who of them is poor, and what is taken off before ranking."""
        income = svy.rows[self.income][rows]
        _need_size(self.income, income)
        y = outcome_of(svy, rows, frame, self.left)
        if np.ptp(y) == 0:
            raise DataError("The outcome is the same for all.", where=f"column {self.income}", found=y[0],
                            remedy="an outcome that parts households")  # fmt: skip
        mark = bool(np.isin(income, (0, 1)).all())
        if mark and line is not None:
            raise DataError("The outcome says already who is poor: there is no line.", where="argument line",
                            found=line, remedy="leave line out, or name the amounts")  # fmt: skip
        if mark:
            return y, y, np.zeros(len(y))
        poor, shift = None, np.zeros(len(y))
        if line is not None:
            z = np.broadcast_to(Drawn(svy, self.income, line).at(svy.rows), len(svy))[rows]
            poor = (income < z).astype(float)
            if np.ptp(poor) == 0:
                who = "everybody has" if poor[0] else "nobody has"
                raise DataError(f"All are the same by this line: {who} less.", where="argument line", found=line,
                                remedy=f"a line between {income.min():.6g} and {income.max():.6g}")  # fmt: skip
            if not isinstance(line, Real):
                shift = self.left.matrix(pd.DataFrame({self.income: z}))[:, 0]
        if self.kind != "logit":
            return y, poor, shift
        if poor is None:
            raise DataError("A logit is of being poor: the outcome is 1 or 0, or there is a line.",
                            where=f"column {self.income}", found=income[0],
                            remedy="line= below which a household is poor")  # fmt: skip
        return poor, poor, np.zeros(len(y))

    @property
    def amounts(self):
        """Whether the column of the outcome holds amounts, and not a mark."""
        return not np.isin(self.frame[self.income], (0, 1)).all()

    def distinct(self, names):
        """Columns of the formula without those that rank as an earlier one does, such as a square."""
        kept, ranks = [], []
        for name in names:
            if pd.api.types.is_numeric_dtype(self.frame[name]):
                x = self.frame[name].to_numpy(dtype=float)
                if np.ptp(x) == 0:
                    continue
                x = _ranks(x, self.w)
                if any(abs(np.average(x * y, weights=self.w)) > ALIKE for y in ranks):
                    continue
                ranks.append(x)
            kept.append(name)
        return kept

    @property
    def upward(self):
        """Whether a high prediction means poor."""
        if self.kind == "logit" or not self.amounts:
            return True
        income = self.frame[self.income].to_numpy(dtype=float)  # as of -consumption
        return bool(np.average(_centred(income, self.w) * self.y, weights=self.w) < 0)

    def _refuse_outcome(self):
        """Refuse traits that are the outcome under another name."""
        y, income = self.y, self.frame[self.income].to_numpy()
        told = lambda x: np.array([_standard(x, self.w), _ranks(x, self.w)])  # noqa: E731
        wanted = np.vstack([told(y), told(income)]) * self.w / self.w.sum()
        for name, column in zip(self.right.names, self.x.T, strict=True):
            if np.ptp(column) == 0:
                continue
            if (close := np.abs(told(column) @ wanted.T).max()) > ALIKE:
                raise DataError(
                    "A trait is the outcome under another name: a score made with it is no score.",
                    where="argument formula", found=f"{name}, correlation {close:.5f}",
                    remedy=f"leave {name} out of the formula",
                )  # fmt: skip

    def fit(self):
        """Fit all rows, and all but each fold."""
        kind, w, y = self.kind, self.w, self.y
        self.basis = leaving.Basis(self.x, w, self.right.names)
        fold, count = leaving.folds_of(self.place, len(self.places), w, kind == "ols")
        slopes = None
        if isinstance(kind, str):
            slopes = leaving.fit(kind, self.basis.q, y, w, self.tau)
            self.whole = leaving.Linear(self.basis.back(slopes), kind == "logit")
            if kind == "logit" and np.abs(self.x @ self.whole.slopes).max() > 30:
                raise DataError("The traits tell for sure who is poor: a logit has no slopes then.",
                                where="argument formula", found=self.right.text,
                                remedy="leave out the trait that tells it, or kind=\"ols\"")  # fmt: skip
        else:
            self.whole = leaving.learned(kind, self.basis, y, w)
        parts = leaving.parts_of(fold, count)
        self.models, predicted = leaving.without(kind, self.basis, y, w, slopes, parts, self.tau)
        fitted = self.whole.predict(self.x)
        if min(map(np.ptp, (fitted, predicted))) <= 1e-12 * np.abs(fitted).max():
            raise DataError("The score is the same for all: it tells nobody from others.", where="argument formula",
                            found=self.right.text, remedy="traits that vary, or another kind")  # fmt: skip
        lost = np.average((y - fitted) ** 2, weights=w) / np.average(_centred(y, w) ** 2, weights=w)
        if slopes is not None and not self.upward and lost < 1 - ALIKE:
            raise DataError("The traits together tell the outcome: a score made of its parts is no score.",
                            where="argument formula", found=f"R2 in sample above {ALIKE}",
                            remedy="leave out what is a part of the outcome")  # fmt: skip
        self.slopes = slopes
        first = np.unique(self.place, return_index=True)[1]
        self.places = self.places.assign(fold=fold[first], households=np.bincount(self.place))
        self.survey = self.with_columns(self.svy, self.rows, {
            "fitted_": fitted, **self.columns(predicted, self.y, self.poor, self.shift),
        })  # fmt: skip

    def columns(self, predicted, y, poor, shift):
        """Columns by which a score and the outcome rank, the poorest the lowest."""
        sign = -1.0 if self.upward else 1.0
        order = sign * (predicted - shift)
        size = np.abs(order).max() or 1.0  # what differs by rounding alone is tied
        made = {"predicted": predicted, "order": np.round(order / size, 11) * size, "outcome_": y,
                "rank_": sign * (y - shift)}  # fmt: skip
        return made if poor is None else {**made, "poor_": poor}

    def with_columns(self, svy, rows, made):
        """The survey with new columns, missing for rows that were left out."""
        table = svy.rows.table
        if not isinstance(table, pd.DataFrame):
            table = pd.DataFrame({one: svy.rows.key(one) for one in svy.rows.columns})
        taken = {*svy.layout.names, *self.needed, *self.leave_out} & {*made}
        if taken := taken | {*self.leave_out} & {"fold", "households"}:
            raise DataError("A column of the survey bears a name that the score gives.", where=f"column {min(taken)}",
                            found=min(taken), remedy="give it another name where the table is made")  # fmt: skip
        new = pd.DataFrame(made, index=rows).reindex(np.arange(len(table))).set_axis(table.index)
        made = table.assign(**{name: new[name] for name in new})
        return svy.reopened(handed_on(made, svy), missing="drop")

    def elsewhere(self, svy, line):
        """Predictions and outcomes of another survey, each by a model without its place."""
        rows, frame = self._read(svy, line)
        x = self.right.of(frame)
        y, poor, shift = self.outcome(svy, rows, frame, line)
        predicted = self.whole.predict(x)
        keys = {one: same_keys(one, frame[one], self.places[one]) for one in self.leave_out}
        there, known = (pd.DataFrame({one: two[i] for one, two in keys.items()}) for i in (0, 1))
        known["fold"] = self.places["fold"]
        fold = there.merge(known, how="left", on=self.leave_out)["fold"].to_numpy()
        for one in np.unique(fold[~np.isnan(fold)]):
            here = fold == one
            predicted[here] = self.models[int(one)].predict(x[here])
        columns = self.columns(predicted, y, poor, shift)
        return self.with_columns(svy, rows, columns).rows.table


@by_replicates
def coefficients(svy, core):
    """Coefficients of the fit of all rows, with the influence of each row."""
    weights, errors = svy.weights[core.rows], svy.layout.errors
    slopes = leaving.fit(core.kind, core.basis.q, core.y, weights, core.tau, core.slopes)
    made = np.zeros((len(svy), len(slopes)))
    if errors:
        made[core.rows] = leaving.influences(
            core.kind, core.basis, core.y, weights, slopes, core.tau
        )
    terms = {f"term {i}": influence for i, influence in enumerate(made.T)}
    found = svy.cells([], ["predicted"], lambda row: terms)
    own = core.basis.back(slopes)
    return estimates(svy, found, [
        Term(name, own[[i]], {f"term {i}": np.ones(1)}) for i, name in enumerate(core.right.names)
    ])  # fmt: skip


def columns_of(line):
    """Columns that a line is read from."""
    return [line] if isinstance(line, str) else list(getattr(line, "by", ()))


def _need_size(name, column):
    """Refuse values whose squares a float cannot hold."""
    if (size := np.abs(column).max()) > LARGEST or 0 < size < SMALLEST:
        refuse_size(f"column {name}", size)


def _centred(x, w):
    return x - np.average(x, weights=w)


def _standard(x, w):
    """Values with the mean 0 and the variance 1."""
    x = _centred(x, w)
    return x / np.sqrt(np.average(x**2, weights=w))


def _ranks(x, w):
    """Ranks, of mean 0 and variance 1."""
    ranked = Ranked(x, w, np.zeros(len(x), dtype=np.intp), 1)
    return _standard(ranked.back(ranked.middle(ranked.w)), w)
