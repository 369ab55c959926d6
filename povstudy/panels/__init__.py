"""Households over time: moves, spells, and how long they last."""

from ..base.lazy import lazy

_NAMES = {
    "transitions": "moves",
    "after_exit": "moves",
    "relapse_rates": "moves",
    "detection_bounds": "moves",
    "misclassification_bounds": "moves",
    "spells": "durations",
    "person_periods": "durations",
    "landmark_rows": "durations",
    "stayed_out": "staying",
    "kaplan_meier": "survival",
    "cumulative_incidence": "survival",
    "life_table": "survival",
    "restricted_mean": "survival",
    "jalan_ravallion": "persistence",
    "foster_duration": "persistence",
    "vulnerability": "vulnerable",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
