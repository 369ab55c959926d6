"""Models side by side: what stands in the table, and what other programs read of its files."""

import re
import zipfile
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

import povstudy as ps
from povstudy.base.exports import as_text
from povstudy.tables.below import method_in_words
from povstudy.tables.terms import code_of, pieces

MADE_UP = ps.Source("simulated", "made-up households", "虚构的农户")
KINDS = ["none", "administrative", "social_work"]


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(1)
    n = 400
    table = pd.DataFrame({
        "approach": rng.choice(KINDS, n), "sex": rng.choice(["Male", "Female"], n),
        "age": rng.normal(40, 9, n), "village": rng.integers(0, 20, n),
        "weight": rng.uniform(1, 3, n),
    })  # fmt: skip
    table["income"] = (
        5 + table["age"] / 10 + (table["approach"] == "social_work") + rng.normal(size=n)
    )
    table["fell"] = (table["income"] < 9) * 1
    return table


@pytest.fixture(scope="module")
def ols(people):
    made = people.copy()
    made.attrs["source"] = MADE_UP
    return smf.ols("income ~ C(approach, Treatment('none')) * sex + I(age**2)", made).fit(
        cov_type="cluster", cov_kwds={"groups": made["village"]}
    )


@pytest.fixture(scope="module")
def logit(people):
    return smf.logit("fell ~ C(approach, Treatment('none')) + age", people).fit(disp=0)


@pytest.fixture(scope="module")
def hazard(people):
    rng = np.random.default_rng(2)
    spells = people.assign(
        household_id=range(len(people)), entry=0, exit=rng.integers(1, 4, len(people)),
        event=people["fell"], approach=pd.Categorical(people["approach"], KINDS),
    )  # fmt: skip
    return ps.relapse_model("approach + age", spells, cluster="village")


def column(shown, at=1):
    """Texts of a model by the name of the row, estimate and what stands below it."""
    table, found = shown.table, {}
    for name, text in zip(table.iloc[:, 0], table.iloc[:, at], strict=True):
        if name:
            last = name
        found.setdefault(last, []).append(text)
    return found


@pytest.mark.parametrize(
    "term",
    ["C(approach)[T.none]", "approach[T.none]", "approach[none]", "approach::none",
     "C(approach, Treatment('both'))[T.none]", "C(approach, Treatment(reference='both'))[T.none]",
     "C(approach, contr.treatment(base='both'))[T.none]", "`approach`[T.none]",
     'C(Q("approach"))[T.none]'],
)  # fmt: skip
def test_spellings_of_a_level_are_one(term):
    assert code_of(pieces(term)) == "approach: none"


@pytest.mark.parametrize(
    ("term", "code"),
    [("C(a)[T.x]:C(b)[T.y]", "a: x × b: y"), ("year::2014:age", "year: 2014 × age"),
     ("year[T.2014.0]", "year: 2014"), ("np.log(income)", "log(income)"), ("I(age ** 2)", "age²"),
     ("I(age**3):sex[T.Male]", "age³ × sex: Male"), ("(Intercept)", "Intercept"),
     ("const", "Intercept"), ("人均收入", "人均收入"), ("C(方式)[T.社会工作]", "方式: 社会工作"),
     ("a[T.x:y]", "a: x:y"), ("share: all", "share: all"), ("bs(age, df=3)[0]", "bs(age, df=3): 0"),
     ("time::-2", "time: -2"), ("I(income > 3000)[T.True]", "I(income > 3000): True")],
)  # fmt: skip
def test_terms_have_a_code(term, code):
    assert code_of(pieces(term)) == code


def test_numbers_are_those_of_the_fits(ols, logit, hazard):
    shown = ps.model_table({"a": ols, "b": logit, "c": hazard}, level=0.9)
    for head, fit in (("a", ols), ("b", logit)):
        rows = shown.numbers[shown.numbers["model"] == head].set_index("term").loc[fit.params.index]
        for name, one in (
            ("estimate", fit.params),
            ("std_error", fit.bse),
            ("p_value", fit.pvalues),
        ):
            assert np.allclose(rows[name], one)
        assert np.allclose(rows[["ci_low", "ci_high"]], fit.conf_int(0.1))
    rows = shown.numbers[shown.numbers["model"] == "c"].set_index("term")
    assert np.allclose(rows.loc[hazard.params.index, "estimate"], hazard.params)
    ratios = hazard.hazard_ratios(0.9).set_index("term")
    assert np.allclose(rows.loc[ratios.index, "p_value"], ratios["p_value"])
    assert np.allclose(np.exp(rows.loc[ratios.index, "ci_low"]), ratios["ci_low"])


def test_rows_line_up_and_words_stand_for_codes(ols, logit, hazard):
    shown = ps.model_table([hazard, ols, logit], names={"age": ("years of age", "年龄")})
    labels = [one for one in shown.table.iloc[:, 0] if one]
    assert labels[:4] == ["years out 1", "years out 2", "years out 3", "approach: administrative"]
    assert labels.count("approach: social work") == 1
    assert "approach: social work × sex: men" in labels and "years of age²" in labels
    assert labels.index("constant") == labels.index("rows") - 1
    text = column(shown, 2)["approach: social work"]
    value, error = ols.params.iloc[2], ols.bse.iloc[2]
    assert text == [f"{value:.2f}", f"({error:.2f})"]
    assert column(shown, 1)["constant"] == ["", ""]
    assert "Reference levels: approach: none; sex: women." in shown.notes


def test_levels_set_against_different_ones_are_not_in_one_row(ols, people):
    other = smf.ols("income ~ approach", people).fit()
    labels = ps.model_table([ols, other]).table.iloc[:, 0].tolist()
    assert "approach: social work (against none)" in labels
    assert "approach: social work (against administrative)" in labels


def test_ratios_are_exponents_with_errors_by_the_delta_method(hazard, logit):
    shown = ps.model_table({"hazard": hazard, "odds": logit}, exponentiate=True)
    ratios = hazard.hazard_ratios().set_index("term")
    rows = shown.numbers[shown.numbers["model"] == "hazard"].set_index("term")
    assert list(rows.index) == list(ratios.index)
    assert np.allclose(rows["estimate"], ratios["hazard_ratio"])
    assert np.allclose(rows[["ci_low", "ci_high"]], ratios[["ci_low", "ci_high"]])
    assert np.allclose(rows["std_error"], ratios["hazard_ratio"] * hazard.std_errors[ratios.index])
    notes = " ".join(shown.notes)
    assert "hazard: hazard ratios; odds: odds ratios" in notes and "baseline" in notes
    one = ps.model_table({"hazard": hazard, "odds": logit}, exponentiate=["odds"])
    assert "hazard: coefficients; odds: odds ratios" in " ".join(one.notes)
    table = ps.model_table([hazard.hazard_ratios()])
    assert column(table)["approach: social work"][1].startswith("(0.")
    assert " to " in column(table)["age"][1]


def test_stars_are_there_only_if_asked_for(ols):
    assert not ps.model_table([ols]).table.iloc[:, 1].str.contains("*", regex=False).any()
    shown = ps.model_table([ols], stars=True)
    p = shown.numbers.set_index("text")["p_value"]
    for name, (text, *_) in column(shown).items():
        if name in p:
            assert text.count("*") == sum(p[name] < one for one in (0.1, 0.05, 0.01))
    assert "* p < 0.1; ** p < 0.05; *** p < 0.01." in shown.notes
    assert "* p < 0.05." in ps.model_table([ols], stars=[0.05]).notes


def test_kind_and_source_of_the_data_are_told(ols, logit, hazard, people):
    shown = ps.model_table([ols], title=("Incomes", "收入"))
    assert shown.title == "Simulated: Incomes" and shown.table.attrs["title"] == shown.title
    assert shown.table.attrs["source"].status == "simulated"
    assert any("made-up households" in one for one in shown.notes)
    mixed = ps.model_table({"a": ols, "b": logit, "c": hazard}, title="Incomes")
    assert mixed.title == "Partly simulated: Incomes"
    assert [one[0] for one in (column(mixed, at)["data"] for at in (1, 2, 3))] == [
        "simulated, with known truth", "not stated", "survey microdata"]  # fmt: skip
    assert any("b: Source not stated." in one for one in mixed.notes)
    told = ps.model_table([logit], source=ps.Source("survey", "Survey of Puding, 2014"))
    assert told.notes[-1] == "Source: Survey of Puding, 2014. Data: survey microdata."
    assert ps.model_table([ols], lang="zh").title == "模拟"


def test_what_stands_below_is_of_each_model(ols, logit, hazard):
    found = [column(ps.model_table([ols, logit, hazard]), at) for at in (1, 2, 3)]
    assert [one["rows"] for one in found] == [["400"], ["400"], [f"{hazard.n:,}"]]
    assert [one["clusters"] for one in found] == [["20"], [""], ["20"]]
    assert [one["outcome"] for one in found] == [["income"], ["fell"], [""]]
    assert found[0]["R²"] == [f"{ols.rsquared:.3f}"]
    assert found[1]["pseudo R²"] == [f"{logit.prsquared:.3f}"]
    assert found[2]["events"] == [f"{hazard.events}"]


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.ConvergenceWarning")
def test_weighted_fits_and_those_of_bare_arrays_are_read(people):
    wls = smf.wls("income ~ age", people, weights=people["weight"]).fit(cov_type="HC1")
    shown = ps.model_table([wls])
    mean = np.average(people["income"], weights=people["weight"])
    assert column(shown)["mean of the outcome"] == [f"{mean:.2f}"]
    assert "How errors were made: WLS, HC1." in shown.notes
    bare = sm.OLS(people["income"].to_numpy(), people[["age"]].to_numpy()).fit()
    assert column(ps.model_table([bare]))["x1"][0]
    glm = sm.GLM(people["fell"], sm.add_constant(people[["age"]]), sm.families.Poisson()).fit()
    assert set(column(ps.model_table([glm]))) >= {"age", "constant", "rows"}
    cox = smf.phreg("age ~ sex", people, status=people["fell"]).fit()
    assert (
        column(ps.model_table([cox], exponentiate=True))["sex: men"][0]
        == f"{np.exp(cox.params[0]):.2f}"
    )
    mixed = smf.mixedlm("income ~ age", people, groups=people["village"]).fit()
    assert "Group Var" in column(ps.model_table([mixed]))


@pytest.mark.filterwarnings("ignore")
def test_fits_of_pyfixest_are_read(people):
    fixest = pytest.importorskip("pyfixest")
    made = people.copy()
    made.attrs["source"] = MADE_UP
    one = fixest.feols(
        "income ~ i(approach, ref='none') + age | village", made, vcov={"CRV1": "village"}
    )
    two = fixest.feols("income ~ C(approach, contr.treatment(base='none')) + age", made)
    shown = ps.model_table([one, two], lang="zh")
    assert np.allclose(shown.numbers["estimate"][shown.numbers["model"] == "(1)"], one.coef())
    found = column(shown)
    assert (
        found["方式：社会工作"][0]
        and found["固定效应"] == ["village"]
        and found["群组数"] == ["20"]
    )
    assert column(shown, 2)["方式：社会工作"][0]
    assert "误差的算法：(1)：feols，按village聚类；(2)：feols，经典标准误。" in shown.notes
    several = fixest.feols("income ~ sw(age, sex)", people)
    with pytest.raises(ps.DataError, match="no result of a model") as told:
        ps.model_table([several])
    assert "to_list()" in told.value.remedy
    ps.model_table(several.to_list())


def test_results_of_every_room_are_read(people):
    svy = ps.Survey(people, psu="village", weight="weight")
    poor = ps.poverty(svy, "income", line=9, by="sex", measures=["headcount"])
    shown = ps.model_table({"poor": poor})
    estimate = poor.tidy()["estimate"].iloc[1]
    assert f"{100 * estimate:.1f}" in column(shown)["headcount ratio (%), sex: men"][0]
    assert column(shown)["clusters"] == ["20"] and " to " in column(shown)["rows"][0]
    trial = ps.trial_effects(
        people.assign(drawn=people["village"] % 2), "income", "drawn", cluster="village"
    )
    found = column(ps.model_table([trial]))
    assert found["outcome"] == ["income"] and found["clusters"] == ["20"]
    assert found["mean of the outcome without help"][0]
    adjusted = ps.adjusted_effects(people, "income", covariates="age")
    assert {"effect: social work", "mean: none"} <= set(column(ps.model_table([adjusted, trial])))
    trials = pd.DataFrame({"trial": list("abc"), "estimate": [0.1, 0.3, 0.2], "std_error": [0.1] * 3,
                           "outcome": "income", "unit": "SD"})  # fmt: skip
    pooled = ps.pool(trials, prior=ps.EffectPrior(sd=0.2, tau=0.1))
    found = column(ps.model_table([pooled]))
    assert (
        found["outcome"] == ["income (SD)"]
        and "mean effect, REML, Hartung-Knapp, modified" in found
    )


def test_regressions_stand_in_the_same_rows_as_those_of_others(people, ols):
    formula = "income ~ C(approach, Treatment('none')) * sex + I(age**2)"
    ours = ps.regress(formula, people, cluster="village")
    shown = ps.model_table({"ours": ours, "others": ols})
    one, two = (
        shown.numbers[shown.numbers["model"] == head].set_index("text")
        for head in ("ours", "others")
    )
    assert set(one.index) == set(two.index)
    assert np.allclose(one["estimate"], two["estimate"][one.index])
    found = column(shown)
    assert found["R²"] == column(shown, 2)["R²"] and found["clusters"] == ["20"]
    assert found["outcome"] == ["income"] and found["approach: social work × sex: men"][0]
    chances = ps.regress("fell ~ age + approach", people, family="logit")
    shown = ps.model_table([chances], exponentiate=True, lang="zh")
    assert "表中为优势比。" in shown.notes and "参照组：方式：行政帮扶。" in shown.notes
    assert "误差的算法：logit，HC1（N/(N - k)）。" in shown.notes
    assert column(shown)["伪R²"][0] and "群组数" not in column(shown)
    assert ps.tables.estimates_table(chances.exponentiated())["odds ratio"].iloc[0]


def test_several_outcomes_have_a_column_each(people):
    drawn = people.assign(drawn=people["village"] % 2)
    trial = ps.trial_effects(drawn, ["income", "age"], "drawn", cluster="village")
    shown = ps.model_table([trial])
    assert list(shown.table.columns) == ["", "(1)", "(2)"]
    assert [column(shown, at)["outcome"][0] for at in (1, 2)] == ["income", "age"]
    means = drawn[drawn["drawn"] == 0][["income", "age"]].mean()
    for at, name in ((1, "income"), (2, "age")):
        text = column(shown, at)["mean of the outcome without help"][0]
        assert float(text) == pytest.approx(means[name], rel=0.01)
    assert list(ps.model_table({"trial": trial}).table.columns) == [
        "",
        "trial: income",
        "trial: age",
    ]


def test_estimates_that_are_no_coefficients_have_no_exponent(people, ols):
    poor = ps.poverty(ps.Survey(people), "income", line=9)
    with pytest.raises(ps.DataError, match="no coefficients"):
        ps.model_table({"poor": poor, "ols": ols}, exponentiate=True)
    ps.model_table({"poor": poor, "ols": ols}, exponentiate=["ols"])


def test_arms_that_are_set_against_each_other_are_told_with_minus(people):
    found = ps.adjusted_effects(people, "income", covariates="age")
    shown = ps.model_table([found.contrast("arm", "social_work", "administrative")])
    assert "effect: social work minus administrative" in column(shown)


def test_effects_of_compare_are_read():
    panel = pd.DataFrame({
        "household_id": [1, 1, 2, 2, 3, 3, 4, 4], "year": [2014, 2015] * 4,
        "income": [10, 14, 10, 16, 9, 10, 9, 11], "start": [2015] * 4 + [None] * 4,
    })  # fmt: skip
    found = ps.compare(panel, "income", starts={"administrative": "start"})
    assert column(ps.model_table([found]))["effect: administrative"] == ["3.5", "(1.1)"]
    assert column(ps.model_table(found, lang="zh"))["结果变量"] == ["收入"]


def test_rows_are_chosen_and_put_in_order(ols):
    shown = ps.model_table([ols], keep=["age²", "approach"])
    labels = [one for one in shown.table.iloc[:, 0] if one]
    assert labels[:3] == ["age²", "approach: administrative", "approach: social work"]
    assert labels[3] == "rows"
    with pytest.raises(ps.DataError, match="Did you mean 'approach'"):
        ps.model_table([ols], keep="aproach")


def test_plain_tables_are_read_whatever_their_types():
    table = pd.DataFrame({"term": pd.Categorical(["a", "b"]), "estimate": pd.array([1, None], "Int64"),
                          "std_error": np.array([0.5, np.nan], "float32")}, index=[7, 7])  # fmt: skip
    shown = ps.model_table({"x": table})
    assert column(shown)["a"] == ["1.00", "(0.50)"] and column(shown)["b"] == ["", ""]
    row = shown.numbers.iloc[0]
    assert row["p_value"] == pytest.approx(0.0455, abs=1e-4)
    assert row["ci_high"] == pytest.approx(1 + 1.959964 * 0.5)


@pytest.mark.parametrize(
    ("models", "options", "told"),
    [([], {}, "no model to show"), ([3], {}, "no result of a model"),
     ("fit", {}, "no result of a model"), ([None], {}, "no result of a model"),
     ([pd.DataFrame({"a": [1]})], {}, "lacks the column"),
     ([pd.DataFrame({"term": ["a", "a"], "estimate": [1.0, 2.0]})], {}, "several estimates of the same term"),
     ([pd.DataFrame({"term": ["a"], "estimate": [1.0]})], {"below": "t"}, "standard error or an interval"),
     ([pd.DataFrame({"term": ["a"], "estimate": [1.0]})], {"level": 95}, "level"),
     ([pd.DataFrame({"term": ["a"], "estimate": [1.0]})], {"stars": [5]}, "stars"),
     ([pd.DataFrame({"term": ["a"], "estimate": [1.0]})], {"digits": 1.5}, "digits"),
     ([pd.DataFrame({"term": ["a"], "estimate": [1.0]})], {"lang": "fr"}, "English or Chinese"),
     ([pd.DataFrame({"term": ["a"], "estimate": [1.0]})], {"exponentiate": ["x"]}, "no such model"),
     ({"x": pd.DataFrame({"term": ["a"], "estimate": [1.0]}), "y": pd.DataFrame({"term": ["a"], "estimate": [1.0]})},
      {"names": {"x": "same", "y": "same"}}, "Two models have one head")],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused(models, options, told):
    with pytest.raises(ps.DataError, match=told):
        ps.model_table(models, **options)


@pytest.mark.parametrize("name", ["code", "variable", "parts", "percent", "reference", "index"])
def test_domains_bear_any_name(name):
    table = pd.DataFrame({"term": ["a", "a"], name: ["x", "y"], "estimate": [1.0, 2.0]})
    shown = ps.model_table([table, table])
    assert [one[0] for one in column(shown).values()] == ["1.00", "2.00"]
    assert shown.numbers[name].tolist() == ["x", "x", "y", "y"]


@pytest.mark.parametrize("name", ["model", "text"])
def test_a_domain_named_as_a_column_of_the_numbers_is_refused(name):
    table = pd.DataFrame({"term": ["a", "a"], name: ["x", "y"], "estimate": [1.0, 2.0]})
    with pytest.raises(ps.DataError, match="for something else") as told:
        ps.model_table([table])
    scope = {"table": table}
    exec(told.value.remedy, scope)
    ps.model_table([scope["table"]])


def test_a_term_that_is_a_number_is_no_constant_and_errors_are_not_below_zero():
    table = pd.DataFrame({"term": [1, 2], "estimate": [1.0, 2.0], "std_error": [0.5, 0.1]})
    assert list(column(ps.model_table([table]))) == ["1", "2"]
    with pytest.raises(ps.DataError, match="never below zero"):
        ps.model_table([table.assign(std_error=-1)])


def test_two_spellings_of_a_term_in_one_model_are_refused_and_none_is_lost():
    table = pd.DataFrame({"term": ["a[T.x]", "C(a)[T.x]"], "estimate": [1.0, 2.0]})
    with pytest.raises(ps.DataError, match="several estimates of the same term"):
        ps.model_table([table])


def test_means_of_an_outcome_are_not_weighted_by_steps_of_a_fit(people):
    binomial, poisson = sm.families.Binomial(), sm.families.Poisson()
    weights = people["village"] % 3 + 1
    models = {
        "odds": smf.glm("fell ~ age", people, family=binomial).fit(),
        "counts": smf.glm("fell ~ age", people, family=poisson, freq_weights=weights).fit(),
        "gee": smf.gee("fell ~ age", "village", people, family=binomial).fit(),
        "robust": smf.rlm("income ~ age", people).fit(),
    }
    shown = ps.model_table(models, exponentiate=["odds", "counts", "gee"], digits=3)
    fell, income = people["fell"], people["income"]
    means = [fell.mean(), np.average(fell, weights=weights), fell.mean(), income.mean()]
    for at, mean in enumerate(means, 1):
        text = column(shown, at)["mean of the outcome"][0]
        assert float(text) == pytest.approx(mean, abs=0.006)
    assert (
        "Shown are odds, gee: odds ratios; counts: incidence ratios; robust: coefficients."
        in shown.notes
    )


def test_notes_tell_what_is_there_alone():
    bare = pd.DataFrame({"term": ["a"], "estimate": [1.0]})
    assert ps.model_table([bare]).notes == ("Source not stated.",)
    spread = bare.assign(ci_low=0.5, ci_high=1.5)
    assert "Without stars where no p-value is known." in ps.model_table([spread], stars=True).notes
    twice = ps.model_table([bare.assign(std_error=0.2)], stars=[0.05, 0.05])
    assert "* p < 0.05." in twice.notes and twice.table.iloc[0, 1] == "1.00*"


def test_an_outcome_is_spelled_as_terms_are(people):
    logs = smf.ols("np.log(income) ~ age", people).fit()
    assert column(ps.model_table([logs]))["outcome"] == ["log(income)"]
    assert column(ps.model_table([logs], lang="zh"))["结果变量"] == ["log(收入)"]


def test_effects_are_called_no_coefficients(people, logit):
    found = ps.adjusted_effects(people, "income", covariates="age")
    shown = ps.model_table({"effect": found, "odds": logit}, exponentiate=["odds"])
    assert "Shown are odds: odds ratios." in shown.notes


@pytest.mark.parametrize(
    "given", [{"title": ("a",)}, {"notes": [3]}, {"names": {"a": 3}}, {"names": {"a": ("b", None)}}]
)
def test_a_text_that_is_none_is_refused(given):
    table = pd.DataFrame({"term": ["a"], "estimate": [1.0]})
    with pytest.raises(ps.DataError, match="stands in English or Chinese"):
        ps.model_table([table], **given)


def test_endless_numbers_do_no_harm_to_a_workbook(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    table = pd.DataFrame(
        {"term": ["a", "b"], "estimate": [np.inf, 1.0], "std_error": [np.inf, 0.5]}
    )
    ps.model_table([table]).to_excel(tmp_path / "table.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "table.xlsx").worksheets[0]
    assert [sheet.cell(at, 2).value for at in (2, 3, 4)] == ["inf", "(inf)", 1.0]


def test_several_equations_are_refused_and_the_remedy_shows_the_first(people):
    fit = smf.mnlogit("village_kind ~ age", people.assign(village_kind=people["village"] % 3)).fit(
        disp=0
    )
    with pytest.raises(ps.DataError, match="several equations") as told:
        ps.model_table([fit])
    scope = {"pd": pd, "fit": fit}
    exec(told.value.remedy, scope)
    assert column(ps.model_table([scope["fit"]]))["age"][0]


def test_errors_are_told_in_both_languages():
    assert method_in_words("least squares, constants of x, weighted, HC1 by village", "zh") == (
        "最小二乘，constants of x，加权，HC1，按village聚类".replace(
            "constants of x", "x的固定效应"
        )
    )
    assert method_in_words("cloglog, clustered by village", "en") == "cloglog, clustered by village"


@pytest.fixture(scope="module")
def shown(ols, logit, people):
    odd = people.rename(columns={"age": "a_b", "sex": "=cmd"})
    more = sm.OLS(
        odd["income"], odd[["a_b"]].assign(**{"=1+1": 1.0, "100% & $x^2~\\{}#": odd["a_b"] ** 2})
    ).fit()
    return ps.model_table({"(1) all": ols, "部分_1": logit, "<b>": more}, stars=True,
                          title="Help & income: 50% of_all", notes="=HYPERLINK(1) | {x}")  # fmt: skip


def test_latex_is_booktabs_with_all_signs_as_text(shown, tmp_path):
    text = shown.to_latex()
    shown.to_latex(tmp_path / "table.tex")
    assert (tmp_path / "table.tex").read_text("utf-8") == text
    assert text.startswith(r"% \usepackage{booktabs,threeparttable,adjustbox}")
    inside = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    lines = [one for one in inside.splitlines() if one.endswith(r"\\")]
    assert len(lines) == len(shown.table) + 1
    assert all(len(re.findall(r"(?<!\\)&", one)) == 3 for one in lines)
    assert r"\caption{Partly simulated: Help \& income: 50\% of\_all}" in text
    assert r"100\% \& \$x\textasciicircum{}2\textasciitilde{}\textbackslash{}\{\}\#" in text
    assert r"$-$" in text and r"$<$b$>$" in text
    assert all(len(re.findall(r"(?<!\\)\$", one)) % 2 == 0 for one in lines)


def test_latex_of_chinese_tells_what_it_needs(ols):
    text = ps.model_table([ols], lang="zh").to_latex()
    assert text.startswith("% \\usepackage{booktabs,threeparttable,adjustbox,ctex}  % xelatex")


def test_a_long_name_goes_on_in_the_line_of_the_error(ols):
    lines = ps.model_table([ols]).to_latex().splitlines()
    at = next(
        i for i, one in enumerate(lines) if one.startswith(r"approach: social work $\times$ &")
    )
    assert lines[at + 1].startswith("sex: men & (")


def test_html_escapes_and_bears_no_colour_of_its_own(shown, tmp_path):
    text = shown._repr_html_()
    assert "&lt;b&gt;" in text and "<b>" not in text
    assert not re.search(r"color:\s*#|background:\s*#|black|white;", text)
    root = ElementTree.fromstring(text.replace("<br>", " "))
    rows = root.findall(".//tbody/tr")
    assert len(rows) == len(shown.table)
    shown.to_html(tmp_path / "table.html")
    page = (tmp_path / "table.html").read_text("utf-8")
    assert page.startswith("<!doctype html>") and 'charset="utf-8"' in page


def test_markdown_has_one_line_for_each_row(shown):
    lines = shown.to_markdown().splitlines()
    rows = [one for one in lines if one.startswith("|")]
    assert len(rows) == len(shown.table) + 2
    assert all(len(re.findall(r"(?<!\\)\|", one)) == 5 for one in rows)
    assert r"\*\*\*" in "".join(rows)


def test_word_reads_it_back(shown, tmp_path):
    docx = pytest.importorskip("docx")
    shown.to_word(tmp_path / "table.docx")
    made = docx.Document(tmp_path / "table.docx")
    assert made.paragraphs[0].text == shown.title
    texts = [one.text for one in made.paragraphs]
    assert all(one in texts for one in shown.notes)
    (table,) = made.tables
    assert [one.text for one in table.rows[0].cells] == list(shown.table.columns)
    for line, row in zip(table.rows[1:], shown.table.to_numpy(), strict=True):
        assert [one.text.replace("\u2212", "-") for one in line.cells][1:] == list(row[1:])
    inside = zipfile.ZipFile(tmp_path / "table.docx")
    assert b'w:eastAsia="SimSun"' in inside.read("word/styles.xml")
    rules = re.findall(
        rb'<w:(top|bottom) w:val="single" w:sz="(\d+)"', inside.read("word/document.xml")
    )
    assert {size for _, size in rules} == {b"6", b"12"}


def test_excel_reads_numbers_back_and_runs_no_text(shown, ols, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    shown.to_excel(tmp_path / "table.xlsx")
    book = openpyxl.load_workbook(tmp_path / "table.xlsx")
    sheet, numbers = book.worksheets
    rows = [[one.value for one in row] for row in sheet.iter_rows(2, 2 + len(shown.table))]
    assert rows[0][1:] == list(shown.table.columns[1:])
    labels = [row[0] for row in rows]
    at = labels.index("approach: social work")
    assert rows[at][1] == pytest.approx(ols.params.iloc[2])
    assert rows[at + 1][1] == pytest.approx(ols.bse.iloc[2])
    assert sheet.cell(at + 2, 2).number_format == '#,##0.00"***"'
    assert sheet.cell(at + 3, 2).number_format == '"("#,##0.00")"'
    assert "'=1+1" in labels
    for cells in (sheet, numbers):
        for cell in (one for row in cells.iter_rows() for one in row):
            assert cell.data_type != "f"
            assert not isinstance(cell.value, str) or as_text(cell.value) is cell.value
    back = pd.read_excel(tmp_path / "table.xlsx", sheet_name="numbers", engine="openpyxl")
    assert np.allclose(back["estimate"], shown.numbers["estimate"])


def test_a_file_of_another_kind_or_a_folder_is_refused(ols, tmp_path):
    made = ps.model_table([ols])
    with pytest.raises(ps.DataError, match="another kind of file") as told:
        made.to_word("table.doc")
    assert "table.docx" in told.value.remedy
    (tmp_path / "a.tex").mkdir()
    with pytest.raises(ps.DataError, match="folder"):
        made.to_latex(tmp_path / "a.tex")
    (tmp_path / "file").write_text("")
    with pytest.raises(ps.DataError, match="cannot be written"):
        made.to_latex(tmp_path / "file" / "a.tex")


def test_nothing_that_is_given_is_changed(hazard):
    ratios = hazard.hazard_ratios()
    before = ratios.copy()
    names = {"age": "years"}
    ps.model_table([ratios], names=names)
    pd.testing.assert_frame_equal(ratios, before)
    assert names == {"age": "years"}
    assert ps.model_table is ps.tables.model_table


def test_hazard_ratios_are_a_table_of_estimates_too(hazard):
    ratios = hazard.hazard_ratios()
    made = ps.tables.estimates_table(ratios)
    assert made["measure"].tolist() == ["approach: administrative", "approach: social work", "age"]
    assert made["hazard ratio"].iloc[1] == f"{ratios['hazard_ratio'].iloc[1]:.4f}"
    assert "standard error" not in made and " to " in made.iloc[0, 2]
    chinese = ps.tables.estimates_table(ratios, lang="zh")
    assert chinese["风险比"].tolist() == made["hazard ratio"].tolist()
    assert chinese["指标"].iloc[0] == "方式：行政帮扶"
