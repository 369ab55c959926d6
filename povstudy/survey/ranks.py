"""Rows of each domain in the order of a value, with running sums.

What depends on ranks (quantiles, Gini, Lorenz ordinates) needs rows at hand, or points in their place, sorted once.
"""

from functools import cached_property

import numpy as np

_BINS = 4096  # in which rows are counted for a quantile
_FAR = 9  # widths of a kernel, beyond which it is below rounding


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
    squares : ndarray of float, optional
        Sum of the squared weights, of what stands for several rows.

    Attributes
    ----------
    order : ndarray of int
        Rows that have a domain, in the order of domain and value; the arrays that follow and
        all that the methods return are in this order.
    y, w, ww, code : ndarray
        Values, weights, their squares, and domains.
    total_w, total_y : ndarray
        Sums of the weights and of the weighted values of each domain.

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.survey.ranks import Ranked
    >>> y = np.array([3.0, 1.0, 2.0, 9.0])
    >>> Ranked(y, np.ones(4), np.zeros(4, int), 1).quantile(0.5)
    array([2.])
    """

    def __init__(self, y, weights, codes, count, squares=None):
        """Sort by domain (stably, by short integers: fast), then by value within each."""
        self.count, self.rows, order = count, len(y), None
        if count > 1 or (codes < 0).any():
            short = (codes + 1).astype(np.uint16 if count < 2**16 - 1 else np.uint32)
            order = np.argsort(short, kind="stable")[np.count_nonzero(short == 0) :]
            y, codes = y[order], codes[order]
        self.starts = np.searchsorted(codes, np.arange(count + 1))
        ends = zip(self.starts[:-1], self.starts[1:], strict=True)
        places = [start + np.argsort(y[start:end]) for start, end in ends]
        within = np.concatenate([np.empty(0, dtype=np.intp), *places])
        self.order = within if order is None else order[within]
        self.y, self.w, self.code = y[within], weights[self.order], codes
        self._squares = squares
        self.total_w = np.bincount(codes, self.w, minlength=count)
        self.total_y = np.bincount(codes, self.w * self.y, minlength=count)

    @cached_property
    def ww(self):
        """Squares of the weights."""
        return self.w * self.w if self._squares is None else self._squares[self.order]

    @cached_property
    def running_w(self):
        """Running sum of the weights."""
        return self.upto(self.w)

    @cached_property
    def running_y(self):
        """Running sum of the weighted values."""
        return self.upto(self.w * self.y)

    def each(self, x):
        """A value of each domain, for each of its rows."""
        return x if self.count == 1 else np.repeat(x, np.diff(self.starts))

    def under(self, cut):
        """Sums of the weights, and of the weighted values, of what lies below a value."""
        ends = zip(self.starts[:-1], self.starts[1:], cut, strict=True)
        at = np.array([start + np.searchsorted(self.y[start:end], x) for start, end, x in ends],
                      dtype=np.intp)  # fmt: skip
        some = at > self.starts[:-1]
        return [np.where(some, of[at - 1], 0.0) for of in (self.running_w, self.running_y)]

    def upto(self, x):
        """Running sum of ``x`` within each domain, with the row itself."""
        running = np.cumsum(x, dtype=float)
        start = np.where(self.starts[:-1] > 0, running[self.starts[:-1] - 1], 0.0)
        running -= self.each(start)
        return running

    @cached_property
    def _ties(self):
        """First row of each run of one value, and number of rows; ``None`` if all differ."""
        new = np.ones(len(self.y), dtype=bool)
        np.not_equal(self.y[1:], self.y[:-1], out=new[1:])
        new[self.starts[self.starts < len(new)]] = True
        first = np.flatnonzero(new)
        return None if len(first) == len(new) else (first, np.diff(first, append=len(new)))

    def middle(self, x):
        """Sum of ``x`` over the rows of the domain with a lower value, and half of the same."""
        running = self.running_w if x is self.w else self.upto(x)
        if self._ties is None:
            return running - x / 2
        first, times = self._ties
        return np.repeat((running[first] - x[first] + running[first + times - 1]) / 2, times)

    @cached_property
    def _signed(self):
        return bool((self.w < 0).any())

    def _at(self, p):
        """Place of the row of each domain at which a share ``p`` of its weights is reached."""
        wanted = (p - 1e-12) * self.total_w
        share = self.running_w
        if self._signed:  # of a replicate: where it is first reached
            share = share.copy()
            for start, end in zip(self.starts[:-1], self.starts[1:], strict=True):
                np.maximum.accumulate(share[start:end], out=share[start:end])
        return np.array([
            start + min(np.searchsorted(share[start:end], least), end - start - 1)
            for start, end, least in zip(self.starts[:-1], self.starts[1:], wanted, strict=True)
        ], dtype=np.intp)  # fmt: skip

    def quantile(self, p):
        """Least value of each domain that a share ``p`` of its weights does not exceed.

        Missing where a domain has no row.
        """
        if not len(self.y):
            return np.full(self.count, np.nan)
        return np.where(np.diff(self.starts) > 0, self.y[self._at(p)], np.nan)

    def quantiles(self, shares):
        """Quantiles of each domain: a row for each share (a number, or one of each domain)."""
        return np.array([self.quantile(p) for p in shares])

    @cached_property
    def width(self):
        """Width of a Gaussian kernel in each domain: Silverman's rule, effective number of rows.

        Silverman, B. (1986), Density Estimation, Chapman and Hall, equation 3.31.
        """
        away = self.y - self.each(self.total_y / self.total_w)
        away *= away
        away *= self.w
        deviation = np.bincount(self.code, away, self.count)
        effective = self.total_w**2 / np.bincount(self.code, self.ww, self.count)
        quartiles = self.quantile(0.75) - self.quantile(0.25)
        return silverman(np.sqrt(deviation / self.total_w), quartiles, effective)

    def density(self, at):
        """Density of the weights of each domain at a value, times their sum, by that kernel."""
        made = np.empty(self.count)
        for i, (start, end) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True)):
            reach = at[i] - _FAR * self.width[i], at[i] + _FAR * self.width[i]
            near = slice(*(start + np.searchsorted(self.y[start:end], reach)))
            z = (self.y[near] - at[i]) / self.width[i]
            made[i] = self.w[near] @ np.exp(-z * z / 2)
        return made / (self.width * np.sqrt(2 * np.pi))

    def back(self, x):
        """``x`` in the order of the table, zero for rows of no domain."""
        result = np.zeros(self.rows)
        result[self.order] = x
        return result


def quantiles(y, weights, shares):
    """Quantiles of rows that are not sorted: they are counted in bins, one of which is sorted.

    Parameters
    ----------
    y, weights : ndarray of float
        Values and weights.
    shares : list of float
        As for `Ranked.quantile`.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.survey.ranks import quantiles
    >>> quantiles(np.array([3.0, 1.0, 2.0, 9.0]), np.ones(4), [0.5])
    array([2.])
    """
    if (weights < 0).any():
        ranked = Ranked(y, weights, np.zeros(len(y), dtype=np.intp), 1)
        return np.array([ranked.quantile(share)[0] for share in shares])
    low, high = np.quantile(y[:: len(y) // 10_000 + 1], [0.01, 0.99])  # far values have two bins
    scale = _BINS / (high - low) if high - low > 1e-290 else 0.0
    bins = np.clip((y - low) * scale + 1, 0, _BINS + 1).astype(np.int32)
    running, found = np.cumsum(np.bincount(bins, weights, _BINS + 2)), []
    for wanted in (np.array(shares) - 1e-12) * running[-1]:
        at = np.searchsorted(running, wanted)
        inside = np.flatnonzero(bins == at)
        order = inside[np.argsort(y[inside])]
        before = running[at - 1] if at else 0.0
        place = np.searchsorted(before + np.cumsum(weights[order]), wanted)
        found.append(y[order[min(place, len(order) - 1)]])
    return np.array(found)


def silverman(deviation, quartiles, effective):
    """Silverman's rule from standard deviations, distances of quartiles, effective numbers."""
    spread = np.minimum(deviation, quartiles / 1.349)
    return 0.9 * np.where(spread > 0, spread, deviation) * effective**-0.2
