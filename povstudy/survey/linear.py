"""From sums to estimates: every estimate is linear in the sums of `Cells`, near the truth.

A measure says how it moves with each sum (its slopes). From these follow the influences of
the sampling units, and so the errors (Taylor linearisation; Deville 1999).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..base.checks import listed
from ..base.errors import DataError
from .cells import nothing, pairs
from .design import rooted
from .estimates import NUMBERS, Estimates
from .shares import FEW


@dataclass(frozen=True)
class Term:
    """One measure in all domains, and how it hangs on the sums of `Cells`.

    Attributes
    ----------
    name : str
        What it is called.
    estimate : ndarray
        By domain.
    slopes : dict of ndarray
        For each term of the cells (and ``"weight"``), by how much the estimate of each domain
        moves with the sum of that term: its influence is linear in the terms.
    of_line : ndarray, domains x groups, or None
        By how much it moves with the lines that the domains share.
    share : tuple of dicts, or None
        Of what is a share (or a mean of what lies from 0 to 1): combinations of sums above
        (``None`` where they are not known) and below, as of `ratio_of`; several below: it rests
        on the smallest of them.
    """

    name: str
    estimate: np.ndarray
    slopes: dict
    of_line: np.ndarray | None = None
    share: object = None


def share_term(label, found, top, bottom="weight", of_line=None):
    """A share as a term: one sum, or a combination of sums, over another.

    Parameters
    ----------
    label : str
        What it is called.
    found : Cells
        The sums.
    top, bottom : hashable or dict
        Term of the cells, or combination of terms.
    of_line : ndarray, optional
        As of `Term`.

    Returns
    -------
    Term
    """
    parts = [one if isinstance(one, dict) else {one: 1.0} for one in (top, bottom)]
    return Term(label, *ratio_of(found, *parts), of_line, tuple(parts))


OF_ALL = None, {"weight": 1.0}  # a share of all, whose sums above are not known


@dataclass(frozen=True)
class Shared:
    """Relative lines: their values, and how they hang on the sums of `Cells`, by group."""

    values: np.ndarray
    slopes: dict


def estimates(svy, found, terms, shared=None):
    """Put estimates and their influences together.

    Parameters
    ----------
    svy : Survey
        Whose design it is.
    found : Cells
        The sums; what they were asked for with is asked anew for design effects.
    terms : list of Term
        The measures.
    shared : Shared, optional
        Relative lines, which become estimates of their own: ``.line``.

    Returns
    -------
    Estimates
    """
    from scipy import sparse

    if not terms:
        raise DataError("Nothing is asked for.", remedy="name a column, or a measure")
    domains, groups = found.domains, found.groups
    count, mix, times = len(domains), None, len(terms)
    own = times * count
    table = domains.take(np.tile(np.arange(count), times)).reset_index(drop=True).assign(
        term=np.repeat([one.name for one in terms], count),
        estimate=np.concatenate([one.estimate for one in terms]),
        n=np.tile(found.n, times), population=np.tile(found.population, times),
    )  # fmt: skip
    parts = [(one.slopes, found.domain, count) for one in terms]
    if shared is not None:
        parts.append((shared.slopes, found.group, len(groups)))
        slopes = sparse.csr_array(np.concatenate([one.of_line for one in terms]).T)
        mix = [[sparse.eye_array(own), None], [slopes, sparse.eye_array(len(groups))]]
        mix = sparse.block_array(mix, format="csc")
    totals = _totals(svy.design, found, parts)
    simple = shares = None
    if found.asked is not None and totals is not None:
        simple = lambda: _simple(svy, found.asked, terms, shared)  # noqa: E731
    touched, lone = _touched(svy.design, found, parts), _lone(svy, found, parts)
    if any(one.share for one in terms):
        shares = lambda: shares_of(svy.design, found, terms)  # noqa: E731

    def made(table, keys, at, **more):
        table = svy.rows.labelled(table[["term", *keys, *NUMBERS]], keys)
        return Estimates(
            table, svy.design, totals, None if mix is None else mix[:, at], found.dropped, svy.status,
            simple and (lambda: simple()[at]), touched[:, at], source=svy.source, lone=lone[at],
            origin=((svy, found, parts),), **more,
        )  # fmt: skip

    line = None
    if shared is not None:
        here = found.group >= 0
        rows, weights = (
            np.bincount(found.group[here], of[here], len(groups))
            for of in (found.rows, found.sums["weight"])
        )
        line = groups.assign(term="line", estimate=shared.values, n=rows.astype(np.int64),
                             population=weights)  # fmt: skip
        line = made(line, groups.columns, slice(own, None))
    return made(table, domains.columns, slice(own), shares=shares, line=line)


def shares_of(design, found, terms):
    """Which are shares, units of one size below them, and units with the rarer answer.

    Parameters
    ----------
    design : Design
    found : Cells
    terms : list of Term

    Returns
    -------
    which, alike, touched : ndarray
        As of `Estimates`.
    """
    size = len(terms) * len(found.domains)
    which, alike, touched = np.zeros(size, dtype=bool), *np.full((2, size), np.nan)
    inside, count, worths, most = found.inside, len(found.domains), {}, {}
    domain, unit = found.domain[inside], found.unit[inside]
    random = design.factor[unit if design.stratum is None else design.stratum[unit]] > 0
    drawn = np.bincount(domain, random, count) > 0
    place, owner = None, domain
    several = len(found.groups) > 1 or found.row is not None
    if design.stratum is not None and several:  # a unit of a domain has several cells
        place, known = pd.factorize(domain * len(design.stratum) + unit)
        owner = known // len(design.stratum)
    by_unit = lambda x: x if place is None else np.bincount(place, x)  # noqa: E731

    def units_of(parts, seen=True):
        """Units with any of a combination of sums; or number of units of one size it rests on."""
        if design.stratum is not None:
            here = [(k, found.sums[x][inside]) for x, k in parts.items()]
            sums = by_unit(sum(k * x for k, x in here))
            if seen:
                least = 1e-12 * by_unit(sum(abs(k) * x for k, x in here)) if len(here) > 1 else 0.0
                return np.bincount(owner[sums > least], minlength=count)
            squares = np.bincount(owner, sums * sums, count)
        elif found.products is not None:
            of = lambda a, b: found.products[(a, b) if (a, b) in found.products else (b, a)]  # noqa: E731
            cells = sum(j * k * of(a, b) for a, j in parts.items() for b, k in parts.items())
            squares = np.bincount(domain, cells[inside], count)
        else:
            return np.full(count, np.nan)
        if design.stratum is not None:
            most[tuple(parts.items())] = np.zeros(count)
            np.maximum.at(most[tuple(parts.items())], owner, sums)
        whole = total_of(found, parts)
        some = np.abs(whole) > 1e-12 * total_of(found, {x: abs(k) for x, k in parts.items()})
        return np.divide(whole**2, squares, out=np.zeros(count), where=some & (squares > 0))

    for i, one in enumerate(terms):
        if not one.share:
            continue
        here = slice(i * count, (i + 1) * count)
        top, *below = one.share
        for bottom in below:
            key = tuple(bottom.items())
            if key not in worths:
                worths[key] = np.where(drawn, units_of(bottom, seen=False), np.inf)
            alike[here] = np.fmin(alike[here], worths[key])
        which[here] = True
        if top is not None:
            rest = {x: bottom.get(x, 0.0) - top.get(x, 0.0) for x in {**bottom, **top}}
            touched[here] = _at_least(found, top, rest, most.get(key))
            if not (touched[here] >= FEW).all():  # no unit has more of it than its own size
                touched[here] = np.minimum(units_of(top), units_of(rest))
    return which, alike, touched


def _at_least(found, top, rest, most):
    """So many units at least have the rarer answer; 0 where that is not known."""
    if most is None:
        return np.zeros(len(found.domains))
    rarer = np.minimum(total_of(found, top), total_of(found, rest))
    return np.divide(rarer, most * (1 + 1e-9), out=np.zeros_like(rarer), where=most > 0)


def _of_codes(parts, make):
    """What hangs on the codes of a part alone, made once where parts share them."""
    known = {}
    for i, (_, codes, count) in enumerate(parts):
        if id(codes) not in known:
            known[id(codes)] = make(codes, count, i)
    return [known[id(codes)] for _, codes, _ in parts]


def _lone(svy, found, parts):
    """The one sampling unit in which a domain lies, -1 where it has several.

    A unit that is all of its stratum has no sampling error, and is not meant.
    """
    design, weight = svy.design, found.sums["weight"]
    stratum = found.unit if design.stratum is None else design.stratum[found.unit]

    def lone(codes, count, i):
        here = (codes >= 0) & (weight > 0)
        at, ids = codes[here], np.arange(count) + count * i
        if design.stratum is not None:
            cells = np.bincount(at, minlength=count)
            # a unit has a cell for each group
            if found.row is None and (cells > max(len(found.groups), 1)).all():
                return np.full(count, -1)
        some = np.bincount(at, design.factor[stratum[here]] > 0, count) > 0
        if design.stratum is not None:
            least, most = np.full(count, len(design.stratum)), np.full(count, -1)
            np.minimum.at(least, at, found.unit[here])
            np.maximum.at(most, at, found.unit[here])
            alone, ids = least == most, most
        elif found.products is None:
            alone = np.bincount(at, found.rows[here], count) == 1
        else:  # the square of a sum is the sum of squares where one row weighs
            squares = np.bincount(at, found.products["weight", "weight"][here], count)
            alone = np.bincount(at, weight[here], count) ** 2 <= squares * (1 + 1e-12)
        return np.where(alone & some, ids, -1)

    return np.concatenate(_of_codes(parts, lone))


def _touched(design, found, parts):
    """Ones where a stratum has rows that weigh, of the domain of an estimate."""
    from scipy import sparse

    stratum = found.unit if design.stratum is None else design.stratum[found.unit]

    def touched(codes, count, _):
        here = (codes >= 0) & (found.sums["weight"] > 0)
        cells = (np.ones(here.sum()), (stratum[here], codes[here]))
        cells = sparse.coo_array(cells, shape=(len(design.units), count)).tocsr()
        return (cells > 0).astype(float)

    return sparse.hstack(_of_codes(parts, touched), format="csr")


def _coefficients(slopes, codes):
    """Slope of each cell by each term; cells of no domain have none."""
    inside = codes >= 0
    if inside.all():
        return {name: slope[codes] for name, slope in slopes.items()}
    at = np.where(inside, codes, 0)
    return {name: np.where(inside, slope[at], 0.0) for name, slope in slopes.items()}


def _totals(design, found, parts):
    """Influences of the parts: each a set of slopes by domain (or group) of the cell."""
    from scipy import sparse

    if design.stratum is None and found.products is None:
        return None
    size = len(design.units if design.stratum is None else design.stratum)
    unit = found.unit
    if design.pieces is not None:
        size, unit = design.pieces.count, found.row
    sums, roots = [], []
    for slopes, codes, count in parts:
        of = _coefficients(slopes, codes)
        added = [of[name] * found.sums[name] for name in of]
        value = sum(added)
        value[np.abs(value) < 1e-13 * sum(map(np.abs, added))] = 0  # rounding, of constants
        inside = codes >= 0
        cells = (value[inside], (unit[inside], codes[inside]))
        sums.append(sparse.coo_array(cells, shape=(size, count)).tocsr())
        if design.stratum is None:
            roots.append(_rooted(found, of, codes, count))
    sums = sparse.hstack(sums, format="csr")
    if design.pieces is not None:
        return design.of_rows(sums)
    if design.stratum is not None:
        return design.totals(sums)
    stratum = np.repeat(found.unit, len(_names(found)))
    return design.totals(sparse.hstack(roots, format="csr"), stratum, sums.toarray())


def _names(found):
    return list(dict.fromkeys(one for one, _ in found.products))


def _rooted(found, of, codes, count):
    """Rows whose squares are those of the influences of the rows of a cell."""
    from scipy import sparse

    names = _names(found)
    k, cells = len(names), len(codes)
    products = np.empty((cells, k, k))
    for (one, two), x in found.products.items():
        i, j = names.index(one), names.index(two)
        products[:, i, j] = products[:, j, i] = x
    slopes = np.column_stack([of.get(name, np.zeros(cells)) for name in names])
    value = np.einsum("ckr,ck->cr", rooted(products), slopes)
    inside = codes >= 0
    rows = np.arange(cells * k).reshape(cells, k)[inside].ravel()
    made = (value[inside].ravel(), (rows, np.repeat(codes[inside], k)))
    return sparse.coo_array(made, shape=(cells * k, count)).tocsr()


def _simple(svy, asked, terms, shared):
    """Variance of each estimate in a simple random sample with replacement.

    Against the rows of its own domain; where a line is shared, against the rows of
    the groups whose line it uses.
    """
    by, needed, made, group = asked

    def crossed(row):
        of = {"weight": 1.0, **made(row)}
        return {(one, two): of[one] * of[two] for one, two in pairs(of)}

    found = svy.cells(by, needed, nothing, crossed, group)
    domains, groups = len(found.domains), len(found.groups)

    def product(one, two):
        """Sum of weight times the product of two influences, of each cell."""
        pair = lambda a, b: found.sums[(a, b) if (a, b) in found.sums else (b, a)]  # noqa: E731
        parts = np.array([one[a] * two[b] * pair(a, b) for a in one for b in two])
        added = parts.sum(axis=0)
        return np.where(np.abs(added) > 1e-12 * np.abs(parts).sum(axis=0), added, 0.0)

    own = [_coefficients(one.slopes, found.domain) for one in terms]
    inside = found.domain >= 0
    at = found.domain[inside]
    whole = lambda name: found.total(("weight", name) if name != "weight" else name)  # noqa: E731
    added = [sum(slope * whole(name) for name, slope in one.slopes.items()) for one in terms]
    squares = [
        np.bincount(at, product(of, of)[inside], domains) - one**2 / found.population
        for one, of in zip(added, own, strict=True)
    ]
    if shared is None:
        scale = found.population / np.where(found.n > 1, found.n - 1, np.nan)
        return np.concatenate([x * scale for x in squares])
    line = _coefficients(shared.slopes, found.group)
    grouped = found.group >= 0
    of_group = lambda x: np.bincount(found.group[grouped], x[grouped], groups)  # noqa: E731
    of_line, both, result = of_group(product(line, line)), inside & grouped, []
    weight, rows = of_group(found.sums["weight"]), of_group(found.rows)
    touched = np.zeros((domains, groups))
    touched[found.domain[both], found.group[both]] = 1
    scale = (touched @ weight) / (touched @ rows - 1)
    for term, of, x in zip(terms, own, squares, strict=True):
        place = found.domain[both] * groups + found.group[both]
        crossed_sum = np.bincount(place, product(of, line)[both], domains * groups)
        crossed_sum = crossed_sum.reshape(domains, groups)
        moved = 2 * term.of_line * crossed_sum + term.of_line**2 * of_line
        result.append(scale * (x + moved.sum(axis=1)))
    return np.concatenate([*result, of_line * weight / np.where(rows > 1, rows - 1, np.nan)])


# Sums ---------------------------------------------------------------------------------


def share_of(found, name, part="weight"):
    """Sum of one term over that of another, by domain, and its slopes by both.

    Parameters
    ----------
    found : Cells
        The sums.
    name, part : str
        Terms; ``"weight"`` is the number of persons.

    Returns
    -------
    estimate : ndarray
    slopes : dict of ndarray
    """
    whole = found.total(part)
    whole = np.where(whole != 0, whole, np.nan)  # an empty domain has no share
    estimate = found.total(name) / whole
    return estimate, {name: 1 / whole, part: -estimate / whole}


_TAKEN = ("term", "dimension", "indicator", "k")


def domain_names(by, taken=_TAKEN):
    """Columns, such as of domains; refused if one bears a name that the result has."""
    bad = [name for name in listed(by) if name in taken]
    if bad:
        raise DataError("A column bears a name that the result has.", where=f"column {bad[0]}", found=bad[0],
                        remedy=f'table = table.rename(columns={{{bad[0]!r}: "area"}})  # and name it so')  # fmt: skip
    return listed(by)


def _odd(x):
    """Neither 0 nor 1, and not missing (an engine may sort what is no number above all)."""
    return (x != 0) & (x != 1) & (x - x == 0)


def is_mark(svy, name):
    """Whether a column holds nothing but 0 and 1 (and gaps)."""
    return svy.rows.first(name, lambda row: _odd(row[name])) is None


def counted(svy, by, marks, terms, needed=(), words=("deprived", "not deprived")):
    """Sums of the terms; refused where a mark is not 0 or 1."""
    marks = list(marks)
    odd = lambda row: {"odd": sum(row.where(_odd(row[name]), 1.0, 0.0) for name in marks)}  # noqa: E731
    found = svy.cells(by, [*marks, *needed], terms, odd)
    if found.sums["odd"].sum() > 0:
        refuse_odd(svy, marks, words)
    return found


def refuse_odd(svy, marks, words):
    """Refuse marks that are not 0 or 1; words tell what these mean."""
    for name in marks:
        bad = svy.rows.first(name, lambda row: _odd(row[name]))  # noqa: B023
        if bad:
            coded = svy.rows.first(name, lambda row: row[name] == 1)  # noqa: B023
            coded = coded is not None  # where no row is 1, all would be 0
            raise DataError(
                f"{bad[0]:,} rows are neither 1 ({words[0]}) nor 0 ({words[1]}).",
                where=bad[1], found=bad[2],
                remedy=f"table[{name!r}] = (table[{name!r}] {'==' if coded else '>'} {int(coded)})"
                f".astype(float).where(table[{name!r}].notna())  # or > a cut-off, or <",
            )  # fmt: skip


def total_of(found, parts):
    """Combination of sums, by domain."""
    return sum(weight * found.total(name) for name, weight in parts.items())


def ratio_of(found, top, bottom):
    """Ratio of two combinations of sums, by domain, and its slopes; missing where below is zero."""
    below = total_of(found, bottom)
    below = np.where(below > 0, below, np.nan)
    estimate = total_of(found, top) / below
    return estimate, {
        name: (top.get(name, 0.0) - estimate * bottom.get(name, 0.0)) / below
        for name in {**top, **bottom}
    }


def labelled(made, names):
    """Put columns of names beside the term."""
    table = made.table.drop(columns="term")
    names = names.loc[names.index.repeat(len(table) // len(names))].reset_index(drop=True)
    return replace(made, table=pd.concat([names, table], axis=1))
