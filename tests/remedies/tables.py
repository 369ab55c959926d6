"""Tables of which something is wrong in one place."""

import numpy as np
import pandas as pd

import povstudy as ps

MADE_UP = ps.Source("survey", "Made up", "编造")


def frame(**more):
    table = pd.DataFrame({
        "household_id": [1, 1, 2, 2, 3, 3], "year": [2012, 2013] * 3, "w": 1.0,
        "income": [1.0, 5, 2, 4, 6, 7], "village": ["a", "a", "b", "b", "c", "c"],
    })  # fmt: skip
    return table.assign(**more)


def panel(**more):
    table = pd.DataFrame(
        {"household_id": np.repeat(np.arange(60), 4), "year": [2012, 2013, 2014, 2015] * 60}
    )
    table["income"] = np.random.default_rng(1).lognormal(8, 0.5, len(table))
    table["began"] = np.where(table["household_id"] % 2, 2014.0, np.nan)
    return table.assign(**more)
