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
    cost("programme_costs", call="ps.programme_costs(programmes, prices, rate=0.03)",
         again="ps.programme_costs(programmes, prices, rate=0.03, {})"),
    cost("_prices", call="ps.programme_costs(programmes, 47000)", again="ps.programme_costs(programmes, {})"),
    cost("_prices", prices={"wokers": 1}, again="ps.programme_costs(programmes, {})"),
    cost("_prices", prices={"workers": "many"}, again="ps.programme_costs(programmes, {})"),
    cost("_numbers", records(workers=[1, None, 2])),
    cost("_numbers", records(workers=[1, -9, 2])),
    cost("_refuse_two_kinds", records(kind=["plan", "output", "output"])),
    cost("_refuse_unpriced", prices={"workers": 1, "team": 1, "social": 2}),
    cost("_refuse_unpriced", prices={"team": 1}),
    cost("_ends", records(start=["2013", None, "2014-06"])),
    cost("_ends", records(start=[2013, 2015, 2014])),
    cost("_households", call="ps.programme_costs(programmes, prices, per='person')",
         again="ps.programme_costs(programmes, prices, {})"),
    cost("_households", records(place=1), call="ps.programme_costs(programmes, prices, per='persons')"),
    cost("_below", call="ps.programme_costs(programmes, prices, per={'administrative': 5})",
         again="ps.programme_costs(programmes, prices, {})"),
    cost("_below", records(persons=[10, 20, 0]), call="ps.programme_costs(programmes, prices, per='persons')",
         again="ps.programme_costs(programmes, prices, {})"),
    gain("benefit_cost", "ps.benefit_cost(gains, costs, rate=0.05, weights={1: 0.5})",
         "ps.benefit_cost(gains, costs, rate=0.05, {})"),
    gain("_columns", gains=gains().rename(columns={"arm": "arms"})),
    gain("_columns", gains=gains(other=1.0)),
    gain("_refuse_odd", gains=gains(gain=[1.0, None, 2.0, 3.0])),
    gain("_refuse_odd", gains=gains(year=[2019, 2020] * 2)),
    gain("_refuse_odd", gains=pd.concat([gains(), gains()])),
    gain("_costs", "ps.benefit_cost(gains, [1, 2], rate=0.05)", "ps.benefit_cost(gains, {}, rate=0.05)"),
    gain("_costs", "ps.benefit_cost(gains, costs, rate=0.05, over='non')",
         "ps.benefit_cost(gains, costs, rate=0.05, {})"),
    gain("_costs", costs=pd.DataFrame({"arm": ["a", "b", "b"], "cost": [5.0, 4.0, None]})),
    gain("_borrowed", "ps.benefit_cost(gains, costs, rate=0.05, errors=errors)",
         errors=pd.concat([ERRORS] * 2)),
    gain("_borrowed", "ps.benefit_cost(gains, costs, rate=0.05, errors=errors)",
         "ps.benefit_cost(gains, costs, rate=0.05, errors=errors, {})",
         gains=gains(gain=[100, 80, 52, 90])),
    years("_followed", "ps.poverty_free_years(panel, 3, {})", "ps.poverty_free_years(panel, 3, baseline=1999)"),
    years("_followed", "ps.poverty_free_years(panel, {})", "ps.poverty_free_years(panel, 30)"),
    years("_refuse_moves", call="ps.poverty_free_years(panel, 3, by='village')"),
    years("_summed", "ps.poverty_free_years(panel, {}, by='village')", "ps.poverty_free_years(panel, 3, by='village')",
          panel(village=["a"] * 4 + ["b"] * 4).iloc[:7]),
    years("part", "ps.poverty_free_years(panel, 3).part({})", "ps.poverty_free_years(panel, 3).part('exits')"),
"""Remedies of cost-effectiveness; see `modelling` for how a situation is told."""

import numpy as np
import pandas as pd

import povstudy as ps

RNG = np.random.default_rng(5)
ROWS = pd.DataFrame(RNG.normal(size=(200, 2)), columns=["a", "b"])
EFFECTS = pd.DataFrame(
    {"none": 0 * ROWS["a"], "administrative": 0.5 + ROWS["a"], "social_work": 1 + ROWS["b"]}
)
COSTS = pd.DataFrame(
    {"none": 0 * ROWS["a"], "administrative": 2.0, "social_work": 3 + 0.1 * ROWS["a"]}
)
PAID = {"administrative": 300, "social_work": 800}
HOLED = EFFECTS.where(EFFECTS.index.to_series() != 3, np.nan)
WORTH = {"found": ps.cost_effectiveness(EFFECTS, COSTS, parameters=ROWS)}
DRAWS = {"effects": EFFECTS, "costs": COSTS, "paid": PAID, "rows": ROWS, "holed": HOLED}
ROUND = pd.DataFrame({"approach": ["none", "administrative", "social_work"] * 20, "year": [1] * 30 + [2] * 30,
                      "income": RNG.normal(2, 1, 60)})  # fmt: skip
MADE = {"svy": ps.Survey(ROUND), "paid": PAID}
WITH = "ps.cost_effectiveness(effects, costs, {})"

SITUATIONS = [
    ("survey/quotients.fieller", {}, 'ps.fieller(1, "x", 1, 1)', "pass"),
    ("survey/quotients.fieller", {"correlation": 0.5, "top_error": 2.0, "bottom_error": 0.1},
     "ps.fieller(10, 1, top_error, bottom_error, 3)",
     "ps.fieller(10, 1, top_error, bottom_error, covariance)"),
    ("policy/strategies.read", DRAWS, "ps.cost_effectiveness([1, 2], paid)", "ps.cost_effectiveness(costs=paid, {})"),
    ("policy/strategies._of_numbers", DRAWS, 'ps.cost_effectiveness({"administrative": "1", "social_work": 2}, paid)',
     "ps.cost_effectiveness(costs=paid, {})"),
    ("policy/strategies._of_estimates", MADE,
     'ps.cost_effectiveness(ps.mean(svy, "income", by=["approach", "year"]), paid)', "ps.cost_effectiveness(ps.mean(svy, 'income', {}), {**paid, 'none': 0})"),
    ("policy/strategies._names", DRAWS, "ps.cost_effectiveness(effects, costs.iloc[:, 1:])",
     "ps.cost_effectiveness(effects, costs.iloc[:, 1:], {})"),
    ("policy/strategies._names", DRAWS, "ps.cost_effectiveness({'social_work': 1}, {'social_work': 2})",
     "ps.cost_effectiveness({'social_work': 1}, {'social_work': 2}, {})"),
    ("policy/strategies._names", DRAWS, 'ps.cost_effectiveness(effects, costs, reference="non")', WITH),
    ("policy/strategies.together", DRAWS,
     'ps.cost_effectiveness({"administrative": (1, 0.1), "social_work": 2}, paid, covariance={"administrative": 9})',
     'ps.cost_effectiveness({"administrative": (1, 0.1), "social_work": 2}, paid, {})'),
    ("policy/strategies._kept", DRAWS, "ps.cost_effectiveness(holed, costs)", "ps.cost_effectiveness(holed, costs, {})"),
    ("policy/strategies._kept", {**DRAWS, "costs": COSTS.set_index(COSTS.index + 1)}, "ps.cost_effectiveness(effects, costs)",
     None),
    ("policy/information.amounts", WORTH, "found.acceptability(-1)", "found.acceptability({})"),
    ("policy/effectiveness._at", WORTH, 'found.ratios("non")', "found.ratios({})"),
    ("policy/effectiveness.tornado", WORTH, "found.tornado([1, 2])", "found.tornado({})"),
    ("policy/effectiveness.tornado", WORTH, 'found.tornado(1, strategy="none")', "found.tornado(1, {})"),
    ("policy/swings.two_way", WORTH, 'found.tornado(1, by=("a", "a"))', "found.tornado(1, {})"),
]  # fmt: skip
