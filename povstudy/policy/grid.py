"""A grid of budgets, mixes, caseloads, accompaniment and effects, for those who only look."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..base.checks import need_columns
from ..base.language import texts
from ..base.progress import watched
from ..base.status import handed_on
from ..simulation.run import in_processes
from .plans import SUMS, County, Plan, need_amounts, need_run, prices_of, refuse_beyond
from .scenarios import LEVEL, SOURCE, drawn, range_of, share_of

# Yuan per household of the county and year.
BUDGETS = (25.0, 50.0, 75.0, 100.0, 150.0, 200.0, 250.0)
MIXES = (0.0, 0.25, 0.5, 0.75, 1.0)  # share of the helped villages with social work
LOADS = (6.0, 9.0, 12.0, 18.0)  # households per helper
ACCOMPANIED = (0, 1, 2, 3)  # years after the exit
USUAL = (LOADS.index(9.0), ACCOMPANIED.index(0))  # how officials help today, as far as is told
EFFECTS = (-0.15, -0.05, 0.0, 0.05, 0.15)  # of social work, log points
OUTCOMES = ("poverty", "relapse", "poverty_free_years", "cost_per_year", "gain", "gain_over_usual",
            "reached")  # fmt: skip


def explorer_grid(draws=100, seed=0, households=50_000, years=8, budgets=BUDGETS, prices=None,
                  workers=1):  # fmt: skip
    """Tell what budgets buy on a full grid of plans and of effects of social work.

    Parameters
    ----------
    draws, seed, households, years, workers : int
        As of `budget`; a draw has no effect of its own here, as that is an axis.
    budgets : sequence of float
        Yuan per household of the county and year.
    prices : Prices, optional
        What is paid.

    Returns
    -------
    DataFrame
        ``budget mix caseload accompaniment effect outcome estimate low high share``. The
        estimate is the mean of the draws, low and high are the ends of their central 90 percent.
        Outcomes are ``poverty`` (share of households and years below the line), ``relapse``
        (share of those who left the list that fell; missing where in a draw nobody left), ``poverty_free_years`` (gained against no
        help, per 1,000 households of the county), ``cost_per_year`` (yuan for each of them:
        ratio of the means; without end where nothing is gained), ``gain`` (poverty-free years
        minus those of the same cell without social work, draw by draw; ``share`` is the share of
        draws in which it is more than zero), ``gain_over_usual`` (the same against administrative
        help with 9 households per helper and no accompaniment, at the same budget) and
        ``reached`` (share of villages that are helped; at 1 money may be left). ``attrs`` hold units, definitions and sizes.

    Raises
    ------
    DataError
        As of `budget`; and for a budget that leaves money over in every draw.

    Notes
    -----
    Every cell sees the same draws. All social work is by contract, and cadres list, so that with
    an effect of zero and one price both kinds of help are the same.

    Examples
    --------
    >>> import povstudy as ps
    >>> grid = ps.explorer_grid(draws=2, households=1_000, budgets=[50, 100])
    >>> zero = grid[grid["outcome"].eq("gain") & grid["effect"].eq(0)]
    >>> bool(zero[["estimate", "low", "high"]].eq(0).all(axis=None))
    True
    """
    prices = prices_of(prices)
    households, years, draws, seed, workers = need_run(households, years, draws, seed, workers)
    budgets = np.unique(need_amounts("budgets", budgets, 100))
    totals = budgets * households * years
    found, _ = drawn(draws, seed, 0.0, prices)
    tasks = [((scenario, paid), totals, years, (seed, draw), households)
             for draw, (scenario, _, paid) in enumerate(found)]  # fmt: skip
    made = list(watched(in_processes(_cells, tasks, workers), "grid draws", draws))
    most = max(one for _, one in made) / households / years
    refuse_beyond("budgets", budgets[-1], most, f"{most / 4:.4g}, {most / 2:.4g}")
    none, free, cost, below, falls, exits, reached = np.moveaxis([one for one, _ in made], 1, 0)
    gained, spent = 1000 / households * (free - none), 1000 / households * cost
    values = {
        "poverty": below / (households * years), "relapse": share_of(falls, exits),
        "poverty_free_years": gained, "gain": gained - gained[:, :, :1],
        "gain_over_usual": gained - gained[:, :, :1, USUAL[0], USUAL[1]][:, :, :, None, None],
        "reached": reached,
    }  # fmt: skip
    ends = {name: np.stack(range_of(one)[:3]) for name, one in values.items()}
    # Some are without end: ends are those of the ordered draws, with nothing in between.
    each = np.quantile(_price(spent, gained), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0,
                       method="closest_observation")  # fmt: skip
    mean = _price(spent.mean(axis=0), ends["poverty_free_years"][0])
    ends["cost_per_year"] = np.stack([mean, *each])
    share = (values["gain"] > 0).mean(axis=0)
    axes = {"budget": budgets, "mix": MIXES, "caseload": LOADS, "accompaniment": ACCOMPANIED,
            "effect": EFFECTS}  # fmt: skip
    cells = pd.MultiIndex.from_product(axes.values(), names=axes).to_frame(index=False)
    parts = [
        cells.assign(outcome=name, estimate=ends[name][0].ravel(), low=ends[name][1].ravel(),
                     high=ends[name][2].ravel(), share=share.ravel() if name == "gain" else np.nan)
        for name in OUTCOMES
    ]  # fmt: skip
    table = pd.concat(parts, ignore_index=True).assign(data_status="simulated")
    table.attrs |= {"households": households, "years": years, "draws": draws, "level": LEVEL,
                    "definitions": texts("grid_outcome")}  # fmt: skip
    return handed_on(table, SOURCE)


def _price(spent, gained):
    """Yuan for each year gained, without end where nothing is gained."""
    return np.divide(spent, gained, out=np.full(np.shape(spent), np.inf), where=gained > 0)


def _cells(task):
    """Sums of all cells in one draw, and what it costs at most to help everybody.

    Free years without help and with, cost, years below, falls, exits, share of villages helped.
    """
    (scenario, prices), totals, years, key, households = task
    county = County(scenario, years, key, households, prices)
    shape = (len(totals), len(MIXES), len(LOADS), len(ACCOMPANIED), len(EFFECTS))
    made, most = np.empty((7, *shape)), 0.0
    at = [SUMS.index(one) for one in ("free_years", "cost", "below_years", "falls", "exits")]
    for i, load in enumerate(LOADS):
        for j, accompaniment in enumerate(ACCOMPANIED):
            plan = Plan(caseload=load, accompaniment=accompaniment, collaboration=0.0)
            for k, effect in enumerate(EFFECTS):
                for m, mix in enumerate(MIXES):
                    path = county.path(replace(plan, social_work=mix), effect)
                    reached = np.searchsorted(path[0], totals, side="right") - 1
                    made[1:-1, :, m, i, j, k] = path[np.ix_(at, reached)]
                    made[0, :, m, i, j, k] = path[at[0], 0]
                    made[-1, :, m, i, j, k] = reached / (path.shape[1] - 1)
                    most = max(most, path[0, -1])
            county.found.clear()
    return made, most


def flip_points(grid):
    """Tell from which effect on social work gains more years than administrative help.

    Parameters
    ----------
    grid : DataFrame
        As of `explorer_grid`.

    Returns
    -------
    DataFrame
        ``budget caseload accompaniment flip low high``: the effect of social work, log points,
        from which the mean gain of social work everywhere is more than zero (between points of the
        axis by a straight line; missing where it never is); from ``low`` on it is not told apart
        from zero any more by the range of the draws, from ``high`` on the whole range is above.

    Notes
    -----
    Where a worker costs what a cadre does, it flips at an effect of zero in every cell: there
    both kinds of help are one. Where a worker costs more, the effect has to pay for that.

    Examples
    --------
    >>> import povstudy as ps
    >>> dear = ps.Prices(worker=70_000)
    >>> grid = ps.explorer_grid(draws=4, households=5_000, budgets=[50, 100], prices=dear)
    >>> bool(ps.flip_points(grid)["flip"].mean() > 0)
    True
    """
    keys = ["budget", "caseload", "accompaniment"]
    need_columns(grid, [*keys, "mix", "effect", "outcome", "estimate", "low", "high"])
    rows = []
    part = grid[grid["outcome"].eq("gain") & grid["mix"].eq(1)].sort_values([*keys, "effect"])
    for name, cell in part.groupby(keys):
        effects = cell["effect"].to_numpy()
        ends = {made: _crossing(effects, cell[of].to_numpy())
                for made, of in (("flip", "estimate"), ("low", "high"), ("high", "low"))}  # fmt: skip
        rows.append(dict(zip(keys, name, strict=True)) | ends)
    made = pd.DataFrame(rows, columns=[*keys, "flip", "low", "high"])
    return handed_on(made.assign(data_status="simulated"), grid, SOURCE)


def _crossing(x, y):
    """Where a line through points rises above zero for good."""
    below = np.flatnonzero(y <= 0)
    if not len(below):
        return x[0]
    last = below[-1]
    if last == len(x) - 1:
        return np.nan
    return x[last] - y[last] * (x[last + 1] - x[last]) / (y[last + 1] - y[last])
