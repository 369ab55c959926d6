"""Text in; typed columns and a report of every change out."""

from ..base.lazy import lazy

_MODULES = {
    "cell.cell": "Cell CellError",
    "cell.columns": "column",
    "cell.numerals": "number",
    "cell.amounts": "count counts money percent poverty_line",
    "cell.times": "date period year",
    "cell.places": "adcode adcode_at province",
    "cell.words": "causes household_id monitor_type repair status support_measures yes_no",
    "record.codebooks": "column_name wave_name",
    "table.tables": "flatten_header read_table",
    "sheets": "read_sheets",
    "record.records": "households programmes",
    "checks": "check_flow check_parts check_incidence check_series check_order one_status "
    "one_source one_reporting_level",
    "person.drop": "find_personal drop_personal",
    "person.suppression": "suppress",
    "reports": "summary",
    "page": "write",
    "synthetic": "synthetic_register synthetic_agency",
}  # fmt: skip
__all__, __getattr__, __dir__ = lazy(globals(), _MODULES)
