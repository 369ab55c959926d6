"""Rows of each domain in the order of a value, with running sums.

What depends on ranks (quantiles, Gini, Lorenz ordinates) needs the rows at hand, sorted once.
"""

from functools import cached_property

import numpy as np


class Ranked:
    """Rows in the order of a value within each domain.

    Parameters
    ----------
    y : ndarray of float
        Values, none missing where a row has a domain.
    weights : ndarray of float
        Weights.
    codes : ndarray of int
        Domain of each row; -1 for none.
    count : int
        Number of domains.

    Attributes
    ----------
    order : ndarray of int
        Rows that have a domain, in the order of domain and value; the arrays that follow and
        all that the methods return are in this order.
    y, w, code : ndarray
        Values, weights and domains.
    total_w, total_y : ndarray
        Sums of the weights and of the weighted values of each domain.

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.ranks import Ranked
    >>> y = np.array([3.0, 1.0, 2.0, 9.0])
    >>> Ranked(y, np.ones(4), np.zeros(4, int), 1).quantile(0.5)
    array([2.])
    """

    def __init__(self, y, weights, codes, count):
        """Sort by value, then (stably, by short integers: fast) by domain."""
        self.count, self.rows = count, len(y)
        order = np.argsort(y)
        if count > 1 or (codes < 0).any():
            short = (codes + 1).astype(np.uint16 if count < 2**16 - 1 else np.uint32)[order]
            order = order[np.argsort(short, kind="stable")[np.count_nonzero(short == 0) :]]
        self.order = order
        self.y, self.w, self.code = y[order], weights[order], codes[order]
        self.starts = np.searchsorted(self.code, np.arange(count + 1))
        self.total_w = np.bincount(self.code, self.w, minlength=count)
        self.total_y = np.bincount(self.code, self.w * self.y, minlength=count)

    @cached_property
    def running_w(self):
        """Running sum of the weights."""
        return self.upto(self.w)

    def upto(self, x):
        """Running sum of ``x`` within each domain, with the row itself."""
        running = np.cumsum(x)
        start = np.where(self.starts[:-1] > 0, running[self.starts[:-1] - 1], 0.0)
        return running - start[self.code]

    def below(self, x):
        """Sum of ``x`` over the rows of the domain with a lower value, and with the same."""
        new = np.empty(len(self.y), dtype=bool)
        new[:1] = True
        np.not_equal(self.y[1:], self.y[:-1], out=new[1:])
        new[1:] |= self.code[1:] != self.code[:-1]
        if new.all():
            return self.upto(x) - x, x
        first = np.flatnonzero(new)
        tied = np.add.reduceat(x, first)
        before = np.cumsum(tied) - tied
        domain = self.code[first]
        start = before[np.searchsorted(domain, np.arange(self.count))]
        group = np.cumsum(new) - 1
        return (before - start[domain])[group], tied[group]

    def _at(self, p):
        """Place of the row of each domain at which a share ``p`` of its weights is reached."""
        wanted = (p - 1e-12) * self.total_w
        share = self.running_w
        return np.array([
            start + min(np.searchsorted(share[start:end], least), end - start - 1)
            for start, end, least in zip(self.starts[:-1], self.starts[1:], wanted, strict=True)
        ], dtype=np.intp)  # fmt: skip

    def quantile(self, p):
        """Least value of each domain that a share ``p`` of its weights does not exceed."""
        return self.y[self._at(p)]

    def back(self, x):
        """``x`` in the order of the table, zero for rows of no domain."""
        result = np.zeros(self.rows)
        result[self.order] = x
        return result


def width(ranked):
    """Width of a Gaussian kernel in each domain: Silverman's rule, effective number of rows.

    Parameters
    ----------
    ranked : Ranked
        Rows in order.

    Returns
    -------
    ndarray

    References
    ----------
    Silverman, B. (1986), Density Estimation, Chapman and Hall, equation 3.31.
    """
    r = ranked
    deviation = np.bincount(r.code, r.w * (r.y - (r.total_y / r.total_w)[r.code]) ** 2, r.count)
    effective = r.total_w**2 / np.bincount(r.code, r.w**2, minlength=r.count)
    return silverman(np.sqrt(deviation / r.total_w), r.quantile(0.75) - r.quantile(0.25), effective)


def silverman(deviation, quartiles, effective):
    """Silverman's rule from standard deviations, distances of quartiles, effective numbers."""
    spread = np.minimum(deviation, quartiles / 1.349)
    return 0.9 * np.where(spread > 0, spread, deviation) * effective**-0.2
