"""First looks: the numbers behind them, what they tell of rows that are no values, and limits."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.figures.look import rows

MADE_UP = ps.Source("survey", "Made up.", "编造。")


def incomes(n=4000, seed=1):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"income": np.exp(rng.normal(8, 0.8, n)).round(2), "weight": rng.uniform(0.5, 4, n),
                          "place": rng.choice(["hill", "plain"], n)})  # fmt: skip
    table.attrs["source"] = MADE_UP
    return table


def look(table, *given, **options):
    return ps.figures.income_distribution(table, *given, **options)


def text(ax):
    return "\n".join(one.get_text() for one in ax.texts)


@pytest.mark.parametrize("kind", ["histogram", "density", "cumulative"])
@pytest.mark.parametrize("log", [False, True])
def test_the_share_below_is_that_of_the_measure(kind, log):
    table = incomes()
    svy = ps.Survey(table, weight="weight")
    share = ps.poverty(svy, "income", 2300, measures=["headcount"]).tidy()["estimate"].item()
    for given in (svy, table):  # a table is weighted by its column of that name
        ax = look(given, "income", line=2300, kind=kind, log=log)
        assert ax.title_text == f"{100 * share:.1f} % lie below the line of 2,300"
        assert f"line 2,300, {100 * share:.1f} % below" in text(ax)
    data = ax.data_behind
    if kind == "cumulative":
        at = data.set_index("at")["percent"]
        assert at[2300.0] == pytest.approx(100 * share)
    if kind == "histogram":
        assert data.loc[data["to"] <= 2300.001, "percent"].sum() == pytest.approx(
            100 * share, abs=0.8
        )
        assert 2300 in data["to"].round(6).tolist()
        assert [one.get_height() for one in ax.patches] == pytest.approx(data["percent"].tolist())


def test_steps_hold_every_row_on_the_axis_and_those_beyond_are_told():
    table = incomes()
    ax = look(table)
    data = ax.data_behind
    beyond = table["income"] > data["to"].max()
    assert data["n"].sum() + beyond.sum() == len(table)
    end = rows.Axis(table["income"].to_numpy(), table["weight"].to_numpy()).high
    assert f"{(table['income'] > end).sum()} rows" in text(ax) and f"lie above {end:,.0f}" in text(
        ax
    )
    share = table["weight"][~beyond].sum() / table["weight"].sum()
    assert data["percent"].sum() == pytest.approx(100 * share)
    assert "weighted by weight" in text(ax)
    assert ax.title_text.startswith("Half have less than ")


def test_the_curve_of_density_holds_all_and_nothing_below_zero():
    table = incomes()
    data = look(table, kind="density").data_behind
    step = float(
        text(look(table, kind="density")).split("steps of ")[1].split("\n")[0].replace(",", "")
    )
    whole = np.trapezoid(data["percent"], data["at"]) / step
    assert whole == pytest.approx(100, abs=2)  # one in a hundred lies beyond the axis
    assert data["at"].min() == 0
    normal = look(table, kind="density", log=True).data_behind
    assert np.log(normal.loc[normal["percent"].idxmax(), "at"]) == pytest.approx(8, abs=0.15)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_zeros_losses_codes_and_gaps_are_shown_and_told(lang):
    table = incomes()
    table.loc[:99, "income"] = 0
    table.loc[100:119, "income"] = -250
    table.loc[120:160, "income"] = 999_999
    table.loc[161:165, "income"] = np.nan
    table.loc[166:167, "income"] = np.inf
    ax = look(table, line=2300, log=True, lang=lang)
    data = ax.data_behind.set_index("apart")
    assert data.loc[["codes", "<0", "0"], "n"].tolist() == [41, 20, 100]
    good = table["income"].notna() & np.isfinite(table["income"]) & (table["income"] < 999_999)
    weight = table["weight"][good].sum()
    assert data.loc["0", "percent"] == pytest.approx(100 * table["weight"][:100].sum() / weight)
    words = {"en": ("41 rows with 999999 look like codes: not counted", "5 rows without income left out",
                    "2 rows with infinite income left out"),
             "zh": ("41行为999999，疑为缺失代码，未计入", "5行缺少收入，未计入", "2行收入为无穷大，未计入")}  # fmt: skip
    assert all(one in text(ax).replace("\n", " " if lang == "en" else "") for one in words[lang])
    assert {"<0", "0"} < {one.get_text() for one in ax.get_xticklabels()}
    poor = table["income"][good] < 2300
    share = 100 * table["weight"][good][poor].sum() / weight
    assert f"{share:.1f}" in ax.title_text
    with pytest.raises(ps.DataError):  # what measures refuse
        ps.poverty(ps.Survey(table[good | (table["income"] == 999_999)]), "income", 2300)


def test_declared_codes_are_missing_and_rows_without_weight_are_not_looked_at():
    table = incomes(500)
    table.loc[:9, "income"] = -8
    ax = look(ps.Survey(table, weight="weight", codes=[-8]), line=2300)
    assert "10 rows without income" in text(ax) and "codes" not in text(ax)
    none = table.assign(weight=np.where(table["income"] < 0, 0, table["weight"]))
    assert "codes" not in text(look(none, line=2300))
    with pytest.raises(ps.DataError, match="1 weights are missing") as told:
        look(table.assign(weight=[np.nan, *table["weight"][1:]]))
    assert told.value.remedy


@pytest.mark.parametrize("kind", ["Int64", "int32", "object", "category", "Float32"])
def test_incomes_of_any_type_and_index(kind):
    table = pd.DataFrame(
        {
            "收入": pd.Series([900, 1500, 2100, 2600, 3000, 3900] * 5).astype(kind),
            "地区": ["甲", "乙"] * 15,
        }
    )
    table.index = [0] * len(table)
    ax = look(table, "收入", line=2300, by="地区", source=MADE_UP, lang="zh")
    assert ax.title_text == "低于贫困线2,300：从33.3%（乙）到66.7%（甲）"
    assert ax.get_xlabel() == "收入"
    assert list(ax.data_behind["group"].unique()) == ["甲", "乙"]
    assert ax.data_behind.groupby("group")["percent"].sum().round(6).tolist() == [100, 100]


def test_words_are_no_incomes_and_a_few_rows_are_drawn():
    with pytest.raises(ps.DataError, match="holds no numbers"):
        look(pd.DataFrame({"income": ["poor", "rich"]}))
    with pytest.raises(ps.DataError, match="No row has a value"):
        look(pd.DataFrame({"income": [np.nan, np.nan]}))
    for kind in ("histogram", "density", "cumulative"):
        for values in ([5.0], [5.0, 5.0], [0.0, 0.0, 0.0], [-3.0, 0, 2]):
            look(pd.DataFrame({"income": values}), line=2, kind=kind)
        look(pd.DataFrame({"income": [0.0, 5.0]}), kind=kind, log=True)
    with pytest.raises(ps.DataError, match="values above zero"):
        look(pd.DataFrame({"income": [0.0, -1]}), log=True)


def test_lines_by_name_several_and_relative():
    table = incomes()
    ax = look(table, line={"low": 1500, "2010": 2300})
    assert "low (1,500)" in ax.title_text and "2010: 2,300" in text(ax)
    assert (
        len(
            [
                one
                for one in ax.lines
                if one.get_linestyle() != "None" and len(set(one.get_xdata())) == 1
            ]
        )
        == 2
    )
    half = ps.quantile(ps.Survey(table, weight="weight"), "income", [0.5]).tidy()["estimate"].item()
    ax = look(table, line=ps.relative_line(0.6))
    assert ax.lines[0].get_xdata()[0] == pytest.approx(0.6 * half)
    for bad in ("2300", True, {"a": None}, [1, np.nan]):
        with pytest.raises(ps.DataError, match="A line is a number"):
            look(table, line=bad)
    with pytest.raises(ps.DataError, match="same for all"):
        look(table, line=ps.relative_line(0.6, by="place"))
    with pytest.raises(ps.DataError, match="Did you mean 'histogram'"):
        look(table, kind="histogramm")
    with pytest.raises(ps.DataError, match=r"takes no lines=\. Did you mean 'line'"):
        look(table, lines=3)
    with pytest.raises(ps.DataError, match="Did you mean 'income'"):
        look(table, "incom")


def test_large_data_are_counted_before_they_are_drawn():
    table = incomes(200_000)
    for kind in ("histogram", "density", "cumulative"):
        ax = look(table, by="place", kind=kind)
        assert sum(len(one.get_xdata()) for one in ax.lines) < 2_000


def test_tables_past_memory_are_read_by_their_columns(tmp_path):
    table = incomes(3000)
    table.to_parquet(tmp_path / "survey.parquet")
    ax = look(ps.Survey(tmp_path / "survey.parquet", weight="weight"), line=2300, by="place")
    assert ax.title_text == look(table, line=2300, by="place").title_text
    assert ax.source.text == "Made up."


def test_tables_of_polars_and_names_of_our_own_columns_are_taken():
    table = incomes(300)
    polars = pytest.importorskip("polars").from_pandas(table)
    ax = look(polars, line=2300, by="place", source=MADE_UP)
    assert ax.title_text == look(table, line=2300, by="place").title_text
    for name in ("n", "below_line", "median"):
        ax = ps.figures.income_by_group(table.rename(columns={"place": name}), by=name, line=2300)
        assert set(ax.data_behind["group"]) == {"hill", "plain"}


@pytest.mark.parametrize("kind", ["histogram", "density", "cumulative"])
@pytest.mark.parametrize("log", [False, True])
def test_huge_and_tiny_values_and_groups_of_zeros(kind, log):
    table = incomes(300)
    for scale in (1e-300, 1e300):
        look(table.assign(income=table["income"] * scale), line=2300 * scale, kind=kind, log=log)
    zeros = table.assign(income=table["income"].where(table["place"] == "hill", 0))
    look(zeros, line=2300, by="place", kind=kind, log=log)
    if log:
        with pytest.raises(ps.DataError, match="lines and values above zero"):
            look(table, line=-5, kind=kind, log=True)
    plt.close("all")


def test_the_cumulative_kind_is_told_in_plain_words():
    table = incomes(300)
    assert "percent with this much or less, weighted by weight" in text(
        look(table, kind="cumulative")
    )
    assert "不超过该数额者所占百分比（以weight加权）" in text(
        look(table, kind="cumulative", lang="zh")
    )


@pytest.mark.parametrize("labels", [{"income": 5}, {"income": ("a", "b", "c")}, ["income"]])
def test_words_of_ones_own_are_texts(labels):
    with pytest.raises(ps.DataError, match="labels= is a dict"):
        look(incomes(50), labels=labels)


# Groups ---------------------------------------------------------------------------------


def test_one_group_is_told_once():
    ax = ps.figures.income_by_group(incomes(99).assign(place="hill"), by="place")
    assert ax.title_text.count("hill") == 1


def test_boxes_have_the_quantiles_of_the_measure():
    table = incomes()
    svy = ps.Survey(table, weight="weight")
    ax = ps.figures.income_by_group(svy, "income", by="place", line=2300)
    known = ps.quantile(svy, "income", [0.05, 0.25, 0.5, 0.75, 0.95], by="place").tidy()
    data = ax.data_behind.set_index("place")
    for place, row in data.iterrows():
        assert known[known["place"] == place]["estimate"].tolist() == pytest.approx(
            row[["p5", "p25", "median", "p75", "p95"]].tolist()
        )
    poor = (
        ps.poverty(svy, "income", 2300, by="place", measures=["headcount"])
        .tidy()
        .set_index("place")["estimate"]
    )
    assert data["below_line"].to_dict() == pytest.approx(poor.to_dict())
    middle = {
        round(float(one.get_xdata()[0]), 2) for one in ax.lines if len(set(one.get_xdata())) == 1
    }
    assert set(data["median"].round(2)) <= middle


def test_zeros_of_a_box_have_a_place_on_a_logarithmic_axis():
    table = incomes(300)
    table.loc[table["place"] == "hill", "income"] *= (
        np.arange((table["place"] == "hill").sum()) % 3 > 0
    ).astype(float)
    ax = ps.figures.income_by_group(table, by="place", log=True)
    assert "≤0" in [one.get_text() for one in ax.get_xticklabels()]
    assert ax.data_behind["p5"].min() == 0


def test_many_groups_are_refused_with_those_that_have_most_rows():
    table = incomes(500).assign(place=lambda x: np.arange(500) % 30)
    with pytest.raises(ps.DataError, match="up to 20 groups") as told:
        ps.figures.income_by_group(table, by="place")
    scope = {"table": table}
    exec(told.value.remedy, scope)
    ps.figures.income_by_group(scope["table"], by="place")
    years = incomes(100).assign(year=[2020, 2018] * 50)
    ax = ps.figures.income_by_group(years, by="year")
    assert ax.data_behind["year"].tolist() == [2018, 2020]


# Panels ---------------------------------------------------------------------------------


def panel(households=400, seed=2):
    rng = np.random.default_rng(seed)
    base = np.repeat(rng.normal(8, 0.6, households), 3)
    table = pd.DataFrame({"household_id": np.repeat(np.arange(households), 3), "year": [2014, 2016, 2018] * households,
                          "income": np.exp(base + rng.normal(0, 0.4, 3 * households)).round(),
                          "weight": np.repeat(rng.uniform(1, 3, households), 3)})  # fmt: skip
    table.attrs["source"] = MADE_UP
    return table


@pytest.mark.parametrize("households", [400, 3000])
def test_two_waves_are_those_of_the_transitions(households):
    table = panel(households)
    ax = ps.figures.two_waves(table.sample(frac=1, random_state=1), line=2300, waves=(2014, 2016))
    moved = ps.transitions(
        ps.Survey(
            table.query("year < 2018").assign(poor=lambda x: x["income"] < 2300), weight="weight"
        )
    )
    left = moved.tidy().set_index("term").loc["exit rate", "estimate"]
    assert ax.title_text == f"Of 100 poor in 2014, {100 * left:.0f} were not poor in 2016"
    data = ax.data_behind.set_index("group")
    assert data["n"].sum() == households and data["percent"].sum() == pytest.approx(100)
    assert data.loc["left poverty", "percent"] / (
        data.loc[["left poverty", "poor in both"], "percent"].sum()
    ) == pytest.approx(left)
    dots = ax.collections[0]
    if households == 400:
        assert len(dots.get_offsets()) == households
    else:
        assert len(dots.get_array()) < 1200
        assert dots.get_array().sum() == pytest.approx(
            table.query("year == 2014")["weight"].sum(), rel=0.01
        )


def test_lines_of_each_wave_and_zeros():
    table = panel()
    table.loc[:5, "income"] = 0
    ax = ps.figures.two_waves(table, line={2014: 2000, 2018: 3000})
    assert "line 3,000" in ax.get_ylabel() and "line 2,000" in ax.get_xlabel()
    assert "≤0" in [one.get_text() for one in ax.get_xticklabels()]
    assert ax.get_xscale() == ax.get_yscale() == "log"
    ax = ps.figures.two_waves(table, line=2300, log=False)
    assert ax.get_xscale() == "linear"
    with pytest.raises(ps.DataError, match="for each of the two waves"):
        ps.figures.two_waves(table, line={2014: 2000})
    with pytest.raises(ps.DataError, match="one line each"):
        ps.figures.two_waves(table, line=[2000, 2300])
    with pytest.raises(ps.DataError, match="one line each"):  # of whom, and of which wave?
        ps.figures.two_waves(table, line=ps.relative_line(0.6))


def test_waves_that_are_not_there_and_households_twice_are_refused():
    table = panel()
    with pytest.raises(ps.DataError, match="Two waves") as told:
        ps.figures.two_waves(table, line=2300, waves=(2014, 2015))
    assert told.value.remedy == "waves=(2014, 2018)"
    twice = pd.concat([table, table.head(1)])
    for name, more in (("two_waves", {"line": 2300}), ("panel_waves", {})):
        with pytest.raises(ps.DataError, match="twice in one wave") as told:
            getattr(ps.figures, name)(twice, **more)
        scope = {"panel": twice}
        exec(told.value.remedy, scope)
        getattr(ps.figures, name)(scope["panel"], **more)
    apart = table[(table["household_id"] < 200) == (table["year"] < 2018)]
    with pytest.raises(ps.DataError, match="No household was seen in 2014 and in 2018"):
        ps.figures.two_waves(apart, line=2300)
    plt.close("all")


def test_patterns_are_counted_by_hand():
    table = pd.DataFrame({
        "household_id": ["a", "a", "a", "b", "b", "c", "c", "c", "d", "d", "d"],
        "year": [1, 2, 3, 1, 3, 1, 2, 3, 3, 2, 1],
        "start_admin": [2.0] * 3 + [0.0] * 2 + [2] * 3 + [np.nan] * 3, "start_social_work": [None] * 5 + [3] * 3 + [None] * 3})  # fmt: skip
    ax = ps.figures.panel_waves(table, source=MADE_UP)
    data = ax.data_behind
    assert ax.title_text == "75 % of 4 households are seen in all 3 waves, 50 % are helped"
    assert data["n"].tolist() == [1, 1, 1, 1]
    found = {
        (a, b): seen
        for a, b, seen in data.fillna(0)[["administrative", "social_work", "seen"]].itertuples(
            index=False
        )
    }
    assert {**found} == {(2, 0): "111", (2, 3): "111", (0, 0): found[0, 0]} and found[0, 0] in (
        "101",
        "111",
    )
    assert len(ax.patches) == 3 + 2 + 3 + 3
    legend = [one.get_text() for one in ax.get_legend().get_texts()]
    assert set(legend) == {"not helped", "administrative help", "both"}
    ax = ps.figures.panel_waves(table, starts={}, source=MADE_UP, lang="zh")
    assert ax.title_text == "4户中75%在全部3期均调查到"
    with pytest.raises(ps.DataError, match="two starts of one kind"):
        ps.figures.panel_waves(table.assign(start_admin=range(1, 12)), source=MADE_UP)
    with pytest.raises(ps.DataError, match="one or two kinds of help"):
        ps.figures.panel_waves(table, starts=["start_admin"], source=MADE_UP)


def test_odd_waves_and_starts_are_refused_or_taken():
    table = panel(60).assign(start_admin=np.inf)
    assert "0 % are helped" in ps.figures.panel_waves(table).title_text  # never
    for name in ("seen", "n"):
        with pytest.raises(ps.DataError, match="one or two kinds of help"):
            ps.figures.panel_waves(table, starts={name: "start_admin"})
    dates = table.assign(year=pd.to_datetime(table["year"].astype(str)))
    with pytest.raises(ps.DataError, match="column year"):
        ps.figures.panel_waves(dates)
    ps.figures.panel_waves(dates, starts={})
    for waves in ([[2014], [2018]], "2014", (2014,)):
        with pytest.raises(ps.DataError, match="Two waves"):
            ps.figures.two_waves(table, line=2300, waves=waves)
    years = pd.DataFrame({"household_id": 1, "year": range(2000, 2040)})
    ax = ps.figures.panel_waves(years, figsize=(3.4, 3), source=MADE_UP)
    assert 2 < len(ax.get_xticks()) < 10  # as many as there is room for
    plt.close("all")


def test_a_wide_panel_is_told_in_patterns():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"household_id": np.repeat(range(20_000), 8), "year": list(range(8)) * 20_000}
    )
    table = table[rng.random(len(table)) < 0.8]
    ax = ps.figures.panel_waves(ps.Survey(table))
    assert ax.data_behind["n"].sum() == table["household_id"].nunique()
    assert len(ax.get_yticks()) <= 16
    assert "others" in ax.get_yticklabels()[-1].get_text()
    shown = sum(
        int(one.get_text().split()[0].replace(",", ""))
        for one in ax.texts
        if "%)" in one.get_text()
    )
    assert shown == table["household_id"].nunique()


def test_weighted_quantiles_are_those_of_the_measure_for_ties_and_few_rows():
    rng = np.random.default_rng(4)
    for n in (2, 3, 7, 50):
        y, w = np.r_[9.0, rng.integers(0, 5, n - 1)], rng.integers(1, 4, n).astype(float)
        table = pd.DataFrame({"income": y, "w": w})
        known = ps.quantile(ps.Survey(table, weight="w"), "income", [0.1, 0.5, 0.9]).tidy()[
            "estimate"
        ]
        assert rows.quantiles(y, w, [0.1, 0.5, 0.9]).tolist() == known.tolist()


# Files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("inside", [True, False])
def test_chinese_is_embedded_in_files_for_a_paper(tmp_path, inside):
    from contextlib import nullcontext

    ax = look(incomes(300), line=2300, lang="zh", title="清水县的收入 $5")
    with ps.figures.context() if inside else nullcontext():
        for kind in ("pdf", "svg", "png"):
            ax.figure.savefig(tmp_path / f"收入.{kind}")
    pdf = (tmp_path / "收入.pdf").read_bytes()
    assert b"NotoSansSC" in pdf.replace(b" ", b"") or b"povstudySansSC" in pdf.replace(b" ", b"")
    assert (b"/FontFile2" in pdf) is inside  # TrueType; else as outlines of Type 3
    svg = (tmp_path / "收入.svg").read_text("utf-8")
    assert "<text" not in svg and "清" in svg  # outlines, with the words as comments


def test_the_figure_of_a_result_takes_colours_beside_its_groups():
    table = incomes(600).assign(year=[2018, 2020] * 300)
    found = ps.poverty(
        ps.Survey(table), "income", 2300, by=["place", "year"], measures=["headcount"]
    )
    before = found.plot()
    after = found.plot(colour=["#000000", "#999999"], title="Mine")
    assert after.data_behind.equals(before.data_behind)
    assert len(found.plot(colour="green").get_legend().get_lines()) == 2
    assert len(found.plot(colour={"2018": "red"}).get_legend().get_lines()) == 2
    legend = [one.get_color() for one in after.get_legend().get_lines()]
    assert len(legend) == 2 and {tuple(np.round(one[:3], 1)) for one in legend} == {
        (0, 0, 0),
        (0.6, 0.6, 0.6),
    }


def test_numbers_of_an_axis_are_no_codes_of_a_group():
    table = pd.DataFrame({"income": [1.0, 3, 2, 5, 2, 4], "link": [0, 0, 0, 1, 1, 1]})
    found = ps.poverty(ps.Survey(table), "income", 3, by="link", measures=["headcount"])
    ax = ps.figures.estimates_by_domain(found, by="link", labels={0: "none", 1: "linked"})
    ax.figure.canvas.draw()
    assert [one.get_text() for one in ax.get_yticklabels()] == ["none", "linked"]
    assert "0" in [one.get_text() for one in ax.get_xticklabels()]
