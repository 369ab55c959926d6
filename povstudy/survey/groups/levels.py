"""Shares of categories with their errors, and Rao and Scott's test of independence."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...base.checks import listed
from ...base.errors import DataError
from ...base.status import handed_on
from ..cells import nothing
from ..estimates import Estimates, by_replicates
from ..linear import Term, domain_names, estimates

MOST, WORDS = 100, 2_000  # values of a column of numbers, and of words, that are still categories


@dataclass(frozen=True, repr=False)
class Shares(Estimates):
    """Shares of categories: `Estimates` that can be tested, and counted.

    Attributes
    ----------
    asked : tuple
        The survey, the column and the domains.
    """

    asked: tuple = ()

    def plain(self, table):
        """The shares as `Estimates` alone, by another table."""
        return self._plain(table=table)

    def counts(self):
        """Estimate the number in each category: the sums of the weights.

        Returns
        -------
        Estimates
            The term ``count``; rows as of the shares, ``n`` of the category itself.

        Examples
        --------
        >>> import pandas as pd, povstudy as ps
        >>> table = pd.DataFrame({"roof": ["straw", "tile", "tile"], "w": [10, 20, 5]})
        >>> ps.share(ps.Survey(table, weight="w"), "roof").counts().tidy()["estimate"].tolist()
        [10.0, 25.0]
        """
        return _counts(*self.asked, [])

    def test(self):
        """Test whether categories are independent of the domains, by the design.

        Returns
        -------
        DataFrame
            A row for each form of the test, with ``statistic``, ``df``, ``df_residual`` and
            ``p_value``: ``F`` is the one to use; ``chi-square`` is Pearson's statistic with
            the first correction.

        Raises
        ------
        DataError
            If there are no domains, or the table has one row or one column.

        Notes
        -----
        Rao and Scott's second order correction with Thomas and Rao's F: Pearson's statistic over
        the trace of the generalised design effects, with degrees of freedom by Satterthwaite.
        Those of the design are units minus strata. Several columns of domains are one: their
        combinations.

        References
        ----------
        Rao, J., Scott, A. (1984), On chi-squared tests for multiway contingency tables with cell
        proportions estimated from survey data, Annals of Statistics 12. Thomas, D., Rao, J.
        (1987), Small-sample comparisons of level and power for simple goodness-of-fit statistics
        under cluster sampling, Journal of the American Statistical Association 82.

        Examples
        --------
        >>> import pandas as pd, povstudy as ps
        >>> table = pd.DataFrame({"roof": ["straw", "tile"] * 20, "poor": ([1] * 3 + [0] * 5) * 5})
        >>> ps.share(ps.Survey(table), "roof", by="poor").test()["p_value"].round(3).tolist()
        [0.115, 0.107]
        """
        from scipy import linalg, stats

        svy, column, by = self.asked
        if not by:
            other = next((one for one in svy.rows.columns if one not in (column, *svy.layout.names)), "")  # fmt: skip
            raise DataError(
                "A test of independence asks whether shares differ between domains.",
                where="argument by", found=None, remedy=f"ps.share(svy, {column!r}, by={other!r}).test()",
            )  # fmt: skip
        found = _joint(svy, column, by, [])
        size = len(found.table[column].drop_duplicates())
        whole = found.table["estimate"].to_numpy().reshape(-1, size)
        rows, columns = (np.nansum(whole, axis=a) > 0 for a in (1, 0))
        seen = np.outer(rows, columns)
        one, two = int(rows.sum()), int(columns.sum())
        if one < 2 or two < 2:
            raise DataError(
                "A test of independence needs two categories and two domains at least.",
                where=f"column {column if two < 2 else ', '.join(by)}", found=f"{two} x {one}",
                remedy="by= another column, or ps.share without .test()",
            )  # fmt: skip
        at = np.flatnonzero(seen)
        p = found.table["estimate"].to_numpy()[at]
        totals = found.totals if found.mix is None else found.totals @ found.mix
        covariance = found.design.covariance(totals)[np.ix_(at, at)]
        n, table = int(found.table["n"].sum()), p.reshape(one, two)
        expected = np.outer(table.sum(axis=1), table.sum(axis=0))
        pearson = n * ((table - expected) ** 2 / expected).sum()
        free = np.kron(*(linalg.null_space(np.ones((1, k))) for k in (one, two)))
        weighed = np.divide(1.0, p, out=np.zeros_like(p), where=p > 0)[:, None] * free
        effects = linalg.solve(free.T @ weighed / n, weighed.T @ covariance @ weighed)
        trace = np.trace(effects)
        df = found.design.df
        if found.touched is not None:  # strata that have rows of the table
            df = float(found.design.freedom @ (found.touched.sum(axis=1) > 0))
        if not (trace > 0 and df > 0):
            raise DataError("One sampling unit tells no error: there is nothing to test with.",
                            where=f"column {', '.join(by)}", remedy="psu= units of which there are several")  # fmt: skip
        first, k = trace**2 / np.trace(effects @ effects), len(effects)
        made = pd.DataFrame({
            "test": ["F", "chi-square"], "statistic": [pearson / trace, pearson],
            "df": [first, float(k)], "df_residual": [first * df, np.nan],
            "p_value": [stats.f.sf(pearson / trace, first, first * df),
                        stats.chi2.sf(pearson / trace * k, k)],
            "n": n, "method": "Rao and Scott", "data_status": self.status,
        })  # fmt: skip
        return handed_on(made, self)


def share(svy, column, by=None):
    """Estimate the share of each category of a column.

    Parameters
    ----------
    svy : Survey
        With its design; on every kind of table.
    column : str
        Words, whole numbers, true and false, or categories.
    by : str or list of str, optional
        Columns of domains; shares of each add up to one.

    Returns
    -------
    Shares
        `Estimates` with the term ``share`` and a row for each domain and category, in the column of
        that name; intervals stay within 0 and 1; ``n`` and ``population`` are those of the
        domain. A category that a domain lacks is 0 there. ``.test()`` tests whether categories
        are independent of domains, ``.counts()`` gives numbers in place of shares.

    Raises
    ------
    DataError
        If a category is missing (see ``missing`` of `Survey`), stands for no answer, or the column
        has more than 100 different numbers, or 2,000 other values.

    Notes
    -----
    Categories come in their own order where the table knows one (``pd.Categorical``), else in
    that of the values, as domains do. A share is a ratio of two sums (Taylor linearisation);
    ``.cov()`` has the covariances of all categories.

    References
    ----------
    Lumley, T. (2010), Complex Surveys, Wiley. Intervals: Korn and Graubard (1998), as for
    `proportion_interval`.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"教育": ["小学", "初中", "小学", "高中"], "w": [1, 2, 3, 4]})
    >>> ps.share(ps.Survey(table, weight="w"), "教育").tidy()[["教育", "estimate"]].values.tolist()
    [['初中', 0.2], ['小学', 0.4], ['高中', 0.4]]
    """
    return replace(shares(svy, column, listed(by), []), asked=(svy, column, listed(by)))


@by_replicates
def shares(svy, column, by, seen):
    """Shares as of `share`; ``seen`` is filled with the categories once they are known."""
    from scipy import sparse

    found, cells = _crossed(svy, column, by, seen)
    counts, whole = _number(svy, cells, ""), _number(svy, found, "")
    size, population = len(seen), found.population
    place = np.repeat(np.arange(len(population)), size)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = counts.table["estimate"].fillna(0).to_numpy() / population[place]
        slopes = (np.eye(size)[None] - p.reshape(-1, 1, size)) / population[:, None, None]
    slopes = sparse.block_diag(list(np.nan_to_num(slopes)), format="csr")
    table = counts.table.assign(term="share", estimate=p, n=whole.table["n"].to_numpy()[place],
                                population=population[place])  # fmt: skip
    made = counts.combine(table, slopes)
    n = np.where(table["n"] > 1, table["n"] - 1.0, np.nan)
    return Shares(
        **{**vars(made), "simple": lambda: p * (1 - p) / n, "touched": whole.touched[:, place],
           "lone": whole.lone[place], "shares": lambda: _worths(svy.design, cells, size)},
    )  # fmt: skip


@by_replicates
def _counts(svy, column, by, seen):
    return _number(svy, _crossed(svy, column, by, seen)[1], "count")


@by_replicates
def _joint(svy, column, by, seen):
    """Share of each cell among all."""
    from scipy import sparse

    found = _number(svy, _crossed(svy, column, by, seen)[1], "")
    count = found.table["estimate"].fillna(0).to_numpy()
    p = count / count.sum()
    slopes = sparse.csr_array((np.eye(len(p)) - p) / count.sum())
    return found.combine(found.table.assign(estimate=p), slopes)


def _number(svy, cells, name):
    """Sums of the weights of domains."""
    return estimates(
        svy, cells, [Term(name, cells.population, {"weight": np.ones(len(cells.domains))})]
    )


def _crossed(svy, column, by, seen):
    """Sums of domains, and those of domains by category."""
    domain_names([column, *by])
    if column in by:
        raise DataError("Categories are those of another column than domains.", where="argument by",
                        found=column, remedy=f"by= without {column!r}")  # fmt: skip
    found = svy.cells(by, [], nothing, group=[column])
    levels, of = found.groups[column], len(found.domains)
    numbers = pd.api.types.is_numeric_dtype(levels) and not pd.api.types.is_bool_dtype(levels)
    if len(levels) > (MOST if numbers else WORDS):
        raise DataError(
            f"So many different {'numbers' if numbers else 'values'} are no categories.", where=f"column {column}",
            found=f"{len(levels):,} values", remedy=f"ps.mean(svy, {column!r}), or table['group'] = "
            f"ps.quantile_group(svy, {column!r}, 5) and the share of 'group'"
            if numbers else "another column: is it the name of each row?",
        )  # fmt: skip
    if numbers:
        svy.rows.refuse_codes([column])
    known = ~levels.isin(list(svy.rows.missing_codes(column)[0])).to_numpy()
    if not seen:  # of replicates those of the weight itself, which comes first
        there = np.bincount(found.group + 1, found.rows, len(levels) + 1)[1:] > 0
        seen += levels[known & there].tolist()
    number = pd.Index(seen).get_indexer(levels) if seen else np.full(len(levels), -1)
    group = np.append(number, -1)[found.group]
    lost = int(found.rows[(found.domain >= 0) & (group < 0)].sum())
    if lost and svy.missing == "refuse":
        svy.rows.refuse_values(column, lost, f"column {column}")
    kept = (found.domain >= 0) & (group >= 0)
    if not kept.any():
        raise DataError("There is no row with a category and a weight.", where=f"column {column}",
                        remedy="look at the column, and at the weights")  # fmt: skip
    parts = {name: getattr(found, name)[kept] for name in ("domain", "unit", "rows")}
    parts |= {
        "sums": {name: x[kept] for name, x in found.sums.items()},
        "products": found.products and {name: x[kept] for name, x in found.products.items()},
        "dropped": found.dropped + lost, "asked": None,
    }  # fmt: skip
    if found.row is not None:
        parts["row"] = found.row[kept]
    size = len(seen)
    crossed = found.domains.take(np.repeat(np.arange(of), size)).reset_index(drop=True)
    crossed[column] = pd.Series(seen * of, dtype=levels.dtype)
    whole, group = replace(found, **parts, group=group[kept]), group[kept]
    return whole, replace(whole, groups=pd.DataFrame(index=range(1)), group=group * 0, domains=crossed,
                          domain=whole.domain * size + group)  # fmt: skip


def _worths(design, cells, size):
    """As of `shares_of`: all are shares; units of one size, and units with the rarer answer."""
    count, place = len(cells.domains), cells.domain // size
    domains, weight = count // size, cells.sums["weight"]
    stratum = cells.unit if design.stratum is None else design.stratum[cells.unit]
    drawn = np.bincount(place, design.factor[stratum] > 0, domains) > 0
    own = np.repeat(np.arange(domains), size)
    total = np.bincount(place, weight, domains)
    with np.errstate(divide="ignore", invalid="ignore"):
        if design.stratum is not None:
            pair, known = pd.factorize(place * len(design.stratum) + cells.unit)
            unit, owner = np.bincount(pair, weight), known // len(design.stratum)
            alike = total**2 / np.bincount(owner, unit**2, domains)
            some = np.bincount(cells.domain, weight > 0, count)
            whole = (weight > 0) & (weight >= (1 - 1e-12) * unit[pair])
            alone = np.bincount(cells.domain, whole, count)
            touched = np.minimum(some, np.bincount(owner, unit > 0, domains)[own] - alone)
        elif cells.products is not None:
            squares = cells.products["weight", "weight"]
            of, whole = (np.bincount(cells.domain, x, count) for x in (squares, weight))
            squares = np.bincount(place, squares, domains)
            alike = total**2 / squares
            rest = (total[own] - whole) ** 2 / np.maximum(squares[own] - of, 0)
            touched = np.fmin(whole**2 / of, rest)
            touched[(whole <= 0) | (total[own] - whole <= 1e-12 * total[own])] = 0
        else:
            alike, touched = np.full(domains, np.nan), np.full(count, np.nan)
    return np.ones(count, dtype=bool), np.where(drawn, alike, np.inf)[own], touched
