"""The wheel in an empty environment, outside a checkout: with its hard needs, then with `study`.

`tests/versions.py` tries it so with other versions of what it needs, and on other Pythons.
"""

import os
import re
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

from povstudy.base.errors import SetupError
from povstudy.study import environment

SCRIPT = """
from pathlib import Path

import povstudy as ps
from matplotlib import font_manager

assert len(ps.load("china_incidence")) > 20
assert len(ps.simulation.matched_parameters()) >= 200

Path("table.csv").write_text("农村贫困状况（万人）,\\n地区,2014年\\n全国,７０１７\\n", encoding="utf-8")
table, told = ps.clean.read_table("table.csv")
assert table[["region", "2014"]].values.tolist() == [["全国", 7017]], table

Path("register.csv").write_text(
    "户编号,行政村,家庭人口,人均纯收入(元),姓名\\n5201,上村,4,2855元,某某\\n5202,上村,3,三千,某某\\n"
    "5203,下村,5,3100,某某\\n5204,下村,2,1900,某某\\n",
    encoding="gb18030",
)
table, told = ps.clean.households("register.csv")
assert table["income"].tolist() == [2855, 3000, 3100, 1900], table
assert "个人信息列" in set(told["why_zh"]) and "姓名" not in table
ps.clean.write(told, "report.html")
assert "个人信息列" in Path("report.html").read_text("utf-8")
assert (Path(ps.__file__).parent / "study" / "templates" / "README.zh.md").is_file()
assert (Path(ps.__file__).parent / "policy" / "explorer.html").is_file()
assert (Path(ps.__file__).parent / "py.typed").is_file()

svy = ps.Survey(table, size="size")
found = ps.poverty(svy, "income", 2900, by="village", measures=["headcount"]).tidy()
assert abs(found["estimate"] - [4 / 7, 2 / 7]).max() < 1e-12, found

ax = ps.figures.estimates_by_domain(
    found, by="village", lang="zh", source=ps.Source("register", "Made up.", "编造的名册")
)
assert "贫困发生率" in ax.get_title(loc="left"), ax.get_title(loc="left")
font = Path(font_manager.findfont(ax.title.get_fontfamily()[0]))
assert Path(ps.__file__).parent in font.parents, font
ax.figure.savefig("villages.png")
assert Path("villages.png").stat().st_size > 5000

for name in ("register.xlsx", "register.dta"):
    Path(name).write_bytes(b"\\1x")
    try:
        ps.clean.households(name)
    except ps.SetupError as error:
        assert error.remedy == 'pip install "povstudy[study]"', error
    else:
        raise AssertionError(name)
"""


def built(folder):
    """The source archive of this checkout, and the wheel made from it."""
    uv("build", "--out-dir", folder, ROOT)
    return next(folder.glob("*.tar.gz")), next(folder.glob("*.whl"))


def uv(*words):
    """Run uv with the index that pip is set to."""
    settings = environment._index_for_uv(sys.executable)
    environment._run([sys.executable, "-m", "uv", *words], needed=True, env=settings)


def started(python, folder, *words):
    """What this Python prints, without the checkout in its reach."""
    told = subprocess.run(
        [python, "-I", *words], cwd=folder, capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, "MPLBACKEND": "Agg", "POVSTUDY_DATA": ""},
    )  # fmt: skip
    return told.returncode, told.stdout, told.stderr


def try_alone(python, folder):
    """What the package does with its hard needs: it cleans, measures, draws, and tells its commands."""
    code, _, told = started(python, folder, "-X", "utf8", "-W", "error", "-c", SCRIPT)
    assert code == 0, told
    code, shown, told = started(python, folder, "-m", "povstudy", "--help")
    assert code == 0 and "begin a study of your own data" in shown, told
    code, _, told = started(python, folder, "-m", "povstudy", "reproduce")
    assert code == 1 and "git clone" in told and "Traceback" not in told, told


def try_study(python, folder):
    """What it does with the extra `study`: the lines of README, and a study of a file of one's own."""
    page = (ROOT / "README.md").read_text("utf-8")
    lines, wanted = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", page, re.DOTALL).groups()
    code, shown, told = started(python, folder, "-X", "utf8", "-c", lines)
    assert code == 0 and shown == wanted, (shown, told)
    (folder / "mine.csv").write_text(
        "户编号,行政村,家庭人口,人均纯收入(元)\n5201,上村,4,2855\n5202,上村,3,3000\n", "gb18030"
    )
    code, _, told = started(
        python, folder, "-X", "utf8", "-m", "povstudy", "new", "my study", "--from", "mine.csv"
    )
    assert code == 0, told
    code, _, told = started(python, folder, "-m", "povstudy", "lab", "my study", "--version")
    assert code == 0, told  # as `new` says


@pytest.fixture(scope="module")
def made():
    """Source archive and wheel, and the Python of an environment with hard needs as in the lock."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        venv.create(folder / "empty")
        python = environment._python(folder / "empty")
        try:
            source, wheel = built(folder)
            _install(python, wheel)
        except SetupError as error:
            if "no network" in error.problem:
                pytest.skip(f"needs the network: {error.found}")
            raise
        yield source, wheel, python


def _install(python, what):
    uv("pip", "install", "--python", python, "--constraint", ROOT / "requirements.lock", what)


def test_the_archives_hold_what_the_repository_holds(made):
    source, wheel, _ = made
    with tarfile.open(source) as archive:
        found = {one.name.partition("/")[2] for one in archive if one.isfile()}
    known = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if known.returncode == 0 and known.stdout:
        assert found - {"PKG-INFO"} == {one for one in known.stdout.split("\0") if one}
    with zipfile.ZipFile(wheel) as archive:
        held = {one for one in archive.namelist() if ".dist-info/" not in one}
    data = ("data/codebooks/", "data/official/", "data/datapackage.json")
    assert held == {one for one in found if one.startswith("povstudy/")} | {
        f"povstudy/{one}" for one in found if one.startswith(data)
    }


def test_with_its_hard_needs_it_cleans_measures_and_draws_in_chinese(made, tmp_path):
    try_alone(made[2], tmp_path)


def test_with_the_extra_study_it_begins_a_study(made, tmp_path):
    _install(made[2], f"povstudy[study] @ {made[1].as_uri()}")
    try_study(made[2], tmp_path)
