"""Files of Stata and SPSS, with their labels and codes for missing."""

import re
import warnings

import pandas as pd

from ...base.codes import reason_of
from ...base.errors import DataError
from ...base.optional import optional
from ..cell.cell import plain
from ..dictionaries import check_dictionary
from .texts import broken, repaired

# How codes without a label are shown that a file declares missing: .a as Stata does, -8 (missing).
DECLARED = re.compile(r"\.[a-z]|\S+ \(missing\)")


def survey_file(path, kind, wanted=None):
    """Read a Stata or SPSS file, with its labels and the user's own missing codes.

    Parameters
    ----------
    path : Path
        A file of `SURVEYS`.
    kind : {"dta", "sav"}
        What it is.
    wanted : callable, optional
        Takes the names of all columns, and gives those that are to be read: at least one.

    Returns
    -------
    table : DataFrame
        As stored, texts of nothing as missing. ``attrs["missing"]`` holds, for each column with missing codes of the user's
        own, these codes as a list of low and high ends; ``attrs["short"]`` the columns of floats
        of four bytes, which hold no whole number above 2**24 for sure.
    labels : dict
        For each column with value labels, the label of each code.
    titles : dict
        Label of each column.
    """
    with optional("pyreadstat", f"Reading {path.name}"):
        import pyreadstat

    read = pyreadstat.read_dta if kind == "dta" else pyreadstat.read_sav
    if read is pyreadstat.read_sav:
        check_dictionary(path)
    problem = None
    for encoding in (None, "GB18030"):  # old Stata files do not say that they are Chinese
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                how = {"encoding": encoding}
                if wanted is not None:
                    _, meta = read(str(path), metadataonly=True, **how)
                    names = meta.column_names
                    if None in names:
                        raise ValueError("a column without a name")
                    how["usecols"] = wanted(names) if names else None
                table, meta = read(
                    str(path), user_missing=True, disable_datetime_conversion=False, **how
                )
            break
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:
            problem = problem or error
    else:
        raise broken(path, problem) from None
    if not len(table.columns):
        raise DataError(
            "This file has no columns.", where=path.name, remedy="check that it was saved"
        )
    titles = {name: repaired(label or "") for name, label in meta.column_names_to_labels.items()}
    labels = {
        name: {code: repaired(str(label)) for code, label in codes.items()}
        for name, codes in meta.variable_value_labels.items()
    }
    missing = {
        name: [(one["lo"], one["hi"]) for one in ranges]
        for name, ranges in meta.missing_ranges.items()
    }
    missing |= {
        name: [(code, code) for code in codes] for name, codes in meta.missing_user_values.items()
    }
    for name in table.columns:  # in both programs a text of nothing is the missing text
        if table[name].dtype == object or isinstance(table[name].dtype, pd.StringDtype):
            blank = table[name].map(lambda one: isinstance(one, str) and not one.strip())
            table[name] = table[name].where(~blank.astype(bool), None)
    table.attrs["missing"] = missing
    table.attrs["short"] = [
        name for name, one in meta.readstat_variable_types.items() if one == "float"
    ]
    return table, labels, titles


def no_answers(values, labels, ranges):
    """Codes of a column that are no answers, and why.

    Parameters
    ----------
    values : Series
        The column as stored.
    labels : dict
        Label of each code that has one.
    ranges : list of tuple
        Low and high ends of the codes that the file declares missing.

    Returns
    -------
    dict
        ``"not_applicable"``, ``"withheld"`` or ``"not_available"`` by the label of the code,
        which may hold two such words (不知道/拒绝回答); else ``"missing_code"``.

    Examples
    --------
    >>> import pandas as pd
    >>> from povstudy.clean.file.surveys import no_answers
    >>> no_answers(pd.Series([-8, -1, 2500]), {-8: "不适用"}, [(-9, -1)])
    {-8: 'not_applicable', -1: 'missing_code'}
    """
    found = {}
    for code in values.dropna().unique().tolist():
        reason = reason_of(plain(labels.get(code, "")))
        if reason or any(_between(code, *ends) for ends in ranges):
            found[code] = reason or "missing_code"
    return found


def _between(code, low, high):
    try:
        return bool(low <= code <= high)
    except TypeError:  # a text against a number
        return False
