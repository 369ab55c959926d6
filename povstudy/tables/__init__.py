"""Tables to be read, each by one function.

Each takes ``lang=`` and returns a plain DataFrame with the words of that language; the
numbers are computed from the data, never typed in.
"""

from ..base.lazy import lazy

_FUNCTIONS = {
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
__all__ = list(_FUNCTIONS)
__getattr__, __dir__ = lazy(globals(), _FUNCTIONS)
