"""What is told to readers: code that runs, links that lead somewhere, pages that are pages."""

import os
import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from conftest import ROOT

import povstudy as ps

DOCS = sorted((ROOT / "docs").glob("*.md"))
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]
PAGES = [*READMES, ROOT / "CONTRIBUTING.md", ROOT / "figures" / "README.md", *DOCS]
FETCHED = set(ps.datasets().query("access == 'download'")["name"])


def blocks(path):
    """The Python code of a page, block by block; `python no-run` is left out."""
    return re.findall(r"^```python\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_the_code_of_a_page_runs(path, tmp_path, monkeypatch):
    """A block that fetches is skipped by name, with those after it, where it is not at hand."""
    monkeypatch.chdir(tmp_path)
    names = {}
    for number, code in enumerate(blocks(path), start=1):
        lacking = FETCHED & set(re.findall(r'"(\w+)"', code)) - at_hand()
        if lacking:
            pytest.skip(f"block {number} needs {', '.join(sorted(lacking))}: set POVSTUDY_DATA")
        exec(compile(code, f"{path.name}, block {number}", "exec"), names)
        plt.close("all")


def headings(path):
    """Names by which a link leads to a heading, or to a place that has one."""
    text = path.read_text("utf-8")
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    places = re.findall(r'<a id="([^"]+)"></a>', text)
    return places + [re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in found]


def at_hand():
    folder = Path(os.environ.get("POVSTUDY_DATA", "nowhere"))
    return {name for name in FETCHED if (folder / name).is_dir()}


def test_the_index_has_a_line_for_each_page():
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| \[[^]]+\]\(([\w.]+\.md)\) \| .+ \|$", index, re.MULTILINE)
    assert sorted(rows) == [path.name for path in DOCS if path.name != "README.md"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(path):
    text = path.read_text("utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:href|src)="([^"]+)"', text)
    for link in links:
        if "://" not in link:
            file, _, heading = link.partition("#")
            assert (path.parent / file).exists(), link
            assert not heading or heading in headings(path.parent / file), link


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_names_that_a_page_calls_are_public(path):
    text = path.read_text("utf-8")
    made = re.findall(r"^\+def (\w+)", text, re.MULTILINE)  # in a worked change of the page
    for called in re.findall(r"\bps\.([a-z_]+(?:\.[a-z_]+)?)\(", text):
        if called.rpartition(".")[2] in made:
            continue
        found = ps
        for name in called.split("."):
            assert name in dir(found), called
            found = getattr(found, name)
