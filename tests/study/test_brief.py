"""The brief for officials: words without a typed number, two pages, text that can be searched."""

import json
import re
import shutil
import subprocess

import pandas as pd
import pytest
from conftest import ROOT
from fontTools.ttLib import TTFont

from povstudy.base.errors import DataError
from povstudy.base.webfont import FONT
from povstudy.study import brief as made
from povstudy.study.exhibits import LANGUAGES, stem_of

FIGURES = ROOT / "figures"
READY = not any(
    name
    for lang in LANGUAGES
    for name in made._needed(made.template(lang), lang)
    if not (FIGURES / name).is_file()
)
whole = pytest.mark.skipif(not READY, reason="needs the exhibits of notebook 07")

# Figures that are names, not findings: years of publications, volumes and pages.
TYPED = {"2016", "2022", "605"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The exhibits that the brief is made of, with the brief."""
    root = tmp_path_factory.mktemp("brief")
    for lang in LANGUAGES:
        for name in (*made._needed(made.template(lang), lang), "alt.json"):
            (root / "figures" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(FIGURES / name, root / "figures" / name)
    assert [row[:2] for row in made.brief(root)] == [("brief", "new"), ("brief.zh", "new")]
    return root / "figures"


@pytest.mark.parametrize("lang", LANGUAGES)
class TestWords:
    def test_no_number_is_typed(self, lang):
        text = re.sub(
            r"\{\w+\}|!\[\]\(\w+\)|\]\([^)]*\)|^\d\. ", "", made.template(lang), flags=re.M
        )
        assert set(re.findall(r"\d+(?:[.,]\d+)*", text)) <= TYPED

    def test_every_placeholder_has_its_place_and_both_languages_have_the_same(self, lang):
        names = made.placeholders(made.template(lang))
        assert set(names) == {*made.places().index, *made.COUNTY}
        assert sorted(names) == sorted(made.placeholders(made.template("en")))
        pictures = re.findall(r"!\[\]\((\w+)\)", made.template(lang))
        assert pictures == re.findall(r"!\[\]\((\w+)\)", made.template("en"))
        assert made.template(lang).count("\n---\n") == 1

    def test_the_font_has_every_sign(self, lang):
        known = TTFont(FONT).getBestCmap()
        text = made.template(lang).replace("\n", "") + "−0123456789,.%"
        assert {sign for sign in text if ord(sign) not in known} == set()


@whole
@pytest.mark.parametrize("lang", LANGUAGES)
class TestFiles:
    def test_the_files_in_figures_are_those_of_today(self, lang, folder):
        told = (folder / f"{stem_of('brief', lang)}.html").read_text("utf-8")
        mark = re.search(r'made-of" content="(\w{64})"', told)[1]
        for kind in ("html", "pdf"):
            assert mark.encode() in (FIGURES / f"{stem_of('brief', lang)}.{kind}").read_bytes()

    def test_every_number_of_the_tables_stands_in_the_page(self, lang, folder):
        told = (folder / f"{stem_of('brief', lang)}.html").read_text("utf-8")
        assert not re.search(r"\{\w+\}", re.sub(r"<style>.*?</style>", "", told, flags=re.S))
        assert all(number in told for number in made.numbers(folder, lang).values())
        assert f'<html lang="{lang}">' in told
        asked = re.findall(r"""(?:src|srcset)=["']([^"']+)""", told)
        assert asked and all(one.startswith("data:") for one in asked)
        assert all(re.search(r'alt="[^"]{20}', one) for one in re.findall("<img[^>]+>", told))

    def test_the_pdf_has_two_pages_a_title_and_the_same_bytes_again(self, lang, folder):
        data = (folder / f"{stem_of('brief', lang)}.pdf").read_bytes()
        assert len(re.findall(rb"/Type /Page\b", data)) == 2
        assert rb"/Lang" in data and rb"/URI" in data
        text = made.filled(made.template(lang), made.numbers(folder, lang))
        mark = made._made_of(folder, made._needed(made.template(lang), lang), made.template(lang))
        alt = json.loads((folder / "alt.json").read_text("utf-8"))
        assert made.as_pdf(text, lang, folder, alt, mark) == data

    def test_the_text_of_the_pdf_can_be_searched(self, lang, folder):
        if shutil.which("pdftotext") is None:
            pytest.skip("needs pdftotext")
        told = subprocess.run(
            ["pdftotext", folder / f"{stem_of('brief', lang)}.pdf", "-"],
            capture_output=True, check=True,
        ).stdout.decode("utf-8")  # fmt: skip
        flat = re.sub(r"\s", "", told)
        words = made.filled(made.template(lang), made.numbers(folder, lang))
        for line in re.findall(r"^(?![!>#-]).{20,}$", words, flags=re.M):
            plain = re.sub(r"\*|^\d\. |\[|\]\([^)]*\)|\s", "", line)
            assert plain in flat

    def test_a_browser_prints_the_page_on_two_sheets(self, lang, folder, tmp_path):
        browser = shutil.which("chromium") or shutil.which("google-chrome")
        if browser is None:
            pytest.skip("needs Chromium")
        subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             f"--user-data-dir={tmp_path / 'profile'}", "--no-pdf-header-footer",
             f"--print-to-pdf={tmp_path / 'page.pdf'}",
             f"file://{folder}/{stem_of('brief', lang)}.html"],
            capture_output=True, timeout=120, check=True,
        )  # fmt: skip
        data = (tmp_path / "page.pdf").read_bytes()
        assert len(re.findall(rb"/Type\s*/Page\b", data)) == 2


@whole
class TestAgain:
    def test_it_is_written_anew_when_a_number_changes_and_only_then(self, folder):
        before = (folder / "brief.pdf").read_bytes()
        assert [row[:2] for row in made.brief(folder.parent)] == [
            ("brief", "identical"), ("brief.zh", "identical")]  # fmt: skip
        place = made.places().iloc[0]
        path = folder / "tables" / f"{place.exhibit}.csv"
        kept = path.read_bytes()
        table = pd.read_csv(path)
        table.loc[table.query(place["rows"]).index, place.column] *= 3
        table.to_csv(path, index=False)
        assert [row[1] for row in made.brief(folder.parent)] == ["changed", "changed"]
        assert (folder / "brief.pdf").read_bytes() != before
        path.unlink()
        assert [row[1].split(" (")[0] for row in made.brief(folder.parent)] == ["skipped"] * 2
        path.write_bytes(kept)
        made.brief(folder.parent)
        assert (folder / "brief.pdf").read_bytes() == before

    def test_a_number_that_is_no_single_cell_is_refused(self, folder, monkeypatch):
        wrong = made.places().iloc[:1].assign(rows="index >= 0")
        monkeypatch.setattr(made, "places", lambda: wrong)
        with pytest.raises(DataError, match="one cell"):
            made.numbers(folder)


def test_words_that_are_too_many_for_a_page_are_refused():
    with pytest.raises(DataError, match="too many for a page"):
        made.as_pdf("# Title\n\n" + "A sentence that goes on. " * 500, "en", FIGURES, {})


def test_without_any_exhibit_nothing_is_told(tmp_path):
    assert made.brief(tmp_path) == []


@whole
def test_what_the_words_say_of_the_numbers_holds(folder):
    """Words cannot be filled in: where they say that a range holds one or zero, it does."""
    told = {
        one: text.replace("−", "-").replace(",", "") for one, text in made.numbers(folder).items()
    }
    number = {one: float(text) for one, text in told.items()}
    for arm in ("full", "psychosocial", "capital"):
        assert number[f"{arm}_low"] < 1 < number[f"{arm}_high"]
    assert number["gap_low"] < 0 < number["gap_high"]
    assert number["net_low"] < 0 < number["net_high"]
    assert number["effect_low"] < 0 < number["effect_high"]
    assert number["study_net"] > 0
    assert number["coaching"] < number["cost_full"] / 20
