"""Figures: a table in, Axes out.

Every function accepts ``ax=`` (drawn on if given), ``lang=`` (``"en"`` or ``"zh"``) and
``source=`` (the name of a dataset, or a `povstudy.Source` for data of one's own), and
sets ``alt_text`` and ``data_behind`` on the Axes. Counts are shown in million persons in
English and in 万人 (10,000 persons) in Chinese. Functions are loaded when they are first
used, so that a notebook depends only on the figures that it draws.
"""

from ..base.lazy import lazy

_NAMES = {
    "incidence_by_standard": "series",
    "poor_by_year": "series",
    "implied_population": "series",
    "yearly_falls": "series",
    "counties_leaving": "series",
    "regional_poor": "series",
    "province_brackets": "series",
    "relapse_statements": "programmes",
    "monitored_households": "programmes",
    "relapse_magnitudes": "durations",
    "policy_timeline": "programmes",
    "plan_and_output": "programmes",
    "ratios_per_worker": "programmes",
    "person_times": "programmes",
    "register_review": "audits",
    "exit_audit": "audits",
    "errors_together": "audits",
    "audit_bounds": "audits",
    "no_error_bounds": "audits",
    "stocks_and_flows": "audits",
    "reported_incomes": "targeting",
    "concentration_curve": "targeting",
    "methods_and_truth": "targeting",
    "calibration_curve": "targeting",
    "decision_curve": "targeting",
    "estimates_by_domain": "domains",
    "lorenz_curve": "domains",
    "tip_curve": "domains",
    "growth_curve": "domains",
    "deprivation_bars": "domains",
    "love_plot": "effects",
    "overlap": "effects",
    "event_study": "effects",
    "arm_difference": "effects",
    "evidence_forest": "evidence",
    "pooled_forest": "evidence",
    "leave_one_out": "evidence",
    "trial_contrasts": "evidence",
    "survival_curves": "durations",
    "incidence_curves": "durations",
    "hazards_by_period": "durations",
    "stated_households": "durations",
    "hazard_ratios": "durations",
    "seen_and_true": "lessons",
    "prior_effects": "lessons",
    "naive_and_true": "lessons",
    "noise_and_truth": "lessons",
    "shortcuts": "lessons",
    "effects_and_truth": "lessons",
    "context": "style",
    "new_axes": "style",
    "finish": "style",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
