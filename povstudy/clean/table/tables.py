"""Official tables as they are published, with merged heads, notes and totals, made tidy."""

import re
from dataclasses import replace

import pandas as pd

from ..cell.cell import CellError, mark, plain, without_footnote
from ..cell.columns import column
from ..cell.numerals import number
from ..file.kinds import file_of
from ..file.spreadsheets import sheet_grid
from ..file.surveys import no_answers, survey_file
from ..file.texts import repaired, text_grid, text_of
from ..record.codebooks import head_key
from ..reports import number_form, report
from .heads import read_heads, short_unit, trimmed, unit_for
from .pages import (
    OtherHead,
    Page,
    column_kinds,
    fill_merged,
    find_shared,
    is_translation,
    looks_number,
    place_of,
    read_body,
    read_front,
    refuse_second_table,
    year_of,
)

# Totals of the rows of a table: which places they add up, only the table can say.
_TOTALS = {"合计", "总计", "小计", "total", "grandtotal", "subtotal"}
_PROVINCES = 31  # of the mainland: a total beside all of them is the nation's


def read_table(path, sheet=None, encoding=None):
    """Read an official table: merged heads, unit corners, continued pages, notes, totals.

    Parameters
    ----------
    path : str or Path
        A file ending in .xlsx, .xls, .csv, .txt (UTF-8 with or without byte order mark,
        UTF-16, GB18030, Big5), .dta or .sav; it is read by what is in it, whatever its name
        says. One table on a sheet.
    sheet : str, optional
        Sheet of a workbook that has several.
    encoding : str, optional
        Encoding of a text, where it is not certain.

    Returns
    -------
    table : DataFrame
        Label columns, a column of numbers for each measure, named as `flatten_header` names
        it, and columns of text (remarks) as text. Where the labels are provinces, ``adcode``
        and ``level`` stand beside ``region``, so that totals and areas are never added to
        provinces: ``"national"``, ``"area"``, ``"province"``, ``"unit"``, or ``"total"`` for
        合计 beside fewer than the 31 provinces, which may be of these alone. A label that is no
        place (其他) keeps its text and has no level, one that is no year is blank; the report
        tells of both. Headings between rows fill a column ``section``. ``attrs`` hold
        ``title``, ``units`` (of each column of numbers; empty where none is certain),
        ``notes`` and ``source_text``. Survey files (.dta, .sav) come as they are stored,
        but for codes that the file declares missing or whose label says that they are no
        answer (不适用, 拒绝回答, don't know): these are missing, and the report tells each. Their
        ``attrs`` hold ``labels`` and ``titles`` too.
    report : DataFrame
        ``file row column old new action reason why why_zh``: every cell changed, refused or
        set missing, every row that is no data, with its number in the file.

    Raises
    ------
    DataError
        If the file cannot be read, or no row of numbers is found in it; if a second table
        stands below or beside the first, a continued page has other heads and other labels
        or another unit, or a row is neither data nor a note.

    Notes
    -----
    A number of an .xlsx workbook is read as it is shown: 5.7 where 0.057 has a format in
    per cent, 366 where 3660000 is shown in 万. A cell that cannot be read with certainty is refused and left missing, as is one number in
    a merged cell over several; the report says so. Blank labels continue those above or on
    their left where cells are not merged. Numbers stay in the unit of their head:
    ``attrs["units"]`` and the name tell it. A unit that stands once for the whole table goes
    to the measures that can be counted in it: of 单位：万人、% the rate gets % and the
    population 万人. A continued page (续表) goes on with rows under the same heads, or with
    further columns for the same labels.

    Examples
    --------
    >>> import tempfile, pathlib, povstudy as ps
    >>> page = "农村贫困状况\\n,单位：万人,\\n地区,2013年,2014年\\n全  国,8249,７０１７\\n注：抽样调查。\\n"
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "table.csv"
    >>> _ = path.write_text(page, encoding="gb18030")
    >>> table, report = ps.clean.read_table(path)
    >>> table[["region", "level", "2014"]].values.tolist()
    [['全国', 'national', 7017.0]]
    >>> report[["row", "old", "reason"]].values.tolist()[-2:]
    [[4, '７０１７', 'full_width'], [5, '注：抽样调查。', 'note']]
    """
    path, kind = file_of(path, sheet, encoding)
    if kind in ("dta", "sav"):
        return _from_survey(path, kind)
    table, parts = _joined(
        text_grid(path, encoding) if kind == "text" else sheet_grid(path, sheet, kind)
    )
    return table, report(parts)


def flatten_header(rows):
    """Make one name for each column out of a head of several rows.

    Parameters
    ----------
    rows : list of list of str
        Rows of the head, from the top; a blank cell continues the one to its left, or in the
        lowest row the one above.

    Returns
    -------
    list of str
        ``measure_unit__group``: known measures and units by their English names, groups
        (standards, years) without 年 and 标准; what is not known stays in Chinese.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.flatten_header([["2010年标准", ""], ["贫困人口\\n(万人)", "贫困发生率\\n(%)"]])
    ['poor_pop_10k__2010', 'incidence_pct__2010']
    """
    texts = [[trimmed(plain(cell)) for cell in row] for row in rows]
    names = []
    for head in read_heads(texts, len(texts[0]) if texts else 0):
        names.append(_unique(head.name(head.unit), names) if head.measure else "")
    return names


# Survey files -------------------------------------------------------------------------


def _from_survey(path, kind):
    table, labels, titles = survey_file(path, kind)
    table.attrs |= {"labels": labels, "titles": titles, "title": "", "notes": [], "units": {},
                    "source_text": ""}  # fmt: skip
    parts = []
    for name in table.columns:
        if table[name].dtype == object:
            _letters_missing(table, name, parts)
        ranges = table.attrs["missing"].get(name, ())
        reasons = no_answers(table[name], labels.get(name, {}), ranges)
        at = table[name].isin(list(reasons))
        if at.any():
            old = table.loc[at, name]
            parts.append({"row": old.index + 1, "column": name, "old": old.map(text_of).tolist(),
                          "new": None, "action": "missing", "reason": old.map(reasons).tolist()})  # fmt: skip
            table[name] = table[name].where(~at)
    return table, report([{**part, "file": path.name} for part in parts])


def _letters_missing(table, name, parts):
    """Make .a to .z among numbers missing; a column of letters alone is text."""
    letters = table[name].map(lambda one: isinstance(one, str) and bool(re.match("[a-z]$", one)))
    numbers = table[name].map(lambda one: isinstance(one, int | float))
    known = numbers & table[name].notna()
    if letters.any() and known.any() and (numbers | letters).all():
        rows = letters[letters].index
        parts.append({"row": rows + 1, "column": name, "old": ["." + one for one in table.loc[rows, name]],
                      "new": None, "action": "missing", "reason": "not_available"})  # fmt: skip
        table[name] = pd.to_numeric(table[name], errors="coerce")


# Pages --------------------------------------------------------------------------------


def _joined(grid, unit=""):
    """Table and parts of the report; a continued page with further columns stands beside."""
    try:
        return _from_grid(grid, unit)
    except OtherHead as error:
        k, problem = error.row, error
    blank = [[""] * len(grid.rows[0])] * k  # rows keep their numbers
    upper = replace(grid, rows=grid.rows[:k], merged=[one for one in grid.merged if one[2] < k])
    lower = replace(
        grid, rows=blank + grid.rows[k:], merged=[one for one in grid.merged if one[0] >= k]
    )
    table, parts = _from_grid(upper, unit)
    stated = set(table.attrs["units"].values())
    more, rest = _joined(lower, stated.pop() if len(stated) == 1 else "")
    labels = [name for name in table.columns if name not in table.attrs["units"]]
    others = [name for name in more.columns if name not in more.attrs["units"]]
    if (
        labels != others
        or not table[labels].equals(more[labels])
        or set(table) & set(more) != set(labels)
    ):
        raise problem
    attrs = table.attrs
    table = pd.concat([table, more.drop(columns=labels)], axis=1)
    table.attrs = attrs | {
        "units": attrs["units"] | more.attrs["units"],
        "notes": attrs["notes"] + more.attrs["notes"],
        "source_text": attrs["source_text"] or more.attrs["source_text"],
    }
    return table, parts + rest


def _from_grid(grid, unit=""):
    raw = [[repaired(cell) for cell in row] for row in grid.rows]
    bare = [[trimmed(plain(cell)) for cell in row] for row in raw]
    texts = [list(row) for row in bare]
    merged = fill_merged(grid, texts)
    page = Page(grid.file, raw, bare, texts, unit=unit)
    wide = [row for row in bare if sum(map(bool, row)) > 1]
    page.left = min((next(j for j, cell in enumerate(row) if cell) for row in wide), default=0)
    start = read_front(page)
    named = [i for i in page.head if not is_translation(page, i)]
    own = {(named.index(i), j) for i, j in merged if i in named}
    heads = read_heads([texts[i] for i in named], len(texts[0]), own)
    kinds = column_kinds(page, heads, start)
    read_body(page, kinds, start)
    for j in range(len(heads)):  # a remark beside a row without numbers, under no head
        if j not in kinds and any(page.bare[i][j] for i in page.data):
            kinds[j] = "text"
    kinds = dict(sorted(kinds.items()))
    find_shared(page, kinds, merged)
    refuse_second_table(page, kinds, heads)
    table, units = _columns(page, kinds, heads, merged)
    table.attrs |= {
        "title": " ".join(page.title),
        "units": units,
        "notes": [text for _, text in sorted(page.notes)],
        "source_text": " ".join(page.source),
    }
    for part in page.parts:
        part["row"] = [int(i) + 1 for i in part["row"]]  # as a spreadsheet counts
        part["file"] = grid.file
    return table, page.parts


# Columns ------------------------------------------------------------------------------


def _columns(page, kinds, heads, merged):
    """Frame of all columns, and the units of those that hold numbers."""
    rows = pd.Index(page.data)
    labels = [j for j in kinds if kinds[j] == "label"]
    filled = {j: pd.Series([page.texts[i][j] for i in rows], index=rows) for j in labels}
    _fill_down(page, kinds, heads, filled, merged)
    places = [j for j in labels if _reads(filled[j], place_of)
              and heads[j].measure not in ("serial", "code", "unit")]  # fmt: skip
    place = max(places, key=lambda j: _provinces_in(filled[j]), default=None)  # or the first
    columns, units = {}, {}
    if any(page.sections.values()):
        columns["section"] = pd.array([page.sections[i] or pd.NA for i in rows], dtype="string")
    taken = ["region", "adcode", "level"] if place is not None else []
    for j, kind in kinds.items():
        head, cells = heads[j], pd.Series([page.raw[i][j] for i in rows], index=rows)
        if j == place:
            left = next((filled[k] for k in reversed(labels[: labels.index(j)])), None)
            columns |= _places(page, filled[j], cells, left)
        elif kind == "label" and head.measure not in ("serial", "code") and _reads(filled[j], year_of):  # fmt: skip
            name = _unique("year", [*columns, *taken])
            columns[name] = _years(page, name, filled[j], cells)
        elif kind in ("label", "text"):
            name = _unique(head.name("") if head.measure else f"column_{j + 1}", [*columns, *taken])
            texts = filled[j] if kind == "label" else pd.Series([page.bare[i][j] for i in rows], index=rows)  # fmt: skip
            columns[name] = _texts(page, name, texts, cells, kind)
        else:
            _values(page, columns, units, taken, j, head, cells)
    return pd.DataFrame(columns).reset_index(drop=True), units


def _unique(name, taken):
    """The name, with a number if it is taken."""
    made, count = name, 2
    while made in taken:
        made, count = f"{name}_{count}", count + 1
    return made


def _reads(cells, read):
    """Tell whether most of the labels of a column are of one kind."""
    told = cells[(cells != "") & ~cells.map(head_key).isin(_TOTALS)]
    known = told.map(lambda one: read(one) is not None)
    return bool(known.any()) and known.sum() * 4 >= len(told) * 3


def _provinces_in(cells):
    return sum(one is not None and one.level == "province" for one in cells.map(place_of))


def _fill_down(page, kinds, heads, filled, merged):
    """A blank label left of another continues the one above, where cells are not merged."""
    labels = list(filled)
    for at, j in enumerate(labels[:-1]):
        if heads[j].measure in ("serial", "code", "unit") or any(
            (i, j) in merged for i in filled[j].index
        ):
            continue
        above, rows, cells = "", [], filled[j]
        for i in cells.index:
            right = next((filled[k][i] for k in labels[at + 1 :] if filled[k][i]), "")
            if not cells[i] and right and above and head_key(right) not in _TOTALS | {"全国"}:
                cells[i] = above
                rows.append(i)
            above = cells[i]
        name = heads[j].measure or f"column_{j + 1}"
        page.tell(rows, name, [""] * len(rows), cells[rows].tolist(), "changed", "merged_label",
                  why="blank below a label: the label continues", why_zh="空白沿用上一行标签")  # fmt: skip


def _texts(page, name, texts, cells, kind):
    """Labels and remarks as text; footnote marks are taken off labels if these still differ."""
    if kind == "label":
        short = texts.map(lambda one: without_footnote(one)[0])
        texts = short if short.nunique() == texts.nunique() else texts
    _tell_changed(page, name, cells, texts)
    return texts.replace("", pd.NA).astype("string").array


def _tell_changed(page, name, cells, new, reason="full_width"):
    """Tell of texts that are not as they stand in the file."""
    rows = cells.index[(cells.map(str.strip) != "") & (cells != new)]
    reasons = []
    for i in rows:
        text = plain(cells[i])
        if "".join(cells[i].split()) == "".join(new[i].split()):
            reasons.append("blanks")
        elif "".join(without_footnote(text)[0].split()) == "".join(new[i].split()) != "".join(text.split()):  # fmt: skip
            reasons.append("footnote")
        else:
            reasons.append(reason)
    page.tell(rows, name, cells[rows], new[rows].tolist(), "changed", reasons)


def _years(page, name, filled, cells):
    """Years as numbers; what is none is refused."""
    found = filled.map(year_of)
    rows = filled.index[found.isna() & (filled != "")]
    page.tell(rows, name, cells[rows], None, "refused", "corrupt_year")
    plainly = cells.str.strip().str.removesuffix("年") == found.astype("Int64").astype(str)
    rows = filled.index[~plainly & found.notna() & (cells != "")]
    marked = [bool(without_footnote(filled[i])[1]) for i in rows]
    page.tell(rows, name, cells[rows], found[rows].astype(int).tolist(), "changed",
              ["footnote" if one else "numeral" for one in marked])  # fmt: skip
    return found.astype("Int64").array


def _places(page, filled, cells, left):
    """Places with code and level; what is no place keeps its text and is told."""
    blank = filled.index[filled == ""]
    if left is not None:  # 全国 may stand one column further left
        filled = filled.where(filled != "", left)
        rows = [i for i in blank if filled[i]]
        page.tell(rows, "region", [""] * len(rows), filled[rows].tolist(), "changed",
                  "merged_label", why="blank beside a label: the label on its left",
                  why_zh="空白沿用左侧标签")  # fmt: skip
    found = filled.map(place_of)
    whole = _provinces_in(filled.drop_duplicates())
    names, levels, refused = [], [], []
    for i, place in found.items():
        if head_key(filled[i]) in _TOTALS and whole < _PROVINCES:
            names.append(filled[i])
            levels.append("total")
            continue
        names.append(place.zh if place is not None else filled[i])
        levels.append(place.level if place is not None else None)
        if place is None and filled[i]:
            refused.append(i)
    names = pd.Series(names, index=filled.index, dtype=object)
    page.tell(
        refused, "region", cells[refused], names[refused].tolist(), "refused", "unknown_place"
    )
    rest = ~cells.index.isin(refused)
    _tell_changed(page, "region", cells[rest], names[rest], reason="renamed")
    codes = found.map(lambda one: one.adcode if one is not None else None)
    told = {"region": names.replace("", pd.NA), "adcode": codes, "level": pd.Series(levels)}
    return {key: pd.array(values.tolist(), dtype="string") for key, values in told.items()}


def _values(page, columns, units, taken, j, head, cells):
    """Add a column of numbers, and tell what was done to its cells."""
    unit, doubtful = head.unit, ""
    if not unit and page.unit:
        unit = unit_for(head, page.unit)
        doubtful = "" if unit else page.unit
    shared = [i for i in cells.index if (i, j) in page.shared and page.texts[i][j]]
    cells = cells.where(~cells.index.isin(shared), "")
    texts = cells.map(plain)
    percent = texts.str.fullmatch(r".*[0-9]\s*%")
    others = texts[~percent].map(lambda one: looks_number(one) and _mark_of(one) is None)
    in_cells = percent.any() and not unit and not others.any()
    unit = "%" if in_cells else unit
    doubtful = "" if in_cells else doubtful
    named = head.unit or (unit if in_cells or head.kind != "group" else "")
    name = _unique(head.name(named) if head.measure else f"column_{j + 1}", [*columns, *taken])
    units[name] = unit
    if doubtful:
        page.tell([page.unit_row], name, [doubtful], None, "refused", "ambiguous_unit",
                  why="the unit of the table does not fit this column, or there are several",
                  why_zh="表注单位不适用于该列，或有多个单位")  # fmt: skip
    page.tell(shared, name, [page.texts[i][j] for i in shared], None, "refused", "merged_cell",
              why="one number in a merged cell: to which of these cells it belongs is not certain",
              why_zh="合并单元格中的一个数值：归属无法确定")  # fmt: skip
    if percent.any() and short_unit(unit) != "pct":
        rows = cells.index[percent]
        page.tell(rows, name, cells[rows], None, "refused", "wrong_unit")
        cells = cells.where(~percent, "")
        percent &= False
    found, refused = column(cells.where(~percent, texts.str[:-1]), number)
    rows = pd.Index(refused["row"])
    page.tell(rows, name, cells[rows], None, "refused", refused["code"].to_numpy())
    gone = cells.index[found["value"].isna() & ~cells.index.isin(rows) & (cells != "")]
    page.tell(
        gone, name, cells[gone], None, "missing", found.loc[gone, "reason"].astype(str).tolist()
    )
    kept = cells.index[found["value"].notna()]
    reasons = cells[kept].map(number_form).where(~percent[kept], "unit_in_cell")
    kept = kept[(reasons != "").to_numpy()]
    page.tell(
        kept,
        name,
        cells[kept],
        found.loc[kept, "value"].tolist(),
        "changed",
        reasons[kept].tolist(),
    )
    columns[name] = found["value"].astype(float).array


def _mark_of(text):
    """Mark of a cell, errors of the spreadsheet counting as none."""
    try:
        return mark(text)
    except CellError:
        return None
