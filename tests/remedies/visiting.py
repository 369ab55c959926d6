"""Remedies of a register and visits; written as in `modelling`."""

import numpy as np
import pandas as pd

LEFT = pd.DataFrame({
    "relapsed": [1] * 40 + [0] * 960, "village": np.arange(1000) % 50, "w": 0.0,
    "poor_again": [1.0] * 18 + [0] * 2 + [None] * 20 + [1] * 3 + [0] * 97 + [None] * 860,
})  # fmt: skip
INCOME = LEFT.assign(
    income=np.where(LEFT["poor_again"].isna(), np.nan, np.where(np.arange(1000) % 3, 2000, 4000))
)
INCOME.loc[3, "income"] = 0
CALL = "ps.register_and_visits(left)"

SITUATIONS = [
    ("relapse/measured/visits._refuse_missing", {"left": LEFT.assign(relapsed=LEFT["relapsed"].where(LEFT.index != 50))},
     CALL, None),
    ("relapse/measured/visits._right", {"left": LEFT}, "ps.register_and_visits(left, sensitivity=(60, 50))",
     "ps.register_and_visits(left, {})"),
    ("relapse/measured/visits._from_noise", {"left": INCOME},
     'ps.register_and_visits(left, income="income", line=2300, noise=0.2)', None),
    ("relapse/measured/visits._from_noise", {"left": INCOME.assign(income=INCOME["income"].replace(0, np.inf))},
     'ps.register_and_visits(left, income="income", line=2300, noise=0.2)', None),
    ("relapse/measured/visits._refuse_unseen", {"left": LEFT},
     'ps.register_and_visits(left, strata="village", psu="village")', 'ps.register_and_visits(left, {})'),
    ("relapse/measured/visits._design", {"left": LEFT}, 'ps.register_and_visits(left, weight="w")',
     "ps.register_and_visits(left, {})"),
    ("relapse/measured/visits._refuse_unseen", {"left": LEFT.assign(place=["a"] * 30 + ["b"] * 970)},
     'ps.register_and_visits(left, strata="place")', "ps.register_and_visits(left, {})"),
    ("relapse/measured/visits._refuse_unseen",
     {"left": LEFT.assign(village=np.where(LEFT["poor_again"].isna(), LEFT["village"], 0))},
     'ps.register_and_visits(left, psu="village")', "ps.register_and_visits(left, {})"),
    ("relapse/measured/visits._refuse_unseen",
     {"left": LEFT.assign(village=np.where(LEFT["poor_again"].isna(), LEFT["village"], 0), place="a")},
     'ps.register_and_visits(left, strata="place", psu="village")',
     'ps.register_and_visits(left, strata="place", {})'),
]  # fmt: skip
