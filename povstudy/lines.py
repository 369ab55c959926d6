"""Until the next release: these names are in `povstudy.sources` now."""

from .base.lazy import moved

__getattr__, __dir__ = moved(__name__, "sources.lines", "sources.series", "base.checks")
