"""The report of a cleaning: every cell that was changed, refused or set missing, and why."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..base.errors import DataError
from ..base.exports import as_text, printable
from ..base.files import need_file
from ..base.language import headed, texts
from ..base.language import words as words_of
from ..base.private import REMOVED, called, look, masked
from .cell.cell import plain
from .file.shelves import ODD
from .person.personal import without_name
from .record.chinese import chinese_cell, chinese_head

__all__ = ["COLUMNS", "number_form", "report", "summary", "words"]
COLUMNS = ["file", "row", "column", "old", "new", "action", "reason", "why", "why_zh"]


def words(code):
    """Why, in English and Chinese, for the code of a reason or of an error."""
    return texts("reason").get(code, (code.replace("_", " "), "无法确定地读取"))


@dataclass(frozen=True)
class Cells:
    """Cells of lines of a report: the distinct ones, and which of them each line has."""

    distinct: np.ndarray
    which: np.ndarray

    @classmethod
    def of(cls, told, which):
        """Of the text of each number in ``which``."""
        distinct = np.empty(max(told) + 1, dtype=object)
        distinct[[*told]] = [*told.values()]
        return cls(distinct, which)

    def __getitem__(self, places):
        """Some of them."""
        return Cells(self.distinct, self.which[places])


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
        Columns `COLUMNS`; ``row`` is a nullable integer, as the row is numbered in the file. A
        text that a spreadsheet would run as a formula has an apostrophe before it. Of a cell
        that holds an identifier nothing is shown, of heads and names of files all but it.
    """
    frames = [
        pd.DataFrame({
            name: one.distinct[one.which] if isinstance(one, Cells) else one
            for name, one in part.items()
        })
        for part in parts
    ]  # fmt: skip
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
    for name in ("old", "new"):
        known = {}
        cells = [None if name == "old" and pd.isna(one) else one for one in table[name]]
        for one in cells:
            if isinstance(one, str) and one not in known:
                known[one] = as_text(printable(REMOVED if look(one)[0] else called(one)))
        told = [known[one] if isinstance(one, str) else one for one in cells]
        table[name] = pd.Series(told, index=table.index, dtype=object)
    for name in ("file", "column", "why", "why_zh"):  # a file, a sheet or a head may bear any text
        table[name] = table[name].map({one: _head(one) for one in table[name].unique()})
    table["file"] = table["file"].map(
        lambda one: without_name(one) if isinstance(one, str) else one
    )
    unlisted = table["reason"].eq("not_in_codebook")  # such a head may be of a file without heads
    table.loc[unlisted, "column"] = table.loc[unlisted, "column"].map(without_name)
    for name in ("file", "column", "action", "reason", "why", "why_zh"):
        table[name] = table[name].astype("category")
    return table.astype({"row": "Int64", "old": object, "new": object})


def write_report(parts, path, at_once=100_000):
    """Write the parts of a report as a Parquet file, some lines after the other.

    Parameters
    ----------
    parts : list of dict
        As of `report`; ``old`` and ``new`` become texts.
    path : Path
        File to write.
    at_once : int
        Lines that are put together at one time, and those of the last of their rows.
    """
    words_kind = pa.dictionary(pa.int32(), pa.string())
    kind = pa.schema([(name, {"row": pa.int64(), "old": pa.string(), "new": pa.string()}.get(name, words_kind))
                      for name in COLUMNS])  # fmt: skip
    rows = [one["row"] if isinstance(one["row"], np.ndarray) else
            pd.array(one["row"], "Int64").to_numpy(np.int64, na_value=-1) for one in parts]  # fmt: skip
    orders = [None if (one[1:] >= one[:-1]).all() else np.argsort(one, kind="stable") for one in rows]  # fmt: skip
    rows = [one if order is None else one[order] for one, order in zip(rows, orders, strict=True)]
    every = np.concatenate([[-1], *rows])
    every.sort()
    ends = np.unique(np.append(every[at_once::at_once], every[-1]))
    del every  # as long as the report
    starts = [np.zeros(len(parts), dtype=int)]
    with pq.ParquetWriter(path, kind) as file:
        for end in ends:
            stops = np.array([np.searchsorted(one, end, "right") for one in rows], dtype=int)
            some = [
                {name: value if isinstance(value, str) or value is None
                 else value[start:stop] if order is None else _taken(value, order[start:stop])
                 for name, value in one.items()}
                for one, order, start, stop in zip(parts, orders, starts[-1], stops, strict=True)
                if stop > start
            ]  # fmt: skip
            starts.append(stops)
            lines = report(some)
            for name in ("old", "new"):
                lines[name] = lines[name].map(str, na_action="ignore")
            file.write_table(pa.Table.from_pandas(lines, kind, preserve_index=False))


def _taken(values, places):
    """Some of the values of a list or an array."""
    return [values[i] for i in places] if isinstance(values, list) else values[places]


def part(rows, column, old, new, action, reason, *told):
    """What one reason did to a table in memory, as one of the parts of a `report`.

    Parameters
    ----------
    rows : sequence of int, or None
        Rows, counted from 0; None where it is the column as a whole.
    column, old, new : object
        The column; what stood there, and what stands there now.
    action, reason : str
        Codes of ``words.csv``.
    *told : object
        What the text of the reason in the list ``reason_told`` is filled with; of two texts in a
        tuple the English and the Chinese.
    """
    places = [pd.NA] if rows is None else [int(one) + 1 for one in rows]
    made = {"file": "", "row": pd.array(places, dtype="Int64"), "column": str(column), "old": old,
            "new": new, "action": action, "reason": reason}  # fmt: skip
    if told:
        both = zip(("why", "why_zh"), texts("reason_told")[reason], (0, 1), strict=True)
        for name, text, at in both:
            made[name] = text.format(*(one[at] if isinstance(one, tuple) else one for one in told))
    return made


def _head(text):
    return as_text(masked(text)) if isinstance(text, str) else text


def summary(report, lang="en"):
    """Count what a cleaning did, by action and reason, with an example of each.

    Parameters
    ----------
    report : DataFrame or path
        Report, or the file that `households` wrote it to, of `read_table`, `households`, `programmes` or `drop_personal`; or of
        `povstudy.equivalise`, `povstudy.deflate` or `povstudy.winsorise`.
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
    t, actions, rows = words_of(lang), texts("action"), []
    if isinstance(report, str | Path):
        names = ["column", "old", "new", "action", "reason"]
        try:
            with need_file(report).open("rb") as file:
                table = pq.read_table(file, columns=names)
            table.validate(full=True)  # texts that are no UTF-8
            table = table.to_pandas(ignore_metadata=True)[names]
            odd = [
                *(set(table["action"]) - set(actions)),
                *(set(table["reason"].dropna().map(type)) - {str}),
            ]
            if odd:
                raise ValueError(f"actions or reasons {odd[0]!r}")
        except DataError:
            raise
        except ODD as error:
            told = str(error) if type(error) is ValueError else type(error).__name__
            raise DataError("This file is no report that was written.", where=report, found=told,
                            remedy='table, report = ps.clean.households("register.csv", into="clean.parquet")') from None  # fmt: skip
        report = table
    groups = report.groupby(["action", "reason"], observed=True, sort=False)
    for (action, reason), part in groups:
        first = part.iloc[0]
        new = first["new"] if lang == "en" else chinese_cell(first["column"], first["new"])
        after = "" if pd.isna(new) else f" → {new}"
        before = "" if pd.isna(first["old"]) else f"{first['old']}"
        columns = [str(t(one, chinese_head(one))) for one in part["column"].dropna().unique()]
        rows.append(
            {
                "action": t(*actions[action]),
                "reason": t(*words(reason)),
                "places": len(part),
                "columns": ", ".join(columns[:4]) + (" …" if len(columns) > 4 else ""),
                "example": (before + after).strip().replace("\n", " ")[:60],
                "order": list(actions).index(action),
            }
        )
    names = ["action", "reason", "places", "columns", "example"]
    table = pd.DataFrame(rows, columns=[*names, "order"])
    table = table.sort_values(["order", "places"], ascending=[True, False], kind="stable")
    return headed(table[names].reset_index(drop=True), "cleaning", lang)


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
