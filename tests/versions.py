"""Try the package with the lowest or the newest versions of what it needs: for a release.

    .venv/bin/python tests/versions.py lowest
    .venv/bin/python tests/versions.py newest --python python3.13

The wheel goes with the extra `study` into an empty environment, outside the checkout. There it
does what a user does first, and a notebook of `new` is run; then the examples of all docstrings
run, and tests of files, engines and figures. Further words go to
pytest in their place.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from conftest import ROOT
from test_wheel import built, environment, started, try_alone, try_study, uv

# What tests need besides, in the same versions as the rest: lowest or newest.
TESTS = ["pytest>=8.2", "hypothesis>=6.100", "polars>=1.21"]
PART = [
    "povstudy", "--ignore", "povstudy/study/pages.py",  # of the site, which needs Sphinx
    "tests/clean/test_clean_files.py", "tests/survey/test_engines.py",
    "-k", "not in_memory_is_read",  # pandas before 3.1 takes "x\\0" and "x" for one text
]  # fmt: skip
# Old versions are warned of by their own newer needs; the newest ones warn us of what will go.
WAYS = {
    "lowest": (["--resolution", "lowest-direct"], ["-W", "default"]),
    "newest": (["--upgrade", "--prerelease", "disallow"], []),
}


def main():
    """Run all steps; the first that fails ends it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--python", default=sys.executable, help="a Python of 3.11 or newer")
    told, tests = parser.parse_known_args()
    versions, warnings = WAYS[told.way]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        _, wheel = built(folder)
        uv("venv", "--python", told.python, folder / "env")
        python = environment._python(folder / "env")
        install = ["pip", "install", "--python", python, *versions]
        uv(*install, wheel)
        (folder / "user").mkdir()
        try_alone(python, folder / "user")
        print("With hard needs: it cleans, measures, draws.", flush=True)
        uv(*install, f"povstudy[study,did,fe,rd] @ {wheel.as_uri()}", *TESTS)
        subprocess.run([sys.executable, "-m", "uv", "pip", "list", "--python", python], check=True)
        try_study(python, folder / "user")
        notebook = "my study/my study.ipynb"
        code, _, wrong = started(
            python, folder / "user", "-m", "nbconvert", "--execute", "--to", "html", notebook
        )
        assert code == 0, wrong
        print("With `study`: the lines of README, a study of a file, its notebook.", flush=True)
        pytest = [
            python,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            *warnings,
            *(tests or PART),
        ]
        return subprocess.call(pytest, cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
