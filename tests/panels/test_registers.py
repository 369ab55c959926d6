"""Spells from a register: by hand, beside spells of a panel, with a known truth, and messy."""

import numpy as np
import pandas as pd
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps
from povstudy.base.language import texts

COLUMNS = ["origin", "origin_known", "entry", "exit", "event"]
LEFT = {"no_code", "rows_differ", "fall_denied", "exit_before_listed", "still_poor", "no_exit_year",
        "fall_undated", "exit_later", "poor_no_fall", "fall_in_exit_year", "fall_before_exit",
        "falls_differ", "exits_differ"}  # fmt: skip


def register(*rows, **columns):
    """One household, "a", beside "z", which is plain; a dict for each row."""
    plain = {"household_id": "z", "exit_year": 2015, "relapse_date": None}
    rows = [{"household_id": "a", "exit_year": None, "relapse_date": None, **one} for one in rows]
    if any("date" in one for one in rows):
        plain["date"] = max(one["date"] for one in rows)
    return pd.DataFrame([*rows, plain]).assign(**columns)


def told(table):
    return {one["reason"]: one["count"] for one in table.attrs["report"] if one["of"] != "columns"}


def of_a(table, until=2020):
    spells, now = ps.register_spells(table, until)
    report = told(spells)
    report.pop("recorded_later", None)
    mine = spells[spells["household_id"] == "a"]
    out = now[now["household_id"] == "a"]
    return ([tuple(one) for one in mine[COLUMNS].to_numpy().tolist()],
            out["duration"].tolist(), set(report))  # fmt: skip


def refused(call, *words):
    with pytest.raises(ps.DataError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy


# By hand ------------------------------------------------------------------------------------

E, F = "exit_year", "relapse_date"


@pytest.mark.parametrize(
    ("row", "spells", "now", "reasons"),
    [
        ({E: 2016}, [(2016, True, 0, 4, False)], [4], set()),
        ({E: 2016, F: "2018-05"}, [(2016, True, 0, 2, True)], [], set()),
        ({E: 2016, F: "2018"}, [(2016, True, 0, 2, True)], [], set()),
        ({E: 2016, F: "2021-01"}, [(2016, True, 0, 4, False)], [4], set()),  # falls later
        ({E: 2020}, [], [0], {"not_followed"}),
        ({E: 2021}, [], [], {"exit_later"}),
        ({}, [], [], {"no_exit_year"}),
        ({"status": "poor"}, [], [], {"still_poor"}),
        ({"status": "exited"}, [], [], {"no_exit_year"}),
        ({"household_type": "poor"}, [], [], {"still_poor"}),
        ({E: 2016, "status": "poor"}, [], [], {"poor_no_fall"}),
        ({E: 2016, "status": "relapsed"}, [], [], {"fall_undated"}),
        ({E: 2016, "relapsed": True}, [], [], {"fall_undated"}),
        ({E: 2016, "relapsed": True, F: "2018"}, [(2016, True, 0, 2, True)], [], set()),
        ({E: 2016, "relapsed": False, F: "2018"}, [], [], {"fall_denied"}),
        ({E: 2016, "relapsed": False}, [(2016, True, 0, 4, False)], [4], set()),
        ({E: 2016, "listed_date": "2017-01-02"}, [], [], {"exit_before_listed"}),
        ({E: 2016, "listed_date": "2016-01-02"}, [(2016, True, 0, 4, False)], [4], set()),
        ({E: 2016, F: "2015"}, [(2016, True, 0, 4, False)], [4], {"fell_earlier"}),
        ({E: 2016, F: "2015", "status": "poor"}, [], [], {"fall_before_exit"}),
        ({E: 2016, F: "2015", "status": "removed"}, [], [], {"fell_earlier", "gone_undated"}),
        ({E: 2016, F: "2016-11"}, [], [], {"fall_in_exit_year"}),
        ({E: 2016, F: "2015", "status": "exited"}, [(2016, True, 0, 4, False)], [4], {"fell_earlier"}),
        ({E: 2016, F: "2018", "status": "exited"}, [(2016, True, 0, 2, True)], [], {"out_again"}),
        ({E: 2016, "status": "removed"}, [], [], {"gone_undated"}),
        ({E: 2016, F: "2018", "status": "natural_decrease"}, [], [], {"gone_undated"}),  # as who did not fall
        ({E: 2016, "household_id": None}, [], [], {"no_code"}),
    ],
)  # fmt: skip
def test_what_one_export_tells(row, spells, now, reasons):
    table = register(row)
    assert of_a(table) == (spells, now, reasons)
    dated = table.assign(date="2020-12-31")  # of one day: the same
    assert of_a(dated) == (spells, now, reasons)


def years(*rows):
    """Rows of one household in exports of several years."""
    made = [{"date": f"{year}-12-31", "status": status, **more} for year, status, more in rows]
    return pd.concat([register(*made)[:-1], pd.DataFrame({  # one that is there from first to last
        "household_id": "y", "exit_year": 2015, "date": ["2014-12-31", "2020-12-31"],
    })], ignore_index=True)  # fmt: skip


OUT, POOR, GONE = "exited", "poor", "removed"


@pytest.mark.parametrize(
    ("rows", "spells", "now", "reasons"),
    [
        # seen late: at risk from then on
        ([(2018, OUT, {E: 2016}), (2020, OUT, {E: 2016})], [(2016, True, 2, 4, False)], [4], set()),
        ([(2020, OUT, {E: 2016})], [], [4], {"not_followed"}),
        ([(2018, POOR, {E: 2016, F: "2017"}), (2020, POOR, {E: 2016, F: "2017"})], [], [], {"fell_unseen"}),
        # off the books, or not seen any more
        ([(2014, POOR, {}), (2018, OUT, {E: 2016}), (2019, GONE, {E: 2016})],
         [(2016, True, 0, 2, False)], [], set()),
        ([(2014, POOR, {}), (2018, OUT, {E: 2016})], [(2016, True, 0, 2, False)], [], set()),
        ([(2014, POOR, {}), (2016, OUT, {E: 2016})], [], [], {"not_seen_after"}),
        ([(2014, POOR, {}), (2018, OUT, {E: 2016}), (2020, GONE, {E: 2016, F: "2019"})],
         [(2016, True, 0, 2, False)], [], set()),
        ([(2014, POOR, {}), (2019, POOR, {E: 2016, F: "2018"}), (2020, GONE, {E: 2016, F: "2018"})],
         [(2016, True, 0, 2, True)], [], set()),
        # twice out
        ([(2014, POOR, {}), (2017, OUT, {E: 2016}), (2020, OUT, {E: 2019, F: "2018"})],
         [(2016, True, 0, 2, True), (2019, True, 0, 1, False)], [1], set()),
        ([(2014, POOR, {}), (2017, OUT, {E: 2016}), (2020, OUT, {E: 2019})], [], [], {"exits_differ"}),
        ([(2014, POOR, {}), (2018, POOR, {E: 2016, F: "2017"}), (2020, POOR, {E: 2016, F: "2019"})],
         [], [], {"falls_differ"}),
        # no exit year: the exports tell it, if they are a year apart
        ([(2014, POOR, {}), (2015, OUT, {}), (2020, OUT, {})], [(2015, True, 0, 5, False)], [5], set()),
        ([(2014, POOR, {}), (2017, OUT, {}), (2020, OUT, {})], [(2017, False, 0, 3, False)], [],
         {"start_unknown"}),
        # no date of the fall: the same
        ([(2014, POOR, {}), (2018, OUT, {E: 2016}), (2019, "relapsed", {E: 2016})],
         [(2016, True, 0, 3, True)], [], set()),
        ([(2014, POOR, {}), (2016, OUT, {E: 2016}), (2020, POOR, {E: 2016})], [], [], {"poor_no_fall"}),
        ([(2014, POOR, {}), (2016, OUT, {E: 2016}), (2020, "relapsed", {E: 2016})], [], [],
         {"fall_undated"}),
    ],
)  # fmt: skip
def test_what_several_exports_tell(rows, spells, now, reasons):
    table = years(*rows)
    assert of_a(table) == (spells, now, reasons)
    assert of_a(table.sample(frac=1, random_state=1)) == (spells, now, reasons)


def test_an_earlier_year_shows_the_register_as_it_stood():
    table = register({E: 2016, F: "2018"}, {"household_id": "b", E: 2018})
    spells, now = ps.register_spells(table, 2017)
    assert spells[["household_id", "exit", "event"]].values.tolist() == [
        ["a", 1, False],
        ["z", 2, False],
    ]
    assert now[["household_id", "duration"]].values.tolist() == [["a", 1], ["z", 2]]
    assert told(spells)["exit_later"] == 1


# Beside spells of a panel -------------------------------------------------------------------


@given(st.lists(st.text("01", min_size=6, max_size=6), min_size=1, max_size=12))
@examples(60)
def test_yearly_exports_give_the_spells_of_the_panel_that_they_are(states):
    """1 is poor; the register bears the last exit and the last fall up to each year."""
    seen = [(i, 2014 + j, int(one)) for i, text in enumerate(states) for j, one in enumerate(text)]
    panel = pd.DataFrame(seen, columns=["household_id", "year", "poor"])
    before = panel.groupby("household_id")["poor"].shift()
    for name, here in (("exit_year", (before == 1) & (panel["poor"] == 0)),
                       ("relapse_date", (before == 0) & (panel["poor"] == 1))):  # fmt: skip
        panel[name] = panel["year"].where(here).groupby(panel["household_id"]).ffill()
    panel["status"] = panel["poor"].map({1: "poor", 0: "exited"})
    wanted = ps.spells(panel.drop(columns=["exit_year", "relapse_date"]), step=1).query(
        "origin_known"
    )
    if (panel["status"] == "poor").all() or not panel["exit_year"].notna().any():
        return
    spells, now = ps.register_spells(panel.drop(columns="poor"), 2019)
    names = ["household_id", *COLUMNS]
    found = spells.query("origin_known")[names].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, wanted[names].reset_index(drop=True), check_dtype=False)
    known = panel[(panel["year"] == 2019) & (panel["poor"] == 0) & panel["exit_year"].notna()]
    assert now["household_id"].tolist() == known["household_id"].tolist()
    assert (2019 - now["duration"]).tolist() == known["exit_year"].tolist()


@given(st.data())
@examples(60)
def test_every_household_is_in_a_table_or_counted(data):
    years = st.sampled_from([None, 2014, 2016, 2017, 2018, 2020, 2022])
    row = st.fixed_dictionaries({
        "household_id": st.sampled_from([None, *"abcdefgh"]), E: years, F: years, "listed_date": years,
        "relapsed": st.sampled_from([None, True, False]),
        "status": st.sampled_from([None, OUT, POOR, GONE, "relapsed", "exited_supported"]),
    })  # fmt: skip
    rows = data.draw(st.lists(row, min_size=1, max_size=10))
    table = register(*rows).sample(frac=1, random_state=1)
    spells, now = ps.register_spells(table, 2020)
    counts = told(spells)
    known = set(table["household_id"].dropna())
    used = set(spells["household_id"]) | set(now["household_id"])
    apart = sum(n for why, n in counts.items() if why in (LEFT - {"no_code"}) | {"gone_undated"})
    assert len(known) == len(used) + apart
    assert counts.get("no_code", 0) == table["household_id"].isna().sum()
    assert (spells["exit"] > spells["entry"]).all() and (spells["entry"] == 0).all()
    assert (now["duration"] >= 0).all() and now["household_id"].is_unique
    assert set(counts) <= set(texts("register_spells"))


# Known truth --------------------------------------------------------------------------------


def made_up(n, seed=1, until=2022):
    """Households that leave and fall back, twice as often where they are ill, as a register."""
    rng = np.random.default_rng(seed)
    ill, left = rng.random(n) < 0.4, rng.integers(2012, 2022, n)
    hazard = 1 - np.exp(-0.05 * np.where(ill, 2.0, 1.0))
    fall = left + rng.geometric(hazard)
    back = fall <= until
    return pd.DataFrame({
        "household_id": [f"99{i:06d}" for i in range(n)], "exit_year": pd.array(left, "Int64"),
        "relapsed": pd.array(back, "boolean"), "ill": ill, "village": rng.integers(0, 200, n).astype(str),
        "relapse_date": pd.array(np.where(back, np.char.add(fall.astype(str), "-07"), None), "string"),
        "status": pd.array(np.where(back, "relapsed", "exited"), "string"), "date": f"{until}-12-31",
    })  # fmt: skip


def test_the_hazard_comes_back():
    spells, now = ps.register_spells(made_up(40_000), until=2022)
    fit = ps.relapse_model("ill", spells, cluster="village", baseline="constant")
    truth = [np.log(0.05), np.log(2)]
    assert (np.abs(fit.params - truth) / fit.std_errors < 3).all() and fit.std_errors.max() < 0.04
    risk = fit.risk(now, horizon=3)
    wanted = 1 - np.exp(-0.15 * np.where(now["ill"], 2, 1))
    assert risk["risk"].to_numpy() == pytest.approx(wanted, rel=0.08)
    assert risk["village"].tolist() == now["village"].tolist()


def test_late_entry_takes_off_what_was_not_seen():
    """Households that fell back before the first export that shows them are not in it."""
    table = made_up(30_000, seed=2)
    late = (np.arange(len(table)) % 2 == 0) & (table["exit_year"] < 2018).to_numpy()
    fell = pd.to_numeric(table["relapse_date"].str[:4]).fillna(9999)
    table = table[~late | (fell > 2018)]
    late = late[table.index]
    first = table.assign(date=np.where(late, "2018-12-31", "2012-12-31"), status=None, relapse_date=None,
                         relapsed=None)  # fmt: skip
    spells, _ = ps.register_spells(pd.concat([first, table], ignore_index=True), until=2022)
    assert (spells["entry"] > 0).sum() > 1000
    fit = ps.relapse_model("ill", spells, baseline="constant")
    assert (np.abs(fit.params - [np.log(0.05), np.log(2)]) / fit.std_errors < 3).all()


def exports(table, years, dated):
    """The register as it stood at the end of some years; one in twenty is taken off the books each year."""
    rng, made = np.random.default_rng(4), []
    left, fall = table["exit_year"].astype(int), table["relapse_date"].str[:4].astype(float)
    gone = left + rng.geometric(0.05, len(table))
    seen = pd.Series(
        np.where(rng.random(len(table)) < 0.3, rng.integers(2014, 2021, len(table)), 0)
    )
    seen *= len(years) > 1  # one export does not tell who came late
    for year in years:
        back = (fall <= year) & (fall < gone)
        status = np.select([left > year, gone <= year, back], [POOR, GONE, "relapsed"], OUT)
        known = pd.DataFrame({"status": status, "exit_year": left.where(left <= year),
                              "relapse_date": fall.where(back & dated), "date": f"{year}-12-31"})  # fmt: skip
        here = (seen <= year) & ~(
            seen > np.fmin(fall, gone)
        )  # who moves in has not fallen back before
        made.append(table[["household_id", "ill", "village"]].join(known)[here])
    return pd.concat(made, ignore_index=True)


@pytest.mark.parametrize(("years", "dated"), [
    ([2022], True), (range(2012, 2023), True), (range(2012, 2023), False), (range(2017, 2023), True),
    (range(2017, 2023), False), ([2014, 2017, 2020, 2022], True),
])  # fmt: skip
def test_the_hazard_comes_back_from_exports_with_and_without_dates(years, dated):
    """Households move in, and are taken off the books, whether they fall back or not."""
    spells, _ = ps.register_spells(exports(made_up(20_000, seed=3), years, dated), until=2022)
    fit = ps.relapse_model("ill", spells, baseline="constant")
    assert (np.abs(fit.params - [np.log(0.05), np.log(2)]) / fit.std_errors < 2.6).all()
    assert fit.excluded == {}


def test_falls_before_the_first_export_are_no_falls_without_a_date():
    table = years((2018, "relapsed", {E: 2016}), (2020, "relapsed", {E: 2016}))
    spells, _ = ps.register_spells(table, 2020)
    assert told(spells)["fell_unseen"] == 1
    assert spells.attrs["undated"] == 0


def test_slips_of_the_hand_are_no_persons_and_blanks_no_households():
    table = made_up(400)
    again = table.tail(1).assign(village="elsewhere")
    spells, _ = ps.register_spells(pd.concat([table, again], ignore_index=True), 2022)
    assert spells["village"].isna().sum() == 1  # one of 400 stands twice
    blank = table.assign(household_id=table["household_id"].where(table.index % 4 > 0, ""),
                         status=table["status"].where(table.index % 4 > 0, ""))  # fmt: skip
    spells, _ = ps.register_spells(blank, 2022)
    assert told(spells)["no_code"] == 100
    assert spells["village"].notna().all() and len(spells) == 300


def test_from_a_made_up_export_to_a_list_in_three_lines(tmp_path):
    raw, _ = ps.clean.synthetic_register(1_500, seed=1)
    households, _ = ps.clean.households(raw)
    households["ill"] = households["cause"].str.contains("illness")
    households["place"] = households["county"] + households["township"] + households["village"]
    spells, now = ps.register_spells(households, until=2021)
    fit = ps.relapse_model("ill", spells, cluster="place", baseline="log", missing="drop")
    risk = fit.risk(now.dropna(subset="ill"), horizon=3)
    ps.watch_list(risk, capacity=0.4).export(tmp_path / "list.csv")
    ratio = fit.hazard_ratios().iloc[0]
    assert ratio["ci_low"] < np.log(0.9) / np.log(0.96) < ratio["ci_high"]  # as it is made up
    assert risk["household_id"].is_unique and risk.attrs["source"].status == "simulated"
    written = pd.read_csv(tmp_path / "list.csv", encoding="utf-8-sig", dtype=str)
    assert {"household_id", "county", "township", "village"} <= set(written)
    assert not {*raw["姓名"], *raw["证件号码"]} & set(written.to_numpy().ravel())


def test_falls_without_a_date_are_told_by_fit_and_list(tmp_path):
    table = made_up(2_000)
    table.loc[table["relapsed"] & (table.index % 4 == 0), "relapse_date"] = None
    table.loc[table["relapsed"] & (table.index % 8 == 0), "relapsed"] = None  # the status tells it
    spells, now = ps.register_spells(table, 2022)
    missing = int((table["status"].eq("relapsed") & table["relapse_date"].isna()).sum())
    assert spells.attrs["undated"] == missing > 50
    spells.to_parquet(path := tmp_path / "spells.parquet")
    for data in (spells, ps.Survey(spells, psu="village"), path, ps.Survey(path, psu="village")):
        fit = ps.relapse_model("ill", data).hold_last()
        assert fit.excluded == {"undated falls": missing}
        assert f"not known (risks are too low) {missing}" in fit.summary()
        assert f"返贫时间不详的户（风险因此偏低） {missing}" in fit.summary("zh")
        watched = ps.watch_list(fit.risk(now, horizon=3), 50)
        assert f"{missing} households fell back at a time that is not known" in watched.summary()
        assert f"{missing}户返贫而时间不详" in watched.summary("zh")
    spells, now = ps.register_spells(made_up(500), 2022)
    fit = ps.relapse_model("ill", spells, baseline="constant")
    assert fit.excluded == {}
    assert "not known" not in ps.watch_list(fit.risk(now), 50).summary()


def test_the_remedy_for_years_not_seen_works_in_one_step(tmp_path):
    """The last level holds: the fit is the one that names its groups, and so is one that was kept."""
    spells, now = ps.register_spells(made_up(2_000), 2022)
    fit = ps.relapse_model("ill", spells, cluster="village")
    fit.save(tmp_path / "model.json")
    wanted = ps.relapse_model("ill", spells, cluster="village", baseline=list(fit.baseline.starts))
    for one in (fit, ps.load_model(tmp_path / "model.json")):
        with pytest.raises(ps.DataError, match="says nothing of later ones") as caught:
            one.risk(now, horizon=3)
        scope = {"fit": one}
        exec(caught.value.remedy, scope)
        assert scope["fit"] == wanted
        watched = ps.watch_list(scope["fit"].risk(now, horizon=3), 50)
        assert len(watched.table) == len(now)


# Persons and columns ------------------------------------------------------------------------


def persons():
    table = pd.DataFrame({
        "household_id": np.repeat([f"h{i:02d}" for i in range(40)], 3), "person_id": range(120),
        "exit_year": 2015, "relapse_date": None, "cause": "illness", "health": ["well", "ill", "well"] * 40,
        "rooms": np.int8(3), "listed_date": "2014-01-01",
    })  # fmt: skip
    table.loc[1, ["cause", "rooms"]] = ["schooling", 4]
    table.loc[5, "cause"] = None
    return table


def test_persons_are_brought_together():
    spells, now = ps.register_spells(persons(), 2018)
    assert len(spells) == len(now) == 40 and (spells["size"] == 3).all()
    assert "health" not in spells and "person_id" not in spells
    assert spells["cause"].isna().tolist() == [True] + [False] * 39
    assert spells["rooms"].tolist()[1:] == [3] * 39 and pd.isna(spells["rooms"][0])
    why = [one["why"] for one in spells.attrs["report"]]
    assert "column health differs between persons: left out" in why
    assert "column cause differs within the household: set missing" in why
    assert (ps.register_spells(persons().assign(size=5), 2018)[0]["size"] == 5).all()
    rows = persons().drop(columns="person_id")  # a household that stands twice is no two persons
    assert "size" not in ps.register_spells(rows, 2018)[0]
    wrong = persons()
    wrong.loc[0, "exit_year"] = 2016
    spells, _ = ps.register_spells(wrong, 2018)
    assert told(spells)["rows_differ"] == 1 and len(spells) == 39


def test_what_tells_of_today_is_no_covariate_of_the_past():
    table = register({E: 2016}, monitor_type="marginal", risk_date="2019", household_type="exited",
                     income=5000.0, date="2020-12-31")  # fmt: skip
    spells, now = ps.register_spells(table, 2020)
    assert spells.columns[-1] == "income" and len(spells.columns) == 8
    assert {"monitor_type", "risk_date", "household_type"} <= set(now)
    assert not {"exit_year", "relapse_date", "status", "date"} & set(now)
    assert told(spells)["recorded_later"] == 2
    two = years((2014, POOR, {"income": 1.0}), (2016, OUT, {E: 2016, "income": 2.0}), (2020, OUT, {E: 2016, "income": 3.0}))  # fmt: skip
    spells, now = ps.register_spells(two, 2020)
    assert spells.set_index("household_id")["income"]["a"] == 2.0
    assert now.set_index("household_id")["income"]["a"] == 3.0


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.astype({"exit_year": float}),
        lambda t: t.astype({"exit_year": str}),
        lambda t: t.astype({"exit_year": object, "relapsed": object}),
        lambda t: t.astype({"exit_year": "category", "status": "category", "relapsed": "category"}),
        lambda t: t.assign(relapsed=t["relapsed"].map({True: "是", False: "否"})),
        lambda t: t.assign(relapsed=t["relapsed"].astype("int8")),
        lambda t: t.assign(relapse_date=pd.to_datetime(t["relapse_date"])),
        lambda t: t.assign(relapse_date=pd.to_numeric(t["relapse_date"].str[:4])),
        lambda t: t.assign(date=pd.Timestamp("2022-12-31")),
        lambda t: t.drop(columns="date").assign(year=2022),
        lambda t: t.assign(year=2022, date=t["date"].where(t.index % 2 == 0)),
        lambda t: t.sample(frac=1, random_state=0),
        lambda t: t.set_axis([0] * len(t)),
        lambda t: t.drop(columns=["status", "relapsed"]),
    ],
)
def test_types_order_and_index_do_not_matter(change):
    table = made_up(300)
    given = change(table)
    before = given.copy(deep=True)
    wanted, found = ps.register_spells(table, 2022), ps.register_spells(given, 2022)
    pd.testing.assert_frame_equal(given, before)
    for one, two in zip(wanted, found, strict=True):
        pd.testing.assert_frame_equal(one, two)


def test_source_and_columns_of_any_name_are_kept():
    table = made_up(50).rename(columns={"ill": "是否 患病"})
    table.attrs["source"] = ps.Source("simulated", "made up")
    spells, now = ps.register_spells(table, 2022)
    assert "是否 患病" in spells and "是否 患病" in now
    assert spells.attrs["source"].status == now.attrs["source"].status == "simulated"
    assert spells.attrs["step"] == 1
    both = pd.concat([spells, spells])  # attributes are no tables
    assert len(both) == 2 * len(spells)


def test_the_report_speaks_both_languages():
    spells, now = ps.register_spells(register({}, {"household_id": "b", "status": "poor"}), 2020)
    told = pd.DataFrame(now.attrs["report"]).set_index("reason")
    assert told.loc["still_poor", ["why", "why_zh", "first", "count"]].tolist() == [
        "still poor", "仍未脱贫", "b", 1]  # fmt: skip
    assert spells.attrs["report"] == now.attrs["report"]
    assert all(
        any("一" <= sign <= "鿿" for sign in zh) for _, zh in texts("register_spells").values()
    )


def test_who_left_in_the_last_year_alone_is_out_now():
    spells, now = ps.register_spells(register({E: 2015}), 2015)
    assert spells.empty and now["duration"].tolist() == [0, 0]
    assert spells.attrs["not_followed"] == 2


# Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "until", "words"),
    [
        (made_up(9), 2023, ["ends before until=", "last export of 2022", "until=2022"]),
        (made_up(9), "2022", ["whole number"]),
        (made_up(9), 2022.0, ["whole number"]),
        (made_up(9).drop(columns="exit_year"), 2022, ["lacks the column exit_year"]),
        (made_up(9).drop(columns="relapse_date"), 2022, ["does not tell when", "relapse_date"]),
        (made_up(9).assign(exit_year="2016年"), 2022, ["column exit_year, row 0", "2016年", "ps.clean.year"]),
        (made_up(9).assign(exit_year=201), 2022, ["column exit_year", "201"]),
        (made_up(9).assign(relapse_date="去年"), 2022, ["column relapse_date, row 0", "ps.clean.date"]),
        (made_up(9).assign(status="返贫"), 2022, ["column status, row 0", "返贫", "ps.clean.status"]),
        (made_up(9).assign(relapsed="也许"), 2022, ["column relapsed, row 0", "是, 有"]),
        (made_up(9).assign(exit_year=np.inf), 2022, ["column exit_year", "inf"]),
        (pd.concat([made_up(9), made_up(9)[["ill"]]], axis=1), 2022, ["two columns of one name", "ill"]),
        (made_up(9), 20222, ["from 1949 to 2099"]),
        (made_up(9).assign(entry=1), 2022, ["column entry", "households.rename"]),
        (made_up(9).assign(household_id=None), 2022, ["household and a date"]),
        (made_up(9).assign(exit_year=None, status="poor"), 2022, ["No household", "still poor 9"]),
        (made_up(9).assign(household_id=[1, "2"] * 4 + [3]), 2022, ["two kinds"]),
        (made_up(9).iloc[:0], 2022, ["no rows"]),
        ([1], 2022, ["A table is needed"]),
        (pd.concat([made_up(2)] * 2).assign(x=[[1], [2], [1], [2]]), 2022, ["Lists and records", "column x"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(table, until, words):
    call = lambda: ps.register_spells(table, until)  # noqa: E731
    if "no rows" in words:
        with pytest.raises(ps.DataError, match="no rows"):
            call()
    else:
        refused(call, *words)


def test_a_year_that_is_not_over_is_told():
    table = made_up(9).assign(date="2022-06-30")
    with pytest.warns(ps.DataWarning, match="month before December"):
        ps.register_spells(table, 2022)
    ps.register_spells(table, 2021)
