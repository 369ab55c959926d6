"""Poverty and inequality: incidence, depth, shares, curves, changes."""

from ..base.lazy import lazy

_NAMES = {
    "mean": "sums",
    "total": "sums",
    "ratio": "sums",
    "poverty": "fgt",
    "relative_line": "fgt",
    "quantile": "order",
    "lorenz": "order",
    "income_shares": "order",
    "sen_shorrocks_thon": "order",
    "inequality": "dispersion",
    "tip": "curves",
    "growth_incidence": "curves",
    "decompose": "changes",
    "poverty_profile": "changes",
    "within_between": "changes",
    "alkire_foster": "counting",
    "cutoff_curves": "counting",
    "robust_comparisons": "counting",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
