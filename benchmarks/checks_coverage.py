"""Checks of a fit, paths and smooth calibration on known truth.

    .venv/bin/python benchmarks/checks_coverage.py    # writes checks_coverage.csv beside itself

Each draw has 1,800 households in 60 villages, followed for 4 periods. A positive stable factor of
each village and period (alpha 0.9) makes falls of a village hang together, and keeps hazards
complementary log-log with coefficients 0.9 times those of the household. ``rejects`` is the share
of draws in which a test rejects at 5 %: its truth is 0.05 where nothing departs (the size), and it
has none where the effect of ``x`` moves by -0.3 for each log of the period (the power). ``path`` is
the risk along stated covariates. ``halved``: the odds of predicted risks are half of what they should be;
``right``: every risk is right, and ``ici`` is what chance makes of 0 (beside ``by chance``).
"""

from pathlib import Path

import numpy as np
import pandas as pd
from known_truth import main

import povstudy as ps

FILE = Path(__file__).with_suffix(".csv")
ALPHA, SLOPES, LEVEL, PERIODS = 0.9, np.array([0.5, -0.4]), -1.6, 4
PATH = {"x": [-1.0, 0.0, 1.0, 1.0], "help": [0, 0, 1, 1]}
WITHIN = 3


def shocks(rng, size):
    """Positive stable factors (Kanter 1975)."""
    u, e = rng.uniform(0, np.pi, size), rng.exponential(size=size)
    first = np.sin(ALPHA * u) / np.sin(u) ** (1 / ALPHA)
    return first * (np.sin((1 - ALPHA) * u) / e) ** ((1 - ALPHA) / ALPHA)


def panel(rng, villages=60, households=30, moves=0.0):
    """Spells with covariates, and the true risk within three periods."""
    village = np.repeat(np.arange(villages), households)
    x = rng.normal(0, 1, len(village)).round(1)
    help_ = rng.integers(0, 2, villages)[village]
    k = np.arange(1, PERIODS + 1)
    eta = LEVEL + np.outer(x, SLOPES[0] + moves * np.log(k)) + SLOPES[1] * help_[:, None]
    rate = shocks(rng, (villages, PERIODS))[village] * np.exp(eta)
    ends = rng.random(rate.shape) < -np.expm1(-rate)
    event = ends.any(axis=1)
    exit_ = np.where(event, ends.argmax(axis=1) + 1, PERIODS)
    right = -np.expm1(-np.exp(ALPHA * eta)[:, :WITHIN].sum(axis=1))
    return pd.DataFrame({"household_id": np.arange(len(x)), "village": village, "x": x, "help": help_,
                         "entry": 0, "exit": exit_, "event": event, "right": right})  # fmt: skip


def rejects(found, check, term, group=""):
    """Whether a test of a check rejects at 5 %."""
    rows = found[(found["check"] == check) & (found["term"] == term) & (found["group"] == group)]
    return float(rows["p_value"].iloc[0] < 0.05)


def draw(seed):
    """Estimates, intervals and truths of one draw."""
    rng, rows = np.random.default_rng(seed), []
    columns = ["way", "term", "estimate", "std_error", "ci_low", "ci_high", "truth"]
    for way, moves in (("nothing departs", 0.0), ("x moves", -0.3)):
        spells = panel(rng, moves=moves)
        fit = ps.relapse_model("x + help", spells, "village")
        found = fit.check().tidy()
        truth = 0.05 if moves == 0 else np.nan
        for check, term, group in (("moves with time", "x", ""), ("moves with time", "help", ""),
                                   ("moves with time", "all covariates", ""),
                                   ("falls by group", "predicted hazard", "all")):  # fmt: skip
            one = rejects(found, check, term, group)
            rows.append((way, f"rejects: {check}, {term}", one, np.nan, np.nan, np.nan, truth))
        if moves:
            continue
        one = fit.risk(pd.DataFrame({"x": [0.0], "help": [0]}), horizon=4, path=PATH).iloc[0]
        eta = ALPHA * (LEVEL + SLOPES[0] * np.array(PATH["x"]) + SLOPES[1] * np.array(PATH["help"]))
        rows.append(
            (
                "path",
                "risk",
                *one[["risk", "std_error", "ci_low", "ci_high"]],
                -np.expm1(-np.exp(eta).sum()),
            )
        )
        lost = rng.random(len(spells)) < 0.2  # seen for two periods alone
        time = np.where(lost, np.minimum(spells["exit"], 2), spells["exit"])
        later = pd.DataFrame({
            "village": spells["village"], "horizon": WITHIN, "time": time,
            "event": spells["event"] & (time == spells["exit"]), "right": spells["right"], "halved": spells["right"] / (2 - spells["right"]),
        })  # fmt: skip
        svy = ps.Survey(later, psu="village")
        gap = (later["right"] - later["halved"]).to_numpy()
        for risk in ("halved", "right"):
            found = ps.smooth_calibration(svy, risk).tidy().set_index("term")
            truths = {"ici": gap.mean(), "e50": np.median(gap), "e90": np.quantile(gap, 0.9)}
            for term, one in found[["estimate", "std_error", "ci_low", "ci_high"]].iterrows():
                truth = np.nan if term == "by chance" else truths[term] if risk == "halved" else 0.0
                rows.append((risk, term, *one, truth))
    return pd.DataFrame(rows, columns=columns)


if __name__ == "__main__":
    main(draw, FILE, __doc__)
