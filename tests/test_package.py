"""The package as a whole: what it imports, what it needs, what its papers say."""

import ast
import html
import json
import re
import subprocess
import sys
import tomllib

import pandas as pd
import pytest
import yaml
from conftest import ROOT

import povstudy as ps
from povstudy.base.status import STATUSES
from povstudy.study.gallery import gallery

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


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        ps.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("name", "meant"), [("xtile", "quantile_group"), ("ols", "regress"), ("regres", "regress")]
)
def test_names_of_other_programs_lead_to_ours(name, meant):
    with pytest.raises(AttributeError, match=f"Did you mean ps.{meant}"):
        getattr(ps, name)


def test_a_python_without_the_packages_is_told_what_to_do():
    code = "import sys; sys.path.insert(0, '.'); import povstudy as ps; ps.load"
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert "No module named 'pandas': this Python lacks a package" in told.stderr
    assert "python3 -m povstudy lab" in told.stderr


STARTS = [
    "__init__.py",
    "__main__.py",
    "base/lazy.py",
    *(f"{one}/__init__.py" for one in ps._ROOMS),
]


@pytest.mark.parametrize("file", STARTS)
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
    code = (
        "import sys; sys.path.insert(0, '.'); import povstudy.study.cli, povstudy.study.environment"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=ROOT, check=True)


def _declared():
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    return project["dependencies"] + extras["study"] + extras["docs"] + extras["dev"]


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


def test_version_and_date_agree():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == ps.__version__
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"\n## {ps.__version__}, {citation['date-released']}\n" in changes


def test_gallery_lists_every_exhibit_with_its_picture_files_kind_and_function():
    folder = ROOT / "figures"
    page = (folder / "README.md").read_text("utf-8")
    exhibits = json.loads((folder / "manifest.json").read_text("utf-8"))["exhibits"]
    alt = json.loads((folder / "alt.json").read_text("utf-8"))
    assert exhibits
    for name, entry in exhibits.items():
        under = page[: page.index(f"`{name}` |")].rpartition("\n## ")[2]
        assert f"](../{entry['notebook']})\n" in under
        row = under.rpartition("\n")[2] + page.partition(f"`{name}`")[2].partition("\n")[0]
        assert all(html.escape(title) in row for title in entry["title"].values())
        assert row.endswith(f" | `{entry['function'].removeprefix('povstudy.')}` |")
        assert f" | {entry['status']} | " in row
        assert all(f"]({file})" in row for file in entry["files"])
        if entry["kind"] == "figure":
            picture = f'<img src="{name}.png" width="220" alt="{html.escape(alt[name]["en"])}">'
            assert picture in row


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
class TestReadme:
    """The page that everyone sees first, in two languages."""

    def test_its_code_prints_what_it_shows(self, name, capsys):
        page = (ROOT / name).read_text("utf-8")
        code, shown = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", page, re.DOTALL).groups()
        assert len(code.splitlines()) == 6
        exec(code, {})
        assert capsys.readouterr().out == shown

    def test_it_is_a_page(self, name):
        assert len((ROOT / name).read_text("utf-8")) <= 9_000

    def test_what_it_says_of_the_package_is_so(self, name):
        page = (ROOT / name).read_text("utf-8")
        told = dict(re.findall(r"\*\*(Python|licence|version|许可|版本)\*\* ([\w.]+)", page))
        least = PYPROJECT["project"]["requires-python"].removeprefix(">=")
        licence, version = PYPROJECT["project"]["license"], ps.__version__
        assert [*told.values()] == [least, licence, version]

    def test_its_pictures_lead_to_their_place_in_the_gallery(self, name):
        """And are told to be of the kind that they are."""
        page = (ROOT / name).read_text("utf-8")
        exhibits = json.loads((ROOT / "figures" / "manifest.json").read_text("utf-8"))["exhibits"]
        found = re.findall(r'href="figures/README.md#(\w+)"><img src="figures/(\w+)\.'
                           r'.*?<br>\*\*(\w+)\*\*', page)  # fmt: skip
        assert len(found) == 6
        for place, picture, kind in found:
            assert place == picture
            status = exhibits[place]["status"]
            assert kind == status or STATUSES[status][1].startswith(kind)

    def test_its_twin_has_the_same_sections_pictures_and_commands(self, name):
        twins = ["README.md", "README.zh.md"]
        here, there = ((ROOT / one).read_text("utf-8") for one in (name, *({*twins} - {name})))
        assert f"]({next(one for one in twins if one != name)})" in here
        here, there = (page.replace(".zh.md)", ".md)") for page in (here, there))
        levels = [re.findall(r"^(#+) ", page, re.MULTILINE) for page in (here, there)]
        assert levels[0] == levels[1]
        for pattern in (r'<img src="figures/\w+', r"python3? -m povstudy \w+|py -m \w+ \w+",
                        r"\]\((?!README)[^)]+\)"):  # fmt: skip
            assert sorted(set(re.findall(pattern, here))) == sorted(set(re.findall(pattern, there)))
        assert here.count("<img ") == 6

    def test_it_tells_the_size_of_the_downloads_and_how_many_claims_are_tested(self, name):
        page = (ROOT / name).read_text("utf-8")
        table = ps.datasets()
        size = table.loc[table["access"] == "download", "megabytes"].sum()
        assert re.search(rf"[(（]{size:.0f} MB[)）]", page)
        tested = ps.load("hypotheses")["tested"].value_counts()
        told = [tested.sum(), tested["real"], tested["simulated"], tested["not_testable"]]
        counts = re.findall(r"\d+(?= claims| meet| are (?:not )?tried|条)", page)
        assert [int(one) for one in counts] == told

    def test_its_claims_have_the_verdicts_of_the_table(self, name):
        """A row for each verdict: how many claims have it, and which."""
        page = (ROOT / name).read_text("utf-8")
        table = pd.read_csv(ROOT / f"figures/tables/05_claims{'.zh' if '.zh' in name else ''}.csv")
        claim, verdict = table.columns[[0, 3]]
        for value, rows in table.groupby(verdict):
            count, told = re.search(
                rf"^\| {value} \| (\d+) \| (.+) \|$", page, re.MULTILINE
            ).groups()
            assert int(count) == len(rows)
            code = re.compile(r"[DXA]\d")
            assert sorted(code.findall(told)) == sorted(code.findall(" ".join(rows[claim])))


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
    listed = {"manifest.json", "alt.json", "README.md"}
    listed |= {"brief.html", "brief.pdf", "brief.zh.html", "brief.zh.pdf"}
    assert (folder / "README.md").read_text("utf-8") == gallery(ROOT)
    for file, sha256 in manifest.get("pages", {}).items():
        listed.add(file)
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == sha256, file
    for name, entry in manifest["exhibits"].items():
        listed |= set(entry["files"])
        for file, sha256 in entry["files"].items():
            assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == sha256, file
        if entry["kind"] == "figure":
            assert len(alt[name]["en"]) > 40
            assert re.search("[\u4e00-\u9fff]{5}", alt[name]["zh"])
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert present == listed
