"""Text in; typed columns and a report of every change out."""

from ..base.lazy import lazy

_NAMES = {
    "Cell": "cell.cell",
    "CellError": "cell.cell",
    "column": "cell.columns",
    "number": "cell.numerals",
    "count": "cell.amounts",
    "counts": "cell.amounts",
    "money": "cell.amounts",
    "percent": "cell.amounts",
    "poverty_line": "cell.amounts",
    "date": "cell.times",
    "period": "cell.times",
    "year": "cell.times",
    "adcode": "cell.places",
    "adcode_at": "cell.places",
    "province": "cell.places",
    "causes": "cell.words",
    "household_id": "cell.words",
    "monitor_type": "cell.words",
    "repair": "cell.words",
    "status": "cell.words",
    "yes_no": "cell.words",
    "column_name": "record.codebooks",
    "wave_name": "record.codebooks",
    "flatten_header": "table.tables",
    "read_table": "table.tables",
    "households": "record.records",
    "programmes": "record.records",
    "check_flow": "checks",
    "check_parts": "checks",
    "check_incidence": "checks",
    "check_series": "checks",
    "check_order": "checks",
    "one_status": "checks",
    "one_source": "checks",
    "one_reporting_level": "checks",
    "find_personal": "person.drop",
    "drop_personal": "person.drop",
    "suppress": "person.suppression",
    "summary": "reports",
    "synthetic_register": "synthetic",
    "synthetic_agency": "synthetic",
}
_MOVED = {
    "composite_incidence": "povstudy.sources",
}
__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(globals(), _NAMES, _MOVED)
