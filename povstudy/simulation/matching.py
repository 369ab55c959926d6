"""History matching: parameter sets under which every rate that was seen comes out."""

import json
import sys
from dataclasses import fields
from hashlib import sha256
from importlib.resources import files
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from ..base.checks import nearest, need_whole
from ..base.errors import DataError
from ..base.files import need_file, write_whole
from ..base.progress import watched
from ..base.status import handed_on
from .calibration import TARGETS, rates
from .parameters import Scenario
from .run import SOURCE
from .world.blocks import Lived
from .world.people import BLOCK

YEARS = 8  # as in the calibration table
SHIPPED = "matched.csv"
# What is tried. Rates that were seen speak of these:
SPOKEN = {
    "median_income": (4800, 7500), "growth": (0.0, 0.06), "county_sd": (0.02, 0.30),
    "village_sd": (0.02, 0.30), "household_sd": (0.10, 0.45), "permanent_sd": (0.0, 0.15),
    "persistence": (0.80, 0.99), "transitory_sd": (0.02, 0.25), "no_labour_effect": (-0.6, 0.0),
    "illness_effect": (-0.4, 0.0), "migrant_effect": (0.0, 0.4), "asset_effect": (0.0, 0.35),
    "illness_risk": (0.005, 0.05), "illness_ratio": (1.0, 3.0), "illness_long": (0.2, 0.9),
    "illness_stays": (0.0, 0.7), "illness_stays_long": (0.75, 0.99), "illness_loss": (0.8, 3.0),
    "asset_buffer": (0.0, 0.3), "survey_noise": (0.0, 0.15), "listing_noise": (0.1, 0.7),
    "county_bias_sd": (0.0, 0.4), "register_noise": (0.0, 0.2), "exit_check": (0.2, 0.9),
    "detection": (0.005, 0.15),
}  # fmt: skip
# and these no rate speaks of, or hardly:
UNSPOKEN = {
    "administrative_effect": (0.05, 0.30), "stay_share": (0.0, 1.0), "fade": (0.0, 0.5),
    "fit_share": (0.2, 0.8), "fit_part": (0.0, 1.0), "outside_part": (0.0, 1.0), "staying_part": (0.0, 1.0),
    "mismatch_return": (0.0, 1.0), "third_party_gain": (-0.2, 0.8), "third_party_apart": (0.0, 1.0),
    "third_party_bar": (0.0, 1.0), "caseload_elasticity": (-0.8, 0.0), "work_response": (-0.3, 0.05),
    "selection": (0.0, 0.95), "revenue_elasticity": (-0.5, 1.0), "relocation_tilt": (-1.0, 2.0),
    "bunching": (0.0, 1.0), "audit_noise": (0.0, 0.3), "audit_search": (2.0, 40.0),
    "accompaniment_detection": (0.05, 1.0),
}  # fmt: skip
RANGES = SPOKEN | UNSPOKEN
_PARTS = ("fit_part", "outside_part", "staying_part")
_ENOUGH = 0.1  # share of sets that keep all targets, from which on all must
_AT_REST = (40, 30)  # steps with all targets kept before sets count: from ranges, from a scenario
_TRIALS = 12  # at most, to draw what no rate speaks of anew
_AFRESH, _STEPPED = 0.3, 0.5  # chances of a parameter to be drawn anew, or to take part in a step


def match_history(ranges=None, sets=220, households=100_000, confirm=400_000, steps=100, seed=0,
                  around=None, path=None, progress=None):  # fmt: skip
    """Look for parameter sets that keep all targets of the calibration table.

    Parameters
    ----------
    ranges : dict, optional
        Lowest and highest value by name of a field of `Scenario`; those of the package where
        none are given. Other fields have their defaults.
    sets : int
        Sets that are wanted; half as many are moved at a time.
    households, confirm : int
        Households of a run in the search, and of the run with other random numbers in which a
        set must hold again. Multiples of 50,000.
    steps : int
        Steps at most; where they do not suffice there are fewer sets, or none.
    seed : int
        Of the random numbers.
    around : Scenario, optional
        One that keeps all targets; sets wander from there, in place of draws over the ranges.
    path : str or Path, optional
        File that holds how far it came, written after every step: called again with the same
        arguments, it goes on from there.
    progress : bool, optional
        Tell of the steps that are done; by default where a person looks on.

    Returns
    -------
    DataFrame
        A row for each set, columns as ``Scenario(**row)`` takes them, to four figures.
        ``attrs["matching"]`` holds ``tried`` (sets that were run), ``kept`` and
        ``share_of_space`` (estimate of the share of the ranges that keeps all targets).

    Raises
    ------
    DataError
        For ranges, sizes or a file that cannot be.

    Notes
    -----
    History matching (Vernon, Goldstein and Bower 2010) keeps every parameter set that cannot be
    told from what was seen, and fits none best. Theirs asks an emulator, for their simulator is
    slow; this one is cheap, and is asked itself. A set is kept if each rate of `calibration_table`,
    of all households in place of a sample of them, lies in its interval, in both runs: the
    intervals stand for errors of what was seen and of the model, the second run for those of
    random numbers. Implausible is how far the worst rate lies outside, in widths of its interval.

    The search is subset simulation (Au and Beck 2001): sets drawn over the ranges; the worse half
    gives way to copies of the better, and each takes a step that is refused where it would be
    more implausible than that half; so until a tenth keeps all targets, and from there on only
    such. First in runs of 50,000 households, then in those of ``households``, last in these and
    those of ``confirm`` together: there the sets wander on for 40 steps (30 from a scenario), and
    where they are after each later step counts. Steps are differences of two other sets (ter
    Braak 2006), and of parameters that no rate speaks of, new draws; in the end these are all
    drawn anew once more, where the targets are kept then. Sets are not weighted: what is kept
    may be narrower than what is possible.

    ``social_work_effect``, ``collaboration_effect`` and ``complementarity`` are not among them:
    no rate speaks of them, they have priors of their own and keep their default here. Neither
    are those that change neither incomes nor lists.

    References
    ----------
    Vernon, I., Goldstein, M. and Bower, R. G. (2010). Galaxy formation: a Bayesian uncertainty
    analysis. Bayesian Analysis 5(4), 619-669.

    Au, S.-K. and Beck, J. L. (2001). Estimation of small failure probabilities in high dimensions
    by subset simulation. Probabilistic Engineering Mechanics 16(4), 263-277.

    ter Braak, C. J. F. (2006). A Markov chain Monte Carlo version of the genetic algorithm
    differential evolution. Statistics and Computing 16, 239-249.

    Examples
    --------
    >>> import povstudy as ps
    >>> rich = {"median_income": (40_000, 50_000)}  # hardly anybody is poor there: no such world
    >>> found = ps.simulation.match_history(rich, sets=4, households=50_000, steps=1)
    >>> len(found), found.attrs["matching"]["tried"]
    (0, 8)
    """
    ranges = RANGES if ranges is None else _ranges(ranges)
    for name, value in (("households", households), ("confirm", confirm)):
        need_whole(name, value, BLOCK, most=100 * BLOCK)
    need_whole("sets", sets, 4)
    need_whole("steps", steps, 1)
    task = {"ranges": {k: list(map(float, v)) for k, v in ranges.items()}, "sets": sets,
            "households": households, "confirm": confirm, "seed": seed,
            "around": around is not None}  # fmt: skip
    state = _begun(task, path, around)
    runs = [[(0, 1)], [(0, households // BLOCK)], [(0, households // BLOCK), (1, confirm // BLOCK)]]
    for _ in watched(range(state["step"], steps), "match history", steps - state["step"], progress):
        if len(state["found"]) >= sets:
            break
        _move(state, ranges, runs, seed)
        _keep(state, path)
    found = np.array(state["found"][:sets]).reshape(-1, len(ranges))
    table = pd.DataFrame(_anew(found, ranges, runs[-1], seed), columns=list(ranges))
    table.attrs["matching"] = {
        "tried": state["tried"], "kept": len(table),
        "share_of_space": float(f"{state['share']:.2g}"), "households": households, "confirm": confirm,
    }  # fmt: skip
    return handed_on(table, SOURCE)


def _ranges(ranges):
    about = {one.name: one.metadata for one in fields(Scenario)[:-1]}
    for name, ends in ranges.items():
        known = name if name in about else nearest(name, about) or "detection"
        low, high = about[known]["low"], about[known]["high"]
        if not (known == name and np.shape(ends) == (2,) and low <= ends[0] < ends[1] <= high):
            raise DataError(
                "A range is a parameter of a scenario, its lowest and its highest value.",
                where="argument ranges", found=repr({name: ends}),
                remedy=f"ranges={{{known!r}: ({low:g}, {high:g})}}",
            )  # fmt: skip
    return ranges


def rates_of(scenario, blocks=1, seed=0, replication=0):
    """Rates of ``TARGETS`` of all households, without a sample of them.

    Parameters
    ----------
    scenario : Scenario
        Parameters.
    blocks : int
        Provinces of 50,000 households.
    seed, replication : int
        Of the random numbers.

    Returns
    -------
    dict of float
    """
    parts = [_seen(scenario, (seed, replication, block)) for block in range(blocks)]
    income, ill, assets, migrant, falls, right, found = map(
        np.concatenate, zip(*parts, strict=True)
    )
    traits = {"illness": ill, "assets": assets, "migrant": migrant}
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = rates(income, np.ones(len(income)), traits, scenario.line, _mean(falls))
    return seen | {"wrongly_listed": 1 - _mean(right), "wrongly_left_out": 1 - _mean(found)}


def _seen(scenario, key):
    """Of one block, what the rates are made of."""
    scenario = scenario.active()
    made = Lived(scenario, YEARS, key, BLOCK)
    income = np.stack([made.income(year) for year in range(YEARS)])
    noise = made.rng("survey").standard_normal(income.shape, np.float32)
    income *= np.exp(np.float32(scenario.survey_noise) * noise)
    run, cadre = made.actual, made.lists[0]
    out = ~run.listed & made.listed[made.chosen] & (run.left >= 0)
    out &= run.left < np.arange(YEARS)[:, None]
    ever = np.flatnonzero((income < scenario.line).any(axis=0))  # of others no rate tells
    traits = (one[ever] for one in (made.folk.ill, made.folk.assets, made.folk.migrant))
    return income[:, ever].T, *traits, run.relapsed[out], made.poor[cadre], cadre[made.poor]


def _mean(values):
    return values.mean() if len(values) else np.nan


def implausibility(seen):
    """How far the worst rate lies outside its interval, in widths of it; 0 where all hold."""
    out = [max(low - seen[name], seen[name] - high, 0) / (high - low)
           for name, (_, low, high) in TARGETS.items()]  # fmt: skip
    return float("inf") if np.isnan(out).any() else float(max(out))


def _far(row, ranges, runs, seed, bar):
    """Implausibility of a set in the worst of some runs; later ones are spared beyond the bar."""
    scenario, far = Scenario(**dict(zip(ranges, map(float, row), strict=True))), 0.0
    for replication, blocks in runs:
        far = max(far, implausibility(rates_of(scenario, blocks, seed, replication)))
        if far > bar:
            break
    return far


def _rounded(values):
    """To four figures, as they are written, so that what is kept is what was run."""
    return np.array([[float(f"{one:.4g}") for one in row] for row in values])


def _allowed(values, names):
    return values[..., _parts(names)].sum(axis=-1) <= 1


def _parts(names):
    return [names.index(name) for name in _PARTS if name in names]


def _begun(task, path, around):
    """What was kept in a file, or sets drawn over the ranges or all alike, not run yet."""
    if path is not None and Path(path).exists():
        state = _kept(Path(path))
        if state["task"] != task:
            raise DataError(
                "The file holds another search.", where="argument path", found=str(path),
                remedy=f"path={f'{path}_new'!r}  # or the arguments of then",
            )  # fmt: skip
        return state | {"values": np.array(state["values"]), "far": np.array(state["far"])}
    rng, names = np.random.default_rng([task["seed"], 0]), list(task["ranges"])
    low, high = np.array(list(task["ranges"].values())).T
    values, many = np.empty((0, len(names))), max(4, task["sets"] // 2)
    if around is not None:
        one = np.clip([getattr(around, name) for name in names], low, high)
        values = np.repeat(one[None], many, axis=0)
    while len(values) < many:
        drawn = _rounded(rng.uniform(low, high, (many, len(names))))
        values = np.concatenate([values, drawn[_allowed(drawn, names)]])[:many]
    far = np.full(many, -1.0)  # not known yet
    return {"task": task, "step": 0, "tried": 0, "share": 1.0, "at_rest": 0, "run": 0 if around is None else 2,
            "found": [], "values": values, "far": far}  # fmt: skip


_CHECK = b', "sha256": "'


def _kept(path):
    """What `_keep` wrote, as it was."""
    text, _, check = need_file(path).read_bytes().rpartition(_CHECK)
    if check == sha256(text).hexdigest().encode() + b'"}':
        return json.loads(text + b"}")
    raise DataError(
        "This file holds no search, or is damaged.", where=path,
        remedy=f"path={f'{path}_new'!r}  # or remove it: the search begins anew",
    )  # fmt: skip


def _keep(state, path):
    if path is not None:
        kept = state | {"values": state["values"].tolist(), "far": state["far"].tolist()}
        text = json.dumps(kept).encode()[:-1]
        write_whole(path, text + _CHECK + sha256(text).hexdigest().encode() + b'"}')


def _move(state, ranges, runs, seed):
    """One step of every set, those that are too implausible in the place of copies of others."""
    rng = np.random.default_rng([seed, 1 + state["step"]])
    state["step"] += 1
    names, values, far = list(ranges), state["values"], state["far"]
    low, high = np.array(list(ranges.values()), float).T
    for one in np.flatnonzero(far < 0):
        far[one] = _far(values[one], ranges, runs[state["run"]], seed, np.inf)
        state["tried"] += state["run"] == 0
    bar = 0.0 if (far == 0).mean() >= _ENOUGH else float(np.median(far))
    good = np.flatnonzero(far <= bar)
    state["share"] *= len(good) / len(far)
    bad = np.flatnonzero(far > bar)
    copied = rng.choice(good, len(bad))
    values[bad], far[bad] = values[copied], far[copied]
    free = np.array([name in UNSPOKEN for name in names])
    before, parts = values.copy(), _parts(names)
    for one in range(len(values)):
        other, another = rng.choice(len(values), 2, replace=False)
        part = rng.random(len(names)) < _STEPPED
        length = rng.choice([1.0, 0.7]) * 1.7 / np.sqrt(max(part.sum(), 1))
        step_by = length * (before[other] - before[another])
        step_by += 0.01 * (high - low) * rng.standard_normal(len(names))
        new = np.where(part & ~free, values[one] + step_by, values[one])
        new = low + (high - low) * (1 - np.abs(1 - (new - low) / (high - low) % 2))  # ends reflect
        anew = free & (rng.random(len(names)) < _AFRESH)
        new = _rounded(np.where(anew, rng.uniform(low, high), new)[None])[0]
        if not _allowed(new, names):
            new[parts] = values[one, parts]
        reached = _far(new, ranges, runs[state["run"]], seed, bar)
        state["tried"] += 1
        if reached <= bar:
            values[one], far[one] = new, reached
    if bar > 0:
        return
    if state["run"] + 1 < len(runs):  # from here on in more runs
        state["run"] += 1
        far[:] = -1
        return
    state["at_rest"] += 1
    known = {tuple(row) for row in state["found"]}
    if state["at_rest"] > _AT_REST[state["task"]["around"]]:
        state["found"] += [
            list(row) for row in dict.fromkeys(map(tuple, values.tolist())) if row not in known
        ]


def _anew(found, ranges, runs, seed):
    """What no rate speaks of, drawn anew all at once, where all targets are kept then too."""
    rng, names = np.random.default_rng([seed, 2**20]), list(ranges)
    free = np.array([name in UNSPOKEN for name in names])
    low, high = np.array(list(ranges.values()), float).T
    changed = found.copy()
    for one, row in enumerate(found):
        for _ in range(_TRIALS):
            new = _rounded(np.where(free, rng.uniform(low, high), row)[None])[0]
            if not _allowed(new, names):
                continue
            if _far(new, ranges, runs, seed, 0) == 0:
                changed[one] = new
                break
    return changed


def matched_parameters():
    """Parameter sets that keep all targets of the calibration table, as shipped.

    Returns
    -------
    DataFrame
        A row for each set; ``Scenario(**row)``. As `match_history` returns it, which found them.

    Examples
    --------
    >>> import povstudy as ps
    >>> sets = ps.simulation.matched_parameters()
    >>> scenario = ps.Scenario(**sets.iloc[0])
    >>> len(sets) >= 200
    True
    """
    text = files(__package__).joinpath(SHIPPED).read_text("utf-8")
    about, _, rows = text.partition("\n")
    table = pd.read_csv(StringIO(rows))
    table.attrs["matching"] = json.loads(about.removeprefix("# "))
    return handed_on(table, SOURCE)


def matched_ranges(sets=None, ranges=None):
    """Set the ranges that were tried beside what was left of them.

    Parameters
    ----------
    sets : DataFrame, optional
        As of `match_history`; `matched_parameters` where none are given.
    ranges : dict, optional
        As given to `match_history`.

    Returns
    -------
    DataFrame
        ``tried_low tried_high kept_low kept_high pinned default`` by parameter. Those kept are
        the central 95 %; ``pinned`` is 1 minus the standard deviation of those kept over that
        of those tried: near 0 where the targets say nothing, 1 where they leave one value.

    Notes
    -----
    Each parameter alone: two that are wide may be tied to each other.
    Half of the shipped sets wandered from draws over all ranges, half from the defaults; the two
    halves do not meet in some parameters, so that there are worlds between and beyond them.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.simulation.matched_ranges()
    >>> bool(table.loc["illness_loss", "pinned"] > table.loc["fade", "pinned"])
    True
    """
    sets = matched_parameters() if sets is None else sets
    ranges = RANGES if ranges is None else _ranges(ranges)
    tried = np.array([ranges[name] for name in sets.columns], float)
    kept = sets.quantile([0.025, 0.975]).to_numpy().T
    flat = (tried[:, 1] - tried[:, 0]) / np.sqrt(12)
    parts = sets.columns.isin(_PARTS)
    if parts.all() or parts.sum() == len(_PARTS):  # uniform where they add up to 1 or less
        flat = np.where(parts, np.sqrt(3 / 80), flat)
    table = pd.DataFrame({
        "tried_low": tried[:, 0], "tried_high": tried[:, 1], "kept_low": kept[:, 0], "kept_high": kept[:, 1],
        "pinned": np.clip(1 - sets.std().to_numpy() / flat, 0, 1),
        "default": [float(getattr(Scenario, name)) for name in sets.columns],
    }, index=pd.Index(sets.columns, name="parameter"))  # fmt: skip
    return handed_on(table, SOURCE)


def main(folder):
    """Write the sets that the package ships, half from all over the ranges, half from the defaults."""
    over = match_history(path=Path(folder) / "ranges.json")
    near = match_history(
        sets=len(over) // 2, around=Scenario(), path=Path(folder) / "defaults.json"
    )
    found = pd.concat([over.iloc[::2], near], ignore_index=True)
    about = over.attrs["matching"] | {
        "kept": len(found),
        "tried_from_defaults": near.attrs["matching"]["tried"],
    }
    text = f"# {json.dumps(about)}\n" + found.to_csv(index=False, lineterminator="\n")
    Path(__file__).with_name(SHIPPED).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
