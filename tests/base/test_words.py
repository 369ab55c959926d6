"""The words of tables and reports: one csv, both languages, every code there and used."""

import ast
import csv
import re
from collections import Counter
from dataclasses import fields
from itertools import groupby

import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps
from povstudy.base import language
from povstudy.base.language import headed, in_words, texts, told
from povstudy.simulation import calibration, parameters

PLACE = ROOT / "povstudy" / "base" / "words.csv"
TEXT = PLACE.read_text("utf-8")
ROWS = list(csv.reader(TEXT.splitlines()))[1:]
TREES = {path: ast.parse(path.read_text("utf-8")) for path in (ROOT / "povstudy").rglob("*.py")}
HAN = re.compile("[\u4e00-\u9fff]")
# English reasons that speak of a sign in a cell.
QUOTED = {("reason", "occasions"): "次", ("reason", "unit_required"): "元万"}


def test_it_is_a_table_of_codes_with_both_languages():
    assert TEXT.startswith("list,code,en,zh\n") and "\r" not in TEXT
    assert {len(row) for row in ROWS} == {4}
    assert all(one and one == one.strip() for row in ROWS for one in row)
    twice = [key for key, times in Counter((row[0], row[1]) for row in ROWS).items() if times > 1]
    assert twice == []
    lists = [name for name, _ in groupby(row[0] for row in ROWS)]
    assert len(lists) == len(set(lists))  # what belongs together stands together


def test_english_is_english_and_chinese_has_the_same_places():
    for name, code, english, chinese in ROWS:
        assert set(HAN.findall(english)) <= set(QUOTED.get((name, code), "")), (name, code)
        places = [sorted(re.findall(r"\{.*?\}", one)) for one in (english, chinese)]
        assert places[0] == places[1], (name, code)


def lists_in(function):
    """Names of variables in a function, and the lists of words that they hold."""
    held = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            pairs = [(node.targets[0], node.value)]
            if all(isinstance(one, ast.Tuple) for one in pairs[0]):
                pairs = zip(*(one.elts for one in pairs[0]), strict=False)
            for target, value in pairs:
                name = list_of(value, {})
                if name and isinstance(target, ast.Name):
                    held[target.id] = name
    return held


def list_of(node, held):
    """The list of words that an expression holds, where it names one."""
    if isinstance(node, ast.Name):
        return held.get(node.id)
    asks = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    if asks and node.func.id in ("texts", "in_words") and isinstance(node.args[0], ast.Constant):
        return node.args[0].value
    return None


def test_every_list_and_code_that_the_code_names_is_there():
    known = {(row[0], row[1]) for row in ROWS}
    lists, asked = {row[0] for row in ROWS}, set()
    for tree in TREES.values():
        for node in ast.walk(tree):
            name = list_of(node, {})
            if name:
                asked.add((name, None))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "headed":
                asked.add((node.args[1].value, None))
            if isinstance(node, ast.FunctionDef):
                held = lists_in(node)
                for one in ast.walk(node):
                    if isinstance(one, ast.Subscript) and isinstance(one.slice, ast.Constant):
                        name = list_of(one.value, held)
                        if name:
                            asked.add((name, one.slice.value))
    assert len(asked) > 80
    assert [one for one in asked if one[0] not in lists] == []
    assert [one for one in asked if one[1] is not None and one not in known] == []


def test_every_list_and_code_is_used():
    used = set(calibration.TARGETS)
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used |= {node.value, *node.value.split()}
            elif isinstance(node, ast.AnnAssign):
                used.add(ast.unparse(node.target))
            elif isinstance(node, ast.keyword):
                used.add(node.arg)
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        used |= set(re.findall(r"\w+", path.read_text("utf-8")))
    for path in (ROOT / "data" / "official").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            used |= {cell for row in csv.reader(file) for cell in row}
    described = (ROOT / "data" / "datapackage.json").read_text("utf-8")
    used |= set(re.findall(r'"unit": "([^"]+)"', described))
    lists = {row[0] for row in ROWS}
    assert lists - used == {"by_administration", "by_social_work"}  # named together
    lost = [row[:2] for row in ROWS if row[1] not in used and not set(row[1].split()) <= used]
    assert lost == []


def test_lists_hold_what_their_subject_has():
    about = [one.metadata for one in fields(parameters.Scenario)[:-1]]
    assert list(texts("parameter")) == [one.name for one in fields(parameters.Scenario)[:-1]]
    assert set(texts("source")) == {one["source"] for one in about}
    assert set(texts("basis")) == {one["basis"] for one in about}
    assert {one["unit"] for one in about} <= set(texts("unit"))
    for name in ("mechanism", "by_administration", "by_social_work"):
        assert list(texts(name)) == list(parameters.MECHANISMS)
    rates = [*calibration.TARGETS, "leave_running", "none"]
    assert sorted(texts("target")) == sorted(texts("where_seen")) == sorted(rates)
    assert sorted(texts("not_pinned_down")) == sorted(rates[:-1])


def test_both_kinds_of_help_have_one_chinese_name():
    names = {texts("approach")["both"][1], told("both", "zh"), texts("value")["both"][1]}
    assert names == {"两者兼有"}


def test_words_are_picked_by_language():
    assert told("gini", "en") == "Gini coefficient"
    assert told("gini", "zh", {"gini": "基尼"}) == "基尼"
    assert (told(2013.0, "zh"), told(None, "en"), told("hills", "zh")) == ("2013", "", "hills")
    assert language.in_percent("gini") and not language.in_percent("line")
    assert (*texts("term")["line"], language.in_percent("line")) == (
        "poverty line",
        "贫困线",
        False,
    )
    table = headed(pd.DataFrame({"check": [1]}), "identities", "zh")
    assert (list(table), table.attrs["title"]) == (["核对项"], "加总与差额核对")
    with pytest.raises(ps.DataError, match="English or Chinese"):
        in_words("verdict", "fr")
    texts("verdict").clear()  # a copy
    assert texts("verdict")
