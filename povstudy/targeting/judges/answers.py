"""Answers of several about the same households: kinds of rows, and influences of kinds.

Rows that lie in one place and bear the same answers are alike but for their weight and unit.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ...base.checks import listed
from ...base.columns import refuse_infinite
from ...base.errors import DataError
from ...survey.estimates import Estimates
from ...survey.linear import refuse_odd
from ...survey.shares import reach_of
from ..latent import _WORDS, _within

TRUTH, EACH = "truth", "each other"


class Plain(Estimates):
    """Estimates with more to say; what is combined of them is plain."""

    def _plain(self):
        names = list(Estimates.__dataclass_fields__)
        return Estimates(**{name: getattr(self, name) for name in names})

    def combine(self, table, gradient, apart=False):
        """Combinations of these; see `Estimates.combine`."""
        return self._plain().combine(table, gradient, apart)


class Agreement(Plain):
    """Agreement of each two, and parts of a variance: with intervals within what is possible."""

    def _ends(self, level, errors, df):
        """Intervals of correlations on Fisher's scale, of parts of a whole on the logit scale."""
        value, reach = self.table["estimate"].to_numpy(dtype=float), reach_of(level, df)
        apart = (np.abs(value) < 1 - 1e-9) & self.table["term"].str.startswith(
            "agreement"
        ).to_numpy()
        x, parts = np.where(apart, value, 0.0), _within(value, errors, reach)
        both = self.table["term"].str.startswith("agreement").to_numpy()
        parts = [np.where(both, value, end) for end in parts]
        return [np.where(apart, np.tanh(np.arctanh(x) + sign * reach * errors / (1 - x**2)), end)
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
    svy = svy.in_memory([*names, *by, *listed(truth)])
    rows, columns = svy.rows, [*names, *listed(truth)]
    domain, domains = rows.codes(by)
    if svy.missing == "refuse" and (domain < 0).any():
        at = np.flatnonzero(domain < 0)
        rows.refuse_values(
            " or no ".join(by), len(at), f"column {', '.join(by)}, {rows.place(at[0])}"
        )
    refuse_odd(svy, columns, _WORDS)
    digits, asked = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=bool)
    for name in columns:
        values = rows[name]
        if np.isinf(values).any():
            at = np.flatnonzero(np.isinf(values))
            refuse_infinite(name, len(at), f"column {name}, {rows.place(at[0])}", values[at[0]])
        known = np.isfinite(values)
        digits = 3 * digits + np.where(known, values, 2).astype(np.int64)
        asked |= known & (name != truth)
    weights = rows.weights
    good = asked & (domain >= 0) & (weights != 0)
    if not good.any():
        raise DataError("No row has a mark, a place and a weight.", where=f"column {', '.join(map(str, names))}",
                        remedy="look at the columns, and at the weights")  # fmt: skip
    # Places have some 100,000 patterns at most before codes pass 64 bits: numbered apart.
    own, kinds = pd.factorize(np.where(good, digits, -1), sort=True)
    both, found = pd.factorize(np.where(good, domain * np.int64(len(kinds)) + own, -1), sort=True)
    code = both - (found[0] == -1)
    found = found[found >= 0]
    place, digits = found // len(kinds), kinds[found % len(kinds)]
    told = np.empty((len(found), len(columns)))
    for at in range(len(columns) - 1, -1, -1):
        told[:, at], digits = digits % 3, digits // 3
    told[told == 2] = np.nan
    marks = told[:, : len(names)]
    count = len(found)
    kept = code[good]
    return Answers(
        svy, domains, code, place.astype(np.intp), np.nan_to_num(marks), np.isfinite(marks),
        told[:, -1] if truth is not None else np.full(count, np.nan),
        np.bincount(kept, weights[good], count), np.bincount(kept, minlength=count), weights,
        int((~good & (weights != 0)).sum()),
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

        svy, good = rows.svy, rows.code >= 0
        code, w, self.design, count = rows.code[good], rows.weights[good], svy.design, len(rows.n)
        unit, stratum = svy.rows.unit_codes, svy.rows.stratum_codes
        self.single = unit is None
        self.stratum = stratum = None if not self.single else stratum[good]
        unit = stratum if self.single else unit[good]
        size = len(self.design.units if self.single else self.design.stratum)
        made = lambda x: sparse.coo_array((x, (unit, code)), shape=(size, count)).tocsr()  # noqa: E731
        self.sums = made(w)
        self.squares, self.rows = (
            (made(w * w), made(np.ones(len(w)))) if self.single else (None, None)
        )
        self.of_place = rows.of_place

    def totals(self, influences):
        """Influences of kinds, summed; see `Design.totals`."""
        from scipy import sparse

        sums = (self.sums @ influences).tocsr()
        if not self.single:
            return self.design.totals(sums)
        cells = self.squares.tocoo()  # all rows of a kind are alike, but for their weight
        size = len(cells.data)
        root = (np.sqrt(cells.data), (np.arange(size), cells.col))
        root = sparse.coo_array(root, shape=(size, influences.shape[0])).tocsr()
        return self.design.totals(root @ influences, cells.row, sums.toarray())

    def worth(self, parts):
        """Number of units of one size that some kinds (a sparse column of marks each) are worth."""
        sums = (self.sums @ parts).tocsr()
        whole = np.asarray(sums.sum(axis=0)).ravel()
        squares = self.squares @ parts if self.single else sums.multiply(sums)
        return whole**2 / np.asarray(squares.sum(axis=0)).ravel()

    def reach(self, place):
        """Strata that an estimate of a place touches (-1: all), and its unit if it lies in one."""
        from scipy import sparse

        every = sparse.csr_array(np.ones((self.of_place.shape[0], 1)))
        of, size = sparse.hstack([self.of_place, every], format="csr"), len(self.design.units)
        inside = (self.sums @ of).tocoo()
        stratum = inside.row if self.single else self.design.stratum[inside.row]
        ones = (np.ones(len(stratum)), (stratum, inside.col))
        there = (
            (sparse.coo_array(ones, shape=(size, of.shape[1])).tocsr() > 0).astype(float).tocsc()
        )
        random = self.design.factor[stratum] > 0
        if self.single:
            units = np.asarray((self.rows @ of).sum(axis=0)).ravel()
        else:
            units = np.bincount(inside.col, minlength=of.shape[1])
        lone = np.full(of.shape[1], -1)
        lone[inside.col[random]] = inside.row[random]
        lone[units != 1] = -1
        return there[:, place].tocsr(), lone[place]


class Pile:
    """Estimates one after another, and the influences of kinds of rows that they are made of."""

    def __init__(self, rows, by):
        """Begin with nothing."""
        self.rows, self.by, self.width = rows, by, 0
        self.tables, self.influences, self.mixes, self.ends, self.places = [], [], [], [], []

    def base(self, influences):
        """Put influences by; where they are found again."""
        from scipy import sparse

        self.influences.append(sparse.csc_array(influences))
        self.width += influences.shape[1]
        return self.width - influences.shape[1]

    def add(
        self, term, against, shared, estimate, n, population, at, mix=None, place=None, ends=None
    ):
        """Some estimates: of all, or one for each place; made of the influences from ``at`` on."""
        from scipy import sparse

        estimate = np.atleast_1d(np.asarray(estimate, dtype=float))
        table = pd.DataFrame({"term": term}, index=range(len(estimate)))
        for name in self.by:
            table[name] = "all" if place is None else self.rows.domains[name].to_numpy()[place]
        self.tables.append(table.assign(against=against, shared=shared, estimate=estimate, n=n,
                                        population=population))  # fmt: skip
        mix = sparse.eye_array(len(estimate)) if mix is None else sparse.csc_array(mix)
        self.mixes.append((at, mix.tocoo()))
        self.ends.append(np.full(len(estimate), np.nan) if ends is None else ends)
        self.places.append(np.full(len(estimate), -1) if place is None else place)

    def mixed(self):
        """Influences x estimates: what each is made of."""
        from scipy import sparse

        made = [sparse.coo_array((m.data, (m.row + at, m.col)), shape=(self.width, m.shape[1]))
                for at, m in self.mixes]  # fmt: skip
        return sparse.hstack(made, format="csr")


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
    _share(pile, "prevalence", true, known)
    if pile.by:
        _share(pile, "prevalence", true, known, by_place=True)
    for k, who in enumerate(names):
        said, seen = rows.said[:, k], rows.seen[:, k] & known
        _share(pile, f"sensitivity of {who}", said, seen & (true > 0))
        _share(pile, f"specificity of {who}", 1 - said, seen & (true == 0))
        _phi(pile, f"agreement of {who} and {truth}", TRUTH, said, true, seen)


def _share(pile, term, values, inside, by_place=False):
    """A share of kinds, or of those of each place, with its influences."""
    from scipy import sparse

    rows = pile.rows
    parts = sparse.csc_array(inside[:, None].astype(float))
    if by_place:
        parts = (sparse.diags_array(inside.astype(float)) @ rows.of_place).tocsc()
    whole = rows.weight @ parts
    below = np.where(whole > 0, whole, np.nan)
    share = (rows.weight * values) @ parts / below
    cells = parts.tocoo()
    influence = np.nan_to_num((values[cells.row] - share[cells.col]) / below[cells.col])
    influence = sparse.csc_array((influence, (cells.row, cells.col)), shape=parts.shape)
    pile.add(term, TRUTH, np.nan, share, rows.n @ parts, whole, pile.base(influence),
             place=np.arange(len(share)) if by_place else None)  # fmt: skip


def _phi(pile, term, against, one, two, inside):
    """Correlation of two marks, with its influences."""
    rows = pile.rows
    w = rows.weight * inside
    parts = np.array([inside, one * inside, two * inside, one * two * inside], dtype=float)
    sums = parts @ rows.weight

    def phi(x):
        a, b, both = x[1:] / x[0]
        return (both - a * b) / np.sqrt(a * (1 - a) * b * (1 - b))

    bent = np.array([phi(sums + 1e-30j * of).imag / 1e-30 for of in np.eye(4)])
    pile.add(term, against, np.nan, phi(sums), rows.n[inside].sum(), w.sum(),
             pile.base(np.nan_to_num(bent @ parts)[:, None]))  # fmt: skip
