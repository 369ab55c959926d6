"""Rows in the order of incomes, or points in place of them; measures with their influences."""

from dataclasses import replace

import numpy as np

from ..base.columns import LARGEST, SMALLEST, refuse_size
from ..base.errors import DataError
from ..survey.cells import place_of
from ..survey.linear import Term, estimates, shares_of
from ..survey.order.points import ranked_rows
from ..survey.ranks import Ranked
from ..survey.survey import refuse_empty

QUARTILES = (0.25, 0.75)  # on which the width of a kernel hangs


class InOrder:
    """Rows of each domain in the order of a value; measures with the influence of each row.

    Of a table past memory these are points: see `povstudy.survey.order.points`.
    """

    def __init__(self, svy, income, by, value=None, needed=None, cuts=(), beside=None, few=False):
        """Sort by a value, else by income; rows that lack a column of ``needed`` have no rank.

        ``value``, ``cuts``, ``beside`` and ``few`` are those of `ranked_rows`.
        """
        self.income, self.by, self.needed = income, by, needed or [income]
        value = income if value is None else value
        made = ranked_rows(svy, by, self.needed, value, cuts, beside, few)
        self.svy, self.ranked, self.spread = made.svy, made.ranked, made.spread
        self.domains, self.beside = made.domains, made.beside
        size = np.abs(self.ranked.y).max(initial=0)
        if size > LARGEST or 0 < size < SMALLEST:
            refuse_size(f"column {income}", size)
        refuse_empty(self.ranked.total_w, self.domains)

    def cells(self, influences, more=None, plain=None, group=()):
        """The survey and its sums of influences (see `Ordered.spread`) and of other terms of a row."""
        svy, terms = self.spread(influences)
        made = lambda row: {**terms(row), **(more(row) if more else {})}  # noqa: E731
        return svy, svy.cells(self.by, self.needed, made, plain, group)

    def estimates(self, made, sides=None):
        """Estimates of terms: value by domain, and influence of each row in order.

        ``sides``: terms of a row, on the smallest sum of which they rest; they are shares then.
        """
        influences = {name: influence for name, (_, influence) in made.items()}
        svy, found = self.cells(influences, sides)
        names = [one for one in found.sums if one not in influences and one != "weight"]
        one, share = np.ones(len(self.domains)), sides and (None, *({name: 1.0} for name in names))
        listed = [Term(name, value, {name: one}, None, share) for name, (value, _) in made.items()]
        return estimates(svy, found, listed)

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
        return self.concentration()

    def concentration(self, beside=None):
        """Concentration index of what is beside a row, or of its value; their sums are positive."""
        r = self.ranked
        h = r.y if beside is None else self.beside[beside]
        weighed = r.w * h
        rank, all_h = r.middle(r.w), np.bincount(r.code, weighed, minlength=r.count)
        moment = np.bincount(r.code, weighed * rank, minlength=r.count) / r.total_w
        scale, alone = r.each(2 / (r.total_w * all_h)), r.each(all_h - moment) - r.middle(weighed)
        own = rank - r.each(moment * r.total_w / all_h)
        influence = (
            {beside: own * scale, "": alone * scale} if beside else (own * h + alone) * scale
        )
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
            raise DataError("All values are the same: a quantile has no error then.",
                            where=place_of(self.domains.iloc[same[0]], self.income),
                            remedy="leave that out, or look at the column")  # fmt: skip
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

    def sst(self):
        """Index of Sen, Shorrocks and Thon; see `by_gaps`."""
        r = self.ranked
        gap = -r.y
        w = r.total_w[r.code]
        left = 1 - r.middle(r.w) / w
        mean = np.bincount(r.code, r.w * gap, minlength=r.count) / r.total_w
        index = np.bincount(r.code, 2 * r.w * gap * left, minlength=r.count) / r.total_w
        after = mean[r.code] - r.middle(r.w * gap) / w
        influence = 2 * (gap * left - after + mean[r.code] - index[r.code]) / w
        return index, influence, 2 * left


def log_densities(r, asked, income, domains):
    """Density of the logarithms of positive incomes, as a sum of weights, at that of a cut.

    A kernel of one width fits logarithms of incomes better than incomes: these lie closely at
    the low end, and it would blur them.
    """
    positive = np.isin(r.code, asked) & (r.y > 0)
    place = np.zeros(r.count, dtype=np.intp)
    place[asked] = range(len(asked))
    logs = Ranked(np.log(r.y[positive]), r.w[positive], place[r.code[positive]], len(asked),
                  r.ww[positive])  # fmt: skip
    same = np.asarray(asked)[~(logs.width > 1e-12)]  # less is rounding
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
