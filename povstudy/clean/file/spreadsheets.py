"""Spreadsheets: xlsx and xls, with their merged cells, and nothing of them lost on the way."""

import html
import json
import math
import re
import zipfile
from difflib import get_close_matches
from pathlib import PurePosixPath
from xml.etree import ElementTree

from ...base.errors import DataError
from ...base.optional import optional
from ...base.private import masked
from .apart import sheets_apart, sheets_of
from .decoding import BLOCK
from .kinds import locked
from .shown import as_shown, cell_styles, column_number, styled_cells
from .starts import known_heads
from .texts import MOST_CELLS, Grid, broken, text_of

_MOST_BYTES = 2**31
_BOMB = 2**26, 200  # bytes, and how many times they were packed, over which it is no table


def sheet_grid(path, sheet=None, kind="xlsx", known=()):
    """Cells of one sheet.

    Parameters
    ----------
    path : Path
        A workbook.
    sheet : str or int, optional
        Name of the sheet, or its number from 1; without it the file must have one sheet with anything on it.
    kind : {"xlsx", "xls"}
        What it is.
    known : collection of str
        Heads, as `head_key` gives them, by which the sheet of data is told from others.

    Returns
    -------
    Grid
    """
    unread, forms, indents, sheets = opened(path, sheet, kind)
    if sheet not in sheets and str(sheet).isdecimal() and 0 < int(sheet) <= len(sheets):
        sheet = list(sheets)[int(sheet) - 1]
    if sheet is not None and sheet not in sheets:
        near = get_close_matches(str(sheet), sheets, n=1, cutoff=0) or list(sheets)
        raise DataError("There is no such sheet.", where=path.name, found=sheet,
                        remedy=_named(near[0], sheets) if sheets else "check that it was saved")  # fmt: skip
    found = {
        name: one
        for name, one in sheets.items()
        if one and (name in unread or any(cell != "" for row in one[0] for cell in row))
    }
    others = list(found)
    if sheet is None and len(found) > 1 and known:
        found = _tables(found, known)
    if len(found) != 1:
        first = max(found, key=lambda name: _holds_data(*found[name], known), default="")
        raise DataError(
            "This file has more than one sheet." if found else "This file has no cells.",
            where=path.name,
            found=", ".join(name if one[2] else f"{name} (hidden)" for name, one in found.items())[
                :200
            ]
            or None,
            remedy=_named(first, sheets) if found else "check that it was saved",
        )
    ((name, (rows, merged, _)),) = found.items()
    others.remove(name)
    shown = _shown(rows, forms.get(name, {}))
    rows = [[text_of(cell) for cell in row] for row in rows]
    for (i, j), text in shown.items():
        rows[i][j] = text
    _fill(rows, unread.get(name, {}))
    merged = _within(path, name, rows, merged)
    return Grid(path.name, name, rows, merged, indents.get(name, {}), others)


def opened(path, sheet=None, kind="xlsx"):
    """Cells that its reader leaves blank, number formats, indents, sheets; damaged ones are refused."""
    with optional("python-calamine", f"Reading {path.name}"):
        import python_calamine  # noqa: F401
    if kind == "xls":
        with optional("xlrd", f"Reading {path.name}"):
            import xlrd  # noqa: F401

    try:
        if kind == "xls":
            sheets, *forms = sheets_apart(path, sheet)
            return {}, *forms, sheets
        return *_unread_cells(path), sheets_of(path, sheet)  # refuses first what would not fit
    except BaseException as error:  # panics of the reader are no Exception
        if isinstance(error, DataError | KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise (locked(path) if "password" in str(error).lower() else broken(path, error)) from None


def _named(name, sheets):
    """The argument that names a sheet; by its number where an error must not show the name."""
    number = list(sheets).index(name) + 1
    quoted = json.dumps(name, ensure_ascii=False)
    return f"sheet={quoted}" if masked(name) == name else f"sheet={number}  # its number, from 1"


# Sheets that show how a form is filled in, and lists of its codes.
_ASIDE = re.compile("说明|须知|示例|样[表例]|范例|字典|代码|码表|选项|下拉|参数|^(?:examples?|samples?|read ?me|instructions?|notes?|codes?|code ?book)$", re.IGNORECASE)  # fmt: skip


def _tables(found, known):
    """The one sheet that is shown and has the heads of the codebook; all of them if there is none."""
    heads = {name: _holds_data(*one, known)[1] for name, one in found.items()
             if one[2] and not _ASIDE.search(name)}  # fmt: skip
    least = max(2, max(heads.values(), default=0) / 2)
    told = [name for name, n in heads.items() if n >= least]
    return {name: found[name] for name in told} if len(told) == 1 else found


def _holds_data(rows, merged, shown, known):
    """How much speaks for a sheet of data, not of instructions: heads, numbers, being shown."""
    heads = max((known_heads(map(text_of, row), known) for row in rows[:50]), default=0)
    numbers = sum(
        any(
            isinstance(cell, int | float) or re.fullmatch(r"\s*[0-9][0-9,.]*%?\s*", text_of(cell))
            for cell in row
        )
        and sum(cell != "" for cell in row) > 1
        for row in rows[:1000]
    )
    return shown, heads, numbers, sum(sum(cell != "" for cell in row) > 1 for row in rows[:1000])


def _shown(rows, forms):
    """Texts of the numbers that a format shows otherwise than they are stored."""
    found = {}
    for (i, j), form in forms.items():
        cell = rows[i][j] if i < len(rows) and j < len(rows[i]) else ""
        if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
            text = as_shown(cell, form)
            if text is not None:
                found[i, j] = text
    return found


def _fill(rows, cells):
    """Put texts into the grid, which grows if they stand outside it."""
    tall = max((i + 1 for i, _ in cells), default=0)
    wide = max((j + 1 for _, j in cells), default=0)
    wide = max(wide, len(rows[0]) if rows else 0)
    rows += [[] for _ in range(tall - len(rows))]
    for row in rows:
        row += [""] * (wide - len(row))
    for (i, j), text in cells.items():
        rows[i][j] = rows[i][j] or text


def _within(path, sheet, rows, merged):
    """Merged areas, as far as they lie within the rows."""
    tall, wide = len(rows), len(rows[0])
    areas = [
        (top, left, min(bottom, tall - 1), min(right, wide - 1))
        for (top, left), (bottom, right) in merged
        if top < tall and left < wide and top <= bottom and left <= right
    ]
    if sum((c - a + 1) * (d - b + 1) for a, b, c, d in areas) > tall * wide:
        raise DataError("Merged cells of this sheet lie over each other.",
                        where=f"{path.name}, sheet {sheet}",
                        remedy="save the sheet as .csv, or unmerge its cells")  # fmt: skip
    return areas


# Parts of a sheet's XML. A cell or row may name its place; `_CELL` takes a cell with what is in it.
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,9})([0-9]{1,12})["']""")
_CELL = re.compile(
    rb"""<(?:\w+:)?c\b([^>]*?)\br=["']([A-Z]{1,3})([0-9]{1,7})["']([^>]*)(?<!/)>(.{0,9999}?)</(?:\w+:)?c>""",
    re.DOTALL,
)
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)(?:\s[^>]*)?>(.+?)</", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>(.*?)</)", re.DOTALL)


def _unread_cells(path):
    """Cells that the reader would leave blank, number formats that scale, and indents, by sheet.

    Refuses what would not fit into memory.

    The reader makes blanks of errors (#DIV/0!) and of formulas that were saved without a
    value. They are no blanks: they become texts, which are refused later on, cell by cell.
    """
    found, forms, indents = {}, {}, {}
    with zipfile.ZipFile(path) as box:
        wanted = _read_parts(path, box)
        styles, steps = cell_styles(box)
        for part in wanted:
            letters, tall, cells, unread = set(), 0, 0, {}
            for block in _blocks(box, part):
                places = _PLACE.findall(block)
                cells += len(places)
                letters.update({one for one, _ in places})
                tall = max(tall, max((int(one) for one in {two for _, two in places}), default=0))
                for kept, wanted in ((forms, styles), (indents, steps)):
                    if (wanted and b"sheetData" in block) or part in kept:
                        kept.setdefault(part, {}).update(styled_cells(block, wanted))
                if b"<f" in block or b":f" in block or b'"e"' in block or b"'e'" in block:
                    unread |= _left_blank(block)
            wide = max(map(column_number, letters), default=0)
            _refuse_giants(f"{path.name}, {part}", tall, wide, cells)
            if unread:
                found[part] = unread
        if not found and not any(forms.values()) and not any(indents.values()):
            return {}, {}, {}
        parts = _sheet_parts(box).items()
        return tuple({name: one[part] for name, part in parts if part in one}
                     for one in (found, forms, indents))  # fmt: skip


_ALWAYS = {"xl/workbook.xml", "xl/sharedstrings.xml", "xl/styles.xml"}


def _read_parts(path, box):
    """Names of the parts that the reader opens: what nothing names is not unpacked.

    Refuses what unpacks to more than a table holds, before it is unpacked.
    """

    def sized(parts):
        for one in parts:
            size, packed = one.file_size, max(one.compress_size, 1)
            if size > _BOMB[0] and size > _BOMB[1] * packed:
                raise DataError("A part of this workbook unpacks to far more than a table holds.",
                                where=f"{path.name}, {one.filename}",
                                found=f"{size / 1e6:,.0f} MB packed into {packed / 1e6:.1f} MB",
                                remedy="save the sheet as .csv")  # fmt: skip
        if sum(one.file_size for one in parts) > _MOST_BYTES:
            raise DataError("This file unpacks to more than 2 GB.", where=path.name,
                            remedy="save the sheet as .csv")  # fmt: skip
        return [one.filename for one in parts]

    parts = box.infolist()
    links = sized([one for one in parts if one.filename.lower().endswith(".rels")])
    sized([one for one in parts if one.filename.lower() in _ALWAYS])
    named = _ALWAYS | {one.lower() for one in _sheet_parts(box).values()}
    return links + sized([one for one in parts if one.filename.lower() in named])


def _blocks(box, part):
    """Pieces of a part, cut between rows, so that no cell is divided."""
    rest = b""
    with box.open(part) as file:
        while block := file.read(BLOCK):
            rest += block
            end = (
                rest.rfind(b"<", 0, max(rest.rfind(b"row>"), 0)) if len(rest) < 2**26 else len(rest)
            )
            if end > 0:
                yield rest[:end]
                rest = rest[end:]
    yield rest


def _refuse_giants(where, tall, wide, cells):
    """Refuse a sheet of which nearly all is nothing, or which is larger than a sheet can be."""
    area = tall * wide
    too_far = tall > 1_048_576 or wide > 16_384
    if too_far or area > MOST_CELLS or (area > MOST_CELLS // 20 and area > 200 * cells):
        raise DataError("A cell of this sheet lies far outside the others.", where=where,
                        found=f"row {tall}, column {wide}",
                        remedy="delete the stray cell, or save the table as .csv")  # fmt: skip


def _left_blank(block):
    """Errors and formulas without a value, by their place from 0."""
    found = {}
    for before, letters, row, after, content in _CELL.findall(block):
        value, formula = _VALUE.search(content), _FORMULA.search(content)
        kind = before + after
        if b't="e"' in kind or b"t='e'" in kind:
            text = value[1] if value else b"#N/A"
        elif formula and not value and not re.search(rb"t=[\"']str[\"']", kind):
            text = b"=" + (formula[1] or b"(shared formula)")
        else:
            continue
        place = int(row) - 1, column_number(letters) - 1
        found[place] = html.unescape(text.decode("utf-8", "replace"))[:200]
    return found


def _sheet_parts(box):
    """Which part of the file holds which sheet."""
    book = PurePosixPath("xl/workbook.xml")
    links = {
        one.get("Id"): one.get("Target", "")
        for one in ElementTree.fromstring(box.read("xl/_rels/workbook.xml.rels"))
    }
    parts = {}
    for one in ElementTree.fromstring(box.read(str(book))).findall(".//{*}sheet"):
        link = next((value for key, value in one.items() if key.endswith("}id")), None)
        target = links.get(link, "")
        parts[one.get("name")] = target[1:] if target[:1] == "/" else str(book.parent / target)
    return parts
