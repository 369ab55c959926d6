"""What the tests share."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Quick by default, with a quarter of the examples and draws; .ci/run asks for half of them, and
# a release for all: POVSTUDY_TEST_PROFILE=half, or full. The bounds of the tests follow from the
# number of draws, so each profile can fail.
SHARE = {"full": 1.0, "half": 0.5}.get(os.environ.get("POVSTUDY_TEST_PROFILE"), 0.25)
# No example fails for being slow: machines differ, and examples are the same on every run.
settings.register_profile("full", deadline=None, derandomize=True)
settings.register_profile("some", settings.get_profile("full"), max_examples=int(100 * SHARE))
settings.load_profile("some")


def examples(count):
    """So many examples for a property in the full profile, or a part of them."""
    return settings(max_examples=max(int(count * SHARE), 5))


def draws(full, quick):
    """Number of draws of a simulation, and how many times as wide as in full a bound is."""
    count = quick if SHARE < 0.5 else max(quick, int(full * SHARE))
    return count, (full / count) ** 0.5


ROOT = Path(__file__).resolve().parents[1]


# Files that take longest, by measured seconds: they start first, so that no core waits for them.
LONGEST = ("study", "try_next", "figures", "engines", "clean_records", "clean_cells", "targeting")


def pytest_configure(config):
    # One thread of linear algebra for each process, as `reproduce` has it, and before numpy is
    # imported: several wait for each other on matrices this small, at twice the CPU seconds.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    import matplotlib

    matplotlib.use("Agg")
    config.option.loadscopereorder = False  # of xdist: not the files with most tests first


def pytest_collection_modifyitems(items):
    # An example runs where it stands, and not once more in the room that hands its name on.
    items[:] = [
        one for one in items if one.path.name != "__init__.py"
        or one.name == ".".join(one.path.parent.relative_to(ROOT).parts)
    ]  # fmt: skip
    order = {f"test_{name}.py": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture
def survey_files():
    """Skip, by name, where the downloaded survey files are not at hand."""
    folder = os.environ.get("POVSTUDY_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs the survey files: set POVSTUDY_DATA to their folder")
    return Path(folder)


class Checkout:
    """A small copy of the repository, to run its commands in."""

    def __init__(self, root):
        self.root = root
        for name in ("povstudy", "data"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, root / name)
        (root / "notebooks").mkdir()
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("POVSTUDY") and not name.lower().endswith("_proxy")
        }
        # No network for anything that tries, and no cache of the user's: a proxy that refuses.
        self.env |= dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
        home = root.parent / "home"
        home.mkdir(exist_ok=True)
        self.env |= dict.fromkeys(("HOME", "LOCALAPPDATA", "XDG_CACHE_HOME"), str(home))

    def notebook(self, name, *cells, tags=()):
        """Write a notebook of code cells; ``tags`` go to the last one."""
        import nbformat

        made = [nbformat.v4.new_code_cell(source=source) for source in cells]
        made[-1]["metadata"]["tags"] = list(tags)
        path = self.root / "notebooks" / f"{name}.ipynb"
        path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=made)), encoding="utf-8")
        return path

    def start(self, *words):
        command = [sys.executable, "-m", "povstudy", *words]
        pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command, cwd=self.root, env=self.env, text=True, **pipe)

    def run(self, *words, code=0):
        """Run a command and return what it prints."""
        process = self.start(*words)
        output = process.communicate(timeout=300)[0]
        assert process.returncode == code, output
        return output

    def files(self, *folders):
        """Bytes of every file under some folders."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for folder in folders
            for path in sorted((self.root / folder).rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path / "copy of povstudy")  # a blank, as in many Windows paths


@pytest.fixture
def collected(monkeypatch):
    """How many rows leave an engine, query by query."""
    from povstudy.survey.engines import Engine

    fetch, rows = Engine._fetch, []

    def counted(self, frame):
        found = fetch(self, frame)
        rows.append(len(found))
        return found

    monkeypatch.setattr(Engine, "_fetch", counted)
    return rows


@pytest.fixture(scope="session")
def spark():
    """One small session; skipped by name where Spark or Java is missing."""
    sql = pytest.importorskip("pyspark.sql", reason="needs pyspark: pip install povstudy[spark]")
    if shutil.which("java") is None:
        pytest.skip("needs Java for Spark")
    made = sql.SparkSession.builder.master("local[1]").appName("povstudy")
    for name, value in {
        "spark.ui.enabled": "false", "spark.log.level": "OFF", "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false", "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1", "spark.sql.session.timeZone": "UTC",
    }.items():  # fmt: skip
        made = made.config(name, value)
    session = made.getOrCreate()
    yield session
    session.stop()
