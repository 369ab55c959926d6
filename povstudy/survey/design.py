"""The variance of an estimate, also of a domain, from strata and sampling units."""

from dataclasses import dataclass, replace
from numbers import Real

import numpy as np

from ..base.checks import listed, need_whole
from ..base.errors import DesignError

_JACKKNIFE = lambda count, fay: (count - 1) / count  # noqa: E731
_FOUR = lambda count, fay: 4 / count  # noqa: E731
_REPLICATES = {
    "bootstrap": lambda count, fay: 1 / count,
    "brr": lambda count, fay: 1 / count,
    "fay": lambda count, fay: 1 / (count * (1 - fay) ** 2),
    "jackknife": _JACKKNIFE,
    "jk1": _JACKKNIFE,
    "jkn": None,  # (n - 1)/n of the stratum of each: scales=
    "jk2": lambda count, fay: 1.0,
    "sdr": _FOUR,
    "acs": _FOUR,
}
LONELY = ("refuse", "center", "average", "certain")


@dataclass(frozen=True)
class Design:
    """Strata and sampling units of the whole sample: how an error follows from influences.

    Attributes
    ----------
    stratum : ndarray of int, or None
        Stratum of each unit; ``None`` where every row is a unit.
    units : ndarray of int
        Number of units of each stratum.
    factor : ndarray of float
        What the squares of a stratum are multiplied with.
    df : int
        Degrees of freedom: units minus strata; of replicates those of `Replicates`.
    method : str
        ``"linearisation"`` or ``"replication"``.
    weighed : ndarray of int, or None
        Number of units of each stratum that have a weight, which alone count as degrees of
        freedom; ``None``: all have one.
    pieces : Pieces, optional
        Of calibrated weights, or of two stages: how influences of rows become those of units.
    within : Design, optional
        The second stage, whose strata are the units of this one.
    """

    stratum: np.ndarray | None
    units: np.ndarray
    factor: np.ndarray
    df: int
    method: str = "linearisation"
    weighed: np.ndarray | None = None
    pieces: object = None
    within: object = None

    @property
    def freedom(self):
        """Degrees of freedom of each stratum: its units that have a weight, minus one."""
        return np.maximum((self.units if self.weighed is None else self.weighed) - 1.0, 0)

    def totals(self, rows, stratum=None, first=None):
        """Influences of units, with what they sum up to.

        Parameters
        ----------
        rows : array or sparse array, rows x estimates
            Influences summed by unit; or other rows with their squares (see `Totals`).
        stratum : ndarray of int, optional
            Stratum of each row; that of each unit if it is not given.
        first : ndarray, strata x estimates, optional
            Sums by stratum, where these are not those of the rows.

        Returns
        -------
        Totals
        """
        from scipy import sparse

        if self.pieces is not None:
            self.pieces.refuse()
        rows, stratum = sparse.csr_array(rows), self.stratum if stratum is None else stratum
        if first is None:
            count = len(stratum)
            cells = (np.ones(count), (stratum, np.arange(count)))
            first = (sparse.csr_array(cells, shape=(len(self.units), count)) @ rows).toarray()
        return Totals(first, rows, stratum)

    def of_rows(self, influences):
        """Influences of rows, weighted, with what they sum up to: where there are ``pieces``.

        Parameters
        ----------
        influences : array or sparse array, rows x estimates
            Of all rows of the survey.

        Returns
        -------
        Totals
        """
        units, parts = self.pieces.summed(influences)
        made = replace(self, pieces=None).totals(units)
        return made if self.within is None else replace(made, within=self.within.totals(parts))

    def _means(self, first):
        """Mean influence of the units of each stratum; a lonely unit is set against all."""
        means = first / self.units[:, None]
        alone = self.units == 1
        if alone.any():
            means[alone] = first.sum(axis=0) / self.units.sum()
        return means

    def variance(self, totals):
        """Variance of each estimate.

        Parameters
        ----------
        totals : Totals
            Weighted influences.

        Returns
        -------
        ndarray
        """
        means, factor = self._means(totals.first), self.factor[:, None]
        squares = totals.second.multiply(totals.second)
        squares = np.asarray(self.factor[totals.stratum] @ squares).ravel()
        inner = (factor * (self.units[:, None] * means - 2 * totals.first) * means).sum(axis=0)
        made = np.maximum(squares + inner, 0)
        return made if totals.within is None else made + self.within.variance(totals.within)

    def covariance(self, totals):
        """Covariance of each pair of estimates; as `variance`.

        Parameters
        ----------
        totals : Totals
            Weighted influences.

        Returns
        -------
        ndarray, estimates x estimates
        """
        from scipy import sparse

        means, factor = self._means(totals.first), self.factor[:, None]
        scaled = sparse.diags_array(self.factor[totals.stratum]) @ totals.second
        crossed = (factor * totals.first).T @ means
        inner = (factor * self.units[:, None] * means).T @ means
        made = (totals.second.T @ scaled).toarray() - crossed - crossed.T + inner
        return made if totals.within is None else made + self.within.covariance(totals.within)


@dataclass(frozen=True)
class Totals:
    """Weighted influences, summed.

    Attributes
    ----------
    first : ndarray, strata x estimates
        Sums by stratum.
    second : sparse array, rows x estimates
        Rows whose squares are those of the units: the sums by unit, or, where every survey row
        is a unit, a root of their products in each stratum and domain.
    stratum : ndarray of int
        Stratum of each row of ``second``.
    within : Totals, optional
        Those of the second stage.
    """

    first: np.ndarray
    second: object
    stratum: np.ndarray
    within: object = None

    def __matmul__(self, matrix):
        """Influences on linear combinations of the estimates."""
        within = None if self.within is None else self.within @ matrix
        return Totals(self.first @ matrix, (self.second @ matrix).tocsr(), self.stratum, within)

    @staticmethod
    def beside(made):
        """Totals of the same rows side by side."""
        from scipy import sparse

        second = sparse.hstack([one.second for one in made], format="csr")
        within = [one.within for one in made]
        within = None if within[0] is None else Totals.beside(within)
        return Totals(np.hstack([one.first for one in made]), second, made[0].stratum, within)


def rooted(products):
    """Root of each of some matrices of products: it gives them again, times its transpose.

    Parameters
    ----------
    products : ndarray, matrices x terms x terms
        Sums of the products of two terms.

    Returns
    -------
    ndarray, matrices x terms x terms
        Terms by rows, which have the products of the terms in place of those that were summed.
    """
    lacks = ~np.isfinite(products).all(axis=(1, 2))  # what is not known stays so
    products = np.where(lacks[:, None, None], 0.0, products)
    scale = np.sqrt(np.einsum("cii->ci", products))  # terms of any size keep their digits
    scale[scale == 0] = 1.0
    values, vectors = np.linalg.eigh(products / (scale[:, :, None] * scale[:, None, :]))
    values[values < 1e-14 * values[:, -1:]] = 0  # what is left by rounding, of constants
    scale[lacks] = np.nan
    return vectors * np.sqrt(values)[:, None, :] * scale[:, :, None]


@dataclass(frozen=True)
class Replicates:
    """Replicate weights that a survey was published with.

    Parameters
    ----------
    columns : sequence of str
        Columns of replicate weights, to be used in place of the weight, not beside it. They may
        be below zero, as some of the American Community Survey and the Current Population Survey
        are by construction (Fay and Train 1995); the weight itself may not.
    kind : str
        How they were made, by the name that the survey gives it, in small or large letters. It
        sets the scale of the squares of R replicates: ``"bootstrap"`` and ``"BRR"`` 1/R; ``"Fay"``
        1/(R (1 - fay)^2); ``"jackknife"``, also ``"JK1"``, (R - 1)/R; ``"JK2"`` (one unit of a pair
        left out, the other doubled) 1; ``"SDR"`` (successive differences), also ``"ACS"``, 4/R;
        ``"JKn"`` has a scale for each replicate, which ``scales`` says.
    fay : float
        Of Fay's method: what its name says, from 0 to less than 1.
    scales : sequence of float, optional
        Scale of each replicate, such as (n - 1)/n of the stratum whose unit was left out; in
        place of the scale of ``kind``.
    df : int, optional
        Degrees of freedom: sampling units minus strata of the survey, where they are known. Without
        them the replicates minus one, which are too many where a few units were drawn anew a
        thousand times: name them for a bootstrap (R survey takes the rank of the weights minus one).
    mse : bool
        Whether differences are from the estimate by the full weights, as statistical offices have
        it; ``False``: from the mean of the replicates, as R survey has it unless it is told.

    Notes
    -----
    The variance is the sum of the scaled squares of the differences. As units are not known, a share of 0 or 1 is bounded as by one more than the
    degrees of freedom.

    References
    ----------
    Wolter, K. (2007), Introduction to Variance Estimation, Springer. Fay, R., Train, G. (1995),
    Aspects of survey and model-based postcensal estimation of income and poverty characteristics
    for states and counties, Proceedings of the Government Statistics Section, ASA.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.Replicates(["w1", "w2", "w3"], kind="jackknife").scale
    array([0.66666667, 0.66666667, 0.66666667])
    """

    columns: tuple
    kind: str = "bootstrap"
    fay: float = 0.0
    scales: tuple | None = None
    df: int | None = None
    mse: bool = True

    def __post_init__(self):
        """Refuse what gives no scale."""
        object.__setattr__(self, "kind", str(self.kind).lower())
        object.__setattr__(self, "columns", tuple(listed(self.columns)))
        scales = () if self.scales is None else listed(self.scales)
        bad = (
            len(self.columns) < 2 or len(set(map(str, self.columns))) < len(self.columns)
            or self.kind not in list(_REPLICATES)
            or not (isinstance(self.fay, Real) and 0 <= self.fay < 1)
            or (self.fay > 0) != (self.kind == "fay")
            or (self.kind == "jkn" and self.scales is None)
            or not isinstance(self.mse, bool | np.bool_)
            or (self.scales is not None and len(scales) != len(self.columns))
            or not all(isinstance(one, Real) and 0 <= one < np.inf for one in scales)
        )  # fmt: skip
        if bad:
            raise DesignError(
                "Replicate weights are two or more columns, each once, of a known kind; fay= "
                "belongs to the kind fay, and scales= is a number for each column (the kind JKn needs it).",
                where="arguments columns, kind, fay, scales",
                found=f"{len(self.columns)} columns, kind={self.kind!r}, fay={self.fay!r}, "
                f"{len(scales)} scales",
                remedy=f"kind= one of {list(_REPLICATES)}",
            )
        if self.df is not None:
            need_whole("df", self.df, such=1, most=len(self.columns) - 1)

    @property
    def freedom(self):
        """Degrees of freedom."""
        return len(self.columns) - 1 if self.df is None else self.df

    @property
    def scale(self):
        """Scale of the square of each replicate."""
        if self.scales is not None:
            return np.asarray(self.scales, dtype=float)
        return np.full(len(self.columns), _REPLICATES[self.kind](len(self.columns), self.fay))


def designed(count, stratum=None, population=None, weighed=None, lonely="center"):
    """The design that the numbers of units make; a lonely unit is set against the mean of all.

    Parameters
    ----------
    count : ndarray of int
        Units of each stratum.
    stratum : ndarray of int, optional
        Stratum of each unit; without it every row is a unit.
    population : ndarray of float, optional
        Units of each stratum in the population, where they were drawn without replacement.
    weighed : ndarray of int, optional
        Units of each stratum that have a weight; without it all do. The others stay in the
        design, as those without a row of a domain do, and are no degrees of freedom (as R survey
        counts them).
    lonely : {"center", "average", "certain"}
        What is done with a lonely unit; see `Survey`.

    Returns
    -------
    Design

    References
    ----------
    Lumley, T. (2010), Complex Surveys, Wiley, section 2.2.
    """
    sampled = 0.0 if population is None else count / population
    factor = (1 - sampled) * np.where(count > 1, count / np.maximum(count - 1, 1), 1.0)
    if weighed is not None:
        factor = np.where(weighed > 0, factor, 0.0)
    alone = count == 1
    if lonely in ("average", "certain"):
        factor = np.where(alone, 0.0, factor)
    if lonely == "average" and not alone.all():  # all strata stand for those that tell something
        alone &= (np.zeros(len(count)) + sampled) < 1.0
        factor = factor * len(count) / (len(count) - alone.sum())
    made = Design(stratum, count, factor, int(count.sum() - len(count)), weighed=weighed)
    return made if weighed is None else replace(made, df=int(made.freedom.sum()))


def design_of(units, lonely, layout):
    """The design that the units of a table make."""
    inner = units.within
    for one in [units] if inner is None else [units, inner]:
        alone = (one.count == 1) & (True if one.weighed is None else one.weighed > 0)
        # one that is all of its stratum has no sampling error
        alone &= True if one.population is None else one.population > 1
        silent = lonely == "refuse" or (lonely == "average" and (one.count == 1).all())
        if alone.any() and silent and layout.errors:
            _refuse_lonely(one.names, np.flatnonzero(alone), one is inner)
    made = designed(units.count, units.stratum, units.population, units.weighed, lonely)
    if inner is None:
        return replace(made, pieces=units.pieces)
    within = designed(inner.count, inner.stratum, inner.population, None, lonely)
    share = (units.count / units.population)[units.stratum]  # of units that were drawn
    within = replace(within, factor=within.factor * share)
    return replace(made, pieces=units.pieces, within=within)


def _refuse_lonely(names, alone, second):
    more = " and others" if len(alone) > 1 else ""
    if second:
        raise DesignError(
            f"{len(alone):,} sampling units have one unit of the second stage: no variance can be estimated there.",
            where=f"unit {names[alone[0]]!r}{more}", remedy='lonely="center"  # or "certain"',
        )  # fmt: skip
    raise DesignError(
        f"{len(alone):,} strata have one sampling unit: no variance can be estimated there.",
        where=f"stratum {names[alone[0]]!r}{more}",
        remedy='lonely="center"  # or join it to another stratum',
    )
