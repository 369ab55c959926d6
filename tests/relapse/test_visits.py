"""One rate from a register and from visits: against R, closed forms, and a known truth."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import povstudy as ps
from povstudy.base.errors import DataError, DesignError

sys.path.insert(0, str(ROOT / "benchmarks"))
import visits_coverage

REFERENCE = json.loads((ROOT / "tests" / "reference" / "visits.json").read_text("utf-8"))
TABLE = pd.read_csv(visits_coverage.FILE)


def made(*cells):
    """Households by cell: flag, how many, visited, of these poor again; more columns by name."""
    rows = []
    for flag, count, visited, poor, *more in cells:
        visit = [1.0] * poor + [0.0] * (visited - poor) + [np.nan] * (count - visited)
        rows.append(pd.DataFrame({"relapsed": flag, "poor_again": visit, **dict(more)}))
    return pd.concat(rows, ignore_index=True)


LEFT = made((1, 40, 20, 18), (0, 960, 100, 3))


def numbers(found):
    return found.tidy()[["estimate", "std_error", "ci_low", "ci_high"]].to_numpy()


def villages(seed=0, count=60, drawn=30):
    """A county of villages of 20, of which some are visited, 8 households in each."""
    rng = np.random.default_rng(seed)
    village = np.repeat(np.arange(count), 20)
    fell = rng.random(len(village)) < rng.beta(2, 18, count)[village]
    flag = (rng.random(len(village)) < np.where(fell, 0.4, 0.03)).astype(int)
    seen = (village < drawn) & (np.arange(len(village)) % 20 < 8)
    return pd.DataFrame({"relapsed": flag, "poor_again": np.where(seen, fell, np.nan), "village": village,
                         "township": np.where(village % 2, "east", "west")})  # fmt: skip


# Against others ---------------------------------------------------------------------------


def test_estimates_errors_and_intervals_are_those_of_r():
    left = made(*((flag, size, n, poor, ("township", place))
                  for place, flag, size, n, poor in REFERENCE["cells"]))  # fmt: skip
    found = numbers(ps.register_and_visits(left, strata="township"))
    np.testing.assert_allclose(found[:, 0], REFERENCE["estimate"], rtol=1e-12)
    np.testing.assert_allclose(found[:, 1], REFERENCE["std_error"], rtol=1e-10)
    for row, name in zip(found, ("rate", "detection", "false"), strict=True):
        np.testing.assert_allclose(row[2:], REFERENCE[name], rtol=1e-6)


def test_without_flags_a_perfect_visit_gives_the_plain_share_of_a_survey():
    left = LEFT.drop(columns="relapsed")
    found = ps.register_and_visits(left, flag=None).tidy()
    seen = left.dropna().assign(all=1000)
    plain = ps.mean(ps.Survey(seen, fpc="all"), "poor_again").tidy()
    assert found["term"].tolist() == ["relapse rate"]
    for name in ("estimate", "std_error"):
        assert found[name].item() == pytest.approx(plain[name].item(), rel=1e-9)
    for name in ("ci_low", "ci_high"):  # exact there or by logit, here by likelihood
        assert found[name].item() == pytest.approx(plain[name].item(), abs=0.012)


def test_villages_are_those_of_a_survey_where_nothing_is_known_of_the_others():
    left = villages()
    found = ps.register_and_visits(left, flag=None, psu="village").tidy()
    seen = left.dropna().assign(all=60, w=1.0)
    plain = ps.mean(ps.Survey(seen, psu="village", fpc="all"), "poor_again").tidy()
    assert found["estimate"].item() == pytest.approx(plain["estimate"].item(), rel=1e-9)
    assert found["df"].item() == plain["df"].item() == 29
    # R survey and others leave out what the second stage adds: a part of half of the villages.
    p = plain["estimate"].item()
    within = 0.5 * p * (1 - p) / 240 * (1 - 8 / 20)
    both = np.hypot(plain["std_error"].item(), np.sqrt(within))
    assert found["std_error"].item() == pytest.approx(both, rel=0.01)


def test_visits_to_all_leave_no_doubt_unless_a_visit_errs():
    left = made((1, 40, 40, 30), (0, 960, 960, 50))
    found = numbers(ps.register_and_visits(left))
    np.testing.assert_allclose(found[:, 0], [0.08, 30 / 80, 0.25])
    np.testing.assert_allclose(found[:, 1], 0)
    np.testing.assert_allclose(found[:, 2:], found[:, :1].repeat(2, axis=1), atol=1e-6)
    unsure = numbers(ps.register_and_visits(left, sensitivity=0.9, specificity=0.99))
    q = np.array([30 / 40, 50 / 960])
    p = (q - 0.01) / 0.89
    err = (p * 0.09 + (1 - p) * 0.0099) / [40, 960] / 0.89**2
    assert unsure[0, 1] == pytest.approx(np.sqrt([0.04**2, 0.96**2] @ err), rel=1e-9)


def test_a_register_without_false_flags_is_a_second_list():
    rng = np.random.default_rng(3)
    fell = rng.random(6000) < 0.1
    flag, seen = fell & (rng.random(6000) < 0.4), rng.random(6000) < 0.5
    left = pd.DataFrame({"relapsed": flag, "poor_again": np.where(seen, fell, np.nan)})
    # The same part of both was visited, to the household.
    for of in (True, False):
        here = np.flatnonzero(flag == of)
        left.loc[here, "poor_again"] = np.where(
            np.arange(len(here)) < len(here) // 2, fell[here], np.nan
        )
    found = ps.register_and_visits(left)
    lists = ps.Survey(left[left["relapsed"] | (left["poor_again"] == 1)].fillna(0).astype(int))
    two = ps.chapman(lists, "relapsed", "poor_again").tidy().set_index("term")
    rate, detection, false = numbers(found)[:, 0]
    assert false == 0
    assert 6000 * rate == pytest.approx(two["estimate"]["poor"], abs=3)
    assert 1 - detection == pytest.approx(two["estimate"]["exclusion error of the poor"], abs=0.003)
    ends = two[["ci_low", "ci_high"]].loc["poor"].to_numpy() / 6000
    np.testing.assert_allclose(numbers(found)[0, 2:], ends, rtol=0.08)


@pytest.mark.parametrize(
    ("checked", "near"), [(((4500, 5000), (4900, 5000)), 0.003), (((45, 50), (98, 100)), 0.02)]
)
def test_a_visit_that_errs_is_corrected_as_by_rogan_and_gladen(checked, near):
    sens, spec = checked
    left = made((0, 10**6, 2000, 200)).drop(columns="relapsed")
    found = numbers(ps.register_and_visits(left, None, sensitivity=sens, specificity=spec))[0]
    svy = ps.Survey(left.dropna())
    plain = ps.rogan_gladen(svy, "poor_again", sens, spec).tidy().iloc[0]
    assert found[0] == pytest.approx(plain["estimate"], rel=1e-12)
    assert found[1] == pytest.approx(plain["std_error"], rel=2e-3)  # of a list that has an end
    np.testing.assert_allclose(found[2:], plain[["ci_low", "ci_high"]].astype(float), atol=near)


def test_noise_of_income_gives_the_sensitivity_of_a_normal_pair():
    rng = np.random.default_rng(1)
    true = rng.normal(8.5, 0.5, 60_000)
    line = float(np.exp(7.9))
    left = pd.DataFrame({"seen": np.exp(true + rng.normal(0, 0.2, len(true)))})
    found = ps.register_and_visits(left, None, income="seen", line=line, noise=0.2)
    from scipy import stats

    r = 0.5 / np.hypot(0.5, 0.2)
    at = (7.9 - 8.5) / 0.5
    both = stats.multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf([at, at * r])
    below, seen = stats.norm.cdf(at), stats.norm.cdf(at * r)
    np.testing.assert_allclose(
        found.right[1], [both / below, (1 - below - seen + both) / (1 - below)], atol=0.004
    )
    assert found.tidy()["estimate"].item() == pytest.approx((true < 7.9).mean(), abs=0.004)
    naive = ps.register_and_visits(left, None, income="seen", line=line, noise=0).tidy()
    assert naive["estimate"].item() > (true < 7.9).mean() + 0.008


# Known truth --------------------------------------------------------------------------------


def cells(**of):
    rows = TABLE
    for name, value in of.items():
        rows = rows[rows[name].isin(value if isinstance(value, tuple) else (value,))]
    return rows


def test_the_table_of_the_benchmark_is_that_of_its_draws():
    some = [("by flag", 0.05, 0.3, 300), ("villages", 0.05, 0.5, 1_000)]
    found = visits_coverage.coverage(60, seed=9, workers=1, cells=some)
    held = TABLE.set_index(["way", "rate", "detection", "visits", "term"])
    for row in found.itertuples():
        told = held.loc[(row.way, row.rate, row.detection, row.visits, row.term)]
        assert abs(row.coverage - told["coverage"]) < 12
        assert row.width == pytest.approx(told["width"], rel=0.12, abs=1e-6)


def test_intervals_hold_and_the_rate_has_no_bias():
    assert TABLE["draws"].median() == 1_000
    inner = TABLE[~((TABLE["term"] == "false flags") & (TABLE["width"] < 1e-9))]  # all were visited
    means = inner.groupby(["way", "term"])["coverage"].mean()
    assert means.between(93, 99.5).all()
    many = inner[inner["visits"] >= 1_000]
    assert many.groupby(["way", "term"])["coverage"].mean().between(93, 98).all()
    assert inner["coverage"].min() > 86
    rate = cells(term="relapse rate", visits=(1_000, 2_000))
    assert rate["bias_percent"].abs().mean() < 2
    # One over what was found: the bias of the detection falls as more falls are found.
    detection = cells(way="by flag", rate=0.05, detection=0.3, term="detection").set_index("visits")
    assert detection["bias_percent"][100] > 10 and abs(detection["bias_percent"][2_000]) < 3


def test_visits_by_flag_tell_more_of_the_flags_and_no_more_of_the_rate():
    width = cells(rate=0.05, detection=0.1, visits=300).set_index(["way", "term"])["width"]
    assert width["by flag", "false flags"] < 0.05 < 0.5 < width["at random", "false flags"]
    assert width["by flag", "detection"] < 0.85 * width["at random", "detection"]
    assert width["by flag", "relapse rate"] > width["at random", "relapse rate"]


# How many more ------------------------------------------------------------------------------


def test_as_many_more_visits_as_told_give_the_width_that_was_asked():
    found = ps.register_and_visits(LEFT)
    more = found.visits_for({"relapse rate": 0.04, "false flags": 0.1})
    assert more["term"].tolist() == ["relapse rate", "false flags"]
    for row in more.itertuples():
        flagged, others = 20 + row.flagged, 100 + row.others
        then = made((1, 40, flagged, round(0.9 * flagged)), (0, 960, others, round(0.03 * others)))
        table = ps.register_and_visits(then).tidy().set_index("term").loc[row.term]
        assert table["ci_high"] - table["ci_low"] == pytest.approx(row.asked, rel=0.08)
    assert more["flagged"][1] > 0 == more["others"][1]
    wide = found.visits_for(0.99)
    assert (wide["more"] == 0).all()
    assert found.visits_for().eval("asked * 2 - width").abs().max() < 1e-12
    least = ps.register_and_visits(LEFT, sensitivity=0.9, specificity=0.98).visits_for(0.005)
    assert least["more"].isna().all()  # a visit that errs leaves a width that nothing takes away


def test_more_is_needed_for_less():
    found = ps.register_and_visits(villages(), psu="village")
    asked = [found.visits_for(width)["more"].iloc[0] for width in (0.06, 0.04, 0.03)]
    assert asked == sorted(asked) and asked[0] < asked[2]


# Rows and words -----------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [
    lambda x: x.astype({"relapsed": "int8", "poor_again": "Float64"}),
    lambda x: x.astype({"relapsed": "boolean", "poor_again": "Int64"}),
    lambda x: x.astype({"relapsed": "category"}).assign(
        poor_again=x["poor_again"].map({1: "是", 0: "否"}).fillna(" ").astype("category")),
    lambda x: x.assign(relapsed=x["relapsed"].map({1: " Yes", 0: "no"}),
                       poor_again=x["poor_again"].map({1: "返贫", 0: "未返贫"})),
    lambda x: x.assign(relapsed=x["relapsed"].astype(str)).sample(frac=1, random_state=1),
    lambda x: x.set_index(np.zeros(len(x), int)),
    lambda x: x.assign(w=7.0),
])  # fmt: skip
def test_marks_of_any_kind_give_the_same(turn):
    left = turn(LEFT)
    before = left.copy()
    found = ps.register_and_visits(left, weight="w" if "w" in left else None)
    np.testing.assert_allclose(numbers(found), numbers(ps.register_and_visits(LEFT)), rtol=1e-9)
    pd.testing.assert_frame_equal(left, before)


def test_columns_in_chinese_and_a_survey_with_its_design():
    left = villages().assign(w=2.0)
    names = {"relapsed": "是否返贫", "poor_again": "回访", "village": "村", "township": "乡镇"}
    found = ps.register_and_visits(
        left.rename(columns=names), "是否返贫", "回访", strata="乡镇", psu="村"
    )
    svy = ps.Survey(left, weight="w", strata="township", psu="village", status="register")
    same = ps.register_and_visits(svy)
    np.testing.assert_allclose(numbers(found), numbers(same), rtol=1e-12)
    plain = ps.register_and_visits(left)
    assert found.tidy()["df"].iloc[0] == 28 < plain.tidy()["df"].iloc[0]


def test_unlike_weights_and_strata_are_heard():
    left = made((0, 500, 50, 10, ("place", "hill")), (0, 1500, 50, 2, ("place", "plain")))
    found = numbers(ps.register_and_visits(left, None, strata="place"))[0, 0]
    assert found == pytest.approx(0.25 * 0.2 + 0.75 * 0.04)
    left["stands"] = np.where(left["place"] == "hill", 10, 30)
    assert numbers(ps.register_and_visits(left, None, weight="stands"))[0, 0] == pytest.approx(
        found
    )


def test_nobody_found_has_an_upper_bound_and_no_detection():
    found = ps.register_and_visits(made((1, 40, 20, 0), (0, 9960, 300, 0)))
    rate, detection, false = numbers(found)
    assert rate[0] == rate[2] == 0
    assert 0.009 < rate[3] < 0.012  # about three of three hundred
    assert np.isnan(detection[0]) and detection[2:].tolist() == [0, 1]
    assert false[0] == false[3] == 1
    assert "cannot be told" in found.summary() and "无法判定" in found.summary(lang="zh")
    none = ps.register_and_visits(made((0, 1000, 300, 9)))
    assert numbers(none)[1, [0, 2, 3]].tolist() == [0, 0, 0] and np.isnan(numbers(none)[2]).all()
    assert "flags nobody" in str(none)


def test_it_says_what_it_found():
    found = ps.register_and_visits(LEFT)
    told = str(found)
    assert "120 of 1,000" in told and "6.5 have fallen back" in told and "register says 4.0" in told
    assert "每100户真返贫户中，登记发现55.6户" in found.summary(lang="zh")
    drawn = [found.plot(lang=lang) for lang in ("en", "zh")]
    assert drawn[0].get_title(loc="left").startswith("6.5 % fell back, the register says 4.0 %")
    assert "每100户真返贫户登记发现56户" in drawn[1].get_title(loc="left")
    wide = ps.register_and_visits(LEFT, level=0.9)
    assert (wide.tidy()["ci_low"] >= found.tidy()["ci_low"]).all()
    assert "90% 区间" in str(wide.show("zh")) or "90%区间" in str(wide.show("zh"))


def test_without_a_register_nothing_is_said_of_one():
    found = ps.register_and_visits(LEFT, flag=None)
    assert found.tidy()["register"].isna().all()
    for lang, word in (("en", "register"), ("zh", "登记")):
        assert word not in found.summary(lang) and "120" in found.summary(lang)
        ax = found.plot(lang=lang, source=ps.Source("survey", "Made up."))
        assert word not in ax.title_text and "17.5" in ax.title_text
    none = ps.register_and_visits(made((1, 40, 20, 0), (0, 9960, 300, 0)))  # no fall: no detection
    assert "sees" not in none.plot(source=ps.Source("survey", "Made up.")).title_text


def test_a_table_of_the_visited_alone_is_told():
    assert "add them" in ps.register_and_visits(LEFT.dropna()).summary()
    assert "add them" not in ps.register_and_visits(LEFT).summary()
    with pytest.raises(DesignError, match="All who left"):
        ps.register_and_visits(ps.Survey(LEFT.dropna().assign(all=1000), fpc="all"))


def test_a_survey_of_another_kind_of_table_gives_the_same(tmp_path):
    LEFT.to_parquet(tmp_path / "left.parquet")
    svy = ps.Survey(tmp_path / "left.parquet", status="register")
    found = ps.register_and_visits(svy)
    np.testing.assert_allclose(numbers(found), numbers(ps.register_and_visits(LEFT)))
    assert (found.tidy()["data_status"] == "register").all()


def test_counts_of_numpy_are_counts():
    counts = tuple(np.array([45, 50]))
    one, two = (ps.register_and_visits(LEFT, sensitivity=x) for x in (counts, (45, 50)))
    np.testing.assert_array_equal(numbers(one), numbers(two))


# What cannot be told ------------------------------------------------------------------------


@pytest.mark.parametrize(("left", "options", "kind", "told"), [
    (LEFT.assign(poor_again=LEFT["poor_again"].where(LEFT["relapsed"] == 1)), {}, DataError, "not flagged was visited"),
    (LEFT.assign(poor_again=LEFT["poor_again"].where(LEFT["relapsed"] == 0)), {}, DataError, "flags that are false"),
    (LEFT.assign(poor_again=np.nan), {}, DataError, "flagged was visited"),
    (LEFT, {"sensitivity": 0.5, "specificity": 0.5}, DataError, "tells nothing"),
    (LEFT, {"sensitivity": 90}, DataError, "sensitivity="),
    (LEFT, {"sensitivity": (60, 50)}, DataError, "two counts"),
    (LEFT.assign(place=["a"] * 30 + ["b"] * 970), {"strata": "place"}, DesignError, "nobody was visited"),
    (villages(drawn=1), {"psu": "village"}, DesignError, "one village alone"),
    (LEFT.assign(w=0), {"weight": "w"}, DesignError, "no weight above 0"),
    (LEFT.assign(relapsed=LEFT["relapsed"].where(LEFT.index > 2)), {}, DataError, "have no relapsed"),
    (LEFT.assign(relapsed="maybe"), {}, DataError, "neither yes nor no"),
    (LEFT.iloc[:0], {}, DataError, "no rows"),
    (LEFT, {"sensitivity": (0.9, 1)}, DataError, "two counts"),
    (LEFT, {"sensitivity": (True, True)}, DataError, "two counts"),
    (LEFT, {"line": 2300}, DataError, "belong to an income"),
    (LEFT.assign(income=LEFT["poor_again"] + 2000), {"income": "income", "line": 2300, "noise": 0.2, "sensitivity": 0.9},
     DataError, "belong to an income"),
    (LEFT.assign(income=LEFT["poor_again"].replace(1, np.inf)), {"income": "income", "line": 2300, "noise": 0.2},
     DataError, "no end"),
    (LEFT.assign(place=np.arange(1000) % 9), {"strata": "place", "psu": "place"}, DesignError, "one village"),
    (LEFT.assign(income=LEFT["poor_again"] * 0), {"income": "income", "line": 2300, "noise": 0.2}, DataError, "above 0"),
    (LEFT.assign(income=LEFT["poor_again"] + 2000), {"income": "income", "line": 2300, "noise": 0.2}, DataError, "no differences"),
])  # fmt: skip
def test_what_cannot_be_told_is_refused(left, options, kind, told):
    with pytest.raises(kind, match=told):
        ps.register_and_visits(left, **options)
