"""Households with risks that are right, whose outcomes go together within villages."""

import numpy as np
import pandas as pd
from scipy import stats

MEASURES = ["observed risk", "predicted risk", "observed / predicted", "calibration intercept",
            "calibration slope", "brier", "scaled brier", "auc"]  # fmt: skip
HORIZON, RISKS = 4, np.arange(1, 13) / 16  # each as common as the others


def _truth():
    fell, brier = RISKS.mean(), (RISKS * (1 - RISKS)).mean()
    win = np.greater.outer(RISKS, RISKS) + 0.5 * np.equal.outer(RISKS, RISKS)
    pairs = np.outer(RISKS, 1 - RISKS)
    values = [
        fell,
        fell,
        1,
        0,
        1,
        brier,
        1 - brier / fell / (1 - fell),
        (win * pairs).sum() / pairs.sum(),
    ]
    return dict(zip(MEASURES, values, strict=True))


TRUTH = _truth()


def follow(rng, villages=40, size=20, alike=0.15):
    """Follow households; a third is lost before the horizon, a fifth is seen late, if at all."""
    n = villages * size
    village = np.repeat(np.arange(villages), size)
    risk = rng.choice(RISKS, n)
    luck = np.sqrt(alike) * rng.standard_normal(villages)[village]
    luck = stats.norm.sf(luck + np.sqrt(1 - alike) * rng.standard_normal(n))
    fell = np.ceil(HORIZON * np.log(luck) / np.log(1 - risk)).astype(
        int
    )  # within k: 1 - (1 - risk)^(k / 4)
    lost = rng.geometric(0.15, n)
    entry = np.where(rng.random(n) < 0.2, rng.integers(1, 3, n), 0)
    table = pd.DataFrame({
        "risk": risk, "horizon": HORIZON, "time": np.minimum(fell, lost), "event": fell <= lost,
        "entry": entry, "w": rng.uniform(1, 2, n), "village": village,
    })  # fmt: skip
    return table[table["entry"] < table["time"]]
