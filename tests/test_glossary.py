"""The glossary: two languages, words as the package itself writes them, calls that are there."""

import csv
import re
from collections import Counter, defaultdict

import pytest
from conftest import ROOT

import povstudy as ps

PAGE = (ROOT / "docs" / "glossary.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| term |")
]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_terms_stand_once_in_both_languages_with_a_call_each():
    assert 90 <= len(ROWS) <= 180
    for place in (0, 1):
        assert max(Counter(row[place] for row in ROWS).values()) == 1
    for term, chinese, english, meaning, where in ROWS:
        assert not CHINESE.search(term + english), term
        assert CHINESE.search(chinese) and CHINESE.search(meaning), term
        assert english.endswith(".") and meaning.endswith("。"), term
        if where == "—":
            continue
        ((called, dataset),) = re.findall(r'^`ps\.([\w.]+)(?:\("(\w+)"\))?`$', where)
        assert not dataset or dataset in set(ps.datasets()["name"]), dataset
        found = ps
        for name in called.split("."):
            assert name in dir(found), called
            found = getattr(found, name)


@pytest.mark.parametrize("kind", ["percent", "term", "value", "shown"])
def test_terms_that_tables_show_have_the_same_words_there(kind):
    shown = defaultdict(set)
    text = (ROOT / "povstudy" / "base" / "words.csv").read_text("utf-8")
    for word in csv.DictReader(text.splitlines()):
        if kind in (word["list"], "shown"):
            shown[word["en"].lower()].add(word["zh"])
    held = [row for row in ROWS if row[0].lower() in shown]
    assert len(held) >= {"percent": 10, "term": 3, "value": 5, "shown": 30}[kind]
    for term, chinese, *_ in held:
        assert chinese in shown[term.lower()], (term, shown[term.lower()])
