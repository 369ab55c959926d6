"""An install without extras: what is missing is told, with the line to paste."""

import ast
import inspect
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
READERS = ("households", "programmes", "read_table")
# module that is missing, the package that brings it, its extra, what needs it
NEEDS = [
    *(("python_calamine", "python-calamine", "study", f"{reader} {kind}")
      for reader in READERS for kind in ("xlsx", "xls")),
    *(("xlrd", "xlrd", "study", f"{reader} xls") for reader in READERS),
    *(("pyreadstat", "pyreadstat", "study", f"{reader} {kind}")
      for reader in READERS for kind in ("dta", "sav")),
    *(("rdata", "rdata", "study", f"load {name}")
      for name in ("graduation_pakistan", "nlsy_teen_poverty", "spain_ecv")),
    *((module, "pooch", "study", f"{function} spain_ecv")
      for module in ("pooch", "requests") for function in ("fetch", "load")),
    *(("causaldata", "causaldata", "study", f"{function} {name}")
      for function in ("fetch", "load") for name in ("nsw_trial", "insurance_sessions", "panes")),
    ("docx", "python-docx", "tables", "model_table docx"),
    ("openpyxl", "openpyxl", "tables", "model_table xlsx"),
    ("diff_diff", "diff-diff", "did", "second_opinion"),
    ("pyfixest", "pyfixest", "fe", "regress"),
    ("rdrobust", "rdrobust", "rd", "at_the_line"),
    ("rddensity", "rddensity", "rd", "crowding"),
]  # fmt: skip


def _call(needing, folder):
    function, _, what = needing.partition(" ")
    if function == "second_opinion":
        ps.second_opinion(None)
    elif function == "regress":
        ps.regress(
            "y ~ x",
            pd.DataFrame({"y": [1.0, 2, 4, 3], "x": [1, 2, 1, 2], "g": [1, 1, 2, 2]}),
            absorb="g",
        )
    elif function in ("at_the_line", "crowding"):
        getattr(ps, function)(None, *["income", "score", 40][function == "crowding" :])
    elif function == "model_table":
        shown = ps.model_table([pd.DataFrame({"term": ["a"], "estimate": [1.0]})])
        (shown.to_word if what == "docx" else shown.to_excel)(folder / f"a.{what}")
    elif function in READERS:
        (folder / f"a.{what}").write_bytes(b"\1x")  # no text: then no reader is needed
        getattr(ps.clean, function)(folder / f"a.{what}")
    else:
        getattr(ps, function)(what)


@pytest.mark.parametrize(("module", "package", "extra", "needing"), NEEDS)
def test_what_is_missing_is_told(module, package, extra, needing, tmp_path, monkeypatch):
    monkeypatch.delenv("POVSTUDY_DATA", raising=False)
    if module == "rdata":  # as if its file had been downloaded
        home = sys.modules[inspect.unwrap(ps.load).__module__]
        monkeypatch.setattr(home, "checked", lambda name, file: Path(file["name"]))
    for loaded in [one for one in sys.modules if one.startswith(f"{module}.")]:
        monkeypatch.setitem(sys.modules, loaded, None)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ps.SetupError, match=rf" needs the package {package}\.") as caught:
        _call(needing, tmp_path)
    assert caught.value.remedy == f'pip install "povstudy[{extra}]"'


def _name(requirement):
    return re.split("[>=]", requirement)[0].replace("_", "-").lower()


def _declared(extra):
    return {_name(one) for one in PROJECT["optional-dependencies"][extra]}


def _imports(tree):
    """Each import of another package: its name, and the call of `optional` around it."""
    blocks = {
        inner: outer.items[0].context_expr
        for outer in ast.walk(tree)
        if isinstance(outer, ast.With)
        and getattr(getattr(outer.items[0].context_expr, "func", None), "id", "") == "optional"
        for inner in outer.body
    }
    spared = {  # what is done without where it is missing
        inner for outer in ast.walk(tree) if isinstance(outer, ast.Try)
        and any(getattr(one.type, "id", "") == "ImportError" for one in outer.handlers)
        for inner in outer.body
    }  # fmt: skip
    for node in ast.walk(tree):
        if node in spared:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        else:
            continue
        for name in {name.split(".")[0] for name in names} - set(sys.stdlib_module_names):
            yield name, blocks.get(node)


# What the commands use: `ensure` looks at it all before any of them starts. And what is
# there wherever it is asked for: a kernel, a table of polars.
COMMANDS = {"study", "execute", "report", "build_subset"}
GIVEN = {"IPython", "polars"}


def test_every_import_is_a_hard_need_or_tells_the_extra_that_brings_it():
    hard = {_name(one) for one in PROJECT["dependencies"]}
    brought_by, wrong = metadata.packages_distributions(), []
    for path in (ROOT / "povstudy").rglob("*.py"):
        parts = set(path.relative_to(ROOT / "povstudy").with_suffix("").parts)
        for module, call in _imports(ast.parse(path.read_text("utf-8"))):
            packages = {_name(one) for one in brought_by.get(module, [module])}
            if module == "povstudy" or packages & hard or module in GIVEN:
                continue
            if call is not None:
                extra = [one.value.value for one in call.keywords if one.arg == "extra"]
                known = _declared(*(extra or ["study"]))
                named = getattr(call.args[0], "value", None)
                told = named in known and packages & known
            else:
                known = _declared("docs" if "pages" in parts else "study")
                told = parts & COMMANDS and packages & known
            if not told:
                wrong.append(f"{path.name} imports {module}")
    assert wrong == []
