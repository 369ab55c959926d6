"""The two commands, and what they run, keep and publish."""

from ..base.lazy import lazy

_MODULES = {
    "exhibits": "publish Exhibit",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
