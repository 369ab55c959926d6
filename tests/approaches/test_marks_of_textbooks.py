"""Treated and post in 0 and 1: read as starts, told, and refused where they say something else."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import povstudy as ps


def panel(waves=2, **more):
    rng, n = np.random.default_rng(1), 60
    table = pd.DataFrame({"household_id": np.repeat(np.arange(n), waves),
                          "year": np.tile(2014 + np.arange(waves), n)})  # fmt: skip
    table["treated"] = (table["household_id"] % 3 == 0) * 1
    table["post"] = (table["year"] >= 2014 + waves // 2) * 1
    table["village"] = table["household_id"] % 12
    table["income"] = rng.normal(size=len(table)) + table["treated"] * (1 + table["post"])
    return table.assign(**more)


def marked(table, **more):
    return ps.compare(table, "income", **{"treat": "treated", "post": "post", **more})


def test_two_waves_give_the_regression_of_textbooks():
    table = panel()
    fit = smf.ols("income ~ treated * post", table).fit()
    found = marked(table)
    assert found.tidy()["estimate"].item() == pytest.approx(fit.params["treated:post"])
    as_starts = table.assign(start=np.where(table["treated"] == 1, 2015.0, np.nan))
    wanted = ps.compare(as_starts, "income", starts={"treated": "start"})
    pd.testing.assert_frame_equal(found.tidy(), wanted.tidy())


def test_of_more_waves_help_starts_in_the_first_that_is_post_and_this_is_told():
    found = marked(panel(waves=6), cluster="village")
    assert found.arms["first_start"].tolist()[1:] == [2017]
    assert "where treated is 1, help started in 2017, the first wave in which post is 1" in str(
        found
    )
    assert "treated为1者，帮扶始于2017" in found.summary("zh")
    assert len(found.effects("since")) == 5
    assert found.verdict().tidy()["arm"].tolist() == ["treated"]
    assert found.plot() is not None
    assert "Starts were read" not in str(
        ps.compare(panel(start=lambda t: np.where(t["treated"] == 1, 2015.0, np.nan)), "income",
                   starts={"help": "start"}))  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["int8", "Int64", "boolean", "bool", "float64", "object", "category"]
)
def test_marks_may_be_of_any_type(kind):
    table = panel()
    wanted = marked(table).tidy()["estimate"].item()
    made = table.assign(**{one: table[one].astype(kind) for one in ("treated", "post")})
    kept = made.copy()
    found = marked(made.sample(frac=1, random_state=1).set_axis([0] * len(made)))
    assert found.tidy()["estimate"].item() == pytest.approx(wanted)
    pd.testing.assert_frame_equal(made, kept)


def test_several_marks_are_several_arms_and_may_have_names():
    table = panel(visits=lambda t: (t["household_id"] % 5 == 0) * 1)
    found = marked(table, treat=["treated", "visits"])
    assert found.sample.names == ["none", "treated", "visits", "both"]
    named = marked(table, treat={"administrative": "treated", "social_work": "visits"})
    assert named.tidy()["estimate"].tolist() == found.tidy()["estimate"].tolist()
    assert named.sample.names == ["none", "administrative", "social_work", "both"]
    assert "where treated, visits is 1" in str(named)


def test_two_waves_without_a_year_are_told_apart_by_post():
    table = panel()
    found = marked(table.drop(columns="year"))
    assert found.tidy()["estimate"].item() == marked(table).tidy()["estimate"].item()
    with pytest.raises(ps.DataError, match="lacks wave"):
        marked(table, time="wave")


def test_chinese_names_cross_sections_and_a_survey():
    table = panel(w=2.0).rename(columns={"treated": "受助", "post": "之后"})
    svy = ps.Survey(table, weight="w", psu="village")
    found = ps.compare(svy, "income", treat="受助", post="之后", unit=None)
    fit = smf.ols("income ~ a * b", table.rename(columns={"受助": "a", "之后": "b"})).fit()
    assert found.tidy()["estimate"].item() == pytest.approx(fit.params["a:b"])


@pytest.mark.parametrize(
    ("more", "asked", "words"),
    [
        ({"post": lambda t: t["treated"] * (t["year"] > 2014)}, {}, ("within a wave", "year 2015", "on")),
        ({"post": 1}, {}, ("does not part", "2014: 1, 2015: 1")),
        ({"post": lambda t: (t["year"] == 2014) * 1}, {}, ("does not part", ">= 2015")),
        ({"treated": lambda t: t["treated"] * t["post"]}, {}, ("when help is on", "'treated': 'treated'")),
        ({"treated": lambda t: t["treated"] + 1}, {}, ("Marks are 1 and 0", "== 2")),
        ({"treated": lambda t: t["treated"].where(t.index > 3)}, {}, ("no treated", "row 0", "fillna(False)")),
        ({}, {"post": None}, ("together",)),
        ({}, {"treat": None}, ("together",)),
        ({}, {"starts": {"help": "post"}}, ("together", "starts={'help': 'post'}")),
        ({}, {"post": "pots"}, ("lacks pots", "post")),
    ],
)  # fmt: skip
def test_marks_that_say_something_else_are_refused(more, asked, words):
    with pytest.raises(ps.base.errors.PovstudyError) as caught:
        marked(panel(**more), **asked)
    assert [one for one in words if one not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


def test_a_mark_of_who_given_as_a_start_is_answered_with_treat_and_post():
    with pytest.raises(ps.DataError, match="who is helped, not when") as caught:
        ps.compare(panel(), "income", starts={"help": "treated"})
    assert "treat='treated', post=" in caught.value.remedy
    table = panel(year=lambda t: t["post"])
    with pytest.raises(ps.DataError) as caught:
        ps.compare(table, "income", starts={"help": "treated"})
    assert "treat='treated', with post=" in caught.value.remedy
