"""Who falls back, and whom to watch."""

from ..base.lazy import lazy

_NAMES = {
    "relapse_model": "model",
    "cross_validated_risk": "horizon",
    "follow_up": "horizon",
    "validate_risk": "validation",
    "calibration_curve": "validation",
    "decision_curve": "validation",
    "watch_list": "watch",
    "compare_lists": "watch",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
