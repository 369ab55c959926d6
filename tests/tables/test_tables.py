"""The checks of the essay's figures, and that they would notice a wrong figure."""

import pandas as pd
import pytest

import povstudy as ps
from povstudy import tables
from povstudy.tables import records


def verdicts(**options):
    table = tables.essay_check(**options)
    return table.groupby(table.columns[0], sort=False)[table.columns[5]].agg(list).to_dict()


def test_every_figure_has_a_verdict_and_a_reason():
    told = verdicts()
    assert list(told) == [f"F{n}" for n in range(1, 21)]
    holds, condition, cannot = "holds", "holds with a condition", "cannot be checked"
    assert all(told[f"F{n}"] == [holds] for n in (1, 2, 3, 4, 5, 7))
    assert told["F6"] == [condition]
    assert all(set(told[f"F{n}"]) == {cannot} for n in range(8, 20))
    assert told["F20"] == [cannot]
    for lang in ("en", "zh"):
        table = tables.essay_check(lang=lang)
        assert (table.iloc[:, -1].str.len() > 3).all()
        assert (table.iloc[:, 3] != "").all()


def test_reasons_carry_what_the_figures_imply():
    reason = tables.essay_check().set_index(["figure", "what"])["reason"]
    assert "3 yearly cohorts of the plan (2013-15), or 75% of four" in reason["F13"].item()
    assert "121 person-times for each recorded service and 700 for each" in reason["F17"].item()
    assert "2.7 times the plan of three years, 2.0 times that of four" in reason["F18"].item()
    assert "counted from 1978" in reason["F6"].item()
    assert "not as dated" in reason["F6"].item()
    assert "names 5" in reason["F20"].item()


@pytest.fixture
def spoil(monkeypatch):
    """Change one number of a dataset that the tables are made from."""

    def change(dataset, column, value, **where):
        def load(name):
            table = ps.load(name)
            if name == dataset:
                rows = pd.Series(True, index=table.index)
                for key, wanted in where.items():
                    rows &= table[key] == wanted
                assert rows.sum() == 1
                table.loc[rows, column] = value
            return table

        monkeypatch.setattr(records, "load", load)

    return change


@pytest.mark.parametrize(
    ("figure", "change"),
    [
        (
            "F1",
            ("china_incidence", "poor_population_10k", 7016, {"standard": "2010", "year": 2014}),
        ),
        (
            "F3",
            ("china_incidence", "poor_population_10k", 5576, {"standard": "2010", "year": 2015}),
        ),
        ("F5", ("china_incidence", "incidence_percent", 5.8, {"standard": "2010", "year": 2015})),
        ("F6", ("essay_figures", "value", 6.0, {"measure": "poor_1978"})),
        ("F7", ("essay_figures", "value", 1200, {"id": "F7"})),
    ],
)
def test_a_wrong_figure_is_noticed(spoil, figure, change):
    *what, where = change
    spoil(*what, **where)
    assert verdicts()[figure] == ["does not agree"]
    assert verdicts(lang="zh")[figure] == ["不一致"]


def test_identities_hold_and_a_wrong_figure_breaks_them(spoil):
    assert (tables.identities()["difference"] == 0).all()
    assert len(tables.identities("zh")) == len(tables.identities()) == 15
    spoil("county_exits", "counties", 126, exit_year=2017)
    broken = tables.identities().query("difference != 0")
    assert broken["difference"].tolist() == [1]


def test_world_bank_republishes_the_official_series(survey_files):
    table = tables.world_bank_check(ps.load("world_bank"))
    assert (table["difference"] == 0).all()
    assert table["year"].tolist() == [2000, 2005, *range(2010, 2021)]
    # Read in the World Bank's series, so that equality says nothing.
    assert table.loc[table["official_read_in"] == "World Bank", "year"].tolist() == [2005, 2010]


def test_world_bank_table_without_the_country_is_refused():
    table = pd.DataFrame({"entity_code": ["ESP"], "year": [2015], "value": [20.0]})
    with pytest.raises(ps.DataError, match="no rows for 'CHN'"):
        tables.world_bank_check(table)
    with pytest.raises(ps.DataError, match="lacks the column value"):
        tables.world_bank_check(table.drop(columns="value"))
    with pytest.raises(ps.DataError, match="English or Chinese"):
        tables.world_bank_check(table, lang="fr")


def test_ratios_of_programmes_are_told_with_their_bounds():
    table = tables.programme_ratios(ps.load("programme_outputs")).set_index("ratio")
    assert table.loc["cases per worker", "quotient"] == "2"
    assert table.loc["10,000 yuan per worker", ["quotient", "interval"]].tolist() == ["4.72"] * 2
    row = table.loc["person-times per recorded event"]
    assert row["numerator"] == "over 2,100,000"
    assert row["interval"] == "114 to 127"
    assert "either side" in row["what is sure"]
    chinese = tables.programme_ratios(ps.load("programme_outputs"), lang="zh")
    assert chinese.loc[chinese["比值"] == "每名社工的人次", "区间"].item() == "525至733"


def test_the_population_behind_counts_and_rates_is_a_table():
    table = tables.implied_population(ps.load("china_incidence")).set_index(["standard of", "year"])
    assert table.loc[("2010", 2019)].tolist()[2:] == [91_833, 84_692, 100_273]
    assert len(tables.implied_population(ps.load("china_incidence"), "zh")) == len(table)


def test_the_review_is_two_flows_and_no_rate():
    audits = ps.load("register_audits")
    table = tables.register_review(audits, lang="zh")
    assert table["人数（万人）"].tolist() == [-929, 807, -122]
    assert "得不出误差率" in table["说明"].iloc[-1]
    with pytest.raises(ps.DataError, match="no row for added"):
        tables.register_review(audits.query("measure != 'added'"))


def test_published_figures_hold_or_not_to_their_digit():
    published = ps.load("published_survey_figures")
    found = {
        "gini": {"estimate": 0.32951, "std_error": 0.004},
        "s80s20": {"estimate": 5.96, "std_error": 0.1},
    }
    table = tables.published_check(published, found)
    assert table["holds"].tolist() == ["yes", "no"]
    assert table["standard_error"].tolist() == ["0.400", "0.100"]
    chinese = tables.published_check(published, found, lang="zh")
    assert chinese["在公布位数上是否一致"].tolist() == ["是", "否"]
    with pytest.raises(ps.DataError, match="No such figure"):
        tables.published_check(published, {"palma": found["gini"]})


TITLE = ("Poverty by place", "各地贫困")


def test_estimates_are_told_in_words_and_percent():
    svy = ps.Survey(pd.DataFrame({"income": [1150, 1725, 2300, 4000], "place": list("aabb")}))
    found = ps.poverty(svy, "income", ps.relative_line(), by="place", measures=["headcount"])
    found = pd.concat([found.tidy(), found.line.tidy()], ignore_index=True)
    table = tables.estimates_table(
        found, TITLE, names={"place": ("place", "地点"), "a": ("hills", "山区")}
    )
    assert table["measure"].tolist() == [
        "headcount ratio (%)",
        "headcount ratio (%)",
        "poverty line",
    ]
    assert table["place"].tolist() == ["hills", "b", ""]
    assert table["estimate"].tolist() == ["0.0", "0.0", "1,035.0"]
    chinese = tables.estimates_table(found, TITLE, names={"place": ("place", "地点")}, lang="zh")
    assert (table.attrs["title"], chinese.attrs["title"]) == TITLE
    assert list(chinese.columns) == ["指标", "地点", "估计值", "标准误", "95%置信区间", "样本量"]
    in_latex = table.to_latex(index=False, escape=True)  # what follows a bare % is lost there
    assert "headcount ratio (\\%) & hills" in in_latex and r"interval\_95" in in_latex


def test_a_text_for_a_column_is_not_that_of_a_value_of_its_name():
    svy = ps.Survey(pd.DataFrame({"income": [1, 3, 2, 5], "urban": ["urban", "rural"] * 2}))
    found = ps.poverty(svy, "income", 3, by="urban", measures=["headcount"]).tidy()
    table = tables.estimates_table(found, names={"urban": ("area", "地区")})
    assert table["area"].tolist() == ["rural", "urban"]
    ax = ps.figures.estimates_by_domain(
        found,
        by="urban",
        labels={"urban": ("area", "地区")},
        source=ps.Source("survey", "Made up."),
    )
    assert [one.get_text() for one in ax.get_yticklabels()] == ["rural", "urban"]
    assert ax.get_title(loc="left").startswith("Headcount ratio by area: from ")


def test_seen_and_true_are_those_of_the_simulation():
    sim = ps.simulate(households=10_000, years=6, seed=2)
    table = (
        ps.lessons.seen_and_true(sim)
        .set_index(["measure", "series", "year"])["estimate"]
        .sort_index()
    )
    truth = sim.truth.set_index(["estimand", "arm", "year"])["value"].sort_index()
    listed = sim.register.groupby("year")["listed"].sum() / 10_000
    assert table["poverty", "register"].tolist() == pytest.approx(listed.tolist(), abs=1e-6)
    assert table["poverty", "truth"].tolist() == truth["headcount", ""].tolist()
    rows = sim.register[~sim.register["listed"]]
    rows = rows[rows["exit_year"].notna()]
    rows = rows[rows["year"] > rows["exit_year"].astype(int)]
    weights = rows.groupby("year").size()
    for series, name in (("register", "register_relapse"), ("truth", "true_relapse")):
        mean = (table["relapse", series] * weights).sum() / weights.sum()
        assert mean == pytest.approx(truth[name, "", 0])


def test_views_of_a_simulation_say_what_they_need(tmp_path):
    sim = ps.simulate(households=5_000, years=4)
    stored = ps.simulate(households=5_000, years=4, folder=tmp_path / "files")
    view = ps.lessons
    for call, words in (
        (lambda: view.prior_effects([sim], after=9), ["argument after", "9", "after=1 to 2"]),
        (lambda: view.prior_effects([]), ["several simulations"]),
        (lambda: view.prior_effects(sim), ["several simulations", "Simulation"]),
        (lambda: view.seen_and_true(stored), ["written into files", "without folder="]),
        (lambda: view.audit_sample(sim, 1, 2015), ["1, 2015", "county=900000"]),
    ):
        with pytest.raises(ps.DataError) as told:
            call()
        assert all(word in str(told.value) for word in words), str(told.value)


def test_methods_stand_beside_the_truth_of_their_own_denominator():
    sim = ps.simulate(ps.Scenario(sample_villages=100, sample_households=50), households=50_000, years=3)  # fmt: skip
    table = ps.lessons.methods_and_truth(sim)
    checked = table[table["method"] == "checked"]  # a census of lasting income
    assert checked["estimate"].to_numpy() == pytest.approx(checked["truth"].to_numpy(), abs=1e-6)
    assert set(table["measure"]) == {"exclusion", "inclusion", "poor"}


def test_an_audit_sample_adds_up_to_its_county():
    sim = ps.simulate(ps.Scenario(sample_villages=100, sample_households=50, attrition=0), households=50_000, years=8)  # fmt: skip
    sample, totals = ps.lessons.audit_sample(sim, 900_003, 2019)
    sizes = (sample["weight"] * sample["size"]).groupby(sample["group"]).sum()
    assert sizes["listed"] == pytest.approx(totals["remaining"])
    assert sizes["exited"] == pytest.approx(totals["exited"])
    assert sizes.sum() == pytest.approx(totals["rural"])
    assert not sample.loc[sample["group"] != "outside", "omitted"].any()
    assert not sample.loc[sample["group"] != "exited", "wrong_exit"].any()


def test_what_a_simulation_is_told_and_gives_has_words_in_both_languages():
    sim = ps.simulate(households=5_000, years=4)
    scenario, found = ps.Scenario(), ps.simulation.calibration_table(households=50_000)
    for make, data in (
        (ps.tables.mechanisms, sim.truth),
        (ps.tables.parameters, scenario),
        (ps.tables.calibration, found),
    ):
        english, chinese = make(data), make(data, lang="zh")
        assert english.shape == chinese.shape
        assert not set(english.columns) & set(chinese.columns)
    assert len(ps.tables.mechanisms(sim.truth)) == len(ps.simulation.mechanisms_table())
    english, chinese = ps.tables.parameters(scenario), ps.tables.parameters(scenario, "zh")
    row = chinese["参数"] == "cost_worker"
    assert chinese.loc[row, "来源"].item() == "重庆“三区”计划：1685万元除以357名社工"
    assert english["source"].tolist() == scenario.describe()["source"].tolist()
    seen = ps.tables.calibration(found, lang="zh").set_index("比率").loc["登记年返贫率"]
    assert seen["出处"].endswith("除以全部已退出者：0.15%—1.4%")
    assert ps.tables.calibration(found)["where_seen"].tolist() == found["where_seen"].tolist()


def test_a_truth_without_its_mechanisms_is_refused():
    truth = ps.simulate(households=5_000, years=4).truth
    truth.attrs = {}
    with pytest.raises(ps.DataError, match="of which mechanisms"):
        ps.tables.mechanisms(truth)


def test_a_village_that_is_called_as_a_term_is_no_term():
    rows = pd.DataFrame({"income": [1.0, 2, 3, 4], "village": ["A", "A", "H", "H"]})
    shown = tables.estimates_table(ps.mean(ps.Survey(rows), "income", by="village").tidy())
    assert shown["village"].tolist() == ["A", "H"]
