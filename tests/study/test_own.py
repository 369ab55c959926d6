"""A study of one's own: the folder that is made, its notebook that runs, a file cleaned."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.base.errors import SetupError
from povstudy.clean.record.codebooks import load_codebook
from povstudy.study import cli, environment, own


@pytest.fixture(autouse=True)
def no_set_up(monkeypatch):
    monkeypatch.setattr(cli, "ensure", lambda *words: None)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Made-up files of each kind."""
    folder = tmp_path_factory.mktemp("their files")
    raw = ps.clean.synthetic_register(150, seed=2, faults=1)[0]
    raw["帮扶大类"] = np.resize(["产业", "就业"], len(raw))
    raw.to_csv(folder / "名册 2021.csv", index=False, encoding="gb18030")
    ps.clean.synthetic_agency()[0].to_excel(folder / "records.xlsx", index=False)
    (folder / "年鉴.csv").write_text(
        "表1 农村贫困状况（2014年）\n地区,贫困人口（万人）,贫困发生率（%）\n河北,218,5.6\n山西,269,11.1\n贵州,623,18.0\n注：抽样调查。\n",
        encoding="gb18030",
    )
    pd.DataFrame({"户编号": list("abcdefgh"), "村": list("AABBCCDD"), "致贫原因": "因病"}).to_csv(folder / "words.csv", index=False)  # fmt: skip
    rng, n = np.random.default_rng(0), 200
    talks = pd.DataFrame({"村": np.resize(["石门村", "大坪村"], n), "户编号": [f"A{i}" for i in range(n)],
                          "人均纯收入": rng.lognormal(8, 1, n).round().astype(int), "权重": rng.uniform(1, 9, n).round(1)})  # fmt: skip
    talks.loc[[3, 8, 9], "人均纯收入"], talks.loc[[5], "权重"] = -8, np.nan
    talks.to_csv(folder / "访谈.csv", index=False, encoding="gbk")
    survey = pd.DataFrame({"hhid": range(n), "pcincome": rng.lognormal(8, 1, n).round(),
                           "urban": rng.integers(0, 2, n), "weight": rng.uniform(1, 9, n)})  # fmt: skip
    pyreadstat = pytest.importorskip("pyreadstat")
    labels = {"urban": {0: "rural", 1: "urban"}}
    pyreadstat.write_dta(survey, folder / "wave.dta", variable_value_labels=labels)
    return folder


NAMES = {"名册 2021.csv": "zh", "records.xlsx": "zh", "年鉴.csv": "zh", "words.csv": "zh", "访谈.csv": "zh", "wave.dta": "en"}  # fmt: skip


@pytest.fixture(scope="module")
def studies(files, tmp_path_factory):
    """A study of each file; the first is begun by the command, in an empty folder."""
    home, made = tmp_path_factory.mktemp("empty"), {}
    first = [
        sys.executable,
        "-m",
        "povstudy",
        "new",
        "my study",
        "--from",
        str(files / "名册 2021.csv"),
    ]
    done = subprocess.run(
        first,
        cwd=home,
        env=environment.with_path(),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    for i, name in enumerate(NAMES):
        folder = home / f"my study {i or ''}".strip()
        lines = own.new(folder, files / name) if i else [done.stdout]
        made[name] = folder, "\n".join(lines)
    assert not [one for one in home.iterdir() if one.name.startswith(".part")]
    return made


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_is_whole_and_speaks_the_language_of_the_heads(studies, files, name):
    folder, told = studies[name]
    lang = NAMES[name]
    there = {path.name for path in folder.iterdir()}
    book = set() if name == "年鉴.csv" else {"codebook.yaml"}
    assert there == {".gitignore", "data", "README.md", "checklist.md", f"{folder.name}.ipynb"} | book  # fmt: skip
    assert (folder / "data" / name).read_bytes() == (files / name).read_bytes()
    for page in ("README.md", "checklist.md"):
        text = (folder / page).read_text("utf-8")
        assert bool(re.search("[一-鿿]{9}", text)) is (lang == "zh")
        assert "$" not in text
    assert ("中文" in told) is (lang == "zh") and "git" in told
    if book:
        load_codebook(folder / "codebook.yaml")


@pytest.mark.parametrize("name", NAMES)
def test_git_ignores_the_data_and_what_is_cleaned(studies, name, tmp_path):
    folder, _ = studies[name]
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "cleaned").mkdir(exist_ok=True)
    (folder / "cleaned" / "table.xlsx").write_bytes(b"x")
    told = subprocess.run(["git", "-C", str(folder), "status", "--porcelain", "-uall"],
                          capture_output=True, text=True, check=True).stdout  # fmt: skip
    assert "codebook" in told or name == "年鉴.csv"
    assert "data/" not in told and "cleaned/" not in told


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_runs_and_is_thin(studies, name, monkeypatch):
    from nbclient import NotebookClient

    folder, _ = studies[name]
    notebook = nbformat.read(next(folder.glob("*.ipynb")), 4)
    nbformat.validate(notebook)
    assert [cell["id"] for cell in notebook["cells"]] == [
        f"cell-{i:02d}" for i in range(len(notebook["cells"]))
    ]
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(code) == (3 if name == "words.csv" else 5)
    assert not any("def " in cell["source"] or "lambda" in cell["source"] for cell in code)
    if name in ("名册 2021.csv", "wave.dta"):  # in a kernel, as a reader would; it takes time
        monkeypatch.setenv("PYTHONPATH", str(environment.ROOT))
        resources = {"metadata": {"path": str(folder)}}
        NotebookClient(notebook, timeout=300, resources=resources).execute()
        assert "image/png" in str([cell["outputs"] for cell in code])
    else:
        monkeypatch.chdir(folder)
        names = {}
        for cell in code:
            exec(cell["source"], names)
    assert (folder / "cleaned" / "report.html").is_file()
    shown = str([cell["outputs"] for cell in code])
    assert name == "words.csv" or list((folder / "results").glob("*.png"))
    assert "990000000001" not in shown  # no row of a household is kept
    if name == "wave.dta":
        assert 'Survey(table, weight="weight"' in code[3]["source"]
    if name == "访谈.csv":  # a household without a weight is left out, and told
        assert 'Survey(table[table["weight"] >= 0], weight="weight"' in code[3]["source"]
        assert "1行没有可用的权重" in str(notebook) and names["means"]["n"].sum() == 196
        assert names["means"]["data_status"].unique() == ["survey"]


def test_what_is_there_is_never_overwritten(files, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "note").write_text("kept")
    for name in ("mine", "note"):
        with pytest.raises(SetupError, match="nothing is overwritten"):
            own.new(tmp_path / name, files / "records.xlsx")
    assert cli.main(["new", str(tmp_path / "note"), "--from", str(files / "records.xlsx")]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert (tmp_path / "note").read_text() == "kept" and not list((tmp_path / "mine").iterdir())


def test_a_register_that_tells_of_falls_leads_on_to_spells(tmp_path):
    raw = pd.DataFrame({"户编号": [f"5201{i}" for i in range(40)], "家庭人口": 3, "人均纯收入": range(2000, 2040),
                        "脱贫年度": ["2016", "2017"] * 20, "返贫时间": ["2018", ""] * 20})  # fmt: skip
    raw.to_csv(tmp_path / "a.csv", index=False)
    own.new(tmp_path / "mine", tmp_path / "a.csv")
    assert "ps.register_spells(table" in (tmp_path / "mine" / "mine.ipynb").read_text("utf-8")


def test_a_register_with_many_falls_leads_to_a_figure_a_list_and_a_model(tmp_path, monkeypatch):
    n, rng = 600, np.random.default_rng(3)
    raw = pd.DataFrame({"户编号": [f"5201{i:08d}" for i in range(n)], "乡镇": "甲镇",
                        "行政村": [f"{'一二三四五六七八九十'[i % 10]}村" for i in range(n)] , "家庭人口": rng.integers(1, 7, n),
                        "致贫原因": np.resize(["因病", "因学", "缺资金"], n), "脱贫年度": rng.integers(2015, 2019, n).astype(str),
                        "2019年人均纯收入": 4000 + rng.integers(0, 900, n), "2021年人均纯收入": 5000 + rng.integers(0, 900, n)})  # fmt: skip
    year = raw["脱贫年度"].astype(int) + rng.integers(1, 4, n)
    raw["返贫时间"] = np.where(rng.random(n) < 0.3, year.astype(str) + "年", "")
    raw.to_csv(tmp_path / "a.csv", index=False, encoding="gb18030")
    own.new(tmp_path / "mine", tmp_path / "a.csv")
    notebook = nbformat.read(tmp_path / "mine" / "mine.ipynb", 4)
    text = "".join(cell["source"] for cell in notebook["cells"])
    assert "2021年人均纯收入（均值）" in text and "2019年人均纯收入" not in text
    assert (
        "register_spells(table, until=2021)" in text and '"ill + size"' in text and "$" not in text
    )
    monkeypatch.chdir(tmp_path / "mine")
    names = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(cell["source"], names)
    visits = pd.read_excel("cleaned/visits.xlsx", dtype=str, engine="openpyxl")
    assert list(visits) == ["序号", "名次", "预测返贫风险", "并列待定", "户编号", "乡镇", "村"]
    assert visits["并列待定"].eq("否").sum() == 46 and len(visits) > 50
    assert names["falls"]["当年返贫（户）"].sum() == names["spells"]["event"].sum()
    assert (
        ps.load_model("results/model.json") == names["fit"] and Path("results/falls.png").is_file()
    )


def test_rows_of_one_household_over_years_count_together(tmp_path):
    path = tmp_path / "三年.csv"
    rows = pd.DataFrame({"户编号": [f"h{i % 40}" for i in range(120)], "乡镇": ["甲镇", "乙镇"] * 60,
                         "年度": np.repeat([2019, 2020, 2021], 40), "人均纯收入": range(3000, 3120)})  # fmt: skip
    rows.to_csv(path, index=False, encoding="gb18030")
    own.new(tmp_path / "three", path)
    text = (tmp_path / "three" / "three.ipynb").read_text(encoding="utf-8")
    assert 'psu=\\"household_id\\"' in text and "同一户每年一行" in text and "== 2021" in text


def test_a_wave_of_a_panel_is_told(tmp_path):
    raw = pd.DataFrame({"fid18": ["1", "2", "3"], "provcd18": 52, "countyid18": [1, 2, 3], "cid18": 7,
                        "urban18": [0, 1, 1], "familysize18": [2, 3, 4], "fincome1_per": [900, 800, 70000]})  # fmt: skip
    raw.to_csv(tmp_path / "wave.csv", index=False)
    lines = own.new(tmp_path / "mine", tmp_path / "wave.csv", "en")
    assert "ps.read_panel({year: file, ...}, codebook='cfps')" in lines[-2]


def test_several_waves_are_told_where_to_begin(files, tmp_path, capsys):
    assert "A panel of your own" in own.new(tmp_path / "mine", files / "wave.dta", "en")[-2]
    with pytest.raises(SystemExit):
        cli.main(["new", "x", "--from", "wave.dta", "wave2.dta"])
    assert "unknown: wave2.dta; begin with one file" in capsys.readouterr().err


def test_a_study_that_cannot_be_finished_leaves_nothing(files, tmp_path, monkeypatch):
    def full(*words):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(own.shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space"):
        own.new(tmp_path / "mine", files / "records.xlsx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("lang", "heads", "system", "want"),
    [
        ("en", ["户编号"], "zh_CN", "en"), (None, ["户编号"], "en_US", "zh"), (None, ["hhid"], "en_US", "en"),
        (None, ["hhid"], "Chinese (Simplified)_China", "zh"), (None, [], None, "en"),
    ],
)  # fmt: skip
def test_the_language_is_that_asked_for_or_of_the_heads_or_of_the_system(lang, heads, system, want, monkeypatch):  # fmt: skip
    monkeypatch.setattr(own.locale, "getlocale", lambda: (system, "cp936"))
    assert own.language(lang, heads)[0] == want


@pytest.mark.parametrize(
    ("name", "known"),
    [("名册 2021.csv", "register"), ("records.xlsx", "agency"), ("年鉴.csv", "official"), ("wave.dta", "")],
)  # fmt: skip
def test_a_file_is_recognised(files, name, known):
    assert own.recognised(files / name)[0] == known


@pytest.mark.parametrize("name", ["名册 2021.csv", "records.xlsx", "年鉴.csv"])
def test_clean_writes_a_table_and_a_page_and_five_lines(files, name, tmp_path, capsys):
    assert cli.main(["clean", str(files / name), "--out", str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 5 and "行" in lines[0]
    table = pd.read_excel(tmp_path / "out" / "table.xlsx", dtype=str, engine="openpyxl")
    assert lines[0].endswith(f"{len(table):,}行，{table.shape[1] - (name != '年鉴.csv')}列。")
    assert '"lang":"zh"' in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert (tmp_path / "out" / ".gitignore").read_text() == "*\n"
    if name == "名册 2021.csv":
        assert table["户编号"].str.fullmatch("[0-9]{12}").all() and "脱贫年度" in table
        again, _ = ps.clean.households(tmp_path / "out" / "table.xlsx")
        assert again["household_id"].tolist() == table["户编号"].tolist()


def test_clean_goes_by_a_codebook_that_is_named_and_beside_the_file(
    studies, files, tmp_path, capsys
):
    folder, _ = studies["wave.dta"]
    book = folder / "codebook.yaml"
    data = folder / "data" / "wave.dta"
    assert cli.main(["clean", str(data), "--codebook", str(book), "--lang", "zh"]) == 0
    assert "200行" in capsys.readouterr().out
    assert (folder / "data" / "wave_cleaned" / "report.html").is_file()


def test_long_tables_are_csv(files, tmp_path, monkeypatch):
    monkeypatch.setattr(own, "_WORKBOOK_ROWS", 10)
    lines = own.clean(files / "records.xlsx", lang="en", out=tmp_path)
    assert (tmp_path / "table.csv").read_bytes()[:3] == b"\xef\xbb\xbf" and "CSV" in lines[3]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["clean", "nothing.csv"], "There is no such file"),
        (["new", "x", "--from", "nothing.csv"], "There is no such file"),
        (["clean", "wave.dta"], "povstudy new my_study --from wave.dta"),
        (["clean", "records.xlsx", "--codebook", "regster"], "Did you mean 'register'"),
        (["clean", "wave.dta", "--codebook", "cfps"], "ps.read_panel({2018: 'wave.dta'}"),
        (["clean", "records.xlsx", "--codebook", "register"], "no column that the codebook knows"),
        (["clean", "records.xlsx", "--out", "wave.dta"], "results need a folder"),
    ],
)
def test_errors_are_plain(files, words, told, capsys, monkeypatch):
    monkeypatch.chdir(files)
    assert cli.main(words) == 1
    said = capsys.readouterr().err
    assert told in said and "Traceback" not in said and "remedy" in said
    assert not (files / "x").exists()


def test_a_table_that_is_open_elsewhere_is_told(files, tmp_path, capsys, monkeypatch):
    replace = Path.replace

    def locked(self, target):
        if str(target).endswith("xlsx"):
            raise PermissionError(13, "Permission denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", locked)
    assert cli.main(["clean", str(files / "records.xlsx"), "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "table.xlsx" in said and "Excel" in said and "--out" in said


def test_an_installed_package_begins_studies_too(files, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cli, "is_checkout", lambda: False)
    monkeypatch.setattr(own, "is_checkout", lambda: False)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "mine", "--from", str(files / "records.xlsx"), "--lang", "en"]) == 0
    assert "povstudy lab mine" in capsys.readouterr().out


def test_lab_opens_the_folder_that_is_named(tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(cli, "_call", lambda *words: called.append(words) or 0)
    cli.main(["lab", str(tmp_path), "--no-browser"])
    cli.main(["lab", "--no-browser"])
    assert called == [("jupyterlab", str(tmp_path.resolve()), "--no-browser"),
                      ("jupyterlab", "notebooks", "--no-browser")]  # fmt: skip


def test_a_console_of_windows_can_print_what_is_told(files, tmp_path):
    for lang in ("zh", "en"):
        lines = own.new(tmp_path / lang, files / "名册 2021.csv", lang)
        lines += own.clean(files / "名册 2021.csv", lang=lang, out=tmp_path / "out")
        assert "\n".join(lines).encode("cp936")


def test_of_a_workbook_with_several_sheets_one_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pd.ExcelWriter("a.xlsx") as book:
        for sheet, rows in (("一组", range(30)), ("二组", range(30, 100)), ("1", range(5))):
            pd.DataFrame({"户编号": [f"5201{i}" for i in rows], "家庭人口": 3, "人均纯收入": rows}).to_excel(book, sheet_name=sheet, index=False)  # fmt: skip
    assert cli.main(["clean", "a.xlsx"]) == 1
    assert 'remedy: --sheet "二组"' in capsys.readouterr().err
    for sheet, rows in (("一组", 30), ("2", 70), ("1", 5)):  # a name goes before a number
        assert cli.main(["clean", "a.xlsx", "--sheet", sheet]) == 0
        assert f"{rows}行" in capsys.readouterr().out
    assert cli.main(["new", "mine $x", "--from", "a.xlsx", "--sheet", "二组"]) == 0
    text = Path("mine $x/mine $x.ipynb").read_text("utf-8")
    assert r"\"data/a.xlsx\", sheet=\"二组\", codebook=" in text


def test_of_many_heads_to_look_at_a_few_are_listed(tmp_path):
    pd.DataFrame({"hhid": range(30), **{f"q{i}": [1, 2, 3] * 10 for i in range(40)}}).to_csv(tmp_path / "a.csv", index=False)  # fmt: skip
    lines = own.new(tmp_path / "mine", tmp_path / "a.csv", "en")
    assert "q11 and 28 more" in lines[2]
