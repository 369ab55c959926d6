"""Labels that are places: their codes and levels, and the levels that indents tell."""

import re

import pandas as pd

from ..record.codebooks import head_key
from .cells import holds_places, place_code, place_of

# Totals of the rows of a table: which places they add up, only the table can say.
TOTALS = {"合计", "总计", "小计", "total", "grandtotal", "subtotal"}
_PROVINCES = 31  # of the mainland: a total beside all of them is the nation's
_LEVELS = ["province", "city", "county", "township", "village"]
_FINER_HEAD = re.compile(
    r"(?:[市县区旗州盟乡镇村级]|街道|社区|地名)(?:\(.*\))?(?:名称?)?$"
    r"|(?:^|[^a-z])(?:city|cities|county|prefecture|district|township|town|village)(?:$|[^a-z])",
    re.IGNORECASE,
)
_FINER = re.compile(".+(?:[市县区旗州盟乡镇村]|街道|社区)$")
_CLASSES = re.compile("(?:城|农|乡|市|郊|山|牧|老|镇|全).|.*贫困.*|.*其他.*")  # 城镇, 农村, 全省
_WHOLE = re.compile("全[国省市区县]|.*[合小总]计")


def _is_total(text):
    return head_key(text) in TOTALS


def _provinces(cells):
    found = cells.map(place_of)
    return found[found.map(lambda one: one is not None and one.level == "province")]


def reads(cells, read):
    """Tell whether most of the labels of a column are of one kind."""
    told = cells[(cells != "") & ~cells.map(_is_total)]
    known = told.map(lambda one: read(one) is not None)
    return bool(known.any()) and known.sum() * 4 >= len(told) * 3


def place_column(heads, filled):
    """Column of provinces, be they all of its labels or some: the one with most of them."""
    found = {}
    for j, cells in filled.items():
        if heads[j].measure in ("serial", "code", "unit"):
            continue
        told = cells[(cells != "") & ~cells.map(_is_total)]
        known, several = told[told.map(place_of).notna()], _provinces(cells).nunique()
        some = len(known) > 0 if heads[j].measure == "region" else several > 1 and len(known) * 4 >= len(told)  # fmt: skip
        if some or reads(cells, place_of):
            found[j] = len(_provinces(cells))
    return max(found, key=found.get, default=None)


def row_codes(heads, filled):
    """Code of place and level of each row, the finest that it has; blank if the table has none."""
    best = None
    for j, cells in filled.items():
        if not holds_places(heads[j], cells):
            continue
        read = cells.map(place_code)
        best = read if best is None else pd.Series(
            [a if b is None or (a and _LEVELS.index(a[1]) > _LEVELS.index(b[1])) else b
             for a, b in zip(best, read, strict=True)], index=read.index, dtype=object)  # fmt: skip
    if best is None or not best.notna().any():
        return None
    return best.astype(object).where(best.notna(), None)


def finer_labels(heads, filled, place):
    """For each row the label of a place within its province (市, 县); blank if it has none."""
    finest = pd.Series("", index=next(iter(filled.values())).index)
    for j, cells in filled.items():
        kind = heads[j].measure
        if j == place or kind in ("serial", "code", "unit", "year", "indicator"):
            continue
        told = cells[cells.map(_is_within)]
        alike = told.map(lambda one: bool(_FINER.match(one)))
        named = _FINER_HEAD.search(heads[j].text) and kind != "region"
        if not len(told) or not (named or alike.sum() * 4 >= len(told) * 3):
            continue
        within = cells.map(_is_within)
        if place is not None:
            within |= _city_of_one_name(cells, filled[place])
        finest = cells.where(within, finest)
    return finest


def _is_within(text):
    """A place that is no province, area, total or class of places (城镇, 贫困县)."""
    if not text or _is_total(text) or _WHOLE.fullmatch(text) or _CLASSES.fullmatch(text):
        return False
    return place_of(text) is None


def _city_of_one_name(cells, places):
    """吉林 beside 吉林 is the city as well as the province."""
    return (cells == "吉林") & places.str.startswith("吉林")


def told_places(page, filled, cells, left, codes, finer):
    """Places with code and level; what is no place keeps its text and is told.

    Parameters
    ----------
    page : Page
        Keeps the report.
    filled, cells : Series
        Labels of the places, and as they stand in the file.
    left : Series or None
        Labels of the column on their left.
    codes : Series or None
        What `row_codes` gives.
    finer : Series
        What `finer_labels` gives.

    Returns
    -------
    tuple
        Columns ``region``, ``adcode`` and ``level``; the rows whose label is no place that is known.
    """
    blank = filled.index[filled == ""]
    if left is not None:  # 全国 may stand one column further left
        filled = filled.where(filled != "", left)
        rows = [i for i in blank if filled[i]]
        page.tell(rows, "region", [""] * len(rows), filled[rows].tolist(), "changed",
                  "merged_label", why="blank beside a label: the label on its left",
                  why_zh="空白沿用左侧标签")  # fmt: skip
    found = filled.map(place_of)
    whole = len(_provinces(filled.drop_duplicates()))
    names, levels, numbers, refused, within, other = [], [], [], [], [], []
    repeated = _of_several(codes, finer)
    for i, place in found.items():
        code = codes[i] if codes is not None else None
        if code and place is not None and place.adcode and place.adcode[:2] != code[0][:2]:
            other.append(i)
            code = ()
        if _is_total(filled[i]) and whole < _PROVINCES:
            name, number, level = filled[i], None, "total"
        elif place is not None and place.level != "province":
            name, number, level = place.zh, place.adcode, place.level
        elif code and i not in repeated:
            name, (number, level) = filled[i] if place is None else place.zh, code[:2]
        else:
            name, number, level = filled[i], None, None
            if place is not None:
                name = place.zh
                if finer[i]:
                    within.append(i)
                elif code is None:
                    number, level = place.adcode, place.level
            elif filled[i]:
                refused.append(i)
        names.append(name)
        numbers.append(number)
        levels.append(level)
    names = pd.Series(names, index=filled.index, dtype=object)
    page.tell(refused, "region", cells[refused], names[refused].tolist(), "refused", "unknown_place")  # fmt: skip
    rest = ~cells.index.isin(refused)
    page.tell_changed("region", cells[rest], names[rest], reason="renamed")
    page.tell(other, "adcode", [codes[i][0] for i in other], None, "refused", "contradictory_place")
    _tell_within(page, within, finer)
    told = {"region": names.replace("", pd.NA), "adcode": numbers, "level": levels}
    told = {key: pd.array(list(values), dtype="string") for key, values in told.items()}
    return told, refused


def _tell_within(page, rows, finer):
    """Tell once that rows of places within a province or county have no level."""
    first = rows[:1]
    page.tell(first, "level", finer[first].tolist(), None, "missing", "finer_place",
              why=f"{len(rows)} rows name a place within another (市, 县, 村): no code tells which",
              why_zh=f"{len(rows)} 行为上级地区内的市县村，无代码可定其级别")  # fmt: skip


def _of_several(codes, finer):
    """Rows whose code stands for several places within it: it is that of their province or city."""
    if codes is None or not (finer != "").any():
        return set()
    six = codes.map(lambda one: one[2] if one else None)
    many = finer.groupby(six).transform("nunique") > 1
    return set(six.index[many & (finer != "")])


def told_codes(page, filled, codes, finer):
    """Codes and levels of a table that names its places by no province: of counties, of villages."""
    numbers, levels, repeated = [], [], _of_several(codes, finer)
    _tell_within(page, sorted(repeated), finer)
    for i, code in codes.items():
        labels = [cells[i] for cells in filled.values() if cells[i]]
        place = next((one for one in map(place_of, labels) if one is not None), None)
        if not code and any(map(_is_total, labels)):
            code = None, "total"
        elif not code and place is not None:
            code = place.adcode, place.level
        number, level = (None, None) if i in repeated or not code else code[:2]
        numbers.append(number)
        levels.append(level)
    return {"adcode": pd.array(numbers, dtype="string"), "level": pd.array(levels, dtype="string")}


# Indents ------------------------------------------------------------------------------


def indented(page, j, labels):
    """Steps by which the labels of a column are set in; ``None`` if they tell no levels.

    One half-width blank tells them where at least half of the labels have it: else it is a slip.
    """
    told = labels[labels != ""]
    depths = pd.Series({i: 0 if _is_total(told[i]) else page.depth(i, j) for i in told.index})
    if not len(depths):
        return None
    depths -= depths.min()
    deep = depths > 0
    if not deep.any() or depths.iloc[0] or (depths.max() < 2 and deep.sum() * 2 < len(depths)):
        return None
    steps = {depth: step for step, depth in enumerate(sorted(depths.unique()))}
    return depths.map(steps)


def parents(steps, names):
    """For each row the label above it that is set in less; missing for the first level."""
    above, found = {}, {}
    for i, step in steps.items():
        above = {one: name for one, name in above.items() if one < step}
        found[i] = above[max(above)] if above else None
        above[step] = names[i]
    return pd.Series(found, dtype=object)
