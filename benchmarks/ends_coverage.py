"""How near models and judgements of ends that compete come to a known truth.

    .venv/bin/python benchmarks/ends_coverage.py    # writes ends_coverage.csv beside itself

A draw has two panels of 1,200 households that leave poverty, fall back or move away, and are lost
in any of six periods. In one the hazards of both ends are known: `relapse_ends` is held to its
coefficients and to the share that has fallen back after three periods; `validate_risk` to the AUC
and the Brier score of the true risk. In the other the share that falls back follows the design of
Fine and Gray (1999, section 4), seen in periods: `fine_gray` is held to it. There the ratio of
hazards is not constant: the rows "hazards, as if constant" tell by how much the curves of
`relapse_ends` miss.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from known_truth import main

import povstudy as ps

FILE = Path(__file__).with_suffix(".csv")
HOUSEHOLDS, PERIODS, HORIZON = 1_200, 6, 3
HAZARDS = {
    "fell": (-2.0, 0.5, -0.5),
    "moved": (-2.2, -0.3, 0.4),
}  # level, x, z on the cloglog scale
SHARE, WIDTH, SLOPES = 0.4, 0.4, ((0.5, -0.5), (-0.5, 0.5))
ASKED = pd.DataFrame({"household_id": ["a", "b"], "x": [-1.0, 1.0], "z": [1, 0]})


def hazards(x, z):
    """Hazard of each end, the same in each period."""
    return [-np.expm1(-np.exp(a + b * x + c * z)) for a, b, c in HAZARDS.values()]


def by_hazards(x, z, k=HORIZON):
    """Share that has fallen back after k periods: constant hazards have a closed form."""
    one, two = hazards(x, z)
    return one / (one + two) * (1 - (1 - one - two) ** k)


def by_share(x, z, k=HORIZON):
    """The same in the design of Fine and Gray."""
    base = SHARE * -np.expm1(-WIDTH * k)
    return 1 - (1 - base) ** np.exp(SLOPES[0][0] * x + SLOPES[0][1] * z)


def households(rng):
    """Covariates, and the last period in which each would be seen."""
    x, z = rng.normal(size=HOUSEHOLDS), rng.integers(0, 2, HOUSEHOLDS)
    return x, z, rng.integers(1, PERIODS + 1, HOUSEHOLDS)


def spells(x, z, lost, period, fell):
    """Spells as they are seen."""
    event = np.where(period > lost, "", np.where(fell, "fell", "moved"))
    return pd.DataFrame({"household_id": np.arange(len(x)), "entry": 0, "x": x, "z": z,
                         "exit": np.minimum(period, lost), "event": event})  # fmt: skip


def panel_of_hazards(rng):
    """Spells whose hazards are known."""
    x, z, lost = households(rng)
    one, two = hazards(x, z)
    period = rng.geometric(one + two)
    return spells(x, z, lost, period, rng.random(len(x)) < one / (one + two))


def panel_of_shares(rng):
    """Spells of the design of Fine and Gray."""
    x, z, lost = households(rng)
    rate = np.exp(x * SLOPES[0][0] + z * SLOPES[0][1])
    ever = 1 - (1 - SHARE) ** rate
    v = 1 - (1 - rng.random(len(x)) * ever) ** (1 / rate)
    falls = -np.log1p(-v / SHARE)
    moves = rng.exponential(size=len(x)) / np.exp(x * SLOPES[1][0] + z * SLOPES[1][1])
    fell = rng.random(len(x)) < ever
    return spells(x, z, lost, np.ceil(np.where(fell, falls, moves) / WIDTH).astype(int), fell)


@cache
def judged_truth():
    """AUC and Brier score of the true risk, over a fine grid of the covariates."""
    from scipy import stats

    x, z = np.repeat(stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000), 2), np.tile([0, 1], 20_000)
    risk = np.sort(by_hazards(x, z))
    below = np.cumsum(1 - risk) - (1 - risk) / 2
    return {
        "auc": (risk * below).sum() / risk.sum() / (1 - risk).sum(),
        "brier": (risk * (1 - risk)).mean(),
        "observed risk": risk.mean(),
    }


def _curve(way, made, share):
    made = made[(made["period"] == HORIZON) & (made["cause"] == "fell")]
    truth = share(ASKED["x"].to_numpy(), ASKED["z"].to_numpy())
    return made.assign(way=way, term="incidence, " + made["household_id"], truth=truth)


def draw(seed):
    """Estimates and intervals of one draw."""
    rng = np.random.default_rng(seed)
    table = panel_of_hazards(rng)
    ends = ps.relapse_ends("x + z", table, baseline="constant")
    ratios = ends.tidy()
    names = [("Intercept", "x", "z").index(one) for one in ratios["term"]]
    truth = [HAZARDS[cause][at] for cause, at in zip(ratios["cause"], names, strict=True)]
    parts = [
        ratios.assign(way="hazards", term=ratios["cause"] + ", " + ratios["term"], truth=truth),
        _curve("hazards", ends.incidence(ASKED, HORIZON), by_hazards),
    ]
    rows = table.assign(
        risk=by_hazards(table["x"], table["z"]), horizon=HORIZON, time=table["exit"]
    )
    judged = ps.validate_risk(ps.Survey(rows), cause="fell").tidy()
    judged = judged[judged["term"].isin(judged_truth())]
    parts.append(judged.assign(way="judged", truth=judged["term"].map(judged_truth())))
    table = panel_of_shares(rng)
    fit = ps.fine_gray("x + z", table, cause="fell")
    slopes = fit.tidy().iloc[-2:]
    parts += [
        slopes.assign(way="Fine-Gray", truth=SLOPES[0]),
        _curve("Fine-Gray", fit.incidence(ASKED, HORIZON), by_share),
        _curve("hazards, as if constant", ps.relapse_ends("x + z", table).incidence(ASKED, HORIZON), by_share),
    ]  # fmt: skip
    kept = ["way", "term", "estimate", "std_error", "ci_low", "ci_high", "truth"]
    return pd.concat(parts, ignore_index=True)[kept]


if __name__ == "__main__":
    main(draw, FILE, __doc__)
