"""What a study is worth: the expected value of a trial for a decision, minus its cost."""

from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd

from ..base.checks import (
    listed,
    mean,
    nearest,
    need_between,
    need_positive,
    need_share,
    need_whole,
)
from ..base.columns import need_numbers
from ..base.errors import DataError
from ..base.language import in_words, told, words
from ..base.results import Result
from ..base.rounding import digits_of
from ..base.status import Source, handed_on
from .designs import FEWEST, TrialDesign
from .effectiveness import CostEffectiveness
from .information import Smooth

_FEWEST = 50  # draws
_PRECISE = 0.01  # an error of this part of the spread of the draws is taken for none
_CELLS = 500  # into which the draws of the parameter are put together


def study_value(decision, parameter, design, *, willingness, population,
                villages=tuple(range(10, 201, 10)), effect=None, power=0.8, level=0.95):  # fmt: skip
    """Find how many villages a trial needs so that it is worth its cost, for one decision.

    Parameters
    ----------
    decision : CostEffectiveness
        The strategies with their draws, as `povstudy.cost_effectiveness` makes it.
    parameter : str, tuple of str, or sequence of float
        What the trial measures: a column of ``decision.parameters``; two strategies
        ``("social_work", "none")``, for the difference between their effects; or a value for each
        draw.
    design : TrialDesign
        The trial, in the unit of the parameter; its costs in the unit of the costs of the decision.
    willingness : float
        Most that is paid for a unit of effect.
    population : float
        Units that the decision concerns, of those for which effects and costs are told: households,
        or households times years *after* the trial; 1 where they are totals.
    villages : int or list of int
        Numbers that are looked at, in both arms together.
    effect : float, optional
        Of the parameter, for the usual power.
    power, level : float
        Of the usual test: 80 percent, two-sided at 5 percent.

    Returns
    -------
    StudyValue
        With ``.tidy() .summary()``, ``optimum``, ``smallest``, ``powered``, ``evppi`` and ``evpi``.

    Raises
    ------
    DataError
        If there are fewer than 50 draws, the parameter is not there, or a number of the design
        has no meaning.
    DesignError
        If an arm of the trial would have fewer than two villages.

    Notes
    -----
    Today the strategy of greatest expected net benefit (effect times willingness, minus cost) is
    chosen. After the trial it is the one that is best by draws and data together. The expected
    gain is the expected value of sample information (Raiffa and Schlaifer 1961). Net benefits are
    averaged over all other parameters by the regression of ``decision.information()``. The trial is summed up by its estimate, normal around the true value with the error of
    the design; for every estimate that may come, the draws are weighted by its likelihood
    (Menzies 2016), and the integral is taken over a grid. Where the prior is normal and net benefit
    linear this is the unit normal loss integral, and the Gaussian approximation of Jalal and
    Alarid-Escudero (2018); neither is needed here.

    Limits. One parameter is informed, in the population of the decision; a trial that also tells of
    costs is worth more. The standard deviation and the correlation are taken as known. The trial is
    worth its value only if its result is acted on and comes in time: count in ``population`` what is
    still to be decided then. Draws say what is believed: those of too narrow a prior make every study
    look worthless.

    References
    ----------
    Jalal, H., Alarid-Escudero, F. (2018), A Gaussian approximation approach for value of
    information analysis, Medical Decision Making 38. Menzies, N. (2016), An efficient estimator for
    the expected value of sample information, Medical Decision Making 36. Raiffa, H., Schlaifer, R.
    (1961), Applied Statistical Decision Theory, Harvard.

    Examples
    --------
    >>> import numpy as np, pandas as pd, povstudy as ps
    >>> gain = np.random.default_rng(1).normal(0.02, 0.1, 4_000)  # made up: of log income
    >>> decision = ps.cost_effectiveness(pd.DataFrame({"administrative": 0.0, "social_work": gain}),
    ...                                  {"administrative": 0, "social_work": 400})
    >>> trial = ps.TrialDesign(households=20, sd=0.5, icc=0.05, fixed_cost=200_000,
    ...                        village_cost=10_000)
    >>> worth = ps.study_value(decision, ("social_work", "administrative"), trial,
    ...                        willingness=12_000, population=20_000, effect=0.1)
    >>> worth.optimum, worth.smallest, worth.powered
    (60, 10, 79)
    """
    if not isinstance(decision, CostEffectiveness):
        raise DataError("A decision is the result of ps.cost_effectiveness.", where="argument decision",
                        found=type(decision).__name__,
                        remedy="decision = ps.cost_effectiveness(effects, costs)")  # fmt: skip
    effects = decision.effects
    if len(effects) < _FEWEST:
        raise DataError("Too few draws to see when the decision would change.",
                        where="argument decision", found=f"{len(effects)} draws",
                        remedy=f"make at least {_FEWEST} draws; thousands are better")  # fmt: skip
    if not isinstance(design, TrialDesign):
        raise DataError("The trial is told as a TrialDesign.", where="argument design",
                        found=type(design).__name__,
                        remedy="ps.TrialDesign(households=20, sd=1.0, icc=0.05)")  # fmt: skip
    need_positive("willingness", willingness, 1_000, least=0)
    need_positive("population", population, 50_000)
    need_share("level", level, 0.95)
    need_between("power", power, 1 - level, 1, 0.8)
    if effect is not None:
        need_between("effect", effect, -np.inf, np.inf, 0.1)
    counts = listed(villages)
    for one in counts:
        need_whole("villages", one, FEWEST, 60)
    counts = sorted({int(one) for one in counts})
    if not counts:
        raise DataError("No number of villages is given.", where="argument villages", found="none",
                        remedy="villages=[20, 40, 60]")  # fmt: skip
    label, values = _parameter(parameter, effects, decision.parameters)
    net = decision._benefits(willingness)
    best = int(net.mean(axis=0).argmax())
    gains = np.delete(net - net[:, [best]], best, axis=1)
    scale = np.abs(gains).max()
    gains = gains / (scale or 1.0)
    perfect = float(np.maximum(gains, 0).max(axis=1).mean())
    spread = values.std()
    if spread <= 1e-12 * np.abs(values).max():  # nothing to learn
        worth = np.zeros(len(counts) + 1)
    else:
        weight, x, curve = _curves(gains, (values - values.mean()) / spread)
        found = [np.average(np.maximum(curve, 0).max(axis=1), weights=weight)]
        found += [_worth(curve, weight, x, design.std_error(k) / spread) for k in counts]
        worth = np.minimum(found, perfect)
    scale = scale * population
    worths = {"evpi": perfect * scale, "evppi": float(worth[0] * scale)}
    table = pd.DataFrame({
        "villages": counts, "std_error": [design.std_error(k) for k in counts],
        "evsi": worth[1:] * scale, "cost": [design.cost(k) for k in counts],
    })  # fmt: skip
    table["net"] = table["evsi"] - table["cost"]
    table["power"] = np.nan
    if effect is not None:
        table["power"] = [design.power(effect, k, level=level) for k in counts]
    table["minimum_detectable"] = [design.detectable(k, power=power, level=level) for k in counts]
    powered = design.villages(effect, power=power, level=level) if effect else None
    return StudyValue(table, design, label, effects.columns[best], float(willingness),
                      float(population), effect, powered, float(power), float(level), **worths,
                      draws=len(net), status=decision.status, source=decision.source)  # fmt: skip


@dataclass(frozen=True, repr=False)
class StudyValue(Result):
    """What trials of several sizes are worth for a decision; made by `study_value`.

    Attributes
    ----------
    table : DataFrame
        What `tidy` gives, without the kind of data.
    design : TrialDesign
        The trial.
    parameter : str or tuple of str
        What it measures; of two strategies the difference.
    best : str
        Strategy that is best by what is known today.
    willingness, population : float
        As they were given.
    effect : float or None
        Of the usual power.
    powered : int or None
        Villages with which that effect is found with that power; None if it was not told, or
        more than 100,000 are needed.
    power, level : float
        Of the usual test.
    evpi, evppi : float
        What it would be worth to know everything without error, and this parameter alone.
    draws : int
        Draws of the decision.
    status : str
        What the draws are.
    source : Source or None
        Where they come from.
    """

    _figures = {"study_worth": "tidy"}  # noqa: RUF012

    table: pd.DataFrame
    design: TrialDesign
    parameter: object
    best: str
    willingness: float
    population: float
    effect: float | None
    powered: int | None
    power: float
    level: float
    evpi: float
    evppi: float
    draws: int
    status: str
    source: object

    def tidy(self):
        """A row for each number of villages.

        Returns
        -------
        DataFrame
            ``villages std_error evsi cost net power minimum_detectable data_status``: ``evsi`` is
            the expected value of the trial for the whole population of the decision, in the unit
            of costs; ``net`` what is left of it after the cost of the trial.
        """
        return handed_on(self.table.assign(data_status=self.status), self)

    @property
    def optimum(self):
        """Number of villages, of those looked at, with the greatest net value; None if none has any."""
        row = self.table.loc[self.table["net"].idxmax()]
        return int(row["villages"]) if self._gain(row["net"]) else None

    @property
    def smallest(self):
        """Smallest number of villages looked at that is worth its cost; None if none is."""
        worth = self.table.loc[self.table["net"].map(self._gain), "villages"]
        return int(worth.iloc[0]) if len(worth) else None

    def _gain(self, net):
        return net > 1e-9 * self.evpi  # no gain by rounding

    def summary(self, lang="en"):
        """What it says, in words.

        Parameters
        ----------
        lang : {"en", "zh"}
            Language.

        Returns
        -------
        str
        """
        say = in_words("study_value", lang)
        lists = ("approach", "value", "term", *(["parameter"] if lang == "zh" else []))
        word = lambda one: told(one, lang, lists=lists).replace("_", " ")  # noqa: E731
        name, best = self.parameter, word(self.best)
        pair = isinstance(name, tuple)
        name = say["difference"].format(*map(word, name)) if pair else word(name)
        of = lambda row: {  # noqa: E731
            "villages": int(row["villages"]),
            **{one: _money(row[one]) for one in ("cost", "evsi", "net")},
        }
        lines = [say["today"].format(best=best, willingness=_money(self.willingness))]
        if self.evpi <= 0:
            lines.append(say["cannot"].format(draws=self.draws))
        elif self._gain(self.evppi):
            row = self.table.loc[self.table["net"].idxmax()]
            worth = "worth" if self.optimum else "none"
            lines.append(say[worth].format(**of(row)))
            if self.optimum and self.optimum == self.table["villages"].iloc[-1]:
                lines.append(say["edge"])
            if self.optimum and self.smallest != self.optimum:
                lines.append(say["smallest"].format(self.smallest))
            lines.append(say["perfect"].format(_money(self.evpi), name, _money(self.evppi)))
        else:
            lines.append(say["not_this"].format(name))
        if self.effect:
            usual = say["power"] if self.powered else say["never"]
            lines.append(usual.format(effect=self.effect, power=self.power,
                                      alpha=1 - self.level, villages=self.powered))  # fmt: skip
        return Source(self.status, "").heading(words(lang)(" ", "").join(lines), lang, whole=True)


def _money(x):
    """Money in four figures: draws tell no more."""
    return f"{float(f'{x:.4g}'):,.{0 if abs(x) >= 1000 else digits_of(x)}f}"


# What is given --------------------------------------------------------------------------


def _parameter(parameter, effects, known):
    """The name and the draws of what the trial measures."""
    strategies, columns = list(effects.columns), list(getattr(known, "columns", ()))
    if isinstance(parameter, str):
        if parameter not in columns:
            pair = (parameter, next(one for one in strategies if one != parameter))
            near = None if parameter in strategies else nearest(parameter, columns)
            such = (
                pair
                if parameter in strategies
                else near or next(iter(columns), tuple(strategies[:2]))
            )
            raise DataError("There is no such parameter among the draws." + mean(near),
                            where="argument parameter", found=parameter,
                            remedy=f"parameter={such!r}")  # fmt: skip
        label, values = parameter, known[[parameter]]
    elif isinstance(parameter, tuple) and len(parameter) == 2:
        wrong = [one for one in parameter if one not in strategies]
        if wrong:
            near = nearest(wrong[0], strategies)
            such = tuple(near if one in wrong and near else one for one in parameter)
            such = such if set(such) <= set(strategies) else tuple(strategies[:2])
            raise DataError("There is no such strategy." + mean(near), where="argument parameter",
                            found=wrong[0], remedy=f"parameter={such!r}")  # fmt: skip
        label, values = parameter, (effects[parameter[0]] - effects[parameter[1]]).to_frame()
    else:
        label = str(getattr(parameter, "name", None) or "parameter")
        values = pd.DataFrame({label: np.ravel(parameter)})
    if len(values) != len(effects):
        raise DataError("A parameter has one value for each draw.", where="argument parameter",
                        found=f"{len(values):,} values, {len(effects):,} draws",
                        remedy="give the draws that effects and costs were made with")  # fmt: skip
    made = need_numbers("parameter", values.iloc[:, 0])
    if not np.isfinite(made).all():
        row = int(np.argmin(np.isfinite(made)))
        raise DataError("A draw of the parameter is missing, or not finite.",
                        where=f"argument parameter, row {row}", found=made[row],
                        remedy="leave out the whole draw, in effects and costs too")  # fmt: skip
    return label, made


# What it is worth -----------------------------------------------------------------------


def _curves(gains, x):
    """Expected gain of each strategy over today's best, given the parameter, in cells of draws.

    Gives the weight and the mean of each cell, and the curves there.
    """
    smooth, middle = Smooth(pd.DataFrame({"x": x}), ["x"]), gains.mean(axis=0)
    curve = middle + smooth.fitted(gains - middle, smooth.chosen(gains))
    values, cell = np.unique(x, return_inverse=True)
    if len(values) > _CELLS:  # of like weight in the middle, of like width in the tails
        parts = np.linspace(0, 1, _CELLS // 2)[1:-1]
        edges = np.sort(np.r_[np.quantile(x, parts), x.min() + parts * np.ptp(x)])
        cell = np.unique(np.searchsorted(edges, x), return_inverse=True)[1]
    weight = np.bincount(cell).astype(float)
    put = lambda y: np.bincount(cell, y) / weight  # noqa: E731
    return weight / len(x), put(x), np.column_stack([put(one) for one in curve.T])


def _worth(curve, weight, x, error):
    """Expected gain once the parameter was measured with this error."""
    error = max(error, _PRECISE)
    step = min(error / 4, (np.ptp(x) + 14 * error) / 2000)
    grid = np.arange(x.min() - 7 * error, x.max() + 7 * error + step, step)
    total = 0.0
    for part in np.array_split(grid, ceil(len(grid) / 2000)):
        likely = weight * np.exp(-(((part[:, None] - x) / error) ** 2) / 2)
        total += np.maximum(likely @ curve, 0).max(axis=1).sum()
    return float(total * step / (error * np.sqrt(2 * np.pi)))
