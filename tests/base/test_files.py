"""Whole files, and one process at a time."""

import subprocess
import sys

import pytest
from conftest import ROOT

from povstudy.base.errors import SetupError
from povstudy.base.files import only_one, write_whole


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
