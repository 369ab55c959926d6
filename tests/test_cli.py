"""The command line."""

import pytest

from povstudy import __version__, cli, environment
from povstudy.errors import SetupError


def test_without_a_command_it_tells_what_there_is(capsys):
    assert cli.main([]) == 0
    told = capsys.readouterr().out
    for command in cli._COMMANDS:
        assert command in told


def test_version(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"povstudy {__version__}\n"


@pytest.mark.parametrize("words", [["reproduce", "--fast"], ["dance"]])
def test_unknown_words_are_refused(words, capsys):
    with pytest.raises(SystemExit):
        cli.main(words)
    assert words[-1] in capsys.readouterr().err


def test_fetch_tells_where_the_files_are(capsys):
    assert cli.main(["fetch", "county_exits"]) == 0
    assert capsys.readouterr().out.endswith("county_exits.csv\n")


def test_errors_are_plain_text(capsys):
    assert cli.main(["fetch", "nothing"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("povstudy: There is no dataset 'nothing'.\n  found: known are ")
    assert "Traceback" not in told


def test_fetch_goes_on_after_a_failure_and_lists_it(capsys):
    assert cli.main(["fetch", "nothing", "county_exits"]) == 1
    told = capsys.readouterr()
    assert "county_exits.csv" in told.out
    assert "Not fetched: nothing." in told.err


def test_a_set_up_that_fails_is_plain_text(capsys, monkeypatch):
    def fail(*args):
        raise SetupError("No.", remedy="Yes.")

    monkeypatch.setattr(cli, "ensure", fail)
    assert cli.main(["reproduce"]) == 1
    assert capsys.readouterr().err == "povstudy: No.\n  remedy: Yes.\n"


def test_an_installed_package_says_how_to_start(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(cli, "is_checkout", lambda: environment.is_checkout(tmp_path))
    assert cli.main(["reproduce"]) == 1
    assert "git clone" in capsys.readouterr().err


def test_every_step_of_the_tests_runs_and_the_worst_counts(monkeypatch):
    ran = []

    def call(command, **options):
        ran.append(command[2:])
        return len(ran) == 2

    monkeypatch.setattr(cli.subprocess, "call", call)
    assert cli.main(["test", "-k", "lines"]) == 1
    assert ran == [["ruff", "check", "."], ["ruff", "format", "--check", "."],
                   ["pytest", "-k", "lines"]]  # fmt: skip


def test_lab_opens_the_notebooks_with_the_package_in_reach(monkeypatch):
    called = {}
    monkeypatch.setattr(cli.subprocess, "call", lambda c, **o: called.update(o, command=c) or 0)
    assert cli.main(["lab", "--no-browser"]) == 0
    assert called["command"][1:] == ["-m", "jupyterlab", "notebooks", "--no-browser"]
    assert str(environment.ROOT) in called["env"]["PYTHONPATH"]
