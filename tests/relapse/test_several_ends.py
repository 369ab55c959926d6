"""Ends that compete: models of each, Fine and Gray's model, judgements, known truth."""

import json
import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT

import povstudy as ps

sys.path.insert(0, str(ROOT / "benchmarks"))
import ends_coverage

ORACLES = ROOT.parent / "shared" / "oracles" / "14_competing_risks"
R = json.loads((ROOT / "tests" / "reference" / "ends.json").read_text("utf-8"))
BY_R = pd.DataFrame({name: R[name] for name in ("x", "z", "time", "status", "risk")})
BY_R = BY_R.assign(household_id=range(len(BY_R)), entry=0, exit=BY_R["time"], horizon=3)
BY_R = BY_R.assign(event=BY_R["status"])
ONE = pd.DataFrame({"household_id": ["a"], "x": [0.0]})
NUMBERS = ["estimate", "std_error", "ci_low", "ci_high"]


def ending(n=400, seed=0, three=True):
    """Spells of up to five periods that end by a fall, by moving away or by a death."""
    rng = np.random.default_rng(seed)
    exit, u = rng.integers(1, 6, n), rng.random(n)
    event = np.where(u < 0.35, "fell", np.where(u < 0.65, "moved", ""))
    event = np.where(u > 0.8, "died" if three else "moved", event)
    return pd.DataFrame({"household_id": np.arange(n), "entry": 0, "exit": exit, "event": event, "village": np.arange(n) % 20,
                         "x": rng.normal(size=n).round(1), "w": rng.uniform(0.5, 2, n)})  # fmt: skip


def with_hazards(hazards, size=40_000):
    """Spells whose hazards in each period are these, in both halves of the covariate."""
    rows, left = [], size
    for t, row in enumerate(hazards, 1):
        ended = [round(left * one) for one in row]
        rows += [(t, cause, n) for cause, n in enumerate(ended, 1)]
        left -= sum(ended)
    rows.append((len(hazards), 0, left))
    table = pd.DataFrame([(t, c) for t, c, n in rows for _ in range(n)], columns=["exit", "event"])
    return table.assign(household_id=table.index, entry=0, x=np.where(table.index % 2, 0.5, -0.5))


def periods(table):
    """A row for each period, in another order, as people have them."""
    made = table.loc[table.index.repeat(table["exit"])]
    entry = made.groupby("household_id").cumcount()
    made = made.assign(entry=entry, event=made["event"].where(entry + 1 == made["exit"], ""))
    return made.assign(exit=entry + 1).sample(frac=1, random_state=1)


# A model for each end -----------------------------------------------------------------


def test_the_shares_of_ends_follow_from_their_hazards():
    """Closed forms: hazards that move, and h1 / (h1 + h2) (1 - (1 - h1 - h2)^t)."""
    if not ORACLES.exists():
        pytest.skip("needs the oracles of ends that compete beside the repository")
    truth = pd.read_csv(ORACLES / "time_varying_cif.csv")
    ends = ps.relapse_ends("x", with_hazards(truth[["h1", "h2"]].to_numpy()))
    found = ends.incidence(ONE, 4).pivot(index="period", columns="cause", values="estimate")
    assert found.to_numpy() == pytest.approx(truth[["CIF1", "CIF2"]].to_numpy(), abs=1e-4)
    values = pd.read_csv(ORACLES / "closed_form_values.csv")
    values = values[values["inputs"].astype(str).str.startswith("h1=0.2;h2=0.1;t=")]
    ends = ps.relapse_ends("x", with_hazards([(0.2, 0.1)] * 3), baseline="constant")
    found = ends.incidence(ONE, 10).set_index(["cause", "period"])["estimate"]
    for row in values[values["quantity"].str.startswith("CIF")].itertuples():
        at = row.quantity[-1], int(row.inputs.rpartition("=")[2])
        assert found[at] == pytest.approx(float(row.value), abs=1e-4)


def test_one_call_gives_the_fits_of_each_cause_and_shares_that_add_up():
    table = ending()
    ends = ps.relapse_ends("x", table, cluster="village", baseline="constant")
    for name, fit in ends.fits.items():
        alone = ps.relapse_model("x", table, cluster="village", baseline="constant", cause=name)
        assert fit == alone
        block = ends.cov().loc[name, name].to_numpy()
        assert block == pytest.approx(alone.cov().to_numpy(), rel=1e-9)
        part = ends.tidy(0.9).query("cause == @name")
        assert part[NUMBERS].to_numpy() == pytest.approx(alone.tidy(0.9)[NUMBERS].to_numpy())
    assert list(ends.fits) == ["died", "fell", "moved"]
    assert ends.hazard_ratios()["cause"].tolist() == ["died", "fell", "moved"]
    assert ends.hazard_ratios().attrs["level"] == 0.95
    ask = pd.DataFrame({"x": [-1.0, 2.0], "duration": [0, 2]}, index=[5, 5])
    found = ends.incidence(ask, 3)
    one = -np.expm1(-np.exp([fit.params for fit in ends.fits.values()] @ np.array([1, 2.0])))
    left = (1 - one.sum()) ** 3
    assert found[found["period"] == 5]["estimate"].sum() == pytest.approx(1 - left)
    assert found.groupby("cause")["period"].max().tolist() == [5] * 3
    assert found["ci_low"].between(0, found["estimate"]).all()
    assert "fell" in str(ends) and "几种结局" in str(ends.show("zh"))


def test_two_ends_have_the_risk_that_a_model_of_one_has():
    table = ending(three=False)
    ends = ps.relapse_ends("x", table, cluster="village", weight="w")
    ask = table.head(3)[["household_id", "x"]]
    found = ends.incidence(ask, 4).query("cause == 'fell' and period == 4")[NUMBERS].to_numpy()
    alone = ends.fits["fell"].risk(ask, 4)[["risk", *NUMBERS[1:]]].to_numpy()
    assert found == pytest.approx(alone, rel=5e-3)
    assert found[:, 0] == pytest.approx(alone[:, 0], rel=1e-12)
    for end, fit in ends.fits.items():  # of two ends each is fitted once, beside the other
        whole = ps.relapse_model("x", table, cluster="village", weight="w", cause=end).risk(ask, 4)
        pd.testing.assert_frame_equal(fit.risk(ask, 4), whole, rtol=1e-12)


def test_errors_of_shares_are_those_of_a_jackknife_of_villages():
    table = ending(900, 3)

    def shares(rows):
        return ps.relapse_ends("x", rows, "village", baseline="constant").incidence(ONE, 3)

    parts = np.array([shares(table[table["village"] != v])["estimate"] for v in range(20)])
    wanted = np.sqrt(19 / 20 * ((parts - parts.mean(axis=0)) ** 2).sum(axis=0))
    assert shares(table)["std_error"].to_numpy() == pytest.approx(wanted, rel=0.06)


def test_ends_of_any_table_are_read_alike():
    table = ending()
    wanted = ps.relapse_ends("x", table, "village", baseline="constant")
    code = {"": 0, "fell": 1, "moved": 2, "died": 3}
    numbers = table.assign(event=table["event"].map(code).astype("Int64"), exit=table["exit"].astype("int8"),
                           x=table["x"].astype("Float64"))  # fmt: skip
    for other in (table.assign(event=table["event"].astype("category")).set_index(table["village"]),
                  periods(table), pl.from_pandas(table), duckdb.from_df(table), numbers):  # fmt: skip
        found = ps.relapse_ends("x", other, "village", baseline="constant")
        order = ["3", "1", "2"] if other is numbers else ["died", "fell", "moved"]
        for name, asked in zip(order, wanted.fits, strict=True):
            assert found.fits[name].params.to_numpy() == pytest.approx(
                wanted.fits[asked].params.to_numpy()
            )
        if other is not numbers:
            assert found.cov().to_numpy() == pytest.approx(wanted.cov().to_numpy(), rel=1e-6)
    chinese = table.rename(columns={"x": "资产"}).replace(
        {"event": {"fell": "返贫", "moved": "搬迁", "died": "去世"}}
    )
    assert set(ps.relapse_ends("资产", chinese, baseline="constant").fits) == {
        "返贫",
        "搬迁",
        "去世",
    }
    svy = ps.Survey(table.assign(w=1000 * table["w"]), weight="w", psu="village")
    scaled = ps.relapse_ends("x", svy, baseline="constant")
    plain = ps.relapse_ends("x", ps.Survey(table, weight="w", psu="village"), baseline="constant")
    assert scaled.cov().to_numpy() == pytest.approx(plain.cov().to_numpy(), rel=1e-9)


def test_what_is_no_pair_of_ends_is_refused():
    table = ending()
    for event in (table["event"] == "fell", table["event"].where(table["event"] == "fell", "")):
        with pytest.raises(ps.DataError, match="nothing competes"):
            ps.relapse_ends("x", table.assign(event=event))
    with pytest.raises(ps.DesignError, match="there is one"):
        ps.relapse_ends("x", table.assign(village=1), "village")
    with pytest.raises(ps.DataError, match="no rows"):
        ps.relapse_ends("x", table.head(0))
    with pytest.raises(ps.DataError, match="duration"):
        ps.relapse_ends("x", table).incidence(ONE.assign(duration=4), 3)
    later = ps.relapse_ends("x", table).hold_last().incidence(ONE.assign(duration=4), 3)
    assert later["period"].max() == 7
    with pytest.raises(ps.DataError):
        ps.relapse_ends("x", table).incidence(ONE, 0)


# Fine and Gray ------------------------------------------------------------------------


def test_fine_gray_has_the_coefficients_of_r():
    fit = ps.fine_gray("x + z", BY_R, cause=1)
    assert fit.params.to_numpy() == pytest.approx(R["fine_gray"], abs=1e-6)
    assert fit.others == () and "Fine-Gray" in fit.method and np.isnan(fit.aic)


def test_without_slopes_fine_gray_is_the_curve_of_aalen_and_johansen():
    """Shares, and errors that know that the weights are estimated."""
    table = ending(3000, 5).assign(even=lambda t: t["household_id"] % 2 - 0.5)
    for more in ({}, {"weight": "w"}):
        svy = ps.Survey(table, psu="village", **more)
        seen = ps.cumulative_incidence(svy).tidy().query("cause == 'fell'")
        found = ps.fine_gray("even", svy, cause="fell").incidence(pd.DataFrame({"even": [0.0]}), 5)
        assert found["estimate"].to_numpy() == pytest.approx(seen["estimate"].to_numpy(), abs=3e-4)
        assert found["std_error"].to_numpy() == pytest.approx(
            seen["std_error"].to_numpy(), rel=0.02
        )


def test_errors_of_fine_gray_are_those_of_a_jackknife():
    table = ending(900, 3, three=False).assign(exit=lambda t: np.minimum(t["exit"], 4))
    fit = lambda rows: ps.fine_gray("x", rows, "fell", "village", "w", baseline="constant")  # noqa: E731
    parts = np.array([fit(table[table["village"] != v]).params for v in range(20)])
    wanted = np.sqrt(19 / 20 * ((parts - parts.mean(axis=0)) ** 2).sum(axis=0))
    assert fit(table).std_errors.to_numpy() == pytest.approx(wanted, rel=0.05)


def test_fine_gray_of_any_table_and_of_one_end_alone():
    table = ending()
    wanted = ps.fine_gray("x", table, "fell", "village")
    before = table.copy()
    for other in (periods(table), pl.from_pandas(table), table.assign(event=table["event"].astype("category")),
                  table.assign(exit=table["exit"].astype("Int64"), w=7.5)):  # fmt: skip
        found = ps.fine_gray(
            "x",
            other,
            "fell",
            "village",
            "w" if "w" in other and (other["w"] == 7.5).all() else None,
        )
        for name in ("params", "std_errors"):
            assert getattr(found, name).to_numpy() == pytest.approx(
                getattr(wanted, name).to_numpy(), rel=1e-6
            )
        assert found.n == wanted.n == table["exit"].sum()
    pd.testing.assert_frame_equal(table, before)
    alone = table.assign(event=table["event"].where(table["event"] == "fell", ""))
    plain = ps.relapse_model("x", alone, "village", cause="fell")
    same = ps.fine_gray("x", alone, "fell", "village")
    assert same.params.to_numpy() == pytest.approx(plain.params.to_numpy())
    assert same.std_errors.to_numpy() == pytest.approx(plain.std_errors.to_numpy())
    with pytest.raises(ps.DataError, match=r"Several ends compete"):
        ps.fine_gray("x", table)
    with pytest.raises(ps.DataError, match=r"in memory(.|\n)*spells\.df"):
        ps.fine_gray("x", duckdb.from_df(table), "fell")
    assert "Fine–Gray" in str(wanted.show("zh"))


# Judgements and truth -----------------------------------------------------------------


def test_judgements_among_ends_are_those_of_r():
    svy = ps.Survey(BY_R)
    found = ps.validate_risk(svy, cause=1).tidy().set_index("term")["estimate"]
    for term, wanted in (("auc", "auc"), ("brier", "brier"), ("observed risk", "observed")):
        assert found[term] == pytest.approx(R[wanted], rel=1e-10)
    gain = ps.decision_curve(svy, [0.2, 0.4], cause=1).tidy().query("strategy == 'risk'")
    assert gain["estimate"].to_numpy() == pytest.approx(R["net_benefit"], rel=1e-10)


def test_the_figure_of_ends_tells_them_in_both_languages():
    table = ps.relapse_ends("x", ending()).incidence(ONE, 3)
    source = ps.Source("survey", "Made up.")
    ax = ps.figures.incidence_curves(table, of="ends", source=source)
    assert ax.title_text.startswith(
        "Of 100 that left poverty, how it had ended after 3 periods: died"
    )
    ax = ps.figures.incidence_curves(table, of="ends", source=source, lang="zh")
    assert "3期后的去向" in ax.title_text


def test_the_benchmark_holds_what_is_said_of_it():
    table = pd.read_csv(ends_coverage.FILE).set_index(["way", "term"]).sort_index()
    assert (table["draws"] == 1_000).all()
    right = table[table.index.get_level_values("way") != "hazards, as if constant"]
    assert (right["bias_percent"].abs() < 2).all()
    assert right["coverage"].between(93, 97).all()
    off = table.loc["hazards, as if constant", "bias_percent"]
    assert off.between(-3, -2).all()
    found = pd.concat([ends_coverage.draw((1, one)) for one in range(4)]).set_index(["way", "term"])
    for key, part in found.groupby(level=[0, 1]):
        assert abs(part["estimate"].mean() - table.loc[key, "mean"]) < 2 * table.loc[key, "spread"]
        assert part["truth"].iloc[0] == pytest.approx(table.loc[key, "truth"], abs=1e-4)
