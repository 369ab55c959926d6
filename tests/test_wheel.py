"""The wheel alone, with its hard needs, in an empty environment and outside a checkout."""

import os
import subprocess
import sys
import tempfile
import venv
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


@pytest.fixture(scope="module")
def alone():
    """Python of an environment with the wheel and its hard needs, in the versions of the lock."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        venv.create(folder / "empty")
        python = environment._python(folder / "empty")
        _uv("build", "--wheel", "--out-dir", folder, ROOT)
        (wheel,) = folder.glob("*.whl")
        lock = ROOT / "requirements.lock"
        _uv("pip", "install", "--python", python, "--constraint", lock, wheel)
        yield python


def _uv(*words):
    settings = environment._index_for_uv(sys.executable)
    try:
        environment._run([sys.executable, "-m", "uv", *words], needed=True, env=settings)
    except SetupError as error:
        if "no network" in error.problem:
            pytest.skip(f"needs the network: {error.found}")
        raise


def started(python, folder, *words):
    """Run this Python without the checkout in its reach."""
    return subprocess.run(
        [python, "-I", *words], cwd=folder, capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, "MPLBACKEND": "Agg", "POVSTUDY_DATA": ""},
    )  # fmt: skip


def test_it_cleans_measures_and_draws_in_chinese(alone, tmp_path):
    told = started(alone, tmp_path, "-X", "utf8", "-W", "error", "-c", SCRIPT)
    assert told.returncode == 0, told.stderr


def test_it_says_how_to_start(alone, tmp_path):
    told = started(alone, tmp_path, "-m", "povstudy", "reproduce")
    assert told.returncode == 1
    assert "git clone" in told.stderr and "Traceback" not in told.stderr
