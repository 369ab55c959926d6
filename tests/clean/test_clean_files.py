"""Files in: good ones in odd forms, and thousands of damaged ones.

The suite reads `MUTATIONS` damaged files of each kind. For more, each in a process of its own
that may crash, hang or run out of memory without harm::

    PYTHONPATH=.:tests python tests/clean/test_clean_files.py --count 2500 --seed 0 --kinds csv,model
"""

import argparse
import contextlib
import copy
import datetime
import functools
import io
import json
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import yaml
from conftest import SHARE

import povstudy as ps
from povstudy.base.errors import PovstudyError
from povstudy.clean.file.frames import raw_frame
from povstudy.clean.file.spreadsheets import sheet_grid
from povstudy.clean.file.surveys import survey_file
from povstudy.clean.file.texts import encoding_of, text_columns, text_rows
from povstudy.clean.record.codebooks import FOLDER, load_codebook
from povstudy.relapse.kept.files import _digest
from povstudy.study import own

MUTATIONS = int(50 * SHARE)
KINDS = (
    "xlsx",
    "parts",
    "formats",
    "csv",
    "blocks",
    "dta",
    "sav",
    "yaml",
    "parquet",
    "cells",
    "model",
    "report",
    "panel",
    "pairs",
    "books",
    "past",
    "folder",
    "key",
    "search",
    "own",
    "sheets",
)
REGISTER = [
    ["序号", "户编号", "姓名", "人均纯收入(元)", "文化程度", "致贫原因", "首次识别时间", "脱贫年度"],
    ["1", "520500000001", "张某某", "2855", "小学", "因病", "2014-05-01", "2016"],
    ["2", "520500000002", "李某某", "三千", "初中", "因病、缺劳力", "2014年6月", "2015"],
    ["3", "520500000003", "王某某", "3,100", "高中", "因学", "2015-01-01", ""],
    ["4", "520500000003", "王某某", "—", "文盲", "懒", "2013", "2012"],
]  # fmt: skip
AGENCY = [
    ["项目名称", "承接机构", "合同金额(万元)", "起止时间", "服务地点", "社工人数", "服务人次", "满意度"],
    ["三区计划", "清和社工中心", "28.5", "2014年9月-2015年8月", "沅岭县", "5", "1200多人次", "95%"],
    ["牵手计划", "明德社工中心", "19", "2015.09-2016.08", "岚坪县、棠溪县", "3人", "800", "0.97"],
    ["新计划", "同行社工中心", "约30万元", "2016", "禾川县", "4", "5000人", "98%"],
]  # fmt: skip
OFFICIAL = [
    ["农村贫困状况", "", "", ""],
    ["地区", "2013年", "", "2014年"],
    ["", "贫困人口(万人)", "贫困发生率(%)", "贫困人口(万人)"],
    ["全国", "8249", "8.5", "7017"],
    ["河北", "366", "6.5", "320"],
    ["贵州", "745", "21.3", "-"],
    ["注：抽样调查。", "", "", ""],
]
TABLES = (REGISTER, AGENCY, OFFICIAL)


# Good files ---------------------------------------------------------------------------


def sheet_bytes(rows, change=None):
    """A workbook of one sheet; numbers of a table of text are stored as numbers."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append([float(one) if re.fullmatch(r"\d{1,6}\.?\d?", str(one)) else one or None for one in row])  # fmt: skip
    if rows is OFFICIAL:
        sheet.merge_cells("B2:C2")
        sheet.merge_cells("A2:A3")
        sheet["F9"] = datetime.datetime(2020, 1, 2)
        sheet["F9"] = None
    if change:
        change(book, sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def text_bytes(rows, encoding="utf-8", sign=",", end="\n"):
    return "".join(
        sign.join(f'"{one}"' if sign in str(one) else str(one) for one in row) + end for row in rows
    ).encode(encoding)


def survey_bytes(kind, table=0):
    import pyreadstat

    labels, missing = {1: "小学", 2: "初中", 8: "不适用"}, {}
    frame = pd.DataFrame(
        {
            "hbh": ["5201", "5202", "5203"],
            "rjcsr": [2855.5, -8.0, 3000.0],
            "whcd": [1.0, 2.0, 8.0],
            "tpnd": [2016.0, float("nan"), 2015.0],
            "scsbsj": [datetime.date(2014, 5, 1)] * 3,
            "zpyy": ["因病", "因学", ""],
        }
    )
    if table:
        frame = pd.DataFrame({"xmmc": ["三区计划", "牵手计划"], "cjjg": ["清和", "明德"]})
        labels = {}
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/table.{kind}"
        if kind == "dta":
            if not table:
                frame["rks"] = [3.0, "a", 4.0]
                missing = {"rks": ["a"]}
            pyreadstat.write_dta(
                frame, path, variable_value_labels={"whcd": labels} if labels else None,
                missing_user_values=missing,
            )  # fmt: skip
        else:
            pyreadstat.write_sav(
                frame, path, variable_value_labels={"whcd": labels} if labels else None,
                missing_ranges=missing if table else {"rjcsr": [-8]},
            )  # fmt: skip
        return Path(path).read_bytes()


# Damage -------------------------------------------------------------------------------


def scrambled(data, rng, reach=None):
    """Bytes with one to three injuries, within the first ``reach``."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        top = min(len(data), reach or len(data))
        if not top:
            break
        at, size = rng.randrange(top), rng.choice((1, 1, 2, 4, 8, 50, 300))
        match rng.randrange(8):
            case 0 | 1:
                data[at] ^= 1 << rng.randrange(8)
            case 2:
                del data[at : at + size]
            case 3:
                data[at:at] = rng.randbytes(size)
            case 4:
                del data[at:]
            case 5:
                other = rng.randrange(top)
                block = data[at : at + size]
                data[at : at + size] = data[other : other + size]
                data[other : other + size] = block
            case 6:
                data[at : at + size] = bytes(len(data[at : at + size]))
            case 7:
                data[at : at + 4] = rng.choice(
                    (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80")
                )
    return bytes(data)


_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12)
) + "]>"  # fmt: skip
_XML = [
    (r'r="[A-Z]+\d+"', ['r="XFD1048576"', 'r="A0"', 'r="ZZZZZZ1"', 'r="A99999999999"', 'r=""',
                        "r='XFD1048576'", 'r="a1"', 'r="1A"', 'r="XFE1"', 'r="A4294967297"', "",
                        'r="FXSHRXX1"', 'r="XFD2000"', 'r="A1048577"']),
    (r'<row r="\d+"', ['<row r="1048576"', '<row r="4294967295"', '<row r="0"', '<row r="-1"', "<row",
                       '<row r="99999999999999999999"']),
    (r'<c r="[A-Z]+(\d+)"', ["<c", '<c r="XFD3" s="99999"', '<x:c r="B2"']),
    (r'<dimension ref="[^"]*"', ['<dimension ref="A1:XFD1048576"', '<dimension ref="A0:"',
                                 '<dimension ref="B9:A1"']),
    (r"<v>[^<]*</v>", ["<v>99999999</v>", "<v>-1</v>", "<v>x</v>", "<v>1e999</v>", "<v>nan</v>", "<v/>",
                       "<v></v>", "<v>18446744073709551616</v>", "<v>&a;</v>", "<v>&#0;</v>",
                       "<v>#DIV/0!</v>", "<f>A1</f>"]),
    (r't="\w+"', [f't="{one}"' for one in ("s", "e", "b", "d", "n", "str", "inlineStr", "zzz", "")]),
    (r's="\d+"', ['s="1"', 's="4294967295"', 's="-1"']),
    (r'<mergeCell ref="[^"]*"', [f'<mergeCell ref="{one}"' for one in (
        "A1:XFD1048576", "D4:A1", "A1", "", "A0:B0", "A1:A99999999999", "A1:D7", "XFD1:XFD9")]),
    (r"</mergeCells>", ['<mergeCell ref="A1:D7"/>' * 5000 + "</mergeCells>"]),
    (r"<sheetData>", ["<sheetData>" + "<a>" * 100_000, "<sheetData><row><c><is>" + "<r><t>x</t></r>" * 9999,
                      "", "<sheetData/><sheetData>"]),
    (r"<sst [^>]*>", ['<sst count="99999999999" uniqueCount="99999999999">', "<sst>", ""]),
    (r"<si>", ["<si><si>", "", "<si/><si>", "<si><r>"]),
    (r"<(worksheet|sst|workbook|styleSheet|Relationships|Types)\b", [_BOMB + r"<\1", r"<x:\1"]),
    (r'numFmtId="\d+"', ['numFmtId="14"', 'numFmtId="4294967295"', 'numFmtId="22"']),
    (r'(Target|name|r:id|sheetId|Id|Type)="[^"]*"', [r'\1=""', r'\1="../../x"', r'\1="rId1"', ""]),
    (r"UTF-8|utf-8", ["UTF-16", "latin-1", "x"]),
    (r"<sheets>.*</sheets>", ["<sheets/>", '<sheets><sheet name="a" r:id="rId1"/><sheet name="a" r:id="rId1"/></sheets>']),
]  # fmt: skip


def broken_parts(data, rng):
    """A workbook with damage inside its parts, packed anew with right check sums."""
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        parts = {name: box.read(name) for name in box.namelist()}
    for _ in range(rng.choice((1, 1, 2, 3))):
        likely = [name for name in parts if re.search(r"sheet1|shared|workbook|styles", name)]
        name = rng.choice(likely or list(parts))
        kind = rng.randrange(12)
        if kind == 0:
            parts.pop(name)
        elif kind == 1:
            parts[name] = scrambled(parts[name], rng)
        elif kind == 2:
            parts[name] = rng.choice(list(parts.values()))
        else:
            text = parts[name].decode("utf-8", "replace")
            usable = [one for one in _XML if re.search(one[0], text, re.DOTALL)]
            if usable:
                pattern, news = rng.choice(usable)
                found = list(re.finditer(pattern, text, re.DOTALL))
                some = {
                    one.start()
                    for one in rng.sample(found, min(len(found), rng.choice((1, 3, 99))))
                }
                new = rng.choice(news)
                text = re.sub(
                    pattern,
                    lambda one, new=new, some=some: (
                        one.expand(new) if one.start() in some else one[0]
                    ),
                    text,
                    flags=re.DOTALL,
                )
            parts[name] = text.encode()
        if not parts:
            break
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in parts.items():
            box.writestr(name, content)
    return file.getvalue()


_FORMATS = ["0%", "0.00%", '0!.0,', '0"."0,', '0.0,"万"', "0.0万", '#,##0.00"亿元"', "[>=10000]0!.0,;0", "0,,",
            '"约"0"%"', "[Red]-0.0%;0.0%", "yyyy-m-d", "[h]:mm", "0.00E+00", "# ?/?", '_ * #,##0_ ', "@", "General",
            '[$¥-804]#,##0.00', "0‰", '0"百"', "[<1]0.0%;[>=1]0.0万;@", '";"0"%"', "\\%0", "0!%", "[DBNum1]0"]  # fmt: skip


def broken_formats(rng):
    """A workbook whose numbers bear formats, whole or with signs of them moved about."""

    def change(book, sheet):
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                code = rng.choice(_FORMATS)
                for _ in range(rng.choice((0, 0, 1, 2, 5))):
                    at = rng.randrange(len(code) + 1)
                    code = (
                        code[:at]
                        + rng.choice('0#?.,;%"[]!\\_*万亿$<>=@E-')
                        + code[at + rng.randrange(2) :]
                    )
                cell.number_format = code or "0"

    data = sheet_bytes(TABLES[rng.randrange(3)], change)
    return broken_parts(data, rng) if rng.random() < 0.3 else data


def parquet_bytes():
    frame = pd.DataFrame({"y": [1.5, 2.0, None, 4.0], "w": [1, 2, 3, 4], "psu": list("abab")})
    frame.attrs = {"status": "survey", "units": {"y": "yuan"}}
    file = io.BytesIO()
    frame.to_parquet(file)
    return file.getvalue()


def cells_bytes(kind):
    """Raw cells of a register, or the report of its cleaning, as Parquet."""
    frame = pd.DataFrame(REGISTER[1:], columns=REGISTER[0])
    frame["脱贫年度"] = [2016, 2015, None, 2012]
    file = io.BytesIO()
    if kind == "cells":
        frame.to_parquet(file, row_group_size=2)
    else:
        report = ps.clean.households(frame)[1]
        report.assign(new=report["new"].map(str)).to_parquet(file)
    return file.getvalue()


def model_bytes():
    spells = pd.DataFrame({"household_id": range(8), "origin": 2020, "entry": 0, "exit": [1, 2, 3, 3, 1, 1, 2, 3],
                           "help": ["a"] * 4 + ["b"] * 4, "event": [1, 0, 1, 0, 1, 1, 1, 0]})  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        ps.relapse_model("help", spells, baseline="constant").save(path)
        return path.read_bytes()


def broken_model(rng):
    """A kept model with damage to its text, or to what it tells, under a right check sum."""
    if rng.random() < 0.3:
        return scrambled(base("model", 0), rng)
    content = json.loads(base("model", 0))
    for _ in range(rng.randint(1, 3)):
        at = content
        while True:
            key = rng.choice(list(at) if isinstance(at, dict) else range(len(at)))
            if isinstance(at[key], dict | list) and at[key] and rng.random() < 0.8:
                at = at[key]
                continue
            if rng.random() < 0.2:
                del at[key]
            else:
                words = [one for one in _WORDS if not isinstance(one, bytes | datetime.date)]
                at[key] = copy.deepcopy(rng.choice(words))  # later damage goes into it  # fmt: skip
            break
        if not content:
            break
    with contextlib.suppress(TypeError, ValueError):
        content.pop("sha256", None)
        content["sha256"] = _digest(content)
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


WAVES = {
    "table": "panel", "missing": {"不适用": "not applicable"}, "key": ["household_id", "person_id", "year"],
    "columns": {
        "household_id": {"from": {2010: "fid10", 2012: "fid12"}, "read": "household_id", "required": True,
                         "earlier": {2010: ["fid10"]}},
        "person_id": {"from": "pid", "read": "text"},
        "income": {"from": {2010: "faminc", 2012: "fincome1"}, "read": "number"},
        "urban": {"from": "urban12", "read": "category", "values": {"rural": [0, "乡村"], "urban": [1, "城镇"]}},
    },
}  # fmt: skip


@functools.cache
def waves():
    """Two releases of a panel: the later one has other codes, and those of the first beside them."""
    first = pd.DataFrame({"fid10": range(101, 107), "pid": list("aabbab"), "faminc": range(6)})
    then = pd.DataFrame({"fid12": [201, 202, 203, 204, 205], "fid10": [101, 102, 103, 103, 106], "pid": list("aabba"),
                         "fincome1": [9000.5, -8, 500, 700, 0], "urban12": [1, 0, 0, 1, 1]})  # fmt: skip
    return first, then


def broken_pair(rng):
    """The later release as text, with other heads, codes, types and rows than the codebook tells."""
    then = waves()[1].astype(object)
    for _ in range(rng.randint(1, 3)):
        column, row = rng.randrange(then.shape[1]), rng.randrange(len(then) or 1)
        head = then.columns[column]
        match rng.randrange(7):
            case 0:
                then = then.rename(columns={head: rng.choice(["FID12", "fid 12", "fid10", "pid", "x", "", "fid12 "])})  # fmt: skip
            case 1 if then.shape[1] > 1:
                then = then.drop(columns=head)
            case 2:
                then = pd.concat([then, then.sample(1, random_state=row)], ignore_index=True)
            case 3:
                then.isetitem(column, then.iloc[:, column].map(rng.choice([str, "{:>05}".format, "{}.0".format, lambda one: f"{one}{0:016}"])))  # fmt: skip
            case 4:
                then = then.iloc[row:]
            case _ if len(then):
                then.iloc[row, column] = rng.choice(["", "x", "101", 101.5, -8, "不适用", "2e3", 10**18, "101.0", "a", "NaN", "-", "１０１"])  # fmt: skip
        then = then.reset_index(drop=True).astype(object)
    return then.to_csv(index=False).encode()


@functools.cache
def past_bytes(table):
    """Parquet of which DuckDB makes spells, fits and lists."""
    n, file = 40, io.BytesIO()
    frame = [
        pd.DataFrame({"household_id": [i // 4 for i in range(n)], "year": [2010 + i % 4 for i in range(n)],
                      "poor": [i * 7 % 3 % 2 for i in range(n)]}),
        pd.DataFrame({"household_id": range(n), "origin": 2020, "entry": 0, "exit": [i % 3 + 1 for i in range(n)],
                      "help": list("ab") * (n // 2), "event": [i * 7 % 3 % 2 for i in range(n)]}),
        pd.DataFrame({"household_id": range(n), "risk": [i / n for i in range(n)]}),
    ][table]  # fmt: skip
    frame.to_parquet(file, row_group_size=16)
    return file.getvalue()


@functools.cache
def fitted():
    spells = pd.read_parquet(io.BytesIO(past_bytes(1)))
    return ps.relapse_model("help", spells, baseline="constant")


@functools.cache
def searched():
    """What a search keeps between its steps."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "search.json"
        ps.simulation.match_history(RICH, **SEARCH, path=path)
        return path.read_bytes()


RICH = {"median_income": (40_000, 50_000)}
SEARCH = {"sets": 4, "households": 50_000, "steps": 1}


def broken_text(rows, rng):
    rows = [list(row) for row in rows]
    for _ in range(rng.randrange(3)):
        row = rng.choice(rows)
        at = rng.randrange(len(row) or 1)
        new = rng.choice(('"', 'a"b', '"a"b', "\0", "x" * 200_000, "\n", "\r", "é", "\ufeff", "锟斤拷", "\ufffd",
                          "#DIV/0!", "1e400", "9" * 400, "-0", "NaN", "１２", "²", "٣", "2014-13-45", "\ud7ff",
                          "(" * 3000, "一" * 5000, "0" * 20, "2" * 5000, "1e-9", "10e5万", "+5", "1/0", "=1+1"))  # fmt: skip
        match rng.randrange(5):
            case 0:
                row.insert(at, new)
            case 1:
                del row[at:]
            case 2:
                rows.insert(rng.randrange(len(rows)), [])
            case _:
                row[at : at + 1] = [new]
    encoding = rng.choice(("utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"))
    data = text_bytes(rows, encoding, rng.choice(",,\t;|"), rng.choice(("\n", "\r\n", "\r")))
    match rng.randrange(4):
        case 0:
            return data
        case 1:
            at = rng.randrange(len(data))
            return data[:at] + rng.choice(("贫困", '"', "é\n")).encode(rng.choice(("gb18030", "utf-8"))) + data[at:]  # fmt: skip
        case _:
            return scrambled(data, rng)


_WORDS = [None, True, 0, -1, 1.5, float("nan"), float("inf"), 10**400, "", "x", "income", "yes_no", [], {}, [[]],
          {"a": 1}, [1], ["户编号"], [None], "2020-01-01", datetime.date(2020, 1, 1), {1: 2}, "category",
          "number", "date", "period", "percent", "household_id", "text", "series", "row", b"\xff", "\0", "start",
          {"check": "order", "first": "size", "second": "cause"}, ["income", "size"], "programmes"]  # fmt: skip
_LINES = ["!!python/object:os.system x", "a: !!timestamp foo", "b: !!bool maybe", "c: !!int ''", "d: !!float x",
          "columns: &a {income: *a}", "e: &a [*a]", "? [a, b]\n: 1", "<<: 1", "<<: *none", "\tx: 1", "- 1", "%YAML 9.9",
          "---\n...", "name: 2020-13-45", "key: !!set {a}", "key: !!binary x", "name: !!str [1]", "x: |9",
          "missing: " + "[" * 3000, "name: " + "9" * 5000, "name: 0x" + "f" * 9000, "key: !!omap [1]", "{}: 1",
          "\nignored: &i " + "\n".join(["[x]"]), "title: \x07", "name: 1:2:3" + ":4" * 3000, "!<x> y: 1",
          "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 'x'}]\n" for i in range(30))]  # fmt: skip


def broken_book(rng, text):
    """A codebook with damage to its text, its lines or its structure."""
    kind = rng.randrange(5)
    if kind == 0:
        return scrambled(text, rng)
    if kind == 1:
        lines = text.decode().split("\n")
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(lines))
            lines[at : at + rng.randrange(2)] = [rng.choice(["", "  "]) + rng.choice(_LINES)]
        return "\n".join(lines).encode()
    book = yaml.safe_load(text)
    for _ in range(rng.randint(1, 3)):
        at = book
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = rng.choice([one for one in keys if one == "columns"] or keys) if at is book and rng.random() < 0.7 else rng.choice(keys)  # fmt: skip
            if isinstance(at[key], dict | list) and at[key] and rng.random() < 0.8:
                at = at[key]
                continue
            match rng.randrange(4):
                case 0:
                    del at[key]
                case 1 if isinstance(at, dict):
                    at[rng.choice([one for one in _WORDS if not isinstance(one, dict | list)])] = (
                        at.pop(key)
                    )
                case 2 if isinstance(at, dict):
                    new = rng.choice(("min", "max", "unit", "also", "yes", "no", "scale", "open", "required", "values", "read"))  # fmt: skip
                    at[new] = rng.choice(_WORDS)
                case _:
                    at[key] = rng.choice(_WORDS)
            break
    return yaml.dump(book, allow_unicode=True).encode()


# One damaged file ---------------------------------------------------------------------


@functools.cache
def base(kind, table):
    if kind in ("cells", "report"):
        return cells_bytes(kind)
    if kind == "model":
        return model_bytes()
    return sheet_bytes(TABLES[table]) if kind == "xlsx" else survey_bytes(kind, table % 2)


@functools.cache
def small_frame():
    register, _ = ps.clean.synthetic_register(6, seed=1, faults=0)
    agency, _ = ps.clean.synthetic_agency(6, seed=1, faults=0)
    return register, agency


@functools.cache
def wave_bytes(ending):
    """The later release of a panel, as a file."""
    import pyreadstat

    then, file = waves()[1].astype({"fincome1": float}), io.BytesIO()
    if ENDINGS[ending] == "csv":
        return then.to_csv(index=False).encode()
    if ENDINGS[ending] == "parquet":
        then.to_parquet(file)
        return file.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/t.{ENDINGS[ending]}"
        getattr(pyreadstat, f"write_{ENDINGS[ending]}")(then, path, variable_value_labels={"urban12": {0: "乡村", 1: "城镇"}})  # fmt: skip
        return Path(path).read_bytes()


ENDINGS = ("dta", "sav", "parquet", "csv")


@functools.cache
def two_sheets():
    def change(book, _):
        other = book.create_sheet("后")
        for row in OFFICIAL[1:6]:
            other.append(row)

    return sheet_bytes(OFFICIAL[1:6], change)


def damaged(kind, seed):
    """Bytes of a damaged file."""
    rng = random.Random(f"{kind} {seed}")
    if kind == "xlsx":
        return scrambled(base("xlsx", seed % 3), rng)
    if kind == "parts":
        return broken_parts(base("xlsx", seed % 3), rng)
    if kind == "formats":
        return broken_formats(rng)
    if kind == "parquet":
        return scrambled(parquet_bytes(), rng)
    if kind in ("cells", "report"):
        return scrambled(base(kind, 0), rng)
    if kind == "model":
        return broken_model(rng)
    if kind == "search":
        return scrambled(searched(), rng)
    if kind in ("csv", "blocks"):
        return broken_text(TABLES[seed % 3], rng)
    if kind == "yaml":
        return broken_book(rng, (FOLDER / f"{rng.choice(('register', 'agency'))}.yaml").read_bytes())  # fmt: skip
    if kind == "books":
        return broken_book(rng, yaml.dump(WAVES, allow_unicode=True, sort_keys=False).encode())
    if kind == "pairs":
        return broken_pair(rng)
    if kind == "panel":
        return scrambled(wave_bytes(seed % 4), rng, (None, 300, 2000)[seed % 3])
    if kind == "past":
        return scrambled(past_bytes(seed % 3), rng)
    if kind == "folder":
        return scrambled(parquet_bytes(), rng)
    if kind == "key":
        return scrambled(b"5f" * 32, rng)
    if kind == "own":
        return broken_text(TABLES[seed % 3], rng) if seed % 4 else scrambled(base("xlsx", seed % 3), rng)  # fmt: skip
    if kind == "sheets":
        return broken_parts(two_sheets(), rng)
    return scrambled(base(kind, seed % 4 == 3), rng, rng.choice((None, 300, 2000)))


def told_rows(made):
    """A table and its report, once the rows of both are as many as the file has."""
    table, report = made
    assert not table.duplicated([one for one in ("household_id", "person_id", "year") if one in table]).any()  # fmt: skip
    assert table["household_id"].notna().all()
    return table, report


def panel_roads(path):
    book = path if path.suffix == ".yaml" else WAVES
    first, then = waves()
    return {"read_panel": lambda: told_rows(ps.read_panel({2010: first, 2012: then if book == path else path}, book))}  # fmt: skip


def past_roads(path):
    into, kind = path.with_name("clean.parquet"), path.stem[-1]
    return [
        {"spells": lambda: ps.spells(path), "into": lambda: ps.spells(str(path), into=into),
         "moves": lambda: ps.transitions(ps.Survey(path))},
        {"model": lambda: ps.relapse_model("help", path), "risk": lambda: fitted().risk(path, into=into)},
        {"list": lambda: ps.watch_list(path, 3)},
    ][int(kind)]  # fmt: skip


def folder_roads(path):
    whole = path.with_name("clean_report.parquet")  # the good one beside it
    whole.write_bytes(parquet_bytes())
    ask = {"weight": "w", "psu": "psu", "missing": "drop"}
    return {"folder": lambda: ps.mean(ps.Survey(path.parent, **ask), "y"),
            "pattern": lambda: ps.quantile(ps.Survey(f"{path.parent}/*.parquet", **ask), "y")}  # fmt: skip


def own_roads(path):
    into = path.with_name("own")

    def made(call):
        try:
            return call()
        finally:
            shutil.rmtree(into, ignore_errors=True)

    return {"new": lambda: made(lambda: own.new(into, path)), "clean": lambda: made(lambda: own.clean(path, out=into))}  # fmt: skip


PERSONS = pd.DataFrame({"户编号": ["520527197001010018", "5201"], "人数": ["1", "2"]})
ROADS = {
    "panel": panel_roads, **{f"past{i}": past_roads for i in range(3)}, "folder": folder_roads, "own": own_roads,
    "key": lambda path: {"key": lambda: ps.clean.households(PERSONS, key=path)},
    "search": lambda path: {"match": lambda: ps.simulation.match_history(RICH, **SEARCH, path=path)},
    "sheets": lambda path: {"sheets": lambda: ps.clean.read_sheets(path)},
}  # fmt: skip


def read_all(path):
    """Read a file by every road; the errors must be our own, name it, and tell the remedy."""
    if path.stem == "damaged" and path.suffix == ".yaml":
        register, agency = small_frame()
        roads = {"households": lambda: ps.clean.households(register, codebook=path),
                 "programmes": lambda: ps.clean.programmes(agency, codebook=path)}  # fmt: skip
    elif path.stem == "model":
        roads = {"load_model": lambda: ps.load_model(path).summary()}
    elif path.stem == "report":
        roads = {"summary": lambda: ps.clean.summary(path)}
    elif path.stem in ("cells", "blocks"):
        into = path.with_name("clean.parquet")
        roads = {"into": lambda: ps.clean.households(path, into=into)}
        if path.stem == "cells":
            roads["households"] = lambda: ps.clean.households(path)
    elif path.stem in ROADS:
        roads = ROADS[path.stem](path)
    elif path.suffix == ".parquet":
        ask = {"weight": "w", "psu": "psu", "missing": "drop"}
        roads = {"survey": lambda: ps.mean(ps.Survey(str(path), **ask), "y"),
                 "ranks": lambda: ps.quantile(ps.Survey(str(path), **ask), "y")}  # fmt: skip
    else:
        roads = {name: functools.partial(getattr(ps.clean, name), path)
                 for name in ("read_table", "households", "programmes")}  # fmt: skip
    read = 0
    for name, road in roads.items():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", ps.DataWarning)
            try:
                road()
                read += 1
            except PovstudyError as error:
                text = str(error)
                assert error.remedy, f"{name}: no remedy: {text}"
                assert error.where, f"{name}: no place: {text}"
                # a codebook that is read well, but is for other tables, is called by its name; a wave
                # by its year; values of many files by the folder of these; and of a panel past memory
                # it is enough to name the column
                known = path.name in text or (path.suffix == ".yaml" and "codebook" in text) or (
                    path.stem == "panel" and "wave 2012" in text) or path.stem[:4] == "past" or (
                    path.stem == "folder" and (path.parent.name in text or "*.parquet" in text))  # fmt: skip
                assert known, f"{name}: the file is not named: {text}"
                assert len(text) < 1500, f"{name}: long message: {text[:300]}"
                assert "invalidated" not in text, f"{name}: for an earlier file: {text[:300]}"
                still_open(path)
    still_open(path)
    left = {one.name for one in path.parent.iterdir()} - {path.name}
    assert left in (set(), {"clean.parquet"}, {"clean_report.parquet"}, {"clean.parquet", "clean_report.parquet"}), f"left behind: {left}"  # fmt: skip
    return read


def still_open(path):
    """Windows removes no open file; here, its handles are looked for."""
    if Path("/proc/self/fd").is_dir():
        for link in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):
                assert link.readlink() != path, "the file was left open"
    path.rename(path.with_name("moved" + path.suffix)).rename(path)


def read_damaged(kind, seed, folder):
    named = {"parts": "damaged.xlsx", "formats": "damaged.xlsx", "blocks": "blocks.csv", "cells": "cells.parquet",
             "report": "report.parquet", "model": "model.json", "panel": f"panel.{ENDINGS[seed % 4]}", "books": "panel.yaml",
             "pairs": "panel.csv", "past": f"past{seed % 3}.parquet", "folder": "folder.parquet", "key": "key.key", "search": "search.json",
             "own": f"own.{'csv' if seed % 4 else 'xlsx'}", "sheets": "sheets.xlsx"}  # fmt: skip
    path = Path(folder).resolve() / named.get(kind, f"damaged.{kind}")
    path.write_bytes(damaged(kind, seed))
    try:
        return read_all(path)
    finally:
        for one in path.parent.iterdir():
            one.unlink()


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_give_our_own_errors(kind, tmp_path):
    for seed in range(MUTATIONS):
        read_damaged(kind, seed, tmp_path)


# Good files, oddly made ---------------------------------------------------------------


def of_gbk(path, *heads, **more):
    """Write texts of another encoding as those of a Parquet file: some programs do."""
    import pyarrow as pa
    from pyarrow import parquet

    ends = pa.array(["小学", "初中"]).buffers()[1]
    cells = b"".join(one.encode("gbk").ljust(6) for one in ("小学", "初中"))
    cells = pa.Array.from_buffers(pa.string(), 2, [None, ends, pa.py_buffer(cells)])
    parquet.write_table(pa.table({**dict.fromkeys(heads, cells), **more}), path)


def test_texts_of_another_encoding_are_told_by_their_column(tmp_path):
    of_gbk(tmp_path / "raw.parquet", "文化程度", 户编号=["1", "2"])
    for into in (None, tmp_path / "clean.parquet"):
        with pytest.raises(ps.DataError, match=r"raw\.parquet, column 文化程度"):
            ps.clean.households(tmp_path / "raw.parquet", into=into)


def test_a_report_that_was_changed_is_none(tmp_path):
    path = tmp_path / "report.parquet"
    of_gbk(path, "column", "old", "new", "action", "reason")
    with pytest.raises(ps.DataError, match=r"no report(.|\n)*ArrowInvalid"):
        ps.clean.summary(path)
    report = ps.clean.households(small_frame()[0])[1].astype({"action": str, "new": str})
    report.to_parquet(path)
    assert len(ps.clean.summary(path))
    report.loc[0, "action"] = "chinged"
    report.to_parquet(path)
    with pytest.raises(ps.DataError, match=r"no report(.|\n)*'chinged'"):
        ps.clean.summary(path)


def test_a_key_begins_with_codes():
    for key in (["year", "household_id"], ["income", "year"]):
        with pytest.raises(ps.DataError, match="'key' begins with"):
            load_codebook({**WAVES, "key": key})


@pytest.mark.parametrize("key", [5, None, [], [["household_id"]], [{"year": 1}], "a"])
def test_a_key_is_a_list_of_columns(key):
    with pytest.raises(ps.DataError, match="'key' names a column"):
        load_codebook({**WAVES, "key": key})


@pytest.mark.parametrize(("rule", "told"), [({"values": None}, "'values' is for"), ({"values": []}, "'values' is for"),
                                            ({"from": []}, "'from' lists")])  # fmt: skip
def test_a_rule_that_is_empty_is_told(rule, told):
    book = {"columns": {"household_id": {"from": ["户编号"], "read": "household_id"} | rule}}
    with pytest.raises(ps.DataError, match=told):
        load_codebook(book)


def test_a_key_of_one_column_needs_no_list():
    assert load_codebook({**WAVES, "key": "household_id"})["key"] == ["household_id"]


def test_a_number_without_end_is_no_code(tmp_path):
    (tmp_path / "panel.yaml").write_text(
        yaml.dump(WAVES, allow_unicode=True) + f"wave: {'9' * 5000}\n", "utf-8"
    )
    with pytest.raises(ps.DataError, match="300 digits"):
        load_codebook(tmp_path / "panel.yaml")


@pytest.mark.parametrize("key", ["status", "excluded", "link"])
def test_a_model_whose_parts_cannot_be_told_is_damaged(key, tmp_path):
    content = json.loads(model_bytes())
    del content["sha256"]
    content[key] = {"no event": "x"} if key == "excluded" else "x"
    content["sha256"] = _digest(content)
    (tmp_path / "model.json").write_text(json.dumps(content), "utf-8")
    with pytest.raises(ps.DataError, match="damaged"):
        ps.load_model(tmp_path / "model.json")


def test_errors_of_rows_name_the_file_they_are_in(tmp_path):
    pd.DataFrame({"y": [1.0, 2.0], "w": [0.0, 0.0], "v": [1.0, -1.5], "t": ["a", "b"]}).to_parquet(
        tmp_path / "a.parquet"
    )
    for weight in ("w", "v"):
        with pytest.raises(ps.DesignError, match=rf"a\.parquet, column {weight}"):
            ps.Survey(tmp_path / "a.parquet", weight=weight)
    for call in (lambda svy: ps.mean(svy, "z"), lambda svy: ps.mean(svy, "t")):
        with pytest.raises(ps.DataError, match=r"a\.parquet"):
            call(ps.Survey(tmp_path / "a.parquet"))


def written(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


def rows_of(frame):
    return [list(frame.columns), *frame.astype(object).to_numpy().tolist()]


TALL = [["户编号", "收入"], ["52010001", "2855"], ["52010002", "3100"]]


AS_WIDE = ["甲,b", ",", "NA,null", ' 1 ,"2,3"', '"a""b",', "x\u2028\x0b\x85,\x1c"]
NOT_AS_WIDE = ["1,2,3", "1", '"1,2', '"1"x,2', '"1\n2",3', f"{'9' * 140_000},1"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_read_at_once_is_what_its_rows_are(encoding, end, tmp_path):
    lines = ["题", '"户\n编号",名', *AS_WIDE * 3, ""]
    path = written(tmp_path, "table.csv", end.join(lines).encode(encoding))
    told = [[texts[i] for i in codes] for codes, texts in text_columns(path, encoding, 3, 2)]
    rows = list(text_rows(path, encoding))[2:]
    assert list(map(list, zip(*told, strict=True))) == rows
    assert [list(dict.fromkeys(one)) for one in zip(*rows, strict=True)] == [
        texts for _, texts in text_columns(path, encoding, 3, 2)
    ]


@pytest.mark.parametrize("odd", NOT_AS_WIDE)
@pytest.mark.parametrize("at", [1, 40_000, 80_000])
def test_a_text_with_an_odd_row_is_looked_at_row_by_row(odd, at, tmp_path):
    lines = ["a,b", *["1234567890,贫困户"] * 80_000]
    lines.insert(at, odd)
    path = written(tmp_path, "table.csv", "\n".join(lines).encode())
    assert text_columns(path, "utf-8", 1, 2) is None
    still_open(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("sign", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_text_file_is_read_in_every_encoding(encoding, sign, end, tmp_path):
    path = written(tmp_path, "table.csv", text_bytes(TALL, encoding, sign, end))
    assert encoding_of(path) == encoding
    frame, name, first = raw_frame(path)
    assert (rows_of(frame), name, first) == (TALL, "table.csv", 2)
    table, _ = ps.clean.households(
        path,
        codebook={
            "columns": {
                "household_id": {"from": ["户编号"], "read": "household_id"},
                "income": {"from": ["收入"], "read": "number"},
            }
        },
    )
    assert table["income"].to_dict() == {2: 2855.0, 3: 3100.0}


def test_a_workbook_gives_the_cells_as_they_are_shown(tmp_path):
    def change(_, sheet):
        sheet.append(["00012", True, datetime.datetime(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4), 1e-7])  # fmt: skip
        sheet.append([9007199254740993, False, datetime.date(2020, 1, 3), None, -0.5])
        sheet.append([520123199901011234])

    path = written(tmp_path, "t.xlsx", sheet_bytes([["a", "b", "c", "d", "e"]], change))
    rows = sheet_grid(path).rows
    assert rows[1] == ["00012", "TRUE", "2020-01-02", "2020-01-02 03:04:00", "1e-07"]
    assert rows[2][1:] == ["FALSE", "2020-01-03", "", "-0.5"]
    # digits beyond 2**53 are lost: never shown as if they were there
    assert [row[0] for row in rows[2:]] == ["9.007199254740992e+15", "5.201231999010113e+17"]
    _, told = ps.clean.households(
        path, codebook={"columns": {"household_id": {"from": ["a"], "read": "household_id"}}}
    )
    refused = told[told["action"] == "refused"]
    lost = refused[refused["reason"] == "precision_lost"]
    assert lost["row"].tolist() == [3, 4]


def test_cells_that_the_reader_leaves_blank_are_told(tmp_path):
    def change(book, sheet):
        sheet["B2"] = "#DIV/0!"
        sheet["B3"] = "=1+1"  # saved without a value
        sheet["A5"] = "#N/A"
        book.create_sheet("other & more")["A1"] = None

    data = sheet_bytes([["户编号", "人均纯收入"], ["1", ""], ["2", ""], ["3", "5"]], change)
    path = written(tmp_path, "t.xlsx", data)
    assert sheet_grid(path).rows[1:] == [["1", "#DIV/0!"], ["2", "=1+1"], ["3", "5"], ["#N/A", ""]]
    _, told = ps.clean.households(path)
    told = told[told["action"] == "refused"]
    assert told[["row", "old"]].values.tolist() == [[2, "#DIV/0!"], [3, "'=1+1"], [5, "#N/A"]]


def test_a_formula_gives_its_value_and_a_blank_text_is_blank(tmp_path):
    data = sheet_bytes(TALL, lambda _, sheet: sheet.__setitem__("B2", "=1+1"))
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        parts = {name: box.read(name) for name in box.namelist()}
    name = "xl/worksheets/sheet1.xml"
    for value, wanted in ((b"<v>2</v>", "2"), (b"<v></v>", "=1+1")):
        new = re.sub(rb"</f><v ?/>|</f><v></v>", b"</f>" + value, parts[name])
        assert value in new
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as box:
            for one, content in (parts | {name: new}).items():
                box.writestr(one, content)
        assert sheet_grid(written(tmp_path, "t.xlsx", file.getvalue())).rows[1][1] == wanted


def test_merged_cells_are_known_as_far_as_there_are_cells(tmp_path):
    path = written(tmp_path, "t.xlsx", sheet_bytes(OFFICIAL))
    assert sorted(sheet_grid(path).merged) == [(1, 0, 2, 0), (1, 1, 1, 2)]
    table, _ = ps.clean.read_table(path)
    assert table["poor_pop_10k__2013"].tolist() == [8249, 366, 745]
    path = written(
        tmp_path, "t.xlsx", sheet_bytes(TALL, lambda _, sheet: sheet.merge_cells("A3:D90"))
    )
    assert sheet_grid(path).merged == [(2, 0, 2, 1)]


def test_blank_rows_and_a_title_stand_above_the_heads(tmp_path):
    rows = [[], ["", "某县名单"], [], ["", "户编\n号", "人均纯收入", "", ""], ["", "1", "5"], [], ["", "2", "6"], []]  # fmt: skip
    padded = [[one.join('""') for one in row] + [""] * (5 - len(row)) for row in rows]
    for name, data in (("t.xlsx", sheet_bytes(rows)), ("t.csv", text_bytes(padded))):
        path = written(tmp_path, name, data)
        frame, _, first = raw_frame(path)
        assert list(frame.columns) == ["户编\n号", "人均纯收入"]
        assert (first, frame.attrs["above"]) == (5, [(2, "某县名单")])
        table, _ = ps.clean.households(path)
        assert table["income"].to_dict() == {5: 5.0, 7: 6.0}


def test_a_quoted_newline_is_one_row(tmp_path):
    text = '户编号,备注,收入\r\n1,"两\r\n行",5\r\n\r\n3,x,7\r\n'
    frame, _, first = raw_frame(written(tmp_path, "t.csv", text.encode()))
    assert (first, frame["户编号"].tolist()) == (2, ["1", "", "3"])
    assert frame["备注"].iloc[0] == "两\r\n行"
    path = written(tmp_path, "t.csv", text.replace("3,x,7", "3,7").encode())
    with pytest.raises(PovstudyError, match=r"has 2 cells where the head has 3(.|\n)*t.csv, row 4"):
        raw_frame(path)


def test_short_rows_are_refused_but_blanks_beyond_the_heads_are_nothing(tmp_path):
    path = written(tmp_path, "t.csv", b"a,b\n1,2,,\n,\n\n3,4\n")
    assert rows_of(raw_frame(path)[0])[1:] == [["1", "2"], ["", ""], ["", ""], ["3", "4"]]
    path = written(tmp_path, "t.csv", b"a,b\n1,2,,x\n")
    with pytest.raises(PovstudyError, match="row 2"):
        raw_frame(path)


@pytest.mark.parametrize("text", ["户编号\n1\n2\n", "\ufeff户编号\r\n1\r\n2", "\n户编号\n1\n2"])
def test_one_column_is_a_table(text, tmp_path):
    frame, _, first = raw_frame(written(tmp_path, "t.csv", text.encode()))
    assert rows_of(frame) == [["户编号"], ["1"], ["2"]]
    assert first == 2 + text.startswith("\n")


def test_heads_without_rows_are_an_empty_table(tmp_path):
    for name, data in (
        ("t.csv", "户编号,人均纯收入\n".encode()),
        ("t.xlsx", sheet_bytes([["户编号", "人均纯收入"]])),
    ):
        table, told = ps.clean.households(written(tmp_path, name, data))
        assert (len(table), len(told), list(table.columns[:2])) == (
            0,
            0,
            ["household_id", "income"],
        )


def test_heads_that_stand_twice_are_named_by_their_columns(tmp_path):
    rows = [["标题"], ["户编号", "收入", " 收入 "], ["1", "2", "3"]]
    path = written(tmp_path, "t.xlsx", sheet_bytes(rows))
    with pytest.raises(PovstudyError, match=r"t.xlsx, row 2\n  found: 收入 in B, C"):
        raw_frame(path)


def test_a_column_without_head_is_kept_under_its_letter(tmp_path):
    path = written(tmp_path, "t.csv", b"a,,,column B\n1,2,,3\n")
    assert rows_of(raw_frame(path)[0]) == [["a", "column B'", "column B"], ["1", "2", "3"]]


def test_of_several_sheets_the_filled_one_is_read(tmp_path):
    def one(book, _):
        book.create_sheet("空")
        book.create_chartsheet("图")

    assert sheet_grid(written(tmp_path, "t.xlsx", sheet_bytes(TALL, one))).rows == TALL

    def two(book, sheet):
        hidden = book.create_sheet("字典", 0)
        hidden["A1"], hidden.sheet_state = "x", "hidden"
        book.active = 1

    path = written(tmp_path, "t.xlsx", sheet_bytes(TALL, two))
    with pytest.raises(
        PovstudyError, match=r'found: 字典 \(hidden\), Sheet\n  remedy: sheet="Sheet"'
    ):
        raw_frame(path)
    assert rows_of(raw_frame(path, sheet="Sheet")[0]) == TALL
    with pytest.raises(PovstudyError, match="no such sheet"):
        raw_frame(path, sheet="x")


def test_an_old_workbook_is_read(tmp_path):
    xlwt = pytest.importorskip("xlwt")
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for i, row in enumerate(TALL):
        for j, cell in enumerate(row):
            sheet.write(i, j, int(cell) if i else cell)
    book.save(str(tmp_path / "t.xls"))
    assert rows_of(raw_frame(tmp_path / "t.xls")[0]) == TALL


@pytest.mark.parametrize("kind", ["dta", "sav"])
def test_survey_files_give_labels_and_tell_missing_codes(kind, tmp_path):
    path = written(tmp_path, f"t.{kind}", survey_bytes(kind))
    frame, _, first = raw_frame(path)
    assert first == 1
    assert frame["whcd"].tolist() == ["小学", "初中", "不适用"]
    assert frame["scsbsj"].tolist() == ["2014-05-01"] * 3
    assert frame["tpnd"].tolist() == ["2016", "", "2015"]
    if kind == "dta":
        assert frame["rks"].tolist() == ["3", ".a", "4"]
    else:
        assert frame["rjcsr"].tolist() == ["2855.5", "-8 (missing)", "3000"]
    table, told = ps.clean.households(path)
    assert table["exit_year"].tolist()[::2] == [2016, 2015]
    gone = told[told["reason"] == "missing_code"][["row", "old", "action"]].values.tolist()
    assert [2, ".a" if kind == "dta" else "'-8 (missing)", "missing"] in gone
    stored, told = ps.clean.read_table(path)
    assert stored["rjcsr"].isna().tolist() == [False, kind == "sav", False]
    assert stored["whcd"].isna().tolist() == [False, False, True]
    assert "not_applicable" in set(told.loc[told["column"] == "whcd", "reason"])
    assert stored.attrs["labels"]["whcd"][2] == "初中"


def test_a_table_in_memory_is_read_cell_by_cell():
    frame = pd.DataFrame({1: [True, 1, "x\0", "x", None, 2.0], "b": ["一" * 9000, *"abcde"]})
    text = raw_frame(frame)[0]
    assert text["1"].tolist() == ["TRUE", "1", "x\0", "x", "", "2"]
    with pytest.raises(PovstudyError, match="one name"):
        raw_frame(pd.DataFrame([[1, 2]], columns=[1, "1"]))


# Bad files, each in its own way -------------------------------------------------------

BAD = {
    "missing.csv": (None, "no such file"),
    "odd.pdf": (b"x", "Files that can be read end in"),
    "none.csv": (b"", "no bytes"),
    "blank.csv": (b"\n\n,,\n", "no cells"),
    "zero.csv": (b"a,b\n1,2\n3,\0\n", "line 3 holds a zero byte"),
    "half.csv": ("a,b\n1,2\n".encode("utf-16")[:-1], "utf-16 until line"),
    "mixed.csv": ("户,b\n".encode() * 3 + "户\n".encode("gb18030") + b"\xff\xff\n", "utf-8 until line 4; gb18030"),
    "quote.csv": (b'a,b\n1,2\n3,"4\n5,6\n', "quote.csv, line 3"),
    "inside.csv": (b'a,b\n1,2\n"3"x,4\n', "inside.csv, line 3"),
    "noise.xlsx": (b"a,b\n1,2\n\1\2", "damaged, or is not"),
    "noise.xls": (b"a,b\n1,2\n\1\2", "damaged, or is not"),
    "text.dta": (b"a,b\n1,2\n", "damaged, or is not"),
    "text.sav": (b"a,b\n1,2\n" * 99, "damaged, or is not"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_with_a_remedy(name, tmp_path):
    data, words = BAD[name]
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(PovstudyError, match=words) as caught:
        raw_frame(path)
    assert name in str(caught.value.where) or name == "odd.pdf"
    assert caught.value.remedy
    if data is not None:
        still_open(path)


@pytest.mark.parametrize("raw", [None, 3, ["a.csv"], "a\0.csv", "x" * 5000 + ".csv", "."])
def test_what_is_no_file_is_refused(raw):
    with pytest.raises(PovstudyError):
        raw_frame(raw)


@pytest.mark.parametrize(
    "change",
    [
        ('r="A1"', 'r="XFD1048576"'),
        ('r="A1"', 'r="XFD2000"'),
        ('<row r="1"', '<row r="1048576"'),
        ('r="A1"', "r='A1048577'"),
    ],
)
def test_a_stray_cell_is_refused_before_it_fills_the_memory(change, tmp_path):
    data = sheet_bytes(TALL)
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        parts = {name: box.read(name) for name in box.namelist()}
    name = "xl/worksheets/sheet1.xml"
    text = parts[name].decode()
    assert change[0] in text
    text = text.replace(*change, 1)
    if change[0].startswith("<row"):
        text = re.sub('<c r="[AB]1"', "<c", text)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as box:
        for one, content in (parts | {name: text.encode()}).items():
            box.writestr(one, content)
    with pytest.raises(PovstudyError, match=r"far outside(.|\n)*sheet1.xml"):
        raw_frame(written(tmp_path, "t.xlsx", file.getvalue()))


@pytest.mark.parametrize(
    "damage", ["width", "kind", "parts", "missing", "place", "rows", "label", "end"]
)
def test_a_dictionary_that_would_end_the_process_is_refused(damage, tmp_path):
    data = bytearray(survey_bytes("sav"))
    variable = data.index(b"WHCD") - 24
    place = data.index(struct.pack("<2i", 4, 1)) + 8
    at, number = {
        "width": (variable + 4, 1 << 17),
        "kind": (variable + 4, 8),
        "parts": (176 + 4, 132),
        "missing": (variable + 12, 6),
        "label": (variable + 8, 7),
        "place": (place, 2**31 - 1),
        "rows": (80, 2**28),
        "end": (0, 0),
    }[damage]
    data = data[: variable + 7] if damage == "end" else data
    if damage != "end":
        data[at : at + 4] = struct.pack("<i", number)
    with pytest.raises(PovstudyError, match=r"no sense.\n  where: t.sav, record [0-9]+\n"):
        raw_frame(written(tmp_path, "t.sav", bytes(data)))


@pytest.mark.parametrize(("code", "told"), [
    (b"5201    ", {"5201": "不适用"}), ("初中初".encode()[:8], {"初中": "不适用"}), (b"52\xff01   ", None),
    (struct.pack("<d", 1.0), None)])  # fmt: skip
def test_labels_of_a_text_that_are_no_text_are_refused(code, told, tmp_path):
    data = bytearray(survey_bytes("sav"))
    data[data.index(struct.pack("<2i", 4, 1)) + 8] = 1  # labels of numbers, for the first: a text
    for number in (1.0, 2.0, 8.0):
        at = data.index(struct.pack("<d", number), 300)
        data[at : at + 8] = code
    path = written(tmp_path, "t.sav", bytes(data))
    if told is None:
        with pytest.raises(ps.DataError, match="stand at no text"):
            survey_file(path, "sav")
    else:
        assert survey_file(path, "sav")[1] == {"hbh": told}


# Many damaged files -------------------------------------------------------------------

_SECONDS = 120  # of the clock, on a machine that does other things too
_BYTES = 4 * 2**30


def work(kind, seeds):
    """Read damaged files one after the other, within bounds, and tell of each."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            print("start", seed, flush=True)
            began = time.process_time()
            try:
                told = f"read by {read_damaged(kind, seed, folder)}"
            except BaseException as error:
                place = error.__traceback__
                while place.tb_next:
                    place = place.tb_next
                where = f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}"
                told = f"FOREIGN {type(error).__name__} {where} {error}".replace("\n", " ")[:400]
            if time.process_time() - began > 3:
                told += f" SLOW {time.process_time() - began:.0f} s"
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 1.5 * 2**20:  # kilobytes
                told += " LARGE"
            print("done", seed, told, flush=True)


def run_many(number, kinds, first=0):
    """Read ``number`` damaged files of each kind, and print what went wrong."""
    for kind in kinds:
        left, tally, began = list(range(first, first + number)), {}, time.time()
        while left:
            process = subprocess.Popen(
                [sys.executable, __file__, "work", kind, str(left[0]), str(left[-1] + 1)],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            )  # fmt: skip
            alarm, current = threading.Timer(2 * _SECONDS, process.kill), None
            alarm.start()
            for line in process.stdout:
                word, seed, *told = line.split(" ", 2)
                if word == "start":
                    alarm.cancel()
                    alarm, current = threading.Timer(_SECONDS, process.kill), int(seed)
                    alarm.start()
                elif word == "done":
                    told, current = told[0].strip(), None
                    left.remove(int(seed))
                    tally[told[:9]] = tally.get(told[:9], 0) + 1
                    if re.search("FOREIGN|SLOW|LARGE", told):
                        print(kind, seed, told, flush=True)
                elif current is not None:  # what others write past us
                    tally["LEAK"] = tally.get("LEAK", 0) + 1
                    print(kind, current, "LEAK", line.strip()[:200], flush=True)
            alarm.cancel()
            if process.wait() and current is None:
                sys.exit(f"{kind}: the worker ended with {process.returncode} before it began")
            if current is not None:
                left.remove(current)
                tally["CRASH"] = tally.get("CRASH", 0) + 1
                print(kind, current, f"CRASH or hang: code {process.returncode}", flush=True)
        print(f"{kind}: {number} in {time.time() - began:.0f} s: {tally}", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "work":
        work(sys.argv[2], range(int(sys.argv[3]), int(sys.argv[4])))
    else:
        asked = argparse.ArgumentParser()
        asked.add_argument("--count", type=int, default=2500, help="files of each kind")
        asked.add_argument("--seed", type=int, default=0, help="the first; each file has its own")
        asked.add_argument("--kinds", default=",".join(KINDS))
        asked = asked.parse_args()
        run_many(asked.count, asked.kinds.split(","), asked.seed)
