"""Situations of calibrated weights, replicate weights and two stages."""

import numpy as np
import pandas as pd


def people():
    """Twelve persons in six villages of two strata."""
    return pd.DataFrame({
        "income": np.arange(12) * 400.0 + 500, "sex": list("fm") * 6, "w": 10.0,
        "area": list("ab") * 3 + list("ba") * 3, "village": np.repeat(range(6), 2),
        "county": np.repeat([1, 2], 6), "villages": 30, "households": 20, "who": range(12),
        "land": [1.0, 2, 3, 1, 2, 4, 2, 1, 3, 2, 5, 1],
    })  # fmt: skip


def scope(**more):
    return {"table": people(), "totals": {"sex": {"f": 70.0, "m": 50.0}}, **more}


_SVY = 'ps.Survey(table, weight="w", psu="village")'
_CALIBRATED = f"svy = {_SVY}.calibrate(totals)\n"
SITUATIONS = [
    ("survey/weights/calibration._bounds", scope(), f'{_SVY}.calibrate(totals, "logit")', f"{_SVY}.calibrate(totals, {{}})"),
    ("survey/weights/calibration._margins", scope(totals=[70, 50]),
     f"{_SVY}.calibrate(totals)", f"{_SVY}.calibrate({{}})"),
    ("survey/weights/calibration._variables", scope(totals={"land": np.inf}),
     f'{_SVY}.calibrate(totals, "linear")', f'{_SVY}.calibrate({{}}, method="linear")'),
    ("survey/weights/calibration._refuse_contradiction", scope(totals={"sex": {"f": 70.0, "m": 50.0}, "area": {"a": 55.0, "b": 55.0}}),
     f"{_SVY}.calibrate(totals)", None),
    ("survey/weights/calibration.calibrated", scope(totals={"land": 100.0}),
     f'{_SVY}.calibrate(totals, "linear")', f"{_SVY}.calibrate(totals, {{}})"),
    ("survey/weights/pieces.refuse", scope(),
     _CALIBRATED + "svy.design.totals(np.ones((6, 1)))", "svy.design.totals(np.ones((6, 1)))"),
    ("survey/weights/pieces._refuse_other_rows", scope(),
     _CALIBRATED + "svy.reopened(svy.data[:4])", "svy.reopened(svy.data[:4])"),
    ("survey/weights/replication.replicated", {"table": people().assign(pair=np.repeat([0, 1, 2], 4))},
     'svy = ps.Survey(table, weight="w", strata="pair", psu="village")\nsvy.with_replicates("JKn", fay=0.3)', "svy.with_replicates({})"),
    ("survey/weights/replication._halves", scope(), f'{_SVY}.with_replicates("BRR")', f"{_SVY}.with_replicates({{}})"),
    ("survey/design._refuse_lonely", {"table": people()[::2]},
     'svy = ps.Survey(table, weight="w", psu="village", fpc=["villages", "households"])',
     'svy = ps.Survey(table, weight="w", psu="village", fpc=["villages", "households"], {})'),
    ("survey/design._refuse_lonely", {"table": people()},
     'ps.Survey(table, strata="who", psu="village")', 'ps.Survey(table, strata="who", psu="village", {})'),
    ("survey/survey.__init__", scope(), 'ps.Survey(table, weight="w", ssu="who")',
     'ps.Survey(table.assign(household_id=table["who"]), weight="w", {})'),
]  # fmt: skip
