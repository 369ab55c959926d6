"""Estimators tried on the simulated world, beside its truth."""

from ..base.lazy import lazy

_MODULES = {
    "seen": "seen_and_true prior_effects methods_and_truth register_flows "
    "audit_sample",
    "leaving": "leavers",
    "effects": "listed_by_both two_way_fixed_effects effects_and_truth",
    "relapse": "known_hazards shortcuts",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
