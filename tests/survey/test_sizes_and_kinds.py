"""Numbers of any size and kind: an answer, or a refusal in the package's own words."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import povstudy as ps

HOLDERS = [lambda x: x, pl.from_pandas, lambda x: pl.from_pandas(x).lazy(), duckdb.from_df]
MEASURES = {
    "mean": lambda s: ps.mean(s, "y"),
    "total": lambda s: ps.total(s, "y"),
    "poverty": lambda s: ps.poverty(s, "y", 2.0),
    "relative": lambda s: ps.poverty(s, "y", ps.relative_line()),
    "ge": lambda s: ps.inequality(s, "y", measures=["theil", "ge(2)", "atkinson(0.5)"]),
    "gini": lambda s: ps.inequality(s, "y", measures=["gini"]),
    "quantile": lambda s: ps.quantile(s, "y"),
    "shares": lambda s: ps.income_shares(s, "y", groups=2),
    "tip": lambda s: ps.tip(s, "y", 2.0),
}


@pytest.mark.parametrize("hold", HOLDERS)
@pytest.mark.parametrize("scale", [1e-317, 1e-200, 1e-60, 1e60, 1e200, 1e306])
@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("psu", [None, "v"])
def test_incomes_of_any_size(hold, scale, name, psu):
    table = pd.DataFrame({"y": np.array([1.0, 2, 4, 3, 7, 5]), "v": list("aabbcc")})
    try:
        found = MEASURES[name](ps.Survey(hold(table.assign(y=table["y"] * scale)), psu=psu)).tidy()
    except ps.DataError as refusal:
        assert not 1e-60 <= scale <= 1e60, refusal
        return
    assert np.isfinite(found[["estimate", "std_error"]]).all(axis=None)
    if name in ("ge", "gini", "shares"):  # of no unit
        wanted = MEASURES[name](ps.Survey(table, psu=psu)).tidy()
        for one in ("estimate", "std_error"):
            assert found[one].tolist() == pytest.approx(wanted[one].tolist(), rel=1e-6)


@pytest.mark.parametrize(
    "line", [10**400, 10**5000, -(10**400), np.inf, np.nan, 0, "y2"], ids=range(7)
)
def test_a_line_that_is_none_is_refused(line):
    svy = ps.Survey(pd.DataFrame({"y": [1.0, 2, 4], "y2": [1.0, np.inf, 2]}))
    for call in (ps.poverty, ps.sen_shorrocks_thon, ps.tip):
        with pytest.raises(ps.DataError):
            call(svy, "y", line)
    with pytest.raises(ps.DataError):
        ps.poverty(svy, "y", 2, measures=[10**400])
    with pytest.raises(ps.DataError):
        ps.income_shares(svy, "y", groups=10**400)


@pytest.mark.parametrize("hold", HOLDERS)
@pytest.mark.parametrize(
    ("words", "reader"),
    [(["是", "否"], "yes_no"), (["Yes", "no"], "yes_no"), (["Y", "N"], "yes_no"),
     (["true", "false"], "yes_no"), (["有", "没有"], "yes_no"), (["1", "0"], "number"),
     (["1,200", "300"], "number"), (["farm", "town"], "share of one word")],
)  # fmt: skip
@pytest.mark.parametrize("categories", [False, True])
def test_the_remedy_of_text_helps_when_pasted(hold, words, reader, categories):
    table = pd.DataFrame({"x": words * 3, "poor": [1, 0] * 3})
    if categories:
        table["x"] = table["x"].astype("category")
    calls = [lambda s: ps.mean(s, "x"), lambda s: ps.targeting_errors(s, "x", "poor"),
             lambda s: ps.alkire_foster(s, ["x", "poor"]), lambda s: ps.quantile(s, "x")]  # fmt: skip
    for call in calls:
        with pytest.raises(ps.DataError, match="holds no numbers") as caught:
            call(ps.Survey(hold(table)))
        assert reader in caught.value.remedy
        given = table.copy()
        exec(caught.value.remedy, {"table": given, "ps": ps})
        name = "share" if "share" in given else "x"
        assert ps.mean(ps.Survey(given), name).table["n"].item() == 6


@pytest.mark.parametrize("values", [[1.0, 0, 1, 0], [True, False, True, False], [1, 0, 1, None]])
def test_categories_of_numbers_are_read(values):
    table = pd.DataFrame({"a": pd.Categorical(values), "b": [1, 0, 0, 1]})
    plain = table.assign(a=pd.Series(values, dtype=object).astype(float))
    for call in (lambda s: ps.mean(s, "a"), lambda s: ps.alkire_foster(s, ["a", "b"], k=0.5)):
        made, wanted = (call(ps.Survey(x, missing="drop")).tidy() for x in (table, plain))
        pd.testing.assert_frame_equal(made, wanted)


@pytest.mark.parametrize("lowest", [0.0, -2.0, 1.0])
def test_within_between_offers_what_is_taken(lowest):
    table = pd.DataFrame({"x": [lowest, 2, 3, 4, 5, 6], "g": list("aabbcc"), "w": 1.0})
    if lowest > 0:
        assert len(ps.within_between(ps.Survey(table), "x", "g").table) == 9
        return
    with pytest.raises(ps.DataError) as caught:
        ps.within_between(ps.Survey(table), "x", "g")
    remedy = caught.value.remedy
    assert "weight 0" in remedy and ("measures" in remedy) == (lowest == 0)
    if lowest == 0:
        ps.within_between(ps.Survey(table), "x", "g", measures=["theil", "ge(2)"])
    rest = table.assign(w=(table["x"] > 0) * 1.0)
    assert len(ps.within_between(ps.Survey(rest, weight="w"), "x", "g").table) == 9


@pytest.mark.parametrize("kind", ["official", "survey", "simulated"])
def test_a_figure_of_another_kind_names_the_kind_that_was_given(kind):
    svy = ps.Survey(pd.DataFrame({"y": [1.0, 2, 3, 4], "g": list("aabb")}), status=kind)
    source = ps.Source("register" if kind != "official" else "survey", "who")
    with pytest.raises(ps.DataError) as caught:
        ps.figures.estimates_by_domain(ps.mean(svy, "y", by="g").tidy(), by="g", source=source)
    assert f'ps.Source("{kind}"' in caught.value.remedy
    assert ('status="register"' in caught.value.remedy) == (kind == "survey")


def test_dates_where_numbers_are_wanted_become_their_year():
    table = pd.DataFrame({"y": pd.to_datetime(["2012-01-01", "2014-01-01"])})
    with pytest.raises(ps.DataError, match="holds no numbers") as caught:
        ps.mean(ps.Survey(table), "y")
    exec(caught.value.remedy, {"table": table, "pd": pd})
    assert ps.mean(ps.Survey(table), "y").tidy()["estimate"].item() == 2013
