"""How often intervals from a register and from visits hold the true rate, detection and false flags.

    .venv/bin/python benchmarks/visits_coverage.py    # writes visits_coverage.csv beside itself

Each draw is a county of 8,000 households that left, in 400 villages of 20. Of all, 5 (or 2) percent
have truly fallen back; in the rows "villages" their share differs between villages (correlation
within a village 0.05). The register flags each true fall with the chance ``detection``, and one of
a hundred others. Visits never err, but for the rows "unsure", where they find 9 of 10 falls and
take 2 of 100 others for one. Ways to draw the visits:

- ``by flag``: half of them from the flagged (or all of these), the rest from the others;
- ``at random``: from all who left, whatever their flag;
- ``villages``: a tenth as many villages as visits, 10 households in each: up to 5 flagged ones,
  the rest from the others; the estimator knows of the villages.

``truth`` is that of the county of the draw. The table holds, for each way and term, the bias, the
spread of the estimates around zero error, the share of 95 % intervals that hold the truth, and the
mean width of the intervals. Its column ``draws`` tells how many it was made of.
"""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from known_truth import all_draws, judged

from povstudy.relapse.measured.visits import answered

FILE = Path(__file__).with_suffix(".csv")
SIZE, VILLAGES = 8_000, 400
DETECTION, VISITS = (0.05, 0.1, 0.3, 0.5, 0.9), (100, 300, 1_000, 2_000)
CELLS = [
    *product(("by flag", "villages"), (0.05, 0.02), DETECTION, VISITS),
    *product(("at random",), (0.05,), (0.1, 0.5), (300, 1_000)),
    *product(("unsure",), (0.05,), (0.1, 0.5), (300, 1_000)),
]
VILLAGE = np.repeat(np.arange(VILLAGES), SIZE // VILLAGES)


def county(rng, rate, detection, alike=0.0):
    """True falls and flags of one county."""
    share = np.full(VILLAGES, rate)
    if alike:
        share = rng.beta(rate * (1 / alike - 1), (1 - rate) * (1 / alike - 1), VILLAGES)
    fell = rng.random(SIZE) < share[VILLAGE]
    return fell, (rng.random(SIZE) < np.where(fell, detection, 0.01)).astype(int)


def drawn(rng, way, flag, visits):
    """Which households are visited."""
    seen = np.zeros(SIZE, bool)
    if way == "at random":
        seen[rng.permutation(SIZE)[:visits]] = True
    elif way == "villages":
        taken = rng.permutation(VILLAGES)[: visits // 10]
        flags = flag.reshape(VILLAGES, -1)[taken]
        order = np.argsort(rng.random(flags.shape) - flags, axis=1)  # the flagged first
        rank = order.argsort(axis=1)
        count = flags.sum(axis=1, keepdims=True)
        first = np.minimum(count, 5)
        seen.reshape(VILLAGES, -1)[taken] = np.where(
            flags == 1, rank < first, rank - count < 10 - first
        )
    else:
        first = min(visits // 2, flag.sum())
        for of, n in ((1, first), (0, visits - first)):
            seen[rng.permutation(np.flatnonzero(flag == of))[:n]] = True
    return seen


def draw(seed, cells=CELLS):
    """Estimates and intervals of one draw, for each cell."""
    rng, made = np.random.default_rng(seed), []
    for way, rate, detection, visits in cells:
        fell, flag = county(rng, rate, detection, 0.05 * (way == "villages"))
        seen = drawn(rng, way, flag, visits)
        right = np.array([[0.9, 0.98]] * 2 if way == "unsure" else [[1.0, 1.0]] * 2)
        said = np.where(fell, rng.random(SIZE) < right[0, 0], rng.random(SIZE) >= right[0, 1])
        visit = np.where(seen, said, np.nan)
        if not seen[flag == 1].any():
            continue  # refused: nothing tells of false flags
        one, *_ = answered(flag, visit, np.zeros(SIZE, int), VILLAGE if way == "villages" else None,
                          np.ones(SIZE), right)  # fmt: skip
        truth = [fell.mean(), flag[fell].mean(), 1 - fell[flag == 1].mean()]
        one = one.assign(way=way, rate=rate, detection=detection, visits=visits, truth=truth)
        made.append(one)
    return pd.concat(made, ignore_index=True)


def coverage(count=1_000, seed=1, workers=2, cells=CELLS):
    """Bias, coverage and width of each cell."""
    return summed(pd.concat([draw((seed, one), cells) for one in range(count)]) if workers == 1
                  else all_draws(draw, count, seed, workers))  # fmt: skip


def summed(found):
    """What the draws say together."""
    by = ["way", "rate", "detection", "visits", "term"]
    found = found.assign(
        width=found["ci_high"] - found["ci_low"], off=found["estimate"] - found["truth"]
    )
    table = judged(found, by)
    more = found.groupby(by, sort=False).agg(error=("off", "std"), width=("width", "mean"))
    return table.drop(columns="spread").merge(more.reset_index(), on=by)


if __name__ == "__main__":
    table = coverage()
    print(table.round(3).to_string(index=False))
    table.round(4).to_csv(FILE, index=False, lineterminator="\n")
