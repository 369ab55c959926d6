"""The two commands, and what they run, keep and publish."""

from ..base.lazy import lazy

_NAMES = {
    "publish": "exhibits",
    "Exhibit": "exhibits",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
