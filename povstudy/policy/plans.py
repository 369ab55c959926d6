"""How a county may spend one budget, what that costs, and the sums by which villages add up."""

from dataclasses import dataclass, field, fields, replace
from numbers import Real

import numpy as np
import pandas as pd

from ..base.checks import need_between, need_one_of, need_positive, need_share, need_whole
from ..base.errors import DataError
from ..base.language import in_words
from ..simulation.villages import CASELOADS, Villages
from ..simulation.world.mechanisms import APPROACHES, DOSE

LONGEST = 5  # years of accompaniment
SUMS = ("cost", "below_years", "free_years", "exits", "falls", "listed", "wrongly_listed", "poor",
        "left_out")  # fmt: skip
_LEVERS = ("caseload", "third_party", "audit", "accompaniment", "collaboration")
_STEP = (np.sqrt(5) - 1) / 2  # of the golden ratio: any run of villages has nearly the shares


@dataclass(frozen=True)
class Plan:
    """One way to spend a budget on the villages of a county.

    Attributes
    ----------
    social_work, both : float
        Shares of the helped villages that get social work, and half a team of each kind; the
        others get administrative help.
    caseload : float
        Households per helper, from 6 to 18.
    collaboration : float
        Share of the villages with social work where it is done in collaboration; by contract in
        the others.
    third_party : bool
        A third party lists, in helped villages, in place of cadres; whoever helps.
    audit : float
        Share of households of helped villages that are visited again before help begins.
    accompaniment : int
        Years after its exit in which a household is still visited, from 0 to 5.

    Raises
    ------
    DataError
        For what was not simulated: shares outside 0 and 1 or above 1 together, other caseloads,
        longer accompaniment.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.Plan(social_work=0.5, accompaniment=2).caseload
    9.0
    >>> ps.Plan(social_work=0.8, both=0.4)
    Traceback (most recent call last):
    povstudy.base.errors.DataError: Shares of villages add up to more than all of them.
      where: arguments social_work, both
      found: 1.2
      remedy: both=0.2
    """

    social_work: float = 0.25
    both: float = 0.0
    caseload: float = 9.0
    collaboration: float = 0.4
    third_party: bool = False
    audit: float = 0.0
    accompaniment: int = 0

    def __post_init__(self):
        """Refuse what was not simulated."""
        for name in ("social_work", "both", "collaboration", "audit"):
            need_share(name, getattr(self, name), ends=(0, 1))
        whole = self.social_work + self.both
        if whole > 1 + 1e-12:
            raise DataError(
                "Shares of villages add up to more than all of them.",
                where="arguments social_work, both", found=f"{whole:.6g}",
                remedy=f"both={max(0.0, round(1 - self.social_work, 12)):g}",
            )  # fmt: skip
        low, high = CASELOADS
        need_between("caseload", self.caseload, low, high, 9.0, ends=CASELOADS)
        need_one_of("third_party", self.third_party, [False, True])
        need_whole("accompaniment", self.accompaniment, 0, such=3, most=LONGEST)


def _price(default, unit, source="authors", basis="chosen", most=np.inf):
    about = {"unit": unit, "source": source, "basis": basis, "most": most}
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class Prices:
    """What is paid for help: each price is a number, or a range (low, high) that draws fill.

    `describe` says unit and source of each. Transfers are ``transfer`` of the `Scenario`, yuan per
    person and year of help.

    Attributes
    ----------
    cadre, worker : float or tuple
        Yearly cost of a helper of either kind.
    contract, collaboration : float or tuple
        What a year of a worker costs besides where an agency is under contract (tender, paper,
        evaluation), and where it collaborates (time of both sides). No source tells them: by
        default both are 0, so that a helper of either kind has one price.
    accompaniment : float or tuple
        Part of the time of a household on the list that one takes that is still visited after
        its exit.
    visit : float or tuple
        A visit of an audit to a household; and the visit to every household of a village where
        a third party lists.

    Raises
    ------
    DataError
        For a price below 0, a range whose ends are not in order, or more than the whole time of
        a household on the list.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.Prices(worker=(40_000, 80_000)).describe().loc["worker", ["low", "high"]].tolist()
    [40000.0, 80000.0]
    """

    # What each means stands in base/words.csv, list price.
    cadre: float = _price(47_000.0, "yuan per year")
    worker: float = _price(47_000.0, "yuan per year", "three_areas_plan", "derived")
    contract: float = _price(0.0, "yuan per year")
    collaboration: float = _price(0.0, "yuan per year")
    accompaniment: float = _price(0.25, "share", most=1.0)
    visit: float = _price(50.0, "yuan per visit")

    def __post_init__(self):
        """Refuse what is no price."""
        for one in fields(self):
            ends, most = getattr(self, one.name), one.metadata["most"]
            ends = tuple(ends) if isinstance(ends, list | np.ndarray) else ends
            pair = ends if isinstance(ends, tuple) else (ends, ends)
            known = all(isinstance(x, Real) and not isinstance(x, bool) for x in pair)
            if not (
                len(pair) == 2 and known and 0 <= pair[0] <= pair[1] <= most and pair[1] < np.inf
            ):
                reach = f"from 0 to {most:g}" if most < np.inf else "of 0 or more"
                raise DataError(
                    f"A price is a number {reach}, or a range of two, the lower first.",
                    where=f"argument {one.name}", found=repr(ends)[:80],
                    remedy=f"{one.name}={one.default:g}",
                )  # fmt: skip
            object.__setattr__(self, one.name, ends)

    def describe(self, lang="en"):
        """List the prices.

        Parameters
        ----------
        lang : {"en", "zh"}
            Language of meaning and source.

        Returns
        -------
        DataFrame
            ``low high default unit basis meaning source``, a row for each price; unit as of
            `Scenario.describe`.
        """
        meaning, source = in_words("price", lang), in_words("source", lang)
        unit, basis = in_words("unit", lang), in_words("basis", lang)
        rows = {}
        for one in fields(self):
            about, (low, high) = one.metadata, self._ends(one.name)
            rows[one.name] = {
                "low": float(low), "high": float(high), "default": one.default,
                "unit": unit[about["unit"]], "basis": basis[about["basis"]],
                "meaning": meaning[one.name], "source": source[about["source"]],
            }  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("price")

    def _ends(self, name):
        value = getattr(self, name)
        return value if isinstance(value, tuple) else (value, value)

    def varying(self):
        """Names of the prices that are ranges."""
        return [one.name for one in fields(self) if len(set(self._ends(one.name))) > 1]

    def drawn(self, rng):
        """Prices that are numbers: of each range one, uniform; the same draws whatever varies."""
        ends = {one.name: self._ends(one.name) for one in fields(self)}
        at = dict(zip(ends, rng.random(len(ends)), strict=True))
        return replace(self, **{name: low + at[name] * (high - low) for name, (low, high) in ends.items()})  # fmt: skip


class County:
    """One draw: a county whose villages are helped, one after another, in any way.

    Parameters
    ----------
    scenario : Scenario
        Parameters of this draw.
    years, households : int
        Of the run.
    key : tuple of int
        Seed and draw.
    prices : Prices
        Of this draw: numbers, no ranges.
    """

    def __init__(self, scenario, years, key, households, prices):
        """Make the county, and look at it without help."""
        self.scenario, self.prices, self.found = scenario.active(), prices, {}
        self.world = Villages(scenario, years, (*key, 0), households)
        self.order = np.asarray(self.world.order)
        none = self.world.under("none")
        self.none = np.array([0 * none["poor"], *(none[one] for one in SUMS[1:])])[:, self.order]
        rng = np.random.default_rng(np.random.SeedSequence(key[0], spawn_key=(key[1], 1)))
        self.place = (rng.random() + _STEP * np.arange(len(self.order))) % 1

    def helped(self, approach, plan, effect):
        """What every village gains in order, rows as `SUMS`, if all got one approach."""
        levers = {name: getattr(plan, name) for name in _LEVERS} | {"effect": effect}
        if approach == "administrative":  # nothing of social work is in it
            levers |= {"collaboration": 0.0, "effect": 0.0}
        key = (approach, *levers.values())
        if key not in self.found:
            found = self.world.under(approach, **levers)
            cost = self._cost(found, DOSE[APPROACHES.index(approach)], plan)
            self.found[key] = np.array([cost, *(found[one] for one in SUMS[1:])])[:, self.order]
            self.found[key] -= self.none
        return self.found[key]

    def _cost(self, found, dose, plan):
        """Yuan that each village costs in the whole run."""
        prices, together = self.prices, self.world.collaborates(plan.collaboration)
        path = np.where(together, prices.collaboration, prices.contract)
        helper = (1 - dose) * prices.cadre + dose * (prices.worker + path)
        served = found["helped_years"] + prices.accompaniment * found["accompanied_years"]
        visits = found["visits"] + plan.third_party * found["households"]
        transfers = self.scenario.transfer * found["helped_person_years"]
        return served / plan.caseload * helper + transfers + prices.visit * visits

    def path(self, plan, effect):
        """What is summed over the whole county when none, one, two ... villages are helped.

        Returns
        -------
        ndarray
            Rows as `SUMS`; villages + 1 columns.
        """
        both = np.where(self.place < plan.social_work + plan.both, 3, 1)
        which = np.where(self.place < plan.social_work, 2, both)
        gained = 0.0
        for at in np.unique(which):
            gained = np.where(which == at, self.helped(APPROACHES[at], plan, effect), gained)
        none = self.none.sum(axis=1, keepdims=True)
        return np.concatenate([none, none + np.cumsum(gained, axis=1)], axis=1)


def plans_of(plans):
    """Plans by their names; refused where they are none."""
    plans = {"plan": plans} if isinstance(plans, Plan) else plans
    if (isinstance(plans, dict) and plans and "none" not in plans
            and all(isinstance(name, str) for name in plans)
            and all(isinstance(plan, Plan) for plan in plans.values())):  # fmt: skip
        return plans
    raise DataError(
        'Plans are told by their names; "none", no help, stands beside them by itself.',
        where="argument plans", found=repr(plans)[:80],
        remedy='plans = {"mixed": ps.Plan(social_work=0.5), "administrative": ps.Plan(social_work=0.0)}',
    )  # fmt: skip


def need_run(households, years, draws, seed, workers):
    """Sizes as whole numbers of Python, which no small type cuts off; refused where they cannot be."""
    for name, value, low, such, most in (
        ("households", households, 100, 50_000, 50_000), ("years", years, 5, 8, 20),
        ("draws", draws, 2, 100, 10_000), ("seed", seed, 0, 0, None), ("workers", workers, 1, 1, 256),
    ):  # fmt: skip
        need_whole(name, value, low, such=such, most=most)
    if households % 50:
        raise DataError(
            "Households live in villages of 50.", where="argument households", found=households,
            remedy=f"households={max(100, round(households / 50) * 50)}",
        )  # fmt: skip
    return tuple(map(int, (households, years, draws, seed, workers)))


def need_amounts(name, values, such):
    """Amounts of money as an array; refused where they are none."""
    found = np.atleast_1d(np.asarray(values, dtype=object)).ravel()
    if not len(found):
        raise DataError(f"{name}= holds no amount.", where=f"argument {name}", found="none",
                        remedy=f"{name}=[{such}, {2 * such}]")  # fmt: skip
    for one in found:
        need_positive(name, one, such)
    return found.astype(float)


def prices_of(prices):
    """Prices, the defaults where none are given; refused where they are something else."""
    if prices is None or isinstance(prices, Prices):
        return prices or Prices()
    raise DataError("Prices are told by a Prices.", where="argument prices",
                    found=type(prices).__name__, remedy="prices=ps.Prices(worker=50_000)")  # fmt: skip


def refuse_beyond(name, value, most, such):
    """Refuse a budget that leaves money over when every village is helped, in every draw."""
    if value > most:
        raise DataError(
            "This budget reaches every village in every draw, and money is left: nothing more was simulated.",
            where=f"argument {name}", found=f"{value:,.6g}", remedy=f"{name}=[{such}]",
        )  # fmt: skip
