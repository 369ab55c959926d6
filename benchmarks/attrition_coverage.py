"""How near weights for lost households come to a known truth, and where they do not help.

    .venv/bin/python benchmarks/attrition_coverage.py    # writes attrition_coverage.csv beside itself

Each draw is 50 villages with 16 households, seen in three waves; remote villages have more poor
households, and poverty lasts. The share of poor households in the third wave is known in closed
form. Between waves households are lost: ``seen``, by whether they were poor in the wave before and
live far off; ``unseen``, by whether they are poor in the wave in which they are lost, which nobody
sees. Ways: everybody seen; no weights; attrition weights with errors that take them as known; and
with weights made anew in bootstrap replicates.

Where loss hangs on what was seen, weights take the bias out. Errors that take them as known are a
little larger than those that know that they are estimated; intervals of both hold the truth. Where
loss hangs on what was not seen, weights take out less than a third of the bias, and no interval tells.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from known_truth import main

import povstudy as ps

FILE = Path(__file__).with_suffix(".csv")
START, STAY, ENTER = (0.3, 0.5), (0.6, 0.75), (0.1, 0.25)  # by far: 0 or 1


def truth():
    """Share of the poor in the third wave: half of the villages are far."""
    poor = []
    for far in (0, 1):
        p = START[far]
        for _ in range(2):
            p = p * STAY[far] + (1 - p) * ENTER[far]
        poor.append(p)
    return np.mean(poor)


def panel(rng, loss, villages=50, size=16):
    """Three waves; who is lost stays away."""
    village = np.repeat(np.arange(villages), size)
    far = village % 2
    n, seen, waves = len(village), np.ones(len(village), dtype=bool), []
    shared = rng.uniform(-0.08, 0.08, villages)[village]  # of a village, in every wave
    poor = rng.random(n) < np.take(START, far) + shared
    for wave in (1, 2, 3):
        if wave > 1:
            before, chance = poor, np.where(poor, np.take(STAY, far), np.take(ENTER, far))
            poor = rng.random(n) < chance + shared
            on = before if loss == "seen" else poor
            lost = rng.random(n) < (0.05 + 0.30 * on + 0.10 * far * (loss == "seen")) * (
                loss != "none"
            )
            seen = seen & ~lost
        waves.append(pd.DataFrame({"household_id": np.arange(n), "year": wave, "psu": village, "stratum": far,
                                   "far": far, "poor": poor.astype(int)})[seen])  # fmt: skip
    return pd.concat(waves, ignore_index=True)


def draw(seed, draws=16):
    """Estimates of one draw, in each way."""
    rows = []
    for loss in ("seen", "unseen"):
        whole = panel(np.random.default_rng(seed), "none")
        lost = panel(np.random.default_rng(seed), loss)
        made = ps.attrition_weights(lost, "poor + far", draws=draws * (loss == "seen"))
        third = lambda table: table[table["year"] == 3]  # noqa: E731  where each village has some
        unit = {"strata": "stratum", "psu": "psu"}
        surveys = {
            "everybody": ps.Survey(third(whole), **unit), "no weights": ps.Survey(third(lost), **unit),
            "weights as known": ps.Survey(third(made.panel).query("attrition_weight > 0"), weight="attrition_weight", **unit),
        }  # fmt: skip
        if loss == "unseen":
            surveys.pop("everybody")  # the same as before
        else:
            surveys["weights made anew"] = made.survey.where("year == 3")
        for way, svy in surveys.items():
            found = ps.mean(svy, "poor").tidy()
            rows.append(found.assign(way=f"{loss}: {way}", term="poor in wave 3", truth=truth()))
    return pd.concat(rows)


if __name__ == "__main__":
    main(draw, FILE, __doc__)
