"""Trials of several arms, strata and weights: against R, marks for strata, field data, known truth."""

import copy
import decimal
import json
import pickle
import re

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import ROOT, draws

import povstudy as ps
from povstudy.survey.joint import hotelling, romano_wolf

FILES = ROOT / "tests" / "reference"
R = json.loads((FILES / "trial_arms.json").read_text("utf-8"))
WORDS = np.array(["none", "administrative", "both"])
TABLE = pd.read_csv(FILES / "design.csv")
TABLE["row"] = np.arange(1, len(TABLE) + 1)
TABLE["village"] = TABLE["stratum"] + " " + TABLE["psu"].astype(str)
TABLE["by_village"] = WORDS[(pd.factorize(TABLE["village"])[0] + 1) % 3]
TABLE["by_row"] = WORDS[TABLE["row"] % 3]
TABLE["lag"] = 1000 * np.sin(TABLE["row"]) + TABLE["income"] / 2
LOT = ["stratum", "province"]


def trial(n=600, seed=1, strata=6):
    """Villages of ten, three arms drawn within strata; two outcomes; help of one arm works."""
    rng = np.random.default_rng(seed)
    village = np.arange(n) // 10
    arm = WORDS[
        (np.arange(n // 10) // strata + rng.integers(0, 3, strata)[np.arange(n // 10) % strata]) % 3
    ]
    table = pd.DataFrame({"village": village, "s": village % strata, "arm": arm[village]})
    table["w"] = rng.choice([1.0, 2.0, 4.0], n)
    shared = rng.normal(size=n // 10)[village] + table["s"]
    table["before"] = shared + rng.normal(size=n)
    table["y"] = shared + rng.normal(size=n) + (table["arm"] == "both")
    table["z"] = table["y"] / 2 + rng.normal(size=n)
    return table


def refused(call, *words, kind=ps.DataError):
    with pytest.raises(kind) as told:
        call()
    assert [word for word in words if word not in str(told.value)] == [], str(told.value)
    assert told.value.remedy


# Against others -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arm", "strata", "more"),
    [
        ("strata", "by_village", "stratum", {"covariates": "lag", "cluster": "village"}),
        ("weighted", "by_village", "stratum",
         {"covariates": "lag", "cluster": "village", "weight": "weight"}),
        ("crossed", "by_row", LOT, {"cluster": "village", "weight": "weight"}),
        ("rows", "by_row", LOT, {"covariates": "lag", "weight": "weight"}),
    ],
)  # fmt: skip
def test_arms_strata_and_weights_are_those_of_r_with_marks(name, arm, strata, more):
    found = ps.trial_effects(TABLE, "income", arm, strata=strata, **more)
    rows = dict(zip(found["arm"], found.to_dict("records"), strict=True))
    rows["less"] = found.contrast("both", "administrative").iloc[0]
    for key, wanted in R[name].items():
        for mine, theirs in (("estimate", "estimate"), ("std_error", "se"), ("df", "df")):
            assert rows[key][mine] == pytest.approx(wanted[theirs], rel=1e-7), (key, mine)
    back = found.contrast("administrative", "both").iloc[0]
    assert back["estimate"] == -rows["less"]["estimate"]
    covariance = found.covariance()
    variance = covariance[0][0] + covariance[1][1] - 2 * covariance[0][1]
    assert rows["less"]["std_error"] ** 2 == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize("more", [{"errors": "HC1"}, {"errors": "HC3"}, {"cluster": "village"}])
@pytest.mark.parametrize("subgroup", [None, "big"])
def test_constants_of_strata_are_marks_that_are_not_fitted(more, subgroup):
    table = trial().assign(
        t=lambda x: (x["arm"] == "both") * 1, big=lambda x: x["village"] % 12 > 5
    )
    marks = pd.get_dummies(table["s"], drop_first=True, dtype=float, prefix="s")
    long = pd.concat([table, marks], axis=1)
    ask = {"baseline": "before", **more}
    if subgroup is not None:  # strata lie in one group: its constant is made of theirs
        ask["subgroup"], marks = "big", marks.iloc[:, :0]
        long["s"] = long["big"]
    one = ps.trial_effects(long, "y", "t", strata="s", **ask)
    two = ps.trial_effects(long, "y", "t", covariates=list(marks), **ask)
    for name in ("estimate", "std_error", "df", "p_value", "n", "control_mean"):
        assert one[name].to_numpy() == pytest.approx(two[name].to_numpy(), rel=1e-9), name
    assert "constants of s" in one["method"][0] and one["method"][0].endswith(two["method"][0][-4:])


def test_weights_without_clusters_are_those_of_statsmodels():
    x = sm.add_constant(np.column_stack([TABLE["by_row"] == "both", TABLE["by_row"] == "administrative",
                                         TABLE["lag"]]).astype(float))  # fmt: skip
    fit = sm.WLS(TABLE["income"], x, TABLE["weight"]).fit(cov_type="HC1")
    found = ps.trial_effects(TABLE, "income", arms="by_row", covariates="lag", weight="weight")
    found = found.set_index("arm").loc[["both", "administrative"]]
    assert found["estimate"].to_numpy() == pytest.approx(fit.params.to_numpy()[1:3])
    assert found["std_error"].to_numpy() == pytest.approx(fit.bse.to_numpy()[1:3])
    again = ps.trial_effects(TABLE.assign(w=7 * TABLE["weight"]), "income", "by_row", covariates="lag",
                             weight="w")  # fmt: skip
    assert again["std_error"].tolist()[::-1] == pytest.approx(found["std_error"].tolist())


def test_the_handbook_of_the_world_bank_gives_its_weighted_figures():
    """Khandker, Koolwal and Samad 2010, chapter on randomisation: participation, and placement."""
    file = ROOT.parent / "shared" / "oracles" / "15_handbook" / "hh_98.dta"
    if not file.is_file():
        pytest.skip("needs the handbook's households of 1998 beside the repository")
    table = pd.read_stata(file).astype(float)
    table = table.assign(y=np.log1p(table["exptot"]), land=np.log1p(table["hhland"] / 100))
    place = table.groupby(["thanaid", "villid"])["dfmfd"].transform("max")
    more = ["sexhead", "agehead", "educhead", "land", "vaccess", "pcirr", "rice", "wheat", "milk",
            "oil", "egg"]  # fmt: skip
    one = ps.trial_effects(table, "y", "dfmfd", covariates=more, weight="weight").iloc[0]
    two = ps.trial_effects(table.assign(p=place), "y", "p", covariates=more, weight="weight").iloc[
        0
    ]
    assert (one["estimate"], one["std_error"]) == pytest.approx((0.0654911, 0.0348852), abs=1e-6)
    assert (two["estimate"], two["std_error"]) == pytest.approx((-0.0455621, 0.1046759), abs=1e-6)
    assert (one["ci_low"], one["ci_high"], one["df"]) == pytest.approx(
        (-0.002957, 0.133939, 1116), abs=1e-6
    )


def test_who_finds_the_poor_in_indonesia_gives_its_published_figures(survey_files):
    """Alatas and others 2012, abstract: formula .30, community and hybrid about .03 above it."""
    if not (survey_files / "indonesia_targeting").is_dir():
        pytest.skip("needs the data of indonesia_targeting")
    table = ps.load("indonesia_targeting").dropna(subset=["consumption"])
    lot = {"arms": "assessor", "base": "formula", "strata": "stratum"}
    for line in (300, 315, 330):  # thousand rupiah; the paper's line differs by district and town
        table["error"] = (table["listed"].astype(bool) != (table["consumption"] < line)) * 1.0
        found = ps.trial_effects(table, "error", cluster="psu", **lot).set_index("arm")
        assert 0.294 < found["control_mean"].iloc[0] < 0.302
        assert found["estimate"].between(0.024, 0.04).all()
        assert found["std_error"].between(0.0155, 0.0175).all()
    assert found.loc["community", "n"] == (table["assessor"] != "hybrid").sum()


def test_groups_of_arms_are_as_if_each_were_alone():
    table = trial().assign(g=lambda x: np.where(x["s"] < 3, "hill", "plain"))
    found = ps.trial_effects(table, ["y", "z"], "arm", subgroup="g", cluster="village")
    for (arm, group), rows in found[found["term"] == "effect"].groupby(["arm", "g"]):
        part = table[(table["g"] == group) & table["arm"].isin(["none", arm])]
        alone = ps.trial_effects(part, ["y", "z"], "arm", cluster="village")
        for name in ("estimate", "std_error", "n", "clusters", "control_mean"):
            assert rows[name].to_numpy() == pytest.approx(alone[name].to_numpy()), (
                arm,
                group,
                name,
            )
    steps = found[(found["term"] == "difference") & (found["outcome"] == "y")]
    assert steps[["arm", "g"]].values.tolist() == [
        ["administrative", "plain - hill"],
        ["both", "plain - hill"],
    ]
    less = found.contrast("both", "administrative").query("outcome == 'y'")
    own = found[(found["term"] == "effect") & (found["outcome"] == "y")].pivot(
        index="g", columns="arm", values="estimate")  # fmt: skip
    wanted = (own["both"] - own["administrative"]).loc[less["g"]]
    assert less["estimate"].tolist() == pytest.approx(wanted.tolist())
    for errors in ("HC1", "HC3"):
        found = ps.trial_effects(table, ["y", "z"], "arm", ["before"] * 2, errors=errors)
        assert np.sqrt(np.diag(found.covariance())) == pytest.approx(found["std_error"].to_numpy())


# A Survey -----------------------------------------------------------------------------------


def test_a_survey_brings_weights_clusters_and_what_is_missing():
    table = trial()
    svy = ps.Survey(table, weight="w", psu="village", status="trial")
    one = ps.trial_effects(svy, "y", "arm", "before", strata="s")
    two = ps.trial_effects(table, "y", "arm", "before", strata="s", weight="w", cluster="village")
    numbers = ["estimate", "std_error", "df", "n", "treated", "clusters", "control_mean"]
    pd.testing.assert_frame_equal(one[numbers], two[numbers])
    assert one["method"][0] == two["method"][0] + " by PSU of the Survey, village"
    refused(
        lambda: ps.trial_effects(svy, "y", "arm", cluster="village"),
        "brings its own",
        "psu='village'",
    )
    refused(lambda: ps.trial_effects(svy, "y", "arm", weight="w"), "brings its own", "weight='w'")
    gaps = table.assign(y=table["y"].mask(table["before"] > 4))
    refused(lambda: ps.trial_effects(ps.Survey(gaps, psu="village"), "y", "arm"), "have no y")
    made = ps.trial_effects(ps.Survey(gaps, psu="village", missing="drop"), "y", "arm")
    plain = ps.trial_effects(gaps.dropna(), "y", "arm", cluster="village")
    assert made["estimate"].tolist() == plain["estimate"].tolist()
    assert made._trial.arms["lost"].sum() == gaps["y"].isna().sum()


def test_rows_without_weight_are_not_looked_at():
    table = trial()
    light = table.assign(w=table["w"].mask(table["village"] < 6, 0))
    light.loc[light["w"] == 0, "y"] = np.nan
    one = ps.trial_effects(light, "y", "arm", weight="w", cluster="village")
    two = ps.trial_effects(light[light["w"] > 0], "y", "arm", weight="w", cluster="village")
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(two))


# What the table knows -----------------------------------------------------------------------


def test_it_is_a_table_that_is_copied_and_stored_with_what_it_knows():
    found = ps.trial_effects(trial(), ["y", "z"], "arm", strata="s", cluster="village")
    for made in (
        pickle.loads(pickle.dumps(found)),
        copy.deepcopy(found),
        copy.copy(found),
        found.copy(),
    ):
        assert made.equals(found) and made.attrs == found.attrs
        assert made.contrast("both", "administrative").equals(
            found.contrast("both", "administrative")
        )
        assert made.summary("zh") == found.summary("zh")
    for part in (
        found[found["outcome"] == "y"],
        pd.concat([found, found]),
        found.sort_values("p_value"),
    ):
        assert type(part) is pd.DataFrame
    assert list(found.tidy().columns) == ["term", "outcome", "arm", "estimate", "std_error", "ci_low",
                                          "ci_high", "n", "df", "method", "data_status"]  # fmt: skip
    told = found.summary(), found.covariance()
    found["std_error"] = np.nan
    assert found.summary() == told[0] and found.covariance().equals(told[1])
    assert (found.tidy(0.5)["ci_low"] > found.tidy()["ci_low"]).all()
    plain = ps.trial_effects(trial().assign(t=lambda x: x["arm"] == "both"), "y", "t")
    assert "arm" not in plain and "p_romano_wolf" not in plain
    assert plain.contrast(1, 0)["estimate"].tolist() == plain["estimate"].tolist()


def test_the_summary_counts_arms_losses_and_strata_that_tell_nothing():
    table = trial()
    table.loc[table["s"] == 0, "arm"] = "none"
    table.loc[table.index % 50 == 3, "y"] = np.nan
    found = ps.trial_effects(table, "y", "arm", strata="s", cluster="village", missing="drop")
    alone = (table["s"] == 0) & table["y"].notna()
    assert found._trial.alone == (1, alone.sum())
    assert f"1 strata ({alone.sum()} rows) have one arm" in found.summary()
    assert "仅" not in found.summary() and "1个层" in found.summary("zh")
    counts = found._trial.arms.set_index("arm")
    assert counts["lost"].to_dict() == table[table["y"].isna()].groupby("arm").size().to_dict()
    assert counts.index[0] == "none" and counts["n"].sum() == table["y"].notna().sum()
    dropped = ps.trial_effects(
        table[table["s"] > 0].dropna(), "y", "arm", strata="s", cluster="village"
    )
    assert found["estimate"].tolist() == pytest.approx(dropped["estimate"].tolist())


def test_bounds_of_a_trial_are_those_of_its_arms():
    table = trial()
    table["y"] = table["y"].mask((table["arm"] != "both") & (table.index % 7 == 0))
    found = ps.trial_effects(
        table, ["y", "z"], "arm", weight="w", cluster="village", missing="drop"
    )
    made = found.bounds(range=(-20, 20)).set_index(["arm", "outcome", "term"])["estimate"]
    pair = table[table["arm"] != "administrative"].assign(t=lambda x: (x["arm"] == "both") * 1)
    wanted = ps.lee_bounds(pair, "y", "t", weight="w", cluster="village")["estimate"]
    assert made[("both", "y", "lee low")] == pytest.approx(wanted[0])
    assert made[("both", "z", "lee low")] == pytest.approx(made[("both", "z", "manski high")])
    assert made[("both", "y", "lee low")] < made[("both", "y", "lee high")]
    pair = table[table["arm"] != "none"].assign(t=lambda x: (x["arm"] == "both") * 1)
    wanted = ps.lee_bounds(pair, "y", "t", weight="w", cluster="village")["estimate"]
    less = found.contrast("both", "administrative").bounds()
    assert set(less["arm"]) == {"both - administrative"} and less["estimate"][0] == pytest.approx(
        wanted[0]
    )


def test_arms_and_columns_of_any_name_and_weights_of_any_size():
    table = trial().assign(
        arm=lambda x: x["arm"].replace({"both": "a - b", "administrative": "1, {x}"})
    )
    ask = lambda **more: ps.trial_effects(  # noqa: E731
        table, "y", "arm", cluster="village", strata="s", **more)  # fmt: skip
    named, found = ask(), ps.trial_effects(trial(), "y", "arm", cluster="village", strata="s")
    less = [one.contrast(*pair).verdict().tidy() for one, pair in (
        (named, ("a - b", "1, {x}")), (found, ("both", "administrative")))]  # fmt: skip
    assert less[0].select_dtypes("number").equals(less[1].select_dtypes("number"))
    assert (
        len(less[0]) == 1
        and "a minus b minus 1, {x}" in named.contrast("a - b", "1, {x}").summary()
    )
    for name in ("outcome", "estimate", "n", "p_value", "verdict", "clusters"):
        more = table.assign(**{name: table["s"] < 3})
        refused(lambda more=more, name=name: ps.trial_effects(more, "y", "arm", subgroup=name),
                "name of a column of results")  # fmt: skip
    for name in (0, "stands", "alpha", "收入 元"):
        more = table.rename(columns={"z": name}).assign(**{"z": 1})
        more[name] = table["s"] < 3
        assert "True" in ps.trial_effects(more, "y", "arm", subgroup=name).summary()
    one = ask(weight="w")
    for size in (1e-200, 1e-9, 1e9):
        two = ps.trial_effects(
            table.assign(w=table["w"] * size), "y", "arm", cluster="village", strata="s", weight="w")  # fmt: skip
        pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(two))


@pytest.mark.parametrize("kind", ["int8", "Int64", "boolean", "category", "object", "decimal"])
def test_numbers_of_any_kind(kind):
    table = trial().assign(t=lambda x: (x["arm"] == "both") * 1, c=lambda x: (x["z"] > 0) * 1,
                           y=lambda x: (x["y"] > x["y"].median()) * 1)  # fmt: skip
    made = table.copy()
    for name in "tcy":
        made[name] = (table[name].map(lambda x: decimal.Decimal(int(x))) if kind == "decimal"
                      else table[name].astype(kind))  # fmt: skip
    one, two = (
        ps.trial_effects(x, "y", "t", covariates="c", cluster="village") for x in (table, made)
    )
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(two))
    assert two.bounds()["estimate"].tolist() == one.bounds()["estimate"].tolist()
    assert two.verdict().tidy().equals(one.verdict().tidy())
    refused(lambda: ps.trial_effects(made.assign(y=made.index + 1j), "y", "t"), "no numbers")


# Many questions -----------------------------------------------------------------------------


def test_joint_tests_are_hotellings():
    found = ps.trial_effects(TABLE, ["income", "lag"], "by_row", cluster="village")
    made = found.joint(outcome="income").iloc[0]
    rows = found[found["outcome"] == "income"]
    block = found.covariance().loc[rows.index, rows.index].to_numpy()
    df = rows["df"].min()
    wanted = rows["estimate"] @ np.linalg.inv(block) @ rows["estimate"] * (df - 1) / (2 * df)
    assert made["statistic"] == pytest.approx(wanted) and made["df_den"] == df - 1
    one = found.joint(outcome="lag", arm="both").iloc[0]
    assert one["p_value"] == pytest.approx(
        found.query("outcome == 'lag' and arm == 'both'")["p_value"].item()
    )
    assert found.joint()["df_num"].item() == 4
    assert np.isnan(hotelling(np.ones(3), np.eye(3), 2)["p_value"])


def test_romano_and_wolf_know_how_questions_hang_together():
    rng = np.random.default_rng(0)
    apart, p = rng.normal(size=(400, 4)), np.array([0.004, 0.01, 0.02, 0.6])
    same = np.repeat(apart[:, :1], 4, axis=1)
    alike = romano_wolf(np.array([0.01, 0.01, 0.02, np.nan]), same, 4000, 0)
    assert alike[:3] == pytest.approx([0.01, 0.01, 0.02], abs=0.004) and np.isnan(alike[3])
    holm = ps.holm(pd.DataFrame({"p_value": p}), None)["p_holm"]
    sidak = 1 - (1 - p) ** np.array([4, 3, 2, 1])  # of questions that hang together in nothing
    made = romano_wolf(p, apart, 20_000, 1)
    assert made == pytest.approx(np.maximum.accumulate(sidak), abs=0.006)
    assert (made < holm + 0.004).all()
    assert (romano_wolf(p, apart, 500, 2) == romano_wolf(p, apart, 500, 2)).all()
    assert romano_wolf(p[:1], apart[:, :1], 10, 0)[0] == p[0]


def test_no_more_than_a_twentieth_of_families_without_effects_have_one():
    runs, wider = draws(400, 100)
    rng, false = np.random.default_rng(3), []
    village = np.arange(160) // 8
    for _ in range(runs):
        luck = rng.normal(size=(20, 1))[village]
        y = luck + rng.normal(size=(160, 4)) + rng.normal(size=(160, 1))
        table = pd.DataFrame(y, columns=list("abcd")).assign(
            v=village, t=(rng.permutation(20) % 2)[village]
        )
        made = ps.trial_effects(table, list("abcd"), "t", cluster="v", draws=400)
        false.append((made["p_romano_wolf"].min() <= 0.05, made["p_holm"].min() <= 0.05))
        assert (made["p_romano_wolf"] >= made["p_value"]).all()
    step, plain = np.mean(false, axis=0)
    assert plain <= step <= 0.05 + 0.025 * wider


# Bad input ----------------------------------------------------------------------------------


def test_what_is_no_trial_of_arms_is_refused():
    table = trial()
    ask = lambda table=table, treatment="arm", **more: ps.trial_effects(  # noqa: E731
        table, "y", treatment, **more)  # fmt: skip
    one = table.assign(arm=table["arm"].where((table["arm"] != "both") | (table["village"] == table[
        "village"][table["arm"] == "both"].iloc[0]), "none"))  # fmt: skip
    refused(lambda: ask(one, cluster="village"), "one cluster", "both", kind=ps.DesignError)
    alone = table.assign(arm=np.where(table["s"] < 3, "none", "both"))
    refused(lambda: ask(alone, strata="s"), "No stratum", "6 strata", kind=ps.DesignError)
    refused(lambda: ask(strata="village", cluster="village"), "No stratum", kind=ps.DesignError)
    refused(lambda: ask(base="non"), "no arm", "Did you mean 'none'?")
    refused(lambda: ask(arms="arm"), "one column", "arms='arm'")
    refused(lambda: ask(treatment=None), "one column")
    refused(lambda: ask(table.assign(w=-1.0), weight="w"), "no usable w", kind=ps.DesignError)
    refused(lambda: ask(table.assign(w=0.0), weight="w"), "zero", kind=ps.DesignError)
    refused(lambda: ask(table.assign(w=np.nan), weight="w"), "no usable w")
    refused(lambda: ask(covariates="arm"), "named twice")
    gone = table.assign(y=table["y"].mask(table["arm"] == "both"))
    refused(lambda: ask(gone, missing="drop"), "Nobody of an arm is left", "both")
    refused(lambda: ask(gone), "have no y")
    refused(lambda: ask(table.assign(y=np.nan), missing="drop"), "Nobody of an arm is left")
    refused(
        lambda: ask(table.assign(arm=table["arm"].mask(table.index == 5)), missing="drop"), "row 5"
    )
    refused(lambda: ask(missing="keep"), "missing= is one of 'refuse', 'drop'")
    refused(lambda: ask(draws=0), "draws")
    refused(lambda: ask(strata="ss"), "ss")
    refused(lambda: ask(table.assign(s=table["s"].mask(table.index == 5)), strata="s"), "row 5")
    of_place = table.assign(rain=np.array([0.1, 0.7, 1e6 / 3, 2.3, 1.9, 5.1])[table["s"]])
    refused(lambda: ask(of_place, strata="s", covariates="rain"), "made of them", "rain")
    few = table.assign(g=np.where((table["arm"] == "both") & (table["s"] < 3), "x", "y"))
    refused(lambda: ask(few, subgroup="g"), "lacks an arm")
    refused(lambda: ask(table.assign(arm="none")), "two or a few more")
    lone = table.assign(arm=np.where(table.index == 0, "both", "none"))
    refused(lambda: ask(lone), "one row", kind=ps.DesignError)
    found = ask()
    refused(lambda: found.contrast("bot", "none"), "Did you mean 'both'?")
    refused(lambda: found.contrast("none", "both"), "minus another")
    refused(lambda: found.contrast("both", "both"), "minus another")
    refused(lambda: found.joint(outcome="x"), "No row")
    refused(lambda: found.bounds(rang=(0, 1)), "Did you mean 'range'?")
    refused(lambda: found.bounds(cluster="s"), "takes no cluster=")
    refused(lambda: found.joint(village=1), "village")
    weights = ps.Survey(
        table.assign(r=1.0, q=2.0), weight="w", replicates=ps.Replicates(["r", "q"], kind="brr")
    )
    refused(lambda: ps.trial_effects(weights, "y", "arm"), "replicate weights")


def test_a_chinese_summary_is_chinese_but_for_the_names_of_the_table():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"arm": ["none", "social_work", "administrative"] * 20, "收入": rng.normal(size=60),
                          "县": np.arange(60) // 6, "户": np.arange(60) // 2})  # fmt: skip
    table = pd.concat([table.assign(year=y, 收入=table["收入"] + y) for y in (0, 1)])
    told = ps.trial_effects(table[table["year"] == 0], "收入", arms="arm", strata="县").summary(
        "zh"
    )
    assert not re.findall(r"\b[a-z_]{4,}", told), told
    assert "社会工作" in told and "按层固定效应 县" in told
    table["start"] = np.where(table["arm"] == "none", np.nan, 1)
    table["户"] = np.arange(len(table)) % 60
    told = ps.compare(table, "收入", unit="户", starts={"social_work": "start"}).summary("zh")
    assert not re.findall(r"\b[a-z_]{4,}", told), told
