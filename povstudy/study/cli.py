"""The command line: ``python3 -m povstudy <command>`` (``py -m povstudy`` on Windows)."""

import argparse
import subprocess
import sys
from pathlib import Path

from .. import __version__
from ..base.errors import PovstudyError, SetupError, message
from .environment import ROOT, ensure, is_checkout, quiet, wait, with_path

_STUDY = ("study",)
_DOCS = ("study", "docs")
_ALL = ("study", "docs", "dev")


def main(arguments=None):
    """Run one command; print errors of povstudy as plain text and return the exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``python -m povstudy``; those of this process by default.

    Returns
    -------
    int
        0 if all went well.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):  # a console that lacks a character is no reason to stop
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    told, more = parser.parse_known_args(arguments)
    if more and told.command not in ("lab", "test"):
        waves = told.command == "new" and not any(one.startswith("-") for one in more)
        parser.error(f"unknown: {' '.join(more)}" + ("; begin with one file: for several waves of a "
                     "survey see docs/panels.md, A panel of your own" if waves else ""))  # fmt: skip
    if told.command is None:
        parser.print_help()
        return 0
    try:
        anywhere = ("fetch", "new", "clean", *(["lab"] if _named(more) else []))
        if told.command not in anywhere and not is_checkout():
            raise SetupError(
                f"`{told.command}` works in a checkout of povstudy, with its notebooks; "
                "this is the installed package.",
                where=ROOT,
                remedy="get the repository with git clone (or unpack its download), and start "
                "the command in its folder",
            )
        ensure({"test": _ALL, "docs": _DOCS}.get(told.command, _STUDY), arguments)
        code = _COMMANDS[told.command](told, more)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # as `| head` does: whatever was begun is whole
        quiet()
        return 141
    except PovstudyError as error:
        said = str(error).replace(" sheet=", " --sheet ").replace("：sheet=", "：--sheet ")
        print(f"povstudy: {said}", file=sys.stderr)
        return 1
    except OSError as error:
        said = message(
            "A file or folder cannot be read or written.", found=error,
            remedy="close programs that have it open (such as Excel), check that the folder "
            "may be written to and the disk has room, then start again",
        )  # fmt: skip
        print(f"povstudy: {said}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("povstudy: stopped.", file=sys.stderr)
        return 130


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m povstudy", description="Study poverty programmes in Jupyter."
    )
    parser.add_argument("--version", action="version", version=f"povstudy {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("reproduce", help="run the notebooks whose inputs changed; write figures/")
    commands.add_parser("report", help="write one HTML page for each notebook, and an index")
    commands.add_parser("docs", help="make the site of the documentation, and tell its first page")
    commands.add_parser(
        "lab", help="open the notebooks in JupyterLab, or a folder named; further words go to it"
    )
    fetch = commands.add_parser("fetch", help="download survey data, checked")
    fetch.add_argument("name", nargs="*", help="dataset; all of them if none is named")
    new = commands.add_parser("new", help="begin a study of your own data: a folder to work in")
    new.add_argument("folder", help="folder to make; must not be there yet")
    new.add_argument(
        "--from", dest="file", required=True, help="your file: .csv .xlsx .xls .dta .sav"
    )
    clean = commands.add_parser(
        "clean", help="clean a file; write its table, and a page that tells how"
    )
    clean.add_argument("file", help="your file: .csv .xlsx .xls .dta .sav")
    clean.add_argument("--codebook", help="register, agency, or the path of a codebook")
    clean.add_argument("--out", help="folder for table and page; without it one beside the file")
    for one in (new, clean):
        one.add_argument("--lang", choices=("en", "zh"), help="without it that of the file's heads")
        one.add_argument("--sheet", help="of a workbook with several: its name, or number from 1")
    commands.add_parser("test", help="run the tests; further words go to pytest")
    return parser


def _reproduce(told, more):
    from .reproduce import reproduce

    return reproduce(ROOT)


def _report(told, more):
    from .report import report

    print(f"Open {report(ROOT)}")
    return 0


def _docs(told, more):
    from .site import build

    print(f"Open {build(ROOT, ROOT / 'site')}")
    return 0


def _lab(told, more):
    """The notebooks of povstudy, or of a study of one's own, whose folder or file is named."""
    own = _named(more)
    return _call("jupyterlab", *(own or ["notebooks"]), *more[len(own) :])


def _named(more):
    """The folder or file for `lab` that is named first, if it is there."""
    return [str(Path(one).resolve()) for one in more[:1] if Path(one).exists()]


def _new(told, more):
    from .own import new

    print(*new(told.folder, told.file, told.lang, told.sheet), sep="\n")
    return 0


def _clean(told, more):
    from .own import clean

    print(*clean(told.file, told.codebook, told.lang, told.out, told.sheet), sep="\n")
    return 0


def _fetch(told, more):
    from ..sources.catalogue import datasets, fetch

    table = datasets()
    names = told.name or table.loc[table["access"] == "download", "name"]
    failed = []
    for name in names:
        try:
            for path in fetch(name):
                print(f"{name}: {path}")
        except PovstudyError as error:
            print(f"povstudy: {error}", file=sys.stderr)
            failed.append(name)
    if failed:
        print(
            f"Not fetched: {', '.join(failed)}. All addresses: data/datapackage.json, "
            'or povstudy.describe("<name>")',
            file=sys.stderr,
        )
    return 1 if failed else 0


def _test(told, more):
    """Style, format, needs, then tests and doctests; all run even if one fails.

    All tests run on all cores, a file on one; with words for pytest, as they say.
    """
    tests = ["pytest", *(more or ["-n", "auto", "--dist", "loadfile"])]
    style = ["ruff", "check", "."], ["ruff", "format", "--check", "."]
    steps = (*style, ["deptry", "."], tests)
    failed = []
    for step in steps:
        print(f"$ {' '.join(step)}", flush=True)
        if _call(*step):  # a step that was killed has a code below 0
            failed.append(" ".join(step))
    if failed:  # said last: what fails first is out of sight after ten minutes of dots
        print(f"Failed: {'; '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def _call(*words):
    """Run a module of this Python in the checkout; Ctrl-C is left to it."""
    command = [sys.executable, "-m", *words]
    return wait(subprocess.Popen(command, cwd=ROOT, env=with_path(ROOT)))


_COMMANDS = {
    "reproduce": _reproduce,
    "report": _report,
    "docs": _docs,
    "lab": _lab,
    "new": _new,
    "clean": _clean,
    "fetch": _fetch,
    "test": _test,
}
