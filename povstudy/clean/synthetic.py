"""Raw files as they come, made up: with the real columns, a realistic mess, and a list of it.

Simulated, with known truth: places, persons and numbers are invented, and every fault that
was planted is listed, so that a cleaning can be checked cell by cell. They say nothing about
any programme.
"""

import numpy as np
import pandas as pd

from ..base.checks import need_whole
from ..base.errors import DataError
from ..base.status import Source, handed_on

# Names that no county of the official lists of codes bears.
COUNTIES = ("棠溪县", "岚坪县", "禾川县", "沅岭县")
_TOWNS = ("上营乡", "下营乡", "河口镇", "石桥镇", "南坪乡")
_MOST_FAULTS = 50  # for which a number of rows is looked for
_FAULTS = ["row", "column", "head", "old", "raw", "action", "reason"]


def synthetic_register(households=400, seed=0, faults=3):
    """Make up a raw export of the register, of 35 columns and one row for each person.

    Households that left poverty fall back with a chance of 4 percent a year, and of 10 where
    the cause is illness (因病), up to the end of 2021.

    Parameters
    ----------
    households : int
        Number of households; two to six persons each.
    seed : int
        Of the random numbers: the same seed gives the same file.
    faults : int
        How often each kind of fault is planted.

    Returns
    -------
    raw : DataFrame
        Text cells under the Chinese heads of the system; with personal columns, invented. It
        says that it is simulated, and what is cleaned of it says so too; a file made of it
        cannot.
    faults : DataFrame
        ``row column head old raw action reason``: where each fault was planted (1 is the
        first row), the canonical column, its head, the cell before and after, and what
        `households` has to report. Empty ``raw`` marks what is no cell: a repeated row, an
        identity that is broken.

    Raises
    ------
    DataError
        If there are too few households for so many faults, with the number that would do.

    Examples
    --------
    >>> import povstudy as ps
    >>> raw, faults = ps.clean.synthetic_register(seed=1)
    >>> raw.shape[1], faults["reason"].nunique() > 15
    (35, True)
    """
    _refuse_odd("households", households, seed, faults)
    return _planted(_planned_register, "households", households, seed, faults)


def _planned_register(households, seed, faults):
    rng = np.random.default_rng(seed)
    raw = _register(households, rng)
    plan = _Plan(raw, rng)
    heads = {
        "income": "人均纯收入", "size": "人数", "health": "健康状况", "education": "文化程度",
        "work_months": "务工时间（月）", "cause": "致贫原因1", "listed_date": "首次识别时间",
        "risk_date": "风险识别时间", "risk_removed_date": "风险消除时间", "hamlet": "自然村",
        "monitor_type": "易返贫致贫户(监测对象)类型", "safe_water": "是否解决安全饮用水",
        "household_id": "户编号", "person_id": "人编号", "village": "行政村",
    }  # fmt: skip
    for _ in range(faults):
        for column, change, action, reason in _REGISTER_MESS:
            plan.cell(column, heads[column], change, action, reason)
        plan.household_with(heads["size"], "size", lambda text: str(int(text) + 2))
        plan.household_half(heads["monitor_type"], "monitor_type")
        plan.order(heads["risk_removed_date"], "risk_removed_date")
    for _ in range(faults):
        plan.repeat()
    return plan.done("register, made up to try the cleaning on", "试清理用的虚构名册")


def synthetic_agency(records=100, seed=0, faults=2):
    """Make up the raw programme records of agencies: 21 columns, one row for each project.

    Parameters
    ----------
    records : int
        Number of rows.
    seed : int
        Of the random numbers.
    faults : int
        How often each kind of fault is planted.

    Returns
    -------
    raw, faults : DataFrame
        As in `synthetic_register`, for `programmes`.

    Examples
    --------
    >>> import povstudy as ps
    >>> raw, faults = ps.clean.synthetic_agency(seed=1)
    >>> sorted(faults["action"].unique())
    ['changed', 'dropped', 'missing', 'proposed', 'refused']
    """
    _refuse_odd("records", records, seed, faults)
    return _planted(_planned_agency, "records", records, seed, faults)


def _planned_agency(records, seed, faults):
    rng = np.random.default_rng(seed)
    raw = _agency(records, rng)
    plan = _Plan(raw, rng)
    heads = {
        "programme": "项目名称", "amount_yuan": "合同金额(万元)", "person_times": "服务人次",
        "sessions": "小组数(节次)", "activities": "社区活动场次", "cases": "个案数", "place": "服务地点",
        "persons": "直接受益人数", "satisfaction_percent": "满意度", "start": "开始时间",
        "end": "结束时间", "workers": "派驻社工人数",
    }  # fmt: skip
    for _ in range(faults):
        for column, change, action, reason in _AGENCY_MESS:
            plan.cell(column, heads[column], change, action, reason)
        plan.order(heads["end"], "end")
        plan.repeat()
    return plan.done("programme records, made up to try the cleaning on", "试清理用的虚构项目记录")


class _TooFew(Exception):
    """There is no row left for a fault."""


def _planted(make, name, size, seed, faults):
    """Rows with their faults; where they are too few, an error with the number that would do."""
    try:
        return make(size, seed, faults)
    except _TooFew:
        if faults > _MOST_FAULTS:
            remedy = f"faults={_MOST_FAULTS} at most"
        else:
            low, high = size, 2 * size + 10
            while not _fits(make, high, seed, faults):
                low, high = high, 2 * high
            while high - low > 1:
                half = (low + high) // 2
                low, high = (low, half) if _fits(make, half, seed, faults) else (half, high)
            remedy = f"{name}={high}, or a smaller faults="
        raise DataError(
            "Too few rows for so many faults: no two are planted in one household or record.",
            found=f"{name}={size}, faults={faults}",
            remedy=remedy,
        ) from None


def _fits(make, size, seed, faults):
    try:
        make(size, seed, faults)
    except _TooFew:
        return False
    return True


def _refuse_odd(name, size, seed, faults):
    need_whole(name, size, such=100)
    need_whole("seed", seed, 0)
    need_whole("faults", faults, 0, such=2)


# What may go wrong with a cell: canonical column, the cell that it becomes, what is to be
# reported. Every text was met in files, or is like one that was.
_WIDE = str.maketrans("0123456789.-", "０１２３４５６７８９．－")


def _serial(text):
    return str((pd.Timestamp(text) - pd.Timestamp(1899, 12, 30)).days)


def _garbled(text):
    return text.encode("utf-8").decode("latin-1")


_REGISTER_MESS = (
    ("income", lambda text: text.translate(_WIDE), "changed", "full_width"),
    ("income", lambda text: f"{int(text) + 1000:,}", "changed", "thousands_mark"),
    ("income", lambda text: f"约{text}", "changed", "bound_word"),
    ("income", lambda text: f"{text}元", "changed", "unit_in_cell"),
    ("income", lambda text: "三千二百", "changed", "numeral"),
    ("income", lambda text: "—", "missing", "not_available"),
    ("income", lambda text: "***", "missing", "withheld"),
    ("income", lambda text: f"{text[:-1]}O", "refused", "corrupt_number"),
    ("income", lambda text: "#DIV/0!", "refused", "spreadsheet_error"),
    ("income", lambda text: f"{text}00000", "refused", "out_of_range"),
    ("income", lambda text: "3000-4000", "refused", "range"),
    ("work_months", lambda text: "13", "refused", "out_of_range"),
    ("health", lambda text: "慢性病", "changed", "listed_under"),
    ("health", lambda text: f" {text}", "changed", "blanks"),
    ("education", lambda text: "未填", "missing", "missing_code"),
    ("education", lambda text: "扫盲班", "refused", "unknown_word"),
    ("cause", lambda text: "上学", "changed", "spelling"),
    ("cause", lambda text: "懒", "refused", "unknown_cause"),
    ("listed_date", _serial, "changed", "serial_date"),
    ("listed_date", lambda text: f"{text[:4]}年{int(text[5:7])}月", "changed", "date_form"),
    ("listed_date", lambda text: f"{text[:4]}-13-01", "refused", "corrupt_date"),
    ("listed_date", lambda text: "5/6/2015", "refused", "ambiguous_date"),
    ("safe_water", lambda text: "Y", "changed", "spelling"),
    ("safe_water", lambda text: "不详", "missing", "not_available"),
    ("person_id", lambda text: f"{text}.0", "changed", "code_form"),
    ("household_id", lambda text: f"{text[0]}.{text[1:6]}E+11", "refused", "precision_lost"),
    ("village", _garbled, "changed", "repaired_text"),
    ("hamlet", lambda text: "13800000000", "changed", "personal_cell"),
)
_AGENCY_MESS = (
    ("programme", lambda text: "社会工作专业人才服务三区计划", "changed", "name_variant"),
    ("amount_yuan", lambda text: f"{text}万元", "changed", "unit_in_cell"),
    ("amount_yuan", lambda text: f"{float(text) * 10000:.0f}元", "changed", "unit_in_cell"),
    ("amount_yuan", lambda text: f"约{text}万元", "changed", "bound_word"),
    ("amount_yuan", lambda text: f"{float(text) * 10000:.0f}", "refused", "out_of_range"),
    ("amount_yuan", lambda text: "面议", "refused", "corrupt_number"),
    ("person_times", lambda text: f"{text}多人次", "changed", "bound_word"),
    ("person_times", lambda text: f"{text}人次", "changed", "unit_in_cell"),
    ("person_times", lambda text: f"{text}人", "refused", "wrong_unit"),
    ("person_times", lambda text: "…", "missing", "below_unit"),
    ("persons", lambda text: f"{text}人次", "refused", "wrong_unit"),
    ("persons", lambda text: "待定", "missing", "missing_code"),
    ("persons", lambda text: "几十人", "refused", "range"),
    ("sessions", lambda text: f"{text}节", "changed", "unit_in_cell"),
    ("sessions", lambda text: f"{text}次", "changed", "occasions"),
    ("sessions", lambda text: f"{text}人次", "refused", "wrong_unit"),
    ("activities", lambda text: f"{text}场次", "changed", "unit_in_cell"),
    ("cases", lambda text: "两百", "changed", "numeral"),
    ("workers", lambda text: text.translate(_WIDE), "changed", "full_width"),
    ("place", lambda text: f"{COUNTIES[0]}、{COUNTIES[1]}", "changed", "several_places"),
    ("satisfaction_percent", lambda text: "0.97", "refused", "ambiguous_scale"),
    ("satisfaction_percent", lambda text: "９７％", "changed", "full_width"),
    ("start", lambda text: f"{text[:4]}.{int(text[5:7])}", "changed", "date_form"),
)  # fmt: skip


class _Plan:
    """Plants faults, no two in one household or record, and keeps the list."""

    def __init__(self, raw, rng):
        self.raw, self.rng, self.list, self.repeats = raw, rng, [], []
        key = raw["户编号"] if "户编号" in raw else pd.Series(range(len(raw)))
        self.groups = {one: rows.to_numpy() for one, rows in raw.groupby(key).groups.items()}
        self.free = list(rng.permutation(list(self.groups)))

    def _rows(self, wanted=lambda rows: True):
        for i in reversed(range(len(self.free))):
            if wanted(rows := self.groups[self.free[i]]):
                del self.free[i]
                return rows
        raise _TooFew

    def _note(self, row, column, head, old, new, action, reason):
        self.list.append((row + 1, column, head, old, new, action, reason))

    def cell(self, column, head, change, action, reason):
        place = self.raw.columns.get_loc(head)
        alone = column == "household_id"  # else the others of the household are too few
        row = self._rows(
            lambda rows: bool(self.raw.iat[rows[0], place]) and not (alone and len(rows) > 1)
        )[0]
        old = self.raw.iat[row, place]
        self.raw.iat[row, place] = change(old)
        self._note(row, column, head, old, change(old), action, reason)
        if column == "household_id":  # without it, the row cannot stay
            self._note(row, column, head, old, None, "dropped", "no_key")

    def household_with(self, head, column, change):
        """Give all rows of a household a wrong size."""
        place = self.raw.columns.get_loc(head)
        for row in self._rows(lambda rows: len(rows) > 1):
            self.raw.iat[row, place] = change(self.raw.iat[row, place])
            self._note(row, column, head, None, None, "proposed", "identity")

    def household_half(self, head, column):
        """Give one row of a household another type than the others have."""
        place = self.raw.columns.get_loc(head)
        rows = self._rows(lambda rows: len(rows) > 1 and bool(self.raw.iat[rows[0], place]))
        types = ["脱贫不稳定户", "边缘易致贫户", "突发严重困难户"]
        types.remove(self.raw.iat[rows[0], place])
        self.raw.iat[rows[0], place] = types[0]
        for row in rows:
            self._note(row, column, head, None, None, "proposed", "identity")

    def order(self, head, column):
        """Put an end before its start."""
        place = self.raw.columns.get_loc(head)
        row = self._rows(lambda rows: bool(self.raw.iat[rows[0], place]))[0]
        self.raw.iat[row, place] = "2009-01-01"
        self._note(row, column, head, None, None, "proposed", "identity")

    def repeat(self):
        """Repeat the row of a household or record of one row."""
        rows = self._rows(lambda rows: len(rows) == 1)
        self.repeats.append(rows[0])

    def done(self, text, text_zh):
        first = len(self.raw)
        for i in range(len(self.repeats)):
            self._note(first + i, None, None, None, None, "dropped", "duplicate")
        raw = pd.concat([self.raw, self.raw.iloc[self.repeats]], ignore_index=True)
        faults = pd.DataFrame(self.list, columns=_FAULTS).sort_values(["row", "column"])
        handed_on(raw, Source("simulated", text, text_zh))
        return raw, faults.reset_index(drop=True)


def _register(households, rng):
    size = rng.integers(1, 7, households)
    size[: households // 8] = 1  # some live alone; the repeated rows are of them
    home = np.repeat(np.arange(households), size)
    n, first = len(home), np.r_[True, home[1:] != home[:-1]]

    def pick(options, of=n, p=None):
        return np.array(options, dtype=object)[rng.choice(len(options), of, p=p)]

    def dates(of, first_year, last_year):
        start, end = (np.datetime64(f"{year}-01-01", "D") for year in (first_year, last_year))
        return (start + rng.integers(0, (end - start).astype(int), of)).astype(str).astype(object)

    types = pick(
        ["", "脱贫不稳定户", "边缘易致贫户", "突发严重困难户"], households, [0.4, 0.3, 0.2, 0.1]
    )
    risk = np.where(types == "", "", dates(households, 2020, 2021))
    out = np.where(
        (types != "") & (rng.random(households) < 0.5), dates(households, 2021, 2022), ""
    )
    household = {
        "县(市、区、旗)": pick(COUNTIES, households),
        "乡(镇)": pick(_TOWNS, households),
        "行政村": pick([f"第{one}村" for one in "一二三四五六七八九"], households),
        "自然村": pick([f"{one}组" for one in "东南西北中"], households),
        "户编号": np.array([f"99{one:010d}" for one in range(1, households + 1)], dtype=object),
        "人数": size.astype(str).astype(object),
        "是否参加大病保险": pick(["是", "否"], households, [0.9, 0.1]),
        "致贫原因1": pick(
            ["因病", "因残", "因学", "缺技术", "缺劳力", "缺资金", "因病、缺劳力"], households
        ),
        "危房户": pick(["是", "否"], households, [0.1, 0.9]),
        "是否解决安全饮用水": pick(["是", "否"], households, [0.95, 0.05]),
        "人均纯收入": rng.lognormal(8.6, 0.5, households)
        .round()
        .astype(int)
        .astype(str)
        .astype(object),
        "户联系电话": np.array(
            [f"1390000{one % 10_000:04d}" for one in range(households)], dtype=object
        ),
        "首次识别时间": dates(households, 2014, 2019),
        "户类型": pick(["脱贫户", "一般农户"], households, [0.7, 0.3]),
        "易返贫致贫户(监测对象)类型": types,
        "风险是否消除": np.where(types == "", "", np.where(out != "", "是", "否")),
        "风险识别时间": risk,
        "风险消除时间": out,
    }
    _leave(household, rng.spawn(1)[0])  # with numbers of its own
    person = {
        "序号": np.arange(1, n + 1).astype(str).astype(object),
        "数据日期": np.full(n, "2021-12-31", dtype=object),
        "人编号": np.array([f"98{one:012d}" for one in range(1, n + 1)], dtype=object),
        "姓名": pick(["张某某", "李某某", "王某某", "赵某某"]),
        "证件号码": np.array(
            [f"9900001970010{one % 100_000:05d}" for one in range(n)], dtype=object
        ),
        "与户主关系": np.where(first, "户主", pick(["配偶", "之子", "之女", "之父", "之母"])),
        "民族": pick(["汉族", "苗族", "彝族", "布依族"]),
        "文化程度": pick(
            ["文盲或半文盲", "小学", "初中", "高中", "大专及以上"], p=[0.15, 0.4, 0.3, 0.1, 0.05]
        ),
        "在校生状况": pick(["非在校生", "义务教育", "高中"], p=[0.75, 0.2, 0.05]),
        "健康状况": pick(["健康", "长期慢性病", "患有大病", "残疾"], p=[0.7, 0.17, 0.05, 0.08]),
        "劳动技能": pick(["普通劳动力", "技能劳动力", "弱劳动力或半劳动力", "无劳动力"]),
        "务工时间（月）": rng.integers(0, 13, n).astype(str).astype(object),
        "人联系电话": np.array([f"1370000{one % 10_000:04d}" for one in range(n)], dtype=object),
    }
    order = ["序号", "数据日期", "县(市、区、旗)", "乡(镇)", "行政村", "自然村", "户编号",
             "人编号", "姓名", "证件号码", "人数", "与户主关系", "民族", "文化程度", "在校生状况",
             "健康状况", "劳动技能", "务工时间（月）", "是否参加大病保险", "致贫原因1", "危房户",
             "是否解决安全饮用水", "人均纯收入", "户联系电话", "人联系电话", "首次识别时间",
             "人员识别时间", "户类型", "脱贫年度", "是否返贫", "返贫时间",
             "易返贫致贫户(监测对象)类型", "风险是否消除", "风险识别时间", "风险消除时间"]  # fmt: skip
    columns = person | {name: values[home] for name, values in household.items()}
    columns["人员识别时间"] = columns["首次识别时间"].copy()
    return pd.DataFrame({name: columns[name] for name in order}, dtype=object)


def _leave(household, rng):
    """Let households leave poverty one to three years after they were listed; some fall back."""
    left = np.array([int(one[:4]) for one in household["首次识别时间"]])
    left = left + rng.integers(1, 4, len(left))
    ill = np.array(["因病" in one for one in household["致贫原因1"]])
    fall = left + rng.geometric(np.where(ill, 0.10, 0.04))
    day = [
        f"{one}-{month:02d}-15"
        for one, month in zip(fall, rng.integers(1, 13, len(fall)), strict=True)
    ]
    out = household["户类型"] == "脱贫户"
    fell = out & (fall <= 2021)
    household["户类型"] = np.where(fell, "贫困户", household["户类型"])
    household["脱贫年度"] = np.where(out, left.astype(str).astype(object), "")
    household["是否返贫"] = np.where(fell, "是", np.where(out, "否", ""))
    household["返贫时间"] = np.where(fell, np.array(day, dtype=object), "")


def _agency(records, rng):
    def pick(options):
        return np.array(options, dtype=object)[rng.integers(0, len(options), records)]

    def whole(low, high):
        return rng.integers(low, high, records).astype(str).astype(object)

    start = rng.integers(2013, 2016, records)
    return pd.DataFrame(
        {
            "序号": np.arange(1, records + 1).astype(str),
            "合同编号": [f"HT-{one:05d}" for one in range(1, records + 1)],
            "项目名称": pick(["三区计划", "牵手计划", "大爱之行"]),
            "承接机构": [f"{one}社工服务中心" for one in pick(["清和", "明德", "同行", "沃土"])],
            "购买方": [f"{one}民政局" for one in pick(COUNTIES)],
            "合作方式": pick(["委托—代理", "协作—互助"]),
            "合同金额(万元)": [f"{one / 10:.1f}" for one in rng.integers(1500, 4000, records)],
            "开始时间": [f"{one}-09" for one in start],
            "结束时间": [f"{one + 1}-08" for one in start],
            "服务地点": pick(COUNTIES),
            "派驻社工人数": whole(2, 9),
            "督导人数": whole(1, 3),
            "个案数": whole(5, 40),
            "小组数(节次)": whole(8, 60),
            "社区活动场次": whole(5, 40),
            "服务人次": whole(300, 3000),
            "直接受益人数": whole(100, 900),
            "培养本地社工": whole(0, 10),
            "满意度": [f"{one}%" for one in rng.integers(85, 100, records)],
            "类别": pick(["完成", "完成", "计划"]),
            "负责人": pick(["张某某", "李某某"]),
        },
        dtype=object,
    )
