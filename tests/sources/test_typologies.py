"""The coded essay: whole, in both languages, and silent where its text is missing."""

import re

import pytest

import povstudy as ps
from povstudy import tables
from povstudy.base.language import texts
from povstudy.sources import essay

CODED = ps.load("essay_typologies")
NAMES = CODED["typology"].unique().tolist()
CLAIMS = ps.load("hypotheses")
EVENTS = ps.load("policy_events")
ENGLISH = re.compile(r"[a-z]{4,}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Codes and proper names that stay as they are in Chinese.
ALLOWED = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*|Cummins|Coulton|Craig|Engelbrecht")


def every_table(lang):
    yield from (essay.typology(name, lang) for name in NAMES)
    yield essay.typology_list(lang)
    yield essay.hypotheses(lang)
    yield essay.two_approaches(lang)
    yield essay.pathways(lang)
    yield tables.programme_ratios(ps.load("programme_outputs"), lang)


def test_typologies_have_the_items_that_the_essay_has():
    counts = essay.typology_list().set_index("name")["items"]
    assert counts["administrative_limits"] == 4
    assert counts["social_work_functions"] == 5
    assert counts[["pathways", "methods", "weak_points"]].tolist() == [3, 3, 3]
    assert counts["four_links"] == 4
    assert counts["five_batches"] == 5
    assert counts["six_precisions"] == 6
    for _, one in CODED.groupby("typology"):
        assert sorted(one["order"]) == list(range(1, len(one) + 1))
    assert set(NAMES) == set(texts("typology"))


def test_codes_are_of_the_known_kinds():
    assert set(CODED["essay_status"]) <= set(texts("essay_status"))
    assert set(CODED["model"]) <= {"", *texts("essay_model")}
    assert CODED["item"].str.fullmatch(r"[a-z0-9_]+").all()
    assert set(CLAIMS["tested"]) == set(texts("tested"))


def test_what_the_text_lacks_stays_out():
    third = CODED.set_index("item").loc["third_unavailable"]
    assert (third["essay_status"], third["model"]) == ("not_in_text", "")
    row = essay.pathways().set_index("code").loc["third_unavailable"]
    assert set(row.drop("pathway")) == {"not in the essay's supplied text"}
    assert (CODED["typology"] == "four_earnestly").sum() == 1
    assert essay.typology("four_earnestly")["code"].item() == "content_unavailable"
    for name in ("five_batches", "six_precisions"):
        rows = CODED[CODED["typology"] == name]
        assert set(rows["essay_status"]) == {"content_elsewhere"}
    x6 = CLAIMS.set_index("id").loc["X6"]
    assert (x6["estimand"], x6["tested"]) == ("none", "not_testable")


def test_every_claim_has_a_hypothesis_a_verdict_and_a_reason():
    ids = [
        f"{letter}{n}"
        for letter, last in (("D", 4), ("X", 9), ("A", 5))
        for n in range(1, last + 1)
    ]
    assert CLAIMS["id"].tolist() == ids
    assert (CLAIMS.drop(columns=["notebook", "row", "row_zh", "call"]) != "").all(axis=None)
    blank = CLAIMS["notebook"] == ""
    assert (blank == (CLAIMS["tested"] == "not_testable")).all()
    assert CLAIMS.loc[~blank, "notebook"].str.fullmatch(r"0[4-7]").all()
    # Real evidence is never of social work in China.
    real = CLAIMS[CLAIMS["tested"] == "real"]
    assert real["id"].tolist() == ["D3", "X2", "A1", "A2", "A4", "A5"]
    assert real["why"].str.contains("elsewhere").all()


def test_dates_are_as_exact_as_they_were_given():
    assert EVENTS["date"].str.fullmatch(r"|\d{4}(-\d{2})?").all()
    kinds = {"plan", "opinion", "law", "report", "decision", "assessment", "deadline"}
    assert set(EVENTS["kind"]) == kinds
    assert EVENTS["essay"].all()
    assert EVENTS.loc[EVENTS["date"] == "", "note"].str.contains("without a date").all()
    named = EVENTS.set_index("event_zh")["names_social_work"]
    assert named["社会救助暂行办法"]
    assert named.isna().any()


def test_chinese_is_chinese_and_english_english():
    for english, chinese in zip(every_table("en"), every_table("zh"), strict=True):
        assert english.shape == chinese.shape
        assert not english.map(lambda cell: bool(CHINESE.search(str(cell)))).any(axis=None)
        assert all(CHINESE.search(name) for name in chinese.columns)
        assert CHINESE.search(chinese.attrs["title"])
        for cell in chinese.to_numpy().ravel():
            if isinstance(cell, str) and not ALLOWED.fullmatch(cell):
                assert not ENGLISH.search(ALLOWED.sub("", cell)), cell
                assert not re.search(r"[\u4e00-\u9fff][,;:()]", cell), cell


def test_limits_stand_beside_the_functions_that_answer_them():
    table = essay.two_approaches()
    assert [one for one in table["limit_id"].unique() if one] == ["D1", "D2", "D3", "D4"]
    assert sorted(one for one in table["function_id"] if one) == ["A1", "A2", "A3", "A4", "A5"]
    assert table.set_index("limit_id").loc["D2", "function"] == ""


def test_unknown_typology_is_named_with_those_there_are():
    with pytest.raises(ps.DataError, match=r"no typology 'models'[\s\S]*poverty_work_models"):
        essay.typology("models")
    with pytest.raises(ps.DataError, match="English or Chinese"):
        essay.pathways("fr")
