"""`reproduce`: runs what changed and says why, keeps only what is whole.

The tests with kernels come first: eight runs of the command in a copy of the checkout.
All that is decided before and after a kernel runs is tried without one, in this process.
"""

import json
import os
import re
import shutil
import signal
import time

import pytest
from conftest import ROOT, Checkout
from nbformat.v4 import new_code_cell, new_output

from povstudy.base.errors import DataError, SetupError
from povstudy.study import execute, report
from povstudy.study import reproduce as study

EXITS = (
    "import povstudy as ps",
    'ps.publish("01_exits", ps.figures.counties_leaving, ps.load("county_exits"))',
)
LINES = (
    "import time, helper, povstudy as ps\n"
    'for one in "ab":\n    print(one, flush=True)\n    time.sleep(0.3)',
    'table = ps.one_standard(ps.load("china_incidence"), "2010")\n'
    'ps.publish("02_falls", ps.figures.poor_by_year, table)',
)
BANK = (
    'ps.publish("02_bank", ps.tables.world_bank_check, ps.load("world_bank"), source="world_bank")'
)


def ran(told):
    """Notebooks that ran, with the reason."""
    lines = re.sub(r"\n(?!0[12]_)", " ", told)  # a long reason goes over several lines
    first = re.findall(r"^(0\d_\w+): (.+?)(?= 0\d_\w+ done|$)", lines, re.MULTILINE)
    return {name: why.strip() for name, why in first if not why.startswith("unchanged")}


def edit(path, old, new):
    text = path.read_bytes()
    assert old.encode() in text
    path.write_bytes(text.replace(old.encode(), new.encode()))


# With kernels ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A checkout with two small notebooks, run once; one reads files that are not the study's."""
    made = Checkout(tmp_path_factory.mktemp("template") / "made")
    outside = made.root.parent / "survey.csv"
    outside.write_text("a\n1\n")
    (made.root / "notebooks" / "helper.py").write_text("TWO = 2\n")
    apart(made)
    made.notebook("01_exits", *EXITS)
    made.notebook("02_lines", *LINES, f"text = open({str(outside)!r}).read()")
    told = made.run("reproduce")
    assert re.search(r"01_exits +new", told)
    assert re.search(r"02_falls +new", told)
    return made.root


def apart(checkout):
    """Give it a folder for temporary files of its own: what lies there is no input."""
    folder = checkout.root / ".povstudy"
    folder.mkdir(exist_ok=True)
    checkout.env["TMPDIR"] = checkout.env["TEMP"] = str(folder)


@pytest.fixture
def two(template, checkout):
    """That checkout, moved to another place."""
    shutil.rmtree(checkout.root)
    shutil.copytree(template, checkout.root)
    apart(checkout)
    return checkout


def test_nothing_changed_nothing_runs_and_prose_reaches_the_report(two):
    path = two.root / "notebooks" / "01_exits.ipynb"
    cells = json.loads(path.read_text("utf-8"))
    cells["cells"].append({"cell_type": "markdown", "id": "x", "metadata": {}, "source": "Anew."})
    path.write_text(json.dumps(cells), "utf-8")
    before = two.files("figures", "notebooks")
    told = two.run("reproduce")
    assert ran(told) == {}
    assert len(re.findall(r"unchanged +-", told)) == 2
    assert two.files("figures", "notebooks") == before
    assert "Anew." in (two.root / "report" / "01_exits.html").read_text("utf-8")


def test_two_fresh_runs_give_the_same_bytes(two):
    before = two.files("figures", "notebooks")
    assert len(before) == 16
    shutil.rmtree(two.root / ".povstudy" / "state")
    told = two.run("reproduce")
    assert set(ran(told)) == {"01_exits", "02_lines"}
    assert len(re.findall(r"identical +\d", told)) == 2
    assert two.files("figures", "notebooks") == before
    # What is printed is one output, however long the pauses.
    cell = json.loads(before["notebooks/02_lines.ipynb"])["cells"][0]
    assert ["".join(one["text"]) for one in cell["outputs"]] == ["a\nb\n"]


def test_code_data_helpers_and_files_outside_count_as_inputs(two, template):
    outside = template.parent / "survey.csv"
    assert "survey.csv" not in two.files("figures")["figures/manifest.json"].decode()
    with (two.root / "povstudy" / "figures" / "series.py").open("a") as module:
        module.write("# a remark\n")
    edit(two.root / "notebooks" / "helper.py", "2", "3")
    data = two.root / "data" / "official" / "china_incidence.csv"
    edit(data, "survey,estimate,5575,", "survey,estimate,5576,")
    outside.write_text("a\n2\n")
    told = two.run("reproduce")
    outside.write_text("a\n1\n")
    assert ran(told) == {
        "01_exits": "povstudy/figures/series.py changed",
        "02_lines": "notebooks/helper.py changed; povstudy/figures/series.py changed; "
        f"{outside.as_posix()} changed; "
        "data/official/china_incidence.csv changed",
    }
    assert re.search(r"01_exits +identical", told)
    assert re.search(r"02_falls +changed \([\s\S]*5576\.0\)", told), told
    notebook = (two.root / "notebooks" / "02_lines.ipynb").read_text("utf-8")
    assert "no longer official" in notebook


def test_what_fails_keeps_its_files_and_what_needs_a_download_is_skipped_by_name(two):
    before = two.files("figures")
    two.notebook("01_exits", *EXITS, 'raise RuntimeError("too few counties")')
    two.notebook("02_lines", *LINES, BANK, tags=["needs:world_bank"])
    told = two.run("reproduce", code=1)
    assert "too few counties" in told
    assert re.search(r"01_exits +failed", told)
    assert re.search(r"02_falls +identical", told)
    assert "1 cells skipped (need world_bank)" in told
    assert "world_bank: SI.POV.NAHC.csv of the dataset world_bank could not be" in told
    after = two.files("figures")
    names = set(before) - {"figures/manifest.json"}
    assert {name: after[name] for name in names} == {name: before[name] for name in names}
    assert set(after) == set(before)


def test_what_a_download_brings_is_an_input(two, survey_files):
    two.notebook("02_lines", *LINES, BANK, tags=["needs:world_bank"])
    two.env["POVSTUDY_DATA"] = str(survey_files)
    told = two.run("reproduce")
    assert ran(told) == {"02_lines": "its code changed"}
    assert re.search(r"02_bank +new", told)
    manifest = json.loads(two.files("figures")["figures/manifest.json"])
    assert "world_bank/SI.POV.NAHC.csv" in manifest["exhibits"]["02_bank"]["inputs"]


@pytest.mark.skipif(os.name == "nt", reason="kills a process")
def test_killed_while_it_runs_the_next_run_completes(checkout):
    checkout.notebook("01_exits", *EXITS)
    process = checkout.start("reproduce")
    while not list(checkout.root.glob(".povstudy/run-*/01_exits/figures/*.svg")):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    checkout.run("reproduce")
    assert len(checkout.files("figures")) == 8
    assert list((checkout.root / ".povstudy").glob("run-*")) == []
    path = checkout.root / "notebooks" / "01_exits.ipynb"
    assert study._why_run(checkout.root, path, {}) == []


# Without kernels ---------------------------------------------------------------------


def play(root, run, folder, tell):
    """Do what a kernel does: run the cells; tell what they used, opened and showed."""
    used, opened, spent, shown = [], [], {}, []

    def use(*places):
        used.extend(str(root / place) for place in places)

    def read(place):
        opened.append(str(root / place))
        return (root / place).read_text("utf-8-sig")

    def publish(name, table, title="A title", ends=("png", "svg", "zh.png", "zh.svg")):
        files = [f"{name}.{end}" for end in ends]
        files.append(f"tables/{name}.csv")
        (run.scratch / "figures" / "tables").mkdir(parents=True, exist_ok=True)
        for file in files:
            (run.scratch / "figures" / file).write_text(table, "utf-8")
        about = {
            "name": name, "title": {"en": title, "zh": title}, "kind": "figure",
            "function": "povstudy.figures.drawn", "status": "official", "source": {},
            "alt": {"en": name}, "files": files,
        }  # fmt: skip
        shown.append(
            new_output("display_data", {"text/plain": table}, metadata={"povstudy": about})
        )

    names = {"root": root, "use": use, "read": read, "publish": publish}
    for index, cell in enumerate(run.notebook["cells"]):
        if cell["cell_type"] == "code" and execute._SKIP not in cell["metadata"].get("tags", []):
            try:
                exec(cell["source"], names)
            except RuntimeError as error:
                run.error = str(error)
            cell["outputs"], shown[:] = shown[:], []
            spent[index] = 0.1
    told = json.dumps({"modules": used, "opened": opened})
    last = new_code_cell(outputs=[new_output("stream", text=told)])
    run.notebook["cells"] = [new_code_cell(), *run.notebook["cells"], last]
    return spent


class Stage(Checkout):
    """A checkout as small as can be, in which notebooks are played."""

    def __init__(self, root):
        self.root = root
        shutil.copytree(ROOT / "data", root / "data")
        for name in ("povstudy/places.py", "povstudy/style.py", "requirements.lock"):
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text("# as it was\n")
        (root / "notebooks").mkdir()


@pytest.fixture
def bare(tmp_path, monkeypatch, capsys):
    """A stage without notebooks. Its ``run`` returns what is told; ``lacking`` are downloads."""
    stage = Stage(tmp_path / "stage")
    stage.lacking = set()

    def fetch(name):
        if name in stage.lacking:
            raise DataError(f"The file of {name} could not be had.")

    def run(code=0):
        assert study.reproduce(stage.root) == code
        return capsys.readouterr().out

    monkeypatch.setattr(execute, "_execute", play)
    monkeypatch.setattr(study, "fetch", fetch)
    monkeypatch.setattr(report, "report", lambda root, fresh: root / "report" / "index.html")
    monkeypatch.setenv("COLUMNS", "200")
    # The folder for temporary files is left out; these tests live in it.
    monkeypatch.setattr(execute.tempfile, "tempdir", str(stage.root / ".povstudy"))
    stage.run = run
    return stage


USE = 'use("povstudy/places.py", "povstudy/style.py")'
COUNTIES = 'publish("01_exits", read("data/official/county_exits.csv"))'
INCIDENCE = 'publish("02_falls", read("data/official/china_incidence.csv"))'
DOWNLOAD = 'publish("01_bank", read("world_bank/bank.csv"))'


@pytest.fixture
def stage(bare):
    """A stage with two notebooks that have been played."""
    bare.notebook("01_exits", USE, COUNTIES)
    bare.notebook("02_lines", 'use("povstudy/style.py")', INCIDENCE)
    told = bare.run()
    assert len(re.findall(r"0[12]_(?:exits|falls) +new +0.1", told)) == 2
    assert len(bare.files("figures")) == 13
    return bare


def test_a_notebook_that_did_not_change_is_not_played(stage, monkeypatch):
    before = stage.files("figures", "notebooks")
    monkeypatch.setattr(execute, "_execute", None)
    assert len(re.findall(r"unchanged +-", stage.run())) == 2
    assert stage.files("figures", "notebooks") == before


def test_only_what_depends_on_a_change_runs_and_the_change_is_told(stage):
    figure = stage.root / "figures" / "01_exits.svg"
    picture = figure.read_bytes()
    figure.unlink()
    assert ran(stage.run()) == {"01_exits": "figures/01_exits.svg is missing"}
    assert figure.read_bytes() == picture

    record = stage.root / "data" / "datapackage.json"
    edit(record, "Counties by the year whose target", "Counties, by year")
    why = {"01_exits": "data/datapackage.json#county_exits changed"}
    assert ran(stage.run()) == why

    edit(stage.root / "povstudy" / "places.py", "was", "is")
    told = stage.run()
    assert ran(told) == {"01_exits": "povstudy/places.py changed"}
    assert re.search(r"01_exits +identical", told)

    for file in ("povstudy/style.py", "requirements.lock"):
        edit(stage.root / file, "was", "is")
        why = dict.fromkeys(("01_exits", "02_lines"), f"{file} changed")
        assert ran(stage.run()) == why

    data = stage.root / "data" / "official" / "china_incidence.csv"
    edit(data, "survey,estimate,5575,", "survey,estimate,5576,")
    told = stage.run()
    assert ran(told) == {"02_lines": "data/official/china_incidence.csv changed"}
    assert re.search(r"02_falls +changed \(.*: 5575 -> 5576\)", told)


def test_other_versions_and_notes_in_another_form_make_it_run(stage, monkeypatch):
    monkeypatch.setattr(study, "_versions", lambda: {"python": "4.0"})
    assert set(ran(stage.run()).values()) == {"package versions changed"}
    monkeypatch.setattr(study, "_FORMAT", 99)
    assert set(ran(stage.run()).values()) == {"first run in this folder"}
    assert ran(stage.run()) == {}


def test_a_notebook_whose_code_or_outputs_changed_runs(stage):
    path = stage.root / "notebooks" / "01_exits.ipynb"
    whole = path.read_text("utf-8")
    cells = json.loads(whole)
    cells["cells"].append({"cell_type": "markdown", "id": "x", "metadata": {}, "source": "Prose."})
    path.write_text(json.dumps(cells), "utf-8")
    assert ran(stage.run()) == {}
    path.write_text(whole.replace("publish(", "publish( "))
    assert ran(stage.run()) == {"01_exits": "its code changed"}
    cells = json.loads(path.read_text("utf-8"))
    cells["cells"][1]["outputs"] = []
    path.write_text(json.dumps(cells), "utf-8")
    assert ran(stage.run()) == {"01_exits": "its outputs in the notebook changed"}


def test_a_change_of_words_alone_is_told(stage):
    stage.notebook("01_exits", USE, COUNTIES[:-1] + ', title="Another title")')
    assert re.search(r"01_exits +changed \(title, source or alt text\)", stage.run())


def test_an_exhibit_no_longer_published_goes(stage):
    stage.notebook("01_exits", USE, COUNTIES.replace("01_exits", "01_other"))
    told = stage.run()
    assert re.search(r"01_exits +removed", told)
    assert re.search(r"01_other +new", told)
    assert not list((stage.root / "figures").rglob("01_exits*"))
    manifest = json.loads((stage.root / "figures" / "manifest.json").read_text("utf-8"))
    assert list(manifest["exhibits"]) == ["01_other", "02_falls"]


def test_the_pictures_of_what_became_a_table_go(stage):
    stage.notebook("01_exits", USE, COUNTIES[:-1] + ", ends=[])")
    assert "removed" not in stage.run()
    left = sorted(path.name for path in (stage.root / "figures").rglob("01_exits*"))
    assert left == ["01_exits.csv"]


def test_a_notebook_that_fails_keeps_its_files_and_is_run_again(stage):
    before = stage.files("figures")
    stage.notebook("01_exits", USE, COUNTIES, 'raise RuntimeError("too few counties")')
    told = stage.run(code=1)
    assert "too few counties" in told
    assert re.search(r"01_exits +failed", told)
    assert stage.files("figures") == before
    assert set(ran(stage.run(code=1))) == {"01_exits"}


def test_a_notebook_that_cannot_be_read_is_named(stage):
    (stage.root / "notebooks" / "01_exits.ipynb").write_text("{")
    with pytest.raises(SetupError, match=r"This notebook cannot be read[\s\S]*01_exits.ipynb"):
        stage.run()


def test_a_notebook_edited_while_it_runs_is_not_overwritten(bare):
    write = (
        'path = root / "notebooks" / "01_exits.ipynb"\n'
        'path.write_text(path.read_text("utf-8").replace("# o" + "ld", "# new"), "utf-8")'
    )
    path = bare.notebook("01_exits", COUNTIES + "  # old", write)
    edited = path.read_text("utf-8").replace("# old", "# new")
    assert "edited while it ran" in bare.run()
    assert path.read_text("utf-8") == edited
    assert not (bare.root / "figures" / "01_exits.svg").exists()
    assert re.search(r"01_exits +new", bare.run())


def test_data_edited_while_a_notebook_runs_is_run_again(bare):
    write = (
        'path = root / "data" / "official" / "county_exits.csv"\n'
        'path.write_bytes(path.read_bytes().replace(b"2016,28,", b"2016,29,"))'
    )
    bare.notebook("01_exits", COUNTIES, write)
    bare.run()
    assert ran(bare.run()) == {"01_exits": "data/official/county_exits.csv changed"}
    assert ran(bare.run()) == {}


def test_what_needs_a_download_is_skipped_by_name_and_done_when_it_can_be(bare):
    bank = bare.root / "world_bank" / "bank.csv"
    bank.parent.mkdir()
    bank.write_text("year,value\n2019,0.6\n")
    bare.notebook("01_exits", COUNTIES, DOWNLOAD, tags=["needs:world_bank"])
    bare.lacking = {"world_bank"}
    told = bare.run()
    assert re.search(r"01_exits +new", told)
    assert "1 cells skipped (need world_bank)" in told
    assert "world_bank: The file of world_bank could not be had." in told
    table = bare.root / "figures" / "tables" / "01_bank.csv"
    assert not table.exists()

    bare.lacking = set()
    assert ran(bare.run()) == {"01_exits": "world_bank is at hand now"}
    first = table.read_bytes()
    manifest = bare.files("figures")["figures/manifest.json"]
    assert "world_bank/bank.csv" in json.loads(manifest)["exhibits"]["01_bank"]["inputs"]

    # Without the download again, and something else to do: named, and its files stay.
    bare.lacking = {"world_bank"}
    (bare.root / "figures" / "01_exits.png").unlink()
    assert re.search(r"01_bank +skipped \(needs world_bank\) +-", bare.run())
    assert re.search(r"01_bank +skipped \(needs world_bank\) +-", bare.run())
    assert table.read_bytes() == first
    assert bare.files("figures")["figures/manifest.json"] == manifest


def test_files_are_named_by_where_they_lie_and_what_is_no_data_is_left_out(bare):
    root, outside = bare.root, bare.root.parent / "survey.csv"
    hidden = bare.root.parent / ".cache" / "a.csv"
    places = ["notebooks/mine.csv", "figures/a.csv", ".povstudy/a.csv", "data/datapackage.json"]
    for path in (outside, hidden, *(root / place for place in places)):
        path.parent.mkdir(exist_ok=True)
        path.write_text("a\n1\n")
    opened = ["mine.csv", "gone.csv", str(outside), str(hidden), "/proc/self/stat", __file__]
    opened += [str(root / place) for place in places]
    opened += [os.path.join(os.path.dirname(json.__file__), "any.txt")]  # noqa: PTH118, PTH120
    assert list(execute._inputs(root, opened, {})) == [outside.as_posix(), "notebooks/mine.csv"]
    used = [str(root / "notebooks" / "helper.py"), json.__file__, str(root / ".venv" / "a.py")]
    assert list(execute._modules(root, used, {})) == ["notebooks/helper.py"]


def test_an_exhibit_may_move_to_another_notebook_but_not_live_in_two(stage):
    stage.notebook("01_exits", USE, COUNTIES, INCIDENCE)
    told = stage.run(code=1)
    assert "The exhibit 02_falls is published twice, by 01_exits and by 02_lines" in told
    stage.notebook("02_lines", "pass")
    told = stage.run()
    assert re.search(r"02_falls +identical", told)
    assert (stage.root / "figures" / "02_falls.png").is_file()
    assert ran(stage.run()) == {}
    stage.notebook("02_lines", USE, COUNTIES)
    told = stage.run(code=1)
    assert "published twice, by 01_exits and by 02_lines" in told
    again = INCIDENCE.replace("02_falls", "02_a")
    stage.notebook("02_lines", again, "pass", again)
    assert "published twice, by 02_lines and by 02_lines" in stage.run(code=1)


def test_a_tag_that_names_no_dataset_is_refused(bare):
    bare.notebook("01_exits", COUNTIES, tags=["needs:wrold_bank"])
    with pytest.raises(SetupError, match="needs:wrold_bank, but there is no such dataset"):
        bare.run()


def test_a_table_that_another_program_saved_is_told_and_made_anew(stage):
    table = stage.root / "figures" / "tables" / "01_exits.csv"
    whole = table.read_bytes()
    table.write_bytes("年份\n".encode("gb18030"))
    assert re.search(r"01_exits +changed \(the earlier table cannot be", stage.run())
    assert table.read_bytes() == whole


def test_whatever_the_user_wrote_into_the_notebook_stays(stage):
    path = stage.root / "notebooks" / "01_exits.ipynb"
    cells = json.loads(path.read_text("utf-8"))
    cells["metadata"]["title"] = "Mine"
    cells["cells"][1]["metadata"]["slideshow"] = {"slide_type": "slide"}
    cells["cells"][1]["source"] += "  # anew"
    path.write_text(json.dumps(cells), "utf-8")
    stage.run()
    after = json.loads(path.read_text("utf-8"))
    assert after["metadata"]["title"] == "Mine"
    assert after["cells"][1]["metadata"] == {"slideshow": {"slide_type": "slide"}}


def test_what_a_kernel_prints_in_pieces_is_one_output():
    def stream(name, text):
        return new_output("stream", name=name, text=text)

    pieces = [stream("stdout", "a\n"), stream("stdout", "b\n"), stream("stderr", "c")]
    pieces += [new_output("display_data"), stream("stderr", "d")]
    whole = execute._whole_streams(pieces)
    assert [one.get("text") for one in whole] == ["a\nb\n", "c", None, "d"]


def test_what_a_killed_run_left_is_swept_away(stage):
    left = stage.root / ".povstudy" / "run-1" / "01_exits"
    left.mkdir(parents=True)
    assert ran(stage.run()) == {}
    assert not left.parent.exists()


def test_cut_off_at_any_move_every_file_is_whole_and_the_notebook_runs_again(stage, monkeypatch):
    """As a kill would, between any two of the moves that put a run's files into place."""
    scratch, path = stage.root / "scratch", stage.root / "notebooks" / "01_exits.ipynb"
    edit(stage.root / "data" / "official" / "county_exits.csv", "2016,28,", "2016,29,")
    run = study.run_notebook(stage.root, scratch, path, {}, lambda text: None)
    assert run.error == ""
    shutil.copytree(scratch, stage.root / "made")
    old = stage.files("figures", "notebooks")
    new = {f"figures/{p.relative_to(scratch / '01_exits' / 'figures').as_posix()}": p.read_bytes()
           for p in (scratch / "01_exits" / "figures").rglob("*.*")}  # fmt: skip
    move, cut = type(path).replace, [0]

    def replace(self, target):
        cut[0] -= 1
        if cut[0] < 0:
            raise KeyboardInterrupt
        return move(self, target)

    monkeypatch.setattr(type(path), "replace", replace)
    for moves in range(20):
        shutil.rmtree(scratch)
        shutil.copytree(stage.root / "made", scratch)
        for name, content in old.items():
            (stage.root / name).write_bytes(content)
        cut[0] = moves
        try:
            study._keep(stage.root, run)
        except KeyboardInterrupt:
            now = stage.files("figures", "notebooks")
            assert all(now[name] in (old[name], new.get(name, now[name])) for name in old)
            assert json.loads(now["notebooks/01_exits.ipynb"])["cells"]
            assert study._why_run(stage.root, path, {}) != []
        else:
            break
    assert moves == 7  # five files of the exhibit, the notebook, the note
    assert study._why_run(stage.root, path, {}) == []


def test_differences_are_told_where_they_are():
    from povstudy.study.keeping import first_difference as differ

    table = "year,value,note\n2015,5.7,a\n2016,4.5,b\n"
    assert differ(table, table) == ""
    assert differ(table, table.replace("4.5", "4.5000000001")) == ""
    assert differ(table, table.replace("4.5", "4.500001")) == "year 2016, value: 4.5 -> 4.500001"
    assert differ(table, table.replace(",b", ",c")) == "year 2016, note: b -> c"
    assert differ(table, table.replace("4.5", "")) == "year 2016, value: 4.5 -> "
    assert differ(table, table + "2017,3.1,c\n") == "2 rows -> 3 rows"
    assert differ(table, table.replace("note", "remark")).startswith("columns year, value, note ->")
    assert differ("x\n1e20\n", "x\n1.0000000000001e20\n") == ""
    assert differ("x\n1e-20\n", "x\n2e-20\n") == ""  # both are nothing beside 1
