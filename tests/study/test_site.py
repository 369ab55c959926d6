"""The site of the documentation: built once, whole, and asking nobody for anything."""

import html
import json
import re
import shutil
import tempfile
import time
from collections import defaultdict
from importlib.util import find_spec
from urllib.parse import quote, unquote

import pytest
from chromium import LOADED, Browser
from conftest import ROOT

import povstudy as ps
from povstudy.base.errors import SetupError
from povstudy.study import reference, site

needs_sphinx = pytest.mark.skipif(
    find_spec("sphinx") is None, reason="needs Sphinx: the extra docs of povstudy"
)
LOADS = re.compile(
    r"""<(?:script|img|source|iframe|embed|video|audio)\b[^>]*?\s(?:src|srcset|poster|data)=["']([^"']+)|"""
    r"""<link\b[^>]*?\shref=["']([^"']+)|url\(["']?([^"')]+)|@import\s+["']([^"']+)"""
)
LINK = re.compile(r"""<a\b[^>]*?\shref=["']([^"']+)""")
NAME = re.compile(r"""\s(?:id|name)=["']([^"']+)""")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The site of what is committed; what docstrings draw is kept for the next time."""
    folder = tmp_path_factory.mktemp("site")
    kept = ROOT / ".povstudy" / "site" / "plots"
    if kept.is_dir():
        shutil.copytree(kept, folder / "work" / "plots")
    return site.build(ROOT, folder / "site", folder / "work").parent


@pytest.fixture(scope="module")
def pages(made):
    return {path: path.read_text("utf-8") for path in sorted(made.rglob("*.html"))}


def fetched(text):
    """What a page or a style asks for by itself, from another host."""
    asked = [next(filter(None, one), "") for one in LOADS.findall(text)]
    return [one for one in asked if re.match(r"(?:[a-z]+:)?//", one)]


def lost(pages):
    """Links that lead to no file, or to no place in a page."""
    names = defaultdict(set)
    for path, text in pages.items():
        names[path] = set(map(html.unescape, NAME.findall(text)))
    for path, text in pages.items():
        for link in map(html.unescape, LINK.findall(text)):
            if re.match(r"[a-z]+:", link):
                if not re.match(r"https?://[\w.-]+\.\w+(?:[/?#]\S*)?$|mailto:\S+@\S+$", link):
                    yield path, link
                continue
            file, _, anchor = link.partition("#")
            to = (path.parent / unquote(file)).resolve() if file else path
            to = to / "index.html" if to.is_dir() else to
            if not to.is_file() or (anchor and to in names and unquote(anchor) not in names[to]):
                yield path, link


@needs_sphinx
def test_every_public_name_has_a_page_and_what_it_draws_is_shown(made):
    for room, names in reference.rooms().items():
        listed = (made / "reference" / f"{room}.html").read_text("utf-8")
        for name, one in names.items():
            page = made / "reference" / room / f"{reference._file(name, one)}.html"
            place = f"povstudy.{room}.{name}" if room in ps._APART else f"povstudy.{name}"
            text = page.read_text("utf-8")
            assert f'id="{place}"' in text
            assert f"{room}/{page.name}" in listed
            if room == "figures" and name not in ("context", "finish", "new_axes"):
                shown = re.findall(r'<img alt="([^"]+)"[^>]*_images/([^"]+)"', text)
                assert shown and all((made / "_images" / file).is_file() for _, file in shown)
    for room, kinds in reference.results().items():
        for name, one in kinds.items():
            page = made / "reference" / room / f"{reference._file(name, one)}.html"
            assert f'id="{one.__module__}.{name}"' in page.read_text("utf-8")


@needs_sphinx
def test_every_exhibit_is_in_the_gallery_with_kind_alt_text_call_and_both_languages(made):
    exhibits = json.loads((ROOT / "figures" / "manifest.json").read_text("utf-8"))["exhibits"]
    alts = json.loads((ROOT / "figures" / "alt.json").read_text("utf-8"))
    for name, entry in exhibits.items():
        page = made / "gallery" / f"{entry['notebook'].split('/')[1][:-6]}.html"
        text = page.read_text("utf-8")
        part = text[text.index(f'id="{reference._anchor(name)}"') :].partition("</section>")[0]
        for lang in ("en", "zh"):
            assert html.escape(entry["source"][lang]) in part
            if entry["kind"] == "figure":
                assert f'alt="{html.escape(alts[name][lang])}"' in part
        assert ps.base.status.KINDS[entry["status"]][1] in part
        assert all(f'href="../figures/{file}"' in part for file in entry["files"])
        assert "publish" in re.sub("<[^>]+>", "", part)


@needs_sphinx
def test_every_page_of_the_docs_is_on_the_site_and_under_its_section(made):
    sections = site.contents(ROOT)
    listed = [file for rows in sections.values() for _, file, _ in rows]
    assert sorted(listed) == sorted(
        path.name for path in (ROOT / "docs").glob("*.md") if path.name != "README.md"
    )
    for title, rows in sections.items():
        text = (made / "part" / f"{site._slug(title)}.html").read_text("utf-8")
        for _, file, _ in rows:
            assert (made / file.replace(".md", ".html")).is_file()
            assert f'href="../{file.replace(".md", ".html")}"' in text
    assert all(file.endswith(".zh.md") for _, file, _ in sections["中文"])


@needs_sphinx
def test_no_page_asks_another_host_for_anything(made, pages):
    styles = {path: path.read_text("utf-8") for path in made.rglob("*.css")}
    assert {
        path.relative_to(made).as_posix(): asked
        for path, text in (pages | styles).items()
        if (asked := fetched(text))
    } == {}


@pytest.mark.parametrize(
    "planted",
    ['<script src="https://x.example/a.js">', '<link rel="stylesheet" href="//x.example/a.css">',
     '<img alt="" src="http://x.example/a.png">', "@font-face{src:url(https://x.example/a.woff)}",
     '@import "https://x.example/a.css"'],
)  # fmt: skip
def test_such_a_request_would_be_seen(planted):
    assert fetched(planted)


@needs_sphinx
def test_every_link_leads_somewhere(made, pages):
    found = {(path.relative_to(made).as_posix(), link) for path, link in lost(pages)}
    assert found == set()


@needs_sphinx
@pytest.mark.parametrize(
    "planted", ["nowhere.html", "#nowhere", "measures.html#nowhere", "https:/x"]
)
def test_a_link_to_nowhere_would_be_seen(made, pages, planted):
    page = made / "index.html"
    two = {one: pages[one] for one in (page, made / "measures.html")}
    two[page] = f'<a href="{planted}">'
    assert planted in {link for path, link in lost(two) if path == page}


@needs_sphinx
def test_a_link_to_nowhere_is_told_with_its_page(tmp_path, monkeypatch):
    """What Sphinx warns of ends in one error that names it."""
    monkeypatch.setattr(site, "reference_pages", lambda work: {})
    pages = {"index.md": "# A\n\n[one](two.md)\n"}
    monkeypatch.setattr(site, "staged", lambda root: (pages, {}))
    with pytest.raises(SetupError, match=r"index\.md:3.*two\.md"):
        site.build(ROOT, tmp_path / "out", tmp_path / "work")
    assert not (tmp_path / "work" / "doctrees").exists()


@needs_sphinx
def test_formulas_are_mathml_and_chinese_is_cut_into_twos(tmp_path, monkeypatch):
    from povstudy.study.pages import Search

    assert Search({}).split("贫困发生率 headcount 3户") == ["贫困", "困发", "发生", "生率", "headcount", "户", "3"]  # fmt: skip
    monkeypatch.setattr(site, "reference_pages", lambda work: {})
    pages = {"index.md": "# A\n\n$\\frac{1}{N}$ and 5 $ a day, 3 $ a night\n\n$$\\sum_i x_i$$\n"}
    monkeypatch.setattr(site, "staged", lambda root: (pages, {}))
    text = site.build(ROOT, tmp_path / "out", tmp_path / "work").read_text("utf-8")
    assert "<mfrac>" in text and 'display="block"' in text and "3 $ a night" in text
    assert not re.search(r"mathjax[\w.-]*\.js", text, re.IGNORECASE)


def test_links_are_set_right_and_code_is_left_alone(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.yaml").write_text("a: 1")
    text = "[a](../data/a.yaml) [b](b.md#c) `x[1](b.md)` [![p](../data/a.yaml)](b.md) [d](no.md)\n```\n[b](b.md)\n```"
    extra = {}
    found = site._linked(text, tmp_path, "docs/a.md", "part/a.md", {"docs/b.md": "b.md"}, extra)
    assert found == (
        '<a href="../data/a.yaml">a</a> [b](../b.md#c) `x[1](b.md)` '
        '[<img src="../data/a.yaml" alt="p">](../b.md) [d](no.md)\n```\n[b](b.md)\n```'
    )
    assert extra == {"data/a.yaml": tmp_path / "data" / "a.yaml"}


# In a browser -------------------------------------------------------------------------

LOOKED_AT = ("index", "student.zh", "glossary", "methods", "gallery/01_incidence", "notebooks/03_measurement",
             "reference/measures/poverty", "reference/figures/tip_curve")  # fmt: skip
# What can be used and is seen; the theme's menus for phones are dialogs, reached when opened.
CONTROLS = """[...document.querySelectorAll("a[href], button, input, summary, select, [tabindex='0']")].filter(
    one => one.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !one.closest("dialog:not([open])")
      && !one.disabled && one.tabIndex >= 0 && one.getClientRects().length)"""


@pytest.fixture(scope="module")
def browser():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        one = Browser(folder)
        yield one
        one.close()


def walked(browser):
    """What the first Tab reaches, and the controls that no Tab reaches."""
    browser.js(f"window.all = new Set({CONTROLS}); window.left = new Set(window.all)")
    browser.js("addEventListener('focusin', event => window.left.delete(event.target)); focus()")
    browser.press("Tab", 9)
    first = browser.js("document.activeElement.outerHTML")
    for _ in range(browser.js("window.all.size") + 60):  # what can be scrolled is a stop as well
        if not browser.js("window.left.size"):
            break
        browser.press("Tab", 9)
    return first, browser.js("[...window.left].map(one => one.outerHTML.slice(0, 90))")


@needs_sphinx
@pytest.mark.parametrize("page", LOOKED_AT)
def test_a_page_fits_light_and_dark_and_asks_for_nothing(browser, made, page):
    for width in (1280, 390):
        for dark in (False, True):
            browser.open(made / f"{page}.html", width=width, dark=dark, ready=LOADED)
            assert browser.js("document.documentElement.scrollWidth") <= width
            theme = browser.js("document.documentElement.dataset.theme")
            assert theme == ("dark" if dark else "light")
            assert {
                one for one in browser.asked() if not one.startswith(("file:", "data:"))
            } == set()
            assert all(one["method"] != "Runtime.exceptionThrown" for one in browser.said)


@needs_sphinx
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("page", ["index", "methods", "reference/figures/tip_curve", "search"])
def test_the_keyboard_reaches_every_control_the_way_past_the_menus_first(
    browser, made, page, width
):
    browser.open(made / f"{page}.html", width=width, ready=LOADED)
    first, unreached = walked(browser)
    assert page == "search" or "main-content" in first
    assert unreached == []


@needs_sphinx
@pytest.mark.parametrize("word", ["返贫", "贫困发生率", "relapse"])
def test_words_are_found_in_a_folder_too_chinese_as_well(browser, made, word):
    browser.open(made / "search.html", query=f"?q={quote(word)}", ready=LOADED)
    found = "[...document.querySelectorAll('#search-results li a')].map(one => one.href)"
    for _ in range(100):  # it looks once the index is loaded
        links = browser.js(found)
        if len(links) > 3:
            break
        time.sleep(0.1)
    else:
        raise AssertionError(links)
    assert any(re.search("relapse|glossary", one) for one in links)


def test_a_page_too_wide_that_asks_another_host_and_traps_the_keyboard_would_be_seen(
    browser, tmp_path
):
    page = tmp_path / "a.html"
    page.write_text(
        '<img src="http://127.0.0.1:9/a.png"><p style="width: 800px">a</p><a href="a">b</a>'
        '<button onkeydown="event.preventDefault()">c</button><a href="d">d</a>', "utf-8",
    )  # fmt: skip
    browser.open(page, width=390, ready=LOADED)
    assert browser.js("document.documentElement.scrollWidth") > 390
    assert "http://127.0.0.1:9/a.png" in browser.asked()
    assert walked(browser)[1] == ['<a href="d">d</a>']


def test_links_lead_on_after_code_of_any_number_of_backticks():
    text = """A block that begins with ```` ```python no-run ```` runs not; a lone ` is one.

See [the road](docs/scale.md) and `[code](docs/scale.md)`.

```text
[code](docs/scale.md)

[code](docs/scale.md)
```
[The road](docs/scale.md), too.
"""
    moved = {"docs/scale.md": "scale.md"}
    made = site._linked(text, ROOT, "CONTRIBUTING.md", "contributing.md", moved, {})
    assert made == text.replace("road](docs/", "road](")
