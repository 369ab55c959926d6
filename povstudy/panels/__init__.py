"""Households over time: moves, spells (ended or censored), and how long they last."""

from ..base.lazy import lazy

_MODULES = {
    "waves": "read_panel",
    "states.occupation": "state_occupation",
    "states.mobility": "mobility_indices",
    "moves": "transitions after_exit relapse_rates",
    "bounds": "detection_bounds misclassification_bounds",
    "durations": "spells person_periods landmark_rows",
    "registers": "register_spells",
    "staying": "stayed_out",
    "survival": "kaplan_meier cumulative_incidence life_table restricted_mean",
    "persistence": "jalan_ravallion foster_duration",
    "vulnerable": "vulnerability",
    "unseen.synthetic": "synthetic_panel",
    "unseen.attrition": "attrition_weights",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
