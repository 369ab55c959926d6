"""What `publish` writes and shows."""

import html
import json

import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps
from povstudy.study import exhibits


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("POVSTUDY_FIGURES", str(tmp_path))
    return tmp_path


@pytest.fixture
def shown(monkeypatch):
    """Exhibits that were shown."""
    seen = []
    monkeypatch.setattr(exhibits, "_show", seen.append)
    return seen


def test_a_figure_comes_in_both_languages_with_its_data(folder, shown):
    ps.publish("01_exits", ps.figures.counties_leaving, ps.load("county_exits"))
    [exhibit] = shown
    assert exhibit.record["files"] == [
        "01_exits.png", "01_exits.svg", "01_exits.zh.png", "01_exits.zh.svg", "tables/01_exits.csv",
    ]  # fmt: skip
    written = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert written == set(exhibit.record["files"])
    assert (folder / "01_exits.png").read_bytes()[:4] == b"\x89PNG"
    data = pd.read_csv(folder / "tables" / "01_exits.csv")
    assert data["counties"].sum() == 832
    assert exhibit.record["function"] == "povstudy.figures.counties_leaving"
    assert exhibit.record["status"] == "official"
    assert "832" in exhibit.record["alt"]["zh"]


def test_alt_text_is_shown_and_stored_in_the_files(folder, shown):
    ps.publish("01_exits", ps.figures.counties_leaving, ps.load("county_exits"))
    data, about = shown[0]._repr_mimebundle_()
    alt = shown[0].record["alt"]["en"]
    assert about["image/png"]["alt"] == data["text/plain"] == alt
    assert alt in (folder / "01_exits.svg").read_text("utf-8")
    assert alt.encode() in (folder / "01_exits.png").read_bytes()


def test_the_same_call_gives_the_same_bytes(folder, shown):
    def files():
        ps.publish("01_poor", ps.figures.poor_by_year, ps.load("china_incidence"))
        return {path.name: path.read_bytes() for path in folder.rglob("*.*")}

    assert files() == files()
    assert shown[0] == shown[1]


def test_options_and_sources_reach_the_figure(folder, shown):
    mine = ps.Source("simulated", "a made-up county")
    table = ps.load("china_incidence")
    ps.publish("01_old", ps.figures.poor_by_year, table, source=mine, standard="1978",
               first_year=1978)  # fmt: skip
    record = shown[0].record
    assert record["status"] == "simulated"
    assert record["source"]["en"] == "Source: a made-up county. Data: simulated, with known truth."
    assert pd.read_csv(folder / "tables" / "01_old.csv")["year"].iloc[0] == 1978


def test_a_table_comes_in_both_languages_and_opens_in_excel(folder, shown):
    ps.publish("01_check", ps.tables.essay_check, source="essay_figures")
    raw = (folder / "tables" / "01_check.zh.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert pd.read_csv(folder / "tables" / "01_check.zh.csv").columns[0] == "编号"
    html = shown[0]._repr_mimebundle_()[0]["text/html"]
    assert "holds with a condition" in html
    assert "Data: figures reported in texts, not verified." in html


def test_a_figure_without_a_source_is_no_exhibit(folder):
    table = pd.DataFrame({"year": [2016], "counties": [28]})
    draw = lambda table, lang: ps.figures.finish(  # noqa: E731
        ps.figures.new_axes(), title="Counties", unit="", source=None, alt="", data=table, lang=lang
    )
    with pytest.raises(ps.DataError, match="where its data come from"):
        ps.publish("01_mine", draw, table)
    assert not any(folder.iterdir())


def test_titles_of_tables_begin_with_the_word_where_they_are_simulated(folder, shown):
    ps.publish(
        "01_told", ps.tables.parameters, ps.Scenario(), source=ps.Source("simulated", "Mine")
    )
    title = shown[0].record["title"]
    assert title["en"].startswith("Simulated: ")
    assert title["zh"].startswith("模拟")


@pytest.mark.parametrize("lang", exhibits.LANGUAGES)
def test_every_exhibit_that_is_simulated_says_so_first(lang):
    """In the title, in the alt text, and on the page that shows them all."""
    word = {"en": "Simulated", "zh": "模拟"}[lang]
    entries = json.loads((ROOT / "figures/manifest.json").read_text("utf-8"))["exhibits"]
    alt = json.loads((ROOT / "figures/alt.json").read_text("utf-8"))
    page = (ROOT / "figures/README.md").read_text("utf-8")
    simulated = {name: one for name, one in entries.items() if one["status"] == "simulated"}
    assert len(simulated) > 25
    lacking = [
        name for name, one in simulated.items()
        if not one["title"][lang].startswith(word)
        or not alt.get(name, {lang: word})[lang].startswith(word)
        or html.escape(one["title"][lang]) not in page
    ]  # fmt: skip
    assert lacking == []


def test_a_table_without_a_source_is_refused(folder):
    with pytest.raises(ps.DataError, match="where its data come from"):
        ps.publish("01_check", ps.tables.plain_table, pd.DataFrame({"year": [2012]}))
    assert list(folder.rglob("*.csv")) == []


@pytest.mark.parametrize("wrong", [None, "counties_leaving", 7])
def test_what_is_no_function_is_refused(folder, wrong):
    with pytest.raises(ps.DataError, match="a function that draws"):
        ps.publish("01_exits", wrong, ps.load("county_exits"))


@pytest.mark.parametrize("name", ["01 exits", "../exits", "01_县", "", "a.b", len])
def test_names_are_plain(folder, name):
    with pytest.raises(ps.DataError, match="letters, digits and underscores"):
        ps.publish(name, ps.figures.counties_leaving, ps.load("county_exits"))


def test_figures_go_to_the_checkout_by_default(monkeypatch):
    monkeypatch.delenv("POVSTUDY_FIGURES", raising=False)
    assert exhibits.folder_for_figures() == ROOT / "figures"
