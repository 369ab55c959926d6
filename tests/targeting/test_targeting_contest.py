"""Rules at one budget: errors, ties, cuts, differences, spending, and what is refused."""

import time
import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import draws
from held import HELD

import povstudy as ps

MISSED, LEAKED, WRONG = (
    "exclusion error of the poor", "inclusion error of the listed", "mistargeted",
)  # fmt: skip


def villages(n=1200, count=60, seed=1):
    """Households of villages, of which a score and a rank know something."""
    rng = np.random.default_rng(seed)
    place = np.sort(rng.integers(0, count, n))
    level = rng.normal(0, 0.4, count)
    income = np.exp(5 + level[place] + 0.6 * rng.standard_normal(n))
    table = pd.DataFrame({
        "income": income, "village": place, "county": place % 6, "w": rng.uniform(0.5, 2, n),
        "score": np.log(income) + 0.5 * rng.standard_normal(n),
        "rank": np.round(np.log(income) + rng.standard_normal(n)), "size": rng.integers(1, 8, n),
    })  # fmt: skip
    table["kind"] = np.where(table["size"] > 4, "large", "small")
    table["listed"] = (table["score"] < 4.6).astype(int)
    table["poor"] = (table["income"] < 100).astype(int)
    return table


TABLE = villages()
RULES = {"formula": "score", "community": "rank"}
KNOWN = {"consumption": "income", "line": 100}


def survey(table=TABLE, **more):
    return ps.Survey(table, **{"weight": "w", "psu": "village", "strata": "county", **more})


def of(found, **values):
    return found.only(**values).tidy().set_index("rule")["estimate"]


def refused(call, *words):
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


# By hand ------------------------------------------------------------------------------------


def test_the_first_of_the_line_are_taken_until_the_share_is_full():
    table = pd.DataFrame(
        {"income": [1.0, 2, 3, 4, 5], "score": [2, 1, 4, 3, 5], "w": [1, 2, 3, 2, 2]}
    )
    found = ps.targeting_contest(ps.Survey(table, weight="w"), {"formula": "score"}, consumption="income",
                                 line=3.5, coverage=0.4)  # fmt: skip
    # Of 10, four are taken: the second (2), the first (1), and one of two of the fourth.
    assert of(found, term=MISSED).to_dict() == pytest.approx(
        {"formula": 3 / 6, "perfect": 2 / 6, "random": 0.6, "everybody": 0.0})  # fmt: skip
    assert of(found, term=LEAKED).to_dict() == pytest.approx(
        {"formula": 1 / 4, "perfect": 0.0, "random": 0.4, "everybody": 0.4})  # fmt: skip
    assert of(found, term=WRONG)["formula"] == pytest.approx(0.4)
    assert of(found, term="targeting ratio")["formula"] == pytest.approx(0.75 / 0.6)
    errors = found.households()
    assert errors["formula"].tolist() == pytest.approx([0, 0, 1, 0.5, 0])
    assert (errors["formula"] * table["w"]).sum() / 10 == pytest.approx(0.4)


def test_quotas_by_place_take_the_share_in_each():
    found = ps.targeting_contest(survey(), RULES, **KNOWN, coverage=0.25, within="village",
                                 by="village", beside=())  # fmt: skip
    assert found.only(term="coverage").tidy()["estimate"].to_numpy() == pytest.approx(0.25)
    whole = ps.targeting_contest(survey(), RULES, **KNOWN, coverage=0.25, by="village", beside=())
    assert whole.only(term="coverage").tidy()["estimate"].std() > 0.1


@pytest.mark.parametrize("by", [None, "kind", ["kind", "county"]])
def test_a_list_at_its_own_coverage_has_the_errors_of_targeting_errors(by):
    found = ps.targeting_contest(survey(), {"list": "listed", **RULES}, **KNOWN, by=by)
    mine = found.only(rule="list").tidy().drop(columns=["rule", "coverage"])
    theirs = ps.targeting_errors(survey(), "listed", "poor", by=by).tidy()
    both = mine.merge(theirs, on=[*mine.columns[:1], *ps.base.checks.listed(by)])
    assert len(both) == len(mine) > 6
    for name in ("estimate", "std_error", "ci_low", "ci_high", "n", "population", "df"):
        wanted = both[f"{name}_y"]
        assert both[f"{name}_x"].to_numpy() == pytest.approx(
            wanted.to_numpy(), rel=1e-7, abs=1e-12, nan_ok=True
        )
    share = np.average(TABLE["listed"], weights=TABLE["w"])
    assert found.table["coverage"].unique() == pytest.approx([share])


def test_a_list_among_households_that_are_units_themselves_has_those_errors_too():
    svy = ps.Survey(TABLE, weight="w", strata="county")
    found = ps.targeting_contest(svy, {"list": "listed"}, **KNOWN, beside=())
    theirs = ps.targeting_errors(svy, "listed", "poor").tidy().set_index("term")
    mine = found.tidy().set_index("term")
    for name in ("estimate", "std_error"):
        assert mine[name].to_numpy() == pytest.approx(
            theirs.loc[mine.index, name].to_numpy(), rel=1e-7, abs=1e-12
        )


def test_the_quota_of_each_village_may_be_that_of_the_list():
    found = ps.targeting_contest(
        survey(), {"list": "listed", **RULES}, **KNOWN, within="village", by="village"
    )
    shares = (
        found.only(term="coverage").tidy().pivot(index="village", columns="rule", values="estimate")
    )
    for rule in ("formula", "community", "random"):
        assert shares[rule].to_numpy() == pytest.approx(shares["list"].to_numpy())


def test_lot_and_everybody_are_what_they_are_by_arithmetic():
    p = np.average(TABLE["poor"], weights=TABLE["w"])
    found = ps.targeting_contest(survey(), RULES, **KNOWN, coverage=(0.2, 0.6))
    lot = found.only(rule="random", coverage=0.2).tidy().set_index("term")
    assert lot.loc[[MISSED, LEAKED, WRONG], "estimate"].tolist() == pytest.approx(
        [0.8, 1 - p, 0.2 + p - 0.4 * p])  # fmt: skip
    assert lot.loc[MISSED, "std_error"] == pytest.approx(0, abs=1e-12)
    error = ps.mean(survey(), "poor").tidy()["std_error"].item()
    assert lot.loc[WRONG, "std_error"] == pytest.approx(0.6 * error)
    everybody = found.only(rule="everybody").tidy()
    assert everybody.loc[everybody["term"] == WRONG, "estimate"].tolist() == pytest.approx(
        [1 - p] * 2
    )
    assert found.only(term="coverage", rule="formula").tidy()[["ci_low", "ci_high"]].to_numpy() == pytest.approx(
        np.array([[0.2, 0.2], [0.6, 0.6]]))  # fmt: skip


def test_bands_of_depth_tell_how_much_of_each_is_found():
    found = ps.targeting_contest(
        survey(), RULES, **KNOWN, coverage=0.3, depth=(0.5, 1.5), beside=["perfect"]
    )
    table = found.tidy()
    assert list(table["depth"].unique()) == ["100-150 %", ">= 150 %", "< 50 %", "50-100 %"]
    assert (table.loc[table["term"] == MISSED, "depth"].isin(["< 50 %", "50-100 %"])).all()
    part = found.only(rule="formula", depth="< 50 %").tidy().set_index("term")["estimate"]
    assert part["coverage"] == pytest.approx(1 - part[MISSED])
    deep = found.only(term="coverage", rule="formula").tidy().set_index("depth")["estimate"]
    assert deep["< 50 %"] > deep["50-100 %"] > deep["100-150 %"] > deep[">= 150 %"]
    counted = found.only(term="coverage", rule="formula").tidy()
    assert (counted["estimate"] * counted["population"]).sum() == pytest.approx(
        0.3 * TABLE["w"].sum()
    )


# Spending -----------------------------------------------------------------------------------


def test_what_is_spent_closes_gaps_of_those_who_get_it():
    table = pd.DataFrame(
        {"income": [20.0, 60, 90, 150, 300], "score": [1, 4, 2, 3, 5], "size": [2, 1, 4, 3, 1]}
    )
    found = ps.targeting_contest(ps.Survey(table), {"formula": "score"}, consumption="income", line=100,
                                 coverage=0.6, transfer=50, persons="size", poorest=0.4)  # fmt: skip
    # Gaps of households: 160, 40, 40; the formula helps the 1st, 3rd and 4th.
    assert of(found, term="gap closed").to_dict() == pytest.approx(
        {"formula": 90 / 240, "perfect": 130 / 240, "random": 0.6 * 130 / 240, "everybody": 90 / 240})  # fmt: skip
    assert of(found, term="gap closed per unit spent").to_dict() == pytest.approx(
        {"formula": 90 / 150, "perfect": 130 / 150, "random": 130 / 250, "everybody": 90 / 150})  # fmt: skip
    assert of(found, term="leakage of transfers")["formula"] == pytest.approx(1 / 3)
    assert of(found, term="share to poorest(0.4)").to_dict() == pytest.approx(
        {"formula": 1 / 3, "perfect": 2 / 3, "random": 0.4, "everybody": 0.4})  # fmt: skip
    assert of(found, term="targeting ratio(0.4)")["perfect"] == pytest.approx(5 / 3)
    each = table.assign(gift=10 * table["size"])
    found = ps.targeting_contest(ps.Survey(each), {"formula": "score"}, consumption="income", line=100,
                                 coverage=0.6, transfer="gift", persons="size")  # fmt: skip
    assert of(found, term="leakage of transfers")["formula"] == pytest.approx(30 / 90)
    assert of(found, term="gap closed per unit spent")["formula"] == pytest.approx(60 / 90)


def test_spending_knows_its_own_ends():
    found = ps.targeting_contest(survey(), RULES, **KNOWN, coverage=0.05, transfer=1e-6)
    ends = found.tidy()
    assert ends["ci_low"].min() >= 0
    assert of(found, term="gap closed per unit spent")["perfect"] == pytest.approx(1)


# Ties ---------------------------------------------------------------------------------------


def test_ties_lie_between_both_ways_to_break_them():
    found = ps.targeting_contest(
        survey(), RULES | {"list": "listed"}, **KNOWN, coverage=(0.2, 0.5), by="kind"
    )
    ties = found.ties()
    errors = ties[ties["term"].isin([MISSED, LEAKED, WRONG]) & ties["rule"].isin(RULES)]
    whole = ps.targeting_contest(survey(), RULES, **KNOWN, coverage=(0.2, 0.5)).ties()
    whole = whole[whole["term"].isin([MISSED, LEAKED, WRONG]) & (whole["rule"] == "community")]
    assert (whole["poorest_first"] < whole["estimate"]).all()
    assert (whole["estimate"] < whole["richest_first"]).all()
    assert (whole["tied"] > 0.1).all()
    none = errors[errors["rule"] == "formula"]  # a score of its own for each: one is taken in part
    assert none["poorest_first"].to_numpy() == pytest.approx(none["estimate"].to_numpy())
    assert (none["tied"] < 0.01).all()


def test_a_list_at_another_coverage_is_drawn_by_lot_from_the_listed():
    found = ps.targeting_contest(survey(), {"list": "listed"}, **KNOWN, coverage=0.1, beside=())
    own = ps.targeting_errors(survey(), "listed", "poor").tidy().set_index("term")["estimate"]
    made = found.tidy().set_index("term")["estimate"]
    assert made[LEAKED] == pytest.approx(own[LEAKED])
    assert made[MISSED] == pytest.approx(1 - 0.1 / own["coverage"] * (1 - own[MISSED]))


# Errors -------------------------------------------------------------------------------------


def test_errors_know_that_the_cut_is_estimated():
    """Of samples of villages: intervals hold, and standard errors are what estimates do."""
    world = villages(40_000, 2_000, seed=9).assign(w=1.0)
    homes = dict(iter(world.groupby("village")))
    rng, runs, wide = np.random.default_rng(5), *draws(300, 80)
    told = {
        "consumption": "income",
        "line": 100,
        "coverage": (0.15, 0.4),
        "by": "kind",
        "beside": ["perfect"],
    }

    def estimated(table):
        return ps.targeting_contest(
            ps.Survey(table, psu="unit"), RULES, **told, transfer=50, poorest=0.2
        )

    truth = estimated(world.assign(unit=world["village"])).table["estimate"].to_numpy()
    tables = []
    for _ in range(runs):
        drawn = rng.choice(2_000, 60)
        tables.append(
            estimated(
                pd.concat([homes[v].assign(unit=i) for i, v in enumerate(drawn)], ignore_index=True)
            ).tidy()
        )
    errors, values = (np.array([one[name] for one in tables]) for name in ("std_error", "estimate"))
    hold = np.mean([(one["ci_low"] <= truth) & (truth <= one["ci_high"]) for one in tables], axis=0)
    spread = values.std(axis=0, ddof=1)
    known = spread > 1e-9  # of perfect targeting some are the same whatever is drawn
    ratio, hold = np.sqrt((errors**2).mean(axis=0))[known] / spread[known], hold[known]
    assert 0.93 < hold.mean() < 0.975
    assert (hold > 0.95 - 0.065 * wide).all()
    assert (abs(ratio - 1) < 0.14 * wide).all() and abs(ratio.mean() - 1) < 0.06 * wide


def test_where_consumption_is_cut_it_is_known_who_is_poor():
    """Of perfect targeting the errors follow from how many are poor, and have its error."""
    found = ps.targeting_contest(survey(), "score", **KNOWN, coverage=(0.2, 0.6)).only(
        rule="perfect"
    )
    error = ps.mean(survey(), "poor").tidy()["std_error"].item()
    wrong = found.only(term=WRONG).tidy()
    assert wrong["std_error"].to_numpy() == pytest.approx(error)
    p = np.average(TABLE["poor"], weights=TABLE["w"])
    assert wrong["estimate"].to_numpy() == pytest.approx([p - 0.2, 0.6 - p])


def test_errors_of_rules_and_of_their_difference_are_those_of_replicates():
    rng, table = np.random.default_rng(3), TABLE.copy()
    units, columns = table.groupby("village")["county"].first(), {}
    for i in range(200):  # bootstrap of villages in counties (Rao and Wu)
        times = pd.Series(0.0, units.index)
        for _, part in units.groupby(units):
            size = len(part)
            times[part.index] = rng.multinomial(size - 1, [1 / size] * size) * size / (size - 1)
        columns[f"r{i}"] = table["w"] * table["village"].map(times)
    table = pd.concat([table, pd.DataFrame(columns)], axis=1)
    again = ps.Survey(table, weight="w", replicates=ps.Replicates([*columns]))
    rules = RULES | {"sum": lambda rows: rows["score"] + rows["size"] / 3}
    asked = KNOWN | {"coverage": (0.2, 0.5), "transfer": 40, "beside": ()}
    known = [ps.mean(svy, "poor").tidy()["std_error"].item() for svy in (survey(), again)]
    noise = known[0] / known[1]  # of 200 replicates, of any measure
    one, two = (ps.targeting_contest(svy, rules, **asked) for svy in (survey(), again))
    assert one.table["estimate"].to_numpy() == pytest.approx(two.table["estimate"].to_numpy())
    for a, b in ((one, two), (one.contrast("rule", "formula", "community"),
                              two.contrast("rule", "formula", "community"))):  # fmt: skip
        a, b = (x.tidy().query("term != 'coverage'")["std_error"] for x in (a, b))
        assert np.median(a / b) == pytest.approx(noise, abs=0.06)
        assert (abs(a / b - 1) < 0.25).all()
    assert two.ties()["estimate"].to_numpy() == pytest.approx(one.ties()["estimate"].to_numpy())


def test_units_without_a_number_of_their_own_give_the_same_errors():
    """Where every row is a unit, errors are put together from fewer rows."""
    table = TABLE.assign(own=range(len(TABLE)))
    asked = KNOWN | {"coverage": (0.2, 0.5), "by": "kind", "transfer": 40, "poorest": 0.2}
    rows, units = (ps.targeting_contest(svy, RULES, **asked) for svy in (
        ps.Survey(table, weight="w", strata="county"),
        ps.Survey(table, weight="w", strata="county", psu="own")))  # fmt: skip
    same = {"rel": 1e-6, "abs": 1e-9, "nan_ok": True}
    assert rows.tidy()["std_error"].to_numpy() == pytest.approx(
        units.tidy()["std_error"].to_numpy(), **same
    )
    part = {"term": [MISSED, WRONG], "rule": ["formula", "community"]}
    assert rows.only(**part).cov().to_numpy() == pytest.approx(
        units.only(**part).cov().to_numpy(), **same
    )


def test_paired_rules_differ_with_less_error_than_rules_of_two_surveys():
    found = ps.targeting_contest(survey(), RULES, **KNOWN, coverage=(0.3, 0.5), within="village")
    apart = found.contrast("rule", "community", "formula").only(term=WRONG).tidy()
    one, two = (of(found, term=WRONG, coverage=0.3)[rule] for rule in ("community", "formula"))
    assert apart["estimate"].iloc[0] == pytest.approx(one - two)
    errors = found.only(term=WRONG, coverage=0.3, rule=[*RULES]).tidy()["std_error"]
    assert 0 < apart["std_error"].iloc[0] < np.hypot(*errors)
    refused(found.contrast("rule", "community", "formula").ties, "no households")


def test_a_part_has_a_narrower_band_and_keeps_its_intervals():
    found = ps.targeting_contest(survey(), RULES, **KNOWN)
    part = found.only(term=MISSED, rule="formula")
    same = found.tidy().query("term == @MISSED and rule == 'formula'").reset_index(drop=True)
    pd.testing.assert_frame_equal(part.tidy(), same)
    wide, band = (x.band().query("term == @MISSED and rule == 'formula'") for x in (found, part))
    assert (band["ci_high"].to_numpy() <= wide["ci_high"].to_numpy()).all()
    assert (band["ci_low"].to_numpy() <= part.tidy()["ci_low"]).all()
    assert band["ci_low"].iloc[0] < part.tidy()["ci_low"].iloc[0]
    assert set(band["method"]) == {"linearisation, joint intervals"}
    many = ps.targeting_contest(survey(), RULES, **KNOWN, coverage=np.arange(0.1, 0.9, 0.1))
    assert len(many.only(coverage=0.3)) * 8 == len(many)
    refused(lambda: found.only(rule="formal"), "Did you mean 'formula'?", "column rule")
    refused(lambda: found.only(rule=[]), "no such estimates")
    refused(lambda: found.only(ruler="formula"), "ruler")


# Tables of any kind -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", HELD)
def test_every_engine_gives_the_same(kind, tmp_path):
    asked = KNOWN | {
        "coverage": 0.3,
        "by": "kind",
        "within": "county",
        "depth": (0.5,),
        "transfer": 20,
    }
    wanted = ps.targeting_contest(survey(), RULES, **asked).tidy()
    found = ps.targeting_contest(survey(HELD[kind](TABLE, tmp_path)), RULES, **asked).tidy()
    keys = ["term", "rule", "kind", "depth"]
    found, wanted = (x.astype({"depth": str}).set_index(keys).sort_index() for x in (found, wanted))
    pd.testing.assert_frame_equal(found, wanted)
    rule = {"formula": lambda rows: rows["score"]}
    svy = survey(HELD[kind](TABLE, tmp_path))
    if kind in ("pandas", "polars"):
        made = ps.targeting_contest(svy, rule, **KNOWN, coverage=0.3)
        assert len(made.households()) == len(TABLE)
    else:
        refused(lambda: ps.targeting_contest(svy, rule, **KNOWN), "function", "table in memory")


def test_nothing_that_is_given_is_changed_and_rows_keep_their_names():
    table, rules = TABLE.set_index(TABLE.index + 1000), dict(RULES)
    before = table.copy()
    found = ps.targeting_contest(survey(table), rules, **KNOWN, coverage=0.3)
    assert rules == RULES and table.equals(before)
    assert found.households().index.equals(table.index)


def test_what_a_function_does_to_its_table_is_not_seen_by_others():
    def odd(rows):
        rows["score"] = 1.0
        return rows["rank"].tolist()

    svy = survey(TABLE.assign(**{"rule odd": TABLE["score"]}))
    asked = KNOWN | {"coverage": 0.3, "beside": ()}
    found = ps.targeting_contest(svy, {"odd": odd, "formula": "score", "same": "rule odd"}, **asked)
    wanted = of(ps.targeting_contest(survey(), RULES, **asked), term=WRONG)
    made = of(found, term=WRONG)
    assert made[["odd", "formula", "same"]].tolist() == wanted.iloc[[1, 0, 0]].tolist()
    two = ps.targeting_contest(
        svy, {1: lambda rows: rows["rank"], "1": lambda rows: rows["score"]}, **asked
    )
    assert of(two, term=WRONG)[[1, "1"]].tolist() == wanted.iloc[[1, 0]].tolist()


def test_households_without_a_place_are_not_counted():
    table = TABLE.assign(place=TABLE["county"].where(TABLE.index % 5 > 0))
    asked = KNOWN | {"coverage": 0.3, "within": "place"}
    found = ps.targeting_contest(survey(table, missing="drop"), RULES, **asked)
    wanted = ps.targeting_contest(survey(table[table["place"].notna()]), RULES, **asked)
    pd.testing.assert_frame_equal(found.tidy(), wanted.tidy())
    assert found.dropped == table["place"].isna().sum()


def test_a_mark_of_the_poor_takes_the_place_of_a_line():
    one = ps.targeting_contest(survey(), "score", poor="poor", coverage=0.3)
    two = ps.targeting_contest(survey(), ["score"], **KNOWN, coverage=0.3)
    for rule in ("score", "random"):
        pd.testing.assert_frame_equal(one.only(rule=rule).tidy(), two.only(rule=rule).tidy())
    table = TABLE.assign(line=np.where(TABLE["kind"] == "large", 80.0, 120.0))
    own = ps.targeting_contest(
        survey(table), "score", consumption="income", line="line", coverage=0.3
    )
    poor = (
        ps.poverty(survey(table), "income", "line", measures="headcount").tidy()["estimate"].item()
    )
    assert of(own, term=WRONG)["everybody"] == pytest.approx(1 - poor)


def test_rows_without_weight_are_not_looked_at():
    some = TABLE["kind"] == "large"
    zero = survey(TABLE.assign(w=TABLE["w"] * some, score=TABLE["score"].where(some)))
    found = ps.targeting_contest(zero, RULES, **KNOWN, coverage=0.3).table
    wanted = ps.targeting_contest(survey(TABLE[some]), RULES, **KNOWN, coverage=0.3).table
    assert found["estimate"].to_numpy() == pytest.approx(wanted["estimate"].to_numpy(), nan_ok=True)


# What is refused, and told --------------------------------------------------------------------


def test_what_makes_no_contest_is_refused():
    def run(rules=RULES, table=TABLE, **more):
        return ps.targeting_contest(survey(table), rules, **{**KNOWN, **more})

    other = TABLE.assign(other=(TABLE["rank"] < 4).astype(int))
    two = {"one": "listed", "two": "other"}
    refused(lambda: run(two, other), "different shares", "rules one, two")
    assert len(run(two, other, coverage=0.2)) > 0
    refused(lambda: run({"flat": "c"}, TABLE.assign(c=7.0)), "tells nobody apart")
    for wrong in (0, 1, 1.5, 30, -0.1, [], "half", np.nan, True, 1e-15, 1 - 1e-15):
        refused(lambda wrong=wrong: run(coverage=wrong), "coverage=")
    refused(lambda: run({"perfect": "score"}), "no name of its own", "rule 1")
    refused(lambda: run({}, beside=()), "no rule")
    refused(lambda: run({"formula": "scores"}), "Did you mean 'score'?")
    for odd in (3, TABLE[["score"]], TABLE["kind"], TABLE["score"].sort_values(),
                TABLE["score"].where(TABLE.index > 0, np.inf), [[1], [2, 3]] * 600):  # fmt: skip
        refused(lambda odd=odd: run({"formula": lambda rows: odd}), "one number for each row")
    refused(lambda: run(lambda rows: rows["score"]), "no name of its own")
    refused(lambda: run(["poor", "perfect"]), "no name of its own")
    refused(lambda: run({"everybody": "score"}, beside=()), "no name of its own")
    for column in ("score", "income", "village"):  # the bands of depth are a column of that name
        renamed = TABLE.rename(columns={column: "depth"})
        refused(lambda renamed=renamed, column=column: ps.targeting_contest(
            survey(renamed, psu={"village": "depth"}.get(column, "village")),
            {"formula": "depth" if column == "score" else "score"}, line=100, depth=0.5,
            consumption="depth" if column == "income" else "income"), "column depth")  # fmt: skip
    refused(lambda: run(persons="size"), "no", "transfer")
    refused(lambda: run(by="kinds"), "Did you mean 'kind'?")
    refused(lambda: run({"formula": TABLE["score"]}), "a Series, not a name")
    refused(lambda: run(line=None), "consumption and a line")
    refused(lambda: run(poor="poor"), "consumption and a line")
    refused(lambda: run(line={"large": 3}, by="kind"), "column", "kind")
    refused(lambda: run(line=ps.relative_line()), "known, not estimated")
    refused(lambda: run(line=-3), "line=")
    refused(
        lambda: run(consumption=None, line=None, poor="poor", depth=(0.5,)), "told by consumption"
    )
    refused(lambda: run(line=None, poor="poor", transfer=3), "and a line")
    refused(lambda: run(beside="lot"), "beside")
    refused(lambda: run(by="rule"), "column rule")
    refused(lambda: run(depth=(-0.5,)), "depth=")
    refused(lambda: run(transfer=-5), "transfer=")
    refused(lambda: run(transfer=5, persons="listed"), "more than 0")
    refused(lambda: run(poorest=20), "poorest=")
    refused(
        lambda: run(table=TABLE.assign(score=TABLE["score"].where(TABLE.index > 0, np.inf))),
        "score",
    )
    refused(lambda: run(within="village", table=TABLE.assign(village=TABLE["village"].where(TABLE.index > 0)),
                        ), "village")  # fmt: skip
    refused(lambda: run(poor="score", line=None), "poor")
    refused(lambda: ps.targeting_contest(TABLE, RULES, **KNOWN), "Survey")


def test_scores_that_are_missing_are_refused_and_it_is_told_whose_they_are():
    table = TABLE.assign(score=TABLE["score"].where((TABLE["poor"] == 0) | (TABLE.index % 3 > 0)))
    lost = table["score"].isna().sum()
    with pytest.raises(ps.DataError, match=f"{lost} households have no place") as caught:
        ps.targeting_contest(survey(table), RULES, **KNOWN)
    assert "100 % of them are poor" in str(caught.value)
    with pytest.warns(ps.DataWarning, match="left out of all rules"):
        found = ps.targeting_contest(survey(table, missing="drop"), RULES, **KNOWN, coverage=0.3)
    assert found.dropped == lost
    assert found.households()["community"].isna().sum() == lost
    last = table.assign(score=table["score"].fillna(table["score"].max() + 1))
    filled = ps.targeting_contest(survey(last), RULES, **KNOWN, coverage=0.3)
    assert of(filled, term=MISSED)["formula"] > of(found, term=MISSED)["formula"]


def test_a_rule_that_knows_consumption_is_told():
    table = TABLE.assign(
        truth=np.log(TABLE["income"]), fifth=pd.qcut(TABLE["income"], 5, labels=False)
    )
    for column in ("truth", "fifth", "poor"):
        with pytest.warns(ps.DataWarning, match="as consumption itself does"):
            ps.targeting_contest(survey(table), {"rule": column}, **KNOWN, coverage=0.3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ps.targeting_contest(survey(), RULES, **KNOWN, coverage=0.3)
        ps.targeting_contest(survey(TABLE.assign(income=50.0)), RULES, **KNOWN, coverage=0.3)


def test_many_rules_and_coverages_are_quick():
    table = villages(100_000, 2_000)
    for i in range(3):
        table[f"score{i}"] = table["score"] + (i + 1) * table["size"] / 9
    rules = ["score", "rank", *(f"score{i}" for i in range(3))]
    start = time.process_time()
    ps.targeting_contest(survey(table), rules, **KNOWN, coverage=np.linspace(0.04, 0.96, 20)).tidy()
    assert time.process_time() - start < 8  # 1.6 where it was written


# On real data -------------------------------------------------------------------------------


@pytest.fixture
def indonesia(survey_files):
    if not (survey_files / "indonesia_targeting").is_dir():
        pytest.skip("needs indonesia_targeting: set POVSTUDY_DATA")
    return ps.load("indonesia_targeting").dropna(subset=["consumption"])


@pytest.mark.parametrize(
    ("line", "formula", "community", "hybrid"),
    [(300, 0.2948, 0.0285, 0.0274), (315, 0.2975, 0.0305, 0.0287), (330, 0.3002, 0.0317, 0.0384)],
)
def test_mistargeting_in_indonesia_is_that_of_the_oracle(
    indonesia, line, formula, community, hybrid
):
    """Of each household, within sub-districts; published with lines of districts: .30, .031, .029."""
    import statsmodels.formula.api as smf

    svy = ps.Survey(indonesia, psu="psu", strata="stratum", lonely="center")
    found = ps.targeting_contest(svy, {"list": "listed"}, consumption="consumption", line=line, by="assessor",
                                 beside=())  # fmt: skip
    table = found.only(term=WRONG).tidy().set_index("assessor")["estimate"]
    arms = {one[:3].lower(): one for one in table.index}
    assert table[arms.get("pmt", arms.get("for"))] == pytest.approx(formula, abs=5e-5)
    rows = indonesia.assign(error=found.households()["list"])
    base = arms.get("pmt", arms.get("for"))
    fit = smf.ols(f"error ~ C(assessor, Treatment('{base}')) + C(stratum)", rows).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(rows["psu"])[0]})  # fmt: skip
    for arm, wanted in (("com", community), ("hyb", hybrid)):
        name = f"C(assessor, Treatment('{base}'))[T.{arms[arm]}]"
        assert fit.params[name] == pytest.approx(wanted, abs=5e-5)
        assert fit.bse[name] == pytest.approx(0.016, abs=5e-4)


def test_in_indonesia_the_formula_misses_small_households_and_the_community_large_ones(indonesia):
    import statsmodels.formula.api as smf

    named = indonesia.loc[:, "pcfloor":].columns.drop(
        ["connected", "hhsize_ae"]
    )  # traits that are seen
    rows = indonesia.dropna(subset=named).copy()
    for district, part in rows.groupby("district"):  # out of sample
        fit = smf.ols(
            "np.log(consumption) ~ " + "+".join(named), rows[rows["district"] != district]
        ).fit()
        rows.loc[part.index, "score"] = fit.predict(part)
    rows = rows[rows["rank"].notna()].assign(large=rows["hhsize"] >= 6)
    svy = ps.Survey(rows, psu="psu", strata="stratum", lonely="center")
    asked = {"consumption": "consumption", "line": 315, "within": "psu"}
    whole = ps.targeting_contest(
        svy, {"formula": "score", "community": "rank", "list": "listed"}, **asked
    )
    wrong = of(whole, term=WRONG)
    assert wrong.loc[["formula", "community", "perfect"]].tolist() == pytest.approx(
        [0.278, 0.334, 0.189], abs=0.002
    )
    assert wrong["perfect"] < wrong["formula"] < wrong["community"] < wrong["random"]
    apart = whole.contrast("rule", "community", "formula").only(term=WRONG).tidy().iloc[0]
    assert apart["ci_low"] > 0.03 and apart["ci_high"] < 0.08
    missed = ps.targeting_contest(svy, {"formula": "score", "community": "rank"}, **asked, coverage=0.3, by="large",
                                  beside=()).only(term=MISSED).tidy()  # fmt: skip
    missed = missed.set_index(["rule", "large"])["estimate"]
    assert missed["formula", False] - missed["formula", True] > 0.15
    assert missed["community", True] > missed["community", False]


def test_in_burkina_faso_ranks_are_little_better_than_a_lot_and_worse_turned_round(survey_files):
    """Rank 1 is the richest: without that one takes the richest, and is worse than a lot."""
    if not (survey_files / "burkina_faso_ranking").is_dir():
        pytest.skip("needs burkina_faso_ranking: set POVSTUDY_DATA")
    rows = ps.load("burkina_faso_ranking").dropna(subset=["informant1", "informant2", "informant3"])
    places = ["community", "year"]
    rows = rows.assign(
        line=rows.groupby("year")["consumption"].transform(lambda x: x.quantile(0.4))
    )
    shares = sum(rows.groupby(places)[f"informant{i}"].rank(pct=True) for i in (1, 2, 3))
    rows = rows.assign(rich=shares, poor_first=-shares)
    found = ps.targeting_contest(
        ps.Survey(rows, psu="community"), {"informants": "poor_first", "turned": "rich"}, consumption="consumption",
        line="line", within=places, coverage=0.4)  # fmt: skip
    wrong = of(found, term=WRONG)
    assert wrong.loc[["informants", "random", "perfect"]].tolist() == pytest.approx(
        [0.432, 0.480, 0.175], abs=0.003
    )
    better = found.contrast("rule", "informants", "random").only(term=WRONG).tidy().iloc[0]
    assert -0.08 < better["ci_low"] < better["ci_high"] < -0.01
    assert wrong["turned"] > wrong["random"]


# The figure ---------------------------------------------------------------------------------


def test_a_figure_is_of_errors_of_rules_and_of_what_is_known():
    found = ps.targeting_contest(survey(), RULES, **KNOWN, coverage=(0.2, 0.4))
    draw = lambda x: ps.figures.targeting_contest(x.band(), source=ps.Source("survey", "Made up."))  # noqa: E731
    for none in (found.only(rule="perfect"), found.contrast("rule", "formula", "community"),
                 found.only(coverage=0.2), found.only(term="coverage")):  # fmt: skip
        refused(lambda none=none: draw(none), "errors of rules")
    nobody = ps.targeting_contest(
        survey(), RULES, consumption="income", line=1, coverage=(0.2, 0.4)
    )
    assert "not poor, of those helped, percent: formula 100" in draw(nobody).get_title(loc="left")


@pytest.mark.parametrize(("asked", "told"), [
    ({"line": "3.5"}, "3.5 without quotes, if a number is meant"),
    ({"line": 3.5, "rules": {"new": pd.Series([1, 2, 3, 4])}}, "put it into the table first"),
])  # fmt: skip
def test_a_number_in_quotes_or_values_are_told_how_to_be_given(asked, told):
    svy = ps.Survey(pd.DataFrame({"income": [1.0, 2, 4, 5], "rank": [2, 1, 3, 4]}))
    asked = {"rules": {"formula": "rank"}, "consumption": "income", **asked}
    with pytest.raises(ps.DataError, match="lacks a column") as error:
        ps.targeting_contest(svy, **asked)
    assert told in error.value.remedy


def test_two_rules_judge_the_same_households_which_count_once():
    table = pd.DataFrame(
        {"income": np.arange(40.0), "rank": np.arange(40) * 7 % 40, "g": np.arange(40) % 2}
    )
    asked = {"rules": {"a": "income", "b": "rank"}, "consumption": "income", "line": 12}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = ps.targeting_contest(ps.Survey(table), **asked, coverage=[0.2, 0.4], by="g")
    for column, value, base in (("rule", "b", "a"), ("coverage", 0.4, 0.2)):
        made = found.contrast(column, value, base).tidy()
        assert set(made["n"]) == {20} and set(made["population"]) == {20.0}
        assert made["estimate"].notna().any()
    assert set(found.contrast("g", 1, 0).tidy()["n"]) == {40}
