"""Until the next release: these names are in `povstudy.base` now."""

from .base.lazy import moved

__getattr__, __dir__ = moved(__name__, "base.errors")
