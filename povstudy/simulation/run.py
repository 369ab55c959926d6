"""From a scenario to tables: block by block, the same bytes for any number of workers."""

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from ..base import errors
from ..base.checks import need_whole
from ..base.files import whole_folder
from ..base.progress import watched
from ..base.status import Source, handed_on
from .parameters import Scenario, mechanisms_table
from .world.blocks import Block
from .world.frames import panel_frame, programmes_frame, register_frame
from .world.people import BLOCK, HOUSEHOLDS
from .world.truth import Tally, truth_table
from .world.waves import sample

SOURCE = Source("simulated", "povstudy.simulate, fictional places", "povstudy.simulate，虚构地区")


@dataclass(frozen=True, repr=False)
class Simulation:
    """What was simulated: what is seen, and what is true.

    Attributes
    ----------
    panel : DataFrame or str
        The survey: a row for each household and wave. ``listed_by_cadre`` and
        ``listed_by_third_party`` are what either would say in the first year. With ``folder=``, the path of its files.
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
        ``register`` and ``programmes`` in this folder, which must be new or empty; they stand
        there when all are done. The result holds their paths in place of tables, as `Survey` reads them.
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
    numbers under every arm. Columns of the panel that no survey sees end in ``_true``;
    ``exit_year`` and years of start are those of the whole run, also in earlier waves. The code
    of a village begins with that of its county; ``village // 10`` is its township, of ten villages.

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
    households, years, seed, replication = _sizes(
        scenario, households, years, seed, replication, workers
    )
    folder = None if folder is None else _new_folder(folder)
    with nullcontext() if folder is None else whole_folder(folder) as part:
        return _simulated(scenario, households, years, seed, replication, workers, folder, part, progress)  # fmt: skip


def _simulated(scenario, households, years, seed, replication, workers, folder, part, progress):
    """All blocks and the truth; with a folder they are written into ``part``, until they are whole."""
    counts = [min(BLOCK, households - start) for start in range(0, households, BLOCK)]
    tasks = [
        (scenario, years, seed, replication, block, count, part)
        for block, count in enumerate(counts)
    ]
    tally, parts = Tally(), {"panel": [], "register": [], "programmes": []}
    for frames, sums in watched(
        in_processes(simulate_block, tasks, workers), "simulate blocks", len(tasks), progress
    ):
        tally.join(sums)
        for name, frame in frames.items():
            parts[name].append(frame)
    tables = {name: _finish(name, frames, folder) for name, frames in parts.items()}
    truth = truth_table(tally)
    parameters = scenario.active().describe()
    parameters.attrs["run"] = {"households": households, "years": years, "seed": seed,
                               "replication": replication, "off": list(scenario.off)}  # fmt: skip
    truth.attrs["mechanisms"] = mechanisms_table().to_dict("index")
    for name, table in (("truth", truth), ("parameters", parameters)):
        handed_on(table, SOURCE)
        if folder is not None:
            table.to_parquet(part / f"{name}.parquet")
    return Simulation(**tables, parameters=parameters, truth=truth)


def _sizes(scenario, households, years, seed, replication, workers):
    """Whole numbers of Python, which no small type cuts off; refused where they cannot be."""
    if not isinstance(scenario, Scenario):
        raise errors.DataError(
            "A simulation is told by a Scenario.", where="argument scenario", found=type(scenario).__name__,
            remedy="scenario = ps.Scenario(**scenario)" if isinstance(scenario, dict) else
            "scenario = ps.Scenario(social_work_share=0.3)",
        )  # fmt: skip
    whole = {
        "households": (households, 100, 400_000_000), "years": (years, 3, 40),
        "seed": (seed, 0, 2**63), "replication": (replication, 0, 2**31), "workers": (workers, 1, 256),
    }  # fmt: skip
    for name, (value, low, high) in whole.items():
        need_whole(name, value, low, most=high)
    households = int(households)
    if households % HOUSEHOLDS or households % BLOCK == HOUSEHOLDS:
        near = max(2, round(households % BLOCK / HOUSEHOLDS)) * HOUSEHOLDS
        near += households // BLOCK * BLOCK
        raise errors.DataError(
            "Households live in villages of 50, and a province (50,000) has two or more.",
            where="argument households", found=households,
            remedy=f"households={near}  # a multiple of 50 from 100 to 400000000",
        )  # fmt: skip
    return households, int(years), int(seed), int(replication)


def _new_folder(folder):
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise errors.DataError(
            "A simulation is written into a new or empty folder.", where="argument folder",
            found=str(folder), remedy=f"folder={f'{folder}_new'!r}  # or remove what is there",
        )  # fmt: skip
    return folder


def in_processes(work, tasks, workers):
    """Results of tasks in their order, of one process or of several.

    Parameters
    ----------
    work : callable
        What is done with each task; a function of a module.
    tasks : list
    workers : int
        Processes.

    Yields
    ------
    object
    """
    if workers == 1 or len(tasks) == 1:
        yield from map(work, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = []
        for task in tasks:  # few at a time, so that what is done does not pile up
            waiting.append(pool.submit(work, task))
            if len(waiting) > 2 * workers:
                yield _result(waiting.pop(0))
        while waiting:
            yield _result(waiting.pop(0))


def _result(task):
    try:
        return task.result()
    except BrokenProcessPool as error:
        raise errors.SetupError(
            "The second process could not start.", where="argument workers",
            remedy='workers=1  # or put the call under  if __name__ == "__main__":',
        ) from error  # fmt: skip


def _finish(name, frames, folder):
    if folder is not None:
        return str(folder / name)
    table = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    return handed_on(table, SOURCE)


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
            handed_on(frame, SOURCE)
            (folder / name).mkdir(exist_ok=True)
            frame.to_parquet(folder / name / f"{90_000 + block}.parquet", index=False)
        frames = {}
    return frames, dict(made.tally)
