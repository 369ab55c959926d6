"""Calls that end in an error which is told in Chinese too; see test_chinese_errors.

Of these no remedy is tried: it is a sentence, or is tried elsewhere. Each is run in an empty folder
that holds the files of `write`.
"""

import runpy
import sys
import zipfile
from os import environ
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import duckdb
import numpy as np
import pandas as pd
import requests

import povstudy as ps
from povstudy.base import shadows
from povstudy.base.checks import need_between, need_columns, need_one_of, need_positive, need_whole
from povstudy.base.columns import refuse_two_kinds
from povstudy.base.files import need_file, only_one, write_whole
from povstudy.base.optional import optional
from povstudy.clean.guess import guess
from povstudy.measures.before import opened
from povstudy.study import cli, environment
from povstudy.survey.negatives import tell_codes

from .measuring import AUDIT, TOTALS, audited, frame
from .places import AREAS, DIRECT
from .states import PANEL
from .tables import panel
from .visiting import LEFT

TABLE = frame()
SPELLS = pd.DataFrame({"household_id": range(60), "entry": 0, "exit": [1, 2, 3] * 20,
                       "event": [1, 0, 0, 1, 1, 0] * 10, "x": np.arange(60) % 7,
                       "county": ["a", "b"] * 30})  # fmt: skip
RISK = pd.DataFrame({"household_id": range(8), "risk": np.arange(8) / 10, "horizon": 3})


def raised(error):
    """Raise an error that a function of the set-up makes and others raise."""
    raise error


def noted(path):
    """Write a panel that notes a greatest mark of 5, though its rows hold 0 and 1 alone."""
    years, marks = [2010] * 3 + [2011] * 3, [0, 1, 0, 0, 0, 1]
    pd.DataFrame({"household_id": [7, 8, 9] * 2, "year": years, "poor": marks}).to_parquet(path)
    data = path.read_bytes()
    foot = len(data) - 8 - int.from_bytes(data[-8:-4], "little")  # which ends with its length
    one, five = (b"\x08" + number.to_bytes(8, "little") for number in (1, 5))
    path.write_bytes(data[:foot] + data[foot:].replace(one, five))


def write(folder):
    """Files that cannot be read, and say why."""
    for name, content in {
        "page.xls": b"<html><table></table></html>", "print.csv": b"%PDF-1.4", "seen.xlsx": b"\x89PNG\r\n",
        "packed.csv": b"\x1f\x8b0", "survey.csv": b"PAR1", "letter.csv": b"{\\rtf1 x}",
        "plain.csv": "户编号,收入\n1,2\n".encode(), "heads.csv": "户编号,收入\n".encode(),
        "figures.csv": b"1,2\n3,4\n", "names.csv": "姓名\n张三\n李四\n".encode(), "none.csv": b"",
        "blank.csv": b",\n,\n", "short.csv": "户编号,收入,村\n1,2\n".encode(), "noise.xlsx": b"PK\x03\x04noise",
        "mixed.csv": "户编号,村\n1,甲\n".encode() + b"2,\xff\xff\n", "open.csv": '户编号,村\n1,"甲\n2,乙\n'.encode(),
        "twice.csv": "收入,收入\n1,2\n".encode(), "odd.pdf": b"%PDF", "no.parquet": b"nothing",
        "broken.yaml": b"columns: {a: [", "odd.yaml": b"name: x\ncolour: red\ncolumns: {}\n",
        "rule.yaml": "name: x\ntable: households\ncolumns: {income: {from: [收入], read: number, rgad: 1}}\n".encode(),
        "locked.xls": b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
    }.items():  # fmt: skip
        (folder / name).write_bytes(content)
    with zipfile.ZipFile(folder / "things.xlsx", "w") as box:
        box.writestr("readme.txt", "x")
    with zipfile.ZipFile(folder / "open.xlsx", "w") as box:
        box.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    pd.DataFrame({"户编号": [1], "收入": [2]}).to_excel(folder / "one.xlsx", index=False)
    with pd.ExcelWriter(folder / "two.xlsx") as book:
        for name in ("甲", "乙"):
            pd.DataFrame({"户编号": [1], "收入": [2]}).to_excel(book, sheet_name=name, index=False)
    head = ["户编号", "人均纯收入", "人均纯收入"]
    pd.DataFrame([[1, 2, 3]], columns=head).to_excel(folder / "twice.xlsx", index=False)
    (folder / "taken.csv").mkdir()
    noted(folder / "noted.parquet")


READ = 'ps.clean.households("{}")'
CALLS = [
    # files
    *(READ.format(name) for name in (
        "page.xls", "seen.xlsx", "packed.csv", "survey.csv", "letter.csv", "things.xlsx", "open.xlsx",
        "none.csv", "blank.csv", "short.csv", "noise.xlsx", "mixed.csv", "open.csv", "twice.csv", "odd.pdf",
        "locked.xls", "two.xlsx", "missing.csv", "print.csv")),
    'ps.clean.read_table("survey.csv")', 'ps.clean.read_table("taken.csv")', 'ps.clean.read_table("folder/register")', 'ps.clean.number("3万-1")', 'ps.clean.number("3000-10000-2")', 'ps.clean.read_table(None)', 'need_file("x" * 300 + ".csv")',
    'ps.clean.read_table("two.xlsx", sheet="丙")', 'ps.clean.read_table("plain.csv", sheet="甲")',
    'ps.clean.read_table("one.xlsx", encoding="utf-8")', 'ps.clean.read_table("plain.csv", encoding="utf-99")',
    'ps.clean.read_table("mixed.csv", encoding="utf-8")',
    'guess("heads.csv")', 'guess("figures.csv")', 'guess("names.csv")',
    'ps.Survey("no.parquet")', 'ps.clean.write(table, "taken.csv")', 'ps.clean.write(table, "table.doc")',
    'ps.clean.households("plain.csv", codebook="broken.yaml")', 'ps.clean.households("plain.csv", codebook="odd.yaml")',
    'ps.clean.households("plain.csv", codebook="registr")', 'ps.clean.households("plain.csv", codebook="rule.yaml")',
    'write_whole(Path("taken.csv"), "x")', 'ps.clean.households("plain.csv", codebook="agency")',
    # cells
    'ps.clean.number("963O")', 'ps.clean.number("#DIV/0!")', 'ps.clean.number("2015-06")',
    'ps.clean.count("3户家庭")', 'ps.clean.count("0.5")', 'ps.clean.percent("0.97")', 'ps.clean.percent("百分之5%")',
    'ps.clean.money("3.1美元")', 'ps.clean.year("20 15")', 'ps.clean.date("5/6/2015")', 'ps.clean.date("x")',
    'ps.clean.date("2017-13-01")', 'ps.clean.period("2015-2013")', 'ps.clean.household_id("9.90000E+11")',
    'ps.clean.household_id("甲，乙")', 'ps.clean.yes_no("或许")', 'ps.clean.status("拟脱贫")', 'ps.clean.causes("懒")',
    'ps.clean.support_measures("送刺梨苗")', 'ps.clean.province("某处")', 'ps.clean.repair("贫\\ufffd")', 'ps.clean.column_name("未知列")',
    'ps.clean.programmes(pd.DataFrame({"项目名称": ["甲"], "承接机构": ["乙"], "开始时间": ["2015-09-01"], "起止时间": ["2015-2016"]}))',
    'ps.clean.households(pd.DataFrame({"人数": ["1"]}))', 'ps.clean.households(pd.DataFrame({"户编号": ["—"], "家庭人口": ["3"]}))',
    'ps.clean.households(pd.DataFrame([["1", "2"]], columns=["户编号", "户编号"]))',
    'ps.clean.programmes(pd.DataFrame({"项目名称": ["项目"], "机构": ["承接机构"], "人次": ["服务人次"]}))',
    'ps.clean.suppress(table, ["village"], "w")',
    # arguments and columns
    'ps.poverti', 'ps.zzz', 'ps.mean(svy, "income").query', 'svy.poverty', 'ps.mean(svy, ["incom", "sise"])', "svy.wher", 'ps.load("china_incidens")', "need_columns(table, ['incom', 'village'])",
    "need_columns(table, ['incom', 'sise'])", "need_columns([1], [])", 'need_columns(ps.mean(svy, "income"), [])', 'opened(table, ["w", "w"], [])', "need_columns(table[:0], ['income'])",
    "need_columns(table, [['income']])", 'need_whole("draws", 9, 1, most=5)', 'need_positive("n", -1, least=0)',
    'need_between("k", 2, 0, 1, 0.5, ends=(1,))', 'ps.mean(svy, "income", lin=3)', 'ps.poverty(svy)',
    'ps.poverty(svy, "income", 2300, "village", 1, 2, 3, 4, 5, 6, 7, 8, 9)', 'ps.poverty(svy, "income", 2300, line=5)',
    'ps.poverty(svy, "incom", 2300)', 'ps.poverty(svy, ["incom", "sise"], 2300)', 'ps.poverty(svy, 2300, 2300)',
    'ps.mean(svy, [table["income"]])', 'ps.mean(ps.Survey(table[:0]), "income")',
    'ps.mean(ps.Survey(frame(income=1e300)), "income")', 'ps.mean(ps.Survey(frame(day=pd.Timestamp("2014-05-01"))), "day")',
    'ps.mean(svy, "income").contrast("village", "a", "b")', 'ps.mean(svy, "income", by="village").contrast("village", "a", "q")',
    # surveys
    'ps.Survey(frame(w=0.0), weight="w").cells', 'ps.mean(ps.Survey(frame(w=0.0), weight="w"), "income")',
    'ps.mean(ps.Survey(frame(stratum=[None, 1, 1, 2, 2, 2]), strata="stratum"), "income")',
    'ps.mean(ps.Survey(frame(a=None, b=None), strata=["a", "b"]), "income")',
    'ps.mean(ps.Survey(frame(stratum=[1, 1, 1, 2, 2, 2], n=2.0), strata="stratum", fpc="n"), "income")',
    'svy.where("income > 1e9")', 'ps.mean(ps.Survey(frame(place=None), missing="drop"), "income", by="place")',
    'ps.mean(ps.Survey(frame(income=np.nan), missing="drop"), "income")',
    'ps.regress(3, svy)', 'ps.regress("income ~ a", svy)', 'ps.regress("income ~ w + v", ps.Survey(frame(v=1.0, w=range(6))))',
    'ps.poverty(ps.Survey(frame(income=[-5.0, 1, 2, 3, 4, 5])), "income", 2)', 'ps.Survey(table, source=3)',
    # poverty, lines, sources
    'ps.poverty(ps.Survey(frame(z=0.0)), "income", "z")', 'ps.poverty(svy, "income", 2300, measures="depth")', 'ps.inequality(svy, "income", measures="ginni")',
    'ps.inequality(ps.Survey(frame(income=[0.0, 1, 2, 3, 4, 5])), "income", measures="atkinson(2)")',
    'ps.inequality(ps.Survey(frame(income=[0.0, 1, 2, 3, 4, 5])), "income", measures="mld")',
    'ps.growth_incidence(ps.Survey(frame(year=[1, 1, 1, 2, 2, 2])), "income", over="year", base=1, value=3)',
    'ps.grouped_poverty([5, 4, 3, 2, 1], line=2)', 'ps.line(2030, base_year=2010, deflator={2010: 100})',
    'ps.deflate(table, "income", "income", index={2010: 100}, by="income", base=2010)',
    'ps.line(2030)', 'fetch("spain_ecv")', 'ps.load("county_exits", table="counties")',
    # targeting
    "sample['group'] = sample['group'].replace('exited', '某类'); " + AUDIT,
    "sample = sample[sample['group'] != 'exited']; " + AUDIT, "sample = sample[sample['group'] != 'outside']; " + AUDIT,
    "sample = sample.assign(size=0); " + AUDIT, "totals = {'rural': 1}; " + AUDIT,
    "totals = {**totals, 'exited': -1}; " + AUDIT, 'ps.audit_sample_size(0.02, true_rate=0.0199999)',
    'ps.bunching(frame(listed=False), "income", 2300, listed="listed")',
    # panels
    "ps.spells(people.iloc[:0])", 'ps.spells(people.assign(year=2014.5))', "ps.transitions(people.assign(year=20141))",
    'ps.transitions(people, step=99)', 'ps.spells(people.assign(poor=-8))', 'ps.read_panel([1])',
    'ps.read_panel({})', 'ps.spells(people.assign(year=20140501))', 'ps.spells("noted.parquet")',
    'ps.simulation.match_history({"median_income": (4e4, 5e4)}, sets=4, households=50_000, steps=1, path="plain.csv")',
    # the relapse model and the watch list
    'ps.relapse_model("x", spells.assign(x=None))', 'ps.relapse_model("x", spells.assign(exit=-1))',
    'ps.relapse_model("x", spells.assign(v=1), cluster="v")', 'ps.relapse_model("x", spells.assign(x=1.0))',
    'ps.relapse_model("x", spells, cause="flood")', 'ps.relapse_model("x", spells.assign(event=["ill", "moved", ""] * 20), cause="flood")',
    'ps.relapse_model(3, spells)', 'ps.relapse_model("x + y", spells.assign(y=spells["x"] * 2))', 'ps.relapse_model("county", spells).risk(households.assign(county="c"), horizon=1)',
    'ps.relapse_model("x", spells).risk(households, horizon=9)',
    'ps.relapse_model("x", spells).risk(duckdb.sql("SELECT 1 AS x"), history=spells, into="risk.parquet")',
    'ps.relapse_model("x", spells).risk(duckdb.sql("SELECT NULL::DOUBLE AS x"), into="risk.parquet")',
    'ps.relapse_model("county", spells).risk(duckdb.sql("SELECT \'c\' AS county"), into="risk.parquet")',
    'ps.relapse_model("x", spells.assign(x=spells["event"].where(spells.index > 0, 1)))',
    'ps.watch_list(risk, capacity=0)', 'ps.watch_list(risk, capacity=99)', 'ps.watch_list(risk, capacity=2, reasons=risk[["risk"]][:1])',
    'ps.watch_list(risk.assign(county=None), capacity=2).counts("county")', 'ps.watch_list(risk.assign(risk=5), capacity=2)',
    # the two commands
    'environment._go_on(Path("nowhere"), [])', "raised(environment._tool_failed('No space left on device'))",
    "raised(environment._tool_failed('Temporary failure in name resolution'))",
    "raised(environment._tool_failed('Permission denied'))", "raised(environment._tool_failed('something else'))",
    "lock('setting up')", "lacks(handed=False)", "lacks(handed=True)", "making(find_spec=None)", "making(room=0)",
    "making(stop=True)", "command(False)", "command(True)", "old_python()", "raised(ps.SetupError(**shadows.told('csv.py')))",
    "without()",
    # a register and visits, small places, calibrated weights, several states
    'ps.register_and_visits(left, sensitivity=0.4, specificity=0.6)',
    'ps.register_and_visits(left.assign(poor_again=left["poor_again"].where(left["relapsed"] == 1)))',
    'ps.register_and_visits(left.assign(poor_again=left["poor_again"].where(left["relapsed"] == 0)))',
    'ps.register_and_visits(left.assign(poor_again=np.nan))',
    'ps.fay_herriot(direct[direct["county"] != "g"], "register", areas[areas["county"] != "a"])',
    'ps.Survey(frame(sex=list("fmfmfm"))).calibrate({"sex": {"f": 3, "m": 3, "x": 1}})',
    'ps.Survey(frame(sex=list("fmfmfm"))).calibrate({"sex": {"f": 3}})',
    "ps.transitions(seen, states=3)", "ps.transitions(seen, states={'status': ['listed', 'left']})",
    "ps.transitions(seen, states={'income': {'a': 5, 'b': 4, 'c': 3}})", "ps.state_occupation(seen, 'gone', 'status')",
    # other ways of raising them
    'ps.poverty(svy, "income", 4).conf_int(alpha=0.95)', 'ps.clean.households("twice.xlsx")', 'ps.read_panel({}, codebook="cfps")',
    'ps.transitions(people[people["year"] == people["year"].min()])', 'ps.clean.money("2015-06元")', 'ps.clean.percent("2015-06")',
    'svy.where(pd.Series([True, None, False, True, True, True], dtype="boolean"))', 'svy.where("income < x")',
    'refuse_two_kinds("k", pd.Series([1]), pd.Series([pd.Timestamp("2014-05-01")]))',
    'tell_codes(pd.DataFrame({"x": [-8.0] * 5 + [3000] * 9}), ["x"])',
]  # fmt: skip


def fetch(name):
    """Fetch while there is no network."""
    import pooch

    def retrieve(*given, **more):
        raise requests.exceptions.ConnectionError("no route")

    before, pooch.retrieve = pooch.retrieve, retrieve
    try:
        ps.sources.downloads._download(
            name, {"url": "https://x.org/y", "name": "y.csv", "hash": "0"}, None
        )
    finally:
        pooch.retrieve = before


def lock(doing):
    """Do in a folder what another one is doing there."""
    with only_one("one.lock", doing), only_one("one.lock", doing):
        pass


def lacks(handed):
    """Start a command where packages are missing."""
    with patch.object(environment, "missing_packages", lambda *given: ["rich>=13"]), patch.object(
        environment, "is_checkout", lambda root: handed
    ), patch.dict(environ, {"POVSTUDY_HANDED_OVER": "1"} if handed else {}):  # fmt: skip
        environment.ensure(("study",), [], Path())


def making(find_spec=1, room=1e12, stop=False):
    """Make an environment where this cannot be done."""
    ready = {"side_effect": KeyboardInterrupt} if stop else {"return_value": True}
    with patch("importlib.util.find_spec", lambda name: find_spec), patch.object(
        environment, "_is_ready", **ready
    ), patch("shutil.disk_usage", lambda root: SimpleNamespace(free=room)):  # fmt: skip
        environment.make(Path(".venv"), Path())


def command(checkout):
    """Run a command outside a checkout, or where a file cannot be read."""
    with patch.object(cli, "is_checkout", lambda: checkout), patch.object(
        cli, "ensure", side_effect=OSError("locked")
    ):  # fmt: skip
        cli.main(["report"])


def old_python():
    """Start on a Python that is too old."""
    with patch.object(sys, "version_info", (3, 8, 18)):
        runpy.run_module("povstudy.__main__")


def without():
    """Use a package that is not there."""
    with optional("nothing", "Reading a.xyz"):
        raise ImportError("No module named 'nothing'")


PLAIN = {"ps": ps, "pd": pd, "np": np, "duckdb": duckdb, "need_columns": need_columns, "need_whole": need_whole,
         "need_one_of": need_one_of, "need_positive": need_positive, "need_between": need_between}  # fmt: skip


def scope():
    """What the calls are made with."""
    return {**PLAIN, "Path": Path, "table": TABLE.copy(), "svy": ps.Survey(TABLE), "frame": frame,
            "people": panel().assign(poor=1), "guess": guess, "tell_codes": tell_codes, "spells": SPELLS, "households": SPELLS[["household_id", "x", "county"]].assign(duration=0),
            "risk": RISK, "left": LEFT, "seen": PANEL, "areas": AREAS, "direct": DIRECT, "sample": audited(), "totals": dict(TOTALS),
            "need_file": need_file, "write_whole": write_whole, "environment": environment, "cli": cli,
            "raised": raised, "lacks": lacks, "making": making, "command": command, "old_python": old_python,
            "without": without, "shadows": shadows, "refuse_two_kinds": refuse_two_kinds, "opened": opened, "fetch": fetch, "lock": lock}  # fmt: skip
