"""A register and a survey panel of a world with known truth."""

from ..base.lazy import lazy

_MODULES = {
    "parameters": "Scenario mechanisms_table",
    "run": "simulate Simulation",
    "calibration": "calibration_table",
    "matching": "match_history matched_parameters matched_ranges",
}  # fmt: skip
_MOVED = {
    "povstudy.lessons": "seen_and_true prior_effects methods_and_truth register_flows "
    "audit_sample leavers listed_by_both two_way_fixed_effects effects_and_truth "
    "known_hazards shortcuts",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES, _MOVED)
