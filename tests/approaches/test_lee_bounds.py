"""Bounds of an effect if some are lost: oracles of Lee's data, jackknife, known truth, bad input."""

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, draws

import povstudy as ps

ORACLES = ROOT.parent / "shared" / "oracles" / "02_lee_bounds"
RNG = np.random.default_rng(4)


def lost(n=1200, effect=0.5, seed=0, kept=(0.75, 0.9)):
    """A lot by cluster; help keeps some, whose outcome is high; rounded, so that it has ties."""
    rng = np.random.default_rng(seed)
    village = np.arange(n) // 20
    luck = rng.permutation(n // 20)
    treated = (luck[village] % 2).astype(int)
    worst = rng.random(n)
    y = rng.normal(size=n) + rng.normal(size=n // 20)[village] / 3 + worst + effect * treated
    seen = worst < np.where(treated, kept[1], kept[0])
    place = np.where(worst > rng.random(n), "hill", "plain")
    table = pd.DataFrame(
        {"y": y.round(1), "t": treated, "v": village, "w": 1 + worst, "place": place}
    )
    table.loc[~seen, "y"] = np.nan
    return table.assign(seen=seen.astype(int))


@pytest.fixture
def oracle():
    if not ORACLES.is_dir():
        pytest.skip("needs the oracles of Lee bounds beside the repository")
    return lambda name: pd.read_csv(ORACLES / name)


# Oracles ------------------------------------------------------------------------------------


def test_job_corps_gives_the_bounds_of_the_oracle(oracle):
    table, wanted = oracle("jobcorps_extract.csv.gz"), oracle("lee_values.csv")
    for row, part in zip(wanted.itertuples(), (slice(None), table["FEMALE"] == 1, table["FEMALE"] == 0),
                         strict=False):  # fmt: skip
        made = ps.lee_bounds(table[part], "lnwage_208", "TREATMNT", observed="employed_208")
        assert made["estimate"].tolist() == pytest.approx(
            [row.lower_exact, row.upper_exact], abs=1e-9
        )
        assert made["trim"].tolist() == pytest.approx([row.trim] * 2, abs=1e-9)
        one = made.iloc[0]
        assert (one["observed_treated"], one["observed_control"]) == pytest.approx((row.q1, row.q0))
        assert (one["trimmed"], one["n"]) == ("treated", row.n)
    whole = ps.lee_bounds(table, "lnwage_208", "TREATMNT")
    # The bootstrap of the rule by quantiles is .0177 and .0151; that of this rule .0164 and .0141.
    assert whole["std_error"].tolist() == pytest.approx([0.0164, 0.0141], rel=0.06)
    assert (
        whole["effect_low"][0] > whole["ci_low"][0]
        and whole["effect_high"][0] < whole["ci_high"][1]
    )
    known = ps.trial_effects(table[table["employed_208"] == 1], "lnwage_208", "TREATMNT")
    assert known["estimate"].item() == pytest.approx(wanted["naive"][0])


def test_vouchers_trim_the_controls(oracle):
    table, wanted = oracle("angrist_vouchers_extract.csv"), oracle("lee_values.csv").iloc[3:6]
    for row in wanted.itertuples():
        made = ps.lee_bounds(table, row.data.split()[-1], "VOUCH0", observed="TEST_TAK")
        assert made["estimate"].tolist() == pytest.approx(
            [row.lower_exact, row.upper_exact], abs=1e-9
        )
        assert set(made["trimmed"]) == {"control"}


def test_a_table_done_by_hand():
    """Eight of ten helped and six of ten others are observed: a quarter of the eight is trimmed."""
    table = pd.DataFrame({"t": [1] * 10 + [0] * 10,
                          "y": [*range(1, 9), None, None, 2, 3, 4, 4, 5, 6, *[None] * 4]})  # fmt: skip
    made = ps.lee_bounds(table, "y", "t", range=(0, 10))
    assert made["term"].tolist() == ["lee low", "lee high", "manski low", "manski high"]
    # Helped: 36 of the eight; if the two lost have 0 or 10. Others: 24 of six, four lost.
    assert made["estimate"].tolist() == pytest.approx([-0.5, 1.5, 3.6 - 6.4, 5.6 - 2.4])
    assert made["data_status"].eq("trial").all() and made.loc[2:, "trim"].isna().all()
    turned = ps.lee_bounds(table.assign(t=1 - table["t"]), "y", "t", range=(0, 10))
    assert turned["estimate"].tolist() == pytest.approx([-1.5, 0.5, 2.4 - 5.6, 6.4 - 3.6])
    assert set(turned["trimmed"].dropna()) == {"control"}


def test_weights_are_so_many_rows():
    table = lost(200)
    table["w"] = 1 + np.arange(200) % 3
    many = table.loc[table.index.repeat(table["w"])]
    for more in ({}, {"by": "place"}, {"range": (-5, 6)}):
        one = ps.lee_bounds(table, "y", "t", weight="w", **more)
        assert one["estimate"].tolist() == pytest.approx(
            ps.lee_bounds(many, "y", "t", **more)["estimate"].tolist()
        )


# Errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [(0.75, 0.9), (0.9, 0.75)])
@pytest.mark.parametrize("more", [{}, {"by": "place"}])
def test_errors_are_those_of_the_jackknife(kept, more):
    table, ask = lost(kept=kept), {"weight": "w", "cluster": "v", "range": (-5, 6), **more}
    made = ps.lee_bounds(table, "y", "t", **ask)
    left = np.array([ps.lee_bounds(table[table["v"] != v], "y", "t", **ask)["estimate"]
                     for v in table["v"].unique()])  # fmt: skip
    error = np.sqrt(((left - left.mean(axis=0)) ** 2).sum(axis=0) * (1 - 1 / len(left)))
    assert made["std_error"].to_numpy() == pytest.approx(error, rel=0.05)
    assert made["df"].tolist() == [59] * 4


def test_the_interval_holds_the_truth_as_often_as_it_says():
    """The always observed have the effect 0; trimming is by chance, so that it lies inside."""
    runs, wider = draws(300, 80)
    held = []
    for seed in range(runs):
        table = lost(600, effect=0.0, seed=seed)
        made = ps.lee_bounds(table, "y", "t", cluster="v").iloc[0]
        held.append(made["effect_low"] <= 0 <= made["effect_high"])
    assert np.mean(held) > 0.95 - 0.04 * wider


def test_replicate_weights_give_errors_too():
    table = lost(400)
    villages = table["v"].unique()
    for k, v in enumerate(villages):
        table[f"r{k}"] = np.where(table["v"] == v, 0.0, len(villages) / (len(villages) - 1))
    columns = [f"r{k}" for k in range(len(villages))]
    svy = ps.Survey(
        table.assign(one=1.0), weight="one", replicates=ps.Replicates(columns, kind="jackknife")
    )
    one = ps.lee_bounds(svy, "y", "t")
    two = ps.lee_bounds(ps.Survey(table, psu="v"), "y", "t")
    assert one["std_error"].to_numpy() == pytest.approx(two["std_error"].to_numpy(), rel=0.1)
    assert one["observed_treated"][0] == two["observed_treated"][0]


def test_cells_tighten_bounds_and_ways_that_differ_are_told():
    table = lost(4000)
    hill, drawn = RNG.random(4000) < 0.5, RNG.random(4000)
    y = np.where(drawn < np.where(table["t"] == 1, 0.9, 0.6), 3.0 * hill + drawn, np.nan)
    parted = table.assign(y=y, place=hill)
    narrow, wide = (ps.lee_bounds(parted, "y", "t", by=by)["estimate"] for by in ("place", None))
    assert np.ptp(narrow) < np.ptp(wide) / 2
    blank = (table["place"] == "hill") & (table["t"] == 1) & (table["w"] > 1.3)
    broken = table.assign(y=table["y"].mask(blank))
    with pytest.warns(ps.DataWarning, match="another way in others"):
        made = ps.lee_bounds(broken, "y", "t", by="place")
    assert set(made["trimmed"]) == {"by cell"}


def test_nobody_lost_gives_the_difference_of_means():
    table = lost(200).dropna()
    table = table.assign(y=table["y"], seen=1)
    made = ps.lee_bounds(table, "y", "t", cluster="v", observed="seen", range=(-9, 9))
    wanted = ps.trial_effects(table, "y", "t")["estimate"].item()
    assert made["estimate"].tolist() == pytest.approx([wanted] * 4)
    assert made["trimmed"][0] == "none" and made["std_error"].nunique() <= 2


# Bad input ----------------------------------------------------------------------------------


def test_what_has_no_bounds_is_refused():
    table = lost(200)
    ask = lambda table=table, **more: ps.lee_bounds(table, "y", "t", **more)  # noqa: E731
    for call, words in (
        (lambda: ask(table.assign(t=2 * table["t"])), "neither 1"),
        (lambda: ask(table.assign(y=table["y"].where(table["t"] == 0))), "Nobody of an arm"),
        (lambda: ask(table.assign(t=1)), "Nobody of an arm"),
        (lambda: ask(by="v"), "Nobody of an arm"),
        (lambda: ask(range=(0, 1)), "A range is two numbers"),
        (lambda: ask(range=(9, -9)), "A range is two numbers"),
        (lambda: ask(range=(-np.inf, 9)), "A range is two numbers"),
        (lambda: ask(range=(-9, "9")), "A range is two numbers"),
        (lambda: ask(range=(0,)), "A range is two numbers"),
        (lambda: ask(table.assign(place=None), by="place"), "dropna"),
        (lambda: ps.lee_bounds(ps.Survey(table.assign(t=table["t"].where(table.index > 0)),
                                         missing="drop"), "y", "t"), "dropna"),
        (lambda: ask(table.assign(w=-1.0), weight="w"), "no usable w"),
        (lambda: ask(table.assign(w=0.0), weight="w"), "zero"),
        (lambda: ask(observed="place"), "place"),
        (lambda: ask(table.assign(seen=1), observed="seen"), "observed and have no y"),
        (lambda: ask(table.assign(y=np.inf)), "infinite"),
        (lambda: ask(table[(table["t"] == 0) | (table["v"] == table["v"][table["t"] == 1].iloc[0])],
                     cluster="v"), "One unit"),
        (lambda: ask(level=95), "between 0 and 1"),
        (lambda: ask(by="plac"), "place"),
    ):  # fmt: skip
        with pytest.raises(ps.DataError) as told:
            call()
        assert words in str(told.value) and told.value.remedy
    with pytest.raises(ps.DataError) as told:
        ask(range=(0, 1))
    assert len(ask(range=eval(told.value.remedy.partition("=")[2]))) == 4
    alike = table.assign(y=table["y"] * 0 + 1)  # all who are known answer the same
    assert ask(alike, range=(0, 1)).set_index("term")["estimate"]["lee high"] == 0
    light = table.assign(w=1.0, y=table["y"].where(table.index > 0))
    light.loc[0, ["w", "y"]] = 0.0, 1e9
    assert ask(light, weight="w")["estimate"].max() < 10


def test_arms_in_words_are_told_how_to_be_two():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {"arm": np.array(["control", "cash", "work"])[np.arange(60) % 3], "y": rng.normal(size=60)}
    )
    with pytest.raises(ps.DataError, match="The treatment is 1 or 0") as told:
        ps.lee_bounds(table, "y", "arm")
    scope = {"table": table}
    exec(told.value.remedy, scope)
    assert len(scope["table"]) == 40
    two = ps.lee_bounds(scope["table"], "y", "arm")
    every = ps.trial_effects(table, "y", arms="arm", base="control").bounds()
    pd.testing.assert_series_equal(two["estimate"], every["estimate"].head(2))


def test_bounds_of_several_arms_say_of_which_when_they_are_read():
    table = pd.DataFrame({"arm": np.array(["none", "cash", "work"])[np.arange(60) % 3],
                          "y": np.random.default_rng(1).normal(size=60)})  # fmt: skip
    made = ps.trial_effects(table, "y", arms="arm").bounds(range=(-9, 9))
    assert made.columns[:4].tolist() == ["term", "outcome", "arm", "estimate"]
    told = ps.tables.estimates_table(made)
    assert told["arm"].tolist() == ["cash"] * 4 + ["work"] * 4
    assert told["measure"][0] == "Lee's lower bound"
