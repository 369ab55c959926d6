"""Files that hide a module of Python or a package from whoever imports it.

Parses on Python 3.8 and needs the standard library alone: the set-up uses it.
"""

import os
import sys

_NEEDED = (
    "numpy pandas scipy statsmodels matplotlib seaborn narwhals duckdb pyarrow yaml formulaic patsy "
    "packaging dateutil pytz rich pooch requests urllib3 certifi nbformat nbclient nbconvert jinja2 "
    "jupyter_client jupyter_core jupyterlab ipykernel IPython traitlets zmq tornado openpyxl "
    "python_calamine xlrd pyreadstat rdata causaldata PIL fontTools pip uv pytest"
)
_NEVER = "test this antigravity idlelib turtledemo turtle"  # nothing imports these


def hiding(folders=None):
    """Files in folders that are searched first, of the name of a module that is needed.

    Parameters
    ----------
    folders : sequence of str, optional
        Where this process looks first, by default.

    Returns
    -------
    list of str
        Paths; empty if nothing is hidden.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from povstudy.base.shadows import hiding
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "numpy.py").write_text("")
    >>> [pathlib.Path(one).name for one in hiding([folder])]
    ['numpy.py']
    """
    names = set(getattr(sys, "stdlib_module_names", ())) | set(_NEEDED.split())
    names -= set(_NEVER.split())
    found = {}
    for folder in sys.path[:1] if folders is None else folders:
        folder = str(folder) or os.getcwd()
        if os.path.basename(folder) in ("site-packages", "dist-packages"):
            continue
        try:
            inside = sorted(os.listdir(folder))
        except OSError:
            continue
        for name in inside:
            path = os.path.join(folder, name)
            if (name.endswith(".py") and name[:-3] in names) or (
                name in names and os.path.isfile(os.path.join(path, "__init__.py"))
            ):
                found[os.path.realpath(path)] = path
    return list(found.values())


def told(path):
    """What is wrong, where, and what to do, in the parts of an error."""
    name = os.path.basename(path)
    module = name[:-3] if name.endswith(".py") else name
    return {
        "problem": "A file of yours hides the module %s, which povstudy needs." % module,
        "where": path,
        "remedy": "rename it, for example to my_%s, and start again" % name,
    }
