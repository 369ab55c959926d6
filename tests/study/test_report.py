"""Pages that need no network, in two languages."""

import html
import json
import re
import shutil
import subprocess

import pytest
from conftest import ROOT

from povstudy.base.errors import SetupError
from povstudy.study.report import report


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The report on the committed notebooks and figures."""
    root = tmp_path_factory.mktemp("report")
    for name in ("notebooks", "figures"):
        shutil.copytree(ROOT / name, root / name)
    index = report(root)
    return {path.name: path.read_text("utf-8") for path in index.parent.iterdir()}


def test_there_is_an_index_and_a_page_for_each_notebook(pages):
    stems = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert set(pages) == {"index.html"} | {f"{stem}.html" for stem in stems}
    assert all(f'href="{stem}.html"' in pages["index.html"] for stem in stems)


def test_no_page_asks_for_anything_outside_itself(pages):
    for name, text in pages.items():
        loads = re.findall(r"""(?:src|srcset|poster|data)=["']([^"']+)""", text)
        loads += re.findall(r"url\(([^)]+)\)", text)
        loads += re.findall(r"""<link[^>]+href=["']([^"']+)""", text)
        assert [one[:80] for one in loads if not one.startswith("data:")] == [], name
        assert not re.search(r"@import|<iframe|<script[^>]+src", text), name


def test_every_exhibit_is_there_in_both_languages_with_its_alt_text(pages):
    manifest = json.loads((ROOT / "figures" / "manifest.json").read_text("utf-8"))
    alt = json.loads((ROOT / "figures" / "alt.json").read_text("utf-8"))
    for name, entry in manifest["exhibits"].items():
        file = entry["notebook"].split("/")[1].replace(".ipynb", ".html")
        text = html.unescape(pages[file])
        assert text.count(f'id="{name}"') == 1
        assert f'<a href="{file}#{name}">' in pages["index.html"]
        if entry["kind"] == "figure":
            for lang in ("en", "zh"):
                assert f'<figure class="{lang}"><img alt="{alt[name][lang]}"' in text
        else:
            assert entry["source"]["zh"] in text
            assert entry["source"]["en"] in text
        for lang, title in entry["title"].items():  # a thumbnail shows it no second time
            linked = f'<span class="{lang}" lang="{lang}">{title}</span>'
            assert linked in html.unescape(pages["index.html"])
            assert linked in text[: text.index("</details>")]


def test_pages_are_light_and_their_links_lead_to_a_place(pages):
    for name, text in pages.items():
        assert len(text) < 2_000_000, name
        places = re.findall(r'id="([^"]+)"', text)
        assert len(set(places)) == len(places), name
        for file, place in re.findall(r'href="([^"#]*)#([^"]+)"', text):
            if "://" not in file:
                assert f'id="{place}"' in pages[file or name], place
        titles = re.findall(r"<h[1-3]\b[^>]*>(.*?)</h[1-3]>", text, re.DOTALL)
        assert titles and len(set(titles)) == len(titles), name


def test_prose_in_english_is_told_as_such_and_what_is_chinese_stands_above(pages):
    for name, text in pages.items():
        if name != "index.html":
            assert '<p class="note zh" lang="zh">正文和代码是英文。' in text
            assert '<p class="note" lang="zh"><strong>中文提要。</strong>' in text


def test_what_scrolls_is_reached_by_keyboard(pages):
    for text in pages.values():
        assert not re.search(r"<pre>", text)
        for before in re.split(r"<table\b", text)[:-1]:
            assert before.endswith(
                '<div class="wide" tabindex="0" role="region" aria-label="table">'
            )


def test_without_figures_the_remedy_is_told(tmp_path):
    with pytest.raises(SetupError, match="povstudy reproduce"):
        report(tmp_path)


@pytest.mark.parametrize("planted", ["", "http://127.0.0.1:9/planted.png"])
def test_a_browser_shows_the_page_and_the_page_asks_for_nothing(pages, tmp_path, planted):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs Chromium")
    for name, text in pages.items():
        more = f'<img src="{planted}">' if planted else ""  # the log must show such a request
        (tmp_path / name).write_text(text + more, "utf-8")
    log = tmp_path / "net.json"
    told = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}", "--dump-dom",
         f"file://{tmp_path}/index.html#zh"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert '<html lang="zh">' in told.stdout  # the script ran
    asked = {
        event["params"]["url"]
        for event in json.loads(log.read_text("utf-8"))["events"]
        if isinstance(event.get("params"), dict)
        and "url" in event["params"]
        and "initiator" in event["params"]
        and event["params"]["initiator"] != "not an origin"
    }
    assert asked == ({planted} if planted else set())


SEEN = """<script>parent.postMessage([location.pathname.split("/").pop(), innerWidth,
document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor].join(" "), "*")</script>"""
FRAMES = """<script>onmessage = (event) => {{
const seen = document.createElement("p"); seen.textContent = event.data; document.body.append(seen)}}</script>{}"""


@pytest.mark.parametrize(("scheme", "paper"), [(0, "rgb(24, 26, 27)"), (1, "rgb(255, 255, 255)")])
def test_pages_fit_a_screen_and_a_phone_light_and_dark(pages, tmp_path, scheme, paper):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs Chromium")
    for name, text in pages.items():
        (tmp_path / name).write_text(text + SEEN, "utf-8")
    sizes = [(name, width) for name in pages for width in (390, 1280)]
    frames = "".join(
        f'<iframe width="{width}" height="800" src="{name}"></iframe>' for name, width in sizes
    )
    (tmp_path / "all.html").write_text(FRAMES.format(frames), "utf-8")
    told = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
         f"--user-data-dir={tmp_path / 'profile'}", f"--blink-settings=preferredColorScheme={scheme}",
         "--virtual-time-budget=20000", "--dump-dom", f"file://{tmp_path}/all.html"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    seen = re.findall(r"<p>(\S+) (\d+) (\d+) ([^<]+)</p>", told.stdout)
    wanted = {(name, str(width), str(width), paper) for name, width in sizes}
    assert sorted(seen) == sorted(wanted)
