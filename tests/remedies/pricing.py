"""Remedies of the room policy: costs, benefits and years; as in `measuring`."""

import pandas as pd


def panel(**more):
    """Two households that leave poverty, one of which falls back."""
    table = pd.DataFrame({"household_id": [1] * 4 + [2] * 4, "year": [2012, 2013, 2014, 2015] * 2,
                          "poor": [1, 0, 0, 0, 1, 0, 1, 1], "village": ["a"] * 7 + ["b"]})  # fmt: skip
    return table.assign(**more)


def records(**more):
    """Records of three programmes."""
    table = pd.DataFrame({"approach": ["administrative", "administrative", "social_work"],
                          "programme": ["team", "team", "social"], "place": [1, 2, 3],
                          "start": [2013, 2013, 2014], "end": [2014, 2013, 2015],
                          "workers": [1.0, 2.0, 3.0], "persons": [10, 20, 30], "kind": "output"})  # fmt: skip
    return table.assign(**more)


def gains(**more):
    """Gains of two arms in two years."""
    table = pd.DataFrame({"arm": ["a", "a", "b", "b"], "year": [1, 2, 1, 2],
                          "gain": [100.0, 80.0, 50.0, 90.0]})  # fmt: skip
    return table.assign(**more)


COST = "ps.programme_costs(programmes, prices)"
GAIN = "ps.benefit_cost(gains, costs, rate=0.05)"
PRICES, COSTS = {"workers": 100}, {"a": 100, "b": 120, "none": 50}
ERRORS = gains().rename(columns={"gain": "estimate"}).assign(std_error=0.1)
ERRORS["estimate"] = [0.1, 0.08, 0.05, 0.09]


def cost(place, table=None, prices=None, call=COST, again=None):
    """A situation of costs."""
    scope = {"programmes": records() if table is None else table, "prices": prices or dict(PRICES)}
    return f"policy/costs.{place}", scope, call, again


def gain(place, call=GAIN, again=None, **more):
    """A situation of gains."""
    return (
        f"policy/prices.{place}",
        {"gains": gains(), "costs": COSTS, "errors": ERRORS} | more,
        call,
        again,
    )


def years(place, again=None, call="ps.poverty_free_years(panel, 3)", table=None):
    """A situation of years."""
    return f"policy/years.{place}", {"panel": panel() if table is None else table}, call, again


SITUATIONS = [
    cost("programme_costs", records().drop(columns="approach")),
    cost("programme_costs", records(approach=["one", None, "two"])),
    cost(
        "programme_costs",
        call="ps.programme_costs(programmes, prices, rate=0.03)",
        again="ps.programme_costs(programmes, prices, rate=0.03, {})",
    ),
    cost(
        "_prices",
        call="ps.programme_costs(programmes, 47000)",
        again="ps.programme_costs(programmes, {})",
    ),
    cost("_prices", prices={"wokers": 1}, again="ps.programme_costs(programmes, {})"),
    cost("_prices", prices={"workers": "many"}, again="ps.programme_costs(programmes, {})"),
    cost("_numbers", records(workers=[1, None, 2])),
    cost("_numbers", records(workers=[1, -9, 2])),
    cost("_refuse_two_kinds", records(kind=["plan", "output", "output"])),
    cost("_refuse_unpriced", prices={"workers": 1, "team": 1, "social": 2}),
    cost("_refuse_unpriced", prices={"team": 1}),
    cost("_refuse_unpriced", records(programme=["team", None, "team"]), prices={"team": 1}),
    cost("_said", records(bound=["exact", "persons: at least", "exact"])),
    cost(
        "programme_costs",
        records().rename(columns={"approach": "方式 一"}),
        call="ps.programme_costs(programmes, prices, by='way 2')",
    ),
    cost("_ends", records(start=["2013", None, "2014-06"])),
    cost("_ends", records(start=[2013, 2015, 2014])),
    cost(
        "_households",
        call="ps.programme_costs(programmes, prices, per='person')",
        again="ps.programme_costs(programmes, prices, {})",
    ),
    cost(
        "_households",
        records(place=1),
        call="ps.programme_costs(programmes, prices, per='persons')",
    ),
    cost(
        "_below",
        call="ps.programme_costs(programmes, prices, per={'administrative': 5})",
        again="ps.programme_costs(programmes, prices, {})",
    ),
    cost(
        "_below",
        records(persons=[10, 20, 0]),
        call="ps.programme_costs(programmes, prices, per='persons')",
        again="ps.programme_costs(programmes, prices, {})",
    ),
    gain(
        "benefit_cost",
        "ps.benefit_cost(gains, costs, rate=0.05, weights={1: 0.5})",
        "ps.benefit_cost(gains, costs, rate=0.05, {})",
    ),
    gain("benefit_cost", gains=gains(std_error=-1.0)),
    gain(
        "benefit_cost",
        "ps.benefit_cost(gains, costs, rate=0.05, errors=errors)",
        "ps.benefit_cost(gains, costs, rate=0.05, {})",
        errors=ERRORS.assign(std_error=float("inf")),
    ),
    gain("_columns", gains=gains().rename(columns={"arm": "arms"})),
    gain("_columns", gains=gains(other=1.0)),
    gain("_refuse_odd", gains=gains(gain=[1.0, None, 2.0, 3.0])),
    gain("_refuse_odd", gains=gains(year=[2019, 2020] * 2)),
    gain("_refuse_odd", gains=pd.concat([gains(), gains()])),
    gain(
        "_costs",
        "ps.benefit_cost(gains, [1, 2], rate=0.05)",
        "ps.benefit_cost(gains, {}, rate=0.05)",
    ),
    gain(
        "_costs",
        "ps.benefit_cost(gains, {'a': 5}, rate=0.05)",
        "ps.benefit_cost(gains, {}, rate=0.05)",
    ),
    gain(
        "_costs",
        "ps.benefit_cost(gains, {'a': 'x'}, rate=0.05)",
        "ps.benefit_cost(gains, {}, rate=0.05)",
    ),
    gain(
        "_costs",
        "ps.benefit_cost(gains, costs, rate=0.05, over='non')",
        "ps.benefit_cost(gains, costs, rate=0.05, {})",
    ),
    gain("_costs", costs=pd.DataFrame({"arm": ["a", "b", "b"], "cost": [5.0, 4.0, None]})),
    gain(
        "_borrowed",
        "ps.benefit_cost(gains, costs, rate=0.05, errors=errors)",
        errors=pd.concat([ERRORS] * 2),
    ),
    gain(
        "_borrowed",
        "ps.benefit_cost(gains, costs, rate=0.05, errors=errors)",
        "ps.benefit_cost(gains, costs, rate=0.05, errors=errors, {})",
        gains=gains(gain=[100, 80, 52, 90]),
    ),
    years(
        "_followed",
        "ps.poverty_free_years(panel, 3, {})",
        "ps.poverty_free_years(panel, 3, baseline=1999)",
    ),
    years("_followed", "ps.poverty_free_years(panel, {})", "ps.poverty_free_years(panel, 30)"),
    years("_refuse_moves", call="ps.poverty_free_years(panel, 3, by='village')"),
    years(
        "_summed",
        "ps.poverty_free_years(panel, {}, by='village')",
        "ps.poverty_free_years(panel, 3, by='village')",
        panel(village=["a"] * 4 + ["b"] * 4).iloc[:7],
    ),
    years(
        "part",
        "ps.poverty_free_years(panel, 3).part({})",
        "ps.poverty_free_years(panel, 3).part('exits')",
    ),
]
