"""Rows under the head of an official table: data, headings between them, notes, other tables."""

import re
from itertools import pairwise

from ..cell.cell import plain
from ..cell.numerals import value_of
from .cells import (
    holds_codes,
    holds_dates,
    holds_places,
    holds_years,
    is_dated,
    looks_number,
    place_of,
    year_of,
)
from .heads import HAN, one_head, stated_unit
from .pages import CONTINUED, NOTE, SOURCE, OtherHead, begins_data, years_stand


def column_kinds(page, heads, start):
    """Whether a column holds labels, values or text, or is blank.

    Labels are columns that are headed so, and the first ones until numbers begin.
    """
    rows = [i for i in range(start, len(page.bare)) if begins_data(page, i) and not page.repeats(i)]
    own = [[page.bare[i][j] for i in page.head] for j in range(len(heads))]
    kinds, leading, proper = {}, True, False
    for j, head in enumerate(heads):
        cells = [page.texts[i][j] for i in rows if page.texts[i][j]]
        words = sum(map(looks_number, cells)) * 2 < len(cells) or holds_dates(head, cells)
        coded = not words and holds_codes(head, cells)
        if not any(page.bare[i][j] for i in rows) and not any(own[j]):
            continue  # a blank column between others, perhaps under a merged head
        if (head.kind == "label" and head.measure != "remarks") or holds_places(head, cells):
            kinds[j] = "label"
        elif proper and holds_years(head, cells):
            kinds[j], leading = "value", False
            page.years.add(j)
        elif head.measure == "remarks" or (words and not leading) or (coded and proper):
            kinds[j] = "text"
        elif leading and cells and (words or not proper):
            kinds[j] = "label"
        else:
            kinds[j], leading = "value", False
        proper = proper or (kinds[j] == "label" and head.measure not in ("serial", "code", "unit"))
    return kinds


def read_body(page, kinds, start, heads):
    """Go through the rows from the first row of data: data, headings, continued pages, notes."""
    labels = [j for j in kinds if kinds[j] == "label"]
    values = [j for j in kinds if kinds[j] == "value"]
    filled = [i for i in range(start, len(page.bare)) if _has_number(page, i, labels, values)]
    numbered = set(filled)
    same_kind = _label_kind(page, filled, labels)
    unnumbered = Unnumbered(page, kinds, filled, heads)
    pending, section, noted, continued, sheet = [], "", False, False, 0
    for i in range(start, len(page.bare)):
        shown = page.shown(i)
        if not shown:
            continue
        rest = [cell for cell in shown if not stated_unit(cell)]
        if page.repeats(i):
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
        elif i in numbered or same_kind(i) or unnumbered(i):
            if pending and noted:
                raise page.error(pending[0], "A second table begins here.")
            if pending:
                section = " ".join(max(page.shown(k), key=lambda one: bool(HAN.search(one))) for k in pending)  # fmt: skip
                for k in pending:
                    page.drop(k, "section")
            page.data.append(i)
            page.pages.append(sheet)
            page.sections[i] = section
            pending, noted, continued = [], False, False
        elif CONTINUED.search(shown[0]) or rest == page.title[:1] or shown[0] in page.title:
            for k in pending:
                page.note(k, page.shown(k)[0])
            page.drop(i, "continued")
            sheet += not continued
            pending, noted, continued = [], False, True
        elif SOURCE.match(shown[0]):
            page.drop(i, "source")
            page.source.append(" ".join(shown))
            noted = True
        elif NOTE.match(shown[0]):
            page.note(i, " ".join(shown))
            noted = True
        elif re.fullmatch(r"[-—–·. ]+[0-9]+[-—–·. ]+", shown[0]):  # number of a page
            page.drop(i, "continued")
        elif any(looks_number(page.bare[i][j]) for j in values) and not any(
            page.bare[i][j] for j in labels
        ):
            raise page.error(i, "This row has numbers and no label of its own.",
                             remedy="write its label, or that it continues, into the file")  # fmt: skip
        elif len(rest) == 1 or unnumbered.alone(i):
            pending.append(i)
        elif not any(
            looks_number(page.bare[k][j]) for k in range(i, len(page.bare)) for j in values
        ):
            page.note(i, " ".join(shown))
        elif continued:
            raise OtherHead(page, i)
        else:
            raise page.error(i, "This row is neither data nor a note.")
    for k in pending:
        if unnumbered.at_the_end(k):
            page.data.append(k)
            page.pages.append(sheet)
            page.sections[k] = section
            page.tell([k], None, page.shown(k)[:1], None, "missing", "no_number")
            continue
        page.note(k, " ".join(page.shown(k)))
    if not filled and not any(
        sum(_holds(kinds[j], page.bare[i][j]) for i in page.data) * 2 >= len(page.data) > 0
        for j in kinds
        if j != unnumbered.first
    ):
        raise page.error(start, "No row under this head holds a number, a year or a date.",
                         remedy="pandas reads a list without numbers: pandas.read_csv(path)")  # fmt: skip


def _holds(kind, cell):
    """Whether a cell of a list without numbers is a date, a year or, under text, a code."""
    return is_dated(cell) or year_of(cell) is not None or (kind == "text" and looks_number(cell))


class Unnumbered:
    """Tells rows of data without numbers, of which those are not out yet, from headings and notes."""

    def __init__(self, page, kinds, filled, heads):
        """Look at the labels of the rows that hold numbers."""
        self.page, self.filled = page, filled
        texts = [j for j in kinds if kinds[j] != "value"]
        self.labels = [j for j in texts if kinds[j] == "label"]
        cells = {j: [page.bare[i][j] for i in filled if page.bare[i][j]] for j in texts}
        chinese = [j for j in texts if sum(bool(HAN.search(one)) for one in cells[j]) * 4 >= len(filled) * 3 > 0]  # fmt: skip
        self.tongue = {j for j in texts if chinese and cells[j] and all(
            re.match("[A-Z][a-z]", one) and not HAN.search(one) for one in cells[j])}  # fmt: skip
        self.own = {j for j in texts if j not in self.tongue}
        named = [j for j in self.labels if heads[j].measure not in ("serial", "code", "unit")]
        self.first = next((j for j in named if j not in self.tongue), -1)
        self.known = cells.get(self.first, [])
        depths = [page.depth(i, self.first) for i in filled if page.bare[i][self.first]]
        self.depth = min(depths, default=0)

    def _told(self, i):
        return [j for j, cell in enumerate(self.page.bare[i]) if cell and j not in self.tongue]

    def alone(self, i):
        """Whether a row is a lone label, be it in two languages."""
        return len(self._told(i)) == 1

    def __call__(self, i):
        """Whether a row is one of data though it holds no number."""
        told, shown = self._told(i), self.page.shown(i)
        if not set(told) & set(self.labels) or not set(told) <= self.own:
            return False
        if any(one.match(shown[0]) for one in (NOTE, SOURCE)) or CONTINUED.search(shown[0]):
            return False
        if all(":" in cell for cell in shown) or self.page.spread(i, told[0]):
            return False
        if len(told) > 1:
            return True
        text = self.page.bare[i][told[0]]
        if told[0] > self.first:  # a heading or note stands at the edge
            return self.first >= 0 and not text.endswith(":")
        return told[0] == self.first and self._alike(i, text)

    def _alike(self, i, text):
        """Set in like all rows with numbers, or with the last sign of most: 县, 村, 市."""
        if place_of(text) is not None or not self.known:
            return False
        if self.depth:
            return self.page.depth(i, self.first) >= self.depth
        ends = sum(one[-1] == text[-1] for one in self.known)
        return text[-1] in "省市县区旗州盟乡镇村" and ends * 4 >= len(self.known) * 3 > 3

    def at_the_end(self, i):
        """Whether a lone last label is one of the table, not yet with numbers: short, set close."""
        text, page = self.page.bare[i][max(self.first, 0)], self.page
        longest = max(8, *map(len, self.known)) if self.known else 0
        signs = re.search(r"[。;:!?]|^(?:制表|填表|审核|单位|联系|编制)|[局办处室部会院]$", text)
        return (
            self.alone(i)
            and bool(text)
            and len(text) <= longest
            and not (signs or page.spread(i, self.first))
            and (not is_dated(text) or any(map(is_dated, self.known)))
            and all(page.shown(k) for k in range(max(page.data, default=i), i))
            and not any(k < i for k, _ in page.notes if k > max(page.data, default=i))
        )


def _has_number(page, i, labels, values):
    """A row of data has a label and a number; years in a row are the head of another table."""
    row = page.bare[i]
    headed = any(one_head(cell).kind == "label" for cell in page.shown(i)[:1])
    if headed or page.repeats(i):
        return False
    cells = [row[j] for j in values if row[j]]
    years = [value_of(cell) for cell in cells]
    in_row = len(years) > 1 and all(isinstance(one, int) and 1940 <= one <= 2100 for one in years)
    in_row = in_row and all(b - a in (1, 5) for a, b in pairwise(years))
    if in_row and not years_stand(page, [j for j in values if looks_number(row[j])]):
        return False
    known = any(year_of(row[j]) is not None for j in page.years)
    return any(row[j] for j in labels) and (known or any(map(looks_number, cells)))


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
        for k in (k for k in labels if k < between):
            _refuse_beside(page, heads, k, j)


def _refuse_beside(page, heads, first, j):
    """Refuse a column of labels that stands again, with others in it, at the right."""
    alike = heads[j].measure == heads[first].measure != "" and heads[j].measure != "remarks"
    pairs = [(page.texts[i][first], page.texts[i][j]) for i in page.data]
    reads = (
        place_of if sum(place_of(one) is not None for one, _ in pairs) * 2 > len(pairs) else plain
    )
    if alike and reads is plain and heads[j].text != heads[first].text:
        return  # the same names in another language
    other = next((i for i, (a, b) in zip(page.data, pairs, strict=True)
                  if b and reads(a) != reads(b)), None)  # fmt: skip
    if alike and other is not None:
        raise page.error(other, "A second table stands beside the first.",
                         remedy="put the columns of the right half below those of the left")  # fmt: skip
