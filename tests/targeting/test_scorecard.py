"""Scorecards: added up by hand from the printed page, and what banding and rounding cost."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_proxy import TRAITS, made, numbers, refused, world

import povstudy as ps

LABELS = {"rooms": ("Rooms of the house", "住房间数"), "radio": ("Has a radio", "有收音机"), "roof": ("Roof", "屋顶"),
          "people": ("People in the household", "家庭人口"), ("roof", "straw"): ("straw", "茅草"), ("roof", "tile"): ("tiles", "瓦"),
          "consumption": ("Yuan per person and month", "人均月消费（元）")}  # fmt: skip


@pytest.fixture(scope="module")
def card():
    return made(line=150).scorecard()


class Page(HTMLParser):
    """Tables of a page: rows of cells, each the texts that stand in it."""

    def __init__(self, path):
        super().__init__()
        self.tables, self.text = {}, path.read_text("utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.rows = self.tables[dict(attrs)["id"]] = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append([])

    def handle_data(self, data):
        if self.tables and self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1].append(data.strip())


def reads(answer, value):
    """Whether a printed answer, in English, is that of a household."""
    if answer in ("yes", "no"):
        return (answer == "yes") == bool(value)
    number = re.findall(r"\d+(?:\.\d+)?", answer)
    if not number:
        return answer == {"straw": "straw", "tile": "tiles"}[value]
    low, high = float(number[0]), float(number[-1])
    for words, holds in (("up to", value <= high), ("or more", value >= low), ("to under", low <= value < high),
                         ("under", value < high)):  # fmt: skip
        if words in answer:
            return holds
    return low <= value <= high


def test_ten_households_are_added_up_by_hand_from_the_printed_page(card, tmp_path):
    """A reader has the page and the answers: finds the answer, takes the points, adds them."""
    page = Page(card.page(tmp_path / "card.html", labels=LABELS))
    trait = {text[0]: name for name, text in LABELS.items() if isinstance(name, str)}
    new = world(seed=77, each=1).head(10)
    _, *questions, last = page.tables["questions"]
    assert last[1] == [f"Sum of all boxes (0 to {card.most})"]
    for i, household in new.iterrows():
        total = 0
        for _, question, printed, box in questions:
            pairs = list(zip(printed[::2], printed[1::2], strict=True))
            fits = [
                int(points)
                for answer, points in pairs
                if reads(answer, household[trait[question[0]]])
            ]
            assert len(fits) == 1 and box == []
            total += fits[0]
        assert total == card.points(new)[i]


def test_the_page_tells_what_sums_mean_and_shows_an_example(card, tmp_path):
    page = Page(
        card.page(tmp_path / "a folder" / "card.html", labels=LABELS, title="Qingshui county")
    )
    found = card.lookup()
    heads, *meaning = page.tables["meaning"]
    assert heads[-1] == ["Yuan per person and month: 8 of 10 households lie in"]
    assert len(meaning) == len(found)
    assert meaning[0][0] == [f"0 to {found['points_to'][0]}"]
    assert meaning[-1][2][0].startswith(f"{100 * found['poor'].iloc[-1]:.0f} (")
    _, *example = page.tables["example"]
    total = sum(int(one[-1][0]) for one in example)
    assert f"= {total} points." in page.text
    band = re.search(r"See the line (\d+) to (\d+)", page.text)
    assert int(band[1]) <= total <= int(band[2])
    assert "<h1>Qingshui county</h1>" in page.text
    assert "Data: survey microdata; source not stated." in page.text
    assert "A4" in page.text and "http" not in page.text and "<script" not in page.text


def test_the_page_speaks_chinese_and_brings_its_letters(card, tmp_path):
    page = Page(card.page(tmp_path / "card.html", "zh", labels=LABELS))
    assert [one[1][0] for one in page.tables["questions"][1:-1]] == [
        LABELS[one.trait][1] for one in card.questions
    ]
    assert "贫困评分卡" in page.text and 'lang="zh"' in page.text and "@font-face" in page.text
    assert "数据性质：调查微观数据" in page.text and "茅草" in page.text
    words = re.sub(r"<style>.*?</style>", "", page.text, flags=re.DOTALL)
    assert not re.findall(r"[a-z]{4,}", re.sub(r"<[^>]*>", "", words).replace("district", ""))


def test_a_card_without_a_line_tells_whom_it_misses_of_the_poorest(tmp_path):
    card = made(coverage=[0.2, 0.4]).scorecard()
    text = card.page(tmp_path / "card.html").read_text("utf-8")
    assert (
        "of the poorest 20 %." in text
        and "of the poorest 40 %." in text
        and "Poor, of 100" not in text
    )
    mark = made(
        world(poor=lambda t: t["consumption"] < 150), "poor ~ rooms + radio + people"
    ).scorecard()
    text = mark.page(tmp_path / "mark.html", "zh").read_text("utf-8")
    assert "贫困户（95%区间）" in text and "介于" not in text


def test_the_english_page_has_no_font_and_a_simulated_one_says_so(card, tmp_path):
    assert "@font-face" not in card.page(tmp_path / "card.html").read_text("utf-8")
    svy = ps.Survey(world(), psu="village", status="simulated")
    score = ps.proxy_means(svy, TRAITS, leave_out="district", line=150)
    assert "<h1>Simulated: Scorecard of poverty</h1>" in score.scorecard().page(
        tmp_path / "x.html"
    ).read_text("utf-8")


def test_without_fonttools_the_page_brings_the_whole_font(card, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fontTools", None)
    text = card.page(tmp_path / "card.html", "zh").read_text("utf-8")
    assert "font/ttf" in text and len(text) > 2_000_000


def test_points_are_whole_none_below_zero_and_add_up_to_what_was_asked():
    score = made(line=150)
    for points in (20, 50, 100, 1000):
        card = score.scorecard(points)
        assert card.most == points
        for one in card.given:
            assert one.dtype.kind == "i" and one.min() == 0 and one.max() > 0
    table = score.scorecard().tidy()
    assert table.columns.tolist() == ["trait", "answer", "points", "share", "data_status"]
    assert table.groupby("trait")["share"].sum().to_numpy() == pytest.approx(1)
    people = table[table["trait"] == "people"]
    assert (
        people["answer"].tolist() == ["up to 2", "3 to 4", "5 to 6", "7 or more"]
        and people["points"].is_monotonic_increasing
    )
    rooms = table[table["trait"] == "rooms"]["points"]
    assert rooms.is_monotonic_decreasing  # the more points, the poorer


def test_of_marks_points_are_the_coefficients():
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.integers(0, 2, (600, 3)), columns=["a", "b", "c"])
    table["place"] = np.arange(600) % 6
    table["income"] = (
        10 + 2 * table["a"] - 5 * table["b"] + 3 * table["c"] + rng.normal(0, 0.2, 600)
    )
    card = ps.proxy_means(
        ps.Survey(table), "income ~ a + b + c", leave_out="place", line=10
    ).scorecard(10)
    found = {(one["trait"], one["answer"]): one["points"] for one in card.tidy().to_dict("records")}
    assert found == {
        ("a", "no"): 2,
        ("a", "yes"): 0,
        ("b", "no"): 0,
        ("b", "yes"): 5,
        ("c", "no"): 3,
        ("c", "yes"): 0,
    }
    assert card.points(pd.DataFrame({"a": [0, 1], "b": [1, 0], "c": [0, 1]})).tolist() == [10, 0]


def test_numbers_are_cut_into_few_bands_that_hold_some_households():
    rng = np.random.default_rng(1)
    table = world(area=lambda t: rng.lognormal(3, 0.5, len(t)), goats=lambda t: rng.poisson(0.3, len(t)),
                  age=lambda t: rng.integers(20, 90, len(t)), never=lambda t: (t.index % 300 == 7) * 5)  # fmt: skip
    card = made(table, TRAITS + " + area + goats + age + never").scorecard(
        traits=["area", "goats", "age", "rooms"]
    )
    table = card.tidy()
    for name, words in (
        ("area", r"under|to under|or more"),
        ("goats", r"\d|or more"),
        ("age", r"up to|\d+ to \d+|or more"),
    ):
        rows = table[table["trait"] == name]
        if len(rows):
            assert 2 <= len(rows) <= 4 and rows["share"].min() > 0.03
            assert rows["answer"].str.contains(words).all()
    assert "never" not in set(table["trait"])


def test_a_square_is_not_asked_for_and_traits_are_chosen_by_what_they_explain():
    table = world(
        square=lambda t: t["people"] ** 2,
        noise=lambda t: np.random.default_rng(2).integers(0, 2, len(t)),
    )
    score = made(table, TRAITS + " + square + noise")
    asked = [one.trait for one in score.scorecard(traits=2).questions]
    assert len(asked) == 2 and "people" in asked and not {"square", "noise"} & set(asked)
    assert [one.trait for one in score.scorecard(traits=["radio", "roof"]).questions] == [
        "radio",
        "roof",
    ]
    refused(lambda: score.scorecard(traits="radios"), "Did you mean 'radio'")
    refused(lambda: score.scorecard(traits=[]), "traits of the formula")
    refused(lambda: score.scorecard(traits=0), "traits")
    refused(lambda: score.scorecard(3), "points")


def test_the_loss_is_told_beside_the_model_with_its_error(card):
    score = card.score
    found = card.errors([0.2, 0.3])
    assert numbers(found, score="model") == pytest.approx(numbers(score.errors([0.2, 0.3])))
    table = card.survey.rows.table
    table = table.assign(listed=table["points"] >= 60, poor=table["consumption"] < 150)
    share = float(np.average(table["listed"], weights=table["w"]))
    svy = ps.Survey(table, weight="w", psu="village")
    right = ps.targeting_errors(svy).tidy().set_index("term")["estimate"]
    at = card.errors(share).tidy().query("score == 'scorecard'").set_index("term")["estimate"]
    assert at["exclusion error of the poor"] == pytest.approx(right["exclusion error of the poor"])
    assert at["mistargeted"] == pytest.approx(right["mistargeted"])
    loss = found.contrast("score", "scorecard", "model").tidy()
    apart = np.hypot(*(numbers(found, score=one)[:, 1] for one in ("model", "scorecard")))
    assert (loss["std_error"] < 0.7 * apart).all()  # of the same households
    first = card.summary().splitlines()[0]
    assert "in places left out" in first and "for bands and rounding" in first
    assert "分档与取整" in card.summary("zh")


def test_what_sums_mean_is_seen_in_places_left_out(card):
    table, found = card.survey.rows.table, card.lookup()
    assert found["points_from"][0] == 0 and found["points_to"].iloc[-1] == card.most
    assert (found["points_from"][1:].to_numpy() == found["points_to"][:-1].to_numpy() + 1).all()
    assert found["share"].sum() == pytest.approx(1)
    one = found.iloc[4]
    here = table["points"].between(one["points_from"], one["points_to"])
    svy = ps.Survey(
        table.assign(here=here, poor=table["consumption"] < 150), weight="w", psu="village"
    )
    right = ps.mean(svy, ["consumption", "poor"], by="here").tidy().query("here").set_index("term")
    assert one["mean"] == pytest.approx(right.loc["mean of consumption", "estimate"])
    assert one[["poor", "poor_low", "poor_high"]].tolist() == pytest.approx(
        right.loc["mean of poor", ["estimate", "ci_low", "ci_high"]].tolist())  # fmt: skip
    assert ((found["low"] < found["mean"]) & (found["mean"] < found["high"])).all()
    assert found["poor"].iloc[-1] > found["poor"].iloc[0]
    assert "poor" not in made().scorecard().lookup()
    mark = made(
        world(poor=lambda t: (t["consumption"] < 150) * 1), "poor ~ rooms + radio + people"
    ).scorecard()
    assert "mean" not in mark.lookup() and "poor" in mark.lookup()


def test_a_cutoff_lists_no_more_than_there_is_money_for(card):
    table = card.survey.rows.table
    for row in card.cutoffs([0.001, 0.1, 0.3]).to_dict("records"):
        listed = np.average(table["card"] >= row["points"], weights=table["w"])
        more = np.average(
            table["card"] >= table["card"][table["card"] < row["points"]].max(), weights=table["w"]
        )
        assert listed == pytest.approx(row["share"]) and listed <= row[
            "coverage"
        ] < more == pytest.approx(row["next_share"])
    assert (card.points(table).to_numpy() == table["card"]).all()


def test_answers_that_are_not_on_the_card_are_refused(card):
    new = world(each=1)
    refused(lambda: card.points(new.assign(roof="slate")), "roof", "slate", "not on the card")
    refused(lambda: card.points(new.assign(radio=2)), "radio")
    refused(lambda: card.points(new.assign(people=np.nan)), "people")
    refused(lambda: card.points(new.drop(columns="people")), "people")
    assert card.points(new.assign(rooms=40)).notna().all()  # bands are open
    svy = ps.Survey(world(), psu="village", missing="drop")
    drops = ps.proxy_means(svy, TRAITS, leave_out="district").scorecard()
    assert drops.points(new.assign(people=new["people"].where(new.index > 1))).isna().sum() == 2


def test_the_card_as_a_table(card):
    table = card.table("zh", LABELS)
    assert table.columns.tolist() == ["问题", "答案", "分数"] and table.attrs["title"] == "评分卡"
    assert (
        table["分数"].tolist() == card.tidy()["points"].tolist() == card.table()["Points"].tolist()
    )
    assert set(table["问题"]) <= {text[1] for text in LABELS.values()}


def test_labels_that_would_be_lost_are_refused(card, tmp_path):
    for labels, words in (
        ({"roms": "Rooms"}, ["Did you mean 'rooms'"]), ({("roof", "strw"): "x"}, ["Did you mean 'straw'"]),
        ({("radio", "1"): "x"}, ["is not there"]), ({"rooms": ("Rooms",)}, ["one in Chinese"]), ({"rooms": None}, ["a text"]),
    ):  # fmt: skip
        refused(lambda one=labels: card.page(tmp_path / "card.html", labels=one), *words)
        refused(lambda one=labels: card.table(labels=one), *words)
    with pytest.raises(ps.DataError) as told:
        card.table(labels={"roms": "Rooms"})
    assert "rooms" in told.value.remedy and "fitted_" not in told.value.remedy
    described = pd.DataFrame(
        {
            "name": ["rooms", "radio"],
            "title": ["Rooms", "Has a radio"],
            "unit": [None, "1 yes, 0 no"],
        }
    )
    assert set(card.table(labels=described)["Question"]) >= {"Rooms", "Has a radio"}
    refused(lambda: card.table("zh", labels=described), "title_zh")
    marks = {("radio", 0): ("none", "无"), ("radio", 1): ("one", "有")}
    assert {"none", "one"} <= set(card.table(labels=marks)["Answer"])


def test_neighbouring_bands_of_as_many_points_are_one():
    table = world(rooms=lambda t: t.index % 7)
    table["consumption"] = np.exp(5 + 0.5 * (table["rooms"] > 2) - 0.1 * table["people"])
    card = made(table, "log(consumption) ~ rooms + people", line=150).scorecard(20)
    for name, rows in card.tidy().groupby("trait"):
        assert (rows["points"].diff().iloc[1:] != 0).all(), name
    assert (card.points(table).to_numpy() == card.survey.rows.table["card"]).all()


def test_levels_stand_in_their_order_and_the_page_says_who_is_poor(tmp_path):
    table = world(
        school=lambda t: pd.Categorical.from_codes(t["rooms"] % 3, ["none", "primary", "high"])
    )
    card = made(table, "log(consumption) ~ school + people", line=150).scorecard()
    answers = card.tidy().query("trait == 'school'")["answer"]
    assert answers.tolist() == ["none", "primary", "high"]
    page = card.page(tmp_path / "card.html", labels={"consumption": "Yuan", "district": "District"})
    text = page.read_text("utf-8")
    assert "Yuan: poor is a household below 150." in text and "left out (District)" in text
    refused(lambda: card.page(tmp_path), "folder")
    refused(lambda: card.points(table.assign(people=np.inf)), "not on the card")
    assert len(card.score.scorecard(traits=np.int64(1)).questions) == 1
    refused(lambda: card.score.scorecard(10**7), "10000")


# Real data ----------------------------------------------------------------------------


def read(folder, name):
    """A dataset, and the traits that its makers numbered as such."""
    if not (Path(folder) / name).is_dir():
        pytest.skip(f"needs the files of {name}: set POVSTUDY_DATA to their folder")
    labels = pd.read_csv(Path(folder) / name / "variables.csv")
    traits = labels.loc[labels["Order"].notna(), "Name"]
    return ps.load(name), "log(consumption) ~ " + " + ".join(traits)


def test_indonesia_out_of_district(survey_files, tmp_path):
    """R2 and rank correlation as R gives them (lm on the rows of the other districts)."""
    table, formula = read(survey_files, "indonesia_targeting")
    svy = ps.Survey(table, strata="stratum", psu="psu", missing="drop", lonely="center")
    score = ps.proxy_means(svy, formula, leave_out="district", line=320)
    value = score.quality.table.set_index(["sample", "term"])["estimate"]
    assert value["in sample", "R2"] == pytest.approx(0.490818, abs=1e-6)
    assert value["out of sample", "R2"] == pytest.approx(0.461644, abs=1e-6)
    assert value["out of sample", "rank correlation"] == pytest.approx(0.664275, abs=1e-6)
    card = score.scorecard()
    loss = card.errors().contrast("score", "scorecard", "model").tidy().set_index("term")
    assert abs(loss.loc["exclusion error of the poor", "estimate"]) < 0.02
    labels = ps.describe("indonesia_targeting").columns
    text = card.page(tmp_path / "card.html", "zh", labels=labels).read_text("utf-8")
    assert "人均住房面积" in text and "人均消费" in text and "试验数据" in text


def test_burkina_faso_from_one_year_to_the_next(survey_files):
    table, formula = read(survey_files, "burkina_faso_ranking")
    table = table[table["consumption"] > 0]
    svy = ps.Survey(table[table["year"] == 2008], psu="community", missing="drop")
    score = ps.proxy_means(svy, formula, leave_out="community", coverage=0.3)
    later = table[table["year"] == 2009]
    drift = score.drift(later).contrast("sample", "there", "here").tidy().set_index("term")
    assert drift.loc["calibration intercept", "ci_low"] > 0.2  # prices, or growth: a third more
    assert abs(drift.loc["R2", "estimate"]) < 0.05


def test_labels_of_a_whole_dataset_may_hold_what_the_card_does_not_ask(card):
    labels = {"rooms": ("Rooms", "房间数"), "ranked_by": ("Who ranked", "排名人")}
    assert "Rooms" in set(card.table(labels=labels)["Question"])


def test_a_page_is_html_and_its_chinese_is_chinese(card, tmp_path):
    with pytest.raises(ps.DataError, match="saves as PDF") as told:
        card.page("card.pdf")
    assert told.value.remedy == "path='card.html'"
    text = card.page(tmp_path / "card.html", "zh").read_text("utf-8")
    assert "：平均（95%区间）" in text and ": 平均" not in text
    assert "方法：最小二乘" in card.score.summary("zh")
    told = ps.tables.estimates_table(card.errors().tidy(), lang="zh").to_string()
    assert "评分卡" in told and "scorecard" not in told
    told = ps.tables.estimates_table(card.score.quality.tidy(), lang="zh").to_string()
    assert "秩相关" in told and "in sample" not in told
