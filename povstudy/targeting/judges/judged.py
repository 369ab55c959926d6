"""What assessors judge on besides consumption, and what of it they share."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...base.checks import listed
from ...base.columns import LARGEST, SMALLEST, numbers_of, refuse_size
from ...base.errors import DataError
from ...base.language import in_words, words
from ...survey.estimates import Estimates, by_replicates, refuse_no_survey
from ...survey.joint import holm
from ...survey.keys import having_all
from ...survey.models.formulas import Formula
from ...survey.models.leastsquares import refuse_repeating
from .answers import Agreement, Plain, reach

_ALL = "all"
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
        made = holm(super().tidy(level), ["term", "assessor"])
        return made.assign(p_holm=made["p_holm"].where(made["term"] == "trait"))

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
        given = self.given or say["nothing"]
        lines.append(say["most" if told else "none"].format(
            traits=t(", ", "、").join(told), given=given, who=say["together"] if who == _ALL else who,
        ))  # fmt: skip
        found = self.agreement.tidy()
        for term in ("explained", "agreement"):
            means = found[found["term"] == term].groupby("known")["estimate"].mean()
            if len(means):
                lines.append(say[term].format(
                    given=means.get(_GIVEN, means.get(_PLACES, 0.0)), both=means[_BOTH],
                    places=means.get(_PLACES, 0.0), name=given,
                ))  # fmt: skip
        return "\n".join(lines)

    _figures = {"estimates_by_domain": "_traits"}  # noqa: RUF012

    def _traits(self):
        table = self.tidy()
        return table[table["term"] == "trait"].assign(term="change in rank")

    def _look(self):
        several = self.table["assessor"].nunique() > 1
        return {"by": "trait"} | ({"colour": "assessor"} if several else {})


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
        constant within places or made of others, a rank is the same for all of a place, or rows
        are no more than places and terms.

    Notes
    -----
    Weighted least squares of the rank on all terms, after the means of places are taken off
    (Frisch and Waugh 1933), which is the same as a mark for each place. What meetings judge on
    besides consumption is asked so by Alatas et al. (2012, Table 11). Standard deviations are those of all
    rows, not within places, and are taken as known. Errors are linearised under the design
    (Binder 1983); where places are the units, say so by ``psu``. Rows must have all ranks, so that
    assessors are compared on the same households. Intervals of ``.agreement`` are made on Fisher's
    scale, of what is ``explained`` on the logit scale: within what is possible.

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
    asked = listed(rank), listed(given), listed(traits), listed(within)
    _refuse_names(*asked)
    made = by_replicates(_judged)(svy, *asked)
    if svy.replicates is None:
        return made
    agreement = by_replicates(lambda *given: _judged(*given).agreement)(svy, *asked)
    return replace(made, agreement=agreement)


def _refuse_names(ranks, held, asked, within):
    """Refuse what is named twice, or not at all."""
    names = [*ranks, *held, *asked, *within]
    twice = [one for one in names if names.count(one) > 1] or [one for one in ranks if one == _ALL]
    if twice or not ranks or not asked:
        raise DataError(
            "Ranks, what is given, traits and places are named, and each once; no rank is called all.",
            where=f"column {twice[0]}" if twice else "arguments rank, traits",
            found=", ".join(map(str, names)) or "nothing", remedy="name each column in one argument",
        )  # fmt: skip


def _judged(svy, ranks, held, asked, within):
    """Changes in rank, and agreement; see `judged_on`."""
    there = svy.rows.columns
    terms = [(one, None if one in there else Formula(one, there)) for one in (*held, *asked)]
    needed = [name for one, made in terms for name in (made.columns if made else [one])]
    svy = svy.in_memory([*ranks, *needed, *within])
    kept, dropped = _kept(svy, ranks, needed, within)
    labels, x = _terms(svy.rows, kept, terms)
    first = sum(map(len, labels[: len(held)]))
    labels, w = [one for names in labels for one in names], svy.weights[kept]
    y = np.array([svy.rows[name][kept] for name in ranks]).T
    means, spread, marks = _scales(x, w, labels)
    place = np.unique(svy.rows.codes(within)[0][kept], return_inverse=True)[1]
    x = _without((x - x[0]) / np.where(marks | (spread == 0), 1, spread), place, w)
    y = _without(y - y[0], place, w)
    for name, one in zip(ranks, y.T, strict=True):
        if not one.any():
            raise DataError("A rank is the same for all of a place.", where=f"column {name}",
                            remedy="ranks that differ within places, or within=None")  # fmt: skip
    root = np.sqrt(np.abs(w))[:, None]  # replicate weights may be below zero
    refuse_repeating(root * x, labels, place.max() + 1)
    r = np.linalg.inv(np.linalg.qr(root * x, mode="r"))
    x = x @ r  # at right angles, so that sums keep their digits
    known = {_GIVEN: _fit(x[:, :first], y, w), _BOTH: _fit(x, y, w)}
    left = {_PLACES: y} | {name: e for name, (_, e) in known.items() if first or name == _BOTH}
    slopes, back = r @ known[_BOTH][0], np.linalg.inv((x.T * w) @ x) @ r.T
    effects = [x * (w * e)[:, None] @ back for e in left[_BOTH].T]
    keys = pd.DataFrame({"term": np.repeat(["given", "trait"], [first, len(labels) - first]),
                         "trait": labels, "per": np.where(marks, "mark", "SD")})  # fmt: skip
    found = dict(zip(ranks, slopes.T, strict=True))
    if len(ranks) > 1:
        effects.append(sum(effects) / len(ranks))
        found[_ALL] = slopes.mean(axis=1)
    table = pd.concat([keys.assign(assessor=who, estimate=one) for who, one in found.items()])
    touched, lone = reach(svy, kept, 0 * kept, 1)

    def estimated(kind, table, effects, **more):
        """Estimates from influences of rows."""
        table, every = table.reset_index(drop=True), np.zeros((len(svy.rows), len(table)))
        every[kept], of_all = np.column_stack(effects), np.zeros(len(table), dtype=int)
        return kind(
            table.assign(n=len(kept), population=w.sum()), svy.design, svy.totals(every), None, dropped,
            svy.status, touched=touched[:, of_all], source=svy.source, lone=lone[of_all], **more,
        )  # fmt: skip

    return estimated(
        JudgedOn, table[["term", "assessor", "trait", "per", "estimate"]], effects, given=" + ".join(map(str, held)),
        scales=pd.DataFrame({"trait": labels, "mean": means, "sd": spread}),
        agreement=estimated(Agreement, *_agreement(left, ranks, w)),
    )  # fmt: skip


def _kept(svy, ranks, names, within):
    """Rows that have a weight and all values, and how many have a weight but not all."""
    rows, refuse = svy.rows, svy.missing == "refuse"
    some, whole = rows.weights != 0, rows.good(ranks, refuse)
    good = some if whole is None else some & whole
    columns = [(name, rows.cleared(name, rows.key(name))) for name in dict.fromkeys(names)]
    columns += [(name, rows.key(name)) for name in within]
    good = having_all(rows, columns, good, refuse)
    if not good.any():
        raise DataError("No row has all ranks, traits and a weight.",
                        remedy="look at the missing values of the columns that are named")  # fmt: skip
    return np.flatnonzero(good), int((some & ~good).sum())


def _terms(rows, kept, terms):
    """Names and columns of terms: of numbers as they are, of words and formulas as these make them."""
    labels, made = [], []
    for one, formula in terms:
        values = None if formula else numbers_of(rows.key(one))
        if values is None:
            formula = formula or Formula(f"`{one}`", rows.columns)
            if not formula.columns:
                raise DataError("A trait names no column.", where="arguments given, traits",
                                found=repr(one), remedy="leave it out")  # fmt: skip
            table = {name: rows.key(name).array for name in formula.columns}
            table = pd.DataFrame(table).iloc[kept]
            values = formula.bind(table).matrix(table)
        else:
            values = values[kept, None]
        rows.refuse_codes(formula.plain if formula else [one])
        odd = ~np.isfinite(values).all(axis=1)
        if odd.any():
            at = int(odd.argmax())
            raise DataError(
                f"{odd.sum():,} rows have no {one}: it is no finite number.",
                where=f"{one}, {rows.place(int(kept[at]))}", found=values[at][~np.isfinite(values[at])][0],
                remedy="leave these rows out, or another form, such as log1p() for log()",
            )  # fmt: skip
        made.append(values)
        labels.append(formula.names if formula else [one])
    return labels, np.hstack(made)


def _scales(x, w, labels):
    """Means and standard deviations of terms, and which are marks."""
    moved = x - x[0]  # small differences of large numbers keep their digits
    for name, top in zip(labels, np.abs(moved).max(axis=0), strict=True):
        if top and not SMALLEST < top < LARGEST:
            refuse_size(name, top)
    means = w @ moved / w.sum()
    spread = np.sqrt(w @ (moved - means) ** 2 / w.sum())
    return x[0] + means, spread, ((x == 0) | (x == 1)).all(axis=0)


def _without(values, place, w):
    """Columns minus their means in places."""
    whole = np.bincount(place, w)
    whole[whole == 0] = 1.0
    means = [(np.bincount(place, w * one) / whole)[place] for one in values.T]
    return _rounded(values - np.array(means).T, values)


def _fit(x, y, w):
    """Slopes of ranks on some columns, and what these leave of ranks."""
    slopes = np.linalg.solve((x.T * w) @ x, (x.T * w) @ y)
    return slopes, _rounded(y - x @ slopes, y)


def _rounded(left, whole):
    """What is left of columns; nothing where it is rounding."""
    return np.where((left**2).sum(axis=0) > 1e-20 * (whole**2).sum(axis=0), left, 0.0)


def _agreement(left, ranks, w):
    """Correlations of each two, and parts explained of each, by what is known; influences of rows."""
    told, effects = [], []
    size = {name: w @ e**2 for name, e in left.items()}
    unit = {name: e / np.sqrt(size[name]) for name, e in left.items()}
    for i, one in enumerate(ranks):
        whole = size[_PLACES][i]
        for name in list(left)[1:]:
            part, e, all_of_it = size[name][i] / whole, left[name][:, i], left[_PLACES][:, i]
            told.append(("explained", one, name, 1 - part))
            effects.append(w * (part * all_of_it**2 - e**2) / whole)
        for j in range(i + 1, len(ranks)):
            for name, u in unit.items():
                both = w @ (u[:, i] * u[:, j])
                told.append(("agreement", f"{one} and {ranks[j]}", name, both))
                effects.append(w * (u[:, i] * u[:, j] - both * (u[:, i] ** 2 + u[:, j] ** 2) / 2))
    return pd.DataFrame(told, columns=["term", "assessor", "known", "estimate"]), effects
