"""Variety of measures beside that of causes: entropies of scipy, every deal by hand, known truth."""

import sys
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy.stats import entropy

import povstudy as ps

sys.path.insert(0, str(ROOT / "benchmarks"))
import variety_coverage

TABLE, _ = variety_coverage.villages((4, 2), True, 40)
MEASURES, CAUSES, SHARED, RATIO = (
    "entropy of measures",
    "entropy of causes",
    "mutual information",
    "ratio of entropies",
)


def small(**columns):
    table = pd.DataFrame(
        {"village": list("aaabbbb"), "cause": list("xxyxyyy"), "measure": list("ppqpqqq")}
    )
    return table.assign(**columns)


def plain(table):
    """Mean entropies within villages by scipy."""

    def of(keys):
        parts = [
            (len(rows), entropy(rows.groupby(keys).size())) for _, rows in table.groupby("village")
        ]
        return sum(n * h for n, h in parts) / len(table)

    m, c = of(["measure"]), of(["cause"])
    return [m, c, m + c - of(["measure", "cause"]), m / c]


def test_entropies_are_those_of_scipy_and_corrected_by_hand():
    found = ps.variety_of_measures(TABLE, draws=9)
    assert found.tidy()["plain"].to_numpy() == pytest.approx(plain(TABLE), abs=1e-12)
    village = found.villages.iloc[3]
    rows = TABLE[TABLE["village"] == village["village"]]
    kinds = rows["measure"].nunique()
    own = entropy(rows["measure"].value_counts()) + (kinds - 1) / (2 * len(rows))
    assert (village["households"], village["measures"]) == (len(rows), kinds)
    assert village[MEASURES] == pytest.approx(own, abs=1e-12)
    whole = found.villages
    mean = np.average(whole[MEASURES], weights=whole["households"])
    assert found.tidy()["estimate"][0] == pytest.approx(mean, abs=1e-12)
    # The error of the ratio: that of a ratio of sums over villages.
    n, m, c = (whole[one].to_numpy(dtype=float) for one in ("households", MEASURES, CAUSES))
    left, count = n * (m - (n @ m) / (n @ c) * c) / (n @ c), len(n)
    error = np.sqrt(count / (count - 1) * (left**2).sum())
    assert found.tidy()["std_error"][3] == pytest.approx(error, rel=1e-9)


def test_chances_are_those_of_all_ways_to_deal():
    table = small(measure=list("ppqqqqp"))
    m, v = table["measure"].to_numpy(), table["village"].to_numpy()
    seen = plain(table)
    across = [plain(table.assign(measure=list(one)))[0] for one in set(permutations(m))]
    first, second = (set(permutations(m[v == place])) for place in "ab")
    inside = [plain(table.assign(measure=[*one, *two]))[2] for one in first for two in second]
    found = ps.variety_of_measures(table, draws=6_000).tidy().set_index("term")
    low, high = (
        np.mean(np.array(across) < seen[0] + 1e-9),
        np.mean(np.array(inside) > seen[2] - 1e-9),
    )
    assert found["p_value"][MEASURES] == pytest.approx(low, abs=0.02)
    assert found["p_value"][SHARED] == pytest.approx(high, abs=0.02)
    assert found["by_chance"][MEASURES] == pytest.approx(np.mean(across), abs=0.01)
    assert found["by_chance"][SHARED] == pytest.approx(np.mean(inside), abs=0.01)
    assert found["p_value"][RATIO] == found["p_value"][MEASURES]


def test_one_measure_for_all_is_found_and_p_is_never_0():
    one = TABLE.assign(measure=TABLE["village"] % 4)
    found = ps.variety_of_measures(one, draws=99).tidy().set_index("term")
    assert found["p_value"][MEASURES] == 0.01 and found["estimate"][RATIO] == 0
    assert found["p_value"][SHARED] == 1.0
    fits = (
        ps.variety_of_measures(TABLE.assign(measure=TABLE["cause"]), draws=99)
        .tidy()
        .set_index("term")
    )
    assert fits["p_value"][SHARED] == 0.01 and fits["estimate"][RATIO] == 1


def test_counties_may_offer_different_measures():
    """All villages of a county are alike: nothing is left to be seen within it."""
    table = TABLE.assign(county=TABLE["village"] // 10)
    rng = np.random.default_rng(1)
    table["measure"] = 10 * table["county"] + rng.integers(0, 3, len(table))
    across, within = (ps.variety_of_measures(table, within=one, draws=199).tidy()["p_value"][0]
                      for one in (None, "county"))  # fmt: skip
    assert across == 0.005 and within > 0.05


@pytest.mark.parametrize("kind", ["int8", "Int64", "str", "category"])
def test_codes_of_any_type_in_any_order_are_the_same(kind):
    odd = TABLE.astype({"cause": kind, "measure": kind, "village": kind}).sample(
        frac=1, random_state=3
    )
    odd.index = np.zeros(len(odd), dtype=int)
    odd = odd.rename(columns={"measure": "措施"})
    found, wanted = (
        ps.variety_of_measures(odd, "措施", draws=9).tidy(),
        ps.variety_of_measures(TABLE, draws=9).tidy(),
    )
    same = ["term", "estimate", "std_error", "ci_low", "plain", "n", "villages"]
    pd.testing.assert_frame_equal(found[same], wanted[same])


def test_a_table_of_polars_is_read_as_it_is():
    table = pytest.importorskip("polars").from_pandas(TABLE)
    found, wanted = (ps.variety_of_measures(one, draws=9).tidy() for one in (table, TABLE))
    pd.testing.assert_frame_equal(found, wanted)


def test_it_is_told_in_both_languages():
    found = ps.variety_of_measures(TABLE, draws=99)
    many = np.exp(found.tidy()["estimate"][0])
    assert f"as varied as {many:.1f} equally common ones" in found.summary()
    assert f"相当于{many:.1f}种同样常见的措施" in found.summary("zh")


@pytest.mark.parametrize(
    ("columns", "options", "said"),
    [
        ({"cause": ["x", None, *"xyxyx"]}, {}, "1 rows have no cause"),
        ({"cause": ["x", " ", *"xyxyx"]}, {}, "1 rows have no cause"),
        ({"measure": [["x", "y"], *"yxyxyx"]}, {}, "1 rows have a list"),
        ({"village": "a"}, {}, "there is one"),
        ({"cause": "x"}, {}, "No village has two causes"),
        ({}, {"measure": "help"}, "help"),
        ({}, {"draws": 0}, "draws"),
    ],
)
def test_what_tells_nothing_is_refused(columns, options, said):
    with pytest.raises(ps.DataError, match=said):
        ps.variety_of_measures(small(**columns), **options)
    with pytest.raises(ps.DataError, match="each row counts once"):
        ps.variety_of_measures(ps.Survey(small()))
    with pytest.raises(ps.DataError, match="no rows"):
        ps.variety_of_measures(small().iloc[:0])


def test_known_truth_is_met_by_the_table_and_by_a_few_draws():
    table = pd.read_csv(variety_coverage.FILE).set_index("term")
    assert (table["draws"] == 1_000).all()
    four = table.loc[[MEASURES, CAUSES, SHARED, RATIO]]
    assert (four["bias_percent"].abs() < 2).all() and four["coverage"].between(93, 97).all()
    assert table.loc[["rejects less variety", "rejects no fit"], "mean"].between(0.035, 0.065).all()
    few = (
        pd.concat([variety_coverage.draw((7, at)) for at in range(3)])
        .set_index("term")
        .loc[four.index]
    )
    assert ((few["estimate"] - few["truth"]).abs() < 4.5 * few.index.map(table["spread"])).all()
