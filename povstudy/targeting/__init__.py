"""Who is found, who is missed, and whether the audit passes."""

from ..base.lazy import lazy

_MODULES = {
    "lists": "targeting_errors targeting_difference agreement match_rate",
    "variety": "variety_of_measures",
    "contest": "targeting_contest",
    "concentration": "concentration_curve concentration_index share_to_poorest roc_curve auc",
    "latent": "hui_walter chapman rogan_gladen",
    "judges.assessors": "latent_assessors",
    "judges.judged": "judged_on",
    "audit": "exit_audit",
    "planning": "audit_sample_size",
    "register": "bunching deadline_exits digit_heaping",
    "score.proxy": "proxy_means",
    "histories": "impossible_transitions stocks_and_flows",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
