"""What a regression on help with fixed effects of households and years gives, and why it differs."""

from dataclasses import dataclass, replace

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
    units, times = unit.max() + 1, time.max() + 1
    whole = np.bincount(unit, weight, units)
    cells = np.bincount(unit * times + time, weight, units * times).reshape(units, times)

    def within(values):
        sums = np.column_stack([np.bincount(unit, weight * one, units) for one in values.T])
        return values - (sums / whole[:, None])[unit]

    inside = np.diag(cells.sum(axis=0)) - cells.T @ (cells / whole[:, None])
    inverse = np.linalg.pinv(inside, rcond=1e-11, hermitian=True)
    share = cells / whole[:, None]
    values = within(np.column_stack([y, help_on]))
    by_time = np.column_stack([np.bincount(time, weight * one, times) for one in values.T])
    slopes = inverse @ by_time
    values = values - (slopes[time] - (share @ slopes)[unit])
    y, help_on = values[:, 0], values[:, 1:]
    square = (help_on * weight[:, None]).T @ help_on
    if np.linalg.matrix_rank(square, tol=1e-9 * max(weight.sum(), 1e-300), hermitian=True) < len(
        square
    ):
        raise DataError(
            "Households and years leave nothing open of a kind of help.",
            found=f"{len(square)} kinds of help", remedy="a panel in which some are not helped yet, or never",
        )  # fmt: skip
    left = help_on @ np.linalg.inv(square)
    estimate = (left * weight[:, None]).T @ y
    rest = weight * (y - help_on @ estimate)
    return estimate, left * rest[:, None], left


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
    if sample.period is None:
        unit, time = np.nonzero(np.isfinite(sample.outcome))
        y, of = sample.outcome[unit, time], unit
    else:  # the same people are not seen twice: constants are those of arms and starts
        y, time, of = sample.outcome, sample.period, np.arange(len(sample.arm))
        unit = pd.factorize(pd.MultiIndex.from_arrays([sample.arm, sample.start]))[0]
    arm, start, weight = sample.arm[of], sample.start[of], sample.weight[of]
    seen = weight > 0
    y, time, of, arm, start, weight = (one[seen] for one in (y, time, of, arm, start, weight))
    unit, since = pd.factorize(unit[seen])[0], sample.times[time] - start
    helped = since >= 0
    on = helped[:, None] & (arm[:, None] == np.arange(1, len(names)))
    estimate, influences, left = two_way_fit(y, on.astype(float), unit, time, weight)
    both = _beside(eff, estimate, influences, on, of, weight)
    weights = _weights(eff, on, left * weight[:, None], arm, start, time)
    return TwoWay(both, handed_on(weights, eff),
                  handed_on(_why(both, weights, names, left, weight, helped), eff))  # fmt: skip


def _beside(eff, estimate, influences, on, of, weight):
    """Both estimates and their difference, from influences by cluster."""
    sample, cells, names = eff.sample, eff.cells, eff.sample.names[1:]
    overall = eff.effects()
    ours, totals = overall.table.set_index("arm"), next(overall._mixed())
    count, used = sample.cluster.max() + 1, cells.design.stratum
    columns = np.zeros((count, len(names)))
    np.add.at(columns, sample.cluster[of], influences)
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
        (USUAL, estimate, on.sum(axis=0), weight @ on),
        (OURS, ours["estimate"], ours["n"], ours["population"]),
        (STEP, estimate - ours["estimate"], on.sum(axis=0), weight @ on),
    ):
        parts.append(pd.DataFrame({"term": term, "arm": names, "estimate": np.asarray(value),
                                   "n": np.asarray(n), "population": np.asarray(population)}))  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    totals = design.totals(np.hstack([columns, own, columns - own]))
    return replace(cells, table=table, design=design, totals=totals)


def _weights(eff, on, left, arm, start, time):
    """Weight of each cell in each arm's coefficient, and in the average of group-time effects."""
    names, times = eff.sample.names, eff.sample.times
    helped, keys, named = on.any(axis=1), ["of", "group", "year"], np.array(names, dtype=object)
    made = pd.DataFrame({"of": arm, "group": start, "year": times[time]})
    made = made.join(pd.DataFrame(left))[helped].groupby(keys, as_index=False).sum()
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


def _why(both, weights, names, left, weight, helped):
    """How the two come to differ, by arm."""
    step = both.table[both.table["term"] == STEP].set_index("arm")["estimate"]
    rows = []
    for a, name in enumerate(names[1:]):
        part = weights[weights["arm"] == name]
        own = part["of"] == name
        made = ((part["weight"] - part["own_weight"]) * part["effect"]).sum()
        off = weight * np.maximum(-left[:, a], 0)
        rows.append({
            "arm": name, "negative": part.loc[own, "weight"].clip(upper=0).sum(),
            "helped_as_controls": off[helped].sum() / off.sum(),
            "others": part.loc[~own, "weight"].abs().sum(), "by_weights": made,
            "rest": step[name] - made,
        })  # fmt: skip
    return pd.DataFrame(rows)
