"""What a budget buys: costs, cost-effectiveness, the worth of a study, scenarios."""

from ..base.lazy import lazy

_MODULES = {
    "costs": "programme_costs",
    "prices": "benefit_cost",
    "years": "poverty_free_years",
    "effectiveness": "cost_effectiveness",
    "explorer": "write_explorer",
    "designs": "TrialDesign",
    "studies": "study_value",
    "grid": "explorer_grid flip_points",
    "plans": "Plan Prices",
    "scenarios": "budget Budget",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
