"""Who is found, who is missed, and whether the audit passes."""

from ..base.lazy import lazy

_NAMES = {
    "targeting_errors": "lists",
    "targeting_difference": "lists",
    "agreement": "lists",
    "match_rate": "lists",
    "concentration_curve": "concentration",
    "concentration_index": "concentration",
    "share_to_poorest": "concentration",
    "roc_curve": "concentration",
    "auc": "concentration",
    "hui_walter": "latent",
    "chapman": "latent",
    "rogan_gladen": "latent",
    "exit_audit": "audit",
    "audit_sample_size": "planning",
    "bunching": "register",
    "deadline_exits": "register",
    "digit_heaping": "register",
    "impossible_transitions": "register",
    "stocks_and_flows": "register",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
