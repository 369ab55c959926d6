"""Cleaning: messy tables, registers and programme records become typed tables.

Three floors, each usable alone:

- **cells**: `number`, `count`, `money`, `percent`, `year`, `date`, `province`, `causes` and
  others take one cell and return what it says with unit, bound and footnote; `column`
  reads a whole column with any of them;
- **tables**: `read_table` reads an official table with merged heads, notes and totals;
- **records**: `households` and `programmes` map raw files to canonical columns through a
  codebook, and tell of every cell that they changed, refused or set missing.

What cannot be read with certainty is refused with a `CellError`; nothing is guessed.
"""

from importlib import import_module

_NAMES = {
    "Cell": "cells",
    "CellError": "cells",
    "column": "columns",
    "number": "numerals",
    "count": "amounts",
    "counts": "amounts",
    "money": "amounts",
    "percent": "amounts",
    "poverty_line": "amounts",
    "date": "times",
    "period": "times",
    "year": "times",
    "adcode": "places",
    "adcode_at": "places",
    "province": "places",
    "causes": "words",
    "household_id": "words",
    "monitor_type": "words",
    "repair": "words",
    "status": "words",
    "yes_no": "words",
    "column_name": "codebooks",
    "wave_name": "codebooks",
    "flatten_header": "tables",
    "read_table": "tables",
    "households": "records",
    "programmes": "records",
    "check_flow": "checks",
    "check_parts": "checks",
    "check_incidence": "checks",
    "check_series": "checks",
    "check_order": "checks",
    "one_status": "checks",
    "one_source": "checks",
    "one_reporting_level": "checks",
    "composite_incidence": "checks",
    "find_personal": "privacy",
    "drop_personal": "privacy",
    "suppress": "suppression",
    "summary": "reports",
    "synthetic_register": "synthetic",
    "synthetic_agency": "synthetic",
}
__all__ = list(_NAMES)


def __getattr__(name):
    if name not in _NAMES:
        raise AttributeError(f"module 'povstudy.clean' has no attribute {name!r}")
    found = getattr(import_module(f".{_NAMES[name]}", __name__), name)
    globals()[name] = found
    return found


def __dir__():
    return sorted([*globals(), *_NAMES])
