"""Poverty and inequality: incidence, depth, quantiles, curves, changes."""

from ..base.lazy import lazy

_MODULES = {
    "sums": "mean total ratio",
    "fgt": "poverty relative_line",
    "order": "quantile lorenz income_shares sen_shorrocks_thon",
    "dispersion": "inequality",
    "curves": "tip growth_incidence",
    "changes": "decompose poverty_profile within_between",
    "crossing": "dominance",
    "score": "crowding",
    "grouped": "grouped_poverty",
    "scales": "equivalise",
    "prices": "deflate",
    "limits": "winsorise",
    "transfers": "transfer_impact",
    "counting": "alkire_foster cutoff_curves robust_comparisons",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
