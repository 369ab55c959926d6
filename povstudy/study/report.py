"""Pages to read without Python: one HTML file for each notebook, and an index.

Each page holds all it needs (pictures, styles, code) and asks the network for nothing.
A button changes figures, tables and headings between English and Chinese.
"""

import base64
import html
import json
from pathlib import Path

from ..base.errors import SetupError
from ..base.files import write_whole
from ..base.status import KINDS
from ..base.webfont import font_face
from .execute import read
from .exhibits import LANGUAGES, stem_of, table_html

_CSS = """
body{max-width:56rem;margin:0 auto;padding:1rem 1.2rem 4rem;color:#222;background:#fff;
 font:16px/1.6 "Segoe UI",system-ui,-apple-system,"povstudy Sans SC",sans-serif}
h1,h2,h3{line-height:1.25}h1{font-size:1.7rem}h2{font-size:1.3rem;margin-top:2rem}
a{color:#0072B2}a.anchor-link{display:none}
pre,code{font-family:ui-monospace,Consolas,monospace,"povstudy Sans SC"}pre{background:#f6f6f4;padding:.6rem .8rem;overflow-x:auto;font-size:.82rem;line-height:1.45}
img{max-width:100%;height:auto}figure{margin:1.2rem 0}
table{border-collapse:collapse;font-size:.82rem;line-height:1.4;margin:1rem 0}
.wide{overflow-x:auto}th,td{padding:.3rem .6rem;min-width:4em;text-align:left;vertical-align:top;
 border-bottom:1px solid #ddd}th{border-bottom:2px solid #666}
h3 small{color:#888;font-weight:normal}.source,.status{color:#666;font-size:.8rem}.status{border:1px solid #bbb;border-radius:3px;
 padding:0 .4em}
nav{display:flex;justify-content:space-between;font-size:.9rem}
button{font:inherit;border:1px solid #0072B2;background:#fff;color:#0072B2;border-radius:4px;
 padding:.1rem .7rem;cursor:pointer}
html[lang=en] .zh,html[lang=zh] .en{display:none}
.jp-InputPrompt,.jp-OutputPrompt,.prompt,.input_prompt,.output_prompt{display:none}
@media print{nav{display:none}}
"""
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
        raise SetupError(
            "There is nothing to report yet.",
            where=manifest,
            remedy="python3 -m povstudy reproduce",
        )
    exhibits = json.loads(manifest.read_text(encoding="utf-8"))["exhibits"]
    alt = json.loads((root / "figures" / "alt.json").read_text(encoding="utf-8"))
    folder, titles, everything = root / "report", {}, [manifest, Path(__file__)]
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook, target = read(path), folder / f"{path.stem}.html"
        titles[path.stem] = title_of(notebook, path.stem)
        own = [one for one in exhibits.values() if one["notebook"].endswith(f"/{path.name}")]
        shown = [path, *(root / "figures" / file for one in own for file in one["files"])]
        everything += shown
        if fresh or _is_older(target, [Path(__file__), *shown]):
            write_whole(target, _page(titles[path.stem], _body(root, notebook), back=True))
    index = folder / "index.html"
    if fresh or _is_older(index, everything):
        write_whole(index, _page("povstudy", _index(root, titles, exhibits, alt)))
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
    return f"<style>{HtmlFormatter(style='default').get_style_defs('.highlight')}</style>{body}"


def _is_whole(root, record):
    """Whether its files are there; those of a skipped exhibit may not be."""
    return all((root / "figures" / file).is_file() for file in record["files"])


def _exhibit(root, record):
    make = _figure if record["kind"] == "figure" else _table
    return "".join(make(root, record, lang) for lang in LANGUAGES)


def _figure(root, record, lang):
    stem = stem_of(record["name"], lang)
    picture = base64.b64encode((root / "figures" / f"{stem}.svg").read_bytes()).decode()
    alt = html.escape(record["alt"][lang], quote=True)
    return (
        f'<figure class="{lang}"><img alt="{alt}" src="data:image/svg+xml;base64,{picture}">'
        "</figure>"
    )


def _table(root, record, lang):
    import pandas as pd

    stem = stem_of(record["name"], lang)
    rows = table_html(pd.read_csv(root / "figures" / "tables" / f"{stem}.csv"))
    source = html.escape(record["source"][lang])
    return f'<div class="{lang}"><div class="wide">{rows}</div><p class="source">{source}</p></div>'


def _index(root, titles, exhibits, alt):
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
        parts.append(f'<h2><a href="{stem}.html">{html.escape(title)}</a></h2>')
        for name, entry in exhibits.items():
            if entry["notebook"] != f"notebooks/{stem}.ipynb":
                continue
            status = "".join(
                f'<span class="{lang} status">{html.escape(text)}</span>'
                for lang, text in zip(LANGUAGES, KINDS[entry["status"]], strict=True)
            )
            title = "".join(
                f'<span class="{lang}">{html.escape(text)}</span>'
                for lang, text in entry["title"].items()
            )
            parts.append(f"<h3>{title} {status} <small>{name}</small></h3>")
            record = {**entry, "name": name, "alt": alt.get(name)}
            if _is_whole(root, entry):
                parts.append(_exhibit(root, record))
    return "\n".join(parts)


def _page(title, body, back=False):
    home = '<a href="index.html">povstudy</a>' if back else "<span></span>"
    font = font_face(title + body + "中文")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{font}{_CSS}</style></head><body>"
        f'<nav>{home}<button id="lang" type="button">'
        '<span class="en" lang="zh">中文</span><span class="zh" lang="en">English</span>'
        f"</button></nav>\n{body}\n<script>{_SCRIPT}</script></body></html>\n"
    )
