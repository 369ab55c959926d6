"""Official tables: pages as yearbooks print them are read exactly, and the report tells all."""

import csv
import re
import string

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps
from povstudy.base.errors import DataError
from povstudy.clean import flatten_header, read_table

# ---- how pages are written down here ------------------------------------------------------
# A row a line, cells apart by |, ~ a line break in a cell; < belongs to the merged cell on its
# left, ^ to the one above. A file of text has blanks there.


def grid_of(page):
    rows = [[cell.replace("~", "\n") for cell in row.split("|")] for row in page.split("\n")]
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]


def write_csv(path, rows, encoding="utf-8-sig"):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([["" if c in ("<", "^") else c for c in row] for row in rows])
    return path


def write_xlsx(path, rows, as_text=False):
    book = openpyxl.Workbook()
    sheet = book.active
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if cell in ("", "<", "^"):
                continue
            plain = re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", cell, re.ASCII)
            sheet.cell(i + 1, j + 1, float(cell) if plain and not as_text else cell)
            down, right = i, j
            while right + 1 < len(row) and row[right + 1] == "<":
                right += 1
            while down + 1 < len(rows) and rows[down + 1][j] == "^":
                down += 1
            if (down, right) != (i, j):
                sheet.merge_cells(start_row=i + 1, end_row=down + 1, start_column=j + 1,
                                  end_column=right + 1)  # fmt: skip
    book.save(path)
    return path


def written(folder, page, kind):
    rows = grid_of(page.strip("\n"))
    write = write_xlsx if kind == "xlsx" else write_csv
    return write(folder / f"page.{kind}", rows)


def shown(table):
    """The table as text: heads, then rows; a missing cell is blank."""
    lines = ["|".join(table.columns)]
    for row in table.itertuples(index=False):
        lines.append("|".join("" if pd.isna(one) else f"{one:.12g}" if isinstance(one, float)
                              else str(one) for one in row))  # fmt: skip
    return "\n".join(lines)


def told(report, dropped=False):
    """The report in short: row, column, reason of cells, or row and reason of dropped rows."""
    part = report[(report["action"] == "dropped") == dropped]
    names = ["row", "reason"] if dropped else ["row", "column", "reason"]
    return "; ".join(" ".join(map(str, one)) for one in part[names].itertuples(index=False))


# Each case: page, table, dropped rows, changed cells, attrs that matter.
CASES = {}


def case(name, page, table, dropped, cells="", units=None, csv_cells=None, **attrs):
    CASES[name] = (page, table.strip("\n"), dropped, cells, csv_cells, attrs | (
        {} if units is None else {"units": units}))  # fmt: skip


case(
    "three levels of heads in two languages, years down, notes in several rows",
    """
表1-1 全国农村贫困状况|<|<|<|<
Rural Poverty in China|<|<|<|<
年份~Year|2008年标准|<|2010年标准|<
^|贫困人口~(万人)~Poverty Population~(10 000 persons)|贫困发生率~(%)~Poverty Headcount Rate~(%)|贫困人口~(万人)~Poverty Population~(10 000 persons)|贫困发生率~(%)~Poverty Headcount Rate~(%)
1978|||77039|97.5
1979||||
2000|9422|10.2|46224|49.8
2010①|2688|2.8|16567|17.2
注：1.1978年标准：1978-1999年称为农村贫困标准。|<|<|<|<
2.2010年标准即现行农村贫困标准。|<|<|<|<
①当年有两个标准。|<|<|<|<
资料来源：国家统计局|<|<|<|<
""",
    """
year|poor_pop_10k__2008|incidence_pct__2008|poor_pop_10k__2010|incidence_pct__2010
1978|||77039|97.5
1979||||
2000|9422|10.2|46224|49.8
2010|2688|2.8|16567|17.2
""",
    "1 title; 2 title; 3 header; 4 header; 9 note; 10 note; 11 note; 12 source",
    "8 year footnote",
    title="表1-1 全国农村贫困状况 Rural Poverty in China",
    notes=["注:1.1978年标准:1978-1999年称为农村贫困标准。", "2.2010年标准即现行农村贫困标准。",
           "①当年有两个标准。"],
    source_text="资料来源:国家统计局",
)  # fmt: skip
case(
    "the unit at the right of the title",
    "各地区农村贫困人口|||单位：万人\n地区|2013年|2014年|2015年\n全　国|8249|7017|5575\n"
    "内 蒙 古|114|98|76",
    "region|adcode|level|2013|2014|2015\n全国||national|8249|7017|5575\n"
    "内蒙古|150000|province|114|98|76",
    "1 title; 2 header",
    "3 region blanks; 4 region blanks",
    {"2013": "万人", "2014": "万人", "2015": "万人"},
    title="各地区农村贫困人口",
)
case(
    "the unit in the corner",
    "单位：万人|2013年|2014年\n全国|8249|7017\n贵州|745|623",
    "region|adcode|level|2013|2014\n全国||national|8249|7017\n贵州|520000|province|745|623",
    "1 header",
    units={"2013": "万人", "2014": "万人"},
)
case(
    "the unit at the end of the title",
    "2014年贫困人口（万人）\n地区|农村\n贵州|623",
    "region|adcode|level|农村_10k\n贵州|520000|province|623",
    "1 title; 2 header",
    units={"农村_10k": "万人"},
)
case(
    "several units stated once: each measure gets its own, or none",
    "贫困状况\n单位：万人、%\n地区|贫困人口|贫困发生率|其他\n贵州|623|18.0|1",
    "region|adcode|level|poor_pop_10k|incidence_pct|其他\n贵州|520000|province|623|18|1",
    "1 title; 2 unit_row; 3 header",
    "2 其他 ambiguous_unit",
    {"poor_pop_10k": "万人", "incidence_pct": "%", "其他": ""},
)
case(
    "a stated unit that a measure cannot have",
    "||单位：万人\n地区|贫困人口|贫困发生率\n贵州|623|18.0",
    "region|adcode|level|poor_pop_10k|incidence\n贵州|520000|province|623|18",
    "1 unit_row; 2 header",
    "1 incidence ambiguous_unit",
    {"poor_pop_10k": "万人", "incidence": ""},
)
UNIT_ROWS = """地区|2013年|<|2014年|<
^|贫困人口|贫困发生率|贫困人口|贫困发生率
单位|（万人）|（%）|（万人）|（%）
"""
case(
    "a row of units under the head, repeated on the next page",
    f"状况\n{UNIT_ROWS}全国|8249|8.5|7017|7.2\n续表1\n{UNIT_ROWS}贵州|745|21.3|623|18.0",
    "region|adcode|level|poor_pop_10k__2013|incidence_pct__2013|poor_pop_10k__2014|"
    "incidence_pct__2014\n全国||national|8249|8.5|7017|7.2\n"
    "贵州|520000|province|745|21.3|623|18",
    "1 title; 2 header; 3 header; 4 header; 6 continued; 7 continued; 8 continued; 9 continued",
)
case(
    "measures over years, marks, blank provinces, a label that is no place",
    """
地区|贫困人口（万人）|<|贫困发生率（%）|<
^|2013年|2014年|2013年|2014年
全国|8249|7017|8.5|7.2
北京||||
上海|—|…|***|—
西藏a)|72|61a)|28.8|23.7
其他|1|2|3|4
a) 见说明。
""",
    """
region|adcode|level|poor_pop_10k__2013|poor_pop_10k__2014|incidence_pct__2013|incidence_pct__2014
全国||national|8249|7017|8.5|7.2
北京|110000|province||||
上海|310000|province||||
西藏|540000|province|72|61|28.8|23.7
其他|||1|2|3|4
""",
    "1 header; 2 header; 8 note",
    "5 poor_pop_10k__2013 not_available; 5 poor_pop_10k__2014 below_unit; "
    "5 incidence_pct__2013 withheld; 5 incidence_pct__2014 not_available; 6 region footnote; "
    "6 poor_pop_10k__2014 footnote; 7 region unknown_place",
    notes=["a) 见说明。"],
)
case(
    "areas over provinces in two label columns",
    "区域|地区|贫困人口(万人)\n全国|<|7017\n东部|小计|956\n^|河北|320\n^|山东|231\n西部|贵州|623\n^|云南|574",
    "区域|region|adcode|level|poor_pop_10k\n全国|全国||national|7017\n东部|小计||total|956\n"
    "东部|河北|130000|province|320\n东部|山东|370000|province|231\n"
    "西部|贵州|520000|province|623\n西部|云南|530000|province|574",
    "1 header",
    csv_cells="2 region merged_label; 4 区域 merged_label; 5 区域 merged_label; 7 区域 merged_label",
)
case(
    "areas, totals and the corps among padded provinces",
    "地区|贫困人口（万人）\n全国|7017\n东部地区|956\n  河　北|320\n西部地区|3600\n  新　疆|212\n"
    "  #兵团|5\n东北地区|",
    "region|adcode|level|poor_pop_10k\n全国||national|7017\n东部||area|956\n"
    "河北|130000|province|320\n西部||area|3600\n新疆|650000|province|212\n"
    "新疆兵团||unit|5\n东北||area|",
    "1 header",
    "3 region renamed; 4 region blanks; 5 region renamed; 6 region blanks; 7 region renamed; "
    "8 region renamed",
)
case(
    "a total of some provinces is not the nation's",
    "民族八省区贫困人口\n地区|2013年|2014年\n合计|2562|2205\n内蒙古|114|98\n广西|634|540",
    "region|adcode|level|2013|2014\n合计||total|2562|2205\n内蒙古|150000|province|114|98\n"
    "广西|450000|province|634|540",
    "1 title; 2 header",
)
case(
    "serial number, name and code first, codes keep their digits, a last total",
    "序号|县名|行政区划代码|贫困人口(人)|脱贫年份\n1|雷山县|522634|3000|2019\n2|甲县|010527|45|2020\n合计|||3045|",
    "serial|county|code|poor_pop_persons|脱贫年份\n1|雷山县|522634|3000|2019\n"
    "2|甲县|010527|45|2020\n合计|||3045|",
    "1 header",
)
case(
    "only years beside the names",
    "县名|认定年份|退出年份\n甲县|2014|2019\n乙县|2014|2020",
    "county|认定年份|退出年份\n甲县|2014|2019\n乙县|2014|2020",
    "1 header",
)
case(
    "a row that numbers the columns, households and persons of one group, remarks",
    "地区|贫困户|<|备注\n^|户数（户）|人数（人）|^\n甲|1|2|3\n遵义市|16369|54851|含仁怀\n毕节市|20000|70000|",
    "region|households__poor_households|persons__poor_households|remarks\n"
    "遵义市|16369|54851|含仁怀\n毕节市|20000|70000|",
    "1 header; 2 header; 3 header",
    units={"households__poor_households": "户", "persons__poor_households": "人"},
)
case(
    "two counts in one cell are refused",
    "县名|贫困户|减贫人口(人)\n汇川区|16369户54851人|2000\n播州区|100户300人|1500",
    "county|poor_households|exits_persons\n汇川区||2000\n播州区||1500",
    "1 header",
    "2 poor_households corrupt_number; 3 poor_households corrupt_number",
)
CONTINUED = "地区|2013年|2014年\nRegion||\n"
case(
    "continued pages with unit and head, whatever the order",
    f"表3 各地区农村贫困人口\n||单位：万人\n{CONTINUED}全国|8249|7017\n- 23 -\n续表1\n||单位：万人\n"
    f"{CONTINUED}贵州|745|623\n续表2||单位：万人\n{CONTINUED}西藏|72|61\n资料来源：国家统计局。",
    "region|adcode|level|2013|2014\n全国||national|8249|7017\n贵州|520000|province|745|623\n"
    "西藏|540000|province|72|61",
    "1 title; 2 unit_row; 3 header; 4 header; 6 continued; 7 continued; 8 unit_row; 9 continued; "
    "10 continued; 12 continued; 13 continued; 14 continued; 16 source",
    title="表3 各地区农村贫困人口",
)
case(
    "a continued page without a head, and notes under each page",
    "表1 各地区贫困人口\n地区|2013年|2014年\n河北|366|320\n注：1. 连续两年。\n2. 第二条。\n表1 续\n贵州|745|623\n注：3. 第三条。",
    "region|adcode|level|2013|2014\n河北|130000|province|366|320\n贵州|520000|province|745|623",
    "1 title; 2 header; 4 note; 5 note; 6 continued; 8 note",
    notes=["注:1. 连续两年。", "2. 第二条。", "注:3. 第三条。"],
)
case(
    "indicators with a column of units, sub-items, thousands marks",
    "指标|单位|2013年|2014年\n贫困人口|万人|745|623\n其中：女性|万人|360|300\n#少数民族|万人|400|350\n"
    "人均可支配收入|元|5,434|6 671",
    "indicator|unit|2013|2014\n贫困人口|万人|745|623\n其中:女性|万人|360|300\n"
    "#少数民族|万人|400|350\n人均可支配收入|元|5434|6671",
    "1 header",
    "3 indicator full_width; 5 2013 thousands_mark; 5 2014 thousands_mark",
)
case(
    "headings between the rows",
    "地区|贫困人口（万人）\n2013年|\n贵州|745\n云南|661\n2014年|\n贵州|623\n云南|574",
    "section|region|adcode|level|poor_pop_10k\n2013年|贵州|520000|province|745\n"
    "2013年|云南|530000|province|661\n2014年|贵州|520000|province|623\n"
    "2014年|云南|530000|province|574",
    "1 header; 2 section; 5 section",
)
case(
    "percent signs in all cells of a column, and in some",
    "地区|贫困发生率|增长(%)|比重\n全国|7.2%|-14.9%|7.2%\n贵州|18.0%|-16.4|18.0",
    "region|adcode|level|incidence_pct|增长_pct|比重\n全国||national|7.2|-14.9|\n"
    "贵州|520000|province|18|-16.4|18",
    "1 header",
    "2 incidence_pct unit_in_cell; 2 增长_pct unit_in_cell; 2 比重 wrong_unit; 3 incidence_pct unit_in_cell",
    {"incidence_pct": "%", "增长_pct": "%", "比重": ""},
)
case(
    "English",
    "Table 2. Poverty by province\nProvince|Poor Population (10 000 persons)|Poverty Rate (%)|Sampled villages\n"
    "China|7,017|7.2|120\nInner Mongolia|98|7.3|11\nNote: preliminary\nSource: National Bureau of Statistics",
    "region|adcode|level|poor_pop_10k|incidence_pct|sampled_villages\n全国||national|7017|7.2|120\n"
    "内蒙古|150000|province|98|7.3|11",
    "1 title; 2 header; 5 note; 6 source",
    "3 region renamed; 3 poor_pop_10k thousands_mark; 4 region renamed",
)
case(
    "World Bank",
    "Data Source|World Development Indicators\n\nLast Updated Date|2021-06-30\n\n"
    "Country Name|Country Code|Indicator Name|Indicator Code|1990|1991\n"
    "China|CHN|Poverty headcount ratio|SI.POV.DDAY|66.2|\nIndia|IND|Poverty headcount ratio|SI.POV.DDAY||\n"
    "Aruba|ABW|Poverty headcount ratio|SI.POV.DDAY||45.1",
    "country|code|indicator|code_2|1990|1991\nChina|CHN|Poverty headcount ratio|SI.POV.DDAY|66.2|\n"
    "India|IND|Poverty headcount ratio|SI.POV.DDAY||\nAruba|ABW|Poverty headcount ratio|SI.POV.DDAY||45.1",
    "1 source; 3 title; 5 header",
)
case(
    "odd cells",
    "地区|贫困人口(万人)|贫困发生率(%)|人均纯收入(元)|备注\n北京①|…|—|***|无\n天津|*|#||x\n安徽|９８|-7.3|约9900|",
    "region|adcode|level|poor_pop_10k|incidence_pct|net_income_yuan|remarks\n北京|110000|province||||无\n"
    "天津|120000|province||||x\n安徽|340000|province|98|-7.3||",
    "1 header",
    "2 region footnote; 2 poor_pop_10k below_unit; 2 incidence_pct not_available; 2 net_income_yuan withheld; "
    "3 poor_pop_10k withheld; 3 incidence_pct corrupt_number; 4 poor_pop_10k full_width; "
    "4 net_income_yuan corrupt_number",
)
case(
    "one number",
    "2014年全国农村贫困人口\n地区|贫困人口（万人）\n全国|7017",
    "region|adcode|level|poor_pop_10k\n全国||national|7017",
    "1 title; 2 header",
)
case(
    "the same places in another language at the right",
    "地区|贫困人口(万人)|Region\n全国|7017|National\n北京||Beijing\n贵州|623|Guizhou",
    "region|adcode|level|poor_pop_10k|region_2\n全国||national|7017|National\n"
    "北京|110000|province||Beijing\n贵州|520000|province|623|Guizhou",
    "1 header",
)
case(
    "blank columns and rows between, years down",
    "年份||2010年标准|<|<||2008年标准\n^||贫困人口(万人)||贫困发生率(%)||贫困人口(万人)\n|\n2013||8249||8.5||\n2014||7017||7.2||",
    "year|poor_pop_10k__2010|incidence_pct__2010|poor_pop_10k__2008\n2013|8249|8.5|\n2014|7017|7.2|",
    "1 header; 2 header",
)
case(
    "a table set in from the edge, its title in the middle, years in words",
    "||农村贫困状况\n|年份|贫困人口（万人）\n|2013|8249\n|2014年末|7017\n|二〇一五|5575",
    "year|poor_pop_10k\n2013|8249\n2014|7017\n2015|5575",
    "1 title; 2 header",
    "4 year numeral; 5 year numeral",
    title="农村贫困状况",
)
case(
    "one measure over years, its head alone in a row",
    "状况\n|贫困人口（万人）|<\n地区|2013年|2014年\n甘肃|496|417",
    "region|adcode|level|poor_pop_10k__2013|poor_pop_10k__2014\n甘肃|620000|province|496|417",
    "1 title; 2 header; 3 header",
)
case(
    "both languages on one line, units of other kinds, brackets that hold no unit",
    "地区 Region|人均GDP（元） Per Capita GDP (yuan)|粮食产量(万吨) Grain|人口(不含现役军人)\n"
    "全国 National|46629|60710|100",
    "region|adcode|level|人均gdp_yuan|粮食产量_万吨|人口(不含现役军人)\n全国||national|46629|60710|100",
    "1 header",
    "2 region renamed",
)
case(
    "the office that reports is no unit of measurement; signatures below",
    "统计表\n填报单位：某县||单位：人\n乡镇|贫困人口|脱贫人口\n甲镇|0|0\n乙乡|400|30\n负责人：某||填表：某",
    "乡镇|poor_pop_persons|exits_persons\n甲镇|0|0\n乙乡|400|30",
    "1 title; 2 title; 3 header; 6 note",
    title="统计表 填报单位:某县",
)
case(
    "rows of several standards for a year; a row that is no year",
    "年份|标准|贫困人口（万人）\n2000|1978年标准|3209\n^|2008年标准|9422\n2005|1978年标准|2365\n2006|1978年标准|2148\n增长%|-|-9.2",
    "year|标准|poor_pop_10k\n2000|1978年标准|3209\n2000|2008年标准|9422\n2005|1978年标准|2365\n"
    "2006|1978年标准|2148\n|-|-9.2",
    "1 header",
    "6 year corrupt_year",
    csv_cells="3 year merged_label; 6 year corrupt_year",
)
case(
    "notes in two cells",
    "地区|2013年|2014年\n贵州|745|623\n注|抽样数据|\n资料来源|国家统计局|",
    "region|adcode|level|2013|2014\n贵州|520000|province|745|623",
    "1 header; 3 note; 4 source",
    notes=["注 抽样数据"],
    source_text="资料来源 国家统计局",
)
case(
    "plain names of columns",
    "region|year|poor_pop\n贵州|2013|745\n贵州|2014|623",
    "region|adcode|level|year|poor_pop\n贵州|520000|province|2013|745\n贵州|520000|province|2014|623",
    "1 header",
)


case(
    "a form with the office and the date above, villages under merged townships",
    "附件1\n统计表\n填报单位：某县|||填报时间：2015年6月|单位：户、人\n乡镇|行政村|贫困户数|贫困人口|其他\n"
    "甲镇|一村|30|100|10\n^|二村|20|80|5\n合计||50|180|15",
    "乡镇|行政村|poor_households|poor_pop_persons|其他\n甲镇|一村|30|100|10\n甲镇|二村|20|80|5\n"
    "合计||50|180|15",
    "1 title; 2 title; 3 title; 4 header",
    "3 其他 ambiguous_unit",
    {"poor_households": "户", "poor_pop_persons": "人", "其他": ""},
    csv_cells="3 其他 ambiguous_unit; 6 乡镇 merged_label",
)
case(
    "a note above the data, a group without units, years of two measures falling",
    "状况\n(2014年)\n||单位：万人,%\n地  区|贫困人口①|贫困发生率%|比上年增减|<\n^|^|^|绝对数|%\n注：初步数。\n"
    "河南|1985|5.8|-12|-14.9",
    "region|adcode|level|poor_pop_10k|incidence_pct|绝对数__比上年增减|比上年增减_pct\n"
    "河南|410000|province|1985|5.8|-12|-14.9",
    "1 title; 2 title; 3 unit_row; 4 header; 5 header; 6 note",
    "3 绝对数__比上年增减 ambiguous_unit",
)
case(
    "values that could be years",
    "|贫困人口|农村人口\n省区|2013|2013\n河南|1985|1990\n甘肃|496|2000",
    "region|adcode|level|poor_pop__2013|rural_pop__2013\n河南|410000|province|1985|1990\n"
    "甘肃|620000|province|496|2000",
    "1 header; 2 header",
)
case(
    "groups of rows that are neither years nor places",
    "分组|户数（户）|比重（%）\n按家庭规模分||\n1-2人|300|30\n5人以上|100|10\n按文化程度分|<|<\n小学|500|50",
    "section|分组|households|比重_pct\n按家庭规模分|1-2人|300|30\n按家庭规模分|5人以上|100|10\n"
    "按文化程度分|小学|500|50",
    "1 header; 2 section; 5 section",
)

case(
    "a province without numbers first under two rows of heads, a remark under no head",
    "地区|贫困人口（万人）|\n^|1978年|\n北京||无贫困县\n续表||\n天津||\n河北|0|",
    "region|adcode|level|poor_pop_10k__1978|column_3\n北京|110000|province||无贫困县\n"
    "天津|120000|province||\n河北|130000|province|0|",
    "1 header; 2 header; 4 continued",
)
case(
    "places and indicators, a place blank where nothing stands above",
    "地区|指标|2013年\n|贫困人口|1\n全国|贫困人口|8249\n^|贫困发生率|8.5\n贵州|贫困人口|745",
    "region|adcode|level|indicator|2013\n|||贫困人口|1\n全国||national|贫困人口|8249\n"
    "全国||national|贫困发生率|8.5\n贵州|520000|province|贫困人口|745",
    "1 header",
    csv_cells="4 region merged_label",
)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("name", CASES)
def test_pages(tmp_path, name, kind):
    page, wanted, dropped, cells, csv_cells, attrs = CASES[name]
    table, report = read_table(written(tmp_path, page, kind))
    assert shown(table) == wanted
    assert told(report, dropped=True) == dropped
    assert told(report) == (cells if kind == "xlsx" or csv_cells is None else csv_cells)
    assert {key: table.attrs[key] for key in attrs} == attrs
    assert set(table.attrs) == {"title", "units", "notes", "source_text"}
    assert table.columns.is_unique and set(table.attrs["units"]) <= set(table.columns)
    assert (
        report[["why", "why_zh"]].notna().all(axis=None)
        and (report["file"] == f"page.{kind}").all()
    )


REFUSED = {
    "表1 2013年\n地区|贫困人口\n贵州|745\n云南|661\n\n表2 2014年\n地区|贫困人口\n贵州|623\n云南|574": (
        "second table begins", 6),
    "表1\n地区|人口\n贵州|7\n云南|6\n资料来源：某\n\n表2\n地区|人口\n贵州|6\n云南|5": ("second table begins", 7),
    "地区|贫困人口\n贵州|745\n云南|661\n\n地区|贫困人口\n贵州|623\n云南|574": ("labels stand above", 6),
    "表1\n地区|贫困人口\n贵州|745\n表2\n年份|贫困发生率\n2013|8.5": ("neither data nor a note", 5),
    "表1\n地区|贫困人口\n贵州|745\n市别|2015|2016\n贵阳|1|2": ("neither data nor a note", 4),
    "地区|2013年\n贵州|745\n续表\n地区|2015年\n云南|507": ("differs from the first", 4),
    "单位：万人\n地区|2013年\n贵州|745\n续表\n单位：人\n云南|6610000": ("unit changes", 5),
    "地区|贫困人口||地区|贫困人口\n河北|320||广西|540\n山西|269||贵州|623": ("beside the first", 2),
    "地区|2013年|2014年\n贵州|745|623\n|661|574\n云南|1|2": ("no label", 3),
    "地区|2013年|2014年\n贵州|745|623\n|661|574": ("no label", 3),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("page", REFUSED)
def test_what_could_be_two_tables_is_refused_with_its_row(tmp_path, page, kind):
    problem, row = REFUSED[page]
    with pytest.raises(DataError, match=problem) as caught:
        read_table(written(tmp_path, page, kind))
    assert f"page.{kind}, row {row}" in str(caught.value) and "remedy" in str(caught.value)


def test_a_sheet_without_numbers_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"page.csv\n.*sheet="):
        read_table(written(tmp_path, "序号|省份|县名\n1|河北|平山县", "csv"))


def test_a_total_beside_all_provinces_is_the_nation(tmp_path):
    names = [place.zh for place in map(ps.clean.province, sorted(PROVINCES))]
    rows = "\n".join(f"{name}|1" for name in names)
    table, _ = read_table(written(tmp_path, f"地区|贫困人口\n合计|31\n{rows}", "csv"))
    assert table["region"][0] == "全国" and table["level"][0] == "national"


@pytest.mark.parametrize(
    ("page", "wanted", "cells"),
    [
        ("县名|贫困人口(人)|减贫人口(人)\n甲县|300|<\n乙县|400|50", "甲县||\n乙县|400|50",
         "2 poor_pop_persons merged_cell; 2 exits_persons merged_cell"),
        ("县名|贫困人口(人)|减贫人口(人)\n甲县|300|20\n乙县|^|50", "甲县||20\n乙县||50",
         "2 poor_pop_persons merged_cell; 3 poor_pop_persons merged_cell"),
        ("县名|贫困人口(人)||减贫人口(人)\n甲县|300|<|20", "甲县|300|20", ""),
    ],
)  # fmt: skip
def test_one_number_in_a_merged_cell_is_given_to_none_of_several(tmp_path, page, wanted, cells):
    table, report = read_table(written(tmp_path, page, "xlsx"))
    assert shown(table) == f"county|poor_pop_persons|exits_persons\n{wanted}"
    assert told(report) == cells


def test_numbers_stored_as_text_are_numbers(tmp_path):
    rows = grid_of("地区|2013年|2014年\n贵州|745|6 \n云南|-1.5|0")
    table, report = read_table(write_xlsx(tmp_path / "page.xlsx", rows, as_text=True))
    assert shown(table[["2013", "2014"]]) == "2013|2014\n745|6\n-1.5|0"
    assert told(report) == "2 2014 blanks"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(tmp_path, encoding):
    rows = grid_of("农村贫困状况\n地区|贫困人口（万人）\n贵州|623")
    table, _ = read_table(write_csv(tmp_path / "page.csv", rows, encoding))
    assert table.attrs["title"] == "农村贫困状况" and table["poor_pop_10k"].tolist() == [623]


def test_one_sheet_of_several(tmp_path):
    book = openpyxl.Workbook()
    for name, number in (("2013", 745), ("2014", 623)):
        sheet = book.create_sheet(name)
        sheet.append(["地区", "贫困人口（万人）"])
        sheet.append(["贵州", number])
    book.save(tmp_path / "page.xlsx")
    with pytest.raises(DataError, match="more than one sheet"):
        read_table(tmp_path / "page.xlsx")
    assert read_table(tmp_path / "page.xlsx", sheet="2014")[0]["poor_pop_10k"].tolist() == [623]


# ---- Stata and SPSS -----------------------------------------------------------------------


def test_stata_tables_keep_labels_and_tell_of_missing_letters(tmp_path):
    table = pd.DataFrame(
        {"province": [52, 53, 54], "poor": [745.0, "a", np.nan], "kind": list("aba")}
    )
    pyreadstat.write_dta(table, tmp_path / "t.dta", column_labels={"poor": "贫困人口(万人)"},
                         variable_value_labels={"province": {52: "贵州", 53: "云南"}},
                         missing_user_values={"poor": ["a"]})  # fmt: skip
    read, report = read_table(tmp_path / "t.dta")
    assert read["poor"].tolist()[0] == 745 and read["poor"].isna().tolist() == [False, True, True]
    assert read["kind"].tolist() == list("aba")  # a column of letters is text
    assert report[["row", "column", "old"]].to_numpy().tolist() == [[2, "poor", ".a"]]
    assert read.attrs["titles"]["poor"] == "贫困人口(万人)"
    assert read.attrs["labels"]["province"] == {52: "贵州", 53: "云南"}
    assert read.attrs["title"] == read.attrs["source_text"] == "" and read.attrs["notes"] == []


def test_spss_tables_keep_codes_and_labels(tmp_path):
    table = pd.DataFrame({"province": [52.0, 53.0], "poor": [745.0, -9.0]})
    pyreadstat.write_sav(table, tmp_path / "t.sav", column_labels=["省份", "贫困人口"],
                         variable_value_labels={"poor": {-9: "不详"}},
                         missing_ranges={"poor": [-9]})  # fmt: skip
    read, report = read_table(tmp_path / "t.sav")
    # What the file declares missing is missing, and told.
    assert read["poor"].isna().tolist() == [False, True]
    assert report[["row", "old", "reason"]].values.tolist() == [[2, "-9", "not_available"]]
    assert (
        read.attrs["labels"]["poor"] == {-9: "不详"} and read.attrs["titles"]["province"] == "省份"
    )


# ---- heads --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([["2010年标准", ""], ["贫困人口\n(万人)", "贫困发生率\n(%)"]],
         ["poor_pop_10k__2010", "incidence_pct__2010"]),
        ([["地区", "贫困人口", ""], ["", "2013年", "2014年"], ["", "万人", "万人"]],
         ["region", "poor_pop_10k__2013", "poor_pop_10k__2014"]),
        ([["贫困\n人口\n(万人)", "贫困人口/万人", "占农村人口 比 重 (%)", "贫困户(户)"]],
         ["poor_pop_10k", "poor_pop_10k_2", "占农村人口比重_pct", "poor_households"]),
        ([["Poverty Population\n贫困人口\n(万人)", "贫困人口Poverty Population(万人)", "Z值"]],
         ["poor_pop_10k", "poor_pop_10k_2", "z值"]),
        ([["贫困人口（万人）①", "1990 [YR1990]", "2014年末", ""]], ["poor_pop_10k", "1990", "2014", ""]),
    ],
)  # fmt: skip
def test_names_of_columns(rows, names):
    assert flatten_header(rows) == names


def test_years_of_a_head_that_is_printed_again_above_a_blank_row_are_no_data(tmp_path):
    head = [["地区", "贫困人口（万人）", "贫困发生率（%）"], ["", "1978年", "1978年"]]
    rows = [*head, ["北京", "7", "0.5"], ["续表", "", ""], *head, ["", "", ""], ["天津", "", "0"]]
    table, report = read_table(write_csv(tmp_path / "page.csv", rows))
    assert table["poor_pop_10k__1978"].fillna(-1).tolist() == [7.0, -1.0]
    assert report["reason"].tolist() == ["header"] * 2 + ["continued"] * 3


# ---- any table, written as an official page -----------------------------------------------

PROVINCES = [f"{code}0000" for code in ["11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65"]]  # fmt: skip
MARKS = {"…": "below_unit", "—": "not_available", "***": "withheld", "约9": "corrupt_number"}
HEADS = {
    "poor_pop_10k": "贫困人口（万人）",
    "incidence_pct": "贫困发生率（%）",
    "net_income_yuan": "人均纯收入~（元）",
}


def dressed(draw, value):
    """A number as a page may print it, and the reason that the report should give."""
    text = f"{value:.1f}" if value != int(value) else str(int(value))
    how = draw(st.sampled_from(["", "", "", "full_width", "footnote", "thousands_mark", "blanks"]))
    if how == "thousands_mark" and abs(value) < 1000:
        how = ""
    if how == "full_width":
        text = text.translate(
            dict(zip(map(ord, string.digits), "０１２３４５６７８９", strict=True))
        )
    elif how == "thousands_mark":
        text = f"{value:,.1f}" if value != int(value) else f"{int(value):,}"
    elif how == "footnote":
        text += "①"
    elif how == "blanks":
        text = f" {text} "
    return text, how


@st.composite
def pages(draw):
    """A page, the table that it prints, and what the report must tell."""
    measures = draw(st.lists(st.sampled_from(list(HEADS)), min_size=1, max_size=3, unique=True))
    years = draw(st.lists(st.integers(1978, 2020), max_size=2, unique=True).map(sorted))
    names = [f"{one}__{year}" for one in measures for year in years] or measures
    width = len(names) + 1
    head = [["地区", *[HEADS[one] for one in measures for _ in years or [0]]]]
    if years:
        head[0] = [
            "地区",
            *[HEADS[one] if i == 0 else "<" for one in measures for i in range(len(years))],
        ]
        head.append(["^", *[f"{year}年" for _ in measures for year in years]])
    blank = [""] * (width - 1)
    rows, dropped, cells, table = [], [], [], []

    def furniture(row, reason):
        rows.append([*row, *[""] * (width - len(row))])
        dropped.append((len(rows), reason))

    if draw(st.booleans()):
        furniture(["表1 各地区农村贫困状况"], "title")
    if draw(st.booleans()):
        rows.append([""] * width)
    for row in head:
        furniture(row, "header")
    codes = draw(st.lists(st.sampled_from(PROVINCES), min_size=2, max_size=8, unique=True))
    number = st.one_of(st.integers(-9999, 99999), st.integers(-999, 9999).map(lambda one: one / 10))
    for at, code in enumerate(codes):
        if at and draw(st.integers(0, 5)) == 0:
            furniture(["续表"], "continued")
            if draw(st.booleans()):
                for row in head:
                    furniture(row, "continued")
        if at and draw(st.integers(0, 5)) == 0:
            rows.append([""] * width)
        name = ps.clean.province(code).zh
        label = draw(st.sampled_from([name, "　".join(name), f"  {name}", f"{name}①"]))
        row, values = [label], []
        if label != name:
            cells.append((len(rows) + 1, "region", "footnote" if "①" in label else "blanks"))
        for column in names:
            value = draw(st.one_of(number, st.sampled_from(["", *MARKS])))
            if isinstance(value, str):
                text, reason = value, MARKS.get(value, "")
                values.append(np.nan)
            else:
                text, reason = dressed(draw, value)
                values.append(value)
            row.append(text)
            if reason:
                cells.append((len(rows) + 1, column, reason))
        rows.append(row)
        table.append([name, code, *values])
    if draw(st.booleans()):
        furniture(["注：1. 抽样调查。"], "note")
        furniture(["2. 2010年标准。"], "note")
    if draw(st.booleans()):
        furniture(["资料来源：国家统计局", *blank], "source")
    # a page that prints no number at all is no table
    numbers = [one for row in table for one in row[2:] if one == one]
    return (
        rows,
        pd.DataFrame(table, columns=["region", "adcode", *names]),
        dropped,
        cells,
        bool(numbers),
    )


@examples(80)
@given(page=pages(), kind=st.sampled_from(["csv", "csv", "xlsx"]))
def test_any_table_comes_back_and_the_report_tells_what_was_planted(tmp_path_factory, page, kind):
    rows, wanted, dropped, cells, readable = page
    rows = [[cell.replace("~", "\n") for cell in row] for row in rows]
    path = tmp_path_factory.getbasetemp() / f"page.{kind}"
    (write_xlsx if kind == "xlsx" else write_csv)(path, rows)
    if not readable:
        return
    table, report = read_table(path)
    assert (table["level"] == "province").all()
    pd.testing.assert_frame_equal(table.drop(columns="level"), wanted, check_dtype=False)
    gone = report[report["action"] == "dropped"]
    assert list(zip(gone["row"], gone["reason"], strict=True)) == dropped
    rest = report[report["action"] != "dropped"]
    assert sorted(zip(rest["row"], rest["column"], rest["reason"], strict=True)) == sorted(cells)


CELLS = st.sampled_from(
    ["", "", "", "地区", "年份", "贵州", "全国", "合计", "北京①", "2013", "2014年", "1978", "贫困人口", "%", "贫困发生率（%）",
     "单位：万人", "单位：人", "续表", "表1 状况", "注：某", "1. 某", "资料来源：某", "7", "0.5", "7.2%", "…", "#", "*", "甲",
     "1", "2", "3", "3户5人", "某县", "县名", "其他", "#DIV/0!", "Region", "Guizhou", "(1)", "- 2 -", "序号", "x:y"]
)  # fmt: skip


@examples(250)
@given(rows=st.integers(1, 6).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=9)))  # fmt: skip
def test_of_any_sheet_no_row_and_no_number_is_lost_in_silence(tmp_path_factory, rows):
    path = write_csv(tmp_path_factory.getbasetemp() / "any.csv", rows)
    try:
        table, report = read_table(path)
    except DataError as error:
        assert "any.csv" in str(error) and error.remedy
        return
    gone = set(report.loc[report["action"] == "dropped", "row"])
    filled = {i for i, row in enumerate(rows, 1) if any(row)}
    data = sorted(filled - gone)
    assert gone <= filled and len(data) == len(table) and table.columns.is_unique
    for i, (_, values) in zip(data, table.iterrows(), strict=True):
        of_row = report[report["row"] == i]
        kept = values.drop(["adcode", "level"], errors="ignore").notna().sum()
        lost = of_row["action"].isin(["refused", "missing"]).sum()
        assert kept + lost >= sum(map(bool, rows[i - 1]))


def test_growth_and_shares_do_not_take_the_unit_of_the_corner(tmp_path):
    path = tmp_path / "收入.csv"
    path.write_text(
        "农民收入,,,\n,,,单位：元\n县名,2013年,2014年,比上年增长\n赫章县,5880,6500,11.2\n威宁县,5612,6218,10.8\n",
        encoding="utf-8",
    )
    table, _ = read_table(path)
    assert list(table.columns) == ["county", "2013", "2014", "比上年增长"]
    assert table.attrs["units"]["比上年增长"] == ""


def test_a_continued_page_with_further_columns_stands_beside_the_first(tmp_path):
    path = tmp_path / "年鉴.csv"
    text = ("各地区贫困人口,,\n,,单位：万人\n地区,2010年,2011年\n全国,16567,12238\n贵州,1521,1149\n续表,,\n"
            "地区,2012年,2013年\n全  国,9899,8249\n贵  州,923,…\n注：抽样调查。,,\n")  # fmt: skip
    path.write_text(text, encoding="gb18030")
    table, told = read_table(path)
    assert list(table.columns) == ["region", "adcode", "level", "2010", "2011", "2012", "2013"]
    assert table["2012"].tolist() == [9899, 923]
    assert set(table.attrs["units"].values()) == {"万人"}
    assert told.loc[told["reason"] == "below_unit", "row"].tolist() == [9]
    assert table.attrs["notes"] == ["注:抽样调查。"]
    path.write_text(text.replace("贵  州", "云南"), encoding="gb18030")
    with pytest.raises(DataError, match="head of a continued page differs") as caught:
        read_table(path)
    assert "row 7" in str(caught.value)


@pytest.mark.parametrize(
    ("unit", "heads", "fits"),
    [
        ("万元", "人数|户数|农户数|年末总人口|劳动力|耕地面积|学校数|服务人次|增长率", False),
        ("万元", "资金|人均收入|产值|资金总额|合计|年末数|城镇居民|2014年", True),
        ("万人", "资金|人均收入|户数|学校数", False),
        ("万人", "贫困人口|就业人员数|总数|女", True),
        ("户", "人口|资金|村数", False),
        ("10 000 yuan", "Number of villages|Population|Workers", False),
        ("10 000 yuan", "Funds|Per capita income|Total", True),
    ],
)
def test_the_unit_of_a_table_goes_to_no_column_that_counts_something_else(tmp_path, unit, heads, fits):  # fmt: skip
    for head in heads.split("|"):
        path = tmp_path / "t.csv"
        path.write_text(
            f"统计表,,\n单位：{unit},,\n地区,{head},备注\n甲县,10,a\n乙县,20,b\n", "utf-8"
        )
        table, told = read_table(path)
        name = next(iter(table.attrs["units"]))
        assert table.attrs["units"][name] == (unit if fits else ""), head
        assert ("ambiguous_unit" in set(told["reason"])) == (not fits), head
        assert fits or name == flatten_header([[head]])[0], head


def test_a_table_of_many_columns_is_read_in_a_second(tmp_path):
    import time

    path = tmp_path / "wide.csv"
    rows = [["地区", *(f"指标{j}（元）" for j in range(1000))]]
    rows += [
        [one, *(str(i * 1000 + j) for j in range(1000))] for i, one in enumerate(["北京", "河北"])
    ]
    start = time.process_time()
    table, _ = read_table(write_csv(path, rows))
    assert table.shape == (2, 1003)
    assert table.iloc[1, 3:].tolist() == list(range(1000, 2000))
    assert time.process_time() - start < 4  # 13 s when each column was a frame of its own


def test_a_cell_of_two_lines_is_read_as_one(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text('地区,2013年,2014年\n全国,8249,"7017\n河北",366\n河北,1,2,3\n', "utf-8")
    assert ps.clean.read_table(path)[0]["2014"].tolist()[1:] == [2.0]
