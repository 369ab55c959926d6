"""Formulas of the pages: that they can be shown, and that what is named beside them is there."""

import re

import pytest
from conftest import ROOT

import povstudy as ps

DOCS = sorted((ROOT / "docs").glob("*.md"))
METHODS = (ROOT / "docs" / "methods.md").read_text("utf-8")


def prose(path):
    """A page without its code."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def formulas(path):
    """Formulas of a page: those in lines of their own, then those within lines."""
    text = prose(path)
    apart = re.findall(r"^\$\$\n(.*?)\n\$\$$", text, re.MULTILINE | re.DOTALL)
    text = re.sub(r"^\$\$\n.*?\n\$\$$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert "$$" not in text, f"{path.name}: a formula of its own stands between lines of $$"
    within = [one for line in text.splitlines() for one in re.findall(r"\$([^$]+)\$", line)]
    assert all(line.count("$") % 2 == 0 for line in text.splitlines()), path.name
    return apart, within


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_every_formula_can_be_shown(path):
    """By docutils, which the site asks for MathML: no address of others is needed."""
    shown = pytest.importorskip("docutils.utils.math.latex2mathml")
    apart, within = formulas(path)
    for one in [*apart, *within]:
        assert shown.tex2mathml(one).startswith("<math"), one
    for one in [*apart, *within]:  # what is shown otherwise than meant, without an error
        assert not re.search(r"frac\d\d|frac\d[^{\d]", one), f"{one}: braces around both parts"
        sign = r"\\(?:wide)?(?:hat|bar|tilde)(?:\{[^}]+\}+|\\[a-z]+| ?\w)\}?_"
        assert not re.search(sign, one), f"{one}: what stands below goes under the hat, write {{}}_"
    for one in within:  # as code hosts read them: no blank beside the sign
        assert one == one.strip(), one


def test_methods_have_formulas_sources_and_names_that_are_there():
    apart, _ = formulas(ROOT / "docs" / "methods.md")
    assert len(apart) >= 35
    for called in set(re.findall(r"`ps\.([A-Za-z_]+)", METHODS)):
        assert called in dir(ps), called
    for part in re.findall(r"^\*\*(.+?)\*\*", METHODS, re.MULTILINE):
        told = METHODS.split(f"**{part}**", 1)[1].split("\n**", 1)[0].split("\n## ", 1)[0]
        assert re.search(r"`(ps|eff|fit|decision|svy)\.", told) or part == "Degrees of freedom.", (
            part
        )


def test_scripts_that_numbers_were_held_against_are_there():
    known = {one.name for one in (ROOT / "tests" / "reference").iterdir()}
    for name in set(re.findall(r"`(\w+\.(?:R|py))`", METHODS)):
        assert name in known, name
    for name in set(re.findall(r"`((?:benchmarks|tests)/[\w/.]+)`", METHODS)):
        assert (ROOT / name).exists(), name
