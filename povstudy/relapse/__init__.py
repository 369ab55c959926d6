"""Who falls back: models, the risk of each household, and whom to watch."""

from ..base.lazy import lazy

_MODULES = {
    "model": "relapse_model",
    "horizon": "cross_validated_risk follow_up",
    "checks.validation": "validate_risk calibration_curve decision_curve",
    "watch": "watch_list compare_lists",
    "checks.smooth": "smooth_calibration optimism",
    "ends.causes": "relapse_ends",
    "ends.subdistribution": "fine_gray",
    "kept.files": "load_model",
    "measured.noise": "noise_curve",
    "states.returns": "exits_and_returns",
    "measured.visits": "register_and_visits",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
