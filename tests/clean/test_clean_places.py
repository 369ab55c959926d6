"""Places: every province by every spelling, codes as files give them, codes over the years."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import povstudy as ps
from povstudy.clean import CellError, adcode, adcode_at, province
from povstudy.clean.cell import places

ENGLISH = {
    "11": "Beijing", "12": "Tianjin", "13": "Hebei", "14": "Shanxi", "15": "Inner Mongolia",
    "21": "Liaoning", "22": "Jilin", "23": "Heilongjiang", "31": "Shanghai", "32": "Jiangsu",
    "33": "Zhejiang", "34": "Anhui", "35": "Fujian", "36": "Jiangxi", "37": "Shandong",
    "41": "Henan", "42": "Hubei", "43": "Hunan", "44": "Guangdong", "45": "Guangxi",
    "46": "Hainan", "50": "Chongqing", "51": "Sichuan", "52": "Guizhou", "53": "Yunnan",
    "54": "Tibet", "61": "Shaanxi", "62": "Gansu", "63": "Qinghai", "64": "Ningxia",
    "65": "Xinjiang", "71": "Taiwan", "81": "Hong Kong", "82": "Macao",
}  # fmt: skip
ABBREVIATIONS = dict(
    zip(
        "京津冀晋蒙辽吉黑沪申苏浙皖闽赣鲁豫鄂湘粤桂琼渝川蜀贵黔云滇藏陕秦甘陇青宁新台港澳",
        [
            "11",
            "12",
            "13",
            "14",
            "15",
            "21",
            "22",
            "23",
            "31",
            "31",
            "32",
            "33",
            "34",
            "35",
            "36",
            "37",
            "41",
            "42",
            "43",
            "44",
            "45",
            "46",
            "50",
            "51",
            "51",
            "52",
            "52",
            "53",
            "53",
            "54",
            "61",
            "61",
            "62",
            "62",
            "63",
            "64",
            "65",
            "71",
            "81",
            "82",
        ],
        strict=True,
    )
)
LISTED = ps.load("place_codes")
CHANGES = ps.load("place_code_changes")


def listed(year):
    rows = LISTED[(LISTED["first_year"] <= year) & (LISTED["last_year"] >= year)]
    return dict(zip(rows["code"], rows["name"], strict=True))


def refused(code, read, *cell):
    with pytest.raises(CellError) as told:
        read(*cell)
    assert told.value.code == code
    assert told.value.remedy
    return told.value


@pytest.mark.parametrize(
    ("cell", "code", "zh", "en"),
    [
        ("内 蒙 古", "150000", "内蒙古", "Inner Mongolia"),
        ("内蒙古自治区", "150000", "内蒙古", "Inner Mongolia"),
        ("Xizang", "540000", "西藏", "Tibet"),
        ("Shaanxi", "610000", "陕西", "Shaanxi"),
        ("Shanxi", "140000", "山西", "Shanxi"),
        ("新疆生产建设兵团", None, "新疆兵团", "XPCC"),
        ("广  西", "450000", "广西", "Guangxi"),
    ],
)
def test_cases_of_provinces(cell, code, zh, en):
    place = province(cell)
    assert (place.adcode, place.zh, place.en) == (code, zh, en)


@pytest.mark.parametrize("prefix", ENGLISH)
def test_every_province_by_every_usual_spelling(prefix):
    code, english = f"{prefix}0000", ENGLISH[prefix]
    place = province(english)
    assert (place.adcode, place.en, place.level) == (code, english, "province")
    # The full names are checked against the Ministry's list.
    assert place.name == listed(2024)[code]
    assert place.name.startswith(place.zh)
    spellings = [
        place.zh, place.name, "\u3000".join(place.zh), f" {place.zh}\n", " ".join(place.name),
        f"{place.zh} {english}", f"{place.name}\n{english}", f"{english}/{place.zh}",
        f"{place.zh}（{english}）", english.upper(), english.lower(), english.replace(" ", "-"),
        f"{english} Province", f"{english} Municipality", f"{english} City",
        f"{english}, China", f"{english} Province of China", f"{prefix} {place.zh}",
        prefix, code, int(prefix), float(prefix), int(code), float(code), np.int64(code),
        f"{prefix}.0", f"{code}.0", f"{place.zh}①", f"{place.zh}[1]",
    ]  # fmt: skip
    for spelling in spellings:
        assert province(spelling) == place, spelling


@pytest.mark.parametrize(
    ("cell", "prefix"),
    [
        ("Nei Mongol", "15"), ("Neimenggu", "15"), ("Nei Mongol Autonomous Region", "15"),
        ("Inner Mongolia (Nei Mongol)", "15"), ("内蒙", "15"), ("內蒙古自治區", "15"),
        ("Guangxi Zhuang AR", "45"), ("Guangxi Zhuang Autonomous Region", "45"),
        ("广西自治区", "45"), ("廣西", "45"), ("Ningxia Hui Autonomous Region", "64"),
        ("Xinjiang Uygur Autonomous Region", "65"), ("Xinjiang Uyghur AR", "65"),
        ("Xizang (Tibet)", "54"), ("Tibet AR", "54"), ("Xizang Autonomous Region", "54"), ("Macau", "82"), ("Hong Kong SAR, China", "81"),
        ("Hongkong", "81"), ("Taiwan, China", "71"), ("臺灣", "71"), ("Beijing Shi", "11"),
        *ABBREVIATIONS.items(),
    ],
)  # fmt: skip
def test_other_spellings(cell, prefix):
    assert province(cell).adcode == f"{prefix}0000"


def test_no_two_places_share_a_spelling():
    # Making the table of spellings refuses a spelling of two places.
    found = set(places._spellings().values())
    assert {one.adcode for one in found if one.level == "province"} == {
        f"{prefix}0000" for prefix in ENGLISH
    }
    assert len(found) == len({one.zh for one in found}) == len({one.en for one in found}) == 40


@pytest.mark.parametrize(
    ("cells", "level", "zh"),
    [
        (["全国", "合 计", "总计", "National total", "Total", "China", "全国 National"],
         "national", "全国"),
        (["东部", "东部地区", "东　部", "East", "Eastern region", "Eastern China"], "area", "东部"),
        (["中部", "中部地区", "Central Region"], "area", "中部"),
        (["西部", "西部地区", "Western", "West 西部"], "area", "西部"),
        (["东北", "东北地区", "Northeast", "North-east China"], "area", "东北"),
        (["新疆兵团", "兵团", "XPCC", "Xinjiang Production and Construction Corps"],
         "unit", "新疆兵团"),
    ],
)  # fmt: skip
def test_totals_areas_and_the_corps_are_no_provinces(cells, level, zh):
    for cell in cells:
        place = province(cell)
        assert (place.adcode, place.level, place.zh) == (None, level, zh)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *((one, "blank") for one in ("", "\u3000", "—", "...", None, float("nan"), pd.NA, "***")),
        *((one, "unknown_place") for one in (
            "贵洲", "Shannxi", "察哈尔", "铜仁市", "云市", "北京地区", "Beijing area", "北京天津",
            "广西省", "99", "-52", 52.5, 1e20, 520500, "520527", True, "Total province", "小计",
        )),
        *((one, "ambiguous_place") for one in "西江南河湖山广海东"),
        *((one, "contradictory_place") for one in (
            "山西 Shaanxi", "北京、天津", "51 贵州", "陕西（山西）",
        )),
        ("热河省", "old_name"), ("西康", "old_name"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_refused(cell, code):
    refused(code, province, cell)


@pytest.mark.parametrize("cell", ["贵洲", "Guizho", "山西 Shaanxi", "热河", "西", "520527", "xyz"])
def test_remedies_can_be_pasted(cell):
    with pytest.raises(CellError) as told:
        province(cell)
    for line in told.value.remedy.split(" or "):
        assert eval(line, {"ps": ps}).level == "province"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("520527.0", "520527"), ("52", "520000"), (520527, "520527"), (520527.0, "520527"),
        (52, "520000"), (52.0, "520000"), ("5205", "520500"), ("５２０５２７", "520527"),
        ("520527103000", "520527"), (520527103000.0, "520527"), ("520527103", "520527"),
        ("5.20527E+05", "520527"), ("5.205270e5", "520527"), ("'520527", "520527"),
        (" 520527\n", "520527"), (np.int32(520527), "520527"),
    ],
)  # fmt: skip
def test_codes_as_files_give_them(cell, expected):
    assert adcode(cell) == expected


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "blank"), (None, "blank"), ("—", "blank"), ("贵州", "corrupt_code"),
        ("12345", "corrupt_code"), ("52 05", "corrupt_code"), ("520527.5", "corrupt_code"),
        ("٥٢٠٥٢٧", "corrupt_code"), (True, "corrupt_code"), (float("inf"), "corrupt_code"),
        ("-52", "corrupt_code"), ("5.205275E+05", "corrupt_code"), ("990000", "unknown_code"),
        ("5.2E+05", "precision_lost"), ("5.20527E+11", "precision_lost"),
        ("5E99", "precision_lost"),
    ],
)  # fmt: skip
def test_codes_that_are_refused(cell, code):
    refused(code, adcode, cell)


def test_the_number_of_a_person_is_not_shown():
    assert "520527199" not in str(refused("corrupt_code", adcode, "520527199001011234"))
    assert "520527199" not in str(refused("unknown_place", province, "520527199001011234"))


@given(st.text() | st.text("北京西部全国兵团 贵州市省XPCchina0123456789.,/()（）-\u3000eE+"))
@example("a" * 500)
@example("5205")
def test_no_text_raises_anything_else(text):
    try:
        assert province(text) in places._spellings().values()
    except CellError as error:
        assert error.remedy
    try:
        code = adcode(text)
        assert len(code) == 6
        assert code[:2] in ENGLISH
    except CellError as error:
        assert error.remedy


# Prefectures whose codes changed, with the year whose list first shows it.
PREFECTURES = [
    ("522200", "520600", 2011), ("522400", "520500", 2011), ("632100", "630200", 2013),
    ("542300", "540200", 2014), ("542100", "540300", 2014), ("542600", "540400", 2015),
    ("652100", "650400", 2015), ("542200", "540500", 2016), ("652200", "650500", 2016),
    ("542400", "540600", 2017),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "year"), PREFECTURES)
def test_prefectures_forward_and_back(old, new, year):
    assert adcode_at(old, year - 1, year) == adcode_at(old, 2010, 2024) == new
    assert adcode_at(new, year, year - 1) == adcode_at(new, 2024, 2010) == old
    assert adcode_at(old, 2010, year - 1) == old
    refused("unknown_code", adcode_at, old, year, 2024)
    refused("unknown_code", adcode_at, new, year - 1, 2024)


@pytest.mark.parametrize(
    ("code", "year", "to", "expected"),
    [
        ("542300", 2013, 2020, "540200"),
        ("522423", 2010, 2011, "520522"),
        ("520522.0", 2011, 2011, "520522"),
        # 黔西县: to Bijie city in 2011, a city itself in 2021.
        ("522423", 2010, 2024, "520581"),
        ("520581", 2024, 2010, "522423"),
        # 平安县: to Haidong city in 2013, a district in 2015.
        ("632121", 2012, 2015, "630203"),
        ("630203", 2020, 2010, "632121"),
        # 错那县: to Shannan city in 2016, a city in 2023.
        ("542232", 2014, 2023, "540581"),
        # 毕节市, the county, is 七星关区; it is not 毕节市, the prefecture.
        ("522401", 2010, 2012, "520502"),
        ("542301", 2013, 2020, "540202"),
        # Laiwu went into Jinan: the districts one to one, the prefecture by merger.
        ("371202", 2014, 2020, "370116"),
        ("370117", 2018, 2017, "371203"),
        ("371200", 2017, 2018, "370100"),
        # A code given to another place: 万盛区 is now in 綦江区, under the code of 万盛区.
        ("500222", 2010, 2020, "500110"),
        ("320803", 2010, 2020, "320803"),
        ("520000", 2010, 2024, "520000"),
        (np.int64(520527), np.int64(2014), 2010, "522428"),
    ],
)
def test_codes_over_the_years(code, year, to, expected):
    assert adcode_at(code, year, to) == expected


@pytest.mark.parametrize(
    ("code", "year", "to"),
    [
        ("522201", 2010, 2012),  # 铜仁市 became 碧江区 and a part of 万山区
        ("520603", 2012, 2010),  # 万山区 is 万山特区 and that part
        ("542430", 2011, 2020),  # 双湖县 was taken out of 尼玛县
        ("542431", 2012, 2011),
        ("520221", 2019, 2020),  # 水城县 gave townships to 钟山区
        ("341400", 2010, 2011),  # the prefecture of Chaohu was divided among three
        ("370100", 2020, 2014),  # Jinan with Laiwu is not Jinan without
        ("310106", 2020, 2014),
        ("500110", 2011, 2010),
    ],
)
def test_what_is_not_one_to_one_is_refused_and_names_the_parts(code, year, to):
    told = refused("not_one_to_one", adcode_at, code, year, to)
    for line in told.remedy.removeprefix("choose one, and say so: ").split(" or "):
        assert eval(line, {"ps": ps}) in listed(to)


def test_a_merger_is_followed_forward_only():
    assert adcode_at("310108", 2014, 2015) == "310106"
    assert adcode_at("310106", 2014, 2015) == "310106"
    refused("not_one_to_one", adcode_at, "310106", 2015, 2014)


def test_what_no_source_tells_is_refused():
    refused("unsourced_change", adcode_at, "659006", 2020, 2010)


@pytest.mark.parametrize(
    ("year", "to"), [(2009, 2020), (2010, 2025), ("2013", 2014), (2012.5, 2014)]
)
def test_years_beyond_the_lists(year, to):
    assert "2010 to 2024" in str(refused("year_not_covered", adcode_at, "520000", year, to))


def test_codes_that_were_never_listed():
    refused("unknown_code", adcode_at, "520599", 2012, 2013)
    told = refused("unknown_code", adcode_at, "540200", 2013, 2020)
    assert eval(told.remedy, {"ps": ps}) == "540200"


@pytest.mark.parametrize("year", range(2011, 2025))
def test_every_change_of_the_lists_is_recorded_and_nothing_else(year):
    old, new = listed(year - 1), listed(year)
    rows = CHANGES[CHANGES["year"] == year]
    assert set(old) - set(new) <= set(rows["old_code"])
    assert set(new) - set(old) <= set(rows["new_code"])
    for row in rows.itertuples():
        assert new[row.new_code] == row.new_name
        assert row.kind == "new" or old[row.old_code] == row.old_name
        # Nobody crosses a border of provinces.
        assert row.kind == "new" or row.old_code[:2] == row.new_code[:2]
        if row.kind == "recoded":
            assert row.old_name == row.new_name
        if row.kind in ("recoded", "renamed_and_recoded"):
            assert adcode_at(row.old_code, year - 1, year) == row.new_code
            assert adcode_at(row.new_code, year, year - 1) == row.old_code
        elif row.kind != "new":
            refused("not_one_to_one", adcode_at, row.new_code, year, year - 1)


def test_every_code_leads_to_a_listed_code_or_is_refused():
    last, reached = listed(2024), 0
    for code in listed(2010):
        try:
            assert adcode_at(code, 2010, 2024) in last
            reached += 1
        except CellError as error:
            assert error.code == "not_one_to_one"
    assert reached / len(listed(2010)) > 0.97


def test_lists_are_whole():
    # As counted in the China Statistical Yearbooks 2015 and 2021, table 1-1.
    for year, counties, prefectures in ((2014, 2854, 333), (2020, 2844, 333)):
        codes = pd.Series([one for one in listed(year) if one[:2] not in ("71", "81", "82")])
        assert codes.str.endswith("0000").sum() == 31
        inner = codes[~codes.str.endswith("0000")]
        assert inner.str.endswith("00").sum() == prefectures
        assert (~inner.str.endswith("00")).sum() == counties


def test_history_is_read_once():
    assert places._history() is places._history()
