"""Means, totals, ratios and poverty of a survey, each with its linearised error.

Poor is who has *less* than the line. The register's own test was wider (food, clothing,
schooling, basic medical care, safe housing); a measure of income does not speak of these.
"""

from dataclasses import replace

import numpy as np

from ..base.checks import listed
from ..base.errors import DataError
from ..survey.cells import place_of
from ..survey.estimates import by_replicates
from ..survey.linear import Term, estimates, is_mark, share_of, share_term
from .many import many


@by_replicates
def mean(svy, columns, by=None, separately=False, total=False):
    """Estimate weighted means.

    Parameters
    ----------
    svy : Survey
        With its design.
    columns : str or list of str
        Columns of numbers; of a column of true and false, or of 1 and 0 alone, the mean is a
        share, and its interval stays within 0 and 1.
    by : str or list of str, optional
        Columns of domains.
    separately, total : bool
        Each column of ``by`` by itself; a row for all rows too: as for `poverty`.

    Returns
    -------
    Estimates
        A term ``mean of <column>`` for each column, in its unit.

    References
    ----------
    Lumley, T. (2010), Complex Surveys, Wiley.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [1.0, 2.0, 6.0]}))
    >>> ps.mean(svy, "income").tidy()[["estimate", "std_error"]].round(4).values.tolist()
    [[3.0, 1.5275]]
    """
    names = listed(columns)
    return many(lambda by: _mean(svy, names, by), by, separately, total)


def _mean(svy, names, by):
    """Means, of which those of marks are shares."""
    found = _sums(svy, names, by, "mean of", lambda found, i: share_term("", found, i))
    size = len(found) // max(len(names), 1)

    def shares():
        values = found.table["estimate"].to_numpy().reshape(-1, size)
        marks = [not ((x < 0) | (x > 1)).any() and is_mark(svy, name)
                 for name, x in zip(names, values, strict=True)]  # fmt: skip
        if not any(marks):
            return np.zeros((3, len(found)), dtype=bool)
        which, *units = found.shares()
        return which & np.repeat(marks, size), *units

    return replace(found, shares=shares)


@by_replicates
def total(svy, columns, by=None, separately=False, total=False):
    """Estimate totals of the population.

    Parameters
    ----------
    svy : Survey
        With its design; its weights add up to the population.
    columns : str or list of str
        Columns of numbers.
    by : str or list of str, optional
        Columns of domains.
    separately, total : bool
        Each column of ``by`` by itself; a row for all rows too: as for `poverty`.

    Returns
    -------
    Estimates
        A term ``total of <column>`` for each column, in its unit.

    References
    ----------
    Lumley, T. (2010), Complex Surveys, Wiley.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"poor": [True, False, True], "w": [10, 20, 5]}), weight="w")
    >>> ps.total(svy, "poor").tidy()["estimate"].tolist()
    [15.0]
    """
    one = lambda found, i: Term(  # noqa: E731
        "", np.where(found.n > 0, found.total(i), np.nan), {i: np.ones(len(found.domains))}
    )
    return many(lambda by: _sums(svy, columns, by, "total of", one), by, separately, total)


@by_replicates
def ratio(svy, numerator, denominator, by=None, separately=False, total=False):
    """Estimate the ratio of two totals.

    Parameters
    ----------
    svy : Survey
        With its design.
    numerator, denominator : str
        Columns of numbers, such as transfer income and income.
    by : str or list of str, optional
        Columns of domains.
    separately, total : bool
        Each column of ``by`` by itself; a row for all rows too: as for `poverty`.

    Returns
    -------
    Estimates
        The term ``<numerator> / <denominator>``; where each row has a numerator from 0 to its
        denominator it is a share, and its interval stays within 0 and 1.

    Raises
    ------
    DataError
        If the denominator of a domain is zero.

    References
    ----------
    Lumley, T. (2010), Complex Surveys, Wiley.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"transfer_income": [100, 300], "income": [1000, 3000]}))
    >>> ps.ratio(svy, "transfer_income", "income").tidy()["estimate"].tolist()
    [0.1]
    """
    return many(lambda by: _ratio(svy, numerator, denominator, by), by, separately, total)


def _ratio(svy, numerator, denominator, by):
    """The ratio in the domains of one set of columns."""
    needed = [numerator, denominator]
    terms = lambda row: {"top": row[numerator], "bottom": row[denominator]}  # noqa: E731
    found = svy.cells(by, needed, terms)
    zero = np.flatnonzero((found.n > 0) & (found.total("bottom") == 0))
    if len(zero):
        raise DataError("A ratio has no meaning where its denominator adds up to zero.",
                        where=place_of(found.domains.iloc[zero[0]], denominator),
                        remedy="choose another denominator, or leave that domain out")  # fmt: skip
    parts = {"top": 1.0}, {"bottom": 1.0}
    made = Term(f"{numerator} / {denominator}", *share_of(found, "top", "bottom"), None, parts)
    made = estimates(svy, found, [made])

    def shares():
        def beyond(row):
            top, bottom = row[numerator], row[denominator]
            return ((top < 0) | (top > bottom)) & (top - top == 0)

        which, *units = found_shares()
        return which & (svy.rows.first(denominator, beyond) is None), *units

    found_shares = made.shares
    return replace(made, shares=shares)


def _sums(svy, columns, by, words, of):
    columns = listed(columns)
    terms = lambda row: dict(enumerate(row[name] for name in columns))  # noqa: E731
    found = svy.cells(by, columns, terms)
    made = [replace(of(found, i), name=f"{words} {name}") for i, name in enumerate(columns)]
    return estimates(svy, found, made)
