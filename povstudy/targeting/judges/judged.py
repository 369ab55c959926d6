"""What assessors judge on besides consumption, and what of it they share."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...base.checks import listed
from ...base.columns import numbers_of
from ...base.errors import DataError
from ...base.language import in_words, words
from ...base.lazy import figure
from ...survey.design import rooted
from ...survey.estimates import Estimates, by_replicates, refuse_no_survey
from ...survey.formulas import Formula
from ...survey.joint import holm
from ...survey.linear import domain_names
from .answers import Plain

_NAMES = ("term", "assessor", "trait", "per")
_ALL, _BLOCK = "all", 100_000
_PLACES, _GIVEN, _BOTH = "places", "given", "given and traits"


@dataclass(frozen=True, repr=False)
class JudgedOn(Plain):
    """How ranks hang on traits, given consumption; with the errors of the design.

    Attributes
    ----------
    agreement : Estimates
        ``agreement`` of each two assessors (correlation within places) and the part ``explained``
        of the variance of each, by what is ``known``: places, what is given, traits too.
    scales : DataFrame
        ``trait``, its ``mean`` and ``sd`` by the weights.
    given : str
        What is held.
    """

    agreement: Estimates = None
    scales: pd.DataFrame = None
    given: str = ""

    def tidy(self, level=0.95):
        """Table of the changes in rank; see `Estimates.tidy`.

        Parameters
        ----------
        level : float
            Of the intervals.

        Returns
        -------
        DataFrame
            With ``p_value`` and ``p_holm``, adjusted (Holm) for all traits of an assessor.
        """
        made = holm(super().tidy(level), None)
        asked = made["term"] == "trait"
        adjusted = holm(made[asked], "assessor")["p_holm"].reindex(made.index)
        return made.assign(p_holm=adjusted)

    def summary(self, lang="en"):
        """Say what assessors judge on, and how much of their agreement it is.

        Parameters
        ----------
        lang : {"en", "zh"}
            English or Chinese.

        Returns
        -------
        str
        """
        say, t, table, lines = in_words("judged_on", lang), words(lang), self.tidy(), []
        who = table["assessor"].iloc[-1]
        own = table[(table["assessor"] == who) & (table["term"] == "trait")]
        sure = own[own["p_holm"] < 0.05].sort_values("estimate", key=np.abs, ascending=False)
        told = [f"{row.trait} {row.estimate:+.3f}" for row in sure.head(8).itertuples()]
        names = {
            "who": say["together"] if who == _ALL else who,
            "given": self.given or say["nothing"],
        }
        lines.append(
            say["most"].format(traits=t(", ", "、").join(told), **names) if told
            else say["none"].format(**names)
        )  # fmt: skip
        found = self.agreement.tidy()
        for term in ("explained", "agreement"):
            means = found[found["term"] == term].groupby("known")["estimate"].mean()
            if len(means):
                lines.append(say[term].format(
                    given=means.get(_GIVEN, means.get(_PLACES, 0.0)), both=means[_BOTH],
                    places=means.get(_PLACES, 0.0), name=self.given or say["nothing"],
                ))  # fmt: skip
        return "\n".join(lines)

    def plot(self, *, ax=None, **options):
        """Changes in rank by trait; see `figures.estimates_by_domain` for the options.

        Returns
        -------
        matplotlib.axes.Axes
        """
        table = self.tidy()
        table = table[table["term"] == "trait"].assign(term="change in rank")
        several = {"colour": "assessor"} if table["assessor"].nunique() > 1 else {}
        return figure("estimates_by_domain")(table, ax=ax, **{"by": "trait", **several, **options})


def judged_on(svy, rank, traits, *, given=None, within=None):
    """Estimate which traits assessors judge on, given what a household consumes.

    Parameters
    ----------
    svy : Survey
        With its design: a row for each household.
    rank : str or list of str
        Column of the rank that an assessor (or a meeting) gave, such as a percentile from 0 to 1,
        or of a mark of 1 and 0; of several assessors a list.
    traits : str or list of str
        Columns, or terms of a formula: numbers, marks or words, such as ``["widow", "log(size)"]``.
    given : str or list of str, optional
        What is held: ``"log(consumption)"``.
    within : str or list of str, optional
        Columns of places (and years) in which ranks were given: only differences within them count.

    Returns
    -------
    JudgedOn
        Estimates by ``term`` (``given`` or ``trait``), ``assessor``, ``trait`` and ``per``: the
        change in rank for one standard deviation (``SD``) more of a number, or for a ``mark``. Of
        several assessors also of ``all``: of the mean of their ranks, which is what they share.
        ``.tidy()`` has ``p_value`` and ``p_holm``; ``.agreement`` tells how far they agree within
        places, and how far still where consumption, and traits too, are the same.

    Raises
    ------
    DataError
        If a value is missing (see ``missing`` of `Survey`), a term is no number, a trait is
        constant within places or made of others, or a rank is the same for all.

    Notes
    -----
    Weighted least squares of the rank on all terms, after the means of places are taken off
    (Frisch and Waugh 1933), which is the same as a mark for each place. What meetings judge on
    besides consumption is asked so by Alatas et al. (2012, Table 11). Standard deviations are those of all
    rows, not within places, and are taken as known. Errors are linearised under the design
    (Binder 1983); where places are the units, say so by ``psu``. Rows must have all ranks, so that
    assessors are compared on the same households.

    A trait that counts *given consumption* may be a prejudice, or poverty that this year's
    consumption does not show: the regression does not tell which. Consumption is measured with
    error, so that traits which go with it get part of what is its due.

    References
    ----------
    Alatas, V. et al. (2012), Targeting the poor: evidence from a field experiment in Indonesia,
    American Economic Review 102. Frisch, R., Waugh, F. (1933), Partial time regressions as compared
    with individual trends, Econometrica 1. Binder, D. (1983), On the variances of asymptotically
    normal estimators from complex surveys, International Statistical Review 51.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"consumption": [1, 2, 3, 4, 1, 2, 3, 4], "widow": [1, 0, 1, 0, 0, 1, 0, 0],
    ...                       "village": list("aaaabbbb")})
    >>> table["rank"] = 0.2 * table["consumption"] - 0.3 * table["widow"]
    >>> svy = ps.Survey(table, psu="village")
    >>> found = ps.judged_on(svy, "rank", "widow", given="consumption", within="village").tidy()
    >>> found[["term", "trait", "per", "estimate"]].round(3).values.tolist()
    [['given', 'consumption', 'SD', 0.224], ['trait', 'widow', 'mark', -0.3]]
    """
    refuse_no_survey(svy)
    asked = listed(rank), listed(given), listed(traits), domain_names(within, _NAMES)
    _refuse_names(*asked)
    made = by_replicates(_judged)(svy, *asked)
    if svy.replicates is not None:
        made = replace(
            made, agreement=by_replicates(lambda *given: _judged(*given).agreement)(svy, *asked)
        )
    return made


def _judged(svy, ranks, held, asked, within):
    """Changes in rank, and agreement; see `judged_on`."""
    there = svy.rows.columns
    terms = [one if one in there else Formula(one, there) for one in (*held, *asked)]
    columns = dict.fromkeys(
        name for one in terms for name in ([one] if isinstance(one, str) else one.columns)
    )
    svy = svy.in_memory([*ranks, *columns, *within])
    good, dropped, y, x, labels, place = _values(svy, ranks, terms, list(columns), within)
    first = sum(len(names) for names in labels[: len(held)])
    labels = [one for names in labels for one in names]
    weights = svy.weights[good]
    means = weights @ x / weights.sum()
    spread = np.sqrt(weights @ (x - means) ** 2 / weights.sum())
    marks = ((x == 0) | (x == 1)).all(axis=0)
    x = _within(x / np.where(marks | ~(spread > 0), 1.0, spread), place, weights)
    y = _within(y, place, weights)
    _refuse_repeating((x.T * weights) @ x, labels, within)
    levels = _levels(x, y, weights, first)
    slopes, inverse = levels.pop(_BOTH + " slopes")
    totals = _totals(svy, good, x, levels, weights)
    counts = {"n": int(good.sum()), "population": weights.sum()}
    keys = pd.DataFrame({"term": np.repeat(["given", "trait"], [first, len(labels) - first]),
                         "trait": labels, "per": np.where(marks, "mark", "SD")})  # fmt: skip
    table, mix = _coefficients(keys, ranks, slopes, inverse, totals.first.shape[1])
    lone = _lone(svy, good, len(table))
    made = JudgedOn(
        table.assign(**counts), svy.design, totals, mix, dropped, svy.status, source=svy.source, lone=lone,
        scales=pd.DataFrame({"trait": labels, "mean": means, "sd": spread}),
        given=" + ".join(held),
    )  # fmt: skip
    table, mix = _agreement(levels, ranks, weights, slopes.size)
    plain = replace(
        made._plain(), table=table.assign(**counts), mix=mix, lone=_lone(svy, good, len(table))
    )
    return replace(made, agreement=plain)


def _refuse_names(ranks, held, asked, within):
    """Refuse what is named twice, or not at all."""
    names = [*ranks, *held, *asked, *within]
    twice = [one for one in dict.fromkeys(names) if names.count(one) > 1]
    if twice or not ranks or not asked:
        raise DataError(
            "Ranks, what is given, traits and places are named, and each once.",
            where=f"column {twice[0]}" if twice else "arguments rank, traits",
            found=", ".join(map(str, names)) or "nothing", remedy="name each column in one argument",
        )  # fmt: skip


def _values(svy, ranks, terms, columns, within):
    """Rows that count, how many were left out; their ranks, terms with their names, and places."""
    rows, refuse = svy.rows, svy.missing == "refuse"
    some = rows.weights != 0
    place, _ = rows.codes(within)
    whole = rows.good(ranks, refuse)
    known = some if whole is None else whole & some
    for name in (*columns, *within):
        lacks = rows.key(name).isna().to_numpy() & some
        if lacks.any() and refuse:
            rows.refuse_values(
                name, lacks.sum(), f"column {name}, {rows.place(int(lacks.argmax()))}"
            )
        known = known & ~lacks
    if not known.any():
        raise DataError("No row has all ranks, traits and a weight.",
                        remedy="look at the missing values of the columns that are named")  # fmt: skip
    kept = slice(None) if known.all() else known
    labels, made = [], []
    for term in terms:
        values = numbers_of(rows.key(term)) if isinstance(term, str) else None
        if values is None:
            term = term if isinstance(term, Formula) else Formula(_quoted(term), rows.columns)
            table = pd.DataFrame({name: rows.key(name) for name in term.columns})
            table = table[kept].reset_index(drop=True)
            made += list(np.ascontiguousarray(term.bind(table).matrix(table).T))
            labels.append(term.names)
        else:
            made.append(values[kept])
            labels.append([term])
    x = np.array(made).T  # columns in one piece: sums over rows are quicker so
    odd = ~np.isfinite(x)
    if odd.any():
        at, term = np.argwhere(odd)[0]
        name = [one for names in labels for one in names][term]
        raise DataError(
            f"{odd.any(axis=1).sum():,} rows have no {name}: it is no finite number.",
            where=f"{name}, {rows.place(int(np.flatnonzero(known)[at]))}", found=x[at, term],
            remedy="leave these rows out, or another form, such as log1p() for log()",
        )  # fmt: skip
    y = np.array([rows[name][kept] for name in ranks]).T
    return known, int((some & ~known).sum()), y, x, labels, place[kept]


def _quoted(name):
    return name if name.isidentifier() else f"`{name}`"


def _within(values, place, weights):
    """Values less the mean of their place."""
    whole = np.bincount(place, weights)
    whole[whole == 0] = 1.0
    made = []
    for column in values.T:
        left = column - (np.bincount(place, weights * column) / whole)[place]
        left[np.abs(left) < 1e-13 * np.abs(column).max()] = 0.0  # rounding
        made.append(left)
    return np.array(made).T


def _refuse_repeating(products, labels, within):
    """Refuse a term of which nothing is left after those before it; by products of terms."""
    scale = np.sqrt(np.diag(products))
    left = products / np.outer(*[np.where(scale > 0, scale, 1.0)] * 2)
    for at, name in enumerate(labels):
        if left[at, at] < 1e-11:
            raise DataError(
                "A trait says nothing that the others do not say: it is the same for all of a place, or made "
                "of others." if within else "A trait is constant, or made of others.",
                where="argument traits", found=name, remedy="leave it out",
            )  # fmt: skip
        left = left - np.outer(left[:, at], left[at]) / left[at, at]


def _levels(x, y, weights, first):
    """What is left of the ranks where places, what is given, and traits are the same."""
    if (np.ptp(y, axis=0) == 0).any():
        raise DataError("A rank is the same for all of a place.", where="argument rank",
                        found=f"assessor {int(np.argmin(np.ptp(y, axis=0))) + 1}",
                        remedy="ranks that differ within places, or within=None")  # fmt: skip
    made = {_PLACES: y}
    for name, count in ((_GIVEN, first), (_BOTH, x.shape[1])):
        if count:
            part = x[:, :count]
            inverse = np.linalg.inv((part.T * weights) @ part)
            slopes = inverse @ (part.T @ (weights[:, None] * y))
            made[name] = y - part @ slopes
    made[_BOTH + " slopes"] = slopes, inverse
    return made


def _pairs(count):
    return [(i, j) for i in range(count) for j in range(i, count)]


def _totals(svy, good, x, levels, weights):
    """Scores of the coefficients and products of what is left, by sampling unit."""
    from scipy import sparse

    design, rows = svy.design, svy.rows
    single = rows.unit_codes is None
    code = (rows.stratum_codes if single else rows.unit_codes)[good]
    left, size = levels[_BOTH], len(design.units if single else design.stratum)
    pairs = _pairs(left.shape[1])
    width = left.shape[1] * x.shape[1] + len(levels) * len(pairs)
    sums = np.zeros((size, width))
    products = np.zeros((size, width, width)) if single else None
    for start in range(0, len(x), _BLOCK):
        here = slice(start, start + _BLOCK)
        w = weights[here, None]
        made = [w * x[here] * left[here, [a]] for a in range(left.shape[1])]
        made += [
            np.column_stack([w[:, 0] * e[here, i] * e[here, j] for i, j in pairs])
            for e in levels.values()
        ]
        z, own = np.hstack(made), code[here]
        cells = (np.ones(len(own)), (own, np.arange(len(own))))
        sums += sparse.csr_array(cells, shape=(size, len(own))) @ z
        if single:
            for one in np.unique(own):
                part = z[own == one]
                products[one] += part.T @ part
    if not single:
        return design.totals(sums)
    roots = rooted(products).transpose(0, 2, 1).reshape(-1, width)
    return design.totals(roots, np.repeat(np.arange(size), width), sums)


def _lone(svy, good, count):
    """The one unit in which all rows lie, for each estimate; -1 where there are several."""
    units = svy.rows.unit_codes
    units = np.flatnonzero(good)[:2] if units is None else np.unique(units[good])
    return np.full(count, units[0] if len(units) == 1 else -1)


def _coefficients(keys, ranks, slopes, inverse, width):
    """Table of the coefficients of each assessor, and of all together; what they are made of."""
    from scipy import sparse

    count, size = len(ranks), len(keys)
    mix = np.zeros((width, count * size))
    mix[: count * size] = np.kron(np.eye(count), inverse)
    tables = [keys.assign(assessor=who, estimate=slopes[:, a]) for a, who in enumerate(ranks)]
    if count > 1:
        tables.append(keys.assign(assessor=_ALL, estimate=slopes.mean(axis=1)))
        mix = np.hstack([mix, mix @ np.kron(np.ones((count, 1)) / count, np.eye(size))])
    table = pd.concat(tables, ignore_index=True)
    return table[["term", "assessor", "trait", "per", "estimate"]], sparse.csr_array(mix)


def _agreement(levels, ranks, weights, start):
    """Correlations of each two, and parts explained of each, by what is known."""
    from scipy import sparse

    pairs, told, columns = _pairs(len(ranks)), [], []
    moments = np.concatenate([
        [weights @ (e[:, i] * e[:, j]) for i, j in pairs] for e in levels.values()
    ])  # fmt: skip
    place = {(name, *pair): at for at, (name, pair) in enumerate(
        (name, pair) for name in levels for pair in pairs)}  # fmt: skip

    def add(term, who, known, value, parts):
        at = [place[one] for one in parts]
        bent = moments[at] + 1e-30j * np.diag(moments[at])
        slope = np.zeros(start + len(moments))
        # Steps are parts of the moments themselves, of whatever size.
        slope[start + np.array(at)] = [value(*x).imag / 1e-30 / m for x, m in
                                       zip(bent, moments[at], strict=True)]  # fmt: skip
        columns.append(slope)
        told.append(
            {"term": term, "assessor": who, "known": known, "estimate": value(*moments[at])}
        )

    for i, j in pairs:
        for name in levels:
            if i != j:
                add("agreement", f"{ranks[i]} and {ranks[j]}", name,
                    lambda one, two, both: both / np.sqrt(one * two),
                    [(name, i, i), (name, j, j), (name, i, j)])  # fmt: skip
            elif name != _PLACES:
                add("explained", ranks[i], name, lambda left, whole: 1 - left / whole,
                    [(name, i, i), (_PLACES, i, i)])  # fmt: skip
    return pd.DataFrame(told), sparse.csr_array(np.array(columns).T)
