"""Files that are whole or not there, and a lock that a crash cannot leave behind.

Needs the standard library alone: the set-up uses it.
"""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from .errors import SetupError


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
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = content.encode("utf-8") if isinstance(content, str) else content
    # Beside the target, as a rename is atomic only within one file system.
    handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


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
            if os.name == "nt":
                import msvcrt

                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SetupError(
                f"Another povstudy is {doing} in this folder.",
                where=Path(path).parent,
                remedy="wait until it has ended, then start again",
            ) from None
        yield
