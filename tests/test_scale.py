"""What is told of costs: the numbers of benchmarks/road.csv, and no others."""

import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from PIL import Image

sys.path.insert(0, str(ROOT / "benchmarks"))
import road_pages

TABLE = pd.read_csv(road_pages.CSV)


@pytest.mark.parametrize("path", road_pages.pages(), ids=lambda path: path.name)
def test_a_page_has_the_numbers_of_the_run(path):
    assert road_pages.pages()[path] == path.read_text("utf-8")  # benchmarks/road.py --docs


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_each_readme_tells_three_of_them(name):
    assert (ROOT / name).read_text("utf-8").count(road_pages.lines()[name]) == 1


def test_the_figure_is_of_this_run():
    with Image.open(road_pages.FIGURE) as figure:
        assert figure.text["Description"] == road_pages.digest()


def test_the_run_has_known_steps_and_their_ratios():
    assert TABLE.columns.tolist() == [
        "rows", "engine", "step", "cpu_seconds", "peak_mb", "scan_seconds", "ratio",
    ]  # fmt: skip
    assert not TABLE.duplicated(["rows", "engine", "step"]).any()
    assert (TABLE[["cpu_seconds", "peak_mb", "scan_seconds", "ratio"]] > 0).all(axis=None)
    ratio = TABLE["cpu_seconds"] / TABLE["scan_seconds"]
    rounding = 0.006 + ratio * (0.0006 / TABLE["cpu_seconds"] + 0.0006 / TABLE["scan_seconds"])
    assert (np.abs(ratio - TABLE["ratio"]) <= rounding).all()
    for rows, own in TABLE.groupby("rows"):
        assert {*road_pages.TOLD} <= set(own["step"]) <= {*road_pages.STEPS}, rows
