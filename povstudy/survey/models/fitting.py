"""A likelihood with weights brought to its top, and the influence of each row on what stands there.

Families and links are those of statsmodels, absorbed effects are taken out by pyfixest; the steps
are Fisher's scoring, so that weights of replicates may be below zero and influences are at hand.
"""

from dataclasses import dataclass

import numpy as np

from ...base.errors import DataError
from ...base.optional import optional
from .leastsquares import refuse_repeating
from .separation import Parted

FAMILIES = ("linear", "logit", "probit", "poisson")
_SETTLED, _STEPS, _LONGEST = 1e-12, 60, 4.0  # of the linear predictor: last step, number, longest
_END = 200.0  # beyond which no link is computed
_FAR = 1e-8  # a chance, or a part of the mean, on its way to zero
_MOST = 50_000  # rows that are looked at for separation, spread over all
_LEFT = 1e-7  # of the length of a column: what absorbed effects leave of it, and is less


def family_of(name):
    """The family of statsmodels."""
    from statsmodels.genmod import families

    links = families.links
    return {
        "linear": families.Gaussian, "poisson": families.Poisson,
        "logit": lambda: families.Binomial(links.Logit()),
        "probit": lambda: families.Binomial(links.Probit()),
    }[name]()  # fmt: skip


@dataclass(frozen=True)
class Solved:
    """Where a fit ended.

    Attributes
    ----------
    params : ndarray
    mean : ndarray, rows
        Of the outcome.
    influences : ndarray, rows x coefficients
        Weighted.
    within : float
        For linear fits, the share of the variance explained of what absorbed effects leave.
    """

    params: np.ndarray
    mean: np.ndarray
    influences: np.ndarray
    within: float


def solve(model, weights):
    """Fit a model by some weights.

    Parameters
    ----------
    model : Model
        Columns ``x``, outcome ``y``, ``family``, names of both, codes ``absorbed``.
    weights : ndarray, rows

    Returns
    -------
    Solved

    Raises
    ------
    DataError
        For columns made of others, an outcome that columns part, and where no top is found.
    """
    some = weights != 0  # rows without a weight tell nothing, and may be alone in a group
    if not some.all():
        found = solve(model.of(some), weights[some])
        mean, influences = np.full(len(some), np.nan), np.zeros((len(some), len(found.params)))
        mean[some], influences[some] = found.mean, found.influences
        return Solved(found.params, mean, influences, found.within)
    with np.errstate(all="ignore"):  # what is not finite ends the search, and is told
        return _solve(model, weights)


def _solve(model, weights):
    taken_out = _absorbing(model.absorbed)
    fit = _linear if model.family == "linear" else _scored
    x, r, information, slopes, mean, inner, within = fit(model, weights, taken_out)
    back = np.linalg.inv(r)
    influences = (x @ (information @ back.T)) * (inner * (model.y - mean))[:, None]
    return Solved(back @ slopes, mean, influences, within)


def _linear(model, weights, taken_out):
    """Least squares: what stands at the top, and how it was reached."""
    x, left, within = model.x, model.y, np.nan
    if taken_out is not None:
        both = taken_out(np.column_stack([x, left]), weights)
        x, left = both[:, :-1], both[:, -1]
    x, r = _basis(model, x, weights)
    information = _inverse(x, weights)
    slopes = information @ (x.T @ (weights * left))
    residual = left - x @ slopes
    if taken_out is not None:
        within = 1 - weights @ residual**2 / (weights @ left**2)
    return x, r, information, slopes, model.y - residual, weights, within


def _scored(model, weights, taken_out):
    """The same by Fisher's scoring."""
    y, x, family, longest = model.y, model.x, family_of(model.family), np.inf
    link, mean, r, slopes = family.link, family.starting_mu(y), None, None
    level = link(mean)
    for _ in range(_STEPS):
        slope = link.inverse_deriv(np.clip(level, -_END, _END))
        inner = weights * slope / family.variance(mean)
        working, whole = inner * slope, inner * (y - mean)
        if not np.isfinite(working).all():
            break
        if taken_out is not None:
            both = taken_out(np.column_stack([x, level + (y - mean) / slope]), working)
            x, left = both[:, :-1], both[:, -1]
        if r is None:
            x, r = _basis(model, x, weights)
        information = _inverse(x, working)
        if taken_out is not None:
            slopes = information @ (x.T @ (working * left))
            move = (y - mean) / slope - (left - x @ slopes)
        elif slopes is None:  # from a level that no columns have made
            slopes = information @ (x.T @ (working * level + whole))
            level, move = x @ slopes, np.full(1, np.inf)
        else:  # by the score alone: a chance near 0 or 1 tells little else
            turn = information @ (x.T @ whole)
            move = x @ turn
        longest = np.abs(move).max()
        if longest < np.inf:
            most = max(_LONGEST, np.abs(level).max())  # twice as far at most
            part = most / max(longest, most)
            level = level + part * move
            slopes = slopes if taken_out is not None else slopes + part * turn
        mean = link.inverse(np.clip(level, -_END, _END))
        if longest < _SETTLED * max(1.0, np.abs(level).max()):
            break
    _refuse_separated(model, mean, longest)
    return x, r, information, slopes, mean, inner, np.nan


def _inverse(x, working):
    return np.linalg.pinv((x.T * working) @ x, rcond=1e-12, hermitian=True)


def _basis(model, x, weights):
    """Columns of length one that span the same, and what makes the columns of them."""
    root, whole = np.sqrt(np.abs(weights)), model.x
    if model.absorbed is not None:
        length = lambda z: np.sqrt(np.abs(weights) @ z**2)  # noqa: E731
        gone = length(x) <= _LEFT * length(whole)
        if gone.any():
            raise DataError(
                "A covariate does not vary within the absorbed effects: they say already what it says.",
                where=f"absorb={list(model.absorbed)}",
                found=", ".join(np.array(model.words)[gone]), remedy="leave it out",
            )  # fmt: skip
    r = refuse_repeating(x * root[:, None], model.words, model.taken)
    return x @ np.linalg.inv(r), r


def _absorbing(absorbed):
    """What takes absorbed effects out of columns."""
    if absorbed is None:
        return None
    with optional("pyfixest", "absorb=", extra="fe"):
        from pyfixest.estimation import demean
    codes = np.column_stack(list(absorbed.values())).astype(np.uint64)

    def taken_out(columns, weights):
        made, settled = demean(columns, codes, weights, tol=1e-11, maxiter=100_000)
        if not settled:
            raise DataError("The absorbed effects do not settle: they hardly hang together.",
                            where=f"absorb={list(absorbed)}", remedy="absorb= fewer columns")  # fmt: skip
        return made

    return taken_out


def _spanned(x, some):
    """Whether some rows tell all columns apart."""
    x = x[some]
    scale = np.sqrt((x**2).sum(axis=0))
    return scale.all() and np.linalg.eigvalsh((x / scale).T @ (x / scale))[0] > 1e-11


def _refuse_separated(model, mean, longest):
    """Refuse an outcome that columns part, and a fit that did not settle."""
    counts = model.family == "poisson"
    settled = longest < 1e-8
    near = mean / mean.mean() if counts else np.minimum(mean, 1 - mean)
    if settled and (near.min() > _FAR or _spanned(model.x, near > _FAR)):
        return  # rows that do not move along any direction span all columns
    rows = np.arange(len(mean))
    if len(rows) > _MOST:  # all with the rarer outcome, and some of the rest
        rare = model.y[rows] > 0
        rare = rare if rare.mean() < 0.5 else ~rare
        rest = rows[~rare]
        rows = np.union1d(rows[rare], rest[:: max(len(rest) // _MOST, 1)])
    x, positive = model.x[rows], model.y[rows] > 0
    size = np.abs(x).max(axis=0)
    x = x / np.where(size > 0, size, 1)
    first = int(model.formula.names[0] == "Intercept")
    others = np.ones(len(rows)) if counts else ~positive
    direction = Parted(x, positive, others).fewest(first)
    if direction is not None:
        parts = np.abs(direction) > 1e-9
        parts[:first] = False
        names = ", ".join(np.array(model.words)[parts])
        moved = np.abs(x @ direction) > 1e-7
        raise DataError(
            "Covariates together tell the outcome for sure in some rows: their coefficients would be infinite.",
            where=f"terms {names}" if parts.sum() > 1 else f"term {names}",
            found=f"{moved.sum():,} of {len(rows):,} rows are told for sure",
            remedy="leave one of these terms out, or join levels; and see whether a column was measured "
            "after the outcome",
        )  # fmt: skip
    if not settled:
        raise DataError("The fit does not settle.", where="argument formula", found=model.formula.text,
                        remedy="fewer terms, or covariates of sizes nearer to each other")  # fmt: skip
