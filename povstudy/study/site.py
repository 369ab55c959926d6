"""The site of the documentation: pages staged from the repository, and Sphinx run on them.

What a page holds stands where a code host shows it: ``docs/``, ``notebooks/``, ``figures/``.
Here it is copied into one folder, with links set right; the reference and the gallery are made
by `povstudy.study.reference`. The tables of ``docs/README.md`` are the table of contents.
"""

import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ..base.errors import SetupError
from ..base.files import write_whole
from .environment import with_path
from .execute import read
from .reference import gallery_pages, reference_pages

# A row of a table of contents, and a link or picture of Markdown; code is passed over.
_ROW = re.compile(r"^\| *\[([^]]+)\]\(([\w./-]+\.md)\) *\|(.*)\| *$", re.MULTILINE)
_LINK = re.compile(
    r"(^(?P<fence>`{3,})[^`\n]*\n.*?^(?P=fence)"  # code, which has no links: a block,
    r"|(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n\n).)*?(?<!`)(?P=ticks)(?!`))"  # or within a paragraph
    r"|(?P<picture>!?)\[(?P<label>(?:[^][]|\[[^]]*\])*)\]\((?P<target>[^()\s]+)\)",
    re.DOTALL | re.MULTILINE,
)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_NOT_RUN = re.compile(r"^```python no-run", re.MULTILINE)
_TO_DOCS = re.compile(r'href="\.\./docs/([\w.]+)\.md')
_ZH = ".zh.md"
# Pages that stand in no table of `docs/`, with the place they have on the site.
_OTHERS = {
    "docs/README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "data/README.md": "data.md",
}
_READ = {
    "README.md": "index.md",
    "README.zh.md": "part/zh.md",
    "figures/README.md": "gallery/index.md",
}
_TREE = "\n```{{toctree}}\n:hidden:\n{options}\n{pages}\n```\n"
_CHINESE = "中文"


def contents(root):
    """Sections and pages of the site, as the tables of ``docs/README.md`` have them.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    dict
        For each heading that has a table below it, its rows: label, file in ``docs/``, and what
        the page is for. Chinese pages are a section of their own, the last.
    """
    text = _FENCE.sub("", (Path(root) / "docs" / "README.md").read_text("utf-8"))
    sections, chinese = {}, []
    for part in re.split(r"^(?=#+ )", text, flags=re.MULTILINE):
        title = part.partition("\n")[0].lstrip("# ").strip()
        for label, file, what in _ROW.findall(part):
            rows = chinese if file.endswith(_ZH) else sections.setdefault(title, [])
            rows.append((label, file, what.strip(" |")))
    return {**sections, _CHINESE: chinese}


def build(root, out, work=None):
    """Make the site, from what is committed, and without a network.

    Parameters
    ----------
    root : Path
        The checkout.
    out : Path
        Folder to write into; the pages are in its folder ``html``.
    work : Path, optional
        Folder for what is kept from one time to the next; without it one in ``.povstudy``.

    Returns
    -------
    Path
        The page to open.

    Raises
    ------
    SetupError
        If Sphinx warns: of a link that leads nowhere, say.
    """
    root, out = Path(root), Path(out) / "html"  # myst-nb writes beside it
    work = Path(work or root / ".povstudy" / "site")
    pages, extra = staged(root)
    pages |= reference_pages(work)
    if _write(work / "source", pages):  # a page went, or came: menus of all pages change
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(work / "doctrees", ignore_errors=True)
    for place, path in extra.items():
        target = out / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".html":  # the brief: its links to pages of `docs/`
            write_whole(target, _TO_DOCS.sub(r'href="../\1.html', path.read_text("utf-8")))
        elif not target.is_file() or target.stat().st_mtime < path.stat().st_mtime:
            shutil.copyfile(path, target)
    words = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-j", "auto", "-b", "html",
             "-c", root / "docs", "-d", work / "doctrees", work / "source", out]  # fmt: skip
    done = subprocess.run(
        [str(one) for one in words], cwd=root, env=with_path(root),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    if done.returncode:
        # else the next time would not look at these pages
        shutil.rmtree(work / "doctrees", ignore_errors=True)
        said = done.stdout.decode(errors="replace").replace(f"{work / 'source'}{os.sep}", "")
        raise SetupError("The site was not made without a warning.", where="docs",
                         found=said.strip()[:4000], remedy="mend what is named, and start again")  # fmt: skip
    return out / "index.html"


def staged(root):
    """Every page that stands in the repository, as the site has it.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    pages : dict of str
        For each place in the source of the site, its text (or bytes).
    extra : dict of Path
        For each place on the site, the file that is copied there as it is.
    """
    root = Path(root)
    sections = contents(root)
    listed = [file for rows in sections.values() for _, file, _ in rows]
    notebooks = sorted(path.name for path in (root / "notebooks").glob("*.ipynb"))
    place = {
        **{f"docs/{file}": file for file in listed},
        **{f"notebooks/{name}": f"notebooks/{name}" for name in notebooks},
        **_OTHERS,
    }
    moved, extra, pages = {**place, **_READ}, {}, {}
    for file, at in place.items():
        pages[at] = _moved_page(root, file, at, moved, extra)
    parts = {f"part/{_slug(title)}": rows for title, rows in sections.items() if rows}
    titles = dict(zip(parts, (one for one, rows in sections.items() if rows), strict=True))
    for part, rows in parts.items():
        pages[f"{part}.md"] = _part(titles[part], rows)
    books = [(_title(pages[f"notebooks/{name}"]), f"notebooks/{name}", "") for name in notebooks]
    pages["part/notebooks.md"] = _part("Notebooks", books)
    made, files = gallery_pages(root)
    pages |= made
    extra |= files
    *english, chinese = parts if sections[_CHINESE] else (*parts, None)
    top = [*english, "reference/index", "gallery/index", "part/notebooks", "data", chinese,
           "contributing", "changelog"]  # fmt: skip
    pages["index.md"] += _TREE.format(options=":maxdepth: 2", pages="\n".join(filter(None, top)))
    return pages, extra


def _slug(title):
    return "zh" if title == _CHINESE else re.sub(r"\W+", "-", title.lower()).strip("-")


def _title(book):
    text = "".join(json.loads(book)["cells"][0]["source"])
    return text.partition("\n")[0].lstrip("# ").strip()


def _part(title, rows):
    """The page of a section: its table, and its place in the menus."""
    lines = [f"| [{label}](/{file}) | {what} |" for label, file, what in rows]
    told = "\n".join(["| page | what you find there |", "|---|---|", *lines])
    if title == _CHINESE:
        told = told.replace("page | what you find there", "页面 | 内容")
    names = "\n".join("/" + file.rpartition(".")[0] for _, file, _ in rows)
    return f"# {title}\n\n{told}\n{_TREE.format(options=':maxdepth: 1', pages=names)}"


def _moved_page(root, file, at, moved, extra):
    """A page with its links as they lead from its new place."""
    if file.endswith(".ipynb"):
        book = read(root / file)
        for cell in book["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = _linked(cell["source"], root, file, at, moved, extra)
        return json.dumps(book, ensure_ascii=False, indent=1)
    text = (root / file).read_text("utf-8")
    return _linked(_NOT_RUN.sub("```python", text), root, file, at, moved, extra)


def _linked(text, root, file, at, moved, extra):
    """Links of a Markdown text: to pages as pages, to other files as files beside the pages."""

    def lead(found):
        picture, label, target = found.group("picture", "label", "target")
        path, mark, anchor = (target or "").partition("#")
        if not path or "://" in path:
            return found[0]
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
        here = posixpath.dirname(at) or "."
        label = _LINK.sub(lead, label)  # a picture that is a link
        if wanted in moved:
            return f"[{label}]({posixpath.relpath(moved[wanted], here)}{mark}{anchor})"
        if (root / wanted).is_dir():
            return label
        if not (root / wanted).is_file():
            return found[0]  # Sphinx tells of it
        extra[wanted] = root / wanted
        there = posixpath.relpath(wanted, here)
        if picture:
            return f'<img src="{there}" alt="{label}">'
        return f'<a href="{there}{mark}{anchor}">{label}</a>'

    return _LINK.sub(lead, text)


def _write(folder, pages):
    """Write pages that changed, remove those that went; whether there are others than before."""
    before = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    for name in before - set(pages):
        (folder / name).unlink()
    for name, text in pages.items():
        content = text.encode() if isinstance(text, str) else text
        path = folder / name
        if name not in before or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
    return before != set(pages)
