"""Effects on counts as ratios: Poisson models of statsmodels, by hand, known truth, and refusals."""

import sys

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import ROOT

import povstudy as ps
from povstudy.base.errors import PovstudyError

sys.path.insert(0, str(ROOT / "benchmarks"))
from counts_coverage import FILE, draw, world

STARTS = {"administrative": "start_admin", "social_work": "start_social_work"}
PANEL = world(3, villages=36, households=10)
ONE = {"help": "start"}


def cells(table, outcome="visits", exposure=None, weight=None):
    """Poisson with a mark for each cohort and year: its coefficients and their clustered covariance."""
    if weight is not None:  # households of weight 2 are two
        table = table.loc[table.index.repeat(table[weight])].reset_index(drop=True)
    who = table["start_admin"].fillna(0) * 10_000 + table["start_social_work"].fillna(0)
    marks = pd.get_dummies(pd.DataFrame({"at": list(zip(who, table["year"], strict=True))})["at"])
    marks.columns = pd.MultiIndex.from_tuples(marks.columns)
    offset = None if exposure is None else np.log(table[exposure].to_numpy())
    model = sm.GLM(table[outcome].to_numpy(), marks.astype(float).to_numpy(), family=sm.families.Poisson(), offset=offset)  # fmt: skip
    fit = model.fit(
        cov_type="cluster",
        cov_kwds={"groups": table["village"].to_numpy(), "use_correction": False},
    )
    return pd.Series(fit.params, marks.columns), fit.cov_params()


def contrast(names, cohort, year, base):
    """Growth of a cohort minus that of the never helped, as a row of signs."""
    made = np.zeros(len(names))
    for key, sign in (((cohort, year), 1), ((cohort, base), -1), ((0, year), -1), ((0, base), 1)):
        made[list(names).index(key)] += sign
    return made


@pytest.mark.parametrize("options", [{}, {"exposure": "workers"}, {"weight": "weight"}])
def test_cells_averages_and_differences_are_those_of_a_saturated_poisson(options):
    table = PANEL.assign(weight=1 + PANEL["household_id"] % 3)
    eff = ps.compare(table, "visits", "village", link="log", factor="whole", **options)
    value, cov = cells(table, **options)
    found, count = eff.effects("cells").tidy(), table["village"].nunique()
    rows = []
    for row in found.itertuples():
        cohort = row.group * (10_000 if row.arm == "administrative" else 1)
        rows.append(contrast(value.index, cohort, row.year, row.group - 1))
    rows = np.array(rows)
    factor = count / (count - 1)
    assert found["estimate"].to_numpy() == pytest.approx(rows @ value.to_numpy(), abs=1e-7)
    wanted = factor * (rows @ cov @ rows.T)
    assert eff.effects("cells").cov().to_numpy() == pytest.approx(wanted, abs=1e-7)
    # The difference of two arms that started in the same year, at one time.
    own = found[(found["group"] == 2014) & (found["year"] == 2015)].index
    assert len(own) == 2
    both = (
        eff.contrast("social_work", "administrative", "cells")
        .tidy()
        .query("group == 2014 and year == 2015")
    )
    step = rows[own[1]] - rows[own[0]]
    assert both["estimate"].item() == pytest.approx(step @ value.to_numpy(), abs=1e-7)
    assert both["std_error"].item() == pytest.approx(np.sqrt(factor * step @ cov @ step), abs=1e-7)


def test_two_groups_two_years_are_the_interaction_of_a_poisson_regression():
    table = PANEL[PANEL["year"].isin([2013, 2014])].assign(
        treated=PANEL["start_admin"].eq(2014) * 1.0, post=PANEL["year"].eq(2014) * 1.0)  # fmt: skip
    table = table[table["start_social_work"].isna() & table["start_admin"].isin([np.nan, 2014])]
    fit = sm.GLM.from_formula("visits ~ treated * post", table, family=sm.families.Poisson()).fit(
        cov_type="cluster", cov_kwds={"groups": table["village"], "use_correction": True})  # fmt: skip
    eff = ps.compare(
        table, "visits", "village", treat="treated", post="post", link="log", factor="whole"
    )
    found = eff.tidy().iloc[0]
    n, k, count = len(table), 4, table["village"].nunique()
    theirs = fit.bse["treated:post"] / np.sqrt((n - 1) / (n - k))
    assert found["estimate"] == pytest.approx(fit.params["treated:post"], abs=1e-8)
    assert found["std_error"] == pytest.approx(theirs, rel=1e-6)
    assert found["ratio"] == pytest.approx(np.exp(found["estimate"]), rel=1e-12)
    assert count > 10


def test_cross_sections_are_the_same_ratio_with_errors_of_unlike_households():
    table = PANEL[PANEL["year"].isin([2013, 2014]) & PANEL["start_social_work"].isna()]
    table = table[table["start_admin"].isin([np.nan, 2014])]
    options = {"starts": {"help": "start_admin"}, "link": "log", "exposure": "workers"}
    wide, long = (ps.compare(table, "visits", "village", unit=unit, **options).tidy()
                  for unit in ("household_id", None))  # fmt: skip
    ends = ["estimate", "std_error"]  # clusters hold both times, so that errors are the same
    assert long[ends].to_numpy() == pytest.approx(wide[ends].to_numpy(), rel=1e-10)


def test_covariates_are_those_of_a_conditional_poisson():
    table = world(5, villages=60, households=8).query("year in [2013, 2014]")
    table = table[table["start_social_work"].isna() & table["start_admin"].isin([np.nan, 2014])]
    table = table.reset_index(drop=True)
    table["start"], late = table["start_admin"], table["year"].eq(2014)
    table["poor"] = table["need"] > 0

    def by_hand(table):
        """Each control's counts of both years, as successes and failures of a logit."""
        wide = table.pivot(index="household_id", columns="year", values="visits")
        x = sm.add_constant(table[~late].set_index("household_id")[["need", "poor"]].astype(float))
        helped = table[~late].set_index("household_id")["start"].notna()
        used = ~helped & (wide.sum(axis=1) > 0)  # zeros twice tell nothing of growth
        fit = sm.GLM(wide.loc[used, [2014, 2013]], x[used], family=sm.families.Binomial()).fit()
        growth = np.exp(x[helped] @ fit.params)
        return np.log(wide.loc[helped, 2014].sum() / (wide.loc[helped, 2013] * growth).sum())

    options = {"starts": ONE, "link": "log"}
    eff = (
        ps.compare(table, "visits", "village", covariates=["need", "poor"], **options)
        .tidy()
        .iloc[0]
    )
    assert eff["estimate"] == pytest.approx(by_hand(table), abs=1e-6)
    # Its error is near that of leaving villages out one by one.
    villages = table["village"].unique()
    left = [ps.compare(table[table["village"] != one], "visits", "village", covariates=["need", "poor"],
                       **options).tidy()["estimate"].iloc[0] for one in villages]  # fmt: skip
    jackknife = np.sqrt((len(left) - 1) / len(left) * ((left - np.mean(left)) ** 2).sum())
    assert eff["std_error"] == pytest.approx(jackknife, rel=0.1)
    # With nothing but a constant they are the plain ratio.
    alike = ps.compare(table.assign(one=1.0), "visits", "village", covariates=["one"], **options)
    plain = ps.compare(table, "visits", "village", **options)
    ends = ["estimate", "std_error"]
    assert alike.tidy()[ends].to_numpy() == pytest.approx(plain.tidy()[ends].to_numpy(), rel=1e-6)


def test_nothing_hangs_on_the_scale_of_counts_weights_or_exposures():
    eff = ps.compare(PANEL, "visits", "village", link="log", exposure="workers").tidy("since")
    other = PANEL.assign(visits=PANEL["visits"] * 7.5, workers=PANEL["workers"] / 3, w=0.01)
    same = ps.compare(other, "visits", "village", link="log", exposure="workers", weight="w").tidy(
        "since"
    )
    numbers = ["estimate", "std_error", "ratio_low", "ratio_high"]
    assert same[numbers].to_numpy() == pytest.approx(eff[numbers].to_numpy(), rel=1e-9)


@pytest.mark.parametrize("kind", ["int8", "Int64", "float32"])
def test_counts_of_any_type_in_any_order_are_the_same(kind):
    table = PANEL.assign(visits=PANEL["visits"].clip(upper=90))
    wanted = ps.compare(table, "visits", "village", link="log").tidy()
    odd = table.assign(visits=table["visits"].astype(kind)).sample(frac=1, random_state=1)
    odd.index = np.zeros(len(odd), dtype=int)
    odd = odd.rename(columns={"visits": "走访"})
    found = ps.compare(odd, "走访", "village", link="log").tidy()
    pd.testing.assert_frame_equal(found, wanted)


def test_bands_bounds_and_verdicts_stand_on_the_logarithms():
    eff = ps.compare(PANEL, "visits", "village", link="log")
    band, tidy = eff.effects("since").band(), eff.effects("since").tidy()
    assert (band["ratio_low"] < tidy["ratio_low"]).all()
    assert band["ratio_low"].to_numpy() == pytest.approx(
        np.exp(band["ci_low"]).to_numpy(), rel=1e-12
    )
    study = eff.event_study()
    assert study.loc[study["since"] == -1, "ratio"].tolist() == [1.0, 1.0]
    assert eff.sensitivity(magnitudes=[0]).shape[0] == 2
    judged = eff.verdict([("social_work", "administrative")]).tidy()
    assert judged["verdict"].isin(["holds", "cannot be told", "does not hold"]).all()
    assert eff.contrast("social_work", "administrative").tidy()["ratio"].notna().all()


def test_who_is_lost_is_told_on_the_scale_of_logarithms():
    """Households that leave are those with few visits: the bounds hold what that makes."""
    table = world(9, villages=36, households=10)
    gone = table["start_admin"].notna() & (table["need"] < -0.7) & (table["year"] >= 2015)
    eff = ps.compare(table[~gone], "visits", "village", link="log")
    row = eff.verdict().tidy().set_index("arm").loc["administrative"]
    assert row["loss_low"] < 0 < row["loss_high"] and row["loss_high"] < 2
    scaled = ps.compare(
        table[~gone].assign(visits=table["visits"] * 50.0), "visits", "village", link="log"
    )
    same = scaled.verdict().tidy().set_index("arm").loc["administrative"]
    assert same[["loss_low", "loss_high"]].tolist() == pytest.approx(
        row[["loss_low", "loss_high"]].tolist()
    )


def test_it_is_said_in_percent_in_both_languages_and_drawn_so():
    eff = ps.compare(PANEL, "visits", "village", link="log")
    row = eff.tidy().iloc[0]
    change = f"{100 * (row['ratio'] - 1):+.1f}".replace("-", "−")
    assert f"administrative help {change} % (" in eff.summary()
    assert f"行政帮扶{change}%（" in eff.summary("zh")
    for lang, word in (("en", "in percent"), ("zh", "（%）")):
        ax = eff.plot(lang=lang)
        assert word in ax.unit_text if hasattr(ax, "unit_text") else True
        drawn = ax.data_behind
        wanted = eff.event_study().query("since != -1")["ratio"].to_numpy()
        assert drawn["estimate"].to_numpy() == pytest.approx(100 * (wanted - 1), rel=1e-9)


def test_tables_for_a_paper_keep_estimates_with_their_own_intervals():
    eff = ps.compare(PANEL, "visits", "village", link="log")
    row, shown = eff.tidy().iloc[0], ps.tables.estimates_table(eff.tidy()).iloc[0]
    assert float(shown["estimate"].replace("−", "-")) == pytest.approx(row["estimate"], abs=6e-4)
    assert "hazard ratio" not in shown
    assert f"{abs(row['estimate']):.2f}" in str(ps.tables.model_table([eff]))


def small(**columns):
    table = pd.DataFrame({"household_id": np.repeat(range(8), 2), "year": [2014, 2015] * 8,
                          "y": [1.0, 2, 3, 4, 2, 2, 5, 6, 1, 2, 3, 4, 2, 2, 5, 6], "e": 1.0, "x": np.arange(16) // 2 % 3,
                          "start": [2015.0] * 8 + [np.nan] * 8})  # fmt: skip
    return table.assign(**columns)


@pytest.mark.parametrize(
    ("columns", "options", "said"),
    [
        ({"y": [-1.0, *range(15)]}, {}, "0 or more: 1 rows have less"),
        ({"e": [-1.0, *range(15)]}, {"exposure": "e"}, "An exposure is 0 or more"),
        (
            {"y": [0.0, 2] * 4 + [1.0] * 8},
            {},
            "All counts of the helped are 0 at the base[\\s\\S]*arm help, start 2015, time 2014",
        ),
        (
            {"y": [1.0] * 8 + [1.0, 0] * 4},
            {},
            "All counts of those they are compared with are 0 then",
        ),
        ({"y": [1.0] * 8 + [1.0, 0] * 4}, {"covariates": "x"}, "compared with are 0 then"),
        ({"e": [0.0] * 8 + [1.0] * 8}, {"exposure": "e"}, "are 0 then \\(or all exposures are\\)"),
        ({"e": [np.nan] + [1.0] * 15}, {"exposure": "e"}, "1 rows have no usable e"),
        ({}, {"exposure": "e", "covariates": "x"}, "Ratios with covariates"),
        ({}, {"unit": None, "covariates": "x"}, "Ratios with covariates"),
        ({}, {"link": "identity", "exposure": "e"}, "bottom of a ratio"),
        ({}, {"link": "poisson"}, "link"),
    ],
)
def test_what_can_be_no_ratio_is_refused_by_name(columns, options, said):
    with pytest.raises(PovstudyError, match=said):
        ps.compare(small(**columns), "y", **({"starts": ONE, "link": "log"} | options))


def test_rows_without_exposure_are_left_out_and_counted():
    eff = ps.compare(
        small(e=[np.nan] + [1.0] * 15), "y", starts=ONE, link="log", exposure="e", missing="drop"
    )
    assert eff.left_out.set_index("reason").loc["no exposure", "rows"] == 1
    assert eff.tidy()["n"].tolist() == [3]


def test_what_takes_differences_refuses_ratios():
    eff = ps.compare(small(), "y", starts=ONE, link="log")
    paid = {"none": 1, "help": 2}
    for call in (
        eff.two_way,
        lambda: ps.second_opinion(eff),
        lambda: ps.cost_effectiveness(eff, paid),
    ):
        with pytest.raises(ps.DataError, match="not ratios"):
            call()


def test_known_truth_is_met_by_the_table_and_by_a_few_draws():
    table = pd.read_csv(FILE)
    assert (table["draws"] == 1_000).all()
    assert (table["bias"].abs() < 0.02 * table["truth"].abs().where(table["truth"] != 0, 0.5)).all()
    assert table["coverage"].between(93, 97).all()
    few = pd.concat([draw((7, at)) for at in range(6)])
    gap = few.merge(table[["way", "term", "spread"]], on=["way", "term"])
    assert ((gap["estimate"] - gap["truth"]).abs() < 4.5 * gap["spread"]).all()
