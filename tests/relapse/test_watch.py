"""Watch lists: ties, reasons, export without personal data, and against the official rule."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "warning.json").read_text("utf-8"))
TABLE = pd.read_csv(FILES / "warning.csv")
DESIGN = {"weight": "weight", "strata": "stratum", "psu": "psu"}


def refused(call, *words):
    """What is said where something is refused: these words, and always a remedy."""
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


def register(n=300, seed=5):
    rng = np.random.default_rng(seed)
    surnames, given_names = list("王李张刘陈杨赵黄周吴"), list("伟芳娜敏静丽强磊军洋")
    return pd.DataFrame({
        "household_id": [f"52{i:08d}" for i in range(n)], "risk": rng.random(n).round(3),
        "horizon": 3, "county": rng.choice(["紫云县", "纳雍县", "威宁县"], n, p=[0.03, 0.37, 0.6]),
        "户主姓名": [f"{rng.choice(surnames)}{rng.choice(given_names)}" for _ in range(n)],
        "联系电话": [f"138{rng.integers(10**7, 10**8)}" for _ in range(n)],
        "note": np.where(np.arange(n) % 9 == 0, "电话13800138000", "因病"),
    })  # fmt: skip


REASONS = {"illness": ("chronic illness", "慢性病"), "shock": ("crop failure", "歉收")}

# The list -----------------------------------------------------------------------------------


def test_the_list_is_of_the_highest_risks():
    table = register()
    found = ps.watch_list(table, 40).table
    wanted = table.sort_values("risk", ascending=False).head(40)
    assert set(found.loc[found["on_list"], "household_id"]) == set(wanted["household_id"])
    assert found["number"].tolist() == list(range(1, 301))
    assert found["rank"].tolist() == found["risk"].rank(method="min", ascending=False).tolist()
    assert len(table.columns) + 4 == len(found.columns)
    share = ps.watch_list(table, 40 / 300).table
    pd.testing.assert_frame_equal(share, found)


def test_equal_risks_that_compete_for_places_are_left_to_people():
    table = pd.DataFrame({"household_id": range(6), "risk": [0.5, 0.3, 0.3, 0.3, 0.2, 0.9]})
    for capacity, listed, tied in (
        (1, 1, 0),
        (2, 2, 0),
        (3, 2, 3),
        (4, 2, 3),
        (5, 5, 0),
        (6, 6, 0),
    ):
        found = ps.watch_list(table, capacity)
        assert found.table["on_list"].sum() == listed and found.table["tied"].sum() == tied
        assert found.places_left == capacity - listed
    found = ps.watch_list(table, 4)
    assert (
        "3 households with the same risk of 0.3 compete for the places left (2)" in found.summary()
    )
    assert "另有3户风险同为0.3，争2个余额" in found.summary("zh")
    assert "compete" not in ps.watch_list(table, 5).summary()
    same = ps.watch_list(table.assign(risk=[0.3, 0.1 + 0.2, 0.3, 0.3, 0.3, 0.3]), 3)
    assert not same.table["on_list"].any() and same.table["tied"].all()


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20), st.data())
@examples(50)
def test_a_list_is_never_too_long_and_never_skips_a_higher_risk(risks, data):
    capacity = data.draw(st.integers(1, len(risks)))
    table = pd.DataFrame({"household_id": range(len(risks)), "risk": np.array(risks) / 5})
    found = ps.watch_list(table, capacity).table
    assert found["on_list"].sum() <= capacity
    assert found["on_list"].is_monotonic_decreasing and found["risk"].is_monotonic_decreasing
    waiting = found[found["on_list"] | found["tied"]]
    assert len(waiting) >= capacity and waiting["risk"].min() >= found["risk"].iloc[capacity - 1]


def test_reasons_are_the_terms_that_raise_the_risk_most():
    table = pd.DataFrame({"household_id": [1, 2, 3], "risk": [0.1, 0.3, 0.2]})
    why = pd.DataFrame({"illness": [0.5, -0.1, -1.0], "shock": [0.7, 0.1, -0.5], "year": [0.1, 0.2, 0.0],
                        "own": [0.2, 0.3, -0.2]})  # fmt: skip
    found = ps.watch_list(table, 1, reasons=why, names=REASONS).table.set_index("household_id")
    assert found["reasons"].to_dict() == {
        1: "crop failure; chronic illness; own", 2: "own; year; crop failure",
        3: "no factor of the model raises it",
    }  # fmt: skip
    assert found.loc[1, "reasons_zh"] == "歉收；慢性病；own"
    assert found.loc[2, "reasons_zh"] == "own；年份；歉收"
    named = why.assign(household_id=[1, 2, 3]).iloc[::-1]
    again = ps.watch_list(table, 1, reasons=named, names=REASONS).table
    assert again.set_index("household_id")["reasons"].equals(found["reasons"])


# What leaves the house ----------------------------------------------------------------------


def test_an_export_holds_no_personal_data(tmp_path):
    table = register()
    watch = ps.watch_list(table, 40)
    path = tmp_path / "list.csv"
    report = watch.export(path, keep=["county", "户主姓名", "联系电话", "note"], codes=False)
    text = path.read_text("utf-8-sig")
    written = pd.read_csv(path, encoding="utf-8-sig")
    assert written.columns.tolist() == ["number", "rank", "risk", "county", "note"]
    assert len(written) == 40 and len(ps.clean.find_personal(written)) == 0
    hidden = [*table["household_id"], *table["户主姓名"], *table["联系电话"], "13800138000"]
    assert [one for one in hidden if str(one) in text] == []
    assert set(report["column"]) == {"户主姓名", "联系电话", "note"}
    back = written.merge(
        watch.table, on="number", suffixes=("", "_own")
    )  # the owner can look it up
    assert back["risk"].tolist() == back["risk_own"].tolist() and back["on_list"].all()


def test_an_office_gets_code_and_village_by_default_and_no_id_numbers(tmp_path):
    table = register().head(60).assign(village="第一村", township="石桥镇")
    path = tmp_path / "list.csv"
    ps.watch_list(table, 20).export(path)
    written = pd.read_csv(path, encoding="utf-8-sig", dtype=str)
    own = ["number", "rank", "risk"]
    assert written.columns.tolist() == [*own, "household_id", "county", "township", "village"]
    assert set(written["household_id"]) <= set(table["household_id"]) and len(written) == 20
    ps.watch_list(table, 20).export(path, codes=False, keep="county")
    assert pd.read_csv(path, encoding="utf-8-sig").columns.tolist() == [*own, "county"]
    ps.watch_list(table, 20).export(path, keep=[])
    assert pd.read_csv(path, encoding="utf-8-sig").columns.tolist() == [*own, "household_id"]
    people = table.assign(household_id=[number(i) for i in range(60)])
    report = ps.watch_list(people, 20).export(path)
    assert report["column"].tolist() == ["household_id"]
    assert "52052719" not in path.read_text("utf-8-sig")


def test_a_list_is_a_workbook_in_chinese(tmp_path):
    table = register().head(60).assign(village="第一村", township="石桥镇", cause="illness;no_land")
    why = pd.DataFrame({"illness": np.arange(60) / 60})
    watch = ps.watch_list(table.reset_index(drop=True), 20, reasons=why, names=REASONS)
    path = tmp_path / "名单.xlsx"
    watch.export(path, keep=["township", "village", "cause"], lang="zh")
    written = pd.read_excel(path, dtype=str, engine="openpyxl")
    assert written.columns.tolist() == [
        "序号",
        "名次",
        "预测返贫风险",
        "理由",
        "户编号",
        "乡镇",
        "村",
        "致贫原因",
    ]
    assert set(written["致贫原因"]) == {"因病、缺土地"} and set(written["户编号"]) <= set(
        table["household_id"]
    )
    with pytest.raises(ps.DataError, match=r"\.csv or \.xlsx"):
        watch.export(tmp_path / "list.doc")


def test_who_competes_for_the_last_places_is_on_the_exported_list(tmp_path):
    table = pd.DataFrame({"household_id": list("abcdef"), "risk": [0.5, 0.3, 0.3, 0.3, 0.2, 0.9]})
    ps.watch_list(table, 4).export(tmp_path / "a.csv")
    written = pd.read_csv(tmp_path / "a.csv", encoding="utf-8-sig")
    assert written["household_id"].tolist() == list("fabcd")
    assert written["tied"].tolist() == [False] * 2 + [True] * 3
    ps.watch_list(table, 4).export(tmp_path / "b.csv", lang="zh")
    told = pd.read_csv(tmp_path / "b.csv", encoding="utf-8-sig")["并列待定"]
    assert told.tolist() == ["否"] * 2 + ["是"] * 3


def test_risks_keep_the_places_of_households():
    spells = pd.DataFrame({"household_id": range(40), "entry": 0, "exit": [1, 2] * 20,
                           "event": [True, False] * 20, "x": np.arange(40) % 7})  # fmt: skip
    fit = ps.relapse_model("x", spells, baseline="constant")
    asked = spells.head(5).assign(village="第一村", county=pd.Categorical(["a"] * 5))
    risk = fit.risk(asked.set_index(asked.index[::-1]), horizon=1)
    assert risk.columns[:4].tolist() == ["household_id", "county", "village", "duration"]
    assert risk["household_id"].tolist() == asked["household_id"].tolist()


def number(i):
    """A resident ID number with its check digit (made up)."""
    body = f"520527197001{1 + i % 28:02d}{i:03d}"
    weights = [2 ** (17 - k) % 11 for k in range(17)]
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def test_small_counts_are_kept_back_with_what_gives_them_away():
    watch = ps.watch_list(register(), 60)
    found = watch.counts()
    cells = found.set_index(["county", "listed"])
    true = watch.table.groupby("county")["on_list"].agg(["sum", "size"])
    assert (
        0 < true.loc["紫云县", "sum"] < 10
        and cells.loc[("紫云县", "yes"), "suppressed"] == "primary"
    )
    assert (found["suppressed"] == "complementary").any()
    least = true["sum"].min()  # nothing under a k of as many is small
    assert not (watch.counts(k=max(2, int(least)))["suppressed"] == "primary").any()
    shown = cells["households"].dropna()
    for (county, listed), value in shown.items():
        part = watch.table if county == "total" else watch.table[watch.table["county"] == county]
        assert (
            value
            == {"yes": part["on_list"].sum(), "no": (~part["on_list"]).sum(), "total": len(part)}[
                listed
            ]
        )
    refused(lambda: watch.counts("village"), "lacks the column village")
    table = register().assign(county=[None, *["a"] * 299])
    refused(lambda: ps.watch_list(table, 5).counts(), "1 households have no place")


# Beside the rule ----------------------------------------------------------------------------


def test_lists_are_those_by_loops_in_r():
    table = ps.compare_lists(ps.Survey(TABLE, **DESIGN), 0.2, 2500, 0.3).tidy()
    for (size, name), part in table.groupby(["size", "list"]):
        wanted = R["lists"][f"{size} {name}"]
        assert dict(zip(part["term"], part["estimate"], strict=True)) == pytest.approx(
            wanted, rel=1e-8
        )


def test_a_capacity_in_households_is_its_share_and_lines_may_differ():
    svy = ps.Survey(TABLE, **DESIGN)
    people = TABLE["weight"].sum()
    one, two = (ps.compare_lists(svy, c, 2500, 0.3).tidy() for c in (0.2, people * 0.2 // 1))
    assert two["estimate"].to_numpy() == pytest.approx(one["estimate"].to_numpy(), rel=1e-2)
    table = TABLE.assign(line=np.where(TABLE["county"] == "A", 2500, 2000))
    table["ratio"] = table["income"] / table["line"]
    found = ps.compare_lists(ps.Survey(table, **DESIGN), 0.2, "line", 0.3).tidy()
    again = ps.compare_lists(ps.Survey(table, **DESIGN), 0.2, 1, 0.3, income="ratio").tidy()
    assert found["estimate"].to_numpy() == pytest.approx(again["estimate"].to_numpy(), rel=1e-12)


def test_errors_of_lists_and_of_their_difference_are_those_of_a_bootstrap():
    """With 300 draws the bootstrap's own noise is 4 percent; kernels are near, not exact."""
    rng = np.random.default_rng(3)
    unit = TABLE.groupby(["stratum", "psu"]).ngroup().to_numpy()
    stratum = TABLE.groupby(unit)["stratum"].first()
    factor = np.zeros((len(stratum), 300))
    for _, places in stratum.groupby(stratum).groups.items():
        n = len(places)
        factor[places] = rng.multinomial(n - 1, np.full(n, 1 / n), 300).T * n / (n - 1)
    names = [f"r{i}" for i in range(300)]
    draws = pd.DataFrame(factor[unit] * TABLE[["weight"]].to_numpy(), columns=names)
    svy = ps.Survey(TABLE.join(draws), weight="weight", replicates=ps.Replicates(names))
    call = lambda svy: ps.compare_lists(svy, 0.25, 2500, 0.3)  # noqa: E731
    linear, drawn = call(ps.Survey(TABLE, **DESIGN)), call(svy)
    for one, two in (
        (linear, drawn),
        *[(x.contrast("list", "risk", "official rule") for x in (linear, drawn))],
    ):
        a, b = (x.tidy()["std_error"].to_numpy() for x in (one, two))
        assert a == pytest.approx(b, rel=0.2, abs=1e-12)
        moving = b > 1e-9
        assert np.median(a[moving] / b[moving]) == pytest.approx(1, abs=0.08)


def test_a_number_of_places_is_a_share_of_a_population_that_is_estimated():
    svy = ps.Survey(TABLE.assign(one=1), **DESIGN)
    people = ps.total(svy, "one").tidy().iloc[0]
    for capacity, error in ((100, 100 / people["estimate"] ** 2 * people["std_error"]), (0.1, 0)):
        found = ps.compare_lists(svy, capacity, 2500, 0.3).tidy()
        found = found.query("term == 'coverage' and size == 'capacity'")
        assert found["std_error"].to_numpy() == pytest.approx(error, rel=1e-8, abs=1e-15)


def test_lists_by_hand():
    table = pd.DataFrame({"risk": [0.6, 0.5, 0.4, 0.3, 0.2, 0.1], "horizon": 1, "time": 1,
                          "event": [1, 1, 0, 1, 0, 0], "income": [5, 6, 3, 2, 9, 8]})  # fmt: skip
    found = ps.compare_lists(ps.Survey(table), 3, 4, 0.25)
    value = found.tidy().set_index(["size", "list", "term"])["estimate"]
    assert value["capacity", "risk", "sensitivity"] == pytest.approx(2 / 3)
    assert value["capacity", "official rule", "sensitivity"] == pytest.approx(2 / 3)  # 2, 3, 5
    assert value["rule", "risk", "number needed to watch"] == 1
    assert value["rule", "official rule", "positive predictive value"] == 0.5
    assert value["rule", "official rule", "net benefit"] == pytest.approx(1 / 6 - 1 / 6 / 3)
    tied = ps.compare_lists(ps.Survey(table.assign(risk=0.2)), 2, 4, 0.25).tidy()
    part = tied.query("size == 'capacity' and list == 'risk'").set_index("term")["estimate"]
    assert part["sensitivity"] == pytest.approx(1 / 3)  # two of six by lot
    assert part["positive predictive value"] == pytest.approx(0.5)
    gain = found.contrast("list", "risk", "official rule").tidy()
    gain = gain.query("term == 'sensitivity' and size == 'rule'")["estimate"]
    assert gain.tolist() == pytest.approx([1 / 3])


# Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("call, words", [
    (lambda t: ps.watch_list(t, 301), ["More can be watched", "301", "300"]),
    (lambda t: ps.watch_list(t, 0), ["whole number"]),
    (lambda t: ps.watch_list(t, True), ["whole number"]),
    (lambda t: ps.watch_list(t, 2.5), ["whole number"]),
    (lambda t: ps.watch_list(t, "all"), ["whole number"]),
    (lambda t: ps.watch_list(t.assign(risk=t["risk"] * 100), 5), ["between 0 and 1", "household_id '52"]),
    (lambda t: ps.watch_list(t.assign(risk="high"), 5), ["300 risks"]),
    (lambda t: ps.watch_list(pd.concat([t, t[:2]]), 5), ["2 rows repeat a household"]),
    (lambda t: ps.watch_list(t.assign(rank=1), 5), ["column that the list makes", "rank"]),
    (lambda t: ps.watch_list(t[["risk"]], 5), ["lacks the column household_id"]),
    (lambda t: ps.watch_list(t, 5, reasons=pd.DataFrame({"illness": [1.0]})), ["other rows"]),
    (lambda t: ps.watch_list(t, 5, reasons=t[["household_id", "risk"]][1:]), ["1 households lack reasons"]),
    (lambda t: ps.watch_list(t, 5, reasons=[1]), ["A table is needed"]),
    (lambda t: ps.watch_list(t, 5).summary("fr"), ["English or Chinese"]),
    (lambda t: ps.watch_list(t, 5).export("x.csv", keep="village"), ["lacks the column village"]),
])  # fmt: skip
def test_odd_lists_are_refused(call, words):
    refused(lambda: call(register()), *words)


@pytest.mark.parametrize("options, words", [
    ({"threshold": 1}, ["between 0 and 1"]),
    ({"threshold": True}, ["between 0 and 1"]),
    ({"line": 1}, ["parts nobody"]),
    ({"line": 1e9}, ["parts nobody"]),
    ({"line": -1}, ["more than 0"]),
    ({"line": "none"}, ["lacks a column"]),
    ({"capacity": 10**6}, ["More can be watched"]),
    ({"income": "nothing"}, ["lacks a column"]),
])  # fmt: skip
def test_odd_comparisons_are_refused(options, words):
    call = {"capacity": 0.2, "line": 2500, "threshold": 0.3} | options
    refused(lambda: ps.compare_lists(ps.Survey(TABLE), **call), *words)
    refused(
        lambda: ps.compare_lists(TABLE, **call),
        "takes a Survey" if "threshold" not in options else "",
    )


def test_risks_that_reach_periods_in_which_nobody_fell_back_say_so():
    spells = pd.DataFrame({"household_id": range(40), "entry": 0, "exit": [1, 2, 3, 5] * 10,
                           "event": [True, True, False, False] * 5 + [True, False, False, False] * 5,
                           "x": np.arange(40) % 7})  # fmt: skip
    fit = ps.relapse_model("x", spells)
    assert fit.baseline.quiet == 3
    households = spells.head(5).assign(duration=[0, 1, 2, 3, 0])
    risk = fit.risk(households, horizon=2)
    assert risk["without_falls"].tolist() == [0, 1, 2, 2, 0]
    assert (risk["risk"] == 0).tolist() == [False, False, True, True, False]
    found = ps.watch_list(risk, 3)
    assert "Of 3 households the horizon reaches periods in which nobody was seen to fall" in repr(
        found
    )
    assert "另有3户" in found.summary("zh")
    assert "without_falls" not in fit.risk(households.head(1), horizon=2)
    assert "nobody was seen" not in repr(ps.watch_list(fit.risk(households.head(1), 2), 1))
