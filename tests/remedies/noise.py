"""Remedies of noise in incomes; see `modelling` for how a situation is told."""

import numpy as np
import pandas as pd

TABLE = pd.DataFrame({
    "household_id": np.repeat(np.arange(60), 4), "year": np.tile(np.arange(2014, 2018), 60),
    "income": np.random.default_rng(3).lognormal(0, 0.5, 240), "land": np.repeat(np.arange(60) % 7, 4),
})  # fmt: skip
IN = {"panel": TABLE}

SITUATIONS = [
    ("relapse/measured/noise._sizes", IN, 'ps.noise_curve(panel, "income", 1, [])',
     'ps.noise_curve(panel, "income", 1, {})'),
    ("relapse/measured/noise._curve", IN, 'ps.noise_curve(panel, "income", 1, 0.1, "land", step=1, before=2)',
     'ps.noise_curve(panel, "income", 1, 0.1, "land", {})'),
    ("relapse/measured/pseudo.coefficients", IN, 'ps.noise_curve(panel, "income", 99, 0.1, "land")',
     'ps.noise_curve(panel, "income", 99, 0.1, {})'),
]  # fmt: skip
