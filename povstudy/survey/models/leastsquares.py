"""Least squares: constants of strata taken out, errors of rows or of few clusters."""

from dataclasses import dataclass

import numpy as np

from ...base.checks import need_one_of
from ...base.errors import DataError, DesignError

_ERRORS = ("HC1", "HC3", "CR2")
_ROUNDING = 1e-10  # of the length of a column: what constants of strata leave of it, and is less
_LEAST = 1e-9  # of one minus the leverage of a cluster: less is rounding


@dataclass(frozen=True)
class Strata:
    """Constants of strata, that are taken out of every column instead of fitted.

    Attributes
    ----------
    code : ndarray of int, rows
        Stratum of each row.
    root : ndarray, rows
        Root of the weight of each row.
    whole : ndarray, strata
        Sum of the weights of each.
    """

    code: np.ndarray
    root: np.ndarray
    whole: np.ndarray

    @property
    def constants(self):
        """The column of a row's stratum, of length one."""
        return self.root / np.sqrt(self.whole[self.code])

    def without(self, values):
        """Columns (by the roots of weights) minus their weighted means in each stratum."""
        z, sums = self.constants, np.zeros((len(self.whole), *values.shape[1:]))
        np.add.at(sums, self.code, (z * values.T).T)
        left = values - (z * sums[self.code].T).T
        rounding = (left**2).sum(axis=0) <= _ROUNDING**2 * (values**2).sum(axis=0)
        return np.where(rounding, 0.0, left)

    def left_open(self, code):
        """Which groups have a constant that those of strata leave open.

        All but one of each set of groups that hang together by strata.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        count = code.max() + 1
        size = count + len(self.whole)
        links = coo_array((np.ones(len(code)), (code, count + self.code)), shape=(size, size))
        _, first = np.unique(connected_components(links, False)[1][:count], return_index=True)
        return ~np.isin(np.arange(count), first)

    def by_cluster(self, clusters):
        """Constants by row and place of the stratum in its cluster; cluster, stratum, place of each."""
        pair, at = np.unique(clusters * len(self.whole) + self.code, return_inverse=True)
        cluster, stratum = pair // len(self.whole), pair % len(self.whole)
        place = np.arange(len(pair)) - np.searchsorted(cluster, cluster)
        made = np.zeros((len(at), place.max() + 1))
        made[np.arange(len(at)), place[at]] = self.constants
        return made, (cluster, stratum, place)


def fitted(x, y, wanted, errors, clusters, labels, strata=None):
    """Combinations of coefficients of least squares with their errors.

    Parameters
    ----------
    x, y : ndarray
        Columns and outcome, by the roots of the weights, and without the constants of strata.
    wanted : ndarray, combinations x columns
        What is asked for.
    errors : {"HC1", "HC3", "CR2"}
        With weights, CR2 has no bias if variances are as one over the weight.
    clusters : ndarray of int or None
        For CR2.
    labels : list of str
        What the columns are called.
    strata : Strata, optional
        What was taken out: it counts as fitted.

    Returns
    -------
    estimate, std_error, df : ndarray, combinations
    influences : ndarray, units x combinations
        Their squares add up to the variances, their products to covariances.
    """
    taken = 0 if strata is None else len(strata.whole)
    refuse_repeating(x, labels, taken)
    if errors == "CR2":
        return _bias_reduced(x, y, wanted, clusters, strata)
    return _each_row(x, y, wanted, errors, 0 if strata is None else strata.constants, taken)


def _each_row(x, y, wanted, errors, constants, taken):
    """HC1 or HC3; of a row that is fitted exactly, as one alone in its arm, HC3 has nothing left over."""
    z, r = np.linalg.qr(x)
    df, residual = len(x) - x.shape[1] - taken, y - z @ (z.T @ y)
    if errors == "HC1":
        residual = residual * np.sqrt(len(x) / df)
    else:
        left = 1 - (z**2).sum(axis=1) - constants**2
        residual = np.where(left > _LEAST, residual / np.where(left > _LEAST, left, 1), 0)
    influences = z * residual[:, None] @ np.linalg.solve(r.T, wanted.T)
    estimate = wanted @ np.linalg.solve(r, z.T @ y)
    return estimate, _length(influences), np.full(len(wanted), float(df)), influences


def _bias_reduced(x, y, wanted, clusters, strata):
    """CR2 with Satterthwaite's degrees of freedom, by k x k matrices of each cluster.

    With columns z of length one that span x, the part of the projection that is of cluster g
    is z_g z_g'; (1 - z_g z_g')^(-1/2) z_g = z_g c_g, where c_g = (1 - z_g' z_g)^(-1/2). Of the
    constants of strata a cluster has those of its own before these columns: few of many.
    """
    from scipy import sparse

    z, r = np.linalg.qr(x)
    estimate, residual = wanted @ np.linalg.solve(r, z.T @ y), y - z @ (z.T @ y)
    away = np.linalg.solve(r.T, wanted.T)  # of each combination, in the columns z
    own_strata = 0
    if strata is not None:
        constants, (cluster, stratum, place) = strata.by_cluster(clusters)
        own_strata = constants.shape[1]
        z, away = np.hstack([constants, z]), np.pad(away, ((own_strata, 0), (0, 0)))
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    sums = lambda values: np.add.reduceat(values[order], starts)  # noqa: E731
    own = sums(z[:, :, None] * z[:, None, :])
    values, vectors = np.linalg.eigh(own)
    left = 1 - values
    root = np.where(left > _LEAST, 1 / np.sqrt(np.where(left > _LEAST, left, 1)), 0)
    c = (vectors * root[:, None, :]) @ vectors.transpose(0, 2, 1)
    scores = np.einsum("gij,gj->gi", c, sums(z * residual[:, None]))
    influences = scores @ away
    df = []
    for one in away.T:
        u = c @ one
        q = np.einsum("gij,gj->gi", own, u)
        within = (u * q).sum(axis=1)
        of_strata = None
        if own_strata:
            of_strata = sparse.csr_array((q[cluster, place], (cluster, stratum)),
                                         shape=(len(q), len(strata.whole)))  # fmt: skip
            q = q[:, own_strata:]
        df.append(_satterthwaite(within, q, of_strata))
    return estimate, _length(influences), np.array(df), influences


def _satterthwaite(within, q, of_strata):
    """Degrees of freedom: squared trace over squared size of diag(within) - Q Q' - S S'.

    Of clusters by clusters, but of few columns: products of these are enough.
    """
    parts = [q] if of_strata is None else [q, of_strata]
    own = sum((one * one).sum(axis=1) for one in parts)
    both = sum(((one.T @ other) ** 2).sum() for one in parts for other in parts)
    return (within - own).sum() ** 2 / ((within**2 - 2 * within * own).sum() + both)


def _length(influences):
    return np.sqrt((influences**2).sum(axis=0))


def refuse_repeating(x, labels, taken=0):
    """Refuse covariates that are made of others, and more coefficients than rows; else the R of QR."""
    if len(x) <= x.shape[1] + taken:
        raise DataError("There are no more rows than coefficients.",
                        found=f"{len(x)} rows, {x.shape[1] + taken} coefficients",
                        remedy="name fewer covariates")  # fmt: skip
    length = np.sqrt((x**2).sum(axis=0))
    length = np.where(length > 0, length, 1)
    crossed = (x.T @ x) / np.outer(length, length)
    if np.linalg.eigvalsh(crossed).min(initial=1) > 1e-6:  # far from that, and quicker
        return np.linalg.cholesky(crossed).T * length
    r = np.linalg.qr(x / length, mode="r")
    own = np.abs(np.diag(r))
    if own.min(initial=1) < 1e-9:
        raise DataError(
            "A covariate says nothing that the others do not say: it is constant, or made of them.",
            found=labels[int(np.argmin(own))], remedy="leave it out",
        )  # fmt: skip
    return r * length


def kind_of_errors(errors, cluster):
    """The kind of errors that is asked for, or that fits; refused where it does not."""
    errors = ("HC1" if cluster is None else "CR2") if errors is None else errors
    need_one_of("errors", errors, _ERRORS)
    if (errors == "CR2") != (cluster is not None):
        raise DesignError("CR2 goes with clusters, HC1 and HC3 with none.",
                          found=f"errors={errors!r}, cluster={cluster!r}",
                          remedy="leave errors= out: those that fit are taken")  # fmt: skip
    return errors
