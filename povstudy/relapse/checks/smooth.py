"""How far predicted risks lie from a smooth curve of what came later; and how much of it is optimism."""

import numpy as np
import pandas as pd

from ...base.checks import need_columns
from ...base.errors import DataError
from ...base.status import handed_on
from ...survey.estimates import by_replicates
from ...survey.linear import domain_names, refuse_odd
from ...survey.survey import Survey
from ..horizon import FOLLOWED, AtHorizon, cross_validated_risk, follow_up
from .validation import validate_risk

_KEYS = ("household_id", "spell", "risk", "horizon", "duration")
_PLACES = (0.05, 0.35, 0.65, 0.95)  # of the knots, as shares of the households
_WINDOW = 0.05  # shares to each side of a quantile, of which its error is made


def smooth_calibration(svy, risk="risk", by=None, cause=None):
    """Judge predicted risks by a smooth curve of what came later: ICI, E50, E90.

    Parameters
    ----------
    svy, risk, by, cause
        As for `validate_risk`.

    Returns
    -------
    Estimates
        =============  ==========================================================================
        term           is
        =============  ==========================================================================
        ``ici``        integrated calibration index: mean distance of the risk from the curve
        ``e50``        median of these distances
        ``e90``        nine in ten households are nearer to the curve
        ``by chance``  what ``ici`` would be if every risk were right: a curve of few falls bends
        =============  ==========================================================================

    Raises
    ------
    DataError
        As `validate_risk`; and if risks have fewer than three values, or the curve does not settle.

    Notes
    -----
    The curve is a logistic regression of who fell back on a natural cubic spline of the log odds of
    the risk, with knots where 5, 35, 65 and 95 % of the households lie; households are followed up
    and weighed as in `validate_risk`. Distances are absolute, so ``ici`` is above 0 even where every
    risk is right: set it beside ``by chance``, the mean of the folded normal distances that the
    error of the curve makes. Only well above that does its interval hold: where every risk is right
    it misses 0 in one of five draws. Where odds were half of what they should be, ``ici`` was
    half a percent off and held in 94 of 100, ``e50`` was 2 % too low and ``e90`` 5 % too high (1,000
    draws, ``benchmarks/checks_coverage.csv``). With replicate weights errors are those of the replicates,
    else of the influences of sampling units.

    References
    ----------
    Austin, P., Steyerberg, E. (2019), The integrated calibration index (ICI) and related metrics for
    quantifying the calibration of logistic regression models, Statistics in Medicine 38. Austin, P.,
    Harrell, F., van Klaveren, D. (2020), Graphical calibration curves and the integrated calibration
    index (ICI) for survival models, Statistics in Medicine 39. Harrell, F. (2015), Regression
    Modeling Strategies, Springer.

    Examples
    --------
    >>> import numpy as np, pandas as pd, povstudy as ps
    >>> rng = np.random.default_rng(0)
    >>> right = rng.beta(2, 8, 4_000)
    >>> table = pd.DataFrame({"risk": right / 2, "horizon": 1, "time": 1,
    ...                       "event": rng.random(4_000) < right})  # half of what it should be
    >>> found = ps.smooth_calibration(ps.Survey(table)).tidy().set_index("term")["estimate"]
    >>> found.round(2).to_dict()
    {'ici': 0.1, 'e50': 0.09, 'e90': 0.18, 'by chance': 0.01}
    """
    return _smooth(svy, risk, domain_names(by, FOLLOWED), cause)


@by_replicates
def _smooth(svy, risk, by, cause):
    at = AtHorizon(svy, risk, by, cause=cause)
    refuse_odd(at.svy, ["event"], ("fell back", "did not"))
    inside = at.inside & (at.risk > 0) & (at.risk < 1)
    if (at.inside & ~inside).any():
        raise DataError(
            "A risk of 0 or 1 is certain: it has no log odds.", where=f"column {risk}",
            found=f"{int((at.inside & ~inside).sum()):,} rows",
            remedy=f"table[{risk!r}] = table[{risk!r}].clip(0.001, 0.999)",
        )  # fmt: skip
    at.both_kinds()
    x = np.log(np.where(inside, at.risk, 0.5) / (1 - np.where(inside, at.risk, 0.5)))
    basis = _natural(x, at.mass, at.inside)
    names = ("ici", "e50", "e90", "by chance")
    values = {name: np.full(at.count, np.nan) for name in names}
    parts = {name: np.zeros(len(x)) for name in names}
    units = at.svy.rows.unit_codes
    units = np.arange(len(x)) if units is None else units
    for d in range(at.count):  # each domain has its own curve, with the knots of all
        here = at.inside & (at.code == d)
        mass = np.where(here, at.mass, 0.0)
        if not 0 < mass @ at.fell < mass.sum() - 1e-12:
            continue
        slopes, bread = _curve(basis, at.fell, mass, at.domains.iloc[d])
        curve = _chance(basis @ slopes)
        spread = lambda x, here=here: np.where(here, at.spread(np.where(here, x, 0.0)), 0.0)  # noqa: E731
        score = np.column_stack([spread((at.fell - curve) * z) for z in basis.T]) @ bread
        far, steep = np.abs(curve - at.risk), curve * (1 - curve)
        turn = (np.sign(curve - at.risk) * steep)[:, None] * basis
        values["ici"][d] = mass @ far
        parts["ici"] += spread(far) + score @ (mass @ turn)
        order = np.flatnonzero(here)[np.argsort(far[here], kind="stable")]
        share = np.cumsum(mass[order]) / mass.sum()
        for name, q in (("e50", 0.5), ("e90", 0.9)):
            low, at_q, high = order[
                np.searchsorted(share, np.array([q - _WINDOW, q, q + _WINDOW]) - 1e-12).clip(
                    max=len(order) - 1
                )
            ]
            values[name][d] = far[at_q]
            near = mass * ((far >= far[low]) & (far <= far[high]))
            steepness = (far[high] - far[low]) / (2 * _WINDOW)
            parts[name] += score @ (near @ turn / near.sum()) - steepness * spread(far <= far[at_q])
        sums = np.column_stack([np.bincount(units, at.w * one) for one in score.T])
        errors = steep * np.sqrt(np.einsum("ij,jk,ik->i", basis, sums.T @ sums, basis))
        values["by chance"][d] = mass @ errors * np.sqrt(2 / np.pi)
    return at.estimates({name: (values[name], parts[name]) for name in names})


def _natural(x, mass, inside):
    """Natural cubic spline of four knots: constant, line, and two that bend between them."""
    order = np.flatnonzero(inside)[np.argsort(x[inside], kind="stable")]
    share = np.cumsum(mass[order]) / mass.sum()
    knots = np.unique(
        x[order[np.searchsorted(share, np.array(_PLACES) - 1e-12).clip(max=len(order) - 1)]]
    )
    if len(np.unique(x[inside])) < 3 or len(knots) < 2:
        raise DataError("A curve needs risks of three values or more.", where="column risk",
                        found=f"{len(np.unique(x[inside]))} values",
                        remedy="ps.calibration_curve(svy)  # by group")  # fmt: skip
    middle, width = knots.mean(), np.ptp(knots)
    x, knots = (x - middle) / width, (knots - middle) / width
    cube = lambda k: np.maximum(x - k, 0) ** 3  # noqa: E731
    last, before = knots[-1], knots[-2]
    bent = [
        cube(k)
        - cube(before) * (last - k) / (last - before)
        + cube(last) * (before - k) / (last - before)
        for k in knots[:-2]
    ]
    return np.column_stack([np.ones(len(x)), x, *bent])


def _chance(eta):
    from scipy.special import expit

    return expit(eta)


def _curve(basis, fell, mass, domain):
    """Coefficients of the curve, and the inverse of their information; by Newton."""
    share = mass @ fell / mass.sum()
    slopes = np.zeros(basis.shape[1])
    slopes[0] = np.log(share / (1 - share))
    for _ in range(50):
        p = _chance(basis @ slopes)
        info = (basis * (mass * p * (1 - p))[:, None]).T @ basis
        bread = np.linalg.pinv(info, rcond=1e-12, hermitian=True)
        score = basis.T @ (mass * (fell - p))
        step = bread @ score
        longest = np.abs(basis[mass > 0] @ step).max()
        slopes = slopes + step * min(1.0, 3 / max(longest, 1e-300))  # log odds move by 3 at most
        if score @ step < 1e-20:
            return slopes, bread
    raise DataError(
        "The curve of what came later does not settle: risks part who fell back from who did not.",
        where=", ".join(f"{name} {value!r}" for name, value in domain.items()) or "all rows",
        remedy="ps.calibration_curve(svy)  # by group; or larger domains",
    )  # fmt: skip


def optimism(table, predict, by="county", cluster=None, cause=None):
    """Set how good a model looks on its own rows beside how good it is elsewhere.

    Parameters
    ----------
    table : DataFrame
        Spells, as of `cross_validated_risk`; what came later is told by them.
    predict : callable
        As of `cross_validated_risk`: takes rows to fit and rows to predict, gives risks.
    by : str
        Column of counties, or of whatever is left out together.
    cluster : str, optional
        Column of the units that are independent of each other; without it households are.
    cause : str or int, optional
        As for `validate_risk`.

    Returns
    -------
    Estimates
        The terms of `validate_risk`, with a column ``of``: ``"apparent"`` (risks by a model that has
        seen the rows), ``"cross-validated"`` (by one that has not), and their difference,
        ``"apparent - cross-validated"``: the optimism.

    Raises
    ------
    DataError
        As `cross_validated_risk`, `follow_up` and `validate_risk`.

    Notes
    -----
    Both risks are of the same households, so the error of the difference knows that they go
    together. The error of fitting is not in it.

    References
    ----------
    Steyerberg, E. (2019), Clinical Prediction Models, Springer. Efron, B. (1986), How biased is the
    apparent error rate of a prediction rule?, Journal of the American Statistical Association 81.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> spells = pd.DataFrame({"household_id": range(12), "county": list("aaabbbcccddd"),
    ...                        "entry": 0, "exit": 1, "event": [1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1]})
    >>> share = lambda others, here: here[["household_id"]].assign(horizon=1, risk=here["county"].map(
    ...     others.groupby("county")["event"].mean()).fillna(others["event"].mean()))
    >>> found = ps.optimism(spells, share).tidy().query("term == 'auc'")
    >>> dict(zip(found["of"], found["estimate"].round(2).tolist()))
    {'apparent': 0.67, 'cross-validated': 0.33, 'apparent - cross-validated': 0.33}
    """
    need_columns(table, [] if cluster is None else [cluster])
    parts = {
        "apparent": predict(table, table),
        "cross-validated": cross_validated_risk(table, predict, by),
    }
    whole = [
        follow_up(risk.drop(columns=[one for one in risk if one in table and one not in _KEYS]), table)
        for risk in parts.values()
    ]  # fmt: skip
    whole = pd.concat(
        [one.assign(of=name) for one, name in zip(whole, parts, strict=True)], ignore_index=True
    )
    svy = Survey(handed_on(whole, table), psu=cluster or "household_id")
    found = validate_risk(svy, by="of", cause=cause)
    one, two = (found.table[found.table["of"] == name] for name in parts)
    lost = one.assign(
        of=" - ".join(parts), estimate=one["estimate"].to_numpy() - two["estimate"].to_numpy()
    )
    each = np.eye(len(found))
    gradient = np.hstack([each, each[:, one.index] - each[:, two.index]])
    return found.combine(pd.concat([found.table, lost], ignore_index=True), gradient)
