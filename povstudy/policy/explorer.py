"""A page on which anybody can look at every cell of a grid of budgets, in a browser alone."""

import base64
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd

from ..base.checks import need_columns
from ..base.columns import need_numbers
from ..base.errors import DataError
from ..base.files import write_whole
from .grid import OUTCOMES

AXES = ("budget", "mix", "caseload", "accompaniment", "effect")
_NUMBERS = ("estimate", "low", "high")
_ABOUT = ("households", "years", "draws", "level")  # what attrs may tell
_MISSING, _NO_END, _MOST = -32768, 32767, 32766  # of the whole numbers of two bytes
_GRID = "give the whole grid, as ps.explorer_grid makes it"
_TEMPLATE = Path(__file__).with_name("explorer.html")
_DATA = re.compile(r'(?<=<script id="data" type="application/json">).*?(?=</script>)', re.DOTALL)
_SCRIPT = re.compile(r"(?<=<script>).*?(?=</script>)", re.DOTALL)


def write_explorer(path, grid):
    """Write a page with sliders that shows what a budget buys, cell by cell.

    Parameters
    ----------
    path : str or Path
        File to write, ``.html``. It holds all it needs: it asks for nothing from the network,
        and opens from a disk or a stick.
    grid : DataFrame
        As `explorer_grid` gives it: ``budget mix caseload accompaniment effect outcome estimate
        low high``, a row for each outcome in each cell, with all cells of the axes.

    Returns
    -------
    bool
        Whether the file was written. A page that is there, with the same words and the same
        numbers as far as the page can hold them, stays as it is.

    Raises
    ------
    DataError
        If a column, a cell, an outcome, or the share 0 of social work is missing, a cell is
        there twice, or the file cannot be written.

    Notes
    -----
    Numbers are packed as whole numbers of two bytes, in steps well below half of the last
    digit that is shown. Sliders stop at computed points alone: nothing is interpolated, and
    nothing lies beyond the range of what was simulated.

    Examples
    --------
    >>> import itertools, tempfile, pandas as pd, povstudy as ps
    >>> from povstudy.policy.explorer import AXES, OUTCOMES
    >>> cells = itertools.product([1e6, 2e6], [0, 1], [9], [0], [0, 0.1], OUTCOMES)
    >>> grid = pd.DataFrame(cells, columns=[*AXES, "outcome"])
    >>> grid = grid.assign(estimate=0.1, low=0.05, high=0.2)
    >>> path = f"{tempfile.mkdtemp()}/explorer.html"
    >>> ps.write_explorer(path, grid), ps.write_explorer(path, grid)
    (True, False)
    """
    path = Path(path)
    page = _page(_packed(*_cube(grid), grid.attrs))
    try:
        if path.is_file() and _same(path.read_text("utf-8", errors="replace"), page):
            return False
        write_whole(path, page)
    except OSError as error:
        raise DataError("This page cannot be written there.", where=path, found=str(error)[:200],
                        remedy="another folder, or close it in other programs") from None  # fmt: skip
    return True


def _codes(text):
    return np.frombuffer(base64.b64decode(text), dtype="<i2").astype(int)


def _cube(grid):
    """Points of each axis, and for each outcome its numbers by all of them."""
    wanted = [*AXES, "outcome", *_NUMBERS]
    need_columns(grid, wanted)
    numbers = {name: need_numbers(name, grid[name]) for name in (*AXES, *_NUMBERS)}
    table = pd.DataFrame(numbers).assign(outcome=grid["outcome"].astype(str).to_numpy())
    axes = {name: np.unique(numbers[name]) for name in AXES}
    for name, points in axes.items():
        if not np.isfinite(points).all():
            raise DataError("A point of an axis is missing.", where=f"column {name}",
                            found=points.tolist(), remedy=_GRID)  # fmt: skip
    if 0 not in axes["mix"]:
        raise DataError("There is no cell without social work to compare with.",
                        where="column mix", found=axes["mix"].tolist(), remedy=_GRID)  # fmt: skip
    cells = pd.MultiIndex.from_product(axes.values(), names=AXES)
    cube = {}
    for outcome in OUTCOMES:
        part = table[table["outcome"].eq(outcome)].set_index(list(AXES))[list(_NUMBERS)]
        if part.index.has_duplicates or len(part) != len(cells):
            raise DataError("Each cell of the grid stands in it once for each outcome.",
                            where=f"outcome {outcome}", found=f"{len(part)} rows for {len(cells)} cells",
                            remedy=_GRID)  # fmt: skip
        cube[outcome] = part.reindex(cells).to_numpy()
    return axes, cube


def _packed(axes, cube, about):
    """All that the page has to know, as JSON holds it."""
    data = {"axes": {name: points.tolist() for name, points in axes.items()}}
    data |= {name: about[name] for name in _ABOUT if name in about}
    packed = {name: _pack(values, name == "cost_per_year") for name, values in cube.items()}
    return data | {"outcomes": packed}


def _pack(values, wide):
    """Numbers in equal steps: a round number each, so that it hangs on no last digit."""
    known = values[np.isfinite(values)]
    log = bool(wide and known.size and known.min() > 0)  # of many sizes: the same digits for each
    known = np.log(known) if log else known
    base = float(np.round((known.min() + known.max()) / 2)) if log else 0.0
    largest = np.abs(known - base).max(initial=0) or 1.0
    step = _round_up(largest / _MOST)
    with np.errstate(invalid="ignore", divide="ignore"):
        codes = np.round(((np.log(values) if log else values) - base) / step)
    codes = np.where(np.isfinite(values), codes, np.sign(np.nan_to_num(values, nan=0)) * _NO_END)
    codes = np.where(np.isnan(values), _MISSING, codes).astype("<i2")
    packed = {"log": log, "base": base, "step": step}
    if not log:  # what is shown: four digits of the largest
        packed["shown"] = float(f"1e{int(np.floor(np.log10(largest))) - 3}")
    return packed | {"values": base64.b64encode(codes.tobytes()).decode()}


def _round_up(number):
    """The next of 1, 2, 5, 10, ... that is not below it."""
    power = 10.0 ** np.floor(np.log10(number))
    return float(f"{next(one * power for one in (1, 2, 5, 10) if one * power >= number):.0e}")


def _page(data):
    text = _TEMPLATE.read_text("utf-8")
    script = _SCRIPT.search(text)[0]
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    packed = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return text.replace("SCRIPT_HASH", allowed).replace("<!--DATA-->", packed)


def _same(old, new):
    """Whether two pages have the same words, and numbers that a step of packing can part."""
    found = _DATA.search(old), _DATA.search(new)
    if not all(found) or _DATA.sub("", old) != _DATA.sub("", new):
        return False
    before, after = (json.loads(one[0]) for one in found)
    old, new = (np.concatenate([_codes(one.pop("values")) for one in data["outcomes"].values()])
                for data in (before, after))  # fmt: skip
    return before == after and len(old) == len(new) and np.abs(old - new).max() <= 1
