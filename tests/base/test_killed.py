"""Processes that are killed while they write: what stands there is whole, old or new.

For more kills than the suite does, with their count and seed::

    PYTHONPATH=.:tests python tests/base/test_killed.py 50 1
"""

import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import pytest

import povstudy as ps
from povstudy.base.files import write_whole

ROWS = 3000


def register(folder):
    path = folder / "raw.csv"
    if not path.exists():
        rows = "".join(f"52{i:08d},{i % 7 + 1},{1000 + i}\n" for i in range(ROWS))
        write_whole(path, "户编号,人数,人均纯收入(元)\n" + rows)
    return path


def clean(folder):
    ps.clean.households(register(folder), into=folder / "out.parquet")


def cleaned(folder):
    assert len(pd.read_parquet(folder / "out.parquet")) == ROWS
    assert len(ps.clean.summary(folder / "out_report.parquet")) == 0


def spells(folder):
    panel = pd.DataFrame({"household_id": range(20_000), "poor": 1})
    path = folder / "panel.parquet"
    if not path.exists():
        both = pd.concat([panel.assign(year=one, poor=one % 2) for one in range(2010, 2020)])
        both.to_parquet(folder / "first.parquet")
        (folder / "first.parquet").rename(path)
    ps.spells(path, into=folder / "out.parquet")


def of_spells(folder):
    assert len(pd.read_parquet(folder / "out.parquet")) == 100_000


def fit():
    table = pd.DataFrame({"household_id": range(8), "origin": 2020, "entry": 0, "exit": [1, 2, 3, 3, 1, 1, 2, 3],
                          "help": ["a"] * 4 + ["b"] * 4, "event": [1, 0, 1, 0, 1, 1, 1, 0]})  # fmt: skip
    return ps.relapse_model("help", table, baseline="constant")


def save(folder):
    one = fit()
    for _ in range(200):
        one.save(folder / "out.json")


def saved(folder):
    assert ps.load_model(folder / "out.json").params.notna().all()


def simulate(folder):
    shutil.rmtree(folder / "out", ignore_errors=True)
    ps.simulate(households=2000, years=4, folder=folder / "out")


def simulated(folder):
    names = {one.name for one in (folder / "out").iterdir()}
    assert names == {"panel", "register", "programmes", "truth.parquet", "parameters.parquet"}
    assert pd.read_parquet(folder / "out" / "panel")["household_id"].nunique() > 100


def table(folder):
    for _ in range(50):
        ps.clean.write(pd.DataFrame({"income": range(2000)}), folder / "out.csv")


def of_table(folder):
    assert len(pd.read_csv(folder / "out.csv")) == 2000


WRITERS = {clean: cleaned, spells: of_spells, save: saved, simulate: simulated, table: of_table}


def again(write, folder, ready, done):
    ready.set()
    while True:
        write(folder)
        done.set()


def kill(write, folder, rng, context):
    """Let a process write over and over, kill it, and look at what is there: 1 if anything is."""
    ready, done = context.Event(), context.Event()
    other = context.Process(target=again, args=(write, folder, ready, done))
    other.start()
    assert ready.wait(1200)
    began = time.monotonic()
    assert done.wait(1200)  # then it writes over what is there
    other.join(rng.uniform(0, 2) * (time.monotonic() - began))
    assert other.is_alive(), "the writer ended by itself"
    other.kill()
    other.join()
    there = [one for one in folder.iterdir() if one.name.startswith("out")]
    if there or write is not simulate:  # which removes the old ones first
        WRITERS[write](folder)
    return len(there) > 0


def context_of():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([Path(__file__).stem])
    return context


@pytest.mark.skipif(sys.platform == "win32", reason="needs a server of forks")
def test_what_a_killed_process_wrote_is_whole(tmp_path):
    rng, context = random.Random(1), context_of()
    for write in WRITERS:
        folder = tmp_path / write.__name__
        folder.mkdir()
        kill(write, folder, rng, context)


if __name__ == "__main__":
    number, seed = int(sys.argv[1]), int(sys.argv[2])
    rng, context, began = random.Random(seed), context_of(), time.time()
    tally = dict.fromkeys(WRITERS, 0)
    with tempfile.TemporaryDirectory() as place:
        for i in range(number):
            write = list(WRITERS)[i % len(WRITERS)]
            folder = Path(place) / write.__name__
            folder.mkdir(exist_ok=True)
            tally[write] += kill(write, folder, rng, context)
    told = ", ".join(f"{write.__name__} {n}" for write, n in tally.items())
    print(f"{number} kills in {time.time() - began:.0f} s; files were there, and whole: {told}")
