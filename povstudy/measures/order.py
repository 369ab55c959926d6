"""What depends on the order of incomes: quantiles, shares, the Lorenz curve, Sen-Shorrocks-Thon."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base.checks import listed, need_share, need_whole
from ..survey.cells import nothing
from ..survey.estimates import Estimates, by_replicates, refuse_no_survey
from ..survey.linear import OF_ALL, Term, estimates, share_term
from ..survey.negatives import tell_below_zero
from ..survey.shares import share_ends
from .fgt import Drawn
from .inorder import QUARTILES, InOrder
from .many import many

TENTHS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def quantile(svy, income, shares=(0.5,), by=None, separately=False, total=False):
    """Estimate quantiles of incomes.

    Parameters
    ----------
    svy : Survey
        With its design.
    income : str, list of str, or dict
        Column of numbers. Several at once: a list, or a dict from the name that the
        answer says (in its column ``income``) to the column.
    shares : float or sequence of float
        Which quantiles, between 0 and 1; 0.5 is the median.
    by : str or list of str, optional
        Columns of domains.
    separately, total : bool
        Each column of ``by`` by itself; a row for all rows too: as for `poverty`.

    Returns
    -------
    Estimates
        A term ``quantile(p)`` for each share, in the unit of the column.

    Notes
    -----
    The quantile is the least value that at least a share p of the weights does not exceed
    (the inverse of the distribution; no interpolation). Intervals are Woodruff's: the quantiles
    at both ends of the interval of p, made as of all shares (see `Estimates.tidy`) with the
    design effect of the share below the estimate. They need no density, and hold in the tails and
    of incomes told in round numbers too (``benchmarks/interval_coverage.py``); those of differences
    are put together from them. The standard error is the influence of the share below, over the
    density there by a Gaussian kernel, as for a relative line; in the tails it is rough.

    References
    ----------
    Woodruff, R. (1952), Confidence intervals for medians and other position measures, Journal of
    the American Statistical Association 47. Deville, J.-C. (1999), Variance estimation for
    complex statistics and estimators, Survey Methodology 25.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0]}))
    >>> ps.quantile(svy, "income", [0.5, 0.75]).tidy()["estimate"].tolist()
    [2.0, 3.0]
    """
    refuse_no_survey(svy)
    shares = within(shares)

    def one(by, income):
        order = []
        found = _quantiles(svy, income, shares, by, order)
        return woodruff(found, svy, income, shares, by, order=order)

    return many(one, by, separately, total, income=income)


@by_replicates
def _quantiles(svy, income, shares, by, order):
    rows = InOrder(svy, income, by, cuts=[*shares, *QUARTILES])
    if not order:  # of replicates that of the weight itself, which comes first
        order.append(rows.ranked)
    return rows.estimates({f"quantile({p:.12g})": rows.cut(p) for p in shares})


@by_replicates
def lorenz(svy, income, shares=TENTHS, by=None):
    """Estimate ordinates of the Lorenz curve: what the poorest share of people has of all.

    Parameters
    ----------
    svy : Survey
        With its design.
    income : str
        Column of income per person.
    shares : float or sequence of float
        Shares of the population, between 0 and 1.
    by : str or list of str, optional
        Columns of domains.

    Returns
    -------
    Estimates
        A term ``lorenz(p)`` for each share; the curve is linear within a row.

    References
    ----------
    Beach, C., Davidson, R. (1983), Distribution-free statistical inference with Lorenz curves
    and income shares, Review of Economic Studies 50. Deville (1999).

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0]}))
    >>> ps.lorenz(svy, "income", 0.5).tidy()["estimate"].tolist()
    [0.3]
    """
    shares = within(shares)
    tell_below_zero(svy, income)
    rows = InOrder(svy, income, listed(by), cuts=shares, few=True)
    rows.refuse_mean()
    return rows.parts({f"lorenz({p:.12g})": rows.lorenz(p) for p in shares}, income)


@by_replicates
def income_shares(svy, income, groups=5, by=None):
    """Estimate what each fifth (or tenth) of the population has of all income.

    Parameters
    ----------
    svy : Survey
        With its design.
    income : str
        Column of income per person.
    groups : int
        Number of groups of one size; 5 are fifths, the poorest first.
    by : str or list of str, optional
        Columns of domains.

    Returns
    -------
    Estimates
        Terms ``share(1)`` to ``share(groups)``, which add up to one.

    References
    ----------
    Beach, C., Davidson, R. (1983), Distribution-free statistical inference with Lorenz curves
    and income shares, Review of Economic Studies 50.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0]}))
    >>> ps.income_shares(svy, "income", groups=2).tidy()["estimate"].tolist()
    [0.3, 0.7]
    """
    need_whole("groups", groups, 2, such=10)
    tell_below_zero(svy, income)
    ends = [i / groups for i in range(groups + 1)]
    rows = InOrder(svy, income, listed(by), cuts=ends[1:-1], few=True)
    rows.refuse_mean()
    ends = [rows.lorenz(p) for p in ends]
    steps = zip(ends[1:], ends[:-1], strict=True)
    made = {f"share({i})": (a[0] - b[0], a[1] - b[1]) for i, (a, b) in enumerate(steps, 1)}
    return rows.parts(made, income)


@by_replicates
def sen_shorrocks_thon(svy, income, line, by=None):
    """Estimate the poverty index of Sen, as amended by Shorrocks and by Thon.

    Parameters
    ----------
    svy : Survey
        With its design.
    income : str
        Column of income (or consumption) per person, in the unit of the line.
    line : float, str or RelativeLine
        As for `poverty`.
    by : str or list of str, optional
        Columns of domains.

    Returns
    -------
    Estimates
        The term ``sst``; a relative line: ``.line``.

    Notes
    -----
    The mean of the poverty gaps of all, (line - income) / line for the poor and zero for
    others, each times 2 (1 - rank), the poorest first: the mean gap times one plus the Gini
    coefficient of the gaps, or twice the area under the TIP curve.

    References
    ----------
    Shorrocks, A. (1995), Revisiting the Sen poverty index, Econometrica 63. Osberg, L., Xu, K.
    (2000), International comparisons of poverty intensity, Journal of Human Resources 35.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [50.0, 150.0]}))
    >>> ps.sen_shorrocks_thon(svy, "income", 100).tidy()["estimate"].tolist()
    [0.375]
    """
    return by_gaps(svy, income, line, listed(by), {"sst": InOrder.sst})


def by_gaps(svy, income, line, by, measures, cuts=()):
    """Estimates of measures that depend on the ranks of poverty gaps, the widest first.

    Each gives, of rows in order (values: minus the gaps): its value by domain; the influence of
    each row; and what the slope of its gap by the line is multiplied with, to tell by how much
    the row moves it with the line.
    """
    drawn = Drawn(svy, income, line)
    tell_below_zero(svy, income)

    def negative(row):
        y, z = row[income], drawn.at(row)
        return row.where(y < z, y / z - 1, 0.0)

    def slope(row):
        y, z = row[income], drawn.at(row)
        return row.where(y < z, y / (z * z), 0.0)

    with np.errstate(invalid="ignore"):
        rows = InOrder(
            svy, income, by, negative, [*drawn.needed, *drawn.by], cuts, {"slope": slope}
        )
    made = {name: of(rows) for name, of in measures.items()}
    influences = {name: influence for name, (_, influence, _) in made.items()}
    moved = {f"d {name}": {"slope": part} for name, (_, _, part) in made.items()}
    svy, terms = rows.spread({**influences, **moved})
    some = lambda row, names: {name: terms(row)[name] for name in names}  # noqa: E731
    found = svy.cells(
        by, drawn.needed,
        lambda row: {**some(row, influences), **drawn.below(row)},
        lambda row: {**some(row, moved), **drawn.there(row)}, drawn.by,
    )  # fmt: skip
    one = np.ones(len(found.domains))
    made = [
        Term(name, value, {name: one}, drawn.moved(found, f"d {name}"), share=OF_ALL)
        for name, (value, _, _) in made.items()
    ]
    return estimates(svy, found, made, drawn.shared(found))


@dataclass(frozen=True, repr=False)
class Quantiles(Estimates):
    """Estimates of quantiles: intervals of differences are made of those of both sides."""

    _put_together = True


def woodruff(found, svy, income, shares, by, scale=np.asarray, order=()):
    """Give estimates of quantiles Woodruff's intervals; see `quantile`.

    Parameters
    ----------
    found : Estimates
        A term for each share first, by domain; what follows keeps its intervals.
    svy : Survey
    income : str
    shares : list of float
    by : list of str
    scale : callable
        On which the quantiles are told, such as the logarithm.
    order : list, optional
        The rows in order, which are let go after the first use.

    Returns
    -------
    Quantiles
    """

    def intervals(level):
        rows = order.pop() if order else InOrder(svy, income, by).ranked
        cuts = rows.quantiles(shares)
        below, size = _below(svy, income, by, cuts), rows.count * len(shares)
        share, p = below.table["estimate"].to_numpy(), np.repeat(shares, rows.count)
        spread = share * (1 - share)
        alike = np.divide(p * (1 - p), spread, out=np.zeros(size), where=spread > 1e-12)
        _, *units = below.shares()
        ends = share_ends(
            p, below._errors() * np.sqrt(alike), below._df(), below.table["n"], *units, level
        )
        made = [np.array(end) for end in found._ends(level, found._errors(), found._df())]
        for end, at in zip(made, ends, strict=True):
            at = np.nan_to_num(at.reshape(-1, rows.count), nan=0.5)
            end[:size] = scale(rows.quantiles(at).ravel())
        return made

    return Quantiles(**{**vars(found), "intervals": intervals})


@by_replicates
def _below(svy, income, by, cuts):
    """Shares of each domain at given values or below them."""
    known = svy.cells(by, [income], nothing).domains if by else pd.DataFrame(index=range(1))

    def terms(row):
        below = [row[income] <= row.lookup(known, cut) for cut in cuts]
        return {i: row.where(one, 1.0, 0.0) for i, one in enumerate(below)}

    found = svy.cells(by, [income], terms)
    return estimates(svy, found, [share_term(str(i), found, i) for i in range(len(cuts))])


def within(shares):
    """Shares as a list; refuses what does not lie between 0 and 1, and none at all."""
    shares = listed(shares)
    for p in shares or [None]:
        need_share("shares", p)
    return shares
