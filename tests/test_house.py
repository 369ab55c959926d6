"""The page on how the house is built: its drawing, its sizes, and its four changes, made and run.

    python tests/test_house.py

draws the rooms anew, from the floors in pyproject.toml.
"""

import ast
import hashlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE, DRAWING = ROOT / "docs" / "house.md", ROOT / "docs" / "rooms.svg"
WIDE, HIGH, GAP, EDGE = 880, 44, 14, 20  # of the drawing, a floor, between, around


def floors():
    """Rooms of each floor from the top, without the old places, from the contract."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (layers,) = (one["layers"] for one in rules["contracts"] if one["type"] == "layers")
    rooms = [[one.strip() for one in layer.split("|")] for layer in layers]
    here = [[one for one in floor if (ROOT / "povstudy" / one).is_dir()] for floor in rooms]
    apart = next(one for one in rules["contracts"] if one["type"] == "protected")
    return [one for one in here if one], {
        one.rpartition(".")[2] for one in apart["protected_modules"]
    }


def purpose(room):
    tree = ast.parse((ROOT / "povstudy" / room / "__init__.py").read_text("utf-8"))
    return ast.get_docstring(tree).splitlines()[0]


def drawn():
    """The drawing: a box for each room, floor below floor, readable on light and dark pages."""
    house, apart = floors()
    tall = 2 * EDGE + len(house) * (HIGH + GAP) + 22
    boxes = []
    for level, rooms in enumerate(house):
        wide = (WIDE - 2 * EDGE - GAP * (len(rooms) - 1)) / len(rooms)
        for place, room in enumerate(rooms):
            x, y = EDGE + place * (wide + GAP), EDGE + level * (HIGH + GAP)
            kind = "room apart" if room in apart else "room"
            boxes.append(
                f'<g><title>{room}: {purpose(room)}</title><rect class="{kind}" x="{x:.1f}" '
                f'y="{y}" width="{wide:.1f}" height="{HIGH}" rx="6"/><text x="{x + wide / 2:.1f}" '
                f'y="{y + HIGH / 2 + 6}" text-anchor="middle">{room}</text></g>'
            )
    told = " and ".join(sorted(apart))
    foot = (
        f"A room stands on the floors below it. Dashed: {told} take tables, and stand on "
        "sources and base alone."
    )
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {tall}" role="img" '
        'aria-labelledby="name">',
        f'<title id="name">Rooms of povstudy by floor. {foot}</title>',
        "<style>text{font:17px sans-serif;fill:#1a1a1a}.foot{font-size:14px}"
        ".ground{fill:#ffffff}.room{fill:#e3edf7;stroke:#36597c;stroke-width:1.5}"
        ".apart{fill:#f6efdc;stroke-dasharray:6 4}"
        "@media(prefers-color-scheme:dark){text{fill:#f0f0f0}.ground{fill:#1b1f24}"
        ".room{fill:#2b3a4a;stroke:#9cc0e4}.apart{fill:#453c22}}</style>",
        f'<rect class="ground" width="{WIDE}" height="{tall}" rx="8"/>',
        *boxes,
        f'<text class="foot" x="{EDGE}" y="{tall - EDGE}">{foot}</text>',
        "</svg>", "",
    ])  # fmt: skip


def changes():
    """Heading, diffs and the code that tries them, of each worked change."""
    for part in re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE):
        diffs = re.findall(r"^```diff\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
        if diffs:
            (code,) = re.findall(r"^```python no-run\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
            yield part.splitlines()[0], diffs, code


def files_of(diff):
    """Path and lines of each file of a diff."""
    parts = re.split(r"^(?:--- a/.*\n)?\+\+\+ b/(.+)\n", diff, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def apply(root, diff):
    """Make the change: a new file, or lines set in where their neighbours stand, once."""
    for path, text in files_of(diff):
        lines, file = text.splitlines(keepends=True), root / path
        before = "".join(one[1:] for one in lines if one[0] in " -")
        after = "".join(one[1:] for one in lines if one[0] in " +")
        if not before:
            assert not file.exists(), path
            file.write_text(after, encoding="utf-8", newline="\n")
            continue
        old = file.read_text("utf-8")
        assert old.count(before) == 1, f"{path}: what the change stands on has changed"
        file.write_text(old.replace(before, after), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    DRAWING.write_text(drawn(), encoding="utf-8", newline="\n")
    sys.exit()

import pytest  # noqa: E402
from conftest import Checkout  # noqa: E402
from test_rooms import MODULES, PACKAGE, _code_lines  # noqa: E402

CHANGES = list(changes())


def test_the_drawing_is_that_of_the_floors():
    assert DRAWING.read_text("utf-8") == drawn(), "python tests/test_house.py"
    house, _ = floors()
    found = {path.relative_to(PACKAGE).parts[0] for path in MODULES if path.parent != PACKAGE}
    assert found == {room for floor in house for room in floor}


def test_each_room_has_a_row_with_its_order_of_size():
    sizes = {
        "hundreds": (0, 1100),
        "one or two thousand": (900, 2600),
        "more, in sub-rooms": (2400, 1e5),
    }
    rows = re.findall(
        rf"^\| (\w+) \| .+ \| ({'|'.join(sizes)}) \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    house, _ = floors()
    assert sorted(room for room, _ in rows) == sorted(room for floor in house for room in floor)
    for room, size in rows:
        lines = sum(_code_lines(path) for path in (PACKAGE / room).rglob("*.py"))
        assert sizes[size][0] <= lines <= sizes[size][1], (room, lines)


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """A copy of the checkout with all four changes, which go together."""
    root = tmp_path_factory.mktemp("house") / "copy"
    made = Checkout(root)
    for _, diffs, _ in CHANGES:
        for diff in diffs:
            apply(root, diff)
    return made


@pytest.mark.parametrize(("name", "diffs", "code"), CHANGES, ids=[one[0] for one in CHANGES])
def test_a_worked_change_does_what_it_says(name, diffs, code, changed):
    assert sum(len(one.splitlines()) for one in diffs) < 60, f"{name}: a change of under 60 lines"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=changed.root.parent, text=True,
        env=os.environ | {"PYTHONPATH": str(changed.root), "PYTHONUTF8": "1"},
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_changes_are_those_that_are_promised_and_checksums_are_right():
    assert [name for name, *_ in CHANGES] == [
        "Add a measure", "Add a figure", "Add a codebook", "Add a dataset"]  # fmt: skip
    _, (table, record), _ = CHANGES[3]
    ((_, text),) = files_of(table)
    raw = "".join(one[1:] for one in text.splitlines(keepends=True)).encode()
    assert f'"bytes": {len(raw)},' in record
    assert hashlib.sha256(raw).hexdigest() in record
