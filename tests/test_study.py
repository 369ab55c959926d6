"""`reproduce`: runs what changed and says why, keeps only what is whole."""

import json
import os
import re
import shutil
import signal
import time

import pytest
from conftest import Checkout

EXITS = (
    "import povstudy as ps",
    'ps.publish("01_exits", ps.figures.counties_leaving, ps.load("county_exits"))',
)
LINES = (
    "import time, povstudy as ps\n"
    'for one in "ab":\n    print(one, flush=True)\n    time.sleep(0.3)',
    'table = ps.one_standard(ps.load("china_incidence"), "2010")\n'
    'ps.publish("02_falls", ps.figures.yearly_falls, ps.yearly_fall(table))',
)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A checkout with two small notebooks, run once."""
    made = Checkout(tmp_path_factory.mktemp("template") / "made")
    made.notebook("01_exits", *EXITS)
    made.notebook("02_lines", *LINES)
    told = made.run("reproduce")
    assert re.search(r"01_exits +new", told)
    assert re.search(r"02_falls +new", told)
    return made.root


@pytest.fixture
def two(template, checkout):
    """That checkout, moved to another place."""
    shutil.rmtree(checkout.root)
    shutil.copytree(template, checkout.root)
    return checkout


def ran(told):
    """Notebooks that ran, with the reason."""
    lines = re.sub(r"\n(?!0[12]_)", " ", told)  # a long reason goes over several lines
    first = re.findall(r"^(0\d_\w+): (.+?)(?= 0\d_\w+ done|$)", lines, re.MULTILINE)
    return {name: why.strip() for name, why in first if not why.startswith("unchanged")}


def test_nothing_changed_nothing_runs(two):
    before = two.files("figures", "notebooks")
    told = two.run("reproduce")
    assert ran(told) == {}
    assert len(re.findall(r"unchanged +-", told)) == 2
    assert two.files("figures", "notebooks") == before


def test_two_fresh_runs_give_the_same_bytes(two):
    before = two.files("figures", "notebooks")
    assert len(before) == 14
    shutil.rmtree(two.root / ".povstudy")
    told = two.run("reproduce")
    assert set(ran(told)) == {"01_exits", "02_lines"}
    assert len(re.findall(r"identical +\d", told)) == 2
    assert two.files("figures", "notebooks") == before
    # What is printed is one output, however long the pauses.
    cell = json.loads(before["notebooks/02_lines.ipynb"])["cells"][0]
    assert ["".join(one["text"]) for one in cell["outputs"]] == ["a\nb\n"]


def test_only_what_depends_on_a_change_runs_and_the_change_is_told(two):
    figure = two.root / "figures" / "01_exits.svg"
    picture = figure.read_bytes()
    figure.unlink()
    told = two.run("reproduce")
    assert ran(told) == {"01_exits": "figures/01_exits.svg is missing"}
    assert figure.read_bytes() == picture

    data = two.root / "data" / "official" / "china_incidence.csv"
    data.write_bytes(data.read_bytes().replace(b"survey,estimate,5575,", b"survey,estimate,5576,"))
    told = two.run("reproduce")
    assert ran(told) == {"02_lines": "data/official/china_incidence.csv changed"}
    assert re.search(r"02_falls +changed \(.*fall_10k: 1442.0 -> 1441.0", told)
    notebook = (two.root / "notebooks" / "02_lines.ipynb").read_text("utf-8")
    assert "no longer official" in notebook

    record = two.root / "data" / "datapackage.json"
    text = record.read_text("utf-8")
    record.write_text(
        text.replace("Counties by the year whose target", "Counties, by year"), "utf-8"
    )
    why = {"01_exits": "data/datapackage.json#county_exits changed"}
    assert ran(two.run("reproduce")) == why

    module = two.root / "povstudy" / "figures" / "places.py"
    module.write_text(module.read_text("utf-8") + "\n# a remark\n", "utf-8")
    told = two.run("reproduce")
    assert ran(told) == {"01_exits": "povstudy/figures/places.py changed"}
    assert re.search(r"01_exits +identical", told)

    shared = two.root / "povstudy" / "style.py"
    shared.write_text(shared.read_text("utf-8") + "\n# a remark\n", "utf-8")
    assert set(ran(two.run("reproduce"))) == {"01_exits", "02_lines"}


def test_a_notebook_whose_code_or_outputs_changed_runs(two):
    path = two.root / "notebooks" / "01_exits.ipynb"
    whole = path.read_text("utf-8")
    cells = json.loads(whole)
    cells["cells"].append({"cell_type": "markdown", "id": "x", "metadata": {}, "source": "Prose."})
    path.write_text(json.dumps(cells), "utf-8")
    assert ran(two.run("reproduce")) == {}
    path.write_text(whole.replace("ps.figures.counties_leaving, ", "ps.figures.counties_leaving,"))
    assert ran(two.run("reproduce")) == {"01_exits": "its code changed"}
    cells = json.loads(path.read_text("utf-8"))
    cells["cells"][1]["outputs"] = []
    path.write_text(json.dumps(cells), "utf-8")
    assert ran(two.run("reproduce")) == {"01_exits": "its outputs in the notebook changed"}


def test_a_change_of_words_alone_is_told(two):
    source = EXITS[1].replace('"county_exits"))', '"county_exits"), source="china_incidence")')
    two.notebook("01_exits", EXITS[0], source)
    assert re.search(r"01_exits +changed \(title, source or alt text\)", two.run("reproduce"))


def test_an_exhibit_no_longer_published_goes(two):
    two.notebook("01_exits", EXITS[0], EXITS[1].replace("01_exits", "01_other"))
    told = two.run("reproduce")
    assert re.search(r"01_exits +removed", told)
    assert re.search(r"01_other +new", told)
    assert not list((two.root / "figures").rglob("01_exits*"))
    manifest = json.loads((two.root / "figures" / "manifest.json").read_text("utf-8"))
    assert list(manifest["exhibits"]) == ["01_other", "02_falls"]


def test_a_notebook_that_fails_keeps_its_files_and_fails_the_run(two):
    before = two.files("figures")
    two.notebook("01_exits", *EXITS, 'raise RuntimeError("too few counties")')
    told = two.run("reproduce", code=1)
    assert "too few counties" in told
    assert re.search(r"01_exits +failed", told)
    assert two.files("figures") == before
    assert set(ran(two.run("reproduce", code=1))) == {"01_exits"}


def test_a_notebook_that_cannot_be_read_is_named(two):
    (two.root / "notebooks" / "01_exits.ipynb").write_text("{")
    told = two.run("reproduce", code=1)
    assert "This notebook cannot be read" in told
    assert "01_exits.ipynb" in told
    assert "Traceback" not in told


def test_a_notebook_edited_while_it_runs_is_not_overwritten(checkout):
    path = checkout.notebook("01_exits", *EXITS, "import time; time.sleep(5)")
    process = checkout.start("reproduce")
    while not list(checkout.root.glob(".povstudy/run-*/01_exits/ipython")):  # it has been read
        assert process.poll() is None
        time.sleep(0.1)
    edited = path.read_text("utf-8").replace("sleep(5)", "sleep(0)")
    path.write_text(edited, "utf-8")
    told = process.communicate(timeout=120)[0]
    assert "edited while it ran" in told
    assert path.read_text("utf-8") == edited
    assert re.search(r"01_exits +new", checkout.run("reproduce"))


def test_what_needs_a_download_is_skipped_by_name_and_done_when_it_can_be(checkout, survey_files):
    check = (
        'ps.publish("01_bank", ps.tables.world_bank_check, ps.load("world_bank"), '
        'source="world_bank")'
    )
    checkout.notebook("01_exits", *EXITS, check, tags=["needs:world_bank"])
    told = checkout.run("reproduce")
    assert re.search(r"01_exits +new", told)
    assert "1 cells skipped (need world_bank)" in told
    assert "world_bank: SI.POV.NAHC.csv of the dataset world_bank could not be" in told
    assert not (checkout.root / "figures" / "tables" / "01_bank.csv").exists()

    checkout.env["POVSTUDY_DATA"] = str(survey_files)
    told = checkout.run("reproduce")
    assert ran(told) == {"01_exits": "world_bank is at hand now"}
    table = checkout.root / "figures" / "tables" / "01_bank.csv"
    first = table.read_bytes()
    manifest = checkout.files("figures")["figures/manifest.json"]
    inputs = json.loads(manifest)["exhibits"]["01_bank"]["inputs"]
    assert "world_bank/SI.POV.NAHC.csv" in inputs

    # Without the download again, and something else to do: named, and its files stay.
    del checkout.env["POVSTUDY_DATA"]
    (checkout.root / "figures" / "01_exits.png").unlink()
    assert re.search(r"01_bank +skipped \(needs world_bank\) +-", checkout.run("reproduce"))
    assert re.search(r"01_bank +skipped \(needs world_bank\) +-", checkout.run("reproduce"))
    assert table.read_bytes() == first
    assert checkout.files("figures")["figures/manifest.json"] == manifest


def test_data_edited_while_a_notebook_runs_is_run_again(checkout):
    checkout.notebook("01_exits", *EXITS, "import time; time.sleep(4)")
    process = checkout.start("reproduce")
    while not list(checkout.root.glob(".povstudy/run-*/01_exits/figures/*.svg")):
        assert process.poll() is None
        time.sleep(0.1)
    data = checkout.root / "data" / "official" / "county_exits.csv"
    data.write_bytes(data.read_bytes().replace(b"2016,28,", b"2016,29,"))
    process.communicate(timeout=120)
    why = {"01_exits": "data/official/county_exits.csv changed"}
    assert ran(checkout.run("reproduce")) == why


def test_files_beside_the_notebook_and_outside_count_as_inputs(checkout):
    outside = checkout.root.parent / "survey.csv"
    outside.write_text("a\n1\n")
    helper = checkout.root / "notebooks" / "helper.py"
    helper.write_text("TWO = 2\n")
    # The folder for temporary files is left out; these tests live in it.
    checkout.env["TMPDIR"] = checkout.env["TEMP"] = str(checkout.root / ".povstudy")
    (checkout.root / ".povstudy").mkdir()
    checkout.notebook("01_exits", *EXITS, f"import helper; open({str(outside)!r}).read()")
    checkout.run("reproduce")
    outside.write_text("a\n2\n")
    assert ran(checkout.run("reproduce")) == {"01_exits": f"{outside.as_posix()} changed"}
    helper.write_text("TWO = 3\n")
    assert ran(checkout.run("reproduce")) == {"01_exits": "notebooks/helper.py changed"}
    assert "survey.csv" not in checkout.files("figures")["figures/manifest.json"].decode()


def test_an_exhibit_may_move_to_another_notebook_but_not_live_in_two(two):
    two.notebook("01_exits", *EXITS, LINES[1])
    told = two.run("reproduce", code=1)
    assert "The exhibit 02_falls is published twice, by 01_exits and by 02_lines" in told
    two.notebook("02_lines", LINES[0])
    told = two.run("reproduce")
    assert re.search(r"02_falls +identical", told)
    assert (two.root / "figures" / "02_falls.png").is_file()
    assert ran(two.run("reproduce")) == {}
    two.notebook("02_lines", *EXITS, EXITS[1])
    told = two.run("reproduce", code=1)
    assert "published twice, by 01_exits and by 02_lines" in told
    two.notebook("02_lines", LINES[0], LINES[1].replace("02_falls", "02_a"), "pass",
                 LINES[1].replace("02_falls", "02_a"))  # fmt: skip
    assert "published twice, by 02_lines and by 02_lines" in two.run("reproduce", code=1)


def test_a_tag_that_names_no_dataset_is_refused(checkout):
    checkout.notebook("01_exits", *EXITS, tags=["needs:wrold_bank"])
    assert "needs:wrold_bank, but there is no such dataset" in checkout.run("reproduce", code=1)


def test_prose_reaches_the_report_without_a_run(two):
    path = two.root / "notebooks" / "01_exits.ipynb"
    cells = json.loads(path.read_text("utf-8"))
    cells["cells"].append({"cell_type": "markdown", "id": "x", "metadata": {}, "source": "Anew."})
    path.write_text(json.dumps(cells), "utf-8")
    assert ran(two.run("reproduce")) == {}
    assert "Anew." in (two.root / "report" / "01_exits.html").read_text("utf-8")


def test_a_table_that_another_program_saved_is_told_and_made_anew(two):
    table = two.root / "figures" / "tables" / "01_exits.csv"
    table.write_bytes("年份\n".encode("gb18030"))
    assert re.search(r"01_exits +changed \(the earlier table cannot be", two.run("reproduce"))
    assert table.read_bytes().startswith(b"\xef\xbb\xbfexit_year")


def test_whatever_the_user_wrote_into_the_notebook_stays(two):
    path = two.root / "notebooks" / "01_exits.ipynb"
    cells = json.loads(path.read_text("utf-8"))
    cells["metadata"]["title"] = "Mine"
    cells["cells"][1]["metadata"]["slideshow"] = {"slide_type": "slide"}
    cells["cells"][1]["source"] += "  # anew"
    path.write_text(json.dumps(cells), "utf-8")
    two.run("reproduce")
    after = json.loads(path.read_text("utf-8"))
    assert after["metadata"]["title"] == "Mine"
    assert after["cells"][1]["metadata"] == {"slideshow": {"slide_type": "slide"}}


@pytest.mark.skipif(os.name == "nt", reason="kills a process")
@pytest.mark.parametrize("seconds", [1.0, 3.0, 5.0])
def test_killed_while_it_runs_the_next_run_completes(checkout, seconds):
    checkout.notebook("01_exits", *EXITS)
    process = checkout.start("reproduce")
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    checkout.run("reproduce")
    assert len(checkout.files("figures")) == 7
    assert list((checkout.root / ".povstudy").glob("run-*")) == []
    assert ran(checkout.run("reproduce")) == {}


def test_cut_off_at_any_move_every_file_is_whole_and_the_notebook_runs_again(two, monkeypatch):
    """As a kill would, between any two of the moves that put a run's files into place."""
    from povstudy import study

    scratch, path = two.root / "scratch", two.root / "notebooks" / "01_exits.ipynb"
    data = two.root / "data" / "official" / "county_exits.csv"
    data.write_bytes(data.read_bytes().replace(b"2016,28,", b"2016,29,"))
    run = study.run_notebook(two.root, scratch, path, {}, lambda text: None)
    assert run.error == ""
    shutil.copytree(scratch, two.root / "made")
    old = two.files("figures", "notebooks")
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
        shutil.copytree(two.root / "made", scratch)
        for name, content in old.items():
            (two.root / name).write_bytes(content)
        cut[0] = moves
        try:
            study._keep(two.root, run)
        except KeyboardInterrupt:
            now = two.files("figures", "notebooks")
            assert all(now[name] in (old[name], new.get(name, now[name])) for name in old)
            assert json.loads(now["notebooks/01_exits.ipynb"])["cells"]
            assert study._why_run(two.root, path, {}) != []
        else:
            break
    assert moves == 7  # five files of the exhibit, the notebook, the note
    assert study._why_run(two.root, path, {}) == []


def test_differences_are_told_where_they_are():
    from povstudy.keeping import first_difference as differ

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
