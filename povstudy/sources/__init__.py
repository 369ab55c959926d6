"""What is known: datasets, official lines and series, the claims of the essay."""

from ..base.lazy import lazy

_MODULES = {
    "catalogue": "datasets describe load fetch credit",
    "lines": "line international_line",
    "series": "one_standard one_series yearly_fall implied_population relapse_magnitudes",
    "outputs": "output_ratios plan_against_output printed_range ratio_bounds",
    "rules": "composite_incidence",
    "essay": "hypotheses typology typology_list two_approaches pathways",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
