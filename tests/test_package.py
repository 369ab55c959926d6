"""The package as a whole: what it imports, what it needs, what its papers say."""

import ast
import json
import re
import subprocess
import sys
import tomllib

import pytest
from conftest import ROOT

import povstudy as ps

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# Packages whose conda name is another.
CONDA_NAMES = {
    "matplotlib": "matplotlib-base",
    "nbconvert": "nbconvert-core",
    "duckdb": "python-duckdb",
}


def test_import_loads_no_heavy_package():
    code = "import sys, povstudy; print([n for n in sys.modules if n.split('.')[0] in " \
           "('numpy', 'pandas', 'scipy', 'matplotlib', 'statsmodels', 'seaborn')])"  # fmt: skip
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ps.__all__)
def test_every_public_name_is_there(name):
    assert getattr(ps, name) is not None
    assert name in dir(ps)


def test_no_public_function_bears_the_name_of_a_module():
    modules = {path.stem for path in (ROOT / "povstudy").glob("*.py")}
    assert not modules & set(ps._NAMES)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        ps.nothing  # noqa: B018


def test_a_python_without_the_packages_is_told_what_to_do():
    code = "import sys; sys.path.insert(0, '.'); import povstudy as ps; ps.load"
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert "No module named 'pandas': this Python lacks a package" in told.stderr
    assert "python3 -m povstudy lab" in told.stderr


@pytest.mark.parametrize("file", ["__init__.py", "__main__.py"])
def test_the_start_parses_on_python_3_8_and_needs_the_standard_library_alone(file):
    tree = ast.parse((ROOT / "povstudy" / file).read_text("utf-8"), feature_version=(3, 8))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        if isinstance(node, ast.ImportFrom) and not node.level:
            imported.add(node.module.split(".")[0])
    assert imported <= set(sys.stdlib_module_names) | {"povstudy"}


def test_set_up_needs_the_standard_library_alone():
    code = "import sys; sys.path.insert(0, '.'); import povstudy.cli, povstudy.environment"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=ROOT, check=True)


ROAD = (
    "errors", "lazy", "files", "environment", "downloads", "sources", "lines", "style", "terms", "figures",
    "clean", "kinds", "ranks", "cells", "engines", "survey", "estimates", "influences", "measures", "dispersion",
    "curves", "decompositions", "subgroups", "multidimensional", "targeting", "concentration", "latent",
    "proportions", "audit", "quality", "panels", "masks", "durations", "dynamics", "persistence",
    "vulnerable", "exposure", "survival", "formulas", "baselines", "hazards", "risksets",
    "frailty", "hazard_fit", "relapse", "staying", "landmarks", "prediction", "validation", "watch",
    "grouptime", "cohorts", "approaches", "opinions", "balances", "trials", "adjustment", "randomisation",
    "priors", "evidence", "bounds", "magnitudes",
    "simulation", "outputs", "tables", "typologies", "exhibits", "execute", "keeping", "report", "study", "cli",
)  # fmt: skip


def test_imports_run_one_way_along_the_road():
    package = ROOT / "povstudy"
    for path in package.rglob("*.py"):
        module = path.relative_to(package).parts[0].removesuffix(".py")
        if module in ("__init__", "__main__", "fonts"):
            continue
        level = len(path.relative_to(package).parts)  # of an import from the package itself
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == level:
                names = [node.module] if node.module else [alias.name for alias in node.names]
                for name in set(names) & set(ROAD):
                    assert ROAD.index(name) < ROAD.index(module), f"{module} imports {name}"


def _declared():
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    return project["dependencies"] + extras["study"] + extras["dev"]


def test_conda_environment_equals_pyproject():
    lines = (ROOT / "environment.yml").read_text("utf-8").splitlines()
    conda = {line.strip(" -") for line in lines if re.match(r" +- \w.*>=", line)}
    wanted = {f"python{PYPROJECT['project']['requires-python']}"}
    for requirement in _declared():
        name, _, least = requirement.partition(">=")
        wanted.add(f"{CONDA_NAMES.get(name, name)}>={least}")
    assert conda == wanted


def test_lock_holds_every_requirement_with_hashes_and_no_address():
    text = (ROOT / "requirements.lock").read_text("utf-8")
    locked = dict(re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", text, re.MULTILINE))
    numbers = lambda version: tuple(map(int, re.findall(r"\d+", version)[:3]))  # noqa: E731
    for requirement in _declared():
        name, _, least = requirement.partition(">=")
        assert numbers(locked[name]) >= numbers(least), requirement
    assert "://" not in text
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)


def test_versions_agree():
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.search(r"^version: (.+)$", citation, re.MULTILINE)[1] == ps.__version__


def test_readme_lists_every_exhibit_with_its_notebook_file_and_function():
    readme = (ROOT / "README.md").read_text("utf-8")
    exhibits = json.loads((ROOT / "figures" / "manifest.json").read_text("utf-8"))["exhibits"]
    assert exhibits
    for entry in exhibits.values():
        first, notebook = next(iter(entry["files"])), entry["notebook"]
        row = (
            f"| {entry['title']['en']} | [{notebook[10:12]}]({notebook}) | "
            f"[`{first}`](figures/{first}) | `{entry['function'].removeprefix('povstudy.')}` |"
        )
        assert row in readme
    assert readme.count("](figures/") == len(exhibits) + 1  # and one picture


def test_readme_tells_the_size_of_the_downloads():
    table = ps.datasets()
    size = table.loc[table["access"] == "download", "megabytes"].sum()
    assert f"({size:.0f} MB)" in (ROOT / "README.md").read_text("utf-8")


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_thin_and_keep_to_their_form(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    prose = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    assert not re.search(r"^\s*(def|class) ", code, re.MULTILINE)
    assert len(code.splitlines()) <= 60
    assert all(word in prose[0] for word in ("Question", "Data status", "中文提要"))
    assert "What this does not show" in prose[-1]
    assert "Things to try next" in prose[-1]
    assert all(c["outputs"] for c in cells if "ps.publish(" in "".join(c["source"]))
    told = [o for c in cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
    assert told == []  # warnings belong to nobody's page, and name folders of one machine


def test_committed_figures_are_those_of_the_manifest():
    import hashlib

    folder = ROOT / "figures"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    alt = json.loads((folder / "alt.json").read_text("utf-8"))
    listed = {"manifest.json", "alt.json"}
    for name, entry in manifest["exhibits"].items():
        listed |= set(entry["files"])
        for file, sha256 in entry["files"].items():
            assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == sha256, file
        if entry["kind"] == "figure":
            assert len(alt[name]["en"]) > 40
            assert re.search("[\u4e00-\u9fff]{5}", alt[name]["zh"])
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert present == listed
