"""Sheets of a workbook as its reader gives them; run as a script, in a process of its own.

Then it needs the standard library and the reader alone. A damaged old workbook can end the
process that reads it, or ask for more memory than there is: here it ends only this one.
"""

import json
import pickle
import subprocess
import sys
from io import BytesIO
from pathlib import Path

SECONDS, GIGABYTES = 60, 4  # what a child may take; the time holds on every system


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
    import python_calamine

    found = {}
    with python_calamine.load_workbook(BytesIO(path.read_bytes())) as book:
        for meta in book.sheets_metadata:
            found[meta.name] = None
            if sheet is None or sheet == meta.name:
                one = book.get_sheet_by_name(meta.name)
                shown = meta.visible == python_calamine.SheetVisibleEnum.Visible
                rows = one.to_python(skip_empty_area=False)
                found[meta.name] = rows, one.merged_cell_ranges or [], shown
    return found


def sheets_apart(path, sheet=None):
    """As `sheets_of`, read by another process with limits on its time and memory.

    Parameters
    ----------
    path : Path
        The workbook.
    sheet : str, optional
        Read this one alone.

    Returns
    -------
    dict

    Raises
    ------
    RuntimeError
        What the other process said, or how it ended.
    """
    if not sys.executable:
        return sheets_of(path, sheet)
    given = json.dumps([str(path.resolve()), sheet, [one for one in sys.path if one]])
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", __file__],
            input=given.encode(),
            capture_output=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"its reader found no end in {SECONDS} seconds") from None
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines()
        raise RuntimeError(told[-1] if told else f"its reader ended with {done.returncode}")
    return pickle.loads(done.stdout)


def _limit():
    """Bound memory and computing time, where the system can."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, GIGABYTES * 2**30),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            _, hard = resource.getrlimit(kind)
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (least, hard))
        except (ValueError, OSError):  # a system without this limit
            continue


if __name__ == "__main__":
    path, sheet, sys.path[:] = json.loads(sys.stdin.buffer.read())
    _limit()
    sys.stdout.buffer.write(pickle.dumps(sheets_of(Path(path), sheet)))
