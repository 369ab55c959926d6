"""Processes that are killed while they write: what stands there is whole, old or new.

For more kills than the suite does::

    PYTHONPATH=.:tests python tests/base/test_killed.py --kills 50 --seed 1
"""

import argparse
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import povstudy as ps
from povstudy.base.files import whole_file, write_whole
from povstudy.study import own

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


def away(folder):
    """Remove what was made, at once: a kill between leaves nothing of it under its name."""
    shutil.rmtree(folder / "gone", ignore_errors=True)
    if (folder / "out").exists():
        (folder / "out").rename(folder / "gone")


def simulate(folder):
    away(folder)
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


def risk(folder):
    path = folder / "households.parquet"
    if not path.exists():
        with whole_file(path) as part:
            pd.DataFrame({"household_id": range(200_000), "help": ["a", "b"] * 100_000}).to_parquet(
                part
            )
    fit().risk(path, into=folder / "out.parquet")


def risky(folder):
    assert pd.read_parquet(folder / "out.parquet")["risk"].count() == 200_000


def tables(folder):
    shown = ps.model_table(fit())
    for _ in range(10):
        shown.to_html(folder / "out.html")
        shown.to_latex(folder / "out.tex")
        shown.to_word(folder / "out.docx")
        shown.to_excel(folder / "out.xlsx")


def of_tables(folder):
    shown, there = ps.model_table(fit()), {one.suffix: one for one in folder.glob("out.*")}
    for ending, write in ((".html", shown.to_html), (".tex", shown.to_latex)):
        write(folder / f"whole{ending}")
        whole = (folder / f"whole{ending}").read_bytes()
        assert ending not in there or there[ending].read_bytes() == whole
    assert all(zipfile.is_zipfile(one) for end, one in there.items() if end in (".docx", ".xlsx"))


def study(folder):
    away(folder)
    own.new(folder / "out", register(folder))


def of_study(folder):
    assert len(list((folder / "out").iterdir())) == 6


def key(folder):
    (folder / "out.key").unlink(missing_ok=True)
    persons = pd.DataFrame({"户编号": ["520527197001010018"], "人数": ["1"]})
    ps.clean.households(persons, key=folder / "out.key")


def of_key(folder):
    assert len((folder / "out.key").read_text("utf-8")) == 64


def search(folder):
    (folder / "out.json").unlink(missing_ok=True)
    rich = {"median_income": (40_000, 50_000)}
    ps.simulation.match_history(rich, sets=4, households=50_000, steps=1, path=folder / "out.json")


def searched(folder):
    search_again = {"median_income": (40_000, 50_000)}
    ps.simulation.match_history(
        search_again, sets=4, households=50_000, steps=1, path=folder / "out.json"
    )


WRITERS = {clean: cleaned, spells: of_spells, save: saved, simulate: simulated, table: of_table, risk: risky,
           tables: of_tables, study: of_study, key: of_key, search: searched}  # fmt: skip
AFRESH = {simulate, study, key, search}  # these remove the old ones first


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
    if there or write not in AFRESH:
        WRITERS[write](folder)
    write(folder)  # the next run removes what was left
    assert not list(folder.glob(".part-*")) + list(folder.glob("tmp_*")), list(folder.iterdir())
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
    asked = argparse.ArgumentParser()
    asked.add_argument("--kills", type=int, default=50)
    asked.add_argument("--seed", type=int, default=1)
    asked = asked.parse_args()
    rng, context, began = random.Random(asked.seed), context_of(), time.time()
    tally = dict.fromkeys(WRITERS, 0)
    with tempfile.TemporaryDirectory() as place:
        for i in range(asked.kills):
            write = list(WRITERS)[i % len(WRITERS)]
            folder = Path(place) / write.__name__
            folder.mkdir(exist_ok=True)
            tally[write] += kill(write, folder, rng, context)
    told = ", ".join(f"{write.__name__} {n}" for write, n in tally.items())
    print(
        f"{asked.kills} kills in {time.time() - began:.0f} s; files were there, and whole: {told}"
    )
