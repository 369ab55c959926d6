"""What a budget buys: costs, cost-effectiveness, the worth of a study, scenarios."""

from ..base.lazy import lazy

_MODULES = {}
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
