"""Help against help: effects over time, trials, published evidence."""

from ..base.lazy import lazy

_MODULES = {
    "effects": "compare",
    "opinions": "second_opinion",
    "trials": "trial_effects",
    "questions": "holm",
    "bounds": "lee_bounds",
    "randomisation": "randomisation_test",
    "balances": "balance overlap propensities",
    "adjustment": "adjusted_effects two_by_two",
    "standing.omitted": "robustness_value",
    "discontinuity": "at_the_line",
    "evidence": "pool",
    "priors": "EffectPrior",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
