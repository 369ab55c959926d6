"""A table of models as HTML, LaTeX, Markdown, Word and Excel: three rules, notes below."""

import html as escaping
import io
import re
from pathlib import Path

import numpy as np

from ..base.errors import DataError
from ..base.exports import as_text, printable, without_formulas
from ..base.files import write_whole
from ..base.language import in_words
from ..base.optional import optional
from ..base.showing import as_html

_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
          "<": "$<$", ">": "$>$", "×": r"$\times$", "²": r"\textsuperscript{2}", "³": r"\textsuperscript{3}",
          **{one: f"\\{one}" for one in "&%$#_{}"}}  # fmt: skip
_MARKDOWN = {one: f"\\{one}" for one in r"\`*_|<>[]~$#"}
_DASH = r"(?<![0-9A-Za-z.])-(?=\d)"  # a minus before a number


def saved(shown, path, ending, make):
    """What a writer makes: returned without a path, else written wholly or not at all."""
    if path is None:
        return make(shown)
    path = Path(path)
    if path.suffix.lower() != ending:
        raise DataError("This is the ending of another kind of file.", where=path.name,
                        found=path.suffix or "no ending", remedy=repr(str(path.with_suffix(ending))))  # fmt: skip
    made = make(shown)
    try:
        write_whole(path, made)
    except OSError as error:
        raise DataError("The file cannot be written there; is it open in another program?", where=path,
                        found=str(error)[:200], remedy="close it there, or give another name") from None  # fmt: skip


def _lines(shown, minus="\u2212"):
    """Rows as texts, of which numbers have a minus as long as a plus; and how many stand above the rule."""
    lines = [
        [row.label, *(re.sub(_DASH, minus, cell.text)
                      if cell.value is not None or row.kind != "bottom" else cell.text for cell in row.cells)]
        for row in shown._rows
    ]  # fmt: skip
    return lines, sum(row.kind != "bottom" for row in shown._rows)


def _escaped(text, signs):
    return str(text).translate(str.maketrans(signs)).replace("\n", " ")


def html(shown):
    """The table as HTML, in the colours of the page."""
    lines, above = _lines(shown)
    looks = [""] + ["c"] * (len(shown.table.columns) - 1)
    return as_html(
        shown.title, shown.table.columns, [lines[:above], lines[above:]], shown.notes, looks, "m"
    )


def page(shown):
    """The table as a page of its own."""
    return (f'<!doctype html>\n<html lang="{shown.lang}"><meta charset="utf-8">'
            f'<meta name="color-scheme" content="light dark">'
            f"<title>{escaping.escape(shown.title)}</title>\n{html(shown)}\n</html>\n")  # fmt: skip


def markdown(shown):
    """The table as Markdown, with all signs of Markdown as text."""
    heads = list(shown.table.columns)
    e = lambda one: _escaped(one, _MARKDOWN)  # noqa: E731
    head, *rows = (
        "| " + " | ".join(map(e, line)) + " |" for line in [heads, *_lines(shown, "-")[0]]
    )
    title = [f"**{e(shown.title)}**", ""] if shown.title else []
    rule = "|:---" + "|:---:" * (len(heads) - 1) + "|"
    return "\n".join([*title, head, rule, *rows, "", *(e(one) + "  " for one in shown.notes), ""])


def latex(shown):
    """The table as LaTeX: no sign of a text is taken for a command; a wide one is made smaller."""
    e = lambda one: _escaped(one, _LATEX)  # noqa: E731
    lines, above = _lines(shown, "\0")
    for at, row in enumerate(shown._rows):
        if row.kind == "estimate":  # the line of the error has room for what is left of a long name
            lines[at][0], lines[at + 1][0] = _halves(row.label)
    head, *rows = (" & ".join(map(e, line)).replace("\0", "$-$") + r" \\"
                   for line in [shown.table.columns, *lines])  # fmt: skip
    needs = "booktabs,threeparttable,adjustbox" + (
        ",ctex}  % xelatex" if shown.lang == "zh" else "}"
    )
    return "\n".join([
        rf"% \usepackage{{{needs}", r"\begin{table}[htbp]", r"\centering",
        r"\begin{adjustbox}{max width=\textwidth,max totalheight=0.95\textheight}", r"\begin{threeparttable}",
        *([rf"\caption{{{e(shown.title)}}}"] if shown.title else []),
        rf"\begin{{tabular}}{{l{'c' * (len(shown.table.columns) - 1)}}}",
        r"\toprule", head, r"\midrule", *rows[:above], *[r"\midrule"] * (above < len(rows)), *rows[above:],
        r"\bottomrule", r"\end{tabular}", r"\begin{tablenotes}[flushleft]\small",
        *(rf"\item {e(one)}" for one in shown.notes),
        r"\end{tablenotes}", r"\end{threeparttable}", r"\end{adjustbox}", r"\end{table}", "",
    ])  # fmt: skip


def _halves(text, most=26):
    """A text in two lines, where it is longer than a column of names is wide."""
    if _width(text) <= most:
        return text, ""
    marks = "× " if "× " in text else r"[\s：；，]"
    ends = [found.end() for found in re.finditer(marks, text)]
    end = min(ends, key=lambda at: abs(_width(text[:at]) - _width(text) / 2), default=len(text))
    return text[:end].rstrip(), text[end:]


def word(shown):
    """The table as a document of Word."""
    with optional("python-docx", "Writing for Word", extra="tables"):
        import docx
        from docx.enum.section import WD_ORIENT
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Cm, Pt

    made = docx.Document()
    style, page = made.styles["Normal"], made.sections[0]
    style.font.name = "Times New Roman"
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "SimSun")  # else Chinese is set by chance
    style.paragraph_format.space_after = Pt(0)
    widths = _widths(shown)
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    if sum(widths[1:]) > 60:  # figures: more than a page holds upright
        page.page_width, page.page_height = page.page_height, page.page_width
        page.orientation = WD_ORIENT.LANDSCAPE
    page.left_margin = page.right_margin = Cm(2.2)
    room = page.page_width - page.left_margin - page.right_margin
    each = [Cm(0.22) * one + Cm(0.4) for one in widths]
    each[0] = min(each[0], max(room - sum(each[1:]), Cm(3)))  # a long name has two lines
    fits = min(1, room / sum(each))
    each = [int(one * fits) for one in each]
    style.font.size = Pt(max(7, round(21 * fits) / 2))  # of blank cells too

    def write(paragraph, content, size=None, bold=None, middle=False):
        run = paragraph.add_run(printable(content))
        run.bold, run.font.size = bold, size
        paragraph.alignment = 1 if middle else None
        return paragraph.paragraph_format

    def added(parent, tag, **values):
        one = OxmlElement(f"w:{tag}")
        for name, value in values.items():
            one.set(qn(f"w:{name}"), value)
        parent.append(one)
        return one

    if shown.title:
        title = write(made.add_paragraph(), shown.title, Pt(10.5), bold=True, middle=True)
        title.space_after, title.keep_with_next = Pt(4), True
    lines, above = _lines(shown)
    table = made.add_table(len(lines) + 1, len(widths))
    table.alignment, table.autofit = 1, False
    for column, width in zip(table.columns, each, strict=True):
        column.width = width
    added(table.rows[0]._tr.get_or_add_trPr(), "tblHeader")  # on every page
    rules = {0: {"top": "12", "bottom": "6"}}
    rules |= {above + 1: {"top": "6"}} if above < len(lines) else {}
    rules[len(lines)] = {**rules.get(len(lines), {}), "bottom": "12"}
    for at, (line, texts) in enumerate(zip(table.rows, [shown.table.columns, *lines], strict=True)):
        kind, cells = shown._rows[at - 1].kind if at else "", line.cells
        for cell, content, width, place in zip(cells, texts, each, range(len(each)), strict=True):
            cell.width = width
            if kind == "below" and not place:  # a long name goes on beside the error
                table.cell(at - 1, 0).merge(cell)
                continue
            about = write(cell.paragraphs[0], content, middle=place > 0)
            if kind == "estimate":
                about.keep_with_next, about.space_before = True, Pt(2)
            if at in rules:
                borders = added(cell._tc.get_or_add_tcPr(), "tcBorders")
                for side, size in rules[at].items():
                    added(borders, side, val="single", sz=size, color="auto")
    for one in shown.notes:
        write(made.add_paragraph(), one, size=Pt(9))
    made.core_properties.title, made.core_properties.author = printable(shown.title)[:255], ""
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def excel(shown):
    """The table as a workbook: numbers are numbers that are shown as in the table."""
    with optional("openpyxl", "Writing for Excel", extra="tables"):
        import openpyxl
        from openpyxl.styles import Alignment, Border, Font, Side
        from openpyxl.utils import get_column_letter

    say, book = in_words("model_table", shown.lang), openpyxl.Workbook()
    sheet, width = book.active, len(shown.table.columns)
    sheet.title, sheet.sheet_view.showGridLines = say["table"], False
    safe = lambda one: as_text(printable(str(one)))  # noqa: E731
    face = {"name": "SimSun" if shown.lang == "zh" else "Times New Roman"}
    if shown.title:
        sheet.append([safe(shown.title)])
        sheet.cell(1, 1).font = Font(bold=True, **face)
    sheet.append([*map(safe, shown.table.columns)])
    top, last = sheet.max_row, sheet.max_row + len(shown._rows)
    rule = top + 1 + sum(row.kind != "bottom" for row in shown._rows)
    for at, row in enumerate(shown._rows, top + 1):
        sheet.append([safe(row.label)])
        for place, cell in enumerate(row.cells, 2):
            number = cell.value is not None and np.isfinite(cell.value)
            made = sheet.cell(at, place, float(cell.value) if number else safe(cell.text) or None)
            made.number_format = cell.format if number else "General"
    thick, thin = Side("medium"), Side("thin")
    for cell in (one for line in sheet.iter_rows(top, last, 1, width) for one in line):
        cell.font = Font(**face)
        cell.alignment = Alignment("left" if cell.column == 1 else "center", "center")
        cell.border = Border(top=thick if cell.row == top else thin if cell.row == rule else None,
                             bottom=thin if cell.row == top else thick if cell.row == last else None)  # fmt: skip
    widths = [longest + 3 for longest in _widths(shown)]
    for at, one in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(at)].width = one
    for at, one in enumerate(shown.notes, last + 1):
        cell = sheet.cell(at, 1, safe(one))
        cell.font, cell.alignment = Font(size=9, **face), Alignment(wrap_text=True, vertical="top")
        sheet.merge_cells(None, at, 1, at, width)
        sheet.row_dimensions[at].height = 13 * -(-_width(one) // int(sum(widths)))
    sheet.page_setup.orientation = "landscape" if sum(widths) > 100 else "portrait"
    sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = sheet.PAPERSIZE_A4, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # all columns on one page
    other, numbers = book.create_sheet(say["numbers"]), without_formulas(shown.numbers)
    cells = (
        numbers.astype(object)
        .where(numbers.notna(), None)
        .replace([np.inf, -np.inf], ["inf", "-inf"])
    )
    for line in [[*numbers.columns], *cells.to_numpy().tolist()]:
        other.append([*map(printable, line)])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _widths(shown):
    """The longest text of each column."""
    return [
        max(map(_width, [str(head), *column]), default=0) for head, column in shown.table.items()
    ]


def _width(text):
    """Columns that a text takes on a sheet; Chinese signs take two."""
    return sum(2 if ord(one) > 0x2E7F else 1 for one in text)
