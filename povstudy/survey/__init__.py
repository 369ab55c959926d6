"""A table with its design: sums become estimates with errors."""

from ..base.lazy import lazy

_NAMES = {
    "Survey": "survey",
    "Replicates": "design",
    "proportion_interval": "shares",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
