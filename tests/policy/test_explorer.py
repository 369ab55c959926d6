"""The explorer: all numbers of the grid, offline, in two languages, by keyboard and on a phone."""

import base64
import hashlib
import itertools
import json
import re
import tempfile

import numpy as np
import pandas as pd
import pytest
from chromium import Browser
from conftest import ROOT

import povstudy as ps
from povstudy.policy import explorer
from povstudy.policy.explorer import AXES, OUTCOMES

POINTS = {
    "budget": [25, 50, 75, 100, 150, 200, 250],
    "mix": [0, 0.25, 0.5, 0.75, 1],
    "caseload": [5, 9, 15, 30],
    "accompaniment": [0, 1, 2, 3],
    "effect": [-0.15, -0.075, 0, 0.075, 0.15],
}


def made_up(**points):
    """A grid of the size of the real one, with numbers made up."""
    axes = POINTS | points
    table = pd.DataFrame(itertools.product(*axes.values()), columns=list(AXES))
    reach = 1 - np.exp(-table["budget"] / 110)
    more = table["mix"] * table["effect"] * reach * (table["caseload"] / 9) ** -0.3
    years = 210 * reach + 900 * more
    numbers = {
        "poverty": (0.06 - 0.025 * reach - 0.08 * more, 0.011),
        "relapse": (0.11 - 0.03 * more - 0.01 * table["accompaniment"], 0.02),
        "poverty_free_years": (years, 40 * reach),
        "cost_per_year": (8_000 * table["budget"] / years, 300),
        "gain_over_usual": (900 * more + table["caseload"] - 9, 20 + 0 * more),
        "reached": (reach, 0.02),
        "gain": (900 * more, 360 * more.abs() + 9 * table["mix"]),
    }
    parts = [
        table.assign(outcome=name, estimate=value, low=value - wide, high=value + 1.1 * wide)
        for name, (value, wide) in numbers.items()
    ]
    grid = pd.concat(parts, ignore_index=True)
    endless = grid["outcome"].eq("cost_per_year") & grid["budget"].eq(25) & grid["effect"].lt(0)
    grid.loc[endless, "high"] = np.inf
    grid.attrs |= {"households": 50_000, "years": 8, "draws": 100, "level": 0.9}
    return grid


@pytest.fixture(scope="module")
def grid():
    return made_up()


@pytest.fixture(scope="module")
def page(grid, tmp_path_factory):
    path = tmp_path_factory.mktemp("explorer") / "explorer.html"
    assert ps.write_explorer(path, grid)
    return path


def parts_of(page):
    """The words and the data of a page."""
    text = page.read_text("utf-8")
    found = (re.search(f'id="{one}" type="application/json">(.*?)</script>', text, re.DOTALL)
             for one in ("words", "data"))  # fmt: skip
    return [json.loads(one[1]) for one in found]


def read_explorer(page):
    """The numbers of a page, cell by cell in the order of the axes."""
    data = parts_of(page)[1]
    cells = pd.MultiIndex.from_product([data["axes"][one] for one in AXES], names=AXES)
    parts = []
    for outcome, packed in data["outcomes"].items():
        codes = np.frombuffer(base64.b64decode(packed["values"]), dtype="<i2")
        numbers = packed["base"] + packed["step"] * codes.astype(float)
        numbers = np.exp(numbers) if packed["log"] else numbers
        for code, value in ((-32768, np.nan), (-32767, -np.inf), (32767, np.inf)):
            numbers[codes == code] = value
        part = pd.DataFrame(numbers.reshape(-1, 3), cells, ["estimate", "low", "high"])
        parts.append(part.reset_index().assign(outcome=outcome))
    return pd.concat(parts, ignore_index=True)


# Numbers ------------------------------------------------------------------------------


def sorted_cells(table):
    return table.sort_values(["outcome", *AXES], kind="stable").reset_index(drop=True)


def test_the_page_gives_the_grid_back_to_half_of_the_last_digit_that_is_shown(grid, page):
    want, got = sorted_cells(grid), sorted_cells(read_explorer(page))
    assert want[[*AXES, "outcome"]].astype(got[[*AXES, "outcome"]].dtypes).equals(got[[*AXES, "outcome"]])  # fmt: skip
    shown = want["outcome"].map(
        {name: one.get("shown") for name, one in parts_of(page)[1]["outcomes"].items()}
    )
    shown = shown.mask(
        want["outcome"].isin(["poverty", "relapse"]), 0.001
    )  # of a percent, one digit
    assert set(want["outcome"][shown.isna()]) <= {
        "cost_per_year"
    }  # of many sizes: three digits of each
    size = 10.0 ** np.floor(np.log10(want[["estimate", "low", "high"]].abs().clip(1e-9)))
    for name in ("estimate", "low", "high"):
        known = np.isfinite(want[name])
        half = shown.fillna(size[name] / 100) / 2
        assert (got[name] - want[name])[known].abs().lt(half[known]).all()
        assert got[name][~known].equals(want[name][~known])
    assert np.isinf(want["high"]).sum() > 100


def test_numbers_of_many_sizes_keep_three_digits(grid, tmp_path):
    table = grid.copy()
    cost = table["outcome"].eq("cost_per_year")
    table.loc[cost, "low"] = np.geomspace(3, 8e8, cost.sum())
    table.loc[cost, ["estimate", "high"]] = [np.nan, np.inf]
    ps.write_explorer(tmp_path / "a.html", table)
    got, want = (sorted_cells(one).query("outcome == 'cost_per_year'")
                 for one in (read_explorer(tmp_path / "a.html"), table))  # fmt: skip
    assert np.abs(got["low"] / want["low"] - 1).max() < 0.0005
    assert got["estimate"].isna().all() and np.isposinf(got["high"]).all()


def test_zero_stays_zero_and_the_sign_of_a_gain_is_kept(grid, page):
    want, got = (
        sorted_cells(one).query("outcome == 'gain'") for one in (grid, read_explorer(page))
    )
    nothing = want["mix"].eq(0)
    assert got.loc[nothing, ["estimate", "low", "high"]].eq(0).all(axis=None)
    step = parts_of(page)[1]["outcomes"]["gain"]["step"]
    for name in ("low", "high"):
        clear = want[name].abs() > step
        assert (np.sign(got[name]) == np.sign(want[name]))[clear].all()


def test_one_point_on_an_axis_and_other_types_are_a_page_too(tmp_path):
    table = made_up(caseload=[9], effect=[0])
    other = table.assign(
        budget=table["budget"].astype("Int64"), mix=table["mix"].astype("Float64"),
        accompaniment=table["accompaniment"].astype("int8"), outcome=table["outcome"].astype("category"),
    ).sample(frac=1, random_state=1)  # fmt: skip
    before = other.copy()
    for name, one in (("a", table), ("b", other)):
        ps.write_explorer(tmp_path / f"{name}.html", one)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    pd.testing.assert_frame_equal(other, before)


# A page that is there -----------------------------------------------------------------


def test_numbers_that_packing_cannot_tell_apart_leave_the_file(grid, page):
    before = page.read_bytes()
    numbers = ["estimate", "low", "high"]
    assert not ps.write_explorer(page, grid.assign(**(grid[numbers] * (1 + 1e-9))))
    assert page.read_bytes() == before


def test_another_number_or_another_word_writes_it_anew(grid, tmp_path):
    path = tmp_path / "a.html"
    ps.write_explorer(path, grid)
    changed = grid.copy()
    changed.loc[0, "estimate"] += 0.001
    assert ps.write_explorer(path, changed) and not ps.write_explorer(path, changed)
    path.write_text(path.read_text("utf-8").replace("模拟", "真实"), "utf-8")
    assert ps.write_explorer(path, changed)
    path.write_bytes(b"\xff\xfe no page")
    assert ps.write_explorer(path, changed)
    longer = made_up(budget=[25, 50])
    assert ps.write_explorer(path, longer)


# What is refused ----------------------------------------------------------------------


def broken(grid, how):
    return {
        "cell": grid.drop(index=5),
        "twice": pd.concat([grid, grid.head(1)]),
        "outcome": grid.query("outcome != 'gain'"),
        "unlike": grid.assign(mix=grid["mix"].replace(0, 0.1)),
        "gap": grid.assign(effect=grid["effect"].where(grid["effect"] != 0)),
        "words": grid.assign(caseload="nine"),
        "empty": grid.head(0),
        "column": grid.drop(columns="high"),
    }[how]


@pytest.mark.parametrize(
    "how", ["cell", "twice", "outcome", "unlike", "gap", "words", "empty", "column"]
)
def test_a_grid_with_holes_is_refused(grid, tmp_path, how):
    with pytest.raises(ps.DataError):
        ps.write_explorer(tmp_path / "a.html", broken(grid, how))
    assert not (tmp_path / "a.html").exists()


def test_what_is_no_table_and_where_nothing_can_be_written(grid, tmp_path):
    with pytest.raises(ps.DataError):
        ps.write_explorer(tmp_path / "a.html", "grid")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ps.DataError):
        ps.write_explorer(tmp_path / "folder", grid)


# The page itself ----------------------------------------------------------------------


def test_the_page_is_small_and_asks_for_nothing(page):
    text = page.read_text("utf-8")
    assert page.stat().st_size < 400_000
    assert not re.search(
        r"""@import|<link|<img|<iframe|\bsrc=|url\(|\beval\(|new Function|fetch\(|XMLHttp""", text
    )
    assert set(re.findall(r"https?://[^\"'\s]+", text)) == {
        "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml",  # names, no addresses
    }  # fmt: skip


def test_its_policy_lets_this_script_alone_run(page):
    text = page.read_text("utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)[1]
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    own = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy and f"script-src 'sha256-{own}'" in policy
    assert not re.search(r"<[^>]+ (?:on\w+|style)=", text)  # would be refused


CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_word_is_there_in_both_languages_and_each_is_used(page):
    words, _ = parts_of(page)
    text = page.read_text("utf-8")
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]
    for key, pair in words.items():
        assert len(pair) == 2 and all(pair), key
        english, chinese = pair
        assert re.findall(r"\{\d\}", english) == [] or set(re.findall(r"\{\d\}", english)) == set(
            re.findall(r"\{\d\}", chinese)
        ), key
        if key != "lang" and re.search(r"[a-z]{3}", english):
            assert CHINESE.search(chinese) and not CHINESE.search(english), key
    # Each is asked for by its name, or by one that is made of a list.
    made = [f"{one}_about" for one in AXES] + [
        f"{one}_means" for one in OUTCOMES if "gain" not in one
    ]
    made += ["against_gain", "against_gain_over_usual"] + [f"limit_{i}" for i in range(1, 6)]
    made += ["accompaniment_0", "accompaniment_1"] + [
        f"is_{one}" for one in ("plus", "minus", "open", "same")
    ]
    asked = set(re.findall(r'data-[wl]="(\w+)"', text)) | set(
        re.findall(r'\bw\("(\w+)"[,)]', script)
    )
    assert not asked - set(words)
    assert {one for one in set(words) - asked - set(made) if f'"{one}"' not in script} == set()


def test_colours_are_those_of_the_figures(page):
    from povstudy.figures.style import COLOURS

    text = page.read_text("utf-8").lower()
    for name in ("blue", "vermilion", "sky"):
        assert COLOURS[name].lower() in text


# In a browser -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        made = Browser(folder)
        yield made
        made.close()


LEFT, UP, RIGHT, DOWN, TAB = ("ArrowLeft", 37), ("ArrowUp", 38), ("ArrowRight", 39), ("ArrowDown", 40), ("Tab", 9)  # fmt: skip
SHOWN = """[...document.querySelectorAll("#cards .big > span:first-child")].map(one => one.textContent)"""


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize(
    ("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True)]
)
def test_it_fits_speaks_the_language_of_the_browser_and_complains_of_nothing(
    browser, page, width, dark, language
):
    browser.open(page, width=width, dark=dark, language=language)
    assert browser.js("document.documentElement.scrollWidth") <= width
    lang = browser.js("document.documentElement.lang")
    assert lang == language[:2]
    assert browser.complaints() == [] and browser.asked() == {page.as_uri()}
    text = browser.js("document.body.innerText")
    assert "undefined" not in text and "NaN" not in text and not re.search(r"\{\d\}", text)
    if lang == "zh":  # but names of programs, and the button that leads to English
        assert not set(re.findall("[A-Za-z]{2,}", text)) - {
            "English",
            "povstudy",
            "ps",
            "explorer",
            "grid",
        }
    else:
        assert set(CHINESE.findall(text)) == set("中文")
    black = browser.js("getComputedStyle(document.body).backgroundColor")
    assert (black == "rgb(22, 24, 26)") is dark


def test_simulated_stands_beside_every_number_in_the_chart_and_in_the_map(browser, page):
    browser.open(page, "zh")
    assert browser.js("""[...document.querySelectorAll(".card")].every(
        one => one.querySelector(".big .simulated").textContent === "模拟")""")
    for place in ("h1", "#said", "#chart", "#map", "title", "#table caption"):
        assert "模拟" in browser.js(f"document.querySelector('{place}').textContent"), place


def test_the_keyboard_alone_moves_a_slider_and_the_map(browser, page):
    browser.open(page, "en&effect=0.075&against=gain")
    before, said = browser.js(SHOWN), browser.js("document.getElementById('said').textContent")
    for _ in range(2):  # the switch of languages stands first, then the sliders
        browser.press(*TAB)
    assert browser.js("document.activeElement.id") == "s-budget"
    assert (
        browser.js("document.activeElement.getAttribute('aria-valuetext')")
        == "100 yuan, 40 million yuan in all"
    )
    browser.press(*RIGHT)
    assert (
        browser.js("document.activeElement.getAttribute('aria-valuetext')")
        == "150 yuan, 60 million yuan in all"
    )
    assert browser.js(SHOWN) != before
    assert browser.js("document.getElementById('said').textContent") != said
    for _ in range(30):
        browser.press(*RIGHT)  # no further than what was computed
    assert (
        browser.js("document.activeElement.getAttribute('aria-valuetext')")
        == "250 yuan, 100 million yuan in all"
    )

    browser.js("document.querySelector('#map [tabindex=\"0\"]').focus()")
    assert browser.js("document.querySelectorAll('#map [tabindex=\"0\"]').length") == 1
    before = browser.js(SHOWN)
    for key in (UP, LEFT, LEFT):
        browser.press(*key)
    assert browser.js(SHOWN) == before  # to look on is not to choose
    browser("Input.dispatchKeyEvent", type="keyDown", key="Enter", code="Enter", text="\r",
            windowsVirtualKeyCode=13)  # fmt: skip
    assert browser.js("location.hash").count("caseload=5&accompaniment=0&effect=-0.075") == 1
    assert browser.js("document.activeElement.getAttribute('aria-current')") == "true"
    assert browser.js("document.activeElement.className") == "minus"


def in_words(number, outcome, packed):
    shown = packed.get("shown") or 10.0 ** (np.floor(np.log10(number)) - 2)
    number = np.floor(number / shown + 0.5) * shown
    digits = max(0, -round(np.log10(shown))) if "shown" in packed else 0
    if outcome == "poverty_free_years" and number == 0:
        return "0"
    if outcome in ("poverty", "relapse"):
        return f"{100 * number:.{digits - 2}f} %"
    return f"{number:,.{digits}f}" + (" yuan" if outcome == "cost_per_year" else "")


@pytest.mark.parametrize("ends", list(itertools.product([0, -1], repeat=5))[::3])
def test_every_end_of_the_sliders_shows_the_number_of_the_grid(browser, page, ends):
    grid = read_explorer(page)
    at = {axis: POINTS[axis][end] for axis, end in zip(AXES, ends, strict=True)}
    browser.open(
        page,
        "&".join(["en", "against=gain", *(f"{axis}={value:.10g}" for axis, value in at.items())]),
    )
    cell = grid[np.logical_and.reduce([grid[axis] == value for axis, value in at.items()])]
    cell = cell.set_index("outcome")
    outcomes = parts_of(page)[1]["outcomes"]
    names = ["poverty", "relapse", "poverty_free_years", "cost_per_year"]
    want = [in_words(cell.at[one, "estimate"], one, outcomes[one]) for one in names]
    assert browser.js(SHOWN) == want
    kind = ("same" if at["mix"] == 0 else "plus" if cell.at["gain", "low"] > 0
            else "minus" if cell.at["gain", "high"] < 0 else "open")  # fmt: skip
    assert browser.js("document.querySelector('#map [aria-current]').className") == kind


def test_where_nothing_is_gained_no_price_is_told(browser, tmp_path):
    grid = made_up(budget=[25, 50])
    none = grid["outcome"].eq("cost_per_year") & grid["budget"].eq(25)
    grid.loc[none, ["estimate", "high"]] = np.inf
    ps.write_explorer(tmp_path / "a.html", grid)
    browser.open(tmp_path / "a.html", "en&budget=25&show=cost_per_year")
    assert browser.js(SHOWN)[-1] == "no years gained" and browser.complaints() == []
    assert (
        browser.js("document.querySelectorAll('#chart circle[cx]').length") == 2
    )  # one in the key
    assert "NaN" not in browser.js("document.getElementById('chart').innerHTML")
    assert "no years gained" in browser.js("document.getElementById('table').textContent")


def test_what_is_missing_everywhere_has_no_chart(browser, tmp_path):
    grid = made_up(budget=[25, 50])
    grid.loc[grid["outcome"].eq("relapse"), ["estimate", "low", "high"]] = np.nan
    ps.write_explorer(tmp_path / "a.html", grid)
    for lang, word in (("en", "cannot be told"), ("zh", "无法判断")):
        browser.open(tmp_path / "a.html", f"{lang}&show=relapse&along=mix")
        assert browser.complaints() == []
        assert browser.js("document.getElementById('chart').textContent").endswith(word)


def test_an_address_with_nonsense_starts_at_the_start(browser, page):
    browser.open(page, "budget=999&mix=%3Cb%3E&effect=0.5&show=gone&along=__proto__&x")
    assert browser.js("location.hash") and browser.complaints() == []
    assert "40 million" in browser.js("document.getElementById('sliders').textContent")


def test_the_switch_changes_the_language_and_the_address_keeps_it(browser, page):
    browser.open(page, "mix=1")
    browser.js("document.getElementById('lang').click()")
    assert browser.js("document.documentElement.lang") == "zh"
    assert re.match(r"#zh&budget=100&mix=1&", browser.js("location.hash"))


def test_it_is_printed_with_its_table_and_without_its_tools(browser, page):
    browser.open(page, dark=True)
    browser("Emulation.setEmulatedMedia", media="print")
    browser.js("dispatchEvent(new Event('beforeprint'))")
    shown = "getComputedStyle(document.querySelector('{}')).display"
    assert browser.js(shown.format("input[type=range]")) == "none"
    assert browser.js("document.getElementById('table').open")
    assert browser.js("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert base64.b64decode(browser("Page.printToPDF")["data"]).startswith(b"%PDF")


def test_the_page_is_ready_at_once(browser, page):
    times = []
    for _ in range(3):
        browser.open(page)
        times.append(browser.js("performance.getEntriesByName('ready')[0].startTime"))
    assert min(times) < 5_000  # a tenth of it where the machine is idle


def test_the_committed_page_is_that_of_the_template():
    path = ROOT / "figures" / "explorer.html"
    assert explorer._page(parts_of(path)[1]) == path.read_text("utf-8")
    assert len(read_explorer(path)) == 2_800 * len(OUTCOMES)


def test_outcomes_are_all_on_the_page(page):
    assert tuple(parts_of(page)[1]["outcomes"]) == OUTCOMES == explorer.OUTCOMES


# The library's own answers --------------------------------------------------------------


COARSE = {"draws": 3, "households": 2_000, "years": 6, "seed": 4}


@pytest.fixture(scope="module")
def coarse(tmp_path_factory):
    """The page of a coarse grid of the library."""
    path = tmp_path_factory.mktemp("coarse") / "explorer.html"
    ps.write_explorer(path, ps.explorer_grid(budgets=[40, 80], **COARSE))
    return read_explorer(path)


@pytest.mark.parametrize("ends", list(itertools.product([0, -1], repeat=5))[::3])
def test_every_end_of_the_sliders_is_the_answer_of_budget(coarse, ends):
    at = {axis: np.unique(coarse[axis])[end] for axis, end in zip(AXES, ends, strict=True)}
    plan = ps.Plan(social_work=at["mix"], caseload=at["caseload"], collaboration=0.0,
                   accompaniment=int(at["accompaniment"]))  # fmt: skip
    total = at["budget"] * COARSE["households"] * COARSE["years"]
    found = ps.budget(total, {"plan": plan}, effect=at["effect"], **COARSE)
    want = found.tidy().set_index("outcome")["estimate"]
    years = (found.effects["plan"] - found.effects["none"]).mean()
    cell = coarse[np.logical_and.reduce([coarse[axis] == value for axis, value in at.items()])]
    got = cell.set_index("outcome")["estimate"]
    assert got["poverty"] == pytest.approx(want["poverty"], abs=5e-5)
    assert got["poverty_free_years"] == pytest.approx(
        1000 / COARSE["households"] * years, abs=0.001
    )
    assert got["reached"] == pytest.approx(want["villages"] / (COARSE["households"] / 50), abs=5e-5)


def test_no_effect_is_no_difference_and_officials_as_usual_are_the_measure(coarse):
    numbers = ["estimate", "low", "high"]
    gain = coarse[coarse["outcome"] == "gain"]
    assert gain.loc[gain["effect"].eq(0) | gain["mix"].eq(0), numbers].eq(0).all(axis=None)
    usual = coarse[coarse["outcome"] == "gain_over_usual"]
    same = usual["mix"].eq(0) & usual["caseload"].eq(9) & usual["accompaniment"].eq(0)
    assert usual.loc[same, numbers].eq(0).all(axis=None) and same.sum() == 10
    assert usual.loc[~same, "estimate"].ne(0).mean() > 0.5
