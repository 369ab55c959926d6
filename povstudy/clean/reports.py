"""The report of a cleaning: every cell that was changed, refused or set missing, and why."""

import re

import pandas as pd

from ..base.language import words as words_of
from .cell.cell import plain

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
COLUMNS = ["file", "row", "column", "old", "new", "action", "reason", "why", "why_zh"]

# What was done, and why; a code of a `CellError` is a reason too.
REASONS = {
    "blanks": ("blanks taken off", "去除空格"),
    "full_width": ("full-width signs made plain", "全角转半角"),
    "thousands_mark": ("thousands marks taken out", "去除千分位"),
    "footnote": ("mark of a footnote taken off", "去除脚注标记"),
    "unit_in_cell": ("unit read from the cell", "单位写在单元格内"),
    "numeral": ("number written in another way", "数字写法不同"),
    "bound_word": ("the cell gives a bound, not an exact number", "单元格为约数或界限"),
    "occasions": ("counted in 次 (occasions)", "以“次”计"),
    "spelling": ("another spelling of a known word", "同义写法"),
    "name_variant": ("another name of the same programme", "同一项目的另一名称"),
    "serial_date": ("date from the serial number of a spreadsheet", "由电子表格日期序号转换"),
    "date_form": ("date written in another way", "日期写法不同"),
    "code_form": ("code written in another way", "代码写法不同"),
    "repaired_text": ("text that was read in the wrong encoding, repaired", "乱码已修复"),
    "several_places": (
        "one record for several places: amounts not divided",
        "一份记录涉及多地：金额未拆分",
    ),
    "blank": ("unknown or none", "空缺：未知或无"),
    "not_available": ("not available", "无数据"),
    "not_applicable": ("not applicable", "不适用"),
    "below_unit": (
        "less than the smallest unit: no number, but not zero",
        "不足最小单位（不等于零）",
    ),
    "withheld": ("withheld", "不予公布"),
    "missing_code": ("a code for missing, by the codebook", "编码簿规定的缺失代码"),
    "range": ("a range, not one number", "为区间而非单一数字"),
    "out_of_range": ("outside what the codebook allows", "超出编码簿允许范围"),
    "wrong_unit": ("counted in another unit than the column", "计量单位与该列不符"),
    "duplicate": ("the same record stands more than once", "记录重复"),
    "no_key": ("the record has no identifier", "记录缺少标识"),
    "not_in_codebook": ("column that the codebook does not list", "编码簿未列出的列"),
    "ignored": ("column that the codebook leaves out", "编码簿规定忽略的列"),
    "personal_column": ("personal data", "个人信息列"),
    "personal_cell": ("personal data in a cell", "单元格含个人信息"),
    "title": ("title", "标题行"),
    "unit_row": ("row that gives the unit", "单位行"),
    "header": ("head of the table", "表头行"),
    "continued": ("head of a continued page", "续表行"),
    "note": ("note", "注释行"),
    "source": ("source", "资料来源行"),
    "section": ("heading between rows", "分组标题行"),
    "renamed": ("place under its usual name", "地名标准化"),
    "corrupt_number": ("no number that can be read with certainty", "无法确定读作哪个数"),
    "spreadsheet_error": ("an error of the spreadsheet", "电子表格错误值"),
    "unit_required": ("a bare number may be 元 or 万元", "未注明元或万元"),
    "unknown_unit": ("a unit that is not known", "未知计量单位"),
    "two_counts": ("more than one count in the cell", "单元格含两个数"),
    "not_a_count": ("less than nothing, or part of one", "计数不能为负或小数"),
    "ambiguous_scale": ("a fraction or a percentage", "小数还是百分数无法确定"),
    "corrupt_date": ("no day of the calendar", "不存在的日期"),
    "ambiguous_date": ("day and month could be either", "日月无法区分"),
    "corrupt_year": ("no year", "无法识别的年份"),
    "corrupt_period": ("no period", "无法识别的时期"),
    "corrupt_id": ("no identifier", "无法识别的编号"),
    "precision_lost": ("digits lost by a spreadsheet", "编号末位已被电子表格舍入"),
    "unknown_word": ("a word that the codebook does not list", "编码簿未列出的词"),
    "unknown_cause": ("a cause that is not known", "未知致贫原因"),
    "unknown_status": ("a status that is not known", "未知户属性"),
    "unknown_monitor_type": ("a type that is not known", "未知监测类型"),
    "unknown_answer": ("neither yes nor no", "既非是亦非否"),
    "unknown_place": ("a place that is not known", "未知地名"),
    "old_name": ("a province that no longer exists", "已撤销的省份"),
    "unknown_code": ("a code that is not known", "未知代码"),
    "corrupt_code": ("no code", "无法识别的代码"),
    "same_key": (
        "another row has the same key and other content: keep one",
        "另有一行标识相同而内容不同：请择一保留",
    ),
    "required_blank": ("a cell that every record should have is blank", "必填单元格为空"),
    "total_row": ("a row of totals, not a record", "合计行，不是记录"),
    "merged_cell": (
        "one cell merged over several rows: a text goes to each, a number to none",
        "合并单元格：文字填入各行，数字不填",
    ),
    "unknown_bracket": (
        "the brackets of this head hold no unit that the column can have: add the head to the codebook",
        "表头括号内容无法判定：请将该表头加入编码簿",
    ),
    "second_column": (
        "another column of this file gives the same and was kept",
        "本文件另一列含义相同，已保留那一列",
    ),
    "second_value": (
        "the column that was left out has another value here",
        "未保留的那一列此处数值不同",
    ),
    "listed_under": ("a word that the codebook puts under this code", "归入编码簿所定类别"),
    "identity": ("an identity does not hold", "勾稽关系不成立"),
}
_REFUSED_ZH = "无法确定地读取"


def words(code):
    """Why, in English and Chinese, for the code of a reason or of an error."""
    return REASONS.get(code) or (code.replace("_", " "), _REFUSED_ZH)


def report(parts):
    """Put the parts of a report together.

    Parameters
    ----------
    parts : list of dict
        Each with ``row column old new action reason`` (columns or single values), and ``file``;
        ``why`` where it says more than the words of the reason.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; ``row`` is a nullable integer, as the row is numbered in the file.
    """
    frames = [pd.DataFrame(part) for part in parts]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        table = pd.DataFrame(columns=COLUMNS)
    else:
        table = pd.concat(frames, ignore_index=True).reindex(columns=COLUMNS)
        told = {code: words(code) for code in table["reason"].unique()}
        english = table["reason"].map({code: told[code][0] for code in told})
        table["why"] = table["why"].where(table["why"].notna(), english)
        table["why_zh"] = table["why_zh"].where(
            table["why_zh"].notna(), table["reason"].map({code: told[code][1] for code in told})
        )
        order = table["row"].notna()
        table = table.assign(order=order).sort_values(["order", "row"], kind="stable")
        table = table.drop(columns="order").reset_index(drop=True)
    # signs that no spreadsheet can hold must not keep the report from being saved as one
    told = [None if pd.isna(one) else _printable(one) for one in table["old"]]
    table["old"] = pd.Series(told, index=table.index, dtype=object)
    for name in ("file", "column", "action", "reason", "why", "why_zh"):
        table[name] = table[name].astype("category")
    return table.astype({"row": "Int64", "old": object, "new": object})


def _printable(cell):
    return _CONTROL.sub("\ufffd", cell) if isinstance(cell, str) else cell


_ACTIONS = {
    "changed": ("changed", "改写"),
    "missing": ("set missing", "置为缺失"),
    "refused": ("refused", "未予采用"),
    "dropped": ("dropped", "去除"),
    "proposed": ("to be looked at", "建议核查"),
}


def summary(report, lang="en"):
    """Count what a cleaning did, by action and reason, with an example of each.

    Parameters
    ----------
    report : DataFrame
        Report of `read_table`, `households`, `programmes` or `drop_personal`.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        One row for each action and reason: in how many places, in which columns, and the first
        cell, before and after.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> _, report = ps.clean.households(pd.DataFrame({"户编号": ["1", "2"], "人数": ["３", "四"]}))
    >>> ps.clean.summary(report)[["action", "reason", "places"]].values.tolist()
    [['changed', 'full-width signs made plain', 1], ['changed', 'number written in another way', 1]]
    """
    t = words_of(lang)
    rows = []
    groups = report.groupby(["action", "reason"], observed=True, sort=False)
    for (action, reason), part in groups:
        first = part.iloc[0]
        after = "" if pd.isna(first["new"]) else f" → {first['new']}"
        before = "" if pd.isna(first["old"]) else f"{first['old']}"
        columns = [str(one) for one in part["column"].dropna().unique()]
        rows.append(
            {
                t("action", "处理"): t(*_ACTIONS[action]),
                t("reason", "原因"): t(*words(reason)),
                t("places", "处数"): len(part),
                t("columns", "列"): ", ".join(columns[:4]) + (" …" if len(columns) > 4 else ""),
                t("example", "例"): (before + after).strip().replace("\n", " ")[:60],
                "order": list(_ACTIONS).index(action),
            }
        )
    names = [
        t("action", "处理"),
        t("reason", "原因"),
        t("places", "处数"),
        t("columns", "列"),
        t("example", "例"),
    ]
    table = pd.DataFrame(rows, columns=[*names, "order"])
    table = table.sort_values(["order", names[2]], ascending=[True, False], kind="stable")
    table = table.drop(columns="order").reset_index(drop=True)
    table.attrs["title"] = t("What the cleaning did", "清理结果汇总")
    return table


def number_form(raw):
    """How the text of a number differs from plain digits; empty if it does not."""
    if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", raw):
        return ""
    text = plain(raw)
    if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", text):
        return "blanks" if text == raw.strip() else "full_width"
    if re.search(r"[0-9][, '][0-9]{3}", text):
        return "thousands_mark"
    return "footnote" if re.match(r"-?[0-9.]+\s*[^0-9.eE]", text) else "numeral"
