"""Waves of a survey read into a panel: names by wave, codes of no answer, labels, links, design."""

import numpy as np
import pandas as pd
import pytest

import povstudy as ps

pyreadstat = pytest.importorskip("pyreadstat")

YEARS = (2010, 2012, 2014, 2016)
GONE = {-1: "不知道", -2: "拒绝回答", -8: "不适用", -9: "缺失"}
URBAN = GONE | {0: "乡村", 1: "城镇"}
NAMES = {  # of each wave: code, province, county, community, urban, size, income, family, weight
    2010: "fid provcd countyid cid urban familysize indinc_net faminc_net fswt_nat",
    2012: "fid12 provcd countyid cid urban12 familysize fincome1_per fincome1 fswt_natcs12",
    2014: "fid14 provcd14 countyid14 cid14 urban14 familysize fincome1_per fincome1 fswt_natcs14",
    2016: "fid16 provcd16 countyid16 cid16 urban16 familysize16 fincome1_per fincome1 fswt_natcs16",
}  # fmt: skip


def truth(n=400, seed=1):
    """What the made-up waves hold: one row for each household and year, and its own code."""
    rng = np.random.default_rng(seed)
    household = np.arange(n)
    county = household % 40
    rows = []
    level = rng.normal(0, 0.5, n) + 0.5 * (county % 2)
    for year in YEARS:
        level = 0.6 * level + rng.normal(0, 0.6, n)
        rows.append(pd.DataFrame({
            "household": household, "year": year, "provcd": np.where(county < 20, 11, 52),
            "county": county, "urban": county % 2, "size": 1 + household % 5,
            "income": np.round(4000 * np.exp(level)), "weight": 1000.0 + county,
        }))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def wave(made, year):
    """The file of a wave with the names that it has; codes of 2010 are others than those after."""
    rows = made[made["year"] == year]
    code, provcd, county, cid, urban, size, income, family, weight = NAMES[year].split()
    table = pd.DataFrame({
        code: rows["household"] + (110_001 if year == 2010 else 100_051), provcd: rows["provcd"],
        county: rows["county"] + 1, cid: rows["county"] * 10, urban: rows["urban"],
        size: rows["size"], income: rows["income"], family: rows["income"] * rows["size"],
        weight: rows["weight"], "psu": rows["county"] + 1, "subpopulation": 1 + rows["county"] // 20,
        "qa1": 1, "qa2": 2,
    }).reset_index(drop=True)  # fmt: skip
    for before in [one for one in YEARS if one < year]:
        table[f"fid{before % 100}"] = table[code] + 9_950 * (before == 2010)
    return table


def saved(folder, table, year, **more):
    urban = NAMES[year].split()[4]
    labels = {urban: URBAN, NAMES[year].split()[6]: GONE} | more
    path = folder / f"cfps{year}famecon.dta"
    labels = {name: {int(k): v for k, v in told.items()} for name, told in labels.items()}
    pyreadstat.write_dta(table, str(path), variable_value_labels=labels)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder, made = tmp_path_factory.mktemp("cfps"), truth()
    found = {}
    for year in YEARS:
        table = wave(made, year)
        if year == 2012:
            table.loc[:4, "fincome1_per"] = [-8, -1, -1, -2, -8]
            table.loc[5, "urban12"] = -9
        found[year] = saved(folder, table, year)
    return found


@pytest.fixture(scope="module")
def panel(files):
    return ps.read_panel(files, codebook="cfps")


def test_waves_become_one_panel(panel):
    table, report = panel
    made = truth().sort_values(["year", "household"])
    assert len(table) == len(made)
    assert table["household_id"].tolist() == [str(110_001 + one) for one in made["household"]]
    assert (table["household_code"] != table["household_id"]).sum() == 3 * 400
    gone = (made["year"] == 2012).to_numpy() & (made["household"] < 5).to_numpy()
    assert table.loc[~gone, "income"].tolist() == made["income"][~gone].tolist()
    assert table.loc[gone, "income"].isna().all()
    assert set(table["urban"].dropna()) == {"rural", "urban"}
    assert table["province"].unique().tolist() == ["北京", "贵州"]
    assert table["size"].dtype == "Int64"
    assert table.attrs["step"] == 2
    assert table.attrs["design"] == {"weight": "weight", "strata": "stratum", "psu": "psu"}
    assert table.attrs["source"].status == "survey"
    assert "2010-2016" in table.attrs["source"].text
    told = report[report["action"] == "missing"]
    assert told[told["column"] == "income"]["old"].value_counts().to_dict() == {
        "不适用 (-8)": 2, "不知道 (-1)": 2, "拒绝回答 (-2)": 1,
    }  # fmt: skip
    assert told[told["column"] == "urban"]["file"].tolist() == ["2012: cfps2012famecon.dta"]
    left = report[report["reason"] == "columns_left"]  # a line for each file
    assert left["old"].tolist() == ["2", "2", "2", "2"]
    assert len(report) < 60
    assert "不知道" in report.to_string()
    assert len(ps.clean.summary(report, "zh"))


def test_from_files_to_poverty_in_two_lines(panel):
    table = panel[0]
    svy = ps.Survey(table, **table.attrs["design"], missing="drop")
    found = ps.poverty(svy, "income", line=2300, by=["year", "urban"])
    rows = truth()
    rows = rows[(rows["year"] == 2014) & (rows["urban"] == 1)]
    share = np.average(rows["income"] < 2300, weights=rows["weight"])
    tidy = found.tidy() if hasattr(found, "tidy") else found
    one = tidy[(tidy["term"] == "headcount") & (tidy["year"] == 2014) & (tidy["urban"] == "urban")]
    assert one["estimate"].item() == pytest.approx(share, abs=1e-12)
    printed = ps.base.language.printed(tidy[["urban", "estimate"]], "zh")
    assert "乡村" in printed and "城镇" in printed


def test_transitions_and_spells_have_the_step_of_the_waves(panel):
    table = panel[0]
    table = table[table["income"].notna()]
    table = table.assign(poor=table["income"] < 2300)
    spells = ps.spells(table)
    assert spells.attrs["step"] == 2
    moves = ps.transitions(table).tidy()
    assert (moves["n"] > 0).any()


def test_the_hazard_is_that_of_a_clustered_glm(panel):
    sm = pytest.importorskip("statsmodels.api")
    table = panel[0]
    table = table[table["income"].notna()]
    table = table.assign(
        poor=table["income"] < 3500, town=(table["urban"] == "urban").astype(float)
    )
    spells = ps.spells(table, covariates=["town", "psu"])
    spells = spells[spells["origin_known"]]
    fit = ps.relapse_model("town", spells, cluster="psu")
    rows = spells.loc[spells.index.repeat((spells["exit"] - spells["entry"]).astype(int))].copy()
    rows["period"] = rows["entry"] + rows.groupby(level=0).cumcount()
    rows["y"] = (rows["event"] & (rows["period"] == rows["exit"] - 1)).astype(float)
    x = pd.get_dummies(rows["period"], dtype=float).assign(town=rows["town"].astype(float))
    glm = sm.GLM(rows["y"], x, family=sm.families.Binomial(sm.families.links.CLogLog()),
                 freq_weights=None).fit(cov_type="cluster", tol=1e-14, maxiter=200,
                                        cov_kwds={"groups": pd.factorize(rows["psu"])[0]})  # fmt: skip
    assert fit.params["town"] == pytest.approx(glm.params["town"], abs=1e-6)
    assert fit.std_errors["town"] == pytest.approx(glm.bse["town"], abs=1e-6)
