"""Official tables as they are published, with merged heads, notes and totals, made tidy."""

import re
from dataclasses import replace
from functools import partial

import pandas as pd

from ...base.private import masked
from ..cell.cell import plain, without_footnote
from ..file.kinds import file_of
from ..file.spreadsheets import sheet_grid
from ..file.surveys import no_answers, survey_file
from ..file.texts import repaired, text_grid, text_of
from ..joined import beside
from ..record.codebooks import head_key
from ..reports import report
from . import regions
from .body import column_kinds, read_body, refuse_second_table
from .cells import holds_places, label_unit, year_of
from .heads import read_heads, text_head, trimmed
from .pages import OtherHead, Page, fill_merged, find_shared, is_translation, read_front
from .values import read_values


def read_table(path, sheet=None, encoding=None):
    """Read an official table: merged heads, unit corners, continued pages, notes, totals.

    Parameters
    ----------
    path : str or Path
        A file ending in .xlsx, .xls, .csv, .txt (UTF-8 with or without byte order mark,
        UTF-16, GB18030, Big5), .dta or .sav; it is read by what is in it, whatever its name
        says. One table on a sheet.
    sheet : str or int, optional
        Sheet of a workbook that has several, by its name or its number from 1.
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
        tells of both. Codes of places (区划代码, adcode) tell the level of their rows:
        ``"province"``, ``"city"``, ``"county"``, ``"township"``, ``"village"``; ``adcode`` is
        then the code of the row. A row that names a place within a province (市, 县) and has no
        code of its own has no level and no ``adcode``. Headings between rows fill a column
        ``section``; indents, where they alone tell levels, ``indent`` (0, 1, ...) and ``parent``,
        the label above; units that rows name, 人口(万人), ``unit``. ``attrs`` hold
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
    per cent, 366 where 3660000 is shown in 万, 0012 where 12 has the format 0000. A cell that
    cannot be read with certainty is refused and left missing, as is one number in
    a merged cell over several; the report says so. Blank labels continue those above or on
    their left where cells are not merged. Numbers stay in the unit of their head:
    ``attrs["units"]`` and the name tell it. A unit that stands once for the whole table goes
    to the measures that can be counted in it: of 单位：万人、% the rate gets % and the
    population 万人, and under 单位：万元 persons, households and areas get none. A cell that names its unit (366万, 25.5亿元, 5‰) is read in the unit of
    its column, or, where only cells name units, in persons, yuan or per cent; beside as many
    bare numbers it is refused. Dates, and codes of one width of which some begin with 0, are
    text, as they stand. A last row with a label and no number yet is a row; notes are told
    by their words (注, Note, 资料来源), full stops or length. A continued page (续表) goes on
    with rows under the same heads, or with further columns for the same labels.

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
    table = beside(table, more)
    if table is None:
        raise problem
    return table, parts + rest


def _from_grid(grid, unit=""):
    raw = [[repaired(cell) for cell in row] for row in grid.rows]
    bare = [[trimmed(plain(cell)) for cell in row] for row in raw]
    texts = [list(row) for row in bare]
    merged = fill_merged(grid, texts)
    page = Page(grid.file, raw, bare, texts, unit=unit, indents=grid.indents)
    wide = [row for row in bare if sum(map(bool, row)) > 1]
    page.left = min((next(j for j, cell in enumerate(row) if cell) for row in wide), default=0)
    start = read_front(page)
    named = [i for i in page.head if not is_translation(page, i)]
    own = {(named.index(i), j) for i, j in merged if i in named}
    heads = read_heads([texts[i] for i in named], len(texts[0]), own)
    kinds = column_kinds(page, heads, start)
    read_body(page, kinds, start, heads)
    for j in range(len(heads)):  # a remark beside a row without numbers, under no head
        if j not in kinds and any(page.bare[i][j] for i in page.data):
            kinds[j] = "text"
    kinds = dict(sorted(kinds.items()))
    heads = [
        text_head(head) if kinds.get(j) in ("label", "text") else head
        for j, head in enumerate(heads)
    ]
    find_shared(page, kinds, merged)
    refuse_second_table(page, kinds, heads)
    table, units = _columns(page, kinds, heads, merged)
    table.attrs |= {
        "title": masked(" ".join(page.title)),
        "units": units,
        "notes": [masked(text) for _, text in sorted(page.notes)],
        "source_text": masked(" ".join(page.source)),
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
    place, codes = regions.place_column(heads, filled), regions.row_codes(heads, filled)
    coded = None
    if codes is not None and place is None:
        coded = max(j for j in labels if holds_places(heads[j], filled[j]))
    columns, units = {}, {}
    if any(page.sections.values()):
        columns["section"] = pd.array([page.sections[i] or pd.NA for i in rows], dtype="string")
    taken = ["region"] * (place is not None) + ["adcode", "level"] * (
        place is not None or codes is not None
    )
    own, stated, steps = _row_units(page, kinds, heads, filled), False, None
    for j, kind in kinds.items():
        head, cells, refused = heads[j], pd.Series([page.raw[i][j] for i in rows], index=rows), None
        if j == place:
            left = next((filled[k] for k in reversed(labels[: labels.index(j)])), None)
            made, refused = regions.told_places(page, filled[j], cells, left, codes, regions.finer_labels(heads, filled, j))  # fmt: skip
            columns, name = columns | made, "region"
        elif kind == "label" and head.measure not in ("serial", "code") and regions.reads(filled[j], year_of):  # fmt: skip
            name = _unique("year", [*columns, *taken])
            columns[name] = _years(page, name, filled[j], cells)
            continue
        elif kind in ("label", "text"):
            if head.measure in taken and holds_places(head, cells):
                head = replace(head, measure="code")
            name = _unique(head.name("") if head.measure else f"column_{j + 1}", [*columns, *taken])
            texts = filled[j] if kind == "label" else pd.Series([page.bare[i][j] for i in rows], index=rows)  # fmt: skip
            columns[name] = _texts(page, name, texts, cells, kind)
        else:
            if own is not None and not stated and "unit" not in [heads[k].measure for k in labels]:
                columns[_unique("unit", columns)] = own.replace("", pd.NA).astype("string").array
                stated = True
            name, units_name, values = read_values(
                page, j, head, cells, own, partial(_unique, taken=[*columns, *taken])
            )
            columns[name], units[name] = values, units_name
            continue
        if j == coded:
            columns |= regions.told_codes(
                page, filled, codes, regions.finer_labels(heads, filled, None)
            )
        told = kind == "label" and head.measure not in ("serial", "code", "unit")
        if told and steps is None and (refused is None or refused):
            steps = regions.indented(page, j, filled[j])
            if steps is not None:
                columns |= _levels(
                    page, name, steps, pd.Series(columns[name], index=rows), [*columns, *taken]
                )
    return pd.DataFrame(columns).reset_index(drop=True), units


def _levels(page, name, steps, names, taken):
    """Columns of the level and of the label above, as indents tell them."""
    rows = steps.index[steps > 0]
    above = regions.parents(steps, names)
    page.tell(rows, name, names[rows].tolist(), above[rows].tolist(), "changed", "indent")
    return {
        _unique("indent", taken): steps.reindex(names.index).astype("Int64").array,
        _unique("parent", taken): above.reindex(names.index).astype("string").array,
    }


def _row_units(page, kinds, heads, filled):
    """Units of the rows, where a column of units or the labels tell them; else ``None``."""
    named = next((j for j in filled if heads[j].measure == "unit"), None)
    if named is not None:
        return filled[named]
    if any(heads[j].unit for j in kinds if kinds[j] == "value"):
        return None
    for j, cells in reversed(filled.items()):
        own = cells.map(label_unit)
        over = pd.Series({i: label_unit(page.sections[i] or "") for i in cells.index})
        if heads[j].measure in ("serial", "code", "year") or not ((own != "") | (over != "")).any():
            continue
        rows = own.index[own != ""]
        page.tell(rows, "unit", cells[rows], own[rows].tolist(), "changed", "unit_in_label")
        return own.where(own != "", over).where(lambda one: one != "", page.unit)
    return None


def _unique(name, taken):
    """The name, with a number if it is taken."""
    made, count = name, 2
    while made in taken:
        made, count = f"{name}_{count}", count + 1
    return made


def _fill_down(page, kinds, heads, filled, merged):
    """A blank label left of another continues the one above, where cells are not merged."""
    labels = [j for j in filled if heads[j].measure not in ("serial", "code", "unit")]
    for at, j in enumerate(labels[:-1]):
        if any((i, j) in merged for i in filled[j].index):
            continue
        above, under, rows, cells = "", [], [], filled[j]
        for i in cells.index:
            left = [filled[k][i] for k in labels[:at]]  # of another city no county goes on
            right = next((filled[k][i] for k in labels[at + 1 :] if filled[k][i]), "")
            whole = head_key(right) in regions.TOTALS | {"全国", ""}
            if not cells[i] and above and left == under and not whole:
                cells[i] = above
                rows.append(i)
            above, under = cells[i], left
        name = heads[j].measure or f"column_{j + 1}"
        page.tell(rows, name, [""] * len(rows), cells[rows].tolist(), "changed", "merged_label",
                  why="blank below a label: the label continues", why_zh="空白沿用上一行标签")  # fmt: skip


def _texts(page, name, texts, cells, kind):
    """Labels and remarks as text; footnote marks are taken off labels if these still differ."""
    if kind == "label":
        short = texts.map(lambda one: without_footnote(one)[0])
        texts = short if short.nunique() == texts.nunique() else texts
    page.tell_changed(name, cells, texts)
    return texts.replace("", pd.NA).astype("string").array


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
