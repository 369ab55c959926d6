"""Curves over the population from the poorest to the richest: TIP and growth incidence.

An ordinate for each share of the population, all with their joint errors, so that `band` of
`Estimates` gives intervals for a whole curve.
"""

import numpy as np
import pandas as pd

from ..base.checks import listed
from ..base.errors import DataError
from ..survey.estimates import by_replicates, refuse_no_survey
from ..survey.negatives import tell_below_zero
from .inorder import QUARTILES, InOrder, log_densities
from .order import TENTHS, by_gaps, within, woodruff


@by_replicates
def tip(svy, income, line, shares=TENTHS, by=None):
    """Estimate ordinates of the TIP curve: three I's of poverty, added up from the poorest on.

    Parameters
    ----------
    svy : Survey
        With its design.
    income : str
        Column of income (or consumption) per person, in the unit of the line.
    line : float, str or RelativeLine
        As for `poverty`.
    shares : float or sequence of float
        Shares of the population, between 0 and 1, the poorest first.
    by : str or list of str, optional
        Columns of domains.

    Returns
    -------
    Estimates
        A term ``tip(p)`` for each share, as a share of the line; a relative line: ``.line``.
        ``.band()`` gives intervals that hold for the whole curve.

    Raises
    ------
    DataError
        If a share does not lie between 0 and 1, or for what `poverty` refuses.

    Notes
    -----
    The ordinate at p is the sum of the gaps, (line - income) / line for the poor and zero for
    others, of the share p with the widest gaps, per head of all; the curve is linear within a
    row. It ends level: the share at which it does is the headcount ratio (incidence), its
    height there the gap index (intensity), and its bend the inequality among the poor. If one
    curve lies nowhere below another, neither this line nor a lower one gives it the lower gap or
    severity.

    References
    ----------
    Jenkins, S., Lambert, P. (1997), Three 'I's of poverty curves, with an analysis of UK
    poverty trends, Oxford Economic Papers 49. Deville, J.-C. (1999), Variance estimation for
    complex statistics and estimators, Survey Methodology 25.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [500, 1500, 2500, 4000]}))
    >>> ps.tip(svy, "income", 2000, [0.25, 0.5, 0.75]).tidy()["estimate"].tolist()
    [0.1875, 0.25, 0.25]
    """
    shares = within(shares)
    ordinates = {f"tip({p:.12g})": lambda rows, p=p: _deepest(rows.ranked, p) for p in shares}
    return by_gaps(svy, income, line, listed(by), ordinates, shares)


def _deepest(r, p):
    """Sum of the widest gaps per head of all; see `by_gaps`."""
    gap, total = -r.y, r.total_w[r.code]
    left = p * total - (r.running_w - r.w)
    taken = np.where(r.w < 0, np.where(left > 0, r.w, 0.0), np.clip(left, 0, np.maximum(r.w, 0)))
    ordinate = np.bincount(r.code, taken * gap, r.count) / r.total_w
    cut = -r.quantile(p)[r.code]
    influence = (np.maximum(gap - cut, 0) + p * cut - ordinate[r.code]) / total
    part = np.divide(taken, r.w, out=np.zeros_like(taken), where=r.w > 0)
    return ordinate, influence, part


def growth_incidence(svy, income, over, *, base, value, shares=TENTHS):
    """Estimate the growth incidence curve: how incomes grew at each place of the distribution.

    Parameters
    ----------
    svy : Survey
        With its design; the rows of both periods, one below the other.
    income : str
        Column of income (or consumption) per person, in constant prices.
    over : str
        Column of the period, such as ``"year"``.
    base, value : object
        The growth is that from ``base`` to ``value``.
    shares : float or sequence of float
        Places between 0 (the poorest) and 1.

    Returns
    -------
    Estimates
        A term ``growth(p)`` for each share, and ``growth of the mean``: log points over the
        whole time between the periods (0.05 is about 5 percent; exp(x) - 1 exactly). The column
        ``over`` says ``value - base``; ``n`` and ``population`` are of both periods.

    Raises
    ------
    DataError
        If a period is unknown, rows have no period, or a quantile or mean is not positive.

    Notes
    -----
    ``growth(p)`` is log(q1 / q0) with the quantiles q of the two periods, as `quantile` gives
    them. The households at a place of the distribution need not be the same in both periods: the
    curve does not follow anyone. Where both periods were asked in the same sampling units, the
    covariance that this gives is in the errors. The density of incomes at a quantile, on which
    its error hangs, is that of their logarithms, by a Gaussian kernel (width by Silverman's
    rule): at the low end it is nearer to the truth than a kernel over incomes. Intervals of
    ``growth(p)`` are made of Woodruff's of both periods, as of `quantile`.

    References
    ----------
    Ravallion, M., Chen, S. (2003), Measuring pro-poor growth, Economics Letters 78. Deville,
    J.-C. (1999), Variance estimation for complex statistics and estimators, Survey Methodology
    25.

    Examples
    --------
    >>> import numpy as np, pandas as pd, povstudy as ps
    >>> old = np.arange(1.0, 1001.0)
    >>> table = pd.DataFrame({"income": np.r_[old, 1.1 * old], "year": [1] * 1000 + [2] * 1000})
    >>> svy = ps.Survey(table)
    >>> curve = ps.growth_incidence(svy, "income", "year", base=1, value=2, shares=[0.2, 0.8])
    >>> curve.tidy()[["term", "year", "estimate"]].round(4).values.tolist()
    [['growth(0.2)', '2 - 1', 0.0953],
     ['growth(0.8)', '2 - 1', 0.0953],
     ['growth of the mean', '2 - 1', 0.0953]]

    Intervals that hold for the whole curve at once:

    >>> curve.band()[["ci_low", "ci_high"]].round(2).values.tolist()
    [[-0.11, 0.3], [0.04, 0.15], [0.04, 0.16]]
    """
    over, shares = one_column(over), within(shares)
    refuse_no_survey(svy)
    tell_below_zero(svy, income)
    found = _logarithms(svy, income, over, base, value, shares)
    found = woodruff(found, svy, income, shares, [over], _logs)
    return found.contrast(over, value, base)


def _logs(x):
    """Logarithms of what is positive; of other values none."""
    return np.log(np.where(x > 0, x, np.nan))


@by_replicates
def _logarithms(svy, income, over, base, value, shares):
    """Logarithms of quantiles and mean of each period; zero for those that are not asked for."""
    rows = InOrder(svy, income, [over], cuts=[*shares, *QUARTILES])
    r = rows.ranked
    asked = list(periods(rows.domains, over, base, value, r.total_w > 0))
    levels = {f"growth({p:.12g})": r.quantile(p) for p in shares}
    levels["growth of the mean"] = r.total_y / r.total_w
    for name, level in levels.items():
        for at in asked:
            if not level[at] > 0:
                raise DataError(
                    "Growth is that of positive incomes.",
                    where=f"column {income}, {over} {rows.domains[over].iloc[at]!r}, {name}",
                    found=level[at], remedy="ask for higher shares=, or look at these incomes",
                )  # fmt: skip
    known = np.isin(np.arange(r.count), asked)
    levels = {name: np.where(known, level, 1.0) for name, level in levels.items()}
    density, influences = log_densities(r, asked, income, rows.domains), {}
    for p in shares:
        cut = levels[f"growth({p:.12g})"]
        influences[f"growth({p:.12g})"] = (p - (r.y <= cut[r.code])) / density(cut)[r.code]
    mean = levels["growth of the mean"]
    influences["growth of the mean"] = (r.y / mean[r.code] - 1) / r.total_w[r.code]
    return rows.estimates({
        name: (np.log(levels[name]), np.where(known[r.code], influence, 0.0))
        for name, influence in influences.items()
    })  # fmt: skip


def one_column(over):
    """The column of periods; refuses none and several."""
    names = listed(over)
    if len(names) != 1:
        raise DataError("One column tells the periods apart.", where="argument over", found=over,
                        remedy='over="year"')  # fmt: skip
    return names[0]


def periods(domains, over, base, value, some):
    """Places of two periods in the table of domains; refuses one twice, and one that is not known."""
    known = domains[over].tolist()
    for one in (base, value):
        if not pd.api.types.is_scalar(one) or pd.isna(one) or one not in known:
            raise DataError(
                "There is no such period.", where=f"column {over}", found=one,
                remedy=f"one of {known[:10]}",
            )  # fmt: skip
    old, new = known.index(base), known.index(value)
    for at in (old, new):
        if not some[at]:
            raise DataError("There is no row with a value and a weight.", remedy="another period",
                            where=f"column {over}, {over} {known[at]!r}")  # fmt: skip
    if old == new:
        raise DataError("The two periods are the same.", where=f"column {over}", found=base,
                        remedy=f"base={known[0]!r}, value={known[-1]!r}  # two of {known[:10]}"
                        if len(known) > 1 else "another column that tells the periods apart")  # fmt: skip
    return old, new
