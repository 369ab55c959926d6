"""Costs by approach and component: by hand, against a bootstrap, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import povstudy as ps


def records(**more):
    table = pd.DataFrame({
        "approach": ["administrative", "administrative", "social_work", "social_work"],
        "programme": ["resident_team", "resident_team", "social_work", "social_work"],
        "place": ["a", "b", "c", "d"], "start": ["2013", "2013-07", "2014-01-01", "2013"],
        "end": ["2014", "2013-12", "2014-12-31", "2015"], "workers": [3, 1, 2, 1],
        "persons": [100, 20, 40, 10], "amount_yuan": [1e5, 2e4, 9e4, 3e4],
        "bound": "exact", "kind": "output",
    })  # fmt: skip
    return table.assign(**more)


PRICES = {"resident_team": 40000, "social_work": (50000, 5000), "persons": (200, 400)}


def wide(found, column="estimate"):
    return found.tidy().set_index(["approach", "component"])[column]


def test_worker_years_and_amounts_by_hand():
    cost, error = (
        wide(ps.programme_costs(records(), PRICES), one) for one in ("estimate", "std_error")
    )
    assert cost["administrative", "resident_team"] == pytest.approx(6.5 * 40000)
    assert cost["social_work", "social_work"] == pytest.approx((2 + 3) * 50000)
    assert cost["social_work", "persons"] == pytest.approx(50 * 300)  # the middle of the range
    assert error["social_work", "social_work"] == pytest.approx(5 * 5000)
    assert error["social_work", "persons"] == pytest.approx(50 * 200 / np.sqrt(12))
    assert cost["administrative", "social_work"] == 0


def test_a_price_is_one_for_all_approaches_in_totals_and_contrasts():
    found = ps.programme_costs(records(), {"workers": (50000, 5000), "persons": 300})
    total = found.total()
    assert total.tidy()["estimate"].tolist() == pytest.approx([6.5 * 5e4 + 36000, 5 * 5e4 + 15000])
    cov = total.cov().to_numpy()
    assert cov == pytest.approx(np.outer([6.5, 5], [6.5, 5]) * 5000**2)
    apart = total.contrast("approach", "social_work", "administrative").tidy().iloc[0]
    assert apart["std_error"] == pytest.approx(1.5 * 5000)
    whole = found.tidy().query("component == 'total'")
    assert whole["estimate"].tolist() == total.tidy()["estimate"].tolist()
    assert whole["std_error"].tolist() == total.tidy()["std_error"].tolist()


def test_discounting_to_a_stated_year_by_hand():
    found = ps.programme_costs(records(), PRICES, rate=0.1, base_year=2012)
    cost = wide(found)
    assert cost["administrative", "resident_team"] == pytest.approx(
        40000 * (3 / 1.1 + 3 / 1.21 + 0.5 / 1.1)
    )
    # What is spread over three years is worth the mean of their factors.
    assert cost["social_work", "persons"] == pytest.approx(
        300 * (40 / 1.21 + 10 * (1 / 1.1 + 1 / 1.21 + 1 / 1.331) / 3)
    )
    assert "Discounted at 10 % a year to 2012" in found.summary()
    assert "按年率10%折现到2012年" in found.summary("zh")
    assert "Not discounted" in ps.programme_costs(records(), PRICES).summary()


@pytest.mark.parametrize("per", ["persons", {"administrative": 120, "social_work": 50}])
def test_costs_of_one_household(per):
    found = ps.programme_costs(records(), {"workers": 50000}, per=per).total().tidy()
    assert found["estimate"].tolist() == pytest.approx([6.5 * 5e4 / 120, 5 * 5e4 / 50])


def test_costs_of_a_year():
    found = ps.programme_costs(records(), {"workers": 50000}, per="year").total().tidy()
    assert found["estimate"].tolist() == pytest.approx([6.5 * 5e4 / 2, 5 * 5e4 / 3])
    level = records(approach="one", start=2013, end=2015, workers=1)
    again = ps.programme_costs(level, {"workers": 100}, per="year", rate=0.07, base_year=2030)
    assert again.total().tidy()["estimate"].tolist() == pytest.approx(
        [400]
    )  # an annuity of the same


def test_the_unit_of_money_changes_nothing_else():
    one = ps.programme_costs(records(), {"workers": (5, 0.5)}).total().tidy()
    for unit in (1e-9, 1e9):
        two = ps.programme_costs(records(), {"workers": (5 * unit, 0.5 * unit)}).total().tidy()
        for name in ("estimate", "std_error", "ci_low"):
            assert two[name].to_numpy() / unit == pytest.approx(one[name].to_numpy())


def villages(count, seed):
    rng = np.random.default_rng(seed)
    size = rng.poisson(9, count) + 1
    return pd.DataFrame({
        "approach": np.where(np.arange(count) % 2, "administrative", "social_work"),
        "programme": "team", "place": np.arange(count), "year": 2014,
        "workers": rng.gamma(4, 0.25, count) + 0.05 * size, "households": size,
    })  # fmt: skip


def test_errors_of_a_sample_are_near_those_of_a_bootstrap_of_villages_and_prices():
    table, rng = villages(300, 1), np.random.default_rng(2)
    prices = {"team": (47000, 4000)}
    svy = ps.Survey(table, psu="place")
    found = ps.programme_costs(svy, prices, per="households").total()
    draws = []
    for _ in range(1500):
        some = table.iloc[rng.integers(0, 300, 300)]
        sums = some.groupby("approach")[["workers", "households"]].sum()
        draws.append(rng.normal(47000, 4000) * sums["workers"] / sums["households"])
    cov = np.cov(np.array(draws).T)
    assert found.cov().to_numpy() == pytest.approx(cov, rel=0.12)
    apart = found.contrast("approach", "social_work", "administrative").tidy()["std_error"][0]
    assert apart == pytest.approx(np.sqrt(cov[0, 0] + cov[1, 1] - 2 * cov[0, 1]), rel=0.1)
    whole = ps.programme_costs(table, prices, per="households").total().tidy()["std_error"]
    assert (whole < found.tidy()["std_error"]).all()  # all records: prices alone


def test_intervals_of_a_sample_hold_the_cost_of_all():
    every = villages(4000, 3).assign(fold=np.repeat(np.arange(100), 40))
    truth = ps.programme_costs(every, {"team": 1}, per="households").tidy()["estimate"].to_numpy()
    held = []
    for _, part in every.groupby("fold"):
        told = ps.programme_costs(
            ps.Survey(part, psu="place"), {"team": 1}, per="households"
        ).tidy()
        held += [(told["ci_low"].to_numpy() < truth) & (truth < told["ci_high"].to_numpy())]
    assert 0.88 < np.mean(held) < 0.99


def test_bounds_stay_bounds():
    bound = ["exact", "workers: lower; persons: about", "persons: upper", "exact"]
    with pytest.warns(ps.DataWarning, match="bounds or round numbers"):
        found = ps.programme_costs(records(bound=bound), {"workers": 50000, "persons": 300})
    assert wide(found, "bound").tolist() == [
        "at least",
        "about",
        "at least",
        "exact",
        "at most",
        "at most",
    ]
    assert wide(found, "ci_high")["administrative", "workers"] == np.inf
    assert wide(found, "ci_low")["social_work", "persons"] == -np.inf
    assert found.total().tidy()["bound"].tolist() == ["at least", "at most"]
    assert "at least" in found.summary() and "至少" in str(found.show("zh"))
    assert "exact" not in ps.programme_costs(records(), PRICES).summary()
    apart = found.total().contrast("approach", "administrative", "social_work").tidy()
    assert apart["bound"].tolist() == ["at least"]
    # What takes them for exact says so.
    help_, paid = {"administrative": (1, 0.1), "social_work": (2, 0.1)}, found.total()
    gains = pd.DataFrame({"approach": [*help_], "year": 1, "gain": [9.0, 7.0]})
    for made in (ps.cost_effectiveness(help_, paid), ps.benefit_cost(gains, paid, rate=0.05)):
        assert "they count here as exact" in made.summary() and "按精确值计" in made.summary("zh")
    with pytest.warns(ps.DataWarning):
        found = ps.programme_costs(records(bound=bound), {"resident_team": 1, "social_work": 1},
                                   per="persons")  # fmt: skip
    # More workers than told, over fewer persons than told.
    assert wide(found, "bound")["social_work", "social_work"] == "at least"


@pytest.mark.parametrize("kind", [
    lambda t: t.astype({"workers": "int8"}), lambda t: t.astype({"workers": "Int64"}),
    lambda t: t.astype({"approach": "category", "programme": "category"}),
    lambda t: t.set_axis([7, 7, 7, 7]), lambda t: t.iloc[::-1],
    lambda t: t.assign(start=pd.to_datetime(["2013-01-01", "2013-07-01", "2014-01-01", "2013-01-01"]),
                       end=pd.to_datetime(["2014-12-31", "2013-12-31", "2014-12-31", "2015-12-31"])),
])  # fmt: skip
def test_types_and_order_change_nothing(kind):
    table = kind(records())
    before = table.copy()
    found = ps.programme_costs(table, PRICES)
    assert wide(found).to_dict() == pytest.approx(
        wide(ps.programme_costs(records(), PRICES)).to_dict()
    )
    pd.testing.assert_frame_equal(table, before)


def test_chinese_names_and_one_approach():
    table = records(approach="驻村帮扶", programme="工作队")
    found = ps.programme_costs(table, {"工作队": 40000})
    assert found.total().tidy()["estimate"].tolist() == [11.5 * 40000]
    assert "各方式各项成本" in found.show("zh").__str__()


def test_what_is_simulated_says_so_and_costs_what_the_truth_says():
    scenario = ps.Scenario(administrative_share=0.5, social_work_share=0.0)
    sim = ps.simulate(scenario, households=5000, years=6, seed=2)
    table = sim.programmes.assign(approach="administrative")
    found = ps.programme_costs(table, {"resident_team": scenario.cost_cadre})
    assert found.tidy()["estimate"][0] == pytest.approx(table["amount_yuan"].sum())
    assert found.tidy()["data_status"].tolist() == ["simulated"] * 2
    assert found.summary().startswith("Simulated")
    # By household and year on the list of the first year, as the truth counts.
    village = sim.register.query("year == 2012").groupby("village", observed=True)["listed"].sum()
    table["on_list"] = village.reindex(table["place"]).fillna(0).to_numpy()
    truth = sim.truth.query("estimand == 'cost_per_household' and arm == 'administrative'")["value"]
    each = ps.programme_costs(table, {"resident_team": scenario.cost_cadre}, per="on_list").tidy()
    assert each["estimate"][0] == pytest.approx(truth.iloc[0], rel=0.02)


def test_prices_are_told_as_they_were_used():
    told = ps.programme_costs(records(), PRICES).prices.set_index("component")
    assert told["unit"].tolist() == ["worker-year", "worker-year", "persons"]
    assert told.loc["persons", "price"] == 300


def test_clean_records_can_be_priced():
    raw = pd.DataFrame({"项目名称": ["三区社工人才计划"] * 2, "承接机构": ["清源社工中心", "春雨社工中心"],
                        "合同编号": ["A1", "A2"], "派驻社工人数": ["3人", "2人"],
                        "起止时间": ["2013年1月至2014年12月", "2014年1月至2014年6月"]})  # fmt: skip
    table, _ = ps.clean.programmes(raw)
    found = ps.programme_costs(table.assign(approach="social_work"), {"workers": 47000})
    assert found.total().tidy()["estimate"].tolist() == pytest.approx([(6 + 1) * 47000])


def test_surveys_of_any_kind(tmp_path):
    table = villages(100, 1).assign(w=1.0, s=np.r_[0, np.repeat([1, 2, 3], 33)])
    table["N"] = np.where(table["s"] == 0, 1, 33)
    prices, per = {"team": (47000, 4000)}, {"per": "households"}
    plain = ps.programme_costs(ps.Survey(table, psu="place"), prices, **per).total().tidy()
    table.to_parquet(tmp_path / "records.parquet")
    polars = pytest.importorskip("polars")
    for data in (polars.DataFrame(table), tmp_path / "records.parquet"):
        found = ps.programme_costs(ps.Survey(data, psu="place"), prices, **per).total().tidy()
        assert found["std_error"].tolist() == pytest.approx(plain["std_error"].tolist())
    # All villages of each stratum were drawn: prices alone have an error.
    every = ps.Survey(table, weight="w", strata="s", psu="place", fpc="N")
    found = ps.programme_costs(every, prices, **per).total().tidy()
    assert found["std_error"].tolist() == pytest.approx((found["estimate"] * 4 / 47).tolist())
    centre = ps.Survey(table, strata="s", psu="place", lonely="center")
    found = ps.programme_costs(centre, prices, **per).total().tidy()
    assert found["std_error"].tolist() == pytest.approx(plain["std_error"].tolist(), rel=0.03)
    some = ps.Survey(table, weight="w", psu="place").where("approach == 'social_work'")
    found = ps.programme_costs(some, prices, **per).total().tidy()
    assert found["approach"].tolist() == ["social_work"]
    assert found["std_error"][0] == pytest.approx(plain["std_error"][1], rel=1e-6)
    table["approach"] = np.where(table["place"] == 0, "one village", "others")
    found = ps.programme_costs(ps.Survey(table, psu="place"), prices, **per).total().tidy()
    assert np.isnan(found["std_error"][0]) and found["std_error"][1] > 0


def test_it_is_drawn():
    ax = ps.programme_costs(records(), PRICES).plot()
    assert ax.get_figure() is not None
    plt.close("all")


def test_a_record_without_a_year_is_of_its_time_from_start_to_end():
    found = ps.programme_costs(records(year=[None, None, 2014, 2014]), {"workers": 100})
    assert found.total().tidy()["estimate"].tolist() == pytest.approx([650, 300])
    spans = pd.PeriodIndex(["2013-01", "2013-07", "2014-01", "2013-01"], freq="M")
    found = ps.programme_costs(records(start=spans), {"workers": 100})
    assert found.total().tidy()["estimate"].tolist() == pytest.approx([650, 500])
    with pytest.raises(ps.DataError, match="no start that is a date"):
        ps.programme_costs(records(start=pd.to_datetime(["2013-01-01", None] * 2)), {"workers": 1})


@pytest.mark.parametrize(("options", "told"), [
    ({"per": None}, "Costs are of all"), ({"per": 5}, "Costs are of all"),
    ({"per": {"administrative": True, "social_work": 2}}, "a number of more than 0"),
    ({"by": "bound"}, "bears a name that the result has"), ({"rate": 5, "base_year": 2013}, "between 0 and 1"),
    ({"rate": 0.05, "base_year": 10**6}, "from 1900 to 2200"), ({"prices": {"total": 5}}, "of all of them together"),
    *(({"prices": {"workers": one}}, "A price is a number") for one in (10**400, 1e300, (100, True))),
])  # fmt: skip
def test_what_is_no_number_or_no_name_is_refused(options, told):
    with pytest.raises(ps.DataError, match=told):
        ps.programme_costs(records(total=1.0), **{"prices": {"workers": 1}, **options})
