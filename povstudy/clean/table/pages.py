"""Rows of an official page, sorted: title, unit, head, data, notes, continued pages."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from ...base.errors import DataError
from ..cell.cell import plain, without_footnote
from ..cell.numerals import value_of
from ..file.starts import is_form_line
from ..record.codebooks import head_key
from .cells import OF_YEARS, SPAN, is_dated, looks_number, place_of, year_of
from .heads import HAN, listed_units, one_head, short_unit, stated_unit

NOTE = re.compile(
    r"(?:附?注|说明|备注|notes?)\s*[0-9一二三①-⑳]?\s*(?:[:.、]|$)|[①-⑳¹²³]|[a-z]\)|\*"
    r"|[(]?[0-9]{1,2}[).、](?![0-9])|(?:19|20)[0-9]{2}年标准:",
    re.IGNORECASE,
)
SOURCE = re.compile(
    r"(?:资料|数据)?来源\s*(?:[:于]|$)|(?:data\s*)?sources?\s*(?::|$)", re.IGNORECASE
)
CONTINUED = re.compile(
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
    years: set = field(default_factory=set)  # columns of values that are years: 退出年份
    indents: dict = field(default_factory=dict)  # of cells, as a spreadsheet keeps them
    parts: list = field(default_factory=list)  # of the report

    def shown(self, i):
        """Distinct cells of a row that are not blank."""
        return list(dict.fromkeys(cell for cell in self.bare[i] if cell))

    def repeats(self, i):
        """Whether a row is one of the head printed again, as on a continued page."""
        return any(self.bare[i] == self.bare[k] for k in self.repeated)

    def depth(self, i, j):
        """How far a cell is set in: half-width blanks before it, two for each step of a sheet."""
        cell = self.raw[i][j]
        led = cell[: len(cell) - len(cell.lstrip())]
        return len(led) + led.count("\u3000") + 2 * self.indents.get((i, j), 0)

    def spread(self, i, j):
        """Whether a cell is merged over others of its row: a heading or a note, no label."""
        texts = enumerate(self.texts[i])
        return any(one == self.bare[i][j] and not self.bare[i][k] for k, one in texts if k != j)

    def drop(self, i, reason):
        """Tell of a row that is no data."""
        told = " | ".join(dict.fromkeys(cell for cell in self.raw[i] if cell.strip()))
        self.parts.append({"row": [i], "column": None, "old": told, "new": None,
                           "action": "dropped", "reason": reason})  # fmt: skip

    def note(self, i, text):
        """Take a row as a note below the table."""
        self.drop(i, "note")
        self.notes.append((i, text))

    def tell(self, rows, name, old, new, action, reason, **why):
        """Tell of cells."""
        if len(rows):
            self.parts.append({"row": list(rows), "column": name, "old": list(old), "new": new,
                               "action": action, "reason": reason, **why})  # fmt: skip

    def tell_changed(self, name, cells, new, reason="full_width"):
        """Tell of texts that are not as they stand in the file."""
        rows = cells.index[(cells.map(str.strip) != "") & (cells != new)]
        reasons = []
        for i in rows:
            text, made = plain(cells[i]), "".join(new[i].split())
            if "".join(cells[i].split()) == made:
                reasons.append("blanks")
            elif "".join(without_footnote(text)[0].split()) == made != "".join(text.split()):
                reasons.append("footnote")
            else:
                reasons.append(reason)
        self.tell(rows, name, cells[rows], new[rows].tolist(), "changed", reasons)

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
            (k for k in range(i, -1, -1) if any(map(CONTINUED.search, page.shown(k)[:1]))), i
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
        elif SOURCE.match(shown[0]):
            page.drop(i, "source")
            page.source.append(" ".join(shown))
        elif NOTE.match(shown[0]) and len(rest) == 1:
            page.note(i, shown[0])
        elif len(rest) > 1 and not page.head and (all(":" in cell for cell in rest) or is_form_line(row)):  # fmt: skip
            page.title += rest  # 填报单位：某县 | 填报时间：2015年
            page.drop(i, "title")
        elif _is_numbering(row):
            page.repeated.append(i)
            page.drop(i, "header")
        elif begins_data(page, i) or (
            page.head
            and not corner
            and (
                _in_two_languages(page, i)
                or (at == page.left and _ends_head(page, i, len(rest) == 1))
            )
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
    if after is None or begins_data(page, after) or any(len(page.shown(k)) > 2 for k in page.head):
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


def _in_two_languages(page, i):
    """A heading of rows under two heads, one Chinese: 辽宁省 | Liaoning under 城市 | City."""
    row, told = page.bare[i], [j for j, cell in enumerate(page.bare[i]) if cell]
    over = ["".join(page.bare[k][j] for k in page.head) for j in told]
    han = [bool(HAN.search(row[j])) for j in told]
    same = [bool(HAN.search(one)) for one in over] == han and all(over)
    return same and sum(han) == 1 < len(han) and all(h or re.match("[A-Z][a-z]", row[j]) for j, h in zip(told, han, strict=True))  # fmt: skip


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
    led = any(re.match("0[0-9]", cell) for cell in cells)  # 001, 02 are codes
    if not values or led or any(not isinstance(one, int) for one in values):
        return False
    counted = values[0] in (0, 1, 2) and all(b - a == 1 for a, b in pairwise(values))
    return counted and (bool(letters) or len(values) > 2)


def begins_data(page, i):
    """A row of data has a label of its own first, and a number, date or year that is no head."""
    row = page.bare[i]
    at = next((j for j, cell in enumerate(row) if cell), len(row))
    if at == len(row) or one_head(row[at]).kind == "label":
        return False
    later = [j for j in range(at + 1, len(row)) if row[j]]
    numbers = [j for j in later if looks_number(row[j])]
    if at > page.left and looks_number(row[at]):
        return False
    if not numbers:  # a list of years or dates
        told = [j for j in later if is_dated(row[j]) or year_of(row[j]) is not None]
        years = [j for j in told if year_of(row[j]) is not None]
        told = [] if NOTE.match(row[at]) or SOURCE.match(row[at]) else told
        below = page.bare[i + 1] if i + 1 < len(page.bare) else row
        stand = years_stand(page, years) or not any(looks_number(below[j]) for j in years)
        return bool(told) and _is_headed(page, i, told, at) and stand
    if not _is_headed(page, i, numbers) and _are_spans([row[j] for j in numbers]):
        return False
    years = [value_of(row[j]) for j in numbers]
    if all(isinstance(one, int) and 1900 <= one <= 2100 for one in years):
        named = any(len(page.shown(k)) > 1 for k in page.head)
        return named and (len(years) == 1 or years_stand(page, numbers))
    return True


def _are_spans(cells):
    """Whether cells are groups of ages or sizes, as heads name them: 0-14, 15-64, 65+."""
    cells = [
        re.fullmatch(r"(?s)[(\[]?(.+?)[)\]]?(?:\s*[(\[][^()]*[)\]])?", cell)[1] for cell in cells
    ]
    spans = [value_of(cell) is None and bool(SPAN.fullmatch(cell)) for cell in cells]
    whole = all(
        span or isinstance(value_of(cell), int) for cell, span in zip(cells, spans, strict=True)
    )
    return any(spans) and whole


def _is_headed(page, i, columns, label=None):
    """Whether each of these columns of a row has a head of its own, and its label one too."""
    heads = ["".join(page.texts[k][j] for k in page.head) for j in columns]
    over = "".join(page.bare[k][label] for k in page.head) if label is not None else "-"
    own = label is None or (bool(over) and over != page.bare[i][label])
    return own and all(heads) and len(set(heads)) == len(heads)


def years_stand(page, columns):
    """Columns headed as years (退出年份) hold them; under other heads they begin a table."""
    heads = [[page.texts[k][j] for k in page.head if page.texts[k][j]] for j in columns]
    return all(
        any(OF_YEARS.search(one) for one in head)
        and all(one_head(one).kind != "group" for one in head)
        for head in heads
    )
