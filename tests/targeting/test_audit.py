"""Exit audit, bounds of proportions and sizes of samples: R, closed forms, simulated samples."""

import json
import sys
from math import ceil, log

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, examples
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import povstudy as ps
from povstudy.base.answers import yes_or_no

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "audit.json").read_text("utf-8"))
DESIGN = pd.read_csv(FILES / "design.csv")
TOTALS = {"rural": 400_000, "remaining": 2_000, "exited": 50_000}
sys.path.insert(0, str(ROOT / "benchmarks"))
import audit_coverage  # noqa: E402

sys.path.pop(0)


def refused(call, *words, kind=ps.DataError):
    with pytest.raises(kind) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


def sample(villages=60, outside=20, exited=15, still=5, omitted=0, wrong=0, against=2, size=3):
    """Villages alike; errors go one to a village from the first on, and round again."""
    group = ["outside"] * outside + ["exited"] * exited + ["listed"] * still
    table = pd.DataFrame(
        {"village": np.repeat(np.arange(villages), len(group)), "group": group * villages,
         "size": size, "omitted": False, "wrong_exit": False}
    )  # fmt: skip
    place = table.groupby(["village", "group"]).cumcount()
    order = (place * villages + table["village"]).to_numpy()
    table["omitted"] = (table["group"] == "outside") & (order < omitted)
    table["wrong_exit"] = (table["group"] == "exited") & (order < wrong)
    table["approves"] = table.groupby("village").cumcount() >= against
    return table


def audit(table=None, totals=TOTALS, region="West", **more):
    return ps.exit_audit(sample() if table is None else table, totals, region, **more)


def row(found, term):
    return found.tidy().set_index("term").loc[term]


# Bounds of a proportion ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "case", R["beta"], ids=lambda x: f"{x['design']}-{x['column']}-{x['level']}"
)
def test_korn_graubard_equals_r_survey(case):
    share, n = case["estimate"], case["n"]
    effect = case["variance"] * n / (share * (1 - share))
    found = ps.proportion_interval(
        share * n, n, level=case["level"], sides=2, design_effect=effect, df=case["df"]
    )
    assert found == pytest.approx(case["ci"], rel=1e-7)


@pytest.mark.parametrize("case", R["binom"], ids=lambda x: f"{x['found']} of {x['n']}")
def test_clopper_pearson_equals_binom_test(case):
    two = ps.proportion_interval(case["found"], case["n"], sides=2)
    assert two == pytest.approx(case["two"], rel=1e-9)
    low, high = ps.proportion_interval(case["found"], case["n"])
    assert (low, high) == pytest.approx((case["low"], case["high"]), rel=1e-9)


@given(n=st.integers(1, 3000), effect=st.floats(1, 20), level=st.floats(0.6, 0.999))
def test_no_error_found_has_a_bound_in_closed_form(n, effect, level):
    low, high = ps.proportion_interval(0, n, level=level, design_effect=effect)
    assert low == 0
    assert high == pytest.approx(1 - (1 - level) ** (effect / n), rel=1e-9)


def test_no_error_in_1000_persons_with_a_design_effect_of_3():
    _, high = ps.proportion_interval(0, 1000, design_effect=3)
    assert high == pytest.approx(0.00895, abs=5e-6)


@given(
    n=st.integers(2, 2000), share=st.floats(0, 1), effect=st.floats(1, 10),
    more=st.floats(1, 3), level=st.floats(0.6, 0.99), sides=st.sampled_from([1, 2]),
)  # fmt: skip
def test_bounds_are_ordered_and_move_with_counts_and_design_effect(
    n, share, effect, more, level, sides
):
    found = min(int(share * n), n - 1)
    run = lambda x, d: ps.proportion_interval(x, n, level=level, sides=sides, design_effect=d)  # noqa: E731
    low, high = run(found, effect)
    assert 0 <= low <= found / n <= high <= 1
    above = run(found + 1, effect)
    assert above[0] >= low
    assert above[1] > high
    wider = run(found, effect * more)
    assert wider[0] <= low + 1e-12
    assert wider[1] >= high - 1e-12
    # Bounds of the other answer are the same, seen from the other side.
    other = run(n - found, effect)
    assert (1 - other[1], 1 - other[0]) == pytest.approx((low, high), abs=1e-9)


def test_few_degrees_of_freedom_widen():
    known = ps.proportion_interval(10, 400, design_effect=2)
    few = ps.proportion_interval(10, 400, design_effect=2, df=4)
    ratio = stats.t.ppf(0.05, 399) / stats.t.ppf(0.05, 4)
    assert few == pytest.approx(
        ps.proportion_interval(10 * ratio**2, 400 * ratio**2, design_effect=2)
    )
    assert few[0] < known[0] < known[1] < few[1]


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"found": 5, "n": 4}, ["part of what was looked at"]),
        ({"found": -1, "n": 4}, ["part of what was looked at"]),
        ({"found": 0, "n": 0}, ["part of what was looked at"]),
        ({"level": 95}, ["level= lies between"]),
        ({"sides": 3}, ["sides= is a whole number from 1 to 2"]),
        ({"design_effect": 0}, ["more than 0"]),
        ({"df": 0}, ["Degrees of freedom"]),
    ],
)
def test_bounds_without_a_meaning_are_refused(kwargs, words):
    refused(lambda: ps.proportion_interval(**{"found": 1, "n": 4, **kwargs}), *words)


# Indices ------------------------------------------------------------------------------------


def test_the_official_formulas():
    table = sample(omitted=12, wrong=9, against=3)
    found = audit(table, design_effect=2).tidy().set_index("term")
    # 12 of 1,200 households outside, 9 of 900 exited, of 3 persons each; 37 of 40 approve.
    assert found.loc["omission rate", ["estimate", "found", "n"]].tolist() == [1.0, 36, 3600]
    assert found.loc["wrong exit rate", ["estimate", "found", "n"]].tolist() == [1.0, 27, 2700]
    assert found.loc["approval", ["estimate", "found", "n"]].tolist() == [92.5, 2220, 2400]
    wanted = (2_000 + 0.01 * (400_000 - 2_000 - 50_000) + 0.01 * 50_000) / 400_000 * 100
    assert found.loc["composite incidence", "estimate"] == pytest.approx(wanted)
    assert found["counted"].tolist() == ["persons", "persons", "persons", "households"]
    assert found["limit"].tolist() == [2, 2, 3, 90]
    assert audit(table, region="Central").tidy()["limit"].tolist() == [2, 2, 2, 90]


def test_rates_are_of_persons_and_approval_of_households():
    table = sample(omitted=12, against=3)
    table.loc[table["omitted"], "size"] = 6
    found = audit(table).tidy().set_index("term")
    assert found.loc["omission rate", "estimate"] == pytest.approx(100 * 72 / (3600 + 36))
    assert found.loc["approval", "estimate"] == 92.5


def test_a_row_for_each_person_gives_the_same_rates():
    table = sample(omitted=12, wrong=9)
    people = table.loc[table.index.repeat(3)].reset_index(drop=True)
    people["approves"] = people["approves"].where(people.index % 3 == 0).astype("boolean")
    one, two = audit(table).tidy(), audit(people, size=None).tidy()
    pd.testing.assert_frame_equal(one, two)


def test_estimates_and_errors_equal_r_survey():
    table = DESIGN.assign(
        size=np.arange(len(DESIGN)) % 5 + 1, village=DESIGN["psu"],
        group=DESIGN["province"].map({"A": "outside", "B": "exited", "C": "listed"}),
        approves=DESIGN["income"] > 1000,
    )  # fmt: skip
    rare = DESIGN["income"] < 700
    table["omitted"] = rare & (table["group"] == "outside")
    table["wrong_exit"] = rare & (table["group"] == "exited")
    totals = {"rural": 50_000, "remaining": 1_000, "exited": 9_000}
    found = audit(table, totals, weight="weight", strata="stratum").tidy()
    wanted = [R["audit"][name] for name in ("omission", "wrong_exit", "composite", "approval")]
    np.testing.assert_allclose(found[["estimate", "std_error"]] / 100, wanted, rtol=1e-8)


def test_bounds_with_a_design_effect_are_those_of_the_weighted_share():
    table = sample(omitted=12).assign(weight=lambda x: 1 + x["village"] % 3)
    found = row(
        audit(table, weight="weight", design_effect={"omission rate": 2.5}), "omission rate"
    )
    share = found["estimate"] / 100
    bounds = ps.proportion_interval(share * 3600, 3600, design_effect=2.5)
    assert (found["ci_low"] / 100, found["ci_high"] / 100) == pytest.approx(bounds)
    assert found["n_effective"] == 1440
    assert "given; one-sided 95 % bounds" in found["method"]
    # The other rates keep an estimated one.
    other = audit(table, weight="weight", design_effect={"omission rate": 2.5})
    assert "estimated" in row(other, "approval")["method"]


def test_a_design_effect_that_is_estimated_is_at_least_1_and_counts_villages_with_errors():
    spread = row(audit(sample(omitted=60)), "omission rate")  # one household in each village
    assert spread["design_effect"] == 1
    assert spread["df"] == 59
    table = sample()
    table["omitted"] = (table["group"] == "outside") & (table["village"] < 4)  # all of 4 villages
    found = row(audit(table), "omission rate")
    # Whole villages: variance between 60 villages over that of 3,600 persons, exactly.
    assert found["design_effect"] == pytest.approx(3600 / 59)
    assert found["df"] == 3
    assert found["n_effective"] == pytest.approx(59)
    bounds = ps.proportion_interval(59 / 15, 59)
    assert (found["ci_low"] / 100, found["ci_high"] / 100) == pytest.approx(bounds)


@pytest.mark.parametrize(("errors", "share"), [(0, 0), (1, 1 / 1200)])
def test_errors_of_one_village_or_none_count_villages(errors, share):
    found = row(audit(sample(omitted=errors)), "omission rate")
    assert np.isnan(found["design_effect"])
    assert found["n_effective"] == pytest.approx(60)
    assert found["ci_high"] / 100 == pytest.approx(ps.proportion_interval(60 * share, 60)[1])
    assert "no design effect" in found["method"]
    assert found["verdict"] == "cannot be told"


def test_villages_of_unequal_size_count_for_less():
    table = sample(villages=30)
    table.loc[table["village"] == 0, "size"] = 30
    found = row(audit(table), "omission rate")
    assert found["n_effective"] == pytest.approx((29 + 10) ** 2 / (29 + 100))


def test_the_composite_combines_the_distances_of_the_bounds():
    table = sample(omitted=24, wrong=30)
    found = audit(table, design_effect=3).tidy().set_index("term")
    one, two, both = (
        found.loc[name] for name in ("omission rate", "wrong exit rate", "composite incidence")
    )
    a, b = 0.87 * (one["ci_high"] - one["estimate"]), 0.125 * (two["ci_high"] - two["estimate"])
    reach = both["ci_high"] - both["estimate"]
    assert np.hypot(a, b) - 1e-9 <= reach <= a + b + 1e-9
    # Without errors nothing tells the correlation: the bounds are put into the formula.
    found = audit(design_effect=3).tidy().set_index("term")
    high = found["ci_high"]
    wanted = 0.5 + 0.87 * high["omission rate"] + 0.125 * high["wrong exit rate"]
    assert high["composite incidence"] == pytest.approx(wanted)
    assert found.loc["composite incidence", ["ci_low", "estimate"]].tolist() == pytest.approx(
        [0.5, 0.5]
    )


# Verdicts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("omitted", "wrong", "against", "verdicts"),
    [
        (0, 0, 2, ["passes", "passes", "passes", "passes"]),
        (0, 0, 4, ["passes", "passes", "passes", "cannot be told"]),  # exactly 90 percent
        (0, 0, 8, ["passes", "passes", "passes", "fails"]),
        (24, 0, 2, ["cannot be told", "passes", "cannot be told", "passes"]),  # exactly 2 percent
        (60, 0, 2, ["fails", "passes", "fails", "passes"]),
        (0, 60, 2, ["passes", "fails", "passes", "passes"]),
    ],
)
def test_verdicts(omitted, wrong, against, verdicts):
    found = audit(sample(omitted=omitted, wrong=wrong, against=against), design_effect=5)
    assert found.tidy()["verdict"].tolist() == verdicts
    wanted = next(one for one in ("fails", "cannot be told", "passes") if one in verdicts)
    assert found.verdict == wanted


def test_the_point_alone_would_say_more_than_the_sample_can():
    found = audit(sample(omitted=20, against=4), design_effect=5).tidy()
    assert found["point_passes"].tolist() == [True] * 4  # 1.67 percent; 90 percent is enough
    assert found["verdict"].tolist() == ["cannot be told", "passes", "passes", "cannot be told"]
    assert not audit(sample(omitted=24)).tidy()["point_passes"][0]  # 2 percent is not below 2


@examples(60)
@given(
    omitted=st.integers(0, 80), wrong=st.integers(0, 80), against=st.integers(0, 8),
    effect=st.one_of(st.none(), st.floats(1, 8)), level=st.floats(0.7, 0.99),
    sides=st.sampled_from([1, 2]), region=st.sampled_from(["West", "Central"]),
)  # fmt: skip
def test_nothing_passes_beyond_its_limit(omitted, wrong, against, effect, level, sides, region):
    table = sample(omitted=omitted, wrong=wrong, against=against)
    found = audit(table, region=region, design_effect=effect, level=level, sides=sides)
    for one in found.tidy().itertuples():
        assert one.ci_low - 1e-9 <= one.estimate <= one.ci_high + 1e-9
        beyond = one.ci_high >= one.limit if one.decides == "ci_high" else one.ci_low < one.limit
        assert (one.verdict == "passes") == (not beyond)
        if one.verdict == "fails":
            assert not one.point_passes
    if found.verdict == "passes":
        assert set(found.tidy()["verdict"]) == {"passes"}
    if effect is not None:
        worse = audit(sample(omitted=omitted + 1, wrong=wrong, against=against), region=region,
                      design_effect=effect, level=level, sides=sides).tidy()  # fmt: skip
        assert worse["ci_high"][0] > found.tidy()["ci_high"][0]
        order = ["passes", "cannot be told", "fails"]
        assert order.index(worse["verdict"][0]) >= order.index(found.tidy()["verdict"][0])


def test_two_sided_bounds_are_wider_and_say_so():
    one, two = audit(design_effect=3), audit(design_effect=3, sides=2)
    assert (two.tidy()["ci_high"][:3] > one.tidy()["ci_high"][:3]).all()
    assert two.tidy()["method"].str.endswith("; two-sided 95 % bounds").all()
    assert "two-sided, 95 %" in two.summary()


def test_the_summary_speaks_both_languages():
    found = audit(sample(omitted=24), design_effect=5)
    english, chinese = found.summary(), found.summary("zh")
    assert "omission rate: 2.00 % (72 of 3,600 persons), bounds 1.22 to" in english
    assert "Verdict: cannot be told." in english
    assert "漏评率：2.00%（3,600人中72人），下限1.22%，上限" in chinese
    assert "群众认可度：95.00%（2,400户中2,280户），下限93.04%，上限96.53%" in chinese
    assert "结论：无法判定。" in chinese
    assert repr(found) == english
    refused(lambda: found.summary("fr"), "English or Chinese")


def test_the_result_cannot_be_changed():
    found = audit()
    table = found.tidy()
    table.loc[0, "verdict"] = "passes, of course"
    assert found.tidy()["verdict"][0] == "cannot be told"
    with pytest.raises(AttributeError):
        found.verdict = "passes"


def test_the_table_is_not_changed_and_its_status_is_kept():
    table = sample()
    table.attrs["source"] = {"status": "simulated"}
    before = table.copy()
    assert set(audit(table).tidy()["data_status"]) == {"simulated"}
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("kind", [object, "string", "category"])
def test_words_of_an_office_are_read(kind):
    plain, words = sample(), sample()
    words["group"] = words["group"].map(
        {"listed": "在册", "exited": " 已脱贫", "outside": "未建档"}
    )
    words["omitted"] = words["omitted"].map({True: "是", False: "否"})
    words["wrong_exit"] = words["wrong_exit"].map({True: "有", False: "无"})
    words["approves"] = words["approves"].map({True: "认可", False: "不认可"})
    for name in ("group", "omitted", "wrong_exit", "approves"):
        words[name] = words[name].astype(kind)
    pd.testing.assert_frame_equal(audit(words).tidy(), audit(plain).tidy())


@pytest.mark.parametrize("kind", ["int8", "Int64", "boolean", float, "category", object, "string"])
def test_yes_and_no_are_read_in_any_type(kind):
    table = pd.DataFrame({"approves": pd.Series([1, 0, 1]).astype(kind)})
    assert yes_or_no(table["approves"], "approves").tolist() == [1, 0, 1]
    assert np.isnan(yes_or_no(pd.Series([None, " ", np.nan, pd.NA], dtype=object), "x")).all()


def spoil(column, value, where=0):
    table = sample().astype({"omitted": object, "wrong_exit": object, "approves": object})
    table.loc[where, column] = value
    return table


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (sample().drop(columns="omitted"), ["omitted"]),
        (spoil("group", "moved"), ["listed, exited or outside", "column group, row 0", "moved"]),
        (spoil("omitted", None), ["is not known", "column omitted, row 0"]),
        (spoil("omitted", True, 25), ["only households that are outside", "row 25", "exited"]),
        (spoil("wrong_exit", True), ["only households that are exited", "row 0"]),
        (spoil("omitted", "maybe"), ["neither yes nor no", "maybe", "是, 有, y, yes"]),
        (spoil("omitted", 2), ["neither yes nor no", ".replace({2: ...})"]),
        (spoil("omitted", "认可"), ["neither yes nor no", "column omitted, row 0"]),
        (sample().assign(omitted=[[1]] * len(sample())), ["neither yes nor no", "found: [1]"]),
        (sample().assign(group=[["a"]] * len(sample())), ["listed, exited or outside", "column group, row 0"]),
        (spoil("approves", "算是"), [".replace({'算是': ...})", "不认可"]),
        (spoil("approves", "满意"), [".replace({'满意': True})"]),
        (spoil("group", "建档"), ["exited, 稳定脱贫", "outside, 未建档"]),
        (spoil("group", None), ["column group, row 0"]),
        (spoil("group", "外"), ["""sample['group'].replace({'外': "listed", "exited" or "outside"})"""]),
        (sample().astype({"size": object}).assign(size="3人"), ["written as text", "3人", "ps.clean.count(x).value"]),
        (spoil("size", 0), ["have no persons", "column size, row 0"]),
        (spoil("size", np.nan), ["have no persons"]),
        (sample(exited=0), ["No household is exited", "wrong exit rate"]),
        (sample().assign(approves=None), ["No household was asked"]),
        ([1, 2], ["A sample is a DataFrame"]),
    ],
)  # fmt: skip
def test_a_sample_that_contradicts_itself_is_refused(table, words):
    refused(lambda: audit(table), *words)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"totals": {"rural": 1000}}, ["total of the county is missing", "remaining, exited"]),
        ({"totals": {**TOTALS, "exited": 398_000}}, ["part of the rural registered persons"]),
        ({"totals": {**TOTALS, "remaining": -1}}, ["is a number of persons", "-1"]),
        ({"region": "Northwest"}, ["no limit for this region", "region='West'"]),
        (
            {"totals": {**TOTALS, "rural": "41万"}},
            ["is a number of persons", "totals, rural", "41万"],
        ),
        ({"totals": None}, ["total of the county is missing"]),
        ({"psu": None}, ["drawn by villages", 'psu="village"']),
        ({"wieght": "w"}, ["no such argument", "wieght"]),
        ({"design_effect": 0.5}, ["1 or more"]),
        ({"design_effect": {"omissions": 2}}, ["by its name", "omissions"]),
        ({"level": 1.2}, ["level= lies between"]),
        ({"weight": "w"}, ["w"]),
    ],
)
def test_an_audit_without_a_meaning_is_refused(more, words):
    refused(lambda: audit(**more), *words)


def test_a_stratum_with_one_village_is_refused_with_its_remedy():
    table = sample().assign(township=lambda x: (x["village"] > 0).astype(int))
    refused(lambda: audit(table, strata="township"), "one sampling unit",
            'lonely="center"', kind=ps.DesignError)  # fmt: skip
    assert audit(table, region="西部").verdict == audit(table, region="West").verdict
    assert audit(table, strata="township", lonely="center", design_effect=5).verdict == "passes"


# How often the bounds hold ------------------------------------------------------------------

COVERAGE = pd.read_csv(audit_coverage.FILE)


def test_the_table_of_coverage_holds_what_is_promised():
    held = COVERAGE[COVERAGE["bound"] != "below 2 %"].set_index("design_effect_used")["percent"]
    assert len(held.loc["given"]) == 2 * 3 * 25
    assert held.loc["given"].min() >= 94
    assert held.loc["estimated"].min() >= 93
    assert held.loc["plain"].min() < 75  # which is why plain Korn-Graubard is not used


def test_the_table_of_coverage_is_that_of_the_documentation():
    import re

    doc = ps.exit_audit.__doc__
    names = {"given": "given", "estimated, as here": "estimated", "estimated, plain": "plain"}
    wide, seen = audit_coverage.wide(COVERAGE), 0
    for name, rate, rest in re.findall(r"^ +(\w[\w, ]*?) +([\d.]+) +(\d.*)$", doc, re.MULTILINE):
        if name in names:
            assert rest.split() == [f"{x:.1f}" for x in wide.loc[(names[name], float(rate))]]
            seen += 1
    assert seen == 15


def test_a_part_of_the_table_comes_out_again():
    again = audit_coverage.coverage(rates=(0.01, 0.02), effects=(1, 4))
    keys = list(again.columns[:-1])
    both = again.merge(COVERAGE, on=keys, suffixes=("", "_stored"))
    assert len(both) == len(again)
    # Samplers may differ between versions of numpy: three standard errors of two sets of draws.
    error = np.sqrt(2 * both["percent_stored"] * (100 - both["percent_stored"]) / 2_000)
    assert (abs(both["percent"] - both["percent_stored"]) <= 3 * error + 0.1).all()


def test_the_audit_itself_draws_the_bounds_that_were_tried():
    rng = np.random.default_rng(4)
    rates = audit_coverage.village_rates(rng, 0.03, 0.1, 1)[0, 0]
    found = rng.binomial(20, rates)
    table = sample(villages=50, size=1)
    place = table.groupby(["village", "group"]).cumcount()
    table["omitted"] = (table["group"] == "outside") & (place < found[table["village"]])
    _, ways = audit_coverage.audited(found[None, :], 20, 2.9, 0.05)
    for way, effect in (("given", 2.9), ("estimated", None)):
        one = row(audit(table, design_effect=effect), "omission rate")
        bounds = np.ravel(ways[way]).tolist()
        assert (one["ci_low"] / 100, one["ci_high"] / 100) == pytest.approx(bounds)


def test_a_planned_size_holds_only_if_the_design_effect_is_given():
    small, large = audit_coverage.passing(58), audit_coverage.passing(116)
    assert small["given"] > 80 > 30 > small["estimated"]
    assert large["estimated"] == pytest.approx(82, abs=2)
    assert ps.audit_sample_size(0.02, 0.005, design_effect=3).n <= 58 * 20


# Sizes of samples ---------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0.01, 0.02, 0.03, 0.1])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_a_sample_without_errors_has_a_size_in_closed_form(limit, level):
    found = ps.audit_sample_size(limit, 0.0, level=level)
    assert found[:4] == (ceil(log(1 - level) / log(1 - limit)), 0, 1.0, found.n)


@pytest.mark.parametrize(
    ("limit", "true", "power", "level"),
    [(0.02, 0.005, 0.8, 0.95), (0.02, 0.008, 0.5, 0.9), (0.1, 0.05, 0.9, 0.95), (0.03, 0.001, 0.8, 0.975)],
)  # fmt: skip
def test_the_size_is_the_smallest_of_all_that_are_tried_one_by_one(limit, true, power, level):
    found = ps.audit_sample_size(limit, true, power=power, level=level)
    sizes = np.arange(1, 3 * found.n_steady)
    allowed = stats.binom.ppf(1 - level, sizes, limit)  # fewer than this pass, if not exactly
    allowed -= stats.binom.cdf(allowed, sizes, limit) >= 1 - level
    chance = np.where(allowed >= 0, stats.binom.cdf(allowed, sizes, true), 0)
    reached = chance >= power
    assert found.n == sizes[reached.argmax()]
    assert found.n_steady == sizes[~reached][-1] + 1
    assert found.allowed == allowed[found.n - 1]
    assert found.power == pytest.approx(chance[found.n - 1])
    _, high = ps.proportion_interval([found.allowed, found.allowed + 1], found.n, level=level)
    assert high[0] < limit <= high[1]


def test_approval_is_planned_from_the_other_side():
    found = ps.audit_sample_size(0.9, 0.95)
    assert found[:4] == pytest.approx(ps.audit_sample_size(0.1, 0.05)[:4])
    low, _ = ps.proportion_interval(found.n - np.array([found.allowed, found.allowed + 1]), found.n)
    assert low[0] >= 0.9 > low[1]


def test_a_design_effect_multiplies_the_size():
    plain, wide = (ps.audit_sample_size(0.02, 0.005, design_effect=d) for d in (1, 3))
    assert wide.n == 3 * plain.n
    assert wide.allowed == 3 * plain.allowed
    clustered = ps.audit_sample_size(0.02, 0.005, icc=0.1, cluster_size=21)
    assert clustered[:4] == wide[:4]
    assert clustered.clusters == ceil(wide.n_steady / 21)
    _, high = ps.proportion_interval(wide.allowed, wide.n, design_effect=3)
    assert high < 0.02


@pytest.mark.parametrize(
    ("population", "true"), [(100, 0.0), (300, 0.0), (300, 0.01), (800, 0.005)]
)
def test_a_small_population_is_counted_out_by_hand(population, true):
    found = ps.audit_sample_size(0.02, true, population=population)
    failing, there = ceil(0.02 * population), round(true * population)
    best = None
    for n in range(1, population + 1):
        allowed = [c for c in range(n + 1) if stats.hypergeom.cdf(c, population, failing, n) < 0.05]
        if allowed and stats.hypergeom.cdf(allowed[-1], population, there, n) >= 0.8:
            best = n, allowed[-1]
            break
    assert (found.n, found.allowed) == best
    assert found.n <= ps.audit_sample_size(0.02, true).n


def test_a_large_population_is_as_good_as_none():
    one = ps.audit_sample_size(0.02, 0.005, population=10_000_000)
    assert one.n == pytest.approx(ps.audit_sample_size(0.02, 0.005).n, rel=0.01)


@examples(40)
@given(limit=st.floats(0.01, 0.2), ratio=st.floats(0, 0.6), power=st.floats(0.3, 0.95))
def test_a_planned_audit_passes_as_often_as_planned(limit, ratio, power):
    found = ps.audit_sample_size(limit, ratio * limit, power=power)
    assert power <= found.power <= 1
    assert found.n <= found.n_steady
    _, high = ps.proportion_interval(found.allowed, found.n)
    assert high < limit
    more = ps.audit_sample_size(limit, ratio * limit, power=min(power + 0.04, 0.99))
    assert more.n >= found.n


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"true_rate": 0.02}, ["What is true keeps the limit"]),
        ({"limit": 2}, ["between 0 and 1"]),
        ({"power": 1}, ["between 0 and 1"]),
        ({"design_effect": 0.5}, ["1 or more"]),
        ({"icc": 0.1}, ["icc and cluster_size together"]),
        ({"icc": 0.1, "cluster_size": 20, "design_effect": 2}, ["No design effect"]),
        ({"icc": 2, "cluster_size": 20}, ["icc= lies between"]),
        ({"population": 80.5}, ["whole number"]),
        ({"population": 100, "true_rate": 0.016}, ["population so small"]),
        ({"true_rate": 0.01999}, ["too near the limit"]),
    ],
)
def test_a_plan_without_a_meaning_is_refused(kwargs, words):
    refused(lambda: ps.audit_sample_size(**{"limit": 0.02, "true_rate": 0.005, **kwargs}), *words)
