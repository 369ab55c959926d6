"""The environment that the commands run in: found, or made once in ``.venv``.

Needs the standard library alone. If the packages are there (conda, uv, an active venv),
nothing is done. If not, and this is a checkout, ``.venv`` is made from
``requirements.lock`` and the command goes on in it. Whatever goes wrong, nothing
half-built stays.
"""

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import tomllib
from importlib import metadata
from pathlib import Path

from ..base.errors import SetupError
from ..base.files import only_one, write_whole

ROOT = Path(__file__).resolve().parents[2]
_GIGABYTES = 1.5  # of room that making the environment takes, downloads included
_BUILDING, _READY = "povstudy-building", "povstudy-ready"  # marks inside .venv
_HANDED_OVER = "POVSTUDY_HANDED_OVER"
_BY_HAND = "conda env create -f environment.yml (docs/study.md, 'Other ways')"


def is_checkout(root=ROOT):
    """Whether ``root`` is a clone or an unpacked download, not an installed package."""
    return (root / "requirements.lock").is_file() and (root / "notebooks").is_dir()


def with_path(root=ROOT):
    """Environment variables for a process that has to find the package in ``root``.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    dict
    """
    path = os.pathsep.join(part for part in (str(root), os.environ.get("PYTHONPATH")) if part)
    return {**os.environ, "PYTHONPATH": path, **_plot_folder(root)}


def _plot_folder(root):
    """A folder for what Matplotlib notes, where it could not write its own and would warn."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  what has no home is no error here
    given = os.environ.get("MPLCONFIGDIR")
    wanted = [Path(given)] if given else [home / ".matplotlib"]
    if not given and sys.platform.startswith(("linux", "freebsd")):
        wanted = [
            Path(os.environ.get(f"XDG_{name}_HOME") or home / folder) / "matplotlib"
            for name, folder in (("CONFIG", ".config"), ("CACHE", ".cache"))
        ]
    if all(map(_can_write, wanted)):
        return {}
    made = root / ".povstudy" / "matplotlib"
    if not _can_write(made):
        made = Path(tempfile.gettempdir()) / "povstudy-matplotlib"
    return {"MPLCONFIGDIR": str(made)}


def _can_write(folder):
    """Whether a folder is there, or can be made, and takes files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def missing_packages(extras, root=ROOT):
    """List requirements that this interpreter lacks or has in too old a version.

    Parameters
    ----------
    extras : sequence of str
        Optional groups of pyproject.toml that are needed besides the hard needs.
    root : Path
        The checkout.

    Returns
    -------
    list of str
        Such as ``"pandas>=3.0"``; empty if all are there.
    """
    if (root / "pyproject.toml").is_file():
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        optional = project["optional-dependencies"]
        wanted = project["dependencies"] + [one for extra in extras for one in optional[extra]]
    else:
        wanted = []
        for told in metadata.requires("povstudy") or []:
            requirement, _, condition = told.partition(";")
            extra = re.search(r"extra == ['\"](\w+)", condition)
            if extra is None or extra[1] in extras:
                wanted.append(requirement.strip())
    return [one for one in wanted if not _is_there(one)]


def _is_there(requirement):
    name, _, least = requirement.partition(">=")
    try:
        return _numbers(metadata.version(name)) >= _numbers(least)
    except metadata.PackageNotFoundError:
        return False


def _numbers(version):
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0])[:3])


def ensure(extras, arguments, root=ROOT):
    """Return if the packages are there; else set up ``.venv`` and run the command in it.

    Parameters
    ----------
    extras : sequence of str
        Groups of pyproject.toml that the command needs.
    arguments : sequence of str
        Command line after ``python -m povstudy``, for going on in the environment.
    root : Path
        The checkout.

    Raises
    ------
    SetupError
        With one plain sentence and a remedy, if the environment cannot be made.
    """
    handed_over = os.environ.pop(_HANDED_OVER, None)  # not for the children of this process
    lacking = missing_packages(extras, root)
    if not lacking:
        return
    if not is_checkout(root):
        raise SetupError(
            "This povstudy is an installed package, and packages it needs for this are missing.",
            found=", ".join(lacking),
            remedy=f'python -m pip install "povstudy[{",".join(extras)}]"',
        )
    venv = root / ".venv"
    if handed_over:
        raise SetupError(
            "The folder .venv lacks packages that povstudy needs; povstudy did not make it, "
            "or it was changed since.", where=venv, found=", ".join(lacking),
            remedy="delete or rename the folder and start again, or install into it: "
            f"{_python(venv)} -m pip install -r requirements.lock",
        )  # fmt: skip
    if not (_is_ready(venv, root) or _is_foreign(venv)):
        make(venv, root)
    _go_on(_python(venv), arguments)


def _python(venv):
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _lock_hash(root):
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def _is_ready(venv, root):
    mark = venv / _READY
    return (
        mark.is_file() and mark.read_text().strip() == _lock_hash(root) and _python(venv).exists()
    )


def _is_foreign(venv):
    """Whether somebody else made it: no mark of ours, and not the empty folder of a start."""
    if venv.is_symlink() or not venv.is_dir():
        return venv.is_symlink() or venv.exists()
    ours = any((venv / mark).exists() for mark in (_BUILDING, _READY))
    return not ours and any(venv.iterdir())


def _go_on(python, arguments):
    """Continue in the environment, as the same process where the system can."""
    if not python.exists():
        raise SetupError("The folder .venv is there, but it is no environment that can be used.",
                         where=python, remedy="delete or rename the folder .venv and start again")  # fmt: skip
    command = [str(python), "-m", "povstudy", *arguments]
    given = {**os.environ, _HANDED_OVER: "1"}
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        quiet()
    if os.name != "nt":
        os.execve(command[0], command, given)
    sys.exit(wait(subprocess.Popen(command, env=given)))


def wait(child):
    """Wait for a process to end and return its code; Ctrl-C is left to it.

    Parameters
    ----------
    child : subprocess.Popen
        It gets the signal too, and decides.

    Returns
    -------
    int
    """
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            return child.wait()


def make(venv, root=ROOT):
    """Make the environment from ``requirements.lock``; on any failure leave nothing behind.

    Parameters
    ----------
    venv : Path
        Folder to make.
    root : Path
        The checkout with ``requirements.lock``.
    """
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            "This Python cannot make environments: its module ensurepip is missing.",
            where=sys.executable,
            remedy="on Debian and Ubuntu: sudo apt install python3-venv; or " + _BY_HAND,
        )
    started = time.monotonic()
    try:
        free = shutil.disk_usage(root).free / 1e9
        if free < _GIGABYTES:
            raise SetupError(_NO_SPACE, where=root, found=f"{free:.1f} GB free",
                             remedy=f"make {_GIGABYTES:g} GB of room and start again")  # fmt: skip
        state = root / ".povstudy"
        state.mkdir(exist_ok=True)
        with only_one(state / "setup.lock", "setting up"):
            if _is_ready(venv, root):  # another process was quicker
                return
            _say("Setting up, once: .venv from requirements.lock ...")
            _replace(venv, root, state / "old-venv")
    except KeyboardInterrupt:
        raise SetupError("The set-up was stopped; nothing was left behind.") from None
    except OSError as error:
        raise _plain(error, root) from error
    _say(f"... ready in {time.monotonic() - started:.0f} s, {_gigabytes(venv):.1f} GB in .venv.")


def _replace(venv, root, old):
    """Build the new environment; on failure put back the old one, if there was one."""
    if (venv / _READY).is_file():
        shutil.rmtree(old, ignore_errors=True)
        venv.replace(old)
    _remove(venv)
    try:
        _build(venv, root)
    except BaseException:
        _say("... not finished; removing what was begun.")
        _remove(venv)
        if old.exists():
            old.replace(venv)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _build(venv, root):
    import venv as maker

    venv.mkdir()
    (venv / _BUILDING).write_text("")
    _say("  1/3 an empty environment")
    try:
        maker.create(venv, with_pip=True, symlinks=os.name != "nt")
    except subprocess.CalledProcessError as error:
        raise _tool_failed((error.output or b"").decode(errors="replace")) from error
    python = str(_python(venv))
    lock = root / "requirements.lock"
    _say("  2/3 the installer")
    quick = _has_uv(python, lock, venv)
    _say("  3/3 the packages" + ("" if quick else " (with pip, which takes longer)"))
    done = quick and _run(
        [python, "-m", "uv", "pip", "install", "--python", python, "--require-hashes", "-r", lock],
        env=_index_for_uv(python),
    )
    if not done:
        _run([python, "-m", "pip", "install", "--require-hashes", "-r", lock], needed=True)
    # The checkout itself, so that notebooks opened in this environment find it. As a relative
    # path it holds plain letters alone: .pth files are read in the encoding of the system.
    base = {"base": str(venv), "platbase": str(venv)}
    purelib = Path(sysconfig.get_path("purelib", "venv", vars=base))
    write_whole(purelib / "povstudy.pth", os.path.relpath(root, purelib) + "\n")
    write_whole(venv / _READY, _lock_hash(root) + "\n")
    (venv / _BUILDING).unlink()


def _has_uv(python, lock, venv):
    """Install uv alone, at its locked version and hash; pip does the rest if that fails."""
    block = re.search(r"^uv==(?:.*\\\n)*.*\n", lock.read_text(encoding="utf-8"), re.MULTILINE)
    if block is None:
        return False
    alone = venv / "uv.txt"
    alone.write_text(block.group(), encoding="utf-8")
    try:
        _run([python, "-m", "pip", "install", "--require-hashes", "-r", alone], needed=True)
    except SetupError as error:
        if error.problem != _NOT_MADE:  # no network, no room: pip would meet the same
            raise
        return False
    finally:
        alone.unlink()
    return True


def _index_for_uv(python):
    """Let uv use the index that pip is set to: mirrors near the user are set there."""
    told = _run([python, "-m", "pip", "config", "list"])
    index = re.search(r"(?:^|\.)index-url='([^']+)'", told, re.MULTILINE)
    if index is None or "UV_DEFAULT_INDEX" in os.environ:
        return dict(os.environ)
    return {**os.environ, "UV_DEFAULT_INDEX": index.group(1)}


def _run(command, needed=False, env=None):
    """Output of a command; if it fails, an empty text or, where needed, a plain error."""
    with tempfile.TemporaryFile() as log:
        code = subprocess.call(
            [str(part) for part in command], stdout=log, stderr=subprocess.STDOUT, env=env
        )
        log.seek(0)
        output = log.read().decode(errors="replace")
    if code == 0:
        return output or "done"
    if needed:
        raise _tool_failed(output)
    return ""


_NOT_MADE = "The environment could not be made."
_NO_SPACE = "There is no room on the disk for the environment."
_SIGNS = (
    (
        r"No space left|not enough space|Disk quota|WinError 112|Errno 28\b",
        _NO_SPACE,
        f"make {_GIGABYTES:g} GB of room and start again",
    ),
    (
        r"Temporary failure in name|Name or service|getaddrinfo|NewConnectionError|timed? ?out"
        r"|Connection ?(refused|reset|broken|aborted)|Network is unreachable|dns error"
        r"|ProxyError|error sending request",
        "The packages could not be downloaded: no network, or the package index does not answer.",
        "check the connection and the proxy settings, then start again",
    ),
    (
        r"Permission denied|Read-only file system|Access is denied|WinError (5|32)\b"
        r"|Errno (13|30)\b",
        "The folder cannot be written to: it is read-only, or another program holds it.",
        "copy povstudy to a folder of your own, close programs that use .venv, start again",
    ),
)


def _tool_failed(output):
    """The error in plain words, with the line of the tool's output that gives it away."""
    lines = [line.strip() for line in output.strip().splitlines()]
    for pattern, problem, remedy in _SIGNS:
        told = [line for line in lines if re.search(pattern, line, re.IGNORECASE)]
        if told:
            return SetupError(problem, found=told[-1][-160:], remedy=remedy)
    return SetupError(_NOT_MADE, found=" | ".join(lines[-3:])[-400:], remedy=_BY_HAND)


def _plain(error, root):
    found = _tool_failed(str(error))
    where = getattr(error, "filename", None) or root
    return SetupError(found.problem, where=where, found=str(error), remedy=found.remedy)


def _remove(venv):
    """Put it out of the way in one step, then delete: a kill leaves no half of it in place."""
    waste = venv.parent / ".povstudy" / "waste"
    shutil.rmtree(waste, ignore_errors=True)
    if venv.exists():
        venv.replace(waste)
        shutil.rmtree(waste)


def _gigabytes(folder):
    return sum(one.lstat().st_size for one in folder.rglob("*")) / 1e9


def _say(text):
    try:
        print(text, flush=True)
    except BrokenPipeError:  # nobody reads on; the work goes on
        quiet()


def quiet():
    """Send what is printed from now on nowhere: who read it has gone."""
    with contextlib.suppress(OSError, ValueError):  # a stream without a file needs nothing
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
