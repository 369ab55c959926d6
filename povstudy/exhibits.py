"""Until the next release: these names are in `povstudy.study` now."""

from .base.lazy import moved

__getattr__, __dir__ = moved(__name__, "study.exhibits")
