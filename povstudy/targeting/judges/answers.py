"""Answers of several about the same households: kinds of rows, and influences of kinds.

Rows that lie in one place and bear the same answers are alike but for their weight and unit.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ...base.checks import listed
from ...base.errors import DataError
from ...survey.cells import Cells
from ...survey.estimates import Estimates
from ...survey.linear import _lone, _touched, refuse_odd
from ...survey.shares import reach_of
from ..latent import _WORDS, _within

TRUTH, EACH = "truth", "each other"


class Plain(Estimates):
    """Estimates with more to say; what is combined of them is plain."""

    def combine(self, table, gradient, apart=False):
        """Combinations of these; see `Estimates.combine`."""
        plain = Estimates(**{name: getattr(self, name) for name in Estimates.__dataclass_fields__})
        return plain.combine(table, gradient, apart)


class Agreement(Plain):
    """Agreement of each two, and parts of a variance: with intervals within what is possible."""

    def _ends(self, level, errors, df):
        """Intervals of correlations on Fisher's scale, of parts of a whole on the logit scale."""
        value, reach = self.table["estimate"].to_numpy(dtype=float), reach_of(level, df)
        both = self.table["term"].str.startswith("agreement").to_numpy()
        apart = both & (np.abs(value) < 1 - 1e-9)
        x, parts = np.where(apart, value, 0.0), _within(value, errors, reach)
        bent, spread = np.arctanh(x), reach * errors / (1 - x**2)
        return [np.where(apart, np.tanh(bent + sign * spread), np.where(both, value, end))
                for sign, end in zip((-1, 1), parts, strict=True)]  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """Rows as codes of kinds: a place, a pattern of answers, a truth.

    ``code`` is the kind of each row (-1: left out), ``place said seen truth weight n`` are those of
    the kinds; truth is missing where it was not measured.
    """

    svy: object
    domains: pd.DataFrame
    code: np.ndarray
    place: np.ndarray
    said: np.ndarray
    seen: np.ndarray
    truth: np.ndarray
    weight: np.ndarray
    n: np.ndarray
    weights: np.ndarray
    dropped: int

    @cached_property
    def of_place(self):
        """Kinds x places: a mark where a kind is of a place."""
        from scipy import sparse

        count = len(self.place)
        cells = (np.ones(count), (np.arange(count), self.place))
        return sparse.csr_array(cells, shape=(count, len(self.domains)))


def read(svy, names, by, truth):
    """Compress rows; see `Answers`."""
    columns = [*names, *listed(truth)]
    svy = svy.in_memory([*columns, *by])
    rows, w = svy.rows, svy.weights
    domain, domains = rows.codes(by)
    lost = np.flatnonzero((domain < 0) & (w != 0))
    if svy.missing == "refuse" and len(lost):
        where = f"column {', '.join(by)}, {rows.place(lost[0])}"
        rows.refuse_values(" or no ".join(by), len(lost), where)
    if (domains == "all").to_numpy().any():
        raise DataError("A place is called all, as all places together are.", where=f"column {', '.join(by)}",
                        found="all", remedy="another word for this place")  # fmt: skip
    refuse_odd(svy, columns, _WORDS)
    rows.good(columns, False)  # refuses what is infinite
    marks = np.array([rows[name] for name in columns]).T
    good = np.isfinite(marks[:, : len(names)]).any(axis=1) & (domain >= 0) & (w != 0)
    if not good.any():
        raise DataError("No row has a mark, a place and a weight.", where=f"column {', '.join(map(str, names))}",
                        remedy="look at the columns, and at the weights")  # fmt: skip
    base = 3 ** np.arange(len(columns) + 1)[::-1]
    digits = np.where(np.isfinite(marks[good]), marks[good], 2).astype(np.int64) @ base[1:]
    code = np.full(len(rows), -1)
    code[good], found = pd.factorize(domain[good] * base[0] + digits, sort=True)
    told = found[:, None] // base[1:] % 3
    known, count = told < 2, len(found)
    said, seen = (told * known)[:, : len(names)].astype(float), known[:, : len(names)]
    true = np.where(known, told, np.nan)[:, -1] if truth is not None else np.full(count, np.nan)
    return Answers(
        svy, domains, code, found // base[0], said, seen, true, np.bincount(code[good], w[good]),
        np.bincount(code[good]), w, int((~good & (w != 0)).sum()),
    )  # fmt: skip


def refuse_same(rows, names, truth):
    """Refuse an assessor, or a truth, that says the same of all."""
    known = [(name, rows.said[:, k], rows.seen[:, k]) for k, name in enumerate(names)]
    if truth is not None:
        known.append((truth, rows.truth, np.isfinite(rows.truth)))
    for name, values, seen in known:
        values = values[seen & (rows.weight > 0)]
        if not len(values) or np.ptp(values) == 0:
            rest = [one for one in names if one != name]
            raise DataError(
                "This column says the same of all: it tells nobody apart.", where=f"column {name}",
                found=values[0] if len(values) else "no mark",
                remedy="truth=None" if name == truth else f"assessors={rest!r}  # without it",
            )  # fmt: skip


# Influences ---------------------------------------------------------------------------


class Units:
    """Kinds of rows in sampling units: influences of kinds become those of units."""

    def __init__(self, rows):
        """Sum the weights of each kind by unit."""
        from scipy import sparse

        good, unit = rows.code >= 0, rows.svy.rows.unit_codes
        self.design, self.single = rows.svy.design, unit is None
        at = (rows.svy.rows.stratum_codes if self.single else unit)[good], rows.code[good]
        size = len(self.design.units if self.single else self.design.stratum), len(rows.n)
        made = lambda x: sparse.coo_array((x, at), shape=size).tocsr()  # noqa: E731
        self.sums, self.squares = made(rows.weights[good]), made(rows.weights[good] ** 2)

    def totals(self, influences):
        """Influences of kinds, summed; see `Design.totals`."""
        from scipy import sparse

        sums = (self.sums @ influences).tocsr()
        if not self.single:
            return self.design.totals(sums)
        cells = self.squares.tocoo()  # all rows of a kind are alike, but for their weight
        root = (np.sqrt(cells.data), (np.arange(cells.nnz), cells.col))
        root = sparse.coo_array(root, shape=(cells.nnz, cells.shape[1])).tocsr()
        return self.design.totals(root @ influences, cells.row, sums.toarray())

    def worth(self, parts):
        """Number of units of one size that some kinds (a sparse column of marks each) are worth."""
        sums = self.sums @ parts
        squares = self.squares @ parts if self.single else sums * sums
        return np.asarray(sums.sum(axis=0) ** 2 / squares.sum(axis=0)).ravel()


def reach(svy, kept, place, count):
    """Strata that each place, and all of them, touch by the rows that are kept; its unit if it lies in one.

    Parameters
    ----------
    svy : Survey
    kept, place : ndarray of int
        Rows, and the place of each.
    count : int
        Number of places.

    Returns
    -------
    touched, lone
        As of `Estimates`: of places, and of all.
    """
    rows = svy.rows
    unit = (rows.stratum_codes if rows.unit_codes is None else rows.unit_codes)[kept]
    cells, at = np.unique(unit * count + place, return_inverse=True)
    sums, table = {"weight": np.bincount(at, rows.weights[kept])}, pd.DataFrame(index=range(count))
    place, unit = cells % count, cells // count
    found = Cells(table, table, place, 0 * place, unit, sums, None, np.bincount(at), 0)
    parts = [({}, found.domain, count), ({}, found.group, 1)]
    return _touched(svy.design, found, parts), _lone(svy, found, parts)


class Pile:
    """Estimates one after another, and the influences of kinds of rows that they are made of."""

    def __init__(self, rows, by):
        """Begin with nothing."""
        self.rows, self.by = rows, by
        self.tables, self.influences, self.mixes, self.ends, self.places = [], [], [], [], []

    def add(self, keys, estimate, n, population, influences, mix=None, place=None, ends=None):
        """Some estimates (term, against, shared): of all, or one for each place.

        Kinds x influences are theirs, or are mixed to theirs.
        """
        from scipy import sparse

        estimate = np.atleast_1d(np.asarray(estimate, dtype=float))
        term, against, shared = keys
        table = pd.DataFrame({"term": term}, index=range(len(estimate)))
        for name in self.by:
            table[name] = "all" if place is None else self.rows.domains[name].to_numpy()[place]
        self.tables.append(table.assign(against=against, shared=shared, estimate=estimate, n=n,
                                        population=population))  # fmt: skip
        self.influences.append(sparse.csc_array(influences))
        self.mixes.append(sparse.eye_array(len(estimate)) if mix is None else mix)
        self.ends.append(np.full(len(estimate), np.nan) if ends is None else ends)
        self.places.append(np.full(len(estimate), -1) if place is None else place)


def agreements(pile, names):
    """Correlations of marks of each pair."""
    rows = pile.rows
    for i, one in enumerate(names):
        for j, two in enumerate(names[i + 1 :], i + 1):
            marks = rows.said[:, i], rows.said[:, j], rows.seen[:, i] & rows.seen[:, j]
            _phi(pile, f"agreement of {one} and {two}", EACH, *marks)


def beside(pile, names, truth):
    """The same rates by what was measured."""
    rows = pile.rows
    known = np.isfinite(rows.truth)
    true = np.where(known, rows.truth, 0.0)
    for by_place in (False, True)[: 1 + bool(pile.by)]:
        _share(pile, "prevalence", true, known, by_place)
    for k, who in enumerate(names):
        said, seen = rows.said[:, k], rows.seen[:, k] & known
        _share(pile, f"sensitivity of {who}", said, seen & (true > 0))
        _share(pile, f"specificity of {who}", 1 - said, seen & (true == 0))
        _phi(pile, f"agreement of {who} and {truth}", TRUTH, said, true, seen)


def _share(pile, term, values, inside, by_place=False):
    """A share of kinds, or of those of each place, with its influences."""
    from scipy import sparse

    rows = pile.rows
    every = rows.of_place if by_place else sparse.csr_array(np.ones((len(inside), 1)))
    parts = sparse.diags_array(inside.astype(float), format="csr") @ every
    whole = rows.weight @ parts
    below = np.where(whole > 0, whole, np.nan)
    share = (rows.weight * values) @ parts / below
    at, of = parts.nonzero()
    influence = np.nan_to_num((values[at] - share[of]) / below[of])
    pile.add((term, TRUTH, np.nan), share, rows.n @ parts, whole,
             sparse.csc_array((influence, (at, of)), shape=parts.shape),
             place=np.arange(len(share)) if by_place else None)  # fmt: skip


def _phi(pile, term, against, one, two, inside):
    """Correlation of two marks, with its influences."""
    rows, w = pile.rows, pile.rows.weight * inside
    whole = w.sum()
    one, two = (x - w @ x / whole for x in (one, two))
    one, two = (x / np.sqrt(w @ x**2 / whole) for x in (one, two))
    phi = w @ (one * two) / whole
    influence = np.nan_to_num(inside * (one * two - phi * (one**2 + two**2) / 2) / whole)
    pile.add((term, against, np.nan), phi, rows.n[inside].sum(), whole, influence[:, None])
