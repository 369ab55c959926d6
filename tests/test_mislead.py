"""The page on how numbers mislead: one page in two languages, whose numbers are those of its code."""

import re

import pandas as pd
import pytest
from conftest import ROOT

PAGES = [ROOT / "docs" / name for name in ("mislead.md", "mislead.zh.md")]


def code(path):
    """Blocks of Python without comments, which are in the language of the page."""
    found = re.findall(r"^```python\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [re.sub(r"\s+# .*$", "", one, flags=re.MULTILINE) for one in found]


def test_both_languages_have_the_same_stops_and_the_same_code():
    english, chinese = PAGES
    assert code(english) == code(chinese)
    for sign in ("## ", "**", "1. ", "9. "):
        counts = [sum(line.startswith(sign) for line in one.read_text("utf-8").splitlines())
                  for one in PAGES]  # fmt: skip
        assert counts[0] == counts[1] > 0, sign


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_table_of_false_alarms_is_what_its_code_gives(path):
    (block,) = [one for one in code(path) if "in_vain" in one]
    names = {"pd": pd}
    exec(block, names)
    rows = names["rows"].assign(fall=100 * names["fall"])
    table = re.findall(r"^\| ([\d.]+) % \|(.*)\|$", path.read_text("utf-8"), re.MULTILINE)
    columns = ["fall back", "of them named", "named in vain", "of 100 named fall back",
               "not named, fall back"]  # fmt: skip
    assert len(table) == len(rows)
    for (share, cells), (_, row) in zip(table, rows.iterrows(), strict=True):
        told = [int(one.replace(",", "")) for one in cells.split("|")]
        assert float(share) == pytest.approx(row["fall"])
        assert told == [round(row[one]) for one in columns]
