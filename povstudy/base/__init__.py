"""What every room may use: errors, files, two languages, checks, kinds of data."""

from .lazy import lazy

_NAMES = {
    "DataError": "errors",
    "DesignError": "errors",
    "PovstudyError": "errors",
    "SetupError": "errors",
    "Source": "status",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
