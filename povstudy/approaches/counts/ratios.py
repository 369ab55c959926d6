"""Effects on counts and amounts as ratios: how many times what would have been without help.

A cell is the growth of the mean of the helped, from the base to a time, over that of the
controls. Its logarithm and the influences on it go where differences of means go, so that every
average, difference, band and bound of `compare` stands on the same matrix.
"""

from dataclasses import fields

import numpy as np

from ...base.checks import listed
from ...base.errors import DataError
from ...base.language import in_words, words
from ...base.verdicts import named
from ...survey.estimates import Estimates
from ...survey.models.logit import multinomial

RATIOS = ("ratio", "ratio_low", "ratio_high")


class LogRatios(Estimates):
    """Logarithms of ratios, with the ratios beside them."""

    @classmethod
    def of(cls, found):
        """The same estimates, known to be logarithms."""
        return cls(**{one.name: getattr(found, one.name) for one in fields(found)})

    def tidy(self, level=0.95):
        """Table as of `Estimates.tidy`, with ``ratio ratio_low ratio_high``."""
        return beside(super().tidy(level))

    def band(self, level=0.95, draws=10_000, seed=0):
        """Table as of `Estimates.band`, with ``ratio ratio_low ratio_high``."""
        return beside(super().band(level, draws, seed))


def beside(table):
    """A table of logarithms with the ratios after their intervals.

    Parameters
    ----------
    table : DataFrame
        ``term estimate ci_low ci_high``.

    Returns
    -------
    DataFrame
        ``attrs["link"]`` says that estimates are logarithms.

    Examples
    --------
    >>> import pandas as pd
    >>> from povstudy.approaches.counts.ratios import beside
    >>> row = pd.DataFrame({"term": ["effect"], "estimate": 0.0, "ci_low": -1.0, "ci_high": 1.0})
    >>> beside(row)[["ratio", "ratio_high"]].round(3).values.tolist()
    [[1.0, 2.718]]
    """
    made, at = table.drop(columns=list(RATIOS), errors="ignore"), table.columns.get_loc("ci_high")
    for place, (name, of) in enumerate(zip(RATIOS, ("estimate", "ci_low", "ci_high"), strict=True)):
        values = made[of].astype(float).where(made["term"] == "effect")
        made.insert(at + 1 + place, name, np.exp(values.to_numpy()))
    made.attrs = {**table.attrs, "link": "log"}
    return made


def in_percent(table, lang, names=None):
    """Effects in a sentence: by how many percent more or fewer.

    Parameters
    ----------
    table : DataFrame
        As `beside` gives it, by ``arm``.
    lang : {"en", "zh"}
        The language.
    names : dict, optional
        Texts of arms.

    Returns
    -------
    str
    """
    say, told = in_words("counts", lang), []
    for row in table.to_dict("records"):
        change = [100 * (row[one] - 1) for one in RATIOS]
        told.append(say["change"].format(named(row["arm"], lang, names), *(
            f"{one:+.1f}".replace("-", "−") for one in change)))  # fmt: skip
    return say["told"].format(words(lang)("; ", "；").join(told))


# From a table -------------------------------------------------------------------------------


def exposures(panel, asked, y):
    """What each row counts for as the bottom of the ratio: its exposure, or 1.

    Parameters
    ----------
    panel : Panel
        Of the table.
    asked : Columns
        As `compare` was asked.
    y : ndarray
        The outcome.

    Returns
    -------
    ndarray
    """
    _refuse_negative(panel, asked.outcome, y, "A count or an amount is 0 or more")
    if asked.exposure is None:
        return np.where(panel.at >= 0, 1.0, np.nan)
    exposure = panel.wide(asked.exposure)
    _refuse_negative(panel, asked.exposure, exposure, "An exposure is 0 or more")
    return exposure


def _refuse_negative(panel, name, values, what):
    bad = values < 0
    if bad.any():
        row = panel.at[bad].argmin()
        raise DataError(f"{what}: {bad.sum():,} rows have less.",
                        where=f"column {name}, {panel.place(panel.at[bad][row])}", found=f"{values[bad][row]:g}",
                        remedy=f"table[{name!r}] = table[{name!r}].where(table[{name!r}] >= 0)  # and "
                        'missing="drop", if it means that nothing is known')  # fmt: skip


def refuse_exposure(link, exposure, covariates, unit):
    """Refuse what ratios do not go together with."""
    if link == "identity" and exposure is not None:
        raise DataError("An exposure is the bottom of a ratio.", where="arguments link, exposure",
                        found=f"exposure={exposure!r}, link='identity'",
                        remedy='link="log"  # or exposure=None, for a difference of means')  # fmt: skip
    if link == "log" and len(listed(covariates)) and (exposure is not None or unit is None):
        raise DataError(
            "Ratios with covariates need a panel of households, each with an exposure of 1.",
            where="arguments covariates, exposure, unit", found=f"covariates={covariates!r}",
            remedy="covariates=()",
        )  # fmt: skip


def refuse_ratios(eff, what):
    """Refuse effects that are ratios, where differences are wanted."""
    if eff.link == "log":
        raise DataError(f"{what} takes differences of means, not ratios.",
                        found='link="log"', remedy='link="identity"')  # fmt: skip


# Cells --------------------------------------------------------------------------------------


def log_mean(y, e, w):
    """Logarithm of a ratio of sums, and the influence of each row.

    Parameters
    ----------
    y, e, w : ndarray
        Counts or amounts, exposures, and weights.

    Returns
    -------
    float
        Missing, if one of the sums is 0.
    ndarray

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.approaches.counts.ratios import log_mean
    >>> value, pull = log_mean(np.array([0.0, 4.0]), np.ones(2), np.ones(2))
    >>> round(float(np.exp(value)), 6), pull.tolist()
    (2.0, [-0.5, 0.5])
    """
    top, bottom = w @ y, w @ e
    if not (top > 0 and bottom > 0):
        return np.nan, np.zeros(len(y))
    return np.log(top / bottom), w * y / top - w * e / bottom


def log_ratio(sample, rows, treated, time, base):
    """Effect of a cell as a logarithm of a ratio of ratios, and the influence of each row.

    Parameters
    ----------
    sample : Sample
        Who is compared, with ``exposure``.
    rows : ndarray of int
        Units (of cross-sections: rows) of the cell.
    treated : ndarray of bool
        Who of them was helped.
    time, base : int
        Places of both times.

    Returns
    -------
    float
    ndarray

    Notes
    -----
    With covariates x the growth of the controls is exp(x'b): b solves the conditional Poisson
    likelihood of two times (a logit of time, weighted by the counts), so that whatever stays with
    a unit falls out. The mean that the helped would have without help is that of their counts at
    the base, each times its own growth.

    References
    ----------
    Wooldridge, J. (2023), Simple approaches to nonlinear difference-in-differences with panel
    data, The Econometrics Journal 26. Wooldridge, J. (1999), Distribution-free estimation of some
    nonlinear panel data models, Journal of Econometrics 90.
    """
    weight = sample.weight[rows]
    if sample.covariates is not None:
        return _grown(sample, rows, treated, time, base, weight)
    effect, influence = 0.0, np.zeros(len(rows))
    for side, sign in ((treated, 1.0), (~treated, -1.0)):
        for j, plus in ((time, sign), (base, -sign)):
            if sample.period is None:
                here, y, e = side, sample.outcome[rows, j], sample.exposure[rows, j]
            else:
                here, y, e = side & (sample.period[rows] == j), sample.outcome[rows], sample.exposure[rows]  # fmt: skip
            value, pull = log_mean(y[here], e[here], weight[here])
            _refuse_zero(value, sample, rows, treated, plus == sign, sign > 0, j)
            effect += plus * value
            influence[here] += plus * pull
    return effect, influence


def _grown(sample, rows, treated, time, base, weight):
    """`log_ratio` of a panel, with covariates."""
    x, late, early = sample.covariates[rows], sample.outcome[rows, time], sample.outcome[rows, base]
    helped, others = np.where(treated, weight, 0.0), np.where(treated, 0.0, weight)
    for j, y in ((time, late), (base, early)):
        for side, is_helped in ((helped, True), (others, False)):
            _refuse_zero(np.log(side @ y) if side @ y > 0 else np.nan, sample, rows, treated,
                         j == time, is_helped, j)  # fmt: skip
    after = np.repeat([True, False], len(rows))
    chances, inverse, _ = multinomial(
        np.vstack([x, x]), after, np.r_[others * late, others * early]
    )
    chance = chances[: len(rows), 1]
    fitted = (x * (others * (late - chance * (late + early)))[:, None]) @ inverse
    without = helped * early * chance / (1 - chance)
    influence = helped * late / (helped @ late) - without / without.sum()
    influence -= fitted @ (without @ x / without.sum())
    return np.log(helped @ late / without.sum()), influence


def _refuse_zero(value, sample, rows, treated, late, helped, j):
    if np.isfinite(value):
        return
    one = rows[treated][0]
    who = "the helped" if helped else "those they are compared with"
    raise DataError(
        f"All counts of {who} are 0 {'then' if late else 'at the base'} (or all exposures are), and "
        "a ratio of means needs some.",
        where=f"arm {sample.names[sample.arm[one]]}, start {sample.start[one]:g}, time {sample.times[j]:g}",
        remedy='join times or starts, so that each has some; or, for a difference, link="identity", exposure=None',
    )  # fmt: skip


def moved(sample, j, base, here):
    """What each unit moves from the base to a time, of the logarithm of the ratio (first order).

    Parameters
    ----------
    sample : Sample
        Of a panel.
    j, base : int
        Places of both times.
    here : ndarray of bool
        Whose mean counts.

    Returns
    -------
    ndarray
        Of all units; of mean 0 among those here who are seen at both times.
    """
    both = here & np.isfinite(sample.outcome[:, j]) & np.isfinite(sample.outcome[:, base])
    made = np.full(len(both), np.nan)
    if both.any():
        w, made[both] = sample.weight[both], 0.0
        for at, sign in ((j, 1.0), (base, -1.0)):
            _, pull = log_mean(sample.outcome[both, at], sample.exposure[both, at], w)
            made[both] += sign * np.divide(pull * w.sum(), w, out=np.zeros(len(w)), where=w > 0)
    return made
