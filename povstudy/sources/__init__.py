"""What is known: datasets, official lines and series, the claims of the essay."""

from ..base.lazy import lazy

_NAMES = {
    "datasets": "catalogue",
    "describe": "catalogue",
    "load": "catalogue",
    "fetch": "catalogue",
    "credit": "catalogue",
    "line": "lines",
    "one_standard": "series",
    "one_series": "series",
    "yearly_fall": "series",
    "implied_population": "series",
    "relapse_magnitudes": "series",
    "output_ratios": "outputs",
    "plan_against_output": "outputs",
    "printed_range": "outputs",
    "ratio_bounds": "outputs",
    "composite_incidence": "rules",
    "hypotheses": "essay",
    "typology": "essay",
    "typology_list": "essay",
    "two_approaches": "essay",
    "pathways": "essay",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
