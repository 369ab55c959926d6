"""What groups contribute to poverty, and inequality within groups and between them.

All of it is made of sums, so it runs on every kind of table; parts add up exactly, and their
errors come from one set of influences.
"""

import numpy as np
import pandas as pd

from .base.checks import listed
from .base.errors import DataError
from .dispersion import entropy_of, family_of, power_of, power_terms, refuse_incomes, refuse_means
from .measures import FGT, depths_of, orders
from .survey.estimates import NUMBERS, by_replicates
from .survey.linear import Term, estimates


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
        in the poverty of all; with a relative line also ``line``. Shares add up to one.

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
    drawn, found, _ = depths_of(svy, income, line, by, powers)
    _refuse_one(found)
    shared, count, weight = drawn.shared(found), len(found.domains), found.population
    one, still = np.ones(count), np.zeros((count, len(found.groups)))
    terms = [Term("population", weight, {"weight": one}, still)]
    for name in powers:
        moved = drawn.moved(found, f"d {name}")
        moved = None if moved is None else moved * weight[:, None]
        terms.append(Term(name, found.total(name), {name: one}, moved))
    made = estimates(svy, found, terms, shared)
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
            raise DataError("No one is poor: there is no poverty to share out.", found=f"{name} 0",
                            remedy="a higher line")  # fmt: skip
        level = total / weight
        add(start, "level", level, (start, np.diag(1 / weight)), (0, np.diag(-level / weight)))
        add_share(start, total)
    if shared is not None:
        start = len(terms) * count
        add(start, "level", shared.values, (start, np.eye(len(shared.values))))
    table = pd.concat(tables)[["term", *by, "component", *NUMBERS]]
    return made.combine(table, sparse.hstack(gradients))


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
    refuse_incomes(svy, income, families)
    found = svy.cells(by, [income], lambda row: power_terms(row[income], row, families))
    _refuse_one(found)
    refuse_means(found, income)
    count, weight = len(found.domains), found.population
    names = ["weight", *dict.fromkeys(["y", *(power_of(*one)[0] for one in families.values())])]
    one = np.ones(count)
    terms = [Term(name, found.total(name), {name: one}) for name in names]
    made = estimates(svy, found, terms)
    people, y = weight.sum(), found.total("y")
    mean, own = y.sum() / people, y / weight
    parts, gradients = [], []
    for family, a in families.values():
        name, power = power_of(family, a)
        level, slope = _power_at(own, power)
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
            found=measures, remedy='measures=("mld", "theil", "ge(2)")',
        )  # fmt: skip
    return made


def _groups(by):
    by = listed(by)
    if not by:
        raise DataError("Groups are told apart by a column.", remedy='by="province"')
    return by


def _refuse_one(found):
    if len(found.domains) < 2:
        raise DataError(
            "There is one group alone: nothing to tell apart.",
            where=f"column {', '.join(found.domains.columns)}",
            found=found.domains.iloc[0].to_dict(), remedy="by= a column of two or more groups",
        )  # fmt: skip
