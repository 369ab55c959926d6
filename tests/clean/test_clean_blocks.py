"""A register cleaned on disk is what it is in memory: table, report and refusals."""

import pandas as pd
import pyarrow as pa
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

import povstudy as ps
from povstudy.base.errors import DataError
from povstudy.base.status import source_of
from povstudy.clean.file import frames, shelves
from povstudy.clean.record import tables


def same(path, **options):
    """Clean a file both ways; the table and the report must be the same."""
    into = path.with_name("clean.parquet")
    whole = written = None
    try:
        whole = ps.clean.households(path, **options)
    except DataError as error:
        with pytest.raises(DataError) as other:
            ps.clean.households(path, into=into, **options)
        assert str(other.value) == str(error)
        assert not into.exists()
        return None, None
    written = ps.clean.households(path, into=into, **options)
    assert written == (into, path.with_name("clean_report.parquet"))
    table, report = map(pd.read_parquet, written)
    pd.testing.assert_frame_equal(table, whole[0], check_index_type="equiv")
    assert ps.clean.summary(written[1]).equals(ps.clean.summary(whole[1]))
    lines = whole[1].assign(old=whole[1]["old"].map(str, na_action="ignore"), new=whole[1]["new"].map(str, na_action="ignore"))  # fmt: skip
    for one in (report, lines):
        one[one.columns] = one.astype(object).where(one.notna(), None)
    assert report.to_dict("records") == lines.to_dict("records")
    assert {one.name for one in path.parent.iterdir()} == {path.name, "clean.parquet", "clean_report.parquet"}  # fmt: skip
    return whole


@pytest.fixture(scope="module")
def register():
    raw, _ = ps.clean.synthetic_register(120, seed=3, faults=1)
    return raw


FORMS = {
    "utf-8-sig": lambda raw, path: raw.to_csv(path, index=False, encoding="utf-8-sig"),
    "gb18030": lambda raw, path: raw.to_csv(path, index=False, encoding="gb18030"),
    "utf-16": lambda raw, path: raw.to_csv(path, index=False, encoding="utf-16", sep="\t"),
    "several lines": lambda raw, path: raw.assign(自然村=raw["自然村"] + '\n"x", y').to_csv(path, index=False),
    "titled": lambda raw, path: path.write_text("脱贫户信息表\n单位：元\n" + raw.to_csv(index=False), "utf-8"),
    "parquet": lambda raw, path: raw.astype(str).to_parquet(path),
    "xlsx": lambda raw, path: raw.to_excel(path, index=False),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_register_on_disk_is_what_it_is_in_memory(form, register, tmp_path, monkeypatch):
    if form != "utf-8-sig":  # that one is of one block
        monkeypatch.setattr(tables, "ROWS", 100)
        monkeypatch.setattr(shelves, "ROWS", 70)
    path = tmp_path / f"register.{form if form in ('parquet', 'xlsx') else 'csv'}"
    FORMS[form](register, path)
    table, report = same(path)
    assert len(table) > 350
    assert report["reason"].nunique() > 20


IDS = st.sampled_from(["5201", "5202", "05203", "520527197001010018", "13052700001", "1.30527E+10", "5204 ", "", "5201.0"])  # fmt: skip
CELLS = {
    "户编号": IDS,
    "人编号": IDS,
    "姓名": st.sampled_from(["张三", "李四"]),
    "人数": st.sampled_from(["1", "２", "三", "懒", "99999", ""]),
    "人均纯收入(元)": st.sampled_from(["2855", "三千", "3,100", "约4000", "12..5", "0.4万元", "—"]),
    "文化程度": st.sampled_from(["小学", "文盲", "懒", "13800138000"]),
    "数据日期": st.sampled_from(["2021-12-31", "2020.1", "2020.10", "42852", "5/6/2015"]),
    "脱贫年度": st.sampled_from(["2016", "未脱贫", "返贫", "2016年", ""]),
    "首次识别时间": st.sampled_from(["2014-05-01", "2017年6月", "2015-13-01", ""]),
    "备注": st.sampled_from(["", "合计", "电话13800138000", "因病", "x\ny", 'a"b', "无"]),
    "易返贫致贫户(监测对象)类型": st.sampled_from(["脱贫不稳定户", "边缘易致贫户", ""]),
}


@given(data=st.data(), size=st.integers(0, 40), block=st.integers(1, 9))
@examples(30)
def test_any_register_is_the_same_in_blocks_of_any_size(data, size, block, tmp_path_factory):
    heads = data.draw(
        st.permutations(["户编号", *data.draw(st.sets(st.sampled_from([*CELLS][1:])))])
    )
    raw = pd.DataFrame({one: data.draw(st.lists(CELLS[one], min_size=size, max_size=size)) for one in heads})  # fmt: skip
    folder = tmp_path_factory.mktemp("blocks")
    with pytest.MonkeyPatch.context() as patch:
        for place in (tables, shelves):
            patch.setattr(place, "ROWS", block)
        patch.setattr(frames, "_AT_ONCE", 3 * block)
        kind = data.draw(st.sampled_from(["csv", "parquet"]))
        path = folder / f"raw.{kind}"
        if kind == "csv":
            raw.to_csv(path, index=False)
        else:
            raw.to_parquet(path, row_group_size=block)
        same(path)


def test_rows_that_differ_in_a_column_that_is_ignored_alone_are_repetitions():
    raw = pd.DataFrame({"序号": ["1", "2", "3"], "户编号": ["5201", "5201", "5202"], "人数": "2"})
    table, report = ps.clean.households(raw)
    assert table["household_id"].tolist() == ["5201", "5202"]
    assert report.loc[report["reason"] == "duplicate", "row"].tolist() == [2]


def test_a_raw_parquet_file_keeps_the_digits_of_codes_and_its_kind_of_data(tmp_path):
    raw = pd.DataFrame(
        {"户编号": pd.array([2**53 + 1, 2**53 + 3, None], "Int64"), "人数": [1, 2, 3]}
    )
    raw.attrs["source"] = ps.Source("simulated", "made up")
    raw.to_parquet(tmp_path / "raw.parquet")
    table, _ = same(tmp_path / "raw.parquet")
    assert table["household_id"].tolist() == [str(2**53 + 1), str(2**53 + 3)]
    assert table.attrs["source"].status == "simulated"
    assert source_of(tmp_path / "clean.parquet").status == "simulated"


def test_memory_is_of_the_system_while_a_register_is_cleaned_on_disk(tmp_path, monkeypatch):
    """Arrow's own allocator keeps what is freed; it is the default again afterwards."""
    seen, before = set(), pa.default_memory_pool().backend_name
    read = tables.Written.read
    monkeypatch.setattr(tables.Written, "read", lambda self: (
        seen.add(pa.default_memory_pool().backend_name), read(self))[1])  # fmt: skip
    raw, _ = ps.clean.synthetic_register(200, seed=1)
    raw.to_csv(tmp_path / "raw.csv", index=False)
    ps.clean.households(tmp_path / "raw.csv", into=tmp_path / "clean.parquet")
    assert seen == {"system"} and pa.default_memory_pool().backend_name == before != "system"
    with pytest.raises(DataError):
        ps.clean.households(tmp_path / "none.csv", into=tmp_path / "clean.parquet")
    assert pa.default_memory_pool().backend_name == before


def test_a_damaged_block_leaves_the_old_files(tmp_path):
    path, into = tmp_path / "raw.csv", tmp_path / "clean.parquet"
    path.write_text("户编号,人数\n" + "5201,2\n" * 9000 + "5202,2,3\n", "utf-8")
    into.write_bytes(b"old")
    with pytest.raises(DataError, match=r"raw\.csv, row 9002"):
        ps.clean.households(path, into=into)
    assert into.read_bytes() == b"old"
    assert {one.name for one in tmp_path.iterdir()} == {"raw.csv", "clean.parquet"}
