"""Figures: a table in, Axes out.

Every function accepts ``ax=`` (drawn on if given), ``lang=`` (``"en"`` or ``"zh"``),
``title=`` (a text of one's own, or one in English and one in Chinese), ``setting=`` (place and year,
for the title that the figure makes itself), ``colour=`` (one colour, a
list, or a dict by series), ``labels=`` (other words for what is written), ``figsize=``, and
``source=`` (the name of a dataset, or a `povstudy.Source` for data of one's own; without one the
figure says that its source is not stated), and sets ``alt_text`` and ``data_behind`` on the Axes. Counts are shown in million persons in
English and in 万人 (10,000 persons) in Chinese. Functions are loaded when they are first
used, so that a notebook depends only on the figures that it draws.
"""

from ..base.lazy import lazy

_MODULES = {
    "series": "incidence_by_standard poor_by_year counties_leaving regional_poor",
    "look.tiles": "tile_map province_brackets",
    "programmes": "relapse_statements monitored_households policy_timeline plan_and_output",
    "durations": "relapse_magnitudes survival_curves incidence_curves hazards_by_period "
    "stated_households",
    "ratios": "hazard_ratios",
    "finding.audits": "exit_audit audit_bounds no_error_bounds "
    "stocks_and_flows",
    "finding.contest": "targeting_contest",
    "finding.ranking": "roc_curve",
    "finding.targeting": "reported_incomes concentration_curve methods_and_truth calibration_curve "
    "decision_curve",
    "look.incomes": "income_distribution income_by_group",
    "look.waves": "two_waves panel_waves mobility",
    "look.parts": "income_makeup waterfall",
    "domains": "estimates_by_domain lorenz_curve tip_curve growth_curve dominance_curve "
    "deprivation_bars",
    "effects": "love_plot overlap event_study arm_difference at_the_line",
    "evidence": "evidence_forest pooled_forest leave_one_out trial_contrasts",
    "lessons": "seen_and_true prior_effects shortcuts "
    "effects_and_truth",
    "money.prices": "cost_plane acceptability cost_frontier",
    "money.knowing": "tornado information_curve study_worth",
    "money.differences": "plan_differences",
    "money.spending": "costs_by_component benefit_cost budget_frontier",
    "falling.noise": "noise_curve",
    "falling.small": "small_places",
    "falling.visits": "register_and_visits",
    "style": "context new_axes finish",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
