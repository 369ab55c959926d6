"""The brief of two pages for officials: what the model can say, and what it cannot.

The words stand in ``templates/``, with a placeholder for every number. The numbers come from
the tables behind the exhibits of notebook 07, so that text and figures cannot part.
"""

import base64
import hashlib
import html
import inspect
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from ..base.errors import DataError
from ..base.files import write_whole
from ..base.webfont import FAMILY, FONT, font_face
from .exhibits import LANGUAGES, stem_of

_TEMPLATES = Path(__file__).with_name("templates")
_CSS = """
:root{color-scheme:light dark;--text:#222;--back:#fff;--link:#0072B2;--mark:#8a4b00;--line:#bbb}
@media (prefers-color-scheme:dark){:root{--text:#e6e6e6;--back:#191919;--link:#6cb8ea;
 --mark:#f0b35e;--line:#555}}
body{max-width:50rem;margin:0 auto;padding:1rem;color:var(--text);background:var(--back);
 font:16px/1.5 "Segoe UI",system-ui,-apple-system,"povstudy Sans SC",sans-serif}
h1,h2{line-height:1.25}h1{font-size:1.5rem;margin:.4rem 0}h2{font-size:1.1rem;color:var(--link);margin:1rem 0 .2rem}
a{color:var(--link)}p{margin:.35rem 0}ul,ol{margin:.3rem 0;padding-left:1.3rem}
blockquote{margin:.5rem 0;padding:.1rem .7rem;border:2px solid var(--mark);color:var(--mark)}
p:has(img){display:flex;gap:1rem;flex-wrap:wrap}img{flex:1 1 20rem;width:0;min-width:min(20rem,100%);height:auto;align-self:start;background:#fff}
nav,footer{font-size:.85rem;border-top:1px solid var(--line);padding-top:.3rem}nav{border:0}
@page{size:A4;margin:12mm 14mm}
@media print{:root{color-scheme:light;--text:#222;--back:#fff;--link:#005a8c;--mark:#8a4b00}
 body{max-width:none;padding:0;font-size:10pt;line-height:1.36}nav{display:none}
 section{break-after:page}section:last-of-type{break-after:auto}
 h1{font-size:15pt}h2{font-size:10.5pt;margin:1.6mm 0 .6mm}p{margin:.7mm 0}ul,ol{margin:.6mm 0}
 img{flex:1 1 40%;min-width:0;max-width:140mm}}
"""
_SIDES = {"en": ("中文", "zh", "PDF"), "zh": ("English", "en", "PDF")}


def brief(root):
    """Write the brief into ``figures/``, in both languages, as HTML and as PDF.

    Parameters
    ----------
    root : Path
        The checkout, with the exhibits of notebook 07.

    Returns
    -------
    list of tuple
        For each file its name, what happened to it, and no seconds: a row of the table that
        ``reproduce`` prints. Files made from the same words, code, tables and figures stay as
        they are; while an exhibit is missing nothing is written.
    """
    folder, rows = Path(root) / "figures", []
    for lang in LANGUAGES:
        page, paper = (folder / f"{stem_of('brief', lang)}.{kind}" for kind in ("html", "pdf"))
        text = template(lang)
        needed = _needed(text, lang)
        lacking = [name for name in needed if not (folder / name).is_file()]
        if lacking:
            if len(lacking) < len(needed):  # a study of one's own has none of them
                rows.append((page.stem, f"skipped (needs {', '.join(lacking)})", None))
            continue
        made_of = _made_of(folder, needed, text)
        there = page.is_file() or paper.is_file()
        if all(one.is_file() and made_of.encode() in one.read_bytes() for one in (page, paper)):
            rows.append((page.stem, "identical", None))
            continue
        alt = json.loads((folder / "alt.json").read_text("utf-8"))
        text = filled(text, numbers(folder, lang))
        write_whole(page, as_html(text, lang, folder, alt, made_of))
        write_whole(paper, as_pdf(text, lang, folder, alt, made_of))
        rows.append((page.stem, "changed" if there else "new", None))
    return rows


def template(lang):
    """The words of the brief in one language, with placeholders for its numbers."""
    return (_TEMPLATES / f"brief.{lang}.md").read_text(encoding="utf-8")


def placeholders(text):
    """Names of the numbers that a template asks for, in order, each once."""
    return list(dict.fromkeys(re.findall(r"\{(\w+)\}", text)))


COUNTY = ("households", "years")


def places():
    """Where each number stands: exhibit, rows and column of its table, factor and format."""
    return pd.read_csv(_TEMPLATES / "brief.csv", keep_default_na=False).set_index("number")


def numbers(folder, lang="en"):
    """Every number of the brief as text, read from the tables behind the exhibits."""
    from ..policy import budget

    given = inspect.signature(budget).parameters  # the county is the one that is there unasked
    found = {one: f"{given[one].default:,}" for one in COUNTY}
    for one in places().itertuples():
        table = pd.read_csv(
            folder / "tables" / f"{one.exhibit}.csv", encoding="utf-8-sig", thousands=","
        )
        values = table.query(one.rows)[one.column].drop_duplicates()
        if len(values) != 1:
            raise DataError(
                "A number of the brief is one cell of an exhibit's table.",
                where=f"{one.Index}: {one.exhibit}.csv, {one.rows}, column {one.column}",
                found=f"{len(values)} values",
            )
        times, form = one.times, one.format
        if lang == "zh" and one.format_zh:  # money in 万
            times, form = one.times_zh, one.format_zh
        found[one.Index] = format(values.iloc[0] * float(times), form).replace("-", "−")
    return found


def filled(text, values):
    """The template with its numbers."""
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], text)


def _needed(text, lang):
    """Files below ``figures/`` that a template is filled from."""
    asked = [one for one in placeholders(text) if one not in COUNTY]
    exhibits = places().loc[asked, "exhibit"].drop_duplicates()
    tables = [f"tables/{one}.csv" for one in exhibits]
    return [*tables, *(f"{stem_of(one, lang)}.png" for one in re.findall(r"!\[\]\((\w+)\)", text))]


def _made_of(folder, needed, text):
    """A mark of all that the files are made of; it stands in them."""
    code = [Path(__file__), _TEMPLATES / "brief.csv"]
    parts = [path.read_bytes() for path in (*code, *(folder / one for one in needed))]
    parts = [text.encode(), *(part.replace(b"\r\n", b"\n") for part in parts)]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _title(text):
    return re.search(r"^# (.+)$", text, re.MULTILINE)[1]


# HTML ---------------------------------------------------------------------------------


def as_html(text, lang, folder, alt, made_of=""):
    """The brief as one page that asks the network for nothing."""
    import mistune

    class Pictures(mistune.HTMLRenderer):
        def image(self, text, url, title=None):
            data = base64.b64encode((folder / f"{stem_of(url, lang)}.png").read_bytes()).decode()
            told = html.escape(alt[url][lang], quote=True)
            return f'<img alt="{told}" src="data:image/png;base64,{data}">'

    turn = mistune.create_markdown(renderer=Pictures())
    body = "\n".join(f"<section>{turn(page)}</section>" for page in _pages(text))
    word, other, paper = _SIDES[lang]
    links = (
        f'<nav><a href="{stem_of("brief", other)}.html" lang="{other}">{word}</a> · '
        f'<a href="{stem_of("brief", lang)}.pdf">{paper}</a></nav>'
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="povstudy-made-of" content="{made_of}"><title>{html.escape(_title(text))}</title>'
        f"<style>{font_face(text + word)}{_CSS}</style></head><body>{links}\n{body}\n</body></html>\n"
    )


def _pages(text):
    return text.split("\n---\n")


# PDF ----------------------------------------------------------------------------------

_SIDE, _TOP, _WIDTH, _END, _ALONE = 14.0, 12.0, 182.0, 285.0, 140.0  # mm of an A4 page
_CHINESE, _OPEN, _CLOSE = "\u3400-\u9fff", "（《“‘", "，。、；：？！）》”’"
# What stays on one line: a word with its signs, or one Chinese character with those that cling.
_UNIT = re.compile(rf"[{_OPEN}]*(?:[^\s{_CHINESE}{_OPEN}{_CLOSE}]+|[{_CHINESE}])?[{_CLOSE}]*\s*")
_SIZE = 10.4  # points of the text
_TEXT, _BLUE, _MARK = (34, 34, 34), (0, 90, 140), (138, 75, 0)


def as_pdf(text, lang, folder, alt, made_of=""):
    """The brief on A4 paper, its text such that it can be searched and copied."""
    import mistune
    from fpdf import FPDF

    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margins(_SIDE, _TOP)
    pdf.c_margin = 0
    pdf.add_font(FAMILY, fname=FONT)
    pdf.set_title(_title(text))
    pdf.set_author("povstudy")
    pdf.set_lang({"en": "en", "zh": "zh-CN"}[lang])
    pdf.set_creation_date(datetime(2020, 1, 1, tzinfo=UTC))  # the same bytes from run to run
    pdf.set_keywords(made_of)
    read = mistune.create_markdown(renderer=None)
    for number, page in enumerate(_pages(text), start=1):
        pdf.add_page()
        for token in read(page):
            _block(pdf, token, lang, folder, alt)
        if pdf.y > _END:
            raise DataError(
                "The words of the brief are too many for a page.",
                where=f"brief.{lang}.md, page {number}",
                found=f"{pdf.y - _END:.0f} mm too long",
            )
    return bytes(pdf.output())


def _block(pdf, token, lang, folder, alt):
    kind, inner = token["type"], token.get("children", [])
    if kind == "heading":
        first = token["attrs"]["level"] == 1
        pdf.y += 0 if first else 1.6
        _lines(pdf, inner, 15 if first else 10.5, _TEXT if first else _BLUE, bold=True)
        pdf.y += 0.6
    elif kind == "list":
        for number, item in enumerate(inner, start=1):
            mark = f"{number}." if token["attrs"]["ordered"] else "·"
            pdf.set_font(FAMILY, size=_SIZE)
            pdf.set_text_color(*_TEXT)
            pdf.set_x(_SIDE + 1)
            pdf.cell(4, _SIZE * 0.48, mark)
            _lines(pdf, item["children"][0]["children"], _SIZE, _TEXT, indent=5)
    elif kind == "block_quote":
        start = pdf.y + 0.8
        pdf.y = start + 0.8
        _lines(pdf, inner[0]["children"], _SIZE, _MARK, indent=2)
        pdf.set_draw_color(*_MARK)
        pdf.rect(_SIDE, start, _WIDTH, pdf.y - start + 0.8)
        pdf.y += 1.6
    elif kind == "paragraph" and any(one["type"] == "image" for one in inner):
        _pictures(pdf, [one["attrs"]["url"] for one in inner if one["type"] == "image"],
                  lang, folder, alt)  # fmt: skip
    elif kind == "paragraph":
        _lines(pdf, inner, _SIZE, _TEXT)
        pdf.y += 0.7


def _pictures(pdf, names, lang, folder, alt):
    """Pictures side by side, all equally wide; one alone leaves room at its side."""
    wide, top, end = min(_ALONE, (_WIDTH - 4 * (len(names) - 1)) / len(names)), pdf.y + 0.6, pdf.y
    for place, name in enumerate(names):
        shown = pdf.image(
            folder / f"{stem_of(name, lang)}.png", x=_SIDE + place * (wide + 4), y=top, w=wide,
            alt_text=alt[name][lang],
        )  # fmt: skip
        end = max(end, top + shown.rendered_height)
    pdf.y = end + 0.8


def _lines(pdf, inline, size, colour, indent=0.0, bold=False):
    """Text in lines: the breaks are ours, since those of Chinese fall between characters."""
    pdf.set_font(FAMILY, size=size)
    signs = [(sign, *look) for words, *look in _runs(inline, bold) for sign in words]
    whole, lines, line, used = "".join(sign for sign, *_ in signs), [], [], 0.0
    for unit in (match for match in _UNIT.finditer(whole) if match[0]):
        wide = pdf.get_string_width(unit[0].rstrip())
        if line and used + wide > _WIDTH - indent - (indent and 2):
            lines, line, used = [*lines, line], [], 0.0
        line = line + signs[unit.start() : unit.end()]
        used += pdf.get_string_width(unit[0])
    for one in filter(None, [*lines, line]):
        pdf.set_x(_SIDE + indent)
        for text, heavy, link in _joined(one):
            pdf.set_text_color(*(_BLUE if link else colour))
            pdf.set_draw_color(*(_BLUE if link else colour))
            # One weight of the font is at hand: bold is the same, with its outline drawn.
            with pdf.local_context(text_mode="FILL_STROKE" if heavy else "FILL", line_width=0.1):
                pdf.cell(pdf.get_string_width(text), size * 0.48, text, link=link or "")
        pdf.y += size * 0.48


def _runs(inline, bold=False, link=None):
    """The pieces of a paragraph: text, whether bold, address."""
    for one in inline:
        if "raw" in one:
            yield one["raw"], bold, link
        elif one["type"] in ("softbreak", "linebreak"):
            yield " ", bold, link
        else:
            address = one.get("attrs", {}).get("url", link)
            yield from _runs(one["children"], bold or one["type"] == "strong", address)


def _joined(line):
    """Signs of one look as one text."""
    pieces = []
    for sign, *look in line:
        if pieces and pieces[-1][1:] == look:
            pieces[-1][0] += sign
        else:
            pieces.append([sign, *look])
    return pieces
