"""Codebooks: what makes sense is loaded, and what does not is refused with its place."""

import datetime

import pandas as pd
import pytest

import povstudy as ps
from povstudy.base.errors import PovstudyError
from povstudy.clean.record.codebooks import SHIPPED, load_codebook

GOOD = """
name: mine
columns:
  household_id: {from: [户编号], read: household_id, required: true}
  income: {from: [收入], read: money, unit: yuan, min: 0, max: 100000}
  size: {from: [人数], read: count, unit: person, also: [household]}
  ill: {from: [患病], read: yes_no, yes: 1, no: 5}
  school: {from: [文化], read: category, values: {yes: [小学, 初中], no: [文盲]}}
  date: {from: [日期], read: date}
key: [household_id]
missing: ["-8"]
checks:
  - {check: order, first: date, second: date}
"""


def saved(folder, text):
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path):
    with pytest.raises(PovstudyError) as caught:
        load_codebook(path)
    error = caught.value
    assert "mine.yaml" in error.where
    assert error.remedy
    assert len(str(error)) < 1200
    return str(error)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_codebooks_make_sense(name):
    book = load_codebook(name)
    assert book["name"] == name
    assert book["columns"]


def test_a_codebook_of_ones_own_is_used(tmp_path):
    raw = pd.DataFrame(
        {
            "户编号": ["a1", "a2"],
            "收入": ["5000", "-8"],
            "人数": ["3", "4户"],
            "患病": ["5", "1"],
            "文化": ["文盲", "初中"],
            "日期": ["2015", "2016"],
        }
    )
    table, _ = ps.clean.households(raw, codebook=saved(tmp_path, GOOD))
    assert table["ill"].tolist() == [False, True]
    assert table["school"].tolist() == ["no", "yes"]  # as keys, yes and no are words
    assert table["income"].isna().tolist() == [False, True]


def test_a_codebook_may_be_a_mapping():
    book = {"columns": {"household_id": {"from": ["户编号"], "read": "household_id"}}}
    assert load_codebook(book)["table"] == "households"
    with pytest.raises(PovstudyError, match="codebook 'mine', column x"):
        load_codebook({"name": "mine", "columns": {"x": {"from": ["a"], "read": "guess"}}})


CHANGES = {
    "required: true": ("required: maybe", "column household_id"),
    "from: [收入]": ("from: 收入", "column income"),
    "from: [人数]": ("from: [收入]", "stands for 'income' too"),
    "read: money": ("read: guess", "no such way to read"),
    "unit: yuan": ("unit: dollar", "no such unit"),
    "unit: person": ("unit: [person]", "no such unit"),
    "also: [household]": ("also: {a: 1}", "list of units"),
    "min: 0": ("min: .nan", "'min' is a number"),
    "max: 100000": ("max: -1", "above 'max'"),
    "read: date}": ("read: text, max: 5}", "for columns of numbers"),
    "yes: 1, no: 5": ("yes: 1", "two codes"),
    "no: 5": ("no: 1", "two codes"),
    "no: [文盲]": ("no: [小学]", "stands for two codes"),
    "[小学, 初中]": ("小学", "lists its values"),
    "key: [household_id]": ("key: [hous]", "not there"),
    "first: date": ("first: dat", "no column of this codebook"),
    "second: date": ("second: [date]", "no column of this codebook"),
    "check: order": ("check: [order]", "not known"),
    'missing: ["-8"]': ("missing: [-8]", "quotation marks"),
    "name: mine": ("name: 2020-01-01", "'name' is a text"),
    "name: mine\n": ("name: 2020-13-45\n", "no YAML"),
    "income:": ("series:", "taken"),
    "size:": ("income:", "mine.yaml, line 6"),
    "columns:": ("colums:", "not known"),
    "ill:": ("[ill]:", "no YAML"),
    "checks:": ("checks: !!python/object:os.system", "line 12"),
    "school: {": ("school: [{", "no YAML"),
    "\nkey:": ("\npersonal: [收入]\nkey:", "personal and a column too"),
}


@pytest.mark.parametrize("old", CHANGES)
def test_what_makes_no_sense_is_refused(old, tmp_path):
    new, words = CHANGES[old]
    assert old in GOOD
    assert words in refused(saved(tmp_path, GOOD.replace(old, new, 1)))


def test_codes_without_quotation_marks_are_given_back_with_them(tmp_path):
    for given, wanted in [("[空, -8, 9999]", '["空", "-8", "9999"]'), ("-8", '["-8"]'), ("[no]", '["text"]')]:  # fmt: skip
        told = refused(saved(tmp_path, GOOD.replace('["-8"]', given)))
        assert f"remedy: missing: {wanted}" in told, told
        column = "read: date, missing: " + given
        told = refused(saved(tmp_path, GOOD.replace("read: date", column, 1)))
        assert "column date" in told and f"remedy: missing: {wanted}" in told, told


NASTY = [
    "",
    "just a text",
    "- a\n- b",
    "columns: []",
    "columns: {1: {from: [a], read: text}}",
    "columns: {income: {from: [a], read: number, values: period}}",
    "columns: &a {x: *a}",
    "&a [*a]",
    "x: " + "[" * 5000,
    "name: " + "9" * 5000,
    "name: 0x" + "f" * 9000,
    "a: !!timestamp foo",
    "a: !!bool maybe",
    "a: !!int ''",
    "a: \x07",
    "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 'x'}]\n" for i in range(40))
    + "columns: *a39",
    "columns: {x: {from: [a], read: *none}}",
    "%YAML 9.9\n---\n...",
    "a: b\n---\nc: d",
]


@pytest.mark.parametrize("text", NASTY)
def test_nasty_text_is_refused_soon(text, tmp_path):
    refused(saved(tmp_path, text))


def test_bytes_that_are_no_text_are_placed(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes("name: a\ntitle: 贫困\n".encode("gb18030"))
    assert "line 2" in refused(path)


@pytest.mark.parametrize("codebook", ["no_such", "x" * 5000, "a\0", None, 3, [], "."])
def test_what_is_no_codebook_is_refused(codebook):
    with pytest.raises(PovstudyError, match="codebook"):
        load_codebook(codebook)


def test_odd_mappings_are_refused():
    deep = []
    deep.append(deep)
    for odd in (deep, 10**5000, datetime.date(2020, 1, 1), b"\xff", float("nan"), {1, 2}):
        with pytest.raises(PovstudyError):
            load_codebook({"columns": odd})
        with pytest.raises(PovstudyError):
            load_codebook({"name": odd, "columns": {"x": {"from": ["a"], "read": "text"}}})
        with pytest.raises(PovstudyError):
            load_codebook({"columns": {"x": {"from": odd, "read": odd}}})
