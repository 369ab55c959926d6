"""Names of a package that are loaded when they are first used, so that imports stay quick.

What runs before the version of Python is looked at parses on Python 3.8.
"""

from functools import wraps
from importlib import import_module
from os.path import isfile
from pathlib import Path
from types import FunctionType

from .errors import PovstudyError, SetupError
from .private import masked
from .shadows import hiding, told


def lazy(package, modules):
    """Make ``__all__``, ``__getattr__`` and ``__dir__`` for a package of names in its modules.

    Parameters
    ----------
    package : dict
        ``globals()`` of the package.
    modules : dict
        For each module, its public names in one text.

    Returns
    -------
    tuple
        A list and two callables.

    Examples
    --------
    >>> from povstudy import clean
    >>> "count" in dir(clean), clean.count("3户").value
    (True, 3)
    """
    own = package["__name__"]
    home = {name: place for place, names in modules.items() for name in names.split()}

    def load(name):
        if name not in home:
            raise AttributeError("module %r has no attribute %r" % (own, name))
        try:
            found = getattr(import_module("." + home[name], own), name)
        except Exception as error:
            for path in hiding():  # numpy.py in the current folder
                raise SetupError(**told(path)) from error
            raise
        found = _told(found, own)
        package[name] = found
        return found

    return list(home), load, lambda: sorted([*package, *home])


def _told(found, package):
    """What is public, made to name the right argument where a wrong one is given.

    Only where a call ends in an error of others are its arguments looked at. A function stays what it
    is within its module, so that what is called often there costs nothing more.
    """
    if isinstance(found, type):
        made = vars(found).get("__init__")
        if isinstance(made, FunctionType) and not hasattr(made, "__wrapped__"):
            found.__init__ = _asked(made)
        _methods_told(found)
    elif isinstance(found, FunctionType):
        found = _asked(found)
        found.__module__ = package  # where it is found, so that it can be pickled
    return found


def _asked(function):
    @wraps(function)
    def call(*given, **options):
        try:
            made = function(*given, **options)
            _methods_told(type(made))
            return made
        except (TypeError, ValueError, LookupError, AttributeError, NotImplementedError) as error:
            if isinstance(error, PovstudyError) and not isinstance(error, AttributeError):
                if not error.where and given:  # of a file, or of what was opened from files
                    place = getattr(getattr(given[0], "rows", None), "place", None)
                    place = place if isinstance(place, str) else given[0]  # of Rows it is no path
                    if isinstance(place, Path) or (isinstance(place, str) and isfile(place)):  # noqa: PTH113
                        error.where = masked(str(place))
                raise
            from .guesses import explain

            explain(function, given, options, error)
            raise

    return call


def _methods_told(kind):
    """Do the same for the methods of a class of the package, once it is in the hands of a user."""
    if kind in _KNOWN:
        return
    _KNOWN.add(kind)
    own = [one for one in kind.__mro__ if one.__module__.partition(".")[0] == "povstudy"]
    if not own or issubclass(kind, Exception):
        return
    for one in own:
        for name, method in list(vars(one).items()):
            if isinstance(method, FunctionType) and not (
                name.startswith("_") or hasattr(method, "__wrapped__")
            ):
                setattr(one, name, _asked(method))
    if len(own) + 1 == len(kind.__mro__) and not hasattr(kind, "__getattr__"):
        kind.__getattr__ = _absent


_KNOWN = set()  # classes that were looked at


def _absent(self, name):
    """Name the attribute that was meant where there is none of this name."""
    if not name.startswith("_") and not hasattr(type(self), name):
        from .guesses import refuse_attribute

        refuse_attribute(self, name)
    return object.__getattribute__(self, name)


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
    from .. import figures

    return getattr(figures, name)
