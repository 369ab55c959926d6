"""Sheets of a workbook as its reader gives them; run as a script, in a process of its own.

Then it needs the standard library and the reader alone. A damaged old workbook can end the
process that reads it, or ask for more memory than there is: here it ends only this one.
"""

import json
import pickle
import re
import subprocess
import sys
from importlib import import_module
from io import BytesIO, StringIO
from pathlib import Path

# What a child may take, for each MB of the file more; the time holds on every system.
SECONDS, GIGABYTES = 8, 1


def sheets_of(path, sheet=None):
    """Cells of the sheets of a workbook.

    Parameters
    ----------
    path : Path
        The workbook, whatever its name.
    sheet : str, optional
        Read this one alone.

    Returns
    -------
    dict
        For each sheet its rows, merged cells, and whether it is shown; ``None`` for those that
        were not asked for.
    """
    reader = import_module("python_calamine")  # whoever calls says where it comes from
    found = {}
    with reader.load_workbook(BytesIO(path.read_bytes())) as book:
        names = [one.name for one in book.sheets_metadata]
        for number, meta in enumerate(book.sheets_metadata, start=1):
            found[meta.name] = None
            if sheet is None or str(sheet) == (meta.name if sheet in names else str(number)):
                one = book.get_sheet_by_name(meta.name)
                shown = meta.visible == reader.SheetVisibleEnum.Visible
                rows = one.to_python(skip_empty_area=False)
                found[meta.name] = rows, one.merged_cell_ranges or [], shown
    return found


def styles_of(path, sheet=None):
    """Number formats and indents of the cells of an old workbook that may show other than is stored.

    Parameters
    ----------
    path : Path
        The workbook.
    sheet : str, optional
        Of this one alone.

    Returns
    -------
    forms, indents : dict
        For each sheet, formats of numbers and steps of texts by place from 0.
    """
    reader = import_module("xlrd")
    forms, indents = {}, {}
    with reader.open_workbook(file_contents=path.read_bytes(), logfile=StringIO(), on_demand=True,
                              formatting_info=True, ragged_rows=True) as book:  # fmt: skip
        told = [book.format_map[one.format_key].format_str for one in book.xf_list]
        told = [one if _SCALING.search(one) else "" for one in told]
        steps = [one.alignment.indent_level for one in book.xf_list]
        for number, name in enumerate(book.sheet_names() if any(told) or any(steps) else (), 1):
            if sheet is None or str(sheet) in (name, str(number)):
                one = book.sheet_by_name(name)
                cells = [
                    ((i, j), cell) for i in range(one.nrows) for j, cell in enumerate(one.row(i))
                ]
                forms[name] = {at: told[cell.xf_index] for at, cell in cells
                               if cell.ctype == reader.XL_CELL_NUMBER and told[cell.xf_index]}  # fmt: skip
                indents[name] = {at: steps[cell.xf_index] for at, cell in cells
                                 if cell.ctype == reader.XL_CELL_TEXT and steps[cell.xf_index]}  # fmt: skip
                book.unload_sheet(name)
    return forms, indents


_SCALING = re.compile(r"[%‰万亿千百\\!]|,(?![0#?])|^0{2,15}$")  # signs of a format that may scale


def old_book(path, sheet=None):
    """Sheets of an old workbook, and their number formats and indents.

    Cells are read by one reader, formats by another; where the second cannot, there are none.
    """
    sheets = sheets_of(path, sheet)
    try:
        return sheets, *styles_of(path, sheet)
    except ImportError:
        raise
    except Exception:
        return sheets, {}, {}


def sheets_apart(path, sheet=None):
    """As `old_book`, read by another process with limits on its time and memory.

    Parameters
    ----------
    path : Path
        The workbook.
    sheet : str, optional
        Read this one alone.

    Returns
    -------
    sheets, forms, indents : dict

    Raises
    ------
    RuntimeError
        What the other process said, or how it ended.
    """
    if not sys.executable:
        return old_book(path, sheet)
    size = path.stat().st_size / 1e6
    seconds, most = SECONDS * (1 + size / 8), GIGABYTES * (1 + size / 25)
    given = [str(path.resolve()), sheet, seconds, most, [one for one in sys.path if one]]
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", __file__],
            input=json.dumps(given).encode(),
            capture_output=True,
            timeout=2 * seconds,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"its reader found no end in {2 * seconds:.2g} seconds") from None
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines()
        told = [one for one in told if re.search("Error|panicked|memory", one)] or told
        raise RuntimeError(told[-1] if told else f"its reader ended with {done.returncode}")
    return pickle.loads(done.stdout)


def _limit(seconds, most):
    """Bound memory and computing time, where the system can."""
    try:
        import resource
    except ImportError:
        return
    for kind, value in (
        (resource.RLIMIT_AS, int(most * 2**30)),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            _, hard = resource.getrlimit(kind)
            least = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (least, hard))
        except (ValueError, OSError):  # a system without this limit
            continue


if __name__ == "__main__":
    path, sheet, seconds, most, sys.path[:] = json.loads(sys.stdin.buffer.read())
    _limit(seconds, most)
    sys.stdout.buffer.write(pickle.dumps(old_book(Path(path), sheet)))
