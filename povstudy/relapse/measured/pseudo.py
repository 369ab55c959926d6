"""Poverty with more noise than was measured: what is to be expected of it, without drawing any.

Noise that is normal makes each household poor with a known chance, and chances of several periods
multiply, given what lasts. So the mean over endlessly many noisy copies of a panel is a sum.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ...base.errors import DataError
from ...survey.models.formulas import Formula
from ..baselines import baseline_of
from ..likelihood import Model, counted
from ..links import LINKS
from ..rows import read_rows

TERMS = ("headcount", "exit rate", "entry rate", "poor again", "poor in every period",
         "poor in most periods")  # fmt: skip
_NODES = 15  # of noise that lasts
_NOUGHT = 1e-9  # part of a household that is not looked at


@dataclass(frozen=True)
class Panel:
    """Households by period, and the survey that they are of.

    Attributes
    ----------
    svy : Survey
        With its rows in memory, and sampling units of whole households.
    over : ndarray, households x periods
        Log of income over the line; minus infinity without income, missing where not seen.
    place : ndarray of int
        Cell of each row, in the order of ``order``.
    order : ndarray of int
        Rows by household and time.
    step, before : int
        Periods from one look to the next, and from the look before.
    waves : ndarray of int
        Periods in which anybody was seen.
    """

    svy: object
    over: np.ndarray
    place: np.ndarray
    order: np.ndarray
    step: int
    before: int
    waves: np.ndarray

    @cached_property
    def weight(self):
        """Weight of each cell."""
        made = np.zeros(self.over.size)
        made[self.place] = self.svy.weights[self.order]
        return made.reshape(self.over.shape)

    @cached_property
    def row(self):
        """Row of each cell."""
        made = np.zeros(self.over.size, dtype=np.intp)
        made[self.place] = self.order
        return made.reshape(self.over.shape)

    def chances(self, spread, lasting):
        """Chances to be poor once noise was added: parts by what lasts, each with its share.

        Parameters
        ----------
        spread : float
            Standard deviation of the noise that is added to the log of income.
        lasting : float
            Share of its variance that is the same in all periods of a household.

        Yields
        ------
        share : float
        chance : ndarray, households x periods
        """
        from scipy.special import ndtr

        if spread == 0:
            yield 1.0, np.where(np.isnan(self.over), np.nan, self.over < 0)
            return
        nodes, shares = np.polynomial.hermite_e.hermegauss(_NODES if lasting else 1)
        for node, share in zip(nodes, shares / shares.sum(), strict=True):
            held = self.over + spread * np.sqrt(lasting) * node
            yield share, ndtr(-held / (spread * np.sqrt(1 - lasting)))

    def at(self, chance, offset):
        """Chances so many periods later; missing where there is none."""
        made, width = np.full_like(chance, np.nan), chance.shape[1]
        if abs(offset) < width:
            to = slice(max(-offset, 0), width - max(offset, 0))
            of = slice(max(offset, 0), width + min(offset, 0))
            made[:, to] = chance[:, of]
        return made

    def _parts(self, chance):
        """Above and below each rate, by cell; missing where not seen."""
        then, past = self.at(chance, self.step), self.at(chance, -self.before)
        twice = 0 * then
        yield chance, 1 + 0 * chance
        yield chance * (1 - then), chance + twice
        yield (1 - chance) * then, 1 - chance + twice
        left = past * (1 - chance) + twice
        yield left * then, left
        waves = chance[:, self.waves]
        for value in (waves.prod(axis=1), _most(waves)):
            every = np.full_like(chance, np.nan)
            every[:, self.waves[-1]] = value
            yield every, 1 + 0 * every

    def rates(self, spread, lasting):
        """Rates with more noise, and the influence of sampling units on them.

        Returns
        -------
        values : ndarray
        influences : ndarray, units x rates
        sizes : ndarray, 2 x rates
            Rows that begin there, and the sum of their weights.
        """
        above, below = ([0.0] * len(TERMS) for _ in range(2))
        for share, chance in self.chances(spread, lasting):
            for k, (over, under) in enumerate(self._parts(chance)):
                above[k] = above[k] + share * np.nan_to_num(over)
                below[k] = below[k] + share * np.nan_to_num(under)
        values, influences, sizes = np.full(len(TERMS), np.nan), [], []
        for k, (over, under) in enumerate(zip(above, below, strict=True)):
            whole = (self.weight * under).sum()
            if whole > 0:
                values[k] = (self.weight * over).sum() / whole
            own = self.weight * (over - np.nan_to_num(values[k]) * under) / (whole or 1.0)
            influences.append(self.by_unit(own.ravel()[self.place], self.order))
            sizes.append((((under > 0) & (self.weight > 0)).sum(), whole))
        return values, np.column_stack(influences), np.array(sizes).T

    def by_unit(self, own, rows):
        """Sums of influences of some rows over sampling units."""
        return np.bincount(self.svy.rows.unit_codes[rows], own, len(self.svy.design.stratum))

    def coefficients(self, text, table, spread, lasting):
        """Coefficients of a model of relapse with more noise; as `rates`, with their names.

        Each period out after an exit is a row for each way that it may have ended, with the chance
        of it as a weight.
        """
        parts = []
        for share, chance in self.chances(spread, lasting):
            past = self.at(chance, -self.step)
            for first in range(chance.shape[1]):
                held, duration = past[:, first] * (1 - chance[:, first]), 0
                while first + self.step * (duration + 1) < chance.shape[1]:
                    then = chance[:, first + self.step * (duration + 1)]
                    for event, part in ((1, held * then), (0, held * (1 - then))):
                        some = np.flatnonzero(part > _NOUGHT)
                        parts.append((self.row[some, first], np.full(len(some), duration),
                                      np.full(len(some), event), share * part[some]))  # fmt: skip
                    held, duration = held * (1 - then), duration + 1
        row, duration, event, part = (np.concatenate(one) for one in zip(*parts, strict=True))
        if lasting:  # one row for all parts of what lasts
            keys = pd.DataFrame({"row": row, "duration": duration, "event": event, "part": part})
            keys = (
                keys.groupby(["row", "duration", "event"], sort=False)["part"].sum().reset_index()
            )
            row, duration, event, part = (keys[one].to_numpy() for one in keys)
        weight = self.svy.weights[row] * part
        names = Formula(text, table.columns).columns
        good = weight > 0
        if not good.any():
            raise DataError("No household was seen to leave poverty and then again.", where="argument formula",
                            found=text, remedy="formula=None  # rates alone")  # fmt: skip
        lacks = table[names].isna().any(axis=1).to_numpy()[row] & good
        if lacks.any() and self.svy.missing == "refuse":
            self.svy.rows.refuse_values(
                " or ".join(names), len(np.unique(row[lacks])), "argument formula"
            )
        good &= ~lacks
        row, duration, event, weight = (one[good] for one in (row, duration, event, weight))
        rows = table[names].take(row).reset_index(drop=True).assign(
            household_id=np.arange(len(row)), entry=duration, exit=duration + 1, event=event,
            weight_=weight)  # fmt: skip
        opened = type(self.svy)(rows, weight="weight_").rows
        read = read_rows(opened, names, "household_id", None, "refuse")
        formula = Formula(text, table.columns).bind(read.patterns)
        counts = counted(read.rows, len(read.patterns), int(read.rows.exit.max()))
        shape = baseline_of("dummies", counts)
        model = Model(formula, read.patterns, counts.heard(shape), shape, LINKS["cloglog"])
        model.refuse()
        params, cells = model.fit()
        units = self.svy.rows.unit_codes[row]
        scores = model.unit_scores(params, read.rows, units, len(self.svy.design.stratum))
        plain, kept = model.plain(), slice(len(shape.names), None)
        influences = scores @ np.linalg.inv(model.crossed(cells[2])) @ plain.T
        sizes = np.repeat([[len(row)], [weight.sum()]], len(formula.names), axis=1)
        return (plain @ params)[kept], influences[:, kept], sizes, formula.names


def _most(chance):
    """Chance to be poor in more than half of the periods."""
    count = chance.shape[1]
    made = np.zeros((len(chance), count + 1))
    made[:, 0] = 1
    for one in chance.T:
        made[:, 1:] = made[:, 1:] * (1 - one[:, None]) + made[:, :-1] * one[:, None]
        made[:, 0] *= 1 - one
    return made[:, count // 2 + 1 :].sum(axis=1)
