"""Three or more who judge the same households, nobody knows who is right: latent classes.

That they agree proves that they go by the same thing. Whether it is poverty, only a truth tells:
where there is one, it stands beside.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...base.checks import listed, need_share
from ...base.errors import DataError
from ...base.language import in_words
from ...survey.cells import place_of
from ...survey.estimates import by_replicates, refuse_no_survey
from ...survey.linear import domain_names
from ...survey.shares import reach_of
from ...survey.survey import RESULTS
from .answers import (
    EACH,
    TRUTH,
    Agreement,
    Pile,
    Units,
    agreements,
    beside,
    reach,
    read,
    refuse_same,
)
from .classes import Counts, fitted, mixed

_LATENT, _APART = "latent class", "latent class - truth"
_MOST = 20
_NAMES = ("against", "shared", "n", "population", "fitted", "chance")


@dataclass(frozen=True, repr=False)
class LatentAssessors(Agreement):
    """Rates of assessors by latent classes, and beside a truth; with their errors.

    Attributes
    ----------
    fits : DataFrame
        A row for each ``shared``: ``deviance`` (of ``n`` rows), ``df``, ``misfit`` (the share of
        households that would have to answer otherwise), ``at_the_end`` (what lies at 0 or 1), ``reached`` of so many ``starts``, ``identified``, and ``can_be_fitted``.
    patterns : DataFrame
        A row for each ``shared``, place and pattern of answers: ``n``, ``population``, ``fitted``
        (its part of the place by the model) and ``chance`` (of being poor).
    assessors : tuple of str
        Columns of marks.
    truth : str or None
        Column of the truth.
    places : tuple of str
        Columns of places.
    ends : ndarray
        Of what lies at 0 or 1: how fast the likelihood falls from there, by sampling unit.
    """

    fits: pd.DataFrame = None
    patterns: pd.DataFrame = None
    assessors: tuple = ()
    truth: str | None = None
    places: tuple = ()
    ends: object = None

    def _ends(self, level, errors, df):
        """Intervals within what is possible."""
        value, reach = self.table["estimate"].to_numpy(dtype=float), reach_of(level, df)
        low, high = super()._ends(level, errors, df)
        with np.errstate(invalid="ignore", divide="ignore"):
            far = -np.log((1 - level) / 2) / np.abs(self.ends)  # so far nobody was seen
        low = np.where(self.ends >= 0, np.maximum(value - far, 0), low)
        high = np.where(self.ends <= 0, np.minimum(value + far, 1), high)
        flat = [np.clip(value + sign * reach * errors, -1, 1) for sign in (-1, 1)]
        apart = self.table["against"].to_numpy() == _APART
        return [np.where(apart, *both) for both in zip(flat, (low, high), strict=True)]

    def range(self):
        """Least and largest ``shared`` of those that were asked with which the counts can be fitted.

        Returns
        -------
        tuple of float
            Missing where none can.
        """
        good = self.fits.loc[self.fits["can_be_fitted"], "shared"]
        return (float(good.min()), float(good.max()))

    def summary(self, lang="en"):
        """Say what their agreement proves and what not, then the rates.

        Parameters
        ----------
        lang : {"en", "zh"}
            English or Chinese.

        Returns
        -------
        str
        """
        say, every = in_words("latent_assessors", lang), self._of_all()
        first, (low, high) = self.fits["shared"].iloc[0], self.range()
        table = every[every["shared"].isin([first, np.nan])].set_index(["against", "term"])

        def mean(what, against):
            here = table.loc[against]
            return here.loc[here.index.str.startswith(what), "estimate"].mean()

        told = {"agree": mean("agreement", EACH), "found": mean("sensitivity", _LATENT)}
        if self.truth is not None:
            told |= {"with_truth": mean("agreement", TRUTH), "right": mean("sensitivity", TRUTH),
                     "chance": 1 - mean("specificity", TRUTH)}  # fmt: skip
        lines = [say["alone" if self.truth is None else "beside"].format(truth=self.truth, **told)]
        for who in self.assessors:
            for against in (_LATENT, TRUTH)[: 1 + (self.truth is not None)]:
                told = {"who": who, "against": say[against].format(truth=self.truth)}
                for short, what in (("se", "sensitivity"), ("sp", "specificity")):
                    row = table.loc[(against, f"{what} of {who}")]
                    ends = row[["estimate", "ci_low", "ci_high"]]
                    told |= dict(zip((short, f"{short}_low", f"{short}_high"), ends, strict=True))
                lines.append(say["rates"].format(**told))
        if len(self.fits) > 1:
            spans = every[(every["term"] == "prevalence") & (every["against"] == _LATENT)]
            spans = spans[spans["shared"].between(low, high)]["estimate"]
            lines.append(say["range"].format(low=low, high=high, least=spans.min(), most=spans.max())
                         if np.isfinite(low) else say["none"])  # fmt: skip
        elif not self.fits["can_be_fitted"].item():
            lines.append(say["end"].format(names=self.fits["at_the_end"].item()))
        lines.append(say["assumed"].format(shared=first))
        return "\n".join(lines)

    def _of_all(self):
        """Estimates of all places together."""
        table = self.tidy()
        return table[(table[list(self.places)] == "all").all(axis=1)]

    _figures = {"estimates_by_domain": "_rates"}  # noqa: RUF012

    def _rates(self):
        """Sensitivity of each, against what it was judged by; of a curve the prevalence."""
        table, curve = self._of_all(), len(self.fits) > 1
        term, places = ("prevalence", [_LATENT]) if curve else ("sensitivity of ", [_LATENT, TRUTH])
        table = table[table["term"].str.startswith(term) & table["against"].isin(places)]
        table = table.assign(assessor=table["term"].str.removeprefix(term))
        return table if curve else table.assign(term="share of the poor found")

    def _look(self):
        if len(self.fits) > 1:
            return {"by": "shared"}
        return {"by": "assessor"} | ({"colour": "against"} if self.truth else {})


def latent_assessors(svy, assessors, *, by=None, shared=0.0, truth=None):
    """Estimate how well three or more assessors find the poor when nobody knows who is poor.

    Parameters
    ----------
    svy : Survey
        With its design; a row is a household and bears the judgement of each who saw it.
    assessors : list of str
        Columns of 1 (judged poor) and 0; missing where an assessor did not judge the household.
    by : str or list of str, optional
        Columns of places: each has a prevalence of its own, the assessors are as good in all.
    shared : float or sequence of float
        Chance, from 0 to less than 1, that all who judge a household give one common answer
        rather than each its own: what they see together, or hear from each other. Not estimated
        but assumed; several values make a curve.
    truth : str, optional
        Column of 1 (poor) and 0 as it was measured; may be missing for some.

    Returns
    -------
    LatentAssessors
        Estimates by ``term``, the columns of ``by`` (elsewhere ``"all"``), ``against`` and
        ``shared``. Against the ``latent class``: ``prevalence`` (by place, and of all),
        ``sensitivity of <one>``, P(judged poor | poor), and ``specificity of <one>``, P(not judged
        poor | not poor). Against ``each other``: ``agreement of <one> and <two>``, the
        correlation of their marks (phi). With ``truth`` the same rates against the ``truth``,
        and ``latent class - truth``. ``.summary(lang="zh")`` says first what agreement proves;
        ``.fits`` tells with which ``shared`` the counts can be fitted, ``.range()`` from where to
        where; ``.patterns`` has the chance of each pattern of answers.

    Raises
    ------
    DataError
        If there are fewer than three assessors, a mark is not 0 or 1, an assessor says the same of
        all, the patterns are fewer than what is to be told, or the likelihood is flat.

    Notes
    -----
    Two latent classes (Dawid and Skene 1979): given whether a household is poor, assessors err
    independently, but for what they share. In class c, assessor k by itself says poor with chance
    a_kc. With chance ``shared`` all give one answer, that of one of them (each as likely as the
    other); else each gives its own. So sensitivity is (1 - shared) a_k1 + shared mean(a_1), and
    where all are alike ``shared`` is the correlation of their errors, Vacek's (1985) dependence
    as a share of what it can be at most. The likelihood of the weighted counts of patterns is
    climbed by EM and ended by Newton's steps (to 1e-12), from six starts. The mirror image, in
    which poor and not poor change places, fits as well: that solution is taken in which
    sensitivity and specificity add up to more than one on average over assessors. A judgement
    that is missing is left out, as if who judges were not chosen by what they would say.

    With three assessors in one place the seven rates of the patterns give seven parameters: the
    fit is exact for each ``shared`` up to some value, and the data cannot tell which is true.
    ``can_be_fitted`` is: nothing lies at 0 or 1, and the likelihood is not flat; above, more is
    assumed to be shared than these answers have in common. Where patterns are more than rates,
    ``deviance`` (of rows, not of the design) and ``misfit`` tell how far the model is off. What lies at 0 or 1 has no error (0);
    its interval reaches to where the likelihood falls to the size of the tail, each sampling unit
    counting once.

    Errors are those of the score equations under the design (sandwich; Binder 1983); intervals are
    on the logit scale, of agreement on Fisher's: in 300 simulated samples of 60 villages of 25 they
    hold the truth in 92 to 98 percent. They know nothing of errors that are shared beyond
    what was assumed. Latent classes are *what assessors agree about*: `judged_on` tells what it is.

    References
    ----------
    Dawid, A., Skene, A. (1979), Maximum likelihood estimation of observer error-rates using the EM
    algorithm, Journal of the Royal Statistical Society C 28. Vacek, P. (1985), The effect of
    conditional dependence on the evaluation of diagnostic tests, Biometrics 41. Binder, D. (1983),
    On the variances of asymptotically normal estimators from complex surveys, International
    Statistical Review 51. Albert, P., Dodd, L. (2004), A cautionary note on the robustness of
    latent class models for estimating diagnostic error without a gold standard, Biometrics 60.

    Examples
    --------
    Counts of three who find 8, 7 and 6 of ten poor, and are wrong of 1 in 10 others.

    >>> import itertools, numpy as np, pandas as pd, povstudy as ps
    >>> table = pd.DataFrame([*itertools.product([0, 1], repeat=3)], columns=["one", "two", "three"])
    >>> right = table.to_numpy() == 1
    >>> table["w"] = 1000 * (0.3 * np.where(right, [0.8, 0.7, 0.6], [0.2, 0.3, 0.4]).prod(axis=1)
    ...                      + 0.7 * np.where(right, 0.1, 0.9).prod(axis=1))
    >>> svy = ps.Survey(table, weight="w")
    >>> found = ps.latent_assessors(svy, ["one", "two", "three"]).tidy()
    >>> found[["term", "estimate"]].round(4).values.tolist()[:5]
    [['prevalence', 0.3], ['sensitivity of one', 0.8], ['specificity of one', 0.9],
     ['sensitivity of two', 0.7], ['specificity of two', 0.9]]

    If they shared some answers, other rates would give the same counts.

    >>> curve = ps.latent_assessors(svy, ["one", "two", "three"], shared=[0, 0.1, 0.2])
    >>> curve.tidy().query("term == 'prevalence'")["estimate"].round(2).tolist(), curve.range()
    ([0.3, 0.34, 0.5], (0.0, 0.2))
    """
    refuse_no_survey(svy)
    names, values = _named(assessors, by, truth), np.unique(_shares(shared))
    return _estimated(svy, names, listed(by), values, truth)


# What is asked ------------------------------------------------------------------------


def _shares(shared):
    values = listed(shared)
    for one in values:
        need_share("shared", one, 0.2, ends=(0,))
    if not values:
        raise DataError("What is shared is a number, or several.", where="argument shared", found=shared,
                        remedy="shared=[0, 0.1, 0.2]")  # fmt: skip
    return values


def _named(assessors, by, truth):
    """Names of three or more columns, each once."""
    names, by = listed(assessors), domain_names(by, (*RESULTS, *_NAMES))
    domain_names(names, _NAMES)  # columns of ``patterns``
    if len(names) < 3:
        over = (by or ["county"])[0]
        raise DataError(
            "Two latent classes are told by three assessors or more.", where="argument assessors", found=names,
            remedy=f"ps.hui_walter(svy, {names[0]!r}, {names[1]!r}, over={over!r})" if len(names) == 2
            else 'assessors=["one", "two", "three"]',
        )  # fmt: skip
    asked = [*names, *by, *listed(truth)]
    twice = [one for one in asked if asked.count(one) > 1]
    if twice or len(names) > _MOST:
        raise DataError(
            f"Assessors, places and the truth are columns apart, each named once; assessors are {_MOST} at "
            "most.", where=f"column {twice[0]}" if twice else "argument assessors",
            found=twice[0] if twice else f"{len(names)} assessors",
            remedy=f"assessors={list(dict.fromkeys(names))[:_MOST]!r}",
        )  # fmt: skip
    return names


def _refuse_few(counts, names):
    """Refuse where patterns are fewer than parameters."""
    groups = pd.DataFrame(counts.seen[counts.kind]).assign(place=counts.place).drop_duplicates()
    told = int((2.0 ** groups.iloc[:, :-1].sum(axis=1) - 1).sum())
    wanted = counts.place.max() + 1 + 2 * len(names)
    if told < wanted:
        raise DataError(
            "There are fewer patterns of answers than rates to be told.",
            where=f"column {', '.join(map(str, names))}", found=f"{told} for {wanted} rates",
            remedy="more households whom three or more have judged, or by=None",
        )  # fmt: skip
    return told - wanted


# Estimates ----------------------------------------------------------------------------


@by_replicates
def _estimated(svy, names, by, values, truth):
    from scipy import sparse

    rows = read(svy, names, by, truth)
    refuse_same(rows, names, truth)
    pile, units, fits, patterns, near = Pile(rows, by), Units(rows), [], [], None
    for value in values:
        near, told, seen = _latent(pile, units, names, value, near)
        fits.append(told)
        patterns.append(seen)
    fits = pd.DataFrame(fits)
    if not fits["identified"].any():
        raise DataError(
            "The likelihood is flat: these answers do not tell two classes apart.",
            where=f"column {', '.join(map(str, names))}", found=f"shared={values[0]:g}",
            remedy="more households whom three or more have judged, better than by chance",
        )  # fmt: skip
    agreements(pile, names)
    if truth is not None:
        beside(pile, names, truth)
    table = pd.concat(pile.tables, ignore_index=True)
    mix = sparse.block_diag(pile.mixes, format="csr")
    place, ends = np.concatenate(pile.places), np.concatenate(pile.ends)
    if truth is not None:  # both have the same terms, in one order
        against, value = table["against"], table["estimate"].to_numpy()
        rates = ~table["term"].str.startswith("agreement")
        one, two = (np.flatnonzero(rates & (against == of)) for of in (_LATENT, TRUTH))
        two = np.tile(two, len(values))
        apart = table.iloc[one].assign(against=_APART, estimate=value[one] - value[two])
        table = pd.concat([table, apart], ignore_index=True)
        mix = sparse.hstack([mix, mix[:, one] - mix[:, two]], format="csr")
        place, ends = np.r_[place, place[one]], np.r_[ends, np.full(len(one), np.nan)]
    totals = units.totals(sparse.hstack(pile.influences, format="csr"))
    kept = np.flatnonzero(rows.code >= 0)
    touched, lone = reach(rows.svy, kept, rows.place[rows.code[kept]], len(rows.domains))
    return LatentAssessors(
        table, rows.svy.design, totals, mix, rows.dropped, svy.status, None, touched[:, place], None, svy.source,
        lone[place], fits=fits, patterns=pd.concat(patterns, ignore_index=True), assessors=tuple(names),
        truth=truth, places=tuple(by), ends=ends,
    )  # fmt: skip


def _latent(pile, units, names, shared, near):
    """Latent classes at one value of what is shared, put on the pile; the fit, and what it tells."""
    from scipy import sparse

    rows, size = pile.rows, len(names)
    digits = (rows.seen * (1 + rows.said)) @ 3.0 ** np.arange(size)[::-1]
    _, first, kind = np.unique(digits, return_index=True, return_inverse=True)
    cells, at = np.unique(rows.place * len(first) + kind, return_inverse=True)  # the truth apart
    weight, n = np.bincount(at, rows.weight), np.bincount(at, rows.n)
    here, place = np.unique(cells // len(first), return_inverse=True)
    counts = Counts(place, cells % len(first), rows.said[first], rows.seen[first], weight, shared)
    df = _refuse_few(counts, names)
    fit = fitted(counts, near)
    # From laws to rates: of the poor, and one minus those of the others.
    turn = np.kron(np.diag([1.0, -1.0]), (1 - shared) * np.eye(size) + shared / size)
    rates = np.repeat([0.0, 1.0], size) + turn @ fit.laws.ravel()
    population, rows_of = np.bincount(place, weight), np.bincount(place, n)
    whole, unknown, places = weight.sum(), np.nan if fit.flat else 1.0, len(here)
    part, ends = population / whole, _falls(fit, units, rows, here, turn)
    every = part @ fit.share
    # A place hangs on its own answers and on the laws; all together also on who lives where.
    effect = part[place] * fit.own + fit.common @ (fit.through.T @ part)
    effect += (fit.share[place] - every) / whole
    pile.add(("prevalence", _LATENT, shared), every * unknown, n.sum(), whole, effect[at, None],
             ends=ends[:1] if places == 1 else None)  # fmt: skip
    if pile.by:  # places without a row stay, so that replicates have the same ones
        count = len(rows.domains)
        cells = fit.own[at], (np.arange(len(at)), place[at])
        own = sparse.csc_array(cells, shape=(len(at), places))
        shift = sparse.eye_array(count, format="csr")[here]
        told = np.full((2, count), np.nan)
        told[:, here] = fit.share * unknown, ends[:places]
        pile.add(("prevalence", _LATENT, shared), told[0], rows_of @ shift, population @ shift,
                 sparse.hstack([own, fit.common[at]]),
                 sparse.vstack([shift, fit.through.T @ shift]), np.arange(count), told[1])  # fmt: skip
    order = np.arange(2 * size).reshape(2, size).T.ravel()
    judged = [np.repeat(x @ rows.seen, 2) for x in (rows.n, rows.weight)]
    terms = [f"{what} of {who}" for who in names for what in ("sensitivity", "specificity")]
    pile.add((terms, _LATENT, shared), rates[order] * unknown, *judged,
             (fit.common @ turn.T)[at][:, order], ends=ends[places:][order])  # fmt: skip
    return None if fit.flat else fit, *_told(pile, names, here, counts, n, fit, df)


def _falls(fit, units, rows, here, turn):
    """By how much the likelihood falls from an end, each unit counting once; missing elsewhere."""
    from scipy import sparse

    seen = sparse.csr_array(rows.seen.astype(float))
    parts = sparse.hstack([rows.of_place[:, here], seen, seen], format="csc")
    whole, size = rows.weight @ parts, rows.seen.shape[1]
    step = np.r_[np.ones(len(here)), np.repeat([1.0, -1.0], size) * turn[0, 0]]
    return np.where(fit.fixed, fit.slope * units.worth(parts) / whole / step, np.nan)


def _told(pile, names, here, counts, n, fit, df):
    """A row of ``fits``, and rows of ``patterns``."""
    domains, of_place, weight = pile.rows.domains.iloc[here], counts.place, counts.weight
    every, (poor, _), _ = mixed(counts, fit.share, fit.laws)
    asked = counts.seen[counts.kind]
    seen = pd.DataFrame(np.where(asked, counts.said[counts.kind], np.nan), columns=names)
    seen = pd.concat([domains.iloc[of_place].reset_index(drop=True), seen], axis=1)
    # What of a place judged by the same is fitted best: the pattern's own part.
    kinds = np.unique(np.column_stack([of_place, asked]), axis=0, return_inverse=True)[1].ravel()
    of_kind = np.bincount(kinds, weight)
    own = weight / of_kind[kinds]
    deviance = 2 * n.sum() / weight.sum() * (weight @ np.log(own) - fit.likelihood)
    # Patterns that nobody gave have what the fit leaves.
    apart = np.bincount(kinds, np.abs(own - every)) + 1 - np.bincount(kinds, every)
    rates = [f"{what} of {who}" for what in ("sensitivity", "specificity") for who in names]
    ends = [
        f"prevalence, {place_of(domains.iloc[at])}" for at in np.flatnonzero(fit.fixed[: len(here)])
    ]
    ends += [rates[at] for at in np.flatnonzero(fit.fixed[len(here) :])]
    told = {
        "shared": counts.shared, "n": int(n.sum()), "deviance": round(max(deviance, 0.0), 9), "df": df,
        "misfit": round(of_kind @ apart / (2 * of_kind.sum()), 12), "at_the_end": "; ".join(ends),
        "starts": fit.reached[1], "reached": fit.reached[0], "identified": not fit.flat,
        "can_be_fitted": not (fit.flat or ends),
    }  # fmt: skip
    seen = seen.assign(shared=counts.shared, n=n, population=weight)
    return told, seen.assign(fitted=every, chance=poor / every)
