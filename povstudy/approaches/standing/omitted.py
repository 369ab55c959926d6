"""How strong something left out must be to overturn an adjusted effect."""

import numpy as np
import pandas as pd

from ...base.checks import listed
from ...base.errors import DataError
from ...base.lots import arm_marks, need_numbers
from ...base.status import handed_on, status_of
from ...survey.models.leastsquares import refuse_repeating
from ...survey.negatives import tell_codes
from ...survey.shares import reach_of
from ..trials import ROUNDING


def robustness_value(table, outcome, treatment, covariates=(), *, level=0.95):
    """Tell how strong something left out must be to overturn an adjusted effect.

    Parameters
    ----------
    table : DataFrame
        A row for each household.
    outcome, treatment : str
        Columns of numbers; the treatment is 1 (or true) and 0.
    covariates : str or list of str
        Columns from before the help: numbers or marks.
    level : float
        Of the interval that is to hold zero, for ``robustness_of_interval``.

    Returns
    -------
    DataFrame
        First the effect, with ``partial_r2`` (1, as the robustness value, where nothing is left
        over; of the treatment with the outcome),
        ``robustness_value``: what is left out must explain at least this share of what the
        covariates leave open both of the treatment and of the outcome, to bring the estimate
        to zero; and ``robustness_of_interval``: the same for an interval that reaches zero.
        Then, for each covariate, something as strong as it: ``of_treatment`` and
        ``of_outcome``, the shares that it would explain, and ``estimate`` if it were there.

    Raises
    ------
    DataError
        As `trial_effects`.

    Notes
    -----
    Exact algebra of least squares; nothing is assumed of the model's truth. For an interval that
    reaches zero the worst is looked for among all shares of the outcome up to the value (of few
    rows the worst explains less of it, as what is left over makes the error). The interval is of
    the usual kind (one variance, no clusters): with clusters it is overturned by less.

    References
    ----------
    Cinelli, C., Hazlett, C. (2020), Making sense of sensitivity: extending omitted variable
    bias, Journal of the Royal Statistical Society B 82.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 2, 3, 4, 3, 4, 5, 6], "helped": [0] * 4 + [1] * 4})
    >>> ps.robustness_value(table, "income", "helped")["robustness_value"].round(3).tolist()
    [0.58]
    """
    covariates = listed(covariates)
    need_numbers(table, [treatment, outcome, *covariates], covariates=covariates)
    tell_codes(table, [outcome, *covariates])
    treated, y = arm_marks(table, treatment), table[outcome].to_numpy(dtype=float)
    rest = np.column_stack([np.ones(len(table)), table[covariates].to_numpy(dtype=float)])
    labels = [treatment, "the constant", *covariates]
    x = np.column_stack([treated, rest])
    slopes, t, df = _usual(x, y, labels)
    if df < 2:
        raise DataError("There are too few rows.", found=f"{len(table)} rows, {x.shape[1]} "
                        "coefficients", remedy="name fewer covariates")  # fmt: skip
    partial = _part(t, df)
    size, estimate = np.abs(t[0]) / np.sqrt(df), slopes[0]
    least = reach_of(level, df - 1) / np.sqrt(df - 1)
    rows = [{
        "term": "effect", "estimate": estimate, "partial_r2": partial[0],
        "robustness_value": _robustness(size), "robustness_of_interval": _robustness(size, least),
    }]  # fmt: skip
    of_treatment = _usual(rest, treated, labels[1:])[1] if covariates else np.zeros(1)
    of_treatment = _part(of_treatment, df + 1)
    for j, name in enumerate(covariates, 1):
        one, two = of_treatment[j], partial[j + 1]
        by_treatment = one / (1 - one) if one < 1 else np.inf
        apart = by_treatment**2
        if not (by_treatment < 1 and apart < 1):
            by_treatment = by_outcome = moved = np.nan  # nothing can be as strong as that
        else:
            open_still = two / (1 - two) if two < 1 else np.inf
            by_outcome = min((1 + np.sqrt(apart)) ** 2 / (1 - apart) * open_still, 1.0)
            bias = np.sqrt(by_outcome * by_treatment / (1 - by_treatment)) / (size or 1.0)
            moved = estimate * (1 - bias) if size > 0 else estimate
        rows.append({"term": f"as strong as {name}", "estimate": moved,
                     "of_treatment": by_treatment, "of_outcome": by_outcome})  # fmt: skip
    return handed_on(pd.DataFrame(rows).assign(n=len(table), data_status=status_of(table)), table)


def _usual(x, y, labels):
    """Coefficients with t of the usual kind, and residual degrees of freedom."""
    from statsmodels.regression.linear_model import OLS

    refuse_repeating(x, labels)
    with np.errstate(divide="ignore", invalid="ignore"):
        fit = OLS(y, x).fit()
        t = fit.tvalues
    largest = ROUNDING * np.abs(y).max()
    if np.abs(fit.resid).max() <= largest:  # nothing is left over: each explains all, or nothing
        t = np.where(np.abs(fit.params) * np.abs(x).max(axis=0) > largest, np.inf, 0.0)
    return fit.params, t, int(fit.df_resid)


def _part(t, df):
    """Share of what is left open that a coefficient with this t explains."""
    with np.errstate(divide="ignore"):
        return 1 / (1 + df / t**2)


def _robustness(size, least=0.0):
    """Share of both that brings the partial f of the treatment from its size to a least one.

    To explain all of the outcome that it may is not always the most that something left out can
    do: it also makes the error small. Where size times least is more than 1, less is more.
    """
    if size <= least:
        return 0.0
    if 1 / size < least:
        return 1 - (1 + least**2) / (1 + size**2)
    size = size - least
    return 2 / (1 + np.sqrt(1 + 4 / size**2))  # (sqrt(size^4 + 4 size^2) - size^2) / 2
