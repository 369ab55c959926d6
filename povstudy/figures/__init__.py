"""Figures: one function for each kind, each takes a table and returns its Axes.

Every function accepts ``ax=`` (drawn on if given), ``lang=`` (``"en"`` or ``"zh"``) and
``source=`` (the name of a dataset, or a `povstudy.Source` for data of one's own), and
sets ``alt_text`` and ``data_behind`` on the Axes. Counts are shown in million persons in
English and in 万人 (10,000 persons) in Chinese.

Functions are loaded when they are first used, so that a notebook depends only on the
figures that it draws.
"""

from ..base.lazy import lazy

_FUNCTIONS = {
    "incidence_by_standard": "decline",
    "hazard_ratios": "hazards",
    "poor_by_year": "decline",
    "implied_population": "decline",
    "yearly_falls": "decline",
    "counties_leaving": "places",
    "regional_poor": "places",
    "province_brackets": "places",
    "relapse_statements": "monitoring",
    "monitored_households": "monitoring",
    "relapse_magnitudes": "monitoring",
    "policy_timeline": "programmes",
    "plan_and_output": "programmes",
    "ratios_per_worker": "programmes",
    "person_times": "programmes",
    "register_review": "audits",
    "exit_audit": "audits",
    "love_plot": "balance",
    "overlap": "balance",
    "estimates_by_domain": "measurement",
    "lorenz_curve": "measurement",
    "tip_curve": "measurement",
    "growth_curve": "measurement",
    "deprivation_bars": "measurement",
    "seen_and_true": "scenarios",
    "prior_effects": "scenarios",
    "naive_and_true": "scenarios",
    "noise_and_truth": "scenarios",
    "shortcuts": "known_truth",
    "effects_and_truth": "known_truth",
    "concentration_curve": "targeting",
    "methods_and_truth": "targeting",
    "no_error_bounds": "targeting",
    "audit_bounds": "targeting",
    "stocks_and_flows": "targeting",
    "reported_incomes": "targeting",
    "errors_together": "audits",
    "calibration_curve": "warning",
    "decision_curve": "warning",
    "survival_curves": "relapse",
    "incidence_curves": "relapse",
    "hazards_by_period": "relapse",
    "stated_households": "relapse",
    "event_study": "effects",
    "arm_difference": "effects",
    "evidence_forest": "evidence",
    "pooled_forest": "evidence",
    "leave_one_out": "evidence",
    "trial_contrasts": "evidence",
}
__all__ = list(_FUNCTIONS)
__getattr__, __dir__ = lazy(globals(), _FUNCTIONS)
