"""The gallery: every exhibit on one page that a code host shows, made from the manifest."""

import html
import json
from pathlib import Path

from ..base.status import KINDS, STATUSES
from .execute import read
from .exhibits import LANGUAGES, stem_of
from .report import title_of

_HEAD = """\
# Figures and tables

{figures} figures and {tables} tables, each with its kind of data, its files and the function that made it. A figure is there as `.png` and `.svg`, in English and Chinese, with its numbers as `.csv`; `alt.json` describes it for screen readers. [manifest.json](manifest.json) tells which notebook, inputs and versions each came from. `python3 -m povstudy reproduce` writes this page from the manifest: do not edit it by hand.

{figures}幅图、{tables}张表，各注明数据性质、文件和函数。每幅图有中英文的 `.png` 与 `.svg`，数字在 `.csv` 中，`alt.json` 有读屏文字说明，[manifest.json](manifest.json) 记有笔记、输入数据与版本。本页由 `python3 -m povstudy reproduce` 根据清单生成，请勿手改。

Kinds of data · 数据性质: {kinds}.
"""
_PAGES = """
For officials, a brief of two pages · 给干部的两页简报: {}
"""
_EXPLORER = """
Sliders for those who do not code (download the page, open it in a browser; simulated) · 不会编程也能用的滑块页面（下载后用浏览器打开；模拟数据）: [explorer.html](explorer.html)
"""
_TABLE = """
| | title · 标题 | kind · 性质 | files · 文件 | function · 函数 |
|---|---|---|---|---|
"""


def gallery(root):
    """Text of ``figures/README.md``, in Markdown.

    Parameters
    ----------
    root : Path
        The checkout, with ``figures/manifest.json`` and ``figures/alt.json`` written.

    Returns
    -------
    str
        A heading for each notebook, and a row for each of its exhibits, to which
        ``README.md#<name of the exhibit>`` leads. The same manifest gives the same text.
    """
    root = Path(root)
    exhibits = json.loads((root / "figures" / "manifest.json").read_text("utf-8"))["exhibits"]
    alt = json.loads((root / "figures" / "alt.json").read_text("utf-8"))
    kinds = [entry["kind"] for entry in exhibits.values()]
    used = {*STATUSES, *(entry["status"] for entry in exhibits.values())}
    told = "; ".join(f"**{kind}** {en}, {zh}" for kind, (en, zh) in KINDS.items() if kind in used)
    parts = [_HEAD.format(figures=kinds.count("figure"), tables=kinds.count("table"), kinds=told)]
    pages = [stem_of("brief", lang) + kind for lang in LANGUAGES for kind in (".html", ".pdf")]
    if all((root / "figures" / page).is_file() for page in pages):
        parts.append(_PAGES.format(" ".join(f"[{_label(page)}]({page})" for page in pages)))
    if (root / "figures" / "explorer.html").is_file():
        parts.append(_EXPLORER)
    notebook = None
    for name, entry in exhibits.items():
        if entry["notebook"] != notebook:
            notebook = entry["notebook"]
            title = title_of(read(root / notebook), Path(notebook).stem)
            parts.append(f"\n## [{_plain(title)}](../{notebook})\n{_TABLE}")
        parts.append(_row(name, entry, alt.get(name, {})))
    return "".join(parts)


def _row(name, entry, alt):
    title = "<br>".join(_plain(entry["title"][lang]) for lang in LANGUAGES)
    function = entry["function"].removeprefix("povstudy.")
    cells = (
        _thumbnail(entry["files"], alt),
        f'<a id="{name}"></a>{title}<br>`{name}`',
        entry["status"],
        " ".join(f"[{_label(file)}]({file})" for file in entry["files"]),
        f"`{function}`",
    )
    return f"| {' | '.join(cells)} |\n"


def _thumbnail(files, alt):
    picture = next((file for file in files if file.endswith(".png")), None)
    if picture is None:
        return ""
    words = _plain(alt.get("en", ""))
    return f'<a href="{picture}"><img src="{picture}" width="220" alt="{words}"></a>'


def _label(file):
    """What a link says: the ending, with the language where it is Chinese."""
    parts = file.rpartition("/")[2].split(".")
    return "中文 " + parts[-1] if "zh" in parts[1:-1] else parts[-1]


def _plain(text):
    """Text that neither HTML nor a table of Markdown reads as marks."""
    return html.escape(text).replace("|", "&#124;").replace("\n", " ")
