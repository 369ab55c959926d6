"""Remedies of paths and of smooth calibration: as of `modelling`."""

import numpy as np
import pandas as pd

import povstudy as ps

from .modelling import falls


def judged(**more):
    """Risks beside what came later."""
    rng = np.random.default_rng(3)
    made = pd.DataFrame({"risk": rng.uniform(0.05, 0.6, 200), "horizon": 1, "time": 1})
    return made.assign(event=lambda t: rng.random(200) < t["risk"]).assign(**more)


def fitted():
    """A fit with a mark of help, households, and a path that has a period twice."""
    spells = falls(help=np.arange(240) % 3 // 2)
    rows = pd.DataFrame({"household_id": 0, "period": [1, 2, 2], "x": [0.0, 1.0, 1.0]})
    return {"fit": ps.relapse_model("x + help", spells), "households": spells.head(1), "path": rows}


SITUATIONS = [
    ("relapse/checks/paths._for_all", fitted(), "fit.risk(households, horizon=2, path=1)",
     "fit.risk(households, horizon=2, {})"),
    ("relapse/checks/paths._by_household", fitted(), "fit.risk(households, horizon=2, path=path)", None),
    ("relapse/checks/smooth._smooth", {"table": judged(risk=lambda t: t["risk"].where(t.index > 0, 0.0))},
     "ps.smooth_calibration(ps.Survey(table))", None),
    ("relapse/checks/smooth._natural", {"svy": ps.Survey(judged(risk=np.arange(200) % 2 / 4 + 0.2))},
     "ps.smooth_calibration(svy)", "{}"),
    ("relapse/checks/smooth._curve", {"svy": ps.Survey(judged(event=lambda t: t["risk"] > 0.3))},
     "ps.smooth_calibration(svy)", "{}"),
]  # fmt: skip
