"""Noise curves: raw rates, closed forms, copies that are drawn, units left out, known truth, bad input."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy import stats

import povstudy as ps
from povstudy.relapse.measured.pseudo import TERMS

sys.path.insert(0, str(ROOT / "benchmarks"))
import noise_coverage
from noise_coverage import FILE, YEARS, hidden_markov

TABLE = pd.read_csv(FILE).set_index(["way", "term"])
ORACLE = ROOT.parent / "shared" / "oracles" / "12_simex" / "simex_closed_form.csv"


def panel(households=400, years=5, noise=0.2, seed=1):
    """Households in villages, some of them seen late or not always."""
    rng = np.random.default_rng(seed)
    at = np.repeat(np.arange(households), years)
    village = at // 10
    level = rng.normal(0.25, 0.3, households)[at] + rng.normal(0, 0.15, households)[village]
    made = pd.DataFrame({
        "household_id": at, "year": np.tile(np.arange(2012, 2012 + years), households),
        "income": 2300 * np.exp(level + rng.normal(0, np.hypot(0.2, noise), len(at))),
        "weight": rng.uniform(1, 3, households)[at], "psu": village, "stratum": village % 4,
        "land": rng.normal(size=households)[at], "hills": (village % 3 == 0).astype(int),
    })  # fmt: skip
    return made[rng.random(len(made)) < 0.95]


PANEL = panel()
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}
FOUND = ps.noise_curve(PANEL, "income", 2300, [0, 0.1, 0.2], "hills + land")


def numbers(result):
    return result.tidy()[["estimate", "std_error"]].to_numpy()


def test_without_noise_rates_and_errors_are_those_of_the_panel_as_it_is():
    poor = PANEL.assign(poor=PANEL["income"] < 2300)
    found = FOUND.tidy().query("noise == 0").set_index("term")
    moves = ps.transitions(poor).tidy().set_index("term")
    wanted = {
        "headcount": ps.poverty(ps.Survey(poor, **DESIGN), "income", line=2300).tidy().iloc[0],
        "exit rate": moves.loc["exit rate"], "entry rate": moves.loc["entry rate"],
        "poor again": ps.after_exit(poor).tidy().iloc[0],
        "poor in every period": ps.foster_duration(PANEL, "income", 2300, 1.0).tidy().iloc[0],
        "poor in most periods": ps.foster_duration(PANEL, "income", 2300, 0.6).tidy().iloc[0],
    }  # fmt: skip
    for term, row in wanted.items():
        assert found.loc[term, "estimate"] == pytest.approx(row["estimate"], rel=1e-12)
        assert found.loc[term, "std_error"] == pytest.approx(row["std_error"], rel=1e-9)
        assert found.loc[term, "raw"] == found.loc[term, "estimate"]
    assert found.loc["exit rate", "n"] == moves.loc["exit rate", "n"]
    assert found.loc["poor again", "n"] == wanted["poor again"]["n"]


def test_without_noise_hazard_ratios_are_those_of_the_model():
    poor = PANEL.assign(poor=PANEL["income"] < 2300)
    spells = ps.spells(poor, covariates=["hills", "land"])
    wanted = ps.relapse_model("hills + land", ps.Survey(spells, **DESIGN)).hazard_ratios()
    found = FOUND.tidy().query("noise == 0 and term == 'hazard ratio'")
    assert found["covariate"].tolist() == wanted["variable"].tolist()
    assert found["estimate"].to_numpy() == pytest.approx(
        wanted["hazard_ratio"].to_numpy(), rel=1e-8
    )
    # degrees of freedom are those of the strata with spells there, of all strata here: the same
    for end in ("ci_low", "ci_high"):
        assert found[end].to_numpy() == pytest.approx(wanted[end].to_numpy(), rel=1e-6)


def test_closed_forms_of_a_share_below_a_line():
    if not ORACLE.exists():
        pytest.skip("needs the closed forms of SIMEX beside the repository")
    oracle = pd.read_csv(ORACLE, dtype={"inputs": str})
    oracle = oracle[oracle["quantity"].eq("P0") & ~oracle["inputs"].str.contains("8.5", na=False)]
    count = 40_001
    y = stats.norm.ppf((np.arange(count) + 0.5) / count, 0, np.sqrt(1.25))
    table = pd.DataFrame({"household_id": np.tile(np.arange(count), 2), "year": np.repeat([1, 2], count),
                          "income": np.exp(np.tile(y, 2))})  # fmt: skip
    found = ps.noise_curve(table, "income", np.exp(-1.0), 0.5)
    steps = found.steps.query("term == 'headcount'")["estimate"].to_numpy()
    wanted = oracle[oracle["case"].str.startswith("B threshold")]["value"].to_numpy()[:5]
    assert steps == pytest.approx(wanted, abs=3e-5)
    quadratic = oracle[oracle["case"].str.startswith("B quadratic")]["value"].iloc[0]
    assert found.params.iloc[0] == pytest.approx(quadratic, abs=1e-4)
    cubic = oracle[oracle["case"].str.startswith("B cubic")]["value"].iloc[0]
    assert found.tidy()["cubic"].iloc[0] == pytest.approx(cubic, abs=3e-4)


def test_the_cubic_stands_beside_and_hazard_ratios_go_on_by_their_logs():
    table = FOUND.tidy()
    plain = table["noise"] == 0
    assert (table["cubic"] == table["estimate"])[plain].all()
    for term, way in (("poor again", np.asarray), ("hazard ratio", np.log)):
        at = table["term"].eq(term) & table["noise"].eq(0.2)
        keys = table[at].iloc[0][["term", "covariate", "noise"]]
        steps = FOUND.steps[(FOUND.steps[list(keys.index)] == keys).all(axis=1)]
        fit = np.polynomial.Polynomial.fit(steps["added"], way(steps["estimate"]), 3)
        assert way(table.loc[at, "cubic"].iloc[0]) == pytest.approx(fit(-1.0), rel=1e-9)


def test_households_outside_a_domain_are_not_counted():
    found = ps.noise_curve(
        ps.Survey(PANEL, **DESIGN).where("land == land and hills == 1"), "income", 2300, 0.1
    )
    assert found.households == PANEL.query("hills == 1")["household_id"].nunique()


def test_a_covariate_with_a_name_of_the_model_is_refused():
    with pytest.raises(ps.DataError, match="column of this name"):
        ps.noise_curve(PANEL, "income", 2300, 0.1, "land + household_id")


@pytest.mark.parametrize("lasting", [0.0, 0.6])
def test_chances_are_the_mean_of_copies_with_noise_that_is_drawn(lasting):
    """Cook and Stefanski's way: 300 copies, each estimated anew."""
    rng, made = np.random.default_rng(2), []
    wide = PANEL.pivot(index="household_id", columns="year", values="income")
    weight = PANEL.pivot(index="household_id", columns="year", values="weight").to_numpy()
    logs = np.log(wide.to_numpy() / 2300)
    for _ in range(300):
        noise = np.sqrt(lasting) * rng.normal(size=(len(logs), 1)) + np.sqrt(
            1 - lasting
        ) * rng.normal(size=logs.shape)
        copy = logs + 0.2 * noise
        poor = np.where(np.isnan(copy), np.nan, copy < 0)
        a, b, c = poor[:, :-2], poor[:, 1:-1], poor[:, 2:]
        w = np.where(np.isnan(a + b + c), 0, weight[:, 1:-1]) * (a == 1) * (b == 0)
        every = (poor[~np.isnan(poor).any(axis=1)] == 1).all(axis=1)
        whole = weight[~np.isnan(poor).any(axis=1), -1]
        made.append(((w * (c == 1)).sum() / w.sum(), (whole * every).sum() / whole.sum()))
    found = (
        ps.noise_curve(PANEL, "income", 2300, 0.2, lasting=lasting)
        .steps.query("added == 1")
        .set_index("term")
    )
    for k, term in enumerate(("poor again", "poor in every period")):
        values = np.array(made)[:, k]
        assert abs(values.mean() - found.loc[term, "estimate"]) < 4 * values.std() / np.sqrt(300)


def test_errors_are_those_of_units_left_out():
    """A jackknife of villages estimates, corrects and extrapolates 20 times."""
    table, units = PANEL[PANEL["psu"] < 20].assign(stratum=1), np.arange(20)
    columns = [f"r{one}" for one in units]
    kept = {f"r{one}": table["weight"] * (table["psu"] != one) for one in units}
    left = ps.Survey(
        table.assign(**kept), weight="weight", replicates=ps.Replicates(columns, "jackknife")
    )
    direct = ps.Survey(table, weight="weight", psu="psu")
    both = [ps.noise_curve(one, "income", 2300, 0.2, "hills") for one in (left, direct)]
    one, two = (numbers(found) for found in both)
    assert one[:, 0] == pytest.approx(two[:, 0])
    assert one[:6, 1] == pytest.approx(two[:6, 1], rel=0.12)
    assert one[6, 1] == pytest.approx(two[6, 1], rel=0.25)  # a jackknife is wide of a ratio
    assert "replication" in both[0].tidy()["method"].iloc[0]


@pytest.mark.parametrize("change", [
    lambda t: t.sample(frac=1, random_state=0), lambda t: t.assign(weight=1e6 * t["weight"]),
    lambda t: t.set_index(np.zeros(len(t), int)), lambda t: t.convert_dtypes(),
    lambda t: t.astype({"household_id": "category", "year": "int16"}),
    lambda t: t.assign(year=2 * t["year"]), lambda t: t.assign(household_id="户" + t["household_id"].astype(str)),
], ids=["order", "scale", "index", "nullable", "category", "step", "words"])  # fmt: skip
def test_the_same_panel_in_another_dress(change):
    before = PANEL.copy()
    found = ps.noise_curve(change(PANEL), "income", 2300, [0, 0.1, 0.2], "hills + land")
    assert numbers(found) == pytest.approx(numbers(FOUND), rel=1e-6)
    pd.testing.assert_frame_equal(PANEL, before)


def test_columns_of_ones_own_and_a_line_in_a_column():
    table = PANEL.rename(columns={"household_id": "户", "year": "年", "income": "收入"}).assign(
        线=2300
    )
    found = ps.noise_curve(
        table, "收入", "线", [0, 0.1, 0.2], "hills + land", household="户", time="年"
    )
    assert numbers(found) == pytest.approx(numbers(FOUND))


def test_income_of_zero_is_poor_with_any_noise():
    table = PANEL.assign(income=PANEL["income"].where(PANEL["household_id"] > 19, 0.0))
    found = ps.noise_curve(table, "income", 2300, 0.2)
    low = PANEL.assign(income=PANEL["income"].where(PANEL["household_id"] > 19, 1e-9))
    assert numbers(found) == pytest.approx(numbers(ps.noise_curve(low, "income", 2300, 0.2)))


def test_missing_incomes_are_refused_or_counted():
    table = PANEL.assign(income=PANEL["income"].where(PANEL.index > 7))
    with pytest.raises(ps.DataError, match="no income"):
        ps.noise_curve(table, "income", 2300)
    found = ps.noise_curve(ps.Survey(table, missing="drop", **DESIGN), "income", 2300, 0.1, "land")
    assert found.dropped == table["income"].isna().sum()
    shorter = ps.noise_curve(ps.Survey(table.dropna(), **DESIGN), "income", 2300, 0.1, "land")
    assert numbers(found) == pytest.approx(numbers(shorter), rel=1e-6)
    assert str(found.dropped) in str(found)


def test_a_missing_covariate_is_refused_or_left_out():
    table = PANEL.assign(land=PANEL["land"].where(PANEL["household_id"] > 30))
    with pytest.raises(ps.DataError, match="no land") as caught:
        ps.noise_curve(table, "income", 2300, 0.1, "land")
    assert 'missing="drop"' in caught.value.remedy
    found = ps.noise_curve(
        ps.Survey(table, missing="drop", **DESIGN), "income", 2300, [0, 0.1], "land"
    ).tidy()
    whole = ps.noise_curve(table, "income", 2300, [0, 0.1]).tidy()
    assert found.query("term == 'poor again'")["estimate"].tolist() == whole.query(
        "term == 'poor again'")["estimate"].tolist()  # fmt: skip
    assert found.query("term == 'hazard ratio'")["estimate"].notna().all()


def test_a_rotating_panel_has_no_share_of_who_is_always_poor():
    table = PANEL[(PANEL["year"] + PANEL["household_id"]) % 5 != 0]
    found = ps.noise_curve(table, "income", 2300, 0.1).tidy().set_index("term")
    assert found.loc["poor in every period", ["estimate", "std_error"]].isna().all()
    assert found.loc["exit rate", "estimate"] > 0
    wide = ps.noise_curve(table, "income", 2300, 0, step=2, before=1).tidy().set_index("term")
    poor = table.assign(poor=table["income"] < 2300)
    assert wide.loc["poor again", "estimate"] == ps.after_exit(poor, 2, before=1).params.iloc[0]


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: ps.noise_curve(PANEL, "income", 2300, -0.1), "noise="),
        (lambda: ps.noise_curve(PANEL, "income", 2300, [0.1, 15]), "noise="),
        (lambda: ps.noise_curve(PANEL, "income", 2300, "0.1"), "noise="),
        (lambda: ps.noise_curve(PANEL, "income", 2300, lasting=1), "lasting="),
        (lambda: ps.noise_curve(PANEL, "income", 2300, step=0.5), "step="),
        (lambda: ps.noise_curve(PANEL, "income", 2300, step=9), "seen again"),
        (lambda: ps.noise_curve(PANEL[PANEL["year"] == 2012], "income", 2300), "seen again"),
        (lambda: ps.noise_curve(PANEL.head(0), "income", 2300), "no rows"),
        (lambda: ps.noise_curve(PANEL, "income", -1), "line"),
        (lambda: ps.noise_curve(PANEL, "incomes", 2300), "incomes"),
        (lambda: ps.noise_curve(pd.concat([PANEL, PANEL.head(1)]), "income", 2300), "twice"),
        (lambda: ps.noise_curve(PANEL.assign(income="many"), "income", 2300), "no numbers"),
    ],
)
def test_what_gives_no_curve_is_refused(call, word):
    with pytest.raises(ps.DataError, match=word) as caught:
        call()
    assert caught.value.remedy


def test_who_is_all_poor_or_never_poor():
    for income, share in ((1.0, 1.0), (1e9, 0.0)):
        found = (
            ps.noise_curve(PANEL.assign(income=income), "income", 2300, 0.2)
            .tidy()
            .set_index("term")
        )
        assert found.loc["headcount", "estimate"] == pytest.approx(share)
        assert found.loc["headcount", "std_error"] == pytest.approx(0, abs=1e-12)
        assert np.isnan(found.loc["poor again", "estimate"])


def test_what_is_printed_says_what_it_cannot_do():
    text, chinese = str(FOUND), FOUND.summary("zh")
    assert "62 times with 0.2" in text and "只有62次" in chinese and "by a cubic" in text
    assert "below 4,000" in text and "hidden Markov" in text and "parabola" in text
    assert "不足4,000户" in chinese and "隐马尔可夫" in chinese and "误差" in chinese
    assert "0.3" in str(ps.noise_curve(PANEL, "income", 2300, 0.2, lasting=0.3))
    assert "poor again, 0.2" in FOUND.params.index or "poor again, , 0.2" in FOUND.params.index
    assert "fewer than 4,000" in FOUND.tidy()["method"].iloc[-1]
    assert FOUND.tidy()["method"].iloc[0] == "linearisation"


def test_differences_between_noises_have_the_error_of_one_panel():
    change = FOUND.estimates.contrast("noise", 0.2, 0.0).tidy().set_index("term")
    apart = FOUND.tidy().query("term == 'exit rate'")
    assert change.loc["exit rate", "std_error"] < apart["std_error"].iloc[0]
    assert change.loc["exit rate", "n"] == apart["n"].iloc[0]


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "poor again in the next period"), ("zh", "下一期再次贫困")]
)
def test_the_figure_says_what_noise_makes_of_relapse(lang, word):
    truth = pd.DataFrame(
        {"term": ["exit rate", "poor again"], "noise": 0.2, "estimate": [0.4, 0.3]}
    )
    ax = FOUND.plot(lang=lang, truth=truth, source=ps.Source("survey", "Made up."))
    assert word in ax.title_text
    hollow = [
        line.get_ydata()[0]
        for line in ax.lines
        if line.get_markersize() == 10 and len(line.get_ydata())
    ]
    assert hollow == pytest.approx([40.0, 30.0])
    assert sorted(ax.data_behind["truth"].dropna()) == [0.3, 0.4]
    plt.close(ax.figure)


# Known truth --------------------------------------------------------------------------


def test_two_hidden_states_find_a_chain_without_memory_and_miss_one_that_has_it():
    rng, count = np.random.default_rng(4), 60_000
    state = [rng.random(count) < 0.25]
    for _ in range(YEARS - 1):
        state.append(np.where(state[-1], rng.random(count) < 0.85, rng.random(count) < 0.05))
    seen = np.column_stack(state) ^ (rng.random((count, YEARS)) < 0.05)
    found = hidden_markov(seen.astype(int))
    assert found["exit rate"] == pytest.approx(0.15, abs=0.01)
    assert found["poor again"] == pytest.approx(0.05, abs=0.005)
    missed = TABLE.loc[("hidden Markov, 0.2, 16,000", "poor again")]
    assert 100 * missed["mean"] == pytest.approx(2, abs=0.5)  # as notebook and docs say
    assert 100 * missed["truth"] == pytest.approx(17, abs=0.5)


def test_bias_and_coverage_are_as_told():
    rates = [one for one in TERMS if one != "headcount"]
    told = [
        TABLE.loc[(f"corrected, {one}, 16,000", "poor again"), "coverage"]
        for one in (0.1, 0.2, 0.3)
    ]
    assert np.round(told).tolist() == [94, 65, 1]  # as print, docstring and docs say
    small = TABLE.loc["corrected, 0.1, 16,000"].loc[rates]
    assert (small["bias_percent"].abs() < 2).all() and small["coverage"].between(91, 98).all()
    large = TABLE.loc["corrected, 0.2, 16,000"].loc[rates]
    assert (large["bias_percent"].drop("poor again").abs() < 5).all()
    assert (
        10 < large.loc["poor again", "bias_percent"] < 20
        and large.loc["poor again", "coverage"] < 75
    )
    again = TABLE.xs("poor again", level="term")
    one, three = (again.loc[f"{way}, 0.2, 16,000"] for way in ("corrected", "cubic"))
    assert three["bias"] / one["bias"] == pytest.approx(0.5, abs=0.1)  # as print and docs say
    assert three["spread"] / one["spread"] == pytest.approx(2, abs=0.2)
    assert again.loc["corrected, 0.2, 16,000", "bias"] < 0.5 * again.loc["raw, 0.2, 16,000", "bias"]
    few = again.loc["corrected, 0.2, 2,000"]  # its spread is as large as the correction
    assert few["spread"] > again.loc["raw, 0.2, 2,000", "mean"] - few["mean"]


def test_the_table_is_what_draws_give(monkeypatch):
    truth = TABLE["truth"].groupby("term").first()
    monkeypatch.setattr(noise_coverage, "truth", lambda: truth.to_dict())
    found = (
        pd.concat([noise_coverage.draw((2, one)) for one in (1, 2, 3)])
        .groupby(["way", "term"])["estimate"]
        .mean()
    )
    wanted = TABLE.loc[found.index]
    assert ((found - wanted["mean"]).abs() < 4 * wanted["spread"] / np.sqrt(3) + 1e-4).all()


def test_the_setting_that_is_asked_for():
    """16,000 simulated households with noise 0.2: corrected relapse within 0.02 of the truth."""
    table = ps.simulate(ps.Scenario(survey_noise=0.2), 200_000, 8, seed=0).panel
    true = table.assign(poor=table["income_true"] < 2300)
    truth = ps.after_exit(true).params.iloc[0]
    found = ps.noise_curve(table, "income", 2300, 0.2)
    row = found.tidy().set_index("term").loc["poor again"]
    assert found.households == 16_000
    assert truth == pytest.approx(0.1046, abs=1e-3) and row["raw"] == pytest.approx(
        0.1653, abs=1e-3
    )
    assert abs(row["estimate"] - truth) < 0.02
    assert list(TERMS) == found.tidy()["term"].tolist()
