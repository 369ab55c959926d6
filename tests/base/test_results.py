"""What every result can do, tried on one of each kind."""

import copy
import itertools
import pickle
from functools import cache
from importlib import import_module
from inspect import isabstract
from pkgutil import walk_packages

import numpy as np
import pandas as pd
import pytest
from remedies import pricing as priced
from remedies.tables import panel

import povstudy as ps
from povstudy.base.results import Result, Shown
from povstudy.base.status import source_of

MINE = ps.Source("survey", "Household survey of Qingshui county, 2024", "清水县住户调查，2024")
MADE_UP = ps.Source("simulated", "Made up for a test", "为测试而造")


def _table(n=400):
    rng = np.random.default_rng(1)
    return pd.DataFrame({
        "consumption": rng.lognormal(8, 0.6, n), "income": rng.lognormal(8, 0.6, n), "year": rng.choice([2010, 2012], n),
        "score": rng.random(n), "rank": rng.random(n), "widow": rng.integers(0, 2, n), "village": np.arange(n) % 40,
        "rooms": rng.integers(1, 5, n), "listed": rng.integers(0, 2, n), "w": rng.uniform(1, 2, n),
    })  # fmt: skip


def _study(source):
    gain = np.random.default_rng(1).normal(0.1, 0.5, 100)
    effects = _held(pd.DataFrame({"none": 0.0, "social_work": gain}), source)
    trial = ps.TrialDesign(households=20, sd=1.0, icc=0.05, village_cost=1.0)
    decision = ps.cost_effectiveness(effects, {"none": 0, "social_work": 0})
    return ps.study_value(decision, ("social_work", "none"), trial, willingness=1, population=1_000,
                          effect=0.2, villages=[10, 20])  # fmt: skip


def _answers():
    table = pd.DataFrame([*itertools.product([0, 1], repeat=3)], columns=["one", "two", "three"])
    right = table.to_numpy() == 1
    chance = np.where(right, [0.8, 0.7, 0.6], [0.2, 0.3, 0.4]).prod(axis=1)
    return table.assign(
        w=1000 * (0.3 * chance + 0.7 * np.where(right, 0.1, 0.9).prod(axis=1)),
        poor=[0, 0, 0, 1, 0, 1, 1, 1],
    )


def _spells(n=300):
    rng = np.random.default_rng(1)
    return pd.DataFrame({"household_id": range(n), "entry": 0, "exit": rng.integers(1, 6, n), "county": "A",
                         "event": rng.random(n) < 0.5, "assets": rng.normal(size=n), "year": 2015})  # fmt: skip


def _audit():
    group = ["outside"] * 20 + ["exited"] * 15 + ["listed"] * 5
    table = pd.DataFrame({"village": [v for v in range(60) for _ in group], "group": group * 60,
                          "size": 3, "omitted": False, "wrong_exit": False})  # fmt: skip
    return table.assign(approves=table.index % 40 > 1)


def _trial():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {"income": rng.normal(size=200), "food": rng.normal(size=200), "arm": np.arange(200) % 2}
    )
    return table  # fmt: skip


def _line():
    score = np.linspace(-1, 1, 400)
    return pd.DataFrame(
        {"score": score, "income": 5 + score + (score < 0) + np.sin(np.arange(400.0)) / 9}
    )


def _effects():
    return pd.DataFrame({"trial": ["A", "B", "C"], "estimate": [0.1, 0.3, 0.2], "std_error": [0.1, 0.1, 0.2],
                         "outcome": "income", "unit": "sd"})  # fmt: skip


def _held(table, source):
    table.attrs |= {} if source is None else {"source": source}
    return table


def _score(source):
    return ps.proxy_means(ps.Survey(_table(), psu="village", source=source), "log(consumption) ~ rooms + widow",
                          leave_out="village", line=2300)  # fmt: skip


def _places(source):
    areas = pd.DataFrame({"county": list("abcdefg"), "listed": [2, 4, 5, 7, 9, 11, 15]})
    direct = pd.DataFrame({"county": list("abcdefg"), "estimate": [3, 4, 7, 6.1, 10, 12, 14],
                           "std_error": [1.5, 1.8, 2.0, 1.3, 1.9, 1.2, 2.4]})  # fmt: skip
    return ps.fay_herriot(_held(direct, source), "listed", areas)


def _followed():
    rng = np.random.default_rng(2)
    last = np.repeat(rng.normal(7.9, 0.4, 200), 4)
    return pd.DataFrame({"household_id": np.repeat(range(200), 4), "year": list(range(2014, 2018)) * 200,
                         "income": np.exp(last + rng.normal(0, 0.3, 800))})  # fmt: skip


def _ended(source):
    table = _spells().assign(entry=0)
    how = np.where(np.arange(len(table)) % 3 == 0, "moved", "fell")
    return _held(table.assign(event=np.where(table["event"], how, "")), source)


def _counted(source):
    table = panel()
    return ps.compare(_held(table.assign(visits=np.random.default_rng(1).poisson(3, len(table))), source), "visits",
                      starts={"help": "began"}, link="log")  # fmt: skip


def _items():
    rng = np.random.default_rng(1)
    trait = rng.normal(size=200)
    return pd.DataFrame({one: (3 + trait + rng.normal(size=200)).round() for one in "abc"})


def _lost():
    table = _followed().assign(x=lambda t: t["household_id"] % 2)
    gone = 2014 + table["household_id"].map(
        lambda one: 1 if one % 7 == 0 else 2 if one % 5 == 0 else 3 if one % 3 == 0 else 9
    )
    return table[table["year"] < gone]


def _two(source):
    table = _followed().assign(x=lambda t: t["household_id"] % 3)
    first, second = (_held(table[table["year"] == one].copy(), source) for one in (2014, 2017))
    return ps.synthetic_panel(first, second, "x", 2300, draws=20)


def _compare(source):
    rng = np.random.default_rng(1)
    table = panel()
    return ps.compare(
        _held(table.assign(income=table["income"] + rng.normal(size=len(table))), source), "income",
        starts={"help": "began"},
    )  # fmt: skip


def _fit(source, **more):
    return ps.relapse_model("assets", _held(_spells(), source), **more)


def _survey(source, table=None, **more):
    return ps.Survey(_table() if table is None else table, source=source, **more)


def _later(source):
    rows = _held(_spells(), source)
    fit = ps.relapse_model("assets", rows)
    return fit.still_fits(rows.assign(assets=rows["assets"] + 1))


def _vulnerable(source):
    sim = ps.simulate(households=5_000, years=4)
    table = sim.panel.copy()
    table.attrs = {"source": source} if source else {}
    return ps.vulnerability(table, "schooling + able", 2300, at=2014)


def _at_the_line(source):
    pytest.importorskip("rdrobust")
    return ps.at_the_line(_held(_line(), source), "income", "score", 0, helped="below")


def _returns(source):
    moves = np.random.default_rng(3).random((200, 8)) < 0.35
    panel = pd.DataFrame({"household_id": np.repeat(range(200), 8), "year": np.tile(range(2001, 2009), 200),
                          "poor": moves.cumsum(axis=1).ravel() % 2, "help": np.repeat(np.arange(200) % 2, 8)})  # fmt: skip
    both = (ps.spells(_held(panel, source), of=of, covariates="help") for of in ("out", "poor"))
    return ps.exits_and_returns("help", *both)


WHO = ["one", "two", "three"]
KINDS = {  # one of each kind, of data with a source or without
    "exits and returns": _returns,
    "means": lambda s: ps.mean(_survey(s), "income"),
    "poverty": lambda s: ps.poverty(_survey(s, weight="w", psu="village"), "income", 2300, by=["year", "widow"]),
    "inequality": lambda s: ps.inequality(_survey(s), "income", by="year"),
    "ratio": lambda s: ps.ratio(_survey(s), "income", "consumption"),
    "quantiles": lambda s: ps.quantile(_survey(s), "income", [0.5], by="year"),
    "lorenz": lambda s: ps.lorenz(_survey(s), "income", by="year"),
    "tip": lambda s: ps.tip(_survey(s), "income", 2300),
    "growth": lambda s: ps.growth_incidence(_survey(s), "income", over="year", base=2010, value=2012),
    "profile": lambda s: ps.poverty_profile(_survey(s), "income", 2300, by="year"),
    "index": lambda s: ps.alkire_foster(_survey(s, _table()[["widow", "listed", "year"]]),
                                        {"a": ["widow"], "b": ["listed"]}, k=0.5, by="year"),
    "targeting": lambda s: ps.targeting_errors(_survey(s), "listed", "widow", by="year"),
    "concentration": lambda s: ps.concentration_curve(_survey(s), "listed", "income"),
    "contest": lambda s: ps.targeting_contest(_survey(s), {"formula": "score", "community": "rank"},
                                              consumption="consumption", line=2300, coverage=(0.2, 0.4)),
    "survival": lambda s: ps.kaplan_meier(_survey(s, _spells()), by="county"),
    "incidence": lambda s: ps.cumulative_incidence(_survey(s, _spells().assign(event=_spells()["exit"] % 3))),
    "life table": lambda s: ps.life_table(_survey(s, _spells())),
    "restricted mean": lambda s: ps.restricted_mean(_survey(s, _spells()), 3),
    "transitions": lambda s: ps.transitions(_held(pd.DataFrame({
        "household_id": np.repeat(range(50), 3), "year": [2010, 2011, 2012] * 50,
        "poor": np.random.default_rng(1).random(150) < 0.4}), s)),
    "assessors": lambda s: ps.latent_assessors(_survey(s, _answers(), weight="w"), WHO, truth="poor"),
    "curve of assessors": lambda s: ps.latent_assessors(_survey(s, _answers(), weight="w"), WHO, shared=[0, 0.1]),
    "judged on": lambda s: ps.judged_on(_survey(s, psu="village"), ["rank", "score"], ["widow", "rooms"]),
    "agreement": lambda s: ps.judged_on(_survey(s, psu="village"), ["rank", "score"], ["widow"]).agreement,
    "regression": lambda s: ps.regress("income ~ rooms + widow", _survey(s, psu="village")),
    "logit": lambda s: ps.regress("widow ~ rooms", _survey(s), family="logit"),
    "shares": lambda s: ps.share(_survey(s), "rooms", by="year"),
    "adjusted": lambda s: ps.adjusted_effects(_survey(s), "income", "widow", ["rooms", "score"], base=0),
    "odds": lambda s: ps.adjusted_effects(_survey(s), "listed", "widow", ["rooms"], scale="odds", base=0),
    "many": lambda s: ps.poverty(_survey(s), ["income", "consumption"], line={"low": 1500, "high": 2300}, by="year"),
    "dominance": lambda s: ps.dominance(_survey(s), "income", "year", base=2010, value=2012),
    "two way": lambda s: _compare(s).two_way(),
    "effects": _compare,
    "verdict": lambda s: _compare(s).verdict(),
    "trial": lambda s: ps.trial_effects(_held(_trial(), s), ["income", "food"], "arm"),
    "pooled": lambda s: ps.pool(_held(_effects(), s)),
    "at the line": _at_the_line,
    "fit": _fit,
    "firth": lambda s: _fit(s, penalty="firth"),
    "watch list": lambda s: ps.watch_list(_fit(s).risk(_spells().drop(columns="event"), 2), 20),
    "still fits": _later,
    "vulnerability": _vulnerable,
    "audit": lambda s: ps.exit_audit(_held(_audit(), s), {"rural": 4e5, "remaining": 2e3, "exited": 5e4}, "West",
                                     design_effect=5),
    "visits": lambda s: ps.register_and_visits(_held(pd.DataFrame({
        "relapsed": [1] * 40 + [0] * 960,
        "poor_again": [1] * 18 + [0] * 2 + [None] * 20 + [1] * 3 + [0] * 97 + [None] * 860}), s)),
    "proxy means": _score,
    "scorecard": lambda s: _score(s).scorecard(),
    "cost effectiveness": lambda s: ps.cost_effectiveness(
        ps.mean(_survey(s), "income", by="widow"), {0: 0, 1: (50.0, 5.0)}),
    "study value": _study,
    "costs": lambda s: ps.programme_costs(_survey(s, priced.records()), {"workers": (100, 5)}),
    "benefits": lambda s: ps.benefit_cost(_held(priced.gains(), s), {"a": (100, 9), "b": 120}, rate=0.05),
    "free years": lambda s: ps.poverty_free_years(_survey(s, priced.panel()), 3),
    "imputations": lambda s: ps.combine_imputations(
        [ps.mean(_survey(s, _table().assign(income=_table()["income"] + one)), "income") for one in (1, 2)]),
    "small places": _places,
    "noise": lambda s: ps.noise_curve(_held(_followed(), s), "income", 2300, [0, 0.1]),
    "ends": lambda s: ps.relapse_ends("assets", _ended(s)),
    "share of an end": lambda s: ps.fine_gray("assets", _ended(s), cause="fell"),
    "ratios of counts": lambda s: _counted(s),
    "logs of ratios": lambda s: _counted(s).effects(),
    "scale": lambda s: ps.scale_score(_held(_items(), s), ["a", "b", "c"]),
    "lost": lambda s: ps.attrition_weights(_held(_lost(), s), "x"),
    "two surveys": _two,
    "calibration": lambda s: _survey(s, weight="w").calibrate(
        {"widow": {0: 60.0, 1: 60.0}}).calibration,
    "variety": lambda s: ps.variety_of_measures(_held(pd.DataFrame({
        "village": np.arange(60) // 20, "cause": list("abc") * 20, "measure": list("aab") * 20}), s), draws=20),
    "check": lambda s: ps.relapse_model("assets", _held(_spells().assign(village=np.arange(300) % 20), s),
                                        cluster="village").check(),
}  # fmt: skip
NOT_DRAWN = {"watch list", "scorecard", "calibration"}
NO_ESTIMATES = NOT_DRAWN | {"lost", "cost effectiveness", "study value", "benefits"}


@cache
def made(kind, source=None):
    return KINDS[kind]({"mine": MINE, "made up": MADE_UP, None: None}[source])


# What each can do ------------------------------------------------------------------------


def test_every_class_that_is_tidy_takes_the_base_and_is_tried_here():
    for one in walk_packages(ps.__path__, "povstudy."):
        if one.name != "povstudy.__main__":
            import_module(one.name)

    def below(kind):
        return {kind, *(deeper for one in type.__subclasses__(kind) for deeper in below(one))}

    kinds = below(object)
    own = {
        one for one in kinds if str(one.__module__).startswith("povstudy.") and not isabstract(one)
    }
    tidy = {one for one in own if "tidy" in dir(one) and one is not Result}
    assert all(issubclass(one, Result) for one in tidy if one.__name__ != "ModelTable")
    tried = {type(made(kind)) for kind in KINDS if kind != "at the line"}
    untried = {one.__name__ for one in tidy - tried}
    # Tried where rdrobust is; always simulated, tried with the scenarios; base of others.
    assert untried <= {"AtTheLine", "Budget", "Plain", "ModelTable"}


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_shown_and_told_in_both_languages(kind):
    found = made(kind)
    before = found.tidy()
    english, chinese = found.show(), found.show("zh")
    assert isinstance(english, Shown) and english.table.shape == chinese.table.shape
    page = found._repr_html_()
    assert page.startswith('<div class="povstudy">') and page.count("<table>") == 1
    assert "prefers-color-scheme:dark" in page and "--jp-" in page
    if "estimate" in english.table:
        assert "estimate" in repr(found) or repr(found) == str(found.summary())
        assert ">estimate<" in page.replace(' class="n"', "")
    assert "source not stated" in page and "来源未注明" in str(chinese)
    for lang in ("en", "zh"):
        assert len(found.summary(lang)) > 0
    assert isinstance(repr(found), str)
    pd.testing.assert_frame_equal(found.tidy(), before)  # nothing is rounded in the numbers


@pytest.mark.parametrize("kind", KINDS)
def test_the_source_is_said_once_and_everything_made_of_it_bears_it(kind, tmp_path):
    import matplotlib.pyplot as plt

    found, false = made(kind, "mine"), made(kind, "made up")
    assert source_of(found.tidy()).text == MINE.text
    assert MINE.text in found.show().line and MINE.text_zh in found.show("zh").line
    assert false.show().title.startswith("Simulated: ") and false.show("zh").title.startswith(
        "模拟："
    )
    if kind != "watch list":  # written without what is personal, by its own export
        found.to_excel(tmp_path / "found.xlsx")
        read = pd.read_excel(tmp_path / "found.xlsx", engine="openpyxl")
        assert set(read["source"]) == {MINE.text} and len(read) == len(found.tidy())
    assert MINE.text in found.to_latex().replace("\\", "")
    if kind in NOT_DRAWN:
        with pytest.raises(ps.DataError, match="no figure"):
            found.plot()
        return
    for one, source in ((found, MINE), (false, MADE_UP), (made(kind), None)):
        ax = one.plot()
        assert ax.title_text.startswith("Simulated") == (source is MADE_UP)
        assert ax.source.text == ("" if source is None else source.text)
        assert one.plot(lang="zh").alt_text
        plt.close("all")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - NO_ESTIMATES))
def test_others_can_read_each(kind):
    found = made(kind)
    table = found.tidy()
    if kind == "proxy means":
        assert found.params.index[0] == "Intercept"
    if kind not in ("vulnerability",):
        assert len(found.params) == len(table)
    assert found.bse.index.is_unique and len(found.bse) == len(table)
    np.testing.assert_array_equal(found.bse, table["std_error"])
    np.testing.assert_array_equal(found.std_errors, found.bse)
    assert found.pvalues.dropna().between(0, 1).all() and len(found.pvalues) == len(table)
    assert [*found.conf_int()] == ["ci_low", "ci_high"]
    assert np.size(found.nobs) in (1, len(table))
    wide = found.wide()
    assert wide.drop(columns="data_status").select_dtypes("number").notna().any(axis=None)


@pytest.mark.parametrize("kind", KINDS)
def test_each_can_be_stored_and_copied(kind):
    found = made(kind)
    for again in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found), copy.copy(found)):
        assert type(again) is type(found)
        pd.testing.assert_frame_equal(again.tidy(), found.tidy())
        assert repr(again) == repr(found)
    twice = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(found))))
    pd.testing.assert_frame_equal(twice.tidy(), found.tidy())


def test_a_stored_result_knows_intervals_of_four_levels_and_says_so():
    found = made("quantiles")
    stored = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(stored.tidy(0.9), found.tidy(0.9))
    with pytest.raises(ps.DataError, match="stored knows intervals of some levels"):
        stored.tidy(0.93)
    pd.testing.assert_frame_equal(copy.deepcopy(found).tidy(0.93), found.tidy(0.93))
    pd.testing.assert_frame_equal(stored.band(), found.band())
    shares = made("poverty")
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(shares)).band(), shares.band())
    effects = pickle.loads(pickle.dumps(shares)).design_effects()
    pd.testing.assert_frame_equal(effects, shares.design_effects())


# Values ----------------------------------------------------------------------------------


def test_numbers_are_rounded_as_in_published_tables():
    found = made("poverty").show()
    table = ps.tables.estimates_table(made("poverty").tidy())
    assert found.table["estimate"].tolist() == table["estimate"].tolist()
    assert found.table["95 % interval"].tolist() == table["interval_95"].tolist()
    assert found.table["standard error"].tolist() == table["standard_error"].tolist()
    assert found.table["measure"].iloc[0] == "headcount ratio (%)"


def test_wide_sets_terms_or_domains_side_by_side():
    found = made("poverty")
    table = found.tidy()
    wide = found.wide()
    assert [*wide] == ["year", "widow", "headcount", "gap", "severity", "data_status"]
    assert wide.shape[0] == 4
    row = table[(table["term"] == "gap") & (table["year"] == 2012) & (table["widow"] == 1)]
    here = wide[(wide["year"] == 2012) & (wide["widow"] == 1)]
    assert here["gap"].item() == row["estimate"].item()
    years = found.wide("year", ["estimate", "std_error"])
    assert [*years] == [
        "term",
        "widow",
        2010,
        "2010_std_error",
        2012,
        "2012_std_error",
        "data_status",
    ]
    both = found.wide(["year", "widow"])
    assert len(both) == 3 and both.shape[1] == 6
    with pytest.raises(ps.DataError, match="lacks the column yaer"):
        found.wide("yaer")
    assert made("means").wide()["mean of income"].item() == made("means").params.item()
    assert source_of(made("poverty", "mine").wide()).text == MINE.text
    assert set(made("poverty", "made up").wide()["data_status"]) == {"simulated"}


def test_names_are_those_of_statsmodels_and_p_values_those_of_t():
    from scipy import stats

    found = made("poverty")
    assert found.params.index[0] == "headcount, 2010, 0"
    assert (
        found.params["gap, 2012, 1"]
        == found.wide().query("year == 2012 and widow == 1")["gap"].item()
    )
    t, df = found.params / found.bse, found.tidy()["df"].to_numpy()
    np.testing.assert_allclose(found.pvalues, 2 * stats.t.sf(abs(t), df))
    assert made("means").nobs == 400
    fit = made("fit")
    np.testing.assert_allclose(fit.pvalues["assets"], fit.hazard_ratios()["p_value"])
    firth = made("firth")
    np.testing.assert_allclose(firth.pvalues["assets"], firth.hazard_ratios()["p_value"])
    trial = made("trial")
    np.testing.assert_array_equal(trial.pvalues, trial.tidy().assign(p=trial["p_value"])["p"])
    np.testing.assert_allclose(found.tvalues, found.params / found.bse)
    assert found.model.exog_names == list(found.params.index)


def test_intervals_take_alpha_as_statsmodels_does_and_refuse_a_level_in_its_place():
    for kind in ("poverty", "fit", "trial"):
        found = made(kind)
        pd.testing.assert_frame_equal(found.conf_int(0.1), found.conf_int(level=0.9))
        table = found.tidy(level=0.9)[["ci_low", "ci_high"]]
        np.testing.assert_array_equal(found.conf_int(alpha=0.1), table)
        np.testing.assert_array_equal(found.conf_int(), found.conf_int(0.05))
        with pytest.raises(ps.DataError, match="leaves out") as told:
            found.conf_int(0.95)
        assert told.value.remedy == "level=0.95"
        with pytest.raises(ps.DataError, match="alpha="):
            found.conf_int(True)
    audit = made("audit")
    assert len(audit.conf_int(0.1)) == len(audit.tidy())
    with pytest.raises(ps.DataError, match="one level alone"):
        audit.conf_int(0.2)


def test_tables_of_statsmodels_take_our_regressions():
    from statsmodels.iolib.summary2 import summary_col

    rng = np.random.default_rng(1)
    table = pd.DataFrame({"land": rng.normal(size=80), "group": list("abcd") * 20})
    table["income"] = table["land"] + rng.normal(size=80)
    found = ps.regress("income ~ land + group", table, cluster="group")
    poor = ps.regress("I(income < 0) ~ land", table, family="logit")
    shown = summary_col([found, poor], stars=True, include_r2=True).tables[0]
    assert list(shown.columns) == ["income", "I(income < 0)"]
    assert shown.loc["land", "income"].rstrip("*") == f"{found.params['land']:.4f}"
    assert shown.loc["R-squared", "income"] == f"{found.fit.r_squared:.4f}"
    assert summary_col(made("fit")).tables[0].loc["assets"].item()


def test_what_has_no_error_and_who_is_left_out_is_told_below():
    table = pd.DataFrame({"收入": [1.0, 2, np.nan, 4], "地区": ["甲", "甲", "乙", "乙"]})
    found = ps.mean(ps.Survey(table, missing="drop"), "收入", by="地区")
    assert "1 rows are not counted" in str(found) and "one sampling unit" in str(found)
    told = found.summary("zh")
    assert "收入的均值" in told and "未计入1行" in told and "一个抽样单元" in told
    assert "not counted" not in str(made("means"))
    assert "0.5分位数" in made("quantiles").summary("zh")


def test_long_tables_show_their_ends_and_say_how_long_they_are():
    table = pd.DataFrame({"income": np.arange(1.0, 101), "place": np.repeat(np.arange(50), 2)})
    found = ps.poverty(ps.Survey(table), "income", 30, by="place", measures=["headcount", "gap"])
    told = str(found)
    assert "100 rows in all" in told and told.count("\n") == 1 + 61 + 2
    assert "共100行" in found.summary("zh")
    assert found._repr_html_().count("<tr>") == 62


def test_words_of_others_are_shown_as_they_are_and_run_nowhere():
    table = pd.DataFrame({"income": [1.0, 2, 3, 4], "place": ["<b>", "<b>", "&amp;", "&amp;"]})
    found = ps.mean(ps.Survey(table), "income", by="place")
    page = found.show(title="<script>")._repr_html_()
    assert (
        "&lt;b&gt;" in page and "<b>" not in page and "&amp;amp;" in page and "<script>" not in page
    )
    latex = ps.mean(
        ps.Survey(table.assign(place=["a_b", "a_b", "50%", "50%"])), "income", by="place"
    ).to_latex()
    assert "a\\_b" in latex and "50\\%" in latex
    names = {"place": ("where", "地点"), "<b>": ("hills", "山区")}
    assert [*found.show("zh", names).table][1] == "地点"
    assert "山区" in str(found.show("zh", names))


def test_a_workbook_holds_all_digits_and_no_formula(tmp_path):
    table = pd.DataFrame({"income": [1.0, 2, 4, 4], "place": ["=1+2", "=1+2", "b", "b"]})
    found = ps.mean(ps.Survey(table), "income", by="place")
    found.to_excel(tmp_path / "a.xlsx")
    read = pd.read_excel(tmp_path / "a.xlsx", engine="openpyxl")
    assert read["place"].tolist() == ["'=1+2", "b"]
    np.testing.assert_allclose(read["std_error"], found.tidy()["std_error"], rtol=1e-15)
    made("trial").to_excel(tmp_path / "trial.csv")
    ps.clean.write(made("trial"), tmp_path / "trial.xlsx")
    assert len(pd.read_excel(tmp_path / "trial.xlsx", engine="openpyxl")) == 2


def test_a_watch_list_is_written_for_an_office_alone(tmp_path):
    made("watch list").to_excel(tmp_path / "list.xlsx")
    assert len(pd.read_excel(tmp_path / "list.xlsx", engine="openpyxl")) == 20


def test_a_figure_takes_the_result_itself():
    found = made("poverty", "mine")
    few = found.tidy().query("term == 'headcount' and widow == 0")
    one = ps.figures.estimates_by_domain(few, by="year")
    assert one.source.text == MINE.text
    life = ps.figures.hazards_by_period(made("life table"))
    assert life.data_behind.equals(made("life table").plot().data_behind)
    eff = ps.figures.event_study(made("effects"))
    assert eff.title_text == made("effects").plot().title_text
    forest = ps.figures.pooled_forest(made("pooled", "mine"))
    assert forest.source.text == MINE.text
    assert len(ps.figures.leave_one_out(made("pooled")).data_behind) >= 3
    curve = ps.figures.lorenz_curve(made("lorenz"), colour="year")
    assert curve.data_behind["method"].str.contains("joint").all()


def test_a_table_to_be_read_takes_the_result_itself():
    one, other = (ps.tables.estimates_table(x) for x in (made("poverty"), made("poverty").tidy()))
    pd.testing.assert_frame_equal(one, other)


def test_a_measure_is_drawn_if_it_is_asked_for_and_told_if_it_is_not_there():
    found = made("poverty")
    assert found.plot(term="gap").title_text.startswith("Poverty gap index by year")
    with pytest.raises(ps.DataError, match=r"no such term. Did you mean 'gap'"):
        found.plot(term="gapp")
    assert ps.poverty(ps.Survey(_table()), "income", 2300).plot().title_text == "Estimates"
    assert made("index").plot().title_text.startswith("Several deprivations by year")


def test_a_survey_takes_its_source_as_a_text_and_refuses_what_is_none():
    table = pd.DataFrame({"income": [1.0, 2.0]})
    svy = ps.Survey(table, source="County survey, 2024", status="register")
    assert svy.source == ps.Source("register", "County survey, 2024")
    assert ps.Survey(table, source=MADE_UP).status == "simulated"
    assert ps.Survey(table, source=MADE_UP, status="survey").source.status == "survey"
    held = _held(table.copy(), MINE)
    assert ps.Survey(held, source="Another").source.text == "Another"
    assert ps.Survey(held).source.text == MINE.text
    with pytest.raises(ps.DataError, match="A source is a text"):
        ps.Survey(table, source=5)


def test_datasets_tell_their_kind_in_words():
    assert ps.datasets().set_index("name").loc["china_incidence", "kind"] == "official figures"
    assert ps.datasets("zh").set_index("name").loc["china_incidence", "kind"] == "官方数据"
