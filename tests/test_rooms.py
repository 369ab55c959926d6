"""The plan of the house: its rooms, what each holds, and what may stand on what."""

import ast
import io
import tokenize
from collections import Counter
from importlib import import_module

import pytest
from conftest import ROOT

import povstudy as ps

PACKAGE = ROOT / "povstudy"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
NAMED = {room: import_module(f"povstudy.{room}").__all__ for room in ps._ROOMS}


def test_imports_keep_to_the_contract():
    from importlinter.cli import lint_imports

    assert lint_imports(str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_beside_the_rooms_stands_only_the_start():
    assert {one.name for one in PACKAGE.iterdir() if (one / "__init__.py").is_file()} == set(
        ps._ROOMS
    )
    assert {one.stem for one in PACKAGE.glob("*.py")} == {"__init__", "__main__"}


@pytest.mark.parametrize("room", ps._ROOMS)
def test_a_room_tells_its_purpose_in_a_line_and_holds_but_the_table_of_its_names(room):
    tree = ast.parse((PACKAGE / room / "__init__.py").read_text("utf-8"))
    first = ast.get_docstring(tree).splitlines()[0]
    assert first.endswith(".") and len(first) < 90
    made = [
        ast.unparse(one) for node in tree.body[1:] if isinstance(node, ast.Assign)
        for one in node.targets
    ]  # fmt: skip
    table = ["_MODULES", "(__all__, __getattr__, __dir__)"]
    assert made == table
    others = [node for node in tree.body[1:] if not isinstance(node, ast.Assign)]
    assert [ast.unparse(one) for one in others if not _is_text(one)] in (
        ["from ..base.lazy import lazy"], ["from .lazy import lazy"],
    )  # fmt: skip


def _is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@pytest.mark.parametrize(
    ("room", "name"), [(room, name) for room, names in NAMED.items() for name in names]
)
def test_every_name_of_a_room_is_there_and_help_tells_of_it(room, name):
    place = import_module(f"povstudy.{room}")
    assert getattr(place, name) is not None
    assert name in dir(place)
    told = ps.__doc__[ps.__doc__.index(f"\n{room}\n") :].split("\n\n")[0]
    assert name in told.split()
    if room not in ps._APART:
        assert getattr(ps, name) is getattr(place, name)


def test_no_room_bears_the_name_of_a_public_function_and_no_module_that_of_one_in_its_room():
    public = Counter(name for room, names in NAMED.items() if room not in ps._APART
                     for name in names)  # fmt: skip
    assert max(public.values()) == 1
    assert not set(ps._ROOMS) & set(public)
    for path in MODULES:
        room, *rest = path.relative_to(PACKAGE).with_suffix("").parts
        assert not set(rest) & set(NAMED.get(room, ())), path


def _code_lines(path):
    """Lines of code, without blank lines, comments and docstrings."""
    text = path.read_text("utf-8")
    lines = set()
    passed = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in (*passed, tokenize.ENDMARKER):
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None:
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


def test_a_module_has_500_lines_at_most_and_a_room_is_read_in_one_sitting():
    rooms = Counter()
    for path in PACKAGE.rglob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) <= 500, path
        room, *rest = path.relative_to(PACKAGE).parts
        apart = len(rest) > 1  # sub-rooms, read by themselves
        rooms[f"{room}/{rest[0]}" if apart else room] += _code_lines(path)
    for room, lines in rooms.items():
        assert lines <= (1300 if "/" in room else 2600), (room, lines)
