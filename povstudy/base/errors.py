"""The package's own errors: what is wrong, where, what was found, and what to do.

Parses on Python 3.8 and needs the standard library alone: the set-up uses it.
"""

import os
import re
import sys
import warnings

from .private import cell, masked

_IN_ROW = re.compile(r"\b(?:row|household)\b")
_NUMPY = re.compile(
    r"\bnp\.(?:(True|False)_|(?:u?int|float|complex|str)[0-9]*_?\(('[^']*'|[^()]*)\))"
)


def _masked(part, mask=masked):
    """A part of a message as it may be shown; as it is where nothing has to be masked."""
    if part is None:
        return None
    text = str(part)
    shown = mask(_NUMPY.sub(r"\1\2", text))  # a value, not its type
    return part if shown == text else shown


class PovstudyError(ValueError):
    """An error that tells its remedy.

    Parameters
    ----------
    problem : str
        What is wrong, in one plain sentence.
    where : str, optional
        Place: file, row, column, dataset, folder.
    found : object, optional
        What stands there. Where ``where`` names a row or a household, it is a cell of somebody's
        table: of free text only what is known is shown.
    remedy : str, optional
        What to do about it, if possible as a line that can be pasted.

    Notes
    -----
    Messages are passed on: what looks personal (numbers of identity, telephone and cards,
    mail, places of a house, and the names beside them) is masked in every part.

    Examples
    --------
    >>> raise DataError("There is no table 'x'.", remedy="povstudy.datasets()")
    Traceback (most recent call last):
    povstudy.base.errors.DataError: There is no table 'x'.
      remedy: povstudy.datasets()
    """

    def __init__(self, problem, where=None, found=None, remedy=None):
        """Put the parts together into one readable message."""
        where, remedy = _masked(where), _masked(remedy)
        found = _masked(found, cell if _IN_ROW.search(str(where)) else masked)
        problem = masked(str(problem))
        self.problem, self.where, self.found, self.remedy = problem, where, found, remedy
        super().__init__(_message(problem, where, found, remedy))

    def __str__(self):
        """Show it in the language of POVSTUDY_LANG; what it holds stays in English."""
        return message(self.problem, self.where, self.found, self.remedy)


def message(problem, where=None, found=None, remedy=None):
    """What is shown of an error: in Chinese where POVSTUDY_LANG is zh and there is Chinese for it.

    Parameters
    ----------
    problem, where, found, remedy
        As of an error.

    Returns
    -------
    str

    Examples
    --------
    >>> from povstudy.base.errors import message
    >>> print(message("The table has no rows.", where="argument data"))
    The table has no rows.
      where: argument data
    """
    shown = None
    if os.environ.get("POVSTUDY_LANG", "").strip().lower() == "zh":
        try:
            from .chinese import told

            shown = told(problem, where, found, remedy)
        except Exception:  # an error is shown, whatever befalls its Chinese
            shown = None
    return shown or _message(problem, where, found, remedy)


def _message(problem, where, found, remedy):
    parts = (("where", where), ("found", found), ("remedy", remedy))
    return "\n".join([problem, *(f"  {name}: {text}" for name, text in parts if text is not None)])


class DataError(PovstudyError):
    """Data are missing, damaged, of the wrong form or used against their meaning."""


class DesignError(DataError):
    """The design of a survey is incomplete, or does not allow an error to be estimated."""


class SetupError(PovstudyError):
    """The environment, the disk or the network does not let povstudy do its work."""


_OWN = ("povstudy", "numpy", "contextlib")  # a measure is called through these


class DataWarning(UserWarning):
    """Data that may not be what they seem: they are used as they are, and it is told."""


def tell(problem, where=None, found=None, remedy=None):
    """Warn, at the line that called the package.

    Parameters
    ----------
    problem, where, found, remedy
        As of an error.

    Warns
    -----
    DataWarning
    """
    warnings.warn(message(problem, where, found, remedy), DataWarning, stacklevel=outside())


def outside():
    """How many calls up the line stands that called the package, for ``stacklevel=`` where asked."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in _OWN:
        level, frame = level + 1, frame.f_back
    return level
