"""What every room may use: errors, files, two languages, checks, kinds of data."""

from .lazy import lazy

_MODULES = {
    "errors": "DataError DataWarning DesignError PovstudyError SetupError",
    "status": "Source",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
