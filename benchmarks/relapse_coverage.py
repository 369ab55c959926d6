"""How near models of relapse come to a known truth, and what each shortcut costs.

    .venv/bin/python benchmarks/relapse_coverage.py    # writes relapse_coverage.csv beside itself

Each draw is a panel of `povstudy.lessons.known_hazards`, fitted in each way of
`povstudy.lessons.shortcuts`. The table holds, for each way and coefficient, the truth, the
mean of the estimates, the bias in percent of the truth, the spread of the estimates, the mean
standard error, and the share of 95 % intervals that hold the truth.
"""

from functools import partial
from pathlib import Path

from known_truth import all_draws, judged, main

from povstudy.lessons import shortcuts

FILE = Path(__file__).with_suffix(".csv")


def draw(seed, frailty=0.5):
    """Estimates and intervals of one draw."""
    return shortcuts(150, frailty, seed)


def coverage(count=2_000, seed=1, workers=2, frailty=0.5):
    """Bias and coverage of each way.

    Parameters
    ----------
    count, seed, workers : int
    frailty : float
        Variance of unseen differences; 0 leaves out the ways with them.

    Returns
    -------
    DataFrame
    """
    return judged(all_draws(partial(draw, frailty=frailty), count, seed, workers))


if __name__ == "__main__":
    main(draw, FILE, __doc__, count=2_000)
