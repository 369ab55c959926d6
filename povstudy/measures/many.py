"""Many at once: lists of incomes, of lines and of domains in one call, with all covariances."""

from dataclasses import replace
from itertools import product
from numbers import Real

import numpy as np
import pandas as pd

from ..base.checks import listed
from ..base.errors import DataError
from ..survey.cells import Of, Rows
from ..survey.design import Totals
from ..survey.estimates import NUMBERS
from ..survey.linear import domain_names

ALL = "all"  # in place of the domain, where all rows are meant


def many(measure, by=None, separately=False, total=False, **lists):
    """Ask a measure of each member of some lists and each set of domains; one answer.

    Parameters
    ----------
    measure : callable
        From a list of columns of domains, and one member of each list, to `Estimates`.
    by : str or list of str, optional
        Columns of domains.
    separately : bool
        Whether each column of ``by`` is taken by itself.
    total : bool
        Whether all rows are asked too.
    **lists : object
        By argument: one member, or a list (an array, a range) or a dict of several.

    Returns
    -------
    Estimates
        That of the measure where nothing is many. Else with a column for each argument that is a
        list; of columns taken by themselves the columns ``by`` and ``group``. Where all rows are
        meant, the columns of domains say ``all``.
    """
    by, whole = listed(by), lists
    lists = {name: members(name, given) for name, given in lists.items()}
    heads = [name for name in lists if isinstance(whole[name], _LISTS)]
    sets = [[one] for i, one in enumerate(by) if one not in by[:i]] if separately else [by]
    if (total and by) or not sets:
        sets.append([])
    if not separately:
        domain_names(by, heads)
    parts = []
    for domains in sets:
        for chosen in product(*(one.items() for one in lists.values())):
            labels = {name: label for name, (label, _) in zip(lists, chosen, strict=True)}
            made = measure(domains, *(value for _, value in chosen))
            for name in domains if total else ():
                _refuse_all(made.table, name)
            table = _named(made.table, by, domains, separately)
            parts.append((made, {name: labels[name] for name in heads}, table))
    if len(parts) == 1 and not heads and not separately:
        return parts[0][0]
    lines = [(one.line, labels, one.line.table) for one, labels, _ in parts[: len(parts) // len(sets)]
             if one.line is not None]  # fmt: skip
    groups = dict.fromkeys((name for *_, table in lines for name in table), ALL)
    lines = [(one, labels, _inserted(table, {k: v for k, v in groups.items() if k not in table}))
             for one, labels, table in lines]  # fmt: skip
    return stacked(parts, line=stacked(lines) if lines else None)


def in_one_pass(svy, by, asked, group=()):
    """Cells of several measures, of tables that lie elsewhere in one pass over the rows.

    Parameters
    ----------
    svy : Survey
    by : list of str
    asked : dict of tuple
        By measure what `Survey.cells` takes: the needed columns, terms and plain terms.
    group : tuple of str

    Returns
    -------
    dict of Cells
        By measure.
    """
    needed = list(dict.fromkeys(name for one, _, _ in asked.values() for name in one))
    alike = all(set(one) == set(needed) for one, _, _ in asked.values())
    if isinstance(svy.rows, Rows) or not (alike or svy.missing == "refuse"):
        return {key: svy.cells(by, *one, group) for key, one in asked.items()}

    def together(place):
        return lambda row: {Of(key, name): x for key, one in asked.items()
                            for name, x in one[place](row).items()}  # fmt: skip

    found = svy.cells(by, needed, together(1), together(2), group)

    def of(key):
        bare = lambda one: one.name if isinstance(one, Of) else one  # noqa: E731
        mine = lambda one: not isinstance(one, Of) or one.measure == key  # noqa: E731
        sums = {bare(name): x for name, x in found.sums.items() if mine(name)}
        products = found.products and {
            (bare(a), bare(b)): x for (a, b), x in found.products.items() if mine(a) and mine(b)
        }
        own = by, asked[key][0], asked[key][1], group
        return replace(found, sums=sums, products=products, asked=own)

    return {key: of(key) for key in asked}


_LISTS = list | tuple | dict | range | np.ndarray | pd.Index


def members(name, given):
    """Members of a list by their labels."""
    if not isinstance(given, _LISTS):
        return {name: given}
    labels = [one if isinstance(one, str | Real) else str(one) for one in given]
    made = given if isinstance(given, dict) else dict(zip(labels, given, strict=True))
    if not made or len(made) < len(given):
        raise DataError(
            "A list names something, and each once.", where=f"argument {name}", found=str(given)[:80],
            remedy="leave out what is repeated" if made else f"say which {name} is meant",
        )  # fmt: skip
    return made


def _named(table, by, domains, separately):
    """Columns of the domains as one answer for several sets of domains has them."""
    if not separately:
        return table if domains or not by else _inserted(table, dict.fromkeys(by, ALL))
    name, group = (domains[0], table[domains[0]]) if domains else (ALL, ALL)
    return _inserted(table.drop(columns=domains), {"by": name, "group": group})


def _inserted(table, columns):
    """Columns put in behind the term."""
    rest = table.drop(columns="term")
    return pd.concat([table[["term"]].assign(**columns), rest], axis=1)


def _refuse_all(table, name):
    """Refuse a domain that bears the name of the row of all."""
    if (table[name] == ALL).any():
        raise DataError(
            "A domain bears the name that the row of all has.", where=f"column {name}", found=ALL,
            remedy=f"table[{name!r}] = table[{name!r}].replace('all', 'all of them')",
        )  # fmt: skip


def stacked(parts, line=None):
    """One `Estimates` of several of the same survey, with the covariances between them.

    Parameters
    ----------
    parts : list of tuple
        Estimates; a dict of columns that tell them apart; and the table to show, with its domains.
    line : Estimates, optional
        Of relative lines.

    Returns
    -------
    Estimates
        Of the class of the first.
    """
    from scipy import sparse

    made = [one for one, _, _ in parts]
    first, sizes = made[0], [len(one) for one in made]
    table = pd.concat([_inserted(table, labels) for _, labels, table in parts], ignore_index=True)
    table = table[[*table.columns.drop(list(NUMBERS)), *NUMBERS]]
    totals, mix, crossed = None, None, None
    if all(one.totals is not None for one in made):
        rows_alike = first.design.stratum is not None or first.design.method == "replication"
        parts_of = [one.totals for one in made]
        totals = Totals.beside(parts_of) if rows_alike else Totals(
            np.hstack([one.first for one in parts_of]),
            sparse.block_diag([one.second for one in parts_of], format="csr"),
            np.concatenate([one.stratum for one in parts_of]),
        )  # fmt: skip
        if not rows_alike:
            kept = []

            def crossed():  # once: a second difference costs nothing
                if not kept:
                    kept.append(_by_rows(made))
                return kept[0]

    if any(one.mix is not None for one in made):
        mix = [sparse.eye_array(n) if one.mix is None else one.mix
               for one, n in zip(made, sizes, strict=True)]  # fmt: skip
        mix = sparse.block_diag(mix, format="csr")

    def shares():
        none = [(np.zeros(n, bool), *np.full((2, n), np.nan)) for n in sizes]
        told = [one.shares() if one.shares else no for one, no in zip(made, none, strict=True)]
        return tuple(map(np.concatenate, zip(*told, strict=True)))

    def ends(level):
        return np.hstack([one._ends(level, one._errors(), one._df()) for one in made])

    known = lambda name: all(getattr(one, name) is not None for one in made)  # noqa: E731
    some = lambda name: any(getattr(one, name) is not None for one in made)  # noqa: E731
    return type(first)(
        table, first.design, totals, mix, max(one.dropped for one in made), first.status,
        (lambda: np.concatenate([one.simple() for one in made])) if known("simple") else None,
        sparse.hstack([one.touched for one in made], format="csr") if known("touched") else None,
        ends if some("intervals") else None, first.source,
        np.concatenate([one.lone for one in made]) if known("lone") else None,
        shares if some("shares") and not some("intervals") else None, line=line, crossed=crossed,
        origin=sum((one.origin for one in made), ()) if known("origin") else None,
        same=(*first.same, *parts[0][1]),
    )  # fmt: skip


def _by_rows(made):
    """Influences of the rows themselves, where each is a unit: their products are known so."""
    from scipy import sparse

    origins = [origin for one in made for origin in one.origin]
    width, start, column, values = sum(len(parts) for *_, parts in origins), 0, 0, None
    for svy, found, parts in origins:
        by, needed, terms, group = found.asked
        svy = svy.in_memory([*by, *needed, *group])
        rows = svy.rows
        if values is None:
            values, places = np.empty((len(rows), width)), np.empty((len(rows), width), np.int32)
        good, of = rows.good(needed, False), {"weight": 1.0, **terms(rows)}
        for slopes, place, count in parts:
            codes = rows.codes(list(group) if place is found.group else by)[0]
            inside = codes >= 0 if good is None else good & (codes >= 0)
            at = np.where(inside, codes, 0)
            added = [slope[at] * of[name] for name, slope in slopes.items()]
            value = sum(added)
            value[np.abs(value) < 1e-13 * sum(map(np.abs, added))] = 0  # rounding, of constants
            values[:, column] = np.where(inside, value * rows.weights, 0.0)
            places[:, column] = at + start
            start, column = start + count, column + 1
    whole = values.ravel(), places.ravel(), np.arange(len(values) + 1) * width
    influences = sparse.csr_array(whole, shape=(len(values), start))
    return svy.design.totals(influences, rows.stratum_codes)
