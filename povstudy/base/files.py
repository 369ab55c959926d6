"""Files that are whole or not there, and a lock that a crash cannot leave behind.

Needs the standard library alone: the set-up uses it.
"""

import os
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import DataError, SetupError


def need_file(path, remedy="check folder and name"):
    """Refuse what is no file with content that can be read: a pipe or a device never ends.

    Parameters
    ----------
    path : str or Path
        File to read.
    remedy : str, optional
        What to do where there is no such file.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        With the path.

    Examples
    --------
    >>> need_file("/no/such/file")
    Traceback (most recent call last):
    povstudy.base.errors.DataError: There is no such file.
      where: /no/such/file
      remedy: check folder and name
    """
    path = Path(path)
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):
            raise DataError(
                "This is no file.",
                where=path,
                found="a folder" if stat.S_ISDIR(kind) else "a pipe, a socket or a device",
                remedy="give the path of a file; what a pipe holds has to be saved first",
            )
        with path.open("rb") as file:
            empty = not file.read(1)
    except (FileNotFoundError, NotADirectoryError):
        raise DataError("There is no such file.", where=path, remedy=remedy) from None
    except OSError as error:
        raise DataError(
            "This file cannot be opened.", where=path, found=error.strerror,
            remedy="close it in other programs, and check that you may read it",
        ) from None  # fmt: skip
    except ValueError as error:  # a NUL in the name; our own errors are ValueErrors too
        if isinstance(error, DataError):
            raise
        raise DataError("There is no such file.", where=path, remedy=remedy) from None
    if empty:
        raise DataError("This file is empty: it has no bytes.", where=path.name,
                        remedy="copy or download it again")  # fmt: skip
    return path


def write_whole(path, content):
    """Write bytes or text so that ``path`` holds the old or the new content, never a part.

    Parameters
    ----------
    path : Path
        File to write; its folder is made if needed.
    content : bytes or str
        Text is written as UTF-8 with ``\\n`` line ends.

    Examples
    --------
    >>> import tempfile
    >>> from povstudy.base.files import write_whole
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "a" / "b.txt", "whole")
    ...     (Path(folder) / "a" / "b.txt").read_text()
    'whole'
    """
    raw = content.encode("utf-8") if isinstance(content, str) else content
    with whole_file(path) as part:
        part.write_bytes(raw)


@contextmanager
def whole_file(path, mode=0o644):
    """A file beside ``path`` to be written, which takes its place if all goes well.

    Parameters
    ----------
    path : Path
        File to write; its folder is made if needed.
    mode : int
        Who may read and write it.

    Yields
    ------
    Path
        Where to write.
    """
    path = Path(path)
    if path.is_dir():
        raise DataError("A folder stands where the file is to be written.", where=path,
                        remedy="the name of a file in it")  # fmt: skip
    with part_beside(path) as part:
        part.touch(0o600)
        yield part
        part.chmod(mode)
        part.replace(path)


@contextmanager
def whole_folder(path):
    """A folder beside ``path``, which is new or empty, that takes its place if all goes well.

    Parameters
    ----------
    path : Path
        Folder to fill.

    Yields
    ------
    Path
        Where to write.
    """
    path = Path(path)
    with part_beside(path) as part:
        part.mkdir(0o700)
        yield part
        part.chmod(0o755)
        if path.is_dir():  # one may stand in it
            for one in sorted(part.iterdir()):
                one.rename(path / one.name)
        else:
            part.rename(path)


@contextmanager
def part_beside(path):
    """A name for a file or folder to be made beside ``path``; what bears it in the end is removed.

    So is what writers left there that were killed: each holds a lock, which the system frees when
    its process ends.

    Parameters
    ----------
    path : Path
        What it is a part of; its folder is made if needed.

    Yields
    ------
    Path
        In the same folder, as a rename is atomic only within one file system.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(".part-*.lock"):
        with suppress(OSError):
            with left.open("a+b") as file:
                _lock(file)
                for one in path.parent.glob(f"*{left.stem}"):  # DuckDB writes tmp_... first
                    _remove(one)
            left.unlink(missing_ok=True)
    while True:
        handle, name = tempfile.mkstemp(prefix=".part-", suffix=".lock", dir=path.parent)
        part = Path(name).with_suffix("")
        try:
            with os.fdopen(handle, "a+b") as file:
                with suppress(OSError):  # a file system without locks
                    _lock(file)
                if Path(name).exists():  # else another writer took it for left
                    yield part
                    return
        finally:
            _remove(part)
            Path(name).unlink(missing_ok=True)


def _remove(part):
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)


def _lock(file):
    """Lock an open file; ``OSError`` if another process has."""
    if os.name == "nt":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def only_one(path, doing):
    """Hold a lock on ``path``; refuse if another process holds it.

    The operating system frees the lock when the process ends, however it ends.

    Parameters
    ----------
    path : Path
        The lock file; it stays, empty.
    doing : str
        What is going on, for the message.
    """
    with Path(path).open("a+b") as file:
        try:
            _lock(file)
        except OSError:
            raise SetupError(f"Another povstudy is {doing} in this folder.",
                             where=Path(path).parent,
                             remedy="wait until it has ended, then start again") from None  # fmt: skip
        yield
