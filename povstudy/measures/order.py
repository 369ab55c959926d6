"""What depends on the order of incomes: quantiles, shares, the Lorenz curve, Sen-Shorrocks-Thon."""

from dataclasses import dataclass, replace

import numpy as np

from ..base.checks import listed, need_share, need_whole
from ..base.columns import LARGEST, SMALLEST, refuse_size
from ..base.errors import DataError
from ..survey.cells import place_of
from ..survey.estimates import Estimates, by_replicates, refuse_no_survey
from ..survey.linear import OF_ALL, Term, estimates, share_term, shares_of
from ..survey.negatives import tell_below_zero
from ..survey.ranks import Ranked
from ..survey.shares import share_ends
from ..survey.survey import refuse_empty
from .fgt import Drawn
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
        here, order = svy.in_memory([income, *by]), []
        found = _quantiles(here, income, shares, by, order)
        return woodruff(found, here, income, shares, by, order=order)

    return many(one, by, separately, total, income=income)


@by_replicates
def _quantiles(svy, income, shares, by, order):
    rows = InOrder(svy, income, by)
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
    tell_below_zero(svy, income)
    rows = InOrder(svy, income, listed(by))
    rows.refuse_mean()
    return rows.parts({f"lorenz({p:.12g})": rows.lorenz(p) for p in within(shares)}, income)


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
    rows = InOrder(svy, income, listed(by))
    rows.refuse_mean()
    ends = [rows.lorenz(i / groups) for i in range(groups + 1)]
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


def by_gaps(svy, income, line, by, measures):
    """Estimates of measures that depend on the ranks of poverty gaps, the widest first.

    Each gives, of rows in order (values: minus the gaps) and the slope of the gap of each row by
    the line: its value by domain; the influence of each row, in order; and by how much each row
    moves it with the line, in the order of the table.
    """
    relative = getattr(line, "by", ())
    svy = svy.in_memory([income, *by, *relative, *([line] if isinstance(line, str) else [])])
    drawn = Drawn(svy, income, line)
    tell_below_zero(svy, income)
    z = np.broadcast_to(drawn.at(svy.rows), len(svy))
    with np.errstate(invalid="ignore"):
        gap = np.where(svy.rows[income] < z, 1 - svy.rows[income] / z, 0.0)
        slope = np.where(svy.rows[income] < z, svy.rows[income] / z**2, 0.0)
    rows = InOrder(svy, income, by, -gap, drawn.needed)
    made = {name: of(rows, slope) for name, of in measures.items()}
    influences = {name: rows.ranked.back(influence) for name, (_, influence, _) in made.items()}
    terms = lambda row: {**influences, **drawn.below(row)}  # noqa: E731
    moved = {f"d {name}": moved for name, (_, _, moved) in made.items()}
    moves = lambda row: {**moved, **drawn.there(row)}  # noqa: E731
    found = svy.cells(by, drawn.needed, terms, moves, drawn.by)
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
        In memory.
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
        cuts = [rows.quantile(p) for p in shares]
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
            end[:size] = scale(np.concatenate([rows.quantile(one) for one in at]))
        return made

    return Quantiles(**{**vars(found), "intervals": intervals})


@by_replicates
def _below(svy, income, by, cuts):
    """Shares of each domain at given values or below them."""
    codes, _ = svy.rows.codes(by)
    terms = lambda row: {i: row[income] <= cut[codes] for i, cut in enumerate(cuts)}  # noqa: E731
    found = svy.cells(by, [income], terms)
    return estimates(svy, found, [share_term(str(i), found, i) for i in range(len(cuts))])


def within(shares):
    """Shares as a list; refuses what does not lie between 0 and 1, and none at all."""
    shares = listed(shares)
    for p in shares or [None]:
        need_share("shares", p)
    return shares


# Rows in order ------------------------------------------------------------------------


class InOrder:
    """Rows of each domain in the order of a value; measures with the influence of each row."""

    def __init__(self, svy, income, by, value=None, needed=None):
        """Sort by a value, else by income; rows that lack a column of ``needed`` have no rank."""
        self.svy, self.income, self.by = svy.in_memory([income, *by]), income, by
        self.needed = needed or [income]
        rows = self.svy.rows
        good = rows.good(self.needed, svy.missing == "refuse")
        codes, self.domains = rows.codes(by)
        if good is not None:
            codes = np.where(good, codes, -1)
        value = rows[income] if value is None else value
        self.ranked = Ranked(value, rows.weights, codes, len(self.domains))
        size = np.abs(self.ranked.y).max(initial=0)
        if size > LARGEST or 0 < size < SMALLEST:
            refuse_size(f"column {income}", size)
        refuse_empty(self.ranked.total_w, self.domains)

    def estimates(self, made, sides=None):
        """Estimates of terms: value by domain, and influence of each row in order.

        ``sides``: terms, on the smallest sum of which they rest; they are shares then.
        """
        influences = {name: self.ranked.back(influence) for name, (_, influence) in made.items()}
        found = self.svy.cells(self.by, self.needed, lambda row: {**influences, **(sides or {})})
        one, share = np.ones(len(self.domains)), sides and (None, *({name: 1.0} for name in sides))
        listed = [Term(name, value, {name: one}, None, share) for name, (value, _) in made.items()]
        return estimates(self.svy, found, listed)

    def parts(self, made, shared, most=1.0):
        """Estimates of parts of what a column adds up to, each from 0 to ``most`` of its terms.

        Where one lies within four errors of an end, its interval is that of a share, which cannot
        leave the ends: of a benefit exact as of as many persons as there are units with any, of
        the incomes that give the order on the logit scale alone. Not where values are below zero.
        """
        found, count = self.estimates(made), len(self.domains)
        if self.svy.rows.ends([shared])[shared][0] < 0:
            return found

        def shares():
            top = np.repeat(np.broadcast_to(most, len(made)), count)
            estimate = found.table["estimate"].to_numpy()
            far = np.inf if found.totals is None else 4 * np.nan_to_num(found._errors())
            near = (estimate - far < 1e-9) | (estimate + far > top - 1e-9)
            ends = np.zeros(len(top)), top
            if shared == self.income:
                return near & (estimate > 0), ends[0], np.full(len(top), np.inf), *ends
            sums = self.svy.cells(self.by, self.needed, lambda row: {"all": row[shared]})
            asked = [Term("", estimate, {}, None, (None, {"all": 1.0}))] * len(made)
            which, *units = shares_of(self.svy.design, sums, asked)
            return which & near, *units, *ends

        return replace(found, shares=shares)

    def refuse_mean(self):
        """Refuse domains whose mean is not positive."""
        r = self.ranked
        bad = np.flatnonzero((r.total_w > 0) & ~(r.total_y > 0))
        if len(bad):
            refuse_mean(self.income, self.domains.iloc[bad[0]], r.total_y[bad[0]])

    def gini(self):
        """Gini coefficient: the concentration index of incomes themselves."""
        return self.concentration(self.ranked.y)

    def concentration(self, h):
        """Concentration index of ``h`` (in the order of the rows), whose sums are positive."""
        r = self.ranked
        weighed = r.w * h
        rank, all_h = r.middle(r.w), np.bincount(r.code, weighed, minlength=r.count)
        moment = np.bincount(r.code, weighed * rank, minlength=r.count) / r.total_w
        influence = rank - r.each(moment * r.total_w / all_h)
        influence *= h
        influence += r.each(all_h - moment)
        influence -= r.middle(weighed)
        influence *= r.each(2 / (r.total_w * all_h))
        return 2 * moment / all_h - 1, influence

    def share_ratio(self, top, bottom):
        """What the richest have, a share ``top`` of all, over what the poorest ``bottom`` have."""
        r = self.ranked
        (low, has), (high, below) = self._ordinate(bottom), self._ordinate(1 - top)
        if not (has[r.total_w > 0] > 0).all():
            raise DataError(
                f"The poorest {bottom:.0%} have nothing: a ratio to it has no meaning.",
                where=f"column {self.income}", remedy='measures=["gini"]',
            )  # fmt: skip
        ratio = np.divide(1 - below, has, out=np.full_like(below, np.nan), where=has > 0)
        influence = self._short(high)  # of 1 minus the upper, minus the ratio of the lower
        influence += r.each(ratio) * self._short(low)
        influence += r.each((1 - top) * high + ratio * bottom * low)
        influence -= r.each(below + ratio * has) * r.y
        influence *= r.each(-1 / (r.total_y * has))
        return ratio, influence

    def quantile_ratio(self, high, low):
        """One quantile over another."""
        r = self.ranked
        some = r.total_w > 0
        above, below = r.quantile(high), r.quantile(low)
        if not (below[some] > 0).all():
            raise DataError(
                f"The quantile at {low:g} is not above 0: a ratio to it has no meaning.",
                where=f"column {self.income}", remedy='measures=["gini"]',
            )  # fmt: skip
        density, influence = log_densities(r, np.flatnonzero(some), self.income, self.domains), 0.0
        for p, cut, sign in ((high, above, 1), (low, below, -1)):
            influence = influence + sign * (p - (r.y <= r.each(cut))) / r.each(density(cut))
        return above / below, r.each(above / below) * influence

    def cut(self, p):
        """Quantile, with the density at it."""
        r = self.ranked
        cut = r.quantile(p)
        same = np.flatnonzero((r.total_w > 0) & ~(r.width > 1e-12 * np.abs(cut)))
        if len(same):
            raise DataError(
                "All values are the same: a quantile has no error then.",
                where=place_of(self.domains.iloc[same[0]], self.income),
                remedy="leave that out, or look at the column",
            )
        return cut, (p - (r.y <= r.each(cut))) / r.each(r.density(cut))

    def lorenz(self, p):
        """Ordinate, linear within the row that is cut."""
        r = self.ranked
        if p in (0, 1):
            return np.full(r.count, float(p)), np.zeros(len(r.y))
        cut, ordinate = self._ordinate(p)
        influence = self._short(cut)
        influence += r.each(p * cut)
        influence -= r.each(ordinate) * r.y
        influence /= r.each(r.total_y)
        return ordinate, influence

    def _ordinate(self, p):
        """Quantile of each domain, and the ordinate of the Lorenz curve there."""
        r = self.ranked
        cut = r.quantile(p)
        w, y = r.under(cut)
        return cut, (y + np.maximum(p * r.total_w - w, 0) * cut) / r.total_y

    def _short(self, cut):
        """By how much each value lies below that of its domain, as a negative number."""
        below = self.ranked.y - self.ranked.each(cut)
        return np.minimum(below, 0, out=below)

    def sst(self, slope):
        """Index of Sen, Shorrocks and Thon; see `by_gaps`."""
        r = self.ranked
        gap = -r.y
        w = r.total_w[r.code]
        left = 1 - r.middle(r.w) / w
        mean = np.bincount(r.code, r.w * gap, minlength=r.count) / r.total_w
        index = np.bincount(r.code, 2 * r.w * gap * left, minlength=r.count) / r.total_w
        after = mean[r.code] - r.middle(r.w * gap) / w
        influence = 2 * (gap * left - after + mean[r.code] - index[r.code]) / w
        return index, influence, r.back(2 * left * slope[r.order])


def log_densities(r, asked, income, domains):
    """Density of the logarithms of positive incomes, as a sum of weights, at that of a cut.

    A kernel of one width fits logarithms of incomes better than incomes: these lie closely at
    the low end, and it would blur them.
    """
    positive = np.isin(r.code, asked) & (r.y > 0)
    place = np.zeros(r.count, dtype=np.intp)
    place[asked] = range(len(asked))
    logs = Ranked(np.log(r.y[positive]), r.w[positive], place[r.code[positive]], len(asked))
    same = np.asarray(asked)[~(logs.width > 0)]
    if len(same):
        raise DataError("All incomes are the same: a quantile has no error then.",
                        where=place_of(domains.iloc[same[0]], income),
                        remedy="leave that out, or look at the column")  # fmt: skip

    def at(cut):
        density = np.ones(r.count)
        density[asked] = logs.density(np.log(cut[asked]))
        return density

    return at


def refuse_mean(income, domain, found):
    """Refuse to measure inequality against a mean that is not above zero."""
    raise DataError(
        "Inequality is measured against a mean that is more than zero.",
        where=place_of(domain, income),
        found=found, remedy="look at the incomes below zero" if found < 0
        else "leave that out: if no income is negative, all are zero, and nothing is shared",
    )  # fmt: skip
