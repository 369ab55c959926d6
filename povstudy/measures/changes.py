"""Changes of poverty between two periods: what growth and what redistribution account for.

All of it is made of sums, so it runs on every kind of table; parts add up exactly, and their
errors come from one set of influences.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..base.checks import listed, nearest
from ..base.errors import DataError
from ..survey.cells import nothing
from ..survey.estimates import NUMBERS, by_replicates
from ..survey.linear import Term, estimates, share_of, share_term, shares_of
from ..survey.negatives import tell_below_zero
from ..survey.ranks import silverman
from .curves import one_column, periods
from .dispersion import entropy_of, family_of, power_of, power_terms, refuse_incomes, refuse_means
from .fgt import (
    FGT,
    Drawn,
    RelativeLine,
    depths,
    orders,
    refuse_poor_incomes,
    squared,
    steps,
)

# Parts of a change as sums of: poverty of the base period; of the other; with the mean of the
# other and the Lorenz curve of the base; with the mean of the base and the Lorenz curve of the other.
_METHODS = {
    "datt_ravallion": {
        "growth": (-1, 0, 1, 0), "redistribution": (-1, 0, 0, 1), "residual": (1, 1, -1, -1),
        "change": (-1, 1, 0, 0),
    },
    "shapley": {
        "growth": (-0.5, 0.5, 0.5, -0.5), "redistribution": (-0.5, 0.5, -0.5, 0.5),
        "change": (-1, 1, 0, 0),
    },
}  # fmt: skip


@by_replicates
def decompose(
    svy, income, line, over, *, base, value, method="datt_ravallion", measures=tuple(FGT)
):
    """Split a change of poverty into what growth and what redistribution account for.

    Parameters
    ----------
    svy : Survey
        With its design; the rows of both periods, one below the other.
    income : str
        Column of income (or consumption) per person, in constant prices.
    line : float or str
        A number, or a column with the real line of each row. Incomes are measured in lines: where
        these differ between places, they count as levels of prices.
    over : str
        Column of the period, such as ``"year"``.
    base, value : object
        The change is that from ``base`` to ``value``.
    method : {"datt_ravallion", "shapley"}
        See the notes.
    measures : sequence of str or float
        As for `poverty`.

    Returns
    -------
    Estimates
        The terms are the measures; the column ``component`` says ``growth``,
        ``redistribution``, ``residual`` (of ``"datt_ravallion"``) and ``change``, which is their
        sum; the column ``over`` says ``value - base``. In shares, not in percent; ``n`` and
        ``population`` are of both periods.

    Raises
    ------
    DataError
        If a period is unknown or has no positive mean, if rows have no period, or for a
        relative line, which would move with the incomes.

    Notes
    -----
    Let P(m, L) be poverty if incomes had the mean m and the Lorenz curve L; it is that of the
    incomes of the period of L at the line times (mean of that period / m). From period 0 to 1,
    Datt and Ravallion take period 0 as the reference: growth is P(m1, L0) - P(m0, L0),
    redistribution P(m0, L1) - P(m0, L0), and the residual, which may be large, what is left of
    the change. Shapley takes the mean of both orders: growth is half of
    P(m1, L0) - P(m0, L0) + P(m1, L1) - P(m0, L1), and nothing is left.

    Errors are linearised: those of both means are in them, and, for the headcount, that of the
    density of the logarithms of incomes at the scaled lines, by a Gaussian kernel (width by
    Silverman's rule).

    References
    ----------
    Datt, G., Ravallion, M. (1992), Growth and redistribution components of changes in poverty
    measures, Journal of Development Economics 38. Kakwani, N. (2000), On measuring growth and
    inequality components of poverty with application to Thailand, Journal of Quantitative
    Economics 16. Shorrocks, A. (2013), Decomposition procedures for distributional analysis,
    Journal of Economic Inequality 11.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 2.0, 3.0, 6.0, 2.0, 2.0, 8.0, 12.0],
    ...                       "year": [2011] * 4 + [2019] * 4})
    >>> parts = ps.decompose(ps.Survey(table), "income", 2.5, "year", base=2011, value=2019,
    ...                      measures="gap", method="shapley")
    >>> parts.tidy()[["term", "component", "estimate"]].round(3).values.tolist()
    [['gap', 'growth', -0.175], ['gap', 'redistribution', 0.075], ['gap', 'change', -0.1]]
    """
    over, powers = one_column(over), orders(measures)
    if method not in _METHODS:
        such = nearest(method, _METHODS) or next(iter(_METHODS))
        raise DataError("There is no such decomposition.", where="argument method", found=method,
                        remedy=f"method={such!r}  # one of {list(_METHODS)}")  # fmt: skip
    if isinstance(line, RelativeLine):
        raise DataError(
            "A relative line moves with the incomes that it is to measure.",
            where="argument line", found=line, remedy="line=2300  # a real line",
        )  # fmt: skip
    drawn = Drawn(svy, income, line)
    refuse_poor_incomes(svy, income, powers)
    found, (old, new), mean = _rescaled(svy, drawn, powers, over, base, value)
    names = ["mean", *powers, *(f"scaled {one}" for one in powers)]
    made = estimates(svy, found, [Term(one, *share_of(found, one)) for one in names])
    parts = np.array(list(_METHODS[method].values())).T
    both = {"n": found.n[[old, new]].sum(), "population": found.population[[old, new]].sum()}
    tables, gradients = [], []
    for name in powers:
        rows = [
            names.index(one) * len(found.domains) + period
            for one in (name, f"scaled {name}")
            for period in (old, new)
        ]
        gradient = np.zeros((len(made), 4))
        gradient[rows, range(4)] = 1
        moved = found.total(f"d {name}") / found.population  # by the logarithm of the line
        gradient[[old, new], 2] = moved[old] / mean[[old, new]] * (1, -1)
        gradient[[old, new], 3] = moved[new] / mean[[old, new]] * (-1, 1)
        gradients.append(gradient @ parts)
        tables.append(pd.DataFrame({
            "term": name, over: f"{value} - {base}", "component": list(_METHODS[method]),
            "estimate": made.table["estimate"].to_numpy()[rows] @ parts, **both,
        }))  # fmt: skip
    return made.combine(pd.concat(tables), np.hstack(gradients), apart=True)


def _rescaled(svy, drawn, powers, over, base, value):
    """Sums of the depth of poverty of each period at the line, and at that of the other's mean.

    With them the places of both periods, and the means of all, in lines.
    """
    income = drawn.income

    def sizes(row):
        y = row[income]
        positive = row.where(y > 0, 1.0, 0.0)
        log = row.log(row.where(y > 0, y / drawn.at(row), 1.0))
        return {
            "mean": y / drawn.at(row), "positive": positive, "log": log, "log log": log * log,
            "ww": squared(svy, row)["ww"] * positive,
        }  # fmt: skip

    sized = svy.cells([over], drawn.needed, nothing, sizes)
    domains, mean = sized.domains, sized.total("mean") / sized.population
    old, new = periods(domains, over, base, value, sized.n > 0)
    for at in (old, new):
        if not mean[at] > 0:
            raise DataError(
                "Incomes are scaled to another mean: theirs must be more than zero.",
                where=f"column {income}, {over} {domains[over].iloc[at]!r}", found=mean[at],
                remedy="look at the incomes below zero",
            )  # fmt: skip
    scale = np.ones(len(domains))
    scale[old], scale[new] = mean[old] / mean[new], mean[new] / mean[old]
    width = _widths(svy, sized, drawn, over, (old, new)) if 0 in powers.values() else None

    def there(row):
        return drawn.at(row) * row.lookup(domains, scale)

    def bell(row):
        """Density of each income about the scaled line: normal in logarithms."""
        y, wide, line = row[income], row.lookup(domains, width), there(row)
        away = row.log(row.where(y > 0, y, 1.0) / line) / wide
        normal = row.exp(away * away * -0.5) / wide * (1 / np.sqrt(2 * np.pi))
        return row.where(y > 0, normal, 0.0) / line

    def terms(row):
        y = row[income]
        scaled = depths(row, y, there(row), powers)
        return {
            "mean": y / drawn.at(row), **depths(row, y, drawn.at(row), powers),
            **{f"scaled {name}": x for name, x in scaled.items()},
        }  # fmt: skip

    def moves(row):
        line = there(row)
        return {name: x * line for name, x in steps(row, row[income], line, powers, bell).items()}

    return svy.cells([over], drawn.needed, terms, moves), (old, new), mean


def _widths(svy, sized, drawn, over, asked):
    """Width of a kernel over the logarithms of positive incomes, by period (Silverman's rule)."""
    asked, income = list(asked), drawn.income
    cuts = svy.rows.quantiles(income, [0.25, 0.75], [over], svy.missing == "refuse")[asked]
    low, high = np.where(cuts > 0, cuts, 1.0).T
    quartiles = np.where((cuts[:, 0] > 0) & (not drawn.own), np.log(high / low), np.inf)
    people, squares, centre, spread = (
        sized.total(name)[asked] for name in ("positive", "ww", "log", "log log")
    )
    deviation = np.sqrt(np.maximum(spread / people - (centre / people) ** 2, 0))
    same = np.flatnonzero(deviation < 1e-6)
    if len(same):
        raise DataError(
            "All incomes are the same: a headcount has no error then.",
            where=f"column {income}, {over} {sized.domains[over].iloc[asked[same[0]]]!r}",
            remedy='measures=("gap", "severity")',
        )  # fmt: skip
    width = np.ones(len(sized.domains))
    width[asked] = silverman(deviation, quartiles, people**2 / squares)
    return width


@by_replicates
def poverty_profile(svy, income, line, by, measures=tuple(FGT)):
    """Estimate what each group contributes to poverty.

    Parameters
    ----------
    svy : Survey
        With its design.
    income : str
        Column of income (or consumption) per person, in the unit of the line.
    line : float, str or RelativeLine
        As for `poverty`.
    by : str or list of str
        Columns of groups, which share all people out among them.
    measures : sequence of str or float
        As for `poverty`.

    Returns
    -------
    Estimates
        The term ``population`` with the component ``share``: of the group in all people; for
        each measure the components ``level``, poverty of the group, and ``share``: of the group
        in the poverty of all. Shares add up to one. A relative line: ``.line``.

    Raises
    ------
    DataError
        If there is one group alone, rows have no group, or no one is poor.

    Notes
    -----
    Measures of poverty that are means over people add up over groups: that of all is the sum
    of population share times level, and the share of a group is its part in this sum.

    References
    ----------
    Foster, J., Greer, J., Thorbecke, E. (1984), A class of decomposable poverty measures,
    Econometrica 52.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1000, 3000, 1500, 1200], "county": ["a", "a", "a", "b"]})
    >>> profile = ps.poverty_profile(ps.Survey(table), "income", 2000, by="county", measures="gap")
    >>> profile.tidy()[["term", "county", "component", "estimate"]].round(3).values.tolist()
    [['population', 'a', 'share', 0.75], ['population', 'b', 'share', 0.25],
    ['gap', 'a', 'level', 0.25], ['gap', 'b', 'level', 0.4],
    ['gap', 'a', 'share', 0.652], ['gap', 'b', 'share', 0.348]]
    """
    from scipy import sparse

    by, powers = _groups(by), orders(measures)
    drawn = Drawn(svy, income, line)
    refuse_poor_incomes(svy, income, powers)
    found = svy.cells(by, *drawn.asks(powers, by), drawn.by)
    _refuse_one(found)
    count, weight = len(found.domains), found.population
    one, still = np.ones(count), np.zeros((count, len(found.groups)))
    terms = [Term("population", weight, {"weight": one}, still)]
    for name in powers:
        moved = drawn.moved(found, f"d {name}", powers)
        moved = None if moved is None else moved * weight[:, None]
        terms.append(Term(name, found.total(name), {name: one}, moved))
    made = estimates(svy, found, terms, drawn.shared(found))
    table, tables, gradients = made.table, [], []

    def add(start, component, estimate, *blocks):
        """New estimates, and their derivatives by some blocks of the old ones."""
        gradient = np.zeros((len(table), len(estimate)))
        for at, block in blocks:
            gradient[at : at + len(block)] = block
        rows = table.iloc[start : start + len(estimate)]
        tables.append(rows.assign(estimate=estimate, component=component))
        gradients.append(sparse.csr_array(gradient))

    def add_share(start, total):
        share = total / total.sum()
        add(start, "share", share, (start, (np.eye(count) - share) / total.sum()))

    add_share(0, weight)
    for i, name in enumerate(powers, 1):
        total, start = terms[i].estimate, i * count
        if not total.sum() > 0:
            raise DataError("No one is poor: there is no poverty to share out.", where="argument line", found=f"{name} 0",
                            remedy="a higher line")  # fmt: skip
        level = total / weight
        add(start, "level", level, (start, np.diag(1 / weight)), (0, np.diag(-level / weight)))
        add_share(start, total)
    table, line = pd.concat(tables)[["term", *by, "component", *NUMBERS]], made.line
    made = made.combine(table, sparse.hstack(gradients))

    def shares():
        """Levels as in `poverty`; of parts of a whole no unit tells the bounds at 0 and 1."""
        which = np.array(table["component"] == "share")
        alike, touched = np.where(which, 0.0, np.nan), np.where(which, np.inf, np.nan)
        levels = np.flatnonzero(~which)
        asked = [share_term(name, found, name) for name in powers]
        known, alike[levels], touched[levels] = shares_of(svy.design, found, asked)
        which[levels] = known & (table["term"].iloc[levels] != "watts").to_numpy()
        return which, alike, touched

    return replace(made, shares=shares, line=line)


@by_replicates
def within_between(svy, income, by, measures=("mld", "theil", "ge(2)")):
    """Split inequality into that within groups and that between them.

    Parameters
    ----------
    svy : Survey
        With its design.
    income : str
        Column of income per person.
    by : str or list of str
        Columns of groups.
    measures : sequence of str
        ``"mld"``, ``"theil"`` or ``"ge(a)"``, as for `inequality`: other measures do not split.

    Returns
    -------
    Estimates
        For each measure the components ``within``, ``between`` and ``total``, their sum.

    Raises
    ------
    DataError
        If there is one group alone, rows have no group, a group has no positive mean, or
        incomes are not positive where a measure needs it.

    Notes
    -----
    Between groups is the inequality that would be left if each had the mean of its group;
    within is the rest: a sum of the inequality of each group, weighted by its share of people
    (``"mld"``), of income (``"theil"``), or, in general, people share times the a-th power of
    its mean over that of all. Where groups hardly differ, the part between them is near its
    lower end of zero, and its interval is too short: linearisation sees no slope there.

    References
    ----------
    Shorrocks, A. (1980), The class of additively decomposable inequality measures,
    Econometrica 48.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 3.0, 2.0, 6.0], "county": ["a", "a", "b", "b"]})
    >>> found = ps.within_between(ps.Survey(table), "income", "county", measures="ge(2)")
    >>> found.tidy()[["term", "component", "estimate"]].round(4).values.tolist()
    [['ge(2)', 'within', 0.1389], ['ge(2)', 'between', 0.0556], ['ge(2)', 'total', 0.1944]]
    """
    by, families = _groups(by), _families(measures)
    svy.rows.need([income, *by])
    tell_below_zero(svy, income)
    refuse_incomes(svy, income, families, ranked=False)
    found = svy.cells(by, [income], lambda row: power_terms(row[income], row, families))
    _refuse_one(found)
    refuse_means(found, income)
    count, weight = len(found.domains), found.population
    names = ["weight", *dict.fromkeys(["y", *(power_of(*one)[0] for one in families.values())])]
    one = np.ones(count)
    terms = [Term(name, found.total(name), {name: one}) for name in names]
    made = estimates(svy, found, terms)
    people, y = weight.sum(), found.total("y")
    mean, own = y.sum() / people, np.where(weight > 0, y / weight, 1.0)  # an empty group is nothing
    parts, gradients = [], []
    for family, a in families.values():
        name, power = power_of(family, a)
        level, slope = _power_at(own, power)
        level, slope = (np.where(weight > 0, x, 0.0) for x in (level, slope))
        spread, smooth = found.total(name).sum() / people, (weight * level).sum() / people
        total, by_m, by_mean = entropy_of(power, spread, mean)
        between, by_smooth, by_mean_too = entropy_of(power, smooth, mean)
        whole, apart = np.zeros((2, len(names), count))
        whole[names.index(name)] = by_m
        whole[1] += by_mean
        whole[0] -= by_m * spread + by_mean * mean
        apart[1] = by_smooth * slope + by_mean_too
        apart[0] = by_smooth * (level - own * slope - smooth) - by_mean_too * mean
        parts += [total - between, between, total]
        gradients += [(whole - apart).ravel(), apart.ravel(), whole.ravel()]
    table = pd.DataFrame({
        "term": np.repeat(list(families), 3),
        "component": ["within", "between", "total"] * len(families), "estimate": parts,
        "n": found.n.sum(), "population": people,
    })  # fmt: skip
    return made.combine(table, np.array(gradients).T / people)


def _power_at(mean, power):
    """What each income of a group would be in `power_terms` at the mean; its slope."""
    if power == 0:
        return np.log(mean), 1 / mean
    if power == 1:
        return mean * np.log(mean), np.log(mean) + 1
    return mean**power, power * mean ** (power - 1)


def _families(measures):
    ranked = ("gini", "s80s20")
    made = {one: ("", 0) if one in ranked else family_of(one) for one in listed(measures)}
    if not made or any(kind != "ge" for kind, _ in made.values()):
        raise DataError(
            "Inequality within and between groups adds up for generalised entropy alone.",
            where="argument measures", found=measures, remedy='measures=("mld", "theil", "ge(2)")',
        )  # fmt: skip
    return made


def _groups(by):
    by = listed(by)
    if not by:
        raise DataError("Groups are told apart by a column.", where="argument by", found="none",
                        remedy='by="province"')  # fmt: skip
    return by


def _refuse_one(found):
    some = np.flatnonzero(found.n)
    if len(some) < 2:
        raise DataError(
            "There is one group alone: nothing to tell apart.",
            where=f"column {', '.join(found.domains.columns)}",
            found=found.domains.iloc[some[0]].to_dict(), remedy="by= a column of two or more groups",
        )  # fmt: skip
