"""How far a long computation is, told to a person who looks on, and to no file or notebook run."""

import sys
from contextvars import ContextVar
from time import monotonic

_AFTER, _EVERY = 2.0, 0.25  # seconds before anything is told, and between two lines
_OPEN = ContextVar("open", default=False)  # whether an outer one tells already


def watched(items, text, total=None, show=None):
    """Pass items on; after two seconds tell how many are done, in a line that goes away again.

    Nothing is told where nobody looks on: outside a terminal, and in a notebook that runs by
    itself, such as those of ``povstudy reproduce``.

    Parameters
    ----------
    items : iterable
    text : str
        What is done, such as ``"simulate"``.
    total : int, optional
        How many there are, where ``len(items)`` does not say it.
    show : bool, optional
        Whether it is told at once, or not at all, whoever looks on.

    Yields
    ------
    object
        The items.

    Examples
    --------
    >>> from povstudy.base.progress import watched
    >>> [one * 2 for one in watched([1, 2], "double")]
    [2, 4]
    """
    line = Line(text, len(items) if total is None else total, show)
    try:
        for one in items:
            yield one
            line.update(1)
    finally:
        line.close()


class Line:
    """The line itself; what `pooch` asks of a progress bar.

    Parameters
    ----------
    text, total, show
        As of `watched`.
    """

    def __init__(self, text, total=0, show=None):
        """Look at the clock, and whether an outer line tells already."""
        self.text, self.total, self.show, self.done = text, total, show, 0
        self.next, self.out, self.told = monotonic() + (0 if show else _AFTER), None, 0
        self.outer = _OPEN.get()
        _OPEN.set(True)

    def update(self, count):
        """Count so many more, and tell it if it is time."""
        self.done += count
        now = monotonic()
        if now < self.next and not (self.show and self.done == self.total):
            return
        self.next = now + _EVERY
        self.out = self.out or (None if self.outer or self.show is False else _seen_on(self.show))
        if self.out is not None:
            filled = min(30, 30 * self.done // max(self.total, 1))
            line = f"{self.text} [{'#' * filled:.<30}] {self.done:,} of {self.total:,}"
            print(f"\r{line:<{self.told}}", end="", file=self.out, flush=True)
            self.told = len(line)

    def reset(self):
        """Begin anew."""
        self.done = 0

    def close(self):
        """Take the line away."""
        _OPEN.set(self.outer)
        if self.told:
            print(f"\r{'':<{self.told}}\r", end="", file=self.out, flush=True)
        self.told = 0


def _seen_on(show):
    """Where a person looks on: a terminal, or a notebook in which someone may be asked."""
    if show or (sys.stderr is not None and sys.stderr.isatty()):
        return sys.stderr
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    alive = getattr(getattr(shell, "kernel", None), "_allow_stdin", False)
    return sys.stdout if alive else None
