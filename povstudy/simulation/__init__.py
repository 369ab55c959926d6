"""A register and a survey panel of a world with known truth."""

from ..base.lazy import lazy

_NAMES = {
    "Scenario": "parameters",
    "simulate": "run",
    "Simulation": "run",
    "mechanisms_table": "parameters",
    "calibration_table": "calibration",
}
_MOVED = {
    "seen_and_true": "povstudy.lessons",
    "prior_effects": "povstudy.lessons",
    "naive_and_true": "povstudy.lessons",
    "methods_and_truth": "povstudy.lessons",
    "register_flows": "povstudy.lessons",
    "audit_sample": "povstudy.lessons",
    "leavers": "povstudy.lessons",
    "listed_by_both": "povstudy.lessons",
    "two_way_fixed_effects": "povstudy.lessons",
    "effects_and_truth": "povstudy.lessons",
    "noise_and_truth": "povstudy.lessons",
    "known_hazards": "povstudy.lessons",
    "shortcuts": "povstudy.lessons",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES, _MOVED)
