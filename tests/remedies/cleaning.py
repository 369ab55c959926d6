"""Remedies of clean, sources and study.

For each: where it is raised, what is in scope, the call that is refused, and the call that is made
once the remedy is pasted; where the remedy is an argument, {} stands for it. ``None``: the same call.
"""

import contextlib
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

import povstudy as ps

FOLDER = Path(tempfile.mkdtemp(prefix="povstudy_remedies_"))
(FOLDER / "short.key").write_text("too short", "utf-8")

PEOPLE = pd.DataFrame(
    {"xm": ["张三", "李四"], "note": ["因病", "缺水"], "county name": ["甲县", "乙县"]}
)
CELLS = pd.DataFrame(
    {"district": ["a", "a", "b", "b"], "zone": ["x", "y"] * 2, "n": [3, 40, 50, 60]}
)
TOTALS = pd.DataFrame({"district": ["a", "b", "合计"], "n": [40, 50, 90]})
RECORDS = pd.DataFrame({"district": ["a"] * 30 + ["b"] * 30, "zone": ["x", "y"] * 30,
                        "head": ["h"] * 60})  # fmt: skip
HOUSEHOLDS = pd.DataFrame(
    {"户编号": ["520527197001010018", "2"], "人均纯收入": ["2000元", "3000元"]}
)
PROJECTS = pd.DataFrame({"项目名称": ["甲"], "承接机构": ["乙"], "服务人次": [120]})
WAVE = pd.DataFrame({"fid": [110001, 110002], "indinc_net": [1900, 8800], "fswt_nat": [900, 1100]})
LEVELS = pd.DataFrame({"country_code": "CHN", "year": 2019, "welfare_type": "consumption",
                       "reporting_level": ["rural", "towns"]})  # fmt: skip
INCIDENCE = ps.load("china_incidence")
SERIES = pd.DataFrame({"standard": "2010", "series": ["survey", "register"], "year": 2015})
IN_FOLDER = {"os": __import__("os"), "contextlib": contextlib, "folder": FOLDER, "raw": HOUSEHOLDS}
LINE = {"prices": {2000: 80, 2010: 90, 2019: 110, 2020: 112, 2030: 150}}


def publish(name, draw, *data, **options):
    """Publish in a folder of the test, and show nothing."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(None):
        os, before = IN_FOLDER["os"], IN_FOLDER["os"].environ.get("POVSTUDY_FIGURES")
        os.environ["POVSTUDY_FIGURES"] = folder
        try:
            ps.publish(name, draw, *data, **options)
        finally:
            os.environ.pop("POVSTUDY_FIGURES")
            if before is not None:
                os.environ["POVSTUDY_FIGURES"] = before


MINE = {"publish": publish, "table": ps.load("county_exits")}

SITUATIONS = [
    # reports
    ("clean/page.write", {"table": pd.DataFrame({"a": [1]}), "raw": pd.DataFrame({"户编号": ["1"]}), "path": FOLDER / "page.html"},
     "ps.clean.write(table, path)", "ps.clean.write(report, path)"),
    # cells
    ("clean/cell/amounts._unit_of", {"cell": "3户12人"}, "ps.clean.count(cell)", "{}"),
    ("clean/cell/amounts._refuse_bare", {"cell": "366"}, "ps.clean.money(cell)", "{}"),
    ("clean/cell/columns.column", {"values": ["3户", "4户"]},
     "ps.clean.column(values, ps.clean.count)", "{}"),
    ("clean/cell/columns.column", {"table": pd.DataFrame({"households": ["3户", "4户"]})},
     "ps.clean.column(table, ps.clean.count)", "{}"),
    ("clean/cell/places._given", {"cells": pd.Series(["贵州", "—"])},
     "[ps.clean.province(one) for one in cells]", "assert read.notna()['value'].sum() == 1"),
    ("clean/cell/places.adcode", {}, 'ps.clean.adcode("52052")', "assert len({})"),
    ("clean/cell/places.adcode_at", {}, 'ps.clean.adcode_at("542300", 2013, 2030)',
     "assert {} == '540200'"),
    ("clean/cell/places.adcode_at", {}, 'ps.clean.adcode_at("542300", 1990, 2013)', "{}"),
    ("clean/cell/places.adcode_at", {}, 'ps.clean.adcode_at("542300", "2013年", 2013)', "{}"),
    ("clean/cell/places._refuse_unsourced", {}, 'ps.clean.adcode_at("659006", 2020, 2010)',
     "assert len({})"),
    # tables
    ("clean/checks.one_reporting_level", {"table": LEVELS}, "ps.clean.one_reporting_level(table)",
     "{}"),
    ("clean/checks.one_reporting_level",
     {"table": LEVELS.assign(reporting_level=["rural", None])},
     "ps.clean.one_reporting_level(table)", None),
    # private data
    ("clean/person/drop._frame", {"table": PEOPLE.to_dict("records")},
     "ps.clean.drop_personal(table)", None),
    ("clean/person/drop._frame", {"table": PEOPLE.set_index("xm")},
     "ps.clean.drop_personal(table)", None),
    ("clean/person/drop._frame", {"table": PEOPLE.set_index("xm", drop=False)},
     "ps.clean.drop_personal(table)", None),
    ("clean/person/drop.drop_personal", {"table": PEOPLE},
     'ps.clean.drop_personal(table, keep="county nam")',
     "assert 'county name' in {}[0]"),
    ("clean/person/drop.drop_personal", {"table": PEOPLE},
     'ps.clean.drop_personal(table, keep=["village", "note"])', "assert 'note' in {}[0]"),
    ("clean/person/linked.numbers_of_records", {"table": CELLS.assign(n=[1.5, 2, 3, 4]), "records": RECORDS},
     'ps.clean.suppress(table, [["district"], ["zone"]], "n")',
     'ps.clean.suppress({}, [["district"], ["zone"]], "size")'),
    ("clean/person/numbering._secret", IN_FOLDER, "ps.clean.households(raw, key=folder)",
     "with contextlib.chdir(folder): ps.clean.households(raw, {})"),
    ("clean/person/numbering._secret", IN_FOLDER,
     'ps.clean.households(raw, key=folder / "short.key")',
     "with contextlib.chdir(folder): ps.clean.households(raw, {})"),
    ("clean/person/suppression.suppress", {"cells": CELLS},
     'ps.clean.suppress([cells, cells], "district", "n")', "{}"),
    ("clean/person/suppression._grid", {"table": CELLS.assign(sex=["f", "m", "m", "f"])},
     'ps.clean.suppress(table, ["district", "zone", "sex"], "n")', "{}"),
    ("clean/person/suppression._grid",
     {"table": CELLS.assign(n=[1.5, 2, 3, 4]), "records": RECORDS},
     'ps.clean.suppress(table, ["district", "zone"], "n")',
     'ps.clean.suppress({}, ["district", "zone"], "size")'),
    ("clean/person/suppression._grid", {"table": CELLS},
     'ps.clean.suppress(table, "district", "n")', None),
    ("clean/person/suppression._grid", {"table": TOTALS},
     'ps.clean.suppress(table, "district", "n")', "{}"),
    ("clean/person/suppression._grid", {"table": TOTALS.assign(n=[40, 50, 91])},
     'ps.clean.suppress(table, "district", "n", total="合计")', None),
    # records
    ("clean/record/records.households", IN_FOLDER,
     "ps.clean.households(raw, into=folder / 'clean.parquet')", "pass"),
    ("clean/record/records.households", IN_FOLDER, 'ps.clean.households("register.csv", into="clean.csv")',
     "raw.to_csv(folder / 'r.csv'); ps.clean.households(folder / 'r.csv', into=folder / dict({})['into'])"),
    ("clean/reports.summary", IN_FOLDER, "ps.clean.summary(folder / 'short.key')",
     "raw.to_csv(folder / 'register.csv')\nwith contextlib.chdir(folder):\n    {}"),
    ("clean/wave/books.refuse_other_kind", {"raw": PROJECTS},
     'ps.clean.households(raw, codebook="agency")', "{}"),
    ("clean/wave/books.refuse_other_kind", {"raw": WAVE},
     'ps.clean.households(raw, codebook="cfps")', "{}"),
    ("clean/wave/books.refuse_other_kind", {"raw": HOUSEHOLDS},
     'ps.read_panel({2010: raw}, codebook="register")', "{}"),
    ("panels/waves._by_year", {"files": {"2010": WAVE}}, 'ps.read_panel(files, codebook="cfps")', None),
    # sources
    ("sources/catalogue.load", {}, 'ps.load("county_exits", table="counties")', "{}"),
    ("sources/essay.typology", {}, 'ps.typology("pathway")', "{}"),
    ("sources/lines._year", {}, 'ps.line("twenty")', "ps.line({})"),
    ("sources/lines.line", LINE, "ps.line(2020, base_year=1900, deflator=prices)",
     "ps.line(2020, deflator=prices, {})"),
    ("sources/lines._base_year", LINE, "ps.line(2030)", "{}"),
    ("sources/lines._base_year", LINE, "ps.line(2030, '2008', deflator=prices)", "{}"),
    ("sources/lines._price_ratio", LINE, "ps.line(2030, base_year=2010)", "{}"),
    ("sources/lines._price_ratio", LINE, "ps.line(2030, base_year=2010, deflator=1.1)",
     "ps.line(2030, base_year=2010, {})"),
    ("sources/rules.composite_incidence", {}, 'ps.composite_incidence(15, 6, 4, 10_000, "western")',
     "assert ps.composite_incidence(15, 6, 4, 10_000, {})['limit_percent'] == 3"
     .replace("{}", "**dict({})")),
    ("sources/series.one_standard", {"table": SERIES}, "ps.one_standard(table)",
     "assert len(ps.one_standard(table)) == 1"),
    ("sources/series.one_standard", {"table": INCIDENCE}, "ps.one_standard(table)",
     "ps.one_standard(table, {})"),
    ("sources/series.one_standard", {"table": INCIDENCE}, 'ps.one_standard(table, "2011")',
     "ps.one_standard(table, {})"),
    # study
    ("study/exhibits.publish", {"ps": SimpleNamespace(**{**vars(ps), "publish": publish,
                                                         "figures": ps.figures, "load": ps.load})},
     'ps.publish("01_mine", "counties_leaving")', "{}"),
    ("study/exhibits._figure", {**MINE, "table": MINE["table"].iloc[:].copy()},
     'table.attrs.clear(); publish("01_mine", ps.figures.counties_leaving, table)',
     'publish("01_mine", ps.figures.counties_leaving, table, {})'),
    ("study/exhibits._table", {**MINE, "table": pd.DataFrame({"year": [2012]})},
     'publish("01_mine", ps.tables.plain_table, table)',
     'publish("01_mine", ps.tables.plain_table, table, {})'),
]  # fmt: skip
