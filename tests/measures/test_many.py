"""Lists of incomes, lines and domains in one call: the numbers of single calls, and covariances."""

import pickle
from itertools import product

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps

RELATIVE, YEARLY = ps.relative_line(0.6), ps.relative_line(0.5, by="year")
DESIGNS = {
    "units": {"weight": "w", "strata": "stratum", "psu": "village"},
    "rows": {"weight": "w", "strata": "stratum"},
    "simple": {},
}
KEPT = ["estimate", "std_error", "ci_low", "ci_high", "n", "population", "df"]


def sample(count=400, seed=3):
    """Households with two incomes of their own, some of which are not known of all."""
    rng = np.random.default_rng(seed)
    village = rng.integers(0, 24, count)
    income = np.exp(8 + 0.1 * (village % 5) + rng.normal(0, 0.7, count))
    made = pd.DataFrame({
        "income": income, "consumption": income * np.exp(rng.normal(0, 0.4, count)),
        "own": rng.choice([2300.0, 2800.0], count), "village": village, "stratum": village // 6,
        "w": rng.uniform(1, 4, count), "year": rng.choice([2018, 2019, 2020], count),
        "地区": rng.choice(["山区", "平原"], count), "sex": pd.Categorical(rng.choice(["f", "m"], count)),
        "old": rng.random(count) < 0.3,
    })  # fmt: skip
    made["before"] = made["income"].where(rng.random(count) < 0.9) - 150
    return made.assign(gap=made["地区"].where(rng.random(count) < 0.9))


TABLE = sample()
REPEATED = TABLE.join(pd.DataFrame({
    f"r{i}": TABLE["w"] * (TABLE["village"] % 8 != i) * 8 / 7 for i in range(8)
}))  # fmt: skip


def replicated(table=REPEATED):
    return ps.Survey(table, "w", replicates=ps.Replicates([f"r{i}" for i in range(8)], "jackknife"))


def values(found):
    return found.tidy()[KEPT].to_numpy(dtype=float)


def same(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


HOLD = {"memory": lambda t: t, "polars": pl.from_pandas, "duckdb": duckdb.from_df,
        "lazy": lambda t: pl.from_pandas(t).lazy()}  # fmt: skip


@pytest.mark.parametrize("hold", HOLD)
@pytest.mark.parametrize("design", DESIGNS)
@examples(5)
@given(
    st.lists(st.sampled_from(["income", "consumption"]), min_size=1, max_size=2, unique=True),
    st.lists(st.sampled_from([1500, 2300.5, "own", RELATIVE, YEARLY]), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(["year", "地区", "sex", "old"]), max_size=2, unique=True),
    st.booleans(), st.booleans(), st.sampled_from([["headcount"], ["gap", "watts"], ["headcount", 1.5]]),
)  # fmt: skip
def test_many_at_once_are_the_single_calls(hold, design, incomes, lines, by, separately, total, measures):  # fmt: skip
    svy = ps.Survey(HOLD[hold](TABLE), **DESIGNS[design])
    found = ps.poverty(svy, incomes, lines, by, measures, separately, total)
    sets = [[one] for one in by] if separately and by else [by]
    sets += [[]] if total and by else []
    single = [ps.poverty(svy, *one, domains, measures) for domains in sets
              for one in product(incomes, lines)]  # fmt: skip
    same(values(found), np.vstack([values(one) for one in single]))
    assert len(found.cov()) == len(found)
    np.testing.assert_allclose(
        np.sqrt(np.diag(found.cov())), found.tidy()["std_error"], rtol=1e-8, atol=1e-12
    )
    lined = [one.line for one in single[: len(incomes) * len(lines)] if one.line is not None]
    assert (found.line is None) == (not lined)
    if lined:
        same(values(found.line), np.vstack([values(one) for one in lined]))


def test_what_is_many_is_told_in_columns():
    svy = ps.Survey(TABLE)
    lines = {"low": 1500, "high": 2300}
    found = ps.poverty(svy, "income", lines, ["year", "地区"], ["gap"], True, True).tidy()
    assert list(found)[:5] == ["term", "line", "by", "group", "estimate"]
    assert found["by"].tolist() == ["year"] * 6 + ["地区"] * 4 + ["all"] * 2
    assert found["group"].tolist() == [2018, 2019, 2020] * 2 + ["山区", "平原"] * 2 + ["all"] * 2
    assert found["line"].tolist()[:6] == ["low"] * 3 + ["high"] * 3
    found = ps.poverty(
        svy, ["income"], [2300, RELATIVE, YEARLY], ["sex", "year"], ["gap"], total=True
    )
    found = found.tidy()
    assert list(found)[:6] == ["term", "income", "line", "sex", "year", "estimate"]
    assert found["line"].unique().tolist() == [
        2300,
        "0.6 of the median",
        "0.5 of the median by year",
    ]
    assert found.iloc[-1][["sex", "year"]].tolist() == ["all", "all"]
    # nothing that is many: as ever
    one = ps.poverty(svy, "income", 2300, "year", total=False).tidy()
    assert list(one)[:3] == ["term", "year", "estimate"] and one["year"].dtype.kind == "i"
    assert list(ps.poverty(svy, "income", 2300, total=True).tidy())[:2] == ["term", "estimate"]


@pytest.mark.parametrize("design", [*DESIGNS, "replicates"])
def test_a_difference_between_incomes_or_lines_is_paired(design):
    """It is the mean of the differences of each household."""
    svy = replicated() if design == "replicates" else ps.Survey(TABLE, **DESIGNS[design])
    table = REPEATED.assign(
        both=(TABLE["consumption"] < 2300) * 1.0 - (TABLE["income"] < 2300),
        far=(TABLE["income"] < 3000) * 1.0 - (TABLE["income"] < 2300),
    )
    hand = replicated(table) if design == "replicates" else ps.Survey(table, **DESIGNS[design])
    found = ps.poverty(svy, ["income", "consumption"], [2300, 3000], ["year", "sex"], ["headcount"],
                       True, True)  # fmt: skip
    for column, value, base, name in (("income", "consumption", "income", "both"),
                                      ("line", 3000, 2300, "far")):  # fmt: skip
        step = found.contrast(column, value, base)
        first = step.table[{"income": "line", "line": "income"}[column]].isin([2300, "income"])
        wanted = ps.mean(hand, name, ["year", "sex"], separately=True, total=True)
        same(step.tidy().loc[first, KEPT[:2]], wanted.tidy()[KEPT[:2]])
        assert step.table.loc[first, "n"].tolist() == wanted.table["n"].tolist()
    # domains taken separately overlap: the covariance of two groups is that of both influences
    place = {
        tuple(key): i
        for i, key in enumerate(found.table[["income", "line", "by", "group"]].to_numpy())
    }
    one, two = place["income", 2300, "year", 2018], place["consumption", 3000, "sex", "f"]
    influences = np.column_stack([
        inside * ((y < z) - np.average(y < z, weights=w * inside)) / (w * inside).sum() * w
        for w in [TABLE["w"] if design != "simple" else 1.0 + 0 * TABLE["w"]]
        for y, z, inside in ((TABLE["income"], 2300, TABLE["year"] == 2018),
                             (TABLE["consumption"], 3000, TABLE["sex"] == "f"))
    ])  # fmt: skip
    if design in ("units", "rows"):
        groups = TABLE["village"] if design == "units" else TABLE.index
        sums = pd.DataFrame(influences).groupby([TABLE["stratum"], groups]).sum()
        wanted = sum(np.cov(x, rowvar=False) * len(x) for _, x in sums.groupby(level=0))[0, 1]
        assert found.cov().iloc[one, two] == pytest.approx(wanted, rel=1e-9)
    elif design == "simple":
        wanted = np.cov(influences, rowvar=False)[0, 1] * len(TABLE)
        assert found.cov().iloc[one, two] == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("hold", ["duckdb", "lazy", "polars"])
def test_covariances_are_the_same_on_every_engine(design, hold, tmp_path):
    def ask(table):
        svy = ps.Survey(table, **DESIGNS[design], missing="drop")
        return ps.poverty(svy, ["income", "before"], [2300, RELATIVE], ["gap", "year"], ["gap", "watts"],
                          True, True)  # fmt: skip

    table = TABLE.drop(columns="sex").assign(before=TABLE["before"].clip(lower=1))
    here, there = ask(table), ask(HOLD[hold](table))
    pd.testing.assert_frame_equal(there.tidy(), here.tidy(), rtol=1e-9)
    np.testing.assert_allclose(there.cov(), here.cov(), rtol=1e-7, atol=1e-14)
    assert here.dropped == there.dropped > 0
    table.to_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(ask(str(tmp_path / "t.parquet")).tidy(), here.tidy(), rtol=1e-9)


OTHERS = {
    "mean": lambda svy, y, *more: ps.mean(svy, y, *more),
    "marks": lambda svy, y, *more: ps.mean(svy, ["old", y], *more),
    "total": lambda svy, y, *more: ps.total(svy, y, *more),
    "ratio": lambda svy, y, *more: ps.ratio(svy, y, "income", *more),
    "inequality": lambda svy, y, *more: ps.inequality(
        svy, y, more[0], ["gini", "theil"], *more[1:]
    ),
    "quantile": lambda svy, y, *more: ps.quantile(svy, y, [0.2, 0.5], *more),
}


@pytest.mark.parametrize("design", [*DESIGNS, "replicates"])
@pytest.mark.parametrize("name", OTHERS)
def test_other_measures_take_domains_separately(name, design):
    svy = replicated() if design == "replicates" else ps.Survey(TABLE, **DESIGNS[design])
    found = OTHERS[name](svy, "consumption", ["year", "sex"], True, True)
    single = [OTHERS[name](svy, "consumption", by, False, False) for by in ("year", "sex", None)]
    same(values(found), np.vstack([values(one) for one in single]))
    assert found.table[["by", "group"]].iloc[-1].tolist() == ["all", "all"]
    assert type(found) is type(single[0])
    both = found.contrast("group", "m", "f")
    same(values(both), values(single[1].contrast("sex", "m", "f")))
    if name in ("inequality", "quantile"):
        several = OTHERS[name](svy, {"支出": "consumption", "收入": "income"}, "year", False, False)
        assert several.table["income"].unique().tolist() == ["支出", "收入"]
        assert np.isfinite(several.contrast("income", "支出", "收入").tidy()["std_error"]).all()


def test_the_same_income_twice_differs_by_nothing():
    for design in DESIGNS.values():
        svy = ps.Survey(TABLE.assign(twin=TABLE["income"]), **design)
        for found in (ps.quantile(svy, ["income", "twin"]), ps.inequality(svy, ["income", "twin"]),
                      ps.poverty(svy, ["income", "twin"], RELATIVE)):  # fmt: skip
            step = found.contrast("income", "twin", "income").tidy()
            assert (step["estimate"] == 0).all() and (step["std_error"] < 1e-9).all()


def test_lists_of_numbers_may_be_arrays_and_domains_named_twice_are_taken_once():
    svy = ps.Survey(TABLE)
    wanted = values(ps.poverty(svy, ["income", "own"], [1500, 2300]).contrast("line", 2300, 1500))
    for lines in (np.array([1500, 2300]), range(1500, 2301, 800), [np.int64(1500), np.float32(2300)],
                  (1500.0, 2300.0)):  # fmt: skip
        for incomes in (("income", "own"), TABLE[["income", "own"]].columns):
            same(values(ps.poverty(svy, incomes, lines).contrast("line", 2300, 1500)), wanted)
    twice = ps.mean(svy, "income", ["year", "year"], separately=True)
    same(values(twice), values(ps.mean(svy, "income", "year")))


@pytest.mark.parametrize("design", [*DESIGNS, "each"])
def test_lines_and_gaps_of_the_poor_have_covariances_too(design):
    """Where every row is a unit they are made from the rows; as of units of one row each."""
    designs = DESIGNS | {"each": {"weight": "w", "strata": "stratum", "psu": "row"}}
    svy = ps.Survey(TABLE.assign(row=np.arange(len(TABLE))), **designs[design])
    found = ps.poverty(svy, ["income", "consumption"], [2300, RELATIVE, YEARLY], "sex",
                       ["headcount", "mean_gap", "median_gap"], total=True)  # fmt: skip
    if design == "each":
        whole = ps.poverty(ps.Survey(TABLE, **DESIGNS["rows"]), ["income", "consumption"],
                           [2300, RELATIVE, YEARLY], "sex", ["headcount", "mean_gap", "median_gap"],
                           total=True)  # fmt: skip
        np.testing.assert_allclose(found.cov(), whole.cov(), rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(found.line.cov(), whole.line.cov(), rtol=1e-9, atol=1e-6)
    for one in (found, found.line):
        np.testing.assert_allclose(np.sqrt(np.diag(one.cov())), one.tidy()["std_error"], rtol=1e-8)
        step = one.contrast("income", "consumption", "income").tidy()
        assert step["std_error"].gt(0).all() and step["n"].max() == len(TABLE)
    assert found.line.table["year"].unique().tolist() == ["all", 2018, 2019, 2020]
    stored = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(
        stored.contrast("line", 2300, "0.6 of the median").tidy(),
        found.contrast("line", 2300, "0.6 of the median").tidy(),
    )


def test_rows_of_a_difference_are_those_of_both_domains_or_the_same():
    """What a column is called does not decide it."""
    table = TABLE.assign(line=TABLE["地区"], transfer=TABLE["old"], help=100.0)
    svy = ps.Survey(table)
    for column, value, base in (("line", "山区", "平原"), ("transfer", True, False)):
        step = ps.poverty(svy, "income", 2300, by=column).contrast(column, value, base)
        assert (step.table["n"] == len(table)).all()
    found = ps.transfer_impact(svy, "income", "help", 2300).contrast("component", "with", "without")
    assert (found.table["n"] == len(table)).all()
    assert (found.table["population"] == len(table)).all()


def test_a_warning_is_told_once():
    svy = ps.Survey(TABLE.assign(income=TABLE["income"] - 1500), codes=None)
    with pytest.warns(ps.DataWarning, match="below zero") as told:
        ps.poverty(
            svy,
            ["income", "consumption"],
            [1000, 2300],
            ["year", "sex"],
            separately=True,
            total=True,
        )
    assert len(told) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"income": []}, "names something"),
        ({"income": {}}, "names something"),
        ({"income": ["income", "income"]}, "each once"),
        ({"line": {"a": 2300, "b": None}}, "one number"),
        ({"income": ["incom"]}, "Did you mean 'income'"),
        ({"line": [1, 2], "by": "line"}, "name that the result has"),
        ({"by": "place", "total": True}, "name that the row of all has"),
        ({"by": ["年", "place"], "total": True}, "name that the row of all has"),
    ],
)
def test_what_is_no_list_is_refused(options, words):
    table = TABLE.assign(place=np.where(TABLE["old"], "all", "some"), line=1, 年=TABLE["year"])
    with pytest.raises(ps.DataError, match=words) as told:
        ps.poverty(ps.Survey(table), **{"income": "income", "line": 2300} | options)
    assert told.value.remedy
