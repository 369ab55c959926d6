"""A table together with its design: weights, strata, sampling units. Weights never get lost.

Every estimate comes with the influence of each row on it. Its error is that of a total of
influences: they are summed within each primary sampling unit (PSU), and the variance between
the PSUs of a stratum is added up over strata (Taylor linearisation; Binder 1983, Deville
1999). Domains keep the whole design: a PSU without rows in a domain counts as zero.
"""

import json
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path

import numpy as np
import pandas as pd

from .base.checks import _listed, listed
from .base.errors import DataError, DesignError
from .base.status import STATUSES
from .cells import Layout, Rows
from .engines import open_table

RESULTS = ("term", "estimate", "std_error", "ci_low", "ci_high", "n", "population", "df",
           "method", "data_status", "design_effect")  # fmt: skip

_REPLICATES = {
    "bootstrap": lambda count, fay: 1 / count,
    "brr": lambda count, fay: 1 / count,
    "fay": lambda count, fay: 1 / (count * (1 - fay) ** 2),
    "jackknife": lambda count, fay: (count - 1) / count,
}


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
        Degrees of freedom: units less strata, or replicates less one.
    method : str
        ``"linearisation"`` or ``"replication"``.
    """

    stratum: np.ndarray | None
    units: np.ndarray
    factor: np.ndarray
    df: int
    method: str = "linearisation"

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
        return np.maximum(squares + inner, 0)

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
        return (totals.second.T @ scaled).toarray() - crossed - crossed.T + inner


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
    """

    first: np.ndarray
    second: object
    stratum: np.ndarray

    def __matmul__(self, matrix):
        """Influences on linear combinations of the estimates."""
        return Totals(self.first @ matrix, (self.second @ matrix).tocsr(), self.stratum)


@dataclass(frozen=True)
class Replicates:
    """Replicate weights that a survey was published with.

    Parameters
    ----------
    columns : sequence of str
        Columns of replicate weights, to be used in place of the weight, not beside it.
    kind : {"bootstrap", "brr", "fay", "jackknife"}
        How they were made: it sets the scale of the squares, 1/R; 1/R; 1/(R (1 - fay)^2);
        (R - 1)/R.
    fay : float
        Of Fay's method: what its name says, from 0 to less than 1.
    scales : sequence of float, optional
        Scale of each replicate, such as (n - 1)/n of the stratum whose unit was left out; in
        place of the scale of ``kind``.

    Notes
    -----
    The variance is the sum of the scaled squares of the differences from the estimate by the
    full weights; degrees of freedom are the replicates less one.

    References
    ----------
    Wolter, K. (2007), Introduction to Variance Estimation, Springer.

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

    def __post_init__(self):
        """Refuse what gives no scale."""
        object.__setattr__(self, "columns", _listed(self.columns))
        scales = () if self.scales is None else listed(self.scales)
        bad = (
            len(self.columns) < 2 or len(set(map(str, self.columns))) < len(self.columns)
            or self.kind not in list(_REPLICATES)
            or not (isinstance(self.fay, Real) and 0 <= self.fay < 1)
            or (self.fay > 0) != (self.kind == "fay")
            or (self.scales is not None and len(scales) != len(self.columns))
            or not all(isinstance(one, Real) and 0 <= one < np.inf for one in scales)
        )  # fmt: skip
        if bad:
            raise DesignError(
                "Replicate weights are two or more columns, each once, of a known kind; fay= "
                "belongs to the kind fay, and scales= is a number for each column.",
                found=f"{len(self.columns)} columns, kind={self.kind!r}, fay={self.fay!r}, "
                f"{len(scales)} scales",
                remedy=f"kind= one of {list(_REPLICATES)}",
            )

    @property
    def scale(self):
        """Scale of the square of each replicate."""
        if self.scales is not None:
            return np.asarray(self.scales, dtype=float)
        return np.full(len(self.columns), _REPLICATES[self.kind](len(self.columns), self.fay))


class Survey:
    """Rows of a survey with their weights, strata and primary sampling units.

    Parameters
    ----------
    data : DataFrame, LazyFrame, relation or path
        A row for each household or person: of pandas or polars; or, for tables past memory, the
        path of Parquet files, a DuckDB relation, a polars LazyFrame or a Spark DataFrame. It is
        not changed, and a pandas table is kept as it is now: make the survey anew after changing
        the table.
    weight : str, optional
        Column of weights; without it every row counts once.
    strata, psu : str or list of str, optional
        Columns of strata and of primary sampling units. PSUs of one name in two strata are
        two. Without ``psu`` every row is a unit of its own.
    fpc : str, optional
        Column with the number of units in the population of the stratum (finite population
        correction), for designs without replacement.
    size : str, optional
        Column of persons in the household, where rows are households and persons are to be
        counted: the weight of a row is weight times size then.
    key : str or list of str, optional
        Columns that name a row once, such as ``["household_id", "wave"]``: repeated rows are
        refused.
    replicates : Replicates, optional
        Replicate weights, in place of strata and psu.
    lonely : {"refuse", "center"}
        A stratum with one unit has no variance of its own: refused, or its unit is set
        against the mean of all units (conservative).
    missing : {"refuse", "drop"}
        Rows of which a needed value or a domain is missing: refused, or left out and counted
        (``dropped`` of the results).
    status : {"official", "survey", "trial", "reported", "simulated"}, optional
        What the data are; goes into every table of results. Without it, what `load` says of
        the table, else ``"survey"``.

    Attributes
    ----------
    design : Design
        Strata and units.

    Raises
    ------
    DesignError
        If a weight is missing, not finite or negative; if a stratum or PSU is missing; for a
        lonely PSU; if ``fpc`` differs within a stratum or is too small; if a key is repeated.

    Notes
    -----
    Confidence intervals use the t distribution; degrees of freedom are the units less the strata
    in which the domain has rows (of replicate weights: replicates less one).
    What adds up (means, totals, ratios, poverty, generalised entropy, Alkire-Foster) runs on
    every kind of table. What depends on ranks (quantiles, Gini, shares, curves) brings the
    columns it needs into memory, and refuses tables of Spark; the quantile of a relative
    line is found everywhere, by passes that narrow it down.

    References
    ----------
    Binder, D. (1983), On the variances of asymptotically normal estimators from complex
    surveys, International Statistical Review 51. Lumley, T. (2010), Complex Surveys, Wiley.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1800, 2500, 3000, 1200], "w": [10, 20, 10, 10],
    ...                       "village": ["a", "a", "b", "b"]})
    >>> ps.Survey(table, weight="w", psu="village")
    Survey(4 rows, weight w, 1 stratum, 2 PSUs of village)
    """

    def __init__(self, data, weight=None, strata=None, psu=None, fpc=None, size=None, key=None,
                 replicates=None, lonely="refuse", missing="refuse", status=None):  # fmt: skip
        """Check the design once, at the door."""
        if lonely not in ("refuse", "center") or missing not in ("refuse", "drop"):
            raise DesignError(
                "A Survey refuses or centres lonely units, refuses or drops missing values.",
                found=f"lonely={lonely!r}, missing={missing!r}",
                remedy='ps.Survey(table, ..., lonely="center", missing="drop")',
            )
        if status is not None and status not in STATUSES:
            raise DataError("This status of data is not known.", found=status,
                            remedy=f"status= one of {list(STATUSES)}")  # fmt: skip
        beside = (one is not None for one in (strata, psu, fpc))
        if replicates is not None and (
            not isinstance(replicates, Replicates) or weight is None or any(beside)
        ):
            raise DesignError(
                "Replicate weights stand beside a weight, in place of strata, psu and fpc.",
                remedy='ps.Survey(table, weight=..., replicates=ps.Replicates(["w1", "w2"]))',
            )
        self.data, self.lonely, self.missing, self.replicates = data, lonely, missing, replicates
        weights = tuple(one for one in (weight, size) if one is not None)
        layout = Layout(weights, _listed(strata), _listed(psu), fpc)
        self._open(data, layout)
        if key is not None:
            self.rows.need(_listed(key))
            self.rows.refuse_repeated(_listed(key))
        if replicates is not None:
            self.rows.need(replicates.columns)
        self.status = status_of(data) if status is None else status

    def _open(self, data, layout):
        self.layout, self.rows = layout, open_table(data, layout)
        if isinstance(self.rows, Rows):
            self.data = self.rows.table  # as it is now
        self._units = self.rows.units()
        self.design = _design(self._units, self.lonely, layout)
        if not self.rows.whole > 0:
            raise DesignError(
                "All weights are zero.", where=f"column {', '.join(layout.weights)}",
                remedy="weight= the column that tells how many each row stands for",
            )  # fmt: skip

    def __len__(self):
        """Number of rows."""
        return len(self.rows)

    def __repr__(self):
        """What it holds, in words."""
        layout, strata = self.layout, len(self.design.units)
        ends = f"{strata:,} strat{'um' if strata == 1 else 'a'}, {self.design.units.sum():,} PSUs"
        ends += f" of {', '.join(layout.psu)}" if layout.psu else ""
        if self.replicates is not None:
            ends = f"{len(self.replicates.columns):,} replicates ({self.replicates.kind})"
        return f"Survey({len(self):,} rows, weight {' x '.join(layout.weights) or 'none'}, {ends})"

    # What measures ask of it; not part of the public interface.

    def cells(self, by, needed, terms, plain=None, group=()):
        """Weighted sums of terms by domain and sampling unit.

        Parameters
        ----------
        by : list of str
            Columns of domains.
        needed : list of str
            Columns whose values a row must have to count.
        terms, plain : callable
            From a row (columns as ``row["income"]``, functions ``where``, ``log``, ``exp``,
            ``lookup``) to a dict of terms; ``plain`` are those that errors do not need.
        group : list of str
            Columns of groups that have a poverty line of their own.

        Returns
        -------
        Cells
        """
        by = list(by)
        self.rows.need([*by, *needed, *group])
        taken = [one for one in (*by, *group) if one in RESULTS]
        if taken:
            raise DataError(
                "Domains bear the name of a column of results.", where=f"column {taken[0]}",
                remedy="give that column another name where the table is made",
            )  # fmt: skip
        found = self.rows.cells(by, needed, terms, self.missing == "refuse", plain, tuple(group))
        lost = int(found.rows[found.domain < 0].sum())
        if lost and self.missing == "refuse":
            self.rows.refuse_values(" or no ".join(by), lost, f"column {', '.join(by)}")
        refuse_empty(found.population, found.domains)
        return replace(found, dropped=found.dropped + lost)

    def in_memory(self, names):
        """The same survey with its needed columns at hand, for what depends on ranks."""
        self.rows.need(names)
        if isinstance(self.rows, Rows):
            return self
        made = object.__new__(Survey)
        made.__dict__.update(self.__dict__)
        replicates = self.replicates.columns if self.replicates is not None else ()
        made._open(self.rows.at_hand([*names, *self.layout.names, *replicates]), self.layout)
        return made

    def with_weight(self, column=None):
        """The same survey without replicates; by another column of weights, if one is given."""
        made = object.__new__(Survey)
        made.__dict__.update(self.__dict__)
        made.replicates, weights = None, self.layout.weights
        weights = weights if column is None else (column, *weights[1:])
        made._open(self.data, replace(self.layout, weights=weights, errors=False))
        return made

    @property
    def weights(self):
        """Weight of each row; of tables in memory."""
        return self.rows.weights


def status_of(data):
    """Status that a table bears, or that pandas wrote into the first of its Parquet files."""
    if isinstance(data, str | Path):
        attrs = _stored_attrs(Path(data))
    else:
        attrs = data.attrs if isinstance(data, pd.DataFrame) else {}
    source = attrs.get("source")
    return source.get("status", "survey") if isinstance(source, dict) else "survey"


def _stored_attrs(path):
    from pyarrow import parquet

    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not (files and files[0].is_file()):  # a pattern: nothing is known
        return {}
    return json.loads((parquet.read_schema(files[0]).metadata or {}).get(b"PANDAS_ATTRS", "{}"))


def _design(units, lonely, layout):
    count = units.count
    alone = count == 1  # but one that is all of its stratum has no sampling error
    alone = np.flatnonzero(alone if units.population is None else alone & (units.population > 1))
    if len(alone) and lonely == "refuse" and layout.errors:
        raise DesignError(
            f"{len(alone):,} strata have one sampling unit: no variance can be estimated there.",
            where=f"stratum {units.names[alone[0]]!r}" + (" and others" if len(alone) > 1 else ""),
            remedy='join it to another stratum, or ps.Survey(table, ..., lonely="center")',
        )
    sampled = 0.0 if units.population is None else count / units.population
    factor = (1 - sampled) * np.where(count > 1, count / np.maximum(count - 1, 1), 1.0)
    return Design(units.stratum, count, factor, int(count.sum() - len(count)))


def refuse_empty(population, domains):
    """Refuse domains without a weight, and a table without domains."""
    if not len(domains):
        raise DataError(
            "No row has a domain.", where=f"column {', '.join(map(str, domains.columns))}",
            remedy="by= columns that are filled in",
        )  # fmt: skip
    empty = np.flatnonzero(~(population > 0))
    if len(empty):
        place = domains.iloc[empty[0]].items()
        raise DataError(
            "A domain has no row with a value and a weight.",
            where=", ".join(f"{name} {value!r}" for name, value in place) or "all rows",
            remedy="leave it out, or look at its weights",
        )
