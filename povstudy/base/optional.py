"""Packages that only an extra brings: what to say where one is missing.

Needs the standard library alone.
"""

from contextlib import contextmanager

from .errors import SetupError


@contextmanager
def optional(package, what, extra="study"):
    """Import a package that may be missing, inside this block; say in plain words if it is.

    Parameters
    ----------
    package : str
        Its name, as one installs it.
    what : str
        What needs it, the start of a sentence: ``"Reading a.xlsx"``.
    extra : str
        The extra of pyproject.toml that brings it.

    Raises
    ------
    SetupError
        With the line to paste.

    Examples
    --------
    >>> with optional("nothing", "Reading a.xyz"):
    ...     import nothing
    Traceback (most recent call last):
    povstudy.base.errors.SetupError: Reading a.xyz needs the package nothing.
      found: No module named 'nothing'
      remedy: pip install "povstudy[study]"
    """
    try:
        yield
    except ImportError as error:
        raise SetupError(f"{what} needs the package {package}.", found=error,
                         remedy=f'pip install "povstudy[{extra}]"') from None  # fmt: skip
