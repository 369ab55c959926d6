"""How near Cronbach's alpha comes to its true value, and how often its interval holds it.

    .venv/bin/python benchmarks/scales_coverage.py    # writes scales_coverage.csv beside itself

Each draw is 900 people in 60 villages, who answer four items of a trait; villages differ in it.
In the way *numbers* answers are normal, in *steps* they are cut into 1 to 5, unevenly. *Alone*
takes people as drawn one by one, though villages differ: its interval holds the truth less often.
The truth of *steps* is that of four million people.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from known_truth import main

import povstudy as ps

FILE = Path(__file__).with_suffix(".csv")
ITEMS = ["q1", "q2", "q3", "q4"]
SLOPES = np.array([1.0, 1.0, 0.8, 0.6])
TRUTH = {"numbers": 0.733505, "steps": 0.688656}


def people(seed, villages=60, steps=False):
    """Answers of 15 people in each village."""
    rng = np.random.default_rng(seed)
    village = np.repeat(np.arange(villages), 15)
    trait = (
        np.sqrt(0.8) * rng.normal(size=len(village))
        + np.sqrt(0.2) * rng.normal(size=villages)[village]
    )
    x = trait[:, None] * SLOPES + rng.normal(size=(len(village), 4))
    if steps:
        x = 1.0 + np.searchsorted([-0.5, 0.5, 1.2, 1.8], x)
    return pd.DataFrame(x, columns=ITEMS).assign(village=village)


def draw(seed):
    """Estimates and intervals of one draw."""
    made = []
    for way, steps, cluster in (
        ("numbers", False, "village"),
        ("steps", True, "village"),
        ("alone", False, None),
    ):
        scale = ps.scale_score(people(seed, steps=steps), ITEMS, cluster)
        made.append(
            scale.tidy().iloc[[0]].assign(way=way, truth=TRUTH["steps" if steps else "numbers"])
        )
    columns = ["way", "term", "estimate", "std_error", "ci_low", "ci_high", "truth"]
    return pd.concat(made, ignore_index=True)[columns]


if __name__ == "__main__":
    main(draw, FILE, __doc__)
