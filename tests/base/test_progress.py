"""Progress is told to a person who looks on, late, and nowhere else."""

import io
import sys
from types import SimpleNamespace

import pytest

from povstudy.base import progress
from povstudy.base.progress import watched


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """Time that goes on by a second with every look at it."""
    seconds = iter(range(10_000))
    monkeypatch.setattr(progress, "monotonic", lambda: float(next(seconds)))


def run(monkeypatch, screen, count=6, **options):
    monkeypatch.setattr(sys, "stderr", screen)
    assert [*watched(range(count), "draw", **options)] == [*range(count)]
    return screen.getvalue()


def test_in_a_terminal_it_is_told_after_two_seconds_and_taken_away(monkeypatch, clock):
    told = run(monkeypatch, Screen())
    assert "1 of 6" not in told and "2 of 6" in told and "6 of 6" in told
    last = told.split("\r")
    assert last[-1] == "" and last[-2].strip() == ""
    assert "\n" not in told


def test_what_is_quick_tells_nothing(monkeypatch):
    assert run(monkeypatch, Screen()) == ""


def test_outside_a_terminal_nothing_is_told_unless_it_is_asked_for(monkeypatch, clock):
    assert run(monkeypatch, io.StringIO()) == ""
    assert "6 of 6" in run(monkeypatch, io.StringIO(), show=True)
    assert run(monkeypatch, Screen(), show=False) == ""


@pytest.mark.parametrize("asked", [True, False])
def test_a_notebook_in_which_someone_may_be_asked_is_told_and_one_that_runs_by_itself_is_not(
    monkeypatch, clock, capsys, asked
):
    shell = SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=asked))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert run(monkeypatch, io.StringIO()) == ""
    assert ("6 of 6" in capsys.readouterr().out) == asked


def test_of_two_the_outer_one_tells(monkeypatch, clock):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    for _ in watched(range(3), "outer"):
        for _ in watched(range(9), "inner"):
            pass
    assert "outer" in screen.getvalue() and "inner" not in screen.getvalue()


def test_a_line_is_taken_away_where_a_computation_fails(monkeypatch, clock):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with pytest.raises(ZeroDivisionError):
        for one in watched(iter([1, 1, 1, 1, 0]), "divide", 5):
            1 / one
    assert "3 of 5" in screen.getvalue()
    assert run(monkeypatch, Screen(), 9)


def test_a_notebook_that_runs_by_itself_holds_no_line():
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    code = (
        "from povstudy.base import progress\n"
        "progress._AFTER = 0.0\n"
        "import time\n"
        "for _ in progress.watched(range(4), 'x'): time.sleep(0.3)"
    )
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    client.NotebookClient(book, kernel_name="python3").execute()
    assert book.cells[0].outputs == []
