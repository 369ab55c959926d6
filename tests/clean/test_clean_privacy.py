"""Personal data are found and taken out; small cells cannot be worked out."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from povstudy.base.errors import DataError
from povstudy.base.private import card as _card
from povstudy.base.private import look
from povstudy.base.private import valid_id as _valid_id
from povstudy.clean.person.drop import drop_personal, find_personal
from povstudy.clean.person.numbering import _DOUBTFUL
from povstudy.clean.person.personal import header_kind
from povstudy.clean.person.suppression import suppress

ID = "520527197001010018"
REPORT = ["file", "row", "column", "old", "new", "action", "reason", "why", "why_zh"]


# ---- check digits -------------------------------------------------------------------------


def test_check_digits_worked_by_hand():
    # 1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2 times 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2 is
    # 7+9+0+5+0+20+2+9+24+27+7+18+30+5+0+0+4 = 167 = 15 * 11 + 2, and place 2 of 10X98765432 is X.
    assert _valid_id("11010519491231002X") and _valid_id("11010519491231002x")
    # 4 4 0 5 2 4 1 8 8 0 0 1 0 1 0 0 1: 28+36+0+25+16+16+2+8+48+0+0+9+0+5+0+0+2 = 195
    # = 17 * 11 + 8, place 8 is 4; but born in 1880: no holder lives.
    assert not _valid_id("440524188001010014")
    # 5 2 0 5 2 7 1 9 7 0 0 1 0 1 0 0 1: 35+18+0+25+16+28+2+9+42+0+0+9+0+5+0+0+2 = 191
    # = 17 * 11 + 4, place 4 is 8.
    assert [last for last in "0123456789X" if _valid_id(ID[:17] + last)] == ["8"]


@pytest.mark.parametrize(
    "number",
    [
        "520527197002300018",  # 30 February
        "990527197001010018",  # no such region
        "520527101201001011",  # place codes in place of the date
        "520527101001001",  # fifteen digits: place and number of a household
        "520527701301001",  # month 13
    ],
)
def test_numbers_that_are_no_id(number):
    assert not _valid_id(number)
    assert find_personal(pd.DataFrame({"code": [number]})).empty


def test_card_numbers():
    # 7992739871 + 3 is the usual example of Luhn's test; cards here begin with 62.
    # 6 2 0 0 0 0 0 0 0 0 0 0 0 0 0 x, every second from the right doubled: 12 -> 3, 2: 5, so 5.
    assert [d for d in "0123456789" if _card("620000000000000" + d)] == ["5"]
    # One card among other numbers is a coincidence, a column of them is not.
    cards = pd.DataFrame({"c": ["6200000000000005", "6200 0000 0000 0005"]})
    assert find_personal(cards)["kind"].tolist() == ["bank_card"]
    others = pd.DataFrame(
        {"c": ["6200000000000005", *[f"620000000000{i:04d}" for i in range(100, 109)]]}
    )
    assert find_personal(others).empty
    assert drop_personal(others)[0].equals(others)


DAYS = (date(2020, 12, 31) - date(1930, 1, 1)).days


@st.composite
def id_numbers(draw):
    region = draw(st.sampled_from(["110105", "520527", "659004", "540102"]))
    born = date(1930, 1, 1) + timedelta(draw(st.integers(0, DAYS)))
    body = f"{region}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    # Another way to the check digit: powers of two from the right, ISO 7064 MOD 11-2.
    total = sum(int(digit) * 2 ** (17 - i) for i, digit in enumerate(body))
    check = (12 - total) % 11
    return body + ("X" if check == 10 else str(check))


@given(id_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_changed_digit_is_never_valid(number, place, digit):
    assert _valid_id(number)
    changed = number[:place] + digit + number[place + 1 :]
    if changed != number and not (digit == "X" and place < 17):
        assert not _valid_id(changed)


WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
FORMS = [
    str,
    str.lower,
    lambda n: n.translate(WIDE),
    lambda n: f"{n[:6]} {n[6:14]}　{n[14:]}",
    lambda n: f"{n[:6]}-{n[6:14]}-{n[14:]}",
    lambda n: " ".join(n),
    lambda n: f"张三({n})",
    lambda n: f"户主{n}，联系13812345678",
    lambda n: f"13812345678 {n}",
    lambda n: n + "43",  # disability certificate
    lambda n: f"\u200b{n}\u200b\n",
]


@given(id_numbers(), st.sampled_from(FORMS))
def test_id_numbers_are_found_and_removed_in_every_form(number, form):
    table = pd.DataFrame({"note": ["因病", form(number), "缺水"]})
    found = find_personal(table)
    assert found["column"].tolist() == ["note"] and found["cells"].tolist() == [1]
    clean, report = drop_personal(table)
    assert find_personal(clean).empty
    left = f"{clean.to_json(force_ascii=False)}{report.to_json(force_ascii=False)}"
    assert number[6:14] not in left.translate({v: k for k, v in WIDE.items()})
    assert report["row"].tolist() == [2]


@pytest.mark.parametrize(
    "phone",
    ["13812345678", "138 1234 5678", "138-1234-5678", "1381-234-5678", "138 123 45678", "+8613812345678",
     "+86 138 1234 5678", "(+86)13812345678", "8613812345678", "008613812345678", "１３８１２３４５６７８", "电话：13812345678。",
     "张三13812345678", "0851-85812345", "（0851）85812345", "(0851)8581-2345", "085185812345", "010-8581 2345", "0371-6581234",
     "1.3812345678E+10", "13812345678.0"],
)  # fmt: skip
def test_phones(phone):
    table = pd.DataFrame({"note": [phone, "a", "b"]})
    assert find_personal(table)["kind"].tolist() == ["phone"]
    clean, _ = drop_personal(table)
    assert find_personal(clean).empty
    assert "5678" not in str(clean["note"][0]) and "2345" not in str(clean["note"][0])


@pytest.mark.parametrize(
    "text",
    ["5²²²²²²²²²²²²²²²²²", "2016-01-01 12:30:00", "20160101123456", "520527101001", "0.13812345678", "13812345678.5", "15000000000元",
     "1978-1985 2010 2011", "12812345678", "0000013812345", "520527101001000123", "2014 2015 2016 2017 2018"],
)  # fmt: skip
def test_other_numbers_stay(text):
    assert find_personal(pd.DataFrame({"note": [text]})).empty


@given(st.lists(st.text() | st.text("0123456789Xx -+.()（）Ee张村", max_size=45), max_size=6))
def test_any_text_is_taken_and_nothing_is_left(texts):
    table = pd.DataFrame({"note": pd.Series(texts, dtype=object), "n": range(len(texts))})
    before = table.copy()
    clean, _ = drop_personal(table)
    assert find_personal(clean).empty
    pd.testing.assert_frame_equal(table, before)


# ---- headers and columns ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("name", "姓名 户主姓名 户主 联系人 帮扶责任人 xm hzxm XM name Name household_head_name fullName 姓名\nName"),
        ("id_number", "证件号码 身份证号 户主身份证 残疾证号 社保卡号 zjhm sfzh SFZH hzsfzh id_card idcard id_number"),
        ("phone", "户联系电话 人联系电话 手机 手机号码 联系电话1 联系方式 lxdh hlxdh sjh phone mobile_no telephone"),
        ("bank_card", "银行卡号 账号 一卡通账号 yhkh bank_card bank_account_no"),
        ("address", "家庭住址 详细地址 jtzz address home_address"),
        (None, "户编号 人编号 hbh rbh 与户主关系 是否有手机 社会保障兜底 手机费 通电话 证件类型 县 行政村 项目名称 xmmc household_id "
               "person_id village_name county_name has_phone phone_cost survey_id income 户主性别 人数 水费 hotel"),
    ],
)  # fmt: skip
def test_headers(kind, headers):
    for header in headers.split(" "):
        assert header_kind(header) == kind, header


def words(text):
    return text.split()


GIVEN = words("伟 芳 秀英 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀兰 霞 平 刚 桂英")
NAMES = [a + b for a, b in zip("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗阿欧", GIVEN, strict=True)]


def test_names_by_shape():
    found = find_personal(pd.DataFrame({"c1": NAMES}))
    assert found[["kind", "by", "example"]].to_numpy().tolist() == [["name", "content", "王***"]]


@pytest.mark.parametrize(
    "cells",
    [
        [f"{name}家村" for name in "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"],
        [f"{name}{kind}" for name in "王李张刘陈杨黄赵吴周" for kind in ("庄", "家湾")],
        words(
            "石门 高坪 马场 龙塘 白岩 黄泥 金星 新华 大寨 水塘 红星 和平 团结 光明 安乐 双河 杨柳 三合 五里 田坝 东风"
        ),
        words(
            "北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南"
        ),
        ["因病", "因残", "缺资金", "缺水"] * 10,
        NAMES[:5] * 8,  # a few words over and over: whoever they are, they are no list of people
        NAMES[:10],  # too few to tell
    ],
)
def test_what_looks_like_names_and_is_not(cells):
    assert find_personal(pd.DataFrame({"c1": cells})).empty


def test_a_column_called_name_may_hold_places():
    places = pd.DataFrame({"name": ["盐池县", "兰考县", "井冈山市"]})
    assert find_personal(places).empty
    assert not find_personal(pd.DataFrame({"name": ["张三", "阿依古丽"]})).empty


def test_drop_personal_on_a_register():
    raw = pd.DataFrame(
        {
            "户编号": [f"52052710100100012{i}" for i in range(5)],
            "姓名": ["张三", "李四", "王五", "阿依古丽", None],
            "证件号码": [5.20527e17, 5.20527e17, None, 5.2e17, 5.3e17],  # digits lost: by the header
            "备注": [f"张三({ID})", "王家村(0851-85812345)", None, "因病", "因残，缺水"],
            "x2": [13812345678, 0, 3, 4, 5],
            "whole": pd.Categorical([ID, "无", "有", "有", "无"]),
            "half": [ID, "x", "", ID, " "],
            "amount": [17_300_000_000, 5, 6, 7, 8],
        },
        index=[7, 7, 9, 1, 2],
    )  # fmt: skip
    raw["备注2"] = ["a", "b", "c", "d", f"{ID[:6]}　{ID[6:]}"]
    raw.loc[9, "备注"] = "有劳力"
    before = raw.copy(deep=True)
    clean, report = drop_personal(raw)
    pd.testing.assert_frame_equal(raw, before)
    assert list(clean) == ["户编号", "备注", "x2", "whole", "amount", "备注2"]
    assert list(clean.index) == [7, 7, 9, 1, 2]
    assert clean["备注"].tolist()[:2] == ["[removed]([removed])", "王家村([removed])"]
    assert clean["x2"].tolist() == [pd.NA, 0, 3, 4, 5] and clean["x2"].dtype == "Int64"
    assert clean["whole"].isna().tolist() == [True, False, False, False, False]
    assert ID not in clean["whole"].cat.categories
    assert clean["备注2"].isna().tolist() == [False] * 4 + [True]
    assert clean["amount"].equals(raw["amount"])
    assert list(report) == REPORT and report["row"].dtype == "Int64"
    dropped = report[report["action"] == "dropped"]
    assert (
        dropped["column"].tolist() == ["姓名", "证件号码", "half"] and dropped["row"].isna().all()
    )
    assert set(dropped["reason"]) == {"personal_column"}
    changed = report[report["action"] == "changed"]
    places = [[1, "备注"], [2, "备注"], [1, "x2"], [1, "whole"], [5, "备注2"]]
    assert changed[["row", "column"]].to_numpy().tolist() == places
    assert changed["new"].fillna("").tolist() == ["[removed]", "[removed]", "", "", ""]
    assert set(changed["reason"]) == {"personal_cell"} and set(report["file"]) == {""}
    assert not report["old"].str.contains(r"\d\d|张三").any()
    assert report["why"].str.endswith(".").all() and report["why_zh"].str.endswith("。").all()


@pytest.mark.parametrize("dtype", ["str", object, "string", "category"])
def test_kinds_of_text_columns_keep_their_kind(dtype):
    table = pd.DataFrame(
        {"a": pd.Series(["x", f"见{ID}", None, "13812345678", "y", "z"], dtype=dtype)}
    )
    clean, report = drop_personal(table)
    assert clean["a"].dropna().tolist() == ["x", "见[removed]", "y", "z"]
    assert report["row"].tolist() == [2, 4]
    assert dtype == "category" or clean["a"].dtype == table["a"].dtype
    assert find_personal(clean).empty


def test_a_category_that_no_cell_has_goes_too():
    kinds = pd.CategoricalDtype(["x", ID])
    table = pd.DataFrame({"a": pd.Series(["x", "x"], dtype=kinds)})
    clean, report = drop_personal(table)
    assert clean["a"].cat.categories.tolist() == ["x"] and report.empty


def test_keep_duplicates_and_empty_tables():
    table = pd.DataFrame([["张三", "a", ID]], columns=["name", "x", "x"])
    clean, report = drop_personal(table, keep="name")
    assert list(clean) == ["name", "x"] and clean.iloc[0].tolist() == ["张三", "a"]
    assert report["action"].tolist() == ["dropped"]
    with pytest.raises(DataError, match="not in the table"):
        drop_personal(table, keep=["none"])
    with pytest.raises(DataError, match="reset_index"):
        find_personal(table.set_index("name"))
    with pytest.raises(DataError, match="DataFrame"):
        find_personal([1])
    empty, report = drop_personal(pd.DataFrame({"a": [], "姓名": []}))
    assert list(empty) == ["a"] and len(report) == 1
    assert list(drop_personal(pd.DataFrame())[1]) == REPORT
    odd = pd.DataFrame(
        {"a": [[1], {2: 3}], "b": [True, False], "c": pd.to_datetime(["2016-01-01"] * 2)}
    )
    assert find_personal(odd).empty


# ---- small cells --------------------------------------------------------------------------


def crosstab(values, margins=True):
    """A tidy table with its totals."""
    values = np.atleast_2d(values)
    rows = [(f"r{i}", f"c{j}", int(n)) for (i, j), n in np.ndenumerate(values)]
    if margins:
        rows += [(f"r{i}", "total", int(n)) for i, n in enumerate(values.sum(1))]
        rows += [("total", f"c{j}", int(n)) for j, n in enumerate(values.sum(0))]
        rows += [("total", "total", int(values.sum()))]
    return pd.DataFrame(rows, columns=["place", "cause", "n"])


def attack(table, marks, k, told):
    """Ranges a reader can work out for each blank, by linear programming over the whole table.

    Knows that all adds up and, by the marks, which cells are small; with ``told`` also the
    published counts, all larger totals, and that other blanks are not small.
    """
    at = {(r, c): i for i, (r, c) in enumerate(zip(table["place"], table["cause"], strict=True))}
    rows = [r for r in dict.fromkeys(table["place"]) if r != "total"]
    columns = [c for c in dict.fromkeys(table["cause"]) if c != "total"]
    bounds = []
    for n, mark in zip(table["n"], marks, strict=True):
        if mark == "primary":
            bounds.append((1, k - 1))
        elif n == 0 or (told and mark == ""):
            bounds.append((n, n))
        else:
            bounds.append((k, None) if told else (None, None))
    equations, right = [], []

    def adds_up(parts, total):
        line = np.zeros(len(bounds))
        line[[at[one] for one in parts]] = 1
        known = 0
        if total in at:
            line[at[total]] = -1
        else:
            known = table["n"].iloc[[at[one] for one in parts]].sum()
            if 0 < known < k or not told:
                return  # a small total that is not in the table is told nowhere
        equations.append(line)
        right.append(known)

    for r in rows:
        adds_up([(r, c) for c in columns], (r, "total"))
    for c in columns:
        adds_up([(r, c) for r in rows], ("total", c))
    adds_up([(r, c) for r in rows for c in columns], ("total", "total"))
    system = {"A_eq": np.array(equations), "b_eq": right} if equations else {}
    ranges = {}
    for i in np.flatnonzero(np.asarray(marks) != ""):
        goal = np.zeros(len(bounds))
        goal[i] = 1
        low, high = linprog(goal, bounds=bounds, **system), linprog(-goal, bounds=bounds, **system)
        assert low.status in (0, 3) and high.status in (0, 3)
        ranges[i] = (
            low.fun if low.status == 0 else -np.inf,
            -high.fun if high.status == 0 else np.inf,
        )
    return ranges


def protected(table, marks, k):
    """Whether no primary cell can be narrowed and no complementary one worked out."""
    alone = attack(table, marks, k, told=False)
    for i, (low, high) in attack(table, marks, k, told=True).items():
        if marks[i] == "primary" and not np.allclose((low, high), alone[i]):
            return False
        if marks[i] != "primary" and high - low < 1 - 1e-9:
            return False
    return True


@examples(40)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 5),
    st.integers(2, 5),
    st.booleans(),
    st.sampled_from([3, 5, 10]),
)
def test_no_small_cell_can_be_worked_out(seed, height, width, margins, k):
    rng = np.random.default_rng(seed)
    values = rng.negative_binomial(0.7, 0.01, size=(height, width))
    table = crosstab(values, margins)
    small = table["n"].between(1, k - 1)
    try:
        result = suppress(table, ["place", "cause"], "n", k=k)
    except DataError as error:
        # Not even with everything blank that may be.
        marks = np.where(small, "primary", np.where(table["n"] > 0, "complementary", ""))
        assert not protected(table, marks, k)
        assert "groupby" in error.remedy
        return
    marks = result["suppressed"].to_numpy(dtype=object)
    assert ((marks == "primary") == small).all()
    assert (result["n"].isna() == (marks != "")).all()
    assert (result["n"][marks == ""] == table["n"][marks == ""]).all()
    assert ((marks == "") | (table["n"] > 0)).all()  # zeros are published
    assert protected(table, marks, k)
    # None of the complementary cells could have been published.
    for i in np.flatnonzero(marks == "complementary"):
        less = marks.copy()
        less[i] = ""
        assert not protected(table, less, k)


def test_where_two_small_cells_make_a_small_total():
    # The total of the first column, 4, is marked as small: its cells are at most 3 in any case.
    table = crosstab([[3, 54, 43, 17], [1, 5, 1, 217]])
    result = suppress(table, ["place", "cause"], "n", k=5)
    marks = result["suppressed"].to_numpy(dtype=object)
    at = int(np.flatnonzero((table["place"] == "r1") & (table["cause"] == "c0"))[0])
    assert np.allclose(attack(table, marks, 5, told=True)[at], (1, 3))
    assert protected(table, marks, 5)


def test_a_table_worked_by_hand():
    table = crosstab([[3, 50, 60], [40, 20, 70], [80, 90, 99]])
    result = suppress(table, ["place", "cause"], "n")
    marked = result[result["suppressed"] != ""]
    # 3 needs one more in its row, one in its column, and the cell where these meet; 50, 40 and
    # 20 are the smallest square of four.
    assert dict(zip(marked["place"] + marked["cause"], marked["suppressed"], strict=True)) == {
        "r0c0": "primary", "r0c1": "complementary", "r1c0": "complementary", "r1c1": "complementary",
    }  # fmt: skip


def test_nothing_small_nothing_suppressed():
    table = crosstab([[10, 0], [30, 44]])
    result = suppress(table, ["place", "cause"], "n")
    assert (result["suppressed"] == "").all() and result["n"].tolist() == table["n"].tolist()
    assert (suppress(table, ["place", "cause"], "n", k=11)["suppressed"] != "").any()


def test_one_grouping_column_and_other_columns_of_numbers():
    table = pd.DataFrame({"cause": ["a", "b", "c", "total"], "n": [3, 12, 40, 55], "share": [3 / 55, 12 / 55, 40 / 55, 1],
                          "word": list("wxyz"), "year": 2020})  # fmt: skip
    before = table.copy()
    result = suppress(table, "cause", "n", also=["share"])
    pd.testing.assert_frame_equal(table, before)
    # 12 can fall by two only: not enough for 3 to be anything up to 9; 40 can.
    assert result["suppressed"].tolist() == ["primary", "", "complementary", ""]
    assert result["share"].isna().tolist() == [True, False, True, False]
    assert result["year"].tolist() == [2020] * 4 and result["n"].dtype == "Int64"
    assert suppress(table, "cause", "n")["year"].isna().sum() == 2
    assert suppress(table[:3], "cause", "n", also=())["share"].notna().all()


def test_totals_are_blanked_when_nothing_else_helps():
    table = pd.DataFrame({"cause": ["a", "b", "total"], "n": [3, 0, 3]})
    assert suppress(table, "cause", "n")["suppressed"].tolist() == ["primary", "", "primary"]
    table = pd.DataFrame({"cause": ["a", "b", "total"], "n": [6, 6, 12]})
    assert suppress(table, "cause", "n")["suppressed"].tolist() == [
        "primary",
        "primary",
        "complementary",
    ]
    with pytest.raises(DataError, match="cannot be protected") as caught:
        suppress(table[:2], "cause", "n")
    merged = eval(caught.value.remedy, {"table": table[:2]})
    assert suppress(merged, "cause", "n")["n"].tolist() == [12]


def test_one_row_or_column():
    table = crosstab([[3, 50, 60]])
    marks = suppress(table, ["place", "cause"], "n")["suppressed"].to_numpy(dtype=object)
    assert protected(table, marks, 10)
    with pytest.raises(DataError, match="cannot be protected"):
        suppress(crosstab([[3, 50, 60]], margins=False), ["place", "cause"], "n")


def test_blank_groups_are_groups_and_absent_cells_are_zero():
    table = crosstab([[3, 50, 60], [40, 20, 70], [0, 90, 99]])
    table["place"] = table["place"].where(table["place"] != "r1")
    lacking = table[table["n"] > 0].reset_index(drop=True)
    full = suppress(table, ["place", "cause"], "n")
    part = suppress(lacking, ["place", "cause"], "n")
    assert full[table["n"] > 0]["suppressed"].tolist() == part["suppressed"].tolist()


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        ({"n": [1.5, 2, 3, 4]}, {}, "whole"),
        ({"n": [-1, 2, 3, 4]}, {}, "whole"),
        ({"n": [None, 2, 3, 4]}, {}, "whole"),
        ({"n": [3, 20, 30, 54]}, {}, "do not add up"),
        ({"a": ["x", "x", "y", "total"]}, {}, "two rows"),
        ({}, {"k": 1}, "of 2 or more"),
        ({}, {"by": ["a", "b", "n"]}, "one or two"),
        ({}, {"count": "m"}, "no column"),
    ],
)
def test_refusals_tell_the_remedy(change, options, told):
    table = pd.DataFrame({"a": ["x", "y", "z", "total"], "b": 1, "n": [3, 20, 30, 53]}).assign(
        **change
    )
    with pytest.raises(DataError, match=told) as caught:
        suppress(table, **({"by": "a", "count": "n"} | options))
    assert caught.value.remedy


def test_an_empty_table_stays_empty():
    table = crosstab([[3, 50]])[:0]
    assert list(suppress(table, ["place", "cause"], "n")) == ["place", "cause", "n", "suppressed"]
    assert suppress(table, "cause", "n").empty


def test_big_tables_are_feasible():
    rng = np.random.default_rng(3)
    table = crosstab(np.exp(rng.uniform(1, 8, size=(100, 30))).astype(int))
    result = suppress(table, ["place", "cause"], "n")
    assert (result["suppressed"] == "primary").sum() > 400


def test_a_total_under_another_name_is_not_taken_for_a_level():
    table = pd.DataFrame({"county": ["A", "B", "All"], "n": [3, 40, 43]})
    with pytest.raises(DataError, match="reads like a total") as caught:
        suppress(table, "county", "n")
    assert "total='All'" in caught.value.remedy


@given(st.from_regex("(?:0|1[3-9]|86|0086|52|010|62)?[0-9]{0,22}", fullmatch=True))
def test_figures_that_are_passed_over_could_be_nobodys(figures):
    if not _DOUBTFUL.fullmatch(figures):
        assert look(figures)[0] == [] and not 15 <= len(figures) <= 20
