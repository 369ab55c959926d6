"""Weights for households lost from a panel: by hand, designs, known truth, bad input."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.base.errors import DataError

W = "attrition_weight"


def lost_panel(n=240, waves=3, seed=1):
    """A panel that loses poor households more often."""
    rng = np.random.default_rng(seed)
    seen, parts = np.ones(n, dtype=bool), []
    for wave in range(waves):
        poor = (rng.random(n) < 0.4).astype(int)
        parts.append(pd.DataFrame({"household_id": np.arange(n), "year": 2020 + wave, "poor": poor, "size": rng.integers(1, 6, n),
                                   "weight": 1.0 + np.arange(n) % 3, "stratum": np.arange(n) // 8 % 2, "psu": np.arange(n) // 8,
                                   "region": np.array(list("东西"))[np.arange(n) // 2 % 2]})[seen])  # fmt: skip
        seen = seen & (rng.random(n) > 0.05 + 0.3 * poor)
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def panel():
    return lost_panel()


def test_cells_of_one_category_are_made_up_by_hand(panel):
    made = ps.attrition_weights(panel, "poor + size + poor:size + C(region)").panel
    simple = ps.attrition_weights(panel, "poor").panel
    first, then = (simple[simple["year"] == one].set_index("household_id") for one in (2020, 2021))
    again = first.index.isin(then.index)
    share = (
        first["weight"].where(again, 0).groupby(first["poor"]).sum()
        / first["weight"].groupby(first["poor"]).sum()
    )
    by_hand = first["weight"] / first["poor"].map(share)
    assert then[W].to_numpy() == pytest.approx(by_hand[again].to_numpy())
    for table in (made, simple):
        totals = table.groupby("year")[W].sum()
        assert totals.tolist() == pytest.approx([panel.query("year == 2020")["weight"].sum()] * 3)
        assert (table.query("year == 2020")[W] == table.query("year == 2020")["weight"]).all()
    # what was seen in the first wave has its old share in every wave of who is left
    poor = first["poor"].mul(first["weight"]).sum() / first["weight"].sum()
    assert (then[W] * first["poor"][then.index]).sum() / then[W].sum() == pytest.approx(poor)


def test_the_product_over_waves_and_the_report(panel):
    found = ps.attrition_weights(panel, "poor")
    table = found.panel.set_index(["household_id", "year"])
    chance = 1.0
    base = table.xs(2020, level="year")
    for at in (2021, 2022):
        before, now = table.xs(at - 1, level="year"), table.xs(at, level="year")
        w = base["weight"][before.index]
        kept = (
            w.where(before.index.isin(now.index), 0).groupby(before["poor"]).sum()
            / w.groupby(before["poor"]).sum()
        )
        chance = chance * before["poor"].map(kept).reindex(base.index)
    raw = (base["weight"] / chance)[now.index]
    assert now[W].to_numpy() == pytest.approx((raw * base["weight"].sum() / raw.sum()).to_numpy())
    last = found.waves.iloc[-1]
    assert last["seen"] == len(now) and last["followed"] == len(before)
    assert last["design_effect"] == pytest.approx(
        len(now) * (now[W] ** 2).sum() / now[W].sum() ** 2
    )
    told = found.tidy()
    assert (told[told["term"] == "poor"]["estimate"] < 0.5).all() and set(told["wave"]) == {
        2021,
        2022,
    }
    assert "poor" in found.summary() and "流失" in found.summary("zh")


def test_who_returns_or_joins_has_no_weight_and_is_told(panel):
    gone = panel[(panel["year"] == 2021) & (panel["household_id"] == 3)].index
    back = panel.drop(gone)
    new = panel[panel["household_id"] == 5].query("year > 2020").assign(household_id=999)
    found = ps.attrition_weights(pd.concat([back, new]), "poor")
    odd = found.panel.query("household_id in (3, 999) and year > 2020")
    assert (odd[W] == 0).all() and len(odd) == found.returned + found.joined
    assert found.joined == len(new)


def test_trimming_is_asked_for_and_keeps_the_total(panel):
    plain, cut = (ps.attrition_weights(panel, "poor + size", trim=trim) for trim in (None, 1.2))
    assert plain.waves["trimmed"].tolist() == [0, 0] and (cut.waves["trimmed"] > 0).all()
    assert cut.waves["most"].max() == pytest.approx(1.2) and plain.waves["most"].max() > 1.2
    assert cut.panel.groupby("year")[W].sum().tolist() == pytest.approx(
        plain.panel.groupby("year")[W].sum().tolist()
    )


def test_replicates_make_the_weights_anew(panel):
    found = ps.attrition_weights(panel, "poor", draws=60)
    svy = found.survey
    assert len(svy.replicates.columns) == 60 and svy.replicates.freedom == 28
    totals = ps.total(svy.where("year == 2020"), "poor").tidy()["std_error"][0]
    own = ps.total(
        ps.Survey(panel, weight="weight", strata="stratum", psu="psu").where("year == 2020"), "poor"
    ).tidy()["std_error"][0]
    assert totals == pytest.approx(own, rel=0.3)  # the bootstrap keeps the variance of the design
    again = ps.attrition_weights(panel, "poor", draws=60).panel
    pd.testing.assert_frame_equal(again, found.panel)
    # replicate weights of the survey are made anew too
    each = pd.DataFrame(
        {f"r{k}": panel["weight"] * np.where(panel["psu"] == k, 0, 30 / 29) for k in range(30)}
    )
    by = ps.Replicates(list(each), kind="jackknife", df=28)
    made = ps.attrition_weights(
        ps.Survey(pd.concat([panel, each], axis=1), weight="weight", replicates=by), "poor"
    )
    alone = ps.attrition_weights(panel.assign(weight=each["r7"]), "poor").panel
    assert made.panel[f"{W}_8"].to_numpy() == pytest.approx(alone[W].to_numpy(), rel=1e-6)
    own = made.survey
    sizes = [
        ps.mean(one.where("year == 2022"), "poor").tidy()["std_error"][0] for one in (own, svy)
    ]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.4)
    assert own.replicates.scale == pytest.approx(29 / 30)


def test_kinds_of_columns_and_order_change_nothing(panel):
    right = ps.attrition_weights(panel, "poor + size + C(region)").panel[W]
    odd = panel.assign(poor=panel["poor"].astype("boolean"), size=panel["size"].astype("int8"), region=panel["region"].astype("category"),
                       year=panel["year"].astype("Int16"), household_id=panel["household_id"].astype(str))  # fmt: skip
    before = odd.copy()
    assert ps.attrition_weights(odd, "poor + size + C(region)").panel[
        W
    ].to_numpy() == pytest.approx(right.to_numpy(), rel=1e-9)
    pd.testing.assert_frame_equal(odd, before)
    mixed = panel.sample(frac=1, random_state=2)
    got = ps.attrition_weights(mixed.set_axis([0] * len(mixed)), "poor + size + C(region)").panel[W]
    assert got.to_numpy() == pytest.approx(right[mixed.index].to_numpy(), rel=1e-9)
    scaled = ps.attrition_weights(
        panel.assign(weight=panel["weight"] * 1e5), "poor + size + C(region)"
    )
    assert scaled.panel[W].to_numpy() == pytest.approx(1e5 * right.to_numpy(), rel=1e-9)
    assert (scaled.survey.layout.strata, scaled.survey.layout.psu) == (("stratum",), ("psu",))
    names = {"poor": "贫困", "household_id": "户编号", "year": "年份"}
    told = ps.attrition_weights(
        panel.rename(columns=names), "贫困 + size + C(region)", household="户编号", time="年份"
    )
    assert told.panel[W].tolist() == right.tolist()


def test_bad_input_is_refused(panel):
    gone = panel[~((panel["region"] == "西") & (panel["year"] > 2020))]
    whole = panel[panel["year"] < 2021]
    cases = [
        ("lost wholly", gone, "poor + region"),
        ("lost nobody", pd.concat([whole, whole.assign(year=2021)]), "poor"),
        ("One wave", whole, "poor"),
        ("column", panel, "poor + nothing"),
        ("no rows|no row", panel.iloc[:0], "poor"),
        ("missing|no value|lack", panel.assign(size=np.nan), "size"),
        ("is there twice|twice", pd.concat([panel, panel.head(1)]), "poor"),
        ("column of results|column", panel.assign(attrition_weight=1.0), "poor"),
    ]  # fmt: skip
    for match, table, formula in cases:
        with pytest.raises(DataError, match=match):
            ps.attrition_weights(table, formula)


def test_a_missing_covariate_is_refused_whatever_the_survey_leaves_out(panel):
    lacking = panel.assign(size=panel["size"].where(panel.index > 0))
    svy = ps.Survey(lacking, weight="weight", missing="drop")
    for one in (lacking, svy):
        with pytest.raises(DataError, match="1 households that were followed have no size"):
            ps.attrition_weights(one, "poor + size")


def test_names_of_columns_and_one_draw(panel):
    named = panel.assign(seen_again=panel["poor"], seen_again_=1)
    assert (ps.attrition_weights(named, "seen_again").panel[W]
            == ps.attrition_weights(panel, "poor").panel[W]).all()  # fmt: skip
    with pytest.raises(DataError, match="such weights already"):
        ps.attrition_weights(ps.attrition_weights(panel, "poor").panel, "poor")
    with pytest.raises(DataError, match="draws="):
        ps.attrition_weights(panel, "poor", draws=1)
