"""Remedies of what a study is worth, and of the designs that it asks for; as in modelling."""

import numpy as np
import pandas as pd

import povstudy as ps

GAIN = np.random.default_rng(0).normal(size=60)
TABLES = {
    "effects": pd.DataFrame({"none": 0.0, "social_work": GAIN}),
    "costs": pd.DataFrame({"social_work": np.ones(60), "none": 0.0}),
    "trial": ps.TrialDesign(households=20, sd=1.0, icc=0.05),
    "few": ps.TrialDesign(households=20, sd=1.0, icc=0.05, treated=0.1),
}
ASKED = "ps.study_value({}, willingness=1, population=9)"
PAIR = "(effects, costs[effects.columns])"
OUTCOME = "('social_work', 'none')"
INCOME = pd.DataFrame({"village": list("aabbcc"), "income": [1.0, 2, 3, 4, 6, 5]})
WITHIN = "ps.intraclass_correlation(table, 'income', {})"

SITUATIONS = [
    ("policy/studies.study_value", TABLES, ASKED.format(f"{PAIR}, {OUTCOME}, None"),
     ASKED.replace("{}", f"{PAIR}, {OUTCOME}, {{}}")),
    ("policy/studies.study_value", TABLES, ASKED.format(f"{PAIR}, {OUTCOME}, trial, villages=[]"),
     ASKED.replace("{}", f"{PAIR}, {OUTCOME}, trial, {{}}")),
    ("policy/studies._drawn", TABLES | {"decision": None},
     ASKED.format(f"decision, {OUTCOME}, trial"), "effects"),
    ("policy/studies._drawn", TABLES, ASKED.format(f"(effects, costs), {OUTCOME}, trial"), None),
    ("policy/studies._parameter", TABLES, ASKED.format(f"{PAIR}, 'social_work', trial"),
     ASKED.replace("{}", f"{PAIR}, design=trial, {{}}")),
    ("policy/designs.arms", TABLES, "few.cost(villages=10)", "few.cost({})"),
    ("policy/designs.villages", TABLES, "trial.villages(effect=0)", "trial.villages({})"),
    ("survey/groups/villages.intraclass_correlation",
     {"table": INCOME.assign(income=[1.0, None, 3, 4, 6, 5])}, WITHIN.format("'village'"), None),
    ("survey/groups/villages.intraclass_correlation", {"table": INCOME.assign(arm=list("xyxyxx"))},
     WITHIN.format("within='arm'"), WITHIN),
]  # fmt: skip
