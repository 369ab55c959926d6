"""Rows of an official page, sorted: title, unit, head, data, notes, continued pages."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from ...base.errors import DataError
from ..cell.cell import CellError, mark, plain, without_footnote
from ..cell.numerals import number, value_of
from ..cell.places import province
from ..cell.times import year
from ..record.codebooks import head_key
from .heads import HAN, listed_units, one_head, short_unit, stated_unit

_NOTE = re.compile(
    r"(?:附?注|说明|备注|notes?)\s*[0-9一二三①-⑳]?\s*(?:[:.、]|$)|[①-⑳¹²³]|[a-z]\)|\*"
    r"|[(]?[0-9]{1,2}[).、](?![0-9])|(?:19|20)[0-9]{2}年标准:",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"(?:资料|数据)?来源\s*(?:[:于]|$)|(?:data\s*)?sources?\s*(?::|$)", re.IGNORECASE
)
_CONTINUED = re.compile(
    r"续\s*(?:表|上表|前表|完)|[(]\s*续\s*[0-9一二三四五六七八九十]*\s*[)]|^续\s*[0-9一二三四五六七八九十]*$|"
    r"[0-9一二三四五六七八九十]\s*续\s*[0-9]*$|\bcontinued\b|\bcont'?d\b",
    re.IGNORECASE,
)


@dataclass
class Page:
    """A sheet, and what is found on it as it is gone through from the top.

    Rows are numbered from 0 here. ``raw`` are the cells as they stand, ``bare`` the same in plain
    characters, ``texts`` with the text of a merged cell in all the cells that it covers.
    """

    file: str
    raw: list
    bare: list
    texts: list
    left: int = 0  # first column of the table
    title: list = field(default_factory=list)
    unit: str = ""
    unit_row: int = -1
    head: list = field(default_factory=list)  # rows that name columns
    repeated: list = field(default_factory=list)  # all rows that a continued page may repeat
    data: list = field(default_factory=list)
    pages: list = field(default_factory=list)  # for each row of data, on which page it stands
    sections: dict = field(default_factory=dict)  # for a row of data, the heading above it
    notes: list = field(default_factory=list)
    source: list = field(default_factory=list)
    shared: set = field(default_factory=set)  # cells of numbers that belong to several
    parts: list = field(default_factory=list)  # of the report

    def shown(self, i):
        """Distinct cells of a row that are not blank."""
        return list(dict.fromkeys(cell for cell in self.bare[i] if cell))

    def drop(self, i, reason):
        """Tell of a row that is no data."""
        told = " | ".join(dict.fromkeys(cell for cell in self.raw[i] if cell.strip()))
        self.parts.append({"row": [i], "column": None, "old": told, "new": None,
                           "action": "dropped", "reason": reason})  # fmt: skip

    def tell(self, rows, name, old, new, action, reason, **why):
        """Tell of cells."""
        if len(rows):
            self.parts.append({"row": list(rows), "column": name, "old": list(old), "new": new,
                               "action": action, "reason": reason, **why})  # fmt: skip

    def state_unit(self, unit, i):
        """Keep the unit of the table; another one on a later page is another scale."""
        if self.unit and head_key(unit) != head_key(self.unit):
            raise self.error(i, "The unit changes in the middle of this table.",
                             f"{self.unit}, then {unit}")  # fmt: skip
        if not self.unit:
            self.unit, self.unit_row = unit, i

    def error(self, i, problem, found=None, remedy=None):
        """Error that names file and row."""
        return DataError(
            problem,
            where=f"{self.file}, row {i + 1}",
            found=(found or " | ".join(self.shown(i)))[:80],
            remedy=remedy or "put each table on a sheet of its own: read_table(path, sheet=...)",
        )


class OtherHead(DataError):
    """A continued page has another head than the first: further columns, or another table."""

    def __init__(self, page, i):
        """Keep the row where the page begins."""
        self.row = next(
            (k for k in range(i, -1, -1) if any(map(_CONTINUED.search, page.shown(k)[:1]))), i
        )
        super().__init__(
            "The head of a continued page differs from the first, and so do its labels.",
            where=f"{page.file}, row {i + 1}",
            found=" | ".join(page.shown(i))[:80],
            remedy="read the pages one by one, each from a sheet of its own",
        )


def fill_merged(grid, texts):
    """Give every cell of a merged area its text, and tell for these cells where it begins."""
    covered = {}
    for top, left, bottom, right in grid.merged:
        if not (0 <= top <= bottom < len(texts) and 0 <= left <= right < len(texts[top])):
            continue
        for i in range(top, bottom + 1):
            for j in range(left, right + 1):
                texts[i][j] = texts[top][left]
                covered[i, j] = (top, left)
    return covered


def find_shared(page, kinds, merged):
    """Find the numbers that stand in one merged cell for several columns or rows."""
    rows, areas = set(page.data), {}
    for (i, j), start in merged.items():
        if i in rows and kinds.get(j) == "value":
            areas.setdefault(start, []).append((i, j))
    page.shared = {cell for cells in areas.values() if len(cells) > 1 for cell in cells}


def read_front(page):
    """Go through title, unit and head; give the number of the row where the data begin."""
    for i, row in enumerate(page.bare):
        shown = page.shown(i)
        if not shown:
            _demote(page, i)
            continue
        at = next(j for j, cell in enumerate(row) if cell)
        rest = [cell for cell in shown if not stated_unit(cell)]
        for cell in shown:
            if cell not in rest:
                page.state_unit(stated_unit(cell), i)
        corner = len(rest) < len(shown) and shown[0] not in rest  # the unit stands over the labels
        if not rest:
            page.drop(i, "unit_row")
        elif _SOURCE.match(shown[0]):
            page.drop(i, "source")
            page.source.append(" ".join(shown))
        elif _NOTE.match(shown[0]) and len(rest) == 1:
            page.drop(i, "note")
            page.notes.append((i, shown[0]))
        elif len(rest) > 1 and not page.head and all(":" in cell for cell in rest):
            page.title += rest  # 填报单位：某县 | 填报时间：2015年
            page.drop(i, "title")
        elif _is_numbering(row):
            page.repeated.append(i)
            page.drop(i, "header")
        elif _begins_data(page, i) or (
            page.head and at == page.left and not corner and _ends_head(page, i, len(rest) == 1)
        ):
            return i
        elif len(rest) == 1 and not corner and not page.head and not _is_group(page, i, at):
            page.title.append(rest[0])
            page.drop(i, "title")
            ending = re.search(r"\((?:单位:)?([^()]+)\)$", rest[0])
            if ending and any(map(short_unit, listed_units(ending[1]))):
                page.state_unit(ending[1], i)
        else:
            page.texts[i] = ["" if stated_unit(cell) else cell for cell in page.texts[i]]
            page.head.append(i)
            page.repeated.append(i)
            page.drop(i, "header")
    raise DataError(
        "No row of this table holds numbers under a label.",
        where=page.file,
        remedy="read_table(path, sheet=...) of the sheet that holds the table; a list without "
        "numbers is read by pandas",
    )


def _demote(page, i):
    """Above a blank row, lines of two cells (Last Updated | 2021-06-30) are no head."""
    after = next((k for k in range(i + 1, len(page.bare)) if page.shown(k)), None)
    if after is None or _begins_data(page, after) or any(len(page.shown(k)) > 2 for k in page.head):
        return
    page.title += [" ".join(page.shown(k)) for k in page.head]
    for part in page.parts:
        if part["row"][0] in page.head:
            part["reason"] = "title"
    page.head, page.repeated = [], []


def _ends_head(page, i, alone):
    """A place, a year or a lone heading of rows under a full head, though no number follows."""
    text, above = page.bare[i][page.left], "".join(page.bare[k][page.left] for k in page.head)
    if not above or one_head(text).kind in ("label", "unit"):
        return False
    translated = bool(HAN.search(above)) and not HAN.search(text)
    return (alone and not translated) or place_of(text) is not None or year_of(text) is not None


def is_translation(page, i):
    """A row of the head without Chinese, labels and all, under one with it: Region, Poor, Rate."""
    above = "".join(cell for k in page.head if k < i for cell in page.bare[k])
    return bool(page.bare[i][page.left] and HAN.search(above)) and not HAN.search(
        "".join(page.bare[i])
    )


def _is_group(page, i, at):
    """A lone cell that does not stand over the labels may head a group of columns."""
    head = one_head(page.bare[i][at])
    return at > page.left and (head.kind != "other" or head.unit != "")


def _is_numbering(row):
    """A row that only counts the columns: 甲 1 2 3, (1) (2) (3)."""
    cells = [re.sub(r"^[(\[]|[)\]]$", "", cell) for cell in row if cell]
    letters = [cell for cell in cells if cell in ("甲", "乙", "丙", "A", "B", "栏次", "列次")]
    values = [value_of(cell) for cell in cells if cell not in letters]
    if not values or any(not isinstance(one, int) for one in values):
        return False
    counted = values[0] in (0, 1, 2) and all(b - a == 1 for a, b in pairwise(values))
    return counted and (bool(letters) or len(values) > 2)


def _begins_data(page, i):
    """A row of data has a label of its own first, and a number that is not the year of a head."""
    row = page.bare[i]
    at = next((j for j, cell in enumerate(row) if cell), len(row))
    later = [cell for cell in row[at + 1 :] if cell]
    if at == len(row) or one_head(row[at]).kind == "label":
        return False
    if not any(map(looks_number, later)) or (at > page.left and looks_number(row[at])):
        return False
    years = [value_of(cell) for cell in later if looks_number(cell)]
    if all(isinstance(one, int) and 1900 <= one <= 2100 for one in years):
        named = any(len(page.shown(k)) > 1 for k in page.head)
        return named and (len(years) == 1 or _holds_years(page, i, at + 1))
    return True


def _holds_years(page, i, first):
    """Columns headed as years (退出年份) hold them; under other heads they begin a table."""
    columns = [j for j in range(first, len(page.bare[i])) if looks_number(page.bare[i][j])]
    heads = [[page.texts[k][j] for k in page.head if page.texts[k][j]] for j in columns]
    return all(
        any(re.search("年份|年度|时间|年$|year", one, re.IGNORECASE) for one in head)
        and all(one_head(one).kind != "group" for one in head)
        for head in heads
    )


@lru_cache(2**16)
def looks_number(cell):
    """Tell whether a number should stand here, be it one that can be read or not."""
    if not cell or re.match(r"(?:19|20)[0-9]{2}年|[0-9]{4}-[0-9]{1,2}(?:-|$)", cell):
        return False
    try:
        if mark(cell) is not None or cell in ("#", ".."):
            return True
        number(cell)
        return True
    except CellError as error:
        if error.code == "spreadsheet_error":
            return True
    digits = sum(sign.isdigit() for sign in cell)
    signs = sum(not sign.isspace() and sign not in ".,%" for sign in cell)
    return bool(re.match(r"[-+(<>≈~约近超]?\s*[0-9.]", cell)) and digits * 2 >= signs


# Rows of the body ---------------------------------------------------------------------


def column_kinds(page, heads, start):
    """Whether a column holds labels, values or text, or is blank.

    Labels are columns that are headed so, and the first ones until numbers begin.
    """
    rows = [i for i in range(start, len(page.bare)) if _begins_data(page, i)]
    own = [[page.bare[i][j] for i in page.head] for j in range(len(heads))]
    kinds, leading, proper = {}, True, False
    for j, head in enumerate(heads):
        cells = [page.texts[i][j] for i in rows if page.texts[i][j]]
        words = sum(map(looks_number, cells)) * 2 < len(cells)
        if not any(page.bare[i][j] for i in rows) and not any(own[j]):
            continue  # a blank column between others, perhaps under a merged head
        if head.kind == "label" and head.measure != "remarks":
            kinds[j] = "label"
        elif head.measure == "remarks" or (words and not leading):
            kinds[j] = "text"
        elif leading and cells and (words or not proper):
            kinds[j] = "label"
        else:
            kinds[j], leading = "value", False
        proper = proper or (kinds[j] == "label" and head.measure not in ("serial", "code", "unit"))
    return kinds


def read_body(page, kinds, start):
    """Go through the rows from the first row of data: data, headings, continued pages, notes."""
    labels = [j for j in kinds if kinds[j] == "label"]
    values = [j for j in kinds if kinds[j] == "value"]
    filled = [i for i in range(start, len(page.bare)) if _has_number(page, i, labels, values)]
    numbered = set(filled)
    same_kind = _label_kind(page, filled, labels)
    heads = [page.bare[i] for i in page.repeated]
    pending, section, noted, continued, sheet = [], "", False, False, 0
    for i in range(start, len(page.bare)):
        shown = page.shown(i)
        if not shown:
            continue
        rest = [cell for cell in shown if not stated_unit(cell)]
        if page.bare[i] in heads:
            if pending and not continued:
                raise page.error(pending[0], "A second table begins here.")
            page.drop(i, "continued")
            sheet += not continued
            noted, continued = False, True
            continue
        for cell in shown:
            if cell not in rest:
                page.state_unit(stated_unit(cell), i)
        if not rest:
            page.drop(i, "unit_row")
        elif i in numbered or same_kind(i) or _is_blank_data(page, i, labels):
            if pending and noted:
                raise page.error(pending[0], "A second table begins here.")
            if pending:
                section = " ".join(page.shown(k)[0] for k in pending)
                for k in pending:
                    page.drop(k, "section")
            page.data.append(i)
            page.pages.append(sheet)
            page.sections[i] = section
            pending, noted, continued = [], False, False
        elif _CONTINUED.search(shown[0]) or rest == page.title[:1] or shown[0] in page.title:
            for k in pending:
                page.drop(k, "note")
                page.notes.append((k, page.shown(k)[0]))
            page.drop(i, "continued")
            sheet += not continued
            pending, noted, continued = [], False, True
        elif _SOURCE.match(shown[0]):
            page.drop(i, "source")
            page.source.append(" ".join(shown))
            noted = True
        elif _NOTE.match(shown[0]):
            page.drop(i, "note")
            page.notes.append((i, " ".join(shown)))
            noted = True
        elif re.fullmatch(r"[-—–·. ]+[0-9]+[-—–·. ]+", shown[0]):  # number of a page
            page.drop(i, "continued")
        elif any(looks_number(page.bare[i][j]) for j in values) and not any(
            page.bare[i][j] for j in labels
        ):
            raise page.error(i, "This row has numbers and no label of its own.",
                             remedy="write its label, or that it continues, into the file")  # fmt: skip
        elif len(rest) == 1:
            pending.append(i)
        elif not any(
            looks_number(page.bare[k][j]) for k in range(i, len(page.bare)) for j in values
        ):
            page.drop(i, "note")
            page.notes.append((i, " ".join(shown)))
        elif continued:
            raise OtherHead(page, i)
        else:
            raise page.error(i, "This row is neither data nor a note.")
    for k in pending:
        page.drop(k, "note")
        page.notes.append((k, page.shown(k)[0]))


def _has_number(page, i, labels, values):
    """A row of data has a label and a number; years in a row are the head of another table."""
    row = page.bare[i]
    headed = any(one_head(cell).kind == "label" for cell in page.shown(i)[:1])
    if headed or any(row == page.bare[k] for k in page.repeated):
        return False
    cells = [row[j] for j in values if row[j]]
    years = [value_of(cell) for cell in cells]
    in_row = len(years) > 1 and all(isinstance(one, int) and 1940 <= one <= 2100 for one in years)
    in_row = in_row and all(b - a in (1, 5) for a, b in pairwise(years))
    if in_row and not _holds_years(page, i, values[0]):
        return False
    return any(row[j] for j in labels) and any(map(looks_number, cells))


def _is_blank_data(page, i, labels):
    """A row with all its labels and nothing else is data that are all missing."""
    row = page.bare[i]
    told = [j for j in range(len(row)) if row[j]]
    return len(told) > 1 and set(told) <= set(labels)


def _label_kind(page, rows, labels):
    """Tell of a lone label whether it is of the kind (year, place) that labels the rows."""
    for j in reversed(labels):
        cells = [page.texts[i][j] for i in rows if page.texts[i][j]]
        for reads in (year_of, place_of):
            known = [cell for cell in cells if reads(cell) is not None]
            if cells and len(known) * 4 >= len(cells) * 3:
                return lambda i, j=j, reads=reads: (
                    reads(page.bare[i][j]) is not None if page.bare[i][j] else False
                )
    return lambda i: False


@lru_cache(2**16)
def year_of(text):
    """Year of a label, or ``None``."""
    try:
        return year(without_footnote(text)[0]).value
    except CellError:
        return None


@lru_cache(2**16)
def place_of(text):
    """Place of a label; a code alone is none, for serial numbers look like codes."""
    if not re.search("[A-Za-z\u4e00-\u9fff]", text):
        return None
    try:
        return province(text.lstrip("# "))  # a main item of which
    except CellError:
        return None


def refuse_second_table(page, kinds, heads):
    """Two tables with the same heads, one below or beside the other, must not become one."""
    labels = [j for j in kinds if kinds[j] == "label"]
    seen = {}
    for i, sheet in zip(page.data, page.pages, strict=True):
        key = (
            page.sections[i],
            *(page.texts[i][j] for j in labels if heads[j].measure != "serial"),
        )
        seen.setdefault(sheet, {}).setdefault(key, i)
    for sheet, keys in seen.items():
        before = {key for other in range(sheet) for key in seen.get(other, ())}
        again = [i for key, i in keys.items() if key in before]
        if len(again) * 2 > len(keys):
            raise page.error(
                again[0], "A second table begins here: its labels stand above already."
            )
    first = next(iter(labels), None)
    between = next((j for j in kinds if kinds[j] == "value"), first)
    for j in kinds:
        if kinds[j] == "value" or first is None or j <= between:
            continue
        alike = heads[j].kind == "label" and heads[j].measure == heads[first].measure
        pairs = [(page.texts[i][first], page.texts[i][j]) for i in page.data]
        reads = place_of if sum(place_of(one) is not None for one, _ in pairs) else plain
        if alike and reads is plain and heads[j].text != heads[first].text:
            continue  # the same names in another language
        other = next((i for i, (a, b) in zip(page.data, pairs, strict=True)
                      if b and reads(a) != reads(b)), None)  # fmt: skip
        if alike and other is not None:
            raise page.error(other, "A second table stands beside the first.",
                             remedy="put the columns of the right half below those of the left")  # fmt: skip
