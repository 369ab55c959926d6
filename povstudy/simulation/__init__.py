"""A register and a survey panel with known truth: every later estimator is tried on them.

`simulate` makes households in fictional places, helps some of them by administration, by
social work or by both, lets a survey and a register look at them, and keeps the truth of each
estimand beside what was seen. Simulated data are never evidence that an approach works: what
comes out was put in, by the parameters that `Scenario.describe` lists with their sources.
"""

from ..base.lazy import lazy

_NAMES = {
    "Scenario": "parameters",
    "mechanisms_table": "parameters",
    "Simulation": "run",
    "simulate": "run",
    "calibration_table": "calibration",
    "seen_and_true": "views",
    "prior_effects": "views",
    "naive_and_true": "views",
    "methods_and_truth": "views",
    "register_flows": "views",
    "audit_sample": "views",
    "leavers": "leavers",
    "listed_by_both": "contest",
    "two_way_fixed_effects": "contest",
    "effects_and_truth": "contest",
    "noise_and_truth": "noise",
    "known_hazards": "hazards",
    "shortcuts": "hazards",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
