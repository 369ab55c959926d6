"""povstudy: study poverty programmes in Jupyter.

From a messy official table to figures one can defend::

    import povstudy as ps

    ps.datasets()                    # what there is
    ps.load("china_incidence")       # a typed table
    ps.line(2010, standard="2010")   # 2300 yuan per person and year

Names are loaded when they are first used, so that the import stays quick. This file
must parse on Python 3.8 and need nothing but the standard library, because the set-up
of the environment starts here.
"""

from importlib import import_module

__version__ = "0.1.0"

_MODULES = (
    "clean", "errors", "exhibits", "figures", "lines", "outputs", "simulation", "sources", "style",
    "tables", "typologies",
)  # fmt: skip
_NAMES = {
    "relapse_magnitudes": "sources.series",
    "landmark_rows": "panels.durations",
    "detection_bounds": "panels.moves",
    "misclassification_bounds": "panels.moves",
    "spells": "panels.durations",
    "person_periods": "panels.durations",
    "transitions": "panels.moves",
    "after_exit": "panels.moves",
    "relapse_rates": "panels.moves",
    "jalan_ravallion": "panels.persistence",
    "foster_duration": "panels.persistence",
    "vulnerability": "panels.vulnerable",
    "compare": "approaches.effects",
    "second_opinion": "approaches.opinions",
    "adjusted_effects": "approaches.adjustment",
    "two_by_two": "approaches.adjustment",
    "holm": "approaches.trials",
    "randomisation_test": "approaches.randomisation",
    "robustness_value": "approaches.adjustment",
    "trial_effects": "approaches.trials",
    "balance": "approaches.balances",
    "overlap": "approaches.balances",
    "propensities": "approaches.balances",
    "audit_sample_size": "targeting.planning",
    "exit_audit": "targeting.audit",
    "cumulative_incidence": "panels.survival",
    "kaplan_meier": "panels.survival",
    "life_table": "panels.survival",
    "restricted_mean": "panels.survival",
    "proportion_interval": "survey.shares",
    "bunching": "targeting.register",
    "deadline_exits": "targeting.register",
    "digit_heaping": "targeting.register",
    "impossible_transitions": "targeting.register",
    "stocks_and_flows": "targeting.register",
    "poverty_profile": "measures.changes",
    "within_between": "measures.changes",
    "decompose": "measures.changes",
    "growth_incidence": "measures.curves",
    "tip": "measures.curves",
    "sen_shorrocks_thon": "measures.order",
    "income_shares": "measures.order",
    "lorenz": "measures.order",
    "quantile": "measures.order",
    "inequality": "measures.dispersion",
    "alkire_foster": "measures.counting",
    "cutoff_curves": "measures.counting",
    "robust_comparisons": "measures.counting",
    "targeting_errors": "targeting.lists",
    "targeting_difference": "targeting.lists",
    "agreement": "targeting.lists",
    "match_rate": "targeting.lists",
    "concentration_curve": "targeting.concentration",
    "concentration_index": "targeting.concentration",
    "share_to_poorest": "targeting.concentration",
    "relapse_model": "relapse.model",
    "stayed_out": "panels.staying",
    "roc_curve": "targeting.concentration",
    "auc": "targeting.concentration",
    "calibration_curve": "relapse.validation",
    "cross_validated_risk": "relapse.horizon",
    "decision_curve": "relapse.validation",
    "follow_up": "relapse.horizon",
    "validate_risk": "relapse.validation",
    "compare_lists": "relapse.watch",
    "watch_list": "relapse.watch",
    "hui_walter": "targeting.latent",
    "chapman": "targeting.latent",
    "rogan_gladen": "targeting.latent",
    "relative_line": "measures.fgt",
    "poverty": "measures.fgt",
    "ratio": "measures.sums",
    "total": "measures.sums",
    "mean": "measures.sums",
    "Replicates": "survey.design",
    "Survey": "survey.survey",
    "DataError": "base.errors",
    "DesignError": "base.errors",
    "PovstudyError": "base.errors",
    "SetupError": "base.errors",
    "Source": "base.status",
    "credit": "sources.catalogue",
    "datasets": "sources.catalogue",
    "describe": "sources.catalogue",
    "fetch": "sources.catalogue",
    "load": "sources.catalogue",
    "implied_population": "sources.series",
    "line": "sources.lines",
    "composite_incidence": "sources.rules",
    "one_series": "sources.series",
    "hypotheses": "sources.essay",
    "typology": "sources.essay",
    "typology_list": "sources.essay",
    "two_approaches": "sources.essay",
    "pathways": "sources.essay",
    "one_standard": "sources.series",
    "yearly_fall": "sources.series",
    "output_ratios": "sources.outputs",
    "plan_against_output": "sources.outputs",
    "printed_range": "sources.outputs",
    "ratio_bounds": "sources.outputs",
    "publish": "exhibits",
    "EffectPrior": "approaches.priors",
    "pool": "approaches.evidence",
    "Scenario": "simulation.parameters",
    "Simulation": "simulation.run",
    "simulate": "simulation.run",
}
__all__ = [*_NAMES, *_MODULES]


def __getattr__(name):
    if name not in _NAMES and name not in _MODULES:
        raise AttributeError("module 'povstudy' has no attribute %r" % name)
    try:
        module = import_module("." + _NAMES.get(name, name), __name__)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "%s: this Python lacks a package that povstudy needs. In a checkout, work with "
            "`python3 -m povstudy lab`, or with the Python in the folder .venv." % error
        ) from error
    if name in _NAMES:
        module = globals()[name] = getattr(module, name)
    return module


def __dir__():
    return sorted([*globals(), *__all__])
