"""Official tables as they are published, with merged heads, notes and totals, made tidy."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

import pandas as pd

from ..errors import DataError
from .cells import CellError, mark, plain
from .codebooks import head_key, measures, without_unit
from .columns import column
from .files import SHEETS, SURVEYS, TEXTS, path_of, repaired, sheet_grid, survey_file, text_grid
from .numerals import number, value_of
from .places import province
from .reports import report
from .times import year

_UNIT = re.compile(r"(?:计量)?单位[::](.+)|\(?units?[::](.+?)\)?", re.IGNORECASE)
_NOTE = re.compile(
    r"(?:注|说明|备注|note|notes)\s*[0-9一二三]?\s*[::.．、]|[①-⑳]|[a-z]\)|\*|(?:19|20)[0-9]{2}年标准[::]",
    re.IGNORECASE,
)
_SOURCE = re.compile(r"(?:资料|数据)?来源\s*[::]|source\s*[::]", re.IGNORECASE)
_CONTINUED = re.compile(
    r"[(]?续\s*(?:表|上表|前表)?\s*[0-9一二三四五六七八九十]*[)]?(?:\s*continued)?|[(]?(?:table\s*)?continued[)]?|表?\s*[0-9.-]*\s*续表?[0-9]*",
    re.IGNORECASE,
)
_HAN = re.compile("[\u4e00-\u9fff]")


def read_table(path, sheet=None):
    """Read an official table: merged heads, unit corners, continued pages, notes, totals.

    Parameters
    ----------
    path : str or Path
        A file ending in .xlsx, .xls, .csv, .txt (UTF-8 with or without byte order mark,
        UTF-16, GB18030), .dta or .sav.
    sheet : str, optional
        Sheet of a spreadsheet that has several.

    Returns
    -------
    table : DataFrame
        Label columns first, then a column of numbers for each measure, named as
        `flatten_header` names it. Where the labels are provinces, ``adcode`` and ``level``
        (``"national"``, ``"area"``, ``"province"``, ``"unit"``) stand beside them, so that totals
        and areas are never added to provinces. ``attrs`` hold ``title``, ``units`` (of each
        column), ``notes``, ``source_text`` and, for survey files, ``labels`` and ``titles``.
    report : DataFrame
        ``file row column old new action reason why why_zh``: every cell changed, refused or
        set missing, every row that is no data, with its number in the file.

    Raises
    ------
    DataError
        If the file cannot be read, or no row of numbers is found in it.

    Notes
    -----
    A cell that cannot be read with certainty is refused and left missing; the report says
    so. Numbers stay in the unit of their head: ``attrs["units"]`` and the name tell it.

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
    path = path_of(path, SHEETS + TEXTS + SURVEYS)
    if path.suffix.lower() in SURVEYS:
        return _from_survey(path)
    grid = sheet_grid(path, sheet) if path.suffix.lower() in SHEETS else text_grid(path)
    return _from_grid(grid)


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
    return [name for name, _ in _heads([[plain(cell) for cell in row] for row in rows])]


@dataclass
class _Page:
    """What is found on a sheet as it is gone through from the top."""

    title: list = field(default_factory=list)
    unit: str = ""
    head: list = field(default_factory=list)
    data: list = field(default_factory=list)  # numbers of rows
    notes: list = field(default_factory=list)
    source: list = field(default_factory=list)
    dropped: list = field(default_factory=list)


def _from_survey(path):
    table, labels, titles = survey_file(path)
    table.attrs |= {"labels": labels, "titles": titles, "title": "", "notes": [], "units": {}}
    parts = []
    for name in table.columns:
        if table[name].dtype != object:
            continue
        letters = table[name].map(lambda one: isinstance(one, str) and len(one) == 1)
        numbers = table[name].map(lambda one: isinstance(one, int | float))
        if letters.any() and (numbers | letters).all():  # .a to .z among numbers
            rows = letters[letters].index
            parts.append({"row": rows + 1, "column": name, "old": ["." + one for one in table.loc[rows, name]],
                          "new": None, "action": "missing", "reason": "not_available"})  # fmt: skip
            table[name] = pd.to_numeric(table[name], errors="coerce")
    return table, report([{**part, "file": path.name} for part in parts])


def _from_grid(grid):
    raw = [[repaired(cell) for cell in row] for row in grid.rows]
    texts = [[_trimmed(plain(cell)) for cell in row] for row in raw]
    bare = [list(row) for row in texts]  # a continued page may not be merged as the first is
    _fill_merged(grid, texts)
    page = _page(grid, raw, texts, bare)
    head = [texts[i] for i in page.head] or [[""] * len(texts[0])]
    names = _heads(head)
    used = [j for j in range(len(names)) if any(texts[i][j] for i in page.data) or names[j][0]]
    labels = _label_columns(texts, page, used)
    columns, parts = {}, list(page.dropped)
    units = {}
    rows = pd.Index(page.data)
    for j in used:
        name, unit = names[j]
        name = name or f"column_{j + 1}"
        while name in columns:
            name += "_2"
        cells = pd.Series([raw[i][j] for i in page.data], index=rows)
        if j in labels:
            filled = pd.Series([texts[i][j] for i in page.data], index=rows)
            columns |= _labels(name, filled, cells, parts)
        else:
            columns[name] = _values(name, cells, parts)
            units[name] = unit or page.unit
    table = pd.DataFrame(columns).reset_index(drop=True)
    table.attrs |= {
        "title": " ".join(page.title),
        "units": units,
        "notes": page.notes,
        "source_text": " ".join(page.source),
    }
    for part in parts:
        part["row"] = [int(i) + 1 for i in part["row"]]  # as a spreadsheet counts
        part["file"] = grid.file
    return table, report(parts)


def _trimmed(text):
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _fill_merged(grid, texts):
    """Give every cell of a merged area its text: heads fill right, labels fill down."""
    for top, left, bottom, right in grid.merged:
        if not (0 <= top <= bottom < len(texts) and 0 <= left <= right < len(texts[top])):
            continue
        for i in range(top, bottom + 1):
            for j in range(left, right + 1):
                texts[i][j] = texts[top][left]


def _page(grid, raw, texts, bare):
    """Sort the rows: title, unit, head, data, notes, source, continued pages."""
    page, state = _Page(), "before"
    for i, row in enumerate(texts):
        shown = list(dict.fromkeys(cell for cell in row if cell))
        if not shown:
            continue
        first, alone = shown[0], len(shown) == 1
        reason = None
        unit = next((found for cell in shown if (found := _UNIT.fullmatch(cell))), None)
        if (
            unit
            and sum(bool(mark(cell) is None and value_of(cell) is not None) for cell in shown) == 0
        ):
            page.unit = page.unit or (unit[1] or unit[2]).strip()
            reason = "unit_row"
            if state != "data" and len(shown) > 2:  # the unit stands in a corner of the head
                texts[i] = ["" if _UNIT.fullmatch(cell) else cell for cell in row]
                page.head.append(i)
                state, reason = "head", "header"
        elif _CONTINUED.fullmatch(first) or (
            alone and page.title and _CONTINUED.search(first) and "续" in first
        ):
            reason, state = "continued", "head again" if page.head else state
        elif _SOURCE.match(first):
            reason = "source"
            page.source.append(first)
        elif _NOTE.match(first) and (alone or state == "data") and not _is_data(row):
            reason = "note"
            page.notes.append(first)
        elif _is_data(row) and (page.head or not _is_head(row)):
            page.data.append(i)
            state = "data"
        elif state == "before" and alone:
            reason = "title"
            page.title.append(first)
        elif state in ("before", "head"):
            page.head.append(i)
            state, reason = "head", "header"
        elif any(bare[i] == bare[j] for j in page.head) or (state == "head again" and not alone):
            if not any(bare[i] == bare[j] for j in page.head):
                raise DataError(
                    "The head of a continued page differs from the first.",
                    where=f"{grid.file}, row {i + 1}",
                    found=" | ".join(shown)[:80],
                    remedy="read the pages one by one, each from a sheet of its own",
                )
            reason = "continued"
        elif page.title and first in page.title:
            reason = "continued"
        elif alone:
            reason = (
                "note" if state == "data" and not any(map(_is_data, texts[i + 1 :])) else "section"
            )
            page.notes += [first] if reason == "note" else []
        else:
            raise DataError(
                "This row is neither data nor a note.",
                where=f"{grid.file}, row {i + 1}",
                found=" | ".join(shown)[:80],
                remedy="keep one table on a sheet, its head at the top",
            )
        if reason:
            told = next((raw[i][j] for j in range(len(row)) if raw[i][j]), first)
            page.dropped.append({"row": [i], "column": None, "old": told, "new": None,
                                 "action": "dropped", "reason": reason})  # fmt: skip
    if not page.data:
        raise DataError(
            "No row of this table holds numbers under a label.",
            where=grid.file,
            remedy="give the sheet that holds the table: read_table(path, sheet=...)",
        )
    return page


def _number_like(cell):
    if mark(cell) is not None:
        return True
    try:
        return number(cell).value is not None
    except CellError:
        return False


def _is_data(row):
    """A row of data has a label first, and mostly numbers after its labels."""
    cells = [cell for cell in row[1:] if cell]
    numbers = [cell for cell in cells if _safe_number_like(cell)]
    if not row or not numbers:
        return False
    if _is_head(row):
        return False
    return bool(row[0]) and len(numbers) >= max(1, (len(cells) + 1) // 2)


def _safe_number_like(cell):
    try:
        return _number_like(cell)
    except CellError:  # an error of the spreadsheet stands where a number was
        return True


def _is_head(row):
    """Years alone over columns are a head, and so is what begins with the word for the labels."""
    key = without_unit(head_key(row[0]))[0] if row else ""
    values = [value_of(cell) for cell in row[1:] if cell]
    years = [one for one in values if isinstance(one, int) and 1940 <= one <= 2100]
    if key in measures()["labels"]:
        return True
    return (
        bool(values)
        and len(years) == len(values)
        and len(years) > 1
        and all(b - a in (1, 5) for a, b in pairwise(years))
    )


# Heads --------------------------------------------------------------------------------


def _heads(rows):
    """Name and unit of each column, from the rows of its head."""
    filled = []
    for i, row in enumerate(rows):
        row = list(row)
        for j in range(1, len(row)):
            # a blank continues the cell to its left, within the group of the row above
            same_group = i == 0 or filled[i - 1][j] == filled[i - 1][j - 1]
            if not row[j] and i < len(rows) - 1 and same_group and row[j - 1]:
                below = any(rows[k][j] for k in range(i + 1, len(rows)))
                row[j] = row[j - 1] if below else row[j]
        filled.append(row)
    names, used = [], {}
    for parts in zip(*filled, strict=True):
        parts = list(dict.fromkeys(part for part in parts if part))
        name, unit = _head(parts)
        used[name] = used.get(name, 0) + 1
        names.append((name if used[name] == 1 or not name else f"{name}_{used[name]}", unit))
    return names


def _head(parts):
    """Measure with its unit first, then the groups above it, the nearest last."""
    if not parts:
        return "", ""
    read = [_one_head(part) for part in parts]
    at = next((i for i in reversed(range(len(read))) if read[i][2]), len(read) - 1)
    unit = read[at][1] or next((one[1] for one in reversed(read) if one[1]), "")
    words = measures()["units"]
    short = words.get(head_key(unit), "") if unit else ""
    name = read[at][0] + (f"_{short}" if short else "")
    return "__".join([name, *(one[0] for i, one in enumerate(read) if i != at and one[0])]), unit


def _one_head(part):
    """Name, unit and whether the measure is known, of one cell of a head."""
    lines = _trimmed(part).splitlines()
    if _HAN.search(part):  # of a head in two languages, the Chinese one
        start = next(i for i, line in enumerate(lines) if _HAN.search(line))
        kept = []
        for line in lines[start:]:
            if not _HAN.search(line) and re.search("[A-Za-z]", line):
                break
            kept.append(re.sub(r"[A-Za-z][A-Za-z ,.'-]*", "", line))
        lines = kept
    key, unit = without_unit(head_key("".join(lines) if _HAN.search(part) else " ".join(lines)))
    if (
        unit
        and head_key(unit) not in measures()["units"]
        and not re.search("[元人户%个斤亩]", unit)
    ):
        key, unit = f"{key}({unit})", ""  # brackets that hold no unit belong to the name
    known = measures()["measures"].get(key) or measures()["labels"].get(key)
    if known:
        return known, unit, True
    standard = re.fullmatch(r"((?:19|20)[0-9]{2})年?(?:农村)?(?:贫困)?(?:标准)?", key)
    if standard:
        return standard[1], unit, False
    return re.sub(r"\s+", "_", key), unit, False


# Columns ------------------------------------------------------------------------------


def _label_columns(texts, page, used):
    """Leading columns that are no numbers: labels of the rows; the first always is one."""
    labels = []
    for j in used:
        cells = [texts[i][j] for i in page.data if texts[i][j]]
        numbers = sum(map(_safe_number_like, cells))
        if labels and numbers * 2 >= len(cells):
            break
        labels.append(j)
    return labels


def _labels(name, filled, cells, parts):
    """Columns of a label: years as numbers, provinces with code and level, else text."""
    for read, made in ((year, _years), (province, _provinces)):
        found, refused = column(filled, read)
        if len(refused) * 4 <= len(filled) and found["value"].notna().any():
            return made(name, filled, cells, found, refused, parts)
    _changed(name, cells, filled, parts)
    return {name: filled.replace("", pd.NA).astype("string").array}


def _changed(name, cells, new, parts):
    """Tell of labels that lost blanks, full-width signs or merged cells."""
    rows = cells.index[(cells != "") & (cells != new)]
    if len(rows):
        parts.append({"row": rows, "column": name, "old": cells[rows].tolist(), "new": new[rows].tolist(),
                      "action": "changed", "reason": "blanks"})  # fmt: skip


def _years(name, filled, cells, found, refused, parts):
    rows = refused["row"]
    parts.append({"row": rows.to_numpy(), "column": "year", "old": cells[rows].tolist(), "new": None,
                  "action": "refused", "reason": refused["code"].to_numpy()})  # fmt: skip
    plainly = filled.str.removesuffix("年") == found["value"].astype("Int64").astype(str)
    rows = filled.index[~plainly & found["value"].notna()]
    parts.append({"row": rows, "column": "year", "old": cells[rows].tolist(),
                  "new": found.loc[rows, "value"].astype(int).tolist(), "action": "changed",
                  "reason": "numeral"})  # fmt: skip
    return {"year": found["value"].astype("Int64").array}


def _provinces(name, filled, cells, found, refused, parts):
    place = found["value"]
    told = {
        "region": place.map(lambda one: one.zh, na_action="ignore"),
        "adcode": place.map(lambda one: one.adcode, na_action="ignore"),
        "level": place.map(lambda one: one.level, na_action="ignore"),
    }
    odd = refused["row"]
    parts.append({"row": odd.to_numpy(), "column": "region", "old": cells[odd].tolist(),
                  "new": filled[odd].tolist(), "action": "refused",
                  "reason": refused["code"].to_numpy()})  # fmt: skip
    told["region"] = told["region"].where(told["region"].notna(), filled)
    rows = cells.index[(cells != told["region"]) & (cells != "") & ~cells.index.isin(odd)]
    parts.append({"row": rows, "column": "region", "old": cells[rows].tolist(),
                  "new": told["region"][rows].tolist(), "action": "changed", "reason": "renamed"})  # fmt: skip
    return {key: values.astype("string").array for key, values in told.items()}


def _values(name, cells, parts):
    """Numbers of a column, and what was done to its cells."""
    found, refused = column(cells, number)
    rows = refused["row"]
    parts.append({"row": rows.to_numpy(), "column": name, "old": cells[rows].tolist(), "new": None,
                  "action": "refused", "reason": refused["code"].to_numpy()})  # fmt: skip
    gone = cells.index[found["value"].isna() & ~cells.index.isin(rows) & (cells != "")]
    parts.append({"row": gone, "column": name, "old": cells[gone].tolist(), "new": None,
                  "action": "missing", "reason": found.loc[gone, "reason"].astype(str).tolist()})  # fmt: skip
    kept = cells.index[found["value"].notna()]
    reasons = cells[kept].map(number_form)
    kept = kept[(reasons != "").to_numpy()]
    parts.append({"row": kept, "column": name, "old": cells[kept].tolist(),
                  "new": found.loc[kept, "value"].tolist(), "action": "changed",
                  "reason": reasons[kept].tolist()})  # fmt: skip
    return found["value"].astype(float).array


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
