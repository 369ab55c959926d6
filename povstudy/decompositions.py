"""Changes of poverty between two periods: what growth and what redistribution account for.

All of it is made of sums, so it runs on every kind of table; parts add up exactly, and their
errors come from one set of influences.
"""

import numpy as np
import pandas as pd

from .base.errors import DataError
from .curves import one_column, periods
from .measures import FGT, Drawn, RelativeLine, depths, orders, refuse_logarithms, squared, steps
from .survey.cells import nothing
from .survey.estimates import by_replicates
from .survey.linear import Term, estimates, share_of
from .survey.ranks import silverman

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
        raise DataError("There is no such decomposition.", found=method,
                        remedy=f"method= one of {list(_METHODS)}")  # fmt: skip
    if isinstance(line, RelativeLine):
        raise DataError(
            "A relative line moves with the incomes that it is to measure.",
            found=line, remedy="a real line: ps.decompose(svy, income, 2300, ...)",
        )  # fmt: skip
    drawn = Drawn(svy, income, line)
    if "watts" in powers:
        refuse_logarithms(svy, income)
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
    return made.combine(pd.concat(tables), np.hstack(gradients))


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
    old, new = periods(domains, over, base, value)
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
