"""Pages to read without Python: one HTML file for each notebook, and an index.

Each page holds all it needs (pictures, styles, code) and asks the network for nothing.
A button changes figures, tables and their titles between English and Chinese.
"""

import base64
import html
import io
import json
import re
from functools import cache
from pathlib import Path

from ..base.errors import SetupError
from ..base.files import write_whole
from ..base.status import KINDS
from ..base.webfont import font_face
from .execute import read
from .exhibits import LANGUAGES, stem_of, table_html

_CSS = """
:root{color-scheme:light dark;--ink:#222;--paper:#fff;--soft:#595959;--line:#ccc;--box:#f6f6f4;--link:#005a8e}
*{box-sizing:border-box}
body{max-width:56rem;margin:0 auto;padding:1rem 1.2rem 4rem;color:var(--ink);background:var(--paper);overflow-wrap:break-word;
 font:16px/1.6 "Segoe UI",system-ui,-apple-system,"povstudy Sans SC",sans-serif}
h1,h2,h3{line-height:1.25}h1{font-size:1.7rem}h2{font-size:1.3rem;margin-top:2rem}h2,h3,.exhibit{scroll-margin-top:1rem}
a{color:var(--link)}a.anchor-link{display:none}
a:focus-visible,button:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{position:static}
pre,code{font-family:ui-monospace,Consolas,monospace,"povstudy Sans SC"}code{overflow-wrap:anywhere}td code{display:block;min-width:14em}
pre,.highlight,.highlight pre{background:var(--box)}pre{padding:.6rem .8rem;overflow-x:auto;font-size:.82rem;line-height:1.45}
img{max-width:100%;height:auto;background:#fff;border-radius:3px}figure{margin:1.2rem 0}
table{border-collapse:collapse;font-size:.82rem;line-height:1.4;margin:1rem 0}
.wide{overflow-x:auto}th,td{padding:.3rem .6rem;min-width:4em;text-align:left;vertical-align:top;
 border-bottom:1px solid var(--line)}th{border-bottom:2px solid var(--soft)}
.source,.status{color:var(--soft);font-size:.8rem}.status{border:1px solid var(--line);border-radius:3px;padding:0 .4em;display:inline-block}
.note{border-left:4px solid var(--link);padding-left:.8rem}
nav.top{display:flex;justify-content:space-between;font-size:.9rem}
.contents ul{margin:.2rem 0 .4rem;padding-left:1.2rem}summary{cursor:pointer}
.thumbs{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(16rem,100%),1fr));gap:1rem}
.thumbs img{display:block;width:100%;margin-bottom:.3rem}
button{font:inherit;border:1px solid var(--link);background:var(--paper);color:var(--link);border-radius:4px;
 padding:.1rem .7rem;cursor:pointer}
html[lang=en] .zh,html[lang=zh] .en{display:none}
.jp-InputPrompt,.jp-OutputPrompt,.prompt,.input_prompt,.output_prompt{display:none}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e4e4e0;--paper:#181a1b;--soft:#a8a8a2;--line:#4a4d4e;--box:#24272a;
 --link:#7cc4f0}}
@media print{:root{color-scheme:light}.top,.contents,.skip{display:none}h1,h2,h3{break-after:avoid}
 figure,img,tr,.exhibit>div{break-inside:avoid}.wide,pre{overflow:visible}pre{white-space:pre-wrap}}
"""
_IN_ENGLISH = "正文和代码是英文。大意见“中文提要”；图、表和目录里图表的标题是中文。"
_WIDE = r'<div class="wide" tabindex="0" role="region" aria-label="table">\g<0></div>'
_PRE = '<pre tabindex="0">'  # what scrolls can be reached by keyboard
_SUMMARY = "<p><strong>中文提要。</strong>"
# Pixels across and colours of a picture: sharp on a page, and on its place in the index.
_SIZES = (1400, 32), (320, 16)
_SCRIPT = """
var root=document.documentElement;
function show(lang){root.lang=lang;try{localStorage.setItem("povstudy",lang)}catch(e){}}
var kept=null;try{kept=localStorage.getItem("povstudy")}catch(e){}
var asked=location.hash.slice(1);
show(asked==="zh"||asked==="en"?asked:kept==="zh"?"zh":"en");
document.getElementById("lang").onclick=function(){show(root.lang==="en"?"zh":"en")};
"""


def report(root, fresh=True):
    """Write the pages into ``report/``.

    Parameters
    ----------
    root : Path
        The checkout, with its notebooks run and ``figures/manifest.json`` written.
    fresh : bool
        Make every page anew; else only those that are missing or older than what they
        show.

    Returns
    -------
    Path
        The index page.
    """
    root = Path(root)
    manifest = root / "figures" / "manifest.json"
    if not manifest.is_file():
        raise SetupError("There is nothing to report yet.", where=manifest,
                         remedy="python3 -m povstudy reproduce")  # fmt: skip
    exhibits = json.loads(manifest.read_text(encoding="utf-8"))["exhibits"]
    folder, titles, everything = root / "report", {}, [manifest, Path(__file__)]
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook, target = read(path), folder / f"{path.stem}.html"
        titles[path.stem] = title_of(notebook, path.stem)
        own = [one for one in exhibits.values() if one["notebook"].endswith(f"/{path.name}")]
        shown = [path, *(root / "figures" / file for one in own for file in one["files"])]
        everything += shown
        if fresh or _is_older(target, [Path(__file__), *shown]):
            body = _body(root, notebook)
            body = _contents(body, exhibits) + body
            write_whole(target, _page(titles[path.stem], body, back=True))
    index = folder / "index.html"
    if fresh or _is_older(index, everything):
        write_whole(index, _page("povstudy", _index(root, titles, exhibits)))
    return index


def _is_older(page, parts):
    if not page.is_file():
        return True
    made = page.stat().st_mtime
    return any(part.is_file() and part.stat().st_mtime >= made for part in parts)


def title_of(notebook, otherwise):
    """The first heading of a notebook."""
    for cell in notebook["cells"]:
        for line in cell["source"].splitlines():
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                return line[2:].strip()
    return otherwise


def _body(root, notebook):
    """The notebook as HTML, every exhibit in both languages."""
    from nbconvert import HTMLExporter
    from pygments.formatters import HtmlFormatter

    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            record = output.get("metadata", {}).get("povstudy")
            if record and _is_whole(root, record):
                output["data"] = {"text/html": _exhibit(root, record)}
    exporter = HTMLExporter(template_name="basic", mathjax_url="", require_js_url="")
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    body, _ = exporter.from_notebook_node(notebook)
    light, dark = (
        HtmlFormatter(style=one).get_style_defs(".highlight") for one in ("default", "monokai")
    )
    body = body.replace(_SUMMARY, _SUMMARY.replace("<p>", '<p class="note" lang="zh">'))
    return (
        f"<style>{light}@media screen and (prefers-color-scheme:dark){{{dark}}}</style>"
        f'<p class="note zh" lang="zh">{_IN_ENGLISH}</p>{body}'
    )


def _contents(body, exhibits):
    """A list of what a page has: its sections, and the figures and tables in each."""
    parts, within = [], False
    for place, text, exhibit in re.findall(
        r'<h2 id="([^"]+)">(.*?)(?:<a |</h2>)|<section class="exhibit" id="([^"]+)"', body, re.DOTALL
    ):  # fmt: skip
        if exhibit:
            parts.append("" if within else "<ul>")
            title = _in_both(exhibits.get(exhibit, {}).get("title", {}), exhibit)
            parts.append(f'<li><a href="#{exhibit}">{title}</a></li>')
        else:
            parts.append("</ul>" * within)
            parts.append(f'<li><a href="#{place}" lang="en">{re.sub("<[^>]+>", "", text)}</a></li>')
        within = bool(exhibit)
    return (
        '<details class="contents"><summary><span class="en">Contents</span><span class="zh">'
        f"目录</span></summary><ul>{''.join(parts)}{'</ul>' * within}</ul></details>"
    )


def _in_both(texts, otherwise):
    """A text in both languages, of which one is shown."""
    return "".join(
        f'<span class="{lang}" lang="{lang}">{html.escape(texts.get(lang, otherwise))}</span>'
        for lang in LANGUAGES
    )


def _is_whole(root, record):
    """Whether its files are there; those of a skipped exhibit may not be."""
    return all((root / "figures" / file).is_file() for file in record["files"])


def _exhibit(root, record):
    make = _figure if record["kind"] == "figure" else _table
    shown = "".join(make(root, record, lang) for lang in LANGUAGES)
    return f'<section class="exhibit" id="{record["name"]}">{shown}</section>'


def _figure(root, record, lang):
    alt = html.escape(record["alt"][lang], quote=True)
    return f'<figure class="{lang}"><img alt="{alt}" {_picture(root, record, lang, 0)}></figure>'


def _picture(root, record, lang, size):
    """The picture of a figure within a page; ``size``: 0 as it is read there, 1 in the index."""
    path = root / "figures" / f"{stem_of(record['name'], lang)}.png"
    return _pictures(path, path.stat().st_mtime_ns)[size]


@cache
def _pictures(path, changed):
    """A picture cut down to what a screen shows, in each of the sizes."""
    from PIL import Image

    with Image.open(path) as whole:
        picture, found = whole.convert("RGB"), []
    for width, colours in _SIZES:
        size, made = (width, round(picture.height * width / picture.width)), io.BytesIO()
        picture = picture.resize(size, Image.Resampling.BICUBIC)
        picture.quantize(colours, dither=Image.Dither.NONE).save(made, "PNG")
        data = base64.b64encode(made.getvalue()).decode()
        found.append(f'width="{width}" height="{size[1]}" src="data:image/png;base64,{data}"')
    return found


def _table(root, record, lang):
    import pandas as pd

    stem = stem_of(record["name"], lang)
    rows = table_html(pd.read_csv(root / "figures" / "tables" / f"{stem}.csv"))
    source = html.escape(record["source"][lang])
    return f'<div class="{lang}" lang="{lang}">{rows}<p class="source">{source}</p></div>'


def _index(root, titles, exhibits):
    parts = [
        '<h1>povstudy</h1><p class="en">Poverty programmes, from official tables to relapse: '
        "every figure and table, with its data status.</p>"
        '<p class="zh">从官方统计到返贫风险的研究：全部图表及其数据性质。</p>'
    ]
    for lang, text in zip(
        LANGUAGES, ("A brief of two pages for officials", "给干部的两页简报"), strict=True
    ):
        page = root / "figures" / f"{stem_of('brief', lang)}.html"
        if page.is_file():
            parts.append(f'<p class="{lang}"><a href="../figures/{page.name}">{text}</a></p>')
    if (root / "figures" / "explorer.html").is_file():
        parts.append(
            '<p><a href="../figures/explorer.html"><span class="en">Sliders: what a budget buys '
            '(simulated)</span><span class="zh">滑块：一笔预算换来什么（模拟）</span></a></p>'
        )
    for stem, title in titles.items():
        parts.append(f'<h2><a href="{stem}.html">{html.escape(title)}</a></h2><ul class="thumbs">')
        for name, entry in exhibits.items():
            if entry["notebook"] != f"notebooks/{stem}.ipynb":
                continue
            status = "".join(
                f'<span class="{lang} status">{html.escape(text)}</span>'
                for lang, text in zip(LANGUAGES, KINDS[entry["status"]], strict=True)
            )
            thumbs, record = "", {**entry, "name": name}
            if entry["kind"] == "figure" and _is_whole(root, entry):
                thumbs = "".join(
                    f'<img class="{lang}" alt="" {_picture(root, record, lang, 1)}>'
                    for lang in LANGUAGES
                )
            parts.append(f'<li><a href="{stem}.html#{name}">{thumbs}{_in_both(entry["title"], name)}</a> '
                         f"{status}</li>")  # fmt: skip
        parts.append("</ul>")
    return "\n".join(parts)


def _page(title, body, back=False):
    body = re.sub(r"<table\b.*?</table>", _WIDE, body, flags=re.DOTALL).replace("<pre>", _PRE)
    home = '<a href="index.html">povstudy</a>' if back else "<span></span>"
    font = font_face(title + body + "中文")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{font}{_CSS}</style></head><body>"
        '<a class="skip" href="#main"><span class="en">To the text</span><span class="zh">到正文</span></a>'
        f'<nav class="top">{home}<button id="lang" type="button">'
        '<span class="en" lang="zh">中文</span><span class="zh" lang="en">English</span>'
        f'</button></nav>\n<main id="main">{body}</main>\n<script>{_SCRIPT}</script></body></html>\n'
    )
