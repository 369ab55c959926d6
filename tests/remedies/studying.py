"""Remedies of what a study is worth, and of the designs that it asks for; as in modelling."""

import numpy as np
import pandas as pd

import povstudy as ps

EFFECTS = pd.DataFrame({"none": 0.0, "social_work": np.random.default_rng(0).normal(size=60)})
COSTS = {"none": 0, "social_work": 1}
TABLES = {
    "effects": EFFECTS, "costs": COSTS, "decision": ps.cost_effectiveness(EFFECTS, COSTS),
    "trial": ps.TrialDesign(households=20, sd=1.0, icc=0.05),
    "few": ps.TrialDesign(households=20, sd=1.0, icc=0.05, treated=0.1),
}  # fmt: skip
ASKED = "ps.study_value(decision, {}, willingness=1, population=9)"
OUTCOME = "('social_work', 'none')"
INCOME = pd.DataFrame({"village": list("aabbcc"), "income": [1.0, 2, 3, 4, 6, 5]})
WITHIN = "ps.intraclass_correlation(table, 'income', {})"

SITUATIONS = [
    ("policy/studies.study_value", TABLES, ASKED.format(f"{OUTCOME}, None"),
     ASKED.replace("{}", f"{OUTCOME}, {{}}")),
    ("policy/studies.study_value", TABLES, ASKED.format(f"{OUTCOME}, trial, villages=[]"),
     ASKED.replace("{}", f"{OUTCOME}, trial, {{}}")),
    ("policy/studies.study_value", TABLES | {"decision": EFFECTS}, ASKED.format(f"{OUTCOME}, trial"), None),
    ("policy/studies._parameter", TABLES, ASKED.format("'social_work', trial"),
     ASKED.replace("{}", "design=trial, {}")),
    ("policy/studies._parameter", TABLES, ASKED.format("('social work', 'none'), trial"),
     ASKED.replace("{}", "design=trial, {}")),
    ("policy/designs.arms", TABLES, "few.cost(villages=10)", "few.cost({})"),
    ("policy/designs.villages", TABLES, "trial.villages(effect=0)", "trial.villages({})"),
    ("survey/groups/villages.intraclass_correlation",
     {"table": INCOME.assign(income=[1.0, None, 3, 4, 6, 5])}, WITHIN.format("'village'"), None),
    ("survey/groups/villages.intraclass_correlation", {"table": INCOME.assign(arm=list("xyxyxx"))},
     WITHIN.format("within='arm'"), WITHIN),
]  # fmt: skip
