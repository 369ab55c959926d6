"""Estimators tried on the simulated world, beside its truth."""

from ..base.lazy import lazy

_NAMES = {
    "seen_and_true": "seen",
    "prior_effects": "seen",
    "naive_and_true": "seen",
    "methods_and_truth": "seen",
    "register_flows": "seen",
    "audit_sample": "seen",
    "leavers": "leaving",
    "listed_by_both": "effects",
    "two_way_fixed_effects": "effects",
    "effects_and_truth": "effects",
    "noise_and_truth": "noise",
    "known_hazards": "relapse",
    "shortcuts": "relapse",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
