"""Intervals of shares: within 0 and 1, bounds where nobody is poor, one rule for every measure."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

import povstudy as ps
from povstudy.survey.shares import exact, share_ends

VILLAGES = 20
NOBODY = pd.DataFrame({
    "income": np.linspace(5000, 9000, 200), "village": np.repeat(np.arange(VILLAGES), 10),
    "county": np.repeat(["a", "b"], 100), "poor": 0, "listed": np.tile([1, 0], 100),
})  # fmt: skip
UPPER = 1 - 0.025 ** (1 / VILLAGES)  # in each village all may be alike


def ends_of(found, term=None):
    table = found.tidy()
    table = table if term is None else table[table["term"] == term]
    return table[["estimate", "ci_low", "ci_high"]].to_numpy()


def panel(falls=0):
    """1,000 households of 50 villages that left poverty; one or none is poor again."""
    rows = [(i, 2014 + t, s, i % 50) for i in range(1000) for t, s in enumerate([1, 0, 0, 0])]
    table = pd.DataFrame(rows, columns=["household_id", "year", "poor", "psu"])
    table.loc[table["household_id"].lt(falls) & (table["year"] == 2016), "poor"] = 1
    return table


# The rule -----------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "error", "df", "n", "low", "high"), [
    (0.710382513660853, 0.0330182995537189, 14, 183, 0.634839191610184, 0.775816511445812),
    (0.0765027322404372, 0.0268096733, 14, 183, 0.0354088307, 0.1575010882),
])  # fmt: skip
def test_away_from_the_ends_it_is_the_logit_interval_of_r(share, error, df, n, low, high):
    """R survey 4.1.1: svyciprop(method = "logit") of its schools, drawn by districts."""
    found = share_ends([share], [error], [df], [n], [8.5], [8], 0.95)
    assert np.ravel(found) == pytest.approx([low, high], rel=2e-5)


def test_near_the_ends_it_is_the_exact_interval():
    """As of `proportion_interval`, with the villages that have the rarer answer less one."""
    share, error = np.array([0.02]), np.array([0.01])
    found = share_ends(share, error, [59], [600], [60], [4], 0.95)
    effect = 600 * error**2 / (share * (1 - share))
    number = 600 / effect * (stats.t.ppf(0.025, 599) / stats.t.ppf(0.025, 3)) ** 2
    assert np.ravel(found) == pytest.approx(np.ravel(exact(share, np.maximum(number, 60), 0.025)))


def test_what_is_all_in_the_sample_has_no_error():
    table = NOBODY.assign(all=VILLAGES)
    found = ps.poverty(ps.Survey(table, psu="village", fpc="all"), "income", 2300)
    assert (ends_of(found) == 0).all()


@pytest.mark.parametrize("measures", [["headcount"], ["gap"], ["severity"], [0.5]])
def test_nobody_poor_has_an_upper_bound(measures):
    svy = ps.Survey(NOBODY, psu="village")
    found = ps.poverty(svy, "income", 2300, measures=measures)
    assert ends_of(found)[0] == pytest.approx([0, 0, UPPER])
    by = ps.poverty(svy, "income", 2300, by="county", measures=measures)
    assert ends_of(by)[:, 2] == pytest.approx(1 - 0.025**0.1)  # ten villages each
    apart = by.contrast("county", "b", "a")
    assert ends_of(apart)[0] == pytest.approx([0, -(1 - 0.025**0.1), 1 - 0.025**0.1])
    all_poor = ps.poverty(svy, "income", 99_000, measures=["headcount"])
    assert ends_of(all_poor)[0] == pytest.approx([1, 1 - UPPER, 1])


def test_rows_that_are_units_count_by_their_weights():
    alike = ps.poverty(ps.Survey(NOBODY), "income", 2300, measures=["headcount"])
    assert ends_of(alike)[0] == pytest.approx([0, 0, ps.proportion_interval(0, 200, sides=2)[1]])
    table = NOBODY.assign(w=np.tile([1.0, 9.0], 100))
    found = ps.poverty(ps.Survey(table, weight="w"), "income", 2300, measures=["headcount"])
    number = table["w"].sum() ** 2 / (table["w"] ** 2).sum()  # Kish
    assert ends_of(found)[0] == pytest.approx([0, 0, 1 - 0.025 ** (1 / number)])


@pytest.mark.parametrize("poor", range(0, 13))
def test_few_poor_stay_within_0_and_1(poor):
    table = NOBODY.copy()
    table.loc[np.arange(poor) * 14, "income"] = 1000.0
    for psu in (None, "village"):
        svy = ps.Survey(table, psu=psu)
        made = ends_of(ps.poverty(svy, "income", 2300, by="county"))
        assert (made[:, 1] >= 0).all() and (made[:, 2] <= 1).all()
        assert (made[:, 1] <= made[:, 0]).all() and (made[:, 0] < made[:, 2]).all()


# Every way to hold a table --------------------------------------------------------------


@pytest.mark.parametrize("poor", [0, 3, 30])
def test_every_engine_has_the_same_interval(poor):
    table = NOBODY.assign(poor=(np.arange(200) % 7 == 1) & (np.arange(200) < 7 * poor))
    ways = [table, pl.from_pandas(table), pl.from_pandas(table).lazy(), duckdb.from_df(table)]
    for design in ({}, {"psu": "village"}):
        found = [ends_of(ps.mean(ps.Survey(one, **design), "poor", by="county")) for one in ways]
        for one in found[1:]:
            assert one == pytest.approx(found[0], abs=1e-12)


def test_replicate_weights_follow_the_rule():
    table = NOBODY.assign(w=1.0)
    for v in range(VILLAGES):
        table[f"r{v}"] = np.where(table["village"] == v, 0.0, VILLAGES / (VILLAGES - 1))
    weights = ps.Replicates([f"r{v}" for v in range(VILLAGES)], kind="jackknife")
    svy = ps.Survey(table, weight="w", replicates=weights)
    none = ps.poverty(svy, "income", 2300, measures=["headcount"])
    assert ends_of(none)[0] == pytest.approx([0, 0, UPPER])
    some = ps.poverty(svy, "income", 7000, measures=["headcount"])
    plain = ps.poverty(ps.Survey(table, psu="village"), "income", 7000, measures=["headcount"])
    assert ends_of(some) == pytest.approx(ends_of(plain), rel=1e-9)


def test_a_mean_is_a_share_where_its_column_is_0_and_1():
    table = NOBODY.assign(mark=False, half=0.5, spent=NOBODY["income"] * 0 - 0.5)
    table.loc[0, ["half", "spent"]] = 0.0
    found = ends_of(ps.mean(ps.Survey(table, psu="village"), ["poor", "mark", "half", "spent"]))
    assert found[0] == pytest.approx([0, 0, UPPER]) and found[1] == pytest.approx(found[0])
    assert found[2:].sum(axis=1) == pytest.approx(3 * found[2:, 0])  # symmetric: no marks
    band = ps.mean(ps.Survey(table, psu="village"), "listed", by="county").band()
    assert (band["ci_low"] >= 0).all() and (band["ci_high"] <= 1).all()


# Every measure --------------------------------------------------------------------------


@pytest.mark.parametrize("falls", [0, 1])
def test_moves_and_relapse_have_bounds(falls):
    upper = 1 - 0.025 ** (1 / 50)
    for found, term in ((ps.relapse_rates(panel(falls)), None), (ps.transitions(panel(falls)), None),
                        (ps.after_exit(panel(falls)), "poor again")):  # fmt: skip
        made = ends_of(found, term)
        assert (made[:, 1] >= 0).all() and (made[:, 2] <= 1).all()
        rates = made[made[:, 0] < 0.5]
        assert (rates[:, 2] >= upper - 1e-9).all() and (rates[:, 2] < 0.08).all()


CALLS = {
    "targeting_errors": lambda svy, p: ps.targeting_errors(svy, "listed", "poor"),
    "alkire_foster": lambda svy, p: ps.alkire_foster(svy, ["poor", "listed"], k=1),
    "cutoff_curves": lambda svy, p: ps.cutoff_curves(svy, ["poor", "listed"], ks=[1]),
    "poverty_profile": lambda svy, p: ps.poverty_profile(svy, "income", 5100, by="county"),
    "sen_shorrocks_thon": lambda svy, p: ps.sen_shorrocks_thon(svy, "income", 2300),
    "roc_curve": lambda svy, p: ps.roc_curve(svy, "income", "listed", cutoffs=[1.0, 7000.0]),
    "foster_duration": lambda svy, p: ps.foster_duration(p, "income", 2300),
    "jalan_ravallion": lambda svy, p: ps.jalan_ravallion(p, "income", 2300),
}


@pytest.mark.parametrize("name", CALLS)
def test_all_shares_stay_within_0_and_1(name):
    table = NOBODY.assign(poor=(NOBODY.index == 3).astype(int))
    waves = pd.concat([
        table.assign(household_id=table.index, year=year, psu=table["village"])
        for year in (2018, 2019)
    ])  # fmt: skip
    waves.loc[waves["household_id"] == 3, "income"] = 1000.0
    found = CALLS[name](ps.Survey(table, psu="village"), waves)
    made = ends_of(found)[~found.table["term"].isin(["targeting ratio"])]
    made = made[~np.isnan(made[:, 1])]
    assert (made[:, 1] >= 0).all() and (made[:, 2] <= 1).all()
    end = (made[:, 0] == 0) | (made[:, 0] == 1)
    assert len(made) and (made[end, 1] < made[end, 2]).all()


def test_no_ranking_is_perfect_for_sure():
    table = pd.DataFrame({"score": [9.0, 4, 3, 2], "poor": [1, 0, 0, 0]})
    assert ends_of(ps.auc(ps.Survey(table), "score"))[0] == pytest.approx([1, 0.025, 1])
    wide = pd.DataFrame({"score": np.arange(400.0), "poor": (np.arange(400) >= 390).astype(int)})
    assert ends_of(ps.auc(ps.Survey(wide), "score"))[0] == pytest.approx([1, 0.025**0.1, 1])


# What replicates do not tell ------------------------------------------------------------


def drawn_anew(times=300, poor=0):
    """A bootstrap of the villages, and the table; some of the villages have one poor."""
    rng, table = np.random.default_rng(5), NOBODY.assign(w=1.0)
    table.loc[np.arange(poor) * 10, "income"] = 1000.0
    drawn = [
        np.bincount(rng.integers(0, VILLAGES, VILLAGES - 1), minlength=VILLAGES)
        * (VILLAGES / (VILLAGES - 1))
        for _ in range(times)
    ]
    weights = {f"r{b}": one[table["village"]] for b, one in enumerate(drawn)}
    return pd.concat([table, pd.DataFrame(weights)], axis=1), list(weights)


def test_degrees_of_freedom_of_replicates_are_those_that_are_named():
    """R survey counts them so too (degf of svrepdesign: 19 here, the rank of the weights less 1)."""
    table, columns = drawn_anew()
    svy = ps.Survey(table, weight="w", replicates=ps.Replicates(columns, df=VILLAGES - 1))
    of = ps.Survey(table, weight="w", replicates=ps.Replicates(columns))
    few, many = (ps.mean(one, "income").tidy().iloc[0] for one in (svy, of))
    assert (few["df"], many["df"]) == (19, 299) and few["std_error"] == many["std_error"]
    assert few["ci_high"] - few["estimate"] == pytest.approx(
        few["std_error"] * stats.t.ppf(0.975, 19)
    )
    none = ps.poverty(svy, "income", 2300, measures=["headcount"])
    assert ends_of(none)[0] == pytest.approx([0, 0, UPPER])  # 20 villages, not 200 rows
    assert np.linalg.matrix_rank(table[columns].to_numpy()) - 1 == VILLAGES - 1
    for bad in (0, 2.5, "19", True, 300):
        with pytest.raises(ps.DataError, match="df"):
            ps.Replicates(columns, df=bad)


@pytest.mark.parametrize("poor", [1, 3])
def test_a_difference_from_an_exact_interval_is_made_of_both_sides(poor):
    """Also where it is not known how many villages have the rarer answer."""
    table, columns = drawn_anew(poor=poor)
    weights = ps.Replicates(columns, df=VILLAGES - 1)
    found = ps.poverty(ps.Survey(table, weight="w", replicates=weights), "income", 2300,
                       by="county", measures=["headcount"])  # fmt: skip
    (one, low1, high1), (two, low2, high2) = ends_of(found)
    step = ends_of(found.contrast("county", "b", "a"))[0]
    assert two == high2 * 0 and one > 0 and high2 > 0
    wanted = np.hypot(two - low2, high1 - one), np.hypot(high2 - two, one - low1)
    assert step == pytest.approx([two - one, two - one - wanted[0], two - one + wanted[1]])


# Parts of a whole, wherever they are made ----------------------------------------------

VILLAGE = np.arange(40) // 4
FEW_LISTED = pd.DataFrame({
    "village": VILLAGE, "poor": np.arange(40) < 12, "same": np.arange(40) < 12,
    "income": np.arange(40.0), "none": 0, "some": np.isin(np.arange(40), [1, 30]), "w": 1.0,
    "cause": np.where(np.arange(40) % 2, "illness", "skill"),
    "fit": np.where(np.arange(40) % 2, "aid", "training"),
    "bare": np.where(np.arange(40) % 2, "training", "aid"),
    **{f"b{i}": np.random.default_rng(i).choice([0.5, 1.5], 10)[VILLAGE] for i in range(25)},
})  # fmt: skip
SUITS = {"illness": "aid", "skill": "training"}
PARTS = {
    "ratio": (lambda s: ps.ratio(s, "none", "poor"), 0, 1),
    "ratio of few": (lambda s: ps.ratio(s, "some", "income"), 0, 1),
    "agreement": (lambda s: ps.agreement(s, "poor", "same"), -1, 1),
    "match": (lambda s: ps.match_rate(s, SUITS, "fit"), -1, 1),
    "no match": (lambda s: ps.match_rate(s, SUITS, "bare"), -1, 1),
    "poorest": (lambda s: ps.share_to_poorest(s, "some", "income", [0.2, 0.9]), 0, 5),
    "curve": (lambda s: ps.concentration_curve(s, "poor", "income"), 0, 1),
    "lorenz": (lambda s: ps.lorenz(s, "income", [0.02, 0.5, 0.98]), 0, 1),
    "fifths": (lambda s: ps.income_shares(s, "income", 20), 0, 1),
}  # fmt: skip


@pytest.mark.parametrize("replicated", [False, True])
@pytest.mark.parametrize("asked", PARTS)
def test_parts_of_a_whole_stay_in_it_and_are_never_certain(asked, replicated):
    measure, least, most = PARTS[asked]
    design = {"psu": "village"}
    if replicated:
        design = {"weight": "w", "replicates": ps.Replicates([f"b{i}" for i in range(25)])}
    found = measure(ps.Survey(FEW_LISTED, **design)).tidy()
    assert (found["ci_low"] >= least).all() and (found["ci_high"] <= most).all()
    assert (found["ci_low"] <= found["estimate"] + 1e-12).all()
    assert (found["estimate"] <= found["ci_high"] + 1e-12).all()
    ends = found["estimate"].isin([0.0, 1.0]) & ~found["term"].str.startswith("lorenz")
    assert (found["ci_high"] - found["ci_low"])[ends].gt(0.01).all()


def test_ratios_of_parts_are_shares_on_every_engine_and_others_are_not():
    pl = pytest.importorskip("polars")
    table = FEW_LISTED.assign(poor=FEW_LISTED["poor"].astype(int))
    one, other = (
        ps.ratio(ps.Survey(x, psu="village"), "none", "poor").tidy()["ci_high"][0]
        for x in (table, pl.from_pandas(table))
    )
    assert one == other == pytest.approx(1 - 0.025 ** (1 / 3))  # three villages have any poor
    wide = ps.ratio(ps.Survey(table, psu="village"), "income", "w").tidy().iloc[0]
    assert wide["ci_high"] - wide["estimate"] == pytest.approx(wide["estimate"] - wide["ci_low"])


def test_perfect_agreement_is_bounded_by_its_villages():
    found = ps.agreement(ps.Survey(FEW_LISTED, psu="village"), "poor", "same").tidy()
    agreed, chance = found["ci_low"][0], found["estimate"][1]
    assert agreed == pytest.approx(0.025 ** (1 / 10))
    assert found["ci_low"][2] == pytest.approx((agreed - chance) / (1 - chance))


def test_a_corrected_share_of_nobody_is_bounded_by_villages_not_by_rows():
    checked = {"sensitivity": (50, 50), "specificity": (100, 100)}
    rows = ps.rogan_gladen(ps.Survey(FEW_LISTED), "none", **checked).tidy()["ci_high"][0]
    found = ps.rogan_gladen(ps.Survey(FEW_LISTED, psu="village"), "none", **checked).tidy()
    assert found["ci_high"][0] > 2 * rows and found["ci_low"][0] == 0
