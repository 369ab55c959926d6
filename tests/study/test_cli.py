"""The command line."""

import os
import subprocess
import sys

import pytest

from povstudy import __version__
from povstudy.base.errors import SetupError
from povstudy.study import cli, environment


@pytest.fixture(autouse=True)
def no_set_up(monkeypatch):
    """These tests never make an environment, whatever this one lacks."""
    monkeypatch.setattr(cli, "ensure", lambda *words: None)


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

    def call(*words):
        ran.append(list(words))
        return -11 if len(ran) == 4 else 0  # killed

    monkeypatch.setattr(cli, "_call", call)
    assert cli.main(["test", "-k", "lines"]) == 1
    assert ran == [["ruff", "check", "."], ["ruff", "format", "--check", "."],
                   ["deptry", "."], ["pytest", "-k", "lines"]]  # fmt: skip


def test_all_tests_run_on_all_cores(monkeypatch):
    ran = []
    monkeypatch.setattr(cli, "_call", lambda *words: ran.append(list(words)) or 0)
    assert cli.main(["test"]) == 0
    assert ran[-1] == ["pytest", "-n", "auto", "--dist", "loadfile"]


def test_lab_opens_the_notebooks_with_the_package_in_reach(monkeypatch):
    called = {}

    class Child:
        def __init__(self, command, **options):
            called.update(options, command=command)

        def wait(self, waits=iter([KeyboardInterrupt, 0])):  # noqa: B008
            result = next(waits)
            if result is KeyboardInterrupt:
                raise result  # Ctrl-C is left to the child
            return result

    monkeypatch.setattr(cli.subprocess, "Popen", Child)
    assert cli.main(["lab", "--no-browser"]) == 0
    assert called["command"][1:] == ["-m", "jupyterlab", "notebooks", "--no-browser"]
    assert str(environment.ROOT) in called["env"]["PYTHONPATH"]


def test_a_file_that_cannot_be_written_is_plain_text(capsys, monkeypatch):
    def locked(*words):
        raise PermissionError(13, "Permission denied", "figures/tables/a.csv")

    monkeypatch.setitem(cli._COMMANDS, "reproduce", locked)
    assert cli.main(["reproduce"]) == 1
    told = capsys.readouterr().err
    assert "figures/tables/a.csv" in told
    assert "Excel" in told


@pytest.mark.parametrize("module", ["numpy", "json", "yaml", "rich", "argparse"])
@pytest.mark.parametrize("as_folder", [False, True])
def test_a_file_that_hides_a_module_is_named(module, as_folder, tmp_path):
    if as_folder:
        (tmp_path / module).mkdir()
    file = tmp_path / (f"{module}/__init__.py" if as_folder else f"{module}.py")
    file.write_text("raise RuntimeError('hostile')", encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(environment.ROOT)}
    calls = [["-m", "povstudy", "fetch", "county_exits"]]
    if module in ("numpy", "json"):
        calls.append(["-c", "import povstudy as ps; ps.load('county_exits')"])
    for words in calls:
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=env, capture_output=True, text=True
        )
        assert done.returncode
        last = done.stderr.strip().splitlines()[-3:]
        assert f"hides the module {module}" in last[0] and "my_" in last[2]
        assert "Traceback" not in done.stderr or words[0] == "-c"


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
def test_who_stops_reading_gets_no_traceback(tmp_path):
    words = "from povstudy.study import cli, environment as e; import sys;"
    words += "cli.ensure = lambda *a: [e._say('x' * 9999) for _ in range(99)]; sys.exit(cli.main(['fetch', 'county_exits']))"
    child = subprocess.Popen(
        [sys.executable, "-c", words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(environment.ROOT)},
    )  # fmt: skip
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait() in (0, 141)


def test_plots_get_a_folder_where_their_own_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    assert "MPLCONFIGDIR" not in environment.with_path(tmp_path)
    (tmp_path / "file").write_text("")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "file" / "home"))
    made = environment.with_path(tmp_path)["MPLCONFIGDIR"]
    assert made == str(tmp_path / ".povstudy" / "matplotlib")
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "file" / "mpl"))
    assert environment.with_path(tmp_path)["MPLCONFIGDIR"] == made
    done = subprocess.run(
        [sys.executable, "-c", "import matplotlib.font_manager"],
        env=environment.with_path(tmp_path), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and "not a writable" not in done.stderr
