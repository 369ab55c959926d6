"""The cleaning report as a page to read and to filter in a browser, and files in general."""

import json
from html import escape
from pathlib import Path

import pandas as pd

from ..base import exports
from ..base.errors import DataError
from ..base.files import write_whole
from ..base.language import texts
from ..base.webfont import font_face
from .record.chinese import chinese_head, in_chinese
from .reports import COLUMNS, summary, words

_MOST = 100_000  # rows on a page: a browser still answers at once
_WORST = 15
_TEMPLATE = Path(__file__).with_name("report_page.html")
_HEADS = (("Row", "行"), ("Column", "列"), ("Before", "原值"), ("After", "现值"),
          ("Done", "处理"), ("Why", "原因"), ("File", "文件"))  # fmt: skip
_LOST = ("refused", "missing", "changed", "proposed")


def write(table, path, lang=None):
    """Write a table to a file that a spreadsheet opens, or a cleaning report to a page.

    Parameters
    ----------
    table : DataFrame
        A table, or the report of a cleaning. An index with a name becomes a column.
    path : str or Path
        ``.csv`` (UTF-8 with a mark, as spreadsheet programs want it) or ``.xlsx``; for a
        report also ``.html``.
    lang : {"en", "zh"}, optional
        Language in which the page opens, which has both; without it that of the browser. With
        ``"zh"`` a table of households has Chinese heads and values (脱贫年度, 因病), and can be
        cleaned again; a report as .csv or .xlsx, too.

    Raises
    ------
    DataError
        If it is no table, the ending is another one, or the file cannot be written.

    Notes
    -----
    A text that a spreadsheet would run (it begins with ``= + - @`` or a tab) has an apostrophe
    before it, in cells, heads and index. Nothing else is changed: personal data are taken out
    by `povstudy.clean.households` and `povstudy.clean.drop_personal`. The page needs no network;
    of a report of more than 100,000 rows it counts all and lists the first so many.

    References
    ----------
    OWASP, CSV injection.

    Examples
    --------
    >>> import pandas as pd, pathlib, tempfile, povstudy as ps
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> ps.clean.write(pd.DataFrame({"county": ["=1+2"], "n": [-3]}), folder / "table.csv")
    >>> (folder / "table.csv").read_text("utf-8-sig").split()
    ['county,n', "'=1+2,-3"]
    >>> _, report = ps.clean.households(pd.DataFrame({"户编号": ["1", "2"], "人数": ["３", "四"]}))
    >>> ps.clean.write(report, folder / "report.html", lang="zh")
    """
    if isinstance(table, pd.DataFrame) and Path(path).suffix.lower() == ".html":
        if list(table.columns) != COLUMNS:
            raise DataError("Only the report of a cleaning is written as a page.", where=str(path),
                            found=", ".join(map(str, table.columns))[:80],
                            remedy="table, report = ps.clean.households(raw)  # and write the report")  # fmt: skip
        try:
            write_whole(path, _page(table, lang))
        except OSError as error:
            raise DataError("This page cannot be written there.", where=path, found=str(error)[:200],
                            remedy="another folder, or close it in other programs") from None  # fmt: skip
        return
    if lang == "zh" and isinstance(table, pd.DataFrame):
        if list(table.columns) == COLUMNS:
            table = _report_in_chinese(table)
        elif "household_id" in table:
            table = in_chinese(table)
    exports.write(table, path)


def _report_in_chinese(report):
    actions = {code: zh for code, (_, zh) in texts("action").items()}
    made = report[["row", "column", "old", "new", "action", "why_zh", "file"]].astype({"column": object, "action": object})  # fmt: skip
    made["column"] = made["column"].map(chinese_head, na_action="ignore")
    made["action"] = made["action"].map(actions)
    return made.set_axis([zh for _, zh in _HEADS], axis=1)


def _page(report, lang):
    text = _TEMPLATE.read_text(encoding="utf-8")
    report = report.reset_index(drop=True)
    data, places = _data(report.head(_MOST), lang)
    files = [one for one in report["file"].dropna().unique() if one]
    parts = {
        "FILE": escape(" · ".join(map(str, files))),
        "COUNTS": "".join(_counts(report, one, places) for one in ("en", "zh")),
        "COLUMNS": _columns(report, places),
        "MORE": "" if len(report) <= _MOST else _both(
            f"The first {_MOST:,} of {len(report):,} are listed here; all are in "
            "<code>ps.clean.write(report, \"report.csv\")</code>.",
            f"此处列出{len(report):,}条中的前{_MOST:,}条；全部见 "
            "<code>ps.clean.write(report, \"report.csv\")</code>。", "p"),
        "HEADS": "".join(f'<th scope="col" data-en="{en}" data-zh="{zh}">{_both(en, zh)}</th>'
                         for en, zh in _HEADS[: 6 + (len(data["files"]) > 1)]),
        # what a script element ends with must not stand in it
        "DATA": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    }  # fmt: skip
    for name, part in parts.items():
        text = text.replace(f"<!--{name}-->", part)
    return text.replace("/*FONT*/", font_face(text))


def _data(report, lang):
    """Columns of the report as lists, words by their number; and which number a word has."""
    data, places = {"lang": lang, "row": [None if pd.isna(one) else int(one) for one in report["row"]]}, {}  # fmt: skip
    for name in ("old", "new"):
        data[name] = [None if pd.isna(one) else str(one) for one in report[name]]
    for name in ("file", "column", "action", "reason"):
        codes, known = pd.factorize(report[name].astype(object))
        data[name], places[name] = codes.tolist(), {one: i for i, one in enumerate(known)}
    codes, known = pd.factorize(pd.MultiIndex.from_frame(report[["why", "why_zh"]].astype(object)))
    data["why"], data["whys"] = codes.tolist(), [list(one) for one in known]
    data["files"] = [str(one) for one in places["file"]]
    data["columns"] = [[str(one), str(chinese_head(one))] for one in places["column"]]
    data["actions"] = [texts("action")[one] for one in places["action"]]
    data["reasons"] = [words(one) for one in places["reason"]]
    return data, places


def _both(en, zh, tag="span"):
    return f'<{tag} class="en">{en}</{tag}><{tag} class="zh">{zh}</{tag}>'


def _button(text, **picks):
    """What picks its cells below; text alone where they are not listed any more."""
    told = "".join(f' data-{key}="{one}"' for key, one in picks.items() if one is not None)
    return f'<button type="button" class="link"{told}>{text}</button>' if told else text


def _table(heads, rows, numbers, css=""):
    """Heads and rows of finished cells; which columns hold numbers is told by their places."""

    def row(cells, tag):
        marks = ((one, " class=n" if i in numbers else "") for i, one in enumerate(cells))
        return "<tr>" + "".join(f"<{tag}{mark}>{one}</{tag[:2]}>" for one, mark in marks)

    top, body = row(heads, "th scope=col"), "".join(row(one, "td") for one in rows)
    return f'<div class="wide{css}" tabindex="0"><table><thead>{top}</thead><tbody>{body}</tbody></table></div>'


def _counts(report, lang, places):
    """The summary in one language; each reason leads to its cells."""
    shown, zh = summary(report, lang), lang == "zh"
    codes = {
        (texts("action")[a][zh], words(r)[zh]): {"action": places["action"].get(a), "reason": places["reason"].get(r)}
        for a, r in report[["action", "reason"]].drop_duplicates().itertuples(index=False)
    }  # fmt: skip
    rows = [
        (escape(action), _button(escape(reason), **codes[action, reason]), f"{count:,}", escape(columns), escape(example))
        for action, reason, count, columns, example in shown.itertuples(index=False)
    ]  # fmt: skip
    return _table(map(escape, shown.columns), rows, {2}, f" counts {lang}")


def _columns(report, places):
    """How many cells of which columns were lost, most first."""
    cells = report[report["row"].notna() & report["column"].notna() & report["action"].isin(_LOST)]
    counts = pd.crosstab(cells["column"].astype(object), cells["action"].astype(object))
    counts = counts.reindex(columns=list(_LOST), fill_value=0)
    lost = counts["refused"] + counts["missing"]
    counts = counts.loc[lost[lost > 0].sort_values(ascending=False, kind="stable").index[:_WORST]]
    if not len(counts):
        return _both("No cell was lost.", "没有失去单元格。", "p")
    heads = _both("Column", "列"), *(_both(*texts("action")[one]) for one in _LOST)
    rows = [
        (_button(_both(escape(str(name)), escape(str(chinese_head(name)))),
                 column=places["column"].get(name)), *map("{:,}".format, row))
        for name, *row in counts.itertuples()
    ]  # fmt: skip
    return _table(heads, rows, {1, 2, 3, 4})
