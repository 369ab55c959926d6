"""Names of a package that are loaded when they are first used, so that imports stay quick."""

from importlib import import_module


def lazy(package, modules):
    """Make ``__getattr__`` and ``__dir__`` for a package whose names live in its modules.

    Parameters
    ----------
    package : dict
        ``globals()`` of the package.
    modules : dict
        For each public name, its module.

    Returns
    -------
    tuple of callable

    Examples
    --------
    >>> from povstudy import clean
    >>> "count" in dir(clean), clean.count("3户").value
    (True, 3)
    """
    own = package["__name__"]

    def load(name):
        if name not in modules:
            raise AttributeError(f"module {own!r} has no attribute {name!r}")
        found = getattr(import_module(f".{modules[name]}", own), name)
        package[name] = found
        return found

    return load, lambda: sorted([*package, *modules])


def figure(name):
    """Find a drawing function for the ``plot`` of a result: the one way from results to figures.

    Parameters
    ----------
    name : str
        As in `povstudy.figures`.

    Returns
    -------
    callable
    """
    from . import figures

    return getattr(figures, name)
