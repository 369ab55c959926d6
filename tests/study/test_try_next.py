"""What each notebook proposes at its end, "Things to try next", runs as it stands there.

Every inline code of that list with a bracket in it is Python that a reader can paste: it is run
after the notebook's own cells, in their names, in an empty folder.
"""

import json
import os
import re
from pathlib import Path

import pytest
from conftest import ROOT

from povstudy.study import exhibits

# The longest first, by measured seconds, so that no core waits for it.
NOTEBOOKS = (
    "07_scenarios", "05_approaches", "06_relapse", "03_measurement", "04_targeting_and_audit",
    "08_your_data", "01_incidence", "02_programme_records",
)  # fmt: skip
HEADING = "## Things to try next"


def read(name):
    """Code of the cells, the datasets that they need, and the proposals, each with its number."""
    cells = json.loads((ROOT / f"notebooks/{name}.ipynb").read_text("utf-8"))["cells"]
    code = ["".join(one["source"]) for one in cells if one["cell_type"] == "code"]
    tags = {tag for one in cells for tag in one["metadata"].get("tags", [])}
    needs = sorted(tag.removeprefix("needs:") for tag in tags if tag.startswith("needs:"))
    return code, needs, proposals("".join(cells[-1]["source"]))


def proposals(text):
    """Number and Python of each proposal: its inline codes that hold a bracket."""
    found = []
    for item in re.split(r"\n(?=\d+\. )", text.split(HEADING)[1]):
        number = item.strip().partition(".")[0]
        codes = re.findall(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", item, re.DOTALL)
        found += [(number, code.strip()) for _, code in codes if "(" in code]
    return found


def run(code, names):
    """Run code in the names of a notebook."""
    exec(compile(code, "<notebook>", "exec"), names)


def test_each_notebook_is_here_and_ends_with_proposals():
    assert sorted(NOTEBOOKS) == sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert {name for name in NOTEBOOKS if not read(name)[2]} == set()


def test_what_is_taken_for_code():
    text = f"words\n\n{HEADING}\n\n1. `a = (1)` and `b`: or `f(a)`.\n2. ``g(`x`)``,\n   `h(\n1)`."
    assert proposals(text) == [("1", "a = (1)"), ("1", "f(a)"), ("2", "g(`x`)"), ("2", "h(\n1)")]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_thing_to_try_next_runs(name, tmp_path, monkeypatch):
    code, needs, tries = read(name)
    given = Path(os.environ.get("POVSTUDY_DATA") or tmp_path)
    missing = [one for one in needs if not (given / one).is_dir()]
    if missing:
        pytest.skip(f"{name} needs POVSTUDY_DATA with {', '.join(missing)}")
    monkeypatch.setenv("POVSTUDY_FIGURES", str(tmp_path / "figures"))
    monkeypatch.setattr(exhibits, "LANGUAGES", ("en",))  # their looks are tried elsewhere
    monkeypatch.setattr(exhibits, "_drawn", lambda *_, **__: b"")
    monkeypatch.setattr(exhibits, "_show", lambda exhibit: None)
    monkeypatch.chdir(ROOT / "notebooks")
    names = {"__name__": "__main__"}
    for cell in code:
        run(cell, names)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    failed = []
    for number, one in tries:
        try:
            run(one, names)
        except Exception as error:
            failed.append(f"{number}. `{one}`: {type(error).__name__}: {error}"[:400])
    assert not failed, f"{name}, things to try next:\n" + "\n".join(failed)
