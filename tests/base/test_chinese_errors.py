"""Errors in Chinese: every template of the catalogue is met by an error that is really raised."""

import ast
import os
import re
import subprocess
import sys
import warnings
from string import Formatter

import pytest
from conftest import ROOT
from hypothesis import example, given
from hypothesis import strategies as st
from remedies import (
    before,
    cleaning,
    measuring,
    modelling,
    places,
    shown,
    visiting,
    weighing,
)  # fmt: skip

import povstudy as ps
from povstudy.base import chinese
from povstudy.base.errors import DataError, PovstudyError, message, tell

PARTS = ("sentence", "where", "found", "remedy", "word")
ROOMS = ("base", "clean", "sources", "survey", "measures", "targeting", "panels", "relapse")
TEMPLATES = [(part, *one) for part in PARTS for one in chinese.catalogue(part)]
SITUATIONS = [
    one
    for part in (before, cleaning, measuring, modelling, places, visiting, weighing)
    for one in part.SITUATIONS
    if one[0].startswith(ROOMS)
]


def holes_of(template):
    return [hole for _, hole, _, _ in Formatter().parse(template) if hole is not None]


def fitting(text, part):
    """Place among the templates of the one that is taken for a text."""
    for i, (kind, *one) in enumerate(TEMPLATES):
        if kind == part and chinese._values(*one[::2][:1], text) is not None:
            held = dict(zip(one[1], chinese._values(one[0], text), strict=True))
            if not any(" " in held.get(name, "") for name in chinese._NO_BLANK):
                return i
    return None


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What is shown of all errors and warnings that are raised here, and the templates that fitted."""
    folder, patch = tmp_path_factory.mktemp("shown"), pytest.MonkeyPatch()
    messages, fitted, told, look = [], set(), chinese.told, chinese.in_chinese

    def spy_told(*parts, **named):
        made = told(*parts, **named)
        messages.append(made)
        return made

    def spy_look(text, part):
        made = look(text, part)
        if made is not None:
            fitted.add(fitting(text, part))
        return made

    with patch.context() as patched, warnings.catch_warnings(record=True, action="always"):
        patched.setenv("POVSTUDY_LANG", "zh")
        patched.setattr(chinese, "told", spy_told)
        patched.setattr(chinese, "in_chinese", spy_look)
        patched.chdir(folder)
        shown.write(folder)
        calls = [(call, {**shown.PLAIN, **scope}) for _, scope, call, _ in SITUATIONS]
        for call, scope in [*calls, *((call, shown.scope()) for call in shown.CALLS)]:
            try:
                exec(call, scope)
            except (PovstudyError, AttributeError, SystemExit) as error:
                str(error)
    return messages, fitted


def test_every_template_is_met_by_an_error_that_is_raised(seen):
    _, fitted = seen
    unmet = [(part, letters) for i, (part, letters, *_) in enumerate(TEMPLATES) if i not in fitted]
    assert not unmet, "\n".join(map(str, unmet))
    assert len(chinese.catalogue("sentence")) > 200


def test_what_is_told_beside_a_chinese_sentence_is_chinese_too(seen):
    """Remedies are code, or Chinese: a template for a sentence needs one for its remedies."""
    english = set()
    for made in filter(None, seen[0]):
        _, there, last = made.partition("\n  办法：")
        if there:
            code, _, said = last.partition("  # ")
            if not (is_chinese(code) or is_code(code)) or (said and not is_chinese(said)):
                english.add(last)
    assert not english, "\n".join(sorted(english))


def is_chinese(text):
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def is_code(text):
    for line in (text, f"f({text})", f"x{text}"):
        try:
            ast.parse(line)
        except SyntaxError:
            continue
        return True
    return " " not in text or re.match(r"python |pip |git |[\w.]+\(.*\)$", text) is not None


def test_a_template_has_the_same_holes_on_both_sides_and_is_told_once():
    for part, letters, holes, zh in TEMPLATES:
        assert sorted(set(holes_of(zh))) == sorted(holes), (letters, zh)
        assert len(set(holes)) == len(holes), letters
        assert part == "word" or any(letters)
        assert {kind for _, _, kind, _ in Formatter().parse(zh) if kind} <= set(PARTS)
    named = [(part, *letters) for part, letters, *_ in TEMPLATES]
    assert len(set(named)) == len(named)


def test_no_two_templates_fit_one_sentence_alike():
    """The one with the most letters of its own wins, and no other that fits has as many."""
    for i, (part, letters, holes, _) in enumerate(TEMPLATES):
        text = "".join(
            f"{before_}⟨{hole}⟩" for before_, hole in zip(letters, [*holes, ""], strict=True)
        ).removesuffix("⟨⟩")
        assert fitting(text, part) == i, text
        size = len("".join(letters))
        rivals = [
            other
            for other in TEMPLATES
            if other[0] == part
            and len("".join(other[1])) == size
            and chinese._values(other[1], text) is not None
        ]
        assert len(rivals) == 1, text


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(NAMES, NAMES)
@example("{name}", "{0!r}\n.*(?P<x>")
@example("人均 收入", "列，第 3 行")
@example("\\1", "$& %s {")
def test_whatever_stands_in_the_holes_survives(name, near):
    made = chinese.told(
        f"The table lacks the column {name}.", f"column {name}, row {near}", near, near
    )
    assert made.startswith(f"表中没有这一列：{name}。\n  位置：列 ")
    first, _, rest = f"{name}, row {near}".partition(", row ")
    assert f"列 {first}，第 {rest} 行\n  发现：{near}\n  办法：" in made


def test_english_is_told_unless_chinese_is_asked_for(monkeypatch):
    error = DataError("The table has no rows.", where="argument data", remedy="fill it in")
    english = "The table has no rows.\n  where: argument data\n  remedy: fill it in"
    for given_ in (None, "", "en", "de", "zh_CN"):
        monkeypatch.delenv("POVSTUDY_LANG", raising=False)
        if given_ is not None:
            monkeypatch.setenv("POVSTUDY_LANG", given_)
        assert str(error) == english
    for given_ in ("zh", "ZH", "zh "):
        monkeypatch.setenv("POVSTUDY_LANG", given_)
        assert str(error) == "表中一行数据也没有。\n  位置：参数 data\n  办法：请补上"
    assert error.args == (english,)
    assert (error.problem, error.where) == ("The table has no rows.", "argument data")
    assert (
        str(DataError("Nobody knows this.", where="row 1")) == "Nobody knows this.\n  where: row 1"
    )
    with pytest.warns(ps.base.errors.DataWarning, match="有 3 行缺 income。\n  办法：请补上"):
        tell("3 rows have no income.", remedy="fill it in")


def test_an_error_is_shown_where_the_catalogue_cannot_be_read(monkeypatch):
    monkeypatch.setenv("POVSTUDY_LANG", "zh")
    monkeypatch.setattr(chinese, "told", None)
    assert message("The table has no rows.") == "The table has no rows."


def test_what_was_found_in_a_cell_is_told_as_it_stands(monkeypatch):
    monkeypatch.setenv("POVSTUDY_LANG", "zh")
    assert "发现：3 rows" in message("The table has no rows.", "column a, row 1", "3 rows")
    assert "发现：3 行" in message("The table has no rows.", "argument a", "3 rows")


def test_the_catalogue_is_read_when_an_error_is_shown_and_not_before():
    code = (
        "import sys, povstudy as ps\n"
        "try: ps.load('x')\n"
        "except ps.DataError as error:\n"
        "    assert 'povstudy.base.chinese' not in sys.modules\n"
        "    print(error)\n"
    )
    for lang, told in (("en", "There is no dataset"), ("zh", "没有数据集 'x'")):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
            encoding="utf-8",
            env={**os.environ, "POVSTUDY_LANG": lang, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        assert told in done.stdout


def test_the_page_in_chinese_shows_what_is_shown(tmp_path, monkeypatch, capsys):
    """Each block of its code prints what stands below it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POVSTUDY_LANG", "en")
    page = (ROOT / "docs" / "errors.zh.md").read_text("utf-8")
    names, tried = {}, 0
    for kind, text in re.findall(r"^```(python|text)\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        if kind == "python":
            exec(text, names)
        else:
            assert capsys.readouterr().out == text
            tried += 1
    assert tried > 30
