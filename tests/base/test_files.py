"""Whole files, and one process at a time."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from conftest import ROOT

from povstudy.base import files
from povstudy.base.errors import SetupError
from povstudy.base.files import only_one, whole_file, write_whole


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_whole(path, "old\n")

    def no_rename(self, target):
        raise OSError("no")

    monkeypatch.setattr("pathlib.Path.replace", no_rename)
    with pytest.raises(OSError, match="no"):
        write_whole(path, "new\n")
    assert path.read_bytes() == b"old\n"
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]


def test_text_is_utf8_with_plain_line_ends(tmp_path):
    write_whole(tmp_path / "new" / "b.txt", "贫困\n")
    assert (tmp_path / "new" / "b.txt").read_bytes() == "贫困\n".encode()


LEAVE = "import os, sys; from povstudy.base.files import whole_file, whole_folder\n" \
        "with whole_file(sys.argv[1]) as one, whole_folder(sys.argv[2]): one.write_text('half'); os._exit(9)"  # fmt: skip


def test_what_a_killed_writer_left_is_removed_by_the_next_and_what_is_written_is_not(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LEAVE, str(tmp_path / "a"), str(tmp_path / "b")], cwd=ROOT
    )
    assert done.returncode == 9 and len(list(tmp_path.iterdir())) == 4
    with whole_file(tmp_path / "c") as part:
        assert len(list(tmp_path.iterdir())) == 2
        write_whole(tmp_path / "d", "whole")
        part.write_text("whole")
    assert {one.name: one.read_text("utf-8") for one in tmp_path.iterdir()} == dict.fromkeys(
        "cd", "whole"
    )


HOLD = "import sys, time; from povstudy.base.files import only_one\n" \
       "with only_one(sys.argv[1], 'holding'): print('held', flush=True); time.sleep(60)"  # fmt: skip


def test_a_lock_is_held_by_one_and_freed_when_its_process_dies(tmp_path):
    path = tmp_path / "lock"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(SetupError, match="Another povstudy is trying"),
            only_one(path, "trying"),
        ):
            pass
        other.kill()
    with only_one(path, "trying"):
        pass


def test_on_windows_a_byte_of_the_file_is_locked_and_what_is_held_stays(tmp_path, monkeypatch):
    held, asked = {}, []

    def locking(handle, mode, count):
        """As Windows does it: the bytes from where the file stands; refused to another handle."""
        asked.append((os.lseek(handle, 0, os.SEEK_CUR), mode, count))
        file = os.fstat(handle).st_ino
        if held.setdefault(file, handle) != handle:
            raise PermissionError("held")

    class Windows:
        name = "nt"

        def __getattr__(self, of):
            return getattr(os, of)

    monkeypatch.setattr(files, "os", Windows())
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(LK_NBLCK=2, locking=locking))
    left = tmp_path / ".part-left"
    left.with_suffix(".lock").touch()
    left.touch()
    with whole_file(tmp_path / "a") as one:
        assert not left.exists()
        with whole_file(tmp_path / "b") as two:
            assert one.exists() and two.exists()
            one.write_text("whole"), two.write_text("whole")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "b"]
    assert {*asked} == {(0, 2, 1)}
    with only_one(tmp_path / "lock", "trying"), pytest.raises(SetupError):
        only_one(tmp_path / "lock", "trying").__enter__()
