"""Estimates with their errors, and what is made of them: differences, bands, combinations."""

from dataclasses import dataclass, fields, replace
from functools import wraps

import numpy as np
import pandas as pd

from ..base.checks import need_whole
from ..base.errors import DataError
from ..base.progress import watched
from ..base.results import Result
from ..base.status import handed_on
from ..base.storing import Storable
from .design import Design, Totals, designed
from .shares import near_an_end, reach_of, share_ends
from .survey import Survey

NUMBERS = ("estimate", "n", "population")
_BLOCK = 256  # columns of influences that are worked on at once


@dataclass(frozen=True, repr=False)
class Estimates(Storable, Result):
    """Estimates of one or more measures in one or more domains, with their errors.

    Attributes
    ----------
    table : DataFrame
        ``term``, columns of the domains, ``estimate``, ``n`` (rows), ``population`` (sum of
        weights); one row for each estimate.
    design : Design
        Of the whole survey.
    totals : Totals
        Weighted influences summed by sampling unit.
    mix : sparse array, influences x estimates, or None
        Which influences make up each estimate, where it is not one: that of a relative line
        is shared by all domains.
    dropped : int
        Rows left out because a value was missing.
    status : str
        What the data are.
    simple : callable, optional
        Gives the variance of each estimate in a simple random sample.
    touched : sparse array, strata x estimates, or None
        Ones where a stratum has rows of the domain; ``None``: all strata count.
    intervals : callable, optional
        Gives both ends of intervals of a level, where they are not symmetric.
    source : Source or None
        Where the data come from.
    lone : ndarray of int, or None
        The one sampling unit in which the domain of an estimate lies, -1 where it has several.
    shares : callable, optional
        Gives for each estimate: whether it is a share, the number of units of one size that it
        rests on, and the number of units with the rarer answer (see `share_ends`); may give the
        smallest and the largest possible value of each too, where they are not 0 and 1.
    line : Estimates or None
        Of relative lines: in the unit of incomes, not a share.
    crossed : callable, optional
        Gives ``totals`` that know covariances between parts too, which these do not.
    origin : tuple of tuple, optional
        Survey, sums and slopes that each of its parts was finished from.
    same : tuple of str
        Columns that tell apart not domains, but estimates of the same rows, such as ``"income"``.
    """

    table: pd.DataFrame
    design: Design
    totals: Totals
    mix: object = None
    dropped: int = 0
    status: str = "survey"
    simple: object = None
    touched: object = None
    intervals: object = None
    source: object = None
    lone: object = None
    shares: object = None
    line: object = None
    crossed: object = None
    origin: object = None
    same: tuple = ()

    def __len__(self):
        """Number of estimates."""
        return len(self.table)

    def _mixed(self, matrix=None):
        """Influences on the estimates, or on combinations of them, a block at a time."""
        if self.mix is not None:
            matrix = self.mix if matrix is None else self.mix @ matrix
        if matrix is None:
            yield self.totals
            return
        matrix = matrix.tocsc()
        for start in range(0, matrix.shape[1], _BLOCK):
            yield self.totals @ matrix[:, start : start + _BLOCK]

    def _errors(self, matrix=None):
        parts = [self.design.variance(totals) for totals in self._mixed(matrix)]
        errors = np.sqrt(np.concatenate(parts)) if parts else np.empty(0)
        if matrix is not None:
            return errors
        return np.where(self._alone() | self.table["estimate"].isna(), np.nan, errors)

    def _alone(self):
        """Which estimates lie in one sampling unit, and have no error."""
        return np.zeros(len(self), dtype=bool) if self.lone is None else self.lone >= 0

    def _df(self):
        """Degrees of freedom of each estimate: units minus strata, in the strata of its domain."""
        df = self.design.df
        if self.touched is not None:
            df = np.asarray(self.design.freedom @ self.touched).ravel()
        return np.where(self._alone(), 0.0, df)

    def _ends(self, level, errors, df):
        """Both ends of intervals: symmetric, or of shares, or as the measure says."""
        if self.intervals is not None:
            return self.intervals(level)
        estimate, reach = self.table["estimate"].to_numpy(dtype=float), reach_of(level, df) * errors
        low, high = estimate - reach, estimate + reach
        if self.shares is not None:
            which, part, alike, touched, least, span, bounded = self._parts()
            of = part, errors / span, df, self.table["n"].to_numpy(dtype=float), alike, touched
            if bounded:
                low, high = (np.clip(x, least, least + span) for x in (low, high))
            found = share_ends(*(x[which] for x in of), level)
            low[which], high[which] = (least[which] + span[which] * x for x in found)
        return low, high

    def _parts(self):
        """Which are shares; as parts of what is possible, with its least value and its span."""
        which, alike, touched, *limits = (np.asarray(x) for x in self.shares())
        least, most = limits or np.repeat([[0.0], [1.0]], len(self), axis=1)
        part = (self.table["estimate"].to_numpy(dtype=float) - least) / (most - least)
        which = which & (part > -1e-9) & (part < 1 + 1e-9)
        return which, part, alike, touched, least, most - least, bool(limits)

    def tidy(self, level=0.95):
        """Table of the estimates with standard errors and confidence intervals.

        Parameters
        ----------
        level : float
            Of the intervals: t distribution; degrees of freedom are the units minus the strata,
            counted in the strata that have rows of the domain. Intervals of shares stay within 0
            and 1: they are made on the logit scale, and exactly (Korn and Graubard) where fewer
            than five sampling units have the rarer answer. Where none has, the standard error is
            0, and the interval is the exact one of as many persons as there are such units.
            Where a few units bear most of the weight, the error is told by fewer than the
            degrees of freedom, and intervals are too short (about .90 hold the truth at .95, in
            20 units with weights of 4 to 1).

        Returns
        -------
        DataFrame
            ``term``, domains, ``estimate std_error ci_low ci_high n population df method
            data_status``. A domain that lies in one sampling unit has no error, as one unit tells
            nothing of how units differ: error and interval are missing, ``df`` is 0, and
            ``method`` says ``one sampling unit, no error``.
        """
        errors, df = self._errors(), self._df()
        estimate = self.table["estimate"]
        low, high = self._ends(level, errors, df)
        alone, method = self._alone(), self.design.method
        if alone.any():
            low, high = (np.where(alone, np.nan, end) for end in (low, high))
            method = np.where(alone, "one sampling unit, no error", method)
        made = self.table.drop(columns=list(NUMBERS)).assign(
            estimate=estimate, std_error=errors, ci_low=low, ci_high=high,
            n=self.table["n"], population=self.table["population"], df=df,
            method=method, data_status=self.status,
        )  # fmt: skip
        made.attrs["level"] = level
        return handed_on(made, self)

    def cov(self):
        """Covariance of all estimates, in the order of the rows of `tidy`.

        Returns
        -------
        DataFrame
            Missing for what lies in one sampling unit, as its error is.
        """
        totals = self._whole().totals if self.mix is None else self._whole().totals @ self.mix
        made, alone = self.design.covariance(totals), self._alone() | self.table["estimate"].isna()
        made[alone] = made[:, alone] = np.nan
        return pd.DataFrame(made)

    def combine(self, table, gradient, apart=False):
        """New estimates that are functions of these (delta method).

        Parameters
        ----------
        table : DataFrame
            As `table`, a row for each new estimate.
        gradient : array, old x new
            Derivative of each new estimate by each old one.
        apart : bool
            Whether domains are set against each other: there is no error then where one of them
            has none. Else there is none where all lie in the same sampling unit.

        Returns
        -------
        Estimates
        """
        from scipy import sparse

        self, gradient = self._whole(), sparse.csr_array(gradient)
        mix = gradient if self.mix is None else self.mix @ gradient
        touched = self.touched
        if touched is not None:  # what is made of two domains hangs on the strata of both
            touched = ((touched @ abs(gradient)) > 0).astype(float)
        return replace(
            self, table=table.reset_index(drop=True), mix=mix, simple=None, touched=touched,
            intervals=None, shares=None, lone=self._lone_of(gradient, apart), line=None, origin=None,
        )  # fmt: skip

    def _plain(self, **other):
        """The same as `Estimates` alone, without what a kind of them knows besides."""
        parts = {one.name: getattr(self, one.name) for one in fields(Estimates)}
        return Estimates(**{**parts, **other})

    def _whole(self):
        """The same with covariances between all parts."""
        return self if self.crossed is None else replace(self, totals=self.crossed(), crossed=None)

    def _lone_of(self, gradient, apart):
        """The one sampling unit of combinations, as of `lone`."""
        if self.lone is None:
            return None
        cells = gradient.tocoo()
        used, of = (x[cells.data != 0] for x in (self.lone[cells.row], cells.col))
        size = gradient.shape[1]
        least, most = np.full(size, np.iinfo(np.intp).max), np.full(size, -1)
        np.minimum.at(least, of, used)
        np.maximum.at(most, of, used)
        return most if apart else np.where(least == most, most, -1)

    def contrast(self, column, value, base):
        """Differences between two domains, with the covariance that the design gives them.

        Parameters
        ----------
        column : str
            Column of the domains, such as ``"year"``; or ``"income"`` or ``"line"``.
        value, base : object
            The difference is that of ``value`` minus that of ``base``, for each term and each
            combination of the other columns that both have.

        Returns
        -------
        Estimates
            ``column`` says ``value - base``; ``n`` and ``population`` are of both (of incomes and
            lines, which are those of the same rows, as they are).

        Raises
        ------
        DataError
            If there is no such column or domain.

        Notes
        -----
        Where the interval of a side is exact (see `tidy`), that of the difference is put together
        from those of both sides and their correlation (Zou and Donner); those of durations always
        are. So the bound of a domain in which nobody is poor stays in it; ``std_error``, which
        knows the other side alone there, is too small. Other differences have symmetric ones.

        References
        ----------
        Zou, G., Donner, A. (2008), Construction of confidence limits about effect measures: a
        general approach, Statistics in Medicine 27.

        Examples
        --------
        >>> import pandas as pd, povstudy as ps
        >>> svy = ps.Survey(pd.DataFrame({"income": [1.0, 2.0, 6.0, 9.0], "year": [1, 1, 2, 2]}))
        >>> ps.mean(svy, "income", by="year").contrast("year", 2, 1).tidy()["estimate"].tolist()
        [6.0]
        """
        from scipy import sparse

        by = [one for one in self.table.columns if one not in NUMBERS]
        if column not in by or column == "term":
            raise DataError("There is no such column of domains.", where="argument column", found=column,
                            remedy=f"one of {by[1:]}")  # fmt: skip
        rest = [one for one in by if one != column]
        sides = []
        for side in (value, base):
            rows = np.flatnonzero((self.table[column] == side).to_numpy())
            if not len(rows):
                known = list(dict.fromkeys(self.table[column].dropna()))[:10]
                raise DataError("There is no such domain.", where=column, found=side,
                                remedy=f"one of {known}")  # fmt: skip
            sides.append(self.table.loc[rows, rest].assign(at=rows))
        both = sides[0].merge(sides[1], on=rest, suffixes=("", "_base"))
        one, two = (self.table.loc[both[at]].reset_index(drop=True) for at in ("at", "at_base"))
        both_of = np.maximum if column in self.same else np.add  # the same rows, or others
        count = {name: both_of(one[name], two[name]) for name in ("n", "population")}
        made = one.assign(estimate=one["estimate"] - two["estimate"], **count)
        made[column] = f"{value} - {base}"
        count = np.arange(len(both))
        cells = (np.r_[both["at"], both["at_base"]], np.r_[count, count])
        signs = np.r_[np.ones(len(both)), -np.ones(len(both))]
        gradient = sparse.coo_array((signs, cells), shape=(len(self), len(both)))
        made = self.combine(made, gradient, apart=True)
        if self.shares is None if self.intervals is None else not self._put_together:
            return made
        sides = both["at"].to_numpy(), both["at_base"].to_numpy()
        return replace(made, intervals=lambda level: self._apart(made, *sides, level))

    _put_together = False  # whether intervals of differences come from those of their sides

    def _apart(self, made, one, two, level):
        """Ends of intervals of differences of some estimates from others (MOVER)."""
        errors, df = self._errors(), self._df()
        near = np.ones(len(self), dtype=bool)
        if self.intervals is None:
            which, part, _, touched, _, span, _ = self._parts()
            n = self.table["n"].to_numpy(dtype=float)
            near = which & near_an_end(part, errors / span, n, touched)[0]
        plain = replace(made, intervals=None)._ends(level, made._errors(), made._df())
        if not near.any():
            return plain
        estimate, (low, high) = self.table["estimate"].to_numpy(), self._ends(level, errors, df)
        down, up, product = estimate - low, high - estimate, errors[one] * errors[two]
        alike = (errors[one] ** 2 + errors[two] ** 2 - made._errors() ** 2) / 2
        alike = np.divide(alike, product, out=np.zeros_like(alike), where=product > 0)

        def reach(a, b):
            return np.sqrt(np.maximum(a**2 + b**2 - 2 * alike * a * b, 0))

        middle, near = estimate[one] - estimate[two], near[one] | near[two]
        ends = middle - reach(down[one], up[two]), middle + reach(up[one], down[two])
        return [np.where(near, *both) for both in zip(ends, plain, strict=True)]

    def band(self, level=0.95, draws=10_000, seed=0):
        """Table as of `tidy` whose intervals hold for all estimates at once (sup-t).

        Parameters
        ----------
        level : float
            Chance that every interval holds the truth.
        draws, seed : int
            Draws from the joint distribution of the estimates, and their seed.

        Returns
        -------
        DataFrame
            As `tidy`; ``method`` tells that the intervals are joint. Where those of `tidy` are
            not symmetric, these are not either.

        References
        ----------
        Montiel Olea, J., Plagborg-Møller, M. (2019), Simultaneous confidence bands: theory,
        implementation, and an application to SVARs, Journal of Applied Econometrics 34.

        Examples
        --------
        >>> import pandas as pd, povstudy as ps
        >>> svy = ps.Survey(pd.DataFrame({"income": [1.0, 2.0, 6.0, 9.0], "year": [1, 1, 2, 2]}))
        >>> found = ps.mean(svy, "income", by="year")
        >>> bool((found.band()["ci_low"] < found.tidy()["ci_low"]).all())
        True
        """
        from scipy import stats

        need_whole("draws", draws, such=10_000)
        need_whole("seed", seed, 0)
        table, covariance = self.tidy(level), self.cov().to_numpy()
        errors = table["std_error"].to_numpy()
        moving = errors > 1e-12 * np.abs(table["estimate"].to_numpy())  # less is rounding
        df = table["df"][moving].min() if moving.any() else 0
        if not df > 0:
            return table
        some = errors[moving]
        values, vectors = np.linalg.eigh(covariance[np.ix_(moving, moving)] / np.outer(some, some))
        # The symmetric root, without what is zero but for rounding: the same on every machine.
        root = vectors * np.sqrt(np.where(values > 1e-10 * values.max(), values, 0)) @ vectors.T
        rng = np.random.default_rng(seed)
        normal = rng.standard_normal((draws, len(values))) @ root
        scale = np.sqrt(rng.chisquare(df, draws) / df) if np.isfinite(df) else 1.0
        furthest = np.abs(normal).max(axis=1) / scale
        critical = max(np.quantile(furthest, level), reach_of(level, df))
        low, high = (table["estimate"] + sign * critical * errors for sign in (-1, 1))
        own = type(self)._ends is not Estimates._ends  # as ratios have, on another scale
        if own or self.intervals is not None or self.shares is not None:
            # Each by itself at the level of that critical value.
            low, high = self._ends(1 - 2 * stats.t.sf(critical, df), errors, table["df"].to_numpy())
        alone = self._alone()
        joint = (table["method"] + ", joint intervals").where(~alone, table["method"])
        return table.assign(
            ci_low=np.where(alone, np.nan, low), ci_high=np.where(alone, np.nan, high), method=joint
        )

    def design_effects(self):
        """Variance over that of a simple random sample with as many rows.

        Returns
        -------
        DataFrame
            The table of the estimates with ``design_effect``; missing where a simple random
            sample, one with replacement from the same population, has no variance.

        Raises
        ------
        DataError
            For what has none: differences and other combinations, and replicate weights.

        References
        ----------
        Kish, L. (1965), Survey Sampling, Wiley.

        Examples
        --------
        >>> import pandas as pd, povstudy as ps
        >>> svy = ps.Survey(pd.DataFrame({"income": [1.0, 2.0, 6.0]}))
        >>> ps.mean(svy, "income").design_effects()["design_effect"].round(6).tolist()
        [1.0]
        """
        if self.simple is None:
            raise DataError(
                "These estimates have no design effect.",
                remedy="ask the estimates of each domain, made with weights, strata and psu",
            )
        keys, simple = self.table.drop(columns=list(NUMBERS)), self.simple()
        effect = np.divide(self._errors() ** 2, simple, out=np.full(len(simple), np.nan),
                           where=simple > 0)  # fmt: skip
        return keys.assign(estimate=self.table["estimate"], design_effect=effect)


def refuse_no_survey(svy):
    """Refuse what is no `Survey`."""
    if not isinstance(svy, Survey):
        raise DataError(
            "A measure takes a Survey: a table with its design.", where="argument svy", found=type(svy).__name__,
            remedy='svy = ps.Survey(table, weight="w", strata="stratum", psu="village")',
        )  # fmt: skip


# Replicate weights --------------------------------------------------------------------


def by_replicates(measure):
    """Let a measure that gives `Estimates` of a survey run on replicate weights too.

    Parameters
    ----------
    measure : callable
        Takes a `Survey` first.

    Returns
    -------
    callable
    """

    @wraps(measure)
    @np.errstate(divide="ignore", invalid="ignore", over="ignore")  # domains without a row are told
    def run(svy, *args, **kwargs):
        refuse_no_survey(svy)
        if svy.replicates is None:
            return measure(svy, *args, **kwargs)
        whole = measure(svy.with_weight(), *args, **kwargs)
        values = lambda made: np.concatenate([  # noqa: E731
            one.table["estimate"] for one in (made, made.line) if one is not None])  # fmt: skip
        estimate, size = values(whole), len(whole)
        scale = svy.replicates.scale
        moved = np.empty((len(scale), len(estimate)))
        for i, column in enumerate(watched(svy.replicates.columns, "replicate weights")):
            try:
                found = measure(svy.with_weight(column), *args, **kwargs)
            except DataError as error:
                where = ", ".join(filter(None, (f"replicate weight {column}", error.where)))
                raise type(error)(error.problem, where, error.found, error.remedy) from error
            moved[i] = values(found)
        moved -= estimate if svy.replicates.mse else moved[scale > 0].mean(axis=0)
        moved *= np.sqrt(scale)[:, None]
        df = svy.replicates.freedom
        shares = whole.shares and (lambda: _in_replicates(whole, df + 1))
        line = whole.line and by_moves(whole.line, moved[:, size:], df)
        return by_moves(whole, moved[:, :size], df, shares=shares, line=line)

    return run


def by_moves(made, moved, df, method="replication", **more):
    """Estimates with the scaled moves of replicates (replicates x estimates) for influences."""
    design = designed(np.array([len(moved)]))  # squares are scaled, and not around their mean
    design = replace(design, factor=np.ones(1), df=df, method=method)
    stratum, first = np.zeros(len(moved), dtype=np.intp), np.zeros((1, moved.shape[1]))
    return replace(made, design=design, totals=design.totals(moved, stratum, first=first), mix=None,
                   simple=None, touched=None, crossed=None, origin=None, **more)  # fmt: skip


def _in_replicates(whole, count):
    """Which are shares; of one unit more than degrees of freedom, as units are not known."""
    which, _, touched, *limits = whole.shares()
    touched = np.where(np.isinf(touched), np.inf, np.nan)
    return which, np.minimum(whole.table["n"], count), touched, *limits
