"""What a regression on help with fixed effects of households and years gives, and why it differs."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...base.errors import DataError
from ...base.language import in_words, printed
from ...base.results import Result
from ...base.status import handed_on
from ...survey.design import designed
from ...survey.estimates import Estimates
from ..counts.ratios import refuse_ratios

OURS, USUAL, STEP = "group-time effects", "two-way fixed effects", "difference"
HOUSEHOLDS = 50_000  # whose rows are looked at at once


def two_way_fit(y, help_on, unit, time, weight):
    """Least squares of an outcome on help, with a constant for each unit and each time.

    Parameters
    ----------
    y, weight : ndarray
        Of each row; nothing missing.
    help_on : ndarray, rows x arms
        Ones where a kind of help is on.
    unit, time : ndarray of int
        Codes of each row, from 0 on.

    Returns
    -------
    estimate : ndarray, arms
    influences : ndarray, rows x arms
    left : ndarray, rows x arms
        What units and times leave open of each arm, over its part of the square that counts, so
        that ``left @ y`` (by the weights) is the estimate.

    Notes
    -----
    Constants of units are taken out by means, those of times by least squares on what is left
    (Frisch and Waugh 1933), in one step where others go on in turn.
    """
    part = Part(y, help_on, unit, time, weight)
    estimate, finish = _fitted(lambda: [part], time.max() + 1)
    return estimate, *finish(part)


class Part(NamedTuple):
    """Rows of some units, all of each: as `two_way_fit` takes them, and who they are of."""

    y: np.ndarray
    help_on: np.ndarray
    unit: np.ndarray
    time: np.ndarray
    weight: np.ndarray
    of: np.ndarray | None = None


def _fitted(parts, times):
    """Estimates, and a function from a part to its influences and what is left open of help.

    ``parts()`` gives the parts anew: each is looked at three times, none is kept.
    """
    inside, by_time, square, cross, whole = 0.0, 0.0, 0.0, 0.0, 0.0
    for part in parts():
        values, cells, share = _within(part, times)
        inside = inside + np.diag(cells.sum(axis=0)) - cells.T @ share
        by_time = by_time + np.column_stack(
            [np.bincount(part.time, part.weight * one, times) for one in values.T]
        )
    slopes = np.linalg.pinv(inside, rcond=1e-11, hermitian=True) @ by_time

    def rest(part):
        values, _, share = _within(part, times)
        return values - (slopes[part.time] - (share @ slopes)[part.unit])

    for part in parts():
        values = rest(part)
        weighted = values[:, 1:] * part.weight[:, None]
        square, cross = square + weighted.T @ values[:, 1:], cross + weighted.T @ values[:, 0]
        whole += part.weight.sum()
    if np.linalg.matrix_rank(square, tol=1e-9 * max(whole, 1e-300), hermitian=True) < len(square):
        raise DataError(
            "Households and years leave nothing open of a kind of help.",
            found=f"{len(square)} kinds of help", remedy="a panel in which some are not helped yet, or never",
        )  # fmt: skip
    inverse = np.linalg.inv(square)
    estimate = inverse.T @ cross

    def finish(part):
        values = rest(part)
        left = values[:, 1:] @ inverse
        far = part.weight * (values[:, 0] - values[:, 1:] @ estimate)
        return left * far[:, None], left

    return estimate, finish


def _within(part, times):
    """Outcome and help minus the means of units; weight of each unit and time, and its share."""
    unit, weight, units = part.unit, part.weight, part.unit.max() + 1
    cells = np.bincount(unit * times + part.time, weight, units * times).reshape(units, times)
    whole = cells.sum(axis=1)[:, None]
    values = np.column_stack([part.y, part.help_on])
    sums = np.column_stack([np.bincount(unit, weight * one, units) for one in values.T])
    return values - (sums / whole)[unit], cells, cells / whole


@dataclass(frozen=True, repr=False)
class TwoWay(Result):
    """Two-way fixed effects beside group-time effects, as `Effects.two_way` makes them.

    Attributes
    ----------
    estimates : Estimates
        By ``arm``: the terms ``two-way fixed effects``, ``group-time effects`` (the overall
        average of `Effects.effects`) and ``difference`` (the first minus the second), with one
        covariance.
    weights : DataFrame
        A row for each arm whose coefficient it is, and each cell that it is made of: ``arm``,
        ``of`` (the arm of the cell), ``group year since``, ``weight`` that the regression gives
        to the effect of the cell, ``own_weight`` in the average of group-time effects (both add
        up to 1 over the arm's own cells), and ``effect``, where there is one.
    why : DataFrame
        By ``arm``: ``negative``, the sum of the weights below 0; ``helped_as_controls``, the
        share of what is taken off that comes from rows with help on; ``others``, the sum of the
        sizes of weights of other arms' effects; ``by_weights``, the difference that the weights
        make with the effects that are there, and ``rest``, what they do not make.
    """

    estimates: Estimates
    weights: pd.DataFrame
    why: pd.DataFrame

    def tidy(self, level=0.95):
        """Table of both estimates and their difference; see `Estimates.tidy`."""
        return self.estimates.tidy(level)

    def _told(self, lang):
        return in_words("two_way", lang)["told"]

    def summary(self, lang="en"):
        """Both, why they differ, and which to use.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        say = in_words("two_way", lang)
        shown = ["term", "arm", "estimate", "std_error", "ci_low", "ci_high", "n"]
        parts = {say["both"]: self.tidy()[shown], say["why"]: self.why}
        told = [f"{head}\n{printed(table, lang)}" for head, table in parts.items()]
        return "\n\n".join([*told, say["told"]])


def two_way(eff):
    """Set the regression with two-way fixed effects beside: what others would get, and why.

    It is not recommended: use `Effects.effects`. It is here since readers ask for it.

    Parameters
    ----------
    eff : Effects
        As `compare` makes them.

    Returns
    -------
    TwoWay
        With ``.tidy()``, ``.weights`` and ``.why``.

    Raises
    ------
    DataError
        If households and years leave nothing open of a kind of help, or effects are ratios.

    Notes
    -----
    Least squares of the outcome on a mark for each arm (1 from its start on), with a constant for
    each household (of cross-sections: each arm and start) and each time, over all rows that
    `compare` keeps, those of households helped from the first time on too, and without covariates.
    Errors are by the same clusters, strata and factor as those of `compare`, so that the difference
    has the error of both together; other programs multiply the square of that of the regression by
    (n - 1)/(n - k).

    Under parallel trends the coefficient is a weighted mean of the effects of all cells of arm,
    start and time, with the weights that the regression leaves to help once households and years
    are taken out (de Chaisemartin and D'Haultfoeuille 2020). Where starts differ some are below
    0: households helped long ago serve as controls of those helped later, with their effects in
    (Goodman-Bacon 2021). Of several arms, effects of the others come in with weights that add up
    to 0 (Goldsmith-Pinkham, Hull and Kolesar 2024). With one start, one arm and nobody missing
    all weights are alike, and the two differ by the times before the base alone.

    References
    ----------
    de Chaisemartin, C., D'Haultfoeuille, X. (2020), Two-way fixed effects estimators with
    heterogeneous treatment effects, American Economic Review 110. Goodman-Bacon, A. (2021),
    Difference-in-differences with variation in treatment timing, Journal of Econometrics 225.
    Goldsmith-Pinkham, P., Hull, P., Kolesar, M. (2024), Contamination bias in linear regressions,
    American Economic Review 114.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({
    ...     "household_id": [1, 1, 2, 2, 3, 3, 4, 4], "year": [2014, 2015] * 4,
    ...     "income": [10, 14, 10, 16, 9, 10, 9, 11], "start": [2015] * 4 + [None] * 4})
    >>> eff = ps.compare(table, "income", starts={"help": "start"})
    >>> eff.two_way().tidy()["estimate"].round(6).tolist()
    [3.5, 3.5, 0.0]
    """
    refuse_ratios(eff, "Two-way fixed effects")
    sample, names = eff.sample, eff.sample.names
    estimate, finish = _fitted(lambda: _parts(sample), len(sample.times))
    clusters, arms, sums = sample.cluster.max() + 1, len(names) - 1, []
    columns, off, on = np.zeros((clusters, arms)), np.zeros((2, arms)), np.zeros((2, arms))
    for part in _parts(sample):
        influences, left = finish(part)
        np.add.at(columns, sample.cluster[part.of], influences)
        helped, left = part.help_on.any(axis=1), left * part.weight[:, None]
        on += np.vstack([np.ones(len(helped)), part.weight]) @ part.help_on
        off += np.vstack([helped, np.ones(len(helped))]) @ np.maximum(-left, 0)
        keys = {
            "of": sample.arm[part.of],
            "group": sample.start[part.of],
            "year": sample.times[part.time],
        }
        sums.append(pd.DataFrame(keys).join(pd.DataFrame(left))[helped].groupby(list(keys)).sum())
    both = _beside(eff, estimate, columns, on)
    sums = pd.concat(sums).groupby(level=[0, 1, 2]).sum().reset_index()
    weights = _weights(eff, sums)
    return TwoWay(both, handed_on(weights, eff),
                  handed_on(_why(both, weights, names, off[0] / off[1]), eff))  # fmt: skip


def _parts(sample):
    """The rows that `compare` keeps, of some thousand households at once."""
    if sample.period is None:
        for at in range(0, len(sample.arm), HOUSEHOLDS):
            own = slice(at, at + HOUSEHOLDS)
            of, time = np.nonzero(
                np.isfinite(sample.outcome[own]) & (sample.weight[own] > 0)[:, None]
            )
            if len(of):
                yield _part(sample, sample.outcome[own][of, time], time, of + at, of)
    else:  # the same people are not seen twice: constants are those of arms and starts
        of = np.flatnonzero(sample.weight > 0)
        unit = pd.MultiIndex.from_arrays([sample.arm[of], sample.start[of]])
        yield _part(sample, sample.outcome[of], sample.period[of], of, unit)


def _part(sample, y, time, of, unit):
    helped = sample.times[time] >= sample.start[of]
    on = helped[:, None] & (sample.arm[of][:, None] == np.arange(1, len(sample.names)))
    return Part(y, on.astype(float), pd.factorize(unit)[0], time, sample.weight[of], of)


def _beside(eff, estimate, columns, on):
    """Both estimates and their difference, from influences by cluster."""
    cells, names = eff.cells, eff.sample.names[1:]
    overall = eff.effects()
    ours, totals = overall.table.set_index("arm"), next(overall._mixed())
    count, used = len(columns), cells.design.stratum
    own = totals.second.toarray()
    design = cells.design
    if len(used) < count:  # clusters of which nobody is in a cell are in the regression alone
        design = designed(np.array([count]), np.zeros(count, dtype=np.intp))
        inside = np.zeros((count, own.shape[1]))
        inside[eff.used] = own * np.sqrt(cells.design.factor[0] / design.factor[0])
        own = inside
    place = [list(overall.table["arm"]).index(one) for one in names]
    own = own[:, place]
    ours = ours.loc[names]
    parts = []
    for term, value, n, population in (
        (USUAL, estimate, on[0].astype(np.int64), on[1]),
        (OURS, ours["estimate"], ours["n"], ours["population"]),
        (STEP, estimate - ours["estimate"], on[0].astype(np.int64), on[1]),
    ):
        parts.append(pd.DataFrame({"term": term, "arm": names, "estimate": np.asarray(value),
                                   "n": np.asarray(n), "population": np.asarray(population)}))  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    totals = design.totals(np.hstack([columns, own, columns - own]))
    return replace(cells, table=table, design=design, totals=totals)


def _weights(eff, made):
    """Weight of each cell in each arm's coefficient, and in the average of group-time effects."""
    keys, named = ["of", "group", "year"], np.array(eff.sample.names, dtype=object)
    made = made.melt(keys, var_name="arm", value_name="weight")
    made["of"], made["arm"] = named[made["of"]], named[1 + made["arm"].astype(int)]
    found = eff.effects("cells").table[["arm", "group", "year", "estimate", "population"]]
    found = found[found["year"] >= found["group"]]
    found["own_weight"] = found["population"] / found.groupby("arm")["population"].transform("sum")
    found = found.rename(columns={"arm": "of", "estimate": "effect"}).drop(columns="population")
    made = made.merge(found, "left", on=keys)
    made["own_weight"] = made["own_weight"].where(made["of"] == made["arm"], 0.0).fillna(0.0)
    return made.assign(since=made["year"] - made["group"])[
        ["arm", *keys, "since", "weight", "own_weight", "effect"]
    ]


def _why(both, weights, names, as_controls):
    """How the two come to differ, by arm."""
    step = both.table[both.table["term"] == STEP].set_index("arm")["estimate"]
    rows = []
    for a, name in enumerate(names[1:]):
        part = weights[weights["arm"] == name]
        own = part["of"] == name
        made = ((part["weight"] - part["own_weight"]) * part["effect"]).sum()
        rows.append({
            "arm": name, "negative": part.loc[own, "weight"].clip(upper=0).sum(),
            "helped_as_controls": as_controls[a],
            "others": part.loc[~own, "weight"].abs().sum(), "by_weights": made,
            "rest": step[name] - made,
        })  # fmt: skip
    return pd.DataFrame(rows)
