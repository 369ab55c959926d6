"""Tables to be read: numbers in, words of one language out."""

from ..base.lazy import lazy

_NAMES = {
    "essay_check": "records",
    "identities": "records",
    "world_bank_check": "records",
    "programme_ratios": "records",
    "estimates_table": "estimates",
    "published_check": "estimates",
    "mechanisms": "simulated",
    "parameters": "simulated",
    "calibration": "simulated",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
