"""Poverty below an absolute or a relative line: headcount ratio, gap and squared gap."""

from dataclasses import dataclass
from numbers import Real

import numpy as np

from ..base.checks import listed, need_between, need_positive
from ..base.columns import SMALLEST, refuse_size
from ..base.errors import DataError
from ..survey.cells import nothing
from ..survey.estimates import by_replicates
from ..survey.linear import Shared, Term, estimates, share_of, share_term
from ..survey.negatives import tell_below_zero
from ..survey.order.points import ranked_rows
from ..survey.ranks import silverman
from .many import in_one_pass, many, members, stacked

# logarithm of a normal density nine deviations away, which is nothing beside that at 0
_FAR = -40.5
FGT = {"headcount": 0, "gap": 1, "severity": 2}


# Poverty ------------------------------------------------------------------------------


@dataclass(frozen=True)
class RelativeLine:
    """A poverty line that is a share of a quantile of the income of all.

    Attributes
    ----------
    share : float
        Such as 0.6.
    quantile : float
        0.5 is the median.
    by : tuple of str
        Columns of groups, each with a line of its own, such as the year.
    """

    share: float = 0.6
    quantile: float = 0.5
    by: tuple = ()

    def __str__(self):
        """What it is a share of, in words."""
        of = "the median" if self.quantile == 0.5 else f"quantile({self.quantile:g})"
        return " ".join(
            [f"{self.share:g} of {of}", *(["by", ", ".join(self.by)] if self.by else [])]
        )


def relative_line(share=0.6, quantile=0.5, by=None):
    """Make a relative poverty line, such as 60 percent of the median of the whole survey.

    Parameters
    ----------
    share : float
        Share of the quantile.
    quantile : float
        Which quantile of the weighted incomes; 0.5 is the median.
    by : str or list of str, optional
        Columns of groups that have lines of their own, such as ``"year"`` or ``"country"``.

    Returns
    -------
    RelativeLine
        For ``line=`` of `poverty`: the line is worked out once, from all rows (of a group), and
        its own error goes into the errors of every domain.

    References
    ----------
    Deville, J.-C. (1999), Variance estimation for complex statistics and estimators, Survey
    Methodology 25.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.relative_line(0.6)
    RelativeLine(share=0.6, quantile=0.5, by=())
    """
    need_between("share", share, 0, 5, 0.6)  # 60 percent is 0.6
    need_between("quantile", quantile, 0, 1, 0.5)
    return RelativeLine(share, quantile, tuple(listed(by)))


@by_replicates
def poverty(svy, income, line, by=None, measures=tuple(FGT), separately=False, total=False):
    """Estimate poverty by the measures of Foster, Greer and Thorbecke, and of Watts.

    Parameters
    ----------
    svy : Survey
        With its design.
    income : str, list of str, or dict
        Column of income (or consumption) per person, in the unit of the line. Several at once: a
        list of columns, or a dict from the name that the answer says to the column.
    line : float, str or RelativeLine; or a list or dict of them
        A number; a column with the line of each row; or `relative_line`. Several at once: a list,
        or a dict from the name that the answer says, ``{"1.90": 694, "3.20": 1168}``.
    by : str or list of str, optional
        Columns of domains.
    measures : sequence of str or float
        ``"headcount"`` (a = 0), ``"gap"`` (1), ``"severity"`` (2), ``"watts"``, or a number: the
        power a of the gap. Of the poor alone: ``"mean_gap"`` and ``"median_gap"``, how far their
        mean and their median income lie below the line.
    separately : bool
        Each column of ``by`` by itself, such as regions, then sexes; else all combinations.
    total : bool
        A row for all rows too.

    Returns
    -------
    Estimates
        As shares of the line and of the population, not in percent. Of several incomes or lines
        with a column ``income`` or ``line``; of domains taken separately with the columns ``by``
        (which column) and ``group`` (which of its values). The row for all rows says ``all`` in
        the columns of domains. Covariances are known across all rows: ``.contrast("income", ...)``
        and ``.contrast("line", ...)`` are paired differences. Relative lines have estimates of
        their own: ``.line``.

    Raises
    ------
    DataError
        If an income is missing (see ``missing`` of `Survey`), the line is not positive, or an
        income is not positive for ``"watts"``.

    Notes
    -----
    FGT(a) is the mean of ((line - income) / line)^a over the poor, zero for others; poor is
    income < line. A gap of a negative income is more than one, and counts so. The error of a
    relative line follows Deville (1999) and Osier (2009): influence of the quantile over the
    density there, by a Gaussian kernel (width by Silverman's rule with the effective number of
    rows, so that the scale of the weights does not matter). ``mean_gap`` is gap over headcount;
    ``median_gap`` is Eurostat's relative median gap, with an error by the density of the incomes
    of the poor at their median. Where nobody is poor both are missing.

    References
    ----------
    Foster, J., Greer, J., Thorbecke, E. (1984), A class of decomposable poverty measures,
    Econometrica 52. Watts, H. (1968), An economic definition of poverty. Osier, G. (2009),
    Variance estimation for complex indicators of poverty and inequality using linearization
    techniques, Survey Research Methods 3.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [1150, 1725, 2300, 4000]}))
    >>> ps.poverty(svy, "income", line=2300).tidy()[["term", "estimate"]].values.tolist()
    [['headcount', 0.5], ['gap', 0.1875], ['severity', 0.078125]]
    """
    from .gaps import OF_POOR, gaps_of_the_poor

    asked = listed(measures)
    of_poor = [one for one in asked if one in OF_POOR]
    others = [one for one in asked if one not in of_poor]
    powers = orders(others) if others or not of_poor else {}
    drawn, sums = {}, {}
    for y in members("income", income).values():
        svy.rows.need([y])
        drawn |= {(y, z): Drawn(svy, y, z) for z in members("line", line).values()}
        refuse_poor_incomes(svy, y, powers)

    def one(by, y, z):
        if not powers:
            return gaps_of_the_poor(svy, y, z, by, of_poor)
        if (*by,) not in sums:
            sums[(*by,)] = _sums(svy, drawn, by, powers)
        made = _poverty(svy, drawn[y, z], sums[(*by,)][y, z], powers)
        if not of_poor:
            return made
        more = gaps_of_the_poor(svy, y, z, by, of_poor)
        return stacked([(one, {}, one.table) for one in (made, more)], line=made.line)

    return many(one, by, separately, total, income=income, line=line)


def _sums(svy, drawn, by, powers):
    """Sums of all incomes and lines: those that can be are asked in one pass."""
    made = {}
    for group in dict.fromkeys(one.by for one in drawn.values()):
        asked = {key: one.asks(powers, by) for key, one in drawn.items() if one.by == group}
        made |= in_one_pass(svy, by, asked, group)
    return made


def _poverty(svy, drawn, found, powers):
    """Poverty at one line."""
    made = [
        Term(name, *share_of(found, name), drawn.moved(found, "d " + name, powers)) if name == "watts"
        else share_term(name, found, name, of_line=drawn.moved(found, "d " + name, powers))
        for name in powers
    ]  # fmt: skip
    return estimates(svy, found, made, drawn.shared(found))


def refuse_poor_incomes(svy, income, powers):
    """Refuse incomes that a measure cannot take, and tell of those below zero."""
    tell_below_zero(svy, income)
    if "watts" in powers:
        refuse_logarithms(svy, income)


def depths(row, y, z, powers):
    """Terms whose means are the measures of poverty, of incomes ``y`` and lines ``z``."""
    poor, made = y < z, {}
    if any(powers.values()):
        gap = row.where(poor, 1 - y / z, 0.0)
    for name, a in powers.items():
        if name == "watts":
            made[name] = row.log(row.where(poor, z / y, 1.0))
        else:
            made[name] = row.where(poor, 1.0, 0.0) if a == 0 else _raised(gap, a)
    return made


def steps(row, y, z, powers, bell):
    """Terms ("d <measure>") whose means tell by how much each measure moves with the line.

    ``bell`` gives the density of each income about the line, by which the headcount moves.
    """
    poor, made = y < z, {}
    if any(a not in (None, 0, 1) for a in powers.values()):
        gap = row.where(poor, 1 - y / z, 0.0)
    for name, a in powers.items():
        if name == "watts":
            made["d " + name] = row.where(poor, 1 / z, 0.0)
        elif a == 0:
            made["d " + name] = bell(row)
        else:
            steep = a * y / (z * z)
            made["d " + name] = row.where(
                poor, steep if a == 1 else steep * _raised(gap, a - 1), 0.0
            )
    return made


def _known_steps(powers):
    """Steps with the line that follow from sums of the measures: of each, these times the line.

    As income / line is 1 - gap, that of FGT(a) is a (FGT(a - 1) - FGT(a)) / line, and that of
    Watts the headcount / line.
    """
    name = {a: one for one, a in powers.items()}
    made = {one: lambda sums, low=name[a - 1], one=one, a=a: a * (sums[low] - sums[one])
            for one, a in powers.items() if a and a - 1 in name}  # fmt: skip
    if "watts" in powers and 0 in name:
        made["watts"] = lambda sums: sums[name[0]]
    return made


class Drawn:
    """A poverty line as it is drawn through a survey: a number, a column, or a relative one.

    Parameters
    ----------
    svy : Survey
        With its design.
    income : str
        Column of income.
    line : float, str or RelativeLine
        As for `poverty`.
    """

    def __init__(self, svy, income, line):
        """Refuse what is no line; work a relative one out."""
        svy.rows.need([income])
        if not isinstance(line, str | Real | RelativeLine):
            raise DataError(
                "A line is one number, the name of a column, or relative.",
                where="argument line", found=type(line).__name__,
                remedy='line=2300  # or "line", the name of a column, or ps.relative_line(0.6)',
            )  # fmt: skip
        self.svy, self.income, self.line = svy, income, line
        self.relative, self.own = isinstance(line, RelativeLine), isinstance(line, str)
        self.by = line.by if self.relative else ()
        self.needed = [income, *([line] if self.own else [])]
        if self.relative:
            self._work_out()
        elif self.own:
            svy.rows.need([line])
            bad = svy.rows.first(line, lambda row: row[line] <= 0)
            if bad:
                self._refuse(bad[1], bad[2])
        else:
            need_positive("line", line, 2300)

    def _refuse(self, where, found):
        raise DataError("A poverty line is more than zero.", where=where, found=found,
                        remedy="ps.poverty(svy, income, line=2300)")  # fmt: skip

    def _work_out(self):
        """Quantile of each group, the line, and the density at both."""
        svy, income, line = self.svy, self.income, self.line

        def plain(row):
            y = row[income]
            return {"y": y, "yy": y * y, **squared(svy, row)}

        if long := svy.rows.is_long and not svy.layout.signed:  # one pass, and no sums by unit
            found = ranked_rows(
                svy, line.by, [income], income, few=0.2 <= line.quantile <= 0.8 and line.share <= 1
            )
            ranked, self.groups, lost = found.ranked, found.domains, found.lost
            size, some = np.abs(ranked.y).max(initial=0), ranked.total_w > 0
        else:
            found = svy.cells(line.by, [income], nothing, plain)
            self.groups, lost = found.domains, (found.domain < 0).any()
            size, some = np.abs(found.sums["y"]).max(initial=0), found.n > 0
        if 0 < size < SMALLEST:
            refuse_size(f"column {income}", size)
        if lost:
            raise DataError(
                f"Rows have no {' or no '.join(line.by)}: it is not known which line is theirs.",
                where=f"column {', '.join(line.by)}",
                remedy=f"table = table.dropna(subset={list(line.by)!r})",
            )
        shares = [line.quantile, 0.25, 0.75]
        cuts = ranked.quantiles(shares).T if long else svy.rows.quantiles(
            income, shares, list(line.by), svy.missing == "refuse"
        )  # fmt: skip
        self.cut = cuts[:, 0]
        self.values = line.share * self.cut  # a group without a row has none
        if not (self.values[some] > 0).all():
            self._refuse(f"column {income}", self.values[some & ~(self.values > 0)][0])
        if long:
            known = ranked.width > 1e-12 * np.abs(self.cut)  # less is rounding
            self.width = np.where(known, ranked.width, 0)
        else:
            weight = found.population
            square = found.total("yy") / weight
            apart = square - (found.total("y") / weight) ** 2
            deviation = np.sqrt(np.where(apart > 1e-12 * square, apart, 0))  # less is rounding
            self.width = silverman(
                deviation, cuts[:, 2] - cuts[:, 1], weight**2 / found.total("ww")
            )
        if not (self.width[some] > 0).all():
            raise DataError("All incomes are the same: a relative line has no error then.",
                            where=f"column {income}", remedy="line=2300")  # fmt: skip
        self.dense = ranked.density(self.cut) if long else None
        self.dense_at_line = ranked.density(self.values) if long else None

    def at(self, row):
        """The line of each row."""
        if self.relative:
            return row.lookup(self.groups, self.values)
        return row[self.line] if self.own else float(self.line)

    def _bell(self, row, at):
        """Normal density of each income about a place, of the width of its group."""
        away = row[self.income] - row.lookup(self.groups, at)
        steep = row.lookup(self.groups, -0.5 / self.width**2)
        far = away * away * steep
        bell = row.where(far > _FAR, row.exp(far), 0.0)  # an engine works it out for few rows
        return bell * row.lookup(self.groups, 1 / (self.width * np.sqrt(2 * np.pi)))

    def bell(self, row):
        """Normal density of each income about the line."""
        return self._bell(row, self.values)

    def there(self, row):
        """The term that tells the density of incomes about the quantile."""
        asked = self.relative and self.dense is None
        return {"there": self._bell(row, self.cut)} if asked else {}

    def below(self, row):
        """The term on which the influence on a relative line hangs."""
        if not self.relative:
            return {}
        return {"below": row.where(row[self.income] <= row.lookup(self.groups, self.cut), 1.0, 0.0)}

    def asks(self, powers, by):
        """What the measures need of `Survey.cells`: columns, terms, and terms without an error."""

        def terms(row):
            return {**depths(row, row[self.income], self.at(row), powers), **self.below(row)}

        def moves(row):
            if not self.relative:
                return {}
            known = _known_steps(powers)
            if self.dense_at_line is not None and (*by,) == self.by:  # of each domain its own
                known |= {name: None for name, a in powers.items() if a == 0}
            rest = {name: a for name, a in powers.items() if name not in known}
            made = steps(row, row[self.income], self.at(row), rest, self.bell)
            return {**made, **self.there(row)}

        return self.needed, terms, moves

    def moved(self, found, name, powers=None):
        """By how much an estimate of each domain moves with the line of each group.

        ``powers``: of measures whose steps were not all asked for; see `_known_steps`.
        """
        if not self.relative:
            return None
        of, sums = _known_steps(powers or {}).get(name[2:]), found.sums
        if not of and name not in sums:
            return np.diag(self.dense_at_line / found.population)
        step = of(sums) / self.values[found.group] if of else sums[name]
        inside = found.domain >= 0
        domains, groups = len(found.domains), len(found.groups)
        place = found.domain[inside] * groups + found.group[inside]
        sums = np.bincount(place, step[inside], domains * groups)
        return sums.reshape(domains, groups) / found.population[:, None]

    def shared(self, found):
        """The lines as estimates that all domains share."""
        if not self.relative:
            return None
        dense = self.dense
        if dense is None:
            dense = np.bincount(found.group, found.sums["there"], len(found.groups))
        slope = -self.line.share / dense
        return Shared(self.values, {"below": slope, "weight": -slope * self.line.quantile})


def squared(svy, row):
    """The weight, so that its weighted sum is that of its squares."""
    made = 1.0
    for name in svy.layout.weights:
        made = made * row[name]
    return {"ww": made}


def _raised(x, a):
    """Power of a gap; small whole ones by multiplication, which is exact and fast."""
    return x if a == 1 else x * x if a == 2 else x**a


def orders(measures):
    """Power of the gap of each measure of poverty, by name; ``None`` for that of Watts."""
    made = [(one, power(one)) for one in listed(measures)]
    if not made:
        raise DataError("No measure of poverty is asked for.", where="argument measures",
                        remedy='measures=["headcount"]')  # fmt: skip
    return {one if isinstance(one, str) else f"fgt({one:.12g})": a for one, a in made}


def power(measure):
    """Power of the gap of a measure of Foster, Greer and Thorbecke; ``None`` of Watts."""
    if measure == "watts":
        return None
    a = FGT.get(measure) if isinstance(measure, str) else measure
    if not (isinstance(a, Real) and 0 <= a < 1e6):
        raise DataError(
            "This measure of poverty is not known.", where="argument measures", found=measure,
            remedy=f"one of {[*FGT, 'watts']}, or a number of 0 or more; "
            "ps.sen_shorrocks_thon is a function of its own",
        )  # fmt: skip
    return a


def refuse_logarithms(svy, income):
    """Refuse incomes that the measure of Watts has no logarithm of."""
    bad = svy.rows.first(income, lambda row: row[income] <= 0)
    if bad:
        raise DataError(
            "The measure of Watts takes the logarithm of incomes: they must be positive.",
            where=bad[1], found=bad[2],
            remedy='measures=("headcount", "gap", "severity")  # take zero and less too',
        )  # fmt: skip
