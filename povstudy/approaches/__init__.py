"""Help against help: effects over time, trials, published evidence."""

from ..base.lazy import lazy

_NAMES = {
    "compare": "effects",
    "second_opinion": "opinions",
    "trial_effects": "trials",
    "holm": "trials",
    "randomisation_test": "randomisation",
    "balance": "balances",
    "overlap": "balances",
    "propensities": "balances",
    "adjusted_effects": "adjustment",
    "two_by_two": "adjustment",
    "robustness_value": "adjustment",
    "pool": "evidence",
    "EffectPrior": "priors",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
