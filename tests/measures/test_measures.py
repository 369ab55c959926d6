"""Means, totals, ratios and poverty: against R survey, laeken, a bootstrap, and by hand."""

import json

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from conftest import ROOT, draws, examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R, LAEKEN, BOOTSTRAP = (
    json.loads((FILES / f"{name}.json").read_text("utf-8"))
    for name in ("survey", "laeken", "bootstrap")
)
TABLE = pd.read_csv(FILES / "design.csv")
SAMPLE = pd.read_csv(FILES / "sample.csv")
DESIGNS = {
    "full": {"strata": "stratum", "psu": "psu"},
    "fpc": {"strata": "stratum", "psu": "psu", "fpc": "units"},
    "rows": {"strata": "stratum"},
    "clusters": {"psu": "psu"},
    "simple": {},
}
# Columns of R, and the measures they are.
TERMS = {"poor": "headcount", "gap": "gap", "severity": "severity", "watts": "watts",
         "power": "fgt(1.5)"}  # fmt: skip
MEASURES = ["headcount", "gap", "severity", "watts", 1.5]
every = pytest.mark.parametrize("name", DESIGNS)
HOLD = {"memory": lambda table: table, "engine": duckdb.from_df}
everywhere = pytest.mark.parametrize("hold", HOLD.values(), ids=HOLD)


def exactly(wanted):
    return pytest.approx(wanted, rel=1e-8)


def survey(name="full", table=TABLE, **more):
    return ps.Survey(table, weight="weight", **DESIGNS[name], **more)


def refused(call, *words):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy
    return caught.value


def of(found, term, column="estimate"):
    table = found.tidy()
    return table.loc[table["term"] == term, column].tolist()


# Against R survey ---------------------------------------------------------------------------


@every
def test_means_and_poverty_equal_r_survey(name):
    found = ps.poverty(survey(name), "income", 2300, measures=MEASURES)
    own = ps.poverty(survey(name), "income", "line", measures="headcount")
    mean = ps.mean(survey(name), "income")
    asked = {column: (found, term) for column, term in TERMS.items()}
    asked |= {"own": (own, "headcount"), "income": (mean, "mean of income")}
    for column, (one, term) in asked.items():
        assert of(one, term) == exactly([R[name]["mean"][column]])
        assert of(one, term, "std_error") == exactly([R[name]["se"][column]])


@every
def test_poverty_in_provinces_equals_r_survey(name):
    found = ps.poverty(survey(name), "income", 2300, by="province", measures=MEASURES)
    steps = found.contrast("province", "B", "A")
    for column, term in TERMS.items():
        assert of(found, term) == exactly(R[name]["domain"][column])
        assert of(found, term, "std_error") == exactly(R[name]["domain_se"][column])
        assert of(steps, term, "std_error") == exactly([R[name]["difference_se"][column]])
    own = ps.poverty(survey(name), "income", "line", by="province", measures=["headcount"])
    assert of(own, "headcount", "std_error") == exactly(R[name]["domain_se"]["own"])


@every
def test_poverty_in_provinces_and_years_equals_r_survey(name):
    found = ps.poverty(survey(name), "income", 2300, by=["province", "year"]).tidy()
    found = found[found["term"] == "headcount"].set_index(["province", "year"])
    wanted = pd.DataFrame(R[name]["cells"]).set_index(["province", "year"]).loc[found.index]
    assert found["estimate"].tolist() == exactly(wanted["poor"].tolist())
    assert found["std_error"].tolist() == exactly(wanted["se"].tolist())


@every
def test_totals_and_ratios_equal_r_survey(name):
    table = TABLE.assign(poor=TABLE["income"] < 2300)
    table["gap"] = (1 - table["income"] / 2300).where(table["poor"], 0)
    svy, wanted = survey(name, table), R[name]
    for by, place in ((None, ""), ("province", "domain_")):
        totals = ps.total(svy, ["poor", "income"], by=by).tidy()
        for column, suffix in (("estimate", ""), ("std_error", "_se")):
            known = wanted[f"{place}total{suffix}"]
            assert totals[column].tolist() == exactly(np.ravel(list(known.values())).tolist())
    ratio, known = ps.ratio(svy, "gap", "poor"), wanted["ratio"]
    assert of(ratio, "gap / poor") == exactly([known["gap_over_poor"]])
    assert of(ratio, "gap / poor", "std_error") == exactly([known["se"]])
    ratios = ps.ratio(svy, "gap", "poor", by="province")
    assert of(ratios, "gap / poor") == exactly(known["domain"])
    assert of(ratios, "gap / poor", "std_error") == exactly(known["domain_se"])


# Against laeken and a bootstrap -------------------------------------------------------------


@pytest.mark.parametrize("table", [TABLE, SAMPLE], ids=["design", "sample"])
def test_relative_poverty_equals_laeken(table):
    wanted = LAEKEN if table is TABLE else LAEKEN["sample"]
    svy = survey("full", table)
    whole = ps.poverty(svy, "income", ps.relative_line(), measures=["headcount"])
    assert of(whole.line, "line") == exactly([wanted["arpt"]])
    assert of(whole, "headcount") == exactly([wanted["arpr"]["all"] / 100])
    found = ps.poverty(svy, "income", ps.relative_line(), by="province", measures=["headcount"])
    rates = [one / 100 for one in wanted["arpr"]["province"].values()]
    assert of(found, "headcount") == exactly(rates)
    yearly = ps.relative_line(by="year")
    found = ps.poverty(svy, "income", yearly, by="year", measures=["headcount"])
    assert of(found.line, "line") == exactly(list(wanted["arpt_year"].values()))
    rates = [one / 100 for one in wanted["arpr_year"].values()]
    assert of(found, "headcount") == exactly(rates)


def bootstrapped():
    """What is held against the bootstrap, by the names it has there."""
    svy = survey("full", SAMPLE)
    relative, yearly = ps.relative_line(), ps.relative_line(by="year")
    of_year = {2011: "_year1", 2019: "_year2"}
    changes = ps.poverty(svy, "income", yearly, by="year")
    fixed = ps.poverty(svy, "income", 2300, by="year")
    steps = (found.contrast("year", 2019, 2011).tidy() for found in (changes, fixed))
    tables = [
        (ps.poverty(svy, "income", relative).tidy(), lambda row: row["term"]),
        (ps.poverty(svy, "income", relative).line.tidy(), lambda row: row["term"]),
        (ps.poverty(svy, "income", 2300).tidy(), lambda row: f"{row['term']}_fixed"),
        (ps.poverty(svy, "income", relative, by="province").tidy(),
         lambda row: f"{row['term']}_{row['province'].lower()}"),
        (changes.tidy(), lambda row: row["term"] + of_year[row["year"]]),
        (changes.line.tidy(), lambda row: row["term"] + of_year[row["year"]]),
        (next(steps), lambda row: f"{row['term']}_difference"),
        (fixed.tidy(), lambda row: f"{row['term']}_fixed{of_year[row['year']]}"),
        (next(steps), lambda row: f"dr_total_{row['term']}"),
        (ps.mean(svy, "income").tidy(), lambda row: "mean"),
        (ps.mean(svy, "income", by="year").tidy(), lambda row: "mean" + of_year[row["year"]]),
    ]  # fmt: skip
    return {
        name(row): (row["estimate"], row["std_error"])
        for table, name in tables
        for _, row in table.iterrows()
    }


# How far an error may be from that of the bootstrap. Its noise is 0.7 percent; the rest is the
# sample's. For 4,000 samples drawn from a population like that of sample.csv, of the same design,
# the errors of a relative line, linearised, were 2 percent too large on average, and scattered by
# 6 percent from sample to sample; those of a bootstrap were 2 percent too large and scattered by
# 11: the density at the median is not known better from one sample. What hangs on that line gets
# a share of it (ratio to the bootstrap of a gap: 1.00 on average, scattered by 5 percent).
#
# The years of sample.csv were cut at 2500, so that the density of either jumps there, close to
# the line of 2019. No kernel follows a jump: errors of headcounts at the lines of the years were 10
# percent too small (a bootstrap: 2 percent too large, scattered by 16), coverage 92 percent. Where
# the density has no jump they were 2 percent too small, coverage 94 to 95 percent; see the test
# with repeated samples.
FAR = {
    "line": 0.2, "line_year1": 0.2, "line_year2": 0.2, "gap": 0.06, "severity": 0.06,
    "headcount_year1": 0.15, "headcount_year2": 0.4, "headcount_difference": 0.3,
}  # fmt: skip


FOUND = bootstrapped()


@pytest.mark.parametrize("name", FOUND)
def test_errors_are_those_of_a_bootstrap(name):
    estimate, error = FOUND[name]
    assert estimate == exactly(BOOTSTRAP["estimate"][name])
    assert error == pytest.approx(BOOTSTRAP["se"][name], rel=FAR.get(name, 0.04))


def test_errors_of_what_jumps_are_those_of_repeated_samples():
    """1,500 samples of 200 villages in ten strata, ten people each; in the quick profile 600.

    A sample is a domain.

    Ratios of the mean error to the spread of the estimates, both as variances; their own
    standard error is 1.8 percent. Kernels are wide where incomes are dense, so that the errors
    of low quantiles are a little large.
    """
    rng = np.random.default_rng(7)
    made = []
    rounds, wider = draws(5, 2)
    for _ in range(rounds):
        strata, villages, people = 10, 20, 10
        shape = (300, strata, villages, people)
        draw, stratum, village, _ = np.indices(shape)
        level = np.linspace(8.04, 8.42, strata)[:, None, None]
        level = level + rng.normal(0, 0.16, (*shape[:3], 1))
        table = pd.DataFrame({
            "income": np.exp(level + rng.normal(0, 0.57, shape)).ravel(), "draw": draw.ravel(),
            "stratum": (draw * strata + stratum).ravel(), "psu": village.ravel(),
            "weight": rng.uniform(20, 90, draw.size),
        })  # fmt: skip
        svy = survey("full", table)
        line = ps.relative_line(by="draw")
        made.append(ps.poverty(svy, "income", line, by="draw").tidy())
        made.append(ps.quantile(svy, "income", [0.1, 0.25, 0.5, 0.75, 0.9], by="draw").tidy())
    found = pd.concat(made).groupby("term")
    ratio = found["std_error"].agg(lambda x: np.sqrt(np.mean(x**2))) / found["estimate"].std()
    low = ["quantile(0.1)", "quantile(0.25)"]
    assert (abs(ratio.drop(low) - 1) <= 0.06 * wider).all(), ratio
    assert (abs(ratio[low] - 1.07) <= 0.07 * wider).all(), ratio


# By hand ------------------------------------------------------------------------------------

FEW = pd.DataFrame({"income": [50.0, 80.0, 100.0, 200.0], "weight": [1, 2, 3, 4]})


@pytest.mark.parametrize(
    ("measure", "term", "value"),
    [
        ("headcount", "headcount", 0.3),  # the third has as much as the line: not poor
        (0, "fgt(0)", 0.3),
        ("gap", "gap", (0.5 + 2 * 0.2) / 10),
        (1.0, "fgt(1)", (0.5 + 2 * 0.2) / 10),
        ("severity", "severity", (0.25 + 2 * 0.04) / 10),
        (np.int8(2), "fgt(2)", (0.25 + 2 * 0.04) / 10),
        (3, "fgt(3)", (0.125 + 2 * 0.008) / 10),
        (0.5, "fgt(0.5)", (np.sqrt(0.5) + 2 * np.sqrt(0.2)) / 10),
        ("watts", "watts", (np.log(2) + 2 * np.log(1.25)) / 10),
    ],
)
def test_poverty_of_few_people_by_hand(measure, term, value):
    found = ps.poverty(survey("simple", FEW), "income", 100, measures=measure)
    assert found.tidy()["term"].tolist() == [term]
    assert of(found, term) == pytest.approx([value], rel=1e-14)
    every_line = survey("simple", FEW.assign(own=100))
    assert of(ps.poverty(every_line, "income", "own", measures=[measure]), term) == exactly([value])


def test_a_line_of_each_row_by_hand():
    table = FEW.assign(own=[100, 100, 125, 160])
    found = ps.poverty(survey("simple", table), "income", "own", measures=["headcount", "gap"])
    assert of(found, "headcount") == [0.6]
    assert of(found, "gap") == pytest.approx([(0.5 + 2 * 0.2 + 3 * 0.2) / 10])


def test_negative_incomes_have_gaps_of_more_than_one():
    svy = ps.Survey(pd.DataFrame({"income": [-100.0, 0.0, 50.0, 150.0]}))
    found = ps.poverty(svy, "income", 100, measures=["headcount", "gap", "severity", 1.5])
    wanted = [0.75, (2 + 1 + 0.5) / 4, (4 + 1 + 0.25) / 4, (2**1.5 + 1 + 0.5**1.5) / 4]
    assert found.tidy()["estimate"].tolist() == pytest.approx(wanted)


def test_a_relative_line_by_hand():
    table = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0, 10.0, 2.0, 4.0, 6.0, 8.0],
                          "year": [2011] * 5 + [2019] * 4, "side": list("aabbbaabb")})  # fmt: skip
    svy = ps.Survey(table)
    found = ps.poverty(svy, "income", ps.relative_line())
    whole, line = found.tidy(), found.line.tidy()
    assert [*whole["term"], *line["term"]] == ["headcount", "gap", "severity", "line"]
    one, two = 1 - 1 / 2.4, 1 - 2 / 2.4  # three are poor: the median is 4
    wanted = [3 / 9, (one + 2 * two) / 9, (one**2 + 2 * two**2) / 9, 2.4]
    assert [*whole["estimate"], *line["estimate"]] == pytest.approx(wanted)
    assert line.loc[0, ["n", "population"]].tolist() == [9, 9]
    yearly = ps.relative_line(1.1, quantile=0.25, by="year")  # 25 percent: 2 in both years
    found = ps.poverty(svy, "income", yearly, by="side", measures=["headcount"])
    found, line = found.tidy(), found.line.tidy()
    assert found["side"].tolist() == ["a", "b"] and line["year"].tolist() == [2011, 2019]
    assert [*found["estimate"], *line["estimate"]] == pytest.approx([3 / 4, 0, 2.2, 2.2])
    assert [*found["n"], *line["n"]] == [4, 5, 5, 4]


def test_a_relative_line_is_as_uncertain_as_its_quantile():
    found = ps.poverty(survey(), "income", ps.relative_line(0.5, 0.4), by="province")
    error = ps.quantile(survey(), "income", 0.4).tidy()["std_error"]
    assert of(found.line, "line", "std_error") == exactly((0.5 * error).tolist())
    # Its own error goes into every domain: another one than with the line as a number.
    (line,) = of(found.line, "line")
    known = ps.poverty(survey(), "income", line, by="province")
    assert of(found, "gap") == exactly(of(known, "gap"))
    apart = np.array(of(found, "gap", "std_error")) / of(known, "gap", "std_error")
    assert (np.abs(apart - 1) > 0.02).all()
    # and it is common to the domains, so that a difference between them has less of it
    joint = found.cov().iloc[3:6, 3:6].to_numpy()
    apart = known.cov().iloc[3:6, 3:6].to_numpy()
    assert (joint[np.triu_indices(3, 1)] != apart[np.triu_indices(3, 1)]).all()


def test_the_share_of_a_column_of_true_and_false_is_its_mean():
    table = TABLE.assign(poor=TABLE["income"] < 2300)
    one = ps.mean(survey(table=table), "poor").tidy().drop(columns="term")
    two = ps.poverty(survey(), "income", 2300, measures="headcount").tidy().drop(columns="term")
    pd.testing.assert_frame_equal(one, two)


@everywhere
def test_the_design_itself_can_be_measured(hold):
    svy = survey(table=hold(TABLE))
    found = ps.mean(svy, ["weight", "psu"]).tidy()
    wanted = [np.average(TABLE[one], weights=TABLE["weight"]) for one in ("weight", "psu")]
    assert found["estimate"].tolist() == exactly(wanted)
    assert found["population"].tolist() == exactly([TABLE["weight"].sum()] * 2)
    assert ps.total(svy, "weight").tidy()["estimate"].tolist() == exactly(
        [(TABLE["weight"] ** 2).sum()]
    )


# Missing values, and what is refused --------------------------------------------------------


@everywhere
@pytest.mark.parametrize("value", [None, np.nan])
def test_missing_incomes_are_refused_or_left_out_and_counted(hold, value):
    table = TABLE.copy()
    table.loc[[3, 9], "income"] = value
    words = ["2 rows have no income", "column income", 'missing="drop"']
    for line in (2300, "line", ps.relative_line()):
        call = lambda line=line: ps.poverty(survey(table=hold(table)), "income", line)  # noqa: E731
        error = refused(call, *words)
        assert error.where == ("column income" if hold is duckdb.from_df else
                               "column income, row 3")  # fmt: skip
        svy = survey(table=hold(table), missing="drop")
        found = ps.poverty(svy, "income", line, by="year")
        assert found.dropped == 2
        # What is left is a domain of the whole design: its units are still there.
        known = survey(table=table[np.isfinite(table["income"])])
        wanted = ps.poverty(known, "income", line, by="year").tidy()
        pd.testing.assert_frame_equal(found.tidy(), wanted, rtol=1e-9)


@everywhere
def test_a_row_without_a_domain_counts_in_none(hold):
    table = TABLE.assign(region=TABLE["province"].where(TABLE["province"] != "C"))
    refused(lambda: ps.mean(survey(table=hold(table)), "income", by="region"),
            "143 rows have no region", "column region", 'missing="drop"')  # fmt: skip
    made = ps.mean(survey(table=hold(table), missing="drop"), "income", by="region")
    assert made.dropped == 143
    found = made.tidy()
    wanted = ps.mean(survey(), "income", by="province").tidy().iloc[:2]
    drop = ["term", "region"]
    pd.testing.assert_frame_equal(found.drop(columns=drop),
                                  wanted.drop(columns=["term", "province"]), rtol=1e-9)  # fmt: skip
    assert found["region"].tolist() == ["A", "B"]


@everywhere
@pytest.mark.parametrize(
    ("line", "words"),
    [
        (0, ["more than 0", "0", "line=2300"]),
        (-2300, ["more than 0", "-2300"]),
        (np.nan, ["more than 0", "nan"]),
        (np.inf, ["more than 0", "inf"]),
        (None, ["one number", "NoneType"]),
        ([], ["A list names something", "argument line"]),
        ([[2300]], ["one number", "list"]),
        ([2300, 2300.0], ["each once", "argument line"]),
        ({"old": 2300, "new": -1}, ["more than 0", "-1"]),
        (TABLE["line"], ["one number", "Series"]),
        ("2300", ["lacks a column", "2300"]),
        ("province", ["holds no numbers", "column province"]),
        ("nothing", ["more than zero", "column nothing", "0"]),
        ("unknown", ["2 rows have no unknown", "column unknown"]),
        (ps.relative_line(by="county"), ["lacks a column", "county"]),
        (ps.relative_line(by="region"), ["143 rows have no region"]),
    ],
)
def test_what_is_no_line_is_refused(hold, line, words):
    unknown = TABLE["line"].mask(TABLE.index.isin([5, 6]))
    region = TABLE["province"].where(TABLE["province"] != "C")
    svy = survey(table=hold(TABLE.assign(nothing=0, unknown=unknown, region=region)))
    refused(lambda: ps.poverty(svy, "income", line), *words)
    if isinstance(line, list | dict):
        words = ["one number", type(line).__name__]
    refused(lambda: ps.sen_shorrocks_thon(svy, "income", line), *words)


@pytest.mark.parametrize(
    "options",
    [{"share": 0}, {"share": -1}, {"share": np.inf}, {"share": "0.6"}, {"share": None},
     {"quantile": 0}, {"quantile": 1}, {"quantile": 50}, {"quantile": np.nan}],
)  # fmt: skip
def test_what_is_no_relative_line_is_refused(options):
    refused(lambda: ps.relative_line(**options), "lies between 0 and ", "remedy: ")


@everywhere
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"income": -TABLE["income"]}, ["line is more than zero", "column income", "-1535"]),
        ({"income": 2000.0}, ["All incomes are the same", "column income"]),
    ],
)  # fmt: skip
def test_a_relative_line_that_cannot_be_drawn_is_refused(hold, change, words):
    svy = survey(table=hold(TABLE.assign(**change)), missing="drop")
    refused(lambda: ps.poverty(svy, "income", ps.relative_line()), *words)


@everywhere
@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda svy: ps.poverty(svy, "income", 2300, measures=["depth"]),
         ["not known", "depth", "'headcount', 'gap', 'severity', 'watts'"]),
        (lambda svy: ps.poverty(svy, "income", 2300, measures=[-1]), ["not known", "-1"]),
        (lambda svy: ps.poverty(svy, "income", 2300, measures=[np.nan]), ["not known", "nan"]),
        (lambda svy: ps.poverty(svy, "income", 2300, measures=[None]), ["not known"]),
        (lambda svy: ps.poverty(svy, "income", 2300, measures=[["gap"]]), ["not known"]),
        (lambda svy: ps.poverty(svy, "income", 2300, measures=[]), ["No measure of poverty"]),
        (lambda svy: ps.mean(svy, []), ["Nothing is asked for"]),
        (lambda svy: ps.mean(svy, "wages"), ["lacks a column", "wages"]),
        (lambda svy: ps.mean(svy, ["income", "province"]), ["holds no numbers", "province"]),
        (lambda svy: ps.poverty(svy, [["income"]], 2300), ["lacks a column", "a list"]),
        (lambda svy: ps.mean(svy, "income", by="county"), ["lacks a column", "county"]),
        (lambda svy: ps.mean(svy, "income", by=5), ["lacks a column", "5"]),
        (lambda svy: ps.mean(svy, "income", by=TABLE["year"]), ["lacks columns", "2019, 2011"]),
        (lambda svy: ps.mean(svy, "income", by="n"), ["name of a column of results", "column n"]),
        (lambda svy: ps.total(svy, "income", by="empty"), ["No row has a domain", "column empty"]),
        (lambda svy: ps.total(svy, "income", by=["year", "empty"]), ["No row has a domain"]),
        (lambda svy: ps.mean(svy, "empty"), ["no row with a value and a weight", "all rows"]),
        (lambda svy: ps.ratio(svy, "income", "nothing", by="year"),
         ["denominator adds up to zero", "column nothing, year 2011"]),
        (lambda svy: ps.poverty(svy, "loss", 2300, measures=["gap", "watts"]),
         ["Watts takes the logarithm", "column loss", "0.0"]),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(hold, ask, words):
    table = TABLE.assign(
        n=1, nothing=0, empty=np.nan, known=TABLE["income"].where(TABLE["province"] != "B"),
        loss=TABLE["income"].mask(TABLE.index == 11, 0.0),
    )  # fmt: skip
    refused(lambda: ask(survey(table=hold(table), missing="drop")), *words)


# Properties ---------------------------------------------------------------------------------

incomes = st.lists(st.integers(1, 10_000), min_size=4, max_size=40)
ALL = ["headcount", "gap", "severity", "watts", 1.5]
some = examples(60)


def measured(values, weights=1.0, line=2300.0, measures=ALL, **more):
    table = pd.DataFrame({"income": np.asarray(values, dtype=float), "w": weights, **more})
    svy = ps.Survey(table, weight="w", codes=())  # drawn numbers may look like codes
    found = ps.poverty(svy, "income", line, measures=measures)
    lines = [] if found.line is None else [found.line.tidy()]
    return pd.concat([found.tidy(), *lines], ignore_index=True)


def same(one, two, columns=("estimate", "std_error")):
    for column in columns:
        assert two[column].tolist() == pytest.approx(one[column].tolist(), rel=1e-8, abs=1e-8)


@some
@given(incomes, st.randoms())
def test_the_order_of_rows_does_not_matter(values, random):
    weights = list(range(1, len(values) + 1))
    order = list(range(len(values)))
    random.shuffle(order)
    shuffled = measured([values[i] for i in order], [weights[i] for i in order])
    same(measured(values, weights), shuffled)


@some
@given(incomes, st.floats(1e-3, 1e3))
def test_the_unit_of_money_does_not_matter(values, factor):
    scaled = measured([one * factor for one in values], line=2300 * factor)
    same(measured(values, measures=ALL[1:]), scaled.iloc[1:])  # a headcount has a sharp edge


@some
@given(incomes.filter(lambda values: len(set(values)) > 3), st.floats(1e-3, 1e3))
def test_the_unit_of_money_does_not_matter_to_a_relative_line(values, factor):
    line = ps.relative_line()
    one = measured(values, line=line, measures=["gap"])
    two = measured([value * factor for value in values], line=line, measures=["gap"])
    same(one.iloc[:1], two.iloc[:1])
    assert two["estimate"][1] == exactly(one["estimate"][1] * factor)


@some
@given(incomes, st.integers(2, 3))
def test_a_population_so_many_times_as_large_is_as_poor(values, times):
    same(measured(values), measured(values * times), ["estimate"])
    # one row that stands for several is as several rows
    same(measured(values, weights=times), measured(values * times), ["estimate", "population"])


@some
@given(incomes, st.integers(0, 39), st.integers(1, 5000))
def test_poverty_looks_at_the_poor_alone_and_falls_when_they_gain(values, at, gain):
    at %= len(values)
    richer = [one + gain if i == at else one for i, one in enumerate(values)]
    before, after = measured(values)["estimate"], measured(richer)["estimate"]
    assert (after <= before + 1e-12).all()
    if values[at] >= 2300:  # focus
        assert after.tolist() == pytest.approx(before.tolist(), abs=1e-12)
    else:  # monotonicity of all but the headcount
        assert (after[1:] < before[1:]).all()


@some
@given(incomes, st.integers(0, 39), st.integers(0, 39), st.floats(0.01, 0.99))
def test_a_transfer_to_the_poorer_lowers_what_weighs_depth(values, one, two, share):
    one, two = sorted((one % len(values), two % len(values)), key=lambda i: values[i])
    low, high = values[one], values[two]
    before = [value * 0.2 for value in values]  # all are poor, before and after
    moved = share * (high - low) * 0.2 / 2
    after = list(before)
    after[one], after[two] = after[one] + moved, after[two] - moved
    first, then = measured(before), measured(after)
    assert then["estimate"][1] == pytest.approx(first["estimate"][1], rel=1e-9)  # gap: the same
    deep = ["severity", "watts", "fgt(1.5)"]
    first, then = (x.set_index("term")["estimate"][deep] for x in (first, then))
    assert (then <= first + 1e-12).all()
    if moved > 1:
        assert (then < first).all()


@some
@given(incomes, st.lists(st.booleans(), min_size=40, max_size=40), st.integers(1, 5000))
def test_the_whole_is_the_mean_of_its_parts_and_falls_with_each(values, sides, gain):
    sides = sides[: len(values)]
    table = pd.DataFrame({"income": np.array(values, float), "side": sides})
    whole = ps.poverty(ps.Survey(table), "income", 2300).tidy()
    parts = ps.poverty(ps.Survey(table), "income", 2300, by="side").tidy()
    added = (parts["estimate"] * parts["population"]).groupby(parts["term"], sort=False).sum()
    assert (added / len(values)).tolist() == pytest.approx(whole["estimate"].tolist(), abs=1e-12)
    # one part gains and is less poor, the other is as it was: the whole is less poor
    gained = table.assign(income=table["income"] + gain * table["side"])
    after = ps.poverty(ps.Survey(gained), "income", 2300).tidy()["estimate"]
    less = whole["estimate"] - after
    assert (less >= -1e-12).all()
    assert (less[1] > 0) == any(table["side"] & (table["income"] < 2300))


@some
@given(
    st.lists(st.tuples(st.integers(-500, 9000), st.integers(0, 5), st.sampled_from("ab"),
                       st.integers(0, 3)), min_size=6, max_size=30)
    .filter(lambda rows: all(sum(row[1] for row in rows if row[2] == one) > 0 for one in "ab"))
)  # fmt: skip
def test_polars_gives_the_same_as_pandas(rows):
    table = pd.DataFrame(rows, columns=["income", "w", "side", "psu"])
    one, two = (
        ps.poverty(
            ps.Survey(x, weight="w", psu="psu", lonely="center", codes=()),
            "income",
            2300,
            by="side",
        )
        for x in (table, pl.from_pandas(table))
    )
    pd.testing.assert_frame_equal(one.tidy(), two.tidy(), rtol=1e-12)
    one, two = one.design_effects(), two.design_effects()
    pd.testing.assert_frame_equal(one, two, rtol=1e-9)


@pytest.mark.parametrize(
    "measures", [["headcount", "gap", "severity", "watts"], ["gap", 2, 3], ["severity", "watts"]]
)
def test_steps_with_a_line_that_follow_from_the_measures_are_those_of_rows(measures):
    from povstudy.measures import fgt

    y, z = np.random.default_rng(4).gamma(2, 1000, 500), 1700.0
    powers = fgt.orders(measures)
    bell = lambda row: np.zeros(500)  # noqa: E731
    row = ps.Survey(pd.DataFrame({"income": y})).rows
    sums = {name: x.sum() for name, x in fgt.depths(row, y, z, powers).items()}
    every = fgt.steps(row, y, z, powers, bell)
    known = fgt._known_steps(powers)
    assert len(known) == {4: 3, 3: 2, 2: 0}[len(measures)]
    for name, of in known.items():
        assert of(sums) / z == pytest.approx(every["d " + name].sum(), rel=1e-12)
