"""Folders and files with odd names: each reader and writer takes the name as it is."""

import os
import subprocess
import sys

import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps

FOLDERS = ["贫困 '甲' #1 [2] 100%", "[2]"] + ['a*?{b}"c:e '] * (sys.platform != "win32")


@pytest.mark.parametrize("name", range(len(FOLDERS)))
def test_what_is_written_under_an_odd_name_is_read_from_there(name, tmp_path):
    (tmp_path / "2").mkdir()  # what the signs would mean as a pattern
    folder = tmp_path / FOLDERS[name]
    folder.mkdir()
    raw = folder / "名单 [1].csv"
    raw.write_bytes("户编号,人数,人均纯收入(元)\n5201,3,2855\n5202,２,三千\n".encode("gb18030"))
    into, report = ps.clean.households(raw, into=folder / "[1].parquet")
    assert ps.mean(ps.Survey(into, lonely="center"), "income").tidy()["estimate"].item() == 2927.5
    assert len(ps.clean.summary(str(report))) == len(ps.clean.summary(report)) > 0
    spells = pd.DataFrame({"household_id": range(8), "origin": 2020, "entry": 0, "exit": [1, 2, 3, 3, 1, 1, 2, 3],
                           "help": ["甲"] * 4 + ["乙"] * 4, "event": [1, 0, 1, 0, 1, 1, 1, 0]})  # fmt: skip
    for path, some in (
        (folder / "s[1].parquet", spells),
        (folder / "s1.parquet", spells.assign(event=0)),
    ):
        with path.open("wb") as file:
            some.to_parquet(file)
    fit = ps.relapse_model("help", str(folder / "s[1].parquet"), baseline="constant")
    fit.save(folder / "模型 [1].json")
    risk = ps.load_model(folder / "模型 [1].json").risk(
        folder / "s[1].parquet", into=folder / "r[1].parquet"
    )
    assert len(ps.watch_list(risk, 8).table) == 8
    assert not list(folder.glob(".part-*")) and not list((tmp_path / "2").iterdir())


@pytest.mark.parametrize("console", ["cp936", "cp1252", "ascii"])
def test_a_console_of_another_encoding_shows_what_it_can(console, tmp_path):
    raw = tmp_path / "名单.csv"
    raw.write_text("户编号,人数,人均纯收入(元)\n5201,3,2855\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "povstudy", "clean", str(raw), "--out", str(tmp_path / "清理")],
                          cwd=ROOT, capture_output=True, env=os.environ | {"PYTHONIOENCODING": console})  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "清理" / "report.html").is_file() and done.stdout
