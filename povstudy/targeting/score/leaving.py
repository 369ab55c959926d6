"""Scores fitted with each place left out in turn: what a formula is worth where it was not made."""

from copy import deepcopy
from dataclasses import dataclass
from inspect import signature

import numpy as np
import pandas as pd

from ...base.errors import DataError
from ...survey.models.logit import multinomial
from ...survey.ranks import Ranked

MOST = 10  # folds of what is fitted anew for each
_LEAST = 1e-9


@dataclass(frozen=True)
class Linear:
    """Slopes of a fit; of a logit they are on the scale of log odds."""

    slopes: np.ndarray
    logit: bool = False

    def predict(self, x):
        """Predictions for rows of a design."""
        from scipy.special import expit

        eta = x @ self.slopes
        return expit(eta) if self.logit else eta


@dataclass(frozen=True)
class Learned:
    """A regressor of another library, and where the columns that it takes start."""

    model: object
    start: int

    def predict(self, x):
        """Predictions for rows of a design."""
        try:
            made = np.asarray(self.model.predict(x[:, self.start :]), dtype=float).ravel()
        except Exception as error:  # of another library, in any way
            refuse_regressor(self.model, f"{type(error).__name__}: {error}")
        if made.shape != (len(x),) or not np.isfinite(made).all():
            refuse_regressor(
                self.model, f"{np.isfinite(made).sum():,} numbers for {len(x):,} households"
            )
        return made


class Basis:
    """A design in columns that are orthonormal under the weights: ``x = q @ r * scale``."""

    def __init__(self, x, weights, names):
        """Refuse columns that are made of others, and more columns than rows."""
        if len(x) <= x.shape[1]:
            raise DataError("There are no more households than coefficients.",
                            found=f"{len(x):,} households, {x.shape[1]} coefficients",
                            remedy="name fewer traits")  # fmt: skip
        root = np.sqrt(weights)[:, None]
        scale = np.sqrt((weights[:, None] * x**2).sum(axis=0))
        self.scale = np.where(scale > 0, scale, 1.0)
        q, self.r = np.linalg.qr(x / self.scale * root)
        own = np.abs(np.diag(self.r))
        if own.min() < _LEAST:
            raise DataError(
                "A trait says nothing that the others do not say: it is constant, or made of them.",
                where="argument formula", found=names[int(np.argmin(own))], remedy="leave it out",
            )  # fmt: skip
        self.x, self.q, self.names = x, q / root, names

    def back(self, slopes):
        """Slopes of the columns themselves; of several, in columns."""
        return (np.linalg.solve(self.r, slopes).T / self.scale).T


def folds_of(place, count, weights, each):
    """Fold of each row: its place, or, where there are many, one of a few groups of whole places.

    Places go, the largest first, to the group that is the smallest so far.
    """
    if each or count <= MOST:
        return place, count
    sizes, of, filled = np.bincount(place, weights, count), np.empty(count, int), np.zeros(MOST)
    for one in np.argsort(-sizes, kind="stable"):
        of[one] = np.argmin(filled)
        filled[of[one]] += sizes[one]
    return of[place], MOST


def parts_of(fold, count):
    """Rows of each fold."""
    order = np.argsort(fold, kind="stable")
    return np.split(order, np.searchsorted(fold[order], np.arange(1, count)))


def fit(kind, q, y, weights, tau=0.5, start=None):
    """Fit rows: their slopes.

    Parameters
    ----------
    kind : {"ols", "logit", "quantile"}
    q : ndarray, rows x columns
        Regressors of about one length, as those of a `Basis`.
    y, weights : ndarray
    tau : float
        Of a quantile regression.
    start : ndarray, optional
        Slopes of nearly the same rows.

    Returns
    -------
    ndarray

    References
    ----------
    Koenker, R., Bassett, G. (1978), Regression quantiles, Econometrica 46.
    """
    size, even = np.sqrt(weights.sum()), weights / weights.sum()
    if kind == "logit":
        first = None if start is None else start[None] / size
        return multinomial(q * size, (y > 0.5).astype(int), even, start=first)[2][0] * size
    if kind == "quantile":  # the linear programme's dual, whose multipliers are the slopes
        from scipy.optimize import linprog

        x, high = (q * (size * len(y) * even)[:, None]).T, np.abs(y).max()
        found = linprog(-even * y * (len(y) / high), A_eq=x, b_eq=(1 - tau) * x.sum(axis=1),
                        bounds=(0, 1), method="highs-ds")  # fmt: skip
        return -found.eqlin.marginals * (size * high)
    return np.linalg.solve((q * weights[:, None]).T @ q, q.T @ (weights * y))


def influences(kind, basis, y, weights, slopes, tau=0.5):
    """Influence of each row on the slopes of the columns, not yet weighted.

    Parameters
    ----------
    kind, basis, y, weights, tau
        As of `fit`.
    slopes : ndarray
        As `fit` gives them.

    Returns
    -------
    ndarray, rows x columns

    References
    ----------
    Binder, D. (1983), On the variances of asymptotically normal estimators from complex surveys,
    International Statistical Review 51. Powell, J. (1991), Estimation of monotonic regression
    models under quantile restrictions, in Nonparametric and Semiparametric Methods in Econometrics
    and Statistics, Cambridge (the density at zero by a Gaussian kernel).
    """
    q = basis.q
    left, steep = y - Linear(slopes, kind == "logit").predict(q), np.ones(len(y))
    if kind == "logit":
        steep = (y - left) * (1 - y + left)
    elif kind == "quantile":
        wide = Ranked(left, weights, np.zeros(len(y), dtype=np.intp), 1).width[0]
        steep = np.exp(-((left / wide) ** 2) / 2) / (wide * np.sqrt(2 * np.pi))
        on = np.abs(left) < 1e-9 * wide  # as many rows as there are slopes: neither above nor below
        left = np.where(on, 0.0, tau - (left < 0))
    information = (q * (weights * steep)[:, None]).T @ q
    return basis.back(np.linalg.solve(information, (q * left[:, None]).T)).T


def without(kind, basis, y, weights, slopes, parts, tau=0.5):
    """Fits of all rows but those of each part, and what each predicts for that part.

    Of least squares the sums of a place are taken from those of all: nothing is fitted anew.

    Parameters
    ----------
    kind, basis, y, weights, tau
        As of `fit`; or ``kind`` is a regressor.
    slopes : ndarray
        Of all rows.
    parts : list of ndarray
        Rows of each fold.

    Returns
    -------
    models : list
    predicted : ndarray
    """
    x, q, predicted, models = basis.x, basis.q, np.empty(len(y)), []
    moment = q.T @ (weights * y)
    for part in parts:
        others = np.ones(len(y), dtype=bool)
        others[part] = False
        if isinstance(kind, str):
            here = q[part] * weights[part, None]
            rest = np.eye(q.shape[1]) - here.T @ q[part]
            if (low := np.linalg.eigh(rest))[0][0] < _LEAST:
                refuse_alone(basis, low[1][:, 0], others)
            made = np.linalg.solve(rest, moment - here.T @ y[part]) if kind == "ols" else fit(
                kind, q[others], y[others], weights[others], tau, slopes)  # fmt: skip
            models.append(Linear(basis.back(made), kind == "logit"))
        else:
            models.append(learned(kind, basis, y, weights, others))
        predicted[part] = models[-1].predict(x[part])
    return models, predicted


def learned(model, basis, y, weights, kept=slice(None)):
    """Fit a copy of a regressor that another library brings; it takes no column of ones."""
    start = int(basis.names[0] == "Intercept")
    made, x = deepcopy(model), basis.x[kept, start:]
    takes = signature(made.fit).parameters.values()
    weighted = any(one.name == "sample_weight" or one.kind is one.VAR_KEYWORD for one in takes)
    if not weighted and np.ptp(weights) > 0:
        raise DataError(
            "This regressor cannot be fitted with weights: a score without them is one of the "
            "sample, not of the population.",
            where="argument kind", found=type(model).__name__,
            remedy='kind="ols"  # or a regressor whose fit takes sample_weight=',
        )  # fmt: skip
    try:
        fitted = made.fit(x, y[kept], **({"sample_weight": weights[kept]} if weighted else {}))
    except Exception as error:  # of another library, in any way
        refuse_regressor(model, f"{type(error).__name__}: {error}")
    return Learned(made if fitted is None else fitted, start)


def refuse_regressor(model, found):
    """Refuse a regressor of another library that fails, and say what it says."""
    raise DataError(
        "The regressor cannot be fitted, or does not predict a number for each household.",
        where=f"argument kind, {type(model).__name__}", found=found[:200], remedy="another regressor, or kind=\"ols\"",
    ) from None  # fmt: skip


def refuse_levels(table, names, place, told):
    """Refuse a level of a trait that only one place has: no other place can tell what it means."""
    for name in names:
        pairs = pd.DataFrame({"level": table[name], "place": place}).drop_duplicates()
        alone = pairs[~pairs["level"].duplicated(keep=False)]
        if len(alone):
            level, place = alone.iloc[0]
            raise DataError(
                f"Only one place has households with this level of {name}: with that place left "
                "out, nothing tells what it means.",
                where=f"{told(place)}, column {name}", found=repr(level),
                remedy=f"join this level to another, or leave {name} out of the formula",
            )  # fmt: skip


def refuse_alone(basis, direction, others):
    """Refuse what the rows of one place alone tell."""
    told = basis.back(direction) * basis.scale
    alike = np.ptp(basis.x[others], axis=0) == 0
    alike[0] &= basis.names[0] != "Intercept"
    at = int(np.argmax(np.abs(told) * np.where(alike, 1.0, 1e-6)))
    raise DataError(
        "With one place left out, the others do not tell what a trait means: it does not vary "
        "there, or is made of others.",
        where="argument leave_out", found=basis.names[at],
        remedy=f"leave {basis.names[at]} out of the formula, or leave out smaller places",
    )  # fmt: skip
