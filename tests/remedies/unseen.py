"""Remedies of what a panel would have shown, and of who was lost; see `modelling`."""

import numpy as np
import pandas as pd

RNG = np.random.default_rng(3)
ROUND = pd.DataFrame({"schooling": RNG.integers(0, 9, 90), "born": np.arange(90) % 6,
                      "income": np.exp(RNG.normal(8, 0.6, 90))})  # fmt: skip
TURNED = ROUND.assign(income=ROUND["income"] * np.exp(-0.9 * ROUND["born"]))
TWO = {"first": ROUND, "second": ROUND.assign(income=ROUND["income"].to_numpy()[::-1]),
       "rising": ROUND.assign(income=ROUND["income"] * np.exp(0.9 * ROUND["born"])), "turned": TURNED}  # fmt: skip
SEEN = pd.DataFrame({"household_id": np.tile(np.arange(12), 3), "year": np.repeat([2020, 2021, 2022], 12),
                     "poor": np.tile([1, 0, 0], 12)})  # fmt: skip
WAVES = {"panel": SEEN[(SEEN["year"] < 2022) | (SEEN["household_id"] % 4 > 0)]}
WITH = 'ps.synthetic_panel(first, second, "schooling", {}, draws=20)'
RISING = 'ps.synthetic_panel(rising, turned, "schooling", 3000, draws=20, {})'

SITUATIONS = [
    ("panels/unseen/synthetic.synthetic_panel", TWO,
     'ps.synthetic_panel(first, second, "schooling", 3000, cohort="born", rho=0.5)',
     'ps.synthetic_panel(first, second, "schooling", 3000, **{**dict(cohort="born", rho=0.5), **dict({})}, draws=20)'),
    ("panels/unseen/synthetic.synthetic_panel", TWO, WITH.format("[3000, 3100, 3200]"), WITH),
    ("panels/unseen/synthetic.synthetic_panel", TWO, WITH.format("[]"), WITH),
    ("panels/unseen/synthetic.synthetic_panel", TWO, RISING.format('cohort="born"'), RISING),
    ("panels/unseen/attrition.attrition_weights", {"panel": WAVES["panel"].query("year > 2020").assign(attrition_weight=1)},
     'ps.attrition_weights(panel, "poor")', None),
    ("panels/unseen/attrition.__init__", WAVES, 'ps.attrition_weights(panel, "poor")', None),
]  # fmt: skip
