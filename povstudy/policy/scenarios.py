"""What one budget buys under several plans, over all that is not known."""

from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd

from ..base.checks import need_one_of, need_positive
from ..base.errors import DataError
from ..base.language import headed, in_words, told
from ..base.progress import watched
from ..base.results import Result
from ..base.rounding import digits_of, number
from ..base.status import Source, handed_on
from ..simulation.matching import matched_parameters
from ..simulation.parameters import Scenario
from ..simulation.run import in_processes
from .plans import SUMS, County, need_amounts, need_run, plans_of, prices_of, refuse_beyond

SOURCE = Source("simulated", "povstudy.budget, a fictional county", "povstudy.budget，虚构县")
LEVEL = 0.9  # of the draws
OUTCOMES = (
    "villages", "spending", "unspent", "poverty", "poverty_free_years", "years_gained", "relapse",
    "relapses", "relapses_averted", "wrongly_listed", "left_out",
)  # fmt: skip
SHARES = ("poverty", "relapse", "wrongly_listed", "left_out")


@dataclass(frozen=True, repr=False)
class Budget(Result):
    """What a budget buys: outcomes of each plan over draws of what is not known.

    Attributes
    ----------
    draws : DataFrame
        ``plan draw`` and a column for each outcome (as of `tidy`), a row for each plan and draw.
    parameters : DataFrame
        What was drawn: a row for each draw, a column for each parameter, effect and price that
        varies.
    paths : ndarray
        Sums over the county for each draw, plan and number of helped villages.
    total : float
        The budget, yuan.
    plans : dict
        Plans by their names.
    households, years : int
        Of the county; of the run.
    """

    _figures = {"budget_frontier": "tidy"}  # noqa: RUF012

    draws: pd.DataFrame
    parameters: pd.DataFrame
    paths: np.ndarray
    total: float
    plans: dict
    households: int
    years: int

    @property
    def source(self):
        """Where the numbers come from: a simulation."""
        return SOURCE

    @property
    def effects(self):
        """Years above the line that each plan gains: a row for each draw; ``none`` is no help."""
        effects = self._wide("years_gained")
        effects.attrs["unit"] = ("yuan for a poverty-free year", "元（每个无贫困年）")
        return effects

    @property
    def costs(self):
        """Yuan that each plan spends: a row for each draw; ``none`` is no help."""
        return self._wide("spending")

    def _wide(self, outcome):
        plans = {one: part[outcome].to_numpy() for one, part in self._parts()}
        return handed_on(pd.DataFrame({"none": 0.0} | plans, index=self.parameters.index), SOURCE)

    def _parts(self):
        return self.draws.groupby("plan", sort=False)

    def tidy(self):
        """Outcomes of each plan.

        Returns
        -------
        DataFrame
            ``plan budget outcome estimate ci_low ci_high mc_error draws interval definition
            data_status``. The estimate is the mean of the draws, the interval the range of the
            central 90 percent of them: it tells how much is not known, and is no confidence
            interval. ``mc_error`` is the error of the mean for there being so many draws and no
            more.
        """
        return _table({(one, self.total): part for one, part in self._parts()})

    def frontier(self, totals):
        """Outcomes of each plan for several budgets, from the same draws.

        Parameters
        ----------
        totals : sequence of float
            Budgets, yuan for the whole run.

        Returns
        -------
        DataFrame
            As `tidy`, for each plan and budget.

        Raises
        ------
        DataError
            For a budget that is left over under every plan and draw when all villages are
            helped: nothing more was simulated.
        """
        totals = need_amounts("totals", totals, 10_000_000)
        most = self.paths[:, :, 0, -1].max()
        refuse_beyond("totals", totals.max(), most, f"{most / 2:.0f}, {0.999 * most:.0f}")
        found = {total: self._bought(total) for total in totals}
        return _table({(plan, total): {name: values[:, at] for name, values in found[total].items()}
                       for at, plan in enumerate(self.plans) for total in totals})  # fmt: skip

    def _bought(self, total):
        return _bought(self.paths, total, self.households, self.years)

    def contrast(self, plan, minus):
        """How two plans differ, draw by draw.

        Parameters
        ----------
        plan, minus : str
            Names of plans.

        Returns
        -------
        DataFrame
            As `tidy`, of the differences ``plan`` minus ``minus``; ``above`` and ``below`` are
            the shares of draws in which the difference is more, and is smaller, than zero.

        Raises
        ------
        DataError
            If there is no such plan.
        """
        for name, value in (("plan", plan), ("minus", minus)):
            need_one_of(name, value, list(self.plans))
        draws = self.draws.set_index(["plan", "draw"])
        a, b = draws.loc[plan], draws.loc[minus]
        made = _table({(f"{plan} - {minus}", self.total): a - b})
        for name, share in (("below", a < b), ("above", a > b)):
            made.insert(7, name, share[made["outcome"]].mean().to_numpy())
        return made

    def _main(self, lang):
        table, rows = self.tidy(), []
        name, shown = in_words("budget_outcome", lang), in_words("shown", lang)
        for row in table.itertuples():
            percent, head = row.outcome in SHARES, name[row.outcome]
            scale = 100 if percent else 1
            three = [scale * one for one in (row.estimate, row.ci_low, row.ci_high)]
            size = max(map(abs, three))
            digits = 0 if size >= 1000 else digits_of(size, percent)
            mean, *ends = (number(one, digits) for one in three)
            rows.append({
                "plan": told(row.plan, lang, lists=["value"]),
                "outcome": shown["percent"].format(head) if percent else head,
                "mean": mean, "range": shown["range"].format(*ends),
                "mc_error": number(scale * row.mc_error, digits + 1),
            })  # fmt: skip
        return handed_on(headed(pd.DataFrame(rows), "budget_table", lang), SOURCE)

    def summary(self, lang="en"):
        """Say in words what the budget buys under each plan.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        say, lines = in_words("budget", lang), []
        count, last = self.paths.shape[-1] - 1, len(self.parameters)
        first = say["first"].format(self.total, self.households, count, self.years, last)
        lines.append(SOURCE.heading(first, lang))
        none = _bought(self.paths[:, :1, :, :1], 0.0, self.households, self.years)
        none = pd.DataFrame({name: values[:, 0] for name, values in none.items()})
        for plan, part in [("none", none), *self._parts()]:
            found = {}
            for row in _table({(plan, self.total): part}).itertuples():
                share = row.outcome in SHARES
                three = ((100 if share else 1) * one for one in (row.estimate, row.ci_low, row.ci_high))  # fmt: skip
                found[row.outcome] = say["share" if share else "number"].format(*three)
            name, full = told(plan, lang, lists=["value"]), part["villages"] == count
            lines.append(say["none" if plan == "none" else "plan"].format(name, **found))
            if full.any():
                left = part.loc[full, "unspent"].mean()
                lines.append(say["all"].format(100 * full.mean(), name, left))
        return "\n".join([*lines, say["range"]])


def _bought(paths, total, households, years):
    """Outcomes of a total: arrays by draw and plan."""
    cost = paths[:, :, 0]
    reached = (cost <= total).sum(axis=-1) - 1  # costs of villages are never below 0
    at = np.take_along_axis(paths, reached[:, :, None, None], axis=-1)[..., 0]
    now, none = (dict(zip(SUMS, np.moveaxis(one, -1, 0), strict=True)) for one in (at, paths[..., 0]))  # fmt: skip
    return {
        "villages": reached.astype(float),
        "spending": now["cost"],
        "unspent": total - now["cost"],
        "poverty": now["below_years"] / (households * years),
        "poverty_free_years": now["free_years"],
        "years_gained": now["free_years"] - none["free_years"],
        "relapse": share_of(now["falls"], now["exits"]),
        "relapses": now["falls"],
        "relapses_averted": none["falls"] - now["falls"],
        "wrongly_listed": share_of(now["wrongly_listed"], now["listed"]),
        "left_out": share_of(now["left_out"], now["poor"]),
    }


def share_of(part, whole):
    """Part of a whole, missing where there is none."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)


def range_of(values):
    """Mean, ends of the central part, and Monte Carlo error of the mean of draws."""
    ends = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    error = np.std(values, axis=0, ddof=1) / np.sqrt(len(values))
    return np.mean(values, axis=0), *ends, error


def _table(parts):
    """Rows of `Budget.tidy` for draws of each plan and budget."""
    say, rows = in_words("budget_definition", "en"), []
    for (plan, total), part in parts.items():
        for outcome in OUTCOMES:
            values = np.asarray(part[outcome])
            values = values[~np.isnan(values)]  # a share of nobody
            mean, low, high, error = range_of(values) if len(values) > 1 else [np.nan] * 4
            rows.append({
                "plan": plan, "budget": total, "outcome": outcome, "estimate": mean,
                "ci_low": low, "ci_high": high, "mc_error": error, "draws": len(values),
                "interval": f"range of the draws, central {100 * LEVEL:g} %",
                "definition": say[outcome], "data_status": "simulated",
            })  # fmt: skip
    made = pd.DataFrame(rows)
    made.attrs["level"] = LEVEL
    return handed_on(made, SOURCE)


# Draws ----------------------------------------------------------------------------------


def drawn(draws, seed, effect, prices):
    """Scenario, effect and prices of each draw, and a table of all that varies.

    Parameters
    ----------
    draws, seed : int
        How many; of the random numbers. The first are the same when there are more.
    effect : None, float or array
        Of social work: from its prior (uniform over its range), one for all, or one for each.
    prices : Prices
        Numbers or ranges.

    Returns
    -------
    list of tuple
        ``scenario effect prices``.
    DataFrame
    """
    known = matched_parameters()
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,)))
    rows = rng.permutation(len(known))[np.arange(draws) % len(known)]
    about = Scenario.__dataclass_fields__["social_work_effect"].metadata
    low, high = about["low"], about["high"]
    found, varied = [], []
    given = None if effect is None else _effects(effect, draws, low, high)
    varying = [one for one in known if known[one].nunique() > 1 and one != "social_work_effect"]
    for draw, values in enumerate(known.iloc[rows].to_dict("records")):
        own = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(draw, 0)))
        prior = own.uniform(low, high)
        one = float(prior if given is None else given[draw])
        paid = prices.drawn(own)
        found.append((Scenario(**values), one, paid))
        varied.append({name: values[name] for name in varying} | {"social_work_effect": one}
                      | {f"price_{name}": getattr(paid, name) for name in prices.varying()})  # fmt: skip
    return found, handed_on(pd.DataFrame(varied), SOURCE)


def _effects(effect, draws, low, high):
    given = np.asarray(effect, object)
    good = all(isinstance(one, Real) and not isinstance(one, bool) and low <= one <= high for one in given.flat)  # fmt: skip
    if not good or given.shape not in ((), (draws,)):
        raise DataError(
            f"The effect of social work is a number from {low:g} to {high:g}, or one for each draw.",
            where="argument effect", found=repr(effect)[:80], remedy="effect=0.03",
        )  # fmt: skip
    return np.broadcast_to(given.astype(float), draws)


def _follow(task):
    """Paths of all plans in one draw."""
    (scenario, effect, prices), plans, years, key, households = task
    county = County(scenario, years, key, households, prices)
    return np.stack([county.path(plan, effect) for plan in plans])


def budget(total, plans, households=50_000, years=8, draws=100, seed=0, effect=None, prices=None,
           workers=1):  # fmt: skip
    """Tell what one budget buys under several plans, over all that is not known.

    Parameters
    ----------
    total : float
        Yuan for the whole run.
    plans : dict of Plan, or Plan
        Ways to spend it, by their names.
    households : int
        Of the county, which has villages of 50: at most 50,000.
    years : int
        Of the run, from 5 to 20.
    draws : int
        How many draws of what is not known: a set of parameters that keeps all targets of the
        calibration, an effect of social work from its prior, prices that are ranges, and the
        random numbers of the county. Every plan sees the same draws.
    seed : int
        Of the random numbers.
    effect : float or array, optional
        Of social work, log points, in place of its prior (uniform over its range, which holds
        zero): one for all draws or one for each.
    prices : Prices, optional
        What is paid; the defaults where none are given.
    workers : int
        Processes. They do not change the result. (In a script, call it under
        ``if __name__ == "__main__":`` where there are two or more.)

    Returns
    -------
    Budget

    Raises
    ------
    DataError
        For what is no plan, amount, price or size, or was not simulated.

    Notes
    -----
    The county helps village after village, those that seem to need it most first, until the
    next one can no longer be paid for the whole run; what is left is ``unspent``. Which of the
    helped villages get which approach is fixed by a number of each village, the same for all
    plans. A village costs its helpers (years of households on the list by the caseload, a part
    of that for those accompanied after their exit), transfers, and visits: see `Prices`. Helpers
    may serve several villages. Villages do not touch each other; nobody moves between them.

    What comes out was put in: it tells what follows if the assumptions hold, never whether help
    works.

    Examples
    --------
    >>> import povstudy as ps
    >>> plans = {"office": ps.Plan(social_work=0.0), "mixed": ps.Plan(social_work=0.5)}
    >>> found = ps.budget(500_000, plans, households=5_000, draws=4)
    >>> found.contrast("mixed", "office")["plan"].unique().tolist()
    ['mixed - office']
    >>> same = ps.budget(500_000, plans, households=5_000, draws=4, effect=0)
    >>> bool(same.contrast("mixed", "office")["estimate"].eq(0).all())
    True
    """
    need_positive("total", total, 10_000_000)
    plans, prices = plans_of(plans), prices_of(prices)
    households, years, draws, seed, workers = need_run(households, years, draws, seed, workers)
    found, parameters = drawn(draws, seed, effect, prices)
    tasks = [(one, list(plans.values()), years, (seed, draw), households)
             for draw, one in enumerate(found)]  # fmt: skip
    paths = np.stack(list(watched(in_processes(_follow, tasks, workers), "budget draws", draws)))
    bought = _bought(paths, float(total), households, years)
    parts = [pd.DataFrame({"plan": one, "draw": np.arange(draws)}
                          | {name: values[:, at] for name, values in bought.items()})
             for at, one in enumerate(plans)]  # fmt: skip
    table = handed_on(pd.concat(parts, ignore_index=True), SOURCE)
    return Budget(table, parameters, paths, float(total), dict(plans), households, years)
