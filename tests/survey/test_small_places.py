"""Rates of small places: R's sae, closed forms, the province's mean, known truth, bad input."""

import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps
from povstudy.survey.together.areas import _Fit

sys.path.append(str(ROOT / "benchmarks"))
import areas_coverage

ORACLES = ROOT.parent / "shared" / "oracles" / "06_small_area"
TABLE = pd.read_csv(areas_coverage.FILE).set_index(["way", "term"])
AREAS = pd.DataFrame({"county": list("abcdefgh"), "register": [2, 4, 5, 7, 9, 11, 12, 15],
                      "persons": [5, 3, 2, 7, 4, 4, 4, 9]})  # fmt: skip
DIRECT = pd.DataFrame({"county": list("abcdefg"), "estimate": [3, 4.2, 9, 6.1, 12.2, 10, 16],
                       "std_error": [1.0, 0.8, 2.0, 1.1, 0.9, 1.6, 2.2]})  # fmt: skip


def test_numbers_of_sae():
    if not ORACLES.exists():
        pytest.skip("needs the oracles of small areas beside the repository")
    milk = pd.read_csv(ORACLES / "milk.csv")
    right = pd.read_csv(ORACLES / "milk_fh_values.csv")
    fit = pd.read_csv(ORACLES / "milk_fh_fit.csv", index_col=0).loc["REML"]
    direct = milk.rename(columns={"yi": "estimate", "SD": "std_error"})[
        ["SmallArea", "estimate", "std_error"]
    ]
    found = ps.fay_herriot(direct, "C(MajorArea)", milk, method="REML")
    assert found.variance == pytest.approx(fit["refvar"], rel=1e-8)
    assert found.tidy()["estimate"].to_numpy() == pytest.approx(
        right["eblup_REML"].to_numpy(), abs=1e-10
    )
    assert (found.tidy()["std_error"] ** 2).to_numpy() == pytest.approx(
        right["mse_REML"].to_numpy(), abs=1e-10
    )
    beta = fit[["beta1", "beta2", "beta3", "beta4"]].to_numpy(dtype=float)
    assert found.coefficients["estimate"].to_numpy() == pytest.approx(beta, abs=1e-8)
    adjusted = ps.fay_herriot(direct, "C(MajorArea)", milk)
    assert adjusted.variance > found.variance


def likelihood(variance, adjusted):
    """Restricted log-likelihood, from the whole matrices."""
    x = np.column_stack([np.ones(7), AREAS["register"][:7]])
    v = np.diag(variance + DIRECT["std_error"] ** 2)
    inner = x.T @ np.linalg.inv(v) @ x
    p = np.linalg.inv(v) - np.linalg.inv(v) @ x @ np.linalg.inv(inner) @ x.T @ np.linalg.inv(v)
    y = DIRECT["estimate"].to_numpy()
    made = -0.5 * (np.linalg.slogdet(v)[1] + np.linalg.slogdet(inner)[1] + y @ p @ y)
    return made + (np.log(variance) if adjusted else 0)


@pytest.mark.parametrize("method", ["REML", "adjusted"])
def test_the_variance_is_at_the_top_of_its_likelihood(method):
    at = ps.fay_herriot(DIRECT, "register", AREAS, method=method).variance
    own = [likelihood(at * factor, method == "adjusted") for factor in (0.97, 1, 1.03)]
    assert own[1] > max(own[0], own[2])


def test_an_area_between_its_survey_and_areas_like_it():
    table = ps.fay_herriot(DIRECT, "register", AREAS).tidy().set_index("county")
    known = table.drop(index="h")
    mixed = (
        known["weight_of_direct"] * known["direct"]
        + (1 - known["weight_of_direct"]) * known["by_covariates"]
    )
    assert known["estimate"].to_numpy() == pytest.approx(mixed.to_numpy())
    assert table.loc["b", "weight_of_direct"] > table.loc["g", "weight_of_direct"]  # known better
    assert table.loc["h", ["weight_of_direct", "method"]].tolist() == [0, "covariates alone"]
    assert table.loc["h", "std_error"] > table.loc["b", "std_error"]
    assert (table["df"] == 5).all()
    shuffled = ps.fay_herriot(
        DIRECT.sample(frac=1, random_state=1), "register", AREAS.iloc[::-1]
    ).tidy()
    again = shuffled.set_index("county").loc[table.index, "estimate"]
    assert again.to_numpy() == pytest.approx(table["estimate"].to_numpy())


def test_the_mean_of_the_province():
    plain = ps.fay_herriot(DIRECT, "register", AREAS).tidy()
    found = ps.fay_herriot(DIRECT, "register", AREAS, persons="persons")
    table, weight = found.tidy(), AREAS["persons"][:7]
    mean = np.average(DIRECT["estimate"], weights=weight)
    assert np.average(table["estimate"][:7], weights=weight) == pytest.approx(mean)
    assert (table["std_error"] > plain["std_error"]).all()
    assert (table["estimate"] - plain["estimate"]).to_numpy() == pytest.approx(found.facts["shift"])
    told = ps.fay_herriot(DIRECT, "register", AREAS, persons="persons", benchmark=9.0).tidy()
    assert np.average(told["estimate"], weights=AREAS["persons"]) == pytest.approx(9)
    scaled = AREAS.assign(persons=AREAS["persons"] * 1e6)
    again = ps.fay_herriot(DIRECT, "register", scaled, persons="persons").tidy()
    assert again["estimate"].to_numpy() == pytest.approx(table["estimate"].to_numpy())


def survey(counties=12, poor=0.3):
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"county": np.repeat(np.arange(counties), 60),
                          "village": np.arange(counties * 60) // 10})  # fmt: skip
    rate = poor * (0.5 + table["county"] / counties)
    table["income"] = np.where(rng.random(len(table)) < rate, 1000.0, 5000.0)
    return table, pd.DataFrame(
        {"county": range(counties), "listed": 0.1 + np.arange(counties) / 20}
    )


def test_from_a_survey():
    table, areas = survey()
    direct = ps.poverty(
        ps.Survey(table, psu="village", strata="county"), "income", 2300, by="county"
    )
    found = ps.fay_herriot(direct, "listed", areas, term="headcount")
    made = found.tidy()
    assert made.columns[:2].tolist() == ["term", "county"]
    assert made["std_error"].median() < made["direct_error"].median()
    assert ((made["ci_low"] >= 0) & (made["ci_high"] <= 1)).all()
    assert "12" in found.summary()
    assert "地区" in found.summary("zh")
    ax = found.plot(lang="zh")
    assert "小地区" in ax.title_text
    assert len(ax.data_behind) == 12


def test_areas_in_which_nobody_was_poor_are_told_by_covariates():
    table, areas = survey()
    table.loc[table["county"] == 2, "income"] = 5000.0
    direct = ps.poverty(
        ps.Survey(table, psu="village"), "income", 2300, by="county", measures=["headcount"]
    )
    made = ps.fay_herriot(direct, "listed", areas).tidy().set_index("county")
    assert made.loc[2, "method"] == "covariates alone"
    assert made.loc[2, "estimate"] > 0
    table.loc[table["county"] < 4, "income"] = 5000.0
    direct = ps.poverty(
        ps.Survey(table, psu="village"), "income", 2300, by="county", measures=["headcount"]
    )
    with pytest.raises(ps.DesignError, match="none is made up"):
        ps.fay_herriot(direct, "listed", areas)


def test_errors_that_are_made_up_are_refused():
    with pytest.raises(ps.DesignError, match="same error"):
        ps.fay_herriot(DIRECT.assign(std_error=0.5), "register", AREAS)
    share = DIRECT.assign(estimate=DIRECT["estimate"] / 100, n=200)
    share["std_error"] = np.sqrt(share["estimate"] * (1 - share["estimate"]) / 200)
    with pytest.raises(ps.DesignError, match="simple random sample"):
        ps.fay_herriot(share, "register", AREAS)


@pytest.mark.parametrize(("direct", "formula", "areas", "more", "match"), [
    (DIRECT, "register", AREAS.drop(index=1), {}, "no row of covariates"),
    (DIRECT, "register", pd.concat([AREAS, AREAS.head(1)]), {}, "once each"),
    (DIRECT, "register", AREAS.assign(register=AREAS["register"].where(AREAS["county"] != "c")), {}, "have no register"),
    (DIRECT, "register", AREAS.assign(persons=0), {"persons": "persons"}, "more than 0"),
    (DIRECT, "register + I(2 * register)", AREAS, {}, "same twice"),
    (DIRECT, "C(county)", AREAS, {}, "too few"),
    (DIRECT, "register", AREAS, {"benchmark": 9.0}, "needs their persons"),
    (DIRECT, "register", AREAS, {"method": "reml"}, "method="),
    (pd.concat([DIRECT, DIRECT]), "register", AREAS, {}, "several direct"),
    (DIRECT.assign(year=2014).iloc[:, [0, 3, 1, 2]], "register", AREAS, {}, "one column that names"),
])  # fmt: skip
def test_bad_input(direct, formula, areas, more, match):
    with pytest.raises(ps.DataError, match=match):
        ps.fay_herriot(direct, formula, areas, **more)


def test_a_map_of_counties():
    table = pd.DataFrame({"county": ["Qingshui", "Heshan"], "poor": [3.0, 8.5]})
    ax = ps.figures.tile_map(
        table, "poor", place="county", tiles={"Qingshui": (0, 0), "Heshan": (1, 0)}
    )
    assert ax.title_text == "poor by county: highest in Heshan (8.5), lowest in Qingshui (3)"
    with pytest.raises(ps.DataError, match="no tile"):
        ps.figures.tile_map(table, "poor", place="county", tiles={"Heshan": (1, 0)})


def test_the_table_of_1000_provinces():
    known, many, few = (
        TABLE.loc[way] for way in ("errors known", "8 to 20 villages", "3 to 5 villages")
    )
    assert (known["bias_percent"].abs() < 2).all()
    assert known.loc["Fay-Herriot", "coverage"] > 94.5
    assert known.loc["by REML", "coverage"] < 93
    assert many.loc["benchmarked", "coverage"] > 93
    assert abs(many.loc["benchmarked", "bias_percent"]) < 2
    assert few.loc["Fay-Herriot", "coverage"] < 93.5  # told in the docstring
    assert (TABLE["draws"] == 40_000).all()
    found = areas_coverage.draw((1, 0)).set_index(["way", "term"]).loc["errors known"]
    off = (found["estimate"] - found["truth"]) ** 2
    assert off["Fay-Herriot"].mean() < off["direct"].mean()


def of_kind(kind):
    """The same areas and estimates, in columns of another kind."""
    direct, areas = DIRECT.assign(n=9, df=12), AREAS
    if kind == "nullable":
        numbers = {"estimate": "Float64", "std_error": "Float64", "n": "Int64", "df": "Int64"}
        return direct.astype(numbers), areas.astype({"register": "Int64"})
    if kind == "objects":
        return direct.astype({"estimate": object, "std_error": object}), areas
    if kind == "categories":
        return direct.astype({"county": "category"}), areas
    return direct.assign(county=range(7)), areas.assign(county=pd.array(range(8), dtype="Int64"))


@pytest.mark.parametrize("kind", ["nullable", "objects", "categories", "numbers"])
def test_columns_of_any_kind_give_the_same(kind):
    direct, areas = of_kind(kind)
    found, right = (ps.fay_herriot(*one).tidy() for one in
                    ((direct, "register", areas), (DIRECT, "register", AREAS)))  # fmt: skip
    assert found["estimate"].to_numpy() == pytest.approx(right["estimate"].to_numpy())
    assert found["county"].tolist() == areas["county"].tolist()


def test_an_area_without_a_direct_estimate_is_told_by_covariates():
    lacking = DIRECT.assign(estimate=DIRECT["estimate"].where(DIRECT["county"] != "c"))
    found, right = (ps.fay_herriot(one, "register", AREAS).tidy() for one in
                    (lacking, DIRECT[DIRECT["county"] != "c"]))  # fmt: skip
    assert found["estimate"].to_numpy() == pytest.approx(right["estimate"].to_numpy())
    assert found["method"].tolist()[2] == "covariates alone"


def test_ids_of_two_kinds_are_refused():
    with pytest.raises(ps.DataError, match="two kinds"):
        ps.fay_herriot(
            DIRECT.assign(county=range(7)), "register", AREAS.assign(county=list("12345678"))
        )


@pytest.mark.parametrize("benchmark", [True, "9", float("nan"), [9]])
def test_a_benchmark_is_a_number(benchmark):
    with pytest.raises(ps.DataError, match="finite number"):
        ps.fay_herriot(DIRECT, "register", AREAS, persons="persons", benchmark=benchmark)


def test_a_mean_from_elsewhere_has_the_error_of_areas_that_no_survey_reached():
    rng, m, w = np.random.default_rng(5), 20, np.full(20, 1 / 20)
    x, known = np.column_stack([np.ones(m), np.linspace(0, 3, m)]), np.arange(m) >= 8
    true = x @ [1, 1] + rng.normal(size=(4000, m))  # what covariates do not say: variance 1
    y = true + 0.2 * rng.normal(size=(4000, m))
    fit = _Fit(y[0, known], np.full(12, 0.04), x[known], ["a", "b"], False, 1.0)
    rows = pd.DataFrame({"area": range(m), "direct": y[0], "direct_error": 0.2, "n": 9})
    told = fit.shifted(fit.told(rows, x, known), x, known, w, float(w @ true[0]))[0]
    # by hand, in every draw: estimates are a linear map of what was seen
    beta = np.linalg.lstsq(x[known], y[:, known].T, rcond=None)[0]
    found = (x @ beta).T
    found[:, known] += (y[:, known] - found[:, known]) / 1.04
    found += ((true - found) @ w)[:, None]
    assert told["estimate"].to_numpy() == pytest.approx(found[0])
    ratio = told["std_error"].to_numpy() ** 2 / ((found - true) ** 2).mean(axis=0)
    assert ratio == pytest.approx(np.ones(m), abs=0.12)


def test_a_figure_of_places_without_a_survey_has_a_title():
    made = ps.fay_herriot(DIRECT, "register", AREAS).tidy()
    for lang, title in (("en", "covariates alone"), ("zh", "仅由辅助变量")):
        assert title in ps.figures.small_places(made.tail(1), lang=lang).title_text
    zero = ps.fay_herriot(
        DIRECT.assign(std_error=9 * DIRECT["std_error"]), "register", AREAS, method="REML"
    )
    assert zero.variance == 0 and "nan" not in zero.plot().title_text


def test_tiles_are_of_truths_and_of_names_of_one_kind():
    table, tiles = pd.DataFrame({"county": [1, 2], "poor": [True, False]}), {1: (0, 0), 2: (1, 0)}
    assert (
        "True in 1 of 2"
        in ps.figures.tile_map(table, "poor", place="county", tiles=tiles).title_text
    )
    with pytest.raises(ps.DataError, match="two kinds"):
        ps.figures.tile_map(table, "poor", place="county", tiles={"1": (0, 0), "2": (1, 0)})
    with pytest.raises(ps.DataError, match="infinite"):
        ps.figures.tile_map(table.assign(poor=[1, np.inf]), "poor", place="county", tiles=tiles)
