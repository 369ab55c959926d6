"""Setting up: found, made once, or refused in one plain sentence with nothing left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from povstudy.base.errors import SetupError
from povstudy.study import environment


@pytest.fixture
def root(tmp_path):
    """A checkout, as far as setting up is concerned."""
    (tmp_path / "notebooks").mkdir()
    for name in ("pyproject.toml", "requirements.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


@pytest.fixture
def bare(monkeypatch):
    """An interpreter without the packages; what it would go on with is recorded."""
    monkeypatch.setattr(environment, "_is_there", lambda requirement: False)
    monkeypatch.delenv("POVSTUDY_HANDED_OVER", raising=False)
    went_on = []
    monkeypatch.setattr(environment, "_go_on", lambda python, words: went_on.append(python))
    return went_on


@pytest.fixture
def quick(monkeypatch):
    """Make environments without pip and without a network; return the commands that ran."""
    import venv

    ran = []

    def create(path, **options):
        python = environment._python(path)
        python.parent.mkdir()
        python.write_text("")

    def run(command, needed=False, env=None):
        ran.append([str(part) for part in command])
        return "done"

    monkeypatch.setattr(venv, "create", create)
    monkeypatch.setattr(environment, "_run", run)
    return ran


def test_packages_that_are_there_mean_nothing_to_do(root):
    assert environment.missing_packages(("study", "dev"), root) == []
    environment.ensure(("study", "dev"), ["test"], root)
    assert not (root / ".venv").exists()


@pytest.mark.parametrize(
    ("requirement", "there"),
    [("numpy>=1.0", True), ("numpy>=99.0", False), ("numpy", True), ("no-such-thing>=1", False)],
)
def test_requirements_are_compared_by_version(requirement, there):
    assert environment._is_there(requirement) is there


def test_the_environment_is_made_once_and_again_when_the_lock_changes(root, bare, quick):
    ran = quick
    environment.ensure(("study",), ["reproduce"], root)
    assert bare == [environment._python(root / ".venv")]
    [pth] = (root / ".venv").rglob("povstudy.pth")
    line = pth.read_text("ascii")  # whatever the folder is called
    assert (pth.parent / line.strip()).resolve() == root.resolve()
    assert any("--require-hashes" in command and "uv" in command for command in ran)
    made = len(ran)
    environment.ensure(("study",), ["reproduce"], root)
    assert len(ran) == made
    assert len(bare) == 2
    (root / "requirements.lock").write_text("uv==0.0.1 \\\n    --hash=sha256:0\n", "utf-8")
    environment.ensure(("study",), ["reproduce"], root)
    assert len(ran) == 2 * made


def test_uv_is_installed_alone_at_its_locked_hash(root, bare, quick, monkeypatch):
    seen = []
    run = environment._run

    def look(command, **options):
        seen.extend(Path(p).read_text("utf-8") for p in command if str(p).endswith("uv.txt"))
        return run(command, **options)

    monkeypatch.setattr(environment, "_run", look)
    environment.ensure((), [], root)
    [block] = seen
    assert block.startswith("uv==")
    assert block.count("==") == 1
    assert block.count("--hash=sha256:") == block.count("\n") - 1


def test_pip_does_it_where_uv_cannot(root, bare, quick, monkeypatch):
    ran = quick
    run = environment._run

    def no_uv(command, **options):
        return run(command, **options) if "uv" not in [str(part) for part in command] else ""

    monkeypatch.setattr(environment, "_run", no_uv)
    environment.ensure((), [], root)
    assert any(command[2:4] == ["pip", "install"] and "-r" in command for command in ran)
    assert (root / ".venv" / "povstudy-ready").is_file()


def test_the_index_that_pip_uses_is_told_to_uv(monkeypatch):
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    told = "global.extra-index-url='https://other.example'\nglobal.index-url='https://m.example'\n"
    monkeypatch.setattr(environment, "_run", lambda command, **options: told)
    assert environment._index_for_uv("python")["UV_DEFAULT_INDEX"] == "https://m.example"
    monkeypatch.setattr(environment, "_run", lambda command, **options: "done")
    assert "UV_DEFAULT_INDEX" not in environment._index_for_uv("python")


FAILURES = {
    "no network": ("ERROR: NewConnectionError: Temporary failure in name resolution", "no network"),
    "a dead proxy": ("ProxyError('Cannot connect to proxy.')", "no network"),
    "uv without network": ("error sending request for url: dns error", "no network"),
    "a full disk": ("OSError: [Errno 28] No space left on device", "no room on the disk"),
    "a locked file": (
        "PermissionError: [WinError 32] 另一个程序正在使用此文件",
        "cannot be written",
    ),
    "no right": ("PermissionError: [WinError 5] 拒绝访问。", "cannot be written to"),
    "a full disk, in Chinese": ("OSError: [WinError 112] 磁盘空间不足。", "no room on the disk"),
    "anything else": ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "could not be made"),
}


@pytest.mark.parametrize(("output", "sentence"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("at", ["uv.txt", "requirements.lock"])
def test_an_installer_that_fails_leaves_nothing(
    root, bare, quick, monkeypatch, output, sentence, at
):
    run = environment._run

    def fail(command, needed=False, env=None):
        if str(command[-1]).endswith(at):
            if needed:
                raise environment._tool_failed(f"Collecting anyio\n{output}\n")
            return ""
        return run(command)

    monkeypatch.setattr(environment, "_run", fail)
    if at == "uv.txt" and sentence == "could not be made":
        environment.ensure((), [], root)  # no uv, for its own reasons: pip does it
        return
    with pytest.raises(SetupError, match=rf"{sentence}[\s\S]*remedy"):
        environment.ensure((), [], root)
    assert not (root / ".venv").exists()
    assert bare == []


def test_no_ensurepip(root, bare, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"ensurepip is missing[\s\S]*python3-venv"):
        environment.ensure((), [], root)
    assert not (root / ".venv").exists()


def test_no_room(root, bare, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("U", (), {"free": 3e8}))
    with pytest.raises(SetupError, match=r"no room[\s\S]*0.3 GB free"):
        environment.ensure((), [], root)
    assert not (root / ".venv").exists()


def test_a_folder_that_is_read_only(root, bare, monkeypatch):
    def refuse(self, *args, **options):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    with pytest.raises(SetupError, match=r"cannot be written to[\s\S]*\.povstudy"):
        environment.ensure((), [], root)


def test_a_stop_by_the_user_leaves_nothing(root, bare, quick, monkeypatch):
    def stop(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "_run", stop)
    with pytest.raises(SetupError, match="stopped; nothing was left"):
        environment.ensure((), [], root)
    assert not (root / ".venv").exists()


@pytest.mark.parametrize("left", ["povstudy-building", None])
def test_what_a_killed_set_up_left_is_made_anew(root, bare, quick, left):
    (root / ".venv").mkdir()
    if left:
        (root / ".venv" / left).write_text("")
    environment.ensure((), [], root)
    assert (root / ".venv" / "povstudy-ready").is_file()
    assert not (root / ".venv" / "povstudy-building").exists()
    assert not (root / ".povstudy" / "waste").exists()


def test_an_environment_of_somebody_else_is_used_or_refused_but_not_touched(
    root, bare, quick, monkeypatch
):
    (root / ".venv").mkdir()
    (root / ".venv" / "pyvenv.cfg").write_text("")
    environment.ensure((), [], root)
    assert bare == [environment._python(root / ".venv")]
    monkeypatch.setenv("POVSTUDY_HANDED_OVER", "1")  # as it is set for the process that goes on
    with pytest.raises(SetupError, match=r"lacks packages[\s\S]*delete or rename"):
        environment.ensure((), [], root)
    assert [path.name for path in (root / ".venv").iterdir()] == ["pyvenv.cfg"]


@pytest.mark.parametrize("how", ["file", "link"])
def test_a_file_or_a_link_in_its_place_is_not_touched(root, bare, quick, how):
    venv = root / ".venv"
    venv.write_text("mine") if how == "file" else venv.symlink_to(root / "notebooks")
    environment.ensure((), [], root)
    assert quick == []
    assert venv.read_text() == "mine" if how == "file" else venv.is_symlink()


def test_an_update_that_fails_puts_the_old_environment_back(root, bare, quick, monkeypatch):
    environment.ensure((), [], root)
    mine = root / ".venv" / "added by the user"
    mine.write_text("")
    (root / "requirements.lock").write_text("", "utf-8")

    def no_network(*args, **options):
        raise environment._tool_failed("Connection refused")

    monkeypatch.setattr(environment, "_run", no_network)
    with pytest.raises(SetupError, match="no network"):
        environment.ensure((), [], root)
    assert mine.exists()
    assert not (root / ".povstudy" / "old-venv").exists()


def test_children_are_not_taken_for_the_process_that_was_handed_over(root, monkeypatch):
    monkeypatch.setenv("POVSTUDY_HANDED_OVER", "1")
    environment.ensure((), [], root)
    assert "POVSTUDY_HANDED_OVER" not in os.environ


def test_outside_a_checkout_no_environment_is_built(tmp_path, bare, monkeypatch):
    told = ["numpy>=2.0", "rich>=13.7; extra == 'study'", 'ruff>=0.9; extra == "dev"']
    monkeypatch.setattr("importlib.metadata.requires", lambda name: told)
    assert environment.missing_packages(("dev",), tmp_path) == ["numpy>=2.0", "ruff>=0.9"]
    with pytest.raises(SetupError, match=r'pip install "povstudy\[study\]"'):
        environment.ensure(("study",), ["fetch"], tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("version", [(3, 8, 18), (3, 10, 13)])
def test_an_old_python_is_told_in_one_sentence(version):
    code = (
        f"import sys, runpy; sys.version_info = {version}; sys.modules['tomllib'] = None\n"
        "runpy.run_module('povstudy.__main__')"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert "needs Python 3.11 or newer, and this is Python 3." in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.skipif(os.name == "nt", reason="exec on Windows starts a child")
def test_the_command_goes_on_in_the_environment(root, monkeypatch):
    called = []

    def execve(path, words, env):
        called.append((words, env))
        raise SystemExit  # it does not return

    monkeypatch.setattr(os, "execve", execve)
    python = root / "python"
    python.write_text("")
    with pytest.raises(SystemExit):
        environment._go_on(python, ["test", "-k", "lines"])
    [(words, env)] = called
    assert words == [str(python), "-m", "povstudy", "test", "-k", "lines"]
    assert env["POVSTUDY_HANDED_OVER"] == "1"
