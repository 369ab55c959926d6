"""Imputations combined: Rubin's rules beside R's mitools, shares, what is refused, known truth."""

import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps

sys.path.append(str(ROOT / "benchmarks"))
import imputation_coverage

ORACLES = ROOT.parent / "shared" / "oracles" / "08_mi"
TABLE = pd.read_csv(imputation_coverage.FILE).set_index(["way", "term"])


def made(many=3, n=80):
    rng = np.random.default_rng(4)
    income = rng.lognormal(8, 0.7, n)
    return [pd.DataFrame({"income": np.where(np.arange(n) % 4, income, rng.lognormal(8, 0.7, n)),
                          "village": np.arange(n) // 8, "x": np.arange(n) % 5, "side": np.arange(n) % 2})
            for _ in range(many)]  # fmt: skip


def test_numbers_of_mitools_and_degrees_of_freedom_of_the_paper():
    if not ORACLES.exists():
        pytest.skip("needs the oracles of multiple imputation beside the repository")
    each = pd.read_csv(ORACLES / "per_imputation.csv")
    right = pd.read_csv(ORACLES / "micombine_values.csv")
    for model, rows in right.groupby("model"):
        complete = float(model.rpartition("df.complete=")[2]) if "complete=" in model else np.inf
        own = each[[model.startswith(one) for one in each["model"]]]
        own = own.assign(std_error=np.sqrt(own["variance"]), df=complete)
        found = ps.combine_imputations([one[["term", "estimate", "std_error", "df"]]
                                        for _, one in own.groupby("imp")]).tidy()  # fmt: skip
        found, rows = found.set_index("term"), rows.set_index("term")
        for one, other in (
            ("estimate", "estimate"),
            ("std_error", "se"),
            ("df", "df_barnard_rubin_1999"),
        ):
            assert found[one].to_numpy() == pytest.approx(
                rows.loc[found.index, other].to_numpy(), rel=1e-12
            )
        if np.isinf(complete):  # with a limit mitools has other degrees of freedom than the paper
            lost = rows.loc[found.index, "missinfo"].to_numpy()
            assert found["missing_information"].to_numpy() == pytest.approx(lost, rel=1e-9)


def test_by_hand():
    found = ps.combine_imputations([
        pd.DataFrame({"term": ["x"], "estimate": [one], "std_error": [2.0], "df": [10.0]}) for one in (1.0, 3.0, 5.0)
    ]).tidy().iloc[0]  # fmt: skip
    assert found["estimate"] == 3
    assert found["std_error"] ** 2 == pytest.approx(4 + 4 / 3 * 4)
    part = (16 / 3) / (4 + 16 / 3)
    seen = (1 - part) * 10 * 11 / 13
    assert found["df"] == pytest.approx(1 / (part**2 / 2 + 1 / seen))


def test_measures_models_and_shares():
    tables = [ps.Survey(one, psu="village") for one in made()]
    many = [ps.poverty(one, "income", 2300, by="side") for one in tables]
    found = ps.combine_imputations(many).tidy()
    mean = np.mean([one.tidy()["estimate"] for one in many], axis=0)
    assert found["estimate"].to_numpy() == pytest.approx(mean)
    assert found.columns[:2].tolist() == ["term", "side"]
    assert (found["std_error"] >= np.min([one.tidy()["std_error"] for one in many], axis=0)).all()
    none = ps.combine_imputations(
        [ps.poverty(one, "income", 1.0, measures=["headcount"]) for one in tables]
    )
    row = none.tidy().iloc[0]
    assert (row["estimate"], row["ci_low"]) == (0, 0)
    assert 0 < row["ci_high"] < 1  # nobody poor has an upper bound
    fits = [ps.regress("income ~ x", one) for one in tables]
    assert ps.combine_imputations(fits).tidy()["term"].tolist() == ["constant", "x"]
    spells = ps.lessons.known_hazards(20)
    fits = [ps.relapse_model("shock", spells, cluster="village")] * 2
    same = ps.combine_imputations(fits).tidy()
    assert same["std_error"].to_numpy() == pytest.approx(fits[0].tidy()["std_error"].to_numpy())
    assert (same["missing_information"] == 0).all()
    assert same["data_status"].unique().tolist() == ["simulated"]


def test_a_row_without_an_error_has_none():
    tables = [pd.DataFrame({"term": ["a", "b"], "estimate": [1.0, 2.0], "std_error": [one, 1.0]})
              for one in (1.0, np.nan)]  # fmt: skip
    found = ps.combine_imputations(tables).tidy()
    assert np.isnan(found.loc[0, ["std_error", "ci_low"]].astype(float)).all()
    assert found.loc[0, "df"] == 0
    assert found.loc[1, "std_error"] == 1


def test_what_is_refused():
    one, two = (ps.mean(ps.Survey(table), "income", by="side") for table in made(2))
    with pytest.raises(ps.DataError, match="two or more"):
        ps.combine_imputations(one)
    with pytest.raises(ps.DataError, match="different rows"):
        ps.combine_imputations([one, two.tidy().iloc[:1]])
    with pytest.raises(ps.DataError, match="results, or their tables"):
        ps.combine_imputations([one, 3.0])


def test_it_says_what_was_lost():
    found = ps.combine_imputations([ps.mean(ps.Survey(one), "income") for one in made()])
    assert "3 imputations. Of what a complete table would tell" in found.summary()
    assert "3次插补" in found.summary("zh")
    found.plot()


def test_five_imputations_hold_the_truth_and_one_does_not():
    five = TABLE.loc["5 imputations"]
    assert (five["bias_percent"].abs() < 2).all()
    assert five["coverage"].between(93, 98.5).all()
    assert TABLE.loc[("1 imputation", "land"), "coverage"] < 90
    assert TABLE.loc[("left out", "headcount"), "bias_percent"] > 10
    assert (TABLE["draws"] == 1_000).all()
    found = imputation_coverage.draw((1, 0)).set_index(["way", "term"])
    assert (
        found.loc[("left out", "headcount"), "estimate"]
        > found.loc[("complete", "headcount"), "estimate"]
    )


def test_tables_without_degrees_of_freedom_and_a_dict_of_results():
    own = [ps.mean(ps.Survey(one), "income").tidy() for one in made()]
    right = ps.combine_imputations([one.drop(columns="df") for one in own]).tidy()
    blank = ps.combine_imputations({at: one.assign(df=np.nan) for at, one in enumerate(own)}).tidy()
    pd.testing.assert_frame_equal(blank, right)


def test_an_error_below_zero_and_what_is_no_list_are_refused():
    own = [ps.mean(ps.Survey(one), "income").tidy() for one in made()]
    with pytest.raises(ps.DataError, match="finite"):
        ps.combine_imputations([one.assign(std_error=-1.0) for one in own])
    with pytest.raises(ps.DataError, match="two or more"):
        ps.combine_imputations(5)
