"""Registers and programme records: every fault told, no clean cell touched."""

import numpy as np
import pandas as pd
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps
from povstudy.clean import synthetic
from povstudy.clean.record.records import PROGRAMMES
from povstudy.clean.reports import COLUMNS

MAKERS = {
    "register": (ps.clean.synthetic_register, ps.clean.households, 700),
    "agency": (ps.clean.synthetic_agency, ps.clean.programmes, 200),
}
every = pytest.mark.parametrize("name", MAKERS)


def told(report, faults):
    """Cells of a report as the list of faults names them; columns by their canonical name."""
    heads = dict(zip(faults["head"], faults["column"], strict=True))
    cells = report[report["row"].notna()]
    columns = [None if pd.isna(one) else heads.get(one, one) for one in cells["column"]]
    return sorted(
        zip(cells["row"], map(str, columns), cells["action"], cells["reason"], strict=True)
    )


def planted(faults):
    columns = [None if pd.isna(one) else one for one in faults["column"]]
    return sorted(
        zip(faults["row"], map(str, columns), faults["action"], faults["reason"], strict=True)
    )


@every
@pytest.mark.parametrize("seed", range(4))
def test_every_planted_fault_is_told_and_no_clean_cell_is_touched(name, seed):
    make, clean, size = MAKERS[name]
    raw, faults = make(size, seed=seed, faults=2 + seed)
    table, report = clean(raw)
    assert told(report, faults) == planted(faults)
    assert len(table) == len(raw) - (faults["action"] == "dropped").sum()


@every
def test_old_cells_stand_in_the_report_as_they_stood_in_the_file(name):
    make, clean, size = MAKERS[name]
    raw, faults = make(size, seed=9, faults=4)
    _, report = clean(raw)
    heads = dict(zip(faults["column"], faults["head"], strict=True))
    cells = report[report["row"].notna() & report["old"].notna()]
    cells = cells[cells["reason"] != "personal_cell"]
    codes = cells["column"].isin(["household_id", "person_id"]) & (cells["reason"] == "code_form")
    assert cells.loc[codes, "old"].str.fullmatch("#[0-9]+").all()
    assert len(cells) > 50
    for one in cells[~codes].itertuples():
        assert one.old == raw.loc[one.row - 1, heads[one.column]]


@every
def test_what_is_not_in_the_report_is_as_it_stood(name):
    make, clean, size = MAKERS[name]
    raw, _ = make(size, seed=5)
    table, report = clean(raw)
    touched = set(report["row"].dropna())
    rows = [row for row in table.index if row not in touched]
    assert len(rows) > 20
    numbers = {"income": "人均纯收入", "work_months": "务工时间（月）", "person_times": "服务人次"}
    for column, head in numbers.items():
        if column in table:
            before = raw.loc[[row - 1 for row in rows], head].astype(float).tolist()
            assert table.loc[rows, column].astype(float).tolist() == before


@every
def test_input_is_not_changed_and_the_result_is_the_same_again(name):
    make, clean, size = MAKERS[name]
    raw, _ = make(size, seed=2)
    before = raw.copy(deep=True)
    one, two = clean(raw), clean(raw)
    pd.testing.assert_frame_equal(raw, before)
    pd.testing.assert_frame_equal(one[0], two[0])
    pd.testing.assert_frame_equal(one[1], two[1])
    assert list(one[1].columns) == COLUMNS


@every
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_file_gives_the_same_with_its_own_row_numbers(name, ending, tmp_path):
    make, clean, size = MAKERS[name]
    raw, _ = make(size, seed=3)
    path = tmp_path / f"名册{ending}"
    if ending == ".csv":
        raw.to_csv(path, index=False, encoding="gb18030")
    else:
        raw.to_excel(path, index=False)
    table, report = clean(path)
    frame, told_of_frame = clean(raw)
    assert (table.index - 1).tolist() == frame.index.tolist()  # the head is row 1 of the file
    pd.testing.assert_frame_equal(table.reset_index(drop=True), frame.reset_index(drop=True))
    assert (report["row"].dropna() - 1).tolist() == told_of_frame["row"].dropna().tolist()
    assert set(report["file"]) == {path.name}
    shown = ["column", "old", "action", "reason"]
    pd.testing.assert_frame_equal(report[shown].astype(object), told_of_frame[shown].astype(object))


def test_no_personal_data_is_left_in_table_or_report():
    raw, _ = ps.clean.synthetic_register(300, seed=4)
    raw.loc[5, "人均纯收入"] = "13912345678"
    raw.loc[6, "自然村"] = "东组王某13912345678"
    table, report = ps.clean.households(raw)
    everything = table.to_csv() + report.to_csv()
    for head in ("姓名", "证件号码", "户联系电话", "人联系电话"):
        for value in raw[head].unique():
            assert value not in everything
    assert "13912345678" not in everything


def test_names_of_made_up_counties_are_borne_by_no_county():
    codes = ps.load("place_codes")
    names = "|".join(codes["name"])
    assert not [one for one in synthetic.COUNTIES if one in names]


# Typing -----------------------------------------------------------------------------------


def test_register_columns_get_their_types():
    raw = pd.DataFrame(
        {
            "户编号": ["520100000001", "520100000002"],
            "人数": ["3", "4"],
            "人均纯收入(元)": ["2855.5", ""],
            "是否参加大病保险": ["是", "否"],
            "脱贫年度": ["2016", ""],
            "首次识别时间": ["2014-05", "2014-06-30"],
            "致贫原因": ["因病、缺劳力", ""],
            "脱贫属性": ["返贫", "未脱贫"],
        }
    )
    table, report = ps.clean.households(raw)
    assert report.empty
    assert table.dtypes.astype(str).to_dict() == {
        "household_id": "string", "size": "Int64", "illness_insurance": "boolean",
        "cause": "string", "income": "float64", "listed_date": "string", "exit_year": "Int64",
        "status": "string", "series": "category",
    }  # fmt: skip
    assert table["cause"].tolist()[0] == "illness;no_labour"
    assert table["status"].tolist() == ["relapsed", "poor"]
    assert np.isnan(table["income"].iloc[1])


def test_pinyin_heads_and_drifting_spellings_are_known():
    raw = pd.DataFrame(
        {" HBH ": ["1"], "rjcsr": ["2300"], "\ufeffzpyy": ["因病"], "yfpzph": ["边缘户"]}
    )
    table, report = ps.clean.households(raw)
    assert list(table.columns) == ["household_id", "cause", "income", "monitor_type", "series"]
    assert report["reason"].tolist() == ["spelling"]


def test_income_in_ten_thousand_yuan_is_read_by_its_head():
    raw = pd.DataFrame({"户编号": ["1"], "人均纯收入(万元)": ["0.53"]})
    table, _ = ps.clean.households(raw)
    assert table["income"].tolist() == [5300.0]


def test_identities_are_proposed_and_never_applied():
    raw = pd.DataFrame(
        {
            "户编号": ["1", "1", "2"],
            "人编号": ["11", "12", "21"],
            "数据日期": ["2015-12-31"] * 3,
            "人数": ["3", "3", "1"],
            "脱贫属性": ["未脱贫", "返贫", "未脱贫"],
            "首次识别时间": ["2014-05-01", "2014-05-01", "2016-02-01"],
            "脱贫年度": ["2015", "2015", "2015"],
        }
    )
    table, report = ps.clean.households(raw)
    assert set(report["action"]) == {"proposed"}
    assert table["size"].tolist() == [3, 3, 1]
    found = {(row, column): new for row, column, new in report[["row", "column", "new"]].values}
    assert found[1, "size"] == "2" and found[2, "size"] == "2"
    assert {(1, "status"), (2, "status"), (3, "exit_year")} <= set(found)


def test_rows_that_share_a_key_but_differ_are_told_and_kept():
    raw = pd.DataFrame({"户编号": ["1", "1"], "人均纯收入": ["2000", "2100"]})
    table, report = ps.clean.households(raw)
    assert len(table) == 2
    assert report[["row", "reason", "action"]].values.tolist() == [
        [1, "same_key", "proposed"], [2, "same_key", "proposed"],
    ]  # fmt: skip


def test_members_without_a_code_are_no_repetition_and_two_heads_are():
    raw = pd.DataFrame({"户编号": list("1112233"), "文化程度": ["小学", "初中", "高中"] * 2 + ["小学"],
                        "与户主关系": ["户主", "配偶", "之子", "户主", "本人或户主", "户主", None]})  # fmt: skip
    table, report = ps.clean.households(raw)
    again = report[report["reason"] == "same_key"]
    assert len(table) == 7 and again["row"].tolist() == [4, 5, 6, 7]
    _, report = ps.clean.households(raw.assign(人编号=list("1231212")))
    assert not (report["reason"] == "same_key").any()


def test_two_persons_who_differ_in_dropped_columns_alone_are_no_repetition():
    raw = pd.DataFrame(
        {"户编号": ["1", "1"], "姓名": ["甲某", "乙某"], "人均纯收入": ["2000", "2000"]}
    )
    table, _ = ps.clean.households(raw)
    assert len(table) == 2


def test_an_identifier_that_is_an_id_number_becomes_a_number():
    # links hold: what is one person's bears one number, and nothing of it is left
    ids = ["520527197001010018", "520527 19700101 0018", "520527700101001", "5205"]
    raw = pd.DataFrame(
        {"户编号": ids, "人编号": [ids[1], "1", "2", "3"], "人数": ["1", "2", "3", "4"]}
    )
    table, report = ps.clean.households(raw)
    assert table["household_id"].tolist() == ["n1", "n1", "n1", "5205"]
    assert table["person_id"].tolist() == ["n1", "1", "2", "3"]
    told = report[report["reason"] == "personal_code"]
    assert told["row"].tolist() == [1, 1, 2, 3] and set(told["new"]) == {"n1"}
    assert "19700101" not in table.to_csv() + report.to_csv()


# Programmes -------------------------------------------------------------------------------


def programme(**cells):
    raw = {"项目名称": "三区计划", "承接机构": "清和社工服务中心"} | cells
    return ps.clean.programmes(pd.DataFrame({head: [one] for head, one in raw.items()}))


def test_programmes_have_the_columns_of_the_contract_first():
    table, _ = programme(服务人次="1200")
    assert list(table.columns[: len(PROGRAMMES)]) == PROGRAMMES
    assert table["kind"].isna().all()


@pytest.mark.parametrize(
    ("head", "cell", "column", "value", "reason"),
    [
        ("合同金额(万元)", "28.5", "amount_yuan", 285000.0, None),
        ("合同金额(元)", "285000", "amount_yuan", 285000.0, None),
        ("合同金额", "28.5万元", "amount_yuan", 285000.0, "unit_in_cell"),
        ("合同金额(万元)", "285000元", "amount_yuan", 285000.0, "unit_in_cell"),
        ("合同金额", "28.5", "amount_yuan", None, "unit_required"),
        ("合同金额(含税)", "约28.5万元", "amount_yuan", 285000.0, "bound_word"),
        ("服务人次", "210多万人次", "person_times", 2100000, "bound_word"),
        ("服务人次(万人次)", "1.2", "person_times", 12000, None),
        ("服务人次", "500人", "person_times", None, "wrong_unit"),
        ("受益人次(人)", "500", "person_times", None, "wrong_unit"),
        ("直接受益人数", "500人次", "persons", None, "wrong_unit"),
        ("直接受益人数", "3000余人", "persons", 3000, "bound_word"),
        ("小组数(节次)", "32节", "sessions", 32, "unit_in_cell"),
        ("小组数(节次)", "32次", "sessions", 32, "occasions"),
        ("小组数(节次)", "32场", "sessions", None, "wrong_unit"),
        ("社区活动场次", "12场", "activities", 12, "unit_in_cell"),
        ("社区活动场次", "12节", "activities", None, "wrong_unit"),
        ("个案数", "6000余次", "cases", 6000, "bound_word"),
        ("累计服务人次", "1200", "person_times", 1200, None),
    ],
)
def test_units_of_programme_records(head, cell, column, value, reason):
    table, report = programme(**{head: cell})
    found = table[column].iloc[0]
    assert (None if pd.isna(found) else found) == value
    assert report["reason"].tolist() == ([reason] if reason else [])


def test_bounds_and_basis_are_kept():
    table, _ = programme(服务人次="210多万人次", 直接受益人数="近300人", 累计个案="12")
    assert table["bound"].tolist() == ["persons: about; person_times: lower"]
    assert table["cumulative"].tolist() == ["cases"]


def test_plan_and_output_are_told_apart():
    raw = pd.DataFrame({"项目名称": "牵手计划", "承接机构": "甲", "合同编号": "H1", "类别": ["计划", "完成"],
                        "服务人次": ["1000", "900"]})  # fmt: skip
    table, report = ps.clean.programmes(raw)
    assert table["kind"].tolist() == ["plan", "output"] and report.empty


def test_names_of_one_programme_become_one_and_others_stay():
    names = [
        "三区计划",
        "“三区”社会工作专业人才支持计划",
        "社会工作专业人才服务三区计划",
        "阳光行动",
    ]
    raw = pd.DataFrame({"项目名称": names, "承接机构": "甲"})
    table, report = ps.clean.programmes(raw)
    assert table["programme"].tolist() == ["three_areas_plan"] * 3 + ["阳光行动"]
    assert report["reason"].tolist() == ["name_variant"] * 2


def test_one_contract_over_several_places_is_not_divided():
    table, report = programme(**{"服务地点": "棠溪县、岚坪县", "合同金额(万元)": "20"})
    assert table[["place", "places", "amount_yuan"]].values.tolist() == [
        ["棠溪县、岚坪县", 2, 200000.0]
    ]
    assert report["reason"].tolist() == ["several_places"]


def test_a_period_becomes_start_and_end():
    table, _ = programme(起止时间="2014年9月至2015年8月")
    assert table[["start", "end"]].values.tolist() == [["2014-09", "2015-08"]]


# Errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"人数": ["1"]}, ["no column that the codebook knows as household_id", "row 1", "from"]),
    ],
)
def test_errors_name_place_and_remedy(raw, words):
    with pytest.raises(ps.DataError) as caught:
        ps.clean.households(pd.DataFrame(raw))
    assert all(word in str(caught.value) for word in words)
    assert caught.value.remedy


def test_a_codebook_of_the_other_kind_is_refused():
    with pytest.raises(ps.DataError, match="programmes"):
        ps.clean.households(pd.DataFrame({"户编号": ["1"]}), codebook="agency")


cell = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["…", "3000多", "５", "2015-06", "是", "因病", "#REF!", "1e400", "-0", "0.5", "人", "万"]
    ),
)


@examples(60)
@given(st.lists(st.tuples(cell, cell, cell, cell, cell), min_size=1, max_size=6))
def test_no_text_raises_anything_but_own_errors(rows):
    frame = pd.DataFrame(rows, columns=["户编号", "人均纯收入", "首次识别时间", "致贫原因", "人数"])
    try:
        table, report = ps.clean.households(frame)
    except ps.PovstudyError:
        return
    assert set(table.index) <= set(range(1, len(frame) + 1))
    gone = set(report.loc[report["action"] == "dropped", "row"].dropna())
    blank = set(frame.index[frame.map(lambda one: not one.strip()).all(axis=1)] + 1)
    assert set(range(1, len(frame) + 1)) - set(table.index) <= gone | blank


def test_summary_counts_all_that_was_reported():
    raw, _ = ps.clean.synthetic_register(700, seed=1)
    _, report = ps.clean.households(raw)
    for lang, places in (("en", "places"), ("zh", "处数")):
        table = ps.clean.summary(report, lang=lang)
        assert table[places].sum() == len(report)


def test_one_personal_column_and_nothing_else_is_told():
    raw = pd.DataFrame({"户编号": ["1", "2"], "备注": ["13800000000", "13900000000"]})
    book = {"columns": {"household_id": {"from": ["户编号"], "read": "household_id"},
                        "note": {"from": ["备注"], "read": "text"}}}  # fmt: skip
    table, report = ps.clean.households(raw, codebook=book)
    assert list(table.columns) == ["household_id"]
    assert report[["row", "action"]].values.tolist() == [[pd.NA, "dropped"]]


def test_a_count_beyond_what_can_be_counted_is_refused():
    _, report = programme(直接受益人数="18446744073709551616")
    assert report["reason"].tolist() == ["out_of_range"]


def test_a_title_above_the_heads_is_told(tmp_path):
    path = tmp_path / "名册.csv"
    path.write_text("某县监测户名单,,\n户编号,人数,人均纯收入\n1,3,2000\n", encoding="utf-8")
    table, report = ps.clean.households(path)
    assert table.index.tolist() == [3]
    assert report[["row", "old", "reason"]].values.tolist() == [[1, "某县监测户名单", "title"]]


def test_a_period_beside_a_start_is_refused():
    with pytest.raises(ps.DataError, match="Two columns of this file give start"):
        programme(起止时间="2014-2015", 开始时间="2014")


# Heads --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "cell", "value"),
    [
        ("合同金额(千元)", "285", 285_000),
        ("合同金额(百万元)", "2", 2_000_000),
        ("合同金额（万元，含税）", "20", 200_000),
        ("合同金额(美元)", "20000", None),
        ("合同金额(万元)(折算)", "20", None),
    ],
)
def test_brackets_of_a_head_are_read_as_what_they_are(head, cell, value):
    table, report = programme(**{head: cell})
    if value is None:
        assert table["amount_yuan"].isna().all()
        assert report[["column", "reason"]].values.tolist() == [[head, "unknown_bracket"]]
    else:
        assert table["amount_yuan"].tolist() == [value] and report.empty


@pytest.mark.parametrize(
    "head", ["人均纯收入(元/月)", "人均纯收入(上年)", "年纯收入(百元)", "务工时间(天)"]
)
def test_a_head_that_says_something_else_is_left_out_and_told(head):
    table, report = ps.clean.households(pd.DataFrame({"户编号": ["1"], head: ["10"]}))
    assert list(table.columns) == ["household_id", "series"]
    assert report["reason"].tolist() == ["unknown_bracket"]


def test_tax_and_cumulative_are_kept_where_the_head_says_so():
    table, _ = programme(**{"合同金额(万元,不含税)": "20", "服务人次(累计)": "200", "个案数": "3"})
    assert table["tax"].tolist() == ["excluded"]
    assert table["cumulative"].tolist() == ["person_times"]
    table, _ = programme(服务人次="累计200人次")
    assert table["cumulative"].tolist() == ["person_times"]


def test_plan_and_actual_side_by_side_become_two_rows():
    table, report = programme(
        **{"计划服务人次": "1000", "实际服务人次": "900多", "个案数": "12", "合同金额(万元)": "20"}
    )
    assert report["reason"].tolist() == ["bound_word"]
    shown = ["kind", "person_times", "cases", "amount_yuan", "bound"]
    assert table[shown].astype(object).where(table[shown].notna(), None).values.tolist() == [
        ["plan", 1000, None, None, "exact"],
        ["output", 900, 12, 200_000.0, "person_times: lower"],
    ]
    assert table.index.tolist() == [1, 1]


def test_of_two_columns_with_one_meaning_the_first_of_the_codebook_is_kept():
    raw = pd.DataFrame(
        {"户编号": ["1"], "致贫原因1": ["因病"], "致贫原因": ["因残"], "致贫原因2": ["因学"]}
    )
    table, report = ps.clean.households(raw)
    assert table[["cause", "cause_2"]].values.tolist() == [["disability", "schooling"]]
    assert report[["column", "reason"]].values.tolist() == [
        ["致贫原因1", "second_column"], ["cause", "second_value"],
    ]  # fmt: skip


def test_two_rows_of_heads_of_a_file_are_put_together(tmp_path):
    path = tmp_path / "台账.csv"
    path.write_text(
        "项目名称,承接机构,服务产出,\n,,个案数,服务人次\n三区计划,甲,1,2\n", encoding="utf-8"
    )
    table, _ = ps.clean.programmes(path)
    assert table[["agency", "cases", "person_times"]].values.tolist() == [["甲", 1, 2]]
    assert table.index.tolist() == [3]


def test_a_group_that_is_also_a_known_head_hides_no_merged_head_beside_it(tmp_path):
    path = tmp_path / "名册.csv"
    path.write_text(
        "某县台账,,,,,\n年度,基本情况,,脱贫情况,,序号\n,户编号,人口数,是否脱贫,脱贫年度,\n"
        "2020,h1,3,是,2018年,1\n2021,h1,3,是,2018年,1\n",
        encoding="gb18030",
    )
    table, report = ps.clean.households(path)
    assert table[["year", "exit_year"]].values.tolist() == [[2020, 2018], [2021, 2018]]
    assert "proposed" not in set(report["action"])


def test_two_rows_of_heads_of_a_table_are_refused():
    raw = pd.DataFrame({"项目名称": ["", "三区计划"], "承接机构": ["", "甲"], "服务产出": ["个案数", "1"],
                        "": ["服务人次", "2"]})  # fmt: skip
    with pytest.raises(ps.DataError, match="two rows of heads"):
        ps.clean.programmes(raw)


# Rows ---------------------------------------------------------------------------------------


def test_merged_cells_are_filled_down_and_totals_left_out(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["项目名称", "承接机构", "合同编号", "合同金额(万元)", "服务人次"],
        ["三区计划", "甲社工", "H1", 30, 100],
        ["牵手计划", None, "H2", None, 200],
        ["合计", None, None, 30, 300],
    ):
        sheet.append(row)
    sheet.merge_cells("B2:B3")
    sheet.merge_cells("D2:D3")
    path = tmp_path / "台账.xlsx"
    book.save(path)
    table, report = ps.clean.programmes(path)
    assert table["agency"].tolist() == ["甲社工", "甲社工"]
    assert table["amount_yuan"].isna().all()  # one amount for both is none for each
    shown = report[["row", "column", "action", "reason"]].astype(object)
    assert shown.where(shown.notna(), None).values.tolist() == [
        [2, "amount_yuan", "refused", "merged_cell"],
        [3, "agency", "changed", "merged_cell"],
        [4, None, "dropped", "total_row"],
    ]


def test_a_blank_agency_is_told_and_the_record_stays():
    table, report = programme(承接机构="")
    assert len(table) == 1
    assert report[["column", "action", "reason"]].values.tolist() == [
        ["agency", "proposed", "required_blank"]
    ]


def test_years_of_one_household_are_no_repetition():
    raw = pd.DataFrame(
        {"户编号": ["1", "1"], "年度": ["2015", "2016"], "脱贫属性": ["未脱贫", "返贫"]}
    )
    table, report = ps.clean.households(raw)
    assert len(table) == 2 and report.empty


# Words, places, dates -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["“三区”计划", "2014年三区计划", "2014年度“三区”社会工作专业人才支持计划", "《三区计划》", "三区计划（2014年）",
     "三区计划项目", "【三区计划】"],
)  # fmt: skip
def test_a_programme_is_known_by_year_quotes_and_brackets_around_its_name(name):
    table, report = programme(项目名称=name)
    assert table["programme"].tolist() == ["three_areas_plan"]
    assert report["reason"].tolist() == ["name_variant"]


@pytest.mark.parametrize(
    ("text", "place", "count"),
    [
        ("和田县", "和田县", 1),
        ("呼和浩特市", "呼和浩特市", 1),
        ("太和县、和政县", "太和县、和政县", 2),
        ("威宁县以及纳雍县", "威宁县、纳雍县", 2),
        ("云南省 昭通市", "云南省 昭通市", 1),
        ("赫章县等3县", "赫章县等3县", 3),
        ("赫章县等", "赫章县等", None),
    ],
)
def test_places_are_not_cut_apart(text, place, count):
    table, _ = programme(服务地点=text)
    assert table["place"].tolist() == [place]
    found = table["places"].iloc[0]
    assert (None if pd.isna(found) else found) == count


def test_dates_beyond_the_register_and_months_that_lost_a_zero_are_refused():
    raw = pd.DataFrame(
        {"户编号": ["1", "2", "3"], "首次识别时间": ["2051-05-06", "1914-05-06", "2014.1"]}
    )
    _, report = ps.clean.households(raw)
    assert report["reason"].tolist() == ["out_of_range", "out_of_range", "ambiguous_date"]


def test_a_fraction_among_percentages_is_refused():
    raw = pd.DataFrame({"项目名称": "甲", "承接机构": "乙", "满意度(%)": ["95", "0.97", "98"]})
    _, report = ps.clean.programmes(raw)
    assert report[["row", "reason"]].values.tolist() == [[2, "ambiguous_scale"]]


def test_points_are_no_rate():
    _, report = programme(满意度="1.5个百分点")
    assert report["reason"].tolist() == ["wrong_unit"]


def test_a_cell_out_of_range_is_told_once_and_leaves_no_bound():
    table, report = programme(**{"合同金额(万元)": "约50000"})
    assert report["reason"].tolist() == ["out_of_range"]
    assert table["bound"].tolist() == ["exact"]


def test_a_unit_of_ten_thousand_in_a_codebook():
    book = {"columns": {"household_id": {"from": ["户编号"], "read": "household_id"},
                        "people": {"from": ["人数"], "read": "count", "unit": "10k_person"}}}  # fmt: skip
    table, report = ps.clean.households(pd.DataFrame({"户编号": ["1"], "人数": ["1.5"]}), book)
    assert table["people"].tolist() == [15000] and report.empty


# Personal data ------------------------------------------------------------------------------


def test_no_personal_data_in_titles_identifiers_refused_cells_and_errors(tmp_path):
    path = tmp_path / "名册.csv"
    rows = ["某县名单 填报人：张三 联系电话：13812345678,,,", "户编号,人数,健康状况,行政村",
            "520527000001,3,健康,石桥村", "520527000002,李四,健康,石桥村",
            "520527197001010018,2,健康,石桥村", "填表人：王五 13912345678,,,",
            "520527000003,2,健康,石桥村"]  # fmt: skip
    path.write_text("\n".join(rows), encoding="utf-8")
    table, report = ps.clean.households(path)
    told = table.to_csv() + report.to_csv()
    for personal in ("张三", "李四", "王五", "13812345678", "13912345678", "520527197001010018"):
        assert personal not in told
    path.write_text("520527000012,张三,520527197001010018\n520527000013,李四\n", encoding="utf-8")
    with pytest.raises(ps.DataError) as caught:
        ps.clean.households(path)
    assert "张三" not in str(caught.value) and "5205271970" not in str(caught.value)


def test_a_report_can_be_saved_as_a_spreadsheet(tmp_path):
    _, report = ps.clean.households(pd.DataFrame({"户编号": ["1\x01", "2"]}))
    report.to_excel(tmp_path / "report.xlsx", index=False)


# What a second look found -------------------------------------------------------------------


def test_what_a_second_column_says_else_is_told_cell_by_cell():
    raw = pd.DataFrame(
        {"户编号": ["1", "2"], "致贫原因": ["", "因学"], "主要致贫原因": ["因病", "因学"]}
    )
    table, report = ps.clean.households(raw)
    assert table["cause"].fillna("").tolist() == ["", "schooling"]
    assert report[["row", "column", "new", "action", "reason"]].astype(object).values.tolist()[
        1:
    ] == [[1, "cause", "因病", "proposed", "second_value"]]


def test_plan_and_output_keep_their_year():
    raw = pd.DataFrame({"项目名称": "甲", "承接机构": "a", "年度": ["2018", "2019"],
                        "计划个案数": ["10", "20"], "实际个案数": ["9", "21"]})  # fmt: skip
    table, report = ps.clean.programmes(raw)
    assert table[["kind", "year", "cases"]].values.tolist() == [
        ["plan", 2018, 10], ["output", 2018, 9], ["plan", 2019, 20], ["output", 2019, 21],
    ]  # fmt: skip
    assert report.empty


def test_tax_in_a_cell():
    raw = pd.DataFrame(
        {"项目名称": "甲", "承接机构": "a", "合同金额": ["28.5万元（含税）", "30万元"]}
    )
    table, report = ps.clean.programmes(raw)
    assert table["amount_yuan"].tolist() == [285_000.0, 300_000.0]
    assert table["tax"].tolist()[0] == "included" and pd.isna(table["tax"].iloc[1])
    assert report["row"].tolist() == [1, 2]  # both with the unit in the cell


def test_a_household_that_stands_twice_is_no_two_persons():
    raw = pd.DataFrame(
        {"年度": "2017", "户编号": "1", "人数": "3", "脱贫属性": ["稳定脱贫", "返贫"]}
    )
    _, report = ps.clean.households(raw)
    assert "size" not in set(report["column"])


def test_a_household_lives_in_no_aggregate():
    _, report = ps.clean.households(pd.DataFrame({"户编号": ["1"], "省": ["全国"]}))
    assert report["reason"].tolist() == ["unknown_place"]


def test_a_cell_of_several_words_keeps_those_that_are_known_and_shows_no_others():
    raw = pd.DataFrame({"户编号": ["1", "2", "3"], "帮扶措施": ["王小明送刺梨苗、产业帮扶", "王小明送刺梨苗", "公益岗"],
                        "致贫原因": ["因病、懒", "懒", "因病因残"]})  # fmt: skip
    table, report = ps.clean.households(raw)
    assert table["measure"].dropna().iloc[0] == "industry" and table["cause"].iloc[0] == "illness"
    told = report.set_index(["row", "column"]).sort_index()
    assert told.loc[(1, "measure"), ["action", "reason", "old"]].tolist() == ["changed", "part_unknown", "***、产业帮扶"]  # fmt: skip
    assert told.loc[(2, "measure"), "action"] == "refused"
    assert told.loc[(2, "cause"), "reason"] == "unknown_cause"
    assert "刺梨" not in report.to_string() and "王小明" not in report.to_string()
    with pytest.raises(ps.DataError):  # a word alone is read as strictly as before
        ps.clean.support_measures("王小明送刺梨苗、产业帮扶")


@pytest.mark.parametrize("read", ["number", "text", "household_id"])
def test_codes_that_a_file_declares_missing_are_never_values(tmp_path, read):
    pyreadstat = pytest.importorskip("pyreadstat")
    raw = pd.DataFrame({"hhid": [1.0, 2, 3], "inc": [-9.0, 500, 700], "kind": ["9", "a", "b"]})
    pyreadstat.write_sav(raw, tmp_path / "a.sav", missing_ranges={"inc": [-9], "kind": ["9"]})
    rule = {"household_id": {"from": ["hhid"], "read": "household_id"}, "inc": {"from": ["inc"], "read": read},
            "kind": {"from": ["kind"], "read": "text"}}  # fmt: skip
    table, report = ps.clean.households(tmp_path / "a.sav", codebook={"columns": rule})
    assert table["inc"].isna().tolist() == table["kind"].isna().tolist() == [True, False, False]
    assert report["reason"].tolist() == ["missing_code"] * 2
