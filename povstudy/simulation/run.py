"""From a scenario to tables: block by block, the same bytes for any number of workers."""

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from .. import errors
from ..sources import Source
from . import mechanisms as ways
from . import truth as true
from .frames import panel_frame, programmes_frame, register_frame
from .incomes import core, lose, shocks
from .parameters import Scenario
from .people import BLOCK, HOUSEHOLDS, NEVER, people, places, spread, stream
from .register import follow, register_draws
from .waves import sample

SOURCE = Source("simulated", "povstudy.simulate, fictional places", "povstudy.simulate，虚构地区")


@dataclass(frozen=True, repr=False)
class Simulation:
    """What was simulated: what is seen, and what is true.

    Attributes
    ----------
    panel : DataFrame or str
        The survey: a row for each household and wave. With ``folder=``, the path of its files.
    register : DataFrame or str
        The register: a row for each household listed in the first year, and year.
    programmes : DataFrame or str
        What was done in each village, by year and kind of help.
    parameters : DataFrame
        As `Scenario.describe`, of the scenario as it was run.
    truth : DataFrame
        ``estimand arm year value definition``.
    """

    panel: object
    register: object
    programmes: object
    parameters: pd.DataFrame
    truth: pd.DataFrame

    def __repr__(self):
        """Sizes, in words."""
        if isinstance(self.panel, str):
            return f"Simulation(panel at {self.panel}, {len(self.truth):,} rows of truth)"
        return (
            f"Simulation(panel of {len(self.panel):,} rows, register of {len(self.register):,}, "
            f"{len(self.truth):,} rows of truth)"
        )


def simulate(scenario=None, households=100_000, years=8, seed=0, replication=0, workers=1,
             folder=None, progress=None):  # fmt: skip
    """Simulate households, the help they get, and who sees what of it.

    Parameters
    ----------
    scenario : Scenario, optional
        Parameters; the defaults where none is given.
    households : int
        How many live there: villages are of 50.
    years : int
        How many, from 3 to 40.
    seed, replication : int
        Of the random numbers; another replication is another draw of the same study.
    workers : int
        Processes. They do not change the result. (In a script, call it under
        ``if __name__ == "__main__":`` where there are two or more.)
    folder : str or Path, optional
        Write Parquet files, one for each block of 50,000 households, into ``panel``,
        ``register`` and ``programmes`` in this folder, which must be new or empty; the result
        holds their paths in place of tables, as `Survey` reads them.
    progress : bool, optional
        Tell of the blocks that are done; by default where a person looks on.

    Returns
    -------
    Simulation

    Raises
    ------
    DataError
        For households, years, workers or a folder that cannot be.

    Notes
    -----
    Simulated data are no evidence that an approach works. The truth comes from the same random
    numbers under every arm. Columns of the panel that no survey sees end in ``_true``.

    Examples
    --------
    >>> import povstudy as ps
    >>> sim = ps.simulate(ps.Scenario(social_work_share=0.3), households=5_000, years=4, seed=1)
    >>> sorted(sim.panel["approach"].unique())
    ['administrative', 'both', 'none', 'social_work']
    >>> sim.panel.attrs["source"].status
    'simulated'
    """
    scenario = Scenario() if scenario is None else scenario
    _check(scenario, households, years, seed, replication, workers)
    folder = None if folder is None else _new_folder(folder)
    counts = [min(BLOCK, households - start) for start in range(0, households, BLOCK)]
    tasks = [
        (scenario, years, seed, replication, block, count, folder)
        for block, count in enumerate(counts)
    ]
    tally, parts = true.Tally(), {"panel": [], "register": [], "programmes": []}
    for done, (frames, sums) in enumerate(_run(tasks, workers), start=1):
        tally.join(sums)
        for name, frame in frames.items():
            parts[name].append(frame)
        _tell(done, len(tasks), progress)
    tables = {name: _finish(name, frames, folder) for name, frames in parts.items()}
    truth = true.truth_table(tally)
    parameters = scenario.active().describe()
    if folder is not None:
        truth.to_parquet(folder / "truth.parquet")
        parameters.to_parquet(folder / "parameters.parquet")
    for table in (truth, parameters):
        table.attrs["source"] = SOURCE
    return Simulation(**tables, parameters=parameters, truth=truth)


def _check(scenario, households, years, seed, replication, workers):
    if not isinstance(scenario, Scenario):
        raise errors.DataError(
            "A simulation is told by a Scenario.", found=type(scenario).__name__,
            remedy="ps.simulate(ps.Scenario(social_work_share=0.3))",
        )  # fmt: skip
    whole = {
        "households": (households, 100, 400_000_000), "years": (years, 3, 40),
        "seed": (seed, 0, 2**63), "replication": (replication, 0, 2**31), "workers": (workers, 1, 256),
    }  # fmt: skip
    for name, (value, low, high) in whole.items():
        is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not is_whole or not low <= value <= high:
            raise errors.DataError(
                f"The number of {name} cannot be simulated." if name != "seed" else "No such seed.",
                where=f"argument {name}", found=value,
                remedy=f"a whole number from {low} to {high}",
            )  # fmt: skip
    if households % HOUSEHOLDS or households % BLOCK == HOUSEHOLDS:
        near = max(2, round(households % BLOCK / HOUSEHOLDS)) * HOUSEHOLDS
        near += households // BLOCK * BLOCK
        raise errors.DataError(
            "Households live in villages of 50, and a province (50,000) has two or more.",
            where="argument households", found=households,
            remedy=f"a multiple of 50 from 100 to 400000000, such as households={near}",
        )  # fmt: skip


def _new_folder(folder):
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise errors.DataError(
            "A simulation is written into a new or empty folder.", where="argument folder",
            found=str(folder), remedy="another folder=, or remove what is there",
        )  # fmt: skip
    for name in ("panel", "register", "programmes"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


def _run(tasks, workers):
    if workers == 1 or len(tasks) == 1:
        yield from map(simulate_block, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = []
        for task in tasks:  # few at a time, so that what is done does not pile up
            waiting.append(pool.submit(simulate_block, task))
            if len(waiting) > 2 * workers:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()


def _tell(done, blocks, progress):
    if progress is None:
        progress = blocks > 1 and sys.stderr.isatty()
    if progress:
        filled = 30 * done // blocks
        end = "\n" if done == blocks else ""
        bar = "#" * filled + "." * (30 - filled)
        print(f"\rsimulate [{bar}] {done:,} of {blocks:,} blocks", end=end, file=sys.stderr)


def _finish(name, frames, folder):
    if folder is not None:
        return str(folder / name)
    table = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    table.attrs["source"] = SOURCE
    return table


def simulate_block(task):
    """Simulate one block: a province of at most 50,000 households.

    Parameters
    ----------
    task : tuple
        Scenario, years, seed, replication, block, households, folder.

    Returns
    -------
    frames : dict of DataFrame
        ``panel register programmes``; empty where they were written into the folder.
    sums : dict
        Of the truth.
    """
    scenario, years, seed, replication, block, count, folder = task
    made = Block(scenario.active(), years, (seed, replication, block), count)
    frames = {
        "panel": panel_frame(made, sample(made.rng("survey"), made.scenario, made.where, made.folk.migrant, years)),
        "register": register_frame(made),
        "programmes": programmes_frame(made),
    }  # fmt: skip
    if folder is not None:
        for name, frame in frames.items():
            frame.to_parquet(folder / name / f"{90_000 + block}.parquet", index=False)
        frames = {}
    return frames, dict(made.tally)


class Block:
    """One province with everything in it, latent and seen.

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
        """Make places, households and incomes, list, help and follow them."""
        self.scenario, self.years, self.key, self.count = scenario, years, key, count
        self.tally = true.Tally()
        self.where = places(self.rng("places"), scenario, key[2], count // HOUSEHOLDS)
        self.folk = people(self.rng("people"), scenario, self.where)
        self.lasting, self.logs = core(self.rng("income"), scenario, self.folk.level, years)
        self.lost = shocks(self.rng("shocks"), scenario, self.folk, years)
        lose(self.logs, self.lost, scenario, self.folk, self.where)
        self.own = np.exp(self.logs)
        self._list()
        self._place_help()
        self._follow()
        self._tell_truth()

    def rng(self, name):
        """Stream of a mechanism."""
        return stream(*self.key, name)

    def _list(self):
        rng, scenario = self.rng("listing"), self.scenario
        bar = np.float32(np.log(scenario.line - scenario.other_transfer))
        noise = rng.standard_normal(self.count, np.float32)
        counties = rng.standard_normal(self.where.county.max() + 1, np.float32)
        bias = spread(counties[self.where.county])
        now = self.lasting[0]
        self.poor = now < bar
        self.lists = [
            now + ways.listing_error(scenario, noise, bias, third) < bar for third in (False, True)
        ]
        true.tally_listing(self.tally, self.lists, self.poor)

    def _place_help(self):
        rng, scenario, where = self.rng("help"), self.scenario, self.where
        self.starts = ways.start_years(rng, scenario, where.effect)
        self.collaboration = rng.random(len(where.effect)) >= scenario.contract_share
        self.third = self.starts[1] < NEVER
        self.listed = np.where(spread(self.third), self.lists[1], self.lists[0])
        self.fit_draws = rng.random((2, self.count), np.float32)
        first = np.minimum(*self.starts)
        year = np.arange(self.years)[:, None]
        begun = [(year >= start).astype(np.int8) for start in (*self.starts, first)]
        # As things went; and with each approach from the first start on.
        self.states = [begun[0] + 2 * begun[1], *(arm * begun[2] for arm in range(4))]
        self.any_help = first < NEVER

    def _follow(self):
        scenario = self.scenario
        self.chosen = np.flatnonzero(self.lists[0] | self.lists[1] | self.poor)
        self.village = self.chosen // HOUSEHOLDS
        self.draws = register_draws(
            self.rng("register"), scenario, self.years, self.count, self.chosen
        )
        own, deadline = self.own[:, self.chosen], self.where.deadline[self.village]
        by_list = [self._effects(listed) for listed in (*self.lists, self.listed)]
        self.actual = follow(
            scenario, own, self.states[0][:, self.village], by_list[2][1], self.listed[self.chosen],
            deadline, self.third[self.village], self.draws,
        )  # fmt: skip
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
        self.measures = [
            ways.measures(
                scenario, self.fit_draws[:, chosen], folk.cause[chosen], folk.assets[chosen],
                where.region[village], arm,
            )
            for arm in range(4)
        ]  # fmt: skip
        channels, during, after = [], [], []
        for arm, measure in enumerate(self.measures):
            group["attention"] = ways.attention(scenario, loads, arm)[village]
            parts, stays = ways.help_effects(scenario, arm, measure, folk.cause[chosen], group)
            channels.append(parts)
            during.append(sum(parts.values()))
            after.append(stays)
        return channels, (np.stack(during), np.stack(after))

    def _tell_truth(self):
        tally, scenario, first = self.tally, self.scenario, self.scenario.first_year
        chosen, village = self.chosen, self.village
        helped = self.any_help[village]
        direct = (self.lists[0] & self.lists[1])[chosen] & helped
        total = self.poor[chosen] & helped
        true.tally_effects(tally, self.runs, direct, total, first, scenario.line)
        true.tally_conditional(
            tally, self.runs, self.lasting[:, chosen], self.stays, scenario, direct
        )
        listed = np.flatnonzero(self.listed[chosen])
        true.tally_register(
            tally, _only(self.actual, listed), self.where.deadline[village][listed], scenario.line
        )
        true.tally_actual(tally, self, np.log(self.actual.income), np.log(self.own_alone()))
        true.tally_channels(tally, self, direct)

    def income(self, year):
        """True income of all households in a year, as things went."""
        income = self.own[year] + np.float32(self.scenario.other_transfer)
        income[self.chosen] = self.actual.income[year]
        return income

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
