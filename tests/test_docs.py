"""What is told to readers: code that runs, links that lead somewhere, pages that are pages."""

import os
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import ROOT

import povstudy as ps

DOCS = sorted((ROOT / "docs").glob("*.md"))
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]
PAGES = [*READMES, ROOT / "CONTRIBUTING.md", ROOT / "figures" / "README.md", *DOCS]
FETCHED = set(ps.datasets().query("access == 'download'")["name"])


def blocks(path):
    """The Python code of a page, block by block, with what the page says that it prints.

    `python no-run` is left out. What is printed stands in a block of `text` right after the code.
    """
    block = r"^```python\n(.*?)^```(?:\n\n```text\n(.*?)^```)?"
    return re.findall(block, path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_the_code_of_a_page_runs(path, tmp_path, monkeypatch, capsys):
    """And prints what the page says, where it says it.

    A block that fetches is skipped by name, with those after it, where it is not at hand.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POVSTUDY_LANG", "en")  # a page may ask for Chinese
    names = {}
    for number, (code, shown) in enumerate(blocks(path), start=1):
        lacking = FETCHED & set(re.findall(r'"(\w+)"', code)) - at_hand()
        if lacking:
            pytest.skip(f"block {number} needs {', '.join(sorted(lacking))}: set POVSTUDY_DATA")
        exec(compile(code, f"{path.name}, block {number}", "exec"), names)
        plt.close("all")
        printed = capsys.readouterr().out
        assert not shown or printed == shown, f"block {number}"


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
            leads = path.parent / file if file else path
            assert leads.exists(), link
            assert not heading or heading in headings(leads), link


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


@pytest.fixture(scope="module")
def at_hand_names():
    """What the calls of the decision tables speak of: a survey, a panel, an effect."""
    scenario = ps.Scenario(social_work_share=0.5)
    panel = ps.simulate(scenario, households=50_000, years=9, seed=1).panel
    panel = panel.assign(log_income=np.log(panel["income"].clip(lower=1)), ill=panel["illness"],
                         score=-panel["assets"])  # fmt: skip
    svy = ps.Survey(panel, weight="weight", strata="stratum", psu="psu")
    eff = ps.compare(panel, "log_income", cluster="village", switches="final")
    return {"ps": ps, "svy": svy, "panel": panel, "eff": eff}


@pytest.mark.parametrize("name", ["which.md", "which.zh.md"])
def test_calls_of_the_decision_tables_that_are_complete_run(name, at_hand_names):
    spans = re.findall(r"`(ps\.[^`]+\))[^`]*`", (ROOT / "docs" / name).read_text("utf-8"))
    complete = [one for one in spans if "..." not in one and "Survey(" not in one]
    assert len(complete) > 25
    for call in complete:
        eval(call, dict(at_hand_names))


@pytest.mark.parametrize("name", ["student", "academic", "which"])
def test_a_page_and_its_twin_in_chinese_say_the_same(name):
    """The same sections, blocks, rows and calls; the analyst's page in Chinese holds more."""
    pages = [(ROOT / "docs" / f"{name}{end}").read_text("utf-8") for end in (".md", ".zh.md")]
    for pattern in (r"^#+ ", r"^```\w*( no-run)?$"):
        assert len({tuple(re.findall(pattern, page, re.MULTILINE)) for page in pages}) == 1
    calls = [set(re.findall(r"ps\.[\w.]+\(", page)) for page in pages]
    assert calls[0] == calls[1]
