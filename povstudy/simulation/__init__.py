"""A register and a survey panel of a world with known truth."""

from ..base.lazy import lazy

_MODULES = {
    "parameters": "Scenario mechanisms_table",
    "run": "simulate Simulation",
    "calibration": "calibration_table",
    "matching": "match_history matched_parameters matched_ranges",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
