"""Remedies of what is done before a measure: see ``measuring.py``."""

import numpy as np
import pandas as pd


def persons(**more):
    """Two households of persons."""
    table = pd.DataFrame(
        {"household_id": [2, 2, 1, 2], "age": [40, 38, 70, 9], "wage": [5.0, 6, 7, None]}
    )
    return table.assign(**more)


def yearly(**more):
    """Incomes of three years."""
    return pd.DataFrame({"year": [2010, 2011, 2012], "income": [2000.0, 2100, 2310]}).assign(**more)


def coded():
    """Incomes with a code among them."""
    return pd.concat([yearly(), *[yearly(income=-8.0)] * 2], ignore_index=True)


HOMES = 'ps.equivalise(people, "household_id", "age")'
OPTION = 'ps.equivalise(people, "household_id", "age", {})'
REAL = 'ps.deflate(table, "income", index=index, base=2010)'
INDEX = {2010: 100, 2011: 105, 2012: 110}
CUT = 'ps.winsorise(table, "income", {}high=0.9)'

SITUATIONS = [
    ("measures/scales._refuse_options", {"people": persons()}, "ps.equivalise(people, [], 'age')",
     "ps.equivalise(people, {}, age='age')"),
    ("measures/scales._refuse_options", {"people": persons()}, OPTION.format("scale='squareroot'"), OPTION),
    ("measures/scales._refuse_options", {"people": persons()}, "ps.equivalise(people, 'household_id')",
     "ps.equivalise(people, 'household_id', {})"),
    ("measures/scales._refuse_options", {"people": persons()}, OPTION.format("missing_age='drop'"), OPTION),
    ("measures/scales._refuse_options", {"people": persons(size=3)}, OPTION.format("keep='size'"), HOMES),
    ("measures/before.grouped", {"people": persons(household_id=[2, None, 1, 2])}, HOMES, None),
    ("measures/scales._households", {"people": persons(person_id=[1, 2, 1, 1])}, HOMES, None),
    ("measures/scales._households", {"people": persons(year=[2020, 2022, 2020, 2020])}, HOMES,
     'ps.equivalise(people, {}, age="age")'),
    ("measures/scales._ages", {"people": persons(age=[40, 38, 70, -1])}, HOMES, None),
    ("measures/scales._ages", {"people": persons(age=[40, 38, 999, -8])}, HOMES, OPTION.format('missing_age="adult"')),
    ("measures/scales._ages", {"people": persons(age=[1980, 1982, 1950, 2011])}, HOMES, None),
    ("measures/scales._ages", {"people": persons(age=[1980, 1982, 1950, 2011], year=2020)}, HOMES, None),
    ("measures/scales._ages", {"people": persons(age=[40, None, 70, 9])}, HOMES, OPTION),
    ("measures/scales._units", {"people": persons()}, OPTION.format("scale=lambda a, c: a - 1"), OPTION),
    ("measures/scales._of_household", {"people": persons()}, OPTION.format("income='wage'"), OPTION),
    ("measures/prices._refuse_options", {"table": yearly(), "index": INDEX}, REAL.replace("2010", "'2010'"),
     'ps.deflate(table, "income", index=index, {})'),
    ("measures/before.opened", {"table": yearly(income_2010prices=1), "index": INDEX}, REAL, None),
    ("measures/before.grouped", {"table": yearly(year=[2010, None, 2012]), "index": INDEX}, REAL, None),
    ("measures/prices._index", {"table": yearly(), "index": pd.DataFrame({"year": [*INDEX], "rural": [100, 105, 110], "urban": 100})},
     REAL, 'ps.deflate(table, "income", {}, base=2010)'),
    ("measures/prices._index", {"table": yearly(), "index": pd.DataFrame({"year": [*INDEX, 2012], "cpi": [100, 105, 110, 111]})},
     REAL, None),
    ("measures/prices._levels", {"table": yearly(), "index": {2010: 103.3, 2011: 105.8, 2012: 102.5}}, REAL,
     'ps.deflate(table, "income", index=index, base=2010, {})'),
    ("measures/limits.winsorise", {"table": yearly(w=[1, np.nan, 1])}, CUT.format("weight='w', "), None),
    ("measures/before.grouped", {"table": yearly(place=["a", None, "a"])}, CUT.format("by='place', "), None),
    ("measures/limits._refuse_options", {"table": yearly()}, "ps.winsorise(table, 'income')", "ps.winsorise(table, 'income', {})"),
    ("measures/limits._refuse_options", {"table": yearly()}, "ps.winsorise(table, 'income', low=0.9, high=0.1)",
     "ps.winsorise(table, 'income', {})"),
    ("measures/limits._refuse_options", {"table": yearly()}, CUT.format("how='trim', "), CUT.replace("{}", "{}, ")),
    ("measures/before.opened", {"table": yearly(income_clipped=1)}, CUT.format(""), None),
    ("measures/before.known", {"table": coded(), "index": INDEX}, REAL, 'ps.deflate(table, "income", index=index, base=2010, {})'),
    ("measures/before.known", {"table": coded()}, CUT.format(""), CUT.replace("{}", "{}, ")),
    ("measures/prices._refuse_options", {"table": yearly(), "index": INDEX}, REAL.replace('"income"', "None"),
     "ps.deflate(table, {}, index=index, base=2010)"),
    ("measures/prices._refuse_options", {"table": yearly(place="a"), "index": INDEX}, REAL[:-1] + ", chained='yes')",
     "ps.deflate(table, 'income', index={2010: 103, 2011: 105, 2012: 110}, {})"),
    ("measures/limits._refuse_options", {"table": yearly()}, CUT.format("low=0.9, "), "ps.winsorise(table, 'income', {})"),
]  # fmt: skip
