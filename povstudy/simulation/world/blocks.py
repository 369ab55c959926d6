"""One block, a province: what is there before help, then what help does and what is seen."""

import numpy as np

from . import mechanisms as ways
from . import truth as true
from .incomes import core, lose, shocks
from .people import HOUSEHOLDS, NEVER, exp, people, places, spread, stream
from .register import follow, register_draws


class World:
    """One province before anybody is followed: places, people, incomes, lists, draws of help.

    Parameters
    ----------
    scenario : Scenario
        Active.
    years : int
        How many.
    key : tuple of int
        Seed, replication, block.
    count : int
        Households.
    """

    def __init__(self, scenario, years, key, count):
        """Make places, households and incomes, and list who seems poor."""
        self.scenario, self.years, self.key, self.count = scenario, years, key, count
        self.where = places(self.rng("places"), scenario, key[2], count // HOUSEHOLDS)
        self.folk = people(self.rng("people"), scenario, self.where)
        self.lasting, self.logs = core(self.rng("income"), scenario, self.folk.level, years)
        self.lost = shocks(self.rng("shocks"), scenario, self.folk, years)
        lose(self.lasting, self.logs, self.lost, scenario, self.folk, self.where)
        self.own = exp(self.logs)
        self._list()
        rng = self.rng("help")
        self.starts = ways.start_years(rng, scenario, self.where.effect)
        self.path_draws = rng.random(len(self.where.effect))
        self.fit_draws = rng.random((2, count), np.float32)

    def rng(self, name):
        """Stream of a mechanism."""
        return stream(*self.key, name)

    def _list(self):
        rng, scenario = self.rng("listing"), self.scenario
        bar = self.bar = np.float32(np.log(scenario.line - scenario.other_transfer))
        draws = []
        for _ in range(2):  # of cadres, and of a third party alone
            noise = rng.standard_normal(self.count, np.float32)
            counties = rng.standard_normal(self.where.county.max() + 1, np.float32)
            draws.append((noise, spread(counties[self.where.county])))
        now = self.lasting[0]
        self.poor = now < bar
        self.lists = [
            now + ways.listing_error(scenario, *draws, third) < bar for third in (False, True)
        ]
        self.chosen = np.flatnonzero(self.lists[0] | self.lists[1] | self.poor)
        if not len(self.chosen):  # nobody is poor or listed: one household is followed all the same
            self.chosen = np.zeros(1, int)
        self.village = self.chosen // HOUSEHOLDS

    def register_draws(self):
        """Random numbers of the register, of those chosen."""
        return register_draws(
            self.rng("register"), self.scenario, self.years, self.count, self.chosen
        )

    def measure(self, scenario, arm):
        """Measure that each of those chosen gets under an approach."""
        folk, chosen = self.folk, self.chosen
        return ways.measures(
            scenario, self.fit_draws[:, chosen], folk.cause[chosen], folk.assets[chosen],
            self.where.region[self.village], arm,
        )  # fmt: skip


class Lived(World):
    """One province as things went; parameters as of `World`."""

    def __init__(self, scenario, years, key, count):
        """Make the world, help and follow those who are listed or poor."""
        super().__init__(scenario, years, key, count)
        self._place_help()
        self._follow()

    def _place_help(self):
        self.collaboration = self.path_draws >= self.scenario.contract_share
        self.third = self.starts[1] < NEVER
        self.listed = np.where(spread(self.third), self.lists[1], self.lists[0])
        first = np.minimum(*self.starts)
        year = np.arange(self.years)[:, None]
        begun = [(year >= start).astype(np.int8) for start in (*self.starts, first)]
        # As things went; and with each approach from the first start on.
        self.states = [begun[0] + 2 * begun[1], *(arm * begun[2] for arm in range(4))]
        self.any_help = first < NEVER

    def _follow(self):
        scenario = self.scenario
        self.draws = self.register_draws()
        self.measures = [self.measure(scenario, arm) for arm in range(len(ways.APPROACHES))]
        self.actual = follow(
            scenario, self.own[:, self.chosen], self.states[0][:, self.village],
            self._effects(self.listed)[1], self.listed[self.chosen],
            self.where.deadline[self.village], self.third[self.village], self.draws,
        )  # fmt: skip

    def _effects(self, listed):
        """Channels by approach, and changes while helped and after, with one list."""
        scenario, chosen, village = self.scenario, self.chosen, self.village
        folk, where = self.folk, self.where
        loads = ways.village_sums(listed)
        group = {
            "inside": ways.inside_resources(scenario, where.revenue)[village],
            "collaboration": self.collaboration[village],
            "farm": folk.farm[chosen],
            "able": folk.able[chosen] > 0,
        }
        channels, during, after = [], [], []
        for arm, measure in enumerate(self.measures):
            group["attention"] = ways.attention(scenario, loads, arm)[village]
            parts, stays = ways.help_effects(scenario, arm, measure, folk.cause[chosen], group)
            channels.append(parts)
            during.append(sum(parts.values()))
            after.append(stays)
        return channels, (np.stack(during), np.stack(after))

    def income(self, year):
        """True income of all households in a year, as things went."""
        income = self.own[year] + np.float32(self.scenario.other_transfer)
        income[self.chosen] = self.actual.income[year]
        return income


class Block(Lived):
    """One province with everything in it, latent, true and seen; parameters as of `World`."""

    def __init__(self, scenario, years, key, count):
        """Make and follow it as things went, and under each approach for the truth."""
        super().__init__(scenario, years, key, count)
        self.tally = true.Tally()
        true.tally_listing(self.tally, self.lists, self.poor)
        self._follow_arms()
        self._tell_truth()

    def _follow_arms(self):
        scenario, own = self.scenario, self.own[:, self.chosen]
        deadline = self.where.deadline[self.village]
        by_list = [self._effects(listed) for listed in self.lists]
        self.runs, self.channels, self.stays = [], [], []
        for arm, dose in enumerate(ways.DOSE):
            third = int(dose > 0)
            channels, effects = by_list[third]
            self.channels.append(channels[arm])
            self.stays.append(effects[1][arm])
            run = follow(
                scenario, own, self.states[1 + arm][:, self.village], effects,
                self.lists[third][self.chosen], deadline,
                np.full(len(self.chosen), bool(third)), self.draws,
            )  # fmt: skip
            self.runs.append(run)

    def _tell_truth(self):
        tally, scenario, first = self.tally, self.scenario, self.scenario.first_year
        chosen, village = self.chosen, self.village
        helped = self.any_help[village]
        direct = (self.lists[0] & self.lists[1])[chosen] & helped
        total = self.poor[chosen] & helped
        true.tally_effects(tally, self.runs, direct, total, first, scenario.line)
        true.tally_conditional(tally, self, direct)
        listed = np.flatnonzero(self.listed[chosen])
        true.tally_register(
            tally, _only(self.actual, listed), self.where.deadline[village][listed], scenario.line
        )
        actual, alone = self.actual.income, self.own_alone()
        true.tally_actual(tally, self, np.log(actual, dtype=float), np.log(alone, dtype=float))
        true.tally_channels(tally, self, direct)

    def complaints(self):
        """Who complains, years x chosen households."""
        helped = self.states[0][:, self.village] > 0
        poor, listed = self.poor[self.chosen], self.listed[self.chosen]
        return ways.complain(self.scenario, self.draws.complain, poor, listed, helped)

    def own_alone(self):
        """True income of the chosen without any help."""
        return self.own[:, self.chosen] + np.float32(self.scenario.other_transfer)


def _only(run, chosen):
    return type(run)(**{name: value[..., chosen] for name, value in vars(run).items()})
