"""Rates of moves of panels in DuckDB: the numbers and refusals that they have in memory."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps
from povstudy.panels import alike, masks

DESIGN = {"weight": "weight", "strata": "stratum", "psu": "village"}
BANDS = {"income": {"low": "limit", "near": 150, "high": np.inf}}
NUMBERS = {"income": {"low": 80, "near": 120.5, "high": None}}
MIXED = {"income": {"least": 60, "low": 75, "near": "limit", "high": np.inf}}
CALLS = {
    "rates": lambda svy: ps.transitions(svy),
    "domains": lambda svy: ps.transitions(svy, by=["county", "year"]),
    "two apart": lambda svy: ps.transitions(svy, 2, by="year"),
    "joint": lambda svy: ps.transitions(svy, by="county", shares="joint"),
    "named": lambda svy: ps.transitions(svy, states="status"),
    "ordered": lambda svy: ps.transitions(svy, by="stratum", states={"status": ["c", "a", "b"]}),
    "bands": lambda svy: ps.transitions(svy, states=BANDS),
    "bands of numbers": lambda svy: ps.transitions(svy, states=NUMBERS),
    "bands of both": lambda svy: ps.transitions(svy, states=MIXED),
    "after": lambda svy: ps.after_exit(svy, by="county"),
    "after two": lambda svy: ps.after_exit(svy, 2, before=1),
    "relapse": lambda svy: ps.relapse_rates(svy, by="year"),
    "relapse of all": lambda svy: ps.relapse_rates(svy),
    "indices": lambda svy: ps.mobility_indices(svy, "status", by="county"),
    "some": lambda svy: ps.transitions(svy.where("income > 70")),
}  # fmt: skip


def panel(seed, households, words=False, missing=False, steady=0):
    """Rows in no order, of which some are not there.

    ``steady``: weight and county do not change, if not of one household in so many.
    """
    rng = np.random.default_rng(seed)
    size = households * 6
    table = pd.DataFrame({
        "household_id": np.repeat(np.arange(households), 6), "year": np.tile(range(2013, 2019), households),
        "poor": rng.integers(0, 2, size), "county": rng.integers(0, 3, size),
        "weight": rng.choice([0.0, 0.5, 1.25, 3.0], size, p=[0.1, 0.3, 0.3, 0.3]),
        "income": rng.integers(50, 200, size).astype(float), "limit": rng.integers(80, 120, size),
        "status": rng.choice(list("abc"), size),
    })  # fmt: skip
    table["village"] = table["household_id"] % 6
    table["stratum"] = table["village"] // 2
    table["household_id"] -= households // 2
    if steady:
        first = table.groupby("household_id")[["weight", "county"]].transform("first")
        same = table["household_id"] % steady != 1
        for name in first:
            table[name] = table[name].mask(same, first[name])
    if words:
        table["household_id"] = "户" + table["household_id"].astype(str) + "'"
    if missing:
        table["poor"] = table["poor"].astype(float).mask(rng.random(size) < 0.1)
        table["status"] = table["status"].mask(rng.random(size) < 0.1)
        table["county"] = table["county"].astype(float).mask(rng.random(size) < 0.1)
    return table[rng.random(size) < 0.9].sample(frac=1, random_state=seed)


def both(table, call, **more):
    """What comes of a table in memory and in DuckDB: estimates, or what is refused."""
    made, con = [], duckdb.connect()
    for one in (table, con.from_df(table.reset_index(drop=True))):
        try:
            made.append(call(ps.Survey(one, **{**DESIGN, **more})))
        except ps.DataError as error:
            made.append(error)
    return made


def same(one, two):
    """Whether two estimates are the same."""
    pd.testing.assert_frame_equal(one.tidy(), two.tidy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(one.cov(), two.cov(), rtol=1e-9, atol=1e-15)
    assert one.dropped == two.dropped


@pytest.fixture
def in_parts(monkeypatch):
    """Households of a small panel are taken in parts, as those of a large one."""
    monkeypatch.setattr(masks, "AT_ONCE", 400)
    monkeypatch.setattr(masks, "ONE_IN", 2)
    monkeypatch.setattr(alike, "CELLS", 50)
    monkeypatch.setattr(alike, "KINDS", 50)


@pytest.mark.parametrize("call", CALLS)
@examples(12)
@given(
    seed=st.integers(0, 10**6),
    words=st.booleans(),
    missing=st.booleans(),
    steady=st.sampled_from([0, 1, 8]),
)
def test_rates_are_those_of_memory(call, seed, words, missing, steady):
    table = panel(seed, 90, words, missing, steady)
    one, two = both(table, CALLS[call], missing="drop" if missing else "refuse")
    same(one, two)


@pytest.mark.parametrize("call", ["domains", "relapse", "bands"])
@pytest.mark.parametrize("steady", [0, 1, 8])
@pytest.mark.parametrize("words", [False, True])
def test_parts_of_households_are_put_together(call, words, steady, in_parts, monkeypatch):
    counts, old = [], masks.parts_of
    monkeypatch.setattr(alike, "parts_of", lambda *of: counts.append(old(*of)) or counts[-1])
    same(*both(panel(3, 700, words, steady=steady), CALLS[call]))
    assert len(counts[0]) > 2


def test_nothing_of_the_panel_comes_into_memory(monkeypatch):
    from povstudy.survey.engines import Engine

    monkeypatch.setattr(
        Engine, "at_hand", lambda *_: pytest.fail("the panel was brought into memory")
    )
    for call in CALLS.values():
        call(ps.Survey(duckdb.connect().from_df(panel(1, 90)), **DESIGN))


@pytest.mark.parametrize("apart", [True, False])
def test_tables_of_the_users_database_are_taken_for_nothing_of_ours(apart):
    """Its names may be any: of a panel that is a part of its table, that part counts."""
    con = duckdb.connect() if apart else duckdb.default_connection()
    names = ("panel", "masks", "made", "beside", "rows_", "rel", "table", "spells")
    whole = panel(1, 90).reset_index(drop=True)
    try:
        con.execute("CREATE TABLE panel AS FROM whole")
        for name in set(names) - {"panel"}:
            con.execute(f'CREATE TABLE "{name}" (x INTEGER)')
        some, late = whole[whole["year"] > 2014], con.table("panel").filter("year > 2014")
        for call in CALLS.values():
            same(*(call(ps.Survey(one, **DESIGN)) for one in (some, late)))
        one = ps.spells(some, covariates=["county"])
        pd.testing.assert_frame_equal(ps.spells(late, covariates=["county"]), one)
        one["land"] = np.random.default_rng(0).random(len(one))
        fits = [ps.relapse_model("land", x, cluster="county", baseline="constant")
                for x in (one, con.from_df(one))]  # fmt: skip
        pd.testing.assert_frame_equal(*(fit.tidy() for fit in fits), rtol=1e-9)
    finally:
        for name in names:
            con.execute(f'DROP TABLE IF EXISTS "{name}"')


@pytest.mark.parametrize("times", [np.arange(0, 366, 61), np.arange(0, 60, 10), np.arange(-3, 3)])
def test_long_panels_and_other_steps(times):
    table = panel(2, 60)
    table["year"] = times[table["year"] - 2013]
    same(*both(table, lambda svy: ps.relapse_rates(svy, by="year")))


@pytest.mark.parametrize("kind", [str, float, "uint16"])
def test_years_of_other_types(kind):
    table = panel(4, 60)
    table["year"] = table["year"].astype(kind)
    same(*both(table, CALLS["rates"]))
    same(*both(table, CALLS["relapse of all"]))


def test_weights_of_persons_and_populations():
    table = panel(5, 60).assign(size=lambda t: t["household_id"] % 4 + 1, of=9)
    same(*both(table, CALLS["relapse"], size="size", fpc="of"))
    same(*both(table, CALLS["rates"], weight=None))


def test_design_effects_are_those_of_memory():
    one, two = both(panel(5, 60), CALLS["relapse"])
    pd.testing.assert_frame_equal(one.design_effects(), two.design_effects(), rtol=1e-9)


WRONG = {
    "twice": (lambda t: pd.concat([t, t.head(1)]), "rates"),
    "mark": (lambda t: t.assign(poor=t["poor"].where(t["year"] > 2013, 7)), "relapse"),
    "no mark": (lambda t: t.assign(poor=t["poor"].astype(float).mask(t["year"] == 2015)), "rates"),
    "no state": (lambda t: t.assign(status=t["status"].mask(t["year"] == 2015)), "named"),
    "other state": (lambda t: t.assign(status=t["status"].mask(t["year"] == 2015, "d")), "ordered"),
    "no limit": (lambda t: t.assign(limit=t["limit"].astype(float).mask(t["year"] == 2015)), "bands"),
    "no domain": (lambda t: t.assign(county=t["county"].astype(float).mask(t["year"] == 2015)), "domains"),
    "no household": (lambda t: t.assign(household_id=t["household_id"].astype(float).mask(t["year"] == 2015)), "rates"),
    "date": (lambda t: t.assign(year=pd.to_datetime(t["year"].astype(str))), "rates"),
    "half a year": (lambda t: t.assign(year=t["year"] + 0.5), "rates"),
    "quarters": (lambda t: t.assign(year=20131 + 10 * (t["year"] - 2013)), "rates"),
    "one wave": (lambda t: t[t["year"] == 2015], "relapse"),
    "twice in two villages": (lambda t: pd.concat([t, t.head(1).assign(village=9, stratum=9)]), "rates"),
    "never again": (lambda t: t.drop_duplicates("household_id"), "rates"),
    "not so soon": (lambda t: t[t["year"] % 3 == 0], "two apart"),
    "nobody left": (lambda t: t.assign(poor=1), "after"),
    "nobody fell": (lambda t: t.assign(poor=1), "relapse"),
    "one state": (lambda t: t.assign(status="a"), "named"),
    "falling": (lambda t: t.assign(limit=160), "bands"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_refusals_are_those_of_memory(name):
    change, call = WRONG[name]
    one, two = both(change(panel(7, 90)), CALLS[call])
    assert isinstance(one, ps.DataError), one
    # Of rows without a household a relation has no line that leaves them out.
    told = lambda error: (type(error), error.problem, error.remedy * (name != "no household"))  # noqa: E731
    assert told(one) == told(two), f"{one}\n{two}"


def test_rows_that_are_not_counted_are_all_others():
    """All rows with a weight, minus those whose household is found at the other times, one by one."""
    table = panel(8, 60)
    seen = {(one.household_id, one.year): one.poor for one in table.itertuples()}
    some = table[table["weight"] > 0]
    ways = {"rates": 0, "two apart": 0, "after": 0, "relapse of all": 0}
    for who, year, poor in some[["household_id", "year", "poor"]].itertuples(index=False):
        at = lambda step, who=who, year=year: seen.get((who, year + step))  # noqa: E731
        ways["rates"] += at(1) is None
        ways["two apart"] += at(2) is None
        ways["after"] += not (at(-1) == 1 and poor == 0 and at(1) is not None)
        path = [at(step) for step in range(2013 - year, 0) if at(step) is not None]
        left = 0 in path[path.index(1) :] if 1 in path else False
        own = at(-1) is not None
        of = (own and left, own and left and at(-1) == 0, own and at(-2) == 1 and at(-1) == 0)
        ways["relapse of all"] += 3 - sum(of)
    for call, dropped in ways.items():
        assert [one.dropped for one in both(table, CALLS[call])] == [dropped] * 2, call


@pytest.mark.parametrize("role", ["strata", "psu"])
def test_a_column_of_the_design_may_be_called_pair(role):
    table = panel(9, 60)
    named = table.rename(columns={DESIGN[role]: "pair"})
    same(*both(table, CALLS["joint"]))
    same(both(table, CALLS["joint"])[0], both(named, CALLS["joint"], **{role: "pair"})[1])


@pytest.mark.parametrize(("name", "call"), [("from", "rates"), ("outcome_", "rates"), ("path", "after"),
                         ("denominator", "relapse"), ("to", "named"), ("pair_", "indices"), ("rows_", "rates")])  # fmt: skip
def test_columns_of_the_design_are_not_written_over(name, call):
    for role in ("strata", "psu", "weight"):
        named = panel(9, 60).rename(columns={DESIGN[role]: name})
        for found in both(named, CALLS[call], **{role: name}):
            assert isinstance(found, ps.DataError)
            assert found.problem == "A column bears a name that the result has."
