"""Gamma frailty: a factor on the hazard that all spells of a household share, not seen.

Given the factor v (mean 1, variance theta) a household survives a cumulative hazard a with
chance exp(-v a); over all v the chance is f(a) = (1 + theta a)^(-1/theta). An event in a period
of hazard L is the difference of surviving up to it and past it, so a household with m events
has a likelihood of 2^m terms of f, in closed form (Meyer 1990; Jenkins 1995).
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from ..base.errors import DataError

NAME = "log(frailty variance)"
_LEAST, _LARGEST = 1e-4, 1e3  # a variance below is none
_MOST = 12  # events of a household: 2^12 terms


@dataclass(frozen=True)
class Frailty:
    """Variance of the frailty, and the test that it is zero.

    Attributes
    ----------
    variance, std_error : float
        Of the gamma factor with mean 1; at zero there is no error.
    statistic : float
        Twice the gain in log-likelihood over the model without frailty; not a number where
        rows are weighted, for a pseudo-likelihood tests nothing.
    p_value : float
        Zero lies on the border of what is possible: half the chance of a chi-squared with one
        degree of freedom (Self and Liang 1987); 1 where nothing is gained.
    """

    variance: float
    std_error: float
    statistic: float
    p_value: float


class Shared:
    """Likelihood of households whose spells share a gamma factor.

    Parameters
    ----------
    model : Model
        Design, and the fit without frailty.
    rows : Spells
        With household and spell.
    """

    def __init__(self, model, rows):
        """Lay out periods by household, and events by their number in a household."""
        self.model = model
        household, ids = pd.factorize(rows.household)
        self.of_row, self.households = household, len(ids)
        self.weight = household_weights(rows.weight, household, self.households)
        at, duration, ended = rows.periods()
        pattern, own = rows.pattern[at], household[at]
        before = first_seen_late(rows, household)
        late = rows.entry[before]
        if late.sum():  # periods that a household is known to have survived unseen
            row = np.repeat(np.arange(len(late)), late)
            first = np.cumsum(late) - late
            pattern = np.r_[pattern, rows.pattern[before][row]]
            duration = np.r_[duration, np.arange(len(row)) - first[row]]
            own = np.r_[own, household[before][row]]
            ended = np.r_[ended, np.zeros(len(row), dtype=bool)]
        self.pattern, self.duration, self.household = pattern, duration, own
        self.prior = slice(len(pattern) - int(late.sum()), len(pattern))
        self.cells, self.cell = in_cells(model, pattern, duration)
        events = np.flatnonzero(ended)
        events = events[np.argsort(own[events], kind="stable")]
        number = np.bincount(own[events], minlength=self.households)
        if number.max(initial=0) > _MOST:
            raise DataError(
                f"A household has more than {_MOST} events: its likelihood has too many terms.",
                where=f"household {ids[np.argmax(number)]!r}", found=f"{number.max()} events",
                remedy="frailty=None, errors clustered by household",
            )  # fmt: skip
        self.ended, self.groups = ended, []
        start = np.cumsum(number) - number
        for m in np.flatnonzero(np.bincount(number)):
            who = np.flatnonzero(number == m)
            place = (
                events[start[who][:, None] + np.arange(m)] if m else np.empty((len(who), 0), int)
            )
            ways = np.array(list(product((0.0, 1.0), repeat=int(m)))).reshape(2**m, m)
            self.groups.append((who, place, ways, (-1.0) ** ways.sum(axis=1)))

    def evaluate(self, params):
        """Log-likelihood of each household, its slope in theta's log, and in each period."""
        theta = np.exp(params[-1])
        rate = np.exp(self.cells.eta(params[:-1]))[self.cell]
        whole = np.bincount(self.household, np.where(self.ended, 0.0, rate), self.households)
        early = np.bincount(self.household[self.prior], rate[self.prior], self.households)
        value = np.log1p(theta * early) / theta
        in_theta = early / (1 + theta * early) - value
        pull = np.empty(self.households)  # slope in the hazard survived
        slope = np.empty(len(rate))
        for who, place, ways, signs in self.groups:
            lived = whole[who]
            total = lived[:, None] + rate[place] @ ways.T
            log = np.log1p(theta * total)
            base = np.log1p(theta * lived)
            term = np.exp((base[:, None] - log) / theta)
            chance = term @ signs
            if not (chance > 0).all():
                raise DataError(
                    "The likelihood of a household with several events is lost in rounding.",
                    found=f"{place.shape[1]} events at hazards near {rate[place].min():.1g}",
                    remedy="frailty=None, errors clustered by household",
                )  # fmt: skip
            value[who] += np.log(chance) - base / theta
            steep = -term / (1 + theta * total) / chance[:, None]
            pull[who] = steep @ signs
            slope[place] = rate[place] * (steep @ (signs[:, None] * ways))
            moved = term * (log / theta - total / (1 + theta * total)) / chance[:, None]
            in_theta[who] += moved @ signs
        quiet = ~self.ended
        slope[quiet] = (rate * pull[self.household])[quiet]
        theirs = self.household[self.prior]
        slope[self.prior] += rate[self.prior] / (1 + theta * early[theirs])
        return value, in_theta, slope

    def objective(self, params):
        """Minus the log-likelihood, and its slope."""
        value, in_theta, slope = self.evaluate(params)
        if self.weight is not None:
            value, in_theta = value * self.weight, in_theta * self.weight
            slope = slope * self.weight[self.household]
        made = self.cells.collect(np.bincount(self.cell, slope, len(self.cells.counts.pattern)))
        return -value.sum(), -np.append(made, in_theta.sum())

    def scores(self, params, unit, units):
        """Sum of the scores of the households of each unit; ``unit`` is that of each household."""
        _, in_theta, slope = self.evaluate(params)
        if self.weight is not None:
            in_theta = in_theta * self.weight
            slope = slope * self.weight[self.household]
        sums = self.model.unit_sums(slope, self.pattern, self.duration, unit[self.household], units)
        return np.column_stack([sums, np.bincount(unit, in_theta, units)])

    def information(self, params):
        """Observed information."""
        made = slopes(lambda at: self.objective(at)[1], params)
        return (made + made.T) / 2

    def fit(self, start, information):
        """Coefficients and log of the variance; ``None`` where the variance is zero.

        Parameters
        ----------
        start : ndarray
            Coefficients without frailty.
        information : ndarray
            Their information.

        Returns
        -------
        params, information : ndarray
        loglik : float
        """
        from scipy import optimize

        # Where the likelihood falls from zero on, zero is its top.
        if self.objective(np.append(start, np.log(1e-5)))[1][-1] >= 0:
            return None
        root = np.linalg.cholesky(np.linalg.inv(information))

        def scaled(moved):
            """The objective in steps of standard errors, and in the variance itself."""
            params = np.append(start + root @ moved[:-1], np.log(moved[-1]))
            value, slope = self.objective(params)
            return value, np.append(root.T @ slope[:-1], slope[-1] / moved[-1])

        found = optimize.minimize(
            scaled, np.append(np.zeros(len(start)), 0.3), jac=True, method="L-BFGS-B",
            bounds=[(None, None)] * len(start) + [(_LEAST, _LARGEST)],
            options={"ftol": 1e-14, "gtol": 1e-2, "maxiter": 500},
        ).x  # fmt: skip
        if found[-1] <= _LEAST:
            return None
        at = np.append(start + root @ found[:-1], np.log(found[-1]))
        steep, near = self.information(at), np.inf
        for _ in range(60):  # near the top Newton's method settles it
            value, slope = self.objective(at)
            step = np.linalg.solve(steep, slope)
            gap, before = abs(slope @ step), near
            # In squares of standard errors; where rounding stops it before, that will do.
            if gap < 1e-20 or (before < 1e-16 and gap > before / 4):
                return at, self.information(at), -value
            near = gap
            if gap < 1e-3 and gap < before / 100:  # the same information will do
                at = at - step
                continue
            half = 1.0
            while half > 1e-3 and self.objective(at - half * step)[0] > value:
                half /= 2
            at = at - half * step
            steep = self.information(at)
        raise DataError(
            "The fit with frailty did not settle.", found=f"variance {np.exp(at[-1]):.3g}",
            remedy="frailty=None; or fewer covariates, a simpler baseline, years that are centred: "
            "I(year - 2016)",
        )  # fmt: skip


def in_cells(model, pattern, duration):
    """The model of one row for each pattern and duration that is there, and which row that is."""
    size = duration.max() + 1
    code, seen = pd.factorize(pattern.astype(np.int64) * size + duration)
    return replace(
        model, counts=replace(model.counts, pattern=seen // size, duration=seen % size)
    ), code


def slopes(of, params):
    """Slopes of a function in each coefficient: differences on both sides."""
    steps = np.diag(1e-4 * np.maximum(np.abs(params), 0.1))
    return np.array([(of(params + step) - of(params - step)) / (2 * step.sum()) for step in steps])


def household_weights(weight, household, count):
    """Weight of each household: one for all its rows; ``None`` where rows have none."""
    if weight is None:
        return None
    least, most = np.full(count, np.inf), np.zeros(count)
    np.minimum.at(least, household, weight)
    np.maximum.at(most, household, weight)
    if (most > least * (1 + 1e-9)).any():
        raise DataError(
            f"{int((most > least * (1 + 1e-9)).sum()):,} households have several weights: with a "
            "frailty that its rows share, a household has one.",
            where="weight", remedy="take the weight of its first row for all",
        )  # fmt: skip
    return most


def first_seen_late(rows, household):
    """First rows of spells that are seen late: survived unseen up to their entry."""
    order = np.lexsort((rows.entry, rows.spell, household))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(household[order]) != 0) | (np.diff(rows.spell[order]) != 0)
    first = order[new]
    return np.sort(first[rows.entry[first] > 0])


def against_zero(variance, std_error, gain, weighted=False):
    """Result with the test of a variance of zero; of a pseudo-likelihood there is none."""
    from scipy import stats

    if weighted:  # its gain grows with the unit of the weights
        return Frailty(float(variance), float(std_error), np.nan, np.nan)
    statistic = max(2 * gain, 0.0)
    p_value = 0.5 * stats.chi2.sf(statistic, 1) if statistic > 0 else 1.0
    return Frailty(float(variance), float(std_error), float(statistic), float(p_value))
