"""A table of models as HTML, LaTeX, Markdown, Word and Excel: three rules, notes below."""

import html as escaping
import io
import re
from pathlib import Path

from ..base.errors import DataError
from ..base.exports import as_text, printable
from ..base.files import write_whole
from ..base.language import in_words
from ..base.optional import optional

_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
          "<": "$<$", ">": "$>$", "×": r"$\times$", "²": r"\textsuperscript{2}", "³": r"\textsuperscript{3}",
          **{one: f"\\{one}" for one in "&%$#_{}"}}  # fmt: skip
_MARKDOWN = {one: f"\\{one}" for one in r"\`*_|<>[]~$#"}


def text(shown, path, ending, make):
    """The text that a writer makes: returned, or written where a path is given."""
    if path is None:
        return make(shown)
    saved(shown, path, ending, make)


def saved(shown, path, ending, make):
    """Write what a writer makes to a file, wholly or not at all."""
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


def _numeric(row, at):
    return row.kind != "bottom" or row.values[at] is not None


def _parts(shown):
    """Rows above and below the rule that parts estimates from what is known of the models."""
    rows = shown._rows
    return [row for row in rows if row.kind != "bottom"], [
        row for row in rows if row.kind == "bottom"
    ]


def _minus(cell):
    """A number with a minus as long as a plus."""
    return re.sub(r"(?<![0-9A-Za-z.])-(?=\d)", "\u2212", cell)


# HTML and Markdown ----------------------------------------------------------------------------


def html(shown):
    """The table as HTML; rules bear the colour of the text, so that it reads in the dark too."""
    e, (above, below) = escaping.escape, _parts(shown)
    left = "text-align:left;vertical-align:top;padding:.1em 1em .1em 0"
    middle = "text-align:center;white-space:nowrap;padding:.1em .6em"
    rule = lambda side, width: f"border-{side}:{width}px solid currentColor"  # noqa: E731

    def line(row):
        cells = [_minus(one) if _numeric(row, at) else one for at, one in enumerate(row.texts)]
        name = (
            f'<th scope="row" style="{left};font-weight:normal;background:none">{e(row.label)}</th>'
        )
        return f'<tr style="background:none">{name}' + "".join(
            f'<td style="{middle}">{e(one)}</td>' for one in cells) + "</tr>"  # fmt: skip

    head = "".join(
        f'<th scope="col" style="{middle};font-weight:normal">{e(one)}</th>'
        for one in shown.table.columns[1:]
    )
    return "\n".join([
        f'<table lang="{shown.lang}" style="border-collapse:collapse;border:0;background:none;color:inherit">',
        f'<caption style="caption-side:top;text-align:left;color:inherit;font-weight:bold">{e(shown.title)}</caption>'
        if shown.title else "",
        f'<thead style="{rule("top", 2)};{rule("bottom", 1)}"><tr style="background:none">'
        f'<td style="{left}"></td>{head}</tr></thead>',
        "<tbody>", *map(line, above), "</tbody>",
        f'<tbody style="{rule("top", 1)}">', *map(line, below), "</tbody>",
        f'<tfoot style="{rule("top", 2)}"><tr style="background:none"><td colspan="{len(shown.table.columns)}" '
        f'style="text-align:left;font-size:smaller;max-width:0;white-space:normal">{"<br>".join(map(e, shown.notes))}'
        "</td></tr></tfoot></table>",
    ])  # fmt: skip


def page(shown):
    """The table as a page of its own."""
    return (f'<!doctype html>\n<html lang="{shown.lang}"><meta charset="utf-8">'
            f"<title>{escaping.escape(shown.title)}</title>\n{html(shown)}\n</html>\n")  # fmt: skip


def markdown(shown):
    """The table as Markdown, with all signs of Markdown as text."""
    e = lambda one: str(one).translate(str.maketrans(_MARKDOWN)).replace("\n", " ")  # noqa: E731
    line = lambda cells: "| " + " | ".join(map(e, cells)) + " |"  # noqa: E731
    heads = shown.table.columns
    rows = [line([row.label, *row.texts]) for row in shown._rows]
    rule = "|:---" + "|:---:" * (len(heads) - 1) + "|"
    title = [f"**{e(shown.title)}**", ""] if shown.title else []
    return "\n".join(
        [*title, line(heads), rule, *rows, "", *(e(one) + "  " for one in shown.notes), ""]
    )


def _halves(text, most=26):
    """A text in two lines, where it is longer than a column of names is wide."""
    if _width(text) <= most:
        return text, ""
    marks = "× " if "× " in text else r"[\s：；，]"
    ends = [found.end() for found in re.finditer(marks, text)]
    end = min(ends, key=lambda at: abs(_width(text[:at]) - _width(text) / 2), default=len(text))
    return text[:end].rstrip(), text[end:]


# LaTeX ------------------------------------------------------------------------------------------


def latex(shown):
    """The table as LaTeX: no sign of a text is taken for a command."""
    e = lambda one: str(one).translate(str.maketrans(_LATEX)).replace("\n", " ")  # noqa: E731
    above, below = _parts(shown)
    rest = ""

    def line(row):
        nonlocal rest
        label, rest = (rest, "") if row.kind == "below" else (row.label, "")
        if row.kind == "estimate":  # the line of the error has room for what is left of a long name
            label, rest = _halves(label)
        cells = [re.sub(r"(?<![0-9A-Za-z.])-(?=\d)", "$-$", e(one)) if _numeric(row, at) else e(one)
                 for at, one in enumerate(row.texts)]  # fmt: skip
        return " & ".join([e(label), *cells]) + r" \\"

    heads = " & ".join(["", *map(e, shown.table.columns[1:])]) + r" \\"
    size = r"\small" if sum(_widths(shown)) < 110 else r"\scriptsize"
    narrow = [size + r"\setlength{\tabcolsep}{4pt}"] * (sum(_widths(shown)) > 60)
    needs = "booktabs,threeparttable" + (",ctex}  % xelatex" if shown.lang == "zh" else "}")
    return "\n".join([
        rf"% \usepackage{{{needs}",
        r"\begin{table}[htbp]", r"\centering", *narrow, r"\begin{threeparttable}",
        *([rf"\caption{{{e(shown.title)}}}"] if shown.title else []),
        rf"\begin{{tabular}}{{l{'c' * (len(shown.table.columns) - 1)}}}",
        r"\toprule", heads, r"\midrule", *map(line, above), *[r"\midrule"] * bool(below), *map(line, below),
        r"\bottomrule", r"\end{tabular}", r"\begin{tablenotes}[flushleft]\footnotesize",
        *(rf"\item {e(one)}" for one in shown.notes),
        r"\end{tablenotes}", r"\end{threeparttable}", r"\end{table}", "",
    ])  # fmt: skip


# Word -------------------------------------------------------------------------------------------


def word(shown):
    """The table as a document of Word."""
    with optional("python-docx", "Writing for Word", extra="tables"):
        import docx
        from docx.enum.section import WD_ORIENT
        from docx.enum.table import WD_TABLE_ALIGNMENT
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Cm, Pt

    made = docx.Document()
    style = made.styles["Normal"]
    style.font.name = "Times New Roman"
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "SimSun")  # else Chinese is set by chance
    style.paragraph_format.space_after = Pt(0)

    def write(paragraph, content, size=None, bold=False, middle=False):
        run = paragraph.add_run(printable(content))
        run.bold, run.font.size = bold or None, size
        if middle:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        return paragraph

    def ruled(row, side, width):
        for cell in row.cells:
            about = cell._tc.get_or_add_tcPr()
            borders = about.find(qn("w:tcBorders"))
            if borders is None:
                borders = OxmlElement("w:tcBorders")
                about.append(borders)
            one = OxmlElement(f"w:{side}")
            for name, value in {"val": "single", "sz": f"{width}", "color": "auto"}.items():
                one.set(qn(f"w:{name}"), value)
            borders.append(one)

    if shown.title:
        title = write(made.add_paragraph(), shown.title, Pt(10.5), bold=True, middle=True)
        title.paragraph_format.space_after, title.paragraph_format.keep_with_next = Pt(4), True
    heads = list(shown.table.columns)
    table = made.add_table(len(shown._rows) + 1, len(heads))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    widths = _widths(shown)
    page = made.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    if sum(widths[1:]) > 60:  # figures: more than a page holds upright
        page.page_width, page.page_height = page.page_height, page.page_width
        page.orientation = WD_ORIENT.LANDSCAPE
    page.left_margin = page.right_margin = Cm(2.2)
    room = page.page_width - page.left_margin - page.right_margin
    each = [Cm(0.22) * one + Cm(0.4) for one in widths]
    each[0] = min(each[0], max(room - sum(each[1:]), Cm(3)))  # a long name has two lines
    fits = min(1, room / sum(each))
    style.font.size = Pt(max(7, round(21 * fits) / 2))  # of blank cells too
    for at, one in enumerate(each):
        made_of = int(one * fits)
        table.columns[at].width = made_of
        for cell in table.columns[at].cells:
            cell.width = made_of
    first, lines = table.rows[0], list(table.rows)
    for at, one in enumerate(heads):
        write(first.cells[at].paragraphs[0], one, middle=at > 0)
    again = OxmlElement("w:tblHeader")  # on every page
    first._tr.get_or_add_trPr().append(again)
    upper = first.cells[0]
    for line, row in zip(lines[1:], shown._rows, strict=True):
        cells = line.cells
        if row.kind == "below":  # a long name goes on beside the error
            upper.merge(cells[0])
        else:
            write(cells[0].paragraphs[0], row.label)
        upper = cells[0]
        for at, one in enumerate(row.texts):
            content = _minus(one) if _numeric(row, at) else one
            write(cells[at + 1].paragraphs[0], content, middle=True)
        if row.kind == "estimate":
            for cell in cells:
                about = cell.paragraphs[0].paragraph_format
                about.keep_with_next, about.space_before = True, Pt(2)
    ruled(first, "top", 12), ruled(first, "bottom", 6)
    above, below = _parts(shown)
    if below:
        ruled(lines[len(above) + 1], "top", 6)
    ruled(lines[-1], "bottom", 12)
    for one in shown.notes:
        write(made.add_paragraph(), one, size=Pt(9))
    made.core_properties.title, made.core_properties.author = printable(shown.title)[:255], ""
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


# Excel ------------------------------------------------------------------------------------------


def excel(shown):
    """The table as a workbook: numbers are numbers that are shown as in the table."""
    with optional("openpyxl", "Writing for Excel", extra="tables"):
        import openpyxl
        from openpyxl.styles import Alignment, Border, Font, Side
        from openpyxl.utils import get_column_letter

    say, book = in_words("model_table", shown.lang), openpyxl.Workbook()
    sheet, width = book.active, len(shown.table.columns)
    sheet.title, sheet.sheet_view.showGridLines = say["table"], False
    safe = lambda one: as_text(printable(one))  # noqa: E731
    face = {"name": "SimSun" if shown.lang == "zh" else "Times New Roman"}
    if shown.title:
        sheet.append([safe(shown.title)])
        sheet.cell(1, 1).font = Font(bold=True, **face)
    sheet.append([safe(str(one)) for one in shown.table.columns])
    top = sheet.max_row
    for row in shown._rows:
        cells = [safe(one) if value is None else float(value)
                 for one, value in zip(row.texts, row.values, strict=True)]  # fmt: skip
        sheet.append([safe(row.label), *(None if one == "" else one for one in cells)])
        for at, code in enumerate(row.formats, 2):
            if code:
                sheet.cell(sheet.max_row, at).number_format = code
    last = sheet.max_row
    thick, thin = Side("medium"), Side("thin")
    above, _ = _parts(shown)
    for line in sheet.iter_rows(top, last, 1, width):
        for cell in line:
            cell.font = Font(**face)
            side = "left" if cell.column == 1 else "center"
            cell.alignment = Alignment(horizontal=side, vertical="center")
            cell.border = Border(
                top=thick if cell.row == top else thin if cell.row == top + len(above) + 1 else None,
                bottom=thin if cell.row == top else thick if cell.row == last else None,
            )  # fmt: skip
    widths = [longest + 3 for longest in _widths(shown)]
    for at, one in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(at)].width = one
    for one in shown.notes:
        sheet.append([safe(one)])
        cell = sheet.cell(sheet.max_row, 1)
        cell.font, cell.alignment = Font(size=9, **face), Alignment(wrap_text=True, vertical="top")
        sheet.merge_cells(None, cell.row, 1, cell.row, width)
        sheet.row_dimensions[cell.row].height = 13 * -(-_width(one) // int(sum(widths)))
    sheet.page_setup.orientation = "landscape" if sum(widths) > 100 else "portrait"
    sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = sheet.PAPERSIZE_A4, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # all columns on one page
    other = book.create_sheet(say["numbers"])
    other.append([safe(one) for one in shown.numbers.columns])
    for row in shown.numbers.astype(object).where(shown.numbers.notna(), None).to_numpy():
        other.append([safe(one) if isinstance(one, str) else one for one in row])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _widths(shown):
    """The longest text of each column."""
    heads = map(str, shown.table.columns)
    return [max(map(_width, [head, *column]), default=0)
            for head, (_, column) in zip(heads, shown.table.items(), strict=True)]  # fmt: skip


def _width(text):
    """Columns that a text takes on a sheet; Chinese signs take two."""
    return sum(2 if ord(one) > 0x2E7F else 1 for one in text)
