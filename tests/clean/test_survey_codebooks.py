"""Codebooks of surveys, each on made-up files with the names, labels and codes of public lists."""

import re

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.clean.record.codebooks import FOLDER, load_codebook
from povstudy.sources.readers import argentina

pyreadstat = pytest.importorskip("pyreadstat")

NAMES = ("charls", "chfs", "chip", "chns", "enaho", "eph", "eu_silc", "pnadc", "unps")


def dta(path, table, labels=None, **more):
    """A file of Stata with labels of codes."""
    table = table.copy() if isinstance(table, pd.DataFrame) else pd.DataFrame(table)
    pyreadstat.write_dta(table, str(path), variable_value_labels=labels or {}, **more)
    return path


def gone(report, column):
    """What a report tells of codes of no answer in a column, and how often."""
    rows = report[(report["action"] == "missing") & (report["column"] == column)]
    return rows["old"].dropna().value_counts().to_dict()


def by_household(panel, column, year):
    rows = panel[panel["year"] == year]
    return dict(zip(rows["household_id"], rows[column], strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_codebooks_of_surveys_say_where_their_names_come_from(name):
    book = load_codebook(name)
    assert book["table"] == "panel" and book["series"] == "survey"
    assert book["title"] and book["title_zh"] and "tried on" in book["source"]
    assert book["key"][-1] == "year" and "household_id" in book["columns"]
    assert set(book["design"].values()) <= set(book["columns"])
    head = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").split("name:")[0]
    assert re.search("scripts|setup files|layout", head)  # the sources
    assert re.search("Not found|blank|Not read", head)  # and what is not there
    for rule in book["columns"].values():  # money says of what
        if "per" in str(rule.get("unit")):
            assert re.search(r"per .+ and (year|month)$", rule["unit"])


# China --------------------------------------------------------------------------------


def test_chip_reads_its_household_incomes(tmp_path):
    files = {
        2007: dta(tmp_path / "a.dta", {"name_id": ["130181001", "130181002"], "income_net": [9000.5, -1.0]}),
        2013: dta(tmp_path / "b.dta", {"hhcode": ["11010100101", "52010100101", "52010100102"],
                                       "coun": [110101, 520101, 520101], "f01_1": [45000.0, -1.0, np.nan]}),
        2018: dta(tmp_path / "c.dta", {"hhcode": ["11010100199", "52010100188"],
                                       "n3701": [80000.0, -99.0], "n4202": [-88.0, 30000.0]}),
    }  # fmt: skip
    with pytest.warns(ps.DataWarning, match="No household is in two waves"):
        panel, report = ps.read_panel(files, codebook="chip")
    assert panel["income"].fillna(-5).tolist() == [9000.5, -5, 45000, -5, -5, 80000, -5]
    assert panel["consumption"].fillna(-5).tolist() == [-5] * 6 + [30000]
    assert panel.loc[2, "household_id"] == "11010100101" and panel.loc[3, "county"] == "520101"
    assert gone(report, "income") == {"no answer (-1)": 2, "does not know (-99)": 1}
    assert gone(report, "consumption") == {"not applicable (-88)": 1}
    assert panel.attrs["design"] == {} and "step" not in panel.attrs


def test_chns_has_all_waves_in_one_file_and_its_own_code_of_chongqing(tmp_path):
    raw = pd.DataFrame({
        "hhid": [211101001.0, 551101001.0, 211101001.0, 551101001.0], "wave": [2009, 2011, 2011, 2015],
        "t1": [21, 55, 21, 55], "t2": [1, 2, 1, 2], "commid": [211101, 551101, 211101, 551101],
        "hhsize": [3, 4, 3, 5], "hhinc_cpi": [30000.0, -1500.5, np.nan, 8000.0],
        "hhincpc_cpi": [10000.0, -375.125, np.nan, 1600.0],
    })  # fmt: skip
    path = dta(tmp_path / "hhinc.dta", raw)
    panel, _ = ps.read_panel(dict.fromkeys((2009, 2011, 2015), path), codebook="chns")
    assert panel["year"].tolist() == [2009, 2011, 2011, 2015]
    assert by_household(panel, "province", 2011) == {"211101001": "辽宁", "551101001": "重庆"}
    assert panel["urban"].value_counts().to_dict() == {"urban": 2, "rural": 2}
    assert by_household(panel, "income", 2011)["551101001"] == -1500.5  # a loss is no code
    assert by_household(panel, "income_per_head", 2015) == {"551101001": 1600}
    assert by_household(panel, "village", 2009) == {"211101001": "211101"}
    merged = raw.rename(columns={"t2": "urban", "wave": "WAVE"}).assign(urban=[1, 0, 1, 0])
    other, _ = ps.read_panel(
        {2011: merged}, codebook="chns"
    )  # a table, with the mark of the survey file
    assert other["urban"].tolist() == ["rural", "urban"]


def test_chfs_follows_households_through_their_numbers(tmp_path):
    rural = {"rural": {0: "城镇", 1: "农村"}}
    files = {
        2011: dta(tmp_path / "11.dta", {"hhid": [10.0, 11.0], "prov_CHN": ["北京市", "贵州省"], "rural": [0, 1],
                                        "swgt": [900.0, 800.0]}, rural),
        2013: dta(tmp_path / "13.dta", {"hhid_2013": ["2000000001", "2000000002"], "hhid_2011": ["10", ""],
                                        "total_income": [60000.0, -9.0], "rural": [0, 1], "province": [11, 52],
                                        "swgt": [910.0, 700.0], "hhcid": [5, 6]}, rural),
        2015: dta(tmp_path / "15.dta", {"hhid": ["1", "2"], "hhid_2015": ["3000000001", "3000000002"],
                                        "hhid_2013": ["2000000001", "2000000002"], "total_income": [61000.0, 9000.0],
                                        "total_consump": [30000.0, -7.0], "rural": [0, 1], "swgt": [1.5, 2.5]}, rural),
        2017: dta(tmp_path / "17.dta", {"hhid": ["7", "8"], "hhid_2017": ["4000000001", "4000000002"],
                                        "hhid_2015": ["3000000002", ""], "total_income": [9500.0, 100.0],
                                        "total_consump": [8000.0, 90.0], "rural": [1, 0], "weight_hh": [3.0, 4.0],
                                        "prov_code": [52, 11]}, rural),
        2019: dta(tmp_path / "19.dta", {"hhid": ["9001", "9002"], "hhid_2017": ["4000000001", "4000000002"],
                                        "total_income": [9900.0, -20.0], "total_consump": [1.0, 2.0],
                                        "prov": ["贵州省", "北京市"], "rural": [1, 0], "weight_hh": [3.5, 4.5]}, rural),
    }  # fmt: skip
    panel, report = ps.read_panel(files, codebook="chfs")
    first, second = panel["household_id"][:2]
    found = {one: rows["year"].tolist() for one, rows in panel.groupby("household_id")}
    assert found[first] == [2011, 2013, 2015] and found[second] == [2011]
    assert [2013, 2015, 2017, 2019] in found.values() and [2017, 2019] in found.values()
    assert gone(report, "income") == {"no answer (-9)": 1}
    assert gone(report, "consumption") == {"no answer (-7)": 1}
    assert panel["income"].iloc[-1] == -20  # a loss, no code of the list
    assert set(panel["province"].dropna()) == {"北京", "贵州"}
    assert panel["weight"].tolist() == [900, 800, 910, 700, 1.5, 2.5, 3, 4, 3.5, 4.5]
    assert panel["urban"].tolist() == ["urban", "rural"] * 3 + ["rural", "urban"] * 2
    assert panel.attrs["step"] == 2 and panel.attrs["design"] == {"weight": "weight"}
    assert panel.loc[panel["year"] == 2011, "income"].isna().all()


def test_charls_takes_the_columns_of_each_wave_from_one_file(tmp_path):
    table = {"ID": ["010010101001", "010010101002", "520010101001"],
             "householdID": ["0100101010", "0100101010", "5200101010"], "communityID": ["0100101", "0100101", "5200101"]}  # fmt: skip
    for wave in (1, 2, 3, 4):
        table |= {f"inw{wave}": [1, 1, int(wave > 1)], f"h{wave}rural": [0, 0, 1], f"h{wave}hhres": [2.0, 2.0, 4.0],
                  f"r{wave}wtresp": [10.0 * wave, 11.0, 12.0], f"r{wave}wthh": [20.0, 20.0, 30.0],
                  f"hh{wave}itot": [1000.0 * wave, 1000.0 * wave, "m" if wave < 3 else -500.0],
                  f"hh{wave}ctot": [900.0, 900.0, 7000.0]}  # fmt: skip
    labels = {
        f"h{wave}rural": {0: "0.urban community", 1: "1.rural village"} for wave in (1, 2, 3, 4)
    }
    path = dta(
        tmp_path / "h.dta", table, labels, missing_user_values={"hh1itot": ["m"], "hh2itot": ["m"]}
    )
    panel, _ = ps.read_panel(dict.fromkeys((2011, 2013, 2015, 2018), path), codebook="charls")
    assert len(panel) == 12 and panel["person_id"].nunique() == 3
    rows = panel[panel["person_id"] == "520010101001"]
    assert rows["interviewed"].tolist() == [0, 1, 1, 1] and rows["urban"].tolist() == ["rural"] * 4
    assert rows["income"].fillna(-1).tolist() == [-1, -1, -500, -500]
    first = panel[panel["person_id"] == "010010101001"]
    assert first["income"].tolist() == [1000, 2000, 3000, 4000]
    assert first["weight"].tolist() == [10, 20, 30, 40] and first["urban"].unique().tolist() == [
        "urban"
    ]
    assert panel["village"].unique().tolist() == ["0100101", "5200101"]
    households = panel[panel["interviewed"] == 1].drop_duplicates(["household_id", "year"])
    assert len(households) == 7


# Elsewhere ----------------------------------------------------------------------------


def test_eu_silc_joins_household_file_and_register(tmp_path):
    (tmp_path / "H.csv").write_text(
        "HB010,HB020,HB030,HY020,HY020_F,HX040,HX050,HX080,HX090\n"
        "2022,AT,101,36000.50,1,3,1.8,0,20000.28\n"
        "2022,AT,102,,-1,1,1,,\n"
        "2022,ES,101,-250,1,2,1.5,1,-166.67\n", encoding="utf-8")  # fmt: skip
    (tmp_path / "D.csv").write_text(
        "DB010,DB020,DB030,DB040,DB050,DB050_F,DB060,DB090,DB100\n"
        "2022,AT,101,AT1,5,1,11,1500.25,1\n"
        "2022,AT,102,AT1,5,1,12,900,3\n"
        "2022,ES,101,ES30,,-2,7,2000,2\n"
        "2022,ES,999,ES30,,-2,7,2000,2\n", encoding="utf-8")  # fmt: skip
    panel, report = ps.read_panel(
        {2022: [tmp_path / "H.csv", tmp_path / "D.csv"]}, codebook="eu_silc"
    )
    assert panel["household_id"].tolist() == ["AT-101", "AT-102", "ES-101"]
    assert panel["income"].fillna(0).tolist() == [36000.50, 0, -250]
    assert panel["equivalised_income"].fillna(0).tolist() == [20000.28, 0, -166.67]
    assert panel["poor"].tolist()[::2] == [False, True] and panel["poor"].isna().sum() == 1
    assert panel["urban"].tolist() == ["cities", "rural", "towns"]
    assert panel["stratum"].fillna("").tolist() == ["5", "5", ""]
    assert panel["region"].tolist() == ["AT1", "AT1", "ES30"]
    assert panel.attrs["design"] == {"weight": "weight", "strata": "stratum", "psu": "psu"}
    assert (report["reason"] == "only_in_further").sum() == 1


EPH = (
    "CODUSU;NRO_HOGAR;REALIZADA;ANO4;TRIMESTRE;REGION;AGLOMERADO;PONDERA;V5;IX_TOT;ITF;IPCF;DECCFR;PONDIH\n"
    "TQRMNOPPQHKMLOCDEFMFB00804560;1;1;2017;{0};01;33;310;1;4;12000,50;3000,125;05;320\n"
    "TQRMNOPPQHKMLOCDEFMFB00804560;2;1;2017;{0};43;2;300;2;1;0;0;00;310\n"
    "TQSMNORQVHMMLRCDEIJAH00701270;1;1;2017;{0};44;31;90;9;2;-9;-9;12;0\n"
)


def test_eph_reads_quarters_with_semicolons_and_decimal_commas(tmp_path):
    files = {}
    for quarter in (1, 2):
        files[4 * 2017 + quarter] = path = tmp_path / f"usu_hogar_T{quarter}17.txt"
        path.write_text(EPH.format(quarter), encoding="utf-8")
    panel, report = ps.read_panel(files, codebook="eph")
    assert panel["year"].tolist() == [8069] * 3 + [8070] * 3 and panel.attrs["step"] == 1
    assert panel["household_id"].nunique() == 3
    assert panel["household_id"][1] == "TQRMNOPPQHKMLOCDEFMFB00804560-2"
    assert panel["income"][:3].fillna(-5).tolist() == [12000.5, 0, -5]
    assert panel["income_per_head"][:3].fillna(-5).tolist() == [3000.125, 0, -5]
    assert panel["region"][:3].tolist() == ["Gran Buenos Aires", "Pampeana", "Patagonia"]
    assert panel["income_weight"][:3].tolist() == [320, 310, 0]
    assert panel["cash_help"][:2].tolist() == [True, False] and panel["cash_help"].isna()[2]
    assert gone(report, "income") == {"no answer on income (-9)": 2}
    assert gone(report, "income_decile") == {"no answer on income (12)": 2}
    assert not (report["action"] == "refused").any()


def test_a_comma_is_a_decimal_point_only_where_the_codebook_says_so():
    raw = pd.DataFrame({"id": ["a", "b", "c"], "income": ["250,500", "12,5", "-0,25"]})
    book = {"table": "panel", "columns": {"household_id": {"from": "id", "read": "household_id"},
                                          "income": {"from": "income", "read": "number"}}}  # fmt: skip
    panel, _ = ps.read_panel({2020: raw}, book | {"decimal": ","})
    assert panel["income"].tolist() == [250.5, 12.5, -0.25]
    panel, report = ps.read_panel({2020: raw}, book)
    assert panel["income"].tolist()[:1] == [250500] and panel["income"].isna().sum() == 2
    assert (report["action"] == "refused").sum() == 2
    mixed = raw.assign(income=["250,500", "12.5", "etwa 3"])
    panel, report = ps.read_panel({2020: mixed}, book | {"decimal": ","})
    assert panel["income"].tolist()[:2] == [250.5, 12.5] and panel["income"].isna()[2]
    with pytest.raises(ps.DataError, match="mark before decimals") as caught:
        ps.read_panel({2020: raw}, book | {"decimal": "comma"})
    assert caught.value.remedy == 'decimal: ","'


def test_eph_reads_the_quarters_as_they_were_published(survey_files):
    files = {}
    for path in (survey_files / "argentina_eph").glob("Hog_t*.txt"):
        quarter, year = re.fullmatch(r"Hog_t(\d)(\d\d)\.txt", path.name).groups()
        files[4 * (2000 + int(year)) + int(quarter)] = path
    assert sorted(files) == list(range(4 * 2003 + 3, 4 * 2006 + 5))  # 14 quarters
    some = {wave: files[wave] for wave in (8015, 8016)}
    panel, report = ps.read_panel(some, codebook="eph")
    told = pd.concat([argentina(path).assign(wave=wave) for wave, path in some.items()])
    assert len(panel) == len(told)
    assert panel["income"].to_numpy() == pytest.approx(told["ITF"].to_numpy(float))
    assert panel["income_per_head"].sum() == pytest.approx(told["IPCF"].sum())
    assert panel["weight"].sum() == told["PONDERA"].sum()
    assert panel["size"].tolist() == told["IX_TOT"].tolist()
    key = told["CODUSU"].astype(str) + "-" + told["NRO_HOGAR"].astype(str)
    assert panel["household_id"].tolist() == key.tolist()
    assert set(panel["region"]) == {
        "Gran Buenos Aires",
        "Noroeste",
        "Nordeste",
        "Cuyo",
        "Pampeana",
        "Patagonia",
    }
    assert not (report["action"] == "refused").any()
    svy = ps.Survey(panel, **panel.attrs["design"])
    share = ps.poverty(svy, "income_per_head", line=150, by="year").tidy()
    rows = told[told["wave"] == 8015]
    one = share[(share["term"] == "headcount") & (share["year"] == 8015)]["estimate"].item()
    assert one == pytest.approx(np.average(rows["IPCF"] < 150, weights=rows["PONDERA"]), abs=1e-12)


def test_enaho_reads_the_summary_of_a_year(tmp_path):
    table = {
        "aÑo": ["2022"] * 4, "conglome": ["005001", "005001", "005002", "005003"],
        "vivienda": ["008", "008", "010", "011"], "hogar": ["11", "22", "11", "11"],
        "ubigeo": ["010101", "010101", "150101", "250101"], "dominio": [4, 4, 8, 7], "estrato": [4, 4, 1, 7],
        "factor07": [120.5, 120.5, 300.0, 80.0], "mieperho": [4, 1, 3, 5], "inghog1d": [30000.0, 9000.0, 60000.0, 4000.0],
        "inghog2d": [28000.0, 9000.0, 50000.0, 4000.0], "gashog2d": [24000.0, 6000.0, 40000.0, 9000.0],
        "linea": [415.0, 415.0, 460.0, 300.0], "linpe": [220.0, 220.0, 240.0, 190.0], "pobreza": [3, 3, 3, 1],
    }  # fmt: skip
    labels = {"pobreza": {1: "pobre extremo", 2: "pobre no extremo", 3: "no pobre"},
              "estrato": {1: "de 500 000 a más habitantes", 4: "de 20 000 a 49 999 habitantes",
                          7: "área de empadronamiento rural - aer compuesto"}}  # fmt: skip
    path = dta(tmp_path / "sumaria-2022.dta", table, labels)
    panel, report = ps.read_panel({2022: path}, codebook="enaho")
    assert panel["household_id"].tolist() == [
        "005001-008-11",
        "005001-008-22",
        "005002-010-11",
        "005003-011-11",
    ]
    assert panel["county"].tolist() == table["ubigeo"]
    assert panel["urban"].tolist() == ["urban"] * 3 + ["rural"]
    assert panel["poverty"].tolist() == ["not_poor"] * 3 + ["extreme"]
    assert (
        panel["income"].tolist() == table["inghog1d"]
        and panel["net_income"].tolist() == table["inghog2d"]
    )
    poor = panel["consumption"] / (12 * panel["size"]) < panel["line"]
    assert (poor == (panel["poverty"] != "not_poor")).all()
    assert panel.attrs["design"] == {"weight": "weight", "strata": "stratum", "psu": "psu"}
    assert panel["psu"].nunique() == 3 and panel["stratum"].nunique() == 3
    svy = ps.Survey(panel.assign(head=panel["consumption"] / panel["size"] / 12), weight="weight")
    found = ps.poverty(svy, "head", line=300, by="urban")
    printed = ps.base.language.printed(found.tidy()[["urban", "estimate"]], "zh")
    assert "乡村" in printed and "城镇" in printed
    assert not (report["action"] == "refused").any()


def test_pnadc_has_a_row_for_each_person(tmp_path):
    table = pd.DataFrame({
        "Ano": 2022, "Trimestre": 1, "UF": [11, 11, 53], "Estrato": [1110011, 1110011, 5310010],
        "UPA": [110000016, 110000016, 530000001], "V1008": [1, 1, 12], "V1014": [5, 5, 6], "V1022": [1, 1, 2],
        "V2003": [1, 2, 1], "V1032": [250.5, 251.5, 400.25], "VD2003": [2, 2, 1],
        "VD5007": [3000.0, 3000.0, np.nan], "VD5008": [1500.0, 1500.0, np.nan], "V5002A2": [np.nan, 600.0, np.nan],
    })  # fmt: skip
    table.to_parquet(tmp_path / "pnadc.parquet")
    table.to_csv(tmp_path / "pnadc.csv", index=False)
    panel, _ = ps.read_panel({2022: tmp_path / "pnadc.parquet"}, codebook="pnadc")
    assert panel["household_id"].tolist() == ["110000016-1-5"] * 2 + ["530000001-12-6"]
    assert panel["person_id"].tolist() == ["1", "2", "1"]
    assert panel["income"].fillna(0).tolist() == [3000, 3000, 0]
    assert panel["family_benefit"].fillna(0).tolist() == [0, 600, 0]
    assert panel["weight"].tolist() == [250.5, 251.5, 400.25]
    assert panel["urban"].tolist() == ["urban", "urban", "rural"] and panel["state"].tolist() == [
        "11",
        "11",
        "53",
    ]
    assert panel.attrs["design"] == {"weight": "weight", "strata": "stratum", "psu": "psu"}
    again, _ = ps.read_panel({2022: tmp_path / "pnadc.csv"}, codebook="pnadc")
    pd.testing.assert_frame_equal(panel, again)
    quarter = table.drop(columns=["VD5007", "VD5008", "V1032"]).assign(V1028=[1.0, 2.0, 3.0])
    short, told = ps.read_panel({2022: quarter}, codebook="pnadc")
    assert short["weight"].tolist() == [1, 2, 3] and "income" not in short.dropna(axis=1, how="all")
    assert set(told[told["reason"] == "not_in_file"]["column"]) >= {"income", "income_per_head"}


@pytest.mark.filterwarnings("ignore:No file .* weight")
def test_unps_follows_households_up_to_the_fourth_wave(tmp_path):
    region = {"region": {1: "Central", 2: "Eastern", 3: "Northern", 4: "Western"}}
    ids = ["1013000201", "1013000202"]
    files = {
        2009: dta(tmp_path / "pov2009_10.dta", {"hhid": ids, "region": [1, 4], "urban": [1, 0], "hsize": [4, 6],
                  "equiv": [3.1, 4.5], "cpexp30": [200000.0, 90000.0], "welfare": [64516.1, 20000.0]}, region),
        2010: dta(tmp_path / "pov2010_11.dta", {"hh": [1013000201.0, 1013000202.0], "region": [1, 4], "poor10": [0, 1],
                  "cpexp30": [210000.0, 80000.0], "spline": [46233.65, 46233.65]}, region),
        2011: dta(tmp_path / "2011-12.dta", {"HHID": ids, "poor": [0, 1], "equiv": [3.1, 4.5],
                  "cpexp30": [220000.0, 85000.0], "welfare": [70967.7, 18888.9]}),
        2013: dta(tmp_path / "2013-14.dta", {"HHID": ["H00101-04-01", "H00102-04-01", "H00903-04-01"],
                  "HHID_old": [1013000201.0, 1013000202.0, np.nan], "region": [1, 4, 2], "urban": [1, 0, 0], "ea": [1, 2, 3],
                  "district_code": [101, 412, 203], "wgt_X": [800.5, 700.0, 650.0], "hsize": [5, 6, 2],
                  "poor_13": [0, 1, 0], "nrrexp30": [4e5, 2e5, 3e5], "cpexp30": [230000.0, 88000.0, 120000.0]},
                  region | {"urban": {0: "Rural", 1: "Urban"}}),
    }  # fmt: skip
    panel, _ = ps.read_panel(files, codebook="unps")
    years = {one: rows["year"].tolist() for one, rows in panel.groupby("household_id")}
    assert years == {
        ids[0]: [2009, 2010, 2011, 2013],
        ids[1]: [2009, 2010, 2011, 2013],
        "H00903-04-01": [2013],
    }
    assert by_household(panel, "consumption", 2013) == {
        ids[0]: 230000,
        ids[1]: 88000,
        "H00903-04-01": 120000,
    }
    assert by_household(panel, "poor", 2010) == {ids[0]: False, ids[1]: True}
    assert by_household(panel, "poor", 2013) == {ids[0]: False, ids[1]: True, "H00903-04-01": False}
    assert by_household(panel, "region", 2009) == {ids[0]: "Central", ids[1]: "Western"}
    assert by_household(panel, "urban", 2013) == {
        ids[0]: "urban",
        ids[1]: "rural",
        "H00903-04-01": "rural",
    }
    assert panel.attrs["design"] == {"weight": "weight"} and "step" not in panel.attrs
    last = tmp_path / "pov2019_20.csv"
    last.write_text("hhid,region,urban,hsize,equiv,nrrexp30,cpexp30,welfare,spline,poor_2020\n"
                    "00c9353d8ebe42faabf5919b81d7fae7,3,0,7,5.2,400000,250000,48076.9,46233.65,0\n",
                    encoding="utf-8")  # fmt: skip
    late, report = ps.read_panel({2019: last}, codebook="unps")
    assert late["household_id"].item() == "00c9353d8ebe42faabf5919b81d7fae7"
    assert late["welfare"].item() == 48076.9 and late["poor"].tolist() == [False]
    assert not (report["action"] == "refused").any()


# Odd but real habits -------------------------------------------------------------------


def test_a_file_of_another_year_is_refused(tmp_path):
    (tmp_path / "H.csv").write_text("HB010,HB020,HB030,HY020\n2022,AT,1,9\n", encoding="utf-8")
    (tmp_path / "D.csv").write_text("DB010,DB020,DB030,DB090\n2021,AT,1,9\n", encoding="utf-8")
    for year, told in ((2021, "H.csv"), (2022, "D.csv")):
        with pytest.raises(ps.DataError, match=f"no rows of {year}") as caught:
            ps.read_panel({year: [tmp_path / "H.csv", tmp_path / "D.csv"]}, codebook="eu_silc")
        assert told in caught.value.where


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_enaho_reads_text_with_the_old_signs_of_spain(tmp_path, encoding):
    path = tmp_path / "sumaria.csv"
    path.write_text("AÑO,CONGLOME,VIVIENDA,HOGAR,FACTOR07,INGHOG1D\n2022,005001,008,11,120.5,30000\n"
                    "2021,005001,008,12,120.5,30000\n", encoding=encoding)  # fmt: skip
    panel, _ = ps.read_panel({2022: path}, codebook="enaho")
    assert panel["household_id"].tolist() == ["005001-008-11"]


def test_text_of_fixed_width_has_to_be_converted_first(tmp_path):
    path = tmp_path / "PNADC_2022_visita1.txt"
    path.write_text("20221110000016000000011110011 1 2 00250.5\n" * 9, encoding="utf-8")
    with pytest.raises(ps.DataError, match="fixed width") as caught:
        ps.read_panel({2022: path}, codebook="pnadc")
    assert "pd.read_fwf" in caught.value.remedy and "2022111" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:No file has the weight")
def test_charls_as_text_has_labels_and_ids_with_noughts(tmp_path):
    (tmp_path / "h.csv").write_text(
        "ID,householdID,inw1,h1rural,hh1itot\n010010101001,0100101010,1,0.Urban Community,12.5\n"
        "010010101002,0100101011,1,1.Rural Village,.m\n", encoding="utf-8")  # fmt: skip
    panel, _ = ps.read_panel({2011: tmp_path / "h.csv"}, codebook="charls")
    assert panel["household_id"].tolist() == ["0100101010", "0100101011"]
    assert panel["urban"].tolist() == ["urban", "rural"]
    assert panel["income"].fillna(-1).tolist() == [12.5, -1]
    odd = pd.DataFrame(
        {
            "ID": range(5),
            "householdID": range(5),
            "h1rural": [1e20, "1.5", "1.e+20", "1.", "2.Town"],
        }
    )
    panel, report = ps.read_panel({2011: odd}, codebook="charls")
    assert panel["urban"].isna().all() and (report["reason"] == "unknown_word").sum() == 5


def test_eph_with_blanks_behind_and_codes_with_decimals(tmp_path):
    path = tmp_path / "usu_hogar.txt"
    path.write_text("CODUSU;NRO_HOGAR;REGION;PONDERA;V5;IX_TOT;ITF;DECCFR\nTQR1   ;1;01 ;310 ;1 ;4; 12000,50 ;05 \n"
                    "TQR2   ;1;1;310;9;2;-9,0;12\n\n", encoding="utf-8")  # fmt: skip
    panel, report = ps.read_panel({8069: path}, codebook="eph")
    assert panel["household_id"].tolist() == ["TQR1-1", "TQR2-1"]
    assert panel["income"].fillna(-1).tolist() == [12000.5, -1]
    assert panel["region"].tolist() == ["Gran Buenos Aires"] * 2
    assert gone(report, "income") == {"no answer on income (-9,0)": 1}
    assert not (report["action"] == "refused").any()
