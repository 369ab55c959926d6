"""Pages of the site that are made: the reference from docstrings, the gallery from the manifest."""

import ast
import contextlib
import doctest
import hashlib
import html
import inspect
import io
import json
import warnings
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from .. import _APART, _ROOMS
from ..base.results import Result
from ..base.status import KINDS
from .execute import read
from .exhibits import LANGUAGES, stem_of
from .report import title_of

_PACKAGE = Path(__file__).resolve().parents[1]
_DPI = 120
_TREE = "\n.. toctree::\n   :hidden:\n\n{}\n"
_GALLERY = """\
# Gallery · 图库

{figures} figures and {tables} tables, each with its kind of data, the call that made it, and its files, in English and Chinese. {figures}幅图、{tables}张表，各注明数据性质、调用和文件。

Kinds of data · 数据性质: {kinds}.
"""


def rooms():
    """Every public name, by room.

    Returns
    -------
    dict
        For each room the name and the object of each of its names; and under ``results`` the
        classes that functions of the room return.
    """
    made = {room: {} for room in _ROOMS}
    for room in _ROOMS:
        place = import_module(f"povstudy.{room}")
        made[room] = {name: getattr(place, name) for name in place.__all__}
    return made


def results():
    """Classes of results, by room: what functions give back, and nobody makes by hand.

    Returns
    -------
    dict
    """
    package = import_module("povstudy")
    for room in _ROOMS:  # those that are loaded when they are first used
        for one in walk_packages([str(_PACKAGE / room)], f"povstudy.{room}."):
            if "sphinx" not in one.name and not one.name.startswith("povstudy.study"):
                import_module(one.name)
    made, waiting = {room: {} for room in _ROOMS}, [Result]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        own = kind.__module__.startswith("povstudy.")
        if own and kind.__name__ not in package.__all__ and not kind.__name__.startswith("_"):
            made[kind.__module__.split(".")[1]][kind.__name__] = kind
    return {room: dict(sorted(kinds.items())) for room, kinds in made.items()}


def reference_pages(work):
    """The reference: a page for each public name, with what its example draws.

    Parameters
    ----------
    work : Path
        Folder where drawings are kept until the package changes.

    Returns
    -------
    dict
        Text or bytes of each page and picture, by its place in the source of the site.
    """
    public, kinds = rooms(), results()
    pages, drawn, table = {}, _drawings(public, Path(work)), []
    for room, names in public.items():
        prefix = f"ps.{room}." if room in _APART else "ps."
        module = f"povstudy.{room}" if room in _APART else "povstudy"
        about, rows, tree = import_module(f"povstudy.{room}").__doc__, [], []
        for name, one in names.items():
            at = f"{room}/{_file(name, one)}"
            pictures = [(f"plots/{path}", alt) for path, alt in drawn.get(f"{room}.{name}", ())]
            pages[f"reference/{at}.rst"] = _page(prefix + name, f"{module}.{name}", one, pictures)
            rows.append((prefix + name, at, one))
            tree.append(at)
        made = []
        for name, one in kinds[room].items():
            at = f"{room}/{_file(name, one)}"
            pages[f"reference/{at}.rst"] = _page(name, f"{one.__module__}.{name}", one, ())
            made.append((name, at, one))
            tree.append(at)
        text = [
            _head(room, "="),
            f".. py:module:: povstudy.{room}\n",
            inspect.cleandoc(about) + "\n",
        ]
        text.append(_rows(rows))
        if made:
            text += [_head("What its functions give back", "-"), _rows(made)]
        text.append(_TREE.format("\n".join(f"   {one}" for one in tree)))
        pages[f"reference/{room}.rst"] = "\n".join(text)
        table.append((room, room, about))
    pages["reference/index.rst"] = "\n".join(
        [_head("Reference", "="), _INTRODUCTION, _rows(table),
         _TREE.format("\n".join(f"   {room}" for room in public))]
    )  # fmt: skip
    for pictures in drawn.values():
        for path, _ in pictures:
            pages[f"reference/plots/{path}"] = (_kept(work) / path).read_bytes()
    return pages


_INTRODUCTION = """\
Every public name, room by room, as ``help(ps.poverty)`` tells it in Python: what goes in, in
which unit, what comes out, what is refused, and an example that runs. A function that draws shows
what its example draws. ``import povstudy as ps`` comes before each example.

What every result can do is told of :py:class:`~povstudy.base.results.Result`.
"""


def _file(name, one):
    """Name of a page; ``budget`` and ``Budget`` are one file on Windows."""
    return f"{name}-class" if inspect.isclass(one) else name


def _head(text, mark):
    width = sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
    return f"{text}\n{mark * width}\n"


def _rows(rows):
    lines = [".. list-table::", "   :widths: 35 65", ""]
    for label, at, one in rows:
        about = one if isinstance(one, str) else inspect.getdoc(one) or ""
        lines += [f"   * - :doc:`{label} <{at}>`", f"     - {about.splitlines()[0]}"]
    return "\n".join([*lines, ""])


def _page(title, name, one, pictures):
    kind = "function"
    lines = [_head(title, "="), f".. currentmodule:: {name.rpartition('.')[0]}", ""]
    if inspect.isclass(one):
        kind = "exception" if issubclass(one, Exception) else "class"
    lines.append(f".. auto{kind}:: {name}")
    if kind == "class":
        lines += ["   :members:", "   :member-order: bysource"]
    lines.append("")
    if kind == "class" and issubclass(one, Result) and one is not Result:
        lines.append(
            "What every result can do besides (``show``, ``summary``, ``plot``, ``wide``, "
            "``to_excel`` and more): :py:class:`~povstudy.base.results.Result`."
        )
        drawn = [f":py:func:`povstudy.figures.{name}`" for name in one._figures]
        if drawn:
            lines.append(f"Figures that take it, the first of them with ``.plot()``: {', '.join(drawn)}.")  # fmt: skip
    if pictures:
        lines += [".. rubric:: What the example draws", ""]
    for path, alt in pictures:
        lines += [f".. image:: /reference/{path}", f"   :alt: {' '.join(alt.split())}",
                  "   :loading: lazy", ""]  # fmt: skip
    return "\n".join([*lines, ""])


def _kept(work):
    """Folder of the drawings of this state of the package."""
    told = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        if path.suffix in (".py", ".csv", ".ttf") and "study" not in path.parts[-2:]:
            told.update(path.read_bytes())
    return Path(work) / "plots" / told.hexdigest()[:16]


def _drawings(public, work):
    """What the examples of docstrings draw: for ``room.name``, files and alt texts."""
    folder = _kept(work)
    index = folder / "index.json"
    if not index.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        made = {}
        for room, names in public.items():
            for name, one in names.items():
                example = (inspect.getdoc(one) or "").partition("\nExamples\n")[2]
                if "figures." in example or ".plot(" in example:
                    made[f"{room}.{name}"] = _drawn(example, folder, f"{room}-{name}")
        index.write_text(json.dumps(made), "utf-8")
        for old in folder.parent.iterdir():
            if old != folder:
                for path in (*old.iterdir(), old):
                    path.rmdir() if path == old else path.unlink()
    return json.loads(index.read_text("utf-8"))


def _drawn(example, folder, stem):
    """Run an example as a reader would, and keep the figures that it leaves open."""
    import matplotlib
    import matplotlib.pyplot as plt

    matplotlib.use("Agg")
    plt.close("all")
    names, made = {}, []
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one in doctest.DocTestParser().get_examples(example):
            if one.exc_msg is None:
                exec(compile(one.source, stem, "single"), names)
        for number in plt.get_fignums():
            figure = plt.figure(number)
            told = [alt for ax in figure.axes if (alt := getattr(ax, "alt_text", ""))]
            if told:  # not the empty Axes of an example
                made.append((f"{stem}-{number}.png", " ".join(told)))
                figure.savefig(folder / made[-1][0], dpi=_DPI, bbox_inches="tight")
        plt.close("all")
    return made


def gallery_pages(root):
    """The gallery: a page for each notebook, with its exhibits in both languages.

    Parameters
    ----------
    root : Path
        The checkout, with ``figures/manifest.json`` and ``figures/alt.json``.

    Returns
    -------
    pages : dict of str
        Text of each page, by its place in the source of the site.
    extra : dict of Path
        Files that are copied to the site.
    """
    folder = Path(root) / "figures"
    exhibits = json.loads((folder / "manifest.json").read_text("utf-8"))["exhibits"]
    alts = json.loads((folder / "alt.json").read_text("utf-8"))
    pages, extra, calls, tree = {}, {}, [], []
    for name, entry in exhibits.items():
        notebook = entry["notebook"]
        at = f"gallery/{Path(notebook).stem}.md"
        if at not in pages:
            book = read(Path(root) / notebook)
            calls = _calls(book)
            tree.append((title_of(book, name), Path(at).stem))
            pages[at] = f"# Figures · 图表: {tree[-1][0]}\n\n[The notebook · 笔记](../{notebook})\n"
        call = _call(name, calls)
        pages[at] += _exhibit(name, entry, alts.get(name, {}), call)
        extra |= {f"figures/{file}": folder / file for file in entry["files"]}
    for page in ("explorer.html", *(stem_of("brief", one) + end for one in LANGUAGES
                                    for end in (".html", ".pdf"))):  # fmt: skip
        if (folder / page).is_file():
            extra[f"figures/{page}"] = folder / page
    count = [entry["kind"] for entry in exhibits.values()]
    used = {entry["status"] for entry in exhibits.values()}
    kinds = "; ".join(f"**{one}** {en}, {zh}" for one, (en, zh) in KINDS.items() if one in used)
    text = _GALLERY.format(figures=count.count("figure"), tables=count.count("table"), kinds=kinds)
    if "figures/brief.html" in extra:
        text += (
            '\n- <a href="../figures/brief.html">A brief of two pages for officials</a> · '
            '<a href="../figures/brief.zh.html" lang="zh">给干部的两页简报</a>\n'
        )
    if "figures/explorer.html" in extra:
        text += (
            '- <a href="../figures/explorer.html">The explorer: sliders for those who do not '
            "code (simulated) · 滑块页面（模拟数据）</a>\n"
        )
    for title, page in tree:
        pictures = "".join(
            f'<a href="{page}.html#{_anchor(name)}"><img loading="lazy" src="../figures/{name}.png" '
            f'alt="{html.escape(alts[name]["en"])}"></a>\n'
            for name, entry in exhibits.items()
            if entry["kind"] == "figure" and Path(entry["notebook"]).stem == page
        )
        text += f'\n## [{title}]({page}.md)\n\n<div class="thumbnails">\n{pictures}</div>\n'
    names = "\n".join(page for _, page in tree)
    pages["gallery/index.md"] = f"{text}\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"
    return pages, extra


def _anchor(name):
    return "e-" + name.lower().replace("_", "-")


def _calls(book):
    """Statements of a notebook that publish: of each the texts in it, and its code."""
    made = []
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            with contextlib.suppress(SyntaxError):
                for node in ast.parse(cell["source"]).body:
                    told, parts = ast.get_source_segment(cell["source"], node), list(ast.walk(node))
                    texts = [one.value for one in parts if isinstance(one, ast.Constant)]
                    if any(isinstance(one, ast.Call) and ast.unparse(one.func).endswith("publish")
                           for one in parts):  # fmt: skip
                        made.append(([one for one in texts if isinstance(one, str) and one], told))
    return made


def _call(name, calls):
    """The statement that has the name of an exhibit, or most of its beginning, as a loop has."""
    least, made = len("00_"), ""
    for texts, told in calls:
        found = max((len(one) for one in texts if name.startswith(one)), default=0)
        if found > least:
            least, made = found, told
    return made


def _exhibit(name, entry, alt, call):
    """One exhibit: finding, kind of data, pictures or tables, alt texts, call and files."""
    zh = html.escape(entry["title"]["zh"])
    files = " ".join(f'<a href="../figures/{file}">{file}</a>' for file in entry["files"])
    kind = " · ".join(KINDS.get(entry["status"], (entry["status"],) * 2))
    parts = [f"\n({_anchor(name)})=\n## {_plain(entry['title']['en'])}\n",
             f'<p lang="zh" class="zh">{zh}</p>\n']  # fmt: skip
    if entry["kind"] == "figure":
        shown = "".join(
            f'<a href="../figures/{stem_of(name, lang)}.png"><img loading="lazy" lang="{lang}" '
            f'src="../figures/{stem_of(name, lang)}.png" alt="{html.escape(alt.get(lang, ""))}"></a>'
            for lang in LANGUAGES
        )
        told = "".join(
            f'<p lang="{lang}">{html.escape(alt.get(lang, ""))}</p>' for lang in LANGUAGES
        )
        parts.append(f'<div class="pair">{shown}</div>\n')
        parts.append(f"<details><summary>In words · 文字说明</summary>{told}</details>\n")
    parts.append(f"**Kind of data · 数据性质:** {kind}\n")
    parts.append("\n".join(f'<p class="source" lang="{lang}">{html.escape(entry["source"][lang])}</p>'
                           for lang in LANGUAGES) + "\n")  # fmt: skip
    if call:
        parts.append(f"```python\n{call}\n```\n")
    function = entry["function"]
    room, _, last = function.removeprefix("povstudy.").partition(".")
    if room in ("figures", "tables") and last in import_module(f"povstudy.{room}").__all__:
        parts.append(f"{{py:func}}`{function}` · {files}\n")
    else:
        parts.append(f"`{function}` · {files}\n")
    return "\n".join(parts)


def _plain(text):
    """A title that Markdown takes for words alone."""
    return "".join("\\" + letter if letter in "\\`*_{}[]<>$#|" else letter for letter in text)
