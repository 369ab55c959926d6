"""povstudy: study poverty programmes in Jupyter.

From a messy official table to figures one can defend::

    import povstudy as ps

    ps.datasets()                    # what there is
    ps.load("china_incidence")       # a typed table
    ps.line(2010, standard="2010")   # 2300 yuan per person and year

One road leads from the source to the figure. Its rooms, from the ground up, with what each
offers; names are loaded when they are first used, so that the import stays quick.
"""

# This file, and what it imports, parses on Python 3.8 and needs the standard library alone:
# the set-up of the environment starts here.
from importlib import import_module as _import
from textwrap import wrap as _wrap

__version__ = "0.1.0"

_ROOMS = (
    "base", "sources", "clean", "survey", "simulation", "measures", "targeting", "panels",
    "approaches", "relapse", "lessons", "policy", "figures", "tables", "study",
)  # fmt: skip
# Names of these rooms are the same words as others': ps.clean.year, ps.figures.exit_audit.
_APART = ("clean", "lessons", "figures", "tables")
_DOORS = {"model_table": "tables"}  # asked for so often that it stands beside its room too
_NAMES = dict(_DOORS)
_ELSEWHERE = {  # what other programs call it
    **dict.fromkeys(("areg", "logit", "ols", "poisson", "probit", "reg"), "regress"),
    **dict.fromkeys(("summarize", "summary", "table_one"), "describe_columns"),
    **dict.fromkeys(("crosstab", "tab", "tabulate"), "share"),
    "svyset": "Survey", "qcut": "quantile_group", "xtile": "quantile_group",
}  # fmt: skip

for _room in _ROOMS:
    _found = _import("." + _room, __name__)
    if _room not in _APART:
        _NAMES.update(dict.fromkeys(_found.__all__, _room))
    _at = "ps.%s." % _room if _room in _APART else "ps."
    _told = _wrap(" ".join(_found.__all__), 90, break_on_hyphens=False)
    __doc__ += "\n%s\n    %s\n    %s<name>:\n" % (_room, _found.__doc__.splitlines()[0], _at)
    __doc__ += "".join("        %s\n" % _line for _line in _told)

__all__ = [*_NAMES, *_ROOMS]


def __getattr__(name):
    if name not in _NAMES:
        told = "module 'povstudy' has no attribute %r" % name
        if name[:1] != "_":
            near = _ELSEWHERE.get(name) or _import("difflib").get_close_matches(name, __all__, 1)
            near = near[0] if isinstance(near, list) and near else near
            told += ". Did you mean ps.%s?" % near if near else ""
        raise AttributeError(_import(".base.errors", __name__).message(told))
    try:
        found = getattr(_import("." + _NAMES[name], __name__), name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "%s: this Python lacks a package that povstudy needs. In a checkout, work with "
            "`python3 -m povstudy lab`, or with the Python in the folder .venv." % error
        ) from error
    globals()[name] = found
    return found


def __dir__():
    return sorted([*globals(), *__all__])
