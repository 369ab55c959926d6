"""Cost-effectiveness: which approach is worth its price, and how sure that is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base.checks import mean as asked
from ..base.checks import nearest, need_one_of, need_share
from ..base.errors import DataError
from ..base.language import in_words, printed, spoken
from ..base.results import Result
from ..base.rounding import short
from ..base.status import Source, handed_on
from ..survey.shares import reach_of
from .dominance import STATUSES, compared, ratios
from .information import amounts, chances, greatest, grouped, spread_of, worth
from .sentences import sentences
from .strategies import read, source_and_status, together
from .swings import one_way, two_way

_UNIT = ("yuan for a unit of effect", "元（每单位效果）")


@dataclass(frozen=True, repr=False)
class CostEffectiveness(Result):
    """Effects and costs of strategies together, as `cost_effectiveness` makes them.

    Attributes
    ----------
    strategies : list
        Their names.
    effects, costs : DataFrame
        Draws, a column for each strategy. Of effects of which lower is better, their negatives.
    parameters : DataFrame or None
        Draws of what effects and costs hang on, in the same rows.
    reference : object
        The strategy that increments are told against.
    mean, cov : ndarray
        Of all effects, then all costs.
    df : float
        Degrees of freedom of the errors, for Fieller sets.
    normal : bool
        Whether estimates with errors were given: draws are then normal.
    notes : tuple of str
        What the summary has to tell of how it was made.
    left_out : list
        Strategies that have a cost and no effect.
    unit : str or tuple of str
        Of amounts for a unit of effect.
    dropped : int
        Draws that were left out as a value was missing.
    status : str
        What the data are.
    source : Source or None
        Where they come from.
    """

    _figures = {  # noqa: RUF012
        "cost_plane": "plane", "acceptability": "acceptability", "cost_frontier": "frontier",
        "information_curve": "information",
    }  # fmt: skip

    effects: pd.DataFrame
    costs: pd.DataFrame
    parameters: pd.DataFrame | None
    reference: object
    mean: np.ndarray
    cov: np.ndarray
    df: float
    normal: bool
    notes: tuple = ()
    left_out: tuple = ()
    unit: object = _UNIT
    dropped: int = 0
    status: str = "reported"
    source: Source | None = None

    @property
    def strategies(self):
        """Names of the strategies, in the order of their columns."""
        return list(self.effects.columns)

    # Tables.

    def frontier(self, level=0.95):
        """Which strategies are worth looking at, and what the next unit of effect costs.

        Parameters
        ----------
        level : float
            Of the Fieller sets.

        Returns
        -------
        DataFrame
            By rising cost: ``strategy effect cost status against incremental_effect
            incremental_cost icer ci_low ci_high shape method data_status``. ``status`` is
            ``frontier``, ``dominated`` (another brings as much for no more money) or
            ``extendedly dominated`` (a mix of two others does). ``against`` is the one before on
            the frontier, or the one that dominates; a dominated strategy has no ratio. ``shape``
            is as of `fieller`.
        """
        need_share("level", level, 0.95)
        size = len(self.strategies)
        order, status, against = compared(self.mean[:size], self.mean[size:])
        pairs = list(zip(order, against, strict=True))
        made = ratios(self.strategies, self.mean, self.cov, pairs, level, self.df)
        without = np.array([one == STATUSES[1] for one in status])
        made.loc[without, ["icer", "ci_low", "ci_high"]] = np.nan
        made.loc[without, "shape"] = None
        made = pd.concat([self._levels(order).assign(status=status), made], axis=1)
        return self._finished(made, level)

    tidy = frontier

    def ratios(self, reference=None, level=0.95):
        """Ratio of each strategy to one of them, with its Fieller set.

        Parameters
        ----------
        reference : object, optional
            The strategy that all others are set against; by default `reference`.
        level : float
            Of the sets.

        Returns
        -------
        DataFrame
            As of `frontier`, without ``status``. A ratio below 0 is of a strategy that brings more
            for less money, or less for more: look at the increments.
        """
        need_share("level", level, 0.95)
        base = self._at(self.reference if reference is None else reference, "reference")
        rest = [at for at in range(len(self.strategies)) if at != base]
        made = ratios(
            self.strategies, self.mean, self.cov, [(at, base) for at in rest], level, self.df
        )
        return self._finished(pd.concat([self._levels(rest), made], axis=1), level)

    def net_benefit(self, willingness, level=0.95):
        """Net benefit of each strategy minus that of the reference: effect in money, minus cost.

        Parameters
        ----------
        willingness : float or sequence of float
            Money for a unit of effect.
        level : float
            Of the intervals: t, or of draws normal.

        Returns
        -------
        DataFrame
            ``willingness strategy against estimate std_error ci_low ci_high method data_status``.
        """
        need_share("level", level, 0.95)
        base, rows = self._at(self.reference), []
        reach = reach_of(level, self.df)
        for amount in amounts(willingness):
            for at, name in enumerate(self.strategies):
                if at != base:
                    weights = self._weights(amount, at, base)
                    value, error = weights @ self.mean, spread_of(weights, self.cov)
                    rows.append((amount, name, self.strategies[base], value, error,
                                 value - reach * error, value + reach * error))  # fmt: skip
        made = pd.DataFrame(rows, columns=["willingness", "strategy", "against", "estimate", "std_error",
                                           "ci_low", "ci_high"])  # fmt: skip
        return self._finished(made, level)

    def plane(self):
        """Draws of what each strategy brings and costs more than the reference.

        Returns
        -------
        DataFrame
            ``strategy draw incremental_effect incremental_cost``.
        """
        base, count = self.reference, len(self.effects)
        made = [pd.DataFrame({
            "strategy": name, "draw": np.arange(count),
            "incremental_effect": (self.effects[name] - self.effects[base]).to_numpy(),
            "incremental_cost": (self.costs[name] - self.costs[base]).to_numpy(),
        }) for name in self.strategies if name != base]  # fmt: skip
        made = pd.concat(made, ignore_index=True)
        made.attrs["reference"] = base
        return self._finished(made)

    def acceptability(self, willingness=None):
        """How likely each strategy has the greatest net benefit, by the amount one would pay.

        Parameters
        ----------
        willingness : float or sequence of float, optional
            Money for a unit of effect; without it 41 amounts from 0 to twice the highest ratio of
            the frontier.

        Returns
        -------
        DataFrame
            ``willingness strategy probability net_benefit best``: ``best`` marks the strategy of
            the greatest expected net benefit, whose probabilities are the acceptability
            frontier. Ties go to the first.
        """
        rows, size = [], len(self.strategies)
        for amount in amounts(willingness, self._amounts):
            expected = amount * self.mean[:size] - self.mean[size:]
            if self.normal and size == 2:
                chance = chances(self._weights(amount, 0, 1), self.mean, self.cov)
            else:
                first = greatest(self._benefits(amount))
                chance = np.bincount(first, minlength=size) / len(first)
            best = np.arange(size) == greatest(expected)
            rows.append(pd.DataFrame({
                "willingness": amount, "strategy": self.strategies, "probability": chance,
                "net_benefit": expected, "best": best,
            }))  # fmt: skip
        return self._finished(pd.concat(rows, ignore_index=True))

    def information(self, willingness=None, groups=None):
        """What knowing more would be worth: all, or some parameters.

        Parameters
        ----------
        willingness : float or sequence of float, optional
            As of `acceptability`.
        groups : dict, optional
            For each name the parameters that one would learn together, such as
            ``{"both effects": ["effect of a", "effect of b"]}``; without it each by itself.
            Without `parameters` they are ``effect of ...`` and ``cost of ...`` each strategy.

        Returns
        -------
        DataFrame
            ``willingness parameter value std_error``: ``all`` is the expected value of perfect
            information, for each one whom effects and costs are of. ``std_error`` is that of
            Monte Carlo; 0 where there is a closed form.

        Notes
        -----
        The value of knowing a group is that of choosing by its conditional mean net benefits,
        which a regression of net benefits on the group tells (Strong, Oakley and Brennan 2014):
        natural cubic splines of a parameter (a mean for each value, where it has up to eight),
        their products of two, splines and products of pairs of more. How many pieces they have is
        chosen by the criterion of Schwarz (1978), for each strategy; none may be best, so that a
        parameter that matters nothing is worth 0. Its error holds that of the slopes. A group whose parameters work together in threes, or
        with steps, is worth more than this tells.

        References
        ----------
        Schwarz, G. (1978), Estimating the dimension of a model, Annals of Statistics 6. Strong, M., Oakley, J., Brennan, A. (2014), Estimating multiparameter partial expected
        value of perfect information from a probabilistic sensitivity analysis sample, Medical
        Decision Making 34.
        """
        rows, own = self._rows()
        made = worth(self.normal, self.mean, self.cov, self._benefits, rows, own,
                     grouped(rows, groups), amounts(willingness, self._amounts))  # fmt: skip
        return self._finished(made)

    def tornado(self, willingness, by=None, strategy=None):
        """How far the answer hangs on each parameter, or on two of them together.

        Parameters
        ----------
        willingness : float
            Money for a unit of effect.
        by : tuple of two names, optional
            Two parameters, for a table of both.
        strategy : object, optional
            Whose net benefit, minus that of the reference; without it the best of the others.

        Returns
        -------
        DataFrame
            ``parameter low high at_low at_high base strategy against``, the widest first: the mean
            of the incremental net benefit where the parameter is at its 5 and 95 percent
            quantile, the others as they then are; ``base`` is the mean of all. With ``by``, the two
            parameters, ``value`` (the same mean) and ``best``, the strategy of the greatest.

        Notes
        -----
        Means are those of the regression of `information`: where parameters go together, a
        parameter at its end takes the others with it.
        """
        given = amounts(willingness)
        if len(given) != 1:
            raise DataError("A tornado is of one amount for a unit of effect.", where="argument willingness",
                            found=list(given)[:5], remedy=f"willingness={given[0]:g}")  # fmt: skip
        base, values = self._at(self.reference), self._benefits(given[0])
        size = len(self.strategies)
        expected = given[0] * self.mean[:size] - self.mean[size:]
        rest = [at for at in range(size) if at != base]
        at = rest[int(greatest(expected[rest]))]
        if strategy is not None:
            at = self._at(strategy, "strategy")
        if at == base:
            raise DataError("A strategy is compared with another.", where="argument strategy",
                            found=strategy, remedy=f"strategy={self.strategies[rest[0]]!r}")  # fmt: skip
        (rows, own), names = self._rows(), (self.strategies[at], self.strategies[base])
        linear = self.normal and own
        if by is None:
            made = one_way(rows, values[:, at] - values[:, base], linear)
            made = made.assign(strategy=names[0], against=names[1])
        else:
            made = two_way(rows, by, values, self.strategies, (at, base), linear)
        made.attrs |= {"willingness": float(given[0]), "strategy": names[0], "against": names[1]}
        return self._finished(made)

    # What they are made of.

    def _at(self, name, argument="reference"):
        if name not in self.strategies:
            raise DataError("There is no such strategy." + asked(nearest(name, self.strategies)),
                            where=f"argument {argument}", found=name,
                            remedy=f"{argument}={self.strategies[0]!r}")  # fmt: skip
        return self.strategies.index(name)

    def _levels(self, order):
        size = len(self.strategies)
        at = np.asarray(order, dtype=int)
        return pd.DataFrame({"strategy": [self.strategies[one] for one in at],
                             "effect": self.mean[:size][at], "cost": self.mean[size:][at]})  # fmt: skip

    def _weights(self, amount, at, base):
        size = len(self.strategies)
        made = np.zeros(2 * size)
        made[[at, base]] = amount, -amount
        made[[size + at, size + base]] = -1.0, 1.0
        return made

    def _benefits(self, amount):
        return amount * self.effects.to_numpy() - self.costs.to_numpy()

    def _rows(self):
        """Draws of parameters, and whether they are effects and costs themselves."""
        if self.parameters is not None:
            return self.parameters, False
        named = {f"{kind} of {name}": table[name] for kind, table in (("effect", self.effects), ("cost", self.costs))
                 for name in self.strategies}  # fmt: skip
        rows = pd.DataFrame(named)
        return rows.loc[:, np.ptp(rows.to_numpy(), axis=0) > 0], True

    def _amounts(self):
        """Amounts where the answer may turn: from 0 to twice the highest ratio of the frontier."""
        table = self.frontier()
        most = table.loc[table["status"] == STATUSES[0], "icer"].max()
        if not most > 0:  # one strategy is best whatever is paid: where increments are of one size
            size = len(self.strategies)
            gaps = [np.ptp(part) or np.sqrt(np.diag(self.cov)[own].max()) for part, own in (
                (self.mean[:size], slice(0, size)), (self.mean[size:], slice(size, None)))]  # fmt: skip
            most = gaps[1] / gaps[0] if min(gaps) > 0 else 1.0
        return np.linspace(0, 2 * most, 41)

    def _finished(self, made, level=None):
        if level is not None:
            made["method"] = "Fieller" if "icer" in made else "normal" if np.isinf(self.df) else "t"
            made.attrs["level"] = level
        made["data_status"] = self.status
        made.attrs["unit"] = self.unit
        return handed_on(made, self)

    # In words.

    def summary(self, lang="en"):
        """Which strategy for which amount, how sure that is, and how it was found, in words.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        say = in_words("worth_its_price", lang)
        shown = ["strategy", "effect", "cost", "status", "icer", "ci_low", "ci_high", "shape"]
        first, *rest = sentences(self, lang)
        made = self.frontier()[shown]
        figures = made.select_dtypes("number").map(lambda one: "" if np.isnan(one) else short(one))
        table = f"{say['table']}\n{printed(made.assign(**figures), lang)}"
        return "\n\n".join([first, table, "\n".join(rest)])

    def _told(self, lang):
        return "\n".join(sentences(self, lang))

    def _main(self, lang):
        return self.frontier().drop(columns=["method"])


def cost_effectiveness(effects, costs, *, reference=None, parameters=None, covariance=None,
                       better="higher", unit=None, draws=10_000, seed=0, missing="refuse"):  # fmt: skip
    """Tell which strategy is worth its price, for any amount that a unit of effect is worth.

    Parameters
    ----------
    effects : result, dict, Series or DataFrame
        What each strategy brings, for each person or household, in one of these forms:

        - a result of the package with its covariance: `compare`, `trial_effects`,
          `adjusted_effects`, a contrast of them, or any measure ``by="approach"``
          (`restricted_mean`, or `mean` of `stayed_out`);
        - a number for each strategy, or a number and its standard error:
          ``{"none": 0, "social_work": (0.4, 0.1)}``; or rows of the truth of a simulation;
        - draws: a row for each draw, a column for each strategy.
    costs : as effects
        What each strategy costs, for each one whom effects are of: as effects, or what
        `programme_costs` gives. Of draws, paired with the effects by row.
    reference : object, optional
        The strategy that others are told against; the cheapest without it. Effects (or costs) that
        are differences do not name it: it has 0 there, and 0 for sure. `compare`, `trial_effects` and contrasts know
        what they are differences from.
    parameters : DataFrame, optional
        Draws of what effects and costs were made of, a column for each, in the rows of the draws.
    covariance : dict, optional
        For each strategy the covariance of its effect and its cost, where they are estimates;
        0 without it, which the summary says.
    better : {"higher", "lower"}
        Whether more of the effect is wanted. ``"lower"``, as of poverty or relapses: effects are
        turned round, and count how much is averted.
    unit : str or tuple of str
        Of an amount for a unit of effect, in English and Chinese, such as ``("yuan for a year
        above the line", "元（每多一年线上生活）")``; without it, as the effects of a budget tell it.
    draws, seed : int
        Where estimates are given: how many normal draws, and their seed.
    missing : {"refuse", "drop"}
        Rows of draws with a missing value: refused, or left out and counted.

    Returns
    -------
    CostEffectiveness
        ``.summary() .frontier() .ratios() .net_benefit() .plane() .acceptability()
        .information() .tornado() .plot()``.

    Raises
    ------
    DataError
        If there are fewer than two strategies, a strategy has effects and no costs (and is not the
        reference), a value is missing, draws are not paired, or there is no error.

    Notes
    -----
    Net benefit is the amount for a unit of effect times the effect, minus the cost (Stinnett and
    Mullahy 1998). Nothing is discounted here: discount costs and years alike, where they are made.

    Of estimates, draws are normal and have exactly their means and covariances, so that ratios,
    Fieller sets and net benefits are those of the estimates. Of two strategies, acceptability and
    the value of perfect information are exact. Fieller sets take t quantiles with the fewest
    degrees of freedom of the estimates; of draws, normal ones with the covariance of the draws.

    References
    ----------
    Stinnett, A., Mullahy, J. (1998), Net health benefits: a new framework for the analysis of
    uncertainty in cost-effectiveness analysis, Medical Decision Making 18. Fenwick, E., Claxton,
    K., Sculpher, M. (2001), Representing uncertainty: the role of cost-effectiveness acceptability
    curves, Health Economics 10. Fieller, E. (1954), Some problems in interval estimation, Journal
    of the Royal Statistical Society B 16.

    Examples
    --------
    Years above the line of five, and yuan for each household:

    >>> import povstudy as ps
    >>> found = ps.cost_effectiveness(
    ...     {"none": (3.0, 0.1), "administrative": (3.4, 0.1), "social_work": (3.9, 0.1)},
    ...     {"none": 0, "administrative": (900, 50), "social_work": (1900, 80)},
    ...     unit=("yuan for a year above the line", "元（每多一年线上生活）"))
    >>> found.frontier()[["strategy", "status", "icer"]].round(0).values.tolist()
    [['none', 'frontier', nan], ['administrative', 'extendedly dominated', 2250.0], \
['social_work', 'frontier', 2111.0]]
    >>> found.acceptability(3000).query("best")["strategy"].item()
    'social_work'
    """
    need_one_of("better", better, ("higher", "lower"))
    unit = getattr(effects, "attrs", {}).get("unit", _UNIT) if unit is None else unit
    spoken(unit, "en")
    sides = read(effects, "effects"), read(costs, "costs")
    joint = together(*sides, reference, parameters, covariance, draws, seed, missing)
    size = len(joint.names)
    sign = np.r_[np.full(size, 1.0 if better == "higher" else -1.0), np.ones(size)]
    mean, cov, made = joint.mean * sign, joint.cov * np.outer(sign, sign), joint.draws * sign
    base = joint.names.index(joint.reference)
    gaps = np.delete(mean[:size] - mean[base], base)
    notes = ["lower"] if better == "lower" else []
    notes += ["all_below"] if (gaps < 0).all() else []
    notes += ["independent"] if joint.independent else []
    notes += ["bounded"] if sides[1].bounded else []
    source, status = source_and_status(
        (effects, costs, parameters), [one.status for one in sides if one.status]
    )
    return CostEffectiveness(
        pd.DataFrame(made[:, :size], columns=joint.names), pd.DataFrame(made[:, size:], columns=joint.names),
        joint.parameters, joint.reference, mean, cov, joint.df, joint.normal, tuple(notes),
        tuple(joint.left_out), unit, joint.dropped, status, source,
    )  # fmt: skip
