"""A model that is kept in a file: the same numbers after it is read, nobody in it, damage told."""

import json
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.relapse.kept import files
from povstudy.relapse.kept.fits import RATIO, UNLIKE


@cache
def falls(n=900, seed=3, two=False):
    """Spells with covariates of every kind."""
    rng = np.random.default_rng(seed)
    made = pd.DataFrame({
        "household_id": [f"H{i:06d}" for i in range(n)], "spell": 1,
        "origin": rng.integers(2012, 2018, n), "entry": 0, "exit": rng.integers(1, 6, n),
        "x": rng.normal(size=n), "income": rng.lognormal(8, 0.5, n).round(2),
        "approach": rng.choice(["none", "administrative", "social work"], n),
        "地区": rng.choice(["山区", "平原"], n), "ill": rng.random(n) < 0.3,
        "size": rng.integers(1, 5, n), "village": rng.integers(0, 40, n),
        "w": rng.uniform(0.5, 2, n).round(3), "stratum": rng.integers(0, 4, n),
    })  # fmt: skip
    made["village"] += 100 * made["stratum"]
    made["band"] = pd.cut(made["income"], [0, 2000, 4000, np.inf])
    made["kind"] = pd.Categorical(rng.choice(["b", "a", "c"], n), categories=["c", "b", "a", "z"])
    made["event"] = rng.random(n) < 0.2 + 0.15 * made["ill"] + 0.1 * (made["x"] > 0)
    if two:
        made["event"] = np.where(
            made["event"], np.where(rng.random(n) < 0.6, "relapse", "moved"), ""
        )
    made.attrs["step"] = 1
    return made


@cache
def again(n=300):
    """Several spells of each household."""
    rng = np.random.default_rng(5)
    frail = np.repeat(rng.gamma(2, 0.5, n), 3)
    made = pd.DataFrame({
        "household_id": np.repeat(np.arange(n), 3), "spell": np.tile([1, 2, 3], n), "entry": 0,
        "exit": rng.integers(1, 5, 3 * n), "x": rng.normal(size=3 * n),
    })  # fmt: skip
    return made.assign(event=rng.random(3 * n) < np.clip(0.4 * frail, 0, 1))


def survey(**more):
    return ps.Survey(falls(), weight="w", strata="stratum", psu="village", **more)


FITS = {
    "plain": lambda: ps.relapse_model("x + ill", falls()),
    "logit": lambda: ps.relapse_model("x + ill", falls(), link="logit"),
    "groups": lambda: ps.relapse_model("x", falls(), baseline=[1, 2, 4]),
    "curves": lambda: ps.relapse_model("x", falls(), baseline="quadratic"),
    "log": lambda: ps.relapse_model("log(income)", falls(), baseline="log"),
    "constant": lambda: ps.relapse_model("1", falls(), baseline="constant"),
    "clustered": lambda: ps.relapse_model("x", falls(), cluster="village", weight="w"),
    "survey": lambda: ps.relapse_model("x + approach", survey()),
    "levels": lambda: ps.relapse_model('C(approach, Treatment("none")) * ill + kind + 地区', falls()),
    "numbers as levels": lambda: ps.relapse_model("C(size) + C(origin, Sum)", falls()),
    "codings": lambda: ps.relapse_model("C(kind, Helmert) + C(size, Poly) + C(approach, Diff)", falls()),
    "computed": lambda: ps.relapse_model(
        "I(income > 3000) + np.where(x > 0, 'high', 'low') + C(np.round(x)) + sqrt(size):ill", falls().query("abs(x) < 1.4")),
    "words and numbers": lambda: ps.relapse_model("I(approach == 'none') + np.where(ill, 1.0, 0.5)", falls()),
    "intervals": lambda: ps.relapse_model("band + x", falls()),
    "quiet": lambda: ps.relapse_model("x", falls().assign(event=falls()["event"] & (falls()["exit"] < 4))),
    "dropped": lambda: ps.relapse_model("x", falls().assign(x=falls()["x"].where(falls().index > 9)), missing="drop"),
    "causes": lambda: ps.relapse_model("x + ill", falls(two=True), cause="relapse"),
    "no rival": lambda: ps.relapse_model("x + ill", falls(two=True).assign(
        event=lambda t: t["event"].where((t["event"] != "moved") | t["ill"], "")), cause="relapse"),
    "frailty": lambda: ps.relapse_model("x", again(), frailty="gamma"),
    "no frailty": lambda: ps.relapse_model("x", falls(), frailty="gamma"),
    "firth": lambda: ps.relapse_model("x + ill", falls().head(200), penalty="firth"),
    "firth among causes": lambda: ps.relapse_model("x", falls(two=True).head(200), penalty="firth", cause="relapse"),
}  # fmt: skip


def told(call):
    """What a call gives, or the error that it raises."""
    try:
        return call()
    except ps.DataError as error:
        return str(error)


def same(one, two):
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, two, check_exact=True)
        assert one.attrs == two.attrs
    else:
        assert one == two or (one != one and two != two)


@pytest.mark.parametrize("name", FITS)
def test_what_is_read_tells_the_same_to_the_last_digit(name, tmp_path):
    fit = FITS[name]()
    fit.save(tmp_path / "model.json")
    kept = ps.load_model(tmp_path / "model.json")
    table = again() if name.endswith("frailty") and name != "no frailty" else falls()
    if name == "computed":
        table = table.query("abs(x) < 1.4")
    rows = (
        table.drop(columns=["entry", "exit", "event"])
        .head(60)
        .assign(duration=lambda t: np.arange(len(t)) % 2)
    )
    calls = [
        lambda one: one.summary(), lambda one: one.tidy(), lambda one: one.hazard_ratios(), lambda one: one.cov(),
        lambda one: one.cov("expected"), lambda one: one.risk(rows, 3), lambda one: one.risk(rows, 2, level=0.8),
        lambda one: one.survival(rows, 2), lambda one: one.contributions(rows), lambda one: one.aic,
        lambda one: one.risk(rows.assign(x="much")), lambda one: one.risk(rows.assign(approach="prayer", size=99)),
        lambda one: one.params.to_dict(), lambda one: one.frailty, lambda one: one.excluded, lambda one: one.terms,
    ][:-1]  # fmt: skip
    if name == "frailty":
        rows = rows.drop(columns="duration")
        calls.append(lambda one: one.risk(rows, 3, history=table))
    for call in calls:
        same(told(lambda call=call: call(fit)), told(lambda call=call: call(kept)))
    history = {"history": table} if name == "frailty" else {}
    assert (
        isinstance(told(lambda: fit.risk(rows, 1, **history)), pd.DataFrame) or name == "no rival"
    )
    assert kept == fit
    assert hash(kept) == hash(fit)
    kept.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "model.json").read_bytes()


def test_profile_intervals_that_were_asked_for_are_kept_and_others_refused(tmp_path):
    fit = FITS["firth"]()
    wanted = fit.conf_int(0.1)
    fit.save(tmp_path / "model.json")
    kept = ps.load_model(tmp_path / "model.json")
    same(kept.conf_int(0.1), wanted)
    same(kept.conf_int(), fit.conf_int())
    with pytest.raises(ps.DataError, match="need the rows") as caught:
        kept.hazard_ratios(0.5)
    assert caught.value.remedy == "level=0.95"


def test_a_table_of_an_engine_is_kept_as_one_in_memory(tmp_path):
    falls().drop(columns=["band", "kind"]).to_parquet(tmp_path / "falls.parquet")
    fit = ps.relapse_model("x + approach + log(income)", tmp_path / "falls.parquet")
    fit.save(tmp_path / "model.json")
    kept, rows = ps.load_model(tmp_path / "model.json"), falls().head(9)
    same(kept.risk(rows), fit.risk(rows))
    assert kept.seen.until == (falls()["origin"] + falls()["exit"]).max()


def test_a_kept_model_lists_whom_to_watch_next_year(tmp_path):
    fit = ps.relapse_model("x + approach", falls())
    fit.save(tmp_path / "model.json")
    kept, now = ps.load_model(tmp_path / "model.json"), falls(seed=4).assign(duration=1)
    lists = [
        ps.watch_list(one.risk(now, horizon=3), 50, reasons=one.contributions(now))
        for one in (fit, kept)
    ]
    same(lists[0].table, lists[1].table)
    assert lists[1].table["on_list"].sum() == 50


# Nobody is in the file ----------------------------------------------------------------------


def test_no_row_and_no_household_is_in_the_file(tmp_path):
    table = falls()
    fit = ps.relapse_model("x + log(income) + C(size) + approach", table, cluster="village")
    fit.save(tmp_path / "model.json")
    text = (tmp_path / "model.json").read_text("utf-8")
    assert not [one for one in table["household_id"] if one in text]
    assert not [one for one in table["income"] if f"{one:.2f}" in text]
    assert not [one for one in table["x"] if f"{one:.6f}" in text]
    content = json.loads(text)
    assert max(len(one) for one in content.values() if isinstance(one, list)) == len(fit.params)
    for name, (low, high) in content["seen"]["ranges"].items():
        assert (table[name] <= low * 1.001 + 0.001).sum() >= 9
        assert (table[name] >= high * 0.999 - 0.001).sum() >= 9


def test_a_range_counts_households_not_their_rows():
    table = pd.concat([again(), again().query("household_id < 3").assign(
        spell=lambda t: t["spell"] + 3, x=61.5)])  # fmt: skip
    assert ps.relapse_model("x", table).seen.ranges["x"][1] < 5  # nine rows of three households
    few = falls().head(19)
    assert ps.relapse_model("x", few, baseline="constant").seen.ranges == {}
    values = np.sort(falls()["x"])
    assert ps.relapse_model("x", falls()).seen.ranges["x"] == tuple(
        float(f"{one:.4g}") for one in (values[9], values[-10])
    )


def test_levels_that_are_persons_are_refused(tmp_path):
    persons = np.where(falls().index % 2, "13800138000", "13900139000")
    for table in (falls().assign(户主姓名=falls()["approach"]), falls().assign(户主姓名=persons)):
        with pytest.raises(ps.DataError, match="personal data") as caught:
            ps.relapse_model("户主姓名", table).save(tmp_path / "model.json")
        assert caught.value.remedy
    assert not list(tmp_path.iterdir())


def test_levels_that_json_has_not_are_refused_with_a_remedy(tmp_path):
    times = pd.Categorical(pd.to_datetime(np.where(falls()["ill"], "2014-01-01", "2015-01-01")))
    table = falls().assign(when=times)
    with pytest.raises(ps.DataError, match="texts, numbers or intervals") as caught:
        ps.relapse_model("when", table).save(tmp_path / "model.json")
    assert "astype" in caught.value.remedy
    ps.relapse_model("when", table.astype({"when": str})).save(tmp_path / "model.json")


# Files that are damaged, or not ours --------------------------------------------------------


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.json"
    ps.relapse_model("x + approach", falls()).save(path)
    return path


def refused(path, *words):
    with pytest.raises(ps.DataError) as caught:
        ps.load_model(path)
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)
    assert caught.value.remedy
    assert path.name in str(caught.value.where)


def changed(path, **more):
    content = {**json.loads(path.read_text("utf-8")), **more}
    content = {name: one for name, one in content.items() if one is not ...}
    path.write_text(json.dumps(content), "utf-8")


def signed(path, **more):
    """Changed by somebody who knows how the sum is made."""
    changed(path, **more)
    content = json.loads(path.read_text("utf-8"))
    content.pop("sha256")
    changed(path, sha256=files._digest(content))


def test_a_file_may_be_laid_out_otherwise(model):
    kept = ps.load_model(model)
    content = json.dumps(json.loads(model.read_text("utf-8")), indent=2)
    model.write_bytes(b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode())
    assert ps.load_model(str(model)) == kept


def test_what_is_no_model_is_refused(tmp_path):
    path = tmp_path / "model.json"
    refused(path, "There is no such file")
    for content in ("", "{}", "[1, 2]", "household_id,risk\n1,0.2\n", '{"a": 1}', "\x00\x01"):
        path.write_text(content, "utf-8")
        refused(path)
    path.write_bytes(b"\x80\x04pickle")
    refused(path, "no model that povstudy kept")


@pytest.mark.parametrize("part", [0.999, 0.9, 0.5, 0.1])
def test_a_file_that_is_cut_short_is_refused(model, part):
    raw = model.read_bytes()
    model.write_bytes(raw[: int(len(raw) * part) - 2])
    refused(model, "cut short or damaged" if part > 0.1 else "damaged")


def test_a_newer_form_and_an_older_reader(model):
    changed(model, povstudy_model=3, povstudy="9.1.0", more="of the future")
    refused(
        model, "form 3, povstudy 9.1.0", "newer", "update povstudy to 9.1.0", "key povstudy_model"
    )
    for wrong in ("1", True, 0, None, 1.5):
        changed(model, povstudy_model=wrong)
        refused(model, "key povstudy_model")


@pytest.mark.parametrize("key", [*files._KINDS, "povstudy_model"])
def test_a_key_that_lacks_or_is_of_another_kind_is_named(model, key):
    if key not in ("source", "frailty", "rival", "profile", "cause", "povstudy_model"):
        whole = model.read_text("utf-8")
        changed(model, **{key: [] if files._KINDS[key] is not list else {}})
        refused(model, f"key {key}", "another kind")
        model.write_text(whole, "utf-8")
    changed(model, **{key: ...})
    refused(model) if key == "povstudy_model" else refused(model, f"key {key}", "lacks")


def test_what_json_readers_stumble_over_is_refused(model):
    whole = model.read_text("utf-8")
    for text in (
        whole.replace('"n": ', '"n": NaN, "m": '),
        whole.replace('"n": ', '"n": ' + "9" * 5000),
        whole.replace('"n": ', '"n": ' + "[" * 100_000),
        whole + whole,
        whole.replace('"n": ', '"n": -Infinity, "m": '),
    ):
        model.write_text(text, "utf-8")
        refused(model, "damaged")
    model.write_text(whole, "utf-16")
    refused(model, "no model that povstudy kept")
    model.write_bytes(
        whole.replace('povstudy"', 'povstudy"').encode().replace(b"0.1.0", b"\xff\xfe")
    )
    refused(model, "UTF-8")
    for wrong in (5, None, ["a"]):
        with pytest.raises(ps.DataError, match="str or Path"):
            ps.load_model(wrong)


def test_a_number_that_was_changed_is_seen(model):
    content = json.loads(model.read_text("utf-8"))
    changed(model, coefficients=[0.0, *content["coefficients"][1:]])
    refused(model, "changed after it was written")


@pytest.mark.parametrize("more", [
    {"coefficients": [1.0]}, {"coefficients": ["much"] * 8}, {"covariance": {"observed": [[1.0]]}}, {"terms": ["a"]},
    {"baseline": {"kind": "groups"}}, {"learned": {}}, {"learned": {"columns": {}, "coded": {}}}, {"seen": {"ranges": 5}},
    {"formula": "__import__('os').system('true')"}, {"formula": "x + ().__class__"}, {"formula": "x"},
    {"source": {"status": "dream", "text": ""}}, {"profile": {"top": 1}}, {"rival": {}}, {"frailty": {"variance": []}},
    {"baseline": {"kind": "cubic", "starts": [], "seen": 3, "open": True, "quiet": 0, "bound": 0.0}},
    {"link": "probit"}, {"covariance": {}}, {"formula": "x +"}, {"n": 10**400, "df": 10**400},
])  # fmt: skip
def test_parts_that_do_not_belong_together_are_refused(model, more):
    signed(model, **more)
    refused(model, "damaged")


# Whether it still fits ----------------------------------------------------------------------


def world(n=20_000, until=2018, times=1.0, seed=1, hazard=0.12, **more):
    """Spells as they stand at the end of a year; hazards after 2018 are so many times as high."""
    rng = np.random.default_rng(seed)
    origin, x = rng.integers(2012, 2018, n), rng.normal(size=n)
    ill, rows = rng.random(n) < 0.3, np.arange(n)
    exit, event = np.zeros(n, int), np.zeros(n, bool)
    for k in range(1, until - 2012 + 1):
        here = ~event & (origin + k <= until) & (exit == k - 1)
        chance = 1 - np.exp(
            -hazard * np.exp(0.4 * x + 0.5 * ill) * np.where(origin + k > 2018, times, 1)
        )
        draw = np.random.default_rng((seed, k)).random(n)
        exit[here] = k
        event |= here & (draw < chance)
    made = pd.DataFrame({"household_id": rows, "origin": origin, "entry": 0, "exit": exit, "event": event,
                         "x": x, "ill": np.where(ill, "yes", "no"), "village": rows % 200})  # fmt: skip
    return made[made["exit"] > 0].assign(**more)


def now(table, year=2020):
    out = table[~table["event"]].assign(duration=lambda t: year - t["origin"])
    return out.drop(columns=["entry", "exit", "event"])


@cache
def fitted():
    return ps.relapse_model("x + ill", world(), baseline="constant")


def test_a_world_that_goes_on_fits_and_one_that_changed_does_not():
    later = world(until=2020)
    same(later.query("exit < 2018 - origin"), world().query("exit < 2018 - origin"))  # one history
    good = fitted().still_fits(now(later), later)
    assert (good.verdict, good.reasons) == ("fits", (("good", ""),))
    falls_ = good.tidy().query("variable == ''").set_index("term")
    assert 0.9 < falls_.loc["observed / expected", "estimate"] < 1.1
    assert (
        falls_.loc["calibration slope", "ci_low"] < 1 < falls_.loc["calibration slope", "ci_high"]
    )
    for times, code, verdict in ((2, "more", "does not fit"), (0.4, "fewer", "does not fit")):
        other = world(until=2020, times=times)
        found = fitted().still_fits(now(other), other)
        assert (found.verdict, found.reasons) == (verdict, ((code, ""),))
    edge = world(until=2020, times=1.3)
    found = fitted().still_fits(now(edge), edge)
    assert (found.verdict, found.reasons) == ("cannot be told", (("edge", ""),))
    assert "reaches past" in found.summary()
    few = world(until=2020).head(300)
    found = fitted().still_fits(now(few), few)
    assert (found.verdict, found.reasons) == ("cannot be told", (("wide", ""),))
    assert fitted().still_fits(now(few)).reasons == (("none", ""),)
    assert fitted().still_fits(now(few), world().head(300)).reasons == (("since", ""),)


def test_observed_and_expected_are_sums_over_household_periods_since():
    spells = pd.DataFrame({"household_id": range(40), "origin": 2015, "entry": 0, "exit": 2,
                           "event": [1, 0, 0, 0] * 10})  # fmt: skip
    fit = ps.relapse_model("1", spells, baseline="constant")  # 10 falls of 80 periods, up to 2017
    later = pd.DataFrame({
        "household_id": range(6), "origin": [2014, 2015, 2016, 2017, 2018, 2015], "entry": [0, 0, 0, 0, 0, 4],
        "exit": [3, 4, 3, 2, 1, 5], "event": [1, 1, 0, 0, 1, 0]})  # fmt: skip
    table = fit.still_fits(later.assign(duration=0), later).tidy().set_index("term")
    assert table.loc["observed falls", "estimate"] == 2  # the first ended before
    assert table.loc["observed falls", "n"] == 0 + 2 + 2 + 2 + 1 + 1
    assert table.loc["expected falls", "estimate"] == pytest.approx(8 / 8)
    assert table.loc["observed / expected", "estimate"] == pytest.approx(2)
    one = later.assign(event=0)
    table = fit.still_fits(one.assign(duration=0), one).tidy().set_index("term")
    ratio = table.loc["observed / expected"]
    assert ratio["estimate"] == ratio["ci_low"] == 0
    assert 1 < ratio["ci_high"] < 8
    assert "auc" not in table.index


def test_spells_in_one_row_or_cut_into_periods_say_the_same():
    later = world(n=3000, until=2020)
    at = np.repeat(np.arange(len(later)), later["exit"])
    rows = later.iloc[at].reset_index(drop=True)
    k = rows.groupby("household_id").cumcount()
    rows = rows.assign(entry=k, exit=k + 1, event=rows["event"] & (k + 1 == rows["exit"])).sample(
        frac=1, random_state=1
    )
    whole, cut = (fitted().still_fits(now(later), one).tidy() for one in (later, rows))
    pd.testing.assert_frame_equal(whole, cut, rtol=1e-9)


def test_periods_in_which_nobody_was_seen_to_fall_back():
    spells = world(n=3000)
    spells["event"] &= spells["exit"] < 3
    fit = ps.relapse_model("x", spells)
    assert fit.baseline.quiet == 3
    later = world(n=3000, until=2020).query("origin < 2015 and exit <= 6")
    found = fit.still_fits(now(later, 2017), later)
    assert found.tidy().set_index("term").loc["expected falls", "estimate"] == 0
    assert ("more", "") in found.reasons
    quiet = later.assign(event=False)
    assert fit.still_fits(now(quiet, 2016), quiet).verdict == "cannot be told"


def test_the_ratio_is_that_of_validate_risk_on_household_periods():
    later = world(until=2019)
    found = fitted().still_fits(now(later, 2019), later).tidy().set_index("term")
    out = later.query("origin + exit > 2018").assign(duration=lambda t: 2018 - t["origin"])
    risk = fitted().risk(out.drop(columns=["entry", "exit", "event"]), horizon=1)
    judged = (
        ps.validate_risk(ps.Survey(ps.follow_up(risk, out), psu="household_id"), link="cloglog")
        .tidy()
        .set_index("term")
    )
    for name, other in (("observed / expected", "observed / predicted"), ("auc", "auc"),
                        ("calibration slope", "calibration slope")):  # fmt: skip
        assert found.loc[name, "estimate"] == pytest.approx(
            judged.loc[other, "estimate"], rel=1e-12
        )
        assert found.loc[name, "ci_low"] == pytest.approx(judged.loc[other, "ci_low"], rel=0.01)
        assert found.loc[name, "ci_high"] == pytest.approx(judged.loc[other, "ci_high"], rel=0.01)


def test_rows_that_are_unlike_those_of_the_fit_are_counted():
    later = now(world(until=2020)).reset_index(drop=True)
    part = later.index < UNLIKE * len(later) + 1
    odd = {
        "ill": later["ill"].mask(part, "perhaps"), "x": later["x"].mask(part, 50),
    }  # fmt: skip
    for name, column in odd.items():
        found = fitted().still_fits(later.assign(**{name: column}))
        assert found.verdict == "does not fit"
        assert found.reasons == (("unlike", name),)
        table = found.tidy().set_index(["variable", "term"])["estimate"]
        term = "not seen" if name == "ill" else "outside"
        assert table[name, term] == pytest.approx(part.mean(), abs=0.025)
        assert name in found.summary()
    found = fitted().still_fits(later.assign(ill=odd["ill"])).tidy()
    assert found.query("term == 'not seen' and variable == 'ill'")["new_levels"].item() == "perhaps"
    lost = fitted().still_fits(later.assign(x=later["x"].mask(part)))
    assert (
        lost.tidy().query("term == 'missing' and variable == 'x'")["estimate"].item() == part.mean()
    )
    assert "missing 10" in lost.summary()
    words = fitted().still_fits(later.assign(x="much"))
    assert words.reasons == (("unlike", "x"),)
    as_text = fitted().still_fits(later.assign(x=later["x"].astype(str)))
    assert as_text.reasons == (("none", ""),)


def test_who_is_out_for_longer_than_anyone_of_the_fit():
    later = now(world(until=2020))
    closed = ps.relapse_model("x", world(), baseline="dummies")
    found = closed.still_fits(later)
    assert found.reasons == (("longer", "duration"),)
    found = closed.still_fits(later, world(until=2020))
    assert found.left_out["longer out"] > 0
    assert "longer out" in found.summary()
    assert "脱贫时长" in found.summary("zh")


def test_rows_that_cannot_be_judged_are_left_out_and_counted():
    later = world(until=2020).reset_index(drop=True)
    odd = later.assign(ill=later["ill"].mask(later.index < 50, "perhaps"), x=later["x"].mask(later.index > 19_900),
                       origin_known=later.index % 100 > 0)  # fmt: skip
    found = fitted().still_fits(now(later), odd)
    assert set(found.left_out) == {"start not seen", "covariate unknown"}
    late = later[~odd["origin_known"]]
    assert (
        found.left_out["start not seen"]
        == (late["exit"] - np.maximum(2018 - late["origin"], 0)).clip(lower=0).sum()
    )
    torn = odd.assign(origin=lambda t: t["origin"].astype("Int64").mask(~t["origin_known"]),
                      exit=lambda t: t["exit"].astype("Int64").mask(~t["origin_known"]))  # fmt: skip
    without = fitted().still_fits(now(later), torn)
    assert without.tidy().equals(found.tidy())
    assert set(without.left_out) == {"covariate unknown"}
    assert found.verdict == "fits"


def test_causes_frailty_and_history():
    spells = world(seed=2).assign(
        event=lambda t: np.where(t["event"], np.where(t.index % 3 > 0, "relapse", "moved"), "")
    )
    fit = ps.relapse_model("x", spells, cause="relapse", baseline="constant")
    later = world(seed=2, until=2020).assign(
        event=lambda t: np.where(t["event"], np.where(t.index % 3 > 0, "relapse", "moved"), ""))  # fmt: skip
    assert fit.still_fits(now(world(until=2020)), later).verdict == "fits"
    for nobody in ("", "moved"):
        found = (
            fit.still_fits(now(world(until=2020)), later.assign(event=nobody))
            .tidy()
            .set_index("term")
        )
        assert found.loc["observed falls", "estimate"] == 0
    table = again().assign(origin=2010 + 4 * (again()["spell"] - 1))
    frail = ps.relapse_model("x", table.assign(step=1), frailty="gamma", baseline="constant")
    more = table.assign(origin=table["origin"] + 3)
    found = frail.still_fits(table.assign(duration=0), more)
    assert found.tidy().set_index("term").loc["expected falls", "estimate"] > 0


def test_periods_that_cannot_be_told_are_refused():
    later = world(until=2020)
    for fit, spells, word in (
        (ps.relapse_model("x", world().drop(columns="origin"), baseline="constant"), later, "spells that were fitted"),
        (fitted(), later.assign(origin=lambda t: t["origin"].astype(str) + "年"), "column origin"),
        (fitted(), later.drop(columns="origin"), "origin"),
        (fitted(), later.drop(columns="x"), "lacks the column x"),
    ):  # fmt: skip
        with pytest.raises(ps.DataError, match=word) as caught:
            fit.still_fits(now(later), spells)
        assert caught.value.remedy
    two = later.copy()
    two.attrs["step"] = 2
    with pytest.raises(ps.DataError, match="2 beside 1"):
        fitted().still_fits(now(later), two)
    with pytest.raises(ps.DataError, match="lacks the column"):
        fitted().still_fits(now(later).drop(columns="x"))
    with pytest.raises(ps.DataError, match="no rows"):
        fitted().still_fits(now(later).head(0))


def test_a_step_of_two_years():
    two = world(n=4000)
    two["origin"] = 2012 + 2 * (two["origin"] - 2012)
    two.attrs["step"] = 2
    fit = ps.relapse_model("x", two, baseline="constant")
    assert fit.seen.until == 2012 + 2 * 6
    later = world(n=4000, until=2019)
    later["origin"] = 2012 + 2 * (later["origin"] - 2012)
    later.attrs["step"] = 2
    found = fit.still_fits(now(later), later).tidy().set_index("term")
    assert found.loc["observed falls", "n"] == (later["origin"] + 2 * later["exit"] > 2024).sum()


def test_the_result_is_frozen_and_equal_to_its_like_and_says_itself_in_both_languages(tmp_path):
    later, before = world(until=2020), world(until=2020).copy()
    fitted().save(tmp_path / "model.json")
    found = ps.load_model(tmp_path / "model.json").still_fits(now(later), later)
    assert found == fitted().still_fits(now(later), later)
    assert found != fitted().still_fits(now(later))
    assert repr(found) == found.summary()
    assert found.summary().startswith("Verdict: the model still fits. Why: ")
    assert found.summary("zh").startswith("结论：模型仍然适用。理由：")
    assert "Data: survey microdata." in found.summary()
    assert f"{RATIO:g}" in found.summary("zh")
    with pytest.raises(AttributeError):
        found.verdict = "fits"
    table = found.tidy()
    table["estimate"] = 0
    assert found == fitted().still_fits(now(later), later)
    same(later, before)
    with pytest.raises(ps.DataError, match="English or Chinese"):
        found.summary("fr")
    clustered = ps.relapse_model("x + ill", world(), cluster="village", baseline="constant")
    wide = clustered.still_fits(now(later), later).tidy().set_index("term")
    assert wide.loc["observed / expected", "df"] == 199
    alone = later.query("village == 3")
    assert clustered.still_fits(now(alone), alone).reasons == (("alone", ""),)
    assert "one unit" in clustered.still_fits(now(alone), alone).summary()


def test_tables_of_polars():
    polars = pytest.importorskip("polars")
    later = world(n=3000, until=2020)
    found = fitted().still_fits(polars.from_pandas(now(later)), polars.from_pandas(later))
    assert found.tidy().equals(fitted().still_fits(now(later), later).tidy())


@pytest.mark.parametrize("kind", ["category", "Int64", "int8", "object", "boolean", "str"])
def test_columns_of_other_types(kind, tmp_path):
    table = world(n=3000).assign(z=lambda t: (t["x"] > 0).astype(int))
    fit = ps.relapse_model("z", table.astype({"z": kind}), baseline="constant")
    fit.save(tmp_path / "model.json")
    kept, later = ps.load_model(tmp_path / "model.json"), world(n=3000, until=2020).assign(z=lambda t: (t["x"] > 0).astype(int)).astype({"z": kind})  # fmt: skip
    rows = now(later).set_index(np.zeros(len(now(later)), int)).sample(frac=1, random_state=1)
    same(kept.risk(rows), fit.risk(rows))
    assert kept.still_fits(rows, later) == fit.still_fits(rows, later)


def test_what_is_computed_from_a_number_takes_numbers_that_were_not_seen():
    """A threshold is a level of its own: it is the level that has to be known, not the number."""
    table = falls()
    fit = ps.relapse_model("I(income > 3000) + C(np.round(x))", table.query("abs(x) < 1.4"))
    rows = table.head(4).assign(income=[3000.5, 12.25, 1e6, 1.0], x=[0.2, -0.2, 0.7, 1.1])
    risk = fit.risk(rows)["risk"]
    assert (risk > 0).all()
    assert risk.iloc[0] != risk.iloc[1]
    with pytest.raises(
        ps.DataError, match=r"level of C\(np.round\(x\)\) that the fit has not seen"
    ) as caught:
        fit.risk(rows.assign(x=7.0))
    assert "household 'H000000'" in str(caught.value)
    words = ps.relapse_model("np.where(approach == 'none', 1.0, 0.0)", table)
    assert (words.risk(table.head(3))["risk"] > 0).all()


def test_what_is_computed_and_was_not_seen_is_counted():
    table = falls()
    fit = ps.relapse_model(
        "C(np.round(x)) * ill + log(size)", table.query("abs(x) < 1.4"), baseline="constant"
    )
    rows = table.assign(size=table["size"].mask(table.index % 50 == 0, 0), duration=0)
    rows.loc[3, "x"], rows.loc[4, "size"] = np.inf, np.nan
    for asked in (rows, rows.sample(frac=1, random_state=1).set_axis([0] * len(rows))):
        found = fit.still_fits(asked, asked.assign(origin=2030, exit=1))
        odd = rows["x"].round().abs().between(2, 9) & (rows.index != 4)
        of = found.tidy().query("term == 'not seen'").set_index("variable")["estimate"]
        assert of["C(np.round(x))"] == odd.mean()
        assert of["x"] == 1 / 900
        assert of["log(size)"] == ((rows["size"] == 0) & (rows.index != 3)).mean()
        assert ("unlike", "C(np.round(x))") in found.reasons
        lost = odd | (rows["size"] == 0) | rows.index.isin([3, 4])
        assert found.left_out == {"covariate unknown": lost.sum()}
    with pytest.raises(ps.DataError, match=r"18 households have a log\(size\) that is not finite"):
        fit.risk(rows.assign(x=0.0, size=rows["size"].fillna(1)))
    nobody = rows.assign(x="much")
    assert fit.still_fits(nobody, nobody.assign(origin=2030)).reasons == (("unlike", "x"),)


def test_dates_and_lists_are_no_numbers_and_numbers_as_objects_are():
    later = world(n=3000, until=2020)
    for odd in (pd.Timestamp("2020-01-01"), pd.Series([[1]] * len(later), later.index)):
        found = fitted().still_fits(now(later.assign(x=odd)), later.assign(x=odd))
        assert found.reasons == (("unlike", "x"),)
        with pytest.raises(ps.DataError, match="x that is no number"):
            fitted().risk(now(later.assign(x=odd)))
    lists = later.assign(ill=[["no"]] * len(later))
    assert fitted().still_fits(now(lists), lists).reasons == (("unlike", "ill"),)
    objects = later.astype({"origin": object, "x": object, "ill": object})
    assert fitted().still_fits(now(objects), objects) == fitted().still_fits(now(later), later)
    assert ps.relapse_model("x", objects, baseline="constant").seen.until == 2020
    alone = later.tail(1)
    for lang in ("en", "zh"):
        assert "nan" not in fitted().still_fits(now(later), alone).summary(lang)
    assert ", 95% interval 0." in fitted().still_fits(now(later), later).summary()


@pytest.mark.parametrize("name", ["plain", "logit", "causes", "frailty", "firth", "curves"])
def test_the_last_level_holds_on_as_in_a_fit_that_names_its_groups(name, tmp_path):
    fit = FITS[name]()
    more = {"logit": {"link": "logit"}, "causes": {"cause": "relapse"}, "frailty": {"frailty": "gamma"},
            "firth": {"penalty": "firth"}}.get(name, {})  # fmt: skip
    table = again() if name == "frailty" else falls(two=name == "causes")
    table = table.head(200) if name == "firth" else table
    wanted = fit if name == "curves" else ps.relapse_model(
        fit.formula.text, table, baseline=list(fit.baseline.starts), **more)  # fmt: skip
    fit.hold_last().save(tmp_path / "model.json")
    rows = table.drop(columns="spell").head(9).assign(duration=range(9))
    for one in (fit.hold_last(), ps.load_model(tmp_path / "model.json"), wanted.hold_last()):
        assert list(one.params.index) == list(wanted.params.index)
        pd.testing.assert_frame_equal(one.risk(rows, 4), wanted.risk(rows, 4), rtol=1e-9)


def test_a_hazard_of_zero_does_not_hold_on():
    for call in (
        lambda: FITS["quiet"]().hold_last(),
        lambda: FITS["quiet"]().risk(falls().assign(duration=3)),
    ):
        with pytest.raises(ps.DataError) as caught:
            call()
        assert caught.value.remedy.startswith("baseline=[1, 2, 3]  # in ps.relapse_model")


def test_two_pieces_of_one_column_have_a_reference_each():
    table = falls()
    fit = ps.relapse_model("I(size > 3) + I(size == 1)", table)
    same_ = ps.relapse_model(
        "many + one", table.assign(many=table["size"] > 3, one=table["size"] == 1)
    )
    np.testing.assert_allclose(fit.params, same_.params, rtol=1e-12)


def test_a_model_says_itself_in_chinese(tmp_path):
    for name in ("frailty", "quiet", "dropped", "logit", "firth", "clustered"):
        text = FITS[name]().summary("zh")
        assert text.startswith("返贫模型（")
        assert not re.search("Intercept|duration|clustered|households", text)
        assert not [
            one
            for one in ("household-periods", "data:", " ratio", "baseline", "left out")
            if one in text
        ]
    assert "优势比" in FITS["logit"]().summary("zh")
    assert "变量缺失 10" in FITS["dropped"]().summary("zh")
