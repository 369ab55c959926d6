"""Penalised likelihood: finite estimates where events are few, or none in a part of the data.

The penalty is half the log of the determinant of the expected information: Jeffreys' prior
(Firth 1993). Of logit it takes off the bias of first order; of a 2 x 2 table it adds one half to
each cell. Intervals are those of the profile of the penalised likelihood (Heinze and Schemper
2001), which are not symmetric, and do not end at infinity.
"""

import numpy as np

from ..base.errors import DataError

_SCORED = 30  # passes by scoring; Newton's method settles what is slow
_PASSES = 200
_FAR = 60.0  # on the scale of the link: beyond, an end is not looked for


class Penalised:
    """Penalised likelihood of a model, its top, and what is profiled from it.

    Parameters
    ----------
    model : Model

    Attributes
    ----------
    params : ndarray
        At the top.
    top : float
        The penalised log-likelihood there.
    information : ndarray
        Expected information there.
    at : tuple
        Cells there; see `Model.cells`.
    """

    def __init__(self, model):
        """Find the top."""
        self.model, self._ends = model, {}
        self.params = self._climb(model.start())
        self.top, self.at, self.information = self._value(self.params)

    def _value(self, params):
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            at = self.model.cells(params)
            full = self.model.crossed(at[3])
            sign, log = np.linalg.slogdet(full) if np.isfinite(full).all() else (0, 0)
        good = sign > 0 and np.isfinite(at[0])
        return (at[0] + log / 2 if good else -np.inf), at, full

    def _slope(self, params, at, full):
        """Slope of the penalised likelihood: that of each cell, with half its leverage's turn."""
        model = self.model
        spread = model.quadratic(np.linalg.inv(full))
        turn = model.link.turn(model.eta(params))
        return model.collect(at[1] + at[3] * spread * turn / 2)

    def _steep(self, params, free):
        """Minus the second derivatives: differences of the slope, on both sides."""
        steps = np.diag(1e-5 * np.maximum(np.abs(params), 1))[free]
        slope = lambda x: self._slope(x, *self._value(x)[1:])[free]  # noqa: E731
        made = [(slope(params - one) - slope(params + one)) / (2 * one.sum()) for one in steps]
        return (np.array(made) + np.transpose(made)) / 2

    def _climb(self, params, fixed=None):
        """Highest place by scoring, then by Newton's method, with a coefficient fixed."""
        free = np.arange(len(params)) != fixed
        if not free.any():
            return params
        (value, at, full), before = self._value(params), np.inf
        for i in range(_PASSES):
            slope, steep = self._slope(params, at, full)[free], full[np.ix_(free, free)]
            if i >= _SCORED:
                newton = self._steep(params, free)
                good = np.isfinite(newton).all() and (np.linalg.eigvalsh(newton) > 0).all()
                steep = newton if good else steep
            step = np.zeros(len(params))
            step[free] = np.linalg.solve(steep, slope)
            gain = slope @ step[free]
            # In squares of standard errors; where rounding stops it before, that will do.
            if not gain > 1e-18 or (gain < 1e-10 and gain > before / 4):
                return params
            before = gain
            for half in range(40):
                new = self._value(params + step / 2**half)
                if new[0] >= value - 1e-10 * max(abs(value), 1):
                    break
            else:
                break
            params, (value, at, full) = params + step / 2**half, new
        raise DataError(
            "The penalised fit does not settle.", found=f"{_PASSES} passes",
            remedy='fewer terms, or a simpler baseline, such as baseline="constant"',
        )  # fmt: skip

    def _below(self, j, value, start):
        """How far the profile of a coefficient lies below the top, and where."""
        lean = np.linalg.inv(self.information)[j]
        params = start + lean / lean[j] * (value - start[j])  # where a quadratic has it
        params[j] = value
        params = self._climb(params, fixed=j)
        return self.top - self._value(params)[0], params

    def p_values(self, which):
        """Penalised likelihood ratio tests that coefficients are zero."""
        from scipy import stats

        return np.array(
            [stats.chi2.sf(max(2 * self._below(j, 0.0, self.params)[0], 0), 1) for j in which]
        )

    def intervals(self, level):
        """Ends of the profile intervals of all coefficients."""
        from scipy import stats

        if level not in self._ends:
            drop = stats.chi2.ppf(level, 1) / 2
            self._ends[level] = np.array([
                [self._end(j, sign, drop) for sign in (-1, 1)] for j in range(len(self.params))
            ])  # fmt: skip
        return self._ends[level]

    def _end(self, j, sign, drop):
        from scipy.optimize import brentq

        error = np.sqrt(np.linalg.inv(self.information)[j, j])
        near, params, moved = 0.0, self.params, error * np.sqrt(2 * drop)
        while moved < _FAR * max(error, 1):
            below, found = self._below(j, self.params[j] + sign * moved, params)
            if below >= drop:
                break
            near, params, moved = moved, found, moved + error
        else:
            return sign * np.inf
        gap = lambda x: self._below(j, self.params[j] + sign * x, params)[0] - drop  # noqa: E731
        return self.params[j] + sign * brentq(gap, near, moved, xtol=1e-7 * error, rtol=1e-9)
