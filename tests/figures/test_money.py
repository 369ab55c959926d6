"""Figures of what a budget buys: the numbers behind them, their words, and their limits."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy import figures
from povstudy.figures.money.amounts import money_of, number

MADE_UP = ps.Source("simulated", "Made up.", "编造。")
LONG = {
    "none": ("no help at all in this village", "没有任何帮扶措施的对照村"),
    "administrative": ("administrative help by resident teams", "驻村工作队与第一书记行政帮扶"),
    "social_work": ("social work bought by the county", "政府购买社会工作机构服务（协作路径）"),
    "both": ("both, half of the villages each", "行政帮扶与社会工作各半实施的组合方案"),
    "after": ("social work, then three years beside", "社会工作并附退出后三年陪伴跟踪服务"),
}


def sourced(table):
    table.attrs["source"] = MADE_UP
    return table


def draws(strategies, n=200, effect=1.0, cost=1.0):
    rng = np.random.default_rng(2)
    return sourced(pd.concat([
        pd.DataFrame({"strategy": one, "draw": range(n), "incremental_effect": effect * rng.normal(0.3 * k, 0.2, n),
                      "incremental_cost": cost * rng.normal(900 * k, 200, n)})
        for k, one in enumerate(strategies, 1)
    ], ignore_index=True))  # fmt: skip


def chances(strategies, top=20_000):
    prices = np.linspace(0, top, 21)
    values = np.array([x * 0.31 * k - 900 * k**1.4 for x in prices for k in range(len(strategies))])
    table = pd.DataFrame(itertools.product(prices, strategies), columns=["willingness", "strategy"])
    table["net_benefit"] = values
    shares = np.exp(values / (0.2 * np.abs(values).max())).reshape(len(prices), -1)
    table["probability"] = (shares / shares.sum(axis=1, keepdims=True)).ravel()
    table["best"] = table.groupby("willingness")["net_benefit"].transform("max").eq(values)
    return sourced(table)


def frontier():
    return sourced(pd.DataFrame({
        "strategy": [*LONG], "effect": [1, 1.2, 1.3, 1.6, 2.0], "cost": [100, 900, 1000, 1500.0, 4000],
        "status": ["frontier", "extendedly dominated", "dominated", "frontier", "frontier"],
        "icer": [np.nan, np.nan, np.nan, 2333.3, 6250], "ci_low": [np.nan, np.nan, np.nan, 900, 1100],
        "ci_high": [np.nan, np.nan, np.nan, 4100, 5200], "shape": ["closed"] * 4 + ["complement"],
    }))  # fmt: skip


def budgets(plans, totals=(2e6, 8e6, 2e7), outcome="poverty_free_years"):
    rows = [(one, b, outcome, *(b**0.5 * k * np.array([1, 0.8, 1.2])))
            for k, one in enumerate(plans, 1) for b in totals]  # fmt: skip
    return sourced(
        pd.DataFrame(rows, columns=["plan", "budget", "outcome", "estimate", "ci_low", "ci_high"])
    )


def bars():
    return sourced(pd.DataFrame({
        "parameter": ["fade", "staying_part", "a price that has no words"], "low": [0.2, 0.1, 1],
        "high": [0.4, 0.5, 2], "at_low": [90, -200, 100], "at_high": [120, 400, 100], "base": 100.0,
    }))  # fmt: skip


def grid(n):
    rows = pd.DataFrame(itertools.product(np.linspace(-0.1, 0.15, n), np.linspace(4, 16, n)),
                        columns=["social_work_effect", "usual_caseload"])  # fmt: skip
    rows["value"] = 10 * rows["social_work_effect"] - 0.05 * rows["usual_caseload"]
    rows["best"] = np.where(rows["value"] > 0, "both", "administrative")
    return sourced(rows)


def components(n, total):
    rng = np.random.default_rng(1)
    rows = [
        (one, f"part {k}", x) for one in [*LONG][1:3] for k, x in enumerate(rng.uniform(50, 900, n))
    ]
    table = pd.DataFrame(rows, columns=["approach", "component", "estimate"])
    if total:
        sums = table.groupby("approach", as_index=False)["estimate"].sum().assign(component="total")
        sums = sums.assign(ci_low=0.8 * sums["estimate"], ci_high=1.3 * sums["estimate"])
        table = pd.concat([table, sums], ignore_index=True)
    return sourced(table)


def contrasts(plans, minus="none", scale=1.0):
    rows = [(f"{one} - {minus}", "years_gained", *(scale * np.array([30 * k - 40, 20 * k - 90, 50 * k - 25])),
             0.2 * k, 1 - 0.2 * k) for k, one in enumerate(plans)]  # fmt: skip
    columns = ["plan", "outcome", "estimate", "ci_low", "ci_high", "above", "below"]
    return sourced(pd.DataFrame(rows, columns=columns))


HARD = {
    "differences": ("plan_differences", contrasts([*LONG][1:]), {"labels": LONG}),
    "tiny differences": ("plan_differences", contrasts([*LONG][1:], scale=1e-7), {}),
    "five draws": ("cost_plane", draws([*LONG][1:]), {"willingness": [3000, 9000], "labels": LONG}),
    "one draw": ("cost_plane", draws(["both"], 1), {}),
    "negative": ("cost_plane", draws(["both"], effect=-1, cost=1e6), {"willingness": 1e9}),
    "five chances": ("acceptability", chances([*LONG]), {"labels": LONG}),
    "large prices": ("acceptability", chances(["none", "both"], 2e7), {}),
    "five costs": ("cost_frontier", frontier(), {"labels": LONG}),
    "bars": ("tornado", bars(), {}),
    "cells": ("tornado", grid(7), {"labels": LONG}),
    "many cells": ("tornado", grid(25), {}),
    "five budgets": ("budget_frontier", budgets([*LONG]), {"labels": LONG}),
    "one budget": ("budget_frontier", budgets([*LONG], (2e7,), "unspent"), {"labels": LONG}),
    "many parts": ("costs_by_component", components(9, total=True), {"labels": LONG}),
    "no errors": ("costs_by_component", components(4, total=False), {}),
}


def texts(ax):
    return [one for one in ax.figure.findobj(plt.Text)
            if one.get_visible() and one.get_text().strip() and not _hidden(ax, one)]  # fmt: skip


def _hidden(ax, text):
    for axis, ends in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        low, high = sorted(ends)
        for tick in axis.get_major_ticks():
            if tick.label1 is text:
                return not low - 1e-9 <= tick.get_loc() <= high + 1e-9
            if tick.label2 is text:
                return True
    return False


@pytest.mark.parametrize("size", ["single", "double"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", HARD)
def test_no_text_lies_on_another_in_one_column_and_in_two(name, lang, size):
    figure, table, options = HARD[name]
    ax = getattr(figures, figure)(table, lang=lang, figsize=size, **options)
    ax.figure.draw_without_rendering()
    boxes = [(one.get_text(), one.get_window_extent()) for one in texts(ax)]
    page = ax.figure.bbox
    for text, box in boxes:
        assert page.x0 <= box.x0 + 1 and box.x1 <= page.x1 + 1, text
        assert page.y0 <= box.y0 + 1 and box.y1 <= page.y1 + 1, text
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        apart = min(a.x1, b.x1) - max(a.x0, b.x0) < 2 or min(a.y1, b.y1) - max(a.y0, b.y0) < 2
        assert apart, f"{one!r} lies on {other!r}"
    assert ax.figure.get_size_inches()[0] == pytest.approx(
        {"single": 85, "double": 178}[size] / 25.4
    )
    assert ax.get_title("left").startswith({"en": "Simulated", "zh": "模拟"}[lang])
    plt.close("all")


def test_amounts_are_written_as_people_write_them():
    assert money_of([123_456], ("yuan", "元"), "zh")(123_456) == "12.3万元"
    assert money_of([123_456], ("yuan", "元"), "en")(123_456) == "123,456 yuan"
    assert money_of([2.5e8], ("yuan", "元"), "zh")(2.5e8) == "2.5亿元"
    assert money_of([2.5e8], ("yuan", "元"), "en")(-2.5e8) == "−250 million yuan"
    assert money_of([np.nan], ("", ""), "en")(3) == "3"
    assert number(np.nan) == "?" and number(1e-6) == "1e−06" and number(99_999.6) == "100,000"


def test_means_and_dots_of_the_plane_are_those_of_the_table_and_every_quarter_is_named():
    table = draws(["social_work", "both"], 1000)
    ax = figures.cost_plane(table, willingness=3000)
    means = table.groupby("strategy", sort=False)[["incremental_effect", "incremental_cost"]].mean()
    shown = [
        line.get_xydata()[0]
        for line in ax.lines
        if line.get_marker() in ("o", "s") and line.get_label()[0] != "_"
    ]
    assert np.allclose(shown, means)
    assert ax.data_behind.equals(table)
    assert {f"costs {a},\ndoes {b}" for a in ("more", "less") for b in ("more", "less")} <= {
        one.get_text() for one in ax.texts
    }
    at = table.assign(worth=3000 * table["incremental_effect"] > table["incremental_cost"])
    best = at.groupby("strategy")["worth"].mean().max()
    assert f"{100 * best:.0f} % of draws" in ax.title_text
    assert "one in 3" in " ".join(one.get_text() for one in ax.texts).replace("\n", " ")
    x, y = ax.get_xlim(), ax.get_ylim()
    assert x[0] < 0 < x[1] and y[0] < 0 < y[1]


def test_the_reference_is_no_strategy_of_the_plane_and_a_table_of_it_alone_is_refused():
    table = draws(["none", "both"])
    table.attrs["reference"] = "none"
    ax = figures.cost_plane(table)
    assert ax.get_legend_handles_labels()[1] == ["both"] and "against no help" in ax.texts[-2].get_text().replace("\n", " ")  # fmt: skip
    alone = table[table["strategy"] == "none"]
    with pytest.raises(ps.DataError, match="nothing to draw"):
        figures.cost_plane(alone)


def test_the_frontier_of_acceptability_follows_the_greatest_net_benefit():
    table = chances(["none", "social_work"])
    ax = figures.acceptability(table)
    wide = [line for line in ax.lines if line.get_linewidth() == 7]
    shown = np.concatenate([line.get_ydata() for line in wide])
    assert np.allclose(shown, 100 * table.query("best")["probability"])
    first = table.query("best and strategy == 'social_work'")["willingness"].min()
    assert f"then social work from {first:,.0f} yuan" in ax.title_text
    assert ax.get_xlabel() == "yuan that one would pay for one more poverty-free year"
    assert figures.acceptability(table, lang="zh").get_xlabel() == "每无贫困年愿付金额（元）"
    one = figures.acceptability(table[table["strategy"] == "none"].assign(best=True))
    assert "at every amount shown: no help" in one.title_text


def test_ratios_stand_at_the_frontier_and_dominated_points_are_apart():
    ax = figures.cost_frontier(frontier())
    told = " ".join(one.get_text() for one in ax.texts).replace("\n", " ")
    assert "D both: 2,333 (900 to 4,100)" in told
    assert (
        "E after: 6,250 (any ratio but 1,100 to 5,200)" in told
        and "C social work: dominated" in told
    )
    assert {line.get_marker() for line in ax.lines} >= {"o", "X", "s"}
    assert ax.title_text.endswith(
        "One more poverty-free year costs 2,333 to 6,250 yuan along the frontier"
    )
    whole = figures.cost_frontier(frontier().assign(shape="whole line"), lang="zh")
    assert "任何比值都与数据相符" in "".join(one.get_text() for one in whole.texts).replace(
        "\n", ""
    )
    with pytest.raises(ps.DataError, match="no words"):
        figures.cost_frontier(frontier().assign(status="best"))


def test_bars_are_ordered_by_what_they_move_and_those_that_turn_the_answer_are_told():
    ax = figures.tornado(bars())
    assert ax.data_behind["parameter"].iloc[0] == "staying_part"
    assert "One of 3 parameters turns the answer by itself: staying part" in ax.title_text
    ends = {round(patch.get_x() + patch.get_width(), 6) for patch in ax.patches}
    assert {-200, 400, 90, 120} <= ends
    many = pd.DataFrame({"parameter": [f"p{k}" for k in range(30)], "low": 0, "high": 1, "base": 100.0,
                         "at_low": 100.0 - np.arange(30), "at_high": 100.0 + np.arange(30)})  # fmt: skip
    few = figures.tornado(sourced(many))
    assert len(few.get_yticks()) == 12 and len(few.data_behind) == 30
    assert "18 more move it by 17 yuan at most" in " ".join(
        one.get_text() for one in few.texts
    ).replace("\n", " ")
    none = figures.tornado(bars().assign(at_low=110))
    assert "No parameter turns the answer" in none.title_text
    assert "其中经由留存能力" in figures.tornado(bars(), lang="zh").title_text


def test_cells_are_told_by_letters_or_by_hatches_and_a_torn_grid_is_refused():
    ax = figures.tornado(grid(5))
    letters = [one.get_text() for one in ax.texts if one.get_text() in "AB"]
    assert sorted(letters) == sorted(grid(5)["best"].map({"administrative": "A", "both": "B"}))
    assert len({patch.get_hatch() for patch in figures.tornado(grid(25)).patches}) == 2
    with pytest.raises(ps.DataError, match="one row for each pair"):
        figures.tornado(grid(5).iloc[1:])
    one = figures.tornado(grid(3).assign(best="both"))
    assert "Both is best over the whole range" in one.title_text


def test_parameters_that_are_not_drawn_are_told():
    prices = np.array([0.0, 5000])
    names = [
        "all",
        "fade",
        "staying_part",
        "cost_worker",
        "usual_caseload",
        "stay_share",
        "transfer",
    ]
    table = sourced(pd.concat([pd.DataFrame({"willingness": prices, "parameter": one, "value": prices / (k + 2)})
                               for k, one in enumerate(names)], ignore_index=True))  # fmt: skip
    ax = figures.information_curve(table)
    assert len(ax.get_legend_handles_labels()[1]) == 5
    told = " ".join(one.get_text() for one in ax.texts).replace("\n", " ")
    assert "not drawn, at most 714 yuan: stay share, transfer" in told
    assert "everything would be worth 2,500 yuan at most; fade alone 1,667 yuan" in ax.title_text


def test_the_best_size_of_a_study_is_marked_and_none_where_none_pays():
    table = sourced(pd.DataFrame({"villages": [80, 20, 40], "evsi": [600, 300, 500.0], "cost": [300, 150, 150.0],
                                  "net": [300, 150, 350.0], "power": [0.8, 0.3, np.nan]}))  # fmt: skip
    ax = figures.study_worth(table)
    assert "40 villages leave most: 350 yuan" in ax.title_text
    assert any(list(line.get_xdata()) == [40, 40] for line in ax.lines)
    assert {"30 %", "80 %"} <= {one.get_text() for one in ax.texts}
    assert ax.data_behind["villages"].tolist() == [20, 40, 80]
    poor = figures.study_worth(table.assign(net=-1.0).drop(columns="power"), lang="zh")
    assert "均不值其费用" in poor.title_text


def test_parts_add_up_to_totals_whose_errors_are_told():
    table = components(9, total=True)
    ax = figures.costs_by_component(table, labels=LONG)
    totals = table.query("component == 'total'")
    widths = sum(patch.get_width() for patch in ax.patches)
    assert widths == pytest.approx(totals["estimate"].sum())
    told = " ".join(one.get_text() for one in ax.texts)
    low, high = totals[["ci_low", "ci_high"]].iloc[0]
    assert f"({low:,.0f} to {high:,.0f})" in told and "others: part" in told.replace("\n", " ")
    without = figures.costs_by_component(components(4, total=False))
    assert "errors of the totals are not known" in " ".join(
        one.get_text() for one in without.texts
    ).replace("\n", " ")
    with pytest.raises(ps.DataError, match="several estimates"):
        figures.costs_by_component(pd.concat([table, table]))


def test_ratios_without_errors_say_so():
    table = sourced(
        pd.DataFrame(
            {"arm": ["capital", "full"], "ratio": [0.796, 1.275], "low": np.nan, "high": np.nan}
        )
    )
    ax = figures.benefit_cost(table)
    told = " ".join(one.get_text() for one in ax.texts).replace("\n", " ")
    assert "0.80 (no error known)" in told and "errors are not published" in told
    assert ax.title_text.endswith("Benefits are above costs in 1 of 2 arms")
    known = figures.benefit_cost(table.assign(low=[0.5, 1.1], high=[1.1, 1.6]))
    assert known.title_text.endswith("Benefits are above costs in 1 of 2 arms, surely in 1")


def test_bands_of_budgets_are_the_ranges_of_the_draws():
    table = budgets(["administrative", "both"])
    table.attrs["level"] = 0.8
    ax = figures.budget_frontier(table)
    edges = np.concatenate([one.get_paths()[0].vertices[:, 1] for one in ax.collections])
    assert np.isin(table["ci_low"].round(6), edges.round(6)).all()
    assert "range of the draws, 80 %" in " ".join(one.get_text() for one in ax.texts)
    shares = table.assign(
        outcome="poverty", **{one: table[one] / 1e5 for one in ("estimate", "ci_low", "ci_high")}
    )
    shown = figures.budget_frontier(pd.concat([table, shares]), outcome="poverty", source=MADE_UP)
    assert (
        "Below the line at 20 million yuan: from 4.5 % (administrative help) to 8.9 % (both)"
        in shown.title_text
    )
    one = figures.budget_frontier(budgets(["administrative", "both"], (2e7,)))
    assert "lines: range of the draws, 90 %" in " ".join(text.get_text() for text in one.texts)
    same = figures.budget_frontier(budgets(["none", "both"]).assign(estimate=7.0), lang="zh")
    assert "各方案均为7" in same.title_text
    with pytest.raises(ps.DataError, match="poverty_free_years"):
        figures.budget_frontier(table, outcome="povrty")


def test_differences_are_those_of_the_table_and_have_one_plan_to_be_set_against():
    table = contrasts(["administrative", "social_work", "both"])
    ax = figures.plan_differences(table)
    assert (
        ax.title_text
        == "Simulated: 1 of 3 plans differs from no help over the whole range: administrative help"
    )
    ends = [one.get_xdata() for one in ax.lines if len(one.get_xdata()) == 2][1:]
    assert (
        np.array(ends).ravel().tolist() == table[["ci_low", "ci_high"]].to_numpy().ravel().tolist()
    )
    assert "more in 20 % of draws" in " ".join(one.get_text() for one in ax.texts)
    shares = table.assign(outcome="poverty", estimate=0.01, ci_low=-0.01, ci_high=0.03)
    shown = figures.plan_differences(pd.concat([table, shares]), outcome="poverty", source=MADE_UP)
    assert "1.00 (−1.00 to 3.00)" in " ".join(one.get_text() for one in shown.texts)
    mixed = pd.concat([table, contrasts(["none"], minus="both")])
    for wrong in (mixed, table.assign(outcome="other"), table.assign(plan="both")):
        with pytest.raises(ps.DataError, match="one plan"):
            figures.plan_differences(wrong, source=MADE_UP)
    plt.close("all")


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_nothing_hangs_on_the_unit_of_money(scale):
    for figure, table, columns in (
        ("cost_plane", draws(["both"], 50), ["incremental_cost"]),
        ("cost_frontier", frontier(), ["cost", "icer", "ci_low", "ci_high"]),
        ("tornado", bars(), ["at_low", "at_high", "base"]),
        ("budget_frontier", budgets(["none", "both"]), ["budget"]),
        ("costs_by_component", components(3, total=True), ["estimate", "ci_low", "ci_high"]),
    ):
        ax = getattr(figures, figure)(table.assign(**{one: scale * table[one] for one in columns}))
        assert ax.alt_text and len(ax.data_behind) == len(table)
    plt.close("all")


def test_types_order_and_names_of_a_table_do_no_harm():
    table = chances(["甲方案", "乙方案"]).astype({"strategy": "category", "willingness": "Int64"})
    ax = figures.acceptability(
        table.sample(frac=1, random_state=1).set_axis([0] * len(table)), lang="zh"
    )
    assert "甲方案" in ax.title_text
    mixed = draws(["both"]).astype({"incremental_cost": "Float64", "strategy": "category"})
    assert "Both" in figures.cost_plane(mixed).title_text
    costs = components(3, total=True).astype({"approach": "category", "component": "category"})
    assert "Costs from" in figures.costs_by_component(costs).title_text


def test_results_are_drawn_as_they_are_in_their_own_units():
    found = ps.cost_effectiveness(
        {"none": 0, "social_work": (0.45, 0.1), "both": (0.4, 0.15)},
        {"none": 0, "social_work": (1500, 150), "both": (1600, 100)}, draws=200, better="higher",
        unit=("euro for a year in school", "欧元（每上学年）"),
    )  # fmt: skip
    ax = found.plot(willingness=5000)
    assert ax.get_xlabel() == "difference in effect (unit: one year in school)"
    assert "At 5,000 euro for one year in school" in ax.title_text
    assert figures.acceptability(found, lang="zh").get_xlabel() == "每上学年愿付金额（欧元）"
    assert "year in school costs" in figures.cost_frontier(found).title_text
    assert "alone" in figures.information_curve(found).title_text
    bars = figures.tornado(found.tornado(5000), lang="zh")
    assert "社会工作的效果" in [one.get_text() for one in bars.get_yticklabels()]
    cells = figures.tornado(found.tornado(5000, by=("effect of both", "cost of both")))
    assert cells.get_xlabel() == "effect of both"
    turned = figures.tornado(found.tornado(5000).assign(base=1e-14, at_low=1e-14, at_high=500.0))
    assert "No parameter turns" in turned.title_text


def test_published_ratios_and_open_costs_are_drawn_as_they_are():
    gains, spent = ps.load("niger_gains"), ps.load("niger_costs")
    found = ps.benefit_cost(gains, spent, rate=0.05, weights={1: 0.5, 2: 1})
    ax = found.plot()
    assert ax.title_text == "Benefits are above costs in 2 of 3 arms"
    assert ax.data_behind["ratio"].round(3).tolist() == [0.796, 1.709, 1.275]
    table = components(3, total=True)
    high = table["ci_high"].where(table["component"] != "total", np.inf)
    opened = figures.costs_by_component(table.assign(ci_high=high))
    assert "at least " in " ".join(one.get_text() for one in opened.texts)
