"""Parts of a whole, steps of a change, differences of curves, and how well a score parts the poor."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy import figures

MINE = ps.Source("survey", "Made up for the tests", "为测试编造")


def incomes():
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"income": rng.lognormal(8, 0.6, 800), "year": [2011, 2019] * 400})
    table["wages"] = table["income"] * rng.uniform(0.2, 0.8, 800)
    table["other"] = table["income"] - table["wages"]
    table.loc[table["year"] == 2019, "income"] *= 1.3
    return table


def drawn(figure, table, **more):
    return getattr(figures, figure)(table, source=MINE, **more)


def test_bars_of_a_makeup_are_the_shares_and_their_numbers():
    table = incomes().query("year == 2011")
    svy = ps.Survey(table.assign(half=ps.quantile_group(table, "income", 2)))
    parts = pd.concat(
        [ps.ratio(svy, one, "income", by="half").tidy() for one in ("wages", "other")]
    )
    ax = drawn("income_makeup", parts, by="half")
    widths = np.array([one.get_width() for one in ax.patches]).reshape(2, 2)
    assert widths.sum(axis=0) == pytest.approx([100, 100])
    assert widths.ravel() == pytest.approx(100 * parts["estimate"].to_numpy())
    reach = 50 * (parts["ci_high"] - parts["ci_low"]).iloc[0]
    assert f"{widths[0, 0]:.0f} ± {reach:.0f}" in [one.get_text() for one in ax.texts]


def test_of_two_parts_that_move_alike_the_title_tells_the_first():
    table = pd.DataFrame({"food": [3, 1], "rest": [1, 3], "income": [4, 4], "place": ["a", "b"]})
    svy = ps.Survey(table)
    parts = [ps.ratio(svy, one, "income", by="place").tidy() for one in ("food", "rest")]
    ax = drawn(
        "income_makeup", pd.concat(parts), by="place", setting=("Spain 2019", "西班牙2019年")
    )
    assert ax.get_title("left") == "Food, percent of income: 75 (a), 25 (b), Spain 2019"
    ax = drawn(
        "income_makeup",
        pd.concat(parts),
        by="place",
        setting=("Spain 2019", "西班牙2019年"),
        lang="zh",
    )
    assert ax.get_title("left").startswith("西班牙2019年：")


def test_a_waterfall_goes_from_the_first_period_to_the_other():
    svy = ps.Survey(incomes())
    asked = svy, "income", 2300
    parts = ps.decompose(
        *asked, "year", base=2011, value=2019, method="shapley", measures="headcount"
    )
    levels = 100 * ps.poverty(*asked, by="year", measures="headcount").tidy()["estimate"].to_numpy()
    ax = drawn("waterfall", parts.tidy(), start=levels[0] / 100)
    tops = [one.get_y() + one.get_height() for one in ax.patches]
    assert [tops[0], tops[-2], tops[-1]] == pytest.approx([levels[0], levels[1], levels[1]])
    assert [one.get_text() for one in ax.get_xticklabels()] == [
        "2011",
        "mean income",
        "redistribution",
        "2019",
    ]
    whiskers = [one for one in ax.lines if one.get_marker() == "_"]
    rows = parts.tidy()
    low, high = 100 * rows["ci_low"].iloc[1] + tops[1], 100 * rows["ci_high"].iloc[1] + tops[1]
    assert whiskers[1].get_ydata() == pytest.approx([low, high])
    assert parts.plot(source=MINE).get_title("left") == drawn("waterfall", rows).get_title("left")


def test_steps_that_do_not_add_up_and_several_measures_are_refused():
    svy = ps.Survey(incomes())
    table = ps.decompose(svy, "income", 2300, "year", base=2011, value=2019).tidy()
    with pytest.raises(ps.DataError, match="steps of one change"):
        drawn("waterfall", table)
    one = table[table["term"] == "gap"].reset_index(drop=True)
    one.loc[0, "estimate"] += 0.1
    with pytest.raises(ps.DataError, match="do not add up"):
        drawn("waterfall", one)


def test_a_difference_of_lorenz_curves_is_drawn_with_its_band():
    apart = ps.lorenz(ps.Survey(incomes()), "income", by="year").contrast("year", 2019, 2011)
    ax = drawn("lorenz_curve", apart.band())
    assert ax.lines[0].get_ydata()[1:-1] == pytest.approx(100 * apart.band()["estimate"].to_numpy())
    assert "2019 minus 2011: no clear difference at any of 9 places" in ax.get_title("left")


def test_titles_count_the_places_at_which_the_band_leaves_zero():
    found = ps.dominance(
        ps.Survey(incomes()), "income", "year", base=2011, value=2019, lines=[1, 2300, 3000]
    )
    band = found.tidy()
    down = int((band["ci_high"] < 0).sum())
    assert down == 2
    assert "clearly lower at 2 of 3 lines" in drawn("dominance_curve", found).get_title("left")
    assert "3条线中2条明显更低" in drawn("dominance_curve", found, lang="zh").get_title("left")


def test_a_roc_curve_shows_its_table_the_area_and_rules_that_were_used():
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"poor": rng.random(500) < 0.3})
    table["score"] = table["poor"] + rng.normal(0, 0.7, 500)
    svy = ps.Survey(table)
    curve, area = ps.roc_curve(svy, "score"), ps.auc(svy, "score").tidy()
    points = pd.DataFrame({"rule": ["list"], "found": [0.6], "helped": [0.1]})
    ax = drawn("roc_curve", curve, auc=area, points=points)
    rows = curve.tidy().pivot(index="cutoff", columns="term", values="estimate")
    line = next(one for one in ax.lines if str(one.get_label()).startswith("the score"))
    assert np.sort(line.get_xdata())[1:-1] == pytest.approx(
        100 * np.sort(rows["false positive rate"])
    )
    assert f"{area['estimate'].iloc[0]:.2f}" in line.get_label()
    mark = next(one for one in ax.lines if one.get_label() == "list")
    assert (*mark.get_xdata(), *mark.get_ydata()) == pytest.approx((10, 60))
    assert curve.plot(source=MINE).get_xlabel() == ax.get_xlabel()
    # the area is the chance to tell which of two is poor, ties counted half
    poor, other = table.loc[table["poor"], "score"], table.loc[~table["poor"], "score"]
    assert area["estimate"].iloc[0] == pytest.approx(
        (poor.to_numpy()[:, None] > other.to_numpy()).mean()
    )
