"""The step of `reproduce` that makes the explorer: when it runs, what it tells, what it keeps."""

import json

import pytest
from rich.console import Console

from povstudy.base.errors import SetupError
from povstudy.study import execute
from povstudy.study import reproduce as study
from povstudy.study.gallery import gallery


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A checkout of almost nothing; what the code would do is put in."""
    (tmp_path / "figures").mkdir()
    (tmp_path / "requirements.lock").write_text("", "utf-8")
    module = tmp_path / "povstudy" / "grid.py"
    module.parent.mkdir()
    module.write_text("ONE = 1", "utf-8")
    page = tmp_path / "figures" / "explorer.html"

    class Made:
        root, text, calls, error = tmp_path, "the page", 0, None

        def run(self):
            rows, error = study._explorer(tmp_path, tmp_path / "scratch", Console(quiet=True))
            return [row[:2] for row in rows], error

    one = Made()
    one.page, one.module = page, module

    def run_code(root, scratch, code):
        one.calls += 1
        compile(code, "code", "exec")
        if one.error:
            raise SetupError("This code failed.", found=one.error)
        page.write_text(one.text, "utf-8")
        return {"modules": {"povstudy/grid.py": execute.file_hash(module)}, "inputs": {}}

    monkeypatch.setattr(study, "run_code", run_code)
    return one


def test_where_there_is_no_explorer_none_is_made(made):
    assert made.run() == ([], "") and made.calls == 0


def test_it_is_made_once_and_again_when_a_module_changed(made):
    made.page.write_text("the page", "utf-8")
    assert made.run() == ([("explorer", "identical")], "")
    assert made.run() == ([("explorer", "unchanged")], "") and made.calls == 1
    made.module.write_text("ONE = 2", "utf-8")
    made.text = "another page"
    assert made.run() == ([("explorer", "changed")], "")
    made.page.write_text("saved over it", "utf-8")
    assert made.run() == ([("explorer", "changed")], "") and made.calls == 3


def test_a_page_that_the_manifest_knows_is_made_anew_where_it_is_missing(made):
    manifest = {"exhibits": {}, "pages": {"explorer.html": "1"}}
    (made.root / "figures" / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert made.run() == ([("explorer", "new")], "")
    study._write_manifest(made.root, [])
    told = json.loads((made.root / "figures" / "manifest.json").read_text("utf-8"))
    assert told["pages"] == {"explorer.html": execute.file_hash(made.page)}
    assert "(explorer.html)" in gallery(made.root)


def test_what_fails_is_told_and_the_page_stays(made):
    made.page.write_text("the page", "utf-8")
    made.error = "no such draw"
    rows, error = made.run()
    assert rows == [("explorer", "failed")] and "no such draw" in error
    assert made.page.read_text("utf-8") == "the page"
    made.error = None
    assert made.run() == ([("explorer", "identical")], "")  # tried again


def test_code_tells_the_modules_and_the_data_that_it_used(tmp_path):
    from conftest import ROOT

    code = 'import povstudy as ps\nps.load("county_exits")\nprint("done")\n'
    used = execute.run_code(ROOT, tmp_path / "scratch", code)
    assert "povstudy/sources/readers.py" in used["modules"]
    assert "data/official/county_exits.csv" in used["inputs"]
    with pytest.raises(SetupError, match="no such thing"):
        execute.run_code(ROOT, tmp_path, 'raise RuntimeError("no such thing")\n')
