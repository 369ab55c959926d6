"""Claims beside evidence: every verdict follows from the intervals by the stated rule."""

import pandas as pd
import pytest

import povstudy as ps

EVIDENCE = ps.load("claim_evidence")
COMPUTED = EVIDENCE[EVIDENCE["rows"] == ""]


def row(estimate, low, high, status="trial"):
    return pd.DataFrame(
        {"estimate": [estimate], "ci_low": low, "ci_high": high, "n": 1410, "data_status": status}
    )


def given(**more):
    """All that is computed, each on the side of zero that its claim expects."""
    sides = {"above": (0.02, 0.01, 0.03), "below": (-0.02, -0.03, -0.01), "": (0.3, 0.2, 0.4)}
    rows = {one.item: row(*sides[one.expects]) for one in COMPUTED.itertuples()}
    return rows | more


def verdicts(found=None, lang="en"):
    table = ps.tables.claims(found, lang=lang)
    verdict = table.columns[3]
    return table.set_index(table.iloc[:, 0].str.extract(r"[(（](\w\d)[)）]$")[0])[verdict]


def test_every_claim_is_there_in_words_with_a_study_that_would_settle_it():
    for lang in ("en", "zh"):
        table = ps.tables.claims(given(), lang=lang)
        assert len(table) == len(ps.load("hypotheses")) == 18
        assert (table.map(len) > 1).all(axis=None)
        assert table.attrs["source"].status == "reported"
    assert verdicts().index.tolist() == ps.load("hypotheses")["id"].tolist()


def test_the_dataset_points_at_rows_that_are_there():
    assert set(EVIDENCE["claim"]) <= set(ps.load("hypotheses")["id"])
    assert set(EVIDENCE["expects"]) == {"above", "below", ""}
    assert EVIDENCE["item"].is_unique
    for one in EVIDENCE[EVIDENCE["rows"] != ""].itertuples():
        assert len(ps.load(one.dataset).query(one.rows)) == 1, one.item
    claims = ps.load("hypotheses").set_index("id")
    directed = EVIDENCE[(EVIDENCE["expects"] != "") & (EVIDENCE["unit"] != "")]
    with_error = set(directed.loc[directed["dataset"] != "evidence", "claim"])
    assert with_error == set(claims.index[claims["tested"] == "real"])


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    [
        ((0.02, 0.01, 0.03), "points for it"),
        ((-0.02, -0.03, -0.01), "points against it"),
        ((0.02, -0.01, 0.05), "cannot be told"),
        ((0.02, 0.0, 0.04), "cannot be told"),  # it holds zero
    ],
)
def test_verdict_follows_from_the_interval(estimate, verdict):
    assert verdicts(given(leaders_alone=row(*estimate)))["D3"] == verdict
    low, middle, high = -estimate[2], -estimate[0], -estimate[1]
    found = given(second_look=row(middle, low, high), formula_alone=row(middle, low, high))
    assert verdicts(found)["A2"] == verdict  # expected below zero


def test_pieces_that_disagree_cannot_be_told_and_those_without_an_error_do_not_count():
    found = given(second_look=row(-0.02, -0.03, -0.01), formula_alone=row(0.02, 0.01, 0.03))
    told = verdicts(found)
    assert told["A2"] == "cannot be told"
    assert told["X1"] == "cannot be told"  # published without an error
    assert told["D4"] == "cannot be told"  # it describes
    assert told["D1"] == told["X6"] == "not tried"
    assert told["A5"] == "points for it"
    text = ps.tables.claims(found).set_index(told.index).iloc[:, 2]
    assert "−46.2 percent, no error was published" in text["X1"]
    assert "about 15 percent" in text["D4"]
    assert "30.0 percent (20.0 to 40.0, n 1,410)" in text["D4"]
    assert "−2.0 points (−3.0 to −1.0, n 1,410)" in text["A2"]
    assert "0.2 control-group SD (0.10 to 0.30, n 4,160)" in text["A5"]
    assert "told as “no effect”, without a figure" in text["A4"]


def test_what_was_not_given_is_told():
    told = verdicts()
    assert (told[["D3", "A1", "A2", "A4", "X2"]] == "not computed here").all()
    assert verdicts(lang="zh")["A2"] == "未计算"
    text = ps.tables.claims().set_index(told.index).iloc[:, 2]
    assert "needs a download" in text["A4"]
    assert "not computed here." in text["A1"]  # it comes with a package


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"leaders": row(0, -1, 1)}, "no evidence 'leaders'[\\s\\S]*'leaders_alone'"),
        ({"closeness": row(0, -1, 1)}, "no evidence 'closeness'"),  # it is published
        ({"sessions": pd.concat([row(0, -1, 1)] * 2)}, "one estimate[\\s\\S]*2 rows"),
        ({"sessions": row(0, -1, 1, "simulated")}, "never evidence"),
        ({"sessions": row(0, -1, 1).drop(columns="n")}, "lacks the column n"),
    ],
)
def test_evidence_that_is_none_is_refused(found, said):
    with pytest.raises(ps.DataError, match=said):
        ps.tables.claims(found)


def test_published_effects_say_whether_an_error_was_published():
    evidence = ps.load("evidence")
    table = ps.tables.evidence_table(evidence)
    assert len(table) == len(evidence)
    silent = evidence["estimate"].isna()
    assert (table.loc[silent, "effect"] == "no figure was seen").all()
    without = evidence["error_kind"].eq("none") & ~silent
    assert (table.loc[without, "its error"] == "no error was published").all()
    assert table.loc[0, ["effect", "its error"]].tolist() == [
        "12.39 PPP dollars per person and month", "standard error 3.7",
    ]  # fmt: skip
    chinese = ps.tables.evidence_table(evidence, ("Effects", "效果"), lang="zh")
    assert chinese.attrs["title"] == "效果"
    assert chinese.iloc[0]["效果"] == "12.39（购买力平价美元/人·月）"
    assert not chinese.drop(columns="研究").map(lambda x: "none" in x).any(axis=None)


def test_real_trials_give_the_words_of_the_table(survey_files):
    homes = ps.load("indonesia_targeting").dropna(subset=["consumption"])
    homes["wrong"] = ((homes["consumption"] < 315) != (homes["listed"] == 1)).astype(int)
    lot = {"strata": "stratum", "cluster": "psu"}
    arms = ps.trial_effects(homes, "wrong", arms="assessor", base="community", **lot)
    arms = arms.set_index("arm")
    met = homes[homes["assessor"] != "formula"]
    found = given(
        second_look=arms.loc[["hybrid"]], formula_alone=arms.loc[["formula"]],
        leaders_alone=ps.trial_effects(met, "wrong", "elite", **lot),
    )  # fmt: skip
    told = verdicts(found)
    assert (told[["A2", "D3"]] == "cannot be told").all()
    text = ps.tables.claims(found).set_index(told.index).iloc[:, 2]
    # Published: the community errs 3.1 points (1.7) more than the formula, the hybrid 2.9 (1.6).
    assert "−3.1 points (−6.4 to 0.3, n 3,803)" in text["A2"]
    assert "−0.2 points (−3.5 to 3.1, n 3,874)" in text["A2"]
    assert "1.4 points (−1.9 to 4.8, n 3,874)" in text["D3"]
