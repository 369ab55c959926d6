"""Remedies of cost-effectiveness; see `modelling` for how a situation is told."""

import numpy as np
import pandas as pd

import povstudy as ps

RNG = np.random.default_rng(5)
ROWS = pd.DataFrame(RNG.normal(size=(200, 2)), columns=["a", "b"])
EFFECTS = pd.DataFrame(
    {"none": 0 * ROWS["a"], "administrative": 0.5 + ROWS["a"], "social_work": 1 + ROWS["b"]}
)
COSTS = pd.DataFrame(
    {"none": 0 * ROWS["a"], "administrative": 2.0, "social_work": 3 + 0.1 * ROWS["a"]}
)
PAID = {"administrative": 300, "social_work": 800}
HOLED = EFFECTS.where(EFFECTS.index.to_series() != 3, np.nan)
WORTH = {"found": ps.cost_effectiveness(EFFECTS, COSTS, parameters=ROWS)}
DRAWS = {"effects": EFFECTS, "costs": COSTS, "paid": PAID, "rows": ROWS, "holed": HOLED}
ROUND = pd.DataFrame({"approach": ["none", "administrative", "social_work"] * 20, "year": [1] * 30 + [2] * 30,
                      "income": RNG.normal(2, 1, 60)})  # fmt: skip
MADE = {"svy": ps.Survey(ROUND), "paid": PAID}
WITH = "ps.cost_effectiveness(effects, costs, {})"

SITUATIONS = [
    ("survey/quotients.fieller", {}, 'ps.fieller(1, "x", 1, 1)', "pass"),
    ("survey/quotients.fieller", {"correlation": 0.5, "top_error": 2.0, "bottom_error": 0.1},
     "ps.fieller(10, 1, top_error, bottom_error, 3)",
     "ps.fieller(10, 1, top_error, bottom_error, covariance)"),
    ("policy/strategies.read", DRAWS, "ps.cost_effectiveness([1, 2], paid)", "ps.cost_effectiveness(costs=paid, {})"),
    ("policy/strategies._of_truth", {**DRAWS, "truth": ps.simulate(households=2_000, years=4, seed=1).truth},
     "ps.cost_effectiveness(truth, truth)", None),
    ("policy/strategies._of_numbers", DRAWS, 'ps.cost_effectiveness({"administrative": "1", "social_work": 2}, paid)',
     "ps.cost_effectiveness(costs=paid, {})"),
    ("policy/strategies._of_estimates", MADE,
     'ps.cost_effectiveness(ps.mean(svy, "income", by=["approach", "year"]), paid)', "ps.cost_effectiveness(ps.mean(svy, 'income', {}), {**paid, 'none': 0})"),
    ("policy/strategies._names", DRAWS, "ps.cost_effectiveness(effects, costs.iloc[:, 1:])",
     "ps.cost_effectiveness(effects, costs.iloc[:, 1:], {})"),
    ("policy/strategies._names", DRAWS, "ps.cost_effectiveness({'social_work': 1}, {'social_work': 2})",
     "ps.cost_effectiveness({'social_work': 1}, {'social_work': 2}, {})"),
    ("policy/strategies._names", DRAWS, 'ps.cost_effectiveness(effects, costs, reference="non")', WITH),
    ("policy/strategies.together", DRAWS,
     'ps.cost_effectiveness({"administrative": (1, 0.1), "social_work": 2}, paid, covariance={"administrative": 9})',
     'ps.cost_effectiveness({"administrative": (1, 0.1), "social_work": 2}, paid, {})'),
    ("policy/strategies._kept", DRAWS, "ps.cost_effectiveness(holed, costs)", "ps.cost_effectiveness(holed, costs, {})"),
    ("policy/strategies._kept", {**DRAWS, "costs": COSTS.set_index(COSTS.index + 1)}, "ps.cost_effectiveness(effects, costs)",
     None),
    ("policy/information.amounts", WORTH, "found.acceptability(-1)", "found.acceptability({})"),
    ("policy/information.grouped", {"found": ps.cost_effectiveness(EFFECTS, COSTS, parameters=ROWS.rename(columns={"a": "all"}))},
     "found.information(1)", "found.information(1, {})"),
    ("policy/effectiveness._at", WORTH, 'found.ratios("non")', "found.ratios({})"),
    ("policy/effectiveness.tornado", WORTH, "found.tornado([1, 2])", "found.tornado({})"),
    ("policy/effectiveness.tornado", WORTH, 'found.tornado(1, strategy="none")', "found.tornado(1, {})"),
    ("policy/swings.two_way", WORTH, 'found.tornado(1, by=("a", "a"))', "found.tornado(1, {})"),
]  # fmt: skip
