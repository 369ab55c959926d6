"""What errors of income and falls not seen do to exit and relapse rates, beside the truth."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..base.errors import DataError
from ..base.status import handed_on
from ..panels.bounds import detection_bounds, misclassification_bounds
from ..panels.moves import after_exit, transitions
from ..simulation.parameters import Scenario
from ..simulation.run import SOURCE, simulate

_BEFORE = {"exit": (1,), "relapse": (1, 0)}  # states up to now of who is looked at


def noise_and_truth(noises=(0.0, 0.05, 0.1, 0.2), detections=(0.01, 0.03, 0.1, 0.3),
                    scenario=None, households=50_000, years=8, seed=0):  # fmt: skip
    """Set rates as a survey and a register show them beside the truth, by how well they see.

    Parameters
    ----------
    noises : sequence of float
        Errors of income in the survey, in log points (``survey_noise`` of `Scenario`).
    detections : sequence of float
        Shares of true falls that the register sees (``detection``).
    scenario : Scenario, optional
        All else.
    households, years, seed
        As for `simulate`.

    Returns
    -------
    DataFrame
        ``measure series sees estimate ci_low ci_high bound_low bound_high truth``. Measures and
        series are

        - ``exit``, ``survey``: of the poor, out a year later; ``sees`` is the error of income;
        - ``relapse``, ``survey``: poor again in the first year after an exit, of those seen to
          leave; ``truth`` is the same rate by true incomes of the same rows;
        - ``register``, ``register``: falls that the register marks, per household and year off
          the list after an exit; ``sees`` is the share it sees, ``truth`` who is truly poor.

        Bounds of the survey suppose that the number of wrong records is known, and nothing else
        about them (`misclassification_bounds`); those of the register, that it sees between a
        third and three times of what it does (`detection_bounds`). Intervals are of the survey;
        bounds contain them.

    Notes
    -----
    The same households and random numbers under each noise. Those are errors of one year alone
    that know nothing of one another: errors that last would move rates less.

    Examples
    --------
    >>> import povstudy as ps
    >>> found = ps.lessons.noise_and_truth((0.0, 0.2), (0.1,), households=10_000, years=5)
    >>> bool(((found["bound_low"] <= found["truth"]) & (found["truth"] <= found["bound_high"])).all())
    True
    """
    scenario = Scenario() if scenario is None else scenario
    if not len(noises) or not len(detections):
        raise DataError("Noise and detection are at least one each.",
                        remedy="noises=(0.1,), detections=(0.03,)")  # fmt: skip
    size, rows = {"households": households, "years": years, "seed": seed}, []
    for noise in noises:
        panel = simulate(replace(scenario, survey_noise=noise), **size).panel
        panel = panel.assign(poor_true=panel["income_true"] < scenario.line)
        wide = _wide(panel)
        for measure, estimate in (("exit", _exit_rate), ("relapse", after_exit)):
            found = estimate(panel).tidy().iloc[0]
            truth = estimate(panel, poor="poor_true").tidy()["estimate"].iloc[0]
            wrong = _wrong(*wide, _BEFORE[measure])
            low, _ = misclassification_bounds(max(found["ci_low"], 0.0), wrong)
            _, high = misclassification_bounds(min(found["ci_high"], 1.0), wrong)
            told = found[["estimate", "ci_low", "ci_high"]]
            rows.append((measure, "survey", noise, *told, low, high, truth))
    for share in detections:
        truth = simulate(replace(scenario, detection=share), **size).truth
        told = truth[truth["arm"] == ""].set_index("estimand")["value"]
        rate = told["register_relapse"]
        low, high = detection_bounds(rate, share / 3, min(3 * share, 1.0))
        rows.append(("register", "register", share, rate, np.nan, np.nan, low, high,
                     told["true_relapse"]))  # fmt: skip
    columns = ["measure", "series", "sees", "estimate", "ci_low", "ci_high", "bound_low",
               "bound_high", "truth"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    number = columns[2:]
    table[number] = table[number].astype(float)
    return handed_on(table, SOURCE)


def _exit_rate(panel, poor="poor"):
    found = transitions(panel, poor=poor)
    row = found.table["term"] == "exit rate"
    from scipy import sparse

    chosen = sparse.csr_array(np.eye(len(found))[:, np.flatnonzero(row)])
    return found.combine(found.table[row], chosen)


def _wide(panel):
    """Poor as measured and in truth, and weights: households x years, missing where not asked."""
    table = panel.pivot(
        index="household_id", columns="year", values=["poor", "poor_true", "weight"]
    )
    return tuple(table[name].to_numpy(dtype=float) for name in ("poor", "poor_true", "weight"))


def _wrong(seen, true, weight, before):
    """Records that are wrong, for each that is counted; ``before`` are the states up to now."""
    span = len(before)
    total, counted = 0.0, 0.0
    for year in range(span - 1, seen.shape[1] - 1):
        window = slice(year - span + 1, year + 2)
        asked = ~np.isnan(seen[:, window]).any(axis=1)
        one, two, w = seen[asked, window], true[asked, window], weight[asked, year]
        inside, should = ((x[:, :-1] == before).all(axis=1) for x in (one, two))
        counted += w[inside].sum()
        total += w[(inside | should) & (one != two).any(axis=1)].sum()
    return total / counted
