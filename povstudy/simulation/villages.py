"""The same villages under any plan of help: made once, followed cheaply again and again."""

from dataclasses import fields, replace

import numpy as np

from ..base.checks import need_between, need_one_of, need_whole
from ..base.errors import DataError
from .parameters import Scenario
from .world import mechanisms as ways
from .world.blocks import World
from .world.people import BLOCK, HOUSEHOLDS
from .world.register import follow

CASELOADS = (6.0, 18.0)  # households per helper that no elasticity from -1 to 0 refuses
_WIDEST = next(one for one in fields(Scenario) if one.name == "usual_caseload").metadata


def caseload_range(scenario):
    """Caseloads that the simulation speaks of: their factor of the effect is from 0.5 to 1.5.

    Parameters
    ----------
    scenario : Scenario
        Its usual caseload and elasticity count.

    Returns
    -------
    tuple of float
        Households per helper: fewest, most.

    Examples
    --------
    >>> import povstudy as ps
    >>> from povstudy.simulation.villages import caseload_range
    >>> [round(end, 1) for end in caseload_range(ps.Scenario(caseload_elasticity=-0.5))]
    [4.0, 36.0]
    """
    low, high = _WIDEST["low"], _WIDEST["high"]
    elasticity = scenario.active().caseload_elasticity
    if elasticity < -0.01:  # flatter ones reach no factor of 0.5 in the range
        ends = (scenario.usual_caseload * end ** (1 / elasticity) for end in ways.REACH[::-1])
        low, high = (float(np.clip(end, low, high)) for end in ends)
    return low, high


class Villages:
    """Villages of one province, made once; `under` follows them under a plan.

    Parameters
    ----------
    scenario : Scenario
        Parameters. Where help is does not count: it is everywhere from ``first_start`` on.
    years : int
        From 3 to 40, more than ``first_start``.
    key : tuple of int
        Seed, replication, block: the same villages, households, incomes and random numbers as
        in that block of `simulate`.
    households : int
        A multiple of 50, at most 50,000.

    Attributes
    ----------
    villages : int
        How many.
    order : ndarray of int
        Villages as a county would rank them: first those that seem to need help most, by their
        poverty as far as ``selection`` of the scenario sees it.
    size : ndarray
        People of each village.

    Notes
    -----
    What differs between two plans differs by them alone: every plan reads the same numbers. With
    an effect of zero, the same assessor, and no worth of collaboration or of both together,
    administrative help and social work give exactly the same. Simulated: no evidence that an
    approach works.

    Examples
    --------
    >>> import povstudy as ps
    >>> from povstudy.simulation.villages import Villages
    >>> made = Villages(ps.Scenario(), 8, key=(1, 0, 0), households=5_000)
    >>> plain, audited = (made.under("administrative", audit=share) for share in (0, 0.5))
    >>> bool(audited["wrongly_listed"].sum() < plain["wrongly_listed"].sum())
    True
    """

    def __init__(self, scenario, years, key, households):
        """Make the world and keep what following needs."""
        need_whole("years", years, 3, most=40)
        need_whole("households", households, HOUSEHOLDS, most=BLOCK)
        if households % HOUSEHOLDS:
            raise DataError(
                "Households live in villages of 50.", where="argument households", found=households,
                remedy=f"households={round(households / HOUSEHOLDS) * HOUSEHOLDS}",
            )  # fmt: skip
        if years <= scenario.first_start:
            raise DataError(
                "Help would begin after the last year.", where="argument years", found=years,
                remedy=f"years={scenario.first_start + 1}  # or more; or first_start= of the scenario",
            )  # fmt: skip
        self.scenario, self.years, self.key = scenario.active(), years, tuple(key)
        self.households, self.villages = households, households // HOUSEHOLDS
        made = self._made = World(self.scenario, years, key, households)
        need = ways.need_of_help(made.rng("help"), self.scenario, made.where.effect)
        self.order = np.argsort(-need, kind="stable")
        chosen = made.chosen
        rng = made.rng("audit")
        noise, lot = rng.standard_normal(households, np.float32), rng.random(households, np.float32)
        self._audit = lot[chosen], noise[chosen], made.lasting[0, chosen] - made.bar
        self._lists = [one[chosen] for one in made.lists]
        self._poor = made.poor[chosen]
        self._own, self._draws = made.own[:, chosen], made.register_draws()
        self._deadline = made.where.deadline[made.village]
        self._inside = ways.inside_resources(self.scenario, made.where.revenue)[made.village]
        self._farm, self._able = made.folk.farm[chosen], made.folk.able[chosen] > 0
        self._cause, self._size = made.folk.cause[chosen], made.folk.size[chosen]
        # Those not chosen are never listed: their years do not depend on the plan.
        under = sum((made.own[year] < self._bare).view(np.int8) for year in range(years))
        under[chosen] = 0
        self._never = ways.village_sums(under).astype(float)
        self.size = ways.village_sums(made.folk.size)
        del made.lasting, made.logs, made.own, made.lost  # large, and not needed again

    @property
    def _bare(self):
        """Own income at the line."""
        return np.float32(self.scenario.line) - np.float32(self.scenario.other_transfer)

    def collaborates(self, share):
        """Which villages work in collaboration where this share does; the rest by contract."""
        return self._made.path_draws >= 1 - share

    def under(self, approach, caseload=9.0, third_party=False, collaboration=0.4, audit=0.0,
              accompaniment=0, effect=None):  # fmt: skip
        """Follow all villages under one plan.

        Parameters
        ----------
        approach : {"none", "administrative", "social_work", "both"}
            Help in every village from ``first_start`` of the scenario on.
        caseload : float
            Households per helper (claim D2): the effect changes by ``caseload_elasticity``.
        third_party : bool
            A third party makes the list and looks at reports of the deadline year (claim A2),
            whatever the approach.
        collaboration : float
            Share of villages where social work comes in collaboration; the rest by contract.
            Both differ by ``collaboration_effect``, 0 unless told.
        audit : float
            Share of the first list, and of the poor left out, that a third party visits again
            in the first year, before help begins (claim A2).
        accompaniment : int
            Years after each exit from help in which a helper keeps visiting (claims A4, D4).
        effect : float, optional
            In place of ``social_work_effect``.

        Returns
        -------
        dict of ndarray
            A value for each village, in the order of the block:

            - ``households``, ``poor``: all; with lasting income below the line in the first year.
            - ``listed``, ``wrongly_listed``, ``left_out``: after the audit; not poor but listed,
              poor but not listed.
            - ``helped_years``, ``accompanied_years``: household-years on the list with help, and
              of accompaniment; ``helped_person_years``: of persons, for transfers.
            - ``visits``: of the audit; to find one poor household left out takes
              ``audit_search`` of them.
            - ``exits``: households that left the list once or more.
            - ``falls``: of these, households that were truly above the line in the year of their
              first exit or some later one, and truly below it in a year after that, within the
              run, on the list again or not. Each counts once. Who left below the line and
              stayed there never fell.
            - ``below_years``: household-years truly below the line, of all households.
            - ``free_years``: household-years truly above it, of the poor.

        Raises
        ------
        DataError
            For a plan that cannot be, or a caseload beyond what was simulated.

        Notes
        -----
        In years of accompaniment what stays does not fade, and a true fall is seen (and the
        household listed again) with the chance ``accompaniment_detection``, if that is more than
        ``detection``. Who was never helped before the exit is not accompanied.
        """
        scenario = self._plan(approach, caseload, collaboration, audit, accompaniment, effect)
        arm = ways.APPROACHES.index(approach)
        made, poor = self._made, self._poor
        listed, visits = ways.audit(
            scenario, audit, *self._audit, self._lists[int(third_party)], poor
        )  # fmt: skip
        group = {
            "inside": self._inside, "farm": self._farm, "able": self._able,
            "attention": ways.load_factor(scenario, caseload),
            "collaboration": self.collaborates(collaboration)[made.village],
        }  # fmt: skip
        channels, stays = ways.help_effects(
            scenario, arm, made.measure(scenario, arm), self._cause, group
        )
        none = np.zeros_like(stays)
        begun = (np.arange(self.years) >= scenario.first_start)[:, None] & (arm > 0)
        run = follow(
            scenario, self._own, begun.astype(np.int8),
            (np.stack([none, sum(channels.values())]), np.stack([none, stays])), listed,
            self._deadline, bool(third_party), self._draws, accompaniment,
        )  # fmt: skip
        below = run.income < scenario.line
        helped = run.helped.sum(axis=0)
        sums = {
            "listed": listed, "poor": poor, "wrongly_listed": listed & ~poor,
            "left_out": poor & ~listed, "helped_years": helped,
            "accompanied_years": run.visited.sum(axis=0),
            "helped_person_years": helped * self._size, "visits": visits,
            "exits": run.left >= 0, "falls": _fell(run.left, below),
            "below_years": below.sum(axis=0), "free_years": poor * (~below).sum(axis=0),
        }  # fmt: skip
        found = {"households": np.full(self.villages, float(HOUSEHOLDS))}
        for name, values in sums.items():
            found[name] = np.bincount(made.village, values, self.villages)
        found["below_years"] += self._never
        return found

    def _plan(self, approach, caseload, collaboration, audit, accompaniment, effect):
        """The scenario of a plan; a plan that cannot be is refused."""
        need_one_of("approach", approach, ways.APPROACHES)
        need_between("collaboration", collaboration, 0, 1, 0.4, ends=(0, 1))
        need_between("audit", audit, 0, 1, 0.2, ends=(0, 1))
        need_whole("accompaniment", accompaniment, 0, most=self.years)
        low, high = caseload_range(self.scenario)
        if not (isinstance(caseload, int | float | np.number) and low <= caseload * (1 + 1e-9)
                and caseload <= high * (1 + 1e-9)):  # fmt: skip
            raise DataError(
                f"Households per helper lie from {low:.3g} to {high:.3g}: beyond, nothing was simulated.",
                where="argument caseload", found=repr(caseload),
                remedy=f"caseload={self.scenario.usual_caseload:g}  # the usual",
            )  # fmt: skip
        if effect is None:
            return self.scenario
        return replace(self.scenario, social_work_effect=effect)


def _fell(left, below):
    """Households once above the line in the year of their first exit or later, then below it."""
    above, fell = np.zeros((2, len(left)), bool)
    for year, low in enumerate(below):
        fell |= above & low
        above |= (left >= 0) & (left <= year) & ~low
    return fell
