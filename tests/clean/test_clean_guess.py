"""A first codebook of a file: what is guessed, why, and that it is read at once."""

import re

import numpy as np
import pandas as pd
import pytest

import povstudy as ps
from povstudy.clean.guess import as_yaml, guess
from povstudy.clean.record.codebooks import load_codebook


def drafted(tmp_path, table, name="file.csv", lang="en"):
    """The guess of a table that was saved as a file, and what its codebook makes of it."""
    path = tmp_path / name
    if name.endswith(".csv"):
        table.to_csv(path, index=False, encoding="gb18030")
    else:
        table.to_excel(path, index=False)
    found = guess(path)
    book = tmp_path / "codebook.yaml"
    book.write_text(as_yaml(found, "mine", name, lang), encoding="utf-8")
    loaded = load_codebook(book)
    assert loaded["columns"] == found.book["columns"]
    made = getattr(ps.clean, loaded["table"])
    return found, book.read_text("utf-8"), *made(path, codebook=book)


def survey(n=120):
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "样本编码": [f"A{i:04d}" for i in range(n)], "省份": rng.choice(["贵州", "云南"], n),
        "调查年份": 2019, "家庭规模": rng.integers(1, 7, n), "人均可支配收入": rng.integers(900, 30000, n),
        "是否外出务工": rng.choice(["是", "否", "不清楚"], n), "医疗支出（万元）": rng.uniform(0, 3, n).round(2),
        "报销比例(%)": rng.uniform(0, 9, n).round(1), "入户日期": [f"2019/7/{i % 27 + 1}" for i in range(n)],
        "访员": rng.choice(["王小明", "李建国", "张伟"], n), "住房": rng.choice(["砖混", "土木", "框架"], n),
        "打分": rng.choice([1, 2, 3, -8], n), "备注": [f"无{i}" if i % 9 else "" for i in range(n)],
        "联系电话": [f"1380013{i:04d}" for i in range(n)], "空列": "", "row": range(n),
    })  # fmt: skip


def test_a_survey_of_its_own_heads_is_read_by_heads_and_values(tmp_path):
    found, text, table, report = drafted(tmp_path, survey(), lang="zh")
    assert (found.known, found.book["series"]) == ("", "survey")
    reads = {name: rule["read"] for name, rule in found.book["columns"].items()}
    assert reads == {
        "household_id": "household_id", "province": "province", "year": "year", "size": "count",
        "income": "money", "是否外出务工": "yes_no", "医疗支出": "money", "报销比例": "percent",
        "入户日期": "date", "住房": "category", "打分": "number", "备注": "text", "空列": "text", "row_": "number",
    }  # fmt: skip
    assert found.book["personal"] == [
        "访员",
        "联系电话",
    ]  # few names that recur are names all the same
    assert found.book["missing"] == [] and "-8视为未回答" in text
    assert found.book["columns"]["打分"]["missing"] == ["-8"]
    assert list(found.unsure) == ["住房", "打分", "备注", "空列", "row_"]
    assert table["医疗支出"].max() == pytest.approx(1e4 * survey()["医疗支出（万元）"].max())
    assert table["打分"].min() == 1 and table["打分"].isna().sum() == (survey()["打分"] == -8).sum()
    assert table["是否外出务工"].dtype == "boolean" and "访员" not in table
    assert not (report["action"] == "refused").any()
    assert table.attrs["source"].status == "survey"


def test_a_register_has_the_shipped_codebook_and_its_own_heads(tmp_path):
    raw, _ = ps.clean.synthetic_register(seed=2)
    raw = raw.rename(columns={"户编号": "家庭代码"})
    raw["帮扶大类"] = np.resize(["产业", "就业", "产业、就业"], len(raw))
    raw["包村人"] = np.resize(["张三三", "李小四", "王建国"], len(raw))
    found, text, table, report = drafted(tmp_path, raw)
    shipped = load_codebook("register")
    assert found.known == "register"
    assert set(shipped["columns"]) < set(found.book["columns"])
    assert "家庭代码" in found.book["columns"]["household_id"]["from"]
    assert found.book["personal"][-1] == "包村人" and found.book["checks"] == shipped["checks"]
    assert table["household_id"].notna().all() and set(table["帮扶大类"]) == {
        "产业",
        "就业",
        "产业、就业",
    }
    assert "not_in_codebook" not in set(report["reason"])
    assert "# head known to the codebook register" in text
    assert load_codebook("register")["columns"] == shipped["columns"]  # not changed by guessing


def interviews(n=180):
    """A small table of interviews with the heads of a register, and weights that Excel saved."""
    rng = np.random.default_rng(0)
    income = rng.lognormal(8.4, 0.6, n).round().astype(int).astype(object)
    income[[20, 60, 90]], income[[50, 130]] = -8, ""
    weight = rng.uniform(8, 30, n).round(1).astype(object)
    weight[149] = ""
    return pd.DataFrame({
        "村": np.repeat(["石门村", "大坪村", "云岭村"], n // 3), "户编号": [f"A{i:03d}" for i in range(n)],
        "人均纯收入": income, "是否低保": rng.choice(["是", "否"], n), "致贫原因": rng.choice(["因病", ""], n),
        "家庭人口": rng.integers(1, 7, n), "权重": weight,
    })  # fmt: skip


@pytest.mark.parametrize("head", ["人均纯收入", "人均可支配收入", "别的收入（元）"])
def test_a_code_of_one_column_is_a_household_in_another(tmp_path, head):
    income = np.random.default_rng(0).lognormal(8.4, 0.6, 1200).round().astype(int)
    income[:20], income[30:40] = 999, -8
    raw = pd.DataFrame({"户编号": range(1, 1201), "村": np.resize(["甲村", "乙村"], 1200), head: income, "家庭人口": np.resize([2, 3], 1200)})  # fmt: skip
    found, _, table, _ = drafted(tmp_path, raw)
    name = next(one for one, told in found.heads.items() if told == head)
    assert sorted(found.book["columns"][name]["missing"]) == ["-8", "999"]
    assert "999" in set(table["household_id"]) and len(table) == 1200
    assert table[name].isna().sum() == 30


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_interviews_under_heads_of_a_register_lose_their_codes_and_are_a_survey(tmp_path, lang):
    found, text, table, report = drafted(tmp_path, interviews(), lang=lang)
    assert found.known == "register" and found.book["series"] == "survey"
    assert found.book["columns"]["income"]["missing"] == ["-8"]
    told = {
        "zh": "register编码簿已有的列名；-8视为未回答",
        "en": "codebook register; -8 taken for no answer",
    }
    assert told[lang] in text
    assert table["income"].min() > 0 and table["income"].isna().sum() == 5
    assert table.attrs["source"].status == "survey"
    assert (report["action"] == "missing").sum() == 3


def test_records_of_programmes_are_known(tmp_path):
    found, _, table, _ = drafted(tmp_path, ps.clean.synthetic_agency()[0], "records.xlsx")
    assert (found.known, found.book["table"]) == ("agency", "programmes")
    assert table["person_times"].notna().sum() > 90


def test_labels_of_a_stata_file_are_words_and_its_missing_codes_are_none(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    rng, n = np.random.default_rng(0), 300
    raw = pd.DataFrame({
        "hhid": range(n), "hhsize": rng.integers(1, 7, n), "pcincome": rng.lognormal(8, 1, n).round(),
        "urban": rng.integers(0, 2, n), "weight": rng.uniform(1, 9, n), "q1": rng.integers(1, 4, n),
        "land": rng.choice([-8, 0, 30], n), "v7": rng.integers(0, 900, n),
    })  # fmt: skip
    path = tmp_path / "wave.dta"
    pyreadstat.write_dta(
        raw, path, column_labels=["", "", "", "", "", "", "", "number of persons"],
        variable_value_labels={"urban": {0: "rural", 1: "urban"}, "q1": {1: "yes", 2: "no", 3: "don't know"}},
    )  # fmt: skip
    found = guess(path)
    book = tmp_path / "b.yaml"
    book.write_text(as_yaml(found, "b", path.name, "en"), encoding="utf-8")
    table, _ = ps.clean.households(path, codebook=book)
    assert table["urban"].value_counts().to_dict() == {
        {0: "rural", 1: "urban"}[code]: n for code, n in raw["urban"].value_counts().items()
    }
    assert table["weight"].notna().all()  # decimals that look like a number of identity
    assert table["q1"].isna().sum() == (raw["q1"] == 3).sum()
    assert table["land"].isna().sum() == (raw["land"] == -8).sum()
    assert table["income"].tolist() == raw["pcincome"].tolist()
    assert found.book["columns"]["v7"] == {"read": "count", "unit": "person", "from": ["v7"]}


def test_labels_of_columns_tell_the_design_and_stand_in_the_draft(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    rng, n = np.random.default_rng(1), 200
    raw = pd.DataFrame({
        "HHKEY": [f"K{i:04d}" for i in range(n)], "REGION": rng.integers(1, 4, n) * 1.0, "EA": rng.integers(1, 30, n) * 1.0,
        "v9": rng.integers(1, 9, n) * 1.0, "wgt_r1": rng.uniform(50, 90, n), "kg": rng.uniform(40, 90, n),
    })  # fmt: skip
    path = tmp_path / "r1.sav"
    titles = [
        "",
        "Stratum (region)",
        "Enumeration area",
        "Number of members",
        "",
        "Weight of the head, kg",
    ]
    pyreadstat.write_sav(raw, path, column_labels=titles, variable_value_labels={"REGION": {1: "North", 2: "Mid", 3: "South"}})  # fmt: skip
    found = guess(path)
    heads = {"household_id": "HHKEY", "stratum": "REGION", "psu": "EA", "size": "v9", "weight": "wgt_r1", "kg": "kg"}  # fmt: skip
    assert found.heads == heads and "kg" in found.unsure and "psu" not in found.unsure
    assert "# “Stratum (region)”; 3 words" in as_yaml(found, "b", path.name, "en")


def test_odd_heads_get_names_of_their_own(tmp_path):
    raw = pd.DataFrame({"收入": [1, 2, 3], "收入（元）": [1, 2, 3], "file": [1, 2, 3], "a b: c #": ["x: {y}", "[z", "- q"], "!!": [1, 2, 4]})  # fmt: skip
    found, _, table, _ = drafted(tmp_path, raw)
    assert list(found.book["columns"]) == ["收入", "收入_2", "file_", "a_b_c", "column"]
    assert table["a_b_c"].tolist() == ["x: {y}", "[z", "- q"]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (pd.DataFrame(columns=["户编号", "人数"]), "no rows"),
        (pd.DataFrame({"姓名": ["张三"], "身份证号": ["x"]}), "personal"),
        (pd.DataFrame([["4000", "3"]], columns=["520527000012", "3"]), "no heads"),
        (
            pd.DataFrame([list("abcd")], columns=["青山村", "张三三", "13800138000", "因病"]),
            "no heads",
        ),
    ],
)
def test_what_cannot_be_guessed_is_told(tmp_path, table, told):
    table.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(ps.DataError, match=told) as caught:
        guess(tmp_path / "a.csv")
    assert not re.search("520527000012|张三三", str(caught.value))


def test_names_of_staff_are_in_no_codebook_and_their_codes_are_kept(tmp_path):
    raw = pd.DataFrame({"hhid": range(60), "income": np.arange(60) + 500, "Enumerator": ["Jo Smith", "Al Jones", "M. Wu"] * 20,
                        "interviewer_id": ["I01", "I02"] * 30, "supervisor": [1, 2, 3] * 20,
                        "Name of head": ["Ann Lee", "Bo Ray", "Cy Dean"] * 20})  # fmt: skip
    found, text, table, _ = drafted(tmp_path, raw)
    assert set(found.book["personal"]) == {"Enumerator", "Name of head"}
    assert "Smith" not in text and {"interviewer_id", "supervisor"} <= set(table)
