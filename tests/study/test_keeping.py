"""Committed files stay where what is made anew agrees with them, and only there."""

import base64
import copy
import json
import os
import re
import shutil
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import pytest
from conftest import ROOT

import povstudy as ps
from povstudy.study import exhibits, keeping
from povstudy.study import reproduce as study
from povstudy.study.execute import Run, file_hash, read

FIGURE, TABLE = "01_exits", "01_bank"
CODE = ("counties()", "bank()", "print(share)", "share")
SHOWN = "share of the poor: 0.123456789012345 in 2015, gap 3e-18\n"


# Numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.5", "0.500000004"),  # 8e-9 of it
        ("0.5", "0.49999999600000004"),
        ("1e20", "1.000000009e20"),
        ("1e-17", "-3e-18"),  # both are nothing
        ("0.0", "4.4e-13"),
        ("7.17404563124115e-30", "7.174e-30"),
        ("inf", "inf"),
        ("", ""),
    ],
)
def test_numbers_that_agree(old, new):
    assert keeping.first_difference(f"a,b\n2015,{old}\n", f"a,b\n2015,{new}\n") == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.5", "0.50000001"),  # 2e-8 of it
        ("1e-9", "1.1e-9"),
        ("0.001", "0.00100000002"),
        ("1e-9", "-1e-9"),
        ("0.5", ""),
        ("0.5", "inf"),
        ("inf", "-inf"),
        ("a", "b"),
    ],
)
def test_numbers_that_differ(old, new):
    told = keeping.first_difference(f"a,b\n2015,{old}\n", f"a,b\n2015,{new}\n")
    assert told == f"a 2015, b: {old} -> {new}"


def test_what_rounding_leaves_of_a_zero_is_measured_by_its_own_column():
    yuan = "mean,share\n12000,0.5\n{},{}\n"
    differ = keeping.first_difference
    assert differ(yuan.format("7e-12", "0.1"), yuan.format("-4e-12", "0.1")) == ""
    assert differ(yuan.format("0", "7e-12"), yuan.format("0", "-4e-12")) != ""
    # A share beside millions keeps its digits.
    mixed = "value\n97000000\n{}\n"
    assert differ(mixed.format("0.05"), mixed.format("0.050001")) != ""


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("gap -0.0 of 5", "gap 0.0 of 5", True),
        ("a  1.5\nb 10.25", "a 1.5000000001\nb   10.25", True),  # columns as wide as their numbers
        ("2015-2016", "2015-2017", False),
        ("1.5 a", "1.5 b", False),
        ("1.5", "1.5 1.5", False),
        ("1 # 2", "1 3 2", False),
        ("0.1234567", "0.1234568", False),
    ],
)
def test_texts_agree_as_words_and_as_numbers(old, new, same):
    assert keeping._same_text(old, new) is same


# Pictures -----------------------------------------------------------------------------


def drawn(change=lambda ax: None, kinds=("svg",), **options):
    """A figure as the bytes of its files."""
    from matplotlib import pyplot as plt

    ax = ps.figures.counties_leaving(ps.load("county_exits"), **options)
    change(ax)
    made = {kind: exhibits._drawn(ax, kind) for kind in kinds}
    plt.close(ax.figure)
    return made


@pytest.fixture(scope="module")
def picture():
    return drawn(kinds=("svg", "png"))


def elsewhere(svg):
    """The same picture, as another machine draws it: last digits, and names made from them."""
    text = svg.decode("utf-8")
    text = re.sub(r"(?<=\d\.\d{5})\d\b", lambda digit: str(int(digit[0]) // 2), text)
    text = re.sub(r"\bp([0-9a-f]{10})\b", lambda name: "p" + name[1][::-1], text)
    assert text.encode() != svg
    return text.encode()


def test_last_digits_do_not_make_another_picture(picture):
    assert keeping._same_picture(picture["svg"], elsewhere(picture["svg"]))


def moved(ax):
    bar = ax.patches[0]
    bar.set_height(bar.get_height() + 0.05)


CHANGES = {
    "a label": lambda ax: ax.set_ylabel("counties, number"),
    "a colour": lambda ax: ax.patches[0].set_facecolor("#0072B3"),
    "a width": lambda ax: ax.spines["bottom"].set_linewidth(0.71),
    "transparency": lambda ax: ax.patches[0].set_alpha(0.95),
    "the size of the title": lambda ax: ax.set_title(ax.get_title("left"), fontsize=10.55),
    "a limit": lambda ax: ax.set_ylim(0, ax.get_ylim()[1] + 1),
    "a line more": lambda ax: ax.axhline(3),
    "the place of a bar": moved,
    "the size of the figure": lambda ax: ax.figure.set_figheight(ax.figure.get_figheight() + 0.01),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_drawn_otherwise_is_another_picture(picture, what):
    assert not keeping._same_picture(picture["svg"], drawn(CHANGES[what])["svg"])


def test_another_language_is_another_picture(picture):
    assert not keeping._same_picture(picture["svg"], drawn(lang="zh")["svg"])


def test_a_png_of_another_size_is_another_picture(picture):
    other = copy.copy(picture["png"])
    assert keeping._same_size(picture["png"], other[:-20] + other)
    wider = other[:19] + bytes([other[19] + 1]) + other[20:]  # last byte of the width
    assert not keeping._same_size(picture["png"], wider)


# Keeping ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Files of a figure and a table, and the outputs that show them."""
    folder, outputs = tmp_path_factory.mktemp("published") / "figures", []

    def show(exhibit):
        data, about = exhibit._repr_mimebundle_()
        if "image/png" in data:
            data["image/png"] = base64.b64encode(data["image/png"]).decode() + "\n"
        outputs.append(nbformat.v4.new_output("display_data", data, metadata=about))

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POVSTUDY_FIGURES", str(folder))
        patch.setattr(exhibits, "_show", show)
        ps.publish(FIGURE, ps.figures.counties_leaving, ps.load("county_exits"))
        ps.publish(TABLE, ps.tables.identities, source="relapse_monitoring")
    outputs.append(nbformat.v4.new_output("stream", name="stdout", text=SHOWN))
    outputs.append(nbformat.v4.new_output("execute_result", {"text/plain": "0.3"}))
    return SimpleNamespace(folder=folder, outputs=outputs)


class Machine:
    """A checkout with one notebook that ran, and a next run in the making."""

    def __init__(self, root, published):
        self.root, self.published, self.runs = root, published, 0
        self.path = root / "notebooks" / "01_county.ipynb"
        self.path.parent.mkdir()
        cells = [nbformat.v4.new_code_cell(one, id=f"cell-{i}") for i, one in enumerate(CODE)]
        self.path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), "utf-8")
        self.next()
        self.keep()

    def next(self):
        """Make a run that gives what the first gave."""
        self.runs += 1
        scratch = self.root / f"run-{self.runs}"
        shutil.copytree(self.published.folder, scratch / "figures")
        notebook, records = read(self.path), []
        for cell, output in zip(notebook["cells"], self.published.outputs, strict=True):
            cell["outputs"] = [copy.deepcopy(output)]
            record = output.get("metadata", {}).get("povstudy")
            records += [record | {"seconds": 1.0, "needs": []}] if record else []
        self.run = Run("01_county", scratch, file_hash(self.path), notebook, records)
        self.made = scratch / "figures"
        return self.run

    def keep(self):
        """Keep the run; the status of each exhibit."""
        rows = study._keep(self.root, self.run)
        study._write_manifest(self.root, ["01_county"])
        assert study._why_run(self.root, self.path, {}) == []
        return {name: status for name, status, _ in rows}

    def files(self):
        found = [self.path, *(self.root / "figures").rglob("*.*")]
        return {path.name: path.read_bytes() for path in found}

    def differing(self, before):
        now = self.files()
        assert set(now) == set(before)
        return {name for name in now if now[name] != before[name]}

    def output(self, number):
        return self.run.notebook["cells"][number]["outputs"][0]


@pytest.fixture
def machine(tmp_path, published):
    (tmp_path / ".povstudy" / "state").mkdir(parents=True)
    return Machine(tmp_path, published)


def rewrite(path, change):
    path.write_bytes(change(path.read_bytes()))


def move_digits(machine):
    """Give the run the last digits of another machine, in everything that has digits."""
    for path in machine.made.glob("*.svg"):
        rewrite(path, elsewhere)
    for path in machine.made.glob("*.png"):  # other bytes, the same size
        rewrite(path, lambda raw: raw + b"\0")
    for path in machine.made.rglob("*.csv"):
        rewrite(path, lambda raw: re.sub(rb"(?<=,)([1-9]\d*)(?=[,\n])", rb"\1.00000000001", raw))
    image = machine.output(0)["data"]
    raw = base64.b64decode(image["image/png"])
    image["image/png"] = base64.b64encode(raw + b"\0").decode() + "\n"
    machine.output(2)["text"] = SHOWN.replace("0.123456789012345", "0.123456789012349").replace(
        "3e-18", "-1.2e-17"
    )
    machine.output(3)["data"]["text/plain"] = "0.30000000000000004"


def test_last_digits_of_another_machine_change_no_file(machine):
    before = machine.files()
    machine.next()
    move_digits(machine)
    assert machine.keep() == {FIGURE: "identical", TABLE: "identical"}
    assert machine.differing(before) == set()
    assert len(before) == 11  # the notebook, five and two files, manifest, alt texts, gallery


def test_the_versions_told_are_those_that_the_files_were_made_with(machine, monkeypatch):
    before = machine.files()
    versions = study._versions() | {"numpy": "9.9"}
    monkeypatch.setattr(study, "_versions", lambda: versions)
    machine.next()
    move_digits(machine)
    machine.keep()
    assert machine.differing(before) == set()
    machine.next()
    rewrite(machine.made / "tables" / f"{FIGURE}.csv", lambda raw: raw.replace(b"28", b"29"))
    machine.keep()
    manifest = json.loads((machine.root / "figures" / "manifest.json").read_text("utf-8"))
    assert manifest["versions"]["numpy"] == "9.9"


def test_data_that_changed_bring_all_files_of_their_exhibit_alone(machine):
    before = machine.files()
    machine.next()
    move_digits(machine)
    rewrite(machine.made / "tables" / f"{FIGURE}.csv", lambda raw: raw.replace(b"28.", b"29."))
    status = machine.keep()
    assert status[FIGURE].startswith("changed (exit_year 2016, counties: 28 -> 29.0")
    assert status[TABLE] == "identical"
    own = {name for name in before if name.startswith(FIGURE)}
    assert machine.differing(before) == own | {"01_county.ipynb", "manifest.json"}
    cells = read(machine.path)["cells"]
    assert cells[0]["outputs"][0]["data"] == machine.output(0)["data"]
    assert [cell["outputs"] for cell in cells[1:]] == [
        [one] for one in machine.published.outputs[1:]
    ]


def test_a_figure_drawn_otherwise_is_written_though_its_data_agree(machine):
    before = machine.files()
    machine.next()
    move_digits(machine)
    other = drawn(CHANGES["a label"], ("svg", "png"))
    for kind, raw in other.items():
        (machine.made / f"{FIGURE}.{kind}").write_bytes(raw)
    assert machine.keep() == {FIGURE: "identical, drawn anew", TABLE: "identical"}
    assert (machine.root / "figures" / f"{FIGURE}.svg").read_bytes() == other["svg"]
    assert {f"{FIGURE}.png", f"{FIGURE}.zh.svg", "01_county.ipynb"} < machine.differing(before)


def test_a_table_shown_otherwise_is_written_into_the_notebook(machine):
    before = machine.files()
    machine.next()
    data = machine.output(1)["data"]
    data["text/html"] = data["text/html"].replace("<td>", "<td class='wide'>")
    assert machine.keep()[TABLE] == "identical"
    assert machine.differing(before) == {"01_county.ipynb"}


def test_a_text_that_says_something_else_is_written_into_the_notebook(machine):
    machine.next()
    move_digits(machine)
    machine.output(3)["data"]["text/plain"] = "0.31"
    machine.keep()
    cells = read(machine.path)["cells"]
    assert cells[3]["outputs"][0]["data"]["text/plain"] == "0.31"
    assert cells[2]["outputs"][0]["text"] == SHOWN


def test_words_that_changed_bring_the_files(machine):
    machine.next()
    move_digits(machine)
    machine.run.records[0]["source"] = {"en": "Source: another.", "zh": "资料来源：另一处。"}
    before = machine.files()
    assert machine.keep()[FIGURE] == "changed (title, source or alt text)"
    assert f"{FIGURE}.svg" in machine.differing(before)


def test_the_record_of_an_exhibit_that_stays_is_the_new_one(machine):
    machine.next()
    machine.run.records[1]["function"] = "povstudy.tables.moved"
    machine.output(1)["metadata"]["povstudy"]["function"] = "povstudy.tables.moved"
    assert machine.keep()[TABLE] == "identical"
    manifest = json.loads((machine.root / "figures" / "manifest.json").read_text("utf-8"))
    assert manifest["exhibits"][TABLE]["function"] == "povstudy.tables.moved"
    assert "povstudy.tables.moved" in machine.path.read_text("utf-8")


@pytest.mark.parametrize("file", [f"{FIGURE}.png", f"{FIGURE}.svg", f"tables/{FIGURE}.csv"])
@pytest.mark.parametrize("how", ["saved over", "gone"])
def test_what_somebody_saved_over_or_removed_comes_back(machine, file, how):
    place = machine.root / "figures" / file
    whole = place.read_bytes()
    place.write_bytes(whole + b"\n") if how == "saved over" else place.unlink()
    machine.next()
    machine.keep()
    assert place.read_bytes() == whole


def test_without_a_manifest_nothing_is_known_and_all_is_written(machine):
    machine.next()
    move_digits(machine)
    (machine.root / "figures" / "manifest.json").unlink()
    made = {path.name: path.read_bytes() for path in machine.made.rglob("*.*")}
    machine.keep()
    now = machine.files()
    assert {name: now[name] for name in made} == made


# Machines -----------------------------------------------------------------------------

SIMULATED = """
import pandas as pd, povstudy as ps
sim = ps.simulate(ps.Scenario(), households=50_000, years=6, seed=4)
for table in (sim.panel, sim.register):
    print(pd.util.hash_pandas_object(table, index=False).sum())
"""


def test_the_simulation_gives_the_same_households_without_the_fast_loops_of_numpy():
    from numpy._core._multiarray_umath import __cpu_dispatch__ as features

    told = []
    for off in ("", " ".join(features)):
        env = os.environ | {"NPY_DISABLE_CPU_FEATURES": off, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-W", "ignore", "-c", SIMULATED]
        told.append(subprocess.run(command, env=env, check=True, capture_output=True).stdout)
    assert told[0] == told[1]
    assert len(told[0].split()) == 2
