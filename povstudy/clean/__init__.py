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

from ..base.lazy import lazy

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
    "find_personal": "privacy",
    "drop_personal": "privacy",
    "suppress": "suppression",
    "summary": "reports",
    "synthetic_register": "synthetic",
    "synthetic_agency": "synthetic",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES)
