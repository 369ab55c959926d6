"""What a budget buys: sums by hand, known zeros, the range that was simulated."""

import pickle

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.base.language import texts
from povstudy.base.status import status_of
from povstudy.policy import grid as grids
from povstudy.policy import plans as ways
from povstudy.policy import scenarios

SIZE = {"households": 5_000, "draws": 6}
OFFICE, SOCIAL = ps.Plan(social_work=0.0), ps.Plan(social_work=1.0)
NAMES = ("households", "listed", "poor", "wrongly_listed", "left_out", "helped_years", "accompanied_years",
         "helped_person_years", "visits", "exits", "falls", "below_years", "free_years")  # fmt: skip


class Few:
    """Seven villages whose numbers are drawn from a hat, by approach and levers."""

    def __init__(self, scenario, years, key, households):
        self.order = np.array([3, 0, 6, 2, 5, 1, 4])

    def collaborates(self, share):
        return np.arange(7) < 7 * share

    def under(self, approach, **levers):
        rng = np.random.default_rng(len(approach) + round(100 * sum(levers.values())))
        return {
            name: rng.integers(0, 50, 7).astype(float) + 50 * (name == "households")
            for name in NAMES
        }


@pytest.mark.parametrize("both", [0.0, 0.3])
@pytest.mark.parametrize("total", [1, 60_000, 700_000, 1_500_000, 90_000_000])
def test_few_villages_are_added_up_as_by_hand(monkeypatch, total, both):
    monkeypatch.setattr(ways, "Villages", Few)
    plan = ps.Plan(
        social_work=0.4, both=both, caseload=8, third_party=True, audit=0.2, accompaniment=2
    )
    prices = ps.Prices(cadre=40_000, worker=50_000, contract=3_000, collaboration=2_000, visit=70)
    found = ps.budget(total, {"mixed": plan}, draws=3, effect=0.05, prices=prices, households=350)
    for draw in range(3):
        rng = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(draw, 1)))
        start, world, none = (
            rng.random(),
            Few(None, 8, None, 350),
            Few(None, 8, None, 350).under("none"),
        )
        levers = {"caseload": 8, "third_party": True, "audit": 0.2, "accompaniment": 2}
        done, left, sums = 0, total, {name: none[name].sum() for name in NAMES}
        for rank, village in enumerate(world.order):
            place = (start + rank * (np.sqrt(5) - 1) / 2) % 1
            approach = (
                "social_work" if place < 0.4 else "both" if place < 0.4 + both else "administrative"
            )
            office = approach == "administrative"
            now = world.under(
                approach,
                **levers,
                collaboration=0.0 if office else 0.4,
                effect=0.0 if office else 0.05,
            )
            worker = 52_000 if village < 7 * 0.4 else 53_000
            helper = {
                "administrative": 40_000,
                "social_work": worker,
                "both": (40_000 + worker) / 2,
            }
            cost = (
                (now["helped_years"][village] + 0.25 * now["accompanied_years"][village])
                / 8
                * helper[approach]
            )
            cost += 300 * now["helped_person_years"][village]
            cost += 70 * (now["visits"][village] + now["households"][village])
            if cost > left:
                break
            done, left = done + 1, left - cost
            for name in NAMES:
                sums[name] += now[name][village] - none[name][village]
        row = found.draws.iloc[draw]
        assert row["villages"] == done
        assert row["unspent"] == pytest.approx(left)
        assert row["spending"] == pytest.approx(total - left)
        assert row["poverty"] == pytest.approx(sums["below_years"] / (350 * 8))
        assert row["poverty_free_years"] == sums["free_years"]
        assert row["years_gained"] == sums["free_years"] - none["free_years"].sum()
        assert row["relapse"] == pytest.approx(sums["falls"] / sums["exits"])
        assert row["relapses_averted"] == none["falls"].sum() - sums["falls"]
        assert row["wrongly_listed"] == pytest.approx(sums["wrongly_listed"] / sums["listed"])
        assert row["left_out"] == pytest.approx(sums["left_out"] / sums["poor"])


def test_without_an_effect_both_kinds_of_help_are_the_same():
    plans = {"office": OFFICE, "social": SOCIAL, "both": ps.Plan(social_work=0.3, both=0.7)}
    found = ps.budget(2_000_000, plans, effect=0, **SIZE)
    for name in ("social", "both"):
        made = found.contrast(name, "office")
        assert (
            made[["estimate", "ci_low", "ci_high", "mc_error", "above", "below"]]
            .eq(0)
            .all(axis=None)
        )
    assert (found.effects["social"] == found.effects["office"]).all()
    assert (found.costs["social"] == found.costs["office"]).all()
    assert found.effects["none"].eq(0).all()
    assert len(found.effects) == len(found.parameters) == 6
    dear = ps.budget(2_000_000, plans, effect=0, prices=ps.Prices(contract=20_000), **SIZE)
    assert dear.contrast("social", "office").set_index("outcome")["estimate"]["villages"] < 0


def test_a_better_effect_gains_more_from_the_same_draws():
    low, high = (ps.budget(2_000_000, SOCIAL, effect=x, **SIZE) for x in (-0.1, 0.1))
    assert high.effects["plan"].mean() > low.effects["plan"].mean()
    mixed = ps.budget(
        2_000_000, {"some": ps.Plan(social_work=0.5), "all": SOCIAL}, effect=0.1, **SIZE
    )
    assert mixed.effects["all"].equals(high.effects["plan"].rename("all"))


def test_a_larger_budget_reaches_no_fewer_and_the_frontier_is_the_budget_itself():
    plans = {"office": OFFICE, "mixed": ps.Plan(social_work=0.5)}
    found = ps.budget(2_000_000, plans, effect=0.05, **SIZE)
    totals = np.linspace(200_000, 10_000_000, 12)
    wide = found.frontier(totals).pivot(
        index=["plan", "budget"], columns="outcome", values="estimate"
    )
    for name in plans:
        for outcome in ("villages", "spending"):
            assert wide.loc[name, outcome].is_monotonic_increasing
        gained = wide.loc[name, "years_gained"]
        assert gained.iloc[-1] > gained.iloc[0]
    same = found.frontier([2_000_000])
    pd.testing.assert_frame_equal(same, found.tidy())
    each = [ps.budget(total, plans, effect=0.05, **SIZE).tidy() for total in totals[:2]]
    both = found.frontier(totals[:2])
    for total, one in zip(totals, each, strict=False):
        part = both[both["budget"] == total].reset_index(drop=True)
        pd.testing.assert_frame_equal(part, one, check_like=True)


def test_workers_and_more_draws_change_no_byte_and_another_seed_does():
    plans = {"mixed": ps.Plan(social_work=0.5)}
    asked = {"plans": plans, "households": 1_000, "years": 5}
    one, two = (ps.budget(200_000, draws=4, workers=count, **asked) for count in (1, 2))
    assert one.paths.tobytes() == two.paths.tobytes()
    assert pickle.dumps(one.draws.to_dict()) == pickle.dumps(two.draws.to_dict())
    more, other = ps.budget(200_000, draws=6, **asked), ps.budget(200_000, draws=4, seed=1, **asked)
    assert more.paths[:4].tobytes() == one.paths.tobytes()
    assert more.parameters.head(4).equals(one.parameters)
    assert other.paths.tobytes() != one.paths.tobytes()


def test_what_varies_is_told_by_draw():
    prices = ps.Prices(worker=(40_000, 80_000), visit=[20, 60])
    found = ps.budget(500_000, SOCIAL, households=1_000, draws=30, prices=prices)
    told = found.parameters
    assert (
        told["price_worker"].between(40_000, 80_000).all() and told["price_worker"].nunique() == 30
    )
    assert told["social_work_effect"].between(-0.15, 0.15).all()
    assert told["social_work_effect"].min() < 0 < told["social_work_effect"].max()
    assert "price_cadre" not in told and status_of(told) == "simulated"
    given = np.linspace(-0.1, 0.1, 30)
    told = ps.budget(500_000, SOCIAL, households=1_000, draws=30, effect=given).parameters
    assert np.array_equal(told["social_work_effect"], given)
    for lang in ("en", "zh"):
        table = prices.describe(lang)
        assert list(table.index) == list(texts("price"))
        assert table.loc["worker", ["low", "high", "default"]].tolist() == [40_000, 80_000, 47_000]


def test_intervals_are_the_central_part_of_the_draws():
    found = ps.budget(2_000_000, SOCIAL, households=5_000, draws=12)
    row = found.tidy().set_index("outcome").loc["years_gained"]
    values = found.draws["years_gained"]
    assert row["estimate"] == pytest.approx(values.mean())
    assert [row["ci_low"], row["ci_high"]] == pytest.approx(values.quantile([0.05, 0.95]).tolist())
    assert row["mc_error"] == pytest.approx(values.std() / np.sqrt(12))
    assert row["interval"] == "range of the draws, central 90 %" and row["draws"] == 12
    assert found.tidy().attrs["level"] == 0.9


def test_it_is_told_in_both_languages_and_says_first_that_it_is_simulated():
    found = ps.budget(90_000_000, {"平分": ps.Plan(social_work=0.5), "office": OFFICE}, **SIZE)
    english, chinese = found.summary(), found.summary("zh")
    assert english.startswith("Simulated: 90,000,000 yuan for 5,000 households in 100 villages")
    assert chinese.startswith("模拟：90,000,000元")
    assert "office reaches every village" in english and "可覆盖全部村" in chinese
    assert "no evidence" in english and "不能证明" in chinese
    none, falls = (
        found.paths[:, 0, :, 0].T,
        [scenarios.SUMS.index(one) for one in ("falls", "exits")],
    )
    share = 100 * (none[falls[0]] / none[falls[1]]).mean()
    assert "Without help: " in english and f"; {share:.1f} % (" in english.split("\n")[1]
    assert chinese.split("\n")[1].startswith("无帮扶时：")
    for lang, word in (("en", "range of the draws"), ("zh", "抽取范围")):
        shown = str(found.show(lang))
        assert word in shown and "confidence interval" not in shown.split("\n")[1]
    assert status_of(found) == status_of(found.tidy()) == "simulated"
    assert (
        set(texts("budget_outcome")) == set(texts("budget_definition")) == set(scenarios.OUTCOMES)
    )
    assert pickle.loads(pickle.dumps(found)).tidy().equals(found.tidy())


def test_a_poor_budget_helps_nobody():
    found = ps.budget(1, {"one": SOCIAL}, **SIZE)
    row = found.draws.iloc[0]
    assert (row["villages"], row["spending"], row["unspent"], row["years_gained"]) == (0, 0, 1, 0)


def test_a_third_party_finds_more_and_has_to_be_paid(monkeypatch):
    known = pd.DataFrame({"third_party_gain": [0.3, 0.5]})
    monkeypatch.setattr(scenarios, "matched_parameters", lambda: known)
    plans = {"cadres": OFFICE, "third": ps.Plan(social_work=0.0, third_party=True)}
    found = ps.budget(2_000_000, plans, households=20_000, draws=6)
    made = found.contrast("third", "cadres").set_index("outcome")["estimate"]
    assert made["left_out"] < 0
    free = ps.budget(2_000_000, plans, households=20_000, draws=6, prices=ps.Prices(visit=0))
    assert (
        free.contrast("third", "cadres").set_index("outcome")["estimate"]["villages"]
        > made["villages"]
    )


@pytest.mark.parametrize(("call", "words"), [
    (lambda: ps.Plan(social_work=1.2), "lies between 0 and 1"),
    (lambda: ps.Plan(social_work=None), "lies between 0 and 1"),
    (lambda: ps.Plan(social_work=0.6, both=0.5), "more than all"),
    (lambda: ps.Plan(caseload=60), "lies between 6 and 18"),
    (lambda: ps.Plan(accompaniment=6), "from 0 to 5"),
    (lambda: ps.Plan(accompaniment=1.5), "from 0 to 5"),
    (lambda: ps.Plan(third_party="yes"), "False, True"),
    (lambda: ps.Prices(worker=-1), "of 0 or more"),
    (lambda: ps.Prices(worker=(5, 4)), "the lower first"),
    (lambda: ps.Prices(worker="47000"), "A price is"),
    (lambda: ps.Prices(worker=float("nan")), "A price is"),
    (lambda: ps.Prices(accompaniment=2), "from 0 to 1"),
    (lambda: ps.budget(-5, OFFICE), "total= is"),
    (lambda: ps.budget(1e6, {}), "by their names"),
    (lambda: ps.budget(1e6, [OFFICE]), "by their names"),
    (lambda: ps.budget(1e6, {"none": OFFICE}), "by their names"),
    (lambda: ps.budget(1e6, {"one": None}), "by their names"),
    (lambda: ps.budget(1e6, {"one": OFFICE, "two": "office"}), "by their names"),
    (lambda: ps.budget(1e6, {1: OFFICE}), "by their names"),
    (lambda: ps.budget(1e6, OFFICE, households=1_030), "villages of 50"),
    (lambda: ps.budget(1e6, OFFICE, households=100_000), "from 100 to 50000"),
    (lambda: ps.budget(1e6, OFFICE, years=30), "years="),
    (lambda: ps.budget(1e6, OFFICE, draws=1), "draws="),
    (lambda: ps.budget(1e6, OFFICE, effect=0.3), "The effect of social work"),
    (lambda: ps.budget(1e6, OFFICE, effect=[0.1, 0.1]), "The effect of social work"),
    (lambda: ps.budget(1e6, OFFICE, effect="none"), "The effect of social work"),
    (lambda: ps.budget(1e6, OFFICE, effect="0.03"), "The effect of social work"),
    (lambda: ps.budget(1e6, OFFICE, draws=2, effect=["0.03", "0.1"]), "The effect of social work"),
    (lambda: ps.budget(1e6, OFFICE, draws=2, effect=[0.1, np.nan]), "The effect of social work"),
    (lambda: ps.budget(1e6, OFFICE, effect=False), "The effect of social work"),
    (lambda: ps.budget(1e6, OFFICE, draws=2, effect=pd.array([0.1, None])), "The effect of social work"),
    (lambda: ps.budget(1e6, OFFICE, prices={"worker": 5}), "told by a Prices"),
    (lambda: ps.explorer_grid(draws=2, households=1_000, budgets=[5_000]), "every village"),
    (lambda: ps.explorer_grid(draws=2, budgets=[]), "holds no amount"),
    (lambda: ps.explorer_grid(draws=2, budgets=["much"]), "budgets= is"),
])  # fmt: skip
def test_what_was_not_simulated_is_refused(call, words):
    with pytest.raises(ps.DataError, match=words) as told:
        call()
    assert told.value.remedy


def test_whole_numbers_of_small_types_count_as_others():
    small = {"households": np.int16(5_000), "years": np.int8(8), "draws": np.int8(2), "seed": np.uint8(3)}  # fmt: skip
    asked = {"households": 5_000, "years": 8, "draws": 2, "seed": 3}
    one, two = (ps.budget(1e6, OFFICE, **sizes).tidy() for sizes in (small, asked))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert one["estimate"].notna().all()


def test_where_nobody_left_there_is_no_share_of_those_who_left():
    asked = {"households": 100, "years": 5, "draws": 60}
    found = ps.budget(30_000, OFFICE, **asked)
    nobody = found.draws["relapse"].isna()
    assert nobody.any() and found.tidy().set_index("outcome").loc["relapse", "draws"] == (~nobody).sum()  # fmt: skip
    grid = ps.explorer_grid(budgets=[20], **asked)
    relapse = grid["outcome"].eq("relapse")
    assert grid.loc[relapse, "estimate"].isna().all()
    assert grid.loc[~relapse, ["estimate", "low", "high"]].notna().all(axis=None)


def test_a_budget_of_which_money_is_left_has_no_frontier():
    found = ps.budget(100_000, {"a": OFFICE}, households=1_000, draws=2)
    with pytest.raises(ps.DataError, match="every village") as told:
        found.frontier([1e9])
    scope = {}
    exec(told.value.remedy, scope)
    assert found.frontier(scope["totals"])["budget"].nunique() == 2
    with pytest.raises(ps.DataError, match="plan= is one of"):
        found.contrast("b", "a")


# The grid --------------------------------------------------------------------------------

GRID = {"draws": 3, "households": 2_000, "budgets": [40, 120]}


@pytest.fixture(scope="module")
def grid():
    return ps.explorer_grid(**GRID)


def test_the_grid_is_whole_and_says_what_it_is(grid):
    axes = ["budget", "mix", "caseload", "accompaniment", "effect"]
    assert len(grid) == 2 * 5 * 4 * 4 * 5 * len(grids.OUTCOMES)
    assert not grid.duplicated([*axes, "outcome"]).any()
    assert grid[["estimate", "low", "high"]].notna().all(axis=None)
    known = grid[grid["outcome"] != "cost_per_year"]
    assert (known["low"] <= known["high"]).all() and np.isfinite(known["estimate"]).all()
    assert status_of(grid) == "simulated" and set(grid["data_status"]) == {"simulated"}
    assert grid.attrs["households"] == 2_000 and grid.attrs["draws"] == 3
    assert set(grid.attrs["definitions"]) == set(grids.OUTCOMES)
    assert grid["share"].notna().eq(grid["outcome"].eq("gain")).all()


def test_a_grid_without_effect_or_without_social_work_has_no_gain(grid):
    gain = grid[grid["outcome"] == "gain"]
    zero = gain[gain["effect"].eq(0) | gain["mix"].eq(0)]
    assert zero[["estimate", "low", "high", "share"]].eq(0).all(axis=None)
    alone = grid[grid["mix"] == 0]
    keys = ["budget", "caseload", "accompaniment", "outcome"]
    assert alone.groupby(keys)[["estimate", "low", "high"]].nunique().eq(1).all(axis=None)
    assert grid.groupby("outcome")["estimate"].mean()["poverty"] < 1


@pytest.mark.parametrize(("mix", "caseload", "accompaniment", "effect"), [
    (0.0, 6, 0, -0.15), (1.0, 18, 3, 0.15), (0.5, 9, 1, 0.05), (1.0, 6, 2, -0.15),
])  # fmt: skip
def test_a_cell_of_the_grid_is_what_the_budget_says(grid, mix, caseload, accompaniment, effect):
    lever = {"caseload": caseload, "accompaniment": accompaniment, "collaboration": 0.0}
    plans = {"this": ps.Plan(social_work=mix, **lever), "office": ps.Plan(social_work=0.0, **lever)}
    for budget in GRID["budgets"]:
        found = ps.budget(budget * 2_000 * 8, plans, draws=3, households=2_000, effect=effect)
        cell = grid[(grid["budget"] == budget) & (grid["mix"] == mix) & (grid["caseload"] == caseload)
                    & (grid["accompaniment"] == accompaniment) & (grid["effect"] == effect)]  # fmt: skip
        cell = cell.set_index("outcome")[["estimate", "low", "high"]]
        mine = found.tidy().set_index(["plan", "outcome"])[["estimate", "ci_low", "ci_high"]]
        for outcome, scale, name in (("poverty", 1, "poverty"), ("relapse", 1, "relapse"),
                                     ("years_gained", 1 / 2, "poverty_free_years")):  # fmt: skip
            expected = scale * mine.loc[("this", outcome)].to_numpy()
            assert cell.loc[name].to_numpy() == pytest.approx(expected, rel=1e-12)
        gain = found.contrast("this", "office").set_index("outcome").loc["years_gained"]
        expected = gain[["estimate", "ci_low", "ci_high"]].to_numpy(float) / 2
        assert cell.loc["gain"].to_numpy() == pytest.approx(expected, rel=1e-12, abs=1e-12)
        gained, spent = found.effects["this"].mean(), found.costs["this"].mean()
        price = spent / gained if gained > 0 else np.inf
        assert cell.loc["cost_per_year", "estimate"] == pytest.approx(price)


def test_where_the_answer_flips():
    cells = pd.DataFrame({
        "budget": 50.0, "caseload": 9.0, "accompaniment": 0, "mix": 1.0, "outcome": "gain",
        "effect": [0.1, -0.1, 0.0], "estimate": [3.0, -2.0, -1.0], "low": [1.0, -4.0, -3.0],
        "high": [5.0, 2.0, 4.0],
    })  # fmt: skip
    found = ps.flip_points(cells).iloc[0]
    assert found[["flip", "low", "high"]].tolist() == pytest.approx([0.025, -0.1, 0.075])
    never = ps.flip_points(cells.assign(estimate=-1.0)).iloc[0]
    assert np.isnan(never["flip"])
    with pytest.raises(ps.DataError, match="lacks the column"):
        ps.flip_points(cells.drop(columns="mix"))


def test_workers_change_no_byte_of_the_grid():
    small = {"draws": 2, "households": 500, "budgets": [60], "years": 5}
    one, two = (ps.explorer_grid(workers=count, **small) for count in (1, 2))
    assert one["estimate"].to_numpy().tobytes() == two["estimate"].to_numpy().tobytes()
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_what_a_year_is_worth_is_told_as_such():
    plans = {"one": ps.Plan(social_work=0), "two": ps.Plan(social_work=1)}
    found = ps.budget(2_000_000, plans, **SIZE)
    decision = ps.cost_effectiveness(found.effects[["none", "one"]], found.costs[["none", "one"]])
    assert decision.unit == ("yuan for a poverty-free year", "元（每个无贫困年）")
    own = ps.cost_effectiveness(found.effects, found.costs, unit="dollars for a year")
    assert own.unit == "dollars for a year"
    shown = ps.figures.acceptability(decision.acceptability([0, 1000]))
    assert "one more poverty-free year" in shown.get_xlabel()
