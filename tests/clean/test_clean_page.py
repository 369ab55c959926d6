"""The page of a cleaning report: whole, offline, in two languages, quick with many rows."""

import json
import re
import shutil
import subprocess

import pandas as pd
import pytest

import povstudy as ps
from povstudy.clean.reports import COLUMNS, report


@pytest.fixture(scope="module")
def told():
    return ps.clean.households(ps.clean.synthetic_register(seed=1)[0])[1]


def page(table, tmp_path, **more):
    ps.clean.write(table, tmp_path / "page.html", **more)
    return (tmp_path / "page.html").read_text("utf-8")


def data_of(text):
    return json.loads(re.search(r'type="application/json">(.*?)</script>', text, re.DOTALL)[1])


def test_every_row_of_the_report_is_on_the_page(told, tmp_path):
    data = data_of(page(told, tmp_path, lang="zh"))
    assert data["lang"] == "zh" and len(data["row"]) == len(told)
    back = pd.DataFrame({
        "row": data["row"], "old": data["old"], "new": data["new"],
        "column": [None if i < 0 else data["columns"][i][0] for i in data["column"]],
        "why": [data["whys"][i][0] for i in data["why"]], "why_zh": [data["whys"][i][1] for i in data["why"]],
    })  # fmt: skip
    want = told.astype(dict.fromkeys(("column", "why", "why_zh"), object))
    for name in ("column", "why", "why_zh", "old", "new", "row"):
        same = [None if pd.isna(one) else str(one) for one in want[name]]
        got = back[name].astype("Int64") if name == "row" else back[name]
        assert [None if pd.isna(one) else str(one) for one in got] == same, name


def test_both_languages_count_the_same(told, tmp_path):
    text = page(told, tmp_path)
    for lang in ("en", "zh"):
        for count in ps.clean.summary(told, lang).iloc[:, 2]:
            assert f"<td class=n>{count:,}</td>" in text


def test_columns_that_lost_most_cells_stand_first(tmp_path):
    lost = {"人数": 3, "人均纯收入": 5, "脱贫年度": 4}
    raw = pd.DataFrame({"户编号": [f"A{i}" for i in range(6)], "人数": "2", "人均纯收入": "3000",
                        "脱贫年度": "2018"})  # fmt: skip
    for head, count in lost.items():
        raw.loc[: count - 1, head] = "不详"
    text = page(ps.clean.households(raw)[1], tmp_path)
    part = text[text.index("失去单元格最多的列") : text.index("逐个单元格")]
    assert re.findall('<span class="zh">([^<]+)</span></button>', part) == [
        "人均纯收入",
        "脱贫年度",
        "人数",
    ]
    assert re.findall("<td[^>]*>([0-9]+)</td>", part)[1::4] == ["5", "4", "3"]


def test_the_page_asks_for_nothing_and_no_cell_can_run(tmp_path):
    raw = pd.DataFrame({"户编号": ["1", "2"], "人数": ["</script><script>alert(1)</script>", "<!--DATA-->"],
                        "<img src=x onerror=alert(2)>": ["", ""], "人均纯收入": ["&amp;", "３"]})  # fmt: skip
    text = page(ps.clean.households(raw)[1], tmp_path)
    assert text.count("<script") == 3 and text.count("</script>") == 3 and "<img" not in text
    loads = re.findall(r"""(?:src|href|data)=["']([^"']+)""", text) + re.findall(r"url\(([^)]+)\)", text)  # fmt: skip
    assert all(one.startswith("data:") for one in loads)
    assert not re.search(r"https?://|@import|<link", text)


def test_nothing_private_is_on_the_page(tmp_path):
    raw = pd.DataFrame({"户编号": ["520527197001010018"] * 2, "人数": ["张三三 13800138000", "李小四"], "姓名": ["王五五"] * 2})  # fmt: skip
    text = page(ps.clean.households(raw)[1], tmp_path)
    for private in ("520527197001010018", "13800138000", "张三三", "李小四", "王五五"):
        assert private not in text


def test_a_report_without_rows_is_a_page(tmp_path):
    assert "没有失去单元格" in page(report([]), tmp_path)


def test_of_a_long_report_the_first_rows_are_listed_and_all_counted(tmp_path, monkeypatch):
    from povstudy.clean import page as module

    many = report([{"row": range(300), "column": "income", "old": "x", "action": "refused", "reason": "unknown_word"},
                   {"row": range(300, 500), "column": "size", "old": "y", "action": "refused", "reason": "range"}])  # fmt: skip
    monkeypatch.setattr(module, "_MOST", 200)
    text = page(many, tmp_path)
    assert len(data_of(text)["row"]) == 200
    assert "The first 200 of 500" in text and "500条中的前200条" in text
    assert ">300</td>" in text and ">200</td>" in text
    assert not re.search("data-reason=[^>]+>a range", text)  # nothing of it is listed to lead to


def test_only_reports_are_pages(tmp_path):
    with pytest.raises(ps.DataError, match="Only the report"):
        ps.clean.write(pd.DataFrame({"a": [1]}), tmp_path / "a.html")
    (tmp_path / "b.html").mkdir()
    with pytest.raises(ps.DataError):
        ps.clean.write(pd.DataFrame(columns=COLUMNS), tmp_path / "b.html")


PRESSED = """<script>
document.querySelectorAll("button.link")[0].click();var one=by("told").textContent+"|"+by("rows").children.length;
document.querySelector("form").reset();by("text").value="INCOME";filter();var two=found.length;
by("lang").click();document.title="pressed "+one+"|"+two+"|"+root.lang+"|"+by("told").textContent;
document.fonts.ready.then=function(){};</script></body>"""


def test_a_browser_filters_and_changes_the_language(told, tmp_path):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs Chromium")
    text = page(told, tmp_path, lang="en")
    text = text.replace("document.title=", "window.kept=").replace("</body>", PRESSED)
    text = text.replace('window.kept="pressed', 'document.title="pressed')
    (tmp_path / "page.html").write_text(text, "utf-8")
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", f"file://{tmp_path}/page.html"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    first = ps.clean.summary(told).iloc[0]["places"]
    income = told["column"].astype(str).eq("income").sum()
    shown = re.search("<title>pressed ([^<]*)", done.stdout)[1].split("|")
    assert shown[:2] == [f"1 to {first} of {first}", str(first)]
    assert int(shown[2]) == income and shown[3] == "zh" and shown[4].endswith(f"共{income}条")
