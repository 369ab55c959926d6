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
        page = pages[entry["notebook"].split("/")[1].replace(".ipynb", ".html")]
        for text in map(html.unescape, (page, pages["index.html"])):
            if entry["kind"] == "figure":
                for lang in ("en", "zh"):
                    assert f'<figure class="{lang}"><img alt="{alt[name][lang]}"' in text
            else:
                assert entry["source"]["zh"] in text
                assert entry["source"]["en"] in text


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
